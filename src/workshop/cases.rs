//! Runs the tests that lie in a content.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::content::{Content, Expect, Location, Situation, Step, Transcript};
use crate::dialogue::{self, Choice, Input, Memory, Pending, Said, Say, Turn};
use crate::engine::{Reading, Target, Verdict};
use crate::types::{Room, Timestamp};

mod coverage;
mod moment;
mod propose;

pub use coverage::{Coverage, Covered, Examples, coverage, examples};
pub use propose::{Proposal, proposals};

/// What came of a test.
#[derive(Debug)]
pub struct Outcome<'a> {
    /// Which.
    pub test: &'a Transcript,
    /// Where and what; empty: passed.
    pub failures: Vec<(Location, String)>,
}

/// Runs all of them, as they would go now.
#[must_use]
pub fn outcomes(content: &Content, now: Timestamp) -> Vec<Outcome<'_>> {
    outcomes_of(content, now, |_| true)
}

/// Runs some of them, as they would go now.
#[must_use]
pub fn outcomes_of(content: &Content, now: Timestamp, which: impl Fn(&Transcript) -> bool) -> Vec<Outcome<'_>> {
    content.tests.iter().filter(|test| which(test)).map(|test| run(content, test, now)).collect()
}

/// Runs one.
#[must_use]
pub fn run<'a>(content: &Content, test: &'a Transcript, now: Timestamp) -> Outcome<'a> {
    let failures = if test.is_conversation() { conversation(content, test, now) } else { single(content, test, now) };
    Outcome { test, failures }
}

/// An `expect` or `reject` line: the engine alone, under circumstances in which the entry may answer.
fn single(content: &Content, test: &Transcript, now: Timestamp) -> Vec<(Location, String)> {
    let mut failures = Vec::new();
    for step in &test.steps {
        for expect in &step.expect {
            let (id, wanted) = match expect {
                Expect::Id(id) => (id, true),
                Expect::NotId(id) => (id, false),
                _ => continue,
            };
            let reading = read_for(content, id, &step.say, now);
            let first = reading.candidates.first().filter(|_| reading.verdict != Verdict::Unknown);
            let lands = first.is_some_and(|c| is(content, c.target, id));
            if lands != wanted {
                failures.push((step.location.clone(), landed(content, id, &reading)));
            }
        }
    }
    failures
}

fn read_for(content: &Content, id: &str, text: &str, now: Timestamp) -> Reading {
    let Some(target) = content.target_of(id) else {
        return content.read(text, &Situation { at: now, ..Situation::default() });
    };
    let when = match target {
        Target::Intent(index) => content.intents.get(index as usize).map(|i| i.when.clone()),
        Target::Passage { article, .. } => content.articles.get(article as usize).map(|a| a.when.clone()),
    }
    .unwrap_or_default();
    let page = when.page.as_ref().map(|p| p.replace('*', "1"));
    let situation = |at| Situation { page: page.as_deref(), at, language: when.language };
    // Now if it may answer now; else the next full hour of the coming two weeks, or of its own first, in which it may.
    let first_day = when
        .valid_from
        .and_then(|d| d.to_zoned(jiff::tz::TimeZone::UTC).ok())
        .map(|z| Timestamp(z.timestamp().as_millisecond()));
    let hours = |from: Timestamp| (0..14 * 24).map(move |h| from.plus_ms(h * 3_600_000));
    let mut moments = hours(now).chain(first_day.into_iter().flat_map(hours));
    let at = moments.find(|at| content.allowed(target, &situation(*at))).unwrap_or(now);
    content.read(text, &situation(at))
}

/// Whether a target goes by this id: an article's id is that of all its passages.
fn is(content: &Content, target: Target, id: &str) -> bool {
    goes_by(&content.id_of(target), id)
}

fn goes_by(own: &str, id: &str) -> bool {
    own == id || own.split_once('#').is_some_and(|(article, _)| article == id)
}

fn landed(content: &Content, id: &str, reading: &Reading) -> String {
    let percent = |confidence: f32| format!("{:.0} %", confidence * 100.0);
    let Some(first) = reading.candidates.first() else { return "is not understood at all".to_owned() };
    let mut text = match reading.verdict {
        Verdict::Unknown => {
            format!("is not understood (nearest: `{}`, {})", content.id_of(first.target), percent(first.confidence))
        }
        _ => format!("is understood as `{}` ({})", content.id_of(first.target), percent(first.confidence)),
    };
    if let Some((place, other)) = reading.candidates.iter().enumerate().skip(1).find(|(_, c)| is(content, c.target, id))
    {
        let _ = write!(
            text,
            "; `{id}` came {} ({})",
            ["first", "second", "third", "fourth", "fifth"].get(place).unwrap_or(&"later"),
            percent(other.confidence)
        );
    }
    text
}

