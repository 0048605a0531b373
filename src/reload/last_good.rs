//! The last content that was in force, kept beside the data: a server whose files broke while it was down starts with it.

use std::io;
use std::path::{Path, PathBuf};
use std::{fs, process};

use super::load;
use crate::content::{Content, SourceFile};

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
    pub fn load(&self) -> Option<Content> {
        if !self.folder.is_dir() {
            return None;
        }
        load(&self.folder, None).ok().map(|(content, _, _)| content)
    }

    /// Keeps these files instead of those before.
    ///
    /// # Errors
    /// Where they cannot be written; those before stay then.
    pub fn keep(&self, files: &[SourceFile]) -> io::Result<()> {
        let fresh = self.folder.with_extension(format!("new-{}", process::id()));
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
        // A crash between the two leaves none: then a broken folder refuses to start, as on the first day.
        let _ = fs::remove_dir_all(&self.folder);
        fs::rename(&fresh, &self.folder)
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
        let content = last.load().unwrap();
        assert_eq!(content.intents.len(), 1);
        assert_eq!(fs::read_dir(data.path()).unwrap().count(), 1, "nothing is left lying about");
    }
}
