//! The same model by `linfa-logistic` on a dense matrix: the check on our own solver.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Array2};

use super::logistic::{Convergence, LogisticRegression, checked_targets};
use super::objective::{Objective, norm};
use super::params::{ClassWeight, FitError, LogisticRegressionValidParams};
use crate::features::matrix::DesignMatrix;

/// The dense matrix may take so many bytes: 1 GiB.
pub const MEMORY_LIMIT: u128 = 1 << 30;

/// Fits by `linfa_logistic::MultiLogisticRegression`, whose α is ours.
///
/// # Errors
///
/// [`FitError::DenseClassWeight`] with class weights, [`FitError::TooDense`] above
/// [`MEMORY_LIMIT`], [`FitError::Dense`] with linfa's reason.
pub fn fit_dense(
    params: &LogisticRegressionValidParams,
    dataset: &DatasetBase<DesignMatrix, Array1<usize>>,
) -> Result<LogisticRegression, FitError> {
    if params.class_weight != ClassWeight::None {
        return Err(FitError::DenseClassWeight);
    }
    let targets = checked_targets(dataset, params.classes)?;
    let matrix = dataset.records();
    let objective = Objective::new(matrix, &targets, &vec![1.0; params.classes], params.alpha);
    let zero = vec![0.0; objective.dimension()];
    let target_norm = params.tolerance * norm(&objective.gradient(&zero, &objective.at(&zero)));
    let dense = DatasetBase::new(to_dense(matrix)?, dataset.targets().clone());
    let fitted = MultiLogisticRegression::default()
        .alpha(params.alpha)
        .with_intercept(true)
        .max_iterations(u64::from(params.max_iterations) * STEPS_A_NEWTON_STEP)
        .gradient_tolerance(target_norm)
        .fit(&dense)
        .map_err(|error| FitError::Dense(error.to_string()))?;
    let mut parameters = vec![0.0; objective.dimension()];
    let intercepts = matrix.columns() * params.classes;
    parameters[intercepts..].fill(ABSENT);
    for (k, &class) in fitted.classes().iter().enumerate() {
        for (j, row) in fitted.params().rows().into_iter().enumerate() {
            parameters[j * params.classes + class] = row[k];
        }
        parameters[intercepts + class] = fitted.intercept()[k];
    }
    let point = objective.at(&parameters);
    let gradient_norm = norm(&objective.gradient(&parameters, &point));
    let convergence = Convergence {
        converged: gradient_norm <= target_norm,
        iterations: None, // linfa does not say
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

/// An L-BFGS step costs one gradient, a Newton step many products.
const STEPS_A_NEWTON_STEP: u64 = 20;

/// Intercept of a class that has no documents.
const ABSENT: f64 = -20.0;

fn to_dense(matrix: &DesignMatrix) -> Result<Array2<f64>, FitError> {
    let (rows, columns) = (matrix.rows(), matrix.columns());
    let needed = rows as u128 * columns as u128 * 8;
    if needed > MEMORY_LIMIT {
        return Err(FitError::TooDense {
            rows,
            columns,
            needed,
            limit: MEMORY_LIMIT,
        });
    }
    let mut dense = Array2::zeros((rows, columns));
    for i in 0..rows {
        let (indices, values) = matrix.row(i);
        for (&j, &x) in indices.iter().zip(values) {
            dense[[i, j as usize]] = f64::from(x);
        }
    }
    Ok(dense)
}

#[cfg(test)]
mod tests {
    use linfa::ParamGuard;

    use super::*;
    use crate::model::objective::tests::small_matrix;
    use crate::model::params::LogisticRegressionParams;
    use crate::model::softmax::softmax_in_place;

    fn small() -> DatasetBase<DesignMatrix, Array1<usize>> {
        let (matrix, classes) = small_matrix();
        let targets = classes.iter().map(|&class| class as usize).collect();
        DatasetBase::new(matrix, targets)
    }

    fn fit(params: &LogisticRegressionParams) -> LogisticRegression {
        fit_dense(params.check_ref().unwrap(), &small()).unwrap()
    }

    #[test]
    fn the_optimum_is_that_of_our_solver() {
        let params = LogisticRegression::params(3).alpha(0.3).tolerance(1e-8);
        let (ours, dense) = (params.fit(&small()).unwrap(), fit(&params));
        for (a, b) in [
            (&ours.coefficients, &dense.coefficients),
            (&ours.intercept, &dense.intercept),
        ] {
            for (a, b) in a.iter().zip(b) {
                approx::assert_abs_diff_eq!(a, b, epsilon = 1e-6);
            }
        }
    }

    #[test]
    fn a_step_of_ours_is_twenty_and_the_end_is_told() {
        let params = LogisticRegression::params(3).alpha(1e-3).tolerance(1e-8);
        let (matrix, classes) = small_matrix();
        let objective = Objective::new(&matrix, &classes, &[1.0; 3], 1e-3);
        let zero = vec![0.0; objective.dimension()];
        let start = norm(&objective.gradient(&zero, &objective.at(&zero)));
        // It needs more than 20 steps of L-BFGS, fewer than 40.
        for (iterations, converged) in [(1, false), (2, true)] {
            let end = fit(&params.clone().max_iterations(iterations)).convergence;
            assert_eq!(end.converged, converged, "{end:?}");
            assert_eq!(end.gradient_norm <= 1e-8 * start, converged, "{end:?}");
            approx::assert_relative_eq!(end.target_norm, 1e-8 * start, max_relative = 1e-12);
        }
    }

    #[test]
    fn a_class_without_documents_is_not_predicted() {
        let mut targets = small().targets().clone();
        targets.mapv_inplace(|class| if class == 1 { 3 } else { class });
        let dataset = DatasetBase::new(small_matrix().0, targets);
        let params = LogisticRegression::params(4).alpha(0.3).check().unwrap();
        let model = fit_dense(&params, &dataset).unwrap();
        assert!(model.coefficients.chunks(4).all(|row| row[1] == 0.0));
        for row in model.logits(dataset.records()).chunks_mut(4) {
            softmax_in_place(row);
            assert!(row[1] < 1e-6 && row[3] > 0.05, "{row:?}");
        }
    }

    #[test]
    fn class_weights_are_refused() {
        let params = LogisticRegression::params(3).class_weight(ClassWeight::Balanced);
        let error = fit_dense(params.check_ref().unwrap(), &small()).unwrap_err();
        assert!(matches!(error, FitError::DenseClassWeight), "{error}");
    }

    #[test]
    fn a_dense_matrix_has_the_numbers_of_the_sparse_one() {
        let mut matrix = DesignMatrix::new(3);
        matrix.push_row(&[0, 2], &[0.5, -2.0]);
        matrix.push_row(&[], &[]);
        let dense = to_dense(&matrix).unwrap();
        assert_eq!(dense, ndarray::array![[0.5, 0.0, -2.0], [0.0, 0.0, 0.0]]);
    }

    #[test]
    fn a_dense_matrix_takes_a_gibibyte_at_most() {
        // Nobody touches the zeros, so that they cost no memory.
        let mut matrix = DesignMatrix::new(8192);
        (0..16_384).for_each(|_| matrix.push_row(&[], &[]));
        assert_eq!(to_dense(&matrix).unwrap().dim(), (16_384, 8192));
        matrix.push_row(&[], &[]);
        let error = to_dense(&matrix).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the dense solver needs 1073807360 bytes for 16385 × 8192 numbers, its limit is 1073741824"
        );
    }
}
