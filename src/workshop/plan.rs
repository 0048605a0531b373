//! Which answers change between two contents, by questions that visitors really asked.
//!
//! Each question is put to both contents as a visitor would put it: one turn of the dialogue on a fresh memory, at one
//! moment at which people are there, so rules, conditions, slots, hand-offs and the very words count. What differs is
//! sorted by the edit that is behind it (see [`Cause`]).

use std::collections::{BTreeMap, HashMap};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::content::{Content, SourceFile};
use crate::types::{Language, Timestamp};

mod accept;
mod cause;
mod edits;
mod reply;
mod show;
#[cfg(test)]
mod tests;

pub use accept::{Accepted, Wanted, accepted};
pub use edits::Edit;
pub use reply::{Handoff, Outcome, Reply};

/// Questions that one change names besides the first.
const ALSO: usize = 20;

/// Something that a visitor asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// In the visitor's words, redacted before it comes here.
    pub text: String,
    /// Language of the conversation, where it is known.
    pub language: Option<Language>,
    /// Address of the page.
    pub page: Option<String>,
    /// When.
    pub at: Timestamp,
    /// How often; 0 counts as once.
    pub times: u32,
}

/// One of the two contents.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// Compiled.
    pub content: &'a Content,
    /// What it was compiled from.
    pub files: &'a [SourceFile],
}

/// What would change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// Version of what is live.
    pub from: String,
    /// Version of the draft.
    pub to: String,
    /// The moment at which all questions were put to both.
    #[serde(skip)]
    pub at: Timestamp,
    /// How the questions are answered, in numbers.
    pub summary: Summary,
    /// Different questions among them.
    pub texts: usize,
    /// What was edited, in the order of the files.
    pub edits: Vec<Edit>,
    /// What changes, grouped by edit, most questions first; numbered from 1.
    pub changes: Vec<Change>,
}

/// Questions by what becomes of them; each counted as often as it was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// All.
    pub questions: u64,
    /// No visitor would notice a difference.
    pub same: u64,
    /// See [`Kind::NewlyAnswered`]; the others likewise.
    pub newly_answered: u64,
    /// Asked back, now answered.
    pub above: u64,
    /// Not understood, now asked back.
    pub now_asked_back: u64,
    /// Answered by another entry.
    pub changed: u64,
    /// Other words.
    pub reworded: u64,
    /// Called a person before, or does now, or another one.
    pub handoff: u64,
    /// Asked back with another choice.
    pub choices: u64,
    /// Asked back, now not understood.
    pub no_longer_asked_back: u64,
    /// Answered, now asked back.
    pub below: u64,
    /// Answered, now not.
    pub lost: u64,
}

/// What becomes of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answered → not answered at all.
    Lost,
    /// Answered → asked back which is meant.
    Below,
    /// Asked back → not understood.
    NoLongerAskedBack,
    /// Another entry answers.
    Changed,
    /// The same entry; a person is called otherwise than before.
    Handoff,
    /// Asked back, with another choice.
    Choices,
    /// The same entry, other words.
    Reworded,
    /// Asked back → answered.
    Above,
    /// Not understood → asked back.
    NowAskedBack,
    /// Not answered → answered.
    NewlyAnswered,
}

/// One line of a plan: a question, or several that an edit of the words changes alike.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// From 1, in the order shown.
    pub number: usize,
    /// What becomes of it.
    pub kind: Kind,
    /// The question; the most frequent where there are several.
    pub text: String,
    /// Language of the conversation, where it is known.
    pub language: Option<String>,
    /// Address of the page.
    pub page: Option<String>,
    /// How often it was asked, or all of them.
    pub times: u64,
    /// Other questions with the same change: the most frequent.
    pub also: Vec<Also>,
    /// How many more there are than are named.
    pub also_left_out: usize,
    /// By what is live.
    pub before: Reply,
    /// By the draft.
    pub after: Reply,
    /// Why.
    pub cause: Cause,
}

/// A further question of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Also {
    /// In the visitor's words.
    pub text: String,
    /// How often.
    pub times: u64,
}

/// Which edit is behind a change, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct Cause {
    /// Place in [`Plan::edits`]; none where no single one is.
    pub edit: Option<usize>,
    /// How sure.
    pub proof: Proof,
}

