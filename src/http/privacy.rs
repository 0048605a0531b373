//! What visitors may ask for by their token: their data, and to be forgotten. The widget asks from the page it is on, so
//! the origins of sites are let in as they are to the socket.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::error::Refuse;
use super::{Edge, auth, cross};
use crate::types::VisitorId;

pub(super) fn routes(edge: &Arc<Edge>) -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/v1/visitor/export", post(export).options(cross::asked))
        .route("/api/v1/visitor/erase", post(erase).options(cross::asked))
        .route_layer(from_fn_with_state(Arc::clone(edge), cross::for_widgets))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    token: String,
}

/// The token of a request. It alone decides: there is no cookie that a foreign page could make use of.
async fn token(edge: &Edge, request: Request<Body>) -> Result<String, Refuse> {
    let Own { token } = auth::json_body(edge, request).await?;
    let Some(visitor) = edge.desk.visitor_of(&token).await? else { return Err(Refuse::NOT_FOUND) };
    take(edge, visitor)?;
    Ok(token)
}

/// Counts as a message.
fn take(edge: &Edge, visitor: VisitorId) -> Result<(), Refuse> {
    edge.messages.take(visitor, Instant::now()).map_err(Refuse::rate)
}

async fn export(State(edge): State<Arc<Edge>>, request: Request<Body>) -> Result<Response, Refuse> {
    let token = token(&edge, request).await?;
    let text = edge.desk.export_own(&token).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"conversations.json\""),
    ];
    Ok((headers, text).into_response())
}

async fn erase(State(edge): State<Arc<Edge>>, request: Request<Body>) -> Result<Response, Refuse> {
    let token = token(&edge, request).await?;
    edge.desk.erase_own(&token).await?;
    Ok(Json(json!({})).into_response())
}
