//! What people keep for their work: canned replies, macros, views and wording rules. One form for the wire and the
//! disk: nobody between the two looks into it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use regex::RegexBuilder;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::types::{AgentId, Language, Priority, Timestamp};

/// Most of one kind that a person may keep, and most that are everybody's.
pub const OWN: u32 = 200;
/// See [`OWN`].
pub const SHARED: u32 = 500;

/// Longest title, word, name of a department; longest hint; longest reply; longest shortcut: characters.
const LINE: usize = 100;
const HINT: usize = 200;
const REPLY: usize = 4_000;
const SHORTCUT: usize = 40;

/// Most words of a rule, steps of a macro, languages of a text.
const WORDS: usize = 50;
const STEPS: usize = 20;
const LANGUAGES: usize = 20;

/// Longest pattern, characters, and what it may become when it is compiled, bytes.
const PATTERN: usize = 200;
const COMPILED: usize = 1 << 16;

/// Longest time, minutes: a year.
const MINUTES: u32 = 366 * 24 * 60;

/// A kept thing's name, written `k7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeepId(pub i64);

impl fmt::Display for KeepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "k{}", self.0)
    }
}

impl FromStr for KeepId {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        let digits = s.strip_prefix('k').filter(|n| n.bytes().all(|b| b.is_ascii_digit()));
        digits.and_then(|n| n.parse().ok()).filter(|n| *n > 0).map(Self).ok_or(())
    }
}

/// What kind of thing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeepKind {
    /// Replies that are written already.
    Canned,
    /// Steps that are taken at once.
    Macros,
    /// Lists of conversations.
    Views,
    /// What an agent is asked to say otherwise.
    Wording,
}

impl KeepKind {
    /// `canned`, `macros`, `views` or `wording`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Canned => "canned",
            Self::Macros => "macros",
            Self::Views => "views",
            Self::Wording => "wording",
        }
    }
}

/// Something kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Keep {
    /// Its name.
    pub id: KeepId,
    /// Whose; none: everybody's.
    pub owner: Option<AgentId>,
    /// What it is.
    pub body: KeepBody,
    /// Written last.
    pub updated_at: Timestamp,
    /// By whom.
    pub by: AgentId,
}

/// What is kept.
#[derive(Debug, Clone, PartialEq)]
pub enum KeepBody {
    /// See [`Canned`].
    Canned(Canned),
    /// See [`Macro`].
    Macro(Macro),
    /// See [`SavedView`].
    View(SavedView),
    /// See [`Wording`].
    Wording(Wording),
}

/// A text, or one for each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Texts {
    /// In whichever language.
    One(String),
    /// By language.
    Each(BTreeMap<String, String>),
}

/// A reply that is written already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Canned {
    /// Typed after `/`: letters, digits, `-` and `_`.
    pub shortcut: String,
    /// For people.
    pub title: String,
    /// With `{{ variables }}`.
    pub text: Texts,
    /// For chats of this department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
}

/// Steps that are taken at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macro {
    /// For people.
    pub title: String,
    /// In order.
    pub steps: Vec<MacroStep>,
}

/// A step of a macro.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MacroStep {
    /// Say this.
    Reply(Texts),
    /// Add this label.
    Label(String),
    /// Pass it on to there.
    Department(String),
    /// Make it so urgent.
    Priority(String),
    /// Put it away for so long.
    SnoozeMinutes(u32),
    /// End it, for this reason; it may be empty.
    Resolve(String),
}

/// A list of conversations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedView {
    /// For people.
    pub title: String,
    /// What is in it.
    pub filter: ViewFilter,
}

/// What a view holds: all of these at once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ViewFilter {
    /// One of [`STATES`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Of this department.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// With this label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// So urgent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// The visitor writes this language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// A person's id, or `me`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Nothing happened for so long.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub older_than_minutes: Option<u32>,
}

/// What [`ViewFilter::state`] may be.
pub const STATES: &[&str] =
    &["waiting", "mine", "department", "all", "bot", "assigned", "snoozed", "closed", "mentioned"];

/// What an agent is asked to say otherwise before it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wording {
    /// Any of these, as whole words in whichever case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
    /// Or what this regular expression finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// In replies of this language; none: of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// What the agent is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// It is looked for.
    #[serde(default = "on")]
    pub enabled: bool,
}

const fn on() -> bool {
    true
}

impl KeepBody {
    /// Of which kind.
    #[must_use]
    pub const fn kind(&self) -> KeepKind {
        match self {
            Self::Canned(_) => KeepKind::Canned,
            Self::Macro(_) => KeepKind::Macros,
            Self::View(_) => KeepKind::Views,
            Self::Wording(_) => KeepKind::Wording,
        }
    }

