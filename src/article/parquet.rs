//! Parquet: a text in each row, row group by row group.
//!
//! The `parquet` crate decodes. It trusts sizes that a file claims and panics on some damage, so [`bounds`] looks at the
//! sizes first, a panic becomes an error, and columns of lists, whose rows know no bound, are left out.

mod bounds;
mod packed;

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use parquet::basic::Repetition;
use parquet::errors::ParquetError;
use parquet::file::reader::{
    ChunkReader, FileReader, Length, RowGroupReader, SerializedFileReader,
};
use parquet::record::reader::{ReaderIter, TreeBuilder};
use parquet::record::{Field, Row};
use parquet::schema::types::{SchemaDescPtr, SchemaDescriptor, Type};

use super::columnar::{
    self, MAX_MEMORY, MAX_METADATA, PART, Problem, ROWS, check_growth, check_size, guarded, merged,
    quoted,
};
use super::{Article, ArticleError, Input, Part, ReadOptions, RecordError, record_spans};
use bounds::{PageHeader, check_footer};
use packed::Group;

/// Bytes in which the header of a page ends: mostly, and with long statistics.
const SHORT_HEADER: u64 = 1 << 10;
const MAX_HEADER: u64 = 1 << 20;

/// Rows that are yet to become articles.
pub(super) type Rows = columnar::Rows<Row>;

/// A file that is read row group by row group.
pub(super) struct Table {
    name: String,
    source: Shared,
    reader: SerializedFileReader<Shared>,
    columns: SchemaDescPtr,
    /// Lists and maps, which are not read.
    left_out: Vec<String>,
    /// The row group that comes next.
    group: usize,
    rows: Option<ReaderIter>,
    /// Why nothing more can be read: after an error the crate goes on with the next row.
    broken: Option<Problem>,
    /// Rows read so far, the bytes of their values, and those of the pages unpacked for them.
    read: u64,
    written: u64,
    unpacked: u64,
}

impl Table {
    /// Opens a file that can be read at any place.
    pub(super) fn open(
        name: &str,
        file: Arc<File>,
        size: u64,
        options: &ReadOptions,
    ) -> Result<Self, ArticleError> {
        Self::new(name, Source::File(file, size), options)
    }

    /// Opens bytes.
    pub(super) fn of(
        name: &str,
        bytes: Vec<u8>,
        options: &ReadOptions,
    ) -> Result<Self, ArticleError> {
        Self::new(name, Source::Memory(Bytes::from(bytes)), options)
    }

    fn new(name: &str, source: Source, options: &ReadOptions) -> Result<Self, ArticleError> {
        let text = options.text_column.as_ref().unwrap_or(&options.text_field);
        let source = Shared(Arc::new(source));
        let opened = guarded(|| {
            source.check_footer()?;
            let reader = SerializedFileReader::new(source.clone()).map_err(plain)?;
            check_lengths(&source, &reader)?;
            let (columns, left_out) = columns(&reader, text, options.other_columns)?;
            Ok(Self {
                name: name.to_owned(),
                source,
                reader,
                columns,
                left_out,
                group: 0,
                rows: None,
                broken: None,
                read: 0,
                written: 0,
                unpacked: 0,
            })
        });
        opened.map_err(|problem| problem.of(name))
    }

    /// Rows of about a megabyte; `None` at the end.
    pub(super) fn next_rows(&mut self) -> Result<Option<Rows>, ArticleError> {
        let first = self.read + 1;
        let mut rows = Vec::new();
        let mut size = 0;
        while self.broken.is_none() && rows.len() < ROWS && size < PART {
            match guarded(|| self.next_row()) {
                Ok(Some(row)) => {
                    size += row
                        .get_column_iter()
                        .map(|(_, f)| length_of(f))
                        .sum::<u64>();
                    rows.push(row);
                }
                Ok(None) => break,
                Err(problem) => self.broken = Some(problem),
            }
        }
        self.read += rows.len() as u64;
        self.written += size;
        if let Err(problem) = check_growth("the rows", self.written, self.source.len()) {
            self.broken.get_or_insert(problem);
        }
        // What was read before the error is good.
        if let Some(problem) = self.broken.take_if(|_| rows.is_empty()) {
            self.group = self.reader.num_row_groups();
            return Err(problem.at(&format!("row {first}")).of(&self.name));
        }
        Ok((!rows.is_empty()).then_some(Rows { first, rows }))
    }

    fn next_row(&mut self) -> Result<Option<Row>, Problem> {
        loop {
            if let Some(rows) = &mut self.rows {
                match rows.next() {
                    Some(Ok(row)) => return Ok(Some(row)),
                    Some(Err(error)) => return Err(plain(error).into()),
                    None => self.rows = None,
                }
            }
            if self.group == self.reader.num_row_groups() {
                return Ok(None);
            }
            let group = self.reader.get_row_group(self.group).map_err(plain)?;
            let pages = self.pages(&*group)?;
            let unpacked: u64 = pages.iter().flatten().map(|size| u64::from(*size)).sum();
            self.unpacked += unpacked;
            check_growth("the pages", self.unpacked, self.source.len())?;
            let group = Group {
                pages,
                inner: &*group,
                source: Arc::new(self.source.clone()),
            };
            let rows = TreeBuilder::new().as_iter(Arc::clone(&self.columns), &group);
            self.rows = Some(rows.map_err(plain)?);
            self.group += 1;
        }
    }

