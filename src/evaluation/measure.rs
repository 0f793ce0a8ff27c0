//! All figures of a table at once, for rows that count any number of times: an estimate and its
//! resamples are one computation.

use super::bootstrap::{self, Bootstrap};
use super::confusion::Margins;
use super::figure::{Figure, Undefined, Value};
use super::metrics::{
    accuracy, f1, kappa, macro_f1, macro_f1_union, macro_mean, mcc, mean, precision, recall,
    weighted_mean,
};
use super::probability::Ranking;
use super::table::{ArticleLosses, Table};

/// Bins of calibration errors.
pub const BINS: usize = 15;

/// Rows times labels above which figures of probabilities are not resampled: a thousand rankings of
/// so many scores take about ten seconds.
const MOST_RANKED: usize = 8_000_000;

/// Figures above which those of single labels are not resampled.
const MOST_FIGURES: usize = 5_000;

/// Figures from counts of all labels.
const FROM_COUNTS: [&str; 16] = [
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "macro_f1_labels",
    "macro_f1_forced",
    "macro_f1_union",
    "macro_precision",
    "macro_recall",
    "micro_precision",
    "micro_recall",
    "micro_f1",
    "weighted_precision",
    "weighted_recall",
    "weighted_f1",
    "mcc",
    "kappa",
];

/// Figures from probabilities of all labels.
const FROM_PROBABILITIES: [&str; 7] = [
    "log_loss",
    "brier",
    "calibration_error",
    "classwise_calibration_error",
    "roc_auc",
    "average_precision",
    "risk_coverage_area",
];

/// Figures of one label, named `precision.LABEL` and so on.
const OF_LABEL: [&str; 3] = ["precision", "recall", "f1"];
const OF_LABEL_PROBABILITY: [&str; 3] = ["roc_auc", "average_precision", "calibration_error"];

/// Whether less is better, as with losses.
#[must_use]
pub fn less_is_better(name: &str) -> bool {
    let figure = name.split('.').next().unwrap_or(name);
    matches!(
        figure,
        "log_loss"
            | "brier"
            | "calibration_error"
            | "classwise_calibration_error"
            | "risk_coverage_area"
    )
}

/// How often a pair of labels occurs in an article.
#[derive(Debug, Clone, Copy)]
struct Cell {
    article: u32,
    gold: u32,
    predicted: u32,
    count: u32,
}

/// What is needed to compute every figure for any weights of articles.
#[derive(Debug)]
pub(crate) struct Measure {
    labels: Vec<String>,
    none: Option<usize>,
    articles: usize,
    plain: Vec<Cell>,
    forced: Vec<Cell>,
    probabilities: Option<Probabilities>,
}

#[derive(Debug)]
struct Probabilities {
    losses: Vec<ArticleLosses>,
    /// The given label, right or wrong, by confidence.
    given: Ranking,
    /// Each label against the rest; `None` of those unknown to the model.
    labels: Vec<Option<Ranking>>,
    rows: usize,
}

impl Measure {
    /// Every figure.
    pub(crate) fn new(table: &Table<'_>) -> Self {
        Self {
            probabilities: Some(Probabilities::new(table)),
            ..Self::of_counts(table)
        }
    }

    /// Only the figures that need no probabilities.
    pub(crate) fn of_counts(table: &Table<'_>) -> Self {
        let plain = table.rows.iter().map(|r| (r.article, r.gold, r.predicted));
        Self {
            labels: table.labels.clone(),
            none: table.none,
            articles: table.articles,
            plain: cells(plain),
            forced: cells(table.forced()),
            probabilities: None,
        }
    }

    /// Names of the figures, in the order of [`values`](Self::values).
    pub(crate) fn names(&self) -> Vec<String> {
        let of_labels = |figures: [&'static str; 3]| {
            self.labels
                .iter()
                .flat_map(move |label| figures.map(|figure| format!("{figure}.{label}")))
        };
        let mut names: Vec<String> = FROM_COUNTS.map(str::to_owned).to_vec();
        if self.probabilities.is_some() {
            names.extend(FROM_PROBABILITIES.map(str::to_owned));
        }
        names.extend(of_labels(OF_LABEL));
        if self.probabilities.is_some() {
            names.extend(of_labels(OF_LABEL_PROBABILITY));
        }
        names
    }

