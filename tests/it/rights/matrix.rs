//! Asks the real server everything that stands in the table, over both transports.

use std::collections::BTreeMap;

use deskbell::conversation::{Author, Body, Entry, Owner, State, Text, Visit};
use deskbell::store::beside::{NewSuggestion, SuggestionKind};
use deskbell::store::keeps::KeepBody;
use deskbell::store::{By, Commit, SessionId, Site};
use deskbell::types::{AgentId, ConversationId, Role, Seq, Timestamp, VisitorId};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{PASSWORD, add, ask, insist_closed, table};
use crate::support::{Client, TestServer, cmid};

const INVENTED: &str = "0123456789abcdef0123456789abcdef";

struct Somebody {
    id: Option<AgentId>,
    email: String,
    cookie: String,
    socket: Client,
}

struct World {
    server: TestServer,
    people: BTreeMap<String, Somebody>,
    /// By column and object.
    chats: BTreeMap<(String, String), String>,
    /// Whose chats the agents' are.
    visitor: Client,
    /// Looks at all of them.
    observer: Client,
}

/// What a route of this kind takes.
pub(super) fn kept_body(path: &str, name: &str) -> Value {
    match path.split(['/', '?']).nth(4).unwrap() {
        "canned" => json!({"shortcut": name, "title": "Thanks", "text": {"en": "Thank you, {{ visitor.name }}."}}),
        "macros" => json!({"title": "Away", "steps": [{"reply": "Back soon."}, {"snooze_minutes": 30}]}),
        "views" => json!({"title": "Late", "filter": {"state": "waiting", "older_than_minutes": 10}}),
        _ => json!({"words": ["no way"], "language": "en", "hint": "Say what is possible."}),
    }
}

async fn chat(server: &TestServer, n: u128, visitor: VisitorId, department: &str, owner: Owner) -> String {
    let mut state = State::new(visitor, Visit::default(), Timestamp(1));
    (state.head, state.visitor_head, state.visitor_said) = (Seq(1), Seq(1), Seq(1));
    (state.department, state.owner, state.ver) = (Some(department.into()), owner, 2);
    state.waiting_since = (owner != Owner::Bot).then_some(Timestamp(1));
    let body = Body::Text(Text::plain("hello"));
    let entry = Entry { seq: Seq(1), at: Timestamp(1), author: Author::Visitor, body, sent: None };
    let c = ConversationId(n << 64 | 0xfeed);
    server
        .store
        .commit(Commit { c, expected: Seq(0), entries: [entry].into(), state, room: None, address: String::new() })
        .await
        .unwrap();
    c.to_string()
}

async fn visitor(server: &TestServer, token: &str, id: VisitorId, chats: &[String]) -> Client {
    let hash: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    let now = Timestamp(jiff::Timestamp::now().as_millisecond());
    server.store.add_visitor(id, hash, now).await.unwrap();
    let mut client = server.visitor_with(json!({"token": token})).await;
    let epoch = client.epoch();
    let resume: Vec<Value> = chats.iter().map(|c| json!({"c": c, "epoch": epoch, "seq": 1})).collect();
    drop(client);
    client = server.visitor_with(json!({"token": token, "resume": resume})).await;
    assert!(client.token.is_none(), "the token is known");
    client
}

