//! The widget, the console and their pages, from inside the program.
//!
//! Files lie ready compressed beside their plain form; what holds the settings is compressed once for each content.
//! Names carry no hash, so browsers ask each time and hear "not modified". The widget's files have a second address, below a folder that is
//! named after all of them: what lies there never changes, so it is asked for once.

use std::borrow::Cow;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::body::{Body, Bytes};
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
use super::packed::Packed;
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
    let data = Widget::get("pinned.js")?.data;
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha384::digest(&data));
    Some(Pinned { path: format!("widget/{}/widget.js", *PIN), integrity: format!("sha384-{hash}") })
}

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/", get(|headers: HeaderMap| async move { page("demo.html", &headers) }))
        .route("/embed", get(embed))
        .route("/widget.json", get(settings))
        .route("/chat", get(|headers: HeaderMap| async move { page("chat.html", &headers) }))
        .route("/chat.js", get(chat))
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
        "widget.js" => "pinned.js",
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
    let mut response = written(&edge, "loader.js", &headers).await;
    for_everybody(response.headers_mut());
    response
}

/// The same for the full page.
async fn chat(State(edge): State<Arc<Edge>>, headers: HeaderMap) -> Response {
    written(&edge, "chat.js", &headers).await
}

/// The settings alone, for a script with a pinned address.
async fn settings(State(edge): State<Arc<Edge>>, headers: HeaderMap) -> Response {
    let mut response = written(&edge, "widget.json", &headers).await;
    for_everybody(response.headers_mut());
    response
}

/// A file that holds the settings, as long as they are the same from memory.
async fn written(edge: &Edge, name: &'static str, headers: &HeaderMap) -> Response {
    let source = Widget::get(name);
    if source.is_none() && name != "widget.json" {
        return Refuse::NOT_FOUND.into_response();
    }
    let packed = edge.written.get(name, site::settings_json(edge), |json| match source {
        None => json.to_owned(),
        Some(source) => {
            // A string that holds JSON: what is inside can neither end the string nor the script.
            let literal = serde_json::to_string(json).unwrap_or_else(|_| "\"{}\"".to_owned()).replace('<', "\\u003c");
            String::from_utf8_lossy(&source.data).replace(PLACEHOLDER, &literal)
        }
    });
    match packed.await {
        Ok(packed) => {
            let Packed { hash, plain, brotli, gzip } = &*packed;
            let forms = [("br", brotli.clone()), ("gzip", gzip.clone())];
            in_form(headers, name, SOON, hash, plain.clone(), forms.into_iter())
        }
        Err(error) => {
            tracing::error!(%error, name, "the settings could not be written into a file");
            Refuse::unavailable(1).into_response()
        }
    }
}

fn file<A: RustEmbed>(path: &str, headers: &HeaderMap, cache: &'static str) -> Response {
    let Some(plain) = A::get(path) else { return Refuse::NOT_FOUND.into_response() };
    let forms = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter_map(|(name, ending)| Some((name, bytes(A::get(&format!("{path}{ending}"))?.data))));
    let hash = plain.metadata.sha256_hash();
    in_form(headers, path, HeaderValue::from_static(cache), &hash, bytes(plain.data), forms)
}

fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

/// The first of `forms` that the browser takes, else `plain`; nothing where it holds that form already. `hash` is that
/// of the plain form.
fn in_form(
    headers: &HeaderMap,
    name: &str,
    cache: HeaderValue,
    hash: &[u8],
    plain: Bytes,
    mut forms: impl Iterator<Item = (&'static str, Bytes)>,
) -> Response {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|v| v.to_str().ok()).unwrap_or("");
    let (form, data) = forms.find(|(form, _)| accepts(accepted, form)).unwrap_or(("", plain));
    let tag = etag(hash, form);
    let known = matches(headers, &tag);
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind_of(name))], Body::from(data)).into_response()
    };
    let all = response.headers_mut();
    all.insert(header::CACHE_CONTROL, cache);
    all.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        all.insert(header::ETAG, tag);
    }
    if !known && !form.is_empty() {
        all.insert(header::CONTENT_ENCODING, HeaderValue::from_static(form));
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
    fn what_holds_the_settings_has_a_place_for_them() {
        // An empty folder is a build without the web parts, which the routes answer with 404.
        for file in ["loader.js", "chat.js"].into_iter().filter_map(Widget::get) {
            assert!(String::from_utf8_lossy(&file.data).contains(PLACEHOLDER));
        }
    }
}
