use std::fs;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::types::Language;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile { path: path.to_owned(), bytes: text.into() }
}

fn text(file: &SourceFile) -> &str {
    std::str::from_utf8(&file.bytes).unwrap()
}

fn added(before: &str, entry: &str, list: List, texts: &[&str]) -> Result<String, EditError> {
    let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
    add_lines(&file("intents/a.yaml", before), entry, list, &texts).map(|f| text(&f).to_owned())
}

#[test]
fn lists_of_every_kind_are_added_to() {
    for (before, wanted) in [
        // Block lists: set in, not set in, with comments, at the end of the file.
        (
            "intents:\n  - id: a\n    examples:\n      - x\n    answer: Z\n",
            "intents:\n  - id: a\n    examples:\n      - x\n      - new one\n    answer: Z\n",
        ),
        (
            "intents:\n- id: a\n  examples:\n  - x\n  answer: Z\n",
            "intents:\n- id: a\n  examples:\n  - x\n  - new one\n  answer: Z\n",
        ),
        (
            "intents:\n- id: a\n  examples:\n  - x\n  # of the answer\n  answer: Z\n",
            "intents:\n- id: a\n  examples:\n  - x\n  - new one\n  # of the answer\n  answer: Z\n",
        ),
        (
            "intents:\n- id: a\n  examples:\n  - x # why\n  # between\n  - 'z'   \n\n  answer: Z\n",
            "intents:\n- id: a\n  examples:\n  - x # why\n  # between\n  - 'z'   \n  - new one\n\n  answer: Z\n",
        ),
        (
            "intents:\n  - id: a\n    examples:\n      - x",
            "intents:\n  - id: a\n    examples:\n      - x\n      - new one",
        ),
        (
            "intents:\r\n  - id: a\r\n    examples:\r\n      - x",
            "intents:\r\n  - id: a\r\n    examples:\r\n      - x\r\n      - new one",
        ),
        (
            "\u{feff}intents:\r\n  - id: a\r\n    examples:\r\n      - x\r\n",
            "\u{feff}intents:\r\n  - id: a\r\n    examples:\r\n      - x\r\n      - new one\r\n",
        ),
        // Items over several lines.
        ("intents:\n- id: a\n  examples:\n  - |\n    x\n    # no comment\n\n  - id: b\n", ""),
        (
            "intents:\n- id: a\n  examples:\n  - |\n    x\n    # no comment\n\n- id: b\n",
            "intents:\n- id: a\n  examples:\n  - |\n    x\n    # no comment\n  - new one\n\n- id: b\n",
        ),
        (
            "intents:\n- id: a\n  examples:\n  - one\n    two\n- id: b\n",
            "intents:\n- id: a\n  examples:\n  - one\n    two\n  - new one\n- id: b\n",
        ),
        (
            "intents:\n- id: a\n  examples:\n  -\n    one\n- id: b\n",
            "intents:\n- id: a\n  examples:\n  -\n    one\n  - new one\n- id: b\n",
        ),
        (
            "intents:\n- id: a\n  examples:\n  - \"one\n    # two\"\n- id: b\n",
            "intents:\n- id: a\n  examples:\n  - \"one\n    # two\"\n  - new one\n- id: b\n",
        ),
        // Flow lists.
        ("intents:\n- id: a\n  examples: [x, 'y'] # c\n", "intents:\n- id: a\n  examples: [x, 'y', new one] # c\n"),
        (
            "intents:\n- id: a\n  examples: [\n    x,\n    ö  ,\n  ]\n",
            "intents:\n- id: a\n  examples: [\n    x,\n    ö, new one  ,\n  ]\n",
        ),
        ("intents:\n- {id: a, examples: [x], answer: Z}\n", "intents:\n- {id: a, examples: [x, new one], answer: Z}\n"),
        ("intents: [{id: a, examples: [], answer: Z}]\n", "intents: [{id: a, examples: [new one], answer: Z}]\n"),
        ("intents:\n- {id: a, answer: Z}\n", "intents:\n- {id: a, examples: [new one], answer: Z}\n"),
        // Empty and missing.
        ("intents:\n- id: a\n  examples: [ ]\n", "intents:\n- id: a\n  examples: [new one ]\n"),
        (
            "intents:\n- id: a\n  examples: # to come\n  answer: Z\n",
            "intents:\n- id: a\n  examples: # to come\n    - new one\n  answer: Z\n",
        ),
        (
            "intents:\n- id: a\n  examples:\n  expect:\n  - t\n",
            "intents:\n- id: a\n  examples:\n  - new one\n  expect:\n  - t\n",
        ),
        (
            "intents:\n- id: a\n  title:\n    en: T\n  answer: Z\n",
            "intents:\n- id: a\n  title:\n    en: T\n  examples:\n    - new one\n  answer: Z\n",
        ),
        ("intents:\n- answer: |\n    y\n  id: a", "intents:\n- answer: |\n    y\n  id: a\n  examples:\n    - new one"),
        (
            "intents:\n- id: a\n- id: b\n  examples: [z]\n",
            "intents:\n- id: a\n  examples:\n    - new one\n- id: b\n  examples: [z]\n",
        ),
        // A comment between items that stand where the keys do.
        (
            "intents:\n- id: a\n  reject:\n  - x\n  # a note\n  - z\n  # of the end\n",
            "intents:\n- id: a\n  examples:\n  - new one\n  reject:\n  - x\n  # a note\n  - z\n  # of the end\n",
        ),
        // Other lists and blocks of the same name.
        (
            "intents:\n- id: b\n  examples: [z]\n- id: a\n  slots:\n    examples: {ask: q}\n  examples:\n    - x\n",
            "intents:\n- id: b\n  examples: [z]\n- id: a\n  slots:\n    examples: {ask: q}\n  examples:\n    - x\n    - new one\n",
        ),
        // What is shared cannot be changed in one place only.
        ("intents:\n- id: a\n  examples: &e\n  - x\n- id: b\n  examples: *e\n", ""),
        ("intents:\n- id: b\n  examples: &e\n  - x\n- id: a\n  examples: *e\n", ""),
    ] {
        match added(before, "a", List::Examples, &["new one"]) {
            Ok(after) => assert_eq!(after, wanted, "{before}"),
            Err(error) => assert!(wanted.is_empty(), "{before}: {error}"),
        }
    }
}

