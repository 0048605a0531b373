//! How chats find people, over real sockets: offers, assignments, transfers, departments, and fifty agents at once.

mod conserve;
mod floor;

use std::path::Path;
use std::sync::Arc;

use deskbell::desk::Options;
use deskbell::store::{self, NewPerson, PersonChange, Store};
use deskbell::types::{Role, Timestamp};
use serde_json::{Value, json};

use crate::support::{Client, PASSWORD, TestServer};

fn options() -> Options {
    Options {
        queue_capacity: 2_000,
        queue_per_visitor: 0,
        queue_per_address: 0,
        crowded_after: std::time::Duration::ZERO,
        ..Options::default()
    }
}

async fn memory() -> Arc<dyn Store> {
    store::open("sqlite::memory:", Path::new(".")).await.unwrap()
}

async fn server_on(store: Arc<dyn Store>, options: Options, settings: &str) -> TestServer {
    let text = format!("languages = [\"en\"]\n{settings}");
    // Agents here work faster than people do.
    let quick = |config: &mut deskbell::config::Config| config.socket.frames_per_second = 10_000;
    TestServer::of(store, options, &[("deskbell.toml", &text)], quick).await
}

async fn server(settings: &str) -> TestServer {
    server_on(memory().await, options(), settings).await
}

/// Somebody with so many places in these departments (none: all); the id and the cookie.
async fn person(server: &TestServer, name: &str, capacity: u32, departments: &[&str]) -> (String, String) {
    let email = format!("{name}@shop.example");
    let person = NewPerson {
        email: email.clone(),
        name: name.to_owned(),
        role: Role::Agent,
        departments: departments.iter().map(|d| (*d).to_owned()).collect(),
        languages: vec![],
        skills: vec![],
        capacity,
        password_hash: deskbell::auth::hash_password(PASSWORD).unwrap(),
    };
    let id = server.store.add_person(person).await.unwrap();
    (id.to_string(), server.login(&email, PASSWORD).await)
}

/// A visitor who has asked for a person, and the conversation.
async fn asks(server: &TestServer) -> (Client, String) {
    let mut visitor = server.visitor().await;
    let res = visitor.call(json!({"type": "handoff"})).await;
    assert_eq!(res["ok"], true, "{res}");
    let c = res["c"].as_str().unwrap().to_owned();
    (visitor, c)
}

async fn offered(agent: &mut Client, c: &str) -> Value {
    agent.wait(|f| f["type"] == "offer" && f["c"] == c && f["until"].is_i64()).await
}

async fn over(agent: &mut Client, c: &str) {
    agent.wait(|f| f["type"] == "offer" && f["c"] == c && f["until"].is_null()).await;
}

#[tokio::test]
async fn an_offer_that_is_let_pass_goes_to_the_next_also_where_that_one_is_busier() {
    let server = server("[routing]\nmode = \"offer\"\noffer_seconds = 5\nmisses_until_away = 0\n").await;
    let (_, cookie) = person(&server, "ben", 3, &[]).await;
    let mut b = server.agent(&cookie).await;
    b.settle().await;
    let (_first, c) = asks(&server).await;
    let ver = offered(&mut b, &c).await["conversation"]["ver"].clone();
    assert_eq!(b.call(json!({"type": "claim", "c": c, "ver": ver})).await["ok"], true);
    // She has none of her places taken, so she comes first, unless she has let it pass.
    let (_, cookie) = person(&server, "anna", 9, &[]).await;
    let mut a = server.agent(&cookie).await;
    a.settle().await;
    let ((_second, d), (_third, e)) = (asks(&server).await, asks(&server).await);
    for c in [&d, &e] {
        offered(&mut a, c).await;
    }
    assert_eq!(a.call(json!({"type": "decline", "c": d})).await["ok"], true);
    offered(&mut b, &d).await;
    a.settle().await;
    let again = a.frames.iter().filter(|f| f["type"] == "offer" && f["c"] == d.as_str() && f["until"].is_i64());
    assert_eq!(again.count(), 1, "what she declined is not hers again while others are there");
    over(&mut a, &e).await;
    offered(&mut b, &e).await;
}

