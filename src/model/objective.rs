//! Log-loss plus L2 penalty of a softmax regression: −Σᵢ sᵢ log p(yᵢ | xᵢ) + α/2 ‖W‖².
//!
//! Its gradient is Xᵀ S (P − Y) + αW (Bishop, *PRML*, eq. 4.109), that of the intercept the column sums
//! of S (P − Y); the intercept is not penalised.
//!
//! | symbol | shape               | meaning                       |
//! |--------|---------------------|-------------------------------|
//! | X      | documents × terms   | design matrix, sparse rows    |
//! | W      | terms × classes     | coefficients                  |
//! | b      | classes             | intercept                     |
//! | P, Y   | documents × classes | probabilities, one-hot labels |
//! | s, S   | documents           | weights of the documents      |
//!
//! Parameters are one flat slice: W row by row, then b.

use std::borrow::Cow;

use rayon::prelude::*;

use super::softmax::softmax_in_place;
use crate::features::matrix::{Columns, DesignMatrix};

/// The objective over one design matrix.
#[derive(Debug)]
pub struct Objective<'d> {
    pub(super) columns: Cow<'d, Columns>,
    pub(super) classes_of: &'d [u32],
    /// Weight of each document.
    pub(super) weights: Vec<f64>,
    pub(super) classes: usize,
    pub(super) alpha: f64,
}

/// The objective at one point, with what its gradient needs.
#[derive(Debug, Clone)]
pub struct Point {
    /// Value of the objective.
    pub value: f64,
    /// P, documents × classes.
    pub probabilities: Vec<f64>,
}

/// Values summed at once, in order; block sums are added in order again. A constant, so that sums
/// do not depend on the number of threads.
const BLOCK: usize = 4096;

/// Sum of `term(i)` over `0..n` by fixed blocks.
pub(crate) fn blocked_sum(n: usize, term: impl Fn(usize) -> f64 + Sync) -> f64 {
    let blocks: Vec<f64> = (0..n.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            (block * BLOCK..n.min((block + 1) * BLOCK))
                .map(&term)
                .sum::<f64>()
        })
        .collect();
    blocks.iter().sum()
}

/// a·b, in an order that does not depend on threads.
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    blocked_sum(a.len(), |i| a[i] * b[i])
}

/// ‖a‖₂.
#[must_use]
pub fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// −Σᵢ sᵢ log p(yᵢ | xᵢ) of rows of `classes` logits, in whose place the probabilities come.
pub(super) fn log_loss_of(
    logits: &mut [f64],
    classes_of: &[u32],
    weights: &[f64],
    classes: usize,
) -> f64 {
    let losses: Vec<f64> = logits
        .par_chunks_mut(classes)
        .zip(classes_of)
        .map(|(row, &class)| {
            let logit = row[class as usize];
            softmax_in_place(row) - logit
        })
        .collect();
    blocked_sum(losses.len(), |i| weights[i] * losses[i])
}

/// S (P − Y), of P.
pub(super) fn residuals(
    mut probabilities: Vec<f64>,
    classes_of: &[u32],
    weights: &[f64],
    classes: usize,
) -> Vec<f64> {
    probabilities
        .par_chunks_mut(classes)
        .enumerate()
        .for_each(|(i, row)| {
            row[classes_of[i] as usize] -= 1.0;
            for r in row {
                *r *= weights[i];
            }
        });
    probabilities
}

impl<'d> Objective<'d> {
    /// The objective for `classes_of`, the class of each row, weighed by `class_weights`.
    #[must_use]
    pub fn new(
        matrix: &DesignMatrix,
        classes_of: &'d [u32],
        class_weights: &[f64],
        alpha: f64,
    ) -> Self {
        let columns = Cow::Owned(matrix.transposed());
        Self::of_columns(columns, classes_of, class_weights, alpha)
    }

    /// The same from the matrix by column.
    pub(super) fn of_columns(
        columns: Cow<'d, Columns>,
        classes_of: &'d [u32],
        class_weights: &[f64],
        alpha: f64,
    ) -> Self {
        Self {
            columns,
            weights: classes_of
                .iter()
                .map(|&c| class_weights[c as usize])
                .collect(),
            classes_of,
            classes: class_weights.len(),
            alpha,
        }
    }

