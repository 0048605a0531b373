//! The files of a Rasa project, read for what they hold; [`super::rasa`] makes content of it.

use std::collections::BTreeMap;

use super::tree::Node;
use super::{Project, at};
use crate::content::Location;

/// What the files say together.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) language: Option<String>,
    pub(super) intents: Vec<Examples>,
    /// By name, such as `utter_faq/returns`.
    pub(super) responses: BTreeMap<String, Response>,
    pub(super) flows: Vec<Flow>,
    /// A text and the intent that it must land in.
    pub(super) tests: Vec<(String, String)>,
    /// Of the domain.
    pub(super) declared: Vec<(String, Location)>,
}

/// Examples of an intent.
#[derive(Debug)]
pub(super) struct Examples {
    pub(super) name: String,
    pub(super) texts: Vec<String>,
    pub(super) comment: Vec<String>,
    pub(super) from: Location,
}

/// What the bot says, with its buttons: title and intent.
#[derive(Debug, Clone)]
pub(super) struct Response {
    pub(super) text: String,
    pub(super) buttons: Vec<(String, String)>,
    pub(super) from: Location,
}

/// A rule or a story.
#[derive(Debug)]
pub(super) struct Flow {
    pub(super) name: String,
    pub(super) is_rule: bool,
    pub(super) steps: Vec<Step>,
    pub(super) from: Location,
}

/// A step of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// One of these intents.
    Intent(Vec<String>),
    Action(String),
    /// What is not taken along, in a word.
    Other(String),
}

impl Files {
    /// Takes in what a file holds.
    pub(super) fn take(&mut self, path: &str, text: &str, node: &Node, project: &mut Project) {
        let is_test = path.rsplit('/').next().is_some_and(|name| name.starts_with("test_"));
        for (key, line, value) in node.named() {
            let here = at(path, line);
            match key {
                "version" | "assistant_id" | "session_config" => {}
                "language" => self.language = value.text().map(str::to_owned),
                "nlu" => value.items().iter().for_each(|item| self.examples(path, text, item, project)),
                "responses" => value.named().for_each(|(name, line, variants)| {
                    self.response(name, variants, &at(path, line), project);
                }),
                "rules" | "stories" | "e2e_tests" if is_test => {
                    value.items().iter().for_each(|story| self.test(story));
                }
                "rules" | "stories" => {
                    value.items().iter().for_each(|flow| self.flow(path, key == "rules", flow));
                }
                "intents" => self.declared.extend(value.items().iter().filter_map(|item| {
                    let name = item.text().or_else(|| item.named().next().map(|(name, ..)| name))?;
                    Some((name.to_owned(), at(path, item.line)))
                })),
                "actions" => {
                    project.leave(&here, several(value, "action", "actions"), "own code has no place in content")
                }
                "entities" => project.leave(
                    &here,
                    several(value, "kind of thing named in texts", "kinds of things named in texts"),
                    "a pattern with a named group, or a slot, takes its place where it is needed",
                ),
                "slots" | "forms" => project.leave(
                    &here,
                    several(value, &key[..key.len() - 1], key),
                    "questions back are written as `slots` of the intent that needs them",
                ),
                "pipeline" | "policies" | "recipe" => {}
                other => project.leave(&here, format!("`{other}`"), "there is nothing like it here"),
            }
        }
    }

    fn examples(&mut self, path: &str, text: &str, item: &Node, project: &mut Project) {
        let here = at(path, item.line);
        let Some(name) = item.text_of("intent") else {
            for kind in ["synonym", "lookup", "regex"] {
                let Some(name) = item.text_of(kind) else { continue };
                let why = match kind {
                    "synonym" => "write the other words into examples, or as `any:` of a keyword rule",
                    "lookup" => "a list of names has no place here; keywords or a pattern may do",
                    _ => "it was a hint there; as a pattern it would decide by itself, so look whether it should",
                };
                project.leave(&here, format!("{kind} `{name}`"), why);
            }
            return;
        };
        let texts: Vec<String> = match item.value_of("examples") {
            Some(list) if !list.items().is_empty() => {
                let one = |i: &Node| i.text().or_else(|| i.text_of("text")).map(|t| bare(t.trim()));
                list.items().iter().filter_map(one).collect()
            }
            Some(block) => block
                .text()
                .unwrap_or_default()
                .lines()
                .filter_map(|line| line.trim().strip_prefix('-'))
                .map(|line| bare(line.trim()))
                .collect(),
            None => Vec::new(),
        };
        self.intents.push(Examples { name: name.to_owned(), texts, comment: above(text, item.line), from: here });
    }

