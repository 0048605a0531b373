//! A visitor is blocked: everywhere at once, for as long as was said, and without a trace once erased.

use deskbell::desk::Options;
use deskbell::store::privacy::{Claims, Identify};
use deskbell::store::{self, By};
use deskbell::types::{Role, Timestamp, VisitorId};
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{call, insist_guarded};
use crate::durability::program::{Program, deskbell, directory, done, run};
use crate::support::{Client, PATIENCE, TestServer, cmid};

async fn card(server: &TestServer, cookie: &str, c: &str) -> Value {
    let answer = server.get_as(cookie, &format!("/api/v1/conversations/{c}/visitor")).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()
}

/// What a stream over plain HTTP says to a hello with this token, until it ends.
async fn stream(server: &TestServer, token: &str) -> String {
    let mut tcp = TcpStream::connect(server.address).await.unwrap();
    let head = format!("POST /api/v1/stream HTTP/1.1\r\nhost: {}\r\ncontent-length: 0\r\n\r\n", server.address);
    tcp.write_all(head.as_bytes()).await.unwrap();
    let mut text = String::new();
    let mut said = false;
    let read = async {
        let mut buffer = [0; 4096];
        while !text.contains("\"close\"") {
            let n = tcp.read(&mut buffer).await.unwrap();
            assert!(n > 0, "{text}");
            text += std::str::from_utf8(&buffer[..n]).unwrap();
            let name = text.lines().find(|l| l.len() == 64 && l.bytes().all(|b| b.is_ascii_hexdigit()));
            if let (false, Some(name)) = (said, name) {
                said = true;
                let hello = json!({"type": "hello", "v": 1, "device": cmid(), "token": token});
                let answer = server
                    .request("POST", "/api/v1/stream/send", &[("connection", "close")], &format!("{name}\n{hello}"))
                    .await;
                assert_eq!(answer.status, 204, "{}", answer.body);
            }
        }
    };
    timeout(PATIENCE, read).await.expect("a close");
    text
}

async fn refused(server: &TestServer, token: &str) {
    let mut again = server.socket("/ws", None).await;
    again.send(json!({"type": "hello", "v": 1, "device": cmid(), "token": token})).await;
    assert_eq!(again.closed().await, 4506);
}

#[tokio::test]
async fn whoever_is_blocked_is_shown_out_everywhere_and_not_let_in_again() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let mut visitor = server.visitor().await;
    let c = visitor.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    let earlier = visitor.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let token = visitor.token.clone().unwrap();
    let mut tab = server.visitor_with(json!({"token": token})).await;
    let mut bystander = server.visitor().await;
    let mut agent = server.agent(&anna).await;
    agent.call(json!({"type": "watch", "view": "all"})).await;
    let known = card(&server, &anna, &c).await;
    assert_eq!(known["conversations"].as_array().unwrap().len(), 1);
    assert_eq!(known["conversations"][0]["c"], earlier.as_str());
    assert!(known.get("blocked").is_none(), "{known}");
    let path = format!("/api/v1/visitors/{}/block", known["visitor"].as_str().unwrap());
    for bad in [
        json!({"reason": ""}),
        json!({"reason": "x".repeat(501)}),
        json!({"reason": "x", "hours": 0}),
        json!({"reason": "x", "hours": 9_000}),
    ] {
        assert_eq!(call(&server, &anna, "POST", &path, &bad).await.status, 400, "{bad}");
    }
    insist_guarded(&server, &anna, "POST", &path, &json!({"reason": "threats"})).await;
    insist_guarded(&server, &anna, "GET", &format!("/api/v1/conversations/{c}/visitor"), &Value::Null).await;
    let answer = call(&server, &anna, "POST", &path, &json!({"reason": "threats", "hours": 2})).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    assert_eq!((visitor.closed().await, tab.closed().await), (4506, 4506));
    refused(&server, &token).await;
    assert!(stream(&server, &token).await.contains("4506"));
    bystander.settle().await;
    // What was open is closed, with the reason for colleagues, and the lists say so.
    for c in [&c, &earlier] {
        let log = server.get_as(&anna, &format!("/api/v1/conversations/{c}")).await.json();
        let last = log["log"].as_array().unwrap().last().unwrap().clone();
        assert_eq!((&last["kind"], &last["body"]["reason"]), (&json!("closed"), &json!("threats")), "{log}");
        assert_eq!((&log["state"], &log["visitor"]["blocked"]), (&json!("closed"), &json!(true)), "{log}");
    }
    agent.wait(|f| f["type"] == "conversation" && f["c"] == c.as_str() && f["visitor"]["blocked"] == true).await;
    let known = card(&server, &anna, &c).await;
    assert_eq!((&known["blocked"]["reason"], &known["blocked"]["by"]), (&json!("threats"), &json!("a1")), "{known}");
    let rows = server.store.audit_rows(0, None, 100).await.unwrap();
    let row = rows.iter().find(|r| r.what == "visitor_blocked").unwrap();
    assert!(row.who == "a1" && row.detail.starts_with("until ") && !row.address.is_empty(), "{row:?}");
    insist_guarded(&server, &anna, "DELETE", &path, &Value::Null).await;
    assert_eq!(call(&server, &anna, "DELETE", &path, &Value::Null).await.status, 204);
    assert_eq!(call(&server, &anna, "DELETE", &path, &Value::Null).await.status, 404, "not blocked any more");
    let mut back = server.visitor_with(json!({"token": token})).await;
    assert_eq!(back.say("when are you open?", None).await["type"], "ack");
}

