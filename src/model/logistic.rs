//! Softmax regression on sparse rows, by a truncated Newton method.
//!
//! Each step solves H d = −g by preconditioned conjugate gradients, as exactly as the gradient is
//! small (Nocedal & Wright, *Numerical Optimization*, algorithm 7.1), and goes along d as far as the
//! objective falls enough (Armijo). The objective is convex and, the penalty keeps it curved, so the
//! end is the optimum, whatever the way.

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::Array1;

use super::objective::{Objective, Point, dot, norm};
use super::params::{
    ClassWeight, FitError, LogisticRegressionParams, LogisticRegressionValidParams,
};
use crate::features::matrix::DesignMatrix;

/// How a fit ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// Whether the gradient became small enough.
    pub converged: bool,
    /// Steps taken; `None` if the solver does not say.
    pub iterations: Option<u32>,
    /// Value of the objective at the end.
    pub objective: f64,
    /// Norm of the gradient at the end.
    pub gradient_norm: f64,
    /// The norm it had to reach.
    pub target_norm: f64,
}

/// A fitted softmax regression.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegression {
    /// W, terms × classes, row by row.
    pub coefficients: Vec<f64>,
    /// b, one a class.
    pub intercept: Vec<f64>,
    /// How the fit ended.
    pub convergence: Convergence,
}

impl LogisticRegression {
    /// Parameters of a fit with `classes` classes.
    #[must_use]
    pub fn params(classes: usize) -> LogisticRegressionParams {
        LogisticRegressionParams::new(classes)
    }

    /// X·W + b: logits, documents × classes.
    #[must_use]
    pub fn logits(&self, matrix: &DesignMatrix) -> Vec<f64> {
        let mut out = vec![0.0; matrix.rows() * self.intercept.len()];
        matrix.product(&self.coefficients, &self.intercept, &mut out);
        out
    }

    /// From the flat parameters of an [`Objective`].
    #[must_use]
    pub(crate) fn from_flat(
        mut parameters: Vec<f64>,
        classes: usize,
        convergence: Convergence,
    ) -> Self {
        let mut intercept = parameters.split_off(parameters.len() - classes);
        // A common shift of the intercepts changes nothing; fix the one whose mean is 0.
        let mean = intercept.iter().sum::<f64>() / classes as f64;
        for b in &mut intercept {
            *b -= mean;
        }
        Self {
            coefficients: parameters,
            intercept,
            convergence,
        }
    }
}

/// The targets as plain numbers, if there is one for each row and each is a class.
pub(crate) fn checked_targets(
    dataset: &DatasetBase<DesignMatrix, Array1<usize>>,
    classes: usize,
) -> Result<Vec<u32>, FitError> {
    let rows = dataset.records().rows();
    let targets = dataset.targets();
    if targets.len() != rows {
        return Err(FitError::Length {
            rows,
            classes: targets.len(),
        });
    }
    targets
        .iter()
        .map(|&class| match u32::try_from(class) {
            Ok(c) if class < classes => Ok(c),
            _ => Err(FitError::Classes(classes)),
        })
        .collect()
}

/// How many documents each class has.
pub(crate) fn class_counts(targets: &[u32], classes: usize) -> Vec<u64> {
    let mut counts = vec![0; classes];
    for &class in targets {
        counts[class as usize] += 1;
    }
    counts
}

impl Fit<DesignMatrix, Array1<usize>, FitError> for LogisticRegressionValidParams {
    type Object = LogisticRegression;

    fn fit(
        &self,
        dataset: &DatasetBase<DesignMatrix, Array1<usize>>,
    ) -> Result<LogisticRegression, FitError> {
        let targets = checked_targets(dataset, self.classes)?;
        let counts = class_counts(&targets, self.classes);
        let weights = self.class_weight.weights(&counts);
        let objective = Objective::new(dataset.records(), &targets, &weights, self.alpha);
        let mut start = vec![0.0; objective.dimension()];
        start_at_shares(&mut start, &counts, self.class_weight);
        newton(&objective, start, self)
    }
}

/// Intercepts of the model without terms: log of the class shares. A class without documents
/// starts low; nothing pulls it back.
fn start_at_shares(parameters: &mut [f64], counts: &[u64], class_weight: ClassWeight) {
    let first = parameters.len() - counts.len();
    for (b, &count) in parameters[first..].iter_mut().zip(counts) {
        *b = match class_weight {
            _ if count == 0 => -20.0,
            ClassWeight::Balanced => 0.0,
            ClassWeight::None => libm::log(count as f64),
        };
    }
}