    /// Bytes of the pages of each column, none of those that are not read; together they may take so much, and no more.
    fn pages(&self, group: &dyn RowGroupReader) -> Result<Vec<Vec<u32>>, Problem> {
        let (mut pages, mut memory) = (Vec::new(), 0_u64);
        for column in group.metadata().columns() {
            let path = column.column_path();
            if self.columns.columns().iter().all(|c| c.path() != path) {
                pages.push(Vec::new());
                continue;
            }
            let (start, length) = column.byte_range();
            let found = self.source.pages(start, length);
            let found = found.map_err(|p| p.at(&format!("column `{}`", path.string())))?;
            memory = memory.saturating_add(found.memory);
            pages.push(found.sizes);
        }
        check_size("pages at once", memory, MAX_MEMORY)?;
        Ok(pages)
    }

    /// What is not read of the file.
    pub(super) fn note(&self) -> Option<String> {
        (!self.left_out.is_empty()).then(|| {
            let names = quoted(self.left_out.iter().map(String::as_str));
            format!(
                "{}: columns of lists or maps are left out: {names}",
                self.name
            )
        })
    }
}

/// Column chunks do not overlap, and rows do not come from nothing: else a small file would be read for ever.
fn check_lengths(source: &Shared, reader: &SerializedFileReader<Shared>) -> Result<(), Problem> {
    let sizes = reader.metadata().row_groups().iter().map(|group| {
        let chunks = group.columns().iter().map(|c| c.byte_range().1);
        (chunks.fold(0, u64::saturating_add), group.num_rows())
    });
    let (mut bytes, mut rows) = (0_u64, 0_u64);
    for (chunks, count) in sizes {
        bytes = bytes.saturating_add(chunks);
        rows = rows.saturating_add(u64::try_from(count).map_err(|_| "fewer than no rows")?);
    }
    let size = source.len();
    if bytes > size {
        return Err(format!("columns of {bytes} bytes in a file of {size}").into());
    }
    check_growth("so many rows", rows, size)
}

/// The columns that are read, and the names of those that are not.
fn columns(
    reader: &SerializedFileReader<Shared>,
    text: &str,
    others: bool,
) -> Result<(SchemaDescPtr, Vec<String>), Problem> {
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let (flat, nested): (Vec<Arc<Type>>, Vec<Arc<Type>>) = schema
        .root_schema()
        .get_fields()
        .iter()
        .cloned()
        .partition(|column| is_flat(column));
    if flat.iter().filter(|column| column.name() == text).count() != 1 {
        let found = quoted(flat.iter().map(|c| c.name()));
        return Err(format!("expected one column `{text}`, found {found}").into());
    }
    let mut known = HashSet::new();
    let twice = flat.iter().find(|column| !known.insert(column.name()));
    if let Some(twice) = twice.filter(|_| others) {
        return Err(format!("two columns are called `{}`", twice.name()).into());
    }
    let wanted = flat.into_iter().filter(|c| others || c.name() == text);
    let wanted = Type::group_type_builder("rows").with_fields(wanted.collect());
    let wanted = Arc::new(wanted.build().map_err(plain)?);
    let left_out = nested.iter().map(|c| c.name().to_owned()).collect();
    Ok((Arc::new(SchemaDescriptor::new(wanted)), left_out))
}

/// Each row has one value of this column at most.
fn is_flat(column: &Type) -> bool {
    let info = column.get_basic_info();
    let repeated = info.has_repetition() && info.repetition() == Repetition::REPEATED;
    !repeated && (column.is_primitive() || column.get_fields().iter().all(|c| is_flat(c)))
}

fn length_of(field: &Field) -> u64 {
    match field {
        Field::Str(text) => text.len() as u64,
        Field::Bytes(bytes) => bytes.len() as u64,
        Field::Group(row) => row.get_column_iter().map(|(_, f)| length_of(f)).sum(),
        _ => 8,
    }
}

/// Reads every row of a file that is in memory.
pub(super) fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Input, ArticleError> {
    let mut table = Table::of(name, bytes.to_vec(), options)?;
    let note = table.note();
    merged(note, || {
        let rows = table.next_rows()?;
        Ok(rows.map(|rows| articles(name, rows, options)))
    })
}

