//! Where words begin and end: `whereismyorder`, `where is myorder`, `re fund`.

use super::normalize::Word;
use super::spelling::{Boldness, Spelling};

/// Shortest word that is taken apart or put together, in bytes, and shortest parts of a compound.
const SHORTEST: usize = 5;
const COMPOUND: usize = 4;

/// Puts together what was written apart, where the content has it as one word.
pub(crate) fn join(words: &mut Vec<Word>, spelling: &Spelling) {
    let mut at = 0;
    while at + 1 < words.len() {
        if is_one(&words[at].text, &words[at + 1].text, spelling) {
            let second = words.remove(at + 1);
            words[at].text.push_str(&second.text);
        }
        at += 1;
    }
}

/// Two words that are one in the content, and not two.
fn is_one(first: &str, second: &str, spelling: &Spelling) -> bool {
    if first.len() < 2
        || second.len() < 2
        || first.len() + second.len() < SHORTEST
        || !spelling.has_joined(first, second)
    {
        return false;
    }
    let own = |w: &str| spelling.is_small(w) || spelling.has(w);
    let compound = first.len() >= COMPOUND && second.len() >= COMPOUND && !spelling.pairs(first, second);
    let letters = first.chars().chain(second.chars()).all(char::is_alphabetic);
    letters && (compound || !own(first) || !own(second))
}

/// The content's words that a word is made of, if it can hardly be anything else.
pub(crate) fn parts(spelling: &Spelling, word: &str) -> Option<Vec<String>> {
    if word.len() < SHORTEST {
        return None;
    }
    let pieces = spelling.pieces(word).filter(|p| p.len() > 1)?;
    let familiar = pieces.windows(2).filter(|w| spelling.pairs(&w[0], &w[1])).count();
    let shortest = pieces.iter().map(|p| p.chars().count()).min()?;
    let seams = pieces.len() - 1;
    let likely = familiar == seams
        || (spelling.boldness() == Boldness::Listed && shortest >= COMPOUND)
        || (shortest >= 2 && seams >= 2 && familiar * 2 >= seams);
    likely.then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::super::normalize::words;
    use super::super::stopwords;
    use super::*;
    use crate::types::Language;

    #[test]
    fn words_begin_and_end_where_the_content_shows_it() {
        let english: &[&str] = &["where is my order", "I want a refund", "black and white lamp", "gift card", "log in"];
        let german: &[&str] = &["wo ist mein Paket", "Lieferzeit", "was kostet die Lampe", "Bestellung stornieren"];
        let cases: &[(Language, &[&str], &str, &str)] = &[
            (Language::EN, english, "whereismyorder", "where is my order"),
            (Language::EN, english, "where is myorder", "where is my order"),
            (Language::EN, english, "i want a re fund", "i want a refund"),
            (Language::EN, english, "giftcard", "gift card"),
            (Language::EN, english, "black lamp", "black lamp"),
            (Language::EN, english, "zxqvblorp", "zxqvblorp"),
            (Language::EN, english, "orderx", "orderx"),
            (Language::DE, german, "woistmeinpaket", "wo ist mein paket"),
            (Language::DE, german, "liefer zeit", "lieferzeit"),
            (Language::DE, german, "lampenpaket", "lampenpaket"),
            (Language::DE, german, "paketlampe", "paketlampe"), // no list: a compound that may be right
        ];
        for (language, texts, written, expected) in cases {
            let boldness = if *language == Language::EN { Boldness::Listed } else { Boldness::Unlisted };
            let spelling = Spelling::of_texts(*language, boldness, stopwords::of(*language), texts);
            let mut got = words(written);
            join(&mut got, &spelling);
            let apart = |w: Word| {
                if spelling.has(&w.text) { vec![w.text] } else { parts(&spelling, &w.text).unwrap_or(vec![w.text]) }
            };
            let got: Vec<String> = got.into_iter().flat_map(apart).collect();
            assert_eq!(got.join(" "), *expected, "{written}");
        }
    }
}