    /// Number of parameters: (terms + 1) × classes.
    #[must_use]
    pub fn dimension(&self) -> usize {
        (self.columns.len() + 1) * self.classes
    }

    /// Number of coefficients.
    pub(super) fn coefficients(&self) -> usize {
        self.columns.len() * self.classes
    }

    /// Value and probabilities at `parameters`.
    #[must_use]
    pub fn at(&self, parameters: &[f64]) -> Point {
        let (coefficients, intercept) = parameters.split_at(self.coefficients());
        let k = self.classes;
        let mut probabilities = vec![0.0; self.classes_of.len() * k];
        self.columns
            .row_product(coefficients, intercept, &mut probabilities);
        let loss = log_loss_of(&mut probabilities, self.classes_of, &self.weights, k);
        Point {
            value: loss + 0.5 * self.alpha * dot(coefficients, coefficients),
            probabilities,
        }
    }

    /// The gradient at `point`, which is that of `parameters`.
    #[must_use]
    pub fn gradient(&self, parameters: &[f64], point: &Point) -> Vec<f64> {
        let probabilities = point.probabilities.clone();
        let residuals = residuals(probabilities, self.classes_of, &self.weights, self.classes);
        self.back(&residuals, parameters)
    }

    /// Xᵀ·R + αV with the column sums of R for the intercept.
    fn back(&self, residuals: &[f64], direction: &[f64]) -> Vec<f64> {
        let k = self.classes;
        let mut out = vec![0.0; self.dimension()];
        let (coefficients, intercept) = out.split_at_mut(self.coefficients());
        self.columns.product(residuals, k, coefficients);
        coefficients
            .par_iter_mut()
            .zip(direction)
            .for_each(|(g, w)| *g += self.alpha * w);
        for (class, sum) in intercept.iter_mut().enumerate() {
            *sum = blocked_sum(self.classes_of.len(), |i| residuals[i * k + class]);
        }
        out
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small problem with every kind of row: empty, short, with a weight.
    pub(crate) fn small_matrix() -> (DesignMatrix, Vec<u32>) {
        let mut matrix = DesignMatrix::new(4);
        matrix.push_row(&[0, 2], &[0.6, 0.8]);
        matrix.push_row(&[1], &[1.0]);
        matrix.push_row(&[], &[]);
        matrix.push_row(&[0, 1, 3], &[0.5, 0.5, 0.707]);
        matrix.push_row(&[2, 3], &[0.8, -0.6]);
        (matrix, vec![0, 1, 2, 1, 0])
    }

    fn point() -> Vec<f64> {
        (0..15)
            .map(|i| (f64::from(i * 7 % 11) - 5.0) / 3.0)
            .collect()
    }

    #[test]
    fn gradient_matches_central_differences() {
        let (matrix, y) = small_matrix();
        let objective = Objective::new(&matrix, &y, &[1.0, 2.0, 0.5], 0.7);
        let w = point();
        let gradient = objective.gradient(&w, &objective.at(&w));
        for i in 0..w.len() {
            let h = 1e-6 * (1.0 + w[i].abs());
            let (mut up, mut down) = (w.clone(), w.clone());
            up[i] += h;
            down[i] -= h;
            let slope = (objective.at(&up).value - objective.at(&down).value) / (2.0 * h);
            approx::assert_abs_diff_eq!(gradient[i], slope, epsilon = 1e-7);
        }
    }

    #[test]
    fn sums_over_several_blocks_leave_nothing_out() {
        let n = 2 * BLOCK + 100;
        let numbers: Vec<f64> = (0..n).map(|i| i as f64).collect();
        let sum = (n * (n - 1) / 2) as f64;
        assert_eq!(blocked_sum(n, |i| numbers[i]), sum);
        assert_eq!(dot(&numbers, &vec![2.0; n]), 2.0 * sum);
        assert_eq!(norm(&[3.0, 4.0]), 5.0);
    }

    #[test]
    fn large_logits_stay_finite() {
        let (matrix, y) = small_matrix();
        let objective = Objective::new(&matrix, &y, &[1.0; 3], 1.0);
        let w: Vec<f64> = point().iter().map(|w| w * 700.0).collect();
        let at = objective.at(&w);
        assert!(at.value.is_finite());
        assert!(objective.gradient(&w, &at).iter().all(|g| g.is_finite()));
    }
}
