//! What there is: a disk, two servers, clients, lines between them; and what happens next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::LazyLock;

use deskbell::content::{self, Content, SourceFile};
use deskbell::conversation::{Author, Body, Entry, Event, Owner, ReleaseTo, State, TransferTo};

use super::clients::Client;
use super::servers::{Deed, Node};
use crate::ledger::harness::chance::Chance;
use crate::ledger::harness::check::{self, check};
use crate::ledger::harness::ledger::{C, Cmid, Ledger, Line, Stored, hash};

pub(super) static CONTENT: LazyLock<Content> = LazyLock::new(|| {
    let intents = "
intents:
  - id: opening-hours
    title: When are you open?
    examples: [when are you open, what are your opening hours]
    answer: Every day from eight to six.
  - id: complaint
    title: A complaint
    examples: [i want to complain, this is a complaint]
    answer: I am sorry to hear that.
    handoff: always
";
    content::build(&[SourceFile { path: "intents/a.yaml".into(), bytes: intents.into() }]).0
});

pub(super) const VISITORS: usize = 3;
pub(super) const AGENTS: usize = 3;
pub(super) const NODES: usize = 2;
/// Open chats of an agent.
pub(super) const CAPACITY: usize = 2;
/// Trouble ends after this long, milliseconds; after three times as long everything must be in order.
pub(super) const STORM: i64 = 12_000;
const END: i64 = 3 * STORM;

/// A rule that the world breaks, to show that it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// A message that is sent again is stored again.
    NoNames,
    /// The ack leaves before the commit.
    AckFirst,
    /// Of two decisions on one state both are stored.
    NoExpectedHead,
    /// A resume reads the log, and only later follows it.
    ReadThenFollow,
    /// Nobody looks by itself: what a lost hint told of is never seen.
    HintsOnly,
    /// A claim goes through whatever its agent had seen.
    ClaimUnseen,
}

/// What happens.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// A client does something, or connects.
    Act(usize),
    /// A frame reaches a server.
    Up(usize, Up),
    /// A frame reaches a client.
    Down(usize, Down),
    /// What was decided is written. The number is the server's life: a crash ends it.
    Commit(usize, u32, Box<Deed>),
    /// It is written: ack, and hints.
    Told(usize, u32, Box<Deed>, Result<(u64, bool), &'static str>),
    /// A session goes on with a log that it was asked for.
    Replay(usize, C, u64),
    /// A server looks at a log because it was told to.
    Hint(usize, u32, C),
    /// A server looks at everything that is followed.
    Poll(usize, u32),
    /// The bot's pause is over.
    Due(usize, u32, C),
    /// An agent has had no socket for a while; the number is that of its comings and goings.
    Absent(i64, u64, bool),
    /// A server gives a line up.
    Gone(usize),
    /// A client does.
    Lost(usize),
    /// A process ends without a word; then it begins again, perhaps with another clock.
    Crash(usize),
    Start(usize),
    /// Something goes wrong.
    Trouble,
}

/// From a client.
#[derive(Debug, Clone)]
pub(super) enum Up {
    Hello(Vec<(C, u64)>),
    /// With a name: sent until acked.
    Send(Cmid, Option<C>, Event),
    /// Without one: said once.
    Act(C, Event),
    Open(C, u64),
}

/// From a server.
#[derive(Debug, Clone)]
pub(super) enum Down {
    Welcome(Vec<(C, u64)>),
    Ack { cmid: Cmid, c: C, seq: u64 },
    Nack { cmid: Cmid, code: &'static str },
    Ev { c: C, seq: u64, prev: u64, entry: Box<Entry> },
    State { c: C, ver: u64, owner: Owner, claimed: Option<u64> },
}

/// A connection: in order, each direction for itself, until it breaks.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) client: usize,
    pub(super) node: usize,
    pub(super) client_open: bool,
    pub(super) server_open: bool,
    /// Nothing gets through any more.
    pub(super) dead_up: bool,
    pub(super) dead_down: bool,
    up_at: i64,
    down_at: i64,
    /// Frames that the session has not looked at, while it is at another.
    pub(super) inbox: VecDeque<Up>,
    pub(super) busy: bool,
    /// How far each followed log is written, and the last place up to there that this reader sees.
    pub(super) follows: BTreeMap<C, (u64, u64)>,
}

