//! Figures: those that the documentation names, right, and no more of them with more visitors.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::program::Program;
use crate::support::{Client, cmid, request};

/// What `/metrics` shows: kind and words by name, and the value of each series.
struct Shown {
    kinds: BTreeMap<String, String>,
    words: BTreeMap<String, String>,
    series: BTreeMap<String, f64>,
}

async fn look(program: &Program) -> Shown {
    let text = program.admin("/metrics").await.body;
    let mut shown = Shown { kinds: BTreeMap::new(), words: BTreeMap::new(), series: BTreeMap::new() };
    for line in text.lines().filter(|l| !l.is_empty()) {
        if let Some((name, kind)) = line.strip_prefix("# TYPE ").and_then(|l| l.split_once(' ')) {
            shown.kinds.insert(name.to_owned(), kind.to_owned());
        } else if let Some((name, words)) = line.strip_prefix("# HELP ").and_then(|l| l.split_once(' ')) {
            shown.words.insert(name.to_owned(), words.to_owned());
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            shown.series.insert(series.to_owned(), value.parse().unwrap());
        }
    }
    shown
}

impl Shown {
    fn value(&self, series: &str) -> f64 {
        self.series.get(series).copied().unwrap_or_else(|| panic!("no {series}: {:#?}", self.series.keys()))
    }
}

/// Rows of the table in the documentation: kind, labels and words by name.
fn documented() -> BTreeMap<String, (String, BTreeSet<String>, String)> {
    let text = include_str!("../../../docs/operations.md");
    let section = text.split("\n### Metrics\n").nth(1).unwrap();
    let rows = section.lines().filter(|l| l.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let labels = cells[3].split(", ").map(|l| l.trim_matches('`').to_owned()).filter(|l| !l.is_empty()).collect();
        let name = cells[1].split('`').nth(1).unwrap().to_owned();
        (name, (cells[2].to_owned(), labels, cells[4].to_owned()))
    })
    .collect()
}

/// One agent who is online.
async fn agent(program: &Program) -> Client {
    let add = ["user", "add", "--email", "anna@shop.example", "--name", "Anna", "--role", "agent", "--capacity", "3"];
    program.command(&[&add[..], &["--password-stdin"]].concat(), "correct horse");
    let body = json!({"email": "anna@shop.example", "password": "correct horse"}).to_string();
    let origin = format!("http://{}", program.address);
    let headers = [("connection", "close"), ("content-type", "application/json"), ("origin", origin.as_str())];
    let cookie = loop {
        let answer = request(program.address, "POST", "/api/v1/login", &headers, &body).await;
        // Whoever was added beside the server is known within a second.
        if let Some(cookie) = answer.header("set-cookie") {
            break cookie.split(';').next().unwrap().to_owned();
        }
        tokio::task::yield_now().await;
    };
    let mut agent = Client::connect(program.address, "/ws/agent", Some(&cookie)).await;
    agent.hello(json!({})).await;
    agent.send(json!({"type": "presence", "state": "online"})).await;
    agent.settle().await;
    agent
}

