//! What editors publish, draft and set aside: the third part of the seam.
//!
//! # What a store guarantees
//! - A release is there whole or not at all, and never changes. Equal files are stored once.
//! - Exactly one release is live from the first on: the one that was made live last.
//! - There is one draft at most. Of two who put one in the place of the same one, one wins.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::{By, StoreError};
use crate::content::SourceFile;
use crate::types::Timestamp;

/// Longest name of a release, characters.
pub const NAME: usize = 80;

/// Longest message of a release, characters.
pub const MESSAGE: usize = 2_000;

/// Most texts that are set aside.
pub const IGNORED: u32 = 2_000;

/// What editors publish, draft and set aside.
#[async_trait]
pub trait Workshop: Send + Sync + 'static {
    /// Adds a release and makes it live, both or neither.
    ///
    /// # Errors
    /// [`ReleaseError::Taken`] where a release of other files has its name; [`ReleaseError::Moved`] where another one is
    /// live than was expected.
    async fn add_release(&self, new: NewRelease, by: By) -> Result<Published, ReleaseError>;

    /// Releases, newest first, before this one, at most `limit`.
    async fn releases(&self, before: Option<i64>, limit: u32) -> Result<Vec<Release>, StoreError>;

    /// One release.
    async fn release(&self, id: i64) -> Result<Option<Release>, StoreError>;

    /// The release with this name.
    async fn release_named(&self, name: &str) -> Result<Option<Release>, StoreError>;

    /// Its files, in path order; none where there is no such release.
    ///
    /// # Errors
    /// [`StoreError::Failed`] where a file is not what it was when it was stored.
    async fn release_files(&self, id: i64) -> Result<Option<Vec<SourceFile>>, StoreError>;

    /// The release that is live, and the move that made it so; none before the first.
    async fn live(&self) -> Result<Option<(i64, i64)>, StoreError>;

    /// Makes a release live; false where there is no such release, or it is live already.
    async fn make_live(&self, release: i64, by: By) -> Result<bool, StoreError>;

    /// What was made live, newest first, before this move, at most `limit`.
    async fn moves(&self, before: Option<i64>, limit: u32) -> Result<Vec<Move>, StoreError>;

    /// The draft.
    async fn draft(&self) -> Result<Option<Draft>, StoreError>;

    /// Puts a draft in the place of the one with this number (none: there is none), and gives its own.
    ///
    /// # Errors
    /// [`DraftError::Conflict`] where another one is there.
    async fn put_draft(&self, expected: Option<i64>, draft: NewDraft, by: By) -> Result<i64, DraftError>;

    /// Throws the draft away; false where it is another one.
    async fn drop_draft(&self, rev: i64, by: By) -> Result<bool, StoreError>;

    /// Texts that were set aside, oldest first.
    async fn ignored(&self) -> Result<Vec<Ignored>, StoreError>;

    /// Sets a text aside. Gives its number, also where it was so already; none where there are as many as may be.
    async fn ignore(&self, text: &str, by: By) -> Result<Option<i64>, StoreError>;

    /// Not any more; false where it was not.
    async fn unignore(&self, id: i64, by: By) -> Result<bool, StoreError>;
}

/// A content that is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelease {
    /// See [`is_name`].
    pub name: String,
    /// Somebody chose the name. Otherwise a release of the same files that is there already is taken instead.
    pub named: bool,
    /// The content's.
    pub version: String,
    /// For people.
    pub author: String,
    /// The commit of the checkout that it came from.
    pub commit: Option<String>,
    /// Why; may be empty.
    pub message: String,
    /// What it changes.
    pub summary: Option<Value>,
    /// All of them.
    pub files: Vec<SourceFile>,
    /// The move that must be the last one (`Some(None)`: there is none); none: whichever.
    pub after: Option<Option<i64>>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The release; it is live now.
    pub release: Release,
    /// It is a new one, not an older one of the same files.
    pub new: bool,
    /// Another one was live before.
    pub moved: bool,
}

/// A content that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its place, rising.
    pub id: i64,
    /// Its name.
    pub name: String,
    /// The content's.
    pub version: String,
    /// For people.
    pub author: String,
    /// The commit of the checkout that it came from.
    pub commit: Option<String>,
    /// Why.
    pub message: String,
    /// What it changed.
    pub summary: Option<Value>,
    /// When.
    pub at: Timestamp,
    /// Whether it is the live one.
    pub live: bool,
    /// Of all its files.
    pub bytes: u64,
}

impl Release {
    /// As JSON: `id`, `name`, `version`, `author`, `commit`, `message`, `summary`, `at`, `live`, `bytes`.
    #[must_use]
    pub fn json(&self) -> Value {
        let Self { id, name, version, author, commit, message, summary, at, live, bytes } = self;
        json!({
            "id": id, "name": name, "version": version, "author": author, "commit": commit, "message": message,
            "summary": summary, "at": at.0, "live": live, "bytes": bytes,
        })
    }
}

/// A release was made live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// Its place, rising.
    pub id: i64,
    /// Which release.
    pub release: i64,
    /// When.
    pub at: Timestamp,
    /// By whom, as in the audit table.
    pub by: String,
}

/// A draft to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDraft {
    /// Version of the content that it was begun on.
    pub base: String,
    /// What is different, in path order.
    pub files: Vec<DraftFile>,
}

/// What editors write together before it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Never given twice.
    pub rev: i64,
    /// Version of the content that it was begun on.
    pub base: String,
    /// What is different, in path order.
    pub files: Vec<DraftFile>,
    /// Of the last change.
    pub at: Timestamp,
    /// By whom, as in the audit table.
    pub by: String,
}

/// A file of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftFile {
    /// Below the content's root.
    pub path: String,
    /// As it shall be; none: deleted.
    pub bytes: Option<Vec<u8>>,
    /// SHA-256 of the file that it changes; none: there was none.
    pub was: Option<[u8; 32]>,
}

/// A text that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// Its place, rising.
    pub id: i64,
    /// Redacted.
    pub text: String,
    /// When.
    pub at: Timestamp,
    /// By whom, as in the audit table.
    pub by: String,
}

/// Why there is no new release.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// A release of other files has its name.
    #[error("there is a release of this name with other files")]
    Taken,
    /// Another release was made live meanwhile.
    #[error("another release was made live meanwhile")]
    Moved,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a draft was not kept.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// Somebody else was faster.
    #[error("somebody else has changed the draft meanwhile")]
    Conflict,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether a release may be called so: 1 to 80 characters that are seen, not a bare number, which would be taken for an id,
/// and nothing that looks like an option of a command.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let length = name.chars().count();
    (1..=NAME).contains(&length)
        && name.trim() == name
        && !name.starts_with('-')
        && !name.chars().all(|c| c.is_ascii_digit())
        && !name.chars().any(unseen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_can_be_told_from_ids_and_options() {
        for name in ["2026-11-22-1a2b3c4d", "Herbst, zweiter Anlauf", "v2", &"x".repeat(80)] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", " a", "17", "--json", "a\nb", "a\u{202e}b", &"x".repeat(81)] {
            assert!(!is_name(name), "{name}");
        }
    }
}
