//! The trained weights as reading wants them: all classes of one feature side by side, one byte each.
//!
//! Eight bits with one scale a class answer as 32 do, in a quarter of the memory that every text walks through.

use super::svm::{Group, LANES, Lanes};

/// Weights of all classes.
pub(crate) struct Weights {
    /// For each sparse feature, then each dense one: a byte for each class.
    bytes: Vec<i8>,
    scale: Vec<f32>,
    bias: Vec<f32>,
    /// Classes, rounded up to whole groups.
    width: usize,
    features: usize,
}

/// Weights of one group, one byte each: packed as soon as the group is trained, for a quarter of the memory.
pub(crate) struct Packed {
    bytes: Vec<[i8; LANES]>,
    scale: Lanes,
    bias: Lanes,
}

impl Packed {
    pub(crate) fn new(group: &Group) -> Self {
        let (bias, rows) = group.0.split_last().map_or(([0.0; LANES], &[][..]), |(bias, rows)| (*bias, rows));
        let mut most = [f32::MIN_POSITIVE; LANES];
        for row in rows {
            most.iter_mut().zip(row).for_each(|(m, w)| *m = m.max(w.abs()));
        }
        let scale = most.map(|m| m / 127.0);
        let bytes = rows.iter().map(|row| std::array::from_fn(|l| (row[l] / scale[l]).round() as i8)).collect();
        Self { bytes, scale, bias }
    }
}

impl Weights {
    /// From all groups, in order of classes; `features` sparse features come first.
    pub(crate) fn new(groups: &[Packed], features: usize) -> Self {
        let width = groups.len() * LANES;
        let rows = groups.first().map_or(0, |g| g.bytes.len());
        let mut bytes = vec![0_i8; rows * width];
        for (g, group) in groups.iter().enumerate() {
            for (row, lanes) in bytes.chunks_exact_mut(width).zip(&group.bytes) {
                row[g * LANES..(g + 1) * LANES].copy_from_slice(lanes);
            }
        }
        let scale = groups.iter().flat_map(|g| g.scale).collect();
        let bias = groups.iter().flat_map(|g| g.bias).collect();
        Self { bytes, scale, bias, width, features }
    }

    /// Value of every class's decision function (padding included).
    pub(crate) fn score(&self, sparse: &[(u32, f32)], dense: &[f32]) -> Vec<f32> {
        let mut sum = vec![0.0_f32; self.width];
        let dense = dense.iter().zip(self.features..).map(|(v, f)| (f, *v));
        let terms = sparse.iter().map(|(f, v)| (*f as usize, *v)).chain(dense);
        let row = |feature: usize| &self.bytes[feature * self.width..(feature + 1) * self.width];
        // Four features in one walk over the sums: the walk is what costs, and the order of adding stays.
        let mut four: [(&[i8], f32); 4] = [(&[], 0.0); 4];
        let mut n = 0;
        for (feature, value) in terms {
            four[n] = (row(feature), value);
            n += 1;
            if n == 4 {
                let [(a, x), (b, y), (c, z), (d, w)] = four;
                for ((((s, a), b), c), d) in sum.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                    *s = *s + x * f32::from(*a) + y * f32::from(*b) + z * f32::from(*c) + w * f32::from(*d);
                }
                n = 0;
            }
        }
        for (row, value) in &four[..n] {
            sum.iter_mut().zip(*row).for_each(|(s, w)| *s += value * f32::from(*w));
        }
        for ((s, scale), bias) in sum.iter_mut().zip(&self.scale).zip(&self.bias) {
            *s = *s * scale + bias;
        }
        sum
    }
}
