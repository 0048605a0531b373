//! Who may do what, how they log in, and what is written down of it.

mod audit;
mod factor;
mod login;
mod matrix;
mod password;
mod sessions;
mod table;

use deskbell::store::NewPerson;
use deskbell::types::{AgentId, Role};
use serde_json::{Value, json};

use crate::support::{Answer, TestServer};

const PASSWORD: &str = "correct horse";

/// The closed list of codes. What is not in it never leaves.
const CODES: &[&str] = &[
    "cmid_conflict",
    "too_large",
    "invalid",
    "rate",
    "busy",
    "storage",
    "closed",
    "not_assignee",
    "already_claimed",
    "at_capacity",
    "forbidden",
    "not_found",
    "queue_full",
    "stale",
    "version",
    "unavailable",
];

/// A refusal says a code of the list, the names that the asker gave, when to come back, and nothing else.
fn insist_closed(answer: &Value) {
    let Some(fields) = answer.as_object() else { panic!("no object: {answer}") };
    for (key, value) in fields {
        let fine = match key.as_str() {
            "code" => value.as_str().is_some_and(|c| CODES.contains(&c)),
            "type" => ["err", "nack", "res", "resync"].iter().any(|t| value == t),
            "rid" | "cmid" | "c" => value.as_str().is_some_and(|t| t.len() <= 64),
            "ok" => value == false,
            "retry" => value == "never" || value == "later",
            "after_ms" => value.is_u64(),
            "reason" => value == "gone",
            "head" => value == 0,
            _ => false,
        };
        assert!(fine, "`{key}` in {answer}");
    }
}

/// Adds somebody with the usual password, without logging in.
async fn add(server: &TestServer, email: &str, role: Role, departments: &[&str]) -> AgentId {
    let person = NewPerson {
        email: email.into(),
        name: email.split('@').next().unwrap().into(),
        role,
        departments: departments.iter().map(|d| (*d).to_owned()).collect(),
        languages: vec![],
        skills: vec![],
        capacity: 3,
        password_hash: deskbell::auth::hash_password(PASSWORD).unwrap(),
    };
    server.store.add_person(person).await.unwrap()
}

/// A request with a cookie, from this server's own page.
async fn ask(server: &TestServer, cookie: &str, method: &str, path: &str, body: &Value) -> Answer {
    let origin = server.origin();
    let mut headers = vec![("connection", "close"), ("origin", origin.as_str()), ("content-type", "application/json")];
    if !cookie.is_empty() {
        headers.push(("cookie", cookie));
    }
    let body = if body.is_null() { String::new() } else { body.to_string() };
    server.request(method, path, &headers, &body).await
}

async fn try_login(server: &TestServer, email: &str, password: &str, code: Option<&str>) -> Answer {
    let mut body = json!({"email": email, "password": password});
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    server.post("/api/v1/login", &[], &body.to_string()).await
}

fn cookie_of(answer: &Answer) -> String {
    answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
}

/// What the audit table says so far, as `who what on detail`.
async fn audited(server: &TestServer) -> Vec<String> {
    let rows = server.store.audit_rows(0, None, 1_000).await.unwrap();
    rows.iter().map(|r| format!("{} {} {} {}", r.who, r.what, r.matter, r.detail).trim().to_owned()).collect()
}
