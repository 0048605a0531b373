//! The way of every event: load, decide, commit, tell.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;
use tracing::Instrument;

use super::hub::lock;
use super::line::Held;
use super::{Action, Actor, Desk, DeskError, Receipt, figures};
use crate::bus::Hint;
use crate::conversation::{self, BURST_MS, Change, Entry, Event, Now, Owner, Refusal, Sent, State, TransferTo, Visit};
use crate::fault;
use crate::store::{Commit, CommitError, Range, Sender, Side, StoreError, Stored};
use crate::types::{ConversationId, Seq, Timestamp, VisitorId};

/// Decisions on one event before giving up: each lost race means that somebody else got on.
const ATTEMPTS: u32 = 16;

/// Appends of a conversation that are kept at hand for its readers.
const TAIL: usize = 32;

/// How long the desk waits before it asks a store again that has failed.
pub(super) const AGAIN: Duration = Duration::from_secs(1);

/// A conversation at hand.
pub(super) struct Cached {
    pub(super) state: Arc<State>,
    /// The last appends, oldest first; they end at the state's head.
    tail: VecDeque<Arc<[Entry]>>,
}

/// Something to be done.
pub(super) struct Deed<'a> {
    /// Who wants it; `None`: the desk itself.
    pub(super) actor: Option<&'a Actor>,
    /// What right it needs.
    pub(super) action: Action,
    /// To which conversation.
    pub(super) c: ConversationId,
    /// What.
    pub(super) event: Event,
    /// How its sender named it.
    pub(super) sent: Option<Sent>,
    /// The visitor's circumstances, if a visitor acts.
    pub(super) visit: Option<&'a Visit>,
    /// Makes the conversation if there is none.
    pub(super) opens: bool,
    /// From where.
    pub(super) from: Option<IpAddr>,
}

impl Desk {
    /// A visitor's or agent's message: stored once, however often it is sent.
    ///
    /// # Errors
    /// Any [`DeskError`]; `Conflict` where the same `cmid` came with another content before.
    pub async fn send(
        self: &Arc<Self>,
        actor: &Actor,
        c: Option<ConversationId>,
        cmid: &str,
        digest: [u8; 16],
        event: Event,
        visit: &Visit,
    ) -> Result<Receipt, DeskError> {
        let (c, opens) = match (c, actor) {
            (Some(c), _) => (c, false),
            (None, Actor::Visitor(v)) => (opened_by(*v, cmid), true),
            (None, Actor::Person(_)) => return Err(DeskError::NotFound),
        };
        let action = match event {
            Event::AgentNoted { whisper: true, .. } => Action::Steer,
            Event::AgentNoted { .. } => Action::Note,
            _ => Action::Speak,
        };
        let sent = Some(Sent { cmid: cmid.to_owned(), digest });
        let visit = matches!(actor, Actor::Visitor(_)).then_some(visit);
        self.apply(Deed { actor: Some(actor), action, c, event, sent, visit, opens, from: None }).await.map(|(r, _)| r)
    }

    /// Anything that is not a message: claim, release, transfer, resolve, end.
    ///
    /// # Errors
    /// Any [`DeskError`].
    pub async fn act(
        self: &Arc<Self>,
        actor: &Actor,
        c: ConversationId,
        event: Event,
    ) -> Result<Arc<State>, DeskError> {
        self.act_from(actor, c, event, None).await
    }

    /// The same, with the address for the audit table.
    ///
    /// # Errors
    /// Any [`DeskError`].
    pub async fn act_from(
        self: &Arc<Self>,
        actor: &Actor,
        c: ConversationId,
        event: Event,
        from: Option<IpAddr>,
    ) -> Result<Arc<State>, DeskError> {
        let action = match event {
            Event::Claim { .. } => Action::Claim,
            Event::Mark { .. } | Event::SawMention { .. } => Action::Note,
            Event::TakeOver { .. } | Event::Assign { .. } => Action::Steer,
            Event::Block { .. } => Action::Block,
            Event::VisitorEnds | Event::VisitorReopens | Event::VisitorLeavesLine | Event::VisitorAsksPerson => {
                Action::End
            }
            _ => Action::Handle,
        };
        let target = match (&event, actor) {
            (Event::Transfer { to, .. }, Actor::Person(p)) => Some((to.clone(), Some(p.id))),
            (Event::Assign { agent, .. }, _) => Some((TransferTo::Agent(*agent), None)),
            _ => None,
        };
        if let Some((to, from)) = target {
            // Whoever may not touch the chat learns nothing of the target either.
            if self.load_for(Some(actor), action, c).await?.is_none() {
                return Err(DeskError::NotFound);
            }
            self.can_take(&to, from)?;
        }
        let deed = Deed { actor: Some(actor), action, c, event, sent: None, visit: None, opens: false, from };
        self.apply(deed).await.map(|(_, s)| s)
    }

