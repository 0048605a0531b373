//! What happened? The log, and beside it what must outlive a restart.
//!
//! # What a store guarantees
//! - When [`Store::commit`] returns `Ok`, entries and state are on disk and survive a power cut.
//! - Entries of a conversation have places 1..=head without holes; a place is never given twice.
//! - Of two commits with the same expected head exactly one wins, the other gets [`CommitError::Stale`].
//!   A commit without entries leaves the head where it is: it loses against one with entries, but nothing loses to it.
//! - One sender's name for a message ([`Sent`](crate::conversation::Sent)) is stored at most once a conversation; a second
//!   commit with it changes nothing and gets [`CommitError::Duplicate`].
//! - The number of open chats of an agent never passes the capacity named in [`Commit::room`].
//! - A read sees every commit that returned before it began.
//! - The epoch is the same for as long as nothing was lost.

mod accounts;
mod audit;
pub mod beside;
mod codec;
pub mod keeps;
mod notice;
pub mod privacy;
mod range;
mod sites;
pub mod sqlite;
pub mod workshop;

pub use sqlite::BeforeMigration;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use crate::conversation::{Entry, State, Verified};
use crate::types::{AgentId, ConversationId, Language, Role, Seq, Timestamp, VisitorId};

pub use accounts::{By, Ended, FactorChange, NewSession, PersonChange, SecondFactor, Session, SessionId, Who};
pub use audit::{Act, AuditRow, Broken, Note};
pub use beside::Beside;
pub use notice::Notice;
pub use range::{Filter, Range, Side};
pub use sites::{Site, SiteKey};
pub use workshop::Workshop;

/// The seam: SQLite in the default, PostgreSQL where several nodes share it.
#[async_trait]
pub trait Store: Beside + Workshop {
    /// Random name of this data set: clients compare it before they trust their cached places.
    fn epoch(&self) -> u64;

    /// Appends entries and replaces the state, durably.
    async fn commit(&self, commit: Commit) -> Result<(), CommitError>;

    /// The state of a conversation.
    async fn state(&self, c: ConversationId) -> Result<Option<State>, StoreError>;

    /// Entries with places in `(after, before)`, oldest first; with `Page::Last` the newest `limit` of them.
    async fn entries(&self, c: ConversationId, range: Range) -> Result<Vec<Entry>, StoreError>;

    /// What a sender's name for a message stands for.
    async fn sent(&self, c: ConversationId, sender: Sender, cmid: &str) -> Result<Option<Stored>, StoreError>;

    /// Conversations, as `filter` says, at most `limit`.
    async fn list(&self, filter: Filter, limit: u32) -> Result<Vec<(ConversationId, State)>, StoreError>;

    /// Ids of conversations in order of id, behind `after`, at most `limit`: to walk through all of them.
    async fn conversations(&self, after: Option<ConversationId>, limit: u32)
    -> Result<Vec<ConversationId>, StoreError>;

