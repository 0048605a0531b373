//! Who waits, who has what: in memory, from the states as they are committed.

use std::collections::HashMap;

use super::Desk;
use super::hub::lock;
use super::places::Hopeful;
use crate::conversation::{Owner, State};
use crate::queue::{self, Block, Guest, Places, Policy, Server, Waiting};
use crate::types::{AgentId, ConversationId, Room, Timestamp};

/// The waiting line, and who has what.
#[derive(Default)]
pub(super) struct Line {
    /// In the order of the last look: [`Line::in_order`] puts it right.
    waiting: Vec<Waiting>,
    pub(super) assigned: HashMap<ConversationId, AgentId>,
    claimed: HashMap<ConversationId, Timestamp>,
    /// Who would like to be in it.
    pub(super) hopeful: Hopeful,
    /// Of `waiting`.
    guests: HashMap<ConversationId, Guest>,
    /// Places that are taken by a decision which is not on disk yet, and by how many attempts.
    held: HashMap<ConversationId, Hold>,
    pub(super) history: queue::History,
    /// What was told of the wait on joining, of `waiting`; and whether a place was free then.
    told: HashMap<ConversationId, ((u32, u32), bool)>,
    /// What is on offer.
    pub(super) offers: HashMap<ConversationId, Offer>,
    /// Offers in a row that were let pass unanswered.
    pub(super) misses: HashMap<AgentId, u32>,
    /// Of each person's last chat, the place in the row of all.
    given: HashMap<AgentId, u64>,
    turn: u64,
}

/// A chat that is offered to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) agent: AgentId,
    pub(super) until: Timestamp,
}

struct Hold {
    guest: Guest,
    department: Option<String>,
    attempts: u32,
}

impl Line {
    pub(super) fn load(&self, agent: AgentId) -> u32 {
        self.assigned.values().filter(|a| **a == agent).count() as u32
    }

    /// Chats of everybody who has any.
    pub(super) fn loads(&self) -> HashMap<AgentId, u32> {
        let mut loads = HashMap::new();
        for agent in self.assigned.values() {
            *loads.entry(*agent).or_insert(0) += 1;
        }
        loads
    }

    /// Who waits, in the order of `now`.
    pub(super) fn in_order(&mut self, policy: &Policy, now: Timestamp) -> &[Waiting] {
        queue::sort(&mut self.waiting, policy, now);
        &self.waiting
    }

    /// Who waits, in any order.
    pub(super) fn waiting(&self) -> &[Waiting] {
        &self.waiting
    }

    /// Somebody let a chat pass, or could not be given it.
    pub(super) fn passed(&mut self, c: ConversationId, agent: AgentId, at: Timestamp) {
        if let Some(w) = self.waiting.iter_mut().find(|w| w.c == c) {
            w.passed.retain(|(a, _)| *a != agent);
            w.passed.push((agent, at));
        }
    }

    /// A chat is offered to, or given to, somebody.
    pub(super) fn gives(&mut self, c: ConversationId, agent: AgentId) {
        self.turn += 1;
        self.given.insert(agent, self.turn);
        // Offered again to somebody who let it pass: everybody did, so the round begins anew.
        if let Some(w) = self.waiting.iter_mut().find(|w| w.c == c && w.passed.iter().any(|(a, _)| *a == agent)) {
            w.passed.clear();
        }
    }

    pub(super) fn last_given(&self, agent: AgentId) -> u64 {
        self.given.get(&agent).copied().unwrap_or(0)
    }

    /// A conversation is not there any more. True where the line or somebody's load changed.
    pub(super) fn remove(&mut self, c: ConversationId) -> bool {
        let waited = self.waiting.len();
        self.waiting.retain(|w| w.c != c);
        self.claimed.remove(&c);
        self.guests.remove(&c);
        self.told.remove(&c);
        self.assigned.remove(&c).is_some() || waited != self.waiting.len()
    }

    /// Whether a conversation waits or is somebody's.
    pub(super) fn knows(&self, c: ConversationId) -> bool {
        self.assigned.contains_key(&c) || self.waits(c)
    }

    pub(super) fn waits(&self, c: ConversationId) -> bool {
        self.guests.contains_key(&c)
    }

    /// Whether a conversation has a place already, or there is one for it.
    fn room_for(&self, c: ConversationId, guest: &Guest, places: Places) -> Room {
        let held = self.held.iter().filter(|(c, _)| !self.guests.contains_key(c)).map(|(_, hold)| &hold.guest);
        if self.knows(c) { Room::Free } else { queue::room(self.guests.values().chain(held), guest, places) }
    }

    /// How many wait in a department, or will in a moment.
    fn waiting_in(&self, department: &str) -> usize {
        let there = |d: &Option<String>| d.as_deref() == Some(department);
        let held = self.held.iter().filter(|(c, hold)| there(&hold.department) && !self.guests.contains_key(c));
        self.waiting.iter().filter(|w| there(&w.department)).count() + held.count()
    }

    /// Puts a conversation where its state says; `at`: since when it is there, if it was elsewhere before. True where the
    /// line or somebody's load changed.
    pub(super) fn put(&mut self, c: ConversationId, state: &State, from: Option<Block>, at: Timestamp) -> bool {
        if state.owner == Owner::Queue {
            self.guests.entry(c).or_insert(Guest { visitor: state.visitor, from });
        } else {
            self.guests.remove(&c);
            self.told.remove(&c);
        }
        let assigned = match state.owner {
            // What is put off takes nobody's place.
            Owner::Agent(agent) if state.due.is_none() => self.assigned.insert(c, agent) != Some(agent),
            _ => self.assigned.remove(&c).is_some(),
        };
        let was = self.waiting.iter().position(|w| w.c == c);
        let before = was.map(|i| self.waiting.swap_remove(i));
        let is = (state.owner == Owner::Queue).then(|| {
            // Who has only written something stands where they stood.
            let same = before.as_ref().filter(|w| w.department == state.department);
            Waiting {
                c,
                department: state.department.clone(),
                priority: state.priority,
                since: state.waiting_since.unwrap_or(state.updated_at),
                entered: same.map_or(at, |w| w.entered),
                language: state.language(),
                needs: state.needs.clone(),
                last_agent: state.last_agent,
                passed: same.map(|w| w.passed.clone()).unwrap_or_default(),
            }
        });
        let changed = before != is;
        self.waiting.extend(is);
        assigned || changed
    }
}