fn newton(
    objective: &Objective<'_>,
    start: Vec<f64>,
    params: &LogisticRegressionValidParams,
) -> Result<LogisticRegression, FitError> {
    let zero = vec![0.0; start.len()];
    let target_norm = params.tolerance * norm(&objective.gradient(&zero, &objective.at(&zero)));
    let mut w = start;
    let mut point = objective.at(&w);
    let mut gradient = objective.gradient(&w, &point);
    let mut gradient_norm = norm(&gradient);
    let mut iterations = 0;
    while gradient_norm > target_norm && iterations < params.max_iterations {
        iterations += 1;
        if !(point.value.is_finite() && gradient_norm.is_finite()) {
            return Err(FitError::Numeric(iterations));
        }
        let direction = direction(objective, &point, &gradient, gradient_norm);
        let Some((next, at)) = line_search(objective, &w, &point, &gradient, &direction) else {
            break; // no step lowers the objective in double precision: this is its bottom
        };
        w = next;
        point = at;
        gradient = objective.gradient(&w, &point);
        gradient_norm = norm(&gradient);
    }
    let convergence = Convergence {
        converged: gradient_norm <= target_norm,
        iterations: Some(iterations),
        objective: point.value,
        gradient_norm,
        target_norm,
    };
    Ok(LogisticRegression::from_flat(
        w,
        params.classes,
        convergence,
    ))
}

/// Products with the Hessian a step may cost.
const MAX_INNER: usize = 200;

/// Solves H d = −g by conjugate gradients, preconditioned by the diagonal, to a residual of
/// min(0.1, √‖g‖) · ‖g‖.
fn direction(
    objective: &Objective<'_>,
    point: &Point,
    gradient: &[f64],
    gradient_norm: f64,
) -> Vec<f64> {
    let diagonal = objective.hessian_diagonal(point);
    let precondition = |r: &[f64]| -> Vec<f64> {
        r.iter()
            .zip(&diagonal)
            .map(|(r, d)| r / d.max(1e-12))
            .collect()
    };
    let enough = gradient_norm * gradient_norm.sqrt().min(0.1);
    let mut d = vec![0.0; gradient.len()];
    let mut residual: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut z = precondition(&residual);
    let mut p = z.clone();
    let mut rz = dot(&residual, &z);
    for _ in 0..MAX_INNER {
        let hp = objective.hessian_product(point, &p);
        let curvature = dot(&p, &hp);
        if curvature <= 0.0 {
            break;
        }
        let step = rz / curvature;
        add_scaled(&mut d, step, &p);
        add_scaled(&mut residual, -step, &hp);
        if norm(&residual) <= enough {
            break;
        }
        z = precondition(&residual);
        let next = dot(&residual, &z);
        let ratio = next / rz;
        rz = next;
        for (p, z) in p.iter_mut().zip(&z) {
            *p = z + ratio * *p;
        }
    }
    d
}

fn add_scaled(a: &mut [f64], scale: f64, b: &[f64]) {
    for (a, b) in a.iter_mut().zip(b) {
        *a += scale * b;
    }
}

