//! Arrow: a text in each row, of files (Feather) and of streams, message by message.
//!
//! The `arrow-ipc` crate decodes and `arrow-json` writes the rows. They panic on some damage, which becomes an error, and
//! [`message`] looks at the sizes that a message claims first. Columns whose values may lie on top of each other (lists,
//! views, runs) are left out: checking these can take the square of their bytes.

mod message;

use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, StructArray};
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::{read_dictionary, read_record_batch};
use arrow_ipc::{MessageHeader, MetadataVersion};
use arrow_json::writer::{EncoderOptions, make_encoder};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Schema, SchemaRef};

use super::columnar::{MAX_MEMORY, PART, ROWS, check_growth, guarded, merged, quoted};
use super::{Article, ArticleError, Input, ReadOptions, RecordError, jsonl};
use message::{Fault, Message};

/// What a file begins with, and NULs up to a multiple of 8 or of 64 bytes; a stream begins with a message.
const MAGIC: &[u8; 8] = b"ARROW1\0\0";
const MAX_PADDING: usize = 64;

/// Rows that are yet to become articles.
#[derive(Debug)]
pub(super) struct Rows {
    /// The number of the first, from 1.
    first: u64,
    count: usize,
    /// JSON Lines.
    lines: String,
}

impl Rows {
    pub(super) fn len(&self) -> usize {
        self.count
    }
}

/// A stream that is read record batch by record batch.
pub(super) struct Table {
    name: String,
    reader: Counted,
    schema: SchemaRef,
    version: MetadataVersion,
    /// The columns that are read, by their place in the schema, and the names of those that are not.
    columns: Vec<usize>,
    left_out: Vec<String>,
    dictionaries: HashMap<i64, ArrayRef>,
    /// Bytes of each dictionary.
    sizes: HashMap<i64, u64>,
    /// The record batch that is read, and the row that comes next.
    batch: Option<StructArray>,
    next: usize,
    /// Behind the last message of a file there is more.
    ended: bool,
    /// Why nothing more can be read.
    broken: Option<Fault>,
    /// Rows read so far, and the bytes of their JSON.
    read: u64,
    written: u64,
}

impl Table {
    /// Begins to read.
    pub(super) fn open(
        name: &str,
        reader: impl Read + Send + 'static,
        options: &ReadOptions,
    ) -> Result<Self, ArticleError> {
        let mut reader = Counted::new(reader).map_err(|e| Fault::Io(e).of(name))?;
        let text = options.text_column.as_ref().unwrap_or(&options.text_field);
        let first = Message::read(&mut reader).map_err(|fault| match fault {
            // The schema of such a file stands at its end alone.
            Fault::Data(problem) if reader.is_file => {
                Fault::Data(format!("{problem} (Polars writes such files)")).of(name)
            }
            fault => fault.of(name),
        })?;
        let opened = guarded(|| {
            let first = first.ok_or("it ends before its schema")?;
            let (schema, version) = schema(&first)?;
            let (columns, left_out) = columns(&schema, text, options.other_columns)?;
            Ok((schema, version, columns, left_out))
        });
        let (schema, version, columns, left_out) =
            opened.map_err(|problem| Fault::Data(problem).of(name))?;
        Ok(Self {
            name: name.to_owned(),
            reader,
            schema,
            version,
            columns,
            left_out,
            dictionaries: HashMap::new(),
            sizes: HashMap::new(),
            batch: None,
            next: 0,
            ended: false,
            broken: None,
            read: 0,
            written: 0,
        })
    }

    /// Rows of about a megabyte, of one record batch, for the next may be long in coming; `None` at the end.
    pub(super) fn next_rows(&mut self) -> Result<Option<Rows>, ArticleError> {
        let first = self.read + 1;
        let mut lines = Vec::new();
        while lines.is_empty() && !self.ended && self.broken.is_none() {
            self.broken = self.advance(&mut lines).err();
        }
        // What was read before the error is good.
        if lines.is_empty() {
            let place = format!("row {first}");
            return self
                .broken
                .take()
                .map_or(Ok(None), |fault| Err(fault.at(&place).of(&self.name)));
        }
        let count = usize::try_from(self.read + 1 - first).unwrap_or(usize::MAX);
        Ok(Some(Rows {
            first,
            count,
            lines: String::from_utf8(lines).map_err(|_| {
                let problem = "text that is not UTF-8".to_owned();
                Fault::Data(problem)
                    .at(&format!("row {first}"))
                    .of(&self.name)
            })?,
        }))
    }

