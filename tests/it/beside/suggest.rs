//! What the bot would answer, for an agent.

use deskbell::types::Role;
use serde_json::{Value, json};

use super::{call, insist_guarded};
use crate::support::TestServer;

const PATH: &str = "/api/v1/suggest";

#[tokio::test]
async fn an_agent_is_offered_what_the_bot_would_say() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let mut visitor = server.visitor().await;
    let c = visitor.say("i want to complain", None).await["c"].clone();
    let ask = |text: Value| json!({"c": c, "text": text});
    let first = call(&server, &anna, "POST", PATH, &json!({"c": c})).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.json()["answers"][0]["id"], "complaint", "the question of the hand-off");
    assert_eq!(visitor.say("and when are you open?", c.as_str()).await["type"], "ack");
    let later = call(&server, &anna, "POST", PATH, &json!({"c": c})).await.json();
    let best = &later["answers"][0];
    assert_eq!(
        (&best["id"], &best["kind"]),
        (&json!("opening-hours"), &json!("intent")),
        "what was said last: {later}"
    );
    assert_eq!(best["text"], "Every day from eight to eight.");
    assert!(best["confidence"].as_f64().is_some_and(|c| c > 0.3 && c <= 1.0), "{best}");
    assert!(later["answers"].as_array().unwrap().len() <= 3);
    let typed = call(&server, &anna, "POST", PATH, &ask(json!("how do i return a lamp"))).await.json();
    let best = &typed["answers"][0];
    assert_eq!((&best["kind"], &best["path"]), (&json!("article"), &json!("/help/returns/how")), "{typed}");
    let url = format!("{}/help/returns/how", server.origin());
    assert_eq!(best["source"]["url"], url);
    assert!(best["text"].as_str().unwrap().ends_with(&format!("[How do I return a lamp?]({url})")), "{best}");
    // Nobody else has heard of it, and nothing was written.
    let head = server.get_as(&anna, &format!("/api/v1/conversations/{}", c.as_str().unwrap())).await.json();
    assert!(head["log"].as_array().unwrap().iter().all(|e| e["from"]["kind"] != "agent"), "{head}");
    insist_guarded(&server, &anna, "POST", PATH, &ask(json!("x"))).await;
    assert_eq!(call(&server, &anna, "POST", PATH, &ask(json!("x".repeat(4_001)))).await.status, 400);
    let none = json!({"c": "0".repeat(32)});
    assert_eq!(call(&server, &anna, "POST", PATH, &none).await.status, 404);
}

#[tokio::test]
async fn whoever_asks_without_end_has_to_wait() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let ben = server.person("ben@shop.example", Role::Agent).await;
    let c = server.visitor().await.say("i want to complain", None).await["c"].clone();
    let mut refused = None;
    for _ in 0..200 {
        let answer = call(&server, &anna, "POST", PATH, &json!({"c": c})).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("a limit");
    assert_eq!((refused.json()["code"].as_str(), refused.header("retry-after")), (Some("rate"), Some("1")));
    assert_eq!(call(&server, &ben, "POST", PATH, &json!({"c": c})).await.status, 200, "each has a limit of their own");
}
