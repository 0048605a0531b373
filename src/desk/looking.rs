//! Which agents have which conversation on the screen. Never stored.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use super::hub::lock;
use crate::types::{AgentId, ConversationId};

/// Screens by conversation and agent: an agent may have several.
#[derive(Default)]
pub(super) struct Looking {
    screens: Mutex<HashMap<ConversationId, BTreeMap<AgentId, u32>>>,
}

impl Looking {
    /// A screen shows a conversation, or not any more. True where that changes who looks.
    pub(super) fn note(&self, c: ConversationId, agent: AgentId, on: bool) -> bool {
        let mut screens = lock(&self.screens);
        let agents = screens.entry(c).or_default();
        let count = agents.entry(agent).or_default();
        *count = if on { *count + 1 } else { count.saturating_sub(1) };
        let changed = *count == u32::from(on);
        if *count == 0 {
            agents.remove(&agent);
        }
        if agents.is_empty() {
            screens.remove(&c);
        }
        changed
    }

    /// Who looks, in order of id.
    pub(super) fn at(&self, c: ConversationId) -> Vec<AgentId> {
        lock(&self.screens).get(&c).map(|agents| agents.keys().copied().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_screens_of_one_agent_are_one_who_looks() {
        let looking = Looking::default();
        let (c, anna, ben) = (ConversationId(1), AgentId(1), AgentId(2));
        assert!(looking.note(c, anna, true) && !looking.note(c, anna, true) && looking.note(c, ben, true));
        assert_eq!(looking.at(c), [anna, ben]);
        assert!(!looking.note(c, anna, false) && looking.note(c, anna, false));
        assert_eq!(looking.at(c), [ben]);
        assert!(looking.note(c, ben, false) && looking.at(c).is_empty());
        assert!(lock(&looking.screens).is_empty());
    }
}
