//! What reading and building cost, on content made up by rule: `cargo bench --bench engine`.

use criterion::{Criterion, criterion_group, criterion_main};
use deskbell::engine::{ArticleRule, Engine, IntentRule, Line, PassageRule, Query, Rules};

const VERBS: [&str; 10] =
    ["return", "track", "cancel", "pay for", "change", "find", "repair", "exchange", "order", "review"];
const THINGS: [&str; 20] = [
    "order",
    "parcel",
    "invoice",
    "lamp",
    "chair",
    "account",
    "password",
    "voucher",
    "address",
    "mattress",
    "ticket",
    "card",
    "refund",
    "delivery",
    "receipt",
    "warranty",
    "email",
    "sofa",
    "phone",
    "subscription",
];
const FRAMES: [&str; 10] = [
    "how do i {v} my {n}",
    "i want to {v} the {n}",
    "can i {v} a {n}",
    "please {v} this {n}",
    "where do i {v} my {n}",
    "unable to {v} {n}",
    "is it possible to {v} a {n} today",
    "what does it cost to {v} a {n}",
    "{v} {n}",
    "my friend would like to {v} the {n} again",
];

fn line(text: String, source: usize) -> Line {
    Line { text, source: source as u32 }
}

/// `intents` intents of ten examples each and as many articles of two passages.
fn rules(intents: usize, articles: usize) -> Rules {
    let say = |frame: &str, at: usize| {
        let thing = THINGS[at / VERBS.len() % THINGS.len()];
        let number = at / (VERBS.len() * THINGS.len());
        let kind = if number == 0 { String::new() } else { format!(" of kind {number}") };
        frame.replace("{v}", VERBS[at % VERBS.len()]).replace("{n}", thing) + &kind
    };
    let intent = |at: usize| IntentRule {
        id: format!("intent-{at}"),
        examples: FRAMES.iter().map(|f| line(say(f, at), at)).collect(),
        ..IntentRule::default()
    };
    let passage = |at: usize, n: usize| PassageRule {
        heading: (n > 0).then(|| line(say("{v} without a {n}", at + n), at)),
        body: line(FRAMES.map(|f| say(f, at * 7 + n)).join(". "), at),
    };
    let article = |at: usize| ArticleRule {
        id: format!("article-{at}"),
        title: Some(line(say("all about how to {v} a {n}", at), at)),
        passages: vec![passage(at, 0), passage(at, 1)],
        ..ArticleRule::default()
    };
    Rules {
        intents: (0..intents).map(intent).collect(),
        articles: (0..articles).map(article).collect(),
        ..Rules::default()
    }
}

fn read(c: &mut Criterion) {
    for (intents, articles) in [(45, 35), (150, 0), (0, 500), (1_000, 5_000)] {
        let (engine, _) = Engine::build(rules(intents, articles));
        let texts =
            ["where can i return the lamp i bought", "invoice", "my pasword does not work", "the weather on mars"];
        let mut at = 0;
        c.bench_function(&format!("read/{intents} intents, {articles} articles"), |b| {
            b.iter(|| {
                at += 1;
                engine.read(&Query { text: texts[at % texts.len()], language: None, allow: &|_| true })
            });
        });
    }
}

fn build(c: &mut Criterion) {
    let mut group = c.benchmark_group("build");
    group.sample_size(10);
    for (intents, articles) in [(45, 35), (150, 0), (1_000, 5_000)] {
        let rules = rules(intents, articles);
        group.bench_function(format!("{intents} intents, {articles} articles"), |b| {
            b.iter(|| Engine::build(rules.clone()))
        });
    }
    group.finish();
}

criterion_group!(benches, read, build);
criterion_main!(benches);
