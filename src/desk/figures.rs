//! What the desk counts and times, and the steps that a trace shows. No label names a visitor or a conversation.

use std::time::Duration;

use metrics::{counter, histogram};
use tokio::time::Instant;

use super::Desk;
use super::presence::Availability;
use crate::conversation::{Author, Body, Entry, Event, State};

/// Figures that are what they are at the moment of asking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figures {
    /// Conversations that wait for a person.
    pub waiting: usize,
    /// Chats that agents have.
    pub load: u32,
    /// Chats that the agents who are online may have.
    pub capacity: u32,
}

impl Desk {
    /// How it stands now.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let mut figures = Figures { waiting: self.queue_depth(), ..Figures::default() };
        for colleague in self.colleagues() {
            figures.load += colleague.load;
            if colleague.availability == Availability::Online {
                figures.capacity += colleague.person.capacity;
            }
        }
        figures
    }
}

/// Times a reading of the engine.
pub(super) fn reading(read: &mut dyn FnMut()) {
    let _span = tracing::info_span!(target: "deskbell::trace", "engine.understand").entered();
    let began = Instant::now();
    read();
    histogram!("understand_seconds").record(began.elapsed());
}

/// Times a decision in which the bot spoke.
pub(super) fn decided(entries: &[Entry], took: Duration) {
    if entries.iter().any(|e| e.author == Author::Bot) {
        histogram!("turn_seconds").record(took);
    }
}

/// Counts what came of the bot's turn, if a commit held one.
pub(super) fn answered(before: &State, entries: &[Entry], after: &State) {
    if let Some(verdict) = verdict(before, entries, after) {
        counter!("answers_total", "verdict" => verdict).increment(1);
    }
}

fn verdict(before: &State, entries: &[Entry], after: &State) -> Option<&'static str> {
    let spoken = || entries.iter().filter(|e| e.author == Author::Bot).map(|e| &e.body);
    spoken().next()?;
    Some(if spoken().any(|b| matches!(b, Body::Handoff(_))) {
        "handoff"
    } else if spoken().any(|b| matches!(b, Body::Answer(_))) {
        "confident"
    } else if spoken().any(|b| matches!(b, Body::Clarify { .. })) {
        "ambiguous"
    } else if after.memory.misses > before.memory.misses {
        "unknown"
    } else {
        "other"
    })
}

/// An event's name in a trace.
pub(super) const fn name_of(event: &Event) -> &'static str {
    match event {
        Event::VisitorSaid { .. } => "said",
        Event::VisitorChose { .. } => "chose",
        Event::VisitorFilled { .. } => "filled",
        Event::VisitorRated { .. } => "rated",
        Event::VisitorAsksPerson => "asks_person",
        Event::VisitorLeavesLine => "leaves_line",
        Event::VisitorEnds => "ends",
        Event::BotDue => "bot_due",
        Event::PlaceFree => "place_free",
        _ => "agent",
    }
}
