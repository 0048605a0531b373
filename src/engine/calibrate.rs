//! How much is a score worth? Learned from the content alone, when it is loaded.
//!
//! Part of the examples is held out and part of the intents is taken away altogether; a classifier trained on the rest
//! reads both. The first show when it is right, the second what a text looks like that nothing answers. What each sign
//! counts in the order of candidates is learned from the first; then two logistic regressions make probabilities of it:
//! that a text is in scope, and that the first candidate is right if it is.

use std::thread;

use super::decide::OFFERED;
use super::hash::Shuffle;
use super::lexicon::Lexicon;
use super::logistic::{Logistic, Sample};
use super::model::{Lesson, Model, Probe, Scored};
use super::order::{Choice, Order};
use super::svm::Label;
use super::{Options, Outcome};
use crate::types::Language;

/// Up to how many lessons content is divided in all ways, and beyond how many in a few.
const FINE: usize = 2_000;
const MANY: usize = 4_000;
/// Small models that are trained at the same time.
const AT_ONCE: usize = 4;
/// Parts that examples and intents are divided into; each split holds one of each out.
const ROW_PARTS: usize = 10;
const INTENT_PARTS: usize = 5;
/// Texts scored, at most: in scope, out of scope.
const SCORED: (usize, usize) = (4_000, 3_000);
/// How sharply the soft maximum prefers the best, and what being covered counts in it.
const SHARPNESS: f32 = 3.0;
const COVERED: f32 = 0.8;
/// Least usual likeness that a likeness is measured by.
const LOOSE: f32 = 0.1;
/// Signs of scope and of being right.
const SCOPE: usize = 5;
const RIGHT: usize = 3;
/// Share of the texts out of scope that is strange altogether rather than next to an intent.
const STRANGE: f32 = 0.3;
/// Thresholds are set for harder times than confidence: this many more texts out of scope, and fewer of them strange. A
/// wrong answer costs more than a question back.
const HARDER: f32 = 0.17;
const LESS_STRANGE: f32 = 0.2;
/// How far below the precision wanted the least confidence of an answer may lie: most answers are surer than the least.
const LEEWAY: f32 = 0.04;
/// Of the texts that are asked about, this many shall find theirs among those offered.
const OFFERED_RIGHT: f32 = 0.85;
/// Fewest texts in scope that tell anything, and from how many on a language is judged by its own.
const FEWEST: usize = 20;
const OWN: usize = 150;

/// What a ranking says in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Signs {
    /// Soft maximum over all candidates: high where any intent is likely.
    energy: f32,
    decision: f32,
    near: f32,
    covered: f32,
    distance: f32,
    /// Likeness against that of the intent's own examples: some intents are tight, some are loose (the local outlier
    /// factor of Breunig et al., SIGMOD 2000, in one step).
    outlying: f32,
    /// Lead over the second.
    margin: f32,
}

impl Signs {
    /// Of a shortlist, best first; it must not be empty.
    pub(crate) fn of(ranked: &[Scored], order: &Order) -> Self {
        let best = &ranked[0];
        let margin = ranked.get(1).map_or(1.0, |second| order.total(best) - order.total(second));
        let sum = |s: &Scored| s.decision + s.near + COVERED * s.covered;
        // Relative to the most, so that no exponent runs away.
        let most = ranked.iter().map(sum).fold(f32::MIN, f32::max);
        let others: f32 = ranked.iter().map(|s| (SHARPNESS * (sum(s) - most)).exp()).sum();
        Self {
            energy: most + others.ln() / SHARPNESS,
            decision: best.decision,
            near: best.near,
            covered: best.covered,
            distance: best.distance,
            outlying: best.near / best.typical.max(LOOSE),
            margin,
        }
    }

    fn scope(&self) -> [f32; SCOPE] {
        [self.energy, self.near, self.covered, self.distance, self.outlying]
    }

    fn right(&self) -> [f32; RIGHT] {
        [self.decision, self.margin, self.near]
    }
}

/// A held-out text and the intents it looks like.
struct HeldOut {
    language: Language,
    /// The right one; none for a text that is out of scope.
    class: Option<u32>,
    shortlist: Vec<Scored>,
    background: bool,
    /// Its lesson; of the background none.
    lesson: u32,
}

impl HeldOut {
    fn choice(&self) -> Option<Choice<'_>> {
        let right = self.shortlist.iter().position(|s| Some(s.class) == self.class)?;
        Some(Choice { shortlist: &self.shortlist, right })
    }

    fn tried(&self, order: &Order) -> Trial {
        let mut shortlist = self.shortlist.clone();
        order.sort(&mut shortlist);
        let place = |class| shortlist.iter().position(|s| s.class == class).unwrap_or(usize::MAX);
        let place = self.class.map(place);
        Trial { language: self.language, signs: Signs::of(&shortlist, order), place, background: self.background }
    }
}

