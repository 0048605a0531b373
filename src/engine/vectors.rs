//! What English words mean: a table of vectors whose sum over a text is near where a sentence encoder puts it.
//!
//! `tools/vectors.py` makes the table from all-MiniLM-L6-v2 (Apache-2.0; Reimers, Gurevych: *Sentence-BERT*, EMNLP 2019)
//! and says how the file is laid out. Looking up rows costs a microsecond where the encoder takes milliseconds.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::glossary::{self, Glossary};
use super::hash::{Hashed, hash};
use super::model::unit;
use super::normalize::Word;
use crate::types::Language;

/// The file that the table is read from.
static BYTES: &[u8] = include_bytes!("../../assets/vectors.bin");
static TABLE: LazyLock<Option<Table>> = LazyLock::new(|| Table::parse(BYTES));
/// Dimensions used: the first ones carry nearly everything.
const DIM: usize = 128;
/// Lengths of the runs of letters that stand for a word that is not listed.
const RUNS: std::ops::RangeInclusive<usize> = 3..=5;
/// Share of a language's words that must be listed for the table to be of use.
const ENOUGH: f32 = 0.6;

/// The vectors of words and of runs of letters.
pub(crate) struct Table {
    words: HashMap<u64, u32, Hashed>,
    buckets: u32,
    scale: Vec<f32>,
    rows: &'static [u8],
    /// Bytes of a row, and how many of them are used.
    width: usize,
    dim: usize,
}

/// The table that is built in; none if it is damaged.
pub(crate) fn table() -> Option<&'static Table> {
    TABLE.as_ref()
}

impl Table {
    fn parse(bytes: &'static [u8]) -> Option<Self> {
        let number = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_le_bytes);
        if bytes.get(..4)? != b"DBSV" || number(4)? != 1 {
            return None;
        }
        let (dim, words, buckets) = (number(8)? as usize, number(12)? as usize, number(16)?);
        let count = words + buckets as usize;
        let scales = bytes.get(20..20 + 4 * count)?;
        let rows = bytes.get(20 + 4 * count..20 + 4 * count + dim * count)?;
        let list = std::str::from_utf8(bytes.get(20 + 4 * count + dim * count..)?).ok()?;
        let scale = scales.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect();
        let words: HashMap<_, _, _> = list.lines().zip(0..).map(|(word, row)| (hash(word), row)).collect();
        (buckets > 0 && dim > 0).then_some(Self { words, buckets, scale, rows, width: dim, dim: dim.min(DIM) })
    }

    /// Whether a word has a row of its own.
    pub(crate) fn knows(&self, word: &str) -> bool {
        self.row(word).is_some()
    }

    /// The row of a word that has one of its own.
    pub(crate) fn row(&self, word: &str) -> Option<u32> {
        self.words.get(&hash(word)).copied()
    }

    fn add(&self, row: u32, weight: f32, sum: &mut [f32]) {
        let at = row as usize * self.width;
        let scale = self.scale[row as usize] * weight;
        for (s, b) in sum.iter_mut().zip(&self.rows[at..at + self.dim]) {
            *s += scale * f32::from(b.cast_signed());
        }
    }

    fn rows_of(&self, word: &str, mut each: impl FnMut(u32)) {
        if let Some(row) = self.row(word) {
            return each(row);
        }
        let marked = format!("<{word}>");
        let starts: Vec<usize> = marked.char_indices().map(|(at, _)| at).chain([marked.len()]).collect();
        for n in RUNS {
            for run in starts.windows(n + 1) {
                each(self.words.len() as u32 + fnv32(&marked[run[0]..run[n]]) % self.buckets);
            }
        }
    }
}

/// How the words of one language come by rows of the table: English ones have them, German ones through their glosses.
#[derive(Clone, Copy)]
pub(crate) struct Sense {
    table: &'static Table,
    glossary: Option<&'static Glossary>,
    /// Where people also say it in another language: for words that only that one has.
    borrowed: Option<&'static Glossary>,
}

impl Sense {
    /// That of a language; any without a glossary is read as English.
    pub(crate) fn of(language: Language) -> Option<Self> {
        Some(Self { table: table()?, glossary: glossary::of(language), borrowed: None })
    }

    /// The same where some of the words may be of another language.
    #[must_use]
    pub(crate) const fn borrowing(self, from: &Self) -> Self {
        Self { borrowed: from.glossary, ..self }
    }

    /// Whether words are looked up as they are written.
    pub(crate) const fn is_english(&self) -> bool {
        self.glossary.is_none()
    }

