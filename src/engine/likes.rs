//! How near the words of a text are to the words of some questions.

use super::lexicon::Lexicon;

/// A distinct word of a text.
pub(crate) struct Word {
    /// Number of its stem; none for one that the content does not have.
    pub(crate) term: Option<u32>,
    pub(crate) weight: f32,
    pub(crate) vector: Vec<f32>,
}

/// Likeness of words, a row for each term and a column for each word of the text: questions share most of their words, so
/// each pair is compared once.
pub(crate) struct Likes {
    terms: Vec<u32>,
    rows: Vec<f32>,
    width: usize,
}

impl Likes {
    /// Compares each of some terms (ascending, each once) with each word.
    pub(crate) fn new(terms: Vec<u32>, words: &[Word], lexicon: &Lexicon) -> Self {
        let like = |w: &Word, t: u32| if w.term == Some(t) { 1.0 } else { lexicon.like(&w.vector, t) };
        let mut rows = Vec::with_capacity(terms.len() * words.len());
        terms.iter().for_each(|t| rows.extend(words.iter().map(|w| like(w, *t))));
        Self { terms, rows, width: words.len() }
    }

    /// Likeness of a term to each word, 0.0..=1.0; empty for a term that was not compared.
    pub(crate) fn of(&self, term: u32) -> &[f32] {
        match self.terms.binary_search(&term) {
            Ok(row) => &self.rows[row * self.width..(row + 1) * self.width],
            Err(_) => &[],
        }
    }
}
