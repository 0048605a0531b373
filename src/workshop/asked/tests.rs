//! Logs written by hand, and what was asked in them.

use super::*;
use crate::conversation::{Answer, Handoff, Packet, Visit};
use crate::dialogue::{AnswerKind, Choice};
use crate::types::{AgentId, Priority};

const AGAIN: &str = "In other words, please?";

/// `v` the visitor writes, `t` taps, `a` answer, `s` a slot is asked for, `c` asked back, `r` other words wanted,
/// `u` a thumb up for the entry, `d` down, `n` taps "none of these", `w` a person is rung because the content wants it.
/// `k` small talk, `h…` handed over (by the question behind it, or `!` for a wish), `p` a person writes, `b` given back.
fn entry((seq, (at, line)): (u64, (i64, &str))) -> Entry {
    let (kind, rest) = line.split_once(' ').unwrap_or((line, ""));
    let text = |author, text: &str| (author, Body::Text(Text::plain(text)));
    let (author, body) = match kind {
        "v" => text(Author::Visitor, rest),
        "t" => (Author::Visitor, Body::Text(Text { option: Some("x".into()), ..Text::plain(rest) })),
        "a" => {
            let (text, id, content_version) = Default::default();
            let (kind, options, language) = (AnswerKind::Intent, Vec::new(), Language::EN);
            let answer = Answer { text, id, kind, confidence: 0.9, options, content_version, source: None, language };
            (Author::Bot, Body::Answer(answer))
        }
        "s" => (Author::Bot, Body::Text(Text { ask: Some(Ask::Slot("order".into())), ..Text::default() })),
        "c" => {
            let options = vec![Choice { id: "intent:a".into(), label: "A".into() }];
            (Author::Bot, Body::Clarify { text: String::new(), options, content_version: String::new() })
        }
        "r" => text(Author::Bot, &format!("I am sorry.\n\n{AGAIN}")),
        "k" => text(Author::Bot, "Hello!"),
        "h" => {
            let reason = if rest == "!" { Reason::Asked } else { Reason::RepeatedFailure };
            let packet = Packet { question: rest.to_owned(), ..Packet::default() };
            let handoff = Handoff { reason, department: None, priority: Priority::Normal, packet };
            (Author::Bot, Body::Handoff(Box::new(handoff)))
        }
        "n" => (Author::Visitor, Body::Text(Text { option: Some("none".into()), ..Text::plain("None") })),
        "u" | "d" => {
            let about = Some(Seq(rest.parse().expect("a place")));
            (Author::Visitor, Body::Rating { score: if kind == "u" { 5 } else { 1 }, comment: None, about })
        }
        "w" => {
            let packet = Packet { question: rest.to_owned(), ..Packet::default() };
            let handoff = Handoff { reason: Reason::Intent, department: None, priority: Priority::Normal, packet };
            (Author::Bot, Body::Handoff(Box::new(handoff)))
        }
        "p" => text(Author::Agent(AgentId(1)), rest),
        "b" => (Author::System, Body::Released { to: ReleaseTo::Bot }),
        other => panic!("{other}"),
    };
    Entry { seq: Seq(seq), at: Timestamp(at), author, body, sent: None }
}

#[test]
fn only_questions_to_the_bot_are_kept() {
    // Answered, asked back, not understood, wished, handed over otherwise; and the texts.
    for (name, log, counts, wanted) in [
        ("answered", &[(10, "v one"), (10, "a")][..], [1, 0, 0, 0, 0], &["one"][..]),
        ("a burst", &[(10, "v one"), (11, "v two"), (12, "a"), (12, "a")], [1, 0, 0, 0, 0], &["one\ntwo"]),
        ("a slot", &[(10, "v one"), (10, "s"), (20, "v AB1"), (20, "a")], [1, 0, 0, 0, 0], &["one"]),
        ("a choice", &[(10, "v one"), (10, "c"), (20, "t A"), (20, "a")], [0, 1, 0, 0, 0], &["one"]),
        ("small talk", &[(10, "v hi"), (10, "k"), (20, "v one"), (20, "a")], [1, 0, 0, 0, 0], &["one"]),
        (
            "twice not understood",
            &[(10, "v one"), (10, "r"), (20, "v two"), (20, "k"), (20, "h two")],
            [0, 0, 1, 0, 1],
            &["one", "two"],
        ),
        ("it did not help", &[(10, "v one"), (10, "a"), (20, "v no"), (20, "h one")], [1, 0, 0, 0, 1], &["one"]),
        ("the button", &[(10, "v one"), (10, "r"), (20, "k"), (20, "h !")], [0, 0, 1, 1, 0], &["one"]),
        (
            "a person, and back",
            &[(10, "v person"), (10, "h !"), (20, "v two"), (30, "p hi"), (40, "b"), (50, "v three"), (50, "a")],
            [1, 0, 0, 1, 0],
            &["three"],
        ),
        ("long ago", &[(1, "v old"), (1, "a"), (20, "v one"), (20, "c")], [0, 1, 0, 0, 0], &["one"]),
        ("no answer yet", &[(10, "v one")], [0; 5], &[]),
    ] {
        let log: Vec<Entry> = (1..).zip(log.iter().copied()).map(entry).collect();
        let state = State::new(VisitorId(1), Visit::default(), Timestamp(0));
        let held = Held { c: ConversationId(7), log: &log, state: &state };
        let (mut texts, mut c) = (Vec::new(), Course::default());
        follow(&held, Timestamp(5), &[AGAIN.to_owned()], &mut texts, &mut c);
        assert_eq!([c.answered, c.asked_back, c.not_understood, c.wished, c.handed_over], counts, "{name}");
        assert_eq!(texts.iter().map(|t| t.text.as_str()).collect::<Vec<_>>(), wanted, "{name}");
    }
}

