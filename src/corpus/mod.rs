//! Labelled sentences: texts, labels, and the articles they stand in.

pub mod copies;
mod csv;
mod delimiter;
mod error;
mod labels;
mod records;
mod scan;
pub mod split;
pub mod table;
mod warning;

use std::path::Path;
use std::sync::Arc;

pub(crate) use self::csv::whole_number;
pub use self::csv::{CorpusOptions, Unlabelled};
pub use self::error::{CorpusError, ErrorKind, Place};
pub use self::records::Records;
pub use self::split::{Holdout, SplitError, holdout, k_folds, shuffled_articles};
pub(crate) use self::table::TableParts;
pub use self::table::{ColumnMatch, ColumnRole, Table, TableOptions};
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
    /// Its index among the articles.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Labelled sentences of one or several files.
///
/// Fields stay in the memory they were read into; a row adds 40 bytes to it.
#[derive(Debug, Clone)]
pub struct Corpus {
    files: Vec<SourceFile>,
    rows: Vec<Row>,
    /// Sorted bytewise, so that ids do not depend on the order of rows.
    classes: Vec<String>,
    /// Name of each article; `None` for a row that is its own.
    articles: Vec<Option<Arc<str>>>,
    warnings: Vec<CorpusWarning>,
    normalized_labels: u64,
    skipped: u64,
    blank_lines: u64,
}

/// What is kept of a file.
#[derive(Debug, Clone)]
struct SourceFile {
    path: Arc<Path>,
    header: Vec<String>,
    records: Records,
    text_column: usize,
    has_positions: bool,
    /// Records before which a bad row was left out.
    gaps: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    position: Option<i64>,
    label: Option<ClassId>,
    article: ArticleId,
    file: u32,
    record: u32,
}

/// The new number of each thing that is present.
fn renumbered(present: &[bool]) -> Vec<u32> {
    let mut next = 0;
    present
        .iter()
        .map(|&here| {
            let number = next;
            next += u32::from(here);
            number
        })
        .collect()
}

impl Corpus {
    /// How many rows there are, unlabelled ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The text of a row, as it stands in the file.
    ///
    /// # Panics
    ///
    /// If there is no such row; so do all that take a row.
    #[must_use]
    pub fn text(&self, row: usize) -> &str {
        let (file, record) = self.source(row);
        file.records.field(record, file.text_column)
    }

    /// The label of a row; `None` if it is unlabelled context.
    #[must_use]
    pub fn label(&self, row: usize) -> Option<ClassId> {
        self.rows[row].label
    }

    /// The article of a row.
    #[must_use]
    pub fn article(&self, row: usize) -> ArticleId {
        self.rows[row].article
    }

    /// The number of a row in its article, if it has one.
    #[must_use]
    pub fn position(&self, row: usize) -> Option<i64> {
        self.rows[row].position
    }

    /// The file of a row and the line in which it begins.
    #[must_use]
    pub fn place(&self, row: usize) -> Place {
        let (file, record) = self.source(row);
        Place {
            path: Arc::clone(&file.path),
            line: file.records.line(record),
            column: None,
        }
    }

    /// The field of a row in any column of its file; `None` if the file has no such column.
    #[must_use]
    pub fn value(&self, row: usize, column: &str) -> Option<&str> {
        let (file, record) = self.source(row);
        let index = file.header.iter().position(|name| name == column)?;
        Some(file.records.field(record, index))
    }

