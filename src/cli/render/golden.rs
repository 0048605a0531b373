//! Folders with problems, and how they are shown: `tests/content/*.txt`. `UPDATE=1` writes what is shown now.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use annotate_snippets::Renderer;

use crate::content::{self, Effort, Problem, SourceFile};
use crate::types::Timestamp;

/// 2026-11-22, 12:00 UTC: what is out of date in the cases is so on this day.
const NOW: Timestamp = Timestamp(1_795_348_800_000);

fn folder(text: &str) -> Vec<SourceFile> {
    let mut files: Vec<SourceFile> = Vec::new();
    for line in text.split_inclusive('\n') {
        match (line.strip_prefix("== "), files.last_mut()) {
            (Some(path), _) => files.push(SourceFile { path: path.trim().to_owned(), bytes: Vec::new() }),
            (None, Some(file)) => file.bytes.extend(written_out(line)),
            (None, None) => {}
        }
    }
    files
}

/// What no text file can hold, or nobody wants to read: `§300*x§` is 300 times `x`, `§xe9§` the byte E9.
fn written_out(line: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, part) in line.split('§').enumerate() {
        match (at % 2, part.split_once('*'), part.strip_prefix('x').map(|hex| u8::from_str_radix(hex, 16))) {
            (1, Some((times, text)), _) => out.extend(text.repeat(times.parse().unwrap()).into_bytes()),
            (1, None, Some(Ok(byte))) => out.push(byte),
            _ => out.extend(part.as_bytes()),
        }
    }
    out
}

#[test]
fn problems_are_shown_as_written() {
    let mut seen = BTreeSet::new();
    let folder_of_cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/content");
    let mut paths: Vec<_> = std::fs::read_dir(folder_of_cases).unwrap().map(|e| e.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let wanted = std::fs::read_to_string(&path).unwrap();
        let mut shown = String::new();
        for case in wanted.split("### ").skip(1) {
            let (head, _) = case.split_once(">>>\n").unwrap();
            let (_, text) = head.split_once('\n').unwrap();
            let files = folder(text);
            let problems = content::check(&files, NOW, Effort::Quick).problems;
            seen.extend(problems.iter().map(|p| p.code));
            let _ = writeln!(shown, "### {head}>>>\n{}\n", super::text_by(&Renderer::plain(), &problems, &files));
            let mended = content::mend(&files);
            if !mended.files.is_empty() {
                shown += ">>> mended\n";
            }
            for file in &mended.files {
                let _ = writeln!(shown, "== {}\n{}", file.path, String::from_utf8_lossy(&file.bytes));
            }
            // Mended is mended: there is nothing left to do, and no error that was not there.
            let now: Vec<SourceFile> =
                files.iter().map(|f| mended.files.iter().find(|new| new.path == f.path).unwrap_or(f).clone()).collect();
            let errors = |problems: &[Problem]| problems.iter().filter(|p| p.is_error()).count();
            let read = mended.done.iter().any(|p| p.code.starts_with('S') || matches!(p.code, "F002" | "F004"));
            assert!(content::mend(&now).files.is_empty(), "### {head}: mended again");
            assert!(
                read || errors(&content::check(&now, NOW, Effort::Quick).problems) <= errors(&problems),
                "### {head}: worse"
            );
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &shown).unwrap();
        } else {
            assert_eq!(shown, wanted, "{}", path.display());
        }
    }
    // These need a disk or a mountain of files, and have tests of their own.
    let elsewhere = ["B002", "B003", "B004", "B005", "B006", "B007", "B008"];
    let missing: Vec<&str> =
        content::CODES.iter().map(|c| c.name).filter(|c| !seen.contains(c) && !elsewhere.contains(c)).collect();
    assert_eq!(missing, [] as [&str; 0], "codes without a case");
}

