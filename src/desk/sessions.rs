//! Logging in and out, and what lasts between the two.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::people::{hash, new_token};
use super::{Desk, DeskError, hub};
use crate::auth;
use crate::bus::Hint;
use crate::store::privacy::KNOWN_ADDRESS_MS;
use crate::store::{Act, By, Ended, NewSession, Note, Person, Session, SessionId, StoreError, TokenHash, Who};
use crate::types::AgentId;

/// A session is noted as used once in this time: a write for each request would be too many.
const SEEN_EVERY_MS: u64 = 60_000;

/// A password is not looked at when so many others are for longer than this.
const HASHING_WAIT: Duration = Duration::from_secs(10);

/// Passwords that may be looked at now. Of strangers' half as many as there are processors, so that the others are there
/// for those who talk, and not so many that they take much memory; and one more of somebody who was here before.
pub(super) struct Hashing {
    strangers: Arc<Semaphore>,
    known: Arc<Semaphore>,
}

impl Hashing {
    pub(super) fn new() -> Self {
        let half = std::thread::available_parallelism().map_or(1, |n| (n.get() / 2).clamp(1, 4));
        Self { strangers: Arc::new(Semaphore::new(half)), known: Arc::new(Semaphore::new(1)) }
    }
}

/// Somebody tries to log in.
#[derive(Debug, Clone, Default)]
pub struct Attempt<'a> {
    /// As typed.
    pub email: &'a str,
    /// As typed.
    pub password: &'a str,
    /// Of the second factor, or a recovery code.
    pub code: Option<&'a str>,
    /// From where.
    pub address: Option<IpAddr>,
    /// With what, such as `Firefox on Linux`.
    pub device: &'a str,
    /// A session's token that was shown: it ends.
    pub replaces: Option<&'a str>,
    /// From where this account has logged in before: those wait for each other alone, and not for strangers who guess.
    pub known: bool,
}

/// A successful login.
#[derive(Debug, Clone)]
pub struct Login {
    /// To be kept in a cookie; only its hash is stored.
    pub token: String,
    /// Who.
    pub person: Arc<Person>,
    /// This role needs a second factor, and there is none yet: the session is good for setting one up.
    pub must_enroll: bool,
}

/// An unsuccessful one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LoginError {
    /// Unknown address, wrong password or not allowed in: the same answer after the same time.
    #[error("wrong address or password")]
    Wrong,
    /// The password is right, the code is not.
    #[error("wrong code")]
    WrongCode,
    /// The password is right, and a code is needed as well.
    #[error("a code is needed")]
    NeedsCode,
    /// Too many logins at once.
    #[error("busy")]
    Busy,
    /// The store failed.
    #[error("the store failed")]
    Storage,
}

/// Somebody's session, and whether it is good for more than setting up a second factor.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who.
    pub person: Arc<Person>,
    /// Which session.
    pub session: SessionId,
    /// See [`Login::must_enroll`].
    pub must_enroll: bool,
    pub(super) token: TokenHash,
}

