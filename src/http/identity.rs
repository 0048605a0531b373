//! Who a site says that a visitor is: a signed token (RFC 7519), read by one key and one algorithm a site.
//!
//! What the token's header says decides nothing but a refusal: the site's algorithm is asked for, a key that it names is
//! not looked up. The library parses and checks; the two algorithms come from here, so that no other exists.

use std::collections::{BTreeMap, HashMap};
use std::sync::Once;

use ed25519_dalek::VerifyingKey;
use hmac::{Hmac, KeyInit, Mac};
use jsonwebtoken::crypto::{CryptoProvider, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey, Validation};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use signature::Verifier;

use crate::config::{self, SignatureKey};
use crate::store::privacy::Claims;
use crate::store::{Site, SiteKey};
use crate::types::Timestamp;

/// Longest token, bytes.
const TOKEN: usize = 8 * 1024;
/// Clocks of two servers may differ by so much, seconds.
const LEEWAY_S: u64 = 60;
/// A token is good for so long at most, seconds.
const LENGTH_S: i64 = 3_600;
/// Longest text of a claim, characters, and the most attributes.
const CHARS: usize = 200;
const ATTRIBUTES: usize = 16;

/// Keys of the configuration's sites, by name.
pub(super) struct Signatures(HashMap<String, Signature>);

/// How one site signs.
#[derive(Clone)]
pub(super) struct Signature(DecodingKey, Validation);

#[derive(Deserialize)]
struct Token {
    sub: String,
    exp: i64,
    iat: Option<i64>,
    jti: Option<String>,
    name: Option<String>,
    email: Option<String>,
    #[serde(default)]
    attributes: BTreeMap<String, String>,
}

impl Signatures {
    /// Of the configuration.
    pub(super) fn new(sites: &[config::Site]) -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            // Somebody who embeds this may have given the library others: they are asked for one of these two all the same.
            let _ = PROVIDER.install_default();
        });
        let keys = sites.iter().filter_map(|site| {
            let (key, algorithm) = match site.identity.as_ref()?.key.as_ref()? {
                SignatureKey::Shared(secret) => (DecodingKey::from_secret(secret.bytes()), Algorithm::HS256),
                SignatureKey::Public(key) => (DecodingKey::from_ed_der(key), Algorithm::EdDSA),
            };
            Some((site.name.clone(), Signature::new(&site.name, key, algorithm)))
        });
        Self(keys.collect())
    }

    /// How a site signs, if it does. What the configuration says goes before what a command `added`.
    pub(super) fn of(&self, site: &str, added: &[Site]) -> Option<Signature> {
        if let Some(known) = self.0.get(site) {
            return Some(known.clone());
        }
        let (key, algorithm) = match added.iter().find(|s| s.name == site)?.key.as_ref()? {
            SiteKey::Shared(secret) => (DecodingKey::from_secret(secret), Algorithm::HS256),
            SiteKey::Public(key) => (DecodingKey::from_ed_der(key), Algorithm::EdDSA),
        };
        Some(Signature::new(site, key, algorithm))
    }
}

impl Signature {
    fn new(site: &str, key: DecodingKey, algorithm: Algorithm) -> Self {
        let mut validation = Validation::new(algorithm);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        validation.set_audience(&[site]);
        validation.leeway = LEEWAY_S;
        validation.validate_nbf = true;
        Self(key, validation)
    }

    /// What a token says, if everything about it is right; why it is not is nobody's business.
    pub(super) fn read(&self, site: &str, token: &str, now: Timestamp) -> Option<Claims> {
        let Self(key, validation) = self;
        if token.len() > TOKEN {
            return None;
        }
        let read = jsonwebtoken::decode::<Token>(token, key, validation).ok()?;
        // An extension that must be understood is not (RFC 7515, section 4.1.11).
        if read.header.crit.is_some() || read.header.zip.is_some() {
            return None;
        }
        let Token { sub, exp, iat, jti, name, email, attributes } = read.claims;
        let (second, leeway) = (now.0.div_euclid(1_000), LEEWAY_S as i64);
        let in_time = exp <= second.saturating_add(LENGTH_S + leeway)
            && exp.saturating_add(leeway) > second
            && iat.is_none_or(|iat| iat <= second.saturating_add(leeway));
        let texts = [Some(&sub), name.as_ref(), email.as_ref(), jti.as_ref()];
        let fits =
            texts.into_iter().flatten().chain(attributes.iter().flat_map(|(k, v)| [k, v])).all(|text| is_text(text))
                && attributes.len() <= ATTRIBUTES
                && !sub.is_empty();
        if !in_time || !fits {
            return None;
        }
        let once = jti.map(|jti| {
            let mut hash = Sha256::new();
            for part in [site, &sub, &jti] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part.as_bytes());
            }
            (hash.finalize().into(), Timestamp((exp + 2 * leeway).saturating_mul(1_000)))
        });
        let issued = iat.map(|iat| Timestamp(iat.saturating_mul(1_000)));
        Some(Claims { site: site.to_owned(), subject: sub, name, email, attributes, issued, once })
    }
}

/// A text of one line and of a size that fits beside a name.
fn is_text(text: &str) -> bool {
    text.chars().count() <= CHARS && !text.chars().any(char::is_control)
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(Error::from(ErrorKind::InvalidAlgorithm)),
    verifier_factory: |algorithm, key| match (algorithm, key.family()) {
        (Algorithm::HS256, AlgorithmFamily::Hmac) => {
            let hmac = Hmac::<Sha256>::new_from_slice(key.try_get_as_bytes()?);
            Ok(Box::new(Shared(hmac.map_err(|_| ErrorKind::InvalidKeyFormat)?)))
        }
        (Algorithm::EdDSA, AlgorithmFamily::Ed) => {
            let bytes = <[u8; 32]>::try_from(key.try_get_as_bytes()?).map_err(|_| ErrorKind::InvalidEddsaKey)?;
            Ok(Box::new(Public(VerifyingKey::from_bytes(&bytes).map_err(|_| ErrorKind::InvalidEddsaKey)?)))
        }
        _ => Err(Error::from(ErrorKind::InvalidAlgorithm)),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct Shared(Hmac<Sha256>);

impl Verifier<Vec<u8>> for Shared {
    /// In constant time.
    fn verify(&self, message: &[u8], code: &Vec<u8>) -> Result<(), signature::Error> {
        let mut hmac = self.0.clone();
        hmac.update(message);
        hmac.verify_slice(code).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Shared {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

struct Public(VerifyingKey);

impl Verifier<Vec<u8>> for Public {
    fn verify(&self, message: &[u8], code: &Vec<u8>) -> Result<(), signature::Error> {
        let code = ed25519_dalek::Signature::from_slice(code).map_err(|_| signature::Error::new())?;
        // Strict: neither weak keys nor a second form of the same signature.
        self.0.verify_strict(message, &code).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Public {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
