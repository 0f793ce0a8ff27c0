//! Points of the curves that a report draws, thinned to what an eye can tell apart.

use serde::Serialize;

use super::figure::{Interval, wilson};
use super::measure::{BINS, one_vs_rest};
use super::probability::{Bin, Ranking};
use super::table::Table;

/// Bins of the reliability diagram of one label.
const LABEL_BINS: usize = 10;

/// Points nearer than this to the last one kept, in both directions, are left out.
const LEAST_STEP: f64 = 0.005;

/// All curves of a report.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Curves {
    /// Confidence against accuracy of the given label, in bins of equal mass; empty ones are left out.
    pub reliability: Vec<ReliabilityBin>,
    /// Share of mistakes among the surest rows.
    pub risk_coverage: Vec<RiskPoint>,
    /// Curves of each label against the rest, in the order of the labels.
    pub by_label: Vec<LabelCurves>,
}

/// The curves of one label against the rest; empty if the model does not know it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelCurves {
    /// The label.
    pub label: String,
    /// From (0, 0) to (1, 1); empty where all rows have the label or none has.
    pub roc: Vec<RocPoint>,
    /// By descending threshold; empty where no row has the label.
    pub precision_recall: Vec<PrecisionRecallPoint>,
    /// Probability of the label against its share.
    pub reliability: Vec<ReliabilityBin>,
}

/// Rows of about equal confidence.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Rows in it.
    pub rows: u64,
    /// Least confidence.
    pub least: f64,
    /// Greatest confidence.
    pub most: f64,
    /// Mean confidence.
    pub confidence: f64,
    /// Share of them that are right (that have the label).
    pub accuracy: f64,
    /// Wilson's interval of that share.
    pub interval: Option<Interval>,
}

/// A point of a ROC curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RocPoint {
    /// Share of the other rows at or above the threshold.
    pub false_positive_rate: f64,
    /// Share of the label's rows at or above it.
    pub true_positive_rate: f64,
    /// The threshold; `None` at (0, 0), where it is above every score.
    pub threshold: Option<f64>,
}

/// A point of a precision–recall curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PrecisionRecallPoint {
    /// Share of the label's rows at or above the threshold.
    pub recall: f64,
    /// Share of the rows at or above it that have the label.
    pub precision: f64,
    /// The threshold.
    pub threshold: f64,
}

/// A point of a risk–coverage curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RiskPoint {
    /// Share of rows kept, the surest first.
    pub coverage: f64,
    /// Least confidence among them.
    pub confidence: f64,
    /// Share of mistakes among them.
    pub risk: f64,
}

/// Accuracy of the surest rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CoveragePoint {
    /// Share of rows kept, the surest first.
    pub coverage: f64,
    /// Least confidence among them.
    pub confidence: f64,
    /// Their accuracy.
    pub accuracy: f64,
}

impl Curves {
    pub(crate) fn of(table: &Table<'_>) -> Self {
        let given = given(table);
        Self {
            reliability: reliability(&given, table.articles, BINS),
            risk_coverage: risk_coverage(&given, table.rows.len()),
            by_label: (0..table.labels.len())
                .map(|class| label_curves(table, class))
                .collect(),
        }
    }
}

/// The rows by confidence in the given label, right or wrong.
fn given(table: &Table<'_>) -> Ranking {
    let rows = table.rows.iter();
    Ranking::new(
        rows.map(|r| (r.article, r.confidence, r.is_right()))
            .collect(),
    )
}

fn label_curves(table: &Table<'_>, class: usize) -> LabelCurves {
    let label = table.labels[class].clone();
    let Some(ranking) = one_vs_rest(table, class) else {
        return LabelCurves {
            label,
            roc: Vec::new(),
            precision_recall: Vec::new(),
            reliability: Vec::new(),
        };
    };
    let steps = ranking.steps();
    LabelCurves {
        label,
        roc: roc(&steps),
        precision_recall: precision_recall(&steps),
        reliability: reliability(&ranking, table.articles, LABEL_BINS),
    }
}

fn reliability(ranking: &Ranking, articles: usize, bins: usize) -> Vec<ReliabilityBin> {
    ranking
        .bins(&vec![1; articles], bins)
        .into_iter()
        .map(|bin: Bin| ReliabilityBin {
            rows: bin.rows,
            least: bin.least,
            most: bin.most,
            confidence: bin.sum / bin.rows as f64,
            accuracy: bin.truths as f64 / bin.rows as f64,
            interval: wilson(bin.truths, bin.rows),
        })
        .collect()
}

