//! From rules to an engine, and from an engine to the next one.
//!
//! An engine is made in stages. Each has a key, the SHA-256 of everything that it is made from; a stage of the engine before
//! whose key is the same is taken over as it is. Nothing is ever started from what another content had learned, so the
//! same rules make the same engine, whatever was built before.

use std::cell::OnceCell;
use std::ops::Deref;
use std::sync::Arc;
use std::thread;

use sha2::{Digest as _, Sha256};

use super::articles::Articles;
use super::exact::Exact;
use super::intents::{self, Intents};
use super::keywords::Keywords;
use super::language::Languages;
use super::library;
use super::normalize::{self, Word};
use super::patterns::Patterns;
use super::reader::{Read, Reader, Vocabulary};
use super::sources::Sources;
use super::{ArticleRule, BuildProblem, Engine, IntentRule, Line, Lost, Options, Rules};
use crate::types::Language;

/// Thresholds of a content without examples and with few questions, which has nothing to learn them from: how far below
/// the precision wanted the least confidence may lie, since most answers lie well above it, and where a question back
/// begins.
const ARTICLES_CAUTION: f32 = 0.08;
const ARTICLES_AMBIGUOUS: f32 = 0.25;

/// Examples of intents that articles are measured against.
const SAMPLE: usize = 300;

/// A stage and what it was made from; shared by all engines that have it in common.
pub(super) struct Kept<T> {
    key: Key,
    pub(super) it: Arc<T>,
}

impl<T> Kept<T> {
    /// The stage of the engine before, if it was made from the same; else a new one.
    fn or(before: Option<&Self>, key: Key, make: impl FnOnce() -> T) -> Self {
        Self::of(before, key).unwrap_or_else(|| Self { key, it: Arc::new(make()) })
    }

    fn of(before: Option<&Self>, key: Key) -> Option<Self> {
        before.filter(|b| b.key == key).map(|b| Self { key, it: Arc::clone(&b.it) })
    }
}

impl<T> Deref for Kept<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.it
    }
}

/// What the texts of the intents teach everybody else.
pub(super) struct Examples {
    vocabulary: Vocabulary,
    /// Some of them, evenly spread: articles have to stand back behind these.
    sample: Vec<Read>,
}

/// The stages of an engine.
pub(super) struct Stages {
    pub(super) languages: Kept<Languages>,
    pub(super) examples: Kept<Examples>,
    pub(super) passages: Kept<Vocabulary>,
    pub(super) reader: Kept<Reader>,
    pub(super) exact: [Kept<Exact>; 2],
    pub(super) keywords: Kept<Keywords>,
    pub(super) patterns: Kept<(Patterns, Vec<BuildProblem>)>,
    pub(super) intents: Kept<Option<Intents>>,
    pub(super) articles: Kept<Option<Articles>>,
    /// What an article has to have over what texts that belong to intents reach, in log-odds.
    pub(super) handicap: Kept<f32>,
}

