//! What a file says, piece by piece in its own order: by it two versions of a file are compared.

use std::fmt;

use pulldown_cmark::{Options, Parser};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use toml::de::{DeTable, DeValue};

use super::{Kind, articles, yaml};

/// A YAML document without its layout.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// A text, a number, a word such as `true`.
    Scalar(String),
    List(Vec<Node>),
    /// In the order of the file.
    Map(Vec<(Node, Node)>),
}

impl Default for Node {
    fn default() -> Self {
        Self::Scalar(String::new())
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Node;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Node, E> {
                Ok(Node::Scalar(text.to_owned()))
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
                Ok(Node::Scalar(value.to_string()))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Node, E> {
                Ok(Node::Scalar(number.to_string()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Node, E> {
                Ok(Node::Scalar(number.to_string()))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Node, E> {
                Ok(Node::Scalar(number.to_string()))
            }
            fn visit_unit<E: Error>(self) -> Result<Node, E> {
                Ok(Node::default())
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Node::List(items))
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Node, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Node::Map(pairs))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

impl Node {
    fn pieces(&self, out: &mut Vec<String>) {
        match self {
            // A mark before each text, so that no text looks like a bracket.
            Self::Scalar(text) => out.push(format!("={text}")),
            Self::List(items) => {
                out.push("[".to_owned());
                items.iter().for_each(|item| item.pieces(out));
                out.push("]".to_owned());
            }
            Self::Map(pairs) => {
                out.push("{".to_owned());
                for (key, value) in pairs {
                    key.pieces(out);
                    value.pieces(out);
                }
                out.push("}".to_owned());
            }
        }
    }
}

/// The pieces of a content file; none where it cannot be read.
pub(super) fn pieces(path: &str, text: &str) -> Option<Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut out = Vec::new();
    match Kind::of(path)? {
        Kind::Intents | Kind::Canned => yaml::parse::<Node>(text).ok()?.pieces(&mut out),
        Kind::Tests => out.extend(text.lines().map(|line| line.trim().to_owned())),
        Kind::Settings => {
            let mut found = Vec::new();
            of_table(DeTable::parse(text).ok()?.get_ref(), &mut found);
            found.sort();
            out.extend(found.into_iter().map(|(_, piece)| piece));
        }
        Kind::Article(_) => {
            let (front, body) = articles::parts(text)?;
            yaml::parse::<Node>(front).ok()?.pieces(&mut out);
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
