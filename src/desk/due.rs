//! What was put off comes back when its time is there, or its visitor writes.

use std::sync::Arc;

use super::turns::Deed;
use super::{Action, Availability, Desk, DeskError};
use crate::conversation::{Event, Owner, State};
use crate::store::Filter;
use crate::types::ConversationId;

/// Most that come back at once; the others follow a second later.
const AT_ONCE: u32 = 200;

impl Desk {
    /// Brings back what is due. What fails is tried again the next time.
    pub(super) async fn wake_due(self: &Arc<Self>) {
        match self.store.list(Filter::Due(self.now()), AT_ONCE).await {
            Ok(due) => {
                for (c, state) in due {
                    self.wake_one(c, &state).await;
                }
            }
            Err(error) => tracing::warn!(%error, "what was put off could not be read"),
        }
    }

    /// To its agent, if they are there and have a place; else into the queue.
    async fn wake_one(self: &Arc<Self>, c: ConversationId, state: &State) {
        let here = match state.owner {
            Owner::Agent(agent) => self.availability_of(agent) != Availability::Offline,
            _ => false,
        };
        let mut woken = self.wake_to(c, here).await;
        if here && woken == Err(DeskError::AtCapacity) {
            woken = self.wake_to(c, false).await;
        }
        if let Err(error) = woken {
            tracing::warn!(conversation.id = %c, %error, "what was put off did not come back; it is tried again");
        }
    }

    async fn wake_to(self: &Arc<Self>, c: ConversationId, stays: bool) -> Result<(), DeskError> {
        let event = Event::Wake { stays };
        let action = Action::See;
        let deed = Deed { actor: None, action, c, event, sent: None, visit: None, opens: false, from: None };
        self.apply(deed).await.map(drop)
    }
}
