//! Answers' templates: checked at load, compiled once, cheap to fill.
//!
//! Only `{{ name }}` and `{% if name %} … {% else %} … {% endif %}` are allowed. Loops, assignments and calls are not:
//! an answer needs none of them, and without them filling a template takes time and room in proportion to its length.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use minijinja::value::Object;
use minijinja::{AutoEscape, Environment, Value};
use regex::Regex;

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

/// What a template's names stand for.
#[derive(Debug)]
struct Values(BTreeMap<String, String>);

impl Object for Values {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.0.get(key.as_str()?).map(|text| Value::from(text.as_str()))
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
            self.0.add_template_owned(source.to_owned(), source.to_owned()).map_err(|error| Fault {
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
        let mut values: BTreeMap<String, String> = variables.iter().cloned().collect();
        values.extend(slots.iter().map(|(name, value)| (name.clone(), as_text(value))));
        values.extend(extra.iter().map(|(name, value)| ((*name).to_owned(), as_text(value))));
        let values = Value::from_object(Values(values));
        let filled = match self.0.get_template(source) {
            Ok(template) => template.render(values),
            Err(_) if variables_are_plain(source) => self.0.render_str(source, values),
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

/// A value such that Markdown shows it as it is: no links, no markup, no lines of its own.
pub(super) fn as_text(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 8);
    for (index, c) in value.char_indices() {
        match c {
            // Direction controls could make a value run over the words around it.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {}
            '\n' | '\r' | '\t' => text.push(' '),
            c if c.is_control() => {}
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '<' | '>' | '~' | '|' | '!' | '#' | '{' | '}' => {
                text.extend(['\\', c])
            }
            // `https://…` must not become a link of the visitor's making.
            ':' if value[index + 1..].starts_with("//") => text.push_str("\\:"),
            '-' | '+' | '=' if index == 0 => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    text
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
