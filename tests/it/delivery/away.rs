//! What happened while a line was down, or dead in one direction, is there afterwards: words, and everything else that
//! happens to a chat. Other systems ask only for what changed lately, or for messages alone, and then miss a change of
//! state (chatwoot#14934, chatwoot#995), reopen what was closed on a screen that had not heard of it (chatwoot PR 14683),
//! let a client send that hears nothing (Rocket.Chat#36023), or give one chat to two agents (Rocket.Chat#22206).

use super::*;

fn kinds(log: &[Value]) -> Vec<&str> {
    log.iter().map(|e| e["kind"].as_str().unwrap()).collect()
}

fn known(client: &Client, c: &str) -> Value {
    let held = client.log(c).last().map_or(0, |e| e["seq"].as_u64().unwrap());
    json!({"c": c, "epoch": client.epoch(), "seq": held})
}

async fn act(agent: &mut Client, kind: &str, c: &str, ver: u64, more: Value) -> Value {
    let mut frame = json!({"type": kind, "c": c, "ver": ver});
    for (key, value) in more.as_object().unwrap() {
        frame[key] = value.clone();
    }
    agent.call(frame).await
}

fn ver(res: &Value) -> u64 {
    res["conversation"]["ver"].as_u64().unwrap_or_else(|| panic!("{res}"))
}

#[tokio::test]
async fn a_console_learns_what_others_did_while_it_was_away() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let ben = server.person("ben@shop.example", Role::Agent).await;
    let ((_u, c), (_v, d), (_w, e)) = (complaint(&server).await, complaint(&server).await, complaint(&server).await);
    // Of two consoles one stays, so that she can be given a chat.
    let (mut desk, mut laptop, mut b) =
        (server.agent(&anna).await, server.agent(&anna).await, server.agent(&ben).await);
    let me = laptop.wait(|f| f["type"] == "welcome").await["me"]["id"].clone();
    let (of_c, of_d) = (ver(&claim(&mut b, &c).await), ver(&claim(&mut b, &d).await));
    for chat in [&c, &d, &e] {
        assert_eq!(laptop.call(json!({"type": "open", "c": chat})).await["ok"], true);
    }
    laptop.settle().await;
    let resume = [&c, &d, &e].map(|chat| known(&laptop, chat));
    let waits = laptop.call(json!({"type": "watch", "view": "waiting"})).await["conversations"][0]["ver"].clone();
    drop(laptop);
    // She is given one chat, the second one ends, and the third is taken by somebody else who writes in it.
    assert_eq!(act(&mut b, "transfer", &c, of_c, json!({"to": {"agent": me}, "note": "yours"})).await["ok"], true);
    assert_eq!(act(&mut b, "resolve", &d, of_d, json!({"reason": "done"})).await["ok"], true);
    assert_eq!(claim(&mut b, &e).await["ok"], true);
    assert_eq!(b.say("Ben here.", Some(&e)).await["type"], "ack");
    desk.settle().await;

    let mut back = server.socket("/ws/agent", Some(&anna)).await;
    let welcome = back.hello(json!({"resume": resume})).await;
    let mine: Vec<&Value> = welcome["conversations"].as_array().unwrap().iter().map(|x| &x["c"]).collect();
    assert_eq!(mine, [&c], "assigned to her meanwhile");
    back.wait(|f| f["c"] == e.as_str() && f["body"]["text"] == "Ben here.").await;
    back.settle().await;
    assert_eq!(kinds(&back.log(&c)), ["transferred"]);
    assert_eq!(kinds(&back.log(&d)), ["closed"]);
    assert_eq!(kinds(&back.log(&e)), ["claimed", "text"]);
    for (chat, held) in [&c, &d, &e].into_iter().zip(&resume) {
        assert_eq!(back.log(chat)[0]["prev"], held["seq"], "whole, and only what is new");
    }
    let list = back.call(json!({"type": "watch", "view": "waiting"})).await;
    assert_eq!(list["conversations"], json!([]), "nobody waits any more");
    let late = act(&mut back, "claim", &e, waits.as_u64().unwrap(), json!({})).await;
    assert_eq!(late["code"], "already_claimed");
}

