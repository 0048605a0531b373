//! What is left of a text when inflection, order and small words are taken away: by it editors' lines are compared.

use std::collections::HashSet;

use super::stem::Stems;
use super::{normalize, stopwords};
use crate::types::Language;

/// Words that ask: small, but "when" and "where" are two questions.
const ASKING: &str = " when where why who how what which wann wo warum wieso wer wie was welche wohin woher ";

/// Takes texts in one of several languages to their gist.
pub struct Gist {
    languages: Vec<(Stems, HashSet<&'static str>)>,
}

impl Gist {
    /// For texts in these languages; the first is taken where a text tells nothing.
    #[must_use]
    pub fn new(languages: &[Language]) -> Self {
        let one = |l: &Language| (Stems::new(*l), stopwords::of(*l).collect());
        Self { languages: languages.iter().map(one).collect() }
    }

    /// The stems of the words that say something, each once, in alphabetical order.
    #[must_use]
    pub fn of(&self, text: &str) -> Vec<String> {
        let words = normalize::words(text);
        let known = |filler: &HashSet<&str>| words.iter().filter(|w| filler.contains(w.text.as_str())).count();
        // Of equals the first.
        let likeliest = self.languages.iter().rev().max_by_key(|(_, filler)| known(filler));
        let Some((_, filler)) = likeliest else { return Vec::new() };
        let tells = |word: &str| {
            !filler.contains(word) || stopwords::is_negation(word) || ASKING.contains(&format!(" {word} "))
        };
        // By all languages one after the other: few words often do not tell which they are in.
        let stem = |word: &str| self.languages.iter().fold(word.to_owned(), |word, (stems, _)| stems.key(&word));
        let mut gist: Vec<String> = words.iter().filter(|w| tells(&w.text)).map(|w| stem(&w.text)).collect();
        gist.sort_unstable();
        gist.dedup();
        gist
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_with_the_same_gist_differ_in_small_things_only() {
        let gist = Gist::new(&[Language::EN, Language::DE]);
        for (a, b, same) in [
            ("can I cancel my order", "cancel the orders please", true),
            ("kann ich die Bestellung stornieren", "Bestellungen stornieren", true),
            ("when does it arrive", "where does it arrive", false),
            ("I want to cancel", "I do not want to cancel", false),
        ] {
            assert_eq!(gist.of(a) == gist.of(b), same, "{a} / {b}: {:?} {:?}", gist.of(a), gist.of(b));
        }
    }
}
