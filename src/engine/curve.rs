//! What [`Outcome`]s say about texts to come: how many can be answered how well, and how many of those that were really
//! asked are out of scope.

use super::Outcome;
use super::decide::OFFERED;
use super::hash::Shuffle;
use super::logistic::{Logistic, Sample};

/// What answering from a confidence on would come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Texts with this confidence and more are answered.
    pub confidence: f32,
    /// Share of the answers that are right, 0.0..=1.0.
    pub precision: f32,
    /// Share of all texts that are answered, 0.0..=1.0.
    pub answered: f32,
}

/// One point for each confidence that occurs, the surest first: `answered` rises to 1, `precision` falls, but not at each
/// step. Empty for no outcomes.
#[must_use]
pub fn curve(outcomes: &[Outcome]) -> Vec<Point> {
    let mut sorted: Vec<&Outcome> = outcomes.iter().collect();
    sorted.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    let total = sum(outcomes, |_| true);
    let (mut all, mut right) = (0.0, 0.0);
    let mut points: Vec<Point> = Vec::new();
    for outcome in sorted {
        let weight = f64::from(outcome.weight);
        all += weight;
        if outcome.place == Some(0) {
            right += weight;
        }
        if all <= 0.0 {
            continue;
        }
        let (precision, answered) = ((right / all) as f32, (all / total).min(1.0) as f32);
        let point = Point { confidence: outcome.confidence, precision, answered };
        // Equal confidences are answered together or not at all.
        match points.last_mut().filter(|last| last.confidence == outcome.confidence) {
            Some(last) => *last = point,
            None => points.push(point),
        }
    }
    points
}

/// The point of a [`curve`] that answers most among those with at least this precision; none where no point has it.
#[must_use]
pub fn reaching(curve: &[Point], precision: f32) -> Option<Point> {
    curve.iter().rfind(|p| p.precision >= precision).copied()
}

/// What becomes of all texts under two thresholds. `answered`, `asked_back` and `unknown` are 1 together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Share of texts that are answered.
    pub answered: f32,
    /// Of these, the share with the right answer; 1 where nothing is answered.
    pub right: f32,
    /// Share of texts where the visitor is asked what is meant.
    pub asked_back: f32,
    /// Of these, the share that has the right one among those offered; 1 where nothing is asked back.
    pub offered: f32,
    /// Share of texts of which the bot says that it does not know.
    pub unknown: f32,
    /// Of these, the share that nothing in the content answers anyway; 1 where there are none.
    pub strange: f32,
}

/// See [`Shares`]; none for no outcomes.
#[must_use]
pub fn shares(outcomes: &[Outcome], confident_at: f32, ambiguous_at: f32) -> Option<Shares> {
    let total = sum(outcomes, |_| true);
    if total <= 0.0 {
        return None;
    }
    let answered = |o: &Outcome| o.confidence >= confident_at;
    let asked = |o: &Outcome| !answered(o) && o.confidence >= ambiguous_at;
    let unknown = |o: &Outcome| !answered(o) && !asked(o);
    let of = |part: f64, whole: f64| if whole > 0.0 { (part / whole) as f32 } else { 1.0 };
    let (yes, maybe, no) = (sum(outcomes, answered), sum(outcomes, asked), sum(outcomes, unknown));
    Some(Shares {
        answered: of(yes, total),
        right: of(sum(outcomes, |o| answered(o) && o.place == Some(0)), yes),
        asked_back: of(maybe, total),
        offered: of(sum(outcomes, |o| asked(o) && o.place.is_some_and(|p| p < OFFERED)), maybe),
        unknown: of(no, total),
        strange: of(sum(outcomes, |o| unknown(o) && o.place.is_none()), no),
    })
}

fn sum(outcomes: &[Outcome], of: impl Fn(&Outcome) -> bool) -> f64 {
    // Not `sum()`, whose nothing is -0.
    outcomes.iter().filter(|o| of(o)).fold(0.0, |sum, o| sum + f64::from(o.weight))
}