async fn visitor(program: &Program, more: serde_json::Value) -> Client {
    let mut visitor = Client::connect(program.address, "/ws", None).await;
    visitor.hello(more).await;
    visitor
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_those_of_the_documentation_and_right() {
    let program = Program::start(&[]);
    let start = look(&program).await;
    assert_eq!(start.value("panics_total"), 0.0, "the first of them must be a rise");
    assert_eq!(start.value("data_loss_detected"), 0.0);
    let mut anna = agent(&program).await;
    let mut v = visitor(&program, json!({})).await;
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    v.wait(|f| f["kind"] == "answer").await;
    v.say("i want to complain", Some(&c)).await;
    v.wait(|f| f["kind"] == "handoff").await;
    let waiting = look(&program).await;
    assert_eq!(waiting.value("queue_depth"), 1.0);
    assert_eq!((waiting.value("agent_load"), waiting.value("agent_capacity")), (0.0, 3.0));
    let list = anna.call(json!({"type": "watch", "view": "waiting"})).await;
    let ver = list["conversations"][0]["ver"].as_u64().unwrap();
    assert_eq!(anna.call(json!({"type": "claim", "c": c, "ver": ver})).await["ok"], true);
    v.send(json!({"type": "send", "cmid": cmid(), "kind": "text", "body": {}})).await;
    v.wait(|f| f["type"] == "nack").await;
    let token = v.token.clone();
    let resume = json!([{"c": c, "epoch": v.epoch(), "seq": 1}, {"c": c, "epoch": "0", "seq": 1}]);
    let mut back = visitor(&program, json!({"token": token, "resume": resume})).await;
    back.wait(|f| f["type"] == "resync").await;
    // What a client invents is no series.
    for kind in ["invented-1", "invented-2", "invented-3"] {
        back.send(json!({"type": kind, "kind": kind})).await;
    }
    assert_eq!(back.closed().await, 4500);

    let shown = look(&program).await;
    for (series, value) in [
        ("answers_total{verdict=\"confident\"}", 1.0),
        ("answers_total{verdict=\"handoff\"}", 1.0),
        ("ack_seconds_count", 2.0),
        ("nack_total{code=\"invalid\"}", 1.0),
        ("queue_depth", 0.0),
        ("agent_load", 1.0),
        ("queue_wait_seconds_count", 1.0),
        ("resync_total{reason=\"epoch\"}", 1.0),
        ("ws_frames_total{dir=\"in\",type=\"unreadable\"}", 3.0),
        ("ws_closed_total{code=\"4500\"}", 1.0),
        ("watermark_age_seconds", 0.0),
        ("turn_seconds_count", 2.0),
    ] {
        // The mark follows within a second; everything else is counted before the client hears of it.
        let mut now = shown.value(series);
        while series == "watermark_age_seconds" && now > value {
            now = look(&program).await.value(series);
        }
        assert_eq!(now, value, "{series}");
    }
    for series in ["replay_events_total", "understand_seconds_count", "store_commit_seconds_count", "process_threads"] {
        assert!(shown.value(series) >= 1.0, "{series}");
    }
    assert!(shown.value("process_resident_memory_bytes") > 1e6 && shown.value("process_open_fds") > 5.0);
    assert!(!shown.series.keys().any(|s| s.contains("invented")), "{:#?}", shown.series.keys());

    let documented = documented();
    for (name, kind) in &shown.kinds {
        if name.starts_with("process_") {
            continue;
        }
        let (wanted, labels, words) = documented.get(name).unwrap_or_else(|| panic!("{name} is not documented"));
        assert_eq!((wanted, Some(words)), (kind, shown.words.get(name)), "{name}");
        for series in shown.series.keys().filter(|s| s.starts_with(&format!("{name}{{"))) {
            let all = series.split_once('{').unwrap().1.trim_end_matches('}');
            for label in all.split(',').filter_map(|l| l.split_once('=')).map(|(l, _)| l) {
                assert!(labels.contains(label), "{series}");
            }
        }
    }
    let rare = ["connections_refused_total", "store_backup_timestamp_seconds"];
    for name in documented.keys().filter(|n| !rare.contains(&n.as_str())) {
        assert!(shown.kinds.contains_key(name), "{name} is not shown");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_visitors_make_no_more_series() {
    let program = Program::start(&[("DESKBELL_HTTP__PER_ADDRESS", "5000"), ("DESKBELL_QUEUE__CAPACITY", "5000")]);
    let crowd = async |from: usize, to: usize| {
        let mut all = Vec::new();
        for n in from..to {
            let page = json!({"url": format!("https://shop.example/{n}"), "title": format!("page {n}")});
            let mut v = visitor(&program, json!({"site": format!("site-{n}"), "locale": "en", "page": page})).await;
            let text = ["when are you open?", "i want to complain", "what is the airspeed of a swallow?"][n % 3];
            assert_eq!(v.say(text, None).await["type"], "ack");
            v.send(json!({"type": format!("invented-{n}"), "kind": n})).await;
            v.wait(|f| f["type"] == "err").await;
            v.wait(|f| f["type"] == "ev" && f["from"]["kind"] == "bot").await;
            all.push(v);
        }
        all
    };
    let first = crowd(0, 20).await;
    let few = look(&program).await.series;
    let rest = crowd(20, 320).await;
    let many = look(&program).await.series;
    let names = |series: &BTreeMap<String, f64>| series.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&few), names(&many));
    assert!(many.len() <= 2_000, "{}", many.len());
    assert_eq!(many.get("ws_connections"), Some(&((first.len() + rest.len()) as f64)));
}
