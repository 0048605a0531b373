//! Which line of the content a rule's text stands in.
//!
//! A line that is added to one file moves the numbers of all lines after it. What the engine compiles therefore knows
//! its lines by their place among those of their kind alone, and this table tells what their sources are.

use super::{BuildProblem, Evidence, Line, Reason, Rules, Target};

/// The sources of all lines, by kind, in content order.
pub(crate) struct Sources {
    examples: Vec<u32>,
    keywords: Vec<u32>,
    patterns: Vec<u32>,
    articles: Vec<u32>,
}

impl Sources {
    /// Takes the sources out of the rules and leaves places instead.
    pub(crate) fn take(rules: &mut Rules) -> Self {
        let mut all = Self { examples: Vec::new(), keywords: Vec::new(), patterns: Vec::new(), articles: Vec::new() };
        for rule in &mut rules.intents {
            lines(&mut all.examples, rule.examples.iter_mut().chain(&mut rule.reject));
            lines(&mut all.examples, rule.titles.iter_mut().map(|(_, line)| line));
            lines(&mut all.patterns, &mut rule.patterns);
            rule.keywords.iter_mut().for_each(|k| take(&mut all.keywords, &mut k.source));
        }
        for rule in &mut rules.articles {
            lines(&mut all.articles, rule.title.iter_mut().chain(&mut rule.questions).chain(&mut rule.reject));
            for part in &mut rule.passages {
                lines(&mut all.articles, part.heading.iter_mut().chain([&mut part.body]));
            }
        }
        all
    }

    /// The source of a reason whose line is known by its place.
    pub(crate) fn of(&self, reason: &Reason) -> u32 {
        let kind = match (reason.evidence, reason.target) {
            (Evidence::Keyword, _) => &self.keywords,
            (Evidence::Pattern, _) => &self.patterns,
            (_, Target::Intent(_)) => &self.examples,
            (_, Target::Passage { .. }) => &self.articles,
        };
        source(kind, reason.source)
    }

    /// The source of an example by its place.
    pub(crate) fn example(&self, place: u32) -> u32 {
        source(&self.examples, place)
    }

    /// A problem of a pattern, with its source instead of its place.
    pub(crate) fn problem(&self, problem: &BuildProblem) -> BuildProblem {
        BuildProblem { source: source(&self.patterns, problem.source), kind: problem.kind.clone() }
    }
}

fn source(kind: &[u32], place: u32) -> u32 {
    kind.get(place as usize).copied().unwrap_or(u32::MAX)
}

fn lines<'a>(kind: &mut Vec<u32>, lines: impl IntoIterator<Item = &'a mut Line>) {
    lines.into_iter().for_each(|line| take(kind, &mut line.source));
}

fn take(kind: &mut Vec<u32>, source: &mut u32) {
    let place = kind.len() as u32;
    kind.push(std::mem::replace(source, place));
}
