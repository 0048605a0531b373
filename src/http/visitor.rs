//! A visitor's session: hello, replay, live.

mod frames;
mod who;

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use tokio::time::Instant;

use self::who::who;
use super::Edge;
use super::device::Device;
use super::follow::Followed;
use super::rights;
use super::session::{self, Beat, Clocks};
use super::socket::{End, Incoming, Socket};
use super::visit;
use super::wire::{self, Glance, Reader};
use crate::bus::Party;
use crate::conversation::{Owner, State, Visit};
use crate::desk::{Actor, DeskError, Mail, Place, VisitorConnection};
use crate::fault;
use crate::protocol::{
    CloseCode, Hello, Limits, Resume, ResyncReason, ServerFrame, TEXT_CHARS, VISITOR_FRAME, Wait, Welcome,
};
use crate::queue::Block;
use crate::types::{ConversationId, Seq, VisitorId};

/// A message that waited so long for being read is refused first.
const TOO_LATE: Duration = Duration::from_secs(1);

/// Most conversations that `hello` may resume.
const RESUMES: usize = 50;

/// Where a socket comes from, as its origin says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Home {
    /// This server's own pages: any site's widget may be tried there.
    Own,
    /// These sites.
    Sites(Vec<String>),
}

impl Home {
    /// Whether one of the sites is still there: it may have been removed meanwhile.
    fn stands(&self, edge: &Edge) -> bool {
        let Self::Sites(names) = self else { return true };
        let (configured, added) = (&edge.config.sites, edge.desk.sites());
        names.iter().any(|n| configured.iter().any(|s| s.name == *n) || added.iter().any(|s| s.name == *n))
    }
}

/// Serves a visitor until either side ends it.
pub(super) async fn serve(edge: Arc<Edge>, mut socket: Socket, home: Home, from: Option<Block>, device: Device) {
    let end = session::guarded(run(&edge, &mut socket, &home, from, device)).await;
    Box::pin(socket.close(end)).await;
}

async fn run(
    edge: &Arc<Edge>,
    socket: &mut Socket,
    home: &Home,
    from: Option<Block>,
    device: Device,
) -> Result<Infallible, End> {
    // What happens seldom is boxed, so that who does nothing does not carry its room around.
    let mut hello = Box::pin(session::greet(edge, socket)).await?;
    // A page elsewhere says which site it is; left out, it is the one whose page it is.
    match (home, &hello.site) {
        (Home::Own, _) => {}
        (Home::Sites(sites), Some(site)) if sites.contains(site) => {}
        (Home::Sites(sites), None) if sites.len() == 1 => hello.site = sites.first().cloned(),
        (Home::Sites(_), _) => return Err(CloseCode::Forbidden.into()),
    }
    let mut me =
        Box::pin(who(edge, socket, hello.site.as_deref().unwrap_or_default(), hello.token.as_deref(), from)).await?;
    loop {
        edge.desk.came_with(me.0, device.said(", "));
        // Whoever identifies, or wants to be nobody again, begins a new session on the same socket.
        me = session_of(edge, socket, home, from, &hello, me).await?;
        hello.resume = None;
    }
}

