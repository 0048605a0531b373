//! The application: what a visitor, an agent or a timer can do. The only caller of store and bus.

mod asked;
mod audit;
mod blocks;
mod board;
mod bursts;
mod clock;
mod due;
mod factor;
mod figures;
mod gaps;
mod hub;
mod keeps;
mod line;
mod load;
mod looking;
mod notice;
mod people;
mod places;
mod presence;
mod pressure;
mod privacy;
mod rights;
mod routing;
mod sessions;
mod suggestions;
mod trail;
mod turns;
mod view;
mod wording;
mod workshop;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use lru::LruCache;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use crate::bus::{Bus, Hint, Party, Shared};
use crate::content::Content;
use crate::conversation::Refusal;
use crate::store::beside::Paused;
use crate::store::{Filter, Notice, Person, Site, Store, StoreError, TokenHash};
use crate::types::{AgentId, ConversationId, Role, Seq, Timestamp, VisitorId};

pub use crate::store::workshop::Release;
pub use asked::asked;
pub use blocks::Card;
pub use board::{Board, BoardDepartment};
pub use factor::Enrollment;
pub use figures::Figures;
pub use gaps::{Heard, heard};
pub use hub::{Mail, Mailbox};
pub use keeps::{Department, Kept, Named};
pub use load::Load;
pub use presence::{AgentConnection, Availability, Colleague, VisitorConnection};
pub use privacy::Known;
pub use rights::{Action, On, may};
pub use sessions::{Account, Attempt, Login, LoginError};
pub use suggestions::Told;
pub use trail::Step;
pub use view::{Place, View};
pub use wording::Rule;
pub use workshop::{
    Changed, Compiled, DiffLine, DraftView, EditDraftError, Editor, FailedTest, NamedRelease, New, Op, Origin,
    QUESTIONS, WorkshopError, git, is_path, questions,
};

/// Settings of the desk.
#[derive(Debug, Clone)]
pub struct Options {
    /// Most conversations that wait for a person.
    pub queue_capacity: u32,
    /// Conversations of one visitor that wait at once; 0: no limit.
    pub queue_per_visitor: u32,
    /// Conversations from one address that wait at once; 0: no limit.
    pub queue_per_address: u32,
    /// An agent without a connection is away after this.
    pub away_after: Duration,
    /// An away agent's chats go back to the queue after this, counted from the loss of the connection.
    pub lost_after: Duration,
    /// A login lasts this long.
    pub session_length: Duration,
    /// A login with which nothing is done ends after this.
    pub session_idle: Duration,
    /// Roles that log in with a second factor.
    pub second_factor_for: Vec<Role>,
    /// Which configuration this is, for the audit table.
    pub configuration: String,
    /// Conversations that nobody touched for so long are deleted; none: never.
    pub keep: Option<Duration>,
    /// Rows of the audit table that are older than this are deleted; none: never.
    pub keep_audit: Option<Duration>,
    /// Conversations whose state and last entries are kept at hand.
    pub cache: NonZeroUsize,
    /// A standing wait for disk or processor from which on new visitors are refused; zero: none is too long.
    pub crowded_after: Duration,
    /// The wall clock at the start; none: the machine's.
    pub wall: Option<Timestamp>,
    /// What `publish` makes live is served, not the folder.
    pub follows_releases: bool,
    /// The content folder, which may be a checkout; none: there is none.
    pub folder: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_capacity: 200,
            queue_per_visitor: 1,
            queue_per_address: 5,
            away_after: Duration::from_secs(30),
            lost_after: Duration::from_secs(120),
            session_length: Duration::from_secs(24 * 3600),
            session_idle: Duration::from_secs(8 * 3600),
            second_factor_for: Vec::new(),
            configuration: String::new(),
            keep: None,
            keep_audit: None,
            cache: NonZeroUsize::new(20_000).unwrap_or(NonZeroUsize::MIN),
            crowded_after: Duration::from_millis(400),
            wall: None,
            follows_releases: false,
            folder: None,
        }
    }
}

