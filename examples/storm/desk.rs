//! `--desk`: fifty agents claim a thousand chats while visitors leave and chats are passed on.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::harness::chance::Chance;
use crate::harness::check::Owner;
use crate::harness::{Server, at};
use crate::raw::{Raw, Refused};
use crate::wire::Failure;

const SETTINGS: &[(&str, &str)] = &[
    ("DESKBELL_HTTP__PER_ADDRESS", "1000"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS", "0"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS_PER_VISITOR", "0"),
    ("DESKBELL_HTTP__DRAIN_MS", "500"),
    ("DESKBELL_QUEUE__CAPACITY", "2000"),
    ("DESKBELL_QUEUE__PER_VISITOR", "0"),
    ("DESKBELL_QUEUE__PER_ADDRESS", "0"),
    ("DESKBELL_LOG__FILTER", "warn"),
];

const AGENTS: u64 = 50;
const VISITORS: u64 = 100;
const EACH: u64 = 10;

/// Longer than this it does not take.
const LONGEST: Duration = Duration::from_secs(300);

#[derive(Default)]
struct Seen {
    /// Chats that have come to an end.
    over: AtomicU64,
    left: AtomicU64,
    passed_on: AtomicU64,
    claimed_us: Mutex<Vec<u64>>,
    refused_us: Mutex<Vec<u64>>,
    ended: AtomicBool,
}

/// What came of it.
pub(crate) struct Report {
    seen: Arc<Seen>,
    took: Duration,
    violations: Vec<String>,
}

impl Report {
    /// Whether no rule was broken.
    pub(crate) fn holds(&self) -> bool {
        self.violations.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let s = &self.seen;
        let told = |m: &Mutex<Vec<u64>>| {
            let mut v = m.lock().unwrap_or_else(PoisonError::into_inner).clone();
            v.sort_unstable();
            format!("p50 {:.1} p99 {:.1} ms of {}", at(&v, 0.5) as f64 / 1e3, at(&v, 0.99) as f64 / 1e3, v.len())
        };
        let get = |a: &AtomicU64| a.load(Ordering::Relaxed);
        writeln!(
            f,
            "{} chats in {:.1} s, {AGENTS} agents; {} visitors left, {} chats were passed on",
            get(&s.over),
            self.took.as_secs_f64(),
            get(&s.left),
            get(&s.passed_on)
        )?;
        writeln!(f, "claims that won: {}; that came second: {}", told(&s.claimed_us), told(&s.refused_us))?;
        write!(f, "violations: {}", self.violations.len())?;
        self.violations.iter().try_for_each(|v| write!(f, "\n  {v}"))
    }
}

/// # Errors
/// Where the server does not start, an agent does not get in, or it does not come to an end.
pub(crate) async fn run(bin: &Path, home: &Path) -> Result<Report, Failure> {
    let mut server = Server::start(bin, home, SETTINGS).await?;
    let (to, seen) = (server.address, Arc::new(Seen::default()));
    let (mut ids, mut cookies) = (Vec::new(), Vec::new());
    for n in 0..AGENTS {
        let name = format!("agent{n}");
        ids.push(server.agent(&name, "").await?);
        cookies.push(server.login(&name).await?);
    }
    let mut all = JoinSet::new();
    for (n, cookie) in cookies.into_iter().enumerate() {
        let others: Vec<i64> = ids.iter().enumerate().filter(|(m, _)| *m != n).map(|(_, id)| *id).collect();
        all.spawn(work(to, cookie, others, n as u64, seen.clone()));
    }
    let began = Instant::now();
    for n in 0..VISITORS {
        all.spawn(visit(to, n, seen.clone()));
    }
    while seen.over.load(Ordering::Relaxed) < VISITORS * EACH && began.elapsed() < LONGEST {
        sleep(Duration::from_millis(20)).await;
    }
    let took = began.elapsed();
    seen.ended.store(true, Ordering::Relaxed);
    while let Some(done) = all.join_next().await {
        done??;
    }
    let mut owners: BTreeMap<u128, Owner> = BTreeMap::new();
    let mut violations = Vec::new();
    for entry in server.log().await? {
        let owner = owners.entry(entry.c).or_insert(Owner::Bot);
        if let Err(before) = owner.take(&entry) {
            violations.push(format!("{:032x} {}: {} while it was {before:?}'s", entry.c, entry.seq, entry.kind));
        }
    }
    violations
        .extend(owners.iter().filter(|(_, o)| **o != Owner::Closed).map(|(c, o)| format!("{c:032x} ends as {o:?}")));
    if owners.len() as u64 != VISITORS * EACH {
        violations.push(format!("{} chats are stored", owners.len()));
    }
    server.terminate().await?;
    server.ended(Duration::from_secs(30)).await?;
    Ok(Report { seen, took, violations })
}