impl Stages {
    fn new(rules: &Rules, before: Option<&Self>, check: bool) -> Self {
        let languages = Kept::or(before.map(|b| &b.languages), Key::of(|k| k.languages(rules)), || languages(rules));
        let known = languages.known();
        let patterns = Kept::or(before.map(|b| &b.patterns), Key::of(|k| k.patterns(rules)), || {
            let mut problems = Vec::new();
            (Patterns::new(numbered(rules, |r| &r.patterns), &mut problems), problems)
        });
        let keywords = Kept::or(before.map(|b| &b.keywords), Key::of(|k| k.keywords(rules, known)), || {
            Keywords::new(known, numbered(rules, |r| &r.keywords))
        });
        // What tells languages apart decides how lines are read that do not name theirs.
        let told_apart = |k: &mut Sha256, undeclared: bool| {
            if known.len() > 1 && undeclared {
                k.update(languages.key.0);
            }
        };
        let of_examples = Key::of(|k| {
            k.examples(rules, known);
            told_apart(k, rules.intents.iter().any(|r| r.language.is_none()));
        });
        let of_articles = Key::of(|k| {
            k.articles(rules, known);
            told_apart(k, rules.articles.iter().any(|r| r.language.is_none()));
        });
        let exact = [
            Kept::or(before.map(|b| &b.exact[0]), of_examples, || Exact::of_intents(&rules.intents)),
            Kept::or(before.map(|b| &b.exact[1]), of_articles, || Exact::of_articles(&rules.articles)),
        ];

        // Read only if some stage needs it.
        let mut reader = Reader::new((*languages).clone());
        let (taught, collected) = (OnceCell::new(), OnceCell::new());
        let collect_taught = || intents::collect(&rules.intents, &reader);
        let collect_articles = || library::collect(&rules.articles, &reader);
        let examples = Kept::or(before.map(|b| &b.examples), of_examples, || {
            let taught = taught.get_or_init(collect_taught);
            let step = taught.len().div_ceil(SAMPLE).max(1);
            Examples {
                vocabulary: Vocabulary::of(taught.iter().map(|t| &t.read)),
                sample: taught.iter().step_by(step).map(|t| t.read.clone()).collect(),
            }
        });
        let passages = Kept::or(before.map(|b| &b.passages), of_articles, || {
            Vocabulary::of(collected.get_or_init(collect_articles).reads())
        });
        let words = [&examples.vocabulary, &*passages];
        let served = reader.served(&words);
        let with = |k: &mut Sha256, key: Key| {
            k.update(key.0);
            served.iter().for_each(|s| k.update([u8::from(*s)]));
        };
        let of_intents = Key::of(|k| {
            with(k, of_examples);
            k.options(&rules.options);
        });
        let of_shelf = Key::of(|k| {
            with(k, of_articles);
            k.options(&rules.options);
        });
        let of_reader = Key::of(|k| {
            k.update(of_examples.0);
            k.update(of_articles.0);
        });
        let intents = Kept::of(before.map(|b| &b.intents), of_intents);
        let articles = Kept::of(before.map(|b| &b.articles), of_shelf);
        let settled = Kept::of(before.map(|b| &b.reader), of_reader);
        let taught = intents.is_none().then(|| taught.into_inner().unwrap_or_else(collect_taught));
        let collected = articles.is_none().then(|| collected.into_inner().unwrap_or_else(collect_articles));

        reader.serve(&served);
        let (intents, articles, spellings) = thread::scope(|scope| {
            let spellings = scope.spawn(|| settled.is_none().then(|| reader.spellings(&words)));
            let articles = scope.spawn(|| {
                let make = |c| Kept { key: of_shelf, it: Arc::new(Articles::new(c, &reader, &rules.options)) };
                articles.or_else(|| collected.map(make))
            });
            let make = |t| {
                let it = Intents::new(t, rules.intents.len(), &reader, &rules.options, check);
                Kept { key: of_intents, it: Arc::new(it) }
            };
            let intents = intents.or_else(|| taught.map(make));
            (intents, joined(articles), joined(spellings))
        });
        let intents = intents.unwrap_or_else(|| Kept { key: of_intents, it: Arc::new(None) });
        let articles = articles.unwrap_or_else(|| Kept { key: of_shelf, it: Arc::new(None) });
        let of_handicap = Key::of(|k| {
            k.update(of_shelf.0);
            k.update(of_examples.0);
        });
        let handicap = Kept::or(before.map(|b| &b.handicap), of_handicap, || {
            articles.as_ref().map_or(0.0, |a| a.handicap(examples.sample.iter(), &reader))
        });
        let reader = settled.unwrap_or_else(|| {
            reader.settle(&words, spellings.unwrap_or_default());
            Kept { key: of_reader, it: Arc::new(reader) }
        });
        Self { languages, examples, passages, reader, exact, keywords, patterns, intents, articles, handicap }
    }
}