    /// "A person, please", from a button; opens a conversation where there is none. False: there is no place in the
    /// queue, and the bot says so.
    ///
    /// # Errors
    /// Any [`DeskError`].
    pub async fn ask_person(
        self: &Arc<Self>,
        visitor: VisitorId,
        c: Option<ConversationId>,
        visit: &Visit,
    ) -> Result<(ConversationId, bool), DeskError> {
        let actor = Actor::Visitor(visitor);
        let opens = c.is_none();
        let c = match c {
            Some(c) => c,
            None => ConversationId(super::people::random_u128()?),
        };
        let event = Event::VisitorAsksPerson;
        let deed = Deed {
            actor: Some(&actor),
            action: Action::End,
            c,
            event,
            sent: None,
            visit: Some(visit),
            opens,
            from: None,
        };
        self.apply(deed).await.map(|(r, state)| (r.c, state.owner != Owner::Bot))
    }

    /// Loads, decides, commits, tells; again if somebody was faster.
    pub(super) async fn apply(self: &Arc<Self>, deed: Deed<'_>) -> Result<(Receipt, Arc<State>), DeskError> {
        let event = figures::name_of(&deed.event);
        let span = tracing::info_span!(target: "deskbell::trace", "desk.apply", event);
        self.carry_out(deed).instrument(span).await
    }

    async fn carry_out(self: &Arc<Self>, deed: Deed<'_>) -> Result<(Receipt, Arc<State>), DeskError> {
        let Deed { actor, action, c, event, sent, visit, opens, from } = deed;
        // Their sockets are ended; this is for what was under way.
        if matches!(actor, Some(Actor::Visitor(v)) if self.blocked(*v).is_some()) {
            return Err(DeskError::Forbidden);
        }
        for _ in 0..ATTEMPTS {
            let before = self.load_for(actor, action, c).await?;
            let at = self.now();
            let mut state = match (&before, actor) {
                (Some(cached), _) => State::clone(&cached.state),
                (None, Some(Actor::Visitor(v))) if opens => State::new(*v, visit.cloned().unwrap_or_default(), at),
                (None, _) => return Err(DeskError::NotFound),
            };
            if let Some(page) = visit.and_then(|v| v.page.as_ref()) {
                state.visit.page = Some(page.clone());
            }
            if let Some(visit) = visit.filter(|v| !v.attributes.is_empty()) {
                state.visit.attributes.clone_from(&visit.attributes);
            }
            if let Some(verified) = visit.and_then(|v| v.verified.as_ref()) {
                state.visit.verified = Some(verified.clone());
            }
            let began = Instant::now();
            let (change, _held) = match self.decide(c, &state, &event, at) {
                Ok(decided) => decided,
                Err(refusal) => return self.refused(c, actor, sent.as_ref(), refusal.into(), &state).await,
            };
            figures::decided(&change.entries, began.elapsed());
            match self.commit(c, &state, &event, sent.as_ref(), change, from).await {
                Ok((receipt, state)) => return Ok((receipt, state)),
                Err(CommitError::Stale) => {
                    lock(&self.cache).pop(&c);
                }
                Err(CommitError::Duplicate(stored)) => return Ok((same(c, stored, sent.as_ref())?, Arc::new(state))),
                Err(CommitError::NoRoom) => return Err(DeskError::AtCapacity),
                Err(CommitError::Erased) => return Err(DeskError::NotFound),
                Err(CommitError::Store(e)) => {
                    // Whether it was written is unknown: forget what was known before, and look again.
                    lock(&self.cache).pop(&c);
                    if !matches!(e, StoreError::Busy) {
                        self.look_again(c, state);
                    }
                    return Err(e.into());
                }
            }
        }
        Err(DeskError::Busy)
    }

    /// What comes of an event, and the place in the line that it takes.
    fn decide(
        &self,
        c: ConversationId,
        state: &State,
        event: &Event,
        at: Timestamp,
    ) -> Result<(Change, Option<Held<'_>>), Refusal> {
        let content = self.content();
        let guest = self.guest(state);
        let decide = |room| conversation::handle(state, event.clone(), Now { content: &content, at, room });
        let change = decide(self.room_for(c, &guest))?;
        if !matches!(state.owner, Owner::Bot | Owner::Closed) || change.state.owner != Owner::Queue {
            return Ok((change, None));
        }
        match self.hold_place(c, guest, change.state.department.as_deref()) {
            Ok(held) => Ok((change, Some(held))),
            // Somebody took the last one in between.
            Err(full) => Ok((decide(full)?, None)),
        }
    }

