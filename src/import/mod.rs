//! How does content of other programs look here?
//!
//! Files in, content files and a report of what was left behind out. Pure: nobody's folder is read or written here.
//! What cannot be said in a content folder (own code, forms, several variants of an answer) is never dropped in
//! silence: it stands in the report with its place.

pub mod botpress;
pub mod csv;
pub mod nlpjs;
pub mod rasa;
mod rasa_files;
#[cfg(test)]
mod tests;
mod texts;
mod tree;
mod write;

use std::fmt::Write as _;

use serde::Serialize;

use crate::content::{Location, SourceFile};
use crate::types::Language;

pub use write::write;

/// What was written in another program, on its way here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Project {
    /// Languages in which something is written, the main one first; empty where nobody says so.
    pub languages: Vec<Language>,
    /// What visitors ask, in the order of the source.
    pub entries: Vec<Entry>,
    /// Texts that were put into files that are there; none where no table of texts was read.
    pub translated: Option<usize>,
    /// What could not be taken along.
    pub left: Vec<Left>,
}

/// One intent on its way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// The file that it goes to, without folder and ending: `faq`.
    pub topic: String,
    /// Kebab-case, unique.
    pub id: String,
    /// Lines of comment above it in the source, without their signs.
    pub comment: Vec<String>,
    /// Shown when the bot asks which is meant, by language.
    pub title: Vec<(Option<Language>, String)>,
    /// How visitors say it.
    pub examples: Vec<String>,
    /// By language; none: the main one.
    pub answer: Vec<(Option<Language>, String)>,
    /// Words on a button, and the id that it leads to.
    pub options: Vec<(String, String)>,
    /// Texts that must land here.
    pub expect: Vec<String>,
    /// Where it stood.
    pub from: Location,
}

/// Something that was not taken along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// In the source.
    pub file: String,
    /// From 1; 0 where the whole file is meant.
    pub line: u32,
    /// What it is.
    pub what: String,
    /// Why, or what was put in its place.
    pub why: String,
}

impl Project {
    /// Notes that something was left behind.
    pub(crate) fn leave(&mut self, at: &Location, what: impl Into<String>, why: impl Into<String>) {
        self.left.push(Left { file: at.file.clone(), line: at.line, what: what.into(), why: why.into() });
    }

    /// The report for people: what came along, then what did not, by place.
    #[must_use]
    pub fn report(&self) -> String {
        let examples: usize = self.entries.iter().map(|e| e.examples.len()).sum();
        let answered = self.entries.iter().filter(|e| !e.answer.is_empty()).count();
        let mut out = match self.translated {
            Some(1) => "1 text is new or different\n".to_owned(),
            Some(texts) => format!("{texts} texts are new or different\n"),
            None => {
                let intents = self.entries.len();
                format!("{intents} intents, {examples} examples, {answered} with an answer of their own\n")
            }
        };
        if self.left.is_empty() {
            out.push_str("nothing was left behind\n");
            return out;
        }
        let mut left: Vec<&Left> = self.left.iter().collect();
        left.sort_by(|a, b| (&a.file, a.line, &a.what).cmp(&(&b.file, b.line, &b.what)));
        let _ = writeln!(out, "left behind ({}):", left.len());
        for one in left {
            let line = if one.line > 0 { format!(":{}", one.line) } else { String::new() };
            let _ = writeln!(out, "  {}{line}: {}: {}", one.file, one.what, one.why);
        }
        out
    }

    /// Puts what belongs together in order: ids made unique, examples that stand twice once, titles where there are none,
    /// buttons that lead nowhere out.
    pub(crate) fn tidy(&mut self) {
        let mut taken = std::collections::HashSet::new();
        let mut left = Vec::new();
        for entry in &mut self.entries {
            if !taken.insert(entry.id.clone()) {
                let fresh = (2..).map(|n| format!("{}-{n}", entry.id)).find(|id| !taken.contains(id));
                let fresh = fresh.unwrap_or_default();
                left.push(Left {
                    file: entry.from.file.clone(),
                    line: entry.from.line,
                    what: format!("the name `{}`", entry.id),
                    why: format!("it is taken; the intent is called `{fresh}` here"),
                });
                taken.insert(fresh.clone());
                entry.id = fresh;
            }
            let mut seen = std::collections::HashSet::new();
            entry.examples.retain(|e| !e.trim().is_empty() && seen.insert(plain(e)));
            entry.expect.retain(|e| !e.trim().is_empty() && seen.insert(plain(e)));
            if entry.title.is_empty() {
                entry.title = entry.examples.first().map(|e| (None, capital(e))).into_iter().collect();
            }
        }
        for entry in &mut self.entries {
            entry.options.retain(|(label, to)| {
                let there = taken.contains(to);
                if !there {
                    left.push(Left {
                        file: entry.from.file.clone(),
                        line: entry.from.line,
                        what: format!("the button “{label}” of `{}`", entry.id),
                        why: format!("it leads to `{to}`, which did not come along"),
                    });
                }
                there
            });
        }
        self.left.extend(left);
    }
}

/// Case and spaces aside.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// With a capital at its beginning, as a heading has it.
fn capital(text: &str) -> String {
    let mut chars = text.trim().chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A name of another program as an id: `faq/ask_returns` is `faq-ask-returns`. Letters beyond ASCII are written out or
/// left out; `fallback` where nothing remains.
#[must_use]
pub fn kebab(name: &str, fallback: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let mut id = String::new();
    let spelled = name.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue").replace('ß', "ss");
    let mut before_lower = false;
    for c in spelled.nfkd() {
        if c.is_ascii_alphanumeric() {
            // `checkBalance` is two words.
            if c.is_ascii_uppercase() && before_lower && !id.ends_with('-') {
                id.push('-');
            }
            before_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
            id.push(c.to_ascii_lowercase());
        } else if !unicode_normalization::char::is_combining_mark(c) {
            before_lower = false;
            if !id.is_empty() && !id.ends_with('-') && c != '\'' && c != '’' {
                id.push('-');
            }
        }
        if id.len() >= 80 {
            break;
        }
    }
    let id = id.trim_matches('-');
    if id.is_empty() { fallback.to_owned() } else { id.to_owned() }
}

/// The text of a file; none, and noted, where it is not UTF-8.
pub(crate) fn text_of<'a>(file: &'a SourceFile, project: &mut Project) -> Option<&'a str> {
    match std::str::from_utf8(&file.bytes) {
        Ok(text) => Some(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(_) => {
            project.leave(&whole(&file.path), "the file", "it is not UTF-8 text");
            None
        }
    }
}

/// A file as a place.
pub(crate) fn whole(path: &str) -> Location {
    Location { file: path.to_owned(), line: 0, column: 0 }
}

/// A line of a file as a place.
pub(crate) fn at(path: &str, line: u32) -> Location {
    Location { file: path.to_owned(), line, column: 1 }
}