    /// The same of conversations in which something happened at `since` or later.
    async fn touched(
        &self,
        since: Timestamp,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError>;

    /// A new visitor of this server's own pages.
    ///
    /// # Errors
    /// As [`Store::add_visitor_of`].
    async fn add_visitor(&self, id: VisitorId, token: TokenHash, at: Timestamp) -> Result<(), StoreError> {
        self.add_visitor_of("", id, token, at).await
    }

    /// A new visitor of a site (empty: of this server's own pages), known by the SHA-256 of its token.
    async fn add_visitor_of(
        &self,
        site: &str,
        id: VisitorId,
        token: TokenHash,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Who shows this token wherever, and since when it is theirs; none where it has ended.
    ///
    /// # Errors
    /// As [`Store::visitor_of`].
    async fn visitor(&self, token: TokenHash, now: Timestamp) -> Result<Option<(VisitorId, Timestamp)>, StoreError> {
        self.visitor_of(None, token, now).await
    }

    /// The same, at a site: a token is nobody's at any other.
    async fn visitor_of(
        &self,
        site: Option<&str>,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<(VisitorId, Timestamp)>, StoreError>;

    /// Gives a visitor another token; the old one ends soon.
    async fn replace_visitor_token(
        &self,
        id: VisitorId,
        old: TokenHash,
        new: TokenHash,
        at: Timestamp,
    ) -> Result<(), StoreError>;

    /// Adds a person, as a command does.
    ///
    /// # Errors
    /// As [`Store::add_person_by`].
    async fn add_person(&self, person: NewPerson) -> Result<AgentId, PersonError> {
        self.add_person_by(person, By::command()).await
    }

    /// Adds a person.
    ///
    /// # Errors
    /// [`PersonError::Exists`] where the address is taken.
    async fn add_person_by(&self, person: NewPerson, by: By) -> Result<AgentId, PersonError>;

    /// Everybody, in order of id, those who may not log in included.
    async fn people(&self) -> Result<Vec<Person>, StoreError>;

    /// The person with this address (compared in lower case) and the password's hash.
    async fn person_by_email(&self, email: &str) -> Result<Option<(Person, String)>, StoreError>;

    /// Changes a person, as a command does.
    async fn change_person(&self, id: AgentId, change: PersonChange) -> Result<bool, StoreError> {
        self.change_person_by(id, change, By::command()).await
    }

    /// Changes a person; false where there is none. Ends all their sessions, unless they were let in again.
    async fn change_person_by(&self, id: AgentId, change: PersonChange, by: By) -> Result<bool, StoreError>;

    /// A person logged in; false where they were changed while they did.
    async fn add_session(&self, session: NewSession) -> Result<bool, StoreError>;

    /// Who shows this session token, if it has not ended and the person may log in.
    async fn session(&self, token: TokenHash, now: Timestamp) -> Result<Option<Person>, StoreError>;

    /// Something was done with a session.
    async fn touch_session(&self, token: TokenHash, now: Timestamp, idle_until: Timestamp) -> Result<(), StoreError>;

    /// Sessions of a person, or of all, that have not ended; by person and age.
    async fn sessions(&self, of: Option<AgentId>, now: Timestamp) -> Result<Vec<Session>, StoreError>;

    /// Ends sessions, and gives their number. The note is written if there was one.
    async fn end_sessions(&self, which: Ended, note: Option<Note>) -> Result<u64, StoreError>;

    /// Whether an account was logged in from there at `since` or later; `address` names both.
    async fn is_known_address(&self, address: TokenHash, since: Timestamp) -> Result<bool, StoreError>;

    /// A person's second factor.
    async fn second_factor(&self, of: AgentId) -> Result<Option<SecondFactor>, StoreError>;

    /// Changes it; false where that was not possible.
    async fn change_second_factor(&self, of: AgentId, change: FactorChange, by: By) -> Result<bool, StoreError>;

    /// Appends to the audit table.
    async fn audit(&self, note: Note) -> Result<(), StoreError>;

    /// The audit table's rows behind place `after`, of `since` or later, in order, at most `limit`.
    async fn audit_rows(&self, after: u64, since: Option<Timestamp>, limit: u32) -> Result<Vec<AuditRow>, StoreError>;

    /// The same before place `before`, newest first.
    async fn audit_rows_before(&self, before: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError>;

    /// The last row that was deleted with age: its place and hash. The first row that is left holds that hash.
    async fn audit_anchor(&self) -> Result<Option<(u64, [u8; 32])>, StoreError>;

    /// Deletes rows from before `before`, and says so in a row of `now`. Gives their number.
    async fn expire_audit(&self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError>;

    /// Sites that may show the widget, by name.
    async fn sites(&self) -> Result<Vec<Site>, StoreError>;

    /// Adds origins to a site, which is made with its first one. False where all of them were there.
    async fn add_site(&self, site: Site) -> Result<bool, StoreError>;

    /// Takes an origin from a site, or all of them. False where there was none.
    async fn remove_site(&self, name: &str, origin: Option<&str>) -> Result<bool, StoreError>;

    /// What all visitors are told, also when its time is over.
    async fn notice(&self) -> Result<Option<Notice>, StoreError>;

    /// Tells them this, or nothing. False where there was nothing to take away.
    async fn set_notice(&self, notice: Option<Notice>, by: By) -> Result<bool, StoreError>;

    /// Gives a site the key that it signs with; false where there is no such site.
    async fn set_site_key(&self, name: &str, key: SiteKey) -> Result<bool, StoreError>;

    /// Rises whenever people, sessions, sites or the notice are changed, by whichever process: to notice changes made beside a running server.
    async fn people_version(&self) -> Result<u64, StoreError>;

    /// What is known of a visitor beside the conversations; none where nobody has this id.
    async fn visitor_data(&self, id: VisitorId) -> Result<Option<privacy::VisitorData>, StoreError>;

    /// Visitors of this address, verified or typed, in order of id.
    async fn find_visitors(&self, email: &str) -> Result<Vec<VisitorId>, StoreError>;

    /// Erases everything of a visitor, for good; none where nobody has this id. [`Store::purge`] comes after.
    async fn erase_visitor(&self, id: VisitorId, by: By) -> Result<Option<privacy::Erasure>, StoreError>;

    /// What was erased, behind place `after`, in order.
    async fn tombstones(&self, after: u64) -> Result<Vec<privacy::Tombstone>, StoreError>;

    /// Takes what was deleted from the disk. With `whole` also from where the database moved its rows away, which
    /// rewrites it: seconds for each gigabyte, in which nothing is written. False: not possible now.
    async fn purge(&self, whole: bool) -> Result<bool, StoreError>;

    /// Deletes up to `limit` conversations of those that nobody touched since `before` and that wait for nobody, and as
    /// many tokens and visitors that have ended.
    async fn expire(&self, before: Timestamp, now: Timestamp, limit: u32) -> Result<Vec<ConversationId>, StoreError>;

    /// A site says who a visitor is. None: this was said before, or before the person logged out.
    async fn identify(&self, identify: privacy::Identify) -> Result<Option<privacy::Identified>, StoreError>;

    /// What a site said of a visitor last.
    async fn verified(&self, id: VisitorId) -> Result<Option<Verified>, StoreError>;

    /// Ends all tokens of a visitor, and the signatures that were made for them so far.
    async fn forget_visitor(&self, id: VisitorId, now: Timestamp) -> Result<(), StoreError>;

    /// Writes something small and takes it back: the store can commit now.
    async fn probe(&self) -> Result<(), StoreError>;

    /// How much waits to be written.
    fn backlog(&self) -> Backlog {
        Backlog::default()
    }
}

/// What waits to be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// So many writes.
    pub waiting: usize,
    /// Of so many at most; 0: without a bound.
    pub bound: usize,
    /// For how long the oldest that is not on disk has waited.
    pub oldest: Duration,
}

/// What a store is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// To serve: nobody else may, so a second server is refused.
    Serve,
    /// For a command, whether or not a server runs. Creates what is not there.
    Beside,
    /// For a command that makes no sense without data: refuses to create it.
    Existing,
}

/// Opens the store that a URL names, to serve it: `sqlite:` (`deskbell.db` in the data directory), `sqlite:PATH` or
/// `sqlite::memory:`.
///
/// # Errors
/// [`StoreError::Refused`] where the URL is not understood or the data cannot be used.
pub async fn open(url: &str, data_dir: &Path) -> Result<Arc<dyn Store>, StoreError> {
    open_for(OpenMode::Serve, url, data_dir).await
}

/// As [`open`], with a say in what comes before data of an older schema is changed.
///
/// # Errors
/// As [`open`].
pub async fn open_to_serve(
    url: &str,
    data_dir: &Path,
    before_migration: BeforeMigration,
) -> Result<Arc<dyn Store>, StoreError> {
    let options = sqlite::Options::new(location(url, data_dir)?, OpenMode::Serve);
    sqlite::open(sqlite::Options { before_migration, ..options }).await
}

/// Opens the store that a URL names for anything.
///
/// # Errors
/// As [`open`].
pub async fn open_for(mode: OpenMode, url: &str, data_dir: &Path) -> Result<Arc<dyn Store>, StoreError> {
    sqlite::open(sqlite::Options::new(location(url, data_dir)?, mode)).await
}

fn location(url: &str, data_dir: &Path) -> Result<sqlite::Location, StoreError> {
    match url.split_once(':') {
        Some(("sqlite", "")) => Ok(sqlite::Location::File(data_dir.join("deskbell.db"))),
        Some(("sqlite", ":memory:")) => Ok(sqlite::Location::Memory),
        Some(("sqlite", path)) => Ok(sqlite::Location::File(PathBuf::from(path.strip_prefix("//").unwrap_or(path)))),
        Some(("postgres" | "postgresql", _)) => {
            Err(StoreError::Refused("a store in PostgreSQL is not available yet".to_owned()))
        }
        // The URL may hold a password: it is not repeated.
        _ => Err(StoreError::Refused("the store's URL must begin with `sqlite:`".to_owned())),
    }
}

/// The database that a URL names, for backups.
///
/// # Errors
/// [`StoreError::Refused`] where it names none in a file.
pub fn database(url: &str, data_dir: &Path) -> Result<PathBuf, StoreError> {
    match location(url, data_dir)? {
        sqlite::Location::File(path) => Ok(path),
        sqlite::Location::Memory => Err(StoreError::Refused("data in memory has no backup".to_owned())),
    }
}

/// An entry as one line of JSON: `conversation`, `seq`, `at`, `author`, `agent`, `kind`, `body`, `cmid`.
///
/// # Errors
/// None for entries that the desk makes.
pub fn json_line(c: ConversationId, entry: &Entry) -> Result<String, StoreError> {
    Ok(codec::entry_to_line(c, entry)?)
}

/// An append.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Which conversation.
    pub c: ConversationId,
    /// The head that the decision was made on; 0 opens the conversation.
    pub expected: Seq,
    /// With places from `expected + 1` on. May be empty where only the state changes.
    pub entries: Arc<[Entry]>,
    /// After them.
    pub state: State,
    /// Refuse if the agent then has more open chats than this.
    pub room: Option<(AgentId, u32)>,
    /// From where the one who acts does so, for the audit table; empty: not told.
    pub address: String,
}

/// Why nothing was appended.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// The head is another one: load, decide again.
    #[error("somebody else was faster")]
    Stale,
    /// The message is stored already.
    #[error("stored already")]
    Duplicate(Stored),
    /// The agent has no place.
    #[error("the agent has no place")]
    NoRoom,
    /// The conversation or its visitor was erased.
    #[error("erased")]
    Erased,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A message that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its place.
    pub seq: Seq,
    /// Its time.
    pub at: Timestamp,
    /// Of what was sent.
    pub digest: [u8; 16],
}

/// Whose names for messages are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The conversation's visitor.
    Visitor,
    /// An agent.
    Agent(AgentId),
}

