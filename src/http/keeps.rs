//! What agents have beside the log: read at once, changed one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Edge;
use super::auth::{self, json_body};
use super::error::Refuse;
use super::origin::{self, Peer};
use crate::content::CannedReply;
use crate::conversation::Refusal;
use crate::desk::{Action, Department, DeskError, Kept, Named, Rule};
use crate::store::keeps::{Canned, Keep, KeepBody, KeepKind, Macro, SavedView, Wording};
use crate::types::AgentId;

pub(super) fn routes() -> Router<Arc<Edge>> {
    use KeepKind as K;
    Router::new()
        .route("/api/v1/desk", get(desk))
        .route("/api/v1/desk/canned", all(K::Canned))
        .route("/api/v1/desk/macros", all(K::Macros))
        .route("/api/v1/desk/views", all(K::Views))
        .route("/api/v1/desk/wording", all(K::Wording))
        .route("/api/v1/desk/canned/{id}", one(K::Canned))
        .route("/api/v1/desk/macros/{id}", one(K::Macros))
        .route("/api/v1/desk/views/{id}", one(K::Views))
        .route("/api/v1/desk/wording/{id}", one(K::Wording))
}

fn all(kind: KeepKind) -> MethodRouter<Arc<Edge>> {
    post(move |edge, peer, query, request| add(kind, edge, peer, query, request))
}

fn one(kind: KeepKind) -> MethodRouter<Arc<Edge>> {
    put(move |edge, peer, id, request| change(kind, edge, peer, id, request))
        .delete(move |edge, peer, id, headers| remove(kind, edge, peer, id, headers))
}

async fn desk(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    let person = auth::person(&edge, &headers, peer, Action::Keep).await?;
    let kept = edge.desk.kept(&person).await?;
    let of = |kind: KeepKind| kept.keeps.iter().filter(move |k| k.body.kind() == kind).map(|k| shown(k, person.id));
    let list = |kind: KeepKind| of(kind).collect::<Result<Vec<Value>, Refuse>>();
    let mut wording: Vec<Value> = kept.rules.iter().map(|(rule, on)| shipped(rule, *on)).collect();
    wording.extend(list(KeepKind::Wording)?);
    let mut canned: Vec<Value> = edge.desk.content().canned.iter().map(written).collect();
    canned.extend(list(KeepKind::Canned)?);
    Ok(Json(json!({
        "canned": canned,
        "macros": list(KeepKind::Macros)?,
        "views": list(KeepKind::Views)?,
        "wording": wording,
        "labels": labels(&kept),
        "departments": kept.departments.iter().map(department).collect::<Vec<_>>(),
        "variables": variables(&edge),
    }))
    .into_response())
}

fn shown(keep: &Keep, me: AgentId) -> Result<Value, Refuse> {
    let mut json = keep.body.json().map_err(DeskError::from)?;
    json["id"] = json!(keep.id.to_string());
    json["shared"] = json!(keep.owner.is_none());
    json["updated_at"] = json!(keep.updated_at.0);
    json["by"] = json!(if keep.by == me { "me".to_owned() } else { keep.by.to_string() });
    Ok(json)
}

/// Of the content folder: everybody's, and changed there alone.
fn written(reply: &CannedReply) -> Value {
    let texts: BTreeMap<String, &str> = reply.text.texts.iter().map(|(l, t)| (l.to_string(), t.as_str())).collect();
    let mut json = json!({
        "id": format!("content:{}", reply.shortcut), "shared": true, "fixed": true, "shortcut": reply.shortcut,
        "title": reply.title, "text": texts,
    });
    if let Some(department) = &reply.department {
        json["department"] = json!(department);
    }
    json
}

/// As a rule of the team, and that it is the program's: it can be switched, not changed.
fn shipped(rule: &Rule, on: bool) -> Value {
    json!({
        "id": rule.name, "shared": true, "fixed": true, "language": rule.language, "words": rule.words,
        "hint": rule.hint, "enabled": on,
    })
}

fn labels(kept: &Kept) -> Vec<Value> {
    kept.labels.iter().map(|(label, count)| json!({ "label": label, "count": count })).collect()
}

fn department(department: &Department) -> Value {
    let mut json = json!({
        "name": department.name, "open": department.open.open, "hours": department.hours,
        "target": { "seconds": department.target.0, "share": department.target.1 },
    });
    if let Some((to, after)) = &department.overflow {
        json["overflow"] = json!({ "to": to, "after_minutes": after });
    }
    if let Some(most) = department.max_waiting {
        json["max_waiting"] = json!(most);
    }
    if !department.languages.is_empty() {
        json["languages"] = json!(department.languages.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    if let Some(at) = department.open.opens_at {
        json["opens_at"] = json!(at.0);
    }
    if let Some(paused) = &department.paused {
        json["paused"] = json!({ "since": paused.at.0, "reason": paused.reason, "by": paused.by });
    }
    json
}

/// What `{{ … }}` stands for in a canned reply, beside `visitor.name` and `agent.name`, which the console knows.
fn variables(edge: &Edge) -> Value {
    let content = edge.desk.content();
    let mut all: serde_json::Map<String, Value> =
        content.settings.variables.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    all.insert("shop".to_owned(), json!(content.settings.name));
    Value::Object(all)
}

/// A body of this kind, whole or not at all.
async fn body(edge: &Edge, kind: KeepKind, request: Request) -> Result<KeepBody, Refuse> {
    Ok(match kind {
        KeepKind::Canned => KeepBody::Canned(json_body::<Canned>(edge, request).await?),
        KeepKind::Macros => KeepBody::Macro(json_body::<Macro>(edge, request).await?),
        KeepKind::Views => KeepBody::View(json_body::<SavedView>(edge, request).await?),
        KeepKind::Wording => KeepBody::Wording(json_body::<Wording>(edge, request).await?),
    })
}

/// What is not sound was not understood; a name that is taken, or one too many, is a conflict.
fn refused(error: DeskError) -> Refuse {
    match error {
        DeskError::Refused(Refusal::Invalid) => Refuse::INVALID,
        DeskError::Conflict => Refuse::CONFLICT,
        other => other.into(),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whose {
    #[serde(default)]
    shared: bool,
}

async fn add(
    kind: KeepKind,
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    query: Result<Query<Whose>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Keep).await?;
    let Query(Whose { shared }) = query.map_err(|_| Refuse::INVALID)?;
    let body = body(&edge, kind, request).await?;
    let owner = (!shared).then_some(by.id);
    let id = edge.desk.add_keep(&by, owner, body).await.map_err(refused)?;
    Ok((StatusCode::CREATED, Json(json!({ "id": id.to_string() }))).into_response())
}

async fn change(
    kind: KeepKind,
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Keep).await?;
    let body = body(&edge, kind, request).await?;
    let what: Named = id.parse().map_err(|()| Refuse::NOT_FOUND)?;
    edge.desk.change_keep(&by, what, body).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn remove(
    kind: KeepKind,
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Keep).await?;
    let what: Named = id.parse().map_err(|()| Refuse::NOT_FOUND)?;
    edge.desk.remove_keep(&by, kind, what).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
