//! What is erased is nowhere: not in a file, not in memory, not in a backup that is put back.

use std::sync::Arc;
use std::time::Duration;

use deskbell::conversation::{Author, Body, Entry, Sent, State, Text, Visit};
use deskbell::store::{self, By, Commit, CommitError};
use deskbell::types::{ConversationId, Seq, Timestamp, VisitorId};
use serde_json::{Value, json};

use super::program::{Home, holding};
use crate::support::{Client, request};

const WORDS: &str = "zyxomark";
const AGENTS: &str = "qwertagentmark";
const OTHERS: &str = "otherpersonmark";

async fn agent(home: &Home, address: std::net::SocketAddr) -> Client {
    let body = json!({"email": "a@shop.example", "password": "correct horse battery"}).to_string();
    let origin = format!("http://{address}");
    let headers = [("connection", "close"), ("content-type", "application/json"), ("origin", origin.as_str())];
    let answer = request(address, "POST", "/api/v1/login", &headers, &body).await;
    let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let mut agent = Client::connect(address, "/ws/agent", Some(&cookie)).await;
    agent.hello(json!({})).await;
    agent.send(json!({"type": "presence", "state": "online"})).await;
    let _ = home;
    agent
}

fn add_agent(home: &Home) {
    use std::io::Write;
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_deskbell"))
        .args(["user", "add", "--email", "a@shop.example", "--name", "Anna", "--role", "agent", "--password-stdin"])
        .arg("--data")
        .arg(home.data())
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"correct horse battery\n").unwrap();
    assert!(child.wait().unwrap().success());
}

async fn visitor(address: std::net::SocketAddr) -> Client {
    let mut visitor = Client::connect(address, "/ws", None).await;
    visitor
        .hello(json!({"page": {"url": format!("https://shop.example/{WORDS}"), "title": WORDS, "referrer": WORDS}}))
        .await;
    visitor
}

async fn plain(address: std::net::SocketAddr) -> Client {
    let mut visitor = Client::connect(address, "/ws", None).await;
    visitor.hello(json!({})).await;
    visitor
}

fn visitor_id(home: &Home, c: &str) -> String {
    let found = home.ok(&["visitor", "find", &format!("{WORDS}@mail.example")]);
    assert_eq!(found.lines().count(), 1, "{found} for {c}");
    found.trim().to_owned()
}

