//! One person's data: found, handed out, erased, and who a site says they are. As functions of a connection.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, params};

use super::connection::{self, Checkpoints, Location, failed, refused};
use super::log::blob;
use super::writer::Outcome;
use super::{audit, directory, people};
use crate::conversation::Verified;
use crate::store::codec;
use crate::store::privacy::{Claims, Erasure, Identified, Identify, KNOWN_ADDRESS_MS, Tombstone, VisitorData};
use crate::store::{Act, By, Note, StoreError};
use crate::types::{ConversationId, Timestamp, VisitorId};

/// A token of somebody who identified lasts as long as this: the site's page signs anew at every visit.
const VERIFIED_TOKEN_MS: i64 = 86_400_000;

/// A list of erased ids, beside the database and not within it: an older copy that is put in its place obeys it too.
pub(super) fn list_of(database: &Path) -> PathBuf {
    directory::beside(database, ".erased")
}

fn ids(c: &Connection, sql: &str, id: u128) -> rusqlite::Result<Vec<u128>> {
    c.prepare_cached(sql)?.query_map([blob(id)], |row| Ok(u128::from_be_bytes(row.get(0)?)))?.collect()
}

const CONVERSATIONS: &str = "SELECT id FROM conversation WHERE visitor = ?1 ORDER BY opened_at, key";
const JOINED: &str = "SELECT visitor FROM joined WHERE became = ?1";

pub(super) fn data(c: &Connection, id: VisitorId) -> Result<Option<VisitorData>, StoreError> {
    let read = || -> rusqlite::Result<Option<VisitorData>> {
        let since: Option<i64> = c
            .prepare_cached("SELECT created_at FROM visitor WHERE id = ?1")?
            .query_row([blob(id.0)], |row| row.get(0))
            .optional()?;
        let conversations: Vec<_> = ids(c, CONVERSATIONS, id.0)?.into_iter().map(ConversationId).collect();
        if since.is_none() && conversations.is_empty() {
            return Ok(None);
        }
        Ok(Some(VisitorData {
            id,
            since: since.map(Timestamp),
            joined: ids(c, JOINED, id.0)?.into_iter().map(VisitorId).collect(),
            identity: identity_of(c, id)?,
            conversations,
        }))
    };
    read().map_err(|e| failed(&e))
}

fn identity_of(c: &Connection, id: VisitorId) -> rusqlite::Result<Option<(Claims, Timestamp)>> {
    c.prepare_cached("SELECT site, subject, name, email, attributes, verified_at FROM identity WHERE visitor = ?1")?
        .query_row([blob(id.0)], |row| {
            let attributes: String = row.get(4)?;
            let claims = Claims {
                site: row.get(0)?,
                subject: row.get(1)?,
                name: row.get(2)?,
                email: row.get(3)?,
                attributes: serde_json::from_str(&attributes).unwrap_or_default(),
                issued: None,
                once: None,
            };
            Ok((claims, Timestamp(row.get(5)?)))
        })
        .optional()
}

pub(super) fn find(c: &Connection, email: &str) -> Result<Vec<VisitorId>, StoreError> {
    let read = || -> rusqlite::Result<Vec<VisitorId>> {
        // Seldom asked, so there is no index for what visitors typed.
        c.prepare_cached(
            "SELECT visitor FROM identity WHERE email = ?1
             UNION SELECT visitor FROM conversation
             WHERE lower(json_extract(CAST(state AS TEXT), '$.visit.email')) = ?1 ORDER BY 1",
        )?
        .query_map([email], |row| Ok(VisitorId(u128::from_be_bytes(row.get(0)?))))?
        .collect()
    };
    read().map_err(|e| failed(&e))
}

