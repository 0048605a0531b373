//! Whether the person may still be here.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Session;
use crate::desk::Actor;
use crate::http::socket::End;
use crate::protocol::CloseCode;

/// How often a session asks whether its login still holds, where nobody tells it.
const LOOK: Duration = Duration::from_secs(60);

impl Session<'_> {
    /// A login ends by itself, after some hours and sooner where nothing is done with it: looked at now and then.
    pub(super) async fn still(&mut self) -> Result<(), End> {
        if self.looked.elapsed() < LOOK {
            return Ok(());
        }
        self.looked = Instant::now();
        if std::mem::take(&mut self.acted) {
            // Not noted this time: it will be the next.
            self.acted = self.edge.desk.seen(&self.token).await.is_err();
        }
        self.revalidate().await
    }

    /// People or logins changed: whoever may no longer be here goes at once.
    pub(super) async fn revalidate(&mut self) -> Result<(), End> {
        match self.edge.desk.session(&self.token).await {
            Ok(Some(person)) if person.role == self.person.role && person.departments == self.person.departments => {
                self.actor = Actor::Person(Arc::clone(&person));
                self.person = person;
                Ok(())
            }
            Ok(_) => Err(CloseCode::Revoked.into()),
            // The store fails: who was let in stays until it can be asked.
            Err(_) => Ok(()),
        }
    }
}
