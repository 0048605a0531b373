//! Runs the tests that lie in a content.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::content::{Content, Expect, Location, Situation, Step, Transcript};
use crate::dialogue::{self, Input, Memory, Pending, Said, Say, Turn};
use crate::engine::{Reading, Target, Verdict};
use crate::types::{Room, Timestamp};

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
    content
        .tests
        .iter()
        .map(|test| {
            let is_conversation = test.location.file.ends_with(".test.md");
            let failures = if is_conversation { conversation(content, test, now) } else { single(content, test, now) };
            Outcome { test, failures }
        })
        .collect()
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
    let own = content.id_of(target);
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

/// A conversation through the dialogue, inside the opening hours.
fn conversation(content: &Content, test: &Transcript, now: Timestamp) -> Vec<(Location, String)> {
    let open = content.settings.open_state(now, content.settings.default_language());
    let mut at = if open.open { now } else { open.opens_at.unwrap_or(now) };
    let mut memory = Memory::default();
    let mut failures = Vec::new();
    for step in &test.steps {
        at = at.plus_ms(10_000);
        let before = memory.clone();
        let said = Said::Text(&step.say);
        let turn = dialogue::turn(
            content,
            memory,
            Input { said, at, page: None, locale: None, email_known: false, room: Room::Free },
        );
        failures.extend(step_failures(content, step, &before, &turn));
        memory = turn.memory;
    }
    failures
}

fn step_failures(content: &Content, step: &Step, before: &Memory, turn: &Turn) -> Vec<(Location, String)> {
    let fails = |expect: &Expect| match expect {
        Expect::Id(id) => (!answers(turn, id)).then(|| format!("`{id}` should answer, but {}", did(turn))),
        Expect::NotId(id) => answers(turn, id).then(|| format!("`{id}` should not answer")),
        Expect::Text(wanted) => {
            let plain = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            let says = turn.say.iter().any(|s| plain(words(s)).contains(&plain(wanted)));
            (!says).then(|| format!("the bot should say \"{wanted}\", but {}", did(turn)))
        }
        Expect::Handoff(wanted) => handoff_fails(content, wanted, turn),
        Expect::Clarify => (!turn.say.iter().any(|s| matches!(s, Say::Clarify { .. })))
            .then(|| format!("the bot should ask which is meant, but {}", did(turn))),
        Expect::Unknown => {
            let lost = turn.memory.pending == Some(Pending::Rephrase) || turn.memory.misses > before.misses;
            (!lost).then(|| format!("the bot should say that it does not know, but {}", did(turn)))
        }
    };
    step.expect
        .iter()
        .filter_map(fails)
        .map(|message| (step.location.clone(), format!("> {}\n{message}", step.say)))
        .collect()
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
    let goes_by = |own: &str| own == id || own.split_once('#').is_some_and(|(article, _)| article == id);
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
