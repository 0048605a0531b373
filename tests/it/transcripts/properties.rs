//! What holds in every conversation, whatever is said in it.

use proptest::prelude::*;

use super::{OPEN, SMALL};
use deskbell::dialogue::{Input, Memory, Pending, Said, Say, sounds_complete, turn};
use deskbell::types::Room;

#[derive(Debug, Clone)]
enum Deed {
    Text(String),
    Choice(String, String),
    Form(String),
    Thumb(String),
    Person,
}

fn deed() -> impl Strategy<Value = Deed> {
    let ids = || {
        prop::sample::select(vec![
            "order-status",
            "cancel-order",
            "delivery-cost",
            "opening-hours",
            "lamp-broken",
            "newsletter",
            "gift-card",
            "gift-wrap",
            "returns/how-long",
            "returns/how-long#opened-boxes",
            "gone",
            "",
        ])
    };
    let known = prop::sample::select(vec![
        "where is my order",
        "AB123456",
        "it is ab123456, thanks",
        "12345",
        "skip",
        "what does delivery cost",
        "and to Austria?",
        "gift",
        "2",
        "the second one",
        "none of these",
        "zxqv blorp wibble",
        "frobnicate the quux xyzzy",
        "hi",
        "thanks",
        "no",
        "yes please",
        "that did not help",
        "I want a human",
        "THIS IS RIDICULOUS",
        "!!!",
        "???",
        "jo@example.org",
        "jo@example",
        "when are you open",
        "what does delivery cost and when are you open",
        "where is my order? cancel my order",
        "my lamp is broken",
        "Wo ist meine Bestellung?",
        "cancel my order",
        "how long can I return something",
        "hello\ni have a question",
        "où est ma commande s'il vous plaît",
        "👍",
        " ",
        "",
        "[x](javascript:alert(1)) {{ hours }}",
    ]);
    prop_oneof![
        6 => known.prop_map(|t| Deed::Text(t.to_owned())),
        2 => any::<String>().prop_map(Deed::Text),
        1 => "[a-zäöüß ?!.,\\n]{0,80}".prop_map(Deed::Text),
        2 => (prop::sample::select(vec!["intent:", "article:", ""]), ids(), "[a-z ]{0,12}").prop_map(|(k, id, label)| Deed::Choice(format!("{k}{id}"), label)),
        1 => prop::sample::select(vec!["none", "person", "email", "no"]).prop_map(|id| Deed::Choice(id.to_owned(), id.to_owned())),
        1 => "[a-z@.]{0,12}".prop_map(Deed::Form),
        1 => ids().prop_map(|id| Deed::Thumb(id.to_owned())),
        1 => Just(Deed::Person),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn invariants(deeds in prop::collection::vec(deed(), 1..14), open in any::<bool>(), queue_open in any::<bool>(), email_known in any::<bool>()) {
        let content = &*SMALL;
        let mut memory = Memory::default();
        for deed in &deeds {
            let said = match deed {
                Deed::Text(text) => Said::Text(text),
                Deed::Choice(id, label) => Said::Choice { id, label },
                Deed::Form(address) => Said::Email(address),
                Deed::Thumb(id) => Said::NotHelpful { id },
                Deed::Person => Said::Person,
            };
            let at = if open { OPEN } else { OPEN.plus_ms(12 * 3_600_000) };
            let room = if queue_open { Room::Free } else { Room::AllTaken };
            let input = Input { said, at, page: None, locale: None, email_known, room };
            let failed = memory.failed.clone();
            let made = turn(content, memory.clone(), input);
            prop_assert_eq!(&made, &turn(content, memory.clone(), input), "the same twice");
            if let Deed::Text(text) = deed {
                let _ = sounds_complete(content, &memory, text, at);
            }

            if !matches!(deed, Deed::Thumb(_)) {
                prop_assert!(!made.say.is_empty() || made.hand_over.is_some(), "silence after {:?}", deed);
            }
            for say in &made.say {
                let (text, options) = match say {
                    Say::Text { text, options, .. } => (text, options),
                    Say::Answer { text, options, id, .. } => {
                        prop_assert!(!failed.contains(id), "{} did not help before", id);
                        (text, options)
                    }
                    Say::Clarify { text, options } => {
                        prop_assert!((2..=4).contains(&options.len()) && options.last().is_some_and(|o| o.id == "none"));
                        (text, options)
                    }
                };
                prop_assert!(!text.trim().is_empty(), "an empty text after {:?}", deed);
                prop_assert!(options.iter().all(|o| !o.label.is_empty()));
            }
            let m = &made.memory;
            if queue_open && m.misses >= 2 {
                prop_assert!(made.hand_over.is_some(), "{} misses and nobody rung", m.misses);
            }
            if !queue_open {
                prop_assert!(made.hand_over.is_none());
            }
            prop_assert!(m.shown.len() <= 20 && m.tried.len() <= 20 && m.failed.len() <= 20 && m.asked.len() <= 5 && m.candidates.len() <= 5);
            prop_assert!(m.slots.len() <= 32 && m.slots.values().all(|v| v.chars().count() <= 200));
            prop_assert!(m.question.as_ref().is_none_or(|q| q.chars().count() <= 500));
            if let Some(Pending::Slot { tries, .. } | Pending::Email { tries }) = m.pending {
                prop_assert!((1..=3).contains(&tries));
            }
            // A conversation that was handed over is not the bot's any more until somebody gives it back.
            memory = made.memory;
            if made.hand_over.is_some() {
                memory.misses = 0;
                memory.upset = 0;
                memory.pending = None;
            }
        }
    }
}

#[test]
fn short_pieces_are_waited_for() {
    let memory = Memory::default();
    for (text, complete) in [
        ("hi", false),
        ("Hi!", false),
        ("i have a question", false),
        ("gift", false),
        ("what does delivery cost", true),
        ("when are you open?", true),
        ("opening hours", true),
        ("I want a human", true),
        ("zxqv blorp", false),
    ] {
        assert_eq!(sounds_complete(&SMALL, &memory, text, OPEN), complete, "{text:?}");
    }
    let slot = Pending::Slot { intent: "order-status".into(), slot: "order_id".into(), tries: 1 };
    let waiting = Memory { pending: Some(slot), ..Memory::default() };
    assert!(sounds_complete(&SMALL, &waiting, "ab123456", OPEN));
}
