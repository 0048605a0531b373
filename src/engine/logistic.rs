//! Logistic regression on a few numbers, by Newton's method.

/// Inverse strength of the penalty on weights, as in scikit-learn.
const COST: f64 = 0.3;
const STEPS: usize = 25;

/// One observation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<const F: usize> {
    pub(crate) x: [f32; F],
    pub(crate) y: bool,
    pub(crate) weight: f32,
}

/// A fitted regression on standardised features.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Logistic<const F: usize> {
    pub(crate) mean: [f32; F],
    pub(crate) sd: [f32; F],
    pub(crate) weight: [f32; F],
    pub(crate) bias: f32,
}

impl<const F: usize> Logistic<F> {
    /// Probability, 0.0..=1.0.
    pub(crate) fn at(&self, x: &[f32; F]) -> f32 {
        let z: f32 = (0..F).map(|i| self.weight[i] * (x[i] - self.mean[i]) / self.sd[i]).sum();
        1.0 / (1.0 + (-(z + self.bias)).exp())
    }

    /// Minimises the weighted sum of log-losses plus the penalty.
    pub(crate) fn fit(samples: &[Sample<F>]) -> Self {
        let total: f64 = samples.iter().map(|s| f64::from(s.weight)).sum::<f64>().max(1e-9);
        let mean_of =
            |f: &dyn Fn(&Sample<F>) -> f64| samples.iter().map(|s| f64::from(s.weight) * f(s)).sum::<f64>() / total;
        let mean: [f64; F] = std::array::from_fn(|i| mean_of(&|s| f64::from(s.x[i])));
        let sd: [f64; F] =
            std::array::from_fn(|i| mean_of(&|s| (f64::from(s.x[i]) - mean[i]).powi(2)).sqrt().max(1e-6));
        let mut w = [0.0_f64; F];
        // A start at the base rate, kept off 0 and 1 where one side is missing.
        let rate = (mean_of(&|s| f64::from(u8::from(s.y))) * total + 0.5) / (total + 1.0);
        let mut bias = (rate / (1.0 - rate)).ln();
        let standard = |s: &Sample<F>| -> [f64; F] { std::array::from_fn(|i| (f64::from(s.x[i]) - mean[i]) / sd[i]) };
        for _ in 0..STEPS {
            // The bias is penalised a little, for samples of one kind only.
            let (mut slope, mut bend) = (1e-2 * bias, 1e-2);
            let (mut gradient, mut hessian, mut mixed) = (w, [[0.0; F]; F], [0.0; F]);
            (0..F).for_each(|i| hessian[i][i] = 1.0);
            for s in samples {
                let x = standard(s);
                let z: f64 = bias + x.iter().zip(&w).map(|(x, w)| x * w).sum::<f64>();
                let p = 1.0 / (1.0 + (-z).exp());
                let (weight, y) = (f64::from(s.weight) * COST, f64::from(u8::from(s.y)));
                let (pull, curve) = (weight * (p - y), weight * p * (1.0 - p));
                slope += pull;
                bend += curve;
                for i in 0..F {
                    gradient[i] += pull * x[i];
                    mixed[i] += curve * x[i];
                    for j in 0..F {
                        hessian[i][j] += curve * x[i] * x[j];
                    }
                }
            }
            // The bias is eliminated first: what is left is a system of the weights alone.
            for i in 0..F {
                gradient[i] -= mixed[i] * slope / bend;
                for j in 0..F {
                    hessian[i][j] -= mixed[i] * mixed[j] / bend;
                }
            }
            let step = solve(hessian, gradient);
            let rest: f64 = mixed.iter().zip(&step).map(|(m, s)| m * s).sum();
            bias -= ((slope - rest) / bend).clamp(-2.0, 2.0);
            w.iter_mut().zip(step).for_each(|(w, step)| *w -= step.clamp(-2.0, 2.0));
        }
        Self { mean: mean.map(|v| v as f32), sd: sd.map(|v| v as f32), weight: w.map(|w| w as f32), bias: bias as f32 }
    }
}

/// Solves `a x = b` for a positive definite `a`, by elimination.
pub(crate) fn solve<const N: usize>(mut a: [[f64; N]; N], mut b: [f64; N]) -> [f64; N] {
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
        assert!(Logistic::<3>::fit(&[]).at(&[0.0; 3]).is_finite());
    }
}
