//! What only the whole content shows: dangling references, the same example in two intents, entries out of date.

use std::collections::{BTreeSet, HashMap};

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use super::gather::Gathered;
use super::problem::{did_you_mean, sure_mean};
use super::{Content, Location, Problem, When, links};
use crate::types::Timestamp;

/// A text as far as it matters for "the same": no case, no punctuation, no accents of writing.
pub(super) fn normal(text: &str) -> String {
    let lower: String = text.nfkc().flat_map(char::to_lowercase).filter(|c| !matches!(c, '\'' | '’')).collect();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether all words of a keyword stand in nearly every text.
pub(super) fn only_filler(text: &str) -> bool {
    const FILLER: &str = " a an and are at be but by can do does for from has have i in is it me my of on or so that the this to was we with you your \
        aber als am an auch auf aus bei bin da das dass dem den der des die du ein eine einen einer es für hat habe ich ihr im in ist ja kann mein meine \
        mich mir mit noch nur oder sich sie sind so über um und uns von war was wenn wie wir zu zum zur ";
    let normal = normal(text);
    !normal.is_empty()
        && normal.split(' ').count() <= 2
        && normal.split(' ').all(|w| FILLER.contains(&format!(" {w} ")))
}

/// Checks across files, before the engine is built.
pub(super) fn across(gathered: &mut Gathered) {
    renames(gathered);
    references(gathered);
    links::resolve(gathered);
    shared_examples(gathered);
}

/// An id that nothing refers to may be written anew.
fn renames(gathered: &mut Gathered) {
    for (problem, id, fix) in std::mem::take(&mut gathered.renames) {
        let is_named = gathered.references.iter().any(|r| r.id == id);
        let taken = fix.iter().flat_map(|f| &f.edits).any(|edit| gathered.ids.contains_key(&edit.text));
        if !is_named && !taken && !gathered.incomplete {
            gathered.problems[problem].fix = fix.map(Box::new);
        }
    }
}

fn references(gathered: &mut Gathered) {
    let intents: BTreeSet<&str> = gathered.intents.iter().map(|(i, _)| i.id.as_str()).collect();
    let articles: BTreeSet<&str> = gathered.articles.iter().map(|(a, _)| a.id.as_str()).collect();
    let passage = |id: &str| {
        let (article, anchor) = id.split_once('#')?;
        let (found, _) = gathered.articles.iter().find(|(a, _)| a.id == article)?;
        found.passages.iter().find(|p| p.anchor == anchor)
    };
    let mut problems = Vec::new();
    for reference in &gathered.references {
        let id = reference.id.as_str();
        let exists = intents.contains(id) || reference.articles_too && (articles.contains(id) || passage(id).is_some());
        // With a file missing, what it refers to may well be there.
        if !exists && !gathered.incomplete {
            let known = intents.iter().chain(articles.iter().filter(|_| reference.articles_too)).copied();
            let mut problem = reference.problem.clone();
            problem.help = did_you_mean(id, known)
                .map(|n| format!("did you mean `{n}`?"))
                .or_else(|| {
                    (!reference.articles_too && articles.contains(id))
                        .then(|| "that is an article; an option leads to an intent".to_owned())
                })
                .or_else(|| Some("name one that exists, or write it".to_owned()));
            let known = intents.iter().chain(articles.iter().filter(|_| reference.articles_too)).copied();
            problem.fix = sure_mean(id, known).and_then(|by| {
                let mut fix = reference.fix.clone()?;
                fix.edits.iter_mut().for_each(|edit| by.clone_into(&mut edit.text));
                Some(Box::new(fix))
            });
            problems.push(problem);
        }
    }
    let known: BTreeSet<String> = intents.iter().map(|id| (*id).to_owned()).collect();
    for (intent, _) in &mut gathered.intents {
        intent.options.retain(|option| known.contains(&option.intent));
    }
    gathered.settings.suggested.retain(|id| known.contains(id));
    gathered.problems.extend(problems);
}

fn shared_examples(gathered: &mut Gathered) {
    let mut first: HashMap<String, (usize, u32)> = HashMap::new();
    let mut problems = Vec::new();
    for (index, (intent, rule)) in gathered.intents.iter().enumerate() {
        for line in &rule.examples {
            let Some((other, source)) = first.insert(normal(&line.text), (index, line.source)) else { continue };
            if other == index {
                continue;
            }
            let (Some(here), Some(there)) =
                (gathered.lines.get(line.source as usize), gathered.lines.get(source as usize))
            else {
                continue;
            };
            let (other, _) = &gathered.intents[other];
            // Two intents of which only one can ever be asked share examples on purpose.
            if disjoint(&intent.when, &other.when) {
                continue;
            }
            let span = u32::try_from(line.text.chars().count()).unwrap_or(0);
            let message = format!("this example is also in `{}` ({}:{})", other.id, there.file, there.line);
            problems.push(
                Problem::new("I014", here.clone(), span, message).help("remove one of the two, or join the intents"),
            );
        }
    }
    gathered.problems.extend(problems);
}

pub(super) fn disjoint(a: &When, b: &When) -> bool {
    let differ = |x: Option<bool>, y: Option<bool>| x.is_some() && y.is_some() && x != y;
    differ(a.open, b.open)
        || a.language.is_some() && b.language.is_some() && a.language != b.language
        || a.page.is_some() && b.page.is_some() && a.page != b.page
        || matches!((a.valid_until, b.valid_from), (Some(until), Some(from)) if until < from)
        || matches!((b.valid_until, a.valid_from), (Some(until), Some(from)) if until < from)
}

/// Entries whose period has passed at `now`, or that somebody should have read again. Apart from [`super::build`], which
/// knows no clock.
#[must_use]
pub fn expired(content: &Content, now: Timestamp) -> Vec<Problem> {
    let today = content.settings.hours.local(now).date();
    let intents = content.intents.iter().map(|i| (&i.id, &i.when, i.review_by, &i.location));
    let articles = content.articles.iter().map(|a| (&a.id, &a.when, a.review_by, &a.location));
    intents.chain(articles).flat_map(|(id, when, review_by, place)| dated(id, when, review_by, place, today)).collect()
}

/// What is out of date in an entry.
pub(super) fn dated(id: &str, when: &When, review_by: Option<Date>, place: &Location, today: Date) -> Vec<Problem> {
    let span = u32::try_from(id.chars().count()).unwrap_or(0);
    let until = when.valid_until.filter(|until| *until < today).map(|until| {
        let message = format!("`{id}` was valid until {until} and does not answer any more");
        Problem::new("I016", place.clone(), span, message).help("renew `valid_until`, or remove it")
    });
    let review = review_by.filter(|by| *by < today).map(|by| {
        let message = format!("`{id}` should have been read again by {by}");
        Problem::new("I029", place.clone(), span, message)
            .help("see whether it is still right, and set `review_by` anew")
    });
    until.into_iter().chain(review).collect()
}