/// Why the desk does not do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DeskError {
    /// The conversation's state forbids it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Not there, or not yours.
    #[error("not found")]
    NotFound,
    /// Known, but not allowed.
    #[error("forbidden")]
    Forbidden,
    /// The same name for another content.
    #[error("another message has this name")]
    Conflict,
    /// The agent has no place.
    #[error("no free place")]
    AtCapacity,
    /// Nobody can take it.
    #[error("the target cannot take it")]
    Unavailable,
    /// Too much to do; later.
    #[error("busy")]
    Busy,
    /// The disk failed; later.
    #[error("the store failed")]
    Storage,
}

/// A message that is on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// Its conversation.
    pub c: ConversationId,
    /// Its place.
    pub seq: Seq,
    /// Its time.
    pub at: Timestamp,
    /// It was there already.
    pub dup: bool,
}

/// Who acts.
#[derive(Debug, Clone)]
pub enum Actor {
    /// A visitor.
    Visitor(VisitorId),
    /// A person who logged in.
    Person(Arc<Person>),
}

impl Actor {
    /// As a side of a conversation.
    #[must_use]
    pub fn party(&self) -> Party {
        match self {
            Self::Visitor(_) => Party::Visitor,
            Self::Person(p) => Party::Agent(p.id),
        }
    }
}

/// Everything at one desk. Share it by `Arc`.
pub struct Desk {
    store: Arc<dyn Store>,
    bus: Arc<dyn Bus>,
    content: ArcSwap<Content>,
    /// Why a newer content was refused, if one was.
    rejected: ArcSwapOption<String>,
    bench: workshop::Bench,
    options: Options,
    clock: clock::Clock,
    cache: Mutex<LruCache<ConversationId, Arc<turns::Cached>>>,
    /// Locked within `cache`, never around it.
    loads: Mutex<turns::Loads>,
    hub: Arc<hub::Hub>,
    pressure: pressure::Pressure,
    line: Mutex<line::Line>,
    /// How chats find people, of the content in force.
    policy: ArcSwap<crate::queue::Policy>,
    /// Somebody came into the line, or may take chats.
    route: tokio::sync::Notify,
    /// Somebody left the line, or waits for a place in it.
    place_free: tokio::sync::Notify,
    marks: Mutex<LruCache<ConversationId, (Seq, Seq)>>,
    people: ArcSwap<HashMap<AgentId, Arc<Person>>>,
    sites: ArcSwap<Vec<Site>>,
    blocks: ArcSwap<blocks::Blocks>,
    pauses: ArcSwap<Vec<Paused>>,
    tally: board::Tally,
    notice: tokio::sync::watch::Sender<Option<Arc<Notice>>>,
    /// Of `people` and `sites`, or older: then they are read once too often.
    people_version: AtomicU64,
    /// Tombstones up to here are obeyed.
    erased: AtomicU64,
    /// Something was deleted whose copies may lie in the database's free space.
    rewrite: AtomicBool,
    looks: gaps::Looks,
    presence: presence::Presence,
    trails: trail::Trails,
    bursts: bursts::Bursts,
    hashing: sessions::Hashing,
    /// When sessions were last noted as used.
    seen: Mutex<LruCache<TokenHash, Timestamp>>,
}

/// Sessions whose last use is kept in memory.
const SEEN: NonZeroUsize = NonZeroUsize::new(2_000).unwrap();

