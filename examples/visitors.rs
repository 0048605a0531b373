//! Plays questions through the socket as visitors would, and counts what came of them.
//!
//! ```text
//! cargo run --release --example visitors -- --url http://127.0.0.1:8080 --questions FILE --visitors 20
//! ```
//!
//! FILE holds one question a line, as text or as JSON with a `text`. Each visitor takes its share of them, waits for what
//! the bot says, taps the first option where it is asked back, drops the connection now and then without a word and
//! resumes. The last lines are the result; the exit code is 1 where anything was lost or doubled.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a command that measures time and prints")]

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use deskbell::protocol::{ClientFrame, Ev, EvBody, Hello, Resume, Send, SendBody, SendKind, ServerFrame};
use futures_util::{SinkExt, StreamExt};
use hdrhistogram::Histogram;
use tokio::sync::Mutex;
use tokio_tungstenite::tungstenite::Message;

#[path = "storm/wire.rs"]
mod wire;

use wire::{Failure, Socket, uuid};

#[derive(Parser)]
struct Args {
    /// Where the server listens.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// One question a line, as text or JSON with a `text`.
    #[arg(long)]
    questions: std::path::PathBuf,
    /// How many at once.
    #[arg(long, default_value_t = 20)]
    visitors: usize,
    /// Questions before a visitor starts over.
    #[arg(long, default_value_t = 3)]
    per_conversation: usize,
    /// Drop the connection at every so manieth question; 0: never.
    #[arg(long, default_value_t = 5)]
    drop_every: usize,
}

#[derive(Default)]
struct Totals {
    asked: usize,
    answered: usize,
    clarified: usize,
    clarified_then_answered: usize,
    asked_to_rephrase: usize,
    handed_over: usize,
    resumed: usize,
    refused: BTreeMap<String, usize>,
    lost: usize,
    doubled: usize,
    holes: usize,
    ack_us: Vec<u64>,
    reply_us: Vec<u64>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let args = Arc::new(Args::parse());
    let text = std::fs::read_to_string(&args.questions)?;
    let questions: Vec<String> = text.lines().filter(|l| !l.trim().is_empty()).map(question).collect();
    let totals = Arc::new(Mutex::new(Totals::default()));
    let began = Instant::now();
    let mut tasks = Vec::new();
    for n in 0..args.visitors {
        let mine: Vec<String> = questions.iter().skip(n).step_by(args.visitors).cloned().collect();
        let (args, totals) = (args.clone(), totals.clone());
        tasks.push(tokio::spawn(async move { Visitor::new(n, args).await?.run(&mine, &totals).await }));
    }
    for task in tasks {
        task.await??;
    }
    let t = totals.lock().await;
    println!("{} questions by {} visitors in {:.1} s", t.asked, args.visitors, began.elapsed().as_secs_f32());
    println!("answered             {:5}  {:5.1} %", t.answered, share(t.answered, t.asked));
    println!(
        "clarified            {:5}  {:5.1} %  ({} of them answered after a tap)",
        t.clarified,
        share(t.clarified, t.asked),
        t.clarified_then_answered
    );
    println!("asked to rephrase    {:5}  {:5.1} %", t.asked_to_rephrase, share(t.asked_to_rephrase, t.asked));
    println!("handed over          {:5}  {:5.1} %", t.handed_over, share(t.handed_over, t.asked));
    println!("resumed after a drop {:5}", t.resumed);
    for (code, n) in &t.refused {
        println!("refused: {code:12}{n:5}");
    }
    percentiles("ack", &t.ack_us)?;
    percentiles("reply", &t.reply_us)?;
    println!("lost {}, doubled {} ({} holes filled by fetching)", t.lost, t.doubled, t.holes);
    if t.lost + t.doubled > 0 {
        std::process::exit(1);
    }
    Ok(())
}

fn question(line: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(line).ok();
    value.and_then(|v| v.get("text").and_then(|t| t.as_str()).map(str::to_owned)).unwrap_or_else(|| line.to_owned())
}

fn share(n: usize, of: usize) -> f64 {
    100.0 * n as f64 / of.max(1) as f64
}

