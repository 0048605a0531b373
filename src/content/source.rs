//! A text file under examination: from offsets to places, from places to problems.

use std::ops::Range;

use super::problem::{Edit, Fix, did_you_mean, sure_mean};
use super::syntax::{Place, UnknownKey};
use super::yaml::Broken;
use super::{Location, Problem};

/// A file that is known to be text.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    /// Without a byte order mark.
    pub(super) text: &'a str,
    /// Bytes of that mark.
    mark: usize,
    /// Byte offset at which each line begins.
    starts: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(path: &'a str, text: &'a str) -> Self {
        let whole = text.len();
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mark = whole - text.len();
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, text, mark, starts }
    }

    /// The text of a line, counted from 1, without its end.
    pub(super) fn line(&self, line: u32) -> &'a str {
        let index = line.saturating_sub(1) as usize;
        let Some(start) = self.starts.get(index) else { return "" };
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        self.text.get(*start..end).unwrap_or_default().trim_end_matches(['\n', '\r'])
    }

    pub(super) fn location(&self, place: Place) -> Location {
        Location { file: self.path.to_owned(), line: place.line.max(1), column: place.column.max(1) }
    }

    /// A problem at a place; what it spans ends with the line.
    pub(super) fn problem(&self, code: &'static str, place: Place, message: impl Into<String>) -> Problem {
        let left = self.line(place.line).chars().count().saturating_sub(place.column.saturating_sub(1) as usize);
        Problem::new(code, self.location(place), place.span.min(small(left)), message)
    }

    pub(super) fn broken(&self, broken: Broken) -> Problem {
        let mut problem = self.problem(broken.code, broken.place, broken.message);
        problem.help = broken.help;
        problem.fix = broken.edit.map(|(range, by)| Box::new(self.fix(range, &by)));
        problem
    }

    pub(super) fn unknown_key(&self, unknown: &UnknownKey) -> Problem {
        let problem = self.problem("F001", unknown.key.place, format!("unknown key `{}`", unknown.key.value));
        match did_you_mean(&unknown.key.value, unknown.known.iter().copied()) {
            Some(name) => {
                // A key that stands in the block already cannot stand there twice.
                let sure = sure_mean(&unknown.key.value, unknown.known.iter().copied());
                let free = sure.filter(|name| !unknown.given.contains(name));
                let fix = free.and_then(|name| self.replace(unknown.key.place, &unknown.key.value, name));
                problem.help(format!("did you mean `{name}`?")).fix(fix)
            }
            None => problem.help(format!("known keys: {}", unknown.known.join(", "))),
        }
    }

    /// The place of a range of bytes.
    pub(super) fn place_of_bytes(&self, range: Range<usize>) -> Place {
        let from = self.floor(range.start);
        let until = self.floor(range.end).max(from);
        let line = self.starts.partition_point(|start| *start <= from).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let count = |r: Range<usize>| small(self.text.get(r).unwrap_or_default().chars().count());
        Place { line: small(line), column: count(start..from) + 1, span: count(from..until) }
    }

    /// A line without the blanks at its ends.
    pub(super) fn place_of_line(&self, line: u32) -> Place {
        let text = self.line(line);
        let blanks = text.chars().take_while(|c| c.is_whitespace()).count();
        Place { line, column: small(blanks) + 1, span: small(text.trim().chars().count()) }
    }

    /// The first place of `needle` at or after `place`; else `place` itself.
    pub(super) fn find_from(&self, place: Place, needle: &str) -> Place {
        let start = self.starts.get(place.line.saturating_sub(1) as usize).copied().unwrap_or(0);
        match self.text.get(start..).and_then(|rest| rest.find(needle)) {
            Some(at) => self.place_of_bytes(start + at..start + at + needle.len()),
            None => place,
        }
    }

    /// The fix that puts a text in the place of a value, in whatever quotes it stands; none where it is written otherwise.
    pub(super) fn replace(&self, place: Place, value: &str, by: &str) -> Option<Fix> {
        let range = self.range_of(place, value)?;
        Some(self.fix(range, by))
    }

    /// The fix that puts a name in the place of another within what a place spans.
    pub(super) fn replace_within(&self, place: Place, name: &str, by: &str) -> Option<Fix> {
        let at = self.byte_of(place)?;
        let spanned: usize = self.text.get(at..)?.chars().take(place.span as usize).map(char::len_utf8).sum();
        let mut found = self.text.get(at..at + spanned)?.match_indices(name);
        let (first, _) = found.next()?;
        found.next().is_none().then(|| self.fix(at + first..at + first + name.len(), by))
    }

    /// The fix that changes these bytes of the text.
    pub(super) fn fix(&self, range: Range<usize>, by: &str) -> Fix {
        let range = range.start + self.mark..range.end + self.mark;
        Fix { file: self.path.to_owned(), edits: vec![Edit { range, text: by.to_owned() }] }
    }

    /// Byte at which a place begins.
    pub(super) fn byte_of(&self, place: Place) -> Option<usize> {
        let start = *self.starts.get(place.line.checked_sub(1)? as usize)?;
        let before: usize = self.text.get(start..)?.chars().take(place.column as usize - 1).map(char::len_utf8).sum();
        (place.column > 0).then_some(start + before)
    }

    /// The bytes of a value that stands at a place as it is, bare or in quotes.
    pub(super) fn range_of(&self, place: Place, value: &str) -> Option<Range<usize>> {
        if value.is_empty() || value.contains(['\'', '"', '\\', '\n']) {
            return None;
        }
        let at = self.byte_of(place)?;
        let rest = self.text.get(at..)?;
        for quote in ["'", "\""] {
            if let Some(inner) = rest.strip_prefix(quote)
                && inner.strip_prefix(value).is_some_and(|after| after.starts_with(quote))
            {
                return Some(at + 1..at + 1 + value.len());
            }
        }
        let after = rest.strip_prefix(value)?;
        after
            .starts_with([',', ']', '}', ':', ' ', '\t', '\r', '\n'])
            .then_some(())
            .or(after.is_empty().then_some(()))?;
        Some(at..at + value.len())
    }

    /// The fix that takes a text out of a list: its line, or its part of the line. None where more than that hangs on it.
    pub(super) fn without_item(&self, place: Place, value: &str) -> Option<Fix> {
        let start = *self.starts.get(place.line.checked_sub(1)? as usize)?;
        let at = self.byte_of(place)?;
        let line = self.line(place.line);
        let (before, rest) = (self.text.get(start..at)?, line.get(at - start..)?);
        let length = match rest.chars().next()? {
            '\'' | '"' => end_of_quoted(rest)?,
            _ => rest.starts_with(value).then_some(value.len())?,
        };
        let after = rest.get(length..)?.trim();
        if before.trim() == "-" {
            let next = self.starts.get(place.line as usize).copied().unwrap_or(self.text.len());
            return after.is_empty().then(|| self.fix(start..next, ""));
        }
        let comma = before.trim_end().strip_suffix(',')?.len();
        after.starts_with([',', ']']).then(|| self.fix(start + comma..at + length, ""))
    }

    fn floor(&self, mut at: usize) -> usize {
        at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// Where the text in quotes that begins here ends.
fn end_of_quoted(rest: &str) -> Option<usize> {
    let mut chars = rest.char_indices().peekable();
    let (_, quote) = chars.next()?;
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' || c == quote && quote == '\'' && chars.peek().is_some_and(|(_, c)| *c == quote) {
            chars.next();
        } else if c == quote {
            return Some(at + 1);
        }
    }
    None
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
