//! The state machine: bot, queue and human own a conversation in turn, never two at once, never nobody.
//!
//! [`handle`] is pure. It takes the state and something that happened, and gives the entries to append and the state
//! after them; both are committed together, so the owner changes with the entry that explains it.

mod bot;
mod care;
mod entry;
mod people;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::content::Content;
use crate::dialogue::{Choice, Memory, Reason};
use crate::types::{AgentId, Language, Priority, Room, Seq, Timestamp, VisitorId};

pub use care::Mark;
pub use entry::{Answer, Author, Body, Entry, Handoff, Packet, Page, ReleaseTo, Reopened, Sent, Text, TransferTo};

/// Longest time that the bot waits for the rest of a burst, counted from its first message, milliseconds.
pub const BURST_MS: u64 = 1_200;

/// How long it waits after a fragment when nobody is seen typing, milliseconds.
pub const GRACE_MS: u64 = 400;

/// How long after its end a visitor may go on with a conversation, milliseconds.
pub const REOPEN_MS: u64 = 30 * 86_400_000;

/// Who must act next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The bot answers.
    Bot,
    /// Waits for a person.
    Queue,
    /// This person has it.
    Agent(AgentId),
    /// Nobody: it has ended.
    Closed,
}

/// A conversation without its log: all that decisions need. It can be rebuilt from the log and is stored beside it.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// Whose it is.
    pub visitor: VisitorId,
    /// Who must act.
    pub owner: Owner,
    /// Rises with every change of owner.
    pub ver: u64,
    /// Last entry's place.
    pub head: Seq,
    /// Last place of an entry that the visitor sees.
    pub visitor_head: Seq,
    /// Last place at which the visitor wrote: what an agent must have seen to answer.
    pub visitor_said: Seq,
    /// First entry's time.
    pub opened_at: Timestamp,
    /// Last entry's time.
    pub updated_at: Timestamp,
    /// Asked for a person: to whom.
    pub department: Option<String>,
    /// Asked for a person: how soon.
    pub priority: Priority,
    /// Asked for a person: since when. Kept while an agent has it, so that it returns to the front.
    pub waiting_since: Option<Timestamp>,
    /// Asked for a person: why.
    pub reason: Option<Reason>,
    /// Skills that the content asks for in whoever takes it.
    pub needs: Vec<String>,
    /// Who had it last, and since when.
    pub last_agent: Option<(AgentId, Timestamp)>,
    /// Put off until then: by its agent, or, if it has ended, to be looked at once more.
    pub due: Option<Timestamp>,
    /// What colleagues file it under: sorted, at most 20.
    pub labels: Vec<String>,
    /// Named in a note and not looked at it since; at most 20.
    pub mentioned: Vec<AgentId>,
    /// The agent's connection is gone since.
    pub away_since: Option<Timestamp>,
    /// Messages that the bot has not answered yet, while it waits for more of them.
    pub burst: Option<Burst>,
    /// Options on the table: of the bot's last turn.
    pub offered: Vec<Choice>,
    /// Answers given, by place: what a thumb is about. At most 20.
    pub answers: Vec<(Seq, String)>,
    /// What the bot remembers.
    pub memory: Memory,
    /// What is known of the visitor's circumstances.
    pub visit: Visit,
    /// Last words, cut short, for lists.
    pub preview: String,
}

/// Messages that wait for an answer of the bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Burst {
    /// First message's time.
    pub since: Timestamp,
    /// In order.
    pub texts: Vec<String>,
}

/// The visitor's circumstances, as the browser tells them: unverified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visit {
    /// Which site's widget.
    pub site: Option<String>,
    /// BCP 47 tag.
    pub locale: Option<String>,
    /// Where the visitor is.
    pub page: Option<Page>,
    /// Address that the visitor left.
    pub email: Option<String>,
    /// Name that the visitor gave.
    pub name: Option<String>,
    /// What the page says of the visitor: unverified.
    pub attributes: BTreeMap<String, String>,
    /// What the site has signed.
    pub verified: Option<Verified>,
}

/// Who a visitor is, by the signature of the site.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// The site's own name for them.
    pub subject: String,
    /// Name.
    pub name: Option<String>,
    /// Address.
    pub email: Option<String>,
    /// More, such as a customer number.
    pub attributes: BTreeMap<String, String>,
}

impl Visit {
    /// Where an answer can be sent: the address that the visitor left, else the one that the site has signed.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.email.as_deref().or_else(|| self.verified.as_ref()?.email.as_deref())
    }
}

impl State {
    /// A conversation that is about to begin: head 0, owned by the bot.
    #[must_use]
    pub fn new(visitor: VisitorId, visit: Visit, at: Timestamp) -> Self {
        Self {
            visitor,
            owner: Owner::Bot,
            ver: 1,
            head: Seq(0),
            visitor_head: Seq(0),
            visitor_said: Seq(0),
            opened_at: at,
            updated_at: at,
            department: None,
            priority: Priority::Normal,
            waiting_since: None,
            reason: None,
            needs: Vec::new(),
            last_agent: None,
            due: None,
            labels: Vec::new(),
            mentioned: Vec::new(),
            away_since: None,
            burst: None,
            offered: Vec::new(),
            answers: Vec::new(),
            memory: Memory::default(),
            visit,
            preview: String::new(),
        }
    }

