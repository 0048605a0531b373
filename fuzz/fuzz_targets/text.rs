//! Any text becomes words and stems of several languages: those that a rule names are found, and nothing else is.
#![no_main]

use std::sync::LazyLock;

use deskbell::engine::{Engine, IntentRule, KeywordRule, Query, Rules};
use libfuzzer_sys::fuzz_target;

/// Keywords in languages whose words, scripts and stems differ most.
const WORDS: [(&str, &str); 8] = [
    ("en", "order"),
    ("de", "größe"),
    ("tr", "ılık"),
    ("zh", "退款"),
    ("th", "คืน"),
    ("ar", "طلب"),
    ("el", "ώρες"),
    ("ja", "ください"),
];

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let intent = |(language, word): &(&str, &str)| IntentRule {
        id: (*language).to_owned(),
        language: language.parse().ok(),
        keywords: vec![KeywordRule { any: vec![(*word).to_owned()], ..KeywordRule::default() }],
        ..IntentRule::default()
    };
    Engine::build(Rules { intents: WORDS.iter().map(intent).collect(), ..Rules::default() }).0
});

fuzz_target!(|text: &str| {
    let reading = ENGINE.read(&Query { text, language: None, allow: &|_| true });
    for reason in &reading.trace {
        assert!(!reason.words.is_empty() && reason.words.len() <= 4_000);
        assert!(reason.words.iter().all(|w| !w.is_empty() && !w.contains(char::is_whitespace)), "{reason:?}");
    }
});
