//! `--overload`: finds out what the server can do, offers it three times that, and looks whether it goes on doing it.
//!
//! The load is open: messages are due by the clock, whether or not the ones before were answered, and an ack's time is
//! counted from when its message was due.

use std::fmt;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::check::{self, Violation};
use crate::harness::ledger::{Ledger, Line, Who, hash, id};
use crate::harness::{Server, at};
use crate::raw::{Raw, Refused, field};
use crate::wire::{Failure, uuid};

const SETTINGS: &[(&str, &str)] = &[
    ("DESKBELL_HTTP__PER_ADDRESS", "20000"),
    ("DESKBELL_HTTP__NEW_SESSIONS", "0"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS", "0"),
    ("DESKBELL_HTTP__DRAIN_MS", "500"),
    ("DESKBELL_SOCKET__MESSAGES_PER_SECOND", "1000"),
    ("DESKBELL_SOCKET__MESSAGE_BURST", "1000"),
    ("DESKBELL_SOCKET__FRAMES_PER_SECOND", "1000"),
    ("DESKBELL_LOG__FILTER", "warn"),
];

/// A step of the search for the capacity.
const STEP: Duration = Duration::from_secs(4);

/// Newcomers who knock, a second.
const KNOCKS: u64 = 10;

/// What was seen in a stretch of time.
#[derive(Default)]
struct Seen {
    acks_us: Vec<u64>,
    busy: u64,
    other: u64,
}

#[derive(Default)]
struct Counts {
    seen: Mutex<Seen>,
    lost_sockets: AtomicU64,
    let_in: AtomicU64,
    unavailable: AtomicU64,
    turned_away: AtomicU64,
}

/// A stretch of time at one rate.
pub(crate) struct Row {
    name: String,
    offered: f64,
    goodput: f64,
    p50: f64,
    p99: f64,
    busy: u64,
    other: u64,
    rss_mib: f64,
    unavailable: u64,
    turned_away: u64,
    let_in: u64,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, offered, goodput, p50, p99, busy, other, rss_mib, unavailable, turned_away, let_in } = self;
        write!(
            f,
            "{name:12} offered {offered:7.0}/s  acked {goodput:7.0}/s  ack p50 {p50:7.1} p99 {p99:7.1} ms  \
             nack busy {busy:7}  other {other:4}  RSS {rss_mib:6.1} MiB  newcomers: in {let_in}, 503 {unavailable}, \
             busy after hello {turned_away}"
        )
    }
}

struct Visitor {
    raw: Raw,
    c: String,
    n: u64,
    serial: u64,
    lines: Vec<(u32, Line)>,
}

/// One visitor who sends when told to, until there is nobody to tell.
async fn talk(mut v: Visitor, mut due: mpsc::UnboundedReceiver<Instant>, counts: Arc<Counts>) -> Ledger {
    let mut waiting: std::collections::HashMap<String, Instant> = std::collections::HashMap::new();
    let mut idle = None;
    loop {
        tokio::select! {
            when = due.recv(), if idle.is_none() => match when {
                Some(when) => {
                    v.serial += 1;
                    let cmid = uuid(v.n, v.serial);
                    let text = format!("When are you open? ({})", v.serial);
                    v.lines.push((0, Line::Sending { cmid: id(&cmid), text: hash(&text) }));
                    let frame = json!({"type": "send", "c": v.c, "cmid": cmid, "kind": "text", "body": {"text": text}});
                    waiting.insert(cmid, when);
                    if v.raw.ws.feed(Message::text(frame.to_string())).await.is_err() || v.raw.ws.flush().await.is_err() {
                        counts.lost_sockets.fetch_add(1, Ordering::Relaxed);
                        break;
                    }
                }
                // What is under way may still come.
                None => idle = Some(tokio::time::Instant::now() + Duration::from_secs(10)),
            },
            text = v.raw.text() => {
                let Ok(text) = text else {
                    counts.lost_sockets.fetch_add(1, Ordering::Relaxed);
                    break;
                };
                heard(&mut v, &mut waiting, &text, &counts);
            }
            () = sleep_until(idle.unwrap_or_else(tokio::time::Instant::now)), if idle.is_some() => break,
        }
        if idle.is_some() && waiting.is_empty() {
            break;
        }
    }
    Ledger { who: Who::Visitor(v.n as u32), lines: v.lines }
}

