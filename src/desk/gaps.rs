//! What visitors asked in vain, as editors look at it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;
use tokio::time::{Duration, Instant};

use super::{Action, Actor, Desk, DeskError, On, asked, may};
use crate::content::{Content, Settings, SourceFile};
use crate::redact::Redactor;
use crate::store::workshop::Ignored;
use crate::store::{Person, Store, StoreError};
use crate::types::Timestamp;
use crate::workshop::asked::{Asked, Course};
use crate::workshop::gaps::{self, Cluster, Gaps, Period, Told};

/// Questions that are looked at: the newest.
const QUESTIONS: usize = 20_000;
/// Suggestions that are looked at, and how many are read at once.
const TOLD: usize = 2_000;
const PAGE: u32 = 100;
/// A result is looked at again after this, whatever happened.
const FRESH: Duration = Duration::from_secs(60);
/// While much is written a result is good for so many times what it took to make: looking must not become the server's
/// main business.
const REST: u32 = 4;
/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// What was heard of visitors and agents in a period.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Questions, redacted.
    pub asked: Vec<Asked>,
    /// What happened altogether.
    pub course: Course,
    /// What agents told the editors, redacted.
    pub told: Vec<Told>,
}

impl Heard {
    /// What was asked in vain.
    #[must_use]
    pub fn gaps(&self, content: &Content, ignored: &[String], period: Period) -> Gaps {
        let Self { asked, course, told } = self;
        gaps::gaps(content, &gaps::Heard { asked, course, told }, ignored, period)
    }
}

/// Reads what was heard since then.
///
/// # Errors
/// If the store fails.
pub async fn heard(
    store: &dyn Store,
    settings: &Settings,
    redactor: &Redactor,
    since: Timestamp,
) -> Result<Heard, StoreError> {
    let (asked, course) = asked(store, settings, redactor, since, QUESTIONS).await?;
    let names: HashMap<_, _> = store.people().await?.into_iter().map(|p| (p.id, p.name)).collect();
    let (mut told, mut before) = (Vec::new(), None);
    loop {
        let page = store.suggestions(None, before, PAGE).await?;
        before = page.last().map(|s| s.id);
        let last = page.len() < PAGE as usize || told.len() >= TOLD;
        let clean = |text: Option<String>| text.map(|t| redactor.redact(&t).into_owned());
        told.extend(page.into_iter().map(|s| s.what).filter(|s| s.at >= since).map(|s| Told {
            kind: s.kind.as_str().to_owned(),
            target: s.target,
            text: clean(s.text),
            note: clean(s.note),
            by: names.get(&s.by).cloned().unwrap_or_default(),
            about: (s.c, s.seq),
            at: s.at,
        }));
        if last {
            return Ok(Heard { asked, course, told });
        }
    }
}

/// What the desk keeps of the last look.
#[derive(Default)]
pub(super) struct Looks {
    /// Rises with everything that is written.
    written: AtomicU64,
    /// Held while somebody looks: the others wait and find it done.
    last: Mutex<Option<Look>>,
}

impl Looks {
    /// Something happened that a next look would see.
    pub(super) fn wrote(&self) {
        self.written.fetch_add(1, Ordering::Relaxed);
    }
}

struct Look {
    days: u32,
    version: String,
    ignored: Vec<i64>,
    draft: Option<i64>,
    erased: u64,
    written: u64,
    made: Instant,
    took: Duration,
    gaps: Arc<Gaps>,
}

impl Look {
    /// Whether a look for the same now would find the same, or nearly.
    fn serves(&self, other: &Self) -> bool {
        let same = |a: &Self, b: &Self| {
            a.days == b.days
                && a.version == b.version
                && a.ignored == b.ignored
                && a.draft == b.draft
                && a.erased == b.erased
        };
        let age = other.made - self.made;
        same(self, other) && age < FRESH && (self.written == other.written || age < self.took * REST)
    }
}

