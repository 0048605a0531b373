//! The session of a person who logged in: watches lists, opens logs, acts.

mod frames;
mod lists;
mod login;

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use tokio::time::Instant;

use super::Edge;
use super::follow::Followed;
use super::rights;
use super::session::{self, Beat, Clocks};
use super::socket::{End, Incoming, Socket};
use super::wire::{self, Glance, Reader};
use crate::bus::Party;
use crate::conversation::{Owner, State};
use crate::desk::{self, Action, Actor, AgentConnection, DeskError, Mail, On, may};
use crate::fault;
use crate::protocol::{
    AGENT_FRAME, CloseCode, Conversation, FromKind, Hello, Limits, PresenceState, Res, ResyncReason, ServerFrame,
    TEXT_CHARS, View, Welcome,
};
use crate::store::Person;
use crate::types::{ConversationId, Seq};

/// Most logs that one session follows; the least needed are let go.
const LOGS: usize = 200;

/// Serves a person until either side ends it. Without a login it says so and closes: before the upgrade a browser
/// would not learn the reason.
pub(super) async fn serve(edge: Arc<Edge>, mut socket: Socket, token: Option<String>, from: IpAddr) {
    let end = session::guarded(run(&edge, &mut socket, token, from)).await;
    socket.close(end).await;
}

async fn run(edge: &Arc<Edge>, socket: &mut Socket, token: Option<String>, from: IpAddr) -> Result<Infallible, End> {
    let token = token.ok_or(CloseCode::TokenInvalid)?;
    let person = match edge.desk.session(&token).await {
        Ok(Some(person)) => person,
        Ok(None) => return Err(CloseCode::TokenInvalid.into()),
        Err(e) => return Err(session::later(socket, &e)),
    };
    let hello = session::greet(edge, socket).await?;
    let mut seat = edge
        .agents
        .enter(person.id, &hello.device, &edge.config.socket, Instant::now())
        .map_err(|_| End::from(CloseCode::TooManyConnections))?;
    let connection = edge.desk.connect_agent(&person);
    let mut session = Session {
        edge,
        socket,
        connection,
        actor: Actor::Person(Arc::clone(&person)),
        person,
        token,
        from,
        acted: true,
        looked: Instant::now(),
        followed: Followed::new(Reader::Agent),
        watched: Vec::new(),
        shown: HashMap::new(),
    };
    session.welcome(hello).await?;
    let mut clocks = Clocks::new(edge);
    loop {
        tokio::select! {
            incoming = session.socket.recv(session.followed.is_behind()) => match incoming? {
                Incoming::Frame(frame) => match rights::admit(&session.actor, *frame) {
                    Ok(frame) => {
                        session.acted |= rights::action(&frame) != Action::Stay;
                        Box::pin(session.frame(frame)).await?;
                    }
                    Err(denied) => session.socket.push(&denied)?,
                },
                Incoming::Room => session.pump().await?,
            },
            mail = session.connection.mailbox.recv() => Box::pin(session.mail(mail)).await?,
            beat = clocks.beat(edge) => match beat {
                Beat::Tick => {
                    seat.heard(session.socket.heard());
                    clocks.listen(session.socket)?;
                    session.still().await?;
                    session.again().await?;
                }
                Beat::Drain { after_ms, window_ms } => session.socket.push(&ServerFrame::Drain { after_ms, window_ms })?,
                Beat::Notice => {}
                Beat::Leave => return Err(CloseCode::Restart.into()),
            },
            why = seat.taken() => return Err(why.into()),
        }
    }
}

struct Session<'a> {
    edge: &'a Arc<Edge>,
    socket: &'a mut Socket,
    connection: AgentConnection,
    actor: Actor,
    person: Arc<Person>,
    token: String,
    /// For the audit table.
    from: IpAddr,
    /// Something was done since the login was looked at last.
    acted: bool,
    /// When that was.
    looked: Instant,
    followed: Followed,
    /// Views that are watched.
    watched: Vec<View>,
    /// Conversations of these views as last told: what has not changed is not told again.
    shown: HashMap<ConversationId, u64>,
}

