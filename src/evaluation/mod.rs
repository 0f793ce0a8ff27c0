//! Scores against labels: every number a report may show.
//!
//! Figures that scikit-learn has are equal to it to 1e-12 but for those that are undefined, which
//! say why instead of being 0; see [`metrics`] and `scripts/metric_cases.py`.

pub mod bootstrap;
pub mod compare;
pub mod confusion;
pub mod curves;
pub mod figure;
pub mod gate;
pub mod held_out;
pub mod learning;
mod measure;
pub mod metrics;
pub mod mistakes;
pub mod nearest;
pub mod probability;
pub mod slices;
mod table;

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::classifier::file::data_hash;
use crate::classifier::{Classifier, Context, text_hash};
use crate::corpus::{Corpus, LabelledTexts, canonical_sequences};
pub use bootstrap::{Bootstrap, RESAMPLES};
use confusion::{ConfusionMatrix, Margins};
pub use curves::{CoveragePoint, Curves};
pub use figure::{Figure, Interval, Undefined};
use gate::GateResult;
pub use held_out::{HeldOutFigures, HeldOutLabel};
use learning::LearningPoint;
pub use measure::{BINS, less_is_better};
use measure::{Figures, Measure};
use mistakes::{Confused, Mistake, Mistakes, Places};
use probability::LEAST_PROBABILITY;
pub use slices::Slice;
pub use table::Judged;
use table::{Table, all_labels};

/// Version of the JSON report; `docs/report.schema.json` describes it.
pub const SCHEMA: &str = "purport-report/1";

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
    pub precision: Figure,
    /// TP / (TP + FN).
    pub recall: Figure,
    /// Harmonic mean of both.
    pub f1: Figure,
    /// Area under the ROC curve, against the rest.
    pub roc_auc: Figure,
    /// Average precision, against the rest.
    pub average_precision: Figure,
    /// Expected calibration error of the label's probability.
    pub calibration_error: Figure,
}

/// Means of precision, recall and F1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Mean {
    /// Mean precision.
    pub precision: Figure,
    /// Mean recall.
    pub recall: Figure,
    /// Mean F1.
    pub f1: Figure,
}

/// The three ways to take a mean over labels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Averages {
    /// Over the labels in the data whose figure is defined, alike.
    #[serde(rename = "macro")]
    pub of_labels: Mean,
    /// From the sums of all labels' counts: all three are the accuracy.
    pub micro: Mean,
    /// As macro, weighed by the rows of each label.
    pub weighted: Mean,
}

/// What the intervals rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct IntervalBasis {
    /// `bootstrap over articles`, or why there are none.
    pub method: &'static str,
    /// Level in percent.
    pub percent: u32,
    /// Resamples.
    pub resamples: usize,
    /// Articles they were drawn from.
    pub articles: usize,
    /// Rows in them.
    pub rows: usize,
}

/// How the rows were scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OptionsUsed {
    /// `chain` or `none`.
    pub context: &'static str,
    /// A label other than `none` was always given.
    pub always_label: bool,
    /// Seed of the resampling.
    pub seed: u64,
}

/// The figures without the rows whose text stood in the training data.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WithoutSeen {
    /// Rows that are left.
    pub rows: usize,
    /// Share of right predictions.
    pub accuracy: Figure,
    /// Mean F1 over all values in the data.
    pub macro_f1: Figure,
    /// Mean F1 over the labels other than `none`.
    pub macro_f1_labels: Figure,
    /// The same with `none` left out and a label forced.
    pub macro_f1_forced: Figure,
}

