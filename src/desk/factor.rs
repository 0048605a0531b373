//! The second factor: set up, used, taken away.

use std::net::IpAddr;

use super::sessions::{Account, LoginError};
use super::{Desk, DeskError};
use crate::auth::totp;
use crate::bus::Hint;
use crate::store::{By, FactorChange};
use crate::types::AgentId;

/// Who the codes are for, as an app lists it.
const ISSUER: &str = "Deskbell";

/// What an app must be told. Shown once.
#[derive(Clone)]
pub struct Enrollment {
    /// To be typed.
    pub secret: String,
    /// To be opened.
    pub uri: String,
    /// To be photographed: how many modules wide, and the dark ones as an SVG's path.
    pub picture: Option<(usize, String)>,
}

impl Desk {
    /// Begins to set up a second factor. It is not in force before [`Desk::confirm_factor`]; begun again, the first
    /// secret is void.
    ///
    /// # Errors
    /// `Conflict` where one is in force; `Busy` and `Storage`.
    pub async fn begin_factor(&self, account: &Account, address: IpAddr) -> Result<Enrollment, DeskError> {
        let secret = totp::new_secret().ok_or(DeskError::Storage)?;
        let change = FactorChange::Begin(secret.to_vec());
        let by = self.by(&account.person, address);
        if !self.store.change_second_factor(account.person.id, change, by).await? {
            return Err(DeskError::Conflict);
        }
        let uri = totp::uri(&secret, ISSUER, &account.person.email);
        Ok(Enrollment { secret: totp::base32(&secret), picture: totp::qr(&uri), uri })
    }

    /// Puts the second factor in force by its first code, and gives the recovery codes. All other sessions of the
    /// person end: they were begun without it.
    ///
    /// # Errors
    /// `Forbidden` where the code is wrong, `Conflict` where there is nothing to confirm; `Busy` and `Storage`.
    pub async fn confirm_factor(
        &self,
        account: &Account,
        code: &str,
        address: IpAddr,
    ) -> Result<Vec<String>, DeskError> {
        let id = account.person.id;
        let factor = self.store.second_factor(id).await?.filter(|f| !f.confirmed).ok_or(DeskError::Conflict)?;
        let step = totp::step_of(&factor.secret, code, self.clock.wall_s()).ok_or(DeskError::Forbidden)?;
        let codes = totp::recovery_codes().ok_or(DeskError::Storage)?;
        let recovery = codes.iter().filter_map(|c| totp::recovery_hash(c)).collect();
        let change = FactorChange::Confirm { step, recovery, keep: account.token };
        if !self.store.change_second_factor(id, change, self.by(&account.person, address)).await? {
            return Err(DeskError::Conflict);
        }
        self.people_changed().await?;
        Ok(codes)
    }

    /// Takes one's own second factor away. All other sessions end.
    ///
    /// # Errors
    /// `Forbidden` where the role needs one or the code is wrong, `Conflict` where there is none; `Busy` and `Storage`.
    pub async fn remove_factor(&self, account: &Account, code: &str, address: IpAddr) -> Result<(), DeskError> {
        if self.options.second_factor_for.contains(&account.person.role) {
            return Err(DeskError::Forbidden);
        }
        if !account.person.second_factor {
            return Err(DeskError::Conflict);
        }
        let by = self.by(&account.person, address);
        match self.use_code(account.person.id, code, by.clone()).await {
            Ok(true) => {}
            Ok(false) => return Err(DeskError::Forbidden),
            Err(LoginError::Busy) => return Err(DeskError::Busy),
            Err(_) => return Err(DeskError::Storage),
        }
        let change = FactorChange::Remove(Some(account.token));
        self.store.change_second_factor(account.person.id, change, by).await?;
        Ok(self.people_changed().await?)
    }

    /// Whether a code, or a recovery code, is right; then it is used up.
    pub(super) async fn use_code(&self, of: AgentId, code: &str, by: By) -> Result<bool, LoginError> {
        let Some(factor) = self.store.second_factor(of).await?.filter(|f| f.confirmed) else { return Ok(false) };
        let change = match totp::step_of(&factor.secret, code, self.clock.wall_s()) {
            Some(step) => FactorChange::Use(step),
            None => match totp::recovery_hash(code) {
                Some(hash) => FactorChange::Recover(hash),
                None => return Ok(false),
            },
        };
        let by = By { at: Some(self.now()), ..by };
        Ok(self.store.change_second_factor(of, change, by).await?)
    }

    async fn people_changed(&self) -> Result<(), crate::store::StoreError> {
        self.load_people().await?;
        self.bus.publish(Hint::People);
        Ok(())
    }
}
