//! The audit table: who did what, when, on what, from where. Append-only, and each row holds the hash of the one before,
//! so that a row that was changed or taken out is found.

use std::fmt;

use sha2::{Digest, Sha256};

use super::{By, Who};
use crate::types::Timestamp;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A server started; the detail names its content and configuration.
    Started,
    /// Somebody logged in.
    Login,
    /// Wrong address, password or code.
    LoginWrong,
    /// Too many tries.
    LoginThrottled,
    /// Somebody logged out.
    Logout,
    /// A session was ended by its owner or an admin.
    SessionEnded,
    /// A person was added.
    PersonAdded,
    /// May log in no more.
    Disabled,
    /// May log in again.
    Enabled,
    /// Another password.
    Password,
    /// Another role.
    Role,
    /// Other departments.
    Departments,
    /// Another name.
    Name,
    /// More chats at once, or fewer.
    Capacity,
    /// Other languages.
    Languages,
    /// Other skills.
    Skills,
    /// A second factor is in force.
    SecondFactorOn,
    /// It is not any more.
    SecondFactorOff,
    /// A recovery code was used up.
    RecoveryUsed,
    /// Took a chat.
    Claimed,
    /// Gave it back.
    Released,
    /// Passed it on.
    Transferred,
    /// Took it from a colleague.
    TakenOver,
    /// A supervisor gave a waiting chat to somebody.
    Assigned,
    /// Ended it.
    Resolved,
    /// Went on with one that had ended.
    Reopened,
    /// Another content is in force.
    Content,
    /// Another configuration.
    Configuration,
    /// Rows of this table were deleted with age.
    AuditExpired,
    /// A site was added, changed or removed.
    Site,
    /// All visitors are told something, or nothing any more.
    Notice,
    /// A visitor may not write.
    Blocked,
    /// A visitor may write again.
    Unblocked,
    /// A department takes no new chats.
    Paused,
    /// It does again.
    Resumed,
    /// A content was published.
    Published,
    /// A release was made live.
    MadeLive,
    /// The draft of the content was changed.
    Drafted,
    /// It was thrown away.
    DraftDropped,
    /// A question was set aside.
    Ignored,
    /// It is not any more.
    Unignored,
    /// A visitor's data were handed out.
    Export,
    /// A visitor's data were erased.
    Erase,
}

impl Act {
    /// As it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Login => "login",
            Self::LoginWrong => "login_wrong",
            Self::LoginThrottled => "login_throttled",
            Self::Logout => "logout",
            Self::SessionEnded => "session_ended",
            Self::PersonAdded => "person_added",
            Self::Disabled => "disabled",
            Self::Enabled => "enabled",
            Self::Password => "password",
            Self::Role => "role",
            Self::Departments => "departments",
            Self::Name => "name",
            Self::Capacity => "capacity",
            Self::Languages => "languages",
            Self::Skills => "skills",
            Self::SecondFactorOn => "second_factor_on",
            Self::SecondFactorOff => "second_factor_off",
            Self::RecoveryUsed => "recovery_used",
            Self::Claimed => "claimed",
            Self::Released => "released",
            Self::Transferred => "transferred",
            Self::TakenOver => "taken_over",
            Self::Assigned => "assigned",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Content => "content",
            Self::Configuration => "configuration",
            Self::AuditExpired => "audit_expired",
            Self::Site => "site",
            Self::Notice => "notice",
            Self::Blocked => "visitor_blocked",
            Self::Unblocked => "visitor_unblocked",
            Self::Paused => "department_paused",
            Self::Resumed => "department_resumed",
            Self::Published => "release_published",
            Self::MadeLive => "release_live",
            Self::Drafted => "draft_changed",
            Self::DraftDropped => "draft_dropped",
            Self::Ignored => "question_ignored",
            Self::Unignored => "question_unignored",
            Self::Export => "export",
            Self::Erase => "erase",
        }
    }
}

/// Something to be written down. Never a secret, never a visitor's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Who, when, from where.
    pub by: By,
    /// What.
    pub what: Act,
    /// On what: a person's, conversation's or session's id.
    pub matter: String,
    /// More, such as `agent to admin`.
    pub detail: String,
}

impl Note {
    /// Without detail.
    #[must_use]
    pub fn new(by: By, what: Act, matter: impl fmt::Display) -> Self {
        Self { by, what, matter: matter.to_string(), detail: String::new() }
    }

    /// With it.
    #[must_use]
    pub fn with(self, detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..self }
    }

    /// What the server does by itself.
    #[must_use]
    pub fn server(at: Timestamp, what: Act, matter: impl fmt::Display) -> Self {
        Self::new(By { who: Who::Server, at: Some(at), address: String::new() }, what, matter)
    }
}

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place, from 1.
    pub n: u64,
    /// When.
    pub at: Timestamp,
    /// A person's id, `command`, `server` or `nobody`.
    pub who: String,
    /// See [`Act::as_str`].
    pub what: String,
    /// On what.
    pub matter: String,
    /// More.
    pub detail: String,
    /// From where.
    pub address: String,
    /// Hash of the row before; zeros in the first.
    pub prev: [u8; 32],
    /// Of all of the above.
    pub hash: [u8; 32],
}

/// What is wrong with a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// A row is missing before it.
    #[error("a row is missing before it")]
    Missing,
    /// The row before it is not the one that it was written behind.
    #[error("the row before it is another one")]
    Chain,
    /// It says something else than when it was written.
    #[error("it was changed")]
    Changed,
}

impl AuditRow {
    /// SHA-256 of everything before the hash; lengths stand before texts, so that no two rows give the same bytes.
    #[must_use]
    pub fn computed(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.prev);
        hash.update(self.n.to_be_bytes());
        hash.update(self.at.0.to_be_bytes());
        for text in [&self.who, &self.what, &self.matter, &self.detail, &self.address] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        hash.finalize().into()
    }

    /// Holds it against place and hash of the row before, which may have been deleted with age; none: it must be the first.
    ///
    /// # Errors
    /// [`Broken`].
    pub fn check(&self, before: Option<(u64, [u8; 32])>) -> Result<(), Broken> {
        let (n, prev) = before.unwrap_or((0, [0; 32]));
        if self.n != n + 1 {
            return Err(Broken::Missing);
        }
        if self.prev != prev {
            return Err(Broken::Chain);
        }
        if self.hash == self.computed() { Ok(()) } else { Err(Broken::Changed) }
    }

    /// As one line of JSON: `n`, `at`, `who`, `what`, `on`, `detail`, `address`, `hash`.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        let hash: String = self.hash.iter().map(|b| format!("{b:02x}")).collect();
        serde_json::json!({
            "n": self.n, "at": self.at.0, "who": self.who, "what": self.what, "on": self.matter,
            "detail": self.detail, "address": self.address, "hash": hash,
        })
    }
}
