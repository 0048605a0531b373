//! The pause before a bot's turn: who writes in pieces is answered once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::Instrument;

use super::hub::lock;
use super::turns::{AGAIN, Deed};
use super::{Action, Desk, DeskError};
use crate::conversation::{Event, GRACE_MS};
use crate::types::ConversationId;

/// How long "is typing" holds without being said again.
const TYPING: Duration = Duration::from_secs(6);

/// The pauses before the bot's turns, and who types.
#[derive(Default)]
pub(super) struct Bursts {
    due: Mutex<HashMap<ConversationId, Arc<Pause>>>,
    typing: Mutex<HashMap<ConversationId, Instant>>,
}

impl Bursts {
    /// The bot's turn, if it comes, finds nothing.
    pub(super) fn forget(&self, c: ConversationId) {
        lock(&self.due).remove(&c);
        lock(&self.typing).remove(&c);
    }
}

struct Pause {
    deadline: Mutex<Instant>,
    changed: Notify,
}

impl Desk {
    /// The bot's turn after this long, or sooner if the visitor stops typing.
    pub(super) fn wake(self: &Arc<Self>, c: ConversationId, after: Duration) {
        let deadline = Instant::now() + after;
        let mut due = lock(&self.bursts.due);
        if let Some(burst) = due.get(&c) {
            *lock(&burst.deadline) = deadline;
            burst.changed.notify_one();
            return;
        }
        let burst = Arc::new(Pause { deadline: Mutex::new(deadline), changed: Notify::new() });
        due.insert(c, burst.clone());
        drop(due);
        let desk = self.clone();
        let turn = async move {
            loop {
                let until = *lock(&burst.deadline);
                tokio::select! {
                    () = tokio::time::sleep_until(until) => {
                        let mut due = lock(&desk.bursts.due);
                        if *lock(&burst.deadline) <= until {
                            due.remove(&c);
                            break;
                        }
                    }
                    () = burst.changed.notified() => {}
                }
            }
            let event = Event::BotDue;
            let deed =
                Deed { actor: None, action: Action::See, c, event, sent: None, visit: None, opens: false, from: None };
            match desk.apply(deed).await {
                // Erased, or deleted with age.
                Ok(_) | Err(DeskError::NotFound) => {}
                Err(error) => {
                    tracing::warn!(conversation.id = %c, %error, "the bot's turn failed; it is tried again");
                    tokio::time::sleep(AGAIN).await;
                    desk.wake(c, Duration::ZERO);
                }
            }
        };
        tokio::spawn(turn.in_current_span());
    }

    /// Notes that the visitor types, or stopped: then the bot's turn need not wait much longer.
    pub(super) fn note_typing(&self, c: ConversationId, on: bool) {
        let mut typing = lock(&self.bursts.typing);
        let now = Instant::now();
        if on {
            if typing.len() > 10_000 {
                typing.retain(|_, until| *until > now);
            }
            typing.insert(c, now + TYPING);
            return;
        }
        typing.remove(&c);
        drop(typing);
        if let Some(burst) = lock(&self.bursts.due).get(&c) {
            let mut deadline = lock(&burst.deadline);
            *deadline = (*deadline).min(now + Duration::from_millis(GRACE_MS));
            burst.changed.notify_one();
        }
    }

    /// Whether the visitor was seen typing just now.
    #[must_use]
    pub fn is_typing(&self, c: ConversationId) -> bool {
        lock(&self.bursts.typing).get(&c).is_some_and(|until| *until > Instant::now())
    }
}
