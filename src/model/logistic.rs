//! Softmax regression on sparse rows, by a truncated Newton method.
//!
//! Each step solves H d = −g by conjugate gradients as exactly as it pays, and goes along d as far as the
//! objective falls enough (Armijo); see the module `newton`. The objective is convex, and the
//! penalty keeps it curved, so the end is the optimum, whatever the way.

use std::borrow::Cow;

use linfa::DatasetBase;
use linfa::traits::Fit;
use ndarray::Array1;

use super::newton::Problem;
use super::objective::{Objective, norm};
use super::params::{
    ClassWeight, FitError, LogisticRegressionParams, LogisticRegressionValidParams,
};
use crate::features::matrix::{Columns, DesignMatrix};

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

/// How far a fit is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Newton steps made.
    pub iteration: u32,
    /// Norm of the gradient now.
    pub gradient_norm: f64,
    /// The norm it has to reach.
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

/// Where a fit may start: where another fit on the same documents ended.
#[derive(Debug, Clone, PartialEq)]
pub struct WarmStart {
    /// A, documents × classes; see [`newton`](super::newton).
    dual: Vec<f64>,
    intercept: Vec<f64>,
}

impl LogisticRegressionValidParams {
    /// Fits a matrix given by its columns, starting from `start`, which is then where this fit ended; tells
    /// `watch` of every step. `targets` holds the class of each document.
    ///
    /// # Errors
    ///
    /// [`FitError`]: targets that are no classes, or a value that is not finite.
    pub fn fit_columns(
        &self,
        columns: &Columns,
        targets: &[u32],
        start: &mut Option<WarmStart>,
        watch: &dyn Fn(Step),
    ) -> Result<LogisticRegression, FitError> {
        if targets.iter().any(|class| *class as usize >= self.classes) {
            return Err(FitError::Classes(self.classes));
        }
        let counts = class_counts(targets, self.classes);
        let weights = self.class_weight.weights(&counts);
        let columns = Cow::Borrowed(columns);
        let objective = Objective::of_columns(columns, targets, &weights, self.alpha);
        let intercept = shares(&counts, self.class_weight);
        newton(&objective, intercept, start, self, watch)
    }
}

impl Fit<DesignMatrix, Array1<usize>, FitError> for LogisticRegressionValidParams {
    type Object = LogisticRegression;

    fn fit(
        &self,
        dataset: &DatasetBase<DesignMatrix, Array1<usize>>,
    ) -> Result<LogisticRegression, FitError> {
        let targets = checked_targets(dataset, self.classes)?;
        let columns = dataset.records().transposed();
        self.fit_columns(&columns, &targets, &mut None, &|_| ())
    }
}

/// Intercepts of the model without terms: log of the class shares. A class without documents
/// starts low; nothing pulls it back.
fn shares(counts: &[u64], class_weight: ClassWeight) -> Vec<f64> {
    let intercept = |&count: &u64| match class_weight {
        _ if count == 0 => -20.0,
        ClassWeight::Balanced => 0.0,
        ClassWeight::None => libm::log(count as f64),
    };
    counts.iter().map(intercept).collect()
}

/// A search that meets what is no number ends at once: no comparison with it would be true.
fn check_finite(values: &[f64], iterations: u32) -> Result<(), FitError> {
    let finite = values.iter().all(|value| value.is_finite());
    finite.then_some(()).ok_or(FitError::Numeric(iterations))
}

