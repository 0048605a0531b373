//! One thread that alone writes and checkpoints.
//!
//! Group commit without a timer: take one job, drain what has queued up meanwhile, commit all of it with one sync, reply,
//! repeat. The batch grows with the pressure by itself, and a lone writer waits for nobody.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::ballast::Ballast;
use super::connection::{Shared, failed, locked};
use super::watermark::Watermark;
use crate::fault;
use crate::store::{Backlog, StoreError};

/// What a job's work comes to: a value, or a refusal that takes back whatever it wrote. The outer error is SQLite's.
pub(super) type Outcome<T, E> = rusqlite::Result<Result<T, E>>;

/// A job, and since when it waits.
type Queued = (Instant, Box<dyn Job>);

/// What waits, for those who look from outside.
struct Line {
    began: Instant,
    waiting: AtomicUsize,
    /// Since when the oldest job waits that is not on disk: microseconds from `began` on, and one; 0: there is none.
    oldest: AtomicU64,
}

impl Line {
    fn oldest(&self, since: Option<Instant>) {
        let since = since.map_or(0, |at| 1 + at.saturating_duration_since(self.began).as_micros() as u64);
        self.oldest.store(since, Ordering::Relaxed);
    }
}

/// Owns the thread; dropping it works off what is queued and then joins.
pub(super) struct Writer {
    queue: Option<SyncSender<Queued>>,
    line: Arc<Line>,
    bound: usize,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread on this connection.
    pub(super) fn start(
        connection: Shared,
        watermark: Option<Watermark>,
        ballast: Option<Arc<Ballast>>,
        queue: usize,
        group: usize,
    ) -> Result<Self, StoreError> {
        let bound = queue.max(1);
        let (sender, receiver) = sync_channel(bound);
        let line = Arc::new(Line { began: super::now(), waiting: AtomicUsize::new(0), oldest: AtomicU64::new(0) });
        let seen = Arc::clone(&line);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || run(&connection, watermark, ballast.as_deref(), &receiver, group.max(1), &seen))
            .map_err(|e| StoreError::Failed(format!("no thread for the store's writer: {e}")))?;
        Ok(Self { queue: Some(sender), line, bound, thread: Some(thread) })
    }

    /// Has the thread do this, in one transaction with whatever else waits; returns when it is on disk.
    ///
    /// `work` may be called again where its transaction was lost, so it changes nothing but the database.
    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnMut(&Connection) -> Outcome<T, E> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Task { work, outcome: None, reply });
        let gone = || StoreError::Failed("the store's writer has ended".to_owned());
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        self.line.waiting.fetch_add(1, Ordering::Relaxed);
        if let Err(refused) = queue.try_send((super::now(), job)) {
            self.line.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(match refused {
                TrySendError::Full(_) => StoreError::Busy.into(),
                TrySendError::Disconnected(_) => gone().into(),
            });
        }
        answer.await.unwrap_or_else(|_| Err(gone().into()))
    }

    /// What waits.
    pub(super) fn backlog(&self) -> Backlog {
        let oldest = match self.line.oldest.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            since => {
                super::now().saturating_duration_since(self.line.began).saturating_sub(Duration::from_micros(since - 1))
            }
        };
        Backlog { waiting: self.line.waiting.load(Ordering::Relaxed), bound: self.bound, oldest }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writer panicked");
        }
    }
}

/// Something to write and somebody who waits for it.
trait Job: Send {
    /// Does the work inside the transaction. True: keep what was written.
    fn attempt(&mut self, connection: &Connection) -> bool;
    /// The transaction is on disk: says what came of it.
    fn settle(self: Box<Self>);
    /// The transaction is lost.
    fn fail(self: Box<Self>, error: StoreError);
}

