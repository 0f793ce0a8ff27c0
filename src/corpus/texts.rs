//! Where the texts of labelled rows come from: memory, or a file of which some are read at a time.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::{Corpus, Rows, SpoolError};

/// Labelled rows whose texts are in memory, or can be brought there some at a time.
pub trait LabelledTexts: Sync {
    /// The rows.
    fn rows(&self) -> &Rows;

    /// Bytes of all texts.
    fn text_bytes(&self) -> u64;

    /// How the texts of two rows compare, if both are of one article and position, or both of none: others need not
    /// be compared.
    fn compare_texts(&self, a: usize, b: usize) -> Ordering;

    /// How many of `rows`, from the first on, should be read at once; 0 only if there are none.
    fn batch(&self, rows: &[usize]) -> usize;

    /// Brings the texts of `rows` into memory.
    ///
    /// # Errors
    ///
    /// [`SpoolError`] if they are in a file that cannot be read.
    fn read<'t>(&'t self, rows: &'t [usize]) -> Result<TextBatch<'t>, SpoolError>;
}

/// Texts that are in memory, numbered from 0.
#[derive(Debug)]
pub struct TextBatch<'t>(Batch<'t>);

#[derive(Debug)]
enum Batch<'t> {
    Held(&'t Corpus, &'t [usize]),
    /// Texts one after the other, and where each ends.
    Read(String, Vec<usize>),
}

impl TextBatch<'_> {
    /// Texts one after the other, and where each ends.
    pub(super) fn read(text: String, ends: Vec<usize>) -> Self {
        Self(Batch::Read(text, ends))
    }

    /// How many texts there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Batch::Held(_, rows) => rows.len(),
            Batch::Read(_, ends) => ends.len(),
        }
    }

    /// Whether there are no texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of the texts.
    ///
    /// # Panics
    ///
    /// If there are not so many.
    #[must_use]
    pub fn get(&self, i: usize) -> &str {
        match &self.0 {
            Batch::Held(corpus, rows) => corpus.text(rows[i]),
            Batch::Read(text, ends) => {
                let start = i.checked_sub(1).map_or(0, |before| ends[before]);
                &text[start..ends[i]]
            }
        }
    }
}

/// So many rows are read at once, wherever they are: more is no faster, and takes room for what is known of each.
pub(super) const ROWS_A_BATCH: usize = 4096;

impl LabelledTexts for Corpus {
    fn rows(&self) -> &Rows {
        self
    }

    fn text_bytes(&self) -> u64 {
        (0..self.len()).map(|row| self.text(row).len() as u64).sum()
    }

    fn compare_texts(&self, a: usize, b: usize) -> Ordering {
        self.text(a).cmp(self.text(b))
    }

    fn batch(&self, rows: &[usize]) -> usize {
        rows.len().min(ROWS_A_BATCH)
    }

    fn read<'t>(&'t self, rows: &'t [usize]) -> Result<TextBatch<'t>, SpoolError> {
        Ok(TextBatch(Batch::Held(self, rows)))
    }
}

/// Hands the texts of `rows` on, some at a time, each batch with its rows.
pub(crate) fn each_batch(
    texts: &dyn LabelledTexts,
    mut rows: &[usize],
    mut take: impl FnMut(&[usize], &TextBatch<'_>),
) -> Result<(), SpoolError> {
    while !rows.is_empty() {
        let (batch, rest) = rows.split_at(texts.batch(rows));
        take(batch, &texts.read(batch)?);
        rows = rest;
    }
    Ok(())
}

/// Sequences of neighbouring rows in canonical order, so that the order of articles and files
/// changes nothing: by article name, position, text and class of their rows.
pub(crate) fn canonical_sequences(texts: &(impl LabelledTexts + ?Sized)) -> Vec<Vec<usize>> {
    let rows = texts.rows();
    let mut sequences = rows.sequences_by(|a, b| texts.compare_texts(a, b));
    let place = |row: usize| (rows.article_name(row).unwrap_or(""), rows.position(row));
    let compare = |a: usize, b: usize| {
        place(a)
            .cmp(&place(b))
            .then_with(|| texts.compare_texts(a, b))
            .then_with(|| rows.label(a).cmp(&rows.label(b)))
    };
    sequences.par_sort_by(|a, b| {
        let different = a
            .iter()
            .zip(b)
            .map(|(&a, &b)| compare(a, b))
            .find(|o| o.is_ne());
        different.unwrap_or_else(|| a.len().cmp(&b.len()))
    });
    sequences
}
