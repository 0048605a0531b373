//! Fifty agents and a thousand chats, while visitors leave, chats are passed on and given back, and lines are cut. In the
//! end the logs are read: every chat had at most one agent at any time and none is lost; while it ran, no look at the
//! store showed anybody with more chats than places.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use deskbell::conversation::{Author, Body, Entry, Owner, TransferTo};
use deskbell::desk::Options;
use deskbell::store::{Filter, Range, Side, Store};
use deskbell::types::{AgentId, ConversationId, Seq};
use serde_json::json;
use tokio::task::JoinSet;

use super::{memory, options, person, server_on};
use crate::ledger::harness::chance::Chance;
use crate::support::{Client, TestServer};

const AGENTS: usize = 50;
const PLACES: u32 = 3;
/// Times ten chats each.
const VISITORS: usize = 100;
const EACH: usize = 10;

/// Everybody but agents on one floor.
struct Floor {
    server: TestServer,
    agents: Vec<(String, String)>,
    ended: Arc<AtomicBool>,
}

impl Floor {
    async fn open(settings: &str) -> Self {
        let quick =
            Options { away_after: Duration::from_millis(200), lost_after: Duration::from_millis(400), ..options() };
        let server = server_on(memory().await, quick, settings).await;
        let mut agents = Vec::new();
        for n in 0..AGENTS {
            agents.push(person(&server, &format!("agent{n}"), PLACES, &[]).await);
        }
        Self { server, agents, ended: Arc::default() }
    }
}

async fn visit(address: SocketAddr, seed: u64) {
    let mut chance = Chance::new(seed);
    let mut visitor = Client::connect(address, "/ws", None).await;
    visitor.hello(json!({})).await;
    for _ in 0..EACH {
        let res = visitor.call(json!({"type": "handoff"})).await;
        assert_eq!(res["ok"], true, "{res}");
        if chance.one_in(5) {
            let left = visitor.call(json!({"type": "end", "c": res["c"]})).await;
            assert!(left["ok"] == true || left["code"] == "closed", "{left}");
        }
        visitor.frames.clear();
    }
}

/// Takes chats, or is given them, and is done with each sooner or later.
async fn work(
    address: SocketAddr,
    me: (String, String),
    others: Vec<String>,
    seed: u64,
    claims: bool,
    ended: Arc<AtomicBool>,
) {
    let mut chance = Chance::new(seed);
    let (id, cookie) = me;
    let mut client = sit_down(address, &cookie).await;
    let mut chats: HashMap<String, (u64, bool)> = HashMap::new();
    while !ended.load(Ordering::Relaxed) {
        if chance.one_in(400) {
            // The line is cut, and for a while nobody is there.
            drop(client);
            tokio::time::sleep(Duration::from_millis(chance.below(600))).await;
            client = sit_down(address, &cookie).await;
            chats.clear();
        }
        client.settle().await;
        for frame in client.frames.drain(..) {
            let lists = [&frame["conversation"], &frame];
            let listed = frame["conversations"].as_array().into_iter().flatten();
            let told = lists.into_iter().filter(|f| f["c"].is_string() && f["ver"].is_u64()).chain(listed);
            for told in told {
                let (c, ver) = (told["c"].as_str().unwrap().to_owned(), told["ver"].as_u64().unwrap());
                match told["state"].as_str() {
                    Some("waiting") => chats.insert(c, (ver, false)),
                    Some("assigned") if told["agent"]["id"] == id.as_str() => chats.insert(c, (ver, true)),
                    _ => chats.remove(&c),
                };
            }
        }
        let pick = |mine: bool, n: u64| {
            let mut all: Vec<_> = chats.iter().filter(|(_, (_, own))| *own == mine).collect();
            all.sort();
            all.get(n as usize % all.len().max(1)).map(|(c, (ver, _))| ((*c).clone(), *ver))
        };
        let own = pick(true, chance.below(100)).filter(|_| chance.one_in(2));
        let frame = match own {
            Some((c, ver)) => match chance.below(10) {
                0 => {
                    let to = &others[chance.below(others.len() as u64) as usize];
                    json!({"type": "transfer", "c": c, "ver": ver, "to": {"agent": to}})
                }
                1 => json!({"type": "release", "c": c, "ver": ver, "to": "queue"}),
                _ => json!({"type": "resolve", "c": c, "ver": ver, "reason": "done"}),
            },
            None if claims => match pick(false, chance.below(1_000)) {
                Some((c, ver)) => json!({"type": "claim", "c": c, "ver": ver}),
                None => continue,
            },
            None => continue,
        };
        let c = frame["c"].as_str().unwrap().to_owned();
        let res = client.call(frame).await;
        if res["ok"] != true {
            let code = res["code"].as_str().unwrap();
            let known = ["already_claimed", "at_capacity", "stale", "unavailable", "not_assignee", "closed"];
            assert!(known.contains(&code), "{res}");
            if code != "at_capacity" && code != "unavailable" {
                chats.remove(&c);
            }
        }
    }
}

async fn sit_down(address: SocketAddr, cookie: &str) -> Client {
    let mut client = Client::connect(address, "/ws/agent", Some(cookie)).await;
    client.hello(json!({})).await;
    client.send(json!({"type": "presence", "state": "online"})).await;
    client.call(json!({"type": "watch", "view": "all"})).await;
    client
}

