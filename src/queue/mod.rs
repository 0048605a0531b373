//! Who is next, for whom, at which place, and how long will it take: pure functions over the waiting line.

mod assign;
mod estimate;
#[cfg(test)]
mod estimates;
#[cfg(test)]
mod histories;
mod order;
mod place;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use assign::{assign, eligible, next_change, overflow};
pub use estimate::{History, SAMPLES, WaitQuality, finds_place};
pub use order::{compare, position, position_of_next, rank, sort};
pub use place::{Block, Guest, Places, room};

use crate::types::{AgentId, ConversationId, Language, Priority, Timestamp};
pub use crate::types::{Giving, Strategy};

/// Somebody who waits for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The conversation.
    pub c: ConversationId,
    /// For whom; `None`: anybody.
    pub department: Option<String>,
    /// How soon.
    pub priority: Priority,
    /// Since when; kept through claim and return.
    pub since: Timestamp,
    /// In this department's line since: waits that end (for a language, before going on elsewhere) count from here.
    pub entered: Timestamp,
    /// Which the visitor writes, if that is known and somebody should speak it.
    pub language: Option<Language>,
    /// Skills that whoever takes it must have.
    pub needs: Vec<String>,
    /// Who had it last, until when.
    pub last_agent: Option<(AgentId, Timestamp)>,
    /// To whom it was offered in vain, when that ended.
    pub passed: Vec<(AgentId, Timestamp)>,
}

impl Waiting {
    fn passed_by(&self, agent: AgentId) -> bool {
        self.passed.iter().any(|(a, _)| *a == agent)
    }
}

/// Somebody who takes new chats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Who.
    pub agent: AgentId,
    /// Which queues; empty: all.
    pub departments: Vec<String>,
    /// Which languages; empty: all.
    pub languages: Vec<Language>,
    /// What they can do that others cannot.
    pub skills: Vec<String>,
    /// Chats at hand, and those that are on offer to them.
    pub load: u32,
    /// Chats at once.
    pub capacity: u32,
    /// Rises with each chat that anybody is given; of this person's last one. 0: none yet.
    pub given: u64,
}

impl Server {
    /// Whether this person takes chats of a department.
    #[must_use]
    pub fn serves(&self, department: Option<&str>) -> bool {
        serves(&self.departments, department)
    }

    fn speaks(&self, w: &Waiting) -> bool {
        self.languages.is_empty() || w.language.is_none_or(|l| self.languages.contains(&l))
    }
}

/// Whether somebody with these departments (none: all) takes chats of `department` (none: anybody's).
#[must_use]
pub fn serves(departments: &[String], department: Option<&str>) -> bool {
    departments.is_empty() || department.is_none_or(|d| departments.iter().any(|x| x == d))
}

/// How chats find people. All times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Who moves first.
    pub mode: Giving,
    /// Whom a chat goes to, of those who can take it.
    pub strategy: Strategy,
    /// An offer stands so long, and so long it rests after everybody has let it pass.
    pub offer: u64,
    /// Offers in a row that somebody may let pass unanswered before being away; 0: any number.
    pub misses_until_away: u32,
    /// Who had a chat last is preferred for so long.
    pub prefer_last_agent: u64,
    /// Each such wait lifts by one step of priority; 0: never.
    pub age: u64,
    /// So long a chat waits for somebody who speaks its language.
    pub relax_language: u64,
    /// By name; the others have no rules of their own.
    pub departments: BTreeMap<String, Rules>,
}

/// Rules of one department.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules {
    /// Takes no new chats, until somebody lets it go on.
    pub paused: bool,
    /// Where its chats go on to, and after how long.
    pub overflow: Option<(String, u64)>,
    /// Its people write these; a chat in another language is not kept for somebody who speaks it. Empty: any.
    pub languages: Vec<Language>,
}

impl Policy {
    fn of(&self, department: &str) -> Option<&Rules> {
        self.departments.get(department)
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            mode: Giving::Pull,
            strategy: Strategy::LeastLoaded,
            offer: 30_000,
            misses_until_away: 2,
            prefer_last_agent: 24 * 3_600_000,
            age: 10 * 60_000,
            relax_language: 2 * 60_000,
            departments: BTreeMap::new(),
        }
    }
}
