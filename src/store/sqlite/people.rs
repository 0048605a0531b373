//! Visitors, and people who log in.

use rusqlite::{Connection, OptionalExtension, Row, ToSql, params};

use super::audit;
use super::connection::failed;
use super::log::blob;
use super::writer::Outcome;
use crate::store::{Act, By, NewPerson, Note, Person, PersonChange, PersonError, StoreError, TokenHash};
use crate::types::{AgentId, Language, ParseError, Role, Timestamp, VisitorId};

/// A visitor's token that was not replaced lasts as long as this: thirty days after the last visit, for one that is used
/// is replaced after a week.
const VISITOR_TOKEN_MS: i64 = 37 * 86_400_000;

/// One that was replaced lasts as long as this: another tab may still hold it.
const REPLACED_TOKEN_MS: i64 = 7 * 86_400_000;

/// The columns that [`person`] reads.
pub(super) const PERSON: &str =
    "p.id, p.email, p.name, p.role, p.departments, p.capacity, p.disabled, p.languages, p.skills,
    EXISTS (SELECT 1 FROM second_factor f WHERE f.person = p.id AND f.confirmed)";

pub(super) fn add_visitor(
    c: &Connection,
    site: &str,
    id: VisitorId,
    token: &TokenHash,
    at: Timestamp,
) -> rusqlite::Result<()> {
    c.prepare_cached("INSERT INTO visitor (id, created_at, site) VALUES (?1, ?2, ?3)")?.execute(params![
        blob(id.0),
        at.0,
        site
    ])?;
    add_token(c, id, token, at)
}

