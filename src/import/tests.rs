//! Small projects, written by hand in each format, and what must come of them: `tests/import/*.txt` holds the files under
//! `in/`, what is made of them under `out/`, the report, and what `check` says. `UPDATE=1` writes the last three anew.

use std::fmt::Write as _;
use std::path::Path;

use super::{botpress, kebab, nlpjs, rasa, write};
use crate::content::{self, SourceFile};

fn parts(text: &str) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = Vec::new();
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix("== "), files.last_mut()) {
            (Some(path), _) => files.push(SourceFile { path: path.trim().to_owned(), bytes: Vec::new() }),
            (None, Some(file)) => file.bytes.extend(line.as_bytes()),
            (None, None) => {}
        }
    }
    files
}

fn shown(files: &[SourceFile], folder: &str) -> String {
    files.iter().fold(String::new(), |mut out, file| {
        let _ = write!(out, "== {folder}{}\n{}", file.path, String::from_utf8_lossy(&file.bytes));
        out
    })
}

#[test]
fn projects_of_each_format() {
    for format in ["rasa", "botpress", "nlpjs"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/import/{format}.txt"));
        let golden = std::fs::read_to_string(&path).unwrap();
        let input: Vec<SourceFile> = parts(&golden)
            .into_iter()
            .filter_map(|f| Some(SourceFile { path: f.path.strip_prefix("in/")?.to_owned(), bytes: f.bytes }))
            .collect();
        let project = match format {
            "rasa" => rasa::read(&input),
            "botpress" => botpress::read(&input),
            _ => nlpjs::read(&input),
        };
        let files = write(&project);
        let (_, problems) = content::build(&files);
        let problems: String = problems.iter().map(|p| format!("{} {}: {}\n", p.code, p.location, p.message)).collect();
        let now = format!(
            "{}{}== report\n{}== check\n{problems}",
            shown(&input, "in/"),
            shown(&files, "out/"),
            project.report()
        );
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &now).unwrap();
            continue;
        }
        let lines: Vec<&str> = now.lines().collect();
        assert_eq!(lines, golden.lines().collect::<Vec<_>>(), "{format}: run with UPDATE=1");
    }
}

#[test]
fn names_become_ids() {
    for (name, id) in [
        ("faq/ask_returns", "faq-ask-returns"),
        ("checkBalance", "check-balance"),
        ("Rückgabe & Größe", "rueckgabe-groesse"),
        ("agent.acquaintance", "agent-acquaintance"),
        ("déjà vu?", "deja-vu"),
        ("返品", "intent-1"),
        ("--", "intent-1"),
    ] {
        assert_eq!(kebab(name, "intent-1"), id);
    }
}
