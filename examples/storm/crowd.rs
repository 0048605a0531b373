//! `--crowd`: thousands of visitors from hundreds of addresses ask for a person, again and again, while others ask the
//! bot and agents work.

use std::collections::HashMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::harness::{Server, at};
use crate::overload::rss_mib;
use crate::raw::{Raw, Refused};
use crate::wire::{Failure, uuid};

const SETTINGS: &[(&str, &str)] = &[
    // 250 addresses stand for as many lines; those who watch come from one.
    ("DESKBELL_HTTP__PER_ADDRESS", "1000"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS", "0"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS_PER_VISITOR", "0"),
    ("DESKBELL_HTTP__DRAIN_MS", "500"),
    ("DESKBELL_LOG__FILTER", "warn"),
];

/// As in the default configuration.
const CAPACITY: usize = 200;
const PER_ADDRESS: usize = 5;

/// Visitors who ask the bot meanwhile.
const OTHERS: u64 = 100;

/// Between two questions of one of them, and between two attempts of one of the crowd.
const PAUSE: Duration = Duration::from_secs(2);

#[derive(Default)]
struct Seen {
    rung: AtomicU64,
    full: AtomicU64,
    refused: AtomicU64,
    cut: AtomicU64,
    answers_us: Mutex<Vec<u64>>,
    claims_us: Mutex<Vec<u64>>,
    /// Where each conversation of the crowd comes from.
    from: Mutex<HashMap<String, Ipv4Addr>>,
    offered: AtomicU64,
    ended: AtomicBool,
}

fn add(to: &Mutex<Vec<u64>>, since: Instant) {
    to.lock().unwrap_or_else(PoisonError::into_inner).push(since.elapsed().as_micros() as u64);
}

/// What came of it.
pub(crate) struct Report {
    seen: Arc<Seen>,
    most_waiting: usize,
    most_of_address: usize,
    looks: usize,
    rss_mib: f64,
}

impl Report {
    /// Whether all of it held: see `docs/reliability.md`.
    pub(crate) fn holds(&self) -> bool {
        let p99 = |m: &Mutex<Vec<u64>>| spread(m).1;
        self.most_waiting <= CAPACITY
            && self.most_of_address <= PER_ADDRESS
            && p99(&self.seen.answers_us) <= 250.0
            && p99(&self.seen.claims_us) <= 100.0
    }
}

/// p50, p99 in milliseconds, and how many.
fn spread(values: &Mutex<Vec<u64>>) -> (f64, f64, usize) {
    let mut v = values.lock().unwrap_or_else(PoisonError::into_inner).clone();
    v.sort_unstable();
    (at(&v, 0.5) as f64 / 1_000.0, at(&v, 0.99) as f64 / 1_000.0, v.len())
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let get = |a: &AtomicU64| a.load(Ordering::Relaxed);
        let s = &self.seen;
        writeln!(
            f,
            "got a place: {}, queue_full: {} (and offered to leave an address: {}), otherwise refused: {}, cut: {}",
            get(&s.rung),
            get(&s.full),
            get(&s.offered),
            get(&s.refused),
            get(&s.cut)
        )?;
        writeln!(
            f,
            "waiting at most {} of {CAPACITY}, at most {} of {PER_ADDRESS} from an address, in {} looks; RSS {:.1} MiB",
            self.most_waiting, self.most_of_address, self.looks, self.rss_mib
        )?;
        let (a, b) = (spread(&s.answers_us), spread(&s.claims_us));
        writeln!(f, "bot's answers to others: p50 {:.1} p99 {:.1} ms of {}", a.0, a.1, a.2)?;
        write!(f, "agents' claims: p50 {:.1} p99 {:.1} ms of {}", b.0, b.1, b.2)
    }
}

