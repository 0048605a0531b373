//! Requests over plain HTTP that are broken, ambiguous, too large or for somebody else.

use super::raw::Raw;
use crate::support::TestServer;

#[tokio::test]
async fn what_could_be_read_in_two_ways_is_refused_and_its_connection_ends() {
    let server = TestServer::start().await;
    let to = server.address;
    let next = format!("GET /help.css HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\n\r\n");
    let post = |more: &str, body: &str| {
        format!("POST /api/v1/logout HTTP/1.1\r\nhost: {to}\r\norigin: http://{to}\r\n{more}\r\n\r\n{body}{next}")
    };
    let get = |line: &str, more: &str| format!("{line}\r\n{more}\r\n{next}");
    let host = format!("host: {to}\r\n");
    let chunks = "5\r\nhello\r\n0\r\n\r\n";
    for (name, sent, status) in [
        ("chunks", post("transfer-encoding: chunked", chunks), 411),
        ("chunks and a length", post("transfer-encoding: chunked\r\ncontent-length: 5", chunks), 411),
        ("a length and chunks", post("content-length: 5\r\ntransfer-encoding: chunked", chunks), 411),
        ("chunks twice", post("transfer-encoding: chunked\r\ntransfer-encoding: chunked", chunks), 411),
        ("no such coding", post("transfer-encoding: xchunked", chunks), 400),
        ("a coding that is not the last", post("transfer-encoding: chunked, identity", chunks), 400),
        ("a coding before the name's colon", post("transfer-encoding : chunked", chunks), 400),
        ("two lengths", post("content-length: 5\r\ncontent-length: 6", "hello"), 400),
        ("a list of lengths", post("content-length: 5, 5", "hello"), 400),
        ("a length with a sign", post("content-length: +5", "hello"), 400),
        ("a length in hex", post("content-length: 0x5", "hello"), 400),
        ("a length below zero", post("content-length: -1", ""), 400),
        ("a length beyond numbers", post("content-length: 99999999999999999999", ""), 400),
        ("a folded line", get("GET / HTTP/1.1", &format!("{host}x: a\r\n b\r\n")), 400),
        ("a bare carriage return", get("GET / HTTP/1.1", &format!("{host}x: a\rb: c\r\n")), 400),
        ("a nul", get("GET / HTTP/1.1", &format!("{host}x: a\0b\r\n")), 400),
        ("a blank before the colon", get("GET / HTTP/1.1", &format!("{host}x : a\r\n")), 400),
        ("a name with a blank", get("GET / HTTP/1.1", &format!("{host}x y: a\r\n")), 400),
        ("no name", get("GET / HTTP/1.1", &format!("{host}: a\r\n")), 400),
        ("no host", get("GET / HTTP/1.1", "x: y\r\n"), 400),
        ("two hosts", get("GET / HTTP/1.1", &format!("{host}host: evil.example\r\n")), 400),
        ("another host in the address", get("GET http://evil.example/ HTTP/1.1", &host), 400),
        ("a tunnel", get("CONNECT evil.example:443 HTTP/1.1", "host: evil.example:443\r\n"), 400),
        ("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 0),
        ("no such version", get("GET / HTTP/3.1", &host), 0),
        ("HTTP/0.9", "GET /\r\n\r\n".to_owned(), 0),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}".to_owned(), 0),
        ("nonsense", "\r\n\r\n\u{1}\u{2}\u{3}\r\n\r\n".to_owned(), 0),
    ] {
        let told = Raw::with(to, sent.as_bytes()).await.rest().await;
        // 0: what is no HTTP of these versions is cut, with a word or without.
        let cut = status == 0 && (told.is_empty() || told.starts_with("HTTP/1.1 400 "));
        assert!(cut || told.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {told}");
        assert!(told.matches("HTTP/1.1 ").count() <= 1, "{name}: what followed was answered too: {told}");
    }
    // A lone line feed ends a line, as the standard lets it: nothing is hidden behind one.
    let told = Raw::with(to, format!("GET /help.css HTTP/1.1\nhost: {to}\nconnection: close\n\n").as_bytes()).await;
    assert!(told.rest().await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn what_is_unusual_but_right_is_answered() {
    let server = TestServer::start().await;
    let to = server.address;
    for (name, sent) in [
        (
            "the address in full",
            format!("GET http://{to}/help.css HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\n\r\n"),
        ),
        ("HTTP/1.0", "GET /help.css HTTP/1.0\r\n\r\n".to_owned()),
        ("an empty line before", format!("\r\nGET /help.css HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\n\r\n")),
        ("a body that nobody asked for", {
            format!("GET /help.css HTTP/1.1\r\nhost: {to}\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello")
        }),
        ("the same length twice", {
            let lengths = "content-length: 5\r\ncontent-length: 5\r\n";
            format!("GET /help.css HTTP/1.1\r\nhost: {to}\r\n{lengths}connection: close\r\n\r\nhello")
        }),
        ("headers in capitals", format!("GET /help.css HTTP/1.1\r\nHOST:{to}\r\nCONNECTION:close\r\n\r\n")),
    ] {
        let told = Raw::with(to, sent.as_bytes()).await.rest().await;
        assert!(told.starts_with("HTTP/1.1 200") || told.starts_with("HTTP/1.0 200"), "{name}: {told}");
    }
}

#[tokio::test]
async fn requests_have_a_size() {
    let server = TestServer::start().await;
    let to = server.address;
    // 64 headers are allowed, and this request has two of its own.
    let ask = |headers: usize, size: usize, path: usize| {
        let many: String = (0..headers).map(|n| format!("h{n}: x\r\n")).collect();
        let (long, path) = ("y".repeat(size), "p".repeat(path));
        format!("GET /help.css?{path} HTTP/1.1\r\nhost: {to}\r\nconnection: close\r\n{many}z: {long}\r\n\r\n")
    };
    for (name, sent, status) in [
        ("64 headers", ask(61, 1, 0), "200"),
        ("65 headers", ask(62, 1, 0), "431"),
        ("1,000 headers", ask(1_000, 1, 0), "431"),
        ("15 KiB of them", ask(0, 15 * 1024, 0), "200"),
        ("17 KiB of them", ask(0, 17 * 1024, 0), "431"),
        ("a megabyte of them", ask(0, 1 << 20, 0), "431"),
        ("8 KiB of address", ask(0, 1, 8 * 1024), "200"),
        ("17 KiB of address", ask(0, 1, 17 * 1024), "431"),
    ] {
        let told = Raw::with(to, sent.as_bytes()).await.rest().await;
        // Whoever still sends when the answer is given may hear of a reset instead.
        let fits = told.starts_with(&format!("HTTP/1.1 {status}")) || (status == "431" && told.is_empty());
        assert!(fits, "{name}: {}", told.get(..80).unwrap_or(&told));
    }
    let body = |n: usize| format!("{{\"email\":\"{}\",\"password\":\"\"}}", "e".repeat(n - 26));
    for (bytes, status) in [(64 * 1024, 401), (64 * 1024 + 1, 413)] {
        let body = body(bytes);
        assert_eq!(body.len(), bytes);
        assert_eq!(server.post("/api/v1/login", &[], &body).await.status, status, "{bytes}");
    }
}

#[tokio::test]
async fn other_methods_are_not_allowed_anywhere() {
    let server = TestServer::start().await;
    for path in ["/", "/chat", "/widget.js", "/console/", "/help/", "/help.css", "/api/v1/me", "/api/v1/conversations"]
    {
        for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            let answer = server.request(method, path, &[("connection", "close")], "").await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(!answer.body.contains(path) || path == "/", "{method} {path} is echoed: {}", answer.body);
        }
    }
    for path in ["/api/v1/login", "/api/v1/logout"] {
        for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
            assert_eq!(
                server.request(method, path, &[("connection", "close")], "").await.status,
                405,
                "{method} {path}"
            );
        }
    }
}
