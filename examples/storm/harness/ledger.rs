//! What each client did and saw, in its own order; and what the store says in the end.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use crate::wire::Failure;

/// A conversation.
pub(crate) type C = u128;

/// A client's name for a message: its UUID as a number.
pub(crate) type Cmid = u128;

/// Whose ledger it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub(crate) enum Who {
    /// The visitor with this number; all its tabs have the same.
    Visitor(u32),
    /// The agent with this id.
    Agent(i64),
    /// An agent who may see none of the conversations.
    Outsider(i64),
}

impl Who {
    /// Whether it sees a log as agents do.
    pub(crate) const fn inside(self) -> bool {
        !matches!(self, Self::Visitor(_))
    }

    /// As the store names its messages' sender.
    pub(crate) const fn sender(self) -> Option<i64> {
        match self {
            Self::Visitor(_) => None,
            Self::Agent(id) | Self::Outsider(id) => Some(id),
        }
    }
}

/// An entry of a log as a reader got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) struct Seen {
    /// Hash of the server's id.
    pub(crate) mid: u64,
    /// Hash of all that this kind of reader sees.
    pub(crate) look: u64,
    /// Hash of what the store's line says as well: see [`sense`].
    pub(crate) sense: u64,
    /// It holds what only agents may see.
    pub(crate) secret: bool,
}

/// What a client did or saw. What it does is written before it does it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub(crate) enum Line {
    /// A socket was opened and greeted: what the client said that it holds, what the server listed.
    Connected { resumed: Vec<(C, u64)>, listed: Vec<(C, u64)> },
    /// A message leaves, perhaps again.
    Sending { cmid: Cmid, text: u64 },
    /// It is stored, says the server.
    Acked { cmid: Cmid, c: C, seq: u64 },
    /// It is not.
    Refused { cmid: Cmid, code: String },
    /// An entry came, as it happened or by `fetch`.
    Got { c: C, seq: u64, prev: u64, seen: Seen, fetched: bool },
    /// The server goes on from there.
    Resync { c: C, head: u64 },
    /// How a conversation stands; `agent` where one has it.
    State { c: C, ver: u64, state: String, agent: Option<i64> },
    /// A claim of this version was granted.
    Claimed { c: C, ver: u64 },
    /// At the end, after some quiet: this conversation is held whole.
    Holds { c: C },
    /// After that: the same log, fetched from its beginning.
    Anew { c: C, seq: u64, look: u64 },
}

/// One client's lines, each with the milliseconds since the storm began.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Ledger {
    pub(crate) who: Who,
    pub(crate) lines: Vec<(u32, Line)>,
}

/// An entry as `deskbell log` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Stored {
    pub(crate) c: C,
    pub(crate) seq: u64,
    pub(crate) author: String,
    pub(crate) agent: Option<i64>,
    pub(crate) kind: String,
    pub(crate) cmid: Option<Cmid>,
    pub(crate) text: u64,
    pub(crate) sense: u64,
    /// Where a transferred or released chat went: an agent, or `None` for queue and bot.
    pub(crate) to_agent: Option<i64>,
    /// It was released to the bot.
    pub(crate) to_bot: bool,
}

pub(crate) fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// An id in hexadecimal digits, with or without dashes.
pub(crate) fn id(text: &str) -> u128 {
    u128::from_str_radix(&text.replace('-', ""), 16).unwrap_or_default()
}

/// `a7` is 7.
pub(crate) fn agent_id(value: &Value) -> Option<i64> {
    value.as_str().and_then(|s| s.strip_prefix('a')).and_then(|s| s.parse().ok())
}

/// What wire and store both say of an entry.
fn sense(value: &Value, author: &str, agent: Option<i64>) -> u64 {
    let body = &value["body"];
    hash((
        value["seq"].as_u64(),
        value["at"].as_i64(),
        author,
        agent,
        value["kind"].as_str(),
        body["text"].as_str(),
        body["score"].as_u64(),
    ))
}

/// An `ev` as it came.
pub(crate) fn seen(ev: &Value) -> Seen {
    let body = &ev["body"];
    let author = ev["from"]["kind"].as_str().unwrap_or_default();
    Seen {
        mid: hash(ev["mid"].as_str()),
        look: hash((ev["kind"].as_str(), author, ev["from"]["id"].as_str(), body.to_string())),
        sense: sense(ev, author, agent_id(&ev["from"]["id"])),
        secret: ev["kind"] == "note" || !body["packet"].is_null() || !body["note"].is_null(),
    }
}

/// A line of `deskbell log`.
pub(crate) fn stored(line: &str) -> Result<Stored, Failure> {
    let value: Value = serde_json::from_str(line)?;
    let word = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let (author, agent) = (word("author"), agent_id(&value["agent"]));
    let to = &value["body"]["to"];
    Ok(Stored {
        c: id(&word("conversation")),
        seq: value["seq"].as_u64().ok_or("a line of the log without a place")?,
        kind: word("kind"),
        cmid: value["cmid"].as_str().map(id),
        text: hash(value["body"]["text"].as_str().unwrap_or_default()),
        sense: sense(&value, &author, agent),
        to_agent: agent_id(&to["agent"]).or_else(|| to["agent"].as_i64()),
        to_bot: to == "bot",
        author,
        agent,
    })
}

/// Writes ledgers as JSON lines, one file a client.
pub(crate) fn write(ledgers: &[Ledger], directory: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(directory)?;
    for (n, ledger) in ledgers.iter().enumerate() {
        let mut file = std::io::BufWriter::new(std::fs::File::create(directory.join(format!("{n:04}.jsonl")))?);
        for (at, line) in &ledger.lines {
            serde_json::to_writer(&mut file, &Entry { who: ledger.who, at: *at, line })?;
            file.write_all(b"\n")?;
        }
    }
    Ok(())
}

#[derive(Serialize)]
struct Entry<'a> {
    who: Who,
    at: u32,
    #[serde(flatten)]
    line: &'a Line,
}
