//! Where words begin and end: `whereismyorder`, `where is myorder`, `re fund`.

use super::normalize::Word;
use super::spelling::Spelling;

/// Shortest word that is taken apart, and shortest parts of a compound.
const SHORTEST: usize = 5;
const COMPOUND: usize = 4;

/// Takes apart what was written together, and puts together what was written apart, where the content's words show it.
///
/// `fine` knows words that need no help, `small` those that may stand in a row of words without having done so in the
/// content; `listed` says that words which are not fine are errors.
pub(crate) fn settle(
    words: &mut Vec<Word>,
    spelling: &Spelling,
    listed: bool,
    fine: &impl Fn(&str) -> bool,
    small: &impl Fn(&str) -> bool,
) {
    let mut at = 0;
    while at < words.len() {
        if at + 1 < words.len() && is_one(&words[at].text, &words[at + 1].text, spelling, small) {
            let second = words.remove(at + 1);
            words[at].text.push_str(&second.text);
            at += 1;
            continue;
        }
        let word = &words[at].text;
        if word.len() < SHORTEST || !word.chars().all(char::is_alphabetic) || fine(word) {
            at += 1;
            continue;
        }
        match spelling.parts(word, listed, small) {
            Some(parts) => {
                let count = parts.len();
                words.splice(at..=at, parts.into_iter().map(|text| Word { text, glued: false }));
                at += count;
            }
            None => at += 1,
        }
    }
}

/// Two words that are one in the content, and not two.
fn is_one(first: &str, second: &str, spelling: &Spelling, small: &impl Fn(&str) -> bool) -> bool {
    let letters = |w: &str| w.chars().all(char::is_alphabetic);
    if first.len() < 2
        || second.len() < 2
        || first.len() + second.len() < SHORTEST
        || !letters(first)
        || !letters(second)
    {
        return false;
    }
    let own = |w: &str| small(w) || spelling.has(w);
    let compound = first.len() >= COMPOUND && second.len() >= COMPOUND && !spelling.pairs(first, second);
    (compound || !own(first) || !own(second)) && spelling.has(&format!("{first}{second}"))
}

impl Spelling {
    /// The content's words that a word is made of, if it can be taken apart into nothing else.
    pub(crate) fn parts(&self, word: &str, listed: bool, small: &impl Fn(&str) -> bool) -> Option<Vec<String>> {
        let pieces = self.pieces(word, small)?;
        if pieces.len() < 2 {
            return None;
        }
        let familiar = pieces.windows(2).filter(|w| self.pairs(&w[0], &w[1])).count();
        let shortest = pieces.iter().map(|p| p.chars().count()).min()?;
        let seams = pieces.len() - 1;
        let likely = familiar == seams
            || (listed && shortest >= COMPOUND)
            || (shortest >= 2 && seams >= 2 && familiar * 2 >= seams);
        likely.then_some(pieces)
    }
}
