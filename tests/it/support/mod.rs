//! A whole server in this process, and clients that keep every frame and wait for the ones they are asked for.

mod beside;
pub(crate) mod faulty;
pub(crate) mod relay;
mod workshop;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use deskbell::auth;
use deskbell::bus::Local;
use deskbell::config::Config;
use deskbell::content::{self, SourceFile};
use deskbell::desk::{Desk, Options, Origin};
use deskbell::http;
use deskbell::store::{self, NewPerson, Store};
use deskbell::types::Role;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async};
use tokio_util::sync::CancellationToken;

/// Nothing here takes longer, however busy the machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What everybody here logs in with.
pub(crate) const PASSWORD: &str = "correct horse";

const INTENTS: &str = "
intents:
  - id: opening-hours
    title: When are you open?
    examples: [when are you open, what are your opening hours]
    answer: Every day from eight to eight.
  - id: complaint
    title: A complaint
    examples: [i want to complain, i have a complaint]
    answer: I am sorry to hear that.
    handoff: always
";

const ARTICLE: &str = "---\ntitle: How do I return a lamp?\n---\nSend it back within 30 days.\n\n## How long do I have?\n\nThirty days. <script>alert(1)</script>\n";

/// A server on a port of its own.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) store: Arc<dyn Store>,
    desk: Weak<Desk>,
    pub(crate) shutdown: CancellationToken,
    pub(crate) running: JoinHandle<()>,
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    /// With changed settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
        Self::on(store, Options::default(), change).await
    }

    /// On a store that is there already. A machine that is busy with other tests makes it refuse nobody.
    pub(crate) async fn on(store: Arc<dyn Store>, mut options: Options, change: impl FnOnce(&mut Config)) -> Self {
        options.crowded_after = Duration::ZERO;
        Self::under_pressure(store, options, change).await
    }

    /// With more files of content.
    pub(crate) async fn with_content(more: &[(&str, &str)]) -> Self {
        let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
        let options = Options { crowded_after: Duration::ZERO, ..Options::default() };
        Self::of(store, options, more, |_| {}).await
    }

    /// The same, with refusals where it is too much.
    pub(crate) async fn under_pressure(
        store: Arc<dyn Store>,
        options: Options,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        Self::of(store, options, &[], change).await
    }

    pub(crate) async fn of(
        store: Arc<dyn Store>,
        options: Options,
        more: &[(&str, &str)],
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = Config::default();
        config.http.drain_ms = 300;
        // One person plays all visitors here; what is capped is asked for by the tests of it.
        config.http.new_conversations_per_visitor = 0;
        change(&mut config);
        let mut files = vec![
            SourceFile { path: "intents/a.yaml".into(), bytes: INTENTS.into() },
            SourceFile { path: "knowledge/returns/how.md".into(), bytes: ARTICLE.into() },
        ];
        files.extend(more.iter().map(|(path, text)| SourceFile { path: (*path).into(), bytes: (*text).into() }));
        files.sort_by(|a, b| a.path.cmp(&b.path));
        let (content, problems) = content::build(&files);
        assert!(problems.iter().all(|p| p.severity < content::Severity::Error), "{problems:?}");
        let version = content.version.clone();
        let desk = Desk::open(store.clone(), Arc::new(Local::default()), Arc::new(content), options).await.unwrap();
        desk.originates(Origin { version, files: files.into(), release: None });
        let shutdown = CancellationToken::new();
        tokio::spawn(desk.clone().run(shutdown.clone()));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let admin_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, admin) = (listener.local_addr().unwrap(), admin_listener.local_addr().unwrap());
        let known = Arc::downgrade(&desk);
        let running = tokio::spawn(http::run(listener, Some(admin_listener), desk, Arc::new(config), shutdown.clone()));
        Self { address, admin, store, desk: known, shutdown, running }
    }

    /// While the server runs; whoever keeps it keeps the data in use.
    pub(crate) fn desk(&self) -> Arc<Desk> {
        self.desk.upgrade().expect("a server that runs")
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A visitor who has said hello.
    pub(crate) async fn visitor(&self) -> Client {
        self.visitor_with(json!({})).await
    }

    /// The same with more in the `hello`.
    pub(crate) async fn visitor_with(&self, more: Value) -> Client {
        let mut client = self.socket("/ws", None).await;
        client.hello(more).await;
        client
    }

    /// A person who has logged in; its cookie.
    pub(crate) async fn person(&self, email: &str, role: Role) -> String {
        self.known(email, role).await;
        self.login(email, PASSWORD).await
    }

    /// A person who can log in.
    pub(crate) async fn known(&self, email: &str, role: Role) {
        self.store
            .add_person(NewPerson {
                email: email.into(),
                name: "Anna".into(),
                role,
                departments: Vec::new(),
                languages: vec![],
                skills: vec![],
                capacity: 3,
                password_hash: auth::hash_password(PASSWORD).unwrap(),
            })
            .await
            .unwrap();
    }

    pub(crate) async fn login(&self, email: &str, password: &str) -> String {
        let answer = self.post("/api/v1/login", &[], &json!({"email": email, "password": password}).to_string()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    /// An agent at the desk, online.
    pub(crate) async fn agent(&self, cookie: &str) -> Client {
        let mut client = self.socket("/ws/agent", Some(cookie)).await;
        client.hello(json!({})).await;
        client.send(json!({"type": "presence", "state": "online"})).await;
        client
    }

    /// A socket before its hello.
    pub(crate) async fn socket(&self, path: &str, cookie: Option<&str>) -> Client {
        Client::connect(self.address, path, cookie).await
    }

    /// What an upgrade with these headers is answered with.
    pub(crate) async fn upgrade(&self, path: &str, headers: &[(&str, &str)]) -> u16 {
        let mut all = vec![
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ];
        all.extend(headers);
        self.request("GET", path, &all, "").await.status
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request("GET", path, &[("connection", "close")], "").await
    }

    /// The same for whoever has this cookie.
    pub(crate) async fn get_as(&self, cookie: &str, path: &str) -> Answer {
        self.request("GET", path, &[("connection", "close"), ("cookie", cookie)], "").await
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let origin = self.origin();
        let mut all = vec![("connection", "close"), ("content-type", "application/json")];
        if !headers.iter().any(|(n, _)| *n == "origin") {
            all.push(("origin", &origin));
        }
        all.retain(|(n, _)| !headers.iter().any(|(h, _)| h == n));
        all.extend(headers.iter().filter(|(_, v)| !v.is_empty()));
        self.request("POST", path, &all, body).await
    }

    pub(crate) async fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        request(self.address, method, path, headers, body).await
    }
}

/// One request, headers as they are given.
pub(crate) async fn request(to: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let mut text = format!("{method} {path} HTTP/1.1\r\n");
    if !headers.iter().any(|(n, _)| *n == "host") {
        text += &format!("host: {to}\r\n");
    }
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() || method == "POST" {
        text += &format!("content-length: {}\r\n", body.len());
    }
    text += "\r\n";
    text += body;
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let read = async {
        let mut buffer = [0; 8192];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(n) => bytes.extend_from_slice(&buffer[..n]),
            }
            // An upgrade leaves the line open.
            if bytes.starts_with(b"HTTP/1.1 101") {
                break;
            }
        }
    };
    timeout(PATIENCE, read).await.expect("an answer");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|l| l.split(' ').nth(1)).and_then(|s| s.parse().ok()).unwrap_or(0);
    let headers = lines.filter_map(|l| l.split_once(": ")).map(|(n, v)| (n.to_lowercase(), v.to_owned())).collect();
    Answer { status, headers, body: body.to_owned() }
}