#[test]
fn what_came_of_a_question_is_kept_with_it() {
    // Per text: what came (answered, back taken or not, unknown, over), a thumb down, a person soon.
    for (name, log, wanted) in [
        ("answered", &[(10, "v one"), (10, "a")][..], &["a"][..]),
        (
            "a slot, then the answer",
            &[(10, "v one"), (10, "s"), (20, "v x"), (20, "s"), (30, "v y"), (30, "a")],
            &["a"],
        ),
        ("taken", &[(10, "v one"), (10, "c"), (20, "t A"), (20, "a")], &["c+"]),
        ("taken in words", &[(10, "v one"), (10, "c"), (20, "v the first"), (20, "a")], &["c+"]),
        ("none taken", &[(10, "v one"), (10, "c"), (20, "n"), (20, "r")], &["c-"]),
        ("no reply", &[(10, "v one"), (10, "c")], &["c-"]),
        ("unknown twice", &[(10, "v one"), (10, "r"), (20, "v two"), (20, "h two")], &["u", "u"]),
        ("wanted by the content", &[(10, "v one"), (10, "a"), (10, "w one")], &["o"]),
        ("thumb down", &[(10, "v one"), (10, "a"), (20, "d 2")], &["a down"]),
        ("thumb taken back", &[(10, "v one"), (10, "a"), (20, "d 2"), (30, "u 2")], &["a"]),
        ("of the second", &[(10, "v one"), (10, "a"), (20, "v two"), (20, "a"), (30, "d 4")], &["a", "a down"]),
        ("after a choice", &[(10, "v one"), (10, "c"), (20, "t A"), (20, "a"), (30, "d 4")], &["c+ down"]),
        ("a person at once", &[(10, "v one"), (10, "a"), (20, "v no"), (20, "h one")], &["a soon"]),
        ("the button", &[(10, "v one"), (10, "a"), (20, "h !")], &["a soon"]),
        ("a turn later", &[(10, "v one"), (10, "a"), (20, "v hm"), (20, "k"), (30, "h !")], &["a soon"]),
        (
            "much later",
            &[(10, "v one"), (10, "a"), (20, "v hm"), (20, "k"), (30, "v so"), (30, "k"), (40, "h !")],
            &["a"],
        ),
        ("for something else", &[(10, "v one"), (10, "a"), (20, "v two"), (20, "w two")], &["a", "o"]),
    ] {
        let log: Vec<Entry> = (1..).zip(log.iter().copied()).map(entry).collect();
        let state = State::new(VisitorId(1), Visit::default(), Timestamp(0));
        let (mut texts, mut c) = (Vec::new(), Course::default());
        follow(
            &Held { c: ConversationId(7), log: &log, state: &state },
            Timestamp(5),
            &[AGAIN.to_owned()],
            &mut texts,
            &mut c,
        );
        let told: Vec<String> = texts
            .iter()
            .map(|t| {
                let came = match &t.came {
                    Came::Answered { .. } => "a",
                    Came::AskedBack { taken: true } => "c+",
                    Came::AskedBack { taken: false } => "c-",
                    Came::Unknown => "u",
                    Came::HandedOver => "o",
                };
                let down = if t.thumbs_down { " down" } else { "" };
                format!("{came}{down}{}", if t.handed_over_soon { " soon" } else { "" })
            })
            .collect();
        assert_eq!(told, wanted, "{name}");
        assert!(
            texts.iter().all(|t| t.visitor == Some(VisitorId(1)) && t.from.is_some_and(|f| f.0 == ConversationId(7)))
        );
    }
}