impl World {
    async fn new() -> Self {
        let server = TestServer::with(|c| (c.socket.message_burst, c.login.per_address) = (1_000, 100)).await;
        let mut chats = BTreeMap::new();
        let (mine, other) = (VisitorId(11), VisitorId(22));
        let own = chat(&server, 1, mine, "orders", Owner::Bot).await;
        let foreign = chat(&server, 2, other, "orders", Owner::Bot).await;
        let (near, far) = (
            chat(&server, 3, other, "orders", Owner::Queue).await,
            chat(&server, 4, other, "returns", Owner::Queue).await,
        );
        for (object, c) in [("own", &own), ("other", &foreign), ("none", &INVENTED.to_owned())] {
            chats.insert(("visitor".to_owned(), object.to_owned()), c.clone());
        }
        let mut people = BTreeMap::new();
        let mut all = vec![foreign, near.clone(), far.clone()];
        for (n, (who, role, departments)) in [
            ("agent of orders", Role::Agent, &["orders"][..]),
            ("agent of all", Role::Agent, &[]),
            ("supervisor", Role::Supervisor, &["orders"]),
            ("editor", Role::Editor, &[]),
            ("admin", Role::Admin, &[]),
        ]
        .into_iter()
        .enumerate()
        {
            let email = format!("p{n}@shop.example");
            let id = add(&server, &email, role, departments).await;
            let mine = chat(&server, 10 + n as u128, other, "returns", Owner::Agent(id)).await;
            for (object, c) in [("near", &near), ("far", &far), ("mine", &mine), ("none", &INVENTED.to_owned())] {
                chats.insert((who.to_owned(), object.to_owned()), c.clone());
            }
            all.push(mine);
            let cookie = server.login(&email, PASSWORD).await;
            let mut socket = server.socket("/ws/agent", Some(&cookie)).await;
            socket.hello(json!({})).await;
            people.insert(who.to_owned(), Somebody { id: Some(id), email, cookie, socket });
        }
        let socket = visitor(&server, "of the asker", mine, std::slice::from_ref(&own)).await;
        let nobody = Somebody { id: None, email: String::new(), cookie: String::new(), socket };
        people.insert("visitor".to_owned(), nobody);
        add(&server, "observer@shop.example", Role::Admin, &[]).await;
        let cookie = server.login("observer@shop.example", PASSWORD).await;
        let mut observer = server.socket("/ws/agent", Some(&cookie)).await;
        observer.hello(json!({})).await;
        for c in all.iter().chain([&own]) {
            assert_eq!(observer.call(json!({"type": "open", "c": c})).await["ok"], true);
        }
        let visitor = visitor(&server, "of the others", other, &all).await;
        Self { server, people, chats, visitor, observer }
    }

    /// The cell that the server's answer belongs into, and the answer without the names that the asker gave.
    async fn ask(&mut self, who: &str, call: &str, object: &str) -> (char, String) {
        let (transport, what) = call.split_once(' ').unwrap();
        if transport == "ws" {
            self.socket(who, what, object).await
        } else {
            self.http(who, transport, what, object).await
        }
    }

    async fn socket(&mut self, who: &str, what: &str, object: &str) -> (char, String) {
        let c = self.chats.get(&(who.to_owned(), object.to_owned())).cloned().unwrap_or_default();
        let socket = &mut self.people.get_mut(who).unwrap().socket;
        let rights = |res: Value| {
            let cell = match res["code"].as_str() {
                Some("not_found") => '-',
                Some("forbidden") => 'x',
                _ => '+',
            };
            if res["ok"] != true && res["type"] != "ack" {
                insist_closed(&res);
            }
            let mut plain = res;
            for name in ["rid", "cmid", "c"] {
                plain[name] = Value::Null;
            }
            (cell, plain.to_string())
        };
        let (ver, to) = (999, json!({"department": "orders"}));
        match what {
            "fetch" | "open" | "end" | "handoff" => rights(socket.call(json!({"type": what, "c": c})).await),
            "claim force" => rights(socket.call(json!({"type": "claim", "c": c, "ver": ver, "force": true})).await),
            "mark" => rights(socket.call(json!({"type": what, "c": c, "labels": []})).await),
            "assign" => rights(socket.call(json!({"type": what, "c": c, "ver": ver, "agent": "a1"})).await),
            "decline" => rights(socket.call(json!({"type": what, "c": c})).await),
            "reopen" => rights(socket.call(json!({"type": what, "c": c, "ver": ver})).await),
            "claim" => rights(socket.call(json!({"type": what, "c": c, "ver": ver})).await),
            "release" => rights(socket.call(json!({"type": what, "c": c, "ver": ver, "to": "queue"})).await),
            "transfer" => rights(socket.call(json!({"type": what, "c": c, "ver": ver, "to": to})).await),
            "resolve" => rights(socket.call(json!({"type": what, "c": c, "ver": ver, "reason": "x"})).await),
            "identify" => rights(socket.call(json!({"type": what, "jwt": "x"})).await),
            "send" => rights(socket.say("hello", Some(&c)).await),
            "note" | "note whisper" => {
                let name = cmid();
                socket.send(json!({"type": "note", "c": c, "cmid": name, "body": {"text": "x", "whisper": what == "note whisper"}})).await;
                rights(socket.wait(|f| f["cmid"] == name.as_str() && (f["type"] == "ack" || f["type"] == "nack")).await)
            }
            "resume" => {
                let (epoch, cookie) = (socket.epoch(), self.people[who].cookie.clone());
                let path = if who == "visitor" { "/ws" } else { "/ws/agent" };
                let mut again =
                    self.server.socket(path, Some(&cookie).filter(|c| !c.is_empty()).map(String::as_str)).await;
                let mut hello = json!({"resume": [{"c": c, "epoch": epoch, "seq": 0}]});
                if who == "visitor" {
                    hello["token"] = json!("of the asker");
                }
                again.hello(hello).await;
                again.settle().await;
                match again.frames.iter().find(|f| f["type"] == "resync") {
                    Some(resync) => {
                        insist_closed(resync);
                        assert!(again.log(&c).is_empty(), "{resync}");
                        let mut plain = resync.clone();
                        plain["c"] = Value::Null;
                        ('-', plain.to_string())
                    }
                    None => {
                        assert!(!again.log(&c).is_empty(), "neither a log nor a refusal");
                        ('+', String::new())
                    }
                }
            }
            "ping" => {
                socket.settle().await;
                ('+', String::new())
            }
            "read" => self.silent(who, json!({"type": "read", "c": c, "seq": 1})).await,
            "visit" => self.silent(who, json!({"type": "visit", "page": {"url": "/x"}})).await,
            "look" => self.silent(who, json!({"type": "look", "c": c})).await,
            "presence other" => self.silent(who, json!({"type": "presence", "state": "away", "agent": "a99"})).await,
            "presence" => self.silent(who, json!({"type": "presence", "state": "away"})).await,
            "typing" => self.typing(who, &c, object).await,
            watch => {
                let view = watch.strip_prefix("watch ").unwrap_or_else(|| panic!("`{watch}`"));
                rights(socket.call(json!({"type": "watch", "view": view})).await)
            }
        }
    }

