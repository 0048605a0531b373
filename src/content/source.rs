//! A text file under examination: from offsets to places, from places to problems.

use std::ops::Range;

use super::problem::did_you_mean;
use super::syntax::{Place, UnknownKey};
use super::yaml::Broken;
use super::{Location, Problem};

/// A file that is known to be text.
#[derive(Debug)]
pub(super) struct Source<'a> {
    pub(super) path: &'a str,
    /// Without a byte order mark.
    pub(super) text: &'a str,
    /// Byte offset at which each line begins.
    starts: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(path: &'a str, text: &'a str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { path, text, starts }
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
        problem
    }

    pub(super) fn unknown_key(&self, unknown: &UnknownKey) -> Problem {
        let problem = self.problem("F001", unknown.key.place, format!("unknown key `{}`", unknown.key.value));
        match did_you_mean(&unknown.key.value, unknown.known.iter().copied()) {
            Some(name) => problem.help(format!("did you mean `{name}`?")),
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

    fn floor(&self, mut at: usize) -> usize {
        at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

fn small(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