/// An answer over HTTP.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

/// A socket.
pub(crate) struct Client {
    pub(crate) socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) frames: Vec<Value>,
    pub(crate) token: Option<String>,
    requests: u32,
}

impl Client {
    /// Before its hello.
    pub(crate) async fn connect(address: SocketAddr, path: &str, cookie: Option<&str>) -> Self {
        Self::open(Ipv4Addr::LOCALHOST, address, path, cookie, &format!("http://{address}")).await
    }

    /// The same from a page of this origin.
    pub(crate) async fn connect_as(address: SocketAddr, path: &str, origin: &str) -> Self {
        Self::open(Ipv4Addr::LOCALHOST, address, path, None, origin).await
    }

    /// The same from an address of the loopback.
    pub(crate) async fn connect_from(source: Ipv4Addr, address: SocketAddr, path: &str) -> Self {
        Self::open(source, address, path, None, &format!("http://{address}")).await
    }

    async fn open(source: Ipv4Addr, address: SocketAddr, path: &str, cookie: Option<&str>, origin: &str) -> Self {
        let cookie = cookie.map(|cookie| ("cookie", cookie));
        let headers: Vec<_> = [("origin", origin)].into_iter().chain(cookie).collect();
        Self::with_headers(source, address, path, &headers).await
    }