/// Everything a report shows of one model on one set of rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The program and its version.
    pub created_by: String,
    /// Id of the model, or what else made the predictions.
    pub model: String,
    /// The files that were read.
    pub files: Vec<String>,
    /// SHA-256 of the rows, whatever their order.
    pub data_sha256: Option<String>,
    /// How they were scored.
    pub options: OptionsUsed,
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
    /// What the intervals rest on.
    pub intervals: IntervalBasis,
    /// What a reader of the figures has to know.
    pub notes: Vec<String>,
    /// Share of right predictions.
    pub accuracy: Figure,
    /// Mean recall over the labels in the data.
    pub balanced_accuracy: Figure,
    /// Mean F1 over all values in the data, `none` included.
    pub macro_f1: Figure,
    /// Mean F1 over the labels other than `none`, all rows counted.
    pub macro_f1_labels: Figure,
    /// Rows with gold `none` left out, a label other than `none` always given.
    pub macro_f1_forced: Figure,
    /// Mean F1 over the values that occur in the data or were given.
    pub macro_f1_union: Figure,
    /// Matthews' correlation coefficient.
    pub mcc: Figure,
    /// Cohen's kappa of labels and predictions.
    pub kappa: Figure,
    /// Mean −ln p of the gold label, over rows whose label the model knows.
    pub log_loss: Figure,
    /// Mean Σ (p − y)², over the same rows.
    pub brier: Figure,
    /// Expected calibration error of the given label, in 15 bins of equal mass.
    pub calibration_error: Figure,
    /// Mean of the labels' calibration errors.
    pub classwise_calibration_error: Figure,
    /// Mean area under the ROC curve over the labels that have one.
    pub roc_auc: Figure,
    /// Mean average precision over the labels that have one.
    pub average_precision: Figure,
    /// Area under the risk–coverage curve.
    pub risk_coverage_area: Figure,
    /// The greatest accuracy that is possible where equal texts have different labels and are
    /// given the same.
    pub noise_ceiling: Option<f64>,
    /// The main figures without the rows seen in training; `None` if there are no such rows.
    pub without_seen: Option<WithoutSeen>,
    /// Means over labels.
    pub averages: Averages,
    /// Figures by label, in the order of `labels`.
    pub by_label: Vec<LabelFigures>,
    /// Gold labels against predictions.
    pub confusion: ConfusionMatrix,
    /// Accuracy when the least sure rows are left unlabelled.
    pub coverage: Vec<CoveragePoint>,
    /// Points of the curves.
    pub curves: Curves,
    /// Figures of parts of the rows, the most costly first.
    pub slices: Vec<Slice>,
    /// Pairs of labels most confused, the most frequent first.
    pub confused: Vec<Confused>,
    /// How many rows were given a wrong label.
    pub mistakes_total: u64,
    /// The surest of them.
    pub mistakes: Vec<Mistake>,
    /// Models trained on growing parts of a training set, if one was given.
    pub learning_curve: Vec<LearningPoint>,
    /// The gates that were asked for.
    pub gates: Vec<GateResult>,
}

/// How to evaluate.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluationParams {
    /// Score neighbours together.
    pub context: Context,
    /// Predict among the labels other than `none`.
    pub always_label: bool,
    /// Seed of the resampling.
    pub seed: u64,
    /// Resamples of the articles; without any there are no intervals over articles.
    pub resamples: usize,
    /// Columns to take the data apart by.
    pub slices: Vec<String>,
    /// Mistakes to list and explain.
    pub mistakes: usize,
}

impl Default for EvaluationParams {
    fn default() -> Self {
        Self {
            context: Context::default(),
            always_label: false,
            seed: 0,
            resamples: RESAMPLES,
            slices: Vec::new(),
            mistakes: 100,
        }
    }
}

impl EvaluationParams {
    fn bootstrap(&self) -> Bootstrap {
        Bootstrap {
            resamples: self.resamples,
            seed: self.seed,
        }
    }
}

