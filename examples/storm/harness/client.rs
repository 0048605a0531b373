//! What visitors and agents have in common: connect, resume, resend what is not acked, hold logs without holes, and
//! write all of it down.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::chance::Chance;
use super::ledger::{self, C, Cmid, Ledger, Line, Who, agent_id, hash, id};
use crate::wire::{self, Failure, Socket, uuid};

/// Longest wait for anything that the server owes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Everybody talks.
    Storm,
    /// Nobody begins anything.
    Quiet,
    /// What is held now counts.
    End,
    /// Everybody has fetched everything: go. Who went before would be missed, and the others told of it.
    Leave,
}

/// What makes a visitor a visitor and an agent an agent.
pub(crate) trait Part: Send {
    /// Where its socket is, and with which cookie; `None`: not yet.
    fn door(&self) -> Option<(&'static str, Option<String>)>;
    /// What its `hello` says beside the usual.
    fn greet(&self, hello: &mut Value);
    /// The server knows us.
    fn welcomed(&mut self, core: &mut Core, welcome: &Value);
    /// A frame that the core has looked at already.
    fn heard(&mut self, core: &mut Core, frame: &Value);
    /// Time to do something.
    fn tick(&mut self, core: &mut Core);
}

/// What a client counted.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    pub(crate) sent: u64,
    pub(crate) resent: u64,
    pub(crate) dups: u64,
    pub(crate) connects: u64,
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) closed: BTreeMap<String, u64>,
    pub(crate) resyncs: BTreeMap<String, u64>,
    /// First sending to ack, microseconds; only where one connection saw both.
    pub(crate) ack_us: Vec<u64>,
    /// From the open socket to everything that `welcome` named, milliseconds.
    pub(crate) caught_up_ms: Vec<u64>,
}

/// A log as far as it is held.
#[derive(Debug, Default)]
struct Held {
    /// Everything that this reader may see is held up to here.
    last: u64,
    /// What came beyond a gap: place and `prev`.
    ahead: BTreeMap<u64, u64>,
    fetching: bool,
    /// It is resumed and counts in the end.
    kept: bool,
}

impl Held {
    fn take(&mut self, seq: u64, prev: u64) {
        self.ahead.insert(seq, prev);
        while let Some(first) = self.ahead.first_entry().filter(|e| *e.get() <= self.last) {
            self.last = self.last.max(*first.key());
            first.remove();
        }
    }
}

struct Unacked {
    cmid: Cmid,
    frame: Value,
    first: Instant,
    again: bool,
}

/// See the module.
pub(crate) struct Core {
    pub(crate) who: Who,
    pub(crate) chance: Chance,
    pub(crate) stats: Stats,
    /// Frames to be written.
    pub(crate) out: Vec<Value>,
    /// Nobody begins anything any more.
    pub(crate) quiet: bool,
    /// Cut the line without a word.
    pub(crate) cut: bool,
    /// Read nothing for so long.
    pub(crate) stall: Option<Duration>,
    began: Instant,
    lines: Vec<(u32, Line)>,
    logs: HashMap<C, Held>,
    outbox: VecDeque<Unacked>,
    epoch: String,
    device: String,
    salt: u64,
    serial: u64,
    /// What `welcome` named and is not held yet.
    behind: Option<(Instant, Vec<(C, u64)>)>,
    anew: Vec<C>,
}