/// The first of the steps 1, ½, ¼ … that lowers the objective by 10⁻⁴ of what the slope promises.
fn line_search(
    objective: &Objective<'_>,
    w: &[f64],
    point: &Point,
    gradient: &[f64],
    direction: &[f64],
) -> Option<(Vec<f64>, Point)> {
    let slope = dot(gradient, direction);
    if slope >= 0.0 {
        return None;
    }
    // Near the bottom the differences drown in rounding; allow as much as the sum may be off.
    let slack = 1e-14 * point.value.abs();
    let mut step = 1.0;
    for _ in 0..40 {
        let mut next = w.to_vec();
        add_scaled(&mut next, step, direction);
        let at = objective.at(&next);
        if at.value <= point.value + 1e-4 * step * slope + slack {
            return Some((next, at));
        }
        step *= 0.5;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::objective::tests::small_matrix;
    use crate::model::softmax::{argmax, softmax_in_place};

    fn fit(
        params: &LogisticRegressionParams,
        matrix: DesignMatrix,
        y: &[u32],
    ) -> LogisticRegression {
        let targets = y.iter().map(|&c| c as usize).collect::<Array1<_>>();
        params.fit(&DatasetBase::new(matrix, targets)).unwrap()
    }

    fn tight(classes: usize) -> LogisticRegressionParams {
        LogisticRegression::params(classes).tolerance(1e-10)
    }

    #[test]
    fn the_end_is_the_optimum() {
        let (matrix, y) = small_matrix();
        let model = fit(&tight(3).alpha(0.3), matrix.clone(), &y);
        assert!(model.convergence.converged, "{:?}", model.convergence);
        let objective = Objective::new(&matrix, &y, &[1.0; 3], 0.3);
        let mut w = [model.coefficients, model.intercept].concat();
        assert!(norm(&objective.gradient(&w, &objective.at(&w))) < 1e-8);
        let best = objective.at(&w).value;
        for i in 0..w.len() {
            w[i] += 1e-3;
            assert!(objective.at(&w).value >= best);
            w[i] -= 1e-3;
        }
    }

    #[test]
    fn without_terms_the_probabilities_are_the_shares() {
        let mut matrix = DesignMatrix::new(1);
        for _ in 0..10 {
            matrix.push_row(&[], &[]);
        }
        let y = [0, 0, 0, 0, 0, 0, 0, 1, 1, 2];
        let mut p = fit(&tight(3), matrix, &y).intercept;
        softmax_in_place(&mut p);
        for (p, share) in p.iter().zip([0.7, 0.2, 0.1]) {
            approx::assert_abs_diff_eq!(*p, share, epsilon = 1e-9);
        }
    }

    #[test]
    fn b02_empty_rows_are_learnt_by_the_intercept_alone() {
        let (matrix, y) = small_matrix();
        let model = fit(&tight(3), matrix, &y);
        assert!(
            model
                .coefficients
                .iter()
                .chain(&model.intercept)
                .all(|w| w.is_finite())
        );
    }

    #[test]
    fn b03_separable_data_end_with_finite_weights() {
        for alpha in [1.0, 1e-6] {
            let mut matrix = DesignMatrix::new(2);
            matrix.push_row(&[0], &[1.0]);
            matrix.push_row(&[1], &[1.0]);
            let model = fit(
                &LogisticRegression::params(2).alpha(alpha),
                matrix.clone(),
                &[0, 1],
            );
            assert!(model.convergence.converged);
            assert!(model.coefficients.iter().all(|w| w.is_finite()));
            let logits = model.logits(&matrix);
            assert_eq!((argmax(&logits[..2]), argmax(&logits[2..])), (0, 1));
        }
    }

    #[test]
    fn b04_identical_rows_get_the_shares_of_their_labels() {
        // The penalty pulls the weight of the only term to 0, the intercept takes the shares.
        let mut matrix = DesignMatrix::new(1);
        for _ in 0..4 {
            matrix.push_row(&[0], &[1.0]);
        }
        let model = fit(&tight(2), matrix.clone(), &[0, 0, 0, 1]);
        let mut p = model.logits(&matrix)[..2].to_vec();
        softmax_in_place(&mut p);
        approx::assert_abs_diff_eq!(p[0], 0.75, epsilon = 1e-8);
    }

    #[test]
    fn b06_a_huge_penalty_leaves_the_prior() {
        let (matrix, y) = small_matrix();
        let model = fit(&LogisticRegression::params(3).alpha(1e12), matrix, &y);
        assert!(model.coefficients.iter().all(|w| w.abs() < 1e-9));
    }

    #[test]
    fn b10_balanced_weights_equal_the_same_weights_by_repetition() {
        let mut matrix = DesignMatrix::new(2);
        let mut repeated = DesignMatrix::new(2);
        let rows: [(&[u32], &[f32]); 3] = [(&[0], &[1.0]), (&[0, 1], &[0.6, 0.8]), (&[1], &[1.0])];
        for (i, (indices, values)) in rows.into_iter().enumerate() {
            matrix.push_row(indices, values);
            for _ in 0..if i == 2 { 2 } else { 1 } {
                repeated.push_row(indices, values);
            }
        }
        // Balanced: 3/(2·2) and 3/(2·1), that is ¾ · (1, 2); α scales with it.
        let balanced = fit(
            &tight(2).alpha(0.75).class_weight(ClassWeight::Balanced),
            matrix,
            &[0, 0, 1],
        );
        let manual = fit(&tight(2).alpha(1.0), repeated, &[0, 0, 1, 1]);
        for (a, b) in balanced.coefficients.iter().zip(&manual.coefficients) {
            approx::assert_abs_diff_eq!(a, b, epsilon = 1e-7);
        }
    }

    #[test]
    fn a_limit_on_iterations_is_reported() {
        let (matrix, y) = small_matrix();
        let model = fit(&tight(3).alpha(1e-3).max_iterations(1), matrix, &y);
        assert!(!model.convergence.converged);
        assert_eq!(model.convergence.iterations, Some(1));
        assert!(model.convergence.gradient_norm > model.convergence.target_norm);
    }

    #[test]
    fn threads_do_not_change_a_bit() {
        let mut matrix = DesignMatrix::new(300);
        let mut y = Vec::new();
        for i in 0..2_000u32 {
            let indices: Vec<u32> = (0..5)
                .map(|j| (i * 31 + j * 57 + i * i % 7) % 300)
                .collect();
            let mut sorted = indices.clone();
            sorted.sort_unstable();
            sorted.dedup();
            let values = vec![0.4; sorted.len()];
            matrix.push_row(&sorted, &values);
            y.push((i * i / 3) % 4);
        }
        let with = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| fit(&LogisticRegression::params(4), matrix.clone(), &y))
        };
        assert_eq!(with(1), with(3));
    }
}
