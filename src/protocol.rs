//! Every frame on the wire of `deskbell.v1`, and nothing else: plain data, no behaviour.
//!
//! `http::wire` converts between these and the domain's types, by hand, so that neither drags the other along.
//! The TypeScript in `web-widget/src/protocol.ts` is generated from this file; a test fails when it lags.
//! What each frame means, and when it may be sent, stands in `docs/protocol.md`.
//!
//! Numbers: times are milliseconds since 1970 UTC, waits are seconds, `seq` and `ver` stay below 2^53.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(test)]
use ts_rs::TS;

/// The version that `hello` must name.
pub const VERSION: u32 = 1;

/// Longest text of a visitor or agent, in Unicode scalar values.
pub const TEXT_CHARS: usize = 4_000;

/// Largest message of a visitor, bytes.
pub const VISITOR_FRAME: usize = 64 * 1024;

/// Largest message of an agent, bytes.
pub const AGENT_FRAME: usize = 256 * 1024;

/// Most events in one answer to `fetch`.
pub const FETCH_LIMIT: u32 = 200;

/// The closed list of reasons for a refusal. No other text from inside ever leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum ErrorCode {
    /// The same `cmid` came with another body.
    CmidConflict,
    /// Longer than the limits in `welcome`.
    TooLarge,
    /// Not understood: malformed, unknown field, unknown kind.
    Invalid,
    /// Too many messages; try again after `after_ms`.
    Rate,
    /// The server is at its limit; try again after `after_ms`.
    Busy,
    /// Could not be written to disk; nothing is lost, try again.
    Storage,
    /// The conversation has ended.
    Closed,
    /// The chat belongs to somebody else, or to nobody.
    NotAssignee,
    /// Somebody else was faster.
    AlreadyClaimed,
    /// The agent has no free place.
    AtCapacity,
    /// Not allowed.
    Forbidden,
    /// Not there, or not yours: the same answer.
    NotFound,
    /// No place in the queue for a person.
    QueueFull,
    /// `ver` is not the current one.
    Stale,
    /// The client speaks another version.
    Version,
    /// Not available here or now.
    Unavailable,
}

/// Who owns the conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum ConversationState {
    /// The bot answers.
    Bot,
    /// Waits for a person.
    Waiting,
    /// A person has it.
    Assigned,
    /// Ended.
    Closed,
}

// ---------------------------------------------------------------- client to server

/// Anything a client may say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
#[cfg_attr(test, derive(TS), ts(tag = "type", rename_all = "snake_case", optional_fields))]
pub enum ClientFrame {
    /// The first frame, within 5 s.
    Hello(Hello),
    /// A message, choice, form or rating.
    Send(Send),
    /// A page of the log: either after or before a `seq`.
    Fetch {
        /// Chosen by the client, comes back in `res`.
        rid: String,
        /// Conversation.
        c: String,
        /// Events behind this one, oldest first.
        after: Option<u64>,
        /// Events before this one, still oldest first.
        before: Option<u64>,
        /// At most 200.
        limit: Option<u32>,
    },
    /// Everything up to `seq` was seen.
    Read {
        /// Conversation.
        c: String,
        /// Last one seen.
        seq: u64,
    },
    /// Somebody types, or stopped. Lossy.
    Typing {
        /// Conversation; a visitor who has none yet leaves it out.
        c: Option<String>,
        /// Typing now.
        on: bool,
        /// What stands in the box, where the site allows it.
        preview: Option<String>,
    },
    /// Asks for a `pong` with the same number.
    Ping {
        /// Any number.
        n: u64,
    },
    /// Visitor: a person, please.
    Handoff {
        /// See `fetch`.
        rid: String,
        /// Conversation; left out: opens one.
        c: Option<String>,
    },
    /// Visitor: that was all.
    End {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
    },
    /// Visitor: here is who I am, signed by the site.
    Identify {
        /// See `fetch`.
        rid: String,
        /// Signed token.
        jwt: String,
    },
    /// Agent: list a view and tell of changes.
    Watch {
        /// See `fetch`.
        rid: String,
        /// Which.
        view: View,
    },
    /// Agent: the log of one conversation from there on, without claiming it.
    Open {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
        /// Events behind this one; left out: all.
        after: Option<u64>,
    },
    /// Agent: I take this one.
    Claim {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
        /// As last seen.
        ver: u64,
    },
    /// Agent: give it up.
    Release {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
        /// As last seen.
        ver: u64,
        /// To whom.
        to: ReleaseTo,
    },
    /// Agent: to a colleague or another department.
    Transfer {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
        /// As last seen.
        ver: u64,
        /// To whom.
        to: TransferTo,
        /// For the colleague's eyes.
        note: Option<String>,
    },
    /// Agent: done.
    Resolve {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
        /// As last seen.
        ver: u64,
        /// Why, in a word or a sentence.
        reason: String,
    },
    /// Agent: a private note, never shown to a visitor.
    Note {
        /// Conversation.
        c: String,
        /// As in `send`.
        cmid: String,
        /// The note.
        body: NoteBody,
    },
    /// Agent: whether I take chats.
    Presence {
        /// The new state.
        state: PresenceState,
    },
}

