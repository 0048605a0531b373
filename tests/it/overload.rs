//! What happens when too many want too much: the queue keeps to its places, who costs a lot is counted, and under
//! pressure the cheap goes first and the old stays. Times and rates are for `examples/storm` to measure.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use deskbell::desk::Options;
use deskbell::store::sqlite::{self, Location};
use deskbell::store::{self, Backlog, Filter, OpenMode, Store};
use deskbell::types::{Role, Timestamp, VisitorId};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::support::faulty::Faulty;
use crate::support::{Client, PATIENCE, TestServer, cmid};

async fn memory() -> Arc<dyn Store> {
    store::open("sqlite::memory:", Path::new(".")).await.unwrap()
}

/// A visitor who comes from `127.0.0.N`.
async fn visitor_from(server: &TestServer, n: u8) -> Client {
    let mut client = Client::connect_from(Ipv4Addr::new(127, 0, 0, n), server.address, "/ws").await;
    client.hello(json!({})).await;
    client
}

async fn waiting(server: &TestServer) -> usize {
    server.store.list(Filter::Waiting, 1_000).await.unwrap().len()
}

fn asks_for_address(frame: &Value) -> bool {
    frame["type"] == "ev" && frame["from"]["kind"] == "bot" && frame["body"]["ask"] == "email"
}

/// `visitors` from `addresses` press the button at the same time; by address: those who got a place, and those who did
/// not, each with its conversation.
type Crowd = BTreeMap<u8, Vec<(Client, String)>>;

