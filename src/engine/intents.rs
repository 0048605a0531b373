//! The intents' side of the engine: their examples learned, their scores made probabilities.

use super::calibrate::{Calibration, Signs};
use super::features::Dictionary;
use super::lexicon::{Lexicon, short};
use super::model::{Lesson, Model, Probe};
use super::reader::{Read, Reader};
use super::svm::Label;
use super::{Evidence, IntentRule, Options, Outcome, background};
use crate::types::Language;

/// All intents with examples.
pub(crate) struct Intents {
    dictionary: Dictionary,
    lexicon: Lexicon,
    model: Model,
    calibration: Calibration,
    /// For each lesson: its line, and the keys of its stems for the trace.
    lines: Vec<(u32, Vec<u64>)>,
    /// Texts that must not land in an intent.
    rejected: Vec<(u32, Vec<String>)>,
}

/// One intent found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) intent: u32,
    pub(crate) confidence: f32,
    pub(crate) why: Vec<super::articles::Why>,
}

/// An example or a rejected text of an intent, read.
pub(crate) struct Taught {
    pub(crate) read: Read,
    label: Label,
    source: u32,
    /// Not a visitor's words: it teaches, and is never held out to see whether visitors would be understood.
    title: bool,
}

/// Reads the titles and examples of all intents.
pub(crate) fn collect(rules: &[IntentRule], reader: &Reader) -> Vec<Taught> {
    let mut all = Vec::new();
    for (intent, rule) in (0_u32..).zip(rules) {
        let examples = rule.examples.iter().map(|l| (l, Label::Is(intent)));
        for (line, label) in examples.chain(rule.reject.iter().map(|l| (l, Label::Not(intent)))) {
            let read = reader.read_content(&line.text, rule.language);
            if !read.words.is_empty() {
                all.push(Taught { read, label, source: line.source, title: false });
            }
        }
        // A name alone is no example: what has none is found by keywords and patterns.
        for (language, line) in rule.titles.iter().filter(|_| !rule.examples.is_empty()) {
            let read = reader.read_content(&line.text, language.or(rule.language));
            if !read.words.is_empty() {
                all.push(Taught { read, label: Label::Is(intent), source: line.source, title: true });
            }
        }
    }
    all
}

impl Intents {
    /// Learns; none where no intent has an example.
    /// `check`: whether each example that seems lost is to be left out by itself, to see whether it is.
    pub(crate) fn new(
        taught: Vec<Taught>,
        classes: usize,
        reader: &Reader,
        options: &Options,
        check: bool,
    ) -> Option<Self> {
        if !taught.iter().any(|t| matches!(t.label, Label::Is(_))) {
            return None;
        }
        let mut dictionary = Dictionary::default();
        let mut lexicon = Lexicon::default();
        let mut probe = |read: &Read| {
            let meaning = reader.meaning(read, |_| 1.0);
            let bag = dictionary.learn(&read.words, &read.keys, !meaning.is_empty());
            for (word, key) in read.words.iter().zip(&read.keys) {
                if let Some(id) = dictionary.stem(*key) {
                    lexicon.learn(id, || reader.vector(word, read.language));
                }
            }
            Probe { bag, meaning, strangers: Vec::new() }
        };
        let lessons: Vec<_> = taught
            .iter()
            .map(|t| Lesson { language: t.read.language, probe: probe(&t.read), label: t.label, title: t.title })
            .collect();
        let features = dictionary.len();
        let languages = reader.languages.known().iter();
        let background: Vec<(Language, Probe)> = languages
            .flat_map(|l| background::of(*l).map(|text| reader.read_content(text, Some(*l))))
            .map(|read| (read.language, probe_of(&read, &dictionary, reader)))
            .collect();
        let mut calibration = Calibration::learn(&lessons, &lexicon, &background, classes, features, options);
        let all: Vec<u32> = (0..lessons.len() as u32).collect();
        if check {
            // Many were left out at once, and what remained decided as well: now one at a time.
            let suspects = std::mem::take(&mut calibration.lost);
            let alone = suspects.into_iter().filter_map(|suspect| {
                let others: Vec<u32> = all.iter().copied().filter(|at| *at != suspect.lesson).collect();
                let model = Model::train(&lessons, &others, classes, features);
                calibration.lost(&lessons, &model, &lexicon, suspect.lesson)
            });
            calibration.lost = alone.collect();
        }
        let model = Model::train(&lessons, &all, classes, features);
        let reject = |t: &Taught| match t.label {
            Label::Not(intent) => Some((intent, t.read.stems.clone())),
            _ => None,
        };
        let rejected = taught.iter().filter_map(reject).collect();
        let lines = taught.into_iter().map(|t| (t.source, t.read.keys)).collect();
        Some(Self { dictionary, lexicon, model, calibration, lines, rejected })
    }

