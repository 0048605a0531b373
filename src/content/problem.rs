//! What is wrong with a content, for people: code, place, plain words, a way out.

use std::fmt;
use std::ops::Range;

use super::codes;

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

impl Severity {
    /// `warning` or `error`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
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
    /// The change that does it, where one is safe.
    pub fix: Option<Box<Fix>>,
}

/// A change to one file that mends a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Path below the content's root.
    pub file: String,
    /// In the order of the file; they do not overlap.
    pub edits: Vec<Edit>,
}

/// A piece of a file and what shall stand there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Bytes of the file as it lies on disk.
    pub range: Range<usize>,
    /// In their place; empty to remove them.
    pub text: String,
}

impl Problem {
    /// A problem of a known code at a place; the severity is the code's.
    #[must_use]
    pub fn new(code: &'static str, location: Location, span: u32, message: impl Into<String>) -> Self {
        let severity = codes::explain(code).map_or(Severity::Error, |c| c.severity);
        Self { code, severity, location, span, message: message.into(), help: None, fix: None }
    }

    /// The same with a way out.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with the change that mends it.
    #[must_use]
    pub fn fix(mut self, fix: Option<Fix>) -> Self {
        self.fix = fix.map(Box::new);
        self
    }

    /// Whether it keeps the content from going live.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self.severity, Severity::Error)
    }
}

/// The name among `known` that `wanted` was probably meant to be.
#[must_use]
pub fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(wanted, known).first().map(|(_, name)| *name)
}

/// The same where no other name is near: what may be put in its place without asking.
#[must_use]
pub(super) fn sure_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    match near(wanted, known).as_slice() {
        [(_, only)] => Some(only),
        _ => None,
    }
}

/// Names by their distance, each once.
fn near<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<(usize, &'a str)> {
    let wanted = wanted.to_lowercase();
    let far = |name: &str| (wanted.len().max(name.len()) / 3).max(1);
    let mut near: Vec<_> = known
        .into_iter()
        .filter(|name| name.len().abs_diff(wanted.len()) <= 4 * far(name))
        .map(|name| (strsim::damerau_levenshtein(&wanted, &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= far(name))
        .collect();
    near.sort_unstable();
    near.dedup();
    near
}