#[tokio::test]
async fn a_widget_learns_what_agents_did_while_it_was_away() {
    let server = TestServer::start().await;
    let anna = server.person("anna@shop.example", Role::Agent).await;
    let ben = server.person("ben@shop.example", Role::Agent).await;
    let (mut v, c) = complaint(&server).await;
    v.settle().await;
    let from = json!({"token": v.token, "resume": [known(&v, &c)]});
    let held = known(&v, &c)["seq"].clone();
    drop(v);
    let (mut a, mut b) = (server.agent(&anna).await, server.agent(&ben).await);
    let of_c = ver(&claim(&mut a, &c).await);
    assert_eq!(a.say("Anna here.", Some(&c)).await["type"], "ack");
    a.send(json!({"type": "note", "c": c, "cmid": cmid(), "body": {"text": "not for visitors"}})).await;
    assert_eq!(act(&mut a, "release", &c, of_c, json!({"to": "queue"})).await["ok"], true);
    let of_c = ver(&claim(&mut b, &c).await);
    assert_eq!(b.say("Ben here.", Some(&c)).await["type"], "ack");
    assert_eq!(act(&mut b, "resolve", &c, of_c, json!({"reason": "done"})).await["ok"], true);

    let mut back = server.visitor_with(from).await;
    let shown = back.wait(|f| f["type"] == "welcome").await["conversations"][0].clone();
    assert_eq!((&shown["c"], &shown["state"]), (&json!(c), &json!("closed")));
    back.wait(|f| f["type"] == "ev" && f["kind"] == "closed").await;
    back.settle().await;
    let log = back.log(&c);
    assert_eq!(kinds(&log), ["claimed", "text", "released", "claimed", "text", "closed"]);
    assert_eq!(log[0]["prev"], held);
    assert!(log.windows(2).all(|w| w[1]["prev"] == w[0]["seq"]), "a gap, or something twice: {log:?}");
    assert!(!back.frames.iter().any(|f| f["type"] == "resync"));
}

#[tokio::test]
async fn a_chat_that_was_closed_stays_closed_whatever_a_stale_screen_does() {
    let server = TestServer::start().await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let (mut v, c) = complaint(&server).await;
    let (mut a, mut stale) = (server.agent(&cookie).await, server.agent(&cookie).await);
    let of_c = ver(&claim(&mut a, &c).await);
    assert_eq!(act(&mut a, "resolve", &c, of_c, json!({"reason": "done"})).await["ok"], true);
    let end = a.wait(|f| f["type"] == "ev" && f["kind"] == "closed").await;
    // The other console acts as it last saw the chat, and so does the visitor's tab.
    let late = stale.say("One more thing.", Some(&c)).await;
    assert_eq!((&late["code"], &late["retry"]), (&json!("closed"), &json!("never")));
    for (kind, more) in [
        ("claim", json!({})),
        ("release", json!({"to": "queue"})),
        ("transfer", json!({"to": {"department": "service"}})),
        ("resolve", json!({"reason": "again"})),
    ] {
        let told = act(&mut stale, kind, &c, of_c, more).await;
        assert_eq!(told["ok"], false, "{kind}: {told}");
    }
    let late = v.say("One more thing.", Some(&c)).await;
    assert_eq!((&late["code"], &late["retry"]), (&json!("closed"), &json!("never")));
    for kind in ["handoff", "end"] {
        assert_eq!(v.call(json!({"type": kind, "c": c})).await["code"], "closed", "{kind}");
    }
    // Nothing was written after the end, and whoever looks anew sees it closed.
    for log in [a.call(json!({"type": "fetch", "c": c})).await, v.call(json!({"type": "fetch", "c": c})).await] {
        assert_eq!(log["events"].as_array().unwrap().last().unwrap()["seq"], end["seq"], "{log}");
    }
    let mut back = server.visitor_with(json!({"token": v.token, "resume": [known(&v, &c)]})).await;
    assert_eq!(back.wait(|f| f["type"] == "welcome").await["conversations"][0]["state"], "closed");
    let mut again = server.agent(&cookie).await;
    assert_eq!(again.call(json!({"type": "watch", "view": "waiting"})).await["conversations"], json!([]));
    assert_eq!(again.call(json!({"type": "watch", "view": "mine"})).await["conversations"], json!([]));
}

