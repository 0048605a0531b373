//! `deskbell plan` and `deskbell test` as they are called: exit codes, what is written, what a store's questions show, and
//! the recipes of docs/plan.md.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use deskbell::bus::Local;
use deskbell::content::{self, SourceFile};
use deskbell::conversation::{Event, Visit};
use deskbell::desk::{Actor, Desk, Options};
use deskbell::store::workshop::NewRelease;
use deskbell::store::{self, By, Who};
use deskbell::types::AgentId;
use serde_json::Value;

use crate::support::cmid;

const LIVE: &str = "intents:
  - id: order-status
    examples: [where is my parcel, when will my parcel arrive, has my order left, track my order]
    keywords: [{any: [parcel]}]
    answer: You see it on your order page.
  - id: invoice
    # Nothing but the bill.
    examples: [where is my invoice, send me the invoice again, i need a bill for my company, bill please]
    keywords: [{any: [pdf, card]}]
    answer: It comes by e-mail.
";

fn deskbell(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deskbell")).args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Two folders, `live` and `draft`, and what visitors ask.
fn folders(draft: &str) -> (tempfile::TempDir, [String; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    write("live/intents/a.yaml", LIVE);
    write("draft/intents/a.yaml", draft);
    let asked = [
        r#"{"text": "can i have it as pdf", "times": 3}"#,
        r#"{"text": "do you sell candles?"}"#,
        "",
        r#"{"text": "where is my parcel", "language": "en", "page": "/orders"}"#,
        r#"{"text": "charge my card 4111 1111 1111 1111 for jo@example.com"}"#,
    ];
    let asked = write("asked.jsonl", &asked.join("\n"));
    let of = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let all = [of("live"), of("draft"), asked];
    (folder, all)
}

fn draft() -> String {
    LIVE.replace("[pdf, card]", "[card]").replace("It comes by", "We send it by").replace(
        "  - id: invoice",
        "  - id: candles\n    keywords: [{any: [candles]}]\n    answer: Only lamps.\n  - id: invoice",
    )
}

#[test]
fn exit_codes_tell_changes_from_mistakes() {
    let (folder, [live, draft, asked]) = folders(&draft());
    let broken = folder.path().join("broken/intents");
    fs::create_dir_all(&broken).unwrap();
    fs::write(broken.join("a.yaml"), "intents: [").unwrap();
    let broken = folder.path().join("broken").to_str().unwrap().to_owned();
    let nowhere = folder.path().join("nowhere").to_str().unwrap().to_owned();
    for (args, code, wanted) in [
        (&["--from", &live, "--to", &live, "--questions", &asked][..], 0, "Nothing that answers was edited"),
        (&["--from", &live, "--to", &draft, "--questions", &asked], 2, "no longer answered"),
        (&["--from", &live, "--to", &draft, "--questions", &asked, "--format", "markdown"], 2, "<details>"),
        (&["--from", &live, "--to", &broken, "--questions", &asked], 1, "has 1 error"),
        (&["--from", &live, "--to", &nowhere, "--questions", &asked], 1, "is not a folder"),
        (&["--from", &live, "--to", &draft, "--questions", &nowhere], 1, "cannot read"),
        (&["--from", "live", "--to", &draft, "--data", &nowhere], 1, "there is no data"),
        (&["--from", &live, "--to", &draft, "--data", &nowhere], 1, "there is no data"),
        (&["--from", &live, "--to", &draft, "--since", "soon"], 1, "such as 24h, 7d or 2w"),
        (&["--to", &draft], 1, "--from"),
        (&["--from", &live, "--to", &draft, "--questions", &asked, "--accept", "99"], 1, "there is no line 99"),
        (&["--from", &live, "--to", "release:x", "--questions", &asked, "--data", &nowhere], 1, "there is no data"),
        (&["--help"], 0, "Example:"),
    ] {
        let output = deskbell(&[&["plan"], args].concat());
        let all = said(&output) + &String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{all}");
        assert!(all.contains(wanted), "{args:?}\n{all}");
    }
    // Other commands keep theirs.
    assert_eq!(deskbell(&["check", "--no-such-flag"]).status.code(), Some(2));
}

#[test]
fn nothing_is_shown_that_is_to_be_redacted() {
    let (_folder, [live, draft, asked]) = folders(&LIVE.replace("[pdf, card]", "[pdf]"));
    for format in ["text", "json", "markdown"] {
        let output = deskbell(&["plan", "--from", &live, "--to", &draft, "--questions", &asked, "--format", format]);
        let said = said(&output);
        assert!(said.contains("charge my card"), "{said}");
        assert!(!said.contains("4111 1111") && !said.contains("jo@example.com"), "{said}");
    }
}

#[test]
fn accepted_lines_become_tests_and_nothing_else_changes() {
    let (_folder, [live, draft, asked]) = folders(&draft());
    let plan =
        |args: &[&str]| deskbell(&[&["plan", "--from", &live, "--to", &draft, "--questions", &asked], args].concat());
    let number = |text: &str| {
        let found: Value = serde_json::from_str(&said(&plan(&["--format", "json"]))).unwrap();
        let changes = found["changes"].as_array().unwrap();
        let change = changes.iter().find(|c| c["text"].as_str().unwrap().contains(text)).unwrap();
        change["number"].to_string()
    };
    let (pdf, candles) = (number("pdf"), number("candles"));
    let path = Path::new(&draft).join("intents/a.yaml");
    let before = fs::read_to_string(&path).unwrap();
    let output = plan(&["--accept", &format!("{pdf},{candles}")]);
    let told = said(&output);
    assert_eq!(output.status.code(), Some(0), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("2 tests in 1 file"), "{told}");
    let after = fs::read_to_string(&path).unwrap();
    assert!(after.contains("# Nothing but the bill."), "{after}");
    let added: Vec<&str> = after.lines().filter(|l| !before.lines().any(|b| b == *l)).map(str::trim).collect();
    assert_eq!(added.len(), after.lines().count() - before.lines().count(), "{after}");
    let tests = deskbell(&["test", "--content", &draft, "--format", "json"]);
    assert!(tests.status.success(), "{}", said(&tests));
    for name in ["invoice reject: can i have it as pdf", "candles expect: do you sell candles?"] {
        assert!(said(&tests).contains(name), "{}", said(&tests));
    }
    // Twice is once.
    let output = plan(&["--accept", &number("candles")]);
    assert_eq!((output.status.code(), fs::read_to_string(&path).unwrap()), (Some(0), after));
}

#[test]
fn a_failing_test_is_updated_when_somebody_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let intents = folder.path().join("intents");
    fs::create_dir_all(&intents).unwrap();
    fs::write(intents.join("a.yaml"), LIVE).unwrap();
    let test = "tests:\n  # A note.\n  - name: where it is\n    say: where is my parcel\n    expect: {intent: invoice} # ours\n";
    fs::write(intents.join("a.test.yaml"), test).unwrap();
    let at = folder.path().to_str().unwrap();
    let run = |args: &[&str]| deskbell(&[&["test", "--content", at], args].concat());
    let failing = run(&[]);
    assert_eq!(failing.status.code(), Some(1), "{}", said(&failing));
    assert!(said(&failing).contains("intents/a.test.yaml:3:11 where it is"), "{}", said(&failing));
    let proposed = run(&["--update"]);
    assert!(said(&proposed).contains("+    expect: {intent: order-status} # ours"), "{}", said(&proposed));
    assert_eq!(
        (proposed.status.code(), fs::read_to_string(intents.join("a.test.yaml")).unwrap()),
        (Some(1), test.to_owned())
    );
    let written = run(&["--update", "--write"]);
    assert_eq!(written.status.code(), Some(0), "{}", said(&written));
    let after = fs::read_to_string(intents.join("a.test.yaml")).unwrap();
    assert_eq!(after, test.replace("intent: invoice", "intent: order-status"));
    let covered = run(&["--coverage", "where it is"]);
    assert!(
        covered.status.success() && said(&covered).contains("1 of 2 intents and articles have a test"),
        "{}",
        said(&covered)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn questions_and_releases_come_from_the_servers_data() {
    let (folder, [_, draft, _]) = folders(&draft());
    let data = folder.path().join("data");
    fs::create_dir_all(&data).unwrap();
    let files = [SourceFile { path: "intents/a.yaml".to_owned(), bytes: LIVE.into() }];
    let (content, _) = content::build(&files);
    // Open throughout: the command works beside a server.
    let store = store::open("sqlite:", &data).await.unwrap();
    let release = NewRelease {
        name: "first".to_owned(),
        named: true,
        version: content.version.clone(),
        author: "Anna".to_owned(),
        commit: None,
        message: String::new(),
        summary: None,
        files: files.to_vec(),
        after: None,
    };
    let by = By { who: Who::Person(AgentId(1)), at: None, address: String::new() };
    let published = store.add_release(release, by.clone()).await.unwrap();
    store.make_live(published.release.id, by).await.unwrap();
    let desk =
        Desk::open(store.clone(), Arc::new(Local::default()), Arc::new(content), Options::default()).await.unwrap();
    for text in ["do you sell candles?", "do you sell candles?", "the pdf for card 4111 1111 1111 1111"] {
        let (v, _) = desk.new_visitor("").await.unwrap();
        let event = Event::VisitorSaid { text: text.to_owned(), typing: false };
        desk.send(&Actor::Visitor(v), None, &cmid(), [1; 16], event, &Visit::default()).await.unwrap();
    }
    let data = data.to_str().unwrap();
    for from in ["live", "release:first"] {
        let args = ["plan", "--from", from, "--to", &draft, "--data", data, "--since", "24h", "--format", "json"];
        let output = deskbell(&args);
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (&plan["summary"]["questions"], &plan["summary"]["newly_answered"]),
            (&3.into(), &2.into()),
            "{plan}"
        );
        assert!(!plan.to_string().contains("4111 1111 1111"), "{plan}");
    }
    let output = deskbell(&["plan", "--from", "release:second", "--to", &draft, "--data", data]);
    assert_eq!(output.status.code(), Some(1));
    drop((desk, store));
}

/// Lines of scripts: below `run`, `script`, `before_script`.
fn scripts(yaml: &Value, within: bool, lines: &mut Vec<String>) {
    match yaml {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            scripts(value, within || matches!(key.as_str(), "run" | "script" | "before_script"), lines);
        }),
        Value::Array(list) => list.iter().for_each(|one| scripts(one, within, lines)),
        Value::String(text) if within => lines.extend(text.replace("\\\n", " ").lines().map(str::to_owned)),
        _ => {}
    }
}

