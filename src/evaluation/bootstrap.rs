//! Intervals by resampling whole articles: sentences of one article are not independent.

use super::confusion::ConfusionMatrix;
use super::metrics::{accuracy, f1, macro_f1};

/// Resamples drawn.
pub const RESAMPLES: usize = 1000;

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// 2.5th percentile.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

/// The pairs of one article.
#[derive(Debug, Clone, Default)]
pub struct ArticlePairs {
    /// Gold and predicted label of each counted row.
    pub pairs: Vec<(usize, usize)>,
    /// The same for rows with a gold label other than `none`, predicted among those labels.
    pub forced: Vec<(usize, usize)>,
}

/// Intervals of the figures; `None` where a figure was undefined in too many resamples.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    /// Accuracy.
    pub accuracy: Option<Interval>,
    /// Mean F1 over all values.
    pub macro_f1: Option<Interval>,
    /// Mean F1 over the labels other than `none`.
    pub macro_f1_labels: Option<Interval>,
    /// Mean F1 over labels with `none` left out and a label forced.
    pub macro_f1_forced: Option<Interval>,
    /// F1 of each label.
    pub f1: Vec<Option<Interval>>,
}

/// Percentile intervals from [`RESAMPLES`] draws of as many articles as there are, with
/// replacement (Efron & Tibshirani, *An Introduction to the Bootstrap*, ch. 13); `None` of fewer
/// than two articles.
#[must_use]
pub fn intervals(
    articles: &[ArticlePairs],
    classes: usize,
    none: Option<usize>,
    seed: u64,
) -> Option<Intervals> {
    if articles.len() < 2 {
        return None;
    }
    let mut random = SplitMix64(seed);
    let mut draws = Draws::new(classes);
    for _ in 0..RESAMPLES {
        let mut plain = ConfusionMatrix::new(classes);
        let mut forced = ConfusionMatrix::new(classes);
        for _ in 0..articles.len() {
            let article = &articles[random.below(articles.len())];
            article.pairs.iter().for_each(|&(g, p)| plain.add(g, p));
            article.forced.iter().for_each(|&(g, p)| forced.add(g, p));
        }
        draws.add(&plain, &forced, none);
    }
    Some(draws.intervals())
}

/// `SplitMix64` (Steele, Lea & Flood, *Fast Splittable Pseudorandom Number Generators*, 2014),
/// written out here so that the same seed gives the same intervals in every version.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, by the high bits of a product; the bias is below n / 2⁶⁴.
    fn below(&mut self, n: usize) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "the result is below n")]
        let below = ((u128::from(self.next()) * n as u128) >> 64) as usize;
        below
    }
}

struct Draws {
    accuracy: Vec<f64>,
    macro_f1: Vec<f64>,
    macro_f1_labels: Vec<f64>,
    macro_f1_forced: Vec<f64>,
    f1: Vec<Vec<f64>>,
}

impl Draws {
    fn new(classes: usize) -> Self {
        Self {
            accuracy: Vec::new(),
            macro_f1: Vec::new(),
            macro_f1_labels: Vec::new(),
            macro_f1_forced: Vec::new(),
            f1: vec![Vec::new(); classes],
        }
    }

    fn add(&mut self, plain: &ConfusionMatrix, forced: &ConfusionMatrix, none: Option<usize>) {
        self.accuracy.extend(accuracy(plain));
        self.macro_f1.extend(macro_f1(plain, |_| true));
        self.macro_f1_labels
            .extend(macro_f1(plain, |c| Some(c) != none));
        self.macro_f1_forced.extend(macro_f1(forced, |_| true));
        for (class, values) in self.f1.iter_mut().enumerate() {
            values.extend(f1(plain, class));
        }
    }

    fn intervals(self) -> Intervals {
        Intervals {
            accuracy: interval(self.accuracy),
            macro_f1: interval(self.macro_f1),
            macro_f1_labels: interval(self.macro_f1_labels),
            macro_f1_forced: interval(self.macro_f1_forced),
            f1: self.f1.into_iter().map(interval).collect(),
        }
    }
}

/// The middle 95 % of the draws, if the figure was defined in at least that many of them.
fn interval(mut values: Vec<f64>) -> Option<Interval> {
    if values.len() < RESAMPLES * 95 / 100 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let last = values.len() - 1;
    Some(Interval {
        low: values[last * 25 / 1000],
        high: values[last - last * 25 / 1000],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn articles() -> Vec<ArticlePairs> {
        (0..40)
            .map(|i| ArticlePairs {
                pairs: vec![(i % 2, i % 2), (i % 2, usize::from(i % 5 == 0)), (2, 2)],
                forced: vec![(i % 2, i % 2)],
            })
            .collect()
    }

    #[test]
    fn intervals_hold_the_estimate_and_do_not_change() {
        let articles = articles();
        let all = ConfusionMatrix::of(3, articles.iter().flat_map(|a| a.pairs.iter().copied()));
        let drawn = intervals(&articles, 3, Some(2), 7).unwrap();
        let interval = drawn.accuracy.unwrap();
        let estimate = accuracy(&all).unwrap();
        assert!(
            interval.low < estimate && estimate < interval.high,
            "{interval:?} {estimate}"
        );
        assert_eq!(intervals(&articles, 3, Some(2), 7), Some(drawn.clone()));
        assert_eq!(
            drawn.f1[2],
            Some(Interval {
                low: 1.0,
                high: 1.0
            })
        );
    }

    #[test]
    fn one_article_has_no_interval() {
        assert_eq!(intervals(&articles()[..1], 3, None, 1), None);
    }
}
