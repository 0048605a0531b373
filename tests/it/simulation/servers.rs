//! What a server does: decides on what it believes, writes if it still holds, acks, tells, replays. The decisions are
//! the program's own; the rest is what the desk and the sessions do, in small.

use std::collections::BTreeMap;

use deskbell::conversation::{self, Change, Entry, Event, Now, Owner, Sent, State, TransferTo, Visit};
use deskbell::types::{AgentId, Room, Seq, Timestamp, VisitorId};

use super::world::{CAPACITY, CONTENT, Down, Fault, NODES, Step, Up, World};
use crate::ledger::harness::ledger::{C, Cmid, Line, Who};

/// A process.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) up: bool,
    /// Rises with every crash: what an earlier life had in mind is forgotten.
    pub(super) life: u32,
    /// What it believes.
    cache: BTreeMap<C, State>,
    /// How far its clock is off.
    clock: i64,
}

impl Default for Node {
    fn default() -> Self {
        Self { up: true, life: 0, cache: BTreeMap::new(), clock: 1_000_000 }
    }
}

/// Something to be done, and what was decided.
#[derive(Debug, Clone)]
pub(super) struct Deed {
    /// Whose session waits for it.
    wire: Option<usize>,
    who: Option<Who>,
    c: C,
    event: Event,
    named: Option<Cmid>,
    opens: bool,
    decided: Option<(Seq, Change)>,
}

/// An agent's comings and goings, on all servers.
#[derive(Debug, Default)]
pub(super) struct Comings {
    pub(super) sockets: u32,
    pub(super) turn: u64,
}

impl World {
    fn alive(&self, node: usize, life: u32) -> bool {
        self.nodes[node].up && self.nodes[node].life == life
    }

    /// A frame has reached a session.
    pub(super) fn arrived(&mut self, wire: usize, frame: Up) {
        if self.wires[wire].server_open && !self.wires[wire].dead_up {
            self.wires[wire].inbox.push_back(frame);
            self.serve(wire);
        }
    }

    /// The next frame of a session that is not at another.
    fn serve(&mut self, wire: usize) {
        while !self.wires[wire].busy && self.wires[wire].server_open {
            let Some(frame) = self.wires[wire].inbox.pop_front() else { return };
            let client = self.wires[wire].client;
            let who = Some(self.clients[client].who);
            let base =
                Deed { wire: Some(wire), who, c: 0, event: Event::BotDue, named: None, opens: false, decided: None };
            match frame {
                Up::Hello(resume) => self.greet(wire, resume),
                Up::Send(cmid, c, event) => {
                    let c = c.unwrap_or((client as u128 + 1) << 64 | cmid);
                    let opens = c == ((client as u128 + 1) << 64 | cmid);
                    self.decide(Deed { c, event, named: Some(cmid), opens, ..base });
                }
                Up::Act(c, event) => self.decide(Deed { c, event, ..base }),
                Up::Open(c, after) => {
                    if self.may_see(client, c) {
                        self.follow(wire, c, after);
                    }
                }
            }
        }
    }

    fn may_see(&self, client: usize, c: C) -> bool {
        let who = self.clients[client].who;
        self.disk.get(&c).is_some_and(|k| who.inside() || k.state.visitor == visitor(client))
    }

    fn greet(&mut self, wire: usize, resume: Vec<(C, u64)>) {
        let client = self.wires[wire].client;
        let who = self.clients[client].who;
        if let Who::Agent(agent) = who {
            let comings = &mut self.clients[client].comings;
            comings.sockets += 1;
            comings.turn += 1;
            if comings.sockets == 1 {
                for c in self.chats_of(agent) {
                    self.by_itself(self.wires[wire].node, c, Event::AgentBack { agent: AgentId(agent) });
                }
            }
        }
        let mine = |state: &State| match who {
            Who::Visitor(_) => state.visitor == visitor(client),
            Who::Agent(a) | Who::Outsider(a) => state.owner == Owner::Agent(AgentId(a)),
        };
        let head = |state: &State| if who.inside() { state.head.0 } else { state.visitor_head.0 };
        let listed = self.disk.iter().filter(|(_, k)| mine(&k.state)).map(|(c, k)| (*c, head(&k.state))).collect();
        self.down(wire, Down::Welcome(listed));
        for (c, after) in resume {
            if self.fault == Fault::ReadThenFollow {
                self.push(wire, c, after);
                self.after(0, 400, Step::Replay(wire, c, after));
            } else {
                self.wires[wire].follows.insert(c, (after, after));
                self.after(0, 400, Step::Replay(wire, c, after));
            }
        }
    }

