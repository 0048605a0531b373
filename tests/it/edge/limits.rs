//! Limits hit whoever reaches them, and nobody beside them.

use std::net::Ipv4Addr;

use deskbell::config::Config;
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::{Client, PATIENCE, TestServer, request};

/// With the limits of the default file: others of these tests ask for more.
fn defaults(config: &mut Config) {
    let default = Config::default();
    (config.http, config.socket) = (default.http, default.socket);
    config.http.drain_ms = 300;
}

#[tokio::test]
async fn an_office_behind_one_address_is_served() {
    let server = TestServer::with(defaults).await;
    let mut office = Vec::new();
    for n in 0..150 {
        let mut client = Client::connect_from(Ipv4Addr::new(127, 0, 0, 2), server.address, "/ws").await;
        client.hello(json!({"device": format!("desk-{n}")})).await;
        office.push(client);
    }
    for (n, client) in office.iter_mut().enumerate() {
        let told = client.say("when are you open?", None).await;
        assert_eq!(told["type"], "ack", "{n}: {told}");
    }
    for client in &mut office {
        client.settle().await;
    }
}

#[tokio::test]
async fn who_writes_too_fast_is_told_why_and_others_are_not() {
    let server = TestServer::with(defaults).await;
    let (mut fast, mut other) = (server.visitor().await, server.visitor().await);
    let c = fast.say("hello", None).await["c"].as_str().unwrap().to_owned();
    let mut refused = Vec::new();
    for _ in 0..30 {
        let told = fast.say("hello again", Some(&c)).await;
        if told["type"] == "nack" {
            assert_eq!((told["code"].as_str(), told["retry"].as_str()), (Some("rate"), Some("later")), "{told}");
            refused.push(told["after_ms"].as_u64().unwrap());
        }
    }
    assert!(!refused.is_empty() && refused.iter().all(|ms| (1..=1_000).contains(ms)), "{refused:?}");
    // From the same address, in the same moment.
    assert_eq!(other.say("hello", None).await["type"], "ack");
    fast.settle().await;
}

/// A series of the metrics, once it has this value.
async fn counted(server: &TestServer, series: &str, value: &str) {
    let look = async {
        loop {
            let all = request(server.admin, "GET", "/metrics", &[("connection", "close")], "").await.body;
            if all.lines().any(|l| l.strip_prefix(series).is_some_and(|v| v.trim() == value)) {
                return;
            }
        }
    };
    timeout(PATIENCE, look).await.unwrap_or_else(|_| panic!("{series} never was {value}"));
}

#[tokio::test]
async fn who_is_refused_and_who_is_gone_is_counted() {
    let server = TestServer::with(|c| c.http.per_address = 3).await;
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(server.visitor().await);
    }
    counted(&server, "ws_connections ", "3").await;
    assert_eq!(server.get("/chat").await.status, 429);
    counted(&server, "connections_refused_total{why=\"address\"} ", "1").await;
    let _ = all.remove(0).socket.close(None).await;
    counted(&server, "ws_connections ", "2").await;
    drop(all);
    counted(&server, "ws_connections ", "0").await;
}

#[tokio::test]
async fn who_says_nothing_is_not_waited_for_like_one_who_began() {
    let an_hour = 3_600_000;
    let server = TestServer::with(|c| (c.http.first_byte_ms, c.http.header_ms) = (100, an_hour)).await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let told = timeout(PATIENCE, silent.read(&mut [0])).await.expect("an end").unwrap_or_default();
    assert_eq!(told, 0);
}
