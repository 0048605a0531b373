//! The trained weights as reading wants them: all classes of one feature side by side, one byte each.
//!
//! Eight bits with one scale a class answer as 32 do, in a quarter of the memory that every text walks through.

use super::svm::{Group, LANES};

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

impl Weights {
    pub(crate) fn new(groups: Vec<Group>, features: usize, dim: usize) -> Self {
        let width = groups.len() * LANES;
        let rows = features + dim;
        let mut bytes = vec![0_i8; rows * width];
        let (mut scale, mut bias) = (Vec::with_capacity(width), Vec::with_capacity(width));
        for (g, group) in groups.into_iter().enumerate() {
            let mut most = [0.0_f32; LANES];
            for row in &group.0[..rows] {
                for l in 0..LANES {
                    most[l] = most[l].max(row[l].abs());
                }
            }
            let step = most.map(|m| m.max(f32::MIN_POSITIVE) / 127.0);
            for (f, row) in group.0[..rows].iter().enumerate() {
                for l in 0..LANES {
                    bytes[f * width + g * LANES + l] = (row[l] / step[l]).round() as i8;
                }
            }
            scale.extend(step);
            bias.extend(group.0[rows]);
        }
        Self { bytes, scale, bias, width, features }
    }

    /// Value of every class's decision function (padding included).
    pub(crate) fn score(&self, sparse: &[(u32, f32)], dense: &[f32]) -> Vec<f32> {
        let mut sum = vec![0.0_f32; self.width];
        let dense = dense.iter().zip(self.features..).map(|(v, f)| (f, *v));
        for (feature, value) in sparse.iter().map(|(f, v)| (*f as usize, *v)).chain(dense) {
            let row = &self.bytes[feature * self.width..(feature + 1) * self.width];
            for (s, w) in sum.iter_mut().zip(row) {
                *s += value * f32::from(*w);
            }
        }
        for ((s, scale), bias) in sum.iter_mut().zip(&self.scale).zip(&self.bias) {
            *s = *s * scale + bias;
        }
        sum
    }
}