/// Lets the crowd in for `length`.
///
/// # Errors
/// Where the server does not start, or an agent does not get in.
pub(crate) async fn run(bin: &Path, home: &Path, crowd: u32, length: Duration) -> Result<Report, Failure> {
    let mut server = Server::start(bin, home, SETTINGS).await?;
    let (address, pid) = (server.address, server.pid().ok_or("it has ended")?);
    let seen = Arc::new(Seen::default());
    let mut all = JoinSet::new();
    let mut agents = JoinSet::new();
    for n in 0..5_u64 {
        let name = format!("agent{n}");
        server.agent(&name, "").await?;
        let cookie = server.login(&name).await?;
        if n == 0 {
            agents.spawn(watch(address, cookie, seen.clone()));
        } else {
            all.spawn(work(address, cookie, n, seen.clone()));
        }
    }
    for n in 0..OTHERS {
        all.spawn(ask(address, n, seen.clone()));
    }
    for n in 0..u64::from(crowd) {
        all.spawn(press(address, n, seen.clone()));
        if n % 50 == 0 {
            sleep(Duration::from_millis(20)).await;
        }
    }
    let (began, mut rss) = (Instant::now(), 0.0_f64);
    while began.elapsed() < length {
        sleep(Duration::from_millis(200)).await;
        rss = rss.max(rss_mib(pid));
    }
    seen.ended.store(true, Ordering::Relaxed);
    let (most_waiting, most_of_address, looks) = agents.join_next().await.ok_or("nobody watches")???;
    while let Some(done) = all.join_next().await {
        done??;
    }
    server.terminate().await?;
    server.ended(Duration::from_secs(30)).await?;
    Ok(Report { seen, most_waiting, most_of_address, looks, rss_mib: rss })
}

async fn open(to: SocketAddr, from: Ipv4Addr, path: &str, cookie: Option<&str>) -> Result<Raw, Failure> {
    match Raw::open(to, from, path, cookie).await {
        Ok(raw) => Ok(raw),
        Err(Refused::Status(status)) => Err(format!("refused with {status}").into()),
        Err(Refused::Other(e)) => Err(e),
    }
}

/// One of the crowd: asks by the button until there is a place, then waits to be taken.
async fn press(to: SocketAddr, n: u64, seen: Arc<Seen>) -> Result<(), Failure> {
    let from = Ipv4Addr::new(127, 0, 0, 2 + (n % 250) as u8);
    let mut c: Option<String> = None;
    let done = || seen.ended.load(Ordering::Relaxed);
    while !done() {
        let Ok(mut raw) = open(to, from, "/ws", None).await else {
            seen.cut.fetch_add(1, Ordering::Relaxed);
            sleep(PAUSE).await;
            continue;
        };
        if raw.hello(n).await.is_err() {
            seen.cut.fetch_add(1, Ordering::Relaxed);
            sleep(PAUSE).await;
            continue;
        }
        c = None;
        let mut offered = false;
        while !done() {
            let mut frame = json!({"type": "handoff", "rid": "r"});
            if let Some(c) = &c {
                frame["c"] = json!(c);
            }
            if raw.send(frame).await.is_err() {
                break;
            }
            let Ok(Ok(res)) = timeout(Duration::from_secs(20), raw.until(|f| f["type"] == "res")).await else { break };
            if let Some(opened) = res["c"].as_str() {
                c = Some(opened.to_owned());
                seen.from.lock().unwrap_or_else(PoisonError::into_inner).insert(opened.to_owned(), from);
            }
            if res["ok"] == true {
                seen.rung.fetch_add(1, Ordering::Relaxed);
                let closed = async {
                    while !done() {
                        let closed = raw.until(|f| f["type"] == "ev" && f["kind"] == "closed");
                        if let Ok(closed) = timeout(PAUSE, closed).await {
                            return closed.is_ok();
                        }
                    }
                    false
                };
                if !closed.await {
                    return Ok(());
                }
                c = None;
                continue;
            }
            match res["code"].as_str() {
                Some("queue_full") => {
                    seen.full.fetch_add(1, Ordering::Relaxed);
                    let asks = raw.until(|f| f["type"] == "ev" && f["body"]["ask"] == "email");
                    if !offered && matches!(timeout(PAUSE, asks).await, Ok(Ok(_))) {
                        offered = true;
                        seen.offered.fetch_add(1, Ordering::Relaxed);
                    }
                }
                _ => drop(seen.refused.fetch_add(1, Ordering::Relaxed)),
            }
            sleep(5 * PAUSE).await;
        }
    }
    drop(c);
    Ok(())
}

