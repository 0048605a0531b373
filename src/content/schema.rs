//! JSON Schemas of the content's files, from the structs that read them.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::case_file::CasesFile;
use super::settings_file::SettingsFile;
use super::syntax::{ArticleBlock, CannedFile, IntentsFile};

/// Of `intents/**/*.yaml`.
#[must_use]
pub fn intents() -> Value {
    of::<IntentsFile>("Deskbell intents")
}

/// Of an article's front matter.
#[must_use]
pub fn articles() -> Value {
    of::<ArticleBlock>("Front matter of a Deskbell article")
}

/// Of `canned/**/*.yaml`.
#[must_use]
pub fn canned() -> Value {
    of::<CannedFile>("Deskbell canned replies")
}

/// Of `intents/**/*.test.yaml`.
#[must_use]
pub fn tests() -> Value {
    of::<CasesFile>("Deskbell tests")
}

/// Of `deskbell.toml`.
#[must_use]
pub fn settings() -> Value {
    of::<SettingsFile>("Deskbell settings of the content")
}

fn of<T: JsonSchema>(title: &str) -> Value {
    // Draft 7 is what editors' YAML and TOML servers know best.
    let schema: Schema = SchemaSettings::draft07().into_generator().into_root_schema_for::<T>();
    let mut value = Value::from(schema);
    value["title"] = Value::from(title);
    tidy(&mut value);
    value
}

/// Takes out that a key may be null: it may be left out, but an empty one is a mistake that an editor should see.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, v| !(key == "default" && (v.is_null() || v.as_array().is_some_and(Vec::is_empty))));
            if let Some(Value::Array(types)) = map.get_mut("type") {
                types.retain(|t| t != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    map.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(any)) = map.get_mut("anyOf") {
                any.retain(|schema| schema != &serde_json::json!({"type": "null"}));
                if let [Value::Object(only)] = any.as_slice() {
                    let only = only.clone();
                    map.remove("anyOf");
                    for (key, v) in only {
                        map.entry(key).or_insert(v);
                    }
                }
            }
            map.values_mut().for_each(tidy);
        }
        Value::Array(list) => list.iter_mut().for_each(tidy),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every key says what it is, and every key of the YAML files how it looks.
    #[test]
    fn every_key_is_described() {
        let mut missing = Vec::new();
        for (schema, wants_examples) in
            [(intents(), true), (articles(), true), (canned(), true), (tests(), false), (settings(), false)]
        {
            look(&schema, wants_examples, "", &mut missing);
        }
        assert_eq!(missing, [] as [String; 0]);
    }

    fn look(schema: &Value, wants_examples: bool, path: &str, missing: &mut Vec<String>) {
        for (key, value) in schema["properties"].as_object().into_iter().flatten() {
            let path = format!("{path}.{key}");
            if value["description"].as_str().is_none_or(str::is_empty) {
                missing.push(format!("{path}: description"));
            }
            let top = matches!(key.as_str(), "intents" | "canned");
            if wants_examples && !top && value["examples"].as_array().is_none_or(Vec::is_empty) {
                missing.push(format!("{path}: examples"));
            }
        }
        for (name, definition) in schema["definitions"].as_object().into_iter().flatten() {
            look(definition, wants_examples, name, missing);
        }
    }
}
