//! Sessions of people who logged in, where they came from, and their second factors.

use rusqlite::{Connection, OptionalExtension, params};

use super::audit;
use super::connection::failed;
use super::people::{PERSON, changed, person};
use crate::store::{
    Act, By, Ended, FactorChange, NewSession, Note, Person, SecondFactor, Session, SessionId, StoreError, TokenHash,
};
use crate::types::{AgentId, Timestamp};

/// Addresses that are known of one account; the oldest are forgotten.
const KNOWN: u32 = 20;

/// False where the person is not as it was when it was let in.
pub(super) fn begin(c: &Connection, new: &NewSession) -> rusqlite::Result<bool> {
    if let Some((hash, factor)) = &new.checked {
        let same: bool = c
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM person p WHERE p.id = ?1 AND NOT p.disabled AND p.password_hash = ?2 AND
                   ?3 = EXISTS (SELECT 1 FROM second_factor f WHERE f.person = p.id AND f.confirmed))",
            )?
            .query_row(params![new.person.0, hash, factor], |row| row.get(0))?;
        if !same {
            return Ok(false);
        }
    }
    // Whoever comes sweeps: no timer is needed to keep the table small.
    c.prepare_cached("DELETE FROM session WHERE until <= ?1 OR idle_until <= ?1")?.execute([new.at.0])?;
    if let Some(token) = &new.replaces {
        c.prepare_cached("DELETE FROM session WHERE hash = ?1")?.execute([token])?;
    }
    c.prepare_cached(
        "INSERT INTO session (hash, person, created_at, until, seen_at, idle_until, device, address)
         VALUES (?1, ?2, ?3, ?4, ?3, ?5, ?6, ?7)",
    )?
    .execute(params![
        new.token,
        new.person.0,
        new.at.0,
        new.until.0,
        new.idle_until.0,
        new.device,
        new.address
    ])?;
    if let Some(hash) = &new.known {
        c.prepare_cached(
            "INSERT INTO known_address (hash, person, at) VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO UPDATE SET at = ?3",
        )?
        .execute(params![hash, new.person.0, new.at.0])?;
        c.prepare_cached(
            "DELETE FROM known_address WHERE hash IN
               (SELECT hash FROM known_address WHERE person = ?1 ORDER BY at DESC LIMIT -1 OFFSET ?2)",
        )?
        .execute(params![new.person.0, KNOWN])?;
    }
    if let Some(note) = &new.note {
        audit::append(c, note)?;
    }
    changed(c)?;
    Ok(true)
}