/// A conversation on disk, and what the rules know of it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) log: Vec<Entry>,
    pub(super) state: State,
    owner: check::Owner,
    names: BTreeSet<(Author2, Cmid)>,
    last_name: BTreeMap<Author2, u64>,
}

/// An author that can be ordered.
type Author2 = Option<i64>;

/// See the module.
pub(super) struct World {
    pub(super) chance: Chance,
    pub(super) now: i64,
    pub(super) fault: Fault,
    pub(super) disk: BTreeMap<C, Kept>,
    pub(super) nodes: Vec<Node>,
    pub(super) clients: Vec<Client>,
    pub(super) wires: Vec<Wire>,
    /// Names of messages that were refused once.
    pub(super) refused: BTreeSet<Cmid>,
    due: BTreeMap<(i64, u64), Step>,
    serial: u64,
    found: Vec<String>,
    steps: u64,
    aloud: bool,
}

impl World {
    pub(super) fn new(seed: u64, fault: Fault, aloud: bool) -> Self {
        let mut world = Self {
            chance: Chance::new(seed),
            now: 0,
            fault,
            disk: BTreeMap::new(),
            nodes: (0..NODES).map(|_| Node::default()).collect(),
            clients: (0..VISITORS + AGENTS).map(Client::new).collect(),
            wires: Vec::new(),
            refused: BTreeSet::new(),
            due: BTreeMap::new(),
            serial: 0,
            found: Vec::new(),
            steps: 0,
            aloud,
        };
        for client in 0..world.clients.len() {
            world.after(1, 500, Step::Act(client));
        }
        for node in 0..NODES {
            world.after(2_000, 5_000, Step::Poll(node, 0));
        }
        world.after(500, 2_000, Step::Trouble);
        world
    }

    /// Plays it to the end; the rules that did not hold.
    pub(super) fn play(&mut self) -> Vec<String> {
        while let Some(((at, _), step)) = self.due.pop_first() {
            if at > END || !self.found.is_empty() {
                break;
            }
            self.now = at;
            self.steps += 1;
            if self.aloud {
                eprintln!("{at:6} {step:?}");
            }
            self.step(step);
        }
        if self.found.is_empty() {
            self.judge();
        }
        std::mem::take(&mut self.found)
    }

    /// What can be compared of a story.
    pub(super) fn told(&self) -> (u64, Vec<usize>, u64) {
        (self.steps, self.disk.values().map(|k| k.log.len()).collect(), self.serial)
    }

    pub(super) fn calm(&self) -> bool {
        self.now > STORM
    }

    pub(super) fn found(&mut self, rule: &str, what: String) {
        self.found.push(format!("{rule} at {}: {what}", self.now));
    }

    /// Something that happens between so many and so many milliseconds from now.
    pub(super) fn after(&mut self, least: i64, most: i64, step: Step) {
        let delay = least + self.chance.below((most - least).max(0) as u64 + 1) as i64;
        self.at(self.now + delay, step);
    }

    pub(super) fn at(&mut self, when: i64, step: Step) {
        self.serial += 1;
        self.due.insert((when.max(self.now), self.serial), step);
    }

    pub(super) fn up(&mut self, wire: usize, frame: Up) {
        let at = self.now + 1 + self.chance.below(60) as i64;
        let w = &mut self.wires[wire];
        w.up_at = w.up_at.max(at);
        if !w.dead_up {
            let at = w.up_at;
            self.at(at, Step::Up(wire, frame));
        }
    }

