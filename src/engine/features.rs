//! From words to numbers: stems and pairs of stems, and runs of letters inside words.
//!
//! Two blocks, each TF-IDF weighted and of length 1: *words* (stems, and pairs of neighbouring stems) and *letters*
//! (runs of 2 to 4 characters of ` word `, as scikit-learn's `char_wb`), which see through inflection and typing errors.

use std::collections::HashMap;

use super::hash::{Hashed, SEED, finish, step};
use super::normalize::{Word, fold};

/// Shortest and longest run of letters; where no vectors tell what words mean, longer ones stand in for parts of words.
const SHORTEST_RUN: usize = 2;
const LONGEST_RUN: usize = 4;
const LONGEST_WITHOUT_MEANING: usize = 5;

/// Counted features of one text before they are weighed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Bag {
    /// Feature and 1 + ln(count), by feature; stems and pairs.
    pub(crate) words: Vec<(u32, f32)>,
    /// The same for runs of letters.
    pub(crate) letters: Vec<(u32, f32)>,
    /// The single stems among `words`, each once.
    pub(crate) stems: Vec<u32>,
}

/// Numbers for features.
#[derive(Default)]
pub(crate) struct Dictionary {
    ids: HashMap<u64, u32, Hashed>,
}

impl Dictionary {
    /// How many features there are.
    pub(crate) fn len(&self) -> usize {
        self.ids.len()
    }

    /// Counts a text of the content; new features get a number. `meant`: vectors tell what its words mean.
    pub(crate) fn learn(&mut self, words: &[Word], keys: &[u64], meant: bool) -> Bag {
        let Self { ids } = self;
        count(words, keys, meant, |hash| {
            let next = ids.len() as u32;
            Some(*ids.entry(hash).or_insert(next))
        })
    }

    /// Counts a text; features that the content does not have are left out.
    pub(crate) fn read(&self, words: &[Word], keys: &[u64], meant: bool) -> Bag {
        count(words, keys, meant, |hash| self.ids.get(&hash).copied())
    }

    /// Number of a stem.
    pub(crate) fn stem(&self, key: u64) -> Option<u32> {
        self.ids.get(&stem_hash(key)).copied()
    }
}

/// A stem's feature, from its key.
fn stem_hash(key: u64) -> u64 {
    key ^ 1
}

fn count(words: &[Word], keys: &[u64], meant: bool, mut id: impl FnMut(u64) -> Option<u32>) -> Bag {
    let mut bag = Bag::default();
    let mut found: Vec<u32> = Vec::with_capacity(words.len() * 2);
    let mut before = None;
    for key in keys {
        let this = stem_hash(*key);
        if let Some(stem) = id(this) {
            found.push(stem);
            bag.stems.push(stem);
        }
        if let Some(before) = before {
            found.extend(id(pair_hash(before, this)));
        }
        before = Some(this);
    }
    bag.stems.sort_unstable();
    bag.stems.dedup();
    bag.words = counted(&mut found);
    found.clear();
    let longest = if meant { LONGEST_RUN } else { LONGEST_WITHOUT_MEANING };
    runs(words, longest, |hash| found.extend(id(hash)));
    bag.letters = counted(&mut found);
    bag
}

fn pair_hash(a: u64, b: u64) -> u64 {
    finish(a.rotate_left(17).wrapping_mul(0x0000_0100_0000_01b3) ^ b)
}

/// Hashes of all runs of letters of ` word `; glued words are one.
fn runs(words: &[Word], longest: usize, mut each: impl FnMut(u64)) {
    let mut chunk: Vec<char> = Vec::with_capacity(24);
    for (at, word) in words.iter().enumerate() {
        if !word.glued {
            chunk.clear();
            chunk.push(' ');
        }
        chunk.extend(fold(&word.text).chars());
        if words.get(at + 1).is_some_and(|next| next.glued) {
            continue;
        }
        chunk.push(' ');
        for start in 0..chunk.len() {
            let mut state = SEED ^ 2;
            for (n, c) in chunk[start..].iter().take(longest).enumerate() {
                state = u32::from(*c).to_le_bytes().iter().take(3).fold(state, |s, b| step(s, *b));
                if n + 1 >= SHORTEST_RUN {
                    each(finish(state));
                }
            }
        }
    }
}

fn counted(found: &mut [u32]) -> Vec<(u32, f32)> {
    found.sort_unstable();
    found.chunk_by(|a, b| a == b).map(|same| (same[0], 1.0 + (same.len() as f32).ln())).collect()
}

/// Inverse document frequency of every feature: ln((1+n)/(1+df)) + 1; 0 for one that no counted text has.
pub(crate) struct Idf {
    pub(crate) of: Vec<f32>,
    /// That of a stem never seen.
    pub(crate) unknown: f32,
}

impl Idf {
    /// From the texts that count.
    pub(crate) fn new<'a>(features: usize, texts: impl Iterator<Item = &'a Bag>) -> Self {
        let (mut df, mut n) = (vec![0_u32; features], 0_u32);
        for bag in texts {
            n += 1;
            bag.words.iter().chain(&bag.letters).for_each(|(f, _)| df[*f as usize] += 1);
        }
        let all = (1.0 + n as f32).ln() + 1.0;
        Self { of: df.iter().map(|d| if *d == 0 { 0.0 } else { all - (1.0 + *d as f32).ln() }).collect(), unknown: all }
    }

    /// A block of features, weighed and brought to length 1.
    pub(crate) fn weigh(&self, block: &[(u32, f32)], out: &mut Vec<(u32, f32)>) {
        let from = out.len();
        out.extend(block.iter().map(|(f, tf)| (*f, tf * self.of[*f as usize])).filter(|(_, v)| *v > 0.0));
        let length = out[from..].iter().map(|(_, v)| v * v).sum::<f32>().sqrt();
        if length > 0.0 {
            out[from..].iter_mut().for_each(|(_, v)| *v /= length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::hash;
    use super::super::normalize::words;
    use super::*;

    fn learn(dictionary: &mut Dictionary, text: &str) -> Bag {
        let words = words(text);
        let keys: Vec<_> = words.iter().map(|w| hash(&w.text)).collect();
        dictionary.learn(&words, &keys, true)
    }

    #[test]
    fn texts_are_counted() {
        // text, stems, stems and pairs, runs of letters
        for (text, stems, words, letters) in
            [("", 0, 0, 0), ("a", 1, 1, 3), ("to be to be", 2, 4, 12), ("退款", 2, 3, 6), ("退 款", 2, 3, 6)]
        {
            let bag = learn(&mut Dictionary::default(), text);
            assert_eq!((bag.stems.len(), bag.words.len(), bag.letters.len()), (stems, words, letters), "{text}");
        }
    }

    #[test]
    fn weights_have_length_one_and_unknown_words_are_left_out() {
        let mut dictionary = Dictionary::default();
        let bags = [learn(&mut dictionary, "where is my order"), learn(&mut dictionary, "cancel my order")];
        let idf = Idf::new(dictionary.len(), bags.iter());
        let mut out = Vec::new();
        idf.weigh(&bags[0].words, &mut out);
        assert!((out.iter().map(|(_, v)| v * v).sum::<f32>() - 1.0).abs() < 1e-5);
        let keys: Vec<_> = words("my zebra").iter().map(|w| hash(&w.text)).collect();
        assert_eq!(dictionary.read(&words("my zebra"), &keys, true).stems.len(), 1);
    }
}
