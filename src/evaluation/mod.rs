//! Scores against labels: every number a report may show.

pub mod bootstrap;
pub mod confusion;
pub mod metrics;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::classifier::train::OutOfFold;
use crate::classifier::{Classifier, Context, NONE};
use crate::corpus::Corpus;
use crate::model::softmax::argmax;
use bootstrap::{ArticlePairs, Interval, Intervals, intervals};
use confusion::ConfusionMatrix;

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// The estimate; `None` where it is undefined.
    pub value: Option<f64>,
    /// Its interval; `None` with fewer than two articles.
    pub interval: Option<Interval>,
}

/// The figures of one label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelFigures {
    /// The label.
    pub label: String,
    /// Rows that have it.
    pub gold: u64,
    /// Rows that were given it.
    pub predicted: u64,
    /// TP / (TP + FP).
    pub precision: Option<f64>,
    /// TP / (TP + FN).
    pub recall: Option<f64>,
    /// Harmonic mean of both.
    pub f1: Figure,
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

/// Everything a report shows of one model on one set of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Id of the model, or what else made the predictions.
    pub model: String,
    /// Every label, of the model and of the data, in bytewise order.
    pub labels: Vec<String>,
    /// Labels in the data that the model does not know: always counted as mistakes.
    pub unknown_labels: Vec<String>,
    /// Rows counted.
    pub rows: usize,
    /// Rows without a label: context only.
    pub context_rows: usize,
    /// Articles the counted rows come from.
    pub articles: usize,
    /// Counted rows whose text stood in the training data.
    pub seen_in_training: usize,
    /// Gold labels against predictions.
    pub confusion: ConfusionMatrix,
    /// Share of right predictions.
    pub accuracy: Figure,
    /// Mean F1 over all values in the data, `none` included.
    pub macro_f1: Figure,
    /// Mean F1 over the labels other than `none`, all rows counted.
    pub macro_f1_labels: Figure,
    /// Rows with gold `none` left out, a label other than `none` always given.
    pub macro_f1_forced: Figure,
    /// Figures by label, in the order of `labels`.
    pub by_label: Vec<LabelFigures>,
    /// Mean −ln p of the gold label, over rows whose label the model knows.
    pub log_loss: Option<f64>,
    /// Mean Σ (p − y)², over the same rows.
    pub brier: Option<f64>,
    /// Expected calibration error in 15 bins of equal mass.
    pub calibration_error: Option<f64>,
    /// Accuracy when the least sure rows are left unlabelled.
    pub coverage: Vec<CoveragePoint>,
}

/// One row to be judged.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'r> {
    /// Its label.
    pub gold: &'r str,
    /// Number of its article.
    pub article: u32,
    /// Probability of each label of the model.
    pub probabilities: &'r [f64],
    /// Its text stood in the training data.
    pub seen: bool,
}

/// How to evaluate.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct EvaluationParams {
    /// Score neighbours together.
    pub context: Context,
    /// Predict among the labels other than `none`.
    pub always_label: bool,
    /// Seed of the resampling.
    pub seed: u64,
}

/// Bins of the calibration error.
pub const BINS: usize = 15;

impl Evaluation {
    /// Scores `corpus` with `classifier` and compares with its labels; rows without one are context.
    #[must_use]
    pub fn of(classifier: &Classifier, corpus: &Corpus, params: EvaluationParams) -> Self {
        let sequences = corpus.sequences();
        let texts: Vec<Vec<&str>> = sequences
            .iter()
            .map(|rows| rows.iter().map(|&i| corpus.text(i)).collect())
            .collect();
        let scores = classifier.score_all(&texts, params.context);
        let articles = article_ranks(corpus);
        let mut judged: Vec<Option<Judged<'_>>> = vec![None; corpus.len()];
        for (rows, scores) in sequences.iter().zip(&scores) {
            for (at, &i) in rows.iter().enumerate() {
                judged[i] = corpus.label(i).map(|class| Judged {
                    gold: &corpus.classes()[class.index()],
                    article: articles[i],
                    probabilities: scores.probabilities(at),
                    seen: classifier.was_trained_on(corpus.text(i)),
                });
            }
        }
        let judged: Vec<Judged<'_>> = judged.into_iter().flatten().collect();
        let mut evaluation = Self::of_rows(classifier.id(), classifier.labels(), &judged, params);
        evaluation.context_rows = corpus.len() - judged.len();
        evaluation
    }

