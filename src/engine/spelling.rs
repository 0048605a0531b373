//! Typing errors put right, where that is safe: a word that nobody knows, near one that the content has.
//!
//! Candidates come from a deletion neighbourhood (Garbe's SymSpell, after Mor and Fraenkel 1982). Distances are optimal
//! string alignment, which counts two letters swapped as one error, and errors that fingers make (a neighbouring key, a
//! letter doubled or not) count a little less. Among the candidates the likeliest wins: few errors, a frequent word, and
//! neighbours that it has in the content as well (the noisy channel of Kernighan, Church, Gale: COLING 1990).

use std::collections::{BTreeMap, HashMap, HashSet};

use super::hash::{Hashed, SEED, finish, hash, step};
use super::keyboard::Keyboard;

/// Shortest word that is corrected, and the length from which two errors are.
const SHORTEST: usize = 3;
const LONG: usize = 6;
/// Longest word that is corrected or taken apart.
const LONGEST: usize = 60;
/// Longest piece of a word that is taken apart.
const PIECE: usize = 20;
/// Shorter words are near too many others: they are corrected where a finger slipped, or where the neighbours fit.
const SURE: usize = 4;
/// What one error weighs, in the unit of [`Keyboard`]'s discounts.
pub(crate) const ERROR: u32 = 10;
/// How much less likely one error makes a word, and how much likelier a neighbour that it has in the content (natural
/// logarithms).
const UNLIKELY: f32 = 5.0;
const NEIGHBOUR: f32 = 2.5;
/// The same for a first letter that differs: people mostly get the first one right.
const FIRST: f32 = 1.5;

/// How much may be corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Boldness {
    /// A list says which words the language has: any other word is an error.
    Listed,
    /// No list: most unknown words are right, so only what can hardly be anything else is corrected.
    Unlisted,
}

/// Shortest word that is corrected without a list of the language's words.
const UNLISTED_SHORTEST: usize = 6;

/// A word of the content.
struct Entry {
    letters: Vec<char>,
    count: u32,
    /// Hash of its stem: inflections of one word are no rivals.
    stem: u64,
}

/// The words of the content, by what is left of them when letters are missing.
pub(crate) struct Spelling {
    boldness: Boldness,
    keyboard: Keyboard,
    words: Vec<Entry>,
    /// The same words by the hashes of [`Hashes`], and words by those of [`hash`].
    places: HashMap<u64, u32, Hashed>,
    known: HashSet<u64, Hashed>,
    stems: HashSet<u64, Hashed>,
    /// Function words, by the hashes of [`Hashes`].
    small: HashSet<u64, Hashed>,
    without: HashMap<u64, Vec<u32>, Hashed>,
    pairs: HashSet<u64, Hashed>,
}

/// Words beside the one in question, as far as they are known.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Beside<'a> {
    pub(crate) before: Option<&'a str>,
    pub(crate) after: Option<&'a str>,
}

impl Spelling {
    /// From the language's function words, the content's words, each with how often it stands there and the key of its stem,
    /// and the [`pair`]s that stand beside each other.
    pub(crate) fn new(
        boldness: Boldness,
        keyboard: Keyboard,
        small: impl Iterator<Item = &'static str>,
        // Ordered: the order decides between equals, so it must not depend on where the words came from.
        counts: &BTreeMap<&str, (u32, u64)>,
        pairs: HashSet<u64, Hashed>,
    ) -> Self {
        let mut made = Self {
            boldness,
            keyboard,
            words: Vec::with_capacity(counts.len()),
            places: HashMap::default(),
            known: counts.keys().map(|word| hash(word)).collect(),
            small: small.map(|word| Hashes::of(&word.chars().collect::<Vec<_>>()).whole()).collect(),
            stems: HashSet::default(),
            without: HashMap::default(),
            pairs,
        };
        for (word, (count, stem)) in counts.iter().map(|(word, known)| (*word, *known)) {
            let letters: Vec<char> = word.chars().collect();
            let at = made.words.len() as u32;
            made.stems.insert(stem);
            if letters.len() <= LONGEST && letters.iter().all(|c| c.is_alphabetic()) {
                let hashes = Hashes::of(&letters);
                made.places.insert(hashes.whole(), at);
                if letters.len() >= SHORTEST {
                    hashes.deletions(made.errors(letters.len() + 2), |key| {
                        let entry = made.without.entry(key).or_default();
                        if entry.last() != Some(&at) {
                            entry.push(at);
                        }
                    });
                }
                made.words.push(Entry { letters, count, stem });
            }
        }
        made
    }

