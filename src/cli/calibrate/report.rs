//! What was found, in plain words or for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Curve, EDGES, ENOUGH, Findings, Heard, LEVELS};
use crate::cli::render::plural;
use crate::engine::curve::{self, Estimate, Point};

/// Points of a curve in the JSON at most.
const POINTS: usize = 100;

pub(super) fn text(found: &Findings) -> String {
    let mut out = String::new();
    let first = found.curves.first();
    match first.filter(|c| !c.points.is_empty()) {
        Some(all) => {
            let _ = writeln!(out, "{}", basis(found, all));
            for curve in &found.curves {
                out += &table(found, curve);
            }
        }
        None => out += &too_small(found),
    }
    out += &in_force(found);
    if let (Some(wanted), Some(all)) = (found.precision, first.filter(|c| !c.points.is_empty())) {
        let _ = match curve::reaching(&all.points, wanted) {
            Some(p) => writeln!(
                out,
                "\nfor {} right answers put into deskbell.toml (it answers {} of the questions):\n  confident_at = {}",
                fine(wanted),
                percent(p.answered),
                setting(p.confidence)
            ),
            None => writeln!(
                out,
                "\nno threshold gives {} right answers; the best is {}. More examples of what is confused would help:\n`deskbell ask --explain` shows what stands close to each other.",
                fine(wanted),
                fine(all.points.iter().map(|p| p.precision).fold(0.0, f32::max))
            ),
        };
    }
    if let Some(heard) = &found.heard {
        out += &told(found, heard);
    }
    out
}

fn basis(found: &Findings, all: &Curve) -> String {
    if found.judged {
        return format!(
            "Learned from {} examples of {} intents; measured on {} questions, {} of them about something else.",
            found.examples,
            found.intents,
            all.texts,
            percent(all.strange)
        );
    }
    let articles = if found.articles > 0 {
        "\nArticles are not part of it: what is held out are examples of intents, and keywords and patterns decide besides."
    } else {
        ""
    };
    format!(
        "{} texts that were held out of {} examples of {} intents, or stand for questions about something else: {} of all.{articles}",
        all.texts,
        found.examples,
        found.intents,
        percent(all.strange)
    )
}

fn table(found: &Findings, curve: &Curve) -> String {
    let name = curve.language.map_or_else(|| "all languages".to_owned(), |l| l.to_string());
    let mut out = String::new();
    if found.curves.len() > 1 {
        let _ = writeln!(out, "\n{name} ({} texts)", curve.texts);
    } else {
        out.push('\n');
    }
    let Some(shares) = &curve.shares else {
        out += "  too few to tell anything: give each intent some ten examples in this language\n";
        return out;
    };
    let _ = writeln!(out, "  of answers are right   with confidence from   so many questions are answered");
    let mut levels = LEVELS.to_vec();
    levels.extend(found.precision.filter(|p| !LEVELS.contains(p)));
    levels.sort_by(|a, b| b.total_cmp(a));
    for level in levels {
        let _ = match curve::reaching(&curve.points, level) {
            Some(p) => {
                writeln!(out, "{:>22} {:>22} {:>31}", fine(level), setting(p.confidence), percent(p.answered))
            }
            None => writeln!(out, "{:>22} {:>22} {:>31}", fine(level), "–", "none"),
        };
    }
    out += "  with the thresholds in force\n";
    for (what, share, of_these, are) in [
        ("answered", shares.answered, shares.right, "are right"),
        ("asked back", shares.asked_back, shares.offered, "find theirs among the three that are offered"),
        ("not known", shares.unknown, shares.strange, "are about something else anyway; the bot offers a person"),
    ] {
        let _ = write!(out, "    {what:<11} {:>6}", percent(share));
        out += &if share > 0.0 { format!("   of these {} {are}\n", percent(of_these)) } else { "\n".to_owned() };
    }
    out
}

fn too_small(found: &Findings) -> String {
    let (intents, examples) = (found.intents, found.examples);
    let mut out = format!(
        "The content is too small to learn from how sure the bot may be: {examples} example{} in {intents} intent{}.\n",
        plural(examples),
        plural(intents)
    );
    if intents == 0 && found.articles > 0 {
        out += "It has articles only; their confidence follows fixed values. Intents with examples for what is asked most would help.\n";
    } else {
        out += "Add examples, as visitors would say it: some ten an intent, in each language; texts are held out of intents with\nthree and more, and twenty of them are the least that tells anything. Until then usual values hold.\n";
    }
    out
}

