//! What editors work with: the shared draft, releases, and trying things out.

mod shown;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Edge;
use super::auth::{self, json_body, json_body_up_to};
use super::error::Refuse;
use super::origin::{self, Peer};
use crate::content::limits;
use crate::desk::{Action, DraftView, Editor, New, WorkshopError, git};
use crate::protocol::TEXT_CHARS;

pub(super) use shown::refused;

/// Days back that a plan looks, and at most.
const DAYS: u32 = 28;
const DAYS_MOST: u32 = 366;

/// Most releases in one answer; `before` goes on.
const LIST: u32 = 50;

/// Longest address of a page, characters.
const PAGE: usize = 2_000;

/// Largest body with a file in it: a file of JSON's longest spelling is refused by its length.
const FILE: usize = 2 * limits::FILE_BYTES + 4_096;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/v1/workshop", get(overview))
        .route("/api/v1/workshop/draft", get(draft).delete(drop_draft))
        .route("/api/v1/workshop/draft.patch", get(patch))
        .route("/api/v1/workshop/draft/file", put(put_file))
        .route("/api/v1/workshop/plan", post(plan))
        .route("/api/v1/workshop/publish", post(publish))
        .route("/api/v1/workshop/branch", post(branch))
        .route("/api/v1/workshop/releases", get(releases))
        .route("/api/v1/workshop/rollback", post(rollback))
        .route("/api/v1/workshop/try", post(try_text))
}

/// Who edits, if whoever asks may.
///
/// # Errors
/// As of [`auth::person`].
pub(super) async fn editor(edge: &Edge, headers: &HeaderMap, peer: Peer) -> Result<Editor, Refuse> {
    let person = auth::person(edge, headers, peer, Action::Content).await?;
    Ok(Editor { person, address: origin::client(&edge.config, headers, peer) })
}

/// The same for what changes something: from this server's own pages alone.
///
/// # Errors
/// As of [`editor`] and [`origin::own_request`].
pub(super) async fn changing(edge: &Edge, headers: &HeaderMap, peer: Peer) -> Result<Editor, Refuse> {
    origin::own_request(&edge.config, headers, peer)?;
    editor(edge, headers, peer).await
}

/// What came of it, or why nothing did.
fn told<T>(done: Result<T, WorkshopError>, shown: impl FnOnce(T) -> Response) -> Response {
    match done {
        Ok(value) => shown(value),
        Err(error) => refused(&error),
    }
}

async fn overview(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    editor(&edge, &headers, peer).await?;
    let draft = match edge.desk.draft_view().await {
        Ok(draft) => draft.as_ref().map(shown::draft),
        // What is in force is not known file by file: everything but drafts goes.
        Err(WorkshopError::Unknown) => None,
        Err(error) => return Ok(refused(&error)),
    };
    let content = edge.desk.content();
    let release = match edge.desk.origin().and_then(|o| o.release.clone()) {
        Some(named) => edge.desk.release(named.id).await?,
        None => None,
    };
    let checkout = match edge.desk.checkout().await {
        Ok(checkout) => Some(json!({ "branch": checkout.branch })),
        Err(git::GitError::NotInstalled | git::GitError::NoCheckout) => None,
        Err(error) => {
            tracing::warn!(%error, "the checkout of the content folder was not read");
            None
        }
    };
    let languages: Vec<String> = content.settings.languages.iter().map(ToString::to_string).collect();
    Ok(Json(json!({
        "follow": edge.config.follow.as_str(),
        "version": content.version,
        "release": release.map(|r| json!({ "id": r.id, "name": r.name, "at": r.at.0, "author": r.author })),
        "draft": draft,
        "git": checkout,
        "languages": languages,
        "entries": shown::entries(&content),
    }))
    .into_response())
}