    /// Language the visitor writes, or else the browser's.
    #[must_use]
    pub fn language(&self) -> Option<Language> {
        self.memory.language.or_else(|| self.locale_language())
    }

    /// Since when it waits for a place in the queue: a person was wanted, there was none, and an address was left.
    #[must_use]
    pub fn awaits_place(&self) -> Option<Timestamp> {
        let wanted = self.memory.wanted.filter(|_| self.owner == Owner::Bot && self.visit.address().is_some());
        wanted.map(|w| w.since)
    }

    pub(crate) fn locale_language(&self) -> Option<Language> {
        self.visit.locale.as_deref().and_then(|l| l.parse().ok())
    }
}

/// Something that happened to a conversation.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The visitor wrote.
    VisitorSaid {
        /// 1 to 4,000 characters.
        text: String,
        /// Is writing more.
        typing: bool,
    },
    /// The visitor tapped an option.
    VisitorChose {
        /// Its id.
        option: String,
    },
    /// The visitor filled in a form.
    VisitorFilled {
        /// By name.
        fields: BTreeMap<String, String>,
    },
    /// The visitor judged.
    VisitorRated {
        /// 1 to 5.
        score: u8,
        /// Why.
        comment: Option<String>,
        /// Of one answer.
        about: Option<Seq>,
    },
    /// The visitor pressed "talk to a person".
    VisitorAsksPerson,
    /// The visitor does not want to wait for a person any longer.
    VisitorLeavesLine,
    /// The visitor ended it.
    VisitorEnds,
    /// The visitor goes on with what had ended.
    VisitorReopens,
    /// The burst is over: the bot's turn.
    BotDue,
    /// There may be a place in the queue for who was told to wait for one.
    PlaceFree,
    /// An agent wrote.
    AgentSaid {
        /// Who.
        agent: AgentId,
        /// Markdown.
        text: String,
        /// Last place that the agent had on the screen: an answer to an older state of things is refused.
        /// `None`: sent in full knowledge.
        seen: Option<Seq>,
    },
    /// An agent wrote for colleagues.
    AgentNoted {
        /// Who.
        agent: AgentId,
        /// Plain text.
        text: String,
        /// Whom it names.
        mentions: Vec<AgentId>,
        /// For its agent alone to act on: a supervisor's words.
        whisper: bool,
    },
    /// An agent marks it.
    Mark {
        /// Who.
        agent: AgentId,
        /// With what.
        mark: Mark,
    },
    /// An agent who is named in a note has looked.
    SawMention {
        /// Who.
        agent: AgentId,
    },
    /// What was put off may be due.
    Wake {
        /// Its agent is there and has a place.
        stays: bool,
    },
    /// An agent goes on with what had ended.
    Reopen {
        /// Who.
        agent: AgentId,
        /// As last seen.
        ver: u64,
    },
    /// A supervisor takes it, whoever has it.
    TakeOver {
        /// Who.
        agent: AgentId,
        /// As last seen.
        ver: u64,
    },
    /// A waiting one is given to an agent.
    Assign {
        /// To whom.
        agent: AgentId,
        /// The supervisor who does, and the version last seen; none: the desk.
        by: Option<(AgentId, u64)>,
    },
    /// The desk moves a waiting one to another department.
    Overflow {
        /// Which.
        department: String,
    },
    /// Its visitor was blocked.
    Block {
        /// By whom; none: by a command.
        agent: Option<AgentId>,
        /// Why.
        reason: String,
    },
    /// An agent wants it.
    Claim {
        /// Who.
        agent: AgentId,
        /// As last seen.
        ver: u64,
    },
    /// Its agent gives it up.
    Release {
        /// Who.
        agent: AgentId,
        /// As last seen.
        ver: u64,
        /// Where to.
        to: ReleaseTo,
    },
    /// Its agent passes it on; that the target can take it was checked.
    Transfer {
        /// Who.
        agent: AgentId,
        /// As last seen.
        ver: u64,
        /// Where to.
        to: TransferTo,
        /// For colleagues.
        note: Option<String>,
    },
    /// Its agent is done.
    Resolve {
        /// Who.
        agent: AgentId,
        /// As last seen.
        ver: u64,
        /// Why.
        reason: String,
        /// Back in the queue then.
        follow_up: Option<Timestamp>,
    },
    /// The agent's connection has been gone for a while.
    AgentAway {
        /// Who.
        agent: AgentId,
    },
    /// The agent is connected again.
    AgentBack {
        /// Who.
        agent: AgentId,
    },
    /// The agent did not come back in time.
    AgentLost {
        /// Who.
        agent: AgentId,
    },
}

/// Why something cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// The conversation has ended.
    #[error("the conversation has ended")]
    Closed,
    /// Somebody else has it, or nobody.
    #[error("not the assignee")]
    NotAssignee,
    /// Somebody else has it.
    #[error("already claimed")]
    AlreadyClaimed,
    /// It has changed since `ver`, or the visitor has written since `seen`.
    #[error("stale version")]
    Stale,
    /// Makes no sense here.
    #[error("invalid")]
    Invalid,
}

