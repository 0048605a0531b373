//! Who somebody is: visitors by token, people by password and session.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{Desk, DeskError};
use crate::auth;
use crate::bus::Hint;
use crate::store::{Person, Site, StoreError, TokenHash};
use crate::types::{AgentId, VisitorId};

/// A successful login.
#[derive(Debug, Clone)]
pub struct Login {
    /// To be kept in a cookie; only its hash is stored.
    pub token: String,
    /// Who.
    pub person: Arc<Person>,
}

/// An unsuccessful one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// Unknown address, wrong password or not allowed in: the same answer after the same time.
    #[error("wrong address or password")]
    Wrong,
    /// Too many logins at once.
    #[error("busy")]
    Busy,
    /// The store failed.
    #[error("the store failed")]
    Storage,
}

impl Desk {
    /// The visitor who shows this token, if it is known.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn known_visitor(&self, token: &str) -> Result<Option<VisitorId>, DeskError> {
        Ok(self.store.visitor(hash(token)).await?)
    }

    /// The visitor who shows this token; a new one, with the token to keep, where none is shown or it is unknown.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn visitor(&self, token: Option<&str>) -> Result<(VisitorId, Option<String>), DeskError> {
        if let Some(token) = token
            && let Some(id) = self.known_visitor(token).await?
        {
            return Ok((id, None));
        }
        let (token, hash) = new_token()?;
        let id = VisitorId(random_u128()?);
        self.store.add_visitor(id, hash, self.now()).await?;
        Ok((id, Some(token)))
    }

    /// Lets a person in.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn login(&self, email: &str, password: &str) -> Result<Login, LoginError> {
        let found = self.store.person_by_email(&email.trim().to_lowercase()).await.map_err(|_| LoginError::Storage)?;
        let (person, stored) = match found {
            Some((person, stored)) if !person.disabled => (Some(person), stored),
            _ => (None, auth::nobodys_hash().to_owned()),
        };
        // Hashing takes 20 MiB and tens of milliseconds: as many at once as there are processors, no more.
        let _permit = self.hashing.acquire().await.map_err(|_| LoginError::Busy)?;
        let password = password.to_owned();
        let right = tokio::task::spawn_blocking(move || auth::verify_password(&password, &stored))
            .await
            .map_err(|_| LoginError::Busy)?;
        let person = person.filter(|_| right).ok_or(LoginError::Wrong)?;
        let (token, hash) = new_token().map_err(|_| LoginError::Storage)?;
        let now = self.now();
        let until = now.plus_ms(self.options.session_length.as_millis() as i64);
        self.store.add_session(hash, person.id, now, until).await.map_err(|_| LoginError::Storage)?;
        Ok(Login { token, person: Arc::new(person) })
    }

    /// Who shows this session's token.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn session(&self, token: &str) -> Result<Option<Arc<Person>>, DeskError> {
        let Some(person) = self.store.session(hash(token), self.now()).await? else { return Ok(None) };
        // Another process may have let them in a moment ago: they work from their first click, not from the next look.
        if self.people.load().get(&person.id).is_none_or(|known| **known != person) {
            self.load_people().await?;
        }
        Ok(Some(Arc::new(person)))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn logout(&self, token: &str) -> Result<(), DeskError> {
        self.store.end_session(hash(token)).await?;
        self.bus.publish(Hint::People);
        Ok(())
    }

    /// An agent's name.
    #[must_use]
    pub fn name_of(&self, agent: AgentId) -> Option<String> {
        self.people.load().get(&agent).map(|p| p.name.clone())
    }

    /// Sites that were added beside the configuration.
    #[must_use]
    pub fn sites(&self) -> Arc<Vec<Site>> {
        self.sites.load_full()
    }

    /// Reads people and sites anew.
    pub(super) async fn load_people(&self) -> Result<(), StoreError> {
        let version = self.store.people_version().await?;
        let people = self.store.people().await?;
        self.sites.store(Arc::new(self.store.sites().await?));
        self.people_version.store(version, std::sync::atomic::Ordering::Relaxed);
        self.people.store(Arc::new(people.into_iter().map(|p| (p.id, Arc::new(p))).collect()));
        Ok(())
    }
}

/// 256 random bits in hex, and the SHA-256 that is stored of them.
fn new_token() -> Result<(String, TokenHash), DeskError> {
    let token = format!("{:032x}{:032x}", random_u128()?, random_u128()?);
    let hash = hash(&token);
    Ok((token, hash))
}

fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// 128 bits from the operating system.
pub(super) fn random_u128() -> Result<u128, DeskError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| DeskError::Storage)?;
    Ok(u128::from_ne_bytes(bytes))
}
