//! Which answers the draft changes, over what visitors asked.

use std::sync::Arc;
use std::time::Duration;

use super::{Compiled, WorkshopError};
use crate::content::{Content, Settings, SourceFile};
use crate::desk::Desk;
use crate::desk::asked::asked;
use crate::redact::Redactor;
use crate::store::{Store, StoreError};
use crate::types::Timestamp;
use crate::workshop::plan::{Plan, Question, Side, plan};

/// Most questions that a plan is made over: the newest.
pub const QUESTIONS: usize = 10_000;

/// What visitors asked since then, the newest [`QUESTIONS`], as a plan takes them.
///
/// # Errors
/// If the store fails.
pub async fn questions(
    store: &dyn Store,
    settings: &Settings,
    redactor: &Redactor,
    since: Timestamp,
) -> Result<Vec<Question>, StoreError> {
    let (asked, _) = asked(store, settings, redactor, since, QUESTIONS).await?;
    let question = |a: crate::workshop::asked::Asked| Question {
        text: a.text,
        language: a.language,
        page: a.page,
        at: a.at,
        times: 1,
    };
    Ok(asked.into_iter().map(question).collect())
}

impl Desk {
    /// What the draft changes against the content in force, over what visitors asked in the time before now; none
    /// where there is no draft.
    ///
    /// # Errors
    /// [`WorkshopError::Unknown`]; `Busy` and `Storage`.
    pub async fn plan_draft(&self, back: Duration, redactor: &Redactor) -> Result<Option<Plan>, WorkshopError> {
        let origin = self.known_origin()?;
        let Some(draft) = self.store.draft().await? else { return Ok(None) };
        let compiled = self.compiled(&origin, &draft).await?;
        let plan = self.planned((self.content(), origin.files.clone()), &compiled, back, redactor).await?;
        Ok(Some(plan))
    }

    pub(super) async fn planned(
        &self,
        live: (Arc<Content>, Arc<[SourceFile]>),
        draft: &Arc<Compiled>,
        back: Duration,
        redactor: &Redactor,
    ) -> Result<Plan, WorkshopError> {
        // Reading what was asked is as heavy as the rest: not by many at once.
        let turn = self.bench.turn().await?;
        let since = self.now().plus_ms(-i64::try_from(back.as_millis()).unwrap_or(i64::MAX));
        let asked = questions(&*self.store, &live.0.settings, redactor, since).await?;
        let draft = Arc::clone(draft);
        let work = move || {
            let from = Side { content: &live.0, files: &live.1 };
            plan(&from, &Side { content: &draft.content, files: &draft.files }, &asked)
        };
        Ok(turn.run(work).await?)
    }
}
