//! A content folder as text, and what must come of it.

use super::*;
use crate::types::Timestamp;

/// Files of a folder written as `== path` and the lines below it.
pub(crate) fn folder(text: &str) -> Vec<SourceFile> {
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

/// Builds a folder and compares its problems, one a line: `code file:line:column+span message (help)`.
fn check(text: &str, wanted: &[&str]) -> Content {
    let (content, problems) = build(&folder(text));
    let found: Vec<String> = problems
        .iter()
        .map(|p| {
            format!(
                "{} {}+{} {}{}",
                p.code,
                p.location,
                p.span,
                p.message,
                p.help.as_ref().map_or(String::new(), |h| format!(" ({h})"))
            )
        })
        .collect();
    assert_eq!(found, wanted, "\n{text}");
    content
}

const SHOP: &str = "\
== deskbell.toml
name = \"Nordlicht\"
languages = [\"en\", \"de\"]
timezone = \"Europe/Berlin\"
departments = [\"orders\"]
[variables]
phone = \"040 1234\"
[hours]
monday = [\"08:00-18:00\"]
== intents/orders.yaml
intents:
  - id: order-status
    title: {en: Where is my order?, de: Wo ist meine Bestellung?}
    examples: [where is my parcel, no, 'yes', wo ist mein Paket]
    keywords:
      - all: [order, status]
        none: [cancel]
      - any: [track my parcel]
    patterns: ['\\border\\s+(?P<order_id>[A-Z]{2}\\d{6})\\b']
    when: {page: /orders/*, hours: open}
    slots:
      order_id: {ask: Your number?, pattern: '[A-Z]{2}\\d{6}', retry: Like AB123456.}
      note: {optional: true}
    answer:
      en: Your order {{ order_id }}. Call {{ phone }}.
      de: Ihre Bestellung {{ order_id }}.
    options: [{label: Change it, intent: change-address}]
    handoff: offer
    department: orders
    priority: high
    owner: web-team
    valid_from: 2026-11-01
    valid_until: 2027-01-31
    expect: [wheres my stuff]
    reject: [i want to order a lamp]
  - id: change-address
    examples: [a b, c d, e f, g h]
    handoff: always
== intents/orders.test.md
# An order
> where is my parcel
< order-status
< \"Your number\"
> help
! handoff department=orders reason=asked
== knowledge/returns/how-long.md
---
title: How long do returns take?
questions: [when do i get my money]
language: en
tags: [money]
---
About **two weeks**.

## By bank
Three days.
## By bank
Two days.
";

#[test]
fn a_sound_folder() {
    let content = check(SHOP, &[]);
    let intent = &content.intents[0];
    assert_eq!(intent.examples, ["where is my parcel", "no", "yes", "wo ist mein Paket"]);
    assert_eq!(
        (intent.priority, intent.handoff, intent.department.as_deref()),
        (Priority::High, HandoffPolicy::Offer, Some("orders"))
    );
    assert_eq!(
        intent.slots.iter().map(|s| (s.name.as_str(), s.optional)).collect::<Vec<_>>(),
        [("order_id", false), ("note", true)]
    );
    assert_eq!(intent.location.to_string(), "intents/orders.yaml:2:9");
    assert_eq!(content.lines[0].to_string(), "intents/orders.yaml:4:16");
    let article = &content.articles[0];
    let anchors: Vec<_> = article.passages.iter().map(|p| p.anchor.as_str()).collect();
    assert_eq!(
        (article.id.as_str(), anchors.as_slice()),
        ("returns/how-long", ["", "by-bank", "by-bank-2"].as_slice())
    );
    for id in ["order-status", "returns/how-long", "returns/how-long#by-bank-2"] {
        assert_eq!(content.id_of(content.target_of(id).unwrap()), id);
    }
    let title = |id, language| content.title_of(content.target_of(id).unwrap(), language);
    assert_eq!(title("order-status", Language::DE), "Wo ist meine Bestellung?");
    assert_eq!(title("change-address", Language::DE), "Change address");
    assert_eq!(title("returns/how-long#by-bank", Language::EN), "How long do returns take? – By bank");
    let slots = BTreeMap::from([("order_id".to_owned(), "AB123456".to_owned())]);
    let (answer, _) = intent.answer.as_ref().unwrap().get(Language::EN, Language::EN).unwrap();
    assert_eq!(content.render(answer, &slots, &[]), "Your order AB123456. Call 040 1234.");
    assert_eq!(content.tests.len(), 3);
    let order = content.tests.iter().find(|t| t.name == "An order").unwrap();
    assert_eq!(
        order.steps[1].expect,
        [Expect::Handoff([("department".into(), "orders".into()), ("reason".into(), "asked".into())].into())]
    );
    assert_eq!(content.version.len(), 16);
    assert_eq!(content.version, build(&folder(SHOP)).0.version);
}

#[test]
fn circumstances_decide_who_may_answer() {
    let content = check(SHOP, &[]);
    let target = content.target_of("order-status").unwrap();
    let at = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    for (page, moment, wanted) in [
        (Some("https://shop.example/orders/1"), "2026-11-23T10:00:00Z", true),
        (Some("https://shop.example/"), "2026-11-23T10:00:00Z", false),
        (None, "2026-11-23T10:00:00Z", false),
        (Some("/orders/1"), "2026-11-23T18:00:00Z", false), // closed
        (Some("/orders/1"), "2026-10-26T10:00:00Z", false), // not yet valid
        (Some("/orders/1"), "2027-02-01T10:00:00Z", false), // not any more
    ] {
        assert_eq!(
            content.allowed(target, &Situation { page, at: at(moment), language: None }),
            wanted,
            "{page:?} {moment}"
        );
    }
    let reading = content.read("where is my parcel", &Situation::default());
    assert!(reading.candidates.iter().all(|c| c.target != target), "{reading:?}");
    assert_eq!(expired(&content, at("2027-01-31T12:00:00Z")), []);
    let old = expired(&content, at("2027-01-31T23:00:00Z"));
    assert_eq!(old[0].message, "`order-status` was valid until 2027-01-31 and does not answer any more");
}

#[test]
fn an_empty_folder_is_a_content() {
    let content = check("", &[]);
    assert_eq!(content.settings.name, "Support");
    assert!(content.settings.open_state(Timestamp(0), Language::EN).open);
}

fn codes(files: &[SourceFile]) -> Vec<String> {
    build(files).1.iter().map(|p| format!("{} {}", p.code, p.location)).collect()
}

fn file(path: &str, bytes: impl Into<Vec<u8>>) -> SourceFile {
    SourceFile { path: path.to_owned(), bytes: bytes.into() }
}

#[test]
fn what_is_no_text_is_refused() {
    assert_eq!(codes(&[file("intents/a.yaml", *b"intents:\n  - id: caf\xe9\n")]), ["S001 intents/a.yaml:2:12"]);
    assert_eq!(codes(&[file("intents/a.yaml", "intents: []\n# \u{0}")]), ["S004 intents/a.yaml:2:3"]);
    assert_eq!(codes(&[file("knowledge/a.md", "---\ntitle: a\u{1b}[31m\n---\nb")]), ["S004 knowledge/a.md:2:9"]);
    assert_eq!(codes(&[file("intents/a.yaml", "\u{feff}intents: []")]), [] as [&str; 0]);
}

#[test]
fn budgets_of_files_hold() {
    let long = "intents: # ".to_owned() + &"x".repeat(limits::FILE_BYTES);
    assert_eq!(codes(&[file("intents/a.yaml", long)]), ["B001 intents/a.yaml:1:1"]);
    let many: Vec<_> = (0..=limits::FILES).map(|n| file(&format!("intents/{n:05}.yaml"), "intents: []")).collect();
    assert_eq!(codes(&many), ["B003 intents/05000.yaml:1:1"]);
    let large: Vec<_> = (0..65)
        .map(|n| file(&format!("intents/{n:05}.yaml"), "#".repeat(limits::FILE_BYTES - 12) + "\nintents: []"))
        .collect();
    assert_eq!(codes(&large), ["B002 intents/00064.yaml:1:1"]);
}

#[test]
fn one_line_of_a_mebibyte_is_read() {
    let line = format!("intents: [{{id: a, answer: b, keywords: [{{any: [{}]}}]}}]", "word, ".repeat(90_000));
    assert_eq!(codes(&[file("intents/a.yaml", line)]), [] as [&str; 0]);
    let line = format!("intents: [{}]", "a, ".repeat(200_000));
    assert_eq!(codes(&[file("intents/a.yaml", line)]), ["F002 intents/a.yaml:1:11"]);
    let line = format!("intents: [{{id: a, answer: b, keywords: [{{any: [{}]}}]}}]", "w, ".repeat(150_000));
    assert_eq!(codes(&[file("intents/a.yaml", line)]).first().map(|c| &c[..4]), Some("S003"));
}

#[test]
fn patterns_share_one_budget() {
    let text = format!("intents:\n  - id: a\n    answer: b\n    patterns: [{}]", "a, ".repeat(2_001));
    let found = codes(&[file("intents/a.yaml", text)]);
    assert_eq!(found, ["I007 intents/a.yaml:4:6016"]);
}

#[test]
fn a_long_answer_is_named() {
    let text = format!("intents:\n  - {{id: a, keywords: [{{any: [parcel]}}], answer: {}}}", "x".repeat(2_001));
    assert_eq!(codes(&[file("intents/a.yaml", text)]), ["A005 intents/a.yaml:2:50"]);
}

#[test]
fn a_conversation_in_another_language_finds_what_is_for_that_language() {
    let content = check(
        "== deskbell.toml
languages = [\"en\", \"de\"]
== intents/a.yaml
intents:
  - id: only-german
    keywords: [{any: [Rechnung]}]
    when: {language: de}
    answer: Hier.
",
        &[],
    );
    let first =
        |text: &str| content.read(text, &Situation::default()).candidates.first().map(|c| content.id_of(c.target));
    assert_eq!(first("ich brauche bitte eine Rechnung für meine Bestellung"), Some("only-german".to_owned()));
    assert_eq!(first("could you please send me the Rechnung of my last order"), None);
}

#[test]
fn the_document_lists_every_code_and_every_sentence() {
    let document = include_str!("../../docs/content.md");
    for code in CODES {
        let row = format!("| {} | {} | {} |", code.name, code.severity.as_str(), code.title);
        assert!(document.contains(&row), "docs/content.md lacks: {row}");
    }
    let listed = document.lines().filter(|l| l.contains(" | error | ") || l.contains(" | warning | ")).count();
    assert_eq!(listed, CODES.len(), "docs/content.md lists codes that do not exist");
    for phrase in Phrase::all() {
        let row = format!("| `{}` | {} |", phrase.key(), phrase.default_text(Language::EN).unwrap());
        assert!(document.contains(&row), "docs/content.md lacks: {row}");
    }
}

#[test]
fn the_examples_of_the_document_are_sound() {
    let document = include_str!("../../docs/content.md");
    let block = |kind: &str| {
        let (_, rest) = document.split_once(&format!("```{kind}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    let mut files = vec![
        file("intents/a.yaml", block("yaml")),
        file("knowledge/returns/how-long.md", block("markdown")),
        file("deskbell.toml", block("toml")),
    ];
    assert_eq!(codes(&files), [] as [&str; 0]);
    let (_, rest) = document.split_once("# An order that does not come").unwrap();
    files.push(file("intents/a.test.md", format!("# An order{}", rest.split_once("```").unwrap().0)));
    assert_eq!(codes(&files), [] as [&str; 0]);
}

#[test]
fn the_shipped_content_is_laid_out_and_silent() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    let mut folders = ["intents", "knowledge", "canned"].map(|name| root.join(name)).to_vec();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
            match entry.is_dir() {
                true => folders.push(entry),
                false => files
                    .push(file(entry.strip_prefix(root).unwrap().to_str().unwrap(), std::fs::read(&entry).unwrap())),
            }
        }
    }
    files.push(file("deskbell.toml", std::fs::read(root.join("deskbell.toml")).unwrap()));
    if std::env::var_os("UPDATE").is_some() {
        for new in files.iter().filter_map(|f| format(f, None)) {
            std::fs::write(root.join(&new.path), &new.bytes).unwrap();
        }
    }
    let untidy: Vec<_> = files.iter().filter(|f| format(f, None).is_some()).map(|f| &f.path).collect();
    assert_eq!(untidy, [] as [&String; 0], "run `deskbell fmt`");
    let at = Timestamp(1_795_348_800_000); // 2026-11-22
    assert_eq!(crate::content::check(&files, at, Effort::Quick).problems, []);
}

mod any_bytes;

#[test]
fn long_runs_of_one_sign_are_done_with_soon() {
    // Parsers of nested formats like to take the square of such a file's length; the test would take minutes.
    let signs = [
        "[",
        "{",
        "- ",
        "a: ",
        "\"",
        "'",
        "&a ",
        "*a ",
        "? ",
        "|\n",
        "#",
        "\t",
        "%",
        "!",
        "<",
        "`",
        "**",
        "_",
        "> ",
        "| ",
        "\n",
        "# \n",
        "[](",
        "![",
        "&amp;",
        "{{ a }}",
        "{% if a %}",
        "\\",
        "a\n",
        "=",
        "[a]\n",
        "[[a]]\n",
    ];
    for sign in signs {
        let run = sign.repeat(60_000 / sign.len());
        for (path, text) in [
            ("intents/a.yaml", format!("intents: {run}")),
            ("intents/b.yaml", run.clone()),
            ("intents/a.test.md", run.clone()),
            ("knowledge/a.md", format!("---\ntitle: a\n---\n{run}")),
            ("deskbell.toml", run.clone()),
        ] {
            assert!(build(&[file(path, text)]).1.len() < 20, "{sign} {path}");
        }
    }
}

#[test]
fn a_content_made_from_the_one_before_is_the_one_a_fresh_build_makes() {
    let mut content = build(&folder(SHOP)).0;
    for (from, to) in [("en: Your order", "en: Now your order"), ("[where is my parcel", "[zebra")] {
        assert!(SHOP.contains(from));
        let files = folder(&SHOP.replace(from, to));
        let ((fresh, problems), (made, found)) = (build(&files), content.rebuild(&files));
        assert_eq!((&made.version, &found, &made.lines), (&fresh.version, &problems, &fresh.lines));
        assert_eq!(format!("{:?}", made.intents), format!("{:?}", fresh.intents));
        for text in ["zebra", "where is my order", "return shoes"] {
            assert_eq!(made.read(text, &Situation::default()), fresh.read(text, &Situation::default()), "{text}");
        }
        content = made;
    }
}
