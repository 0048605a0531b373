//! Visitors who identify, who want their data, and who want to be forgotten.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::hub::lock;
use super::people::{new_token, random_u128};
use super::{Desk, DeskError};
use crate::conversation::Verified;
use crate::store::privacy::{self, Audience, Claims, Identify};
use crate::store::{By, StoreError, Who};
use crate::types::{ConversationId, Seq, Timestamp, VisitorId};

/// Conversations that are deleted in one commit, and the rest after it: visitors who write meanwhile do not notice.
const STEP: u32 = 20;
const REST: Duration = Duration::from_millis(50);

/// Tries to empty SQLite's log, a second apart.
const TRIES: u32 = 30;

/// A visitor who has identified.
#[derive(Debug, Clone)]
pub struct Known {
    /// Who they are now.
    pub visitor: VisitorId,
    /// To be kept in the place of the one before.
    pub token: String,
}

impl Desk {
    /// A site says who a visitor is: their conversations so far join those of that person, unless the visitor was another
    /// person of the site before. None: the signature was used up, or the person has logged out since.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn identify(&self, visitor: VisitorId, claims: Claims) -> Result<Option<Known>, DeskError> {
        let (token, hashed) = new_token()?;
        let (fresh, at) = (VisitorId(random_u128()?), self.now());
        let done = self.store.identify(Identify { visitor, fresh, token: hashed, claims, at }).await?;
        let Some(done) = done else { return Ok(None) };
        for c in &done.changed {
            self.doubt(*c);
        }
        Ok(Some(Known { visitor: done.visitor, token }))
    }

    /// What a site said of a visitor last.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn verified(&self, visitor: VisitorId) -> Result<Option<Verified>, DeskError> {
        Ok(self.store.verified(visitor).await?)
    }

    /// Ends a visitor's tokens: whoever comes next on this device is somebody new.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn forget_visitor(&self, visitor: VisitorId) -> Result<(), DeskError> {
        Ok(self.store.forget_visitor(visitor, self.now()).await?)
    }

    /// Everything that a visitor may see of what is kept of them.
    ///
    /// # Errors
    /// `NotFound` where nothing is; `Busy` and `Storage`.
    pub async fn export_own(&self, visitor: VisitorId) -> Result<String, DeskError> {
        let found = privacy::export(&*self.store, visitor, Audience::Visitor).await?;
        Ok(found.ok_or(DeskError::NotFound)?.to_string())
    }

    /// Erases a visitor who asks for it.
    ///
    /// # Errors
    /// `NotFound` where nothing is kept of them; `Busy` and `Storage`.
    pub async fn erase_own(self: &Arc<Self>, visitor: VisitorId) -> Result<(), DeskError> {
        let by = By { who: Who::Nobody, at: Some(self.now()), address: String::new() };
        self.store.erase_visitor(visitor, by).await?.ok_or(DeskError::NotFound)?;
        self.look_for_erased().await?;
        self.rewrite.store(true, Ordering::Relaxed);
        let desk = Arc::clone(self);
        tokio::spawn(async move { desk.empty_log().await });
        Ok(())
    }

    /// Empties the store's log, in which what was deleted still stands. Readers may be in the way for a while.
    async fn empty_log(&self) {
        for _ in 0..TRIES {
            match self.store.purge(false).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "the store's log could not be emptied"),
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        tracing::error!("what was erased may still lie in the store's log: run `deskbell visitor erase` again");
    }

    /// Forgets what was erased meanwhile, by whichever process.
    pub(super) async fn look_for_erased(&self) -> Result<(), StoreError> {
        let seen = self.erased.load(Ordering::Relaxed);
        for stone in self.store.tombstones(seen).await? {
            // One of the two; nobody has the other.
            self.forget(ConversationId(stone.id));
            self.presence.erased(VisitorId(stone.id));
            self.trails.forget(VisitorId(stone.id));
            self.erased.fetch_max(stone.n, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Begins behind what was erased before.
    pub(super) async fn begin_erased(&self) -> Result<(), StoreError> {
        let last = self.store.tombstones(0).await?.last().map_or(0, |stone| stone.n);
        self.erased.store(last, Ordering::Relaxed);
        Ok(())
    }

    /// Deletes what was kept long enough, in small steps.
    pub(super) async fn expire(&self) {
        if let Some(keep) = self.options.keep_audit {
            let now = self.now();
            match self.store.expire_audit(older(now, keep), now).await {
                Ok(0) => {}
                Ok(_) => self.rewrite.store(true, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "old rows of the audit table could not be deleted"),
            }
        }
        loop {
            let now = self.now();
            // What ends by itself goes also where conversations are kept for good.
            let before = self.options.keep.map_or(Timestamp(i64::MIN), |keep| older(now, keep));
            match self.store.expire(before, now, STEP).await {
                Ok(gone) => {
                    for c in &gone {
                        self.forget(*c);
                        self.rewrite.store(true, Ordering::Relaxed);
                    }
                    if gone.len() < STEP as usize {
                        return;
                    }
                }
                Err(error) => return tracing::warn!(%error, "old conversations could not be deleted"),
            }
            tokio::time::sleep(REST).await;
        }
    }

    /// Once a day, where something was deleted: the database is written anew. Visitors could ask for it as often as they
    /// like otherwise, and nothing else is written meanwhile.
    pub(super) async fn rewrite(&self) {
        if self.rewrite.swap(false, Ordering::Relaxed) {
            match self.store.purge(true).await {
                Ok(true) => {}
                // It is written anew, and lies in the log as a whole.
                Ok(false) => self.empty_log().await,
                Err(error) => {
                    tracing::warn!(%error, "the database could not be rewritten after deletions");
                    self.rewrite.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    /// A conversation is not there any more: nothing of it stays in memory, and its readers are told.
    fn forget(&self, c: ConversationId) {
        self.doubt(c);
        lock(&self.marks).pop(&c);
        self.bursts.forget(c);
        let moved = lock(&self.line).remove(c);
        self.hub.gone(c);
        if moved {
            self.places_changed();
        }
    }

    /// What is in memory of a conversation is not believed any more, nor what is just being read.
    fn doubt(&self, c: ConversationId) {
        let mut cache = lock(&self.cache);
        if let Some((_, newest)) = lock(&self.loads).get_mut(&c) {
            *newest = Seq(u64::MAX);
        }
        cache.pop(&c);
    }
}

fn older(now: Timestamp, keep: Duration) -> Timestamp {
    now.plus_ms(-i64::try_from(keep.as_millis()).unwrap_or(i64::MAX))
}