impl Desk {
    /// Lets a person in.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn login(&self, attempt: &Attempt<'_>) -> Result<Login, LoginError> {
        let email = attempt.email.trim().to_lowercase();
        let found = self.store.person_by_email(&email).await.map_err(|_| LoginError::Storage)?;
        let known = found.as_ref().map(|(person, _)| person.id);
        let (person, stored) = match found {
            Some((person, stored)) if !person.disabled => (Some(person), stored),
            _ => (None, auth::nobodys_hash().to_owned()),
        };
        let right = self.is_password(attempt.password, stored.clone(), attempt.known).await?;
        let Some(person) = person.filter(|_| right) else {
            return Err(self.refused_login(known, attempt, LoginError::Wrong).await);
        };
        if person.second_factor {
            let Some(code) = attempt.code else { return Err(LoginError::NeedsCode) };
            if !self.use_code(person.id, code, by(person.id, attempt.address)).await? {
                return Err(self.refused_login(known, attempt, LoginError::WrongCode).await);
            }
        }
        let (token, hashed) = new_token().map_err(|_| LoginError::Storage)?;
        let at = self.now();
        let who = By { at: Some(at), ..by(person.id, attempt.address) };
        let session = NewSession {
            token: hashed,
            person: person.id,
            at,
            until: at.plus_ms(self.options.session_length.as_millis() as i64),
            idle_until: at.plus_ms(self.options.session_idle.as_millis() as i64),
            device: attempt.device.to_owned(),
            address: attempt.address.map_or_else(String::new, network),
            known: attempt.address.map(|a| known_name(&email, a)),
            replaces: attempt.replaces.map(hash),
            checked: Some((stored, person.second_factor)),
            note: Some(Note::new(who, Act::Login, SessionId::of(&hashed)).with(attempt.device)),
        };
        if !self.store.add_session(session).await.map_err(|_| LoginError::Storage)? {
            return Err(self.refused_login(known, attempt, LoginError::Wrong).await);
        }
        let must_enroll = self.must_enroll(&person);
        Ok(Login { token, person: Arc::new(person), must_enroll })
    }

    async fn refused_login(&self, known: Option<AgentId>, attempt: &Attempt<'_>, why: LoginError) -> LoginError {
        // The address that was typed may be a password that was typed in the wrong field: it is not written down.
        let matter = known.map_or_else(String::new, |id| id.to_string());
        let by = By { who: Who::Nobody, ..by(AgentId(0), attempt.address) };
        let detail = if why == LoginError::WrongCode { "code" } else { "password" };
        let note = Note::new(By { at: Some(self.now()), ..by }, Act::LoginWrong, matter).with(detail);
        match self.store.audit(note).await {
            Ok(()) => why,
            Err(_) => LoginError::Storage,
        }
    }

    /// Writes down that somebody tried too often.
    pub async fn login_throttled(&self, email: &str, address: IpAddr) {
        let found = self.store.person_by_email(&email.trim().to_lowercase()).await;
        let matter = found.ok().flatten().map_or_else(String::new, |(p, _)| p.id.to_string());
        let by = By { who: Who::Nobody, at: Some(self.now()), address: address.to_string() };
        if let Err(error) = self.store.audit(Note::new(by, Act::LoginThrottled, matter)).await {
            tracing::warn!(%error, "the audit table could not be written");
        }
    }

    /// Whether this is somebody's password: for what needs more than a session.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn confirm_password(&self, person: &Person, password: &str) -> Result<(), LoginError> {
        let found = self.store.person_by_email(&person.email).await.map_err(|_| LoginError::Storage)?;
        let Some((_, stored)) = found else { return Err(LoginError::Wrong) };
        if self.is_password(password, stored, true).await? { Ok(()) } else { Err(LoginError::Wrong) }
    }

    async fn is_password(&self, password: &str, stored: String, known: bool) -> Result<bool, LoginError> {
        let password = password.to_owned();
        self.hashing(known, move || auth::verify_password(&password, &stored)).await.ok_or(LoginError::Busy)
    }

    /// Does what takes 20 MiB and tens of milliseconds, on a thread of its own and in its line; none where that is long.
    pub(super) async fn hashing<T: Send + 'static>(
        &self,
        known: bool,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let line = if known { &self.hashing.known } else { &self.hashing.strangers };
        let permit = tokio::time::timeout(HASHING_WAIT, Arc::clone(line).acquire_owned()).await.ok()?.ok()?;
        let work = move || {
            // Held by the work: whoever hangs up has not ended it.
            let _permit = permit;
            work()
        };
        tokio::task::spawn_blocking(work).await.ok()
    }

    /// Whether an account was logged in from there not long ago.
    pub async fn knows_address(&self, email: &str, address: IpAddr) -> bool {
        let since = self.now().plus_ms(-KNOWN_ADDRESS_MS);
        self.store.is_known_address(known_name(email, address), since).await.unwrap_or(false)
    }

    /// Who shows this session's token, if the session is good for everything that the person may do.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn session(&self, token: &str) -> Result<Option<Arc<Person>>, DeskError> {
        let account = self.account(token).await?;
        Ok(account.filter(|a| !a.must_enroll).map(|a| a.person))
    }

    /// Who shows this session's token.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn account(&self, token: &str) -> Result<Option<Account>, DeskError> {
        let token = hash(token);
        let Some(person) = self.store.session(token, self.now()).await? else { return Ok(None) };
        // Another process may have let them in a moment ago: they work from their first click, not from the next look.
        if self.people.load().get(&person.id).is_none_or(|known| **known != person) {
            self.load_people().await?;
        }
        let must_enroll = self.must_enroll(&person);
        Ok(Some(Account { person: Arc::new(person), session: SessionId::of(&token), must_enroll, token }))
    }

    fn must_enroll(&self, person: &Person) -> bool {
        !person.second_factor && self.options.second_factor_for.contains(&person.role)
    }

    /// Somebody does something with a session, so it does not end for having been idle.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn seen(&self, token: &str) -> Result<(), DeskError> {
        let (token, now) = (hash(token), self.now());
        let fresh = |at: &crate::types::Timestamp| now.since(*at) < SEEN_EVERY_MS;
        if hub::lock(&self.seen).get(&token).is_some_and(fresh) {
            return Ok(());
        }
        let idle_until = now.plus_ms(self.options.session_idle.as_millis() as i64);
        self.store.touch_session(token, now, idle_until).await?;
        hub::lock(&self.seen).put(token, now);
        Ok(())
    }

    /// Sessions of a person, or of everybody.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn sessions(&self, of: Option<AgentId>) -> Result<Vec<Session>, DeskError> {
        Ok(self.store.sessions(of, self.now()).await?)
    }

    /// Ends a session; with `of`, only if it is that person's.
    ///
    /// # Errors
    /// `NotFound` where there is none such; `Busy` and `Storage`.
    pub async fn end_session(
        &self,
        account: &Account,
        id: SessionId,
        of: Option<AgentId>,
        address: IpAddr,
    ) -> Result<(), DeskError> {
        let note = Note::new(self.by(&account.person, address), Act::SessionEnded, id);
        let ended = self.store.end_sessions(Ended::Named(id, of), Some(note)).await?;
        if ended == 0 {
            return Err(DeskError::NotFound);
        }
        self.bus.publish(Hint::People);
        Ok(())
    }

    /// Ends the session of this token.
    ///
    /// # Errors
    /// `Busy` and `Storage`.
    pub async fn logout(&self, token: &str, address: IpAddr) -> Result<(), DeskError> {
        let hashed = hash(token);
        let person = self.store.session(hashed, self.now()).await?;
        let note = person.map(|p| Note::new(self.by(&p, address), Act::Logout, SessionId::of(&hashed)));
        self.store.end_sessions(Ended::Token(hashed), note).await?;
        self.bus.publish(Hint::People);
        Ok(())
    }

    /// On behalf of somebody who is logged in.
    pub(super) fn by(&self, person: &Person, address: IpAddr) -> By {
        By { at: Some(self.now()), ..by(person.id, Some(address)) }
    }
}