/// A visitor who wants nothing but an answer.
async fn ask(to: SocketAddr, n: u64, seen: Arc<Seen>) -> Result<(), Failure> {
    let mut raw = open(to, Ipv4Addr::LOCALHOST, "/ws", None).await?;
    raw.hello(1_000_000 + n).await?;
    let (mut c, mut serial) = (None::<String>, 0);
    sleep(PAUSE.mul_f64(n as f64 / OTHERS as f64)).await;
    while !seen.ended.load(Ordering::Relaxed) {
        serial += 1;
        let mut frame = json!({"type": "send", "cmid": uuid(1_000_000 + n, serial), "kind": "text",
            "body": {"text": "When are you open?"}});
        if let Some(c) = &c {
            frame["c"] = json!(c);
        }
        let since = Instant::now();
        raw.send(frame).await?;
        let told = timeout(Duration::from_secs(20), raw.until(|f| f["type"] == "nack" || f["from"]["kind"] == "bot"));
        let told = told.await.map_err(|_| "no answer")??;
        if told["type"] == "nack" {
            seen.refused.fetch_add(1, Ordering::Relaxed);
        } else {
            add(&seen.answers_us, since);
            c = told["c"].as_str().map(str::to_owned);
        }
        sleep(PAUSE).await;
        // A third "when are you open" in a row would ring a person.
        if let Some(c) = c.take() {
            raw.send(json!({"type": "end", "rid": "end", "c": c})).await?;
        }
    }
    Ok(())
}

/// An agent: takes who waits, and ends it.
async fn work(to: SocketAddr, cookie: String, n: u64, seen: Arc<Seen>) -> Result<(), Failure> {
    let mut raw = open(to, Ipv4Addr::LOCALHOST, "/ws/agent", Some(&cookie)).await?;
    raw.hello(2_000_000 + n).await?;
    raw.send(json!({"type": "presence", "state": "online"})).await?;
    while !seen.ended.load(Ordering::Relaxed) {
        raw.send(json!({"type": "watch", "rid": "watch", "view": "waiting"})).await?;
        let list = raw.until(|f| f["type"] == "res" && f["rid"] == "watch").await?;
        let all = list["conversations"].as_array().cloned().unwrap_or_default();
        let Some(first) = all.get(n as usize % all.len().max(1)) else {
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let since = Instant::now();
        raw.send(json!({"type": "claim", "rid": "claim", "c": first["c"], "ver": first["ver"]})).await?;
        let claimed = raw.until(|f| f["type"] == "res" && f["rid"] == "claim").await?;
        add(&seen.claims_us, since);
        if claimed["ok"] == true {
            let ver = claimed["conversation"]["ver"].clone();
            raw.send(json!({"type": "resolve", "rid": "end", "c": first["c"], "ver": ver, "reason": "done"})).await?;
            raw.until(|f| f["type"] == "res" && f["rid"] == "end").await?;
        }
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// How many of these come from the address that most of them come from.
fn of_one_address(all: &[Value], seen: &Seen) -> usize {
    let mut by_address: HashMap<Ipv4Addr, usize> = HashMap::new();
    let from = seen.from.lock().unwrap_or_else(PoisonError::into_inner);
    for from in all.iter().filter_map(|told| from.get(told["c"].as_str()?)) {
        *by_address.entry(*from).or_default() += 1;
    }
    by_address.into_values().max().unwrap_or(0)
}

/// Looks at the line all the time: most who waited at once, most of one address, and how often that was looked at.
async fn watch(to: SocketAddr, cookie: String, seen: Arc<Seen>) -> Result<(usize, usize, usize), Failure> {
    let mut raw = open(to, Ipv4Addr::LOCALHOST, "/ws/agent", Some(&cookie)).await?;
    raw.hello(3_000_000).await?;
    let (mut most, mut most_of_address, mut looks) = (0, 0, 0);
    while !seen.ended.load(Ordering::Relaxed) {
        raw.send(json!({"type": "watch", "rid": "watch", "view": "waiting"})).await?;
        let list = raw.until(|f| f["type"] == "res" && f["rid"] == "watch").await?;
        if list["more"] == true {
            return Err("more wait than there are places".into());
        }
        let all = list["conversations"].as_array().cloned().unwrap_or_default();
        most = most.max(all.len());
        most_of_address = most_of_address.max(of_one_address(&all, &seen));
        looks += 1;
        sleep(Duration::from_millis(100)).await;
    }
    Ok((most, most_of_address, looks))
}
