//! Foreign files as trees.

use crate::content::read_yaml;
pub(super) use crate::content::tree::{Node, Value};

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
    let value: serde_json::Value = serde_json::from_str(text)
        .map_err(|e| (u32::try_from(e.line()).unwrap_or(0), format!("this is not valid JSON: {e}")))?;
    let plain = node(value);
    // Where the two readers differ, the one made for JSON is right.
    Ok(yaml(text).ok().filter(|lined| same(lined, &plain)).unwrap_or(plain))
}

fn node(value: serde_json::Value) -> Node {
    use serde_json::Value as J;
    let value = match value {
        J::Null => Value::Nothing,
        J::String(text) => Value::Text(text),
        J::Bool(b) => Value::Other(b.to_string()),
        J::Number(n) => Value::Other(n.to_string()),
        J::Array(items) => Value::List(items.into_iter().map(node).collect()),
        J::Object(map) => Value::Map(map.into_iter().map(|(k, v)| (node(J::String(k)), node(v))).collect()),
    };
    Node { value, ..Node::default() }
}

/// Lines and the order of keys aside.
fn same(a: &Node, b: &Node) -> bool {
    match (&a.value, &b.value) {
        (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Map(x), Value::Map(y)) => {
            x.len() == y.len()
                && a.named().all(|(key, _, value)| b.value_of(key).is_some_and(|other| same(value, other)))
        }
        _ => a.text() == b.text() && matches!(a.value, Value::Nothing) == matches!(b.value, Value::Nothing),
    }
}
