//! How much more data would help: models trained on growing parts of a training set.

use serde::Serialize;

use super::{Evaluation, EvaluationParams, Figure};
use crate::classifier::train::{TrainError, TrainParams, train};
use crate::corpus::Corpus;
use crate::corpus::split::{SplitError, shuffled_articles};

/// Shares of the training articles, each part holding the ones before it.
pub const SHARES: [f64; 6] = [0.05, 0.1, 0.2, 0.4, 0.7, 1.0];

/// The figures of a model trained on a part of the articles.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LearningPoint {
    /// Share of the training articles.
    pub share: f64,
    /// Articles it was trained on.
    pub articles: usize,
    /// Rows it was trained on.
    pub rows: usize,
    /// Share of right predictions on the test rows.
    pub accuracy: Figure,
    /// Mean F1 over all values in the test rows.
    pub macro_f1: Figure,
    /// Mean F1 over the labels other than `none`.
    pub macro_f1_labels: Figure,
}

/// Trains by `params` on growing parts of `training` and evaluates each model on `test`.
///
/// Parts too small to train on are left out.
///
/// # Errors
///
/// [`TrainError`] of any other part.
pub fn learning_curve(
    training: &Corpus,
    test: &Corpus,
    params: &TrainParams,
    evaluation: &EvaluationParams,
) -> Result<Vec<LearningPoint>, TrainError> {
    let articles = shuffled_articles(training, evaluation.seed);
    let mut rank = vec![0; articles.len()];
    for (at, article) in articles.iter().enumerate() {
        rank[article.index()] = at;
    }
    let mut points = Vec::new();
    for share in SHARES {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a count"
        )]
        let count = (share * articles.len() as f64).ceil() as usize;
        let part = training.part(|row| rank[training.article(row).index()] < count);
        if part.check_trainable().is_err() {
            continue;
        }
        match train(&part, params) {
            Ok(trained) => {
                let found = Evaluation::figures_of(&trained.classifier, test, evaluation);
                points.push(LearningPoint {
                    share,
                    articles: count,
                    rows: part.len(),
                    accuracy: found.accuracy,
                    macro_f1: found.macro_f1,
                    macro_f1_labels: found.macro_f1_labels,
                });
            }
            Err(
                TrainError::Split(SplitError::TooFewArticles { .. }) | TrainError::Vectorizer(_),
            ) if share < 1.0 => {}
            Err(error) => return Err(error),
        }
    }
    Ok(points)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::corpus::CorpusOptions;

    fn corpus(articles: std::ops::Range<usize>) -> Corpus {
        let mut csv = String::from("article,label,text\n");
        for i in articles {
            let _ = writeln!(csv, "a{i},claim,The mayor said that plan {i} would work.");
            let _ = writeln!(csv, "a{i},none,The town has a bridge.");
        }
        Corpus::from_csv_bytes("t.csv", csv.as_bytes(), &CorpusOptions::default()).unwrap()
    }

    #[test]
    fn parts_grow_and_too_small_ones_are_left_out() {
        let (training, test) = (corpus(0..40), corpus(40..50));
        let params = TrainParams::default();
        let evaluation = EvaluationParams::default();
        let points = learning_curve(&training, &test, &params, &evaluation).unwrap();
        let articles: Vec<_> = points.iter().map(|p| p.articles).collect();
        assert_eq!(articles, [8, 16, 28, 40]);
        assert_eq!(points[3].rows, 80);
        assert_eq!(points[3].accuracy.value, Some(1.0));
    }
}
