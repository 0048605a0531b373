//! What visitors and agents write, their names, addresses, pages and tokens never stand in the log, at no level.

use rusqlite::Connection;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use super::program::Program;
use crate::support::{Client, cmid, request};

/// Stands in everything that comes from outside. The log must not hold it.
const MARK: &str = "marked4711";

/// The same with what could forge a line or move a terminal's cursor.
fn evil() -> String {
    format!("{MARK}\r\nERROR forged\u{1b}[2J\u{7}\u{202e}")
}

/// Goes every way that leads in, and makes every kind of error on it. Returns the secrets that the server gave.
async fn everything(program: &Program) -> Vec<String> {
    let (evil, at) = (evil(), program.address);
    let origin = format!("http://{at}");
    let page = json!({"url": format!("https://shop.example/{evil}"), "title": evil, "referrer": evil});
    let mut v = Client::connect(at, "/ws", None).await;
    v.hello(json!({"site": evil, "locale": evil, "page": page, "token": evil, "device": MARK,
        "resume": [{"c": evil, "epoch": evil, "seq": 1}]}))
        .await;
    let token = v.token.clone().expect("a token");
    let c = v.say(&format!("i want to complain {evil}"), None).await["c"].as_str().unwrap().to_owned();
    v.call(json!({"type": "handoff", "c": c})).await;
    v.wait(|f| f["kind"] == "handoff").await;
    let fields = json!({"name": evil, "email": format!("{MARK}@shop.example")});
    for (kind, body) in [
        ("form", json!({"fields": fields})),
        ("rating", json!({"score": 1, "comment": evil})),
        ("choice", json!({"option": evil})),
        ("text", json!({"text": evil.repeat(200)})),
    ] {
        v.send(json!({"type": "send", "c": c, "cmid": cmid(), "kind": kind, "body": body, "trace": evil})).await;
    }
    v.send(json!({"type": "send", "c": c, "cmid": evil, "kind": "text", "body": {"text": evil}})).await;
    v.send(json!({"type": "send", "c": evil, "cmid": cmid(), "kind": "text", "body": {"text": evil}})).await;
    v.send(json!({"type": "typing", "c": c, "on": true, "preview": evil})).await;
    v.send(json!({"type": "fetch", "rid": evil, "c": evil})).await;
    v.send(json!({"type": "identify", "rid": "r", "jwt": evil})).await;
    v.send(json!({"type": "handoff", "rid": "r", "c": evil})).await;
    v.settle().await;

    let add = ["user", "add", "--name", MARK, "--role", "agent", "--password-stdin", "--email"];
    program.command(&[&add[..], &[&format!("{MARK}@desk.example")]].concat(), MARK);
    let login = async |email: &str, password: &str| {
        let headers = [("connection", "close"), ("content-type", "application/json"), ("origin", origin.as_str())];
        let body = json!({"email": email, "password": password}).to_string();
        request(at, "POST", "/api/v1/login", &headers, &body).await
    };
    for (email, password) in [(evil.as_str(), "x"), (&format!("{MARK}@desk.example"), evil.as_str())] {
        assert_ne!(login(email, password).await.status, 200);
    }
    let answer = login(&format!("{MARK}@desk.example"), MARK).await;
    let cookie = answer.header("set-cookie").expect("a cookie").split(';').next().unwrap().to_owned();
    let mut a = Client::connect(at, "/ws/agent", Some(&cookie)).await;
    a.hello(json!({})).await;
    a.send(json!({"type": "presence", "state": "online"})).await;
    let ver = async |a: &mut Client| {
        let list = a.call(json!({"type": "watch", "view": "all"})).await;
        list["conversations"].as_array().unwrap().iter().find(|x| x["c"] == c).unwrap()["ver"].as_u64().unwrap()
    };
    let now = ver(&mut a).await;
    assert_eq!(a.call(json!({"type": "claim", "c": c, "ver": now})).await["ok"], true);
    a.say(&evil, Some(&c)).await;
    a.send(json!({"type": "note", "c": c, "cmid": cmid(), "body": {"text": evil}})).await;
    let now = ver(&mut a).await;
    a.call(json!({"type": "transfer", "c": c, "ver": now, "to": {"department": evil}, "note": evil})).await;
    let now = ver(&mut a).await;
    a.call(json!({"type": "resolve", "c": c, "ver": now, "reason": evil})).await;

    let header = evil.replace(|c: char| c.is_control() || !c.is_ascii(), "-");
    for path in [format!("/help/{header}"), format!("/{MARK}?token={MARK}"), format!("/api/v1/conversations/{MARK}")] {
        let headers =
            [("connection", "close"), ("cookie", header.as_str()), ("origin", &header), ("x-forwarded-for", &header)];
        request(at, "GET", &path, &headers, "").await;
    }
    request(at, "POST", "/api/v1/login", &[("connection", "close"), ("origin", &origin)], &evil).await;

    // The database is another one all of a sudden: writing fails, in words of SQLite's.
    let database = Connection::open(program.data().join("deskbell.db")).unwrap();
    database.execute_batch("ALTER TABLE entry RENAME TO gone").unwrap();
    let mut w = Client::connect(at, "/ws", None).await;
    w.hello(json!({})).await;
    assert_eq!(w.say(&format!("i want to complain {evil}"), None).await["code"], "storage");
    database.execute_batch("ALTER TABLE gone RENAME TO entry").unwrap();

    for bad in [format!("{{\"type\":\"{MARK}\"}}"), MARK.to_owned(), format!("[\"{MARK}")] {
        v.raw(Message::text(bad)).await;
    }
    v.closed().await;
    for bad in [Message::binary(MARK.as_bytes().to_vec()), Message::text(MARK.repeat(10_000))] {
        let mut v = Client::connect(at, "/ws", None).await;
        v.hello(json!({})).await;
        v.raw(bad).await;
        v.closed().await;
    }
    vec![token, cookie.split('=').nth(1).unwrap().to_owned()]
}

async fn check(format: &str) -> Vec<String> {
    let settings = [("DESKBELL_LOG__FILTER", "info,deskbell=trace"), ("DESKBELL_LOG__FORMAT", format)];
    let mut program = Program::start(&settings);
    let secrets = everything(&program).await;
    program.terminate();
    assert_eq!(program.ended().code(), Some(0));
    program.until("ended");
    program
        .said()
        .into_iter()
        .inspect(|line| {
            assert!(!line.contains(MARK), "{line:?}");
            assert!(!line.contains("forged"), "{line:?}");
            assert!(!line.chars().any(char::is_control), "{line:?}");
            assert!(!secrets.iter().any(|s| line.contains(s)), "{line:?}");
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_from_outside_stands_in_the_log_as_json() {
    let lines = check("json").await;
    for line in &lines {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        assert!(line["timestamp"].is_string() && line["level"].is_string() && line["message"].is_string(), "{line}");
    }
    let errors = lines.iter().filter(|l| l.contains("the store failed")).count();
    assert!(errors > 0, "the errors on the way were logged: {lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_from_outside_stands_in_the_log_as_text() {
    let lines = check("text").await;
    assert!(lines.iter().any(|l| l.contains("ERROR the store failed")), "{lines:#?}");
}