async fn open(to: SocketAddr, path: &str, cookie: Option<&str>, n: u64) -> Result<Raw, Failure> {
    let mut raw = match Raw::open(to, Ipv4Addr::LOCALHOST, path, cookie).await {
        Ok(raw) => raw,
        Err(Refused::Status(status)) => return Err(format!("refused with {status}").into()),
        Err(Refused::Other(e)) => return Err(e),
    };
    raw.hello(n).await?;
    Ok(raw)
}

async fn call(raw: &mut Raw, mut frame: Value, serial: &mut u64) -> Result<Value, Failure> {
    *serial += 1;
    let rid = format!("r{serial}");
    frame["rid"] = json!(rid);
    raw.send(frame).await?;
    timeout(Duration::from_secs(30), raw.until(|f| f["type"] == "res" && f["rid"] == rid.as_str()))
        .await
        .map_err(|_| "no answer")?
}

/// Ten times: asks for a person; one of five goes again.
async fn visit(to: SocketAddr, n: u64, seen: Arc<Seen>) -> Result<(), Failure> {
    let (mut chance, mut serial) = (Chance::new(1_000 + n), 0);
    let mut raw = open(to, "/ws", None, n).await?;
    for _ in 0..EACH {
        let res = call(&mut raw, json!({"type": "handoff"}), &mut serial).await?;
        if res["ok"] != true {
            return Err(res.to_string().into());
        }
        if chance.one_in(5) {
            sleep(Duration::from_millis(chance.below(500))).await;
            let left = call(&mut raw, json!({"type": "end", "c": res["c"]}), &mut serial).await?;
            if left["ok"] == true {
                seen.left.fetch_add(1, Ordering::Relaxed);
                seen.over.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
    Ok(())
}

/// Takes who waits, one of those who are near the front; passes some on, and ends the others.
async fn work(to: SocketAddr, cookie: String, others: Vec<i64>, n: u64, seen: Arc<Seen>) -> Result<(), Failure> {
    let (mut chance, mut serial) = (Chance::new(n), 0);
    let mut raw = open(to, "/ws/agent", Some(&cookie), 2_000_000 + n).await?;
    raw.send(json!({"type": "presence", "state": "online"})).await?;
    while !seen.ended.load(Ordering::Relaxed) {
        let mine = call(&mut raw, json!({"type": "watch", "view": "mine"}), &mut serial).await?;
        let line = call(&mut raw, json!({"type": "watch", "view": "waiting"}), &mut serial).await?;
        let line = line["conversations"].as_array().cloned().unwrap_or_default();
        if !line.is_empty() {
            let first = &line[chance.below(line.len().min(20) as u64) as usize];
            let since = Instant::now();
            let frame = json!({"type": "claim", "c": first["c"], "ver": first["ver"]});
            let won = call(&mut raw, frame, &mut serial).await?["ok"] == true;
            let us = since.elapsed().as_micros() as u64;
            let to = if won { &seen.claimed_us } else { &seen.refused_us };
            to.lock().unwrap_or_else(PoisonError::into_inner).push(us);
        }
        for chat in mine["conversations"].as_array().into_iter().flatten() {
            let mut frame = json!({"type": "resolve", "c": chat["c"], "ver": chat["ver"], "reason": "done"});
            let passes = chance.one_in(10);
            if passes {
                let to = format!("a{}", chance.pick(&others).ok_or("nobody else")?);
                frame = json!({"type": "transfer", "c": chat["c"], "ver": chat["ver"], "to": {"agent": to}});
            }
            if call(&mut raw, frame, &mut serial).await?["ok"] == true {
                let counter = if passes { &seen.passed_on } else { &seen.over };
                counter.fetch_add(1, Ordering::Relaxed);
            }
        }
        sleep(Duration::from_millis(20 + chance.below(30))).await;
    }
    Ok(())
}