    /// The names of all columns, in order of first appearance.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let mut columns: Vec<&str> = Vec::new();
        for name in self.files.iter().flat_map(|file| &file.header) {
            if !columns.contains(&name.as_str()) {
                columns.push(name);
            }
        }
        columns
    }

    /// The labels, sorted bytewise; a [`ClassId`] is an index into them.
    #[must_use]
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// How many rows carry each label.
    #[must_use]
    pub fn class_counts(&self) -> Vec<u64> {
        let mut counts = vec![0; self.classes.len()];
        for label in self.rows.iter().filter_map(|row| row.label) {
            counts[label.index()] += 1;
        }
        counts
    }

    /// The name of the article of `row`; `None` if the row is its own.
    #[must_use]
    pub fn article_name(&self, row: usize) -> Option<&str> {
        self.articles[self.article(row).index()].as_deref()
    }

    /// The names of the articles; `None` for a row that is its own article. An [`ArticleId`] is an
    /// index into them.
    pub fn articles(&self) -> impl ExactSizeIterator<Item = Option<&str>> {
        self.articles.iter().map(Option::as_deref)
    }

    /// What is doubtful, file by file, then about the labels.
    #[must_use]
    pub fn warnings(&self) -> &[CorpusWarning] {
        &self.warnings
    }

    /// How many labels were trimmed or brought into NFC.
    #[must_use]
    pub fn normalized_labels(&self) -> u64 {
        self.normalized_labels
    }

    /// How many bad rows were left out; always 0 unless [`TableOptions::skip_bad_rows`].
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// How many lines hold nothing, or nothing but delimiters.
    #[must_use]
    pub fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    /// The corpus of those rows only that `keep` holds for; labels and articles without a row are
    /// gone.
    #[must_use]
    pub fn part(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut part = self.clone();
        let mut kept = (0..self.len()).map(keep);
        part.rows.retain(|_| kept.next().unwrap_or(false));
        let mut classes = vec![false; self.classes.len()];
        let mut articles = vec![false; self.articles.len()];
        for row in &part.rows {
            if let Some(class) = row.label {
                classes[class.index()] = true;
            }
            articles[row.article.index()] = true;
        }
        let class_ids = renumbered(&classes);
        let article_ids = renumbered(&articles);
        for row in &mut part.rows {
            row.label = row.label.map(|class| ClassId(class_ids[class.index()]));
            row.article = ArticleId(article_ids[row.article.index()]);
        }
        let mut present = classes.iter().copied();
        part.classes.retain(|_| present.next().unwrap_or(false));
        let mut present = articles.iter().copied();
        part.articles.retain(|_| present.next().unwrap_or(false));
        part
    }

    /// Whether there is anything to tell apart.
    ///
    /// # Errors
    ///
    /// [`CorpusError::OneClass`], [`CorpusError::NoClass`].
    pub fn check_trainable(&self) -> Result<(), CorpusError> {
        let rows = self.len() as u64;
        match &self.classes[..] {
            [] => Err(CorpusError::NoClass { rows }),
            [label] => Err(CorpusError::OneClass {
                label: label.clone(),
                rows: self.class_counts()[0],
            }),
            _ => Ok(()),
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
        let (mut placed, others): (Vec<usize>, Vec<usize>) =
            (0..self.len()).partition(|&row| self.is_named(row) && self.position(row).is_some());
        // Rows at one position come by what they hold, whatever the order of the files.
        let place = |row: usize| (self.article(row), self.position(row));
        let content = |row: usize| (self.text(row), self.label(row), row);
        placed.sort_unstable_by(|&a, &b| {
            let order = place(a).cmp(&place(b));
            order.then_with(|| content(a).cmp(&content(b)))
        });
        let by_position = placed.chunk_by(|&a, &b| self.follows(a, b));
        let by_line = others.chunk_by(|&a, &b| self.stands_after(a, b));
        let mut runs: Vec<_> = by_position.chain(by_line).map(<[usize]>::to_vec).collect();
        runs.sort_unstable_by_key(|run| run[0]);
        runs
    }

    /// `b` comes next after `a` by its position.
    fn follows(&self, a: usize, b: usize) -> bool {
        let next = self
            .position(a)
            .and_then(|position| position.checked_add(1));
        self.article(a) == self.article(b) && next.is_some() && next == self.position(b)
    }

    /// `b` comes next after `a` by its place in the file.
    fn stands_after(&self, a: usize, b: usize) -> bool {
        let ((file, first), (_, second)) = (self.source(a), self.source(b));
        self.rows[a].file == self.rows[b].file
            && !file.has_positions
            && self.is_named(a)
            && self.article(a) == self.article(b)
            && first + 1 == second
            && file.gaps.binary_search(&second).is_err()
    }

    fn is_named(&self, row: usize) -> bool {
        self.articles[self.article(row).index()].is_some()
    }

    fn source(&self, row: usize) -> (&SourceFile, usize) {
        let Row { file, record, .. } = self.rows[row];
        (&self.files[file as usize], record as usize)
    }
}