async fn crowd(server: &Arc<TestServer>, visitors: u32, addresses: u32) -> (Crowd, Crowd) {
    let mut all = JoinSet::new();
    for n in 0..visitors {
        let (server, from) = (server.clone(), 2 + (n % addresses) as u8);
        all.spawn(async move {
            let mut client = visitor_from(&server, from).await;
            let res = client.call(json!({"type": "handoff"})).await;
            (from, client, res)
        });
    }
    let (mut rung, mut full) = (Crowd::new(), Crowd::new());
    for (from, client, res) in all.join_all().await {
        let c = res["c"].as_str().unwrap_or_else(|| panic!("{res}")).to_owned();
        let group = if res["ok"] == true { &mut rung } else { &mut full };
        assert!(res["ok"] == true || res["code"] == "queue_full", "{res}");
        group.entry(from).or_default().push((client, c));
    }
    (rung, full)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_gets_no_more_places_than_there_are() {
    let options = Options { queue_capacity: 40, queue_per_address: 3, ..Options::default() };
    let server = Arc::new(TestServer::on(memory().await, options, |_| {}).await);
    let (mut rung, mut full) = crowd(&server, 300, 30).await;
    assert_eq!(rung.values().map(Vec::len).sum::<usize>(), 40, "every place is taken, and none twice");
    assert!(rung.values().all(|of_address| of_address.len() <= 3));
    assert_eq!(waiting(&server).await, 40);
    // The others are told so, asked for an address, and served by the bot.
    for (client, c) in full.values_mut().flatten().take(20) {
        client.wait(asks_for_address).await;
        let start = client.frames.len();
        client.say("when are you open?", Some(c)).await;
        client.wait_from(start, |f| f["type"] == "ev" && f["kind"] == "answer").await;
        assert!(client.log(c).iter().all(|e| e["kind"] != "handoff"));
    }
    // A place that is given up is there for the next, at once.
    let (from, mut waits) = rung.pop_first().unwrap();
    let (mut client, c) = waits.pop().unwrap();
    assert_eq!(client.call(json!({"type": "end", "c": c})).await["ok"], true);
    let (next, c) = &mut full.get_mut(&from).unwrap()[0];
    let res = next.call(json!({"type": "handoff", "c": *c})).await;
    assert_eq!(res["ok"], true, "{res}");
    assert_eq!(waiting(&server).await, 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_gets_no_more_places_than_its_own() {
    let options = Options { queue_per_address: 3, ..Options::default() };
    let server = Arc::new(TestServer::on(memory().await, options, |_| {}).await);
    let (rung, mut full) = crowd(&server, 50, 5).await;
    assert_eq!(rung.values().map(Vec::len).collect::<Vec<_>>(), [3; 5]);
    // Words do what the button does.
    let (client, c) = &mut full.get_mut(&2).unwrap()[0];
    client.say("I want to talk to a human", Some(c)).await;
    client.settle().await;
    assert!(client.log(c).iter().all(|e| e["kind"] != "handoff"));
    assert_eq!(waiting(&server).await, 15);
}

/// Asks for a person in vain, and leaves an address; the conversation.
async fn leaves_address(client: &mut Client, address: &str) -> String {
    let res = client.call(json!({"type": "handoff"})).await;
    assert_eq!(res["code"], "queue_full", "{res}");
    let c = res["c"].as_str().unwrap().to_owned();
    client.wait(asks_for_address).await;
    client.say(address, Some(&c)).await;
    c
}

fn is_handoff(frame: &Value) -> bool {
    frame["type"] == "ev" && frame["kind"] == "handoff"
}

#[tokio::test(flavor = "multi_thread")]
async fn who_left_an_address_joins_the_line_in_turn() {
    let options = || Options { queue_capacity: 2, queue_per_address: 1, ..Options::default() };
    let store = memory().await;
    let server = TestServer::on(store.clone(), options(), |_| {}).await;
    let (mut first, mut second) = (visitor_from(&server, 2).await, visitor_from(&server, 3).await);
    let waits = first.call(json!({"type": "handoff"})).await["c"].clone();
    let also = second.call(json!({"type": "handoff"})).await["c"].clone();
    // The first of those who hope shares an address with one who waits; the other two wait for a place of any.
    let mut hopes = Vec::new();
    for (n, name) in [(3, "x"), (4, "y"), (5, "z")] {
        let mut client = visitor_from(&server, n).await;
        let c = leaves_address(&mut client, &format!("{name}@shop.example")).await;
        client.settle().await;
        assert!(!client.frames.iter().any(is_handoff));
        hopes.push((client, c));
    }
    assert_eq!(first.call(json!({"type": "end", "c": waits})).await["ok"], true);
    let (y, y_c) = &mut hopes[1];
    y.wait(is_handoff).await;
    y.wait(|f| {
        f["type"] == "ev" && f["from"]["kind"] == "bot" && f["body"]["text"].to_string().contains("a place now")
    })
    .await;
    assert_eq!(waiting(&server).await, 2);
    let cookie = server.person("a@shop.example", Role::Agent).await;
    let mut agent = server.agent(&cookie).await;
    let list = agent.call(json!({"type": "watch", "view": "waiting"})).await;
    let found = list["conversations"].as_array().unwrap().iter().find(|f| f["c"] == **y_c).unwrap();
    assert_eq!(found["visitor"]["email"], "y@shop.example", "agents see where to write to");

    // The wish outlives the server; of whom no address is known after that, none is counted.
    let tokens: Vec<_> = hopes.iter().map(|(client, c)| (client.token.clone().unwrap(), c.clone())).collect();
    drop((hopes, first, second, agent));
    server.shutdown.cancel();
    server.running.await.unwrap();
    let server = TestServer::on(store, options(), |_| {}).await;
    assert_eq!(waiting(&server).await, 2);
    let cookie = server.login("a@shop.example", "correct horse").await;
    let mut agent = server.agent(&cookie).await;
    for (from, (token, c)) in [(3, &tokens[0]), (5, &tokens[2])] {
        let mut back = Client::connect_from(Ipv4Addr::new(127, 0, 0, from), server.address, "/ws").await;
        back.hello(json!({"token": token})).await;
        back.settle().await;
        assert!(!back.log(c).iter().any(is_handoff), "the line is still full");
        let list = agent.call(json!({"type": "watch", "view": "waiting"})).await;
        let next = if from == 3 { also.clone() } else { list["conversations"][0]["c"].clone() };
        let ver = list["conversations"].as_array().unwrap().iter().find(|f| f["c"] == next).unwrap()["ver"].clone();
        assert_eq!(agent.call(json!({"type": "claim", "c": next, "ver": ver})).await["ok"], true);
        back.wait(is_handoff).await;
    }
}

#[tokio::test]
async fn a_visitor_waits_once() {
    let server = TestServer::start().await;
    let mut v = server.visitor().await;
    let first = v.call(json!({"type": "handoff"})).await;
    let second = v.call(json!({"type": "handoff"})).await;
    assert_eq!((&first["ok"], &second["code"]), (&json!(true), &json!("queue_full")));
    // Once a person has the first, the second may wait.
    let cookie = server.person("a@shop.example", Role::Agent).await;
    let mut agent = server.agent(&cookie).await;
    let list = agent.call(json!({"type": "watch", "view": "waiting"})).await;
    let ver = list["conversations"][0]["ver"].clone();
    assert_eq!(agent.call(json!({"type": "claim", "c": first["c"], "ver": ver})).await["ok"], true);
    assert_eq!(v.call(json!({"type": "handoff", "c": second["c"]})).await["ok"], true);
}

#[tokio::test]
async fn new_visitors_are_counted_and_known_ones_are_not() {
    let server = TestServer::with(|c| c.http.new_sessions = 4).await;
    let known = visitor_from(&server, 2).await;
    visitor_from(&server, 2).await;
    let mut third = Client::connect_from(Ipv4Addr::new(127, 0, 0, 2), server.address, "/ws").await;
    third.send(json!({"type": "hello", "v": 1, "device": cmid()})).await;
    let told = third.wait(|f| f["type"] == "err").await;
    assert_eq!(told["code"], "rate");
    assert!(told["after_ms"].as_u64().is_some_and(|ms| ms > 60_000), "{told}");
    assert_eq!(third.closed().await, 4008);
    let mut again = Client::connect_from(Ipv4Addr::new(127, 0, 0, 2), server.address, "/ws").await;
    again.hello(json!({"token": known.token.clone().unwrap()})).await;
    visitor_from(&server, 3).await;
    // A proxy on this machine has this address, for everybody.
    for _ in 0..5 {
        server.visitor().await;
    }
}

#[tokio::test]
async fn conversations_are_counted_and_a_resent_opening_is_not() {
    let server = TestServer::with(|c| c.http.new_conversations_per_visitor = 4).await;
    let mut v = server.visitor().await;
    let name = cmid();
    for _ in 0..4 {
        assert_eq!(v.say_as("when are you open?", None, &name).await["type"], "ack");
    }
    let second = v.say("when are you open?", None).await;
    assert_eq!(second["type"], "ack");
    let third = v.say("when are you open?", None).await;
    assert_eq!((&third["code"], &third["retry"]), (&json!("rate"), &json!("later")));
    assert!(third["after_ms"].as_u64().is_some_and(|ms| ms > 60_000), "{third}");
    assert_eq!(v.call(json!({"type": "handoff"})).await["code"], "rate");
    assert_eq!(v.say("when are you open?", second["c"].as_str()).await["type"], "ack", "what is open goes on");
}

/// Until an upgrade is answered with this status.
async fn until_upgrade(server: &TestServer, status: u16) {
    let origin = server.origin();
    while server.upgrade("/ws", &[("origin", &origin)]).await != status {}
}

#[tokio::test(flavor = "multi_thread")]
async fn under_pressure_the_cheap_goes_first_and_the_old_stays() {
    let faulty = Faulty::new(memory().await);
    let options = Options { crowded_after: Duration::from_millis(200), ..Options::default() };
    let server = TestServer::under_pressure(faulty.clone(), options, |c| {
        (c.http.per_address, c.socket.frames_per_second, c.socket.message_burst) = (100_000, 100_000, 100_000);
    })
    .await;
    let cookie = server.person("a@shop.example", Role::Agent).await;
    let mut agent = server.agent(&cookie).await;
    let mut visitor = server.visitor().await;
    let c = visitor.say("I want to complain", None).await["c"].as_str().unwrap().to_owned();
    let ver = agent.call(json!({"type": "open", "c": c})).await["conversation"]["ver"].clone();
    agent.call(json!({"type": "claim", "c": c, "ver": ver})).await;
    // Of this one the agent hears nothing, who reads nothing while the visitor writes without a pause.
    let bots = visitor.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();

    faulty.press(250);
    until_upgrade(&server, 503).await;
    let origin = server.origin();
    let headers = [
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("origin", origin.as_str()),
    ];
    let refused = server.request("GET", "/ws", &headers, "").await;
    assert!(refused.header("retry-after").and_then(|s| s.parse::<u64>().ok()).is_some_and(|s| s >= 1));
    let opening = visitor.say("something else", None).await;
    assert_eq!((&opening["code"], &opening["retry"]), (&json!("busy"), &json!("later")), "nothing new is begun");
    assert!(opening["after_ms"].as_u64().is_some_and(|ms| ms >= 1_000), "{opening}");
    assert_eq!(visitor.say("still there", Some(&c)).await["type"], "ack", "what was begun goes on");
    // Typing is left out: the message that was sent after it comes without it.
    visitor.send(json!({"type": "typing", "c": c, "on": true})).await;
    visitor.say("after typing", Some(&c)).await;
    agent.wait(|f| f["type"] == "ev" && f["body"]["text"] == "after typing").await;
    assert!(agent.frames.iter().all(|f| f["type"] != "typing"));

    faulty.press(400);
    let refused = loop {
        let told = visitor.say("again", Some(&bots)).await;
        if told["type"] == "nack" {
            break told;
        }
        // An agent who does not read what comes would be shut out for that.
        agent.settle().await;
        agent.frames.clear();
    };
    assert_eq!((&refused["code"], &refused["retry"]), (&json!("busy"), &json!("later")));
    assert_eq!(agent.say("I am here", Some(&c)).await["type"], "ack", "agents get through");
    visitor.wait(|f| f["type"] == "ev" && f["body"]["text"] == "I am here").await;
    let another = server.agent(&cookie).await;
    drop(another);

    faulty.press(0);
    until_upgrade(&server, 101).await;
    // A refused message was not stored, and is when it is sent again.
    let told = visitor.say_as("again", Some(&bots), refused["cmid"].as_str().unwrap()).await;
    assert_eq!((&told["type"], &told["dup"]), (&json!("ack"), &json!(false)));
    visitor.send(json!({"type": "typing", "c": c, "on": true})).await;
    agent.wait(|f| f["type"] == "typing").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_faster_than_is_stored_is_refused_before_others() {
    let faulty = Faulty::new(memory().await);
    let options = Options { crowded_after: Duration::from_millis(200), ..Options::default() };
    let server = TestServer::under_pressure(faulty.clone(), options, |c| {
        (c.socket.frames_per_second, c.socket.message_burst) = (1_000_000, 1_000_000);
    })
    .await;
    let mut patient = server.visitor().await;
    let of_patient = patient.say("I want to complain", None).await["c"].as_str().unwrap().to_owned();
    let mut hasty = server.visitor().await;
    let c = hasty.say("I want to complain", None).await["c"].as_str().unwrap().to_owned();
    faulty.press(120);
    let (mut sink, mut stream) = hasty.socket.split();
    let rush = tokio::spawn(async move {
        loop {
            let frame = json!({"type": "send", "c": c, "cmid": cmid(), "kind": "text", "body": {"text": "x"}});
            if sink.send(Message::text(frame.to_string())).await.is_err() {
                return;
            }
        }
    });
    let refused = async {
        loop {
            let text = stream.next().await.unwrap().unwrap().into_text().unwrap();
            let told: Value = serde_json::from_str(&text).unwrap();
            if told["type"] == "nack" {
                break told;
            }
        }
    };
    let told = timeout(PATIENCE, refused).await.expect("a refusal");
    assert_eq!((&told["code"], &told["retry"]), (&json!("busy"), &json!("later")));
    assert_eq!(patient.say("still here", Some(&of_patient)).await["type"], "ack");
    rush.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_the_disk_is_known() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("deskbell.db");
    let store = sqlite::open(sqlite::Options {
        queue: 4,
        ..sqlite::Options::new(Location::File(file.clone()), OpenMode::Serve)
    })
    .await
    .unwrap();
    assert_eq!(store.backlog(), Backlog { bound: 4, ..Backlog::default() });
    // Another process writes: the writer waits for it, and everybody else for the writer.
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut writes = JoinSet::new();
    let mut write = |n: u8| {
        let store = store.clone();
        writes.spawn(async move { store.add_visitor(VisitorId(n.into()), [n; 32], Timestamp(1)).await.is_ok() })
    };
    write(1);
    while store.backlog().oldest.is_zero() || store.backlog().waiting > 0 {
        tokio::task::yield_now().await;
    }
    (2..=5).for_each(|n| drop(write(n)));
    while store.backlog().waiting < 4 {
        tokio::task::yield_now().await;
    }
    let before = store.backlog();
    assert!(store.probe().await.is_err(), "the line is full");
    assert!(store.backlog().oldest > before.oldest && store.backlog().waiting == 4);
    other.execute_batch("ROLLBACK").unwrap();
    assert!(writes.join_all().await.into_iter().all(|done| done));
    while store.backlog() != (Backlog { bound: 4, ..Backlog::default() }) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_silent_socket_gives_its_seat_away() {
    let server = TestServer::with(|c| (c.socket.per_person, c.socket.tick_ms) = (2, 1)).await;
    let mut first = server.visitor().await;
    let token = first.token.clone().unwrap();
    let mut second = server.visitor_with(json!({"token": token})).await;
    second.settle().await;
    // Refused only for as long as the others have just been heard.
    loop {
        let mut third = server.socket("/ws", None).await;
        third.send(json!({"type": "hello", "v": 1, "device": cmid(), "token": token})).await;
        match third.socket.next().await {
            Some(Ok(Message::Text(_))) => break,
            Some(Ok(Message::Close(Some(close)))) => assert_eq!(u16::from(close.code), 4508),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(first.closed().await, 4508);
    second.settle().await;
}
