//! Between the domain's types and the frames of `protocol`, by hand: neither drags the other along.

use sha2::{Digest, Sha256};

use crate::bus::Party;
use crate::conversation::{Entry, Event, Mark, Owner, Page, ReleaseTo, State, TransferTo, Visit};
use crate::desk::{Availability, Colleague, Desk, DeskError, Step};
use crate::dialogue::Reason;
use crate::protocol as p;
use crate::protocol::ErrorCode;
use crate::store::Person;
use crate::types::{AgentId, ConversationId, Seq, Timestamp};

/// Whose eyes a thing is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// Sees no notes, no packet, no reasons.
    Visitor,
    /// Sees everything.
    Agent,
}

/// What stands for names of agents in a view: ids alone say nothing to people.
pub(super) type Names<'a> = &'a dyn Fn(AgentId) -> Option<String>;

/// Whether a reader may see an entry.
pub(super) const fn visible(entry: &Entry, reader: Reader) -> bool {
    matches!(reader, Reader::Agent) || entry.visible_to_visitor()
}

/// Somebody who is an agent.
pub(super) fn agent(id: AgentId, names: Names<'_>) -> p::From {
    p::From { kind: p::FromKind::Agent, id: Some(id.to_string()), name: names(id) }
}

/// Somebody who has no name: visitor, bot, system.
pub(super) const fn nameless(kind: p::FromKind) -> p::From {
    p::From { kind, id: None, name: None }
}

/// A side of a conversation.
pub(super) fn party(by: Party, names: Names<'_>) -> p::From {
    match by {
        Party::Visitor => nameless(p::FromKind::Visitor),
        Party::Agent(id) => agent(id, names),
    }
}

/// The server's id of an entry: unique, and nothing to guess from.
pub(super) fn mid(c: ConversationId, seq: Seq) -> String {
    format!("{c}-{seq}")
}

/// What an agent's `mark` means: exactly one thing.
///
/// # Errors
/// `Invalid` where it is none, or more than one.
pub(super) fn mark(
    labels: Option<Vec<String>>,
    snooze: Option<i64>,
    follow_up: Option<i64>,
    priority: Option<String>,
) -> Result<Mark, ErrorCode> {
    let until = |at: i64| (at != 0).then_some(Timestamp(at));
    match (labels, snooze, follow_up, priority) {
        (Some(labels), None, None, None) => Ok(Mark::Labels(labels)),
        (None, Some(at), None, None) => Ok(Mark::Snoozed(until(at))),
        (None, None, Some(at), None) => Ok(Mark::FollowUp(until(at))),
        (None, None, None, Some(p)) => p.parse().map(Mark::Priority).map_err(|_| ErrorCode::Invalid),
        _ => Err(ErrorCode::Invalid),
    }
}

/// Whom a note names: each once, at most as many as a conversation keeps.
///
/// # Errors
/// `Invalid` where an id cannot be one, or there are too many.
pub(super) fn mentions(ids: &[String]) -> Result<Vec<AgentId>, ErrorCode> {
    let mut all =
        ids.iter().map(|id| id.parse()).collect::<Result<Vec<AgentId>, _>>().map_err(|_| ErrorCode::Invalid)?;
    all.sort_unstable();
    all.dedup();
    if all.len() <= 20 { Ok(all) } else { Err(ErrorCode::Invalid) }
}

pub(super) const fn reason(reason: Reason) -> p::HandoffReason {
    match reason {
        Reason::Asked => p::HandoffReason::Asked,
        Reason::LowConfidence => p::HandoffReason::LowConfidence,
        Reason::RepeatedFailure => p::HandoffReason::RepeatedFailure,
        Reason::Frustration => p::HandoffReason::Frustration,
        Reason::Intent => p::HandoffReason::Intent,
        Reason::Policy => p::HandoffReason::Policy,
    }
}

pub(super) fn page(page: Page) -> p::Page {
    p::Page { url: page.url, title: page.title, referrer: page.referrer }
}

/// What a conversation looks like in a list.
pub(super) struct Glance<'a> {
    /// Which.
    pub(super) c: ConversationId,
    /// Its state.
    pub(super) state: &'a State,
    /// For whom.
    pub(super) reader: Reader,
    /// Up to where the other side has read.
    pub(super) read: Seq,
    /// A socket of the visitor is open.
    pub(super) online: bool,
    /// To whom it is offered.
    pub(super) offered: Option<AgentId>,
    /// The visitor may not write.
    pub(super) blocked: bool,
}

