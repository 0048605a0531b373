//! Sessions: listed, ended, and ended by what changes somebody's rights, on live sockets too.

use std::path::Path;

use deskbell::desk::Options;
use deskbell::store::{self, OpenMode, PersonChange};
use deskbell::types::{Role, Timestamp};
use serde_json::{Value, json};

use super::{PASSWORD, add, ask, cookie_of, insist_closed, try_login};
use crate::support::TestServer;

#[tokio::test]
async fn a_person_sees_and_ends_their_sessions() {
    let server = TestServer::start().await;
    let first = server.person("anna@shop.example", Role::Agent).await;
    let second = server.login("anna@shop.example", "correct horse").await;
    let stranger = server.person("ben@shop.example", Role::Agent).await;
    let list = ask(&server, &first, "GET", "/api/v1/sessions", &Value::Null).await.json();
    let list = list["sessions"].as_array().unwrap();
    assert_eq!(list.len(), 2, "{list:?}");
    assert_eq!((list[0]["current"].clone(), list[1]["current"].clone()), (json!(true), json!(false)));
    assert_eq!((list[0]["device"].as_str(), list[0]["address"].as_str()), (Some("a program"), Some("this machine")));
    assert!(list[0]["since"].is_i64() && list[0]["seen"].is_i64());
    let path = format!("/api/v1/sessions/{}", list[1]["id"].as_str().unwrap());
    assert_eq!(ask(&server, &stranger, "DELETE", &path, &Value::Null).await.status, 404, "not theirs");
    let foreign = [("connection", "close"), ("cookie", first.as_str()), ("origin", "http://evil.example")];
    assert_eq!(server.request("DELETE", &path, &foreign, "").await.status, 403);
    let mut socket = server.agent(&second).await;
    assert_eq!(ask(&server, &first, "DELETE", &path, &Value::Null).await.status, 204);
    assert_eq!(socket.closed().await, 4507);
    assert_eq!(ask(&server, &second, "GET", "/api/v1/me", &Value::Null).await.status, 401);
    assert_eq!(ask(&server, &first, "DELETE", &path, &Value::Null).await.status, 404, "it is gone");
    let admin = server.person("root@shop.example", Role::Admin).await;
    let all = ask(&server, &admin, "GET", "/api/v1/sessions?person=all", &Value::Null).await.json();
    assert_eq!(all["sessions"].as_array().unwrap().len(), 3);
    let mut socket = server.agent(&first).await;
    let path = format!("/api/v1/sessions/{}", list[0]["id"].as_str().unwrap());
    assert_eq!(ask(&server, &admin, "DELETE", &path, &Value::Null).await.status, 204);
    assert_eq!(socket.closed().await, 4507);
}

#[tokio::test]
async fn whatever_changes_rights_ends_sockets() {
    let server = TestServer::start().await;
    let id = add(&server, "anna@shop.example", Role::Supervisor, &[]).await;
    let admin = server.person("root@shop.example", Role::Admin).await;
    let path = format!("/api/v1/people/{id}");
    for change in [
        json!({"role": "agent"}),
        json!({"departments": ["orders"]}),
        json!({"password": "blue lamp seven"}),
        json!({"disabled": true}),
    ] {
        let password = if change["disabled"] == true { "blue lamp seven" } else { PASSWORD };
        let cookie = server.login("anna@shop.example", password).await;
        let mut socket = server.agent(&cookie).await;
        socket.settle().await;
        assert_eq!(ask(&server, &admin, "PATCH", &path, &change).await.status, 204, "{change}");
        assert_eq!(socket.closed().await, 4507, "{change}");
        assert_eq!(ask(&server, &cookie, "GET", "/api/v1/me", &Value::Null).await.status, 401, "{change}");
        let mut again = server.socket("/ws/agent", Some(&cookie)).await;
        assert_eq!(again.closed().await, 4501, "{change}");
    }
    assert_eq!(try_login(&server, "anna@shop.example", "blue lamp seven", None).await.status, 401, "disabled");
    for bad in [json!({}), json!({"role": "god"}), json!({"role": "agent", "disabled": true}), json!({"x": 1})] {
        let answer = ask(&server, &admin, "PATCH", &path, &bad).await;
        assert_eq!(answer.status, 400, "{bad}");
        insist_closed(&answer.json());
    }
    let short = ask(&server, &admin, "PATCH", &path, &json!({"password": "Password1"})).await;
    assert_eq!(short.status, 409);
    insist_closed(&short.json());
}