pub(super) fn of_token(c: &Connection, token: &TokenHash, now: Timestamp) -> Result<Option<Person>, StoreError> {
    let read = || {
        c.prepare_cached(&format!(
            "SELECT {PERSON} FROM session s JOIN person p ON p.id = s.person
             WHERE s.hash = ?1 AND s.until > ?2 AND s.idle_until > ?2 AND NOT p.disabled"
        ))?
        .query_row(params![token, now.0], person)
        .optional()
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn touch(c: &Connection, token: &TokenHash, now: Timestamp, idle_until: Timestamp) -> rusqlite::Result<()> {
    c.prepare_cached("UPDATE session SET seen_at = ?2, idle_until = ?3 WHERE hash = ?1 AND seen_at < ?2")?
        .execute(params![token, now.0, idle_until.0])
        .map(|_| ())
}

pub(super) fn list(c: &Connection, of: Option<AgentId>, now: Timestamp) -> Result<Vec<Session>, StoreError> {
    let read = || -> rusqlite::Result<Vec<Session>> {
        c.prepare_cached(
            "SELECT s.hash, s.person, s.device, s.address, s.created_at, s.seen_at, s.until
             FROM session s JOIN person p ON p.id = s.person
             WHERE (?1 IS NULL OR s.person = ?1) AND s.until > ?2 AND s.idle_until > ?2 AND NOT p.disabled
             ORDER BY s.person, s.created_at, s.hash",
        )?
        .query_map(params![of.map(|p| p.0), now.0], |row| {
            Ok(Session {
                id: SessionId::of(&row.get(0)?),
                person: AgentId(row.get(1)?),
                device: row.get(2)?,
                address: row.get(3)?,
                since: Timestamp(row.get(4)?),
                seen: Timestamp(row.get(5)?),
                until: Timestamp(row.get(6)?),
            })
        })?
        .collect()
    };
    read().map_err(|e| failed(&e))
}

/// The number of sessions that ended. Without one, nothing is noted.
pub(super) fn end(c: &Connection, which: Ended, note: Option<&Note>) -> rusqlite::Result<u64> {
    let ended = match which {
        Ended::Token(token) => c.prepare_cached("DELETE FROM session WHERE hash = ?1")?.execute([token])?,
        Ended::Named(id, of) => c
            .prepare_cached("DELETE FROM session WHERE substr(hash, 1, 8) = ?1 AND (?2 IS NULL OR person = ?2)")?
            .execute(params![id.0.to_be_bytes(), of.map(|p| p.0)])?,
        Ended::Of(person) => c.prepare_cached("DELETE FROM session WHERE person = ?1")?.execute([person.0])?,
    };
    if let Some(note) = note.filter(|_| ended > 0) {
        audit::append(c, note)?;
    }
    changed(c)?;
    Ok(ended as u64)
}

pub(super) fn is_known(c: &Connection, address: &TokenHash, since: Timestamp) -> Result<bool, StoreError> {
    let read = || {
        c.prepare_cached("SELECT EXISTS (SELECT 1 FROM known_address WHERE hash = ?1 AND at >= ?2)")?
            .query_row(params![address, since.0], |row| row.get(0))
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn factor(c: &Connection, of: AgentId) -> Result<Option<SecondFactor>, StoreError> {
    let read = || {
        c.prepare_cached(
            "SELECT secret, confirmed, last_step, (SELECT count(*) FROM recovery_code WHERE person = ?1)
             FROM second_factor WHERE person = ?1",
        )?
        .query_row([of.0], |row| {
            Ok(SecondFactor {
                secret: row.get(0)?,
                confirmed: row.get(1)?,
                last_step: row.get::<_, i64>(2)?.unsigned_abs(),
                recovery: row.get(3)?,
            })
        })
        .optional()
    };
    read().map_err(|e| failed(&e))
}

/// Whether it was done.
pub(super) fn change_factor(c: &Connection, of: AgentId, change: &FactorChange, by: &By) -> rusqlite::Result<bool> {
    let step = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let note = |what| audit::append(c, &Note::new(by.clone(), what, of));
    let done = match change {
        FactorChange::Begin(secret) => c
            .prepare_cached(
                "INSERT INTO second_factor (person, secret) VALUES (?1, ?2)
                 ON CONFLICT (person) DO UPDATE SET secret = ?2, last_step = 0 WHERE NOT confirmed",
            )?
            .execute(params![of.0, secret])?,
        FactorChange::Confirm { step: at, recovery, keep } => {
            let done = c
                .prepare_cached(
                    "UPDATE second_factor SET confirmed = 1, last_step = ?2
                     WHERE person = ?1 AND NOT confirmed AND last_step < ?2",
                )?
                .execute(params![of.0, step(*at)])?;
            if done > 0 {
                c.prepare_cached("DELETE FROM recovery_code WHERE person = ?1")?.execute([of.0])?;
                for hash in recovery {
                    c.prepare_cached("INSERT INTO recovery_code (person, hash) VALUES (?1, ?2)")?
                        .execute(params![of.0, hash])?;
                }
                end_others(c, of, Some(keep))?;
                note(Act::SecondFactorOn)?;
                changed(c)?;
            }
            done
        }
        FactorChange::Use(at) => c
            .prepare_cached(
                "UPDATE second_factor SET last_step = ?2 WHERE person = ?1 AND confirmed AND last_step < ?2",
            )?
            .execute(params![of.0, step(*at)])?,
        FactorChange::Recover(hash) => {
            let done = c
                .prepare_cached("DELETE FROM recovery_code WHERE person = ?1 AND hash = ?2")?
                .execute(params![of.0, hash])?;
            if done > 0 {
                note(Act::RecoveryUsed)?;
            }
            done
        }
        FactorChange::Remove(keep) => {
            let done = c.prepare_cached("DELETE FROM second_factor WHERE person = ?1")?.execute([of.0])?;
            if done > 0 {
                c.prepare_cached("DELETE FROM recovery_code WHERE person = ?1")?.execute([of.0])?;
                end_others(c, of, keep.as_ref())?;
                note(Act::SecondFactorOff)?;
                changed(c)?;
            }
            done
        }
    };
    Ok(done > 0)
}

pub(super) fn end_others(c: &Connection, of: AgentId, keep: Option<&TokenHash>) -> rusqlite::Result<()> {
    c.prepare_cached("DELETE FROM session WHERE person = ?1 AND hash IS NOT ?2")?
        .execute(params![of.0, keep])
        .map(|_| ())
}
