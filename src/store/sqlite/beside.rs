//! What is kept beside the log, as functions of a connection.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::connection::failed;
use super::log::blob;
use super::writer::Outcome;
use super::{Sqlite, audit, people, sites};
use crate::store::beside::{Beside, Blocked, NewSuggestion, Paused, SUGGESTIONS, Suggestion, SuggestionKind};
use crate::store::keeps::{Keep, KeepBody, KeepError, KeepId, OWN, SHARED};
use crate::store::{Act, By, Note, Site, StoreError};
use crate::types::{AgentId, ConversationId, Seq, Timestamp, VisitorId};

#[async_trait]
impl Beside for Sqlite {
    async fn keeps(&self, of: AgentId) -> Result<Vec<Keep>, StoreError> {
        self.readers.read(move |c| keeps(c, of)).await
    }

    async fn keep(&self, id: KeepId) -> Result<Option<Keep>, StoreError> {
        self.readers.read(move |c| keep(c, id)).await
    }

    async fn add_keep(
        &self,
        owner: Option<AgentId>,
        body: KeepBody,
        by: AgentId,
        at: Timestamp,
    ) -> Result<KeepId, KeepError> {
        let json = body.json()?.to_string();
        self.writer.write(move |c| add_keep(c, owner, &body, &json, by, at)).await
    }

    async fn change_keep(&self, id: KeepId, body: KeepBody, by: AgentId, at: Timestamp) -> Result<bool, KeepError> {
        let json = body.json()?.to_string();
        self.writer.write(move |c| change_keep(c, id, &body, &json, by, at)).await
    }

    async fn remove_keep(&self, id: KeepId) -> Result<bool, StoreError> {
        let remove = move |c: &Connection| c.prepare_cached("DELETE FROM keep WHERE id = ?1")?.execute([id.0]);
        self.writer.write(move |c| remove(c).map(|n| Ok(n > 0))).await
    }

    async fn wording_off(&self) -> Result<Vec<String>, StoreError> {
        let read = |c: &Connection| -> rusqlite::Result<Vec<String>> {
            c.prepare_cached("SELECT name FROM wording_off ORDER BY name")?.query_map([], |row| row.get(0))?.collect()
        };
        self.readers.read(move |c| read(c).map_err(|e| failed(&e))).await
    }

    async fn switch_wording(&self, name: &str, on: bool) -> Result<(), StoreError> {
        let name = name.to_owned();
        let sql = match on {
            true => "DELETE FROM wording_off WHERE name = ?1",
            false => "INSERT INTO wording_off (name) VALUES (?1) ON CONFLICT DO NOTHING",
        };
        self.writer.write(move |c| c.prepare_cached(sql)?.execute([&name]).map(|_| Ok(()))).await
    }

    async fn labels(&self, among: u32, limit: u32) -> Result<Vec<(String, u64)>, StoreError> {
        self.readers.read(move |c| labels(c, among, limit).map_err(|e| failed(&e))).await
    }

    async fn blocked(&self) -> Result<Vec<Blocked>, StoreError> {
        self.readers.read(|c| blocked(c).map_err(|e| failed(&e))).await
    }

    async fn block(
        &self,
        visitor: VisitorId,
        until: Option<Timestamp>,
        reason: &str,
        by: By,
    ) -> Result<bool, StoreError> {
        let reason = reason.to_owned();
        self.writer.write(move |c| block(c, visitor, until, &reason, &by).map(Ok)).await
    }

    async fn unblock(&self, visitor: VisitorId, by: By) -> Result<bool, StoreError> {
        self.writer.write(move |c| unblock(c, visitor, &by).map(Ok)).await
    }

    async fn paused(&self) -> Result<Vec<Paused>, StoreError> {
        self.readers.read(|c| paused(c).map_err(|e| failed(&e))).await
    }

