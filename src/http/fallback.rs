//! The visitor's protocol over plain HTTP, for networks and page rules that keep WebSockets out.
//!
//! `POST /api/v1/stream` answers with a body that does not end: one frame a line, the first line a secret name of the
//! stream. `POST /api/v1/stream/send` takes that name on its first line, and frames on those that follow. The session
//! behind it is the same as behind a socket. A last line `{"type":"close","code":…}` says what a close frame would.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::{Sink, Stream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_util::sync::PollSender;

use super::device::Device;
use super::error::Refuse;
use super::origin::Peer;
use super::socket::Socket;
use super::stream::{Bucket, Violation};
use super::visitor::{self, Home};
use super::{Edge, cross, upgrade};
use crate::config::{self, ms};
use crate::desk::Load;
use crate::protocol::VISITOR_FRAME;

/// Frames on their way in either direction.
const FRAMES: usize = 16;

/// A session that does not take a frame in this time has too much to do.
const PATIENCE: Duration = Duration::from_secs(5);

/// Length of a stream's name: 256 bits in hex.
const NAME: usize = 64;

pub(super) fn routes(edge: &Arc<Edge>) -> Router<Arc<Edge>> {
    Router::new()
        .route("/api/v1/stream", post(open).options(cross::asked))
        .route("/api/v1/stream/send", post(send).options(cross::asked))
        .route_layer(from_fn_with_state(Arc::clone(edge), cross::for_widgets))
}

/// The streams that are open, by name.
#[derive(Default)]
pub(super) struct Streams {
    open: Mutex<HashMap<String, mpsc::Sender<Utf8Bytes>>>,
}

impl Streams {
    fn enter(self: &Arc<Self>) -> Option<(Named, mpsc::Receiver<Utf8Bytes>)> {
        let mut secret = [0; NAME / 2];
        getrandom::fill(&mut secret).ok()?;
        let mut name = String::with_capacity(NAME);
        for byte in secret {
            let _ = write!(name, "{byte:02x}");
        }
        let (to, from) = mpsc::channel(FRAMES);
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone(), to);
        Some((Named { streams: Arc::clone(self), name }, from))
    }

    fn get(&self, name: &str) -> Option<mpsc::Sender<Utf8Bytes>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// A stream's name, forgotten when it ends: with it goes the only way in, which the session takes for the client's end.
struct Named {
    streams: Arc<Streams>,
    name: String,
}

impl Drop for Named {
    fn drop(&mut self) {
        self.streams.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}

/// What the client reads.
struct Down {
    lines: mpsc::Receiver<Bytes>,
    _named: Named,
}

impl Stream for Down {
    type Item = Result<Bytes, std::convert::Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.lines.poll_recv(cx).map(|line| line.map(Ok))
    }
}

/// Both directions, as a session sees them: like a WebSocket.
pub(super) struct Pipe {
    up: mpsc::Receiver<Utf8Bytes>,
    down: PollSender<Bytes>,
    frames: Bucket,
    at: Instant,
}

impl Pipe {
    fn new(up: mpsc::Receiver<Utf8Bytes>, down: mpsc::Sender<Bytes>, limits: &config::Socket) -> Self {
        Self { up, down: PollSender::new(down), frames: Bucket::new(limits.frames_per_second), at: Instant::now() }
    }

    fn count(&mut self, text: &Utf8Bytes) -> Result<(), Error> {
        let now = Instant::now();
        self.frames.refill(now.duration_since(self.at).as_secs_f64());
        self.at = now;
        if !self.frames.take() {
            return Err(Error::Io(std::io::Error::other(Violation::Frames)));
        }
        if text.len() > VISITOR_FRAME {
            return Err(Error::Capacity(CapacityError::MessageTooLong { size: text.len(), max_size: VISITOR_FRAME }));
        }
        Ok(())
    }
}

impl Stream for Pipe {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.up.poll_recv(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Ready(Some(text)) => Poll::Ready(Some(self.count(&text).map(|()| Message::Text(text)))),
        }
    }
}

impl Sink<Message> for Pipe {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.down.poll_reserve(cx).map_err(|_| Error::ConnectionClosed)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        let mut line = match message {
            Message::Text(text) => text.as_str().to_owned(),
            Message::Close(Some(frame)) => {
                format!(r#"{{"type":"close","code":{}}}"#, u16::from(frame.code))
            }
            // Nothing else is ever said.
            _ => return Ok(()),
        };
        line.push('\n');
        self.down.send_item(line.into()).map_err(|_| Error::ConnectionClosed)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.down.close();
        Poll::Ready(Ok(()))
    }
}

async fn open(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    Extension(home): Extension<Home>,
    request: Request,
) -> Response {
    if edge.draining.is_cancelled() {
        return Refuse::unavailable(5).into_response();
    }
    if edge.desk.busy() >= Load::Crowded {
        return upgrade::crowded();
    }
    let from = upgrade::client(&edge, request.headers(), peer);
    let device = Device::of(request.headers());
    drop(request);
    let Some((named, up)) = edge.streams.enter() else { return Refuse::unavailable(1).into_response() };
    let (down, lines) = mpsc::channel(FRAMES);
    // There is room: it is the first.
    let _ = down.try_send(format!("{}\n", named.name).into());
    let socket = Socket::over_http(Pipe::new(up, down, &edge.config.socket), &edge.config.socket);
    let sessions = edge.sessions.clone();
    sessions.spawn(async move {
        let _counted = upgrade::Counted::new();
        visitor::serve(edge, socket, home, from, device).await;
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CACHE_CONTROL, "no-store, no-transform"),
        // A proxy that gathers what it passes on would hold back every word.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Body::from_stream(Down { lines, _named: named })).into_response()
}

async fn send(State(edge): State<Arc<Edge>>, request: Request) -> Result<Response, Refuse> {
    let body = axum::body::to_bytes(request.into_body(), VISITOR_FRAME + NAME + 2);
    let bytes =
        timeout(ms(edge.config.http.body_ms), body).await.map_err(|_| Refuse::SLOW)?.map_err(|_| Refuse::TOO_LARGE)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Refuse::INVALID)?;
    let mut lines = text.lines();
    let stream = lines.next().and_then(|name| edge.streams.get(name)).ok_or(Refuse::NOT_FOUND)?;
    for line in lines.filter(|line| !line.is_empty()) {
        // In the order of the lines; the client sends one request after the other.
        let sent = timeout(PATIENCE, stream.send(line.into())).await.map_err(|_| Refuse::unavailable(1))?;
        sent.map_err(|_| Refuse::NOT_FOUND)?;
    }
    Ok(StatusCode::NO_CONTENT.into_response())
}