/// Erases a visitor and who they were before. The list beside the database comes first: whatever happens then, what
/// stands there is gone after the next start at the latest.
pub(super) fn erase(
    c: &Connection,
    database: Option<&Path>,
    id: VisitorId,
    by: &By,
) -> Outcome<Option<Erasure>, StoreError> {
    let known: bool = c
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM visitor WHERE id = ?1) OR EXISTS (SELECT 1 FROM conversation WHERE visitor = ?1)",
        )?
        .query_row([blob(id.0)], |row| row.get(0))?;
    if !known {
        return Ok(Ok(None));
    }
    let mut gone = Erasure { visitors: vec![id], conversations: Vec::new() };
    gone.visitors.extend(ids(c, JOINED, id.0)?.into_iter().map(VisitorId));
    for visitor in &gone.visitors {
        gone.conversations.extend(ids(c, CONVERSATIONS, visitor.0)?.into_iter().map(ConversationId));
    }
    let all: Vec<u128> = gone.visitors.iter().map(|v| v.0).chain(gone.conversations.iter().map(|c| c.0)).collect();
    if let Some(database) = database
        && let Err(e) = note(database, &all)
    {
        return Ok(Err(StoreError::Failed(format!("{}: {e}", list_of(database).display()))));
    }
    crate::fault::point("erase_after_list");
    let note = Note::new(by.clone(), Act::Erase, id).with(format!("{} conversations", gone.conversations.len()));
    let at = note.by.at.unwrap_or_else(|| Timestamp(super::wall()));
    for id in all {
        bury(c, id, at)?;
    }
    audit::append(c, &note)?;
    people::changed(c)?;
    Ok(Ok(Some(gone)))
}