impl<'a> Glance<'a> {
    /// With what the desk knows beside the state.
    pub(super) fn of(desk: &Desk, c: ConversationId, state: &'a State, reader: Reader) -> Self {
        let (by_visitor, by_agents) = desk.read_marks(c);
        let (read, online, offered) = match reader {
            Reader::Visitor => (by_agents, true, None),
            Reader::Agent => (by_visitor, desk.visitor_online(c), desk.offered(c).map(|(agent, _)| agent)),
        };
        let blocked = reader == Reader::Agent && desk.blocked(state.visitor).is_some();
        Self { c, state, reader, read, online, offered, blocked }
    }
}

/// A conversation in a list.
pub(super) fn conversation(glance: &Glance<'_>, names: Names<'_>) -> p::Conversation {
    let Glance { c, state, reader, read, online, offered, blocked } = glance;
    let for_agents = *reader == Reader::Agent;
    let due = state.due.filter(|_| for_agents).map(|t| t.0);
    let handed_over = state.reason.is_some() || state.waiting_since.is_some();
    p::Conversation {
        c: c.to_string(),
        head: if for_agents { state.head.0 } else { state.visitor_head.0 },
        ver: state.ver,
        state: owner(state.owner),
        opened_at: state.opened_at.0,
        updated_at: state.updated_at.0,
        agent: match state.owner {
            Owner::Agent(id) => Some(agent(id, names)),
            _ => None,
        },
        department: state.department.clone(),
        priority: handed_over.then(|| state.priority.as_str().to_owned()),
        waiting_since: state.waiting_since.map(|t| t.0),
        reason: state.reason.filter(|_| for_agents).map(reason),
        language: state.language().map(|l| l.to_string()),
        visitor: for_agents.then(|| visitor(state, *online, *blocked)),
        preview: (for_agents || !state.preview.is_empty()).then(|| state.preview.clone()),
        read: (read.0 > 0).then_some(read.0),
        labels: if for_agents { state.labels.clone() } else { Vec::new() },
        snoozed_until: due.filter(|_| state.owner != Owner::Closed),
        follow_up: due.filter(|_| state.owner == Owner::Closed),
        mentioned: if for_agents { state.mentioned.iter().map(ToString::to_string).collect() } else { Vec::new() },
        last_agent: state
            .last_agent
            .filter(|_| for_agents && !matches!(state.owner, Owner::Agent(_)))
            .map(|(id, _)| agent(id, names)),
        offered_to: offered.map(|id| agent(id, names)),
    }
}

fn visitor(state: &State, online: bool, blocked: bool) -> p::Visitor {
    let Visit { locale, page: at, email, name, attributes, verified, .. } = &state.visit;
    p::Visitor {
        id: state.visitor.to_string(),
        name: name.clone(),
        email: email.clone(),
        locale: locale.clone(),
        page: at.clone().map(page),
        attributes: (!attributes.is_empty()).then(|| attributes.clone()),
        verified: verified.as_ref().map(|v| p::Verified {
            subject: v.subject.clone(),
            name: v.name.clone(),
            email: v.email.clone(),
            attributes: v.attributes.clone(),
        }),
        online,
        blocked,
    }
}

/// Who must act, as the wire says it.
pub(super) const fn owner(owner: Owner) -> p::ConversationState {
    match owner {
        Owner::Bot => p::ConversationState::Bot,
        Owner::Queue => p::ConversationState::Waiting,
        Owner::Agent(_) => p::ConversationState::Assigned,
        Owner::Closed => p::ConversationState::Closed,
    }
}

/// An agent's presence, as the wire says it.
pub(super) const fn presence(availability: Availability) -> p::PresenceState {
    match availability {
        Availability::Online => p::PresenceState::Online,
        Availability::Away => p::PresenceState::Away,
        Availability::TransferOnly => p::PresenceState::TransferOnly,
        Availability::Offline => p::PresenceState::Offline,
    }
}

/// An agent's presence, as the desk says it.
pub(super) const fn availability(state: p::PresenceState) -> Availability {
    match state {
        p::PresenceState::Online => Availability::Online,
        p::PresenceState::Away => Availability::Away,
        p::PresenceState::TransferOnly => Availability::TransferOnly,
        p::PresenceState::Offline => Availability::Offline,
    }
}

