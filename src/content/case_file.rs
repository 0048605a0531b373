//! The shape of `*.test.yaml`: what serde reads and what the JSON Schema is made of.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::source::Source;
use super::syntax::{At, Place, UnknownKey, block};

block! {
    /// A file of tests: what visitors say, and what must come of it.
    struct CasesFile {
        /// The tests.
        #[schemars(required)]
        tests: Option<Vec<At<CaseBlock>>>,
    }
}

block! {
    /// One test: one question, or a conversation of several turns.
    struct CaseBlock {
        /// For reports; else what is said.
        name: Option<At<String>>,
        /// Under which circumstances. Without a word about it people are there.
        given: Option<At<GivenBlock>>,
        /// What the visitor says.
        say: Option<At<String>>,
        /// What must come of it: the id of who must answer, or more.
        expect: Option<At<Expected<ExpectBlock>>>,
        /// What must not come of it: the id of who must not answer, or more.
        reject: Option<At<Expected<RejectBlock>>>,
        /// A conversation, in the place of `say`.
        turns: Option<Vec<At<TurnBlock>>>,
    }
}

block! {
    /// One turn of a conversation.
    struct TurnBlock {
        /// What the visitor says.
        #[schemars(required, with = "String")]
        say: Option<At<String>>,
        /// What must come of it.
        expect: Option<At<Expected<ExpectBlock>>>,
        /// What must not come of it.
        reject: Option<At<Expected<RejectBlock>>>,
    }
}

block! {
    /// Circumstances.
    struct GivenBlock {
        /// Language of the visitor's browser: `de`.
        language: Option<At<String>>,
        /// Address or path of the page.
        page: Option<At<String>>,
        /// Whether people are there.
        #[schemars(with = "Option<HoursWord>")]
        hours: Option<At<String>>,
        /// The day: 2026-12-24.
        #[schemars(with = "Option<DateText>")]
        date: Option<At<String>>,
        /// The time of day at the site: "10:30".
        #[schemars(with = "Option<TimeText>")]
        at: Option<At<String>>,
    }
}

block! {
    /// What must come of a turn; all of it.
    struct ExpectBlock {
        /// Id of the intent that must answer, or ask for what its answer needs. Of several, each must.
        intent: Option<At<Many>>,
        /// Id of the article that must answer.
        article: Option<At<Many>>,
        /// What the bot must say, somewhere in its reply; case and spaces aside.
        text: Option<At<Many>>,
        /// What the bot must not say.
        not_text: Option<At<Many>>,
        /// What may be tapped: labels, or ids that they lead to.
        options: Option<At<Many>>,
        /// Whether a person is called, or which: department, reason, priority.
        handoff: Option<At<Call>>,
        /// How the question is understood.
        #[schemars(with = "Option<VerdictWord>")]
        verdict: Option<At<String>>,
        /// The bot asks which is meant, and offers these ids; `true`: any.
        clarify: Option<At<Choice>>,
        /// Name of the slot that the bot asks for.
        asks: Option<At<String>>,
        /// How sure the bot must be at least of who comes first, 0 to 1.
        #[schemars(with = "Option<f32>", range(min = 0.0, max = 1.0))]
        min_confidence: Option<At<String>>,
    }
}

block! {
    /// What must not come of a turn; none of it.
    struct RejectBlock {
        /// Id of an intent that must not answer, nor lead what is asked back.
        intent: Option<At<Many>>,
        /// Id of an article that must not answer.
        article: Option<At<Many>>,
        /// What the bot must not say.
        text: Option<At<Many>>,
    }
}

block! {
    /// Who is called.
    struct CallBlock {
        /// To whom the chat goes.
        department: Option<At<String>>,
        /// Why: asked, low_confidence, repeated_failure, frustration, intent, policy.
        reason: Option<At<String>>,
        /// How soon: normal, high, urgent.
        priority: Option<At<String>>,
    }
}

/// One text, or a list.
#[derive(Debug, Clone)]
pub(super) enum Many {
    One(Option<String>),
    Each(Vec<At<String>>),
}

impl Default for Many {
    fn default() -> Self {
        Self::Each(Vec::new())
    }
}

/// `true`, or a list of ids.
#[derive(Debug, Clone)]
pub(super) enum Choice {
    Any(bool),
    Ids(Many),
}

/// Whether somebody is called, or who.
#[derive(Debug, Clone)]
pub(super) enum Call {
    Any(bool),
    Of(Box<CallBlock>),
}

/// An id or several, or a block that says more.
#[derive(Debug, Clone)]
pub(super) enum Expected<T> {
    Ids(Many),
    Block(Box<T>),
}

impl Default for Choice {
    fn default() -> Self {
        Self::Any(true)
    }
}

impl Default for Call {
    fn default() -> Self {
        Self::Any(true)
    }
}

impl<T> Default for Expected<T> {
    fn default() -> Self {
        Self::Ids(Many::default())
    }
}