impl Desk {
    /// Opens the desk: reads people and the line, and goes on where the last process stopped.
    ///
    /// # Errors
    /// [`StoreError`] where the store cannot be read.
    pub async fn open(
        store: Arc<dyn Store>,
        bus: Arc<dyn Bus>,
        content: Arc<Content>,
        options: Options,
    ) -> Result<Arc<Self>, StoreError> {
        let hub = Arc::new(hub::Hub::new());
        let last = store.list(Filter::All, 1).await?.first().map(|(_, state)| state.updated_at);
        content.watched_by(figures::reading);
        let desk = Arc::new(Self {
            content: ArcSwap::new(content),
            rejected: ArcSwapOption::empty(),
            bench: workshop::Bench::default(),
            clock: clock::Clock::start(options.wall, last),
            cache: Mutex::new(LruCache::new(options.cache)),
            loads: Mutex::default(),
            line: Mutex::default(),
            policy: ArcSwap::default(),
            route: tokio::sync::Notify::new(),
            place_free: tokio::sync::Notify::new(),
            marks: Mutex::new(LruCache::new(options.cache)),
            people: ArcSwap::default(),
            sites: ArcSwap::default(),
            blocks: ArcSwap::default(),
            pauses: ArcSwap::default(),
            tally: board::Tally::default(),
            notice: tokio::sync::watch::Sender::new(None),
            people_version: AtomicU64::new(0),
            erased: AtomicU64::new(0),
            rewrite: AtomicBool::new(false),
            looks: gaps::Looks::default(),
            presence: presence::Presence::new(options.cache),
            trails: trail::Trails::new(),
            bursts: bursts::Bursts::default(),
            hashing: sessions::Hashing::new(),
            seen: Mutex::new(LruCache::new(SEEN)),
            hub: hub.clone(),
            pressure: pressure::Pressure::default(),
            store,
            bus,
            options,
        });
        desk.bus.listen(Arc::new(move |hint| hub.deliver(&hint)));
        desk.renew_policy();
        desk.begin_erased().await?;
        desk.load_people().await?;
        desk.load_blocks().await?;
        desk.load_pauses().await?;
        desk.load_line().await?;
        for (c, state) in desk.store.list(Filter::Unanswered, u32::MAX).await? {
            if state.burst.is_some() {
                desk.wake(c, Duration::ZERO);
            }
        }
        // Whoever had chats when the last process ended has as long to come back as after any other cut.
        let mut absent: Vec<AgentId> = hub::lock(&desk.line).assigned.values().copied().collect();
        absent.sort_unstable();
        absent.dedup();
        for agent in absent {
            desk.await_return(agent, 0);
        }
        Ok(desk)
    }

