//! The engine from outside, as data.

use proptest::prelude::*;

use super::*;

pub(super) fn lines(texts: &[&str], first: u32) -> Vec<Line> {
    texts.iter().zip(first..).map(|(t, source)| Line { text: (*t).to_owned(), source }).collect()
}

fn intent(id: &str, examples: &[&str], first: u32) -> IntentRule {
    IntentRule { id: id.to_owned(), examples: lines(examples, first), ..IntentRule::default() }
}

pub(super) fn shop() -> Rules {
    let own = |l: &[&str]| l.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
    let mut status = intent(
        "status",
        &[
            "where is my parcel",
            "when will my order arrive",
            "track my delivery",
            "my package has not come yet",
            "wo ist mein paket",
            "wann kommt meine bestellung",
        ],
        100,
    );
    status.keywords.push(KeywordRule {
        any: own(&["tracking number"]),
        none: own(&["cancel"]),
        source: 1,
        ..KeywordRule::default()
    });
    status.patterns = lines(&[r"\border\s+#?(?P<order_id>[A-Z]{2}\d{6})\b"], 2);
    let mut refund = intent(
        "refund",
        &[
            "i want my money back",
            "when do i get my refund",
            "refund please",
            "the refund has not arrived",
            "ich will mein geld zurück",
            "wann kommt die erstattung",
        ],
        200,
    );
    refund.keywords.push(KeywordRule { any: own(&["refund"]), source: 3, ..KeywordRule::default() });
    refund.reject = lines(&["refund policy document"], 250);
    let cancel = intent(
        "cancel",
        &[
            "cancel my order",
            "i want to cancel",
            "please stop the order",
            "i ordered by mistake",
            "bestellung stornieren",
            "ich möchte stornieren",
        ],
        300,
    );
    let hours = intent(
        "hours",
        &[
            "when are you open",
            "opening hours",
            "are you open on sunday",
            "what time do you close",
            "wann habt ihr geöffnet",
            "öffnungszeiten",
        ],
        400,
    );
    let article = ArticleRule {
        id: "returns".to_owned(),
        title: Some(Line { text: "Returning shoes".to_owned(), source: 500 }),
        questions: lines(&["how do i send shoes back"], 501),
        passages: vec![
            PassageRule {
                heading: None,
                body: Line {
                    text: "You can return shoes within thirty days if the soles are clean.".to_owned(),
                    source: 510,
                },
            },
            PassageRule {
                heading: Some(Line { text: "Label".to_owned(), source: 511 }),
                body: Line {
                    text: "Print the label from your account and glue it on the box.".to_owned(),
                    source: 512,
                },
            },
        ],
        ..ArticleRule::default()
    };
    Rules {
        intents: vec![status, refund, cancel, hours],
        articles: vec![article],
        default_language: Some(Language::EN),
        options: Options::default(),
    }
}

fn engine() -> Engine {
    let (engine, problems) = Engine::build(shop());
    assert_eq!(problems, []);
    engine
}

fn read(engine: &Engine, text: &str) -> Reading {
    engine.read(&Query { text, language: None, allow: &|_| true })
}

#[test]
fn texts_land_where_they_belong() {
    let engine = engine();
    let passage = |passage| Target::Passage { article: 0, passage };
    let cases = [
        ("where is my parcel?", Target::Intent(0)),
        ("WHERE IS MY PACKAGE!!", Target::Intent(0)),
        ("my mony back", Target::Intent(1)),
        ("cancelling an order", Target::Intent(2)),
        ("Öffnungszeiten?", Target::Intent(3)),
        ("oeffnungszeiten", Target::Intent(3)),
        ("wo bleibt das Paket", Target::Intent(0)),
        ("can i return shoes, the soles are clean", passage(0)),
        ("soles of the shoes", passage(0)),
        ("glue the label on the box", passage(1)),
        ("order #ab123456 please", Target::Intent(0)),
    ];
    for (text, expected) in cases {
        let reading = read(&engine, text);
        assert_eq!(reading.candidates.first().map(|c| c.target), Some(expected), "{text}: {reading:?}");
    }
}

#[test]
fn rules_decide_and_say_so() {
    let engine = engine();
    let reading = read(&engine, "where is Order #ab123456?");
    assert_eq!(reading.verdict, Verdict::Confident);
    assert_eq!(reading.captures, [("order_id".to_owned(), "ab123456".to_owned())]);
    assert_eq!((reading.trace[0].evidence, reading.trace[0].source), (Evidence::Pattern, 2));
    assert_eq!(reading.trace[0].words, ["order", "ab123456"]);

    let reading = read(&engine, "refunds");
    assert_eq!((reading.verdict, reading.candidates[0].target), (Verdict::Confident, Target::Intent(1)));
    assert_eq!((reading.trace[0].evidence, reading.trace[0].source), (Evidence::Keyword, 3));
    assert!(reading.captures.is_empty());
}

#[test]
fn the_more_special_rule_wins_and_equals_are_asked_about() {
    let engine = engine();
    let reading = read(&engine, "refund, tracking number");
    assert_eq!((reading.verdict, reading.candidates[0].target), (Verdict::Confident, Target::Intent(0)));
    let mut rules = shop();
    rules.intents[2].keywords.push(KeywordRule {
        any: vec!["mistake".to_owned()],
        source: 9,
        ..KeywordRule::default()
    });
    let reading = read(&Engine::build(rules).0, "refund, it was a mistake");
    assert_eq!(reading.verdict, Verdict::Ambiguous);
    let mut targets: Vec<_> = reading.candidates[..2].iter().map(|c| c.target).collect();
    targets.sort();
    assert_eq!(targets, [Target::Intent(1), Target::Intent(2)]);
}

