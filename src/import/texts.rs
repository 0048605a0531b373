//! Translations put into files that are there: everything else stays as it is, byte for byte.
//!
//! The parser names the bytes of each text. After the edit the file is read again, and what differs from the wanted is
//! refused: a way of writing YAML that nobody thought of costs an edit by hand, never a file.

use std::collections::BTreeMap;
use std::ops::Range;

use super::tree::{self, Node, Value};
use super::write::{block, flow};
use crate::content::SourceFile;
use crate::types::Language;

/// A text that shall stand in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// Id of the intent, or shortcut of the canned reply.
    pub(super) id: String,
    /// `title`, `answer`, `text`, `slots.order_id.ask`, `options.1.label` (counted from 1).
    pub(super) path: String,
    pub(super) language: Language,
    pub(super) text: String,
}

/// The file with these texts; `default`: the language of a text that names none. With each change that is not made goes
/// why.
///
/// # Errors
/// Why the file cannot be edited at all.
pub(super) fn set(
    file: &SourceFile,
    default: Language,
    changes: &[Change],
) -> Result<(SourceFile, Vec<(Change, String)>), String> {
    let text = std::str::from_utf8(&file.bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let text = &text[mark..];
    let root = tree::yaml(text).map_err(|(line, message)| format!("line {line}: {message}"))?;
    let (mut refused, mut splices, mut wanted) = (Vec::new(), Vec::new(), root.clone());
    let mut by_place: BTreeMap<(String, String), Vec<&Change>> = BTreeMap::new();
    for change in changes {
        by_place.entry((change.id.clone(), change.path.clone())).or_default().push(change);
    }
    for ((id, path), all) in by_place {
        let Some(place) = Place::find(&root, text, &id, &path) else {
            refused.extend(all.into_iter().map(|c| (c.clone(), format!("`{id}` has no `{path}`"))));
            continue;
        };
        let all: Vec<(Language, &str)> = all.into_iter().map(|c| (c.language, c.text.trim_end())).collect();
        splices.extend(place.splices(text, default, &all));
        if let Some(value) = Place::value(&mut wanted, &id, &path) {
            said(value, default, &all);
        }
    }
    splices.sort_by_key(|(range, _)| (range.start, range.end));
    let mut out = text.to_owned();
    for (range, with) in splices.iter().rev() {
        if !out.is_char_boundary(range.start) || range.end > out.len() || !out.is_char_boundary(range.end) {
            return Err("the place of a text could not be told".to_owned());
        }
        out.replace_range(range.clone(), with);
    }
    let read = tree::yaml(&out).map_err(|(line, message)| format!("after the edit, line {line}: {message}"))?;
    if !read.same(&wanted) {
        return Err("written so that an edit would change more than these texts; make it by hand".to_owned());
    }
    let mut bytes = file.bytes[..mark].to_vec();
    bytes.extend(out.into_bytes());
    Ok((SourceFile { path: file.path.clone(), bytes }, refused))
}

/// A text in a file, in one language or several.
struct Place<'a> {
    key: &'a Node,
    value: &'a Node,
    /// Inside `{ }` or `[ ]`.
    flow: bool,
}

impl<'a> Place<'a> {
    fn find(root: &'a Node, text: &str, id: &str, path: &str) -> Option<Self> {
        let mut inside = false;
        let entry = entries(root).find(|e| names(e, id))?;
        inside |= is_flow(entry, text);
        let mut node = entry;
        let mut key = entry;
        let mut steps = path.split('.').peekable();
        while let Some(step) = steps.next() {
            (key, node) = match step.parse::<usize>() {
                Ok(n) => (key, node.items().get(n.checked_sub(1)?)?),
                Err(_) => node.get(step)?,
            };
            // Whether the last one is in braces itself is no matter of what stands around it.
            if steps.peek().is_some() {
                inside |= is_flow(node, text);
            }
        }
        Some(Self { key, value: node, flow: inside })
    }