    /// What is never answered, unless with a refusal.
    async fn silent(&mut self, who: &str, frame: Value) -> (char, String) {
        let socket = &mut self.people.get_mut(who).unwrap().socket;
        let start = socket.frames.len();
        socket.send(frame).await;
        socket.settle().await;
        match socket.frames[start..].iter().find(|f| f["type"] == "err") {
            Some(err) => {
                insist_closed(err);
                assert_eq!(err["code"], "forbidden");
                ('x', err.to_string())
            }
            None => ('.', String::new()),
        }
    }

    async fn typing(&mut self, who: &str, c: &str, object: &str) -> (char, String) {
        let kind = if who == "visitor" { "visitor" } else { "agent" };
        if kind == "agent" {
            let socket = &mut self.people.get_mut(who).unwrap().socket;
            socket.call(json!({"type": "open", "c": c})).await;
        }
        let start = self.observer.frames.len();
        let (cell, answer) = self.silent(who, json!({"type": "typing", "c": c, "on": true})).await;
        if cell == 'x' || object == "none" {
            return (cell, answer);
        }
        // The hints are one mail or two, in this order; after the second no first can come.
        if object != "own" {
            self.visitor.send(json!({"type": "typing", "c": c, "on": false})).await;
            let is =
                |f: &Value| f["type"] == "typing" && f["c"] == c && f["from"]["kind"] == "visitor" && f["on"] == false;
            self.observer.wait_from(start, is).await;
        } else {
            self.observer.wait_from(start, |f| f["type"] == "typing" && f["c"] == c).await;
        }
        self.observer.settle().await;
        let told = self.observer.frames[start..]
            .iter()
            .any(|f| f["type"] == "typing" && f["c"] == c && f["from"]["kind"] == kind && f["on"] == true);
        (if told { '+' } else { '.' }, String::new())
    }