#[test]
fn nothing_that_may_not_answer_is_a_candidate() {
    let engine = engine();
    for text in ["refund", "where is my parcel", "order #ab123456", "soles of shoes"] {
        let reading = engine.read(&Query { text, language: None, allow: &|t| t == Target::Intent(3) });
        assert!(reading.candidates.iter().all(|c| c.target == Target::Intent(3)), "{text}: {reading:?}");
    }
}

#[test]
fn what_was_rejected_does_not_land() {
    let reading = read(&engine(), "Refund policy documents");
    assert!(
        reading.candidates.iter().skip(1).all(|c| c.target != Target::Intent(1))
            || reading.trace[0].evidence == Evidence::Keyword
    );
}

#[test]
fn a_text_without_words_means_nothing() {
    let engine = engine();
    for text in ["", " \n", "😀👍🏽", "?!"] {
        let reading = read(&engine, text);
        assert_eq!((reading.verdict, reading.candidates.len()), (Verdict::Unknown, 0), "{text:?}");
    }
}

#[test]
fn an_empty_content_reads_everything_as_unknown() {
    let (engine, problems) = Engine::build(Rules::default());
    assert_eq!(problems, []);
    let reading = read(&engine, "anything");
    assert_eq!((reading.verdict, reading.candidates.len(), reading.language), (Verdict::Unknown, 0, Language::EN));
}

#[test]
fn languages_follow_the_text_and_the_conversation() {
    let engine = engine();
    for (text, prior, expected) in [
        ("wo ist mein paket", None, "de"),
        ("where is it", Some(Language::DE), "en"),
        ("ok", Some(Language::DE), "de"),
        ("我要退款", None, "zh"),
    ] {
        assert_eq!(engine.read(&Query { text, language: prior, allow: &|_| true }).language.code(), expected, "{text}");
    }
}

#[test]
fn the_same_rules_make_the_same_engine() {
    let (a, b) = (engine(), engine());
    assert_eq!(a.options(), b.options());
    for text in ["where is my parcel", "money", "shoes", "hours and refunds", "xyzzy"] {
        assert_eq!(read(&a, text), read(&b, text), "{text}");
        assert_eq!(read(&a, text), read(&a, text), "{text}");
    }
}

#[test]
fn an_engine_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<Engine>();
}

/// 4,000 characters of the kinds that have cost somebody dearly: each made of pieces that are chosen at random.
fn pathological() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        "[a-z]{1,3} ",               // thousands of distinct words
        "[a-z]{30,60} ",             // long words
        "[b-df-hj-np-tv-z]{6,9} ",   // words near to nothing, each looked for with two errors
        Just("parcle ".to_owned()),  // words near to the content's
        Just("\u{fdfa}".to_owned()), // one character that stands for eighteen
        Just("👩\u{200d}👩\u{200d}👧 ".to_owned()),
        Just("a\u{301}\u{302}\u{323}".to_owned()),
        Just("\u{1f3fd}\u{fe0f}\u{200b}".to_owned()),
        "[\u{4e00}-\u{4eff}]{1,8}",
        "[\u{e01}-\u{e2e}]{1,8}",
        "[a-z]{2}[.:,;_']",
        Just("order AB123456 ".to_owned()),
        any::<String>(),
    ];
    (proptest::collection::vec(pieces, 1..8), any::<bool>()).prop_map(|(pieces, repeated)| {
        let text = pieces.concat();
        let times = if repeated { 4_000 / text.chars().count().max(1) + 1 } else { 1 };
        text.repeat(times)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn any_text_has_a_sane_reading(text in prop_oneof![pathological(), any::<String>(), "\\PC{0,4000}", "[a-z ]{0,200}", "[\u{4e00}-\u{4eff}a-z ]{0,50}"]) {
        static ENGINE: std::sync::LazyLock<Engine> = std::sync::LazyLock::new(engine);
        // Everything that is done is a small multiple of these; time itself is measured in `benches/engine.rs`.
        let words = ENGINE.stages.reader.read(&text, None).words;
        let letters: usize = words.iter().map(|w| w.text.chars().count()).sum();
        prop_assert!(words.len() <= normalize::MAX_CHARS && letters <= normalize::MAX_CHARS, "{} {letters}", words.len());
        let reading = read(&ENGINE, &text);
        prop_assert!(reading.trace.iter().all(|r| r.words.len() <= words.len()));
        prop_assert!(reading.candidates.len() <= 5);
        prop_assert!(reading.candidates.iter().all(|c| (0.0..=1.0).contains(&c.confidence)));
        prop_assert!(reading.candidates.is_sorted_by(|a, b| a.confidence >= b.confidence));
        let mut articles: Vec<_> = reading.candidates.iter().filter_map(|c| match c.target { Target::Passage { article, .. } => Some(article), Target::Intent(_) => None }).collect();
        articles.dedup();
        prop_assert_eq!(articles.len(), reading.candidates.iter().filter(|c| matches!(c.target, Target::Passage { .. })).count());
    }
}
