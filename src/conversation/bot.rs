//! The visitor's side, and the bot's turn.

use std::collections::BTreeMap;

use super::{Answer, Author, BURST_MS, Body, Burst, GRACE_MS, Handoff, Owner, Packet, Refusal, Step, Text, care};
use crate::content::Phrase;
use crate::dialogue::{self, HandOver, Input, Said, Say};
use crate::types::{Room, Seq};

/// Most answers whose thumbs are remembered.
const ANSWERS: usize = 20;

/// Refuses what comes after the end.
fn open(step: &Step<'_>) -> Result<(), Refusal> {
    if step.state.owner == Owner::Closed { Err(Refusal::Closed) } else { Ok(()) }
}

pub(super) fn visitor_said(step: &mut Step<'_>, text: String, typing: bool) -> Result<(), Refusal> {
    open(step)?;
    care::stir(step);
    step.push(Author::Visitor, Body::Text(Text::plain(text.clone())));
    if step.state.owner != Owner::Bot {
        keep_address(step, &text);
        return Ok(());
    }
    let at = step.now.at;
    let burst = step.state.burst.get_or_insert_with(|| Burst { since: at, texts: Vec::new() });
    burst.texts.push(text);
    let waited = at.since(burst.since);
    let whole = burst.texts.join("\n");
    let pause = if typing {
        BURST_MS
    } else if dialogue::sounds_complete(step.now.content, &step.state.memory, &whole, at) {
        0
    } else {
        (waited + GRACE_MS).min(BURST_MS)
    };
    if waited >= pause {
        due(step);
    } else {
        step.wake = step.state.burst.as_ref().map(|b| b.since.plus_ms(pause as i64));
    }
    Ok(())
}

pub(super) fn due(step: &mut Step<'_>) {
    if step.state.owner != Owner::Bot {
        step.state.burst = None;
        return;
    }
    if let Some(burst) = step.state.burst.take() {
        take_turn(step, Said::Text(&burst.texts.join("\n")));
    }
}

pub(super) fn visitor_chose(step: &mut Step<'_>, option: String) -> Result<(), Refusal> {
    open(step)?;
    let label = step
        .state
        .offered
        .iter()
        .find(|c| c.id == option)
        .map_or_else(|| option.rsplit(':').next().unwrap_or_default().to_owned(), |c| c.label.clone());
    let text = Text { text: label.clone(), option: Some(option.clone()), ..Text::default() };
    step.push(Author::Visitor, Body::Text(text));
    if step.state.owner == Owner::Bot {
        due(step);
        take_turn(step, Said::Choice { id: &option, label: &label });
    }
    Ok(())
}

pub(super) fn visitor_filled(step: &mut Step<'_>, fields: BTreeMap<String, String>) -> Result<(), Refusal> {
    open(step)?;
    // Asked before the first question: kept without a word, as the question is still to come.
    let first = step.state.head == Seq(0);
    let email = fields.get("email").cloned().unwrap_or_default();
    let name = fields.get("name").cloned().filter(|n| !n.trim().is_empty());
    let text = if email.is_empty() { fields.values().cloned().collect::<Vec<_>>().join(", ") } else { email.clone() };
    step.push(Author::Visitor, Body::Text(Text { text, fields, ..Text::default() }));
    if name.is_some() {
        step.state.visit.name = name;
    }
    if first {
        step.state.visit.email = dialogue::email(&email).map(str::to_owned).or(step.state.visit.email.take());
    } else if step.state.owner == Owner::Bot {
        due(step);
        if !email.is_empty() {
            take_turn(step, Said::Email(&email));
        }
    } else {
        keep_address(step, &email);
    }
    Ok(())
}

/// While a person is awaited the bot is silent, but an address left in the meantime is kept, and the system says so.
fn keep_address(step: &mut Step<'_>, text: &str) {
    let Some(email) = dialogue::email(text) else { return };
    if step.state.visit.email.as_deref() == Some(email) {
        return;
    }
    step.state.visit.email = Some(email.to_owned());
    let settings = &step.now.content.settings;
    let language = step.state.language().unwrap_or_else(|| settings.default_language());
    let thanks = settings.phrase(Phrase::EmailThanks, language);
    let thanks = step.now.content.render(&thanks, &BTreeMap::new(), &[("email", email)]);
    step.push(Author::System, Body::Text(Text::plain(thanks)));
}

