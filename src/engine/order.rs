//! In what order do the likeliest intents stand? What each sign counts is learned from the content, when it is loaded.
//!
//! A conditional logit (McFadden, 1974) over the shortlists of held-out texts, drawn towards weights that serve most
//! contents: a few hundred shortlists can bend them, a few dozen cannot.

use super::logistic::solve;
use super::model::Scored;

/// Signs that order a shortlist.
pub(crate) const SIGNS: usize = 4;
/// Weights that serve most contents: decision, likeness, covered, distance.
const USUAL: [f32; SIGNS] = [1.0, 1.0, 0.8, -0.4];
/// How sharply the usual order decides.
const USUAL_SHARPNESS: f32 = 3.0;
/// How strongly the weights are drawn to the usual ones, signs scaled to a deviation of 1.
const DRAW: f64 = 10.0;
/// Fewest shortlists that weights are learned from.
const FEWEST: usize = 40;
const STEPS: usize = 30;

/// Weights of the signs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Order {
    weight: [f32; SIGNS],
    /// By what the difference of two totals has to be multiplied to give the logarithm of their odds.
    pub(crate) sharpness: f32,
}

impl Default for Order {
    fn default() -> Self {
        Self { weight: USUAL, sharpness: USUAL_SHARPNESS }
    }
}

/// A shortlist of a held-out text, and the place of the right one in it.
pub(crate) struct Choice<'a> {
    pub(crate) shortlist: &'a [Scored],
    pub(crate) right: usize,
}

impl Order {
    /// What a shortlist is ordered by.
    pub(crate) fn total(&self, scored: &Scored) -> f32 {
        self.weight.iter().zip(signs(scored)).map(|(w, s)| w * s).sum()
    }

    /// Puts a shortlist in order, best first.
    pub(crate) fn sort(&self, shortlist: &mut [Scored]) {
        shortlist.sort_by(|a, b| self.total(b).total_cmp(&self.total(a)).then(a.class.cmp(&b.class)));
    }

    /// The class that stands first.
    pub(crate) fn first(&self, shortlist: &[Scored]) -> Option<u32> {
        let ahead = |a: &&Scored, b: &&Scored| self.total(a).total_cmp(&self.total(b)).then(b.class.cmp(&a.class));
        shortlist.iter().max_by(ahead).map(|s| s.class)
    }

    /// Learns what the signs count: the likeliest weights, by Newton's method.
    pub(crate) fn learn(choices: &[Choice<'_>]) -> Self {
        if choices.len() < FEWEST {
            return Self::default();
        }
        let all = || choices.iter().flat_map(|c| c.shortlist.iter().map(signs));
        let n = all().count() as f64;
        let mean: [f64; SIGNS] = std::array::from_fn(|i| all().map(|s| f64::from(s[i])).sum::<f64>() / n);
        let scale: [f64; SIGNS] = std::array::from_fn(|i| {
            (all().map(|s| (f64::from(s[i]) - mean[i]).powi(2)).sum::<f64>() / n).sqrt().max(1e-6)
        });
        // The first parameter stretches the usual weights, which costs nothing; the others bend them.
        const N: usize = SIGNS + 1;
        let usual: [f64; SIGNS] = std::array::from_fn(|i| f64::from(USUAL[i]) * scale[i]);
        let row = |scored: &Scored| -> [f64; N] {
            let signs = signs(scored);
            let scaled: [f64; SIGNS] = std::array::from_fn(|i| f64::from(signs[i]) / scale[i]);
            std::array::from_fn(|i| match i.checked_sub(1) {
                None => (0..SIGNS).map(|j| usual[j] * scaled[j]).sum(),
                Some(i) => scaled[i],
            })
        };
        let mut w = [0.0; N];
        w[0] = f64::from(USUAL_SHARPNESS);
        for _ in 0..STEPS {
            let (mut gradient, mut hessian) = ([0.0; N], [[0.0; N]; N]);
            for choice in choices {
                let rows: Vec<[f64; N]> = choice.shortlist.iter().map(row).collect();
                let scores: Vec<f64> = rows.iter().map(|r| r.iter().zip(&w).map(|(x, w)| x * w).sum()).collect();
                let most = scores.iter().copied().fold(f64::MIN, f64::max);
                let sum: f64 = scores.iter().map(|s| (s - most).exp()).sum();
                let chances: Vec<f64> = scores.iter().map(|s| (s - most).exp() / sum).collect();
                let expected: [f64; N] =
                    std::array::from_fn(|i| rows.iter().zip(&chances).map(|(r, p)| r[i] * p).sum());
                for i in 0..N {
                    gradient[i] += expected[i] - rows[choice.right][i];
                    for j in 0..N {
                        let square: f64 = rows.iter().zip(&chances).map(|(r, p)| r[i] * r[j] * p).sum();
                        hessian[i][j] += square - expected[i] * expected[j];
                    }
                }
            }
            for i in 0..N {
                let draw = if i == 0 { 1e-3 } else { DRAW };
                gradient[i] += if i == 0 { 0.0 } else { draw * w[i] };
                hessian[i][i] += draw;
            }
            let step = solve(hessian, gradient);
            w.iter_mut().zip(step).for_each(|(w, step)| *w -= step.clamp(-1.0, 1.0));
        }
        let weight: [f64; SIGNS] = std::array::from_fn(|i| w[0] * f64::from(USUAL[i]) + w[i + 1] / scale[i]);
        // The decision is the yardstick; where it says nothing, nothing was learned.
        let sharpness = weight[0];
        if !weight.iter().all(|w| w.is_finite()) || sharpness < 0.3 {
            return Self::default();
        }
        Self { weight: weight.map(|w| (w / sharpness) as f32), sharpness: sharpness as f32 }
    }
}

fn signs(scored: &Scored) -> [f32; SIGNS] {
    [scored.decision, scored.near, scored.covered, scored.distance]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(class: u32, decision: f32, near: f32) -> Scored {
        Scored { class, decision, near, covered: 0.5, distance: 1.0, typical: 0.5, nearest: Vec::new() }
    }

    #[test]
    fn what_decides_held_out_texts_comes_to_count() {
        // The decision function errs in every third text, the nearest example never.
        let lists: Vec<[Scored; 2]> = (0..90)
            .map(|i| {
                let (right, wrong) = if i % 3 == 0 { (-0.2, 0.1) } else { (0.1, -0.2) };
                [scored(0, right, 0.6), scored(1, wrong, 0.4)]
            })
            .collect();
        let choices: Vec<_> = lists.iter().map(|l| Choice { shortlist: l, right: 0 }).collect();
        let order = Order::learn(&choices);
        let first = |order: &Order| {
            let mut list = lists[0].clone();
            order.sort(&mut list);
            list[0].class
        };
        assert_eq!((first(&Order::default()), first(&order)), (1, 0));
        assert_eq!(Order::learn(&choices[..FEWEST - 1]), Order::default(), "too few to learn from");
    }

    #[test]
    fn signs_that_never_differ_change_nothing() {
        let list = [scored(0, 0.0, 0.5), scored(1, 0.0, 0.5)];
        let choices: Vec<_> = (0..50).map(|i| Choice { shortlist: &list, right: i % 2 }).collect();
        let order = Order::learn(&choices);
        assert!(order.sharpness.is_finite() && order.weight.iter().all(|w| w.is_finite()), "{order:?}");
    }
}