    /// The name that one owner gives once.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        if let Self::Canned(canned) = self { Some(canned.shortcut.to_lowercase()) } else { None }
    }

    /// Departments that it names.
    #[must_use]
    pub fn departments(&self) -> Vec<&str> {
        match self {
            Self::Canned(canned) => canned.department.as_deref().into_iter().collect(),
            Self::Macro(m) => m
                .steps
                .iter()
                .filter_map(|s| if let MacroStep::Department(d) = s { Some(d.as_str()) } else { None })
                .collect(),
            Self::View(view) => view.filter.department.as_deref().into_iter().collect(),
            Self::Wording(_) => Vec::new(),
        }
    }

    /// Whether every part of it is within its limits.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        match self {
            Self::Canned(canned) => {
                is_shortcut(&canned.shortcut)
                    && is_line(&canned.title)
                    && is_reply(&canned.text)
                    && canned.department.as_deref().is_none_or(is_line)
            }
            Self::Macro(m) => is_line(&m.title) && (1..=STEPS).contains(&m.steps.len()) && m.steps.iter().all(is_step),
            Self::View(view) => is_line(&view.title) && is_filter(&view.filter),
            Self::Wording(wording) => wording.is_sound(),
        }
    }

    /// As JSON.
    ///
    /// # Errors
    /// None for what [`KeepBody::is_sound`] lets through.
    pub fn json(&self) -> Result<serde_json::Value, StoreError> {
        let json = match self {
            Self::Canned(body) => serde_json::to_value(body),
            Self::Macro(body) => serde_json::to_value(body),
            Self::View(body) => serde_json::to_value(body),
            Self::Wording(body) => serde_json::to_value(body),
        };
        json.map_err(|e| StoreError::Failed(format!("what is kept cannot be written: {e}")))
    }

    pub(super) fn read(kind: &str, json: &str) -> Result<Self, StoreError> {
        let body = match kind {
            "canned" => serde_json::from_str(json).map(Self::Canned),
            "macros" => serde_json::from_str(json).map(Self::Macro),
            "views" => serde_json::from_str(json).map(Self::View),
            _ => serde_json::from_str(json).map(Self::Wording),
        };
        body.map_err(|e| StoreError::Failed(format!("what is kept cannot be read: {e}")))
    }
}

impl Wording {
    fn is_sound(&self) -> bool {
        let words = !self.words.is_empty() && self.words.len() <= WORDS && self.words.iter().all(|w| is_line(w));
        let found = match &self.pattern {
            Some(pattern) => self.words.is_empty() && is_pattern(pattern),
            None => words,
        };
        found
            && self.language.as_deref().is_none_or(is_language)
            && self.hint.as_deref().is_some_and(|h| is_seen(h, HINT))
    }

    /// Whether it says nothing but on or off: what may be said of the program's own rules.
    #[must_use]
    pub fn is_switch(&self) -> bool {
        self.words.is_empty() && self.pattern.is_none() && self.language.is_none() && self.hint.is_none()
    }
}

/// How a regular expression may look: one that is read in time proportional to the text by the crate that checks it
/// here. Browsers know more forms and may take longer, so it is short, and small when it is compiled.
fn is_pattern(pattern: &str) -> bool {
    !pattern.is_empty()
        && pattern.chars().count() <= PATTERN
        && RegexBuilder::new(pattern).size_limit(COMPILED).build().is_ok_and(|r| !r.is_match(""))
}

fn is_shortcut(text: &str) -> bool {
    (1..=SHORTCUT).contains(&text.chars().count()) && text.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// See [`is_seen`].
fn is_line(text: &str) -> bool {
    is_seen(text, LINE)
}

/// Shown to others: nothing in it may hide or turn what stands around it.
fn is_seen(text: &str, most: usize) -> bool {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    !text.trim().is_empty() && text.chars().count() <= most && !text.chars().any(unseen)
}

fn is_language(text: &str) -> bool {
    text.parse::<Language>().is_ok_and(|l| l.to_string() == text)
}

fn is_reply(texts: &Texts) -> bool {
    let text = |t: &String| !t.trim().is_empty() && t.chars().count() <= REPLY;
    match texts {
        Texts::One(one) => text(one),
        Texts::Each(each) => {
            (1..=LANGUAGES).contains(&each.len()) && each.iter().all(|(language, t)| is_language(language) && text(t))
        }
    }
}

fn is_step(step: &MacroStep) -> bool {
    match step {
        MacroStep::Reply(texts) => is_reply(texts),
        MacroStep::Label(label) => is_label(label),
        MacroStep::Department(department) => is_line(department),
        MacroStep::Priority(priority) => priority.parse::<Priority>().is_ok(),
        MacroStep::SnoozeMinutes(minutes) => (1..=MINUTES).contains(minutes),
        MacroStep::Resolve(reason) => reason.chars().count() <= REPLY,
    }
}

/// A label has 1 to 40 characters.
fn is_label(label: &str) -> bool {
    is_seen(label, 40)
}

fn is_filter(filter: &ViewFilter) -> bool {
    let agent = |a: &str| a == "me" || a.parse::<AgentId>().is_ok();
    filter.state.as_deref().is_none_or(|s| STATES.contains(&s))
        && filter.department.as_deref().is_none_or(is_line)
        && filter.label.as_deref().is_none_or(is_label)
        && filter.priority.as_deref().is_none_or(|p| p.parse::<Priority>().is_ok())
        && filter.language.as_deref().is_none_or(is_language)
        && filter.agent.as_deref().is_none_or(agent)
        && filter.older_than_minutes.is_none_or(|m| (1..=MINUTES).contains(&m))
}

/// Why something was not kept.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// One of this kind has this name, or there are as many as may be.
    #[error("no room for it, or its name is taken")]
    Taken,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
