//! What is known of labelled sentences without their texts.

use std::cmp::Ordering;
use std::path::Path;
use std::sync::Arc;

use super::error::CorpusError;
use super::warning::CorpusWarning;
use super::{ArticleId, ClassId};

/// Labels, articles and positions of the rows of one or several files, in 40 bytes a row.
///
/// The texts are elsewhere: in a [`Corpus`](super::Corpus) beside them.
#[derive(Debug, Clone)]
pub struct Rows {
    pub(super) files: Vec<SourceFile>,
    pub(super) all: Vec<Row>,
    /// Sorted bytewise, so that ids do not depend on the order of rows.
    pub(super) classes: Vec<String>,
    /// Name of each article; `None` for a row that is its own.
    pub(super) articles: Vec<Option<Arc<str>>>,
    pub(super) warnings: Vec<CorpusWarning>,
    pub(super) normalized_labels: u64,
    pub(super) skipped: u64,
    pub(super) blank_lines: u64,
}

/// What is kept of a file.
#[derive(Debug, Clone)]
pub(super) struct SourceFile {
    pub(super) path: Arc<Path>,
    pub(super) header: Vec<String>,
    pub(super) has_positions: bool,
    /// Records before which a bad row was left out.
    pub(super) gaps: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) position: Option<i64>,
    pub(super) label: Option<ClassId>,
    pub(super) article: ArticleId,
    pub(super) file: u32,
    pub(super) record: u32,
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

impl Rows {
    /// How many rows there are, unlabelled ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The label of a row; `None` if it is unlabelled context.
    ///
    /// # Panics
    ///
    /// If there is no such row; so do all that take a row.
    #[must_use]
    pub fn label(&self, row: usize) -> Option<ClassId> {
        self.all[row].label
    }

    /// The article of a row.
    #[must_use]
    pub fn article(&self, row: usize) -> ArticleId {
        self.all[row].article
    }

    /// The number of a row in its article, if it has one.
    #[must_use]
    pub fn position(&self, row: usize) -> Option<i64> {
        self.all[row].position
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
        for label in self.all.iter().filter_map(|row| row.label) {
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

    /// How many bad rows were left out; always 0 unless [`TableOptions::skip_bad_rows`](super::TableOptions::skip_bad_rows).
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// How many lines hold nothing, or nothing but delimiters.
    #[must_use]
    pub fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    /// Those rows only that `keep` holds for; labels and articles without a row are gone.
    pub(super) fn part(&self, keep: impl Fn(usize) -> bool) -> Self {
        let mut part = self.clone();
        let mut kept = (0..self.len()).map(keep);
        part.all.retain(|_| kept.next().unwrap_or(false));
        let mut classes = vec![false; self.classes.len()];
        let mut articles = vec![false; self.articles.len()];
        for row in &part.all {
            if let Some(class) = row.label {
                classes[class.index()] = true;
            }
            articles[row.article.index()] = true;
        }
        let class_ids = renumbered(&classes);
        let article_ids = renumbered(&articles);
        for row in &mut part.all {
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

    /// The runs of rows that are neighbours, as [`Corpus::sequences`](super::Corpus::sequences) tells them;
    /// `compare` compares the texts of two rows of one article and position.
    pub(super) fn sequences_by(
        &self,
        compare: impl Fn(usize, usize) -> Ordering,
    ) -> Vec<Vec<usize>> {
        let (mut placed, others): (Vec<usize>, Vec<usize>) =
            (0..self.len()).partition(|&row| self.is_named(row) && self.position(row).is_some());
        // Rows at one position come by what they hold, whatever the order of the files.
        let place = |row: usize| (self.article(row), self.position(row));
        let label = |row: usize| (self.label(row), row);
        placed.sort_unstable_by(|&a, &b| {
            let order = place(a).cmp(&place(b));
            order
                .then_with(|| compare(a, b))
                .then_with(|| label(a).cmp(&label(b)))
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
        let ((file, first), (other, second)) = (self.source(a), self.source(b));
        let source = &self.files[file];
        file == other
            && !source.has_positions
            && self.is_named(a)
            && self.article(a) == self.article(b)
            && first + 1 == second
            && source.gaps.binary_search(&second).is_err()
    }

    pub(super) fn is_named(&self, row: usize) -> bool {
        self.articles[self.article(row).index()].is_some()
    }

    /// What rows have in common whose texts are compared: article and position, or no article.
    pub(super) fn comparable(&self, row: usize) -> (Option<ArticleId>, Option<i64>) {
        if self.is_named(row) {
            (Some(self.article(row)), self.position(row))
        } else {
            (None, None)
        }
    }

    /// The file of a row and its number there.
    pub(super) fn source(&self, row: usize) -> (usize, usize) {
        let Row { file, record, .. } = self.all[row];
        (file as usize, record as usize)
    }

    pub(super) fn path(&self, file: usize) -> &Arc<Path> {
        &self.files[file].path
    }

    pub(super) fn header(&self, file: usize) -> &[String] {
        &self.files[file].header
    }
}
