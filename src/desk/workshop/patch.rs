//! What a draft changes: as lines for a page, and as a patch for `git apply`.

use std::time::Duration;

use similar::{ChangeTag, TextDiff};

use super::draft::Changed;

/// Lines around a change.
const AROUND: usize = 3;

/// Most lines of a file that are shown.
const LINES: usize = 2_000;

/// Longest part of a line that is shown, characters.
const WIDE: usize = 500;

/// After this the rest is told as wholly different: two files of a megabyte without a line in common.
const PATIENCE: Duration = Duration::from_millis(500);

/// A line of a difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// What became of it.
    pub op: Op,
    /// Without its end, cut.
    pub text: String,
    /// Counted from 1: in the file as it would be; of a line that goes, in the file as it is.
    pub line: usize,
}

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// It stays.
    Same,
    /// It comes.
    Add,
    /// It goes.
    Del,
}

impl Op {
    /// `same`, `add` or `del`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Add => "add",
            Self::Del => "del",
        }
    }
}

fn text(bytes: Option<&Vec<u8>>) -> String {
    bytes.map(|b| String::from_utf8_lossy(b).into_owned()).unwrap_or_default()
}

impl Changed {
    /// Lines that are different, with three around them.
    #[must_use]
    pub fn lines(&self) -> Vec<DiffLine> {
        let (before, after) = (text(self.before.as_ref()), text(self.after.as_ref()));
        let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(&before, &after);
        let hunks = diff.grouped_ops(AROUND);
        let changes = hunks.iter().flatten().flat_map(|op| diff.iter_changes(op));
        changes
            .take(LINES)
            .map(|change| {
                let (op, at) = match change.tag() {
                    ChangeTag::Equal => (Op::Same, change.new_index()),
                    ChangeTag::Insert => (Op::Add, change.new_index()),
                    ChangeTag::Delete => (Op::Del, change.old_index()),
                };
                let line = change.value().trim_end_matches(['\n', '\r']).chars().take(WIDE).collect();
                DiffLine { op, text: line, line: at.unwrap_or_default() + 1 }
            })
            .collect()
    }

    /// The file's part of a patch; none where it is not text. Without the line by which git would take the paths for
    /// those of the whole checkout, so that it is applied from within the content folder.
    #[must_use]
    pub fn patch(&self) -> Option<String> {
        let sound = |bytes: &Option<Vec<u8>>| bytes.as_ref().is_none_or(|b| std::str::from_utf8(b).is_ok());
        if !sound(&self.before) || !sound(&self.after) {
            return None;
        }
        let (before, after) = (text(self.before.as_ref()), text(self.after.as_ref()));
        // A blank in a name ends it, unless a tab does.
        let end = if self.path.contains(char::is_whitespace) { "\t" } else { "" };
        let name = |side: &str, there: bool| match there {
            true => format!("{side}/{}{end}", self.path),
            false => "/dev/null".to_owned(),
        };
        let diff = TextDiff::configure().timeout(PATIENCE).diff_lines(&before, &after);
        let hunks = diff.unified_diff().context_radius(AROUND).to_string();
        let (from, to) = (name("a", self.before.is_some()), name("b", self.after.is_some()));
        Some(format!("--- {from}\n+++ {to}\n{hunks}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(before: Option<&str>, after: Option<&str>) -> Changed {
        let bytes = |t: Option<&str>| t.map(|t| t.as_bytes().to_vec());
        Changed { path: "intents/a b.yaml".to_owned(), before: bytes(before), after: bytes(after), conflict: false }
    }

    #[test]
    fn lines_have_their_numbers_and_three_around_them() {
        let before: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let after = before.replace("line 10\n", "ten\nten and a half\n").replace("line 20\n", "");
        let shown: Vec<(Op, usize, String)> =
            changed(Some(&before), Some(&after)).lines().into_iter().map(|l| (l.op, l.line, l.text)).collect();
        assert_eq!(shown.first(), Some(&(Op::Same, 7, "line 7".to_owned())));
        assert!(shown.contains(&(Op::Del, 10, "line 10".to_owned())));
        assert!(shown.contains(&(Op::Add, 11, "ten and a half".to_owned())));
        assert_eq!(shown.last(), Some(&(Op::Del, 20, "line 20".to_owned())));
        assert_eq!(shown.iter().filter(|(op, ..)| *op == Op::Same).count(), 9);
    }

    #[test]
    fn new_files_and_those_that_go_are_named_so() {
        let new = changed(None, Some("x\n")).patch().unwrap();
        assert_eq!(new, "--- /dev/null\n+++ b/intents/a b.yaml\t\n@@ -0,0 +1 @@\n+x\n");
        let gone = changed(Some("x"), None).patch().unwrap();
        assert!(gone.starts_with("--- a/intents/a b.yaml\t\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"), "{gone}");
        assert!(gone.contains("\\ No newline at end of file"), "{gone}");
        let bytes = Changed { before: Some(vec![0xff]), ..changed(None, Some("x")) };
        assert_eq!(bytes.patch(), None);
    }
}
