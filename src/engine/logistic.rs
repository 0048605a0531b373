//! Logistic regression on three numbers, by Newton's method.

/// Numbers a probability is made of.
pub(crate) const FEATURES: usize = 3;
/// Inverse strength of the penalty on weights, as in scikit-learn.
const COST: f64 = 0.3;
const STEPS: usize = 25;
const N: usize = FEATURES + 1;

/// One observation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) x: [f32; FEATURES],
    pub(crate) y: bool,
    pub(crate) weight: f32,
}

/// A fitted regression on standardised features.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Logistic {
    pub(crate) mean: [f32; FEATURES],
    pub(crate) sd: [f32; FEATURES],
    pub(crate) weight: [f32; FEATURES],
    pub(crate) bias: f32,
}

impl Logistic {
    /// Probability, 0.0..=1.0.
    pub(crate) fn at(&self, x: &[f32; FEATURES]) -> f32 {
        let z: f32 = (0..FEATURES).map(|i| self.weight[i] * (x[i] - self.mean[i]) / self.sd[i]).sum();
        1.0 / (1.0 + (-(z + self.bias)).exp())
    }

    /// Minimises the weighted sum of log-losses plus the penalty.
    pub(crate) fn fit(samples: &[Sample]) -> Self {
        let total: f64 = samples.iter().map(|s| f64::from(s.weight)).sum::<f64>().max(1e-9);
        let mean_of =
            |f: &dyn Fn(&Sample) -> f64| samples.iter().map(|s| f64::from(s.weight) * f(s)).sum::<f64>() / total;
        let mean: [f64; FEATURES] = std::array::from_fn(|i| mean_of(&|s| f64::from(s.x[i])));
        let sd: [f64; FEATURES] =
            std::array::from_fn(|i| mean_of(&|s| (f64::from(s.x[i]) - mean[i]).powi(2)).sqrt().max(1e-6));
        let mut w = [0.0_f64; N];
        // A start at the base rate, kept off 0 and 1 where one side is missing.
        let rate = (mean_of(&|s| f64::from(u8::from(s.y))) * total + 0.5) / (total + 1.0);
        w[FEATURES] = (rate / (1.0 - rate)).ln();
        for _ in 0..STEPS {
            let (mut gradient, mut hessian) = ([0.0; N], [[0.0; N]; N]);
            for s in samples {
                let x: [f64; N] =
                    std::array::from_fn(|i| if i < FEATURES { (f64::from(s.x[i]) - mean[i]) / sd[i] } else { 1.0 });
                let z: f64 = (0..N).map(|i| w[i] * x[i]).sum();
                let p = 1.0 / (1.0 + (-z).exp());
                let (weight, y) = (f64::from(s.weight) * COST, f64::from(u8::from(s.y)));
                for i in 0..N {
                    gradient[i] += weight * (p - y) * x[i];
                    for j in 0..N {
                        hessian[i][j] += weight * p * (1.0 - p) * x[i] * x[j];
                    }
                }
            }
            for i in 0..N {
                // The bias is penalised a little, for samples of one kind only.
                let ridge = if i < FEATURES { 1.0 } else { 1e-2 };
                gradient[i] += ridge * w[i];
                hessian[i][i] += ridge;
            }
            let step = solve(hessian, gradient);
            for i in 0..N {
                w[i] -= step[i].clamp(-2.0, 2.0);
            }
        }
        Self {
            mean: mean.map(|v| v as f32),
            sd: sd.map(|v| v as f32),
            weight: std::array::from_fn(|i| w[i] as f32),
            bias: w[FEATURES] as f32,
        }
    }
}

/// Solves `a x = b` for a positive definite `a`, by elimination.
fn solve(mut a: [[f64; N]; N], mut b: [f64; N]) -> [f64; N] {
    for i in 0..N {
        for j in i + 1..N {
            let factor = a[j][i] / a[i][i];
            let pivot = a[i];
            a[j].iter_mut().zip(pivot).for_each(|(v, p)| *v -= factor * p);
            b[j] -= factor * b[i];
        }
    }
    for i in (0..N).rev() {
        let known: f64 = (i + 1..N).map(|j| a[i][j] * b[j]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_follow_the_samples() {
        let sample = |x: f32, y| Sample { x: [x, 0.5, -x], y, weight: 1.0 };
        let samples: Vec<_> = (0..200).map(|i| sample(i as f32 / 100.0 - 1.0, (i * 7919) % 200 < i)).collect();
        let fitted = Logistic::fit(&samples);
        let at = |x: f32| fitted.at(&[x, 0.5, -x]);
        assert!(at(-1.0) < 0.2 && at(1.0) > 0.8 && (at(0.0) - 0.5).abs() < 0.1, "{} {} {}", at(-1.0), at(0.0), at(1.0));
    }

    #[test]
    fn samples_of_one_kind_give_a_finite_answer() {
        for y in [true, false] {
            let fitted = Logistic::fit(&[Sample { x: [0.1, 0.2, 0.3], y, weight: 1.0 }; 5]);
            let p = fitted.at(&[0.1, 0.2, 0.3]);
            assert!(p > 0.0 && p < 1.0 && (p > 0.5) == y, "{p}");
        }
        assert!(Logistic::fit(&[]).at(&[0.0; 3]).is_finite());
    }
}
