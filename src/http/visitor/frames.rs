//! What a visitor's frames do.

use metrics::{counter, histogram};
use tokio::time::Instant;
use tracing::Instrument;

use super::{Session, TOO_LATE};
use crate::conversation::Event;
use crate::desk::Load;
use crate::http::rights;
use crate::http::session::{self, Page, done, refused};
use crate::http::socket::End;
use crate::http::trace;
use crate::http::visit;
use crate::http::wire::{self, Glance, Reader};
use crate::protocol::{ClientFrame, ErrorCode, Res, Retry, Send, SendBody, ServerFrame, TEXT_CHARS};
use crate::redact::{Kind, Redactor};
use crate::types::{ConversationId, Seq};

impl Session<'_> {
    pub(super) async fn frame(&mut self, frame: ClientFrame) -> Result<(), End> {
        match frame {
            ClientFrame::Send(send) => {
                let span = trace::frame(&self.edge.config.trace, "send", send.trace.as_deref());
                Box::pin(self.send(send).instrument(span)).await
            }
            ClientFrame::Ping { n } => self.socket.push(&ServerFrame::Pong { n }),
            ClientFrame::Typing { c, on, preview } => {
                if let Some(id) = c.and_then(|c| c.parse().ok())
                    && self.followed.state(id).is_some()
                {
                    let preview = preview.as_deref().filter(|p| p.len() <= TEXT_CHARS);
                    let preview = preview.map(|p| self.edge.redactor.redact(p));
                    self.edge.desk.typing(&self.actor, id, on, preview.as_deref());
                }
                Ok(())
            }
            ClientFrame::Read { c, seq } => {
                if let Ok(id) = c.parse()
                    && let Some(state) = self.followed.state(id)
                {
                    self.edge.desk.read(&self.actor, id, Seq(seq.min(state.head.0)));
                }
                Ok(())
            }
            ClientFrame::Fetch { rid, c, after, before, limit } => {
                Box::pin(self.fetch(rid, &c, Page { after, before, limit })).await
            }
            ClientFrame::Handoff { rid, c: Some(c), on: Some(false) } => {
                Box::pin(self.end(rid, &c, Event::VisitorLeavesLine)).await
            }
            ClientFrame::Handoff { rid, c, on: _ } => Box::pin(self.handoff(rid, c)).await,
            ClientFrame::End { rid, c } => Box::pin(self.end(rid, &c, Event::VisitorEnds)).await,
            ClientFrame::Reopen { rid, c, ver: _ } => Box::pin(self.end(rid, &c, Event::VisitorReopens)).await,
            ClientFrame::Visit { page, attributes } => {
                visit::change(&mut self.visit, &self.edge.redactor, page, attributes);
                self.visited();
                Ok(())
            }
            ClientFrame::Identify { rid, jwt } => Box::pin(self.identify(rid, &jwt)).await,
            ClientFrame::Hello(_) => self.socket.push(&session::error(ErrorCode::Invalid)),
            frame @ (ClientFrame::Watch { .. }
            | ClientFrame::Open { .. }
            | ClientFrame::Claim { .. }
            | ClientFrame::Decline { .. }
            | ClientFrame::Assign { .. }
            | ClientFrame::Mark { .. }
            | ClientFrame::Look { .. }
            | ClientFrame::Release { .. }
            | ClientFrame::Transfer { .. }
            | ClientFrame::Resolve { .. }
            | ClientFrame::Note { .. }
            | ClientFrame::Presence { .. }) => self.socket.push(&rights::denied(frame)),
        }
    }

    async fn send(&mut self, send: Send) -> Result<(), End> {
        let began = Instant::now();
        let Send { c, cmid, kind, mut body, seen: _, trace: _ } = send;
        if !wire::is_cmid(&cmid) {
            let name = if cmid.len() <= session::ID_BYTES { cmid } else { String::new() };
            return self.nack(name, ErrorCode::Invalid, None);
        }
        let c = match c.map(|c| c.parse::<ConversationId>()).transpose() {
            Ok(c) => c,
            Err(_) => return self.nack(cmid, ErrorCode::NotFound, None),
        };
        // Before the digest too: what a text said could be found again by trying all numbers.
        redact(&self.edge.redactor, &mut body);
        let digest = wire::digest(wire::kind_name(kind), &body);
        let event = match wire::visitor_event(kind, body) {
            Ok(event) => event,
            Err(code) => return self.nack(cmid, code, None),
        };
        if let Some(code) = self.too_much(c.is_none()) {
            return self.nack(cmid, code, Some(session::pause()));
        }
        if let Err(wait) = self.edge.messages.take(self.id, Instant::now()) {
            return self.nack(cmid, ErrorCode::Rate, Some(wait));
        }
        let opens = c.is_none();
        if opens && let Err(wait) = self.edge.caps.conversation(self.id, self.from, Instant::now()) {
            return self.nack(cmid, ErrorCode::Rate, Some(wait));
        }
        let done = self.edge.desk.send(&self.actor, c, &cmid, digest, event, &self.visit).await;
        if opens && done.as_ref().map_or(true, |receipt| receipt.dup) {
            self.edge.caps.no_conversation(self.id, self.from);
        }
        match done {
            Ok(receipt) => {
                self.socket.push(&session::ack(receipt, cmid))?;
                histogram!("ack_seconds").record(began.elapsed());
                self.look(receipt.c).await
            }
            Err(e) => self.nack(cmid, wire::code(&e), None),
        }
    }

    /// Whether the server has too much to do for a message; earlier for one that opens a conversation, and for one that
    /// has waited long before it was read: whoever writes faster than is stored would wait longer and longer.
    fn too_much(&self, opens: bool) -> Option<ErrorCode> {
        let most = match opens {
            _ if self.socket.waited() >= TOO_LATE => Load::Strained,
            true => Load::Crowded,
            false => Load::Full,
        };
        (self.edge.desk.busy() >= most).then_some(ErrorCode::Busy)
    }

    fn nack(&mut self, cmid: String, code: ErrorCode, wait: Option<u64>) -> Result<(), End> {
        counter!("nack_total", "code" => session::code_name(code)).increment(1);
        let (retry, after_ms) = wire::retry(code);
        let after_ms = wait.or(after_ms);
        self.socket.push(&ServerFrame::Nack {
            cmid,
            code,
            retry: if wait.is_some() { Retry::Later } else { retry },
            after_ms,
        })
    }

    pub(super) fn answer(&mut self, res: Res) -> Result<(), End> {
        self.socket.push(&ServerFrame::Res(Box::new(res)))
    }

    async fn fetch(&mut self, rid: String, c: &str, page: Page) -> Result<(), End> {
        if !session::is_rid(&rid) {
            return self.socket.push(&session::error(ErrorCode::Invalid));
        }
        let Ok(c) = c.parse() else { return self.answer(refused(rid, ErrorCode::NotFound)) };
        match session::page(&self.edge.desk, &self.actor, c, Reader::Visitor, page).await {
            Ok((events, more)) => {
                let mut res = done(rid);
                res.events = Some(events);
                res.more = Some(more);
                self.answer(res)?;
                // Who reads a log wants to know how it goes on.
                self.look(c).await
            }
            Err(code) => self.answer(refused(rid, code)),
        }
    }

    async fn handoff(&mut self, rid: String, c: Option<String>) -> Result<(), End> {
        if !session::is_rid(&rid) {
            return self.socket.push(&session::error(ErrorCode::Invalid));
        }
        let c = match c.map(|c| c.parse::<ConversationId>()).transpose() {
            Ok(c) => c,
            Err(_) => return self.answer(refused(rid, ErrorCode::NotFound)),
        };
        let opens = c.is_none();
        if let Some(code) = self.too_much(opens) {
            return self.answer(refused(rid, code));
        }
        let now = Instant::now();
        if self.edge.messages.take(self.id, now).is_err()
            || (opens && self.edge.caps.conversation(self.id, self.from, now).is_err())
        {
            return self.answer(refused(rid, ErrorCode::Rate));
        }
        match self.edge.desk.ask_person(self.id, c, &self.visit).await {
            Ok((c, rung)) => {
                // Without a place the conversation goes on all the same: the bot says so and asks for an address.
                let mut res = if rung { done(rid) } else { refused(rid, ErrorCode::QueueFull) };
                res.c = Some(c.to_string());
                self.answer(res)?;
                self.look(c).await
            }
            Err(e) => {
                if opens {
                    self.edge.caps.no_conversation(self.id, self.from);
                }
                self.answer(refused(rid, wire::code(&e)))
            }
        }
    }

    /// The end of all, or of the wait for a person.
    async fn end(&mut self, rid: String, c: &str, event: Event) -> Result<(), End> {
        if !session::is_rid(&rid) {
            return self.socket.push(&session::error(ErrorCode::Invalid));
        }
        let Ok(c) = c.parse() else { return self.answer(refused(rid, ErrorCode::NotFound)) };
        match self.edge.desk.act(&self.actor, c, event).await {
            Ok(state) => {
                let mut res = done(rid);
                let names = |id| self.edge.desk.name_of(id);
                res.conversation =
                    Some(wire::conversation(&Glance::of(&self.edge.desk, c, &state, Reader::Visitor), &names));
                self.answer(res)?;
                self.look(c).await
            }
            Err(e) => self.answer(refused(rid, wire::code(&e))),
        }
    }
}

/// Takes out of a message what the site does not want to keep. The address that somebody left to be reached by stays.
fn redact(redactor: &Redactor, body: &mut SendBody) {
    if redactor.is_idle() {
        return;
    }
    for text in [&mut body.text, &mut body.comment].into_iter().flatten() {
        *text = redactor.redact(text).into_owned();
    }
    for (name, text) in body.fields.iter_mut().flatten() {
        let spared = (name == "email").then_some(Kind::Emails);
        *text = redactor.redact_but(text, spared).into_owned();
    }
}
