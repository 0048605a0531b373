//! The store in one SQLite file: the default, for one server.
//!
//! One thread writes, in groups (`writer`); a few read (`readers`). What is decided inside a transaction stands in
//! `log` and `people`, as functions of a connection.

mod audit;
pub mod backup;
mod ballast;
mod beside;
mod connection;
mod directory;
mod log;
mod migrations;
mod mounts;
mod notice;
mod opening;
mod people;
mod privacy;
mod readers;
pub mod restore;
mod sessions;
mod sites;
mod verify;
mod watermark;
mod workshop;
mod writer;

use std::sync::Arc;

use async_trait::async_trait;

use self::ballast::Ballast;
use self::directory::Lock;
use self::readers::Readers;
use self::writer::Writer;
use super::privacy::{Erasure, Identified, Identify, Tombstone, VisitorData};
use super::{
    AuditRow, Backlog, By, Commit, CommitError, Ended, FactorChange, Filter, NewPerson, NewSession, Note, Notice,
    OpenMode, Person, PersonChange, PersonError, Range, SecondFactor, Sender, Session, Site, SiteKey, Store,
    StoreError, Stored, TokenHash,
};
use crate::conversation::{Entry, State, Verified};
use crate::types::{AgentId, ConversationId, Timestamp, VisitorId};

pub use self::connection::Location;
pub use self::migrations::BeforeMigration;

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
    /// Before an older schema is changed.
    pub before_migration: BeforeMigration,
}

impl Options {
    /// The usual.
    #[must_use]
    pub fn new(location: Location, mode: OpenMode) -> Self {
        let readers = std::thread::available_parallelism().map_or(2, |n| n.get().clamp(1, 4));
        Self {
            location,
            mode,
            queue: 4_096,
            group: 256,
            readers,
            max_pages: None,
            before_migration: BeforeMigration::Copy,
        }
    }
}

/// See the module.
struct Sqlite {
    epoch: u64,
    location: Location,
    /// On disks that are large enough for it.
    ballast: Option<Arc<Ballast>>,
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
    let opened = tokio::task::spawn_blocking(move || opening::open(&options)).await;
    let store = opened.map_err(|e| StoreError::Failed(format!("opening the store: {e}")))??;
    Ok(Arc::new(store))
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

/// The wall clock, milliseconds since 1970.
#[expect(clippy::disallowed_methods, reason = "names and ages of files: nothing that a decision sees")]
fn wall() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The time in a file's name, such as `20261122T004210.123Z`: sorts by time, and free of colons.
fn stamp() -> String {
    jiff::Timestamp::from_millisecond(wall()).unwrap_or_default().strftime("%Y%m%dT%H%M%S%.3fZ").to_string()
}

impl Sqlite {
    /// Whether the disk has room for messages. People and sessions are written as long as there is any at all.
    fn room(&self) -> Result<(), StoreError> {
        self.ballast.as_ref().map_or(Ok(()), |ballast| ballast.ready())
    }
}

#[async_trait]
impl Store for Sqlite {
    fn epoch(&self) -> u64 {
        self.epoch
    }

    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        self.room()?;
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

    async fn add_visitor_of(
        &self,
        site: &str,
        id: VisitorId,
        token: TokenHash,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let site = site.to_owned();
        self.writer.write(move |c| people::add_visitor(c, &site, id, &token, at).map(Ok)).await
    }

