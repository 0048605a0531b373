//! What agents do to a chat beside talking in it, over real sockets: put off, follow up, reopen, label, mention, whisper,
//! take over, look.

use deskbell::types::Role;
use serde_json::{Value, json};

use crate::support::*;

/// A chat that this agent has claimed: its id, and its version then.
async fn claimed(visitor: &mut Client, agent: &mut Client) -> (String, Value) {
    let c = visitor.say("i want to complain", None).await["c"].as_str().unwrap().to_owned();
    agent.call(json!({"type": "watch", "view": "all"})).await;
    let waiting = agent.call(json!({"type": "open", "c": c})).await["conversation"].clone();
    let res = agent.call(json!({"type": "claim", "c": c, "ver": waiting["ver"]})).await;
    assert_eq!(res["ok"], true, "{res}");
    (c, res["conversation"]["ver"].clone())
}

async fn view(agent: &mut Client, view: &str) -> Vec<String> {
    let res = agent.call(json!({"type": "watch", "view": view})).await;
    let list = res["conversations"].as_array().unwrap().iter();
    list.map(|c| c["c"].as_str().unwrap().to_owned()).collect()
}

fn soon(server_now: &Value, ms: i64) -> i64 {
    server_now.as_i64().unwrap() + ms
}

async fn agent(server: &TestServer, email: &str, role: Role) -> (Client, Value) {
    let cookie = server.person(email, role).await;
    let mut client = server.socket("/ws/agent", Some(&cookie)).await;
    let welcome = client.hello(json!({})).await;
    client.send(json!({"type": "presence", "state": "online"})).await;
    (client, welcome)
}

#[tokio::test]
async fn what_is_put_off_is_out_of_the_way_until_the_visitor_writes() {
    let server = TestServer::start().await;
    let (mut anna, welcome) = agent(&server, "anna@shop.example", Role::Agent).await;
    let mut visitor = server.visitor().await;
    let (c, _) = claimed(&mut visitor, &mut anna).await;
    let until = soon(&welcome["now"], 3_600_000);
    let res = anna.call(json!({"type": "mark", "c": c, "snooze": until})).await;
    assert_eq!(res["conversation"]["snoozed_until"], until, "{res}");
    assert_eq!((view(&mut anna, "mine").await.len(), view(&mut anna, "snoozed").await), (0, vec![c.clone()]));
    assert!(visitor.log(&c).iter().all(|e| e["kind"] != "marked"), "visitors never see marks");

    visitor.say("are you still there?", Some(&c)).await;
    let back = |f: &Value| f["type"] == "ev" && f["kind"] == "marked" && f["body"]["snoozed_until"] == 0;
    anna.wait(back).await;
    assert_eq!((view(&mut anna, "mine").await, view(&mut anna, "snoozed").await.len()), (vec![c.clone()], 0));
    // The visitor's order has no gap where the marks lie.
    let log = visitor.log(&c);
    assert!(log.windows(2).all(|w| w[1]["prev"] == w[0]["seq"]), "{log:#?}");
}

#[tokio::test]
async fn what_is_put_off_comes_back_in_its_time_to_whoever_can_take_it() {
    let server = TestServer::start().await;
    let (mut anna, welcome) = agent(&server, "anna@shop.example", Role::Agent).await;
    let mut visitor = server.visitor().await;
    let (c, ver) = claimed(&mut visitor, &mut anna).await;
    let until = soon(&welcome["now"], 1_500);
    assert_eq!(anna.call(json!({"type": "mark", "c": c, "snooze": until})).await["ok"], true);
    anna.wait(|f| f["kind"] == "marked" && f["body"]["snoozed_until"] == 0).await;

    // Ended, with a look at it later: it waits again, and says who had it.
    let follow_up = soon(&welcome["now"], 4_500);
    let res = anna.call(json!({"type": "resolve", "c": c, "ver": ver, "reason": "sent", "follow_up": follow_up})).await;
    assert_eq!(
        (&res["conversation"]["state"], &res["conversation"]["follow_up"]),
        (&json!("closed"), &json!(follow_up))
    );
    assert_eq!(view(&mut anna, "closed").await, [c.as_str()]);
    let again = |f: &Value| f["type"] == "conversation" && f["c"] == c.as_str() && f["state"] == "waiting";
    let waiting = anna.wait(again).await;
    assert_eq!(waiting["last_agent"]["id"], welcome["me"]["id"]);
    let told = visitor.wait(|f| f["kind"] == "reopened").await;
    assert_eq!(told["body"]["to"], "queue");
    let past = anna.call(json!({"type": "mark", "c": c, "snooze": 1})).await;
    assert_eq!(past["code"], "not_assignee");
}