/// The store failed; what was asked may be tried again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No more work is taken at the moment.
    #[error("the store is busy")]
    Busy,
    /// Disk full, input/output error and the like.
    #[error("the store failed: {0}")]
    Failed(String),
    /// The data cannot be used by this program.
    #[error("{0}")]
    Refused(String),
}

impl From<codec::Malformed> for StoreError {
    fn from(e: codec::Malformed) -> Self {
        Self::Failed(e.to_string())
    }
}

/// SHA-256 of a secret: the secret itself is never stored.
pub type TokenHash = [u8; 32];

/// A person who may log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Given by the store.
    pub id: AgentId,
    /// In lower case.
    pub email: String,
    /// As visitors see it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Which queues; empty: all.
    pub departments: Vec<String>,
    /// Languages that it writes; empty: all.
    pub languages: Vec<Language>,
    /// What it can do that others cannot.
    pub skills: Vec<String>,
    /// Chats at once.
    pub capacity: u32,
    /// May not log in.
    pub disabled: bool,
    /// Logs in with a code as well.
    pub second_factor: bool,
}

/// A person to be added.
#[derive(Debug, Clone)]
pub struct NewPerson {
    /// Stored in lower case.
    pub email: String,
    /// As visitors see it.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Which queues; empty: all.
    pub departments: Vec<String>,
    /// Languages that it writes; empty: all.
    pub languages: Vec<Language>,
    /// What it can do that others cannot.
    pub skills: Vec<String>,
    /// Chats at once.
    pub capacity: u32,
    /// PHC string.
    pub password_hash: String,
}

/// Why a person was not added.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// The address is taken.
    #[error("there is somebody with this address already")]
    Exists,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
