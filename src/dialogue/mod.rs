//! One turn of the bot: what was said and what is remembered go in, what to say comes out.
//!
//! Pure: no clock, no chance, no I/O. Same content, memory and input, same [`Turn`].

use std::collections::BTreeMap;

use crate::content::Content;
use crate::types::{Language, Priority, Room, Timestamp};

mod address;
mod answer;
mod choices;
mod clarify;
mod clauses;
mod cues;
mod draft;
mod handoff;
mod mood;
mod passage;
mod person;
mod several;
mod slots;
mod suggest;
mod text;
mod turns;
mod words;

pub use suggest::{Suggested, suggest};

/// What the bot remembers of a conversation. Stored with it; every field is data.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Memory {
    /// Language the visitor writes, once known.
    pub language: Option<Language>,
    /// Times in a row that nothing useful was said.
    pub misses: u32,
    /// What the bot waits for.
    pub pending: Option<Pending>,
    /// Slots filled so far.
    pub slots: BTreeMap<String, String>,
    /// What was answered, in order; the newest last, at most 20.
    pub shown: Vec<Shown>,
    /// What the bot tried, one line each, for the agent; at most 20.
    pub tried: Vec<String>,
    /// The last question that deserved an answer, in the visitor's words.
    pub question: Option<String>,
    /// What the engine thought of it, best first.
    pub candidates: Vec<Guess>,
    /// Why it was not answered; none where it was.
    pub why: Option<String>,
    /// Ids that did not help in this conversation: not answered again before somebody gives the chat back.
    pub failed: Vec<String>,
    /// Signs of anger so far: 0 calm; from 2 on a person is rung.
    pub upset: u32,
    /// Normalised texts of the visitor's last questions, newest last, at most 5: to notice a question asked again.
    pub asked: Vec<String>,
    /// The visitor was greeted by the bot.
    pub greeted: bool,
    /// A person was wanted, and there was no place in the queue.
    pub wanted: Option<Wanted>,
    /// Times a person was offered; `no, thanks` resets nothing, so that offers do not nag.
    pub offered: u32,
}

/// A wish for a person that found no place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Why.
    pub reason: Reason,
    /// When for the first time.
    pub since: Timestamp,
}

/// Something answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// Intent or passage.
    pub id: String,
    /// For people.
    pub title: String,
    /// The visitor said that it did not help.
    pub rejected: bool,
}

/// A candidate, kept for the agent.
#[derive(Debug, Clone, PartialEq)]
pub struct Guess {
    /// Intent or passage.
    pub id: String,
    /// Which of the two.
    pub kind: AnswerKind,
    /// For people.
    pub title: String,
    /// Probability of being right.
    pub confidence: f32,
    /// `file:line` of the best match.
    pub source: Option<String>,
    /// What that line says, cut.
    pub line: Option<String>,
    /// The visitor's words that matched it; empty: the text as a whole.
    pub words: Vec<String>,
}

/// What the bot waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum Pending {
    /// A slot of an intent.
    Slot {
        /// Intent.
        intent: String,
        /// Slot.
        slot: String,
        /// Times asked so far, from 1.
        tries: u32,
    },
    /// "Did you mean…": a choice among these.
    Clarify {
        /// What was offered, in order.
        options: Vec<Choice>,
    },
    /// A rephrasing after "I did not understand".
    Rephrase,
    /// An e-mail address.
    Email {
        /// Times asked so far, from 1.
        tries: u32,
    },
}

/// Something to tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// `intent:<id>`, `article:<id>`, `none`, `person`, `email` or `no`: what [`Said::Choice`] brings back.
    pub id: String,
    /// For people.
    pub label: String,
}

/// What a text of the bot asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// A slot by name.
    Slot(String),
    /// An e-mail address.
    Email,
}

/// Kinds of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    /// From `intents/`.
    Intent,
    /// From `knowledge/`.
    Article,
}

