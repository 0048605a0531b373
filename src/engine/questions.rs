//! Titles, headings and questions of articles: short texts, compared by words and by letters.

use std::collections::HashMap;

use super::bodies::idf;
use super::hash::{Hashed, SEED, finish, step};
use super::normalize::{Word, fold};

/// BM25 for short texts: how fast repetition saturates, how much length counts (Robertson, Zaragoza 2009).
const K1: f32 = 1.2;
const B: f32 = 0.5;
/// Lengths of the runs of letters compared.
const RUNS: std::ops::RangeInclusive<usize> = 3..=5;

/// Texts that may share a run of letters before it can be too common.
const COMMON: usize = 300;

/// Where a feature occurs: text and weight.
type Postings = HashMap<u64, Vec<(u32, f32)>, Hashed>;

/// An index over short texts.
#[derive(Default)]
pub(crate) struct Questions {
    words: Postings,
    letters: Postings,
    count: usize,
}

impl Questions {
    /// From the words and the keys of the stems of each text, in order.
    pub(crate) fn new<'a>(texts: impl Iterator<Item = (&'a [Word], &'a [u64])> + Clone) -> Self {
        let count = texts.clone().count();
        let total: usize = texts.clone().map(|(_, keys)| keys.len()).sum();
        let mean = (total as f32 / count.max(1) as f32).max(1.0);
        let (mut words, mut letters) = (Postings::default(), Postings::default());
        for (at, (text, keys)) in texts.enumerate() {
            let room = K1 * (1.0 - B + B * keys.len() as f32 / mean);
            for (stem, n) in counted(keys.iter().copied()) {
                words.entry(stem).or_default().push((at as u32, n * (K1 + 1.0) / (n + room)));
            }
            for (run, n) in counted(runs(text)) {
                letters.entry(run).or_default().push((at as u32, 1.0 + n.ln()));
            }
        }
        let n = count as f32;
        for postings in words.values_mut() {
            let idf = idf(postings.len() as f32, n);
            postings.iter_mut().for_each(|p| p.1 *= idf);
        }
        let mut length = vec![0.0_f32; count];
        for postings in letters.values_mut() {
            let idf = weight(postings.len(), count);
            postings.iter_mut().for_each(|p| p.1 *= idf);
            postings.iter().for_each(|p| length[p.0 as usize] += p.1 * p.1);
        }
        letters.values_mut().flatten().for_each(|p| p.1 /= length[p.0 as usize].sqrt());
        Self { words, letters, count }
    }

    /// How like each text of the index is: its share of the best possible in words, 0.0..=1.0, times `by_words`, and in
    /// letters, times `by_letters`.
    pub(crate) fn compare(&self, text: &[Word], keys: &[u64], by_words: f32, by_letters: f32) -> Vec<f32> {
        let mut found = vec![0.0; self.count];
        let (mut shared, mut most) = (Vec::with_capacity(keys.len()), 0.0);
        for (stem, _) in counted(keys.iter().copied()) {
            let postings = self.words.get(&stem).map_or(&[][..], Vec::as_slice);
            most += idf(postings.len() as f32, self.count as f32);
            shared.push(postings);
        }
        if most > 0.0 {
            let share = by_words / ((K1 + 1.0) * most);
            shared.into_iter().flatten().for_each(|(at, v)| found[*at as usize] += share * v);
        }
        let (mut shared, mut length) = (Vec::new(), 0.0_f32);
        for (run, n) in counted(runs(text)) {
            let postings = self.letters.get(&run).map_or(&[][..], Vec::as_slice);
            // In a large index a run that a tenth of the texts have tells little and costs most.
            if postings.is_empty() || postings.len() > COMMON.max(self.count / 10) {
                continue;
            }
            let value = (1.0 + n.ln()) * weight(postings.len(), self.count);
            length += value * value;
            shared.push((value, postings));
        }
        for (value, postings) in shared {
            let share = by_letters * value / length.sqrt();
            postings.iter().for_each(|(at, v)| found[*at as usize] += share * v);
        }
        found
    }
}

fn weight(df: usize, n: usize) -> f32 {
    ((1.0 + n as f32) / (1.0 + df as f32)).ln() + 1.0
}

fn runs(words: &[Word]) -> impl Iterator<Item = u64> {
    let mut found = Vec::new();
    let mut chunk: Vec<char> = Vec::new();
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
        for n in RUNS {
            for run in chunk.windows(n) {
                found.push(finish(run.iter().flat_map(|c| u32::from(*c).to_le_bytes()).fold(SEED, step)));
            }
        }
    }
    found.into_iter()
}

fn counted(hashes: impl Iterator<Item = u64>) -> Vec<(u64, f32)> {
    let mut all: Vec<u64> = hashes.collect();
    all.sort_unstable();
    all.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f32)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::hash::hash;
    use super::super::normalize::words;
    use super::*;

    #[test]
    fn the_likest_text_wins_by_words_and_by_letters() {
        let read = |text: &str| {
            let words = words(text);
            let keys: Vec<_> = words.iter().map(|w| hash(&w.text)).collect();
            (words, keys)
        };
        let texts: Vec<_> =
            ["how do i return shoes", "when does my parcel come", "can i pay by invoice"].map(read).into();
        let index = Questions::new(texts.iter().map(|(w, s)| (w.as_slice(), s.as_slice())));
        for (text, expected) in [("returning shoes", 0), ("my parcell", 1), ("invoices", 2)] {
            let (words, keys) = read(text);
            let (by_words, by_letters) =
                (index.compare(&words, &keys, 1.0, 0.0), index.compare(&words, &keys, 0.0, 1.0));
            let best = |v: &[f32]| (0..3).max_by(|a, b| v[*a].total_cmp(&v[*b]));
            assert_eq!(best(&by_letters), Some(expected), "{text}");
            assert!(by_words.iter().chain(&by_letters).all(|v| (0.0..=1.0).contains(v)));
        }
        let (words, keys) = read("can i pay by invoice");
        assert!(index.compare(&words, &keys, 0.0, 1.0)[2] > 0.99);
    }
}
