//! From a text to everything the rest of the engine looks at: language, words, stems, meaning.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::hash::{Hashed, hash};
use super::keyboard::Keyboard;
use super::language::Languages;
use super::normalize::{self, Word, fold, words};
use super::spelling::{Beside, Boldness, Spelling, pair};
use super::stem::Stems;
use super::vectors::Sense;
use super::{shorthand, spaces, stopwords, vectors};
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
    /// What its words mean, where enough of the content's are known.
    sense: Option<Sense>,
    /// What is short for what, by hash.
    short: HashMap<u64, &'static str, Hashed>,
    /// The words that a typing error may have meant; none before the content was read.
    spelling: Option<Spelling>,
}

/// How often each word stands in the texts of each language, and which stand beside each other.
pub(crate) struct Vocabulary(BTreeMap<Language, (Counts<String>, Pairs)>);
type Counts<Word> = BTreeMap<Word, u32>;
type Pairs = HashSet<u64, Hashed>;

impl Vocabulary {
    pub(crate) fn of<'a>(texts: impl Iterator<Item = &'a Read>) -> Self {
        let mut all: BTreeMap<Language, (Counts<&str>, Pairs)> = BTreeMap::new();
        for read in texts {
            let (counts, pairs) = all.entry(read.language).or_default();
            read.words.iter().for_each(|w| *counts.entry(&w.text).or_default() += 1);
            pairs.extend(read.words.windows(2).map(|w| pair(&w[0].text, &w[1].text)));
        }
        let owned = |counts: Counts<&str>| counts.into_iter().map(|(w, n)| (w.to_owned(), n)).collect();
        Self(all.into_iter().map(|(language, (counts, pairs))| (language, (owned(counts), pairs))).collect())
    }
}

/// The words of one language, and how often each stands there.
fn in_language<'a>(content: &[&'a Vocabulary], language: Language) -> impl Iterator<Item = (&'a str, u32)> {
    content.iter().filter_map(move |v| v.0.get(&language)).flat_map(|(w, _)| w).map(|(word, n)| (word.as_str(), *n))
}

/// Knows the content's languages.
pub(crate) struct Reader {
    pub(crate) languages: Languages,
    known: Vec<Known>,
    /// Words that are right as they are, by hash: all of the content, and the function words of its languages.
    fine: HashSet<u64, Hashed>,
    /// Keys of the stems of all texts of the content.
    stems: HashSet<u64, Hashed>,
}

impl Reader {
    pub(crate) fn new(languages: Languages) -> Self {
        let known = |l: &Language| Known {
            language: *l,
            stems: Stems::new(*l),
            function_words: stopwords::of(*l).map(hash).collect(),
            sense: None,
            short: shorthand::of(*l).map(|(short, long)| (hash(short), long)).collect(),
            spelling: None,
        };
        let known = languages.known().iter().map(known).collect();
        Self { languages, known, fine: HashSet::default(), stems: HashSet::default() }
    }

    /// Which of the languages the table of vectors serves, in the order of the languages.
    pub(crate) fn served(&self, content: &[&Vocabulary]) -> Vec<bool> {
        let serves = |known: &Known| {
            Sense::of(known.language).is_some_and(|sense| sense.serves(in_language(content, known.language)))
        };
        self.known.iter().map(serves).collect()
    }

    /// Uses the table for the languages that it serves.
    pub(crate) fn serve(&mut self, served: &[bool]) {
        for (known, served) in self.known.iter_mut().zip(served) {
            known.sense = Sense::of(known.language).filter(|_| *served);
        }
        let foreign = self.known.iter().filter_map(|known| known.sense).find(|sense| !sense.is_english());
        for sense in self.known.iter_mut().filter_map(|known| known.sense.as_mut()).filter(|s| s.is_english()) {
            *sense = foreign.map_or(*sense, |foreign| sense.borrowing(&foreign));
        }
    }

    /// The words that typing errors may have meant, for each language.
    pub(crate) fn spellings(&self, content: &[&Vocabulary]) -> Vec<Spelling> {
        let spelling = |known: &Known| {
            let mut counts: BTreeMap<&str, (u32, u64)> = BTreeMap::new();
            for (word, n) in in_language(content, known.language) {
                counts.entry(word).or_insert_with(|| (0, hash(&known.stems.key(word)))).0 += n;
            }
            let pairs = content.iter().filter_map(|v| v.0.get(&known.language)).flat_map(|(_, pairs)| pairs);
            let listed = known.sense.is_some();
            let boldness = if listed { Boldness::Listed } else { Boldness::Unlisted };
            let small = stopwords::of(known.language);
            Spelling::new(boldness, Keyboard::of(known.language), small, &counts, pairs.copied().collect())
        };
        self.known.iter().map(spelling).collect()
    }

