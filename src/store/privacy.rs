//! What is known of one person, and what is left when that is erased.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::beside::Suggestion;
use super::{Range, Side, Store, StoreError, TokenHash, codec};
use crate::types::{ConversationId, Seq, Timestamp, VisitorId};

/// Entries that are read at once.
const PAGE: u32 = 500;

/// From where an account was logged in is known for so long: 90 days, in milliseconds.
pub const KNOWN_ADDRESS_MS: i64 = 90 * 86_400_000;

/// What a site's signature says of a visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Which site.
    pub site: String,
    /// Who, by the site's own name for them.
    pub subject: String,
    /// Their name.
    pub name: Option<String>,
    /// Their address.
    pub email: Option<String>,
    /// More, such as a customer number.
    pub attributes: BTreeMap<String, String>,
    /// When it was signed.
    pub issued: Option<Timestamp>,
    /// It may be used once: its hash, and until when that must be remembered.
    pub once: Option<(TokenHash, Timestamp)>,
}

/// Somebody identifies.
#[derive(Debug, Clone)]
pub struct Identify {
    /// Who the session's visitor was so far.
    pub visitor: VisitorId,
    /// Who they become if they are new, and were somebody else so far.
    pub fresh: VisitorId,
    /// The new token.
    pub token: TokenHash,
    /// What the signature says.
    pub claims: Claims,
    /// Now.
    pub at: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Who they are now.
    pub visitor: VisitorId,
    /// Conversations that are theirs from now on, or whose state says more of them.
    pub changed: Vec<ConversationId>,
}

/// What is known of a visitor beside the conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitorData {
    /// Who.
    pub id: VisitorId,
    /// When the first token was given.
    pub since: Option<Timestamp>,
    /// Who they were before they identified.
    pub joined: Vec<VisitorId>,
    /// What sites say of them.
    pub identity: Option<(Claims, Timestamp)>,
    /// Oldest first.
    pub conversations: Vec<ConversationId>,
}

/// What was erased.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasure {
    /// The visitor, and who they were before.
    pub visitors: Vec<VisitorId>,
    /// Their conversations.
    pub conversations: Vec<ConversationId>,
}

/// A tombstone: the id of a visitor or a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tombstone {
    /// Its place, rising.
    pub n: u64,
    /// Of what.
    pub id: u128,
}

/// Who reads an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Whoever runs the server: everything.
    Operator,
    /// The visitor: without what colleagues wrote for each other.
    Visitor,
}

/// Everything about one visitor as JSON: `visitor`, `since`, `joined`, `identity`, `blocked`, `conversations` with `state`,
/// `log` and `suggestions` to the editors.
///
/// # Errors
/// Where the store fails. None: nobody has this id.
pub async fn export(store: &dyn Store, id: VisitorId, audience: Audience) -> Result<Option<Value>, StoreError> {
    let Some(data) = store.visitor_data(id).await? else { return Ok(None) };
    let mut conversations = Vec::new();
    for c in &data.conversations {
        let Some(state) = store.state(*c).await? else { continue };
        let mut log = Vec::new();
        let mut after = Seq(0);
        loop {
            let page = store.entries(*c, Range { after, before: None, limit: PAGE, side: Side::First }).await?;
            for entry in &page {
                after = entry.seq;
                if audience == Audience::Operator || entry.visible_to_visitor() {
                    log.push(line(*c, entry, audience)?);
                }
            }
            if page.len() < PAGE as usize {
                break;
            }
        }
        let mut known: Value = serde_json::from_slice(&codec::state_to_json(&state)?).unwrap_or_default();
        if audience == Audience::Visitor {
            known = known.get("visit").cloned().unwrap_or_default();
        }
        let mut one = json!({ "conversation": c.to_string(), "state": known, "log": log });
        if audience == Audience::Operator {
            one["suggestions"] = store.suggestions_about(*c).await?.iter().map(Suggestion::json).collect();
        }
        conversations.push(one);
    }
    let blocked = store.blocked().await?.into_iter().find(|b| b.visitor == id).map(|b| {
        let mut json = json!({ "since": b.at.0, "until": b.until.map(|t| t.0) });
        if audience == Audience::Operator {
            json["reason"] = json!(b.reason);
            json["by"] = json!(b.by);
        }
        json
    });
    let identity = data.identity.map(|(claims, at)| {
        json!({ "site": claims.site, "subject": claims.subject, "name": claims.name, "email": claims.email,
                "attributes": claims.attributes, "verified_at": at.0 })
    });
    Ok(Some(json!({
        "visitor": data.id.to_string(),
        "since": data.since.map(|t| t.0),
        "joined": data.joined.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "identity": identity,
        "blocked": blocked,
        "conversations": conversations,
    })))
}

fn line(c: ConversationId, entry: &crate::conversation::Entry, audience: Audience) -> Result<Value, StoreError> {
    let mut line: Value = serde_json::from_str(&codec::entry_to_line(c, entry)?).unwrap_or_default();
    if let Some(object) = line.as_object_mut() {
        object.remove("conversation");
        if audience == Audience::Visitor
            && let Some(body) = object.get_mut("body").and_then(Value::as_object_mut)
        {
            // Written for colleagues.
            for key in ["packet", "note", "reason"] {
                body.remove(key);
            }
        }
    }
    Ok(line)
}