async fn draft(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    editor(&edge, &headers, peer).await?;
    Ok(told(edge.desk.draft_view().await, |view| match view {
        Some(view) => Json(shown::draft(&view)).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rev {
    rev: i64,
}

async fn drop_draft(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    let by = changing(&edge, &headers, peer).await?;
    let Rev { rev } = json_body(&edge, request).await?;
    Ok(told(edge.desk.drop_draft(&by, rev).await, |()| StatusCode::NO_CONTENT.into_response()))
}

async fn patch(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    editor(&edge, &headers, peer).await?;
    Ok(told(edge.desk.draft_view().await, |view| {
        let Some(view) = view else { return StatusCode::NO_CONTENT.into_response() };
        let parts: Option<Vec<String>> = view.files.iter().map(crate::desk::Changed::patch).collect();
        let Some(parts) = parts else {
            let told =
                json!({ "code": "not_text", "message": "a file that changes is not text: a patch cannot say it" });
            return (StatusCode::CONFLICT, Json(told)).into_response();
        };
        let head = [
            (header::CONTENT_TYPE, "text/x-patch; charset=utf-8"),
            (header::CONTENT_DISPOSITION, "attachment; filename=\"draft.patch\""),
        ];
        (head, parts.concat()).into_response()
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PutFile {
    rev: Option<i64>,
    path: String,
    /// None: deleted.
    text: Option<String>,
}

async fn put_file(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    let by = changing(&edge, &headers, peer).await?;
    let PutFile { rev, path, text } = json_body_up_to(&edge, request, FILE).await?;
    let done = edge.desk.put_draft_file(&by, rev, path, text.map(String::into_bytes)).await;
    let done = match done {
        Ok(rev) => edge.desk.draft_view().await.map(|view| (rev, view)),
        Err(error) => Err(error),
    };
    Ok(told(done, |(rev, view)| edited(rev, view.as_ref())))
}

/// The number of a draft that was edited, and what it looks like now.
pub(super) fn edited(rev: i64, view: Option<&DraftView>) -> Response {
    Json(json!({ "rev": rev, "draft": view.map(shown::draft) })).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Days {
    days: Option<u32>,
}

async fn plan(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    changing(&edge, &headers, peer).await?;
    let Days { days } = json_body(&edge, request).await?;
    let days = days.unwrap_or(DAYS);
    if !(1..=DAYS_MOST).contains(&days) {
        return Err(Refuse::INVALID);
    }
    let back = Duration::from_secs(86_400 * u64::from(days));
    Ok(told(edge.desk.plan_draft(back, &edge.redactor).await, |plan| match plan {
        Some(plan) => Json(plan).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Make {
    rev: i64,
    name: String,
    message: Option<String>,
}

impl From<Make> for New {
    fn from(Make { rev, name, message }: Make) -> Self {
        Self { rev, name, message: message.unwrap_or_default() }
    }
}

async fn publish(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    let by = changing(&edge, &headers, peer).await?;
    let new: Make = json_body(&edge, request).await?;
    Ok(told(edge.desk.publish(&by, new.into(), &edge.redactor).await, |release| {
        (StatusCode::CREATED, Json(json!({ "release": release.json() }))).into_response()
    }))
}

async fn branch(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    let by = changing(&edge, &headers, peer).await?;
    let new: Make = json_body(&edge, request).await?;
    Ok(told(edge.desk.branch(&by, new.into()).await, |(branch, commit)| {
        (StatusCode::CREATED, Json(json!({ "branch": branch, "commit": commit }))).into_response()
    }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    before: Option<i64>,
}

async fn releases(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    query: Result<Query<Before>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    editor(&edge, &headers, peer).await?;
    let Query(Before { before }) = query.map_err(|_| Refuse::INVALID)?;
    let all = edge.desk.releases(before, LIST).await?;
    let more = all.len() == LIST as usize;
    let all: Vec<Value> = all.iter().map(crate::desk::Release::json).collect();
    Ok(Json(json!({ "releases": all, "more": more })).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct To {
    to: i64,
}

async fn rollback(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    let by = changing(&edge, &headers, peer).await?;
    let To { to } = json_body(&edge, request).await?;
    Ok(told(edge.desk.rollback(&by, to).await, |release| Json(json!({ "release": release.json() })).into_response()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Try {
    text: String,
    language: Option<String>,
    page: Option<String>,
}

async fn try_text(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    changing(&edge, &headers, peer).await?;
    let Try { text, language, page } = json_body(&edge, request).await?;
    if text.chars().count() > TEXT_CHARS || page.as_ref().is_some_and(|p| p.chars().count() > PAGE) {
        return Err(Refuse::INVALID);
    }
    let language = match language.filter(|l| !l.is_empty()) {
        Some(code) => Some(code.parse().map_err(|_| Refuse::INVALID)?),
        None => None,
    };
    let tried = edge.desk.try_text(text, language, page.filter(|p| !p.is_empty())).await;
    Ok(told(tried, |(live, draft)| Json(json!({ "live": live, "draft": draft })).into_response()))
}