/// How the cause of a change is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// There is no other edit, or the entry that answers came or went with this one.
    Sure,
    /// The draft without this edit was tried: it replies as what is live.
    Tried,
    /// Its lines weighed most in the reading; not tried.
    Likely,
    /// No single edit explains it: several do so together.
    Together,
}

impl Plan {
    /// Lines of the plan: questions, or groups of questions, whose reply changes.
    #[must_use]
    pub const fn changes(&self) -> usize {
        self.changes.len()
    }

    /// The figures, to be kept with a release.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.summary.clone()
    }

    /// For people, on a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        show::text(self)
    }

    /// For a comment in a review: groups that fold, at most 60,000 characters.
    #[must_use]
    pub fn markdown(&self) -> String {
        show::markdown(self)
    }
}

impl Summary {
    /// As it is kept with a release.
    #[must_use]
    pub fn json(&self) -> Option<serde_json::Value> {
        serde_json::to_value(self).ok()
    }

    fn count(&mut self, kind: Option<Kind>) -> &mut u64 {
        match kind {
            None => &mut self.same,
            Some(Kind::Lost) => &mut self.lost,
            Some(Kind::Below) => &mut self.below,
            Some(Kind::NoLongerAskedBack) => &mut self.no_longer_asked_back,
            Some(Kind::Changed) => &mut self.changed,
            Some(Kind::Handoff) => &mut self.handoff,
            Some(Kind::Choices) => &mut self.choices,
            Some(Kind::Reworded) => &mut self.reworded,
            Some(Kind::Above) => &mut self.above,
            Some(Kind::NowAskedBack) => &mut self.now_asked_back,
            Some(Kind::NewlyAnswered) => &mut self.newly_answered,
        }
    }
}

/// A question whose reply differs.
struct Differs<'a> {
    question: &'a Question,
    times: u64,
    kind: Kind,
    before: Reply,
    after: Reply,
}

/// What the draft would change.
#[must_use]
pub fn plan(live: &Side<'_>, draft: &Side<'_>, questions: &[Question]) -> Plan {
    let asked = once(questions);
    let latest = questions.iter().map(|q| q.at).max().unwrap_or(Timestamp(0));
    let at = reply::moment(&live.content.settings, &draft.content.settings, latest);
    let differs = compare(live.content, draft.content, &asked, at);
    let mut edits = edits::edits(live, draft);
    let causes = cause::causes(live, draft, &edits, &differs, at);
    let mut summary = Summary { questions: asked.iter().map(|(_, times)| times).sum(), ..Summary::default() };
    for found in &differs {
        *summary.count(Some(found.kind)) += found.times;
    }
    summary.same = summary.questions - differs.iter().map(|d| d.times).sum::<u64>();
    for (found, cause) in differs.iter().zip(&causes) {
        if let Some(edit) = cause.edit.and_then(|e| edits.get_mut(e)) {
            edit.questions += found.times;
        }
    }
    let changes = changes(differs, &causes);
    Plan {
        from: live.content.version.clone(),
        to: draft.content.version.clone(),
        at,
        summary,
        texts: asked.len(),
        edits,
        changes,
    }
}

/// Questions that are the same in all that a reply depends on, once, with how often they were asked.
fn once(questions: &[Question]) -> Vec<(&Question, u64)> {
    let mut places: HashMap<(&str, Option<Language>, Option<&str>), usize> = HashMap::new();
    let mut all: Vec<(&Question, u64)> = Vec::new();
    for question in questions.iter().filter(|q| !q.text.trim().is_empty()) {
        let key = (question.text.trim(), question.language, question.page.as_deref());
        let place = *places.entry(key).or_insert(all.len());
        let times = u64::from(question.times.max(1));
        match all.get_mut(place) {
            Some((_, sum)) => *sum += times,
            None => all.push((question, times)),
        }
    }
    all
}

/// Puts each question to both, on all processors.
fn compare<'a>(live: &Content, draft: &Content, asked: &[(&'a Question, u64)], at: Timestamp) -> Vec<Differs<'a>> {
    parallel(asked, |(question, times)| {
        let (before, after) = (reply::reply(live, question, at), reply::reply(draft, question, at));
        let kind = kind(&before, &after)?;
        Some(Differs { question, times: *times, kind, before, after })
    })
}

