//! Labelled sentences: texts, labels, and the articles they stand in.

mod builder;
pub mod copies;
mod csv;
mod delimiter;
mod error;
mod labels;
mod records;
mod rows;
mod scan;
pub mod split;
mod spooled;
pub mod table;
mod texts;
mod warning;

use std::ops::Deref;
use std::sync::Arc;

pub(crate) use self::csv::whole_number;
pub use self::csv::{CorpusOptions, Unlabelled};
pub use self::error::{CorpusError, ErrorKind, Place};
pub use self::records::Records;
pub use self::rows::Rows;
pub use self::split::{Holdout, SplitError, holdout, k_folds, shuffled_articles};
pub use self::spooled::{SpoolError, SpoolStep, SpooledCorpus};
pub(crate) use self::table::TableParts;
pub use self::table::{ColumnMatch, ColumnRole, Table, TableOptions};
pub use self::texts::{LabelledTexts, TextBatch};
pub(crate) use self::texts::{canonical_sequences, each_batch};
pub use self::warning::CorpusWarning;

/// Position of a label among the sorted labels of a corpus; a column of the coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(u32);

impl ClassId {
    /// The class at `index`.
    #[must_use]
    pub const fn new(index: u32) -> Self {
        Self(index)
    }

    /// The class at a position among the labels.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "no corpus has 2^32 labels")]
    pub const fn at(index: usize) -> Self {
        Self(index as u32)
    }

    /// Its number as targets of a fit hold it.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Its index among the labels.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Position of an article in a corpus, in order of first appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ArticleId(u32);

impl ArticleId {
    /// Its number as documents hold it.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// Its index among the articles.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Labelled sentences of one or several files: [`Rows`], and the text and place of each.
///
/// Fields stay in the memory they were read into; a row adds 40 bytes to it. Whatever needs no text takes [`Rows`], to
/// which this dereferences.
#[derive(Debug, Clone)]
pub struct Corpus {
    rows: Rows,
    /// The fields of each file.
    fields: Vec<Fields>,
}

/// All fields of a file.
#[derive(Debug, Clone)]
struct Fields {
    records: Records,
    text_column: usize,
}

impl Deref for Corpus {
    type Target = Rows;

    fn deref(&self) -> &Rows {
        &self.rows
    }
}

impl Corpus {
    /// The text of a row, as it stands in the file.
    ///
    /// # Panics
    ///
    /// If there is no such row; so do all that take a row.
    #[must_use]
    pub fn text(&self, row: usize) -> &str {
        let (file, record) = self.rows.source(row);
        let Fields {
            records,
            text_column,
        } = &self.fields[file];
        records.field(record, *text_column)
    }

    /// The file of a row and the line in which it begins.
    #[must_use]
    pub fn place(&self, row: usize) -> Place {
        let (file, record) = self.rows.source(row);
        Place {
            path: Arc::clone(self.rows.path(file)),
            line: self.fields[file].records.line(record),
            column: None,
        }
    }

    /// The field of a row in any column of its file; `None` if the file has no such column.
    #[must_use]
    pub fn value(&self, row: usize, column: &str) -> Option<&str> {
        let (file, record) = self.rows.source(row);
        let index = self
            .rows
            .header(file)
            .iter()
            .position(|name| name == column)?;
        Some(self.fields[file].records.field(record, index))
    }

    /// The corpus of those rows only that `keep` holds for; labels and articles without a row are
    /// gone.
    #[must_use]
    pub fn part(&self, keep: impl Fn(usize) -> bool) -> Self {
        Self {
            rows: self.rows.part(keep),
            fields: self.fields.clone(),
        }
    }

    /// The runs of rows that are neighbours, each in reading order; every row is in one of them.
    ///
    /// Rows of one article are neighbours if their positions follow each other by exactly 1. In a
    /// file without position column they are if nothing stands between them. A row without
    /// article, or without position where others have one, is alone. Runs are sorted by their
    /// first row.
    #[must_use]
    pub fn sequences(&self) -> Vec<Vec<usize>> {
        self.rows
            .sequences_by(|a, b| self.text(a).cmp(self.text(b)))
    }
}