    async fn http(&mut self, who: &str, method: &str, path: &str, object: &str) -> (char, String) {
        let asker = &self.people[who];
        let (cookie, id) = (asker.cookie.clone(), asker.id);
        let (path, part) = path.split_once(' ').unwrap_or((path, ""));
        let mut path = path.to_owned();
        if path.contains("{c}") {
            path = path.replace("{c}", &self.chats[&(who.to_owned(), object.to_owned())]);
        } else if path.contains("sessions/{id}") {
            let session = match object {
                "own" if who != "visitor" => self.session(&self.people[who].email.clone()).await,
                "other" => self.session("observer@shop.example").await,
                _ => "0123456789abcdef".to_owned(),
            };
            path = path.replace("{id}", &session);
        } else if path.contains("people/{id}") {
            let person = match object {
                "self" => id.unwrap_or(AgentId(1)).to_string(),
                "other" => self.people["agent of all"].id.unwrap().to_string(),
                _ => "a999".to_owned(),
            };
            path = path.replace("{id}", if who == "agent of all" && object == "other" { "a1" } else { &person });
        }
        if path.contains("/suggestions/{id}") {
            path = path.replace("{id}", &self.told(object, id).await);
        }
        if path.contains("/workshop/ignored/{id}") {
            let ignored = self.server.store.ignore(&cmid(), By::command()).await.unwrap().unwrap();
            path = path.replace("{id}", &ignored.to_string());
        }
        if path.contains("/sites/{name}") {
            let site = Site { name: "gone".into(), origins: vec!["https://gone.example".into()], key: None };
            self.server.store.add_site(site).await.unwrap();
            path = path.replace("{name}", "gone");
        }
        path = path.replace("departments/{name}", "departments/orders");
        if path.contains("/visitors/{id}") {
            path = path.replace("{id}", &self.blockable(object).await);
        }
        if path.contains("/desk/") && path.contains("{id}") {
            let id = self.kept(&path, object, id).await;
            path = path.replace("{id}", &id);
        }
        let body = match path.as_str() {
            p if p.contains("/desk/") && method != "DELETE" => kept_body(p, &cmid()),
            "/api/v1/password" => json!({"password": PASSWORD, "new": "short"}),
            // The visitor's own token; an employee has none.
            "/api/v1/visitor/export" | "/api/v1/visitor/erase" => {
                json!({"token": if who == "visitor" { "of the asker" } else { "of nobody" }})
            }
            "/api/v1/suggestions" if method == "POST" => {
                let c = &self.chats[&(who.to_owned(), object.to_owned())];
                json!({"c": c, "seq": 1, "kind": "wording", "note": "kinder"})
            }
            "/api/v1/sites" if method == "POST" => {
                json!({"name": "shop", "origins": [format!("https://{}.example", cmid())]})
            }
            p if p.ends_with("/pause") => json!({"paused": true}),
            p if p.ends_with("/block") && method == "POST" => json!({"reason": "threats"}),
            "/api/v1/suggest" => json!({"c": self.chats[&(who.to_owned(), object.to_owned())], "text": "hello"}),
            "/api/v1/second-factor" => json!({"password": PASSWORD}),
            "/api/v1/second-factor/confirm" => json!({"code": "000"}),
            "/api/v1/second-factor/remove" => json!({"password": PASSWORD, "code": "000000"}),
            "/api/v1/people" if method == "POST" => {
                json!({"email": format!("{}@x.example", cmid()), "name": "N", "role": "agent", "password": "blue lamp seven"})
            }
            "/api/v1/workshop/draft" => json!({"rev": 999}),
            "/api/v1/workshop/draft/file" => json!({"path": "intents/b.yaml", "text": "intents: []\n"}),
            "/api/v1/workshop/plan" => json!({"days": 7}),
            "/api/v1/workshop/publish" => json!({"rev": 999, "name": "autumn"}),
            "/api/v1/workshop/branch" => json!({"rev": 999, "name": "autumn", "message": "why"}),
            "/api/v1/workshop/rollback" => json!({"to": 999}),
            p if p.ends_with("/add") => json!({"rev": 999, "to": "opening-hours", "texts": ["x"]}),
            p if p.ends_with("/new") => json!({"rev": 999, "id": "x", "texts": ["x"], "answer": {"en": "X."}}),
            "/api/v1/workshop/try" => json!({"text": "when are you open"}),
            _ if method == "PUT" => json!({"text": {"en": "late"}}),
            _ if part == "capacity" => json!({"capacity": 3}),
            _ if method == "PATCH" => json!({"disabled": false}),
            _ if method == "POST" => json!({}),
            _ => Value::Null,
        };
        let answer = ask(&self.server, &cookie, method, &path, &body).await;
        // To whoever may, the workshop says in words why not now.
        let told_why = path.starts_with("/api/v1/workshop") && answer.status == 409;
        if answer.status >= 400 && !told_why {
            insist_closed(&answer.json());
        }
        let cell = match answer.status {
            401 => '0',
            403 => 'x',
            // They may; nobody has asked that.
            404 if path.contains("/workshop/gaps/") => '+',
            404 => '-',
            200..=299 => '+',
            // A first code cannot be right that early, and there is nothing to remove.
            409 if path.contains("second-factor/") => '+',
            409 if told_why => '+',
            // They may; the new password is too short.
            409 if path == "/api/v1/password" => '+',
            other => panic!("{method} {path} as {who}: {other} {}", answer.body),
        };
        let headers: Vec<_> = answer.headers.iter().filter(|(n, _)| n != "date").collect();
        (cell, format!("{} {headers:?} {}", answer.status, answer.body))
    }

