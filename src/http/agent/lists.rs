//! The lists that an agent watches: who stands in them, and what of them changed.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::Session;
use crate::desk::{self, Step};
use crate::http::session::{self, done, refused};
use crate::http::socket::End;
use crate::http::wire;
use crate::protocol::{Conversation, ErrorCode, Page, ServerFrame, View};
use crate::types::ConversationId;

/// Most conversations in a list.
pub(super) const LIST: u32 = 200;

impl Session<'_> {
    pub(super) async fn watch(&mut self, rid: String, view: View) -> Result<(), End> {
        if !session::is_rid(&rid) {
            return self.socket.push(&session::error(ErrorCode::Invalid));
        }
        self.connection.mailbox.watch_all(true);
        let (list, more) = match self.edge.desk.list(&self.person, desk_view(view), LIST).await {
            Ok(list) => list,
            Err(e) => return self.answer(refused(rid, wire::code(&e))),
        };
        if !self.watched.contains(&view) {
            self.watched.push(view);
        }
        let conversations: Vec<_> = list.iter().map(|(c, s)| self.glance(*c, s)).collect();
        for ((c, _), told) in list.iter().zip(&conversations) {
            self.shown.insert(*c, print_of(told));
        }
        let mut res = done(rid);
        res.conversations = Some(conversations);
        res.more = more.then_some(true);
        self.answer(res)
    }

    /// Tells of a conversation of a watched view if it looks different from what was told, or has left the view.
    pub(super) async fn show(&mut self, c: ConversationId) -> Result<(), End> {
        if self.watched.is_empty() {
            return Ok(());
        }
        let state = match self.edge.desk.state(&self.actor, c).await {
            Ok(state) => state,
            Err(_) => {
                self.shown.remove(&c);
                return Ok(());
            }
        };
        let fits = self.watched.iter().any(|v| desk_view(*v).fits(&self.person, &state));
        let was = self.shown.contains_key(&c);
        if !fits && !was {
            return Ok(());
        }
        let told = self.glance(c, &state);
        let print = print_of(&told);
        let before = if fits { self.shown.insert(c, print) } else { self.shown.remove(&c) };
        if before == Some(print) { Ok(()) } else { self.socket.push(&ServerFrame::Conversation(Box::new(told))) }
    }

    /// The same for everything that is watched, where nobody can say what changed.
    pub(super) async fn show_all(&mut self) -> Result<(), End> {
        let mut all: Vec<_> = self.shown.keys().copied().collect();
        for view in self.watched.clone() {
            if let Ok((list, _)) = self.edge.desk.list(&self.person, desk_view(view), LIST).await {
                all.extend(list.into_iter().map(|(c, _)| c));
            }
        }
        for c in all {
            self.show(c).await?;
        }
        Ok(())
    }
}

const fn desk_view(view: View) -> desk::View {
    match view {
        View::Waiting => desk::View::Waiting,
        View::Mine => desk::View::Mine,
        View::Department => desk::View::Department,
        View::Snoozed => desk::View::Snoozed,
        View::Closed => desk::View::Closed,
        View::Mentioned => desk::View::Mentioned,
        View::All => desk::View::All,
    }
}

/// What two looks at a conversation are compared by.
fn print_of(conversation: &Conversation) -> u64 {
    let mut hasher = DefaultHasher::new();
    serde_json::to_vec(conversation).unwrap_or_default().hash(&mut hasher);
    hasher.finish()
}

/// Where a visitor is now.
pub(super) fn page_now(c: ConversationId, Step { url, title, at }: Step) -> ServerFrame {
    ServerFrame::Page { c: c.to_string(), page: Page { url: Some(url), title, referrer: None }, at: at.0 }
}
