//! From a text to words: NFKC, lower case, UAX #29 word boundaries.
//!
//! Scripts written without spaces come out as one word a character, each marked as glued to the one before it, so
//! that pairs of neighbours (the bigrams that stand in for words there) can be told from neighbours across a space.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};
use unicode_segmentation::UnicodeSegmentation;

/// Characters of a text that are read; the rest is ignored.
pub(crate) const MAX_CHARS: usize = 4_000;

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    /// Lower case, without apostrophes and invisible characters; never empty.
    pub(crate) text: String,
    /// Follows the word before it without a gap, in a script without spaces.
    pub(crate) glued: bool,
}

/// The words of a text, in order.
pub(crate) fn words(text: &str) -> Vec<Word> {
    let clean = plain(text);
    let mut found: Vec<Word> = Vec::with_capacity(clean.len() / 5 + 1);
    let mut end_of_last = usize::MAX;
    for (at, token) in clean.unicode_word_indices() {
        let spaceless = token.chars().next().is_some_and(is_spaceless);
        // A mark that stands on a space makes a word of it.
        let between = |c: char| matches!(c, '.' | ':' | ',' | ';' | '_' | '·' | '\u{2019}' | '\'') || c.is_whitespace();
        for part in token.split(between).filter(|p| !p.is_empty()) {
            let glued = spaceless
                && at == end_of_last
                && found.last().is_some_and(|w: &Word| w.text.chars().next().is_some_and(is_spaceless));
            found.push(Word { text: part.to_owned(), glued });
        }
        end_of_last = at + token.len();
    }
    found
}

/// NFKC, lower case, apostrophes and invisible characters dropped; at most [`MAX_CHARS`] characters are read.
pub(crate) fn plain(text: &str) -> String {
    let cut = text.char_indices().nth(MAX_CHARS).map_or(text, |(at, _)| &text[..at]);
    if cut.is_ascii() {
        return cut.chars().filter(|c| *c != '\'').map(|c| c.to_ascii_lowercase()).collect();
    }
    let mut out = String::with_capacity(cut.len());
    // One character may stand for eighteen.
    for c in cut.nfkc().take(MAX_CHARS) {
        match c {
            '\'' | '\u{2019}' | '\u{2bc}' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
            // Its lower case is two characters, the second of which no keyboard writes.
            'İ' => out.push('i'),
            'ς' => out.push('σ'),
            _ => out.extend(c.to_lowercase()),
        }
    }
    // Letters may compose only now: their capitals did not, or something invisible stood between.
    if is_nfkc_quick(out.chars()) != IsNormalized::Yes {
        out = out.nfkc().collect();
    }
    // One character may have become 18.
    if out.len() > MAX_CHARS
        && let Some((end, _)) = out.char_indices().nth(MAX_CHARS)
    {
        out.truncate(end);
    }
    out
}

/// Whether words of this character's script are written without spaces between them.
pub(crate) fn is_spaceless(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}'       // Thai, Lao
        | '\u{1000}'..='\u{109f}'     // Myanmar
        | '\u{1780}'..='\u{17ff}'     // Khmer
        | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}'     // Hiragana, Katakana
        | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' // Han
        | '\u{20000}'..='\u{3ffff}')
}

