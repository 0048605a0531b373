//! A soak: many sockets for a long time, some of which leave and come back, some of which write; and the question
//! whether the server's memory and descriptors stay where they are.
//!
//! What is bounded fills first: each visitor writes as much as the server keeps at hand of a conversation. Then a warm-up
//! passes, and then the server's own `/metrics` are read every few seconds. The slope is Theil and Sen's (the median of
//! the slopes of all pairs: Sen 1968, J. Am. Stat. Assoc. 63), its range the one of rank statistics with 95 %. That range
//! is for samples that know nothing of each other, and the allocator's ebb and flow takes a minute or two: so each minute
//! is one point, the median of its samples.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use deskbell::protocol::{ClientFrame, Hello, Resume, Send, SendBody, SendKind, ServerFrame, VERSION};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use crate::harness::Server;
use crate::wire::{self, Failure, Socket, uuid};

/// Messages of each visitor before anything is measured: more than the server keeps at hand of a conversation.
const FILL: u32 = 40;

/// Visitors who do so at once.
const FILLING: usize = 64;

/// Between two looks at the server.
const SAMPLE: Duration = Duration::from_secs(3);

/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Growth that is borne, MiB an hour.
const LIMIT: f64 = 1.0;

/// Between the medians of the first and the last quarter so many descriptors more are borne.
const DESCRIPTORS: f64 = 10.0;

const TEXTS: [&str; 5] = [
    "when are you open?",
    "what are your opening hours?",
    "is there anybody who knows about the airspeed of a swallow?",
    "are you open on sundays?",
    "thank you very much",
];

