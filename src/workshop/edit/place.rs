//! Where lines can be put into a file: guesses, the best first. Whoever tries them reads the file again afterwards.

use super::List;
use super::quote::{Style, quoted};
use crate::content::tree::{Node, Value};

/// A text put in at a byte of the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Insert {
    pub(super) at: usize,
    pub(super) text: String,
}

/// Spaces by which a list is set in below its key, where nothing says otherwise.
const STEP: usize = 2;

/// Ways to add texts to a list of a block of keys.
pub(super) fn places(text: &str, block: &Node, list: List, texts: &[String]) -> Vec<Insert> {
    let lines = Lines::new(text);
    let flowing = |node: &Node, sign: u8| text.as_bytes().get(node.at.start) == Some(&sign);
    let joined = || texts.iter().map(|t| quoted(t, Style::Flow)).collect::<Vec<_>>().join(", ");
    let Some((key, value)) = block.get(list.key()) else {
        if flowing(block, b'{') {
            let behind = list
                .behind()
                .iter()
                .filter_map(|k| block.get(k))
                .map(|(_, value)| Insert { at: value.at.end, text: format!(", {}: [{}]", list.key(), joined()) });
            let first = Insert { at: block.at.start + 1, text: format!("{}: [{}], ", list.key(), joined()) };
            return behind.chain([first]).collect();
        }
        return missing(&lines, block, list, texts);
    };
    match &value.value {
        Value::List(items) if flowing(value, b'[') => {
            let insert = match items.last() {
                Some(last) => {
                    let end = text.get(last.at.clone()).map_or(last.at.end, |t| last.at.start + t.trim_end().len());
                    Insert { at: end, text: format!(", {}", joined()) }
                }
                None => Insert { at: value.at.start + 1, text: joined() },
            };
            vec![insert]
        }
        Value::List(items) => {
            let Some(last) = items.last() else { return Vec::new() };
            let Some((line, dash)) = lines.dash_of(last) else { return Vec::new() };
            let added = |newline: &str| block_of(texts, dash, newline);
            let mut ways = lines.behind(line, |l| indent(l) > dash, added);
            ways.extend(lines.start(line).map(|at| Insert { at, text: added(lines.newline(line)) }));
            ways
        }
        Value::Nothing => {
            let line = lines.of(key.at.start);
            let column = lines.indent_to(key.at.start).unwrap_or(0);
            let added = |newline: &str| block_of(texts, column + step(&lines, block), newline);
            lines.behind(line, |_| false, added)
        }
        _ => Vec::new(),
    }
}

/// Ways to add a list that is not there to a block of keys, each on a line of its own.
fn missing(lines: &Lines<'_>, block: &Node, list: List, texts: &[String]) -> Vec<Insert> {
    let last = block.pairs().iter().map(|(key, _)| key).max_by_key(|key| key.at.start);
    let wanted = list.behind().iter().filter_map(|k| block.get(k)).map(|(key, _)| key);
    let Some(column) = block.pairs().first().and_then(|(key, _)| lines.indent_to(key.at.start)) else {
        return Vec::new();
    };
    let step = step(lines, block);
    let added = |newline: &str| {
        format!("{}{}:{newline}{}", " ".repeat(column), list.key(), block_of(texts, column + step, newline))
    };
    let belongs =
        |l: &str| indent(l) > column || indent(l) == column && (l.trim_start().starts_with("- ") || l.trim() == "-");
    wanted.chain(last).flat_map(|key| lines.behind(lines.of(key.at.start), belongs, added)).collect()
}

/// How far other lists of the block are set in.
fn step(lines: &Lines<'_>, block: &Node) -> usize {
    let listed = block.pairs().iter().filter(|(_, value)| lines.text.as_bytes().get(value.at.start) != Some(&b'['));
    let mut steps = listed.filter_map(|(key, value)| {
        let (_, dash) = lines.dash_of(value.items().first()?)?;
        dash.checked_sub(lines.indent_to(key.at.start)?)
    });
    steps.next().unwrap_or(STEP)
}

fn block_of(texts: &[String], column: usize, newline: &str) -> String {
    let pad = " ".repeat(column);
    texts.iter().map(|t| format!("{pad}- {}{newline}", quoted(t, Style::Block))).collect()
}

pub(super) fn indent(line: &str) -> usize {
    line.bytes().take_while(|b| *b == b' ').count()
}

/// The lines of a document.
pub(super) struct Lines<'a> {
    pub(super) text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let behind = text.match_indices('\n').map(|(at, _)| at + 1).filter(|at| *at < text.len());
        Self { text, starts: std::iter::once(0).chain(behind).collect() }
    }

    /// Number of the line that a byte stands in, from 0.
    pub(super) fn of(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    pub(super) fn start(&self, line: usize) -> Option<usize> {
        self.starts.get(line).copied()
    }

    /// A line with its end.
    fn whole(&self, line: usize) -> &'a str {
        let Some(start) = self.start(line) else { return "" };
        self.text.get(start..self.start(line + 1).unwrap_or(self.text.len())).unwrap_or_default()
    }

    /// Bytes before a place on its line: where a list or a block begins there, all of them count as indentation.
    fn indent_to(&self, at: usize) -> Option<usize> {
        at.checked_sub(self.start(self.of(at))?)
    }

    /// How lines end around here.
    pub(super) fn newline(&self, line: usize) -> &'static str {
        let before = (0..=line).rev().map(|l| self.whole(l)).find(|l| l.ends_with('\n'));
        if before.is_some_and(|l| l.ends_with("\r\n")) { "\r\n" } else { "\n" }
    }

    /// The line and the column of the dash before an item of a block list. A text may begin below its dash.
    pub(super) fn dash_of(&self, item: &Node) -> Option<(usize, usize)> {
        let own = self.of(item.at.start);
        let line = (0..=own).rev().find(|line| self.whole(*line).trim_start_matches(' ').starts_with('-'))?;
        Some((line, indent(self.whole(line))))
    }

    /// Behind a line and those below that belong to it: before comments that follow, else after them.
    pub(super) fn behind(
        &self,
        line: usize,
        belongs: impl Fn(&str) -> bool,
        added: impl Fn(&str) -> String,
    ) -> Vec<Insert> {
        let (mut said, mut all) = (line, line);
        for next in line + 1..self.starts.len() {
            let text = self.whole(next);
            match text.trim() {
                "" => {}
                // What stands below it tells whose it is.
                t if t.starts_with('#') && !belongs(text) => {}
                t if t.starts_with('#') => all = next,
                _ if !belongs(text) => break,
                _ => (said, all) = (next, next),
            }
        }
        let mut ways: Vec<Insert> = [said, all].into_iter().filter_map(|line| self.after(line, &added)).collect();
        ways.dedup();
        ways
    }

    /// Behind one line; the file goes on to end without a line feed where it did.
    fn after(&self, line: usize, added: impl Fn(&str) -> String) -> Option<Insert> {
        let whole = self.whole(line);
        let at = self.start(line)? + whole.len();
        let newline = self.newline(line);
        let text = added(newline);
        if whole.ends_with('\n') {
            return Some(Insert { at, text });
        }
        let text = text.strip_suffix(newline).unwrap_or(&text);
        Some(Insert { at, text: format!("{newline}{text}") })
    }
}
