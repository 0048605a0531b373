//! What is not understood whole is refused whole: no frame and no body may hold a field that nobody knows.

use std::collections::BTreeSet;
use std::path::Path;

use deskbell::protocol::ClientFrame;
use deskbell::types::Role;
use serde_json::{Value, json};

use crate::support::{PASSWORD, TestServer, cmid};

fn source(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path)).unwrap()
}

/// Fields whose names the sender chooses.
const FREE: [&str; 4] = ["answer", "attributes", "fields", "text"];

/// One of each, with everything that it may hold.
fn frames() -> Vec<Value> {
    let c = "0123456789abcdef0123456789abcdef";
    let page = json!({"url": "https://shop.example/", "title": "Lamps", "referrer": "https://find.example/"});
    vec![
        json!({"type": "hello", "v": 1, "device": "d", "token": "t", "site": "shop", "locale": "en", "page": page,
            "attributes": {"plan": "gold"}, "resume": [{"c": c, "epoch": "e", "seq": 1}]}),
        json!({"type": "send", "c": c, "cmid": cmid(), "kind": "rating", "seen": 1, "trace": "x",
            "body": {"text": "t", "option": "o", "fields": {"name": "Anna"}, "score": 5, "comment": "c", "about": 1}}),
        json!({"type": "fetch", "rid": "r", "c": c, "after": 1, "before": 9, "limit": 5}),
        json!({"type": "read", "c": c, "seq": 1}),
        json!({"type": "typing", "c": c, "on": true, "preview": "p"}),
        json!({"type": "ping", "n": 1}),
        json!({"type": "handoff", "rid": "r", "c": c, "on": true}),
        json!({"type": "end", "rid": "r", "c": c}),
        json!({"type": "visit", "page": page, "attributes": {"plan": "gold"}}),
        json!({"type": "identify", "rid": "r", "jwt": "a.b.c"}),
        json!({"type": "watch", "rid": "r", "view": "mine"}),
        json!({"type": "open", "rid": "r", "c": c, "after": 1}),
        json!({"type": "claim", "rid": "r", "c": c, "ver": 1, "force": true}),
        json!({"type": "decline", "rid": "r", "c": c}),
        json!({"type": "assign", "rid": "r", "c": c, "ver": 1, "agent": "a1"}),
        json!({"type": "mark", "rid": "r", "c": c, "labels": ["vip"], "snooze": 1, "follow_up": 1, "priority": "high"}),
        json!({"type": "look", "c": c}),
        json!({"type": "reopen", "rid": "r", "c": c, "ver": 1}),
        json!({"type": "release", "rid": "r", "c": c, "ver": 1, "to": "queue"}),
        json!({"type": "transfer", "rid": "r", "c": c, "ver": 1, "to": {"agent": "a1"}, "note": "n"}),
        json!({"type": "resolve", "rid": "r", "c": c, "ver": 1, "reason": "done", "follow_up": 1}),
        json!({"type": "note", "c": c, "cmid": cmid(), "body": {"text": "n", "mentions": ["a1"], "whisper": true}}),
        json!({"type": "presence", "state": "online", "agent": "a1"}),
    ]
}

/// The same with a field more, once in each object that is in it.
fn with_one_more(whole: &Value) -> Vec<Value> {
    let mut all = Vec::new();
    if let Value::Object(fields) = whole {
        let mut more = whole.clone();
        more["surplus"] = json!(1);
        all.push(more);
        for (name, value) in fields.iter().filter(|(name, value)| !(value.is_object() && FREE.contains(&name.as_str())))
        {
            for changed in with_one_more(value) {
                let mut more = whole.clone();
                more[name] = changed;
                all.push(more);
            }
        }
    }
    if let Value::Array(items) = whole {
        for (n, item) in items.iter().enumerate() {
            for changed in with_one_more(item) {
                let mut more = whole.clone();
                more[n] = changed;
                all.push(more);
            }
        }
    }
    all
}

