//! Which entries of a log, and which conversations.

use crate::conversation::{Owner, State};
use crate::types::{AgentId, Seq, Timestamp, VisitorId};

/// A part of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// Entries behind this place.
    pub after: Seq,
    /// Entries before this place; `None`: up to the end.
    pub before: Option<Seq>,
    /// At most so many.
    pub limit: u32,
    /// If there are more: the first of them, or the last.
    pub side: Side,
}

/// Which entries of a range that is too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The oldest.
    First,
    /// The newest.
    Last,
}

/// Which conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Waiting for a person: highest priority, then longest wait first.
    Waiting,
    /// With a person, oldest first; of one agent, or all.
    Assigned(Option<AgentId>),
    /// Of one visitor, newest first.
    OfVisitor(VisitorId),
    /// All that are not closed and all that are, last touched first.
    All,
    /// Ended, last touched first.
    Closed,
    /// Somebody was named in a note and has not looked since; last touched first.
    Mentioned,
    /// Put off until then or earlier, the longest due first.
    Due(Timestamp),
    /// Owned by the bot, which owes an answer or a place in the queue.
    Unanswered,
}

impl Filter {
    /// Whether a state fits.
    #[must_use]
    pub fn fits(&self, state: &State) -> bool {
        match self {
            Self::Waiting => state.owner == Owner::Queue,
            Self::Assigned(None) => matches!(state.owner, Owner::Agent(_)),
            Self::Assigned(Some(a)) => state.owner == Owner::Agent(*a),
            Self::OfVisitor(v) => state.visitor == *v,
            Self::All => true,
            Self::Closed => state.owner == Owner::Closed,
            Self::Mentioned => !state.mentioned.is_empty(),
            Self::Due(by) => state.due.is_some_and(|due| due <= *by),
            Self::Unanswered => state.owner == Owner::Bot && state.burst.is_some() || state.awaits_place().is_some(),
        }
    }
}