/// What the world looks like at the moment of a decision.
#[derive(Clone, Copy)]
pub struct Now<'a> {
    /// The content in force.
    pub content: &'a Content,
    /// The clock.
    pub at: Timestamp,
    /// Whether there is a place in the queue for a person.
    pub room: Room,
}

/// What comes of an event.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// To append; their places follow the old head. Empty: nothing to store.
    pub entries: Vec<Entry>,
    /// After them.
    pub state: State,
    /// Send [`Event::BotDue`] then, or as soon as the visitor stops typing.
    pub wake: Option<Timestamp>,
}

/// Decides what comes of an event.
///
/// # Errors
/// A [`Refusal`]; the state stays as it is.
pub fn handle(state: &State, event: Event, now: Now<'_>) -> Result<Change, Refusal> {
    let mut step = Step { state: state.clone(), entries: Vec::new(), now, wake: None };
    match event {
        Event::VisitorSaid { text, typing } => bot::visitor_said(&mut step, text, typing)?,
        Event::VisitorChose { option } => bot::visitor_chose(&mut step, option)?,
        Event::VisitorFilled { fields } => bot::visitor_filled(&mut step, fields)?,
        Event::VisitorRated { score, comment, about } => bot::visitor_rated(&mut step, score, comment, about)?,
        Event::VisitorAsksPerson => bot::visitor_asks_person(&mut step)?,
        Event::VisitorLeavesLine => people::visitor_leaves_line(&mut step)?,
        Event::VisitorEnds => people::visitor_ends(&mut step)?,
        Event::VisitorReopens => care::visitor_reopens(&mut step)?,
        Event::BotDue => bot::due(&mut step),
        Event::PlaceFree => bot::place_free(&mut step),
        Event::AgentSaid { agent, text, seen } => people::said(&mut step, agent, text, seen)?,
        Event::AgentNoted { agent, text, mentions, whisper } => {
            people::noted(&mut step, agent, text, mentions, whisper);
        }
        Event::Mark { agent, mark } => care::mark(&mut step, agent, mark)?,
        Event::SawMention { agent } => care::saw_mention(&mut step, agent),
        Event::Wake { stays } => care::wake(&mut step, stays),
        Event::Reopen { agent, ver } => care::reopen(&mut step, agent, ver)?,
        Event::TakeOver { agent, ver } => care::take_over(&mut step, agent, ver)?,
        Event::Assign { agent, by } => care::assign(&mut step, agent, by)?,
        Event::Overflow { department } => care::overflow(&mut step, department)?,
        Event::Block { agent, reason } => care::block(&mut step, agent, reason),
        Event::Claim { agent, ver } => people::claim(&mut step, agent, ver)?,
        Event::Release { agent, ver, to } => people::release(&mut step, agent, ver, to)?,
        Event::Transfer { agent, ver, to, note } => people::transfer(&mut step, agent, ver, to, note)?,
        Event::Resolve { agent, ver, reason, follow_up } => people::resolve(&mut step, agent, ver, reason, follow_up)?,
        Event::AgentAway { agent } => people::away(&mut step, agent),
        Event::AgentBack { agent } => people::back(&mut step, agent),
        Event::AgentLost { agent } => people::lost(&mut step, agent),
    }
    Ok(Change { entries: step.entries, state: step.state, wake: step.wake })
}

/// A decision in the making.
struct Step<'a> {
    state: State,
    entries: Vec<Entry>,
    now: Now<'a>,
    wake: Option<Timestamp>,
}

impl Step<'_> {
    /// Appends an entry.
    fn push(&mut self, author: Author, body: Body) {
        let seq = self.state.head.next();
        let entry = Entry { seq, at: self.now.at, author, body, sent: None };
        self.state.head = seq;
        if entry.visible_to_visitor() {
            self.state.visitor_head = seq;
        }
        // One clock that jumps back must not reorder what people see.
        self.state.updated_at = self.state.updated_at.max(self.now.at);
        if let Body::Text(t) = &entry.body
            && author != Author::System
        {
            // What people said tells more in a list than what the bot made of it.
            if author != Author::Bot || self.state.preview.is_empty() {
                self.state.preview = cut(&t.text, 140);
            }
            if author == Author::Visitor {
                self.state.visitor_said = seq;
            }
        }
        self.entries.push(entry);
    }

    /// Changes the owner; the entry that explains it is pushed by the caller in the same step.
    fn give_to(&mut self, owner: Owner) {
        if self.state.owner != owner {
            self.state.owner = owner;
            self.state.ver += 1;
        }
        self.state.away_since = None;
        if let Owner::Agent(agent) = owner {
            self.state.last_agent = Some((agent, self.now.at));
        }
    }
}

/// The first `max` characters on one line.
fn cut(text: &str, max: usize) -> String {
    let mut out: String = text.chars().take(max).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(max).is_some() {
        out.push('…');
    }
    out
}