fn in_force(found: &Findings) -> String {
    let (options, set) = (&found.options, &found.set);
    let mut out = String::from("\nthresholds in force\n");
    for (name, value, set, does) in [
        ("confident_at", options.confident_at, set.confident_at, "answers from here on"),
        ("ambiguous_at", options.ambiguous_at, set.ambiguous_at, "asks which is meant from here on"),
    ] {
        let _ =
            writeln!(out, "  {name} = {}   {does}; {}", setting(value.unwrap_or(1.0)), source(found, set.is_some()));
    }
    if set.confident_at.is_none() {
        let _ = writeln!(
            out,
            "  They follow from answer_precision = {} and out_of_scope = {}{}",
            setting(options.answer_precision),
            setting(options.out_of_scope),
            if learned(found) {
                ", and lie on the careful side of the table:\n  more questions next to the content's own are expected there, for a wrong answer costs more than a question back."
            } else {
                "."
            }
        );
    }
    out
}

fn learned(found: &Findings) -> bool {
    found.judged || found.curves.first().is_some_and(|c| !c.points.is_empty())
}

fn source(found: &Findings, set: bool) -> &'static str {
    if set {
        "set in deskbell.toml"
    } else if learned(found) {
        "learned from the content"
    } else {
        "the usual value"
    }
}

/// What visitors asked.
fn told(found: &Findings, heard: &Heard) -> String {
    let mut out = String::new();
    if let Some(course) = &heard.course {
        let all = course.all();
        let _ = writeln!(
            out,
            "\nthe last {} day{}: {all} question{} in {} conversation{}, as they went",
            heard.days,
            plural(heard.days as usize),
            plural(all),
            course.conversations,
            plural(course.conversations)
        );
        for (what, count) in [
            ("answered", course.answered),
            ("asked back", course.asked_back),
            ("not understood", course.not_understood),
            ("handed over, asked for", course.wished),
            ("handed over, otherwise", course.handed_over),
        ] {
            let _ = writeln!(out, "  {what:<24}{count:>7}{:>8}", part(count, all));
        }
        out += "  Not counted: replies to what the bot asked, taps, small talk, and what is said to a person.\n";
    }
    let [sure, maybe, unknown] = heard.now;
    let _ = writeln!(
        out,
        "\n{} text{} read again with the content as it is: {} would be answered, {} asked back, {} not known",
        heard.texts,
        plural(heard.texts),
        part(sure, heard.texts),
        part(maybe, heard.texts),
        part(unknown, heard.texts)
    );
    out += &share(found, heard);
    out
}

fn share(found: &Findings, heard: &Heard) -> String {
    let Some(Estimate { share, low, high }) = heard.estimate else {
        return if heard.texts == 0 {
            "There is nothing to estimate from.\n".to_owned()
        } else {
            "How many were about something else cannot be said: the content is too small to compare them with.\n"
                .to_owned()
        };
    };
    let mut out = format!(
        "about something else: {} of them; by chance alone it could be {} to {}. The content expects {}.\n",
        percent(share),
        percent(low),
        percent(high),
        percent(found.options.out_of_scope)
    );
    if heard.texts < ENOUGH {
        let _ = writeln!(
            out,
            "That is too few texts to act on: wait for {ENOUGH}, or look further back with --days. Nothing to change yet."
        );
    } else if share < EDGES.0 {
        out += "That is at the edge: hardly anything was unlike the content. If the log (`deskbell log`) says so too, 0.05 is a\ncareful value for out_of_scope.\n";
    } else if share > EDGES.1 {
        out += "That is at the edge: hardly anything was like the content. Read some of it (`deskbell log`) before you set anything:\nperhaps visitors say it in other words than the examples.\n";
    } else {
        let _ = writeln!(out, "in deskbell.toml:\n  out_of_scope = {:.2}", share);
    }
    if heard.articles * 5 > heard.texts {
        let _ = writeln!(
            out,
            "{} of them are most like an article, whose confidence is another measure: trust the estimate less.",
            part(heard.articles, heard.texts)
        );
    }
    out
}

