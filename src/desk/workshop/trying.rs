//! A text tried on what is live and on the draft.

use tokio::time::Instant;

use super::WorkshopError;
use crate::content::Content;
use crate::desk::Desk;
use crate::types::{Language, Timestamp};
use crate::workshop::tried::{Tried, tried};

impl Desk {
    /// What the bot would make of a visitor's first message: the content in force, and the draft if there is one.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn try_text(
        &self,
        text: String,
        language: Option<Language>,
        page: Option<String>,
    ) -> Result<(Tried, Option<Tried>), WorkshopError> {
        let draft = match self.origin() {
            Some(origin) => match self.store.draft().await? {
                Some(draft) => Some(self.compiled(&origin, &draft).await?),
                None => None,
            },
            None => None,
        };
        let (live, at) = (self.content(), self.now());
        let turn = self.bench.turn().await?;
        let work = move || {
            let page = page.as_deref();
            let of = |content: &Content| timed(content, &text, language, page, at);
            (of(&live), draft.map(|compiled| of(&compiled.content)))
        };
        Ok(turn.run(work).await?)
    }
}

fn timed(content: &Content, text: &str, language: Option<Language>, page: Option<&str>, at: Timestamp) -> Tried {
    let mut tried = tried(content, text, language, page, at);
    let began = Instant::now();
    let _ = content.read(text, &crate::content::Situation { page, at, language });
    tried.micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    tried
}