    async fn pause(&self, department: &str, reason: Option<&str>, by: By) -> Result<bool, StoreError> {
        let (department, reason) = (department.to_owned(), reason.map(str::to_owned));
        self.writer.write(move |c| pause(c, &department, reason.as_deref(), &by).map(Ok)).await
    }

    async fn add_site_by(&self, site: Site, by: By) -> Result<bool, StoreError> {
        self.writer.write(move |c| sites::add(c, &site, &by).map(Ok)).await
    }

    async fn remove_site_by(&self, name: &str, by: By) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.writer.write(move |c| sites::remove(c, &name, None, &by).map(Ok)).await
    }

    async fn suggest(&self, suggestion: NewSuggestion) -> Result<Option<i64>, StoreError> {
        self.room()?;
        self.writer.write(move |c| suggest(c, &suggestion).map(Ok)).await
    }

    async fn suggestions(
        &self,
        of: Option<AgentId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Suggestion>, StoreError> {
        self.readers.read(move |c| suggestions(c, of, before, limit).map_err(|e| failed(&e))).await
    }

    async fn suggestions_about(&self, about: ConversationId) -> Result<Vec<Suggestion>, StoreError> {
        self.readers.read(move |c| suggestions_about(c, about).map_err(|e| failed(&e))).await
    }

    async fn remove_suggestion(&self, id: i64, of: Option<AgentId>) -> Result<bool, StoreError> {
        let remove = move |c: &Connection| {
            c.prepare_cached("DELETE FROM suggestion WHERE id = ?1 AND (?2 IS NULL OR by = ?2)")?
                .execute(params![id, of.map(|a| a.0)])
        };
        self.writer.write(move |c| remove(c).map(|n| Ok(n > 0))).await
    }
}

fn moment(by: &By) -> i64 {
    by.at.map_or_else(super::wall, |at| at.0)
}

/// A row before its body is understood.
type Raw = (i64, String, Option<i64>, String, i64, i64);

const KEEP: &str = "SELECT id, kind, owner, body, updated_at, by FROM keep";

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
}

fn understood((id, kind, owner, body, at, by): Raw) -> Result<Keep, StoreError> {
    Ok(Keep {
        id: KeepId(id),
        owner: owner.map(AgentId),
        body: KeepBody::read(&kind, &body)?,
        updated_at: Timestamp(at),
        by: AgentId(by),
    })
}

fn keeps(c: &Connection, of: AgentId) -> Result<Vec<Keep>, StoreError> {
    let read = || -> rusqlite::Result<Vec<Raw>> {
        c.prepare_cached(&format!("{KEEP} WHERE owner IS NULL OR owner = ?1 ORDER BY id"))?
            .query_map([of.0], raw)?
            .collect()
    };
    read().map_err(|e| failed(&e))?.into_iter().map(understood).collect()
}

fn keep(c: &Connection, id: KeepId) -> Result<Option<Keep>, StoreError> {
    let read = || c.prepare_cached(&format!("{KEEP} WHERE id = ?1"))?.query_row([id.0], raw).optional();
    read().map_err(|e| failed(&e))?.map(understood).transpose()
}

fn add_keep(
    c: &Connection,
    owner: Option<AgentId>,
    body: &KeepBody,
    json: &str,
    by: AgentId,
    at: Timestamp,
) -> Outcome<KeepId, KeepError> {
    let (kind, owner) = (body.kind().as_str(), owner.map(|a| a.0));
    let there: u32 = c
        .prepare_cached("SELECT count(*) FROM keep WHERE kind = ?1 AND owner IS ?2")?
        .query_row(params![kind, owner], |row| row.get(0))?;
    let most = if owner.is_some() { OWN } else { SHARED };
    if there >= most || is_taken(c, kind, owner, body.name().as_deref(), None)? {
        return Ok(Err(KeepError::Taken));
    }
    c.prepare_cached(
        "INSERT INTO keep (kind, owner, name, body, updated_at, by) VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
    )?
    .query_row(params![kind, owner, body.name(), json, at.0, by.0], |row| row.get(0).map(KeepId))
    .map(Ok)
}

