//! One's own login: sessions, second factor.

use std::sync::Arc;

use axum::extract::{Extension, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Edge;
use super::auth::{self, json_body};
use super::error::Refuse;
use super::origin::{self, Peer};
use crate::desk::{Account, Action, Actor, DeskError, LoginError, On, may};
use crate::store::{Session, SessionId};
use crate::types::AgentId;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/v1/sessions", get(sessions))
        .route("/api/v1/sessions/{id}", delete(end_session))
        .route("/api/v1/password", post(change_password))
        .route("/api/v1/second-factor", post(begin))
        .route("/api/v1/second-factor/confirm", post(confirm))
        .route("/api/v1/second-factor/remove", post(remove))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionsQuery {
    person: Option<String>,
}

async fn sessions(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    query: Result<Query<SessionsQuery>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    let account = auth::account(&edge, &headers, peer, Action::Account).await?;
    let Query(SessionsQuery { person }) = query.map_err(|_| Refuse::INVALID)?;
    let of = match person.as_deref() {
        None => Some(account.person.id),
        Some(_) if !sees_all(&account) => return Err(Refuse::FORBIDDEN),
        Some("all") => None,
        Some(id) => Some(id.parse::<AgentId>().map_err(|_| Refuse::INVALID)?),
    };
    let list = edge.desk.sessions(of).await?;
    let list: Vec<Value> = list.iter().map(|s| shown(&edge, &account, s)).collect();
    Ok(Json(json!({ "sessions": list })).into_response())
}

fn shown(edge: &Edge, account: &Account, s: &Session) -> Value {
    json!({
        "id": s.id.to_string(), "person": s.person.to_string(), "name": edge.desk.name_of(s.person),
        "device": s.device, "address": s.address, "since": s.since.0, "seen": s.seen.0, "until": s.until.0,
        "current": s.id == account.session,
    })
}

fn sees_all(account: &Account) -> bool {
    !account.must_enroll && may(&Actor::Person(Arc::clone(&account.person)), Action::Sessions, On::Any)
}

async fn end_session(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    origin::own_request(&edge.config, &headers, peer)?;
    let account = auth::account(&edge, &headers, peer, Action::Account).await?;
    let id: SessionId = id.parse().map_err(|()| Refuse::NOT_FOUND)?;
    // Whose it is is a condition of the very write: another's and nobody's are one answer after one piece of work.
    let of = (!sees_all(&account)).then_some(account.person.id);
    edge.desk.end_session(&account, id, of, origin::client(&edge.config, &headers, peer)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    password: String,
    new: String,
}

/// All other sessions of the person end, their sockets too.
async fn change_password(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let (account, headers, NewPassword { password, new }) = own::<NewPassword>(&edge, peer, request).await?;
    right_password(&edge, &account, &headers, peer, &password).await?;
    edge.desk.change_password(&account, origin::client(&edge.config, &headers, peer), &new).await.map_err(refuse)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Confirm {
    code: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    password: String,
    code: String,
}

async fn begin(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let (account, headers, Begin { password }) = own::<Begin>(&edge, peer, request).await?;
    right_password(&edge, &account, &headers, peer, &password).await?;
    let address = origin::client(&edge.config, &headers, peer);
    let enrollment = edge.desk.begin_factor(&account, address).await.map_err(refuse)?;
    let picture = enrollment.picture.map(|(size, path)| json!({ "size": size, "path": path }));
    let answer = json!({ "secret": enrollment.secret, "uri": enrollment.uri, "picture": picture });
    Ok(Json(answer).into_response())
}

async fn confirm(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let (account, headers, Confirm { code }) = own::<Confirm>(&edge, peer, request).await?;
    edge.throttle.enter_code(&account.person.email, Instant::now()).map_err(Refuse::rate)?;
    let address = origin::client(&edge.config, &headers, peer);
    let codes = edge.desk.confirm_factor(&account, &code, address).await.map_err(refuse)?;
    edge.throttle.right_code(&account.person.email);
    Ok(Json(json!({ "recovery": codes })).into_response())
}

async fn remove(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let (account, headers, Remove { password, code }) = own::<Remove>(&edge, peer, request).await?;
    right_password(&edge, &account, &headers, peer, &password).await?;
    edge.throttle.enter_code(&account.person.email, Instant::now()).map_err(Refuse::rate)?;
    let address = origin::client(&edge.config, &headers, peer);
    edge.desk.remove_factor(&account, &code, address).await.map_err(refuse)?;
    edge.throttle.right_code(&account.person.email);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A request of this server's own pages that changes one's own account.
async fn own<T: serde::de::DeserializeOwned>(
    edge: &Edge,
    peer: Peer,
    request: Request,
) -> Result<(Account, HeaderMap, T), Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let account = auth::account(edge, &headers, peer, Action::Account).await?;
    let body = json_body(edge, request).await?;
    Ok((account, headers, body))
}

/// A stolen session is not enough to change how its owner logs in. Guesses count as logins do.
async fn right_password(
    edge: &Edge,
    account: &Account,
    headers: &HeaderMap,
    peer: Peer,
    password: &str,
) -> Result<(), Refuse> {
    let from = (origin::client(&edge.config, headers, peer), account.person.email.clone());
    edge.throttle.enter(&from, true, Instant::now()).map_err(Refuse::rate)?;
    match edge.desk.confirm_password(&account.person, password).await {
        Ok(()) => {
            edge.throttle.succeeded(&from);
            Ok(())
        }
        Err(LoginError::Busy | LoginError::Storage) => Err(Refuse::unavailable(2)),
        Err(LoginError::Wrong | LoginError::WrongCode | LoginError::NeedsCode) => Err(Refuse::FORBIDDEN),
    }
}

fn refuse(error: DeskError) -> Refuse {
    if error == DeskError::Conflict { Refuse::CONFLICT } else { error.into() }
}
