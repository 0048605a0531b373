//! What visitors asked in vain, for editors.

use std::collections::BTreeMap;
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
use super::workshop;
use crate::content::Situation;
use crate::desk::{Action, EditDraftError};
use crate::store::workshop::Ignored;
use crate::types::Language;
use crate::workshop::edit::{self, EditError, NewIntent};

/// Days to look back, where nothing else is said, and most.
const DAYS: u32 = 28;
const MOST: u32 = 366;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/v1/workshop/gaps", get(list))
        .route("/api/v1/workshop/gaps/{id}/add", post(add))
        .route("/api/v1/workshop/gaps/{id}/new", post(new))
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
struct Add {
    /// Of the draft that was seen; none: there was none.
    rev: Option<i64>,
    /// Intent or article.
    to: String,
    texts: Vec<String>,
}

/// Texts of a gap go into the draft. Which gap they are of is not looked at: what was shown may be another one by now.
async fn add(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    let by = workshop::changing(&edge, &headers, peer).await?;
    let Add { rev, to, texts } = json_body(&edge, request).await?;
    drafted(&edge, edge.desk.edit_draft(&by, rev, move |files| edit::add_to(files, &to, &texts)).await).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct New {
    rev: Option<i64>,
    id: String,
    #[serde(default)]
    title: String,
    texts: Vec<String>,
    /// By language.
    answer: BTreeMap<String, String>,
    /// Left out: that of the intent nearest to the first text.
    file: Option<String>,
}

async fn new(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    let by = workshop::changing(&edge, &headers, peer).await?;
    let New { rev, id, title, texts, answer, file } = json_body(&edge, request).await?;
    let content = edge.desk.content();
    let answer = answer.into_iter().map(|(language, text)| language.parse().map(|l| (l, text)));
    let mut answer: Vec<(Language, String)> = answer.collect::<Result<_, _>>().map_err(|_| Refuse::INVALID)?;
    // In the order in which the content names its languages.
    let place = |l: &Language| content.settings.languages.iter().position(|known| known == l).unwrap_or(usize::MAX);
    answer.sort_by_key(|(l, _)| place(l));
    let file = file.unwrap_or_else(|| {
        let text = texts.first().map_or("", String::as_str);
        let reading = content.read(text, &Situation { at: edge.desk.now(), ..Situation::default() });
        let near: Vec<String> = reading.candidates.iter().map(|c| content.id_of(c.target)).collect();
        edit::home(&content, near.iter().map(String::as_str))
    });
    let intent = NewIntent { id, title, examples: texts, answer };
    drafted(&edge, edge.desk.edit_draft(&by, rev, move |files| edit::new_in(files, &file, &intent)).await).await
}

/// The draft as it is now, or why it is as it was.
async fn drafted(edge: &Edge, done: Result<i64, EditDraftError<EditError>>) -> Result<Response, Refuse> {
    let rev = match done {
        Ok(rev) => rev,
        Err(EditDraftError::Edit(error)) => {
            let told = json!({ "code": "refused", "message": error.to_string() });
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Json(told)).into_response());
        }
        Err(EditDraftError::Desk(error)) => return Ok(workshop::refused(&error)),
    };
    Ok(match edge.desk.draft_view().await {
        Ok(view) => workshop::edited(rev, view.as_ref()),
        Err(error) => workshop::refused(&error),
    })
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
