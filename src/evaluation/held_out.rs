//! The few figures that a training tells of its held-out scores: those of counts alone, since to rank all
//! probabilities a thousand times takes as long as the training.

use super::bootstrap::Bootstrap;
use super::figure::Figure;
use super::measure::short_figures;
use super::metrics::{f1, precision, recall};
use super::{EvaluationParams, Judged, article_ranks, table_of};
use crate::classifier::train::OutOfFold;
use crate::corpus::LabelledTexts;

/// How well held-out rows were labelled.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOutFigures {
    /// Share of rows with the right label.
    pub accuracy: Figure,
    /// Unweighted mean of the labels' F1.
    pub macro_f1: Figure,
    /// Each label's figures, without intervals.
    pub by_label: Vec<HeldOutLabel>,
}

/// One label against the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldOutLabel {
    /// The label.
    pub label: String,
    /// Share of the rows given it that have it.
    pub precision: Figure,
    /// Share of the rows that have it that were given it.
    pub recall: Figure,
    /// Harmonic mean of both.
    pub f1: Figure,
}

impl HeldOutFigures {
    /// Compares the labels of rows with the `scores` that they got from models that had not seen their
    /// articles; `seed` is that of the resampling.
    #[must_use]
    pub fn new(texts: &dyn LabelledTexts, scores: &OutOfFold, seed: u64) -> Self {
        let rows = texts.rows();
        let k = rows.classes().len();
        let articles = article_ranks(texts);
        let judged: Vec<Judged<'_>> = (0..rows.len())
            .filter_map(|i| {
                Some(Judged {
                    gold: &rows.classes()[rows.label(i)?.index()],
                    article: articles[i],
                    probabilities: &scores.probabilities[i * k..(i + 1) * k],
                    seen: false,
                })
            })
            .collect();
        let table = table_of(rows.classes(), &judged, &EvaluationParams::default());
        let margins = table.margins();
        let [accuracy, macro_f1] = short_figures(&table, Bootstrap::seeded(seed));
        let of_label = |(class, label): (usize, &String)| HeldOutLabel {
            label: label.clone(),
            precision: Figure::new(precision(&margins, class), None),
            recall: Figure::new(recall(&margins, class), None),
            f1: Figure::new(f1(&margins, class), None),
        };
        Self {
            accuracy,
            macro_f1,
            by_label: table.labels.iter().enumerate().map(of_label).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::super::Evaluation;
    use super::*;
    use crate::corpus::{Corpus, CorpusOptions};

    #[test]
    fn the_few_are_those_of_a_whole_evaluation() {
        let mut csv = String::from("article,position,label,text\n");
        let mut probabilities = Vec::new();
        for row in 0u32..90 {
            let label = ["a", "b", "none"][(row * row % 7 % 3) as usize];
            let _ = writeln!(csv, "p{},{row},{label},It was number {row}.", row / 4);
            let some = [1.0 + f64::from(row % 5), 2.0, f64::from(row % 3)];
            probabilities.extend(some.map(|p| p / some.iter().sum::<f64>()));
        }
        let corpus =
            Corpus::from_csv_bytes("t.csv", csv.as_bytes(), &CorpusOptions::default()).unwrap();
        let articles = article_ranks(&corpus);
        let judged: Vec<Judged<'_>> = (0..corpus.len())
            .map(|i| Judged {
                gold: &corpus.classes()[corpus.label(i).unwrap().index()],
                article: articles[i],
                probabilities: &probabilities[i * 3..][..3],
                seen: false,
            })
            .collect();
        let params = EvaluationParams {
            seed: 3,
            ..EvaluationParams::default()
        };
        let whole = Evaluation::of_rows("m", corpus.classes(), &judged, &params);
        let scores = OutOfFold {
            uncalibrated: probabilities.clone(),
            probabilities: probabilities.clone(),
            folds: 5,
            convergence: Vec::new(),
        };
        let few = HeldOutFigures::new(&corpus, &scores, 3);
        assert!(few.macro_f1.interval.is_some());
        assert_eq!(
            (few.accuracy, few.macro_f1),
            (whole.accuracy, whole.macro_f1)
        );
        for (few, whole) in few.by_label.iter().zip(&whole.by_label) {
            assert_eq!(few.label, whole.label);
            assert_eq!(few.precision.value, whole.precision.value);
            assert_eq!(few.recall.value, whole.recall.value);
            assert_eq!(few.f1.value, whole.f1.value);
        }
    }
}
