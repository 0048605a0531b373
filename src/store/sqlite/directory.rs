//! The files around the database: made for their owner alone, and locked by who serves.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::store::StoreError;

/// A command that creates the database holds the lock for a moment: a server that starts just then waits for it.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(25);

/// Makes the directory of a database, and an empty file for it, both durable.
pub(super) fn prepare(database: &Path) -> Result<(), StoreError> {
    create(database)?;
    let directory = parent(database);
    let words = |e: io::Error| StoreError::Refused(format!("cannot write in {}: {e}", directory.display()));
    private_file(database).map_err(words)?;
    // A file whose directory entry is not on disk does not exist after a power cut, however well it was synced itself.
    sync_directory(directory).map_err(words)
}

/// Makes the directory of a database.
pub(super) fn create(database: &Path) -> Result<(), StoreError> {
    let directory = parent(database);
    let words = |e: io::Error| StoreError::Refused(format!("cannot write in {}: {e}", directory.display()));
    create_directory(directory).map_err(words)?;
    super::mounts::check(directory)
}

/// A file whose name begins with the database's.
pub(super) fn beside(database: &Path, end: &str) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(end);
    path.into()
}

/// The directory that a file lies in.
pub(super) fn parent(file: &Path) -> &Path {
    file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Opens a file for writing, making it if need be: visitors' words are for nobody else on the machine.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

pub(super) fn create_directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened as a file.
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Removes a database that was begun and never used, with what SQLite may have left beside it: its journal would be played
/// back into the next file of that name.
pub(super) fn discard(database: &Path) {
    for end in ["", "-journal", "-wal", "-shm"] {
        let _ = std::fs::remove_file(beside(database, end)); // most are not there
    }
}

/// Says that somebody serves this database; gone with the value, and with the process.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock if it is free. `None`: somebody has it.
    pub(super) fn try_take(database: &Path) -> Result<Option<Self>, StoreError> {
        Self::try_take_file(&beside(database, ".lock"))
    }

    /// The same with another file.
    pub(super) fn try_take_file(path: &Path) -> Result<Option<Self>, StoreError> {
        let words = |e: io::Error| StoreError::Refused(format!("cannot lock {}: {e}", path.display()));
        let file = private_file(path).map_err(words)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(words(e)),
        }
    }

    /// Takes the lock for serving.
    pub(super) fn take(database: &Path) -> Result<Self, StoreError> {
        for attempt in 1.. {
            if let Some(lock) = Self::try_take(database)? {
                return Ok(lock);
            }
            if attempt >= ATTEMPTS {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        let path = database.display();
        Err(StoreError::Refused(format!(
            "another server already uses {path}; stop it first, or give this one other data"
        )))
    }
}
