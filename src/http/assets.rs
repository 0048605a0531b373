//! The widget, the console and their pages, from inside the program.
//!
//! Files lie ready compressed beside their plain form; nothing is compressed on request. Names carry no hash, so
//! browsers ask each time and hear "not modified". The widget's files have a second address, below a folder that is
//! named after all of them: what lies there never changes, so it is asked for once.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use base64::Engine as _;
use rust_embed::RustEmbed;
use serde::Deserialize;
use sha2::{Digest, Sha256, Sha384};

use super::error::Refuse;
use super::headers::{Framed, Policy};
use super::{Edge, origin, site};

#[derive(RustEmbed)]
#[folder = "web-widget/dist/"]
struct Widget;

#[derive(RustEmbed)]
#[folder = "web-console/dist/"]
struct Console;

/// What the server's settings are put in place of, quotes and all.
const PLACEHOLDER: &str = "\"__DESKBELL_SETTINGS__\"";

/// Browsers ask again each time.
const ASK: &str = "no-cache";

/// It is the same for ever.
const NEVER: &str = "max-age=31536000, immutable";

/// A change is seen within five minutes, and nobody waits for the look.
const SOON: HeaderValue = HeaderValue::from_static("max-age=300, stale-while-revalidate=86400");

/// Version and hash of all files of the widget: the name of the folder whose content never changes.
pub(super) static PIN: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Widget::iter().filter(|name| is_served(name)).collect();
    names.sort();
    let mut all = Sha256::new();
    for name in names {
        all.update(name.as_bytes());
        all.update(Widget::get(&name).map(|file| file.metadata.sha256_hash()).unwrap_or_default());
    }
    let hash: String = all.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{hash}", env!("CARGO_PKG_VERSION"))
});

/// What a page needs to name the script by its pinned address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pinned {
    /// Below the server's root, without a slash at its beginning.
    pub path: String,
    /// As in the attribute `integrity`.
    pub integrity: String,
}

/// The script of this version; none in a build without the web parts.
#[must_use]
pub fn pinned() -> Option<Pinned> {
    let data = Widget::get("loader.js")?.data;
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha384::digest(&data));
    Some(Pinned { path: format!("widget/{}/widget.js", *PIN), integrity: format!("sha384-{hash}") })
}

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/", get(|headers: HeaderMap| async move { page("demo.html", &headers) }))
        .route("/embed", get(embed))
        .route("/widget.json", get(settings))
        .route("/chat", get(|headers: HeaderMap| async move { page("chat.html", &headers) }))
        .route("/widget.js", get(loader))
        .route("/widget/{*path}", get(widget))
        .route("/console", get(|| async { Redirect::permanent("/console/") }))
        .route("/console/", get(|headers: HeaderMap| async move { console("index.html", &headers) }))
        .route(
            "/console/{*path}",
            get(|Path(path): Path<String>, headers: HeaderMap| async move { console(&path, &headers) }),
        )
        .route("/favicon.ico", get(|| async { Redirect::permanent("/widget/favicon.svg") }))
        .route("/robots.txt", get(|| async { "User-agent: *\nDisallow: /console/\nDisallow: /api/\nDisallow: /ws\n" }))
        .fallback(|| async { Refuse::NOT_FOUND })
}

