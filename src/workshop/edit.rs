//! Edits of content files that leave everything else as it was, byte for byte.
//!
//! Lines are inserted at places that the parser names; then the file is read again, and an edit that changed anything but
//! what was wanted is refused. So a place that was guessed wrong (YAML has many ways to write a list) costs an edit by
//! hand, never a file.

mod new;
mod place;
mod quote;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::ops::Range;

use self::place::Insert;
use crate::content::tree::{Node, Value};
use crate::content::{Content, Kind, SourceFile, lists};
use crate::engine::normal;

pub use new::{NewIntent, add_intent};
pub use quote::clean;

/// Most characters of one text.
pub const TEXT_CHARS: usize = 500;
/// Most texts of one edit.
pub const TEXTS: usize = 200;

/// Which list of texts is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// How visitors say it; of intents.
    Examples,
    /// Tests: must land here.
    Expect,
    /// Tests: must not land here.
    Reject,
    /// Questions that an article answers.
    Questions,
}

impl List {
    /// The key in the file.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Examples => "examples",
            Self::Expect => "expect",
            Self::Reject => "reject",
            Self::Questions => "questions",
        }
    }

    /// Keys behind which a missing list is put, the best first.
    const fn behind(self) -> &'static [&'static str] {
        match self {
            Self::Examples => &["title", "id"],
            Self::Questions => &["title"],
            Self::Expect => &["answer", "examples", "questions"],
            Self::Reject => &["expect", "answer", "examples", "questions"],
        }
    }

    fn of(self, lists: &lists::Lists) -> &[String] {
        match self {
            Self::Examples => &lists.examples,
            Self::Expect => &lists.expect,
            Self::Reject => &lists.reject,
            Self::Questions => &lists.questions,
        }
    }
}

/// Why an edit is refused; the words are for editors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Not a file of intents or an article.
    #[error("`{0}` is no file of intents and no article")]
    NoContent(String),
    /// It cannot be read as it is.
    #[error("`{0}` has an error that keeps it from being read; put that right first (`deskbell check` names the line)")]
    Unreadable(String),
    /// There is no such intent in the file.
    #[error("there is no intent `{entry}` in `{file}`")]
    NoEntry {
        /// Looked for.
        entry: String,
        /// Where.
        file: String,
    },
    /// More than one has this id.
    #[error("`{file}` has the id `{entry}` more than once; give one of the two another id first")]
    Twice {
        /// The id.
        entry: String,
        /// Where.
        file: String,
    },
    /// Intents have no questions, articles no examples.
    #[error("{0}")]
    NoList(&'static str),
    /// A text is too long.
    #[error("“{}…” has more than 500 characters: an example is one question", .0.chars().take(40).collect::<String>())]
    Long(String),
    /// Too many texts at once.
    #[error("at most 200 texts can be added at once")]
    Many,
    /// Nothing is left to add.
    #[error("each of these texts stands there already")]
    Nothing,
    /// Something that a new intent needs is not given, or not as it must be.
    #[error("{0}")]
    Invalid(String),
    /// The edit would have changed something else, or nothing.
    #[error("`{0}` is written in a way that cannot be changed safely; add the lines by hand")]
    Elsewhere(String),
}

