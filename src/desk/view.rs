//! What can be looked at: conversations, lists of them, places in the queue.

use std::collections::HashMap;
use std::sync::Arc;

use super::hub::lock;
use super::{Action, Actor, Desk, DeskError, On, may};
use crate::conversation::{Owner, State};
use crate::queue;
use crate::store::{Filter, Person};
use crate::types::{ConversationId, Role, VisitorId};

/// Place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub position: u32,
    /// Four of five wait at least and at most so many seconds, once somebody is there.
    pub wait: (u32, u32),
    /// Somebody is online who could come.
    pub staffed: bool,
}

/// What an agent may list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// Waiting for a person: who is next comes first.
    Waiting,
    /// Assigned to this person, oldest first.
    Mine,
    /// Waiting for or assigned in this person's departments.
    Department,
    /// Assigned to this person and put off until later, oldest first.
    Snoozed,
    /// Ended, last touched first.
    Closed,
    /// With a note that names this person and that they have not looked at, last touched first.
    Mentioned,
    /// Everything this person may see, last touched first.
    All,
}

impl View {
    /// Whether a conversation that a person may see stands in their view.
    #[must_use]
    pub fn fits(self, person: &Person, state: &State) -> bool {
        match self {
            Self::Waiting => state.owner == Owner::Queue,
            Self::Mine => state.owner == Owner::Agent(person.id) && state.due.is_none(),
            Self::Snoozed => state.owner == Owner::Agent(person.id) && state.due.is_some(),
            Self::Closed => state.owner == Owner::Closed,
            Self::Mentioned => state.mentioned.contains(&person.id),
            Self::Department => {
                let handed_over = state.waiting_since.is_some() && state.owner != Owner::Closed;
                handed_over
                    && (matches!(person.role, Role::Supervisor | Role::Admin)
                        || queue::serves(&person.departments, state.department.as_deref()))
            }
            Self::All => true,
        }
    }
}

impl Desk {
    /// A visitor's conversations, newest first, at most 50.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn conversations(&self, visitor: VisitorId) -> Result<Vec<(ConversationId, Arc<State>)>, DeskError> {
        let all = self.store.list(Filter::OfVisitor(visitor), 50).await?;
        Ok(all.into_iter().map(|(c, s)| (c, Arc::new(s))).collect())
    }

    /// A conversation's state, for somebody who may see it.
    ///
    /// # Errors
    /// `NotFound` where it is not there or not theirs, `Busy` and `Storage`.
    pub async fn state(&self, actor: &Actor, c: ConversationId) -> Result<Arc<State>, DeskError> {
        let found = self.load_for(Some(actor), Action::See, c).await?;
        found.map(|cached| cached.state.clone()).ok_or(DeskError::NotFound)
    }

    /// The same, asked of the store: somebody has seen more than is at hand. A commit can be read before the one who
    /// made it has heard of it.
    ///
    /// # Errors
    /// As [`Desk::state`].
    pub async fn stored_state(&self, actor: &Actor, c: ConversationId) -> Result<Arc<State>, DeskError> {
        lock(&self.cache).pop(&c);
        self.state(actor, c).await
    }

    /// Whether a person may see a conversation.
    #[must_use]
    pub fn sees(&self, person: &Arc<Person>, state: &State) -> bool {
        may(&Actor::Person(person.clone()), Action::See, On::Conversation(state))
    }

    /// What a person's view holds, in order, of the first `limit`; and whether there are more.
    ///
    /// # Errors
    /// `Forbidden` where there is no view for this role; `Busy` and `Storage`.
    pub async fn list(
        &self,
        person: &Arc<Person>,
        view: View,
        limit: u32,
    ) -> Result<(Vec<(ConversationId, Arc<State>)>, bool), DeskError> {
        if !may(&Actor::Person(person.clone()), Action::Watch, On::Any) {
            return Err(DeskError::Forbidden);
        }
        let most = limit as usize;
        let filters: &[Filter] = match view {
            View::Waiting => &[Filter::Waiting],
            View::Mine | View::Snoozed => &[Filter::Assigned(Some(person.id))],
            View::Closed => &[Filter::Closed],
            View::Mentioned => &[Filter::Mentioned],
            View::All => &[Filter::All],
            View::Department => &[Filter::Waiting, Filter::Assigned(None)],
        };
        let fits = |s: &State| self.sees(person, s) && view.fits(person, s);
        let (mut all, mut more) = (Vec::new(), false);
        for filter in filters {
            // One more than is shown, to know of the others.
            let mut part = self.store.list(filter.clone(), limit.saturating_add(1)).await?;
            more |= part.len() > most;
            part.truncate(most);
            all.extend(part.into_iter().filter(|(_, s)| fits(s)));
        }
        if view == View::Waiting {
            self.as_in_line(&mut all);
        }
        more |= all.len() > most;
        all.truncate(most);
        Ok((all.into_iter().map(|(c, s)| (c, Arc::new(s))).collect(), more))
    }

    /// Puts conversations into the order in which they are next; the store knows nothing of how waiting lifts them.
    fn as_in_line<T>(&self, all: &mut [(ConversationId, T)]) {
        let mut line = lock(&self.line);
        let order = line.in_order(&self.policy.load(), self.now());
        let places: HashMap<ConversationId, usize> = order.iter().enumerate().map(|(n, w)| (w.c, n)).collect();
        drop(line);
        all.sort_by_key(|(c, _)| places.get(c).copied().unwrap_or(usize::MAX));
    }

    /// Place in the queue of a conversation that waits.
    #[must_use]
    pub fn place(&self, c: ConversationId) -> Option<Place> {
        let servers = self.servers();
        let mut line = lock(&self.line);
        let position = queue::position(line.in_order(&self.policy.load(), self.now()), c, &servers)?;
        let department = line.waiting().iter().find(|w| w.c == c).and_then(|w| w.department.as_deref());
        let paused = department.is_some_and(|d| self.is_paused(d));
        let staffed = !paused && servers.iter().any(|s| s.serves(department));
        Some(Place { position, wait: line.history.estimate(position, department, &servers), staffed })
    }

    /// How long somebody who asks for a person now would usually wait, seconds: where chats go that are about nothing in
    /// particular, or else in the first department that has somebody online, is open and not paused. None where none has.
    #[must_use]
    pub fn usual_wait(&self) -> Option<(u32, u32)> {
        let (content, servers, now) = (self.content(), self.servers(), self.now());
        let settings = &content.settings;
        let takes = |d: &Option<&str>| {
            !d.is_some_and(|d| self.is_paused(d))
                && settings.open_state_of(*d, now, settings.default_language()).open
                && servers.iter().any(|s| s.serves(*d))
        };
        let first = settings.default_department.as_deref();
        let mut ways = [first].into_iter().chain(settings.departments.iter().map(|d| Some(d.as_str())));
        let department = ways.find(takes)?;
        let line = lock(&self.line);
        let position = queue::position_of_next(line.waiting(), department, &servers);
        Some(line.history.estimate(position, department, &servers))
    }

    /// How many wait for a person.
    #[must_use]
    pub fn queue_depth(&self) -> usize {
        lock(&self.line).waiting().len()
    }
}
