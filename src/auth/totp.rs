//! Codes that change every thirty seconds (RFC 6238), and what replaces them when the phone is gone.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret};

/// Bytes of a secret: as many as SHA-1 gives, which RFC 4226 recommends and every app takes.
const SECRET_BYTES: usize = 20;

/// Recovery codes of a person.
pub const RECOVERY_CODES: usize = 10;

/// A new secret from the operating system.
#[must_use]
pub fn new_secret() -> Option<[u8; SECRET_BYTES]> {
    let mut secret = [0; SECRET_BYTES];
    getrandom::fill(&mut secret).ok().map(|()| secret)
}

/// The step (of thirty seconds since 1970) whose code this is: the present one, the one before or the one after. In
/// time that does not tell how wrong it is. That a step is used once only is the caller's to hold.
#[must_use]
pub fn step_of(secret: &[u8], code: &str, now_s: u64) -> Option<u64> {
    let code: String = code.chars().filter(|c| *c != ' ').collect();
    if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Builder::new().with_secret(secret.to_vec()).build().ok()?.check(&code, now_s)
}

/// The secret as people type it: RFC 4648, base 32.
#[must_use]
pub fn base32(secret: &[u8]) -> String {
    Secret::from(secret.to_vec()).to_base32()
}

/// What an app reads from the picture.
#[must_use]
pub fn uri(secret: &[u8], issuer: &str, account: &str) -> String {
    let (issuer, account) = (escaped(issuer), escaped(account));
    format!("otpauth://totp/{issuer}:{account}?secret={}&issuer={issuer}", base32(secret))
}

fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, b| {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(char::from(b));
        } else {
            let _ = write!(out, "%{b:02X}");
        }
        out
    })
}

/// A QR code: how many modules wide, and the dark ones as the path of an SVG whose unit is a module.
#[must_use]
pub fn qr(text: &str) -> Option<(usize, String)> {
    let code = fast_qr::QRBuilder::new(text).ecl(fast_qr::ECL::M).build().ok()?;
    let mut path = String::new();
    for (y, row) in code.data.chunks(code.size).take(code.size).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, module)| module.value()) {
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    Some((code.size, path))
}

/// New recovery codes: eighty random bits each, in groups of four.
#[must_use]
pub fn recovery_codes() -> Option<Vec<String>> {
    (0..RECOVERY_CODES)
        .map(|_| {
            let mut bytes = [0; 10];
            getrandom::fill(&mut bytes).ok()?;
            let text = base32(&bytes).to_lowercase();
            let groups: Vec<String> =
                text.as_bytes().chunks(4).map(|g| String::from_utf8_lossy(g).into_owned()).collect();
            Some(groups.join("-"))
        })
        .collect()
}

/// What is stored of a recovery code, if it can be one. A plain hash is enough for eighty random bits.
#[must_use]
pub fn recovery_hash(code: &str) -> Option<[u8; 32]> {
    let code: String = code.to_lowercase().chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let fits = code.len() == 16 && code.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7'));
    fits.then(|| Sha256::digest(code.as_bytes()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1; of its eight digits an app shows the last six.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        let secret = b"12345678901234567890";
        for (at, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = at / 30;
            assert_eq!(step_of(secret, &code[2..], at), Some(step), "{at}");
            assert_eq!(step_of(secret, &code[2..], at + 30), Some(step), "a step late");
            assert_eq!(step_of(secret, &code[2..], at - 30), Some(step), "a step early");
            assert_eq!(step_of(secret, &code[2..], at + 61), None);
            assert!(at < 90 || step_of(secret, &code[2..], at - 60).is_none());
        }
        assert_eq!(step_of(secret, " 287 082 ", 59), Some(1));
        for bad in ["", "28708", "2870822", "28708a", "٢87082", "000000"] {
            assert_eq!(step_of(secret, bad, 59), None, "{bad}");
        }
        assert_eq!(step_of(b"short", "287082", 59), None);
    }

    #[test]
    fn an_app_can_read_it() {
        let uri = uri(b"12345678901234567890", "Deskbell", "ada+x@shop.example");
        assert_eq!(
            uri,
            "otpauth://totp/Deskbell:ada%2Bx%40shop.example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Deskbell"
        );
        let (size, path) = qr(&uri).unwrap();
        assert!((21..=177).contains(&size) && path.starts_with("M0 0h1v1h-1z"), "{size}");
    }

    #[test]
    fn recovery_codes_are_known_by_their_hash() {
        let codes = recovery_codes().unwrap();
        assert_eq!(codes.len(), RECOVERY_CODES);
        let hash = recovery_hash(&codes[0]).unwrap();
        assert_eq!(recovery_hash(&codes[0].to_uppercase().replace('-', " ")), Some(hash));
        assert_ne!(recovery_hash(&codes[1]), Some(hash));
        assert!(recovery_hash("123456").is_none());
    }
}
