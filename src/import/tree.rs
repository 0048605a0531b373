//! A file of another program as a tree whose every value knows its line: foreign formats are read by what is there, not by
//! what should be.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::content::read_yaml;

/// A value and the line on which it begins; 0 where nobody knows.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) line: u64,
    pub(super) what: What,
}

#[derive(Debug, Clone, Default)]
pub(super) enum What {
    #[default]
    Nothing,
    Text(String),
    List(Vec<Node>),
    /// Keys with their lines, in the order of the file.
    Block(Vec<(String, u64, Node)>),
}

impl Node {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.pairs().iter().find(|(k, ..)| k == key).map(|(_, _, v)| v)
    }

    pub(super) fn pairs(&self) -> &[(String, u64, Self)] {
        if let What::Block(pairs) = &self.what { pairs } else { &[] }
    }

    pub(super) fn items(&self) -> &[Self] {
        if let What::List(items) = &self.what { items } else { &[] }
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let What::Text(text) = &self.what { Some(text) } else { None }
    }

    /// The text of a key.
    pub(super) fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }
}

/// Reads YAML.
///
/// # Errors
/// The line, and what is wrong there.
pub(super) fn yaml(text: &str) -> Result<Node, (u32, String)> {
    read_yaml(text)
}

/// Reads JSON: as the YAML that it nearly always is, for the lines; else without them.
///
/// # Errors
/// The line, and what is wrong there.
pub(super) fn json(text: &str) -> Result<Node, (u32, String)> {
    let value: Value = serde_json::from_str(text)
        .map_err(|e| (u32::try_from(e.line()).unwrap_or(0), format!("this is not valid JSON: {e}")))?;
    let plain = of_json(value);
    // Where the two readers differ, the one made for JSON is right.
    Ok(yaml(text).ok().filter(|lined| same(lined, &plain)).unwrap_or(plain))
}

fn of_json(value: Value) -> Node {
    let what = match value {
        Value::Null => What::Nothing,
        Value::String(text) => What::Text(text),
        Value::Bool(b) => What::Text(b.to_string()),
        Value::Number(n) => What::Text(n.to_string()),
        Value::Array(items) => What::List(items.into_iter().map(of_json).collect()),
        Value::Object(map) => What::Block(map.into_iter().map(|(k, v)| (k, 0, of_json(v))).collect()),
    };
    Node { line: 0, what }
}

/// Lines and the order of keys aside.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.what, &b.what) {
        (What::Nothing, What::Nothing) => true,
        (What::Text(a), What::Text(b)) => a == b,
        (What::List(a), What::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (What::Block(x), What::Block(y)) => {
            x.len() == y.len() && x.iter().all(|(key, _, value)| b.get(key).is_some_and(|other| same(value, other)))
        }
        _ => false,
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_saphyr::Spanned::<What>::deserialize(deserializer)?;
        Ok(Self { line: spanned.referenced.line(), what: spanned.value })
    }
}

impl<'de> Deserialize<'de> for What {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = What;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_unit<E: Error>(self) -> Result<What, E> {
                Ok(What::Nothing)
            }
            fn visit_none<E: Error>(self) -> Result<What, E> {
                Ok(What::Nothing)
            }
            fn visit_bool<E: Error>(self, b: bool) -> Result<What, E> {
                Ok(What::Text(b.to_string()))
            }
            fn visit_i64<E: Error>(self, n: i64) -> Result<What, E> {
                Ok(What::Text(n.to_string()))
            }
            fn visit_u64<E: Error>(self, n: u64) -> Result<What, E> {
                Ok(What::Text(n.to_string()))
            }
            fn visit_f64<E: Error>(self, n: f64) -> Result<What, E> {
                Ok(What::Text(n.to_string()))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<What, E> {
                Ok(What::Text(text.to_owned()))
            }
            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<What, S::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(What::List(items))
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<What, M::Error> {
                let mut pairs = Vec::new();
                while let Some((key, value)) = map.next_entry::<serde_saphyr::Spanned<String>, Node>()? {
                    pairs.push((key.value, key.referenced.line(), value));
                }
                Ok(What::Block(pairs))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