/// A held-out text and what became of it.
#[derive(Debug, Clone, Copy)]
struct Trial {
    language: Language,
    signs: Signs,
    /// Place of the right intent among the candidates; none for a text that is out of scope.
    place: Option<usize>,
    background: bool,
}

/// From signs to probabilities, for the texts of a language.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fit {
    /// What puts candidates in order.
    pub(crate) order: Order,
    scope: Logistic<SCOPE>,
    right: Logistic<RIGHT>,
}

/// From signs to probabilities, and from probabilities to verdicts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibration {
    /// Languages with enough texts of their own: signs do not mean the same in a language that vectors serve and in one
    /// that they do not.
    own: Vec<(Language, Fit)>,
    rest: Fit,
    /// Confidence from which a text is answered.
    pub(crate) confident_at: f32,
    /// Confidence from which it is asked what is meant.
    pub(crate) ambiguous_at: f32,
    /// What it was learned from, for those who want to see; empty where nothing was.
    pub(crate) outcomes: Vec<Outcome>,
    /// The lesson of each outcome; `u32::MAX` for the background.
    pub(crate) lessons: Vec<u32>,
    /// Which lesson another intent would have won, had it not been taught.
    pub(crate) lost: Vec<Lost>,
}

/// A lesson that was left out, and the intent that was taken for its own then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Lost {
    pub(crate) lesson: u32,
    pub(crate) to: u32,
    pub(crate) confidence: f32,
}

impl Fit {
    /// Probability of being in scope, and of the first candidate being right if so.
    pub(crate) fn of(&self, signs: &Signs) -> (f32, f32) {
        (self.scope.at(&signs.scope()), self.right.at(&signs.right()))
    }

    /// Middling values over many contents.
    fn usual() -> Self {
        let scope = Logistic {
            mean: [0.8, 0.5, 0.8, 1.2, 1.0],
            sd: [0.6, 0.2, 0.2, 0.4, 0.3],
            weight: [1.2, 0.8, 0.6, 0.0, 0.0],
            bias: 1.8,
        };
        let right = Logistic { mean: [-0.1, 0.6, 0.5], sd: [0.45, 0.45, 0.2], weight: [0.4, 1.4, 0.5], bias: 2.0 };
        Self { order: Order::default(), scope, right }
    }

    fn learn(texts: &[&HeldOut], options: &Options) -> Self {
        let order = Order::learn(&texts.iter().filter_map(|t| t.choice()).collect::<Vec<_>>());
        let trials: Vec<Trial> = texts.iter().map(|text| text.tried(&order)).collect();
        let weights = weigh(&trials, options.out_of_scope, STRANGE);
        let weighted = || trials.iter().zip(&weights);
        let scope = |(t, weight): (&Trial, &f32)| Sample { x: t.signs.scope(), y: t.place.is_some(), weight: *weight };
        let right = |(t, weight): (&Trial, &f32)| Sample { x: t.signs.right(), y: t.place == Some(0), weight: *weight };
        let scope: Vec<_> = weighted().map(scope).collect();
        let right: Vec<_> = weighted().filter(|(t, _)| t.place.is_some()).map(right).collect();
        Self { order, scope: Logistic::fit(&scope), right: Logistic::fit(&right) }
    }
}

impl Calibration {
    /// What holds for texts of a language.
    pub(crate) fn of(&self, language: Language) -> &Fit {
        self.own.iter().find(|(l, _)| *l == language).map_or(&self.rest, |(_, fit)| fit)
    }

    /// Learns from `lessons`; `background` are texts that no content answers. Content too small to learn from gets what is
    /// usual.
    pub(crate) fn learn(
        lessons: &[Lesson],
        lexicon: &Lexicon,
        background: &[(Language, Probe)],
        classes: usize,
        features: usize,
        options: &Options,
    ) -> Self {
        let splits = splits(lessons, classes);
        let run = |split: &Split| split.run(lessons, lexicon, background, classes, features);
        // Training uses all cores by itself where there are many classes; several large models at once only cost memory.
        let at_once = if lessons.len() > MANY { 1 } else { AT_ONCE };
        let side_by_side = |some: &[Split]| -> Vec<HeldOut> {
            thread::scope(|scope| {
                let workers: Vec<_> = some.iter().map(|split| scope.spawn(move || run(split))).collect();
                workers.into_iter().flat_map(|w| w.join().unwrap_or_default()).collect()
            })
        };
        let held_out: Vec<HeldOut> = splits.chunks(at_once).flat_map(side_by_side).collect();
        Self::fit(&held_out, options)
    }

