//! Figures from integer counts; undefined ones say why.
//!
//! | figure | here | scikit-learn 1.7 |
//! |---|---|---|
//! | precision, recall, F1 of a label | undefined without denominator | `zero_division=nan` |
//! | macro and weighted means | over the labels in the data whose figure is defined | `labels=unique(y_true)`, `zero_division=nan` |
//! | MCC | undefined where labels or predictions are constant | 0 |
//! | kappa | undefined where chance explains all | nan |

use super::confusion::Margins;
use super::figure::{Undefined, Value};

fn ratio(part: u64, whole: u64, undefined: Undefined) -> Value {
    if whole > 0 {
        Ok(part as f64 / whole as f64)
    } else {
        Err(undefined)
    }
}

/// Share of documents whose prediction is right.
///
/// # Errors
///
/// [`Undefined::NoRows`].
pub fn accuracy(counts: &Margins) -> Value {
    ratio(counts.correct(), counts.total(), Undefined::NoRows)
}

/// TP / (TP + FP).
///
/// # Errors
///
/// [`Undefined::NeverGiven`].
pub fn precision(counts: &Margins, class: usize) -> Value {
    let given = counts.predicted(class);
    ratio(counts.right(class), given, Undefined::NeverGiven)
}

/// TP / (TP + FN).
///
/// # Errors
///
/// [`Undefined::NotInData`].
pub fn recall(counts: &Margins, class: usize) -> Value {
    let gold = counts.gold(class);
    ratio(counts.right(class), gold, Undefined::NotInData)
}

/// 2 TP / (2 TP + FP + FN).
///
/// # Errors
///
/// [`Undefined::Absent`].
pub fn f1(counts: &Margins, class: usize) -> Value {
    let both = counts.gold(class) + counts.predicted(class);
    ratio(2 * counts.right(class), both, Undefined::Absent)
}

/// Mean of `figure` over the labels that `keep` holds for, that some document has, and of which
/// the figure is defined.
///
/// # Errors
///
/// [`Undefined::NoLabels`].
pub fn macro_mean(
    counts: &Margins,
    figure: impl Fn(&Margins, usize) -> Value,
    keep: impl Fn(usize) -> bool,
) -> Value {
    let values: Vec<f64> = (0..counts.classes())
        .filter(|&class| keep(class) && counts.gold(class) > 0)
        .filter_map(|class| figure(counts, class).ok())
        .collect();
    mean(&values).ok_or(Undefined::NoLabels)
}

/// Mean F1 over the labels that `keep` holds for and that some document has.
///
/// # Errors
///
/// [`Undefined::NoLabels`].
pub fn macro_f1(counts: &Margins, keep: impl Fn(usize) -> bool) -> Value {
    macro_mean(counts, f1, keep)
}

/// Mean F1 over the labels that occur in the data or were given, as scikit-learn's
/// `f1_score(average="macro")`.
///
/// # Errors
///
/// [`Undefined::NoRows`].
pub fn macro_f1_union(counts: &Margins) -> Value {
    let values: Vec<f64> = (0..counts.classes())
        .filter_map(|class| f1(counts, class).ok())
        .collect();
    mean(&values).ok_or(Undefined::NoRows)
}

/// Mean of `figure` weighed by the documents of each label, over the labels of which it is defined.
///
/// # Errors
///
/// [`Undefined::NoLabels`].
pub fn weighted_mean(counts: &Margins, figure: impl Fn(&Margins, usize) -> Value) -> Value {
    let (mut sum, mut weight) = (0.0, 0.0);
    for class in 0..counts.classes() {
        let gold = counts.gold(class) as f64;
        if let (true, Ok(value)) = (gold > 0.0, figure(counts, class)) {
            sum += gold * value;
            weight += gold;
        }
    }
    if weight > 0.0 {
        Ok(sum / weight)
    } else {
        Err(Undefined::NoLabels)
    }
}

/// Matthews' correlation coefficient of several classes (Gorodkin, 2004).
///
/// # Errors
///
/// [`Undefined::Constant`], where scikit-learn gives 0.
pub fn mcc(counts: &Margins) -> Value {
    let n = counts.total() as f64;
    let (mut both, mut gold_squares, mut given_squares) = (0.0, 0.0, 0.0);
    for class in 0..counts.classes() {
        let (gold, given) = (counts.gold(class) as f64, counts.predicted(class) as f64);
        both += gold * given;
        gold_squares += gold * gold;
        given_squares += given * given;
    }
    let spread = (n * n - gold_squares) * (n * n - given_squares);
    if spread > 0.0 {
        Ok((counts.correct() as f64 * n - both) / spread.sqrt())
    } else {
        Err(Undefined::Constant)
    }
}

/// Cohen's kappa: the agreement beyond chance, of the agreement beyond chance that is possible.
///
/// # Errors
///
/// [`Undefined::NoRows`]; [`Undefined::AllChance`], where scikit-learn gives nan.
pub fn kappa(counts: &Margins) -> Value {
    let n = counts.total();
    if n == 0 {
        return Err(Undefined::NoRows);
    }
    let n = n as f64;
    let chance: f64 = (0..counts.classes())
        .map(|c| counts.gold(c) as f64 * counts.predicted(c) as f64)
        .sum();
    // In units of n², so that whole numbers are compared.
    let possible = n * n - chance;
    if possible > 0.0 {
        Ok((counts.correct() as f64 * n - chance) / possible)
    } else {
        Err(Undefined::AllChance)
    }
}

