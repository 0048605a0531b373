//! What people do to a conversation: claim, say, pass on, end.

use super::{Author, Body, Owner, Refusal, ReleaseTo, Step, Text, TransferTo, care};
use crate::content::Phrase;
use crate::types::{AgentId, Seq, Timestamp};

/// The agent who has it and saw its latest version.
fn assignee(step: &Step<'_>, agent: AgentId, ver: u64) -> Result<(), Refusal> {
    holds(step, agent)?;
    if step.state.ver == ver { Ok(()) } else { Err(Refusal::Stale) }
}

pub(super) fn holds(step: &Step<'_>, agent: AgentId) -> Result<(), Refusal> {
    match step.state.owner {
        Owner::Agent(a) if a == agent => Ok(()),
        Owner::Closed => Err(Refusal::Closed),
        _ => Err(Refusal::NotAssignee),
    }
}

pub(super) fn visitor_ends(step: &mut Step<'_>) -> Result<(), Refusal> {
    if step.state.owner == Owner::Closed {
        return Err(Refusal::Closed);
    }
    close(step, Author::Visitor, None, None);
    Ok(())
}

pub(super) fn close(step: &mut Step<'_>, author: Author, reason: Option<String>, follow_up: Option<Timestamp>) {
    if let Owner::Agent(agent) = step.state.owner {
        step.state.last_agent = Some((agent, step.now.at));
    }
    step.state.due = follow_up;
    step.state.burst = None;
    step.state.offered.clear();
    step.push(author, Body::Closed { reason, follow_up });
    step.give_to(Owner::Closed);
}

pub(super) fn said(step: &mut Step<'_>, agent: AgentId, text: String, seen: Option<Seq>) -> Result<(), Refusal> {
    holds(step, agent)?;
    if seen.is_some_and(|seen| seen < step.state.visitor_said) {
        return Err(Refusal::Stale);
    }
    step.state.away_since = None;
    step.push(Author::Agent(agent), Body::Text(Text::plain(text)));
    Ok(())
}

pub(super) fn noted(step: &mut Step<'_>, agent: AgentId, text: String, mentions: Vec<AgentId>, whisper: bool) {
    care::mention(step, &mentions);
    step.push(Author::Agent(agent), Body::Note { text, mentions, whisper });
}

pub(super) fn claim(step: &mut Step<'_>, agent: AgentId, ver: u64) -> Result<(), Refusal> {
    match step.state.owner {
        Owner::Closed => return Err(Refusal::Closed),
        Owner::Agent(_) => return Err(Refusal::AlreadyClaimed),
        Owner::Bot | Owner::Queue => {}
    }
    if step.state.ver != ver {
        return Err(Refusal::Stale);
    }
    step.state.burst = None;
    step.state.waiting_since.get_or_insert(step.now.at);
    step.push(Author::Agent(agent), Body::Claimed { agent });
    step.give_to(Owner::Agent(agent));
    Ok(())
}

pub(super) fn release(step: &mut Step<'_>, agent: AgentId, ver: u64, to: ReleaseTo) -> Result<(), Refusal> {
    assignee(step, agent, ver)?;
    let author = Author::Agent(agent);
    match to {
        ReleaseTo::Queue => to_queue(step, author),
        ReleaseTo::Bot => to_bot(step, author),
    }
    Ok(())
}

/// Nothing where the line was left already: a tap that comes twice, or after an agent's claim, takes nobody away.
pub(super) fn visitor_leaves_line(step: &mut Step<'_>) -> Result<(), Refusal> {
    match step.state.owner {
        Owner::Closed => Err(Refusal::Closed),
        Owner::Agent(_) => Err(Refusal::AlreadyClaimed),
        Owner::Bot => Ok(()),
        Owner::Queue => {
            to_bot(step, Author::Visitor);
            Ok(())
        }
    }
}

fn to_bot(step: &mut Step<'_>, author: Author) {
    step.state.due = None;
    step.push(author, Body::Released { to: ReleaseTo::Bot });
    step.give_to(Owner::Bot);
    step.state.waiting_since = None;
    step.state.reason = None;
    afresh(step);
    let settings = &step.now.content.settings;
    let language = step.state.language().unwrap_or_else(|| settings.default_language());
    let text = settings.phrase(Phrase::BackWithBot, language);
    step.push(Author::Bot, Body::Text(Text::plain(text)));
}

/// The bot begins anew.
pub(super) fn afresh(step: &mut Step<'_>) {
    let state = &mut step.state;
    // A fresh start, but what failed before stays known: it must not be said again.
    state.memory.misses = 0;
    state.memory.upset = 0;
    state.memory.pending = None;
    state.memory.wanted = None;
}

pub(super) fn to_queue(step: &mut Step<'_>, author: Author) {
    step.state.due = None;
    step.push(author, Body::Released { to: ReleaseTo::Queue });
    step.state.waiting_since.get_or_insert(step.now.at);
    step.give_to(Owner::Queue);
}

pub(super) fn transfer(
    step: &mut Step<'_>,
    agent: AgentId,
    ver: u64,
    to: TransferTo,
    note: Option<String>,
) -> Result<(), Refusal> {
    assignee(step, agent, ver)?;
    let owner = match &to {
        TransferTo::Agent(a) if *a == agent => return Err(Refusal::Invalid),
        TransferTo::Agent(a) => Owner::Agent(*a),
        TransferTo::Department(d) => {
            step.state.department = Some(d.clone());
            Owner::Queue
        }
    };
    step.state.due = None;
    step.push(Author::Agent(agent), Body::Transferred { to, note });
    step.give_to(owner);
    Ok(())
}

pub(super) fn resolve(
    step: &mut Step<'_>,
    agent: AgentId,
    ver: u64,
    reason: String,
    follow_up: Option<Timestamp>,
) -> Result<(), Refusal> {
    assignee(step, agent, ver)?;
    care::put_off(step, follow_up)?;
    close(step, Author::Agent(agent), Some(reason), follow_up);
    Ok(())
}

pub(super) fn away(step: &mut Step<'_>, agent: AgentId) {
    if step.state.owner == Owner::Agent(agent) && step.state.away_since.is_none() {
        step.push(Author::System, Body::Away { agent });
        step.state.away_since = Some(step.now.at.max(Timestamp(1)));
    }
}

/// An entry, not a silent change: the visitor was told of the absence, and two changes on one head must not both win.
pub(super) fn back(step: &mut Step<'_>, agent: AgentId) {
    if step.state.owner == Owner::Agent(agent) && step.state.away_since.take().is_some() {
        step.push(Author::Agent(agent), Body::Claimed { agent });
    }
}

pub(super) fn lost(step: &mut Step<'_>, agent: AgentId) {
    // What its agent has put off can wait for him.
    if step.state.owner == Owner::Agent(agent) && step.state.due.is_none() {
        to_queue(step, Author::System);
    }
}