    /// The figures where article a counts `weights[a]` times.
    pub(crate) fn values(&self, weights: &[u32]) -> Vec<Value> {
        self.some_values(weights, true, true)
    }

    /// The figures of a resample: the first of them if there are very many.
    pub(crate) fn draw(&self, weights: &[u32]) -> Vec<Value> {
        let figures = self.labels.len() * (OF_LABEL.len() + OF_LABEL_PROBABILITY.len());
        let ranked = self
            .probabilities
            .as_ref()
            .is_some_and(|p| p.rows.saturating_mul(self.labels.len()) <= MOST_RANKED);
        self.some_values(weights, ranked, figures <= MOST_FIGURES)
    }

    fn some_values(&self, weights: &[u32], ranked: bool, by_label: bool) -> Vec<Value> {
        let plain = weighed(&self.plain, self.labels.len(), weights);
        let forced = weighed(&self.forced, self.labels.len(), weights);
        let mut values = from_counts(&plain, &forced, self.none).to_vec();
        let areas = self
            .probabilities
            .as_ref()
            .map(|p| p.by_label(weights, ranked));
        if let (Some(probabilities), Some(areas)) = (&self.probabilities, &areas) {
            values.extend(probabilities.summary(weights, areas, ranked));
        }
        if by_label {
            for class in 0..self.labels.len() {
                values.extend([
                    precision(&plain, class),
                    recall(&plain, class),
                    f1(&plain, class),
                ]);
            }
            values.extend(areas.iter().flatten().flatten());
        }
        values
    }

    /// Accuracy and macro-F1 alone.
    fn short(&self, weights: &[u32]) -> [Value; 2] {
        let plain = weighed(&self.plain, self.labels.len(), weights);
        [accuracy(&plain), macro_f1(&plain, |_| true)]
    }

    /// Every figure with its interval.
    pub(crate) fn figures(&self, bootstrap: Bootstrap) -> Figures {
        let estimates = self.values(&vec![1; self.articles]);
        let draws = bootstrap.draw(self.articles, |weights| self.draw(weights));
        let intervals = bootstrap::intervals(&estimates, &draws);
        Figures {
            names: self.names(),
            figures: estimates
                .into_iter()
                .zip(intervals)
                .map(|(value, interval)| Figure::new(value, interval))
                .collect(),
        }
    }
}

/// Accuracy and macro-F1 of a table with their intervals, and nothing else.
pub(crate) fn short_figures(table: &Table<'_>, bootstrap: Bootstrap) -> [Figure; 2] {
    let measure = Measure::of_counts(table);
    let draws = bootstrap.draw(table.articles, |weights| measure.short(weights).to_vec());
    let estimates = measure.short(&vec![1; table.articles]);
    let intervals = bootstrap::intervals(&estimates, &draws);
    let margins = table.margins();
    [
        Figure::new(estimates[0], intervals[0]).with_wilson(margins.correct(), margins.total()),
        Figure::new(estimates[1], intervals[1]),
    ]
}

fn from_counts(plain: &Margins, forced: &Margins, none: Option<usize>) -> [Value; 16] {
    let all = |_: usize| true;
    let micro = accuracy(plain);
    [
        micro,
        macro_mean(plain, recall, all),
        macro_f1(plain, all),
        macro_f1(plain, |c| Some(c) != none),
        macro_f1(forced, all),
        macro_f1_union(plain),
        macro_mean(plain, precision, all),
        macro_mean(plain, recall, all),
        // Every row has one label and is given one: the sums of false positives and false
        // negatives are equal.
        micro,
        micro,
        micro,
        weighted_mean(plain, precision),
        weighted_mean(plain, recall),
        weighted_mean(plain, f1),
        mcc(plain),
        kappa(plain),
    ]
}

/// Figures by name.
#[derive(Debug)]
pub(crate) struct Figures {
    names: Vec<String>,
    figures: Vec<Figure>,
}

impl Figures {
    /// The figure of that name, which is one of [`Measure::names`].
    pub(crate) fn get(&self, name: &str) -> Figure {
        self.names
            .iter()
            .position(|n| n == name)
            .map_or(Figure::new(Err(Undefined::NoRows), None), |i| {
                self.figures[i]
            })
    }

