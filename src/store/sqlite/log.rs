//! Conversations and their entries.

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, ToSql, params, params_from_iter};

use super::connection::failed;
use super::writer::Outcome;
use crate::conversation::{Entry, State};
use crate::store::codec::{self, Row};
use crate::store::{Commit, CommitError, Filter, Range, Sender, Side, StoreError, Stored};
use crate::types::{ConversationId, Seq, Timestamp};

pub(super) fn blob(id: u128) -> [u8; 16] {
    id.to_be_bytes()
}

/// A commit, encoded: the writer's thread is one for all, so what can be done before is done before.
pub(super) struct Append {
    commit: Commit,
    rows: Vec<Row>,
    json: Vec<u8>,
}

impl Append {
    /// Refuses what would leave a hole, whoever asks for it.
    pub(super) fn new(commit: Commit) -> Result<Self, StoreError> {
        let places = commit.entries.iter().map(|e| e.seq.0);
        let head = commit.expected.0 + commit.entries.len() as u64;
        if !places.eq(commit.expected.0 + 1..=head) || commit.state.head.0 != head {
            return Err(StoreError::Failed("the commit's places do not follow each other".to_owned()));
        }
        let rows = commit.entries.iter().map(codec::entry_to_row).collect::<Result<_, _>>()?;
        let json = codec::state_to_json(&commit.state)?;
        Ok(Self { commit, rows, json })
    }

    pub(super) fn run(&self, c: &Connection) -> Outcome<(), CommitError> {
        let Commit { c: id, expected, room, .. } = &self.commit;
        let row: Option<(i64, i64, [u8; 16])> = c
            .prepare_cached("SELECT key, head, visitor FROM conversation WHERE id = ?1")?
            .query_row([blob(id.0)], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        if let Some((key, head, visitor)) = row {
            // Before the head: a message sent again is known as such, however far the log has come since.
            if let Some(stored) = self.duplicate(c, key)? {
                return Ok(Err(CommitError::Duplicate(stored)));
            }
            // Decided for somebody who has turned out to be another visitor meanwhile.
            if head != codec::place(*expected) || visitor != blob(self.commit.state.visitor.0) {
                return Ok(Err(CommitError::Stale));
            }
        } else if expected.0 != 0 {
            return Ok(Err(CommitError::Stale));
        } else if super::privacy::is_erased(c, *id, self.commit.state.visitor)? {
            return Ok(Err(CommitError::Erased));
        }
        let key = self.put_state(c, row.map(|(key, ..)| key))?;
        let mut insert = c.prepare_cached(
            "INSERT INTO entry (conversation, seq, at, author, agent, kind, body, cmid, digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for r in &self.rows {
            insert.execute(params![key, r.seq, r.at, r.author, r.agent, r.kind, r.body, r.cmid, r.digest])?;
        }
        super::audit::append_entries(c, &self.commit)?;
        if let Some((agent, most)) = room {
            let chats: i64 = c
                .prepare_cached("SELECT count(*) FROM conversation WHERE owner = 2 AND agent = ?1 AND due IS NULL")?
                .query_row([agent.0], |row| row.get(0))?;
            if chats > i64::from(*most) {
                return Ok(Err(CommitError::NoRoom));
            }
        }
        Ok(Ok(()))
    }

    fn duplicate(&self, c: &Connection, key: i64) -> rusqlite::Result<Option<Stored>> {
        for r in &self.rows {
            if let Some(cmid) = &r.cmid
                && let Some(stored) = stored(c, key, (r.author, r.agent), cmid)?
            {
                return Ok(Some(stored));
            }
        }
        Ok(None)
    }

    fn put_state(&self, c: &Connection, key: Option<i64>) -> rusqlite::Result<i64> {
        let s = &self.commit.state;
        let (owner, agent) = codec::owner_to_columns(s.owner);
        let id = blob(self.commit.c.0);
        let visitor = blob(s.visitor.0);
        let (head, visitor_head) = (codec::place(s.head), codec::place(s.visitor_head));
        let ver = i64::try_from(s.ver).unwrap_or(i64::MAX);
        let unanswered = Filter::Unanswered.fits(s);
        let waiting_since = s.waiting_since.map(|t| t.0);
        let values: &[&dyn ToSql] = &[
            &key,
            &id,
            &head,
            &visitor_head,
            &ver,
            &owner,
            &agent,
            &visitor,
            &s.department,
            &(s.priority as i64),
            &waiting_since,
            &s.opened_at.0,
            &s.updated_at.0,
            &unanswered,
            &self.json,
            &s.due.map(|t| t.0),
            &!s.mentioned.is_empty(),
        ];
        // The key's conflict, not the id's: the row was looked up in this very transaction.
        c.prepare_cached(
            "INSERT INTO conversation (key, id, head, visitor_head, ver, owner, agent, visitor, department, priority,
                                       waiting_since, opened_at, updated_at, unanswered, state, due,
                                       mentioned)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)
             ON CONFLICT (key) DO UPDATE SET head = ?3, visitor_head = ?4, ver = ?5, owner = ?6, agent = ?7,
               department = ?9, priority = ?10, waiting_since = ?11, updated_at = ?13, unanswered = ?14, state = ?15,
               due = ?16, mentioned = ?17
             RETURNING key",
        )?
        .query_row(values, |row| row.get(0))
    }
}

