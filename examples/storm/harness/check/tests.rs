//! Each rule is broken once, to show that it is seen.

use super::super::ledger::hash;
use super::*;

const HOME: C = 7;

fn entry(seq: u64, author: &str, kind: &str, cmid: Option<Cmid>) -> Stored {
    let agent = (author == "agent").then_some(1);
    let text = hash(cmid.unwrap_or_default());
    Stored {
        c: HOME,
        seq,
        author: author.into(),
        agent,
        kind: kind.into(),
        cmid,
        text,
        sense: 100 + seq,
        to_agent: None,
        to_bot: false,
    }
}

fn got(seq: u64, prev: u64) -> Line {
    let seen = Seen { mid: seq, look: seq, sense: 100 + seq, secret: false };
    Line::Got { c: HOME, seq, prev, seen, fetched: false }
}

fn sent(cmid: Cmid, seq: u64) -> [Line; 2] {
    [Line::Sending { cmid, text: hash(cmid) }, Line::Acked { cmid, c: HOME, seq }]
}

/// A visitor asks for a person, who claims, answers and ends it; all is well.
fn world() -> (Vec<Ledger>, Vec<Stored>) {
    let stored = vec![
        entry(1, "visitor", "text", Some(11)),
        entry(2, "bot", "handoff", None),
        entry(3, "agent", "claimed", None),
        entry(4, "agent", "text", Some(21)),
        entry(5, "visitor", "text", Some(12)),
        entry(6, "agent", "closed", None),
    ];
    let end = |look: fn(u64) -> Line| std::iter::once(Line::Holds { c: HOME }).chain((1..=6).map(look));
    let all = || (1..=6).map(|seq| got(seq, seq - 1));
    let anew = |seq| Line::Anew { c: HOME, seq, look: seq };
    let connected = || Line::Connected { resumed: Vec::new(), listed: Vec::new() };
    let state = |ver, state: &str, agent| Line::State { c: HOME, ver, state: state.into(), agent };
    let visitor = std::iter::once(connected()).chain(sent(11, 1)).chain(all()).chain(sent(12, 5)).chain(end(anew));
    let agent = [connected(), state(2, "waiting", None), Line::Claimed { c: HOME, ver: 2 }]
        .into_iter()
        .chain([state(3, "assigned", Some(1))])
        .chain(sent(21, 4))
        .chain(all())
        .chain(end(anew));
    let lines = |lines: Vec<Line>| lines.into_iter().zip(0..).map(|(l, at)| (at, l)).collect();
    let ledgers = vec![
        Ledger { who: Who::Visitor(1), lines: lines(visitor.collect()) },
        Ledger { who: Who::Agent(1), lines: lines(agent.collect()) },
        Ledger { who: Who::Outsider(2), lines: Vec::new() },
    ];
    (ledgers, stored)
}

type Plant = fn(&mut Vec<Ledger>, &mut Vec<Stored>);

fn alter(ledger: &mut Ledger, mut change: impl FnMut(&mut Line)) {
    ledger.lines.iter_mut().for_each(|(_, line)| change(line));
}

fn drop_got(ledger: &mut Ledger, place: u64) {
    ledger.lines.retain(|(_, l)| !matches!(l, Line::Got { seq, .. } if *seq == place));
}

fn add(ledger: &mut Ledger, line: Line) {
    ledger.lines.push((99, line));
}

