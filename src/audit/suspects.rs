//! Probable label errors, by confident learning (Northcutt, Jiang & Chuang, *Confident Learning*,
//! 2021) on probabilities of models that did not see the row's article.

use serde::Serialize;

use super::RowRef;
use crate::classifier::Classifier;
use crate::classifier::train::OutOfFold;
use crate::corpus::Corpus;
use crate::evaluation::mistakes::{TermWeight, strongest};
use crate::text::surroundings::surroundings;

/// A row whose label is probably wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Suspect {
    /// The row.
    pub row: RowRef,
    /// Its label.
    pub label: String,
    /// Probability of its label, by a model that did not see the article.
    pub label_probability: f64,
    /// The label that is more probable.
    pub suggested: String,
    /// The probability of that.
    pub suggested_probability: f64,
    /// The terms that speak against the label and for the suggested one, the heaviest first.
    pub against: Vec<TermWeight>,
}

/// Rows whose label another one beats, the clearest first; `most` of them are explained and given.
///
/// A label counts as present in a row where its probability reaches the mean it has on rows that
/// carry it; a row is suspect if a label other than its own is present and more probable.
pub(super) fn suspects(
    corpus: &Corpus,
    scores: &OutOfFold,
    classifier: &Classifier,
    most: usize,
) -> (usize, Vec<Suspect>) {
    let found = ranked(corpus, scores);
    let mut around = vec![None; corpus.len()];
    for rows in corpus.sequences() {
        let texts: Vec<&str> = rows.iter().map(|&row| corpus.text(row)).collect();
        for (row, of_row) in rows.iter().zip(surroundings(&texts)) {
            around[*row] = Some(of_row);
        }
    }
    let k = corpus.classes().len();
    let listed = found
        .iter()
        .take(most)
        .map(
            |&Candidate {
                 row, label, other, ..
             }| {
                let around = around[row].unwrap_or_default();
                let explanation = classifier.explain(corpus.text(row), &around);
                let weights = explanation
                    .contributions
                    .iter()
                    .map(|c| (c.term.as_str(), c.parts[other] - c.parts[label]));
                let (against, _) = strongest(weights);
                Suspect {
                    row: RowRef::of(corpus, row),
                    label: corpus.classes()[label].clone(),
                    label_probability: scores.probabilities[row * k + label],
                    suggested: corpus.classes()[other].clone(),
                    suggested_probability: scores.probabilities[row * k + other],
                    against,
                }
            },
        )
        .collect();
    (found.len(), listed)
}

struct Candidate {
    row: usize,
    label: usize,
    other: usize,
    margin: f64,
}

fn ranked(corpus: &Corpus, scores: &OutOfFold) -> Vec<Candidate> {
    let k = corpus.classes().len();
    let labels: Vec<Option<usize>> = (0..corpus.len())
        .map(|row| corpus.label(row).map(crate::corpus::ClassId::index))
        .collect();
    let thresholds = thresholds(&labels, &scores.probabilities, k);
    let mut found: Vec<Candidate> = labels
        .iter()
        .enumerate()
        .filter_map(|(row, label)| {
            let label = (*label)?;
            let p = &scores.probabilities[row * k..][..k];
            let other = (0..k)
                .filter(|&class| class != label && p[class] >= thresholds[class])
                .max_by(|&a, &b| p[a].total_cmp(&p[b]).then(b.cmp(&a)))?;
            let margin = p[other] - p[label];
            (margin > 0.0).then_some(Candidate {
                row,
                label,
                other,
                margin,
            })
        })
        .collect();
    found.sort_by(|a, b| {
        let text = |c: &Candidate| corpus.text(c.row);
        b.margin
            .total_cmp(&a.margin)
            .then_with(|| (text(a), a.row).cmp(&(text(b), b.row)))
    });
    found
}

/// The mean probability of each label on the rows that carry it.
fn thresholds(labels: &[Option<usize>], probabilities: &[f64], k: usize) -> Vec<f64> {
    let mut sums = vec![(0.0, 0u32); k];
    for (label, p) in labels.iter().zip(probabilities.chunks(k)) {
        if let Some(label) = label {
            sums[*label].0 += p[*label];
            sums[*label].1 += 1;
        }
    }
    sums.into_iter()
        .map(|(sum, rows)| {
            if rows > 0 {
                sum / f64::from(rows)
            } else {
                f64::INFINITY
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_the_mean_self_confidence() {
        let labels = [Some(0), Some(0), Some(1), None];
        let p = [0.9, 0.1, 0.5, 0.5, 0.2, 0.8, 0.0, 1.0];
        assert_eq!(thresholds(&labels, &p, 2), [0.7, 0.8]);
        assert_eq!(thresholds(&[Some(0)], &[1.0, 0.0], 2), [1.0, f64::INFINITY]);
    }
}
