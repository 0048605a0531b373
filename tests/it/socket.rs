//! The rules of `docs/protocol.md`, each on a real socket.

use std::time::Duration;

use deskbell::types::Role;
use futures_util::StreamExt;
use serde_json::json;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, PATIENCE, TestServer, cmid, request};

#[tokio::test]
async fn a_question_is_acked_and_answered() {
    let server = TestServer::start().await;
    let mut v = server.visitor().await;
    let ack = v.say("when are you open?", None).await;
    assert_eq!((ack["type"].as_str(), ack["seq"].as_u64(), ack["dup"].as_bool()), (Some("ack"), Some(1), Some(false)));
    let c = ack["c"].as_str().unwrap().to_owned();
    let answer = v.wait(|f| f["type"] == "ev" && f["kind"] == "answer").await;
    assert_eq!(answer["body"]["id"], "opening-hours");
    let log = v.log(&c);
    assert_eq!(
        log.iter().map(|e| e["seq"].as_u64().unwrap()).collect::<Vec<_>>(),
        (1..=log.len() as u64).collect::<Vec<_>>()
    );
    assert!(log.iter().all(|e| e["prev"].as_u64() == e["seq"].as_u64().map(|s| s - 1)));
    assert_eq!(log[0]["cmid"], ack["cmid"]);
}

#[tokio::test]
async fn the_same_message_is_one_and_another_with_its_name_is_refused() {
    let server = TestServer::start().await;
    let mut v = server.visitor().await;
    let name = cmid();
    let first = v.say_as("hello there", None, &name).await;
    let again = v.say_as("hello there", None, &name).await;
    assert_eq!(
        (again["c"].clone(), again["seq"].clone(), again["dup"].clone()),
        (first["c"].clone(), json!(1), json!(true))
    );
    let other = v.say_as("something else", first["c"].as_str(), &name).await;
    assert_eq!((other["code"].as_str(), other["retry"].as_str()), (Some("cmid_conflict"), Some("never")));
}

#[tokio::test]
async fn what_is_not_understood_is_answered_and_the_third_time_ends_it() {
    let server = TestServer::start().await;
    for (bad, rid) in [
        ("not json".to_owned(), None),
        ("{\"type\":\"ping\",\"n\":1,\"x\":2}".to_owned(), None),
        ("[".repeat(10_000), None),
        ("{\"type\":\"fetch\",\"rid\":\"r9\",\"c\":1}".to_owned(), Some("r9")),
    ] {
        let mut v = server.visitor().await;
        for strike in 1..=3 {
            v.raw(Message::text(bad.clone())).await;
            let start = v.frames.len();
            if strike < 3 {
                let err = v.wait_from(start, |f| f["type"] == "err").await;
                assert_eq!((err["code"].as_str(), err["rid"].as_str()), (Some("invalid"), rid));
            }
        }
        assert_eq!(v.closed().await, 4500);
        assert_eq!(v.frames.iter().filter(|f| f["type"] == "err").count(), 3);
    }
}

#[tokio::test]
async fn sizes_and_kinds_have_limits() {
    let server = TestServer::start().await;
    let mut v = server.visitor().await;
    assert_eq!(v.say(&"ä".repeat(4_000), None).await["type"], "ack");
    assert_eq!(v.say(&"ä".repeat(4_001), None).await["code"], "too_large");
    assert_eq!(v.say(" \n ", None).await["code"], "invalid");
    assert_eq!(v.say("hello", Some("nonsense")).await["code"], "not_found");
    assert_eq!(v.say("hello", Some(&"0".repeat(32))).await["code"], "not_found");
    let start = v.frames.len();
    v.send(json!({"type": "send", "cmid": "no-uuid", "kind": "text", "body": {"text": "x"}})).await;
    assert_eq!(v.wait_from(start, |f| f["type"] == "nack").await["code"], "invalid");
    v.raw(Message::text("x".repeat(64 * 1024 + 1))).await;
    assert_eq!(v.closed().await, 1009);
    let mut v = server.visitor().await;
    v.raw(Message::binary(vec![1, 2, 3])).await;
    assert_eq!(v.closed().await, 1003);
}

#[tokio::test]
async fn hello_comes_first_in_time_and_in_this_version() {
    let server = TestServer::with(|c| c.socket.hello_ms = 100).await;
    assert_eq!(server.socket("/ws", None).await.closed().await, 4502);
    for (frame, code) in [
        (json!({"type": "ping", "n": 1}), 4502),
        (json!({"type": "hello", "v": 2, "device": "d"}), 4505),
        (json!({"type": "hello", "v": 2, "device": "d", "fancy": true}), 4505),
        (json!({"type": "hello", "v": 1, "device": ""}), 4500),
    ] {
        let mut s = server.socket("/ws", None).await;
        s.send(frame.clone()).await;
        assert_eq!(s.closed().await, code, "{frame}");
    }
}

