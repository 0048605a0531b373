//! A visitor beside a conversation: what they asked before, and whether they may write.

use std::sync::Arc;

use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Edge;
use super::auth::{self, json_body};
use super::error::Refuse;
use super::origin::{self, Peer};
use super::wire::{self, Glance, Reader};
use crate::desk::Action;
use crate::protocol::Conversation;
use crate::store::beside::Blocked;
use crate::types::{ConversationId, VisitorId};

/// Longest reason, characters.
const REASON: usize = 500;

/// Longest time, hours: a year.
const HOURS: u32 = 366 * 24;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/v1/conversations/{c}/visitor", get(card))
        .route("/api/v1/visitors/{id}/block", post(block).delete(unblock))
}

async fn card(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(c): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    let person = auth::person(&edge, &headers, peer, Action::See).await?;
    let c: ConversationId = c.parse().map_err(|_| Refuse::NOT_FOUND)?;
    let card = edge.desk.card(&person, c).await?;
    let names = |id| edge.desk.name_of(id);
    let all = card.conversations.iter();
    let conversations: Vec<Conversation> =
        all.map(|(c, s)| wire::conversation(&Glance::of(&edge.desk, *c, s, Reader::Agent), &names)).collect();
    let mut json = json!({ "visitor": card.visitor.to_string(), "conversations": conversations });
    json["trail"] = json!(wire::trail(card.trail));
    if let Some(device) = card.device {
        json["device"] = json!(device);
    }
    if let Some(blocked) = &card.blocked {
        json["blocked"] = shown(blocked);
    }
    Ok(Json(json).into_response())
}

fn shown(blocked: &Blocked) -> Value {
    json!({
        "since": blocked.at.0, "until": blocked.until.map(|t| t.0), "reason": blocked.reason, "by": blocked.by,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    reason: String,
    /// Left out: until somebody ends it.
    hours: Option<u32>,
}

async fn block(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Block).await?;
    let Block { reason, hours } = json_body(&edge, request).await?;
    let reason = edge.of_agents(reason.trim().to_owned());
    if !(1..=REASON).contains(&reason.chars().count()) || hours.is_some_and(|h| !(1..=HOURS).contains(&h)) {
        return Err(Refuse::INVALID);
    }
    let visitor: VisitorId = id.parse().map_err(|_| Refuse::NOT_FOUND)?;
    let until = hours.map(|h| edge.desk.now().plus_ms(i64::from(h) * 3_600_000));
    edge.desk.block(&by, origin::client(&edge.config, &headers, peer), visitor, until, &reason).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn unblock(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Block).await?;
    let visitor: VisitorId = id.parse().map_err(|_| Refuse::NOT_FOUND)?;
    edge.desk.unblock(&by, origin::client(&edge.config, &headers, peer), visitor).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
