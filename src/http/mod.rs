//! Who is talking to us? Sockets, pages, login, operation.
//!
//! The accept loop is our own: a connection must say its first byte, its header and its body in time, an address has a
//! limit, and an end of the server reaches the sockets too. HTTP/1.1 only; a proxy in front may speak the others.

mod accept;
mod account;
mod agent;
mod api;
mod articles;
mod assets;
mod auth;
mod block;
mod board;
mod cross;
mod device;
mod entries;
mod error;
mod fallback;
mod follow;
mod gaps;
mod headers;
mod help;
mod identity;
mod keeps;
mod notice;
mod ops;
mod origin;
mod packed;
mod people;
mod privacy;
mod rates;
mod registry;
mod rights;
mod session;
mod shape;
mod site;
mod sites;
mod socket;
mod stream;
mod suggest;
mod suggestions;
mod trace;
mod upgrade;
mod visit;
mod visitor;
mod wire;
mod workshop;

pub use assets::{Pinned, pinned};

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::{Config, ms};
use crate::desk::Desk;
use crate::queue;
use crate::redact::Redactor;
use crate::types::{AgentId, VisitorId};

/// Beyond the drain's window, what is still open is cut after this.
const LAST_WAIT: Duration = Duration::from_secs(4);

/// What every request and session needs.
struct Edge {
    desk: Arc<Desk>,
    config: Arc<Config>,
    visitors: registry::Registry<VisitorId>,
    agents: registry::Registry<AgentId>,
    messages: rates::Buckets<VisitorId>,
    caps: rates::Caps,
    /// Of each address: how often articles are asked for.
    readers: rates::Buckets<queue::Block>,
    /// Of each agent: how often the engine is asked.
    suggesters: rates::Buckets<AgentId>,
    throttle: auth::Throttle,
    signatures: identity::Signatures,
    redactor: Redactor,
    /// Files that hold the settings of the content in force.
    written: packed::Shelf,
    /// Open streams over HTTP.
    streams: Arc<fallback::Streams>,
    /// No connection is accepted any more, for whatever reason.
    accepting: CancellationToken,
    /// The server ends.
    draining: CancellationToken,
    /// Sessions, so that the end waits for them.
    sessions: TaskTracker,
}

impl Edge {
    /// What an agent wrote, without what the site does not want to keep, where that is asked of agents too.
    fn of_agents(&self, text: String) -> String {
        if self.config.privacy.redact_agents { self.redactor.redact(&text).into_owned() } else { text }
    }

    fn epoch(&self) -> String {
        format!("{:016x}", self.desk.epoch())
    }
}

/// Starts counting for `/metrics`. [`run`] does so itself; a caller that has something to count before calls this first.
pub fn record_metrics() {
    ops::metrics();
}

/// Serves until `shutdown`, then lets the sockets go within the configured window. The caller owns the listeners.
pub async fn run(
    listener: TcpListener,
    admin: Option<TcpListener>,
    desk: Arc<Desk>,
    config: Arc<Config>,
    shutdown: CancellationToken,
) {
    let metrics = ops::metrics();
    let period = Duration::from_secs(1) / config.socket.messages_per_second.max(1);
    let edge = Arc::new(Edge {
        visitors: registry::Registry::new(),
        agents: registry::Registry::new(),
        messages: rates::Buckets::new(config.socket.message_burst, period),
        caps: rates::Caps::new(&config.http),
        readers: rates::Buckets::new(articles::BURST, articles::PERIOD),
        suggesters: rates::Buckets::new(suggest::BURST, suggest::PERIOD),
        throttle: auth::Throttle::new(&config.login),
        signatures: identity::Signatures::new(&config.sites),
        // What is wrong with it was told when the configuration was read.
        redactor: config.privacy.redactor().unwrap_or_default(),
        written: packed::Shelf::default(),
        streams: Arc::default(),
        accepting: CancellationToken::new(),
        draining: shutdown.clone(),
        sessions: TaskTracker::new(),
        desk,
        config,
    });
    let ends = edge.accepting.clone().drop_guard();
    let accept = accept::serve(listener, routes(&edge), Arc::clone(&edge), shutdown.clone());
    let served = tokio::spawn(async move {
        let _ends = ends;
        accept.await;
    });
    // Health must be told until the very end.
    let ended = CancellationToken::new();
    if let Some(admin) = admin {
        let router = ops::routes(metrics.clone()).with_state(Arc::clone(&edge));
        tokio::spawn(accept::serve(admin, router, Arc::clone(&edge), ended.clone()));
    }
    tokio::spawn(ops::upkeep(metrics, ended.clone()));
    shutdown.cancelled().await;
    edge.sessions.close();
    let window = ms(edge.config.http.drain_ms) + LAST_WAIT;
    let all = async {
        // Connections become sessions, so they are waited for first.
        let _ = served.await;
        edge.sessions.wait().await;
    };
    if tokio::time::timeout(window, all).await.is_err() {
        tracing::warn!(sockets = edge.sessions.len(), "some sockets did not leave in time");
    }
    ended.cancel();
}

fn routes(edge: &Arc<Edge>) -> Router {
    Router::new()
        .merge(upgrade::routes())
        .merge(fallback::routes(edge))
        .merge(auth::routes())
        .merge(account::routes())
        .merge(people::routes())
        .merge(privacy::routes(edge))
        .merge(notice::routes())
        .merge(keeps::routes())
        .merge(suggest::routes())
        .merge(block::routes())
        .merge(board::routes())
        .merge(sites::routes())
        .merge(suggestions::routes())
        .merge(workshop::routes())
        .merge(gaps::routes())
        .merge(api::routes())
        .merge(articles::routes())
        .merge(help::routes())
        .merge(assets::routes())
        .method_not_allowed_fallback(|| async { error::Refuse::METHOD })
        .layer(CatchPanicLayer::custom(|_| {
            use axum::response::IntoResponse;
            error::Refuse::unavailable(1).into_response()
        }))
        .with_state(Arc::clone(edge))
}

/// A random number; not a secret.
fn random() -> u64 {
    getrandom::u64().unwrap_or_default()
}