fn heard(v: &mut Visitor, waiting: &mut std::collections::HashMap<String, Instant>, text: &str, counts: &Counts) {
    let ack = text.starts_with("{\"type\":\"ack\"");
    if !ack && !text.starts_with("{\"type\":\"nack\"") {
        return;
    }
    let Some(when) = field(text, "\"cmid").and_then(|cmid| waiting.remove(cmid)) else { return };
    let mut seen = counts.seen.lock().unwrap_or_else(PoisonError::into_inner);
    if !ack {
        if field(text, "\"code") == Some("busy") {
            seen.busy += 1
        } else {
            seen.other += 1
        }
        return;
    }
    seen.acks_us.push(when.elapsed().as_micros() as u64);
    drop(seen);
    let Ok(frame) = serde_json::from_str::<Value>(text) else { return };
    let (cmid, c) = (id(frame["cmid"].as_str().unwrap_or_default()), id(frame["c"].as_str().unwrap_or_default()));
    v.lines.push((0, Line::Acked { cmid, c, seq: frame["seq"].as_u64().unwrap_or_default() }));
}

/// Newcomers who knock all the time.
async fn knock(server: std::net::SocketAddr, counts: Arc<Counts>, ended: Arc<AtomicBool>) {
    let mut n = 1 << 40;
    while !ended.load(Ordering::Relaxed) {
        sleep(Duration::from_millis(1_000 / KNOCKS)).await;
        n += 1;
        let counts = counts.clone();
        tokio::spawn(async move {
            match Raw::open(server, Ipv4Addr::LOCALHOST, "/ws", None).await {
                Ok(mut raw) => match timeout(Duration::from_secs(20), raw.hello(n)).await {
                    Ok(Ok(_)) => counts.let_in.fetch_add(1, Ordering::Relaxed),
                    _ => counts.turned_away.fetch_add(1, Ordering::Relaxed),
                },
                Err(Refused::Status(503)) => counts.unavailable.fetch_add(1, Ordering::Relaxed),
                Err(_) => counts.lost_sockets.fetch_add(1, Ordering::Relaxed),
            }
        });
    }
}

struct Load {
    visitors: Vec<mpsc::UnboundedSender<Instant>>,
    counts: Arc<Counts>,
    pid: u32,
    next: usize,
}

impl Load {
    /// So many messages a second for so long.
    async fn offer(&mut self, name: &str, rate: f64, length: Duration) -> Row {
        let take = |a: &AtomicU64| a.swap(0, Ordering::Relaxed);
        std::mem::take(&mut *self.counts.seen.lock().unwrap_or_else(PoisonError::into_inner));
        for a in [&self.counts.unavailable, &self.counts.turned_away, &self.counts.let_in] {
            take(a);
        }
        let (began, mut sent, mut rss) = (Instant::now(), 0_u64, 0.0_f64);
        let period = Duration::from_secs_f64(1.0 / rate);
        while began.elapsed() < length {
            while period.mul_f64(sent as f64) <= began.elapsed() {
                let due = began + period.mul_f64(sent as f64);
                self.next = (self.next + 1) % self.visitors.len();
                // One whose socket is gone says nothing any more; that is counted there.
                let _ = self.visitors[self.next].send(due);
                sent += 1;
            }
            rss = rss.max(rss_mib(self.pid));
            sleep(Duration::from_millis(2)).await;
        }
        let seconds = began.elapsed().as_secs_f64();
        let Seen { mut acks_us, busy, other } =
            std::mem::take(&mut *self.counts.seen.lock().unwrap_or_else(PoisonError::into_inner));
        acks_us.sort_unstable();
        let row = Row {
            name: name.to_owned(),
            offered: sent as f64 / seconds,
            goodput: acks_us.len() as f64 / seconds,
            p50: at(&acks_us, 0.5) as f64 / 1_000.0,
            p99: at(&acks_us, 0.99) as f64 / 1_000.0,
            busy,
            other,
            rss_mib: rss,
            unavailable: take(&self.counts.unavailable),
            turned_away: take(&self.counts.turned_away),
            let_in: take(&self.counts.let_in),
        };
        println!("{row}");
        row
    }
}

/// What came of it.
pub(crate) struct Report {
    pub(crate) violations: Vec<Violation>,
    capacity: Row,
    over: Row,
    acked: usize,
    lost_sockets: u64,
    recovered_s: Option<u64>,
}

impl Report {
    /// Whether all of it held: see `docs/reliability.md`.
    pub(crate) fn holds(&self) -> bool {
        self.violations.is_empty()
            && self.over.goodput >= 0.8 * self.capacity.goodput
            && self.over.rss_mib <= 2.0 * self.capacity.rss_mib
            && self.recovered_s.is_some_and(|s| s <= 10)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { violations, capacity, over, acked, lost_sockets, recovered_s } = self;
        let share = 100.0 * over.goodput / capacity.goodput;
        writeln!(f, "goodput at three times the capacity: {share:.0} % of {:.0}/s", capacity.goodput)?;
        writeln!(f, "RSS: {:.1} MiB at capacity, {:.1} MiB above", capacity.rss_mib, over.rss_mib)?;
        writeln!(f, "back to normal after: {recovered_s:?} s; sockets lost: {lost_sockets}")?;
        for v in violations.iter().take(20) {
            writeln!(f, "{}: {}", v.rule, v.what)?;
        }
        write!(f, "{acked} acked messages held against the log: {} violations", violations.len())
    }
}

