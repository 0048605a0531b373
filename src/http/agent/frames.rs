//! What an agent's frames do.

use metrics::{counter, histogram};
use tokio::time::Instant;
use tracing::Instrument;

use super::Session;
use crate::conversation::{Event, Owner, Visit};
use crate::desk::DeskError;
use crate::http::rights;
use crate::http::session::{self, Page, done, refused};
use crate::http::socket::End;
use crate::http::trace;
use crate::http::wire::{self, Reader};
use crate::protocol::{ClientFrame, ErrorCode, NoteBody, SendKind, ServerFrame, TEXT_CHARS};
use crate::types::{ConversationId, Seq, Timestamp};

impl Session<'_> {
    pub(super) async fn frame(&mut self, frame: ClientFrame) -> Result<(), End> {
        let desk = &self.edge.desk;
        match frame {
            ClientFrame::Ping { n } => self.socket.push(&ServerFrame::Pong { n }),
            ClientFrame::Send(send) => {
                let (c, cmid, seen) = (send.c, send.cmid, send.seen.map(Seq));
                let mut body = send.body;
                body.text = body.text.map(|text| self.redacted(text));
                if send.kind != SendKind::Text {
                    return self.nack(cmid, ErrorCode::Invalid);
                }
                let digest = wire::digest("text", &body);
                let agent = self.person.id;
                let span = trace::frame(&self.edge.config.trace, "send", send.trace.as_deref());
                match wire::words(body.text) {
                    Ok(text) => {
                        self.say(c, cmid, digest, Event::AgentSaid { agent, text, seen }).instrument(span).await
                    }
                    Err(code) => self.nack(cmid, code),
                }
            }
            ClientFrame::Note { c, cmid, mut body } => {
                body.text = self.redacted(body.text);
                let digest = wire::digest("note", &body);
                let NoteBody { text, mentions, whisper } = body;
                let agent = self.person.id;
                match (wire::words(Some(text)), wire::mentions(&mentions)) {
                    (Ok(text), Ok(mentions)) => {
                        let event = Event::AgentNoted { agent, text, mentions, whisper };
                        self.say(Some(c), cmid, digest, event).await
                    }
                    (Err(code), _) | (_, Err(code)) => self.nack(cmid, code),
                }
            }
            ClientFrame::Typing { c, on, preview: _ } => {
                if let Some(id) = c.and_then(|c| c.parse().ok())
                    && self.followed.state(id).is_some()
                {
                    desk.typing(&self.actor, id, on, None);
                }
                Ok(())
            }
            ClientFrame::Read { c, seq } => {
                if let Ok(id) = c.parse()
                    && let Some(state) = self.followed.state(id)
                {
                    desk.read(&self.actor, id, Seq(seq.min(state.head.0)));
                }
                Ok(())
            }
            ClientFrame::Presence { state, agent } => {
                let state = wire::availability(state);
                match agent.map(|id| id.parse()).transpose() {
                    Ok(None) => desk.set_presence(self.person.id, state),
                    Ok(Some(me)) if me == self.person.id => desk.set_presence(me, state),
                    Ok(Some(other)) => {
                        if let Err(e) = desk.steer_presence(&self.actor, other, state) {
                            self.socket.push(&session::error(wire::code(&e)))?;
                        }
                    }
                    Err(_) => self.socket.push(&session::error(ErrorCode::Invalid))?,
                }
                Ok(())
            }
            ClientFrame::Fetch { rid, c, after, before, limit } => {
                let page = Page { after, before, limit };
                let Some(c) = self.asked(&rid, &c)? else { return Ok(()) };
                match session::page(desk, &self.actor, c, Reader::Agent, page).await {
                    Ok((events, more)) => {
                        let mut res = done(rid);
                        res.events = Some(events);
                        res.more = Some(more);
                        self.answer(res)
                    }
                    Err(code) => self.answer(refused(rid, code)),
                }
            }
            ClientFrame::Watch { rid, view } => self.watch(rid, view).await,
            ClientFrame::Open { rid, c, after } => {
                let Some(c) = self.asked(&rid, &c)? else { return Ok(()) };
                self.open(rid, c, Seq(after.unwrap_or(0))).await
            }
            ClientFrame::Claim { rid, c, ver, force } => {
                let agent = self.person.id;
                let Some(c) = self.asked(&rid, &c)? else { return Ok(()) };
                let event =
                    if force == Some(true) { Event::TakeOver { agent, ver } } else { Event::Claim { agent, ver } };
                self.act(rid, c, event, true).await
            }
            ClientFrame::Decline { rid, c } => {
                let Some(c) = self.asked(&rid, &c)? else { return Ok(()) };
                match desk.decline(self.person.id, c) {
                    Ok(()) => self.answer(done(rid)),
                    Err(e) => self.answer(refused(rid, wire::code(&e))),
                }
            }
            ClientFrame::Assign { rid, c, ver, agent } => {
                let by = Some((self.person.id, ver));
                let Some(c) = self.asked(&rid, &c)? else { return Ok(()) };
                match agent.parse() {
                    Ok(agent) => self.act(rid, c, Event::Assign { agent, by }, false).await,
                    Err(_) => self.answer(refused(rid, ErrorCode::Invalid)),
                }
            }
            ClientFrame::Mark { rid, c, labels, snooze, follow_up, priority } => {
                let agent = self.person.id;
                let Some(c) = self.asked(&rid, &c)? else { return Ok(()) };
                match wire::mark(labels, snooze, follow_up, priority) {
                    Ok(mark) => self.act(rid, c, Event::Mark { agent, mark }, false).await,
                    Err(code) => self.answer(refused(rid, code)),
                }
            }
            ClientFrame::Reopen { rid, c, ver } => {
                let agent = self.person.id;
                let Some(c) = self.asked(&rid, &c)? else { return Ok(()) };
                match ver {
                    Some(ver) => self.act(rid, c, Event::Reopen { agent, ver }, true).await,
                    None => self.answer(refused(rid, ErrorCode::Invalid)),
                }
            }
            ClientFrame::Look { c } => self.look(c.and_then(|c| c.parse().ok())).await,
            ClientFrame::Release { rid, c, ver, to } => {
                let agent = self.person.id;
                let Some(c) = self.asked(&rid, &c)? else { return Ok(()) };
                self.act(rid, c, Event::Release { agent, ver, to: wire::release_to(to) }, false).await
            }
            ClientFrame::Transfer { rid, c, ver, to, note } => {
                let agent = self.person.id;
                let Some(c) = self.asked(&rid, &c)? else { return Ok(()) };
                let note =
                    note.filter(|n| !n.trim().is_empty()).map(|n| wire::words(Some(self.redacted(n)))).transpose();
                match (wire::transfer_to(to), note) {
                    (Ok(to), Ok(note)) => self.act(rid, c, Event::Transfer { agent, ver, to, note }, false).await,
                    (Err(code), _) | (_, Err(code)) => self.answer(refused(rid, code)),
                }
            }
            ClientFrame::Resolve { rid, c, ver, reason, follow_up } => {
                let agent = self.person.id;
                let Some(c) = self.asked(&rid, &c)? else { return Ok(()) };
                if reason.chars().count() > TEXT_CHARS {
                    return self.answer(refused(rid, ErrorCode::TooLarge));
                }
                let reason = self.redacted(reason);
                let follow_up = follow_up.map(Timestamp);
                self.act(rid, c, Event::Resolve { agent, ver, reason, follow_up }, false).await
            }
            frame @ (ClientFrame::Handoff { .. }
            | ClientFrame::End { .. }
            | ClientFrame::Identify { .. }
            | ClientFrame::Visit { .. }) => self.socket.push(&rights::denied(frame)),
            ClientFrame::Hello(_) => self.socket.push(&session::error(ErrorCode::Invalid)),
        }
    }

    /// A text without what the site does not want to keep, where that is asked of agents too.
    fn redacted(&self, text: String) -> String {
        self.edge.of_agents(text)
    }

    /// The conversation that a request names; answers by itself where there cannot be one.
    fn asked(&mut self, rid: &str, c: &str) -> Result<Option<ConversationId>, End> {
        if !session::is_rid(rid) {
            self.socket.push(&session::error(ErrorCode::Invalid))?;
            return Ok(None);
        }
        let id = c.parse().ok();
        if id.is_none() {
            self.answer(refused(rid.to_owned(), ErrorCode::NotFound))?;
        }
        Ok(id)
    }

    async fn say(&mut self, c: Option<String>, cmid: String, digest: [u8; 16], event: Event) -> Result<(), End> {
        let began = Instant::now();
        if !wire::is_cmid(&cmid) {
            let name = if cmid.len() <= session::ID_BYTES { cmid } else { String::new() };
            return self.nack(name, ErrorCode::Invalid);
        }
        // Conversations are opened by visitors.
        let Some(c) = c else { return self.nack(cmid, ErrorCode::Invalid) };
        let Ok(c) = c.parse::<ConversationId>() else { return self.nack(cmid, ErrorCode::NotFound) };
        match self.edge.desk.send(&self.actor, Some(c), &cmid, digest, event, &Visit::default()).await {
            Ok(receipt) => {
                self.socket.push(&session::ack(receipt, cmid))?;
                histogram!("ack_seconds").record(began.elapsed());
                self.touch(c).await?;
                self.pump().await
            }
            Err(e) => self.nack(cmid, wire::code(&e)),
        }
    }

    fn nack(&mut self, cmid: String, code: ErrorCode) -> Result<(), End> {
        counter!("nack_total", "code" => session::code_name(code)).increment(1);
        let (retry, after_ms) = wire::retry(code);
        self.socket.push(&ServerFrame::Nack { cmid, code, retry, after_ms })
    }

    async fn open(&mut self, rid: String, c: ConversationId, after: Seq) -> Result<(), End> {
        match self.follow(c, Some(after)).await {
            Ok(resync) => {
                let mut res = done(rid);
                res.conversation = self.followed.state(c).map(|s| self.glance(c, s));
                res.trail = self.followed.state(c).map(|s| wire::trail(self.edge.desk.trail(s.visitor)));
                self.answer(res)?;
                if let Some(resync) = resync {
                    self.socket.push(&resync)?;
                }
                self.pump().await
            }
            Err(e) => self.answer(refused(rid, wire::code(&e))),
        }
    }

    /// Puts a conversation on the screen: colleagues who have it there too are told, and so is this one.
    async fn look(&mut self, c: Option<ConversationId>) -> Result<(), End> {
        let c = c.filter(|c| self.followed.state(*c).is_some());
        self.connection.look(c);
        let Some(c) = c else { return Ok(()) };
        let agent = self.person.id;
        if self.followed.state(c).is_some_and(|s| s.mentioned.contains(&agent)) {
            // Tried again at the next look where it fails.
            let _ = self.edge.desk.act(&self.actor, c, Event::SawMention { agent }).await;
            self.touch(c).await?;
        }
        self.looking(c)
    }

    async fn act(&mut self, rid: String, c: ConversationId, event: Event, opens: bool) -> Result<(), End> {
        let passes_on = matches!(event, Event::Transfer { .. });
        match self.edge.desk.act_from(&self.actor, c, event, Some(self.from)).await {
            Ok(state) => {
                let mut res = done(rid);
                let queued = passes_on && state.owner == Owner::Queue;
                res.staffed = queued.then(|| self.edge.desk.is_staffed(state.department.as_deref()));
                res.conversation = Some(self.glance(c, &state));
                self.answer(res)?;
                if opens && self.followed.state(c).is_none() {
                    // Refused only where it has just gone to somebody else.
                    let _ = self.follow(c, Some(Seq(0))).await;
                } else {
                    self.touch(c).await?;
                }
                self.pump().await
            }
            Err(e) => {
                if matches!(e, DeskError::Refused(crate::conversation::Refusal::AlreadyClaimed)) {
                    counter!("claim_conflicts_total").increment(1);
                }
                self.answer(refused(rid, wire::code(&e)))
            }
        }
    }
}
