//! Tables, whole or in parts → [`Rows`].

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use super::ArticleId;
use super::csv::{CorpusOptions, Unlabelled, whole_number};
use super::error::{CorpusError, Faults, Place};
use super::labels::{Labels, label_warnings};
use super::rows::{Row, Rows, SourceFile};
use super::table::{ColumnRole, Table};
use super::warning::CorpusWarning;

/// How many places a warning about texts lists.
const MAX_PLACES: usize = 5;

/// Which columns of a table are what.
struct Columns {
    text: usize,
    label: usize,
    group: Option<usize>,
    position: Option<usize>,
}

/// Rows in the making: of one file after the other, of each table after table.
pub(super) struct Builder<'o> {
    options: &'o CorpusOptions,
    files: Vec<SourceFile>,
    rows: Vec<Row>,
    labels: Labels,
    articles: Articles,
    warnings: Vec<CorpusWarning>,
    faults: Faults,
    skipped: u64,
    blank_lines: u64,
}

impl<'o> Builder<'o> {
    pub(super) fn new(options: &'o CorpusOptions) -> Self {
        Self {
            options,
            files: Vec::new(),
            rows: Vec::new(),
            labels: Labels::default(),
            articles: Articles::default(),
            warnings: Vec::new(),
            faults: Faults::default(),
            skipped: 0,
            blank_lines: 0,
        }
    }

    /// Notes that a file cannot be read. The next one is read all the same.
    pub(super) fn refuse(&mut self, error: CorpusError) {
        self.faults.push(|| error);
    }

    /// Begins the file whose beginning is `table`; `None` if columns are not found, which is noted.
    pub(super) fn begin(&mut self, table: &Table<'_>) -> Option<FileRows> {
        match self.columns(table) {
            Ok(columns) => Some(FileRows {
                number: u32::try_from(self.files.len()).unwrap_or(u32::MAX),
                source: SourceFile {
                    path: Arc::clone(table.path()),
                    header: table.header().to_vec(),
                    has_positions: columns.position.is_some(),
                    gaps: Vec::new(),
                },
                columns,
                records: 0,
                unlabelled: self.options.unlabelled,
                faults: Faults::default(),
                left_out: None,
                wordless: (Vec::new(), 0),
                is_full: false,
            }),
            // Under a wrong header, or with a wrong delimiter, errors of rows mean nothing.
            Err(errors) => {
                self.faults.append(errors);
                None
            }
        }
    }

    fn columns(&mut self, table: &Table<'_>) -> Result<Columns, Faults> {
        let mut faults = Faults::default();
        let mut find = |role, required| match self.column(table, role, required) {
            Ok(column) => column,
            Err(error) => {
                // A table of one column lacks the others for the same reason.
                if table.header().len() > 1 || faults.is_empty() {
                    faults.push(|| error);
                }
                None
            }
        };
        let text = find(ColumnRole::Text, true);
        let label = find(ColumnRole::Label, true);
        let group = find(ColumnRole::Group, false);
        let position = find(ColumnRole::Position, false);
        let roles = [text, label, group, position];
        if let Some(error) = same_column(table, roles) {
            faults.push(|| error);
        }
        match (text, label) {
            (Some(text), Some(label)) if faults.is_empty() => Ok(Columns {
                text,
                label,
                group,
                position,
            }),
            _ => Err(faults),
        }
    }

