//! What is kept beside the log: the second half of the seam.

use async_trait::async_trait;
use serde_json::{Value, json};

use super::keeps::{Keep, KeepBody, KeepError, KeepId};
use super::{By, Site, StoreError};
use crate::types::{AgentId, ConversationId, Seq, Timestamp, VisitorId};

/// What agents, supervisors and editors keep and do beside the log.
#[async_trait]
pub trait Beside: Send + Sync + 'static {
    /// What is everybody's, and what is this person's own; by id.
    async fn keeps(&self, of: AgentId) -> Result<Vec<Keep>, StoreError>;

    /// One of them, whoever's it is.
    async fn keep(&self, id: KeepId) -> Result<Option<Keep>, StoreError>;

    /// Keeps something more, of a person or (none) of everybody.
    ///
    /// # Errors
    /// [`KeepError::Taken`] where the name is taken, or there are as many as may be.
    async fn add_keep(
        &self,
        owner: Option<AgentId>,
        body: KeepBody,
        by: AgentId,
        at: Timestamp,
    ) -> Result<KeepId, KeepError>;

    /// Puts something else in its place, of the same kind. False where it is not there any more.
    ///
    /// # Errors
    /// As [`Beside::add_keep`].
    async fn change_keep(&self, id: KeepId, body: KeepBody, by: AgentId, at: Timestamp) -> Result<bool, KeepError>;

    /// Keeps it no longer. False where it was not there.
    async fn remove_keep(&self, id: KeepId) -> Result<bool, StoreError>;

    /// Wording rules of the program that are switched off, by name.
    async fn wording_off(&self) -> Result<Vec<String>, StoreError>;

    /// Switches one of them.
    async fn switch_wording(&self, name: &str, on: bool) -> Result<(), StoreError>;

    /// Labels of the conversations that were touched last, `among` of them, with how many have each; commonest first,
    /// at most `limit`.
    async fn labels(&self, among: u32, limit: u32) -> Result<Vec<(String, u64)>, StoreError>;

    /// Visitors who are blocked, also those whose time is over and who have not been tidied away yet.
    async fn blocked(&self) -> Result<Vec<Blocked>, StoreError>;

    /// Blocks a visitor, or changes until when and why. False where there is nobody such.
    async fn block(
        &self,
        visitor: VisitorId,
        until: Option<Timestamp>,
        reason: &str,
        by: By,
    ) -> Result<bool, StoreError>;

    /// Not any more. False where they were not.
    async fn unblock(&self, visitor: VisitorId, by: By) -> Result<bool, StoreError>;

    /// Departments that take no new chats.
    async fn paused(&self) -> Result<Vec<Paused>, StoreError>;

    /// Pauses a department for this reason, or (none) not any more. False where nothing changed.
    async fn pause(&self, department: &str, reason: Option<&str>, by: By) -> Result<bool, StoreError>;

    /// As [`Store::add_site`](super::Store::add_site), by somebody.
    async fn add_site_by(&self, site: Site, by: By) -> Result<bool, StoreError>;

    /// As [`Store::remove_site`](super::Store::remove_site) with all its origins, by somebody.
    async fn remove_site_by(&self, name: &str, by: By) -> Result<bool, StoreError>;

    /// Writes a suggestion down. None where the conversation is not there, or has as many as may be.
    async fn suggest(&self, suggestion: NewSuggestion) -> Result<Option<i64>, StoreError>;

    /// Suggestions, newest first, before this one, of one person or of all, at most `limit`.
    async fn suggestions(
        &self,
        of: Option<AgentId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Suggestion>, StoreError>;

    /// Those about one conversation, oldest first.
    async fn suggestions_about(&self, c: ConversationId) -> Result<Vec<Suggestion>, StoreError>;

    /// Done with; if a person is named, only if it is theirs. False where it was not there.
    async fn remove_suggestion(&self, id: i64, of: Option<AgentId>) -> Result<bool, StoreError>;
}

/// Most suggestions about one conversation.
pub const SUGGESTIONS: u32 = 100;

/// A visitor who may not write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// Who.
    pub visitor: VisitorId,
    /// Since when.
    pub at: Timestamp,
    /// Until when; none: until somebody ends it.
    pub until: Option<Timestamp>,
    /// For colleagues only.
    pub reason: String,
    /// By whom, as in the audit table.
    pub by: String,
}

/// A department that takes no new chats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paused {
    /// Which.
    pub department: String,
    /// Since when.
    pub at: Timestamp,
    /// For colleagues only; may be empty.
    pub reason: String,
    /// By whom, as in the audit table.
    pub by: String,
}

/// What an agent tells the editors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSuggestion {
    /// About which conversation.
    pub c: ConversationId,
    /// And which entry of it.
    pub seq: Seq,
    /// What kind of thing.
    pub kind: SuggestionKind,
    /// The intent or article that should have answered.
    pub target: Option<String>,
    /// The answer, or the words.
    pub text: Option<String>,
    /// For the editor.
    pub note: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: AgentId,
}

/// The same with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Its place, rising.
    pub id: i64,
    /// What it says.
    pub what: NewSuggestion,
}

impl Suggestion {
    /// As JSON: `id`, `c`, `seq`, `kind`, `target`, `text`, `note`, `at`, `by`.
    #[must_use]
    pub fn json(&self) -> Value {
        let NewSuggestion { c, seq, kind, target, text, note, at, by } = &self.what;
        json!({
            "id": self.id, "c": c.to_string(), "seq": seq.0, "kind": kind.as_str(), "target": target, "text": text,
            "note": note, "at": at.0, "by": by.to_string(),
        })
    }
}

/// What kind of thing an editor is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuggestionKind {
    /// An intent that exists should have answered this.
    ShouldHave,
    /// This should become an answer.
    MakeAnswer,
    /// These words should be others.
    Wording,
}

impl SuggestionKind {
    /// `should_have`, `make_answer` or `wording`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ShouldHave => "should_have",
            Self::MakeAnswer => "make_answer",
            Self::Wording => "wording",
        }
    }

    /// The kind that is written so.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::ShouldHave, Self::MakeAnswer, Self::Wording].into_iter().find(|k| k.as_str() == name)
    }
}
