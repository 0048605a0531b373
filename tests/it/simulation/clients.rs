//! What visitors and agents do, and what they make of what they get.

use std::collections::{BTreeMap, BTreeSet};

use deskbell::conversation::{Body, Entry, Event, Owner, ReleaseTo, TransferTo};
use deskbell::types::AgentId;

use super::servers::Comings;
use super::world::{AGENTS, Down, Step, Up, VISITORS, World, seen};
use crate::ledger::harness::ledger::{C, Cmid, Line, Who, hash};

/// A browser tab.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) who: Who,
    pub(super) lines: Vec<(u32, Line)>,
    /// Named, in order, not acked.
    pub(super) outbox: Vec<(Cmid, Option<C>, Event)>,
    pub(super) comings: Comings,
    wire: Option<usize>,
    greeted: bool,
    /// Held up to here.
    held: BTreeMap<C, u64>,
    /// A visitor's conversation.
    c: Option<C>,
    /// An agent's chats, with their versions.
    chats: BTreeMap<C, u64>,
    serial: u64,
}

impl Client {
    /// Visitors first, then agents.
    pub(super) fn new(n: usize) -> Self {
        let who = if n < VISITORS { Who::Visitor(n as u32) } else { Who::Agent((n - VISITORS) as i64 + 1) };
        Self {
            who,
            lines: Vec::new(),
            outbox: Vec::new(),
            comings: Comings::default(),
            wire: None,
            greeted: false,
            held: BTreeMap::new(),
            c: None,
            chats: BTreeMap::new(),
            serial: 0,
        }
    }

    pub(super) fn note(&mut self, at: i64, line: Line) {
        self.lines.push((at as u32, line));
    }

    pub(super) fn sees(&self, entry: &Entry) -> bool {
        self.who.inside() || entry.visible_to_visitor()
    }

    pub(super) fn holds(&self) -> Vec<C> {
        self.held.keys().copied().collect()
    }
}

impl World {
    /// A client's next idea.
    pub(super) fn act(&mut self, client: usize) {
        if self.clients[client].wire.is_none() {
            match self.connect(client) {
                Some(wire) => self.hello(client, wire),
                None => return self.after(50, 500, Step::Act(client)),
            }
        } else if !self.calm() && self.clients[client].greeted {
            match self.clients[client].who {
                Who::Visitor(_) => self.visitor_acts(client),
                Who::Agent(agent) | Who::Outsider(agent) => self.agent_acts(client, AgentId(agent)),
            }
        }
        if !self.calm() {
            self.after(100, 2_000, Step::Act(client));
        }
    }

    fn hello(&mut self, client: usize, wire: usize) {
        let me = &mut self.clients[client];
        me.wire = Some(wire);
        me.greeted = false;
        let resume: Vec<(C, u64)> = me.held.iter().map(|(c, last)| (*c, *last)).collect();
        self.up(wire, Up::Hello(resume));
    }

    fn say(&mut self, client: usize, c: Option<C>, event: Event) {
        let me = &mut self.clients[client];
        me.serial += 1;
        let cmid = (client as u128 + 1) << 32 | u128::from(me.serial);
        me.outbox.push((cmid, c, event.clone()));
        self.send(client, cmid, c, event);
    }

    fn send(&mut self, client: usize, cmid: Cmid, c: Option<C>, event: Event) {
        let text = match &event {
            Event::VisitorSaid { text, .. } | Event::AgentSaid { text, .. } | Event::AgentNoted { text, .. } => {
                hash(text)
            }
            _ => 0,
        };
        let now = self.now;
        self.clients[client].note(now, Line::Sending { cmid, text });
        if let Some(wire) = self.clients[client].wire {
            self.up(wire, Up::Send(cmid, c, event));
        }
    }

    fn visitor_acts(&mut self, client: usize) {
        let me = &self.clients[client];
        let (c, waiting) = (me.c, me.outbox.len());
        if waiting >= if c.is_some() { 8 } else { 1 } {
            return;
        }
        match (self.chance.below(12), c, self.clients[client].wire) {
            (0, Some(c), Some(wire)) => self.up(wire, Up::Act(c, Event::VisitorEnds)),
            (1, Some(c), Some(wire)) => self.up(wire, Up::Act(c, Event::VisitorAsksPerson)),
            (kind, _, _) => {
                let text = ["when are you open", "hello", "i want to complain", "are you"][kind as usize % 4];
                let event = Event::VisitorSaid { text: text.into(), typing: kind == 11 };
                self.say(client, c, event);
            }
        }
    }