fn percentiles(name: &str, micros: &[u64]) -> Result<(), Failure> {
    let mut h = Histogram::<u64>::new(3)?;
    for m in micros {
        h.record(*m)?;
    }
    let at = |q| h.value_at_quantile(q) as f64 / 1000.0;
    println!(
        "{name:6} ms  p50 {:8.2}  p90 {:8.2}  p99 {:8.2}  max {:8.2}",
        at(0.5),
        at(0.9),
        at(0.99),
        h.max() as f64 / 1000.0
    );
    Ok(())
}

/// What came of a question.
enum Outcome {
    Answered,
    Clarified { answered: bool },
    Rephrase,
    HandedOver,
    Refused(String),
    Lost,
}

struct Visitor {
    args: Arc<Args>,
    device: String,
    token: Option<String>,
    epoch: String,
    socket: Socket,
    c: Option<String>,
    /// Events by conversation and place.
    seen: HashMap<String, BTreeMap<u64, Ev>>,
    fetched: HashSet<(String, u64)>,
    doubled: usize,
    holes: usize,
    salt: u64,
    serial: u64,
    /// The server takes ten messages at once and then one a second.
    allowance: f64,
    refilled: Instant,
}

/// Longest wait for an ack or a reply.
const PATIENCE: Duration = Duration::from_secs(15);

impl Visitor {
    async fn new(n: usize, args: Arc<Args>) -> Result<Self, Failure> {
        let salt = (u64::from(std::process::id()) << 32) | n as u64;
        let socket = wire::open(&args.url, "/ws", None).await?;
        let mut me = Self {
            args,
            device: uuid(salt, 0),
            token: None,
            epoch: String::new(),
            socket,
            c: None,
            seen: HashMap::new(),
            fetched: HashSet::new(),
            doubled: 0,
            holes: 0,
            salt,
            serial: 0,
            allowance: 9.0,
            refilled: Instant::now(),
        };
        me.greet().await?;
        Ok(me)
    }

    async fn run(mut self, questions: &[String], totals: &Mutex<Totals>) -> Result<(), Failure> {
        for (n, question) in questions.iter().enumerate() {
            if n.is_multiple_of(self.args.per_conversation) {
                self.c = None;
            }
            let drop = self.args.drop_every > 0 && (n + 1).is_multiple_of(self.args.drop_every);
            let (outcome, times) = self.ask(question, drop).await?;
            let mut t = totals.lock().await;
            t.asked += 1;
            t.resumed += usize::from(drop);
            if let (Some((ack, reply)), false) = (times, drop) {
                t.ack_us.push(ack.as_micros() as u64);
                t.reply_us.push(reply.as_micros() as u64);
            }
            match outcome {
                Outcome::Answered => t.answered += 1,
                Outcome::Clarified { answered } => {
                    t.clarified += 1;
                    t.clarified_then_answered += usize::from(answered);
                }
                Outcome::Rephrase => t.asked_to_rephrase += 1,
                Outcome::HandedOver => {
                    t.handed_over += 1;
                    self.c = None;
                }
                Outcome::Refused(code) => *t.refused.entry(code).or_default() += 1,
                Outcome::Lost => t.lost += 1,
            }
        }
        let lost = self.missing().await?;
        let mut t = totals.lock().await;
        t.lost += lost;
        t.doubled += self.doubled;
        t.holes += self.holes;
        Ok(())
    }

