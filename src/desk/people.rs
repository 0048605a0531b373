//! Who somebody is: visitors by token, people by name. Logging in stands in `sessions`.

use std::net::IpAddr;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::rights::{Action, On, may};
use super::{Account, Actor, Availability, Desk, DeskError};
use crate::auth;
use crate::bus::{Hint, Shared};
use crate::store::{NewPerson, Person, PersonChange, PersonError, Site, StoreError, TokenHash};
use crate::types::{AgentId, VisitorId};

/// A visitor's token is replaced by another one when it is older than this.
const ROTATE_MS: u64 = 7 * 86_400_000;

impl Desk {
    /// The visitor who shows this token at a site (empty: on this server's own pages), if it is known there, with another
    /// one to keep where it has grown old. A token of another site is nobody's: what follows from it cannot be reached.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn known_visitor(
        &self,
        site: &str,
        token: &str,
    ) -> Result<Option<(VisitorId, Option<String>)>, DeskError> {
        let (now, old) = (self.now(), hash(token));
        let Some((id, since)) = self.store.visitor_of(Some(site), old, now).await? else { return Ok(None) };
        if now.since(since) < ROTATE_MS {
            return Ok(Some((id, None)));
        }
        let (token, new) = new_token()?;
        self.store.replace_visitor_token(id, old, new, now).await?;
        Ok(Some((id, Some(token))))
    }

    /// The visitor who shows this token, if it is known at one of these sites (none: at whichever). It is not replaced.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn visitor_of(&self, sites: Option<&[String]>, token: &str) -> Result<Option<VisitorId>, DeskError> {
        let (token, now) = (hash(token), self.now());
        let Some(sites) = sites else { return Ok(self.store.visitor(token, now).await?.map(|(id, _)| id)) };
        for site in sites {
            if let Some((id, _)) = self.store.visitor_of(Some(site), token, now).await? {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// A new visitor of a site (empty: of this server's own pages), and the token to keep.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn new_visitor(&self, site: &str) -> Result<(VisitorId, String), DeskError> {
        let (token, hash) = new_token()?;
        let id = VisitorId(random_u128()?);
        self.store.add_visitor_of(site, id, hash, self.now()).await?;
        Ok((id, token))
    }

    /// Everybody who works here or did, in order of id.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn people(&self) -> Result<Vec<Person>, DeskError> {
        Ok(self.store.people().await?)
    }

    /// Adds a person with this password; `person.password_hash` is put in here.
    ///
    /// # Errors
    /// `Conflict` where the address is taken, `Refused` where the password cannot be one; `Busy` and `Storage`.
    pub async fn add_person(
        &self,
        by: &Arc<Person>,
        address: IpAddr,
        person: NewPerson,
        password: &str,
    ) -> Result<AgentId, DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::ChangePeople, On::Any) {
            return Err(DeskError::Forbidden);
        }
        let password_hash = self.hash(password).await?;
        match self.store.add_person_by(NewPerson { password_hash, ..person }, self.by(by, address)).await {
            Ok(id) => {
                self.load_people().await?;
                Ok(id)
            }
            Err(PersonError::Exists) => Err(DeskError::Conflict),
            Err(PersonError::Store(e)) => Err(e.into()),
        }
    }

    /// Changes somebody else, which ends their sessions. How many chats somebody has at once is also for supervisors to
    /// say, of anybody but admins, and ends none.
    ///
    /// # Errors
    /// `NotFound` where there is nobody such, `Forbidden` where it is oneself, or not theirs; `Busy` and `Storage`.
    pub async fn change_person(
        &self,
        by: &Arc<Person>,
        address: IpAddr,
        id: AgentId,
        change: PersonChange,
    ) -> Result<(), DeskError> {
        let actor = Actor::Person(Arc::clone(by));
        if !may(&actor, Action::ChangePeople, On::Person(id)) {
            if !matches!(change, PersonChange::Capacity(_)) || !may(&actor, Action::Steer, On::Any) {
                return Err(DeskError::Forbidden);
            }
            self.steers(&actor, id)?;
        }
        if !self.store.change_person_by(id, change, self.by(by, address)).await? {
            return Err(DeskError::NotFound);
        }
        self.load_people().await?;
        self.bus.publish(Hint::People);
        self.bus.publish(Hint::Shared { what: Shared::People, of: None });
        Ok(())
    }

    /// Somebody's presence, or places, are for this actor to say.
    fn steers(&self, actor: &Actor, id: AgentId) -> Result<(), DeskError> {
        let other = self.people.load().get(&id).cloned().ok_or(DeskError::NotFound)?;
        if may(actor, Action::Steer, On::Colleague(&other)) { Ok(()) } else { Err(DeskError::Forbidden) }
    }

    /// Says whether somebody else takes chats. Of nobody, and of who is not connected, nothing is changed.
    ///
    /// # Errors
    /// `Forbidden` where they may not.
    pub fn steer_presence(&self, actor: &Actor, id: AgentId, availability: Availability) -> Result<(), DeskError> {
        match self.steers(actor, id) {
            Ok(()) => self.set_presence(id, availability),
            Err(DeskError::NotFound) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Changes one's own password; all other sessions end. Ask [`Desk::confirm_password`] for the present one first.
    ///
    /// # Errors
    /// `Refused` where the new one cannot be one; `Busy` and `Storage`.
    pub async fn change_password(&self, account: &Account, address: IpAddr, password: &str) -> Result<(), DeskError> {
        let change = PersonChange::OwnPassword(self.hash(password).await?, account.token);
        if !self.store.change_person_by(account.person.id, change, self.by(&account.person, address)).await? {
            return Err(DeskError::NotFound);
        }
        self.bus.publish(Hint::People);
        Ok(())
    }

    /// The hash of a password that may be one.
    ///
    /// # Errors
    /// `Refused` where it may not; `Busy`.
    pub async fn hash(&self, password: &str) -> Result<String, DeskError> {
        let password = password.to_owned();
        match self.hashing(true, move || auth::hash_password(&password)).await.ok_or(DeskError::Busy)? {
            Ok(hash) => Ok(hash),
            Err(auth::PasswordError::Length | auth::PasswordError::Common) => {
                Err(DeskError::Refused(crate::conversation::Refusal::Invalid))
            }
            Err(auth::PasswordError::Failed) => Err(DeskError::Busy),
        }
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

    /// Adds origins to a site, which is made with its first one. False where all of them were there.
    ///
    /// # Errors
    /// `Forbidden`, `Busy` and `Storage`.
    pub async fn add_site(
        &self,
        by: &Arc<Person>,
        address: IpAddr,
        name: String,
        origins: Vec<String>,
    ) -> Result<bool, DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::Sites, On::Any) {
            return Err(DeskError::Forbidden);
        }
        let done = self.store.add_site_by(Site { name, origins, key: None }, self.by(by, address)).await?;
        self.load_people().await?;
        Ok(done)
    }

    /// Takes a site away: its sockets end.
    ///
    /// # Errors
    /// `NotFound` where it is not among those that were added; `Forbidden`, `Busy` and `Storage`.
    pub async fn remove_site(&self, by: &Arc<Person>, address: IpAddr, name: &str) -> Result<(), DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::Sites, On::Any) {
            return Err(DeskError::Forbidden);
        }
        let done = self.store.remove_site_by(name, self.by(by, address)).await?;
        self.load_people().await?;
        if done { Ok(()) } else { Err(DeskError::NotFound) }
    }

    /// Reads people and sites anew.
    pub(super) async fn load_people(&self) -> Result<(), StoreError> {
        let version = self.store.people_version().await?;
        let people = self.store.people().await?;
        self.sites.store(Arc::new(self.store.sites().await?));
        self.load_notice().await?;
        self.people_version.store(version, std::sync::atomic::Ordering::Relaxed);
        self.people.store(Arc::new(people.into_iter().map(|p| (p.id, Arc::new(p))).collect()));
        Ok(())
    }
}

/// 256 random bits in hex, and the SHA-256 that is stored of them.
pub(super) fn new_token() -> Result<(String, TokenHash), DeskError> {
    let token = format!("{:032x}{:032x}", random_u128()?, random_u128()?);
    let hash = hash(&token);
    Ok((token, hash))
}

pub(super) fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// 128 bits from the operating system.
pub(super) fn random_u128() -> Result<u128, DeskError> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| DeskError::Storage)?;
    Ok(u128::from_ne_bytes(bytes))
}
