//! Visitors, people who log in, and their sessions.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::connection::failed;
use super::log::blob;
use super::writer::Outcome;
use crate::store::{NewPerson, Person, PersonChange, PersonError, StoreError, TokenHash};
use crate::types::{AgentId, Role, Timestamp, VisitorId};

pub(super) fn add_visitor(c: &Connection, id: VisitorId, token: &TokenHash, at: Timestamp) -> rusqlite::Result<()> {
    c.prepare_cached("INSERT INTO visitor (id, created_at) VALUES (?1, ?2)")?.execute(params![blob(id.0), at.0])?;
    c.prepare_cached("INSERT INTO visitor_token (hash, visitor, created_at) VALUES (?1, ?2, ?3)")?.execute(params![
        token,
        blob(id.0),
        at.0
    ])?;
    Ok(())
}

pub(super) fn visitor(c: &Connection, token: &TokenHash) -> Result<Option<VisitorId>, StoreError> {
    let read = || {
        c.prepare_cached("SELECT visitor FROM visitor_token WHERE hash = ?1")?
            .query_row([token], |row| Ok(VisitorId(u128::from_be_bytes(row.get(0)?))))
            .optional()
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn add(c: &Connection, person: &NewPerson) -> Outcome<AgentId, PersonError> {
    let email = person.email.to_lowercase();
    let taken: bool = c
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM person WHERE email = ?1)")?
        .query_row([&email], |row| row.get(0))?;
    if taken {
        return Ok(Err(PersonError::Exists));
    }
    let departments = serde_json::Value::from(person.departments.clone()).to_string();
    let id = c
        .prepare_cached(
            "INSERT INTO person (email, name, role, departments, capacity, password_hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING id",
        )?
        .query_row(
            params![email, person.name, person.role.as_str(), departments, person.capacity, person.password_hash],
            |row| row.get(0),
        )?;
    changed(c)?;
    Ok(Ok(AgentId(id)))
}

pub(super) fn all(c: &Connection) -> Result<Vec<Person>, StoreError> {
    let read = || -> rusqlite::Result<Vec<Person>> {
        c.prepare_cached("SELECT id, email, name, role, departments, capacity, disabled FROM person ORDER BY id")?
            .query_map([], person)?
            .collect()
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn by_email(c: &Connection, email: &str) -> Result<Option<(Person, String)>, StoreError> {
    let read = || {
        c.prepare_cached(
            "SELECT id, email, name, role, departments, capacity, disabled, password_hash FROM person WHERE email = ?1",
        )?
        .query_row([email], |row| Ok((person(row)?, row.get(7)?)))
        .optional()
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn change(c: &Connection, id: AgentId, change: &PersonChange) -> rusqlite::Result<bool> {
    let (rows, ends) = match change {
        PersonChange::Disabled(disabled) => (
            c.prepare_cached("UPDATE person SET disabled = ?2 WHERE id = ?1")?.execute(params![id.0, disabled])?,
            *disabled,
        ),
        PersonChange::Password(hash) => (
            c.prepare_cached("UPDATE person SET password_hash = ?2 WHERE id = ?1")?.execute(params![id.0, hash])?,
            true,
        ),
    };
    if ends {
        c.prepare_cached("DELETE FROM session WHERE person = ?1")?.execute([id.0])?;
    }
    changed(c)?;
    Ok(rows > 0)
}

pub(super) fn add_session(
    c: &Connection,
    token: &TokenHash,
    person: AgentId,
    now: Timestamp,
    until: Timestamp,
) -> rusqlite::Result<()> {
    // Whoever comes sweeps: no timer is needed to keep the table small.
    c.prepare_cached("DELETE FROM session WHERE until <= ?1")?.execute([now.0])?;
    c.prepare_cached("INSERT INTO session (hash, person, created_at, until) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![token, person.0, now.0, until.0])?;
    changed(c)
}

pub(super) fn session(c: &Connection, token: &TokenHash, now: Timestamp) -> Result<Option<Person>, StoreError> {
    let read = || {
        c.prepare_cached(
            "SELECT p.id, p.email, p.name, p.role, p.departments, p.capacity, p.disabled
             FROM session s JOIN person p ON p.id = s.person
             WHERE s.hash = ?1 AND s.until > ?2 AND NOT p.disabled",
        )?
        .query_row(params![token, now.0], person)
        .optional()
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn end_session(c: &Connection, token: &TokenHash) -> rusqlite::Result<()> {
    c.prepare_cached("DELETE FROM session WHERE hash = ?1")?.execute([token])?;
    changed(c)
}

pub(super) fn version(c: &Connection) -> Result<u64, StoreError> {
    let read = || c.prepare_cached("SELECT people_version FROM meta")?.query_row([], |row| row.get::<_, i64>(0));
    read().map(i64::unsigned_abs).map_err(|e| failed(&e))
}

pub(super) fn changed(c: &Connection) -> rusqlite::Result<()> {
    c.prepare_cached("UPDATE meta SET people_version = people_version + 1")?.execute([]).map(|_| ())
}

fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    let malformed = |column, e: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, e)
    };
    let role: String = row.get(3)?;
    let departments: String = row.get(4)?;
    Ok(Person {
        id: AgentId(row.get(0)?),
        email: row.get(1)?,
        name: row.get(2)?,
        role: role.parse::<Role>().map_err(|e| malformed(3, e.into()))?,
        departments: serde_json::from_str(&departments).map_err(|e| malformed(4, e.into()))?,
        capacity: row.get(5)?,
        disabled: row.get(6)?,
    })
}