    fn agent_acts(&mut self, client: usize, agent: AgentId) {
        let Some(wire) = self.clients[client].wire else { return };
        let mine: Vec<(C, u64)> = self.clients[client].chats.iter().map(|(c, v)| (*c, *v)).collect();
        let Some((c, ver)) = self.chance.pick(&mine).copied() else {
            return self.agent_claims(wire, agent);
        };
        match self.chance.below(10) {
            0..=3 => self.say(client, Some(c), Event::AgentSaid { agent, text: "let me see".into(), seen: None }),
            4 => self.say(
                client,
                Some(c),
                Event::AgentNoted { agent, text: "a note".into(), mentions: Vec::new(), whisper: false },
            ),
            5 => self.up(wire, Up::Act(c, Event::Release { agent, ver, to: ReleaseTo::Queue })),
            6 => self.up(wire, Up::Act(c, Event::Release { agent, ver, to: ReleaseTo::Bot })),
            7 => self.up(wire, Up::Act(c, Event::Resolve { agent, ver, reason: "done".into(), follow_up: None })),
            8 => {
                let to = TransferTo::Agent(AgentId(1 + self.chance.below(AGENTS as u64) as i64));
                self.up(wire, Up::Act(c, Event::Transfer { agent, ver, to, note: None }));
            }
            _ => self.agent_claims(wire, agent),
        }
    }

    /// Everybody looks at the same list, and it may be an old one.
    fn agent_claims(&mut self, wire: usize, agent: AgentId) {
        let waits = |o: Owner| matches!(o, Owner::Queue | Owner::Agent(_));
        let list: Vec<(C, u64)> =
            self.disk.iter().filter(|(_, k)| waits(k.state.owner)).map(|(c, k)| (*c, k.state.ver)).collect();
        if let Some((c, ver)) = self.chance.pick(&list).copied() {
            let ver = ver - u64::from(self.chance.one_in(8)).min(ver);
            self.up(wire, Up::Act(c, Event::Claim { agent, ver }));
        }
    }

    /// A frame has reached a client.
    pub(super) fn received(&mut self, wire: usize, frame: Down) {
        let client = self.wires[wire].client;
        if self.clients[client].wire != Some(wire) || self.wires[wire].dead_down {
            return;
        }
        let now = self.now;
        let me = &mut self.clients[client];
        match frame {
            Down::Welcome(listed) => {
                me.greeted = true;
                let resumed = me.held.iter().map(|(c, last)| (*c, *last)).collect();
                let unknown: BTreeSet<C> =
                    listed.iter().map(|(c, _)| *c).filter(|c| !me.held.contains_key(c)).collect();
                // What is listed and not held is asked for from its beginning.
                let listed = listed.into_iter().filter(|(c, _)| !unknown.contains(c)).collect();
                me.note(now, Line::Connected { resumed: Vec::clone(&resumed), listed });
                me.note(now, Line::Connected { resumed, listed: Vec::new() });
                for c in unknown {
                    self.up(wire, Up::Open(c, 0));
                }
                for (cmid, c, event) in self.clients[client].outbox.clone() {
                    self.send(client, cmid, c, event);
                }
            }
            Down::Ack { cmid, c, seq } => {
                me.note(now, Line::Acked { cmid, c, seq });
                me.outbox.retain(|(of, _, _)| *of != cmid);
                if me.c.is_none() && !me.who.inside() {
                    me.c = Some(c);
                }
            }
            Down::Nack { cmid, code } => {
                me.outbox.retain(|(of, _, _)| *of != cmid);
                if code == "closed" {
                    me.c = None;
                }
            }
            Down::Ev { c, seq, prev, entry } => {
                let seen = seen(&entry, me.who.inside());
                me.note(now, Line::Got { c, seq, prev, seen, fetched: false });
                let last = me.held.entry(c).or_insert(0);
                *last = (*last).max(seq);
                if matches!(entry.body, Body::Closed { .. }) && me.c == Some(c) {
                    me.c = None;
                }
            }
            Down::State { c, ver, owner, claimed } => {
                let (state, agent) = match owner {
                    Owner::Bot => ("bot", None),
                    Owner::Queue => ("waiting", None),
                    Owner::Agent(a) => ("assigned", Some(a.0)),
                    Owner::Closed => ("closed", None),
                };
                me.note(now, Line::State { c, ver, state: state.into(), agent });
                if let Some(ver) = claimed {
                    me.note(now, Line::Claimed { c, ver });
                }
                if agent.is_some() && agent == me.who.sender() {
                    me.chats.insert(c, ver);
                } else {
                    me.chats.remove(&c);
                }
            }
        }
    }

    /// A client gives a line up, and comes back.
    pub(super) fn lost(&mut self, wire: usize) {
        self.wires[wire].client_open = false;
        let client = self.wires[wire].client;
        if self.clients[client].wire == Some(wire) {
            self.clients[client].wire = None;
            self.clients[client].greeted = false;
            self.after(20, 1_500, Step::Act(client));
        }
    }
}