impl Evaluation {
    /// Scores `corpus` with `classifier` and compares with its labels; rows without one are context.
    #[must_use]
    pub fn of(classifier: &Classifier, corpus: &Corpus, params: &EvaluationParams) -> Self {
        let scored = Scored::new(classifier, corpus, params.context);
        let judged = scored.judged(classifier, corpus);
        let table = table_of(classifier.labels(), &judged, params);
        let mut evaluation = Self::of_table(classifier.id(), &table, params);
        let known = slices::known_words(corpus, &scored.sequences, &scored.scores);
        let dimensions =
            slices::dimensions(corpus, &scored.rows, &params.slices, &known, classifier);
        evaluation.slices = slices::slices(&table, &dimensions, params.bootstrap());
        let found = Mistakes {
            classifier,
            corpus,
            places: Places::new(corpus, &scored.sequences, params.context),
            table: &table,
            rows: &scored.rows,
        };
        let surest = found.surest();
        evaluation.confused = found.confused(&surest);
        evaluation.mistakes = surest
            .iter()
            .take(params.mistakes)
            .map(|&i| found.mistake(i))
            .collect();
        evaluation.context_rows = corpus.len() - scored.rows.len();
        evaluation.describe(corpus);
        evaluation.noise_ceiling = noise_ceiling(corpus, &scored.rows);
        evaluation
    }

    /// As [`of`](Self::of), without slices and mistakes.
    #[must_use]
    pub fn figures_of(classifier: &Classifier, corpus: &Corpus, params: &EvaluationParams) -> Self {
        let scored = Scored::new(classifier, corpus, params.context);
        let judged = scored.judged(classifier, corpus);
        let table = table_of(classifier.labels(), &judged, params);
        Self::of_table(classifier.id(), &table, params)
    }

    /// Where the rows come from.
    fn describe(&mut self, corpus: &Corpus) {
        let order: Vec<usize> = canonical_sequences(corpus).into_iter().flatten().collect();
        self.data_sha256 = Some(data_hash(corpus, &order));
        self.files = files(corpus);
    }