    fn column(
        &mut self,
        table: &Table<'_>,
        role: ColumnRole,
        required: bool,
    ) -> Result<Option<usize>, CorpusError> {
        let wanted = self.options.column(role);
        let found = match table.column(role, wanted) {
            Ok(found) => found,
            Err(CorpusError::MissingColumn { .. } | CorpusError::OneColumn { .. })
                if wanted.is_none() && !required =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        if !found.exact {
            self.warnings.push(CorpusWarning::NearColumn {
                place: table.header_place(found.index),
                wanted: wanted.unwrap_or(role.default_name()).to_owned(),
                found: table.header()[found.index].clone(),
            });
        }
        Ok(Some(found.index))
    }

    /// Adds the rows of a table, which is `file` or its next part.
    ///
    /// # Errors
    ///
    /// [`CorpusError::Io`] if there is no memory for them.
    pub(super) fn add_rows(
        &mut self,
        table: &Table<'_>,
        file: &mut FileRows,
    ) -> Result<(), CorpusError> {
        reserve(&mut self.rows, table)?;
        for record in 0..table.len() {
            if file.is_full {
                break;
            }
            let Some(number) = number_of(file.records + record, self.rows.len()) else {
                let place = table.place(record, file.columns.text);
                file.faults.push(|| CorpusError::TooManyRows { place });
                file.is_full = true;
                break;
            };
            let row = file.row(table, record, number, &mut self.labels, &mut self.articles);
            self.rows.extend(row);
        }
        let gaps = table.gaps().iter().map(|gap| file.records + gap);
        file.source.gaps.extend(gaps);
        file.records += table.len();
        self.skipped += table.skipped();
        self.blank_lines += table.blank_lines();
        Ok(())
    }

    /// Ends a file, whose tables had these faults and warnings.
    pub(super) fn end(
        &mut self,
        file: FileRows,
        table_faults: Faults,
        table_warnings: Vec<CorpusWarning>,
    ) {
        let FileRows {
            source,
            mut faults,
            left_out,
            wordless: (places, count),
            ..
        } = file;
        faults.merge(table_faults);
        self.faults.append(faults);
        self.files.push(source);
        self.warnings.extend(table_warnings);
        self.warnings.extend(
            left_out.map(|(place, count)| CorpusWarning::SkippedUnlabelled { place, count }),
        );
        if count > 0 {
            self.warnings.push(CorpusWarning::NoWords { places, count });
        }
    }

    /// How many rows there are so far.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Of each row from `first` on, its number in its file.
    pub(super) fn records(&self, first: usize) -> impl Iterator<Item = usize> {
        self.rows[first..].iter().map(|row| row.record as usize)
    }

    /// The rows, unless anything was wrong.
    pub(super) fn finish(mut self) -> Result<Rows, CorpusError> {
        let faults = std::mem::take(&mut self.faults);
        faults.into_result(())?;
        if self.options.merge_case {
            self.labels.merge_case();
        }
        let (classes, ids) = self.labels.sorted();
        for label in self.rows.iter_mut().filter_map(|row| row.label.as_mut()) {
            *label = ids[label.index()];
        }
        let place = |(file, line): (u32, u64)| Place {
            path: Arc::clone(&self.files[file as usize].path),
            line,
            column: None,
        };
        self.warnings.extend(label_warnings(&classes, place));
        Ok(Rows {
            classes: classes.into_iter().map(|label| label.name).collect(),
            normalized_labels: self.labels.normalized(),
            files: self.files,
            all: self.rows,
            articles: self.articles.names,
            warnings: self.warnings,
            skipped: self.skipped,
            blank_lines: self.blank_lines,
        })
    }
}

/// Makes room for something of each row of a table.
pub(super) fn reserve<T>(list: &mut Vec<T>, table: &Table<'_>) -> Result<(), CorpusError> {
    let reserved = list.try_reserve(table.len());
    reserved.map_err(|_| CorpusError::Io {
        path: Arc::clone(table.path()),
        source: io::ErrorKind::OutOfMemory.into(),
    })
}

fn same_column(table: &Table<'_>, found: [Option<usize>; 4]) -> Option<CorpusError> {
    let roles = ["text", "label", "article", "position"];
    let (first, second) = (0..4)
        .flat_map(|second| (0..second).map(move |first| (first, second)))
        .find(|&(first, second)| found[first].is_some() && found[first] == found[second])?;
    let index = found[first]?;
    Some(CorpusError::SameColumn {
        place: table.header_place(index),
        name: table.header()[index].clone(),
        first: roles[first],
        second: roles[second],
    })
}

/// One pass over the rows of a file.
pub(super) struct FileRows {
    number: u32,
    source: SourceFile,
    columns: Columns,
    /// How many records there were in the tables before.
    records: usize,
    unlabelled: Unlabelled,
    faults: Faults,
    /// The first row left out because it has no label, and how many there are.
    left_out: Option<(Place, u64)>,
    /// The first texts without a letter or digit, and how many there are.
    wordless: (Vec<Place>, u64),
    /// No row has a number any more.
    is_full: bool,
}

impl FileRows {
    pub(super) fn text_column(&self) -> usize {
        self.columns.text
    }