    fn response(&mut self, name: &str, variants: &Node, here: &Location, project: &mut Project) {
        let usual = |v: &&Node| {
            v.value_of("channel").is_none() && v.value_of("condition").is_none() && v.text_of("text").is_some()
        };
        let first = variants.items().iter().find(usual);
        if variants.items().len() > usize::from(first.is_some()) {
            let n = variants.items().len() - usize::from(first.is_some());
            let s = if n == 1 { "variant" } else { "variants" };
            project.leave(here, format!("{n} {s} of `{name}`"), "an answer has one text here");
        }
        let Some(first) = first else { return };
        for key in ["image", "attachment", "custom", "elements", "quick_replies"] {
            if first.get(key).is_some() {
                project.leave(here, format!("`{key}` of `{name}`"), "an answer is text, links and options");
            }
        }
        let buttons = first.value_of("buttons").map_or(&[][..], Node::items);
        let buttons = buttons.iter().filter_map(|button| {
            let to = button.text_of("payload")?.strip_prefix('/')?;
            let to = to.split(['{', ' ']).next().unwrap_or_default();
            Some((button.text_of("title")?.to_owned(), to.to_owned()))
        });
        let text = first.text_of("text").unwrap_or_default().trim().to_owned();
        self.responses.insert(name.to_owned(), Response { text, buttons: buttons.collect(), from: here.clone() });
    }

    fn flow(&mut self, path: &str, is_rule: bool, flow: &Node) {
        let name = flow.text_of("rule").or_else(|| flow.text_of("story")).unwrap_or("without a name").to_owned();
        let mut steps: Vec<Step> = Vec::new();
        if flow.value_of("condition").is_some() || flow.value_of("conversation_start").is_some() {
            steps.push(Step::Other("a condition".to_owned()));
        }
        for step in flow.value_of("steps").map_or(&[][..], Node::items) {
            steps.push(if let Some(or) = step.value_of("or") {
                Step::Intent(or.items().iter().filter_map(|s| s.text_of("intent")).map(str::to_owned).collect())
            } else if let Some(intent) = step.text_of("intent") {
                Step::Intent(vec![intent.to_owned()])
            } else if let Some(action) = step.text_of("action") {
                if action == "action_listen" {
                    continue;
                }
                Step::Action(action.to_owned())
            } else {
                Step::Other(step.named().next().map_or("a step", |(key, ..)| key).to_owned())
            });
        }
        self.flows.push(Flow { name, is_rule, steps, from: at(path, flow.line) });
    }

    fn test(&mut self, story: &Node) {
        for step in story.value_of("steps").map_or(&[][..], Node::items) {
            if let (Some(text), Some(intent)) = (step.text_of("user"), step.text_of("intent")) {
                self.tests.push((bare(text.trim()), intent.to_owned()));
            }
        }
    }
}

fn several(value: &Node, one: &str, many: &str) -> String {
    let names: Vec<&str> = value
        .items()
        .iter()
        .filter_map(|i| i.text().or_else(|| i.named().next().map(|(k, ..)| k)))
        .chain(value.named().map(|(k, ..)| k))
        .collect();
    let word = if names.len() == 1 { one } else { many };
    let shown: Vec<String> = names.iter().take(5).map(|n| format!("`{n}`")).collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    format!("{} {word} ({}{more})", names.len(), shown.join(", "))
}

/// `[Berlin](city)` and `[Berlin]{"entity": "city"}` are written `Berlin`.
pub(super) fn bare(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let (before, from) = rest.split_at(open);
        out.push_str(before);
        let found = from.find(']').and_then(|close| {
            let inside = from.get(1..close)?;
            let after = from.get(close + 1..)?;
            let end = match after.chars().next()? {
                '(' => after.find(')')?,
                '{' => after.find('}')?,
                _ => return None,
            };
            Some((inside, after.get(end + 1..)?))
        });
        match found {
            Some((inside, after)) => {
                out.push_str(inside);
                rest = after;
            }
            None => {
                out.push('[');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out + rest
}

/// Lines of comment right above a line, without their signs.
fn above(text: &str, line: u32) -> Vec<String> {
    let upto = usize::try_from(line).unwrap_or(0).saturating_sub(1);
    let lines: Vec<&str> = text.lines().take(upto).collect();
    let mut found: Vec<String> =
        lines.iter().rev().map_while(|l| l.trim().strip_prefix('#').map(|c| c.trim().to_owned())).collect();
    found.reverse();
    found
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn marks_inside_examples_go() {
        for (text, wanted) in [
            ("fly to [Berlin](city) now", "fly to Berlin now"),
            ("[big]{\"entity\": \"size\", \"value\": \"L\"} one", "big one"),
            ("[a](b)[c](d)", "ac"),
            ("an [open one", "an [open one"),
            ("see [this] one", "see [this] one"),
            ("[x](", "[x]("),
        ] {
            assert_eq!(bare(text), wanted);
        }
    }
}
