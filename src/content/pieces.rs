//! What a file says, piece by piece in its own order: by it two versions of a file are compared.

use pulldown_cmark::{Options, Parser};
use toml::de::{DeTable, DeValue};

use super::tree::{Node, Value};
use super::{Kind, articles, yaml};

/// The pieces of a document without its layout.
fn of_node(node: &Node, out: &mut Vec<String>) {
    match &node.value {
        // A mark before each text, so that no text looks like a bracket.
        Value::Nothing => out.push("=".to_owned()),
        Value::Text(text) | Value::Other(text) => out.push(format!("={text}")),
        Value::List(items) => {
            out.push("[".to_owned());
            items.iter().for_each(|item| of_node(item, out));
            out.push("]".to_owned());
        }
        Value::Map(pairs) => {
            out.push("{".to_owned());
            for (key, value) in pairs {
                of_node(key, out);
                of_node(value, out);
            }
            out.push("}".to_owned());
        }
    }
}

/// The pieces of a content file; none where it cannot be read.
pub(super) fn pieces(path: &str, text: &str) -> Option<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = Vec::new();
    match Kind::of(path)? {
        Kind::Intents | Kind::Cases | Kind::Canned => of_node(&yaml::parse(text).ok()?, &mut out),
        Kind::Tests => out.extend(text.lines().map(|line| line.trim().to_owned())),
        Kind::Settings => {
            let mut found = Vec::new();
            of_table(DeTable::parse(text).ok()?.get_ref(), &mut found);
            found.sort();
            out.extend(found.into_iter().map(|(_, piece)| piece));
        }
        Kind::Article(_) => {
            let (front, body) = articles::parts(text)?;
            of_node(&yaml::parse(front).ok()?, &mut out);
            out.extend(Parser::new_ext(body, Options::ENABLE_TABLES).map(|event| format!("{event:?}")));
        }
    }
    Some(out)
}

fn of_table(table: &DeTable<'_>, out: &mut Vec<(usize, String)>) {
    for (key, value) in table {
        out.push((key.span().start, format!("={}", key.get_ref())));
        of_value(value.span().start, value.get_ref(), out);
    }
}

fn of_value(at: usize, value: &DeValue<'_>, out: &mut Vec<(usize, String)>) {
    match value {
        DeValue::Table(table) => of_table(table, out),
        DeValue::Array(items) => items.iter().for_each(|i| of_value(i.span().start, i.get_ref(), out)),
        other => out.push((at, format!("{other:?}"))),
    }
}