    async fn commit(
        self: &Arc<Self>,
        c: ConversationId,
        before: &State,
        event: &Event,
        sent: Option<&Sent>,
        change: Change,
        from: Option<IpAddr>,
    ) -> Result<(Receipt, Arc<State>), CommitError> {
        let Change { mut entries, state, wake } = change;
        if entries.is_empty() && state == *before {
            let receipt = Receipt { c, seq: before.head, at: before.updated_at, dup: false };
            return Ok((receipt, Arc::new(state)));
        }
        if let Some(first) = entries.first_mut() {
            first.sent = sent.cloned();
        }
        let at = entries.first().map_or(state.updated_at, |e| e.at);
        let entries: Arc<[Entry]> = entries.into();
        let room = self.room(event, before);
        let address = from.map_or_else(String::new, |a| a.to_string());
        let commit = Commit { c, expected: before.head, entries: entries.clone(), state: state.clone(), room, address };
        if matches!(event, Event::Claim { .. }) {
            fault::pause("claim_before_cas").await;
        }
        let span = tracing::info_span!(target: "deskbell::trace", "store.commit");
        self.store.commit(commit).instrument(span).await?;
        self.looks.wrote();
        fault::pause("before_publish").await;
        figures::answered(before, &entries, &state);
        let state = Arc::new(state);
        let receipt = Receipt { c, seq: before.head.next(), at, dup: false };
        self.keep(c, before.head, state.clone(), entries);
        self.committed(c, before, &state, wake);
        Ok((receipt, state))
    }

    /// After a commit: whoever must know is told.
    fn committed(self: &Arc<Self>, c: ConversationId, before: &State, state: &Arc<State>, wake: Option<Timestamp>) {
        if before.head == Seq(0) {
            self.presence.opened(state.visitor, c, state.head);
        }
        let line_changed = self.keep_line(c, before, state);
        self.bus.publish(Hint::Log { c, head: state.head });
        if line_changed {
            self.places_changed();
        }
        if let Some(at) = wake {
            self.wake(c, Duration::from_millis(at.since(self.now())));
        }
    }

    /// As soon as the store answers: what was written in spite of an error is told like any other commit.
    fn look_again(self: &Arc<Self>, c: ConversationId, before: State) {
        let desk = self.clone();
        tokio::spawn(async move {
            loop {
                match desk.load(c).await {
                    Ok(Some(found)) if found.state.head > before.head => {
                        let wake = found.state.burst.as_ref().map(|b| b.since.plus_ms(BURST_MS as i64));
                        return desk.committed(c, &before, &found.state, wake);
                    }
                    Ok(_) => return,
                    Err(_) => tokio::time::sleep(AGAIN).await,
                }
            }
        });
    }

    /// A refusal, unless the message had been stored before the reason arose.
    async fn refused(
        &self,
        c: ConversationId,
        actor: Option<&Actor>,
        sent: Option<&Sent>,
        refusal: DeskError,
        state: &State,
    ) -> Result<(Receipt, Arc<State>), DeskError> {
        if let (Some(actor), Some(sent)) = (actor, sent) {
            let sender = match actor {
                Actor::Visitor(_) => Sender::Visitor,
                Actor::Person(p) => Sender::Agent(p.id),
            };
            if let Some(stored) = self.store.sent(c, sender, &sent.cmid).await? {
                return Ok((same(c, stored, Some(sent))?, Arc::new(state.clone())));
            }
        }
        Err(refusal)
    }

    /// The conversation, from memory or store.
    pub(super) async fn load(&self, c: ConversationId) -> Result<Option<Arc<Cached>>, StoreError> {
        loop {
            if let Some(cached) = lock(&self.cache).get(&c) {
                return Ok(Some(cached.clone()));
            }
            let load = Load::begin(self, c);
            let Some(state) = self.store.state(c).await? else { return Ok(None) };
            let cached = Arc::new(Cached { state: Arc::new(state), tail: VecDeque::new() });
            let mut cache = lock(&self.cache);
            // A commit may have passed while the store was asked: never replace newer by older.
            match cache.peek(&c) {
                Some(newer) if newer.state.head > cached.state.head => return Ok(Some(newer.clone())),
                // It may even have been pushed out again: then what was read is too old to be believed.
                _ if load.overtaken(cached.state.head) => {}
                _ => {
                    cache.put(c, cached.clone());
                    return Ok(Some(cached));
                }
            }
        }
    }

