//! What visitors may ask for by their token: their data, and to be forgotten. The widget asks from the page it is on, so
//! the origins of sites are let in as they are to the socket.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::error::Refuse;
use super::origin::{self, Origin, Peer};
use super::visitor::Home;
use super::{Edge, auth};
use crate::types::VisitorId;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/v1/visitor/export", post(export).options(preflight))
        .route("/api/v1/visitor/erase", post(erase).options(preflight))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    token: String,
}

/// The token of a request that comes from the widget, which is a page of this server, or from a program. The token alone
/// decides: there is no cookie that a foreign page could make use of.
async fn token(edge: &Edge, peer: Peer, request: Request<Body>) -> Result<String, Refuse> {
    let allowed = match origin::origin(&edge.config, &edge.desk.sites(), request.headers(), peer) {
        Origin::From(_) => true,
        Origin::Foreign => false,
        Origin::Missing => origin::is_own_request(&edge.config, request.headers(), peer),
    };
    if !allowed {
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

/// Lets the page of a site read the answer, refusals too.
fn readable(edge: &Edge, headers: &HeaderMap, peer: Peer, mut response: Response) -> Response {
    let from = origin::origin(&edge.config, &edge.desk.sites(), headers, peer);
    if let (Origin::From(Home::Sites(_)), Some(value)) = (from, headers.get(header::ORIGIN)) {
        let all = response.headers_mut();
        all.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, value.clone());
        all.insert(header::VARY, HeaderValue::from_static("origin"));
        all.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    }
    response
}

/// Browsers ask before they send JSON to another origin.
async fn preflight(State(edge): State<Arc<Edge>>, Extension(peer): Extension<Peer>, headers: HeaderMap) -> Response {
    let from = origin::origin(&edge.config, &edge.desk.sites(), &headers, peer);
    if !matches!(from, Origin::From(Home::Sites(_))) {
        return Refuse::METHOD.into_response();
    }
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    readable(&edge, &headers, peer, (StatusCode::NO_CONTENT, allowed).into_response())
}

async fn export(State(edge): State<Arc<Edge>>, Extension(peer): Extension<Peer>, request: Request<Body>) -> Response {
    let headers = request.headers().clone();
    let answer = exported(&edge, peer, request).await.into_response();
    readable(&edge, &headers, peer, answer)
}

async fn erase(State(edge): State<Arc<Edge>>, Extension(peer): Extension<Peer>, request: Request<Body>) -> Response {
    let headers = request.headers().clone();
    let answer = erased(&edge, peer, request).await.into_response();
    readable(&edge, &headers, peer, answer)
}

async fn exported(edge: &Edge, peer: Peer, request: Request<Body>) -> Result<Response, Refuse> {
    let token = token(edge, peer, request).await?;
    let text = edge.desk.export_own(&token).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"conversations.json\""),
    ];
    Ok((headers, text).into_response())
}

async fn erased(edge: &Edge, peer: Peer, request: Request<Body>) -> Result<Response, Refuse> {
    let token = token(edge, peer, request).await?;
    edge.desk.erase_own(&token).await?;
    Ok(Json(json!({})).into_response())
}
