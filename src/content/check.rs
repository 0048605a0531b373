//! Everything that is wrong with a content, as its editors want to know it: more than a running bot needs.

use super::gather::Gathered;
use super::source::Source;
use super::{Kind, Problem, SourceFile, build, lint, review, review_rules, review_tests, traps};
use crate::engine::{Engine, Rules};
use crate::types::Timestamp;

/// Work of training, as examples times intents, up to which each example is tried left out of training by itself; about two
/// seconds on four slow cores.
const TRIED: usize = 2_000_000;

/// Words from which on an example is more than a name.
const WORDS: usize = 3;

/// How thoroughly a content is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Examples are left out of training and read again only where that is a matter of a second.
    Quick,
    /// Whatever it takes.
    Thorough,
}

/// What came of a check.
#[derive(Debug, Default)]
pub struct Checked {
    /// Every problem, in the order of the files.
    pub problems: Vec<Problem>,
    /// Number of examples that were not tried left out of training, because there are too many for a quick look.
    pub untried: usize,
}

/// Every problem of a content at a time.
#[must_use]
pub fn check(files: &[SourceFile], now: Timestamp, effort: Effort) -> Checked {
    let (mut gathered, _) = build::gather(files);
    let mut problems = Vec::new();
    let today = gathered.settings.hours.local(now).date();
    for (intent, _) in &gathered.intents {
        problems.extend(lint::dated(&intent.id, &intent.when, intent.review_by, &intent.location, today));
    }
    for (article, _) in &gathered.articles {
        problems.extend(lint::dated(&article.id, &article.when, article.review_by, &article.location, today));
    }
    for file in files.iter().filter(|f| matches!(Kind::of(&f.path), Some(Kind::Intents | Kind::Canned))) {
        if let Ok(text) = std::str::from_utf8(&file.bytes) {
            traps::look(&Source::new(&file.path, text), &mut problems);
        }
    }
    problems.extend(review::examples(&gathered));
    problems.extend(review::articles(&gathered));
    problems.extend(review_tests::look(&gathered));
    problems.extend(review_tests::circles(&gathered));
    problems.extend(review_rules::look(&gathered));
    problems.append(&mut gathered.problems);
    let examples: usize = gathered.intents.iter().map(|(_, rule)| rule.examples.len()).sum();
    let is_quick = examples * gathered.intents.len() <= TRIED || effort == Effort::Thorough;
    let untried = if is_quick { 0 } else { examples };
    problems.extend(learned(gathered, is_quick));
    build::sort(&mut problems);
    Checked { problems, untried }
}

/// What is found without the engine: what a fix is judged by.
pub(super) fn cheap(files: &[SourceFile]) -> Vec<Problem> {
    build::problems(files)
}

/// What the engine refuses, and the examples that it would give to another intent if it had not learned them.
fn learned(mut gathered: Gathered, try_examples: bool) -> Vec<Problem> {
    let lines = std::mem::take(&mut gathered.lines);
    let whens: Vec<_> = gathered.intents.iter().map(|(intent, _)| (intent.id.clone(), intent.when.clone())).collect();
    let own: Vec<(u32, usize)> = gathered
        .intents
        .iter()
        .enumerate()
        .flat_map(|(index, (_, rule))| rule.examples.iter().map(move |e| (e.source, index)))
        .collect();
    let default_language = Some(gathered.settings.default_language());
    let options = gathered.settings.options;
    let mut intents: Vec<_> = gathered.intents.into_iter().map(|(_, rule)| rule).collect();
    let mut articles: Vec<_> = gathered.articles.into_iter().map(|(_, rule)| rule).collect();
    if !try_examples {
        for rule in &mut intents {
            rule.examples.clear();
            rule.titles.clear();
            rule.reject.clear();
        }
        articles.clear();
    }
    let texts: std::collections::HashMap<u32, String> =
        intents.iter().flat_map(|r| r.examples.iter().map(|e| (e.source, e.text.clone()))).collect();
    let (engine, refused, lost) = Engine::examined(Rules { intents, articles, default_language, options });
    let place = |source: u32| lines.get(source as usize).cloned().unwrap_or_default();
    let mut problems: Vec<Problem> =
        refused.into_iter().map(|r| build::refused_by_engine(&r.kind, place(r.source))).collect();
    // Around the confidence from which a text is answered an example more or less anywhere decides: what counts is half as
    // likely to be wrong as an answer may be. And one or two words left out leave nothing that is like them.
    let sure = f32::midpoint(engine.options().confident_at.unwrap_or(1.0), 1.0);
    let says_enough = |source: &u32| texts.get(source).is_some_and(|t| t.split_whitespace().count() >= WORDS);
    for lost in lost.into_iter().filter(|l| l.confidence >= sure && says_enough(&l.source)) {
        let Some((_, index)) = own.iter().find(|(source, _)| *source == lost.source) else { continue };
        let (Some((id, when)), Some((to, other))) = (whens.get(*index), whens.get(lost.to as usize)) else { continue };
        if lint::disjoint(when, other) {
            continue;
        }
        let span = texts.get(&lost.source).map_or(0, |t| u32::try_from(t.chars().count()).unwrap_or(0));
        let sure = (lost.confidence * 100.0).round();
        let message = format!("without this line, `{to}` would answer this example of `{id}`, sure to {sure} %");
        let help = "make the examples of the two more different, add more like this one, or join the intents";
        problems.push(Problem::new("I019", place(lost.source), span, message).help(help));
    }
    problems
}
