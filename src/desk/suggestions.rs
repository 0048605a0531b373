//! What agents tell the editors. It is a letter, not content: nothing of it answers anybody.

use std::sync::Arc;

use super::{Action, Actor, Desk, DeskError, On, may};
use crate::conversation::Refusal;
use crate::store::Person;
use crate::store::beside::{NewSuggestion, Suggestion, SuggestionKind};
use crate::types::{AgentId, ConversationId, Seq};

/// What somebody tells the editors, before it is known whether they may.
#[derive(Debug, Clone)]
pub struct Told {
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
}

impl Desk {
    /// Tells the editors something about an entry of a conversation; its number.
    ///
    /// # Errors
    /// `NotFound` where the conversation is not there or not theirs, or has no such entry; `Refused` where it names
    /// nothing that there is, or nothing at all; `Conflict` where there are too many; `Forbidden`, `Busy`, `Storage`.
    pub async fn tell(&self, by: &Arc<Person>, told: Told) -> Result<i64, DeskError> {
        let state = self.state(&Actor::Person(Arc::clone(by)), told.c).await?;
        if told.seq.0 == 0 || told.seq > state.head {
            return Err(DeskError::NotFound);
        }
        let known = told.target.as_deref().is_none_or(|id| self.content().target_of(id).is_some());
        let whole = match told.kind {
            SuggestionKind::ShouldHave => told.target.is_some(),
            SuggestionKind::MakeAnswer | SuggestionKind::Wording => told.text.is_some() || told.note.is_some(),
        };
        if !known || !whole {
            return Err(DeskError::Refused(Refusal::Invalid));
        }
        let Told { c, seq, kind, target, text, note } = told;
        let new = NewSuggestion { c, seq, kind, target, text, note, at: self.now(), by: by.id };
        let told = self.store.suggest(new).await?;
        self.looks.wrote();
        told.ok_or(DeskError::Conflict)
    }

    /// What the editors were told, newest first, before this one: for an editor everything, for others their own.
    ///
    /// # Errors
    /// `Forbidden`, `Busy` and `Storage`.
    pub async fn told(&self, by: &Arc<Person>, before: Option<i64>, limit: u32) -> Result<Vec<Suggestion>, DeskError> {
        let whose = self.whose(by)?;
        Ok(self.store.suggestions(whose, before, limit).await?)
    }

    /// Done with; an editor may say so of all, others of their own.
    ///
    /// # Errors
    /// `NotFound` where it is not there or not theirs; `Forbidden`, `Busy` and `Storage`.
    pub async fn forget_told(&self, by: &Arc<Person>, id: i64) -> Result<(), DeskError> {
        let whose = self.whose(by)?;
        let gone = self.store.remove_suggestion(id, whose).await?;
        self.looks.wrote();
        if gone { Ok(()) } else { Err(DeskError::NotFound) }
    }

    /// Whose suggestions somebody may read; none: all.
    fn whose(&self, by: &Arc<Person>) -> Result<Option<AgentId>, DeskError> {
        let may = |action| may(&Actor::Person(Arc::clone(by)), action, On::Any);
        match (may(Action::Content), may(Action::Tell)) {
            (true, _) => Ok(None),
            (false, true) => Ok(Some(by.id)),
            (false, false) => Err(DeskError::Forbidden),
        }
    }
}
