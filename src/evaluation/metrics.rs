//! Figures from integer counts and from probabilities; undefined ones are `None`.

use super::confusion::ConfusionMatrix;

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Share of documents whose prediction is right; `None` without documents.
#[must_use]
pub fn accuracy(matrix: &ConfusionMatrix) -> Option<f64> {
    ratio(matrix.correct(), matrix.total())
}

/// TP / (TP + FP); `None` if `class` was never predicted.
#[must_use]
pub fn precision(matrix: &ConfusionMatrix, class: usize) -> Option<f64> {
    ratio(matrix.count(class, class), matrix.predicted(class))
}

/// TP / (TP + FN); `None` if no document has the gold label `class`.
#[must_use]
pub fn recall(matrix: &ConfusionMatrix, class: usize) -> Option<f64> {
    ratio(matrix.count(class, class), matrix.gold(class))
}

/// 2 TP / (2 TP + FP + FN); `None` if `class` is neither in the gold labels nor predicted.
#[must_use]
pub fn f1(matrix: &ConfusionMatrix, class: usize) -> Option<f64> {
    ratio(
        2 * matrix.count(class, class),
        matrix.gold(class) + matrix.predicted(class),
    )
}

/// Mean F1 over the labels that `keep` holds for and that some document has; `None` if there are
/// none.
#[must_use]
pub fn macro_f1(matrix: &ConfusionMatrix, keep: impl Fn(usize) -> bool) -> Option<f64> {
    let values: Vec<f64> = (0..matrix.classes())
        .filter(|&class| keep(class) && matrix.gold(class) > 0)
        .filter_map(|class| f1(matrix, class))
        .collect();
    mean(&values)
}

/// Arithmetic mean; `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Probabilities below this count as this, so that one certain mistake does not make the log-loss infinite.
pub const LEAST_PROBABILITY: f64 = 1e-15;

/// −ln p of the gold label.
#[must_use]
pub fn log_loss(gold: usize, probabilities: &[f64]) -> f64 {
    -libm::log(probabilities[gold].max(LEAST_PROBABILITY))
}

/// Σₖ (pₖ − yₖ)², from 0 to 2 (Brier, 1950).
#[must_use]
pub fn brier(gold: usize, probabilities: &[f64]) -> f64 {
    probabilities
        .iter()
        .enumerate()
        .map(|(class, p)| (p - f64::from(u8::from(class == gold))).powi(2))
        .sum()
}

/// Expected calibration error of the predicted label's probability over bins of equal mass: the mean
/// distance of confidence and accuracy, weighed by the documents in each bin.
///
/// `None` without documents. Documents of equal confidence are ordered right before wrong, so that
/// the order of rows changes nothing.
#[must_use]
pub fn calibration_error(confidences: &[(f64, bool)], bins: usize) -> Option<f64> {
    let mut sorted = confidences.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let n = sorted.len();
    if n == 0 || bins == 0 {
        return None;
    }
    let error = (0..bins.min(n))
        .map(|bin| &sorted[bin * n / bins.min(n)..(bin + 1) * n / bins.min(n)])
        .map(|bin| {
            let confidence: f64 = bin.iter().map(|(c, _)| c).sum();
            let right = bin.iter().filter(|(_, right)| *right).count() as f64;
            (confidence - right).abs()
        })
        .sum::<f64>();
    Some(error / n as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gold 0 0 0 1 1 2, predicted 0 0 1 1 0 0; label 3 has no document and no prediction.
    fn matrix() -> ConfusionMatrix {
        ConfusionMatrix::of(4, [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (2, 0)])
    }

    #[test]
    fn figures_agree_with_scikit_learn() {
        // precision_recall_fscore_support([0,0,0,1,1,2], [0,0,1,1,0,0], zero_division=nan)
        let m = matrix();
        assert_eq!(accuracy(&m), Some(0.5));
        assert_eq!(precision(&m, 0), Some(0.5));
        assert_eq!(recall(&m, 0), Some(2.0 / 3.0));
        assert_eq!(f1(&m, 0), Some(4.0 / 7.0));
        assert_eq!(f1(&m, 1), Some(0.5));
        assert_eq!(
            (precision(&m, 2), recall(&m, 2), f1(&m, 2)),
            (None, Some(0.0), Some(0.0))
        );
        assert_eq!(
            (precision(&m, 3), recall(&m, 3), f1(&m, 3)),
            (None, None, None)
        );
        approx::assert_abs_diff_eq!(
            macro_f1(&m, |_| true).unwrap(),
            (4.0 / 7.0 + 0.5) / 3.0,
            epsilon = 1e-15
        );
        assert_eq!(macro_f1(&m, |c| c == 3), None);
    }

    #[test]
    fn nothing_has_no_figures() {
        let m = ConfusionMatrix::new(2);
        assert_eq!((accuracy(&m), macro_f1(&m, |_| true)), (None, None));
        assert_eq!(calibration_error(&[], 10), None);
    }

    #[test]
    fn losses_of_probabilities() {
        approx::assert_abs_diff_eq!(log_loss(0, &[0.5, 0.5]), 2f64.ln(), epsilon = 1e-15);
        assert!(log_loss(0, &[0.0, 1.0]).is_finite());
        approx::assert_abs_diff_eq!(brier(0, &[0.8, 0.2]), 0.08, epsilon = 1e-15);
    }

    #[test]
    fn calibration_error_is_the_distance_of_confidence_and_accuracy() {
        let certain = [(0.9, true), (0.9, true), (0.9, true), (0.9, false)];
        approx::assert_abs_diff_eq!(
            calibration_error(&certain, 1).unwrap(),
            0.15,
            epsilon = 1e-15
        );
        let perfect = [(1.0, true), (1.0, true)];
        assert_eq!(calibration_error(&perfect, 10), Some(0.0));
    }
}
