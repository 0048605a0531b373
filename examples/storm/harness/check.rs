//! Reads the ledgers and the store's log, and says what was lost, doubled, reordered or shown to the wrong reader.
//!
//! | rule | what must hold |
//! |---|---|
//! | I1 | what was acked is stored, at that place, under that name |
//! | I2 | a sender's name for a message is stored once a conversation |
//! | I3 | places are 1 to head, without holes |
//! | I4 | all readers saw the same at the same place, and it is what is stored |
//! | I5 | a sender's messages stand in the order in which they were sent |
//! | I6 | every client holds everything after some quiet; what comes live has no gap and nothing twice |
//! | I7 | nothing is stored or delivered that nobody sent |
//! | I8 | at most one agent has a chat, and while one has it, or it waits for one, the bot is silent |
//! | I9 | `ver` only rises, and one `ver` means one owner |
//! | I10 | nobody gets what is not for them |
//! | I11 | what a client holds after all replays is what it gets when it fetches anew |

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::ledger::{C, Cmid, Ledger, Line, Seen, Stored, Who};

/// A rule that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Such as `I1`.
    pub(crate) rule: &'static str,
    /// What was found, in words.
    pub(crate) what: String,
}

/// The store's log, by conversation and place.
type Logs<'a> = HashMap<C, BTreeMap<u64, &'a Stored>>;

/// All violations, in the order of the rules.
pub(crate) fn check(ledgers: &[Ledger], stored: &[Stored]) -> Vec<Violation> {
    let mut found = Found(Vec::new());
    let logs = places(stored, &mut found);
    let owners = owners(ledgers);
    acked(ledgers, &logs, &mut found);
    names(stored, &mut found);
    same_for_all(ledgers, &logs, &mut found);
    order(ledgers, stored, &mut found);
    for ledger in ledgers {
        live(ledger, &mut found);
        whole(ledger, &logs, &owners, &mut found);
        rights(ledger, &owners, &mut found);
    }
    nobody_sent(ledgers, stored, &mut found);
    one_owner(ledgers, &logs, &mut found);
    versions(ledgers, &mut found);
    found.0.sort_by_key(|v| v.rule[1..].parse::<u32>().unwrap_or(u32::MAX));
    found.0
}

struct Found(Vec<Violation>);

impl Found {
    fn add(&mut self, rule: &'static str, what: String) {
        self.0.push(Violation { rule, what });
    }
}

fn places<'a>(stored: &'a [Stored], found: &mut Found) -> Logs<'a> {
    let mut logs = Logs::new();
    for entry in stored {
        if logs.entry(entry.c).or_default().insert(entry.seq, entry).is_some() {
            found.add("I3", format!("{:032x} has place {} twice", entry.c, entry.seq));
        }
    }
    for (c, log) in &logs {
        if let Some(hole) = (1..=log.len() as u64).find(|seq| !log.contains_key(seq)) {
            found.add("I3", format!("{c:032x} has a hole at {hole}"));
        }
    }
    logs
}

/// Whose conversations they are: who got an ack without being an agent.
fn owners(ledgers: &[Ledger]) -> HashMap<C, Who> {
    let mut owners = HashMap::new();
    for ledger in ledgers.iter().filter(|l| !l.who.inside()) {
        for (_, line) in &ledger.lines {
            if let Line::Acked { c, .. } = line {
                owners.entry(*c).or_insert(ledger.who);
            }
        }
    }
    owners
}

fn by(entry: &Stored, who: Who) -> bool {
    match who.sender() {
        None => entry.author == "visitor",
        agent => entry.author == "agent" && entry.agent == agent,
    }
}

fn acked(ledgers: &[Ledger], logs: &Logs<'_>, found: &mut Found) {
    for ledger in ledgers {
        for (at, line) in &ledger.lines {
            let Line::Acked { cmid, c, seq } = line else { continue };
            let entry = logs.get(c).and_then(|log| log.get(seq));
            if !entry.is_some_and(|e| e.cmid == Some(*cmid) && by(e, ledger.who)) {
                let who = ledger.who;
                found.add("I1", format!("{who:?} had {cmid:032x} acked at {at} ms as {c:032x}-{seq}: not there"));
            }
        }
    }
}

fn names(stored: &[Stored], found: &mut Found) {
    let mut known = HashSet::new();
    for entry in stored {
        let Some(cmid) = entry.cmid else { continue };
        if !known.insert((entry.c, &entry.author, entry.agent, cmid)) {
            found.add("I2", format!("{:032x} holds {cmid:032x} twice", entry.c));
        }
    }
}