    /// Learns the words of the content's languages and how they are spelt. Texts of the content have to be read before.
    pub(crate) fn settle(&mut self, content: &[&Vocabulary], spellings: Vec<Spelling>) {
        for (language, (words, _)) in content.iter().flat_map(|v| &v.0) {
            words.keys().for_each(|word| self.languages.learn(*language, word));
            self.fine.extend(words.keys().map(|word| hash(word)));
            let known = self.known.iter().find(|known| known.language == *language);
            self.stems.extend(known.iter().flat_map(|k| words.keys().map(|word| hash(&k.stems.key(word)))));
        }
        self.fine.extend(self.known.iter().flat_map(|k| &k.function_words));
        self.fine.extend(shorthand::contractions().map(hash));
        self.known.iter_mut().zip(spellings).for_each(|(known, spelling)| known.spelling = Some(spelling));
    }

    /// Reads a visitor's text.
    pub(crate) fn read(&self, text: &str, prior: Option<Language>) -> Read {
        let mut words = words(text);
        let mut language = self.languages.detect(text, &words, prior);
        if let [word] = words.as_slice() {
            language = self.run_together(&word.text).unwrap_or(language);
        }
        // A picture stands for a word where no word says what it is about.
        if words.iter().all(|w| self.is_function_word(&w.text, language))
            && let Some(told) = shorthand::in_words(text, language)
        {
            words = normalize::words(&told);
        }
        let mut read = Read { language, words, written: None, stems: Vec::new(), keys: Vec::new() };
        self.put_right(&mut read);
        read.stems = self.stem(&read.words, language);
        self.borrow_stems(&mut read);
        read.keys = read.stems.iter().map(|s| hash(s)).collect();
        read
    }

    /// Reads a text of the content, whose language may be known.
    pub(crate) fn read_content(&self, text: &str, language: Option<Language>) -> Read {
        let mut words = words(text);
        let language = language.unwrap_or_else(|| self.languages.detect(text, &words, None));
        if let Some(known) = self.of(language) {
            words
                .iter_mut()
                .for_each(|w| known.short.get(&hash(&w.text)).into_iter().for_each(|l| w.text = (*l).to_owned()));
        }
        let stems = self.stem(&words, language);
        let keys = stems.iter().map(|s| hash(s)).collect();
        Read { language, words, written: None, stems, keys }
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
        self.of(language).is_some_and(|known| known.function_words.contains(&hash(word)))
    }

    /// Places of the words whose stems have their keys among `keys`; function words only where nothing else is.
    pub(crate) fn shared(&self, text: &Read, keys: &[u64]) -> Vec<u32> {
        let all = || (0_u32..).zip(text.keys.iter().zip(&text.words)).filter(|(_, (k, _))| keys.contains(k));
        // "I do not want to cancel" is not about the same as "cancel": the reasons say so.
        let tells = |w: &Word| stopwords::is_negation(&w.text) || !self.is_function_word(&w.text, text.language);
        let telling: Vec<u32> = all().filter(|(_, (_, w))| tells(w)).map(|(at, _)| at).collect();
        if telling.is_empty() { all().map(|(at, _)| at).collect() } else { telling }
    }

    /// Words that are no function words, as written, and whether their stems are the content's.
    pub(crate) fn telling(&self, text: &Read) -> Vec<(String, bool)> {
        let all = text.words.iter().zip(text.written()).zip(&text.keys);
        all.filter(|((word, _), _)| !self.is_function_word(&word.text, text.language))
            .map(|((_, written), key)| (written.text.clone(), self.stems.contains(key)))
            .collect()
    }

    /// A word that the content has in another language only ("where is my Rechnung") is stemmed as it is there.
    fn borrow_stems(&self, read: &mut Read) {
        let Some(own) = self.of(read.language).filter(|_| self.known.len() > 1) else { return };
        for (word, stem) in read.words.iter().zip(&mut read.stems) {
            let ours = own.function_words.contains(&hash(&word.text))
                || own.spelling.as_ref().is_none_or(|s| s.has(&word.text) || s.has_stem(stem));
            if !ours
                && let Some(other) = self.known.iter().find(|k| k.spelling.as_ref().is_some_and(|s| s.has(&word.text)))
            {
                *stem = other.stems.key(&word.text);
            }
        }
    }

    /// The language of a whole sentence without spaces, which no list of words knows.
    fn run_together(&self, word: &str) -> Option<Language> {
        const SENTENCE: usize = 9;
        if self.known.len() < 2 || word.len() < SENTENCE || self.fine.contains(&hash(word)) || table_knows(word) {
            return None;
        }
        let fits = |known: &&Known| known.spelling.as_ref().is_some_and(|s| spaces::parts(s, word).is_some());
        self.known.iter().find(fits).map(|known| known.language)
    }