/// Finds the capacity, offers three times that for `length`, and watches the server come back.
///
/// # Errors
/// Where the server does not start or a visitor does not get in at the beginning.
pub(crate) async fn run(bin: &Path, home: &Path, sockets: u32, length: Duration) -> Result<Report, Failure> {
    let mut server = Server::start(bin, home, SETTINGS).await?;
    let address = server.address;
    let counts = Arc::new(Counts::default());
    let mut clients = JoinSet::new();
    let mut load =
        Load { visitors: Vec::new(), counts: counts.clone(), pid: server.pid().ok_or("it has ended")?, next: 0 };
    for first in (0..sockets).step_by(50) {
        let opened = futures_util::stream::iter(first..(first + 50).min(sockets)).map(|n| enter(address, n.into()));
        for v in opened.buffer_unordered(50).collect::<Vec<_>>().await {
            let (due, dues) = mpsc::unbounded_channel();
            load.visitors.push(due);
            clients.spawn(talk(v?, dues, counts.clone()));
        }
    }
    println!("{sockets} visitors are in a conversation; RSS {:.1} MiB", rss_mib(load.pid));
    let ended = Arc::new(AtomicBool::new(false));
    tokio::spawn(knock(address, counts.clone(), ended.clone()));
    let mut capacity = load.offer("warm", 200.0, STEP).await;
    let (mut rate, mut failed) = (400.0, 0);
    // Twice, because others may use the machine for a moment.
    while failed < 2 {
        let row = load.offer("search", rate, STEP).await;
        let whole = row.goodput >= 0.95 * row.offered && row.p99 <= 250.0 && row.busy == 0;
        if whole {
            (capacity, rate, failed) = (row, rate * 1.25, 0);
        } else {
            failed += 1;
        }
    }
    // A queue from the last step of the search shall not count here.
    load.offer("rest", 200.0, STEP).await;
    let capacity = load.offer("capacity", capacity.offered, length).await;
    let over = load.offer("three times", 3.0 * capacity.offered, length).await;
    let mut recovered_s = None;
    for second in 1..=15 {
        let row = load.offer(&format!("after {second} s"), 0.7 * capacity.offered, Duration::from_secs(1)).await;
        let normal = row.p99 <= (2.0 * capacity.p99).max(50.0) && row.busy == 0;
        if normal && recovered_s.is_none() {
            recovered_s = Some(second);
        } else if !normal {
            recovered_s = None;
        }
    }
    ended.store(true, Ordering::Relaxed);
    load.visitors.clear();
    let ledgers = clients.join_all().await;
    server.terminate().await?;
    server.ended(Duration::from_secs(30)).await?;
    let stored = server.log().await?;
    let acked = ledgers.iter().flat_map(|l| &l.lines).filter(|(_, l)| matches!(l, Line::Acked { .. })).count();
    // What came beside the acks was not written down, so the rules about that say nothing here.
    let held = |v: &Violation| ["I1", "I2", "I3", "I5", "I7"].contains(&v.rule);
    let violations = check::check(&ledgers, &stored).into_iter().filter(held).collect();
    let lost_sockets = counts.lost_sockets.load(Ordering::Relaxed);
    Ok(Report { violations, capacity, over, acked, lost_sockets, recovered_s })
}

/// A visitor with an open conversation.
async fn enter(address: std::net::SocketAddr, n: u64) -> Result<Visitor, Failure> {
    let mut raw = match Raw::open(address, Ipv4Addr::LOCALHOST, "/ws", None).await {
        Ok(raw) => raw,
        Err(Refused::Status(status)) => return Err(format!("refused with {status}").into()),
        Err(Refused::Other(e)) => return Err(e),
    };
    raw.hello(n).await?;
    let cmid = uuid(n, 0);
    let text = "When are you open?";
    let mut lines = vec![(0, Line::Sending { cmid: id(&cmid), text: hash(text) })];
    let opening = json!({"type": "send", "cmid": cmid, "kind": "text", "body": {"text": text}});
    let c = loop {
        raw.send(opening.clone()).await?;
        let told = raw.until(|f| f["type"] == "ack" || f["type"] == "nack").await?;
        if told["type"] == "ack" {
            let c = told["c"].as_str().unwrap_or_default().to_owned();
            let seq = told["seq"].as_u64().unwrap_or_default();
            lines.push((0, Line::Acked { cmid: id(&cmid), c: id(&c), seq }));
            break c;
        }
        sleep(Duration::from_millis(told["after_ms"].as_u64().unwrap_or(500))).await;
    };
    Ok(Visitor { raw, c, n, serial: 0, lines })
}

/// Resident memory of a process.
pub(crate) fn rss_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"));
    line.and_then(|l| l.split_whitespace().next()).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}