    /// Writes rows of the record batch until it, or what a batch may hold, ends; or else takes the next message.
    fn advance(&mut self, lines: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(batch) = self.batch.take().filter(|b| self.next < b.len()) else {
            let Some(message) = Message::read(&mut self.reader)? else {
                self.ended = true;
                return Ok(());
            };
            return guarded(|| self.take(&message)).map_err(Fault::Data);
        };
        let before = self.read;
        let result = guarded(|| self.write_rows(&batch, lines));
        if result.is_err() {
            // A row that was written in part.
            let complete = memchr::memrchr(b'\n', lines).map_or(0, |at| at + 1);
            lines.truncate(complete);
        }
        self.next += usize::try_from(self.read - before).unwrap_or(usize::MAX);
        self.batch = Some(batch);
        result.map_err(Fault::Data)
    }

    fn write_rows(&mut self, batch: &StructArray, lines: &mut Vec<u8>) -> Result<(), String> {
        let options = EncoderOptions::default().with_explicit_nulls(true);
        let field: FieldRef = Arc::new(Field::new("row", batch.data_type().clone(), false));
        let mut encoder = make_encoder(&field, batch, &options).map_err(plain)?;
        let most = batch.len().min(self.next + ROWS);
        for row in self.next..most {
            let begin = lines.len();
            encoder.encode(row, lines);
            self.written += (lines.len() - begin) as u64;
            check_growth(self.written, self.reader.count)?;
            lines.push(b'\n');
            self.read += 1;
            if lines.len() as u64 >= PART {
                break;
            }
        }
        Ok(())
    }

    /// Takes a record batch or a dictionary; passes over what is neither.
    fn take(&mut self, message: &Message) -> Result<(), String> {
        let parsed = message.parse()?;
        let size = message.memory()?;
        if let Some(batch) = parsed.header_as_record_batch() {
            let dictionaries = &self.dictionaries;
            let schema = Arc::clone(&self.schema);
            let columns = Some(self.columns.as_slice());
            let rows = read_record_batch(
                &message.body,
                batch,
                schema,
                dictionaries,
                columns,
                &self.version,
            );
            self.batch = Some(StructArray::from(rows.map_err(plain)?));
            self.next = 0;
        } else if let Some(dictionary) = parsed.header_as_dictionary_batch() {
            self.take_dictionary(&message.body, dictionary, size)?;
        } else if parsed.header_type() == MessageHeader::Schema {
            return Err("a second schema".to_owned());
        }
        Ok(())
    }

    fn take_dictionary(
        &mut self,
        body: &arrow_buffer::Buffer,
        dictionary: arrow_ipc::DictionaryBatch<'_>,
        size: u64,
    ) -> Result<(), String> {
        let id = dictionary.id();
        let wanted = self.schema.project(&self.columns).map_err(plain)?;
        #[expect(deprecated, reason = "the crate's own reader finds them so")]
        let is_wanted = !wanted.fields_with_dict_id(id).is_empty();
        if !is_wanted {
            return Ok(());
        }
        // Each part would copy all before it.
        if dictionary.isDelta() {
            return Err("a dictionary in several parts, which is not read".to_owned());
        }
        self.sizes.insert(id, size);
        let all: u64 = self.sizes.values().sum();
        if all > MAX_MEMORY {
            return Err(format!(
                "dictionaries of {all} bytes, more than {MAX_MEMORY}"
            ));
        }
        let known = &mut self.dictionaries;
        read_dictionary(body, dictionary, &wanted, known, &self.version).map_err(plain)
    }

    /// What is not read of the file.
    pub(super) fn note(&self) -> Option<String> {
        (!self.left_out.is_empty()).then(|| {
            let (name, columns) = (&self.name, quoted(&self.left_out));
            format!("{name}: columns of lists, views and such are left out: {columns}")
        })
    }
}

/// The schema in the first message, and the version of the format.
fn schema(message: &Message) -> Result<(SchemaRef, MetadataVersion), String> {
    let parsed = message.parse()?;
    let schema = parsed
        .header_as_schema()
        .ok_or("it begins with no schema")?;
    if !schema.endianness().equals_to_target_endianness() {
        return Err("numbers in the byte order of another machine".to_owned());
    }
    let schema = try_fb_to_schema(schema).map_err(plain)?;
    let fields: Vec<FieldRef> = schema.fields().iter().map(in_utc).collect();
    Ok((Arc::new(Schema::new(fields)), parsed.version()))
}