fn stored(c: &Connection, key: i64, sender: (i64, i64), cmid: &str) -> rusqlite::Result<Option<Stored>> {
    c.prepare_cached(
        "SELECT seq, at, digest FROM entry WHERE conversation = ?1 AND author = ?2 AND agent = ?3 AND cmid = ?4",
    )?
    .query_row(params![key, sender.0, sender.1, cmid], |row| {
        let seq: i64 = row.get(0)?;
        Ok(Stored { seq: Seq(seq.unsigned_abs()), at: Timestamp(row.get(1)?), digest: row.get(2)? })
    })
    .optional()
}

fn key(c: &Connection, id: ConversationId) -> rusqlite::Result<Option<i64>> {
    c.prepare_cached("SELECT key FROM conversation WHERE id = ?1")?.query_row([blob(id.0)], |row| row.get(0)).optional()
}

pub(super) fn state(c: &Connection, id: ConversationId) -> Result<Option<State>, StoreError> {
    let read = || -> rusqlite::Result<Option<Vec<u8>>> {
        c.prepare_cached("SELECT state FROM conversation WHERE id = ?1")?
            .query_row([blob(id.0)], |row| row.get(0))
            .optional()
    };
    let json = read().map_err(|e| failed(&e))?;
    Ok(json.map(|json| codec::state_from_json(&json)).transpose()?)
}

pub(super) fn entries(c: &Connection, id: ConversationId, range: Range) -> Result<Vec<Entry>, StoreError> {
    let read = || -> rusqlite::Result<Vec<Row>> {
        let Some(key) = key(c, id)? else { return Ok(Vec::new()) };
        let sql = match range.side {
            Side::First => {
                "SELECT seq, at, author, agent, kind, body, cmid, digest FROM entry
                 WHERE conversation = ?1 AND seq > ?2 AND seq < ?3 ORDER BY seq LIMIT ?4"
            }
            Side::Last => {
                "SELECT seq, at, author, agent, kind, body, cmid, digest FROM entry
                 WHERE conversation = ?1 AND seq > ?2 AND seq < ?3 ORDER BY seq DESC LIMIT ?4"
            }
        };
        let before = range.before.map_or(i64::MAX, codec::place);
        let mut statement = c.prepare_cached(sql)?;
        statement.query_map(params![key, codec::place(range.after), before, range.limit], entry_row)?.collect()
    };
    let mut rows = read().map_err(|e| failed(&e))?;
    if range.side == Side::Last {
        rows.reverse();
    }
    Ok(rows.into_iter().map(codec::entry_from_row).collect::<Result<_, _>>()?)
}

pub(super) fn entry_row(row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    Ok(Row {
        seq: row.get(0)?,
        at: row.get(1)?,
        author: row.get(2)?,
        agent: row.get(3)?,
        kind: row.get(4)?,
        body: row.get(5)?,
        cmid: row.get(6)?,
        digest: row.get(7)?,
    })
}