/// Somebody to transfer to.
pub(super) fn colleague(colleague: &Colleague) -> p::Colleague {
    p::Colleague {
        id: colleague.person.id.to_string(),
        name: colleague.person.name.clone(),
        presence: presence(colleague.availability),
        load: colleague.load,
        capacity: colleague.person.capacity,
        role: colleague.person.role.as_str().to_owned(),
        departments: colleague.person.departments.clone(),
    }
}

/// Who is logged in.
pub(super) fn me(desk: &Desk, person: &Person) -> p::Me {
    let colleagues = desk.colleagues();
    let own = colleagues.iter().find(|c| c.person.id == person.id);
    p::Me {
        id: person.id.to_string(),
        name: person.name.clone(),
        role: person.role.as_str().to_owned(),
        departments: person.departments.clone(),
        capacity: person.capacity,
        presence: own.map_or(p::PresenceState::Offline, |c| presence(c.availability)),
        colleagues: colleagues.iter().filter(|c| c.person.id != person.id).map(colleague).collect(),
        all_departments: desk.content().settings.departments.clone(),
    }
}

/// Longest address, title or other word of a visitor's browser that is kept, bytes.
const WORD_BYTES: usize = 2_048;

fn clipped(text: Option<String>) -> Option<String> {
    text.map(|mut t| {
        if t.len() > WORD_BYTES {
            let end = (0..=WORD_BYTES).rev().find(|i| t.is_char_boundary(*i)).unwrap_or(0);
            t.truncate(end);
        }
        t
    })
}

/// The visitor's circumstances out of `hello`.
pub(super) fn visit(site: Option<String>, locale: Option<String>, page: Option<p::Page>) -> Visit {
    Visit {
        site: clipped(site),
        locale: clipped(locale),
        page: page.map(|p| Page { url: clipped(p.url), title: clipped(p.title), referrer: clipped(p.referrer) }),
        email: None,
        name: None,
        attributes: Default::default(),
        verified: None,
    }
}

/// Most fields of a form, and the most characters of a field or of an option's id.
const FIELDS: usize = 16;
const FIELD_CHARS: usize = 500;

/// First 16 bytes of SHA-256 over kind and body: what "the same content" means.
pub(super) fn digest(kind: &str, body: &impl serde::Serialize) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(kind.as_bytes());
    hash.update([0]);
    // Fields are written in the order of the struct and maps in the order of their keys, so equal bodies give equal bytes.
    hash.update(serde_json::to_vec(body).unwrap_or_default());
    let full = hash.finalize();
    let mut out = [0; 16];
    out.copy_from_slice(&full[..16]);
    out
}

/// Words of a visitor or agent.
///
/// # Errors
/// `Invalid` where nothing is left after trimming, `TooLarge` above [`p::TEXT_CHARS`].
pub(super) fn words(text: Option<String>) -> Result<String, ErrorCode> {
    let text = text.ok_or(ErrorCode::Invalid)?;
    if text.trim().is_empty() {
        return Err(ErrorCode::Invalid);
    }
    // Bytes bound characters from above: most texts need not be counted.
    if text.len() > p::TEXT_CHARS && text.chars().count() > p::TEXT_CHARS {
        return Err(ErrorCode::TooLarge);
    }
    Ok(text)
}

/// A name for a message: a UUID in its usual form.
pub(super) fn is_cmid(text: &str) -> bool {
    let b = text.as_bytes();
    b.len() == 36
        && b.iter()
            .enumerate()
            .all(|(i, c)| if matches!(i, 8 | 13 | 18 | 23) { *c == b'-' } else { c.is_ascii_hexdigit() })
}

