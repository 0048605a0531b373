//! An entry of a conversation's log as its readers get it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(test)]
use ts_rs::TS;

use super::*;

/// Who wrote an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct From {
    /// What kind of somebody.
    pub kind: FromKind,
    /// An agent's id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// An agent's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Kinds of author.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum FromKind {
    /// The visitor.
    Visitor,
    /// The bot.
    Bot,
    /// A person who logged in.
    Agent,
    /// The server itself.
    System,
}

/// An entry of a conversation's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Ev {
    /// Conversation.
    pub c: String,
    /// Its place, contiguous from 1.
    pub seq: u64,
    /// `seq` of the entry before it that this reader may see; 0 for the first.
    pub prev: u64,
    /// The server's id of the entry.
    pub mid: String,
    /// When it was committed.
    pub at: i64,
    /// Who.
    pub from: From,
    /// What, and its content.
    #[serde(flatten)]
    pub what: EvBody,
    /// Of the send, where there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cmid: Option<String>,
}

/// `kind` and `body` of an entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(tag = "kind", content = "body", rename_all = "snake_case", optional_fields))]
pub enum EvBody {
    /// Words of anybody.
    Text {
        /// Plain text from a visitor, Markdown from bot and agent.
        text: String,
        /// Visitor: the option that was tapped.
        #[serde(skip_serializing_if = "Option::is_none")]
        option: Option<String>,
        /// Visitor: the form that was filled in.
        #[serde(skip_serializing_if = "Option::is_none")]
        fields: Option<BTreeMap<String, String>>,
        /// Bot: what may be tapped.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        options: Vec<Choice>,
        /// Bot: what it waits for.
        #[serde(skip_serializing_if = "Option::is_none")]
        ask: Option<Ask>,
    },
    /// The bot knows.
    Answer {
        /// Markdown.
        text: String,
        /// Intent, or article with `#section`.
        id: String,
        /// Which of the two.
        kind: AnswerKind,
        /// Probability of being right.
        confidence: f32,
        /// What may be tapped next.
        options: Vec<Choice>,
        /// Which content answered.
        content_version: String,
        /// Where it is written.
        #[serde(skip_serializing_if = "Option::is_none")]
        source: Option<Source>,
        /// Language of the text.
        language: String,
    },
    /// The bot asks which is meant.
    Clarify {
        /// The question.
        text: String,
        /// At most three and "none of these".
        options: Vec<Choice>,
        /// Which content asked.
        content_version: String,
    },
    /// From here on a person is wanted and the bot is silent.
    Handoff {
        /// Why.
        reason: HandoffReason,
        /// To whom.
        #[serde(skip_serializing_if = "Option::is_none")]
        department: Option<String>,
        /// How soon: `normal`, `high` or `urgent`.
        priority: String,
        /// Agents only: the whole story.
        #[serde(skip_serializing_if = "Option::is_none")]
        packet: Option<Box<Packet>>,
    },
    /// An agent has it, or is back after having been away.
    Claimed {
        /// Who.
        agent: From,
    },
    /// An agent gave it up.
    Released {
        /// Where it went.
        to: ReleaseTo,
    },
    /// It went to somebody else.
    Transferred {
        /// Where it went.
        to: TransferTo,
        /// Name of the colleague, if it is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<String>,
        /// Agents only.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// The agent's socket is gone.
    Away {
        /// Who.
        agent: From,
    },
    /// Agents only.
    Note {
        /// Plain text.
        text: String,
        /// Ids of colleagues whom it names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[cfg_attr(test, ts(as = "Option<Vec<String>>"))]
        mentions: Vec<String>,
        /// A supervisor's words to its agent.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[cfg_attr(test, ts(as = "Option<bool>"))]
        whisper: bool,
    },
    /// Agents only: exactly one of these.
    Marked {
        /// All labels from here on.
        #[serde(skip_serializing_if = "Option::is_none")]
        labels: Option<Vec<String>>,
        /// Put off until then; 0: back.
        #[serde(skip_serializing_if = "Option::is_none")]
        snoozed_until: Option<i64>,
        /// Back in the queue then; 0: ended for good.
        #[serde(skip_serializing_if = "Option::is_none")]
        follow_up: Option<i64>,
        /// `normal`, `high` or `urgent`.
        #[serde(skip_serializing_if = "Option::is_none")]
        priority: Option<String>,
    },
    /// It had ended and goes on.
    Reopened {
        /// With whom.
        to: ReopenedTo,
    },
    /// The visitor's judgement.
    Rating {
        /// 1 to 5.
        score: u8,
        /// Why.
        #[serde(skip_serializing_if = "Option::is_none")]
        comment: Option<String>,
        /// Of one answer: its `seq`.
        #[serde(skip_serializing_if = "Option::is_none")]
        about: Option<u64>,
    },
    /// The end.
    Closed {
        /// Why; agents only.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Back in the queue then; agents only.
        #[serde(skip_serializing_if = "Option::is_none")]
        follow_up: Option<i64>,
    },
}

/// With whom a conversation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum ReopenedTo {
    /// The bot answers.
    Bot,
    /// It waits for a person.
    Queue,
    /// The agent who reopened it has it.
    Agent,
}

/// Kinds of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum AnswerKind {
    /// From `intents/`.
    Intent,
    /// From `knowledge/`.
    Article,
}

/// Something to tap; goes back as `choice` with `option` = `id`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Choice {
    /// Opaque.
    pub id: String,
    /// For people.
    pub label: String,
}

/// What the bot waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum Ask {
    /// A slot by name, answered in words.
    Slot(String),
    /// An e-mail address: show a form with the field `email`.
    Email,
}

/// An article that an answer quotes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Source {
    /// For people.
    pub title: String,
    /// Path on this server, such as `/help/returns/how-long#heading`.
    pub url: String,
}

/// Why the bot handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum HandoffReason {
    /// The visitor asked for a person.
    Asked,
    /// Not sure enough, and the visitor took up the offer.
    LowConfidence,
    /// Twice not understood, or an answer that did not help.
    RepeatedFailure,
    /// The visitor is upset.
    Frustration,
    /// The intent says so.
    Intent,
    /// A rule of the site says so.
    Policy,
}

/// What the human starts from. Sent to agents only.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Packet {
    /// The last question in the visitor's words.
    pub question: String,
    /// Why the bot could not do it alone, one sentence each, in English.
    #[serde(default)]
    pub why: Vec<String>,
    /// What the engine thought, best first.
    pub candidates: Vec<PacketCandidate>,
    /// Answers and passages that were shown, in order.
    pub shown: Vec<PacketShown>,
    /// What the bot tried, in order, one line each.
    pub tried: Vec<String>,
    /// Slots that are filled.
    pub slots: BTreeMap<String, String>,
    /// Language the visitor writes.
    pub language: String,
    /// Where the visitor was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// `calm` or `upset`.
    pub mood: String,
    /// First words to send, private until sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested_reply: Option<String>,
}

/// A candidate in a packet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct PacketCandidate {
    /// Intent or article.
    pub id: String,
    /// Which of the two.
    pub kind: AnswerKind,
    /// For people.
    pub title: String,
    /// Probability of being right.
    pub confidence: f32,
    /// File and line of the best match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What that line says, cut.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<String>,
    /// The visitor's words that matched it; empty: the text as a whole.
    #[serde(default)]
    pub words: Vec<String>,
}

/// Something that was shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct PacketShown {
    /// Intent or article.
    pub id: String,
    /// For people.
    pub title: String,
    /// Whether the visitor said that it did not help.
    pub rejected: bool,
}
