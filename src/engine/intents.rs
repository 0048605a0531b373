//! The intents' side of the engine: their examples learned, their scores made probabilities.

use super::calibrate::{Calibration, Signs};
use super::features::Dictionary;
use super::model::{Lesson, Model, Probe};
use super::reader::{Read, Reader};
use super::svm::Label;
use super::{Evidence, IntentRule, Options};

/// All intents with examples.
pub(crate) struct Intents {
    dictionary: Dictionary,
    model: Model,
    calibration: Calibration,
    /// For each lesson: its line, and its stems for the trace.
    lines: Vec<(u32, Vec<String>)>,
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

impl Intents {
    /// None where no intent has an example.
    pub(crate) fn new(rules: &[IntentRule], reader: &Reader, options: &Options) -> Option<Self> {
        let (mut dictionary, mut lessons, mut lines, mut rejected) =
            (Dictionary::default(), Vec::new(), Vec::new(), Vec::new());
        for (intent, rule) in (0_u32..).zip(rules) {
            let examples = rule.examples.iter().map(|l| (l, Label::Is(intent)));
            for (line, label) in examples.chain(rule.reject.iter().map(|l| (l, Label::Not(intent)))) {
                let read = reader.read_content(&line.text, rule.language);
                if read.words.is_empty() {
                    continue;
                }
                let probe = Probe { bag: dictionary.learn(&read.words, &read.stems), meaning: Vec::new() };
                lessons.push(Lesson { probe, label, source: line.source });
                if label == Label::Not(intent) {
                    rejected.push((intent, read.stems.clone()));
                }
                lines.push((line.source, read.stems));
            }
        }
        if !lessons.iter().any(|l| matches!(l.label, Label::Is(_))) {
            return None;
        }
        let all: Vec<u32> = (0..lessons.len() as u32).collect();
        let features = dictionary.len();
        let calibration = Calibration::learn(&lessons, &[], rules.len(), features, options);
        let model = Model::train(&lessons, &all, rules.len(), features);
        Some(Self { dictionary, model, calibration, lines, rejected })
    }

    /// Thresholds learned: confident, ambiguous.
    pub(crate) fn thresholds(&self) -> (f32, f32) {
        (self.calibration.confident_at, self.calibration.ambiguous_at)
    }

    /// The best intents that `allow` lets through, best first.
    pub(crate) fn search(&self, text: &Read, reader: &Reader, allow: impl Fn(u32) -> bool) -> Vec<Found> {
        let probe = Probe { bag: self.dictionary.read(&text.words, &text.stems), meaning: Vec::new() };
        let rejected = |intent: u32| self.rejected.iter().any(|(i, stems)| *i == intent && *stems == text.stems);
        let ranked = self.model.rank(&probe, |intent| !rejected(intent) && allow(intent));
        if ranked.is_empty() {
            return Vec::new();
        }
        let signs = Signs::of(&ranked, self.model.coverage(&probe));
        let (scope, right) = self.calibration.of(&signs);
        // What the first leaves over goes to the others by their distance from it.
        let share: Vec<f32> = ranked.iter().skip(1).map(|s| (4.0 * (s.total() - ranked[0].total())).exp()).collect();
        let shared: f32 = share.iter().sum::<f32>() + 0.25;
        let first = scope * right;
        let confidences =
            std::iter::once(first).chain(share.iter().map(|s| (scope * (1.0 - right) * s / shared).min(first)));
        let found = ranked.iter().zip(confidences).map(|(scored, confidence)| {
            let why = scored.nearest.iter().map(|(lesson, likeness)| {
                let (source, stems) = &self.lines[*lesson as usize];
                let words = reader.shared(text, stems);
                super::articles::Why { evidence: Evidence::Example, source: *source, words, weight: *likeness }
            });
            Found { intent: scored.class, confidence, why: why.filter(|w| w.weight > 0.0).collect() }
        });
        found.collect()
    }
}