/// See [`ClientFrame::Hello`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Hello {
    /// Must be [`VERSION`].
    pub v: u32,
    /// Id of the tab, made once, kept in it.
    pub device: String,
    /// What an earlier `welcome` gave to keep.
    pub token: Option<String>,
    /// Which site's widget this is.
    pub site: Option<String>,
    /// BCP 47 tag.
    pub locale: Option<String>,
    /// The page that the visitor looks at.
    pub page: Option<Page>,
    /// How much of which conversation is known here.
    pub resume: Option<Vec<Resume>>,
}

/// A page of the site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Page {
    /// Address.
    pub url: Option<String>,
    /// Title.
    pub title: Option<String>,
    /// Where the visitor came from.
    pub referrer: Option<String>,
}

/// "I have this conversation up to here."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(TS))]
pub struct Resume {
    /// Conversation.
    pub c: String,
    /// Of the data that `seq` belongs to.
    pub epoch: String,
    /// Last one held without a gap.
    pub seq: u64,
}

/// See [`ClientFrame::Send`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Send {
    /// Conversation; left out: opens one, whose id the `ack` names.
    pub c: Option<String>,
    /// UUID, made once, kept until acked.
    pub cmid: String,
    /// What it is.
    pub kind: SendKind,
    /// The content.
    pub body: SendBody,
    /// Last `seq` the writer had seen.
    pub seen: Option<u64>,
}

/// Kinds of [`Send`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum SendKind {
    /// `body.text`.
    Text,
    /// `body.option`: the id of an option that the bot offered.
    Choice,
    /// `body.fields`: such as an e-mail address.
    Form,
    /// `body.score` 1 to 5, `body.comment`; with `body.about` a thumb on one answer (1 down, 5 up).
    Rating,
}

/// Content of a [`Send`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct SendBody {
    /// Plain text.
    pub text: Option<String>,
    /// Id of an option.
    pub option: Option<String>,
    /// Form fields by name.
    pub fields: Option<BTreeMap<String, String>>,
    /// 1 to 5.
    pub score: Option<u8>,
    /// Why that score.
    pub comment: Option<String>,
    /// `seq` of the answer that is rated.
    pub about: Option<u64>,
}

/// Content of a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(TS))]
pub struct NoteBody {
    /// Plain text.
    pub text: String,
}

/// What an agent may list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum View {
    /// Waiting for a person, oldest first within priority.
    Waiting,
    /// Assigned to me.
    Mine,
    /// Of my departments, whoever has them.
    Department,
    /// Everything I may see, newest first.
    All,
}

/// Where a released chat goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum ReleaseTo {
    /// The bot answers again.
    Bot,
    /// Back into the queue, with its original wait.
    Queue,
}

/// Where a transferred chat goes: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum TransferTo {
    /// A colleague's id.
    Agent(String),
    /// A department's name.
    Department(String),
}

/// Whether an agent takes chats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum PresenceState {
    /// Takes new chats.
    Online,
    /// Takes none.
    Away,
    /// Takes only what is transferred.
    TransferOnly,
    /// Not here.
    Offline,
}

// ---------------------------------------------------------------- server to client

