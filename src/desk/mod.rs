//! The application: what a visitor, an agent or a timer can do. The only caller of store and bus.

mod hub;
mod people;
mod presence;
mod rights;
mod turns;

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;
use lru::LruCache;

use crate::bus::{Bus, Hint, Party};
use crate::content::Content;
use crate::conversation::{Entry, Event, Refusal, State, Visit};
use crate::queue::{History, Waiting};
use crate::store::{Person, Range, Store};
use crate::types::{AgentId, ConversationId, Seq, Timestamp, VisitorId};

pub use hub::{Mail, Mailbox};
pub use people::{Login, LoginError};
pub use presence::{Availability, Colleague};
pub use rights::{Action, may};

/// Settings of the desk.
#[derive(Debug, Clone)]
pub struct Options {
    /// Most conversations that wait for a person.
    pub queue_capacity: u32,
    /// An agent without a connection is away after this.
    pub away_after: Duration,
    /// An away agent's chats go back to the queue after this, counted from the loss of the connection.
    pub lost_after: Duration,
    /// A login lasts this long.
    pub session_length: Duration,
    /// Conversations whose state and last entries are kept at hand.
    pub cache: NonZeroUsize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_capacity: 200,
            away_after: Duration::from_secs(30),
            lost_after: Duration::from_secs(120),
            session_length: Duration::from_secs(24 * 3600),
            cache: NonZeroUsize::new(20_000).unwrap_or(NonZeroUsize::MIN),
        }
    }
}

/// Why the desk does not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    /// The conversation's state forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Not there, or not yours.
    #[error("not found")]
    NotFound,
    /// Known, but not allowed.
    #[error("forbidden")]
    Forbidden,
    /// The same name for another content.
    #[error("another message has this name")]
    Conflict,
    /// The agent has no place.
    #[error("no free place")]
    AtCapacity,
    /// Nobody can take it.
    #[error("the target cannot take it")]
    Unavailable,
    /// Too much to do; later.
    #[error("busy")]
    Busy,
    /// The disk failed; later.
    #[error("the store failed")]
    Storage,
}

/// A message that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Its conversation.
    pub c: ConversationId,
    /// Its place.
    pub seq: Seq,
    /// Its time.
    pub at: Timestamp,
    /// It was there already.
    pub dup: bool,
}

/// Who acts.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A visitor.
    Visitor(VisitorId),
    /// A person who logged in.
    Person(Arc<Person>),
}

impl Actor {
    /// As a side of a conversation.
    #[must_use]
    pub fn party(&self) -> Party {
        match self {
            Self::Visitor(_) => Party::Visitor,
            Self::Person(p) => Party::Agent(p.id),
        }
    }
}

/// Place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub position: u32,
    /// Four of five wait at least so many seconds.
    pub low: u32,
    /// Four of five wait at most so many seconds.
    pub high: u32,
}

/// Everything at one desk. Share it by `Arc`.
pub struct Desk {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    content: ArcSwap<Content>,
    options: Options,
    cache: Mutex<LruCache<ConversationId, Arc<turns::Cached>>>,
    hub: Arc<hub::Hub>,
    line: Mutex<Vec<Waiting>>,
    history: Mutex<History>,
    people: ArcSwap<HashMap<AgentId, Arc<Person>>>,
    presence: presence::Presence,
    bursts: turns::Bursts,
    hashing: tokio::sync::Semaphore,
}
