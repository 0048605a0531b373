//! What agents tell the editors: read by these, and gone with what it is about.

use std::path::Path;

use deskbell::store::privacy::{Audience, export};
use deskbell::store::{self, By};
use deskbell::types::Role;
use serde_json::{Value, json};

use super::{call, insist_guarded};
use crate::support::TestServer;

const PATH: &str = "/api/v1/suggestions";

async fn list(server: &TestServer, cookie: &str) -> Vec<Value> {
    let answer = server.get_as(cookie, PATH).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["suggestions"].as_array().unwrap().clone()
}

#[tokio::test]
async fn editors_read_what_agents_tell_them_and_nobody_else_does() {
    let server = TestServer::with(|c| c.privacy.redact = vec!["cards".into()]).await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let ben = server.person("ben@shop.example", Role::Agent).await;
    let editor = server.person("ed@shop.example", Role::Editor).await;
    let c = server.visitor().await.say("i want to complain", None).await["c"].clone();
    let tell = |more: Value| {
        let mut body = json!({"c": c, "seq": 1});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let good = [
        json!({"kind": "should_have", "target": "opening-hours", "note": "they asked when"}),
        json!({"kind": "make_answer", "text": "Write to us. Paid with 4111 1111 1111 1111."}),
        json!({"kind": "wording", "note": "kinder"}),
    ];
    for (n, more) in good.into_iter().enumerate() {
        let answer = call(&server, &anna, "POST", PATH, &tell(more)).await;
        assert_eq!((answer.status, &answer.json()["id"]), (201, &json!(n + 1)), "{}", answer.body);
    }
    for bad in [
        json!({"kind": "should_have"}),
        json!({"kind": "should_have", "target": "no-such-intent"}),
        json!({"kind": "make_answer"}),
        json!({"kind": "wording", "text": " "}),
        json!({"kind": "other", "text": "x"}),
        json!({"kind": "wording", "text": "x".repeat(4_001)}),
    ] {
        assert_eq!(call(&server, &anna, "POST", PATH, &tell(bad.clone())).await.status, 400, "{bad}");
    }
    let beyond = json!({"c": c, "seq": 999, "kind": "wording", "text": "x"});
    assert_eq!(call(&server, &anna, "POST", PATH, &beyond).await.status, 404, "there is no such entry");
    insist_guarded(&server, &anna, "POST", PATH, &tell(json!({"kind": "wording", "note": "n"}))).await;
    insist_guarded(&server, &anna, "GET", PATH, &Value::Null).await;
    let seen = list(&server, &editor).await;
    assert_eq!(seen.iter().map(|s| s["id"].as_i64().unwrap()).collect::<Vec<_>>(), [3, 2, 1]);
    assert_eq!(seen[0]["by"], json!({"id": "a1", "name": "Anna"}));
    assert!(!seen[1]["text"].as_str().unwrap().contains("4111 1111"), "as other words: {}", seen[1]);
    assert_eq!(list(&server, &anna).await.len(), 3);
    assert!(list(&server, &ben).await.is_empty(), "a colleague's are none of theirs");
    let before = server.get_as(&editor, &format!("{PATH}?before=2")).await.json();
    assert_eq!(before["suggestions"].as_array().unwrap().len(), 1);
    assert_eq!(server.get_as(&editor, &format!("{PATH}?after=2")).await.status, 400);
    // It is a letter: what the bot says is the same as before.
    let mut other = server.visitor().await;
    other.say("when are you open?", None).await;
    other.wait(|f| f["kind"] == "answer" && f["body"]["id"] == "opening-hours").await;
    let one = format!("{PATH}/1");
    insist_guarded(&server, &anna, "DELETE", &one, &Value::Null).await;
    assert_eq!(call(&server, &ben, "DELETE", &one, &Value::Null).await.status, 404);
    assert_eq!(call(&server, &anna, "DELETE", &one, &Value::Null).await.status, 204);
    assert_eq!(call(&server, &editor, "DELETE", &format!("{PATH}/2"), &Value::Null).await.status, 204);
    assert_eq!(list(&server, &editor).await.len(), 1);
    for n in 0..99 {
        let answer = call(&server, &anna, "POST", PATH, &tell(json!({"kind": "wording", "note": "n"}))).await;
        assert_eq!(answer.status, 201, "{n}: {}", answer.body);
    }
    let answer = call(&server, &anna, "POST", PATH, &tell(json!({"kind": "wording", "note": "n"}))).await;
    assert_eq!(answer.status, 409, "there is an end to it");
}

#[tokio::test]
async fn what_was_told_is_exported_and_erased_with_the_visitor() {
    let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
    let server = TestServer::on(store.clone(), deskbell::desk::Options::default(), |_| {}).await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let c = server.visitor().await.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    let body = json!({"c": c, "seq": 1, "kind": "wording", "note": "kinder"});
    assert_eq!(call(&server, &anna, "POST", PATH, &body).await.status, 201);
    let visitor = store.state(c.parse().unwrap()).await.unwrap().unwrap().visitor;
    let whole = export(&*store, visitor, Audience::Operator).await.unwrap().unwrap();
    assert_eq!(whole["conversations"][0]["suggestions"][0]["note"], "kinder", "{whole}");
    let own = export(&*store, visitor, Audience::Visitor).await.unwrap().unwrap();
    assert!(!own.to_string().contains("kinder"), "written for colleagues: {own}");
    store.erase_visitor(visitor, By::command()).await.unwrap().unwrap();
    assert!(store.suggestions(None, None, 10).await.unwrap().is_empty());
    assert!(list(&server, &anna).await.is_empty());
}
