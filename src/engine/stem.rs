//! From a word to the key under which all its inflections meet.

use std::borrow::Cow;

use rust_stemmers::{Algorithm, Stemmer};

use super::normalize::{Word, fold};
use crate::types::Language;

/// Snowball's algorithm for a language, where it has one (<https://snowballstem.org>).
fn algorithm(language: Language) -> Option<Algorithm> {
    Some(match language.code() {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "nl" => Algorithm::Dutch,
        "en" => Algorithm::English,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "de" => Algorithm::German,
        "el" => Algorithm::Greek,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "no" | "nb" | "nn" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "es" => Algorithm::Spanish,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}

/// Keys of words in one language.
pub(crate) struct Stems {
    stemmer: Option<Stemmer>,
    german: bool,
}

impl Stems {
    pub(crate) fn new(language: Language) -> Self {
        Self { stemmer: algorithm(language).map(Stemmer::create), german: language == Language::DE }
    }

    /// Stem of a normalised word, without diacritics.
    pub(crate) fn key(&self, word: &str) -> String {
        let word = if self.german { umlauts(word) } else { Cow::Borrowed(word) };
        let Some(stemmer) = &self.stemmer else { return fold(&word) };
        // Digits and single letters have no inflection.
        if word.len() < 3 || word.bytes().any(|b| b.is_ascii_digit()) {
            return fold(&word);
        }
        fold(&stemmer.stem(&word))
    }

    /// Keys of all words of a text.
    pub(crate) fn keys(&self, words: &[Word]) -> Vec<String> {
        words.iter().map(|w| self.key(&w.text)).collect()
    }
}

/// `ae`, `oe`, `ue` read as umlauts where German spelling allows it (Snowball's `german2`).
fn umlauts(word: &str) -> Cow<'_, str> {
    if !["ae", "oe", "ue"].iter().any(|pair| word.contains(pair)) {
        return Cow::Borrowed(word);
    }
    let mut out = String::with_capacity(word.len());
    let mut before = ' ';
    let mut rest = word.chars().peekable();
    while let Some(c) = rest.next() {
        let umlaut = match c {
            'a' => 'ä',
            'o' => 'ö',
            // quelle, neue, bauen
            'u' if !matches!(before, 'q' | 'e' | 'a') => 'ü',
            _ => c,
        };
        if umlaut != c && rest.next_if_eq(&'e').is_some() {
            out.push(umlaut);
        } else {
            out.push(c);
        }
        before = c;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflections_meet() {
        let cases: &[(&str, &[&str])] = &[
            ("en", &["cancel", "cancels", "cancelled", "cancelling"]),
            ("en", &["order", "orders", "ordered"]),
            ("de", &["rückgabe", "rückgaben", "rueckgabe", "ruckgabe"]),
            ("de", &["größe", "groesse", "grosse"]),
            ("tr", &["sipariş", "siparis"]),
            ("zh", &["退"]),
        ];
        for (language, words) in cases {
            let stems = Stems::new(language.parse().unwrap());
            for word in *words {
                assert_eq!(stems.key(word), stems.key(words[0]), "{word}");
            }
        }
    }

    #[test]
    fn umlauts_are_not_made_of_other_pairs() {
        for (word, expected) in [
            ("quelle", "quelle"),
            ("neue", "neue"),
            ("bauen", "bauen"),
            ("ueber", "über"),
            ("muesli", "müsli"),
            ("ae", "ä"),
            ("a", "a"),
        ] {
            assert_eq!(umlauts(word), expected);
        }
    }
}