/// Anything the server may say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(tag = "type", rename_all = "snake_case", optional_fields))]
pub enum ServerFrame {
    /// Answer to `hello`; replay follows, then live.
    Welcome(Box<Welcome>),
    /// Committed to disk.
    Ack {
        /// Of the send.
        cmid: String,
        /// Conversation.
        c: String,
        /// The server's id of the message.
        mid: String,
        /// Its place.
        seq: u64,
        /// When it was committed.
        at: i64,
        /// It had been stored before.
        dup: bool,
    },
    /// Not stored.
    Nack {
        /// Of the send.
        cmid: String,
        /// Why.
        code: ErrorCode,
        /// Whether the same may be sent again.
        retry: Retry,
        /// Not before this long.
        #[serde(skip_serializing_if = "Option::is_none")]
        after_ms: Option<u64>,
    },
    /// An entry of a log.
    Ev(Box<Ev>),
    /// Answer to a frame with a `rid`.
    Res(Box<Res>),
    /// Place in the queue. Not durable.
    Queue {
        /// Conversation.
        c: String,
        /// From 1.
        position: u32,
        /// How long it usually takes; left out where nothing is known yet.
        #[serde(skip_serializing_if = "Option::is_none")]
        wait_s: Option<Wait>,
    },
    /// Drop what is held of this conversation and fetch.
    Resync {
        /// Conversation.
        c: String,
        /// Why.
        reason: ResyncReason,
        /// Last one there is.
        head: u64,
    },
    /// Somebody types, or stopped.
    Typing {
        /// Conversation.
        c: String,
        /// Who.
        from: From,
        /// Typing now.
        on: bool,
        /// What stands in the box: agents only, where the site allows it.
        #[serde(skip_serializing_if = "Option::is_none")]
        preview: Option<String>,
    },
    /// Somebody came or went: the visitor of a conversation (for agents), its agent (for the visitor), or a colleague (no `c`).
    Presence {
        /// Conversation, if it is about one.
        #[serde(skip_serializing_if = "Option::is_none")]
        c: Option<String>,
        /// Who.
        from: From,
        /// Now.
        state: PresenceState,
        /// A colleague's chats at hand, for agents.
        #[serde(skip_serializing_if = "Option::is_none")]
        load: Option<u32>,
        /// A colleague's places, for agents.
        #[serde(skip_serializing_if = "Option::is_none")]
        capacity: Option<u32>,
    },
    /// Up to where the other side has read.
    Read {
        /// Conversation.
        c: String,
        /// Who read.
        from: From,
        /// Up to here.
        seq: u64,
    },
    /// Agents: a conversation of the watched view changed (or left it: look at its `state`).
    Conversation(Box<Conversation>),
    /// Answer to `ping`.
    Pong {
        /// The number asked with.
        n: u64,
    },
    /// Please come back elsewhere: wait `after_ms`, then reconnect.
    Drain {
        /// This client's share of the window.
        after_ms: u64,
        /// All reconnects spread over this long.
        window_ms: u64,
    },
    /// A frame was refused.
    Err {
        /// Why.
        code: ErrorCode,
        /// Of the frame, if it could be read.
        #[serde(skip_serializing_if = "Option::is_none")]
        rid: Option<String>,
        /// For `rate` and `busy`.
        #[serde(skip_serializing_if = "Option::is_none")]
        after_ms: Option<u64>,
    },
}

/// Whether to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum Retry {
    /// The same will be refused again.
    Never,
    /// The same may be taken later.
    Later,
}

/// Why a client must start a conversation's cache anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(test, derive(TS), ts(rename_all = "snake_case"))]
pub enum ResyncReason {
    /// The data set is another one.
    Epoch,
    /// The client holds more than the server.
    Ahead,
    /// Too much to replay: fetch pages.
    TooFar,
    /// No such conversation (any more).
    Gone,
}

/// A range of waiting time, seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Wait {
    /// Four of five wait at least this long.
    pub low: u32,
    /// Four of five wait at most this long.
    pub high: u32,
}

/// See [`ServerFrame::Welcome`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Welcome {
    /// Name of this connection.
    pub session: String,
    /// Keep it; it opens these conversations from any tab.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Of the data set that every `seq` belongs to.
    pub epoch: String,
    /// The server's clock.
    pub now: i64,
    /// How often to `ping`.
    pub heartbeat_ms: u64,
    /// What is refused.
    pub limits: Limits,
    /// The visitor's conversations, newest first; for an agent those at hand.
    pub conversations: Vec<Conversation>,
    /// For visitors: what to show before the first message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<Site>,
    /// For agents: who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub me: Option<Me>,
}

/// Limits of this connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Limits {
    /// Largest frame, bytes.
    pub frame_bytes: u32,
    /// Longest text, characters.
    pub text_chars: u32,
    /// Messages a second in the long run.
    pub per_second: u32,
    /// Messages at once after a rest.
    pub burst: u32,
}

/// What a visitor sees of the shop before the first message, in the visitor's language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Site {
    /// The shop's name.
    pub name: String,
    /// Language of these texts.
    pub language: String,
    /// Languages that the bot answers in, the default first.
    pub languages: Vec<String>,
    /// First words.
    pub greeting: String,
    /// Questions to start from.
    pub suggested: Vec<Choice>,
    /// People are there by the opening hours.
    pub open: bool,
    /// Today's hours for people, such as `8:00–18:00`, where there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hours: Option<String>,
    /// When people are back, where they are not there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<i64>,
    /// Somebody is online now.
    pub staffed: bool,
    /// How long a person usually takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_s: Option<Wait>,
}

/// A person who logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Me {
    /// Such as `a7`.
    pub id: String,
    /// As visitors see it.
    pub name: String,
    /// `agent`, `supervisor`, `editor` or `admin`.
    pub role: String,
    /// None: all.
    pub departments: Vec<String>,
    /// Chats at once.
    pub capacity: u32,
    /// Now.
    pub presence: PresenceState,
    /// Colleagues who are there.
    pub colleagues: Vec<Colleague>,
    /// All departments of the content.
    pub all_departments: Vec<String>,
}

