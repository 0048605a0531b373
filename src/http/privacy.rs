//! What visitors may ask for by their token: their data, and to be forgotten.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::error::Refuse;
use super::origin::{self, Peer};
use super::{Edge, auth};
use crate::types::VisitorId;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new().route("/api/v1/visitor/export", post(export)).route("/api/v1/visitor/erase", post(erase))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    token: String,
}

/// The token of a request that comes from the widget, which is a page of this server, or from a program. The token alone
/// decides: there is no cookie that a foreign page could make use of.
async fn token(edge: &Edge, peer: Peer, request: Request<Body>) -> Result<String, Refuse> {
    if !origin::is_own_request(&edge.config, request.headers(), peer) {
        return Err(Refuse::FORBIDDEN);
    }
    let Own { token } = auth::json_body(edge, request).await?;
    let Some(visitor) = edge.desk.visitor_of(&token).await? else { return Err(Refuse::NOT_FOUND) };
    take(edge, visitor)?;
    Ok(token)
}

/// Counts as a message.
fn take(edge: &Edge, visitor: VisitorId) -> Result<(), Refuse> {
    edge.messages.take(visitor, Instant::now()).map_err(Refuse::rate)
}

async fn export(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request<Body>,
) -> Result<Response, Refuse> {
    let token = token(&edge, peer, request).await?;
    let text = edge.desk.export_own(&token).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"conversations.json\""),
    ];
    Ok((headers, text).into_response())
}

async fn erase(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request<Body>,
) -> Result<Response, Refuse> {
    let token = token(&edge, peer, request).await?;
    edge.desk.erase_own(&token).await?;
    Ok(Json(json!({})).into_response())
}