pub(super) fn visitor_rated(
    step: &mut Step<'_>,
    score: u8,
    comment: Option<String>,
    about: Option<Seq>,
) -> Result<(), Refusal> {
    if !(1..=5).contains(&score) || about.is_some_and(|s| s > step.state.head) {
        return Err(Refusal::Invalid);
    }
    step.push(Author::Visitor, Body::Rating { score, comment, about });
    let answer = about.and_then(|s| step.state.answers.iter().find(|(at, _)| *at == s)).map(|(_, id)| id.clone());
    if let (Owner::Bot, Some(id), 1..=2) = (step.state.owner, answer, score) {
        due(step);
        take_turn(step, Said::NotHelpful { id: &id });
    }
    Ok(())
}

pub(super) fn visitor_asks_person(step: &mut Step<'_>) -> Result<(), Refusal> {
    open(step)?;
    if step.state.owner == Owner::Bot {
        step.state.burst = None;
        take_turn(step, Said::Person);
    }
    Ok(())
}

/// Nothing where there is none after all.
pub(super) fn place_free(step: &mut Step<'_>) {
    if step.state.awaits_place().is_some() && step.now.room == Room::Free {
        due(step);
        take_turn(step, Said::Place);
    }
}

/// The bot speaks, remembers, and perhaps hands over: all in this step.
fn take_turn(step: &mut Step<'_>, said: Said<'_>) {
    if step.state.owner != Owner::Bot {
        return;
    }
    let input = Input {
        said,
        at: step.now.at,
        page: step.state.visit.page.as_ref().and_then(|p| p.url.as_deref()),
        locale: step.state.locale_language(),
        email_known: step.state.visit.address().is_some(),
        room: step.now.room,
    };
    let memory = std::mem::take(&mut step.state.memory);
    let turn = dialogue::turn(step.now.content, memory, input);
    step.state.memory = turn.memory;
    if turn.email.is_some() {
        step.state.visit.email = turn.email;
    }
    if !turn.say.is_empty() {
        step.state.offered.clear();
    }
    for say in turn.say {
        speak(step, say);
    }
    if let Some(hand_over) = turn.hand_over {
        ring(step, hand_over);
    }
}

fn speak(step: &mut Step<'_>, say: Say) {
    let content_version = step.now.content.version.clone();
    let body = match say {
        Say::Text { text, options, ask } => {
            step.state.offered.extend(options.iter().cloned());
            Body::Text(Text { text, options, ask, ..Text::default() })
        }
        Say::Answer { text, id, kind, confidence, options, source, language } => {
            step.state.offered.extend(options.iter().cloned());
            let answers = &mut step.state.answers;
            if answers.len() == ANSWERS {
                answers.remove(0);
            }
            answers.push((step.state.head.next(), id.clone()));
            Body::Answer(Answer { text, id, kind, confidence, options, content_version, source, language })
        }
        Say::Clarify { text, options } => {
            step.state.offered.extend(options.iter().cloned());
            Body::Clarify { text, options, content_version }
        }
    };
    step.push(Author::Bot, body);
}

/// Hands over to the queue, with the whole story.
fn ring(step: &mut Step<'_>, hand_over: HandOver) {
    let HandOver { reason, department, needs, priority, since, suggested_reply, why } = hand_over;
    // Who is rung again after the chat was given back: for the same people, unless it is about something else by now.
    let department = department
        .or_else(|| step.state.department.clone())
        .or_else(|| step.now.content.settings.default_department.clone());
    let memory = &step.state.memory;
    let packet = Packet {
        question: memory.question.clone().unwrap_or_default(),
        why,
        candidates: memory.candidates.clone(),
        shown: memory.shown.clone(),
        tried: memory.tried.clone(),
        slots: memory.slots.clone(),
        language: memory.language,
        page: step.state.visit.page.clone(),
        upset: memory.upset > 0,
        suggested_reply,
    };
    step.state.department.clone_from(&department);
    step.state.needs = needs;
    step.state.priority = priority;
    step.state.reason = Some(reason);
    step.state.waiting_since = Some(since);
    step.state.burst = None;
    step.push(Author::Bot, Body::Handoff(Box::new(Handoff { reason, department, priority, packet })));
    step.give_to(Owner::Queue);
}
