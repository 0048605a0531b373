//! What visitors may ask for by their token: their data, and to be forgotten. The widget asks from the page it is on, so
//! the origins of sites are let in as they are to the socket.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::error::Refuse;
use super::visitor::Home;
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

/// Whose token a request shows. It alone decides: there is no cookie that a foreign page could make use of. On the pages
/// of a site it is that site's, or nobody's.
async fn visitor(edge: &Edge, home: &Home, request: Request<Body>) -> Result<VisitorId, Refuse> {
    let Own { token } = auth::json_body(edge, request).await?;
    let sites = match home {
        Home::Own => None,
        Home::Sites(names) => Some(names.as_slice()),
    };
    let visitor = edge.desk.visitor_of(sites, &token).await?.ok_or(Refuse::NOT_FOUND)?;
    // Counts as a message.
    edge.messages.take(visitor, Instant::now()).map_err(Refuse::rate)?;
    Ok(visitor)
}

async fn export(
    State(edge): State<Arc<Edge>>,
    Extension(home): Extension<Home>,
    request: Request<Body>,
) -> Result<Response, Refuse> {
    let visitor = visitor(&edge, &home, request).await?;
    let text = edge.desk.export_own(visitor).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"conversations.json\""),
    ];
    Ok((headers, text).into_response())
}

async fn erase(
    State(edge): State<Arc<Edge>>,
    Extension(home): Extension<Home>,
    request: Request<Body>,
) -> Result<Response, Refuse> {
    let visitor = visitor(&edge, &home, request).await?;
    edge.desk.erase_own(visitor).await?;
    Ok(Json(json!({})).into_response())
}
