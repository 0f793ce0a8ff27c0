//! From logits to probabilities that mean what they say: one temperature and one offset a class.
//!
//! p = softmax(β z + c), with the scale β = 1/temperature and the offsets c fitted to out-of-fold
//! logits by maximum likelihood (Guo et al., *On Calibration of Modern Neural Networks*, 2017,
//! temperature and vector scaling). The documents are counted as they come, so the offsets also
//! undo what balanced class weights did to the prior: a model trained with weights wₖ estimates
//! p(y|x) wₖ up to a factor, and its best offset is −ln wₖ (Saerens et al., *Adjusting the Outputs
//! of a Classifier to New a Priori Probabilities*, 2002).

use super::softmax::{log_sum_exp, softmax_in_place};

/// Scale and offsets.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// β, the inverse temperature; greater than 0.
    pub scale: f64,
    /// c, one a class, with mean 0.
    pub offsets: Vec<f64>,
}

/// Strength of the pull towards β = 1 and c = 0, in documents: it only matters for tiny data.
const RIDGE: f64 = 1.0;

/// The scale is kept above this, so that the order of the logits stays.
const LEAST_SCALE: f64 = 0.05;

impl Calibration {
    /// The calibration that changes nothing.
    #[must_use]
    pub fn identity(classes: usize) -> Self {
        Self {
            scale: 1.0,
            offsets: vec![0.0; classes],
        }
    }

    /// Fits to `logits` (documents × classes) of documents with the given classes.
    #[must_use]
    pub fn fit(logits: &[f64], classes_of: &[u32], classes: usize) -> Self {
        let mut fit = Self::identity(classes);
        let mut value = fit.objective(logits, classes_of);
        for _ in 0..50 {
            let (gradient, hessian) = fit.derivatives(logits, classes_of);
            let Some(step) = solve(hessian, &gradient) else {
                break;
            };
            let Some((next, lower)) = fit.descend(&step, value, logits, classes_of) else {
                break;
            };
            let done = value - lower < 1e-10 * value.abs();
            fit = next;
            value = lower;
            if done {
                break;
            }
        }
        let mean = fit.offsets.iter().sum::<f64>() / classes as f64;
        fit.offsets.iter_mut().for_each(|c| *c -= mean);
        fit
    }

    /// Calibrated probabilities of one row, in place.
    pub fn apply(&self, logits: &mut [f64]) {
        for (z, c) in logits.iter_mut().zip(&self.offsets) {
            *z = self.scale * *z + c;
        }
        softmax_in_place(logits);
    }

    /// Negative log-likelihood with the pull to the identity.
    fn objective(&self, logits: &[f64], classes_of: &[u32]) -> f64 {
        let k = self.offsets.len();
        let mut row = vec![0.0; k];
        let mut value = 0.0;
        for (z, &class) in logits.chunks(k).zip(classes_of) {
            for ((r, z), c) in row.iter_mut().zip(z).zip(&self.offsets) {
                *r = self.scale * z + c;
            }
            value += log_sum_exp(&row) - row[class as usize];
        }
        let pull: f64 =
            (self.scale - 1.0).powi(2) + self.offsets.iter().map(|c| c * c).sum::<f64>();
        value + 0.5 * RIDGE * pull
    }

    /// Gradient and Hessian in (β, c).
    fn derivatives(&self, logits: &[f64], classes_of: &[u32]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let k = self.offsets.len();
        let mut gradient = vec![0.0; k + 1];
        let mut hessian = vec![vec![0.0; k + 1]; k + 1];
        let mut p = vec![0.0; k];
        for (z, &class) in logits.chunks(k).zip(classes_of) {
            p.copy_from_slice(z);
            self.apply(&mut p);
            let mean: f64 = p.iter().zip(z).map(|(p, z)| p * z).sum();
            gradient[0] += mean - z[class as usize];
            for a in 0..k {
                gradient[a + 1] += p[a] - f64::from(u8::from(a == class as usize));
                hessian[0][0] += p[a] * (z[a] - mean).powi(2);
                let cross = p[a] * (z[a] - mean);
                hessian[0][a + 1] += cross;
                hessian[a + 1][0] += cross;
                for b in 0..k {
                    let same = if a == b { p[a] } else { 0.0 };
                    hessian[a + 1][b + 1] += same - p[a] * p[b];
                }
            }
        }
        gradient[0] += RIDGE * (self.scale - 1.0);
        for (g, c) in gradient[1..].iter_mut().zip(&self.offsets) {
            *g += RIDGE * c;
        }
        for (i, row) in hessian.iter_mut().enumerate() {
            row[i] += RIDGE;
        }
        (gradient, hessian)
    }

