//! The knowledge base as pages that need no script.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use super::Edge;
use super::assets::{etag, matches};
use super::headers::Policy;
use crate::content::{self, Article, Content};
use crate::types::Language;

const CSS: &str = include_str!("help.css");

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new()
        .route("/help", get(|| async { Redirect::permanent("/help/") }))
        .route("/help/", get(list))
        .route("/help/{*id}", get(article))
        .route("/help.css", get(css))
}

async fn css(headers: HeaderMap) -> Response {
    answer(&headers, "text/css; charset=utf-8", CSS.to_owned())
}

async fn list(State(edge): State<Arc<Edge>>, headers: HeaderMap) -> Response {
    answer(&headers, "text/html; charset=utf-8", list_page(&edge.desk.content()))
}

async fn article(State(edge): State<Arc<Edge>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let content = edge.desk.content();
    match content.articles.iter().find(|a| a.id == id.trim_end_matches('/')) {
        Some(article) => answer(&headers, "text/html; charset=utf-8", article_page(&content, article)),
        None => {
            let mut response = answer(&HeaderMap::new(), "text/html; charset=utf-8", missing_page(&content));
            *response.status_mut() = StatusCode::NOT_FOUND;
            response
        }
    }
}

fn answer(headers: &HeaderMap, kind: &'static str, text: String) -> Response {
    let tag = etag(&Sha256::digest(text.as_bytes()), "");
    let mut response = if matches(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, kind)], text).into_response()
    };
    let all = response.headers_mut();
    all.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    all.insert(header::CONTENT_SECURITY_POLICY, Policy::Help.value(None));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        all.insert(header::ETAG, tag);
    }
    response
}

/// The few words of these pages that the editors have not written.
struct Words {
    help: &'static str,
    all: &'static str,
    chat: &'static str,
    ask: &'static str,
    missing: &'static str,
}

fn words(language: Language) -> Words {
    match language.code() {
        "de" => Words {
            help: "Hilfe",
            all: "Alle Artikel",
            chat: "Chat öffnen",
            ask: "Noch eine Frage?",
            missing: "Diesen Artikel gibt es nicht.",
        },
        _ => Words {
            help: "Help",
            all: "All articles",
            chat: "Open the chat",
            ask: "Something else?",
            missing: "There is no such article.",
        },
    }
}

fn list_page(content: &Content) -> String {
    let default = content.settings.default_language();
    let mut by_language: BTreeMap<(bool, Language), Vec<&Article>> = BTreeMap::new();
    for article in &content.articles {
        by_language.entry((article.language != default, article.language)).or_default().push(article);
    }
    let mut body = format!("<h1>{}</h1>", words(default).help);
    let several = by_language.len() > 1;
    for ((_, language), articles) in &by_language {
        let _ = write!(body, "<section lang=\"{language}\">");
        if several {
            let _ = write!(body, "<h2>{}</h2>", language_name(*language));
        }
        body.push_str("<ul class=\"articles\">");
        for article in articles {
            let _ = write!(body, "<li><a href=\"/help/{}\">{}</a></li>", path(&article.id), escape(&article.title));
        }
        body.push_str("</ul></section>");
    }
    frame(content, default, words(default).help, &body)
}

fn article_page(content: &Content, article: &Article) -> String {
    let mut body = format!("<article><h1>{}</h1>", escape(&article.title));
    let headings: Vec<_> = article.passages.iter().filter_map(|p| p.heading.as_ref().map(|h| (&p.anchor, h))).collect();
    if headings.len() > 2 {
        body.push_str("<nav class=\"contents\"><ul>");
        for (anchor, heading) in &headings {
            let _ = write!(body, "<li><a href=\"#{}\">{}</a></li>", escape(anchor), escape(heading));
        }
        body.push_str("</ul></nav>");
    }
    for passage in &article.passages {
        if let Some(heading) = &passage.heading {
            let anchor = escape(&passage.anchor);
            let _ = write!(body, "<h2 id=\"{anchor}\"><a href=\"#{anchor}\">{}</a></h2>", escape(heading));
        }
        body.push_str(&content::html(&passage.markdown));
    }
    body.push_str("</article>");
    frame(content, article.language, &article.title, &body)
}

fn missing_page(content: &Content) -> String {
    let language = content.settings.default_language();
    frame(content, language, words(language).help, &format!("<h1>{}</h1>", words(language).missing))
}

fn frame(content: &Content, language: Language, title: &str, body: &str) -> String {
    let (name, w) = (escape(&content.settings.name), words(language));
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{} – {name}</title>\n\
         <link rel=\"icon\" href=\"/widget/favicon.svg\" type=\"image/svg+xml\">\n<link rel=\"stylesheet\" href=\"/help.css\">\n\
         </head>\n<body>\n<header><a href=\"/help/\">{name} · {}</a></header>\n<main>{body}</main>\n\
         <footer><p>{} <a href=\"/chat\">{}</a></p><p><a href=\"/help/\">{}</a></p></footer>\n</body>\n</html>\n",
        escape(title),
        w.help,
        w.ask,
        w.chat,
        w.all,
    )
}

fn language_name(language: Language) -> &'static str {
    match language.code() {
        "de" => "Deutsch",
        "en" => "English",
        "fr" => "Français",
        "es" => "Español",
        "it" => "Italiano",
        "nl" => "Nederlands",
        "pl" => "Polski",
        "pt" => "Português",
        _ => "…",
    }
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// An article's id in an address.
fn path(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        assert_eq!(escape("<a href='\"'>&"), "&lt;a href=&#39;&quot;&#39;&gt;&amp;");
        assert_eq!(path("returns/wie lang"), "returns/wie%20lang");
    }
}