    /// How much may be corrected.
    pub(crate) fn boldness(&self) -> Boldness {
        self.boldness
    }

    /// Whether a word stands in the content.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.known.contains(&hash(word))
    }

    /// Whether two words written together stand in the content.
    pub(crate) fn has_joined(&self, first: &str, second: &str) -> bool {
        self.known.contains(&finish(first.bytes().chain(second.bytes()).fold(SEED, step)))
    }

    /// Whether a word with this stem stands in the content.
    pub(crate) fn has_stem(&self, stem: &str) -> bool {
        self.stems.contains(&hash(stem))
    }

    /// Whether a word is a function word.
    pub(crate) fn is_small(&self, word: &str) -> bool {
        let letters: Vec<char> = word.chars().take(LONGEST).collect();
        self.small.contains(&Hashes::of(&letters).whole())
    }

    /// Whether two words stand beside each other in the content.
    pub(crate) fn pairs(&self, first: &str, second: &str) -> bool {
        self.pairs.contains(&pair(first, second))
    }

    /// The content's word that this one was most likely meant to be.
    pub(crate) fn correct(&self, word: &str, beside: Beside<'_>) -> Option<String> {
        let letters: Vec<char> = word.chars().take(LONGEST + 1).collect();
        let shortest = if self.boldness == Boldness::Listed { SHORTEST } else { UNLISTED_SHORTEST };
        if letters.len() < shortest || letters.len() > LONGEST || !letters.iter().all(|c| c.is_alphabetic()) {
            return None;
        }
        let most = self.errors(letters.len());
        let mut near: Vec<u32> = Vec::new();
        Hashes::of(&letters).deletions(most, |key| near.extend(self.without.get(&key).into_iter().flatten()));
        near.sort_unstable();
        near.dedup();
        let mut best: Option<(f32, &Entry)> = None;
        for entry in near.into_iter().filter_map(|at| self.words.get(at as usize)) {
            let Some(weight) = self.distance(&letters, &entry.letters, most as u32 * ERROR) else { continue };
            let other_first = entry.letters[0] != letters[0];
            if self.boldness == Boldness::Unlisted {
                // A valid word with another beginning (kaufen, laufen) is likelier than such an error.
                let swapped = letters[..2].iter().eq(entry.letters[..2].iter().rev());
                if other_first && !swapped {
                    continue;
                }
                if best.is_some_and(|(_, b)| b.stem != entry.stem) {
                    return None;
                }
            }
            let mut score = (entry.count as f32).ln() - UNLIKELY * weight as f32 / ERROR as f32;
            score -= if other_first { FIRST } else { 0.0 };
            let candidate: String = entry.letters.iter().collect();
            let before = beside.before.is_some_and(|b| self.pairs(b, &candidate));
            let after = beside.after.is_some_and(|a| self.pairs(&candidate, a));
            let slip = weight < ERROR || candidate.len() > word.len();
            if letters.len() < SURE && !slip && !before && !after {
                continue;
            }
            score += NEIGHBOUR * f32::from(u8::from(before) + u8::from(after));
            if best.is_none_or(|(b, _)| score > b) {
                best = Some((score, entry));
            }
        }
        best.map(|(_, entry)| entry.letters.iter().collect())
    }

    /// A word as a row of content words and function words: the fewest, and of equally few the most frequent.
    pub(crate) fn pieces(&self, word: &str) -> Option<Vec<String>> {
        let letters: Vec<char> = word.chars().take(LONGEST + 1).collect();
        if letters.len() > LONGEST || !letters.iter().all(|c| c.is_alphabetic()) {
            return None;
        }
        let hashes = Hashes::of(&letters);
        // For each end: where the best last piece begins, how many pieces it makes, and how frequent they are.
        let mut best: Vec<Option<(usize, usize, f32)>> = vec![None; letters.len() + 1];
        best[0] = Some((0, 0, 0.0));
        for end in 1..=letters.len() {
            for from in (0..end).rev().take(PIECE) {
                let Some((_, pieces, weight)) = best[from] else { continue };
                let piece = &letters[from..end];
                if piece.len() < 2 && !matches!(piece, ['a' | 'i']) {
                    continue;
                }
                let key = hashes.word(from, end);
                let count = match self.at(piece, key) {
                    Some(entry) => entry.count as f32,
                    None if self.small.contains(&key) => 1.0,
                    None => continue,
                };
                let made = (from, pieces + 1, weight + count.ln());
                if best[end].is_none_or(|b| (made.1, -made.2) < (b.1, -b.2)) {
                    best[end] = Some(made);
                }
            }
        }
        let mut pieces = Vec::new();
        let mut end = letters.len();
        while end > 0 {
            let (from, ..) = best[end]?;
            pieces.push(letters[from..end].iter().collect());
            end = from;
        }
        pieces.reverse();
        Some(pieces)
    }

    /// How many errors a word of so many letters may have.
    fn errors(&self, letters: usize) -> usize {
        if letters >= LONG && self.boldness == Boldness::Listed { 2 } else { 1 }
    }

    fn at(&self, letters: &[char], hash: u64) -> Option<&Entry> {
        self.places.get(&hash).and_then(|at| self.words.get(*at as usize)).filter(|e| e.letters == letters)
    }

    /// Optimal string alignment, weighted; none above `most`.
    fn distance(&self, a: &[char], b: &[char], most: u32) -> Option<u32> {
        if a.len().abs_diff(b.len()) as u32 * (ERROR / 2) > most {
            return None;
        }
        let mut rows = [[u32::MAX / 2; LONGEST + 2]; 3];
        let (mut two, mut one, mut row) = (0, 1, 2);
        rows[one][0] = 0;
        for j in 1..=b.len() {
            rows[one][j] = rows[one][j - 1] + Keyboard::extra(b[j - 1], j.checked_sub(2).map(|k| b[k]));
        }
        for i in 1..=a.len() {
            let left_out = Keyboard::extra(a[i - 1], i.checked_sub(2).map(|k| a[k]));
            rows[row][0] = rows[one][0] + left_out;
            let mut least = rows[row][0];
            for j in 1..=b.len() {
                let put_in = Keyboard::extra(b[j - 1], j.checked_sub(2).map(|k| b[k]));
                let mut weight = (rows[one][j] + left_out)
                    .min(rows[row][j - 1] + put_in)
                    .min(rows[one][j - 1] + self.keyboard.instead(a[i - 1], b[j - 1]));
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && a[i - 1] != a[i - 2] {
                    weight = weight.min(rows[two][j - 2] + Keyboard::SWAP);
                }
                rows[row][j] = weight;
                least = least.min(weight);
            }
            if least > most {
                return None;
            }
            (two, one, row) = (one, row, two);
        }
        Some(rows[one][b.len()]).filter(|weight| *weight <= most)
    }
}

