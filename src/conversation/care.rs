//! What people do to a conversation beside talking in it: mark it, put it off, take it back, give it to somebody.

use super::{Author, Body, Owner, REOPEN_MS, Refusal, Reopened, Step, TransferTo, people};
use crate::types::{AgentId, Priority, Room, Timestamp};

/// Most labels of a conversation, and most mentions that wait to be seen.
const MOST: usize = 20;

/// Longest label, characters.
const LABEL: usize = 40;

/// Furthest that something is put off, milliseconds.
const FURTHEST_MS: u64 = 366 * 86_400_000;

/// Something that agents keep of a conversation. Visitors never see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// All its labels from here on.
    Labels(Vec<String>),
    /// Out of its agent's way until then, or until the visitor writes; none: back now.
    Snoozed(Option<Timestamp>),
    /// Ended, and back in the queue then; none: ended for good.
    FollowUp(Option<Timestamp>),
    /// How soon.
    Priority(Priority),
}

/// Puts a mark. Snoozing is its agent's alone.
pub(super) fn mark(step: &mut Step<'_>, agent: AgentId, mark: Mark) -> Result<(), Refusal> {
    let mark = match mark {
        Mark::Labels(labels) => Mark::Labels(tidy(labels)?),
        other => other,
    };
    match &mark {
        Mark::Labels(labels) if *labels == step.state.labels => return Ok(()),
        Mark::Labels(labels) => step.state.labels.clone_from(labels),
        Mark::Snoozed(until) => {
            people::holds(step, agent)?;
            put_off(step, *until)?;
        }
        Mark::FollowUp(until) => {
            if step.state.owner != Owner::Closed {
                return Err(Refusal::Invalid);
            }
            put_off(step, *until)?;
        }
        Mark::Priority(_) if step.state.owner == Owner::Closed => return Err(Refusal::Closed),
        Mark::Priority(priority) => step.state.priority = *priority,
    }
    step.push(Author::Agent(agent), Body::Marked(mark));
    Ok(())
}

pub(super) fn put_off(step: &mut Step<'_>, until: Option<Timestamp>) -> Result<(), Refusal> {
    let now = step.now.at;
    if until.is_some_and(|t| t <= now || t.since(now) > FURTHEST_MS) {
        return Err(Refusal::Invalid);
    }
    step.state.due = until;
    Ok(())
}

/// Sorted, each once, without what nobody can see.
fn tidy(labels: Vec<String>) -> Result<Vec<String>, Refusal> {
    let mut tidy: Vec<String> = labels.iter().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    tidy.sort_unstable();
    tidy.dedup();
    let fine = |l: &String| !l.is_empty() && l.chars().count() <= LABEL && !l.chars().any(char::is_control);
    if tidy.len() <= MOST && tidy.iter().all(fine) { Ok(tidy) } else { Err(Refusal::Invalid) }
}

/// Whoever is named in a note is told until they have looked.
pub(super) fn mention(step: &mut Step<'_>, mentions: &[AgentId]) {
    for agent in mentions {
        if !step.state.mentioned.contains(agent) {
            step.state.mentioned.push(*agent);
        }
    }
    let over = step.state.mentioned.len().saturating_sub(MOST);
    step.state.mentioned.drain(..over);
}

/// An agent has looked: nothing is entered, as it is nobody else's affair.
pub(super) fn saw_mention(step: &mut Step<'_>, agent: AgentId) {
    step.state.mentioned.retain(|a| *a != agent);
}

/// The visitor wrote: what was put off until later is due now.
pub(super) fn stir(step: &mut Step<'_>) {
    if step.state.due.is_some() {
        step.state.due = Some(step.now.at);
    }
}

/// What was put off has come due. `stays`: its agent is there and has a place for it.
pub(super) fn wake(step: &mut Step<'_>, stays: bool) {
    if step.state.due.is_none_or(|due| due > step.now.at) {
        return;
    }
    step.state.due = None;
    match step.state.owner {
        Owner::Agent(_) if stays => step.push(Author::System, Body::Marked(Mark::Snoozed(None))),
        Owner::Agent(_) => people::to_queue(step, Author::System),
        Owner::Closed => reopen_into(step, Author::System, Owner::Queue),
        Owner::Bot | Owner::Queue => {}
    }
}