#[tokio::test]
async fn a_console_that_can_send_but_not_hear_is_given_up_and_gets_everything() {
    let server = TestServer::with(|c| {
        (c.socket.messages_per_second, c.socket.message_burst, c.socket.frames_per_second) = (10_000, 10_000, 10_000);
        (c.http.write_ms, c.socket.tick_ms, c.socket.replay) = (200, 20, 100_000);
    })
    .await;
    let cookie = server.person("anna@shop.example", Role::Agent).await;
    let (mut v, c) = complaint(&server).await;
    let relay = Relay::before(server.address).await;
    let mut a = Client::connect(relay.address, "/ws/agent", Some(&cookie)).await;
    a.hello(json!({})).await;
    a.send(json!({"type": "presence", "state": "online"})).await;
    assert_eq!(claim(&mut a, &c).await["ok"], true);
    a.settle().await;
    let resume = known(&a, &c);
    relay.cut_down();
    send(&mut a, "Anna here.", Some(&c), &cmid()).await;
    v.wait(|f| f["type"] == "ev" && f["body"]["text"] == "Anna here.").await;
    let long = "x".repeat(3_900);
    let mut replies = 0;
    loop {
        assert_eq!(v.say(&long, Some(&c)).await["type"], "ack");
        replies += 1;
        let metrics = request(server.admin, "GET", "/metrics", &[("connection", "close")], "").await.body;
        if metrics.contains("ws_closed_total{code=\"4003\"}") {
            break;
        }
        assert!(replies < 5_000, "the deaf console was not given up");
    }
    v.settle().await;
    let last = v.log(&c).last().unwrap()["seq"].clone();
    let mut back = server.socket("/ws/agent", Some(&cookie)).await;
    back.hello(json!({"resume": [resume.clone()]})).await;
    back.wait(|f| f["type"] == "ev" && f["seq"] == last).await;
    let log = back.log(&c);
    assert_eq!(log[0]["prev"], resume["seq"]);
    assert!(log.windows(2).all(|w| w[1]["prev"] == w[0]["seq"]));
    assert_eq!(log.iter().filter(|e| e["from"]["kind"] == "visitor" && e["kind"] == "text").count(), replies);
}

/// All four have decided on the same state before the first of them writes: the program is held up there.
#[tokio::test(flavor = "multi_thread")]
async fn of_agents_who_decided_on_one_state_one_has_the_chat_and_the_visitor_sees_one() {
    let (server, _home) = child(&[("FAULT_AT", "claim_before_cas:*:sleep=300")]).await;
    let mut agents = Vec::new();
    for n in 0..4 {
        let name = format!("agent{n}");
        server.agent(&name, "").await.unwrap();
        let cookie = server.login(&name).await.unwrap();
        let mut agent = Client::connect(server.address, "/ws/agent", Some(&cookie)).await;
        agent.hello(json!({})).await;
        agent.send(json!({"type": "presence", "state": "online"})).await;
        agents.push(agent);
    }
    let mut v = visitor_of(&server).await;
    let c = v.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    v.wait(|f| f["type"] == "ev" && f["kind"] == "handoff").await;
    let list = agents[0].call(json!({"type": "watch", "view": "waiting"})).await;
    let ver = list["conversations"][0]["ver"].clone();
    let mut race = JoinSet::new();
    for mut agent in agents {
        let c = c.clone();
        let frame = json!({"type": "claim", "c": c, "ver": ver});
        race.spawn(async move {
            let told = agent.call(frame).await;
            let reply = agent.say("I have it.", Some(&c)).await;
            (told, reply)
        });
    }
    let results = race.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = results.iter().partition(|(told, _)| told["ok"] == true);
    assert_eq!(won.len(), 1, "{results:?}");
    assert!(lost.iter().all(|(told, _)| told["code"] == "already_claimed"), "{results:?}");
    assert_eq!(won[0].1["type"], "ack");
    assert!(lost.iter().all(|(_, reply)| reply["code"] == "not_assignee"), "{results:?}");
    v.wait(|f| f["type"] == "ev" && f["body"]["text"] == "I have it.").await;
    v.settle().await;
    let log = v.log(&c);
    assert_eq!(kinds(&log).iter().filter(|k| **k == "claimed").count(), 1, "{log:?}");
    assert_eq!(log.iter().filter(|e| e["from"]["kind"] == "agent" && e["kind"] == "text").count(), 1, "{log:?}");
}

/// The last thing that happens for a while: nothing that comes later could make up for it.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_between_head_and_replay_arrives() {
    let (server, _home) = child(&[("FAULT_AT", "resume_between_head_and_replay:*:sleep=50")]).await;
    server.agent("anna", "").await.unwrap();
    let cookie = server.login("anna").await.unwrap();
    let mut v = visitor_of(&server).await;
    let c = v.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    v.wait(|f| f["type"] == "ev" && f["kind"] == "handoff").await;
    for _ in 0..4 {
        for (path, cookie) in [("/ws", None), ("/ws/agent", Some(cookie.as_str()))] {
            v.settle().await;
            let mut back = Client::connect(server.address, path, cookie).await;
            let mut hello = json!({"type": "hello", "v": 1, "device": cmid(), "resume": [known(&v, &c)]});
            if cookie.is_none() {
                hello["token"] = json!(v.token);
            }
            back.send(hello).await;
            let ack = v.say("when are you open?", Some(&c)).await;
            assert_eq!(ack["type"], "ack", "{ack}");
            back.wait(|f| f["type"] == "ev" && f["seq"] == ack["seq"]).await;
            let _ = back.socket.close(None).await; // ten are allowed
        }
    }
}
