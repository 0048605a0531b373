//! Room on the disk that is kept for the day on which there is none left.
//!
//! A full disk does not only refuse messages: what is logged is not written, SQLite's log cannot be emptied, nobody can be
//! shut out. So a file takes some room while there is plenty. When a write finds the disk full, the file goes, new
//! messages are refused, and what it held is left to everything else. It comes back by itself, and with it the messages,
//! once there is room for twice as much.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{FallocateFlags, fallocate, statvfs};

use super::directory;
use crate::store::StoreError;

/// What is kept, bytes.
const SIZE: u64 = 16 * 1024 * 1024;

/// It is not begun on a disk with less room than this: there it would be what fills the disk.
const PLENTY: u64 = 4 * SIZE;

/// See the module.
pub(super) struct Ballast {
    file: PathBuf,
    given_up: AtomicBool,
}

impl Ballast {
    /// Takes the room, unless it was taken by an earlier run. `None`: the disk is too small, or its file system cannot
    /// set room aside.
    pub(super) fn take(database: &Path) -> Option<Self> {
        let ballast = Self { file: directory::beside(database, ".ballast"), given_up: AtomicBool::new(false) };
        let kept = std::fs::metadata(&ballast.file).is_ok_and(|m| m.len() >= SIZE);
        if !kept && (ballast.free()? < PLENTY || ballast.fill().is_err()) {
            // What an earlier run had given up, or this one could not fill, must not stay as a half.
            let _ = std::fs::remove_file(&ballast.file);
            return None;
        }
        Some(ballast)
    }

    /// A write failed: if the disk is full, the room is set free.
    pub(super) fn give_up(&self) {
        if self.given_up.load(Ordering::SeqCst) || self.free().is_none_or(|free| free >= SIZE) {
            return;
        }
        self.given_up.store(true, Ordering::SeqCst);
        match std::fs::remove_file(&self.file) {
            Ok(()) => tracing::error!("the disk is full: no more messages are taken until there is room"),
            Err(error) => tracing::error!(%error, "the disk is full, and its ballast cannot be removed"),
        }
    }

    /// Whether messages may be written: the room is there, or can be taken again now.
    ///
    /// # Errors
    /// [`StoreError::Failed`] while the disk is full.
    pub(super) fn ready(&self) -> Result<(), StoreError> {
        if !self.given_up.load(Ordering::SeqCst) {
            return Ok(());
        }
        if self.free().is_some_and(|free| free >= 2 * SIZE) && self.fill().is_ok() {
            // Of several who come here at once each is right: what is there already is not taken again.
            if self.given_up.swap(false, Ordering::SeqCst) {
                tracing::info!("the disk has room again: messages are taken");
            }
            return Ok(());
        }
        Err(StoreError::Failed("the disk is full".to_owned()))
    }

    /// Room for this user on the disk, bytes.
    fn free(&self) -> Option<u64> {
        let disk = statvfs(directory::parent(&self.file)).ok()?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    fn fill(&self) -> std::io::Result<()> {
        let file = directory::private_file(&self.file)?;
        Ok(fallocate(&file, FallocateFlags::empty(), 0, SIZE)?)
    }
}
