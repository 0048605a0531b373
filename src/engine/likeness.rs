//! How like are two texts, whatever the content answers?

use super::Engine;
use super::hash::hash;
use super::model::{dot, unit};
use super::normalize::fold;
use super::reader::{Read, Reader};
use crate::types::Language;

/// Dimensions of texts that are compared by their letters.
const LETTERS: usize = 256;
/// Lengths of the runs of letters that are compared.
const RUNS: std::ops::RangeInclusive<usize> = 3..=5;

/// What a text means, to be compared with other texts that the same engine has read.
#[derive(Debug, Clone, PartialEq)]
pub struct Meaning {
    language: Option<Language>,
    vector: Vec<f32>,
}

impl Meaning {
    /// Of length 1; empty for a text without words.
    #[must_use]
    pub fn vector(&self) -> &[f32] {
        &self.vector
    }

    /// The language that it can be compared within, where only letters tell; none: words tell, in every language that
    /// they are known in.
    #[must_use]
    pub const fn within(&self) -> Option<Language> {
        self.language
    }

    /// -1.0..=1.0, more is more alike; 0 where the two cannot be compared.
    #[must_use]
    pub fn likeness(&self, other: &Self) -> f32 {
        if self.language == other.language && self.vector.len() == other.vector.len() {
            dot(&self.vector, &other.vector)
        } else {
            0.0
        }
    }
}

impl Engine {
    /// What a text means: the sum of what its words mean where these are known (two languages of which that is so are
    /// compared with each other), else how its words are spelt.
    #[must_use]
    pub fn meaning(&self, text: &str, language: Option<Language>) -> Meaning {
        let reader = &self.stages.reader;
        let read = reader.read(text, language);
        let vector = reader.meaning(&read, |_| 1.0);
        if vector.is_empty() {
            return Meaning { language: Some(read.language), vector: spelt(reader, &read) };
        }
        Meaning { language: None, vector }
    }
}

/// The words of a text that say something about topics, by their runs of letters; all words where there are no such.
fn spelt(reader: &Reader, text: &Read) -> Vec<f32> {
    let telling = |word: &&super::normalize::Word| !reader.is_function_word(&word.text, text.language);
    let all = !text.words.iter().any(|w| telling(&w));
    let mut sum = vec![0.0; LETTERS];
    for word in text.words.iter().filter(|w| all || telling(w)) {
        let marked = format!("<{}>", fold(&word.text));
        let starts: Vec<usize> = marked.char_indices().map(|(at, _)| at).chain([marked.len()]).collect();
        let mut own = vec![0.0; LETTERS];
        for n in RUNS {
            for run in starts.windows(n + 1) {
                let hash = hash(&marked[run[0]..run[n]]);
                own[(hash >> 40) as usize % LETTERS] += if hash & (1 << 20) == 0 { 1.0 } else { -1.0 };
            }
        }
        unit(&mut own);
        sum.iter_mut().zip(own).for_each(|(s, o)| *s += o);
    }
    if text.words.is_empty() {
        return Vec::new();
    }
    unit(&mut sum);
    sum
}