/// What the visitor did.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Said<'a> {
    /// Wrote; several messages of one burst are joined by line feeds.
    Text(&'a str),
    /// Tapped an option, by its id and label.
    Choice {
        /// See [`Choice::id`].
        id: &'a str,
        /// As shown.
        label: &'a str,
    },
    /// Left an address in a form.
    Email(&'a str),
    /// Thumb down on an answer, by its id; with the visitor's words, if any.
    NotHelpful {
        /// Which answer.
        id: &'a str,
    },
    /// Pressed "talk to a person".
    Person,
    /// Nothing: there is a place in the queue now, for [`Memory::wanted`].
    Place,
}

/// One turn's input.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What the visitor did.
    pub said: Said<'a>,
    /// Now.
    pub at: Timestamp,
    /// Address of the page.
    pub page: Option<&'a str>,
    /// Language of the browser.
    pub locale: Option<Language>,
    /// An address is known already, so it is not asked for twice.
    pub email_known: bool,
    /// Whether there is a place in the queue for a person.
    pub room: Room,
}

/// Something the bot says.
#[derive(Debug, Clone, PartialEq)]
pub enum Say {
    /// Its own words.
    Text {
        /// Markdown.
        text: String,
        /// What may be tapped.
        options: Vec<Choice>,
        /// What it waits for.
        ask: Option<Ask>,
    },
    /// An answer of the content.
    Answer {
        /// Markdown.
        text: String,
        /// Intent or passage.
        id: String,
        /// Which of the two.
        kind: AnswerKind,
        /// Probability of being right; 1 where the visitor chose it.
        confidence: f32,
        /// What may be tapped next.
        options: Vec<Choice>,
        /// Title and path of the article it quotes.
        source: Option<(String, String)>,
        /// Language of the text.
        language: Language,
    },
    /// "Did you mean…"
    Clarify {
        /// The question.
        text: String,
        /// At most three, then "none of these".
        options: Vec<Choice>,
    },
}

/// Why a person is rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The visitor asked for one.
    Asked,
    /// Not sure enough, and the visitor took up the offer.
    LowConfidence,
    /// Twice not understood, or an answer that did not help.
    RepeatedFailure,
    /// The visitor is upset.
    Frustration,
    /// The intent says so.
    Intent,
    /// A rule of the site says so.
    Policy,
}

impl Reason {
    /// `asked`, `low_confidence`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::LowConfidence => "low_confidence",
            Self::RepeatedFailure => "repeated_failure",
            Self::Frustration => "frustration",
            Self::Intent => "intent",
            Self::Policy => "policy",
        }
    }
}

/// A wish for a person.
#[derive(Debug, Clone, PartialEq)]
pub struct HandOver {
    /// Why.
    pub reason: Reason,
    /// To whom; none: the site's default department.
    pub department: Option<String>,
    /// Skills that whoever takes it must have.
    pub needs: Vec<String>,
    /// How soon.
    pub priority: Priority,
    /// Since when a person was wanted.
    pub since: Timestamp,
    /// First words that an agent may send.
    pub suggested_reply: Option<String>,
    /// Why the bot could not do it alone, one sentence each, for agents; never empty.
    pub why: Vec<String>,
}

/// What comes of one turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// In order; may be empty (after a thumb up, say).
    pub say: Vec<Say>,
    /// What to remember.
    pub memory: Memory,
    /// A person takes over after what is said.
    pub hand_over: Option<HandOver>,
    /// A valid address that the visitor left.
    pub email: Option<String>,
    /// Language of the visitor's words.
    pub language: Language,
}

/// Whether a text can be answered at once, or is likely the first piece of several: see `docs/dialogue.md`.
#[must_use]
pub fn sounds_complete(content: &Content, memory: &Memory, text: &str, at: Timestamp) -> bool {
    text::sounds_complete(content, memory, text, at)
}

/// One turn.
#[must_use]
pub fn turn(content: &Content, memory: Memory, input: Input<'_>) -> Turn {
    let mut draft = draft::Draft::new(content, memory, input);
    match input.said {
        Said::Text(text) => draft.text(text),
        Said::Choice { id, label } => draft.choose(id, label),
        Said::Email(address) => draft.address(address),
        Said::NotHelpful { id } => draft.rejected(Some(id)),
        Said::Person => draft.ring(Reason::Asked, None),
        Said::Place => draft.place_found(),
    }
    draft.finish()
}

/// The address in a text that is nothing but one e-mail address, trimmed; `None` where it is anything else.
#[must_use]
pub fn email(text: &str) -> Option<&str> {
    let text = text.trim();
    address::is_valid(text).then_some(text)
}