    /// The same with these headers of its own.
    pub(crate) async fn with_headers(
        source: Ipv4Addr,
        address: SocketAddr,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Self {
        let mut request = format!("ws://{address}{path}").into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let tcp = TcpSocket::new_v4().unwrap();
        tcp.bind((source, 0).into()).unwrap();
        let stream = MaybeTlsStream::Plain(tcp.connect(address).await.unwrap());
        let (socket, _) = client_async(request, stream).await.unwrap();
        Self { socket, frames: Vec::new(), token: None, requests: 0 }
    }

    pub(crate) async fn hello(&mut self, more: Value) -> Value {
        let mut hello = json!({"type": "hello", "v": 1, "device": cmid()});
        for (key, value) in more.as_object().unwrap() {
            hello[key] = value.clone();
        }
        self.send(hello).await;
        let welcome = self.wait(|f| f["type"] == "welcome").await;
        if let Some(token) = welcome["token"].as_str() {
            self.token = Some(token.to_owned());
        }
        welcome
    }

    pub(crate) fn epoch(&self) -> String {
        self.frames.iter().find_map(|f| f["epoch"].as_str()).unwrap().to_owned()
    }

    pub(crate) async fn send(&mut self, frame: Value) {
        self.raw(Message::text(frame.to_string())).await;
    }

    pub(crate) async fn raw(&mut self, message: Message) {
        // A socket that was closed meanwhile says so when it is read.
        let _ = self.socket.send(message).await;
    }

    /// The first frame that fits, of those that are there and those to come.
    pub(crate) async fn wait(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        self.wait_from(0, fits).await
    }

    pub(crate) async fn wait_from(&mut self, start: usize, fits: impl Fn(&Value) -> bool) -> Value {
        let mut at = start;
        loop {
            while at < self.frames.len() {
                if fits(&self.frames[at]) {
                    return self.frames[at].clone();
                }
                at += 1;
            }
            match timeout(PATIENCE, self.socket.next()).await {
                Ok(Some(Ok(Message::Text(text)))) => self.frames.push(serde_json::from_str(&text).unwrap()),
                Ok(Some(Ok(Message::Close(close)))) => panic!("closed with {close:?}; {:#?}", self.last()),
                Ok(Some(Ok(_))) => {}
                other => panic!("waited in vain ({other:?}); {:#?}", self.last()),
            }
        }
    }

    fn last(&self) -> &[Value] {
        &self.frames[self.frames.len().saturating_sub(6)..]
    }

    /// The code that the server closes with; 0 where the line ends without one.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match timeout(PATIENCE, self.socket.next()).await.expect("an end") {
                Some(Ok(Message::Text(text))) => self.frames.push(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => return close.code.into(),
                Some(Ok(_)) => {}
                Some(Err(Error::Protocol(_) | Error::Io(_))) | None => return 0,
                Some(Err(error)) => panic!("{error}"),
            }
        }
    }

    /// The same where the server may end it before: with which code.
    pub(crate) async fn settled(&mut self) -> Option<u16> {
        let start = self.frames.len();
        self.send(json!({"type": "ping", "n": 77})).await;
        while !self.frames[start..].iter().any(|f| f["type"] == "pong" && f["n"] == 77) {
            match timeout(PATIENCE, self.socket.next()).await.expect("a pong or an end") {
                Some(Ok(Message::Text(text))) => self.frames.push(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(close)))) => return Some(close.code.into()),
                Some(Ok(_)) => {}
                other => panic!("neither pong nor close: {other:?}"),
            }
        }
        None
    }

    /// Sends words; the ack or nack.
    pub(crate) async fn say(&mut self, text: &str, c: Option<&str>) -> Value {
        self.say_as(text, c, &cmid()).await
    }

    pub(crate) async fn say_as(&mut self, text: &str, c: Option<&str>, cmid: &str) -> Value {
        let start = self.frames.len();
        let mut frame = json!({"type": "send", "cmid": cmid, "kind": "text", "body": {"text": text}});
        if let Some(c) = c {
            frame["c"] = json!(c);
        }
        self.send(frame).await;
        self.wait_from(start, |f| (f["type"] == "ack" || f["type"] == "nack") && f["cmid"] == cmid).await
    }

    /// A request with a `rid`; its `res`.
    pub(crate) async fn call(&mut self, mut frame: Value) -> Value {
        self.requests += 1;
        let rid = format!("r{}", self.requests);
        frame["rid"] = json!(rid);
        let start = self.frames.len();
        self.send(frame).await;
        self.wait_from(start, |f| f["type"] == "res" && f["rid"] == rid.as_str()).await
    }

    /// All events so far of a conversation, in the order in which they came.
    pub(crate) fn log(&self, c: &str) -> Vec<Value> {
        self.frames.iter().filter(|f| f["type"] == "ev" && f["c"] == c).cloned().collect()
    }

    /// Everything up to this point was read: after an answer to a ping nothing older is under way.
    pub(crate) async fn settle(&mut self) {
        let start = self.frames.len();
        self.send(json!({"type": "ping", "n": 77})).await;
        self.wait_from(start, |f| f["type"] == "pong" && f["n"] == 77).await;
    }
}

/// A fresh UUID.
pub(crate) fn cmid() -> String {
    let n = (getrandom::u64().unwrap(), getrandom::u64().unwrap());
    let h = format!("{:016x}{:016x}", n.0, n.1);
    format!("{}-{}-4{}-8{}-{}", &h[..8], &h[8..12], &h[13..16], &h[17..20], &h[20..32])
}
