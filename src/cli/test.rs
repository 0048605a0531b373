//! `deskbell test`: the tests that lie in the content.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::ValueEnum;
use serde::Serialize;
use serde_json::json;

use super::render::{self, ContentArg, plural};
use crate::content::{self, Content, Transcript};
use crate::types::Timestamp;
use crate::workshop::cases::{self, Coverage, Examples, Outcome};

/// Intents that are named whose examples are understood least.
const WEAKEST: usize = 3;

/// Runs the tests that lie in the content: `expect` and `reject` lines, and conversations in *.test.md and *.test.yaml.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  deskbell test --content shop
  deskbell test --coverage refund
  deskbell test --format junit > report.xml

Exits with 1 if a test fails.")]
pub(super) struct Args {
    /// Only tests whose name, or whose file, has this in it
    #[arg(value_name = "FILTER")]
    filter: Option<String>,
    #[command(flatten)]
    content: ContentArg,
    /// How to show the results
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Which intents and articles have a test, and which slots, options and hand-offs no test walks through
    #[arg(long)]
    coverage: bool,
    /// Which examples are understood without having been learned, by intent, and which are not
    #[arg(long)]
    examples: bool,
    /// Shows the edits that would make failing tests pass, as a diff. Nothing is written
    #[arg(long, conflicts_with_all = ["coverage", "examples"])]
    update: bool,
    /// With --update: writes these edits
    #[arg(long, requires = "update")]
    write: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people: what failed, and a summary
    Text,
    /// One object a test, one a line
    Json,
    /// JUnit XML: a suite a file
    Junit,
}

/// A test that has run.
struct Ran<'a> {
    outcome: Outcome<'a>,
    took: Duration,
}

impl Ran<'_> {
    const fn failed(&self) -> bool {
        !self.outcome.failures.is_empty()
    }
}

/// Runs the command.
///
/// # Errors
/// If there is no content at that place.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    if args.update {
        return update(&args);
    }
    let content = args.content.load_sound()?;
    let now = render::now();
    let ran = ran(&content, args.filter.as_deref(), now);
    let coverage = args.coverage.then(|| cases::coverage(&content, now));
    let examples = cases::examples(&content);
    let out = match args.format {
        Format::Text => text(&ran) + &more(coverage.as_ref(), &examples, args.examples),
        Format::Json => json_lines(&ran, coverage.as_ref(), args.examples.then_some(&examples)),
        Format::Junit => junit(&ran),
    };
    if !out.is_empty() {
        render::say(&format!("{out}\n"))?;
    }
    Ok(if ran.iter().any(Ran::failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

#[expect(clippy::disallowed_methods, reason = "how long a test takes is told, nothing depends on it")]
fn ran<'a>(content: &'a Content, filter: Option<&str>, now: Timestamp) -> Vec<Ran<'a>> {
    let filter = filter.map(str::to_lowercase);
    let has = |text: &str| filter.as_ref().is_none_or(|f| text.to_lowercase().contains(f));
    let wanted = |test: &&Transcript| has(&test.name) || has(&test.location.file);
    let run = |test| {
        let start = Instant::now();
        let outcome = cases::run(content, test, now);
        Ran { outcome, took: start.elapsed() }
    };
    content.tests.iter().filter(wanted).map(run).collect()
}