fn joined<T>(worker: thread::ScopedJoinHandle<'_, T>) -> T {
    match worker.join() {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

impl Engine {
    /// Compiles rules. Never fails: what cannot be compiled is left out and reported.
    ///
    /// Training is spread over all cores; the result is the same on any number of them.
    #[must_use]
    pub fn build(rules: Rules) -> (Self, Vec<BuildProblem>) {
        Self::after(rules, None, false)
    }

    /// The engine of other rules, as [`Engine::build`] makes it, in less time: what does not depend on the difference is
    /// taken over.
    #[must_use]
    pub fn rebuild(&self, rules: Rules) -> (Self, Vec<BuildProblem>) {
        Self::after(rules, Some(self), false)
    }

    /// The same engine, and the examples that it would give to another intent if it had not learned them. Takes as long
    /// again for each dozen of them, so it is for editors' checks and not for the way to a running bot.
    #[must_use]
    pub fn examined(rules: Rules) -> (Self, Vec<BuildProblem>, Vec<Lost>) {
        let (engine, problems) = Self::after(rules, None, true);
        let lost = engine.lost();
        (engine, problems, lost)
    }

    fn after(mut rules: Rules, before: Option<&Self>, check: bool) -> (Self, Vec<BuildProblem>) {
        let sources = Sources::take(&mut rules);
        let stages = Stages::new(&rules, before.map(|b| &b.stages), check);
        let articles = || (*stages.articles).as_ref().and_then(Articles::thresholds);
        let learned = (*stages.intents)
            .as_ref()
            .map(Intents::thresholds)
            .or_else(articles)
            .unwrap_or((rules.options.answer_precision - ARTICLES_CAUTION, ARTICLES_AMBIGUOUS));
        let confident_at = rules.options.confident_at.unwrap_or(learned.0);
        let ambiguous_at = rules.options.ambiguous_at.unwrap_or(learned.1).min(confident_at);
        let options = Options { confident_at: Some(confident_at), ambiguous_at: Some(ambiguous_at), ..rules.options };
        let problems = stages.patterns.1.iter().map(|p| sources.problem(p)).collect();
        (Self { options, sources, stages }, problems)
    }
}

/// SHA-256 of what a stage is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Key([u8; 32]);

impl Key {
    fn of(write: impl FnOnce(&mut Sha256)) -> Self {
        let mut hasher = Sha256::new();
        write(&mut hasher);
        Self(hasher.finalize().into())
    }
}

/// Writes rules into a key: every text after its length, every list after its count. Sources are no part of it.
trait Write {
    fn number(&mut self, n: u64) -> &mut Self;
    fn text(&mut self, text: &str) -> &mut Self;
    fn texts<'a>(&mut self, texts: impl ExactSizeIterator<Item = &'a str>) -> &mut Self;
    fn lines(&mut self, lines: &[Line]) -> &mut Self {
        self.texts(lines.iter().map(|l| l.text.as_str()))
    }
    fn language(&mut self, language: Option<Language>) -> &mut Self {
        self.text(language.as_ref().map_or("", Language::code))
    }
    fn known(&mut self, known: &[Language]) -> &mut Self {
        self.texts(known.iter().map(Language::code))
    }
    /// What the languages are guessed from and told apart by.
    fn languages(&mut self, rules: &Rules) {
        self.language(rules.default_language);
        let of_intents = rules.intents.iter().map(|r| r.language);
        let of_articles = rules.articles.iter().map(|r| r.language);
        // Where all is in one language there is nothing to tell apart.
        let mut all = of_intents.chain(of_articles).chain(rules.default_language.map(Some));
        let first = all.next().flatten();
        if first.is_some() && all.all(|language| language == first) {
            self.language(first);
            return;
        }
        for rule in &rules.intents {
            self.language(rule.language).lines(&rule.examples);
        }
        for rule in &rules.articles {
            self.language(rule.language).lines(rule.title.as_slice()).lines(&rule.questions);
            self.texts(rule.passages.iter().map(|p| p.body.text.as_str()));
        }
    }
    fn examples(&mut self, rules: &Rules, known: &[Language]) {
        self.known(known);
        for rule in &rules.intents {
            self.language(rule.language).lines(&rule.examples).lines(&rule.reject);
            self.number(rule.titles.len() as u64);
            for (language, line) in &rule.titles {
                self.language(*language).text(&line.text);
            }
        }
    }
    fn articles(&mut self, rules: &Rules, known: &[Language]) {
        self.known(known);
        self.number(rules.articles.len() as u64);
        for ArticleRule { language, title, questions, passages, reject, .. } in &rules.articles {
            self.language(*language).lines(title.as_slice()).lines(questions).lines(reject);
            self.number(passages.len() as u64);
            for part in passages {
                self.lines(part.heading.as_slice()).text(&part.body.text);
            }
        }
    }
    fn keywords(&mut self, rules: &Rules, known: &[Language]) {
        self.known(known);
        for (intent, rule) in numbered(rules, |r| &r.keywords) {
            self.number(u64::from(intent));
            for words in [&rule.all, &rule.any, &rule.none] {
                self.texts(words.iter().map(String::as_str));
            }
        }
    }
    fn patterns(&mut self, rules: &Rules) {
        for (intent, line) in numbered(rules, |r| &r.patterns) {
            self.number(u64::from(intent)).text(&line.text);
        }
    }
    /// What training and calibration depend on; thresholds that are given are applied afterwards.
    fn options(&mut self, options: &Options) {
        for value in [options.answer_precision, options.out_of_scope] {
            self.number(u64::from(value.to_bits()));
        }
    }
}

impl Write for Sha256 {
    fn number(&mut self, n: u64) -> &mut Self {
        self.update(n.to_le_bytes());
        self
    }
    fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64).update(text.as_bytes());
        self
    }
    fn texts<'a>(&mut self, texts: impl ExactSizeIterator<Item = &'a str>) -> &mut Self {
        self.number(texts.len() as u64);
        texts.for_each(|text| {
            self.text(text);
        });
        self
    }
}

