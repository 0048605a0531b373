//! What agents, supervisors and editors keep and do beside the log, over real HTTP.

mod block;
mod board;
mod keeps;
mod people;
mod suggest;
mod suggestions;

use serde_json::Value;

use crate::support::{Answer, TestServer};

/// A request from this server's own page.
async fn call(server: &TestServer, cookie: &str, method: &str, path: &str, body: &Value) -> Answer {
    let origin = server.origin();
    let headers = [
        ("connection", "close"),
        ("origin", origin.as_str()),
        ("content-type", "application/json"),
        ("cookie", cookie),
    ];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    server.request(method, path, &headers, &body).await
}

/// That a route refuses what every route refuses: a foreign origin, nobody, no JSON, and more than it may have.
async fn insist_guarded(server: &TestServer, cookie: &str, method: &str, path: &str, body: &Value) {
    let (own, json, close) = (server.origin(), ("content-type", "application/json"), ("connection", "close"));
    let (mine, body) = (("cookie", cookie), if body.is_null() { String::new() } else { body.to_string() });
    let ask = |headers: Vec<(&'static str, String)>, body: String| async move {
        let headers: Vec<(&str, &str)> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
        server.request(method, path, &headers, &body).await.status
    };
    let pair = |(n, v): (&'static str, &str)| (n, v.to_owned());
    let foreign = vec![pair(close), pair(json), pair(mine), ("origin", "https://evil.example".to_owned())];
    let nobody = vec![pair(close), pair(json), ("origin", own.clone())];
    if method != "GET" {
        assert_eq!(ask(foreign, body.clone()).await, 403, "{method} {path} from a foreign page");
    }
    assert_eq!(ask(nobody, body.clone()).await, 401, "{method} {path} by nobody");
    if matches!(method, "POST" | "PUT" | "PATCH") {
        let plain = vec![pair(close), pair(mine), ("origin", own.clone()), ("content-type", "text/plain".to_owned())];
        assert_eq!(ask(plain, body).await, 415, "{method} {path} without JSON");
        let right = vec![pair(close), pair(json), pair(mine), ("origin", own)];
        let large = format!("{{\"x\":\"{}\"}}", "y".repeat(64 * 1024));
        assert_eq!(ask(right, large).await, 413, "{method} {path} with too much");
    }
}
