//! The store in one SQLite file: the default, for one server.
//!
//! One thread writes, in groups (`writer`); a few read (`readers`). What is decided inside a transaction stands in
//! `log` and `people`, as functions of a connection.

mod connection;
mod directory;
mod log;
mod migrations;
mod people;
mod readers;
mod watermark;
mod writer;

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use rusqlite::Connection;

use self::connection::{Checkpoints, Shared, failed, refused};
use self::directory::Lock;
use self::readers::Readers;
use self::watermark::Watermark;
use self::writer::Writer;
use super::{
    Commit, CommitError, Filter, NewPerson, OpenMode, Person, PersonChange, PersonError, Range, Sender, Store,
    StoreError, Stored, TokenHash,
};
use crate::conversation::{Entry, State};
use crate::types::{AgentId, ConversationId, Timestamp, VisitorId};

pub use self::connection::Location;

/// Up to this size the whole file is checked at the start: about a second.
const CHECKED: u64 = 256 * 1024 * 1024;

/// How to open.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where.
    pub location: Location,
    /// What for.
    pub mode: OpenMode,
    /// Writes that may wait; the next one is told [`StoreError::Busy`].
    pub queue: usize,
    /// Most writes in one transaction.
    pub group: usize,
    /// Threads that read.
    pub readers: usize,
    /// Largest size of the database, in pages of 4 KiB.
    pub max_pages: Option<u32>,
}

impl Options {
    /// The usual.
    #[must_use]
    pub fn new(location: Location, mode: OpenMode) -> Self {
        let readers = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(1, 4));
        Self { location, mode, queue: 4_096, group: 256, readers, max_pages: None }
    }
}

/// See the module.
struct Sqlite {
    epoch: u64,
    // In this order: readers end first, so that the writer closes the last connection, which tidies the log away; then
    // the lock is free for the next server.
    readers: Readers,
    writer: Writer,
    _lock: Option<Lock>,
}

/// Opens a store, creating it where there is none.
///
/// # Errors
/// [`StoreError::Refused`] where the data cannot be used: locked, damaged, written by a newer program, not writable.
pub async fn open(options: Options) -> Result<Arc<dyn Store>, StoreError> {
    let opened = tokio::task::spawn_blocking(move || open_blocking(&options)).await;
    let store = opened.map_err(|e| StoreError::Failed(format!("opening the store: {e}")))??;
    Ok(Arc::new(store))
}

fn open_blocking(options: &Options) -> Result<Sqlite, StoreError> {
    let (lock, checkpoints) = match (&options.location, options.mode) {
        (Location::Memory, _) => (None, Checkpoints::Make),
        (Location::File(path), OpenMode::Serve) => {
            directory::prepare(path)?;
            (Some(Lock::take(path)?), Checkpoints::Make)
        }
        (Location::File(path), mode) => {
            if mode == OpenMode::Existing && !path.is_file() {
                return Err(StoreError::Refused(format!("there is no data at {}", path.display())));
            }
            directory::prepare(path)?;
            (None, Checkpoints::Leave)
        }
    };
    let mut connection = connection::writer(&options.location, checkpoints)?;
    let epoch = match &options.location {
        Location::Memory => prepare(&mut connection, Path::new("memory"))?,
        Location::File(path) if lock.is_some() => {
            check_pages(&connection, path)?;
            prepare(&mut connection, path)?
        }
        Location::File(path) => prepare_beside(&mut connection, path)?,
    };
    let (epoch, watermark) = match (&options.location, &lock) {
        (Location::File(path), Some(_)) => {
            let (epoch, watermark) = mark(&connection, path, epoch)?;
            (epoch, Some(watermark))
        }
        _ => (epoch, None),
    };
    if let Some(pages) = options.max_pages {
        let set = connection.execute_batch(&format!("PRAGMA max_page_count = {pages}"));
        set.map_err(|e| failed(&e))?;
    }
    let connection: Shared = Arc::new(Mutex::new(connection));
    let reading: Vec<Shared> = match &options.location {
        // A second connection would see another database.
        Location::Memory => vec![Arc::clone(&connection)],
        Location::File(path) => (0..options.readers.max(1))
            .map(|_| Ok(Arc::new(Mutex::new(connection::reader(path)?))))
            .collect::<Result<_, StoreError>>()?,
    };
    let readers = Readers::start(reading, options.queue.max(1))?;
    let writer = Writer::start(connection, watermark, options.queue, options.group)?;
    Ok(Sqlite { epoch, readers, writer, _lock: lock })
}

/// Brings the schema up to date and gives the epoch.
fn prepare(connection: &mut Connection, path: &Path) -> Result<u64, StoreError> {
    let refused = |e: rusqlite::Error| refused(path, &e);
    migrations::check(connection).map_err(refused)??;
    migrations::run(connection, random()?).map_err(refused)?;
    epoch(connection).map_err(refused)
}

