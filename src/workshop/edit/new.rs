//! A new intent at the end of a file, or in a file of its own.

use std::fmt::Write as _;

use super::place::{Insert, Lines, indent};
use super::quote::{Style, clean, quoted};
use super::{Document, EditError, fresh};
use crate::content::{Kind, SourceFile, lists};
use crate::types::Language;

/// Most characters of a title, and of an answer in one language.
const TITLE: usize = 200;
const ANSWER: usize = 10_000;

/// What a new intent is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewIntent {
    /// Unique in the content; the caller looks after other files.
    pub id: String,
    /// Shown to visitors when the bot asks which is meant; may be empty.
    pub title: String,
    /// How visitors say it; at least one.
    pub examples: Vec<String>,
    /// In at least one language.
    pub answer: Vec<(Language, String)>,
}

/// Adds an intent at the end of a file; without a file, makes one at `path`.
///
/// # Errors
/// [`EditError`]; the file given is not changed in any case.
pub fn add_intent(file: Option<&SourceFile>, path: &str, new: &NewIntent) -> Result<SourceFile, EditError> {
    let path = file.map_or(path, |f| &f.path);
    if Kind::of(path) != Some(Kind::Intents) || path.split('/').any(|part| part.is_empty() || part.starts_with('.')) {
        return Err(EditError::Invalid(format!("`{path}` is no file of intents: such as `intents/orders.yaml`")));
    }
    let new = sound(new)?;
    let empty = SourceFile { path: path.to_owned(), bytes: Vec::new() };
    let file = file.unwrap_or(&empty);
    let before = Document::of(file)?;
    if before.lists.iter().any(|l| l.id == new.id) {
        return Err(EditError::Invalid(format!("the id `{}` is taken", new.id)));
    }
    let mut expected = before.lists.clone();
    expected.push(lists::Lists { id: new.id.clone(), examples: new.examples.clone(), ..lists::Lists::default() });
    let number = before.lists.len();
    let ways = ways(&before, &new);
    let is_new = |after: &Document<'_>| {
        let Some(node) = after.node(&Some(Kind::Intents), number) else { return false };
        let text = |key: &str| node.get(key).and_then(|(_, v)| v.text());
        let answers = node.get("answer").map_or(&[][..], |(_, v)| v.pairs());
        let same = answers.len() == new.answer.len()
            && answers.iter().zip(&new.answer).all(|((key, value), (language, text))| {
                key.text() == Some(language.code()) && value.text().map(str::trim_end) == Some(text.as_str())
            });
        let keys = 3 + usize::from(!new.title.is_empty());
        let others = (0..number).all(|n| {
            let of = |d: &Document<'_>| d.node(&Some(Kind::Intents), n).cloned();
            of(&before).zip(of(after)).is_some_and(|(a, b)| a.same(&b))
        });
        let rest = before.root.pairs().iter().filter(|(k, _)| k.text() != Some("intents"));
        let kept =
            rest.clone().all(|(k, v)| k.text().and_then(|k| after.root.get(k)).is_some_and(|(_, now)| now.same(v)));
        let sizes = after.root.pairs().len() == rest.count() + 1;
        same && others && kept && sizes && node.pairs().len() == keys && text("title").unwrap_or_default() == new.title
    };
    ways.into_iter()
        .find_map(|insert| before.with(file, insert, &expected, is_new))
        .ok_or_else(|| EditError::Elsewhere(path.to_owned()))
}

