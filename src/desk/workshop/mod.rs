//! What editors publish and draft: which release is live, and what the shared draft would make of it.

pub mod git;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use tokio::sync::Notify;

use super::{Desk, DeskError};
use crate::content::{Content, SourceFile};
use crate::store::workshop::Release;

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

/// What the desk has at hand for editors.
#[derive(Default)]
pub(super) struct Bench {
    origin: ArcSwapOption<Origin>,
    /// Another release was made live here: who follows need not wait for its next look.
    moved: Notify,
}

impl Desk {
    /// Where the content in force comes from, if that was told.
    #[must_use]
    pub fn origin(&self) -> Option<Arc<Origin>> {
        let version = &self.content().version;
        // Between two swaps one of both is newer for a moment.
        self.bench.origin.load_full().filter(|origin| origin.version == *version)
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
