//! From a backup back to a database in use.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::backup::{self, Manifest};
use super::connection::refused;
use super::directory::{self, Lock};
use super::watermark::{self, Mark};
use super::{opening, privacy, random, stamp, verify};
use crate::fault;
use crate::store::StoreError;

/// What was done.
#[derive(Debug, Clone)]
pub struct Restored {
    /// Of the backup.
    pub manifest: Manifest,
    /// Where the data lies that was there before, if there was any.
    pub kept: Option<PathBuf>,
}

/// Puts a backup in the place of a database, under a new epoch: clients load everything anew. What was there before is
/// moved aside as it is. A kill leaves either the old data, or a database that refuses to be opened until the restore was
/// done again.
///
/// # Errors
/// [`StoreError::Refused`] where the backup does not fit its manifest or is damaged, or a server uses the database;
/// [`StoreError::Failed`] where the disk fails.
pub fn restore(from: &Path, database: &Path) -> Result<Restored, StoreError> {
    let manifest = backup::check(from)?;
    directory::create(database)?;
    let _lock = Lock::take(database)?;
    let part = directory::beside(database, ".part");
    directory::discard(&part);
    let mark = prepare(from, &part, database).inspect_err(|_| directory::discard(&part))?;
    let put = || -> io::Result<Option<PathBuf>> {
        let directory = directory::parent(database);
        let ready = opening::restoring(database);
        std::fs::rename(&part, &ready)?;
        directory::sync_directory(directory)?;
        let kept = move_aside(database)?;
        fault::point("restore_mid_move");
        watermark::put(database, mark)?;
        std::fs::rename(&ready, database)?;
        directory::sync_directory(directory)?;
        Ok(kept)
    };
    let kept = put().map_err(|e| StoreError::Failed(format!("{}: {e}", database.display())))?;
    Ok(Restored { manifest, kept })
}

/// A copy that is whole, has a name of its own and is on disk.
fn prepare(from: &Path, part: &Path, database: &Path) -> Result<Mark, StoreError> {
    let disk = |e: io::Error| StoreError::Failed(format!("{}: {e}", part.display()));
    let copy = || -> io::Result<()> {
        let mut to = directory::private_file(part)?;
        io::copy(&mut std::fs::File::open(from)?, &mut to)?;
        to.sync_all()
    };
    copy().map_err(disk)?;
    let mark = Mark { epoch: random()?, commits: verify::whole(part)?.commits };
    let rename = || -> rusqlite::Result<()> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(part, flags)?;
        connection.execute("UPDATE meta SET epoch = ?1", [mark.epoch.cast_signed()])?;
        privacy::obey_before(&connection, database)?;
        connection.close().map_err(|(_, e)| e)
    };
    rename().map_err(|e| refused(part, &e))?;
    Ok(mark)
}

/// Database, log and mark together: alone, none of them is worth much. The lock stays, it is held.
fn move_aside(database: &Path) -> io::Result<Option<PathBuf>> {
    let name = database.file_name().unwrap_or_default();
    let aside = directory::parent(database).join(format!("replaced-{}", stamp()));
    let mut moved = None;
    for end in ["-wal", "-shm", "-journal", "", ".mark"] {
        let file = directory::beside(database, end);
        if file.exists() {
            directory::create_directory(&aside)?;
            std::fs::rename(&file, directory::beside(&aside.join(name), end))?;
            moved = Some(aside.clone());
        }
    }
    if moved.is_some() {
        directory::sync_directory(&aside)?;
    }
    Ok(moved)
}
