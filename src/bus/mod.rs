//! Who else must know now?
//!
//! # What a bus guarantees
//! Nothing but good will. A hint may come late, twice, in another order or never: the store is the truth, and whoever
//! gets a hint looks there. With every hint lost the system is late (by the desk's polling), never wrong.
//! A hint published here reaches the sink of this node before [`Bus::publish`] returns.

use std::sync::Arc;

use crate::types::{AgentId, ConversationId, Seq};

mod local;

pub use local::Local;

/// The seam: in-process in the default, NATS where several nodes share a store.
pub trait Bus: Send + Sync + 'static {
    /// Tells every node, this one included.
    fn publish(&self, hint: Hint);

    /// Where hints of all nodes go; set once, before the first publish. Must not block.
    fn listen(&self, sink: Sink);
}

/// Takes hints.
pub type Sink = Arc<dyn Fn(Hint) + Send + Sync>;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hint {
    /// A conversation's log or state changed.
    Log {
        /// Which.
        c: ConversationId,
        /// Its head then.
        head: Seq,
    },
    /// Somebody types, or stopped.
    Typing {
        /// Where.
        c: ConversationId,
        /// Who.
        by: Party,
        /// Now.
        on: bool,
        /// What stands in the box.
        preview: Option<Arc<str>>,
    },
    /// Somebody has read up to there.
    Read {
        /// Where.
        c: ConversationId,
        /// Who.
        by: Party,
        /// Up to.
        seq: Seq,
    },
    /// An agent came, went or changed presence.
    Presence {
        /// Who.
        agent: AgentId,
    },
    /// A visitor's last socket closed, or the first opened.
    VisitorPresence {
        /// Whose conversation.
        c: ConversationId,
        /// A socket is open.
        online: bool,
    },
    /// The visitor looks at another page.
    Page {
        /// Whose conversation.
        c: ConversationId,
    },
    /// Places in the queue changed.
    Queue,
    /// People or sessions changed: check whether you may stay.
    People,
}

/// A side of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The visitor.
    Visitor,
    /// An agent.
    Agent(AgentId),
}
