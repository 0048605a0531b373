//! What a conversation's log is made of.

use std::collections::BTreeMap;

use super::Mark;
use crate::dialogue::{AnswerKind, Ask, Choice, Guess, Reason, Shown};
use crate::types::{AgentId, Language, Priority, Seq, Timestamp};

/// One durable thing that happened, at its place in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Contiguous from 1.
    pub seq: Seq,
    /// When it was decided.
    pub at: Timestamp,
    /// Who did it.
    pub author: Author,
    /// What it is.
    pub body: Body,
    /// How its sender named it, where a client sent it.
    pub sent: Option<Sent>,
}

impl Entry {
    /// Visitors do not see notes and marks; everything else they do, though not every part of it.
    #[must_use]
    pub const fn visible_to_visitor(&self) -> bool {
        !matches!(self.body, Body::Note { .. } | Body::Marked(_))
    }
}

/// A client's name for what it sent: the same name with the same content is the same thing, stored once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Chosen by the client, unique to the sender in the conversation.
    pub cmid: String,
    /// Of kind and body as sent: first 16 bytes of their SHA-256.
    pub digest: [u8; 16],
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Author {
    /// The visitor.
    Visitor,
    /// The bot.
    Bot,
    /// A person who logged in.
    Agent(AgentId),
    /// The server itself.
    System,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Words.
    Text(Text),
    /// The bot knew.
    Answer(Answer),
    /// The bot asked which is meant.
    Clarify {
        /// The question.
        text: String,
        /// What may be tapped.
        options: Vec<Choice>,
        /// Which content asked.
        content_version: String,
    },
    /// A person is wanted; the bot is silent from here on.
    Handoff(Box<Handoff>),
    /// An agent took it, or is back after having been away.
    Claimed {
        /// Who.
        agent: AgentId,
    },
    /// It was given up.
    Released {
        /// Where it went.
        to: ReleaseTo,
    },
    /// It went to somebody else.
    Transferred {
        /// Where it went.
        to: TransferTo,
        /// For colleagues only.
        note: Option<String>,
    },
    /// The agent's connection is gone.
    Away {
        /// Who.
        agent: AgentId,
    },
    /// For colleagues only.
    Note {
        /// Plain text.
        text: String,
        /// Whom it names.
        mentions: Vec<AgentId>,
        /// A supervisor's words to its agent.
        whisper: bool,
    },
    /// For colleagues only: filed, put off, made more or less urgent.
    Marked(Mark),
    /// It had ended and goes on.
    Reopened {
        /// With whom.
        to: Reopened,
    },
    /// The visitor's judgement.
    Rating {
        /// 1 to 5.
        score: u8,
        /// Why.
        comment: Option<String>,
        /// Of one answer, not of the whole.
        about: Option<Seq>,
    },
    /// The end.
    Closed {
        /// Why; for colleagues only.
        reason: Option<String>,
        /// Back in the queue then; for colleagues only.
        follow_up: Option<Timestamp>,
    },
}

/// See [`Body::Text`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Text {
    /// Plain from a visitor, Markdown from bot and agent.
    pub text: String,
    /// Visitor: the option that was tapped.
    pub option: Option<String>,
    /// Visitor: the form that was filled in.
    pub fields: BTreeMap<String, String>,
    /// Bot: what may be tapped.
    pub options: Vec<Choice>,
    /// Bot: what it waits for.
    pub ask: Option<Ask>,
}

impl Text {
    /// Words and nothing else.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }
}

/// See [`Body::Answer`].
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Markdown.
    pub text: String,
    /// Intent or passage.
    pub id: String,
    /// Which of the two.
    pub kind: AnswerKind,
    /// Probability of being right.
    pub confidence: f32,
    /// What may be tapped next.
    pub options: Vec<Choice>,
    /// Which content answered.
    pub content_version: String,
    /// Title and path of the article it quotes.
    pub source: Option<(String, String)>,
    /// Language of the text.
    pub language: Language,
}

/// See [`Body::Handoff`].
#[derive(Debug, Clone, PartialEq)]
pub struct Handoff {
    /// Why.
    pub reason: Reason,
    /// To whom.
    pub department: Option<String>,
    /// How soon.
    pub priority: Priority,
    /// The whole story, for agents.
    pub packet: Packet,
}

/// What the human starts from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Packet {
    /// The last question in the visitor's words.
    pub question: String,
    /// Why the bot could not do it alone, one sentence each; empty in logs of older programs.
    pub why: Vec<String>,
    /// What the engine thought, best first.
    pub candidates: Vec<Guess>,
    /// What was shown.
    pub shown: Vec<Shown>,
    /// What the bot tried, in order.
    pub tried: Vec<String>,
    /// Slots that are filled.
    pub slots: BTreeMap<String, String>,
    /// Language the visitor writes.
    pub language: Option<Language>,
    /// Where the visitor was.
    pub page: Option<Page>,
    /// Signs of anger were seen.
    pub upset: bool,
    /// First words to send.
    pub suggested_reply: Option<String>,
}

/// A page of the site, in the visitor's browser's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// Address.
    pub url: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Where the visitor came from.
    pub referrer: Option<String>,
}

/// Where a released chat goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReleaseTo {
    /// The bot answers again.
    Bot,
    /// Back into the queue, with its original wait.
    Queue,
}

/// With whom a conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reopened {
    /// The bot answers.
    Bot,
    /// It waits for a person.
    Queue,
    /// The agent who reopened it has it.
    Agent,
}

/// Where a transferred chat goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransferTo {
    /// A colleague.
    Agent(AgentId),
    /// A department's queue.
    Department(String),
}
