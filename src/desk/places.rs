//! Those who found no place in the queue and left an address: they join it as soon as there is one.
//!
//! That they wait is a part of their state, so a restart forgets nobody; here they only lie at hand, in the order in which
//! they wished for a person.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::hub::lock;
use super::turns::Deed;
use super::{Action, Desk, Load};
use crate::conversation::{Event, State};
use crate::queue::Guest;
use crate::store::{Filter, StoreError};
use crate::types::{ConversationId, Room, Timestamp, VisitorId};

/// Most that lie at hand; the others are found in the store when there is room here.
const AT_HAND: usize = 10_000;

/// A place may also become free without anybody being told: a commit that failed, an address that is not counted any more.
const LOOK: Duration = Duration::from_secs(1);

/// Who waits for a place: since when, and as the how manieth that was heard of; many may wish within a millisecond.
#[derive(Default)]
pub(super) struct Hopeful {
    at_hand: HashMap<ConversationId, (Timestamp, u64, VisitorId)>,
    heard_of: u64,
}

impl Hopeful {
    /// Puts a conversation where its state says. True where it waits for a place.
    pub(super) fn put(&mut self, c: ConversationId, state: &State) -> bool {
        let since = state.awaits_place();
        match since {
            Some(since) if self.at_hand.len() < AT_HAND || self.at_hand.contains_key(&c) => {
                self.heard_of += 1;
                let before = self.at_hand.get(&c).filter(|(at, ..)| *at == since);
                let nth = before.map_or(self.heard_of, |(_, nth, _)| *nth);
                self.at_hand.insert(c, (since, nth, state.visitor));
            }
            _ => drop(self.at_hand.remove(&c)),
        }
        since.is_some()
    }

    /// Longest wait first.
    fn in_order(&self) -> Vec<(ConversationId, VisitorId)> {
        let mut all: Vec<_> =
            self.at_hand.iter().map(|(c, (since, nth, visitor))| (*since, *nth, *c, *visitor)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, _, c, visitor)| (c, visitor)).collect()
    }
}

impl Desk {
    /// Those in the store who wait for a place and are not at hand.
    pub(super) async fn load_hopeful(&self) -> Result<(), StoreError> {
        for (c, state) in self.store.list(Filter::Unanswered, AT_HAND as u32).await? {
            let mut line = lock(&self.line);
            // Only what is not known: a commit that came in between knows better.
            if !line.knows(c) && !line.hopeful.at_hand.contains_key(&c) {
                line.hopeful.put(c, &state);
            }
        }
        Ok(())
    }

    /// Gives free places to those who wait for one, until `shutdown`.
    pub(super) async fn give_places(self: Arc<Self>, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.place_free.notified() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
            let hopeful = lock(&self.line).hopeful.in_order();
            for (c, visitor) in hopeful {
                if self.busy() >= Load::Full {
                    break;
                }
                let guest = Guest { visitor, from: self.presence.comes_from(visitor) };
                match self.room_for(c, &guest) {
                    Room::AllTaken => break,
                    Room::OwnTaken => {}
                    Room::Free => self.give_place(c).await,
                }
            }
        }
    }

    async fn give_place(self: &Arc<Self>, c: ConversationId) {
        let event = Event::PlaceFree;
        let deed =
            Deed { actor: None, action: Action::See, c, event, sent: None, visit: None, opens: false, from: None };
        match self.apply(deed).await {
            // What was at hand may be older than the state, where two commits were told in another order.
            Ok((_, state)) => drop(lock(&self.line).hopeful.put(c, &state)),
            Err(error) => tracing::warn!(conversation.id = %c, %error, "a place could not be given; it is tried again"),
        }
    }
}