fn add_token(c: &Connection, id: VisitorId, token: &TokenHash, at: Timestamp) -> rusqlite::Result<()> {
    c.prepare_cached("INSERT INTO visitor_token (hash, visitor, created_at, until) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![token, blob(id.0), at.0, at.0 + VISITOR_TOKEN_MS])
        .map(|_| ())
}

pub(super) fn replace_token(
    c: &Connection,
    id: VisitorId,
    old: &TokenHash,
    new: &TokenHash,
    at: Timestamp,
) -> rusqlite::Result<()> {
    c.prepare_cached("DELETE FROM visitor_token WHERE visitor = ?1 AND until <= ?2")?
        .execute(params![blob(id.0), at.0])?;
    c.prepare_cached("UPDATE visitor_token SET until = min(until, ?2) WHERE hash = ?1")?
        .execute(params![old, at.0 + REPLACED_TOKEN_MS])?;
    add_token(c, id, new, at)
}

pub(super) fn visitor(
    c: &Connection,
    site: Option<&str>,
    token: &TokenHash,
    now: Timestamp,
) -> Result<Option<(VisitorId, Timestamp)>, StoreError> {
    let read = || {
        c.prepare_cached(
            "SELECT t.visitor, t.created_at FROM visitor_token t JOIN visitor v ON v.id = t.visitor
             WHERE t.hash = ?1 AND t.until > ?2 AND (?3 IS NULL OR v.site = ?3)",
        )?
        .query_row(params![token, now.0, site], |row| {
            Ok((VisitorId(u128::from_be_bytes(row.get(0)?)), Timestamp(row.get(1)?)))
        })
        .optional()
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn add(c: &Connection, person: &NewPerson, by: &By) -> Outcome<AgentId, PersonError> {
    let email = person.email.to_lowercase();
    let taken: bool = c
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM person WHERE email = ?1)")?
        .query_row([&email], |row| row.get(0))?;
    if taken {
        return Ok(Err(PersonError::Exists));
    }
    let values = params![
        email,
        person.name,
        person.role.as_str(),
        names_json(&person.departments),
        person.capacity,
        person.password_hash,
        languages_json(&person.languages),
        names_json(&person.skills),
    ];
    let id = c
        .prepare_cached(
            "INSERT INTO person (email, name, role, departments, capacity, password_hash, languages, skills)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id",
        )?
        .query_row(values, |row| row.get(0))?;
    let id = AgentId(id);
    audit::append(c, &Note::new(by.clone(), Act::PersonAdded, id).with(person.role.as_str()))?;
    changed(c)?;
    Ok(Ok(id))
}

pub(super) fn all(c: &Connection) -> Result<Vec<Person>, StoreError> {
    let read = || -> rusqlite::Result<Vec<Person>> {
        c.prepare_cached(&format!("SELECT {PERSON} FROM person p ORDER BY p.id"))?.query_map([], person)?.collect()
    };
    read().map_err(|e| failed(&e))
}

pub(super) fn by_email(c: &Connection, email: &str) -> Result<Option<(Person, String)>, StoreError> {
    let read = || {
        c.prepare_cached(&format!("SELECT {PERSON}, p.password_hash FROM person p WHERE p.email = ?1"))?
            .query_row([email], |row| Ok((person(row)?, row.get(10)?)))
            .optional()
    };
    read().map_err(|e| failed(&e))
}

/// Whether there is such a person. Whatever changes what somebody may do ends their sessions.
pub(super) fn change(c: &Connection, id: AgentId, change: &PersonChange, by: &By) -> rusqlite::Result<bool> {
    let was = c
        .prepare_cached(&format!("SELECT {PERSON} FROM person p WHERE p.id = ?1"))?
        .query_row([id.0], person)
        .optional()?;
    let Some(was) = was else { return Ok(false) };
    let (sql, value, what, detail): (_, &dyn ToSql, _, _) = match change {
        PersonChange::Disabled(disabled) => {
            let what = if *disabled { Act::Disabled } else { Act::Enabled };
            ("UPDATE person SET disabled = ?2 WHERE id = ?1", disabled, what, String::new())
        }
        PersonChange::Password(hash) | PersonChange::OwnPassword(hash, _) => {
            ("UPDATE person SET password_hash = ?2 WHERE id = ?1", hash, Act::Password, String::new())
        }
        PersonChange::Role(role) => {
            let detail = format!("{} to {}", was.role.as_str(), role.as_str());
            ("UPDATE person SET role = ?2 WHERE id = ?1", &role.as_str(), Act::Role, detail)
        }
        PersonChange::Departments(departments) => {
            let (before, after) = (names_json(&was.departments), names_json(departments));
            let detail = format!("{before} to {after}");
            ("UPDATE person SET departments = ?2 WHERE id = ?1", &after.clone(), Act::Departments, detail)
        }
        PersonChange::Name(name) => ("UPDATE person SET name = ?2 WHERE id = ?1", name, Act::Name, String::new()),
        PersonChange::Capacity(capacity) => {
            let detail = format!("{} to {capacity}", was.capacity);
            ("UPDATE person SET capacity = ?2 WHERE id = ?1", capacity, Act::Capacity, detail)
        }
        PersonChange::Languages(languages) => {
            let (before, after) = (languages_json(&was.languages), languages_json(languages));
            let detail = format!("{before} to {after}");
            ("UPDATE person SET languages = ?2 WHERE id = ?1", &after.clone(), Act::Languages, detail)
        }
        PersonChange::Skills(skills) => {
            let (before, after) = (names_json(&was.skills), names_json(skills));
            let detail = format!("{before} to {after}");
            ("UPDATE person SET skills = ?2 WHERE id = ?1", &after.clone(), Act::Skills, detail)
        }
    };
    c.prepare_cached(sql)?.execute(params![id.0, value])?;
    let same_rights = matches!(
        change,
        PersonChange::Disabled(false)
            | PersonChange::Languages(_)
            | PersonChange::Skills(_)
            | PersonChange::Name(_)
            | PersonChange::Capacity(_)
    );
    if !same_rights {
        let keep = if let PersonChange::OwnPassword(_, keep) = change { Some(keep) } else { None };
        super::sessions::end_others(c, id, keep)?;
    }
    audit::append(c, &Note::new(by.clone(), what, id).with(detail))?;
    changed(c)?;
    Ok(true)
}

pub(super) fn version(c: &Connection) -> Result<u64, StoreError> {
    let read = || c.prepare_cached("SELECT people_version FROM meta")?.query_row([], |row| row.get::<_, i64>(0));
    read().map(i64::unsigned_abs).map_err(|e| failed(&e))
}

fn names_json(names: &[String]) -> String {
    serde_json::Value::from(names.to_vec()).to_string()
}

fn languages_json(languages: &[Language]) -> String {
    serde_json::Value::from_iter(languages.iter().map(|l| l.code().to_owned())).to_string()
}

pub(super) fn changed(c: &Connection) -> rusqlite::Result<()> {
    c.prepare_cached("UPDATE meta SET people_version = people_version + 1")?.execute([]).map(|_| ())
}

pub(super) fn person(row: &Row<'_>) -> rusqlite::Result<Person> {
    let malformed = |column, e: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, e)
    };
    let role: String = row.get(3)?;
    let names = |column| -> rusqlite::Result<Vec<String>> {
        serde_json::from_str(&row.get::<_, String>(column)?).map_err(|e| malformed(column, e.into()))
    };
    let codes = names(7)?;
    Ok(Person {
        id: AgentId(row.get(0)?),
        email: row.get(1)?,
        name: row.get(2)?,
        role: role.parse::<Role>().map_err(|e| malformed(3, e.into()))?,
        departments: names(4)?,
        capacity: row.get(5)?,
        disabled: row.get(6)?,
        second_factor: row.get(9)?,
        languages: codes
            .iter()
            .map(|l| l.parse())
            .collect::<Result<_, _>>()
            .map_err(|e: ParseError| malformed(7, e.into()))?,
        skills: names(8)?,
    })
}
