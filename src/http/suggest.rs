//! What the bot would answer, for an agent who writes: asked privately, said by nobody.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Extension, Request, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::Edge;
use super::auth::{self, json_body};
use super::error::Refuse;
use super::origin::{self, Peer};
use crate::content::Situation;
use crate::conversation::{Author, Body, Entry};
use crate::desk::{Action, Actor};
use crate::dialogue::{self, AnswerKind, Suggested};
use crate::protocol::TEXT_CHARS;
use crate::store::{Range, Side};
use crate::types::{ConversationId, Seq};

/// Requests of a person at once, and how often one more: somebody types, and each pause asks.
pub(super) const BURST: u32 = 20;
pub(super) const PERIOD: Duration = Duration::from_millis(250);

/// Most answers.
const BEST: usize = 3;

/// Entries that are looked through for what the visitor said.
const ENTRIES: u32 = 50;

/// Most messages of the visitor that are read.
const MESSAGES: usize = 2;

pub(super) fn routes() -> Router<Arc<Edge>> {
    Router::new().route("/api/v1/suggest", post(suggest))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    c: String,
    /// What the agent has typed so far.
    text: Option<String>,
}

async fn suggest(
    State(edge): State<Arc<Edge>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Result<Response, Refuse> {
    let headers = request.headers().clone();
    origin::own_request(&edge.config, &headers, peer)?;
    let person = auth::person(&edge, &headers, peer, Action::Suggest).await?;
    let Ask { c, text } = json_body(&edge, request).await?;
    let text = text.unwrap_or_default();
    if text.chars().count() > TEXT_CHARS {
        return Err(Refuse::INVALID);
    }
    let c: ConversationId = c.parse().map_err(|_| Refuse::NOT_FOUND)?;
    edge.suggesters.take(person.id, Instant::now()).map_err(Refuse::rate)?;
    let state = edge.desk.state(&Actor::Person(person), c).await?;
    let range = Range { after: Seq(0), before: None, limit: ENTRIES, side: Side::Last };
    let asked = asked(&edge.desk.entries(c, range).await?);
    let texts: Vec<&str> = [text.as_str()].into_iter().chain(asked.iter().map(String::as_str)).collect();
    let page = state.visit.page.as_ref().and_then(|p| p.url.as_deref());
    let situation = Situation { page, at: edge.desk.now(), language: state.language() };
    let content = edge.desk.content();
    let best = dialogue::suggest(&content, &state.memory, &texts, &situation, BEST);
    let base = base(&edge, &headers, peer);
    let answers: Vec<Value> = best.into_iter().map(|s| shown(s, base.as_deref())).collect();
    Ok(Json(json!({ "answers": answers })).into_response())
}

/// What the visitor said last, newest first, then the question that the chat was handed over with.
fn asked(entries: &[Entry]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for entry in entries.iter().rev() {
        match (&entry.author, &entry.body) {
            (Author::Visitor, Body::Text(said)) if texts.len() < MESSAGES => texts.push(said.text.clone()),
            (_, Body::Handoff(handoff)) => {
                if !texts.contains(&handoff.packet.question) {
                    texts.push(handoff.packet.question.clone());
                }
                break;
            }
            _ => {}
        }
    }
    texts
}

/// Where this server's pages are, for links that leave it.
fn base(edge: &Edge, headers: &HeaderMap, peer: Peer) -> Option<String> {
    edge.config.public_url.clone().or_else(|| {
        let scheme = if origin::is_https(&edge.config, headers, peer) { "https" } else { "http" };
        origin::host(headers).map(|host| format!("{scheme}://{host}"))
    })
}

fn shown(answer: Suggested, base: Option<&str>) -> Value {
    let mut text = answer.text;
    let mut json = json!({
        "id": answer.id,
        "kind": match answer.kind {
            AnswerKind::Intent => "intent",
            AnswerKind::Article => "article",
        },
        "title": answer.title, "confidence": answer.confidence, "language": answer.language.to_string(),
    });
    if let Some((title, path)) = answer.source {
        if let Some(base) = base {
            let url = format!("{}{path}", base.trim_end_matches('/'));
            // Brackets would end the link's words early.
            let words: String = title.chars().filter(|c| !matches!(c, '[' | ']')).collect();
            text.push_str(&format!("\n\n[{words}]({url})"));
            json["source"] = json!({ "title": title, "url": url });
        }
        json["path"] = json!(path);
    }
    if !answer.options.is_empty() {
        json["options"] =
            answer.options.into_iter().map(|o| json!({ "id": o.id, "label": o.label })).collect::<Value>();
    }
    json["text"] = json!(text);
    json
}
