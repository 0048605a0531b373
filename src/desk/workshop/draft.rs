//! The shared draft: what is different from the content in force, and what would come of it.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{Editor, Origin, WorkshopError};
use crate::content::{Content, Kind, Location, Problem, SourceFile, limits};
use crate::desk::hub::lock;
use crate::desk::{Desk, DeskError};
use crate::store::By;
use crate::store::workshop::{Draft, DraftError, DraftFile, NewDraft};
use crate::workshop::cases;

/// Most files of a draft.
const FILES: usize = 500;

/// Most bytes of a draft.
const BYTES: usize = 16 << 20;

/// Longest path, characters.
const PATH: usize = 300;

/// A draft, compiled.
pub struct Compiled {
    /// Which draft.
    pub rev: i64,
    /// Version of the content that it is laid over.
    pub over: String,
    /// Everything that is sound in it.
    pub content: Arc<Content>,
    /// All files, as they would be.
    pub files: Arc<[SourceFile]>,
    /// What is not.
    pub problems: Vec<Problem>,
    /// Tests that pass.
    pub passed: usize,
    /// Those that do not.
    pub failed: Vec<FailedTest>,
}

/// A test that fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedTest {
    /// For people.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// What came instead.
    pub messages: Vec<String>,
}

impl std::fmt::Debug for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { rev, over, content: _, files: _, problems, passed, failed } = self;
        write!(f, "draft {rev} over {over}: {problems:?}, {passed} tests passed, {failed:?}")
    }
}

impl Compiled {
    /// Whether an error keeps it from going live.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(Problem::is_error)
    }
}

/// The draft as editors see it.
pub struct DraftView {
    /// The draft.
    pub draft: Draft,
    /// Who changed it last, where they are known.
    pub by: Option<String>,
    /// Another content is in force than it was begun on.
    pub stale: bool,
    /// What is different.
    pub files: Vec<Changed>,
    /// What comes of it.
    pub compiled: Arc<Compiled>,
}

/// A file that a draft changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// Below the content's root.
    pub path: String,
    /// As it is in force; none: not there.
    pub before: Option<Vec<u8>>,
    /// As it would be; none: not there.
    pub after: Option<Vec<u8>>,
    /// Somebody published another one since it was drafted.
    pub conflict: bool,
}

pub(super) fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn file_of<'a>(files: &'a [SourceFile], path: &str) -> Option<&'a SourceFile> {
    files.binary_search_by(|f| f.path.as_str().cmp(path)).ok().and_then(|at| files.get(at))
}

/// Whether a draft's file was made from another one than is in force, and says something else.
fn conflicts(origin: &Origin, file: &DraftFile) -> bool {
    let there = file_of(&origin.files, &file.path);
    there.map(|f| hash(&f.bytes)) != file.was && there.map(|f| &f.bytes) != file.bytes.as_ref()
}

/// All files, as a draft would have them.
fn overlay(origin: &Origin, draft: &[DraftFile]) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> =
        origin.files.iter().filter(|f| draft.iter().all(|d| d.path != f.path)).cloned().collect();
    files.extend(draft.iter().filter_map(|d| Some(SourceFile { path: d.path.clone(), bytes: d.bytes.clone()? })));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// Whether a path names a file of a content, and cannot be anything else to whoever writes it to a disk.
#[must_use]
pub fn is_path(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && part.trim() == part;
    Kind::of(path).is_some()
        && path.chars().count() <= PATH
        && path.split('/').count() <= limits::DEPTH
        && path.split('/').all(part)
        && !path.chars().any(|c| c.is_control() || matches!(c, '\\' | '"' | ':'))
}

