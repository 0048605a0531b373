//! Pages, login and operation, over plain HTTP.

use std::io::Read as _;

use deskbell::types::Role;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Answer, PATIENCE, TestServer, request};

#[tokio::test]
async fn a_person_logs_in_looks_and_logs_out() {
    let server = TestServer::start().await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    assert_eq!(server.get_as(&cookie, "/api/v1/me").await.json()["name"], "Anna");
    assert_eq!(
        server.get_as(&cookie, "/api/v1/conversations?state=waiting").await.json(),
        json!({"conversations": [], "more": false})
    );
    assert_eq!(server.get_as(&cookie, "/api/v1/conversations?state=nonsense").await.status, 400);
    assert_eq!(server.get_as(&cookie, "/api/v1/conversations/nonsense").await.status, 404);
    let mut v = server.visitor().await;
    let c = v.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    v.wait(|f| f["kind"] == "handoff").await;
    let list = server.get_as(&cookie, "/api/v1/conversations?state=waiting").await.json();
    assert_eq!(
        (list["conversations"][0]["c"].as_str(), list["conversations"][0]["state"].as_str()),
        (Some(c.as_str()), Some("waiting"))
    );
    assert!(list["conversations"][0]["waiting_since"].is_i64());
    let path = format!("/api/v1/conversations/{c}");
    let whole = server.get_as(&cookie, &path).await.json();
    assert_eq!(whole["log"][0]["seq"], 1);
    assert_eq!(server.get(&path).await.status, 401);
    assert_eq!(server.post("/api/v1/logout", &[("cookie", &cookie)], "{}").await.status, 204);
    assert_eq!(server.get_as(&cookie, "/api/v1/me").await.status, 401);
}

#[tokio::test]
async fn logging_in_is_guarded() {
    let server = TestServer::start().await;
    server.person("anna@shop.example", Role::Agent).await;
    let body = json!({"email": "anna@shop.example", "password": "wrong horse"}).to_string();
    let good = json!({"email": "anna@shop.example", "password": "correct horse"}).to_string();
    let first = server.post("/api/v1/login", &[], &good).await;
    let cookie = first.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("deskbell=") && cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"),
        "{cookie}"
    );
    for (headers, body, status) in [
        (vec![("content-type", "text/plain")], good.as_str(), 415),
        (vec![("content-type", "application/x-www-form-urlencoded")], good.as_str(), 415),
        (vec![("origin", "http://evil.example")], good.as_str(), 403),
        (vec![("origin", "null")], good.as_str(), 403),
        (vec![("origin", ""), ("cookie", "a=b")], good.as_str(), 403),
        (vec![("origin", ""), ("cookie", "a=b"), ("sec-fetch-site", "same-site")], good.as_str(), 403),
        (vec![("origin", ""), ("cookie", "a=b"), ("sec-fetch-site", "same-origin")], good.as_str(), 200),
        (vec![("origin", "")], good.as_str(), 200),
        (vec![], "{", 400),
        (vec![], "{\"email\":\"a\",\"password\":\"b\",\"x\":1}", 400),
    ] {
        assert_eq!(server.post("/api/v1/login", &headers, body).await.status, status, "{headers:?} {body}");
    }
    assert_eq!(
        server.post("/api/v1/login", &[], &format!("{{\"email\":\"{}\"}}", "x".repeat(70_000))).await.status,
        413
    );
    let mut tries = Vec::new();
    for _ in 0..7 {
        let answer = server.post("/api/v1/login", &[], &body).await;
        if answer.status == 429 {
            assert!(answer.header("retry-after").unwrap().parse::<u64>().unwrap() > 0);
        }
        tries.push(answer.status);
    }
    assert_eq!(tries, [401, 401, 401, 401, 401, 429, 429]);
    let unknown = json!({"email": "nobody@shop.example", "password": "wrong horse"}).to_string();
    assert_eq!(server.post("/api/v1/login", &[], &unknown).await.status, 401);
}

