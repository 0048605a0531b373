//! Everything that is wrong with a content, as its editors want to know it: more than a running bot needs.

use super::{Problem, SourceFile, build, lint};
use crate::types::Timestamp;

/// Every problem of a content at a time, in the order of its files.
#[must_use]
pub fn check(files: &[SourceFile], now: Timestamp) -> Vec<Problem> {
    let (content, mut problems) = build::build(files, None);
    problems.extend(lint::expired(&content, now));
    problems.extend(lint::shadowed(&content));
    build::sort(&mut problems);
    problems
}

/// What is found without the engine: what a fix is judged by.
pub(super) fn cheap(files: &[SourceFile]) -> Vec<Problem> {
    build::problems(files)
}
