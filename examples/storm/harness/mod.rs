//! A storm: many visitors and agents on real sockets, a server that is killed under them, and the proof of what came
//! of it. Bounded in number and time, on the loopback alone.

pub(crate) mod chance;
pub(crate) mod check;
mod client;
pub(crate) mod ledger;
mod server;

mod agent;
mod visitor;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use agent::Agent;
use check::Violation;
use client::{Core, Meeting, Stage, Stats, play};
use ledger::Who;
pub(crate) use server::Server;
use visitor::{Tab, Visitor};

use crate::wire::Failure;

/// After the last message everybody must be calm within this, however busy the machine.
const CALM: Duration = Duration::from_secs(120);

/// Within this the storm leads a server to the place where it shall abort, however busy the machine.
const FAULT: Duration = Duration::from_secs(60);

/// What kind of storm.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// The server's program.
    pub(crate) bin: PathBuf,
    /// Where content, data and the server's log lie; made if missing.
    pub(crate) home: PathBuf,
    /// Where to write the ledgers, if anywhere.
    pub(crate) ledgers: Option<PathBuf>,
    /// Visitors' tabs that write.
    pub(crate) visitors: u32,
    /// Of so many visitors one has a second tab, which looks on; 0: none.
    pub(crate) second_tab_in: u32,
    /// Visitors with a second tab that stops reading for so long, and who write long messages all the time.
    pub(crate) stalled: u32,
    /// How long they read nothing.
    pub(crate) stall: Duration,
    /// Agents who work.
    pub(crate) agents: u32,
    /// Messages a second of all visitors together.
    pub(crate) rate: f64,
    /// How often the server is killed.
    pub(crate) kills: u32,
    /// Where the server aborts, one run of it for each: `NAME:K`, see `src/fault.rs`. Debug builds only.
    pub(crate) faults: Vec<String>,
    /// Where the server is held up all the time: `NAME:*:sleep=MS`. Debug builds only.
    pub(crate) held_up: Option<String>,
    /// Between two kills, or the length of the storm without any.
    pub(crate) every: Duration,
    /// A client cuts its line about every so many seconds; 0: never.
    pub(crate) cut_every_s: u64,
    /// What chance begins with.
    pub(crate) seed: u64,
}

/// What came of a storm.
pub(crate) struct Report {
    pub(crate) violations: Vec<Violation>,
    pub(crate) stats: Stats,
    pub(crate) lines: usize,
    pub(crate) stored: usize,
    pub(crate) kills: u32,
    pub(crate) took: Duration,
    /// From the kill to the first `listening`, milliseconds.
    pub(crate) down_ms: Vec<u64>,
    /// Exit code of the server on SIGTERM.
    pub(crate) exit: Option<i32>,
}