impl From<StoreError> for LoginError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            StoreError::Failed(_) | StoreError::Refused(_) => Self::Storage,
        }
    }
}

fn by(person: AgentId, address: Option<IpAddr>) -> By {
    By { who: Who::Person(person), at: None, address: address.map_or_else(String::new, |a| a.to_string()) }
}

/// Name of an account and the network that it was logged in from. Hashed, so that the table does not read as a list of
/// addresses; whoever has the data can still find out by trying.
fn known_name(email: &str, address: IpAddr) -> TokenHash {
    let mut hash = Sha256::new();
    hash.update(email.trim().to_lowercase().as_bytes());
    hash.update([0]);
    match address.to_canonical() {
        IpAddr::V4(v4) => hash.update(v4.octets()),
        // A household has a /64, and its machines change their halves of it.
        IpAddr::V6(v6) => hash.update(v6.octets().get(..8).unwrap_or_default()),
    }
    hash.finalize().into()
}

/// What a list of sessions says of an address: enough to tell home from abroad.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        a if a.is_loopback() => "this machine".to_owned(),
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_by_their_network() {
        let a = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(network(a("192.0.2.77")), "192.0.2.0/24");
        assert_eq!(network(a("::ffff:192.0.2.77")), "192.0.2.0/24");
        assert_eq!(network(a("2001:db8:1:2::3")), "2001:db8:1::/48");
        assert_eq!(network(a("127.0.0.9")), "this machine");
        let name = |e: &str, t: &str| known_name(e, a(t));
        assert_eq!(name("A@b.example ", "192.0.2.1"), name("a@b.example", "::ffff:192.0.2.1"));
        assert_eq!(name("a", "2001:db8::1"), name("a", "2001:db8::2"));
        assert_ne!(name("a", "192.0.2.1"), name("a", "192.0.2.2"));
        assert_ne!(name("a", "192.0.2.1"), name("b", "192.0.2.1"));
    }
}
