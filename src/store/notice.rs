//! What an operator says to all visitors.

use std::collections::BTreeMap;

use crate::types::{Language, Timestamp};

/// Longest text, characters.
const CHARS: usize = 500;

/// Most languages.
const LANGUAGES: usize = 20;

/// Something that all visitors are told, such as that something is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// By language; never empty.
    pub texts: BTreeMap<String, String>,
    /// Not any more from then on.
    pub until: Option<Timestamp>,
}

impl Notice {
    /// None where a language is no language, or a text is empty or longer than 500 characters.
    #[must_use]
    pub fn new(texts: BTreeMap<String, String>, until: Option<Timestamp>) -> Option<Self> {
        let fine = |(language, text): (&String, &String)| {
            language.parse::<Language>().is_ok_and(|l| l.to_string() == *language)
                && !text.trim().is_empty()
                && text.chars().count() <= CHARS
        };
        ((1..=LANGUAGES).contains(&texts.len()) && texts.iter().all(fine)).then_some(Self { texts, until })
    }
}