const SETTINGS: &[(&str, &str)] = &[
    ("DESKBELL_HTTP__PER_ADDRESS", "15000"),
    ("DESKBELL_HTTP__DRAIN_MS", "200"),
    ("DESKBELL_HTTP__NEW_SESSIONS", "0"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS", "0"),
    ("DESKBELL_HTTP__NEW_CONVERSATIONS_PER_VISITOR", "0"),
    ("DESKBELL_SOCKET__MESSAGES_PER_SECOND", "1000"),
    ("DESKBELL_SOCKET__MESSAGE_BURST", "1000"),
    ("DESKBELL_SOCKET__FRAMES_PER_SECOND", "1000"),
    ("DESKBELL_QUEUE__CAPACITY", "1000"),
    ("DESKBELL_QUEUE__PER_VISITOR", "0"),
    ("DESKBELL_QUEUE__PER_ADDRESS", "0"),
    // Agents who are cut now and then shall sometimes be away, and sometimes lose their chats.
    ("DESKBELL_QUEUE__AWAY_AFTER_S", "1"),
    ("DESKBELL_QUEUE__LOST_AFTER_S", "2"),
    ("DESKBELL_LOG__FILTER", "warn"),
];

/// Starts a server, lets the storm loose, kills as planned, waits for calm, ends the server, checks.
///
/// # Errors
/// Where the server does not start or the clients do not become calm; what the checker finds is no error.
pub(crate) async fn run(plan: &Plan) -> Result<Report, Failure> {
    let began = Instant::now();
    let held_up = plan.held_up.as_deref().map(|at| ("FAULT_AT", at));
    let settings: Vec<_> = SETTINGS.iter().copied().chain(held_up).collect();
    let mut server = Server::start(&plan.bin, &plan.home, &settings).await?;
    let (stage, stages) = watch::channel(Stage::Storm);
    let calm = Arc::new(AtomicUsize::new(0));
    let (done, opened) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let meeting = || Meeting {
        stage: stages.clone(),
        calm: calm.clone(),
        opened: opened.clone(),
        done: done.clone(),
        url: server.url(),
    };
    let mut clients = JoinSet::new();
    let mut salts = chance::Chance::new(plan.seed);
    // A tick is 25 ms.
    let cut_in = plan.cut_every_s * 40;
    let known = Arc::new(Mutex::new(Vec::new()));
    for n in 0..=plan.agents {
        let (name, outside) = (format!("agent{n}"), n == plan.agents);
        let agent = server.agent(&name, if outside { "orders" } else { "" }).await?;
        let who = if outside { Who::Outsider(agent) } else { Who::Agent(agent) };
        let part = Agent::new(server.login(&name).await?, known.clone(), cut_in, 8);
        clients.spawn(play(part, Core::new(who, salts.next(), began), meeting()));
    }
    let talkers = plan.visitors + plan.stalled;
    let period = Duration::from_secs_f64(f64::from(plan.visitors.max(1)) / plan.rate.max(0.001));
    for n in 0..talkers {
        let token = Arc::new(OnceLock::new());
        let loud = n >= plan.visitors;
        let mut tab = |tab: Tab, cut_in: u64| {
            let period = if loud { Duration::from_millis(50) } else { period };
            let part = Visitor::new(tab, token.clone(), period, cut_in, if loud { 3_800 } else { 0 });
            clients.spawn(play(part, Core::new(Who::Visitor(n), salts.next(), began), meeting()));
        };
        tab(Tab::Talks, if loud { 0 } else { cut_in });
        if loud {
            tab(Tab::Stalls(plan.stall), 0);
        } else if plan.second_tab_in > 0 && n.is_multiple_of(plan.second_tab_in) {
            tab(Tab::Watches, cut_in);
        }
    }
    let mut down_ms = Vec::new();
    for _ in 0..plan.kills {
        sleep(plan.every).await;
        let killed = Instant::now();
        server.kill().await?;
        server.restart().await?;
        down_ms.push(killed.elapsed().as_millis() as u64);
    }
    for at in &plan.faults {
        server.kill().await?;
        let before = opened.load(Ordering::SeqCst);
        server.restart_failing(at).await?;
        // Who is asked to end needs somebody to say goodbye to.
        while at.starts_with("drain") && opened.load(Ordering::SeqCst) < before + clients.len() * 3 / 4 {
            sleep(Duration::from_millis(20)).await;
        }
        server.ends_at(at, FAULT).await?;
        server.restart().await?;
    }
    sleep(plan.every).await;
    stage.send(Stage::Quiet)?;
    let all = clients.len();
    let everybody = async |count: &AtomicUsize, what: &str| -> Result<(), Failure> {
        let waiting = async {
            while count.load(Ordering::SeqCst) < all {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let missing = |_| format!("{} of {all} clients {what}", count.load(Ordering::SeqCst));
        Ok(timeout(CALM, waiting).await.map_err(missing)?)
    };
    everybody(&calm, "are calm").await?;
    // The bot's last turns, and agents who were away a moment ago.
    sleep(Duration::from_secs(3)).await;
    stage.send(Stage::End)?;
    everybody(&done, "have fetched everything").await?;
    stage.send(Stage::Leave)?;
    let mut ledgers = Vec::new();
    let mut stats = Stats::default();
    while let Some(done) = timeout(CALM, clients.join_next()).await.map_err(|_| "some clients do not end")? {
        let (ledger, counted) = done?;
        ledgers.push(ledger);
        add(&mut stats, counted);
    }
    server.terminate().await?;
    let exit = server.ended(Duration::from_secs(20)).await?;
    let stored = server.log().await?;
    if let Some(directory) = &plan.ledgers {
        ledger::write(&ledgers, directory)?;
    }
    Ok(Report {
        violations: check::check(&ledgers, &stored),
        stats,
        lines: ledgers.iter().map(|l| l.lines.len()).sum(),
        stored: stored.len(),
        kills: plan.kills,
        took: began.elapsed(),
        down_ms,
        exit,
    })
}

fn add(to: &mut Stats, from: Stats) {
    let Stats { sent, resent, dups, connects, refused, closed, resyncs, ack_us, caught_up_ms } = from;
    to.sent += sent;
    to.resent += resent;
    to.dups += dups;
    to.connects += connects;
    to.ack_us.extend(ack_us);
    to.caught_up_ms.extend(caught_up_ms);
    for (to, from) in [(&mut to.refused, refused), (&mut to.closed, closed), (&mut to.resyncs, resyncs)] {
        for (key, n) in from {
            *to.entry(key).or_default() += n;
        }
    }
}

/// The value that this share of them does not pass.
pub(crate) fn at(sorted: &[u64], share: f64) -> u64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * share).round() as usize).copied().unwrap_or(0)
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats { sent, resent, dups, connects, refused, closed, resyncs, ack_us, caught_up_ms } = &self.stats;
        let seconds = self.took.as_secs_f64();
        writeln!(
            f,
            "{seconds:.0} s, {} kills, {} entries stored, {} ledger lines",
            self.kills, self.stored, self.lines
        )?;
        writeln!(f, "{sent} messages, {resent} sent again ({dups} were stored already), {connects} connections")?;
        let mut spread = |name: &str, values: &[u64], unit: f64| {
            let mut v = values.to_vec();
            v.sort_unstable();
            let p = |share| at(&v, share) as f64 / unit;
            let n = v.len();
            let (a, b, c, d) = (p(0.5), p(0.9), p(0.99), p(1.0));
            writeln!(f, "{name:10} ms  p50 {a:8.1}  p90 {b:8.1}  p99 {c:8.1}  max {d:8.1}  of {n}")
        };
        spread("ack", ack_us, 1_000.0)?;
        spread("caught up", caught_up_ms, 1.0)?;
        spread("down", &self.down_ms, 1.0)?;
        let list =
            |map: &BTreeMap<String, u64>| map.iter().map(|(k, n)| format!("{k}: {n}")).collect::<Vec<_>>().join(", ");
        writeln!(f, "refused: {}\nends: {}\nresyncs: {}", list(refused), list(closed), list(resyncs))?;
        writeln!(f, "exit code on SIGTERM: {:?}", self.exit)?;
        let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
        for v in &self.violations {
            *rules.entry(v.rule).or_default() += 1;
        }
        for v in self.violations.iter().take(20) {
            writeln!(f, "{}: {}", v.rule, v.what)?;
        }
        write!(f, "violations of I1 to I11: {} {rules:?}", self.violations.len())
    }
}