/// A share that was estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The likeliest value, 0.0..=1.0.
    pub share: f32,
    /// Nineteen of twenty times the share lies between this
    pub low: f32,
    /// and this, as far as chance in drawing texts and outcomes goes.
    pub high: f32,
}

/// Samples drawn for the interval, and the seed that they are drawn with.
const SAMPLES: usize = 200;
const SEED: u64 = 2002;
/// Halvings that the summit of the likelihood is found by: to a millionth.
const HALVINGS: usize = 20;
/// Surest and least sure that a confidence is taken for, in log odds: what lies beyond tells nothing more.
const FAR: f32 = 6.0;

/// Share of texts out of scope among texts that nobody has judged, from the confidences of their readings.
///
/// Expectation–maximisation on the prior of a classifier (Saerens, Latinne, Decaestecker: *Adjusting the outputs of a
/// classifier to new a priori probabilities*, Neural Computation 14, 2002). The classifier is the confidence: what it
/// leaves is a wrong candidate or no right one at all, in proportions that a logistic regression learns from the outcomes.
/// Where the iteration would end is found by halving: in one unknown the likelihood has a single summit.
/// The interval is a percentile bootstrap (Efron, Annals of Statistics 7, 1979) over texts and outcomes with a fixed seed.
/// What neither knows: whether real questions and real strangers resemble those of the outcomes.
///
/// `None` without texts, or with outcomes of one kind only.
#[must_use]
pub fn out_of_scope(outcomes: &[Outcome], confidences: &[f32]) -> Option<Estimate> {
    let weighty = outcomes.iter().filter(|o| o.weight > 0.0);
    let (inside, outside): (Vec<Outcome>, Vec<Outcome>) = weighty.partition(|o| o.place.is_some());
    if confidences.is_empty() || inside.is_empty() || outside.is_empty() {
        return None;
    }
    let share = prior(&inside, &outside, confidences);
    let mut chance = Shuffle(SEED);
    let mut drawn: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let (inside, outside) = (again(&inside, &mut chance), again(&outside, &mut chance));
            prior(&inside, &outside, &again(confidences, &mut chance))
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let (low, high) = (drawn[SAMPLES / 40], drawn[SAMPLES - 1 - SAMPLES / 40]);
    Some(Estimate { share: share as f32, low: low.min(share) as f32, high: high.max(share) as f32 })
}

