//! `deskbell calibrate` and `ask` as they are called: exit codes, what is printed, and an estimate over conversations that
//! were really held.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use deskbell::bus::Local;
use deskbell::content::{self, SourceFile};
use deskbell::conversation::{Event, Visit};
use deskbell::desk::{Actor, Desk, Options};
use deskbell::store;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::support::cmid;

/// What a small shop knows: each intent with its things.
const KNOWN: &[(&str, &[&str])] = &[
    ("order-status", &["my parcel", "the delivery", "my order"]),
    ("invoice", &["the invoice", "a receipt", "the bill"]),
    ("refund", &["my refund", "the money back", "a refund"]),
    ("bulbs", &["the light bulb", "a bulb", "led bulbs"]),
    ("dimmer", &["the dimmer", "a dimmer switch", "dimming"]),
    ("warranty", &["the warranty", "my guarantee", "a warranty claim"]),
    ("voucher", &["a voucher", "my gift card", "the discount code"]),
    ("opening-hours", &["the opening hours", "closing time", "your opening times"]),
    ("password", &["my password", "the login", "my account"]),
    ("mounting", &["the ceiling mount", "mounting", "the screws"]),
];
/// How people put it. Editors have written half of it down, each half for every second thing.
const FRAMES: [&[&str]; 2] = [
    &[
        "can you tell me more about {}",
        "i have a problem with {} again",
        "what do i have to know about {}",
        "please help me with {} today",
    ],
    &[
        "who do i ask about {} here",
        "there is something wrong with {} again",
        "i want to know more about {}",
        "please look into {} for me",
    ],
];

/// What nobody asks it.
const STRANGE: &[(&str, &[&str])] = &[
    (
        "how long do i boil {} for dinner?",
        &["potatoes", "eggs", "rice", "beetroot", "lentils", "noodles", "artichokes"],
    ),
    ("who won the {} final last night?", &["tennis", "football", "hockey", "chess", "handball", "cycling", "rugby"]),
    ("what is the capital city of {}?", &["peru", "mongolia", "ghana", "laos", "iceland", "bolivia", "kenya"]),
    ("will it rain in {} tomorrow morning?", &["lisbon", "oslo", "cairo", "bergen", "quito", "perth", "tunis"]),
    ("how do i sort a list in {}?", &["python", "haskell", "cobol", "fortran", "pascal", "scheme", "prolog"]),
    ("which doctor should see my {} pain?", &["knee", "tooth", "elbow", "stomach", "shoulder", "ankle", "wrist"]),
    ("can you translate a poem into {}?", &["latin", "welsh", "basque", "finnish", "swahili", "icelandic", "maltese"]),
    ("when was the {} war over?", &["trojan", "crimean", "punic", "boer", "peloponnesian", "korean", "peasants"]),
    ("play me some {} music please?", &["baroque", "punk", "polka", "swing", "opera", "techno", "bluegrass"]),
    ("how far away is the planet {}?", &["mars", "venus", "saturn", "neptune", "mercury", "jupiter", "uranus"]),
    ("what do {} eat in winter?", &["badgers", "owls", "hedgehogs", "beavers", "moles", "otters", "foxes"]),
    (
        "should i vote for the {} candidate?",
        &["liberal", "green", "conservative", "pirate", "labour", "centrist", "other"],
    ),
];

fn deskbell(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_deskbell")).args(args).output().unwrap()
}

/// The shop's files below `folder`.
fn shop(folder: &Path) -> Vec<SourceFile> {
    let mut intents = String::from("intents:\n");
    for (id, things) in KNOWN {
        let examples = texts(things).0.join(", ");
        intents += &format!("  - id: {id}\n    examples: [{examples}]\n    answer: About {id}.\n");
    }
    intents += "  - id: hours-german\n";
    intents += "    when: {language: de}\n    examples: [wann haben Sie geöffnet, bis wann ist der Laden offen]\n    answer: Bis acht.\n";
    let settings = "languages = [\"en\", \"de\"]\n";
    let files = [("intents/a.yaml", intents.as_str()), ("deskbell.toml", settings)];
    fs::create_dir_all(folder.join("intents")).unwrap();
    files
        .iter()
        .map(|(path, text)| {
            fs::write(folder.join(path), text).unwrap();
            SourceFile { path: (*path).to_owned(), bytes: (*text).into() }
        })
        .collect()
}