impl At<Many> {
    /// The texts. A number is taken as it is written: `4.90` is not 4.9.
    pub(super) fn texts(&self, source: &Source<'_>) -> Vec<At<String>> {
        texts(&self.value, self.place, source)
    }
}

pub(super) fn texts(many: &Many, place: Place, source: &Source<'_>) -> Vec<At<String>> {
    match many {
        Many::Each(texts) => texts.clone(),
        Many::One(Some(text)) => vec![At { value: text.clone(), place }],
        Many::One(None) => {
            let line = source.line(place.line).chars().skip(place.column.saturating_sub(1) as usize);
            let value: String = line.take(place.span as usize).collect();
            vec![At { value, place }]
        }
    }
}

/// The visitor of a value that has several forms.
macro_rules! forms {
    ($name:ty, $what:literal, $($visit:tt)*) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Forms;
                impl<'de> Visitor<'de> for Forms {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($what)
                    }
                    $($visit)*
                }
                deserializer.deserialize_any(Forms)
            }
        }
    };
}

/// Scalars that are texts to us, whatever YAML takes them for.
macro_rules! scalars {
    ($to:ty, $wrap:expr) => {
        fn visit_str<E: Error>(self, text: &str) -> Result<$to, E> {
            Ok($wrap(Many::One(Some(text.to_owned()))))
        }
        fn visit_i64<E: Error>(self, _: i64) -> Result<$to, E> {
            Ok($wrap(Many::One(None)))
        }
        fn visit_u64<E: Error>(self, _: u64) -> Result<$to, E> {
            Ok($wrap(Many::One(None)))
        }
        fn visit_f64<E: Error>(self, _: f64) -> Result<$to, E> {
            Ok($wrap(Many::One(None)))
        }
        fn visit_seq<S: SeqAccess<'de>>(self, seq: S) -> Result<$to, S::Error> {
            Ok($wrap(Many::Each(list(seq)?)))
        }
    };
}

fn list<'de, S: SeqAccess<'de>>(mut seq: S) -> Result<Vec<At<String>>, S::Error> {
    let mut all = Vec::new();
    while let Some(text) = seq.next_element()? {
        all.push(text);
    }
    Ok(all)
}

forms! { Many, "a text, or a list of texts", scalars! { Many, |many| many }
    fn visit_bool<E: Error>(self, _: bool) -> Result<Many, E> {
        Ok(Many::One(None))
    }
}
forms! { Choice, "`true`, or a list of ids", scalars! { Choice, Choice::Ids }
    fn visit_bool<E: Error>(self, is: bool) -> Result<Choice, E> {
        Ok(Choice::Any(is))
    }
}
forms! { Call, "`true`, `false`, or keys such as `department`",
    fn visit_bool<E: Error>(self, is: bool) -> Result<Call, E> {
        Ok(Call::Any(is))
    }
    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Call, M::Error> {
        Ok(Call::Of(Box::new(CallBlock::deserialize(MapAccessDeserializer::new(map))?)))
    }
}
forms! { Expected<ExpectBlock>, "an id, or keys such as `intent` and `text`", scalars! { Expected<ExpectBlock>, Expected::Ids }
    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Expected<ExpectBlock>, M::Error> {
        Ok(Expected::Block(Box::new(ExpectBlock::deserialize(MapAccessDeserializer::new(map))?)))
    }
}
forms! { Expected<RejectBlock>, "an id, or keys such as `intent` and `text`", scalars! { Expected<RejectBlock>, Expected::Ids }
    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Expected<RejectBlock>, M::Error> {
        Ok(Expected::Block(Box::new(RejectBlock::deserialize(MapAccessDeserializer::new(map))?)))
    }
}

macro_rules! described {
    ($($name:ident => $schema:tt,)*) => {$(
        impl JsonSchema for $name {
            fn inline_schema() -> bool { true }
            fn schema_name() -> Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut SchemaGenerator) -> Schema { json_schema!($schema) }
        }
    )*};
}
struct VerdictWord;
struct HoursWord;
struct DateText;
struct TimeText;
described! {
    VerdictWord => {"enum": ["confident", "ambiguous", "unknown"]},
    HoursWord => {"enum": ["open", "closed"]},
    DateText => {"type": "string", "format": "date"},
    TimeText => {"type": "string", "pattern": "^[0-2]?[0-9]:[0-5][0-9]$"},
    Many => {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "array", "items": {"type": "string"}}]},
    Choice => {"anyOf": [{"type": "boolean"}, {"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
}

impl JsonSchema for Call {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Call".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [{"type": "boolean"}, generator.subschema_for::<CallBlock>()]})
    }
}

impl<T: JsonSchema> JsonSchema for Expected<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        format!("Expected{}", T::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let ids = serde_json::json!({"type": "array", "items": {"type": "string"}});
        json_schema!({"anyOf": [{"type": "string"}, ids, generator.subschema_for::<T>()]})
    }
}
