//! A text as words that can be compared: what all cues look at.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words of a text, folded: lower case, without accents and apostrophes (`Wie geht's, Zoë?` is `wie gehts zoe`).
///
/// Kept as one string with a blank on both ends, so that "these words in a row" is a plain search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Words {
    text: String,
    /// The first bytes of its words, a bit for each of their last six bits: most phrases begin with none of them.
    firsts: u64,
}

fn bit(first: u8) -> u64 {
    1 << (first & 63)
}

impl Words {
    /// Folds a text.
    pub(super) fn of(text: &str) -> Self {
        let mut out = String::with_capacity(text.len() + 2);
        out.push(' ');
        // "hellooo" is "hello": three times the same letter is once.
        let (mut last, mut times, mut written) = (' ', 0, 0);
        let mut push = |c: char| {
            if is_combining_mark(c) || matches!(c, '\'' | '’' | '‘' | '`') {
                return;
            }
            (last, times) = if c == last && c.is_alphabetic() { (c, times + 1) } else { (c, 1) };
            if times == 3 {
                out.truncate(written);
            }
            if times > 2 {
                return;
            }
            written = out.len();
            if c == 'ß' {
                out.push_str("ss");
            } else if c.is_alphanumeric() {
                out.push(c);
            } else if !out.ends_with(' ') {
                out.push(' ');
            }
        };
        if text.is_ascii() {
            // Nothing to take apart, and many texts are.
            text.chars().for_each(|c| push(c.to_ascii_lowercase()));
        } else {
            text.nfkd().flat_map(char::to_lowercase).for_each(push);
        }
        if !out.ends_with(' ') {
            out.push(' ');
        }
        let words = out.split_ascii_whitespace();
        let firsts = words.filter_map(|w| w.bytes().next()).fold(0, |all, first| all | bit(first));
        Self { text: out, firsts }
    }

    /// These words stand in the text, in a row. `phrase` is folded already.
    pub(super) fn has(&self, phrase: &str) -> bool {
        self.find(phrase).is_some()
    }

    /// One of these stands in the text.
    pub(super) fn has_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|p| self.has(p))
    }

    /// The text begins with one of these.
    pub(super) fn starts_with_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|p| self.text[1..].strip_prefix(p).is_some_and(|rest| rest.starts_with(' ')))
    }

    /// The text is one of these and nothing else.
    pub(super) fn is_any(&self, phrases: &[&str]) -> bool {
        phrases.contains(&self.text())
    }

    /// The words, in order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.text.split_ascii_whitespace()
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.iter().count()
    }

    /// There are none.
    pub(super) fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// With single blanks between.
    pub(super) fn text(&self) -> &str {
        self.text.trim_matches(' ')
    }

    fn find(&self, phrase: &str) -> Option<usize> {
        // Word by word: for the dozens of phrases that are sought in each text, a searcher for each costs ten times as much.
        if phrase.bytes().next().is_none_or(|first| self.firsts & bit(first) == 0) {
            return None;
        }
        let (text, phrase) = (self.text.as_bytes(), phrase.as_bytes());
        let fits = |at: usize| text[at..].strip_prefix(phrase).is_some_and(|rest| rest.first() == Some(&b' '));
        (1..text.len()).find(|at| text[at - 1] == b' ' && fits(*at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded() {
        assert_eq!(Words::of("  Wie geht's, ZOË – heiß?! ").text(), "wie gehts zoe heiss");
        assert_eq!(Words::of("möchte").text(), Words::of("mo\u{308}chte").text());
        for (text, words) in [
            ("Hellooooo", "hello"),
            ("plzzzz", "plz"),
            ("DANKEEEE!!!", "danke"),
            ("süüüß", "suss"),
            ("1000", "1000"),
            ("committee", "committee"),
            ("ßßß", "ss"),
        ] {
            assert_eq!(Words::of(text).text(), words);
        }
        assert!(Words::of(" ?! ").is_empty());
        assert!(Words::of("").is_empty());
    }

    #[test]
    fn phrases_are_whole_words() {
        let w = Words::of("I want a person, personally");
        assert!(w.has("a person"));
        assert!(w.has("personally"));
        assert!(!w.has("want a pers"));
        assert!(!w.has("erson"));
        assert!(w.starts_with_any(&["i want"]));
        assert!(!w.starts_with_any(&["i wan", "want"]));
        assert_eq!(w.count(), 5);
    }
}
