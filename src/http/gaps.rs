//! What visitors asked in vain, for editors.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Edge;
use super::auth::{self, json_body};
use super::error::Refuse;
use super::origin::{self, Peer};
use crate::desk::Action;
use crate::store::workshop::Ignored;

/// Days to look back, where nothing else is said, and most.
const DAYS: u32 = 28;
const MOST: u32 = 366;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/v1/workshop/gaps", get(list))
        .route("/api/v1/workshop/gaps/{id}/ignore", post(ignore))
        .route("/api/v1/workshop/ignored/{id}", delete(unignore))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Period {
    days: Option<u32>,
    /// Left out: `open`.
    show: Option<Show>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Show {
    Open,
    Ignored,
}

/// Within what is looked at.
fn days(days: Option<u32>) -> Result<u32, Refuse> {
    let days = days.unwrap_or(DAYS);
    if (1..=MOST).contains(&days) { Ok(days) } else { Err(Refuse::INVALID) }
}

async fn list(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    query: Result<Query<Period>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    let person = auth::person(&edge, &headers, peer, Action::Content).await?;
    let Query(period) = query.map_err(|_| Refuse::INVALID)?;
    let days = days(period.days)?;
    let fewer_than = edge.config.privacy.gap_visitors as usize;
    let (mut gaps, ignored) = edge.desk.gaps(&person, &edge.redactor, days, fewer_than).await?;
    if period.show == Some(Show::Ignored) {
        gaps.clusters.clear();
    }
    // A count of what was set aside is called otherwise: `ignored` is the list.
    let mut json = json!(gaps);
    json["ignored_questions"] = json["ignored"].take();
    json["ignored"] = ignored.iter().map(shown).collect();
    json["days"] = json!(days);
    Ok(Json(json).into_response())
}

fn shown(ignored: &Ignored) -> Value {
    json!({ "id": ignored.id, "text": ignored.text, "at": ignored.at.0, "by": ignored.by })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ignore {
    days: Option<u32>,
}

async fn ignore(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Content).await?;
    let asked: Ignore = json_body(&edge, request).await?;
    let client = origin::client(&edge.config, &headers, peer);
    let number = edge.desk.ignore_gap(&by, client, &edge.redactor, days(asked.days)?, &id).await?;
    Ok((StatusCode::CREATED, Json(json!({ "id": number }))).into_response())
}

async fn unignore(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Content).await?;
    let id = id.parse().map_err(|_| Refuse::NOT_FOUND)?;
    edge.desk.unignore_gap(&by, origin::client(&edge.config, &headers, peer), id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