#[test]
fn the_recipes_call_commands_that_exist() {
    let guide = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/plan.md")).unwrap();
    let blocks: Vec<&str> = guide.split("```yaml\n").skip(1).map(|rest| rest.split_once("\n```").unwrap().0).collect();
    assert_eq!(blocks.len(), 2, "one for GitHub, one for GitLab");
    let mut called = BTreeSet::new();
    for block in blocks {
        let yaml: Value = serde_saphyr::from_str(block).unwrap();
        let mut lines = Vec::new();
        scripts(&yaml, false, &mut lines);
        let calls: Vec<&String> = lines.iter().filter(|l| l.trim_start().starts_with("./deskbell ")).collect();
        assert!(calls.len() >= 3, "{lines:?}");
        for line in calls {
            // Up to what the shell does with the result.
            let words: Vec<&str> =
                line.split_whitespace().skip(1).take_while(|w| !matches!(*w, "||" | ">" | "|" | "&&" | ";")).collect();
            let command = words[0];
            called.insert(command.to_owned());
            let help = said(&deskbell(&[command, "--help"]));
            assert!(help.contains("Usage: deskbell"), "{command}");
            for flag in words.iter().filter(|w| w.starts_with("--")) {
                assert!(
                    help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")),
                    "{command} has no {flag}\n{help}"
                );
            }
            for value in words.windows(2).filter(|w| w[0] == "--format").map(|w| w[1]) {
                assert!(help.contains(&format!("- {value}:")), "{command} has no format {value}\n{help}");
            }
        }
    }
    assert_eq!(called.into_iter().collect::<Vec<_>>(), ["check", "plan", "test"]);
}
