//! How well questions asked in vain are put together, and how long that takes.
//!
//! `cargo bench --bench gaps -- FILE.jsonl…`: each file has `{"text", "intent"}` a line. Half of the intents become a
//! content (every second by name), with half of their texts as examples; the texts of the other intents are asked and
//! come to nothing. Printed are the clusters of three questions and more, what share of the questions they hold, what
//! share of these is of the intent that most of their cluster are of (purity), and clusters an intent that has one.
//! `--most N` takes so many questions (default 10000), `--skew` fewer and fewer of each intent, as visitors do.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench looks at the clock and is read on the screen"
)]

use std::collections::BTreeMap;
use std::time::Instant;

use deskbell::content::{self, SourceFile};
use deskbell::types::{ConversationId, Language, Seq, Timestamp, VisitorId};
use deskbell::workshop::asked::{Asked, Course};
use deskbell::workshop::gaps::{Heard, Period, gaps};

fn main() {
    let (mut files, mut most, mut skew) = (Vec::new(), 10_000, false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--bench" => {}
            "--skew" => skew = true,
            "--most" => most = args.next().unwrap().parse().unwrap(),
            file => files.push(file.to_owned()),
        }
    }
    println!(
        "{:<44} {:>9} {:>8} {:>7} {:>7} {:>9} {:>8}",
        "file", "questions", "clusters", "in them", "purity", "an intent", "seconds"
    );
    for file in files {
        measure(&file, most, skew);
    }
}

fn measure(file: &str, most: usize, skew: bool) {
    let mut intents: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let (text, intent) = (line["text"].as_str().unwrap(), line["intent"].as_str().unwrap());
        intents.entry(intent.to_owned()).or_default().push(text.to_owned());
    }
    intents.retain(|name, _| name != "oos");
    let mut yaml = "intents:\n".to_owned();
    let mut asked: Vec<(String, usize)> = Vec::new();
    for (n, texts) in intents.values().enumerate() {
        if n % 2 == 0 {
            let examples: Vec<&String> = texts.iter().step_by(2).collect();
            yaml += &format!(
                "  - id: known-{n}\n    examples: {}\n    answer: A{n}.\n",
                serde_json::to_string(&examples).unwrap()
            );
        } else {
            let take = if skew { (texts.len() / (1 + n / 2)).max(2) } else { texts.len() };
            asked.extend(texts.iter().take(take).map(|t| (t.clone(), n)));
        }
    }
    let unanswered = intents.len() / 2;
    // As if they came from everywhere at once: a fixed shuffle.
    asked.sort_by_key(|(text, _)| text.bytes().fold(7_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)));
    asked.truncate(most);
    let (content, _) = content::build(&[SourceFile { path: "intents/a.yaml".into(), bytes: yaml.into() }]);
    let texts: Vec<Asked> = (0_i64..)
        .zip(&asked)
        .map(|(n, (text, _))| Asked {
            from: Some((ConversationId(n as u128), Seq(1))),
            visitor: Some(VisitorId(n as u128)),
            language: Some(Language::EN),
            // A thumb down counts whatever the content of now says, so that all of them are put together.
            thumbs_down: true,
            ..Asked::plain(text.clone(), Timestamp(n))
        })
        .collect();
    let started = Instant::now();
    let course = Course::default();
    let heard = Heard { asked: &texts, course: &course, told: &[] };
    let found = gaps(&content, &heard, &[], Period { since: Timestamp(0), until: Timestamp(texts.len() as i64) });
    let seconds = started.elapsed().as_secs_f32();
    let intent_of: BTreeMap<&str, usize> = asked.iter().map(|(t, n)| (t.as_str(), *n)).collect();
    let (mut clusters, mut inside, mut right) = (0, 0, 0);
    let mut per: BTreeMap<usize, usize> = BTreeMap::new();
    for cluster in found.clusters.iter().filter(|c| c.texts.len() >= 3) {
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        cluster.texts.iter().for_each(|t| *counts.entry(intent_of[t.as_str()]).or_default() += 1);
        let (intent, count) = counts.into_iter().max_by_key(|(_, n)| *n).unwrap();
        clusters += 1;
        inside += cluster.texts.len();
        right += count;
        *per.entry(intent).or_default() += 1;
    }
    let name: String = file.rsplit('/').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("/");
    println!(
        "{name:<44} {:>9} {clusters:>8} {:>6.0}% {:>6.0}% {:>9.2} {seconds:>8.2}   {} of {unanswered} intents have one",
        asked.len(),
        100.0 * inside as f32 / asked.len() as f32,
        100.0 * right as f32 / inside.max(1) as f32,
        clusters as f32 / per.len().max(1) as f32,
        per.len(),
    );
}