/// Everything, for programs.
pub(super) fn json(found: &Findings) -> String {
    let options = &found.options;
    let from = |set: Option<f32>| {
        if set.is_some() {
            "settings"
        } else if learned(found) {
            "content"
        } else {
            "default"
        }
    };
    let curves: Vec<Value> = found
        .curves
        .iter()
        .map(|c| {
            let levels = LEVELS.iter().copied().chain(found.precision.filter(|p| !LEVELS.contains(p)));
            let levels: Vec<Value> = levels
                .map(|level| {
                    let p = curve::reaching(&c.points, level);
                    json!({"precision": round(level), "confident_at": p.map(|p| round(p.confidence)), "answered": p.map_or(0.0, |p| round(p.answered))})
                })
                .collect();
            let shares = c.shares.map(|s| {
                json!({
                    "answered": round(s.answered), "right": round(s.right),
                    "asked_back": round(s.asked_back), "offered": round(s.offered),
                    "unknown": round(s.unknown), "strange": round(s.strange),
                })
            });
            json!({
                "language": c.language.map(|l| l.to_string()), "texts": c.texts, "out_of_scope": round(c.strange),
                "levels": if c.points.is_empty() { Vec::new() } else { levels },
                "curve": thinned(&c.points).map(point).collect::<Vec<_>>(),
                "in_force": shares,
            })
        })
        .collect();
    let heard = found.heard.as_ref().map(|h| {
        let course = h.course.as_ref().map(|c| {
            json!({
                "days": h.days, "conversations": c.conversations, "questions": c.all(), "answered": c.answered,
                "asked_back": c.asked_back, "not_understood": c.not_understood, "asked_for_person": c.wished,
                "handed_over": c.handed_over,
            })
        });
        let estimate = h.estimate.map(|e| {
            let sound = h.texts >= ENOUGH && (EDGES.0..=EDGES.1).contains(&e.share);
            json!({"out_of_scope": round(e.share), "low": round(e.low), "high": round(e.high), "sound": sound})
        });
        json!({
            "course": course, "texts": h.texts, "articles": h.articles,
            "now": {"answered": h.now[0], "asked_back": h.now[1], "unknown": h.now[2]}, "estimate": estimate,
        })
    });
    let all = json!({
        "intents": found.intents, "examples": found.examples, "articles": found.articles,
        "thresholds": {
            "confident_at": options.confident_at.map(round), "confident_from": from(found.set.confident_at),
            "ambiguous_at": options.ambiguous_at.map(round), "ambiguous_from": from(found.set.ambiguous_at),
            "answer_precision": round(options.answer_precision), "out_of_scope": round(options.out_of_scope),
        },
        "curves": curves, "heard": heard,
    });
    format!("{all:#}\n")
}

fn point(p: &Point) -> Value {
    json!({"confidence": round(p.confidence), "precision": round(p.precision), "answered": round(p.answered)})
}

/// At most [`POINTS`], the first and the last among them.
fn thinned(points: &[Point]) -> impl Iterator<Item = &Point> {
    let step = points.len().div_ceil(POINTS - 1).max(1);
    points.iter().enumerate().filter(move |(at, _)| at % step == 0 || at + 1 == points.len()).map(|(_, p)| p)
}

fn round(x: f32) -> f64 {
    (f64::from(x) * 10_000.0).round() / 10_000.0
}

fn percent(x: f32) -> String {
    format!("{:.0} %", x * 100.0)
}

/// A precision: `97.5 %`, `95 %`.
fn fine(x: f32) -> String {
    format!("{} %", (f64::from(x) * 1_000.0).round() / 10.0)
}

/// As a setting is written: `0.9`, `0.813`. Cut, not rounded: the text that a threshold was found at still reaches it.
fn setting(x: f32) -> String {
    format!("{}", (f64::from(x) * 1_000.0 + 1e-3).floor() / 1_000.0)
}

fn part(count: usize, of: usize) -> String {
    percent(count as f32 / of.max(1) as f32)
}
