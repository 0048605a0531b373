//! What belongs to people who log in: sessions, second factors, and who changed them.

use std::fmt;

use super::{Note, TokenHash};
use crate::types::{AgentId, Language, Role, Timestamp};

/// A session's name for people. It is no secret and opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SessionId(pub u64);

impl SessionId {
    /// The beginning of the token's hash: found again without a name of its own, and random.
    #[must_use]
    pub fn of(token: &TokenHash) -> Self {
        let [a, b, c, d, e, f, g, h, ..] = *token;
        Self(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::str::FromStr for SessionId {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        let hex = s.len() == 16 && s.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hex { u64::from_str_radix(s, 16).map(Self).map_err(|_| ()) } else { Err(()) }
    }
}

/// A login that begins.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// SHA-256 of the token.
    pub token: TokenHash,
    /// Whose.
    pub person: AgentId,
    /// Now.
    pub at: Timestamp,
    /// It ends then at the latest.
    pub until: Timestamp,
    /// It ends then, if nothing is done with it.
    pub idle_until: Timestamp,
    /// Such as `Firefox on Linux`.
    pub device: String,
    /// Which network, such as `192.0.2.0/24`.
    pub address: String,
    /// Name of account and address, to be known from now on.
    pub known: Option<TokenHash>,
    /// The session that this one takes the place of.
    pub replaces: Option<TokenHash>,
    /// The password's hash that was looked at, and whether there was a second factor: where one of them is another by
    /// now, or the person may log in no more, the session does not begin.
    pub checked: Option<(String, bool)>,
    /// For the audit table, in the same commit.
    pub note: Option<Note>,
}

/// A session that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its name for people.
    pub id: SessionId,
    /// Whose.
    pub person: AgentId,
    /// Such as `Firefox on Linux`.
    pub device: String,
    /// Which network.
    pub address: String,
    /// Logged in at.
    pub since: Timestamp,
    /// Something was done with it last, to a minute.
    pub seen: Timestamp,
    /// It ends then at the latest.
    pub until: Timestamp,
}

/// Which sessions end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The one with this token.
    Token(TokenHash),
    /// The one with this name; if a person is named, only if it is theirs.
    Named(SessionId, Option<AgentId>),
    /// All of a person.
    Of(AgentId),
}

/// A second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// What codes are made of.
    pub secret: Vec<u8>,
    /// A first code was given: it counts.
    pub confirmed: bool,
    /// The step of the last code that was used.
    pub last_step: u64,
    /// Recovery codes that are left.
    pub recovery: u32,
}

impl fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secret: _, confirmed, last_step, recovery } = self;
        write!(f, "SecondFactor {{ confirmed: {confirmed}, last_step: {last_step}, recovery: {recovery} }}")
    }
}

/// A change of a second factor. Each is done or not done at all: of two uses of one code one wins.
#[derive(Clone)]
pub enum FactorChange {
    /// A new secret, not in force before it is confirmed. Not done where one is in force.
    Begin(Vec<u8>),
    /// A first code was right: in force from now on. All other sessions of the person end.
    Confirm {
        /// The code's.
        step: u64,
        /// SHA-256 of the recovery codes.
        recovery: Vec<TokenHash>,
        /// The session that stays.
        keep: TokenHash,
    },
    /// A code was given; not done where it, or a later one, was used before.
    Use(u64),
    /// A recovery code was given; not done where there is none such.
    Recover(TokenHash),
    /// No second factor any more. With a token: that session stays, all others end.
    Remove(Option<TokenHash>),
}

/// On whose behalf something is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Who.
    pub who: Who,
    /// When; none: now, by the store's clock.
    pub at: Option<Timestamp>,
    /// From where; empty: from this machine.
    pub address: String,
}

impl By {
    /// A command that was run on the machine.
    #[must_use]
    pub const fn command() -> Self {
        Self { who: Who::Command, at: None, address: String::new() }
    }
}

/// Who does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Somebody who is logged in.
    Person(AgentId),
    /// Whoever may run commands on the machine.
    Command,
    /// The server by itself.
    Server,
    /// Nobody who is known.
    Nobody,
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(id) => write!(f, "{id}"),
            Self::Command => f.write_str("command"),
            Self::Server => f.write_str("server"),
            Self::Nobody => f.write_str("nobody"),
        }
    }
}

/// A change of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonChange {
    /// May log in, or not.
    Disabled(bool),
    /// A new password's PHC string.
    Password(String),
    /// The same, by its owner: this session goes on.
    OwnPassword(String, TokenHash),
    /// What it may do.
    Role(Role),
    /// Which queues; empty: all.
    Departments(Vec<String>),
    /// As visitors see it. No session ends.
    Name(String),
    /// Chats at once. No session ends.
    Capacity(u32),
    /// Languages that it writes; empty: all. Its sessions go on.
    Languages(Vec<Language>),
    /// What it can do that others cannot. Its sessions go on.
    Skills(Vec<String>),
}
