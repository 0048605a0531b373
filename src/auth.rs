//! Passwords: argon2id, nothing else. And the second factor: codes that change every thirty seconds.

mod common;
pub mod totp;

use std::sync::OnceLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};

/// Fewest and most characters of a password.
pub const LENGTH: std::ops::RangeInclusive<usize> = 8..=128;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Not within [`LENGTH`].
    #[error("a password has 8 to 128 characters")]
    Length,
    /// Everybody tries it first.
    #[error("this password is one that everybody tries first")]
    Common,
    /// No salt from the operating system, or no memory.
    #[error("the password could not be hashed")]
    Failed,
}

/// OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19_456, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// A PHC string to store. Takes tens of milliseconds and 19 MiB.
///
/// # Errors
/// [`PasswordError`].
pub fn hash_password(password: &str) -> Result<String, PasswordError> {
    if !LENGTH.contains(&password.chars().count()) {
        return Err(PasswordError::Length);
    }
    if common::is_common(password) {
        return Err(PasswordError::Common);
    }
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(|_| PasswordError::Failed)?;
    let hash = argon2().hash_password_with_salt(password.as_bytes(), &salt).map_err(|_| PasswordError::Failed)?;
    Ok(hash.to_string())
}

/// Whether a password is the one that was hashed, in time that does not tell how wrong it is.
#[must_use]
pub fn verify_password(password: &str, phc: &str) -> bool {
    PasswordHash::new(phc).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

/// The hash of a password that nobody has: verified for unknown addresses, so that they take as long as known ones.
/// Made at the first call; whoever serves calls it before anybody logs in.
#[must_use]
pub fn nobodys_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let mut secret = [0_u8; 16];
        let _ = getrandom::fill(&mut secret);
        hash_password(&format!("{:032x}", u128::from_ne_bytes(secret))).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_and_no_other() {
        let hash = hash_password("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(verify_password("correct horse", &hash));
        assert!(!verify_password("correct horsf", &hash));
        assert!(!verify_password("correct horse", "nonsense"));
        assert_eq!(hash_password("short"), Err(PasswordError::Length));
        assert_eq!(hash_password("Password1!"), Err(PasswordError::Common));
        let (longest, longer) = ("\u{e4}b".repeat(64), "\u{e4}b".repeat(64) + "c");
        assert_eq!(hash_password(&longer), Err(PasswordError::Length));
        // Nothing is cut off: the last character counts.
        let hash = hash_password(&("xy7 ".repeat(31) + "abcd")).unwrap();
        assert!(!verify_password(&("xy7 ".repeat(31) + "abce"), &hash));
        assert_eq!(longest.chars().count(), 128);
        assert!(!verify_password("", nobodys_hash()));
    }
}