impl Session<'_> {
    async fn welcome(&mut self, hello: Hello) -> Result<(), End> {
        let desk = &self.edge.desk;
        let list = match desk.list(&self.person, desk::View::Mine, lists::LIST).await {
            Ok((list, _)) => list,
            Err(DeskError::Forbidden) => Vec::new(),
            Err(e) => return Err(session::later(self.socket, &e)),
        };
        let names = |id| desk.name_of(id);
        let conversations =
            list.iter().map(|(c, s)| wire::conversation(&Glance::of(desk, *c, s, Reader::Agent), &names)).collect();
        let limits = &self.edge.config.socket;
        self.socket.push(&ServerFrame::Welcome(Box::new(Welcome {
            session: format!("{:016x}", super::random()),
            token: None,
            epoch: self.edge.epoch(),
            now: desk.now().0,
            heartbeat_ms: limits.heartbeat_ms,
            limits: Limits {
                frame_bytes: AGENT_FRAME as u32,
                text_chars: TEXT_CHARS as u32,
                per_second: limits.frames_per_second,
                burst: limits.frames_per_second * 10,
            },
            conversations,
            site: None,
            notice: None,
            me: Some(wire::me(desk, &self.person)),
        })))?;
        let known: HashMap<_, _> = list.iter().map(|(c, s)| (*c, s.head)).collect();
        for resume in hello.resume.unwrap_or_default().into_iter().take(LOGS) {
            let head = match resume.c.parse().map(|c| (c, resume.epoch == self.edge.epoch())) {
                Ok((c, true)) => match self.follow(c, Some(Seq(resume.seq))).await {
                    Ok(None) => continue,
                    Ok(Some(resync)) => {
                        self.socket.push(&resync)?;
                        continue;
                    }
                    Err(_) => Err(ResyncReason::Gone),
                },
                Ok((c, false)) => match self.follow(c, None).await {
                    Ok(_) => Ok(self.followed.state(c).map_or(0, |s| s.head.0)),
                    Err(_) => Err(ResyncReason::Gone),
                },
                Err(_) => Err(ResyncReason::Gone),
            };
            let (reason, head) = head.map_or_else(|gone| (gone, 0), |head| (ResyncReason::Epoch, head));
            self.socket.push(&ServerFrame::Resync { c: resume.c, reason, head })?;
        }
        // Chats at hand go on from where `welcome` says they are.
        for (c, head) in known {
            if self.followed.state(c).is_none() {
                // Refused only where it has just gone to somebody else.
                let _ = self.follow(c, Some(head)).await;
            }
        }
        for (c, _) in self.edge.desk.offers_to(self.person.id) {
            self.offer(c).await?;
        }
        self.pump().await
    }

    /// Follows a log: from behind a place on, or from its end on. Follow first, then read the head.
    ///
    /// # Errors
    /// Why it may not be followed.
    async fn follow(&mut self, c: ConversationId, after: Option<Seq>) -> Result<Option<ServerFrame>, DeskError> {
        self.connection.mailbox.follow(c);
        let mut found = self.edge.desk.state(&self.actor, c).await;
        if found.as_ref().is_ok_and(|state| after.is_some_and(|seq| seq > state.head)) {
            found = self.edge.desk.stored_state(&self.actor, c).await;
        }
        let state = match found {
            Ok(state) => state,
            Err(e) => {
                if self.followed.state(c).is_none() {
                    self.connection.mailbox.unfollow(c);
                }
                return Err(e);
            }
        };
        fault::pause("resume_between_head_and_replay").await;
        let head = state.head;
        let resync = match after {
            None => None,
            Some(seq) if seq > head => Some(ResyncReason::Ahead),
            Some(seq) if seq.0 > 0 && head.0 - seq.0 > self.edge.config.socket.replay => Some(ResyncReason::TooFar),
            Some(seq) => {
                self.followed.follow_after(c, seq, seq, state);
                self.let_go(c);
                return Ok(None);
            }
        };
        self.followed.follow_end(c, state);
        self.let_go(c);
        Ok(resync.map(|reason| ServerFrame::Resync { c: c.to_string(), reason, head: head.0 }))
    }

    /// Keeps the number of followed logs bounded: the one touched longest ago that is not this person's goes.
    fn let_go(&mut self, newest: ConversationId) {
        if self.followed.len() <= LOGS {
            return;
        }
        let mine = Owner::Agent(self.person.id);
        let oldest = self
            .followed
            .all()
            .filter(|(c, s)| *c != newest && s.owner != mine)
            .min_by_key(|(_, s)| s.updated_at)
            .map(|(c, _)| c);
        if let Some(c) = oldest {
            self.connection.mailbox.unfollow(c);
            self.followed.remove(c);
        }
    }

    async fn pump(&mut self) -> Result<(), End> {
        self.followed.pump(&self.edge.desk, self.socket).await
    }

    /// Tells who else has a conversation on the screen.
    fn looking(&mut self, c: ConversationId) -> Result<(), End> {
        let desk = &self.edge.desk;
        let others = desk.looking(c).into_iter().filter(|a| *a != self.person.id);
        let agents = others.map(|a| wire::agent(a, &|id| desk.name_of(id))).collect();
        self.socket.push_lossy(&ServerFrame::Looking { c: c.to_string(), agents })
    }

    /// Tells what is offered to this person, or that it is not any more.
    async fn offer(&mut self, c: ConversationId) -> Result<(), End> {
        let desk = &self.edge.desk;
        let until = desk.offered(c).filter(|(agent, _)| *agent == self.person.id).map(|(_, until)| until.0);
        let state = desk.state(&self.actor, c).await.ok();
        let shown = state.as_ref().filter(|_| until.is_some()).map(|state| Box::new(self.glance(c, state)));
        let until = until.filter(|_| shown.is_some());
        self.socket.push(&ServerFrame::Offer { c: c.to_string(), until, conversation: shown })
    }

    fn answer(&mut self, res: Res) -> Result<(), End> {
        self.socket.push(&ServerFrame::Res(Box::new(res)))
    }

    fn glance(&self, c: ConversationId, state: &State) -> Conversation {
        let desk = &self.edge.desk;
        wire::conversation(&Glance::of(desk, c, state, Reader::Agent), &|id| desk.name_of(id))
    }

    /// Looks at a followed log that changed.
    async fn touch(&mut self, c: ConversationId) -> Result<(), End> {
        if self.followed.state(c).is_none() {
            return Ok(());
        }
        match self.edge.desk.state(&self.actor, c).await {
            Ok(state) => self.followed.update(c, state),
            Err(DeskError::NotFound | DeskError::Forbidden) => {
                self.connection.mailbox.unfollow(c);
                self.followed.remove(c);
            }
            Err(_) => self.followed.doubt(c),
        }
        Ok(())
    }

    /// Goes on where the store failed.
    async fn again(&mut self) -> Result<(), End> {
        for c in self.followed.resume() {
            self.touch(c).await?;
        }
        self.pump().await
    }

    /// A chat that has come to this person by a colleague's hand is followed from its beginning.
    async fn receive(&mut self, c: ConversationId) -> Result<(), End> {
        if self.followed.state(c).is_some() {
            return Ok(());
        }
        if let Ok(state) = self.edge.desk.state(&self.actor, c).await
            && state.owner == Owner::Agent(self.person.id)
        {
            let _ = self.follow(c, Some(Seq(0))).await;
        }
        Ok(())
    }

    async fn mail(&mut self, mail: Mail) -> Result<(), End> {
        if mail.people {
            self.revalidate().await?;
        }
        for c in &mail.gone {
            self.connection.mailbox.unfollow(*c);
            let followed = self.followed.state(*c).is_some();
            self.followed.remove(*c);
            if self.shown.remove(c).is_some() || followed {
                self.socket.push(&ServerFrame::Resync { c: c.to_string(), reason: ResyncReason::Gone, head: 0 })?;
            }
        }
        if mail.everything {
            let followed: Vec<_> = self.followed.all().map(|(c, _)| c).collect();
            for c in followed {
                self.touch(c).await?;
            }
            self.show_all().await?;
        }
        for (c, _) in &mail.logs {
            self.touch(*c).await?;
        }
        for c in &mail.changed {
            self.receive(*c).await?;
            self.touch(*c).await?;
        }
        self.pump().await?;
        for c in &mail.changed {
            self.show(*c).await?;
        }
        let desk = &self.edge.desk;
        let names = |id| desk.name_of(id);
        for (c, by, on, preview) in &mail.typing {
            if *by != Party::Agent(self.person.id) && self.followed.state(*c).is_some() {
                let from = wire::party(*by, &names);
                let preview = preview.as_ref().map(ToString::to_string);
                self.socket.push_lossy(&ServerFrame::Typing { c: c.to_string(), from, on: *on, preview })?;
            }
        }
        for (c, by, seq) in &mail.reads {
            if *by == Party::Visitor && self.followed.state(*c).is_some() {
                let from = wire::party(*by, &names);
                self.socket.push_lossy(&ServerFrame::Read { c: c.to_string(), from, seq: seq.0 })?;
            }
        }
        for (what, of) in &mail.shared {
            let mine = of.is_none_or(|agent| agent == self.person.id);
            if mine && may(&self.actor, Action::Keep, On::Any) {
                self.socket.push(&ServerFrame::Desk { what: what.as_str().to_owned() })?;
            }
        }
        for c in &mail.looking {
            if self.followed.state(*c).is_some() {
                self.looking(*c)?;
            }
        }
        for (agent, c) in &mail.offers {
            if *agent == self.person.id {
                self.offer(*c).await?;
            }
        }
        for c in &mail.pages {
            if let Some(state) = self.followed.state(*c)
                && let Some(step) = desk.trail(state.visitor).pop()
            {
                self.socket.push_lossy(&lists::page_now(*c, step))?;
            }
        }
        for (c, online) in &mail.visitors {
            if self.followed.state(*c).is_some() || self.shown.contains_key(c) {
                self.socket.push_lossy(&ServerFrame::Presence {
                    c: Some(c.to_string()),
                    from: wire::nameless(FromKind::Visitor),
                    state: if *online { PresenceState::Online } else { PresenceState::Offline },
                    load: None,
                    capacity: None,
                })?;
            }
        }
        if !mail.presence.is_empty() || mail.everything {
            for colleague in desk.colleagues() {
                if mail.everything || mail.presence.contains(&colleague.person.id) {
                    self.socket.push_lossy(&ServerFrame::Presence {
                        c: None,
                        from: wire::agent(colleague.person.id, &names),
                        state: wire::presence(colleague.availability),
                        load: Some(colleague.load),
                        capacity: Some(colleague.person.capacity),
                    })?;
                }
            }
        }
        Ok(())
    }
}
