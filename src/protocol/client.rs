//! What a client may say.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[cfg(test)]
use ts_rs::TS;

#[cfg(doc)]
use super::VERSION;

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
    /// Visitor: a person, please; or no more, while one waits.
    Handoff {
        /// See `fetch`.
        rid: String,
        /// Conversation; left out: opens one.
        c: Option<String>,
        /// `false`: out of the line and back to the bot. Left out: true.
        on: Option<bool>,
    },
    /// Visitor: that was all.
    End {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
    },
    /// Go on with a conversation that has ended. A visitor: with a person, where one had it; an agent: by themselves.
    Reopen {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
        /// Agents: as last seen.
        ver: Option<u64>,
    },
    /// Visitor: on another page now, or the page says something else of me. Agents who look hear of it; kept with the next message.
    Visit {
        /// The page that the visitor looks at.
        page: Option<Page>,
        /// As in `hello`; left out: as before.
        attributes: Option<BTreeMap<String, String>>,
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
        /// Supervisors: whoever has it.
        force: Option<bool>,
    },
    /// Agent: not this one, which was offered to me.
    Decline {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
    },
    /// Supervisor: this one, which waits, is for that agent.
    Assign {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
        /// As last seen.
        ver: u64,
        /// Whose it is from now on.
        agent: String,
    },
    /// Agent: exactly one mark, which visitors never see.
    Mark {
        /// See `fetch`.
        rid: String,
        /// Conversation.
        c: String,
        /// All labels from now on: at most 20, of at most 40 characters.
        labels: Option<Vec<String>>,
        /// My chat, out of the way until then or until the visitor writes; 0: back now.
        snooze: Option<i64>,
        /// One that has ended, back in the queue then; 0: ended for good.
        follow_up: Option<i64>,
        /// `normal`, `high` or `urgent`.
        priority: Option<String>,
    },
    /// Agent: this is on my screen now; without a conversation none is.
    Look {
        /// Conversation.
        c: Option<String>,
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
        /// Back in the queue then.
        follow_up: Option<i64>,
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
        /// Supervisors: whose; left out: one's own.
        agent: Option<String>,
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
    /// What the page says of the visitor, at most 16; nobody has signed it.
    pub attributes: Option<BTreeMap<String, String>>,
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
    /// W3C `traceparent` of the client's own trace, which the server then goes on with.
    pub trace: Option<String>,
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
    /// Ids of colleagues who shall see it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(test, ts(as = "Option<Vec<String>>"))]
    pub mentions: Vec<String>,
    /// Supervisors: for its agent to act on now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(test, ts(as = "Option<bool>"))]
    pub whisper: bool,
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
    /// Mine, and put off until later.
    Snoozed,
    /// Ended, newest first.
    Closed,
    /// With a note that names me and that I have not looked at.
    Mentioned,
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
