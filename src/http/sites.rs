//! Sites that may show the widget, for admins. Keys that they sign with come from files and commands, never from here.

use std::sync::Arc;

use axum::extract::{Extension, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Edge;
use super::auth::{self, json_body};
use super::error::Refuse;
use super::origin::{self, Peer};
use crate::config;
use crate::desk::Action;
use crate::store::Site;

/// Longest name, characters; most origins of a site.
const NAME: usize = 64;
const ORIGINS: usize = 50;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new().route("/api/v1/sites", get(sites).post(add)).route("/api/v1/sites/{name}", delete(remove))
}

async fn sites(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    auth::person(&edge, &headers, peer, Action::Sites).await?;
    let configured = edge.config.sites.iter().map(|s| json!({ "name": s.name, "origins": s.origins, "fixed": true }));
    let added = edge.desk.sites();
    let all: Vec<Value> = configured.chain(added.iter().map(shown)).collect();
    Ok(Json(json!({ "sites": all })).into_response())
}

fn shown(site: &Site) -> Value {
    let mut json = json!({ "name": site.name, "origins": site.origins });
    if let Some(key) = &site.key {
        json["identity"] = json!({ "alg": key.algorithm(), "fingerprint": key.fingerprint() });
    }
    json
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    name: String,
    origins: Vec<String>,
}

async fn add(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Sites).await?;
    let Add { name, origins } = json_body(&edge, request).await?;
    let named =
        (1..=NAME).contains(&name.chars().count()) && name.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c));
    let fine = (1..=ORIGINS).contains(&origins.len()) && origins.iter().all(|o| config::is_origin(o));
    if !named || !fine {
        return Err(Refuse::INVALID);
    }
    let address = origin::client(&edge.config, &headers, peer);
    // What the configuration says is changed there.
    if edge.config.sites.iter().any(|s| s.name == name) || !edge.desk.add_site(&by, address, name, origins).await? {
        return Err(Refuse::CONFLICT);
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn remove(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    origin::own_request(&edge.config, &headers, peer)?;
    let by = auth::person(&edge, &headers, peer, Action::Sites).await?;
    edge.desk.remove_site(&by, origin::client(&edge.config, &headers, peer), &name).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
