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

    /// Hands on the groups of equal scores, the greatest score first; those that count 0 times too.
    #[inline]
    fn groups(&self, weights: &[u32], mut take: impl FnMut(Tied)) {
        let mut tied = Tied::default();
        for (&row, &score) in self.rows.iter().zip(&self.scores) {
            let weight = u64::from(weights[(row >> 2) as usize]);
            tied.all += weight;
            tied.truths += if row & TRUE == 0 { 0 } else { weight };
            if row & LAST != 0 {
                tied.score = score;
                take(tied);
                tied = Tied::default();
            }
        }
    }

    fn total(&self, weights: &[u32]) -> u64 {
        let rows = self.of_article.iter();
        rows.map(|&(article, rows)| u64::from(rows) * u64::from(weights[article as usize]))
            .sum()
    }

    /// The area under the ROC curve, the average precision Σ (Rₙ − Rₙ₋₁) Pₙ, and the expected
    /// calibration error: the mean distance of score and share of true rows over `bins` bins of equal
    /// mass, weighed by the rows in each.
    ///
    /// The areas are undefined where every row is true or none is (no true one, for the average precision).
    pub fn of_label(&self, weights: &[u32], bins: usize) -> [Value; 3] {
        let mut areas = Areas::default();
        let mut bins = Binning::new(self.total(weights), bins);
        self.groups(weights, |tied| {
            areas.take(tied);
            bins.take(tied);
        });
        let (roc, average) = areas.values();
        [roc, average, bins.calibration_error()]
    }

    /// The expected calibration error as in [`of_label`](Self::of_label), and the area under the
    /// risk–coverage curve: the mean, over n = 1 … N, of the share of false rows among the n of
    /// greatest score (Geifman & El-Yaniv, 2017). Rows of equal score are taken in random order, in
    /// the mean.
    pub fn of_given(&self, weights: &[u32], bins: usize) -> [Value; 2] {
        let total = self.total(weights);
        let mut bins = Binning::new(total, bins);
        let (mut rows, mut wrong, mut sum) = (0u64, 0.0, 0.0);
        self.groups(weights, |tied| {
            bins.take(tied);
            let tied_wrong = (tied.all - tied.truths) as f64;
            for taken in 1..=tied.all {
                let among = wrong + tied_wrong * (taken as f64 / tied.all as f64);
                sum += among / (rows + taken) as f64;
            }
            rows += tied.all;
            wrong += tied_wrong;
        });
        let area = if rows > 0 {
            Ok(sum / rows as f64)
        } else {
            Err(Undefined::NoRows)
        };
        [bins.calibration_error(), area]
    }

    /// At most `bins` bins of about equal mass, by ascending score; equal scores share one.
    #[must_use]
    pub fn bins(&self, weights: &[u32], bins: usize) -> Vec<Bin> {
        let mut bins = Binning::new(self.total(weights), bins);
        self.groups(weights, |tied| bins.take(tied));
        bins.bins()
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

/// Sums for the area under the ROC curve and the average precision.
#[derive(Debug, Default)]
struct Areas {
    truths: u64,
    others: u64,
    /// Twice the pairs in order, so that a tie counts one half.
    pairs: u64,
    precisions: f64,
}

impl Areas {
    #[inline]
    fn take(&mut self, tied: Tied) {
        let other = tied.all - tied.truths;
        self.pairs += other * (2 * self.truths + tied.truths);
        self.truths += tied.truths;
        self.others += other;
        if tied.truths > 0 {
            let above = self.truths + self.others;
            self.precisions += tied.truths as f64 * (self.truths as f64 / above as f64);
        }
    }

    fn values(&self) -> (Value, Value) {
        let (truths, others) = (self.truths as f64, self.others as f64);
        let roc = if self.truths > 0 && self.others > 0 {
            Ok(self.pairs as f64 / 2.0 / (truths * others))
        } else {
            Err(Undefined::OneLabel)
        };
        let average = if self.truths > 0 {
            Ok(self.precisions / truths)
        } else {
            Err(Undefined::NotInData)
        };
        (roc, average)
    }
}

/// Bins of about equal mass, filled from the greatest score on.
///
/// A draw leaves out a third of the articles, in no order: a branch on whether a group counts would be
/// guessed wrong so often that adding zeros is faster, and so is comparing than dividing for each group.
#[derive(Debug)]
struct Binning {
    full: Vec<Bin>,
    /// The bin being filled.
    bin: Bin,
    /// Rows in all, and those taken.
    total: u64,
    above: u64,
    most_bins: u64,
    /// A group belongs to the bin of the whole part of rank / total, where its rank is (total − rows up
    /// to there) × bins; this is the least rank of the bin being filled.
    first: u64,
}

impl Binning {
    fn new(total: u64, bins: usize) -> Self {
        Self {
            full: Vec::with_capacity(bins),
            bin: Bin::default(),
            total,
            above: 0,
            most_bins: (bins as u64).min(total),
            first: u64::MAX,
        }
    }

    #[inline]
    fn take(&mut self, tied: Tied) {
        self.above += tied.all;
        let rank = (self.total - self.above) * self.most_bins;
        if rank < self.first && tied.all > 0 {
            self.begin(rank, tied.score);
        }
        self.bin.rows += tied.all;
        self.bin.truths += tied.truths;
        self.bin.sum += tied.score * tied.all as f64;
        self.bin.least = if tied.all > 0 {
            tied.score
        } else {
            self.bin.least
        };
    }

    fn begin(&mut self, rank: u64, most: f64) {
        if self.bin.rows > 0 {
            self.full.push(self.bin);
        }
        self.bin = Bin {
            most,
            ..Bin::default()
        };
        self.first = rank / self.total * self.total;
    }

    /// The bins by ascending score.
    fn bins(mut self) -> Vec<Bin> {
        if self.bin.rows > 0 {
            self.full.push(self.bin);
        }
        self.full.reverse();
        self.full
    }

    fn calibration_error(self) -> Value {
        let total = self.total;
        if total == 0 {
            return Err(Undefined::NoRows);
        }
        let bins = self.bins();
        let distance: f64 = bins.iter().map(|b| (b.sum - b.truths as f64).abs()).sum();
        Ok(distance / total as f64)
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
        let [roc, average, _] = ranking(&[(0.3, true), (0.4, true)]).of_label(&[1], 15);
        assert_eq!((roc, average), (Err(Undefined::OneLabel), Ok(1.0)));
        let [roc, average, _] = ranking(&[(0.3, false)]).of_label(&[1], 15);
        assert_eq!(
            (roc, average),
            (Err(Undefined::OneLabel), Err(Undefined::NotInData))
        );
    }

    #[test]
    fn e08_a_tie_counts_one_half() {
        // roc_auc_score([1, 0, 1, 0], [.9, .5, .5, .1]), average_precision_score of the same
        let [roc, average, _] =
            ranking(&[(0.9, true), (0.5, false), (0.5, true), (0.1, false)]).of_label(&[1], 15);
        assert_eq!(roc, Ok(0.875));
        approx::assert_abs_diff_eq!(average.unwrap(), 0.5 + 0.5 * 2.0 / 3.0, epsilon = 1e-15);
        // roc_auc_score([1, 0, 0, 0], [.5, .9, .2, .1])
        let [roc, ..] =
            ranking(&[(0.5, true), (0.9, false), (0.2, false), (0.1, false)]).of_label(&[1], 15);
        assert_eq!(roc, Ok(2.0 / 3.0));
    }

    #[test]
    fn e09_equal_confidences_share_a_bin() {
        let all_equal = ranking(&[(0.7, true), (0.7, false), (0.7, true)]);
        assert_eq!(all_equal.bins(&[1], 15).len(), 1);
        approx::assert_abs_diff_eq!(
            all_equal.of_label(&[1], 15)[2].unwrap(),
            0.7 - 2.0 / 3.0,
            epsilon = 1e-15
        );
        assert_eq!(ranking(&[]).of_label(&[], 15)[2], Err(Undefined::NoRows));
        assert_eq!(all_equal.of_label(&[0], 15)[2], Err(Undefined::NoRows));
    }

    #[test]
    fn the_sure_and_right_first_lower_the_risk() {
        let area = |ranking: &Ranking| ranking.of_given(&[1], 15)[1];
        let good = ranking(&[(0.9, true), (0.5, false)]);
        assert_eq!(area(&good), Ok(0.25));
        let bad = ranking(&[(0.9, false), (0.5, true)]);
        assert_eq!(area(&bad), Ok(0.75));
        let tied = ranking(&[(0.5, false), (0.5, true)]);
        assert_eq!(area(&tied), Ok(0.5));
        assert_eq!(area(&ranking(&[])), Err(Undefined::NoRows));
    }

    #[test]
    fn bins_hold_equal_shares_of_the_rows_by_score() {
        let rows = ranking(&[(0.2, false), (0.9, true), (0.4, true), (0.7, false)]);
        let bins = rows.bins(&[1], 2);
        let figures: Vec<_> = bins
            .iter()
            .map(|bin| (bin.rows, bin.truths, bin.least, bin.most))
            .collect();
        assert_eq!(figures, [(2, 1, 0.2, 0.4), (2, 1, 0.7, 0.9)]);
        approx::assert_abs_diff_eq!(bins[0].sum, 0.6, epsilon = 1e-15);
        approx::assert_abs_diff_eq!(bins[1].sum, 1.6, epsilon = 1e-15);
        // (|0.6 − 1| + |1.6 − 1|) / 4
        let error = rows.of_label(&[1], 2)[2].unwrap();
        approx::assert_abs_diff_eq!(error, 0.25, epsilon = 1e-15);
        assert_eq!(rows.of_given(&[1], 2)[0], Ok(error));
        assert_eq!(rows.bins(&[1], 15).len(), 4);
        assert!(ranking(&[]).bins(&[], 15).is_empty());
    }

    #[test]
    fn steps_count_the_rows_down_to_each_score() {
        let rows = ranking(&[(0.5, false), (0.9, true), (0.1, false), (0.5, true)]);
        assert_eq!(rows.steps(), [(0.9, 1, 1), (0.5, 2, 3), (0.1, 2, 4)]);
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
        assert_eq!(once.of_label(&[1, 2], 3), twice.of_label(&[1], 3));
        assert_eq!(once.bins(&[1, 2], 3), twice.bins(&[1], 3));
        assert_eq!(once.of_given(&[1, 2], 3), twice.of_given(&[1], 3));
    }

    #[test]
    fn rows_that_do_not_count_change_nothing() {
        let all = [
            (0, 0.9, true),
            (1, 0.8, true),
            (0, 0.6, false),
            (1, 0.5, true),
            (1, 0.3, false),
        ];
        for (counts, weights) in [(0, [2, 0]), (1, [0, 2])] {
            let kept = all.iter().copied().filter(|row| row.0 == counts);
            let kept = Ranking::new(kept.collect());
            let all = Ranking::new(all.to_vec());
            assert_eq!(all.of_label(&weights, 3), kept.of_label(&weights, 3));
            assert_eq!(all.bins(&weights, 3), kept.bins(&weights, 3));
            assert_eq!(all.of_given(&weights, 3), kept.of_given(&weights, 3));
        }
    }
}