    /// Every figure for `rows`, whose probabilities are those of `model_labels`.
    #[must_use]
    pub fn of_rows(
        model: &str,
        model_labels: &[String],
        rows: &[Judged<'_>],
        params: &EvaluationParams,
    ) -> Self {
        Self::of_table(model, &table_of(model_labels, rows, params), params)
    }

    fn of_table(model: &str, table: &Table<'_>, params: &EvaluationParams) -> Self {
        let figures = Measure::new(table).figures(params.bootstrap());
        let margins = table.margins();
        let seen = table.rows.iter().filter(|r| r.seen).count();
        Self {
            schema: SCHEMA,
            created_by: created_by(),
            model: model.to_owned(),
            files: Vec::new(),
            data_sha256: None,
            options: options_used(params),
            unknown_labels: unknown_labels(table),
            rows: table.rows.len(),
            context_rows: 0,
            articles: table.articles,
            seen_in_training: seen,
            intervals: interval_basis(table, params),
            notes: notes(table, &margins),
            accuracy: figures
                .get("accuracy")
                .with_wilson(margins.correct(), margins.total()),
            balanced_accuracy: figures.get("balanced_accuracy"),
            macro_f1: figures.get("macro_f1"),
            macro_f1_labels: figures.get("macro_f1_labels"),
            macro_f1_forced: figures.get("macro_f1_forced"),
            macro_f1_union: figures.get("macro_f1_union"),
            mcc: figures.get("mcc"),
            kappa: figures.get("kappa"),
            log_loss: figures.get("log_loss"),
            brier: figures.get("brier"),
            calibration_error: figures.get("calibration_error"),
            classwise_calibration_error: figures.get("classwise_calibration_error"),
            roc_auc: figures.get("roc_auc"),
            average_precision: figures.get("average_precision"),
            risk_coverage_area: figures.get("risk_coverage_area"),
            noise_ceiling: None,
            without_seen: (seen > 0).then(|| without_seen(table, params.bootstrap())),
            averages: averages(&figures),
            by_label: by_label(table, &margins, &figures),
            confusion: table.confusion(),
            coverage: curves::coverage(table),
            curves: Curves::of(table),
            slices: Vec::new(),
            confused: Vec::new(),
            mistakes_total: margins.total() - margins.correct(),
            mistakes: Vec::new(),
            learning_curve: Vec::new(),
            gates: Vec::new(),
            labels: table.labels.clone(),
        }
    }

    /// The slices that are worse than the other rows, the most costly first.
    #[must_use]
    pub fn costly_slices(&self, most: usize) -> Vec<&Slice> {
        let costly = self.slices.iter().filter(|s| s.cost > 0.0);
        costly.take(most).collect()
    }

    /// Figures that a gate or a comparison may name, by that name.
    #[must_use]
    pub fn named(&self) -> BTreeMap<String, Figure> {
        let Averages {
            of_labels,
            micro,
            weighted,
        } = self.averages;
        let mut named: BTreeMap<String, Figure> = [
            ("accuracy", self.accuracy),
            ("balanced_accuracy", self.balanced_accuracy),
            ("macro_f1", self.macro_f1),
            ("macro_f1_labels", self.macro_f1_labels),
            ("macro_f1_forced", self.macro_f1_forced),
            ("macro_f1_union", self.macro_f1_union),
            ("macro_precision", of_labels.precision),
            ("macro_recall", of_labels.recall),
            ("micro_precision", micro.precision),
            ("micro_recall", micro.recall),
            ("micro_f1", micro.f1),
            ("weighted_precision", weighted.precision),
            ("weighted_recall", weighted.recall),
            ("weighted_f1", weighted.f1),
            ("mcc", self.mcc),
            ("kappa", self.kappa),
            ("log_loss", self.log_loss),
            ("brier", self.brier),
            ("calibration_error", self.calibration_error),
            (
                "classwise_calibration_error",
                self.classwise_calibration_error,
            ),
            ("roc_auc", self.roc_auc),
            ("average_precision", self.average_precision),
            ("risk_coverage_area", self.risk_coverage_area),
        ]
        .into_iter()
        .map(|(name, figure)| (name.to_owned(), figure))
        .collect();
        for of in &self.by_label {
            for (figure, value) in [
                ("precision", of.precision),
                ("recall", of.recall),
                ("f1", of.f1),
                ("roc_auc", of.roc_auc),
                ("average_precision", of.average_precision),
                ("calibration_error", of.calibration_error),
            ] {
                named.insert(format!("{figure}.{}", of.label), value);
            }
        }
        named
    }
}

/// A corpus with the scores of its rows.
struct Scored {
    sequences: Vec<Vec<usize>>,
    scores: Vec<crate::classifier::Scores>,
    /// The labelled rows.
    rows: Vec<usize>,
    /// Sequence of each row of the corpus and its position there.
    of_row: Vec<(usize, usize)>,
    articles: Vec<u32>,
}

impl Scored {
    fn new(classifier: &Classifier, corpus: &Corpus, context: Context) -> Self {
        let sequences = corpus.sequences();
        let texts: Vec<Vec<&str>> = sequences
            .iter()
            .map(|rows| rows.iter().map(|&i| corpus.text(i)).collect())
            .collect();
        let scores = classifier.score_all(&texts, context);
        let mut of_row = vec![(0, 0); corpus.len()];
        for (number, rows) in sequences.iter().enumerate() {
            for (at, &row) in rows.iter().enumerate() {
                of_row[row] = (number, at);
            }
        }
        Self {
            scores,
            rows: (0..corpus.len())
                .filter(|&i| corpus.label(i).is_some())
                .collect(),
            of_row,
            articles: article_ranks(corpus),
            sequences,
        }
    }

    /// The labelled rows.
    fn judged<'s>(&'s self, classifier: &Classifier, corpus: &'s Corpus) -> Vec<Judged<'s>> {
        self.rows
            .iter()
            .filter_map(|&i| {
                let (sequence, at) = self.of_row[i];
                Some(Judged {
                    gold: &corpus.classes()[corpus.label(i)?.index()],
                    article: self.articles[i],
                    probabilities: self.scores[sequence].probabilities(at),
                    seen: classifier.was_trained_on(corpus.text(i)),
                })
            })
            .collect()
    }
}

/// The rows with the labels of the model and their own.
fn table_of<'r>(
    model_labels: &[String],
    rows: &[Judged<'r>],
    params: &EvaluationParams,
) -> Table<'r> {
    let known = model_labels.iter().map(String::as_str);
    let labels = all_labels(known.chain(rows.iter().map(|r| r.gold)));
    Table::new(labels, model_labels, rows, params.always_label)
}

