//! Who is here: agents with their availability, visitors with their sockets, and what happens when an agent is gone.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, Weak};

use lru::LruCache;

use super::hub::{Hub, lock};
use super::turns::Deed;
use super::{Action, Actor, Desk, DeskError, Mailbox, On, looking, may};
use crate::bus::Hint;
use crate::conversation::{Event, TransferTo};
use crate::queue::{self, Block};
use crate::store::Person;
use crate::types::{AgentId, ConversationId, Seq, VisitorId};

/// Whether an agent takes chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    /// Takes new chats.
    Online,
    /// Takes none.
    Away,
    /// Takes only what is transferred.
    TransferOnly,
    /// Not here.
    Offline,
}

/// Somebody who works here.
#[derive(Debug, Clone)]
pub struct Colleague {
    /// Who.
    pub person: Arc<Person>,
    /// Now.
    pub availability: Availability,
    /// Chats at hand.
    pub load: u32,
}

/// Who is connected to this node.
pub(super) struct Presence {
    agents: Mutex<HashMap<AgentId, Slot>>,
    visitors: Mutex<HashMap<VisitorId, Vec<Weak<Mailbox>>>>,
    looking: looking::Looking,
    /// From where visitors were seen last, also those who have just gone: the bot's turn may come after that.
    /// Never stored.
    blocks: Mutex<LruCache<VisitorId, Block>>,
}

#[derive(Clone, Copy)]
struct Slot {
    sockets: u32,
    chosen: Availability,
    /// Rises with every coming and going: a timer set before means nothing after.
    turn: u64,
}

impl Presence {
    /// Nobody is here; so many visitors' addresses are remembered.
    pub(super) fn new(remembered: NonZeroUsize) -> Self {
        let looking = looking::Looking::default();
        Self {
            agents: Mutex::default(),
            visitors: Mutex::default(),
            looking,
            blocks: Mutex::new(LruCache::new(remembered)),
        }
    }

    /// From where a visitor was seen last.
    pub(super) fn comes_from(&self, visitor: VisitorId) -> Option<Block> {
        lock(&self.blocks).get(&visitor).copied()
    }

    /// A conversation began in one tab: the visitor's other tabs follow it too.
    pub(super) fn opened(&self, visitor: VisitorId, c: ConversationId, head: Seq) {
        let tabs: Vec<Arc<Mailbox>> =
            lock(&self.visitors).get(&visitor).into_iter().flatten().filter_map(Weak::upgrade).collect();
        for tab in tabs {
            tab.follow(c);
            tab.put_log(c, head);
        }
    }

    /// A visitor was erased: their sockets end.
    pub(super) fn erased(&self, visitor: VisitorId) {
        lock(&self.blocks).pop(&visitor);
        let tabs = lock(&self.visitors).get(&visitor).cloned().unwrap_or_default();
        for tab in tabs.iter().filter_map(Weak::upgrade) {
            tab.put_erased();
        }
    }

    /// A visitor was blocked: their sockets end.
    pub(super) fn banned(&self, visitor: VisitorId) {
        let tabs = lock(&self.visitors).get(&visitor).cloned().unwrap_or_default();
        for tab in tabs.iter().filter_map(Weak::upgrade) {
            tab.put_banned();
        }
    }

    pub(super) fn availability(&self, agent: AgentId) -> Availability {
        match lock(&self.agents).get(&agent) {
            Some(slot) if slot.sockets > 0 => slot.chosen,
            _ => Availability::Offline,
        }
    }
}

/// A visitor's socket; ends with it.
pub struct VisitorConnection {
    desk: Arc<Desk>,
    visitor: VisitorId,
    /// No other tab was open.
    first: bool,
    /// Its hints.
    pub mailbox: Arc<Mailbox>,
}

/// An agent's socket; ends with it.
pub struct AgentConnection {
    desk: Arc<Desk>,
    agent: AgentId,
    /// What it has on the screen.
    screen: Mutex<Option<ConversationId>>,
    /// Its hints.
    pub mailbox: Arc<Mailbox>,
}

