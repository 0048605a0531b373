//! What editors publish has no faults here: it goes straight to the real store.

use async_trait::async_trait;
use deskbell::content::SourceFile;
use deskbell::store::workshop::{
    Draft, DraftError, Ignored, Move, NewDraft, NewRelease, Published, Release, ReleaseError, Workshop,
};
use deskbell::store::{By, StoreError};

use super::faulty::Faulty;

#[async_trait]
impl Workshop for Faulty {
    async fn add_release(&self, new: NewRelease, by: By) -> Result<Published, ReleaseError> {
        self.inner.add_release(new, by).await
    }

    async fn releases(&self, before: Option<i64>, limit: u32) -> Result<Vec<Release>, StoreError> {
        self.inner.releases(before, limit).await
    }

    async fn release(&self, id: i64) -> Result<Option<Release>, StoreError> {
        self.inner.release(id).await
    }

    async fn release_named(&self, name: &str) -> Result<Option<Release>, StoreError> {
        self.inner.release_named(name).await
    }

    async fn release_files(&self, id: i64) -> Result<Option<Vec<SourceFile>>, StoreError> {
        self.inner.release_files(id).await
    }

    async fn live(&self) -> Result<Option<(i64, i64)>, StoreError> {
        self.inner.live().await
    }

    async fn make_live(&self, release: i64, by: By) -> Result<bool, StoreError> {
        self.inner.make_live(release, by).await
    }

    async fn moves(&self, before: Option<i64>, limit: u32) -> Result<Vec<Move>, StoreError> {
        self.inner.moves(before, limit).await
    }

    async fn draft(&self) -> Result<Option<Draft>, StoreError> {
        self.inner.draft().await
    }

    async fn put_draft(&self, expected: Option<i64>, draft: NewDraft, by: By) -> Result<i64, DraftError> {
        self.inner.put_draft(expected, draft, by).await
    }

    async fn drop_draft(&self, rev: i64, by: By) -> Result<bool, StoreError> {
        self.inner.drop_draft(rev, by).await
    }

    async fn ignored(&self) -> Result<Vec<Ignored>, StoreError> {
        self.inner.ignored().await
    }

    async fn ignore(&self, text: &str, by: By) -> Result<Option<i64>, StoreError> {
        self.inner.ignore(text, by).await
    }

    async fn unignore(&self, id: i64, by: By) -> Result<bool, StoreError> {
        self.inner.unignore(id, by).await
    }
}
