//! Any token that says who a visitor is: nothing is believed that the site's own key has not signed, nor beyond the limits of
//! a claim. The file of the program is compiled here, with the few types that it names: the whole server is not needed.
#![no_main]

use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell::types::{self, Timestamp};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value, json};
use sha2::Sha256;

use config::{Identity, Secret, SignatureKey, Site};
use identity::Signatures;

#[path = "../../src/http/identity.rs"]
mod identity;

mod config {
    pub struct Secret(pub Vec<u8>);

    impl Secret {
        pub fn bytes(&self) -> &[u8] {
            &self.0
        }
    }

    pub enum SignatureKey {
        Shared(Secret),
        Public([u8; 32]),
    }

    pub struct Identity {
        pub key: Option<SignatureKey>,
    }

    pub struct Site {
        pub name: String,
        pub identity: Option<Identity>,
    }
}

mod store {
    /// Sites that a command adds: none here.
    pub struct Site {
        pub name: String,
        pub key: Option<SiteKey>,
    }

    #[expect(dead_code, reason = "there are none")]
    pub enum SiteKey {
        Shared(Vec<u8>),
        Public([u8; 32]),
    }

    pub mod privacy {
        use std::collections::BTreeMap;

        use crate::types::Timestamp;

        #[expect(dead_code, reason = "the field's name is what is needed")]
        pub struct Claims {
            pub site: String,
            pub subject: String,
            pub name: Option<String>,
            pub email: Option<String>,
            pub attributes: BTreeMap<String, String>,
            pub issued: Option<Timestamp>,
            pub once: Option<([u8; 32], Timestamp)>,
        }
    }
}

const SECRET: &[u8; 32] = b"a secret that both of them know!";

static PRIVATE: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_bytes(&[7; 32]));

/// "shop" shares a secret, "house" has a key pair.
static SITES: LazyLock<Signatures> = LazyLock::new(|| {
    let site = |name: &str, key| Site { name: name.to_owned(), identity: Some(Identity { key: Some(key) }) };
    let public = PRIVATE.verifying_key().to_bytes();
    let secret = SignatureKey::Shared(Secret(SECRET.to_vec()));
    Signatures::new(&[site("shop", secret), site("house", SignatureKey::Public(public))])
});

fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs() as i64)
}

fn code(key: &[u8], said: &str) -> Vec<u8> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(key).expect("any key");
    hmac.update(said.as_bytes());
    hmac.finalize().into_bytes().to_vec()
}