    /// Between following a log and reading it, much may happen.
    pub(super) fn replay(&mut self, wire: usize, c: C, _: u64) {
        if !self.wires[wire].server_open {
            return;
        }
        if self.fault == Fault::ReadThenFollow {
            let head = self.disk.get(&c).map_or(0, |k| k.log.len() as u64);
            self.wires[wire].follows.insert(c, (head, head));
        } else {
            self.tell(wire, c);
        }
    }

    fn push(&mut self, wire: usize, c: C, after: u64) {
        self.wires[wire].follows.insert(c, (after, after));
        self.tell(wire, c);
        self.wires[wire].follows.remove(&c);
    }

    fn follow(&mut self, wire: usize, c: C, after: u64) {
        self.wires[wire].follows.entry(c).or_insert((after, after));
        self.tell(wire, c);
    }

    /// Writes what a session has not written of a log.
    fn tell(&mut self, wire: usize, c: C) {
        let client = self.wires[wire].client;
        let Some((mut last, mut prev)) = self.wires[wire].follows.get(&c).copied() else { return };
        let new: Vec<Entry> =
            self.disk.get(&c).map_or(Vec::new(), |k| k.log[(last as usize).min(k.log.len())..].to_vec());
        for entry in new {
            last = entry.seq.0;
            if self.clients[client].sees(&entry) {
                let seq = last;
                self.down(wire, Down::Ev { c, seq, prev, entry: Box::new(entry) });
                prev = seq;
            }
        }
        self.wires[wire].follows.insert(c, (last, prev));
        if let Some(kept) = self.disk.get(&c)
            && self.clients[client].who.inside()
        {
            let (ver, owner) = (kept.state.ver, kept.state.owner);
            self.down(wire, Down::State { c, ver, owner, claimed: None });
        }
    }

    /// Something that nobody's session waits for.
    fn by_itself(&mut self, node: usize, c: C, event: Event) {
        self.decide_on(node, Deed { wire: None, who: None, c, event, named: None, opens: false, decided: None });
    }

    fn decide(&mut self, deed: Deed) {
        let Some(wire) = deed.wire else { return };
        self.wires[wire].busy = true;
        self.decide_on(self.wires[wire].node, deed);
    }

    fn decide_on(&mut self, node: usize, mut deed: Deed) {
        let life = self.nodes[node].life;
        let now = self.now + self.nodes[node].clock;
        let known = self.nodes[node].cache.get(&deed.c).or_else(|| self.disk.get(&deed.c).map(|k| &k.state)).cloned();
        let client = deed.wire.map(|w| self.wires[w].client);
        let state = match (known, deed.who) {
            (Some(s), Some(Who::Visitor(_))) if Some(s.visitor) != client.map(visitor) => {
                return self.after(0, 5, Step::Told(node, life, Box::new(deed), Err("not_found")));
            }
            (Some(state), _) => state,
            (None, Some(Who::Visitor(_))) if deed.opens => {
                State::new(client.map_or(VisitorId(0), visitor), Visit::default(), Timestamp(now))
            }
            (None, _) => return self.after(0, 5, Step::Told(node, life, Box::new(deed), Err("not_found"))),
        };
        self.nodes[node].cache.insert(deed.c, state.clone());
        let world = Now { content: &CONTENT, at: Timestamp(now), room: Room::Free };
        let mut event = deed.event.clone();
        if let (Fault::ClaimUnseen, Event::Claim { agent, .. }) = (self.fault, &event) {
            // As if the version were never compared: the claim goes through a state of its own making.
            let mut free = state.clone();
            free.owner = Owner::Queue;
            event = Event::Claim { agent: *agent, ver: free.ver };
            deed.decided = conversation::handle(&free, event, world).ok().map(|change| (state.head, change));
            return self.after(1, 12, Step::Commit(node, life, Box::new(deed)));
        }
        match conversation::handle(&state, event, world) {
            Ok(mut change) => {
                if let (Some(first), Some(cmid)) = (change.entries.first_mut(), deed.named) {
                    first.sent = Some(Sent { cmid: cmid.to_string(), digest: [0; 16] });
                }
                if self.fault == Fault::AckFirst
                    && let (Some(wire), Some(cmid)) = (deed.wire, deed.named)
                {
                    self.down(wire, Down::Ack { cmid, c: deed.c, seq: state.head.0 + 1 });
                }
                deed.decided = Some((state.head, change));
                self.after(1, 12, Step::Commit(node, life, Box::new(deed)));
            }
            Err(refusal) => {
                let outcome = match self.stored_as(&deed) {
                    Some(seq) => Ok((seq, true)),
                    None => Err(match refusal {
                        conversation::Refusal::Closed => "closed",
                        conversation::Refusal::NotAssignee => "not_assignee",
                        _ => "stale",
                    }),
                };
                self.after(0, 5, Step::Told(node, life, Box::new(deed), outcome));
            }
        }
    }

