//! What is promised of delivery, on real sockets, against faults that a quiet run never meets.

#![expect(clippy::disallowed_methods, reason = "a limit on how long a signal may take")]

mod away;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use deskbell::desk::Options;
use deskbell::store;
use deskbell::types::Role;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::ledger::harness::Server;
use crate::support::faulty::{Commits, Faulty};
use crate::support::relay::Relay;
use crate::support::{Client, TestServer, cmid, request};

async fn faulty(options: Options) -> (TestServer, Arc<Faulty>) {
    let store = Faulty::new(store::open("sqlite::memory:", Path::new(".")).await.unwrap());
    let server = TestServer::on(store.clone(), options, |c| {
        (c.socket.messages_per_second, c.socket.message_burst) = (100_000, 100_000);
        (c.socket.tick_ms, c.http.per_address) = (50, 10_000);
        (c.socket.frames_per_second, c.socket.replay) = (100_000, 100_000);
    })
    .await;
    (server, store)
}

fn seqs(log: &[Value]) -> Vec<u64> {
    log.iter().map(|e| e["seq"].as_u64().unwrap()).collect()
}

fn resume(client: &Client, c: &str, seq: u64) -> Value {
    json!({"token": client.token, "resume": [{"c": c, "epoch": client.epoch(), "seq": seq}]})
}

async fn send(client: &mut Client, text: &str, c: Option<&str>, cmid: &str) {
    let mut frame = json!({"type": "send", "cmid": cmid, "kind": "text", "body": {"text": text}});
    if let Some(c) = c {
        frame["c"] = json!(c);
    }
    client.send(frame).await;
}

#[tokio::test]
async fn an_ack_and_an_event_come_after_the_commit_and_never_before() {
    let (server, store) = faulty(Options::default()).await;
    let mut v = server.visitor().await;
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let mut other = server.visitor_with(resume(&v, &c, 0)).await;
    store.commits(Commits::Held);
    let name = cmid();
    send(&mut v, "held", Some(&c), &name).await;
    // The other tab's session is free: what it says after this ping it said without knowing of the message.
    other.settle().await;
    assert!(!other.frames.iter().any(|f| f["body"]["text"] == "held"));
    store.commits(Commits::Work);
    let ack = v.wait(|f| f["type"] == "ack" && f["cmid"] == name.as_str()).await;
    other.wait(|f| f["type"] == "ev" && f["seq"] == ack["seq"]).await;
    let at = |wanted: fn(&Value) -> bool| v.frames.iter().position(wanted).unwrap();
    assert!(at(|f| f["type"] == "ack") < at(|f| f["type"] == "ev"));
}

#[tokio::test]
async fn what_cannot_be_stored_is_not_acked_and_the_next_try_is() {
    let (server, store) = faulty(Options::default()).await;
    let mut v = server.visitor().await;
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let name = cmid();
    store.commits(Commits::Fail);
    let nack = v.say_as("stored later", Some(&c), &name).await;
    assert_eq!((nack["code"].as_str(), nack["retry"].as_str()), (Some("storage"), Some("later")));
    store.commits(Commits::Work);
    let ack = v.say_as("stored later", Some(&c), &name).await;
    assert_eq!((ack["type"].as_str(), ack["dup"].as_bool()), (Some("ack"), Some(false)));
}

#[tokio::test]
async fn a_message_stored_in_spite_of_an_error_is_one_message_and_everybody_hears_of_it() {
    let (server, store) = faulty(Options::default()).await;
    let mut v = server.visitor().await;
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let mut other = server.visitor_with(resume(&v, &c, 0)).await;
    let name = cmid();
    store.commits(Commits::FailAfterwards);
    assert_eq!(v.say_as("stored, it is said not to be", Some(&c), &name).await["code"], "storage");
    store.commits(Commits::Work);
    let again = v.say_as("stored, it is said not to be", Some(&c), &name).await;
    assert_eq!((again["type"].as_str(), again["dup"].as_bool()), (Some("ack"), Some(true)));
    other.wait(|f| f["type"] == "ev" && f["seq"] == again["seq"]).await;
    v.wait(|f| f["type"] == "ev" && f["seq"] == again["seq"]).await;
}

