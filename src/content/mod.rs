//! What have the editors written?
//!
//! [`build`] takes the files of a content folder (bytes, no I/O) and gives a [`Content`] made of everything that is
//! sound, and every [`Problem`] found on the way. A content with an error is shown to its editor and never goes live.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use jiff::civil::{Date, Time};

use crate::engine::{Engine, Target, Verdict};
use crate::types::{Language, Priority, Timestamp};

pub use build::{Kind, count};
pub use check::{Checked, Effort, check};
pub use codes::{CODES, Code, explain};
pub use explained::FAMILIES;
pub use format::format;
pub use hours::{Hours, OpenState};
pub use html::html;
pub use lint::expired;
pub use mend::{Mended, mend};
pub use problem::{Edit, Fix, Location, Problem, Severity, did_you_mean};
pub use settings::Settings;
pub use settings_routing::{Department, Routing};
pub use settings_widget::{Position, PrechatField, PrechatWhen, Proactive, Widget, WidgetSettings};
#[cfg(test)]
pub(crate) use tests::folder;
pub use texts::Phrase;
pub(crate) use yaml::read as read_yaml;

mod articles;
mod build;
mod canned;
mod case_file;
mod cases;
mod check;
mod codes;
mod compiled;
mod explained;
mod format;
mod gather;
mod hours;
mod html;
mod intent_rule;
mod intents;
mod layout;
mod links;
mod lint;
pub mod lists;
mod mend;
mod pattern;
mod pieces;
mod problem;
mod review;
mod review_rules;
mod review_tests;
pub mod schema;
mod search;
mod settings;
mod settings_file;
mod settings_routing;
mod settings_widget;
mod source;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod texts;
mod transcripts;
mod traps;
pub(crate) mod tree;
mod why;
mod words;
mod written;
mod yaml;
mod yaml_words;

/// Limits of a content folder, for whoever reads it.
pub mod limits {
    pub use super::build::{ALL_BYTES, DEPTH, FILE_BYTES, FILES};
}

/// A file of a content folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Path below the content's root, with `/`: `intents/orders.yaml`.
    pub path: String,
    /// As it lies on disk.
    pub bytes: Vec<u8>,
}

/// Everything the bot knows, compiled and ready.
pub struct Content {
    /// First 16 hex digits of the SHA-256 over all files, in path order. Every bot entry records it.
    pub version: String,
    /// Of `deskbell.toml`.
    pub settings: Settings,
    /// In path order, then file order. [`Target::Intent`] counts here.
    pub intents: Vec<Intent>,
    /// In path order. [`Target::Passage`] counts here.
    pub articles: Vec<Article>,
    /// What agents have ready to send, in path order, then file order.
    pub canned: Vec<CannedReply>,
    /// Tests that lie in the content: `expect`, `reject`, `*.test.md` and `*.test.yaml`.
    pub tests: Vec<Transcript>,
    /// Compiled from the above.
    pub engine: Engine,
    /// Where each line of the engine's rules stands: what [`crate::engine::Line::source`] indexes.
    pub lines: Vec<Location>,
    /// What each of them says, cut; see [`Content::line_of`].
    line_texts: Vec<String>,
    /// For each intent the places of its examples, as numbers of `lines`.
    example_places: Vec<Vec<u32>>,
    templates: template::Templates,
    ids: HashMap<String, Target>,
    watch: OnceLock<Watch>,
}

/// Stands around a reading of the engine and calls it once: how the outside measures what the core cannot.
pub type Watch = fn(&mut dyn FnMut());

/// A text in one or several languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Localized {
    /// Never empty in a valid content; the order of the file. A text without a language stands under the default one.
    pub texts: Vec<(Language, String)>,
}

impl Localized {
    /// The text in `wanted`, else in `fallback`, else the first there is; and its language.
    #[must_use]
    pub fn get(&self, wanted: Language, fallback: Language) -> Option<(&str, Language)> {
        let find = |l: Language| self.texts.iter().find(|(k, _)| *k == l);
        find(wanted).or_else(|| find(fallback)).or_else(|| self.texts.first()).map(|(l, t)| (t.as_str(), *l))
    }
}

/// An intent as the dialogue uses it; its examples live in the engine.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Unique, kebab-case.
    pub id: String,
    /// Shown when the bot asks what is meant.
    pub title: Localized,
    /// When it may answer.
    pub when: When,
    /// What must be known before the answer, in the order in which it is asked for.
    pub slots: Vec<Slot>,
    /// Templates in the Markdown subset, `{{ variables }}` checked at load.
    pub answer: Option<Localized>,
    /// What may be tapped after the answer.
    pub options: Vec<IntentOption>,
    /// Whether a person is wanted.
    pub handoff: HandoffPolicy,
    /// Who takes it.
    pub department: Option<String>,
    /// Skills that whoever takes it must have.
    pub needs: Vec<String>,
    /// How soon.
    pub priority: Priority,
    /// Which editor cares for it.
    pub owner: Option<String>,
    /// Somebody should read it again by this day.
    pub review_by: Option<Date>,
    /// Where it stands.
    pub location: Location,
    /// Its examples, for reports.
    pub examples: Vec<String>,
}

/// Conditions under which an intent or article may answer; all must hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct When {
    /// Only to visitors who write this language.
    pub language: Option<Language>,
    /// Only on pages whose path matches: `*` any characters.
    pub page: Option<String>,
    /// Only inside (`true`) or outside (`false`) the opening hours.
    pub open: Option<bool>,
    /// From this day on, in the site's time zone.
    pub valid_from: Option<Date>,
    /// Until this day, inclusive.
    pub valid_until: Option<Date>,
}

