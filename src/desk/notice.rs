//! What an operator says to all visitors: durable, and told to every open session at once.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::watch;

use super::{Action, Actor, Desk, DeskError, On, may};
use crate::store::{Notice, Person, StoreError};

impl Desk {
    /// What is said now, and a way to hear when that changes.
    #[must_use]
    pub fn notice(&self) -> watch::Receiver<Option<Arc<Notice>>> {
        self.notice.subscribe()
    }

    /// What is said now, unless its time is over.
    #[must_use]
    pub fn notice_now(&self) -> Option<Arc<Notice>> {
        let now = self.now();
        self.notice.borrow().as_ref().filter(|notice| notice.until.is_none_or(|until| until > now)).cloned()
    }

    /// Says it to everybody, or nothing any more. False where there was nothing to take away.
    ///
    /// # Errors
    /// `Forbidden`, `Busy` and `Storage`.
    pub async fn set_notice(
        &self,
        by: &Arc<Person>,
        address: IpAddr,
        notice: Option<Notice>,
    ) -> Result<bool, DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::Notice, On::Any) {
            return Err(DeskError::Forbidden);
        }
        let done = self.store.set_notice(notice, self.by(by, address)).await?;
        self.load_notice().await?;
        Ok(done)
    }

    /// Reads it anew, and tells sessions where it is another.
    pub(super) async fn load_notice(&self) -> Result<(), StoreError> {
        let read = self.store.notice().await?.map(Arc::new);
        self.notice.send_if_modified(|held| {
            let other = *held != read;
            *held = read;
            other
        });
        Ok(())
    }
}
