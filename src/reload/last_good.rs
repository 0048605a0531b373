//! The last content that was in force, kept beside the data: a server whose files broke while it was down starts with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::load;
use crate::content::{Content, SourceFile};
use crate::fault;

/// A folder with a copy of the last good content.
#[derive(Debug, Clone)]
pub struct LastGood {
    folder: PathBuf,
}

impl LastGood {
    /// In a data folder.
    #[must_use]
    pub fn in_data(data: &Path) -> Self {
        Self { folder: data.join("last-good-content") }
    }

    /// What was kept, if there is any and it can still be used.
    #[must_use]
    pub fn load(&self) -> Option<(Content, Vec<SourceFile>)> {
        // A crash while a newer one took its place may have left it under its other name alone.
        [&self.folder, &self.before()].into_iter().filter(|folder| folder.is_dir()).find_map(|folder| {
            let (content, files, _) = load(folder, None).ok()?;
            Some((content, files))
        })
    }

    /// Keeps these files instead of those before.
    ///
    /// # Errors
    /// Where they cannot be written; those before stay then.
    pub fn keep(&self, files: &[SourceFile]) -> io::Result<()> {
        let fresh = self.folder.with_extension("new");
        let _ = fs::remove_dir_all(&fresh);
        fs::create_dir_all(&fresh)?;
        let written = files.iter().try_for_each(|file| {
            let path = fresh.join(&file.path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, &file.bytes)
        });
        if let Err(error) = written {
            let _ = fs::remove_dir_all(&fresh);
            return Err(error);
        }
        let before = self.before();
        if self.folder.is_dir() {
            let _ = fs::remove_dir_all(&before); // it is rarely there
            fs::rename(&self.folder, &before)?;
        }
        fault::point("content_mid_swap");
        fs::rename(&fresh, &self.folder)?;
        let _ = fs::remove_dir_all(&before); // nor is it there the first time
        Ok(())
    }

    /// Where the one before lies while a newer one takes its place.
    fn before(&self) -> PathBuf {
        self.folder.with_extension("before")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back() {
        let data = tempfile::tempdir().unwrap();
        let last = LastGood::in_data(data.path());
        assert!(last.load().is_none());
        let file = |answer: &str| SourceFile {
            path: "intents/a/b.yaml".to_owned(),
            bytes: format!("intents:\n  - id: ping\n    examples: [is anybody there]\n    answer: {answer}\n")
                .into_bytes(),
        };
        last.keep(&[file("one")]).unwrap();
        last.keep(&[file("two")]).unwrap();
        let (content, _) = last.load().unwrap();
        assert_eq!(content.intents.len(), 1);
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1, "nothing is left lying about");
    }
}