    /// The held-out report of a training run.
    #[must_use]
    pub fn of_out_of_fold(corpus: &Corpus, scores: &OutOfFold, seed: u64) -> Self {
        let k = corpus.classes().len();
        let articles = article_ranks(corpus);
        let judged: Vec<Judged<'_>> = (0..corpus.len())
            .filter_map(|i| {
                Some(Judged {
                    gold: &corpus.classes()[corpus.label(i)?.index()],
                    article: articles[i],
                    probabilities: &scores.probabilities[i * k..(i + 1) * k],
                    seen: false,
                })
            })
            .collect();
        let params = EvaluationParams {
            seed,
            ..EvaluationParams::default()
        };
        Self::of_rows("out-of-fold", corpus.classes(), &judged, params)
    }

    /// Every figure for `rows`, whose probabilities are those of `model_labels`.
    #[must_use]
    pub fn of_rows(
        model: &str,
        model_labels: &[String],
        rows: &[Judged<'_>],
        params: EvaluationParams,
    ) -> Self {
        let labels: Vec<String> = model_labels
            .iter()
            .map(String::as_str)
            .chain(rows.iter().map(|r| r.gold))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .map(str::to_owned)
            .collect();
        let table = Table::new(&labels, model_labels, rows, params.always_label);
        let confusion = ConfusionMatrix::of(
            labels.len(),
            table.rows.iter().map(|r| (r.gold, r.predicted)),
        );
        let forced = ConfusionMatrix::of(labels.len(), table.forced());
        let drawn = intervals(&table.articles(), labels.len(), table.none, params.seed);
        let figure = |value, pick: fn(&Intervals) -> Option<Interval>| Figure {
            value,
            interval: drawn.as_ref().and_then(pick),
        };
        Self {
            model: model.to_owned(),
            unknown_labels: labels
                .iter()
                .filter(|l| !model_labels.contains(l))
                .cloned()
                .collect(),
            rows: rows.len(),
            context_rows: 0,
            articles: rows
                .iter()
                .map(|r| r.article)
                .collect::<BTreeSet<_>>()
                .len(),
            seen_in_training: rows.iter().filter(|r| r.seen).count(),
            accuracy: figure(metrics::accuracy(&confusion), |d| d.accuracy),
            macro_f1: figure(metrics::macro_f1(&confusion, |_| true), |d| d.macro_f1),
            macro_f1_labels: figure(
                metrics::macro_f1(&confusion, |c| Some(c) != table.none),
                |d| d.macro_f1_labels,
            ),
            macro_f1_forced: figure(metrics::macro_f1(&forced, |_| true), |d| d.macro_f1_forced),
            by_label: by_label(&labels, &confusion, drawn.as_ref()),
            log_loss: table.mean_of(metrics::log_loss),
            brier: table.mean_of(metrics::brier),
            calibration_error: metrics::calibration_error(&table.confidences(), BINS),
            coverage: coverage(&table.confidences()),
            confusion,
            labels,
        }
    }

    /// Figures that a gate or a comparison may name, by that name.
    #[must_use]
    pub fn named(&self) -> BTreeMap<String, Option<f64>> {
        let mut named = BTreeMap::from([
            ("accuracy".to_owned(), self.accuracy.value),
            ("macro_f1".to_owned(), self.macro_f1.value),
            ("macro_f1_labels".to_owned(), self.macro_f1_labels.value),
            ("macro_f1_forced".to_owned(), self.macro_f1_forced.value),
            ("log_loss".to_owned(), self.log_loss),
            ("brier".to_owned(), self.brier),
            ("calibration_error".to_owned(), self.calibration_error),
        ]);
        for label in &self.by_label {
            named.insert(format!("precision.{}", label.label), label.precision);
            named.insert(format!("recall.{}", label.label), label.recall);
            named.insert(format!("f1.{}", label.label), label.f1.value);
        }
        named
    }
}

/// Number of the article of each row, by article name (of rows without one, by text), so that the
/// order of rows and files changes nothing.
fn article_ranks(corpus: &Corpus) -> Vec<u32> {
    let key = |i: usize| match corpus.article_name(i) {
        Some(name) => (0, name),
        None => (1, corpus.text(i)),
    };
    let mut rows: Vec<usize> = (0..corpus.len()).collect();
    rows.sort_by(|&a, &b| key(a).cmp(&key(b)));
    let mut ranks = vec![0; corpus.len()];
    let mut rank = 0;
    for pair in rows.windows(2) {
        rank += u32::from(corpus.article(pair[0]) != corpus.article(pair[1]));
        ranks[pair[1]] = rank;
    }
    ranks
}

fn by_label(
    labels: &[String],
    confusion: &ConfusionMatrix,
    drawn: Option<&Intervals>,
) -> Vec<LabelFigures> {
    labels
        .iter()
        .enumerate()
        .map(|(class, label)| LabelFigures {
            label: label.clone(),
            gold: confusion.gold(class),
            predicted: confusion.predicted(class),
            precision: metrics::precision(confusion, class),
            recall: metrics::recall(confusion, class),
            f1: Figure {
                value: metrics::f1(confusion, class),
                interval: drawn.and_then(|d| d.f1[class]),
            },
        })
        .collect()
}

/// A judged row in the numbering of all labels.
struct TableRow<'r> {
    article: u32,
    gold: usize,
    predicted: usize,
    forced: usize,
    confidence: f64,
    probabilities: &'r [f64],
    /// The gold label among the model's, if it is one of them.
    known_gold: Option<usize>,
}

