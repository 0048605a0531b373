//! How near the words of a text are to the words of some questions.

use super::lexicon::Lexicon;

/// Terms that the questions worth a look usually have.
const ROWS: usize = 256;

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
    /// Row of each term, counted from 1; 0 for one that was not compared.
    places: Vec<u32>,
    rows: Vec<f32>,
    /// The most of each row.
    most: Vec<f32>,
    width: usize,
}

impl Likes {
    /// Compares some of `all` terms with each word.
    pub(crate) fn new<'a>(terms: impl Iterator<Item = &'a u32>, all: usize, words: &[Word], lexicon: &Lexicon) -> Self {
        let like = |w: &Word, t: u32| if w.term == Some(t) { 1.0 } else { lexicon.like(&w.vector, t) };
        let (mut places, mut rows) = (vec![0_u32; all], Vec::with_capacity(ROWS * words.len()));
        let mut most = Vec::with_capacity(ROWS);
        for term in terms {
            if places[*term as usize] == 0 {
                let from = rows.len();
                rows.extend(words.iter().map(|w| like(w, *term)));
                most.push(rows[from..].iter().copied().fold(0.0, f32::max));
                places[*term as usize] = most.len() as u32;
            }
        }
        Self { places, rows, most, width: words.len() }
    }

    /// Likeness of a term to each word, 0.0..=1.0, and the most of them; nothing for a term that was not compared.
    pub(crate) fn of(&self, term: u32) -> (&[f32], f32) {
        match self.places[term as usize] as usize {
            0 => (&[], 0.0),
            row => (&self.rows[(row - 1) * self.width..row * self.width], self.most[row - 1]),
        }
    }
}
