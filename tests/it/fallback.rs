//! The visitor's protocol over plain HTTP: the same session, where sockets are blocked.

use std::net::SocketAddr;
use std::time::Duration;

use deskbell::types::Role;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Answer, TestServer, cmid, request};

const PATIENCE: Duration = Duration::from_secs(30);

/// A stream that is being read.
struct Line {
    server: SocketAddr,
    reader: BufReader<TcpStream>,
    name: String,
    seen: Vec<Value>,
    rest: String,
}

impl Line {
    async fn open(server: &TestServer) -> Self {
        let mut tcp = TcpStream::connect(server.address).await.unwrap();
        let agent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
        let head = format!(
            "POST /api/v1/stream HTTP/1.1\r\nhost: {}\r\nuser-agent: {agent}\r\ncontent-length: 0\r\n\r\n",
            server.address
        );
        tcp.write_all(head.as_bytes()).await.unwrap();
        let mut reader = BufReader::new(tcp);
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).await.unwrap();
            assert!(!line.is_empty(), "no answer");
        }
        let mut this = Self { server: server.address, reader, name: String::new(), seen: vec![], rest: String::new() };
        this.name = this.line().await.unwrap();
        this
    }

    /// The next line of the body; none where it has ended.
    async fn line(&mut self) -> Option<String> {
        loop {
            if let Some((line, rest)) = self.rest.split_once('\n') {
                let (line, rest) = (line.to_owned(), rest.to_owned());
                self.rest = rest;
                return Some(line);
            }
            let mut size = String::new();
            timeout(PATIENCE, self.reader.read_line(&mut size)).await.expect("a line").ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok().filter(|n| *n > 0)?;
            let mut chunk = vec![0; size + 2];
            self.reader.read_exact(&mut chunk).await.ok()?;
            self.rest += std::str::from_utf8(&chunk[..size]).unwrap();
        }
    }

    async fn wait(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        loop {
            let line = self.line().await.expect("more frames");
            let frame: Value = serde_json::from_str(&line).unwrap();
            self.seen.push(frame.clone());
            if fits(&frame) {
                return frame;
            }
        }
    }

    async fn post(&self, lines: &[String]) -> Answer {
        let body = format!("{}\n{}", self.name, lines.join("\n"));
        request(self.server, "POST", "/api/v1/stream/send", &[("connection", "close")], &body).await
    }

    async fn send(&self, frame: Value) {
        assert_eq!(self.post(&[frame.to_string()]).await.status, 204);
    }

    async fn hello(&mut self, more: Value) -> Value {
        let mut hello = json!({"type": "hello", "v": 1, "device": cmid()});
        for (key, value) in more.as_object().unwrap() {
            hello[key] = value.clone();
        }
        self.send(hello).await;
        self.wait(|f| f["type"] == "welcome").await
    }

    /// How the server ended it.
    async fn closed(&mut self) -> u64 {
        self.wait(|f| f["type"] == "close").await["code"].as_u64().unwrap()
    }
}

fn say(text: &str, c: Option<&str>, id: &str) -> Value {
    let mut frame = json!({"type": "send", "cmid": id, "kind": "text", "body": {"text": text}});
    if let Some(c) = c {
        frame["c"] = c.into();
    }
    frame
}

#[tokio::test]
async fn a_talk_without_a_socket_is_the_same_talk() {
    let server = TestServer::start().await;
    let mut line = Line::open(&server).await;
    let welcome = line.hello(json!({})).await;
    let (token, id) = (welcome["token"].as_str().unwrap().to_owned(), cmid());
    line.send(say("I want to talk to a human", None, &id)).await;
    let ack = line.wait(|f| f["type"] == "ack").await;
    let c = ack["c"].as_str().unwrap().to_owned();
    line.wait(|f| f["type"] == "ev" && f["kind"] == "handoff").await;
    let last = line.seen.iter().filter(|f| f["type"] == "ev").map(|f| f["seq"].as_u64().unwrap()).max().unwrap();
    drop(line);

    // An agent answers while nobody listens.
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let mut agent = server.agent(&cookie).await;
    let ver = agent.call(json!({"type": "open", "c": c})).await["conversation"]["ver"].clone();
    assert_eq!(agent.call(json!({"type": "claim", "c": c, "ver": ver})).await["ok"], true);
    agent.say("Here I am", Some(&c)).await;
    let panel = server.get_as(&cookie, &format!("/api/v1/conversations/{c}/visitor")).await.json();
    assert_eq!(panel["device"], "Chrome, Android", "{panel}");

    // Back again: what was missed, once; what was sent, once.
    let mut line = Line::open(&server).await;
    let resume = json!([{"c": c, "epoch": welcome["epoch"], "seq": last}]);
    line.hello(json!({"token": token, "resume": resume})).await;
    line.wait(|f| f["type"] == "ev" && f["body"]["text"] == "Here I am").await;
    let mut prev = last;
    for ev in line.seen.iter().filter(|f| f["type"] == "ev") {
        assert_eq!(ev["prev"], prev, "a gap");
        prev = ev["seq"].as_u64().unwrap();
    }
    line.send(say("I want to talk to a human", None, &id)).await;
    let again = line.wait(|f| f["type"] == "ack").await;
    assert_eq!((&again["dup"], &again["seq"]), (&json!(true), &ack["seq"]));

    // Both directions, several frames in one request.
    let (a, b) = (cmid(), cmid());
    let two = [say("one", Some(&c), &a).to_string(), say("two", Some(&c), &b).to_string()];
    assert_eq!(line.post(&two).await.status, 204);
    agent.wait(|f| f["type"] == "ev" && f["body"]["text"] == "two").await;
    assert!(agent.log(&c).iter().any(|ev| ev["body"]["text"] == "one"));
}

