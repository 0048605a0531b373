//! What the server may say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(test)]
use ts_rs::TS;

use super::*;

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
        /// How long it usually takes, once somebody is there.
        wait_s: Wait,
        /// Somebody is online who could come.
        staffed: bool,
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
    /// Agents: the visitor of an opened conversation looks at another page. Not durable.
    Page {
        /// Conversation.
        c: String,
        /// The page, with address and title.
        page: Page,
        /// Since when.
        at: i64,
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
    /// Agents: a chat is offered; `claim` takes it, `decline` leaves it to the next.
    Offer {
        /// Conversation.
        c: String,
        /// Until then; left out: no more.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<i64>,
        /// What it is, while it is offered.
        #[serde(skip_serializing_if = "Option::is_none")]
        conversation: Option<Box<Conversation>>,
    },
    /// Agents: who else has a conversation on the screen.
    Looking {
        /// Conversation.
        c: String,
        /// All of them, this reader left out.
        agents: Vec<From>,
    },
    /// Agents: something that they share changed; fetch it again.
    Desk {
        /// Which: `canned`, `macros`, `views`, `wording`, `departments` or `people`.
        what: String,
    },
    /// Visitors: what all are told is another now; without a text nothing any more.
    Notice {
        /// In the visitor's language, as far as there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Not any more from then on.
        #[serde(skip_serializing_if = "Option::is_none")]
        until: Option<i64>,
    },
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
    /// For visitors: what all are told, such as that something is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
    /// For agents: who they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub me: Option<Me>,
}

/// What an operator tells all visitors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Notice {
    /// In the visitor's language, as far as there is one.
    pub text: String,
    /// Not any more from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
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
    /// `agent`, `supervisor`, `editor` or `admin`.
    pub role: String,
    /// None: all.
    pub departments: Vec<String>,
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
    /// The last words, cut short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preview: Option<String>,
    /// Up to where the other side has read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<u64>,
    /// Agents only: what it is filed under.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<String>>"))]
    pub labels: Vec<String>,
    /// Agents only: out of its agent's way until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub snoozed_until: Option<i64>,
    /// Agents only: ended, and back in the queue then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub follow_up: Option<i64>,
    /// Agents only: ids of those who are named in a note and have not looked since.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<String>>"))]
    pub mentioned: Vec<String>,
    /// Agents only: who had it last, where nobody has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_agent: Option<From>,
    /// Agents only: to whom it is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offered_to: Option<From>,
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
    /// What the page says of the visitor, unverified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attributes: Option<BTreeMap<String, String>>,
    /// Who the visitor is by the site's signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<Verified>,
    /// A socket of the visitor is open.
    pub online: bool,
    /// May not write.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(as = "Option<bool>"))]
    pub blocked: bool,
}

/// What a site has signed of a visitor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Verified {
    /// The site's own name for them.
    pub subject: String,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// More, such as a customer number.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
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
    /// There are more where these came from; after `watch`: than are listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub more: Option<bool>,
    /// Answer to `open`: where the visitor has been while connected, oldest first; at most 20 pages, from memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trail: Option<Vec<Step>>,
    /// Conversation that `handoff` opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub c: Option<String>,
    /// Answer to `transfer` into a department's queue: whether somebody is at work there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staffed: Option<bool>,
    /// Answer to `identify`: to be kept in the place of the one before. A `welcome` follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// A page that a visitor looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(TS), ts(optional_fields))]
pub struct Step {
    /// Address, at most 300 characters of it.
    pub url: String,
    /// Title, at most 120 characters of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Since when.
    pub at: i64,
}