    /// Where a message with this name is stored.
    fn stored_as(&self, deed: &Deed) -> Option<u64> {
        let cmid = deed.named?.to_string();
        let sender = deed.who.and_then(Who::sender);
        let log = &self.disk.get(&deed.c)?.log;
        let mine = |e: &&Entry| {
            let by = match e.author {
                deskbell::conversation::Author::Agent(a) => Some(a.0),
                _ => None,
            };
            by == sender && e.sent.as_ref().is_some_and(|s| s.cmid == cmid)
        };
        log.iter().find(mine).map(|e| e.seq.0)
    }

    /// What the store does: all or nothing, at one moment.
    pub(super) fn commit(&mut self, node: usize, life: u32, mut deed: Deed) {
        if !self.alive(node, life) {
            return;
        }
        let Some((expected, change)) = deed.decided.take() else {
            return self.after(0, 5, Step::Told(node, life, Box::new(deed), Err("stale")));
        };
        if let Some(seq) = self.stored_as(&deed).filter(|_| self.fault != Fault::NoNames) {
            return self.after(0, 20, Step::Told(node, life, Box::new(deed), Ok((seq, true))));
        }
        let head = self.disk.get(&deed.c).map_or(0, |k| k.state.head.0);
        if head != expected.0 && self.fault != Fault::NoExpectedHead {
            self.nodes[node].cache.remove(&deed.c);
            return self.decide_on(node, deed);
        }
        let taker = match deed.event {
            Event::Claim { agent, .. } | Event::Transfer { to: TransferTo::Agent(agent), .. } => Some(agent),
            _ => None,
        };
        if taker.is_some_and(|a| self.chats_of(a.0).len() >= CAPACITY) {
            return self.after(0, 5, Step::Told(node, life, Box::new(deed), Err("at_capacity")));
        }
        let Change { entries, state, wake } = change;
        self.nodes[node].cache.insert(deed.c, state.clone());
        if let Some(at) = wake {
            let pause = at.0 - self.nodes[node].clock;
            self.at(pause, Step::Due(node, life, deed.c));
        }
        self.write(deed.c, entries, state);
        self.after(0, 20, Step::Told(node, life, Box::new(deed), Ok((expected.0 + 1, false))));
    }

    /// After the commit, or after a refusal.
    pub(super) fn told_of(&mut self, node: usize, life: u32, deed: Deed, outcome: Result<(u64, bool), &'static str>) {
        if !self.alive(node, life) {
            return;
        }
        let c = deed.c;
        if let Some(wire) = deed.wire {
            match (deed.named, outcome) {
                (Some(cmid), Ok((seq, _))) => self.down(wire, Down::Ack { cmid, c, seq }),
                (Some(cmid), Err(code)) => {
                    // Where the client never hears of it, it asks again, and then its turn may be behind its successors.
                    let client = self.wires[wire].client;
                    self.clients[client].note(self.now, Line::Refused { cmid, code: code.into() });
                    self.refused.insert(cmid);
                    self.down(wire, Down::Nack { cmid, code });
                }
                (None, Ok((_, false))) => {
                    if let (Event::Claim { ver, .. }, Some(kept)) = (&deed.event, self.disk.get(&c)) {
                        let frame =
                            Down::State { c, ver: kept.state.ver, owner: kept.state.owner, claimed: Some(*ver) };
                        self.down(wire, frame);
                    }
                }
                (None, _) => {}
            }
            if outcome.is_ok() && self.wires[wire].server_open {
                self.follow(wire, c, 0);
            }
            self.wires[wire].busy = false;
        }
        if matches!(outcome, Ok((_, false))) {
            // This server hears at once; others perhaps never.
            self.hint(node, life, c);
            for other in (0..NODES).filter(|n| *n != node) {
                if !self.chance.one_in(4) {
                    let life = self.nodes[other].life;
                    self.after(1, 80, Step::Hint(other, life, c));
                }
            }
        }
        if let Some(wire) = deed.wire {
            self.serve(wire);
        }
    }

