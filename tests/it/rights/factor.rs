//! The second factor, from the first code to the lost telephone.

use std::path::Path;

use deskbell::desk::Options;
use deskbell::store::{self, By, FactorChange};
use deskbell::types::{Role, Timestamp};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use super::{PASSWORD, add, ask, cookie_of, insist_closed, try_login};
use crate::support::TestServer;

/// The servers' clock stands here and goes on.
const NOW_S: i64 = 1_800_000_015;

async fn server(second_factor_for: Vec<Role>) -> TestServer {
    let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
    let options = Options { wall: Some(Timestamp(NOW_S * 1_000)), second_factor_for, ..Options::default() };
    TestServer::on(store, options, |c| c.login.per_address = 100).await
}

/// The code of the step that is `steps` from now.
fn code(secret: &str, steps: i64) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new().with_secret(secret).build().unwrap();
    totp.generate((NOW_S + 30 * steps).unsigned_abs()).to_string()
}

/// Sets one up; the secret and the recovery codes.
async fn enroll(server: &TestServer, cookie: &str) -> (String, Vec<String>) {
    let begun = ask(server, cookie, "POST", "/api/v1/second-factor", &json!({"password": PASSWORD})).await;
    assert_eq!(begun.status, 200, "{}", begun.body);
    let begun = begun.json();
    let secret = begun["secret"].as_str().unwrap().to_owned();
    assert!(begun["uri"].as_str().unwrap().starts_with("otpauth://totp/Deskbell:"));
    assert!(begun["picture"]["path"].as_str().unwrap().starts_with('M'));
    let wrong = ask(server, cookie, "POST", "/api/v1/second-factor/confirm", &json!({"code": "000000"})).await;
    assert_eq!(wrong.status, 403);
    insist_closed(&wrong.json());
    let confirm = json!({"code": code(&secret, -1)});
    let done = ask(server, cookie, "POST", "/api/v1/second-factor/confirm", &confirm).await;
    assert_eq!(done.status, 200, "{}", done.body);
    let recovery = done.json()["recovery"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect();
    (secret, recovery)
}

#[tokio::test]
async fn a_code_is_needed_and_good_once() {
    let server = server(Vec::new()).await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let other = server.login("anna@shop.example", PASSWORD).await;
    let mut socket = server.agent(&other).await;
    socket.settle().await;
    let stolen = ask(&server, &cookie, "POST", "/api/v1/second-factor", &json!({"password": "a wrong guess"})).await;
    assert_eq!(stolen.status, 403, "a session is not enough");
    let (secret, recovery) = enroll(&server, &cookie).await;
    assert_eq!(recovery.len(), 10);
    assert_eq!(socket.closed().await, 4507, "sessions begun without it end");
    assert_eq!(ask(&server, &cookie, "GET", "/api/v1/me", &Value::Null).await.json()["second_factor"], "on");

    let login = async |code: Option<&str>| try_login(&server, "anna@shop.example", PASSWORD, code).await;
    let asked = login(None).await;
    assert_eq!((asked.status, asked.json()), (202, json!({"second_factor": "needed"})));
    assert!(asked.header("set-cookie").is_none());
    for _ in 0..8 {
        // Without the password nobody uses up the owner's tries, nor a code.
        let guess = try_login(&server, "anna@shop.example", "a wrong guess", Some(&recovery[3])).await;
        assert_eq!(guess.status, 401);
    }
    assert_eq!(login(Some(&code(&secret, -1))).await.status, 401, "the first code is used up");
    assert_eq!(login(Some(&code(&secret, -2))).await.status, 401, "too old");
    assert_eq!(login(Some(&code(&secret, 0))).await.status, 200);
    assert_eq!(login(Some(&code(&secret, 0))).await.status, 401, "once");
    assert_eq!(login(Some(&recovery[3].to_uppercase())).await.status, 200);
    assert_eq!(login(Some(&recovery[3])).await.status, 401, "once");
    let late = login(Some(&code(&secret, 1))).await;
    assert_eq!(late.status, 429, "five wrong codes are enough for now: {}", late.body);
    let told = super::audited(&server).await.join("\n");
    assert!(
        told.contains("second_factor_on") && told.contains("recovery_used") && told.contains("login_wrong a1 code")
    );
    for hidden in [secret.as_str(), &recovery[0]] {
        assert!(!told.contains(hidden));
    }
}

#[tokio::test]
async fn of_two_uses_at_once_one_wins() {
    let server = server(Vec::new()).await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let (secret, _) = enroll(&server, &cookie).await;
    let code = code(&secret, 0);
    let tries = (0..4).map(|_| try_login(&server, "anna@shop.example", PASSWORD, Some(&code)));
    let all = futures_util::future::join_all(tries).await;
    assert_eq!(all.iter().filter(|a| a.status == 200).count(), 1);
}

#[tokio::test]
async fn a_role_may_need_one_and_can_do_nothing_before() {
    let server = server(vec![Role::Admin]).await;
    add(&server, "root@shop.example", Role::Admin, &[]).await;
    let answer = try_login(&server, "root@shop.example", PASSWORD, None).await;
    assert_eq!((answer.status, answer.json()["second_factor"].as_str()), (200, Some("required")));
    assert!(answer.json()["colleagues"].is_null());
    let cookie = cookie_of(&answer);
    for (method, path) in [
        ("GET", "/api/v1/people"),
        ("GET", "/api/v1/audit"),
        ("GET", "/api/v1/conversations"),
        ("GET", "/api/v1/conversations/0123456789abcdef0123456789abcdef"),
    ] {
        assert_eq!(ask(&server, &cookie, method, path, &Value::Null).await.status, 401, "{path}");
    }
    assert_eq!(ask(&server, &cookie, "GET", "/api/v1/sessions?person=all", &Value::Null).await.status, 403);
    assert_eq!(server.socket("/ws/agent", Some(&cookie)).await.closed().await, 4501);
    let (secret, _) = enroll(&server, &cookie).await;
    assert_eq!(ask(&server, &cookie, "GET", "/api/v1/people", &Value::Null).await.status, 200);
    server.agent(&cookie).await.settle().await;
    let remove = json!({"password": PASSWORD, "code": code(&secret, 0)});
    let kept = ask(&server, &cookie, "POST", "/api/v1/second-factor/remove", &remove).await;
    assert_eq!(kept.status, 403, "the role needs it");
}

#[tokio::test]
async fn it_can_be_taken_away() {
    let server = server(Vec::new()).await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let (secret, _) = enroll(&server, &cookie).await;
    let path = "/api/v1/second-factor/remove";
    let with = |code: String| json!({"password": PASSWORD, "code": code});
    assert_eq!(ask(&server, &cookie, "POST", path, &with("000000".into())).await.status, 403);
    assert_eq!(ask(&server, &cookie, "POST", path, &with(code(&secret, 0))).await.status, 204);
    assert_eq!(try_login(&server, "anna@shop.example", PASSWORD, None).await.status, 200);
    // The telephone is lost: a command does it, and ends the sessions.
    let (_, recovery) = enroll(&server, &cookie).await;
    let mut socket = server.agent(&cookie).await;
    socket.settle().await;
    let (anna, _) = server.store.person_by_email("anna@shop.example").await.unwrap().unwrap();
    assert!(anna.second_factor);
    assert!(server.store.change_second_factor(anna.id, FactorChange::Remove(None), By::command()).await.unwrap());
    assert_eq!(socket.closed().await, 4507);
    assert_eq!(try_login(&server, "anna@shop.example", PASSWORD, None).await.status, 200);
    assert!(server.store.second_factor(anna.id).await.unwrap().is_none() && !recovery.is_empty());
}
