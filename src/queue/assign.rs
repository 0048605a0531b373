//! Who gets whom. Whoever is first in order chooses first, among all who can take them: so nobody waits while somebody
//! who could take them has a place, and of two who want the same place the one before has it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::{Policy, Server, Strategy, Waiting, order};
use crate::types::{AgentId, ConversationId, Timestamp};

/// Whether a person may be given a chat now, a free place aside; `at_work`: everybody who takes new chats.
#[must_use]
pub fn eligible(w: &Waiting, server: &Server, at_work: &[Server], policy: &Policy, now: Timestamp) -> bool {
    let paused = w.department.as_ref().is_some_and(|d| policy.of(d).is_some_and(|rules| rules.paused));
    !paused
        && able(w, server)
        && (server.speaks(w) || !waits_for_language(w, at_work, policy, now))
        && (!w.passed_by(server.agent) || starts_again(w, at_work, policy, now))
}

/// Department and skills: what no time changes.
fn able(w: &Waiting, server: &Server) -> bool {
    server.serves(w.department.as_deref()) && w.needs.iter().all(|need| server.skills.contains(need))
}

/// For a while a chat is kept for those who speak its language, if one of them is at work.
fn waits_for_language(w: &Waiting, at_work: &[Server], policy: &Policy, now: Timestamp) -> bool {
    let written = |language| {
        let rules = w.department.as_ref().and_then(|d| policy.of(d));
        rules.is_none_or(|r| r.languages.is_empty() || r.languages.contains(&language))
    };
    w.language.is_some_and(written)
        && now.since(w.entered) < policy.relax_language
        && at_work.iter().any(|s| able(w, s) && s.speaks(w))
}

/// All who could take it have let it pass, and some time has gone since.
fn starts_again(w: &Waiting, at_work: &[Server], policy: &Policy, now: Timestamp) -> bool {
    let last = w.passed.iter().map(|(_, at)| *at).max();
    last.is_none_or(|last| now.since(last) >= policy.offer) && round_over(w, at_work, policy, now)
}

fn round_over(w: &Waiting, at_work: &[Server], policy: &Policy, now: Timestamp) -> bool {
    let language = waits_for_language(w, at_work, policy, now);
    at_work.iter().filter(|s| able(w, s) && (!language || s.speaks(w))).all(|s| w.passed_by(s.agent))
}

/// Who gets whom now, in the order in which it was decided; nobody gets more than there is place for. Maximal: of those
/// who are left, nobody can be taken by anybody who has a place left.
#[must_use]
pub fn assign(line: &[Waiting], servers: &[Server], policy: &Policy, now: Timestamp) -> Vec<(ConversationId, AgentId)> {
    let mut line: Vec<&Waiting> = line.iter().collect();
    line.sort_by(|a, b| order::compare(a, b, policy, now));
    let mut loads: BTreeMap<AgentId, (u32, u64)> = servers.iter().map(|s| (s.agent, (s.load, s.given))).collect();
    let mut turn = servers.iter().map(|s| s.given).max().unwrap_or(0);
    let mut given = Vec::new();
    for w in line {
        let now_of = |s: &Server| loads.get(&s.agent).copied().unwrap_or((s.load, s.given));
        let free = servers.iter().filter(|s| now_of(s).0 < s.capacity);
        let best = free.filter(|s| eligible(w, s, servers, policy, now)).min_by_key(|s| {
            let (load, last) = now_of(s);
            let known = w.last_agent.is_some_and(|(agent, at)| {
                agent == s.agent && policy.prefer_last_agent > 0 && now.since(at) < policy.prefer_last_agent
            });
            // Of each hundred places, how many are taken: who has few places is not filled up first.
            let share = (load * 1_000).checked_div(s.capacity).unwrap_or(u32::MAX);
            let (share, load) = if policy.strategy == Strategy::LeastLoaded { (share, load) } else { (0, 0) };
            (Reverse(known), Reverse(s.speaks(w)), share, load, last, s.agent)
        });
        if let Some(server) = best {
            turn += 1;
            let entry = loads.entry(server.agent).or_default();
            *entry = (entry.0 + 1, turn);
            given.push((w.c, server.agent));
        }
    }
    given
}

/// Who has waited long enough to go on to another department, if somebody is at work there.
#[must_use]
pub fn overflow(
    line: &[Waiting],
    servers: &[Server],
    policy: &Policy,
    now: Timestamp,
) -> Vec<(ConversationId, String)> {
    let goes = |w: &Waiting| {
        let (to, after) = policy.of(w.department.as_ref()?)?.overflow.as_ref()?;
        let open = !policy.of(to).is_some_and(|rules| rules.paused) && servers.iter().any(|s| s.serves(Some(to)));
        (open && now.since(w.entered) >= *after).then(|| (w.c, to.clone()))
    };
    line.iter().filter_map(goes).collect()
}

/// When to look again, if nothing happens before: somebody's rank rises, a language is no longer waited for, a round of
/// offers starts again, somebody goes on to another department. Always later than `now`.
#[must_use]
pub fn next_change(line: &[Waiting], policy: &Policy, now: Timestamp) -> Option<Timestamp> {
    let after = |at: Timestamp, ms: u64| Timestamp(at.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)));
    let of = |w: &Waiting| {
        let overflow = w.department.as_ref().and_then(|d| policy.of(d)).and_then(|rules| rules.overflow.as_ref());
        let moments = [
            order::rises(w, policy, now),
            w.language.map(|_| after(w.entered, policy.relax_language)),
            w.passed.iter().map(|(_, at)| *at).max().map(|last| after(last, policy.offer)),
            overflow.map(|(_, ms)| after(w.entered, *ms)),
        ];
        moments.into_iter().flatten().filter(|at| *at > now).min()
    };
    line.iter().filter_map(of).min()
}
