//! From a text to everything the rest of the engine looks at: language, words, stems, meaning.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::hash::{Hashed, hash};
use super::language::Languages;
use super::normalize::{Word, fold, words};
use super::spelling::Spelling;
use super::stem::Stems;
use super::{stopwords, vectors};
use crate::types::Language;

/// A text that has been read.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) language: Language,
    /// With typing errors put right.
    pub(crate) words: Vec<Word>,
    /// As written, where that is different.
    written: Option<Vec<Word>>,
    /// One a word.
    pub(crate) stems: Vec<String>,
    /// Hashes of the stems, by which everybody looks them up.
    pub(crate) keys: Vec<u64>,
}

impl Read {
    /// The words as the visitor wrote them, one for each of `words`.
    pub(crate) fn written(&self) -> &[Word] {
        self.written.as_deref().unwrap_or(&self.words)
    }
}

/// What is known of one language.
struct Known {
    language: Language,
    stems: Stems,
    function_words: HashSet<u64, Hashed>,
    /// English enough for the table of vectors.
    served: bool,
    /// If so, the words that a typing error may have meant.
    spelling: Option<Spelling>,
}

/// How often each word stands in the texts of each language.
pub(crate) struct Vocabulary(BTreeMap<Language, BTreeMap<String, u32>>);

impl Vocabulary {
    pub(crate) fn of<'a>(texts: impl Iterator<Item = &'a Read>) -> Self {
        let mut counts: BTreeMap<Language, HashMap<&str, u32>> = BTreeMap::new();
        for read in texts {
            let counts = counts.entry(read.language).or_default();
            read.words.iter().for_each(|w| *counts.entry(&w.text).or_default() += 1);
        }
        let owned = |counts: HashMap<&str, u32>| counts.into_iter().map(|(w, n)| (w.to_owned(), n)).collect();
        Self(counts.into_iter().map(|(language, counts)| (language, owned(counts))).collect())
    }
}

/// The words of one language, and how often each stands there.
fn in_language<'a>(content: &[&'a Vocabulary], language: Language) -> impl Iterator<Item = (&'a str, u32)> {
    content.iter().filter_map(move |v| v.0.get(&language)).flatten().map(|(word, n)| (word.as_str(), *n))
}

/// Knows the content's languages.
pub(crate) struct Reader {
    pub(crate) languages: Languages,
    known: Vec<Known>,
    /// Keys of the stems of all texts of the content.
    stems: HashSet<u64, Hashed>,
}

impl Reader {
    pub(crate) fn new(languages: Languages) -> Self {
        let known = |l: &Language| Known {
            language: *l,
            stems: Stems::new(*l),
            function_words: stopwords::of(*l).map(hash).collect(),
            served: false,
            spelling: None,
        };
        let known = languages.known().iter().map(known).collect();
        Self { languages, known, stems: HashSet::default() }
    }

    /// Which of the languages the table of vectors serves, in the order of the languages.
    pub(crate) fn served(&self, content: &[&Vocabulary]) -> Vec<bool> {
        let table = vectors::table();
        let serves = |known: &Known| table.is_some_and(|t| t.serves(in_language(content, known.language)));
        self.known.iter().map(serves).collect()
    }

    /// Uses the table for the languages that it serves.
    pub(crate) fn serve(&mut self, served: &[bool]) {
        self.known.iter_mut().zip(served).for_each(|(known, served)| known.served = *served);
    }

    /// The words that typing errors may have meant, for each language that is served.
    pub(crate) fn spellings(&self, content: &[&Vocabulary]) -> Vec<Option<Spelling>> {
        let spelling = |known: &Known| {
            let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
            in_language(content, known.language).for_each(|(word, n)| *counts.entry(word).or_default() += n);
            Spelling::new(counts.into_iter().map(|(w, n)| (w.to_owned(), n)))
        };
        self.known.iter().map(|known| known.served.then(|| spelling(known))).collect()
    }