fn same_for_all(ledgers: &[Ledger], logs: &Logs<'_>, found: &mut Found) {
    let mut first: HashMap<(bool, C, u64), Seen> = HashMap::new();
    for ledger in ledgers {
        for (at, line) in &ledger.lines {
            let Line::Got { c, seq, seen, .. } = line else { continue };
            let who = ledger.who;
            match logs.get(c).and_then(|log| log.get(seq)) {
                None => found.add("I7", format!("{who:?} got {c:032x}-{seq} at {at} ms, which is not stored")),
                Some(entry) if entry.sense != seen.sense => {
                    found.add("I4", format!("{who:?} got another {c:032x}-{seq} than is stored"));
                }
                Some(_) => {}
            }
            if first.entry((who.inside(), *c, *seq)).or_insert(*seen) != seen {
                found.add("I4", format!("{who:?} got another {c:032x}-{seq} than others did"));
            }
        }
    }
}

fn order(ledgers: &[Ledger], stored: &[Stored], found: &mut Found) {
    let place: HashMap<(C, Cmid), u64> = stored.iter().filter_map(|e| Some(((e.c, e.cmid?), e.seq))).collect();
    for ledger in ledgers {
        // What was refused for now and sent again later may well stand behind its successors.
        let refused: HashSet<Cmid> = ledger
            .lines
            .iter()
            .filter_map(|(_, l)| if let Line::Refused { cmid, .. } = l { Some(*cmid) } else { None })
            .collect();
        let home: HashMap<Cmid, C> = ledger
            .lines
            .iter()
            .filter_map(|(_, l)| if let Line::Acked { cmid, c, .. } = l { Some((*cmid, *c)) } else { None })
            .collect();
        let (mut begun, mut last) = (HashSet::new(), HashMap::<C, u64>::new());
        for (_, line) in &ledger.lines {
            let Line::Sending { cmid, .. } = line else { continue };
            if refused.contains(cmid) || !begun.insert(*cmid) {
                continue;
            }
            let Some(c) = home.get(cmid) else { continue };
            let Some(seq) = place.get(&(*c, *cmid)) else { continue };
            if last.insert(*c, *seq).is_some_and(|before| before > *seq) {
                found.add("I5", format!("{:?} sent {cmid:032x} later than what stands behind it", ledger.who));
            }
        }
    }
}

/// What comes as it happens continues what was there, on every connection.
fn live(ledger: &Ledger, found: &mut Found) {
    let mut last: HashMap<C, u64> = HashMap::new();
    for (at, line) in &ledger.lines {
        match line {
            Line::Connected { resumed, listed } => {
                last = listed.iter().chain(resumed).copied().collect();
            }
            Line::Resync { c, head } => {
                last.insert(*c, *head);
            }
            Line::Got { c, seq, prev, fetched: false, .. } => {
                let before = last.insert(*c, *seq).unwrap_or(0);
                let who = ledger.who;
                if *seq <= before {
                    found.add("I6", format!("{who:?} got {c:032x}-{seq} at {at} ms twice: it was at {before}"));
                } else if *prev != before {
                    found.add("I6", format!("{who:?} has a gap at {at} ms: {c:032x}-{seq} after {before}, not {prev}"));
                }
            }
            _ => {}
        }
    }
}

/// In the end everything is held, and it is what is there.
fn whole(ledger: &Ledger, logs: &Logs<'_>, owners: &HashMap<C, Who>, found: &mut Found) {
    let (mut held, mut anew) = (HashMap::<C, BTreeMap<u64, u64>>::new(), HashMap::<C, BTreeMap<u64, u64>>::new());
    let mut claims = BTreeSet::new();
    for (_, line) in &ledger.lines {
        match line {
            Line::Got { c, seq, seen, .. } => drop(held.entry(*c).or_default().insert(*seq, seen.look)),
            Line::Anew { c, seq, look } => drop(anew.entry(*c).or_default().insert(*seq, *look)),
            Line::Holds { c } => drop(claims.insert(*c)),
            _ => {}
        }
    }
    let who = ledger.who;
    if !who.inside() {
        // A visitor's tab holds all that any of them opened.
        for c in owners.iter().filter(|(_, o)| **o == who).map(|(c, _)| c) {
            if !claims.contains(c) {
                found.add("I6", format!("{who:?} never heard of {c:032x}"));
            }
        }
    }
    let none = BTreeMap::new();
    for c in claims {
        let holds = held.get(&c).unwrap_or(&none);
        let visible = |e: &Stored| who.inside() || e.kind != "note";
        let there = logs.get(&c).into_iter().flatten().filter(|(_, e)| visible(e)).map(|(seq, _)| *seq);
        if let Some(lost) = there.into_iter().find(|seq| !holds.contains_key(seq)) {
            found.add("I6", format!("{who:?} never got {c:032x}-{lost}"));
        }
        if anew.get(&c).unwrap_or(&none) != holds {
            found.add("I11", format!("{who:?} holds another {c:032x} than it fetches anew"));
        }
    }
}