    /// Something new that the editors were told, by its number.
    async fn told(&self, object: &str, me: Option<AgentId>) -> String {
        let by = match object {
            "own" => me.unwrap_or(AgentId(1)),
            "other" => AgentId(77),
            _ => return "999999".into(),
        };
        let c = self.chats[&("agent of all".to_owned(), "near".to_owned())].parse().unwrap();
        let (kind, note) = (SuggestionKind::Wording, Some("kinder".to_owned()));
        let new = NewSuggestion { c, seq: Seq(1), kind, target: None, text: None, note, at: Timestamp(1), by };
        self.server.store.suggest(new).await.unwrap().unwrap().to_string()
    }

    /// Somebody new who wrote to a department and is blocked for it.
    async fn blockable(&self, object: &str) -> String {
        let department = match object {
            "near" => "orders",
            "far" => "returns",
            _ => return INVENTED.into(),
        };
        let n = u128::from(getrandom::u64().unwrap()) | 1 << 64;
        let hash: [u8; 32] = Sha256::digest(n.to_be_bytes()).into();
        self.server.store.add_visitor(VisitorId(n), hash, Timestamp(1)).await.unwrap();
        chat(&self.server, n, VisitorId(n), department, Owner::Bot).await;
        assert!(self.server.store.block(VisitorId(n), None, "threats", By::command()).await.unwrap());
        VisitorId(n).to_string()
    }

    /// Something new of a kind, by its name.
    async fn kept(&self, path: &str, object: &str, me: Option<AgentId>) -> String {
        let owner = match object {
            "shared" => None,
            "other" => self.people["agent of all"].id.filter(|id| Some(*id) != me).or(Some(AgentId(1))),
            "none" => return "k999999".into(),
            _ => me,
        };
        let body = kept_body(path, &cmid()).to_string();
        let body = match path.split('/').nth(4).unwrap() {
            "canned" => KeepBody::Canned(serde_json::from_str(&body).unwrap()),
            "macros" => KeepBody::Macro(serde_json::from_str(&body).unwrap()),
            "views" => KeepBody::View(serde_json::from_str(&body).unwrap()),
            _ => KeepBody::Wording(serde_json::from_str(&body).unwrap()),
        };
        self.server.store.add_keep(owner, body, AgentId(1), Timestamp(1)).await.unwrap().to_string()
    }

    /// A further session of somebody, by its name.
    async fn session(&self, email: &str) -> String {
        let cookie = self.server.login(email, PASSWORD).await;
        let token = cookie.split_once('=').unwrap().1;
        SessionId::of(&Sha256::digest(token.as_bytes()).into()).to_string()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_does_what_the_table_says() {
    let mut world = World::new().await;
    let mut wrong = Vec::new();
    for part in table::read() {
        for (call, cells) in &part.rows {
            for ((who, objects), cells) in part.columns.iter().zip(cells) {
                let mut hidden: Vec<String> = Vec::new();
                for (object, wanted) in objects.iter().zip(cells) {
                    let (cell, answer) = world.ask(who, call, object).await;
                    if cell != *wanted {
                        wrong.push(format!("{call} as {who} on {object}: {cell} instead of {wanted} ({answer})"));
                    }
                    if cell == '-' {
                        hidden.push(answer);
                    }
                }
                if hidden.windows(2).any(|w| w[0] != w[1]) {
                    wrong.push(format!("{call} as {who}: not theirs and not there differ: {hidden:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_transfer_tells_nothing_of_its_target_to_who_may_not_touch_the_chat() {
    let mut world = World::new().await;
    let far = world.chats[&("agent of orders".to_owned(), "far".to_owned())].clone();
    let socket = &mut world.people.get_mut("agent of orders").unwrap().socket;
    for to in [json!({"agent": "a2"}), json!({"agent": "a999"}), json!({"department": "nothing"})] {
        let res = socket.call(json!({"type": "transfer", "c": far, "ver": 2, "to": to})).await;
        assert_eq!(res["code"], "not_found", "{res}");
    }
}