impl Desk {
    /// The draft, if there is one.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn draft(&self) -> Result<Option<Draft>, DeskError> {
        Ok(self.store.draft().await?)
    }

    /// The draft as editors see it, compiled and tested; none where there is none.
    ///
    /// # Errors
    /// [`WorkshopError::Unknown`] where it is not known what the content in force is made of; `Busy` and `Storage`.
    pub async fn draft_view(&self) -> Result<Option<DraftView>, WorkshopError> {
        let origin = self.known_origin()?;
        let Some(draft) = self.store.draft().await? else { return Ok(None) };
        let compiled = self.compiled(&origin, &draft).await?;
        let files = draft.files.iter().filter_map(|file| {
            let before = file_of(&origin.files, &file.path).map(|f| f.bytes.clone());
            let conflict = conflicts(&origin, file);
            (before != file.bytes).then(|| Changed {
                path: file.path.clone(),
                before,
                after: file.bytes.clone(),
                conflict,
            })
        });
        let by = draft.by.parse().ok().and_then(|id| self.name_of(id));
        let stale = draft.base != origin.version;
        Ok(Some(DraftView { by, stale, files: files.collect(), compiled, draft }))
    }

    /// The draft, compiled and tested: once for each draft and content in force.
    pub(super) async fn compiled(&self, origin: &Arc<Origin>, draft: &Draft) -> Result<Arc<Compiled>, WorkshopError> {
        let (rev, over) = (draft.rev, origin.version.clone());
        let at_hand = move |known: &Option<Arc<Compiled>>| known.clone().filter(|c| c.rev == rev && c.over == over);
        if let Some(found) = at_hand(&lock(&self.bench.compiled)) {
            return Ok(found);
        }
        let turn = self.bench.turn().await?;
        // Somebody else may have asked for the same.
        if let Some(found) = at_hand(&lock(&self.bench.compiled)) {
            return Ok(found);
        }
        let (origin, draft, live, now) = (Arc::clone(origin), draft.clone(), self.content(), self.now());
        let work = move || {
            let files = overlay(&origin, &draft.files);
            let (content, problems) = live.rebuild(&files);
            let mut passed = 0;
            let mut failed = Vec::new();
            for outcome in cases::outcomes(&content, now) {
                if outcome.failures.is_empty() {
                    passed += 1;
                } else {
                    failed.push(FailedTest {
                        name: outcome.test.name.clone(),
                        location: outcome.test.location.clone(),
                        messages: outcome.failures.into_iter().map(|(_, message)| message).collect(),
                    });
                }
            }
            let (content, files, over) = (Arc::new(content), files.into(), origin.version.clone());
            Compiled { rev: draft.rev, over, content, files, problems, passed, failed }
        };
        let compiled = Arc::new(turn.run(work).await?);
        *lock(&self.bench.compiled) = Some(Arc::clone(&compiled));
        Ok(compiled)
    }

    /// Changes one file of the draft by what it makes of all files as they would be, and gives the draft's new number.
    /// Without a draft (`rev` none) one is begun.
    ///
    /// # Errors
    /// [`EditDraftError::Edit`] with what `edit` says; else as of [`WorkshopError`].
    pub async fn edit_draft<E: Send + 'static>(
        &self,
        by: &Editor,
        rev: Option<i64>,
        edit: impl FnOnce(&[SourceFile]) -> Result<SourceFile, E> + Send + 'static,
    ) -> Result<i64, EditDraftError<E>> {
        let origin = self.known_origin()?;
        let draft = self.expected(rev).await?;
        let (of, files) = (Arc::clone(&origin), draft.as_ref().map(|d| d.files.clone()).unwrap_or_default());
        let turn = self.bench.turn().await?;
        let edited = turn.run(move || edit(&overlay(&of, &files))).await?.map_err(EditDraftError::Edit)?;
        Ok(self.put(&origin, draft, edited.path, Some(edited.bytes), false, by).await?)
    }

    /// Puts a whole file into the draft (none: deletes it), and gives the draft's new number.
    ///
    /// # Errors
    /// As of [`WorkshopError`].
    pub async fn put_draft_file(
        &self,
        by: &Editor,
        rev: Option<i64>,
        path: String,
        bytes: Option<Vec<u8>>,
    ) -> Result<i64, WorkshopError> {
        let origin = self.known_origin()?;
        let draft = self.expected(rev).await?;
        // Who writes a whole file has seen what is in force, and means this instead of it.
        self.put(&origin, draft, path, bytes, true, by).await
    }

    async fn put(
        &self,
        origin: &Origin,
        draft: Option<Draft>,
        path: String,
        bytes: Option<Vec<u8>>,
        settles: bool,
        by: &Editor,
    ) -> Result<i64, WorkshopError> {
        if !is_path(&path) {
            return Err(WorkshopError::Path);
        }
        let there = file_of(&origin.files, &path);
        let (rev, base, mut files) =
            draft.map_or_else(|| (None, origin.version.clone(), Vec::new()), |d| (Some(d.rev), d.base, d.files));
        let before = files.iter().find(|f| f.path == path).filter(|_| !settles).map(|f| f.was);
        files.retain(|f| f.path != path);
        if there.map(|f| &f.bytes) != bytes.as_ref() {
            let was = before.unwrap_or_else(|| there.map(|f| hash(&f.bytes)));
            files.push(DraftFile { path, bytes, was });
            files.sort_by(|a, b| a.path.cmp(&b.path));
        }
        let sizes = files.iter().filter_map(|f| f.bytes.as_ref().map(Vec::len));
        if files.len() > FILES || sizes.clone().any(|size| size > limits::FILE_BYTES) || sizes.sum::<usize>() > BYTES {
            return Err(WorkshopError::TooLarge);
        }
        let settled = !files.iter().any(|f| conflicts(origin, f));
        let base = if settled { origin.version.clone() } else { base };
        match self.store.put_draft(rev, NewDraft { base, files }, self.on_behalf_of(by)).await {
            Ok(rev) => Ok(rev),
            Err(DraftError::Conflict) => Err(WorkshopError::Changed),
            Err(DraftError::Store(error)) => Err(error.into()),
        }
    }

    /// Throws the draft away.
    ///
    /// # Errors
    /// [`WorkshopError::Changed`] where it is another one; `Busy` and `Storage`.
    pub async fn drop_draft(&self, by: &Editor, rev: i64) -> Result<(), WorkshopError> {
        if !self.store.drop_draft(rev, self.on_behalf_of(by)).await? {
            return Err(WorkshopError::Changed);
        }
        *lock(&self.bench.compiled) = None;
        Ok(())
    }

    /// The draft with this number, or that there is none.
    pub(super) async fn expected(&self, rev: Option<i64>) -> Result<Option<Draft>, WorkshopError> {
        let draft = self.store.draft().await?;
        if draft.as_ref().map(|d| d.rev) == rev { Ok(draft) } else { Err(WorkshopError::Changed) }
    }

    /// Of somebody who edits, now.
    pub(super) fn on_behalf_of(&self, by: &Editor) -> By {
        self.by(&by.person, by.address)
    }

    /// What of the draft was drafted on something else than is in force.
    pub(super) fn conflicts(origin: &Origin, draft: &Draft) -> Vec<String> {
        draft.files.iter().filter(|f| conflicts(origin, f)).map(|f| f.path.clone()).collect()
    }
}

