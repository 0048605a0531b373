//! The real store, with faults in front of it: late reads, commits that are held up, fail, or are stored and still
//! reported as failed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use deskbell::conversation::{Entry, State, Verified};
use deskbell::store::privacy::{Erasure, Identified, Identify, Tombstone, VisitorData};
use deskbell::store::*;
use deskbell::types::{AgentId, ConversationId, Timestamp, VisitorId};
use tokio::sync::watch;

/// What happens to a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commits {
    Work,
    /// Nothing is written, and the caller waits.
    Held,
    /// Nothing is written, and that is said.
    Fail,
    /// It is written, and the caller waits.
    HeldAfterwards,
    /// It is written, and the opposite is said: a line to the disk that broke at the wrong moment.
    FailAfterwards,
}

/// See the module.
pub(crate) struct Faulty {
    pub(super) inner: Arc<dyn Store>,
    commits: watch::Sender<Commits>,
    /// Reads take up to so many milliseconds longer; none fail.
    late_ms: AtomicU64,
    /// So many of the next reads fail.
    failing_reads: AtomicU64,
    /// Commits that wait because they are held.
    held: AtomicU64,
    /// Reads so far.
    reads: AtomicU64,
    /// The oldest write is said to have waited for so long.
    pressed_ms: AtomicU64,
    chance: Mutex<crate::ledger::harness::chance::Chance>,
}

impl Faulty {
    pub(crate) fn new(inner: Arc<dyn Store>) -> Arc<Self> {
        let chance = Mutex::new(crate::ledger::harness::chance::Chance::new(1));
        let [late_ms, failing_reads, held, reads, pressed_ms] = [(); 5].map(|()| AtomicU64::new(0));
        Arc::new(Self {
            inner,
            commits: watch::Sender::new(Commits::Work),
            late_ms,
            failing_reads,
            held,
            reads,
            pressed_ms,
            chance,
        })
    }

    pub(crate) fn commits(&self, how: Commits) {
        self.commits.send_replace(how);
    }

    pub(crate) fn late(&self, ms: u64) {
        self.late_ms.store(ms, Ordering::SeqCst);
    }

    /// Until so many commits wait.
    pub(crate) async fn holds(&self, n: u64) {
        while self.held.load(Ordering::SeqCst) < n {
            tokio::task::yield_now().await;
        }
    }

    /// As if the oldest write had waited for so long.
    pub(crate) fn press(&self, ms: u64) {
        self.pressed_ms.store(ms, Ordering::SeqCst);
    }

    pub(crate) fn reads(&self) -> u64 {
        self.reads.load(Ordering::SeqCst)
    }

    pub(crate) fn fail_reads(&self, n: u64) {
        self.failing_reads.store(n, Ordering::SeqCst);
    }

    async fn read(&self) -> Result<(), StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let most = self.late_ms.load(Ordering::SeqCst);
        if most > 0 {
            let ms = self.chance.lock().unwrap().below(most + 1);
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        let one_less = |n: u64| n.checked_sub(1);
        match self.failing_reads.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) {
            Ok(_) => Err(StoreError::Failed("a fault of the test".into())),
            Err(_) => Ok(()),
        }
    }
}

#[async_trait]
impl Store for Faulty {
    async fn commit(&self, commit: Commit) -> Result<(), CommitError> {
        let failed = || CommitError::Store(StoreError::Failed("a fault of the test".into()));
        let mut commits = self.commits.subscribe();
        self.held.fetch_add(1, Ordering::SeqCst);
        let how = *commits.wait_for(|how| *how != Commits::Held).await.map_err(|_| failed())?;
        self.held.fetch_sub(1, Ordering::SeqCst);
        match how {
            Commits::Work | Commits::Held => self.inner.commit(commit).await,
            Commits::Fail => Err(failed()),
            Commits::HeldAfterwards => {
                let done = self.inner.commit(commit).await;
                self.held.fetch_add(1, Ordering::SeqCst);
                commits.wait_for(|how| *how != Commits::HeldAfterwards).await.map_err(|_| failed())?;
                self.held.fetch_sub(1, Ordering::SeqCst);
                done
            }
            Commits::FailAfterwards => self.inner.commit(commit).await.and(Err(failed())),
        }
    }

    async fn state(&self, c: ConversationId) -> Result<Option<State>, StoreError> {
        // Read first: what is late is old as well.
        let state = self.inner.state(c).await;
        self.read().await?;
        state
    }

    async fn entries(&self, c: ConversationId, range: Range) -> Result<Vec<Entry>, StoreError> {
        let entries = self.inner.entries(c, range).await;
        self.read().await?;
        entries
    }

    fn epoch(&self) -> u64 {
        self.inner.epoch()
    }

    async fn sent(&self, c: ConversationId, sender: Sender, cmid: &str) -> Result<Option<Stored>, StoreError> {
        self.inner.sent(c, sender, cmid).await
    }

    async fn list(&self, filter: Filter, limit: u32) -> Result<Vec<(ConversationId, State)>, StoreError> {
        self.inner.list(filter, limit).await
    }

    async fn conversations(
        &self,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        self.inner.conversations(after, limit).await
    }

    async fn touched(
        &self,
        since: Timestamp,
        after: Option<ConversationId>,
        limit: u32,
    ) -> Result<Vec<ConversationId>, StoreError> {
        self.inner.touched(since, after, limit).await
    }

    async fn add_visitor_of(
        &self,
        site: &str,
        id: VisitorId,
        token: TokenHash,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner.add_visitor_of(site, id, token, at).await
    }