/// Adds texts to a list of an intent (`entry` is its id) or of an article (`entry` is empty). Texts are cleaned
/// ([`clean`]); those that stand there already in the same normal form are left out.
///
/// # Errors
/// [`EditError`]; the file given is not changed in any case.
pub fn add_lines(file: &SourceFile, entry: &str, list: List, texts: &[String]) -> Result<SourceFile, EditError> {
    let kind = Kind::of(&file.path);
    match (&kind, list) {
        (Some(Kind::Intents), List::Questions) => {
            return Err(EditError::NoList("an intent has examples, not questions"));
        }
        (Some(Kind::Article(_)), List::Examples) => {
            return Err(EditError::NoList("an article has questions, not examples"));
        }
        (Some(Kind::Intents | Kind::Article(_)), _) => {}
        _ => return Err(EditError::NoContent(file.path.clone())),
    }
    let before = Document::of(file)?;
    let target = before.entry(&kind, entry)?;
    let texts = fresh(list.of(&target.lists), texts)?;
    let wanted = |lists: &mut Vec<lists::Lists>| {
        let Some(lists) = lists.get_mut(target.number) else { return };
        match list {
            List::Examples => lists.examples.extend_from_slice(&texts),
            List::Expect => lists.expect.extend_from_slice(&texts),
            List::Reject => lists.reject.extend_from_slice(&texts),
            List::Questions => lists.questions.extend_from_slice(&texts),
        }
    };
    let mut expected = before.lists.clone();
    wanted(&mut expected);
    let inserts = place::places(before.text, target.node, list, &texts);
    inserts
        .into_iter()
        .find_map(|insert| {
            before.with(file, insert, &expected, |after| {
                let Some(node) = after.node(&kind, target.number) else { return false };
                is_extended(target.node, node, list.key(), &texts) && after.but(&kind, target.number, &before)
            })
        })
        .ok_or_else(|| EditError::Elsewhere(file.path.clone()))
}

/// The file that a new intent belongs into: that of the first of these entries that is an intent, else the first file of
/// intents, else one of its own.
#[must_use]
pub fn home<'a>(content: &Content, near: impl Iterator<Item = &'a str>) -> String {
    let mut intents = near.filter_map(|id| content.intents.iter().find(|i| i.id == id)).chain(&content.intents);
    intents.next().map_or_else(|| "intents/answers.yaml".to_owned(), |i| i.location.file.clone())
}

/// Adds texts to an entry, wherever in these files it stands: to the examples of an intent, or to the questions of an
/// article.
///
/// # Errors
/// [`EditError`].
pub fn add_to(files: &[SourceFile], entry: &str, texts: &[String]) -> Result<SourceFile, EditError> {
    let article = entry.split_once('#').map_or(entry, |(article, _)| article);
    for file in files {
        match Kind::of(&file.path) {
            Some(Kind::Intents) if has(file, entry) => return add_lines(file, entry, List::Examples, texts),
            Some(Kind::Article(id)) if id == article => return add_lines(file, "", List::Questions, texts),
            _ => {}
        }
    }
    Err(EditError::Invalid(format!("there is no intent or article `{entry}`")))
}

/// Adds an intent to the file with this path, which need not be there, of these files, none of which may have its id.
///
/// # Errors
/// [`EditError`].
pub fn new_in(files: &[SourceFile], path: &str, new: &NewIntent) -> Result<SourceFile, EditError> {
    let taken = |f: &SourceFile| has(f, &new.id) || Kind::of(&f.path) == Some(Kind::Article(new.id.clone()));
    if files.iter().any(taken) {
        return Err(EditError::Invalid(format!("the id `{}` is taken", new.id)));
    }
    add_intent(files.iter().find(|f| f.path == path), path, new)
}

fn has(file: &SourceFile, id: &str) -> bool {
    lists::lists(file).is_some_and(|all| all.iter().any(|l| !id.is_empty() && l.id == id))
}

/// The texts that are not there yet, each cleaned and once.
fn fresh(there: &[String], texts: &[String]) -> Result<Vec<String>, EditError> {
    if texts.len() > TEXTS {
        return Err(EditError::Many);
    }
    let mut seen: HashSet<String> = there.iter().map(|t| normal(t)).collect();
    let mut fresh = Vec::new();
    for text in texts.iter().map(|t| clean(t)).filter(|t| !t.is_empty()) {
        if text.chars().count() > TEXT_CHARS {
            return Err(EditError::Long(text));
        }
        if seen.insert(normal(&text)) {
            fresh.push(text);
        }
    }
    if fresh.is_empty() { Err(EditError::Nothing) } else { Ok(fresh) }
}

/// A file that is read, and where its YAML stands in it.
struct Document<'a> {
    path: &'a str,
    text: &'a str,
    at: Range<usize>,
    root: Node,
    lists: Vec<lists::Lists>,
}

/// The entry that is edited.
struct Target<'a> {
    number: usize,
    node: &'a Node,
    lists: lists::Lists,
}