#[test]
fn a_missing_list_stands_behind_a_whole_one() {
    let before = "intents:\n- id: a\n  examples:\n  - x\n  # a note\n  - z\n  # of the end\n";
    let wanted = before.replace("- z\n", "- z\n  expect:\n  - new one\n");
    assert_eq!(added(before, "a", List::Expect, &["new one"]).unwrap(), wanted);
}

#[test]
fn what_cannot_be_added_is_refused_in_words() {
    let before = "intents:\n- id: a\n  examples: [Where is it?]\n- id: c\n- id: c\n";
    let long = "x".repeat(501);
    for (entry, list, texts, wanted) in [
        ("b", List::Examples, &["x"][..], "there is no intent `b` in `intents/a.yaml`"),
        ("c", List::Examples, &["x"], "has the id `c` more than once"),
        ("a", List::Questions, &["x"], "an intent has examples, not questions"),
        ("a", List::Examples, &["where IS it", " \n "], "each of these texts stands there already"),
        ("a", List::Examples, &[&long], "has more than 500 characters"),
    ] {
        let error = added(before, entry, list, texts).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    for (path, content, wanted) in [
        ("intents/a.test.md", "", "is no file of intents and no article"),
        ("intents/a.yaml", "intents: [", "has an error that keeps it from being read"),
        ("knowledge/a.md", "no front matter", "has an error that keeps it from being read"),
    ] {
        let error = add_lines(&file(path, content), "", List::Expect, &["x".to_owned()]).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
    assert_eq!(
        added(before, "a", List::Examples, &["x", "where is it", "X!", "y\nz"]).unwrap(),
        before.replace("it?]", "it?, x, y z]")
    );
}

#[test]
fn articles_are_added_to_in_their_front_matter() {
    for (before, list, wanted) in [
        (
            "---\ntitle: T\nquestions: [a]\n---\nText\n- new\n",
            List::Questions,
            "---\ntitle: T\nquestions: [a, new one]\n---\nText\n- new\n",
        ),
        (
            "---\r\ntitle: T\r\nquestions:\r\n  - a\r\n---\r\nText",
            List::Questions,
            "---\r\ntitle: T\r\nquestions:\r\n  - a\r\n  - new one\r\n---\r\nText",
        ),
        (
            "---\ntitle: T\nlanguage: en\n---\n\nText\n",
            List::Questions,
            "---\ntitle: T\nquestions:\n  - new one\nlanguage: en\n---\n\nText\n",
        ),
        ("---\ntitle: T\n---\n", List::Expect, "---\ntitle: T\nexpect:\n  - new one\n---\n"),
    ] {
        let after = add_lines(&file("knowledge/a.md", before), "", list, &["new one".to_owned()]).unwrap();
        assert_eq!(text(&after), wanted);
    }
    let error = add_lines(&file("knowledge/a.md", "---\ntitle: T\n---\n"), "", List::Examples, &["x".to_owned()]);
    assert_eq!(error, Err(EditError::NoList("an article has questions, not examples")));
}

#[test]
fn new_intents_are_written_at_the_end() {
    let new = NewIntent {
        id: "gift-wrap".to_owned(),
        title: "Wrapping: how?".to_owned(),
        examples: vec!["do you wrap gifts".to_owned(), "yes".to_owned()],
        answer: vec![
            (Language::EN, "We do:\n\n  - paper\n- ribbon\n".to_owned()),
            (Language::DE, "Ja, für 2 €.".to_owned()),
        ],
    };
    let block = "  - id: gift-wrap\n    title: \"Wrapping: how?\"\n    examples:\n      - do you wrap gifts\n      - \"yes\"\n    answer:\n      en: |\n        We do:\n\n          - paper\n        - ribbon\n      de: Ja, für 2 €.\n";
    let outdented = block.replace("\n  ", "\n").replacen("  ", "", 1);
    for (before, wanted) in [
        (None, format!("intents:\n{block}")),
        (Some("# later\n"), format!("# later\nintents:\n{block}")),
        (Some("intents:\n"), format!("intents:\n{block}")),
        (
            Some("intents:\n  - id: a\n    answer: |\n      x\n\n"),
            format!("intents:\n  - id: a\n    answer: |\n      x\n\n{block}\n"),
        ),
        (Some("intents:\n- id: a\n- id: b"), format!("intents:\n- id: a\n- id: b\n{}", outdented.trim_end())),
        (
            Some("intents:\n- id: a\n\n- id: b\n  # end\n"),
            format!("intents:\n- id: a\n\n- id: b\n  # end\n\n{outdented}"),
        ),
        (Some("intents:\r\n  - id: a\r\n"), format!("intents:\n  - id: a\n\n{block}").replace('\n', "\r\n")),
    ] {
        let before = before.map(|b| file("intents/a.yaml", b));
        let after = add_intent(before.as_ref(), "intents/a.yaml", &new).unwrap();
        assert_eq!(text(&after), wanted);
    }
    for (change, wanted) in [
        (NewIntent { id: "Gift".to_owned(), ..new.clone() }, "an id has lower-case letters"),
        (NewIntent { id: "a".to_owned(), ..new.clone() }, "the id `a` is taken"),
        (NewIntent { examples: vec![" ".to_owned()], ..new.clone() }, "at least one example"),
        (NewIntent { answer: vec![(Language::EN, "\n".to_owned())], ..new.clone() }, "needs an answer"),
        (
            NewIntent { answer: vec![(Language::EN, "x".to_owned()), (Language::EN, "y".to_owned())], ..new.clone() },
            "two answers in one language",
        ),
    ] {
        let error = add_intent(Some(&file("intents/a.yaml", "intents: [{id: a}]")), "", &change).unwrap_err();
        assert!(error.to_string().contains(wanted), "{error}");
    }
    for path in ["intents/../a.yaml", "intents/a.md", "/intents/a.yaml", "intents//a.yaml"] {
        assert!(add_intent(None, path, &new).is_err(), "{path}");
    }
    let flow = add_intent(Some(&file("intents/a.yaml", "intents: [{id: a}]")), "", &new);
    assert_eq!(flow, Err(EditError::Elsewhere("intents/a.yaml".to_owned())));
}

/// Files of the shipped content that hold intents or an article.
fn shipped() -> Vec<SourceFile> {
    fn walk(root: &Path, below: &Path, found: &mut Vec<SourceFile>) {
        for entry in fs::read_dir(below).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                walk(root, &path, found);
            } else if matches!(Kind::of(&name), Some(Kind::Intents | Kind::Article(_))) {
                found.push(SourceFile { path: name, bytes: fs::read(&path).unwrap() });
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    walk(root, &root.join("intents"), &mut found);
    walk(root, &root.join("knowledge"), &mut found);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(found.len() > 10);
    found
}

/// What visitors write, and what is hard to write down.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        2 => "[a-zA-Zäöüß ,.?!']{1,40}",
        1 => "[-?:,#&*!|>%@`\"'{}\\[\\]~=<.0-9a-fxo_+ \\\\]{1,12}",
        1 => "(yes|No|on|null|~|1e3|0x1F|2026-11-01|: | #|- |---|\\.\\.\\.|a: b|x:|'|\"|\\\\|😀|退款吗|مرحبا| |\n|\r|\t){1,5}",
        1 => any::<String>().prop_map(|s| s.chars().take(60).collect()),
    ]
}

/// The same file as an editor on another machine would have it.
fn disguised(file: &SourceFile, crlf: bool, no_end: bool) -> SourceFile {
    let mut text = text(file).to_owned();
    if no_end {
        text.truncate(text.trim_end().len());
    }
    if crlf {
        text = text.replace('\n', "\r\n");
    }
    SourceFile { path: file.path.clone(), bytes: text.into() }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn shipped_files_take_any_texts(
        texts in proptest::collection::vec(hostile(), 1..6), crlf in any::<bool>(), no_end in any::<bool>(),
        which in any::<prop::sample::Index>(), list in 0..3_usize,
    ) {
        let files = shipped();
        let file = disguised(which.get(&files), crlf, no_end);
        let entries = lists::lists(&file).unwrap();
        let all = [if file.path.starts_with("intents/") { List::Examples } else { List::Questions }, List::Expect, List::Reject];
        for (n, entry) in entries.iter().enumerate() {
            let list = all[list];
            match add_lines(&file, &entry.id, list, &texts) {
                Ok(after) => prop_assert!(is_sound(&file, &after, n, list, &texts), "{}", text(&after)),
                Err(error) => prop_assert_eq!(error, EditError::Nothing),
            }
        }
    }

    #[test]
    fn generated_files_take_any_texts_or_stay(
        before in generated(), texts in proptest::collection::vec(hostile(), 1..6), list in 0..3_usize,
    ) {
        let file = file("intents/a.yaml", &before);
        let Some(entries) = lists::lists(&file) else { return Ok(()) };
        for (n, entry) in entries.iter().enumerate() {
            let list = [List::Examples, List::Expect, List::Reject][list];
            match add_lines(&file, &entry.id, list, &texts) {
                Ok(after) => prop_assert!(is_sound(&file, &after, n, list, &texts), "{}\n{}", before, text(&after)),
                Err(error) => prop_assert!(
                    matches!(error, EditError::Nothing | EditError::Twice { .. }), "{}\n{}", before, error
                ),
            }
        }
    }

    #[test]
    fn new_intents_read_back(
        before in generated(), examples in proptest::collection::vec(hostile(), 1..4), title in hostile(),
        answer in proptest::collection::vec(hostile(), 1..4),
    ) {
        let before = file("intents/a.yaml", &before);
        let new = NewIntent { id: "brand-new".into(), title, examples, answer: vec![(Language::EN, answer.join("\n"))] };
        match add_intent(Some(&before), "", &new) {
            Ok(after) => {
                let (old, now) = (lists::lists(&before).unwrap(), lists::lists(&after).unwrap());
                prop_assert_eq!(&now[..old.len()], &old[..]);
                prop_assert_eq!(now.len(), old.len() + 1);
            }
            Err(EditError::Invalid(_) | EditError::Unreadable(_)) => {}
            Err(error) => prop_assert!(false, "{}\n{:?}\n{}", text(&before), new, error),
        }
    }
}

/// Checked without what made the edit: what was there stands there in its order, and the lists have the texts.
fn is_sound(before: &SourceFile, after: &SourceFile, entry: usize, list: List, texts: &[String]) -> bool {
    let (old, new) = (&before.bytes, &after.bytes);
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let tail = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let mut wanted = lists::lists(before).unwrap();
    let there = match list {
        List::Examples => &mut wanted[entry].examples,
        List::Expect => &mut wanted[entry].expect,
        List::Reject => &mut wanted[entry].reject,
        List::Questions => &mut wanted[entry].questions,
    };
    for text in texts.iter().map(|t| clean(t)).filter(|t| !t.is_empty()) {
        if !there.iter().any(|t| normal(t) == normal(&text)) {
            there.push(text);
        }
    }
    head + tail >= old.len() && lists::lists(after) == Some(wanted)
}

/// Files that nobody would write but somebody has.
fn generated() -> impl Strategy<Value = String> {
    let item = prop_oneof![
        Just("x".to_owned()),
        Just("'it''s'".to_owned()),
        Just("\"a # b\"".to_owned()),
        Just("two # comment".to_owned()),
        Just("|\n        block\n        # text".to_owned()),
        Just(">-\n        folded\n        twice".to_owned()),
        Just("wrapped\n        around".to_owned()),
        Just("ö 😀 ".to_owned()),
    ];
    let list = (proptest::collection::vec(item, 0..4), 0..5_usize, any::<bool>()).prop_map(|(items, how, comment)| {
        let flow: Vec<&str> =
            items.iter().map(String::as_str).filter(|i| !i.contains(['\n', '#']) || i.starts_with('"')).collect();
        let pad = if how == 0 { "    " } else { "      " };
        let note = if comment { format!("{pad}# a note\n") } else { String::new() };
        match (how, items.is_empty()) {
            (3, _) => format!(" [{}]\n", flow.join(" , ")),
            (4, _) => format!(" [\n      {}\n      ]\n", flow.join(",\n      ")),
            (_, true) => "\n".to_owned(),
            _ => format!("\n{}", items.iter().map(|i| format!("{pad}- {i}\n{note}")).collect::<String>()),
        }
    });
    let intent = (proptest::option::of(list.clone()), proptest::option::of(list), 0..4_usize, any::<bool>());
    (proptest::collection::vec(intent, 1..4), any::<bool>(), any::<bool>()).prop_map(|(intents, crlf, no_end)| {
        let mut out = "# top\nintents:\n".to_owned();
        for (n, (examples, reject, order, gap)) in intents.into_iter().enumerate() {
            let examples = examples.map(|e| format!("    examples:{e}")).unwrap_or_default();
            let reject = reject.map(|r| format!("    reject:{r}")).unwrap_or_default();
            let answer = "    answer:\n      en: |\n        - no list\n\n        # no comment\n";
            let keys = match order {
                0 => format!("{examples}{answer}{reject}"),
                1 => format!("{answer}{examples}{reject}"),
                2 => format!("{reject}{answer}{examples}    # last\n"),
                _ => format!("    title: {{en: T, de: \"U: V\"}}\n{reject}{examples}"),
            };
            out.push_str(&format!("  - id: i{n}\n{keys}"));
            if gap {
                out.push('\n');
            }
        }
        if no_end {
            out.truncate(out.trim_end().len());
        }
        if crlf { out.replace('\n', "\r\n") } else { out }
    })
}
