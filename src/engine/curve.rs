//! What [`Outcome`]s say about texts to come: how many can be answered how well, and how many of those that were really
//! asked are out of scope.

use super::Outcome;
use super::decide::OFFERED;
use super::hash::Shuffle;

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
    outcomes.iter().filter(|o| of(o)).map(|o| f64::from(o.weight)).sum()
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

/// Classes of confidence at most, and outcomes that each should have.
const BINS: usize = 12;
const IN_A_BIN: usize = 25;
/// Samples drawn for the interval, and the seed that they are drawn with.
const SAMPLES: usize = 400;
const SEED: u64 = 2002;
/// Rounds of expectation and maximisation: the likelihood has one summit, and a step more changes nothing by then.
const ROUNDS: usize = 200;

/// Share of texts out of scope among texts that nobody has judged, from the confidences of their readings.
///
/// Expectation–maximisation on the prior of a classifier (Saerens, Latinne, Decaestecker: *Adjusting the outputs of a
/// classifier to new a priori probabilities*, Neural Computation 14, 2002), with the probability of being in scope as the
/// outcomes show it for each class of confidence. The interval is a percentile bootstrap (Efron 1979) over texts and
/// outcomes with a fixed seed. What it does not know: whether real strangers resemble those of the outcomes.
///
/// `None` without texts, or with outcomes of one kind only.
#[must_use]
pub fn out_of_scope(outcomes: &[Outcome], confidences: &[f32]) -> Option<Estimate> {
    let count = |inside: bool| outcomes.iter().filter(|o| o.place.is_some() == inside && o.weight > 0.0).count();
    let (inside, outside) = (count(true), count(false));
    if confidences.is_empty() || inside == 0 || outside == 0 {
        return None;
    }
    let edges = edges(outcomes);
    let bin = |confidence: f32| edges.iter().filter(|e| confidence >= **e).count();
    let bins = edges.len() + 1;
    let weighed = |in_scope: bool| {
        let mut weight = vec![0.0; bins];
        for o in outcomes.iter().filter(|o| o.place.is_some() == in_scope) {
            weight[bin(o.confidence)] += f64::from(o.weight);
        }
        weight
    };
    let (within, beyond) = (weighed(true), weighed(false));
    let mut texts = vec![0.0; bins];
    confidences.iter().for_each(|c| texts[bin(*c)] += 1.0);
    let share = summit(&likelihood(&within, inside), &likelihood(&beyond, outside), &texts);

    let mut chance = Shuffle(SEED);
    let mut drawn: Vec<f64> = (0..SAMPLES)
        .map(|_| {
            let within = likelihood(&sample(&within, inside, &mut chance), inside);
            let beyond = likelihood(&sample(&beyond, outside, &mut chance), outside);
            summit(&within, &beyond, &sample(&texts, confidences.len(), &mut chance))
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let (low, high) = (drawn[SAMPLES / 40], drawn[SAMPLES - 1 - SAMPLES / 40]);
    Some(Estimate { share: share as f32, low: low.min(share) as f32, high: high.max(share) as f32 })
}

/// Confidences between classes of about equal weight.
fn edges(outcomes: &[Outcome]) -> Vec<f32> {
    let mut sorted: Vec<&Outcome> = outcomes.iter().collect();
    sorted.sort_by(|a, b| a.confidence.total_cmp(&b.confidence));
    let bins = (outcomes.len() / IN_A_BIN).clamp(4, BINS);
    let step = sum(outcomes, |_| true) / bins as f64;
    let (mut edges, mut all) = (Vec::new(), 0.0);
    for outcome in sorted {
        if all >= step * (edges.len() + 1) as f64 && edges.len() + 1 < bins {
            edges.push(outcome.confidence);
        }
        all += f64::from(outcome.weight);
    }
    edges
}

/// How likely each class of confidence is, from the weights of `texts` texts. Half a text in each class keeps the
/// impossible out (Krichevsky and Trofimov).
fn likelihood(weights: &[f64], texts: usize) -> Vec<f64> {
    let all: f64 = weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let total = texts as f64 + 0.5 * weights.len() as f64;
    weights.iter().map(|w| (w / all * texts as f64 + 0.5) / total).collect()
}

/// The share of `beyond` in the mixture that explains `texts` best.
fn summit(within: &[f64], beyond: &[f64], texts: &[f64]) -> f64 {
    let total: f64 = texts.iter().sum();
    let mut share = 0.5;
    for _ in 0..ROUNDS {
        let expected = texts.iter().zip(within.iter().zip(beyond)).map(|(n, (i, o))| {
            let strange = share * o;
            n * strange / (strange + (1.0 - share) * i)
        });
        share = expected.sum::<f64>() / total;
    }
    share
}

/// As many texts as there are, drawn with replacement.
fn sample(weights: &[f64], texts: usize, chance: &mut Shuffle) -> Vec<f64> {
    let mut bounds = Vec::with_capacity(weights.len());
    let mut all = 0.0;
    for weight in weights {
        all += weight;
        bounds.push(all);
    }
    let mut drawn = vec![0.0; weights.len()];
    for _ in 0..texts {
        let at = chance.unit() * all;
        drawn[bounds.partition_point(|b| *b <= at).min(weights.len() - 1)] += 1.0;
    }
    drawn
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

    #[test]
    fn a_known_mixture_is_found() {
        let outcomes = outcomes();
        let mut chance = Shuffle(7);
        for share in [0.0_f32, 0.1, 0.35, 0.6, 1.0] {
            let texts: Vec<f32> = (0..1_500)
                .map(|i| {
                    let x = chance.unit() as f32;
                    if (i as f32) < share * 1_500.0 { x * x } else { x.sqrt() }
                })
                .collect();
            let found = out_of_scope(&outcomes, &texts).unwrap();
            // At the edges the truth cannot be inside: half a text a class keeps the estimate off them.
            assert!(found.low - 0.03 <= share && share <= found.high + 0.03, "{share}: {found:?}");
            assert!((found.share - share).abs() < 0.1 && found.high - found.low < 0.25, "{share}: {found:?}");
            assert_eq!(out_of_scope(&outcomes, &texts), Some(found), "the seed is fixed");
            let few = out_of_scope(&outcomes, &texts[..60]);
            let _ = few.map(|few| assert!(few.low <= few.share && few.share <= few.high));
        }
    }

    #[test]
    fn few_texts_are_less_certain() {
        let outcomes = outcomes();
        let mut chance = Shuffle(9);
        let texts: Vec<f32> =
            (0..2_000).map(|i| if i % 3 == 0 { chance.unit().powi(2) } else { chance.unit().sqrt() } as f32).collect();
        let wide = |n: usize| out_of_scope(&outcomes, &texts[..n]).map(|e| e.high - e.low).unwrap();
        assert!(wide(60) > 1.5 * wide(2_000), "{} {}", wide(60), wide(2_000));
    }
}