impl VisitorConnection {
    /// Those who look at what this socket follows learn that the visitor is back.
    pub fn tell(&self) {
        for c in self.mailbox.following().into_iter().filter(|_| self.first) {
            self.desk.visitor_moved(Hint::VisitorPresence { c, online: true });
        }
    }
}

impl AgentConnection {
    /// This conversation is on the screen now, and no other.
    pub fn look(&self, c: Option<ConversationId>) {
        let before = std::mem::replace(&mut *lock(&self.screen), c);
        if before != c {
            for (c, on) in [(before, false), (c, true)] {
                if let Some(c) = c.filter(|c| self.desk.presence.looking.note(*c, self.agent, on)) {
                    self.desk.bus.publish(Hint::Looking { c });
                }
            }
        }
    }
}

impl Drop for VisitorConnection {
    fn drop(&mut self) {
        let me = Arc::downgrade(&self.mailbox);
        let mut visitors = lock(&self.desk.presence.visitors);
        let gone = visitors.get_mut(&self.visitor).is_some_and(|tabs| {
            tabs.retain(|t| !t.ptr_eq(&me));
            tabs.is_empty()
        });
        if gone {
            visitors.remove(&self.visitor);
            drop(visitors);
            for c in self.mailbox.following() {
                self.desk.visitor_moved(Hint::VisitorPresence { c, online: false });
            }
        }
    }
}

impl Drop for AgentConnection {
    fn drop(&mut self) {
        self.look(None);
        let mut agents = lock(&self.desk.presence.agents);
        let Some(slot) = agents.get_mut(&self.agent) else { return };
        slot.sockets = slot.sockets.saturating_sub(1);
        slot.turn += 1;
        let (gone, turn) = (slot.sockets == 0, slot.turn);
        drop(agents);
        if gone {
            self.desk.agent_moved(self.agent);
            self.desk.await_return(self.agent, turn);
        }
    }
}

impl Desk {
    /// Notes from where a visitor comes: places in the queue are counted by it.
    pub fn seen_from(&self, visitor: VisitorId, from: Block) {
        lock(&self.presence.blocks).put(visitor, from);
    }

    /// A visitor's socket opened.
    pub fn connect_visitor(self: &Arc<Self>, visitor: VisitorId) -> VisitorConnection {
        let mailbox = Hub::join(&self.hub);
        let mut visitors = lock(&self.presence.visitors);
        let tabs = visitors.entry(visitor).or_default();
        let first = tabs.is_empty();
        tabs.push(Arc::downgrade(&mailbox));
        VisitorConnection { desk: self.clone(), visitor, first, mailbox }
    }

    /// Whether a socket of the conversation's visitor is open, as far as this node knows.
    #[must_use]
    pub fn visitor_online(&self, c: ConversationId) -> bool {
        let visitor = lock(&self.cache).peek(&c).map(|cached| cached.state.visitor);
        visitor.is_some_and(|v| lock(&self.presence.visitors).contains_key(&v))
    }

    /// An agent's socket opened. The first one makes nobody online: that is said with [`Desk::set_presence`].
    pub fn connect_agent(self: &Arc<Self>, person: &Arc<Person>) -> AgentConnection {
        let mailbox = Hub::join_agent(&self.hub);
        let mut agents = lock(&self.presence.agents);
        let slot = agents.entry(person.id).or_insert(Slot { sockets: 0, chosen: Availability::Away, turn: 0 });
        slot.sockets += 1;
        slot.turn += 1;
        let first = slot.sockets == 1;
        drop(agents);
        if first {
            self.agent_moved(person.id);
            let (desk, agent) = (self.clone(), person.id);
            tokio::spawn(async move {
                for c in desk.chats_of(agent) {
                    desk.tell_agent_state(c, Event::AgentBack { agent }).await;
                }
            });
        }
        AgentConnection { desk: self.clone(), agent: person.id, screen: Mutex::default(), mailbox }
    }

    /// Whether an agent takes chats.
    pub(super) fn availability_of(&self, agent: AgentId) -> Availability {
        self.presence.availability(agent)
    }