    /// Whether its own list has a word.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.glossary.map_or_else(|| self.table.knows(word), |glossary| glossary.has(word))
    }

    /// How many of some words its own list has.
    pub(crate) fn listed(&self, words: &[Word]) -> usize {
        words.iter().filter(|word| self.has(&word.text)).count()
    }

    /// Whether enough of some words, each with how often it stands there, are known for their vectors to mean anything.
    pub(crate) fn serves<'a>(&self, words: impl Iterator<Item = (&'a str, u32)>) -> bool {
        let (mut all, mut known) = (0.0, 0.0);
        for (text, n) in words {
            let n = n as f32;
            all += n;
            let listed = || match self.glossary {
                Some(glossary) => glossary.rows_of(text, self.table, |_, _| {}),
                None => self.table.knows(text),
            };
            if text.bytes().all(|b| b.is_ascii_digit()) || listed() {
                known += n;
            }
        }
        all > 0.0 && known >= ENOUGH * all
    }

    /// Vector of a text, of length 1; each word counts as much as `weight` says. Empty for a text without words.
    pub(crate) fn meaning(&self, words: &[Word], weight: impl Fn(usize) -> f32) -> Vec<f32> {
        if words.is_empty() {
            return Vec::new();
        }
        let mut sum = vec![0.0; self.table.dim];
        for (at, word) in words.iter().enumerate() {
            let weight = weight(at);
            let borrowed = self.borrowed.filter(|other| !self.has(&word.text) && other.has(&word.text));
            let glossed = self.glossary.or(borrowed).is_some_and(|glossary| {
                glossary.rows_of(&word.text, self.table, |row, share| self.table.add(row, share * weight, &mut sum))
            });
            if !glossed {
                self.table.rows_of(&word.text, |row| self.table.add(row, weight, &mut sum));
            }
        }
        unit(&mut sum);
        sum
    }
}

/// Vector of how a word is spelt, for languages that the table does not serve: `Stornierung` is near `stornieren`. Its
/// runs of letters fall on fixed dimensions with fixed signs (the hashing trick of Weinberger et al., ICML 2009).
pub(crate) fn spelt(word: &str) -> Vec<f32> {
    let mut sum = vec![0.0; DIM / 2];
    let marked = format!("<{word}>");
    let starts: Vec<usize> = marked.char_indices().map(|(at, _)| at).chain([marked.len()]).collect();
    for n in RUNS {
        for run in starts.windows(n + 1) {
            let hash = hash(&marked[run[0]..run[n]]);
            sum[(hash >> 40) as usize % (DIM / 2)] += if hash & (1 << 20) == 0 { 1.0 } else { -1.0 };
        }
    }
    unit(&mut sum);
    sum
}

/// FNV-1a, 32 bit: fixed by the file format.
fn fnv32(text: &str) -> u32 {
    text.bytes().fold(2_166_136_261, |x, b| (x ^ u32::from(b)).wrapping_mul(16_777_619))
}

#[cfg(test)]
mod tests {
    use super::super::model::dot;
    use super::super::normalize::words;
    use super::*;

    fn sense(language: &str) -> Sense {
        Sense::of(language.parse().unwrap()).unwrap()
    }

    #[test]
    fn the_table_is_what_its_maker_says() {
        let table = table().unwrap();
        let checks: serde_json::Value = serde_json::from_str(include_str!("../../assets/vectors.json")).unwrap();
        for check in checks.as_array().unwrap() {
            let words = words(check["text"].as_str().unwrap());
            let mut rows = Vec::new();
            words.iter().for_each(|w| table.rows_of(&w.text, |row| rows.push(u64::from(row))));
            let expected: Vec<_> =
                check["rows"].as_array().unwrap().iter().filter_map(serde_json::Value::as_u64).collect();
            assert_eq!(rows, expected, "{check}");
            let meaning = sense("en").meaning(&words, |_| 1.0);
            for (got, expected) in meaning.iter().zip(check["normalised_first_8"].as_array().unwrap()) {
                assert!((f64::from(*got) - expected.as_f64().unwrap()).abs() < 1e-4, "{check}");
            }
        }
    }

    #[test]
    fn near_words_are_near() {
        let english = sense("en");
        let like = |a: &str, b: &str| dot(&english.meaning(&words(a), |_| 1.0), &english.meaning(&words(b), |_| 1.0));
        for (text, near, far) in [
            ("where is my parcel", "my package has not arrived", "change my password"),
            ("pay by card", "credit card payment", "opening hours"),
        ] {
            assert!(like(text, near) > like(text, far) + 0.1, "{text}: {} {}", like(text, near), like(text, far));
        }
        let serves = |text: &'static str| english.serves(text.split(' ').map(|w| (w, 1)));
        assert!(serves("where is my order 42"));
        assert!(!serves("wo bleibt meine bestellung nur"));
        assert_eq!(english.meaning(&[], |_| 1.0), Vec::<f32>::new());
    }

    #[test]
    fn damaged_tables_are_refused() {
        for bytes in [
            &b""[..],
            b"DBSV",
            b"NOPE\x01\0\0\0\x02\0\0\0\x01\0\0\0\x01\0\0\0",
            b"DBSV\x01\0\0\0\xff\xff\0\0\x01\0\0\0\x01\0\0\0",
        ] {
            assert!(Table::parse(bytes).is_none());
        }
    }
}