/// The articles of rows, one in each.
pub(super) fn articles(name: &str, rows: Rows, options: &ReadOptions) -> Input {
    let text = options.text_column.as_ref().unwrap_or(&options.text_field);
    let mut input = Input::default();
    for (at, row) in (rows.first..).zip(rows.rows) {
        let number = input.articles.len() + input.failed.len() + 1;
        match part(row, text, options) {
            Ok(part) => input.articles.push(Article {
                name: None,
                number,
                parts: vec![part],
            }),
            Err(problem) => input.failed.push(RecordError {
                place: format!("{name}: row {at}"),
                problem,
            }),
        }
    }
    input
}

fn part(row: Row, column: &str, options: &ReadOptions) -> Result<Part, String> {
    let mut text = None;
    let mut columns = Vec::new();
    for (name, field) in row.into_columns() {
        if name != column {
            columns.push((name, field.to_json_value()));
            continue;
        }
        text = match field {
            Field::Str(text) => Some(text),
            // Some writers do not say that their strings are strings.
            Field::Bytes(bytes) => String::from_utf8(bytes.data().to_vec()).ok(),
            Field::Null => return Err(format!("`{column}` is null, expected a string")),
            _ => None,
        };
    }
    let text = text.ok_or_else(|| format!("`{column}` is no text, expected a string"))?;
    Ok(Part {
        spans: record_spans(&text, options.split),
        text,
        offset: 0,
        columns,
    })
}

/// What is read, at any place.
enum Source {
    /// A file and its size when it was opened.
    File(Arc<File>, u64),
    Memory(Bytes),
}

/// What the pages of a column say of themselves.
struct Pages {
    /// Bytes that each unpacks to; without those that hold no values.
    sizes: Vec<u32>,
    memory: u64,
}

/// A source for this module and for the reader of the crate.
#[derive(Clone)]
struct Shared(Arc<Source>);

impl Shared {
    /// `length` bytes from `start`, as far as there are so many.
    fn at(&self, start: u64, length: u64) -> Result<Bytes, String> {
        let left = self.len().saturating_sub(start);
        let length = usize::try_from(length.min(left)).map_err(|e| e.to_string())?;
        self.get_bytes(start, length).map_err(plain)
    }

    /// Refuses a footer that is no footer, or whose schema has no end.
    fn check_footer(&self) -> Result<(), Problem> {
        let end = self.at(self.len().saturating_sub(8), 8)?;
        let Some((length, b"PAR1")) = end.split_first_chunk::<4>() else {
            return Err("the end of the file is missing: it is cut off or damaged".into());
        };
        let length = u64::from(u32::from_le_bytes(*length));
        let Some(start) = self.len().checked_sub(length + 8) else {
            return Err(format!("a footer of {length} bytes, more than the file has").into());
        };
        check_size("a footer", length, MAX_METADATA)?;
        Ok(check_footer(&self.at(start, length)?)?)
    }

    /// The pages in these bytes. The first may be a dictionary and stays, so reading takes the memory of the first and of
    /// the largest other.
    fn pages(&self, start: u64, length: u64) -> Result<Pages, Problem> {
        let end = start.checked_add(length).filter(|end| *end <= self.len());
        let end = end.ok_or("pages beyond the end of the file")?;
        let (mut at, mut first, mut most) = (start, 0, 0);
        let mut sizes = Vec::new();
        while at < end {
            let page = self.page(at, end)?;
            if at == start {
                first = page.memory;
            } else {
                most = most.max(page.memory);
            }
            if !page.is_index {
                sizes.push(page.unpacked);
            }
            at += page.length + page.stored;
        }
        Ok(Pages {
            sizes,
            memory: first.saturating_add(most),
        })
    }

    fn page(&self, at: u64, end: u64) -> Result<PageHeader, Problem> {
        let short = self.at(at, (end - at).min(SHORT_HEADER))?;
        PageHeader::read(&short)
            .or_else(|_| PageHeader::read(&self.at(at, (end - at).min(MAX_HEADER))?))
    }
}

impl Length for Shared {
    fn len(&self) -> u64 {
        match &*self.0 {
            Source::File(_, size) => *size,
            Source::Memory(bytes) => bytes.len() as u64,
        }
    }
}

impl ChunkReader for Shared {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(match &*self.0 {
            Source::File(file, _) => {
                (&**file).seek(SeekFrom::Start(start))?;
                Box::new(BufReader::new(Arc::clone(file)))
            }
            Source::Memory(bytes) => {
                let start = usize::try_from(start).map_or(bytes.len(), |s| s.min(bytes.len()));
                Box::new(bytes.slice(start..).reader())
            }
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.len()) {
            return Err(ParquetError::EOF("the file ends before".to_owned()));
        }
        match &*self.0 {
            Source::File(file, _) => {
                let mut file = &**file;
                file.seek(SeekFrom::Start(start))?;
                let mut bytes = vec![0; length];
                file.read_exact(&mut bytes)?;
                Ok(bytes.into())
            }
            Source::Memory(bytes) => bytes.get_bytes(start, length),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn plain(error: ParquetError) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("Parquet error: ").unwrap_or(&text);
    text.strip_prefix("EOF: ").unwrap_or(text).to_owned()
}