#[tokio::test]
async fn an_offer_that_is_declined_goes_to_the_next_and_a_claim_takes_it() {
    let server = server("[routing]\nmode = \"offer\"\n").await;
    let (anna, cookie) = person(&server, "anna", 1, &[]).await;
    let mut a = server.agent(&cookie).await;
    a.settle().await;
    a.call(json!({"type": "watch", "view": "waiting"})).await;
    let (_visitor, c) = asks(&server).await;
    let offer = offered(&mut a, &c).await;
    assert_eq!((&offer["conversation"]["c"], &offer["conversation"]["state"]), (&json!(c), &json!("waiting")));
    a.wait(|f| f["type"] == "conversation" && f["c"] == c.as_str() && f["offered_to"]["id"] == anna.as_str()).await;
    let (_, cookie) = person(&server, "ben", 1, &[]).await;
    let mut b = server.agent(&cookie).await;
    b.settle().await;
    let refused = b.call(json!({"type": "decline", "c": c})).await;
    assert_eq!(refused["code"], "not_found", "it was not offered to him");
    assert_eq!(a.call(json!({"type": "decline", "c": c})).await["ok"], true);
    over(&mut a, &c).await;
    let ver = offered(&mut b, &c).await["conversation"]["ver"].clone();
    let claimed = b.call(json!({"type": "claim", "c": c, "ver": ver})).await;
    assert_eq!(claimed["conversation"]["state"], "assigned", "{claimed}");
    over(&mut b, &c).await;
}

#[tokio::test]
async fn who_lets_an_offer_pass_is_away_and_the_next_has_it() {
    let server = server("[routing]\nmode = \"offer\"\noffer_seconds = 5\nmisses_until_away = 1\n").await;
    let (anna, cookie) = person(&server, "anna", 1, &[]).await;
    let mut a = server.agent(&cookie).await;
    a.settle().await;
    let (_visitor, c) = asks(&server).await;
    offered(&mut a, &c).await;
    let start = a.frames.len();
    let (_, cookie) = person(&server, "ben", 1, &[]).await;
    let mut b = server.agent(&cookie).await;
    a.wait_from(start, |f| f["type"] == "presence" && f["from"]["id"] == anna.as_str() && f["state"] == "away").await;
    over(&mut a, &c).await;
    offered(&mut b, &c).await;
}

#[tokio::test]
async fn offers_are_made_anew_after_a_restart_and_to_a_console_that_comes_back() {
    let store = memory().await;
    let settings = "[routing]\nmode = \"offer\"\n";
    let first = server_on(store.clone(), options(), settings).await;
    let (_, cookie) = person(&first, "anna", 1, &[]).await;
    let mut a = first.agent(&cookie).await;
    let (_visitor, c) = asks(&first).await;
    offered(&mut a, &c).await;
    let mut again = first.socket("/ws/agent", Some(&cookie)).await;
    again.hello(json!({})).await;
    offered(&mut again, &c).await;
    first.shutdown.cancel();
    first.running.await.unwrap();
    let second = server_on(store, options(), settings).await;
    let mut a = second.agent(&cookie).await;
    offered(&mut a, &c).await;
}