    /// The three figures of label `class` among `labels`, and the three of its probabilities.
    pub(crate) fn of_label(&self, class: usize, labels: usize) -> [Figure; 6] {
        let first = FROM_COUNTS.len() + FROM_PROBABILITIES.len();
        let counts = first + class * 3;
        let areas = first + (labels + class) * 3;
        let at = |i: usize| self.figures[i];
        [
            at(counts),
            at(counts + 1),
            at(counts + 2),
            at(areas),
            at(areas + 1),
            at(areas + 2),
        ]
    }
}

impl Probabilities {
    fn new(table: &Table<'_>) -> Self {
        let given = table
            .rows
            .iter()
            .map(|r| (r.article, r.confidence, r.is_right()))
            .collect();
        Self {
            losses: table.losses(),
            given: Ranking::new(given),
            labels: (0..table.labels.len())
                .map(|class| one_vs_rest(table, class))
                .collect(),
            rows: table.rows.len(),
        }
    }

    /// ROC-AUC, average precision and calibration error of each label.
    fn by_label(&self, weights: &[u32], ranked: bool) -> Vec<[Value; 3]> {
        self.labels
            .iter()
            .map(|ranking| match ranking {
                None => [Err(Undefined::UnknownToModel); 3],
                Some(_) if !ranked => [Err(Undefined::TooLarge); 3],
                Some(ranking) => ranking.of_label(weights, BINS),
            })
            .collect()
    }

    fn summary(&self, weights: &[u32], areas: &[[Value; 3]], ranked: bool) -> [Value; 7] {
        let (mut rows, mut log_loss, mut brier) = (0u64, 0.0, 0.0);
        for (sums, &weight) in self.losses.iter().zip(weights) {
            rows += u64::from(weight) * u64::from(sums.rows);
            log_loss += f64::from(weight) * sums.log_loss;
            brier += f64::from(weight) * sums.brier;
        }
        let over_rows = |sum: f64| {
            if rows > 0 {
                Ok(sum / rows as f64)
            } else {
                Err(Undefined::NoKnownLabel)
            }
        };
        let over_labels = |figure: usize| {
            let values: Vec<f64> = areas.iter().filter_map(|a| a[figure].ok()).collect();
            mean(&values).ok_or(Undefined::OneLabel)
        };
        let [calibration_error, risk_coverage_area] = if ranked {
            self.given.of_given(weights, BINS)
        } else {
            [Err(Undefined::TooLarge); 2]
        };
        [
            over_rows(log_loss),
            over_rows(brier),
            calibration_error,
            over_labels(2),
            over_labels(0),
            over_labels(1),
            risk_coverage_area,
        ]
    }
}

/// The rows by the probability of `class`; `None` if the model does not know it.
pub(crate) fn one_vs_rest(table: &Table<'_>, class: usize) -> Option<Ranking> {
    let column = table.columns[class]?;
    let rows = table
        .rows
        .iter()
        .map(|r| (r.article, r.probabilities[column], r.gold == class))
        .collect();
    Some(Ranking::new(rows))
}

/// Pairs counted by article.
fn cells(pairs: impl Iterator<Item = (u32, usize, usize)>) -> Vec<Cell> {
    #[expect(clippy::cast_possible_truncation, reason = "no corpus has 2^32 labels")]
    let mut pairs: Vec<(u32, u32, u32)> = pairs.map(|(a, g, p)| (a, g as u32, p as u32)).collect();
    pairs.sort_unstable();
    pairs
        .chunk_by(|a, b| a == b)
        .map(|run| {
            let (article, gold, predicted) = run[0];
            #[expect(
                clippy::cast_possible_truncation,
                reason = "rows are numbered in 32 bits"
            )]
            let count = run.len() as u32;
            Cell {
                article,
                gold,
                predicted,
                count,
            }
        })
        .collect()
}

fn weighed(cells: &[Cell], classes: usize, weights: &[u32]) -> Margins {
    let mut margins = Margins::new(classes);
    for cell in cells {
        let count = u64::from(cell.count) * u64::from(weights[cell.article as usize]);
        margins.add(cell.gold as usize, cell.predicted as usize, count);
    }
    margins
}
