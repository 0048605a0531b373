//! An engine made from the one before is the engine that a fresh build makes, and takes over what it can.

use std::sync::Arc;

use proptest::prelude::*;

use super::tests::{lines, shop};
use super::*;

/// What an editor may do to the shop; numbers choose where, texts what.
#[derive(Debug, Clone)]
enum Edit {
    Example(usize, &'static str),
    NoExample(usize),
    Title(usize, &'static str),
    Reject(usize, &'static str),
    Intent(usize, &'static str),
    NoIntent(usize),
    Keyword(usize, &'static str),
    Pattern(usize, &'static str),
    Body(&'static str),
    Heading(&'static str),
    Article(&'static str),
    NoArticle,
    Language(usize, Option<Language>),
    ArticleLanguage(Option<Language>),
    OutOfScope(f32),
    ConfidentAt(f32),
}

/// Texts with which content is edited and which are read afterwards, whole and in parts.
const TEXTS: [&str; 8] = [
    "the zebra has eaten my voucher",
    "wann ist mein zebra gewaschen",
    "where is my parcel",
    "soles of shoes are dirty",
    "guthaben und gutschein",
    "我要退款",
    "",
    "opening hours on sunday",
];
const PATTERNS: [&str; 4] = [r"\bzebra (?P<name>\w+)", "(", ".*", "gutschein"];

impl Edit {
    fn apply(self, rules: &mut Rules) {
        let intents = rules.intents.len().max(1);
        let line = |text: &str| Line { text: text.to_owned(), source: 0 };
        match self {
            Self::Example(n, text) => {
                rules.intents.iter_mut().skip(n % intents).take(1).for_each(|i| i.examples.push(line(text)))
            }
            Self::NoExample(n) => rules.intents.iter_mut().skip(n % intents).take(1).for_each(|i| {
                i.examples.pop();
            }),
            Self::Title(n, text) => {
                rules.intents.iter_mut().skip(n % intents).take(1).for_each(|i| i.titles = vec![(None, line(text))])
            }
            Self::Reject(n, text) => {
                rules.intents.iter_mut().skip(n % intents).take(1).for_each(|i| i.reject.push(line(text)))
            }
            Self::Intent(n, text) => {
                let examples = lines(&[text, "zebras please", "a striped horse"], 0);
                rules.intents.insert(n % intents, IntentRule { examples, ..IntentRule::default() });
            }
            Self::NoIntent(n) if n < rules.intents.len() => drop(rules.intents.remove(n)),
            Self::NoIntent(_) => {}
            Self::Keyword(n, text) => rules.intents.iter_mut().skip(n % intents).take(1).for_each(|i| {
                i.keywords.push(KeywordRule { any: vec![text.to_owned()], ..KeywordRule::default() });
            }),
            Self::Pattern(n, text) => {
                rules.intents.iter_mut().skip(n % intents).take(1).for_each(|i| i.patterns.push(line(text)))
            }
            Self::Body(text) => rules.articles.iter_mut().take(1).for_each(|a| a.passages[0].body.text.push_str(text)),
            Self::Heading(text) => {
                rules.articles.iter_mut().take(1).for_each(|a| a.passages[1].heading = Some(line(text)))
            }
            Self::Article(text) => {
                let passages = vec![
                    PassageRule { heading: None, body: line("Zebras are washed on Sunday.") },
                    PassageRule { heading: Some(line("Stripes")), body: line(text) },
                ];
                rules.articles.insert(0, ArticleRule { title: Some(line(text)), passages, ..ArticleRule::default() });
            }
            Self::NoArticle => drop(rules.articles.pop()),
            Self::Language(n, language) => {
                rules.intents.iter_mut().skip(n % intents).take(1).for_each(|i| i.language = language)
            }
            Self::ArticleLanguage(language) => rules.articles.iter_mut().for_each(|a| a.language = language),
            Self::OutOfScope(share) => rules.options.out_of_scope = share,
            Self::ConfidentAt(at) => rules.options.confident_at = Some(at),
        }
    }
}

fn edits() -> impl Strategy<Value = Edit> {
    let n = 0..4_usize;
    let text = || proptest::sample::select(&TEXTS[..]);
    let language = || proptest::option::of(prop_oneof![Just(Language::EN), Just(Language::DE)]);
    prop_oneof![
        (n.clone(), text()).prop_map(|(n, t)| Edit::Example(n, t)),
        n.clone().prop_map(Edit::NoExample),
        (n.clone(), text()).prop_map(|(n, t)| Edit::Title(n, t)),
        (n.clone(), text()).prop_map(|(n, t)| Edit::Reject(n, t)),
        (n.clone(), text()).prop_map(|(n, t)| Edit::Intent(n, t)),
        n.clone().prop_map(Edit::NoIntent),
        (n.clone(), text()).prop_map(|(n, t)| Edit::Keyword(n, t)),
        (n.clone(), proptest::sample::select(&PATTERNS[..])).prop_map(|(n, t)| Edit::Pattern(n, t)),
        text().prop_map(Edit::Body),
        text().prop_map(Edit::Heading),
        text().prop_map(Edit::Article),
        Just(Edit::NoArticle),
        (n, language()).prop_map(|(n, l)| Edit::Language(n, l)),
        language().prop_map(Edit::ArticleLanguage),
        (0.0..0.5_f32).prop_map(Edit::OutOfScope),
        (0.5..0.9_f32).prop_map(Edit::ConfidentAt),
    ]
}

/// Numbers all lines as a content does: a line more moves all that follow.
fn number(rules: &mut Rules) {
    let mut next = 7;
    let mut take = |source: &mut u32| {
        next += 1;
        *source = next;
    };
    for rule in &mut rules.intents {
        let titles = rule.titles.iter_mut().map(|(_, line)| line);
        let lines = rule.examples.iter_mut().chain(&mut rule.patterns).chain(&mut rule.reject).chain(titles);
        lines.for_each(|l| take(&mut l.source));
        rule.keywords.iter_mut().for_each(|k| take(&mut k.source));
    }
    for rule in &mut rules.articles {
        rule.title.iter_mut().chain(&mut rule.questions).chain(&mut rule.reject).for_each(|l| take(&mut l.source));
        rule.passages.iter_mut().for_each(|p| {
            p.heading.iter_mut().for_each(|h| take(&mut h.source));
            take(&mut p.body.source);
        });
    }
}

fn same(made: &(Engine, Vec<BuildProblem>), fresh: &(Engine, Vec<BuildProblem>)) {
    assert_eq!(made.1, fresh.1);
    let (made, fresh) = (&made.0, &fresh.0);
    assert_eq!(made.options(), fresh.options());
    assert_eq!(made.outcomes(), fresh.outcomes());
    assert_eq!(made.languages(), fresh.languages());
    let typed =
        ["zebar wash", "my vuocher", "parcle", "clean soles", "refund", "stripes", "striped horse", "gewaschen"];
    for text in TEXTS.iter().chain(&typed) {
        for language in [None, Some(Language::DE)] {
            let query = Query { text, language, allow: &|_| true };
            assert_eq!(made.read(&query), fresh.read(&query), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn a_rebuilt_engine_reads_as_a_fresh_one(edits in proptest::collection::vec(edits(), 1..5)) {
        let mut rules = shop();
        let mut made = Engine::build(rules.clone());
        for edit in edits {
            edit.apply(&mut rules);
            number(&mut rules);
            made = made.0.rebuild(rules.clone());
            same(&made, &Engine::build(rules.clone()));
        }
    }
}

#[test]
fn what_did_not_change_is_taken_over() {
    let all =
        "languages examples passages reader examples-exact articles-exact keywords patterns intents articles handicap";
    let declared = |rules: &mut Rules| {
        rules.default_language = Some(Language::EN);
        rules.intents.iter_mut().for_each(|i| i.language = Some(Language::EN));
        rules.articles.iter_mut().for_each(|a| a.language = Some(Language::EN));
    };
    let cases: [(Edit, &str); 10] = [
        (Edit::ConfidentAt(0.7), all),
        (Edit::Example(0, "my zebra"), "languages passages articles-exact keywords patterns articles"),
        (Edit::Title(0, "my zebra"), "languages passages articles-exact keywords patterns articles"),
        (Edit::Reject(1, "my zebra"), "languages passages articles-exact keywords patterns articles"),
        (Edit::Body(" zebra"), "languages examples examples-exact keywords patterns intents"),
        (Edit::Article("my zebra"), "languages examples examples-exact keywords patterns intents"),
        (
            Edit::Keyword(1, "zebra"),
            "languages examples passages reader examples-exact articles-exact patterns intents articles handicap",
        ),
        (
            Edit::Pattern(1, "zebra"),
            "languages examples passages reader examples-exact articles-exact keywords intents articles handicap",
        ),
        (Edit::OutOfScope(0.3), "languages examples passages reader examples-exact articles-exact keywords patterns"),
        (Edit::Intent(0, "my zebra"), "languages passages articles-exact articles"),
    ];
    for (edit, expected) in cases {
        let mut rules = shop();
        declared(&mut rules);
        let (before, _) = Engine::build(rules.clone());
        let name = format!("{edit:?}");
        edit.apply(&mut rules);
        declared(&mut rules);
        number(&mut rules);
        let made = before.rebuild(rules.clone());
        assert_eq!(shared(&before, &made.0).join(" "), expected, "{name}");
        same(&made, &Engine::build(rules));
    }
}

/// The stages that two engines have in common.
fn shared(a: &Engine, b: &Engine) -> Vec<&'static str> {
    let (a, b) = (&a.stages, &b.stages);
    let all = [
        ("languages", Arc::ptr_eq(&a.languages.it, &b.languages.it)),
        ("examples", Arc::ptr_eq(&a.examples.it, &b.examples.it)),
        ("passages", Arc::ptr_eq(&a.passages.it, &b.passages.it)),
        ("reader", Arc::ptr_eq(&a.reader.it, &b.reader.it)),
        ("examples-exact", Arc::ptr_eq(&a.exact[0].it, &b.exact[0].it)),
        ("articles-exact", Arc::ptr_eq(&a.exact[1].it, &b.exact[1].it)),
        ("keywords", Arc::ptr_eq(&a.keywords.it, &b.keywords.it)),
        ("patterns", Arc::ptr_eq(&a.patterns.it, &b.patterns.it)),
        ("intents", Arc::ptr_eq(&a.intents.it, &b.intents.it)),
        ("articles", Arc::ptr_eq(&a.articles.it, &b.articles.it)),
        ("handicap", Arc::ptr_eq(&a.handicap.it, &b.handicap.it)),
    ];
    all.iter().filter(|(_, same)| *same).map(|(name, _)| *name).collect()
}