    /// Sends a question and waits for what the bot says; `drop`: cuts the connection right after sending, and resumes.
    async fn ask(&mut self, text: &str, drop: bool) -> Result<(Outcome, Option<(Duration, Duration)>), Failure> {
        let body = SendBody { text: Some(text.chars().take(4_000).collect()), ..SendBody::default() };
        let (began, acked, seq) = match self.say(SendKind::Text, body, drop).await? {
            Ok(acked) => acked,
            Err(code) => return Ok((Outcome::Refused(code), None)),
        };
        let Some(reply) = self.reply(seq).await? else { return Ok((Outcome::Lost, None)) };
        let times = Some((acked - began, began.elapsed()));
        // What the bot says may be followed by the hand-off: both were stored at once, so a pong comes behind both.
        self.put(&ClientFrame::Ping { n: seq }).await?;
        let deadline = Instant::now() + PATIENCE;
        while !matches!(self.next(deadline).await?, None | Some(ServerFrame::Pong { .. })) {}
        if self.handed_over(seq) {
            return Ok((Outcome::HandedOver, times));
        }
        let outcome = match reply.what {
            EvBody::Answer { .. } => Outcome::Answered,
            EvBody::Clarify { options, .. } => {
                let body = SendBody { option: options.first().map(|o| o.id.clone()), ..SendBody::default() };
                let answered = match self.say(SendKind::Choice, body, false).await? {
                    Ok((_, _, seq)) => {
                        matches!(
                            self.reply(seq).await?.map(|e| e.what),
                            Some(EvBody::Answer { .. } | EvBody::Text { .. })
                        )
                    }
                    Err(_) => false,
                };
                Outcome::Clarified { answered }
            }
            EvBody::Text { ask: Some(_), .. } => Outcome::Answered,
            _ => Outcome::Rephrase,
        };
        Ok((outcome, times))
    }

    /// When it was sent and acked, and its place; or the code of the refusal.
    async fn say(
        &mut self,
        kind: SendKind,
        body: SendBody,
        drop: bool,
    ) -> Result<Result<(Instant, Instant, u64), String>, Failure> {
        // What is sent twice counts twice.
        for _ in 0..=usize::from(drop) {
            self.pace().await;
        }
        self.serial += 1;
        let cmid = uuid(self.salt, self.serial);
        let send =
            ClientFrame::Send(Send { c: self.c.clone(), cmid: cmid.clone(), kind, body, seen: None, trace: None });
        let began = Instant::now();
        self.put(&send).await?;
        if drop {
            // No close frame: as a train in a tunnel.
            self.socket = wire::open(&self.args.url, "/ws", None).await?;
            self.greet().await?;
            self.put(&send).await?;
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.next(deadline).await? {
                Some(ServerFrame::Ack { cmid: of, c, seq, dup, .. }) if of == cmid => {
                    if dup {
                        // Stored before the cut: this client did not know the conversation's name to resume it.
                        self.fetch_behind(&c, self.held(&c)).await?;
                    }
                    self.c = Some(c);
                    return Ok(Ok((began, Instant::now(), seq)));
                }
                Some(ServerFrame::Nack { cmid: of, code, .. }) if of == cmid => return Ok(Err(format!("{code:?}"))),
                Some(_) => {}
                None => return Ok(Err("no ack".to_owned())),
            }
        }
    }

