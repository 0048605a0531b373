//! What is kept of visitors, and how a site says who they are.

use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::redact::{Kind, Redactor};

/// Shortest secret, bytes.
const SECRET: usize = 32;

/// What an Ed25519 key looks like in its envelope (RFC 8410): these bytes, then the key.
const ENVELOPE: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What is kept, and in which form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Privacy {
    /// Taken out of what visitors write before it is stored: `cards`, `ibans`, `emails`, `patterns`.
    pub redact: Vec<String>,
    /// A site's own patterns.
    pub patterns: Vec<String>,
    /// Conversations that nobody touched for so many days are deleted; 0: never.
    pub keep_days: u32,
    /// Rows of the audit table that are older than so many days are deleted; 0: never.
    pub audit_days: u32,
    /// What agents write is redacted as well.
    pub redact_agents: bool,
    /// Texts of what was asked in vain are shown to editors where at least so many visitors asked it, 1..=1000.
    pub gap_visitors: u32,
}

impl Default for Privacy {
    fn default() -> Self {
        Self {
            redact: Vec::new(),
            patterns: Vec::new(),
            keep_days: 365,
            audit_days: 0,
            redact_agents: false,
            gap_visitors: 1,
        }
    }
}

impl Privacy {
    /// What takes it out.
    ///
    /// # Errors
    /// The key that is wrong, and why.
    pub fn redactor(&self) -> Result<Redactor, (String, String)> {
        let kinds = self
            .redact
            .iter()
            .enumerate()
            .map(|(n, kind)| kind.parse::<Kind>().map_err(|why| (format!("privacy.redact.{n}"), why.to_owned())));
        let kinds = kinds.collect::<Result<Vec<_>, _>>()?;
        Redactor::new(&kinds, &self.patterns).map_err(|(n, why)| (format!("privacy.patterns.{n}"), why))
    }
}

/// How a site signs who its visitors are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// The one algorithm.
    pub alg: SignatureAlgorithm,
    /// A variable of the environment that holds the key.
    pub key_env: Option<String>,
    /// A file that does.
    pub key_file: Option<PathBuf>,
    /// The key, once it was read.
    #[serde(skip)]
    pub key: Option<SignatureKey>,
}

/// See [`Identity::alg`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum SignatureAlgorithm {
    /// A secret that both know.
    #[serde(rename = "HS256")]
    Hs256,
    /// A public key, Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureKey {
    /// At least 32 bytes.
    Shared(Secret),
    /// Of Ed25519.
    Public([u8; 32]),
}

/// Bytes that are never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// For use, not for print.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl Identity {
    /// Reads the key from where it lies.
    ///
    /// # Errors
    /// Why it cannot be used; never the key.
    pub(super) fn read_key(&mut self) -> Result<(), String> {
        let text = match (&self.key_env, &self.key_file) {
            (Some(name), None) => std::env::var(name).map_err(|_| format!("the variable {name} is not set"))?,
            (None, Some(path)) => std::fs::read_to_string(path).map_err(|e| format!("the key file: {e}"))?,
            _ => return Err("exactly one of key_env and key_file is needed".to_owned()),
        };
        self.key = Some(self.alg.key(&text)?);
        Ok(())
    }
}

impl SignatureAlgorithm {
    /// A key as it is written in a file.
    ///
    /// # Errors
    /// Why it cannot be used; never the key.
    pub fn key(self, text: &str) -> Result<SignatureKey, String> {
        let text = text.trim();
        match self {
            Self::Hs256 if text.starts_with("-----BEGIN") => {
                Err("HS256 takes a secret, and this is a key of another algorithm".to_owned())
            }
            Self::Hs256 if text.len() < SECRET => Err(format!("the secret must have at least {SECRET} bytes")),
            Self::Hs256 => Ok(SignatureKey::Shared(Secret(text.as_bytes().to_vec()))),
            Self::EdDsa => Ok(SignatureKey::Public(public(text)?)),
        }
    }
}

/// A public key as PEM, or its 32 bytes in base64.
fn public(text: &str) -> Result<[u8; 32], String> {
    let bad = || "EdDSA takes an Ed25519 public key: PEM, or 32 bytes in base64".to_owned();
    let inner: String = text.lines().filter(|l| !l.starts_with("-----")).map(str::trim).collect();
    let bytes = STANDARD.decode(inner).map_err(|_| bad())?;
    let key = bytes.strip_prefix(&ENVELOPE).unwrap_or(&bytes);
    key.try_into().map_err(|_| bad())
}
