//! A YAML document as a tree of values that know where they stand: for edits of files, and for foreign formats, which are
//! read by what is there and not by what should be.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A value and where it stands.
#[derive(Debug, Clone, Default)]
pub(crate) struct Node {
    /// Its bytes; of a list or a block only where it begins. From `usize::MAX` where nobody knows.
    pub(crate) at: Range<usize>,
    /// From 1; 0 where nobody knows.
    pub(crate) line: u32,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, Default)]
pub(crate) enum Value {
    #[default]
    Nothing,
    Text(String),
    /// A number or a truth value, as it prints.
    Other(String),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

impl Node {
    /// The value of a key of a map, and the key.
    pub(crate) fn get(&self, name: &str) -> Option<(&Self, &Self)> {
        let pair = self.pairs().iter().find(|(key, _)| matches!(&key.value, Value::Text(t) if t == name));
        pair.map(|(key, value)| (key, value))
    }

    pub(crate) fn pairs(&self) -> &[(Self, Self)] {
        if let Value::Map(pairs) = &self.value { pairs } else { &[] }
    }

    pub(crate) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// A text; a number or a truth value as it prints.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(text) | Value::Other(text) = &self.value { Some(text) } else { None }
    }

    /// The value of a key.
    pub(crate) fn value_of(&self, name: &str) -> Option<&Self> {
        self.get(name).map(|(_, value)| value)
    }

    /// The text of a key.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.value_of(name).and_then(Self::text)
    }

    /// Keys that are texts, with the lines they stand on, and their values.
    pub(crate) fn named(&self) -> impl Iterator<Item = (&str, u32, &Self)> {
        self.pairs().iter().filter_map(|(key, value)| Some((key.text()?, key.line, value)))
    }

    /// Whether both say the same, wherever it stands.
    pub(crate) fn same(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Nothing, Value::Nothing) => true,
            (Value::Text(a), Value::Text(b)) | (Value::Other(a), Value::Other(b)) => a == b,
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b)),
            (Value::Map(a), Value::Map(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|((k, v), (l, w))| k.same(l) && v.same(w))
            }
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_saphyr::Spanned::<Value>::deserialize(deserializer)?;
        let span = spanned.referenced.span();
        let number = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok());
        // A value without a place is never edited.
        let from = number(span.byte_offset()).unwrap_or(usize::MAX);
        let length = number(span.byte_len()).unwrap_or(0);
        let line = u32::try_from(spanned.referenced.line()).unwrap_or(0);
        Ok(Self { at: from..from.saturating_add(length), line, value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_unit<E: Error>(self) -> Result<Value, E> {
                Ok(Value::Nothing)
            }
            fn visit_none<E: Error>(self) -> Result<Value, E> {
                Ok(Value::Nothing)
            }
            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
                Value::deserialize(deserializer)
            }
            fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
                Ok(Value::Other(v.to_string()))
            }
            fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
                Ok(Value::Other(v.to_string()))
            }
            fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
                Ok(Value::Other(v.to_string()))
            }
            fn visit_i128<E: Error>(self, v: i128) -> Result<Value, E> {
                Ok(Value::Other(v.to_string()))
            }
            fn visit_u128<E: Error>(self, v: u128) -> Result<Value, E> {
                Ok(Value::Other(v.to_string()))
            }
            fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
                Ok(Value::Other(v.to_string()))
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
                Ok(Value::Text(v.to_owned()))
            }
            fn visit_bytes<E: Error>(self, v: &[u8]) -> Result<Value, E> {
                Ok(Value::Other(format!("{v:?}")))
            }
            fn visit_seq<S: SeqAccess<'de>>(self, mut seq: S) -> Result<Value, S::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Value::List(items))
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Value, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Value::Map(pairs))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