/// A conversation through the dialogue, under its circumstances.
fn conversation(content: &Content, test: &Transcript, now: Timestamp) -> Vec<(Location, String)> {
    let mut failures = Vec::new();
    let played = play(content, test, now, |step, before, turn, reading| {
        failures.extend(step_failures(content, step, before, turn, reading));
    });
    if let Err(message) = played {
        failures.push((test.location.clone(), message));
    }
    failures
}

/// Plays a conversation; `each` sees every step, the memory before it, what came of it, and how its words were read.
///
/// # Errors
/// If there is no such moment as its circumstances want.
pub(super) fn play(
    content: &Content,
    test: &Transcript,
    now: Timestamp,
    mut each: impl FnMut(&Step, &Memory, &Turn, &Reading),
) -> Result<(), String> {
    let given = &test.given;
    let mut at = moment::of(content, given, now)?;
    let mut memory = Memory::default();
    let page = given.page.as_deref();
    for step in &test.steps {
        at = at.plus_ms(10_000);
        let before = memory.clone();
        let said = Said::Text(&step.say);
        let input = Input { said, at, page, locale: given.language, email_known: false, room: Room::Free };
        let turn = dialogue::turn(content, memory, input);
        let language = before.language.or(given.language);
        let reading = content.read(&step.say, &Situation { page, at, language });
        each(step, &before, &turn, &reading);
        memory = turn.memory;
    }
    Ok(())
}

fn step_failures(
    content: &Content,
    step: &Step,
    before: &Memory,
    turn: &Turn,
    reading: &Reading,
) -> Vec<(Location, String)> {
    let says = |wanted: &str| {
        let plain = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        turn.say.iter().any(|s| plain(words(s)).contains(&plain(wanted)))
    };
    let fails = |expect: &Expect| match expect {
        Expect::Id(id) => (!answers(turn, id)).then(|| format!("`{id}` should answer, but {}", did(turn))),
        Expect::NotId(id) => (answers(turn, id) || leads(turn, id)).then(|| format!("`{id}` should not answer")),
        Expect::Text(wanted) => (!says(wanted)).then(|| format!("the bot should say \"{wanted}\", but {}", did(turn))),
        Expect::NotText(wanted) => says(wanted).then(|| format!("the bot should not say \"{wanted}\"")),
        Expect::Option(wanted) => (!options(turn).any(|o| is_option(o, wanted))).then(|| {
            let labels: Vec<&str> = options(turn).map(|o| o.label.as_str()).collect();
            let there = if labels.is_empty() { "there is nothing to tap".to_owned() } else { labels.join(" / ") };
            format!("\"{wanted}\" should be there to tap, but: {there}")
        }),
        Expect::Asks(slot) => {
            let asked = match &turn.memory.pending {
                Some(Pending::Slot { slot, .. }) => Some(slot.as_str()),
                Some(Pending::Email { .. }) => Some("email"),
                _ => None,
            };
            (asked != Some(slot)).then(|| format!("the bot should ask for {slot}, but {}", did(turn)))
        }
        Expect::Sure(least) => {
            let sure = reading.candidates.first().map_or(0.0, |c| c.confidence);
            (sure < *least).then(|| {
                let percent = |share: f32| format!("{:.0} %", share * 100.0);
                format!("the bot should be sure to {}, but is to {}", percent(*least), percent(sure))
            })
        }
        Expect::Verdict(wanted) => (reading.verdict != *wanted).then(|| {
            format!("the question should be read as {}, but is as {}", verdict(*wanted), verdict(reading.verdict))
        }),
        Expect::Handoff(wanted) => handoff_fails(content, wanted, turn),
        Expect::NoHandoff => {
            turn.hand_over.as_ref().map(|h| format!("no person should be rung, but one was ({})", h.reason.as_str()))
        }
        Expect::Clarify => (!turn.say.iter().any(|s| matches!(s, Say::Clarify { .. })))
            .then(|| format!("the bot should ask which is meant, but {}", did(turn))),
        Expect::Offered(id) => {
            let offered = turn.say.iter().any(|s| match s {
                Say::Clarify { options, .. } => options.iter().any(|o| is_option(o, id)),
                _ => false,
            });
            (!offered).then(|| format!("`{id}` should be among what is offered, but {}", did(turn)))
        }
        Expect::Unknown => {
            let lost = turn.memory.pending == Some(Pending::Rephrase) || turn.memory.misses > before.misses;
            (!lost).then(|| format!("the bot should say that it does not know, but {}", did(turn)))
        }
    };
    let message = |message: String| format!("> {}\n{message}", step.say);
    let place = |n: usize| step.places.get(n).filter(|_| step.places.len() > 1).unwrap_or(&step.location).clone();
    let all = step.expect.iter().enumerate();
    all.filter_map(|(n, expect)| fails(expect).map(|m| (place(n), message(m)))).collect()
}

