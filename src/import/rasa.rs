//! Rasa projects: examples of `nlu`, `responses` of the domain, and rules that say which belongs to which.
//!
//! What a rule or a story of one question leads to is the answer; retrieval intents (`faq/returns`) find theirs by name.
//! Own code, forms and conversations of several turns stay behind: the intent rings a person then.

use std::collections::{BTreeMap, HashMap};

use super::rasa_files::{Examples, Files, Flow, Response, Step};
use super::{Entry, Project, kebab, text_of, tree, whole};
use crate::content::{Location, SourceFile};

/// Reads a project. Paths tell what a file is only for tests (`test_*.yml`); all else by its keys.
#[must_use]
pub fn read(files: &[SourceFile]) -> Project {
    let mut project = Project::default();
    let mut found = Files::default();
    for file in files {
        let is_yaml = file.path.ends_with(".yml") || file.path.ends_with(".yaml");
        if file.path.ends_with(".md") && !file.path.to_lowercase().ends_with("readme.md") {
            project.leave(&whole(&file.path), "the file", "Markdown of Rasa 1: `rasa data convert` makes YAML of it");
        }
        if file.path.ends_with(".py") {
            project.leave(&whole(&file.path), "the file", "own code has no place in content");
        }
        if !is_yaml || ["endpoints.yml", "credentials.yml"].iter().any(|n| file.path.ends_with(n)) {
            continue;
        }
        let Some(text) = text_of(file, &mut project) else { continue };
        match tree::yaml(text) {
            Ok(node) => found.take(&file.path, text, &node, &mut project),
            Err((line, message)) => {
                let here = Location { file: file.path.clone(), line, column: 1 };
                project.leave(&here, "the file", message);
            }
        }
    }
    make(found, &mut project);
    project.tidy();
    project
}

fn make(found: Files, project: &mut Project) {
    project.languages = found.language.iter().filter_map(|l| l.parse().ok()).collect();
    let mut answers = answers(&found, project);
    let mut tests: HashMap<String, Vec<String>> = HashMap::new();
    for (text, intent) in &found.tests {
        tests.entry(intent.clone()).or_default().push(text.clone());
    }
    let ids: BTreeMap<&str, String> = found
        .intents
        .iter()
        .map(|e| e.name.as_str())
        .zip(1..)
        .map(|(n, i)| (n, kebab(n, &format!("intent-{i}"))))
        .collect();
    let mut entries: Vec<Entry> = Vec::new();
    for Examples { name, texts, comment, from } in &found.intents {
        if name == "nlu_fallback" || name == "out_of_scope" {
            project.leave(from, format!("`{name}`"), "not knowing is built in: it needs no examples");
            continue;
        }
        // Examples of one intent may stand in several files.
        if let Some(entry) = ids.get(name.as_str()).and_then(|id| entries.iter_mut().find(|e| e.id == *id)) {
            entry.examples.extend(texts.iter().cloned());
            continue;
        }
        let said = answers.remove(name.as_str());
        if said.is_none() {
            let why = "nothing says what to answer; it rings a person";
            project.leave(from, format!("the answer of `{name}`"), why);
        }
        let mut entry = Entry {
            topic: topic(name, &from.file),
            id: ids.get(name.as_str()).cloned().unwrap_or_default(),
            comment: comment.clone(),
            examples: texts.clone(),
            expect: tests.remove(name).unwrap_or_default(),
            from: from.clone(),
            ..Entry::default()
        };
        for response in said.into_iter().flatten() {
            let text = variables(&response, name, project);
            match entry.answer.first_mut() {
                Some((_, before)) => *before = format!("{before}\n\n{text}"),
                None => entry.answer.push((None, text)),
            }
            let known = |to: &str| ids.get(to).cloned().unwrap_or_else(|| kebab(to, "intent"));
            entry.options.extend(response.buttons.iter().map(|(label, to)| (label.clone(), known(to))));
        }
        entries.push(entry);
    }
    for (name, from) in &found.declared {
        let base = |n: &str| n.split('/').next().map(str::to_owned);
        if !found.intents.iter().any(|e| e.name == *name || base(&e.name).as_deref() == Some(name)) {
            project.leave(from, format!("`{name}`"), "it has no examples");
        }
    }
    project.entries = entries;
}