#[tokio::test]
async fn a_chat_is_given_as_soon_as_a_place_is_free() {
    let server = server("[routing]\nmode = \"assign\"\n").await;
    let (anna, cookie) = person(&server, "anna", 1, &[]).await;
    let (mut first, c) = asks(&server).await;
    let mut a = server.agent(&cookie).await;
    let given = first.wait(|f| f["type"] == "ev" && f["kind"] == "claimed").await;
    assert_eq!((&given["from"]["kind"], &given["body"]["agent"]["id"]), (&json!("system"), &json!(anna)), "{given}");
    let mut both = [asks(&server).await, asks(&server).await];
    for (visitor, c) in &mut both {
        visitor.settle().await;
        assert!(!visitor.log(c).iter().any(|e| e["kind"] == "claimed"), "there is one place");
    }
    // On a quick machine both come in one millisecond: then the id decides, as everywhere.
    both.sort_by_key(|(visitor, c)| (visitor.log(c)[0]["at"].as_i64(), c.clone()));
    let [(mut second, d), _third] = both;
    let ver = a.call(json!({"type": "open", "c": c})).await["conversation"]["ver"].clone();
    a.call(json!({"type": "resolve", "c": c, "ver": ver, "reason": "done"})).await;
    second.wait(|f| f["type"] == "ev" && f["c"] == d.as_str() && f["kind"] == "claimed").await;
    assert_eq!(a.say("Hello.", Some(&d)).await["type"], "ack");
}

#[tokio::test]
async fn a_transfer_goes_only_to_who_can_take_it_and_says_who_is_there() {
    let server = server("departments = [\"orders\", \"returns\", \"night\"]\n").await;
    let (_, cookie) = person(&server, "anna", 9, &["orders"]).await;
    let (ben, of_ben) = person(&server, "ben", 1, &["returns"]).await;
    person(&server, "nora", 1, &["night"]).await;
    let mut a = server.agent(&cookie).await;
    let mut chats = Vec::new();
    for _ in 0..4 {
        let (visitor, c) = asks(&server).await;
        let claimed = a.call(json!({"type": "claim", "c": c, "ver": 2})).await;
        chats.push((visitor, c, claimed["conversation"]["ver"].clone()));
    }
    let transfer = |n: usize, to: Value| json!({"type": "transfer", "c": chats[n].1, "ver": chats[n].2, "to": to});
    assert_eq!(a.call(transfer(0, json!({"agent": ben}))).await["code"], "unavailable", "not here");
    let mut b = server.agent(&of_ben).await;
    b.settle().await;
    b.send(json!({"type": "presence", "state": "away"})).await;
    b.settle().await;
    assert_eq!(a.call(transfer(0, json!({"agent": ben}))).await["code"], "unavailable", "away");
    b.send(json!({"type": "presence", "state": "transfer_only"})).await;
    b.settle().await;
    assert_eq!(a.call(transfer(0, json!({"agent": ben}))).await["ok"], true);
    assert_eq!(a.call(transfer(1, json!({"agent": ben}))).await["code"], "at_capacity");
    let there = a.call(transfer(1, json!({"department": "night"}))).await;
    assert_eq!((&there["ok"], &there["staffed"]), (&json!(true), &json!(false)), "{there}");
    b.send(json!({"type": "presence", "state": "online"})).await;
    b.settle().await;
    let there = a.call(transfer(2, json!({"department": "returns"}))).await;
    assert_eq!((&there["ok"], &there["staffed"]), (&json!(true), &json!(true)), "{there}");
    assert_eq!(a.call(transfer(3, json!({"department": "elsewhere"}))).await["code"], "unavailable");
}

