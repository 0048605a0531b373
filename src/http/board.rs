//! What supervisors look at and steer: the board, and departments that take a pause.

use std::sync::Arc;

use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::auth::{self, json_body};
use super::error::Refuse;
use super::origin::{self, Peer};
use super::{Edge, wire};
use crate::conversation::Refusal;
use crate::desk::{Action, BoardDepartment, Colleague, DeskError};
use crate::types::Timestamp;

/// Longest reason, characters.
const REASON: usize = 500;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new().route("/api/v1/board", get(board)).route("/api/v1/departments/{name}/pause", put(pause))
}

async fn board(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    let person = auth::person(&edge, &headers, peer, Action::Steer).await?;
    let board = edge.desk.board(&person)?;
    Ok(Json(json!({
        "departments": board.departments.iter().map(department).collect::<Vec<_>>(),
        "people": board.people.iter().map(|(c, since)| colleague(c, *since)).collect::<Vec<_>>(),
        "waits": {
            "estimates": board.waits.told, "inside": board.waits.inside, "median_error_s": board.waits.median_error_s,
        },
        "now": board.now.0,
    }))
    .into_response())
}

fn department(d: &BoardDepartment) -> Value {
    json!({
        "name": d.name, "waiting": d.waiting, "longest_s": d.longest_s, "open": d.open,
        "target": { "seconds": d.target.0, "share": d.target.1 },
        "service_level": { "answered": d.answered, "in_target": d.in_target },
        "paused": d.paused.as_ref().map(|p| json!({ "since": p.at.0, "reason": p.reason, "by": p.by })),
    })
}

fn colleague(c: &Colleague, since: Option<Timestamp>) -> Value {
    json!({
        "id": c.person.id.to_string(), "name": c.person.name, "role": c.person.role.as_str(),
        "presence": wire::presence(c.availability), "since": since.map(|t| t.0), "load": c.load,
        "capacity": c.person.capacity, "departments": c.person.departments,
        "languages": c.person.languages.iter().map(ToString::to_string).collect::<Vec<_>>(), "skills": c.person.skills,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pause {
    paused: bool,
    reason: Option<String>,
}

async fn pause(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Steer).await?;
    let Pause { paused, reason } = json_body(&edge, request).await?;
    let reason = reason.unwrap_or_default();
    if reason.chars().count() > REASON {
        return Err(Refuse::INVALID);
    }
    let address = origin::client(&edge.config, &headers, peer);
    match edge.desk.pause(&by, address, &name, paused.then_some(reason.trim())).await {
        Err(DeskError::Refused(Refusal::Invalid)) => Err(Refuse::INVALID),
        done => Ok(done.map(|()| StatusCode::NO_CONTENT)?.into_response()),
    }
}