fn created_by() -> String {
    concat!("purport ", env!("CARGO_PKG_VERSION")).to_owned()
}

/// The files of a corpus, in the order in which they were read.
fn files(corpus: &Corpus) -> Vec<String> {
    let mut files: Vec<String> = Vec::new();
    for row in 0..corpus.len() {
        let path = corpus.place(row).path;
        if files
            .last()
            .is_none_or(|last| *last != path.display().to_string())
        {
            files.push(path.display().to_string());
        }
    }
    files
}

fn options_used(params: &EvaluationParams) -> OptionsUsed {
    OptionsUsed {
        context: match params.context {
            Context::Chain => "chain",
            Context::None => "none",
        },
        always_label: params.always_label,
        seed: params.seed,
    }
}

fn interval_basis(table: &Table<'_>, params: &EvaluationParams) -> IntervalBasis {
    let resamples = params.bootstrap().of(table.articles);
    IntervalBasis {
        method: if resamples > 0 {
            "bootstrap over articles"
        } else if table.articles < 2 {
            "none: fewer than two articles"
        } else {
            "none: no resamples"
        },
        percent: 95,
        resamples,
        articles: table.articles,
        rows: table.rows.len(),
    }
}

fn unknown_labels(table: &Table<'_>) -> Vec<String> {
    table
        .labels
        .iter()
        .zip(&table.columns)
        .filter(|(_, column)| column.is_none())
        .map(|(label, _)| label.clone())
        .collect()
}

/// What a figure leaves out or bends.
fn notes(table: &Table<'_>, margins: &Margins) -> Vec<String> {
    let classes = 0..margins.classes();
    let absent: Vec<&str> = classes
        .clone()
        .filter(|&c| margins.gold(c) == 0)
        .map(|c| table.labels[c].as_str())
        .collect();
    let never: Vec<&str> = classes
        .filter(|&c| margins.gold(c) > 0 && margins.predicted(c) == 0)
        .map(|c| table.labels[c].as_str())
        .collect();
    let unknown = table.rows.iter().filter(|r| r.known_gold.is_none()).count();
    let clipped = table
        .rows
        .iter()
        .filter(|r| {
            r.known_gold
                .is_some_and(|g| r.probabilities[g] < LEAST_PROBABILITY)
        })
        .count();
    let mut notes = Vec::new();
    if !absent.is_empty() {
        let (in_data, all) = (margins.classes() - absent.len(), margins.classes());
        notes.push(format!(
            "no row has {}: means are over {in_data} of {all} labels",
            absent.join(", ")
        ));
    }
    if !never.is_empty() {
        notes.push(format!("never given: {}", never.join(", ")));
    }
    if unknown > 0 {
        notes.push(format!(
            "{unknown} rows have a label the model does not know: they count as mistakes, and not in log-loss and Brier score"
        ));
    }
    if clipped > 0 {
        notes.push(format!(
            "log-loss: {clipped} probabilities below {LEAST_PROBABILITY:.1e} count as that"
        ));
    }
    notes
}

fn without_seen(table: &Table<'_>, bootstrap: Bootstrap) -> WithoutSeen {
    let rest = table.part((0..table.rows.len()).filter(|&i| !table.rows[i].seen));
    let margins = rest.margins();
    let figures = Measure::of_counts(&rest).figures(bootstrap);
    WithoutSeen {
        rows: rest.rows.len(),
        accuracy: figures
            .get("accuracy")
            .with_wilson(margins.correct(), margins.total()),
        macro_f1: figures.get("macro_f1"),
        macro_f1_labels: figures.get("macro_f1_labels"),
        macro_f1_forced: figures.get("macro_f1_forced"),
    }
}

