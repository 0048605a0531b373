//! `deskbell ask`: what the engine makes of a text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead, Write};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use super::render::{self, ContentArg};
use crate::content::{Content, Situation};
use crate::engine::{Evidence, Reading, Reason, Target, Verdict};
use crate::types::{Language, Timestamp};

/// Says what the engine makes of a text.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  deskbell ask --explain 'where is my parcel'\n  echo '{\"text\": \"where is my parcel\"}' | deskbell ask --jsonl"
)]
pub(super) struct Args {
    #[command(flatten)]
    content: ContentArg,
    /// Which words matched which line, and what came second
    #[arg(long, conflicts_with = "jsonl")]
    explain: bool,
    /// Read {"text", "language"?} a line from stdin, write one object a line
    #[arg(long)]
    jsonl: bool,
    /// What a visitor says
    #[arg(required_unless_present = "jsonl", conflicts_with = "jsonl")]
    text: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// If there is no content at that place, or a line of the input is not what it should be.
#[expect(clippy::print_stdout, reason = "results of a command go to stdout")]
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let content = args.content.load_sound()?;
    let at = render::now();
    if args.jsonl {
        let out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
        stream(&content, io::stdin().lock(), out, at)?;
    } else {
        let text = args.text.join(" ");
        let reading = content.read(&text, &Situation { at, ..Situation::default() });
        print!("{}", short(&content, &reading, at));
        if args.explain {
            print!("{}", explained(&content, &reading));
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Deserialize)]
struct Question {
    text: String,
    #[serde(default)]
    language: Option<String>,
    #[serde(default)]
    page: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    text: &'a str,
    verdict: &'static str,
    id: Option<&'a str>,
    kind: Option<&'static str>,
    confidence: f64,
    language: &'a str,
    candidates: &'a [Row],
    micros: u64,
}

#[derive(Serialize)]
struct Row {
    id: String,
    kind: &'static str,
    confidence: f64,
}

/// Answers line by line; what is written leaves when the input ends or pauses for good.
fn stream(content: &Content, input: impl BufRead, mut out: impl Write, at: Timestamp) -> anyhow::Result<()> {
    for (number, line) in (1_usize..).zip(input.lines()) {
        let line = line.with_context(|| format!("line {number} of the input cannot be read"))?;
        if line.trim().is_empty() {
            continue;
        }
        let question: Question = serde_json::from_str(&line)
            .with_context(|| format!("line {number} is not {{\"text\": …, \"language\"?: …}}"))?;
        let language: Option<Language> = match question.language.as_deref().map(str::parse) {
            Some(Err(_)) => bail!("line {number}: `{}` is not a language code", question.language.unwrap_or_default()),
            Some(Ok(language)) => Some(language),
            None => None,
        };
        let situation = Situation { page: question.page.as_deref(), at, language };
        let (reading, micros) = timed(content, &question.text, &situation);
        let rows: Vec<Row> = reading
            .candidates
            .iter()
            .map(|c| Row { id: content.id_of(c.target), kind: kind(c.target), confidence: rounded(c.confidence) })
            .collect();
        let first = rows.first();
        let answer = Answer {
            text: &question.text,
            verdict: verdict(reading.verdict),
            id: first.map(|r| r.id.as_str()),
            kind: first.map(|r| r.kind),
            confidence: first.map_or(0.0, |r| r.confidence),
            language: reading.language.code(),
            candidates: &rows,
            micros,
        };
        serde_json::to_writer(&mut out, &answer)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "measures the engine from outside")]
fn timed(content: &Content, text: &str, situation: &Situation<'_>) -> (Reading, u64) {
    let begun = Instant::now();
    let reading = content.read(text, situation);
    (reading, u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX))
}

fn rounded(confidence: f32) -> f64 {
    (f64::from(confidence) * 10_000.0).round() / 10_000.0
}

const fn kind(target: Target) -> &'static str {
    match target {
        Target::Intent(_) => "intent",
        Target::Passage { .. } => "article",
    }
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Confident => "confident",
        Verdict::Ambiguous => "ambiguous",
        Verdict::Unknown => "unknown",
    }
}

fn percent(confidence: f32) -> String {
    format!("{:.0} %", confidence * 100.0)
}