/// What may be tapped after a turn.
fn options(turn: &Turn) -> impl Iterator<Item = &Choice> {
    turn.say.iter().flat_map(|say| match say {
        Say::Text { options, .. } | Say::Answer { options, .. } | Say::Clarify { options, .. } => options,
    })
}

/// Whether an option goes by this label, or leads to this id.
fn is_option(option: &Choice, wanted: &str) -> bool {
    let id = option.id.split_once(':').map_or(option.id.as_str(), |(_, id)| id);
    option.label.trim().to_lowercase() == wanted.trim().to_lowercase() || goes_by(id, wanted)
}

/// Whether an entry stands first in what is asked back.
fn leads(turn: &Turn, id: &str) -> bool {
    turn.say.iter().any(|say| match say {
        Say::Clarify { options, .. } => options.first().is_some_and(|o| is_option(o, id)),
        _ => false,
    })
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Confident => "confident",
        Verdict::Ambiguous => "ambiguous",
        Verdict::Unknown => "unknown",
    }
}

fn handoff_fails(content: &Content, wanted: &BTreeMap<String, String>, turn: &Turn) -> Option<String> {
    let Some(hand_over) = &turn.hand_over else { return Some(format!("a person should be rung, but {}", did(turn))) };
    wanted.iter().find_map(|(key, value)| {
        let is = match key.as_str() {
            "department" => {
                hand_over.department.as_deref().or(content.settings.default_department.as_deref()).unwrap_or("none")
            }
            "reason" => hand_over.reason.as_str(),
            _ => hand_over.priority.as_str(),
        };
        (is != value).then(|| format!("the {key} of the hand-off should be {value}, but is {is}"))
    })
}

/// Whether an entry is what this turn is about: it answers, asks for a slot of its own, or hands over without a word.
fn answers(turn: &Turn, id: &str) -> bool {
    let goes_by = |own: &str| goes_by(own, id);
    let said = turn.say.iter().any(|s| matches!(s, Say::Answer { id, .. } if goes_by(id)));
    let asks = matches!(&turn.memory.pending, Some(Pending::Slot { intent, .. }) if goes_by(intent));
    let silent = turn.hand_over.is_some() && turn.memory.candidates.first().is_some_and(|c| goes_by(&c.id));
    said || asks || silent
}

fn words(say: &Say) -> &str {
    match say {
        Say::Text { text, .. } | Say::Answer { text, .. } | Say::Clarify { text, .. } => text,
    }
}

/// What the bot did instead, in a line.
fn did(turn: &Turn) -> String {
    let short = |text: &str| {
        let line = text.lines().next().unwrap_or_default();
        if line.chars().count() > 70 { line.chars().take(69).chain(['…']).collect() } else { line.to_owned() }
    };
    let mut done: Vec<String> = turn
        .say
        .iter()
        .map(|say| match say {
            Say::Answer { id, text, .. } => format!("`{id}` answered \"{}\"", short(text)),
            Say::Clarify { options, .. } => {
                let labels: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
                format!("it asked which is meant: {}", labels.join(" / "))
            }
            Say::Text { text, .. } => format!("it said \"{}\"", short(text)),
        })
        .collect();
    if let Some(hand_over) = &turn.hand_over {
        done.push(format!("a person was rung ({})", hand_over.reason.as_str()));
    }
    if done.is_empty() { "it said nothing".to_owned() } else { done.join(", ") }
}