#[tokio::test]
async fn the_bot_answers_what_was_stored_in_spite_of_an_error() {
    let (server, store) = faulty(Options::default()).await;
    let mut v = server.visitor().await;
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let (start, name) = (v.frames.len(), cmid());
    store.commits(Commits::FailAfterwards);
    // Sounds like the first piece of several: stored alone, and the bot's turn comes later.
    assert_eq!(v.say_as("hello", Some(&c), &name).await["code"], "storage");
    store.commits(Commits::Work);
    v.wait_from(start, |f| f["type"] == "ev" && f["body"]["text"] == "hello").await;
    let words = v.frames.len();
    v.wait_from(words, |f| f["type"] == "ev" && f["from"]["kind"] == "bot").await;
}

#[tokio::test]
async fn who_has_seen_more_than_is_at_hand_is_believed() {
    let (server, store) = faulty(Options { cache: std::num::NonZeroUsize::MIN, ..Options::default() }).await;
    let (mut v, mut noise) = (server.visitor().await, server.visitor().await);
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    v.settle().await;
    noise.say("when are you open?", None).await;
    noise.settle().await;
    // Now the state is at hand again, but none of the entries: these are read from the store, where there are more.
    v.call(json!({"type": "fetch", "c": c, "after": 0})).await;
    store.commits(Commits::HeldAfterwards);
    send(&mut v, "when are you open?", Some(&c), &cmid()).await;
    store.holds(1).await;
    let mut early = server.visitor_with(resume(&v, &c, 0)).await;
    early.wait(|f| f["type"] == "ev" && f["seq"] == 4).await;
    let mut back = server.visitor_with(resume(&v, &c, 4)).await;
    back.settle().await;
    assert!(!back.frames.iter().any(|f| f["type"] == "resync"), "{:?}", back.frames);
    store.commits(Commits::Work);
}

#[tokio::test]
async fn a_read_that_fails_delays_an_event_and_does_not_lose_it() {
    // Next to nothing is kept at hand, so that every look goes to the store.
    let (server, store) = faulty(Options { cache: std::num::NonZeroUsize::MIN, ..Options::default() }).await;
    let (mut v, mut noise) = (server.visitor().await, server.visitor().await);
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let d = noise.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let mut other = server.visitor_with(resume(&v, &c, 0)).await;
    for round in 0..20 {
        let names = [cmid(), cmid()];
        store.commits(Commits::Held);
        send(&mut v, "when are you open?", Some(&c), &names[0]).await;
        send(&mut noise, "when are you open?", Some(&d), &names[1]).await;
        store.holds(2).await;
        store.fail_reads(1 + round % 4);
        store.commits(Commits::Work);
        let ack = v.wait(|f| f["cmid"] == names[0].as_str()).await;
        assert_eq!(ack["type"], "ack", "{ack}");
        for tab in [&mut v, &mut other] {
            tab.wait(|f| f["type"] == "ev" && f["seq"] == ack["seq"]).await;
        }
        store.fail_reads(0);
        noise.wait(|f| f["cmid"] == names[1].as_str()).await;
    }
}

/// `RESUMES=5000 cargo nextest run resumes_` for the long ones.
fn resumes() -> u64 {
    std::env::var("RESUMES").ok().and_then(|n| n.parse().ok()).unwrap_or(240)
}