/// For people: the decision, and what the bot would say.
fn short(content: &Content, reading: &Reading, at: Timestamp) -> String {
    let mut out = String::new();
    let first = reading.candidates.first();
    let _ = match (reading.verdict, first) {
        (Verdict::Confident, Some(c)) => {
            writeln!(out, "confident: {} ({}, {})", content.id_of(c.target), percent(c.confidence), reading.language)
        }
        (Verdict::Ambiguous, Some(_)) => writeln!(out, "ambiguous: asks which is meant ({})", reading.language),
        _ => writeln!(out, "unknown: says so and offers a person ({})", reading.language),
    };
    match (reading.verdict, first) {
        (Verdict::Confident, Some(c)) => {
            for line in preview(content, c.target, reading, at).lines().take(12) {
                let _ = writeln!(out, "  {line}");
            }
        }
        (Verdict::Ambiguous, _) => {
            for c in reading.candidates.iter().take(3) {
                let _ = writeln!(
                    out,
                    "  {:>5}  {}  {}",
                    percent(c.confidence),
                    content.id_of(c.target),
                    content.title_of(c.target, reading.language)
                );
            }
        }
        _ => {}
    }
    out
}

fn preview(content: &Content, target: Target, reading: &Reading, at: Timestamp) -> String {
    let fallback = content.settings.default_language();
    match target {
        Target::Intent(index) => {
            let Some(intent) = content.intents.get(index as usize) else { return String::new() };
            match intent.answer.as_ref().and_then(|a| a.get(reading.language, fallback)) {
                Some((template, _)) => {
                    let slots: BTreeMap<String, String> = intent
                        .slots
                        .iter()
                        .map(|s| (s.name.clone(), format!("<{}>", s.name)))
                        .chain(reading.captures.iter().cloned())
                        .collect();
                    let hours = content.settings.hours_today(at, reading.language);
                    content
                        .render(template, &slots, &[("hours", &hours)])
                        .replace("\\<", "<")
                        .replace("\\>", ">")
                        .replace("\\_", "_")
                }
                None => "(hands over to a person)".to_owned(),
            }
        }
        Target::Passage { article, passage } => {
            let part = content.articles.get(article as usize).and_then(|a| a.passages.get(passage as usize));
            part.map_or_else(String::new, |p| p.markdown.clone())
        }
    }
}

/// Why, in plain words.
fn explained(content: &Content, reading: &Reading) -> String {
    let mut out = String::new();
    for (place, c) in reading.candidates.iter().enumerate() {
        let rank = match place {
            0 => "\nwhy",
            1 => "\nwhat came second",
            2 => "\nand then",
            _ => "",
        };
        if !rank.is_empty() {
            let _ = writeln!(out, "{rank}:");
        }
        let _ = writeln!(
            out,
            "  {:>5}  {}  {}",
            percent(c.confidence),
            content.id_of(c.target),
            content.title_of(c.target, reading.language)
        );
        let reasons: Vec<&Reason> = reading.trace.iter().filter(|r| r.target == c.target).collect();
        for reason in &reasons {
            let _ = writeln!(out, "         {}", in_words(content, reason));
        }
    }
    if reading.candidates.is_empty() {
        out += "\nnothing in the content has a word in common with this text\n";
    }
    for (name, value) in &reading.captures {
        let _ = writeln!(out, "\nread from the text: {name} = {value}");
    }
    let options = content.engine.options();
    if let (Some(confident), Some(ambiguous)) = (options.confident_at, options.ambiguous_at) {
        let _ = writeln!(
            out,
            "\nthresholds: answers from {}, asks which is meant from {}, below that says it does not know\n(of answers given, {} shall be right; {} of the questions are expected to be about something else)",
            percent(confident),
            percent(ambiguous),
            percent(options.answer_precision),
            percent(options.out_of_scope)
        );
    }
    out
}

fn in_words(content: &Content, reason: &Reason) -> String {
    let place =
        content.lines.get(reason.source as usize).map_or_else(|| "?".to_owned(), |l| format!("{}:{}", l.file, l.line));
    let words = match reason.words.as_slice() {
        [] => "the text as a whole".to_owned(),
        [one] => format!("the word \"{one}\""),
        many => format!("the words \"{}\"", many.join("\", \"")),
    };
    let matched = match reason.evidence {
        Evidence::Keyword => "the keywords decide by",
        Evidence::Pattern => "the pattern decides by",
        Evidence::Example => "like this line in",
        Evidence::Body => "the article has",
    };
    format!("{place}: {matched} {words} (weight {:.2})", reason.weight)
}
