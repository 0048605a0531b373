//! The draft as a release or as a branch, and the way back.

use std::time::Duration;

use super::git::{Author, Checkout, GitError};
use super::{Editor, WorkshopError};
use crate::desk::{Desk, DeskError};
use crate::redact::Redactor;
use crate::store::workshop::{MESSAGE, NewRelease, Release, ReleaseError, is_name};

/// What a release changes is told over what visitors asked in so long a time.
const SUMMARY: Duration = Duration::from_secs(7 * 86_400);

/// A release, or a branch, that somebody wants.
#[derive(Debug, Clone)]
pub struct New {
    /// Of which draft.
    pub rev: i64,
    /// Its name.
    pub name: String,
    /// Why; may be empty.
    pub message: String,
}

impl Desk {
    /// Publishes the draft: it is a release, live, and no draft any more.
    ///
    /// # Errors
    /// As of [`WorkshopError`]; then nothing was published.
    pub async fn publish(&self, by: &Editor, new: New, redactor: &Redactor) -> Result<Release, WorkshopError> {
        if !self.follows_releases() {
            return Err(WorkshopError::FollowsFolder);
        }
        let New { rev, name, message } = new;
        if !is_name(&name) || message.chars().count() > MESSAGE {
            return Err(WorkshopError::Name);
        }
        let origin = self.known_origin()?;
        let draft = self.expected(Some(rev)).await?.ok_or(WorkshopError::Changed)?;
        let conflicts = Self::conflicts(&origin, &draft);
        if !conflicts.is_empty() {
            return Err(WorkshopError::Conflicts(conflicts));
        }
        // What is drafted is laid over what is in force here: this must be what is live.
        let live = self.store.live().await?;
        let followed = match live {
            Some((id, _)) => self.store.release(id).await?.is_some_and(|r| r.version == origin.version),
            None => true,
        };
        if !followed {
            return Err(WorkshopError::Moved);
        }
        let compiled = self.compiled(&origin, &draft).await?;
        if compiled.has_errors() {
            return Err(WorkshopError::Problems(compiled));
        }
        if !compiled.failed.is_empty() {
            return Err(WorkshopError::Tests(compiled));
        }
        if compiled.content.version == origin.version {
            return Err(WorkshopError::Nothing);
        }
        let live_content = (self.content(), origin.files.clone());
        // What it changes is told with it; that it cannot be told is no reason not to publish.
        let summary = match self.planned(live_content, &compiled, SUMMARY, redactor).await {
            Ok(plan) => plan.summary().json(),
            Err(error) => {
                tracing::warn!(%error, "what the release changes was not found out");
                None
            }
        };
        let release = NewRelease {
            name,
            named: true,
            version: compiled.content.version.clone(),
            author: by.person.name.clone(),
            commit: None,
            message,
            summary,
            files: compiled.files.to_vec(),
            after: Some(live.map(|(_, last)| last)),
        };
        let published = match self.store.add_release(release, self.on_behalf_of(by)).await {
            Ok(published) => published,
            Err(ReleaseError::Taken) => return Err(WorkshopError::Taken),
            Err(ReleaseError::Moved) => return Err(WorkshopError::Moved),
            Err(ReleaseError::Store(error)) => return Err(error.into()),
        };
        self.bench.moved.notify_one();
        // Where somebody drafts on meanwhile, theirs stays: what was published shows no difference any more.
        match self.drop_draft(by, rev).await {
            Ok(()) | Err(WorkshopError::Changed) => Ok(published.release),
            Err(error) => Err(error),
        }
    }

    /// Makes a release live again.
    ///
    /// # Errors
    /// [`WorkshopError::FollowsFolder`], [`WorkshopError::NoRelease`]; `Busy` and `Storage`.
    pub async fn rollback(&self, by: &Editor, to: i64) -> Result<Release, WorkshopError> {
        if !self.follows_releases() {
            return Err(WorkshopError::FollowsFolder);
        }
        if self.store.make_live(to, self.on_behalf_of(by)).await? {
            self.bench.moved.notify_one();
        }
        self.store.release(to).await?.ok_or(WorkshopError::NoRelease)
    }

    /// Releases, newest first, before this one, at most `limit`.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn releases(&self, before: Option<i64>, limit: u32) -> Result<Vec<Release>, DeskError> {
        Ok(self.store.releases(before, limit).await?)
    }

    /// The checkout that the content folder is.
    ///
    /// # Errors
    /// As of [`GitError`].
    pub async fn checkout(&self) -> Result<Checkout, GitError> {
        let folder = self.options.folder.as_deref().ok_or(GitError::NoCheckout)?;
        Checkout::of(folder).await
    }

    /// Makes a branch of the draft in the checkout that the content folder is; gives branch and commit. The draft stays.
    ///
    /// # Errors
    /// As of [`WorkshopError`].
    pub async fn branch(&self, by: &Editor, new: New) -> Result<(String, String), WorkshopError> {
        let New { rev, name, message } = new;
        if !super::git::is_branch(&name) {
            return Err(GitError::Name.into());
        }
        if message.trim().is_empty() || message.chars().count() > MESSAGE {
            return Err(WorkshopError::Name);
        }
        let origin = self.known_origin()?;
        let draft = self.expected(Some(rev)).await?.ok_or(WorkshopError::Changed)?;
        let conflicts = Self::conflicts(&origin, &draft);
        if !conflicts.is_empty() {
            return Err(WorkshopError::Conflicts(conflicts));
        }
        if draft.files.is_empty() {
            return Err(WorkshopError::Nothing);
        }
        let on = match &origin.release {
            Some(release) => self.store.release(release.id).await?.and_then(|r| r.commit),
            None => None,
        };
        let author = Author { name: by.person.name.clone(), email: by.person.email.clone() };
        let turn = self.bench.turn().await?;
        let made = self.checkout().await?.branch_off(&name, &message, &author, on.as_deref(), &draft.files).await;
        drop(turn);
        if let Err(GitError::Refused(told)) = &made {
            tracing::warn!(told, branch = name, "git refused to make a branch of the draft");
        }
        Ok(made?)
    }
}
