//! Changes that are wanted become tests.

use std::collections::BTreeMap;
use std::fmt;

use super::{Change, Kind, Plan};
use crate::content::{self, Content, SourceFile};
use crate::workshop::cases;
use crate::workshop::edit::{self, EditError, List};

/// A test that holds a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Line of the plan.
    pub number: usize,
    /// Intent or article that gets it.
    pub entry: String,
    /// `true`: the text must land there (`expect:`); `false`: it must not (`reject:`).
    pub lands: bool,
    /// In the visitor's words.
    pub text: String,
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>5}  {} \"{}\" in {}", self.number, self.verb(), self.text, self.entry)
    }
}

impl Wanted {
    const fn verb(&self) -> &'static str {
        if self.lands { "expect" } else { "reject" }
    }
}

/// What came of accepting lines.
#[derive(Debug, Clone, Default)]
pub struct Accepted {
    /// Files of the draft with the tests in them.
    pub files: Vec<SourceFile>,
    /// The tests that were written, or stood there already.
    pub written: Vec<Wanted>,
    /// Lines of the plan that no `expect` or `reject` can hold, and why.
    pub refused: Vec<(usize, String)>,
}

/// The draft's files with tests that hold these lines of its plan. Each test is run in what comes of them: one that
/// fails (a `reject` teaches, so it may change more than was looked at) is left out and said.
#[must_use]
pub fn accepted(plan: &Plan, numbers: &[usize], draft: &[SourceFile]) -> Accepted {
    let mut made = Accepted::default();
    let mut wanted = Vec::new();
    for change in plan.changes.iter().filter(|c| numbers.contains(&c.number)) {
        match test_of(change) {
            Ok(test) => wanted.push(test),
            Err(why) => made.refused.push((change.number, why)),
        }
    }
    let (base, _) = content::build(draft);
    // Each round leaves out what fails; the last one has nothing to leave out.
    loop {
        let (files, unwritten) = write(&wanted, draft, &base);
        if !unwritten.is_empty() {
            wanted.retain(|w| !unwritten.iter().any(|(number, _)| *number == w.number));
            made.refused.extend(unwritten);
            continue;
        }
        let mut all: Vec<SourceFile> = draft.to_vec();
        for file in &files {
            if let Some(place) = all.iter_mut().find(|f| f.path == file.path) {
                place.clone_from(file);
            }
        }
        let (content, _) = base.rebuild(&all);
        let failed = failing(&content, &wanted, plan);
        if failed.is_empty() {
            made.files = files;
            break;
        }
        wanted.retain(|w| !failed.iter().any(|(number, _)| *number == w.number));
        made.refused.extend(failed);
    }
    made.written = wanted;
    made.refused.sort();
    made
}

fn test_of(change: &Change) -> Result<Wanted, String> {
    let (ids, lands) = match change.kind {
        Kind::Lost | Kind::Below | Kind::NoLongerAskedBack => (&change.before.ids, false),
        _ => (&change.after.ids, true),
    };
    let Some(id) = ids.first() else { return Err("no entry answers, so none can hold it".to_owned()) };
    let entry = id.split('#').next().unwrap_or(id).to_owned();
    Ok(Wanted { number: change.number, entry, lands, text: edit::clean(&change.text) })
}

/// The files that change, and the tests that could not be put anywhere.
fn write(wanted: &[Wanted], draft: &[SourceFile], content: &Content) -> (Vec<SourceFile>, Vec<(usize, String)>) {
    let mut files: BTreeMap<String, SourceFile> = BTreeMap::new();
    let mut refused = Vec::new();
    let mut lists: BTreeMap<(&str, bool), Vec<&Wanted>> = BTreeMap::new();
    for test in wanted {
        lists.entry((test.entry.as_str(), test.lands)).or_default().push(test);
    }
    for ((entry, lands), tests) in lists {
        let mut refuse = |why: &str| refused.extend(tests.iter().map(|t| (t.number, why.to_owned())));
        let intent = content.intents.iter().find(|i| i.id == entry).map(|i| (i.location.file.as_str(), entry));
        let article = content.articles.iter().find(|a| a.id == entry).map(|a| (a.location.file.as_str(), ""));
        let Some((path, place)) = intent.or(article) else {
            refuse(&format!("`{entry}` is not there any more, so nothing can lead to it"));
            continue;
        };
        let Some(file) = files.get(path).or_else(|| draft.iter().find(|f| f.path == path)) else { continue };
        let name = |text: &str| format!("{entry} {}: {text}", if lands { "expect" } else { "reject" });
        let mut texts: Vec<String> = Vec::new();
        for test in &tests {
            let there = content.tests.iter().any(|t| t.name == name(&test.text));
            if !there && !texts.contains(&test.text) {
                texts.push(test.text.clone());
            }
        }
        if texts.is_empty() {
            continue;
        }
        let list = if lands { List::Expect } else { List::Reject };
        match edit::add_lines(file, place, list, &texts) {
            Ok(file) => {
                files.insert(path.to_owned(), file);
            }
            // Only an example with other signs around it stands there; it holds the same.
            Err(EditError::Nothing) => {}
            Err(error) => refuse(&format!("{path} cannot be edited: {error}")),
        }
    }
    (files.into_values().collect(), refused)
}

/// The wanted tests that do not hold in a content.
fn failing(content: &Content, wanted: &[Wanted], plan: &Plan) -> Vec<(usize, String)> {
    let names: Vec<(usize, String)> =
        wanted.iter().map(|w| (w.number, format!("{} {}: {}", w.entry, w.verb(), w.text))).collect();
    let outcomes = cases::outcomes_of(content, plan.at, |test| names.iter().any(|(_, name)| *name == test.name));
    let mut failed = Vec::new();
    for outcome in outcomes.iter().filter(|o| !o.failures.is_empty()) {
        let why = outcome.failures.first().map_or("", |(_, message)| message.as_str());
        let of = names.iter().filter(|(_, name)| *name == outcome.test.name);
        failed.extend(of.map(|(number, _)| (*number, format!("the test would fail: the text {why}"))));
    }
    failed
}