    async fn visitor_of(
        &self,
        site: Option<&str>,
        token: TokenHash,
        now: Timestamp,
    ) -> Result<Option<(VisitorId, Timestamp)>, StoreError> {
        self.inner.visitor_of(site, token, now).await
    }

    async fn replace_visitor_token(
        &self,
        id: VisitorId,
        old: TokenHash,
        new: TokenHash,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.inner.replace_visitor_token(id, old, new, at).await
    }

    async fn add_person_by(&self, person: NewPerson, by: By) -> Result<AgentId, PersonError> {
        self.inner.add_person_by(person, by).await
    }

    async fn people(&self) -> Result<Vec<Person>, StoreError> {
        self.inner.people().await
    }

    async fn person_by_email(&self, email: &str) -> Result<Option<(Person, String)>, StoreError> {
        self.inner.person_by_email(email).await
    }

    async fn change_person_by(&self, id: AgentId, change: PersonChange, by: By) -> Result<bool, StoreError> {
        self.inner.change_person_by(id, change, by).await
    }

    async fn add_session(&self, session: NewSession) -> Result<bool, StoreError> {
        self.inner.add_session(session).await
    }

    async fn session(&self, token: TokenHash, now: Timestamp) -> Result<Option<Person>, StoreError> {
        self.inner.session(token, now).await
    }

    async fn touch_session(&self, token: TokenHash, now: Timestamp, idle_until: Timestamp) -> Result<(), StoreError> {
        self.inner.touch_session(token, now, idle_until).await
    }

    async fn sessions(&self, of: Option<AgentId>, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        self.inner.sessions(of, now).await
    }

    async fn end_sessions(&self, which: Ended, note: Option<Note>) -> Result<u64, StoreError> {
        self.inner.end_sessions(which, note).await
    }

    async fn is_known_address(&self, address: TokenHash, since: Timestamp) -> Result<bool, StoreError> {
        self.inner.is_known_address(address, since).await
    }

    async fn second_factor(&self, of: AgentId) -> Result<Option<SecondFactor>, StoreError> {
        self.inner.second_factor(of).await
    }

    async fn change_second_factor(&self, of: AgentId, change: FactorChange, by: By) -> Result<bool, StoreError> {
        self.inner.change_second_factor(of, change, by).await
    }

    async fn audit(&self, note: Note) -> Result<(), StoreError> {
        self.inner.audit(note).await
    }

    async fn audit_rows(&self, after: u64, since: Option<Timestamp>, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.inner.audit_rows(after, since, limit).await
    }

    async fn audit_rows_before(&self, before: u64, limit: u32) -> Result<Vec<AuditRow>, StoreError> {
        self.inner.audit_rows_before(before, limit).await
    }

    async fn notice(&self) -> Result<Option<Notice>, StoreError> {
        self.inner.notice().await
    }

    async fn set_notice(&self, notice: Option<Notice>, by: By) -> Result<bool, StoreError> {
        self.inner.set_notice(notice, by).await
    }

    async fn audit_anchor(&self) -> Result<Option<(u64, [u8; 32])>, StoreError> {
        self.inner.audit_anchor().await
    }

    async fn expire_audit(&self, before: Timestamp, now: Timestamp) -> Result<u64, StoreError> {
        self.inner.expire_audit(before, now).await
    }

    async fn set_site_key(&self, name: &str, key: SiteKey) -> Result<bool, StoreError> {
        self.inner.set_site_key(name, key).await
    }

    async fn sites(&self) -> Result<Vec<Site>, StoreError> {
        self.inner.sites().await
    }

    async fn add_site(&self, site: Site) -> Result<bool, StoreError> {
        self.inner.add_site(site).await
    }

    async fn remove_site(&self, name: &str, origin: Option<&str>) -> Result<bool, StoreError> {
        self.inner.remove_site(name, origin).await
    }

    async fn people_version(&self) -> Result<u64, StoreError> {
        self.inner.people_version().await
    }

    async fn visitor_data(&self, id: VisitorId) -> Result<Option<VisitorData>, StoreError> {
        self.inner.visitor_data(id).await
    }

    async fn find_visitors(&self, email: &str) -> Result<Vec<VisitorId>, StoreError> {
        self.inner.find_visitors(email).await
    }

    async fn erase_visitor(&self, id: VisitorId, by: By) -> Result<Option<Erasure>, StoreError> {
        self.inner.erase_visitor(id, by).await
    }

    async fn tombstones(&self, after: u64) -> Result<Vec<Tombstone>, StoreError> {
        self.inner.tombstones(after).await
    }

    async fn purge(&self, whole: bool) -> Result<bool, StoreError> {
        self.inner.purge(whole).await
    }

    async fn expire(&self, before: Timestamp, now: Timestamp, limit: u32) -> Result<Vec<ConversationId>, StoreError> {
        self.inner.expire(before, now, limit).await
    }

    async fn identify(&self, identify: Identify) -> Result<Option<Identified>, StoreError> {
        self.inner.identify(identify).await
    }

    async fn verified(&self, id: VisitorId) -> Result<Option<Verified>, StoreError> {
        self.inner.verified(id).await
    }

    async fn forget_visitor(&self, id: VisitorId, now: Timestamp) -> Result<(), StoreError> {
        self.inner.forget_visitor(id, now).await
    }

    fn backlog(&self) -> Backlog {
        let oldest = Duration::from_millis(self.pressed_ms.load(Ordering::SeqCst));
        Backlog { oldest: oldest.max(self.inner.backlog().oldest), ..self.inner.backlog() }
    }

    async fn probe(&self) -> Result<(), StoreError> {
        self.inner.probe().await
    }
}