/// Why a draft was not edited.
#[derive(Debug)]
pub enum EditDraftError<E> {
    /// What the edit says.
    Edit(E),
    /// What the desk says.
    Desk(WorkshopError),
}

impl<E> From<WorkshopError> for EditDraftError<E> {
    fn from(error: WorkshopError) -> Self {
        Self::Desk(error)
    }
}

impl<E> From<DeskError> for EditDraftError<E> {
    fn from(error: DeskError) -> Self {
        Self::Desk(error.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_inside_the_content() {
        for path in ["deskbell.toml", "intents/a.yaml", "intents/x/b.test.md", "knowledge/ü b.md", "canned/c.yml"] {
            assert!(is_path(path), "{path}");
        }
        for path in [
            "",
            "a.yaml",
            "/intents/a.yaml",
            "intents/../../etc/a.yaml",
            "intents/./a.yaml",
            "intents//a.yaml",
            "intents/.git/a.yaml",
            "intents/.a.yaml",
            "intents\\a.yaml",
            "intents/a\n.yaml",
            "intents/a\".yaml",
            "intents/ a.yaml",
            "C:intents/a.yaml",
            "--output=intents/a.yaml",
            "intents/a.sh",
            "knowledge/a.html",
            ".git/config",
            "data/deskbell.db",
        ] {
            assert!(!is_path(path), "{path}");
        }
        assert!(!is_path(&format!("intents/{}.yaml", "x".repeat(300))));
        assert!(!is_path(&format!("intents/{}a.yaml", "x/".repeat(40))));
    }
}