/// The intent with everything cleaned, if it is whole.
fn sound(new: &NewIntent) -> Result<NewIntent, EditError> {
    let invalid = |what: &str| Err(EditError::Invalid(what.to_owned()));
    if !lists::is_id(&new.id) {
        return invalid("an id has lower-case letters, digits and single hyphens, such as `order-status`");
    }
    let title = clean(&new.title);
    if title.chars().count() > TITLE {
        return invalid("the title has more than 200 characters");
    }
    let examples = fresh(&[], &new.examples).map_err(|e| match e {
        EditError::Nothing => EditError::Invalid("a new intent needs at least one example".to_owned()),
        other => other,
    })?;
    let mut answer: Vec<(Language, String)> = Vec::new();
    for (language, text) in &new.answer {
        let lines: Vec<String> = text.replace("\r\n", "\n").split(['\n', '\r']).map(line).collect();
        let text = lines.join("\n").trim_matches('\n').trim_end().to_owned();
        if text.chars().count() > ANSWER {
            return invalid("the answer has more than 10,000 characters");
        }
        if answer.iter().any(|(l, _)| l == language) {
            return invalid("there are two answers in one language");
        }
        if !text.trim().is_empty() {
            answer.push((*language, text));
        }
    }
    if answer.is_empty() {
        return invalid("a new intent needs an answer in at least one language");
    }
    Ok(NewIntent { id: new.id.clone(), title, examples, answer })
}

/// A line of an answer as a file can hold it: Markdown's blanks at its beginning stay.
fn line(text: &str) -> String {
    let marked: String = text.trim_end().chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
    let blanks = indent(&marked);
    format!("{}{}", " ".repeat(blanks), clean(&marked))
}

fn ways(before: &Document<'_>, new: &NewIntent) -> Vec<Insert> {
    let text = before.text;
    let lines = Lines::new(text);
    let last = text.lines().count().saturating_sub(1);
    let newline = lines.newline(last);
    let Some((key, list)) = before.root.get("intents") else {
        // Nothing, or comments alone.
        let broken = if text.is_empty() || text.ends_with('\n') { "" } else { newline };
        let block = block(new, 2, newline);
        return vec![Insert { at: text.len(), text: format!("{broken}intents:{newline}{block}") }];
    };
    let key_line = lines.of(key.at.start);
    let Some(first) = list.items().first() else {
        return lines.behind(key_line, |_| false, |newline| block(new, 2, newline));
    };
    let Some((first_line, column)) = lines.dash_of(first) else { return Vec::new() };
    // Between intents that are set apart by empty lines there is one before this one, too.
    let apart =
        list.items().len() < 2
            || list.items().iter().skip(1).any(|i| {
                lines.of(i.at.start).checked_sub(1).and_then(|l| lines.start(l)).is_some_and(|at| {
                    text.get(at..).and_then(|t| t.lines().next()).is_some_and(|l| l.trim().is_empty())
                })
            });
    let gap = if apart { newline } else { "" };
    let belongs = |l: &str| indent(l) > column || l.as_bytes().get(column) == Some(&b'-') && indent(l) == column;
    let mut ways = lines.behind(first_line, belongs, |newline| format!("{gap}{}", block(new, column, newline)));
    // Comments that stand at the end belong to what is above them: behind them is as good.
    ways.reverse();
    ways
}

/// The lines of the intent, its dash at a column.
fn block(new: &NewIntent, column: usize, newline: &str) -> String {
    let (dash, pad) = (" ".repeat(column), " ".repeat(column + 2));
    let mut out = format!("{dash}- id: {}{newline}", quoted(&new.id, Style::Block));
    if !new.title.is_empty() {
        let _ = write!(out, "{pad}title: {}{newline}", quoted(&new.title, Style::Block));
    }
    let _ = write!(out, "{pad}examples:{newline}");
    for example in &new.examples {
        let _ = write!(out, "{pad}  - {}{newline}", quoted(example, Style::Block));
    }
    let _ = write!(out, "{pad}answer:{newline}");
    for (language, text) in &new.answer {
        let key = quoted(language.code(), Style::Block);
        if !text.contains('\n') {
            let _ = write!(out, "{pad}  {key}: {}{newline}", quoted(text, Style::Block));
            continue;
        }
        // A first line that is set in would be taken for the indentation of all: that is said then.
        let mark = if text.starts_with(' ') { "|2" } else { "|" };
        let _ = write!(out, "{pad}  {key}: {mark}{newline}");
        for line in text.split('\n') {
            let _ = if line.is_empty() { write!(out, "{newline}") } else { write!(out, "{pad}    {line}{newline}") };
        }
    }
    out
}