#[tokio::test]
async fn who_waits_too_long_goes_on_to_where_somebody_is() {
    let settings = "departments = [\"night\", \"orders\"]\ndefault_department = \"night\"\n[department.night]\noverflow = {to = \"orders\", after_minutes = 5}\n";
    let store = memory().await;
    let began = 1_800_000_000_000;
    let at = |ms: i64| Options { wall: Some(Timestamp(began + ms)), ..options() };
    let first = server_on(store.clone(), at(0), settings).await;
    let (_, cookie) = person(&first, "anna", 1, &["orders"]).await;
    let (visitor, c) = asks(&first).await;
    let mut a = first.agent(&cookie).await;
    a.settle().await;
    let token = visitor.token.clone().unwrap();
    first.shutdown.cancel();
    first.running.await.unwrap();
    let second = server_on(store.clone(), at(5 * 60_000), settings).await;
    let mut visitor = second.visitor_with(json!({"token": token})).await;
    visitor.settle().await;
    assert!(!visitor.log(&c).iter().any(|e| e["kind"] == "transferred"), "nobody is there either");
    let cookie = second.login("anna@shop.example", PASSWORD).await;
    let mut a = second.agent(&cookie).await;
    let moved = visitor.wait(|f| f["type"] == "ev" && f["kind"] == "transferred").await;
    assert_eq!(moved["from"]["kind"], "system", "{moved}");
    let state = store.state(c.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(state.department.as_deref(), Some("orders"));
    assert!(state.waiting_since.is_some_and(|t| t.0 < began + 60_000), "it keeps its wait");
    a.settle().await;
}

#[tokio::test]
async fn a_full_department_and_a_closed_one_are_said_as_they_are() {
    let settings = "departments = [\"night\", \"orders\"]\ndefault_department = \"night\"\n[department.night]\nmax_waiting = 1\nhours = {}\n[texts.en]\nclosed_unknown = \"The night team sleeps.\"\nqueue_full = \"The line is full.\"\n";
    let server = server(settings).await;
    let (mut first, c) = asks(&server).await;
    first.wait(|f| f["type"] == "ev" && f["c"] == c.as_str() && f["body"]["text"] == "The night team sleeps.").await;
    let mut second = server.visitor().await;
    let res = second.call(json!({"type": "handoff"})).await;
    assert_eq!((&res["ok"], &res["code"]), (&json!(false), &json!("queue_full")), "{res}");
    second.wait(|f| f["type"] == "ev" && f["body"]["text"] == "The line is full.").await;
}

#[tokio::test]
async fn languages_and_skills_are_changed_without_ending_sessions() {
    let server = server("").await;
    let (id, cookie) = person(&server, "anna", 1, &[]).await;
    let id = id.parse().unwrap();
    for change in [
        PersonChange::Languages(vec!["de".parse().unwrap(), "en".parse().unwrap()]),
        PersonChange::Skills(vec!["refunds".into()]),
    ] {
        assert!(server.store.change_person(id, change).await.unwrap());
    }
    let people = server.store.people().await.unwrap();
    let anna = people.iter().find(|p| p.id == id).unwrap();
    assert_eq!(anna.languages.iter().map(ToString::to_string).collect::<Vec<_>>(), ["de", "en"]);
    assert_eq!(anna.skills, ["refunds"]);
    assert_eq!(server.get_as(&cookie, "/api/v1/me").await.status, 200, "the session goes on");
}

#[tokio::test]
async fn a_supervisor_gives_a_waiting_chat_to_somebody_who_can_take_it() {
    let server = server("").await;
    let (anna, cookie) = person(&server, "anna", 1, &[]).await;
    let boss = server.person("boss@shop.example", Role::Supervisor).await;
    let (mut visitor, c) = asks(&server).await;
    let (_other, d) = asks(&server).await;
    let mut b = server.agent(&boss).await;
    let listed = b.call(json!({"type": "watch", "view": "waiting"})).await;
    let ver = listed["conversations"][0]["ver"].as_u64().unwrap();
    let give = |c: &str, ver: u64, to: &str| json!({"type": "assign", "c": c, "ver": ver, "agent": to});
    assert_eq!(b.call(give(&c, ver, &anna)).await["code"], "unavailable", "not here");
    assert_eq!(b.call(give(&c, ver, "a99")).await["code"], "unavailable", "nobody");
    assert_eq!(b.call(give(&c, ver, "anna")).await["code"], "invalid");
    let mut a = server.agent(&cookie).await;
    a.call(json!({"type": "watch", "view": "mine"})).await;
    assert_eq!(a.call(give(&c, ver, &anna)).await["code"], "forbidden");
    assert_eq!(b.call(give(&c, ver - 1, &anna)).await["code"], "stale");
    let given = b.call(give(&c, ver, &anna)).await;
    assert_eq!((&given["ok"], &given["conversation"]["agent"]["id"]), (&json!(true), &json!(anna)), "{given}");
    let told = visitor.wait(|f| f["kind"] == "claimed").await;
    assert_eq!((&told["body"]["agent"]["id"], &told["body"]["agent"]["name"]), (&json!(anna), &json!("anna")));
    a.wait(|f| f["type"] == "conversation" && f["c"] == c.as_str() && f["state"] == "assigned").await;
    assert_eq!(a.say("Hello.", Some(&c)).await["type"], "ack");
    assert_eq!(b.call(give(&d, ver, &anna)).await["code"], "at_capacity");
    a.send(json!({"type": "presence", "state": "away"})).await;
    a.settle().await;
    assert_eq!(b.call(give(&d, ver, &anna)).await["code"], "unavailable", "away");
    let rows = server.store.audit_rows(0, None, 100).await.unwrap();
    let row = rows.iter().find(|r| r.what == "assigned").unwrap_or_else(|| panic!("{rows:#?}"));
    assert_eq!(
        (&row.matter, row.detail.as_str(), row.address.as_str()),
        (&c, format!("to {anna}").as_str(), "127.0.0.1")
    );
}

#[tokio::test]
async fn what_an_intent_needs_decides_who_gets_the_chat() {
    let intents = "intents:\n  - id: refund\n    title: A refund\n    examples: [i want a refund, give me my money back]\n    answer: I see.\n    handoff: always\n    needs: [refunds]\n";
    let settings = "languages = [\"en\"]\n[routing]\nmode = \"assign\"\n";
    let files = [("deskbell.toml", settings), ("intents/b.yaml", intents)];
    let server = TestServer::of(memory().await, options(), &files, |_| {}).await;
    let (_, of_anna) = person(&server, "anna", 5, &[]).await;
    let (ben, of_ben) = person(&server, "ben", 5, &[]).await;
    let id = ben.parse().unwrap();
    assert!(server.store.change_person(id, PersonChange::Skills(vec!["refunds".into()])).await.unwrap());
    let mut a = server.agent(&of_anna).await;
    a.settle().await;
    let mut visitor = server.visitor().await;
    let c = visitor.say("i want a refund", None).await["c"].as_str().unwrap().to_owned();
    visitor.wait(|f| f["type"] == "ev" && f["kind"] == "handoff").await;
    // She is free, and a chat behind it is hers: the scheduler has been there, and left this one.
    let (mut other, d) = asks(&server).await;
    other.wait(|f| f["type"] == "ev" && f["c"] == d.as_str() && f["kind"] == "claimed").await;
    let waits = server.store.state(c.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((waits.owner, &*waits.needs), (deskbell::conversation::Owner::Queue, &["refunds".to_owned()][..]));
    let mut b = server.agent(&of_ben).await;
    b.settle().await;
    let claimed = visitor.wait(|f| f["type"] == "ev" && f["kind"] == "claimed").await;
    assert_eq!(claimed["body"]["agent"]["id"], ben.as_str(), "{claimed}");
}

#[test]
fn a_command_adds_somebody_with_languages_and_skills() {
    use std::io::Write as _;

    use crate::durability::program::{deskbell, directory, done};
    let directory = directory();
    let at = directory.path();
    let mut add = deskbell(
        at,
        &[
            "user",
            "add",
            "--email",
            "ada@shop.example",
            "--name",
            "Ada",
            "--role",
            "agent",
            "--language",
            "en",
            "--language",
            "de",
            "--skill",
            "refunds",
            "--skill",
            "law",
            "--capacity",
            "4",
            "--password-stdin",
        ],
    );
    let mut child = add.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
    assert!(child.wait().unwrap().success());
    let listed = done(deskbell(at, &["user", "list"]));
    for word in ["ada@shop.example", "en", "de", "refunds", "law", "4"] {
        assert!(listed.contains(word), "`{word}` is not in {listed}");
    }
}

#[tokio::test]
async fn what_is_put_off_takes_no_place_and_comes_back_to_the_line_where_there_is_none() {
    let server = server("").await;
    let (_, cookie) = person(&server, "anna", 1, &[]).await;
    let mut a = server.socket("/ws/agent", Some(&cookie)).await;
    let now = a.hello(json!({})).await["now"].as_i64().unwrap();
    a.send(json!({"type": "presence", "state": "online"})).await;
    let ((mut first, c), (_second, d)) = (asks(&server).await, asks(&server).await);
    let claim = |c: &str| json!({"type": "claim", "c": c, "ver": 2});
    assert_eq!(a.call(claim(&c)).await["ok"], true);
    assert_eq!(a.call(claim(&d)).await["code"], "at_capacity");
    assert_eq!(a.call(json!({"type": "mark", "c": c, "snooze": now + 3_000})).await["ok"], true);
    assert_eq!(a.call(claim(&d)).await["ok"], true, "her place is free meanwhile");
    let back = first.wait(|f| f["type"] == "ev" && f["kind"] == "released").await;
    assert_eq!((&back["from"]["kind"], &back["body"]["to"]), (&json!("system"), &json!("queue")));
    first.wait(|f| f["type"] == "queue" && f["c"] == c.as_str() && f["position"] == 1).await;
}

#[tokio::test]
async fn two_servers_that_know_nothing_of_each_other_give_nobody_too_much() {
    let store = memory().await;
    let settings = "[routing]\nmode = \"assign\"\n";
    let first = server_on(store.clone(), options(), settings).await;
    let (anna, of_anna) = person(&first, "anna", 1, &[]).await;
    let (ben, of_ben) = person(&first, "ben", 1, &[]).await;
    let second = server_on(store.clone(), options(), settings).await;
    let (mut here, mut there) = (first.agent(&of_anna).await, second.agent(&of_anna).await);
    let mut beside = second.agent(&of_ben).await;
    for client in [&mut here, &mut there, &mut beside] {
        client.settle().await;
    }
    let (mut a, c) = asks(&first).await;
    let claimed = a.wait(|f| f["type"] == "ev" && f["c"] == c.as_str() && f["kind"] == "claimed").await;
    assert_eq!(claimed["body"]["agent"]["id"], anna.as_str());
    // The other server takes her for free, and for the first in the row; what counts is the commit.
    let (mut b, d) = asks(&second).await;
    let claimed = b.wait(|f| f["type"] == "ev" && f["c"] == d.as_str() && f["kind"] == "claimed").await;
    assert_eq!(claimed["body"]["agent"]["id"], ben.as_str(), "{claimed}");
}

#[tokio::test]
async fn waiting_lifts_a_chat_before_one_that_is_urgent_and_both_visitors_are_told() {
    let intents = "intents:\n  - {id: fire, title: A fire, examples: [my lamp is on fire], answer: Unplug it., handoff: always, priority: urgent}\n";
    let files = [("deskbell.toml", "languages = [\"en\"]\n"), ("intents/b.yaml", intents)];
    let store = memory().await;
    let began = 1_800_000_000_000;
    let at = |minutes: i64| Options { wall: Some(Timestamp(began + minutes * 60_000)), ..options() };
    let first = TestServer::of(store.clone(), at(0), &files, |_| {}).await;
    let (old, c) = asks(&first).await;
    let mut urgent = first.visitor().await;
    let d = urgent.say("my lamp is on fire", None).await["c"].as_str().unwrap().to_owned();
    urgent.wait(|f| f["type"] == "queue" && f["c"] == d.as_str() && f["position"] == 1).await;
    let tokens = [old.token.clone().unwrap(), urgent.token.clone().unwrap()];
    first.shutdown.cancel();
    first.running.await.unwrap();
    let second = TestServer::of(store, at(21), &files, |_| {}).await;
    for (token, c, position) in [(&tokens[0], &c, 1), (&tokens[1], &d, 2)] {
        let mut visitor = second.visitor_with(json!({"token": token})).await;
        let told = visitor.wait(|f| f["type"] == "queue" && f["c"] == c.as_str()).await;
        assert_eq!(told["position"], position, "{told}");
    }
}
