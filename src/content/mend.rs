//! Applies what problems propose, and nothing besides.
//!
//! Each change is made on a copy that is read again: it must change one piece of its file and leave all others as they are,
//! and bring no problem that was not there. What does not pass is left to the editor.

use std::collections::{BTreeMap, HashSet};

use super::check::cheap;
use super::{Fix, Problem, SourceFile, pieces};

/// Rounds after which nothing more is tried: a mended key shows what is wrong below it, and that again.
const ROUNDS: usize = 8;

/// What came of it.
#[derive(Debug, Default)]
pub struct Mended {
    /// The files that changed, as they should be now.
    pub files: Vec<SourceFile>,
    /// Problems that are mended.
    pub done: Vec<Problem>,
    /// Problems whose fix would have changed more than it should.
    pub left: Vec<Problem>,
}

/// Mends what can be mended safely. Fixes that overlap wait for the next round.
#[must_use]
pub fn mend(files: &[SourceFile]) -> Mended {
    let mut now = files.to_vec();
    let mut mended = Mended::default();
    let mut tried: HashSet<String> = HashSet::new();
    for _ in 0..ROUNDS {
        let problems = cheap(&now);
        let open: Vec<(&Problem, &Fix)> = problems
            .iter()
            .filter_map(|p| Some((p, p.fix.as_deref()?)))
            .filter(|(p, fix)| !tried.contains(&key(p, fix)))
            .collect();
        let round = apart(open);
        if round.is_empty() {
            break;
        }
        let mut applied: Vec<(&Problem, &Fix)> = Vec::new();
        for (problem, fix) in round {
            if alone(&now, fix) {
                applied.push((problem, fix));
            } else {
                tried.insert(key(problem, fix));
                mended.left.push(problem.clone());
            }
        }
        let all = apply(&now, &applied);
        if no_worse(&problems, &cheap(&all), &applied) {
            now = all;
            mended.done.extend(applied.iter().map(|(p, _)| (*p).clone()));
            continue;
        }
        // One of them brings something new: each by itself, from the end, so that places stay right.
        applied.sort_by(|(_, a), (_, b)| (&b.file, first(b)).cmp(&(&a.file, first(a))));
        let mut so_far = problems.clone();
        for one in applied {
            let next = apply(&now, &[one]);
            let found = cheap(&next);
            if no_worse(&so_far, &found, &[one]) {
                (now, so_far) = (next, found);
                mended.done.push(one.0.clone());
            } else {
                tried.insert(key(one.0, one.1));
                mended.left.push(one.0.clone());
            }
        }
    }
    mended.files = now.into_iter().zip(files).filter(|(new, old)| new.bytes != old.bytes).map(|(new, _)| new).collect();
    mended
}

/// What tells a fix from others over several rounds, in which lines move.
fn key(problem: &Problem, fix: &Fix) -> String {
    let texts: Vec<&str> = fix.edits.iter().map(|e| e.text.as_str()).collect();
    format!("{} {} {} {}", problem.code, fix.file, without_numbers(&problem.message), texts.join(" "))
}

fn without_numbers(message: &str) -> String {
    message.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn first(fix: &Fix) -> usize {
    fix.edits.first().map_or(0, |e| e.range.start)
}

/// Fixes of which no two touch each other, in the order of the files.
fn apart<'a>(mut open: Vec<(&'a Problem, &'a Fix)>) -> Vec<(&'a Problem, &'a Fix)> {
    open.sort_by(|(_, a), (_, b)| (&a.file, first(a)).cmp(&(&b.file, first(b))));
    let mut end: BTreeMap<&str, usize> = BTreeMap::new();
    open.retain(|(_, fix)| {
        let end = end.entry(fix.file.as_str()).or_default();
        let last = fix.edits.last().map_or(0, |e| e.range.end);
        let free = first(fix) >= *end;
        if free {
            *end = last.max(*end);
        }
        free
    });
    open
}

fn apply(files: &[SourceFile], fixes: &[(&Problem, &Fix)]) -> Vec<SourceFile> {
    let changed = |file: &SourceFile| {
        let mut edits: Vec<_> = fixes.iter().filter(|(_, f)| f.file == file.path).flat_map(|(_, f)| &f.edits).collect();
        edits.sort_by_key(|e| std::cmp::Reverse(e.range.start));
        let mut bytes = file.bytes.clone();
        for edit in edits {
            if edit.range.start <= edit.range.end && edit.range.end <= bytes.len() {
                bytes.splice(edit.range.clone(), edit.text.bytes());
            }
        }
        SourceFile { path: file.path.clone(), bytes }
    };
    files.iter().map(changed).collect()
}

/// Whether a fix changes one piece of its file at most, or makes a file readable that was not.
fn alone(files: &[SourceFile], fix: &Fix) -> bool {
    let Some(file) = files.iter().find(|f| f.path == fix.file) else { return false };
    let Ok(before) = std::str::from_utf8(&file.bytes) else { return false };
    let mut after = before.to_owned();
    for edit in fix.edits.iter().rev() {
        if after.get(edit.range.clone()).is_none() {
            return false;
        }
        after.replace_range(edit.range.clone(), &edit.text);
    }
    match (pieces::pieces(&file.path, before), pieces::pieces(&file.path, &after)) {
        (Some(before), Some(after)) => one_piece(&before, &after, fix.edits.len()),
        // What could not be read shows by its problems whether it is any better.
        (None, _) => true,
        (Some(_), None) => false,
    }
}

/// Whether two versions of a file differ in so many pieces that follow each other, or in fewer.
fn one_piece(before: &[String], after: &[String], most: usize) -> bool {
    let same = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[same..], &after[same..]);
    let same = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    // `{` and `}` go where a text that was read as key and value becomes a text.
    let was_text = before.len() - same == 4 && before.first().is_some_and(|p| p == "{");
    after.len() - same <= most && (before.len() - same <= most || was_text)
}

/// Whether nothing is wrong that was not before. What an error hid may come to light as a warning, where the error is gone.
fn no_worse(before: &[Problem], after: &[Problem], fixes: &[(&Problem, &Fix)]) -> bool {
    let hid = fixes.iter().any(|(p, _)| p.is_error());
    let count = |problems: &[Problem]| {
        let mut count: BTreeMap<(String, &'static str, String), usize> = BTreeMap::new();
        for p in problems.iter().filter(|p| p.is_error() || !hid) {
            *count.entry((p.location.file.clone(), p.code, without_numbers(&p.message))).or_default() += 1;
        }
        count
    };
    let (old, new) = (count(before), count(after));
    new.iter().all(|(key, n)| old.get(key).is_some_and(|was| n <= was))
        || fixes.iter().all(|(p, _)| is_unread(p)) && unread(after) < unread(before)
}

/// Whether a problem keeps the rest of its file from being read: mended, it may show any others.
fn is_unread(problem: &Problem) -> bool {
    problem.code.starts_with('S') || matches!(problem.code, "F002" | "F004")
}

fn unread(problems: &[Problem]) -> usize {
    problems.iter().filter(|p| is_unread(p)).count()
}
