//! Figures from probabilities of rows that count any number of times.
//!
//! A row counts as often as its article was drawn, so that an estimate and its resamples are the
//! same computation. Rows of equal score are never told apart, so that their order changes nothing.

use std::collections::BTreeMap;

use super::figure::{Undefined, Value};

/// Smaller probabilities count as this, as in scikit-learn, so that one certain mistake does not
/// make the log-loss infinite.
pub const LEAST_PROBABILITY: f64 = f64::EPSILON;

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

/// Rows by a score, the greatest first, each true or false: of one label one-vs-rest, or of the
/// given label right or wrong.
///
/// A thousand resamples go over all rows several times each, so a row is one number: its article,
/// whether it is true, whether it is the last of its score.
#[derive(Debug, Clone)]
pub struct Ranking {
    rows: Vec<u32>,
    scores: Vec<f64>,
    /// Rows of each article that has any.
    of_article: Vec<(u32, u32)>,
}

const TRUE: u32 = 2;
const LAST: u32 = 1;

/// Article numbers are below this.
const MOST_ARTICLES: u32 = 1 << 30;

/// How often the rows of one group of equal scores count.
#[derive(Debug, Clone, Copy, Default)]
struct Tied {
    score: f64,
    truths: u64,
    all: u64,
}

/// A bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Bin {
    /// Rows in it.
    pub rows: u64,
    /// Those of them that are true.
    pub truths: u64,
    /// The sum of their scores.
    pub sum: f64,
    /// The least score.
    pub least: f64,
    /// The greatest.
    pub most: f64,
}

