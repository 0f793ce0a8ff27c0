//! Arrow: a text in each row, of files (Feather) and of streams, message by message.
//!
//! The `arrow-ipc` crate decodes. It trusts sizes that a message claims and panics on some damage, so [`message`] looks at
//! the sizes first, a panic becomes an error, and columns whose values may lie on top of each other (lists, views, runs)
//! are left out ([`layout`]): checking these can take the square of their bytes.

mod layout;
mod message;
mod values;

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use arrow_ipc::reader::{read_dictionary, read_record_batch};
use arrow_ipc::{DictionaryBatch, MessageHeader};
use arrow_schema::ArrowError;

use super::columnar::{
    self, MAX_MEMORY, PART, Problem, ROWS, check_growth, check_size, guarded, merged, quoted,
};
use super::{Article, ArticleError, Input, Part, ReadOptions, RecordError, record_spans};
use layout::Layout;
use message::{Counted, Fault, Message, Next};
use values::{Row, row};

/// Rows that are yet to become articles.
pub(super) type Rows = columnar::Rows<Row>;

/// A stream that is read record batch by record batch.
pub(super) struct Table {
    name: String,
    /// The column with the text.
    text: String,
    reader: Counted,
    layout: Layout,
    dictionaries: HashMap<i64, ArrayRef>,
    /// Bytes of each dictionary.
    sizes: HashMap<i64, u64>,
    /// The record batch that is read, and the row that comes next.
    batch: Option<RecordBatch>,
    next: usize,
    ended: bool,
    /// Why nothing more can be read.
    broken: Option<Fault>,
    /// Rows read so far, and the bytes of their values.
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
        let text = options.text_column.as_ref().unwrap_or(&options.text_field);
        let opened = Counted::new(reader)
            .map_err(Fault::Io)
            .and_then(|mut reader| {
                let first = layout::first(&mut reader)?;
                let layout = guarded(|| Layout::read(&first, text, options.other_columns))?;
                Ok((reader, layout))
            });
        let (reader, layout) = opened.map_err(|fault| fault.of(name))?;
        Ok(Self {
            name: name.to_owned(),
            text: text.clone(),
            reader,
            layout,
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
        let mut rows = Vec::new();
        while rows.is_empty() && !self.ended && self.broken.is_none() {
            self.broken = self.advance(&mut rows).err();
        }
        self.read += rows.len() as u64;
        // What was read before the error is good.
        if let Some(fault) = self.broken.take_if(|_| rows.is_empty()) {
            self.ended = true;
            return Err(fault.at(&format!("row {first}")).of(&self.name));
        }
        Ok((!rows.is_empty()).then_some(Rows { first, rows }))
    }

    /// Takes rows of the record batch until it, or what a batch may hold, ends; or else the next message.
    fn advance(&mut self, rows: &mut Vec<Row>) -> Result<(), Fault> {
        if let Some(batch) = self.batch.take_if(|batch| self.next < batch.num_rows()) {
            guarded(|| self.add_rows(&batch, rows))?;
            self.batch = Some(batch);
            return Ok(());
        }
        self.batch = None;
        match Message::read(&mut self.reader)? {
            Next::Message(message) => guarded(|| self.take(&message))?,
            end => {
                self.ended = true;
                self.reader.check_end(&end)?;
            }
        }
        Ok(())
    }

    fn add_rows(&mut self, batch: &RecordBatch, rows: &mut Vec<Row>) -> Result<(), Problem> {
        let mut size = 0;
        while self.next < batch.num_rows() && rows.len() < ROWS && size < PART {
            let (row, bytes) = row(batch, self.next, &self.text)?;
            size += bytes;
            self.written += bytes;
            check_growth("the rows", self.written, self.reader.count())?;
            rows.push(row);
            self.next += 1;
        }
        Ok(())
    }

    /// Takes a record batch or a dictionary; passes over what is neither.
    fn take(&mut self, message: &Message) -> Result<(), Problem> {
        let parsed = message.parse()?;
        let size = message.memory(&parsed)?;
        if let Some(batch) = parsed.header_as_record_batch() {
            let layout = &self.layout;
            let rows = read_record_batch(
                &message.body,
                batch,
                Arc::clone(&layout.schema),
                &self.dictionaries,
                layout.columns.as_deref(),
                &layout.version,
            );
            self.batch = Some(rows.map_err(plain)?);
            self.next = 0;
        } else if let Some(dictionary) = parsed.header_as_dictionary_batch() {
            self.take_dictionary(message, dictionary, size)?;
        } else if parsed.header_type() == MessageHeader::Schema {
            return Err("a second schema".into());
        }
        Ok(())
    }

    fn take_dictionary(
        &mut self,
        message: &Message,
        dictionary: DictionaryBatch<'_>,
        size: u64,
    ) -> Result<(), Problem> {
        let id = dictionary.id();
        let Some(schema) = self.layout.dictionaries.get(&id) else {
            return Ok(());
        };
        // Each part would copy all before it.
        if dictionary.isDelta() {
            return Err("a dictionary in several parts, which is not read".into());
        }
        self.sizes.insert(id, size);
        check_size("dictionaries", self.sizes.values().sum(), MAX_MEMORY)?;
        let (known, version) = (&mut self.dictionaries, &self.layout.version);
        let read = read_dictionary(&message.body, dictionary, schema, known, version);
        read.map_err(|error| plain(error).into())
    }

    /// What is not read of the file.
    pub(super) fn note(&self) -> Option<String> {
        let left_out = &self.layout.left_out;
        (!left_out.is_empty()).then(|| {
            let columns = quoted(left_out.iter().map(String::as_str));
            format!(
                "{}: columns of lists, views and such are left out: {columns}",
                self.name
            )
        })
    }
}

/// Reads every row of bytes that are in memory.
pub(super) fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Input, ArticleError> {
    let mut table = Table::open(name, io::Cursor::new(bytes.to_vec()), options)?;
    let note = table.note();
    merged(note, || {
        let rows = table.next_rows()?;
        Ok(rows.map(|rows| articles(name, rows, options)))
    })
}

/// The articles of rows, one in each.
pub(super) fn articles(name: &str, rows: Rows, options: &ReadOptions) -> Input {
    let column = options.text_column.as_ref().unwrap_or(&options.text_field);
    let mut input = Input::default();
    for (number, (at, row)) in (1..).zip((rows.first..).zip(rows.rows)) {
        let Some(text) = row.text else {
            input.failed.push(RecordError {
                place: format!("{name}: row {at}"),
                problem: format!("`{column}` is null, expected a string"),
            });
            continue;
        };
        input.articles.push(Article {
            name: None,
            number,
            parts: vec![Part {
                spans: record_spans(&text, options.split),
                text,
                offset: 0,
                columns: row.columns,
            }],
        });
    }
    input
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
