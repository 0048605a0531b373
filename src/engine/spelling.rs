//! Typing errors put right, where that is safe: a word that neither the content nor English knows, near one that the
//! content has.
//!
//! Candidates come from a deletion neighbourhood (Garbe's SymSpell, after Mor and Fraenkel 1982), distances are optimal
//! string alignment, which counts two letters swapped as one error.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::hash::{Hashed, finish};

/// Shortest word that is corrected, and the length from which two errors are.
const SHORTEST: usize = 3;
const LONG: usize = 6;
/// Longest word of the content that an error is looked for in.
const LONGEST: usize = 40;

/// The words of the content, by what is left of them when letters are missing.
#[derive(Default)]
pub(crate) struct Spelling {
    words: Vec<(Vec<char>, u32)>,
    without: HashMap<u64, Vec<u32>, Hashed>,
    /// Letters of the longest word.
    longest: usize,
}

impl Spelling {
    /// From the content's words and how often each stands there.
    pub(crate) fn new(counts: impl IntoIterator<Item = (String, u32)>) -> Self {
        let mut words: Vec<(Vec<char>, u32)> =
            counts.into_iter().map(|(word, n)| (word.chars().collect(), n)).collect();
        // The order decides between equals, so it must not depend on where the words came from.
        let lengths = SHORTEST..=LONGEST;
        words.retain(|(word, _)| lengths.contains(&word.len()) && word.iter().all(|c| c.is_alphabetic()));
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
        let longest = words.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
        Self { words, without, longest }
    }

    /// The content's word that this one was most likely meant to be.
    pub(crate) fn correct(&self, word: &str) -> Option<String> {
        let letters: Vec<char> = word.chars().collect();
        let most = if letters.len() >= LONG { 2 } else { 1 };
        let lengths = SHORTEST..=LONGEST.min(self.longest + most);
        if !lengths.contains(&letters.len()) || !letters.iter().all(|c| c.is_alphabetic()) {
            return None;
        }
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

/// Hashes of a word with up to `most` letters left out; of longer words than [`LONGEST`] none.
///
/// The hash is a polynomial in the letters (Karp, Rabin 1987), so that what is left is put together from hashes of parts.
/// Two words that meet by chance are told apart by their distance.
fn deletions(word: &[char], most: usize, mut each: impl FnMut(u64)) {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;
    let n = word.len();
    if n > LONGEST {
        return;
    }
    let (mut power, mut prefix) = ([1_u64; LONGEST + 1], [0_u64; LONGEST + 1]);
    for (i, c) in word.iter().enumerate() {
        power[i + 1] = power[i].wrapping_mul(BASE);
        prefix[i + 1] = prefix[i].wrapping_mul(BASE).wrapping_add(u64::from(*c) + 1);
    }
    // Hash of the letters from `a` to before `b`, and of one part followed by another of `n` letters.
    let part = |a: usize, b: usize| prefix[b].wrapping_sub(prefix[a].wrapping_mul(power[b - a]));
    let join = |a: u64, b: u64, n: usize| a.wrapping_mul(power[n]).wrapping_add(b);
    each(finish(prefix[n]));
    for (i, before) in prefix.iter().enumerate().take(n).filter(|_| most > 0) {
        each(finish(join(*before, part(i + 1, n), n - i - 1)));
        for j in (i + 1..n).filter(|_| most > 1) {
            let before = join(*before, part(i + 1, j), j - i - 1);
            each(finish(join(before, part(j + 1, n), n - j - 1)));
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
    fn what_is_left_of_a_word_meets_the_word_without_those_letters() {
        let keys = |word: &str, most| {
            let mut keys = Vec::new();
            deletions(&word.chars().collect::<Vec<_>>(), most, |key| keys.push(key));
            keys
        };
        let whole = |word| keys(word, 0)[0];
        assert!(keys("größe", 2).contains(&whole("gre")) && keys("größe", 1).contains(&whole("röße")));
        assert!(!keys("größe", 2).contains(&whole("grö0")) && whole("ab") != whole("ba"));
        // The work for one word, and none for words that no content has.
        assert_eq!(keys("passwords", 2).len(), 1 + 9 + 9 * 8 / 2);
        assert!(keys(&"a".repeat(LONGEST + 1), 2).is_empty());
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
