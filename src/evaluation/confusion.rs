//! Gold labels against predictions, as integer counts.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

/// Counts by gold label (row) and prediction (column); only what occurs is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfusionMatrix {
    classes: usize,
    counts: BTreeMap<(usize, usize), u64>,
}

impl ConfusionMatrix {
    /// An empty matrix over `classes` labels.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self {
            classes,
            counts: BTreeMap::new(),
        }
    }

    /// The matrix of `(gold, predicted)` pairs.
    #[must_use]
    pub fn of(classes: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut matrix = Self::new(classes);
        for (gold, predicted) in pairs {
            matrix.add(gold, predicted);
        }
        matrix
    }

    /// Counts one document.
    ///
    /// # Panics
    ///
    /// If either label is out of range.
    pub fn add(&mut self, gold: usize, predicted: usize) {
        assert!(
            gold < self.classes && predicted < self.classes,
            "a label of the matrix"
        );
        *self.counts.entry((gold, predicted)).or_default() += 1;
    }

    /// Number of labels.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Documents of gold label `gold` that were given `predicted`.
    #[must_use]
    pub fn count(&self, gold: usize, predicted: usize) -> u64 {
        self.counts.get(&(gold, predicted)).copied().unwrap_or(0)
    }

    /// The pairs of gold label and prediction that occur, and how often.
    pub fn cells(&self) -> impl Iterator<Item = (usize, usize, u64)> {
        self.counts
            .iter()
            .map(|(&(gold, given), &n)| (gold, given, n))
    }

    /// Sums by label.
    #[must_use]
    pub fn margins(&self) -> Margins {
        let mut margins = Margins::new(self.classes);
        for (gold, predicted, count) in self.cells() {
            margins.add(gold, predicted, count);
        }
        margins
    }
}

/// Matrices of more labels are written as a list of what occurs.
const MOST_ROWS: usize = 200;

impl Serialize for ConfusionMatrix {
    /// `counts`, one row a gold label; of very many labels `cells`: gold, predicted, count.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("ConfusionMatrix", 2)?;
        out.serialize_field("classes", &self.classes)?;
        if self.classes <= MOST_ROWS {
            let rows: Vec<Vec<u64>> = (0..self.classes)
                .map(|gold| (0..self.classes).map(|p| self.count(gold, p)).collect())
                .collect();
            out.serialize_field("counts", &rows)?;
        } else {
            let cells: Vec<_> = self.cells().collect();
            out.serialize_field("cells", &cells)?;
        }
        out.end()
    }
}

/// How many documents have each label, were given it, and both: all that most figures need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Margins {
    right: Vec<u64>,
    gold: Vec<u64>,
    predicted: Vec<u64>,
}

impl Margins {
    /// No documents of `classes` labels.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self {
            right: vec![0; classes],
            gold: vec![0; classes],
            predicted: vec![0; classes],
        }
    }

    /// The sums of `(gold, predicted)` pairs.
    #[must_use]
    pub fn of(classes: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut margins = Self::new(classes);
        for (gold, predicted) in pairs {
            margins.add(gold, predicted, 1);
        }
        margins
    }

    /// Counts `count` documents.
    pub fn add(&mut self, gold: usize, predicted: usize, count: u64) {
        self.gold[gold] += count;
        self.predicted[predicted] += count;
        if gold == predicted {
            self.right[gold] += count;
        }
    }

    /// Number of labels.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.gold.len()
    }

    /// Documents that have label `class` and were given it.
    #[must_use]
    pub fn right(&self, class: usize) -> u64 {
        self.right[class]
    }

    /// Documents of gold label `class`.
    #[must_use]
    pub fn gold(&self, class: usize) -> u64 {
        self.gold[class]
    }

    /// Documents that were given `class`.
    #[must_use]
    pub fn predicted(&self, class: usize) -> u64 {
        self.predicted[class]
    }

    /// All documents.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.gold.iter().sum()
    }

    /// Documents whose prediction is the gold label.
    #[must_use]
    pub fn correct(&self) -> u64 {
        self.right.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn margins_are_the_sums_of_the_matrix() {
        let pairs = [(0, 0), (0, 1), (2, 1), (1, 1)];
        let matrix = ConfusionMatrix::of(3, pairs);
        assert_eq!(matrix.margins(), Margins::of(3, pairs));
        assert_eq!(matrix.classes(), 3);
        assert_eq!((matrix.count(0, 1), matrix.count(1, 0)), (1, 0));
        assert_eq!(
            serde_json::to_string(&matrix).unwrap(),
            r#"{"classes":3,"counts":[[1,1,0],[0,1,0],[0,1,0]]}"#
        );
    }

    #[test]
    fn e13_very_many_labels_are_listed() {
        let json = serde_json::to_string(&ConfusionMatrix::of(10_000, [(7, 9_999)])).unwrap();
        assert_eq!(json, r#"{"classes":10000,"cells":[[7,9999,1]]}"#);
    }
}