    /// Whom a model that was not taught a lesson would give it to, where that would be answered and is not its own intent.
    pub(crate) fn lost(&self, lessons: &[Lesson], model: &Model, lexicon: &Lexicon, lesson: u32) -> Option<Lost> {
        let Lesson { language, probe, label: Label::Is(own), .. } = lessons.get(lesson as usize)? else { return None };
        let fit = self.of(*language);
        let ranked = model.rank(probe, lexicon, &fit.order, |_| true);
        let to = ranked.first()?.class;
        let (scope, right) = fit.of(&Signs::of(&ranked, &fit.order));
        let confidence = scope * right;
        (to != *own && confidence >= self.confident_at).then_some(Lost { lesson, to, confidence })
    }

    fn fit(held_out: &[HeldOut], options: &Options) -> Self {
        let of = |language: Option<Language>| -> Vec<&HeldOut> {
            held_out.iter().filter(|t| language.is_none_or(|l| t.language == l)).collect()
        };
        let known = |texts: &[&HeldOut]| texts.iter().filter(|t| t.class.is_some()).count();
        let all = of(None);
        let (own, outcomes, lessons, lost) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (confident_at, ambiguous_at) = (options.answer_precision, 0.3);
        if known(&all) < FEWEST {
            return Self { own, rest: Fit::usual(), confident_at, ambiguous_at, outcomes, lessons, lost };
        }
        let mut made =
            Self { own, rest: Fit::learn(&all, options), confident_at, ambiguous_at, outcomes, lessons, lost };
        let mut languages: Vec<Language> = held_out.iter().map(|t| t.language).collect();
        languages.sort_unstable();
        languages.dedup();
        for language in languages {
            let texts = of(Some(language));
            if texts.len() < all.len() && known(&texts) >= OWN {
                made.own.push((language, Fit::learn(&texts, options)));
            }
        }
        made.settle(held_out, options);
        made
    }

    /// Sets the thresholds.
    fn settle(&mut self, held_out: &[HeldOut], options: &Options) {
        let tried: Vec<(Trial, f32)> = held_out
            .iter()
            .map(|text| {
                let fit = self.of(text.language);
                let trial = text.tried(&fit.order);
                let (scope, right) = fit.of(&trial.signs);
                (trial, scope * right)
            })
            .collect();
        let trials: Vec<Trial> = tried.iter().map(|(trial, _)| *trial).collect();
        let judged = |weights: &[f32]| {
            let judge = |((t, confidence), w): (&(Trial, f32), &f32)| (*confidence, *w, t.place);
            let mut judged: Vec<(f32, f32, Option<usize>)> = tried.iter().zip(weights).map(judge).collect();
            judged.sort_by(|a, b| b.0.total_cmp(&a.0));
            judged
        };
        let hard = judged(&weigh(&trials, options.out_of_scope + HARDER, LESS_STRANGE));
        let wanted = options.answer_precision;
        self.confident_at = threshold(&hard, wanted, 1).clamp(wanted - LEEWAY, wanted);
        // A question back costs less than a wrong answer: times as usual, but for strangers that are nearer.
        let mut unsure = judged(&weigh(&trials, options.out_of_scope, LESS_STRANGE));
        unsure.retain(|j| j.0 < self.confident_at);
        self.ambiguous_at = threshold(&unsure, OFFERED_RIGHT, OFFERED).clamp(0.1, self.confident_at);
        let weights = weigh(&trials, options.out_of_scope, STRANGE);
        let outcome = |((t, confidence), weight): (&(Trial, f32), f32)| Outcome {
            language: t.language,
            confidence: *confidence,
            place: t.place,
            weight,
        };
        self.outcomes = tried.iter().zip(weights).map(outcome).collect();
        self.lessons = held_out.iter().map(|text| text.lesson).collect();
        let lost = held_out.iter().zip(&tried).filter_map(|(text, (trial, confidence))| {
            let (lesson, place) = (text.lesson, trial.place?);
            let to = (place > 0).then(|| self.of(text.language).order.first(&text.shortlist)).flatten()?;
            (*confidence >= self.confident_at).then_some(Lost { lesson, to, confidence: *confidence })
        });
        self.lost = lost.collect();
    }
}

