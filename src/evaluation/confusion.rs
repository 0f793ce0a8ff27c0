//! Gold labels against predictions, as integer counts.

use serde::Serialize;

/// Counts by gold label (row) and prediction (column).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfusionMatrix {
    classes: usize,
    counts: Vec<u64>,
}

impl ConfusionMatrix {
    /// An empty matrix over `classes` labels.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        Self {
            classes,
            counts: vec![0; classes * classes],
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
        self.counts[gold * self.classes + predicted] += 1;
    }

    /// Number of labels.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Documents of gold label `gold` that were given `predicted`.
    #[must_use]
    pub fn count(&self, gold: usize, predicted: usize) -> u64 {
        self.counts[gold * self.classes + predicted]
    }

    /// Documents of gold label `class`.
    #[must_use]
    pub fn gold(&self, class: usize) -> u64 {
        (0..self.classes).map(|p| self.count(class, p)).sum()
    }

    /// Documents that were given `class`.
    #[must_use]
    pub fn predicted(&self, class: usize) -> u64 {
        (0..self.classes).map(|g| self.count(g, class)).sum()
    }

    /// All documents.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Documents whose prediction is the gold label.
    #[must_use]
    pub fn correct(&self) -> u64 {
        (0..self.classes).map(|c| self.count(c, c)).sum()
    }
}