impl Desk {
    /// Keeps the line and who has what, after a commit. True where somebody's place may have changed.
    pub(super) fn keep_line(&self, c: ConversationId, before: &State, after: &State) -> bool {
        let from = self.presence.comes_from(after.visitor);
        let joins = before.owner != Owner::Queue && after.owner == Owner::Queue;
        let servers = if joins { self.servers() } else { Vec::new() };
        let at = after.updated_at;
        let mut line = lock(&self.line);
        match (before.owner, after.owner) {
            (Owner::Queue, Owner::Agent(agent)) => {
                line.claimed.insert(c, at);
                line.misses.remove(&agent);
                let entered = line.waiting.iter().find(|w| w.c == c).map(|w| w.entered);
                if let Some(since) = after.waiting_since {
                    self.tally.answered(before.department.as_deref(), seconds(at, since), at);
                    metrics::histogram!("queue_wait_seconds").record(at.since(since) as f64 / 1_000.0);
                }
                if let (Some((told, free)), Some(entered)) = (line.told.remove(&c), entered) {
                    let waited = seconds(at, entered);
                    let error = line.history.told(told, waited);
                    if free {
                        line.history.noticed(waited);
                    }
                    let inside = if (told.0..=told.1).contains(&waited) { "inside" } else { "outside" };
                    metrics::histogram!("wait_estimate_error_seconds").record(f64::from(error));
                    metrics::counter!("wait_estimates_total", "range" => inside).increment(1);
                }
                line.gives(c, agent);
            }
            (Owner::Agent(_), Owner::Closed) => {
                if let Some(since) = line.claimed.remove(&c) {
                    line.history.served(seconds(at, since));
                }
            }
            _ => {}
        }
        let hopes = line.hopeful.put(c, after);
        if hopes || before.owner == Owner::Queue && after.owner != Owner::Queue {
            self.place_free.notify_one();
        }
        let changed = line.put(c, after, from, at);
        if joins {
            self.remember_told(&mut line, c, &servers);
        }
        drop(line);
        if changed {
            self.route.notify_one();
        }
        changed
    }

    /// What a visitor who joins now is told of the wait, to be held against what comes. Where nobody is at work, nothing
    /// is promised.
    fn remember_told(&self, line: &mut Line, c: ConversationId, servers: &[Server]) {
        let policy = self.policy.load();
        let department = line.waiting.iter().find(|w| w.c == c).and_then(|w| w.department.clone());
        let paused = department.as_deref().is_some_and(|d| self.is_paused(d));
        let staffed = !paused && servers.iter().any(|s| s.serves(department.as_deref()));
        let position = queue::position(line.in_order(&policy, self.now()), c, servers);
        if let Some(position) = position.filter(|_| staffed) {
            let range = line.history.estimate(position, department.as_deref(), servers);
            let free = queue::finds_place(position, department.as_deref(), servers);
            line.told.insert(c, (range, free));
        }
    }

    /// Who takes a place if this conversation asks for a person.
    pub(super) fn guest(&self, state: &State) -> Guest {
        Guest { visitor: state.visitor, from: self.presence.comes_from(state.visitor) }
    }

    /// Whether there is a place in the line.
    pub(super) fn room_for(&self, c: ConversationId, guest: &Guest) -> Room {
        lock(&self.line).room_for(c, guest, self.places())
    }

    /// Takes a place until the conversation stands in the line.
    ///
    /// # Errors
    /// Where there is none: why.
    pub(super) fn hold_place(
        &self,
        c: ConversationId,
        guest: Guest,
        department: Option<&str>,
    ) -> Result<Held<'_>, Room> {
        let content = self.content();
        let most = department.and_then(|d| content.settings.department.get(d)?.max_waiting);
        let mut line = lock(&self.line);
        match line.room_for(c, &guest, self.places()) {
            Room::Free => {}
            full => return Err(full),
        }
        if let (Some(most), Some(d)) = (most, department)
            && !line.knows(c)
            && line.waiting_in(d) >= most as usize
        {
            return Err(Room::AllTaken);
        }
        let department = department.map(ToOwned::to_owned);
        line.held.entry(c).or_insert(Hold { guest, department, attempts: 0 }).attempts += 1;
        Ok(Held { desk: self, c })
    }

    const fn places(&self) -> Places {
        let o = &self.options;
        Places { all: o.queue_capacity, per_visitor: o.queue_per_visitor, per_block: o.queue_per_address }
    }
}

/// A place that is taken while the entry that says so is on its way to the disk: of many who come at once for the last
/// one, one gets it.
pub(super) struct Held<'a> {
    desk: &'a Desk,
    c: ConversationId,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut line = lock(&self.desk.line);
        if let Some(hold) = line.held.get_mut(&self.c) {
            hold.attempts -= 1;
            if hold.attempts == 0 {
                line.held.remove(&self.c);
            }
        }
    }
}

fn seconds(at: Timestamp, since: Timestamp) -> u32 {
    u32::try_from(at.since(since) / 1000).unwrap_or(u32::MAX)
}
