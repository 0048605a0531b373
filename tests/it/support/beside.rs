//! What is kept beside the log has no faults here: it goes straight to the real store.

use async_trait::async_trait;
use deskbell::store::beside::{Beside, Blocked, NewSuggestion, Paused, Suggestion};
use deskbell::store::keeps::{Keep, KeepBody, KeepError, KeepId};
use deskbell::store::{By, Site, StoreError};
use deskbell::types::{AgentId, ConversationId, Timestamp, VisitorId};

use super::faulty::Faulty;

#[async_trait]
impl Beside for Faulty {
    async fn keeps(&self, of: AgentId) -> Result<Vec<Keep>, StoreError> {
        self.inner.keeps(of).await
    }

    async fn keep(&self, id: KeepId) -> Result<Option<Keep>, StoreError> {
        self.inner.keep(id).await
    }

    async fn add_keep(
        &self,
        owner: Option<AgentId>,
        body: KeepBody,
        by: AgentId,
        at: Timestamp,
    ) -> Result<KeepId, KeepError> {
        self.inner.add_keep(owner, body, by, at).await
    }

    async fn change_keep(&self, id: KeepId, body: KeepBody, by: AgentId, at: Timestamp) -> Result<bool, KeepError> {
        self.inner.change_keep(id, body, by, at).await
    }

    async fn remove_keep(&self, id: KeepId) -> Result<bool, StoreError> {
        self.inner.remove_keep(id).await
    }

    async fn wording_off(&self) -> Result<Vec<String>, StoreError> {
        self.inner.wording_off().await
    }

    async fn switch_wording(&self, name: &str, on: bool) -> Result<(), StoreError> {
        self.inner.switch_wording(name, on).await
    }

    async fn labels(&self, among: u32, limit: u32) -> Result<Vec<(String, u64)>, StoreError> {
        self.inner.labels(among, limit).await
    }

    async fn blocked(&self) -> Result<Vec<Blocked>, StoreError> {
        self.inner.blocked().await
    }

    async fn block(
        &self,
        visitor: VisitorId,
        until: Option<Timestamp>,
        reason: &str,
        by: By,
    ) -> Result<bool, StoreError> {
        self.inner.block(visitor, until, reason, by).await
    }

    async fn unblock(&self, visitor: VisitorId, by: By) -> Result<bool, StoreError> {
        self.inner.unblock(visitor, by).await
    }

    async fn paused(&self) -> Result<Vec<Paused>, StoreError> {
        self.inner.paused().await
    }

    async fn pause(&self, department: &str, reason: Option<&str>, by: By) -> Result<bool, StoreError> {
        self.inner.pause(department, reason, by).await
    }

    async fn add_site_by(&self, site: Site, by: By) -> Result<bool, StoreError> {
        self.inner.add_site_by(site, by).await
    }

    async fn remove_site_by(&self, name: &str, by: By) -> Result<bool, StoreError> {
        self.inner.remove_site_by(name, by).await
    }

    async fn suggest(&self, suggestion: NewSuggestion) -> Result<Option<i64>, StoreError> {
        self.inner.suggest(suggestion).await
    }

    async fn suggestions(
        &self,
        of: Option<AgentId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<Suggestion>, StoreError> {
        self.inner.suggestions(of, before, limit).await
    }

    async fn suggestions_about(&self, c: ConversationId) -> Result<Vec<Suggestion>, StoreError> {
        self.inner.suggestions_about(c).await
    }

    async fn remove_suggestion(&self, id: i64, of: Option<AgentId>) -> Result<bool, StoreError> {
        self.inner.remove_suggestion(id, of).await
    }
}
