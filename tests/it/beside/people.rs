//! Names and places of people, and sites, over HTTP.

use deskbell::types::Role;
use serde_json::{Value, json};

use super::{call, insist_guarded};
use crate::support::{Client, TestServer};

#[tokio::test]
async fn another_name_or_more_places_end_no_session_and_are_told() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let root = server.person("root@shop.example", Role::Admin).await;
    let mut agent = server.agent(&anna).await;
    agent.settle().await;
    let path = "/api/v1/people/a1";
    for bad in [json!({"capacity": 1_001}), json!({"capacity": -1}), json!({"name": ""}), json!({"name": "a\u{202e}b"})]
    {
        assert_eq!(call(&server, &root, "PATCH", path, &bad).await.status, 400, "{bad}");
    }
    assert_eq!(call(&server, &root, "PATCH", path, &json!({"name": "Anna B."})).await.status, 204);
    assert_eq!(call(&server, &root, "PATCH", path, &json!({"capacity": 9})).await.status, 204);
    agent.wait(|f| f["type"] == "desk" && f["what"] == "people").await;
    agent.settle().await;
    let me = server.get_as(&anna, "/api/v1/me").await;
    assert_eq!((me.status, &me.json()["name"]), (200, &json!("Anna B.")), "the session goes on");
    let people = server.get_as(&root, "/api/v1/people").await.json();
    assert_eq!(people["people"][0]["capacity"], 9, "{people}");
    let rows = server.store.audit_rows(0, None, 100).await.unwrap();
    assert!(rows.iter().any(|r| r.what == "capacity" && r.matter == "a1" && r.detail == "3 to 9"), "{rows:?}");
    assert!(rows.iter().any(|r| r.what == "name" && r.matter == "a1" && r.detail.is_empty()), "{rows:?}");
}

#[tokio::test]
async fn a_supervisor_says_where_a_colleague_is() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    let mut over = server.agent(&boss).await;
    let _agent = server.agent(&anna).await;
    let presence = |agent: &'static str, state: &'static str| {
        move |f: &Value| f["type"] == "presence" && f["from"]["id"] == agent && f["state"] == state
    };
    over.wait(presence("a1", "online")).await;
    over.send(json!({"type": "presence", "state": "away", "agent": "a1"})).await;
    over.wait(presence("a1", "away")).await;
}

#[tokio::test]
async fn a_supervisor_says_how_many_chats_somebody_has_and_nothing_of_an_admin() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    let root = server.person("root@shop.example", Role::Admin).await;
    let mut over = server.agent(&boss).await;
    let (_agent, mut admin) = (server.agent(&anna).await, server.agent(&root).await);
    admin.settle().await;
    let change = async |cookie: &str, id: &str, body: Value| {
        call(&server, cookie, "PATCH", &format!("/api/v1/people/{id}"), &body).await.status
    };
    insist_guarded(&server, &boss, "PATCH", "/api/v1/people/a1", &json!({"capacity": 7})).await;
    assert_eq!(change(&boss, "a1", json!({"capacity": 7})).await, 204);
    over.wait(|f| f["type"] == "desk" && f["what"] == "people").await;
    let board = server.get_as(&boss, "/api/v1/board").await.json();
    let shown = board["people"].as_array().unwrap().iter().find(|p| p["id"] == "a1").unwrap().clone();
    assert_eq!(shown["capacity"], 7, "{board}");
    let rows = server.store.audit_rows(0, None, 100).await.unwrap();
    assert!(rows.iter().any(|r| r.what == "capacity" && r.who == "a2" && r.detail == "3 to 7"), "{rows:?}");
    assert_eq!(change(&boss, "a1", json!({"capacity": 1_001})).await, 400);
    for other in [json!({"role": "admin"}), json!({"name": "B"}), json!({"disabled": true}), json!({"skills": ["x"]})] {
        assert_eq!(change(&boss, "a1", other.clone()).await, 403, "{other}");
    }
    assert_eq!(
        (change(&boss, "a2", json!({"capacity": 9})).await, change(&boss, "a99", json!({"capacity": 9})).await),
        (403, 404)
    );
    assert_eq!(
        (change(&boss, "a3", json!({"capacity": 9})).await, change(&anna, "a2", json!({"capacity": 9})).await),
        (403, 403)
    );
    over.send(json!({"type": "presence", "state": "away", "agent": "a3"})).await;
    assert_eq!(over.wait(|f| f["type"] == "err").await["code"], "forbidden");
    let board = server.get_as(&boss, "/api/v1/board").await.json();
    let shown = board["people"].as_array().unwrap().iter().find(|p| p["id"] == "a3").unwrap().clone();
    assert_eq!((&shown["presence"], &shown["capacity"]), (&json!("online"), &json!(3)), "{board}");
    // Oneself is nobody else.
    over.send(json!({"type": "presence", "state": "away", "agent": "a2"})).await;
    over.wait(|f| f["type"] == "presence" && f["from"]["id"] == "a2" && f["state"] == "away").await;
}

#[tokio::test]
async fn sites_are_added_and_taken_away() {
    let server = TestServer::with(|c| c.socket.tick_ms = 50).await;
    let root = server.person("root@shop.example", Role::Admin).await;
    let shop = "https://shop.example";
    let body = json!({"name": "shop", "origins": [shop]});
    insist_guarded(&server, &root, "POST", "/api/v1/sites", &body).await;
    insist_guarded(&server, &root, "GET", "/api/v1/sites", &Value::Null).await;
    for bad in [
        json!({"name": "", "origins": [shop]}),
        json!({"name": "a b", "origins": [shop]}),
        json!({"name": "shop", "origins": []}),
        json!({"name": "shop", "origins": ["https://shop.example/"]}),
        json!({"name": "shop", "origins": ["*"]}),
    ] {
        assert_eq!(call(&server, &root, "POST", "/api/v1/sites", &bad).await.status, 400, "{bad}");
    }
    let upgraded = async || {
        let headers = [("origin", shop)];
        server.upgrade("/ws", &headers).await
    };
    assert_eq!(upgraded().await, 403);
    assert_eq!(call(&server, &root, "POST", "/api/v1/sites", &body).await.status, 204);
    assert_eq!(call(&server, &root, "POST", "/api/v1/sites", &body).await.status, 409, "it was there");
    assert_eq!(upgraded().await, 101, "at once");
    let all = server.get_as(&root, "/api/v1/sites").await.json();
    assert_eq!(all["sites"], json!([{"name": "shop", "origins": [shop]}]));
    let mut client = Client::connect_as(server.address, "/ws", shop).await;
    client.hello(json!({"site": "shop"})).await;
    insist_guarded(&server, &root, "DELETE", "/api/v1/sites/shop", &Value::Null).await;
    assert_eq!(call(&server, &root, "DELETE", "/api/v1/sites/shop", &Value::Null).await.status, 204);
    assert_eq!(client.closed().await, 4503);
    assert_eq!(call(&server, &root, "DELETE", "/api/v1/sites/shop", &Value::Null).await.status, 404);
    let rows = server.store.audit_rows(0, None, 100).await.unwrap();
    assert_eq!(rows.iter().filter(|r| r.what == "site" && r.who == "a1").count(), 2, "{rows:?}");
}
