//! A WebSocket with an outbox: bounded, and written while the next frame is awaited, all in one task.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Sink, SinkExt as _, Stream as _, StreamExt};
use metrics::counter;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::fallback::Pipe;
use super::stream::{Guard, Stream, Violation};
use crate::config::{self, ms};
use crate::fault;
use crate::protocol::{ClientFrame, CloseCode, ErrorCode, ServerFrame, VERSION};

/// A client has this long to answer a close.
const FAREWELL_MS: u64 = 2_000;

/// Unreadable frames until the socket is closed.
const STRIKES: u32 = 3;

/// Why a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The client left, or the line is dead.
    Gone,
    /// The server says why.
    Code(u16),
}

impl From<CloseCode> for End {
    fn from(code: CloseCode) -> Self {
        Self::Code(code as u16)
    }
}

/// What a socket has to tell.
pub(super) enum Incoming {
    /// A frame that could be read.
    Frame(Box<ClientFrame>),
    /// The outbox has room again.
    Room,
}

/// What carries the messages.
#[expect(clippy::large_enum_variant, reason = "nearly every line is the large one")]
enum Line {
    WebSocket(WebSocketStream<Guard<Stream>>),
    /// Seldom: not to make every socket larger.
    Http(Box<Pipe>),
}

impl futures_util::Stream for Line {
    type Item = Result<Message, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut *self {
            Self::WebSocket(ws) => Pin::new(ws).poll_next(cx),
            Self::Http(pipe) => Pin::new(pipe).poll_next(cx),
        }
    }
}

impl Sink<Message> for Line {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match &mut *self {
            Self::WebSocket(ws) => Pin::new(ws).poll_ready(cx),
            Self::Http(pipe) => Pin::new(pipe).poll_ready(cx),
        }
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), Error> {
        match &mut *self {
            Self::WebSocket(ws) => Pin::new(ws).start_send(message),
            Self::Http(pipe) => Pin::new(pipe).start_send(message),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match &mut *self {
            Self::WebSocket(ws) => Pin::new(ws).poll_flush(cx),
            Self::Http(pipe) => Pin::new(pipe).poll_flush(cx),
        }
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        match &mut *self {
            Self::WebSocket(ws) => Pin::new(ws).poll_close(cx),
            Self::Http(pipe) => Pin::new(pipe).poll_close(cx),
        }
    }
}

/// See the module.
pub(super) struct Socket {
    ws: Line,
    waiting: VecDeque<Utf8Bytes>,
    waiting_bytes: usize,
    most_frames: usize,
    most_bytes: usize,
    unflushed: bool,
    heard: Instant,
    /// Since when the client has always written more than was read of it.
    ahead: Option<Instant>,
    strikes: u32,
}

impl Socket {
    /// After the handshake. `ahead` was read already, `frame_bytes` is the largest message.
    pub(super) async fn new(stream: Stream, ahead: Vec<u8>, frame_bytes: usize, config: &config::Socket) -> Self {
        let limits = WebSocketConfig::default()
            // The defaults would cost 128 KiB a connection, and without a bound pongs to a client that never reads
            // took 1.8 GiB in six seconds.
            // Most frames of a chat fit; for a longer one the library makes room.
            .read_buffer_size(2 * 1024)
            .write_buffer_size(4 * 1024)
            .max_write_buffer_size(frame_bytes.max(256 * 1024))
            .max_message_size(Some(frame_bytes))
            .max_frame_size(Some(frame_bytes));
        let guard = Guard::new(stream, &ahead, config.frames_per_second, config.pings_per_second);
        Self::over(
            Line::WebSocket(WebSocketStream::from_partially_read(guard, ahead, Role::Server, Some(limits)).await),
            config,
        )
    }

    /// Where sockets are blocked.
    pub(super) fn over_http(pipe: Pipe, config: &config::Socket) -> Self {
        Self::over(Line::Http(Box::new(pipe)), config)
    }

    fn over(ws: Line, config: &config::Socket) -> Self {
        Self {
            ws,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            most_frames: config.outbox_frames,
            most_bytes: config.outbox_bytes,
            unflushed: false,
            heard: Instant::now(),
            ahead: None,
            strikes: 0,
        }
    }

    /// When something was heard of the client last.
    pub(super) const fn heard(&self) -> Instant {
        self.heard
    }

    /// Since when the client is in the middle of a message.
    pub(super) fn within(&self) -> Option<Instant> {
        match &self.ws {
            Line::WebSocket(ws) => ws.get_ref().within(),
            Line::Http(_) => None,
        }
    }

