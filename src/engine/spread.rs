//! How far is a text from the middle of an intent, given how far its own examples lie?
//!
//! The Mahalanobis distance of its static vector to the mean of the intent's, by the covariance that examples have within
//! intents, all together (Lee et al.: *A Simple Unified Framework for Detecting Out-of-Distribution Samples*, NeurIPS
//! 2018), shrunk towards a sphere. A text about something next door shares words with an intent, but lies off in a
//! direction in which the intent's own examples never do.

use super::model::dot;

/// How far the covariance is drawn towards a sphere, 0.0..=1.0.
const SHRINK: f64 = 0.5;
/// Longest distance told, in usual ones.
const FARTHEST: f32 = 10.0;

/// Middles of the classes, where the usual spread is a sphere.
pub(crate) struct Spread {
    /// Lower triangle of the inverse of the covariance's Cholesky factor, row by row.
    whiten: Vec<f32>,
    dim: usize,
    middles: Vec<f32>,
    /// Median distance of an example from its own middle.
    usual: f32,
}

impl Spread {
    /// From examples with their classes; none where there are no vectors, or no class with two of them.
    pub(crate) fn new<'a>(examples: impl Iterator<Item = (u32, &'a [f32])> + Clone, classes: usize) -> Option<Self> {
        let dim = examples.clone().map(|(_, v)| v.len()).max().filter(|d| *d > 0)?;
        let examples = examples.filter(|(_, v)| v.len() == dim);
        let (mut middles, mut count) = (vec![0.0_f32; classes * dim], vec![0.0_f32; classes]);
        let of = |class: u32| class as usize * dim..(class as usize + 1) * dim;
        for (class, v) in examples.clone() {
            middles[of(class)].iter_mut().zip(v).for_each(|(m, v)| *m += v);
            count[class as usize] += 1.0;
        }
        for (middle, n) in middles.chunks_exact_mut(dim).zip(&count) {
            middle.iter_mut().for_each(|m| *m /= n.max(1.0));
        }
        let (mut covariance, mut rows) = (vec![0.0_f32; dim * dim], 0.0);
        for (class, v) in examples.clone().filter(|(class, _)| count[*class as usize] > 1.0) {
            let off: Vec<f32> = v.iter().zip(&middles[of(class)]).map(|(v, m)| v - m).collect();
            for (i, row) in covariance.chunks_exact_mut(dim).enumerate() {
                let scale = off[i];
                row[..=i].iter_mut().zip(&off).for_each(|(c, o)| *c += scale * o);
            }
            rows += 1.0;
        }
        let free = rows - count.iter().filter(|n| **n > 1.0).count() as f64;
        if free < 1.0 {
            return None;
        }
        let whiten = whitening(&covariance, dim, free)?;
        let mut made = Self { whiten, dim, middles: Vec::new(), usual: 1.0 };
        made.middles = middles.chunks_exact(dim).flat_map(|m| made.whitened(m)).collect();
        let mut own: Vec<f32> = examples.map(|(class, v)| made.squared(&made.whitened(v), class)).collect();
        let half = own.len() / 2;
        made.usual = own.select_nth_unstable_by(half, f32::total_cmp).1.max(1e-6);
        Some(made)
    }

    /// A vector where the usual spread is a sphere.
    pub(crate) fn whitened(&self, v: &[f32]) -> Vec<f32> {
        let mut from = 0;
        (1..=self.dim)
            .map(|n| {
                let row = &self.whiten[from..from + n];
                from += n;
                dot(row, &v[..n])
            })
            .collect()
    }

    fn squared(&self, whitened: &[f32], class: u32) -> f32 {
        let middle = &self.middles[class as usize * self.dim..(class as usize + 1) * self.dim];
        whitened.iter().zip(middle).map(|(w, m)| (w - m) * (w - m)).sum()
    }

    /// Squared distance of a whitened vector from the middle of a class; 1 is the usual distance of its own examples.
    pub(crate) fn distance(&self, whitened: &[f32], class: u32) -> f32 {
        (self.squared(whitened, class) / self.usual).min(FARTHEST)
    }
}

/// Inverse of the Cholesky factor of the shrunk covariance: its lower triangle, row by row.
fn whitening(sums: &[f32], dim: usize, free: f64) -> Option<Vec<f32>> {
    let at = |i: usize, j: usize| f64::from(sums[i * dim + j]) / free;
    let sphere = (0..dim).map(|i| at(i, i)).sum::<f64>() / dim as f64;
    if sphere <= 0.0 {
        return None;
    }
    let shrunk = |i, j| (1.0 - SHRINK) * at(i, j) + if i == j { SHRINK * sphere } else { 0.0 };
    let mut lower = vec![0.0_f64; dim * dim];
    for i in 0..dim {
        for j in 0..=i {
            let known: f64 = (0..j).map(|k| lower[i * dim + k] * lower[j * dim + k]).sum();
            let rest = shrunk(i, j) - known;
            lower[i * dim + j] = if i == j { rest.max(1e-12).sqrt() } else { rest / lower[j * dim + j] };
        }
    }
    // Its inverse, column by column, by forward substitution.
    let mut inverse = vec![0.0_f64; dim * dim];
    for j in 0..dim {
        inverse[j * dim + j] = 1.0 / lower[j * dim + j];
        for i in j + 1..dim {
            let known: f64 = (j..i).map(|k| lower[i * dim + k] * inverse[k * dim + j]).sum();
            inverse[i * dim + j] = -known / lower[i * dim + i];
        }
    }
    Some((0..dim).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| inverse[i * dim + j] as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_by_the_spread_of_its_direction() {
        // Two classes, each spread along the first axis and hardly along the second.
        let points: Vec<(u32, [f32; 2])> = (0..40_u8)
            .map(|i| {
                let (along, across) = (f32::from(i % 10) - 4.5, if i % 2 == 0 { 0.1 } else { -0.1 });
                if i < 20 { (0, [along, across]) } else { (1, [along, 5.0 + across]) }
            })
            .collect();
        let spread = Spread::new(points.iter().map(|(c, p)| (*c, p.as_slice())), 2).unwrap();
        let far = |p: [f32; 2], class| spread.distance(&spread.whitened(&p), class);
        assert!(far([4.0, 0.0], 0) < far([0.0, 4.0], 0), "{} {}", far([4.0, 0.0], 0), far([0.0, 4.0], 0));
        assert!(far([0.0, 5.0], 1) < 0.1 && far([0.0, 5.0], 0) > 1.0);
    }

    #[test]
    fn nothing_is_told_where_nothing_can_be() {
        let none: [(u32, &[f32]); 0] = [];
        assert!(Spread::new(none.into_iter(), 3).is_none());
        let alone: [(u32, &[f32]); 2] = [(0, &[1.0, 0.0]), (1, &[0.0, 1.0])];
        assert!(Spread::new(alone.into_iter(), 2).is_none(), "no class with two examples");
        let same: [(u32, &[f32]); 2] = [(0, &[1.0, 0.0]), (0, &[1.0, 0.0])];
        assert!(Spread::new(same.into_iter(), 1).is_none(), "no spread at all");
    }
}
