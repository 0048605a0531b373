//! From what was taken along to files of a content folder.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Entry, Project};
use crate::content::SourceFile;
use crate::types::Language;

/// Longest plain text on a line of its own, characters; what is longer reads better below a `|`.
const LINE: usize = 110;

/// The files: one a topic under `intents/`, and `deskbell.toml` with the languages. An entry without an answer rings a
/// person, which is what remains when own code stays behind.
#[must_use]
pub fn write(project: &Project) -> Vec<SourceFile> {
    let mut topics: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in &project.entries {
        topics.entry(&entry.topic).or_default().push(entry);
    }
    let main = project.languages.first().copied().unwrap_or(Language::EN);
    let mut files: Vec<SourceFile> = topics
        .into_iter()
        .map(|(topic, entries)| {
            let mut out = String::from("intents:\n");
            for (index, entry) in entries.iter().enumerate() {
                if index > 0 {
                    out.push('\n');
                }
                intent(&mut out, entry, main);
            }
            SourceFile { path: format!("intents/{topic}.yaml"), bytes: out.into_bytes() }
        })
        .collect();
    let languages: Vec<String> = project.languages.iter().map(|l| format!("\"{l}\"")).collect();
    let languages = if languages.is_empty() { "\"en\"".to_owned() } else { languages.join(", ") };
    files.push(SourceFile {
        path: "deskbell.toml".to_owned(),
        bytes: format!("languages = [{languages}]\n").into_bytes(),
    });
    files
}

fn intent(out: &mut String, entry: &Entry, main: Language) {
    for line in &entry.comment {
        let _ = writeln!(out, "  #{}{}", if line.is_empty() { "" } else { " " }, line);
    }
    let _ = writeln!(out, "  - id: {}", scalar(&entry.id));
    texts(out, "title", &entry.title, main);
    list(out, "examples", &entry.examples);
    if entry.answer.is_empty() {
        out.push_str("    handoff: always\n");
    } else {
        texts(out, "answer", &entry.answer, main);
    }
    if !entry.options.is_empty() {
        out.push_str("    options:\n");
        for (label, to) in &entry.options {
            let _ = writeln!(out, "      - {{label: {}, intent: {}}}", flow(label), scalar(to));
        }
    }
    list(out, "expect", &entry.expect);
}

fn list(out: &mut String, key: &str, texts: &[String]) {
    if texts.is_empty() {
        return;
    }
    let _ = writeln!(out, "    {key}:");
    for text in texts {
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(out, "      - {}", scalar(&one_line));
    }
}

fn texts(out: &mut String, key: &str, texts: &[(Option<Language>, String)], main: Language) {
    match texts {
        [] => {}
        [(language, text)] if language.is_none_or(|l| l == main) => value(out, 4, key, text),
        several => {
            let _ = writeln!(out, "    {key}:");
            for (language, text) in several {
                value(out, 6, &language.unwrap_or(main).to_string(), text);
            }
        }
    }
}

fn value(out: &mut String, indent: usize, key: &str, text: &str) {
    let _ = writeln!(out, "{}{key}: {}", " ".repeat(indent), block(text, indent + 2, "\n"));
}

/// A text behind `key: `: on the same line, or below a `|-` by so many blanks; `end` ends a line.
pub(super) fn block(text: &str, indent: usize, end: &str) -> String {
    let text = text.trim_end();
    let long = text.contains('\n') || text.chars().count() > LINE;
    // A block cannot say that its first line begins with blanks, nor hold control characters.
    let fits = !text.starts_with([' ', '\n']) && !text.chars().any(|c| c.is_control() && c != '\n');
    if !long || !fits || text.lines().any(|line| line.ends_with(' ')) {
        return scalar(text);
    }
    text.split('\n').fold("|-".to_owned(), |mut out, line| {
        out.push_str(end);
        if !line.is_empty() {
            out.push_str(&" ".repeat(indent));
        }
        out + line
    })
}

/// A text as YAML holds it on a line: bare where that is read back as the same text, else in double quotes.
pub(super) fn scalar(text: &str) -> String {
    let special = |c: char| {
        matches!(
            c,
            '-' | '?'
                | ':'
                | ','
                | '['
                | ']'
                | '{'
                | '}'
                | '#'
                | '&'
                | '*'
                | '!'
                | '|'
                | '>'
                | '\''
                | '"'
                | '%'
                | '@'
                | '`'
        )
    };
    let word = text.to_ascii_lowercase();
    let quoted = text.is_empty()
        || text.starts_with(special)
        || text.starts_with(char::is_whitespace)
        || text.ends_with(char::is_whitespace)
        || text.ends_with(':')
        || text.contains(": ")
        || text.contains(" #")
        || text.chars().any(|c| c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}'))
        || matches!(word.as_str(), "yes" | "no" | "on" | "off" | "true" | "false" | "null" | "~" | "y" | "n")
        || text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '.'))
            && !text.contains(char::is_whitespace);
    if quoted { double(text) } else { text.to_owned() }
}

/// The same inside `{ }` or `[ ]`, where commas and brackets end a text.
pub(super) fn flow(text: &str) -> String {
    let bare = scalar(text);
    if bare.starts_with('"') || !text.contains([',', '[', ']', '{', '}']) { bare } else { double(text) }
}

fn double(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round(text: &str) -> (String, String) {
        let entry = Entry {
            topic: "t".into(),
            id: "a".into(),
            title: vec![(None, text.to_owned())],
            examples: vec![text.to_owned()],
            answer: vec![(None, text.to_owned())],
            options: vec![(text.to_owned(), "a".into())],
            ..Entry::default()
        };
        let files = write(&Project { entries: vec![entry], ..Project::default() });
        let shown = String::from_utf8_lossy(&files[0].bytes).into_owned();
        #[derive(serde::Deserialize, Debug)]
        struct File {
            intents: Vec<Intent>,
        }
        #[derive(serde::Deserialize, Debug)]
        struct Intent {
            title: String,
            examples: Vec<String>,
            answer: String,
            options: Vec<std::collections::BTreeMap<String, String>>,
        }
        let file: File = serde_saphyr::from_str(&shown).unwrap_or_else(|e| panic!("{e}\n{shown}"));
        let intent = &file.intents[0];
        let lines = |t: &str| t.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_end().to_owned();
        let one = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(lines(&intent.title), lines(text), "{shown}");
        assert_eq!(lines(&intent.answer), lines(text), "{shown}");
        assert_eq!(intent.options[0]["label"].trim_end(), text.trim_end(), "{shown}");
        assert_eq!(intent.examples[0], one(text), "{shown}");
        (shown, String::new())
    }

    #[test]
    fn texts_that_yaml_would_read_otherwise() {
        for text in [
            "yes",
            "no",
            "1e3",
            "2026-11-01",
            "a: b",
            "a #b",
            "- a",
            "'quoted'",
            "\"",
            "back\\slash",
            "{{ name }} a",
            "*",
            "[a](b)",
            "a, b [c]",
            "ends:",
            "|",
            "> quote",
            "!",
            "%",
            "@me",
            "`x`",
            "?",
            "~",
            ".5",
            "+49 40",
            "a\n\nb\n- c",
            "a\n  b",
            "emoji 🙂",
            "返品",
            "tab\there",
            "null",
            "0x1f",
            "a\u{2028}b",
        ] {
            round(text);
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back(text in "[ -~äß🙂\\n]{0,300}") {
            // What begins or ends with blanks is trimmed on the way in.
            let text = text.trim();
            prop_assume!(!text.is_empty());
            round(text);
        }
    }
}
