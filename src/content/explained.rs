//! What `explain` shows beside a code's own words: an example, and the family it belongs to.

use super::Code;

impl Code {
    /// Files that have this problem, and the same without it, each below a line `== path`; none where it takes a disk or a
    /// mountain of files.
    #[must_use]
    pub fn example(&self) -> Option<(&'static str, &'static str)> {
        let (_, rest) = EXAMPLES.split_once(&format!("### {}\n", self.name))?;
        let (both, _) = rest.split_once("\n### ").unwrap_or((rest, ""));
        both.split_once(">>>\n")
    }
}

/// An example of each: what has the problem, `>>>`, what has not.
const EXAMPLES: &str = include_str!("codes.txt");

/// The families: the letter of their codes and what they are about.
pub const FAMILIES: &[(&str, &str)] = &[
    ("S", "Syntax: whether a file can be read"),
    ("F", "Shape of a file: keys and values"),
    ("I", "Intents"),
    ("A", "Answers and other texts"),
    ("K", "Articles"),
    ("R", "Canned replies"),
    ("T", "Tests"),
    ("C", "deskbell.toml"),
    ("B", "Files and folders"),
];
