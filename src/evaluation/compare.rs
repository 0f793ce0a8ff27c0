//! Two models on the same sentences: is the second better, and on which sentences do they differ?

use std::collections::BTreeSet;

use serde::Serialize;

use super::bootstrap::{self, Bootstrap};
use super::figure::{Figure, Undefined, Value};
use super::measure::{Measure, less_is_better};
use super::mistakes::{Places, Sentence};
use super::table::{Table, all_labels};
use super::{
    EvaluationParams, IntervalBasis, OptionsUsed, Scored, files, interval_basis, options_used,
};
use crate::classifier::Classifier;
use crate::classifier::file::data_hash;
use crate::corpus::{Corpus, canonical_sequences};

/// Version of the JSON comparison.
pub const SCHEMA: &str = "purport-comparison/1";

/// A model of a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Side {
    /// How it was named.
    pub name: String,
    /// Its id.
    pub model: String,
    /// Counted rows whose text stood in its training data.
    pub seen_in_training: usize,
    /// Rows it labels right.
    pub right: u64,
    /// Labels in the data that it does not know.
    pub unknown_labels: Vec<String>,
}

/// One figure of both models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Name of the figure.
    pub name: String,
    /// Its value for the first model.
    pub a: Option<f64>,
    /// Its value for the second.
    pub b: Option<f64>,
    /// Second less first, with the interval of the difference over the same resampled articles.
    pub difference: Figure,
    /// Which is better, if the interval leaves out 0: `a`, `b`, or `None`.
    pub better: Option<&'static str>,
}

/// `McNemar`'s test: of the sentences that one model alone labels right, is either's share above one
/// half? It takes sentences for independent.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct McNemar {
    /// Sentences that only the first model labels right.
    pub only_a: u64,
    /// Sentences that only the second labels right.
    pub only_b: u64,
    /// Exact two-sided p-value.
    pub p_value: f64,
}

/// How a sentence changed from the first model to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Wrong, now right.
    NewlyRight,
    /// Right, now wrong.
    NewlyWrong,
    /// Wrong in another way.
    OtherwiseWrong,
}

/// A sentence that the models label differently.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// What became of it.
    pub kind: ChangeKind,
    /// The sentence.
    #[serde(flatten)]
    pub sentence: Sentence,
    /// The right label.
    pub gold: String,
    /// The label the first model gives, and its probability.
    pub a: Given,
    /// The label the second gives.
    pub b: Given,
}

/// A label and its probability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Given {
    /// The label.
    pub label: String,
    /// Its probability.
    pub confidence: f64,
}

/// Two models on the same rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The program and its version.
    pub created_by: String,
    /// The first model.
    pub a: Side,
    /// The second.
    pub b: Side,
    /// The files that were read.
    pub files: Vec<String>,
    /// SHA-256 of the rows, whatever their order.
    pub data_sha256: String,
    /// How they were scored.
    pub options: OptionsUsed,
    /// Every label, of the models and of the data.
    pub labels: Vec<String>,
    /// Rows counted.
    pub rows: usize,
    /// Articles they come from.
    pub articles: usize,
    /// What the intervals rest on.
    pub intervals: IntervalBasis,
    /// Every figure, those of single labels last.
    pub figures: Vec<Difference>,
    /// The exact test on the same sentences.
    pub mcnemar: McNemar,
    /// Sentences wrong before and right now.
    pub newly_right: u64,
    /// Sentences right before and wrong now.
    pub newly_wrong: u64,
    /// Sentences wrong in two ways.
    pub otherwise_wrong: u64,
    /// The changed sentences: newly wrong, newly right, then the others, the surest first.
    pub changed: Vec<Change>,
}