#[tokio::test]
async fn who_does_not_keep_to_the_protocol_is_told_and_let_go() {
    let server = TestServer::with(|c| c.socket.hello_ms = 200).await;
    let mut silent = Line::open(&server).await;
    assert_eq!(silent.closed().await, 4502);

    let server = TestServer::start().await;
    let mut line = Line::open(&server).await;
    line.send(say("first", None, &cmid())).await;
    assert_eq!(line.closed().await, 4502, "something else than hello");

    let mut line = Line::open(&server).await;
    line.hello(json!({})).await;
    line.post(&["nonsense".into(), "{}".into(), r#"{"type":"x"}"#.into()]).await;
    assert_eq!(line.closed().await, 4500);
    assert_eq!(line.seen.iter().filter(|f| f["code"] == "invalid").count(), 3);

    let mut line = Line::open(&server).await;
    line.hello(json!({})).await;
    let flood = vec![r#"{"type":"ping","n":1}"#.to_owned(); 1_000];
    line.post(&flood).await;
    assert_eq!(line.closed().await, 4008);

    let mut line = Line::open(&server).await;
    line.hello(json!({})).await;
    assert_eq!(line.post(&["x".repeat(70_000)]).await.status, 413);
    line.send(json!({"type": "ping", "n": 7})).await;
    line.wait(|f| f["type"] == "pong" && f["n"] == 7).await;
}

#[tokio::test]
async fn a_stream_that_is_gone_takes_nothing() {
    let server = TestServer::start().await;
    let mut line = Line::open(&server).await;
    line.hello(json!({})).await;
    let name = line.name.clone();
    assert!(name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()), "{name}");
    for wrong in ["", "0", &name[1..], &name.to_uppercase(), &"0".repeat(64)] {
        let body = format!("{wrong}\n{{\"type\":\"ping\",\"n\":1}}");
        let answer = server.request("POST", "/api/v1/stream/send", &[("connection", "close")], &body).await;
        assert_eq!(answer.status, 404, "{wrong}");
    }
    let (address, left) = (line.server, name);
    drop(line);
    let gone = async {
        loop {
            let body = format!("{left}\n{{\"type\":\"ping\",\"n\":1}}");
            if request(address, "POST", "/api/v1/stream/send", &[("connection", "close")], &body).await.status == 404 {
                return;
            }
        }
    };
    timeout(PATIENCE, gone).await.expect("the name is forgotten with the line");
}

#[tokio::test]
async fn only_pages_that_may_open_a_socket_may_open_a_stream() {
    let site = |name: &str, origin: &str| deskbell::config::Site {
        name: name.into(),
        origins: vec![origin.into()],
        ..deskbell::config::Site::default()
    };
    let server = TestServer::with(|c| c.sites = vec![site("shop", "https://shop.example")]).await;
    let own = server.origin();
    for (origin, cookie, status) in [
        (Some("https://shop.example"), false, 404),
        (Some("https://shop.example"), true, 404),
        (Some(own.as_str()), false, 404),
        (None, false, 404),
        (None, true, 403),
        (Some("https://evil.example"), false, 403),
        (Some("http://shop.example"), false, 403),
        (Some("https://shop.example.evil.example"), false, 403),
        (Some("null"), false, 403),
        (Some(""), false, 403),
    ] {
        let mut headers = vec![("connection", "close")];
        headers.extend(origin.map(|o| ("origin", o)));
        headers.extend(cookie.then_some(("cookie", "deskbell=x")));
        let answer = server.request("POST", "/api/v1/stream/send", &headers, "none\n").await;
        assert_eq!(answer.status, status, "{origin:?} {cookie}");
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!(allowed, origin.filter(|o| status == 404 && *o != own), "{origin:?}");
        assert_eq!(answer.header("access-control-allow-credentials"), None);
        headers.push(("access-control-request-method", "POST"));
        let asked = server.request("OPTIONS", "/api/v1/stream", &headers, "").await;
        assert_eq!(asked.status, if status == 404 { 204 } else { 403 }, "{origin:?} asks first");
    }
}