async fn session_of(
    edge: &Arc<Edge>,
    socket: &mut Socket,
    home: &Home,
    from: Option<Block>,
    hello: &Hello,
    (id, token): (VisitorId, Option<String>),
) -> Result<(VisitorId, Option<String>), End> {
    let mut seat = edge
        .visitors
        .enter(id, &hello.device, &edge.config.socket, Instant::now())
        .map_err(|_| End::from(CloseCode::TooManyConnections))?;
    if let Some(from) = from {
        edge.desk.seen_from(id, from);
    }
    let connection = edge.desk.connect_visitor(id);
    // Connected first: whoever is blocked from now on is told so by mail.
    if edge.desk.blocked(id).is_some() {
        return Err(CloseCode::Banned.into());
    }
    let mut session = Session {
        edge,
        socket,
        connection,
        id,
        from,
        actor: Actor::Visitor(id),
        visit: Visit::default(),
        followed: Followed::new(Reader::Visitor),
        listed: HashMap::new(),
        places: HashMap::new(),
        lined_up: false,
        next: None,
    };
    // From before the welcome on, so that no notice falls between.
    let mut clocks = Clocks::new(edge);
    Box::pin(session.welcome(hello.clone(), token)).await?;
    loop {
        tokio::select! {
            incoming = session.socket.recv(session.followed.is_behind()) => match incoming? {
                Incoming::Frame(frame) => match rights::admit(&session.actor, *frame) {
                    Ok(frame) => {
                        Box::pin(session.frame(frame)).await?;
                        if let Some(next) = session.next.take() {
                            return Ok(next);
                        }
                    }
                    Err(denied) => session.socket.push(&denied)?,
                },
                Incoming::Room => Box::pin(session.pump()).await?,
            },
            mail = session.connection.mailbox.recv() => Box::pin(session.mail(mail)).await?,
            beat = clocks.beat(edge) => match beat {
                Beat::Tick if !home.stands(edge) => return Err(CloseCode::Forbidden.into()),
                Beat::Tick => {
                    seat.heard(session.socket.heard());
                    clocks.listen(session.socket)?;
                    Box::pin(session.again()).await?;
                }
                Beat::Drain { after_ms, window_ms } => session.socket.push(&ServerFrame::Drain { after_ms, window_ms })?,
                Beat::Notice => {
                    let notice = edge.notice_for(session.visit.locale.as_deref());
                    let (text, until) = notice.map_or((None, None), |n| (Some(n.text), n.until));
                    session.socket.push(&ServerFrame::Notice { text, until })?;
                }
                Beat::Leave => return Err(CloseCode::Restart.into()),
            },
            why = seat.taken() => return Err(why.into()),
        }
    }
}

struct Session<'a> {
    edge: &'a Arc<Edge>,
    socket: &'a mut Socket,
    connection: VisitorConnection,
    id: VisitorId,
    from: Option<Block>,
    actor: Actor,
    visit: Visit,
    followed: Followed,
    /// How far each conversation was when `welcome` listed it: its head, and the last entry that visitors see.
    listed: HashMap<ConversationId, (Seq, Seq)>,
    /// Places in the queue as last told.
    places: HashMap<ConversationId, Place>,
    /// Hears that they change.
    lined_up: bool,
    /// Who this socket belongs to from now on, and the token.
    next: Option<(VisitorId, Option<String>)>,
}

