//! Whatever the domain can hold comes back as it was.

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;

use super::{entry_from_row, entry_to_row, state_from_json, state_to_json};
use crate::conversation::{
    Answer, Author, Body, Burst, Entry, Handoff, Mark, Owner, Packet, Page, ReleaseTo, Reopened, Sent, State, Text,
    TransferTo, Verified, Visit,
};
use crate::dialogue::{AnswerKind, Ask, Choice, Guess, Memory, Pending, Reason, Shown, Wanted};
use crate::types::{AgentId, Language, Priority, Seq, Timestamp, VisitorId};

/// Any characters, quotes and control characters and other planes included.
fn text() -> BoxedStrategy<String> {
    prop_oneof![any::<String>(), Just(String::new()), "[a-z ]{1,20}"].boxed()
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(text(), 0..4)
}

fn words() -> impl Strategy<Value = BTreeMap<String, String>> {
    btree_map(text(), text(), 0..4)
}

fn agent() -> impl Strategy<Value = AgentId> {
    (1..=i64::MAX).prop_map(AgentId)
}

fn place() -> impl Strategy<Value = Seq> {
    (0..i64::MAX as u64).prop_map(Seq)
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn language() -> impl Strategy<Value = Language> {
    "[a-z]{2,3}".prop_map(|code| code.parse().unwrap())
}

fn share() -> impl Strategy<Value = f32> {
    prop_oneof![0.0f32..=1.0, Just(0.1), Just(1.0 / 3.0)]
}

fn kind() -> impl Strategy<Value = AnswerKind> {
    prop_oneof![Just(AnswerKind::Intent), Just(AnswerKind::Article)]
}

fn priority() -> impl Strategy<Value = Priority> {
    prop_oneof![Just(Priority::Normal), Just(Priority::High), Just(Priority::Urgent)]
}

fn reason() -> impl Strategy<Value = Reason> {
    prop_oneof![
        Just(Reason::Asked),
        Just(Reason::LowConfidence),
        Just(Reason::RepeatedFailure),
        Just(Reason::Frustration),
        Just(Reason::Intent),
        Just(Reason::Policy),
    ]
}

fn choices() -> impl Strategy<Value = Vec<Choice>> {
    vec((text(), text()).prop_map(|(id, label)| Choice { id, label }), 0..4)
}

fn shown() -> impl Strategy<Value = Vec<Shown>> {
    vec((text(), text(), any::<bool>()).prop_map(|(id, title, rejected)| Shown { id, title, rejected }), 0..4)
}

fn guesses() -> impl Strategy<Value = Vec<Guess>> {
    let guess = (text(), kind(), text(), share(), of(text()), of(text()), texts());
    let guess = guess.prop_map(|(id, kind, title, confidence, source, line, words)| Guess {
        id,
        kind,
        title,
        confidence,
        source,
        line,
        words,
    });
    vec(guess, 0..4)
}

fn page() -> impl Strategy<Value = Page> {
    (of(text()), of(text()), of(text())).prop_map(|(url, title, referrer)| Page { url, title, referrer })
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![text().prop_map(Ask::Slot), Just(Ask::Email)]
}

fn body() -> impl Strategy<Value = Body> {
    let said = (text(), of(text()), words(), choices(), of(ask()))
        .prop_map(|(text, option, fields, options, ask)| Body::Text(Text { text, option, fields, options, ask }));
    let answer = (text(), text(), kind(), share(), choices(), text(), of((text(), text())), language()).prop_map(
        |(text, id, kind, confidence, options, content_version, source, language)| {
            Body::Answer(Answer { text, id, kind, confidence, options, content_version, source, language })
        },
    );
    let clarify = (text(), choices(), text()).prop_map(|(text, options, content_version)| Body::Clarify {
        text,
        options,
        content_version,
    });
    let packet = (
        (text(), texts(), guesses(), shown(), texts(), words()),
        (of(language()), of(page()), any::<bool>(), of(text())),
    )
        .prop_map(
            |((question, why, candidates, shown, tried, slots), (language, page, upset, suggested_reply))| Packet {
                question,
                why,
                candidates,
                shown,
                tried,
                slots,
                language,
                page,
                upset,
                suggested_reply,
            },
        );
    let handoff = (reason(), of(text()), priority(), packet).prop_map(|(reason, department, priority, packet)| {
        Body::Handoff(Box::new(Handoff { reason, department, priority, packet }))
    });
    let to = prop_oneof![agent().prop_map(TransferTo::Agent), text().prop_map(TransferTo::Department)];
    prop_oneof![
        said,
        answer,
        clarify,
        handoff,
        agent().prop_map(|agent| Body::Claimed { agent }),
        prop_oneof![Just(ReleaseTo::Bot), Just(ReleaseTo::Queue)].prop_map(|to| Body::Released { to }),
        (to, of(text())).prop_map(|(to, note)| Body::Transferred { to, note }),
        agent().prop_map(|agent| Body::Away { agent }),
        (text(), vec(agent(), 0..3), any::<bool>()).prop_map(|(text, mentions, whisper)| Body::Note {
            text,
            mentions,
            whisper
        }),
        mark().prop_map(Body::Marked),
        prop_oneof![Just(Reopened::Bot), Just(Reopened::Queue), Just(Reopened::Agent)]
            .prop_map(|to| Body::Reopened { to }),
        (any::<u8>(), of(text()), of(place())).prop_map(|(score, comment, about)| Body::Rating {
            score,
            comment,
            about
        }),
        (of(text()), of(time())).prop_map(|(reason, follow_up)| Body::Closed { reason, follow_up }),
    ]
}

fn mark() -> impl Strategy<Value = Mark> {
    prop_oneof![
        texts().prop_map(Mark::Labels),
        of(time()).prop_map(Mark::Snoozed),
        of(time()).prop_map(Mark::FollowUp),
        priority().prop_map(Mark::Priority),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    let author =
        prop_oneof![Just(Author::Visitor), Just(Author::Bot), agent().prop_map(Author::Agent), Just(Author::System)];
    let sent = of((text(), any::<[u8; 16]>()).prop_map(|(cmid, digest)| Sent { cmid, digest }));
    (place(), time(), author, body(), sent).prop_map(|(seq, at, author, body, sent)| Entry {
        seq,
        at,
        author,
        body,
        sent,
    })
}

fn pending() -> impl Strategy<Value = Pending> {
    prop_oneof![
        (text(), text(), any::<u32>()).prop_map(|(intent, slot, tries)| Pending::Slot { intent, slot, tries }),
        choices().prop_map(|options| Pending::Clarify { options }),
        Just(Pending::Rephrase),
        any::<u32>().prop_map(|tries| Pending::Email { tries }),
    ]
}

fn wanted() -> impl Strategy<Value = Wanted> {
    (reason(), time()).prop_map(|(reason, since)| Wanted { reason, since })
}

fn memory() -> impl Strategy<Value = Memory> {
    (
        (of(language()), any::<u32>(), of(pending()), words(), shown(), texts(), of(text())),
        (guesses(), of(text()), texts(), any::<u32>(), texts(), any::<bool>(), of(wanted()), any::<u32>()),
    )
        .prop_map(
            |(
                (language, misses, pending, slots, shown, tried, question),
                (candidates, why, failed, upset, asked, greeted, wanted, offered),
            )| Memory {
                language,
                misses,
                pending,
                slots,
                shown,
                tried,
                question,
                candidates,
                why,
                failed,
                upset,
                asked,
                greeted,
                wanted,
                offered,
            },
        )
}

fn state() -> impl Strategy<Value = State> {
    let owner = prop_oneof![Just(Owner::Bot), Just(Owner::Queue), agent().prop_map(Owner::Agent), Just(Owner::Closed)];
    let verified = (text(), of(text()), of(text()), btree_map(text(), text(), 0..3))
        .prop_map(|(subject, name, email, attributes)| Verified { subject, name, email, attributes });
    let visit =
        (of(text()), of(text()), of(page()), of(text()), of(text()), of(verified), btree_map(text(), text(), 0..3))
            .prop_map(|(site, locale, page, email, name, verified, attributes)| Visit {
                site,
                locale,
                page,
                email,
                name,
                attributes,
                verified,
            });
    let burst = of((time(), texts()).prop_map(|(since, texts)| Burst { since, texts }));
    (
        (any::<u128>(), owner, any::<u64>(), place(), place(), place(), time(), time(), of(text()), priority()),
        (of(time()), of(reason()), of(time()), burst, choices(), vec((place(), text()), 0..4)),
        (texts(), of((agent(), time())), of(time()), texts(), vec(agent(), 0..3)),
        (memory(), visit, text()),
    )
        .prop_map(
            |(
                (visitor, owner, ver, head, visitor_head, visitor_said, opened_at, updated_at, department, priority),
                (waiting_since, reason, away_since, burst, offered, answers),
                (needs, last_agent, due, labels, mentioned),
                (memory, visit, preview),
            )| State {
                visitor: VisitorId(visitor),
                owner,
                ver,
                head,
                visitor_head,
                visitor_said,
                opened_at,
                updated_at,
                department,
                priority,
                waiting_since,
                reason,
                needs,
                last_agent,
                due,
                labels,
                mentioned,
                away_since,
                burst,
                offered,
                answers,
                memory,
                visit,
                preview,
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn states_come_back(state in state()) {
        prop_assert_eq!(state_from_json(&state_to_json(&state).unwrap()).unwrap(), state);
    }

    #[test]
    fn entries_come_back(entry in entry()) {
        prop_assert_eq!(entry_from_row(entry_to_row(&entry).unwrap()).unwrap(), entry);
    }

    #[test]
    fn junk_is_an_error_or_a_value(json in any::<Vec<u8>>(), kind in "[a-z]{0,12}") {
        let _ = state_from_json(&json);
        let _ = super::body::decode(&kind, &json);
    }
}

#[test]
fn unknown_fields_are_skipped_and_missing_ones_take_their_default() {
    let json =
        br#"{"visitor": "0000000000000000000000000000000a", "head": 3, "mood": {"new": [1]}, "memory": {"zeal": 9}}"#;
    let state = state_from_json(json).unwrap();
    assert_eq!((state.visitor, state.head, state.owner), (VisitorId(10), Seq(3), Owner::Bot));
    assert_eq!(state.memory, Memory::default());

    let body = super::body::decode("answer", br#"{"text": "yes", "colour": "blue"}"#).unwrap();
    assert!(matches!(body, Body::Answer(a) if a.text == "yes" && a.language == Language::EN));
}

#[test]
fn nonsense_is_an_error() {
    for json in [r#"{"visitor": "x"}"#, r#"{"owner": "emperor"}"#, "[]", ""] {
        assert!(state_from_json(json.as_bytes()).is_err(), "{json}");
    }
    for (kind, json) in [("claimed", "{}"), ("transferred", "{}"), ("poem", "{}"), ("text", "3")] {
        assert!(super::body::decode(kind, json.as_bytes()).is_err(), "{kind}");
    }
}

#[test]
fn numbers_that_json_lacks_are_written_as_zero() {
    let mut state = state_from_json(br#"{"visitor": "0000000000000000000000000000000a"}"#).unwrap();
    let guess = Guess {
        id: String::new(),
        kind: AnswerKind::Intent,
        title: String::new(),
        confidence: f32::NAN,
        source: None,
        line: None,
        words: Vec::new(),
    };
    state.memory.candidates.push(guess);
    let back = state_from_json(&state_to_json(&state).unwrap()).unwrap();
    assert_eq!(back.memory.candidates[0].confidence, 0.0);
}
