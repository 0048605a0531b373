//! From a text to everything the rest of the engine looks at: language, words, stems, meaning.

use std::collections::{BTreeMap, HashSet};

use super::language::Languages;
use super::normalize::{Word, fold, words};
use super::spelling::Spelling;
use super::stem::Stems;
use super::vectors::Sense;
use super::{stopwords, vectors};
use crate::types::Language;

/// Bytes of a word that tells its language alone.
const TELLING: usize = 6;

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
    function_words: HashSet<&'static str>,
    /// What its words mean, where enough of the content's are known.
    sense: Option<Sense>,
    /// The words that a typing error may have meant; English content has them.
    spelling: Option<Spelling>,
}

/// Knows the content's languages.
pub(crate) struct Reader {
    pub(crate) languages: Languages,
    known: Vec<Known>,
}

impl Reader {
    pub(crate) fn new(languages: Languages) -> Self {
        let known = |l: &Language| Known {
            language: *l,
            stems: Stems::new(*l),
            function_words: stopwords::of(*l).collect(),
            sense: None,
            spelling: None,
        };
        let known = languages.known().iter().map(known).collect();
        Self { languages, known }
    }

    /// Learns from all texts of the content the words of its languages, which languages the table serves and how their words are spelt.
    pub(crate) fn settle<'a>(&mut self, content: impl Iterator<Item = &'a Read> + Clone) {
        for read in content.clone() {
            self.languages.learn(read.language, &read.words);
        }
        for known in &mut self.known {
            let words = content.clone().filter(|r| r.language == known.language).flat_map(|r| &r.words);
            known.sense = Sense::of(known.language).filter(|sense| sense.serves(words.clone()));
            if known.sense.is_some_and(|sense| sense.is_english()) {
                let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
                words.for_each(|w| *counts.entry(&w.text).or_default() += 1);
                known.spelling = Some(Spelling::new(counts.into_iter().map(|(w, n)| (w.to_owned(), n))));
            }
        }
    }

    /// Reads a visitor's text.
    pub(crate) fn read(&self, text: &str, prior: Option<Language>) -> Read {
        let words = words(text);
        let language = self.languages.detect(text, &words, prior);
        let mut read = Read { language, words, written: None, stems: Vec::new() };
        self.spell(&mut read);
        read.stems = self.stem(&read.words, language);
        read
    }

    /// Reads a text of the content, whose language may be known.
    pub(crate) fn read_content(&self, text: &str, language: Option<Language>) -> Read {
        let words = words(text);
        let language = language.unwrap_or_else(|| self.languages.detect(text, &words, None));
        let stems = self.stem(&words, language);
        Read { language, words, written: None, stems }
    }

    /// Vector of a text's meaning; empty where the table does not serve its language. `weight` is that of a word.
    pub(crate) fn meaning(&self, text: &Read, weight: impl Fn(usize) -> f32) -> Vec<f32> {
        self.sense(&text.words, text.language).map_or_else(Vec::new, |sense| sense.meaning(&text.words, weight))
    }

    /// Vector of a word alone: of what it means where the table serves the language, else of how it is spelt.
    pub(crate) fn vector(&self, word: &Word, language: Language) -> Vec<f32> {
        let word_alone = std::slice::from_ref(word);
        match self.sense(word_alone, language) {
            Some(sense) => sense.meaning(word_alone, |_| 1.0),
            None => vectors::spelt(&fold(&word.text)),
        }
    }

    /// Whether a word says nothing about topics.
    pub(crate) fn is_function_word(&self, word: &str, language: Language) -> bool {
        self.of(language).is_some_and(|known| known.function_words.contains(word))
    }

    /// Places of the words whose stems are among `stems`; function words only where nothing else is.
    pub(crate) fn shared(&self, text: &Read, stems: &[String]) -> Vec<u32> {
        let all = || (0_u32..).zip(text.stems.iter().zip(&text.words)).filter(|(_, (s, _))| stems.contains(s));
        let telling: Vec<u32> =
            all().filter(|(_, (_, w))| !self.is_function_word(&w.text, text.language)).map(|(at, _)| at).collect();
        if telling.is_empty() { all().map(|(at, _)| at).collect() } else { telling }
    }

    fn spell(&self, read: &mut Read) {
        let Some(Known { spelling: Some(spelling), .. }) = self.of(read.language) else { return };
        let Some(table) = vectors::table() else { return };
        if !self.sense(&read.words, read.language).is_some_and(|sense| sense.is_english()) {
            return;
        }
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

    /// How words are understood: by their language, unless another list has more of them. Short texts are taken for the
    /// wrong language now and then, and visitors write German where the content is English.
    fn sense(&self, words: &[Word], language: Language) -> Option<Sense> {
        let own = self.of(language).and_then(|known| known.sense);
        let most = own.map_or(words.len() / 2, |sense| sense.listed(words));
        if most == words.len() {
            return own;
        }
        // A short English word that is not listed may be German by accident.
        let telling = words.len() > 1 || words.iter().any(|w| w.text.len() >= TELLING);
        let foreign = telling && own.is_some_and(|own| own.is_english()) && 2 * most <= words.len();
        let german = || Sense::of(Language::DE).filter(|german| german.serves(words.iter()));
        let others = self.known.iter().filter(|known| known.language != language).filter_map(|known| known.sense);
        let better = others
            .chain(foreign.then(german).flatten())
            .map(|sense| (sense.listed(words), sense))
            .filter(|(listed, _)| *listed > most);
        better.reduce(|a, b| if b.0 > a.0 { b } else { a }).map_or(own, |(_, sense)| Some(sense))
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