    /// Thresholds learned: confident, ambiguous.
    pub(crate) fn thresholds(&self) -> (f32, f32) {
        (self.calibration.confident_at, self.calibration.ambiguous_at)
    }

    /// What confidence was learned from.
    pub(crate) fn outcomes(&self) -> &[Outcome] {
        &self.calibration.outcomes
    }

    /// Examples that another intent would win if they were not taught: the line, that intent, and how sure it would be.
    pub(crate) fn lost(&self) -> impl Iterator<Item = (u32, u32, f32)> + '_ {
        self.calibration.lost.iter().filter_map(|l| Some((self.lines.get(l.lesson as usize)?.0, l.to, l.confidence)))
    }

    /// The examples that were held out while their intent was known: the place of the line, and what became of it.
    pub(crate) fn held_out(&self) -> impl Iterator<Item = (u32, &Outcome)> {
        let all = self.calibration.lessons.iter().zip(&self.calibration.outcomes);
        let known = all.filter(|(_, outcome)| outcome.place.is_some());
        known.filter_map(|(lesson, outcome)| Some((self.lines.get(*lesson as usize)?.0, outcome)))
    }

    /// The best intents that `allow` lets through, best first.
    pub(crate) fn search(&self, text: &Read, reader: &Reader, allow: impl Fn(u32) -> bool) -> Vec<Found> {
        let probe = probe_of(text, &self.dictionary, reader);
        let rejected = |intent: u32| self.rejected.iter().any(|(i, stems)| *i == intent && *stems == text.stems);
        let fit = self.calibration.of(text.language);
        let order = &fit.order;
        let ranked = self.model.rank(&probe, &self.lexicon, order, |intent| !rejected(intent) && allow(intent));
        if ranked.is_empty() {
            return Vec::new();
        }
        let signs = Signs::of(&ranked, order);
        let (scope, right) = fit.of(&signs);
        // What the first leaves over goes to the others by their distance from it.
        let best = order.total(&ranked[0]);
        let share: Vec<f32> = ranked.iter().skip(1).map(|s| (4.0 * (order.total(s) - best)).exp()).collect();
        let shared: f32 = share.iter().sum::<f32>() + 0.25;
        let first = scope * right;
        let confidences =
            std::iter::once(first).chain(share.iter().map(|s| (scope * (1.0 - right) * s / shared).min(first)));
        let found = ranked.iter().zip(confidences).map(|(scored, confidence)| {
            let why = scored.nearest.iter().map(|(lesson, likeness)| {
                let (source, keys) = &self.lines[*lesson as usize];
                let words = reader.shared(text, keys);
                super::articles::Why { evidence: Evidence::Example, source: *source, words, weight: *likeness }
            });
            Found { intent: scored.class, confidence, why: why.filter(|w| w.weight > 0.0).collect() }
        });
        found.collect()
    }
}

/// A text that teaches nothing as the classifier sees it.
fn probe_of(text: &Read, dictionary: &Dictionary, reader: &Reader) -> Probe {
    let unknown = text.words.iter().zip(&text.keys).filter(|(_, key)| dictionary.stem(**key).is_none());
    let strangers = unknown.map(|(word, _)| short(reader.vector(word, text.language))).collect();
    let meaning = reader.meaning(text, |_| 1.0);
    Probe { bag: dictionary.read(&text.words, &text.keys, !meaning.is_empty()), meaning, strangers }
}
