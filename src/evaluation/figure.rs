//! A number of a report: its value or why it has none, and how sure it is.

use std::fmt;

use serde::{Serialize, Serializer};

/// A 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// 2.5th percentile.
    pub low: f64,
    /// 97.5th percentile.
    pub high: f64,
}

/// A value, or why it is undefined.
pub type Value = Result<f64, Undefined>;

/// Why a figure has no value: an undefined one is never a 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Undefined {
    /// Nothing to count.
    NoRows,
    /// The label does not occur in the data.
    NotInData,
    /// The label was never given.
    NeverGiven,
    /// The label does neither occur in the data nor was it given.
    Absent,
    /// No label that the figure counts occurs in the data.
    NoLabels,
    /// Every row has the label, so nothing is to be told apart.
    OneLabel,
    /// All rows have one label, or all were given one: a correlation with a constant.
    Constant,
    /// Labels and predictions are all one and the same label: chance explains all.
    AllChance,
    /// The model does not know the label.
    UnknownToModel,
    /// The model knows no label of the data.
    NoKnownLabel,
    /// Two models that know different labels have this figure over different rows.
    OtherRows,
    /// Too many rows and labels to resample this figure.
    TooLarge,
}

impl fmt::Display for Undefined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRows => "no rows",
            Self::NotInData => "no row has this label",
            Self::NeverGiven => "the label was never given",
            Self::Absent => "the label is neither in the data nor was it given",
            Self::NoLabels => "no row has a label that counts here",
            Self::OneLabel => "all rows have this label or none has",
            Self::Constant => "all rows have one label, or all were given one",
            Self::AllChance => "all rows have one label and were given it",
            Self::UnknownToModel => "the model does not know this label",
            Self::NoKnownLabel => "the model knows no label of the data",
            Self::OtherRows => "the models know different labels, so it is of different rows",
            Self::TooLarge => "too many rows and labels to resample",
        })
    }
}

impl Serialize for Undefined {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The estimate; `None` where it is undefined.
    pub value: Option<f64>,
    /// Bootstrap over articles; `None` with fewer than two of them, or where the figure was
    /// undefined in too many resamples.
    pub interval: Option<Interval>,
    /// Of shares of rows: Wilson's interval, which takes rows for independent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wilson: Option<Interval>,
    /// Why there is no value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Undefined>,
}

impl Figure {
    /// A figure from a value and its interval.
    #[must_use]
    pub fn new(value: Value, interval: Option<Interval>) -> Self {
        Self {
            value: value.ok(),
            interval: interval.filter(|_| value.is_ok()),
            wilson: None,
            reason: value.err(),
        }
    }

    /// With Wilson's interval for `part` of `whole`.
    #[must_use]
    pub fn with_wilson(mut self, part: u64, whole: u64) -> Self {
        self.wilson = wilson(part, whole);
        self
    }

    /// The interval to show: that over articles, else Wilson's.
    #[must_use]
    pub fn shown_interval(&self) -> Option<Interval> {
        self.interval.or(self.wilson)
    }
}

/// 97.5 % quantile of the standard normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// Wilson's score interval of a share at 95 % (Wilson, 1927); `None` of nothing.
#[must_use]
pub fn wilson(part: u64, whole: u64) -> Option<Interval> {
    if whole == 0 {
        return None;
    }
    let n = whole as f64;
    let p = part as f64 / n;
    let z2 = Z * Z;
    let center = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    Some(Interval {
        low: (center - half).max(0.0).min(p),
        high: (center + half).min(1.0).max(p),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e10_wilson_intervals_agree_with_scipy() {
        // scipy.stats.binomtest(part, whole).proportion_ci(method="wilson")
        for (part, whole, low, high) in [
            (1, 1, 0.206_549_314_377_237_45, 1.0),
            (8, 10, 0.490_162_471_536_641_8, 0.943_317_848_545_624_7),
            (0, 5, 0.0, 0.434_482_464_783_174_76),
        ] {
            let interval = wilson(part, whole).unwrap();
            approx::assert_abs_diff_eq!(interval.low, low, epsilon = 1e-12);
            approx::assert_abs_diff_eq!(interval.high, high, epsilon = 1e-12);
        }
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn the_interval_over_articles_is_shown_before_that_over_rows() {
        let articles = Some(Interval {
            low: 0.25,
            high: 0.75,
        });
        let both = Figure::new(Ok(0.5), articles).with_wilson(1, 2);
        assert_eq!(both.shown_interval(), articles);
        let rows = Figure::new(Ok(0.5), None).with_wilson(1, 2);
        assert_eq!(
            (rows.shown_interval(), rows.wilson),
            (wilson(1, 2), wilson(1, 2))
        );
        let undefined = Figure::new(Err(Undefined::NoRows), articles);
        assert_eq!(undefined.shown_interval(), None);
    }

    #[test]
    fn e07_an_undefined_figure_says_why() {
        let json = serde_json::to_string(&Figure::new(Err(Undefined::NoRows), None)).unwrap();
        assert_eq!(json, r#"{"value":null,"interval":null,"reason":"no rows"}"#);
    }
}
