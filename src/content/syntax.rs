//! The file syntax of intents and articles: what serde reads and what the JSON Schemas are made of.
//!
//! Nothing here is checked beyond its shape. Unknown keys are collected, not fatal, so that one typing error does not
//! hide the rest of a file.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// A value and where it stands.
#[derive(Debug, Clone, Default)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) place: Place,
}

/// A place in a file, and how far it reaches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// From 1; 0 is nowhere.
    pub(super) line: u32,
    /// From 1, in characters.
    pub(super) column: u32,
    /// In characters.
    pub(super) span: u32,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_saphyr::Spanned::<T>::deserialize(deserializer)?;
        Ok(Self { value: spanned.value, place: place_of(&spanned.referenced) })
    }
}

/// The parser's place as ours.
pub(super) fn place_of(at: &serde_saphyr::Location) -> Place {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let span = if at.line() == 0 { 0 } else { small(at.span().len()) };
    Place { line: small(at.line()), column: small(at.column()), span }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A key that a block does not have.
#[derive(Debug, Clone)]
pub(super) struct UnknownKey {
    pub(super) key: At<String>,
    pub(super) known: &'static [&'static str],
    /// Those of them that the block has.
    pub(super) given: Vec<&'static str>,
}

/// A block of known keys: a struct whose `unknown` collects the others.
macro_rules! block {
    ($(#[$meta:meta])* struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Default, JsonSchema)]
        #[schemars(deny_unknown_fields)]
        pub(super) struct $name {
            $($(#[$field_meta])* #[schemars(default)] pub(super) $field: $type,)*
            #[schemars(skip)]
            pub(super) unknown: Vec<UnknownKey>,
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Keys;
                impl<'de> Visitor<'de> for Keys {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str("keys and values")
                    }
                    fn visit_unit<E: Error>(self) -> Result<$name, E> {
                        Ok($name::default())
                    }
                    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<$name, M::Error> {
                        const KNOWN: &[&str] = &[$(stringify!($field)),*];
                        let mut block = $name::default();
                        let mut given = Vec::new();
                        while let Some(key) = map.next_key::<At<String>>()? {
                            match key.value.as_str() {
                                $(stringify!($field) => {
                                    given.push(stringify!($field));
                                    block.$field = map.next_value()?;
                                })*
                                _ => {
                                    map.next_value::<IgnoredAny>()?;
                                    block.unknown.push(UnknownKey { key, known: KNOWN, given: Vec::new() });
                                }
                            }
                        }
                        block.unknown.iter_mut().for_each(|u| u.given.clone_from(&given));
                        Ok(block)
                    }
                }
                deserializer.deserialize_map(Keys)
            }
        }
    };
}

pub(super) use block;

block! {
    /// A file of intents: what visitors ask about one topic, and the answers.
    struct IntentsFile {
        /// The intents.
        #[schemars(required)]
        intents: Option<Vec<At<IntentBlock>>>,
    }
}

block! {
    /// One thing that visitors ask, and what to say.
    struct IntentBlock {
        /// Unique in the content, kebab-case.
        #[schemars(required, with = "String", regex(pattern = r"^[a-z0-9]+(-[a-z0-9]+)*$"))]
        #[schemars(extend("examples" = ["order-status"]))]
        id: Option<At<String>>,
        /// Shown to visitors when the bot asks what is meant.
        #[schemars(extend("examples" = ["Where is my order?", {"en": "Where is my order?", "de": "Wo ist meine Bestellung?"}]))]
        title: Option<At<Texts>>,
        /// How visitors say it.
        #[schemars(extend("examples" = [["where is my parcel", "has my order left yet", "wo ist mein Paket", "Bestellstatus"]]))]
        examples: Option<Vec<At<String>>>,
        /// Words that decide by themselves: whole words, any inflection.
        #[schemars(extend("examples" = [[{"all": ["order", "status"], "none": ["cancel"]}]]))]
        keywords: Option<Vec<At<KeywordBlock>>>,
        /// Regular expressions that decide by themselves; named groups fill slots.
        #[schemars(extend("examples" = [["\\border\\s+(?P<order_id>[A-Z]{2}\\d{6})\\b"]]))]
        patterns: Option<Vec<At<String>>>,
        /// Conditions under which it may answer.
        #[schemars(extend("examples" = [{"page": "/orders/*", "hours": "open"}]))]
        when: Option<WhenBlock>,
        /// What must be known before the answer, in the order in which it is asked for.
        #[schemars(extend("examples" = [{"order_id": {"ask": "What is your order number?", "pattern": "[A-Z]{2}\\d{6}"}}]))]
        slots: Option<Pairs<SlotBlock>>,
        /// One text, or one a language; Markdown subset; `{{ variables }}`.
        #[schemars(extend("examples" = ["You can follow order {{ order_id }} on [your order page](https://shop.example/orders).", {"en": "Here.", "de": "Hier."}]))]
        answer: Option<At<Texts>>,
        /// What may be tapped after the answer.
        #[schemars(extend("examples" = [[{"label": "Change the address", "intent": "change-address"}]]))]
        options: Option<Vec<At<OptionBlock>>>,
        /// Whether a person is wanted.
        #[schemars(with = "Option<HandoffWord>")]
        #[schemars(extend("examples" = ["offer"]))]
        handoff: Option<At<String>>,
        /// Who takes it.
        #[schemars(extend("examples" = ["orders"]))]
        department: Option<At<String>>,
        /// Skills that whoever takes it must have.
        #[schemars(extend("examples" = [["billing"]]))]
        needs: Option<Vec<At<String>>>,
        /// How soon a person should look at it.
        #[schemars(with = "Option<PriorityWord>")]
        #[schemars(extend("examples" = ["high"]))]
        priority: Option<At<String>>,
        /// Which editor cares for it.
        #[schemars(extend("examples" = ["service-team"]))]
        owner: Option<At<String>>,
        /// Answers from this day on: 2026-11-01.
        #[schemars(with = "Option<DateText>")]
        #[schemars(extend("examples" = ["2026-11-01"]))]
        valid_from: Option<At<String>>,
        /// Answers until this day, inclusive.
        #[schemars(with = "Option<DateText>")]
        #[schemars(extend("examples" = ["2026-12-31"]))]
        valid_until: Option<At<String>>,
        /// Somebody should read it again by this day: 2026-11-01.
        #[schemars(with = "Option<DateText>")]
        #[schemars(extend("examples" = ["2026-11-01"]))]
        review_by: Option<At<String>>,
        /// Tests: texts that must land here.
        #[schemars(extend("examples" = [["wheres my stuff"]]))]
        expect: Option<Vec<At<String>>>,
        /// Tests: texts that must not.
        #[schemars(extend("examples" = [["i want to order a lamp"]]))]
        reject: Option<Vec<At<String>>>,
    }
}

block! {
    /// Words that decide.
    struct KeywordBlock {
        /// Each of these.
        #[schemars(extend("examples" = [["order", "status"]]))]
        all: Option<Vec<At<String>>>,
        /// At least one of these.
        #[schemars(extend("examples" = [["track my parcel", "tracking number"]]))]
        any: Option<Vec<At<String>>>,
        /// None of these.
        #[schemars(extend("examples" = [["cancel"]]))]
        none: Option<Vec<At<String>>>,
    }
}

block! {
    /// Conditions; all must hold.
    struct WhenBlock {
        /// Only to visitors who write this language.
        #[schemars(extend("examples" = ["de"]))]
        language: Option<At<String>>,
        /// Only on pages whose path matches: `*` is any characters.
        #[schemars(extend("examples" = ["/orders/*"]))]
        page: Option<At<String>>,
        /// Only inside (`open`) or outside (`closed`) the opening hours.
        #[schemars(with = "Option<HoursWord>")]
        #[schemars(extend("examples" = ["open"]))]
        hours: Option<At<String>>,
    }
}

block! {
    /// Something the visitor must tell.
    struct SlotBlock {
        /// The question.
        #[schemars(extend("examples" = ["What is your order number?"]))]
        ask: Option<At<Texts>>,
        /// What a valid value looks like, anywhere in the reply.
        #[schemars(extend("examples" = ["[A-Z]{2}\\d{6}"]))]
        pattern: Option<At<String>>,
        /// Said once more where the value does not fit.
        #[schemars(extend("examples" = ["It looks like AB123456."]))]
        retry: Option<At<Texts>>,
        /// The answer can do without.
        #[schemars(extend("examples" = [true]))]
        optional: Option<bool>,
    }
}

block! {
    /// Something to tap.
    struct OptionBlock {
        /// For people.
        #[schemars(required)]
        #[schemars(extend("examples" = ["Change the address"]))]
        label: Option<At<Texts>>,
        /// Id of the intent that it leads to.
        #[schemars(required, with = "String")]
        #[schemars(extend("examples" = ["change-address"]))]
        intent: Option<At<String>>,
    }
}

block! {
    /// Front matter of an article.
    struct ArticleBlock {
        /// Title, as a question or a noun phrase.
        #[schemars(required, with = "String")]
        #[schemars(extend("examples" = ["How long do returns take?"]))]
        title: Option<At<String>>,
        /// Questions that it answers, as visitors say them.
        #[schemars(extend("examples" = [["when do I get my money"]]))]
        questions: Option<Vec<At<String>>>,
        /// Language it is written in; else the default one.
        #[schemars(extend("examples" = ["en"]))]
        language: Option<At<String>>,
        /// Tags.
        #[schemars(extend("examples" = [["returns"]]))]
        tags: Option<Vec<At<String>>>,
        /// Who knows more.
        #[schemars(extend("examples" = ["returns"]))]
        department: Option<At<String>>,
        /// Answers from this day on.
        #[schemars(with = "Option<DateText>")]
        #[schemars(extend("examples" = ["2026-11-01"]))]
        valid_from: Option<At<String>>,
        /// Answers until this day, inclusive.
        #[schemars(with = "Option<DateText>")]
        #[schemars(extend("examples" = ["2026-12-31"]))]
        valid_until: Option<At<String>>,
        /// Somebody should read it again by this day: 2026-11-01.
        #[schemars(with = "Option<DateText>")]
        #[schemars(extend("examples" = ["2026-11-01"]))]
        review_by: Option<At<String>>,
        /// Tests: texts that must land here.
        #[schemars(extend("examples" = [["how fast is the refund"]]))]
        expect: Option<Vec<At<String>>>,
        /// Tests: texts that must not.
        #[schemars(extend("examples" = [["how long is delivery"]]))]
        reject: Option<Vec<At<String>>>,
    }
}

block! {
    /// A file of canned replies: what agents have ready to send.
    struct CannedFile {
        /// The replies.
        #[schemars(required)]
        canned: Option<Vec<At<CannedBlock>>>,
    }
}

block! {
    /// A reply that is written already.
    struct CannedBlock {
        /// Typed after `/`: letters, digits, `-` and `_`.
        #[schemars(required, with = "String", length(max = 40))]
        #[schemars(extend("examples" = ["thanks"]))]
        shortcut: Option<At<String>>,
        /// For agents; else the shortcut.
        #[schemars(with = "Option<String>", length(max = 100))]
        #[schemars(extend("examples" = ["Thanks, and good-bye"]))]
        title: Option<At<String>>,
        /// One text, or one a language; Markdown subset; `{{ visitor.name }}`, `{{ agent.name }}` and the variables of
        /// deskbell.toml.
        #[schemars(required)]
        #[schemars(extend("examples" = ["Thank you for writing, {{ visitor.name }}."]))]
        text: Option<At<Texts>>,
        /// For chats of this department.
        #[schemars(extend("examples" = ["orders"]))]
        department: Option<At<String>>,
    }
}

/// One text, or one a language.
#[derive(Debug, Clone)]
pub(super) enum Texts {
    One(String),
    Each(Vec<(At<String>, At<String>)>),
}

impl Default for Texts {
    fn default() -> Self {
        Self::One(String::new())
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Texts;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or one text a language")
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts::One(text.to_owned()))
            }
            fn visit_bool<E: Error>(self, value: bool) -> Result<Texts, E> {
                Ok(Texts::One(value.to_string()))
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Texts, E> {
                Ok(Texts::One(number.to_string()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Texts, E> {
                Ok(Texts::One(number.to_string()))
            }
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Texts, M::Error> {
                pairs(map).map(Texts::Each)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for Texts {
    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "One text, or one a language.",
            "anyOf": [
                {"type": "string"},
                {"type": "object", "propertyNames": {"pattern": "^[a-z]{2,3}(-[A-Za-z]+)?$"}, "additionalProperties": {"type": "string"}}
            ]
        })
    }
}

/// Named blocks in the order of the file.
#[derive(Debug, Clone)]
pub(super) struct Pairs<T>(pub(super) Vec<(At<String>, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Named<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Named<T> {
            type Value = Pairs<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("names and what belongs to each")
            }
            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Pairs<T>, M::Error> {
                pairs(map).map(Pairs)
            }
        }
        deserializer.deserialize_map(Named(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Pairs<T> {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object", "additionalProperties": generator.subschema_for::<T>()})
    }
}

fn pairs<'de, T: Deserialize<'de>, M: MapAccess<'de>>(mut map: M) -> Result<Vec<(At<String>, T)>, M::Error> {
    let mut pairs = Vec::new();
    while let Some(entry) = map.next_entry()? {
        pairs.push(entry);
    }
    Ok(pairs)
}

/// Words and forms that appear in the schemas only: the parser takes any text and says what is wrong with it.
macro_rules! described {
    ($($name:ident => $schema:tt,)*) => {$(
        struct $name;
        impl JsonSchema for $name {
            fn inline_schema() -> bool { true }
            fn schema_name() -> Cow<'static, str> { stringify!($name).into() }
            fn json_schema(_: &mut SchemaGenerator) -> Schema { json_schema!($schema) }
        }
    )*};
}
described! {
    HandoffWord => {"enum": ["never", "offer", "always"]},
    PriorityWord => {"enum": ["normal", "high", "urgent"]},
    HoursWord => {"enum": ["open", "closed"]},
    DateText => {"type": "string", "format": "date"},
}