/// What `work` makes of each item, in their order, by as many threads as the machine runs at once.
fn parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> Option<R> + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let size = items.len().div_ceil(threads).max(1);
    let of_chunk = |chunk: &[T]| chunk.iter().filter_map(&work).collect::<Vec<R>>();
    thread::scope(|scope| {
        let workers: Vec<_> = items.chunks(size).map(|chunk| scope.spawn(|| of_chunk(chunk))).collect();
        let mut all = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(part) => all.extend(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    })
}

/// What became of a question; none where no visitor would notice.
fn kind(before: &Reply, after: &Reply) -> Option<Kind> {
    if before.same_as(after) {
        return None;
    }
    let asks_back = |r: &Reply| r.outcome == Outcome::Clarify;
    Some(match (before.answers(), after.answers()) {
        (true, true) if before.ids != after.ids => Kind::Changed,
        (true, true) if before.handoff != after.handoff => Kind::Handoff,
        (true, true) => Kind::Reworded,
        (true, false) if asks_back(after) => Kind::Below,
        (true, false) => Kind::Lost,
        (false, true) if asks_back(before) => Kind::Above,
        (false, true) => Kind::NewlyAnswered,
        (false, false) => match (asks_back(before), asks_back(after)) {
            (true, true) if before.ids != after.ids => Kind::Choices,
            (true, false) => Kind::NoLongerAskedBack,
            (false, true) => Kind::NowAskedBack,
            _ if before.handoff != after.handoff => Kind::Handoff,
            _ => Kind::Reworded,
        },
    })
}

/// The lines of the plan in order. Questions whose entry got other words are one line.
fn changes(differs: Vec<Differs<'_>>, causes: &[Cause]) -> Vec<Change> {
    type Words = (Vec<String>, String, String, Vec<String>);
    let mut alike: HashMap<(Cause, Kind, Words), usize> = HashMap::new();
    let mut groups: Vec<(Cause, Vec<Differs<'_>>)> = Vec::new();
    for (found, cause) in differs.into_iter().zip(causes) {
        let joins = matches!(found.kind, Kind::Reworded | Kind::Handoff);
        let place = if joins {
            let words = (
                found.after.ids.clone(),
                found.before.text.clone(),
                found.after.text.clone(),
                found.after.options.clone(),
            );
            *alike.entry((*cause, found.kind, words)).or_insert(groups.len())
        } else {
            groups.len()
        };
        match groups.get_mut(place) {
            Some((_, group)) => group.push(found),
            None => groups.push((*cause, vec![found])),
        }
    }
    let mut by_cause: BTreeMap<Option<usize>, u64> = BTreeMap::new();
    for (cause, group) in &groups {
        *by_cause.entry(cause.edit).or_default() += group.iter().map(|d| d.times).sum::<u64>();
    }
    let mut changes: Vec<Change> = groups.into_iter().filter_map(|(cause, group)| change(cause, group)).collect();
    changes.sort_by(|a, b| {
        let key = |c: &Change| {
            let weight = by_cause.get(&c.cause.edit).copied().unwrap_or_default();
            (c.cause.edit.is_none(), std::cmp::Reverse(weight), c.cause.edit, c.kind, std::cmp::Reverse(c.times))
        };
        key(a).cmp(&key(b)).then_with(|| a.text.cmp(&b.text)).then_with(|| a.page.cmp(&b.page))
    });
    (1..).zip(&mut changes).for_each(|(number, change)| change.number = number);
    changes
}

fn change(cause: Cause, mut group: Vec<Differs<'_>>) -> Option<Change> {
    group.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.question.text.cmp(&b.question.text)));
    let times = group.iter().map(|d| d.times).sum();
    let also: Vec<Also> = group
        .iter()
        .skip(1)
        .take(ALSO)
        .map(|d| Also { text: d.question.text.trim().to_owned(), times: d.times })
        .collect();
    let also_left_out = group.len() - 1 - also.len();
    let first = group.into_iter().next()?;
    Some(Change {
        number: 0,
        kind: first.kind,
        text: first.question.text.trim().to_owned(),
        language: first.question.language.map(|l| l.to_string()),
        page: first.question.page.clone(),
        times,
        also,
        also_left_out,
        before: first.before,
        after: first.after,
        cause,
    })
}
