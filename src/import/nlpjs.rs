//! NLP.js corpora: `{name, locale, data: [{intent, utterances, answers}]}`, one file a language.

use super::tree::Node;
use super::{Entry, Project, at, capital, kebab, text_of, tree};
use crate::content::SourceFile;
use crate::types::Language;

/// Reads corpora; the same intent in files of several languages becomes one.
#[must_use]
pub fn read(files: &[SourceFile]) -> Project {
    let mut project = Project::default();
    let mut names: Vec<String> = Vec::new();
    for file in files.iter().filter(|f| f.path.ends_with(".json")) {
        let Some(text) = text_of(file, &mut project) else { continue };
        match tree::json(text) {
            Err((line, message)) => project.leave(&at(&file.path, line), "the file", message),
            Ok(node) if node.value_of("data").is_some_and(|d| !d.items().is_empty()) => {
                corpus(&file.path, &node, &mut project, &mut names);
            }
            Ok(_) => {}
        }
    }
    project.tidy();
    project
}

fn corpus(path: &str, node: &Node, project: &mut Project, names: &mut Vec<String>) {
    let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".json").to_owned();
    let language: Option<Language> =
        node.text_of("locale").and_then(|l| l.split(['-', '_']).next()).and_then(|l| l.to_lowercase().parse().ok());
    if let Some(language) = language
        && !project.languages.contains(&language)
    {
        project.languages.push(language);
    }
    let topic = kebab(node.text_of("name").unwrap_or(&stem), "questions");
    for key in ["entities", "contextData", "actions"] {
        if let Some((_, line, value)) = node.named().find(|(k, ..)| *k == key) {
            let n = value.items().len().max(value.pairs().len());
            if n > 0 {
                project.leave(&at(path, line), format!("`{key}` ({n})"), "there is nothing like it here");
            }
        }
    }
    for item in node.value_of("data").map_or(&[][..], Node::items) {
        let here = at(path, item.line);
        let Some(name) = item.text_of("intent") else {
            project.leave(&here, "an intent without a name", "it cannot be told apart");
            continue;
        };
        if name == "None" {
            project.leave(&here, "`None`", "not knowing is built in: it needs no examples");
            continue;
        }
        for key in ["slotFilling", "actions"] {
            if item.get(key).is_some() {
                let why = "questions back are written as `slots`; own code has no place in content";
                project.leave(&here, format!("`{key}` of `{name}`"), why);
            }
        }
        let texts = item.value_of("utterances").map_or(&[][..], Node::items).iter().filter_map(Node::text);
        // `@city` and `%number%` stand for kinds of things, which are no words of a visitor.
        let (named, examples): (Vec<&str>, Vec<&str>) = texts.partition(|t| {
            t.split_whitespace().any(|w| w.len() > 1 && (w.starts_with('@') || w.starts_with('%') && w.ends_with('%')))
        });
        if !named.is_empty() {
            let what = format!("{} example{} of `{name}`", named.len(), if named.len() == 1 { "" } else { "s" });
            project.leave(&here, what, "they hold names of kinds (`@city`) instead of words");
        }
        let all = item.value_of("answers").map_or(&[][..], Node::items);
        let said = |n: &Node| n.text().or_else(|| n.text_of("answer")).map(str::to_owned);
        let plain = all.iter().find(|n| n.value_of("opts").is_none());
        let answer = plain.and_then(said);
        if all.len() > usize::from(answer.is_some()) {
            let n = all.len() - usize::from(answer.is_some());
            let what = format!("{n} further answer{} of `{name}`", if n == 1 { "" } else { "s" });
            project.leave(&here, what, "an answer has one text here, and no conditions of its own");
        }
        let answer = answer.map(|a| {
            if a.contains("{{") {
                let why = "add a slot or a variable of that name, or take it out: `check` shows where";
                project.leave(&here, format!("what fills the braces in the answer of `{name}`"), why);
            }
            (language, a.trim().to_owned())
        });
        if answer.is_none() {
            project.leave(
                &here,
                format!("the answer of `{name}`"),
                "there is none without conditions; it rings a person",
            );
        }
        let title = examples.first().map(|e| (language, capital(e)));
        let examples = examples.into_iter().map(|e| e.trim().to_owned());
        match names.iter().position(|n| n == name).and_then(|i| project.entries.get_mut(i)) {
            Some(entry) => {
                entry.examples.extend(examples);
                entry.title.extend(title);
                entry.answer.extend(answer);
            }
            None => {
                names.push(name.to_owned());
                let id = kebab(name, &format!("intent-{}", names.len()));
                project.entries.push(Entry {
                    topic: topic.clone(),
                    id,
                    title: title.into_iter().collect(),
                    examples: examples.collect(),
                    answer: answer.into_iter().collect(),
                    from: here,
                    ..Entry::default()
                });
            }
        }
    }
}
