//! Who comes before whom: priority, lifted by waiting, then the longest wait. A total order, the same on every node.

use std::cmp::Ordering;

use super::{Policy, Server, Waiting};
use crate::types::{ConversationId, Priority, Timestamp};

const STEPS: [Priority; 3] = [Priority::Normal, Priority::High, Priority::Urgent];

/// The priority that counts: each `policy.age` of waiting lifts by one step, up to the highest. There the longest wait is
/// first, so after two such times nobody who came later comes before.
#[must_use]
pub fn rank(w: &Waiting, policy: &Policy, now: Timestamp) -> Priority {
    let own = STEPS.iter().position(|p| *p == w.priority).unwrap_or(0);
    let lifted = now.since(w.since).checked_div(policy.age).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    STEPS[own.saturating_add(lifted).min(STEPS.len() - 1)]
}

/// When the rank rises next; none where it cannot.
pub(super) fn rises(w: &Waiting, policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    let lifted = now.since(w.since).checked_div(policy.age)?;
    let later = i64::try_from(lifted.saturating_add(1).saturating_mul(policy.age)).ok()?;
    (rank(w, policy, now) < Priority::Urgent).then(|| Timestamp(w.since.0.saturating_add(later)))
}

/// Whether `a` comes before (`Less`) or after `b`. The id breaks ties.
#[must_use]
pub fn compare(a: &Waiting, b: &Waiting, policy: &Policy, now: Timestamp) -> Ordering {
    let (rank_a, rank_b) = (rank(a, policy, now), rank(b, policy, now));
    rank_b.cmp(&rank_a).then(a.since.cmp(&b.since)).then_with(|| a.c.cmp(&b.c))
}

/// Puts a line in order.
pub fn sort(line: &mut [Waiting], policy: &Policy, now: Timestamp) {
    line.sort_by(|a, b| compare(a, b, policy, now));
}

/// Place of `c` in a sorted line, from 1: those before it who compete for the same people, itself included.
/// With nobody at work, all before it count.
#[must_use]
pub fn position(line: &[Waiting], c: ConversationId, servers: &[Server]) -> Option<u32> {
    let at = line.iter().position(|w| w.c == c)?;
    let mine = line.get(at)?.department.as_deref();
    Some(position_of_next(line.get(..at)?, mine, servers))
}

/// Place of somebody who joins behind all of `line`, for this department.
#[must_use]
pub fn position_of_next(line: &[Waiting], department: Option<&str>, servers: &[Server]) -> u32 {
    let competes = |other: &&Waiting| {
        servers.is_empty()
            || other.department.as_deref() == department
            || servers.iter().any(|s| s.serves(department) && s.serves(other.department.as_deref()))
    };
    1 + line.iter().filter(competes).count() as u32
}