/// A conversation with a person in it: gives its id and the visitor's.
async fn talk(home: &Home, visitor: &mut Client, agent: &mut Client) -> (String, String) {
    let ack = visitor.say("i want to complain", None).await;
    let c = ack["c"].as_str().unwrap().to_owned();
    visitor.wait(|f| f["type"] == "ev" && f["kind"] == "handoff").await;
    assert_eq!(visitor.say(&format!("about {WORDS}"), Some(&c)).await["type"], "ack");
    let res = agent.call(json!({"type": "open", "c": c})).await;
    let ver = res["conversation"]["ver"].clone();
    assert_eq!(agent.call(json!({"type": "claim", "c": c, "ver": ver})).await["ok"], true);
    let said = agent.say(&format!("dear {WORDS}, {AGENTS}"), Some(&c)).await;
    assert_eq!(said["type"], "ack", "{said}");
    agent.send(json!({"type": "note", "c": c, "cmid": crate::support::cmid(), "body": {"text": AGENTS}})).await;
    let form = json!({"email": format!("{WORDS}@mail.example")});
    let cmid = crate::support::cmid();
    visitor.send(json!({"type": "send", "c": c, "cmid": cmid, "kind": "form", "body": {"fields": form}})).await;
    visitor.wait(|f| f["cmid"] == cmid.as_str()).await;
    agent.settle().await;
    let id = visitor_id(home, &c);
    (c, id)
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_running_server_nothing_is_left_and_a_backup_obeys() {
    let home = Home::new();
    add_agent(&home);
    let server = home.serve("");
    let (mut agent, mut erased, mut other) =
        (agent(&home, server.address).await, visitor(server.address).await, plain(server.address).await);
    let others = other.say(&format!("{OTHERS} stays"), None).await["c"].as_str().unwrap().to_owned();
    let (c, id) = talk(&home, &mut erased, &mut agent).await;
    let mut idle = plain(server.address).await;
    home.ok(&["backup", home.path("kept.db").to_str().unwrap()]);
    let export: Value = serde_json::from_str(&home.ok(&["visitor", "export", &id])).unwrap();
    let told = export.to_string();
    assert!(told.contains(WORDS) && told.contains(AGENTS) && told.contains(&c) && !told.contains(OTHERS), "{told}");
    assert!(!holding(&home.data(), WORDS).is_empty() && !holding(&home.data(), AGENTS).is_empty());

    let home = Arc::new(home);
    let (there, whom) = (home.clone(), id.clone());
    let done = tokio::task::spawn_blocking(move || there.run(&["visitor", "erase", &whom]));
    assert_eq!(erased.closed().await, 4509);
    let start = agent.frames.len();
    let gone = agent.wait_from(0, |f| f["type"] == "resync" && f["c"] == c.as_str()).await;
    assert_eq!(gone["reason"], "gone");
    let done = done.await.unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(holding(&home.data(), WORDS), Vec::<std::path::PathBuf>::new());
    assert_eq!(holding(&home.data(), AGENTS), Vec::<std::path::PathBuf>::new());

    // The server knows nothing of it either, and goes on for the others.
    assert_eq!(agent.call(json!({"type": "open", "c": c})).await["code"], "not_found");
    assert_eq!(agent.say("still there?", Some(&c)).await["code"], "not_found");
    assert!(start <= agent.frames.len());
    assert_eq!(other.say("and me?", Some(&others)).await["type"], "ack");
    assert_eq!(idle.settled().await, None);
    let token = erased.token.clone().unwrap();
    let mut back = Client::connect(server.address, "/ws", None).await;
    let welcome = back.hello(json!({"token": token})).await;
    assert_eq!(welcome["conversations"], json!([]));
    assert!(welcome["token"].is_string(), "somebody new");
    assert_eq!(home.run(&["visitor", "export", &id]).status.code(), Some(1));
    let audit = home.ok(&["audit"]);
    assert!(audit.contains("\"erase\"") && audit.contains("\"export\"") && audit.contains(&id), "{audit}");
    assert!(!audit.contains(WORDS));

    drop(server);
    home.ok(&["restore", home.path("kept.db").to_str().unwrap()]);
    let replaced = |path: &std::path::PathBuf| path.to_string_lossy().contains("replaced-");
    let left: Vec<_> = holding(&home.data(), WORDS).into_iter().filter(|p| !replaced(p)).collect();
    assert!(left.is_empty(), "{left:?}");
    let log = home.ok(&["log"]);
    assert!(log.contains(OTHERS) && !log.contains(&c) && !log.contains(AGENTS), "{log}");
    assert_eq!(home.run(&["visitor", "export", &id]).status.code(), Some(1));
    home.ok(&["audit", "--verify"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_takes_and_erases_what_is_theirs() {
    let home = Home::new();
    add_agent(&home);
    let server = home.serve("");
    let (mut agent, mut own) = (agent(&home, server.address).await, visitor(server.address).await);
    let (c, id) = talk(&home, &mut own, &mut agent).await;
    let token = own.token.clone().unwrap();
    let origin = format!("http://{}", server.address);
    let ask = async |path: &str, token: &str, origin: &str| {
        let headers = [("connection", "close"), ("content-type", "application/json"), ("origin", origin)];
        request(server.address, "POST", path, &headers, &json!({ "token": token }).to_string()).await
    };
    for path in ["/api/v1/visitor/export", "/api/v1/visitor/erase"] {
        assert_eq!(ask(path, &"0".repeat(64), &origin).await.status, 404);
        assert_eq!(ask(path, &id, &origin).await.status, 404, "an id is no token");
        assert_eq!(ask(path, &token, "https://evil.example").await.status, 403);
    }
    let export = ask("/api/v1/visitor/export", &token, &origin).await;
    assert_eq!(export.status, 200);
    let told = export.json();
    assert_eq!(told["conversations"][0]["conversation"], c.as_str());
    let (own_words, notes) = (export.body.contains(WORDS), export.body.contains("\"note\""));
    assert!(own_words && !notes && !export.body.contains("packet"), "{}", export.body);
    assert_eq!(ask("/api/v1/visitor/erase", &token, &origin).await.status, 200);
    assert_eq!(own.closed().await, 4509);
    assert_eq!(ask("/api/v1/visitor/export", &token, &origin).await.status, 404);
    // The file follows a moment later.
    for _ in 0..200 {
        if holding(&home.data(), AGENTS).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(holding(&home.data(), WORDS).is_empty() && holding(&home.data(), AGENTS).is_empty());
}

fn said(visitor: VisitorId, c: u128, head: u64, text: &str) -> Commit {
    let mut state = State::new(visitor, Visit::default(), Timestamp(1));
    state.head = Seq(head + 1);
    (state.visitor_head, state.visitor_said) = (state.head, state.head);
    state.preview = text.chars().take(140).collect();
    let sent = Some(Sent { cmid: format!("m{head}"), digest: [0; 16] });
    let body = Body::Text(Text::plain(text));
    let entry = Entry { seq: Seq(head + 1), at: Timestamp(1), author: Author::Visitor, body, sent };
    Commit {
        c: ConversationId(c),
        expected: Seq(head),
        entries: [entry].into(),
        state,
        room: None,
        address: String::new(),
    }
}

/// Rows move between pages while others come and go: copies of them are left in free space.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_among_thousands_of_others() {
    let directory = tempfile::tempdir().unwrap();
    let store = store::open("sqlite:", directory.path()).await.unwrap();
    for n in 0..60_u128 {
        store.add_visitor(VisitorId(n), [n as u8; 32], Timestamp(1)).await.unwrap();
    }
    // Each writes in turn, texts of many sizes: pages split between them all the time.
    for turn in 0..40_u64 {
        let all = (0..60_u128).map(|n| {
            let store = store.clone();
            async move {
                let length = ((turn * 7_919 + n as u64 * 104_729) % 900) as usize;
                let text = format!("person{n:03}x {}", "lorem ipsum ".repeat(length / 12)) + &format!(" person{n:03}x");
                store.commit(said(VisitorId(n), (n + 1_000) << 64 | 7, turn, &text)).await.unwrap();
            }
        });
        futures_util::future::join_all(all).await;
    }
    for n in (0..60_u128).filter(|n| n % 3 == 0) {
        let gone = store.erase_visitor(VisitorId(n), By::command()).await.unwrap().unwrap();
        assert_eq!(gone.conversations.len(), 1);
    }
    assert!(store.purge(false).await.unwrap());
    let fast =
        (0..60).filter(|n| n % 3 == 0 && !holding(directory.path(), &format!("person{n:03}x")).is_empty()).count();
    println!("left in free space before the database is rewritten: words of {fast} of 20");
    assert!(store.purge(true).await.unwrap());
    for n in 0..60 {
        let left = holding(directory.path(), &format!("person{n:03}x"));
        assert_eq!(left.is_empty(), n % 3 == 0, "{n}: {left:?}");
    }
    // Who was erased does not write any more, and what was sent again opens nothing.
    let again = store.commit(said(VisitorId(0), 7, 0, "again")).await;
    assert!(matches!(again, Err(CommitError::Erased)), "{again:?}");
    assert!(store.commit(said(VisitorId(0), 99, 0, "again")).await.is_err());
    assert!(matches!(store.commit(said(VisitorId(3), 1_003 << 64 | 7, 40, "x")).await, Err(CommitError::Stale)));
}

#[tokio::test]
async fn what_nobody_touched_for_long_is_deleted_in_steps() {
    let store = store::open("sqlite::memory:", ".".as_ref()).await.unwrap();
    let day = 86_400_000_i64;
    for n in 0..50_u128 {
        let mut commit = said(VisitorId(n), n, 0, "old");
        commit.state.updated_at = Timestamp(if n < 45 { day } else { 10 * day });
        if n == 7 {
            commit.state.owner = deskbell::conversation::Owner::Queue;
        }
        store.commit(commit).await.unwrap();
    }
    let mut deleted = 0;
    loop {
        let gone = store.expire(Timestamp(2 * day), Timestamp(11 * day), 20).await.unwrap();
        assert!(gone.len() <= 20);
        deleted += gone.len();
        if gone.is_empty() {
            break;
        }
    }
    assert_eq!(deleted, 44, "whoever waits for a person stays");
    assert_eq!(store.conversations(None, 100).await.unwrap().len(), 6);
}

/// The process ends between the list beside the database and the commit: the next start finishes the work.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_that_was_cut_off_is_finished_by_the_next_start() {
    use std::os::unix::process::ExitStatusExt;
    let home = Home::new();
    add_agent(&home);
    let server = home.serve("");
    let (mut agent, mut visitor) = (agent(&home, server.address).await, visitor(server.address).await);
    let (c, id) = talk(&home, &mut visitor, &mut agent).await;
    drop(server);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_deskbell"));
    command.env("FAULT_AT", "erase_after_list").args(["visitor", "erase", &id]).arg("--data").arg(home.data());
    assert_eq!(command.output().unwrap().status.signal(), Some(6));
    let listed = std::fs::read_to_string(home.data().join("deskbell.db.erased")).unwrap();
    assert!(listed.contains(&id) && listed.contains(&c), "{listed}");
    assert!(!holding(&home.data(), WORDS).is_empty(), "it is not done yet");
    drop(home.serve(""));
    assert_eq!(home.run(&["visitor", "export", &id]).status.code(), Some(1));
    assert!(!home.ok(&["log"]).contains(&c));
    home.ok(&["visitor", "erase", &id]);
    assert_eq!(holding(&home.data(), WORDS), Vec::<std::path::PathBuf>::new());
}
