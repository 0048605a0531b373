//! What the sessions of visitors and agents have in common: the greeting, the clocks, pages of a log.

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, sleep_until, timeout};

use super::Edge;
use super::entries;
use super::socket::{End, Incoming, Socket};
use super::wire::{self, Reader};
use crate::config::ms;
use crate::conversation::Entry;
use crate::desk::{Actor, Desk, DeskError, Receipt};
use crate::protocol::{ClientFrame, CloseCode, ErrorCode, Ev, FETCH_LIMIT, Hello, Res, ServerFrame};
use crate::store::{Notice, Range, Side};
use crate::types::{ConversationId, Seq};

/// Longest id of a tab, or of a request.
pub(super) const ID_BYTES: usize = 64;

/// Most bytes of text in one page of a log, roughly: a page is one frame, and frames are held in memory whole.
const PAGE_BYTES: usize = 40 * 1024;

/// Pages that are made at once: each is read whole before it is cut.
static PAGES: Semaphore = Semaphore::const_new(16);

/// Waits for `hello`.
///
/// # Errors
/// [`CloseCode::NoHello`] where it does not come in time.
pub(super) async fn greet(edge: &Edge, socket: &mut Socket) -> Result<Hello, End> {
    let hello = async {
        loop {
            if let Incoming::Frame(frame) = socket.recv(false).await? {
                return match *frame {
                    ClientFrame::Hello(hello) if !hello.device.is_empty() && hello.device.len() <= ID_BYTES => {
                        Ok(hello)
                    }
                    ClientFrame::Hello(_) => {
                        socket.push(&error(ErrorCode::Invalid))?;
                        Err(CloseCode::BadFrame.into())
                    }
                    // Whoever says something else first does not speak this protocol.
                    _ => Err(CloseCode::NoHello.into()),
                };
            }
        }
    };
    timeout(ms(edge.config.socket.hello_ms), hello).await.unwrap_or_else(|_| Err(CloseCode::NoHello.into()))
}

/// An `err` that is about no request.
pub(super) const fn error(code: ErrorCode) -> ServerFrame {
    let after_ms = match code {
        ErrorCode::Busy => Some(2_000),
        ErrorCode::Storage => Some(1_000),
        _ => None,
    };
    ServerFrame::Err { code, rid: None, after_ms }
}

/// The store fails at the beginning: come back later.
pub(super) fn later(socket: &mut Socket, e: &DeskError) -> End {
    match socket.push(&error(wire::code(e))) {
        Ok(()) => End::Code(1013),
        Err(end) => end,
    }
}

/// Runs a session. A fault of the program in it ends this session alone, and its client comes back to a new one.
///
/// No `async fn`: that would hold the session twice, as what it was given and as what it waits for.
pub(super) fn guarded(session: impl Future<Output = Result<Infallible, End>>) -> impl Future<Output = End> {
    AssertUnwindSafe(session).catch_unwind().map(|told| match told {
        Ok(Err(end)) => end,
        Err(_) => CloseCode::StateInvalid.into(),
    })
}

/// When to come again where there is too much to do, milliseconds: not everybody at the same time.
pub(super) fn pause() -> u64 {
    1_000 + super::random() % 2_000
}

/// Whether the name of a request can be taken.
pub(super) fn is_rid(rid: &str) -> bool {
    !rid.is_empty() && rid.len() <= ID_BYTES
}

/// What was sent under this name is on disk.
pub(super) fn ack(Receipt { c, seq, at, dup }: Receipt, cmid: String) -> ServerFrame {
    ServerFrame::Ack { mid: wire::mid(c, seq), cmid, c: c.to_string(), seq: seq.0, at: at.0, dup }
}

/// Done.
pub(super) fn done(rid: String) -> Res {
    Res { rid, ok: true, ..Res::default() }
}

/// Not done.
pub(super) fn refused(rid: String, code: ErrorCode) -> Res {
    Res { rid, ok: false, code: Some(code), ..Res::default() }
}

