//! Files of any bytes: nothing panics, every problem has a place, and what is changed stays what it was.

use super::*;
use proptest::prelude::*;

fn paths() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "deskbell.toml",
        "intents/a.yaml",
        "intents/b.yml",
        "intents/a.test.md",
        "knowledge/a.md",
        "knowledge/b/c.md",
    ])
}

/// Pieces of the formats in any order: far more of them get past the parsers than of random bytes.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "intents:",
        "\n",
        "\n  - ",
        "\n    ",
        "id: ",
        "a",
        "ab-c",
        "examples: ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ": ",
        "'",
        "\"",
        "|\n",
        "&a ",
        "*a",
        "<<: ",
        "keywords: ",
        "any: ",
        "all: ",
        "none: ",
        "patterns: ",
        "(?P<x>\\d+)",
        "{10:12}",
        "when: ",
        "hours: open",
        "slots: ",
        "ask: ",
        "answer: ",
        "{{ x }}",
        "{% if x %}",
        "{{",
        "}}",
        "options: ",
        "label: ",
        "intent: ",
        "handoff: always",
        "valid_from: 2026-11-01",
        "expect: ",
        "---\n",
        "title: ",
        "# ",
        "## ",
        "> ",
        "< ",
        "! handoff ",
        "department=x",
        "`",
        "```\n",
        "- ",
        "<b>",
        "| a | b |\n|---|---|\n",
        "\t",
        "é",
        "語",
        "\u{202e}",
        "= ",
        "[hours]\n",
        "monday",
        "[[holidays]]\n",
        "date",
        "08:00-18:00",
        "[texts.en]\n",
        "\r\n",
        "!!binary ",
        "~",
        "null",
        "1e999",
        "2026-11-01",
        "%",
        "?",
        "\u{85}",
        "\u{feff}",
        "\n- ",
        "\n      - ",
        "\n    # note\n",
        "# $schema: a.json\n",
        "|2\n",
        ">-\n",
        " #x",
        "](/help/a#b)",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn of_the_formats(files in prop::collection::vec((paths(), pieces()), 1..4)) {
        look(files.into_iter().map(|(path, text)| file(path, text)).collect());
    }

    #[test]
    fn of_no_format(files in prop::collection::vec((paths(), prop::collection::vec(any::<u8>(), 0..300)), 1..3)) {
        look(files.into_iter().map(|(path, bytes)| file(path, bytes)).collect());
    }

    #[test]
    fn templates_and_values(template in pieces(), value in any::<String>()) {
        let (content, _) = build(&[]);
        let filled = content.render(&template, &BTreeMap::from([("x".to_owned(), value)]), &[]);
        prop_assert!(filled.len() < 1 << 20);
    }
}

/// Whatever is mended, no error is new, and what could be mended has been.
fn mended(files: &[SourceFile]) {
    let mended = mend(files);
    let mut now = files.to_vec();
    now.iter_mut().for_each(|f| {
        if let Some(new) = mended.files.iter().find(|new| new.path == f.path) {
            f.bytes.clone_from(&new.bytes);
        }
    });
    let errors = |files: &[SourceFile]| build(files).1.iter().filter(|p| p.is_error()).count();
    // A file that can be read at last shows all that is wrong with it.
    let read = mended.done.iter().any(|p| p.code.starts_with('S') || matches!(p.code, "F002" | "F004"));
    assert!(mended.files.is_empty() || read || errors(&now) <= errors(files), "{mended:?}");
}

/// Laid out once it is laid out, and no problem of it changes but for its place.
fn formatted(file: &SourceFile) {
    let Some(new) = format(file, None) else { return };
    assert_eq!(format(&new, None), None, "{:?}", String::from_utf8_lossy(&file.bytes));
    let said = |file: &SourceFile| {
        let found = build(std::slice::from_ref(file)).1;
        let mut said: Vec<_> = found.into_iter().map(|p| (p.code, p.message)).collect();
        said.sort();
        said
    };
    let (old, now) = (said(file), said(&new));
    // Tabs may be what kept it from being read.
    if !old.iter().any(|(code, _)| code.starts_with('S')) {
        let codes = |said: &[(&'static str, String)]| said.iter().map(|(code, _)| *code).collect::<Vec<_>>();
        assert_eq!(codes(&old), codes(&now), "{:?}", String::from_utf8_lossy(&file.bytes));
    }
}

fn look(files: Vec<SourceFile>) {
    files.iter().for_each(formatted);
    let mut paths: Vec<&str> = files.iter().map(|f| f.path.as_str()).collect();
    paths.sort_unstable();
    if paths.windows(2).all(|w| w[0] != w[1]) {
        mended(&files);
    }
    let (content, problems) = build(&files);
    for problem in problems {
        assert!(explain(problem.code).is_some(), "{problem:?}");
        assert!(problem.location.line > 0 && problem.location.column > 0, "{problem:?}");
    }
    for intent in &content.intents {
        assert!(content.target_of(&intent.id).is_some());
    }
    let _ = content.read("where is my order", &Situation::default());
}