fn is_taken(
    c: &Connection,
    kind: &str,
    owner: Option<i64>,
    name: Option<&str>,
    but: Option<i64>,
) -> rusqlite::Result<bool> {
    c.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM keep WHERE kind = ?1 AND owner IS ?2 AND name = ?3 AND id IS NOT ?4)",
    )?
    .query_row(params![kind, owner, name, but], |row| row.get(0))
}

fn change_keep(
    c: &Connection,
    id: KeepId,
    body: &KeepBody,
    json: &str,
    by: AgentId,
    at: Timestamp,
) -> Outcome<bool, KeepError> {
    let kind = body.kind().as_str();
    let owner: Option<Option<i64>> = c
        .prepare_cached("SELECT owner FROM keep WHERE id = ?1 AND kind = ?2")?
        .query_row(params![id.0, kind], |row| row.get(0))
        .optional()?;
    let Some(owner) = owner else { return Ok(Ok(false)) };
    if is_taken(c, kind, owner, body.name().as_deref(), Some(id.0))? {
        return Ok(Err(KeepError::Taken));
    }
    c.prepare_cached("UPDATE keep SET name = ?2, body = ?3, updated_at = ?4, by = ?5 WHERE id = ?1")?
        .execute(params![id.0, body.name(), json, at.0, by.0])?;
    Ok(Ok(true))
}