/// Something the visitor must tell before an answer makes sense.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Name, as used in patterns and templates.
    pub name: String,
    /// The question.
    pub ask: Localized,
    /// What a valid value looks like, anywhere in the reply; none: any text.
    pub pattern: Option<regex::Regex>,
    /// Said once more where the value does not fit.
    pub retry: Localized,
    /// The answer can do without.
    pub optional: bool,
}

/// Something to tap after an answer.
#[derive(Debug, Clone)]
pub struct IntentOption {
    /// For people.
    pub label: Localized,
    /// Id of the intent that it leads to.
    pub intent: String,
}

impl Transcript {
    /// Whether it is played through the dialogue: all but `expect` and `reject` lines of an entry.
    #[must_use]
    pub fn is_conversation(&self) -> bool {
        matches!(Kind::of(&self.location.file), Some(Kind::Tests | Kind::Cases))
    }
}

/// Whether an intent calls a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HandoffPolicy {
    /// The answer is enough.
    #[default]
    Never,
    /// Answer, and offer a person.
    Offer,
    /// Answer if there is one, then hand over.
    Always,
}

/// An article of the knowledge base.
#[derive(Debug, Clone)]
pub struct Article {
    /// Path below `knowledge/` without ending: `returns/how-long`.
    pub id: String,
    /// Title.
    pub title: String,
    /// Language it is written in.
    pub language: Language,
    /// Tags.
    pub tags: Vec<String>,
    /// Who knows more.
    pub department: Option<String>,
    /// When it may answer.
    pub when: When,
    /// Whole text, Markdown.
    pub markdown: String,
    /// Its parts: the text before the first `##`, then one a `##`.
    pub passages: Vec<Passage>,
    /// Somebody should read it again by this day.
    pub review_by: Option<Date>,
    /// Where it stands.
    pub location: Location,
    /// Questions it says it answers, for reports.
    pub questions: Vec<String>,
}

/// A reply that agents have ready to send.
#[derive(Debug, Clone)]
pub struct CannedReply {
    /// Typed after `/`; one of the whole content, whatever the case.
    pub shortcut: String,
    /// For agents.
    pub title: String,
    /// With `{{ variables }}` that the console fills in.
    pub text: Localized,
    /// For chats of this department.
    pub department: Option<String>,
    /// Where it stands.
    pub location: Location,
}

/// A part of an article that is found and quoted on its own.
#[derive(Debug, Clone)]
pub struct Passage {
    /// Anchor made of the heading; empty for the text before the first heading.
    pub anchor: String,
    /// Heading as written.
    pub heading: Option<String>,
    /// Markdown without the heading.
    pub markdown: String,
}

/// A conversation test: steps in order. An `expect` or `reject` line is one of a single turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// Name for reports.
    pub name: String,
    /// Where it stands.
    pub location: Location,
    /// Under which circumstances.
    pub given: Given,
    /// What happens and what must come of it.
    pub steps: Vec<Step>,
}

/// The circumstances of a test. Without a word about it people are there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Language of the visitor's browser.
    pub language: Option<Language>,
    /// Address of the page.
    pub page: Option<String>,
    /// Whether people are there.
    pub open: Option<bool>,
    /// On which day.
    pub date: Option<Date>,
    /// At what time of the site's day.
    pub time: Option<Time>,
}

/// One turn of a test.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Where its first line stands.
    pub location: Location,
    /// What the visitor says.
    pub say: String,
    /// What must hold afterwards.
    pub expect: Vec<Expect>,
    /// Where each of them stands.
    pub places: Vec<Location>,
}

/// What a test wants to see.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// This intent or article answers, or leads what the bot asks back.
    Id(String),
    /// This intent or article does not answer, nor lead what the bot asks back.
    NotId(String),
    /// What the bot says contains this.
    Text(String),
    /// What the bot says does not contain this.
    NotText(String),
    /// This may be tapped: a label, or the id that it leads to.
    Option(String),
    /// The bot asks for this slot.
    Asks(String),
    /// The reading is at least so sure of who comes first, 0.0..=1.0.
    Sure(f32),
    /// The reading says so.
    Verdict(Verdict),
    /// Nobody is called.
    NoHandoff,
    /// The bot hands over; each pair (`department`, `reason`, `priority`) must hold.
    Handoff(BTreeMap<String, String>),
    /// The bot asks which is meant.
    Clarify,
    /// The bot asks which is meant, and this intent or article is among what it offers.
    Offered(String),
    /// The bot does not know.
    Unknown,
}

/// The circumstances of a question.
#[derive(Debug, Clone, Copy, Default)]
pub struct Situation<'a> {
    /// Address of the page that the visitor looks at.
    pub page: Option<&'a str>,
    /// Now.
    pub at: Timestamp,
    /// Language of the conversation so far.
    pub language: Option<Language>,
}

/// Compiles a content folder. Never fails: what is broken is left out and reported.
#[must_use]
pub fn build(files: &[SourceFile]) -> (Content, Vec<Problem>) {
    build::build(files, None)
}

impl Content {
    /// The content of other files, as [`build`] makes it, in less time: what the engine learned from texts that did not
    /// change is taken over.
    #[must_use]
    pub fn rebuild(&self, files: &[SourceFile]) -> (Self, Vec<Problem>) {
        build::build(files, Some(&self.engine))
    }
}
