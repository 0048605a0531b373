//! Which language is a text in? Script first, then words, then letters.
//!
//! Only the content's languages are told apart: the question is which words to stem how and which answer to show, and
//! short texts ("ok", "refund") would otherwise be Frisian half the time.

use std::collections::{HashMap, HashSet};

use whatlang::{Detector, Lang, Script};

use super::hash::{Hashed, hash};
use super::normalize::{Word, words};
use super::stopwords;
use crate::types::Language;

/// Share of an undecided text's score that the language of the conversation adds.
const PRIOR: f32 = 0.35;
/// Weight of whatlang's trigrams against the words' share: words decide, trigrams break ties.
const TRIGRAMS: f32 = 0.5;

/// What the letters of a word that no language knows tell, and a word that stands in the content of one language where
/// it is the whole text ("storno"), against a word among others: less than the conversation so far.
const LETTERS: f32 = 0.3;
/// Probability from which letters tell anything, and the smoothing of their counts: seen this often without being seen,
/// and so many different runs there may be.
const CLEAR: f32 = 0.8;
const SMOOTH: f32 = 0.3;
const RUNS: f32 = 4_000.0;

/// Lead by words from which the trigrams, which cost more than all the rest of a reading, are not asked.
const DECISIVE: f32 = 0.25;

/// The content's languages and what tells them apart.
#[derive(Clone)]
pub(crate) struct Languages {
    /// The default first, then in order of first mention; at most 32.
    known: Vec<Language>,
    /// Which languages (a bit each) know a word, from function words and from the content.
    words: HashMap<u64, u32, Hashed>,
    /// The words of [`stopwords::telling`]: content says nothing more about them.
    telling: HashSet<u64, Hashed>,
    /// For each language: runs of three and four letters in its words, in how many of them each stands, and how many there are.
    runs: Vec<(HashMap<u64, u32, Hashed>, u32)>,
}

impl Languages {
    /// `declared` are the languages that the content names; `undeclared` its lines that name none.
    pub(crate) fn new<'a>(
        default: Option<Language>,
        declared: impl IntoIterator<Item = Language>,
        undeclared: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut known: Vec<Language> = Vec::new();
        let mut add = |language| {
            if !known.contains(&language) && known.len() < 32 {
                known.push(language);
            }
        };
        default.into_iter().chain(declared).for_each(&mut add);
        for language in guess(undeclared) {
            add(language);
        }
        if known.is_empty() {
            known.push(Language::EN);
        }
        let runs = vec![Default::default(); known.len()];
        let mut made = Self { known, words: HashMap::default(), telling: HashSet::default(), runs };
        for (at, language) in made.known.clone().into_iter().enumerate() {
            stopwords::telling(language).for_each(|word| made.learn_word(at, word));
        }
        made.telling = made.words.keys().copied().collect();
        made
    }

    /// The content's languages, the default first; never empty.
    pub(crate) fn known(&self) -> &[Language] {
        &self.known
    }

    /// Place of a language among [`Self::known`].
    pub(crate) fn index(&self, language: Language) -> Option<usize> {
        self.known.iter().position(|l| *l == language)
    }

    /// A word that stands in content of this language.
    pub(crate) fn learn(&mut self, language: Language, word: &str) {
        if self.known.len() > 1
            && !self.telling.contains(&hash(word))
            && let Some(at) = self.index(language)
        {
            self.learn_word(at, word);
        }
    }

    fn learn_word(&mut self, at: usize, word: &str) {
        // An order number has no language.
        if !word.chars().all(char::is_alphabetic) {
            return;
        }
        let known = self.words.entry(hash(word)).or_default();
        if *known & (1 << at) == 0 {
            *known |= 1 << at;
            let (counts, all) = &mut self.runs[at];
            for run in runs(word) {
                *counts.entry(run).or_default() += 1;
                *all += 1;
            }
        }
    }

    /// The language of a line of the content, where function words leave no doubt.
    pub(crate) fn plainly(&self, words: &[Word]) -> Option<Language> {
        let mut score = [0.0_f32; 32];
        let all: Vec<usize> = (0..self.known.len()).collect();
        self.by_words(words, &all, &mut score);
        let best = all.iter().copied().reduce(|best, i| if score[i] > score[best] { i } else { best })?;
        (words.len() > 2 && lead(&score, &all) >= DECISIVE).then(|| self.known[best])
    }

    /// Adds what the words tell. Words that only some of the languages know, else letters that are commoner in some.
    fn by_words(&self, words: &[Word], fitting: &[usize], score: &mut [f32; 32]) {
        let n = words.len().max(1) as f32;
        for word in words {
            if let Some(mask) = self.words.get(&hash(&word.text)) {
                // A word that all of them know tells nothing.
                let alone = words.len() == 1 && !self.telling.contains(&hash(&word.text));
                let share = if alone { LETTERS } else { 1.0 } / (n * mask.count_ones() as f32);
                fitting.iter().filter(|i| mask & (1 << **i) != 0).for_each(|i| score[*i] += share);
            } else if word.text.chars().all(char::is_alphabetic) {
                let mut likely = [0.0_f32; 32];
                for run in runs(&word.text) {
                    let count = |i: &usize| self.runs[*i].0.get(&run).copied().unwrap_or(0) as f32;
                    // What nobody has seen would speak for whoever has seen least.
                    if fitting.iter().any(|i| count(i) > 0.0) {
                        let all = |i: &usize| self.runs[*i].1 as f32 + SMOOTH * RUNS;
                        fitting.iter().for_each(|i| likely[*i] += ((count(i) + SMOOTH) / all(i)).ln());
                    }
                }
                let most = fitting.iter().map(|i| likely[*i]).fold(f32::MIN, f32::max);
                let sum: f32 = fitting.iter().map(|i| (likely[*i] - most).exp()).sum();
                let share = |i: &usize| (likely[*i] - most).exp() / sum;
                for i in fitting.iter().filter(|i| share(i) >= CLEAR) {
                    score[*i] += LETTERS * share(i) / n;
                }
            }
        }
    }

    /// The language of a text. `prior` is that of the conversation so far.
    pub(crate) fn detect(&self, text: &str, words: &[Word], prior: Option<Language>) -> Language {
        let fallback = prior.filter(|p| self.known.contains(p)).unwrap_or(self.known[0]);
        let Some(script) = script(text) else { return fallback };
        let fitting: Vec<usize> = (0..self.known.len()).filter(|i| writes(self.known[*i], script)).collect();
        match fitting.as_slice() {
            [] => return foreign(script).unwrap_or(fallback),
            [only] => return self.known[*only],
            _ => {}
        }
        let mut score = [0.0_f32; 32];
        self.by_words(words, &fitting, &mut score);
        if let Some(i) = prior.and_then(|p| self.index(p)) {
            score[i] += PRIOR;
        }
        score[0] += 0.01;
        if words.len() > 1 && lead(&score, &fitting) < DECISIVE {
            let allowed: Vec<Lang> = fitting.iter().filter_map(|i| iso3(self.known[*i])).collect();
            if let Some(info) = Detector::with_allowlist(allowed).detect(text)
                && let Some(i) = fitting.iter().find(|i| iso3(self.known[**i]) == Some(info.lang()))
            {
                score[*i] += TRIGRAMS * info.confidence() as f32;
            }
        }
        fitting
            .iter()
            .copied()
            .reduce(|best, i| if score[i] > score[best] { i } else { best })
            .map_or(fallback, |i| self.known[i])
    }
}

