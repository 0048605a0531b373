//! What the tests of a content leave out, and ways that lead nowhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::gather::Gathered;
use super::lint::normal;
use super::{Expect, HandoffPolicy, Location, Problem};

/// Entries of a content without any test from which on it is said that there is none.
const MANY: usize = 10;
/// Names that are listed.
const NAMED: usize = 5;

/// Entries without a test, the same test for two entries, and tests that test nothing.
pub(super) fn look(gathered: &Gathered) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tested: BTreeSet<&str> = BTreeSet::new();
    let mut wanted: HashMap<String, (&str, &Location)> = HashMap::new();
    let examples: HashMap<(&str, String), u32> = gathered
        .intents
        .iter()
        .flat_map(|(intent, rule)| rule.examples.iter().map(move |e| ((intent.id.as_str(), normal(&e.text)), e.source)))
        .collect();
    for test in &gathered.tests {
        for step in &test.steps {
            for expect in &step.expect {
                let Expect::Id(id) = expect else { continue };
                tested.insert(id.split('#').next().unwrap_or(id));
                // A conversation may well say what stands in the content; only a line of its own is there to try another.
                if test.steps.len() > 1 || test.location != step.location {
                    continue;
                }
                let text = normal(&step.say);
                let span = u32::try_from(step.say.chars().count()).unwrap_or(0);
                if let Some(source) = examples.get(&(id.as_str(), text.clone())) {
                    let line = gathered.lines.get(*source as usize).map_or(0, |l| l.line);
                    let message = format!("this test is an example too (line {line}), so it cannot fail");
                    let help = "say it as a visitor might who has not read the examples";
                    problems.push(Problem::new("T011", step.location.clone(), span, message).help(help));
                }
                match wanted.get(&text) {
                    Some((other, place)) if other != id => {
                        let message = format!(
                            "`{other}` expects the same ({}:{}); only one of the two can pass",
                            place.file, place.line
                        );
                        let help = "keep it where it belongs";
                        problems.push(Problem::new("T010", step.location.clone(), span, message).help(help));
                    }
                    Some(_) => {}
                    None => drop(wanted.insert(text, (id, &step.location))),
                }
            }
        }
    }
    untested(gathered, &tested, &mut problems);
    problems
}

/// Entries without a test, and where they stand.
type Open<'a> = Vec<(&'a str, &'a Location)>;

/// One line a file of intents, and one for all articles.
fn untested(gathered: &Gathered, tested: &BTreeSet<&str>, problems: &mut Vec<Problem>) {
    let mut files: BTreeMap<&str, (usize, Open<'_>)> = BTreeMap::new();
    for (intent, _) in &gathered.intents {
        let (all, open) = files.entry(intent.location.file.as_str()).or_default();
        *all += 1;
        if !tested.contains(intent.id.as_str()) {
            open.push((&intent.id, &intent.location));
        }
    }
    let mut articles = (0, Vec::new());
    for (article, _) in &gathered.articles {
        articles.0 += 1;
        if !tested.contains(article.id.as_str()) {
            articles.1.push((article.id.as_str(), &article.location));
        }
    }
    let help = "add `expect:` with a sentence or two that must lead there";
    if gathered.tests.is_empty() {
        // Who has just begun needs no reminder.
        if let Some((intent, _)) = gathered.intents.first().filter(|_| gathered.intents.len() + articles.0 >= MANY) {
            problems
                .push(Problem::new("T009", intent.location.clone(), 0, "nothing in this content is tested").help(help));
        }
        return;
    }
    for (what, all, open) in files
        .into_values()
        .map(|(all, open)| ("intents of this file", all, open))
        .chain([("articles", articles.0, articles.1)])
    {
        let Some((id, place)) = open.first() else { continue };
        let names: Vec<String> = open.iter().take(NAMED).map(|(id, _)| format!("`{id}`")).collect();
        let more = if open.len() > NAMED { format!(" and {} more", open.len() - NAMED) } else { String::new() };
        let (has, message_all) = if open.len() == 1 { ("has", all) } else { ("have", all) };
        let message = format!("{} of {message_all} {what} {has} no test: {}{more}", open.len(), names.join(", "));
        let span = u32::try_from(id.chars().count()).unwrap_or(0);
        problems.push(Problem::new("T009", (*place).clone(), span, message).help(help));
    }
}

/// Options that lead in a circle: whatever is tapped, the same answers come again, and nobody is called.
pub(super) fn circles(gathered: &Gathered) -> Vec<Problem> {
    let index: HashMap<&str, usize> =
        gathered.intents.iter().enumerate().map(|(at, (intent, _))| (intent.id.as_str(), at)).collect();
    let leads: Vec<Vec<usize>> = gathered
        .intents
        .iter()
        .map(|(i, _)| i.options.iter().filter_map(|o| index.get(o.intent.as_str()).copied()).collect())
        .collect();
    // What an answer without options, or one that calls somebody, can be reached from is no circle.
    let mut out: Vec<bool> = gathered
        .intents
        .iter()
        .zip(&leads)
        .map(|((intent, _), leads)| leads.is_empty() || intent.handoff != HandoffPolicy::Never)
        .collect();
    let mut back: Vec<Vec<usize>> = vec![Vec::new(); leads.len()];
    for (from, to) in leads.iter().enumerate().flat_map(|(from, to)| to.iter().map(move |to| (from, *to))) {
        back[to].push(from);
    }
    let mut open: Vec<usize> = (0..out.len()).filter(|at| out[*at]).collect();
    while let Some(at) = open.pop() {
        for from in &back[at] {
            if !out[*from] {
                out[*from] = true;
                open.push(*from);
            }
        }
    }
    let stuck: Vec<&str> =
        gathered.intents.iter().zip(&out).filter(|(_, out)| !**out).map(|((i, _), _)| i.id.as_str()).collect();
    let Some((first, _)) = gathered.intents.iter().zip(&out).find(|(_, out)| !**out).map(|(i, _)| i) else {
        return Vec::new();
    };
    let names: Vec<String> = stuck.iter().take(NAMED).map(|id| format!("`{id}`")).collect();
    let span = u32::try_from(first.id.chars().count()).unwrap_or(0);
    let message = format!("the options of {} lead to nothing but each other", names.join(", "));
    let help = "let one of them offer a person (`handoff: offer`), or lead to an answer without options";
    vec![Problem::new("I030", first.location.clone(), span, message).help(help)]
}
