//! The stored form of states and entries: JSON, read forgivingly.
//!
//! Mirror structs stand between serde and the domain, so that a renamed field in the domain cannot change what lies on
//! disk. On reading, unknown fields are skipped and missing ones take their default: an older row stays readable when
//! fields are added. A value that makes no sense is an error, never a guess.

mod body;
mod parts;
mod state;

use crate::conversation::{Author, Entry, Owner, Sent, State};
use crate::store::Sender;
use crate::types::{AgentId, ConversationId, Seq, Timestamp};

/// A stored value that this program cannot read.
#[derive(Debug, thiserror::Error)]
#[error("stored data is malformed: {0}")]
pub(crate) struct Malformed(String);

impl Malformed {
    fn what(what: &str) -> Self {
        Self(what.to_owned())
    }
}

impl From<serde_json::Error> for Malformed {
    fn from(e: serde_json::Error) -> Self {
        Self(e.to_string())
    }
}

impl From<crate::types::ParseError> for Malformed {
    fn from(e: crate::types::ParseError) -> Self {
        Self(e.to_string())
    }
}

/// An entry as columns.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) seq: i64,
    pub(crate) at: i64,
    pub(crate) author: i64,
    pub(crate) agent: i64,
    pub(crate) kind: String,
    pub(crate) body: Vec<u8>,
    pub(crate) cmid: Option<String>,
    pub(crate) digest: Option<[u8; 16]>,
}

/// State as JSON.
pub(crate) fn state_to_json(state: &State) -> Result<Vec<u8>, Malformed> {
    Ok(serde_json::to_vec(&state::StateForm::from(state))?)
}

/// And back.
pub(crate) fn state_from_json(json: &[u8]) -> Result<State, Malformed> {
    serde_json::from_slice::<state::StateForm>(json)?.try_into()
}

/// An entry as one line of JSON, for people and programs who read the log.
pub(crate) fn entry_to_line(c: ConversationId, entry: &Entry) -> Result<String, Malformed> {
    #[derive(serde::Serialize)]
    struct Line<'a> {
        conversation: String,
        seq: u64,
        at: i64,
        author: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        agent: Option<String>,
        kind: &'static str,
        body: serde_json::Value,
        #[serde(skip_serializing_if = "Option::is_none")]
        cmid: Option<&'a str>,
    }
    let (kind, body) = body::encode(&entry.body)?;
    let (author, agent) = match entry.author {
        Author::Visitor => ("visitor", None),
        Author::Bot => ("bot", None),
        Author::Agent(a) => ("agent", Some(a.to_string())),
        Author::System => ("system", None),
    };
    Ok(serde_json::to_string(&Line {
        conversation: c.to_string(),
        seq: entry.seq.0,
        at: entry.at.0,
        author,
        agent,
        kind,
        body: serde_json::from_slice(&body)?,
        cmid: entry.sent.as_ref().map(|s| s.cmid.as_str()),
    })?)
}

/// Entry as columns.
pub(crate) fn entry_to_row(entry: &Entry) -> Result<Row, Malformed> {
    let (kind, body) = body::encode(&entry.body)?;
    let (author, agent) = author_to_columns(entry.author);
    let (cmid, digest) = entry.sent.as_ref().map(|s| (s.cmid.clone(), s.digest)).unzip();
    let seq = place(entry.seq);
    Ok(Row { seq, at: entry.at.0, author, agent, kind: kind.to_owned(), body, cmid, digest })
}

/// And back.
pub(crate) fn entry_from_row(row: Row) -> Result<Entry, Malformed> {
    let sent = match (row.cmid, row.digest) {
        (Some(cmid), Some(digest)) => Some(Sent { cmid, digest }),
        (None, _) => None,
        (Some(_), None) => return Err(Malformed::what("a name without a digest")),
    };
    Ok(Entry {
        seq: Seq(row.seq.unsigned_abs()),
        at: Timestamp(row.at),
        author: author_from_columns(row.author, row.agent)?,
        body: body::decode(&row.kind, &row.body)?,
        sent,
    })
}

/// Places and versions are counted from 1 by ones: none will ever pass 2^63.
pub(crate) fn place(seq: Seq) -> i64 {
    i64::try_from(seq.0).unwrap_or(i64::MAX)
}

/// Agent 0 is nobody: with a NULL the unique index over senders' names would not bind.
pub(crate) fn sender_to_columns(sender: Sender) -> (i64, i64) {
    match sender {
        Sender::Visitor => author_to_columns(Author::Visitor),
        Sender::Agent(a) => author_to_columns(Author::Agent(a)),
    }
}

pub(crate) fn author_to_columns(author: Author) -> (i64, i64) {
    match author {
        Author::Visitor => (0, 0),
        Author::Bot => (1, 0),
        Author::Agent(a) => (2, a.0),
        Author::System => (3, 0),
    }
}

fn author_from_columns(author: i64, agent: i64) -> Result<Author, Malformed> {
    match author {
        0 => Ok(Author::Visitor),
        1 => Ok(Author::Bot),
        2 => Ok(Author::Agent(AgentId(agent))),
        3 => Ok(Author::System),
        _ => Err(Malformed::what("unknown author")),
    }
}

/// Owner as columns: what, and which agent.
pub(crate) fn owner_to_columns(owner: Owner) -> (i64, Option<i64>) {
    match owner {
        Owner::Bot => (0, None),
        Owner::Queue => (1, None),
        Owner::Agent(a) => (2, Some(a.0)),
        Owner::Closed => (3, None),
    }
}

#[cfg(test)]
mod tests;