/// Counted anew each time, of a bounded number of states: a table of counts would have to follow every commit.
fn labels(c: &Connection, among: u32, limit: u32) -> rusqlite::Result<Vec<(String, u64)>> {
    c.prepare_cached(
        "SELECT l.value, count(*) FROM
           (SELECT state FROM conversation ORDER BY updated_at DESC, key DESC LIMIT ?1) s,
           json_each(CAST(s.state AS TEXT), '$.labels') l
         GROUP BY l.value ORDER BY count(*) DESC, l.value LIMIT ?2",
    )?
    .query_map(params![among, limit], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?
    .collect()
}

fn blocked(c: &Connection) -> rusqlite::Result<Vec<Blocked>> {
    c.prepare_cached("SELECT visitor, at, until, reason, by FROM blocked ORDER BY at, visitor")?
        .query_map([], |row| {
            Ok(Blocked {
                visitor: VisitorId(u128::from_be_bytes(row.get(0)?)),
                at: Timestamp(row.get(1)?),
                until: row.get::<_, Option<i64>>(2)?.map(Timestamp),
                reason: row.get(3)?,
                by: row.get(4)?,
            })
        })?
        .collect()
}

/// The audit table names the visitor and the end, never the reason: it may repeat words.
fn block(
    c: &Connection,
    visitor: VisitorId,
    until: Option<Timestamp>,
    reason: &str,
    by: &By,
) -> rusqlite::Result<bool> {
    let there: bool = c
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM visitor WHERE id = ?1)")?
        .query_row([blob(visitor.0)], |row| row.get(0))?;
    if !there {
        return Ok(false);
    }
    c.prepare_cached("INSERT OR REPLACE INTO blocked (visitor, at, until, reason, by) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![blob(visitor.0), moment(by), until.map(|t| t.0), reason, by.who.to_string()])?;
    let detail = until.map_or_else(|| "for good".to_owned(), |t| format!("until {}", t.0));
    audit::append(c, &Note::new(by.clone(), Act::Blocked, visitor).with(detail))?;
    people::changed(c)?;
    Ok(true)
}

fn unblock(c: &Connection, visitor: VisitorId, by: &By) -> rusqlite::Result<bool> {
    let rows = c.prepare_cached("DELETE FROM blocked WHERE visitor = ?1")?.execute([blob(visitor.0)])?;
    if rows > 0 {
        audit::append(c, &Note::new(by.clone(), Act::Unblocked, visitor))?;
        people::changed(c)?;
    }
    Ok(rows > 0)
}

fn paused(c: &Connection) -> rusqlite::Result<Vec<Paused>> {
    c.prepare_cached("SELECT department, at, reason, by FROM paused ORDER BY department")?
        .query_map([], |row| {
            Ok(Paused { department: row.get(0)?, at: Timestamp(row.get(1)?), reason: row.get(2)?, by: row.get(3)? })
        })?
        .collect()
}

fn pause(c: &Connection, department: &str, reason: Option<&str>, by: &By) -> rusqlite::Result<bool> {
    let rows = match reason {
        Some(reason) => c
            .prepare_cached(
                "INSERT INTO paused (department, at, reason, by) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (department) DO UPDATE SET reason = ?3, by = ?4",
            )?
            .execute(params![department, moment(by), reason, by.who.to_string()])?,
        None => c.prepare_cached("DELETE FROM paused WHERE department = ?1")?.execute([department])?,
    };
    if rows > 0 {
        let what = if reason.is_some() { Act::Paused } else { Act::Resumed };
        audit::append(c, &Note::new(by.clone(), what, department))?;
        people::changed(c)?;
    }
    Ok(rows > 0)
}

fn suggest(c: &Connection, s: &NewSuggestion) -> rusqlite::Result<Option<i64>> {
    let key: Option<i64> = c
        .prepare_cached(
            "SELECT key FROM conversation x WHERE id = ?1
             AND ?2 > (SELECT count(*) FROM suggestion s WHERE s.conversation = x.key)",
        )?
        .query_row(params![blob(s.c.0), SUGGESTIONS], |row| row.get(0))
        .optional()?;
    let Some(key) = key else { return Ok(None) };
    let seq = i64::try_from(s.seq.0).unwrap_or(i64::MAX);
    c.prepare_cached(
        "INSERT INTO suggestion (conversation, seq, kind, target, text, note, at, by)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
    )?
    .query_row(params![key, seq, s.kind.as_str(), s.target, s.text, s.note, s.at.0, s.by.0], |row| row.get(0))
    .map(Some)
}

macro_rules! suggestion {
    ($rest:literal) => {
        concat!(
            "SELECT s.id, x.id, s.seq, s.kind, s.target, s.text, s.note, s.at, s.by
             FROM suggestion s JOIN conversation x ON x.key = s.conversation ",
            $rest
        )
    };
}

fn suggestion(row: &Row<'_>) -> rusqlite::Result<Suggestion> {
    let kind: String = row.get(3)?;
    Ok(Suggestion {
        id: row.get(0)?,
        what: NewSuggestion {
            c: ConversationId(u128::from_be_bytes(row.get(1)?)),
            seq: Seq(row.get::<_, i64>(2)?.unsigned_abs()),
            // The table lets no other in.
            kind: SuggestionKind::of(&kind).unwrap_or(SuggestionKind::Wording),
            target: row.get(4)?,
            text: row.get(5)?,
            note: row.get(6)?,
            at: Timestamp(row.get(7)?),
            by: AgentId(row.get(8)?),
        },
    })
}

fn suggestions(
    c: &Connection,
    of: Option<AgentId>,
    before: Option<i64>,
    limit: u32,
) -> rusqlite::Result<Vec<Suggestion>> {
    c.prepare_cached(suggestion!("WHERE s.id < ?1 AND (?2 IS NULL OR s.by = ?2) ORDER BY s.id DESC LIMIT ?3"))?
        .query_map(params![before.unwrap_or(i64::MAX), of.map(|a| a.0), limit], suggestion)?
        .collect()
}

fn suggestions_about(c: &Connection, about: ConversationId) -> rusqlite::Result<Vec<Suggestion>> {
    c.prepare_cached(suggestion!("WHERE x.id = ?1 ORDER BY s.id"))?.query_map([blob(about.0)], suggestion)?.collect()
}