/// Deletes what has this id, and says so for good.
fn bury(c: &Connection, id: u128, at: Timestamp) -> rusqlite::Result<()> {
    delete(c, id)?;
    c.prepare_cached("DELETE FROM joined WHERE visitor = ?1 OR became = ?1")?.execute([blob(id)])?;
    c.prepare_cached("INSERT INTO erased (id, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
        .execute(params![blob(id), at.0])?;
    Ok(())
}

/// The schema's first step has these tables already: an old backup is no exception.
fn delete(c: &Connection, id: u128) -> rusqlite::Result<()> {
    c.prepare_cached("DELETE FROM conversation WHERE id = ?1 OR visitor = ?1")?.execute([blob(id)])?;
    c.prepare_cached("DELETE FROM visitor WHERE id = ?1")?.execute([blob(id)])?;
    Ok(())
}

/// Whether this conversation, or everything of this visitor, was erased.
pub(super) fn is_erased(c: &Connection, conversation: ConversationId, visitor: VisitorId) -> rusqlite::Result<bool> {
    c.prepare_cached("SELECT EXISTS (SELECT 1 FROM erased WHERE id IN (?1, ?2))")?
        .query_row([blob(conversation.0), blob(visitor.0)], |row| row.get(0))
}

pub(super) fn tombstones(c: &Connection, after: u64) -> Result<Vec<Tombstone>, StoreError> {
    let read = || -> rusqlite::Result<Vec<Tombstone>> {
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        c.prepare_cached("SELECT n, id FROM erased WHERE n > ?1 ORDER BY n")?
            .query_map([after], |row| {
                Ok(Tombstone { n: row.get::<_, i64>(0)?.unsigned_abs(), id: u128::from_be_bytes(row.get(1)?) })
            })?
            .collect()
    };
    read().map_err(|e| failed(&e))
}

/// Appends to the list; it is on disk then.
fn note(database: &Path, ids: &[u128]) -> io::Result<()> {
    let path = list_of(database);
    let known = read_list(database)?;
    let new: String = ids.iter().filter(|id| !known.contains(id)).map(|id| format!("{id:032x}\n")).collect();
    if new.is_empty() {
        return Ok(());
    }
    drop(directory::private_file(&path)?);
    let mut file = std::fs::OpenOptions::new().append(true).open(&path)?;
    // The last line of a write that was cut off must not spoil this one.
    let cut = file.metadata()?.len() % 33 != 0;
    file.write_all(format!("{}{new}", if cut { "\n" } else { "" }).as_bytes())?;
    file.sync_all()?;
    directory::sync_directory(directory::parent(&path))
}

fn read_list(database: &Path) -> io::Result<Vec<u128>> {
    match std::fs::read_to_string(list_of(database)) {
        Ok(text) => {
            Ok(text.lines().filter(|l| l.len() == 32).filter_map(|l| u128::from_str_radix(l, 16).ok()).collect())
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

/// Makes list and database agree: what either of them calls erased is gone from the database.
///
/// # Errors
/// Where one of them cannot be read or written.
pub(super) fn obey(c: &Connection, database: &Path) -> Result<(), StoreError> {
    let unlisted = |e: io::Error| StoreError::Refused(format!("cannot use {}: {e}", list_of(database).display()));
    let listed = read_list(database).map_err(unlisted)?;
    let buried: Vec<u128> = tombstones(c, 0)?.into_iter().map(|t| t.id).collect();
    let new: Vec<u128> = listed.into_iter().filter(|id| !buried.contains(id)).collect();
    let work = || -> rusqlite::Result<()> {
        let transaction = c.unchecked_transaction()?;
        for id in &new {
            bury(&transaction, *id, Timestamp(super::wall()))?;
        }
        transaction.execute("UPDATE meta SET commits = commits + 1", [])?;
        transaction.commit()
    };
    if !new.is_empty() {
        work().map_err(|e| refused(database, &e))?;
        tracing::info!(
            ids = new.len(),
            "what had been erased came back with an older copy of the data; it is gone again"
        );
        cut_log(&Location::File(database.to_owned()))?;
    }
    note(database, &buried).map_err(unlisted)
}

/// The same for a backup before it is put in the place of `database`, whatever its schema.
pub(super) fn obey_before(c: &Connection, database: &Path) -> rusqlite::Result<()> {
    c.pragma_update(None, "secure_delete", true)?;
    c.pragma_update(None, "foreign_keys", true)?;
    // The list is looked at again when the database is opened; then a fault in it is told.
    for id in read_list(database).unwrap_or_default() {
        delete(c, id)?;
    }
    Ok(())
}

/// Copies SQLite's log into the database and empties it: what was deleted is nowhere in these two files then. False: a
/// reader was in the way.
pub(super) fn cut_log(location: &Location) -> Result<bool, StoreError> {
    if *location == Location::Memory {
        return Ok(true);
    }
    let connection = connection::writer(location, Checkpoints::Leave)?;
    let busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0)).map_err(|e| failed(&e))?;
    Ok(!busy)
}

/// Rewrites the database: free space between what remains may still hold copies of what was moved there once.
pub(super) fn rewrite(location: &Location) -> Result<(), StoreError> {
    if *location == Location::Memory {
        return Ok(());
    }
    let connection = connection::writer(location, Checkpoints::Leave)?;
    connection.execute_batch("VACUUM").map_err(|e| failed(&e))
}

/// Whether [`expire`] has something to do: a commit for nothing is a sync for nothing.
pub(super) fn has_expired(c: &Connection, before: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
    let read = || {
        c.prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM conversation WHERE updated_at < ?1 AND owner IN (0, 3) AND due IS NULL)
                 OR EXISTS (SELECT 1 FROM visitor_token WHERE until < ?2)
                 OR EXISTS (SELECT 1 FROM ignored WHERE at < ?1)
                 OR EXISTS (SELECT 1 FROM used_signature WHERE until < ?2)
                 OR EXISTS (SELECT 1 FROM blocked WHERE until < ?2)
                 OR EXISTS (SELECT 1 FROM session WHERE until <= ?2 OR idle_until <= ?2)
                 OR EXISTS (SELECT 1 FROM known_address WHERE at < ?3)",
        )?
        .query_row([before.0, now.0, now.0 - KNOWN_ADDRESS_MS], |row| row.get(0))
    };
    read().map_err(|e: rusqlite::Error| failed(&e))
}