/// A page of the widget.
fn page(name: &str, headers: &HeaderMap) -> Response {
    let mut response = file::<Widget>(name, headers, ASK);
    let policy = Policy::Widget.value(origin::host(headers));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// The panel for a frame: only pages of the site may hold it, and this server's own.
async fn embed(State(edge): State<Arc<Edge>>, Query(of): Query<Of>, headers: HeaderMap) -> Response {
    let name = of.site.as_deref().unwrap_or("default");
    let mut origins: Vec<String> =
        edge.config.sites.iter().filter(|s| s.name == name).flat_map(|s| s.origins.iter().cloned()).collect();
    origins.extend(edge.desk.sites().iter().filter(|s| s.name == name).flat_map(|s| s.origins.iter().cloned()));
    let mut response = file::<Widget>("embed.html", &headers, ASK);
    let all = response.headers_mut();
    all.insert(header::CONTENT_SECURITY_POLICY, Policy::framed(origin::host(&headers), &origins));
    response.extensions_mut().insert(Framed);
    response
}

#[derive(Deserialize)]
struct Of {
    site: Option<String>,
}

/// A file of the widget: pages elsewhere may load it too.
async fn widget(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let (folder, name) = path.split_once('/').unwrap_or(("", &path));
    let pinned = folder.starts_with(|c: char| c.is_ascii_digit());
    let name = match name {
        _ if !pinned => path.as_str(),
        "widget.js" => "loader.js",
        name => name,
    };
    if !is_served(name) {
        return Refuse::NOT_FOUND.into_response();
    }
    // Of another version there is nothing but this one: a page that was open meanwhile goes on with it, and one that
    // names a hash refuses it.
    let mut response = file::<Widget>(name, &headers, if pinned && folder == *PIN { NEVER } else { ASK });
    for_everybody(response.headers_mut());
    response
}

fn console(path: &str, headers: &HeaderMap) -> Response {
    if !is_served(path) {
        return Refuse::NOT_FOUND.into_response();
    }
    let mut response = file::<Console>(path, headers, ASK);
    let policy = Policy::Console.value(origin::host(headers));
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Compressed twins have no address of their own.
fn is_served(path: &str) -> bool {
    !path.ends_with(".br") && !path.ends_with(".gz") && !path.split('/').any(|p| p.starts_with('.'))
}

fn for_everybody(headers: &mut HeaderMap) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
}

/// The one file that pages name, with the settings of the content in force.
async fn loader(State(edge): State<Arc<Edge>>, headers: HeaderMap) -> Response {
    let Some(source) = Widget::get("loader.js") else { return Refuse::NOT_FOUND.into_response() };
    let source = String::from_utf8_lossy(&source.data).into_owned();
    let json = site::settings_json(&edge);
    // A string that holds JSON: what is inside can neither end the string nor the script.
    let literal = serde_json::to_string(&json).unwrap_or_else(|_| "\"{}\"".to_owned()).replace('<', "\\u003c");
    let text = source.replace(PLACEHOLDER, &literal);
    let tag = etag(&Sha256::digest(text.as_bytes()), "");
    let mut response = if matches(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], text).into_response()
    };
    let all = response.headers_mut();
    all.insert(header::CACHE_CONTROL, SOON);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        all.insert(header::ETAG, tag);
    }
    for_everybody(all);
    response
}

/// The settings alone, for a script with a pinned address.
async fn settings(State(edge): State<Arc<Edge>>, headers: HeaderMap) -> Response {
    let json = site::settings_json(&edge);
    let tag = etag(&Sha256::digest(json.as_bytes()), "");
    let mut response = if matches(&headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, "application/json")], json).into_response()
    };
    let all = response.headers_mut();
    all.insert(header::CACHE_CONTROL, SOON);
    if let Ok(tag) = HeaderValue::try_from(tag) {
        all.insert(header::ETAG, tag);
    }
    for_everybody(all);
    response
}

fn file<A: RustEmbed>(path: &str, headers: &HeaderMap, cache: &'static str) -> Response {
    let Some(plain) = A::get(path) else { return Refuse::NOT_FOUND.into_response() };
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    let found = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|(name, _)| accepts(accepted, name))
        .find_map(|(name, ending)| A::get(&format!("{path}{ending}")).map(|f| (name, f)));
    let tag = etag(&plain.metadata.sha256_hash(), found.as_ref().map_or("", |(name, _)| name));
    let (encoding, data) = match found {
        Some((name, file)) => (Some(name), file.data),
        None => (None, plain.data),
    };
    let mut response = if matches(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = match data {
            Cow::Borrowed(bytes) => Body::from(bytes),
            Cow::Owned(bytes) => Body::from(bytes),
        };
        ([(header::CONTENT_TYPE, kind_of(path))], body).into_response()
    };
    let all = response.headers_mut();
    all.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    all.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        all.insert(header::ETAG, tag);
    }
    if let Some(name) = encoding.filter(|_| all.contains_key(header::CONTENT_TYPE)) {
        all.insert(header::CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    response
}

/// Whether an encoding is among the accepted ones, and not with `q=0`.
fn accepts(accepted: &str, name: &str) -> bool {
    accepted.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some(name) && !parts.any(|p| matches!(p, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

/// A strong tag: the hash of the file, and the form in which it is sent.
pub(super) fn etag(hash: &[u8], form: &str) -> String {
    let mut tag = String::from("\"");
    for byte in hash.iter().take(12) {
        tag.push_str(&format!("{byte:02x}"));
    }
    if !form.is_empty() {
        tag.push('-');
        tag.push_str(form);
    }
    tag.push('"');
    tag
}

/// Whether the browser holds this form already.
pub(super) fn matches(headers: &HeaderMap, tag: &str) -> bool {
    let known = headers.get(header::IF_NONE_MATCH).and_then(|v| v.to_str().ok()).unwrap_or("");
    known.split(',').any(|t| t.trim().trim_start_matches("W/") == tag)
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webp") => "image/webp",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_taken_as_the_browser_says() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("br;q=0.5", "br"));
        assert!(!accepts("gzip, br;q=0", "br"));
        assert!(!accepts("", "gzip"));
        assert!(!accepts("brotli", "br"));
    }

    #[test]
    fn the_loader_has_the_place_for_the_settings() {
        // An empty folder is a build without the web parts, which the routes answer with 404.
        if let Some(file) = Widget::get("loader.js") {
            assert!(String::from_utf8_lossy(&file.data).contains(PLACEHOLDER));
        }
    }
}