    /// Agents who have a conversation on the screen.
    #[must_use]
    pub fn looking(&self, c: ConversationId) -> Vec<AgentId> {
        self.presence.looking.at(c)
    }

    /// An agent says whether it takes chats.
    pub fn set_presence(&self, agent: AgentId, availability: Availability) {
        self.forget_misses(agent);
        if let Some(slot) = lock(&self.presence.agents).get_mut(&agent) {
            slot.chosen = availability;
        }
        self.agent_moved(agent);
    }

    fn agent_moved(&self, agent: AgentId) {
        self.tally.moved(agent, self.presence.availability(agent), self.now());
        self.bus.publish(Hint::Presence { agent });
        self.places_changed();
    }

    /// Everybody who may log in, here or not, by name.
    #[must_use]
    pub fn colleagues(&self) -> Vec<Colleague> {
        let people = self.people.load();
        let mut all: Vec<Colleague> = people
            .values()
            .filter(|p| !p.disabled)
            .map(|p| Colleague {
                person: p.clone(),
                availability: self.presence.availability(p.id),
                load: lock(&self.line).load(p.id),
            })
            .collect();
        all.sort_by(|a, b| a.person.name.cmp(&b.person.name).then(a.person.id.cmp(&b.person.id)));
        all
    }

    /// Whether a chat may go there, from somebody or (none) out of the line.
    pub(super) fn can_take(&self, to: &TransferTo, from: Option<AgentId>) -> Result<(), DeskError> {
        match to {
            TransferTo::Agent(agent) if Some(*agent) == from => Err(DeskError::Unavailable),
            TransferTo::Agent(agent) => match self.presence.availability(*agent) {
                Availability::Online | Availability::TransferOnly => {
                    let people = self.people.load();
                    let capacity = people.get(agent).map_or(0, |p| p.capacity);
                    if lock(&self.line).load(*agent) < capacity { Ok(()) } else { Err(DeskError::AtCapacity) }
                }
                Availability::Away | Availability::Offline => Err(DeskError::Unavailable),
            },
            TransferTo::Department(d) => {
                let content = self.content();
                let known = content.settings.departments.is_empty() || content.settings.departments.contains(d);
                let anybody = self.people.load().values().any(|p| {
                    let serves = queue::serves(&p.departments, Some(d));
                    serves && may(&Actor::Person(p.clone()), Action::Serve, On::Any)
                });
                if known && anybody && !self.is_paused(d) { Ok(()) } else { Err(DeskError::Unavailable) }
            }
        }
    }

    /// Starts the clock of an agent who has no socket.
    pub(super) fn await_return(self: &Arc<Self>, agent: AgentId, turn: u64) {
        let desk = self.clone();
        let (away, lost) = (self.options.away_after, self.options.lost_after);
        tokio::spawn(async move {
            tokio::time::sleep(away).await;
            for c in desk.chats_of_absent(agent, turn) {
                desk.tell_agent_state(c, Event::AgentAway { agent }).await;
            }
            tokio::time::sleep(lost.saturating_sub(away)).await;
            for c in desk.chats_of_absent(agent, turn) {
                desk.tell_agent_state(c, Event::AgentLost { agent }).await;
            }
        });
    }

    fn chats_of(&self, agent: AgentId) -> Vec<ConversationId> {
        lock(&self.line).assigned.iter().filter(|(_, a)| **a == agent).map(|(c, _)| *c).collect()
    }

    fn chats_of_absent(&self, agent: AgentId, turn: u64) -> Vec<ConversationId> {
        let absent = match lock(&self.presence.agents).get(&agent) {
            Some(slot) => slot.sockets == 0 && slot.turn == turn,
            None => turn == 0,
        };
        if absent { self.chats_of(agent) } else { Vec::new() }
    }

    async fn tell_agent_state(self: &Arc<Self>, c: ConversationId, event: Event) {
        let deed =
            Deed { actor: None, action: Action::See, c, event, sent: None, visit: None, opens: false, from: None };
        if let Err(error) = self.apply(deed).await {
            tracing::warn!(conversation.id = %c, %error, "an agent's absence could not be noted");
        }
    }
}