/// Deletes up to `limit` conversations in which nothing happened since `before`, and tokens and visitors that have ended;
/// sessions that have ended and places of logins that are not known any more; questions set aside as long ago.
/// Whoever waits for a person, has one or is to be looked at once more, stays.
pub(super) fn expire(
    c: &Connection,
    before: Timestamp,
    now: Timestamp,
    limit: u32,
) -> rusqlite::Result<Vec<ConversationId>> {
    let old: Vec<u128> = c
        .prepare_cached(
            "SELECT id FROM conversation WHERE updated_at < ?1 AND owner IN (0, 3) AND due IS NULL
             ORDER BY updated_at LIMIT ?2",
        )?
        .query_map(params![before.0, limit], |row| Ok(u128::from_be_bytes(row.get(0)?)))?
        .collect::<Result<_, _>>()?;
    for id in &old {
        c.prepare_cached("DELETE FROM conversation WHERE id = ?1")?.execute([blob(*id)])?;
    }
    c.prepare_cached(
        "DELETE FROM visitor_token WHERE hash IN (SELECT hash FROM visitor_token WHERE until < ?1 LIMIT ?2)",
    )?
    .execute(params![now.0, limit])?;
    c.prepare_cached(
        "DELETE FROM visitor WHERE id IN (SELECT v.id FROM visitor v WHERE created_at < ?1
           AND NOT EXISTS (SELECT 1 FROM visitor_token t WHERE t.visitor = v.id)
           AND NOT EXISTS (SELECT 1 FROM conversation x WHERE x.visitor = v.id) LIMIT ?2)",
    )?
    .execute(params![before.0, limit])?;
    c.prepare_cached("DELETE FROM ignored WHERE at < ?1")?.execute([before.0])?;
    c.prepare_cached("DELETE FROM used_signature WHERE until < ?1")?.execute([now.0])?;
    c.prepare_cached("DELETE FROM blocked WHERE until < ?1")?.execute([now.0])?;
    c.prepare_cached("DELETE FROM session WHERE until <= ?1 OR idle_until <= ?1")?.execute([now.0])?;
    c.prepare_cached("DELETE FROM known_address WHERE at < ?1")?.execute([now.0 - KNOWN_ADDRESS_MS])?;
    Ok(old.into_iter().map(ConversationId).collect())
}