impl Desk {
    /// What visitors asked in vain in the last days, without texts where fewer visitors than that wrote them, unless
    /// this person may read conversations.
    ///
    /// # Errors
    /// `Forbidden`, `Busy` and `Storage`.
    pub async fn gaps(
        &self,
        by: &Arc<Person>,
        redactor: &Redactor,
        days: u32,
        fewer_than: usize,
    ) -> Result<(Gaps, Vec<Ignored>), DeskError> {
        let actor = Actor::Person(Arc::clone(by));
        if !may(&actor, Action::Content, On::Any) {
            return Err(DeskError::Forbidden);
        }
        let ignored = self.store.ignored().await?;
        let mut gaps = Gaps::clone(&*self.look(redactor, days, &ignored).await?);
        if !may(&actor, Action::Watch, On::Any) {
            gaps.clusters.iter_mut().for_each(|c| c.withhold(fewer_than));
        }
        Ok((gaps, ignored))
    }

    /// One cluster, as [`Desk::gaps`] shows it.
    ///
    /// # Errors
    /// `NotFound` where there is none such any more; `Forbidden`, `Busy` and `Storage`.
    pub async fn gap(&self, by: &Arc<Person>, redactor: &Redactor, days: u32, id: &str) -> Result<Cluster, DeskError> {
        let (gaps, _) = self.gaps(by, redactor, days, 0).await?;
        gaps.clusters.into_iter().find(|c| c.id == id).ok_or(DeskError::NotFound)
    }

    /// Hides a cluster for good, and what will be asked of its meaning; the number under which that is kept.
    ///
    /// # Errors
    /// As [`Desk::gap`]; `Conflict` where too many are hidden.
    pub async fn ignore_gap(
        &self,
        by: &Arc<Person>,
        address: IpAddr,
        redactor: &Redactor,
        days: u32,
        id: &str,
    ) -> Result<i64, DeskError> {
        let cluster = self.gap(by, redactor, days, id).await?;
        let text = cluster.known_by.join("\n");
        self.store.ignore(&text, self.by(by, address)).await?.ok_or(DeskError::Conflict)
    }

    /// Shows again what was hidden.
    ///
    /// # Errors
    /// `NotFound` where it is not hidden; `Forbidden`, `Busy` and `Storage`.
    pub async fn unignore_gap(&self, by: &Arc<Person>, address: IpAddr, id: i64) -> Result<(), DeskError> {
        if !may(&Actor::Person(Arc::clone(by)), Action::Content, On::Any) {
            return Err(DeskError::Forbidden);
        }
        if self.store.unignore(id, self.by(by, address)).await? { Ok(()) } else { Err(DeskError::NotFound) }
    }

    async fn look(&self, redactor: &Redactor, days: u32, ignored: &[Ignored]) -> Result<Arc<Gaps>, DeskError> {
        let mut last = self.looks.last.lock().await;
        let content = self.content();
        let draft = self.store.draft().await?;
        let mut look = Look {
            days,
            version: content.version.clone(),
            ignored: ignored.iter().map(|i| i.id).collect(),
            draft: draft.as_ref().map(|d| d.rev),
            erased: self.erased.load(Ordering::Acquire),
            written: self.looks.written.load(Ordering::Relaxed),
            made: Instant::now(),
            took: Duration::ZERO,
            gaps: Arc::default(),
        };
        if let Some(known) = last.as_ref().filter(|known| known.serves(&look)) {
            return Ok(Arc::clone(&known.gaps));
        }
        let until = self.now();
        let period = Period { since: until.plus_ms(-i64::from(days) * DAY_MS), until };
        let redactor = redactor.with_all();
        let heard = heard(&*self.store, &content.settings, &redactor, period.since).await?;
        let texts: Vec<String> = ignored.iter().map(|i| i.text.clone()).collect();
        let drafted: Vec<SourceFile> = draft
            .into_iter()
            .flat_map(|d| d.files)
            .filter_map(|f| Some(SourceFile { path: f.path, bytes: f.bytes? }))
            .collect();
        let work = move || {
            let mut gaps = heard.gaps(&content, &texts, period);
            gaps.mark_drafted(&content, &drafted);
            gaps
        };
        look.gaps = Arc::new(tokio::task::spawn_blocking(work).await.map_err(|_| DeskError::Busy)?);
        look.took = look.made.elapsed();
        let gaps = Arc::clone(&look.gaps);
        *last = Some(look);
        Ok(gaps)
    }
}