    /// How many records there were so far.
    pub(super) fn records(&self) -> usize {
        self.records
    }

    /// The row of a record, whose number in the file is `number`, unless it is faulty or left out.
    fn row(
        &mut self,
        table: &Table<'_>,
        record: usize,
        number: u32,
        labels: &mut Labels,
        articles: &mut Articles,
    ) -> Option<Row> {
        let position = self.position(table, record);
        let label = labels.id(
            table.field(record, self.columns.label),
            (self.number, table.line(record)),
        );
        if label.is_none() && !self.keeps_unlabelled(table, record) {
            return None;
        }
        self.check_text(table, record);
        let name = self
            .columns
            .group
            .map_or("", |column| table.field(record, column));
        Some(Row {
            position,
            label,
            article: articles.id(name.trim()),
            file: self.number,
            record: number,
        })
    }

    fn position(&mut self, table: &Table<'_>, record: usize) -> Option<i64> {
        let column = self.columns.position?;
        let field = table.field(record, column).trim();
        if field.is_empty() {
            return None;
        }
        let position = whole_number(field);
        if position.is_none() {
            self.faults.push(|| CorpusError::Position {
                place: table.place(record, column),
                found: field.to_owned(),
            });
        }
        position
    }

    fn keeps_unlabelled(&mut self, table: &Table<'_>, record: usize) -> bool {
        let place = || table.place(record, self.columns.label);
        match self.unlabelled {
            Unlabelled::Context => return true,
            Unlabelled::Error => self
                .faults
                .push(|| CorpusError::EmptyLabel { place: place() }),
            Unlabelled::Skip => self.left_out.get_or_insert_with(|| (place(), 0)).1 += 1,
        }
        false
    }

    fn check_text(&mut self, table: &Table<'_>, record: usize) {
        let column = self.columns.text;
        if table.field(record, column).contains(char::is_alphanumeric) {
            return;
        }
        let (places, count) = &mut self.wordless;
        *count += 1;
        if places.len() < MAX_PLACES {
            places.push(table.place(record, column));
        }
    }
}

/// Numbers the articles.
#[derive(Default)]
struct Articles {
    ids: HashMap<Arc<str>, ArticleId>,
    names: Vec<Option<Arc<str>>>,
    last: Option<ArticleId>,
}

impl Articles {
    /// The article called `name`; a new one if that is empty.
    fn id(&mut self, name: &str) -> ArticleId {
        if name.is_empty() {
            return self.push(None);
        }
        // Rows of one article mostly stand together.
        if let Some(last) = self.last
            && self.names[last.index()].as_deref() == Some(name)
        {
            return last;
        }
        let id = self.ids.get(name).copied().unwrap_or_else(|| {
            let name: Arc<str> = name.into();
            let id = self.push(Some(Arc::clone(&name)));
            self.ids.insert(name, id);
            id
        });
        self.last = Some(id);
        id
    }

    fn push(&mut self, name: Option<Arc<str>>) -> ArticleId {
        // There are at most as many as rows, which are numbered in 32 bits.
        let id = ArticleId(u32::try_from(self.names.len()).unwrap_or(u32::MAX));
        self.names.push(name);
        id
    }
}

/// Rows and articles are numbered in 32 bits: the number of a record, if there is room for one more row.
pub(super) fn number_of(record: usize, rows: usize) -> Option<u32> {
    u32::try_from(record)
        .ok()
        .filter(|_| rows < u32::MAX as usize)
}
