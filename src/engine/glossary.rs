//! What German words mean: each has English glosses, and its vector is the mean of theirs.
//!
//! `assets/glossary/de.txt` was written for this project; a line is a word and its glosses, all of them rows of the table.
//! Inflected forms meet at their stem, verbs at what is left without their endings; a compound (`Lieferadresse`) is taken
//! apart into words that are listed, the longest last part first.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::hash::{Hashed, hash};
use super::normalize::fold;
use super::stem::Stems;
use super::vectors::{Table, table};
use crate::types::Language;

static GERMAN: LazyLock<Option<Glossary>> =
    LazyLock::new(|| Some(Glossary::parse(include_str!("../../assets/glossary/de.txt"), table()?)));

/// Endings of verbs and their participles, longest first.
const ENDINGS: &[&str] = &["test", "ten", "ter", "tes", "tet", "est", "te", "et", "st", "en", "t", "e", "n"];
/// What stands before a verb and apart from it in many sentences, longest first.
const PREFIXES: &[&str] = &[
    "zusammen", "zurück", "weiter", "durch", "unter", "hinzu", "rück", "fest", "nach", "auf", "aus", "bei", "ein",
    "her", "hin", "los", "mit", "vor", "weg", "ab", "an", "um", "zu",
];
/// What may stand between the parts of a compound, and an ending that a part may have lost.
const LINKS: &[&str] = &["", "s", "es", "n", "en", "er"];
/// Letters of the shortest part, and of the longest word that is taken apart.
const SHORTEST: usize = 4;
const LONGEST: usize = 40;

/// German words with the rows of their glosses.
pub(crate) struct Glossary {
    stems: Stems,
    /// The rows of each line.
    lines: Vec<Vec<u32>>,
    /// Line of a word as written, of a stem, and of a verb without its ending.
    words: HashMap<u64, u32, Hashed>,
    keys: HashMap<u64, u32, Hashed>,
    verbs: HashMap<u64, u32, Hashed>,
}

/// The glossary of a language; none where none was written.
pub(crate) fn of(language: Language) -> Option<&'static Glossary> {
    if language == Language::DE { GERMAN.as_ref() } else { None }
}

impl Glossary {
    /// Glosses that the table does not list are left out.
    fn parse(text: &str, table: &Table) -> Self {
        let mut made = Self {
            stems: Stems::new(Language::DE),
            lines: Vec::new(),
            words: HashMap::default(),
            keys: HashMap::default(),
            verbs: HashMap::default(),
        };
        for line in text.lines() {
            let mut parts = line.split(' ');
            let Some(word) = parts.next() else { continue };
            let at = made.lines.len() as u32;
            made.lines.push(parts.filter_map(|gloss| table.row(gloss)).collect());
            made.words.entry(hash(word)).or_insert(at);
            made.keys.entry(hash(&made.stems.key(word))).or_insert(at);
            let verb = word.strip_suffix("en").or_else(|| word.strip_suffix('n'));
            if let Some(verb) = verb.filter(|v| v.len() >= 3) {
                made.verbs.entry(hash(&fold(verb))).or_insert(at);
            }
        }
        made
    }

    /// The rows that a word stands for, each with its share (of 1 for each listed word in it); false where it is not known.
    pub(crate) fn rows_of(&self, word: &str, table: &Table, mut each: impl FnMut(u32, f32)) -> bool {
        let mut give = |rows: &[u32]| rows.iter().for_each(|row| each(*row, 1.0 / rows.len() as f32));
        if let Some(rows) = self.find(word) {
            give(rows);
        } else if let Some(row) = table.row(word) {
            each(row, 1.0);
        } else if let Some(parts) = self.parts(word) {
            parts.into_iter().for_each(&mut give);
        } else {
            return false;
        }
        true
    }

    /// Whether a word is listed, in whatever form.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.find(word).is_some()
    }

    /// A word that is listed, in whatever form.
    fn find(&self, word: &str) -> Option<&[u32]> {
        self.form(word).or_else(|| {
            if let Some(form) = word.strip_prefix("ge").and_then(|rest| self.verb(rest)) {
                return Some(form);
            }
            // abgeholt, abzuholen
            PREFIXES.iter().find_map(|prefix| {
                let rest = word.strip_prefix(prefix)?;
                let rest = rest.strip_prefix("ge").or_else(|| rest.strip_prefix("zu"))?;
                self.form(&format!("{prefix}{rest}"))
            })
        })
    }

    fn form(&self, word: &str) -> Option<&[u32]> {
        let line = self.words.get(&hash(word)).or_else(|| self.keys.get(&hash(&self.stems.key(word))));
        line.and_then(|at| self.lines.get(*at as usize)).map(Vec::as_slice).or_else(|| self.verb(word))
    }

    fn verb(&self, word: &str) -> Option<&[u32]> {
        let word = fold(word);
        let roots = ENDINGS.iter().filter_map(|ending| word.strip_suffix(ending)).chain([word.as_str()]);
        let line = roots.filter(|root| root.len() >= 3).find_map(|root| self.verbs.get(&hash(root)));
        line.and_then(|at| self.lines.get(*at as usize)).map(Vec::as_slice)
    }

    /// The two or three listed parts of a compound, or the verb behind a prefix.
    fn parts(&self, word: &str) -> Option<Vec<&[u32]>> {
        let letters = word.chars().count();
        if !(2 * SHORTEST - 1..=LONGEST).contains(&letters) {
            return None;
        }
        let ends = |word: &str| word.char_indices().skip(SHORTEST - 1).map(|(at, _)| at).collect::<Vec<_>>();
        for cut in ends(word) {
            let (front, last) = word.split_at(cut);
            if last.chars().count() < SHORTEST {
                break;
            }
            let Some(last) = self.find(last) else { continue };
            if let Some(front) = self.front(front) {
                return Some(vec![front, last]);
            }
            for cut in ends(front) {
                let (first, middle) = front.split_at(cut);
                if let (Some(first), Some(middle)) = (self.front(first), self.front(middle)) {
                    return Some(vec![first, middle, last]);
                }
            }
        }
        let rest = PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix))?;
        Some(vec![self.find(rest).filter(|_| rest.chars().count() >= SHORTEST)?])
    }

    /// A part that others follow.
    fn front(&self, part: &str) -> Option<&[u32]> {
        let bare = LINKS.iter().filter_map(|link| part.strip_suffix(link));
        bare.filter(|bare| bare.chars().count() >= SHORTEST - 1).find_map(|bare| self.form(bare))
    }
}