/// A session's clocks.
pub(super) struct Clocks {
    tick: Interval,
    silence: std::time::Duration,
    message: std::time::Duration,
    /// The message that had begun at the last look.
    begun: Option<Instant>,
    drain_at: Option<Instant>,
    notice: watch::Receiver<Option<Arc<Notice>>>,
}

/// What a clock says.
pub(super) enum Beat {
    /// Time to look around.
    Tick,
    /// All visitors are told something else now.
    Notice,
    /// The server ends: tell the client when to come back.
    Drain {
        /// This socket's share.
        after_ms: u64,
        /// Of so long.
        window_ms: u64,
    },
    /// The share is over.
    Leave,
}

impl Clocks {
    /// From now on.
    pub(super) fn new(edge: &Edge) -> Self {
        let limits = &edge.config.socket;
        let mut tick = interval(ms(limits.tick_ms));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let silence = ms(2 * limits.heartbeat_ms + limits.grace_ms);
        Self {
            tick,
            silence,
            message: ms(edge.config.http.body_ms),
            begun: None,
            drain_at: None,
            notice: edge.desk.notice(),
        }
    }

    /// The next beat. Safe to cancel.
    pub(super) async fn beat(&mut self, edge: &Edge) -> Beat {
        match self.drain_at {
            None => tokio::select! {
                _ = self.tick.tick() => Beat::Tick,
                Ok(()) = self.notice.changed() => Beat::Notice,
                () = edge.draining.cancelled() => {
                    let window_ms = edge.config.http.drain_ms;
                    let after_ms = super::random() % window_ms.max(1);
                    self.drain_at = Some(Instant::now() + ms(after_ms));
                    Beat::Drain { after_ms, window_ms }
                }
            },
            Some(at) => tokio::select! {
                _ = self.tick.tick() => Beat::Tick,
                () = sleep_until(at) => Beat::Leave,
            },
        }
    }

    /// # Errors
    /// [`CloseCode::HeartbeatLost`] where nothing was heard for two heartbeats and a grace, or a message that has begun
    /// does not end in the time that a request's body has.
    pub(super) fn listen(&mut self, socket: &Socket) -> Result<(), End> {
        let begun = socket.within();
        // The same one twice: what had arrived while this session was busy has been read in between.
        let stuck = begun == self.begun && begun.is_some_and(|since| since.elapsed() > self.message);
        self.begun = begun;
        if stuck || socket.heard().elapsed() > self.silence { Err(CloseCode::HeartbeatLost.into()) } else { Ok(()) }
    }
}

/// Which page of a log is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    /// Behind this.
    pub(super) after: Option<u64>,
    /// Before this.
    pub(super) before: Option<u64>,
    /// At most so many.
    pub(super) limit: Option<u32>,
}

/// A page of a log, oldest first; and whether there is more in the direction that was asked for.
///
/// # Errors
/// The code for the answer.
pub(super) async fn page(
    desk: &Arc<Desk>,
    actor: &Actor,
    c: ConversationId,
    reader: Reader,
    page: Page,
) -> Result<(Vec<Ev>, bool), ErrorCode> {
    if page.after.is_some() && page.before.is_some() {
        return Err(ErrorCode::Invalid);
    }
    let limit = page.limit.unwrap_or(50);
    if !(1..=FETCH_LIMIT).contains(&limit) {
        return Err(ErrorCode::Invalid);
    }
    let state = desk.state(actor, c).await.map_err(|e| wire::code(&e))?;
    let _permit = PAGES.acquire().await.map_err(|_| ErrorCode::Busy)?;
    let side = if page.after.is_some() { Side::First } else { Side::Last };
    let mut range = Range { after: Seq(page.after.unwrap_or(0)), before: page.before.map(Seq), limit, side };
    let (entries, more) = loop {
        let mut entries = desk.entries(c, range).await.map_err(|e| wire::code(&e))?;
        cut(&mut entries, side);
        let next = match side {
            Side::First => entries.last().filter(|e| e.seq < state.head).map(|e| Range { after: e.seq, ..range }),
            Side::Last => entries.first().filter(|e| e.seq.0 > 1).map(|e| Range { before: Some(e.seq), ..range }),
        };
        match next {
            // A page of nothing but notes would leave a visitor with no place to go on from.
            Some(next) if !entries.iter().any(|e| wire::visible(e, reader)) => range = next,
            next => break (entries, next.is_some()),
        }
    };
    let mut prev = match entries.first() {
        Some(first) => before(desk, c, first.seq, reader).await.map_err(|e| wire::code(&e))?,
        None => Seq(0),
    };
    let names = |id| desk.name_of(id);
    let events = entries
        .into_iter()
        .filter(|e| wire::visible(e, reader))
        .map(|e| {
            let seq = e.seq;
            entries::ev(c, e, std::mem::replace(&mut prev, seq), reader, &names)
        })
        .collect();
    Ok((events, more))
}