    /// The first thing that the bot says behind `seq`.
    async fn reply(&mut self, seq: u64) -> Result<Option<Ev>, Failure> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let c = self.c.clone().unwrap_or_default();
            let said = self.seen.get(&c).and_then(|log| log.range(seq + 1..).map(|(_, e)| e).find(|e| by_bot(e)));
            if let Some(event) = said {
                return Ok(Some(event.clone()));
            }
            if self.next(deadline).await?.is_none() {
                return Ok(None);
            }
        }
    }

    fn handed_over(&self, seq: u64) -> bool {
        let log = self.c.as_ref().and_then(|c| self.seen.get(c));
        log.is_some_and(|l| l.range(seq..).any(|(_, e)| matches!(e.what, EvBody::Handoff { .. })))
    }

    async fn greet(&mut self) -> Result<(), Failure> {
        let held = |log: &BTreeMap<u64, Ev>| log.keys().next_back().copied().unwrap_or(0);
        let resume =
            self.seen.iter().map(|(c, log)| Resume { c: c.clone(), epoch: self.epoch.clone(), seq: held(log) });
        let resume = resume.collect();
        let hello = Hello {
            v: deskbell::protocol::VERSION,
            device: self.device.clone(),
            token: self.token.clone(),
            locale: Some("en".to_owned()),
            resume: Some(resume),
            ..Hello::default()
        };
        self.put(&ClientFrame::Hello(hello)).await?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.next(deadline).await? {
                Some(ServerFrame::Welcome(w)) => {
                    self.epoch = w.epoch;
                    self.token = w.token.or(self.token.take());
                    return Ok(());
                }
                Some(_) => {}
                None => return Err("no welcome".into()),
            }
        }
    }

    async fn put(&mut self, frame: &ClientFrame) -> Result<(), Failure> {
        Ok(self.socket.send(Message::text(serde_json::to_string(frame)?)).await?)
    }

    /// The next frame, kept in the log if it is an event; `None` after the deadline.
    async fn next(&mut self, deadline: Instant) -> Result<Option<ServerFrame>, Failure> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let Ok(message) = tokio::time::timeout(left, self.socket.next()).await else { return Ok(None) };
            let Message::Text(text) = message.ok_or("the server closed the socket")?? else { continue };
            let frame: ServerFrame = serde_json::from_str(&text)?;
            match &frame {
                ServerFrame::Ev(event) => self.keep(event).await?,
                ServerFrame::Res(res) if res.rid == "hole" => {
                    for event in res.events.iter().flatten() {
                        let place = (event.c.clone(), event.seq);
                        if let Entry::Vacant(free) = self.seen.entry(event.c.clone()).or_default().entry(event.seq) {
                            free.insert(event.clone());
                            self.fetched.insert(place);
                        }
                    }
                }
                _ => {}
            }
            return Ok(Some(frame));
        }
    }

    /// Keeps an event; what is missing before it is fetched, as after a cut before the first ack.
    async fn keep(&mut self, event: &Ev) -> Result<(), Failure> {
        let log = self.seen.entry(event.c.clone()).or_default();
        let last = log.keys().next_back().copied().unwrap_or(0);
        if log.insert(event.seq, event.clone()).is_some() {
            // What was fetched may come live as well, once.
            self.doubled += usize::from(!self.fetched.remove(&(event.c.clone(), event.seq)));
        } else if event.prev > last {
            self.holes += 1;
            let after = Some(last);
            let fetch =
                ClientFrame::Fetch { rid: "hole".to_owned(), c: event.c.clone(), after, before: None, limit: None };
            self.put(&fetch).await?;
        }
        Ok(())
    }

    /// The last place held of a conversation.
    fn held(&self, c: &str) -> u64 {
        self.seen.get(c).and_then(|log| log.keys().next_back().copied()).unwrap_or(0)
    }

    async fn fetch_behind(&mut self, c: &str, after: u64) -> Result<(), Failure> {
        let after = Some(after);
        self.put(&ClientFrame::Fetch { rid: "hole".to_owned(), c: c.to_owned(), after, before: None, limit: None })
            .await
    }

    /// Asks for every log anew and counts what this client never gets, or got differently.
    async fn missing(&mut self) -> Result<usize, Failure> {
        let mut missing = 0;
        for c in self.seen.keys().cloned().collect::<Vec<_>>() {
            let all = "all".to_owned();
            let fetch =
                ClientFrame::Fetch { rid: all.clone(), c: c.clone(), after: Some(0), before: None, limit: None };
            self.put(&fetch).await?;
            let deadline = Instant::now() + PATIENCE;
            let stored = loop {
                match self.next(deadline).await? {
                    Some(ServerFrame::Res(res)) if res.rid == all => break res.events.unwrap_or_default(),
                    Some(_) => {}
                    None => return Err("no answer to fetch".into()),
                }
            };
            // The last of them may still be on their way.
            while stored.iter().any(|e| !self.seen[&c].contains_key(&e.seq)) && self.next(deadline).await?.is_some() {}
            missing += stored.iter().filter(|e| self.seen[&c].get(&e.seq) != Some(e)).count();
        }
        Ok(missing)
    }

    /// Waits until the server's allowance has room for one more message.
    async fn pace(&mut self) {
        let now = Instant::now();
        self.allowance = (self.allowance + (now - self.refilled).as_secs_f64()).min(9.0);
        self.refilled = now;
        if self.allowance < 1.0 {
            tokio::time::sleep(Duration::from_secs_f64(1.0 - self.allowance)).await;
        }
        self.allowance -= 1.0;
    }
}

fn by_bot(event: &Ev) -> bool {
    use deskbell::protocol::FromKind;
    event.from.kind == FromKind::Bot
}