#[tokio::test]
async fn what_is_not_there_and_what_is_not_meant() {
    let server = TestServer::start().await;
    for (method, path, status) in [
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api", 404),
        ("POST", "/api/v2/x", 404),
        ("GET", "/nothing", 404),
        ("GET", "/api/v1/login", 405),
        ("DELETE", "/api/v1/me", 405),
        ("POST", "/", 405),
        ("GET", "/help/nothing", 404),
        ("GET", "/widget/panel.js.br", 404),
        ("GET", "/widget/../Cargo.toml", 404),
        ("GET", "/console/%2e%2e/x", 404),
        ("GET", "/metrics", 404),
        ("GET", "/readyz", 404),
    ] {
        let answer = server.request(method, path, &[("connection", "close")], "").await;
        assert_eq!(answer.status, status, "{method} {path}");
        if path.starts_with("/api") {
            assert!(answer.json()["code"].is_string());
        }
    }
}

#[tokio::test]
async fn the_description_names_every_route() {
    let server = TestServer::start().await;
    let described = server.get("/api/v1/openapi.json").await.json();
    let sources = [
        include_str!("../../src/http/account.rs"),
        include_str!("../../src/http/api.rs"),
        include_str!("../../src/http/articles.rs"),
        include_str!("../../src/http/auth.rs"),
        include_str!("../../src/http/fallback.rs"),
        include_str!("../../src/http/people.rs"),
        include_str!("../../src/http/privacy.rs"),
    ]
    .concat();
    let routes: Vec<_> = sources
        .split(".route(\"")
        .skip(1)
        .filter_map(|s| s.split('"').next())
        .filter(|r| r.starts_with("/api/v1/"))
        .collect();
    assert!(routes.len() >= 14, "{routes:?}");
    for route in routes {
        let route = &route.replace("{*", "{");
        assert!(!described["paths"][route].is_null(), "{route} is not described");
    }
}

#[tokio::test]
async fn files_come_compressed_once_and_with_the_settings() {
    let server = TestServer::start().await;
    let loader = server.get("/widget.js").await;
    if loader.status == 404 {
        return; // a build without the web parts
    }
    assert!(!loader.body.contains("__DESKBELL_SETTINGS__") && loader.body.contains("languages"));
    let tag = loader.header("etag").unwrap().to_owned();
    let again = server.request("GET", "/widget.js", &[("connection", "close"), ("if-none-match", &tag)], "").await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    let packed = server
        .request("GET", "/widget/panel.js", &[("connection", "close"), ("accept-encoding", "gzip, br")], "")
        .await;
    assert_eq!(packed.header("content-encoding"), Some("br"));
    assert_eq!(packed.header("content-type"), Some("text/javascript; charset=utf-8"));
    let plain = server.get("/widget/panel.js").await;
    assert_eq!(plain.header("content-encoding"), None);
    assert_ne!(plain.header("etag"), packed.header("etag"));
}

/// Status, headers and the bytes of an answer as they lie on the wire.
async fn bytes_of(server: &TestServer, path: &str, headers: &[(&str, &str)]) -> (Answer, Vec<u8>) {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let mut text = format!("GET {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", server.address);
    headers.iter().for_each(|(name, value)| text += &format!("{name}: {value}\r\n"));
    stream.write_all((text + "\r\n").as_bytes()).await.unwrap();
    let mut all = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut all)).await.expect("an answer").unwrap();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).unwrap_or(0);
    let headers = lines.filter_map(|l| l.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
    (Answer { status, headers, body: String::new() }, all[end + 4..].to_vec())
}

fn unpacked(form: &str, bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    match form {
        "br" => _ = brotli::Decompressor::new(bytes, 4096).read_to_end(&mut plain).unwrap(),
        "gzip" => _ = flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).unwrap(),
        _ => plain.extend_from_slice(bytes),
    }
    plain
}

