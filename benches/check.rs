//! What `deskbell check` costs, on content made up by rule and on the shipped shop: `cargo bench --bench check`, or
//! `-- NAME` for the rows whose names have it.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on stops")]
#![expect(clippy::disallowed_methods, reason = "measures time")]
#![expect(clippy::print_stdout, reason = "prints what it measured")]

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use deskbell::content::{self, Effort};
use deskbell::reload::read_folder;
use deskbell::types::Timestamp;

#[expect(dead_code, reason = "made for another bench, of which this one takes the examples")]
#[path = "engine/texts.rs"]
mod texts;
use texts::Writer;

/// Files, intents of each, examples of each intent.
const SIZES: [(&str, usize, usize, usize); 2] = [
    ("1,000 files of an intent with 6 examples", 1_000, 1, 6),
    ("5,000 intents with 6 examples, in 100 files", 100, 50, 6),
];
const SHOP: &str = "the shipped shop";
/// Each row is measured so many times.
const ROUNDS: usize = 5;
/// 2026-11-22
const NOW: Timestamp = Timestamp(1_795_348_800_000);

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let is_wanted = |row: &str| wanted.iter().all(|w| row.contains(w.as_str()));
    for (row, files, intents, examples) in SIZES.into_iter().filter(|s| is_wanted(s.0)) {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), files, intents, examples);
        measure(row, folder.path());
    }
    if is_wanted(SHOP) {
        measure(SHOP, Path::new(env!("CARGO_MANIFEST_DIR")));
    }
}

fn measure(row: &str, folder: &Path) {
    let (mut reading, mut checking) = (Vec::new(), Vec::new());
    let mut said = String::new();
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let (files, _) = read_folder(folder);
        reading.push(began.elapsed());
        let checked = content::check(&files, NOW, Effort::Quick);
        checking.push(began.elapsed());
        said = format!("{} problems, {} examples not tried", checked.problems.len(), checked.untried);
    }
    println!("{row}: {said}");
    println!("  files read {}, everything {}", spread(&mut reading), spread(&mut checking));
}

/// Median and worst.
fn spread(times: &mut [Duration]) -> String {
    times.sort();
    let ms = |time: &Duration| time.as_secs_f64() * 1e3;
    format!("{:.0} ms (most {:.0})", ms(&times[times.len() / 2]), ms(&times[times.len() - 1]))
}

fn write(folder: &Path, files: usize, intents: usize, examples: usize) {
    let mut writer = Writer::new();
    std::fs::create_dir_all(folder.join("intents")).unwrap();
    for file in 0..files {
        let mut text = String::from("intents:\n");
        for at in file * intents..(file + 1) * intents {
            let _ = writeln!(text, "  - id: intent-{at}\n    title: \"{}\"\n    examples:", writer.title(at));
            for n in 0..examples {
                let _ = writeln!(text, "      - \"{}\"", writer.example(at, n));
            }
            let _ = writeln!(text, "    answer: The answer to question {at}.");
        }
        std::fs::write(folder.join(format!("intents/topic-{file:04}.yaml")), text).unwrap();
    }
}
