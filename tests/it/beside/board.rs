//! The live board, and departments that take a pause.

use deskbell::types::Role;
use serde_json::{Value, json};

use super::{call, insist_guarded};
use crate::support::TestServer;

const SETTINGS: &str = "departments = ['orders', 'returns']\ndefault_department = 'orders'\n\
                        [department.orders]\ntarget = {seconds = 30, share = 0.9}\noverflow = {to = 'returns', after_minutes = 5}\n";

async fn board(server: &TestServer, cookie: &str) -> Value {
    let answer = server.get_as(cookie, "/api/v1/board").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

fn row<'a>(board: &'a Value, name: &str) -> &'a Value {
    board["departments"].as_array().unwrap().iter().find(|d| d["name"] == name).unwrap()
}

#[tokio::test]
async fn the_board_tells_who_waits_who_is_there_and_how_fast_somebody_came() {
    let server = TestServer::with_content(&[("deskbell.toml", SETTINGS)]).await;
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let before = board(&server, &boss).await;
    assert_eq!(row(&before, "orders")["waiting"], 0);
    assert_eq!(row(&before, "orders")["target"]["seconds"], 30);
    assert_eq!(row(&before, "returns")["target"]["seconds"], 60, "what nobody has said");
    let mut visitor = server.visitor().await;
    let c = visitor.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    visitor.wait(|f| f["kind"] == "handoff").await;
    let waiting = board(&server, &boss).await;
    assert_eq!(row(&waiting, "orders")["waiting"], 1, "{waiting}");
    assert_eq!(row(&waiting, "orders")["service_level"], json!({"answered": 0, "in_target": 0}));
    let mut agent = server.agent(&anna).await;
    let ver = agent.call(json!({"type": "watch", "view": "waiting"})).await["conversations"][0]["ver"].clone();
    assert_eq!(agent.call(json!({"type": "claim", "c": c, "ver": ver})).await["ok"], true);
    let after = board(&server, &boss).await;
    assert_eq!(row(&after, "orders")["waiting"], 0, "{after}");
    assert_eq!(row(&after, "orders")["service_level"], json!({"answered": 1, "in_target": 1}));
    let people = after["people"].as_array().unwrap();
    let anna_there = people.iter().find(|p| p["id"] == "a2").unwrap();
    assert_eq!((&anna_there["presence"], &anna_there["load"]), (&json!("online"), &json!(1)), "{anna_there}");
    assert!(anna_there["since"].as_i64().is_some_and(|at| at <= after["now"].as_i64().unwrap()), "{anna_there}");
    assert!(after["waits"]["estimates"].is_u64(), "{after}");
    insist_guarded(&server, &boss, "GET", "/api/v1/board", &Value::Null).await;
}

#[tokio::test]
async fn the_first_screen_heeds_pauses_and_closed_departments() {
    let settings = "departments = ['orders', 'night']\ndefault_department = 'orders'\n\
                    [department.night]\nhours = {}\nmax_waiting = 7\nlanguages = ['en']\n";
    let server = TestServer::with_content(&[("deskbell.toml", settings)]).await;
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    let first_screen = async || {
        let mut visitor = server.socket("/ws", None).await;
        let site = visitor.hello(json!({})).await["site"].clone();
        (site["staffed"].clone(), site["wait_s"].is_object())
    };
    assert_eq!(first_screen().await, (json!(false), false), "nobody is online");
    let mut agent = server.agent(&boss).await;
    agent.settle().await;
    assert_eq!(first_screen().await, (json!(true), true));
    let pause = async |paused: bool| {
        let body = json!({"paused": paused});
        assert_eq!(call(&server, &boss, "PUT", "/api/v1/departments/orders/pause", &body).await.status, 204);
    };
    pause(true).await;
    assert_eq!(first_screen().await, (json!(false), false), "what is not paused is closed");
    pause(false).await;
    assert_eq!(first_screen().await, (json!(true), true));
    let told = server.get_as(&boss, "/api/v1/desk").await.json();
    let (orders, night) = (&told["departments"][0], &told["departments"][1]);
    assert_eq!((&night["max_waiting"], &night["languages"]), (&json!(7), &json!(["en"])), "{told}");
    assert!(orders.get("max_waiting").is_none() && orders.get("languages").is_none(), "{told}");
    assert_eq!(orders["target"]["seconds"], 60);
}

#[tokio::test]
async fn a_pause_is_told_to_everybody_and_outlives_the_server() {
    let server = TestServer::with_content(&[("deskbell.toml", SETTINGS)]).await;
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let mut agent = server.agent(&anna).await;
    agent.settle().await;
    let path = "/api/v1/departments/orders/pause";
    let body = json!({"paused": true, "reason": "training"});
    insist_guarded(&server, &boss, "PUT", path, &body).await;
    assert_eq!(call(&server, &boss, "PUT", "/api/v1/departments/nothing/pause", &body).await.status, 404);
    assert_eq!(
        call(&server, &boss, "PUT", path, &json!({"paused": true, "reason": "x".repeat(501)})).await.status,
        400
    );
    assert_eq!(call(&server, &boss, "PUT", path, &body).await.status, 204);
    agent.wait(|f| f["type"] == "desk" && f["what"] == "departments").await;
    let told = server.get_as(&anna, "/api/v1/desk").await.json();
    let orders = told["departments"].as_array().unwrap().iter().find(|d| d["name"] == "orders").unwrap().clone();
    assert_eq!((&orders["paused"]["reason"], &orders["paused"]["by"]), (&json!("training"), &json!("a1")), "{told}");
    assert_eq!(orders["overflow"], json!({"to": "returns", "after_minutes": 5}));
    assert_eq!(row(&board(&server, &boss).await, "orders")["paused"]["reason"], "training");
    // Another server on the same data knows of it.
    let next = TestServer::on(server.store.clone(), deskbell::desk::Options::default(), |_| {}).await;
    assert_eq!(next.store.paused().await.unwrap()[0].department, "orders");
    assert_eq!(call(&server, &boss, "PUT", path, &json!({"paused": false})).await.status, 204);
    assert_eq!(row(&board(&server, &boss).await, "orders")["paused"], Value::Null);
    let rows = server.store.audit_rows(0, None, 100).await.unwrap();
    let all: Vec<String> = rows.iter().map(|r| format!("{} {} {}", r.who, r.what, r.matter)).collect();
    for wanted in ["a1 department_paused orders", "a1 department_resumed orders"] {
        assert!(all.iter().any(|row| row == wanted), "{all:?}");
    }
}