#[tokio::test]
async fn a_silent_socket_is_given_up() {
    let server =
        TestServer::with(|c| (c.socket.heartbeat_ms, c.socket.grace_ms, c.socket.tick_ms) = (300, 300, 20)).await;
    let mut v = server.visitor().await;
    // Longer than the server waits in all, in steps that a loaded machine can hold.
    for n in 0..4 {
        sleep(Duration::from_millis(300)).await;
        v.send(json!({"type": "ping", "n": n})).await;
    }
    v.settle().await;
    assert_eq!(v.closed().await, 4000);
}

#[tokio::test]
async fn one_socket_a_device_and_ten_a_visitor() {
    let server = TestServer::start().await;
    let mut first = server.visitor_with(json!({"device": "tab"})).await;
    let token = first.token.clone().unwrap();
    let mut tabs = vec![server.visitor_with(json!({"device": "tab", "token": token})).await];
    assert_eq!(first.closed().await, 4504);
    for _ in 0..9 {
        tabs.push(server.visitor_with(json!({"token": token})).await);
    }
    let mut eleventh = server.socket("/ws", None).await;
    eleventh.send(json!({"type": "hello", "v": 1, "device": cmid(), "token": token})).await;
    assert_eq!(eleventh.closed().await, 4508);
    tabs[0].settle().await;
}

#[tokio::test]
async fn too_many_messages_are_told_to_wait() {
    let server = TestServer::start().await;
    let mut a = server.visitor().await;
    let mut b = server.visitor_with(json!({"token": a.token.clone().unwrap()})).await;
    let first = a.say("hello", None).await;
    let c = first["c"].as_str().unwrap().to_owned();
    let mut refused = None;
    for i in 0..12 {
        let tab = if i % 2 == 0 { &mut a } else { &mut b };
        let answer = tab.say("hello again", Some(&c)).await;
        if answer["type"] == "nack" {
            refused = Some((i, answer));
            break;
        }
    }
    let (i, nack) = refused.expect("a refusal");
    assert!((9..=11).contains(&i), "{i}");
    assert_eq!((nack["code"].as_str(), nack["retry"].as_str()), (Some("rate"), Some("later")));
    assert!((1..=1_000).contains(&nack["after_ms"].as_u64().unwrap()), "{nack}");
}

#[tokio::test]
async fn a_client_resumes_where_it_was() {
    let server = TestServer::with(|c| {
        (c.socket.messages_per_second, c.socket.message_burst, c.socket.replay) = (1_000, 1_000, 20)
    })
    .await;
    let mut v = server.visitor().await;
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    for _ in 0..5 {
        v.say("when are you open?", Some(&c)).await;
    }
    v.settle().await;
    let (all, epoch) = (v.log(&c), v.epoch());
    let head = all.len() as u64;
    let resume =
        |epoch: &str, c: &str, seq: u64| json!({"token": v.token, "resume": [{"c": c, "epoch": epoch, "seq": seq}]});
    for seq in [0, 3, head] {
        let mut w = server.visitor_with(resume(&epoch, &c, seq)).await;
        w.settle().await;
        assert_eq!(w.log(&c), all[seq as usize..], "behind {seq}");
    }
    let strange = "0".repeat(32);
    for (resume, reason, told) in [
        (resume("0123456789abcdef", &c, 1), "epoch", head),
        (resume(&epoch, &c, head + 1), "ahead", head),
        (resume(&epoch, &strange, 0), "gone", 0),
        (resume(&epoch, "nonsense", 0), "gone", 0),
    ] {
        let mut w = server.visitor_with(resume).await;
        let resync = w.wait(|f| f["type"] == "resync").await;
        assert_eq!((resync["reason"].as_str(), resync["head"].as_u64()), (Some(reason), Some(told)));
        w.settle().await;
        assert!(w.log(&c).is_empty());
    }
    for _ in 0..12 {
        v.say("when are you open?", Some(&c)).await;
    }
    let mut w = server.visitor_with(json!({"token": v.token, "resume": [{"c": c, "epoch": epoch, "seq": 0}]})).await;
    assert_eq!(w.wait(|f| f["type"] == "resync").await["reason"], "too_far");
    let page = w.call(json!({"type": "fetch", "c": c, "after": 0, "limit": 10})).await;
    let seqs: Vec<_> = page["events"].as_array().unwrap().iter().map(|e| e["seq"].as_u64().unwrap()).collect();
    assert_eq!((seqs, page["more"].as_bool()), ((1..=10).collect(), Some(true)));
    let last = w.call(json!({"type": "fetch", "c": c, "before": 11, "limit": 4})).await;
    assert_eq!(last["events"][0]["seq"], 7);
    assert_eq!(last["events"][0]["prev"], 6);
    assert_eq!(w.call(json!({"type": "fetch", "c": c, "after": 1, "before": 2})).await["code"], "invalid");
    assert_eq!(w.call(json!({"type": "fetch", "c": strange})).await["code"], "not_found");
}

