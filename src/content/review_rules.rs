//! Keywords and patterns that decide by themselves: whether they ever do, and for whom.

use std::collections::HashSet;

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Hir, HirKind, Look};

use super::gather::Gathered;
use super::lint::{disjoint, only_filler};
use super::{HandoffPolicy, Problem};
use crate::engine::{Engine, Evidence, IntentRule, KeywordRule, Query, Reading, Rules, Target};

/// Texts that have nothing in common: what fits all of them fits everything.
const UNRELATED: [&str; 4] = ["hello there", "wo ist das", "x", "42 danke"];

/// Rules that can never decide, that always do, and that decide against an example of another intent.
pub(super) fn look(gathered: &Gathered) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (intent, _) in &gathered.intents {
        let department = intent.department.as_deref().or(gathered.settings.default_department.as_deref());
        let hours = department
            .and_then(|name| gathered.settings.department.get(name))
            .and_then(|d| d.hours.as_ref())
            .unwrap_or(&gathered.settings.hours);
        if intent.handoff != HandoffPolicy::Never && hours.never() {
            let who = department.map_or("the desk".to_owned(), |d| format!("`{d}`"));
            let message =
                format!("`{}` hands over to {who}, where nobody ever is: no day has opening hours", intent.id);
            let help = "write hours for it in deskbell.toml, or hand over to another department";
            problems.push(at_intent("I032", gathered, &intent.id, message).help(help));
        }
    }
    if gathered.intents.iter().all(|(_, rule)| rule.keywords.is_empty() && rule.patterns.is_empty()) {
        return problems;
    }
    for (intent, rule) in &gathered.intents {
        for line in &rule.patterns {
            let Ok(hir) = ParserBuilder::new().build().parse(&line.text) else { continue };
            let Some(place) = gathered.lines.get(line.source as usize).cloned() else { continue };
            let span = u32::try_from(line.text.chars().count()).unwrap_or(0);
            let all = || regex::RegexBuilder::new(&line.text).case_insensitive(true).build();
            if never(&hir) {
                let message = format!("no text can match this pattern of `{}`", intent.id);
                let help = "something must stand before the beginning or behind the end of a text, or a class is empty";
                problems.push(Problem::new("I027", place, span, message).help(help));
            } else if hir.properties().minimum_len() != Some(0)
                && all().is_ok_and(|regex| UNRELATED.iter().all(|text| regex.is_match(text)))
            {
                let message = format!("this pattern of `{}` matches nearly every message", intent.id);
                let help = "name the words that it is about";
                problems.push(Problem::new("I028", place, span, message).help(help));
            }
        }
    }
    let engine = deciders(gathered);
    for (index, (intent, rule)) in gathered.intents.iter().enumerate() {
        let own = Target::Intent(u32::try_from(index).unwrap_or(u32::MAX));
        let allow = |target: Target| match target {
            Target::Intent(other) if target != own => {
                gathered.intents.get(other as usize).is_some_and(|(o, _)| !disjoint(&intent.when, &o.when))
            }
            _ => true,
        };
        let read = |text: &str| engine.read(&Query { text, language: intent.when.language, allow: &allow });
        for keyword in &rule.keywords {
            if let Some(problem) = shadowed(gathered, &intent.id, own, keyword, &read) {
                problems.push(problem);
            }
        }
        for line in &rule.examples {
            let reading = read(&line.text);
            let (Some(first), Some(place)) = (reading.candidates.first(), gathered.lines.get(line.source as usize))
            else {
                continue;
            };
            // A rule of its own has as much right: then the bot asks back, which may be meant.
            if first.target == own || reading.candidates.iter().any(|c| c.target == own) {
                continue;
            }
            let (other, rule) = decider(gathered, &reading);
            let span = u32::try_from(line.text.chars().count()).unwrap_or(0);
            let message =
                format!("said a little differently, a {rule} of `{other}` decides for this example of `{}`", intent.id);
            let help = "narrow that rule (`none:` excludes words), or give this intent a rule of its own";
            problems.push(Problem::new("I019", place.clone(), span, message).help(help));
        }
    }
    problems
}

fn at_intent(code: &'static str, gathered: &Gathered, id: &str, message: String) -> Problem {
    let place = gathered.ids.get(id).cloned().unwrap_or_default();
    Problem::new(code, place, u32::try_from(id.chars().count()).unwrap_or(0), message)
}

/// An engine that knows the rules of the content and nothing else, in the same languages.
fn deciders(gathered: &Gathered) -> Engine {
    let mut intents: Vec<IntentRule> = gathered
        .intents
        .iter()
        .map(|(_, rule)| IntentRule {
            id: rule.id.clone(),
            language: rule.language,
            keywords: rule.keywords.clone(),
            patterns: rule.patterns.clone(),
            ..IntentRule::default()
        })
        .collect();
    // Behind all others, so that no index moves: languages are known by who declares them.
    let declared = |language| IntentRule { language: Some(language), ..IntentRule::default() };
    intents.extend(gathered.settings.languages.iter().copied().map(declared));
    let default_language = Some(gathered.settings.default_language());
    Engine::build(Rules { intents, articles: Vec::new(), default_language, options: gathered.settings.options }).0
}

