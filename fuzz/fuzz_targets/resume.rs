//! Any deeds of a visitor and two agents in one conversation, one byte a deed, against a model: places are dense, owners change
//! as entries say, the bot is silent while somebody else has it; and whoever comes back holding a part of the log ends
//! with all of it, in one order, from wherever it left.
#![no_main]

use std::sync::LazyLock;

use deskbell::content::{self, Content, SourceFile};
use deskbell::conversation::{Body, Change, Entry, Event, Now, Owner, ReleaseTo, State, Visit, handle};
use deskbell::types::{AgentId, Room, Seq, Timestamp, VisitorId};
use libfuzzer_sys::fuzz_target;

static CONTENT: LazyLock<Content> = LazyLock::new(|| {
    let bytes = include_str!("content.yaml").into();
    content::build(&[SourceFile { path: "intents/shop.yaml".to_owned(), bytes }]).0
});

const SAID: [&str; 8] =
    ["where is my parcel", "refund", "i want a human", "zxqv blorp", "!!!", "AB123456", "thanks", "when are you open"];

fn event(byte: u8, state: &State) -> Event {
    let agent = AgentId(i64::from(byte >> 7) + 1);
    // One in eight has seen an older state of things.
    let ver = state.ver.saturating_sub(u64::from(byte & 0x70 == 0x70));
    let text = SAID[usize::from(byte >> 4) % SAID.len()].to_owned();
    match byte & 0x0f {
        0..=2 => Event::VisitorSaid { text, typing: byte & 0x80 != 0 },
        3 => Event::VisitorChose { option: if byte & 0x10 == 0 { "none" } else { "intent:refund" }.to_owned() },
        4 => Event::VisitorRated { score: byte >> 4, comment: None, about: Some(Seq(u64::from(byte >> 4))) },
        5 => Event::VisitorAsksPerson,
        6 => Event::BotDue,
        7 => Event::AgentSaid { agent, text, seen: (byte & 0x40 != 0).then_some(state.head) },
        8 => Event::AgentNoted { agent, text, mentions: Vec::new(), whisper: false },
        9 => Event::Claim { agent, ver },
        10 => Event::Release { agent, ver, to: if byte & 0x10 == 0 { ReleaseTo::Bot } else { ReleaseTo::Queue } },
        11 => Event::Resolve { agent, ver, reason: "done".to_owned(), follow_up: None },
        12 => Event::AgentAway { agent },
        13 => Event::AgentBack { agent },
        14 => Event::AgentLost { agent },
        _ => Event::VisitorEnds,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut state = State::new(VisitorId(1), Visit::default(), Timestamp(0));
    let mut log: Vec<Entry> = Vec::new();
    // A tab that sleeps and comes back now and then: what it holds.
    let mut tab: Vec<Seq> = Vec::new();
    for (n, byte) in bytes.iter().take(64).enumerate() {
        let at = Timestamp(1_000 * (n as i64 + 1));
        let now = Now { content: &CONTENT, at, room: if byte & 0x20 == 0 { Room::Free } else { Room::AllTaken } };
        let Ok(Change { entries, state: after, wake: _ }) = handle(&state, event(*byte, &state), now) else { continue };
        for (place, entry) in (state.head.0 + 1..).zip(&entries) {
            assert_eq!(entry.seq, Seq(place), "a hole");
        }
        assert_eq!(after.head.0, state.head.0 + entries.len() as u64);
        assert!(after.ver >= state.ver, "an older version");
        assert!(after.owner == state.owner || (after.ver > state.ver && !entries.is_empty()), "an owner without an entry");
        if matches!(state.owner, Owner::Queue | Owner::Agent(_)) && after.owner == state.owner {
            let speaks = entries.iter().any(|e| matches!(e.body, Body::Answer(_) | Body::Clarify { .. }));
            assert!(!speaks, "the bot speaks while it is not its turn: {entries:?}");
        }
        if state.owner == Owner::Closed {
            let late = entries.iter().all(|e| matches!(e.body, Body::Rating { .. } | Body::Note { .. }));
            assert!(late || after.owner != Owner::Closed, "something happens after the end: {entries:?}");
        }
        log.extend(entries);
        state = after;
        let seen = log.iter().rev().find(|e| e.visible_to_visitor()).map_or(Seq(0), |e| e.seq);
        assert_eq!(state.visitor_head, seen);
        if byte % 3 == 0 {
            let last = tab.last().copied().unwrap_or(Seq(0));
            tab.extend(log.iter().filter(|e| e.seq > last && e.visible_to_visitor()).map(|e| e.seq));
            let whole: Vec<Seq> = log.iter().filter(|e| e.visible_to_visitor()).map(|e| e.seq).collect();
            assert_eq!(tab, whole, "a gap after coming back");
        }
    }
});