#[tokio::test]
async fn another_tab_hears_of_a_conversation_it_did_not_open() {
    let server = TestServer::start().await;
    let mut a = server.visitor().await;
    let mut b = server.visitor_with(json!({"token": a.token.clone().unwrap()})).await;
    let c = a.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    b.wait(|f| f["type"] == "ev" && f["kind"] == "answer").await;
    assert_eq!(b.log(&c)[0]["prev"], 0);
    let mut stranger = server.visitor().await;
    assert_eq!(stranger.say("let me in", Some(&c)).await["code"], "not_found");
    assert_eq!(stranger.call(json!({"type": "fetch", "c": c})).await["code"], "not_found");
    assert_eq!(stranger.call(json!({"type": "end", "c": c})).await["code"], "not_found");
}

async fn waiting(server: &TestServer) -> (Client, String) {
    let mut v = server.visitor().await;
    let c = v.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    v.wait(|f| f["type"] == "ev" && f["kind"] == "handoff").await;
    (v, c)
}

#[tokio::test]
async fn a_person_takes_over_and_notes_stay_inside() {
    let server = TestServer::start().await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let (mut v, c) = waiting(&server).await;
    let mut a = server.agent(&cookie).await;
    let list = a.call(json!({"type": "watch", "view": "waiting"})).await;
    let ver = list["conversations"][0]["ver"].clone();
    assert_eq!(list["conversations"][0]["c"], c.as_str());
    v.wait(|f| f["type"] == "queue" && f["position"] == 1).await;
    let claim = a.call(json!({"type": "claim", "c": c, "ver": ver})).await;
    assert_eq!(
        (claim["ok"].clone(), claim["conversation"]["state"].clone()),
        (json!(true), json!("assigned")),
        "{list} {claim}"
    );
    let handoff = a.wait(|f| f["kind"] == "handoff").await;
    assert!(handoff["body"]["packet"]["question"].is_string(), "{handoff}");
    a.wait(|f| f["type"] == "conversation" && f["state"] == "assigned").await;
    a.send(json!({"type": "note", "c": c, "cmid": cmid(), "body": {"text": "looks cross"}})).await;
    a.wait(|f| f["kind"] == "note").await;
    assert_eq!(a.say("Hello, Anna here.", Some(&c)).await["type"], "ack");
    let words = v.wait(|f| f["type"] == "ev" && f["from"]["kind"] == "agent" && f["kind"] == "text").await;
    let seen = v.log(&c);
    assert!(!seen.iter().any(|e| e["kind"] == "note" || !e["body"]["packet"].is_null()), "{seen:?}");
    let before = seen.iter().rev().nth(1).unwrap();
    assert_eq!(words["prev"], before["seq"], "the note in between is no gap");
    let page = v.call(json!({"type": "fetch", "c": c, "after": before["seq"]})).await;
    assert_eq!(page["events"].as_array().unwrap().len(), 1);
    assert_eq!(page["events"][0]["prev"], before["seq"]);
    // What an agent may do, a visitor may not.
    assert_eq!(v.call(json!({"type": "claim", "c": c, "ver": 1})).await["code"], "forbidden");
    assert_eq!(a.say("", Some(&c)).await["code"], "invalid");
    let again = a.call(json!({"type": "resolve", "c": c, "ver": 1, "reason": "x"})).await;
    assert_eq!(again["code"], "stale");
}

#[tokio::test]
async fn who_is_not_logged_in_any_more_is_out() {
    let server = TestServer::start().await;
    let mut nobody = server.socket("/ws/agent", None).await;
    assert_eq!(nobody.closed().await, 4501);
    let mut forged = server.socket("/ws/agent", Some("deskbell=nonsense")).await;
    assert_eq!(forged.closed().await, 4501);
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let mut a = server.agent(&cookie).await;
    let out = server.post("/api/v1/logout", &[("cookie", &cookie)], "{}").await;
    assert_eq!(out.status, 204);
    assert_eq!(a.closed().await, 4507);
}

#[tokio::test]
async fn floods_of_pings_frames_and_fragments_end_the_socket() {
    let server = TestServer::start().await;
    let mut v = server.visitor().await;
    for _ in 0..200 {
        v.raw(Message::Ping(vec![0; 125].into())).await;
    }
    assert!(matches!(v.closed().await, 1008 | 0));
    let mut v = server.visitor().await;
    for n in 0..600 {
        v.send(json!({"type": "ping", "n": n})).await;
    }
    assert!(matches!(v.closed().await, 4008 | 0));
    // A bystander is not disturbed.
    assert_eq!(server.visitor().await.say("when are you open?", None).await["type"], "ack");
}

