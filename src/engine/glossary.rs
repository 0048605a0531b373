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
        // A verb's bare stem before others' stems: Snowball would go on to shorten `liefer`.
        let bare = || self.verbs.get(&hash(&fold(word)));
        let key = || self.keys.get(&hash(&self.stems.key(word)));
        let line = self.words.get(&hash(word)).or_else(bare).or_else(key);
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

#[cfg(test)]
mod tests {
    use super::super::model::dot;
    use super::super::normalize::words;
    use super::super::vectors::Sense;
    use super::super::{Engine, IntentRule, Line, Query, Rules, Target};
    use super::*;

    #[test]
    fn every_line_is_a_word_with_glosses_of_the_table() {
        let table = table().unwrap();
        let mut before = "";
        for line in include_str!("../../assets/glossary/de.txt").lines() {
            let (word, glosses) = line.split_once(' ').unwrap();
            assert!(before < word, "`{word}` is out of order or there twice");
            let read: Vec<_> = words(word).into_iter().map(|w| w.text).collect();
            assert_eq!(read, [word], "`{word}` is not one word in lower case");
            for gloss in glosses.split(' ') {
                assert!(table.knows(gloss), "`{gloss}` of `{word}` has no row");
            }
            before = word;
        }
    }

    #[test]
    fn words_are_known_in_all_their_forms() {
        let (table, glossary) = (table().unwrap(), of(Language::DE).unwrap());
        let glosses = |word: &str| {
            let mut rows = Vec::new();
            let known = glossary.rows_of(word, table, |row, _| rows.push(row));
            known.then_some(rows)
        };
        // word, and what it is understood as, one after the other
        for (word, like) in [
            ("pakete", "paket"),
            ("paketen", "paket"),
            ("lieferst", "liefern"),
            ("lieferte", "liefern"),
            ("geliefert", "liefern"),
            ("gelieferten", "liefern"),
            ("abgeholt", "abholen"),
            ("abzuholen", "abholen"),
            ("rueckgabe", "rückgabe"),
            ("ruckgabe", "rückgabe"),
            ("lieferwunsch", "liefern wunsch"),
            ("rückgabewunsch", "rückgabe wunsch"),
            ("kündigungswunsch", "kündigung wunsch"),
            ("lampenwunsch", "lampe wunsch"),
            ("paketlieferwunsch", "paket liefern wunsch"),
            ("umliefern", "liefern"),
        ] {
            let expected: Vec<u32> = like.split(' ').flat_map(|word| glosses(word).unwrap()).collect();
            assert_eq!(glosses(word), Some(expected), "{word}");
        }
        for word in ["", "x", "qwrtz", "schnurpsel", &"lampen".repeat(50), "ÿÿÿÿÿÿÿÿ"] {
            assert_eq!(glosses(word), None, "{word}");
        }
    }

    #[test]
    fn german_is_near_what_means_the_same() {
        let meaning =
            |language: &str, text: &str| Sense::of(language.parse().unwrap()).unwrap().meaning(&words(text), |_| 1.0);
        for (text, language, near, far) in [
            ("paket", "de", "sendung", "passwort"),
            ("lieferadresse", "de", "anschrift für die zustellung", "öffnungszeiten"),
            ("rückgabefrist", "de", "wie lange kann ich umtauschen", "wie hell ist die lampe"),
            ("wo bleibt mein Paket", "de", "meine Lieferung ist noch nicht da", "ich habe mein Kennwort vergessen"),
            ("wann habt ihr geöffnet", "en", "what are your opening hours", "where is my order"),
            ("ich möchte mein Geld zurück", "en", "I want my money back", "do you ship abroad"),
        ] {
            let text_means = meaning("de", text);
            let (near, far) = (dot(&text_means, &meaning(language, near)), dot(&text_means, &meaning(language, far)));
            assert!(near > far + 0.1, "{text}: {near} {far}");
        }
    }

    #[test]
    fn german_questions_find_english_content() {
        let intent = |(id, examples): &(&str, &[&str])| IntentRule {
            id: (*id).to_owned(),
            examples: examples.iter().map(|text| Line { text: (*text).to_owned(), ..Line::default() }).collect(),
            ..IntentRule::default()
        };
        let intents: &[(&str, &[&str])] = &[
            ("hours", &["what are your opening hours", "when are you open", "are you open on sunday"]),
            ("status", &["where is my order", "my parcel has not arrived", "track my delivery"]),
            ("refund", &["I want my money back", "can I return this", "how long do I have to send it back"]),
            ("password", &["I forgot my password", "I cannot log in", "reset my login"]),
        ];
        let rules = Rules { intents: intents.iter().map(intent).collect(), ..Rules::default() };
        let (engine, _) = Engine::build(rules);
        for (text, expected) in [
            ("wann habt ihr geöffnet", "hours"),
            ("habt ihr sonntags offen", "hours"),
            ("wo bleibt meine Bestellung", "status"),
            ("mein Paket ist nicht angekommen", "status"),
            ("ich möchte mein Geld zurück", "refund"),
            ("Kennwort vergessen", "password"),
            ("whan are you opne", "hours"),
        ] {
            let reading = engine.read(&Query { text, language: None, allow: &|_| true });
            let first = reading.candidates.first().map(|c| c.target);
            let right = intents.iter().position(|(id, _)| *id == expected).map(|at| Target::Intent(at as u32));
            assert_eq!(first, right, "{text}");
        }
    }
}