/// The same for a command. The schema is not changed under a running server, which may be an older program.
fn prepare_beside(connection: &mut Connection, path: &Path) -> Result<u64, StoreError> {
    // A server that has just begun creates the schema in a moment.
    for _ in 0..100 {
        migrations::check(connection).map_err(|e| refused(path, &e))??;
        if migrations::version(connection).map_err(|e| refused(path, &e))? == migrations::KNOWN {
            return epoch(connection).map_err(|e| refused(path, &e));
        }
        if let Some(_lock) = Lock::try_take(path)? {
            return prepare(connection, path);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let words =
        "the running server is an older version of deskbell than this command; restart it with this version first";
    Err(StoreError::Refused(words.to_owned()))
}

fn epoch(connection: &Connection) -> rusqlite::Result<u64> {
    connection.query_row("SELECT epoch FROM meta", [], |row| row.get::<_, i64>(0)).map(i64::cast_unsigned)
}

fn random() -> Result<u64, StoreError> {
    getrandom::u64().map_err(|e| StoreError::Failed(format!("no random numbers: {e}")))
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long something took, how often to sync: nothing that a decision sees"
)]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

/// Whether the file is sound, as far as that can be told in about a second.
fn check_pages(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    if std::fs::metadata(path).is_ok_and(|m| m.len() >= CHECKED) {
        return Ok(());
    }
    let verdict: String =
        connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|e| refused(path, &e))?;
    if verdict != "ok" {
        let path = path.display();
        let words = format!("{path} is damaged ({verdict}); keep the file and restore a backup");
        return Err(StoreError::Refused(words));
    }
    Ok(())
}

/// Compares the database with the mark beside it, and goes on marking.
fn mark(connection: &Connection, path: &Path, mut epoch: u64) -> Result<(u64, Watermark), StoreError> {
    let file = Watermark::path(path);
    let words = |e: std::io::Error| StoreError::Refused(format!("cannot use {}: {e}", file.display()));
    let commits = watermark::commits(connection).map_err(|e| failed(&e))?;
    if let Some(mark) = Watermark::read(&file).map_err(words)?
        && mark.epoch == epoch
        && mark.commits > commits
    {
        let lost = mark.commits - commits;
        tracing::error!(transactions = lost, "data was lost since the last run: clients will load everything anew");
        metrics::counter!("store_data_loss_total").increment(1);
        epoch = random()?;
        let renamed = connection.execute("UPDATE meta SET epoch = ?1", [epoch.cast_signed()]);
        renamed.map_err(|e| failed(&e))?;
    }
    let mut watermark = Watermark::start(&file, epoch).map_err(words)?;
    watermark.finish(connection);
    Ok((epoch, watermark))
}

#[async_trait]
impl Store for Sqlite {
    fn epoch(&self) -> u64 {
        self.epoch
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        let append = log::Append::new(commit)?;
        self.writer.write(move |c| append.run(c)).await
    }

    async fn state(&self, c: ConversationId) -> Result<Option<State>, StoreError> {
        self.readers.read(move |connection| log::state(connection, c)).await
    }

    async fn entries(&self, c: ConversationId, range: Range) -> Result<Vec<Entry>, StoreError> {
        self.readers.read(move |connection| log::entries(connection, c, range)).await
    }

    async fn sent(&self, c: ConversationId, sender: Sender, cmid: &str) -> Result<Option<Stored>, StoreError> {
        let cmid = cmid.to_owned();
        self.readers.read(move |connection| log::sent(connection, c, sender, &cmid)).await
    }

    async fn list(&self, filter: Filter, limit: u32) -> Result<Vec<(ConversationId, State)>, StoreError> {
        self.readers.read(move |connection| log::list(connection, &filter, limit)).await
    }

    async fn conversations(
        &self,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        self.touched(Timestamp(i64::MIN), after, limit).await
    }

    async fn touched(
        &self,
        since: Timestamp,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        self.readers.read(move |connection| log::touched(connection, since, after, limit)).await
    }

    async fn add_visitor(&self, id: VisitorId, token: TokenHash, at: Timestamp) -> Result<(), StoreError> {
        self.writer.write(move |c| people::add_visitor(c, id, &token, at).map(Ok)).await
    }

    async fn visitor(&self, token: TokenHash) -> Result<Option<VisitorId>, StoreError> {
        self.readers.read(move |connection| people::visitor(connection, &token)).await
    }

    async fn add_person(&self, person: NewPerson) -> Result<AgentId, PersonError> {
        self.writer.write(move |c| people::add(c, &person)).await
    }

    async fn people(&self) -> Result<Vec<Person>, StoreError> {
        self.readers.read(people::all).await
    }

    async fn person_by_email(&self, email: &str) -> Result<Option<(Person, String)>, StoreError> {
        let email = email.to_lowercase();
        self.readers.read(move |connection| people::by_email(connection, &email)).await
    }

    async fn change_person(&self, id: AgentId, change: PersonChange) -> Result<bool, StoreError> {
        self.writer.write(move |c| people::change(c, id, &change).map(Ok)).await
    }

    async fn add_session(
        &self,
        token: TokenHash,
        person: AgentId,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |c| people::add_session(c, &token, person, now, until).map(Ok)).await
    }

    async fn session(&self, token: TokenHash, now: Timestamp) -> Result<Option<Person>, StoreError> {
        self.readers.read(move |connection| people::session(connection, &token, now)).await
    }

    async fn end_session(&self, token: TokenHash) -> Result<(), StoreError> {
        self.writer.write(move |c| people::end_session(c, &token).map(Ok)).await
    }

    async fn people_version(&self) -> Result<u64, StoreError> {
        self.readers.read(people::version).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.writer.write(|c| log::probe(c).map(Ok)).await
    }
}