    /// Puts right where words begin and end, what is short for something, and typing errors.
    fn put_right(&self, read: &mut Read) {
        let Some(known) = self.of(read.language) else { return };
        let Some(spelling) = &known.spelling else { return };
        // Most words stand in the content: one look tells.
        let plain = |word: &str| self.fine.contains(&hash(word));
        let listed = |word: &str| known.sense.is_some_and(|sense| sense.has(word));
        let valid = |word: &str| table_knows(word) || listed(word) || spelling.has_stem(&known.stems.key(word));
        // In another language all of it would look like errors.
        if spelling.boldness() == Boldness::Listed
            && self.sense(&read.words, read.language).map(|s| s.is_english()) != known.sense.map(|s| s.is_english())
        {
            return;
        }
        spaces::join(&mut read.words, spelling);
        let mut next = 0;
        while next < read.words.len() {
            let at = next;
            next += 1;
            let word = read.words[at].text.as_str();
            if plain(word) {
                continue;
            }
            let drawn_in = shorthand::is_drawn_out(word).then(|| {
                let shorter = [2, 1].map(|most| shorthand::drawn_in(word, most));
                let known = |w: &&String| plain(w) || known.short.contains_key(&hash(w)) || table_knows(w);
                shorter.iter().find(known).unwrap_or(&shorter[1]).clone()
            });
            let word = drawn_in.as_deref().unwrap_or(word);
            let meant = match known.short.get(&hash(word)) {
                Some(long) => Some((*long).to_owned()),
                None if plain(word) || valid(word) => drawn_in,
                None => {
                    if let Some(parts) = spaces::parts(spelling, word) {
                        next = at + parts.len();
                        let apart = |words: &mut Vec<Word>| {
                            words.splice(at..=at, parts.iter().map(|p| Word { text: p.clone(), glued: false }));
                        };
                        read.written.iter_mut().for_each(apart);
                        apart(&mut read.words);
                        continue;
                    }
                    let beside = Beside {
                        before: at.checked_sub(1).map(|b| read.words[b].text.as_str()),
                        after: read.words.get(at + 1).map(|w| w.text.as_str()),
                    };
                    spelling.correct(word, beside).or(drawn_in)
                }
            };
            if let Some(meant) = meant {
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
        let german =
            || Sense::of(Language::DE).filter(|german| german.serves(words.iter().map(|w| (w.text.as_str(), 1))));
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

/// Whether a word is English, whatever the content's languages: people mix it in everywhere.
fn table_knows(word: &str) -> bool {
    vectors::table().is_some_and(|table| table.knows(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reader that has seen English and German lines.
    fn reader() -> Reader {
        let languages = Languages::new(Some(Language::EN), [Language::EN, Language::DE], []);
        let mut reader = Reader::new(languages);
        let english = ["where is my order", "please cancel the order", "I want a refund", "what does delivery cost"];
        let german = ["wo ist mein Paket", "ich möchte die Bestellung stornieren", "Rechnung bitte", "Lieferzeit"];
        let lines = english.map(|l| (l, Language::EN)).into_iter().chain(german.map(|l| (l, Language::DE)));
        let reads: Vec<Read> = lines.map(|(line, language)| reader.read_content(line, Some(language))).collect();
        let words = Vocabulary::of(reads.iter());
        let served = reader.served(&[&words]);
        reader.serve(&served);
        let spellings = reader.spellings(&[&words]);
        reader.settle(&[&words], spellings);
        reader
    }

    #[test]
    fn texts_are_put_right_and_what_was_written_is_kept() {
        let reader = reader();
        let cases = [
            ("where is my oredr", "where is my order", "where is my oredr"),
            ("whereismyorder", "where is my order", "where is my order"),
            ("plzzzz cancel the ordr", "please cancel the order", "plzzzz cancel the ordr"),
            ("i want a re fund", "i want a refund", "i want a refund"),
            ("i wont wait", "i wont wait", "i wont wait"),
            ("where is my 📦", "where is my parcel", "where is my parcel"),
            (
                "ich möchte die bestellng stornieren",
                "ich möchte die bestellung stornieren",
                "ich möchte die bestellng stornieren",
            ),
            ("vllt ist mein paket da", "vielleicht ist mein paket da", "vllt ist mein paket da"),
            ("wo ist mein refund", "wo ist mein refund", "wo ist mein refund"),
            ("wo ist mein pakte", "wo ist mein paket", "wo ist mein pakte"),
            ("woistmeinpaket", "wo ist mein paket", "wo ist mein paket"),
            ("", "", ""),
        ];
        for (text, right, written) in cases {
            let read = reader.read(text, None);
            let join = |words: &[Word]| words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
            assert_eq!(join(&read.words), right, "{text}");
            assert_eq!(join(read.written()), written, "{text}");
            assert_eq!(read.stems.len(), read.words.len(), "{text}");
        }
    }

    #[test]
    fn a_borrowed_word_has_the_stem_of_its_language() {
        let reader = reader();
        let stem = |text: &str, at: usize| reader.read(text, None).stems[at].clone();
        assert_eq!(stem("where is my Rechnung", 3), stem("Rechnung bitte", 0));
        assert_eq!(stem("ich möchte die order", 3), stem("cancel the order", 2));
    }

    proptest::proptest! {
        #[test]
        fn every_word_has_what_was_written_and_a_stem(text in "([a-zäöüß]{0,12}[ .?📦]?){0,12}") {
            let read = reader().read(&text, None);
            proptest::prop_assert_eq!(read.written().len(), read.words.len());
            proptest::prop_assert_eq!(read.stems.len(), read.words.len());
            proptest::prop_assert!(read.words.iter().all(|w| !w.text.is_empty()));
        }
    }
}
