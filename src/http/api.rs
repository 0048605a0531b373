//! What the console reads over HTTP. Everything that changes something goes over the socket.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::entries;
use super::error::Refuse;
use super::origin::Peer;
use super::wire::{self, Glance, Reader};
use super::{Edge, auth};
use crate::conversation::Owner;
use crate::desk::{Action, Actor, View};
use crate::protocol::{Conversation, Ev};
use crate::store::{Range, Side};
use crate::types::{ConversationId, Seq};

/// The routes' description. A test holds that it names them all.
const OPENAPI: &str = include_str!("openapi.json");

/// Most conversations in a list.
const LIST: u32 = 200;

/// Most entries in one answer; with more to say, `after` goes on.
const LOG: u32 = 1_000;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/v1/conversations", get(conversations))
        .route("/api/v1/conversations/{c}", get(conversation))
        .route("/api/v1/openapi.json", get(openapi))
        .route("/api", any(unknown))
        .route("/api/{*rest}", any(unknown))
}

async fn unknown() -> Refuse {
    Refuse::NOT_FOUND
}

async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "max-age=300")], OPENAPI).into_response()
}

/// Narrows a view down to what one kind of owner has.
type OwnerTest = fn(Owner) -> bool;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    state: Option<String>,
    limit: Option<u32>,
}

async fn conversations(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    let person = auth::person(&edge, &headers, peer, Action::Watch).await?;
    let Query(ListQuery { state, limit }) = query.map_err(|_| Refuse::INVALID)?;
    let limit = limit.unwrap_or(LIST).clamp(1, LIST);
    let (view, owner): (View, Option<OwnerTest>) = match state.as_deref() {
        None | Some("all") => (View::All, None),
        Some("waiting") => (View::Waiting, None),
        Some("mine") => (View::Mine, None),
        Some("department") => (View::Department, None),
        Some("bot") => (View::All, Some(|o| o == Owner::Bot)),
        Some("assigned") => (View::All, Some(|o| matches!(o, Owner::Agent(_)))),
        Some("closed") => (View::All, Some(|o| o == Owner::Closed)),
        Some(_) => return Err(Refuse::INVALID),
    };
    let names = |id| edge.desk.name_of(id);
    let (list, more) = edge.desk.list(&person, view, limit).await?;
    let list: Vec<Conversation> = list
        .iter()
        .filter(|(_, s)| owner.is_none_or(|fits| fits(s.owner)))
        .map(|(c, s)| wire::conversation(&Glance::of(&edge.desk, *c, s, Reader::Agent), &names))
        .collect();
    Ok(Json(json!({ "conversations": list, "more": more })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LogQuery {
    after: Option<u64>,
}

#[derive(Serialize)]
struct WithLog {
    #[serde(flatten)]
    conversation: Conversation,
    log: Vec<Ev>,
    more: bool,
}

async fn conversation(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(c): Path<String>,
    query: Result<Query<LogQuery>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    let actor = Actor::Person(auth::person(&edge, &headers, peer, Action::See).await?);
    let c: ConversationId = c.parse().map_err(|_| Refuse::NOT_FOUND)?;
    let Query(LogQuery { after }) = query.map_err(|_| Refuse::INVALID)?;
    let after = Seq(after.unwrap_or(0));
    let state = edge.desk.state(&actor, c).await?;
    let range = Range { after, before: None, limit: LOG, side: Side::First };
    let entries = edge.desk.entries(c, range).await?;
    let more = entries.last().is_some_and(|e| e.seq < state.head);
    let names = |id| edge.desk.name_of(id);
    let log = entries
        .into_iter()
        .map(|e| {
            let prev = Seq(e.seq.0 - 1);
            entries::ev(c, e, prev, Reader::Agent, &names)
        })
        .collect();
    let conversation = wire::conversation(&Glance::of(&edge.desk, c, &state, Reader::Agent), &names);
    Ok(Json(WithLog { conversation, log, more }).into_response())
}