    fn value<'b>(root: &'b mut Node, id: &str, path: &str) -> Option<&'b mut Node> {
        let Value::Map(pairs) = &mut root.value else { return None };
        let lists = pairs.iter_mut().filter(|(k, _)| matches!(k.text(), Some("intents" | "canned")));
        let items =
            lists.flat_map(
                |(_, list)| if let Value::List(items) = &mut list.value { items.as_mut_slice() } else { &mut [] },
            );
        let mut node = items.into_iter().find(|e| names(e, id))?;
        for step in path.split('.') {
            node = match (&mut node.value, step.parse::<usize>()) {
                (Value::List(items), Ok(n)) => items.get_mut(n.checked_sub(1)?)?,
                (Value::Map(pairs), _) => pairs.iter_mut().find(|(k, _)| k.text() == Some(step)).map(|(_, v)| v)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// What to put where.
    fn splices(&self, text: &str, default: Language, all: &[(Language, &str)]) -> Vec<(Range<usize>, String)> {
        let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let margin = |columns: usize| format!("{end}{}", " ".repeat(columns));
        let mut splices = Vec::new();
        if let Value::Map(pairs) = &self.value.value {
            let braces = self.flow || is_flow(self.value, text);
            let columns = pairs.first().map_or(0, |(key, _)| column(text, key.at.start));
            let mut more = String::new();
            for (language, said) in all {
                let there = pairs.iter().find(|(k, _)| k.text().is_some_and(|k| k.parse() == Ok(*language)));
                match there {
                    Some((_, value)) => {
                        let with = if braces { flow(said) } else { block(said, columns + 2, end) };
                        splices.push((extent(text, value), with));
                    }
                    None if braces => more.push_str(&format!(", {language}: {}", flow(said))),
                    None => more.push_str(&format!("{}{language}: {}", margin(columns), block(said, columns + 2, end))),
                }
            }
            if let Some((_, last)) = pairs.last()
                && !more.is_empty()
            {
                let behind = extent(text, last).end;
                let behind = if braces { behind } else { end_of_line(text, behind) };
                splices.push((behind..behind, more));
            }
            return splices;
        }
        let own = extent(text, self.value);
        let (same, others): (Vec<_>, Vec<_>) = all.iter().partition(|(language, _)| *language == default);
        let columns = column(text, self.key.at.start);
        let said = same.first().map(|(_, said)| *said);
        if others.is_empty() {
            if let Some(said) = said {
                splices.push((own, if self.flow { flow(said) } else { block(said, columns + 2, end) }));
            }
            return splices;
        }
        let old = text.get(own.clone()).unwrap_or_default();
        if self.flow {
            let mut with = format!("{{{default}: {}", said.map_or_else(|| old.to_owned(), flow));
            for (language, said) in others {
                with.push_str(&format!(", {language}: {}", flow(said)));
            }
            splices.push((own, with + "}"));
            return splices;
        }
        // What was said without a language moves in by one step, and the others follow.
        let kept = said.map_or_else(|| deeper(old), |said| block(said, columns + 4, end));
        let behind = end_of_line(text, own.end);
        let gap = text.get(..own.start).unwrap_or_default().trim_end_matches([' ', '\t']).len();
        splices.push((gap..own.end, format!("{}{default}: {kept}", margin(columns + 2))));
        let more: String = others
            .iter()
            .map(|(language, said)| format!("{}{language}: {}", margin(columns + 2), block(said, columns + 4, end)))
            .collect();
        splices.push((behind..behind, more));
        splices
    }
}

fn entries(root: &Node) -> impl Iterator<Item = &Node> {
    ["intents", "canned"].into_iter().filter_map(|key| root.value_of(key)).flat_map(|list| list.items())
}

fn names(entry: &Node, id: &str) -> bool {
    entry.text_of("id").or_else(|| entry.text_of("shortcut")) == Some(id)
}

/// What the text says once these are put in.
fn said(value: &mut Node, default: Language, all: &[(Language, &str)]) {
    let text = |t: &str| Node { value: Value::Text(t.to_owned()), ..Node::default() };
    if let (Value::Text(_) | Value::Other(_), [(language, said)]) = (&value.value, all)
        && *language == default
    {
        value.value = Value::Text((*said).to_owned());
        return;
    }
    if !matches!(value.value, Value::Map(_)) {
        let old = std::mem::take(&mut value.value);
        value.value = Value::Map(vec![(text(&default.to_string()), Node { value: old, ..Node::default() })]);
    }
    let Value::Map(pairs) = &mut value.value else { return };
    // New ones in the order in which they are given.
    for (language, said) in all {
        match pairs.iter_mut().find(|(k, _)| k.text().is_some_and(|k| k.parse() == Ok(*language))) {
            Some((_, value)) => *value = text(said),
            None => pairs.push((text(&language.to_string()), text(said))),
        }
    }
}

fn is_flow(node: &Node, text: &str) -> bool {
    matches!(node.value, Value::Map(_) | Value::List(_))
        && text.get(node.at.start..).is_some_and(|t| t.starts_with(['{', '[']))
}

/// The bytes of a text; of one below `|` or `>` with that sign, and without the lines behind it.
fn extent(text: &str, node: &Node) -> Range<usize> {
    let (start, end) = (node.at.start.min(text.len()), node.at.end.min(text.len()));
    let raw = text.get(start..end).unwrap_or_default();
    let line = text.get(..start).unwrap_or_default();
    let line = line.trim_end_matches(' ');
    if line.ends_with('\n') && !raw.starts_with(['"', '\'']) {
        // The line above ends with the sign, perhaps with `-`, `+` or a number, perhaps with a comment.
        let above = line.trim_end_matches(['\n', '\r']);
        let from = above.rfind('\n').map_or(0, |n| n + 1);
        let head = above.get(from..).unwrap_or_default();
        if let Some(sign) = head.rfind([':', '-']).and_then(|_| head.rfind(['|', '>'])) {
            return from + sign..start + raw.trim_end().len();
        }
    }
    start..start + raw.trim_end().len()
}

fn column(text: &str, at: usize) -> usize {
    let before = text.get(..at.min(text.len())).unwrap_or_default();
    before.len() - before.rfind('\n').map_or(0, |n| n + 1)
}

fn end_of_line(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.find('\n').map_or(rest.len(), |n| if rest[..n].ends_with('\r') { n - 1 } else { n })
}

/// The same, each further line by two blanks more to the right.
fn deeper(raw: &str) -> String {
    let mut lines = raw.split('\n');
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |mut out, line| {
        out.push('\n');
        if !line.trim().is_empty() {
            out.push_str("  ");
        }
        out + line
    })
}