impl Comparison {
    /// Scores `corpus` with both models; `params.mistakes` is how many changed sentences of each
    /// kind are listed.
    #[must_use]
    pub fn of(
        (name_a, a): (&str, &Classifier),
        (name_b, b): (&str, &Classifier),
        corpus: &Corpus,
        params: &EvaluationParams,
    ) -> Self {
        let scored_a = Scored::new(a, corpus, params.context);
        let scored_b = Scored::new(b, corpus, params.context);
        let rows_a = scored_a.judged(a, corpus);
        let rows_b = scored_b.judged(b, corpus);
        let known = a.labels().iter().chain(b.labels()).map(String::as_str);
        let labels = all_labels(known.chain(rows_a.iter().map(|r| r.gold)));
        let table_a = Table::new(labels.clone(), a.labels(), &rows_a, params.always_label);
        let table_b = Table::new(labels, b.labels(), &rows_b, params.always_label);
        let places = Places::new(corpus, &scored_a.sequences, params.context);
        let changes = Changes {
            corpus,
            places: &places,
            rows: &scored_a.rows,
            a: &table_a,
            b: &table_b,
        };
        let side = |name: &str, classifier: &Classifier, table: &Table<'_>| Side {
            name: name.to_owned(),
            model: classifier.id().to_owned(),
            seen_in_training: table.rows.iter().filter(|r| r.seen).count(),
            right: table.rows.iter().filter(|r| r.is_right()).count() as u64,
            unknown_labels: unknown_in_data(table),
        };
        let count = |kind| changes.of_kind(kind).len() as u64;
        let (newly_right, newly_wrong) =
            (count(ChangeKind::NewlyRight), count(ChangeKind::NewlyWrong));
        let order: Vec<usize> = canonical_sequences(corpus).into_iter().flatten().collect();
        Self {
            schema: SCHEMA,
            created_by: super::created_by(),
            a: side(name_a, a, &table_a),
            b: side(name_b, b, &table_b),
            files: files(corpus),
            data_sha256: data_hash(corpus, &order),
            options: options_used(params),
            rows: table_a.rows.len(),
            articles: table_a.articles,
            intervals: interval_basis(&table_a, params),
            figures: differences(&table_a, &table_b, params.bootstrap()),
            mcnemar: mcnemar(newly_wrong, newly_right),
            newly_right,
            newly_wrong,
            otherwise_wrong: count(ChangeKind::OtherwiseWrong),
            changed: changes.list(params.mistakes),
            labels: table_a.labels.clone(),
        }
    }
}

/// Every figure of both tables, and the difference with its interval over the same resamples.
fn differences(a: &Table<'_>, b: &Table<'_>, bootstrap: Bootstrap) -> Vec<Difference> {
    let (measure_a, measure_b) = (Measure::new(a), Measure::new(b));
    let less = |a: &[Value], b: &[Value]| -> Vec<Value> {
        a.iter().zip(b).map(|(&a, &b)| Ok(b? - a?)).collect()
    };
    let ones = vec![1; a.articles];
    let (values_a, values_b) = (measure_a.values(&ones), measure_b.values(&ones));
    let mut estimates = less(&values_a, &values_b);
    if !same_rows_known(a, b) {
        for (estimate, name) in estimates.iter_mut().zip(measure_a.names()) {
            if OF_KNOWN_ROWS.contains(&name.as_str()) {
                *estimate = Err(Undefined::OtherRows);
            }
        }
    }
    let draws = bootstrap.draw(a.articles, |weights| {
        less(&measure_a.draw(weights), &measure_b.draw(weights))
    });
    let intervals = bootstrap::intervals(&estimates, &draws);
    measure_a
        .names()
        .into_iter()
        .enumerate()
        .map(|(i, name)| {
            let difference = Figure::new(estimates[i], intervals[i]);
            Difference {
                a: values_a[i].ok(),
                b: values_b[i].ok(),
                better: better(&name, &difference),
                difference,
                name,
            }
        })
        .collect()
}

/// Figures over the rows whose label the model knows.
const OF_KNOWN_ROWS: [&str; 2] = ["log_loss", "brier"];

fn same_rows_known(a: &Table<'_>, b: &Table<'_>) -> bool {
    let known = |table: &Table<'_>| -> Vec<bool> {
        table.rows.iter().map(|r| r.known_gold.is_some()).collect()
    };
    known(a) == known(b)
}

/// Labels of rows that the model does not know.
fn unknown_in_data(table: &Table<'_>) -> Vec<String> {
    let unknown = table.rows.iter().filter(|r| r.known_gold.is_none());
    let labels: BTreeSet<usize> = unknown.map(|r| r.gold).collect();
    labels
        .into_iter()
        .map(|i| table.labels[i].clone())
        .collect()
}

