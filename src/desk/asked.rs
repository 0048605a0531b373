//! What visitors asked, out of the store.

use crate::content::{Phrase, Settings};
use crate::conversation::Entry;
use crate::redact::Redactor;
use crate::store::{Range, Side, Store, StoreError};
use crate::types::{ConversationId, Seq, Timestamp};
use crate::workshop::asked::{Asked, Course, Held, follow};

/// Read at once.
const PAGE: u32 = 500;
/// Entries of one conversation that are read; the first ones.
const ENTRIES: usize = 5_000;

/// What visitors wrote to the bot since then, and what came of it: the newest `limit` questions, oldest first, redacted.
///
/// # Errors
/// If the store fails.
pub async fn asked(
    store: &dyn Store,
    settings: &Settings,
    redactor: &Redactor,
    since: Timestamp,
    limit: usize,
) -> Result<(Vec<Asked>, Course), StoreError> {
    let rephrase: Vec<String> = settings.languages.iter().map(|l| settings.phrase(Phrase::Rephrase, *l)).collect();
    let (mut texts, mut course, mut after) = (Vec::new(), Course::default(), None);
    loop {
        let page = store.touched(since, after, PAGE).await?;
        for c in &page {
            after = Some(*c);
            let Some(state) = store.state(*c).await? else { continue };
            let log = log(store, *c).await?;
            let known = texts.len();
            follow(&Held { c: *c, log: &log, state: &state }, since, &rephrase, &mut texts, &mut course);
            for text in texts.iter_mut().skip(known) {
                text.text = redactor.redact(&text.text).into_owned();
                text.page = text.page.take().map(|page| redactor.redact(&page).into_owned());
            }
        }
        let last = page.len() < PAGE as usize;
        // Conversations come in no order of time: what is too old is dropped now and then.
        if last || texts.len() > 2 * limit {
            newest(&mut texts, limit);
        }
        if last {
            return Ok((texts, course));
        }
    }
}

async fn log(store: &dyn Store, c: ConversationId) -> Result<Vec<Entry>, StoreError> {
    let mut log = Vec::new();
    loop {
        let behind = log.last().map_or(Seq(0), |e: &Entry| e.seq);
        let more = store.entries(c, Range { after: behind, before: None, limit: PAGE, side: Side::First }).await?;
        let last = more.len() < PAGE as usize;
        log.extend(more);
        if last || log.len() >= ENTRIES {
            return Ok(log);
        }
    }
}

fn newest(texts: &mut Vec<Asked>, limit: usize) {
    texts.sort_by_key(|t| (t.at, t.from));
    texts.drain(..texts.len().saturating_sub(limit));
}