/// Keeps what fits into a frame, nearest to where the reader stands; at least one.
fn cut(entries: &mut Vec<Entry>, side: Side) {
    let mut room = PAGE_BYTES;
    let mut fits = |e: &Entry| {
        let weight = weight(e);
        let fits = weight <= room;
        room = room.saturating_sub(weight);
        fits
    };
    match side {
        Side::First => {
            let n = entries.iter().take_while(|e| fits(e)).count();
            entries.truncate(n.max(1));
        }
        Side::Last => {
            let n = entries.iter().rev().take_while(|e| fits(e)).count();
            let gone = entries.len() - n.max(1).min(entries.len());
            entries.drain(..gone);
        }
    }
}

/// About how many bytes an entry takes on the wire.
fn weight(entry: &Entry) -> usize {
    use crate::conversation::Body;
    250 + match &entry.body {
        Body::Text(t) => t.text.len() + 100 * (t.options.len() + t.fields.len()),
        Body::Answer(a) => a.text.len() + 100 * a.options.len(),
        Body::Clarify { text, options, .. } => text.len() + 100 * options.len(),
        Body::Note { text, .. } => text.len(),
        Body::Handoff(h) => 4_000 + h.packet.question.len(),
        Body::Rating { comment, .. } => comment.as_ref().map_or(0, String::len),
        _ => 0,
    }
}

/// Place of the last entry before `seq` that the reader sees.
async fn before(desk: &Desk, c: ConversationId, seq: Seq, reader: Reader) -> Result<Seq, DeskError> {
    let mut end = seq;
    while end.0 > 1 {
        if reader == Reader::Agent {
            return Ok(Seq(end.0 - 1));
        }
        let range = Range { after: Seq(0), before: Some(end), limit: 8, side: Side::Last };
        let entries = desk.entries(c, range).await?;
        if let Some(seen) = entries.iter().rev().find(|e| wire::visible(e, reader)) {
            return Ok(seen.seq);
        }
        match entries.first() {
            Some(first) => end = first.seq,
            None => break,
        }
    }
    Ok(Seq(0))
}

/// A code as metrics name it.
pub(super) const fn code_name(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::CmidConflict => "cmid_conflict",
        ErrorCode::TooLarge => "too_large",
        ErrorCode::Invalid => "invalid",
        ErrorCode::Rate => "rate",
        ErrorCode::Busy => "busy",
        ErrorCode::Storage => "storage",
        ErrorCode::Closed => "closed",
        ErrorCode::NotAssignee => "not_assignee",
        ErrorCode::AlreadyClaimed => "already_claimed",
        ErrorCode::AtCapacity => "at_capacity",
        ErrorCode::Forbidden => "forbidden",
        ErrorCode::NotFound => "not_found",
        ErrorCode::QueueFull => "queue_full",
        ErrorCode::Stale => "stale",
        ErrorCode::Version => "version",
        ErrorCode::Unavailable => "unavailable",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fault_ends_one_session_and_its_client_comes_back() {
        let ended = guarded(async { Err(CloseCode::Slow.into()) }).await;
        assert_eq!(ended, CloseCode::Slow.into());
        async fn faulty() -> Result<Infallible, End> {
            tokio::task::yield_now().await;
            panic!("a fault")
        }
        assert_eq!(guarded(faulty()).await, CloseCode::StateInvalid.into());
    }
}
