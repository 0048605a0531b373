//! The knowledge base for the widget: what is found for some words, and one article as its parts.
//!
//! Open to every origin: the same texts stand on the public help pages, and no cookie is looked at.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::Instant;

use super::error::Refuse;
use super::origin::Peer;
use super::{Edge, upgrade};
use crate::content::{Article, Passage};
use crate::types::Language;

/// Requests of an address at once, and how often one more.
pub(super) const BURST: u32 = 30;
pub(super) const PERIOD: Duration = Duration::from_millis(250);

/// Longest search, characters.
const QUERY: usize = 200;

/// Most articles in an answer.
const FOUND: usize = 8;

/// Longest excerpt, characters.
const EXCERPT: usize = 140;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new().route("/api/v1/help", get(search)).route("/api/v1/help/{*id}", get(article))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SearchQuery {
    q: Option<String>,
    language: Option<String>,
}

#[derive(Serialize)]
struct Found<'a> {
    id: &'a str,
    title: &'a str,
    language: String,
    excerpt: String,
}

async fn search(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    query: Result<Query<SearchQuery>, QueryRejection>,
) -> Result<Response, Refuse> {
    take(&edge, &headers, peer)?;
    let Query(SearchQuery { q, language }) = query.map_err(|_| Refuse::INVALID)?;
    let content = edge.desk.content();
    let text: String = q.unwrap_or_default().chars().take(QUERY).collect();
    let default = content.settings.default_language();
    let known = |l: &Language| content.articles.iter().any(|a| a.language == *l);
    let wanted = language.and_then(|l| l.parse().ok()).filter(known).unwrap_or(default);
    let articles: Vec<_> = content.search(&text, wanted, FOUND).into_iter().map(found).collect();
    Ok(open(Json(json!({ "articles": articles }))))
}

async fn article(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refuse> {
    take(&edge, &headers, peer)?;
    let content = edge.desk.content();
    let article = content.articles.iter().find(|a| a.id == id).ok_or(Refuse::NOT_FOUND)?;
    let part = |p: &'_ Passage| json!({ "anchor": p.anchor, "heading": p.heading, "markdown": p.markdown });
    let parts: Vec<_> = article.passages.iter().map(part).collect();
    let language = article.language.to_string();
    Ok(open(Json(json!({ "id": article.id, "title": article.title, "language": language, "parts": parts }))))
}

fn take(edge: &Edge, headers: &HeaderMap, peer: Peer) -> Result<(), Refuse> {
    match upgrade::client(edge, headers, peer) {
        Some(from) => edge.readers.take(from, Instant::now()).map_err(Refuse::rate),
        None => Ok(()),
    }
}

fn open(body: Json<serde_json::Value>) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("cross-origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    response
}

fn found(article: &Article) -> Found<'_> {
    let text = article.passages.iter().map(|p| p.markdown.as_str()).find(|m| !m.trim().is_empty()).unwrap_or_default();
    Found { id: &article.id, title: &article.title, language: article.language.to_string(), excerpt: excerpt(text) }
}

/// The first words on one line, without the marks of the Markdown.
fn excerpt(markdown: &str) -> String {
    let mut plain = String::new();
    let mut target = false;
    for c in markdown.chars() {
        match c {
            '(' if plain.ends_with(']') => {
                plain.pop();
                target = true;
            }
            ')' if target => target = false,
            _ if target => {}
            '*' | '`' | '#' | '[' | '>' => {}
            c if c.is_whitespace() => {
                if !plain.ends_with(' ') && !plain.is_empty() {
                    plain.push(' ');
                }
            }
            c => plain.push(c),
        }
    }
    let plain = plain.trim_end().replace(']', "");
    let mut out: String = plain.chars().take(EXCERPT).collect();
    if out.len() < plain.len() {
        out.truncate(out.rfind(' ').unwrap_or(out.len()));
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_plain_and_ends_between_words() {
        assert_eq!(excerpt("You have **30 days**, see [the\nform](/help/form)."), "You have 30 days, see the form.");
        let long = excerpt(&"lamp ".repeat(60));
        assert!(long.ends_with("lamp…") && long.chars().count() <= EXCERPT + 1, "{long}");
    }
}
