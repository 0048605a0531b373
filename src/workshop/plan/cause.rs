//! Which edit is behind a change.
//!
//! Some causes need no proof: there is one edit, or the entry that answered went. For all others the edits are put in
//! order by what they had to do with the two readings, and the draft is compiled once more without the foremost of them:
//! where it then replies as what is live, that edit is the cause. The number of such trials is bounded; what they leave
//! open is said to be likely, or to be the work of several edits.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::edits::{self, Edit};
use super::{Cause, Differs, Kind, Proof, Question, Side, parallel, reply};
use crate::content::{Content, Situation, SourceFile};
use crate::engine::Evidence;
use crate::types::Timestamp;

/// Drafts that are compiled with an edit undone, at most.
const TRIALS: usize = 8;
/// Questions that are put to each of them, at most.
const ASKED: usize = 1_500;

/// What speaks for an edit: evidence in a reading counts by its kind and rank, the rest by these.
const RULE: f32 = 4.0;
const LINE: f32 = 2.0;
const WORDS: f32 = 1.0;
const ENTRY: f32 = 0.5;
const SETTING: f32 = 0.25;

/// The causes of all changes, in their order.
pub(super) fn causes(
    live: &Side<'_>,
    draft: &Side<'_>,
    edits: &[Edit],
    differs: &[Differs<'_>],
    at: Timestamp,
) -> Vec<Cause> {
    match edits {
        // Same files: a reading depends on nothing else, so this does not happen.
        [] => return vec![Cause { edit: None, proof: Proof::Together }; differs.len()],
        [_] => return vec![Cause { edit: Some(0), proof: Proof::Sure }; differs.len()],
        _ => {}
    }
    let lines = Lines::of(edits);
    let mut found: Vec<Option<Cause>> = differs.iter().map(|d| plain(edits, d)).collect();
    let open: Vec<usize> = (0..found.len()).filter(|n| found.get(*n).is_some_and(Option::is_none)).collect();
    let ranked: Vec<(usize, Vec<(usize, f32)>)> = parallel(&open, |n| {
        let change = differs.get(*n)?;
        Some((*n, rank(live.content, draft.content, edits, &lines, change, at)))
    });
    let mut tried: BTreeSet<usize> = BTreeSet::new();
    // Pairs of a change and an edit that a trial left open.
    let mut unasked: HashSet<(usize, usize)> = HashSet::new();
    for _ in 0..TRIALS {
        let Some(next) = foremost(&ranked, &found, &tried, differs) else { break };
        let is_open = |n: &usize| found.get(*n).is_some_and(Option::is_none);
        // Those for which this edit stands first come first.
        let (mut waiting, others): (Vec<usize>, Vec<usize>) =
            ranked.iter().map(|(n, _)| *n).filter(is_open).partition(|n| order_of(&ranked, *n, &tried) == Some(next));
        waiting.extend(others);
        tried.insert(next);
        let Some(without) = without(live, draft, edits, next) else {
            unasked.extend(waiting.iter().map(|n| (*n, next)));
            continue;
        };
        unasked.extend(waiting.iter().skip(ASKED).map(|n| (*n, next)));
        waiting.truncate(ASKED);
        let restored: Vec<usize> = parallel(&waiting, |n| {
            let change = differs.get(*n)?;
            reply::reply(&without, change.question, at).same_as(&change.before).then_some(*n)
        });
        for n in restored {
            if let Some(cause) = found.get_mut(n) {
                *cause = Some(Cause { edit: Some(next), proof: Proof::Tried });
            }
        }
    }
    for (n, order) in &ranked {
        let Some(cause @ None) = found.get_mut(*n) else { continue };
        let is_open = |edit: usize| !tried.contains(&edit) || unasked.contains(&(*n, edit));
        let open = order.iter().find(|(edit, weight)| is_open(*edit) && *weight >= WORDS);
        *cause = Some(match open {
            Some((edit, _)) => Cause { edit: Some(*edit), proof: Proof::Likely },
            None => Cause { edit: None, proof: Proof::Together },
        });
    }
    found.into_iter().map(|c| c.unwrap_or(Cause { edit: None, proof: Proof::Together })).collect()
}

/// The edit that most of the open changes wait for.
fn foremost(
    ranked: &[(usize, Vec<(usize, f32)>)],
    found: &[Option<Cause>],
    tried: &BTreeSet<usize>,
    differs: &[Differs<'_>],
) -> Option<usize> {
    let mut waiting: HashMap<usize, u64> = HashMap::new();
    for (n, order) in ranked.iter().filter(|(n, _)| found.get(*n).is_some_and(Option::is_none)) {
        if let Some((edit, _)) = order.iter().find(|(edit, _)| !tried.contains(edit)) {
            *waiting.entry(*edit).or_default() += differs.get(*n).map_or(0, |d| d.times);
        }
    }
    waiting.into_iter().max_by_key(|(edit, times)| (*times, std::cmp::Reverse(*edit))).map(|(edit, _)| edit)
}

/// The foremost edit of a change that was not tried.
fn order_of(ranked: &[(usize, Vec<(usize, f32)>)], n: usize, tried: &BTreeSet<usize>) -> Option<usize> {
    let place = ranked.binary_search_by_key(&n, |(m, _)| *m).ok()?;
    let (_, order) = ranked.get(place)?;
    order.iter().map(|(edit, _)| *edit).find(|edit| !tried.contains(edit))
}

/// The draft without one edit; none where that cannot be compiled without losing something else.
fn without(live: &Side<'_>, draft: &Side<'_>, edits: &[Edit], which: usize) -> Option<Content> {
    let edit = edits.get(which)?;
    let mut files: Vec<SourceFile> = draft.files.iter().filter(|f| f.path != edit.file).cloned().collect();
    files.extend(edits::undone(live.files, draft.files, &edit.file, &[edit]));
    let (content, problems) = draft.content.rebuild(&files);
    // What is broken is left out, and its absence would be taken for the edit's.
    let broken = problems.iter().any(|p| p.is_error() && p.location.file == edit.file);
    (!broken).then_some(content)
}

/// A cause that is plain from what the change is.
fn plain(edits: &[Edit], change: &Differs<'_>) -> Option<Cause> {
    let whole = |ids: &[String], came: bool| {
        let of = |e: &Edit| e.whole() == Some(came) && ids.iter().any(|id| is_of(id, e));
        edits.iter().position(of)
    };
    // Who does not answer any more because it is gone; who answers and was not there.
    let gone = change.before.answers().then(|| whole(&change.before.ids, false)).flatten();
    let come = change.after.answers().then(|| whole(&change.after.ids, true)).flatten();
    gone.or(come).map(|edit| Cause { edit: Some(edit), proof: Proof::Sure })
}

/// Whether an id (`order-status`, `returns/how-long#by-bank`) is of the entry that an edit is in.
fn is_of(id: &str, edit: &Edit) -> bool {
    edit.entry.as_deref() == Some(id.split_once('#').map_or(id, |(entry, _)| entry))
}

/// Which edit each edited line belongs to.
struct Lines<'a> {
    old: HashMap<(&'a str, u32), usize>,
    new: HashMap<(&'a str, u32), usize>,
}

impl<'a> Lines<'a> {
    fn of(edits: &'a [Edit]) -> Self {
        let mut lines = Self { old: HashMap::new(), new: HashMap::new() };
        for (n, edit) in edits.iter().enumerate() {
            lines.old.extend(edit.old.iter().map(|line| ((edit.file.as_str(), *line), n)));
            lines.new.extend(edit.new.iter().map(|line| ((edit.file.as_str(), *line), n)));
        }
        lines
    }
}

/// All edits, those first that had most to do with the two replies.
fn rank(
    live: &Content,
    draft: &Content,
    edits: &[Edit],
    lines: &Lines<'_>,
    change: &Differs<'_>,
    at: Timestamp,
) -> Vec<(usize, f32)> {
    let mut weights = vec![0.0_f32; edits.len()];
    let worded = matches!(change.kind, Kind::Reworded | Kind::Handoff | Kind::Choices);
    for (weight, edit) in weights.iter_mut().zip(edits) {
        let touches = change.before.ids.iter().chain(&change.after.ids).any(|id| is_of(id, edit));
        let learned =
            matches!(edit.key.as_str(), "examples" | "keywords" | "patterns" | "reject" | "questions" | "title");
        *weight += match (touches, worded != learned, &edit.entry) {
            (true, true, _) => WORDS,
            (true, false, _) => ENTRY,
            (false, _, None) => SETTING,
            (false, ..) => 0.0,
        };
    }
    if !worded {
        for (content, lines, ids) in [(live, &lines.old, &change.before.ids), (draft, &lines.new, &change.after.ids)] {
            for (line, weight) in evidence(content, change.question, ids, at) {
                let place = content.lines.get(line as usize).and_then(|l| lines.get(&(l.file.as_str(), l.line)));
                if let Some(sum) = place.and_then(|n| weights.get_mut(*n)) {
                    *sum = sum.max(weight);
                }
            }
        }
    }
    let mut order: Vec<(usize, f32)> = weights.into_iter().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    order
}

/// The lines that spoke in a reading and how much: for those who answer, and half as much for the others.
fn evidence(content: &Content, question: &Question, ids: &[String], at: Timestamp) -> Vec<(u32, f32)> {
    let situation = Situation { page: question.page.as_deref(), at, language: question.language };
    let reading = content.read(&question.text, &situation);
    let most = reading.trace.iter().map(|r| r.weight).fold(f32::MIN_POSITIVE, f32::max);
    let weigh = |r: &crate::engine::Reason| {
        let kind = if matches!(r.evidence, Evidence::Keyword | Evidence::Pattern) { RULE } else { LINE };
        let own = if ids.contains(&content.id_of(r.target)) { 1.0 } else { 0.5 };
        (r.source, kind * own * (0.5 + 0.5 * (r.weight / most).clamp(0.0, 1.0)))
    };
    reading.trace.iter().map(weigh).collect()
}
