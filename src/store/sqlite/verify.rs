//! Everything that can be checked about a database that nobody writes to.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::connection::refused;
use super::watermark;
use super::{log, migrations};
use crate::store::{StoreError, codec};
use crate::types::Seq;

/// What is in a sound database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) schema: i64,
    pub(super) epoch: u64,
    pub(super) commits: u64,
    pub(super) conversations: u64,
    pub(super) entries: u64,
}

/// Reads all of it: pages and indexes, references, and that every conversation is a log without holes which this program
/// can read.
///
/// # Errors
/// [`StoreError::Refused`] with the first thing that is wrong.
pub(super) fn whole(path: &Path) -> Result<Counts, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| refused(path, &e))?;
    match read(&connection) {
        Ok(Ok(counts)) => Ok(counts),
        Ok(Err(words)) => Err(StoreError::Refused(format!("{} is damaged: {words}", path.display()))),
        Err(e) => Err(refused(path, &e)),
    }
}

fn read(c: &Connection) -> rusqlite::Result<Result<Counts, String>> {
    if let Err(e) = migrations::check(c)? {
        return Ok(Err(e.to_string()));
    }
    let schema = migrations::version(c)?;
    if schema == 0 {
        return Ok(Err("there is no data in it".to_owned()));
    }
    let verdict: String = c.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Ok(Err(verdict));
    }
    if c.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Ok(Err("a reference leads nowhere".to_owned()));
    }
    let mark = watermark::in_database(c)?;
    let mut counts = Counts { schema, epoch: mark.epoch, commits: mark.commits, conversations: 0, entries: 0 };
    if schema != migrations::KNOWN {
        // Older data is read by the migrations; here only its pages can be judged.
        return Ok(Ok(counts));
    }
    let mut logs = c.prepare("SELECT key, head, state FROM conversation")?;
    let mut entries = c.prepare(
        "SELECT seq, at, author, agent, kind, body, cmid, digest FROM entry WHERE conversation = ?1 ORDER BY seq",
    )?;
    let mut rows = logs.query([])?;
    while let Some(row) = rows.next()? {
        let (key, head, state): (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        match codec::state_from_json(&state) {
            Ok(state) if state.head == Seq(head.unsigned_abs()) => {}
            Ok(_) => return Ok(Err(format!("the state of conversation {key} is not that of its log's end"))),
            Err(e) => return Ok(Err(format!("the state of conversation {key}: {e}"))),
        }
        let mut places = 0;
        for entry in entries.query_map([key], log::entry_row)? {
            let entry = entry?;
            places += 1;
            if entry.seq != places {
                return Ok(Err(format!("conversation {key} lacks entry {places}")));
            }
            if let Err(e) = codec::entry_from_row(entry) {
                return Ok(Err(format!("entry {places} of conversation {key}: {e}")));
            }
        }
        if places != head {
            return Ok(Err(format!("conversation {key} ends at {places} and not at {head}")));
        }
        counts.conversations += 1;
        counts.entries += places.unsigned_abs();
    }
    Ok(Ok(counts))
}
