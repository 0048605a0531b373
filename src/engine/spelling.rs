//! Typing errors put right, where that is safe: a word that neither the content nor English knows, near one that the
//! content has.
//!
//! Candidates come from a deletion neighbourhood (Garbe's SymSpell, after Mor and Fraenkel 1982), distances are optimal
//! string alignment, which counts two letters swapped as one error.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::hash::{Hashed, SEED, finish, step};

/// Shortest word that is corrected, and the length from which two errors are.
const SHORTEST: usize = 3;
const LONG: usize = 6;

/// The words of the content, by what is left of them when letters are missing.
#[derive(Default)]
pub(crate) struct Spelling {
    words: Vec<(Vec<char>, u32)>,
    without: HashMap<u64, Vec<u32>, Hashed>,
}

impl Spelling {
    /// From the content's words and how often each stands there.
    pub(crate) fn new(counts: impl IntoIterator<Item = (String, u32)>) -> Self {
        let mut words: Vec<(Vec<char>, u32)> =
            counts.into_iter().map(|(word, n)| (word.chars().collect(), n)).collect();
        // The order decides between equals, so it must not depend on where the words came from.
        words.retain(|(word, _)| word.len() >= SHORTEST && word.iter().all(|c| c.is_alphabetic()));
        words.sort();
        let mut without: HashMap<u64, Vec<u32>, Hashed> = HashMap::default();
        for ((word, _), at) in words.iter().zip(0..) {
            deletions(word, if word.len() + 2 >= LONG { 2 } else { 1 }, |key| {
                let entry = without.entry(key).or_default();
                if entry.last() != Some(&at) {
                    entry.push(at);
                }
            });
        }
        Self { words, without }
    }

    /// The content's word that this one was most likely meant to be.
    pub(crate) fn correct(&self, word: &str) -> Option<String> {
        let letters: Vec<char> = word.chars().collect();
        if letters.len() < SHORTEST || letters.len() > 40 || !letters.iter().all(|c| c.is_alphabetic()) {
            return None;
        }
        let most = if letters.len() >= LONG { 2 } else { 1 };
        let mut best: Option<(usize, bool, Reverse<u32>, u32)> = None;
        let mut seen: Vec<u32> = Vec::new();
        deletions(&letters, most, |key| seen.extend(self.without.get(&key).into_iter().flatten()));
        seen.sort_unstable();
        seen.dedup();
        for at in seen {
            let (candidate, count) = &self.words[at as usize];
            let errors = distance(&letters, candidate, most);
            if errors <= most {
                let rank = (errors, candidate[0] != letters[0], Reverse(*count), at);
                if best.is_none_or(|b| rank < b) {
                    best = Some(rank);
                }
            }
        }
        best.map(|(_, _, _, at)| self.words[at as usize].0.iter().collect())
    }
}

/// Hashes of a word with up to `most` letters left out.
fn deletions(word: &[char], most: usize, mut each: impl FnMut(u64)) {
    let key = |skip: [usize; 2]| {
        let kept = word.iter().enumerate().filter(|(i, _)| !skip.contains(i));
        finish(kept.fold(SEED, |s, (_, c)| u32::from(*c).to_le_bytes().iter().take(3).fold(s, |s, b| step(s, *b))))
    };
    each(key([usize::MAX; 2]));
    for i in 0..word.len() {
        each(key([i, usize::MAX]));
        if most > 1 {
            (i + 1..word.len()).for_each(|j| each(key([i, j])));
        }
    }
}

/// Optimal string alignment; anything above `most` may come out as any such number.
fn distance(a: &[char], b: &[char], most: usize) -> usize {
    if a.len().abs_diff(b.len()) > most {
        return most + 1;
    }
    let mut two: Vec<usize> = vec![0; b.len() + 1];
    let mut one: Vec<usize> = (0..=b.len()).collect();
    let mut row = vec![0; b.len() + 1];
    for i in 1..=a.len() {
        row[0] = i;
        for j in 1..=b.len() {
            let differs = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (one[j] + 1).min(row[j - 1] + 1).min(one[j - 1] + differs);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(two[j - 2] + 1);
            }
        }
        (two, one, row) = (one, row, two);
    }
    one[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_put_right() {
        let words =
            [("password", 9), ("parcel", 5), ("refund", 4), ("card", 7), ("cart", 2), ("yes", 1), ("rückgabe", 1)];
        let spelling = Spelling::new(words.map(|(w, n)| (w.to_owned(), n)));
        let cases = [
            ("pasword", Some("password")),
            ("passwrod", Some("password")),
            ("apsswrod", Some("password")),
            ("parcle", Some("parcel")),
            ("pracle", Some("parcel")),
            ("craxd", None), // two errors are too many in a short word
            ("refudn", Some("refund")),
            ("carx", Some("card")), // the more frequent of equals
            ("xx", None),
            ("ruckgabe", Some("rückgabe")),
            ("12345678", None),
            ("zebra", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(spelling.correct(word).as_deref(), expected, "{word}");
        }
    }

    #[test]
    fn swapped_letters_are_one_error() {
        let letters = |s: &str| s.chars().collect::<Vec<_>>();
        for (a, b, expected) in [
            ("", "", 0),
            ("abc", "abc", 0),
            ("abc", "acb", 1),
            ("abc", "ab", 1),
            ("abcd", "badc", 2),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(&letters(a), &letters(b), 5), expected, "{a} {b}");
        }
    }
}
