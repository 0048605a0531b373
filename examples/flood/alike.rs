//! What is not yours and what is not there: whether answers differ in a byte, or in time.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::time::{Duration, Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::login::{PASSWORD, guess, tried};
use super::{PATIENCE, greet, say, start};
use crate::wire::{Failure, Socket, open, uuid};

/// Tries of each kind, and of logins.
const TRIES: usize = 500;
const LOGINS: usize = 200;

const INTENTS: &str = "intents:\n  - id: back\n    examples: [where is my refund]\n    answer: I see.\n    handoff: always\n    \
                       department: returns\n";

const AGENT: &str = "orders@shop.example";

/// Nothing here is counted or refused for being too much.
const RAISED: [(&str, &str); 9] = [
    ("DESKBELL_HTTP__NEW_CONVERSATIONS", "100000"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS_PER_VISITOR", "0"),
    ("DESKBELL_SOCKET__FRAMES_PER_SECOND", "100000"),
    ("DESKBELL_QUEUE__CAPACITY", "2000"),
    ("DESKBELL_QUEUE__PER_VISITOR", "2000"),
    ("DESKBELL_QUEUE__PER_ADDRESS", "2000"),
    ("DESKBELL_LOGIN__PER_ADDRESS", "100000"),
    ("DESKBELL_LOGIN__PER_ACCOUNT", "100000"),
    ("DESKBELL_TRUSTED_PROXIES", "[\"127.0.0.1\"]"),
];

/// Somebody who may not see what they ask for.
enum Asker {
    /// Over a socket, with frames of this type.
    Socket(Box<Socket>, &'static str),
    /// Over one connection, with this cookie.
    Http(TcpStream, String),
}

impl Asker {
    /// What is answered about this id.
    async fn ask(&mut self, c: &str) -> Result<String, Failure> {
        match self {
            Self::Socket(socket, kind) => {
                socket.send(Message::text(json!({"type": *kind, "rid": "r", "c": c}).to_string())).await?;
                loop {
                    let told = timeout(PATIENCE, socket.next()).await?.ok_or("the line ended")??;
                    if let Message::Text(text) = told
                        && text.contains("\"res\"")
                    {
                        return Ok(text.to_string());
                    }
                }
            }
            Self::Http(tcp, cookie) => {
                let ask = format!("GET /api/v1/conversations/{c} HTTP/1.1\r\nhost: x\r\ncookie: {cookie}\r\n\r\n");
                tcp.write_all(ask.as_bytes()).await?;
                let mut told = Vec::new();
                while !told.ends_with(b"\r\n\r\n") {
                    told.push(tcp.read_u8().await?);
                }
                let head = String::from_utf8(told)?;
                let length = head.lines().find_map(|l| l.strip_prefix("content-length: ")).ok_or("no length")?;
                let mut body = vec![0; length.parse()?];
                tcp.read_exact(&mut body).await?;
                let kept = head.lines().filter(|l| !l.starts_with("date: ")).collect::<Vec<_>>().join("\n");
                Ok(kept + &String::from_utf8(body)?)
            }
        }
    }
}

/// Asks by turns and prints a line for each kind of question.
#[expect(clippy::print_stdout, reason = "the result")]
pub(super) async fn run(bin: &Path, home: &Path) -> Result<(), Failure> {
    std::fs::write(home.join("intents/a.yaml"), INTENTS)?;
    add_agent(bin, home).await?;
    let (server, to) = start(bin, home, &RAISED).await?;
    let (mut socket, _) = greet(to, "owner").await?;
    let mut foreign = Vec::new();
    for n in 0..TRIES as u64 {
        foreign.push(say(&mut socket, uuid(7, n), "where is my refund", None).await?);
    }
    drop((socket, server));
    println!("{:<44} {:>6} {:>10} {:>10} {:>7}", "asked", "tries", "theirs, us", "none, us", "z");
    for kind in ["fetch, by a visitor", "open, by an agent", "GET, by an agent"] {
        // Each foreign one is asked for the first time after a start; then one of them again and again.
        let (server, to) = start(bin, home, &RAISED).await?;
        let mut asker = asker(kind, to).await?;
        for (when, ids) in [("first", foreign.clone()), ("again", vec![foreign[0].clone(); TRIES])] {
            let mut times = [Vec::new(), Vec::new()];
            let mut told = Vec::new();
            for (n, theirs) in ids.iter().enumerate() {
                let none = format!("{:032x}", 0x5eed_0000_0000_0000_0000_0000_u128 + n as u128 * 0x1_0000_0001);
                // Which of the two comes first changes.
                for which in [n % 2, 1 - n % 2] {
                    let began = Instant::now();
                    told.push(asker.ask(if which == 0 { theirs } else { &none }).await?);
                    times[which].push(began.elapsed());
                }
            }
            if let Some(other) = told.iter().find(|t| **t != told[0] || !t.contains("not_found")) {
                return Err(format!("{kind}, {when}: {} and {other}", told[0]).into());
            }
            print(&format!("{kind}, {when}"), times);
        }
        drop(server);
    }
    let (_server, to) = start(bin, home, &RAISED).await?;
    let mut times = [Vec::new(), Vec::new()];
    for n in 0..LOGINS {
        for which in [n % 2, 1 - n % 2] {
            let account = if which == 0 { AGENT.to_owned() } else { format!("nobody{n}@shop.example") };
            let (status, took) = tried(to, &guess(account, "203.0.113.1".to_owned())).await?;
            if status != 401 {
                return Err(format!("a wrong password was told {status}").into());
            }
            times[which].push(took);
        }
    }
    print("login, a wrong password", times);
    Ok(())
}

async fn asker(kind: &str, to: SocketAddr) -> Result<Asker, Failure> {
    if kind.starts_with("fetch") {
        return Ok(Asker::Socket(Box::new(greet(to, "stranger").await?.0), "fetch"));
    }
    let cookie = cookie(to).await?;
    if kind.starts_with("GET") {
        return Ok(Asker::Http(TcpStream::connect(to).await?, cookie));
    }
    let mut socket = open(&format!("http://{to}"), "/ws/agent", Some(&cookie)).await?;
    socket.send(Message::text(json!({"type": "hello", "v": 1, "device": "d"}).to_string())).await?;
    Ok(Asker::Socket(Box::new(socket), "open"))
}

async fn add_agent(bin: &Path, home: &Path) -> Result<(), Failure> {
    let mut child = Command::new(bin)
        .args(["user", "add", "--email", AGENT, "--name", "O", "--role", "agent", "--department", "orders"])
        .args(["--password-stdin", "--data"])
        .arg(home.join("data"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    child.stdin.take().ok_or("no input")?.write_all(PASSWORD.as_bytes()).await?;
    if child.wait().await?.success() { Ok(()) } else { Err("the agent could not be added".into()) }
}

async fn cookie(to: SocketAddr) -> Result<String, Failure> {
    let body = json!({"email": AGENT, "password": PASSWORD}).to_string();
    let ask = format!(
        "POST /api/v1/login HTTP/1.1\r\nhost: {to}\r\norigin: http://{to}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut tcp = TcpStream::connect(to).await?;
    tcp.write_all(ask.as_bytes()).await?;
    let mut told = String::new();
    timeout(PATIENCE, tcp.read_to_string(&mut told)).await??;
    let cookie = told.lines().find_map(|l| l.strip_prefix("set-cookie: ")).and_then(|c| c.split(';').next());
    Ok(cookie.ok_or("not logged in")?.to_owned())
}

#[expect(clippy::print_stdout, reason = "the result")]
fn print(what: &str, times: [Vec<Duration>; 2]) {
    let (z, tries) = (rank(&times), times[0].len());
    let [theirs, none] = times.map(|mut all| {
        all.sort();
        all[all.len() / 2].as_micros()
    });
    println!("{what:<44} {tries:>6} {theirs:>10} {none:>10} {z:>7.2}");
}

/// The rank test of Mann and Whitney, as a normal deviate: beyond 1.96 on either side in one of twenty pairs that are alike.
/// Positive: the first take longer.
fn rank(times: &[Vec<Duration>; 2]) -> f64 {
    let mut all: Vec<(Duration, usize)> =
        (0..2).flat_map(|which| times[which].iter().map(move |took| (*took, which))).collect();
    all.sort();
    let (n, m) = (times[0].len() as f64, times[1].len() as f64);
    // Nanoseconds: as good as no two are equal.
    let sum: f64 = (1..).zip(&all).filter(|(_, (_, which))| *which == 0).map(|(place, _)| f64::from(place)).sum();
    let u = sum - n * (n + 1.0) / 2.0;
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}
