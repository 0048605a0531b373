//! What an operator tells all visitors: durable, told to every open socket at once, and to whoever comes later.

use std::collections::BTreeMap;

use deskbell::desk::Options;
use deskbell::store::{self, By, Notice};
use deskbell::types::{Role, Timestamp};
use serde_json::{Value, json};

use crate::support::*;

fn notice(texts: &[(&str, &str)], until: Option<i64>) -> Notice {
    let texts: BTreeMap<String, String> = texts.iter().map(|(l, t)| ((*l).to_owned(), (*t).to_owned())).collect();
    Notice::new(texts, until.map(Timestamp)).unwrap()
}

async fn call(server: &TestServer, cookie: &str, method: &str, body: &Value) -> Answer {
    let origin = server.origin();
    let headers = [("cookie", cookie), ("origin", origin.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    server.request(method, "/api/v1/notice", &headers, &body).await
}

#[tokio::test]
async fn every_open_socket_hears_it_in_its_language_and_when_it_is_over() {
    let server = TestServer::start().await;
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    let mut english = server.visitor_with(json!({"locale": "en-GB"})).await;
    let mut german = server.visitor_with(json!({"locale": "de-AT"})).await;
    let told =
        json!({"text": {"en": "Cards do not work.", "de": "Karten gehen nicht."}, "until": 32_503_680_000_000_i64});
    assert_eq!(call(&server, &boss, "PUT", &told).await.status, 204);
    let frame = english.wait(|f| f["type"] == "notice").await;
    assert_eq!(
        (frame["text"].as_str(), frame["until"].as_i64()),
        (Some("Cards do not work."), Some(32_503_680_000_000))
    );
    let frame = german.wait(|f| f["type"] == "notice").await;
    assert_eq!(frame["text"], "Karten gehen nicht.");
    assert_eq!(call(&server, &boss, "GET", &Value::Null).await.json()["notice"], told);

    // Whoever comes later, and a page that loads the script.
    let mut later = Client::connect(server.address, "/ws", None).await;
    let welcome = later.hello(json!({"locale": "fr"})).await;
    assert_eq!(welcome["notice"]["text"], "Cards do not work.");
    assert_eq!(server.get("/widget.json").await.json()["notice"]["text"]["de"], "Karten gehen nicht.");

    assert_eq!(call(&server, &boss, "DELETE", &Value::Null).await.status, 204);
    let frame = english.wait(|f| f["type"] == "notice" && f.get("text").is_none()).await;
    assert_eq!(frame, json!({"type": "notice"}));
    let rows = server.store.audit_rows(0, None, 100).await.unwrap();
    let notices: Vec<_> = rows.iter().filter(|r| r.what == "notice").map(|r| (&*r.matter, &*r.detail)).collect();
    assert_eq!(notices, [("set", "de en"), ("cleared", "")]);
}

#[tokio::test]
async fn another_process_sets_it_and_it_survives_a_restart() {
    let directory = tempfile::tempdir().unwrap();
    let opened = store::open("sqlite:", directory.path()).await.unwrap();
    let server = TestServer::on(opened, Options::default(), |_| {}).await;
    let mut visitor = server.visitor().await;
    // As `deskbell notice set` does it, beside the server.
    let beside = store::open_for(store::OpenMode::Existing, "sqlite:", directory.path()).await.unwrap();
    assert!(beside.set_notice(Some(notice(&[("en", "Late today.")], None)), By::command()).await.unwrap());
    assert_eq!(visitor.wait(|f| f["type"] == "notice").await["text"], "Late today.");
    let TestServer { store, shutdown, running, .. } = server;
    shutdown.cancel();
    let _ = running.await;
    // Sessions and timers let go of it one after the other.
    let held = std::sync::Arc::downgrade(&store);
    drop((store, beside));
    let released = async {
        while held.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, released).await.unwrap();

    let opened = store::open("sqlite:", directory.path()).await.unwrap();
    let server = TestServer::on(opened, Options::default(), |_| {}).await;
    let mut visitor = Client::connect(server.address, "/ws", None).await;
    assert_eq!(visitor.hello(json!({})).await["notice"]["text"], "Late today.");
}

#[tokio::test]
async fn one_whose_time_is_over_is_told_to_nobody() {
    let server = TestServer::start().await;
    server.store.set_notice(Some(notice(&[("en", "Was broken.")], Some(1))), By::command()).await.unwrap();
    // Another change that the server takes up after it.
    let boss = server.person("boss@shop.example", Role::Admin).await;
    assert_eq!(call(&server, &boss, "GET", &Value::Null).await.json(), json!({"notice": null}));
    let mut visitor = Client::connect(server.address, "/ws", None).await;
    assert!(visitor.hello(json!({})).await.get("notice").is_none());
    for bad in [
        json!({"text": {}}),
        json!({"text": {"en": " "}}),
        json!({"text": {"english": "x"}}),
        json!({"text": {"en": "x".repeat(501)}}),
    ] {
        assert_eq!(call(&server, &boss, "PUT", &bad).await.status, 400, "{bad}");
    }
}