const SETTINGS: &[(&str, &str)] = &[
    ("DESKBELL_HTTP__PER_ADDRESS", "15000"),
    ("DESKBELL_HTTP__NEW_SESSIONS", "0"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS", "0"),
    ("DESKBELL_HTTP__DRAIN_MS", "200"),
    ("DESKBELL_SOCKET__MESSAGES_PER_SECOND", "1000"),
    ("DESKBELL_SOCKET__MESSAGE_BURST", "1000"),
    ("DESKBELL_SOCKET__FRAMES_PER_SECOND", "1000"),
    ("DESKBELL_QUEUE__CAPACITY", "5"),
];

/// What kind of soak.
pub(crate) struct Plan {
    /// The server's program.
    pub(crate) bin: PathBuf,
    /// Where data and the server's log lie.
    pub(crate) home: PathBuf,
    /// Open sockets.
    pub(crate) sockets: u32,
    /// Of which so many a second leave and come back.
    pub(crate) churn: f64,
    /// Messages a second, all together.
    pub(crate) rate: f64,
    /// How long, filling not counted; a fifth of it is warm-up.
    pub(crate) time: Duration,
}

/// What came of it.
pub(crate) struct Report {
    sockets: u32,
    measured: Duration,
    samples: Vec<Sample>,
    memory: Slope,
    counts: Counts,
    /// What did not hold; empty: all of it did.
    pub(crate) faults: Vec<String>,
}

#[derive(Default, Clone, Copy)]
struct Sample {
    hours: f64,
    resident_mib: f64,
    descriptors: f64,
    threads: f64,
    open: f64,
    series: usize,
    scrape_ms: f64,
}

#[derive(Default)]
struct Counts {
    sent: AtomicU64,
    acked: AtomicU64,
    refused: AtomicU64,
    returns: AtomicU64,
    failed: AtomicU64,
}

enum Order {
    Say,
    Return,
}

/// Lets it soak.
///
/// # Errors
/// Where the server does not start or cannot be asked.
pub(crate) async fn run(plan: &Plan) -> Result<Report, Failure> {
    let mut server = Server::start(&plan.bin, &plan.home, SETTINGS).await?;
    let admin = admin_of(&plan.home)?;
    let counts = Arc::new(Counts::default());
    let filling = Arc::new(Semaphore::new(FILLING));
    let (filled, mut fills) = mpsc::unbounded_channel();
    let mut visitors = JoinSet::new();
    let mut orders = Vec::new();
    for n in 0..plan.sockets {
        let (order, todo) = mpsc::unbounded_channel();
        orders.push(order);
        let visitor = Visitor::new(n, server.url(), Arc::clone(&counts));
        visitors.spawn(visitor.live(todo, Arc::clone(&filling), filled.clone()));
    }
    drop(filled);
    for _ in 0..plan.sockets {
        timeout(PATIENCE * 4, fills.recv())
            .await
            .map_err(|_| "the visitors do not come in")?
            .ok_or("a visitor failed")?;
    }
    println!("{} sockets are open, and {} messages stored", plan.sockets, counts.acked.load(Ordering::Relaxed));
    let pace = tokio::spawn(pace(orders, plan.rate, plan.churn));
    sleep(plan.time / 5).await;
    let began = Instant::now();
    let mut samples = Vec::new();
    let mut tick = interval(SAMPLE);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while began.elapsed() < plan.time * 4 / 5 {
        tick.tick().await;
        let sample = Sample { hours: began.elapsed().as_secs_f64() / 3_600.0, ..look(&admin).await? };
        samples.push(sample);
    }
    let measured = began.elapsed();
    // Ends the orders, and with them the visitors.
    pace.abort();
    while timeout(PATIENCE, visitors.join_next()).await.map_err(|_| "the visitors do not end")?.is_some() {}
    server.terminate().await?;
    let exit = server.ended(Duration::from_secs(20)).await?;
    let counts = Arc::into_inner(counts).unwrap_or_default();
    let memory = Slope::of(&minutes(&samples));
    let faults = faults(plan, &samples, &memory, &counts, exit);
    Ok(Report { sockets: plan.sockets, measured, samples, memory, counts, faults })
}

fn faults(plan: &Plan, samples: &[Sample], memory: &Slope, counts: &Counts, exit: Option<i32>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |is: bool, what: String| faults.extend(is.then_some(what));
    fault(memory.low > LIMIT, format!("memory grows by more than {LIMIT} MiB an hour, with 95 %"));
    let quarter = samples.len() / 4;
    let all = |of: fn(&Sample) -> f64| {
        let first = median(samples.iter().take(quarter).map(of).collect());
        (first, median(samples.iter().rev().take(quarter).map(of).collect()))
    };
    let (first, last) = all(|s| s.descriptors);
    fault(last > first + DESCRIPTORS, format!("descriptors rose from {first} to {last}"));
    let (first, last) = all(|s| s.threads);
    fault(last > first + 1.0, format!("threads rose from {first} to {last}"));
    let open = all(|s| s.open).1;
    fault(open < f64::from(plan.sockets) * 0.98, format!("only {open} sockets are open"));
    let (failed, refused) = (counts.failed.load(Ordering::Relaxed), counts.refused.load(Ordering::Relaxed));
    fault(failed + refused > 0, format!("{failed} visitors failed, {refused} messages were refused"));
    fault(exit != Some(0), format!("the server ended with {exit:?}"));
    fault(quarter == 0, "too short to say anything".to_owned());
    faults
}

/// Gives every visitor its turn to write, and to leave and come back.
async fn pace(orders: Vec<mpsc::UnboundedSender<Order>>, rate: f64, churn: f64) {
    let every = |per_second: f64| interval(Duration::from_secs_f64(1.0 / per_second.max(0.001)));
    let (mut says, mut returns) = (every(rate), every(churn));
    // A step that shares no factor with most numbers of sockets: who returns is seldom who has just written.
    let (mut at, mut back) = (0_usize, 0_usize);
    loop {
        let (n, order) = tokio::select! {
            _ = says.tick() => { at += 1; (at, Order::Say) }
            _ = returns.tick() => { back += 7_919; (back, Order::Return) }
        };
        // A visitor who failed is counted elsewhere.
        let _ = orders[n % orders.len()].send(order);
    }
}

struct Visitor {
    n: u32,
    url: String,
    counts: Arc<Counts>,
    token: Option<String>,
    epoch: String,
    c: Option<String>,
    seq: u64,
    serial: u64,
}

impl Visitor {
    fn new(n: u32, url: String, counts: Arc<Counts>) -> Self {
        Self { n, url, counts, token: None, epoch: String::new(), c: None, seq: 0, serial: 0 }
    }

    async fn live(
        mut self,
        todo: mpsc::UnboundedReceiver<Order>,
        filling: Arc<Semaphore>,
        filled: mpsc::UnboundedSender<()>,
    ) {
        let counts = Arc::clone(&self.counts);
        if let Err(error) = self.stay(todo, filling, filled).await {
            counts.failed.fetch_add(1, Ordering::Relaxed);
            eprintln!("visitor {}: {error}", self.n);
        }
    }

    async fn stay(
        &mut self,
        mut todo: mpsc::UnboundedReceiver<Order>,
        filling: Arc<Semaphore>,
        filled: mpsc::UnboundedSender<()>,
    ) -> Result<(), Failure> {
        let place = filling.acquire().await?;
        let mut socket = self.come().await?;
        for _ in 0..FILL {
            self.say(&mut socket).await?;
        }
        drop(place);
        filled.send(())?;
        let mut beat = interval(Duration::from_secs(20));
        loop {
            tokio::select! {
                order = todo.recv() => match order {
                    None => break,
                    Some(Order::Say) => self.say(&mut socket).await?,
                    Some(Order::Return) => {
                        // Every other one goes without a word, as a train goes into a tunnel.
                        if self.serial.is_multiple_of(2) {
                            let _ = socket.close(None).await; // the server may close first
                        }
                        drop(socket);
                        socket = self.come().await?;
                        self.counts.returns.fetch_add(1, Ordering::Relaxed);
                    }
                },
                _ = beat.tick() => put(&mut socket, &ClientFrame::Ping { n: 1 }).await?,
                frame = next(&mut socket) => self.take(&frame?),
            }
        }
        socket.close(None).await?;
        Ok(())
    }

    /// Opens a socket, and resumes where it was.
    async fn come(&mut self) -> Result<Socket, Failure> {
        let mut socket = wire::open(&self.url, "/ws", None).await?;
        let resume = self.c.iter().map(|c| Resume { c: c.clone(), epoch: self.epoch.clone(), seq: self.seq }).collect();
        let hello = Hello {
            v: VERSION,
            device: format!("tab-{}", self.n),
            token: self.token.clone(),
            locale: Some("en".to_owned()),
            resume: Some(resume),
            ..Hello::default()
        };
        put(&mut socket, &ClientFrame::Hello(hello)).await?;
        loop {
            if let ServerFrame::Welcome(welcome) = timeout(PATIENCE, next(&mut socket)).await?? {
                self.epoch = welcome.epoch;
                self.token = welcome.token.or(self.token.take());
                return Ok(socket);
            }
        }
    }

    /// Writes, and waits until it is stored.
    async fn say(&mut self, socket: &mut Socket) -> Result<(), Failure> {
        self.serial += 1;
        let named = uuid((u64::from(std::process::id()) << 32) | u64::from(self.n), self.serial);
        let text = TEXTS[self.serial as usize % TEXTS.len()].to_owned();
        let body = SendBody { text: Some(text), ..SendBody::default() };
        let send = Send { c: self.c.clone(), cmid: named.clone(), kind: SendKind::Text, body, seen: None, trace: None };
        put(socket, &ClientFrame::Send(send)).await?;
        self.counts.sent.fetch_add(1, Ordering::Relaxed);
        loop {
            let frame = timeout(PATIENCE, next(socket)).await.map_err(|_| "no ack")??;
            self.take(&frame);
            match frame {
                ServerFrame::Ack { cmid, c, .. } if cmid == named => {
                    self.c = Some(c);
                    self.counts.acked.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                ServerFrame::Nack { cmid, .. } if cmid == named => {
                    self.counts.refused.fetch_add(1, Ordering::Relaxed);
                    return Ok(());
                }
                _ => {}
            }
        }
    }

    fn take(&mut self, frame: &ServerFrame) {
        if let ServerFrame::Ev(event) = frame {
            self.seq = self.seq.max(event.seq);
        }
    }
}

async fn put(socket: &mut Socket, frame: &ClientFrame) -> Result<(), Failure> {
    Ok(socket.send(Message::text(serde_json::to_string(frame)?)).await?)
}

async fn next(socket: &mut Socket) -> Result<ServerFrame, Failure> {
    loop {
        let message = socket.next().await.ok_or("the server closed the socket")??;
        if let Message::Text(text) = message {
            return Ok(serde_json::from_str(&text)?);
        }
    }
}

/// Where the server's figures are, as its log says.
fn admin_of(home: &Path) -> Result<String, Failure> {
    let log = std::fs::read_to_string(home.join("server.log"))?;
    let told =
        log.lines().rev().find_map(|l| l.split("admin=").nth(1)).ok_or("the log does not name the admin listener")?;
    Ok(format!("http://{}/metrics", told.split(' ').next().unwrap_or_default()))
}

async fn look(url: &str) -> Result<Sample, Failure> {
    let url = url.to_owned();
    let began = Instant::now();
    let text = tokio::task::spawn_blocking(move || ureq::get(url).call()?.body_mut().read_to_string()).await??;
    let scrape_ms = began.elapsed().as_secs_f64() * 1_000.0;
    let value = |name: &str| {
        let line = text.lines().find_map(|l| l.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|v| v.parse().ok()).ok_or_else(|| Failure::from(format!("{name} is not shown")))
    };
    let mib: f64 = value("process_resident_memory_bytes")?;
    Ok(Sample {
        hours: 0.0,
        resident_mib: mib / (1024.0 * 1024.0),
        descriptors: value("process_open_fds")?,
        threads: value("process_threads")?,
        open: value("ws_connections")?,
        series: text.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).count(),
        scrape_ms,
    })
}

/// Hour and resident memory of each minute: its medians.
fn minutes(samples: &[Sample]) -> Vec<(f64, f64)> {
    let minute = |s: &Sample| (s.hours * 60.0) as u64;
    let of = |part: &[Sample], f: fn(&Sample) -> f64| median(part.iter().map(f).collect());
    let parts = samples.chunk_by(|a, b| minute(a) == minute(b));
    parts.map(|part| (of(part, |s| s.hours), of(part, |s| s.resident_mib))).collect()
}

/// A slope and where it lies with 95 %, per hour.
struct Slope {
    slope: f64,
    low: f64,
    high: f64,
}

impl Slope {
    fn of(points: &[(f64, f64)]) -> Self {
        let pairs = points.iter().enumerate().flat_map(|(i, a)| points[i + 1..].iter().map(move |b| (a, b)));
        let mut slopes: Vec<f64> = pairs.map(|(a, b)| (b.1 - a.1) / (b.0 - a.0)).collect();
        slopes.sort_by(f64::total_cmp);
        let (n, all) = (points.len() as f64, slopes.len() as f64);
        let spread = 1.96 * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
        let at = |rank: f64| slopes.get(rank.max(0.0).round() as usize).or(slopes.last()).copied().unwrap_or(f64::NAN);
        let (low, high) = (at((all - spread) / 2.0), at((all + spread) / 2.0));
        Self { slope: median(slopes), low, high }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let range = |of: fn(&Sample) -> f64| {
            let values = || self.samples.iter().map(of);
            (values().fold(f64::NAN, f64::min), values().fold(f64::NAN, f64::max))
        };
        let Counts { sent, acked, refused, returns, .. } = &self.counts;
        let n = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (minutes, samples) = (self.measured.as_secs_f64() / 60.0, self.samples.len());
        writeln!(f, "{} sockets, {minutes:.1} min measured after warm-up, {samples} samples", self.sockets)?;
        writeln!(f, "{} messages, {} acked, {} refused; {} returns", n(sent), n(acked), n(refused), n(returns))?;
        let (first, last) = (self.samples.first().copied(), self.samples.last().copied());
        let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
        let (low, high) = range(|s| s.resident_mib);
        writeln!(
            f,
            "resident MiB {:.1} at first, {:.1} at last; {low:.1} to {high:.1}",
            first.resident_mib, last.resident_mib
        )?;
        let Slope { slope, low, high } = self.memory;
        writeln!(f, "slope        {slope:+.2} MiB/h (Theil-Sen; 95 %: {low:+.2} to {high:+.2}), borne: {LIMIT}")?;
        let (low, high) = range(|s| s.descriptors);
        writeln!(
            f,
            "descriptors  {:.0} at first, {:.0} at last; {low:.0} to {high:.0}",
            first.descriptors, last.descriptors
        )?;
        let (low, high) = range(|s| s.threads);
        writeln!(f, "threads      {low:.0} to {high:.0}")?;
        let (_, slowest) = range(|s| s.scrape_ms);
        let usual = median(self.samples.iter().map(|s| s.scrape_ms).collect());
        writeln!(f, "scrape       {usual:.1} ms (median), {slowest:.1} ms at most, {} series", last.series)?;
        for fault in &self.faults {
            writeln!(f, "FAULT: {fault}")?;
        }
        write!(f, "{}", if self.faults.is_empty() { "sound" } else { "not sound" })
    }
}
