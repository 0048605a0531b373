//! From hints to the sessions that care: one mailbox a session, coalescing, so that no reader can make it grow.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::bus::{Hint, Party, Shared};
use crate::types::{AgentId, ConversationId, Seq};

/// Shards of the table of followers: enough that sessions on different conversations rarely meet at a lock.
const SHARDS: usize = 64;

/// Most things of one kind that wait in a mailbox; beyond that the session is told to look at everything.
const BOUND: usize = 4_096;

pub(super) fn lock<T>(m: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while one of these was held leaves data that is still whole: every change is a single insert.
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who follows what.
pub(super) struct Hub {
    followers: Vec<Mutex<HashMap<ConversationId, Vec<Weak<Mailbox>>>>>,
    /// Visitors are found by what they follow: most of those who are connected follow nothing, and need hear of nothing.
    agents: Group,
    /// Those who hear of every change: agents, few among many.
    watching: Group,
    /// Those who wait for a person and want to know their place.
    lined_up: Group,
    names: AtomicU64,
}

/// Mailboxes, by their names.
type Group = Mutex<HashMap<u64, Weak<Mailbox>>>;

impl Hub {
    pub(super) fn new() -> Self {
        Self {
            followers: (0..SHARDS).map(|_| Mutex::default()).collect(),
            agents: Group::default(),
            watching: Group::default(),
            lined_up: Group::default(),
            names: AtomicU64::new(0),
        }
    }

    fn shard(&self, c: ConversationId) -> &Mutex<HashMap<ConversationId, Vec<Weak<Mailbox>>>> {
        &self.followers[(c.0 as usize) % SHARDS]
    }

    /// A new session's mailbox: it hears of what it follows.
    pub(super) fn join(self: &Arc<Self>) -> Arc<Mailbox> {
        Arc::new_cyclic(|me| Mailbox {
            me: me.clone(),
            name: self.names.fetch_add(1, Ordering::Relaxed),
            hub: self.clone(),
            slots: Mutex::default(),
            notify: Notify::new(),
        })
    }

    /// The same for an agent, who also hears of people and of those who are at work.
    pub(super) fn join_agent(self: &Arc<Self>) -> Arc<Mailbox> {
        let mailbox = self.join();
        lock(&self.agents).insert(mailbox.name, mailbox.me.clone());
        mailbox
    }

    fn leave(&self, name: u64, who: &Weak<Mailbox>, following: &BTreeSet<ConversationId>) {
        for group in [&self.agents, &self.watching, &self.lined_up] {
            lock(group).remove(&name);
        }
        for c in following {
            self.forget(*c, who);
        }
    }

    fn forget(&self, c: ConversationId, who: &Weak<Mailbox>) {
        let mut shard = lock(self.shard(c));
        if let Some(list) = shard.get_mut(&c) {
            list.retain(|m| !m.ptr_eq(who));
            if list.is_empty() {
                shard.remove(&c);
            }
        }
    }

    /// Puts a hint into every mailbox that it concerns.
    pub(super) fn deliver(&self, hint: &Hint) {
        match hint {
            Hint::Log { c, head } => {
                self.to_followers(*c, |s| s.log(*c, *head));
                to_group(&self.watching, |s| s.change(*c));
            }
            Hint::Typing { c, by, on, preview } => self.to_followers(*c, |s| {
                if s.typing.len() < BOUND {
                    s.typing.insert((*c, *by), (*on, preview.clone()));
                }
            }),
            Hint::Read { c, by, seq } => self.to_followers(*c, |s| {
                if s.reads.len() < BOUND {
                    let mark = s.reads.entry((*c, *by)).or_default();
                    *mark = (*mark).max(*seq);
                }
            }),
            Hint::Looking { c } => self.to_followers(*c, |s| {
                if s.looking.len() < BOUND {
                    s.looking.insert(*c);
                }
            }),
            Hint::VisitorPresence { c, online } => self.to_followers(*c, |s| {
                if s.visitors.len() < BOUND {
                    s.visitors.insert(*c, *online);
                }
            }),
            Hint::Page { c } => self.to_followers(*c, |s| {
                if s.pages.len() < BOUND {
                    s.pages.insert(*c);
                }
            }),
            Hint::Presence { agent } => self.to_all(|s| {
                if s.presence.len() < BOUND {
                    s.presence.insert(*agent);
                }
            }),
            Hint::Offer { agent, c } => {
                to_group(&self.watching, |s| s.change(*c));
                to_group(&self.agents, |s| {
                    if s.offers.len() < BOUND {
                        s.offers.insert((*agent, *c));
                    }
                });
            }
            Hint::Queue => to_group(&self.lined_up, |s| s.queue = true),
            Hint::People => to_group(&self.agents, |s| s.people = true),
            // Bounded by the number of people: each has one of each.
            Hint::Shared { what, of } => to_group(&self.agents, |s| {
                s.shared.insert((*what, *of));
            }),
        }
    }

    fn to_followers(&self, c: ConversationId, put: impl Fn(&mut Slots)) {
        let list: Vec<Arc<Mailbox>> = match lock(self.shard(c)).get(&c) {
            Some(list) => list.iter().filter_map(Weak::upgrade).collect(),
            None => return,
        };
        for mailbox in list {
            put(&mut lock(&mailbox.slots));
            mailbox.notify.notify_one();
        }
    }

    /// A conversation is not there any more: whoever follows it, or watches lists, hears of it.
    pub(super) fn gone(&self, c: ConversationId) {
        let put = |s: &mut Slots| {
            if s.gone.len() < BOUND {
                s.gone.insert(c);
            } else {
                s.everything = true;
            }
        };
        self.to_followers(c, put);
        to_group(&self.watching, put);
    }

    /// Those who watch all shall look at everything anew.
    pub(super) fn refresh(&self) {
        to_group(&self.watching, |s| s.everything = true);
    }

    /// Agents, and whoever follows anything.
    fn to_all(&self, put: impl Fn(&mut Slots)) {
        to_group(&self.agents, &put);
        for shard in &self.followers {
            let list: Vec<Arc<Mailbox>> = lock(shard).values().flatten().filter_map(Weak::upgrade).collect();
            for mailbox in list {
                put(&mut lock(&mailbox.slots));
                mailbox.notify.notify_one();
            }
        }
    }
}

fn to_group(group: &Group, put: impl Fn(&mut Slots)) {
    let list: Vec<Arc<Mailbox>> = lock(group).values().filter_map(Weak::upgrade).collect();
    for mailbox in list {
        put(&mut lock(&mailbox.slots));
        mailbox.notify.notify_one();
    }
}

/// Where hints for one session lie until it looks. A thousand hints about one conversation are one.
pub struct Mailbox {
    me: Weak<Mailbox>,
    name: u64,
    hub: Arc<Hub>,
    slots: Mutex<Slots>,
    notify: Notify,
}

/// Types now, and what stands in the box.
type Typing = (bool, Option<Arc<str>>);

#[derive(Default)]
struct Slots {
    following: BTreeSet<ConversationId>,
    logs: BTreeMap<ConversationId, Seq>,
    changed: BTreeSet<ConversationId>,
    typing: BTreeMap<(ConversationId, Party), Typing>,
    reads: BTreeMap<(ConversationId, Party), Seq>,
    presence: BTreeSet<AgentId>,
    visitors: BTreeMap<ConversationId, bool>,
    offers: BTreeSet<(AgentId, ConversationId)>,
    looking: BTreeSet<ConversationId>,
    pages: BTreeSet<ConversationId>,
    gone: BTreeSet<ConversationId>,
    shared: BTreeSet<(Shared, Option<AgentId>)>,
    erased: bool,
    banned: bool,
    queue: bool,
    people: bool,
    everything: bool,
}

impl Slots {
    fn log(&mut self, c: ConversationId, head: Seq) {
        let mark = self.logs.entry(c).or_default();
        *mark = (*mark).max(head);
    }

    fn change(&mut self, c: ConversationId) {
        if self.changed.len() < BOUND {
            self.changed.insert(c);
        } else {
            self.everything = true;
        }
    }
}

/// What lay in a mailbox.
#[derive(Debug, Default)]
pub struct Mail {
    /// Followed conversations whose log reaches at least this far.
    pub logs: Vec<(ConversationId, Seq)>,
    /// Conversations that changed, for those who watch all.
    pub changed: Vec<ConversationId>,
    /// Who types where, or stopped.
    pub typing: Vec<(ConversationId, Party, bool, Option<Arc<str>>)>,
    /// Who has read up to where.
    pub reads: Vec<(ConversationId, Party, Seq)>,
    /// Agents whose presence may have changed.
    pub presence: Vec<AgentId>,
    /// Visitors who came or went.
    pub visitors: Vec<(ConversationId, bool)>,
    /// Chats that are offered to agents, or not any more.
    pub offers: Vec<(AgentId, ConversationId)>,
    /// Conversations that other agents have on the screen than before.
    pub looking: Vec<ConversationId>,
    /// Conversations whose visitor looks at another page.
    pub pages: Vec<ConversationId>,
    /// Conversations that are not there any more.
    pub gone: Vec<ConversationId>,
    /// What agents have beside the log and changed; of one of them, or everybody's.
    pub shared: Vec<(Shared, Option<AgentId>)>,
    /// The visitor of this session was erased.
    pub erased: bool,
    /// The visitor of this session was blocked.
    pub banned: bool,
    /// Places in the queue changed.
    pub queue: bool,
    /// People changed: check whether this session may stay.
    pub people: bool,
    /// Too much was missed: look at everything anew.
    pub everything: bool,
}

impl Mailbox {
    /// Hints about this conversation come here from now on.
    pub fn follow(&self, c: ConversationId) {
        if lock(&self.slots).following.insert(c) {
            lock(self.hub.shard(c)).entry(c).or_default().push(self.me.clone());
        }
    }

    /// They no longer do.
    pub fn unfollow(&self, c: ConversationId) {
        let mut slots = lock(&self.slots);
        if slots.following.remove(&c) {
            slots.logs.remove(&c);
            drop(slots);
            self.hub.forget(c, &self.me);
        }
    }

    /// What is followed.
    pub(super) fn following(&self) -> Vec<ConversationId> {
        lock(&self.slots).following.iter().copied().collect()
    }

    /// Whether to hear of changes of every conversation.
    pub fn watch_all(&self, on: bool) {
        self.belong(&self.hub.watching, on);
    }

    /// Whether to hear that places in the queue changed.
    pub fn watch_line(&self, on: bool) {
        self.belong(&self.hub.lined_up, on);
    }

    fn belong(&self, group: &Group, on: bool) {
        let mut group = lock(group);
        if on {
            group.insert(self.name, self.me.clone());
        } else {
            group.remove(&self.name);
        }
    }

    /// A hint for this session alone.
    pub(super) fn put_log(&self, c: ConversationId, head: Seq) {
        lock(&self.slots).log(c, head);
        self.notify.notify_one();
    }

    /// The visitor of this session was erased.
    pub(super) fn put_erased(&self) {
        lock(&self.slots).erased = true;
        self.notify.notify_one();
    }

    /// The visitor of this session was blocked.
    pub(super) fn put_banned(&self) {
        lock(&self.slots).banned = true;
        self.notify.notify_one();
    }

    /// Everything that lies here, as soon as anything does. Cancel safe: what is not returned stays.
    pub async fn recv(&self) -> Mail {
        loop {
            if let Some(mail) = self.take() {
                return mail;
            }
            self.notify.notified().await;
        }
    }

    fn take(&self) -> Option<Mail> {
        let mut s = lock(&self.slots);
        let nothing = s.logs.is_empty()
            && s.changed.is_empty()
            && s.typing.is_empty()
            && s.reads.is_empty()
            && s.presence.is_empty()
            && s.visitors.is_empty()
            && s.offers.is_empty()
            && s.looking.is_empty()
            && s.pages.is_empty()
            && s.gone.is_empty()
            && s.shared.is_empty()
            && !(s.erased || s.banned || s.queue || s.people || s.everything);
        if nothing {
            return None;
        }
        Some(Mail {
            logs: std::mem::take(&mut s.logs).into_iter().collect(),
            changed: std::mem::take(&mut s.changed).into_iter().collect(),
            typing: std::mem::take(&mut s.typing).into_iter().map(|((c, p), (on, t))| (c, p, on, t)).collect(),
            reads: std::mem::take(&mut s.reads).into_iter().map(|((c, p), q)| (c, p, q)).collect(),
            presence: std::mem::take(&mut s.presence).into_iter().collect(),
            visitors: std::mem::take(&mut s.visitors).into_iter().collect(),
            offers: std::mem::take(&mut s.offers).into_iter().collect(),
            looking: std::mem::take(&mut s.looking).into_iter().collect(),
            pages: std::mem::take(&mut s.pages).into_iter().collect(),
            gone: std::mem::take(&mut s.gone).into_iter().collect(),
            shared: std::mem::take(&mut s.shared).into_iter().collect(),
            erased: std::mem::take(&mut s.erased),
            banned: std::mem::take(&mut s.banned),
            queue: std::mem::take(&mut s.queue),
            people: std::mem::take(&mut s.people),
            everything: std::mem::take(&mut s.everything),
        })
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        let following = std::mem::take(&mut self.slots.get_mut().unwrap_or_else(PoisonError::into_inner).following);
        self.hub.leave(self.name, &self.me, &following);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_thousand_hints_are_one_and_only_followers_hear() {
        let hub = Arc::new(Hub::new());
        let (a, b, idle) = (hub.join(), hub.join_agent(), hub.join());
        let c = ConversationId(7);
        a.follow(c);
        for head in (1..=1000).rev() {
            hub.deliver(&Hint::Log { c, head: Seq(head) });
        }
        b.watch_line(true);
        hub.deliver(&Hint::Queue);
        let own = a.recv().await;
        assert!(own.logs == [(c, Seq(1000))] && !own.queue);
        let other = b.recv().await;
        assert!(other.logs.is_empty() && other.queue);
        assert!(a.take().is_none() && idle.take().is_none());
    }

    #[tokio::test]
    async fn a_dropped_mailbox_leaves_nothing_behind() {
        let hub = Arc::new(Hub::new());
        let a = hub.join_agent();
        a.follow(ConversationId(1));
        a.watch_all(true);
        a.watch_line(true);
        drop(a);
        assert!([&hub.agents, &hub.watching, &hub.lined_up].iter().all(|group| lock(group).is_empty()));
        assert!(hub.followers.iter().all(|s| lock(s).is_empty()));
    }
}
