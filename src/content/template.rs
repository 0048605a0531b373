//! Answers' templates: checked at load, compiled once, cheap to fill.
//!
//! Only `{{ name }}` and `{% if name %} … {% else %} … {% endif %}` are allowed. Loops, assignments and calls are not:
//! an answer needs none of them, and without them filling a template takes time and room in proportion to its length.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use minijinja::value::Object;
use minijinja::{AutoEscape, Environment, Value};
use regex::Regex;

use super::written::{as_address, as_code, as_text};

/// Why a template cannot be used: where in it (bytes), and in plain words.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) length: usize,
    pub(super) message: String,
}

/// A variable of a template and where it stands in it, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) at: usize,
}

/// The templates of a content.
pub(super) struct Templates(Environment<'static>);

/// What a template's names stand for: what was said is shown as text, what the editors wrote as they wrote it.
#[derive(Debug)]
struct Values {
    said: BTreeMap<String, String>,
    own: BTreeMap<String, String>,
}

/// Behind a name that stands in the address of a link, or in code: there text is written in another way.
const IN_ADDRESS: &str = "__in_address";
const IN_CODE: &str = "__in_code";

impl Object for Values {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        let (name, written): (&str, fn(&str) -> String) =
            match (key.strip_suffix(IN_ADDRESS), key.strip_suffix(IN_CODE)) {
                (Some(name), _) => (name, as_address),
                (_, Some(name)) => (name, as_code),
                _ => (key, as_text),
            };
        self.said
            .get(name)
            .map(|text| Value::from(written(text)))
            .or_else(|| self.own.get(name).map(|text| Value::from(text.as_str())))
    }
}

