//! A few connections that only read, each on a thread of its own.
//!
//! A read takes microseconds while its pages are in memory and milliseconds when they are not: a thread of the async
//! runtime must not wait for a disk, and a pool of blocking threads would open a connection for each.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::connection::{Shared, locked};
use crate::store::StoreError;

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// Owns the threads; dropping it works off what is queued and joins them.
pub(super) struct Readers {
    line: Arc<Line>,
    threads: Vec<JoinHandle<()>>,
    limit: usize,
}

/// Reads that wait, and whether there will be more.
struct Line {
    waiting: Mutex<(VecDeque<Read>, bool)>,
    ready: Condvar,
}

impl Readers {
    /// One thread a connection.
    pub(super) fn start(connections: Vec<Shared>, limit: usize) -> Result<Self, StoreError> {
        let line = Arc::new(Line { waiting: Mutex::new((VecDeque::new(), true)), ready: Condvar::new() });
        let mut readers = Self { line, threads: Vec::new(), limit };
        for connection in connections {
            let line = Arc::clone(&readers.line);
            let thread = std::thread::Builder::new()
                .name("store-reader".to_owned())
                .spawn(move || run(&connection, &line))
                .map_err(|e| StoreError::Failed(format!("no thread for the store's readers: {e}")))?;
            readers.threads.push(thread);
        }
        Ok(readers)
    }

    /// Has one of the threads do this.
    pub(super) async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        {
            let mut waiting = self.line.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.0.len() >= self.limit {
                return Err(StoreError::Busy);
            }
            waiting.0.push_back(Box::new(move |connection| {
                let _ = reply.send(work(connection)); // who asked may have gone
            }));
        }
        self.line.ready.notify_one();
        answer.await.unwrap_or_else(|_| Err(StoreError::Failed("the store's reader has failed".to_owned())))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.line.waiting.lock().unwrap_or_else(PoisonError::into_inner).1 = false;
        self.line.ready.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("one of the store's readers panicked");
            }
        }
    }
}

fn run(connection: &Shared, line: &Line) {
    while let Some(read) = next(line) {
        // Whoever asked is told by the lost reply; the others still need this thread.
        if catch_unwind(AssertUnwindSafe(|| read(&locked(connection)))).is_err() {
            tracing::error!("a fault in the store while reading");
        }
    }
}

fn next(line: &Line) -> Option<Read> {
    let mut waiting = line.waiting.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some(read) = waiting.0.pop_front() {
            return Some(read);
        }
        if !waiting.1 {
            return None;
        }
        waiting = line.ready.wait(waiting).unwrap_or_else(PoisonError::into_inner);
    }
}
