//! What is wrong with a content, for people: code, place, plain words, a way out.

use std::fmt;

/// A place in a content file.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// Path below the content's root.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The content works, but not as well as it could.
    Warning,
    /// The content must not go live.
    Error,
}

/// Something wrong with a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Stable name such as `I014`; `docs/content.md` lists them all.
    pub code: &'static str,
    /// How bad.
    pub severity: Severity,
    /// Where it begins.
    pub location: Location,
    /// How many characters it spans on that line; 0 where unknown.
    pub span: u32,
    /// What is wrong, in plain words.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}
