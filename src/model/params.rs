//! What the fit is asked for: wished, and checked.

use linfa::ParamGuard;
use thiserror::Error;

/// How classes weigh in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassWeight {
    /// Every document counts 1.
    None,
    /// Every class counts the same: n / (K · nₖ) for each of its documents.
    Balanced,
}

impl ClassWeight {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::None, Self::Balanced];

    /// The name in options and model files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Balanced => "balanced",
        }
    }

    /// The weight of a document of each class, given how many documents each class has.
    ///
    /// A class without documents weighs 1; nothing uses it.
    #[must_use]
    pub fn weights(self, counts: &[u64]) -> Vec<f64> {
        let total = counts.iter().sum::<u64>() as f64;
        counts
            .iter()
            .map(|&count| match self {
                ClassWeight::Balanced if count > 0 => total / (counts.len() as f64 * count as f64),
                _ => 1.0,
            })
            .collect()
    }
}

/// A fit that cannot be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FitError {
    /// α out of range.
    #[error(
        "alpha is {0}: wanted a finite number greater than 0 (without a penalty the optimum may lie at infinity)"
    )]
    Alpha(f64),
    /// The tolerance out of range.
    #[error("the tolerance is {0}: wanted a finite number greater than 0")]
    Tolerance(f64),
    /// Fewer than two classes.
    #[error("{0} classes: wanted at least 2")]
    Classes(usize),
    /// Rows and classes differ in number.
    #[error("{rows} rows but {classes} classes of rows")]
    Length {
        /// Rows of the matrix.
        rows: usize,
        /// Targets given.
        classes: usize,
    },
    /// A dense matrix would be too large.
    #[error(
        "the dense solver needs {needed} bytes for {rows} × {columns} numbers, its limit is {limit}"
    )]
    TooDense {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
        /// Bytes needed.
        needed: u128,
        /// Bytes allowed.
        limit: u128,
    },
    /// Class weights with a solver that has none.
    #[error("the dense solver has no class weights")]
    DenseClassWeight,
    /// A value that is not finite turned up.
    #[error("numeric failure at iteration {0}: the objective is not finite")]
    Numeric(u32),
    /// linfa refused.
    #[error("linfa-logistic: {0}")]
    Dense(String),
    /// linfa's own error.
    #[error(transparent)]
    Linfa(#[from] linfa::Error),
}

/// Wishes for a fit; see the methods.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegressionParams(LogisticRegressionValidParams);

/// Checked parameters of a fit.
#[derive(Debug, Clone, PartialEq)]
pub struct LogisticRegressionValidParams {
    pub(crate) alpha: f64,
    pub(crate) class_weight: ClassWeight,
    pub(crate) tolerance: f64,
    pub(crate) max_iterations: u32,
    pub(crate) classes: usize,
}

impl LogisticRegressionValidParams {
    /// L2 penalty.
    #[must_use]
    pub fn alpha(&self) -> f64 {
        self.alpha
    }

    /// Relative norm of the gradient at which the fit ends.
    #[must_use]
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }
}

impl LogisticRegressionParams {
    /// Defaults for `classes` classes.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self(LogisticRegressionValidParams {
            alpha: 1.0,
            class_weight: ClassWeight::None,
            tolerance: 1e-3,
            max_iterations: 100,
            classes,
        })
    }

    /// L2 penalty on the coefficients, never the intercept; summed loss, so 1/C elsewhere. Default 1.0.
    #[must_use]
    pub fn alpha(mut self, alpha: f64) -> Self {
        self.0.alpha = alpha;
        self
    }

    /// Weights of the classes in the loss. Default none.
    #[must_use]
    pub fn class_weight(mut self, class_weight: ClassWeight) -> Self {
        self.0.class_weight = class_weight;
        self
    }

    /// The fit ends when the norm of the gradient is at most this share of its norm at zero.
    /// Default 1e-3: the objective is then within some millionths of the lowest, or a thousandth where classes without
    /// weights are very unequal.
    #[must_use]
    pub fn tolerance(mut self, tolerance: f64) -> Self {
        self.0.tolerance = tolerance;
        self
    }

    /// Newton steps (sparse) or L-BFGS steps (dense) at most. Default 100.
    #[must_use]
    pub fn max_iterations(mut self, max_iterations: u32) -> Self {
        self.0.max_iterations = max_iterations;
        self
    }
}

impl ParamGuard for LogisticRegressionParams {
    type Checked = LogisticRegressionValidParams;
    type Error = FitError;

    fn check_ref(&self) -> Result<&Self::Checked, FitError> {
        let LogisticRegressionValidParams {
            alpha,
            tolerance,
            classes,
            ..
        } = self.0;
        if !(alpha.is_finite() && alpha > 0.0) {
            return Err(FitError::Alpha(alpha));
        }
        if !(tolerance.is_finite() && tolerance > 0.0) {
            return Err(FitError::Tolerance(tolerance));
        }
        if classes < 2 {
            return Err(FitError::Classes(classes));
        }
        Ok(&self.0)
    }

    fn check(self) -> Result<Self::Checked, FitError> {
        self.check_ref()?;
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_finite_and_positive() {
        for alpha in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let error = LogisticRegressionParams::new(2)
                .alpha(alpha)
                .check()
                .unwrap_err();
            assert!(matches!(error, FitError::Alpha(_)), "for {alpha}");
        }
        for alpha in [1e-300, 1e-12, 1.0, 1e300] {
            assert!(
                LogisticRegressionParams::new(2)
                    .alpha(alpha)
                    .check()
                    .is_ok()
            );
        }
    }

    #[test]
    fn the_tolerance_is_finite_and_positive() {
        for tolerance in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let params = LogisticRegressionParams::new(2).tolerance(tolerance);
            let error = params.check().unwrap_err();
            assert!(matches!(error, FitError::Tolerance(_)), "for {tolerance}");
        }
        let params = LogisticRegressionParams::new(2).alpha(0.5).tolerance(0.25);
        let checked = params.check().unwrap();
        assert_eq!((checked.alpha(), checked.tolerance()), (0.5, 0.25));
    }

    #[test]
    fn there_are_two_classes_at_least() {
        for classes in [0, 1] {
            let error = LogisticRegressionParams::new(classes).check().unwrap_err();
            assert!(matches!(error, FitError::Classes(n) if n == classes));
        }
    }

    #[test]
    fn balanced_weights_give_every_class_the_same_sum() {
        assert_eq!(
            ClassWeight::Balanced.weights(&[1, 3, 0]),
            [4.0 / 3.0, 4.0 / 9.0, 1.0]
        );
        assert_eq!(ClassWeight::None.weights(&[1, 3]), [1.0, 1.0]);
        assert_eq!(
            (ClassWeight::Balanced.name(), ClassWeight::None.name()),
            ("balanced", "none")
        );
    }
}
