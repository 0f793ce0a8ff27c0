//! Judged rows in one numbering of labels and articles.

use std::collections::BTreeSet;

use super::confusion::{ConfusionMatrix, Margins};
use super::probability;
use crate::classifier::NONE;
use crate::model::softmax::argmax;

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

/// A judged row in the numbering of a [`Table`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct TableRow<'r> {
    /// Rank of its article among those of the table.
    pub article: u32,
    pub gold: usize,
    pub predicted: usize,
    /// The prediction among the labels other than `none`.
    pub forced: usize,
    /// Probability of the prediction.
    pub confidence: f64,
    pub probabilities: &'r [f64],
    /// The gold label among the model's, if it is one of them.
    pub known_gold: Option<usize>,
    pub seen: bool,
}

impl TableRow<'_> {
    pub(crate) fn is_right(&self) -> bool {
        self.gold == self.predicted
    }
}

/// Rows with the labels of model and data.
#[derive(Debug, Clone)]
pub(crate) struct Table<'r> {
    pub labels: Vec<String>,
    pub none: Option<usize>,
    /// Column of each label in the rows' probabilities; `None` of a label unknown to the model.
    pub columns: Vec<Option<usize>>,
    pub articles: usize,
    pub rows: Vec<TableRow<'r>>,
}

/// The labels of the models and of the data, bytewise.
pub(crate) fn all_labels<'l>(labels: impl IntoIterator<Item = &'l str>) -> Vec<String> {
    let distinct: BTreeSet<&str> = labels.into_iter().collect();
    distinct.into_iter().map(str::to_owned).collect()
}

impl<'r> Table<'r> {
    /// `labels` are those of [`all_labels`]; the probabilities of `rows` are those of `model_labels`.
    pub(crate) fn new(
        labels: Vec<String>,
        model_labels: &[String],
        rows: &[Judged<'r>],
        always_label: bool,
    ) -> Self {
        let position = |label: &str| {
            labels
                .binary_search_by(|l| l.as_str().cmp(label))
                .unwrap_or(0)
        };
        let of_model: Vec<usize> = model_labels.iter().map(|l| position(l)).collect();
        let mut columns = vec![None; labels.len()];
        for (column, &label) in of_model.iter().enumerate() {
            columns[label] = Some(column);
        }
        let model_none = model_labels.iter().position(|l| l == NONE);
        let numbers: BTreeSet<u32> = rows.iter().map(|r| r.article).collect();
        let numbers: Vec<u32> = numbers.into_iter().collect();
        let rows = rows
            .iter()
            .map(|row| {
                let gold = position(row.gold);
                let forced = forced_choice(row.probabilities, model_none);
                let best = if always_label {
                    forced
                } else {
                    argmax(row.probabilities)
                };
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "articles are numbered in 32 bits"
                )]
                let article = numbers.partition_point(|n| *n < row.article) as u32;
                TableRow {
                    article,
                    gold,
                    predicted: of_model[best],
                    forced: of_model[forced],
                    confidence: row.probabilities[best],
                    probabilities: row.probabilities,
                    known_gold: columns[gold],
                    seen: row.seen,
                }
            })
            .collect();
        Self {
            none: labels.iter().position(|l| l == NONE),
            columns,
            articles: numbers.len(),
            rows,
            labels,
        }
    }

    /// The same labels, and only the rows of these numbers.
    pub(crate) fn part(&self, rows: impl IntoIterator<Item = usize>) -> Self {
        let mut rows: Vec<TableRow<'r>> = rows.into_iter().map(|i| self.rows[i]).collect();
        let numbers: BTreeSet<u32> = rows.iter().map(|r| r.article).collect();
        let numbers: Vec<u32> = numbers.into_iter().collect();
        for row in &mut rows {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "articles are numbered in 32 bits"
            )]
            let article = numbers.partition_point(|n| *n < row.article) as u32;
            row.article = article;
        }
        Self {
            labels: self.labels.clone(),
            none: self.none,
            columns: self.columns.clone(),
            articles: numbers.len(),
            rows,
        }
    }

    pub(crate) fn confusion(&self) -> ConfusionMatrix {
        let pairs = self.rows.iter().map(|r| (r.gold, r.predicted));
        ConfusionMatrix::of(self.labels.len(), pairs)
    }

    pub(crate) fn margins(&self) -> Margins {
        let pairs = self.rows.iter().map(|r| (r.gold, r.predicted));
        Margins::of(self.labels.len(), pairs)
    }

    /// Rows with a gold label other than `none`, predicted among such labels.
    pub(crate) fn forced(&self) -> impl Iterator<Item = (u32, usize, usize)> {
        self.rows
            .iter()
            .filter(|r| Some(r.gold) != self.none)
            .map(|r| (r.article, r.gold, r.forced))
    }

    /// Log-loss and Brier score of the rows whose label the model knows, by article.
    ///
    /// They are added in ascending order, so that the order of rows changes nothing.
    pub(crate) fn losses(&self) -> Vec<ArticleLosses> {
        let mut rows: Vec<(u32, f64, f64)> = self
            .rows
            .iter()
            .filter_map(|r| {
                let gold = r.known_gold?;
                let log_loss = probability::log_loss(gold, r.probabilities);
                Some((
                    r.article,
                    log_loss,
                    probability::brier(gold, r.probabilities),
                ))
            })
            .collect();
        rows.sort_by(|a, b| {
            a.0.cmp(&b.0)
                .then(a.1.total_cmp(&b.1))
                .then(a.2.total_cmp(&b.2))
        });
        let mut losses = vec![ArticleLosses::default(); self.articles];
        for (article, log_loss, brier) in rows {
            let sums = &mut losses[article as usize];
            sums.rows += 1;
            sums.log_loss += log_loss;
            sums.brier += brier;
        }
        losses
    }
}

/// Sums over the rows of one article.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ArticleLosses {
    pub rows: u32,
    pub log_loss: f64,
    pub brier: f64,
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
