//! The audit table. Rows are written inside the transaction of what they tell of.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::connection::failed;
use crate::conversation::{Author, Body, TransferTo};
use crate::store::{Act, AuditRow, By, Commit, Note, StoreError, Who};
use crate::types::Timestamp;

/// Appends a row.
pub(super) fn append(c: &Connection, note: &Note) -> rusqlite::Result<()> {
    let last: Option<(i64, [u8; 32])> = c
        .prepare_cached("SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (n, prev) = last.unwrap_or((0, [0; 32]));
    let mut row = AuditRow {
        n: n.unsigned_abs() + 1,
        at: note.by.at.unwrap_or_else(|| Timestamp(super::wall())),
        who: note.by.who.to_string(),
        what: note.what.as_str().to_owned(),
        matter: note.matter.clone(),
        detail: note.detail.clone(),
        address: note.by.address.clone(),
        prev,
        hash: [0; 32],
    };
    row.hash = row.computed();
    c.prepare_cached(
        "INSERT INTO audit (n, at, who, what, matter, detail, address, prev, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![n + 1, row.at.0, row.who, row.what, row.matter, row.detail, row.address, row.prev, row.hash])
    .map(|_| ())
}

/// What people do to conversations stands in the log as entries: the rows follow from these.
pub(super) fn append_entries(c: &Connection, commit: &Commit) -> rusqlite::Result<()> {
    for entry in commit.entries.iter() {
        let who = match entry.author {
            Author::Agent(agent) => Who::Person(agent),
            Author::System => Who::Server,
            Author::Visitor | Author::Bot => continue,
        };
        let (what, detail) = match &entry.body {
            Body::Claimed { agent } if matches!(who, Who::Person(by) if by != *agent) => {
                (Act::Assigned, format!("to {agent}"))
            }
            Body::Claimed { .. } => (Act::Claimed, String::new()),
            Body::Released { .. } => (Act::Released, String::new()),
            Body::Transferred { to: TransferTo::Agent(to), .. } if who == Who::Person(*to) => {
                (Act::TakenOver, String::new())
            }
            Body::Transferred { to: TransferTo::Agent(to), .. } => (Act::Transferred, format!("to {to}")),
            Body::Transferred { to: TransferTo::Department(to), .. } => (Act::Transferred, format!("to {to}")),
            Body::Reopened { .. } => (Act::Reopened, String::new()),
            Body::Closed { .. } => (Act::Resolved, String::new()),
            _ => continue,
        };
        let address = if who == Who::Server { String::new() } else { commit.address.clone() };
        let by = By { who, at: Some(entry.at), address };
        append(c, &Note::new(by, what, commit.c).with(detail))?;
    }
    Ok(())
}

/// Rows behind `after`, in order.
pub(super) fn rows(
    c: &Connection,
    after: u64,
    since: Option<Timestamp>,
    limit: u32,
) -> Result<Vec<AuditRow>, StoreError> {
    let read = || -> rusqlite::Result<Vec<AuditRow>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        c.prepare_cached(
            "SELECT n, at, who, what, matter, detail, address, prev, hash FROM audit
             WHERE n > ?1 AND at >= ?2 ORDER BY n LIMIT ?3",
        )?
        .query_map(params![after, since.map_or(i64::MIN, |t| t.0), limit], row)?
        .collect()
    };
    read().map_err(|e| failed(&e))
}

/// Rows before `before`, newest first.
pub(super) fn rows_before(c: &Connection, before: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
    let read = || -> rusqlite::Result<Vec<AuditRow>> {
        c.prepare_cached(
            "SELECT n, at, who, what, matter, detail, address, prev, hash FROM audit
             WHERE n < ?1 ORDER BY n DESC LIMIT ?2",
        )?
        .query_map(params![i64::try_from(before).unwrap_or(i64::MAX), limit], row)?
        .collect()
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn anchor(c: &Connection) -> Result<Option<(u64, [u8; 32])>, StoreError> {
    let read = || {
        c.prepare_cached("SELECT n, hash FROM audit_anchor")?
            .query_row([], |row| Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?)))
            .optional()
    };
    read().map_err(|e| failed(&e))
}

/// Whether [`expire`] has something to do.
pub(super) fn has_expired(c: &Connection, before: Timestamp) -> Result<bool, StoreError> {
    last_expired(c, before).map(|found| found.is_some()).map_err(|e| failed(&e))
}

/// The row before the first one that stays. The table never becomes empty: its end is the end of the chain.
fn last_expired(c: &Connection, before: Timestamp) -> rusqlite::Result<Option<(i64, [u8; 32])>> {
    c.prepare_cached(
        "SELECT n, hash FROM audit WHERE n = coalesce(
           (SELECT n FROM audit WHERE at >= ?1 ORDER BY n LIMIT 1), (SELECT max(n) FROM audit)) - 1",
    )?
    .query_row([before.0], |row| Ok((row.get(0)?, row.get(1)?)))
    .optional()
}

/// Deletes rows from the beginning up to the first one that is young enough. The last of them is the anchor: its hash
/// stands in the row behind it, and in the row that tells of this.
pub(super) fn expire(c: &Connection, before: Timestamp, now: Timestamp) -> rusqlite::Result<u64> {
    let Some((n, hash)) = last_expired(c, before)? else { return Ok(0) };
    c.prepare_cached(
        "INSERT INTO audit_anchor (one, n, hash) VALUES (1, ?1, ?2) ON CONFLICT (one) DO UPDATE SET n = ?1, hash = ?2",
    )?
    .execute(params![n, hash])?;
    let deleted = c.prepare_cached("DELETE FROM audit WHERE n <= ?1")?.execute([n])?;
    let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
    append(c, &Note::server(now, Act::AuditExpired, n).with(format!("{deleted} rows, the last is {hex}")))?;
    Ok(deleted as u64)
}

fn row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    Ok(AuditRow {
        n: row.get::<_, i64>(0)?.unsigned_abs(),
        at: Timestamp(row.get(1)?),
        who: row.get(2)?,
        what: row.get(3)?,
        matter: row.get(4)?,
        detail: row.get(5)?,
        address: row.get(6)?,
        prev: row.get(7)?,
        hash: row.get(8)?,
    })
}