fn better(name: &str, difference: &Figure) -> Option<&'static str> {
    let interval = difference.interval?;
    let (rises, falls) = if less_is_better(name) {
        ("a", "b")
    } else {
        ("b", "a")
    };
    if interval.low > 0.0 {
        Some(rises)
    } else if interval.high < 0.0 {
        Some(falls)
    } else {
        None
    }
}

/// `McNemar`'s test, exact: twice the lesser tail of a binomial distribution of share one half.
#[must_use]
pub fn mcnemar(only_a: u64, only_b: u64) -> McNemar {
    let n = (only_a + only_b) as f64;
    let log_choose =
        |k: f64| libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    let tail: f64 = (0..=only_a.min(only_b))
        .map(|k| libm::exp(log_choose(k as f64) - n * std::f64::consts::LN_2))
        .sum();
    McNemar {
        only_a,
        only_b,
        p_value: (2.0 * tail).min(1.0),
    }
}

/// Finds the sentences on which two tables of the same rows differ.
struct Changes<'c> {
    corpus: &'c Corpus,
    places: &'c Places<'c>,
    /// Rows of the corpus.
    rows: &'c [usize],
    a: &'c Table<'c>,
    b: &'c Table<'c>,
}

impl Changes<'_> {
    fn kind(&self, i: usize) -> Option<ChangeKind> {
        let (a, b) = (&self.a.rows[i], &self.b.rows[i]);
        match (a.is_right(), b.is_right()) {
            (false, true) => Some(ChangeKind::NewlyRight),
            (true, false) => Some(ChangeKind::NewlyWrong),
            _ => (a.predicted != b.predicted).then_some(ChangeKind::OtherwiseWrong),
        }
    }

    /// The changed rows of one kind, the surest of the second model first.
    fn of_kind(&self, kind: ChangeKind) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.rows.len())
            .filter(|&i| self.kind(i) == Some(kind))
            .collect();
        let text = |i: usize| self.corpus.text(self.rows[i]);
        rows.sort_by(|&x, &y| {
            self.b.rows[y]
                .confidence
                .total_cmp(&self.b.rows[x].confidence)
                .then_with(|| text(x).cmp(text(y)))
                .then(x.cmp(&y))
        });
        rows
    }

    fn list(&self, most: usize) -> Vec<Change> {
        [
            ChangeKind::NewlyWrong,
            ChangeKind::NewlyRight,
            ChangeKind::OtherwiseWrong,
        ]
        .into_iter()
        .flat_map(|kind| {
            let rows = self.of_kind(kind).into_iter().take(most);
            rows.map(move |i| self.change(i, kind)).collect::<Vec<_>>()
        })
        .collect()
    }

    fn change(&self, i: usize, kind: ChangeKind) -> Change {
        let row = self.rows[i];
        let given = |table: &Table<'_>| Given {
            label: table.labels[table.rows[i].predicted].clone(),
            confidence: table.rows[i].confidence,
        };
        Change {
            kind,
            sentence: self.places.sentence(row),
            gold: self.a.labels[self.a.rows[i].gold].clone(),
            a: given(self.a),
            b: given(self.b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mcnemar_agrees_with_scipy() {
        // scipy.stats.binomtest(a, a + b).pvalue
        for (a, b, expected) in [
            (0, 0, 1.0),
            (5, 5, 1.0),
            (1, 9, 0.021_484_375),
            (30, 90, 3.772_753_306_355_308_6e-8),
            (0, 100, 1.577_721_810_442_023_6e-30),
        ] {
            let found = mcnemar(a, b).p_value;
            approx::assert_relative_eq!(found, expected, max_relative = 1e-10);
            assert_eq!(found, mcnemar(b, a).p_value);
        }
    }

    #[test]
    fn a_loss_that_falls_is_better() {
        let interval = |low, high| Figure::new(Ok(low), Some(super::super::Interval { low, high }));
        assert_eq!(better("macro_f1", &interval(0.1, 0.2)), Some("b"));
        assert_eq!(better("log_loss", &interval(0.1, 0.2)), Some("a"));
        assert_eq!(better("log_loss", &interval(-0.2, -0.1)), Some("b"));
        assert_eq!(better("accuracy", &interval(-0.1, 0.1)), None);
    }
}