#[tokio::test]
async fn either_side_goes_on_with_what_has_ended() {
    let server = TestServer::start().await;
    let (mut anna, _) = agent(&server, "anna@shop.example", Role::Agent).await;
    let mut visitor = server.visitor().await;
    let (c, ver) = claimed(&mut visitor, &mut anna).await;
    let closed = anna.call(json!({"type": "resolve", "c": c, "ver": ver, "reason": "done"})).await;
    let nack = visitor.say("one more thing", Some(&c)).await;
    assert_eq!(nack["code"], "closed");
    let res = visitor.call(json!({"type": "reopen", "c": c})).await;
    assert_eq!((&res["ok"], &res["conversation"]["state"]), (&json!(true), &json!("waiting")), "{res}");
    assert_eq!(visitor.say("one more thing", Some(&c)).await["type"], "ack");
    let stale = anna.call(json!({"type": "reopen", "c": c, "ver": closed["conversation"]["ver"]})).await;
    assert_eq!(stale["code"], "invalid", "it has not ended");

    let ver = anna.call(json!({"type": "open", "c": c})).await["conversation"]["ver"].clone();
    let ver = anna.call(json!({"type": "claim", "c": c, "ver": ver})).await["conversation"]["ver"].clone();
    let closed = anna.call(json!({"type": "resolve", "c": c, "ver": ver, "reason": "done"})).await;
    let res = anna.call(json!({"type": "reopen", "c": c, "ver": closed["conversation"]["ver"]})).await;
    assert_eq!((&res["ok"], &res["conversation"]["state"]), (&json!(true), &json!("assigned")), "{res}");
}

#[tokio::test]
async fn labels_mentions_and_looks_are_told_to_colleagues() {
    let server = TestServer::start().await;
    let (mut anna, annas) = agent(&server, "anna@shop.example", Role::Agent).await;
    let (mut ben, welcome) = agent(&server, "ben@shop.example", Role::Agent).await;
    let bens_id = welcome["me"]["id"].clone();
    let mut visitor = server.visitor().await;
    let (c, _) = claimed(&mut visitor, &mut anna).await;
    ben.call(json!({"type": "watch", "view": "all"})).await;
    let res = anna.call(json!({"type": "mark", "c": c, "labels": ["vip", " late  parcel", "vip"]})).await;
    assert_eq!(res["conversation"]["labels"], json!(["late parcel", "vip"]));
    ben.wait(|f| f["type"] == "conversation" && f["labels"] == json!(["late parcel", "vip"])).await;
    for wrong in
        [json!({}), json!({"labels": ["x"], "snooze": 0}), json!({"priority": "soon"}), json!({"labels": [""]})]
    {
        let mut frame = json!({"type": "mark", "c": c});
        frame.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert_eq!(anna.call(frame).await["code"], "invalid", "{wrong}");
    }

    let note =
        json!({"type": "note", "c": c, "cmid": cmid(), "body": {"text": "@ben, please look", "mentions": [bens_id]}});
    anna.send(note).await;
    ben.wait(|f| f["type"] == "conversation" && f["mentioned"] == json!([bens_id])).await;
    assert_eq!(view(&mut ben, "mentioned").await, [c.as_str()]);
    ben.call(json!({"type": "open", "c": c})).await;
    anna.send(json!({"type": "look", "c": c})).await;
    ben.send(json!({"type": "look", "c": c})).await;
    let looking = ben.wait(|f| f["type"] == "looking" && f["agents"][0]["id"] == annas["me"]["id"]).await;
    assert_eq!(looking["agents"].as_array().unwrap().len(), 1, "oneself is left out");
    ben.wait(|f| f["type"] == "conversation" && f.get("mentioned").is_none()).await;
    assert!(view(&mut ben, "mentioned").await.is_empty());
    anna.wait(|f| f["type"] == "looking" && f["agents"][0]["id"] == bens_id).await;
    drop(ben);
    anna.wait(|f| f["type"] == "looking" && f["agents"] == json!([])).await;
    assert!(!visitor.frames.iter().any(|f| f.to_string().contains("vip") || f.to_string().contains("please look")));
}

#[tokio::test]
async fn a_supervisor_whispers_takes_over_and_sends_somebody_for_a_break() {
    let server = TestServer::start().await;
    let (mut anna, welcome) = agent(&server, "anna@shop.example", Role::Agent).await;
    let (mut boss, bosses) = agent(&server, "boss@shop.example", Role::Supervisor).await;
    let mut visitor = server.visitor().await;
    let (c, ver) = claimed(&mut visitor, &mut anna).await;
    boss.call(json!({"type": "open", "c": c})).await;
    let whisper = |text: &str| json!({"type": "note", "c": c, "cmid": cmid(), "body": {"text": text, "whisper": true}});
    boss.send(whisper("offer a refund")).await;
    let heard = anna.wait(|f| f["kind"] == "note").await;
    assert_eq!((&heard["body"]["whisper"], &heard["from"]["id"]), (&json!(true), &bosses["me"]["id"]));
    anna.send(whisper("no")).await;
    assert_eq!(anna.wait(|f| f["type"] == "nack").await["code"], "forbidden");

    let forced = json!({"type": "claim", "c": c, "ver": ver, "force": true});
    assert_eq!(anna.call(forced.clone()).await["code"], "forbidden");
    let taken = boss.call(forced).await;
    assert_eq!(taken["conversation"]["agent"]["id"], bosses["me"]["id"], "{taken}");
    let nack = anna.say("one moment", Some(&c)).await;
    assert_eq!(nack["code"], "not_assignee");
    visitor.wait(|f| f["kind"] == "transferred" && f["body"]["to"]["agent"] == bosses["me"]["id"]).await;
    let rows = server.store.audit_rows(0, None, 100).await.unwrap();
    assert!(rows.iter().any(|r| r.what == "taken_over" && r.matter == c), "{rows:#?}");

    let id = welcome["me"]["id"].clone();
    boss.send(json!({"type": "presence", "state": "away", "agent": id})).await;
    let away = |f: &Value| f["type"] == "presence" && f["from"]["id"] == id && f["state"] == "away";
    anna.wait(away).await;
}