fn languages(rules: &Rules) -> Languages {
    let declared = rules.intents.iter().map(|r| r.language).chain(rules.articles.iter().map(|r| r.language)).flatten();
    let intents =
        rules.intents.iter().filter(|r| r.language.is_none()).flat_map(|r| r.examples.iter().map(|l| l.text.as_str()));
    let articles = rules.articles.iter().filter(|r| r.language.is_none()).flat_map(|r| {
        r.title
            .iter()
            .chain(&r.questions)
            .map(|l| l.text.as_str())
            .chain(r.passages.iter().map(|p| p.body.text.as_str()))
    });
    let mut languages = Languages::new(rules.default_language, declared, intents.chain(articles));
    for rule in &rules.intents {
        for line in rule.examples.iter().filter(|_| rule.language.is_some()) {
            if let Some(language) = rule.language {
                learn(&mut languages, language, &normalize::words(&line.text));
            }
        }
    }
    // Sentences first, so that the lines of one word ("Lieferzeit") meet their language.
    if languages.known().len() > 1 {
        for rule in &rules.articles {
            let Some(language) = rule.language else { continue };
            let texts = rule.title.iter().chain(&rule.questions).chain(rule.passages.iter().map(|p| &p.body));
            texts.for_each(|line| learn(&mut languages, language, &normalize::words(&line.text)));
        }
        for line in rules.intents.iter().filter(|r| r.language.is_none()).flat_map(|r| &r.examples) {
            let words = normalize::words(&line.text);
            if let Some(language) = languages.plainly(&words) {
                learn(&mut languages, language, &words);
            }
        }
    }
    languages
}

fn learn(languages: &mut Languages, language: Language, words: &[Word]) {
    words.iter().for_each(|word| languages.learn(language, &word.text));
}

/// Lines or rules of each intent with the intent's index.
fn numbered<'a, T: 'a>(
    rules: &'a Rules,
    of: impl Fn(&'a IntentRule) -> &'a Vec<T>,
) -> impl Iterator<Item = (u32, &'a T)> {
    (0_u32..).zip(&rules.intents).flat_map(move |(i, rule)| of(rule).iter().map(move |line| (i, line)))
}