fn averages(figures: &Figures) -> Averages {
    let mean = |kind: &str| Mean {
        precision: figures.get(&format!("{kind}_precision")),
        recall: figures.get(&format!("{kind}_recall")),
        f1: figures.get(&format!("{kind}_f1")),
    };
    Averages {
        of_labels: mean("macro"),
        micro: mean("micro"),
        weighted: mean("weighted"),
    }
}

fn by_label(table: &Table<'_>, margins: &Margins, figures: &Figures) -> Vec<LabelFigures> {
    let labels = table.labels.len();
    (0..labels)
        .map(|class| {
            let [
                precision,
                recall,
                f1,
                roc_auc,
                average_precision,
                calibration_error,
            ] = figures.of_label(class, labels);
            let (gold, predicted) = (margins.gold(class), margins.predicted(class));
            LabelFigures {
                label: table.labels[class].clone(),
                gold,
                predicted,
                precision: precision.with_wilson(margins.right(class), predicted),
                recall: recall.with_wilson(margins.right(class), gold),
                f1,
                roc_auc,
                average_precision,
                calibration_error,
            }
        })
        .collect()
}

/// Number of the article of each row, by article name (of rows without one, by text and label), so that the
/// order of rows and files changes nothing.
fn article_ranks(texts: &dyn LabelledTexts) -> Vec<u32> {
    let all = texts.rows();
    let compare = |a: usize, b: usize| match (all.article_name(a), all.article_name(b)) {
        (Some(a), Some(b)) => a.cmp(b),
        (None, None) => {
            let labels = || all.label(a).cmp(&all.label(b));
            texts.compare_texts(a, b).then_with(labels)
        }
        (a, b) => b.cmp(&a),
    };
    let mut rows: Vec<usize> = (0..all.len()).collect();
    rows.sort_by(|&a, &b| compare(a, b));
    let mut ranks = vec![0; all.len()];
    let mut rank = 0;
    for pair in rows.windows(2) {
        rank += u32::from(all.article(pair[0]) != all.article(pair[1]));
        ranks[pair[1]] = rank;
    }
    ranks
}

/// The accuracy of giving each distinct text its most frequent label.
fn noise_ceiling(corpus: &Corpus, rows: &[usize]) -> Option<f64> {
    let mut counts: HashMap<u64, BTreeMap<u32, u64>> = HashMap::new();
    for &row in rows {
        let label = corpus.label(row)?.number();
        let of_text = counts.entry(text_hash(corpus.text(row))).or_default();
        *of_text.entry(label).or_default() += 1;
    }
    let best: u64 = counts
        .values()
        .filter_map(|labels| labels.values().max())
        .sum();
    (!rows.is_empty()).then(|| best as f64 / rows.len() as f64)
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
        Evaluation::of_rows("test", &labels, &judged, &params)
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
        assert_eq!(e.by_label[1].predicted, 0);
    }

    #[test]
    fn e01_a_label_unknown_to_the_model_is_a_mistake() {
        let mut rows = ROWS.to_vec();
        rows.push(("satire", 2, [0.9, 0.05, 0.05]));
        let e = evaluation(&rows, false);
        assert_eq!(e.unknown_labels, ["satire"]);
        assert_eq!(e.accuracy.value, Some(0.6));
        assert_eq!(e.by_label[3].recall.value, Some(0.0));
        assert_eq!(
            e.by_label[3].roc_auc.reason,
            Some(Undefined::UnknownToModel)
        );
        assert!(e.log_loss.value.unwrap().is_finite());
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
        assert_eq!((e.accuracy.value, e.accuracy.interval), (Some(1.0), None));
        let wilson = e.accuracy.shown_interval().unwrap();
        assert!(wilson.low < 0.21 && wilson.high == 1.0);
    }

    #[test]
    fn coverage_falls_as_rows_are_left_out() {
        let e = evaluation(&ROWS, false);
        let last = e.coverage.last().unwrap();
        assert_eq!((last.coverage, last.accuracy), (1.0, 0.75));
    }
}