    async fn visitor_of(
        &self,
        site: Option<&str>,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<(VisitorId, Timestamp)>, StoreError> {
        let site = site.map(str::to_owned);
        self.readers.read(move |connection| people::visitor(connection, site.as_deref(), &token, now)).await
    }

    async fn replace_visitor_token(
        &self,
        id: VisitorId,
        old: TokenHash,
        new: TokenHash,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer.write(move |c| people::replace_token(c, id, &old, &new, at).map(Ok)).await
    }

    async fn add_person_by(&self, person: NewPerson, by: By) -> Result<AgentId, PersonError> {
        self.writer.write(move |c| people::add(c, &person, &by)).await
    }

    async fn people(&self) -> Result<Vec<Person>, StoreError> {
        self.readers.read(people::all).await
    }

    async fn person_by_email(&self, email: &str) -> Result<Option<(Person, String)>, StoreError> {
        let email = email.to_lowercase();
        self.readers.read(move |connection| people::by_email(connection, &email)).await
    }

    async fn change_person_by(&self, id: AgentId, change: PersonChange, by: By) -> Result<bool, StoreError> {
        self.writer.write(move |c| people::change(c, id, &change, &by).map(Ok)).await
    }

    async fn add_session(&self, session: NewSession) -> Result<bool, StoreError> {
        self.writer.write(move |c| sessions::begin(c, &session).map(Ok)).await
    }

    async fn session(&self, token: TokenHash, now: Timestamp) -> Result<Option<Person>, StoreError> {
        self.readers.read(move |connection| sessions::of_token(connection, &token, now)).await
    }

    async fn touch_session(&self, token: TokenHash, now: Timestamp, idle_until: Timestamp) -> Result<(), StoreError> {
        self.writer.write(move |c| sessions::touch(c, &token, now, idle_until).map(Ok)).await
    }

    async fn sessions(&self, of: Option<AgentId>, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.readers.read(move |connection| sessions::list(connection, of, now)).await
    }

    async fn end_sessions(&self, which: Ended, note: Option<Note>) -> Result<u64, StoreError> {
        self.writer.write(move |c| sessions::end(c, which, note.as_ref()).map(Ok)).await
    }

    async fn is_known_address(&self, address: TokenHash, since: Timestamp) -> Result<bool, StoreError> {
        self.readers.read(move |connection| sessions::is_known(connection, &address, since)).await
    }

    async fn second_factor(&self, of: AgentId) -> Result<Option<SecondFactor>, StoreError> {
        self.readers.read(move |connection| sessions::factor(connection, of)).await
    }

    async fn change_second_factor(&self, of: AgentId, change: FactorChange, by: By) -> Result<bool, StoreError> {
        self.writer.write(move |c| sessions::change_factor(c, of, &change, &by).map(Ok)).await
    }

    async fn audit(&self, note: Note) -> Result<(), StoreError> {
        self.writer.write(move |c| audit::append(c, &note).map(Ok)).await
    }

    async fn audit_rows(&self, after: u64, since: Option<Timestamp>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.readers.read(move |connection| audit::rows(connection, after, since, limit)).await
    }

    async fn audit_rows_before(&self, before: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.readers.read(move |connection| audit::rows_before(connection, before, limit)).await
    }

    async fn audit_anchor(&self) -> Result<Option<(u64, [u8; 32])>, StoreError> {
        self.readers.read(audit::anchor).await
    }

    async fn expire_audit(&self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        if !self.readers.read(move |connection| audit::has_expired(connection, before)).await? {
            return Ok(0);
        }
        self.writer.write(move |c| audit::expire(c, before, now).map(Ok)).await
    }

    async fn sites(&self) -> Result<Vec<Site>, StoreError> {
        self.readers.read(sites::all).await
    }

    async fn add_site(&self, site: Site) -> Result<bool, StoreError> {
        self.writer.write(move |c| sites::add(c, &site, &By::command()).map(Ok)).await
    }

    async fn remove_site(&self, name: &str, origin: Option<&str>) -> Result<bool, StoreError> {
        let (name, origin) = (name.to_owned(), origin.map(str::to_owned));
        self.writer.write(move |c| sites::remove(c, &name, origin.as_deref(), &By::command()).map(Ok)).await
    }

    async fn notice(&self) -> Result<Option<Notice>, StoreError> {
        self.readers.read(notice::read).await
    }

    async fn set_notice(&self, notice: Option<Notice>, by: By) -> Result<bool, StoreError> {
        self.writer.write(move |c| notice::set(c, notice.as_ref(), &by).map(Ok)).await
    }

    async fn set_site_key(&self, name: &str, key: SiteKey) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.writer.write(move |c| sites::set_key(c, &name, &key).map(Ok)).await
    }

    async fn people_version(&self) -> Result<u64, StoreError> {
        self.readers.read(people::version).await
    }

    async fn visitor_data(&self, id: VisitorId) -> Result<Option<VisitorData>, StoreError> {
        self.readers.read(move |connection| privacy::data(connection, id)).await
    }

    async fn find_visitors(&self, email: &str) -> Result<Vec<VisitorId>, StoreError> {
        let email = email.trim().to_lowercase();
        self.readers.read(move |connection| privacy::find(connection, &email)).await
    }

    async fn erase_visitor(&self, id: VisitorId, by: By) -> Result<Option<Erasure>, StoreError> {
        let database = match &self.location {
            Location::File(path) => Some(path.clone()),
            Location::Memory => None,
        };
        self.writer.write(move |c| privacy::erase(c, database.as_deref(), id, &by)).await
    }

    async fn tombstones(&self, after: u64) -> Result<Vec<Tombstone>, StoreError> {
        self.readers.read(move |connection| privacy::tombstones(connection, after)).await
    }

    async fn purge(&self, whole: bool) -> Result<bool, StoreError> {
        let location = self.location.clone();
        let work = move || {
            if whole {
                privacy::rewrite(&location)?;
            }
            privacy::cut_log(&location)
        };
        tokio::task::spawn_blocking(work).await.map_err(|e| StoreError::Failed(e.to_string()))?
    }

    async fn expire(&self, before: Timestamp, now: Timestamp, limit: u32) -> Result<Vec<ConversationId>, StoreError> {
        if !self.readers.read(move |connection| privacy::has_expired(connection, before, now)).await? {
            return Ok(Vec::new());
        }
        self.writer.write(move |c| privacy::expire(c, before, now, limit).map(Ok)).await
    }

    async fn identify(&self, identify: Identify) -> Result<Option<Identified>, StoreError> {
        self.writer.write(move |c| privacy::identify(c, &identify)).await
    }

    async fn verified(&self, id: VisitorId) -> Result<Option<Verified>, StoreError> {
        self.readers.read(move |connection| privacy::verified_of(connection, id)).await
    }

    async fn forget_visitor(&self, id: VisitorId, now: Timestamp) -> Result<(), StoreError> {
        self.writer.write(move |c| privacy::forget(c, id, now).map(Ok)).await
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.room()?;
        self.writer.write(|c| log::probe(c).map(Ok)).await
    }

    fn backlog(&self) -> Backlog {
        self.writer.backlog()
    }
}