#[tokio::test]
async fn what_holds_the_settings_comes_in_the_form_that_is_taken_and_changes_with_them() {
    let server = TestServer::start().await;
    if server.get("/widget.js").await.status == 404 {
        return; // a build without the web parts
    }
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    for path in ["/widget.js", "/chat.js", "/widget.json"] {
        let (_, plain) = bytes_of(&server, path, &[]).await;
        let mut tags = Vec::new();
        for (accepted, form) in
            [("", ""), ("gzip, deflate, br", "br"), ("gzip, deflate", "gzip"), ("br;q=0, gzip", "gzip"), ("zstd", "")]
        {
            let what = format!("{path}, {accepted:?}");
            let (answer, bytes) = bytes_of(&server, path, &[("accept-encoding", accepted)]).await;
            assert_eq!((answer.status, answer.header("content-encoding").unwrap_or("")), (200, form), "{what}");
            assert_eq!(answer.header("vary"), Some("accept-encoding"), "{what}");
            assert_eq!(answer.header("content-length"), Some(&*bytes.len().to_string()), "{what}");
            assert_eq!(unpacked(form, &bytes), plain, "{what}");
            assert!(form.is_empty() || bytes.len() < plain.len(), "{what}: {} of {}", bytes.len(), plain.len());
            let tag = answer.header("etag").unwrap().to_owned();
            let (again, none) =
                bytes_of(&server, path, &[("accept-encoding", accepted), ("if-none-match", &tag)]).await;
            assert_eq!((again.status, none.len()), (304, 0), "{what}");
            assert_eq!(again.header("vary"), Some("accept-encoding"), "{what}");
            tags.push((form, tag));
        }
        // A form has a tag of its own, and one alone.
        tags.sort_unstable();
        tags.dedup();
        assert_eq!(tags.len(), 3, "{path}: {tags:?}");

        let origin = server.origin();
        let headers = [("cookie", &*boss), ("origin", &*origin), ("content-type", "application/json")];
        let text = format!(r#"{{"text": {{"en": "Told before {path}."}}}}"#);
        assert_eq!(server.request("PUT", "/api/v1/notice", &headers, &text).await.status, 204);
        for (form, tag) in tags {
            let (answer, bytes) = bytes_of(&server, path, &[("accept-encoding", form), ("if-none-match", &tag)]).await;
            assert_eq!(answer.status, 200, "{path}, {form}");
            let told = format!("Told before {path}.");
            assert!(String::from_utf8_lossy(&unpacked(form, &bytes)).contains(&told), "{path}, {form}");
        }
    }
}

#[tokio::test]
async fn articles_are_pages_without_script() {
    let server = TestServer::start().await;
    let list = server.get("/help/").await;
    assert!(list.body.contains("<a href=\"/help/returns/how\">How do I return a lamp?</a>"), "{}", list.body);
    let page = server.get("/help/returns/how").await;
    assert!(
        page.body.contains("<h2 id=\"how-long-do-i-have\">") && page.body.contains("Thirty days."),
        "{}",
        page.body
    );
    assert!(!page.body.contains("<script"));
    assert_eq!(server.get("/help").await.status, 308);
}

#[tokio::test]
async fn health_is_told_on_a_port_of_its_own() {
    let server = TestServer::start().await;
    let ask = |path: &'static str| request(server.admin, "GET", path, &[("connection", "close")], "");
    assert_eq!(ask("/livez").await.status, 200);
    let ready = ask("/readyz").await;
    assert_eq!((ready.status, ready.json()["ready"].as_bool()), (200, Some(true)));
    let mut v = server.visitor().await;
    v.say("when are you open?", None).await;
    let metrics = ask("/metrics").await.body;
    for name in ["ws_connections", "ws_frames_total", "ack_seconds_bucket"] {
        assert!(metrics.contains(name), "{name} is missing:\n{metrics}");
    }
    server.shutdown.cancel();
    let late = ask("/readyz").await;
    assert_eq!((late.status, late.json()["draining"].as_bool()), (503, Some(true)));
}

#[tokio::test]
async fn silent_slow_and_endless_requests_are_cut() {
    let server = TestServer::with(|c| (c.http.first_byte_ms, c.http.header_ms, c.http.body_ms) = (150, 150, 150)).await;
    let long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(20_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(70));
    let body =
        "POST /api/v1/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{";
    for (sent, status) in [
        ("", ""),
        ("G", ""),
        ("GET / HTTP/1.1\r\nHost: x\r\n", ""),
        ("PRI * HTTP/2.0\r\n\r\nSM", ""),
        (&long, "431"),
        (&many, "431"),
        (body, "408"),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(sent.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an end");
        let answer = String::from_utf8_lossy(&answer);
        let shown = sent.get(..40).unwrap_or(sent);
        assert!(answer.contains(status), "{shown}: {answer}");
    }
    assert_eq!(server.get("/chat").await.status, server.get("/chat").await.status);
}

#[tokio::test]
async fn an_address_has_so_many_connections_and_gets_them_back() {
    let server = TestServer::with(|c| c.http.per_address = 3).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(server.visitor().await);
    }
    let refused = server.get("/chat").await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, Some("10")));
    all[0].settle().await;
    all.pop();
    timeout(PATIENCE, async {
        // Each answer is awaited: the server tells by it whether the place is free.
        while server.get("/help/").await.status != 200 {}
    })
    .await
    .expect("a free place");
}