/// What `explain` shows: the wrong example has the problem, the right one has not, and is sound besides.
#[test]
fn examples_of_codes_are_what_they_claim() {
    let found = |text: &str| content::check(&folder(text), NOW, Effort::Quick).problems;
    let (mut without, mut wrong_ones) = (Vec::new(), Vec::new());
    for code in content::CODES {
        let Some((wrong, right)) = code.example() else {
            without.push(code.name);
            continue;
        };
        if !found(wrong).iter().any(|p| p.code == code.name) {
            wrong_ones.push(format!("{}: the wrong example has no such problem", code.name));
        }
        let bad = found(right).into_iter().filter(|p| p.code == code.name || p.is_error());
        wrong_ones.extend(bad.map(|p| format!("{}: the right example has {} {}", code.name, p.code, p.message)));
    }
    assert_eq!(wrong_ones, [] as [String; 0]);
    // What takes a disk, many files or bytes that are no text cannot be shown.
    let wanted = ["A005", "B001", "B002", "B003", "B004", "B005", "B006", "B007", "B008", "I007", "S001", "S004"];
    assert_eq!(without, wanted);
}

/// Every example of `explain` as it is shown and mended.
#[test]
fn examples_of_codes_are_cases() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/content/explained.txt");
    let cases = std::fs::read_to_string(&path).unwrap_or_default();
    let missing: Vec<&str> = content::CODES
        .iter()
        .filter_map(|c| Some((c.name, c.example()?.0)))
        .filter(|(name, wrong)| !cases.contains(&format!("### {name}\n{wrong}>>>")))
        .map(|(name, _)| name)
        .collect();
    if std::env::var_os("UPDATE").is_some() && !missing.is_empty() {
        let all = content::CODES.iter().filter_map(|c| Some(format!("### {}\n{}>>>\n", c.name, c.example()?.0)));
        std::fs::write(&path, all.collect::<String>()).unwrap();
    } else {
        assert_eq!(missing, [] as [&str; 0], "run twice with UPDATE=1");
    }
}

#[test]
fn problems_for_programs() {
    let files = folder("== intents/a.yaml\nintents:\n  - id: Ä%\n    colour: red\n    anser: x\n");
    let (_, problems) = content::build(&files);
    let last = super::json_lines(&problems[problems.len() - 1..], &files);
    assert!(
        last.ends_with(
            r#""help":"did you mean `answer`?","fix":{"edits":[{"end":{"column":10,"line":4},"start":{"column":5,"line":4},"text":"answer"}],"file":"intents/a.yaml"}}"#
        ),
        "{last}"
    );
    let root = Path::new("shop, new");
    assert_eq!(
        super::json_lines(&problems[..1], &files),
        r#"{"code":"I002","severity":"error","file":"intents/a.yaml","line":2,"column":9,"message":"the id `Ä%` is not in kebab-case","help":"an id has lower-case letters, digits and single hyphens","fix":null}"#
    );
    let github = super::github(&problems, root);
    assert_eq!(
        github.lines().next(),
        Some(
            "::error file=shop%2C new/intents/a.yaml,line=2,col=9,title=I002::the id `Ä%25` is not in kebab-case – an id has lower-case letters, digits and single hyphens"
        )
    );
    let sarif: serde_json::Value = serde_json::from_str(&super::sarif(&problems, &files, Path::new("."))).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!((result["ruleId"].as_str(), result["level"].as_str()), (Some("I002"), Some("error")));
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "intents/a.yaml");
    assert_eq!((place["region"]["startColumn"].as_u64(), place["region"]["endColumn"].as_u64()), (Some(9), Some(11)));
    let fixes = &sarif["runs"][0]["results"].as_array().unwrap().last().unwrap()["fixes"];
    let replacement = &fixes[0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(
        (replacement["deletedRegion"]["endColumn"].as_u64(), &replacement["insertedContent"]["text"]),
        (Some(10), &"answer".into())
    );
    assert!(sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().iter().any(|r| r["id"] == "I002"));
}
