//! What an operator says to all visitors: read and changed by supervisors and admins.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::Edge;
use super::auth::{self, json_body};
use super::error::Refuse;
use super::origin::{self, Peer};
use crate::desk::Action;
use crate::protocol as p;
use crate::store::Notice;
use crate::types::{Language, Timestamp};

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new().route("/api/v1/notice", get(read).put(set).delete(clear))
}

impl Edge {
    /// What is said now, for a visitor with this browser.
    pub(super) fn notice_for(&self, locale: Option<&str>) -> Option<p::Notice> {
        let notice = self.desk.notice_now()?;
        let language = locale.and_then(|l| l.parse::<Language>().ok()).map(|l| l.to_string());
        let default = self.desk.content().settings.default_language().to_string();
        let text = [language, Some(default)].into_iter().flatten().find_map(|l| notice.texts.get(&l));
        let text = text.or_else(|| notice.texts.values().next())?.clone();
        Some(p::Notice { text, until: notice.until.map(|t| t.0) })
    }
}

async fn read(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    auth::person(&edge, &headers, peer, Action::Notice).await?;
    let notice = edge.desk.notice_now().map(|n| json!({ "text": n.texts, "until": n.until.map(|t| t.0) }));
    Ok(Json(json!({ "notice": notice })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    text: BTreeMap<String, String>,
    /// Milliseconds since 1970 UTC.
    until: Option<i64>,
}

async fn set(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Notice).await?;
    let Set { text, until } = json_body(&edge, request).await?;
    let notice = Notice::new(text, until.map(Timestamp)).ok_or(Refuse::INVALID)?;
    edge.desk.set_notice(&by, origin::client(&edge.config, &headers, peer), Some(notice)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn clear(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Notice).await?;
    edge.desk.set_notice(&by, origin::client(&edge.config, &headers, peer), None).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