impl Ranking {
    /// The ranking of `(article, score, truth)`.
    ///
    /// # Panics
    ///
    /// If an article has a number of 2³⁰ or more.
    #[must_use]
    pub fn new(mut rows: Vec<(u32, f64, bool)>) -> Self {
        rows.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)).then(b.2.cmp(&a.2)));
        let mut packed = Vec::with_capacity(rows.len());
        for group in rows.chunk_by(|a, b| a.1.total_cmp(&b.1).is_eq()) {
            for (at, &(article, _, truth)) in group.iter().enumerate() {
                assert!(article < MOST_ARTICLES, "a billion articles at most");
                let truth = if truth { TRUE } else { 0 };
                let last = if at + 1 == group.len() { LAST } else { 0 };
                packed.push(article << 2 | truth | last);
            }
        }
        let mut counts: BTreeMap<u32, u32> = BTreeMap::new();
        for (article, ..) in &rows {
            *counts.entry(*article).or_default() += 1;
        }
        Self {
            rows: packed,
            scores: rows.iter().map(|r| r.1).collect(),
            of_article: counts.into_iter().collect(),
        }
    }

    /// Hands on the groups of equal scores that count at all, the greatest score first.
    fn groups(&self, weights: &[u32], mut take: impl FnMut(Tied)) {
        let mut tied = Tied::default();
        for (&row, &score) in self.rows.iter().zip(&self.scores) {
            let weight = u64::from(weights[(row >> 2) as usize]);
            tied.all += weight;
            tied.truths += if row & TRUE == 0 { 0 } else { weight };
            if row & LAST != 0 {
                if tied.all > 0 {
                    tied.score = score;
                    take(tied);
                }
                tied = Tied::default();
            }
        }
    }

    fn total(&self, weights: &[u32]) -> u64 {
        let rows = self.of_article.iter();
        rows.map(|&(article, rows)| u64::from(rows) * u64::from(weights[article as usize]))
            .sum()
    }

    /// The area under the ROC curve, and the average precision: Σ (Rₙ − Rₙ₋₁) Pₙ.
    ///
    /// Undefined where every row is true or none is (no true one, for the average precision).
    pub fn areas(&self, weights: &[u32]) -> (Value, Value) {
        let (mut truths, mut others) = (0, 0);
        // Twice the pairs in order, so that a tie counts one half.
        let mut pairs = 0;
        let mut precisions = 0.0;
        self.groups(weights, |tied| {
            let other = tied.all - tied.truths;
            pairs += other * (2 * truths + tied.truths);
            truths += tied.truths;
            others += other;
            if tied.truths > 0 {
                precisions += tied.truths as f64 * (truths as f64 / (truths + others) as f64);
            }
        });
        let roc = if truths > 0 && others > 0 {
            Ok(pairs as f64 / 2.0 / (truths as f64 * others as f64))
        } else {
            Err(Undefined::OneLabel)
        };
        let average = if truths > 0 {
            Ok(precisions / truths as f64)
        } else {
            Err(Undefined::NotInData)
        };
        (roc, average)
    }

    /// At most `bins` bins of about equal mass, by ascending score; equal scores share one.
    #[must_use]
    pub fn bins(&self, weights: &[u32], bins: usize) -> Vec<Bin> {
        let total = self.total(weights);
        let bins = (bins as u64).min(total);
        let mut out: Vec<Bin> = Vec::new();
        let (mut above, mut last) = (0, None);
        self.groups(weights, |tied| {
            above += tied.all;
            let number = (total - above) * bins / total;
            if last != Some(number) {
                out.push(Bin {
                    most: tied.score,
                    ..Bin::default()
                });
                last = Some(number);
            }
            if let Some(bin) = out.last_mut() {
                bin.rows += tied.all;
                bin.truths += tied.truths;
                bin.sum += tied.score * tied.all as f64;
                bin.least = tied.score;
            }
        });
        out.reverse();
        out
    }

    /// Expected calibration error: the mean distance of score and share of true rows over bins of
    /// equal mass, weighed by the rows in each.
    ///
    /// # Errors
    ///
    /// [`Undefined::NoRows`].
    pub fn calibration_error(&self, weights: &[u32], bins: usize) -> Value {
        let bins = self.bins(weights, bins);
        let rows: u64 = bins.iter().map(|bin| bin.rows).sum();
        if rows == 0 {
            return Err(Undefined::NoRows);
        }
        let distance: f64 = bins.iter().map(|b| (b.sum - b.truths as f64).abs()).sum();
        Ok(distance / rows as f64)
    }

    /// Area under the risk–coverage curve: the mean, over n = 1 … N, of the share of false rows
    /// among the n of greatest score (Geifman & El-Yaniv, 2017). Rows of equal score are taken in
    /// random order, in the mean.
    ///
    /// # Errors
    ///
    /// [`Undefined::NoRows`].
    pub fn risk_coverage_area(&self, weights: &[u32]) -> Value {
        let (mut rows, mut wrong, mut sum) = (0u64, 0.0, 0.0);
        self.groups(weights, |tied| {
            let tied_wrong = (tied.all - tied.truths) as f64;
            for taken in 1..=tied.all {
                let among = wrong + tied_wrong * (taken as f64 / tied.all as f64);
                sum += among / (rows + taken) as f64;
            }
            rows += tied.all;
            wrong += tied_wrong;
        });
        if rows == 0 {
            return Err(Undefined::NoRows);
        }
        Ok(sum / rows as f64)
    }

    /// After each group of equal scores, the greatest first: its score, and the true and all rows
    /// up to there.
    #[must_use]
    pub fn steps(&self) -> Vec<(f64, u64, u64)> {
        let mut truths = 0;
        let mut steps = Vec::new();
        for (at, (&row, &score)) in self.rows.iter().zip(&self.scores).enumerate() {
            truths += u64::from(row & TRUE != 0);
            if row & LAST != 0 {
                steps.push((score, truths, at as u64 + 1));
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranking(rows: &[(f64, bool)]) -> Ranking {
        Ranking::new(
            rows.iter()
                .map(|&(score, truth)| (0, score, truth))
                .collect(),
        )
    }

    #[test]
    fn losses_of_probabilities() {
        approx::assert_abs_diff_eq!(log_loss(0, &[0.5, 0.5]), 2f64.ln(), epsilon = 1e-15);
        // log_loss([0, 1], [[1, 0], [1, 0]]) is 18.02: the mean of 0 and this.
        approx::assert_abs_diff_eq!(
            log_loss(1, &[1.0, 0.0]),
            36.043_653_389_117_15,
            epsilon = 1e-12
        );
        approx::assert_abs_diff_eq!(brier(0, &[0.8, 0.2]), 0.08, epsilon = 1e-15);
    }

    #[test]
    fn e05_one_label_has_no_area() {
        let (roc, average) = ranking(&[(0.3, true), (0.4, true)]).areas(&[1]);
        assert_eq!((roc, average), (Err(Undefined::OneLabel), Ok(1.0)));
        let (roc, average) = ranking(&[(0.3, false)]).areas(&[1]);
        assert_eq!(
            (roc, average),
            (Err(Undefined::OneLabel), Err(Undefined::NotInData))
        );
    }

    #[test]
    fn e08_a_tie_counts_one_half() {
        // roc_auc_score([1, 0, 1, 0], [.9, .5, .5, .1]), average_precision_score of the same
        let (roc, average) =
            ranking(&[(0.9, true), (0.5, false), (0.5, true), (0.1, false)]).areas(&[1]);
        assert_eq!(roc, Ok(0.875));
        approx::assert_abs_diff_eq!(average.unwrap(), 0.5 + 0.5 * 2.0 / 3.0, epsilon = 1e-15);
    }

    #[test]
    fn e09_equal_confidences_share_a_bin() {
        let all_equal = ranking(&[(0.7, true), (0.7, false), (0.7, true)]);
        assert_eq!(all_equal.bins(&[1], 15).len(), 1);
        approx::assert_abs_diff_eq!(
            all_equal.calibration_error(&[1], 15).unwrap(),
            0.7 - 2.0 / 3.0,
            epsilon = 1e-15
        );
        assert_eq!(
            ranking(&[]).calibration_error(&[], 15),
            Err(Undefined::NoRows)
        );
        assert_eq!(
            all_equal.calibration_error(&[0], 15),
            Err(Undefined::NoRows)
        );
    }

    #[test]
    fn the_sure_and_right_first_lower_the_risk() {
        let good = ranking(&[(0.9, true), (0.5, false)]);
        assert_eq!(good.risk_coverage_area(&[1]), Ok(0.25));
        let bad = ranking(&[(0.9, false), (0.5, true)]);
        assert_eq!(bad.risk_coverage_area(&[1]), Ok(0.75));
        let tied = ranking(&[(0.5, false), (0.5, true)]);
        assert_eq!(tied.risk_coverage_area(&[1]), Ok(0.5));
    }

    #[test]
    fn a_row_that_counts_twice_is_two_rows() {
        let once = Ranking::new(vec![(0, 0.9, true), (1, 0.6, false), (1, 0.4, true)]);
        let twice = ranking(&[
            (0.9, true),
            (0.6, false),
            (0.6, false),
            (0.4, true),
            (0.4, true),
        ]);
        assert_eq!(once.areas(&[1, 2]), twice.areas(&[1]));
        assert_eq!(once.bins(&[1, 2], 3), twice.bins(&[1], 3));
        assert_eq!(
            once.risk_coverage_area(&[1, 2]),
            twice.risk_coverage_area(&[1])
        );
    }
}