    pub(super) fn down(&mut self, wire: usize, frame: Down) {
        let at = self.now + 1 + self.chance.below(60) as i64;
        let w = &mut self.wires[wire];
        w.down_at = w.down_at.max(at);
        if w.server_open && !w.dead_down {
            let at = w.down_at;
            self.at(at, Step::Down(wire, frame));
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Act(client) => self.act(client),
            Step::Up(wire, frame) => self.arrived(wire, frame),
            Step::Down(wire, frame) => self.received(wire, frame),
            Step::Commit(node, life, deed) => self.commit(node, life, *deed),
            Step::Told(node, life, deed, outcome) => self.told_of(node, life, *deed, outcome),
            Step::Replay(wire, c, after) => self.replay(wire, c, after),
            Step::Hint(node, life, c) => self.hint(node, life, c),
            Step::Poll(node, life) => self.poll(node, life),
            Step::Due(node, life, c) => self.bot_due(node, life, c),
            Step::Absent(agent, turn, lost) => self.absent(agent, turn, lost),
            Step::Gone(wire) => self.gone(wire),
            Step::Lost(wire) => self.lost(wire),
            Step::Crash(node) => self.crash(node),
            Step::Start(node) => self.start(node),
            Step::Trouble => self.trouble(),
        }
    }

    fn trouble(&mut self) {
        if self.calm() {
            // Whatever is still broken heals: dead lines are noticed, processes run.
            for wire in 0..self.wires.len() {
                if self.wires[wire].dead_up || self.wires[wire].dead_down {
                    self.after(1, 1_000, Step::Lost(wire));
                    self.after(1, 1_000, Step::Gone(wire));
                }
            }
            return;
        }
        let open: Vec<usize> = (0..self.wires.len()).filter(|w| self.wires[*w].client_open).collect();
        match (self.chance.below(5), self.chance.pick(&open).copied()) {
            (0, _) => {
                let node = self.chance.below(NODES as u64) as usize;
                self.at(self.now, Step::Crash(node));
            }
            (kind @ 1..=3, Some(wire)) => {
                // One way, the other, or both: each side finds out by what it does not hear.
                let w = &mut self.wires[wire];
                w.dead_up |= kind != 2;
                w.dead_down |= kind != 1;
                self.after(1_000, 4_000, Step::Lost(wire));
                self.after(1_000, 8_000, Step::Gone(wire));
            }
            (_, Some(wire)) => {
                self.after(0, 1, Step::Lost(wire));
                self.after(0, 8_000, Step::Gone(wire));
            }
            _ => {}
        }
        self.after(200, 2_500, Step::Trouble);
    }

    /// A new connection, if there is somebody to connect to.
    pub(super) fn connect(&mut self, client: usize) -> Option<usize> {
        let up: Vec<usize> = (0..NODES).filter(|n| self.nodes[*n].up).collect();
        let node = *self.chance.pick(&up)?;
        self.wires.push(Wire {
            client,
            node,
            client_open: true,
            server_open: true,
            dead_up: false,
            dead_down: false,
            up_at: self.now,
            down_at: self.now,
            inbox: VecDeque::new(),
            busy: false,
            follows: BTreeMap::new(),
        });
        Some(self.wires.len() - 1)
    }

    /// Appends to the disk, and holds what is new against the rules.
    pub(super) fn write(&mut self, c: C, entries: Vec<Entry>, state: State) {
        let mut broken = Vec::new();
        let kept = self.disk.entry(c).or_insert_with(|| Kept {
            log: Vec::new(),
            state: State { ver: 0, ..state.clone() },
            owner: check::Owner::Bot,
            names: BTreeSet::new(),
            last_name: BTreeMap::new(),
        });
        let before = (kept.state.ver, kept.state.owner);
        for entry in entries {
            let stored = stored(c, &entry);
            if entry.seq.0 != kept.log.len() as u64 + 1 {
                broken.push(("I3", format!("{} behind {}", entry.seq, kept.log.len())));
            }
            if let Err(owner) = kept.owner.take(&stored) {
                broken.push(("I8", format!("{} while it is {owner:?}", stored.kind)));
            }
            if let Some(cmid) = stored.cmid {
                if !kept.names.insert((stored.agent, cmid)) {
                    broken.push(("I2", format!("{cmid} twice")));
                } else if !self.refused.contains(&cmid)
                    && kept.last_name.insert(stored.agent, cmid as u64).is_some_and(|last| last > cmid as u64)
                {
                    broken.push(("I5", format!("{cmid} late")));
                }
            }
            kept.log.push(entry);
        }
        let owner = match state.owner {
            Owner::Bot => check::Owner::Bot,
            Owner::Queue => check::Owner::Queue,
            Owner::Agent(a) => check::Owner::Agent(a.0),
            Owner::Closed => check::Owner::Closed,
        };
        if owner != kept.owner {
            broken.push(("I8", format!("the state says {owner:?}, the log {:?}", kept.owner)));
        }
        if state.ver < before.0 || (before.0 > 0 && (state.ver == before.0) != (state.owner == before.1)) {
            broken.push(("I9", format!("from {before:?} to {} {:?}", state.ver, state.owner)));
        }
        if state.head.0 != kept.log.len() as u64 {
            broken.push(("I3", format!("head {} of {}", state.head, kept.log.len())));
        }
        kept.state = state;
        for (rule, what) in broken {
            self.found(rule, format!("{c:x}: {what}"));
        }
    }