fn filled(frames: &[&str], thing: &str) -> Vec<String> {
    frames.iter().map(|frame| frame.replace("{}", thing)).collect()
}

/// What editors have written about these things, and what visitors ask.
fn texts(things: &[&str]) -> (Vec<String>, Vec<String>) {
    let each = |other: usize| {
        let texts = things.iter().enumerate().map(move |(n, thing)| filled(FRAMES[(n + other) % 2], thing));
        texts.flatten().collect::<Vec<_>>()
    };
    (each(0), each(1).iter().map(|text| format!("{text}?")).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_share_of_strangers_is_estimated_from_what_visitors_asked() {
    let data = tempfile::tempdir().unwrap();
    let (content, problems) = content::build(&shop(data.path()));
    assert!(problems.iter().all(|p| !p.is_error()), "{problems:?}");
    // Open throughout: the command works beside a server.
    let store = store::open("sqlite:", data.path()).await.unwrap();
    let desk =
        Desk::open(store.clone(), Arc::new(Local::default()), Arc::new(content), Options::default()).await.unwrap();
    let known: Vec<String> = KNOWN.iter().flat_map(|(_, things)| texts(things).1).collect();
    let strange: Vec<String> =
        STRANGE.iter().flat_map(|(frame, all)| all.iter().map(|one| frame.replace("{}", one))).collect();
    let mut tasks = JoinSet::new();
    let all = known.iter().chain(&strange).cloned();
    for text in all {
        let desk = desk.clone();
        tasks.spawn(async move {
            let (v, _) = desk.new_visitor("").await.unwrap();
            let event = Event::VisitorSaid { text, typing: false };
            desk.send(&Actor::Visitor(v), None, &cmid(), [1; 16], event, &Visit::default()).await.unwrap()
        });
    }
    let receipts = tasks.join_all().await;
    let (v, _) = desk.new_visitor("").await.unwrap();
    let mut c = None;
    for text in ["i want to talk to a human", "is somebody there, please?"] {
        let event = Event::VisitorSaid { text: text.into(), typing: false };
        let receipt = desk.send(&Actor::Visitor(v), c, &cmid(), [2; 16], event, &Visit::default()).await.unwrap();
        c = Some(receipt.c);
    }
    let total = receipts.len();

    let at = data.path().to_str().unwrap();
    let output = deskbell(&["calibrate", "--content", at, "--store", "--data", at, "--json"]);
    assert!(output.status.success(), "{output:?}");
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let heard = &found["heard"];
    let course = &heard["course"];
    let count = |key: &str| course[key].as_u64().unwrap() as usize;
    let sum = ["answered", "asked_back", "not_understood", "handed_over"].map(count).iter().sum::<usize>();
    assert_eq!(
        (count("asked_for_person"), count("questions"), count("conversations")),
        (1, sum + 1, sum + 1),
        "{course}"
    );
    assert!(count("answered") >= known.len() * 2 / 3 && count("not_understood") > strange.len() / 2, "{course}");

    let texts = heard["texts"].as_u64().unwrap() as usize;
    // A few lead to a person, or are taken for small talk.
    assert!(texts <= total && texts + 15 >= total, "{texts} of {total}: {course}");
    let share = strange.len() as f64 / texts as f64;
    let of = |key: &str| heard["estimate"][key].as_f64().unwrap();
    assert!(of("low") <= share && share <= of("high"), "{share}: {}", heard["estimate"]);
    assert!(of("high") - of("low") < 0.3 && heard["estimate"]["sound"] == true, "{}", heard["estimate"]);
    let now: BTreeMap<String, usize> = serde_json::from_value(heard["now"].clone()).unwrap();
    assert_eq!(now.values().sum::<usize>(), texts);

    let output = deskbell(&["calibrate", "--content", at, "--store", &format!("sqlite:{at}/deskbell.db")]);
    let said = String::from_utf8(output.stdout).unwrap();
    for part in ["the last 28 days", "handed over, asked for", "in deskbell.toml:\n  out_of_scope = 0."] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    for text in [&known[0], &strange[0]] {
        assert!(!said.contains(text.as_str()), "texts of visitors are not shown");
    }
    drop((desk, store));
}

#[test]
fn commands_say_and_exit_as_they_should() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    write("small/intents/a.yaml", "intents:\n  - id: a\n    examples: [where is my parcel]\n    answer: There.\n");
    write("articles/knowledge/a.md", "---\ntitle: Returns\n---\nSend it back.\n");
    shop(folder.path());
    let shop = folder.path().to_str().unwrap().to_owned();
    let small = folder.path().join("small").to_str().unwrap().to_owned();
    let articles = folder.path().join("articles").to_str().unwrap().to_owned();
    let nowhere = folder.path().join("nowhere").to_str().unwrap().to_owned();
    let asked =
        write("asked.jsonl", "{\"text\": \"where is my parcel\", \"language\": \"en\"}\n\n{\"text\": \"who won\"}\n");
    let judged = (0..30).map(|n| match n % 3 {
        0 => format!("{{\"text\": \"something about my order {n}\", \"id\": \"order-status\"}}\n"),
        1 => format!("{{\"text\": \"has order {n} been sent\", \"id\": \"order-status\"}}\n"),
        _ => format!("{{\"text\": \"who won match {n}\", \"id\": null}}\n"),
    });
    let judged = write("judged.jsonl", &judged.collect::<String>());
    let wrong = write("wrong.jsonl", "{\"text\": \"a\", \"id\": \"no-such-thing\"}\n");
    for (args, code, out, err) in [
        (
            &["calibrate", "--content", &shop, "--precision", "0.97"][..],
            0,
            &["all languages (", "\nen (", "\nde (", "97.5 %", "97 %", "learned from the content", "confident_at = 0."]
                [..],
            "",
        ),
        (
            &["calibrate", "--content", &small],
            1,
            &["too small to learn from", "1 example in 1 intent", "the usual value"],
            "",
        ),
        (&["calibrate", "--content", &articles], 1, &["articles only"], ""),
        (&["calibrate", "--content", &nowhere], 2, &[], "is not a folder"),
        (&["calibrate", "--content", &shop, "--precision", "95"], 2, &[], "a share from 0.5 to 1"),
        (&["calibrate", "--content", &shop, "--store", "--data", &nowhere], 2, &[], "there is no data at"),
        (&["calibrate", "--store", "--questions", &asked], 2, &[], "cannot be used with"),
        (
            &["calibrate", "--content", &shop, "--questions", &asked],
            0,
            &["2 texts read again", "too few texts to act on"],
            "",
        ),
        (
            &["calibrate", "--content", &shop, "--questions", &judged],
            0,
            &["measured on 30 questions, 33 % of them", "    answered  "],
            "",
        ),
        (
            &["calibrate", "--content", &shop, "--questions", &wrong],
            2,
            &[],
            "question 1: there is no intent or article `no-such-thing`",
        ),
        (&["calibrate", "--content", &shop, "--questions", &nowhere], 2, &[], "cannot read"),
        (&["calibrate", "--help"], 0, &["Example:"], ""),
        (&["ask", "--explain", "lampshade", "crimson", "--content", &small], 0, &["no word of it stands anywhere"], ""),
    ] {
        let output = deskbell(args);
        let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{said}\n{complained}");
        for part in out {
            assert!(said.contains(part), "{args:?}: {part}\n{said}");
        }
        assert!(complained.contains(err), "{args:?}: {err}\n{complained}");
    }
}

#[test]
fn the_json_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    shop(folder.path());
    let output =
        deskbell(&["calibrate", "--content", folder.path().to_str().unwrap(), "--json", "--precision", "0.97"]);
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["thresholds"]["confident_from"], "content");
    assert!(found["heard"].is_null());
    let curves = found["curves"].as_array().unwrap();
    let languages: Vec<Option<&str>> = curves.iter().map(|c| c["language"].as_str()).collect();
    assert_eq!(languages, [None, Some("en"), Some("de")]);
    assert!(curves[2]["in_force"].is_null(), "two texts tell nothing");
    for curve in &curves[..2] {
        let shares = &curve["in_force"];
        let of = |key: &str| shares[key].as_f64().unwrap();
        assert!((of("answered") + of("asked_back") + of("unknown") - 1.0).abs() < 1e-3, "{shares}");
        let points = curve["curve"].as_array().unwrap();
        let answered: Vec<f64> = points.iter().map(|p| p["answered"].as_f64().unwrap()).collect();
        assert!(answered.is_sorted() && answered.len() <= 100 && answered.last() == Some(&1.0), "{answered:?}");
        assert_eq!(curve["levels"].as_array().unwrap().len(), 8);
    }
}
