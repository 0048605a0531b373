//! What an admin does: people, and who did what.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Edge;
use super::auth::{self, json_body};
use super::error::Refuse;
use super::origin::{self, Peer};
use crate::desk::{Action, Actor, DeskError, On, may};
use crate::dialogue;
use crate::store::{AuditRow, NewPerson, Person, PersonChange};
use crate::types::{AgentId, Language, Role};

/// Most rows of the audit table in one answer; `after` and `before` go on.
const ROWS: u32 = 200;

/// Longest name of a person, department or skill, characters.
const NAME: usize = 100;

/// Most departments of a person; as many languages, and as many skills.
const DEPARTMENTS: usize = 50;

/// Most chats at once.
const CAPACITY: u32 = 1_000;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/v1/people", get(people).post(add))
        .route("/api/v1/people/{id}", patch(change))
        .route("/api/v1/audit", get(audit))
}

async fn people(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    auth::person(&edge, &headers, peer, Action::ListPeople).await?;
    let list: Vec<Value> = edge.desk.people().await?.iter().map(shown).collect();
    Ok(Json(json!({ "people": list })).into_response())
}

fn shown(p: &Person) -> Value {
    json!({
        "id": p.id.to_string(), "email": p.email, "name": p.name, "role": p.role.as_str(),
        "departments": p.departments, "languages": p.languages.iter().map(Language::code).collect::<Vec<_>>(),
        "skills": p.skills, "capacity": p.capacity, "disabled": p.disabled, "second_factor": p.second_factor,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    email: String,
    name: String,
    role: String,
    #[serde(default)]
    departments: Vec<String>,
    #[serde(default)]
    languages: Vec<String>,
    #[serde(default)]
    skills: Vec<String>,
    capacity: Option<u32>,
    password: String,
}

async fn add(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::ChangePeople).await?;
    let Add { email, name, role, departments, languages, skills, capacity, password } =
        json_body(&edge, request).await?;
    let person = NewPerson {
        email: dialogue::email(&email).ok_or(Refuse::INVALID)?.to_lowercase(),
        name: named(&name)?,
        role: role.parse().map_err(|_| Refuse::INVALID)?,
        departments: all_named(&departments)?,
        languages: all_spoken(&languages)?,
        skills: all_named(&skills)?,
        capacity: capacity.filter(|n| *n <= CAPACITY).unwrap_or(5),
        password_hash: String::new(),
    };
    let address = origin::client(&edge.config, &headers, peer);
    let added = edge.desk.add_person(&by, address, person, &password).await;
    let id = added.map_err(|e| if e == DeskError::Conflict { Refuse::CONFLICT } else { e.into() })?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id.to_string() }))).into_response())
}

/// Exactly one of these: each is a commit of its own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
enum Change {
    Role(String),
    Departments(Vec<String>),
    Languages(Vec<String>),
    Skills(Vec<String>),
    Disabled(bool),
    Password(String),
    Name(String),
    Capacity(u32),
}

async fn change(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    // Supervisors may say how many chats somebody has at once, and nothing else.
    let by = auth::person(&edge, &headers, peer, Action::Steer).await?;
    let id: AgentId = id.parse().map_err(|_| Refuse::NOT_FOUND)?;
    let change = json_body(&edge, request).await?;
    if !matches!(change, Change::Capacity(_)) && !may(&Actor::Person(Arc::clone(&by)), Action::ChangePeople, On::Any) {
        return Err(Refuse::FORBIDDEN);
    }
    let change = match change {
        Change::Role(role) => PersonChange::Role(role.parse::<Role>().map_err(|_| Refuse::INVALID)?),
        Change::Departments(all) => PersonChange::Departments(all_named(&all)?),
        Change::Name(name) => PersonChange::Name(named(&name)?),
        Change::Capacity(n) if n <= CAPACITY => PersonChange::Capacity(n),
        Change::Capacity(_) => return Err(Refuse::INVALID),
        Change::Languages(all) => PersonChange::Languages(all_spoken(&all)?),
        Change::Skills(all) => PersonChange::Skills(all_named(&all)?),
        Change::Disabled(disabled) => PersonChange::Disabled(disabled),
        Change::Password(password) => PersonChange::Password(edge.desk.hash(&password).await?),
    };
    edge.desk.change_person(&by, origin::client(&edge.config, &headers, peer), id, change).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Shown to others: nothing in it may hide or turn what stands around it.
fn named(text: &str) -> Result<String, Refuse> {
    let text = text.trim();
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let fine = (1..=NAME).contains(&text.chars().count()) && !text.chars().any(unseen);
    if fine { Ok(text.to_owned()) } else { Err(Refuse::INVALID) }
}

fn all_named(all: &[String]) -> Result<Vec<String>, Refuse> {
    if all.len() > DEPARTMENTS {
        return Err(Refuse::INVALID);
    }
    all.iter().map(|d| named(d)).collect()
}

fn all_spoken(all: &[String]) -> Result<Vec<Language>, Refuse> {
    if all.len() > DEPARTMENTS {
        return Err(Refuse::INVALID);
    }
    all.iter().map(|l| l.parse().map_err(|_| Refuse::INVALID)).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuditQuery {
    after: Option<u64>,
    before: Option<u64>,
    limit: Option<u32>,
}

async fn audit(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    query: Result<Query<AuditQuery>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    auth::person(&edge, &headers, peer, Action::Audit).await?;
    let Query(AuditQuery { after, before, limit }) = query.map_err(|_| Refuse::INVALID)?;
    let limit = limit.unwrap_or(ROWS).clamp(1, ROWS);
    let rows = match (after, before) {
        (Some(_), Some(_)) => return Err(Refuse::INVALID),
        (after, None) => edge.desk.audit_rows(after.unwrap_or(0), limit).await?,
        (None, Some(before)) => edge.desk.audit_rows_before(before, limit).await?,
    };
    let more = rows.len() == limit as usize;
    let rows: Vec<Value> = rows.iter().map(AuditRow::json).collect();
    Ok(Json(json!({ "rows": rows, "more": more })).into_response())
}
