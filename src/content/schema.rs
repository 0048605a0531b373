//! JSON Schemas of the content's files, from the structs that read them.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use super::settings_file::SettingsFile;
use super::syntax::{ArticleBlock, IntentsFile, TestsBlock};

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

/// Of the tests of one entry: the lists `expect` and `reject`, by the entry's id.
#[must_use]
pub fn tests() -> Value {
    of::<BTreeMap<String, TestsBlock>>("Deskbell tests, by the id of the intent or article")
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
    value
}