fn rights(ledger: &Ledger, owners: &HashMap<C, Who>, found: &mut Found) {
    for (_, line) in &ledger.lines {
        let Line::Got { c, seq, seen, .. } = line else { continue };
        let who = ledger.who;
        match who {
            Who::Visitor(_) if owners.get(c) != Some(&who) => {
                found.add("I10", format!("{who:?} got {c:032x}-{seq} of somebody else"));
            }
            Who::Visitor(_) if seen.secret => {
                found.add("I10", format!("{who:?} saw what is for agents: {c:032x}-{seq}"))
            }
            Who::Outsider(_) => found.add("I10", format!("{who:?} got {c:032x}-{seq} of another department")),
            _ => {}
        }
    }
}

fn nobody_sent(ledgers: &[Ledger], stored: &[Stored], found: &mut Found) {
    let mut sent: HashMap<(Option<i64>, Cmid), u64> = HashMap::new();
    for ledger in ledgers {
        for (_, line) in &ledger.lines {
            if let Line::Sending { cmid, text } = line {
                sent.insert((ledger.who.sender(), *cmid), *text);
            }
        }
    }
    for entry in stored.iter().filter(|e| e.kind == "text" && matches!(e.author.as_str(), "visitor" | "agent")) {
        let text = entry.cmid.and_then(|cmid| sent.get(&(entry.agent, cmid)));
        if text != Some(&entry.text) {
            found.add("I7", format!("nobody sent {:032x}-{}", entry.c, entry.seq));
        }
    }
}

fn one_owner(ledgers: &[Ledger], logs: &Logs<'_>, found: &mut Found) {
    for (c, log) in logs {
        let mut owner = Owner::Bot;
        for (seq, entry) in log {
            if let Err(why) = owner.take(entry) {
                found.add("I8", format!("{c:032x}-{seq}: {} while it is {why:?}", entry.kind));
            }
        }
    }
    let mut granted: HashMap<(C, u64), Who> = HashMap::new();
    for ledger in ledgers {
        for (_, line) in &ledger.lines {
            let Line::Claimed { c, ver } = line else { continue };
            if let Some(other) = granted.insert((*c, *ver), ledger.who) {
                found.add("I8", format!("{other:?} and {:?} both got {c:032x} at version {ver}", ledger.who));
            }
        }
    }
}

/// Whose turn it is, told by the log alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    Bot,
    Queue,
    Agent(i64),
    Closed,
}

impl Owner {
    /// What comes of an entry.
    ///
    /// # Errors
    /// The owner before it, where it may not come then.
    pub(crate) fn take(&mut self, entry: &Stored) -> Result<(), Self> {
        let before = *self;
        let mine = |agent: Option<i64>| agent.is_some_and(|a| before == Self::Agent(a));
        let fits = match (entry.kind.as_str(), entry.author.as_str()) {
            ("text", "agent") => mine(entry.agent),
            ("text" | "answer" | "clarify" | "handoff", "bot") => before == Self::Bot,
            ("text", "visitor") => before != Self::Closed,
            // Again, where the same agent is back.
            ("claimed", _) => mine(entry.agent) || matches!(before, Self::Bot | Self::Queue),
            ("released" | "transferred", "agent") => mine(entry.agent),
            ("released" | "away", _) => matches!(before, Self::Agent(_)),
            ("closed", "agent") => mine(entry.agent),
            ("closed", _) => before != Self::Closed,
            _ => true,
        };
        *self = match (entry.kind.as_str(), entry.agent) {
            ("handoff", _) => Self::Queue,
            ("claimed", Some(agent)) => Self::Agent(agent),
            ("released", _) if entry.to_bot => Self::Bot,
            ("released", _) => Self::Queue,
            ("transferred", _) => entry.to_agent.map_or(Self::Queue, Self::Agent),
            ("closed", _) => Self::Closed,
            _ => before,
        };
        if fits { Ok(()) } else { Err(before) }
    }
}

fn versions(ledgers: &[Ledger], found: &mut Found) {
    let mut of: HashMap<(C, u64), (&str, Option<i64>)> = HashMap::new();
    for ledger in ledgers {
        let mut last: HashMap<C, u64> = HashMap::new();
        for (at, line) in &ledger.lines {
            let Line::State { c, ver, state, agent } = line else { continue };
            let who = ledger.who;
            if last.insert(*c, *ver).is_some_and(|before| before > *ver) {
                found.add("I9", format!("{who:?} saw {c:032x} fall back to version {ver} at {at} ms"));
            }
            let now = (state.as_str(), *agent);
            if *of.entry((*c, *ver)).or_insert(now) != now {
                found.add("I9", format!("version {ver} of {c:032x} is both {:?} and {now:?}", of[&(*c, *ver)]));
            }
        }
    }
}

#[cfg(test)]
mod tests;