struct Task<T, E, F> {
    work: F,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Task<T, E, F>
where
    T: Send,
    E: From<StoreError> + Send,
    F: FnMut(&Connection) -> Outcome<T, E> + Send,
{
    fn attempt(&mut self, connection: &Connection) -> bool {
        // One thread writes for all: a fault in one job must not end it for the others.
        let outcome = match catch_unwind(AssertUnwindSafe(|| (self.work)(connection))) {
            Ok(outcome) => outcome.unwrap_or_else(|e| Err(failed(&e).into())),
            Err(_) => Err(StoreError::Failed("a fault in the store".to_owned()).into()),
        };
        let keep = outcome.is_ok();
        self.outcome = Some(outcome);
        keep
    }

    fn settle(self: Box<Self>) {
        let lost = || Err(StoreError::Failed("not attempted".to_owned()).into());
        // Whoever asked may have gone; what was written stays.
        let _ = self.reply.send(self.outcome.unwrap_or_else(lost));
    }

    fn fail(self: Box<Self>, error: StoreError) {
        let _ = self.reply.send(Err(error.into()));
    }
}

fn run(
    connection: &Shared,
    mut watermark: Option<Watermark>,
    ballast: Option<&Ballast>,
    queue: &Receiver<Queued>,
    group: usize,
    line: &Line,
) {
    let mut jobs: Vec<Box<dyn Job>> = Vec::with_capacity(group);
    loop {
        // What has queued up meanwhile is taken at once, so that between two groups nobody sees an empty line.
        let next = match queue.try_recv() {
            Ok(first) => Ok(first),
            Err(_) => {
                line.oldest(None);
                wait(queue, watermark.as_ref())
            }
        };
        match next {
            Ok((since, first)) => {
                line.oldest(Some(since));
                jobs.push(first);
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Some(watermark) = &mut watermark {
                    watermark.finish(&locked(connection));
                }
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
        jobs.extend(queue.try_iter().take(group - 1).map(|(_, job)| job));
        line.waiting.fetch_sub(jobs.len(), Ordering::Relaxed);
        let connection = locked(connection);
        let (size, start) = (jobs.len(), super::now());
        commit_group(&connection, watermark.as_mut(), ballast, &mut jobs);
        metrics::histogram!("store_group_size").record(size as f64);
        metrics::histogram!("store_commit_seconds").record(start.elapsed().as_secs_f64());
        if let Some(watermark) = &mut watermark {
            watermark.advance();
        }
    }
    if let Some(watermark) = &mut watermark {
        watermark.finish(&locked(connection));
    }
}

fn wait(queue: &Receiver<Queued>, watermark: Option<&Watermark>) -> Result<Queued, RecvTimeoutError> {
    // After the last of many commits nothing else would come to have them marked.
    match watermark.and_then(Watermark::due_in) {
        Some(wait) => queue.recv_timeout(wait),
        None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
    }
}

fn commit_group(
    connection: &Connection,
    mut watermark: Option<&mut Watermark>,
    ballast: Option<&Ballast>,
    jobs: &mut Vec<Box<dyn Job>>,
) {
    let mut note = || {
        if let Some(watermark) = &mut watermark {
            watermark.note(connection);
        }
    };
    match transaction(connection, jobs) {
        Ok(()) => {
            note();
            fault::point("after_commit_before_ack");
            jobs.drain(..).for_each(Job::settle);
        }
        // Another process writes, and has for five seconds: nobody here gets in, and trying each would take as long again.
        Err(e) if jobs.len() == 1 || e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            ballast.inspect(|b| b.give_up());
            jobs.drain(..).for_each(|job| job.fail(failed(&e)));
        }
        // The whole transaction is gone, through the fault of one of them or of the disk: each for itself, so that the
        // small ones still get in where a large one did not fit.
        Err(_) => {
            for mut job in jobs.drain(..) {
                match transaction(connection, std::slice::from_mut(&mut job)) {
                    Ok(()) => {
                        note();
                        job.settle();
                    }
                    Err(e) => {
                        ballast.inspect(|b| b.give_up());
                        job.fail(failed(&e));
                    }
                }
            }
        }
    }
}

/// All jobs in one transaction, each in a savepoint of its own. `Err`: nothing at all was written.
fn transaction(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    // An error that SQLite did not take the last transaction back for, nor when it was asked to.
    if !connection.is_autocommit() {
        run_sql(connection, "ROLLBACK")?;
    }
    run_sql(connection, "BEGIN IMMEDIATE")?;
    let result = attempt_all(connection, jobs);
    if result.is_err() && !connection.is_autocommit() {
        run_sql(connection, "ROLLBACK")?;
    }
    result
}

fn attempt_all(connection: &Connection, jobs: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    let mut kept = false;
    for job in jobs {
        run_sql(connection, "SAVEPOINT job")?;
        let keep = job.attempt(connection);
        // Disk full, input/output errors and the like make SQLite take back the whole transaction, not the savepoint.
        if connection.is_autocommit() {
            return Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
                Some("the transaction was undone: disk full or input/output error".to_owned()),
            ));
        }
        if !keep {
            run_sql(connection, "ROLLBACK TO job")?;
        }
        run_sql(connection, "RELEASE job")?;
        kept |= keep;
    }
    if !kept {
        return run_sql(connection, "ROLLBACK");
    }
    run_sql(connection, "UPDATE meta SET commits = commits + 1")?;
    fault::point("before_commit");
    run_sql(connection, "COMMIT")
}

fn run_sql(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}
