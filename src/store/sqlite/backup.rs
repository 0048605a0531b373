//! A copy of the database, made while it is in use, that is whole or not there.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::connection::{self, failed, refused};
use super::directory::{self, Lock};
use super::verify::{self, Counts};
use super::{migrations, stamp, wall};
use crate::fault;
use crate::store::StoreError;

/// Names of backups that were made by the clock begin and end so; only those are ever deleted.
const BEGIN: &str = "deskbell-";
const END: &str = ".db";

/// Lies beside a backup as `FILE.json`; its presence says that the backup was finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// When the copy began, milliseconds since 1970: what was acked before is in it.
    pub made_at: i64,
    /// Of the program that made it.
    pub version: String,
    /// Of the data.
    pub schema: i64,
    /// Name of the data set, as clients see it.
    pub epoch: String,
    /// Transactions so far.
    pub commits: u64,
    /// How many are in it.
    pub conversations: u64,
    /// How many are in it, of all conversations.
    pub entries: u64,
    /// Size of the file.
    pub bytes: u64,
    /// Of the file, in hexadecimal.
    pub sha256: String,
}

/// Where a database's backups lie if nobody says otherwise.
#[must_use]
pub fn default_directory(database: &Path) -> PathBuf {
    directory::parent(database).join("backups")
}

/// A name for a new backup in a directory.
#[must_use]
pub fn new_file(directory: &Path) -> PathBuf {
    directory.join(format!("{BEGIN}{}{END}", stamp()))
}

/// Copies a database to `to`, checks the copy whole and puts it in place together with its manifest. Both are on disk
/// then. Works beside a running server, whose log of SQLite grows for as long as the copying takes.
///
/// # Errors
/// [`StoreError::Refused`] where there is no data, `to` is there already, another backup is being made or the copy is
/// damaged; [`StoreError::Failed`] where the disk fails. Then there is no file `to`.
pub fn make(database: &Path, to: &Path) -> Result<Manifest, StoreError> {
    if !database.is_file() {
        return Err(StoreError::Refused(format!("there is no data at {}", database.display())));
    }
    let lock = Lock::try_take_file(&directory::beside(database, ".backup-lock"))?;
    let Some(_lock) = lock else {
        return Err(StoreError::Refused(format!("another backup of {} is being made", database.display())));
    };
    if to.exists() {
        return Err(StoreError::Refused(format!("{} is there already: backups are not overwritten", to.display())));
    }
    let part = directory::beside(to, ".part");
    let made = copy(database, to, &part);
    if made.is_err() {
        directory::discard(&part);
    }
    made
}

fn copy(database: &Path, to: &Path, part: &Path) -> Result<Manifest, StoreError> {
    let disk = |e: io::Error| StoreError::Failed(format!("{}: {e}", part.display()));
    directory::create_directory(directory::parent(to)).map_err(disk)?;
    // Left by a process that was killed. SQLite wants a file that is not there, or empty: so it is private from the start.
    directory::discard(part);
    drop(directory::private_file(part).map_err(disk)?);
    let made_at = wall();
    let source = connection::reader(database)?;
    migrations::check(&source).map_err(|e| refused(database, &e))??;
    fill(&source, part)?;
    drop(source);
    fault::point("backup_mid_copy");
    // SQLite does not sync what VACUUM INTO writes.
    File::open(part).and_then(|f| f.sync_all()).map_err(disk)?;
    let Counts { schema, epoch, commits, conversations, entries } = verify::whole(part)?;
    let (bytes, sha256) = digest(part).map_err(disk)?;
    let epoch = format!("{epoch:016x}");
    let version = env!("CARGO_PKG_VERSION").to_owned();
    let manifest = Manifest { made_at, version, schema, epoch, commits, conversations, entries, bytes, sha256 };
    // The manifest first: a backup that is there has one.
    let text = serde_json::to_vec_pretty(&manifest).map_err(|e| StoreError::Failed(e.to_string()))?;
    let beside = manifest_of(to);
    let half = directory::beside(&beside, ".part");
    let put = || -> io::Result<()> {
        let mut file = directory::private_file(&half)?;
        file.set_len(0)?;
        file.write_all(&text)?;
        file.sync_all()?;
        std::fs::rename(&half, &beside)?;
        std::fs::rename(part, to)?;
        directory::sync_directory(directory::parent(to))
    };
    put().map_err(disk)?;
    Ok(manifest)
}

fn fill(source: &Connection, part: &Path) -> Result<(), StoreError> {
    let Some(name) = part.to_str() else {
        return Err(StoreError::Refused(format!("{} is no name that SQLite can write to", part.display())));
    };
    source.execute("VACUUM INTO ?1", [name]).map_err(|e| failed(&e))?;
    Ok(())
}

/// The manifest of a backup, after size and SHA-256 of the file were compared with it.
///
/// # Errors
/// [`StoreError::Refused`] where one of both is missing or they do not fit.
pub fn check(backup: &Path) -> Result<Manifest, StoreError> {
    let refuse = |why: String| StoreError::Refused(format!("{} cannot be used: {why}", backup.display()));
    let manifest =
        manifest(backup).map_err(|e| refuse(format!("its manifest {}: {e}", manifest_of(backup).display())))?;
    let (bytes, sha256) = digest(backup).map_err(|e| refuse(e.to_string()))?;
    if bytes != manifest.bytes || sha256 != manifest.sha256 {
        return Err(refuse(format!(
            "it is not what was backed up ({bytes} bytes, SHA-256 {sha256}; the manifest says {} bytes, {})",
            manifest.bytes, manifest.sha256
        )));
    }
    Ok(manifest)
}

/// The newest finished backup of a directory, not checked.
#[must_use]
pub fn latest(directory: &Path) -> Option<(PathBuf, Manifest)> {
    let files = std::fs::read_dir(directory).ok()?.filter_map(Result::ok).map(|e| e.path());
    let backups = files.filter_map(|file| Some((manifest(&file).ok()?, file)));
    backups.max_by_key(|(m, _)| m.made_at).map(|(m, file)| (file, m))
}

/// Deletes all but the newest `keep` of the backups that were made by the clock, and what a killed process left.
///
/// # Errors
/// Where the directory cannot be read or a file cannot be deleted.
pub fn prune(directory: &Path, keep: usize) -> Result<(), StoreError> {
    let tidy = || -> io::Result<()> {
        let mut names: Vec<String> = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            names.extend(entry?.file_name().into_string());
        }
        names.retain(|n| n.starts_with(BEGIN));
        names.sort_unstable_by(|a, b| b.cmp(a));
        let old = names.iter().filter(|n| n.ends_with(END)).skip(keep.max(1));
        let halves = names.iter().filter(|n| n.ends_with(".part"));
        for name in old.chain(halves) {
            std::fs::remove_file(directory.join(name))?;
            let _ = std::fs::remove_file(manifest_of(&directory.join(name))); // a half has none
        }
        Ok(())
    };
    tidy().map_err(|e| StoreError::Failed(format!("{}: {e}", directory.display())))
}

fn manifest_of(backup: &Path) -> PathBuf {
    directory::beside(backup, ".json")
}

fn manifest(backup: &Path) -> io::Result<Manifest> {
    Ok(serde_json::from_slice(&std::fs::read(manifest_of(backup))?)?)
}

/// Size and SHA-256.
fn digest(file: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(file)?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            n => {
                hash.update(&buffer[..n]);
                bytes += n as u64;
            }
        }
    }
    Ok((bytes, hash.finalize().iter().map(|b| format!("{b:02x}")).collect()))
}
