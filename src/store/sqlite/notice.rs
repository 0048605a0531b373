//! What an operator says to all visitors, as functions of a connection.

use rusqlite::{Connection, OptionalExtension, params};

use super::connection::failed;
use super::{audit, people};
use crate::store::{Act, By, Note, Notice, StoreError};
use crate::types::Timestamp;

pub(super) fn read(c: &Connection) -> Result<Option<Notice>, StoreError> {
    let row = || {
        c.prepare_cached("SELECT texts, until FROM notice")?
            .query_row([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<i64>>(1)?)))
            .optional()
    };
    let found = row().map_err(|e| failed(&e))?;
    Ok(found.map(|(texts, until)| Notice {
        // Written below, so it can be read.
        texts: serde_json::from_str(&texts).unwrap_or_default(),
        until: until.map(Timestamp),
    }))
}

pub(super) fn set(c: &Connection, notice: Option<&Notice>, by: &By) -> rusqlite::Result<bool> {
    let rows = match notice {
        Some(notice) => c
            .prepare_cached("INSERT OR REPLACE INTO notice (one, texts, until) VALUES (1, ?1, ?2)")?
            .execute(params![serde_json::json!(notice.texts).to_string(), notice.until.map(|t| t.0)])?,
        None => c.prepare_cached("DELETE FROM notice")?.execute([])?,
    };
    if rows > 0 {
        let languages = notice.map(|n| n.texts.keys().map(String::as_str).collect::<Vec<_>>().join(" "));
        let matter = if notice.is_some() { "set" } else { "cleared" };
        audit::append(c, &Note::new(by.clone(), Act::Notice, matter).with(languages.unwrap_or_default()))?;
        people::changed(c)?;
    }
    Ok(rows > 0)
}