/// Latin, Greek and Cyrillic letters without their marks, as people type who lack the keys: `ü` is `u`, `ß` is `ss`,
/// `ı` is `i`. Other scripts stay, for their marks are letters.
pub(crate) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let mut out = String::with_capacity(word.len());
    for c in word.chars() {
        match c {
            _ if c.is_ascii() => out.push(c),
            'ß' => out.push_str("ss"),
            'ı' => out.push('i'),
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'þ' => out.push_str("th"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ё' => out.push('е'),
            '\u{0300}'..='\u{036f}' => {}
            '\u{00c0}'..='\u{024f}' | '\u{1e00}'..='\u{1eff}' | '\u{0370}'..='\u{03ff}' | '\u{1f00}'..='\u{1fff}' => {
                out.extend(std::iter::once(c).nfd().filter(|d| !matches!(d, '\u{0300}'..='\u{036f}')));
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_become_words() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("   \n\t ", &[]),
            ("Where's my ORDER?", &["wheres", "my", "order"]),
            ("where’s my order", &["wheres", "my", "order"]),
            ("it came.Now what", &["it", "came", "now", "what"]),
            ("AB123456 / 3.50€", &["ab123456", "3", "50"]),
            ("e-mail", &["e", "mail"]),
            ("Ｆｕｌｌ ｗｉｄｔｈ", &["full", "width"]),
            ("Größe", &["größe"]),
            ("İADE ISTIYORUM", &["iade", "istiyorum"]),
            ("😀😀 👍🏽", &[]),
            ("退款吗？", &["退", "款", "吗"]),
            ("a\u{200b}b\u{ad}c", &["abc"]),
        ];
        for (text, expected) in cases {
            let got: Vec<_> = words(text).into_iter().map(|w| w.text).collect();
            assert_eq!(got, *expected, "{text:?}");
        }
    }

    #[test]
    fn only_neighbours_in_scripts_without_spaces_are_glued() {
        let got: Vec<_> = words("我要退款 ok 谢谢").into_iter().map(|w| (w.text, w.glued)).collect();
        let expected =
            [("我", false), ("要", true), ("退", true), ("款", true), ("ok", false), ("谢", false), ("谢", true)];
        assert_eq!(got, expected.map(|(t, g)| (t.to_owned(), g)));
    }

    #[test]
    fn folding_drops_marks_of_european_letters_only() {
        for (word, expected) in [
            ("rückgabe", "ruckgabe"),
            ("straße", "strasse"),
            ("ılık", "ilik"),
            ("größe", "grosse"),
            ("가격", "가격"),
            ("สวัสดี", "สวัสดี"),
            ("ёлка", "елка"),
            ("plain", "plain"),
        ] {
            assert_eq!(fold(word), expected);
        }
    }

    #[test]
    fn what_stands_beyond_the_limit_is_not_read() {
        let long = "ä ".repeat(MAX_CHARS);
        assert_eq!(words(&long).len(), MAX_CHARS / 2);
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in texts()) {
            let plain = plain(&text);
            prop_assert!(plain.chars().count() <= MAX_CHARS);
            let words = words(&text);
            let letters: usize = words.iter().map(|w| w.text.len()).sum();
            prop_assert!(letters <= plain.len(), "words hold nothing that the text does not");
            for w in &words {
                prop_assert!(!w.text.is_empty());
                prop_assert!(plain.contains(&w.text));
                prop_assert!(!w.text.contains(char::is_whitespace));
            }
        }

        #[test]
        fn what_was_normalised_stays_as_it_is(text in texts()) {
            let once = plain(&text);
            prop_assert_eq!(&plain(&once), &once);
            for w in words(&text) {
                let folded = fold(&w.text);
                prop_assert_eq!(&fold(&folded), &folded);
            }
        }

        #[test]
        fn capitals_and_spaces_around_mean_nothing(text in "[a-zA-ZäöüÄÖÜéàçñ ,.?!]{0,60}") {
            let expected = words(&text);
            prop_assert_eq!(words(&format!("  {text}\n")), expected.clone());
            prop_assert_eq!(words(&text.to_uppercase()), expected);
        }
    }

    /// Anything, and what people send: letters of many scripts, marks, pictures, signs, much of one thing.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[a-zA-Z0-9 äöüßİışğς'’.,:;?!_-]{0,80}",
            "(\\p{Han}|\\p{Hiragana}|\\p{Thai}|\\p{Arabic}|\\p{Cyrillic}|\\p{Greek}|\\p{Hangul}| ){0,40}",
            "(\\p{Emoji}|\\p{M}|[a-zÄJ]|\u{200b}|\u{200d}|\u{ad}|\u{feff}){0,40}",
            (any::<char>(), 0..5_000_usize).prop_map(|(c, n)| std::iter::repeat_n(c, n).collect()),
        ]
    }
}
