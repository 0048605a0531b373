//! Nobody waits beside somebody who could take them, over the real desk: visitors come, people come and go and finish,
//! and after each step the line comes to rest in such a state.

use std::sync::Arc;
use std::time::Duration;

use deskbell::conversation::{Owner, State};
use deskbell::desk::Options;
use deskbell::store::{Filter, Store};
use deskbell::types::{AgentId, ConversationId};
use serde_json::json;
use tokio::time::timeout;

use super::{memory, options, person, server_on};
use crate::ledger::harness::chance::Chance;
use crate::support::{Client, PATIENCE, TestServer};

const STEPS: usize = 250;
const PLACES: u32 = 2;
const DEPARTMENTS: [&str; 2] = ["orders", "returns"];

const INTENTS: &str = "intents:
  - {id: parcel, title: A parcel, examples: [my parcel is lost], answer: Oh., handoff: always, department: orders}
  - {id: return, title: A return, examples: [my lamp is broken], answer: Oh., handoff: always, department: returns}
";

struct Worker {
    id: AgentId,
    cookie: String,
    departments: &'static [&'static str],
    socket: Option<Client>,
    online: bool,
}

impl Worker {
    fn could_take(&self, state: &State, assigned: &[(ConversationId, State)]) -> bool {
        let load = assigned.iter().filter(|(_, s)| s.owner == Owner::Agent(self.id)).count() as u32;
        let theirs = state.department.as_deref().is_none_or(|d| self.departments.contains(&d));
        self.online && load < PLACES && theirs
    }
}

/// Comes to rest where nobody waits whom somebody could take.
async fn rests(store: &Arc<dyn Store>, workers: &[Worker]) {
    let mut left = None;
    let rest = async {
        loop {
            let waiting = store.list(Filter::Waiting, u32::MAX).await.unwrap();
            let assigned = store.list(Filter::Assigned(None), u32::MAX).await.unwrap();
            left = waiting.into_iter().find(|(_, state)| workers.iter().any(|w| w.could_take(state, &assigned)));
            if left.is_none() {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    let done = timeout(PATIENCE, rest).await;
    assert!(done.is_ok(), "waits beside somebody who could take it: {left:?}");
}

async fn step(server: &TestServer, chance: &mut Chance, workers: &mut [Worker], visitors: &mut Vec<Client>) {
    let n = chance.below(workers.len() as u64) as usize;
    match chance.below(10) {
        0..4 => {
            let mut visitor = server.visitor().await;
            let words = ["my parcel is lost", "my lamp is broken", "I want to talk to a person"];
            visitor.say(words[chance.below(3) as usize], None).await;
            visitor.wait(|f| f["type"] == "ev" && f["kind"] == "handoff").await;
            visitors.push(visitor);
        }
        4..6 => {
            let worker = &mut workers[n];
            let state = if worker.online { "away" } else { "online" };
            if worker.socket.is_none() {
                worker.socket = Some(server.agent(&worker.cookie).await);
            }
            let socket = worker.socket.as_mut().unwrap();
            socket.send(json!({"type": "presence", "state": state})).await;
            socket.settle().await;
            worker.online = !worker.online;
        }
        6 => {
            // Gone without a word; what they have stays theirs for a while.
            workers[n].socket = None;
            workers[n].online = false;
        }
        _ => {
            let Some(socket) = workers[n].socket.as_mut() else { return };
            let mine = server.store.list(Filter::Assigned(Some(workers[n].id)), 1).await.unwrap();
            if let Some((c, state)) = mine.first() {
                let done = json!({"type": "resolve", "c": c.to_string(), "ver": state.ver, "reason": "done"});
                assert_eq!(socket.call(done).await["ok"], true);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_beside_somebody_who_could_take_them() {
    let settings = format!("languages = [\"en\"]\ndepartments = {DEPARTMENTS:?}\n[routing]\nmode = \"assign\"\n");
    let files = [("deskbell.toml", settings.as_str()), ("intents/b.yaml", INTENTS)];
    let long = Duration::from_secs(3_600);
    let options = Options { away_after: long, lost_after: long, ..options() };
    let server = TestServer::of(memory().await, options, &files, |_| {}).await;
    let mut workers = Vec::new();
    for (name, departments) in
        [("anna", &DEPARTMENTS[..1]), ("ben", &DEPARTMENTS[1..]), ("cleo", &DEPARTMENTS[..]), ("dan", &DEPARTMENTS[..])]
    {
        let (id, cookie) = person(&server, name, PLACES, departments).await;
        workers.push(Worker { id: id.parse().unwrap(), cookie, departments, socket: None, online: false });
    }
    let (mut chance, mut visitors) = (Chance::new(11), Vec::new());
    for _ in 0..STEPS {
        step(&server, &mut chance, &mut workers, &mut visitors).await;
        rests(&server.store, &workers).await;
    }
    let (waiting, closed) = (
        server.store.list(Filter::Waiting, u32::MAX).await.unwrap().len(),
        server.store.list(Filter::Closed, u32::MAX).await.unwrap().len(),
    );
    assert!(visitors.len() > 60 && closed > 20, "{} came, {waiting} wait, {closed} are done", visitors.len());
}

#[tokio::test]
async fn a_chat_whose_agent_is_cut_off_is_back_in_front_with_its_wait() {
    let quick = Options { away_after: Duration::from_millis(50), lost_after: Duration::from_millis(100), ..options() };
    let server = server_on(memory().await, quick, "").await;
    let (_, of_anna) = person(&server, "anna", 1, &[]).await;
    let (_, of_ben) = person(&server, "ben", 1, &[]).await;
    let (mut a, mut b) = (server.agent(&of_anna).await, server.agent(&of_ben).await);
    b.call(json!({"type": "watch", "view": "waiting"})).await;
    let (mut first, c) = super::asks(&server).await;
    let waited = server.store.state(c.parse().unwrap()).await.unwrap().unwrap().waiting_since;
    // Of two who came within a millisecond, chance decides.
    while waited.is_none_or(|since| server.desk.now() <= since) {
        tokio::task::yield_now().await;
    }
    let (mut second, d) = super::asks(&server).await;
    assert_eq!(a.call(json!({"type": "claim", "c": c, "ver": 2})).await["ok"], true);
    second.wait(|f| f["type"] == "queue" && f["c"] == d.as_str() && f["position"] == 1).await;
    let start = second.frames.len();
    drop(a);
    first.wait(|f| f["kind"] == "released" && f["from"]["kind"] == "system").await;
    second.wait_from(start, |f| f["type"] == "queue" && f["c"] == d.as_str() && f["position"] == 2).await;
    let back = server.store.state(c.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((back.owner, back.waiting_since), (Owner::Queue, waited));
    let line = b.call(json!({"type": "watch", "view": "waiting"})).await;
    let order: Vec<_> = line["conversations"].as_array().unwrap().iter().map(|c| c["c"].as_str().unwrap()).collect();
    assert_eq!(order, [c.as_str(), d.as_str()]);
}