impl Core {
    pub(crate) fn new(who: Who, salt: u64, began: Instant) -> Self {
        Self {
            who,
            chance: Chance::new(salt),
            stats: Stats::default(),
            out: Vec::new(),
            quiet: false,
            cut: false,
            stall: None,
            began,
            lines: Vec::new(),
            logs: HashMap::new(),
            outbox: VecDeque::new(),
            epoch: String::new(),
            device: uuid(salt, 0),
            salt,
            serial: 0,
            behind: None,
            anew: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, line: Line) {
        self.lines.push((self.began.elapsed().as_millis() as u32, line));
    }

    /// Messages that are not acked.
    pub(crate) fn unacked(&self) -> usize {
        self.outbox.len()
    }

    /// Sends words: a `send`, or a `note`.
    pub(crate) fn say(&mut self, kind: &str, c: Option<C>, text: &str) {
        self.serial += 1;
        let name = uuid(self.salt, self.serial);
        let mut frame = json!({"type": kind, "cmid": name, "body": {"text": text}});
        if kind == "send" {
            frame["kind"] = json!("text");
        }
        if let Some(c) = c {
            frame["c"] = json!(format!("{c:032x}"));
        }
        let cmid = id(&name);
        self.note(Line::Sending { cmid, text: hash(text) });
        self.stats.sent += 1;
        self.out.push(frame.clone());
        self.outbox.push_back(Unacked { cmid, frame, first: Instant::now(), again: false });
    }

    /// This log is resumed and counts, or does so no longer.
    pub(crate) fn keep(&mut self, c: C, kept: bool) {
        self.logs.entry(c).or_default().kept = kept;
    }

    /// Notes how a conversation stands, as a frame of the server says.
    pub(crate) fn stands(&mut self, told: &Value) {
        let c = id(told["c"].as_str().unwrap_or_default());
        let state = told["state"].as_str().unwrap_or_default().to_owned();
        let ver = told["ver"].as_u64().unwrap_or_default();
        self.note(Line::State { c, ver, state, agent: agent_id(&told["agent"]["id"]) });
    }

    fn fetch(&mut self, c: C, after: u64, why: &str) {
        let name = format!("{c:032x}");
        self.out
            .push(json!({"type": "fetch", "rid": format!("{why}:{name}"), "c": name, "after": after, "limit": 200}));
    }

    fn fill(&mut self, c: C) {
        let log = self.logs.entry(c).or_default();
        if !log.fetching {
            log.fetching = true;
            let last = log.last;
            self.fetch(c, last, "hole");
        }
    }

    fn hello(&mut self) -> Value {
        let kept = self.logs.iter().filter(|(_, l)| l.kept);
        let name = |c: &C| format!("{c:032x}");
        let resume: Vec<_> =
            kept.map(|(c, l)| json!({"c": name(c), "epoch": self.epoch, "seq": l.last})).take(200).collect();
        json!({"type": "hello", "v": 1, "device": self.device, "resume": resume})
    }

    fn welcomed(&mut self, hello: &Value, welcome: &Value, opened: Instant) {
        self.epoch = welcome["epoch"].as_str().unwrap_or_default().to_owned();
        let pairs = |list: &Value, place: &str| -> Vec<(C, u64)> {
            let of = |v: &Value| (id(v["c"].as_str().unwrap_or_default()), v[place].as_u64().unwrap_or(0));
            list.as_array().into_iter().flatten().map(of).collect()
        };
        let (resumed, listed) = (pairs(&hello["resume"], "seq"), pairs(&welcome["conversations"], "head"));
        self.note(Line::Connected { resumed: resumed.clone(), listed: listed.clone() });
        for told in welcome["conversations"].as_array().into_iter().flatten() {
            self.stands(told);
        }
        for log in self.logs.values_mut() {
            log.fetching = false;
        }
        for (c, _) in &listed {
            if !resumed.iter().any(|(r, _)| r == c) {
                self.keep(*c, true);
                self.fill(*c);
            }
        }
        self.behind = Some((opened, listed));
        for unacked in &mut self.outbox {
            unacked.again = true;
            self.stats.resent += 1;
            self.out.push(unacked.frame.clone());
            let text = hash(unacked.frame["body"]["text"].as_str().unwrap_or_default());
            let at = self.began.elapsed().as_millis() as u32;
            self.lines.push((at, Line::Sending { cmid: unacked.cmid, text }));
        }
        self.look_behind();
    }

    /// Notes when everything that was missed is held.
    fn look_behind(&mut self) {
        let Some((since, named)) = &self.behind else { return };
        let held = |(c, head): &(C, u64)| self.logs.get(c).is_some_and(|l| l.last >= *head);
        if named.iter().all(held) {
            self.stats.caught_up_ms.push(since.elapsed().as_millis() as u64);
            self.behind = None;
        }
    }

    fn got(&mut self, ev: &Value, fetched: bool) {
        let c = id(ev["c"].as_str().unwrap_or_default());
        let place = |key: &str| ev[key].as_u64().unwrap_or(0);
        let (seq, prev) = (place("seq"), place("prev"));
        self.note(Line::Got { c, seq, prev, seen: ledger::seen(ev), fetched });
        let log = self.logs.entry(c).or_default();
        if matches!(self.who, Who::Visitor(_)) {
            log.kept = true;
        }
        log.take(seq, prev);
        if !log.ahead.is_empty() && log.kept {
            self.fill(c);
        }
    }

    fn heard(&mut self, frame: &Value) {
        let word = |key: &str| frame[key].as_str().unwrap_or_default();
        match word("type") {
            "ev" => self.got(frame, false),
            "ack" => self.acked(id(word("cmid")), id(word("c")), frame),
            "nack" => {
                let (cmid, code) = (id(word("cmid")), word("code").to_owned());
                *self.stats.refused.entry(code.clone()).or_default() += 1;
                self.note(Line::Refused { cmid, code });
                if word("retry") == "never" {
                    self.outbox.retain(|u| u.cmid != cmid);
                } else {
                    // The whole outbox goes again on another connection, in its order.
                    self.cut = true;
                }
            }
            "resync" => {
                let (c, head) = (id(word("c")), frame["head"].as_u64().unwrap_or(0));
                *self.stats.resyncs.entry(word("reason").to_owned()).or_default() += 1;
                self.note(Line::Resync { c, head });
                self.fill(c);
            }
            "conversation" => self.stands(frame),
            "res" => {
                if frame["conversation"].is_object() {
                    self.stands(&frame["conversation"]);
                }
                for told in frame["conversations"].as_array().into_iter().flatten() {
                    self.stands(told);
                }
                match word("rid").split_once(':') {
                    Some(("hole", c)) => self.filled(id(c), frame),
                    Some(("anew", c)) => self.fetched_anew(id(c), frame),
                    _ => {}
                }
            }
            _ => {}
        }
        self.look_behind();
    }

    fn acked(&mut self, cmid: Cmid, c: C, frame: &Value) {
        let seq = frame["seq"].as_u64().unwrap_or(0);
        self.note(Line::Acked { cmid, c, seq });
        let dup = frame["dup"] == true;
        self.stats.dups += u64::from(dup);
        let known = self.logs.get(&c).is_some_and(|l| l.last >= seq);
        if dup && !known {
            // Stored before a cut, and this client could not name the conversation to resume it.
            self.fill(c);
        }
        if let Some(at) = self.outbox.iter().position(|u| u.cmid == cmid)
            && let Some(done) = self.outbox.remove(at)
            && !done.again
        {
            self.stats.ack_us.push(done.first.elapsed().as_micros() as u64);
        }
    }

    fn filled(&mut self, c: C, frame: &Value) {
        let events = frame["events"].as_array().map(Vec::as_slice).unwrap_or_default();
        for ev in events {
            self.got(ev, true);
        }
        let log = self.logs.entry(c).or_default();
        log.fetching = false;
        if frame["more"] == true || (!log.ahead.is_empty() && !events.is_empty()) {
            self.fill(c);
        }
    }

    fn fetched_anew(&mut self, c: C, frame: &Value) {
        let events = frame["events"].as_array().map(Vec::as_slice).unwrap_or_default();
        for ev in events {
            let seq = ev["seq"].as_u64().unwrap_or(0);
            self.note(Line::Anew { c, seq, look: ledger::seen(ev).look });
        }
        match events.last().and_then(|e| e["seq"].as_u64()).filter(|_| frame["more"] == true) {
            Some(after) => self.fetch(c, after, "anew"),
            None => self.next_anew(),
        }
    }

    fn next_anew(&mut self) {
        match self.anew.pop() {
            Some(c) => self.fetch(c, 0, "anew"),
            None => self.out.push(json!({"type": "ping", "n": BYE})),
        }
    }

    fn calm(&self) -> bool {
        self.outbox.is_empty() && self.behind.is_none() && !self.logs.values().any(|l| l.kept && l.fetching)
    }
}

/// Numbers of pings: everything before was read; everything was fetched.
const SETTLED: u64 = 1;
const BYE: u64 = 2;

/// Where all clients meet.
pub(crate) struct Meeting {
    pub(crate) stage: watch::Receiver<Stage>,
    /// How many have nothing under way.
    pub(crate) calm: Arc<AtomicUsize>,
    /// Sockets that were opened so far.
    pub(crate) opened: Arc<AtomicUsize>,
    /// How many have fetched everything anew.
    pub(crate) done: Arc<AtomicUsize>,
    pub(crate) url: String,
}

/// Plays a part until the end.
pub(crate) async fn play(mut part: impl Part, mut core: Core, mut meeting: Meeting) -> (Ledger, Stats) {
    let mut told = false;
    loop {
        let (url, door) = (meeting.url.clone(), part.door());
        let socket = match door {
            Some((path, cookie)) => timeout(PATIENCE, wire::open(&url, path, cookie.as_deref())).await,
            None => Ok(Err("not yet".into())),
        };
        if let Ok(Ok(socket)) = socket {
            core.stats.connects += 1;
            meeting.opened.fetch_add(1, Ordering::SeqCst);
            match session(&mut part, &mut core, socket, &mut meeting, &mut told).await {
                Ok(()) => break,
                Err(end) => *core.stats.closed.entry(end.to_string()).or_default() += 1,
            }
        }
        if meeting.stage.has_changed().is_err() {
            break;
        }
        core.cut = false;
        sleep(Duration::from_millis(20 + core.chance.below(200))).await;
    }
    (Ledger { who: core.who, lines: core.lines }, core.stats)
}

async fn session(
    part: &mut impl Part,
    core: &mut Core,
    mut socket: Socket,
    meeting: &mut Meeting,
    told: &mut bool,
) -> Result<(), Failure> {
    let opened = Instant::now();
    core.out.clear();
    let mut hello = core.hello();
    part.greet(&mut hello);
    socket.send(Message::text(hello.to_string())).await?;
    let welcome = loop {
        let frame = timeout(PATIENCE, next(&mut socket)).await.map_err(|_| "no welcome")??;
        if frame["type"] == "welcome" {
            break frame;
        }
    };
    core.welcomed(&hello, &welcome, opened);
    part.welcomed(core, &welcome);
    let mut tick = interval(Duration::from_millis(25));
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut ending, mut pinged) = (false, Instant::now());
    loop {
        for frame in std::mem::take(&mut core.out) {
            socket.feed(Message::text(frame.to_string())).await?;
        }
        socket.flush().await?;
        if core.cut {
            return Err("cut by the client".into());
        }
        if let Some(stall) = core.stall.take() {
            core.behind = None;
            sleep(stall).await;
        }
        tokio::select! {
            frame = next(&mut socket) => {
                let frame = frame?;
                core.heard(&frame);
                part.heard(core, &frame);
                if frame["type"] == "pong" && frame["n"] == BYE && ending {
                    meeting.done.fetch_add(1, Ordering::SeqCst);
                    let _ = meeting.stage.wait_for(|stage| *stage == Stage::Leave).await; // or the storm has failed
                    return Ok(());
                }
                if frame["type"] == "pong" && frame["n"] == SETTLED && ending {
                    if core.calm() {
                        core.anew = core.logs.iter().filter(|(_, l)| l.kept).map(|(c, _)| *c).collect();
                        for c in core.anew.clone() {
                            core.note(Line::Holds { c });
                        }
                        core.next_anew();
                    } else {
                        core.out.push(json!({"type": "ping", "n": SETTLED}));
                    }
                }
            }
            _ = tick.tick() => {
                let stage = *meeting.stage.borrow_and_update();
                core.quiet = stage != Stage::Storm;
                part.tick(core);
                if core.quiet && !*told && core.calm() {
                    *told = true;
                    meeting.calm.fetch_add(1, Ordering::SeqCst);
                }
                if stage == Stage::End && !ending {
                    ending = true;
                    core.out.push(json!({"type": "ping", "n": SETTLED}));
                } else if pinged.elapsed() > Duration::from_secs(20) {
                    pinged = Instant::now();
                    core.out.push(json!({"type": "ping", "n": 0}));
                }
            }
        }
    }
}

async fn next(socket: &mut Socket) -> Result<Value, Failure> {
    loop {
        match socket.next().await.ok_or("the line ended")? {
            Ok(Message::Text(text)) => return Ok(serde_json::from_str(&text)?),
            Ok(Message::Close(Some(close))) => return Err(format!("closed: {}", u16::from(close.code)).into()),
            Ok(_) => {}
            Err(_) => return Err("the line broke".into()),
        }
    }
}