/// What a visitor's `send` means.
///
/// # Errors
/// `Invalid` where kind and body do not fit together, `TooLarge` where something is too long.
pub(super) fn visitor_event(kind: p::SendKind, body: p::SendBody) -> Result<Event, ErrorCode> {
    let p::SendBody { text, option, fields, score, comment, about } = body;
    let only = |fits: bool| if fits { Ok(()) } else { Err(ErrorCode::Invalid) };
    match kind {
        p::SendKind::Text => {
            only(option.is_none() && fields.is_none() && score.is_none() && comment.is_none() && about.is_none())?;
            Ok(Event::VisitorSaid { text: words(text)?, typing: false })
        }
        p::SendKind::Choice => {
            only(fields.is_none() && score.is_none() && comment.is_none() && about.is_none())?;
            let option = option.filter(|o| !o.is_empty()).ok_or(ErrorCode::Invalid)?;
            if option.len() > FIELD_CHARS {
                return Err(ErrorCode::TooLarge);
            }
            Ok(Event::VisitorChose { option })
        }
        p::SendKind::Form => {
            only(option.is_none() && score.is_none() && comment.is_none() && about.is_none())?;
            let fields = fields.filter(|f| !f.is_empty()).ok_or(ErrorCode::Invalid)?;
            let long = |t: &String| t.chars().count() > FIELD_CHARS;
            if fields.len() > FIELDS || fields.iter().any(|(k, v)| long(k) || long(v)) {
                return Err(ErrorCode::TooLarge);
            }
            Ok(Event::VisitorFilled { fields })
        }
        p::SendKind::Rating => {
            only(option.is_none() && fields.is_none() && text.is_none())?;
            let score = score.filter(|s| (1..=5).contains(s)).ok_or(ErrorCode::Invalid)?;
            let comment = comment.filter(|c| !c.trim().is_empty()).map(|c| words(Some(c))).transpose()?;
            Ok(Event::VisitorRated { score, comment, about: about.map(Seq) })
        }
    }
}

/// Kind as the digest names it.
pub(super) const fn kind_name(kind: p::SendKind) -> &'static str {
    match kind {
        p::SendKind::Text => "text",
        p::SendKind::Choice => "choice",
        p::SendKind::Form => "form",
        p::SendKind::Rating => "rating",
    }
}

/// Where an agent wants to transfer to.
///
/// # Errors
/// `Invalid` where the id cannot be one.
pub(super) fn transfer_to(to: p::TransferTo) -> Result<TransferTo, ErrorCode> {
    match to {
        p::TransferTo::Agent(id) => id.parse().map(TransferTo::Agent).map_err(|_| ErrorCode::Invalid),
        p::TransferTo::Department(d) => words(Some(d)).map(TransferTo::Department),
    }
}

/// Where an agent releases to.
pub(super) const fn release_to(to: p::ReleaseTo) -> ReleaseTo {
    match to {
        p::ReleaseTo::Bot => ReleaseTo::Bot,
        p::ReleaseTo::Queue => ReleaseTo::Queue,
    }
}

/// Where a visitor has been.
pub(super) fn trail(steps: Vec<Step>) -> Vec<p::Step> {
    steps.into_iter().map(|Step { url, title, at }| p::Step { url, title, at: at.0 }).collect()
}

/// The code of a refusal. Nothing else of an error ever leaves.
pub(super) const fn code(error: &DeskError) -> ErrorCode {
    use crate::conversation::Refusal;
    match error {
        DeskError::Refused(Refusal::Closed) => ErrorCode::Closed,
        DeskError::Refused(Refusal::NotAssignee) => ErrorCode::NotAssignee,
        DeskError::Refused(Refusal::AlreadyClaimed) => ErrorCode::AlreadyClaimed,
        DeskError::Refused(Refusal::Stale) => ErrorCode::Stale,
        DeskError::Refused(Refusal::Invalid) => ErrorCode::Invalid,
        DeskError::NotFound => ErrorCode::NotFound,
        DeskError::Forbidden => ErrorCode::Forbidden,
        DeskError::Conflict => ErrorCode::CmidConflict,
        DeskError::AtCapacity => ErrorCode::AtCapacity,
        DeskError::Unavailable => ErrorCode::Unavailable,
        DeskError::Busy => ErrorCode::Busy,
        DeskError::Storage => ErrorCode::Storage,
    }
}

/// Whether the same may be taken later, and after how many milliseconds.
pub(super) const fn retry(code: ErrorCode) -> (p::Retry, Option<u64>) {
    match code {
        ErrorCode::Busy | ErrorCode::Storage => (p::Retry::Later, Some(1_000)),
        ErrorCode::Rate | ErrorCode::QueueFull | ErrorCode::AtCapacity | ErrorCode::Unavailable => {
            (p::Retry::Later, None)
        }
        _ => (p::Retry::Never, None),
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
