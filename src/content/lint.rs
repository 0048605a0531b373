//! What only the whole content shows: dangling references, the same example in two intents, entries out of date.

use std::collections::{BTreeSet, HashMap};

use unicode_normalization::UnicodeNormalization;

use super::gather::Gathered;
use super::problem::{did_you_mean, sure_mean};
use super::{Content, Location, Problem, Situation};
use crate::engine::{Target, Verdict};
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
    shared_examples(gathered);
}

/// An id that nothing refers to may be written anew.
fn renames(gathered: &mut Gathered) {
    for (problem, id, fix) in std::mem::take(&mut gathered.renames) {
        let is_named = gathered.references.iter().any(|r| r.id == id);
        let taken = fix.iter().flat_map(|f| &f.edits).any(|edit| gathered.ids.contains_key(&edit.text));
        if !is_named && !taken && !gathered.incomplete {
            gathered.problems[problem].fix = fix;
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
                Some(fix)
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

fn disjoint(a: &super::When, b: &super::When) -> bool {
    let differ = |x: Option<bool>, y: Option<bool>| x.is_some() && y.is_some() && x != y;
    differ(a.open, b.open)
        || a.language.is_some() && b.language.is_some() && a.language != b.language
        || a.page.is_some() && b.page.is_some() && a.page != b.page
        || matches!((a.valid_until, b.valid_from), (Some(until), Some(from)) if until < from)
        || matches!((b.valid_until, a.valid_from), (Some(until), Some(from)) if until < from)
}

/// Entries whose period has passed at `now`. Apart from [`super::build`], which knows no clock.
#[must_use]
pub fn expired(content: &Content, now: Timestamp) -> Vec<Problem> {
    let today = content.settings.hours.local(now).date();
    let entries = content
        .intents
        .iter()
        .map(|i| (&i.id, &i.when, &i.location))
        .chain(content.articles.iter().map(|a| (&a.id, &a.when, &a.location)));
    entries
        .filter_map(|(id, when, location): (&String, &super::When, &Location)| {
            let until = when.valid_until.filter(|until| *until < today)?;
            let span = u32::try_from(id.chars().count()).unwrap_or(0);
            let message = format!("`{id}` was valid until {until} and does not answer any more");
            Some(Problem::new("I016", location.clone(), span, message).help("renew `valid_until`, or remove it"))
        })
        .collect()
}

/// Examples that the engine reads as another intent than their own. Reads every example once, so it is for editors'
/// checks and not for the way to a running bot.
#[must_use]
pub fn shadowed(content: &Content) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (index, intent) in content.intents.iter().enumerate() {
        let own = Target::Intent(u32::try_from(index).unwrap_or(u32::MAX));
        let Some(places) = content.example_places.get(index) else { continue };
        for (example, source) in intent.examples.iter().zip(places) {
            // With one sound more: an example word for word is always its own intent's, and what matters is what
            // happens to visitors who say nearly the same.
            let nearly = format!("{example} x");
            let reading = content.read_as(
                &nearly,
                &Situation { language: intent.when.language, ..Situation::default() },
                &|target| target == own || !disjoint(&intent.when, content.when(target)),
            );
            let (Some(first), Some(place)) = (reading.candidates.first(), content.lines.get(*source as usize)) else {
                continue;
            };
            let answers = reading.verdict == Verdict::Confident;
            if answers && first.target != own && matches!(first.target, Target::Intent(_)) {
                let span = u32::try_from(example.chars().count()).unwrap_or(0);
                let message = format!(
                    "said a little differently, this example of `{}` is answered by `{}`",
                    intent.id,
                    content.id_of(first.target)
                );
                problems.push(
                    Problem::new("I019", place.clone(), span, message)
                        .help("make the examples of the two more different, or join them"),
                );
            }
        }
    }
    problems
}