/// A command beside the server: the same data, another connection.
#[tokio::test]
async fn what_a_command_changes_ends_sockets_too() {
    let directory = tempfile::tempdir().unwrap();
    let store = store::open("sqlite:", directory.path()).await.unwrap();
    let server = TestServer::on(store, Options::default(), |_| {}).await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let other = server.person("ben@shop.example", Role::Agent).await;
    let (mut socket, mut bystander) = (server.agent(&cookie).await, server.agent(&other).await);
    let beside = store::open_for(OpenMode::Existing, "sqlite:", directory.path()).await.unwrap();
    let (anna, _) = beside.person_by_email("anna@shop.example").await.unwrap().unwrap();
    assert!(beside.change_person(anna.id, PersonChange::Role(Role::Editor)).await.unwrap());
    assert_eq!(socket.closed().await, 4507);
    bystander.settle().await;
    let cookie = server.login("anna@shop.example", "correct horse").await;
    assert_eq!(ask(&server, &cookie, "GET", "/api/v1/conversations", &Value::Null).await.status, 403, "an editor now");
    bystander.settle().await;
}

#[tokio::test]
async fn a_login_has_a_new_name_and_the_old_cookie_is_dead() {
    let server = TestServer::start().await;
    let old = server.person("anna@shop.example", Role::Agent).await;
    let body = json!({"email": "anna@shop.example", "password": "correct horse"}).to_string();
    let planted = "deskbell=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    for shown in [old.as_str(), planted] {
        let answer = server.post("/api/v1/login", &[("cookie", shown)], &body).await;
        assert_eq!(answer.status, 200);
        assert_ne!(cookie_of(&answer), shown, "a planted name is not taken");
        assert_eq!(ask(&server, shown, "GET", "/api/v1/me", &Value::Null).await.status, 401);
    }
    let cookie = server.login("anna@shop.example", "correct horse").await;
    assert_eq!(ask(&server, &cookie, "POST", "/api/v1/logout", &json!({})).await.status, 204);
    assert_eq!(ask(&server, &cookie, "GET", "/api/v1/me", &Value::Null).await.status, 401);
}

#[tokio::test]
async fn sessions_end_by_themselves() {
    const HOUR: i64 = 3_600_000;
    let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
    let at = |hours: i64| Options { wall: Some(Timestamp(1_800_000_000_000 + hours * HOUR)), ..Options::default() };
    let server = TestServer::on(store.clone(), at(0), |_| {}).await;
    let (idle, used) = (
        server.person("anna@shop.example", Role::Agent).await,
        server.login("anna@shop.example", "correct horse").await,
    );
    let alive = async |hours: i64, cookie: &str| {
        let server = TestServer::on(store.clone(), at(hours), |_| {}).await;
        let status = ask(&server, cookie, "GET", "/api/v1/me", &Value::Null).await.status;
        server.shutdown.cancel();
        status == 200
    };
    assert!(alive(7, &used).await);
    assert!(!alive(9, &idle).await, "idle for eight hours");
    assert!(alive(14, &used).await && alive(21, &used).await);
    assert!(!alive(25, &used).await, "a day at most");
}

#[tokio::test]
async fn visitors_tokens_are_replaced() {
    const DAY: i64 = 86_400_000;
    let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
    let at = |days: i64| Options { wall: Some(Timestamp(1_800_000_000_000 + days * DAY)), ..Options::default() };
    let server = TestServer::on(store.clone(), at(0), |_| {}).await;
    let mut first = server.visitor().await;
    let c = first.say("when are you open?", None).await["c"].clone();
    let token = first.token.clone().unwrap();
    assert_eq!(token.len(), 64);
    let come = async |days: i64, token: &str| {
        let server = TestServer::on(store.clone(), at(days), |_| {}).await;
        let mut v = server.visitor_with(json!({"token": token})).await;
        let welcome = v.wait(|f| f["type"] == "welcome").await;
        let known = welcome["conversations"][0]["c"] == c;
        (known, welcome["token"].as_str().map(str::to_owned))
    };
    assert_eq!(come(6, &token).await, (true, None));
    let (known, next) = come(8, &token).await;
    let next = next.unwrap();
    assert!(known && next != token);
    assert!(come(9, &token).await.0, "another tab may still hold the old one");
    assert!(!come(20, &token).await.0, "but not for long");
    assert!(come(30, &next).await.0);
}