    /// How long the frame that was read last may have waited for that: so long the client has always been ahead. A
    /// frame that was awaited has not waited.
    pub(super) fn waited(&self) -> Duration {
        self.ahead.map_or(Duration::ZERO, |since| self.heard.duration_since(since))
    }

    /// Whether less than half of the outbox is taken: beyond that nothing is added that can wait or be left out.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() * 2 < self.most_frames && self.waiting_bytes * 2 < self.most_bytes
    }

    /// Puts a frame into the outbox.
    ///
    /// # Errors
    /// [`CloseCode::Slow`] where it is full: nothing durable is lost, the client resumes.
    pub(super) fn push(&mut self, frame: &ServerFrame) -> Result<(), End> {
        let Ok(text) = serde_json::to_string(frame) else {
            return Err(End::Code(1011));
        };
        counter!("ws_frames_total", "dir" => "out", "type" => name_of(frame)).increment(1);
        if !self.waiting.is_empty()
            && (self.waiting.len() >= self.most_frames || self.waiting_bytes + text.len() > self.most_bytes)
        {
            counter!("outbox_overflow_total").increment(1);
            return Err(CloseCode::Slow.into());
        }
        self.waiting_bytes += text.len();
        self.waiting.push_back(text.into());
        Ok(())
    }

    /// Puts a frame into the outbox if there is plenty of room: for what is out of date soon anyway.
    ///
    /// # Errors
    /// As [`Socket::push`].
    pub(super) fn push_lossy(&mut self, frame: &ServerFrame) -> Result<(), End> {
        if self.has_room() { self.push(frame) } else { Ok(()) }
    }

    /// The next frame; writes the outbox meanwhile. With `room`, also tells when there is room again.
    /// Nothing is read from a client that does not take what it asked for before. Safe to cancel.
    ///
    /// # Errors
    /// Why the session ends.
    pub(super) async fn recv(&mut self, room: bool) -> Result<Incoming, End> {
        loop {
            let Some(text) = poll_fn(|cx| self.poll(cx, room)).await? else { return Ok(Incoming::Room) };
            match read(&text) {
                Ok(frame) => return Ok(Incoming::Frame(Box::new(frame))),
                Err(bad) => self.strike(bad)?,
            }
        }
    }

    /// Writes what waits, as far as the client takes it.
    pub(super) async fn flush(&mut self) -> Result<(), End> {
        poll_fn(|cx| match self.poll_write(cx) {
            Ok(true) => Poll::Ready(Ok(())),
            Ok(false) => Poll::Pending,
            Err(end) => Poll::Ready(Err(end)),
        })
        .await
    }

    fn strike(&mut self, bad: Unreadable) -> Result<(), End> {
        if bad.version {
            self.push(&ServerFrame::Err { code: ErrorCode::Version, rid: None, after_ms: None })?;
            return Err(CloseCode::Version.into());
        }
        self.strikes += 1;
        self.push(&ServerFrame::Err { code: ErrorCode::Invalid, rid: bad.rid, after_ms: None })?;
        if self.strikes >= STRIKES { Err(CloseCode::BadFrame.into()) } else { Ok(()) }
    }

    fn poll(&mut self, cx: &mut Context<'_>, room: bool) -> Poll<Result<Option<Utf8Bytes>, End>> {
        let written = self.poll_write(cx)?;
        let has_room = self.has_room();
        if room && has_room {
            return Poll::Ready(Ok(None));
        }
        // Whoever does not take what it asked for is not asked what else it wants.
        if !written {
            return Poll::Pending;
        }
        loop {
            let message = match Pin::new(&mut self.ws).poll_next(cx) {
                Poll::Pending => {
                    self.ahead = None;
                    return Poll::Pending;
                }
                Poll::Ready(None) => return Poll::Ready(Err(End::Gone)),
                Poll::Ready(Some(Err(error))) => return Poll::Ready(Err(end_of(&error))),
                Poll::Ready(Some(Ok(message))) => message,
            };
            self.heard = Instant::now();
            self.ahead.get_or_insert(self.heard);
            match message {
                Message::Text(text) => return Poll::Ready(Ok(Some(text))),
                Message::Binary(_) => return Poll::Ready(Err(End::Code(1003))),
                Message::Close(_) => return Poll::Ready(Err(End::Gone)),
                // The library has answered already.
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Whether everything is written.
    fn poll_write(&mut self, cx: &mut Context<'_>) -> Result<bool, End> {
        let mut ws = Pin::new(&mut self.ws);
        while !self.waiting.is_empty() {
            match ws.as_mut().poll_ready(cx) {
                Poll::Pending => return Ok(false),
                Poll::Ready(Err(error)) => return Err(end_of(&error)),
                Poll::Ready(Ok(())) => {}
            }
            let Some(text) = self.waiting.pop_front() else { break };
            self.waiting_bytes -= text.len();
            self.unflushed = true;
            ws.as_mut().start_send(Message::Text(text)).map_err(|e| end_of(&e))?;
        }
        if self.unflushed {
            match ws.poll_flush(cx) {
                Poll::Pending => return Ok(false),
                Poll::Ready(Err(error)) => return Err(end_of(&error)),
                Poll::Ready(Ok(())) => self.unflushed = false,
            }
        }
        Ok(true)
    }

    /// Says why, and waits a little for the client to hear it. What waits in the outbox is written first where there
    /// is not much of it: an `err` that explains the close.
    pub(super) async fn close(mut self, end: End) {
        let End::Code(code) = end else {
            // The answer to the client's own close: to say another one the library refuses, and leaves it unsaid.
            let _ = timeout(ms(FAREWELL_MS), poll_fn(|cx| Pin::new(&mut self.ws).poll_close(cx))).await;
            return;
        };
        counter!("ws_closed_total", "code" => code.to_string()).increment(1);
        let slow = code == CloseCode::Slow as u16;
        let frame = CloseFrame { code: code.into(), reason: Utf8Bytes::from_static("") };
        let farewell = async {
            if !slow && self.flush().await.is_err() {
                return;
            }
            if code == CloseCode::Restart as u16 {
                fault::pause("drain_mid_flush").await;
            }
            if self.ws.send(Message::Close(Some(frame))).await.is_ok() {
                // A reset instead of an orderly end would take the code away from the client again.
                while let Some(Ok(_)) = self.ws.next().await {}
            }
        };
        let _ = timeout(ms(FAREWELL_MS), farewell).await;
    }
}

#[cfg(feature = "echo")]
impl Socket {
    /// Says back what it hears until either side ends it: the same stream, settings and farewell as every socket, under a
    /// suite that knows nothing of this protocol.
    pub(super) async fn echo(mut self) {
        if let Line::WebSocket(ws) = &mut self.ws {
            ws.get_mut().unlimited();
        }
        let end = loop {
            match self.ws.next().await {
                Some(Ok(said @ (Message::Text(_) | Message::Binary(_)))) => {
                    if let Err(error) = self.ws.send(said).await {
                        break end_of(&error);
                    }
                }
                Some(Ok(Message::Close(_))) | None => break End::Gone,
                Some(Ok(_)) => {}
                Some(Err(error)) => break end_of(&error),
            }
        };
        self.close(end).await;
    }
}

fn end_of(error: &Error) -> End {
    match error {
        Error::Io(io) => match io.get_ref().and_then(|e| e.downcast_ref::<Violation>()) {
            Some(Violation::Frames) => CloseCode::Rate.into(),
            Some(Violation::Pings | Violation::Fragments) => End::Code(1008),
            Some(Violation::Crowd) => End::Code(1013),
            None if io.kind() == std::io::ErrorKind::TimedOut => CloseCode::Slow.into(),
            None => End::Gone,
        },
        Error::Capacity(CapacityError::MessageTooLong { .. }) => End::Code(1009),
        Error::Utf8(_) => End::Code(1007),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Gone,
        Error::Protocol(_) => End::Code(1002),
        _ => End::Gone,
    }
}

/// What can be said of a frame that is not understood.
#[derive(Debug, PartialEq, Eq)]
struct Unreadable {
    rid: Option<String>,
    version: bool,
}

fn read(text: &str) -> Result<ClientFrame, Unreadable> {
    match serde_json::from_str::<ClientFrame>(text) {
        Ok(ClientFrame::Hello(hello)) if hello.v != VERSION => Err(Unreadable { rid: None, version: true }),
        Ok(frame) => {
            counter!("ws_frames_total", "dir" => "in", "type" => kind_of(&frame)).increment(1);
            Ok(frame)
        }
        Err(_) => {
            #[derive(serde::Deserialize)]
            struct Peek {
                #[serde(rename = "type")]
                kind: Option<String>,
                v: Option<u32>,
                rid: Option<String>,
            }
            counter!("ws_frames_total", "dir" => "in", "type" => "unreadable").increment(1);
            let peek: Option<Peek> = serde_json::from_str(text).ok();
            let version =
                peek.as_ref().is_some_and(|p| p.kind.as_deref() == Some("hello") && p.v.is_some_and(|v| v != VERSION));
            Err(Unreadable { rid: peek.and_then(|p| p.rid).filter(|r| r.len() <= 64), version })
        }
    }
}

const fn kind_of(frame: &ClientFrame) -> &'static str {
    match frame {
        ClientFrame::Hello(_) => "hello",
        ClientFrame::Send(_) => "send",
        ClientFrame::Fetch { .. } => "fetch",
        ClientFrame::Read { .. } => "read",
        ClientFrame::Typing { .. } => "typing",
        ClientFrame::Ping { .. } => "ping",
        ClientFrame::Handoff { .. } => "handoff",
        ClientFrame::End { .. } => "end",
        ClientFrame::Visit { .. } => "visit",
        ClientFrame::Identify { .. } => "identify",
        ClientFrame::Watch { .. } => "watch",
        ClientFrame::Open { .. } => "open",
        ClientFrame::Claim { .. } => "claim",
        ClientFrame::Decline { .. } => "decline",
        ClientFrame::Assign { .. } => "assign",
        ClientFrame::Mark { .. } => "mark",
        ClientFrame::Look { .. } => "look",
        ClientFrame::Reopen { .. } => "reopen",
        ClientFrame::Release { .. } => "release",
        ClientFrame::Transfer { .. } => "transfer",
        ClientFrame::Resolve { .. } => "resolve",
        ClientFrame::Note { .. } => "note",
        ClientFrame::Presence { .. } => "presence",
    }
}

const fn name_of(frame: &ServerFrame) -> &'static str {
    match frame {
        ServerFrame::Welcome(_) => "welcome",
        ServerFrame::Ack { .. } => "ack",
        ServerFrame::Nack { .. } => "nack",
        ServerFrame::Ev(_) => "ev",
        ServerFrame::Res(_) => "res",
        ServerFrame::Queue { .. } => "queue",
        ServerFrame::Resync { .. } => "resync",
        ServerFrame::Typing { .. } => "typing",
        ServerFrame::Presence { .. } => "presence",
        ServerFrame::Read { .. } => "read",
        ServerFrame::Page { .. } => "page",
        ServerFrame::Conversation(_) => "conversation",
        ServerFrame::Notice { .. } => "notice",
        ServerFrame::Offer { .. } => "offer",
        ServerFrame::Looking { .. } => "looking",
        ServerFrame::Desk { .. } => "desk",
        ServerFrame::Pong { .. } => "pong",
        ServerFrame::Drain { .. } => "drain",
        ServerFrame::Err { .. } => "err",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_protocol_names_is_read() {
        let bad = |t: &str| read(t).err();
        let plain = Some(Unreadable { rid: None, version: false });
        for text in [
            "",
            "null",
            "[]",
            "{}",
            "{\"type\":\"nonsense\"}",
            "{\"type\":\"ping\"}",
            "{\"type\":\"ping\",\"n\":-1}",
            "{\"type\":\"ping\",\"n\":1,\"n\":2}",
            "{\"type\":\"ping\",\"n\":1,\"more\":true}",
            "{\"type\":\"typing\",\"on\":true,\"preview\":\"\\ud800\"}",
            "{\"type\":\"send\",\"cmid\":\"x\",\"kind\":\"text\",\"body\":{\"html\":\"x\"}}",
            "{\"type\":\"hello\",\"v\":1,\"device\":\"x\",\"cookie\":\"y\"}",
        ] {
            assert_eq!(bad(text), plain, "{text}");
        }
        assert_eq!(bad(&"[".repeat(10_000)), plain);
        assert_eq!(
            bad("{\"type\":\"watch\",\"rid\":\"r1\",\"view\":\"x\"}"),
            Some(Unreadable { rid: Some("r1".into()), version: false })
        );
        let future = Some(Unreadable { rid: None, version: true });
        assert_eq!(bad("{\"type\":\"hello\",\"v\":2,\"device\":\"x\"}"), future);
        assert_eq!(bad("{\"type\":\"hello\",\"v\":2,\"device\":\"x\",\"new\":1}"), future);
        assert_eq!(read("{\"type\":\"ping\",\"n\":7}"), Ok(ClientFrame::Ping { n: 7 }));
    }
}