#[tokio::test]
async fn no_frame_has_a_field_that_nobody_knows() {
    let list = source("protocol/client.rs");
    let list = list.split("pub enum ClientFrame {").nth(1).unwrap().split("\n}").next().unwrap().to_owned();
    let known: BTreeSet<String> = list
        .lines()
        .filter(|l| l.starts_with("    ") && l.as_bytes()[4].is_ascii_uppercase())
        .map(|l| l.trim().split([' ', '(', '{', ',']).next().unwrap().to_lowercase())
        .collect();
    let shown: BTreeSet<String> = frames().iter().map(|f| f["type"].as_str().unwrap().to_owned()).collect();
    assert_eq!(shown, known, "an example of each");
    let server = TestServer::with(|c| c.socket.frames_per_second = 1_000).await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let mut count = 0;
    for whole in frames() {
        let read: ClientFrame = serde_json::from_value(whole.clone()).unwrap_or_else(|e| panic!("{e}: {whole}"));
        let fields = |frame: &Value| frame.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(
            fields(&serde_json::to_value(&read).unwrap()),
            fields(&whole),
            "the example has all that it may hold"
        );
        for bad in with_one_more(&whole) {
            count += 1;
            assert!(serde_json::from_value::<ClientFrame>(bad.clone()).is_err(), "{bad}");
            // The third that is not understood closes a socket: each has its own.
            for mut socket in [server.visitor().await, server.agent(&cookie).await] {
                socket.settle().await;
                let start = socket.frames.len();
                socket.send(bad.clone()).await;
                let told =
                    socket.wait_from(start, |f| f["type"] == "err" || f["type"] == "res" || f["type"] == "nack").await;
                assert_eq!(told["code"], "invalid", "{bad}");
                socket.settle().await;
            }
        }
    }
    assert!(count >= 24, "{count}");
}

fn canned() -> Value {
    json!({"shortcut": "bye", "title": "Good-bye", "text": {"en": "Good-bye."}, "department": "orders"})
}

fn steps() -> Value {
    let steps = json!([{"reply": {"en": "Soon."}}, {"label": "late"}, {"department": "orders"}, {"priority": "high"},
        {"snooze_minutes": 5}, {"resolve": "done"}]);
    json!({"title": "Later", "steps": steps})
}

fn view() -> Value {
    let filter = json!({"state": "all", "department": "orders", "label": "late", "priority": "high", "language": "en",
        "agent": "me", "older_than_minutes": 5});
    json!({"title": "Late", "filter": filter})
}

fn wording() -> Value {
    json!({"words": ["no way"], "language": "en", "hint": "Say what is possible.", "enabled": true})
}