/// Eight tabs of this visitor reconnect without pause while two talk, and hold that there is no gap and nothing twice.
/// `enough`: whether so many resumes of one tab that read so many events are.
async fn reconnecting(address: SocketAddr, enough: impl Fn(u64, u64) -> bool + Clone + Send + 'static) {
    let visitor = async || {
        let mut v = Client::connect(address, "/ws", None).await;
        v.hello(json!({})).await;
        v
    };
    let mut v = visitor().await;
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let done = Arc::new(AtomicBool::new(false));
    let mut readers = JoinSet::new();
    for n in 0..8 {
        let (token, epoch, c, enough) = (v.token.clone(), v.epoch(), c.clone(), enough.clone());
        readers.spawn(async move {
            let (mut last, mut live, mut resumes) = (0, 0, 0);
            while !enough(resumes, live) {
                resumes += 1;
                let mut tab = Client::connect(address, "/ws", None).await;
                let from = json!([{"c": c, "epoch": epoch, "seq": last}]);
                tab.hello(json!({"token": token, "device": format!("tab{n}"), "resume": from})).await;
                // A tab that gets no time of this machine may be told that it is too slow, and comes back.
                assert!(tab.settled().await.is_none_or(|code| code == 4003));
                for event in tab.log(&c) {
                    assert_eq!(event["prev"].as_u64(), Some(last), "a gap, or something twice");
                    last = event["seq"].as_u64().unwrap();
                    live += 1;
                }
            }
            (resumes, last, live)
        });
    }
    // Somebody else talks too, so that what is at hand is mostly the other conversation.
    let mut noise = visitor().await;
    let d = noise.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let talk = [(v, c), (noise, d)].map(|(mut talker, c)| {
        let done = done.clone();
        tokio::spawn(async move {
            while !done.load(Ordering::SeqCst) {
                assert_eq!(talker.say("when are you open?", Some(&c)).await["type"], "ack");
                // Frames that were looked at are only in the way.
                talker.frames.clear();
            }
        })
    });
    let all = readers.join_all().await;
    done.store(true, Ordering::SeqCst);
    for talker in talk {
        talker.await.unwrap();
    }
    assert!(all.iter().all(|(_, last, live)| last == live && *live >= 20), "too little happened meanwhile: {all:?}");
    eprintln!("resumes, last place, events of each tab: {all:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn resumes_under_live_traffic_have_no_gap_and_nothing_twice() {
    let wanted = resumes();
    let (server, store) = faulty(Options { cache: std::num::NonZeroUsize::MIN, ..Options::default() }).await;
    store.late(6);
    let reads = store.clone();
    // On a busy machine the talkers may be slower than the readers: these go on until something has happened.
    let enough = move |resumes, live| {
        resumes >= wanted / 8 && ((live >= 20 && reads.reads() >= wanted) || resumes >= 10 * wanted)
    };
    reconnecting(server.address, enough).await;
    assert!(store.reads() >= wanted, "too much was at hand: {} late reads", store.reads());
}

#[tokio::test(flavor = "multi_thread")]
async fn resumes_held_up_between_head_and_replay_have_no_gap_and_nothing_twice() {
    let wanted = resumes();
    let (server, _home) = child(&[
        ("FAULT_AT", "resume_between_head_and_replay:*:sleep=5"),
        ("DESKBELL_HTTP__PER_ADDRESS", "10000"),
        ("DESKBELL_SOCKET__MESSAGES_PER_SECOND", "100000"),
        ("DESKBELL_SOCKET__MESSAGE_BURST", "100000"),
        ("DESKBELL_SOCKET__FRAMES_PER_SECOND", "100000"),
        ("DESKBELL_SOCKET__REPLAY", "100000"),
    ])
    .await;
    reconnecting(server.address, move |resumes, live| resumes >= wanted / 8 && live >= 20).await;
}

async fn complaint(server: &TestServer) -> (Client, String) {
    let mut v = server.visitor().await;
    let c = v.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    v.wait(|f| f["type"] == "ev" && f["kind"] == "handoff").await;
    (v, c)
}

async fn claim(agent: &mut Client, c: &str) -> Value {
    let list = agent.call(json!({"type": "watch", "view": "waiting"})).await;
    let all = list["conversations"].as_array().unwrap();
    let ver = all.iter().find(|x| x["c"] == c).map_or(json!(0), |x| x["ver"].clone());
    agent.call(json!({"type": "claim", "c": c, "ver": ver})).await
}

#[tokio::test]
async fn a_console_gets_what_happened_while_it_was_away() {
    let server = TestServer::start().await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let ((mut v, c), (mut w, d)) = (complaint(&server).await, complaint(&server).await);
    let mut a = server.agent(&cookie).await;
    assert_eq!(claim(&mut a, &c).await["ok"], true);
    assert_eq!(claim(&mut a, &d).await["ok"], true);
    a.settle().await;
    let (epoch, held) = (a.epoch(), [seqs(&a.log(&c)), seqs(&a.log(&d))]);
    drop(a);
    // Words in one chat, the end of the other, and somebody new in the line: each of another kind.
    v.say("are you still there?", Some(&c)).await;
    assert_eq!(w.call(json!({"type": "end", "c": d})).await["ok"], true);
    let (_x, e) = complaint(&server).await;
    let mut back = server.socket("/ws/agent", Some(&cookie)).await;
    let known = |c: &str, held: &[u64]| json!({"c": c, "epoch": epoch, "seq": held.last()});
    let welcome = back.hello(json!({"resume": [known(&c, &held[0]), known(&d, &held[1])]})).await;
    assert_eq!(welcome["conversations"].as_array().unwrap().len(), 1, "the one that ended is not at hand any more");
    back.wait(|f| f["type"] == "ev" && f["body"]["text"] == "are you still there?").await;
    back.wait(|f| f["type"] == "ev" && f["c"] == d.as_str() && f["kind"] == "closed").await;
    let list = back.call(json!({"type": "watch", "view": "waiting"})).await;
    assert_eq!(list["conversations"][0]["c"], e.as_str());
    for (c, held) in [(&c, &held[0]), (&d, &held[1])] {
        let log = back.log(c);
        assert_eq!(log[0]["prev"].as_u64(), held.last().copied(), "whole and only what is new");
    }
}

#[tokio::test]
async fn a_widget_that_can_send_but_not_hear_is_given_up_and_gets_everything() {
    let server = TestServer::with(|c| {
        (c.socket.messages_per_second, c.socket.message_burst, c.socket.frames_per_second) = (10_000, 10_000, 10_000);
        (c.http.write_ms, c.socket.tick_ms, c.socket.replay) = (200, 20, 100_000);
    })
    .await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let relay = Relay::before(server.address).await;
    let mut v = Client::connect(relay.address, "/ws", None).await;
    v.hello(json!({})).await;
    let c = v.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    v.wait(|f| f["kind"] == "handoff").await;
    v.settle().await;
    let held = v.log(&c).last().unwrap()["seq"].as_u64().unwrap();
    let mut a = server.agent(&cookie).await;
    assert_eq!(claim(&mut a, &c).await["ok"], true);
    relay.cut_down();
    send(&mut v, "Hello?", Some(&c), &cmid()).await;
    a.wait(|f| f["type"] == "ev" && f["body"]["text"] == "Hello?").await;
    // The server notices by what it cannot write, however well it hears: the line is full before long.
    let long = "x".repeat(3_900);
    let mut replies = 0;
    loop {
        assert_eq!(a.say(&long, Some(&c)).await["type"], "ack");
        replies += 1;
        let metrics = request(server.admin, "GET", "/metrics", &[("connection", "close")], "").await.body;
        if metrics.contains("ws_closed_total{code=\"4003\"}") {
            break;
        }
        assert!(replies < 5_000, "the deaf widget was not given up");
    }
    let mut back = server.visitor_with(resume(&v, &c, held)).await;
    a.settle().await;
    let last = a.log(&c).last().unwrap()["seq"].clone();
    back.wait(|f| f["type"] == "ev" && f["seq"] == last).await;
    let log = back.log(&c);
    assert_eq!(log.iter().filter(|e| e["from"]["kind"] == "agent" && e["kind"] == "text").count(), replies);
    assert!(log.windows(2).all(|w| w[1]["prev"] == w[0]["seq"]));
}

#[tokio::test]
async fn a_client_that_can_hear_but_not_send_is_given_up() {
    let server =
        TestServer::with(|c| (c.socket.heartbeat_ms, c.socket.grace_ms, c.socket.tick_ms) = (100, 100, 20)).await;
    let relay = Relay::before(server.address).await;
    let mut v = Client::connect(relay.address, "/ws", None).await;
    v.hello(json!({})).await;
    relay.cut_up();
    v.send(json!({"type": "ping", "n": 1})).await;
    assert_eq!(v.closed().await, 4000);
    assert!(!v.frames.iter().any(|f| f["type"] == "pong"));
}

#[tokio::test]
async fn a_chat_whose_agent_is_gone_returns_to_the_line_and_the_late_reply_is_refused() {
    let options =
        Options { away_after: Duration::from_millis(50), lost_after: Duration::from_millis(150), ..Options::default() };
    let store = store::open("sqlite::memory:", Path::new(".")).await.unwrap();
    let server = TestServer::on(store, options, |_| {}).await;
    let (anna, ben) =
        (server.person("anna@shop.example", Role::Agent).await, server.person("ben@shop.example", Role::Agent).await);
    let (mut v, c) = complaint(&server).await;
    let mut a = server.agent(&anna).await;
    assert_eq!(claim(&mut a, &c).await["ok"], true);
    drop(a);
    v.wait(|f| f["type"] == "ev" && f["kind"] == "away").await;
    v.wait(|f| f["type"] == "ev" && f["kind"] == "released").await;
    v.wait(|f| f["type"] == "queue" && f["position"] == 1).await;
    let mut back = server.agent(&anna).await;
    let late = back.say("Here I am again.", Some(&c)).await;
    assert_eq!((late["code"].as_str(), late["retry"].as_str()), (Some("not_assignee"), Some("never")));
    let mut b = server.agent(&ben).await;
    assert_eq!(claim(&mut b, &c).await["ok"], true);
    assert_eq!(b.say("Ben here.", Some(&c)).await["type"], "ack");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_agents_who_claim_at_once_one_gets_it_and_the_others_are_told() {
    let server = TestServer::start().await;
    let mut agents = Vec::new();
    for n in 0..4 {
        let cookie = server.person(&format!("a{n}@shop.example"), Role::Agent).await;
        agents.push(server.agent(&cookie).await);
    }
    let (_v, c) = complaint(&server).await;
    let list = agents[0].call(json!({"type": "watch", "view": "waiting"})).await;
    let ver = list["conversations"][0]["ver"].clone();
    let mut race = JoinSet::new();
    for mut agent in agents {
        let frame = json!({"type": "claim", "c": c, "ver": ver});
        race.spawn(async move { agent.call(frame).await });
    }
    let results = race.join_all().await;
    assert_eq!(results.iter().filter(|r| r["ok"] == true).count(), 1, "{results:?}");
    let told = results.iter().filter(|r| r["ok"] == false).map(|r| r["code"].as_str().unwrap());
    assert!(told.clone().all(|code| code == "already_claimed"), "{results:?}");
    assert_eq!(told.count(), 3);
}

#[tokio::test]
async fn an_agent_sees_a_visitor_go_and_come_back() {
    let server = TestServer::start().await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let (v, c) = complaint(&server).await;
    let mut a = server.agent(&cookie).await;
    assert_eq!(claim(&mut a, &c).await["ok"], true);
    let from = resume(&v, &c, 0);
    drop(v);
    let about = |state: &'static str| {
        let c = c.clone();
        move |f: &Value| f["type"] == "presence" && f["c"] == c.as_str() && f["state"] == state
    };
    a.wait(about("offline")).await;
    let _back = server.visitor_with(from).await;
    a.wait(about("online")).await;
}

async fn child(settings: &[(&str, &str)]) -> (Server, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let bin = PathBuf::from(env!("CARGO_BIN_EXE_deskbell"));
    (Server::start(&bin, home.path(), settings).await.unwrap(), home)
}

async fn visitor_of(server: &Server) -> Client {
    let mut v = Client::connect(server.address, "/ws", None).await;
    v.hello(json!({})).await;
    v
}

#[tokio::test]
async fn a_process_that_is_asked_to_end_warns_says_goodbye_and_ends_in_time() {
    let (mut server, _home) = child(&[("DESKBELL_HTTP__DRAIN_MS", "300")]).await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(visitor_of(&server).await);
    }
    server.terminate().await.unwrap();
    for v in &mut all {
        assert_eq!(v.closed().await, 1012);
        assert!(v.frames.iter().any(|f| f["type"] == "drain"));
    }
    // Within the window and five seconds; the rest is for a busy machine.
    assert_eq!(server.ended(Duration::from_secs(20)).await.unwrap(), Some(0));
}

#[tokio::test]
async fn asked_a_second_time_it_ends_at_once() {
    let (mut server, _home) = child(&[("DESKBELL_HTTP__DRAIN_MS", "60000")]).await;
    let mut v = visitor_of(&server).await;
    server.terminate().await.unwrap();
    v.wait(|f| f["type"] == "drain").await;
    let asked = Instant::now();
    server.terminate().await.unwrap();
    assert_eq!(server.ended(Duration::from_secs(20)).await.unwrap(), Some(1));
    assert!(asked.elapsed() < Duration::from_secs(20), "the window is a minute");
}