    /// Learns the words of the content's languages and how they are spelt. Texts of the content have to be read before.
    pub(crate) fn settle(&mut self, content: &[&Vocabulary], spellings: Vec<Option<Spelling>>) {
        for (language, words) in content.iter().flat_map(|v| &v.0) {
            words.keys().for_each(|word| self.languages.learn(*language, word));
            let known = self.known.iter().find(|known| known.language == *language);
            self.stems.extend(known.iter().flat_map(|k| words.keys().map(|word| hash(&k.stems.key(word)))));
        }
        self.known.iter_mut().zip(spellings).for_each(|(known, spelling)| known.spelling = spelling);
    }

    /// Reads a visitor's text.
    pub(crate) fn read(&self, text: &str, prior: Option<Language>) -> Read {
        let words = words(text);
        let language = self.languages.detect(text, &words, prior);
        let mut read = Read { language, words, written: None, stems: Vec::new(), keys: Vec::new() };
        self.spell(&mut read);
        read.stems = self.stem(&read.words, language);
        read.keys = read.stems.iter().map(|s| hash(s)).collect();
        read
    }

    /// Reads a text of the content, whose language may be known.
    pub(crate) fn read_content(&self, text: &str, language: Option<Language>) -> Read {
        let words = words(text);
        let language = language.unwrap_or_else(|| self.languages.detect(text, &words, None));
        let stems = self.stem(&words, language);
        let keys = stems.iter().map(|s| hash(s)).collect();
        Read { language, words, written: None, stems, keys }
    }

    /// Vector of a text's meaning; empty where the table does not serve its language. `weight` is that of a word.
    pub(crate) fn meaning(&self, text: &Read, weight: impl Fn(usize) -> f32) -> Vec<f32> {
        match (self.of(text.language), vectors::table()) {
            (Some(Known { served: true, .. }), Some(table)) => table.meaning(&text.words, weight),
            _ => Vec::new(),
        }
    }

    /// Vector of a word alone: of what it means where the table serves the language, else of how it is spelt.
    pub(crate) fn vector(&self, word: &Word, language: Language) -> Vec<f32> {
        match (self.of(language), vectors::table()) {
            (Some(Known { served: true, .. }), Some(table)) => table.meaning(std::slice::from_ref(word), |_| 1.0),
            _ => vectors::spelt(&fold(&word.text)),
        }
    }

    /// Whether a word says nothing about topics.
    pub(crate) fn is_function_word(&self, word: &str, language: Language) -> bool {
        self.of(language).is_some_and(|known| known.function_words.contains(&hash(word)))
    }

    /// Places of the words whose stems have their keys among `keys`; function words only where nothing else is.
    pub(crate) fn shared(&self, text: &Read, keys: &[u64]) -> Vec<u32> {
        let all = || (0_u32..).zip(text.keys.iter().zip(&text.words)).filter(|(_, (k, _))| keys.contains(k));
        let telling: Vec<u32> =
            all().filter(|(_, (_, w))| !self.is_function_word(&w.text, text.language)).map(|(at, _)| at).collect();
        if telling.is_empty() { all().map(|(at, _)| at).collect() } else { telling }
    }

    /// Words that are no function words, as written, and whether their stems are the content's.
    pub(crate) fn telling(&self, text: &Read) -> Vec<(String, bool)> {
        let all = text.words.iter().zip(text.written()).zip(&text.keys);
        all.filter(|((word, _), _)| !self.is_function_word(&word.text, text.language))
            .map(|((_, written), key)| (written.text.clone(), self.stems.contains(key)))
            .collect()
    }

    fn spell(&self, read: &mut Read) {
        let Some(Known { spelling: Some(spelling), .. }) = self.of(read.language) else { return };
        let Some(table) = vectors::table() else { return };
        for at in 0..read.words.len() {
            let word = &read.words[at].text;
            if table.knows(word) {
                continue;
            }
            if let Some(meant) = spelling.correct(word).filter(|meant| meant != word) {
                read.written.get_or_insert_with(|| read.words.clone());
                read.words[at].text = meant;
            }
        }
    }

    fn of(&self, language: Language) -> Option<&Known> {
        self.known.iter().find(|known| known.language == language)
    }

    fn stem(&self, words: &[Word], language: Language) -> Vec<String> {
        match self.of(language) {
            Some(known) => known.stems.keys(words),
            None => Stems::new(language).keys(words),
        }
    }
}
