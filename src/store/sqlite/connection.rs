//! Connections whose settings are in force, or none at all.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::store::StoreError;

/// Below this, SQLite may corrupt a database when the log is reset: fixed in 3.51.3 (13 March 2026).
const OLDEST_SQLITE: i32 = 3_051_003;

/// How long to wait for another process that writes.
const BUSY: Duration = Duration::from_secs(5);

/// A connection that several threads may use in turn.
pub(super) type Shared = Arc<Mutex<Connection>>;

/// A panic in a read leaves nothing half done: SQLite undoes an open transaction by itself.
pub(super) fn locked(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the data lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// In a file.
    File(PathBuf),
    /// In this process, and gone with it: for tests and for trying out.
    Memory,
}

/// SQLite's words, sorted by what a caller can do about them.
pub(super) fn failed(e: &rusqlite::Error) -> StoreError {
    match e.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        _ => StoreError::Failed(e.to_string()),
    }
}

/// While opening, a file that is no sound database is final.
pub(super) fn refused(path: &Path, e: &rusqlite::Error) -> StoreError {
    let path = path.display();
    match e.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => StoreError::Refused(format!("{path} is not a database of deskbell")),
        Some(ErrorCode::DatabaseCorrupt) => {
            StoreError::Refused(format!("{path} is damaged ({e}); keep the file and restore a backup"))
        }
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            StoreError::Refused(format!("cannot open {path} for writing ({e}); do the path and its rights fit?"))
        }
        _ => StoreError::Failed(format!("{path}: {e}")),
    }
}

/// The connection that writes. `checkpoints`: the server's; a command beside it leaves that to the server.
pub(super) fn writer(location: &Location, checkpoints: Checkpoints) -> Result<Connection, StoreError> {
    check_version(rusqlite::version_number())?;
    let path = name(location);
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match location {
            // The file was made before, with the right permissions.
            Location::File(path) => Connection::open_with_flags(path, flags)?,
            Location::Memory => Connection::open_in_memory_with_flags(flags | OpenFlags::SQLITE_OPEN_CREATE)?,
        };
        connection.busy_timeout(BUSY)?;
        if checkpoints == Checkpoints::Leave {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        }
        Ok(connection)
    };
    let connection = open().map_err(|e| refused(&path, &e))?;
    settle(&connection, location, checkpoints).map_err(|e| refused(&path, &e))??;
    Ok(connection)
}

/// A connection that cannot write.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let open = || -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(64);
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "mmap_size", 0)?;
        Ok(connection)
    };
    open().map_err(|e| refused(path, &e))
}

/// Who copies the log into the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checkpoints {
    /// This connection, every 1,000 pages.
    Make,
    /// Another process.
    Leave,
}

fn check_version(number: i32) -> Result<(), StoreError> {
    if number < OLDEST_SQLITE {
        let version = format!("{}.{}.{}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
        let words = format!("SQLite {version} is linked, which can damage databases; 3.51.3 or later is needed");
        return Err(StoreError::Refused(words));
    }
    Ok(())
}

/// Sets a pragma. Turning the log on needs the file alone for a moment, and SQLite does not wait for that by itself.
fn set(connection: &Connection, pragma: &str, value: &str) -> rusqlite::Result<()> {
    const PAUSE: Duration = Duration::from_millis(10);
    let mut waited = Duration::ZERO;
    loop {
        match connection.execute_batch(&format!("PRAGMA {pragma} = {value}")) {
            Err(e) if e.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && waited < BUSY => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            done => return done,
        }
    }
}

/// Sets what durability and safety hang on, and reads it back: SQLite ignores what it does not know or cannot do.
fn settle(
    connection: &Connection,
    location: &Location,
    checkpoints: Checkpoints,
) -> rusqlite::Result<Result<(), StoreError>> {
    let wanted: &[(&str, &str)] = &[
        ("journal_mode", "wal"),
        ("synchronous", "2"),
        ("foreign_keys", "1"),
        ("trusted_schema", "0"),
        ("cell_size_check", "1"),
        ("mmap_size", "0"),
        ("wal_autocheckpoint", if checkpoints == Checkpoints::Make { "1000" } else { "0" }),
        ("journal_size_limit", "67108864"),
        ("secure_delete", "1"),
        ("fullfsync", "1"), // macOS: fsync there does not reach the disk
        ("checkpoint_fullfsync", "1"),
    ];
    connection.set_prepared_statement_cache_capacity(64);
    for &(pragma, value) in wanted {
        // A database in memory has no journal and nothing to map.
        if *location == Location::Memory && matches!(pragma, "journal_mode" | "mmap_size") {
            continue;
        }
        set(connection, pragma, value)?;
        let got = connection.pragma_query_value(None, pragma, |row| {
            Ok(match row.get_ref(0)? {
                rusqlite::types::ValueRef::Integer(n) => n.to_string(),
                other => other.as_str().unwrap_or_default().to_owned(),
            })
        })?;
        if got != value {
            let words = format!("the database does not accept {pragma} = {value} (it is {got}): not safe to use");
            return Ok(Err(StoreError::Refused(words)));
        }
    }
    Ok(Ok(()))
}

/// For messages.
pub(super) fn name(location: &Location) -> PathBuf {
    match location {
        Location::File(path) => path.clone(),
        Location::Memory => PathBuf::from("the database in memory"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_library_is_refused() {
        for (number, refused) in [
            (3_040_001, Some("SQLite 3.40.1 is linked")),
            (3_051_002, Some("SQLite 3.51.2 is linked")),
            (3_051_003, None),
            (rusqlite::version_number(), None),
        ] {
            let told = check_version(number).map_err(|e| e.to_string());
            match refused {
                None => assert_eq!(told, Ok(()), "{number}"),
                Some(words) => assert!(told.expect_err(words).starts_with(words), "{number}"),
            }
        }
    }

    #[test]
    fn a_setting_that_is_not_in_force_is_refused() {
        // A database in memory takes no log, whoever asks for one.
        let memory = Connection::open_in_memory().unwrap();
        let told = settle(&memory, &Location::File("x".into()), Checkpoints::Make).unwrap();
        let words = told.unwrap_err().to_string();
        assert_eq!(words, "the database does not accept journal_mode = wal (it is memory): not safe to use");
        // In a transaction the others are passed over in silence.
        memory.execute_batch("BEGIN; CREATE TABLE t (x)").unwrap();
        memory.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false).unwrap_or_default();
        let told = settle(&memory, &Location::Memory, Checkpoints::Make);
        assert!(!matches!(told, Ok(Ok(()))), "{told:?}");
    }
}