/// Edits that make tests say what the bot does now.
fn update(args: &Args) -> anyhow::Result<ExitCode> {
    let (files, mut problems) = args.content.files()?;
    let (content, found) = content::build(&files);
    problems.extend(found);
    let (errors, _) = content::count(&problems);
    anyhow::ensure!(errors == 0, "the content has {errors} error{} (see `deskbell check`)", plural(errors));
    let filter = args.filter.as_ref().map(|f| f.to_lowercase());
    let has = |text: &str| filter.as_ref().is_none_or(|f| text.to_lowercase().contains(f));
    let proposal =
        cases::proposals(&content, &files, render::now(), |test| has(&test.name) || has(&test.location.file));
    let mut out = proposal.diff(&files);
    let (passing, by_hand) = (proposal.passing.len(), proposal.by_hand.len());
    if !out.is_empty() {
        out.push('\n');
    }
    for (name, location) in &proposal.by_hand {
        let _ = writeln!(out, "by hand: {location} {name}");
    }
    if args.write {
        for file in &proposal.files {
            render::replace(&args.content.content.join(&file.path), &file.bytes)?;
        }
    }
    let deed =
        if args.write { "was made to say what happens now" } else { "would say what happens now (--write writes it)" };
    let _ = writeln!(out, "{passing} failing test{} {deed}; {by_hand} to be looked at by hand", plural(passing));
    render::say(&out)?;
    let left = if args.write { by_hand } else { passing + by_hand };
    Ok(if left > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn text(ran: &[Ran<'_>]) -> String {
    let mut out = String::new();
    for outcome in ran.iter().filter(|r| r.failed()).map(|r| &r.outcome) {
        let _ = writeln!(out, "FAIL {} {}", outcome.test.location, outcome.test.name);
        for (location, message) in &outcome.failures {
            let place = if *location == outcome.test.location { String::new() } else { format!("{location} ") };
            let _ = writeln!(out, "     {place}{}", message.replace('\n', "\n     "));
        }
    }
    let failed = ran.iter().filter(|r| r.failed()).count();
    if failed > 0 {
        out.push('\n');
    }
    let _ = write!(out, "{} test{}, {} passed, {failed} failed", ran.len(), plural(ran.len()), ran.len() - failed);
    out
}

/// What is told beside the tests.
fn more(coverage: Option<&Coverage>, examples: &[Examples], list: bool) -> String {
    let mut out = String::new();
    let (held, understood) = examples.iter().fold((0, 0), |(h, u), e| (h + e.held_out, u + e.understood));
    if held > 0 {
        let share = understood * 100 / held;
        let _ = write!(out, "\n{understood} of {held} examples are understood without having been learned ({share} %)");
        let mut weak: Vec<&Examples> = examples.iter().filter(|e| e.understood * 2 < e.held_out).collect();
        weak.sort_by_key(|e| (e.understood * 100 / e.held_out, std::cmp::Reverse(e.held_out)));
        let named: Vec<String> =
            weak.iter().take(WEAKEST).map(|e| format!("{} ({} of {})", e.id, e.understood, e.held_out)).collect();
        if !list && !named.is_empty() {
            let _ = write!(out, "; least in {}: --examples names them", named.join(", "));
        }
    }
    if list {
        for intent in examples {
            let _ = write!(out, "\n{:>5} of {:<4} {}", intent.understood, intent.held_out, intent.id);
            for (place, text) in &intent.missed {
                let _ = write!(out, "\n                {place} “{text}”");
            }
        }
    }
    if let Some(coverage) = coverage {
        let _ = write!(
            out,
            "\n\n{} of {} intents and articles have a test; {} of {} slots, options and hand-offs are walked through",
            coverage.tested,
            coverage.entries.len(),
            coverage.walked,
            coverage.ways
        );
        for entry in coverage.entries.iter().filter(|e| !e.is_tested() || !e.unwalked.is_empty()) {
            let mut lacks = entry.unwalked.join(", ");
            if !entry.is_tested() {
                lacks = if lacks.is_empty() { "no test".to_owned() } else { format!("no test; {lacks}") };
            }
            let _ = write!(out, "\n  {}:{} {}: {lacks}", entry.file, entry.line, entry.id);
        }
    }
    out
}

fn json_lines(ran: &[Ran<'_>], coverage: Option<&Coverage>, examples: Option<&Vec<Examples>>) -> String {
    #[derive(Serialize)]
    struct Row<'a> {
        name: &'a str,
        ok: bool,
        file: &'a str,
        line: u32,
        column: u32,
        messages: Vec<&'a str>,
    }
    let rows = ran.iter().map(|r| &r.outcome).map(|o| Row {
        name: &o.test.name,
        ok: o.failures.is_empty(),
        file: &o.test.location.file,
        line: o.test.location.line,
        column: o.test.location.column,
        messages: o.failures.iter().map(|(_, m)| m.as_str()).collect(),
    });
    let mut lines: Vec<String> = rows.filter_map(|r| serde_json::to_string(&r).ok()).collect();
    lines.extend(coverage.map(|c| json!({"coverage": c}).to_string()));
    lines.extend(examples.map(|e| json!({"examples": e}).to_string()));
    lines.join("\n")
}

/// One suite a file, in the order of the files.
fn junit(ran: &[Ran<'_>]) -> String {
    let failed = |ran: &[&Ran<'_>]| ran.iter().filter(|r| r.failed()).count();
    let seconds = |ran: &[&Ran<'_>]| ran.iter().map(|r| r.took).sum::<Duration>().as_secs_f64();
    let all: Vec<&Ran<'_>> = ran.iter().collect();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"deskbell\" tests=\"{}\" failures=\"{}\" time=\"{:.3}\">\n",
        all.len(),
        failed(&all),
        seconds(&all)
    );
    let mut files: Vec<&str> = all.iter().map(|r| r.outcome.test.location.file.as_str()).collect();
    files.sort_unstable();
    files.dedup();
    for file in files {
        let own: Vec<&Ran<'_>> = all.iter().filter(|r| r.outcome.test.location.file == file).copied().collect();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"0\" time=\"{:.3}\">",
            xml(file),
            own.len(),
            failed(&own),
            seconds(&own)
        );
        own.iter().for_each(|r| out += &case(r));
        out += "  </testsuite>\n";
    }
    out + "</testsuites>"
}

fn case(ran: &Ran<'_>) -> String {
    let test = ran.outcome.test;
    let at = &test.location;
    let mut out = format!(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{0}\" line=\"{}\" time=\"{:.3}\"",
        xml(&at.file),
        xml(&test.name),
        at.line,
        ran.took.as_secs_f64()
    );
    if !ran.failed() {
        return out + "/>\n";
    }
    out += ">\n";
    for (location, message) in &ran.outcome.failures {
        let _ = writeln!(
            out,
            "      <failure message=\"{}\">{}</failure>",
            xml(message),
            xml(&format!("{location}\n{message}"))
        );
    }
    out + "    </testcase>\n"
}

/// A text as XML holds it; what XML cannot hold at all is left out.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\n' => out += "&#10;",
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