#[tokio::test]
async fn a_reader_who_does_not_read_is_cut_and_loses_nothing() {
    let server = TestServer::with(|c| {
        (c.socket.messages_per_second, c.socket.message_burst) = (100_000, 100_000);
        c.socket.frames_per_second = 100_000;
        (c.http.write_ms, c.socket.replay) = (300, 100_000);
    })
    .await;
    let mut v = server.visitor().await;
    let c = v.say("when are you open?", None).await["c"].as_str().unwrap().to_owned();
    let mut slow =
        server.visitor_with(json!({"token": v.token, "resume": [{"c": c, "epoch": v.epoch(), "seq": 0}]})).await;
    let long = "ß".repeat(4_000);
    let mut said = 0;
    let cut = loop {
        for _ in 0..50 {
            assert_eq!(v.say(&long, Some(&c)).await["type"], "ack");
            said += 1;
        }
        let metrics = request(server.admin, "GET", "/metrics", &[("connection", "close")], "").await.body;
        if metrics.contains("ws_closed_total{code=\"4003\"}") {
            break true;
        }
        if said > 3_000 {
            break false;
        }
    };
    assert!(cut, "the slow reader was not cut after {said} messages");
    assert!(matches!(slow.closed().await, 4003 | 0));
    let held = slow.log(&c).last().unwrap()["seq"].as_u64().unwrap();
    v.settle().await;
    let mut back =
        server.visitor_with(json!({"token": v.token, "resume": [{"c": c, "epoch": v.epoch(), "seq": held}]})).await;
    let head = v.log(&c).last().unwrap()["seq"].as_u64().unwrap();
    back.wait(|f| f["seq"].as_u64() == Some(head) && f["type"] == "ev").await;
    let seqs: Vec<_> = back.log(&c).iter().map(|e| e["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (held + 1..=*seqs.last().unwrap()).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_ending_server_asks_to_leave_and_then_says_goodbye() {
    let server = TestServer::start().await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.push(server.visitor().await);
    }
    server.shutdown.cancel();
    for client in &mut all {
        assert_eq!(client.closed().await, 1012);
        let drain = client.frames.iter().find(|f| f["type"] == "drain").expect("a warning").clone();
        assert!(drain["after_ms"].as_u64() <= drain["window_ms"].as_u64());
    }
    timeout(PATIENCE, server.running).await.expect("an end").unwrap();
}

#[tokio::test]
async fn only_these_origins_get_a_socket() {
    let server = TestServer::with(|c| {
        // What is refused leaves the line open for another request, and this test waits for its end.
        c.http.header_ms = 200;
        c.sites = vec![deskbell::config::Site {
            name: "shop".into(),
            origins: vec!["https://shop.example".into()],
            identity: None,
        }];
    })
    .await;
    let own = server.origin();
    for bad in [
        "null",
        "http://evil.example",
        "https://shop.example.",
        "http://shop.example",
        "https://shop.example:444",
        "https://SHOP.example",
        "https://evilshop.example",
        "https://shop.example.evil.example",
        "https://u@shop.example",
        "https://www.shop.example",
        "https://xn--shp-fna.example",
        "https://shop.example/",
        &own.replace("http:", "https:"),
        &own.replace("127.0.0.1", "127.0.0.1.evil.example"),
        &format!("{own}.evil.example"),
        &format!("{own}/"),
        "http://127.0.0.1",
        "http://localhost",
        "file://",
        "",
    ] {
        assert_eq!(server.upgrade("/ws", &[("origin", bad)]).await, 403, "{bad}");
    }
    assert_eq!(server.upgrade("/ws", &[]).await, 403);
    assert_eq!(server.upgrade("/ws", &[("origin", &own)]).await, 101);
    assert_eq!(server.upgrade("/ws", &[("origin", "https://shop.example")]).await, 101);
    // Agents work on the server's own pages alone.
    assert_eq!(server.upgrade("/ws/agent", &[("origin", "https://shop.example")]).await, 403);
    assert_eq!(server.get("/ws").await.status, 426);
}

#[tokio::test]
async fn a_compressed_frame_is_refused() {
    let server = TestServer::start().await;
    let mut v = server.visitor().await;
    use tokio::io::AsyncWriteExt;
    // A masked text frame with RSV1 set: what permessage-deflate would send. It was not agreed on.
    if let tokio_tungstenite::MaybeTlsStream::Plain(tcp) = v.socket.get_mut() {
        tcp.write_all(&[0xC1, 0x81, 0, 0, 0, 0, b'x']).await.unwrap();
    }
    assert_eq!(v.closed().await, 1002);
    assert!(v.socket.next().await.is_none());
}
