//! From a text to everything the rest of the engine looks at: language, words, stems.

use std::collections::HashSet;

use super::language::Languages;
use super::normalize::{Word, words};
use super::stem::Stems;
use super::stopwords;
use crate::types::Language;

/// A text that has been read.
#[derive(Debug, Clone)]
pub(crate) struct Read {
    pub(crate) language: Language,
    pub(crate) words: Vec<Word>,
    /// One a word.
    pub(crate) stems: Vec<String>,
}

/// Knows the content's languages.
pub(crate) struct Reader {
    pub(crate) languages: Languages,
    stems: Vec<(Language, Stems, HashSet<&'static str>)>,
}

impl Reader {
    pub(crate) fn new(languages: Languages) -> Self {
        let stems = languages.known().iter().map(|l| (*l, Stems::new(*l), stopwords::of(*l).collect())).collect();
        Self { languages, stems }
    }

    /// Reads a visitor's text.
    pub(crate) fn read(&self, text: &str, prior: Option<Language>) -> Read {
        let words = words(text);
        let language = self.languages.detect(text, &words, prior);
        let stems = self.stem(&words, language);
        Read { language, words, stems }
    }

    /// Reads a text of the content, whose language may be known.
    pub(crate) fn read_content(&self, text: &str, language: Option<Language>) -> Read {
        match language {
            None => self.read(text, None),
            Some(language) => {
                let words = words(text);
                let stems = self.stem(&words, language);
                Read { language, words, stems }
            }
        }
    }

    /// Whether a word says nothing about topics.
    pub(crate) fn is_function_word(&self, word: &str, language: Language) -> bool {
        self.of(language).is_some_and(|(_, _, stop)| stop.contains(word))
    }

    /// Places of the words whose stems are among `stems`; function words only where nothing else is.
    pub(crate) fn shared(&self, text: &Read, stems: &[String]) -> Vec<u32> {
        let all = || (0_u32..).zip(text.stems.iter().zip(&text.words)).filter(|(_, (s, _))| stems.contains(s));
        let telling: Vec<u32> =
            all().filter(|(_, (_, w))| !self.is_function_word(&w.text, text.language)).map(|(at, _)| at).collect();
        if telling.is_empty() { all().map(|(at, _)| at).collect() } else { telling }
    }

    fn of(&self, language: Language) -> Option<&(Language, Stems, HashSet<&'static str>)> {
        self.stems.iter().find(|(l, _, _)| *l == language)
    }

    fn stem(&self, words: &[Word], language: Language) -> Vec<String> {
        match self.of(language) {
            Some((_, stems, _)) => stems.keys(words),
            None => Stems::new(language).keys(words),
        }
    }
}