/// Somebody to transfer to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS))]
pub struct Colleague {
    /// Such as `a7`.
    pub id: String,
    /// Name.
    pub name: String,
    /// Now.
    pub presence: PresenceState,
    /// Chats at hand.
    pub load: u32,
    /// Places.
    pub capacity: u32,
}

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Conversation {
    /// Its id.
    pub c: String,
    /// `seq` of the last entry that this reader may see.
    pub head: u64,
    /// Rises at every change of owner; what `claim` and the like compare.
    pub ver: u64,
    /// Who owns it.
    pub state: ConversationState,
    /// When it began.
    pub opened_at: i64,
    /// When the last entry was written.
    pub updated_at: i64,
    /// Who has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<From>,
    /// Department it was handed to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// `normal`, `high` or `urgent`, once handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// Since when the visitor waits for a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting_since: Option<i64>,
    /// Agents only: why the bot handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<HandoffReason>,
    /// Language the visitor writes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Agents only: who the visitor is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visitor: Option<Visitor>,
    /// The last words, cut short; for agents.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// Up to where the other side has read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<u64>,
}

/// What agents see of a visitor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Visitor {
    /// Its id.
    pub id: String,
    /// Name that the visitor gave, unverified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address that the visitor left, unverified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// BCP 47 tag of the browser.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Where the visitor is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<Page>,
    /// A socket of the visitor is open.
    pub online: bool,
}

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
    },
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

/// Answer to a frame with a `rid`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Res {
    /// As asked.
    pub rid: String,
    /// Done.
    pub ok: bool,
    /// Not done: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
    /// The conversation as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Conversation>,
    /// Answer to `watch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversations: Option<Vec<Conversation>>,
    /// Answer to `fetch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<Ev>>,
    /// There are more where these came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<bool>,
    /// Conversation that `handoff` opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c: Option<String>,
}

// ---------------------------------------------------------------- closing

/// Why the server closed a socket. 4000–4499: come back; 4500–4999: do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum CloseCode {
    /// RFC 6455: the server restarts.
    Restart = 1012,
    /// Nothing heard for two heartbeats.
    HeartbeatLost = 4000,
    /// The client reads too slowly; nothing durable is lost, resume.
    Slow = 4003,
    /// The server lost track of this session; resume.
    StateInvalid = 4005,
    /// Too many frames.
    Rate = 4008,
    /// The third frame that could not be read.
    BadFrame = 4500,
    /// Token unknown, or session not logged in.
    TokenInvalid = 4501,
    /// No `hello` within 5 s.
    NoHello = 4502,
    /// Origin or site not allowed.
    Forbidden = 4503,
    /// The same device opened another socket.
    Superseded = 4504,
    /// Another protocol version.
    Version = 4505,
    /// Blocked by an agent.
    Banned = 4506,
    /// Logged out elsewhere, or rights changed.
    Revoked = 4507,
    /// Too many sockets of one visitor.
    TooManyConnections = 4508,
    /// The data of this visitor was erased.
    Erased = 4509,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use ts_rs::{Config, TypeVisitor};

    use super::*;

    const HEADER: &str = "// generated from src/protocol.rs by `UPDATE=1 cargo test protocol`; do not edit\n";

    /// Renders a type and everything it reaches, each once, by name: the order of mention differs between compilations.
    struct Render {
        config: Config,
        types: BTreeMap<String, String>,
    }

    impl TypeVisitor for Render {
        fn visit<T: TS + 'static + ?Sized>(&mut self) {
            if T::output_path().is_none() {
                return;
            }
            let name = T::ident(&self.config);
            if self.types.contains_key(&name) {
                return;
            }
            let text = format!("\n{}export {}\n", T::docs().unwrap_or_default(), T::decl(&self.config));
            self.types.insert(name, text);
            T::visit_dependencies(self);
        }
    }

    /// The web must not speak an older protocol than the server.
    #[test]
    fn protocol_ts_follows_this_file() {
        let mut render = Render {
            // Every number on the wire stays below 2^53, as the head of this file promises.
            config: Config::new().with_large_int("number"),
            types: BTreeMap::new(),
        };
        render.visit::<ClientFrame>();
        render.visit::<ServerFrame>();
        let all: String = std::iter::once(HEADER).chain(render.types.values().map(String::as_str)).collect();
        let lines: Vec<&str> = all.lines().map(str::trim_end).collect();
        let text = lines.join("\n") + "\n";
        let text = text.replace("/**\n * ", "/** ").replace("\n */\n", " */\n");

        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("web-widget/src/protocol.ts");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &text).unwrap();
            return;
        }
        let held = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        assert!(held == text, "web-widget/src/protocol.ts lags src/protocol.rs: run `UPDATE=1 cargo test protocol`");
    }
}