/// Times are stored in UTC; the zone is for show, and names of zones would need their database.
fn in_utc(field: &FieldRef) -> FieldRef {
    match field.data_type() {
        DataType::Timestamp(unit, Some(_)) => {
            let utc = DataType::Timestamp(*unit, Some("+00:00".into()));
            Arc::new(field.as_ref().clone().with_data_type(utc))
        }
        DataType::Struct(children) => {
            let children = children.iter().map(in_utc).collect();
            let data_type = DataType::Struct(children);
            Arc::new(field.as_ref().clone().with_data_type(data_type))
        }
        _ => Arc::clone(field),
    }
}

/// The places of the columns that are read, and the names of those that are not.
fn columns(schema: &Schema, text: &str, others: bool) -> Result<(Vec<usize>, Vec<String>), String> {
    let (flat, rest): (Vec<_>, Vec<_>) = schema
        .fields()
        .iter()
        .enumerate()
        .partition(|(_, field)| is_flat(field.data_type()));
    let texts: Vec<_> = flat.iter().filter(|(_, f)| f.name() == text).collect();
    let [(place, field)] = texts[..] else {
        if let Some((_, field)) = rest.iter().find(|(_, f)| f.name() == text) {
            let found = field.data_type();
            return Err(format!(
                "column `{text}` holds {found}, expected strings (Utf8)"
            ));
        }
        let names: Vec<String> = flat.iter().map(|(_, f)| f.name().clone()).collect();
        let found = quoted(&names);
        return Err(format!("expected one column `{text}`, found {found}"));
    };
    if !is_string(field.data_type()) {
        let found = field.data_type();
        return Err(format!(
            "column `{text}` holds {found}, expected strings (Utf8)"
        ));
    }
    if !others {
        return Ok((vec![*place], Vec::new()));
    }
    let mut known = HashSet::new();
    if let Some((_, twice)) = flat.iter().find(|(_, f)| !known.insert(f.name())) {
        return Err(format!("two columns are called `{}`", twice.name()));
    }
    let left_out = rest.iter().map(|(_, f)| f.name().clone()).collect();
    Ok((flat.into_iter().map(|(place, _)| place).collect(), left_out))
}

fn is_string(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => true,
        DataType::Dictionary(_, values) => is_string(values),
        _ => false,
    }
}

/// Each row has one value of this type, whose bytes are its own or a dictionary's.
fn is_flat(data_type: &DataType) -> bool {
    use DataType as T;
    match data_type {
        T::Struct(fields) => fields.iter().all(|f| is_flat(f.data_type())),
        T::Dictionary(_, values) => !values.is_nested() && is_flat(values),
        T::Utf8 | T::LargeUtf8 | T::Binary | T::LargeBinary | T::FixedSizeBinary(_) => true,
        other => other.is_null() || *other == T::Boolean || other.is_primitive(),
    }
}

/// Reads every row of bytes that are in memory.
pub(super) fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Input, ArticleError> {
    let mut table = Table::open(name, io::Cursor::new(bytes.to_vec()), options)?;
    let note = table.note();
    merged(note, || {
        let rows = table.next_rows()?;
        Ok(rows.map(|rows| articles(name, &rows, options)))
    })
}

/// The articles of rows, one in each.
pub(super) fn articles(name: &str, rows: &Rows, options: &ReadOptions) -> Input {
    let text = options.text_column.as_ref().unwrap_or(&options.text_field);
    let mut input = Input::default();
    for (number, (row, line)) in (1..).zip((rows.first..).zip(rows.lines.lines())) {
        match jsonl::record(line, text, options.split) {
            Ok(part) => input.articles.push(Article {
                name: None,
                number,
                parts: vec![part],
            }),
            Err((_, problem)) => input.failed.push(RecordError {
                place: format!("{name}: row {row}"),
                problem,
            }),
        }
    }
    input
}

/// What is read, and how many bytes of it were; without the beginning that tells a file.
struct Counted {
    reader: Box<dyn Read + Send>,
    /// It began as a file does.
    is_file: bool,
    count: u64,
}

impl Counted {
    fn new(mut reader: impl Read + Send + 'static) -> io::Result<Self> {
        let (mut start, mut is_file) = (Vec::new(), false);
        for _ in 0..MAX_PADDING / MAGIC.len() {
            reader
                .by_ref()
                .take(MAGIC.len() as u64)
                .read_to_end(&mut start)?;
            if start != MAGIC && start != [0; MAGIC.len()] {
                break;
            }
            start.clear();
            is_file = true;
        }
        Ok(Self {
            reader: Box::new(io::Cursor::new(start).chain(reader)),
            is_file,
            count: 0,
        })
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn plain(error: ArrowError) -> String {
    let text = error.to_string();
    // "Ipc error: …", "Parser error: …": which part of the crate it was helps nobody.
    match text.split_once(" error: ") {
        Some((_, rest)) => rest.to_owned(),
        None => text,
    }
}
