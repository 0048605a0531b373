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
    /// A chat is offered to an agent, or not any more.
    Offer {
        /// Who.
        agent: AgentId,
        /// Which.
        c: ConversationId,
    },
    /// Another agent has it on the screen, or not any more.
    Looking {
        /// Which.
        c: ConversationId,
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
    /// What agents have beside the log changed.
    Shared {
        /// What.
        what: Shared,
        /// Of this agent alone; none: everybody's.
        of: Option<AgentId>,
    },
}

/// What agents have beside the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shared {
    /// Replies that are written already.
    Canned,
    /// Steps that are taken at once.
    Macros,
    /// Lists of conversations.
    Views,
    /// What should be said otherwise.
    Wording,
    /// Which departments there are, and whether they take chats.
    Departments,
    /// Names, departments and places of people.
    People,
}

impl Shared {
    /// `canned`, `macros`, `views`, `wording`, `departments` or `people`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Canned => "canned",
            Self::Macros => "macros",
            Self::Views => "views",
            Self::Wording => "wording",
            Self::Departments => "departments",
            Self::People => "people",
        }
    }
}

/// A side of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The visitor.
    Visitor,
    /// An agent.
    Agent(AgentId),
}
