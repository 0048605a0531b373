//! Where a visitor has been: for agents who look, from memory, and no further back than told.

use std::net::Ipv4Addr;

use deskbell::types::Role;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::*;

fn urls(trail: &Value) -> Vec<&str> {
    trail.as_array().unwrap().iter().map(|step| step["url"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn agents_see_where_a_visitor_goes_and_has_been() {
    let server = TestServer::start().await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let page = |n: u32| json!({"url": format!("https://shop.example/{n}"), "title": format!("Lamp {n}")});
    let mut visitor = server.visitor_with(json!({"page": page(1)})).await;
    let c = visitor.say("I want to talk to a person", None).await["c"].as_str().unwrap().to_owned();
    let mut agent = server.agent(&cookie).await;
    let opened = agent.call(json!({"type": "open", "c": c})).await;
    assert_eq!(urls(&opened["trail"]), ["https://shop.example/1"]);
    assert_eq!(opened["trail"][0]["title"], "Lamp 1");
    assert!(opened["trail"][0]["at"].as_i64().unwrap() > 0 && opened["trail"][0].get("referrer").is_none());

    visitor.send(json!({"type": "visit", "page": page(2)})).await;
    let told = agent.wait(|f| f["type"] == "page").await;
    assert_eq!((told["c"].as_str(), told["page"]["url"].as_str()), (Some(&*c), Some("https://shop.example/2")));
    assert_eq!((&told["page"]["title"], &told["page"]["referrer"]), (&json!("Lamp 2"), &Value::Null));
    assert!(told["at"].as_i64() >= opened["trail"][0]["at"].as_i64());

    // The same again is no step, nor is a page without an address, nor other words about the visitor.
    for same in
        [json!({"page": page(2)}), json!({"page": {"title": "nowhere"}}), json!({"attributes": {"plan": "gold"}})]
    {
        let mut frame = same;
        frame["type"] = "visit".into();
        visitor.send(frame).await;
    }
    for n in 3..30 {
        visitor.send(json!({"type": "visit", "page": page(n)})).await;
    }
    let long = json!({"url": format!("https://shop.example/{}", "x".repeat(900)), "title": "y".repeat(400)});
    visitor.send(json!({"type": "visit", "page": long})).await;
    agent.wait(|f| f["type"] == "page" && f["page"]["url"].as_str().unwrap().len() == 300).await;
    let trail = agent.call(json!({"type": "open", "c": c})).await["trail"].clone();
    let mut expected: Vec<_> = (11..30).map(|n| format!("https://shop.example/{n}")).collect();
    expected.push(format!("https://shop.example/{}", "x".repeat(279)));
    assert_eq!(urls(&trail), expected);
    assert_eq!(trail[19]["title"].as_str().map(str::len), Some(120));

    // It is of the person, and no visitor hears of anybody's.
    let mut other = server.visitor_with(json!({"page": page(100)})).await;
    let theirs = other.say("hello", None).await["c"].as_str().unwrap().to_owned();
    assert_eq!(urls(&agent.call(json!({"type": "open", "c": theirs})).await["trail"]), ["https://shop.example/100"]);
    visitor.settle().await;
    assert!(visitor.frames.iter().chain(&other.frames).all(|f| f["type"] != "page" && f.get("trail").is_none()));
}

const PHONE: &str = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0";

#[tokio::test]
async fn the_visitors_panel_has_trail_and_device_until_they_are_erased() {
    let server = TestServer::with(|c| c.socket.tick_ms = 50).await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let origin = server.origin();
    let come = async |agent: &'static str, more: Value| {
        let headers = [("origin", origin.as_str()), ("user-agent", agent)];
        let mut client = Client::with_headers(Ipv4Addr::LOCALHOST, server.address, "/ws", &headers).await;
        client.hello(more).await;
        client
    };
    let page = json!({"url": "https://shop.example/1", "title": "Lamp"});
    let mut visitor = come(PHONE, json!({"page": page})).await;
    let c = visitor.say("I want to talk to a person", None).await["c"].as_str().unwrap().to_owned();
    let panel = async || server.get_as(&cookie, &format!("/api/v1/conversations/{c}/visitor")).await.json();
    let known = panel().await;
    assert_eq!((urls(&known["trail"]), &known["device"]), (vec!["https://shop.example/1"], &json!("Firefox, Android")));
    assert_eq!(known["trail"][0]["title"], "Lamp");
    assert!(known["trail"][0]["at"].as_i64().unwrap() > 0);
    assert!(!known.to_string().contains("Gecko"), "{known}");

    // The last one counts, also where it says nothing that is known.
    let token = visitor.token.clone().unwrap();
    let mut program = come("curl/8.5.0", json!({"token": token})).await;
    program.settle().await;
    assert_eq!(panel().await.get("device"), None);
    let mut back = come(PHONE, json!({"token": token})).await;
    back.settle().await;
    assert_eq!(panel().await["device"], "Firefox, Android");

    let id = server.store.state(c.parse().unwrap()).await.unwrap().unwrap().visitor;
    assert_eq!((server.desk().trail(id).len(), server.desk().device(id).as_deref()), (1, Some("Firefox, Android")));
    let erased = server.post("/api/v1/visitor/erase", &[], &json!({"token": token}).to_string()).await;
    assert_eq!(erased.status, 200, "{}", erased.body);
    assert_eq!(back.closed().await, 4509);
    let forgotten = async {
        while !server.desk().trail(id).is_empty() || server.desk().device(id).is_some() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, forgotten).await.expect("nothing is known of them any more");
}