impl<'a> Document<'a> {
    fn of(file: &'a SourceFile) -> Result<Self, EditError> {
        Self::read(file).ok_or_else(|| EditError::Unreadable(file.path.clone()))
    }

    fn read(file: &'a SourceFile) -> Option<Self> {
        let at = lists::document(file)?;
        let text = std::str::from_utf8(&file.bytes).ok()?.get(at.clone())?;
        Some(Self { path: &file.path, text, at, root: lists::read(text)?, lists: lists::lists(file)? })
    }

    fn node(&self, kind: &Option<Kind>, number: usize) -> Option<&Node> {
        match kind {
            Some(Kind::Intents) => self.root.get("intents")?.1.items().get(number),
            _ => Some(&self.root).filter(|_| number == 0),
        }
    }

    fn entry(&self, kind: &Option<Kind>, entry: &str) -> Result<Target<'_>, EditError> {
        let no_entry = || EditError::NoEntry { entry: entry.to_owned(), file: self.path.to_owned() };
        let article = *kind != Some(Kind::Intents);
        let mut found = self.lists.iter().enumerate().filter(|(_, l)| article || l.id == entry);
        let (number, lists) = found.next().ok_or_else(no_entry)?;
        if found.next().is_some() {
            return Err(EditError::Twice { entry: entry.to_owned(), file: self.path.to_owned() });
        }
        let node = self.node(kind, number).ok_or_else(no_entry)?;
        Ok(Target { number, node, lists: lists.clone() })
    }

    /// The file with the insertion, if it is what was wanted.
    fn with(
        &self,
        file: &SourceFile,
        insert: Insert,
        expected: &[lists::Lists],
        holds: impl FnOnce(&Document<'_>) -> bool,
    ) -> Option<SourceFile> {
        let at = self.at.start.checked_add(insert.at)?;
        let (head, tail) = (file.bytes.get(..at)?, file.bytes.get(at..)?);
        let edited = SourceFile { path: file.path.clone(), bytes: [head, insert.text.as_bytes(), tail].concat() };
        let after = Document::read(&edited)?;
        // Of an article the text below the front matter is no YAML, and must not have become any.
        let below = |document: &Document<'_>, file: &SourceFile| file.bytes.get(document.at.end..).map(<[u8]>::to_vec);
        let sound = after.lists == expected
            && holds(&after)
            && below(self, file) == below(&after, &edited)
            && edited.bytes.starts_with(head)
            && edited.bytes.ends_with(tail)
            && edited.bytes.len() == file.bytes.len() + insert.text.len();
        sound.then_some(edited)
    }

    /// Whether everything but one entry is as it was in `before`.
    fn but(&self, kind: &Option<Kind>, number: usize, before: &Document<'_>) -> bool {
        if *kind != Some(Kind::Intents) {
            return true;
        }
        let (now, then) = (self.root.pairs(), before.root.pairs());
        now.len() == then.len()
            && now.iter().zip(then).all(|((key, value), (old_key, old))| {
                let intents = key.text() == Some("intents");
                let (items, old_items) = (value.items(), old.items());
                let same_items = || {
                    items.len() == old_items.len()
                        && (0..).zip(items.iter().zip(old_items)).all(|(n, (a, b))| n == number || a.same(b))
                };
                key.same(old_key) && if intents { same_items() } else { value.same(old) }
            })
    }
}

/// Whether `after` is `before` with these texts at the end of one of its lists.
fn is_extended(before: &Node, after: &Node, key: &str, texts: &[String]) -> bool {
    let others = |node: &Node| -> Vec<(Node, Node)> {
        node.pairs().iter().filter(|(k, _)| k.text() != Some(key)).cloned().collect()
    };
    let map = |pairs| Node { value: Value::Map(pairs), ..Node::default() };
    let there = before.get(key).map_or(&[][..], |(_, list)| list.items());
    let now = after.get(key).map_or(&[][..], |(_, list)| list.items());
    map(others(before)).same(&map(others(after)))
        && now.len() == there.len() + texts.len()
        && now.iter().zip(there).all(|(a, b)| a.same(b))
        && now.iter().skip(there.len()).zip(texts).all(|(item, text)| item.text() == Some(text.as_str()))
}
