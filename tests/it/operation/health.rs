//! Alive and ready: when the server ends, when its disk does not take anything, when its content is broken.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::channel;
use std::time::Duration;

use rusqlite::Connection;
use serde_json::json;

use super::program::{INTENTS, Program, replace};
use crate::support::{Client, PATIENCE, TestServer};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_ends_is_not_ready_and_says_so() {
    let mut program = Program::start(&[("DESKBELL_HTTP__DRAIN_MS", "600000")]);
    let mut visitor = Client::connect(program.address, "/ws", None).await;
    visitor.hello(json!({})).await;
    assert_eq!(program.admin("/readyz").await.status, 200);
    program.terminate();
    program.until("ending");
    let answer = program.admin("/readyz").await;
    let told = answer.json();
    assert_eq!((answer.status, &told["ready"], &told["draining"]), (503, &json!(false), &json!(true)), "{told}");
    assert_eq!(told["why"], "the server ends");
    assert_eq!(program.admin("/livez").await.status, 200, "it is alive until it has ended");
    assert_eq!(program.admin("/metrics").await.status, 200);
    visitor.wait(|f| f["type"] == "drain").await;
    visitor.socket.close(None).await.unwrap();
    assert_eq!(program.ended().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_be_written_is_told() {
    let program = Program::start(&[]);
    let told = program.ready(|t| t["ready"] == true).await;
    assert_eq!((&told["store"], &told["why"]), (&json!("ok"), &json!(null)));
    let database = Connection::open(program.data().join("deskbell.db")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let answer = program.admin("/readyz").await;
    let told = answer.json();
    assert_eq!((answer.status, &told["store"]), (503, &json!("failing")), "{told}");
    assert!(told["why"].as_str().is_some_and(|why| why.contains("store")), "{told}");
    assert_eq!(program.admin("/livez").await.status, 200, "a restart would not help");
    database.execute_batch("ROLLBACK").unwrap();
    program.ready(|t| t["ready"] == true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_content_changes_nothing_but_is_told() {
    let program = Program::start(&[]);
    let first = program.ready(|t| t["ready"] == true).await;
    assert_eq!(first["content"]["rejected"], json!(null));
    let file = program.content("intents/a.yaml");
    replace(&file, &INTENTS.replace("handoff: always", "nonsense: always"));
    let told = program.ready(|t| t["content"]["rejected"].is_string()).await;
    let why = told["content"]["rejected"].as_str().unwrap();
    assert!(why.starts_with("intents/a.yaml:11"), "{told}");
    assert_eq!((&told["ready"], &told["content"]["version"]), (&json!(true), &first["content"]["version"]));
    let figures = program.admin("/metrics").await.body;
    assert!(figures.contains("content_reload_total{result=\"rejected\"} 1"), "{figures}");
    // The one before answers still, and after a restart too.
    let program = program.again(&[]);
    let told = program.ready(|t| t["ready"] == true).await;
    assert!(told["content"]["rejected"].as_str().is_some_and(|w| w.starts_with("intents/a.yaml:11")), "{told}");
    assert_eq!(told["content"]["version"], first["content"]["version"]);
    let mut visitor = Client::connect(program.address, "/ws", None).await;
    visitor.hello(json!({})).await;
    visitor.say("when are you open?", None).await;
    visitor.wait(|f| f["kind"] == "answer").await;
    replace(&program.content("intents/a.yaml"), &INTENTS.replace("eight to eight", "nine to five"));
    let told = program.ready(|t| t["content"]["rejected"].is_null()).await;
    assert_ne!(told["content"]["version"], first["content"]["version"]);
}

#[tokio::test]
async fn what_is_for_operators_is_not_on_the_public_port() {
    let server = TestServer::start().await;
    for path in ["/livez", "/readyz", "/metrics", "/metrics/", "//metrics", "/console/../metrics", "/help/../metrics"] {
        let answer = server.get(path).await;
        assert!(
            !answer.body.contains("ws_connections") && !answer.body.contains("draining"),
            "{path}: {}",
            answer.body
        );
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[test]
fn an_event_loop_that_stands_still_is_not_alive() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(TestServer::start());
    let ask = || {
        let mut line = TcpStream::connect(server.admin).unwrap();
        line.write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        line
    };
    let answer = |mut line: TcpStream, patience: Duration| {
        line.set_read_timeout(Some(patience)).unwrap();
        let mut first = [0; 12];
        line.read_exact(&mut first).map(|()| String::from_utf8_lossy(&first).into_owned())
    };
    assert_eq!(answer(ask(), PATIENCE).unwrap(), "HTTP/1.1 200");
    let (begun, begins) = channel();
    let (go_on, waits) = channel::<()>();
    runtime.spawn(async move {
        begun.send(()).unwrap();
        let _ = waits.recv(); // blocks the only thread that there is
    });
    begins.recv().unwrap();
    let line = ask();
    assert!(answer(line.try_clone().unwrap(), Duration::from_millis(300)).is_err());
    go_on.send(()).unwrap();
    assert_eq!(answer(line, PATIENCE).unwrap(), "HTTP/1.1 200");
}
