//! People: log in, log out, who am I.
//!
//! Wrong passwords are counted twice: five in five minutes for one account from one address, and ten in fifteen
//! minutes for one account from everywhere. The second would let a stranger lock its owner out, so it does not count
//! for addresses from which that account has logged in before.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use lru::LruCache;
use serde::Deserialize;
use serde_json::json;
use tokio::time::Instant;

use super::error::Refuse;
use super::origin::{self, Peer};
use super::rates::Buckets;
use super::{Edge, wire};
use crate::config::{self, ms};
use crate::desk::LoginError;
use crate::store::Person;

/// Largest body of a request.
const BODY_BYTES: usize = 64 * 1024;

/// Longest address and password, bytes. A password may have 128 characters.
const EMAIL_BYTES: usize = 254;
const PASSWORD_BYTES: usize = 512;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new().route("/api/v1/login", post(login)).route("/api/v1/logout", post(logout)).route("/api/v1/me", get(me))
}

type Account = (IpAddr, String);

/// See the module.
pub(super) struct Throttle {
    by_address: Buckets<Account>,
    by_account: Buckets<String>,
    good: Mutex<LruCache<Account, ()>>,
}

/// Addresses that are remembered as good.
const GOOD: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

impl Throttle {
    pub(super) fn new(limits: &config::Login) -> Self {
        let every = |n: u32, minutes: u64| Duration::from_secs(60 * minutes) / n.max(1);
        Self {
            by_address: Buckets::new(limits.per_address, every(limits.per_address, 5)),
            by_account: Buckets::new(limits.per_account, every(limits.per_account, 15)),
            good: Mutex::new(LruCache::new(GOOD)),
        }
    }

    fn enter(&self, account: &Account, now: Instant) -> Result<(), u64> {
        self.by_address.take(account.clone(), now)?;
        let known = self.good.lock().unwrap_or_else(PoisonError::into_inner).get(account).is_some();
        if known { Ok(()) } else { self.by_account.take(account.1.clone(), now) }
    }

    fn succeeded(&self, account: Account) {
        self.by_address.give_back(&account);
        self.by_account.give_back(&account.1);
        self.good.lock().unwrap_or_else(PoisonError::into_inner).put(account, ());
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: String,
    password: String,
}

async fn login(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    if !origin::is_own_request(&edge.config, &headers, peer) {
        return Err(Refuse::FORBIDDEN);
    }
    let Credentials { email, password } = json_body(&edge, request).await?;
    if email.len() > EMAIL_BYTES || password.len() > PASSWORD_BYTES || password.is_empty() {
        return Err(Refuse::UNKNOWN);
    }
    let account = (origin::client(&edge.config, &headers, peer), email.trim().to_lowercase());
    edge.throttle.enter(&account, Instant::now()).map_err(Refuse::rate)?;
    match edge.desk.login(&account.1, &password).await {
        Ok(login) => {
            edge.throttle.succeeded(account);
            let age = edge.config.login.session_hours * 3_600;
            let cookie = set_cookie(origin::is_https(&edge.config, &headers, peer), &login.token, age);
            Ok(([(header::SET_COOKIE, cookie)], Json(wire::me(&edge.desk, &login.person))).into_response())
        }
        Err(LoginError::Wrong) => Err(Refuse::UNKNOWN),
        Err(LoginError::Busy | LoginError::Storage) => Err(Refuse::unavailable(2)),
    }
}

async fn logout(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    if !origin::is_own_request(&edge.config, &headers, peer) {
        return Err(Refuse::FORBIDDEN);
    }
    if !is_json(&headers) {
        return Err(Refuse::NOT_JSON);
    }
    let https = origin::is_https(&edge.config, &headers, peer);
    if let Some(token) = cookie(&headers, https) {
        edge.desk.logout(&token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie(https, "", 0))]).into_response())
}

async fn me(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    let person = person(&edge, &headers, peer).await?;
    Ok(Json(json!(wire::me(&edge.desk, &person))).into_response())
}

/// Who asks, by the cookie.
///
/// # Errors
/// [`Refuse::UNKNOWN`] where nobody is logged in.
pub(super) async fn person(edge: &Edge, headers: &HeaderMap, peer: Peer) -> Result<Arc<Person>, Refuse> {
    let token = cookie(headers, origin::is_https(&edge.config, headers, peer)).ok_or(Refuse::UNKNOWN)?;
    edge.desk.session(&token).await?.ok_or(Refuse::UNKNOWN)
}

const fn cookie_name(https: bool) -> &'static str {
    if https { "__Host-deskbell" } else { "deskbell" }
}

/// The session's token out of the cookies.
pub(super) fn cookie(headers: &HeaderMap, https: bool) -> Option<String> {
    let name = cookie_name(https);
    let all = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    all.flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(k, v)| *k == name && !v.is_empty() && v.len() <= 256)
        .map(|(_, v)| v.to_owned())
}

fn set_cookie(https: bool, token: &str, age_s: u64) -> HeaderValue {
    let secure = if https { "; Secure" } else { "" };
    let text = format!("{}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age_s}{secure}", cookie_name(https));
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// Whether the body says that it is JSON: a form on a foreign page can send anything but this type.
fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    kind.and_then(|v| v.split(';').next()).is_some_and(|t| t.trim().eq_ignore_ascii_case("application/json"))
}

/// A JSON body, within the limits of size and time.
async fn json_body<T: serde::de::DeserializeOwned>(edge: &Edge, request: Request<Body>) -> Result<T, Refuse> {
    if !is_json(request.headers()) {
        return Err(Refuse::NOT_JSON);
    }
    let body = axum::body::to_bytes(request.into_body(), BODY_BYTES);
    let bytes = tokio::time::timeout(ms(edge.config.http.body_ms), body)
        .await
        .map_err(|_| Refuse::SLOW)?
        .map_err(|_| Refuse::TOO_LARGE)?;
    serde_json::from_slice(&bytes).map_err(|_| Refuse::INVALID)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_run_out_but_the_owner_gets_in() {
        let throttle = Throttle::new(&config::Login::default());
        let at = |n: u8| (IpAddr::from([10, 0, 0, n]), "anna@shop.example".to_owned());
        let now = Instant::now();
        throttle.enter(&at(1), now).expect("the owner, before");
        throttle.succeeded(at(1));
        let mut passed = 0;
        for n in 2..=20 {
            passed += (0..10).filter(|_| throttle.enter(&at(n), now).is_ok()).count();
        }
        assert_eq!(passed, 10, "per account");
        assert!(throttle.enter(&at(1), now).is_ok(), "the owner is not locked out");
        let guesses = (0..1_000).filter(|_| throttle.enter(&at(1), now).is_ok()).count();
        assert_eq!(guesses, 4, "per address");
        let later = now + Duration::from_secs(300);
        assert_eq!((0..1_000).filter(|_| throttle.enter(&at(1), later).is_ok()).count(), 5);
    }

    #[test]
    fn cookies_are_read_by_their_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; deskbell=plain; __Host-deskbell=strict"));
        assert_eq!(cookie(&headers, false).as_deref(), Some("plain"));
        assert_eq!(cookie(&headers, true).as_deref(), Some("strict"));
        let set = set_cookie(true, "t", 60);
        assert_eq!(set, "__Host-deskbell=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure");
    }
}