fn newton(
    objective: &Objective<'_>,
    intercept: Vec<f64>,
    start: &mut Option<WarmStart>,
    params: &LogisticRegressionValidParams,
    watch: &dyn Fn(Step),
) -> Result<LogisticRegression, FitError> {
    let problem = Problem {
        columns: &objective.columns,
        classes_of: objective.classes_of,
        weights: &objective.weights,
        classes: objective.classes,
        alpha: objective.alpha,
    };
    let zero = problem.start(vec![0.0; params.classes]);
    let target_norm = params.tolerance * problem.gradient(&zero).norm;
    // The norm is known to single precision while the search is under way.
    let enough = (1.0 - 1e-5) * target_norm;
    let mut state = match start.take() {
        Some(WarmStart { dual, intercept }) => problem.resume(dual, intercept),
        None => problem.start(intercept),
    };
    let mut gradient = problem.gradient(&state);
    let mut iterations = 0;
    check_finite(&[state.value, gradient.norm], iterations)?;
    while gradient.norm > enough && iterations < params.max_iterations {
        iterations += 1;
        let Some(next) = problem.step(&state, &gradient, target_norm) else {
            break; // no step lowers the objective in double precision: this is its bottom
        };
        state = next;
        gradient = problem.gradient(&state);
        check_finite(&[state.value, gradient.norm], iterations)?;
        watch(Step {
            iteration: iterations,
            gradient_norm: gradient.norm,
            target_norm,
        });
    }
    drop(gradient);
    let mut parameters = vec![0.0; objective.dimension()];
    let (coefficients, intercept) = parameters.split_at_mut(objective.coefficients());
    objective
        .columns
        .product(&state.dual, params.classes, coefficients);
    intercept.copy_from_slice(&state.intercept);
    *start = Some(WarmStart {
        dual: state.dual,
        intercept: state.intercept,
    });
    // What is reported is what the formulas say of the coefficients.
    let point = objective.at(&parameters);
    let gradient_norm = norm(&objective.gradient(&parameters, &point));
    check_finite(&[point.value, gradient_norm, target_norm], iterations)?;
    let convergence = Convergence {
        converged: gradient_norm <= target_norm,
        iterations: Some(iterations),
        objective: point.value,
        gradient_norm,
        target_norm,
    };
    Ok(LogisticRegression::from_flat(
        parameters,
        params.classes,
        convergence,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::objective::tests::small_matrix;
    use crate::model::softmax::{argmax, softmax_in_place};
    use linfa::ParamGuard;

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
    fn the_target_is_a_share_of_the_gradient_at_zero() {
        let (matrix, y) = small_matrix();
        let params = LogisticRegression::params(3).alpha(0.3).tolerance(1e-3);
        let model = fit(&params, matrix.clone(), &y);
        let objective = Objective::new(&matrix, &y, &[1.0; 3], 0.3);
        let zero = vec![0.0; objective.dimension()];
        let start = norm(&objective.gradient(&zero, &objective.at(&zero)));
        let target = model.convergence.target_norm;
        approx::assert_relative_eq!(target, 1e-3 * start, max_relative = 1e-6);
        // Only differences of intercepts mean anything; they are given with mean 0.
        assert!(model.intercept.iter().any(|b| b.abs() > 0.1));
        approx::assert_abs_diff_eq!(model.intercept.iter().sum::<f64>(), 0.0, epsilon = 1e-12);
    }

    #[test]
    fn b07_a_value_that_is_no_number_ends_the_search_at_once() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
            let (mut matrix, mut y) = small_matrix();
            matrix.push_row(&[0, 1], &[bad, 1.0]);
            y.push(0);
            let targets = y.iter().map(|&c| c as usize).collect::<Array1<_>>();
            for solver in [tight(3), tight(3).max_iterations(0)] {
                let error = solver.fit(&DatasetBase::new(matrix.clone(), targets.clone()));
                let message = error.unwrap_err().to_string();
                assert!(
                    message.starts_with("numeric failure at iteration "),
                    "{bad}: {message}"
                );
            }
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
    fn every_step_is_told_and_the_next_fit_starts_at_the_end() {
        let (matrix, y) = small_matrix();
        let columns = matrix.transposed();
        let params = tight(3).alpha(0.3).check().unwrap();
        let steps = std::cell::RefCell::new(Vec::new());
        let watch = |step: Step| steps.borrow_mut().push(step);
        let mut start = None;
        let first = params
            .fit_columns(&columns, &y, &mut start, &watch)
            .unwrap();
        let told = steps.take();
        let iterations: Vec<u32> = told.iter().map(|step| step.iteration).collect();
        assert_eq!(first.convergence.iterations, iterations.last().copied());
        assert!(iterations.into_iter().eq(1..=told.len() as u32));
        let last = told.last().unwrap();
        assert_eq!(last.target_norm, first.convergence.target_norm);
        assert!(last.gradient_norm <= last.target_norm);
        let second = params
            .fit_columns(&columns, &y, &mut start, &watch)
            .unwrap();
        assert_eq!(second.convergence.iterations, Some(0));
        assert_eq!(second.coefficients, first.coefficients);
        assert!(steps.take().is_empty());
    }

    #[test]
    fn what_is_no_class_is_refused() {
        let (matrix, y) = small_matrix();
        let fit = |targets: Vec<usize>| {
            let dataset = DatasetBase::new(matrix.clone(), Array1::from(targets));
            assert!(checked_targets(&dataset, 3).is_err());
            tight(3).fit(&dataset).unwrap_err()
        };
        let right = y.iter().map(|&class| class as usize).collect();
        let dataset = DatasetBase::new(matrix.clone(), Array1::from_vec(right));
        assert_eq!(checked_targets(&dataset, 3).unwrap(), y);
        assert!(matches!(fit(vec![0, 1, 2, 3, 0]), FitError::Classes(3)));
        let short = fit(vec![0, 1, 2]);
        assert!(matches!(
            short,
            FitError::Length {
                rows: 5,
                classes: 3
            }
        ));
        let columns = matrix.transposed();
        let params = tight(3).check().unwrap();
        let error = params.fit_columns(&columns, &[0, 1, 2, 3, 0], &mut None, &|_| ());
        assert!(matches!(error.unwrap_err(), FitError::Classes(3)));
    }

    #[test]
    fn a_search_starts_at_the_shares() {
        let counts = [4, 0, 1];
        assert_eq!(shares(&counts, ClassWeight::Balanced), [0.0, -20.0, 0.0]);
        let expected = [4f64.ln(), -20.0, 0.0];
        assert_eq!(shares(&counts, ClassWeight::None), expected);
        assert_eq!(class_counts(&[0, 2, 0, 0, 0], 3), counts);
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