fn said(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

fn token(said: &str, signature: &[u8]) -> String {
    format!("{said}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims_of(site: &str, token: &str) -> Option<store::privacy::Claims> {
    SITES.of(site, &[])?.read(site, token, Timestamp(now() * 1_000))
}

/// Reads it as both sites would. Whether one believed it.
fn read(token: &str) -> bool {
    assert!(claims_of("nowhere", token).is_none());
    let mut believed = false;
    for site in ["shop", "house"] {
        let Some(claims) = claims_of(site, token) else { continue };
        believed = true;
        let (said, signature) = token.rsplit_once('.').expect("a signature");
        let signature = URL_SAFE_NO_PAD.decode(signature).expect("a signature");
        let (alg, signed) = match site {
            "shop" => ("HS256", code(SECRET, said) == signature),
            // Signing is deterministic, and of all signatures this one alone is strict.
            _ => ("EdDSA", PRIVATE.sign(said.as_bytes()).to_bytes()[..] == signature[..]),
        };
        assert!(signed, "{site} believed {token}");
        let part = |n: usize| -> Value {
            let bytes = URL_SAFE_NO_PAD.decode(said.split('.').nth(n).expect("a part")).expect("base64");
            serde_json::from_slice(&bytes).expect("JSON")
        };
        let (header, body) = (part(0), part(1));
        assert_eq!(header["alg"], alg, "{token}");
        assert!(header["crit"].is_null(), "{token}");
        let fits = |text: &str| text.chars().count() <= 200 && !text.chars().any(char::is_control);
        assert!(!claims.subject.is_empty() && fits(&claims.subject) && claims.attributes.len() <= 16);
        assert!(claims.attributes.iter().all(|(k, v)| fits(k) && fits(v)));
        assert!(claims.name.iter().chain(&claims.email).all(|text| fits(text)));
        let exp = body["exp"].as_i64().expect("an end");
        assert!((now() - 62..=now() + 3_662).contains(&exp), "{token}");
        let audience = &body["aud"];
        assert!(audience == site || audience.as_array().is_some_and(|all| all.contains(&json!(site))), "{token}");
    }
    believed
}

/// Signed in all the ways that a stranger, or the other site, could.
fn read_signed(header: &str, claims: &str) {
    let said = said(header, claims);
    let public = PRIVATE.verifying_key().to_bytes();
    read(&token(&said, &code(SECRET, &said)));
    read(&token(&said, &PRIVATE.sign(said.as_bytes()).to_bytes()));
    for forged in [code(&public, &said), code(b"", &said), vec![], vec![0; 32], vec![0; 64]] {
        assert!(!read(&token(&said, &forged)), "{header} {claims}");
    }
}

const HEADERS: [&str; 8] = [
    r#"{"alg":"HS256"}"#, r#"{"alg":"EdDSA","typ":"JWT"}"#, r#"{"alg":"none"}"#, r#"{"alg":"HS384"}"#, r#"{"alg":"HS256","crit":["x"]}"#,
    r#"{"alg":"HS256","zip":"DEF"}"#, r#"{"alg":["HS256"]}"#, r#"{"alg":"HS256","jwk":{"kty":"oct","k":""},"kid":"../../x"}"#,
];

/// One byte a claim: which, and what.
fn claims(bytes: &[u8]) -> String {
    let mut all = Map::new();
    all.insert("sub".into(), json!("u-1"));
    all.insert("exp".into(), json!(now() + 600));
    all.insert("aud".into(), json!(["shop", "house"]));
    for byte in bytes.iter().take(24) {
        let name = ["sub", "exp", "aud", "iat", "nbf", "jti", "name", "attributes"][usize::from(byte & 7)];
        let value = match byte >> 3 {
            0 => json!(now()),
            1 => json!(now() + 3_600),
            2 => json!(now() + 3_700),
            3 => json!(now() - 3_600),
            4 => json!(i64::MAX),
            5 => json!(i64::MIN),
            6 => json!(u64::MAX),
            7 => json!(1e300),
            8 => json!(-0.5),
            9 => json!("shop"),
            10 => json!("house"),
            11 => json!("x".repeat(200)),
            12 => json!("x".repeat(201)),
            13 => json!("a\nb"),
            14 => json!(""),
            15 => json!({"plan": "gold"}),
            16 => json!((0..17).map(|n| (n.to_string(), json!("x"))).collect::<Map<_, _>>()),
            17 => json!([]),
            18 => json!({"plan": {"a": []}}),
            19 => Value::Null,
            _ => json!(true),
        };
        all.insert(name.into(), value);
    }
    Value::Object(all).to_string()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let header = HEADERS[usize::from(first >> 3) % HEADERS.len()];
    match first % 5 {
        0 => assert!(!read(&text), "{text}"),
        1 => read_signed(&text, &claims(&[])),
        2 => read_signed(header, &text),
        3 => read_signed(header, &claims(rest)),
        _ => {
            // A good one, and the same with changes: pairs of a place and what is changed in it.
            let said = said(HEADERS[0], &claims(&[]));
            let good = token(&said, &code(SECRET, &said));
            assert!(read(&good));
            let mut bad = good.clone().into_bytes();
            for pair in rest.chunks_exact(2) {
                let at = usize::from(pair[0]) % bad.len();
                bad[at] ^= pair[1] & 0x7f;
            }
            let bad = String::from_utf8_lossy(&bad);
            assert_eq!(read(&bad), bad == good, "{bad}");
        }
    }
});