/// Looks at who has what, until everything has ended. Each look is one consistent reading.
async fn watch(store: Arc<dyn Store>, chats: usize, ended: Arc<AtomicBool>) -> u32 {
    for looks in 1.. {
        let assigned = store.list(Filter::Assigned(None), u32::MAX).await.unwrap();
        let mut loads: HashMap<Owner, u32> = HashMap::new();
        for (_, state) in &assigned {
            *loads.entry(state.owner).or_default() += 1;
        }
        let most = loads.values().max().copied().unwrap_or(0);
        assert!(most <= PLACES, "somebody has {most} chats: {loads:?}");
        let closed = store.list(Filter::Closed, u32::MAX).await.unwrap().len();
        if closed == chats {
            ended.store(true, Ordering::Relaxed);
            return looks;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    0
}

async fn run(floor: &Floor, visitors: usize, claims: bool) {
    let address = floor.server.address;
    let ids: Vec<String> = floor.agents.iter().map(|(id, _)| id.clone()).collect();
    let mut all = JoinSet::new();
    for (n, me) in floor.agents.iter().enumerate() {
        let others = ids.iter().filter(|id| **id != me.0).cloned().collect();
        all.spawn(work(address, me.clone(), others, n as u64, claims, floor.ended.clone()));
    }
    for n in 0..visitors {
        all.spawn(visit(address, 1_000 + n as u64));
    }
    let looks = watch(floor.server.store.clone(), visitors * EACH, floor.ended.clone());
    let looks = tokio::time::timeout(Duration::from_secs(300), looks).await.expect("all chats come to an end");
    while let Some(done) = all.join_next().await {
        done.unwrap();
    }
    assert!(looks > 10, "{looks} looks at who has what");
}

async fn logs(store: &Arc<dyn Store>) -> Vec<(ConversationId, Vec<Entry>)> {
    let mut logs = Vec::new();
    for (c, _) in store.list(Filter::All, u32::MAX).await.unwrap() {
        let range = Range { after: Seq(0), before: None, limit: u32::MAX, side: Side::First };
        logs.push((c, store.entries(c, range).await.unwrap()));
    }
    logs
}

/// Goes through a log by the rules alone: who has it after each entry. Gives when it began to wait for the first time and
/// when somebody had it first.
fn check(c: ConversationId, log: &[Entry]) -> (Option<i64>, Option<i64>) {
    #[derive(Debug, PartialEq)]
    enum Has {
        Bot,
        Line,
        One(AgentId),
        Over,
    }
    let (mut has, mut waits, mut taken) = (Has::Bot, None, None);
    for e in log {
        let before = format!("{c} {}: {has:?}, then {:?}", e.seq, e.body);
        match (&e.body, e.author) {
            (Body::Handoff(_), _) => {
                assert_eq!(has, Has::Bot, "{before}");
                waits.get_or_insert(e.at.0);
                has = Has::Line;
            }
            (Body::Claimed { agent }, _) => {
                // Back after a cut, or out of the line: never out of somebody else's hands.
                assert!(has == Has::Line || has == Has::One(*agent), "{before}");
                taken.get_or_insert(e.at.0);
                has = Has::One(*agent);
            }
            (Body::Released { .. }, _) => {
                assert!(matches!(has, Has::One(_)), "{before}");
                has = Has::Line;
            }
            (Body::Transferred { to: TransferTo::Agent(to), .. }, Author::Agent(by)) => {
                assert_eq!(has, Has::One(by), "{before}");
                has = Has::One(*to);
            }
            (Body::Closed { .. }, author) => {
                let own = match author {
                    Author::Agent(by) => has == Has::One(by),
                    _ => has != Has::Over,
                };
                assert!(own, "{before}");
                has = Has::Over;
            }
            _ => assert_ne!(has, Has::Over, "{before}"),
        }
    }
    assert_eq!(has, Has::Over, "{c} is lost");
    (waits, taken)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_agents_and_a_thousand_chats_and_nobody_is_lost() {
    let floor = Floor::open("").await;
    run(&floor, VISITORS, true).await;
    let logs = logs(&floor.server.store).await;
    assert_eq!(logs.len(), VISITORS * EACH);
    for (c, log) in &logs {
        check(*c, log);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn chats_are_given_in_the_order_in_which_they_came() {
    let floor = Floor::open("[routing]\nmode = \"assign\"\n").await;
    run(&floor, VISITORS / 2, false).await;
    let logs = logs(&floor.server.store).await;
    let mut waits: Vec<(i64, i64)> = Vec::new();
    for (c, log) in &logs {
        if let (Some(since), Some(taken)) = check(*c, log) {
            waits.push((since, taken));
        }
    }
    waits.sort_unstable();
    // Decisions of one look are committed beside each other: as far apart as a commit may take here.
    let apart = 5_000;
    for (n, (since, taken)) in waits.iter().enumerate() {
        let passed = waits[n + 1..].iter().find(|(later, first)| *later > since + apart && first + apart < *taken);
        assert_eq!(passed, None, "who came at {since} was taken at {taken}, after somebody who came later");
    }
}