#[tokio::test]
async fn a_block_holds_over_a_restart_and_ends_by_itself() {
    let directory = tempfile::tempdir().unwrap();
    let store = store::open("sqlite:", directory.path()).await.unwrap();
    let begin = Timestamp(1_800_000_000_000);
    let at = |hours: i64| Options { wall: Some(begin.plus_ms(hours * 3_600_000)), ..Options::default() };
    let server = TestServer::on(store.clone(), at(0), |_| {}).await;
    let mut visitor = server.visitor().await;
    let c = visitor.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    let token = visitor.token.clone().unwrap();
    let id = store.state(c.parse().unwrap()).await.unwrap().unwrap().visitor;
    server.shutdown.cancel();
    let _ = server.running.await;
    // By a command while no server runs: the next one does the rest.
    assert!(store.block(id, Some(begin.plus_ms(2 * 3_600_000)), "spam", By::command()).await.unwrap());
    assert!(!store.block(VisitorId(1), None, "spam", By::command()).await.unwrap(), "there is nobody such");
    let server = TestServer::on(store.clone(), at(1), |_| {}).await;
    refused(&server, &token).await;
    let closed = async {
        while store.state(c.parse().unwrap()).await.unwrap().unwrap().owner != deskbell::conversation::Owner::Closed {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, closed).await.expect("the chat is closed");
    server.shutdown.cancel();
    let _ = server.running.await;
    let server = TestServer::on(store.clone(), at(3), |_| {}).await;
    let mut back = server.visitor_with(json!({"token": token})).await;
    assert_eq!(back.say("when are you open?", None).await["type"], "ack");
    let gone = async {
        while !store.blocked().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, gone).await.expect("what has ended is tidied away");
}

#[tokio::test]
async fn commands_block_beside_a_running_server_and_erasing_leaves_nothing_of_it() {
    let directory = directory();
    let at = directory.path();
    let program = Program::start_with(at, std::process::Command::new(crate::durability::program::BINARY));
    let mut visitor = Client::connect(program.address, "/ws", None).await;
    visitor.hello(json!({})).await;
    visitor.say("i want to talk to somebody", None).await;
    let data = at.join("data");
    let database = || Connection::open(data.join("deskbell.db")).unwrap();
    let id: Vec<u8> = database().query_row("SELECT id FROM visitor", [], |row| row.get(0)).unwrap();
    let id: String = id.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(done(deskbell(at, &["visitor", "blocked"])), "");
    done(deskbell(at, &["visitor", "block", &id, "--reason", "threats of a kind"]));
    assert_eq!(visitor.closed().await, 4506);
    let told: Value = serde_json::from_str(&done(deskbell(at, &["visitor", "blocked"]))).unwrap();
    assert_eq!((told["visitor"].as_str(), told["by"].as_str()), (Some(id.as_str()), Some("command")));
    let exported: Value = serde_json::from_str(&done(deskbell(at, &["visitor", "export", &id]))).unwrap();
    assert_eq!(exported["blocked"]["reason"], "threats of a kind");
    assert_eq!(run(deskbell(at, &["visitor", "unblock", &"0".repeat(32)])).0, Some(1));
    done(deskbell(at, &["visitor", "unblock", &id]));
    assert_eq!(run(deskbell(at, &["visitor", "unblock", &id])).0, Some(1));
    done(deskbell(at, &["visitor", "block", &id, "--reason", "threats of a kind"]));
    done(deskbell(at, &["visitor", "erase", &id]));
    assert_eq!(done(deskbell(at, &["visitor", "blocked"])), "");
    let rows: i64 = database().query_row("SELECT count(*) FROM blocked", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 0);
    program.stop();
    for file in std::fs::read_dir(&data).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            let found = bytes.windows(7).any(|w| w == b"threats");
            assert!(!found, "the reason is still in {}", path.display());
        }
    }
}

#[tokio::test]
async fn whoever_identifies_takes_their_block_along() {
    let store = store::open("sqlite::memory:", std::path::Path::new(".")).await.unwrap();
    let (known, nameless) = (VisitorId(1), VisitorId(2));
    for (n, id) in [(1, known), (2, nameless)] {
        store.add_visitor(id, [n; 32], Timestamp(1)).await.unwrap();
    }
    let claims = || Claims {
        site: "shop".into(),
        subject: "u-1".into(),
        name: None,
        email: None,
        attributes: [].into(),
        issued: None,
        once: None,
    };
    let identify =
        |visitor, n| Identify { visitor, fresh: VisitorId(9), token: [n; 32], claims: claims(), at: Timestamp(2) };
    store.identify(identify(known, 3)).await.unwrap().unwrap();
    assert!(store.block(nameless, None, "spam", By::command()).await.unwrap());
    assert_eq!(store.identify(identify(nameless, 4)).await.unwrap().unwrap().visitor, known);
    let blocked = store.blocked().await.unwrap();
    assert_eq!(blocked.iter().map(|b| b.visitor).collect::<Vec<_>>(), [known]);
}
