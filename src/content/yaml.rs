//! From bytes to file syntax, within a budget, with errors in plain words.

use std::ops::Range;

use serde::de::DeserializeOwned;
use serde_saphyr::{Error, options};

use super::syntax::{Place, place_of};
use super::yaml_words::{Cause, cause, misshapen};

/// What stopped a file from being read: a code, a place, words, a way out.
#[derive(Debug)]
pub(super) struct Broken {
    pub(super) code: &'static str,
    pub(super) place: Place,
    pub(super) message: String,
    pub(super) help: Option<String>,
    /// Bytes of the text and what mends them.
    pub(super) edit: Option<(Range<usize>, String)>,
}

impl Broken {
    fn by(code: &'static str, cause: Cause) -> Self {
        let Cause { place, message, help, edit } = cause;
        Self { code, place, message, help: Some(help), edit }
    }
}

/// Values in one file.
const NODES: usize = 100_000;
/// Nesting in one file.
const DEPTH: usize = 32;

/// Reads one YAML document. An empty one is the default.
pub(super) fn parse<T: DeserializeOwned + Default>(text: &str) -> Result<T, Broken> {
    let mut options = options! { with_snippet: false };
    let mut budget = serde_saphyr::Budget::default();
    budget.max_nodes = NODES;
    budget.max_events = 4 * NODES;
    budget.max_depth = DEPTH;
    budget.flow_nesting_limit = DEPTH;
    budget.max_documents = 16;
    budget.max_aliases = 1_000;
    options.budget = Some(budget);
    options.alias_limits.max_total_replayed_events = NODES;
    options.alias_limits.max_replay_stack_depth = DEPTH;
    options.ignore_binary_tag_for_string = true;
    match serde_saphyr::from_str_with_options::<Option<T>>(text, options) {
        Ok(value) => Ok(value.unwrap_or_default()),
        Err(error) => Err(in_plain_words(&error, text)),
    }
}

/// Any YAML, within the same budget; an empty file is the default.
///
/// # Errors
/// The line, and what is wrong there.
pub(crate) fn read<T: DeserializeOwned + Default>(text: &str) -> Result<T, (u32, String)> {
    parse(text).map_err(|broken| (broken.place.line, broken.message))
}

fn in_plain_words(error: &Error, text: &str) -> Broken {
    let place = error.location().map(|at| place_of(&at)).filter(|p| p.line > 0);
    let broken = |code, message: &str, help: Option<&str>| Broken {
        code,
        place: place.unwrap_or(Place { line: 1, column: 1, span: 0 }),
        message: message.to_owned(),
        help: help.map(str::to_owned),
        edit: None,
    };
    // Of the wrong shape, and perhaps by a slip that shows in the line.
    let shaped = |otherwise: Broken| {
        let wants_text = otherwise.message.contains("text");
        place.and_then(|p| misshapen(text, p, wants_text)).map_or(otherwise, |cause| Broken::by("F002", cause))
    };
    let quotes = "put the text in quotes: a text that holds `: ` or ` #`, or begins with a special sign, is read as something else";
    match error.without_snippet() {
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => broken(
            "S003",
            "the file is nested too deep, or holds too many values or repetitions",
            Some("split the file by topic, and write repeated texts out"),
        ),
        Error::DuplicateMappingKey { key, .. } => broken(
            "F004",
            &key.as_ref().map_or("a key stands twice in one block".to_owned(), |k| {
                format!("the key `{k}` stands twice in one block")
            }),
            Some("remove one of the two, or join their values"),
        ),
        Error::MultipleDocuments { .. } => broken(
            "S002",
            "the file holds a second document after a line `---`",
            Some("remove that line, or make it two files"),
        ),
        Error::NullIntoString { .. } => {
            broken("F002", "a text is missing here", Some("write the text, or remove the line"))
        }
        Error::Unexpected { expected, .. } => {
            let wanted = match *expected {
                e if e.contains("sequence") => "a list is needed here: one item a line, each beginning with `- `",
                e if e.contains("mapping") => "keys and values are needed here",
                e if e.contains("scalar") || e.contains("string") => "one text is needed here",
                _ => "something else is needed here",
            };
            let help = match wanted {
                w if w.contains("text") => Some(quotes),
                w if w.starts_with("keys") => {
                    Some("write `key: value`, one a line; a file of intents begins with `intents:`")
                }
                _ => None,
            };
            shaped(broken("F002", wanted, help))
        }
        Error::SerdeInvalidType { expected, .. } | Error::SerdeInvalidValue { expected, .. } => {
            shaped(broken("F002", &format!("{expected} must stand here"), Some(quotes)))
        }
        Error::InvalidScalar { ty, .. } => broken("F002", &format!("this is not a value of the kind `{ty}`"), None),
        Error::InvalidBooleanStrict { .. } => broken("F002", "`true` or `false` must stand here", None),
        Error::UnknownAnchor { .. } | Error::RecursiveReferencesRequireWeakTypes { .. } => {
            let known = place.and_then(|p| cause(text, p, "anchor")).map(|cause| Broken::by("S002", cause));
            known.unwrap_or_else(|| {
                broken(
                    "S002",
                    "`*` refers to an anchor that does not exist",
                    Some("put the text in quotes if it simply begins with `*`"),
                )
            })
        }
        Error::QuotingRequired { .. } => broken("F002", "this text needs quotes", Some(quotes)),
        Error::Eof { .. } => broken("S002", "the file ends in the middle of something", None),
        other => other_words(&other.to_string(), text, place),
    }
}

/// For what the parser says in words only.
fn other_words(message: &str, text: &str, place: Option<Place>) -> Broken {
    let place = place.unwrap_or(Place { line: 1, column: 1, span: 0 });
    if message.contains("limit exceeded") {
        let message = "the file is nested too deep, or holds too many values or repetitions".to_owned();
        let help = Some("split the file by topic, and write repeated texts out".to_owned());
        return Broken { code: "S003", place, message, help, edit: None };
    }
    if let Some(found) = cause(text, place, message) {
        return Broken::by("S002", found);
    }
    let help = "check the indentation and the quotes of this line and the one above";
    Broken { code: "S002", place, message: sentence(message), help: Some(help.to_owned()), edit: None }
}

/// The parser's own words, without its own mention of the place.
fn sentence(message: &str) -> String {
    let first = message.lines().next().unwrap_or("the structure of the file is broken");
    let cut = [" at line ", " (line ", ", line "].iter().filter_map(|m| first.find(m)).min().unwrap_or(first.len());
    let text = first[..cut].trim_start_matches("error: ");
    let text = text.strip_prefix("line ").and_then(|rest| rest.split_once(": ")).map_or(text, |(_, rest)| rest);
    format!("this is not valid YAML: {}", text.trim())
}
