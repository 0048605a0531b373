//! One's own password.

use deskbell::types::Role;
use serde_json::{Value, json};

use super::{PASSWORD, ask, audited, insist_closed, try_login};
use crate::support::TestServer;

#[tokio::test]
async fn a_new_password_ends_all_other_sessions_and_their_sockets() {
    let server = TestServer::start().await;
    let mine = server.person("anna@shop.example", Role::Agent).await;
    let other = server.login("anna@shop.example", PASSWORD).await;
    let (mut here, mut there) = (server.agent(&mine).await, server.agent(&other).await);
    there.settle().await;
    let change = |password: &str, new: &str| json!({"password": password, "new": new});
    for (body, status) in [
        (change("wrong horse", "blue lamp seven"), 403),
        (change(PASSWORD, "short"), 409),
        (change(PASSWORD, "Password1"), 409),
        (json!({"password": PASSWORD}), 400),
        (json!({"password": PASSWORD, "new": "blue lamp seven", "person": "a2"}), 400),
    ] {
        let answer = ask(&server, &mine, "POST", "/api/v1/password", &body).await;
        assert_eq!(answer.status, status, "{body}");
        insist_closed(&answer.json());
    }
    there.settle().await;
    let body = change(PASSWORD, "blue lamp seven");
    assert_eq!(ask(&server, "", "POST", "/api/v1/password", &body).await.status, 401);
    assert_eq!(ask(&server, &mine, "POST", "/api/v1/password", &body).await.status, 204);
    assert_eq!(there.closed().await, 4507);
    assert_eq!(ask(&server, &other, "GET", "/api/v1/me", &Value::Null).await.status, 401);
    assert_eq!(ask(&server, &mine, "GET", "/api/v1/me", &Value::Null).await.status, 200, "this one goes on");
    here.settle().await;
    assert_eq!(try_login(&server, "anna@shop.example", PASSWORD, None).await.status, 401);
    assert_eq!(try_login(&server, "anna@shop.example", "blue lamp seven", None).await.status, 200);
    assert!(audited(&server).await.contains(&"a1 password a1".to_owned()));
}

#[tokio::test]
async fn the_present_one_is_guessed_as_slowly_as_a_login() {
    let server = TestServer::start().await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let mut told = Vec::new();
    for _ in 0..6 {
        let body = json!({"password": "wrong horse", "new": "blue lamp seven"});
        told.push(ask(&server, &cookie, "POST", "/api/v1/password", &body).await.status);
    }
    assert_eq!(told, [403, 403, 403, 403, 403, 429]);
}
