//! The schema, step by step. Each step is one transaction with the number it leads to, so a kill leaves a step done or
//! not begun. Thirty lines of our own: the crates for it bring their own table or error type and cannot say the words
//! an operator needs when a newer program has written the file.

use rusqlite::{Connection, TransactionBehavior};

use crate::store::StoreError;

const STEPS: &[&str] = &[include_str!("../migrations/0001_begin.sql"), include_str!("../migrations/0002_rights.sql")];

/// The schema that this program writes.
pub(super) const KNOWN: i64 = STEPS.len() as i64;

/// Marks the file as ours, in its header: `Dskb`.
const APPLICATION: i64 = 0x4473_6b62;

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

/// Brings the schema to [`KNOWN`]. `epoch` names the data set if this creates it.
pub(super) fn run(connection: &mut Connection, epoch: u64) -> rusqlite::Result<()> {
    loop {
        // Two processes may come here at once: who gets the lock looks again.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = version(&transaction)?;
        let Some(step) = usize::try_from(version).ok().and_then(|v| STEPS.get(v)) else {
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
        super::fault::point("migrate_mid");
        transaction.commit()?;
    }
}