static TAG: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?s)\{\{(.*?)\}\}|\{%(.*?)%\}|\{#.*?#\}|\{\{|\{%").ok());

fn is_name(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What variables a template has; refuses whatever is more than that.
pub(super) fn variables(source: &str) -> Result<Vec<Variable>, Fault> {
    let mut found = Vec::new();
    let mut open = Vec::new();
    let Some(tag) = TAG.as_ref() else { return Ok(found) };
    for captures in tag.captures_iter(source) {
        let Some(whole) = captures.get(0) else { continue };
        let fault = |message: &str| Fault { at: whole.start(), length: whole.len(), message: message.to_owned() };
        if let Some(inner) = captures.get(1) {
            let name = inner.as_str().trim_matches('-').trim();
            if is_name(name) {
                found.push(Variable { name: name.to_owned(), at: whole.start() });
            } else if !is_literal(name) {
                return Err(fault("between `{{` and `}}` stands one name and nothing else"));
            }
        } else if let Some(inner) = captures.get(2) {
            let words: Vec<&str> = inner.as_str().trim_matches('-').split_whitespace().collect();
            match words.as_slice() {
                ["else"] => {}
                ["endif"] => drop(open.pop()),
                [word @ ("if" | "elif"), name] | [word @ ("if" | "elif"), "not", name] if is_name(name) => {
                    if *word == "if" {
                        open.push(whole.range());
                    }
                    found.push(Variable { name: (*name).to_owned(), at: whole.start() });
                }
                _ => {
                    return Err(fault(
                        "between `{%` and `%}` only `if name`, `if not name`, `elif name`, `else` and `endif` may stand",
                    ));
                }
            }
        } else if matches!(whole.as_str(), "{{" | "{%") {
            return Err(fault("the brackets opened here are never closed"));
        }
    }
    match open.pop() {
        Some(range) => {
            Err(Fault { at: range.start, length: range.len(), message: "this `if` has no `{% endif %}`".to_owned() })
        }
        None => Ok(found),
    }
}

fn is_literal(text: &str) -> bool {
    let inner = text
        .strip_prefix('\'')
        .and_then(|t| t.strip_suffix('\''))
        .or_else(|| text.strip_prefix('"').and_then(|t| t.strip_suffix('"')));
    inner.is_some_and(|t| !t.contains(['\'', '"', '\\']))
}

impl Templates {
    pub(super) fn new() -> Self {
        let mut environment = Environment::empty();
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(10_000));
        Self(environment)
    }

    /// Takes a template into the store, under its own text, and says which variables it has.
    pub(super) fn add(&mut self, source: &str) -> Result<Vec<Variable>, Fault> {
        let variables = variables(source)?;
        if has_tags(source) && self.0.get_template(source).is_err() {
            self.0.add_template_owned(source.to_owned(), placed(source)).map_err(|error| Fault {
                at: 0,
                length: 0,
                message: error.detail().unwrap_or("the brackets do not form a template").to_owned(),
            })?;
        }
        Ok(variables)
    }

    /// Fills a template. A name in `slots` or `extra` comes before one of the same name in `variables`; unknown names
    /// become empty. Values of `slots` and `extra` are text whatever they look like; `variables` are the editors' own.
    pub(super) fn fill(
        &self,
        source: &str,
        slots: &BTreeMap<String, String>,
        variables: &[(String, String)],
        extra: &[(&str, &str)],
    ) -> String {
        if !has_tags(source) {
            return source.trim_end().to_owned();
        }
        let mut said = slots.clone();
        said.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let values = Value::from_object(Values { said, own: variables.iter().cloned().collect() });
        let filled = match self.0.get_template(source) {
            Ok(template) => template.render(values),
            Err(_) if variables_are_plain(source) => self.0.render_str(&placed(source), values),
            Err(error) => Err(error),
        };
        // What cannot be filled is shown without its tags rather than not at all.
        filled
            .unwrap_or_else(|_| {
                TAG.as_ref().map_or_else(|| source.to_owned(), |tag| tag.replace_all(source, "").into_owned())
            })
            .trim_end()
            .to_owned()
    }
}

fn has_tags(source: &str) -> bool {
    source.contains("{{") || source.contains("{%") || source.contains("{#")
}

fn variables_are_plain(source: &str) -> bool {
    variables(source).is_ok()
}

/// The template with each name marked by where it stands.
fn placed(source: &str) -> String {
    let Ok(variables) = variables(source) else { return source.to_owned() };
    let mut placed = String::with_capacity(source.len() + 16);
    let mut done = 0;
    for Variable { name, at } in variables {
        let before = source.get(..at).unwrap_or_default();
        let mark = if in_address(before) {
            IN_ADDRESS
        } else if before.rsplit("\n\n").next().unwrap_or_default().matches('`').count() % 2 == 1 {
            IN_CODE
        } else {
            continue;
        };
        let end = source.get(at..).and_then(|tag| tag.find(&name)).map_or(at, |n| at + n + name.len());
        // A condition asks whether there is a value, not for the value.
        if source.get(at..end).is_some_and(|tag| tag.starts_with("{{")) {
            placed.push_str(source.get(done..end).unwrap_or_default());
            placed.push_str(mark);
            done = end;
        }
    }
    placed.push_str(source.get(done..).unwrap_or_default());
    placed
}

/// Whether what comes next stands inside `](…)` or `<https://…>`.
fn in_address(before: &str) -> bool {
    let open = |start: &str, end: &[char]| {
        before.rfind(start).is_some_and(|at| !outside_tags(&before[at + start.len()..]).contains(end))
    };
    open("](", &[')', ' ', '\n']) || open("<http", &['>', ' ', '\n']) || open("<mailto:", &['>', ' ', '\n'])
}

/// A text without the tags in it, whose blanks are no blanks of the text.
fn outside_tags(text: &str) -> String {
    TAG.as_ref().map_or_else(|| text.to_owned(), |tag| tag.replace_all(text, "").into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(source: &str, slots: &[(&str, &str)]) -> String {
        let mut templates = Templates::new();
        templates.add(source).unwrap();
        let slots = slots.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        templates.fill(
            source,
            &slots,
            &[("shop".into(), "[Shop](https://shop.example)".into())],
            &[("opens", "today at 14:00")],
        )
    }

    #[test]
    fn templates_are_filled() {
        for (source, slots, wanted) in [
            ("plain", &[][..], "plain"),
            ("{{ id }} is here", &[("id", "AB123456")], "AB123456 is here"),
            ("{{id}}{{- missing }}.", &[("id", "x")], "x."),
            ("{% if id %}yes {{ id }}{% else %}no{% endif %}", &[], "no"),
            ("{% if not id %}no{% endif %}", &[("id", "1")], ""),
            ("at {{ shop }}, {{ opens }}", &[], "at [Shop](https://shop.example), today at 14:00"),
            ("{{ '{{' }} {# note #}x", &[], "{{ x"),
        ] {
            assert_eq!(fill(source, slots), wanted, "{source}");
        }
    }

    #[test]
    fn what_a_visitor_says_stays_text() {
        for (value, wanted) in [
            ("[x](https://evil.example)", r"\[x\]\(https\://evil.example\)"),
            ("**bold** <b>", r"\*\*bold\*\* \<b\>"),
            ("{{ shop }}", r"\{\{ shop \}\}"),
            ("a\n# b\u{202e}", r"a \# b"),
            ("- ä: //", r"\- ä: //"),
            ("10:30", "10:30"),
        ] {
            assert_eq!(fill("{{ v }}", &[("v", value)]), wanted);
        }
    }

    #[test]
    fn where_a_value_stands_decides_how_it_is_written() {
        for (source, value, wanted) in [
            ("[it](https://a.example/{{ v }}) {{ v }}", "a_b c)d", r"[it](https://a.example/a_b%20c%29d) a\_b c\)d"),
            ("[it](https://a.example/{{ v }}/{{ v }})", "é", "[it](https://a.example/%C3%A9/%C3%A9)"),
            ("<https://a.example/?q={{ v }}> {{ v }}", "a>b", r"<https://a.example/?q=a%3Eb> a\>b"),
            ("`{{ v }}` {{ v }}", "a_`b", r"`a_b` a\_\`b"),
            ("[it](https://a.example/{% if v %}{{ v }}{% endif %})", "x/y", "[it](https://a.example/x%2Fy)"),
            ("[{{ v }}](https://a.example)", "a]b", r"[a\]b](https://a.example)"),
        ] {
            assert_eq!(fill(source, &[("v", value)]), wanted, "{source}");
        }
    }

    #[test]
    fn more_than_names_is_refused() {
        for source in [
            "{{ a.b }}",
            "{{ a }",
            "{{",
            "{% for x in y %}",
            "{% set x = 1 %}",
            "{{ 'a' * 9 }}",
            "{% if x %}",
            "{% endif %}",
            "{{ f() }}",
            "{{ }}",
        ] {
            assert!(Templates::new().add(source).is_err(), "{source}");
        }
    }

    #[test]
    fn a_template_that_was_never_added_is_still_filled() {
        assert_eq!(Templates::new().fill("{{ a }}!", &[("a".to_owned(), "b".to_owned())].into(), &[], &[]), "b!");
        assert_eq!(Templates::new().fill("{{ a.b }}!", &BTreeMap::new(), &[], &[]), "!");
    }
}
