//! Names for the things everyone talks about: newtypes without behaviour of their own.

use std::fmt;
use std::str::FromStr;

/// Error of the `FromStr` implementations in this module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct ParseError(&'static str);

/// Whether somebody who asks for a person finds a place in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// There is one.
    Free,
    /// All are taken.
    AllTaken,
    /// As many as one visitor or one address may have are taken.
    OwnTaken,
}

macro_rules! id128 {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u128);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
        impl FromStr for $name {
            type Err = ParseError;
            fn from_str(s: &str) -> Result<Self, ParseError> {
                if s.len() != 32 || !s.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
                    return Err(ParseError($what));
                }
                u128::from_str_radix(s, 16).map(Self).map_err(|_| ParseError($what))
            }
        }
    };
}

id128!(
    /// A conversation: 128 random bits, written as 32 lower-case hex digits.
    ConversationId, "conversation id"
);
id128!(
    /// A visitor: 128 random bits. It names, it does not authorise: that is the token's work.
    VisitorId, "visitor id"
);

/// A person who logged in. Small integers given by the store, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AgentId(pub i64);

impl fmt::Display for AgentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a{}", self.0)
    }
}

impl FromStr for AgentId {
    type Err = ParseError;
    fn from_str(s: &str) -> Result<Self, ParseError> {
        s.strip_prefix('a').and_then(|n| n.parse().ok()).filter(|n| *n > 0).map(Self).ok_or(ParseError("agent id"))
    }
}

/// Place of an entry in its conversation's log: contiguous from 1; 0 means "before the first".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Seq(pub u64);

impl Seq {
    /// The place after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z, as the server's wall clock saw it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Milliseconds from `earlier` to this, 0 if the clock went backwards.
    #[must_use]
    pub const fn since(self, earlier: Self) -> u64 {
        let d = self.0 - earlier.0;
        if d < 0 { 0 } else { d as u64 }
    }

    /// This moment moved by `ms` milliseconds.
    #[must_use]
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0 + ms)
    }
}

/// A language by its ISO 639-1 code in lower case (`en`, `de`); three letters where there is no shorter code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language([u8; 3]);

impl Language {
    /// English, the default of defaults.
    pub const EN: Self = Self(*b"en\0");
    /// German.
    pub const DE: Self = Self(*b"de\0");

    /// The code, such as `en`.
    #[must_use]
    pub fn code(&self) -> &str {
        let n = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..n]).unwrap_or("en")
    }
}

impl FromStr for Language {
    type Err = ParseError;
    /// Takes the primary subtag of a BCP 47 tag, so `de-AT` is `de`.
    fn from_str(s: &str) -> Result<Self, ParseError> {
        let p = s.split(['-', '_']).next().unwrap_or("").as_bytes();
        if !(2..=3).contains(&p.len()) || !p.iter().all(u8::is_ascii_alphabetic) {
            return Err(ParseError("language code"));
        }
        let mut b = [0; 3];
        for (to, from) in b.iter_mut().zip(p) {
            *to = from.to_ascii_lowercase();
        }
        Ok(Self(b))
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// How soon a person should look at a waiting conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// The usual.
    #[default]
    Normal,
    /// Before the usual.
    High,
    /// Before everything else.
    Urgent,
}

impl Priority {
    /// `normal`, `high` or `urgent`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }
}

impl FromStr for Priority {
    type Err = ParseError;
    fn from_str(s: &str) -> Result<Self, ParseError> {
        match s {
            "normal" => Ok(Self::Normal),
            "high" => Ok(Self::High),
            "urgent" => Ok(Self::Urgent),
            _ => Err(ParseError("priority")),
        }
    }
}

/// Who moves first when somebody waits for a person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Giving {
    /// People take chats from the line.
    #[default]
    Pull,
    /// Chats are offered to one after another, who may let them pass.
    Offer,
    /// Chats are given.
    Assign,
}

/// To whom a chat is given, of those who can take it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Strategy {
    /// Whose places are taken least.
    #[default]
    LeastLoaded,
    /// Who was given none for longest.
    RoundRobin,
}

/// What a person who logged in may do; each role may also do what those before it may, `Editor` aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Takes chats.
    Agent,
    /// Sees every department and the live board.
    Supervisor,
    /// Edits content; sees no conversation.
    Editor,
    /// Everything.
    Admin,
}

impl Role {
    /// `agent`, `supervisor`, `editor` or `admin`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Editor => "editor",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = ParseError;
    fn from_str(s: &str) -> Result<Self, ParseError> {
        match s {
            "agent" => Ok(Self::Agent),
            "supervisor" => Ok(Self::Supervisor),
            "editor" => Ok(Self::Editor),
            "admin" => Ok(Self::Admin),
            _ => Err(ParseError("role")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written() {
        let id = ConversationId(0xabc);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "abc", "ABCDEF00000000000000000000000000", "+0000000000000000000000000000001"] {
            assert!(bad.parse::<ConversationId>().is_err(), "{bad}");
        }
        assert_eq!("a7".parse(), Ok(AgentId(7)));
        assert!("a0".parse::<AgentId>().is_err());
    }

    #[test]
    fn languages_are_primary_subtags() {
        assert_eq!("de-AT".parse(), Ok(Language::DE));
        assert_eq!("EN_us".parse(), Ok(Language::EN));
        assert!("x".parse::<Language>().is_err());
        assert!("../".parse::<Language>().is_err());
    }
}