/// An agent goes on with what had ended.
pub(super) fn reopen(step: &mut Step<'_>, agent: AgentId, ver: u64) -> Result<(), Refusal> {
    if step.state.owner != Owner::Closed {
        return Err(Refusal::Invalid);
    }
    if step.state.ver != ver {
        return Err(Refusal::Stale);
    }
    reopen_into(step, Author::Agent(agent), Owner::Agent(agent));
    Ok(())
}

/// A visitor goes on with what had ended: where a person had it, in the queue, if there is a place; else with the bot.
pub(super) fn visitor_reopens(step: &mut Step<'_>) -> Result<(), Refusal> {
    if step.state.owner != Owner::Closed {
        // A tap that comes twice.
        return Ok(());
    }
    if step.now.at.since(step.state.updated_at) > REOPEN_MS {
        return Err(Refusal::Closed);
    }
    let person = step.state.last_agent.is_some() && step.now.room == Room::Free;
    reopen_into(step, Author::Visitor, if person { Owner::Queue } else { Owner::Bot });
    Ok(())
}

fn reopen_into(step: &mut Step<'_>, author: Author, owner: Owner) {
    let to = match owner {
        Owner::Agent(_) => Reopened::Agent,
        Owner::Queue => Reopened::Queue,
        Owner::Bot | Owner::Closed => Reopened::Bot,
    };
    step.state.due = None;
    // The wait begins anew: the one before was served.
    step.state.waiting_since = (owner != Owner::Bot).then_some(step.now.at);
    if owner == Owner::Bot {
        step.state.reason = None;
        people::afresh(step);
    }
    step.push(author, Body::Reopened { to });
    step.give_to(owner);
}

/// A supervisor takes a chat, whoever has it.
pub(super) fn take_over(step: &mut Step<'_>, agent: AgentId, ver: u64) -> Result<(), Refusal> {
    match step.state.owner {
        Owner::Agent(a) if a == agent => Err(Refusal::AlreadyClaimed),
        Owner::Agent(_) if step.state.ver != ver => Err(Refusal::Stale),
        Owner::Agent(_) => {
            step.state.due = None;
            step.push(Author::Agent(agent), Body::Transferred { to: TransferTo::Agent(agent), note: None });
            step.give_to(Owner::Agent(agent));
            Ok(())
        }
        _ => people::claim(step, agent, ver),
    }
}

/// The desk, or a supervisor who saw this version, gives a waiting chat to somebody.
pub(super) fn assign(step: &mut Step<'_>, agent: AgentId, by: Option<(AgentId, u64)>) -> Result<(), Refusal> {
    match step.state.owner {
        Owner::Queue => {}
        Owner::Closed => return Err(Refusal::Closed),
        Owner::Agent(_) | Owner::Bot => return Err(Refusal::AlreadyClaimed),
    }
    if by.is_some_and(|(_, ver)| ver != step.state.ver) {
        return Err(Refusal::Stale);
    }
    step.push(by.map_or(Author::System, |(by, _)| Author::Agent(by)), Body::Claimed { agent });
    step.give_to(Owner::Agent(agent));
    Ok(())
}

/// The desk moves a waiting chat to another department's queue. It keeps its wait.
pub(super) fn overflow(step: &mut Step<'_>, department: String) -> Result<(), Refusal> {
    if step.state.owner != Owner::Queue {
        return Err(Refusal::AlreadyClaimed);
    }
    step.state.department = Some(department.clone());
    step.push(Author::System, Body::Transferred { to: TransferTo::Department(department), note: None });
    Ok(())
}

/// Its visitor may write no more: the chat ends, with the reason for colleagues.
pub(super) fn block(step: &mut Step<'_>, agent: Option<AgentId>, reason: String) {
    if step.state.owner != Owner::Closed {
        people::close(step, agent.map_or(Author::System, Author::Agent), Some(reason), None);
    }
}
