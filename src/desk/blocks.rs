//! Visitors who may not write: their sockets end, new ones are refused, and what was open is closed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::trail::Step;
use super::turns::Deed;
use super::{Action, Actor, Desk, DeskError, On, may};
use crate::conversation::{Event, Owner, State};
use crate::store::beside::Blocked;
use crate::store::{Filter, Person, StoreError};
use crate::types::{ConversationId, Timestamp, VisitorId};

/// Conversations of a visitor that are looked at.
const CONVERSATIONS: u32 = 50;

/// Who is blocked, at hand: it is asked at every message.
pub(super) type Blocks = HashMap<VisitorId, Blocked>;

/// What an agent sees of a visitor beside a conversation.
#[derive(Debug, Clone)]
pub struct Card {
    /// Who.
    pub visitor: VisitorId,
    /// Their other conversations that this person may see, newest first.
    pub conversations: Vec<(ConversationId, Arc<State>)>,
    /// They may not write.
    pub blocked: Option<Blocked>,
    /// The last pages that they looked at while connected, oldest first.
    pub trail: Vec<Step>,
    /// With which kind of device they came last.
    pub device: Option<String>,
}

impl Desk {
    /// Since when and why a visitor may not write, if that is so now.
    #[must_use]
    pub fn blocked(&self, visitor: VisitorId) -> Option<Blocked> {
        let blocks = self.blocks.load();
        blocks.get(&visitor).filter(|b| holds(b, self.now())).cloned()
    }

    /// What is known of the visitor of a conversation.
    ///
    /// # Errors
    /// `NotFound` where the conversation is not there or not theirs; `Busy` and `Storage`.
    pub async fn card(&self, by: &Arc<Person>, c: ConversationId) -> Result<Card, DeskError> {
        let state = self.state(&Actor::Person(Arc::clone(by)), c).await?;
        let visitor = state.visitor;
        let all = self.store.list(Filter::OfVisitor(visitor), CONVERSATIONS + 1).await?;
        let others = all.into_iter().filter(|(other, state)| *other != c && self.sees(by, state));
        let conversations = others.take(CONVERSATIONS as usize).map(|(c, s)| (c, Arc::new(s))).collect();
        let (trail, device) = (self.trail(visitor), self.device(visitor));
        Ok(Card { visitor, conversations, blocked: self.blocked(visitor), trail, device })
    }

    /// Blocks a visitor, or changes until when and why.
    ///
    /// # Errors
    /// `NotFound` where there is no conversation of such a visitor that this person may see; `Forbidden`, `Busy`,
    /// `Storage`.
    pub async fn block(
        self: &Arc<Self>,
        by: &Arc<Person>,
        address: IpAddr,
        visitor: VisitorId,
        until: Option<Timestamp>,
        reason: &str,
    ) -> Result<(), DeskError> {
        self.insist_known(by, visitor).await?;
        if !self.store.block(visitor, until, reason, self.by(by, address)).await? {
            return Err(DeskError::NotFound);
        }
        self.obey_blocks().await
    }

    /// They may write again.
    ///
    /// # Errors
    /// As [`Desk::block`]; `NotFound` also where they were not blocked.
    pub async fn unblock(
        self: &Arc<Self>,
        by: &Arc<Person>,
        address: IpAddr,
        visitor: VisitorId,
    ) -> Result<(), DeskError> {
        self.insist_known(by, visitor).await?;
        if !self.store.unblock(visitor, self.by(by, address)).await? {
            return Err(DeskError::NotFound);
        }
        self.obey_blocks().await
    }

    async fn insist_known(&self, by: &Arc<Person>, visitor: VisitorId) -> Result<(), DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::Block, On::Any) {
            return Err(DeskError::Forbidden);
        }
        let all = self.store.list(Filter::OfVisitor(visitor), CONVERSATIONS).await?;
        if all.iter().any(|(_, state)| self.sees(by, state)) { Ok(()) } else { Err(DeskError::NotFound) }
    }

    /// Reads who is blocked, and gives those who were not before.
    pub(super) async fn load_blocks(&self) -> Result<Vec<Blocked>, StoreError> {
        let read = self.store.blocked().await?;
        let now = self.now();
        let known = self.blocks.load_full();
        let fresh = |b: &&Blocked| holds(b, now) && !known.get(&b.visitor).is_some_and(|old| holds(old, now));
        let new: Vec<Blocked> = read.iter().filter(fresh).cloned().collect();
        self.blocks.store(Arc::new(read.into_iter().map(|b| (b.visitor, b)).collect()));
        Ok(new)
    }

    /// Has everybody who is newly blocked go, by whichever process that was done.
    pub(super) async fn obey_blocks(self: &Arc<Self>) -> Result<(), DeskError> {
        for blocked in self.load_blocks().await? {
            self.presence.banned(blocked.visitor);
            self.close_of(&blocked).await?;
        }
        Ok(())
    }

    /// Closes what is still open of those who were blocked while no server was there to do it.
    pub(super) async fn close_blocked(self: Arc<Self>) {
        let now = self.now();
        let blocks = self.blocks.load_full();
        for blocked in blocks.values().filter(|b| holds(b, now)) {
            if let Err(error) = self.close_of(blocked).await {
                tracing::warn!(%error, "what a blocked visitor had open could not be closed");
            }
        }
    }

    async fn close_of(self: &Arc<Self>, blocked: &Blocked) -> Result<(), DeskError> {
        for (c, state) in self.store.list(Filter::OfVisitor(blocked.visitor), CONVERSATIONS).await? {
            if state.owner == Owner::Closed {
                continue;
            }
            let event = Event::Block { agent: blocked.by.parse().ok(), reason: blocked.reason.clone() };
            let deed =
                Deed { actor: None, action: Action::See, c, event, sent: None, visit: None, opens: false, from: None };
            match self.apply(deed).await {
                // Erased meanwhile.
                Ok(_) | Err(DeskError::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

fn holds(blocked: &Blocked, now: Timestamp) -> bool {
    blocked.until.is_none_or(|until| until > now)
}
