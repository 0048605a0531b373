//! How one content answers one question, as a visitor would see it.

use serde::Serialize;

use super::Question;
use crate::content::{Content, Settings};
use crate::dialogue::{self, Input, Memory, Pending, Reason, Said, Say, Turn};
use crate::types::{Room, Timestamp};

/// Searches for a moment at which both contents are open, at most so many steps.
const STEPS: usize = 64;

/// What a visitor gets.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reply {
    /// What kind.
    pub outcome: Outcome,
    /// Who answers (or asks for what the answer needs), or what is offered to choose from: ids of intents and passages.
    pub ids: Vec<String>,
    /// How sure of the first of them, 0.0..=1.0.
    pub confidence: Option<f32>,
    /// What the bot says, Markdown.
    pub text: String,
    /// What may be tapped.
    pub options: Vec<String>,
    /// Title of the article that is quoted.
    pub source: Option<String>,
    /// Who is called.
    pub handoff: Option<Handoff>,
}

/// Kinds of reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// An entry of the content answers, or hands over without a word.
    Answered,
    /// An entry would answer and asks for what it needs.
    Asks,
    /// The bot asks which of several is meant.
    Clarify,
    /// It says that it does not know.
    Unknown,
    /// A person is called: not by an entry, but because the visitor wishes so.
    Person,
    /// Small talk: its own words.
    Talk,
}

/// A call for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Handoff {
    /// Why.
    pub reason: &'static str,
    /// To whom.
    pub department: Option<String>,
    /// How soon.
    pub priority: &'static str,
    /// Skills that are needed.
    pub needs: Vec<String>,
}

impl Reply {
    /// Whether a visitor would notice a difference; how sure the bot was, nobody sees.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        let seen = |r: &Self| Self { confidence: None, ..r.clone() };
        seen(self) == seen(other)
    }

    /// Whether an entry of the content has the question.
    pub(super) const fn answers(&self) -> bool {
        matches!(self.outcome, Outcome::Answered | Outcome::Asks)
    }
}

/// The first moment from `at` on at which people are there by both contents; by the first where there is none.
pub(super) fn moment(live: &Settings, draft: &Settings, at: Timestamp) -> Timestamp {
    let opens = |settings: &Settings, at| {
        let state = settings.open_state(at, settings.default_language());
        if state.open { Some(at) } else { state.opens_at }
    };
    let mut now = at;
    for _ in 0..STEPS {
        let Some(first) = opens(live, now) else { return at };
        let Some(both) = opens(draft, first) else { return first };
        if both == now {
            return now;
        }
        now = both;
    }
    opens(live, at).unwrap_or(at)
}

/// The reply of a content to somebody who has said nothing yet.
pub(super) fn reply(content: &Content, question: &Question, at: Timestamp) -> Reply {
    let input = Input {
        said: Said::Text(&question.text),
        at,
        page: question.page.as_deref(),
        locale: question.language,
        email_known: false,
        room: Room::Free,
    };
    seen(content, dialogue::turn(content, Memory::default(), input))
}

fn seen(content: &Content, turn: Turn) -> Reply {
    let mut reply = Reply {
        outcome: Outcome::Talk,
        ids: Vec::new(),
        confidence: turn.memory.candidates.first().map(|c| c.confidence),
        text: String::new(),
        options: Vec::new(),
        source: None,
        handoff: turn.hand_over.as_ref().map(|h| Handoff {
            reason: h.reason.as_str(),
            department: h.department.clone().or_else(|| content.settings.default_department.clone()),
            priority: h.priority.as_str(),
            needs: h.needs.clone(),
        }),
    };
    let (mut answered, mut texts, mut clarify) = (Vec::new(), Vec::new(), None);
    for say in &turn.say {
        let (text, options) = match say {
            Say::Text { text, options, .. } => (text, options),
            Say::Clarify { text, options } => {
                clarify = Some(options);
                (text, options)
            }
            Say::Answer { text, id, confidence, options, source, .. } => {
                if answered.is_empty() {
                    reply.confidence = Some(*confidence);
                }
                answered.push(id.clone());
                reply.source = reply.source.or_else(|| source.as_ref().map(|(title, _)| title.clone()));
                (text, options)
            }
        };
        texts.push(text.as_str());
        reply.options.extend(options.iter().map(|o| o.label.clone()));
    }
    reply.text = texts.join("\n\n");
    let by_entry = turn.hand_over.as_ref().is_some_and(|h| matches!(h.reason, Reason::Intent | Reason::Policy));
    (reply.outcome, reply.ids) = match (&turn.memory.pending, turn.memory.candidates.first()) {
        (Some(Pending::Slot { intent, .. }), _) => {
            answered.push(intent.clone());
            (Outcome::Asks, answered)
        }
        _ if !answered.is_empty() => (Outcome::Answered, answered),
        (_, Some(first)) if by_entry => (Outcome::Answered, vec![first.id.clone()]),
        _ => match clarify {
            Some(options) => {
                let ids = options.iter().filter_map(|o| o.id.split_once(':'));
                (Outcome::Clarify, ids.map(|(_, id)| id.to_owned()).collect())
            }
            None if turn.memory.pending == Some(Pending::Rephrase) || turn.memory.misses > 0 => {
                (Outcome::Unknown, Vec::new())
            }
            None if turn.hand_over.is_some() => (Outcome::Person, Vec::new()),
            None => (Outcome::Talk, Vec::new()),
        },
    };
    reply
}