fn roc(steps: &[(f64, u64, u64)]) -> Vec<RocPoint> {
    let Some(&(_, truths, all)) = steps.last() else {
        return Vec::new();
    };
    if truths == 0 || truths == all {
        return Vec::new();
    }
    let start = RocPoint {
        false_positive_rate: 0.0,
        true_positive_rate: 0.0,
        threshold: None,
    };
    let points = steps.iter().map(|&(threshold, t, n)| RocPoint {
        false_positive_rate: (n - t) as f64 / (all - truths) as f64,
        true_positive_rate: t as f64 / truths as f64,
        threshold: Some(threshold),
    });
    thinned(std::iter::once(start).chain(points), |p| {
        (p.false_positive_rate, p.true_positive_rate)
    })
}

fn precision_recall(steps: &[(f64, u64, u64)]) -> Vec<PrecisionRecallPoint> {
    let Some(&(_, truths, _)) = steps.last() else {
        return Vec::new();
    };
    if truths == 0 {
        return Vec::new();
    }
    let points = steps.iter().map(|&(threshold, t, n)| PrecisionRecallPoint {
        recall: t as f64 / truths as f64,
        precision: t as f64 / n as f64,
        threshold,
    });
    thinned(points, |p| (p.recall, p.precision))
}

fn risk_coverage(given: &Ranking, rows: usize) -> Vec<RiskPoint> {
    let points = given
        .steps()
        .into_iter()
        .map(|(confidence, right, n)| RiskPoint {
            coverage: n as f64 / rows as f64,
            confidence,
            risk: (n - right) as f64 / n as f64,
        });
    thinned(points, |p| (p.coverage, p.risk))
}

/// The first and the last point, and those between that lie apart.
fn thinned<P: Copy>(points: impl Iterator<Item = P>, at: impl Fn(&P) -> (f64, f64)) -> Vec<P> {
    let mut kept: Vec<P> = Vec::new();
    let mut left_out = None;
    for point in points {
        let (x, y) = at(&point);
        let near = kept.last().is_some_and(|last| {
            let (before_x, before_y) = at(last);
            (x - before_x).abs() < LEAST_STEP && (y - before_y).abs() < LEAST_STEP
        });
        if near {
            left_out = Some(point);
        } else {
            left_out = None;
            kept.push(point);
        }
    }
    kept.extend(left_out);
    kept
}

/// Accuracy of the surest 10 %, 20 % … of the rows; a part of rows of equal confidence is taken in
/// their mean.
pub(crate) fn coverage(table: &Table<'_>) -> Vec<CoveragePoint> {
    let steps = given(table).steps();
    let n = table.rows.len();
    let mut kept: Vec<u64> = (1..=10).map(|tenth| (n * tenth / 10) as u64).collect();
    // Of fewer than ten rows some tenths are the same.
    kept.dedup();
    kept.into_iter()
        .filter_map(|kept| {
            let at = steps.partition_point(|&(_, _, rows)| rows < kept);
            let (confidence, right, rows) = *steps.get(at)?;
            let (_, right_before, before) = match at {
                0 => (0.0, 0, 0),
                _ => steps[at - 1],
            };
            let share = (kept - before) as f64 / (rows - before) as f64;
            (kept > 0).then(|| CoveragePoint {
                coverage: kept as f64 / n as f64,
                confidence,
                accuracy: (right_before as f64 + share * (right - right_before) as f64)
                    / kept as f64,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_keeps_its_ends() {
        let points = (0..=10_000).map(|i| f64::from(i) / 10_000.0);
        let kept = thinned(points, |x| (*x, 1.0 - *x));
        assert!(kept.len() <= 202);
        assert_eq!((kept[0], kept[kept.len() - 1]), (0.0, 1.0));
    }

    #[test]
    fn e05_a_label_without_rows_has_no_curve() {
        assert!(roc(&[(0.5, 0, 1), (0.1, 0, 2)]).is_empty());
        assert!(precision_recall(&[(0.5, 0, 1)]).is_empty());
        let points = roc(&[(0.9, 1, 1), (0.1, 1, 2)]);
        let path: Vec<_> = points
            .iter()
            .map(|p| (p.false_positive_rate, p.true_positive_rate))
            .collect();
        assert_eq!(path, [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]);
    }
}