impl Session<'_> {
    /// The visitor's page as last told is where the visitor is.
    fn visited(&self) {
        if let Some(page) = &self.visit.page {
            self.edge.desk.visited(self.id, &self.connection.mailbox, page);
        }
    }

    async fn welcome(&mut self, hello: Hello, token: Option<String>) -> Result<(), End> {
        let desk = &self.edge.desk;
        let site_view = self.edge.site_view(hello.locale.as_deref());
        let resume = hello.resume.clone();
        self.visit = visit::of(&self.edge.redactor, hello);
        self.visit.verified = match desk.verified(self.id).await {
            Ok(verified) => verified,
            Err(e) => return Err(session::later(self.socket, &e)),
        };
        let list = match desk.conversations(self.id).await {
            Ok(list) => list,
            Err(e) => return Err(session::later(self.socket, &e)),
        };
        self.listed = list.iter().map(|(c, s)| (*c, (s.head, s.visitor_head))).collect();
        let names = |id| desk.name_of(id);
        let conversations =
            list.iter().map(|(c, s)| wire::conversation(&Glance::of(desk, *c, s, Reader::Visitor), &names)).collect();
        let limits = &self.edge.config.socket;
        self.socket.push(&ServerFrame::Welcome(Box::new(Welcome {
            session: format!("{:016x}", super::random()),
            token,
            epoch: self.edge.epoch(),
            now: desk.now().0,
            heartbeat_ms: limits.heartbeat_ms,
            limits: Limits {
                frame_bytes: VISITOR_FRAME as u32,
                text_chars: TEXT_CHARS as u32,
                per_second: limits.messages_per_second,
                burst: limits.message_burst,
            },
            conversations,
            site: Some(site_view),
            notice: self.edge.notice_for(self.visit.locale.as_deref()),
            me: None,
        })))?;
        for resume in resume.unwrap_or_default().into_iter().take(RESUMES) {
            self.resume(resume).await?;
        }
        // What the client did not ask for it fetches; but what goes on now is told from now on.
        let open = list.iter().find(|(_, s)| s.owner != Owner::Closed);
        if let Some((c, _)) = open
            && self.followed.state(*c).is_none()
        {
            self.touch(*c).await?;
        }
        self.connection.tell();
        self.visited();
        self.tell_places()?;
        self.pump().await
    }

    /// Follow first, then read the head: whatever comes between is seen by one of the two.
    async fn resume(&mut self, resume: Resume) -> Result<(), End> {
        let Resume { c, epoch, seq } = resume;
        let resync = |reason, head: u64| {
            counter!("resync_total", "reason" => reason_name(reason)).increment(1);
            ServerFrame::Resync { c: c.clone(), reason, head }
        };
        let Ok(id) = c.parse::<ConversationId>() else {
            return self.socket.push(&resync(ResyncReason::Gone, 0));
        };
        self.connection.mailbox.follow(id);
        let mut found = self.edge.desk.state(&self.actor, id).await;
        if found.as_ref().is_ok_and(|state| seq > self.followed.head(state).0) {
            found = self.edge.desk.stored_state(&self.actor, id).await;
        }
        let state = match found {
            Ok(state) => state,
            Err(DeskError::NotFound | DeskError::Forbidden) => {
                self.connection.mailbox.unfollow(id);
                return self.socket.push(&resync(ResyncReason::Gone, 0));
            }
            Err(e) => return Err(session::later(self.socket, &e)),
        };
        fault::pause("resume_between_head_and_replay").await;
        let head = self.followed.head(&state);
        let reason = if epoch != self.edge.epoch() {
            Some(ResyncReason::Epoch)
        } else if seq > head.0 {
            Some(ResyncReason::Ahead)
        } else if head.0 - seq > self.edge.config.socket.replay {
            Some(ResyncReason::TooFar)
        } else {
            None
        };
        match reason {
            Some(reason) => {
                self.socket.push(&resync(reason, head.0))?;
                self.followed.follow_end(id, state);
            }
            None => self.followed.follow_after(id, Seq(seq), Seq(seq), state),
        }
        Ok(())
    }

    async fn pump(&mut self) -> Result<(), End> {
        self.followed.pump(&self.edge.desk, self.socket).await
    }

    /// Looks at a conversation that changed, follows it if it is new here, and writes what is new.
    async fn look(&mut self, c: ConversationId) -> Result<(), End> {
        self.touch(c).await?;
        self.pump().await
    }

    async fn touch(&mut self, c: ConversationId) -> Result<(), End> {
        let known = self.followed.state(c).is_some();
        if !known {
            self.connection.mailbox.follow(c);
        }
        match self.edge.desk.state(&self.actor, c).await {
            Ok(state) => {
                if known {
                    self.followed.update(c, state);
                } else {
                    self.begin(c, state)?;
                }
                self.tell_place(c)
            }
            Err(DeskError::NotFound | DeskError::Forbidden) => {
                self.connection.mailbox.unfollow(c);
                self.followed.remove(c);
                Ok(())
            }
            Err(_) => {
                self.followed.doubt(c);
                Ok(())
            }
        }
    }

    /// Goes on where the store failed.
    async fn again(&mut self) -> Result<(), End> {
        for c in self.followed.resume() {
            self.touch(c).await?;
        }
        self.pump().await
    }

    /// A conversation that this session hears of for the first time: one of `welcome` from where it stood then, a new
    /// one from its beginning.
    fn begin(&mut self, c: ConversationId, state: Arc<State>) -> Result<(), End> {
        let (last, prev) = self.listed.get(&c).copied().unwrap_or_default();
        if self.followed.head(&state).0 - prev.0 > self.edge.config.socket.replay {
            let head = self.followed.head(&state).0;
            self.followed.follow_end(c, state);
            counter!("resync_total", "reason" => "too_far").increment(1);
            return self.socket.push(&ServerFrame::Resync { c: c.to_string(), reason: ResyncReason::TooFar, head });
        }
        self.followed.follow_after(c, last, prev, state);
        Ok(())
    }

    async fn mail(&mut self, mail: Mail) -> Result<(), End> {
        if mail.erased {
            return Err(CloseCode::Erased.into());
        }
        if mail.banned {
            return Err(CloseCode::Banned.into());
        }
        for c in &mail.gone {
            self.connection.mailbox.unfollow(*c);
            self.followed.remove(*c);
            self.places.remove(c);
            self.socket.push(&ServerFrame::Resync { c: c.to_string(), reason: ResyncReason::Gone, head: 0 })?;
        }
        if mail.everything {
            let all: Vec<_> = self.followed.all().map(|(c, _)| c).collect();
            for c in all {
                self.touch(c).await?;
            }
        }
        for c in mail.logs.iter().map(|(c, _)| *c).chain(mail.changed.iter().copied()) {
            self.touch(c).await?;
        }
        self.pump().await?;
        let names = |id| self.edge.desk.name_of(id);
        for (c, by, on, _) in &mail.typing {
            if *by != Party::Visitor && self.followed.state(*c).is_some() {
                let from = wire::party(*by, &names);
                self.socket.push_lossy(&ServerFrame::Typing { c: c.to_string(), from, on: *on, preview: None })?;
            }
        }
        for (c, by, seq) in &mail.reads {
            if *by != Party::Visitor && self.followed.state(*c).is_some() {
                let from = wire::party(*by, &names);
                self.socket.push_lossy(&ServerFrame::Read { c: c.to_string(), from, seq: seq.0 })?;
            }
        }
        if !mail.presence.is_empty() {
            self.tell_presence(&mail)?;
        }
        if mail.queue || mail.everything { self.tell_places() } else { Ok(()) }
    }

    /// Whether the agent of a conversation is there.
    fn tell_presence(&mut self, mail: &Mail) -> Result<(), End> {
        let desk = &self.edge.desk;
        let names = |id| desk.name_of(id);
        let of = |s: &State| match s.owner {
            Owner::Agent(agent) if mail.presence.contains(&agent) => Some(agent),
            _ => None,
        };
        let moved: Vec<_> = self.followed.all().filter_map(|(c, s)| of(s).map(|agent| (c, agent))).collect();
        if moved.is_empty() {
            return Ok(());
        }
        let colleagues = desk.colleagues();
        for (c, agent) in moved {
            let found = colleagues.iter().find(|x| x.person.id == agent);
            self.socket.push_lossy(&ServerFrame::Presence {
                c: Some(c.to_string()),
                from: wire::agent(agent, &names),
                state: found.map_or(crate::protocol::PresenceState::Offline, |x| wire::presence(x.availability)),
                load: None,
                capacity: None,
            })?;
        }
        Ok(())
    }

    fn tell_places(&mut self) -> Result<(), End> {
        let all: Vec<_> = self.followed.all().map(|(c, _)| c).collect();
        all.into_iter().try_for_each(|c| self.tell_place(c))
    }

    fn tell_place(&mut self, c: ConversationId) -> Result<(), End> {
        let waits = self.followed.state(c).is_some_and(|s| s.owner == Owner::Queue);
        if waits != self.lined_up {
            self.lined_up = waits || self.followed.all().any(|(_, s)| s.owner == Owner::Queue);
            self.connection.mailbox.watch_line(self.lined_up);
        }
        let place = if waits { self.edge.desk.place(c) } else { None };
        let Some(place) = place else {
            self.places.remove(&c);
            return Ok(());
        };
        if self.places.insert(c, place) == Some(place) {
            return Ok(());
        }
        let Place { position, wait: (low, high), staffed } = place;
        self.socket.push_lossy(&ServerFrame::Queue { c: c.to_string(), position, wait_s: Wait { low, high }, staffed })
    }
}

const fn reason_name(reason: ResyncReason) -> &'static str {
    match reason {
        ResyncReason::Epoch => "epoch",
        ResyncReason::Ahead => "ahead",
        ResyncReason::TooFar => "too_far",
        ResyncReason::Gone => "gone",
    }
}