/// The runs of three and four letters of a word and its ends.
fn runs(word: &str) -> impl Iterator<Item = u64> {
    let letters: Vec<char> = std::iter::once('<').chain(word.chars().take(40)).chain(['>']).collect();
    let run = |w: &[char]| {
        w.iter().fold(0_u64, |all, c| (all.rotate_left(16) ^ u64::from(*c)).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    };
    let threes: Vec<u64> = letters.windows(3).map(run).collect();
    let fours: Vec<u64> = letters.windows(4).map(run).collect();
    threes.into_iter().chain(fours)
}

/// How far the best of some languages is ahead of the second.
fn lead(score: &[f32; 32], fitting: &[usize]) -> f32 {
    let (mut best, mut second) = (f32::MIN, f32::MIN);
    for score in fitting.iter().map(|i| score[*i]) {
        if score > best {
            (best, second) = (score, best);
        } else {
            second = second.max(score);
        }
    }
    best - second
}

/// The languages of lines that do not name theirs: each that at least a seventh of the lines speak, as far as function
/// words or whatlang tell.
fn guess<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<Language> {
    let lists = stopwords::by_word();
    let mut votes = Vec::<(Language, u32)>::new();
    for line in lines.into_iter().take(4_000) {
        let language = by_function_words(line, &lists).or_else(|| {
            let info = whatlang::detect(line)?;
            if info.is_reliable() && line.chars().count() >= 12 { iso1(info.lang()) } else { None }
        });
        match (language, votes.iter_mut().find(|(l, _)| Some(*l) == language)) {
            (Some(_), Some((_, n))) => *n += 1,
            (Some(language), None) => votes.push((language, 1)),
            (None, _) => {}
        }
    }
    let total: u32 = votes.iter().map(|(_, n)| n).sum();
    votes.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    votes.into_iter().filter(|(_, n)| n * 7 >= total).map(|(l, _)| l).collect()
}

/// The one language that knows most of a line's function words, if it knows two or more.
fn by_function_words(line: &str, lists: &HashMap<&'static str, Vec<Language>>) -> Option<Language> {
    let mut known: Vec<(Language, u32)> = Vec::new();
    for word in words(line) {
        for language in lists.get(word.text.as_str()).into_iter().flatten() {
            match known.iter_mut().find(|(l, _)| l == language) {
                Some((_, n)) => *n += 1,
                None => known.push((*language, 1)),
            }
        }
    }
    known.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let best = *known.first()?;
    (best.1 > known.get(1).map_or(1, |k| k.1)).then_some(best.0)
}

/// The script of most letters; none where there is no letter.
fn script(text: &str) -> Option<Script> {
    if text.is_ascii() {
        return text.bytes().any(|b| b.is_ascii_alphabetic()).then_some(Script::Latin);
    }
    whatlang::detect_script(text)
}

/// Whether a language is written in a script.
fn writes(language: Language, script: Script) -> bool {
    match script {
        // Japanese without kana looks Chinese; Japanese with kana does not.
        Script::Mandarin => matches!(language.code(), "zh" | "ja"),
        Script::Hiragana | Script::Katakana => language.code() == "ja",
        _ => match iso3(language) {
            Some(lang) => script.langs().contains(&lang),
            // A language whatlang does not know is taken to be written in Latin letters.
            None => script == Script::Latin,
        },
    }
}

/// The language of a script that none of the content's languages uses.
fn foreign(script: Script) -> Option<Language> {
    match script {
        Script::Latin => None,
        Script::Cyrillic => "ru".parse().ok(),
        Script::Arabic => "ar".parse().ok(),
        Script::Devanagari => "hi".parse().ok(),
        _ => script.langs().first().and_then(|l| iso1(*l)),
    }
}

/// Codes where whatlang's three letters do not begin with, or do not determine, the two.
const CODES: &[(&str, Lang)] = &[
    ("ar", Lang::Ara),
    ("bn", Lang::Ben),
    ("bg", Lang::Bul),
    ("ca", Lang::Cat),
    ("cs", Lang::Ces),
    ("da", Lang::Dan),
    ("de", Lang::Deu),
    ("el", Lang::Ell),
    ("en", Lang::Eng),
    ("es", Lang::Spa),
    ("et", Lang::Est),
    ("fa", Lang::Pes),
    ("fi", Lang::Fin),
    ("fr", Lang::Fra),
    ("he", Lang::Heb),
    ("hi", Lang::Hin),
    ("hr", Lang::Hrv),
    ("hu", Lang::Hun),
    ("hy", Lang::Hye),
    ("id", Lang::Ind),
    ("it", Lang::Ita),
    ("ja", Lang::Jpn),
    ("ka", Lang::Kat),
    ("ko", Lang::Kor),
    ("lt", Lang::Lit),
    ("lv", Lang::Lav),
    ("nl", Lang::Nld),
    ("no", Lang::Nob),
    ("nb", Lang::Nob),
    ("pl", Lang::Pol),
    ("pt", Lang::Por),
    ("ro", Lang::Ron),
    ("ru", Lang::Rus),
    ("sk", Lang::Slk),
    ("sl", Lang::Slv),
    ("sr", Lang::Srp),
    ("sv", Lang::Swe),
    ("ta", Lang::Tam),
    ("te", Lang::Tel),
    ("th", Lang::Tha),
    ("tr", Lang::Tur),
    ("uk", Lang::Ukr),
    ("ur", Lang::Urd),
    ("vi", Lang::Vie),
    ("zh", Lang::Cmn),
];

fn iso3(language: Language) -> Option<Lang> {
    CODES.iter().find(|(code, _)| *code == language.code()).map(|(_, l)| *l)
}

fn iso1(lang: Lang) -> Option<Language> {
    CODES.iter().find(|(_, l)| *l == lang).and_then(|(code, _)| code.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages(codes: &str) -> Languages {
        Languages::new(None, codes.split(' ').map(|c| c.parse().unwrap()), [])
    }

    #[test]
    fn languages_of_the_content_are_told_apart() {
        let cases: &[(&str, &str, Option<&str>, &str)] = &[
            ("en de", "where is my order", None, "en"),
            ("en de", "wo ist meine Bestellung", None, "de"),
            ("en de", "Bestellung", Some("de"), "de"),
            ("en de", "ok", Some("de"), "de"),
            ("en de", "I want my money back please", Some("de"), "en"),
            ("en de", "", Some("de"), "de"),
            ("en de", "😀", None, "en"),
            ("en", "wo ist meine Bestellung", None, "en"),
            ("en de", "我要退款", None, "zh"),
            ("en zh", "我要退款", None, "zh"),
            ("en de ru", "где мой заказ", None, "ru"),
            ("en de tr", "siparişim nerede", None, "tr"),
        ];
        for (known, text, prior, expected) in cases {
            let got = languages(known).detect(text, &words(text), prior.map(|p| p.parse().unwrap()));
            assert_eq!(got.code(), *expected, "{text} among {known}");
        }
    }

    #[test]
    fn content_that_names_no_language_is_looked_at() {
        let lines = [
            "Wo ist meine Bestellung?",
            "Wie kann ich meine Bestellung zurückschicken?",
            "Ich möchte mit einem Menschen sprechen",
        ];
        assert_eq!(Languages::new(None, [], lines).known(), [Language::DE]);
        assert_eq!(Languages::new(None, [], []).known(), [Language::EN]);
    }

    #[test]
    fn words_of_the_content_teach() {
        let mut languages = languages("en de");
        languages.learn(Language::DE, "retoure");
        assert_eq!(languages.detect("Retoure", &words("Retoure"), None), Language::DE);
    }
}