    pub(super) fn hint(&mut self, node: usize, life: u32, c: C) {
        if !self.alive(node, life) {
            return;
        }
        for wire in 0..self.wires.len() {
            let w = &self.wires[wire];
            if w.node == node && w.server_open && w.follows.contains_key(&c) {
                self.tell(wire, c);
            }
        }
    }

    pub(super) fn poll(&mut self, node: usize, life: u32) {
        if self.alive(node, life) && self.fault != Fault::HintsOnly {
            let all: Vec<C> = self.disk.keys().copied().collect();
            for c in all {
                self.hint(node, life, c);
            }
        }
        let life = self.nodes[node].life;
        self.after(4_000, 5_000, Step::Poll(node, life));
    }

    pub(super) fn bot_due(&mut self, node: usize, life: u32, c: C) {
        if self.alive(node, life) && self.disk.get(&c).is_some_and(|k| k.state.burst.is_some()) {
            self.by_itself(node, c, Event::BotDue);
        }
    }

    fn chats_of(&self, agent: i64) -> Vec<C> {
        let has = Owner::Agent(AgentId(agent));
        self.disk.iter().filter(|(_, k)| k.state.owner == has).map(|(c, _)| *c).collect()
    }

    /// A session ends; an agent without any is away after a while, and then loses the chats.
    pub(super) fn gone(&mut self, wire: usize) {
        if !std::mem::replace(&mut self.wires[wire].server_open, false) {
            return;
        }
        let client = self.wires[wire].client;
        if let Who::Agent(agent) = self.clients[client].who {
            let comings = &mut self.clients[client].comings;
            comings.sockets = comings.sockets.saturating_sub(1);
            comings.turn += 1;
            let (none, turn) = (comings.sockets == 0, comings.turn);
            if none {
                self.at(self.now + 1_500, Step::Absent(agent, turn, false));
                self.at(self.now + 4_000, Step::Absent(agent, turn, true));
            }
        }
    }

    pub(super) fn absent(&mut self, agent: i64, turn: u64, lost: bool) {
        let comings = self.clients.iter().find(|c| c.who == Who::Agent(agent)).map(|c| &c.comings);
        let Some(node) = (0..NODES).find(|n| self.nodes[*n].up) else {
            return self.after(500, 500, Step::Absent(agent, turn, lost));
        };
        if comings.is_some_and(|k| k.sockets == 0 && k.turn == turn) {
            let agent_id = AgentId(agent);
            for c in self.chats_of(agent) {
                let event =
                    if lost { Event::AgentLost { agent: agent_id } } else { Event::AgentAway { agent: agent_id } };
                self.by_itself(node, c, event);
            }
        }
    }

    pub(super) fn crash(&mut self, node: usize) {
        if !self.nodes[node].up {
            return;
        }
        self.nodes[node].up = false;
        self.nodes[node].life += 1;
        self.nodes[node].cache.clear();
        for wire in 0..self.wires.len() {
            if self.wires[wire].node == node && self.wires[wire].server_open {
                self.gone(wire);
                self.after(1, 1_000, Step::Lost(wire));
            }
        }
        self.after(100, 3_000, Step::Start(node));
    }

    pub(super) fn start(&mut self, node: usize) {
        self.nodes[node].up = true;
        // Somebody set the clock: up to a minute in either direction.
        self.nodes[node].clock = 1_000_000 + self.chance.below(120_000) as i64 - 60_000;
        let life = self.nodes[node].life;
        let owed: Vec<C> = self.disk.iter().filter(|(_, k)| k.state.burst.is_some()).map(|(c, _)| *c).collect();
        for c in owed {
            self.after(0, 10, Step::Due(node, life, c));
        }
    }
}

pub(super) const fn visitor(client: usize) -> VisitorId {
    VisitorId(client as u128 + 1)
}