/// Each with the rules that must be named, and no others.
const PLANTS: &[(&str, &[&str], Plant)] = &[
    ("nothing", &[], |_, _| {}),
    ("an acked message is gone", &["I1", "I7", "I11"], |ledgers, stored| {
        drop(stored.pop());
        drop(stored.pop());
        ledgers.truncate(1);
        drop_got(&mut ledgers[0], 6);
        drop_got(&mut ledgers[0], 5);
        add(&mut ledgers[0], got(5, 4));
    }),
    ("another message stands at an acked place", &["I1", "I7"], |_, stored| stored[4].cmid = Some(13)),
    ("a message is stored twice", &["I2", "I6", "I7", "I8"], |_, stored| {
        stored.push(entry(7, "visitor", "text", Some(12)));
        stored[6].text = 0;
    }),
    ("a hole in the log", &["I3", "I7"], |_, stored| drop(stored.remove(1))),
    ("a place given twice", &["I3"], |_, stored| stored.push(entry(2, "bot", "handoff", None))),
    ("a reader saw something else", &["I4", "I11"], |ledgers, _| {
        alter(&mut ledgers[0], |l| {
            if let Line::Got { seq: 2, seen, .. } = l {
                seen.look = 0;
            }
        });
        add(&mut ledgers[1], Line::Connected { resumed: Vec::new(), listed: Vec::new() });
        ledgers.push(Ledger { who: Who::Visitor(1), lines: world().0[0].lines.clone() });
    }),
    ("all readers saw what is not stored", &["I4"], |_, stored| stored[2].sense = 0),
    ("the order is turned round", &["I5"], |ledgers, _| {
        let later = ledgers[0].lines.iter().position(|(_, l)| matches!(l, Line::Sending { cmid: 12, .. }));
        let line = ledgers[0].lines.remove(later.unwrap());
        ledgers[0].lines.insert(1, line);
    }),
    ("an entry never came", &["I6", "I11"], |ledgers, _| drop_got(&mut ledgers[0], 6)),
    ("a gap that was filled by fetching", &["I6"], |ledgers, _| {
        alter(&mut ledgers[1], |l| {
            if let Line::Got { seq: 3, fetched, .. } = l {
                *fetched = true;
            }
        });
    }),
    ("an entry came twice", &["I6"], |ledgers, _| add(&mut ledgers[0], got(6, 5))),
    ("a tab never heard of it", &["I6"], |ledgers, _| {
        ledgers.push(Ledger { who: Who::Visitor(1), lines: Vec::new() });
    }),
    ("delivered, but lost by a crash", &["I7", "I11"], |ledgers, _| add(&mut ledgers[0], got(7, 6))),
    ("stored, but sent by nobody", &["I1", "I7"], |_, stored| stored[3].cmid = None),
    ("two agents have it", &["I1", "I7", "I8"], |_, stored| stored[3].agent = Some(2)),
    ("the bot speaks while it waits", &["I8"], |_, stored| {
        stored[2].author = "bot".into();
        stored[2].kind = "answer".into();
    }),
    ("two claims of one version are granted", &["I8"], |ledgers, _| {
        add(&mut ledgers[2], Line::Claimed { c: HOME, ver: 2 });
    }),
    ("a version falls back", &["I9"], |ledgers, _| {
        add(&mut ledgers[1], Line::State { c: HOME, ver: 2, state: "waiting".into(), agent: None });
    }),
    ("a version means two things", &["I9"], |ledgers, _| {
        add(&mut ledgers[2], Line::State { c: HOME, ver: 3, state: "waiting".into(), agent: None });
    }),
    ("somebody else's conversation", &["I10"], |ledgers, _| {
        let line = got(1, 0);
        ledgers.push(Ledger { who: Who::Visitor(2), lines: vec![(0, line)] });
    }),
    ("another department's", &["I10"], |ledgers, _| add(&mut ledgers[2], got(1, 0))),
    ("what is for agents", &["I4", "I10"], |ledgers, _| {
        alter(&mut ledgers[0], |l| {
            if let Line::Got { seq: 2, seen, .. } = l {
                seen.secret = true;
            }
        });
        ledgers.push(Ledger { who: Who::Visitor(1), lines: world().0[0].lines.clone() });
    }),
    ("what was fetched anew is different", &["I11"], |ledgers, _| {
        alter(&mut ledgers[0], |l| {
            if let Line::Anew { seq: 4, look, .. } = l {
                *look = 0;
            }
        });
    }),
];

#[test]
fn each_planted_fault_is_found_and_nothing_else() {
    let mut wrong = Vec::new();
    for (name, expected, plant) in PLANTS {
        let (mut ledgers, mut stored) = world();
        plant(&mut ledgers, &mut stored);
        let found = check(&ledgers, &stored);
        let rules: BTreeSet<_> = found.iter().map(|v| v.rule).collect();
        if rules != expected.iter().copied().collect() {
            wrong.push((name, rules, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