/// Least confidence above which a share of `wanted` has the right one among the first `among`.
pub(crate) fn threshold(judged: &[(f32, f32, Option<usize>)], wanted: f32, among: usize) -> f32 {
    let (mut all, mut good, mut best) = (0.0, 0.0, 1.0);
    for (confidence, weight, place) in judged {
        all += weight;
        if place.is_some_and(|p| p < among) {
            good += weight;
        }
        if good >= wanted * all {
            best = *confidence;
        }
    }
    best
}

/// Weights that give texts out of scope their expected share, `share` of it to the background.
fn weigh(trials: &[Trial], out_of_scope: f32, share: f32) -> Vec<f32> {
    let count = |f: &dyn Fn(&Trial) -> bool| trials.iter().filter(|t| f(t)).count() as f32;
    let inside = count(&|t| t.place.is_some());
    let background = count(&|t| t.background);
    let strange = count(&|t| t.place.is_none() && !t.background);
    let prior = out_of_scope.clamp(0.0, 0.9).max(0.01);
    let outside = inside * prior / (1.0 - prior);
    // Without background the rest stands for its own part only: all of it would be too near to the content.
    let share = if strange == 0.0 { 1.0 } else { share };
    trials
        .iter()
        .map(|t| match (t.place, t.background) {
            (Some(_), _) => 1.0,
            (None, true) => outside * share / background,
            (None, false) => outside * (1.0 - share) / strange,
        })
        .collect()
}

/// One division of the content.
struct Split {
    train: Vec<u32>,
    /// Lessons to read.
    read: Vec<u32>,
}

impl Split {
    fn run(
        &self,
        lessons: &[Lesson],
        lexicon: &Lexicon,
        background: &[(Language, Probe)],
        classes: usize,
        features: usize,
    ) -> Vec<HeldOut> {
        let model = Model::train(lessons, &self.train, classes, features);
        let mut known = vec![false; classes];
        for at in &self.train {
            if let Label::Is(class) = lessons[*at as usize].label {
                known[class as usize] = true;
            }
        }
        let trial = |probe: &Probe, language, class: Option<u32>, lesson: Option<u32>| {
            let shortlist = model.rank(probe, lexicon, &Order::default(), |_| true);
            let class = class.filter(|c| known[*c as usize]);
            (!shortlist.is_empty()).then_some(HeldOut {
                language,
                class,
                shortlist,
                background: lesson.is_none(),
                lesson: lesson.unwrap_or(u32::MAX),
            })
        };
        let read = self.read.iter().filter_map(|at| {
            let lesson = &lessons[*at as usize];
            let Label::Is(class) = lesson.label else { return None };
            trial(&lesson.probe, lesson.language, Some(class), Some(*at))
        });
        let mut held_out: Vec<_> = read.collect();
        held_out.extend(background.iter().filter_map(|(language, probe)| trial(probe, *language, None, None)));
        held_out
    }
}

fn splits(lessons: &[Lesson], classes: usize) -> Vec<Split> {
    let mut rows: Vec<u32> = (0..lessons.len() as u32).collect();
    let mut order: Vec<u32> = (0..classes as u32).collect();
    Shuffle(1).shuffle(&mut rows);
    Shuffle(2).shuffle(&mut order);
    let mut size = vec![0_u32; classes];
    for lesson in lessons {
        if let Label::Is(class) = lesson.label {
            size[class as usize] += 1;
        }
    }
    // Each example that a split lacks shows, so only few are held out of each; large content can spare the other splits.
    let splits = match lessons.len() {
        n if n > MANY => 3,
        n if n > FINE => 5,
        _ => ROW_PARTS,
    };
    (0..splits)
        .map(|fold| {
            let removed: Vec<bool> = {
                let mut removed = vec![false; classes];
                for (at, class) in order.iter().enumerate() {
                    // With few intents each one is needed.
                    removed[*class as usize] = classes >= 4 && at % INTENT_PARTS == fold % INTENT_PARTS;
                }
                removed
            };
            let mut split = Split { train: Vec::new(), read: Vec::new() };
            let (mut inside, mut outside) = (0, 0);
            for (at, row) in rows.iter().enumerate() {
                let Label::Is(class) = lessons[*row as usize].label else {
                    split.train.push(*row);
                    continue;
                };
                if lessons[*row as usize].title {
                    if !removed[class as usize] {
                        split.train.push(*row);
                    }
                } else if removed[class as usize] {
                    outside += 1;
                    if outside * splits <= SCORED.1 {
                        split.read.push(*row);
                    }
                } else if size[class as usize] >= 3 && at % ROW_PARTS == fold {
                    inside += 1;
                    if inside * splits <= SCORED.0 {
                        split.read.push(*row);
                    }
                } else {
                    split.train.push(*row);
                }
            }
            split.train.sort_unstable();
            split
        })
        .collect()
}
