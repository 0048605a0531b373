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
use crate::dialogue::{self, Input, Memory, Said};
use crate::engine::{Evidence, Reading, Reason, Target, Verdict};
use crate::types::{Language, Room, Timestamp};

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
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let content = args.content.load_sound()?;
    let at = render::now();
    if args.jsonl {
        let out = io::BufWriter::with_capacity(1 << 16, io::stdout().lock());
        stream(&content, io::stdin().lock(), out, at)?;
    } else {
        let text = args.text.join(" ");
        let situation = Situation { at, ..Situation::default() };
        let reading = content.read(&text, &situation);
        let mut out = short(&content, &reading, at);
        if args.explain {
            out += &explained(&content, &text, &reading, &situation);
        }
        render::say(&super::escape::plain(&out))?;
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

/// Answers line by line, in the order of the input; what is written leaves in blocks.
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
        let line = serde_json::to_string(&answer)? + "\n";
        if is_over(out.write_all(super::escape::json(&line).as_bytes()))? {
            return Ok(());
        }
    }
    is_over(out.flush()).map(drop)
}

/// Whether the reader has gone, which is no error.
fn is_over(written: io::Result<()>) -> anyhow::Result<bool> {
    match written {
        Ok(()) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(true),
        Err(error) => Err(error.into()),
    }
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
                        .map(|s| (s.name.clone(), s.name.to_uppercase().replace('_', "-")))
                        .chain(reading.captures.iter().cloned())
                        .collect();
                    let hours = content.settings.hours_today(at, reading.language);
                    content.render(template, &slots, &[("hours", &hours)])
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
fn explained(content: &Content, text: &str, reading: &Reading, situation: &Situation<'_>) -> String {
    let mut out = String::new();
    let answered = reading.verdict == Verdict::Confident;
    let ask = if answered { "why" } else { "why it is not answered" };
    let _ = writeln!(out, "\n{ask}: {}", content.why(text, reading, situation));
    for (place, c) in reading.candidates.iter().enumerate() {
        match place {
            0 => {}
            1 => out += "\nwhat came second\n",
            2 => out += "\nand then\n",
            _ => {}
        }
        let title = content.title_of(c.target, reading.language);
        let _ = writeln!(out, "  {:>5}  {title}  ({})", percent(c.confidence), content.id_of(c.target));
        for reason in reading.trace.iter().filter(|r| r.target == c.target) {
            let _ = writeln!(out, "         {}", in_words(content, reason));
        }
    }
    for (name, value) in &reading.captures {
        let _ = writeln!(out, "\nread from the text: {name} = {value}");
    }
    let said = Input {
        said: Said::Text(text),
        at: situation.at,
        page: situation.page,
        locale: situation.language,
        email_known: false,
        room: Room::Free,
    };
    if let Some(hand_over) = dialogue::turn(content, Memory::default(), said).hand_over {
        let _ = writeln!(out, "\nin a conversation a person is rung ({})", hand_over.reason.as_str());
        for why in &hand_over.why {
            let _ = writeln!(out, "  {why}");
        }
    }
    let options = content.engine.options();
    if let (Some(confident), Some(ambiguous)) = (options.confident_at, options.ambiguous_at) {
        let _ = writeln!(
            out,
            "\nthresholds: answers from {}, asks which is meant from {}, below that says it does not know\n(of answers given, {} shall be right; {} of the questions are expected to be about something else; `deskbell calibrate` shows the curve)",
            percent(confident),
            percent(ambiguous),
            percent(options.answer_precision),
            percent(options.out_of_scope)
        );
    }
    out
}

/// A reason: the line, what it says, and the words of the text that lead there.
fn in_words(content: &Content, reason: &Reason) -> String {
    let place = content.place_of(reason.source).unwrap_or_else(|| "?".to_owned());
    let line = content.line_of(reason.source).map_or_else(String::new, |text| format!(" “{text}”"));
    let words = match reason.words.as_slice() {
        [] => "the text as a whole".to_owned(),
        [one] => format!("the word “{one}”"),
        many => format!("the words “{}”", many.join("”, “")),
    };
    let how = match reason.evidence {
        Evidence::Keyword => "these keywords decide, by",
        Evidence::Pattern => "this pattern decides, by",
        Evidence::Example => "like this line, by",
        Evidence::Body => "this passage has",
    };
    format!("{place}{line}: {how} {words}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{self, SourceFile};

    fn shop() -> Content {
        let file = |path: &str, text: &str| SourceFile { path: path.to_owned(), bytes: text.into() };
        let intents = "intents:
  - id: order-status
    title: Where is my order?
    examples: [where is my parcel, has my order left, track my order, is my parcel on its way]
    patterns: ['order (?P<order_id>[A-Z]{2}\\d{6})']
    slots: {order_id: {ask: Which?}}
    answer: Order {{ order_id }} is on its way.
  - id: lamp-care
    examples: [how do I clean the shade, dust on my lamp, wash the lamp shade, can I use water on it]
    answer: With a dry cloth.
";
        let article =
            "---\ntitle: Returns\n---\nSend it back.\n\n## Refunds by bank\nThe money takes three days to your bank.\n";
        let (content, problems) =
            content::build(&[file("intents/a.yaml", intents), file("knowledge/returns.md", article)]);
        assert_eq!(problems, []);
        content
    }

    #[test]
    fn one_object_a_line_in_the_order_of_the_contract() {
        let input = "{\"text\": \"order AB123456\"}\n\n{\"text\": \"refunds by bank\", \"language\": \"en-GB\"}\n";
        let mut out = Vec::new();
        stream(&shop(), input.as_bytes(), &mut out, Timestamp(0)).unwrap();
        let out = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 2);
        let keys = ["text", "verdict", "id", "kind", "confidence", "language", "candidates", "micros"];
        for line in &lines {
            let places: Vec<_> = keys.iter().map(|k| line.find(&format!("\"{k}\":")).unwrap()).collect();
            assert!(places.is_sorted(), "{line}");
        }
        let first: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!((first["id"].as_str(), first["kind"].as_str()), (Some("order-status"), Some("intent")));
        assert_eq!(first["verdict"], "confident");
        let second: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
        assert_eq!(second["candidates"][0]["id"], "returns#refunds-by-bank");
        assert_eq!(second["candidates"][0]["kind"], "article");
    }

    #[test]
    fn nothing_at_all_has_no_id() {
        let (content, _) = content::build(&[]);
        let mut out = Vec::new();
        stream(&content, &b"{\"text\": \"\"}"[..], &mut out, Timestamp(0)).unwrap();
        let line: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!((&line["id"], &line["kind"]), (&serde_json::Value::Null, &serde_json::Value::Null));
        assert_eq!((line["verdict"].as_str(), line["confidence"].as_f64()), (Some("unknown"), Some(0.0)));
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (input, wanted) in [
            ("{\"text\": \"a\"}\nnonsense", "line 2"),
            ("{\"txt\": \"a\"}", "line 1"),
            ("{\"text\": \"a\", \"language\": \"!\"}", "line 1: `!` is not a language code"),
        ] {
            let error = stream(&shop(), input.as_bytes(), Vec::new(), Timestamp(0)).unwrap_err();
            assert!(error.to_string().starts_with(wanted), "{error}");
        }
    }

    #[test]
    fn an_explanation_names_lines_words_and_reasons() {
        let content = shop();
        let situation = Situation::default();
        for (text, parts) in [
            (
                "order AB123456",
                &[
                    "why: decided by the pattern in intents/a.yaml:5",
                    "Where is my order?  (order-status)",
                    "intents/a.yaml:5 “order (?P<order_id>[A-Z]{2}\\d{6})”: this pattern decides, by the words “order”, “ab123456”",
                    "order_id = AB123456",
                    "answers from",
                ][..],
            ),
            (
                "dust on the lamp",
                &["“dust on my lamp”: like this line, by the words “dust”, “lamp”", "what came second"],
            ),
            ("zxqv brrgl", &["why it is not answered: no word of it stands anywhere in the content: “zxqv”, “brrgl”"]),
            (
                "i want to talk to a human",
                &["in a conversation a person is rung (asked)\n  the visitor asked for a person\n"],
            ),
        ] {
            let reading = content.read(text, &situation);
            let said = explained(&content, text, &reading, &situation);
            for part in parts {
                assert!(said.contains(part), "{part}\n{said}");
            }
        }
        let reading = content.read("order AB123456", &situation);
        let said = short(&content, &reading, Timestamp(0));
        assert!(said.contains("Order AB123456 is on its way."), "{said}");
    }
}
