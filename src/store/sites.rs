//! Sites that were added beside the configuration, and how they sign.

use std::fmt;

use sha2::{Digest, Sha256};

/// A site that may show the widget.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// As in `data-site`.
    pub name: String,
    /// Exact origins, in order.
    pub origins: Vec<String>,
    /// How it signs who its visitors are; none: they stay nameless.
    pub key: Option<SiteKey>,
}

/// The key that a site signs with.
#[derive(Clone, PartialEq, Eq)]
pub enum SiteKey {
    /// HS256: a secret, never printed.
    Shared(Vec<u8>),
    /// EdDSA: a public key of Ed25519.
    Public([u8; 32]),
}

impl SiteKey {
    /// As a token's header names it.
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Shared(_) => "HS256",
            Self::Public(_) => "EdDSA",
        }
    }

    /// The key itself; for use, not for print.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Shared(secret) => secret,
            Self::Public(key) => key,
        }
    }

    /// The beginning of its SHA-256, in hex: tells two keys apart. A secret of 32 random bytes is not found by it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        Sha256::digest(self.bytes()).iter().take(8).map(|b| format!("{b:02x}")).collect()
    }
}

impl fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.algorithm(), self.fingerprint())
    }
}