    /// Everything at the end, by the checker of the storm.
    fn judge(&mut self) {
        let stored: Vec<Stored> =
            self.disk.iter().flat_map(|(c, kept)| kept.log.iter().map(|e| stored(*c, e))).collect();
        let mut ledgers: Vec<Ledger> = Vec::new();
        for client in 0..self.clients.len() {
            if !self.clients[client].outbox.is_empty() {
                self.found("I1", format!("client {client} has messages that nobody acks"));
            }
            let held: Vec<C> = self.clients[client].holds();
            let client = &mut self.clients[client];
            for c in held {
                client.note(self.now, Line::Holds { c });
                for entry in self.disk.get(&c).into_iter().flat_map(|k| &k.log) {
                    if !client.sees(entry) {
                        continue;
                    }
                    let look = seen(entry, client.who.inside()).look;
                    client.note(self.now, Line::Anew { c, seq: entry.seq.0, look });
                }
            }
            ledgers.push(Ledger { who: client.who, lines: std::mem::take(&mut client.lines) });
        }
        for v in check(&ledgers, &stored) {
            self.found(v.rule, v.what);
        }
    }
}

/// An entry as a reader gets it.
pub(super) fn seen(entry: &Entry, inside: bool) -> crate::ledger::harness::ledger::Seen {
    let all = hash(format!("{:?}", (entry.seq, entry.at, entry.author, &entry.body)));
    let secret = inside && matches!(entry.body, Body::Note { .. } | Body::Handoff(_));
    crate::ledger::harness::ledger::Seen { mid: entry.seq.0, look: all, sense: all, secret }
}

/// An entry as the checker reads it.
pub(super) fn stored(c: C, entry: &Entry) -> Stored {
    let (author, agent) = match entry.author {
        Author::Visitor => ("visitor", None),
        Author::Bot => ("bot", None),
        Author::Agent(a) => ("agent", Some(a.0)),
        Author::System => ("system", None),
    };
    let (kind, text) = match &entry.body {
        Body::Text(t) => ("text", t.text.as_str()),
        Body::Answer(_) => ("answer", ""),
        Body::Clarify { .. } => ("clarify", ""),
        Body::Handoff(_) => ("handoff", ""),
        Body::Claimed { .. } => ("claimed", ""),
        Body::Released { .. } => ("released", ""),
        Body::Transferred { .. } => ("transferred", ""),
        Body::Away { .. } => ("away", ""),
        Body::Marked(_) => ("marked", ""),
        Body::Reopened { .. } => ("reopened", ""),
        Body::Note { text, .. } => ("note", text.as_str()),
        Body::Rating { .. } => ("rating", ""),
        Body::Closed { .. } => ("closed", ""),
    };
    let to_agent = match &entry.body {
        Body::Transferred { to: TransferTo::Agent(a), .. } => Some(a.0),
        _ => None,
    };
    Stored {
        c,
        seq: entry.seq.0,
        author: author.into(),
        agent,
        kind: kind.into(),
        cmid: entry.sent.as_ref().and_then(|s| s.cmid.parse().ok()),
        text: hash(text),
        sense: seen(entry, true).sense,
        to_agent,
        to_bot: matches!(entry.body, Body::Released { to: ReleaseTo::Bot }),
    }
}
