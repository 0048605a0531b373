//! What agents tell the editors about a conversation.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Edge;
use super::auth::{self, json_body};
use super::error::Refuse;
use super::origin::{self, Peer};
use crate::conversation::Refusal;
use crate::desk::{Action, DeskError, Told};
use crate::protocol::TEXT_CHARS;
use crate::store::beside::{Suggestion, SuggestionKind};
use crate::types::Seq;

/// Most in one answer; `before` goes on.
const LIST: u32 = 100;

/// Longest name of an intent or article, characters.
const TARGET: usize = 300;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new().route("/api/v1/suggestions", get(list).post(tell)).route("/api/v1/suggestions/{id}", delete(forget))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tell {
    c: String,
    seq: u64,
    kind: String,
    target: Option<String>,
    text: Option<String>,
    note: Option<String>,
}

async fn tell(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Suggest).await?;
    let Tell { c, seq, kind, target, text, note } = json_body(&edge, request).await?;
    let told = Told {
        c: c.parse().map_err(|_| Refuse::NOT_FOUND)?,
        seq: Seq(seq),
        kind: SuggestionKind::of(&kind).ok_or(Refuse::INVALID)?,
        target: target.filter(|t| !t.is_empty()),
        text: words(&edge, text)?,
        note: words(&edge, note)?,
    };
    if told.target.as_ref().is_some_and(|t| t.chars().count() > TARGET) {
        return Err(Refuse::INVALID);
    }
    match edge.desk.tell(&by, told).await {
        Ok(id) => Ok((StatusCode::CREATED, Json(json!({ "id": id }))).into_response()),
        Err(DeskError::Refused(Refusal::Invalid)) => Err(Refuse::INVALID),
        Err(DeskError::Conflict) => Err(Refuse::CONFLICT),
        Err(e) => Err(e.into()),
    }
}

/// Words about a visitor's words, and often these themselves: what may not be kept of them is taken out, whoever copied
/// it.
fn words(edge: &Edge, text: Option<String>) -> Result<Option<String>, Refuse> {
    let Some(text) = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()) else { return Ok(None) };
    if text.chars().count() > TEXT_CHARS {
        return Err(Refuse::INVALID);
    }
    Ok(Some(edge.redactor.redact(&text).into_owned()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    before: Option<i64>,
}

async fn list(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    let person = auth::person(&edge, &headers, peer, Action::Tell).await?;
    let Query(ListQuery { before }) = query.map_err(|_| Refuse::INVALID)?;
    let all = edge.desk.told(&person, before, LIST).await?;
    let more = all.len() == LIST as usize;
    let all: Vec<Value> = all.iter().map(|s| shown(&edge, s)).collect();
    Ok(Json(json!({ "suggestions": all, "more": more })).into_response())
}

fn shown(edge: &Edge, suggestion: &Suggestion) -> Value {
    let mut json = suggestion.json();
    json["by"] = json!({ "id": suggestion.what.by.to_string(), "name": edge.desk.name_of(suggestion.what.by) });
    json
}

async fn forget(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Tell).await?;
    let id = id.parse().map_err(|_| Refuse::NOT_FOUND)?;
    edge.desk.forget_told(&by, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