/// What answers each intent.
fn answers(found: &Files, project: &mut Project) -> HashMap<String, Vec<Response>> {
    let mut answers: HashMap<String, Vec<Response>> = HashMap::new();
    let mut used: Vec<&str> = Vec::new();
    // Rules first: they hold always, stories only by likeness.
    let (rules, stories): (Vec<&Flow>, Vec<&Flow>) = found.flows.iter().partition(|f| f.is_rule);
    for flow in rules.into_iter().chain(stories) {
        let kind = if flow.is_rule { "rule" } else { "story" };
        let what = format!("the {kind} “{}”", flow.name);
        let Some((Step::Intent(intents), rest)) = flow.steps.split_first() else {
            project.leave(&flow.from, what, "it does not begin with a question");
            continue;
        };
        let actions: Option<Vec<&str>> =
            rest.iter().map(|s| if let Step::Action(a) = s { Some(a.as_str()) } else { None }).collect();
        let Some(actions) = actions.filter(|a| !a.is_empty()) else {
            project.leave(&flow.from, what, "conversations of several turns are not taken along");
            continue;
        };
        if let Some(own) = actions.iter().find(|a| !a.starts_with("utter_")) {
            project.leave(&flow.from, what, format!("`{own}` is own code"));
            continue;
        }
        for intent in intents {
            for name in retrieved(intent, &actions, found) {
                let said: Vec<Response> = actions
                    .iter()
                    .filter_map(|a| found.responses.get(*a).or_else(|| found.responses.get(&format!("utter_{name}"))))
                    .cloned()
                    .collect();
                if !said.is_empty() {
                    answers.entry(name).or_insert(said);
                }
            }
        }
        used.extend(actions);
    }
    // What no rule speaks of is found by its name.
    for Examples { name, .. } in &found.intents {
        if let Some(said) = found.responses.get(&format!("utter_{name}")) {
            answers.entry(name.clone()).or_insert_with(|| vec![said.clone()]);
        }
    }
    let taken: Vec<&Location> = answers.values().flatten().map(|r| &r.from).collect();
    for (name, response) in &found.responses {
        if !taken.contains(&&response.from) && !used.contains(&name.as_str()) {
            project.leave(&response.from, format!("`{name}`"), "no rule of one question leads to it");
        }
    }
    answers
}

/// The intents that a rule's intent stands for: itself, or those below it that a retrieval action answers.
fn retrieved(intent: &str, actions: &[&str], found: &Files) -> Vec<String> {
    let below: Vec<String> = found
        .intents
        .iter()
        .filter(|e| e.name.strip_prefix(intent).is_some_and(|r| r.starts_with('/')))
        .map(|e| e.name.clone())
        .collect();
    if below.is_empty() || !actions.contains(&format!("utter_{intent}").as_str()) {
        vec![intent.to_owned()]
    } else {
        below
    }
}

/// `{name}` of a slot as a variable of an answer. It is not known here, so `check` shows the place until somebody decides:
/// better than a visitor who reads a bracket.
fn variables(response: &Response, intent: &str, project: &mut Project) -> String {
    let mut out = String::new();
    let mut rest = response.text.as_str();
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let name = from.find('}').and_then(|close| Some((from.get(1..close)?, from.get(close + 1..)?)));
        match name.filter(|(n, _)| !n.is_empty() && n.chars().all(|c| c.is_alphanumeric() || c == '_')) {
            Some((name, after)) => {
                out.push_str(&format!("{{{{ {name} }}}}"));
                project.leave(
                    &response.from,
                    format!("what fills `{name}` in the answer of `{intent}`"),
                    "add a slot of that name, or take it out of the answer: `check` shows where",
                );
                rest = after;
            }
            None => {
                let pair = from.starts_with("{{") || from.starts_with("{%");
                out.push_str(if pair { "{{ '{' }}" } else { "{" });
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out + rest
}

fn topic(name: &str, file: &str) -> String {
    if let Some((base, _)) = name.split_once('/') {
        return kebab(base, "questions");
    }
    let stem = file.rsplit('/').next().unwrap_or_default();
    let stem = stem.rsplit_once('.').map_or(stem, |(stem, _)| stem);
    if stem == "nlu" || stem == "domain" { "questions".to_owned() } else { kebab(stem, "questions") }
}