/// Arithmetic mean; `None` of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gold 0 0 0 1 1 2, predicted 0 0 1 1 0 0; label 3 has no document and no prediction.
    fn matrix() -> Margins {
        Margins::of(4, [(0, 0), (0, 0), (0, 1), (1, 1), (1, 0), (2, 0)])
    }

    #[test]
    fn figures_agree_with_scikit_learn() {
        // precision_recall_fscore_support([0,0,0,1,1,2], [0,0,1,1,0,0], zero_division=nan)
        let m = matrix();
        assert_eq!(accuracy(&m), Ok(0.5));
        assert_eq!(precision(&m, 0), Ok(0.5));
        assert_eq!(recall(&m, 0), Ok(2.0 / 3.0));
        assert_eq!(f1(&m, 0), Ok(4.0 / 7.0));
        assert_eq!(f1(&m, 1), Ok(0.5));
        approx::assert_abs_diff_eq!(
            macro_f1(&m, |_| true).unwrap(),
            (4.0 / 7.0 + 0.5) / 3.0,
            epsilon = 1e-15
        );
    }

    #[test]
    fn figures_over_all_labels_agree_with_scikit_learn() {
        // The same rows: f1_score(average="weighted"), precision_score(average="weighted", zero_division=nan),
        // matthews_corrcoef, cohen_kappa_score.
        let m = matrix();
        let equal = |found: Value, expected: f64| {
            approx::assert_abs_diff_eq!(found.unwrap(), expected, epsilon = 1e-15);
        };
        equal(weighted_mean(&m, f1), 0.452_380_952_380_952_4);
        equal(weighted_mean(&m, precision), 0.5);
        equal(macro_f1_union(&m), (4.0 / 7.0 + 0.5) / 3.0);
        equal(mcc(&m), 0.106_600_358_177_805_21);
        equal(kappa(&m), 0.1);
    }

    #[test]
    fn e02_a_label_without_rows_is_left_out_of_the_mean() {
        // f1_score([0,0,1,1], [0,0,1,0], labels=[0,1,2], average="macro") counts a 0 for label 2.
        let m = Margins::of(3, [(0, 0), (0, 0), (1, 1), (1, 0)]);
        assert_eq!(recall(&m, 2), Err(Undefined::NotInData));
        let over_two = macro_f1(&m, |_| true).unwrap();
        approx::assert_abs_diff_eq!(over_two, f64::midpoint(0.8, 2.0 / 3.0), epsilon = 1e-15);
        assert_eq!(macro_f1(&m, |c| c == 2), Err(Undefined::NoLabels));
        // Nor does it count where it was given: then its F1 is 0.
        let given = Margins::of(3, [(0, 0), (1, 2)]);
        assert_eq!(f1(&given, 2), Ok(0.0));
        assert_eq!(macro_f1(&given, |_| true), Ok(0.5));
    }

    #[test]
    fn e03_a_label_never_given_has_no_precision() {
        let m = matrix();
        assert_eq!(precision(&m, 2), Err(Undefined::NeverGiven));
        assert_eq!((recall(&m, 2), f1(&m, 2)), (Ok(0.0), Ok(0.0)));
        assert_eq!(f1(&m, 3), Err(Undefined::Absent));
        let over_two = macro_mean(&m, precision, |_| true).unwrap();
        approx::assert_abs_diff_eq!(over_two, 0.5, epsilon = 1e-15);
    }

    #[test]
    fn e05_constant_labels_correlate_with_nothing() {
        let right = Margins::of(2, [(0, 0), (0, 0)]);
        assert_eq!(mcc(&right), Err(Undefined::Constant));
        assert_eq!(kappa(&right), Err(Undefined::AllChance));
        let half = Margins::of(2, [(0, 0), (0, 1)]);
        assert_eq!(
            (mcc(&half), kappa(&half)),
            (Err(Undefined::Constant), Ok(0.0))
        );
    }

    #[test]
    fn e06_perfect_and_all_wrong() {
        let perfect = Margins::of(2, [(0, 0), (1, 1)]);
        let wrong = Margins::of(2, [(0, 1), (1, 0)]);
        assert_eq!((mcc(&perfect), kappa(&perfect)), (Ok(1.0), Ok(1.0)));
        assert_eq!((mcc(&wrong), kappa(&wrong)), (Ok(-1.0), Ok(-1.0)));
        assert_eq!(macro_f1(&wrong, |_| true), Ok(0.0));
    }

    #[test]
    fn nothing_has_no_figures() {
        let m = Margins::new(2);
        assert_eq!(accuracy(&m), Err(Undefined::NoRows));
        assert_eq!(macro_f1(&m, |_| true), Err(Undefined::NoLabels));
        assert_eq!(macro_f1_union(&m), Err(Undefined::NoRows));
        assert_eq!(weighted_mean(&m, f1), Err(Undefined::NoLabels));
        assert_eq!(kappa(&m), Err(Undefined::NoRows));
    }
}