/// Who decided, and by what.
fn decider(gathered: &Gathered, reading: &Reading) -> (String, String) {
    let Some(reason) = reading.trace.first() else { return <(String, String)>::default() };
    let kind = if reason.evidence == Evidence::Pattern { "pattern" } else { "keyword" };
    let id = match reason.target {
        Target::Intent(index) => gathered.intents.get(index as usize).map_or_else(String::new, |(i, _)| i.id.clone()),
        Target::Passage { .. } => String::new(),
    };
    let line = gathered.lines.get(reason.source as usize);
    (id, line.map_or_else(|| kind.to_owned(), |l| format!("{kind} ({}:{})", l.file, l.line)))
}

/// A keyword rule whose own words are decided by another intent, or that excludes what it asks for.
fn shadowed(
    gathered: &Gathered,
    id: &str,
    own: Target,
    rule: &KeywordRule,
    read: &dyn Fn(&str) -> Reading,
) -> Option<Problem> {
    let place = gathered.lines.get(rule.source as usize)?;
    let all = rule.all.join(" ");
    let mut texts: Vec<String> = rule.any.iter().map(|any| format!("{all} {any}").trim().to_owned()).collect();
    if texts.is_empty() {
        texts.push(all);
    }
    // What only fills is told of already.
    if texts.iter().all(|t| only_filler(t)) {
        return None;
    }
    let readings: Vec<Reading> = texts.iter().map(|text| read(text)).collect();
    if readings.iter().all(|r| !r.candidates.iter().any(|c| c.target == own)) {
        if readings.iter().all(|r| r.candidates.is_empty()) {
            let message = format!("this rule of `{id}` excludes the words that it asks for");
            let help = "take them out of `none`";
            return Some(Problem::new("I025", place.clone(), 0, message).help(help));
        }
    } else if readings.iter().any(|r| r.candidates.first().is_some_and(|c| c.target == own) && r.candidates.len() < 2) {
        return None;
    }
    // Decided by another wherever one looks, or never without a question back.
    let lost = |r: &Reading| {
        let first = r.candidates.first().map(|c| c.confidence);
        let ours = r.candidates.iter().find(|c| c.target == own).map(|c| c.confidence);
        r.candidates.len() > 1
            && ours <= first
            && r.candidates.iter().any(|c| c.target != own && Some(c.confidence) >= ours)
            || ours.is_none()
    };
    if !readings.iter().all(lost) {
        return None;
    }
    let others: HashSet<String> = readings
        .iter()
        .flat_map(|r| r.candidates.iter().map(|c| c.target).filter(|t| *t != own))
        .filter_map(|t| match t {
            Target::Intent(index) => gathered.intents.get(index as usize).map(|(i, _)| format!("`{}`", i.id)),
            Target::Passage { .. } => None,
        })
        .collect();
    let mut others: Vec<String> = others.into_iter().collect();
    others.sort();
    let message = format!("this rule of `{id}` never decides alone: {} has the same words", others.join(", "));
    let help = "keep the rule in one of them, or add a word that tells them apart";
    Some(Problem::new("I025", place.clone(), 0, message).help(help))
}

/// Whether no text fits: something that takes room stands before the beginning or behind the end, or a class is empty.
fn never(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Empty | HirKind::Literal(_) | HirKind::Look(_) => false,
        HirKind::Class(class) => match class {
            regex_syntax::hir::Class::Unicode(c) => c.ranges().is_empty(),
            regex_syntax::hir::Class::Bytes(c) => c.ranges().is_empty(),
        },
        HirKind::Repetition(r) => r.min > 0 && never(&r.sub),
        HirKind::Capture(c) => never(&c.sub),
        HirKind::Alternation(parts) => parts.iter().all(never),
        HirKind::Concat(parts) => {
            let room = |parts: &[Hir]| parts.iter().any(|p| p.properties().minimum_len().unwrap_or(1) > 0);
            parts.iter().any(never)
                || parts.iter().enumerate().any(|(at, part)| match part.kind() {
                    HirKind::Look(Look::Start) => room(parts.get(..at).unwrap_or_default()),
                    HirKind::Look(Look::End) => room(parts.get(at + 1..).unwrap_or_default()),
                    _ => false,
                })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_fit_nothing_are_known() {
        for (pattern, wanted) in [
            ("a^b", true),
            ("$x", true),
            ("(a^|b^)c", true),
            (r"[a&&b]", true),
            ("(?:a^)?b", false),
            ("^a|b$", false),
            (r"\border\b", false),
            ("(?m)a$\nb", false),
            ("^", false),
        ] {
            assert_eq!(never(&ParserBuilder::new().build().parse(pattern).unwrap()), wanted, "{pattern}");
        }
    }
}
