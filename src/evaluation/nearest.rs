//! Training sentences most like a given one, by the cosine of their rows.

use rayon::prelude::*;

use super::mistakes::{Mistake, Neighbour};
use crate::classifier::Classifier;
use crate::corpus::Corpus;
use crate::features::vectorizer::Row;
use crate::text::surroundings::Surroundings;

/// Neighbours shown.
const NEAREST: usize = 3;

/// Finds for each mistake the labelled sentences of `training` most like it.
///
/// Rows have length 1, so their product is the cosine. What stands around a sentence is left out of the
/// comparison.
pub fn find_nearest(mistakes: &mut [Mistake], classifier: &Classifier, training: &Corpus) {
    let labelled: Vec<usize> = (0..training.len())
        .filter(|&row| training.label(row).is_some())
        .collect();
    let alone = Surroundings::default();
    let rows: Vec<Row> = labelled
        .par_iter()
        .map_init(
            || classifier.scorer(),
            |scorer, &row| scorer.row(training.text(row), &alone).clone(),
        )
        .collect();
    let terms = classifier.vectorizer().vocabulary().len();
    mistakes.par_iter_mut().for_each_init(
        || (classifier.scorer(), vec![0f32; terms]),
        |(scorer, dense), mistake| {
            let row = scorer.row(&mistake.sentence.text, &alone).clone();
            for (&column, &value) in row.indices.iter().zip(&row.values) {
                dense[column as usize] = value;
            }
            mistake.nearest = nearest(dense, &rows)
                .into_iter()
                .filter_map(|(i, similarity)| neighbour(training, labelled[i], similarity))
                .collect();
            for &column in &row.indices {
                dense[column as usize] = 0.0;
            }
        },
    );
}

/// The rows of greatest product with `dense` above 0, the greatest first; of equal ones the
/// earlier.
fn nearest(dense: &[f32], rows: &[Row]) -> Vec<(usize, f64)> {
    let mut best: Vec<(usize, f64)> = Vec::with_capacity(NEAREST + 1);
    for (i, row) in rows.iter().enumerate() {
        let product: f64 = row
            .indices
            .iter()
            .zip(&row.values)
            .map(|(&column, &value)| f64::from(dense[column as usize]) * f64::from(value))
            .sum();
        let least = best.get(NEAREST - 1).map_or(0.0, |&(_, least)| least);
        if product > least {
            let at = best.partition_point(|&(_, other)| other >= product);
            best.insert(at, (i, product));
            best.truncate(NEAREST);
        }
    }
    best
}

fn neighbour(training: &Corpus, row: usize, similarity: f64) -> Option<Neighbour> {
    let place = training.place(row);
    Some(Neighbour {
        file: place.path.display().to_string(),
        line: place.line,
        text: training.text(row).to_owned(),
        label: training.classes()[training.label(row)?.index()].clone(),
        // Single precision may bring it a hair above 1.
        similarity: similarity.min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_strangers_not_at_all() {
        let row = |entries: &[(u32, f32)]| Row {
            indices: entries.iter().map(|e| e.0).collect(),
            values: entries.iter().map(|e| e.1).collect(),
        };
        let rows = [
            row(&[(0, 0.6), (1, 0.8)]),
            row(&[(2, 1.0)]),
            row(&[(0, 1.0)]),
            row(&[(0, 1.0)]),
            row(&[(0, 0.5)]),
        ];
        let found = nearest(&[1.0, 0.0, 0.0], &rows);
        let order: Vec<_> = found.iter().map(|f| f.0).collect();
        assert_eq!(order, [2, 3, 0]);
        assert!(nearest(&[0.0; 3], &rows).is_empty());
    }
}