/// Hash of two words in a row.
pub(crate) fn pair(first: &str, second: &str) -> u64 {
    hash(first).rotate_left(17) ^ hash(second)
}

/// Hashes of the beginnings of a word, from which those of its parts follow (Rabin, Karp 1987).
struct Hashes {
    starts: [u64; LONGEST + 1],
    powers: [u64; LONGEST + 1],
    len: usize,
}

impl Hashes {
    const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

    /// Of at most [`LONGEST`] letters.
    fn of(letters: &[char]) -> Self {
        let len = letters.len().min(LONGEST);
        let (mut starts, mut powers) = ([0; LONGEST + 1], [1; LONGEST + 1]);
        for (i, letter) in letters.iter().take(len).enumerate() {
            starts[i + 1] = u64::wrapping_add(u64::wrapping_mul(starts[i], Self::BASE), u64::from(*letter) + 1);
            powers[i + 1] = u64::wrapping_mul(powers[i], Self::BASE);
        }
        Self { starts, powers, len }
    }

    fn part(&self, from: usize, to: usize) -> u64 {
        self.starts[to].wrapping_sub(self.starts[from].wrapping_mul(self.powers[to - from]))
    }

    /// Hash of a part of the word, as if it were one.
    fn word(&self, from: usize, to: usize) -> u64 {
        finish(self.part(from, to))
    }

    fn whole(&self) -> u64 {
        self.word(0, self.len)
    }

