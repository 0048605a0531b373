//! Botpress v12 bots: questions and answers of `qna/`, and intents of `intents/`.
//!
//! A question with its answers is one file there already, in all its languages. Intents are answered by flows, which are
//! programs; they come along as what rings a person.

use std::collections::HashMap;

use super::tree::Node;
use super::{Entry, Project, at, kebab, text_of, tree, whole};
use crate::content::SourceFile;
use crate::types::Language;

/// Reads a bot's folder, or the one file that its Q&A module exports.
#[must_use]
pub fn read(files: &[SourceFile]) -> Project {
    let mut project = Project::default();
    let mut flows = 0;
    let mut moved: Vec<(String, String)> = Vec::new();
    for file in files.iter().filter(|f| f.path.ends_with(".json")) {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        // The same questions a second time, kept for its own matcher.
        if name.starts_with("__qna__") {
            continue;
        }
        if name.ends_with(".flow.json") || name.ends_with(".ui.json") {
            flows += usize::from(name.ends_with(".flow.json"));
            continue;
        }
        let folder = |f: &str| file.path.starts_with(&format!("{f}/")) || file.path.contains(&format!("/{f}/"));
        let others = ["content-elements", "entities", "hooks", "actions", "libraries", "media"];
        if let Some(other) = others.iter().find(|f| folder(f)) {
            let why = match *other {
                "content-elements" => "texts that flows name by number; those that answer a question come with it",
                "entities" => "a pattern with a named group takes its place where it is needed",
                _ => "own code has no place in content",
            };
            project.leave(&whole(&file.path), "the file", why);
            continue;
        }
        let Some(text) = text_of(file, &mut project) else { continue };
        match tree::json(text) {
            Err((line, message)) => project.leave(&at(&file.path, line), "the file", message),
            Ok(node) if name == "bot.config.json" => languages(&node, &mut project),
            Ok(node) if node.value_of("utterances").is_some() => intent(&file.path, &node, &mut project),
            Ok(node) => {
                let all = node.value_of("qnas").map_or(std::slice::from_ref(&node), Node::items);
                for one in all.iter().filter(|n| n.value_of("data").is_some()) {
                    qna(&file.path, one, &mut project, &mut moved);
                }
            }
        }
    }
    if flows > 0 {
        let what = format!("{flows} flow{}", if flows == 1 { "" } else { "s" });
        project.leave(&whole("flows"), what, "flows are programs; what they answer is written as answers and options");
    }
    project.tidy();
    project
}

fn languages(config: &Node, project: &mut Project) {
    let main = config.text_of("defaultLanguage");
    let all = config.value_of("languages").map_or(&[][..], Node::items).iter().filter_map(Node::text);
    for code in main.into_iter().chain(all) {
        if let Ok(language) = code.parse::<Language>()
            && !project.languages.contains(&language)
        {
            project.languages.push(language);
        }
    }
}

/// Texts by language, and the languages noted.
fn by_language(node: Option<&Node>, project: &mut Project) -> Vec<(Option<Language>, Vec<String>)> {
    let mut found = Vec::new();
    for (code, _, texts) in node.into_iter().flat_map(Node::named) {
        let texts: Vec<String> = texts
            .items()
            .iter()
            .filter_map(Node::text)
            .filter(|t| !t.trim().is_empty())
            .map(|t| t.trim().to_owned())
            .collect();
        if texts.is_empty() {
            continue;
        }
        let language = code.parse::<Language>().ok();
        if let Some(language) = language
            && !project.languages.contains(&language)
        {
            project.languages.push(language);
        }
        found.push((language, texts));
    }
    found
}

fn qna(path: &str, node: &Node, project: &mut Project, moved: &mut Vec<(String, String)>) {
    let here = at(path, node.line);
    let Some(data) = node.value_of("data") else { return };
    let name = node.text_of("id").unwrap_or("a question").to_owned();
    if data.text_of("enabled") == Some("false") {
        return project.leave(&here, format!("`{name}`"), "it is switched off there");
    }
    let questions = by_language(data.value_of("questions"), project);
    let answers = by_language(data.value_of("answers"), project);
    let Some(first) = questions.first().and_then(|(_, q)| q.first()).cloned() else {
        return project.leave(&here, format!("`{name}`"), "it has no questions");
    };
    if answers.iter().any(|(_, all)| all.len() > 1) {
        project.leave(&here, format!("further answers of `{name}`"), "an answer has one text here");
    }
    if let Some(flow) = data.text_of("redirectFlow").filter(|f| !f.is_empty()) {
        let node = data.text_of("redirectNode").unwrap_or_default();
        project.leave(&here, format!("the way on of `{name}` to {flow} {node}"), "flows are programs; write `options`");
    }
    let contexts: Vec<&str> =
        data.value_of("contexts").map_or(&[][..], Node::items).iter().filter_map(Node::text).collect();
    let topic = contexts.first().copied().filter(|c| *c != "global").unwrap_or("questions");
    let id = kebab(&first, "question");
    moved.push((name, id.clone()));
    project.entries.push(Entry {
        topic: kebab(topic, "questions"),
        id,
        title: questions.iter().filter_map(|(l, q)| Some((*l, q.first()?.clone()))).collect(),
        examples: questions.iter().flat_map(|(_, q)| q.iter().cloned()).collect(),
        answer: answers
            .into_iter()
            .filter_map(|(l, mut a)| if a.is_empty() { None } else { Some((l, a.swap_remove(0))) })
            .collect(),
        from: here,
        ..Entry::default()
    });
}

fn intent(path: &str, node: &Node, project: &mut Project) {
    let here = at(path, node.line);
    let name = node.text_of("name").unwrap_or("intent").to_owned();
    let texts = by_language(node.value_of("utterances"), project);
    let slots = node.value_of("slots").map_or(&[][..], Node::items).len();
    if slots > 0 {
        let what = format!("{slots} slot{} of `{name}`", if slots == 1 { "" } else { "s" });
        project.leave(&here, what, "questions back are written as `slots` of the intent that needs them");
    }
    let title: HashMap<_, _> = texts.iter().filter_map(|(l, t)| Some((*l, unmarked(t.first()?)))).collect();
    let mut title: Vec<_> = title.into_iter().collect();
    title.sort();
    project.leave(&here, format!("the answer of `{name}`"), "a flow gives it; it rings a person");
    project.entries.push(Entry {
        topic: "intents".to_owned(),
        id: kebab(&name, "intent"),
        title,
        examples: texts.iter().flat_map(|(_, t)| t.iter().map(|t| unmarked(t))).collect(),
        from: here,
        ..Entry::default()
    });
}

/// `[tomorrow](when)` is written `tomorrow`.
fn unmarked(text: &str) -> String {
    super::rasa_files::bare(text)
}
