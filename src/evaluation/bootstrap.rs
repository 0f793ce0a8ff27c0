//! Intervals by resampling whole articles: sentences of one article are not independent.

use rayon::prelude::*;

use super::figure::{Interval, Value};

/// Resamples drawn where nothing else is asked for.
pub const RESAMPLES: usize = 1000;

/// How resamples are drawn (Efron & Tibshirani, *An Introduction to the Bootstrap*, ch. 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// Resamples; without any there are no intervals.
    pub resamples: usize,
    /// Seed of the draws.
    pub seed: u64,
}

impl Bootstrap {
    /// The usual number of draws.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            resamples: RESAMPLES,
            seed,
        }
    }

    /// Resamples drawn of so many articles: one article alone has no others to be drawn in its place.
    #[must_use]
    pub fn of(self, articles: usize) -> usize {
        if articles < 2 { 0 } else { self.resamples }
    }

    /// What `measure` gives for each draw of as many articles as there are, with replacement; nothing for
    /// fewer than two.
    ///
    /// `measure` is told how often each article was drawn. Each draw has a stream of random numbers of
    /// its own, so that the number of threads changes nothing.
    pub fn draw<R: Send>(self, articles: usize, measure: impl Fn(&[u32]) -> R + Sync) -> Vec<R> {
        (0..self.of(articles) as u64)
            .into_par_iter()
            .map_init(
                || vec![0u32; articles],
                |weights, draw| {
                    weights.fill(0);
                    let mut random = SplitMix64(SplitMix64(self.seed ^ (draw << 32)).next());
                    for _ in 0..articles {
                        weights[random.below(articles)] += 1;
                    }
                    measure(weights)
                },
            )
            .collect()
    }
}

/// The intervals of `estimates`, of which every draw holds one value each, in their order; none for those
/// past the end of the draws.
#[must_use]
pub fn intervals(estimates: &[Value], draws: &[Vec<Value>]) -> Vec<Option<Interval>> {
    (0..estimates.len())
        .map(|i| {
            let values = draws.iter().filter_map(|draw| draw.get(i)?.ok());
            interval(estimates[i], values.collect(), draws.len())
        })
        .collect()
}

/// The middle 95 % of the values of `draws` draws, if the figure was defined in at least that many of
/// them; widened to hold the estimate where the draws are biased away from it.
#[must_use]
pub fn interval(estimate: Value, mut values: Vec<f64>, draws: usize) -> Option<Interval> {
    let estimate = estimate.ok()?;
    if values.len() < draws * 95 / 100 {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some(Interval {
        low: values[last * 25 / 1000].min(estimate),
        high: values[last - last * 25 / 1000].max(estimate),
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_draw_takes_as_many_articles_as_there_are() {
        let with_seed = |seed| Bootstrap::seeded(seed).draw(40, <[u32]>::to_vec);
        let draws = with_seed(7);
        assert_eq!(draws.len(), RESAMPLES);
        assert!(
            draws
                .iter()
                .all(|weights| weights.iter().sum::<u32>() == 40)
        );
        assert_ne!(draws[0], draws[1]);
        assert_eq!(draws, with_seed(7));
        assert_ne!(draws, with_seed(8));
    }

    #[test]
    fn fewer_draws_are_the_first_of_many_and_none_give_no_interval() {
        let few = |resamples| Bootstrap { resamples, seed: 7 };
        let draws = few(20).draw(40, <[u32]>::to_vec);
        assert_eq!(draws, few(RESAMPLES).draw(40, <[u32]>::to_vec)[..20]);
        assert_eq!(interval(Ok(0.5), vec![0.5; 18], 20), None);
        assert!(interval(Ok(0.5), vec![0.5; 19], 20).is_some());
        assert_eq!(interval(Ok(0.5), Vec::new(), 0), None);
        assert_eq!((few(20).of(1), few(20).of(2)), (0, 20));
        assert!(few(20).draw(1, <[u32]>::to_vec).is_empty());
    }

    /// The standard error of a mean of n numbers of standard deviation s is s/√n.
    #[test]
    fn the_interval_of_a_mean_has_the_width_of_theory() {
        let values: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let mean = |weights: &[u32]| {
            let sum: f64 = weights
                .iter()
                .zip(&values)
                .map(|(w, v)| f64::from(*w) * v)
                .sum();
            sum / 400.0
        };
        let drawn = interval(Ok(0.5), Bootstrap::seeded(3).draw(400, mean), RESAMPLES).unwrap();
        let half = 1.96 * 0.5 / 20.0;
        approx::assert_abs_diff_eq!(drawn.low, 0.5 - half, epsilon = 0.008);
        approx::assert_abs_diff_eq!(drawn.high, 0.5 + half, epsilon = 0.008);
    }

    #[test]
    fn e10_an_interval_holds_the_estimate() {
        let drawn = interval(Ok(0.1), vec![0.5; RESAMPLES], RESAMPLES).unwrap();
        assert_eq!((drawn.low, drawn.high), (0.1, 0.5));
        assert_eq!(interval(Ok(0.1), vec![0.5; 900], RESAMPLES), None);
    }
}
