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