    /// Goes back along `step` until the objective falls.
    fn descend(
        &self,
        step: &[f64],
        value: f64,
        logits: &[f64],
        classes_of: &[u32],
    ) -> Option<(Self, f64)> {
        let mut share = 1.0;
        for _ in 0..30 {
            let next = Self {
                scale: (self.scale - share * step[0]).max(LEAST_SCALE),
                offsets: self
                    .offsets
                    .iter()
                    .zip(&step[1..])
                    .map(|(c, s)| c - share * s)
                    .collect(),
            };
            let lower = next.objective(logits, classes_of);
            if lower < value {
                return Some((next, lower));
            }
            share *= 0.5;
        }
        None
    }
}

/// Solves A x = b by elimination with pivots; `None` if A is singular.
fn solve(mut a: Vec<Vec<f64>>, b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    let mut x = b.to_vec();
    for i in 0..n {
        let pivot = (i..n).max_by(|&p, &q| a[p][i].abs().total_cmp(&a[q][i].abs()))?;
        if a[pivot][i].abs() < 1e-300 {
            return None;
        }
        a.swap(i, pivot);
        x.swap(i, pivot);
        for j in i + 1..n {
            let factor = a[j][i] / a[i][i];
            let (upper, lower) = a.split_at_mut(j);
            for (l, u) in lower[0][i..].iter_mut().zip(&upper[i][i..]) {
                *l -= factor * u;
            }
            x[j] -= factor * x[i];
        }
    }
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| a[i][j] * x[j]).sum();
        x[i] = (x[i] - known) / a[i][i];
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Documents whose classes follow softmax(z) as exactly as 1,000 draws in proportion can.
    fn calibrated(scale: f64) -> (Vec<f64>, Vec<u32>) {
        let mut logits = Vec::new();
        let mut classes = Vec::new();
        for z in [
            [1.0, 0.0, -0.5],
            [-1.0, 0.5, 0.2],
            [0.3, 0.3, 1.2],
            [2.0, -1.0, 0.0],
        ] {
            let mut p = z;
            softmax_in_place(&mut p);
            for (class, p) in (0u32..).zip(p) {
                for _ in 0..(p * 1e4).round() as usize {
                    logits.extend(z.map(|z| z * scale));
                    classes.push(class);
                }
            }
        }
        (logits, classes)
    }

    #[test]
    fn a_stretch_of_the_logits_is_found() {
        for scale in [0.5, 1.0, 4.0] {
            let (logits, classes) = calibrated(scale);
            let fit = Calibration::fit(&logits, &classes, 3);
            approx::assert_abs_diff_eq!(fit.scale, 1.0 / scale, epsilon = 0.01 / scale);
            assert!(fit.offsets.iter().all(|c| c.abs() < 0.01), "{fit:?}");
        }
    }

    #[test]
    fn weights_of_classes_are_undone() {
        let (mut logits, classes) = calibrated(1.0);
        let weights: [f64; 3] = [0.5, 1.0, 4.0];
        for z in logits.chunks_mut(3) {
            for (z, w) in z.iter_mut().zip(weights) {
                *z += w.ln();
            }
        }
        let fit = Calibration::fit(&logits, &classes, 3);
        let mean = weights.iter().map(|w| w.ln()).sum::<f64>() / 3.0;
        for (c, w) in fit.offsets.iter().zip(weights) {
            approx::assert_abs_diff_eq!(*c, mean - w.ln(), epsilon = 0.02);
        }
    }

    #[test]
    fn perfect_logits_stay_finite() {
        let fit = Calibration::fit(&[1.0, -1.0, -1.0, 1.0], &[0, 1], 2);
        assert!(fit.scale.is_finite() && fit.scale > 1.0);
    }

    #[test]
    fn derivatives_match_central_differences() {
        let (logits, classes) = ([1.0, 0.2, -0.5, -1.0, 0.5, 0.3], [2, 0]);
        let here = [0.7, 0.3, -0.4, 0.6];
        let at = |x: &[f64]| Calibration {
            scale: x[0],
            offsets: x[1..].to_vec(),
        };
        let (gradient, hessian) = at(&here).derivatives(&logits, &classes);
        for i in 0..4 {
            let (mut up, mut down) = (here, here);
            up[i] += 1e-5;
            down[i] -= 1e-5;
            let (up, down) = (at(&up), at(&down));
            let slope = |a: f64, b: f64| (a - b) / 2e-5;
            let values = (
                up.objective(&logits, &classes),
                down.objective(&logits, &classes),
            );
            approx::assert_abs_diff_eq!(gradient[i], slope(values.0, values.1), epsilon = 1e-8);
            let (above, _) = up.derivatives(&logits, &classes);
            let (below, _) = down.derivatives(&logits, &classes);
            for j in 0..4 {
                let curve = slope(above[j], below[j]);
                approx::assert_abs_diff_eq!(hessian[i][j], curve, epsilon = 1e-8);
            }
        }
    }

    #[test]
    fn the_objective_is_the_log_loss_and_the_pull() {
        let fit = Calibration {
            scale: 3.0,
            offsets: vec![0.5, -0.5],
        };
        let mut p = [1.0, 2.0];
        fit.apply(&mut p);
        // softmax(3 · 1 + ½, 3 · 2 − ½)
        approx::assert_abs_diff_eq!(p[0], 1.0 / (1.0 + 2f64.exp()), epsilon = 1e-15);
        let pull = 0.5 * (2.0 * 2.0 + 0.25 + 0.25);
        let value = fit.objective(&[1.0, 2.0], &[1]);
        approx::assert_abs_diff_eq!(value, pull - p[1].ln(), epsilon = 1e-14);
    }

    #[test]
    fn a_step_too_long_is_halved_until_the_objective_falls() {
        let (logits, classes) = ([1.0, -1.0, -1.0, 1.0, 0.5, 0.25], [0, 1, 1]);
        let start = Calibration {
            scale: 1.0,
            offsets: vec![0.5, -0.5],
        };
        let value = start.objective(&logits, &classes);
        let (gradient, _) = start.derivatives(&logits, &classes);
        let long: Vec<f64> = gradient.iter().map(|g| 64.0 * g).collect();
        let (next, lower) = start.descend(&long, value, &logits, &classes).unwrap();
        assert!(lower < value && next.scale > 1.0);
        approx::assert_abs_diff_eq!(lower, next.objective(&logits, &classes), epsilon = 0.0);
        let share = (next.scale - 1.0) / -long[0];
        approx::assert_abs_diff_eq!(share.log2(), share.log2().round(), epsilon = 1e-9);
        for class in 0..2 {
            let offset = start.offsets[class] - share * long[class + 1];
            approx::assert_abs_diff_eq!(next.offsets[class], offset, epsilon = 1e-9);
        }
        let uphill: Vec<f64> = gradient.iter().map(|g| -g).collect();
        assert_eq!(start.descend(&uphill, value, &logits, &classes), None);
        // However far a step goes, the order of the logits stays.
        let (least, _) = start
            .descend(&[100.0, 0.0, 0.0], f64::MAX, &logits, &classes)
            .unwrap();
        approx::assert_abs_diff_eq!(least.scale, LEAST_SCALE, epsilon = 0.0);
    }

    #[test]
    fn equations_are_solved_with_pivots() {
        let a = vec![
            vec![0.0, 2.0, 1.0],
            vec![4.0, 1.0, -1.0],
            vec![-2.0, 3.0, 5.0],
        ];
        let x = solve(a, &[7.0, 3.0, 19.0]).unwrap();
        for (found, expected) in x.iter().zip([1.0, 2.0, 3.0]) {
            approx::assert_abs_diff_eq!(*found, expected, epsilon = 1e-14);
        }
        let singular = vec![vec![1.0, 2.0], vec![2.0, 4.0]];
        assert_eq!(solve(singular, &[1.0, 2.0]), None);
    }

    #[test]
    fn no_documents_leave_the_identity() {
        assert_eq!(Calibration::fit(&[], &[], 3), Calibration::identity(3));
    }
}
