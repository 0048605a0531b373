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

#[cfg(test)]
mod tests {
    use super::super::{IntentRule, Line, Rules};
    use super::*;

    fn engine(examples: &[&str], language: &str) -> Engine {
        let line = |text: &&str| Line { text: (*text).to_owned(), source: 0 };
        let rule = |n: usize, texts: &[&str]| IntentRule {
            id: format!("i{n}"),
            language: language.parse().ok(),
            examples: texts.iter().map(line).collect(),
            ..IntentRule::default()
        };
        let intents = examples.chunks(2).enumerate().map(|(n, texts)| rule(n, texts)).collect();
        Engine::build(Rules { intents, default_language: language.parse().ok(), ..Rules::default() }).0
    }

    #[test]
    fn what_means_the_same_is_alike() {
        let english = engine(&["where is my order", "track my parcel", "pay by card", "which cards do you take"], "en");
        let like = |a: &str, b: &str| english.meaning(a, None).likeness(&english.meaning(b, None));
        for (text, near, far) in [
            ("do you wrap gifts", "is gift wrapping possible", "do you sell solar panels"),
            ("my lamp flickers", "the light is flickering", "give me an invoice"),
        ] {
            assert!(like(text, near) > like(text, far) + 0.2, "{text}: {} {}", like(text, near), like(text, far));
        }
        assert!((like("do you wrap gifts", "DO YOU WRAP GIFTS?!") - 1.0).abs() < 1e-4);
        assert_eq!(like("", "😀"), 0.0);
    }

    #[test]
    fn where_words_mean_nothing_letters_tell_within_one_language() {
        let turkish = engine(
            &["siparişim nerede", "kargom ne zaman gelir", "iade etmek istiyorum", "ürünü geri göndermek"],
            "tr",
        );
        let meaning = |text: &str| turkish.meaning(text, "tr".parse().ok());
        let paket = meaning("hediye paketi yapıyor musunuz");
        assert_eq!(paket.within(), "tr".parse().ok());
        assert!(paket.likeness(&meaning("hediye paketiniz var mı")) > paket.likeness(&meaning("mağaza açık mı")) + 0.2);
        let other = Meaning { language: Some(Language::DE), ..paket.clone() };
        assert_eq!(paket.likeness(&other), 0.0);
    }
}
