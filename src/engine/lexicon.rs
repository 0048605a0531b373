//! Words near other words: does an intent speak of what the text speaks of, be it in other words?
//!
//! Each word of the text looks for its nearest in the intent's vocabulary (the late interaction of Khattab, Zaharia:
//! *ColBERT*, SIGIR 2020, with static vectors). A word that finds nothing tells that the intent is a neighbour at best.

use super::model::unit;
use super::svm::LANES;

/// Dimensions compared: the first ones carry most.
const DIM: usize = 64;
/// Likeness of words that have nothing to do with each other, and how much the best synonym counts against the word.
const FLOOR: f32 = 0.3;
const SYNONYM: f32 = 0.9;

/// Vectors of the content's stems.
#[derive(Default)]
pub(crate) struct Lexicon {
    /// Place of each stem's vector, counted from 1; 0 where there is none.
    rows: Vec<u32>,
    vectors: Vec<f32>,
}

impl Lexicon {
    /// A stem with the vector of a word that has it; the first word wins.
    pub(crate) fn learn(&mut self, stem: u32, vector: impl FnOnce() -> Vec<f32>) {
        let at = stem as usize;
        if self.rows.len() <= at {
            self.rows.resize(at + 1, 0);
        }
        if self.rows[at] == 0 {
            let vector = short(vector());
            if vector.len() == DIM {
                self.vectors.extend(vector);
                self.rows[at] = (self.vectors.len() / DIM) as u32;
            }
        }
    }

    /// Vector of a stem; empty where there is none.
    pub(crate) fn vector(&self, stem: u32) -> &[f32] {
        let row = self.rows.get(stem as usize).map_or(0, |row| *row as usize);
        if row == 0 { &[] } else { &self.vectors[(row - 1) * DIM..row * DIM] }
    }

    /// How near a word is to a stem that is not its own, 0.0..=0.9.
    pub(crate) fn like(&self, word: &[f32], stem: u32) -> f32 {
        SYNONYM * ((near(word, self.vector(stem)) - FLOOR) / (1.0 - FLOOR)).max(0.0)
    }

    /// How near a word is to the nearest of some stems, 0.0..=0.9.
    pub(crate) fn nearest(&self, word: &[f32], stems: &[u32]) -> f32 {
        if word.is_empty() { 0.0 } else { stems.iter().map(|s| self.like(word, *s)).fold(0.0, f32::max) }
    }
}

/// Dot product of two vectors of [`DIM`] numbers, a length that the compiler knows; 0 where one of them is missing.
fn near(a: &[f32], b: &[f32]) -> f32 {
    let (Some(a), Some(b)) = (a.first_chunk::<DIM>(), b.first_chunk::<DIM>()) else { return 0.0 };
    let mut sums = [0.0_f32; LANES];
    for (x, y) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for l in 0..LANES {
            sums[l] += x[l] * y[l];
        }
    }
    sums.iter().sum()
}

/// The part of a word's vector that is compared.
pub(crate) fn short(mut vector: Vec<f32>) -> Vec<f32> {
    vector.truncate(DIM);
    unit(&mut vector);
    vector
}
