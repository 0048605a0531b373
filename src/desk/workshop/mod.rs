//! What editors publish and draft: which release is live, and what the shared draft would make of it.

mod draft;
pub mod git;
mod patch;
mod planning;
mod releases;
mod trying;

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwapOption;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::{Desk, DeskError};
use crate::content::{Content, SourceFile};
use crate::store::workshop::Release;
use crate::store::{Person, StoreError};

pub use draft::{Changed, Compiled, DraftView, EditDraftError, FailedTest, is_path};
pub use patch::{DiffLine, Op};
pub use planning::{QUESTIONS, questions};
pub use releases::New;

/// Where a content in force comes from.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The content's version.
    pub version: String,
    /// What it was compiled from.
    pub files: Arc<[SourceFile]>,
    /// The release that it is; none: a folder, or one that was kept.
    pub release: Option<NamedRelease>,
}

/// A release, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRelease {
    /// Its place.
    pub id: i64,
    /// Its name.
    pub name: String,
}

impl From<&Release> for NamedRelease {
    fn from(release: &Release) -> Self {
        Self { id: release.id, name: release.name.clone() }
    }
}

/// Somebody who edits, and from where.
#[derive(Debug, Clone)]
pub struct Editor {
    /// Who.
    pub person: Arc<Person>,
    /// For the audit table.
    pub address: IpAddr,
}

/// Why the workshop does not do something.
#[derive(Debug, thiserror::Error)]
pub enum WorkshopError {
    /// Something that is not the workshop's.
    #[error(transparent)]
    Desk(#[from] DeskError),
    /// It is not known what the content in force is made of.
    #[error("it is not known which files the content in force is made of")]
    Unknown,
    /// The draft is another one by now.
    #[error("somebody else has changed the draft meanwhile")]
    Changed,
    /// No file of a content is called so.
    #[error("no file of a content is called so")]
    Path,
    /// More than a content, or a draft, may hold.
    #[error("a file has at most 1 MiB, a draft at most 500 files and 16 MiB")]
    TooLarge,
    /// Nothing can be published here.
    #[error("this server follows its content folder, so nothing can be published here")]
    FollowsFolder,
    /// These files were changed by others since they were drafted.
    #[error("somebody else has changed these files since: {}", .0.join(", "))]
    Conflicts(Vec<String>),
    /// Another release was made live meanwhile.
    #[error("another release was made live meanwhile")]
    Moved,
    /// The draft has errors.
    #[error("the draft has errors")]
    Problems(Arc<Compiled>),
    /// Tests of the draft fail.
    #[error("tests of the draft fail")]
    Tests(Arc<Compiled>),
    /// No release may be called so.
    #[error("a name has 1 to 80 characters, is no bare number and begins with no hyphen")]
    Name,
    /// Another release is called so.
    #[error("there is a release of this name with other files")]
    Taken,
    /// Nothing is different.
    #[error("the draft changes nothing")]
    Nothing,
    /// There is none such.
    #[error("there is no such release")]
    NoRelease,
    /// The checkout says no.
    #[error(transparent)]
    Git(#[from] git::GitError),
}

impl From<StoreError> for WorkshopError {
    fn from(error: StoreError) -> Self {
        Self::Desk(error.into())
    }
}

/// Heavy work that waits for its turn; whoever comes beyond is told to come later.
const WAITING: usize = 8;

/// What the desk has at hand for editors.
pub(super) struct Bench {
    origin: ArcSwapOption<Origin>,
    /// Another release was made live here: who follows need not wait for its next look.
    moved: Notify,
    /// The draft, as it was compiled last.
    compiled: Mutex<Option<Arc<Compiled>>>,
    /// Compiling takes a processor for itself: one at a time.
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Bench {
    fn default() -> Self {
        Self {
            origin: ArcSwapOption::empty(),
            moved: Notify::new(),
            compiled: Mutex::default(),
            turns: Arc::new(Semaphore::new(1)),
            waiting: Arc::new(Semaphore::new(WAITING)),
        }
    }
}

/// A place at the bench, until the work is done: also where whoever asked for it has gone.
struct Turn {
    held: (OwnedSemaphorePermit, OwnedSemaphorePermit),
}

impl Bench {
    async fn turn(&self) -> Result<Turn, DeskError> {
        let place = Arc::clone(&self.waiting).try_acquire_owned().map_err(|_| DeskError::Busy)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| DeskError::Busy)?;
        Ok(Turn { held: (place, turn) })
    }
}

impl Turn {
    /// Works on a thread that serves nobody.
    async fn run<T: Send + 'static>(self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, DeskError> {
        let work = move || {
            let _held = self.held;
            work()
        };
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "work for an editor came to no end");
            DeskError::Busy
        })
    }
}

impl Desk {
    /// Where the content in force comes from, if that was told.
    #[must_use]
    pub fn origin(&self) -> Option<Arc<Origin>> {
        let version = &self.content().version;
        // Between two swaps one of both is newer for a moment.
        self.bench.origin.load_full().filter(|origin| origin.version == *version)
    }

    fn known_origin(&self) -> Result<Arc<Origin>, WorkshopError> {
        self.origin().ok_or(WorkshopError::Unknown)
    }

    /// Tells where the content in force comes from.
    pub fn originates(&self, origin: Origin) {
        self.bench.origin.store(Some(Arc::new(origin)));
    }

    /// Puts another content in force, for the next turns, and tells where it comes from.
    pub fn swap_from(&self, content: Arc<Content>, origin: Origin) {
        self.originates(origin);
        self.swap(content);
    }

    /// Whether this server follows its releases, not its folder.
    #[must_use]
    pub fn follows_releases(&self) -> bool {
        self.options.follows_releases
    }

    /// The release that is live, and the move that made it so, as the store has it now.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn live(&self) -> Result<Option<(i64, i64)>, DeskError> {
        Ok(self.store.live().await?)
    }

    /// A release; none where there is none such.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn release(&self, id: i64) -> Result<Option<Release>, DeskError> {
        Ok(self.store.release(id).await?)
    }

    /// Its files; none where there is none such.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn release_files(&self, id: i64) -> Result<Option<Vec<SourceFile>>, DeskError> {
        Ok(self.store.release_files(id).await?)
    }

    /// Until somebody here makes a release live.
    pub async fn moved(&self) {
        self.bench.moved.notified().await;
    }
}
