//! How far two columns of labels agree.

use serde::Serialize;

use super::RowRef;
use crate::corpus::Corpus;
use crate::evaluation::bootstrap::{self, Bootstrap};
use crate::evaluation::confusion::{ConfusionMatrix, Margins};
use crate::evaluation::figure::{Interval, Undefined};
use crate::evaluation::metrics;

/// Agreement of two columns over the rows where both have a label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// The first column.
    pub a: String,
    /// The second.
    pub b: String,
    /// Rows where both have a label.
    pub rows: usize,
    /// Rows where one of them has none.
    pub left_out: usize,
    /// Share of rows with the same label.
    pub share: Option<f64>,
    /// Cohen's kappa.
    pub kappa: Option<f64>,
    /// 95 % interval of kappa over resampled articles.
    pub kappa_interval: Option<Interval>,
    /// Why there is no kappa.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Undefined>,
    /// Agreement on each label.
    pub by_label: Vec<LabelAgreement>,
    /// The labels, in the order of the matrix.
    pub labels: Vec<String>,
    /// Labels of the first column against those of the second.
    pub confusion: ConfusionMatrix,
    /// Rows with different labels, the first of them.
    pub disagreements: Vec<Disagreement>,
}

/// Agreement on one label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelAgreement {
    /// The label.
    pub label: String,
    /// Rows that have it in the first column.
    pub a: u64,
    /// Rows that have it in the second.
    pub b: u64,
    /// Rows that have it in both.
    pub both: u64,
    /// Share of agreement on it: 2 both / (a + b).
    pub agreement: Option<f64>,
    /// Kappa of this label against the rest.
    pub kappa: Option<f64>,
}

/// A row with two labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disagreement {
    /// The row.
    pub row: RowRef,
    /// Its label in the first column.
    pub a: String,
    /// Its label in the second.
    pub b: String,
}

impl Agreement {
    /// Compares columns `a` and `b` of `corpus`; empty values are no labels, and at most `listed`
    /// disagreements are listed.
    #[must_use]
    pub fn of(corpus: &Corpus, a: &str, b: &str, listed: usize, seed: u64) -> Self {
        let value = |row, column| corpus.value(row, column).map_or("", str::trim);
        let pairs: Vec<(usize, &str, &str)> = (0..corpus.len())
            .map(|row| (row, value(row, a), value(row, b)))
            .filter(|(_, a, b)| !a.is_empty() && !b.is_empty())
            .collect();
        let mut labels: Vec<String> = pairs
            .iter()
            .flat_map(|(_, a, b)| [(*a).to_owned(), (*b).to_owned()])
            .collect();
        labels.sort_unstable();
        labels.dedup();
        let class = |label: &str| {
            labels
                .binary_search_by(|l| l.as_str().cmp(label))
                .unwrap_or(0)
        };
        let classes: Vec<(usize, usize, usize)> = pairs
            .iter()
            .map(|&(row, a, b)| (row, class(a), class(b)))
            .collect();
        let margins = Margins::of(labels.len(), classes.iter().map(|&(_, a, b)| (a, b)));
        let kappa = metrics::kappa(&margins);
        Self {
            a: a.to_owned(),
            b: b.to_owned(),
            rows: pairs.len(),
            left_out: corpus.len() - pairs.len(),
            share: metrics::accuracy(&margins).ok(),
            kappa: kappa.ok(),
            kappa_interval: kappa_interval(corpus, &classes, labels.len(), seed),
            reason: kappa.err(),
            by_label: by_label(&labels, &margins, pairs.len() as u64),
            confusion: ConfusionMatrix::of(labels.len(), classes.iter().map(|&(_, a, b)| (a, b))),
            disagreements: pairs
                .iter()
                .filter(|(_, a, b)| a != b)
                .take(listed)
                .map(|&(row, a, b)| Disagreement {
                    row: RowRef::of(corpus, row),
                    a: a.to_owned(),
                    b: b.to_owned(),
                })
                .collect(),
            labels,
        }
    }
}

/// Each label against all others, of `rows` rows.
fn by_label(labels: &[String], all: &Margins, rows: u64) -> Vec<LabelAgreement> {
    let one = |class: usize, label: &String| {
        let (a, b, both) = (all.gold(class), all.predicted(class), all.right(class));
        let mut margins = Margins::new(2);
        margins.add(1, 1, both);
        margins.add(1, 0, a - both);
        margins.add(0, 1, b - both);
        margins.add(0, 0, rows + both - a - b);
        LabelAgreement {
            label: label.clone(),
            a: margins.gold(1),
            b: margins.predicted(1),
            both: margins.right(1),
            agreement: metrics::f1(&margins, 1).ok(),
            kappa: metrics::kappa(&margins).ok(),
        }
    };
    labels
        .iter()
        .enumerate()
        .map(|(class, label)| one(class, label))
        .collect()
}

fn kappa_interval(
    corpus: &Corpus,
    classes: &[(usize, usize, usize)],
    count: usize,
    seed: u64,
) -> Option<Interval> {
    let articles = corpus.articles().len();
    if articles < 2 {
        return None;
    }
    let kappa = |weights: &[u32]| {
        let mut margins = Margins::new(count);
        for &(row, a, b) in classes {
            margins.add(a, b, u64::from(weights[corpus.article(row).index()]));
        }
        metrics::kappa(&margins)
    };
    let estimate = kappa(&vec![1; articles]);
    let draws = Bootstrap::seeded(seed).draw(articles, kappa);
    let count = draws.len();
    bootstrap::interval(
        estimate,
        draws.into_iter().filter_map(Result::ok).collect(),
        count,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::CorpusOptions;

    #[test]
    fn kappa_agrees_with_scikit_learn() {
        let csv = "label,text,one,two\nx,a a,p,p\nx,b b,p,q\ny,c c,q,q\ny,d d,q,q\ny,e e,q,\n";
        let corpus =
            Corpus::from_csv_bytes("t.csv", csv.as_bytes(), &CorpusOptions::default()).unwrap();
        let found = Agreement::of(&corpus, "one", "two", 5, 0);
        assert_eq!((found.rows, found.left_out), (4, 1));
        // cohen_kappa_score(["p","p","q","q"], ["p","q","q","q"])
        assert_eq!((found.share, found.kappa), (Some(0.75), Some(0.5)));
        assert_eq!(found.by_label[0].both, 1);
        assert_eq!(found.disagreements[0].row.line, 3);
    }
}
