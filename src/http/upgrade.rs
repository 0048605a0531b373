//! From a request to a socket: who may, and how.

use std::sync::{Arc, Once};

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use metrics::counter;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::Edge;
use super::device::Device;
use super::error::Refuse;
use super::origin::{self, Origin, Peer};
use super::socket::Socket;
use super::stream::Stream;
use super::visitor::Home;
use super::{agent, auth, rates, visitor};
use crate::desk::Load;
use crate::protocol::{AGENT_FRAME, VISITOR_FRAME};
use crate::queue::Block;

pub(super) fn routes() -> Router<Arc<Edge>> {
    let routes = Router::new().route("/ws", get(for_visitors)).route("/ws/agent", get(for_agents));
    #[cfg(feature = "echo")]
    let routes = routes.route("/echo", get(for_suites));
    routes
}

/// Largest message of a suite: 16 MiB and its frame's header.
#[cfg(feature = "echo")]
const SUITE_FRAME: usize = 17 << 20;

#[cfg(feature = "echo")]
async fn for_suites(State(edge): State<Arc<Edge>>, request: Request) -> Response {
    let Some(key) = key(request.headers()) else { return required() };
    upgrade(edge, request, &key, SUITE_FRAME, |_, socket| socket.echo())
}

async fn for_visitors(State(edge): State<Arc<Edge>>, Extension(peer): Extension<Peer>, request: Request) -> Response {
    let Some(key) = key(request.headers()) else { return required() };
    let Origin::From(home) = origin::origin(&edge.config, &edge.desk.sites(), request.headers(), peer) else {
        return Refuse::FORBIDDEN.into_response();
    };
    if edge.desk.busy() >= Load::Crowded {
        return crowded();
    }
    let from = client(&edge, request.headers(), peer);
    let device = Device::of(request.headers());
    upgrade(edge, request, &key, VISITOR_FRAME, move |edge, socket| visitor::serve(edge, socket, home, from, device))
}

async fn for_agents(State(edge): State<Arc<Edge>>, Extension(peer): Extension<Peer>, request: Request) -> Response {
    let Some(key) = key(request.headers()) else { return required() };
    // A socket carries the cookie wherever its page comes from: only this server's own pages may open it.
    if origin::origin(&edge.config, &[], request.headers(), peer) != Origin::From(Home::Own) {
        return Refuse::FORBIDDEN.into_response();
    }
    let token = auth::cookie(request.headers(), origin::is_https(&edge.config, request.headers(), peer));
    let from = origin::client(&edge.config, request.headers(), peer);
    upgrade(edge, request, &key, AGENT_FRAME, move |edge, socket| agent::serve(edge, socket, token, from))
}

/// Too much to do for one more.
pub(super) fn crowded() -> Response {
    counter!("upgrades_refused_total").increment(1);
    // Not all at the same time again.
    Refuse::unavailable(2 + super::random() % 4).into_response()
}

/// Where a visitor comes from. Behind a proxy that is not trusted all have one address, which is worth a word.
pub(super) fn client(edge: &Edge, headers: &HeaderMap, peer: Peer) -> Option<Block> {
    static TOLD: Once = Once::new();
    let address = origin::client(&edge.config, headers, peer);
    if address == peer.0.to_canonical() && headers.contains_key("x-forwarded-for") {
        TOLD.call_once(|| {
            tracing::warn!(%address, "a proxy that is not in trusted_proxies: its visitors count as one address");
        });
    }
    rates::block(address)
}

/// The handshake's key, if it is one (RFC 6455, section 4.2.1).
fn key(headers: &HeaderMap) -> Option<String> {
    let has = |name: HeaderName, wanted: &str| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|v| v.split(','))
            .any(|v| v.trim().eq_ignore_ascii_case(wanted))
    };
    let asks = has(header::CONNECTION, "upgrade")
        && has(header::UPGRADE, "websocket")
        && has(header::SEC_WEBSOCKET_VERSION, "13");
    let mut keys = headers.get_all(header::SEC_WEBSOCKET_KEY).iter();
    let (key, None) = (keys.next()?.to_str().ok()?, keys.next()) else { return None };
    // 16 bytes as base64.
    let (text, end) = key.split_at_checked(22)?;
    let fits = end == "==" && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/');
    (asks && fits).then(|| key.to_owned())
}

fn required() -> Response {
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("upgrade")),
        (header::SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13")),
    ];
    (StatusCode::UPGRADE_REQUIRED, headers).into_response()
}

fn upgrade<F, S>(edge: Arc<Edge>, mut request: Request, key: &str, frame_bytes: usize, serve: F) -> Response
where
    F: FnOnce(Arc<Edge>, Socket) -> S + Send + 'static,
    S: Future<Output = ()> + Send,
{
    if request.method() != Method::GET {
        return Refuse::METHOD.into_response();
    }
    if edge.draining.is_cancelled() {
        return Refuse::unavailable(5).into_response();
    }
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else { return required() };
    // Nothing of the request is needed any more: a socket may stay for a day.
    drop(request);
    let sessions = edge.sessions.clone();
    sessions.spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let (stream, ahead) = {
            let Ok(parts) = upgraded.downcast::<TokioIo<Stream>>() else { return };
            // A copy: what was read ahead keeps the whole buffer of the request, which must not stay as long as the socket.
            let ahead = parts.read_buf.to_vec();
            (parts.io.into_inner(), ahead)
        };
        let socket = Socket::new(stream, ahead, frame_bytes, &edge.config.socket).await;
        let _counted = Counted::new();
        serve(edge, socket).await;
    });
    let headers = [
        (header::UPGRADE, HeaderValue::from_static("websocket")),
        (header::CONNECTION, HeaderValue::from_static("Upgrade")),
        (
            header::SEC_WEBSOCKET_ACCEPT,
            HeaderValue::try_from(derive_accept_key(key.as_bytes())).unwrap_or(HeaderValue::from_static("")),
        ),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

/// An open socket, for the gauge.
pub(super) struct Counted;

impl Counted {
    pub(super) fn new() -> Self {
        metrics::gauge!("ws_connections").increment(1.0);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        metrics::gauge!("ws_connections").decrement(1.0);
    }
}
