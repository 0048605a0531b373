//! People: log in, log out, who am I.
//!
//! Wrong passwords are counted three times: five in five minutes for one account from one address, twenty in five
//! minutes for all accounts from one address, and ten in fifteen minutes for one account from everywhere. The last would
//! let a stranger lock its owner out, so it does not count for addresses from which that account has logged in before.
//! Wrong codes are counted for the account alone: whoever gets that far knows the password.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::device::Device;
use super::error::Refuse;
use super::origin::{self, Peer};
use super::rates::Buckets;
use super::{Edge, wire};
use crate::config::{self, ms};
use crate::desk::{Account, Action, Actor, Attempt, LoginError, On, may};
use crate::store::Person;

/// Largest body of a request.
const BODY_BYTES: usize = 64 * 1024;

/// Longest address and password, bytes. A password may have 128 characters.
const EMAIL_BYTES: usize = 254;
const PASSWORD_BYTES: usize = 512;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new().route("/api/v1/login", post(login)).route("/api/v1/logout", post(logout)).route("/api/v1/me", get(me))
}

/// Where from, and whose.
type From = (IpAddr, String);

/// See the module.
pub(super) struct Throttle {
    by_address: Buckets<From>,
    by_account: Buckets<String>,
    /// Of all accounts: a list of addresses tried with one password each.
    by_origin: Buckets<IpAddr>,
    codes: Buckets<String>,
    /// That somebody was told to wait is written down once a while for each place, not for each try.
    told: Buckets<IpAddr>,
}

/// Wrong codes of one account at once, and minutes until there is one more.
const CODES: (u32, u64) = (5, 5);

impl Throttle {
    pub(super) fn new(limits: &config::Login) -> Self {
        let every = |n: u32, minutes: u64| Duration::from_secs(60 * minutes) / n.max(1);
        let origins = limits.per_address.saturating_mul(4);
        Self {
            by_address: Buckets::new(limits.per_address, every(limits.per_address, 5)),
            by_account: Buckets::new(limits.per_account, every(limits.per_account, 15)),
            by_origin: Buckets::new(origins, every(origins, 5)),
            codes: Buckets::new(CODES.0, every(1, CODES.1)),
            told: Buckets::new(1, every(1, 5)),
        }
    }

    /// `known`: this account has logged in from there before.
    pub(super) fn enter(&self, from: &From, known: bool, now: Instant) -> Result<(), u64> {
        let place = place(from.0);
        self.by_address.take((place, from.1.clone()), now)?;
        self.by_origin.take(place, now)?;
        if known { Ok(()) } else { self.by_account.take(from.1.clone(), now) }
    }

    pub(super) fn succeeded(&self, from: &From) {
        let place = place(from.0);
        self.by_address.give_back(&(place, from.1.clone()));
        self.by_origin.give_back(&place);
        self.by_account.give_back(&from.1);
    }

    pub(super) fn enter_code(&self, email: &str, now: Instant) -> Result<(), u64> {
        self.codes.take(email.to_owned(), now)
    }

    /// Gives the try back: the code was right, or not looked at.
    pub(super) fn right_code(&self, email: &str) {
        self.codes.give_back(&email.to_owned());
    }

    fn is_news(&self, address: IpAddr, now: Instant) -> bool {
        self.told.take(place(address), now).is_ok()
    }
}

/// An address, or what one household has of them.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::from((u128::from(v6) & (u128::MAX << 64)).to_be_bytes()),
        v4 => v4,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Credentials {
    email: String,
    password: String,
    code: Option<String>,
}

/// Longest code, bytes: a recovery code with its hyphens.
const CODE_BYTES: usize = 32;

async fn login(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let Credentials { email, password, code } = json_body(&edge, request).await?;
    let code = code.filter(|c| !c.trim().is_empty());
    let long = code.as_ref().is_some_and(|c| c.len() > CODE_BYTES);
    if email.len() > EMAIL_BYTES || password.len() > PASSWORD_BYTES || password.is_empty() || long {
        return Err(Refuse::UNKNOWN);
    }
    let from: From = (origin::client(&edge.config, &headers, peer), email.trim().to_lowercase());
    let known = edge.desk.knows_address(&from.1, from.0).await;
    let now = Instant::now();
    let free = edge.throttle.enter(&from, known, now);
    let free = free.and_then(|()| if code.is_some() { edge.throttle.enter_code(&from.1, now) } else { Ok(()) });
    if let Err(wait) = free {
        if edge.throttle.is_news(from.0, now) {
            edge.desk.login_throttled(&from.1, from.0).await;
        }
        return Err(Refuse::rate(wait));
    }
    let https = origin::is_https(&edge.config, &headers, peer);
    let (device, shown) =
        (Device::of(&headers).said(" on ").unwrap_or_else(|| "a program".to_owned()), cookie(&headers, https));
    let attempt = Attempt {
        email: &from.1,
        password: &password,
        code: code.as_deref(),
        address: Some(from.0),
        device: &device,
        replaces: shown.as_deref(),
        known,
    };
    match edge.desk.login(&attempt).await {
        Ok(login) => {
            edge.throttle.succeeded(&from);
            if code.is_some() {
                edge.throttle.right_code(&from.1);
            }
            let cookie = set_cookie(https, &login.token, edge.config.login.session_hours * 3_600);
            let me = me_json(&edge, &login.person, login.must_enroll);
            Ok(([(header::SET_COOKIE, cookie)], Json(me)).into_response())
        }
        Err(LoginError::NeedsCode) => {
            edge.throttle.succeeded(&from);
            Ok((StatusCode::ACCEPTED, Json(json!({ "second_factor": "needed" }))).into_response())
        }
        Err(LoginError::Wrong) => {
            if code.is_some() {
                // It was not looked at: whoever does not know the password uses up no tries of its owner.
                edge.throttle.right_code(&from.1);
            }
            Err(Refuse::UNKNOWN)
        }
        Err(LoginError::WrongCode) => Err(Refuse::UNKNOWN),
        Err(LoginError::Busy | LoginError::Storage) => Err(Refuse::unavailable(2)),
    }
}