/// None: the signature was used before, or is older than the person's last logout.
pub(super) fn identify(c: &Connection, i: &Identify) -> Outcome<Option<Identified>, StoreError> {
    let claims = &i.claims;
    if let Some((hash, until)) = &claims.once {
        let new = c
            .prepare_cached("INSERT INTO used_signature (hash, until) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![hash, until.0])?;
        if new == 0 {
            return Ok(Ok(None));
        }
    }
    let known: Option<(u128, i64)> = c
        .prepare_cached("SELECT visitor, not_before FROM identity WHERE site = ?1 AND subject = ?2")?
        .query_row([&claims.site, &claims.subject], |row| Ok((u128::from_be_bytes(row.get(0)?), row.get(1)?)))
        .optional()?;
    if known.is_some_and(|(_, limit)| limit > 0 && claims.issued.is_none_or(|at| at.0 <= limit)) {
        return Ok(Ok(None));
    }
    let named = identity_of(c, i.visitor)?.is_some();
    let visitor =
        match known {
            Some((v, _)) => VisitorId(v),
            None if named => {
                c.prepare_cached("INSERT INTO visitor (id, created_at, site) VALUES (?1, ?2, ?3)")?
                    .execute(params![blob(i.fresh.0), i.at.0, claims.site])?;
                i.fresh
            }
            None => i.visitor,
        };
    let attributes = serde_json::to_string(&claims.attributes).unwrap_or_else(|_| "{}".to_owned());
    let email = claims.email.as_ref().map(|e| e.to_lowercase());
    c.prepare_cached(
        "INSERT INTO identity (site, subject, visitor, name, email, attributes, verified_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (site, subject) DO UPDATE SET name = ?4, email = ?5, attributes = ?6, verified_at = ?7",
    )?
    .execute(params![claims.site, claims.subject, blob(visitor.0), claims.name, email, attributes, i.at.0])?;
    let mut changed: Vec<u128> = Vec::new();
    if !named {
        // What was nameless so far belongs to somebody now; nobody else holds on to it.
        changed = ids(c, CONVERSATIONS, i.visitor.0)?;
        c.prepare_cached("DELETE FROM visitor_token WHERE visitor = ?1")?.execute([blob(i.visitor.0)])?;
        if visitor != i.visitor {
            c.prepare_cached("UPDATE joined SET became = ?2 WHERE became = ?1")?
                .execute([blob(i.visitor.0), blob(visitor.0)])?;
            c.prepare_cached("INSERT OR REPLACE INTO joined (visitor, became) VALUES (?1, ?2)")?
                .execute([blob(i.visitor.0), blob(visitor.0)])?;
            c.prepare_cached("UPDATE OR IGNORE blocked SET visitor = ?2 WHERE visitor = ?1")?
                .execute([blob(i.visitor.0), blob(visitor.0)])?;
            c.prepare_cached("DELETE FROM visitor WHERE id = ?1")?.execute([blob(i.visitor.0)])?;
        }
        for id in &changed {
            if let Err(e) = give(c, *id, visitor, claims)? {
                return Ok(Err(e));
            }
        }
    }
    c.prepare_cached("INSERT INTO visitor_token (hash, visitor, created_at, until) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![i.token, blob(visitor.0), i.at.0, i.at.0 + VERIFIED_TOKEN_MS])?;
    Ok(Ok(Some(Identified { visitor, changed: changed.into_iter().map(ConversationId).collect() })))
}

/// A conversation becomes a visitor's. A commit that was decided for the one before does not fit any more.
fn give(c: &Connection, id: u128, visitor: VisitorId, claims: &Claims) -> Outcome<(), StoreError> {
    let json: Vec<u8> =
        c.prepare_cached("SELECT state FROM conversation WHERE id = ?1")?.query_row([blob(id)], |row| row.get(0))?;
    let put = || -> Result<Vec<u8>, codec::Malformed> {
        let mut state = codec::state_from_json(&json)?;
        state.visitor = visitor;
        state.visit.verified = Some(verified(claims));
        codec::state_to_json(&state)
    };
    match put() {
        Ok(json) => {
            c.prepare_cached("UPDATE conversation SET visitor = ?2, state = ?3 WHERE id = ?1")?.execute(params![
                blob(id),
                blob(visitor.0),
                json
            ])?;
            Ok(Ok(()))
        }
        Err(e) => Ok(Err(e.into())),
    }
}

fn verified(claims: &Claims) -> Verified {
    Verified {
        subject: claims.subject.clone(),
        name: claims.name.clone(),
        email: claims.email.clone(),
        attributes: claims.attributes.clone(),
    }
}

pub(super) fn verified_of(c: &Connection, id: VisitorId) -> Result<Option<Verified>, StoreError> {
    Ok(identity_of(c, id).map_err(|e| failed(&e))?.map(|(claims, _)| verified(&claims)))
}

/// A visitor's token ends, and with it every signature that was made so far for the same person.
pub(super) fn forget(c: &Connection, id: VisitorId, now: Timestamp) -> rusqlite::Result<()> {
    c.prepare_cached("UPDATE identity SET not_before = max(not_before, ?2) WHERE visitor = ?1")?
        .execute(params![blob(id.0), now.0])?;
    c.prepare_cached("DELETE FROM visitor_token WHERE visitor = ?1")?.execute([blob(id.0)])?;
    Ok(())
}
