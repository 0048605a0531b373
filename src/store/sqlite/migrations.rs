//! The schema, step by step. Each step is one transaction with the number it leads to, so a kill leaves a step done or
//! not begun. Thirty lines of our own: the crates for it bring their own table or error type and cannot say the words
//! an operator needs when a newer program has written the file.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use super::connection::refused;
use super::{backup, directory, random, stamp, watermark};
use crate::fault;
use crate::store::StoreError;

pub(super) const STEPS: &[&str] = &[include_str!("../migrations/0001_begin.sql")];

/// The schema that this program writes.
pub(super) const KNOWN: i64 = STEPS.len() as i64;

/// Marks the file as ours, in its header: `Dskb`.
const APPLICATION: i64 = 0x4473_6b62;

/// What comes before a change of a schema that holds data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeforeMigration {
    /// A copy beside the database, named by its schema; without one nothing is changed.
    Copy,
    /// Nothing: whoever asked for it has a copy elsewhere.
    Nothing,
}

/// Schema of the data; 0: none yet.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Refuses what another program wrote, or a newer one.
pub(super) fn check(connection: &Connection) -> rusqlite::Result<Result<(), StoreError>> {
    let version = version(connection)?;
    if version > KNOWN {
        let words = format!(
            "the data was written by a newer version of deskbell (schema {version}, this program knows {KNOWN})"
        );
        return Ok(Err(StoreError::Refused(words)));
    }
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && application != APPLICATION {
        return Ok(Err(StoreError::Refused("the file is another program's database".to_owned())));
    }
    Ok(Ok(()))
}

/// Brings the schema of a file up to date. Data of an older schema is copied before.
///
/// # Errors
/// [`StoreError::Refused`] where the copy cannot be made, with the way to go on without it; nothing was changed then.
pub(super) fn change(
    connection: &mut Connection,
    path: &Path,
    steps: &[&str],
    before: BeforeMigration,
) -> Result<(), StoreError> {
    let old = version(connection).map_err(|e| refused(path, &e))?;
    if old > 0 && old < steps.len() as i64 {
        if before == BeforeMigration::Copy {
            let kept = keep(connection, path, old)?;
            tracing::info!(schema = old, copy = %kept.display(), "the data is brought up to date; a copy is kept");
        } else {
            tracing::warn!(schema = old, "the data is brought up to date without a copy");
        }
    }
    run(connection, steps, random()?).map_err(|e| refused(path, &e))
}

/// Copies the data as it is, unless a start that was interrupted has done so.
fn keep(connection: &Connection, path: &Path, old: i64) -> Result<PathBuf, StoreError> {
    let now = watermark::in_database(connection).map_err(|e| refused(path, &e))?;
    let mut to = directory::beside(path, &format!(".schema-{old}"));
    if to.exists() {
        match backup::check(&to) {
            Ok(m) if m.schema == old && m.epoch == format!("{:016x}", now.epoch) && m.commits == now.commits => {
                return Ok(to);
            }
            // Of other data, or damaged: not ours to delete.
            _ => to = directory::beside(path, &format!(".schema-{old}-{}", stamp())),
        }
    }
    backup::make(path, &to).map_err(|e| {
        StoreError::Refused(format!(
            "the data has to be brought up to date, and the copy that is made before ({}) failed: {e}; nothing was \
             changed. Make room, or back the data up elsewhere and start with --migrate-without-backup",
            to.display()
        ))
    })?;
    Ok(to)
}

/// Takes all `steps` that are still to be taken. `epoch` names the data set if this creates it.
pub(super) fn run(connection: &mut Connection, steps: &[&str], epoch: u64) -> rusqlite::Result<()> {
    loop {
        // Two processes may come here at once: who gets the lock looks again.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = version(&transaction)?;
        let Some(step) = usize::try_from(version).ok().and_then(|v| steps.get(v)) else {
            return Ok(());
        };
        transaction.execute_batch(step)?;
        if version == 0 {
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.execute(
                "INSERT INTO meta (one, epoch, commits, people_version) VALUES (1, ?1, 0, 0)",
                [epoch.cast_signed()],
            )?;
        }
        transaction.pragma_update(None, "user_version", version + 1)?;
        fault::point("migrate_mid");
        transaction.commit()?;
    }
}
