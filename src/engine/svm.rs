//! One-against-the-rest linear support vector machines, squared hinge loss, trained by dual coordinate descent
//! (Hsieh, Chang, Lin, Keerthi, Sundararajan: *A Dual Coordinate Descent Method for Large-scale Linear SVM*, ICML 2008).
//!
//! Eight classes are trained side by side, since a text's features are the same for all of them: one walk over a row
//! serves eight dot products.

use std::num::NonZero;
use std::thread;

use super::hash::Shuffle;

/// Classes trained side by side.
pub(crate) const LANES: usize = 8;
/// One value for each class of a group.
pub(crate) type Lanes = [f32; LANES];
/// Cost of a margin error, the C of the literature.
const COST: f32 = 1.0;

/// Passes are over when no multiplier moved more than this.
const TOLERANCE: f32 = 0.02;
/// Gradient from which a row is far from mattering, and the passes for which it then rests (the shrinking of the paper).
const FAR: f32 = 0.3;
const REST: u8 = 2;
/// The order of visiting is the same in every run.
const SEED: u64 = 7;

/// What a row says about the classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// It is of this class and of no other.
    Is(u32),
    /// It is not of this class; about the others it says nothing.
    Not(u32),
}

/// Texts as numbers: a sparse part and a dense one of fixed length (possibly empty).
pub(crate) struct Rows {
    /// Features and values of all rows, one row after the other.
    sparse: Vec<(u32, f32)>,
    ends: Vec<usize>,
    dense: Vec<f32>,
    dim: usize,
}

impl Rows {
    pub(crate) fn new(dim: usize) -> Self {
        Self { sparse: Vec::new(), ends: vec![0], dense: Vec::new(), dim }
    }

    /// Appends the row whose sparse part `fill` writes.
    pub(crate) fn push(&mut self, dense: &[f32], fill: impl FnOnce(&mut Vec<(u32, f32)>)) {
        fill(&mut self.sparse);
        self.ends.push(self.sparse.len());
        self.dense.extend_from_slice(dense);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len() - 1
    }

    pub(crate) fn sparse(&self, row: usize) -> &[(u32, f32)] {
        &self.sparse[self.ends[row]..self.ends[row + 1]]
    }

    pub(crate) fn dense(&self, row: usize) -> &[f32] {
        &self.dense[row * self.dim..(row + 1) * self.dim]
    }
}

/// Weights of a group of classes: sparse features, then dense ones, then the bias.
pub(crate) struct Group(pub(crate) Vec<Lanes>);

impl Group {
    /// Values of the eight decision functions.
    pub(crate) fn score(&self, sparse: &[(u32, f32)], dense: &[f32]) -> Lanes {
        let bias = self.0.len() - 1;
        let mut sum = self.0[bias];
        for (f, v) in sparse {
            let w = &self.0[*f as usize];
            for l in 0..LANES {
                sum[l] += v * w[l];
            }
        }
        for (w, v) in self.0[bias - dense.len()..bias].iter().zip(dense) {
            for l in 0..LANES {
                sum[l] += v * w[l];
            }
        }
        sum
    }

    fn add(&mut self, sparse: &[(u32, f32)], dense: &[f32], step: &Lanes) {
        let bias = self.0.len() - 1;
        for (f, v) in sparse {
            let w = &mut self.0[*f as usize];
            for l in 0..LANES {
                w[l] += v * step[l];
            }
        }
        for (w, v) in self.0[bias - dense.len()..bias].iter_mut().zip(dense) {
            for l in 0..LANES {
                w[l] += v * step[l];
            }
        }
        self.0[bias].iter_mut().zip(step).for_each(|(w, s)| *w += s);
    }
}

/// What is the same for all groups.
struct Plan {
    /// 1 + the squared length of each row.
    norms: Vec<f32>,
    /// The order of visiting, pass by pass.
    passes: Vec<Vec<u32>>,
}

/// What to train.
pub(crate) struct Task<'a> {
    pub(crate) rows: &'a Rows,
    /// Rows to train on, with what each says.
    pub(crate) order: Vec<(u32, Label)>,
    /// Number of sparse features.
    pub(crate) features: usize,
    pub(crate) classes: usize,
    /// Walks over all rows, at most.
    pub(crate) passes: usize,
}