pub(super) fn sent(
    c: &Connection,
    id: ConversationId,
    sender: Sender,
    cmid: &str,
) -> Result<Option<Stored>, StoreError> {
    let read = || match key(c, id)? {
        Some(key) => stored(c, key, codec::sender_to_columns(sender), cmid),
        None => Ok(None),
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn list(c: &Connection, filter: &Filter, limit: u32) -> Result<Vec<(ConversationId, State)>, StoreError> {
    let read = || -> rusqlite::Result<Vec<(ConversationId, Vec<u8>)>> {
        let (sql, value) = list_query(filter);
        let values = params_from_iter([Some(Value::from(limit)), value].into_iter().flatten());
        let mut statement = c.prepare_cached(sql)?;
        statement.query_map(values, |row| Ok((conversation_id(row)?, row.get(1)?)))?.collect()
    };
    let rows = read().map_err(|e| failed(&e))?;
    rows.into_iter().map(|(id, json)| Ok((id, codec::state_from_json(&json)?))).collect()
}

/// The limit is the first value. Equal times are told apart by the key: in order of creation.
fn list_query(filter: &Filter) -> (&'static str, Option<Value>) {
    macro_rules! select {
        ($rest:literal) => {
            concat!("SELECT id, state FROM conversation ", $rest, " LIMIT ?1")
        };
    }
    match filter {
        Filter::Waiting => (select!("WHERE owner = 1 ORDER BY priority DESC, waiting_since, key"), None),
        Filter::Assigned(None) => (select!("WHERE owner = 2 ORDER BY opened_at, key"), None),
        Filter::Assigned(Some(agent)) => {
            (select!("WHERE owner = 2 AND agent = ?2 ORDER BY opened_at, key"), Some(agent.0.into()))
        }
        Filter::OfVisitor(visitor) => {
            let id = blob(visitor.0).to_vec();
            (select!("WHERE visitor = ?2 ORDER BY opened_at DESC, key DESC"), Some(id.into()))
        }
        Filter::All => (select!("ORDER BY updated_at DESC, key DESC"), None),
        Filter::Closed => (select!("WHERE owner = 3 ORDER BY updated_at DESC"), None),
        Filter::Mentioned => (select!("WHERE mentioned = 1 ORDER BY updated_at DESC"), None),
        Filter::Due(by) => (select!("WHERE due <= ?2 ORDER BY due"), Some(by.0.into())),
        Filter::Unanswered => (select!("WHERE unanswered = 1 ORDER BY updated_at, key"), None),
    }
}

/// In order of id, although an index knows when conversations were last touched: only ids stay where they are while a
/// server goes on.
pub(super) fn touched(
    c: &Connection,
    since: Timestamp,
    after: Option<ConversationId>,
    limit: u32,
) -> Result<Vec<ConversationId>, StoreError> {
    let read = || -> rusqlite::Result<Vec<ConversationId>> {
        // Any id is behind the empty one.
        let after = after.map_or_else(Vec::new, |id| blob(id.0).to_vec());
        let mut statement =
            c.prepare_cached("SELECT id FROM conversation WHERE id > ?1 AND updated_at >= ?2 ORDER BY id LIMIT ?3")?;
        statement.query_map(params![after, since.0, limit], conversation_id)?.collect()
    };
    read().map_err(|e| failed(&e))
}

fn conversation_id(row: &SqlRow<'_>) -> rusqlite::Result<ConversationId> {
    Ok(ConversationId(u128::from_be_bytes(row.get(0)?)))
}

/// Two pages come and go: a full disk has no place for them.
pub(super) fn probe(c: &Connection) -> rusqlite::Result<()> {
    c.prepare_cached("INSERT INTO probe (filler) VALUES (zeroblob(8192))")?.execute([])?;
    c.prepare_cached("DELETE FROM probe")?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{AgentId, VisitorId};

    #[test]
    fn lists_read_an_index_and_sort_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        super::super::migrations::run(&mut connection, super::super::migrations::STEPS, 1).unwrap();
        let check = |filter: &Filter, index: &str, sorts: usize| {
            let (sql, value) = list_query(filter);
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let values = params_from_iter([Some(Value::from(1)), value].into_iter().flatten());
            let plan: Vec<String> =
                statement.query_map(values, |row| row.get(3)).unwrap().map(Result::unwrap).collect();
            assert!(plan[0].contains(index), "{filter:?}: {plan:?}");
            assert_eq!(plan.len() - 1, sorts, "{filter:?}: {plan:?}");
        };
        check(&Filter::Waiting, "conversation_waiting", 0);
        // Of all agents at once: as many chats as they have places, a few hundred.
        check(&Filter::Assigned(None), "conversation_assigned", 1);
        check(&Filter::Assigned(Some(AgentId(1))), "conversation_assigned", 0);
        check(&Filter::OfVisitor(VisitorId(1)), "conversation_visitor", 0);
        check(&Filter::All, "conversation_updated", 0);
        check(&Filter::Closed, "conversation_closed", 0);
        check(&Filter::Mentioned, "conversation_mentioned", 0);
        check(&Filter::Due(Timestamp(1)), "conversation_due", 0);
        check(&Filter::Unanswered, "conversation_unanswered", 0);
    }
}