/// The share of texts like those of `outside` that explains the confidences best.
fn prior(inside: &[Outcome], outside: &[Outcome], confidences: &[f32]) -> f64 {
    let wrong = inside.iter().filter(|o| o.place != Some(0)).chain(outside);
    let sample = |o: &Outcome| Sample { x: [odds(o.confidence), 0.0, 0.0], y: o.place.is_none(), weight: o.weight };
    let strange = Logistic::fit(&wrong.map(sample).collect::<Vec<_>>());
    let taught = sum(outside, |_| true) / (sum(inside, |_| true) + sum(outside, |_| true));
    // Likelihood of a text out of scope against one in scope: the odds that it is, less the odds of the outcomes.
    let ratio = |c: &f32| {
        let p = f64::from(1.0 - c) * f64::from(strange.at(&[odds(*c), 0.0, 0.0]));
        let p = p.clamp(1e-6, 1.0 - 1e-6);
        p / (1.0 - p) * (1.0 - taught) / taught
    };
    let ratios: Vec<f64> = confidences.iter().map(ratio).collect();
    // Below the summit each text out of scope pulls the share up more than the others pull it down.
    let slope = |share: f64| ratios.iter().map(|r| (r - 1.0) / (1.0 + share * (r - 1.0))).sum::<f64>();
    let (mut low, mut high) = (0.0, 1.0);
    if slope(low) <= 0.0 {
        return low;
    }
    if slope(high) >= 0.0 {
        return high;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(low, high);
        if slope(middle) > 0.0 { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

fn odds(confidence: f32) -> f32 {
    (confidence / (1.0 - confidence)).ln().clamp(-FAR, FAR)
}

/// As many as there are, drawn with replacement.
fn again<T: Copy>(all: &[T], chance: &mut Shuffle) -> Vec<T> {
    (0..all.len()).filter_map(|_| all.get((chance.unit() * all.len() as f64) as usize).copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Language;

    fn outcome(confidence: f32, place: Option<usize>, weight: f32) -> Outcome {
        Outcome { language: Language::EN, confidence, place, weight }
    }

    /// 400 texts in scope, mostly sure; 200 strangers, mostly not; the strangers weigh a fifth of all.
    fn outcomes() -> Vec<Outcome> {
        let mut all = Vec::new();
        for i in 0..400 {
            let x = (i as f32 + 0.5) / 400.0;
            all.push(outcome(x.sqrt(), Some(if i % 37 < 33 || i > 200 { 0 } else { i % 5 }), 1.0));
        }
        for i in 0..200 {
            let x = (i as f32 + 0.5) / 200.0;
            all.push(outcome(x * x, None, 0.5));
        }
        all
    }

    #[test]
    fn a_curve_answers_ever_more() {
        let outcomes = outcomes();
        let points = curve(&outcomes);
        assert!(points.windows(2).all(|w| w[0].confidence > w[1].confidence && w[0].answered < w[1].answered));
        let last = points.last().unwrap();
        let right = outcomes.iter().filter(|o| o.place == Some(0)).count() as f32;
        assert!((last.answered - 1.0).abs() < 1e-6 && (last.precision - right / 500.0).abs() < 1e-6, "{last:?}");
        // The more precision, the fewer answers.
        let levels: Vec<f32> = [0.99, 0.95, 0.9, 0.8, 0.0]
            .iter()
            .map(|p| reaching(&points, *p).map_or(0.0, |point| point.answered))
            .collect();
        assert!(levels.is_sorted() && levels[1] < levels[3], "{levels:?}");
        for precision in [0.95, 0.9, 0.8] {
            let at = reaching(&points, precision).unwrap();
            let all: f32 = outcomes.iter().filter(|o| o.confidence >= at.confidence).map(|o| o.weight).sum();
            assert!(at.precision >= precision && (at.answered - all / 500.0).abs() < 1e-5, "{at:?}");
        }
    }

    #[test]
    fn equal_confidences_are_one_point() {
        let outcomes = [outcome(0.7, Some(0), 1.0), outcome(0.7, None, 1.0), outcome(0.9, Some(0), 2.0)];
        let points = curve(&outcomes);
        let flat: Vec<_> = points.iter().map(|p| (p.confidence, p.precision, p.answered)).collect();
        assert_eq!(flat, [(0.9, 1.0, 0.5), (0.7, 0.75, 1.0)]);
        assert_eq!(reaching(&points, 0.8), Some(points[0]));
        assert_eq!(reaching(&points, 1.1), None);
    }

    #[test]
    fn shares_are_one_together() {
        let outcomes = outcomes();
        for (confident, ambiguous) in [(0.9, 0.3), (0.5, 0.5), (2.0, 0.0), (2.0, 2.0), (0.0, 0.0)] {
            let s = shares(&outcomes, confident, ambiguous).unwrap();
            assert!((s.answered + s.asked_back + s.unknown - 1.0).abs() < 1e-6, "{s:?}");
            assert!([s.right, s.offered, s.strange].iter().all(|v| (0.0..=1.0).contains(v)), "{s:?}");
        }
        let few = [
            outcome(0.9, Some(0), 3.0),
            outcome(0.9, None, 1.0),
            outcome(0.5, Some(2), 1.0),
            outcome(0.5, Some(3), 1.0),
            outcome(0.1, None, 3.0),
            outcome(0.1, Some(0), 1.0),
        ];
        let s = shares(&few, 0.8, 0.4).unwrap();
        let flat = [s.answered, s.right, s.asked_back, s.offered, s.unknown, s.strange];
        assert_eq!(flat, [0.4, 0.75, 0.2, 0.5, 0.4, 0.75]);
    }

    #[test]
    fn of_nothing_comes_nothing() {
        assert_eq!(curve(&[]), []);
        assert_eq!(shares(&[], 0.5, 0.2), None);
        assert_eq!(out_of_scope(&[], &[0.5]), None);
        assert_eq!(out_of_scope(&outcomes(), &[]), None);
        assert_eq!(out_of_scope(&[outcome(0.5, Some(0), 1.0)], &[0.5]), None);
    }

    /// Outcomes whose confidence is what it says: right so often, and out of scope in three of five other cases.
    fn calibrated(chance: &mut Shuffle) -> Vec<Outcome> {
        let one = |c: f32, (right, strange): (f64, f64)| {
            let place = if right < f64::from(c) { Some(0) } else { Some(1) };
            outcome(c, place.filter(|p| *p == 0 || strange > 0.6), 1.0)
        };
        (0..400).map(|i| one((i as f32 + 0.5) / 400.0, (chance.unit(), chance.unit()))).collect()
    }

    /// Confidences of texts like those, `share` of them out of scope.
    fn mixed(share: f64, texts: usize, chance: &mut Shuffle) -> Vec<f32> {
        let draw = |i: usize| {
            let out = (i as f64) < share * texts as f64;
            loop {
                let c = chance.unit();
                let strange = 0.6 * (1.0 - c);
                if chance.unit() < if out { strange } else { 1.0 - strange } {
                    return c as f32;
                }
            }
        };
        (0..texts).map(draw).collect()
    }

    #[test]
    fn a_known_mixture_is_found() {
        let mut chance = Shuffle(7);
        let outcomes = calibrated(&mut chance);
        for share in [0.0, 0.2, 0.6, 1.0] {
            let texts = mixed(share, 1_000, &mut chance);
            let found = out_of_scope(&outcomes, &texts).unwrap();
            let Estimate { share: estimate, low, high } = found;
            assert!((0.0..=1.0).contains(&low) && low <= estimate && estimate <= high && high <= 1.0, "{found:?}");
            assert!(f64::from(low) <= share + 0.01 && share <= f64::from(high) + 0.01, "{share}: {found:?}");
            assert!((f64::from(estimate) - share).abs() < 0.12 && high - low < 0.4, "{share}: {found:?}");
        }
    }

    #[test]
    fn few_texts_are_less_certain() {
        let mut chance = Shuffle(9);
        let outcomes = calibrated(&mut chance);
        let wide = |texts: &[f32]| out_of_scope(&outcomes, texts).map(|e| e.high - e.low).unwrap();
        assert_eq!(out_of_scope(&outcomes, &[0.1, 0.9]), out_of_scope(&outcomes, &[0.1, 0.9]), "the seed is fixed");
        let (few, many) = (mixed(0.3, 60, &mut chance), mixed(0.3, 1_200, &mut chance));
        assert!(wide(&few) > 1.5 * wide(&many), "{} {}", wide(&few), wide(&many));
    }

    #[test]
    fn the_surest_and_the_least_sure_are_finite() {
        let outcomes = [outcome(0.9, Some(0), 1.0), outcome(0.4, Some(2), 1.0), outcome(0.1, None, 1.0)];
        for texts in [[0.0, 0.0], [1.0, 1.0], [0.0, 1.0]] {
            let found = out_of_scope(&outcomes, &texts).unwrap();
            assert!(
                [found.share, found.low, found.high].iter().all(|v| (0.0..=1.0).contains(v)),
                "{texts:?} {found:?}"
            );
        }
    }
}