impl Task<'_> {
    /// Trains all classes and hands each group of [`LANES`] to `take`, in order of classes.
    pub(crate) fn run<T: Send>(&self, take: impl Fn(Group) -> T + Sync) -> Vec<T> {
        let groups = self.classes.div_ceil(LANES);
        let threads = thread::available_parallelism().map_or(1, NonZero::get).min(groups).max(1);
        let plan = &self.plan();
        let mut parts: Vec<(usize, T)> = Vec::with_capacity(groups);
        thread::scope(|scope| {
            let take = &take;
            let workers: Vec<_> = (0..threads)
                .map(|worker| {
                    scope.spawn(move || {
                        (worker..groups).step_by(threads).map(|g| (g, take(self.group(g, plan)))).collect::<Vec<_>>()
                    })
                })
                .collect();
            for worker in workers {
                match worker.join() {
                    Ok(done) => parts.extend(done),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
        });
        parts.sort_by_key(|(g, _)| *g);
        parts.into_iter().map(|(_, t)| t).collect()
    }

    fn plan(&self) -> Plan {
        let norm_of = |(row, _): &(u32, Label)| {
            1.0 + norm(self.rows.sparse(*row as usize).iter().map(|(_, v)| *v))
                + norm(self.rows.dense(*row as usize).iter().copied())
        };
        let mut visits: Vec<u32> = (0..self.order.len() as u32).collect();
        let mut shuffle = Shuffle(SEED);
        let pass = |_| {
            shuffle.shuffle(&mut visits);
            visits.clone()
        };
        Plan { norms: self.order.iter().map(norm_of).collect(), passes: (0..self.passes).map(pass).collect() }
    }

    fn group(&self, group: usize, plan: &Plan) -> Group {
        let first = (group * LANES) as u32;
        let mut weights = Group(vec![[0.0; LANES]; self.features + self.rows.dim + 1]);
        let mut alpha = vec![[0.0_f32; LANES]; self.order.len()];
        let diagonal = 1.0 / (2.0 * COST);
        // Passes for which a row that no class cares about is left alone.
        let mut idle = vec![0_u8; self.order.len()];
        for visits in &plan.passes {
            let mut most = 0.0_f32;
            for at in visits {
                let at = *at as usize;
                let (row, label) = self.order[at];
                let (sign, counts) = signs(label, first);
                if idle[at] > 0 || !counts.contains(&1.0) {
                    idle[at] = idle[at].saturating_sub(1);
                    continue;
                }
                let (sparse, dense) = (self.rows.sparse(row as usize), self.rows.dense(row as usize));
                let score = weights.score(sparse, dense);
                let alpha = &mut alpha[at];
                let mut step = [0.0; LANES];
                let (mut moved, mut cares) = (false, false);
                for l in 0..LANES {
                    let gradient = sign[l] * score[l] - 1.0 + diagonal * alpha[l];
                    let new = (alpha[l] - gradient / (plan.norms[at] + diagonal)).max(0.0);
                    let change = (new - alpha[l]) * counts[l];
                    alpha[l] += change;
                    step[l] = change * sign[l];
                    moved |= change.abs() > 1e-4;
                    cares |= alpha[l] > 0.0 || gradient < FAR;
                    most = most.max(change.abs());
                }
                idle[at] = if cares { 0 } else { REST };
                if moved {
                    weights.add(sparse, dense, &step);
                }
            }
            if most < TOLERANCE {
                break;
            }
        }
        weights
    }
}

/// For each class of a group: on which side of it a row is, and whether (1.0) the row counts for it at all.
fn signs(label: Label, first: u32) -> (Lanes, Lanes) {
    let lane = |class: u32| class.checked_sub(first).map(|l| l as usize).filter(|l| *l < LANES);
    let (mut sign, mut counts) = ([-1.0; LANES], [1.0; LANES]);
    match label {
        Label::Is(class) => {
            if let Some(l) = lane(class) {
                sign[l] = 1.0;
            }
        }
        Label::Not(class) => {
            counts = [0.0; LANES];
            if let Some(l) = lane(class) {
                counts[l] = 1.0;
            }
        }
    }
    (sign, counts)
}

fn norm(values: impl Iterator<Item = f32>) -> f32 {
    values.map(|v| v * v).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_separated_and_negatives_push_away() {
        let mut rows = Rows::new(1);
        let texts: &[(&[u32], f32, Label)] = &[
            (&[0, 1], 0.1, Label::Is(0)),
            (&[0, 2], 0.0, Label::Is(0)),
            (&[3, 4], 0.9, Label::Is(8)),
            (&[3, 1], 1.0, Label::Is(8)),
            (&[4], 0.0, Label::Not(8)),
        ];
        for (features, dense, _) in texts {
            rows.push(&[*dense], |out| out.extend(features.iter().map(|f| (*f, 0.7))));
        }
        let order = texts.iter().zip(0..).map(|((_, _, label), i)| (i, *label)).collect();
        let groups = Task { rows: &rows, order, features: 6, classes: 9, passes: 50 }.run(|g| g);
        assert_eq!(groups.len(), 2);
        let score = |features: &[u32], dense: f32, class: usize| {
            let sparse: Vec<_> = features.iter().map(|f| (*f, 0.7)).collect();
            groups[class / LANES].score(&sparse, &[dense])[class % LANES]
        };
        assert!(score(&[0], 0.0, 0) > 0.0 && score(&[0], 0.0, 8) < 0.0);
        assert!(score(&[3], 1.0, 8) > 0.0 && score(&[3], 1.0, 0) < 0.0);
        assert!(score(&[4], 0.0, 8) < 0.0);
    }
}