    fn keep(&self, c: ConversationId, head: Seq, state: Arc<State>, entries: Arc<[Entry]>) {
        let mut cache = lock(&self.cache);
        if let Some((_, newest)) = lock(&self.loads).get_mut(&c) {
            *newest = (*newest).max(state.head);
        }
        let mut tail = match cache.peek(&c) {
            Some(old) if old.state.head == head => old.tail.clone(),
            // Somebody committed on top of this in the meantime.
            Some(newer) if newer.state.head >= state.head => return,
            _ => VecDeque::new(),
        };
        if !entries.is_empty() {
            if tail.len() == TAIL {
                tail.pop_front();
            }
            tail.push_back(entries);
        }
        cache.put(c, Arc::new(Cached { state, tail }));
    }

    /// A part of a log. Ask [`Desk::state`] for the right to see it first.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn entries(&self, c: ConversationId, range: Range) -> Result<Vec<Entry>, DeskError> {
        if range.before.is_none() && range.side == Side::First {
            let cached = lock(&self.cache).get(&c).cloned();
            if let Some(entries) = cached.as_ref().and_then(|c| c.after(range.after, range.limit)) {
                return Ok(entries);
            }
        }
        Ok(self.store.entries(c, range).await?)
    }

    fn room(&self, event: &Event, before: &State) -> Option<(crate::types::AgentId, u32)> {
        let agent = match event {
            Event::Claim { agent, .. }
            | Event::Assign { agent, .. }
            | Event::Reopen { agent, .. }
            | Event::TakeOver { agent, .. } => *agent,
            Event::Transfer { to: TransferTo::Agent(agent), .. } => *agent,
            // What was put off took no place, and takes one again.
            Event::Wake { stays: true } => match before.owner {
                Owner::Agent(agent) => agent,
                _ => return None,
            },
            _ => return None,
        };
        Some((agent, self.people.load().get(&agent).map_or(0, |p| p.capacity)))
    }
}

/// Conversations that are being read from the store: by how many, and the newest head committed meanwhile.
pub(super) type Loads = HashMap<ConversationId, (u32, Seq)>;

/// A read that is under way.
struct Load<'a> {
    desk: &'a Desk,
    c: ConversationId,
}

impl<'a> Load<'a> {
    fn begin(desk: &'a Desk, c: ConversationId) -> Self {
        lock(&desk.loads).entry(c).or_default().0 += 1;
        Self { desk, c }
    }

    /// Whether more was committed since it began than it found.
    fn overtaken(&self, head: Seq) -> bool {
        lock(&self.desk.loads).get(&self.c).is_some_and(|(_, newest)| *newest > head)
    }
}

impl Drop for Load<'_> {
    fn drop(&mut self) {
        let mut loads = lock(&self.desk.loads);
        if let Some((readers, _)) = loads.get_mut(&self.c) {
            *readers -= 1;
            if *readers == 0 {
                loads.remove(&self.c);
            }
        }
    }
}

impl Cached {
    /// Up to `limit` entries behind `after`, if the tail reaches back that far.
    fn after(&self, after: Seq, limit: u32) -> Option<Vec<Entry>> {
        if after >= self.state.head {
            return Some(Vec::new());
        }
        let first = self.tail.front()?.first()?.seq;
        (first <= after.next()).then(|| {
            let entries = self.tail.iter().flat_map(|part| part.iter());
            entries.filter(|e| e.seq > after).take(limit as usize).cloned().collect()
        })
    }
}

/// The conversation that a message without one opens: the same for the same visitor and `cmid`, so that a message sent
/// again after a lost ack finds its first copy. Nobody else can guess it: the visitor's id is secret and random.
fn opened_by(visitor: VisitorId, cmid: &str) -> ConversationId {
    let mut hash = Sha256::new();
    hash.update(visitor.0.to_be_bytes());
    hash.update(cmid.as_bytes());
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    ConversationId(u128::from_be_bytes(id))
}

fn same(c: ConversationId, stored: Stored, sent: Option<&Sent>) -> Result<Receipt, DeskError> {
    if sent.is_some_and(|s| s.digest == stored.digest) {
        Ok(Receipt { c, seq: stored.seq, at: stored.at, dup: true })
    } else {
        Err(DeskError::Conflict)
    }
}