/// What each route takes. None: a body that is not read.
fn bodies() -> Vec<(&'static str, Option<Value>)> {
    let token = "0".repeat(64);
    vec![
        ("POST /api/v1/login", Some(json!({"email": "anna@shop.example", "password": PASSWORD, "code": "123456"}))),
        ("POST /api/v1/logout", None),
        ("POST /api/v1/password", Some(json!({"password": "wrong horse", "new": "blue lamp seven"}))),
        ("POST /api/v1/second-factor", Some(json!({"password": "wrong horse"}))),
        ("POST /api/v1/second-factor/confirm", Some(json!({"code": "123456"}))),
        ("POST /api/v1/second-factor/remove", Some(json!({"password": "wrong horse", "code": "123456"}))),
        (
            "POST /api/v1/people",
            Some(
                json!({"email": "ben@shop.example", "name": "Ben", "role": "agent", "departments": ["orders"], "capacity": 3,
                "password": "blue lamp seven"}),
            ),
        ),
        ("PATCH /api/v1/people/{id}", Some(json!({"role": "agent"}))),
        ("POST /api/v1/visitors/{id}/block", Some(json!({"reason": "threats", "hours": 2}))),
        ("PUT /api/v1/departments/{name}/pause", Some(json!({"paused": true, "reason": "training"}))),
        ("POST /api/v1/sites", Some(json!({"name": "shop", "origins": ["https://shop.example"]}))),
        (
            "POST /api/v1/suggestions",
            Some(json!({"c": "0".repeat(32), "seq": 1, "kind": "wording", "target": "t", "text": "x", "note": "n"})),
        ),
        ("DELETE /api/v1/workshop/draft", Some(json!({"rev": 999}))),
        (
            "PUT /api/v1/workshop/draft/file",
            Some(json!({"rev": null, "path": "intents/b.yaml", "text": "intents: []\n"})),
        ),
        ("POST /api/v1/workshop/plan", Some(json!({"days": 7}))),
        ("POST /api/v1/workshop/publish", Some(json!({"rev": 999, "name": "autumn", "message": "why"}))),
        ("POST /api/v1/workshop/branch", Some(json!({"rev": 999, "name": "autumn", "message": "why"}))),
        ("POST /api/v1/workshop/rollback", Some(json!({"to": 999}))),
        ("POST /api/v1/workshop/try", Some(json!({"text": "hi", "language": "en", "page": "https://shop.example/"}))),
        ("POST /api/v1/workshop/gaps/{id}/add", Some(json!({"rev": null, "to": "no-such", "texts": ["x"]}))),
        (
            "POST /api/v1/workshop/gaps/{id}/new",
            Some(
                json!({"rev": null, "id": "x", "title": "X", "texts": ["x"], "answer": {"en": "X."}, "file": "intents/x.yaml"}),
            ),
        ),
        ("POST /api/v1/workshop/gaps/{id}/ignore", Some(json!({"days": 7}))),
        ("POST /api/v1/suggest", Some(json!({"c": "0".repeat(32), "text": "where is it"}))),
        ("POST /api/v1/desk/canned", Some(canned())),
        ("PUT /api/v1/desk/canned/{id}", Some(canned())),
        ("POST /api/v1/desk/macros", Some(steps())),
        ("PUT /api/v1/desk/macros/{id}", Some(steps())),
        ("POST /api/v1/desk/views", Some(view())),
        ("PUT /api/v1/desk/views/{id}", Some(view())),
        ("POST /api/v1/desk/wording", Some(wording())),
        ("PUT /api/v1/desk/wording/{id}", Some(wording())),
        ("PUT /api/v1/notice", Some(json!({"text": {"en": "We move."}, "until": 4_000_000_000_000_i64}))),
        ("POST /api/v1/visitor/export", Some(json!({"token": token}))),
        ("POST /api/v1/visitor/erase", Some(json!({"token": token}))),
        // Neither is JSON: an open line, and the frames above.
        ("POST /api/v1/stream", None),
        ("POST /api/v1/stream/send", None),
    ]
}

#[tokio::test]
async fn no_body_has_a_field_that_nobody_knows() {
    let described: Value = serde_json::from_str(&source("http/openapi.json")).unwrap();
    let mut changing = BTreeSet::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, about) in methods.as_object().unwrap() {
            let call = format!("{} {path}", method.to_uppercase());
            let schema = &about["requestBody"]["content"]["application/json"]["schema"];
            let example = bodies().into_iter().find(|(c, _)| *c == call);
            if let Some((_, Some(body))) = &example {
                assert_eq!(schema["additionalProperties"], false, "{call}: as it is described");
                let named = schema["properties"].as_object().unwrap();
                assert!(body.as_object().unwrap().keys().all(|k| named.contains_key(k)), "{call}: {schema}");
            } else {
                assert!(schema.is_null(), "{call} takes a body, and there is no example of it");
            }
            if matches!(method.as_str(), "post" | "put" | "patch") || !schema.is_null() {
                changing.insert(call);
            }
        }
    }
    assert_eq!(changing, bodies().iter().map(|(call, _)| (*call).to_owned()).collect());
    let server = TestServer::start().await;
    server.known("anna@shop.example", Role::Agent).await;
    let admin = server.person("root@shop.example", Role::Admin).await;
    let origin = server.origin();
    for (call, body) in bodies() {
        let Some(body) = body else { continue };
        let (method, path) = call.split_once(' ').unwrap();
        let path = path.replace("{id}", "a1").replace("{name}", "orders");
        let mut headers =
            vec![("connection", "close"), ("content-type", "application/json"), ("origin", origin.as_str())];
        // A login ends the session that is shown with it.
        if path != "/api/v1/login" {
            headers.push(("cookie", &admin));
        }
        for bad in with_one_more(&body).into_iter().chain([json!([body]), json!("x"), Value::Null]) {
            let answer = server.request(method, &path, &headers, &bad.to_string()).await;
            assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("invalid")), "{call} {bad}");
        }
        let answer = server.request(method, &path, &headers, &body.to_string()).await;
        assert_ne!(answer.status, 400, "{call}: it is the field that was refused: {}", answer.body);
    }
}
