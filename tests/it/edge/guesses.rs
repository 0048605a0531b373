//! What guesses at passwords may cost, and that they do not stand in the owner's way.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use deskbell::config::Login;
use deskbell::types::Role;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::durability::program::{Program, deskbell, directory};
use crate::support::{Client, PASSWORD, TestServer, request};

/// A server behind a trusted proxy that counts no wrong passwords: only what stands behind that is asked here.
async fn open() -> TestServer {
    TestServer::with(|c| {
        c.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
        c.login = Login { per_address: 100_000, per_account: 100_000, ..Login::default() };
    })
    .await
}

/// Sends a login and does not wait.
async fn begin(server: &TestServer, email: &str, password: &str, from: &str) -> TcpStream {
    let body = json!({"email": email, "password": password}).to_string();
    let origin = server.origin();
    let ask = format!(
        "POST /api/v1/login HTTP/1.1\r\nhost: {}\r\norigin: {origin}\r\nx-forwarded-for: {from}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        server.address,
        body.len()
    );
    let mut tcp = TcpStream::connect(server.address).await.unwrap();
    tcp.write_all(ask.as_bytes()).await.unwrap();
    tcp
}

/// The threads of this process: those that hash stay for ten seconds, so this counts the most that hashed at once.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

#[tokio::test]
#[cfg_attr(not(target_os = "linux"), ignore = "asks the kernel for the threads of a process")]
async fn who_hangs_up_makes_no_room_for_more() {
    let server = open().await;
    server.known("anna@shop.example", Role::Agent).await;
    server.login("anna@shop.example", PASSWORD).await;
    let before = threads();
    let all = (0..200_u64).map(|n| {
        let server = &server;
        async move {
            tokio::time::sleep(Duration::from_millis(3 * n)).await; // one after the other
            let line = begin(server, "anna@shop.example", "a wrong guess", &format!("198.51.100.{n}")).await;
            tokio::time::sleep(Duration::from_millis(20)).await; // as long as it takes to be read
            drop(line);
        }
    });
    futures_util::future::join_all(all).await;
    // Four strangers and one who is known, at most.
    assert!(threads() <= before + 5, "{} threads, {before} before", threads());
    server.login("anna@shop.example", PASSWORD).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_here_before_does_not_wait_behind_strangers() {
    let server = open().await;
    server.known("anna@shop.example", Role::Agent).await;
    let mut status = String::new();
    begin(&server, "anna@shop.example", PASSWORD, "192.0.2.1").await.read_to_string(&mut status).await.unwrap();
    assert!(status.starts_with("HTTP/1.1 200"), "{status}");
    let mut strangers = Vec::new();
    for n in 0..60 {
        strangers.push(begin(&server, &format!("x{n}@shop.example"), "a wrong guess", "198.51.100.1").await);
    }
    let mut answered = futures_util::stream::FuturesUnordered::new();
    for mut line in strangers {
        answered.push(async move {
            let mut told = String::new();
            line.read_to_string(&mut told).await.unwrap();
            told
        });
    }
    let mut owner = begin(&server, "anna@shop.example", PASSWORD, "192.0.2.1").await;
    let owner = async {
        let mut told = String::new();
        owner.read_to_string(&mut told).await.unwrap();
        told
    };
    tokio::pin!(owner);
    let mut before = 0;
    let told = loop {
        tokio::select! {
            biased;
            Some(told) = futures_util::StreamExt::next(&mut answered) => {
                assert!(told.starts_with("HTTP/1.1 401"), "{told}");
                before += 1;
            }
            told = &mut owner => break told,
        }
    };
    assert!(told.starts_with("HTTP/1.1 200"), "{told}");
    assert!(before < 60, "the owner came last");
}

/// Every file below a folder, with what is in it.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(files(&path)),
            false => all.push((path.clone(), std::fs::read(&path).unwrap_or_default())),
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_the_data_lets_nobody_in() {
    let directory = directory();
    let program = Program::start(directory.path());
    let add = ["user", "add", "--email", "anna@shop.example", "--name", "Anna", "--role", "agent", "--password-stdin"];
    let mut adding = deskbell(directory.path(), &add).stdin(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut adding.stdin.take().unwrap(), PASSWORD.as_bytes()).unwrap();
    assert!(adding.wait().unwrap().success());
    let body = json!({"email": "anna@shop.example", "password": PASSWORD}).to_string();
    let origin = format!("http://{}", program.address);
    let headers = [("connection", "close"), ("content-type", "application/json"), ("origin", origin.as_str())];
    let answer = request(program.address, "POST", "/api/v1/login", &headers, &body).await;
    let cookie = answer.header("set-cookie").unwrap();
    let session = cookie.split(';').next().and_then(|c| c.split_once('=')).unwrap().1.to_owned();
    let mut visitor = Client::connect(program.address, "/ws", None).await;
    visitor.hello(json!({})).await;
    visitor.say("a sentence that is kept", None).await;
    let token = visitor.token.clone().unwrap();
    program.stop();
    let data = files(&directory.path().join("data"));
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    assert!(data.iter().any(|(_, bytes)| holds(bytes, "a sentence that is kept")), "this is where things are kept");
    for secret in [PASSWORD, session.as_str(), token.as_str()] {
        assert!(secret.len() >= 12);
        for (path, bytes) in &data {
            assert!(!holds(bytes, secret), "{} holds a secret", path.display());
        }
    }
}
