//! What reading, building and rebuilding cost, on content made up by rule and on the shipped shop:
//! `cargo bench --bench engine`, or `-- NAME` for the rows whose names have it.
//!
//! Every row runs in a process of its own, so that its memory is its own. Times of single texts are given as a
//! distribution: neighbours of a shared machine show in the last percent first.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]
#![expect(clippy::disallowed_methods, reason = "measures time")]
#![expect(clippy::print_stdout, reason = "prints what it measured")]

use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use deskbell::content::{self, SourceFile};
use deskbell::engine::{ArticleRule, Engine, IntentRule, Line, PassageRule, Query, Reading, Rules};
use deskbell::reload::read_folder;

#[path = "engine/texts.rs"]
mod texts;
use texts::Writer;

/// Intents, examples of each, articles of two passages.
const SIZES: [(&str, usize, usize, usize); 4] = [
    ("1,500 examples of 150 intents", 150, 10, 0),
    ("15,000 examples of 150 intents", 150, 100, 0),
    ("500 articles", 0, 0, 500),
    ("1,000 intents of 20 examples, 5,000 articles of 2 passages", 1_000, 20, 5_000),
];
const SHOP: &str = "the shipped shop";

/// Visitors' texts of a row, and how often they are read.
const TEXTS: usize = 2_000;
const ROUNDS: usize = 5;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if let Ok(row) = std::env::var("ROW") {
        return measure(&row);
    }
    for row in SIZES.iter().map(|s| s.0).chain([SHOP]) {
        if wanted.iter().all(|w| row.contains(w.as_str())) {
            println!("\n{row}");
            assert!(Command::new(std::env::current_exe().unwrap()).env("ROW", row).status().unwrap().success());
        }
    }
}

fn measure(row: &str) {
    let mut writer = Writer::new();
    if let Some((_, intents, examples, articles)) = SIZES.iter().find(|s| s.0 == row) {
        let rules = rules(&mut writer, *intents, *examples, *articles);
        let (engine, fresh) = time(|| Engine::build(rules.clone()).0);
        println!("  memory: {} MB, {} MB at most while building", memory("VmRSS"), memory("VmHWM"));
        println!("  build: {}", ms(fresh));
        let (_, same) = time(|| engine.rebuild(rules.clone()));
        println!("  rebuild, no line of the engine changed: {}", ms(same));
        if *intents > 0 {
            let mut edited = rules.clone();
            edited.intents[7].examples[3].text = "why is my voucher taking so long".to_owned();
            println!("  rebuild, an example changed: {}", ms(time(|| engine.rebuild(edited)).1));
        }
        if *articles > 0 {
            let mut edited = rules.clone();
            edited.articles[7].passages[1].body.text.push_str(" Ask for the manager.");
            println!("  rebuild, a passage changed: {}", ms(time(|| engine.rebuild(edited)).1));
        }
        let texts: Vec<String> = (0..TEXTS).map(|_| writer.visitor()).collect();
        let read = |text: &str| engine.read(&Query { text, language: None, allow: &|_| true });
        reading(&texts, read);
        worst(&writer, read);
    } else {
        shop(&writer);
    }
}

fn shop(writer: &Writer) {
    let (files, _) = read_folder(Path::new(env!("CARGO_MANIFEST_DIR")));
    let (content, fresh) = time(|| content::build(&files).0);
    println!("  memory: {} MB, {} MB at most while building", memory("VmRSS"), memory("VmHWM"));
    println!("  build from its files: {}", ms(fresh));
    for (what, file, from, to) in [
        ("an answer", "intents/", "\n    answer:", "\n    # changed\n    answer:"),
        ("an example", "intents/", "\n      - ", "\n      - why is my voucher taking so long\n      - "),
        ("an article", "knowledge/", "\n\n", "\n\nAsk for the manager. "),
    ] {
        let edited = edit(&files, file, from, to);
        let (_, took) = time(|| content.rebuild(&edited));
        println!("  rebuild from its files, {what} changed: {}", ms(took));
    }
    let texts: Vec<String> = content.intents.iter().flat_map(|i| &i.examples).cloned().collect();
    let read = |text: &str| content.read(text, &content::Situation::default());
    reading(&texts, read);
    worst(writer, read);
}

/// The files with the first place of `from` in the last file below `folder` that has it changed.
fn edit(files: &[SourceFile], folder: &str, from: &str, to: &str) -> Vec<SourceFile> {
    let mut files = files.to_vec();
    let has = |f: &&mut SourceFile| {
        f.path.starts_with(folder) && !f.path.ends_with(".test.md") && String::from_utf8_lossy(&f.bytes).contains(from)
    };
    let file = files.iter_mut().rev().find(has).unwrap();
    file.bytes = String::from_utf8_lossy(&file.bytes).replacen(from, to, 1).into_bytes();
    files
}

fn reading(texts: &[String], read: impl Fn(&str) -> Reading) {
    let readings: Vec<Reading> = texts.iter().map(|text| read(text)).collect();
    let rounds = (0..ROUNDS).flat_map(|_| texts);
    let mut times: Vec<Duration> = rounds.map(|text| time(|| read(black_box(text))).1).collect();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
    println!(
        "  one text: {:.0} µs median, p10 {:.0}, p90 {:.0}, p99 {:.0}, p99.9 {:.0} ({} readings)",
        at(0.5),
        at(0.1),
        at(0.9),
        at(0.99),
        at(0.999),
        times.len()
    );
    // What makes the engine faster must not make it answer otherwise.
    let print = format!("{readings:?}").bytes().fold(0, |x: u32, b| x.rotate_left(5).wrapping_mul(3) ^ u32::from(b));
    println!("  print of all readings: {print:08x}");
}

/// Texts of 4,000 characters that have as much work in them as we know how to put there.
fn worst(writer: &Writer, read: impl Fn(&str) -> Reading) {
    let mut slowest = (Duration::ZERO, "");
    for (name, text) in writer.long() {
        read(&text);
        let least = (0..5).map(|_| time(|| read(black_box(&text))).1).min().unwrap_or_default();
        slowest = slowest.max((least, name));
    }
    println!("  worst of 4,000 characters: {} ({})", ms(slowest.0), slowest.1);
}

fn rules(writer: &mut Writer, intents: usize, examples: usize, articles: usize) -> Rules {
    let line = |text: String| Line { text, source: 0 };
    let intent = |at: usize, writer: &mut Writer| IntentRule {
        id: format!("intent-{at}"),
        examples: (0..examples).map(|n| line(writer.example(at, n))).collect(),
        ..IntentRule::default()
    };
    let article = |at: usize, writer: &mut Writer| ArticleRule {
        id: format!("article-{at}"),
        title: Some(line(writer.title(at))),
        passages: vec![
            PassageRule { heading: None, body: line(writer.passage(at)) },
            PassageRule { heading: Some(line(writer.heading(at))), body: line(writer.passage(at)) },
        ],
        ..ArticleRule::default()
    };
    Rules {
        intents: (0..intents).map(|at| intent(at, writer)).collect(),
        articles: (0..articles).map(|at| article(at, writer)).collect(),
        ..Rules::default()
    }
}

fn time<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let began = Instant::now();
    let done = work();
    (done, began.elapsed())
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// A line of `/proc/self/status` in MB; 0 where there is no such file.
fn memory(line: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kb = status.lines().find_map(|l| l.strip_prefix(line)?.strip_prefix(':')?.trim().strip_suffix("kB"));
    kb.and_then(|kb| kb.trim().parse::<u64>().ok()).unwrap_or(0) / 1_000
}