    /// Looks after what no hint tells, until `shutdown`: people changed by another process, a line that hints forgot.
    pub async fn run(self: Arc<Self>, shutdown: CancellationToken) {
        tokio::spawn(self.clone().look_at_load(shutdown.clone()));
        tokio::spawn(self.clone().give_places(shutdown.clone()));
        tokio::spawn(self.clone().close_blocked());
        tokio::spawn(self.clone().route(shutdown.clone()));
        // Now, so that the first unknown address is refused as fast as the next one.
        tokio::task::spawn_blocking(crate::auth::nobodys_hash);
        let desk = self.clone();
        let ended = shutdown.clone();
        tokio::spawn(async move {
            let mut hour = tokio::time::interval(Duration::from_secs(3_600));
            hour.set_missed_tick_behavior(MissedTickBehavior::Delay);
            for n in 1_u64.. {
                tokio::select! {
                    () = ended.cancelled() => return,
                    _ = hour.tick() => desk.expire().await,
                }
                if n.is_multiple_of(24) {
                    desk.rewrite().await;
                }
            }
        });
        let mut content = self.audit_content(None).await;
        let mut tick = tokio::time::interval(Duration::from_millis(500));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut ticks = 0_u32;
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = tick.tick() => {}
            }
            ticks = ticks.wrapping_add(1);
            content = self.audit_content(content).await;
            match self.store.people_version().await {
                Ok(version) if version != self.people_version.load(Ordering::Relaxed) => match self.load_people().await
                {
                    Ok(()) => {
                        self.bus.publish(Hint::People);
                        if let Err(error) = self.obey_blocks().await {
                            tracing::warn!(%error, "who is blocked could not be read");
                            self.people_version.store(u64::MAX, Ordering::Relaxed);
                        }
                        if let Err(error) = self.load_pauses().await {
                            tracing::warn!(%error, "which departments are paused could not be read");
                            self.people_version.store(u64::MAX, Ordering::Relaxed);
                        }
                        if let Err(error) = self.look_for_erased().await {
                            tracing::warn!(%error, "what was erased could not be read");
                            self.people_version.store(u64::MAX, Ordering::Relaxed);
                        }
                    }
                    Err(error) => tracing::warn!(%error, "people could not be read"),
                },
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "the store does not answer"),
            }
            if ticks.is_multiple_of(2) {
                self.wake_due().await;
            }
            if ticks.is_multiple_of(60)
                && let Err(error) = self.load_line().await
            {
                tracing::warn!(%error, "the waiting line could not be read");
            }
        }
    }

    async fn load_line(&self) -> Result<(), StoreError> {
        let mut all = self.store.list(Filter::Waiting, u32::MAX).await?;
        all.extend(self.store.list(Filter::Assigned(None), u32::MAX).await?);
        for (c, state) in &all {
            let from = self.presence.comes_from(state.visitor);
            let mut line = hub::lock(&self.line);
            // Only what is not known: a commit that came in between knows better.
            if !line.knows(*c) {
                // How long it is in its department's line is not stored: since it came where nobody had it yet, else
                // since something happened to it last.
                line.put(*c, state, from, state.updated_at);
            }
        }
        self.load_hopeful().await
    }

    /// The data set's random name.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.store.epoch()
    }

    /// The content in force. A turn keeps the one it began with.
    #[must_use]
    pub fn content(&self) -> Arc<Content> {
        self.content.load_full()
    }

    /// Puts another content in force, for the next turns.
    pub fn swap(&self, content: Arc<Content>) {
        content.watched_by(figures::reading);
        self.content.store(content);
        self.rejected.store(None);
        self.renew_policy();
        for what in [Shared::Canned, Shared::Departments] {
            self.bus.publish(Hint::Shared { what, of: None });
        }
    }

    /// Remembers why a newer content is not in force (`Some`), or that the one in force is the newest.
    pub fn note_rejected(&self, why: Option<String>) {
        self.rejected.store(why.map(Arc::new));
    }

    /// Why a newer content is not in force.
    #[must_use]
    pub fn rejected(&self) -> Option<Arc<String>> {
        self.rejected.load_full()
    }

    /// Whether a message could be stored now.
    ///
    /// # Errors
    /// Why not.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.store.probe().await
    }

    /// The server's clock: never jumps, whatever happens to the wall clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Somebody types, or stopped. Never stored.
    pub fn typing(&self, actor: &Actor, c: ConversationId, on: bool, preview: Option<&str>) {
        if matches!(actor, Actor::Visitor(_)) {
            self.note_typing(c, on);
        }
        if self.busy() == Load::Easy {
            self.bus.publish(Hint::Typing { c, by: actor.party(), on, preview: preview.map(Arc::from) });
        }
    }

    /// Somebody has read up to `seq`. Kept in memory: after a restart "seen" is said again when it is true again.
    pub fn read(&self, actor: &Actor, c: ConversationId, seq: Seq) {
        let by = actor.party();
        let mut marks = hub::lock(&self.marks);
        let known = marks.get_or_insert_mut(c, Default::default);
        let mark = match by {
            Party::Visitor => &mut known.0,
            Party::Agent(_) => &mut known.1,
        };
        if *mark < seq {
            *mark = seq;
            drop(marks);
            if self.busy() == Load::Easy {
                self.bus.publish(Hint::Read { c, by, seq });
            }
        }
    }

    /// Up to where the visitor and the agents have read.
    #[must_use]
    pub fn read_marks(&self, c: ConversationId) -> (Seq, Seq) {
        hub::lock(&self.marks).get(&c).copied().unwrap_or_default()
    }
}

impl From<StoreError> for DeskError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            StoreError::Failed(_) | StoreError::Refused(_) => {
                tracing::error!(%error, "the store failed");
                Self::Storage
            }
        }
    }
}
