//! Who a socket belongs to: by the token that it shows, or by what a site has signed.

use metrics::counter;
use tokio::time::Instant;

use super::Session;
use crate::desk::{DeskError, Load};
use crate::http::Edge;
use crate::http::session::{self, done, refused};
use crate::http::socket::{End, Socket};
use crate::http::wire;
use crate::protocol::{CloseCode, ErrorCode, ServerFrame};
use crate::queue::Block;
use crate::types::VisitorId;

/// Who shows this token; a new visitor, with the token to keep, where nobody does and there may be one more.
pub(super) async fn who(
    edge: &Edge,
    socket: &mut Socket,
    site: &str,
    token: Option<&str>,
    from: Option<Block>,
) -> Result<(VisitorId, Option<String>), End> {
    if let Some(token) = token {
        match edge.desk.known_visitor(site, token).await {
            Ok(Some(known)) => return Ok(known),
            Ok(None) => {}
            Err(e) => return Err(session::later(socket, &e)),
        }
    }
    if edge.desk.busy() >= Load::Crowded {
        return Err(session::later(socket, &DeskError::Busy));
    }
    if let Err(wait) = edge.caps.session(from, Instant::now()) {
        counter!("sessions_refused_total").increment(1);
        socket.push(&ServerFrame::Err { code: ErrorCode::Rate, rid: None, after_ms: Some(wait) })?;
        return Err(CloseCode::Rate.into());
    }
    match edge.desk.new_visitor(site).await {
        Ok((id, token)) => Ok((id, Some(token))),
        Err(e) => Err(session::later(socket, &e)),
    }
}

impl Session<'_> {
    /// Somebody says who they are by a site's signature, or, without one, that nobody shall know it any more.
    pub(super) async fn identify(&mut self, rid: String, jwt: &str) -> Result<(), End> {
        if !session::is_rid(&rid) {
            return self.socket.push(&session::error(ErrorCode::Invalid));
        }
        let desk = &self.edge.desk;
        // Guesses are as dear as messages.
        if self.edge.messages.take(self.id, Instant::now()).is_err() {
            return self.answer(refused(rid, ErrorCode::Rate));
        }
        let site = self.visit.site.clone().unwrap_or_default();
        if jwt.is_empty() {
            if self.edge.caps.session(self.from, Instant::now()).is_err() {
                return self.answer(refused(rid, ErrorCode::Rate));
            }
            if let Err(e) = desk.forget_visitor(self.id).await {
                return self.answer(refused(rid, wire::code(&e)));
            }
            return match desk.new_visitor(&site).await {
                Ok((id, token)) => self.become_other(rid, (id, Some(token))),
                Err(e) => self.answer(refused(rid, wire::code(&e))),
            };
        }
        let added = desk.sites();
        let Some(key) = self.edge.signatures.of(&site, &added) else {
            return self.answer(refused(rid, ErrorCode::Unavailable));
        };
        let Some(claims) = key.read(&site, jwt, desk.now()) else {
            counter!("identify_refused_total").increment(1);
            return self.answer(refused(rid, ErrorCode::Forbidden));
        };
        match desk.identify(self.id, claims).await {
            Ok(Some(known)) => self.become_other(rid, (known.visitor, Some(known.token))),
            Ok(None) => {
                counter!("identify_refused_total").increment(1);
                self.answer(refused(rid, ErrorCode::Forbidden))
            }
            Err(e) => self.answer(refused(rid, wire::code(&e))),
        }
    }

    fn become_other(&mut self, rid: String, next: (VisitorId, Option<String>)) -> Result<(), End> {
        let mut res = done(rid);
        res.token.clone_from(&next.1);
        self.answer(res)?;
        if next.0 != self.id {
            // Other tabs come back with the token that this one keeps.
            self.edge.visitors.end(self.id, CloseCode::StateInvalid);
        }
        self.next = Some(next);
        Ok(())
    }
}