struct Table<'r> {
    rows: Vec<TableRow<'r>>,
    none: Option<usize>,
}

impl<'r> Table<'r> {
    fn new(
        labels: &[String],
        model_labels: &[String],
        rows: &[Judged<'r>],
        always_label: bool,
    ) -> Self {
        let position = |label: &str| labels.iter().position(|l| l == label).unwrap_or(0);
        let of_model: Vec<usize> = model_labels.iter().map(|l| position(l)).collect();
        let model_none = model_labels.iter().position(|l| l == NONE);
        let rows = rows
            .iter()
            .map(|row| {
                let forced = forced_choice(row.probabilities, model_none);
                let best = if always_label {
                    forced
                } else {
                    argmax(row.probabilities)
                };
                TableRow {
                    article: row.article,
                    gold: position(row.gold),
                    predicted: of_model[best],
                    forced: of_model[forced],
                    confidence: row.probabilities[best],
                    probabilities: row.probabilities,
                    known_gold: model_labels.iter().position(|l| l == row.gold),
                }
            })
            .collect();
        let none = labels.iter().position(|l| l == NONE);
        Self { rows, none }
    }

    fn is_forced(&self, row: &TableRow<'_>) -> bool {
        Some(row.gold) != self.none
    }

    fn forced(&self) -> impl Iterator<Item = (usize, usize)> {
        self.rows
            .iter()
            .filter(|r| self.is_forced(r))
            .map(|r| (r.gold, r.forced))
    }

    /// The pairs of each article, in the order of article numbers.
    fn articles(&self) -> Vec<ArticlePairs> {
        let mut articles: BTreeMap<u32, ArticlePairs> = BTreeMap::new();
        for row in &self.rows {
            let article = articles.entry(row.article).or_default();
            article.pairs.push((row.gold, row.predicted));
            if self.is_forced(row) {
                article.forced.push((row.gold, row.forced));
            }
        }
        articles.into_values().collect()
    }

    fn confidences(&self) -> Vec<(f64, bool)> {
        self.rows
            .iter()
            .map(|r| (r.confidence, r.gold == r.predicted))
            .collect()
    }

    /// The mean over rows whose label the model knows, added in ascending order so that the order
    /// of rows changes nothing.
    fn mean_of(&self, loss: impl Fn(usize, &[f64]) -> f64) -> Option<f64> {
        let mut losses: Vec<f64> = self
            .rows
            .iter()
            .filter_map(|r| Some(loss(r.known_gold?, r.probabilities)))
            .collect();
        losses.sort_by(f64::total_cmp);
        metrics::mean(&losses)
    }
}

fn forced_choice(probabilities: &[f64], none: Option<usize>) -> usize {
    match none {
        Some(none) => {
            let mut others = probabilities.to_vec();
            others[none] = -1.0;
            argmax(&others)
        }
        None => argmax(probabilities),
    }
}

/// Accuracy of the surest 10 %, 20 % … of the rows.
fn coverage(confidences: &[(f64, bool)]) -> Vec<CoveragePoint> {
    let mut sorted = confidences.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.cmp(&a.1)));
    let n = sorted.len();
    (1..=10)
        .filter_map(|tenth| {
            let kept = &sorted[..n * tenth / 10];
            let (confidence, _) = *kept.last()?;
            let right = kept.iter().filter(|(_, right)| *right).count();
            Some(CoveragePoint {
                coverage: kept.len() as f64 / n as f64,
                confidence,
                accuracy: right as f64 / kept.len() as f64,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [&str; 3] = ["claim", "none", "promo"];

    fn evaluation(rows: &[(&str, u32, [f64; 3])], always_label: bool) -> Evaluation {
        let labels = LABELS.map(str::to_owned);
        let judged: Vec<Judged<'_>> = rows
            .iter()
            .map(|(gold, article, p)| Judged {
                gold,
                article: *article,
                probabilities: p,
                seen: false,
            })
            .collect();
        let params = EvaluationParams {
            always_label,
            ..EvaluationParams::default()
        };
        Evaluation::of_rows("test", &labels, &judged, params)
    }

    const ROWS: [(&str, u32, [f64; 3]); 4] = [
        ("claim", 0, [0.6, 0.3, 0.1]),
        ("none", 0, [0.2, 0.5, 0.3]),
        ("promo", 1, [0.1, 0.6, 0.3]),
        ("claim", 1, [0.5, 0.1, 0.4]),
    ];

    #[test]
    fn the_three_macro_figures_follow_their_definitions() {
        let e = evaluation(&ROWS, false);
        assert_eq!(e.accuracy.value, Some(0.75));
        // F1: claim 1, none 2/3, promo 0.
        approx::assert_abs_diff_eq!(e.macro_f1.value.unwrap(), 5.0 / 9.0, epsilon = 1e-15);
        assert_eq!(e.macro_f1_labels.value, Some(0.5));
        // Without the `none` row and with a label forced all three are right.
        assert_eq!(e.macro_f1_forced.value, Some(1.0));
    }

    #[test]
    fn a_label_can_be_forced() {
        let e = evaluation(&ROWS, true);
        assert_eq!(e.accuracy.value, Some(0.75));
        assert_eq!(e.confusion.predicted(1), 0);
    }

    #[test]
    fn e01_a_label_unknown_to_the_model_is_a_mistake() {
        let mut rows = ROWS.to_vec();
        rows.push(("satire", 2, [0.9, 0.05, 0.05]));
        let e = evaluation(&rows, false);
        assert_eq!(e.unknown_labels, ["satire"]);
        assert_eq!(e.accuracy.value, Some(0.6));
        assert_eq!(e.by_label[3].recall, Some(0.0));
        assert!(e.log_loss.unwrap().is_finite());
    }

    #[test]
    fn the_order_of_rows_changes_nothing() {
        let mut rows = ROWS.to_vec();
        let before = evaluation(&rows, false);
        rows.reverse();
        assert_eq!(evaluation(&rows, false), before);
    }

    #[test]
    fn e04_one_row_has_figures_but_no_interval() {
        let e = evaluation(&ROWS[..1], false);
        assert_eq!(
            e.accuracy,
            Figure {
                value: Some(1.0),
                interval: None
            }
        );
    }

    #[test]
    fn coverage_falls_as_rows_are_left_out() {
        let e = evaluation(&ROWS, false);
        let last = e.coverage.last().unwrap();
        assert_eq!((last.coverage, last.accuracy), (1.0, 0.75));
    }
}