async fn logout(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    origin::own_request(&edge.config, &headers, peer)?;
    if !is_json(&headers) {
        return Err(Refuse::NOT_JSON);
    }
    let https = origin::is_https(&edge.config, &headers, peer);
    if let Some(token) = cookie(&headers, https) {
        edge.desk.logout(&token, origin::client(&edge.config, &headers, peer)).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, set_cookie(https, "", 0))]).into_response())
}

async fn me(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Result<Response, Refuse> {
    let account = account(&edge, &headers, peer, Action::Account).await?;
    Ok(Json(me_json(&edge, &account.person, account.must_enroll)).into_response())
}

/// Who is logged in. Whoever has to set up a second factor first learns nothing of the others yet.
fn me_json(edge: &Edge, person: &Person, must_enroll: bool) -> Value {
    if must_enroll {
        let (id, role) = (person.id.to_string(), person.role.as_str());
        return json!({ "id": id, "name": person.name, "role": role, "second_factor": "required" });
    }
    let mut me = json!(wire::me(&edge.desk, person));
    me["second_factor"] = json!(if person.second_factor { "on" } else { "off" });
    me
}

/// Who asks, by the cookie, if such a person may do this at all.
///
/// # Errors
/// [`Refuse::UNKNOWN`] where nobody is logged in, [`Refuse::FORBIDDEN`] where they may not.
pub(super) async fn person(
    edge: &Edge,
    headers: &HeaderMap,
    peer: Peer,
    action: Action,
) -> Result<Arc<Person>, Refuse> {
    let account = account(edge, headers, peer, action).await?;
    if account.must_enroll { Err(Refuse::UNKNOWN) } else { Ok(account.person) }
}

/// The same for one's own account, which is there before the second factor is.
///
/// # Errors
/// As [`person`].
pub(super) async fn account(edge: &Edge, headers: &HeaderMap, peer: Peer, action: Action) -> Result<Account, Refuse> {
    let token = cookie(headers, origin::is_https(&edge.config, headers, peer)).ok_or(Refuse::UNKNOWN)?;
    let account = edge.desk.account(&token).await?.ok_or(Refuse::UNKNOWN)?;
    if !may(&Actor::Person(Arc::clone(&account.person)), action, On::Any) {
        return Err(Refuse::FORBIDDEN);
    }
    // That it was used is no reason to fail.
    if let Err(error) = edge.desk.seen(&token).await {
        tracing::warn!(%error, "the use of a session could not be noted");
    }
    Ok(account)
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
pub(super) async fn json_body<T: serde::de::DeserializeOwned>(
    edge: &Edge,
    request: Request<Body>,
) -> Result<T, Refuse> {
    json_body_up_to(edge, request, BODY_BYTES).await
}

/// The same of up to so many bytes.
pub(super) async fn json_body_up_to<T: serde::de::DeserializeOwned>(
    edge: &Edge,
    request: Request<Body>,
    most: usize,
) -> Result<T, Refuse> {
    if !is_json(request.headers()) {
        return Err(Refuse::NOT_JSON);
    }
    let body = axum::body::to_bytes(request.into_body(), most);
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
        let mut passed = 0;
        for n in 2..=20 {
            passed += (0..10).filter(|_| throttle.enter(&at(n), false, now).is_ok()).count();
        }
        assert_eq!(passed, 10, "per account");
        assert!(throttle.enter(&at(1), true, now).is_ok(), "the owner is not locked out");
        throttle.succeeded(&at(1));
        let guesses = (0..1_000).filter(|_| throttle.enter(&at(1), true, now).is_ok()).count();
        assert_eq!(guesses, 5, "per address");
        let later = now + Duration::from_secs(300);
        assert_eq!((0..1_000).filter(|_| throttle.enter(&at(1), true, later).is_ok()).count(), 5);
        let quarter = now + Duration::from_secs(900);
        assert!(throttle.enter(&at(99), false, quarter).is_ok(), "nobody is locked out for good");
    }

    #[test]
    fn many_accounts_from_one_place_are_guesses_too() {
        let throttle = Throttle::new(&config::Login::default());
        let now = Instant::now();
        let spray =
            |n: u16, address: IpAddr| throttle.enter(&(address, format!("p{n}@shop.example")), false, now).is_ok();
        assert_eq!((0..500).filter(|n| spray(*n, IpAddr::from([10, 0, 0, 1]))).count(), 20);
        // A /64 is one place.
        let six = |n: u16| IpAddr::from([0x2001, 0xdb8, 1, 2, 0, 0, 0, n]);
        assert_eq!((0..500).filter(|n| spray(1_000 + *n, six(*n))).count(), 20);
    }

    #[test]
    fn codes_are_guessed_slowly() {
        let throttle = Throttle::new(&config::Login::default());
        let now = Instant::now();
        let tries = |at| (0..1_000).filter(|_| throttle.enter_code("a@b.example", at).is_ok()).count();
        assert_eq!(tries(now), 5);
        assert_eq!(tries(now + Duration::from_secs(3_600)), 5);
        assert_eq!(tries(now + Duration::from_secs(3_900)), 1);
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