    /// Hashes of the word with up to `most` (1 or 2) letters left out.
    fn deletions(&self, most: usize, mut each: impl FnMut(u64)) {
        let n = self.len;
        let add = |head: u64, from: usize, to: usize| {
            head.wrapping_mul(self.powers[to - from]).wrapping_add(self.part(from, to))
        };
        each(self.whole());
        for i in 0..n {
            each(finish(add(self.starts[i], i + 1, n)));
            if most > 1 {
                for j in i + 1..n {
                    each(finish(add(add(self.starts[i], i + 1, j), j + 1, n)));
                }
            }
        }
    }
}

#[cfg(test)]
impl Spelling {
    /// As the reader makes it of content.
    pub(crate) fn of_texts(
        language: crate::types::Language,
        boldness: Boldness,
        small: impl Iterator<Item = &'static str>,
        texts: &[&str],
    ) -> Self {
        let stems = super::stem::Stems::new(language);
        let texts: Vec<_> = texts.iter().map(|t| super::normalize::words(t)).collect();
        let mut counts = BTreeMap::new();
        for word in texts.iter().flatten() {
            counts.entry(word.text.as_str()).or_insert_with(|| (0, hash(&stems.key(&word.text)))).0 += 1;
        }
        let pairs = texts.iter().flat_map(|t| t.windows(2)).map(|w| pair(&w[0].text, &w[1].text)).collect();
        Self::new(boldness, Keyboard::of(language), small, &counts, pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelling(language: &str, boldness: Boldness, texts: &[&str]) -> Spelling {
        Spelling::of_texts(language.parse().unwrap(), boldness, [].into_iter(), texts)
    }

    #[test]
    fn typing_errors_are_put_right() {
        let texts = ["password password password parcel refund", "card card card cart yes", "lost card", "form fork"];
        let spelling = spelling("en", Boldness::Listed, &texts);
        let cases = [
            ("pasword", Some("password")),
            ("passwrod", Some("password")),
            ("apsswrod", Some("password")),
            ("parcle", Some("parcel")),
            ("pracle", Some("parcel")),
            ("craxd", None), // two errors are too many in a short word
            ("refudn", Some("refund")),
            ("carx", Some("card")), // the more frequent of equals
            ("fork", Some("fork")),
            ("forj", Some("fork")), // j lies beside k
            ("xx", None),
            ("12345678", None),
            ("zebra", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(spelling.correct(word, Beside::default()).as_deref(), expected, "{word}");
        }
        let beside = Beside { before: Some("cart"), after: None };
        assert_eq!(spelling.correct("yess", beside).as_deref(), Some("yes"));
    }

    #[test]
    fn without_a_list_only_what_can_hardly_be_anything_else_is_corrected() {
        let texts = [
            "Rückgabe der Lampe",
            "Bestellung stornieren",
            "eine Rechnung bitte",
            "die Lampen kaufen",
            "Kissen",
            "Kisten",
        ];
        let spelling = spelling("de", Boldness::Unlisted, &texts);
        let cases = [
            ("rückgbae", Some("rückgabe")),
            ("bestelung", Some("bestellung")),
            ("stornieen", Some("stornieren")),
            ("rehcnung", Some("rechnung")),
            ("recjnung", Some("rechnung")),
            ("laufen", None),  // another first letter, another word
            ("kisen", None),   // too short
            ("kissten", None), // two words are as near
            ("lampne", Some("lampen")),
            ("zeichnung", None),
        ];
        for (word, expected) in cases {
            assert_eq!(spelling.correct(word, Beside::default()).as_deref(), expected, "{word}");
        }
    }

    #[test]
    fn swapped_and_neighbouring_letters_weigh_less() {
        let letters = |s: &str| s.chars().collect::<Vec<_>>();
        let spelling = spelling("en", Boldness::Listed, &[]);
        for (a, b, expected) in [
            ("", "", Some(0)),
            ("abc", "abc", Some(0)),
            ("abc", "acb", Some(8)),
            ("abc", "ab", Some(10)),
            ("abb", "ab", Some(8)),
            ("abcd", "badc", Some(16)),
            ("sat", "sar", Some(8)),
            ("sat", "sap", Some(10)),
            ("kitten", "sitting", None),
        ] {
            assert_eq!(spelling.distance(&letters(a), &letters(b), 20), expected, "{a} {b}");
        }
    }
}
