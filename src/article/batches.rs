//! An input of any length, batch by batch: records one after the other in bounded memory, whatever
//! has no records at once.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

#[cfg(feature = "arrow")]
use super::arrow;
#[cfg(feature = "parquet")]
use super::parquet;
use super::pieces::{self, LONG, PIECE, Piece};
use super::rows::{RowColumns, RowOrder};
use super::{ArticleError, Format, Input, ReadOptions, Split, format_of, jsonl, read, rows, warc};
use crate::corpus::{CorpusWarning, Table, TableParts};
use crate::io::Opened;
use crate::io::decode::{PartDecoder, line_breaks};
use crate::io::sniff::FileKind;

/// So many bytes are asked for at once, and make a batch of records.
const PART: usize = 1 << 20;

/// So many bytes are looked at to tell the format and the delimiter.
const HEAD: usize = 64 * 1024;

/// Bytes by which Arrow is known.
const ARROW: usize = 8;

/// Byte-order marks are no longer.
const LONGEST_MARK: usize = 4;

/// An input with more than this and without records, or a single record of more, is refused.
pub const MAX_WHOLE: u64 = 1 << 30;

/// The batches of one input, in order; see [`batches`].
pub struct Batches {
    name: String,
    options: ReadOptions,
    source: Source,
    /// How many articles there were before.
    articles: usize,
    /// What is said with the next batch.
    notes: Vec<String>,
    /// Nothing comes after an error, or after the end.
    done: bool,
    /// Found after the records of the last batch.
    failure: Option<ArticleError>,
}

enum Source {
    /// Format not told yet, so all of it is to be read.
    Whole(Bytes),
    Lines(Lines),
    Rows(Box<Rows>),
    Archive(warc::Pages<Bytes>),
    /// A text that is too long.
    Pieces(Pieces),
    #[cfg(feature = "parquet")]
    Parquet(Box<parquet::Table>),
    #[cfg(feature = "arrow")]
    Arrow(Box<arrow::Table>),
}

/// Articles that are yet to be parsed, by any thread.
#[derive(Debug)]
pub struct Batch {
    content: Content,
    first_article: usize,
    warnings: Vec<CorpusWarning>,
    notes: Vec<String>,
}

#[derive(Debug)]
enum Content {
    Whole(Vec<u8>),
    Lines {
        text: String,
        line: u64,
    },
    Rows {
        table: Box<Table<'static>>,
        columns: RowColumns,
    },
    Pages(Vec<warc::Page>),
    Piece(Piece),
    #[cfg(feature = "parquet")]
    Parquet(parquet::Rows),
    #[cfg(feature = "arrow")]
    Arrow(arrow::Rows),
}

/// Cuts the input that `reader` gives into batches; `name` stands for it in messages and tells the
/// format, if its ending does.
///
/// CSV and JSON Lines come in batches of about a megabyte, or of what a pipe has ready, cut where
/// an article ends; pages of web archives and rows of Parquet and Arrow likewise. A plain text of more than 4 MiB comes in pieces,
/// each an article. Any other input is one batch.
///
/// # Errors
///
/// As [`read`](super::read), as far as the beginning shows it.
pub fn batches(
    name: &str,
    reader: impl Read + Send + 'static,
    options: &ReadOptions,
) -> Result<Batches, ArticleError> {
    begin(name, reader, None, options)
}

/// As [`batches`]; of a Parquet file that is not packed, no more than a row group's pages are in memory.
///
/// # Errors
///
/// As [`batches`].
pub fn batches_of(
    name: &str,
    opened: Opened,
    options: &ReadOptions,
) -> Result<Batches, ArticleError> {
    let is_plain = opened.reader.packing().is_none();
    let file = opened.file.zip(opened.size).filter(|_| is_plain);
    begin(name, opened.reader, file, options)
}

/// A file that can be read at any place, and its size.
type RandomAccess = Option<(Arc<File>, u64)>;

#[cfg_attr(
    not(feature = "parquet"),
    expect(
        unused_variables,
        clippy::needless_pass_by_value,
        reason = "Parquet alone is not read from its beginning"
    )
)]
fn begin(
    name: &str,
    reader: impl Read + Send + 'static,
    file: RandomAccess,
    options: &ReadOptions,
) -> Result<Batches, ArticleError> {
    let mut bytes = Bytes {
        reader: Box::new(reader),
        head: Vec::new(),
        failure: None,
        buffer: Vec::new(),
    };
    bytes
        .read_head(|head| tells_enough(name, head, options))
        .map_err(|e| io_error(name, e))?;
    let mut notes = Vec::new();
    let source = match format_of(name, &bytes.head, options)? {
        Format::Jsonl => Source::Lines(Lines {
            text: Text::new(name, bytes, options)?,
            line: 1,
            records: 0,
        }),
        Format::Csv => Source::Rows(Box::new(Rows {
            parts: TableParts::new(Path::new(name), &options.table),
            columns: None,
            order: RowOrder::default(),
            text: Text::new(name, bytes, options)?,
        })),
        Format::Warc => Source::Archive(warc::Pages::new(name, bytes)),
        #[cfg(feature = "parquet")]
        Format::Parquet => Source::Parquet(Box::new(match file {
            Some((file, size)) => parquet::Table::open(name, file, size, options)?,
            None => parquet::Table::of(name, bytes.all(name)?, options)?,
        })),
        #[cfg(feature = "arrow")]
        Format::Arrow => Source::Arrow(Box::new(arrow::Table::open(name, bytes, options)?)),
        Format::Text if !options.whole_texts && bytes.is_long() => {
            let (pieces, note) = Pieces::new(name, bytes, options)?;
            notes.extend(note);
            Source::Pieces(pieces)
        }
        _ => Source::Whole(bytes),
    };
    Ok(Batches {
        name: name.to_owned(),
        options: options.clone(),
        source,
        articles: 0,
        notes,
        done: false,
        failure: None,
    })
}

/// Whether `head` tells how to go on: JSON Lines and Arrow are scored as soon as they are there, other formats
/// are told by more.
fn tells_enough(name: &str, head: &[u8], options: &ReadOptions) -> bool {
    let told = options.format.unwrap_or_else(|| Format::guess(name, ""));
    let begins_as_json = || {
        options.format.is_none()
            && head.trim_ascii_start().starts_with(b"{\"")
            && memchr::memchr(b'\n', head).is_some()
    };
    let is_known = match told {
        Format::Jsonl => head.len() >= LONGEST_MARK,
        _ => FileKind::of(&head[..head.len().min(ARROW)]) == FileKind::Arrow,
    };
    head.len() >= HEAD || is_known || begins_as_json()
}

impl Batches {
    fn next_batch(&mut self) -> Result<Option<Batch>, ArticleError> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let first_article = self.articles;
        let (content, articles, warnings) = match &mut self.source {
            Source::Whole(bytes) => {
                self.done = true;
                let all = bytes.all(&self.name)?;
                (Content::Whole(all), 0, Vec::new())
            }
            Source::Lines(lines) => match lines.next_lines()? {
                Some((text, line, records)) => (Content::Lines { text, line }, records, Vec::new()),
                None => return Ok(None),
            },
            Source::Rows(rows) => match rows.next_rows(&self.options)? {
                Some((table, columns, articles)) => {
                    self.notes.extend(rows.order.fault(&table, columns));
                    let warnings = table.warnings().to_vec();
                    let table = Box::new(table);
                    (Content::Rows { table, columns }, articles, warnings)
                }
                None => return Ok(None),
            },
            Source::Archive(archive) => {
                let (pages, failure) = next_pages(archive);
                if pages.is_empty() {
                    return failure.map_or(Ok(None), Err);
                }
                self.failure = failure;
                let count = pages.len();
                (Content::Pages(pages), count, Vec::new())
            }
            Source::Pieces(pieces) => match pieces.next_piece(self.options.split)? {
                Some(piece) => (Content::Piece(piece), 1, Vec::new()),
                None => return Ok(None),
            },
            #[cfg(feature = "parquet")]
            Source::Parquet(table) => match table.next_rows()? {
                Some(rows) => {
                    self.notes
                        .extend(table.note().filter(|_| first_article == 0));
                    let count = rows.len();
                    (Content::Parquet(rows), count, Vec::new())
                }
                None => return Ok(None),
            },
            #[cfg(feature = "arrow")]
            Source::Arrow(table) => match table.next_rows()? {
                Some(rows) => {
                    self.notes
                        .extend(table.note().filter(|_| first_article == 0));
                    let count = rows.len();
                    (Content::Arrow(rows), count, Vec::new())
                }
                None => return Ok(None),
            },
        };
        self.articles += articles;
        Ok(Some(Batch {
            content,
            first_article,
            warnings,
            notes: std::mem::take(&mut self.notes),
        }))
    }

    /// What is doubtful about the input as a whole, once all of it is read.
    #[must_use]
    pub fn warnings(&self) -> Vec<CorpusWarning> {
        let count = match &self.source {
            Source::Whole(_) | Source::Archive(_) => 0,
            #[cfg(feature = "parquet")]
            Source::Parquet(_) => 0,
            #[cfg(feature = "arrow")]
            Source::Arrow(_) => 0,
            Source::Lines(lines) => lines.text.decoder.replaced(),
            Source::Rows(rows) => rows.text.decoder.replaced(),
            Source::Pieces(pieces) => pieces.text.decoder.replaced(),
        };
        let path = Path::new(&self.name).into();
        (count > 0)
            .then_some(CorpusWarning::Replaced { path, count })
            .into_iter()
            .collect()
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, ArticleError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let batch = self.next_batch();
        self.done |= !matches!(batch, Ok(Some(_)));
        batch.transpose()
    }
}

impl Batch {
    /// Parses the articles; `name` and `options` are those of the input.
    ///
    /// # Errors
    ///
    /// As [`read`](super::read).
    pub fn read(self, name: &str, options: &ReadOptions) -> Result<Input, ArticleError> {
        let mut input = match self.content {
            Content::Whole(bytes) => read(name, &bytes, options)?,
            Content::Lines { text, line } => jsonl::read(name, &text, line, options),
            Content::Rows { table, columns } => rows::articles(&table, columns, options),
            Content::Pages(pages) => warc::articles(name, pages, options),
            Content::Piece(piece) => pieces::article(piece, options.split),
            #[cfg(feature = "parquet")]
            Content::Parquet(rows) => parquet::articles(name, rows, options),
            #[cfg(feature = "arrow")]
            Content::Arrow(rows) => arrow::articles(name, rows, options),
        };
        for article in &mut input.articles {
            article.number += self.first_article;
        }
        input.warnings.extend(self.warnings);
        input.notes.extend(self.notes);
        Ok(input)
    }
}

/// Bytes of an input whose beginning was looked at.
struct Bytes {
    reader: Box<dyn Read + Send>,
    head: Vec<u8>,
    /// Came after the head: what was read before is good.
    failure: Option<io::Error>,
    buffer: Vec<u8>,
}

impl Bytes {
    /// Reads the beginning until it is enough or the input ends.
    fn read_head(&mut self, enough: impl Fn(&[u8]) -> bool) -> io::Result<()> {
        self.head.resize(HEAD, 0);
        let mut length = 0;
        while !enough(&self.head[..length]) {
            match self.reader.read(&mut self.head[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if length == 0 => return Err(error),
                Err(error) => {
                    self.failure = Some(error);
                    break;
                }
            }
        }
        self.head.truncate(length);
        Ok(())
    }

    /// Whether this is a text of more than [`LONG`] bytes, for which so many are read.
    fn is_long(&mut self) -> bool {
        if self.failure.is_none() {
            let left = (LONG - self.head.len().min(LONG)) as u64;
            let read = self.reader.by_ref().take(left).read_to_end(&mut self.head);
            self.failure = read.err();
        }
        self.failure.is_none() && self.head.len() >= LONG
    }

    /// All bytes.
    fn all(&mut self, name: &str) -> Result<Vec<u8>, ArticleError> {
        if let Some(failure) = self.failure.take() {
            return Err(io_error(name, failure));
        }
        let mut all = std::mem::take(&mut self.head);
        let left = (MAX_WHOLE + 1).saturating_sub(all.len() as u64);
        self.reader
            .by_ref()
            .take(left)
            .read_to_end(&mut all)
            .map_err(|e| io_error(name, e))?;
        if all.len() as u64 > MAX_WHOLE {
            return Err(too_large(name));
        }
        Ok(all)
    }

    /// The bytes that come next; none at the end.
    fn more(&mut self) -> io::Result<&[u8]> {
        if !self.head.is_empty() {
            self.buffer = std::mem::take(&mut self.head);
            return Ok(&self.buffer);
        }
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        self.buffer.resize(PART, 0);
        loop {
            match self.reader.read(&mut self.buffer) {
                Ok(length) => return Ok(&self.buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl Read for Bytes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.head.is_empty() {
            let failure = self.failure.take();
            return failure.map_or_else(|| self.reader.read(buffer), Err);
        }
        let count = self.head.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.head[..count]);
        self.head.drain(..count);
        Ok(count)
    }
}

/// Pages of about the size of a part, and what was found after them.
fn next_pages(archive: &mut warc::Pages<Bytes>) -> (Vec<warc::Page>, Option<ArticleError>) {
    let mut pages = Vec::new();
    let mut size = 0;
    while size < PART {
        match archive.next_page() {
            Ok(Some(page)) => {
                let body = page.body.as_ref().map_or(0, |body| body.bytes.len());
                size += size_of_val(&page) + page.uri.as_ref().map_or(0, String::len) + body;
                pages.push(page);
            }
            Ok(None) => break,
            Err(error) => return (pages, Some(error)),
        }
    }
    (pages, None)
}

/// Decoded text that is not yet part of a batch.
struct Text {
    name: String,
    bytes: Bytes,
    decoder: PartDecoder,
    pending: String,
    ended: bool,
}

impl Text {
    fn new(name: &str, mut bytes: Bytes, options: &ReadOptions) -> Result<Self, ArticleError> {
        let (decoder, mark) = PartDecoder::new(&bytes.head, &options.decode).map_err(|source| {
            ArticleError::Decode {
                name: name.to_owned(),
                source,
            }
        })?;
        bytes.head.drain(..mark);
        Ok(Self {
            name: name.to_owned(),
            bytes,
            decoder,
            pending: String::new(),
            ended: false,
        })
    }

    /// Reads on until `pending` has grown to `least` bytes or the input ends; `line` is that on
    /// which `pending` begins.
    fn fill(&mut self, least: usize, line: u64) -> Result<(), ArticleError> {
        loop {
            let bytes = self.bytes.more().map_err(|e| io_error(&self.name, e))?;
            self.ended = bytes.is_empty();
            let part = self.decoder.decode(bytes, self.ended, &mut self.pending);
            part.map_err(|source| ArticleError::Decode {
                name: self.name.clone(),
                source: source.on_line(line),
            })?;
            if self.pending.len() as u64 > MAX_WHOLE {
                return Err(too_large(&self.name));
            }
            if self.ended || self.pending.len() >= least {
                return Ok(());
            }
        }
    }
}

/// Lines that each are a record.
struct Lines {
    text: Text,
    /// The line on which the next batch begins.
    line: u64,
    records: usize,
}

impl Lines {
    /// Complete lines, the number of the first, and how many hold a record.
    fn next_lines(&mut self) -> Result<Option<(String, u64, usize)>, ArticleError> {
        while !self.text.ended {
            let known = self.text.pending.len();
            self.text.fill(1, self.line)?;
            let pending = &self.text.pending.as_bytes()[known..];
            let end = match memchr::memrchr(b'\n', pending) {
                _ if self.text.ended => self.text.pending.len(),
                Some(at) => known + at + 1,
                None => continue,
            };
            let rest = self.text.pending.split_off(end);
            let text = std::mem::replace(&mut self.text.pending, rest);
            let line = self.line;
            self.line += memchr::memchr_iter(b'\n', text.as_bytes()).count() as u64;
            let records = text.lines().filter(|l| !l.trim().is_empty()).count();
            self.records += records;
            return Ok(Some((text, line, records)));
        }
        Ok(None)
    }
}

/// A text that is too long to be held in memory.
struct Pieces {
    text: Text,
    /// The line on which the next piece begins, and the byte.
    line: u64,
    offset: usize,
}

impl Pieces {
    fn new(
        name: &str,
        bytes: Bytes,
        options: &ReadOptions,
    ) -> Result<(Self, Vec<String>), ArticleError> {
        let (decode, guessed) = pieces::decoding(name, &bytes.head, options)?;
        let options = ReadOptions {
            decode,
            ..options.clone()
        };
        let pieces = Self {
            text: Text::new(name, bytes, &options)?,
            line: 1,
            offset: 0,
        };
        let notes = [Some(pieces::note(name)), guessed];
        Ok((pieces, notes.into_iter().flatten().collect()))
    }

    fn next_piece(&mut self, split: Split) -> Result<Option<Piece>, ArticleError> {
        let mut least = PIECE;
        loop {
            if !self.text.ended && self.text.pending.len() < least {
                self.text.fill(least, self.line)?;
            }
            let pending = &mut self.text.pending;
            let end = if pending.len() > 2 * PIECE {
                // All that was read to tell the encoding is not one piece.
                let start = pending.floor_char_boundary(PIECE);
                pieces::cut(&pending[..start], split).or_else(|| pieces::cut(pending, split))
            } else if self.text.ended {
                Some(pending.len())
            } else {
                pieces::cut(pending, split)
            };
            let end = match end {
                Some(end) => end,
                None if self.text.ended => pending.len(),
                None => {
                    least = pending.len() + PIECE;
                    continue;
                }
            };
            if end == 0 {
                return Ok(None);
            }
            let text = pending[..end].to_owned();
            pending.drain(..end);
            let offset = self.offset;
            self.offset += text.len();
            self.line += line_breaks(text.as_bytes()).0;
            return Ok(Some(Piece { text, offset }));
        }
    }
}

/// Rows of a table.
struct Rows {
    text: Text,
    parts: TableParts,
    columns: Option<RowColumns>,
    order: RowOrder,
}

impl Rows {
    /// Rows of complete articles, and how many of these there are.
    fn next_rows(
        &mut self,
        options: &ReadOptions,
    ) -> Result<Option<(Table<'static>, RowColumns, usize)>, ArticleError> {
        let mut least = 1;
        while !self.text.ended {
            self.text.fill(least, self.parts.line())?;
            let pending = &mut self.text.pending;
            let Some(mut table) = self.parts.take(pending, self.text.ended)? else {
                // What was not enough is not looked at again for each byte more.
                least = pending.len() + pending.len() / 4;
                continue;
            };
            let columns = match self.columns {
                Some(columns) => columns,
                None => *self.columns.insert(RowColumns::find(&table, options)?),
            };
            let starts = rows::article_starts(&table, columns);
            let open = starts.last().copied().filter(|&row| {
                // More rows of a named article may follow.
                !self.text.ended && columns.article(&table, row).is_some()
            });
            let Some(open) = open else {
                return Ok(Some((table, columns, starts.len())));
            };
            self.parts.put_back(&mut table, open, pending);
            least = pending.len() + pending.len() / 4;
            if open > 0 {
                return Ok(Some((table, columns, starts.len() - 1)));
            }
        }
        Ok(None)
    }
}

fn io_error(name: &str, source: io::Error) -> ArticleError {
    ArticleError::Io {
        name: name.to_owned(),
        source,
    }
}

fn too_large(name: &str) -> ArticleError {
    ArticleError::TooLarge {
        name: name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::article::Split;

    /// Gives at most so many bytes at once.
    struct Slow<'b>(&'b [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let length = out.len().min(self.1).min(self.0.len());
            out[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }

    /// Cannot be read.
    struct Broken;

    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::Other.into())
        }
    }

    fn options(format: Format) -> ReadOptions {
        ReadOptions {
            format: Some(format),
            split: Split::None,
            ..ReadOptions::default()
        }
    }

    fn all(text: &'static str, size: usize, options: &ReadOptions) -> (usize, Input) {
        let mut whole = Input::default();
        let mut count = 0;
        for batch in batches("-", Slow(text.as_bytes(), size), options).unwrap() {
            let input = batch.unwrap().read("-", options).unwrap();
            whole.articles.extend(input.articles);
            whole.failed.extend(input.failed);
            count += 1;
        }
        (count, whole)
    }

    #[test]
    fn d21_lines_come_as_they_are_ready_and_are_numbered_through() {
        let text = "{\"text\": \"One.\"}\n{\"text\": 2}\n\n{\"text\": \"Thr\u{e9}e.\", \"n\": 3}";
        let options = options(Format::Jsonl);
        let whole = read("-", text.as_bytes(), &options).unwrap();
        assert_eq!(whole.articles[1].number, 3);
        for size in [1, 2, 7, 4096] {
            let (count, parts) = all(text, size, &options);
            assert_eq!(parts.articles, whole.articles, "for parts of {size}");
            assert_eq!(parts.failed, whole.failed);
            assert!(count > 1, "for parts of {size}");
        }
    }

    #[test]
    fn d21_rows_of_an_article_stay_together() {
        let mut text = String::from("article,position,text,n\n");
        for i in 0..40_000 {
            let article = if i < 20_000 { "a" } else { "" };
            let _ = writeln!(text, "{article},{i},\"It was\n number {i}.\",{i}");
        }
        let text: &'static str = text.leak();
        let options = options(Format::Csv);
        let whole = read("-", text.as_bytes(), &options).unwrap();
        assert_eq!(whole.articles.len(), 20_001);
        assert_eq!(whole.articles[0].parts.len(), 20_000);
        for size in [1000, 1 << 20] {
            let (count, parts) = all(text, size, &options);
            assert!(parts.articles == whole.articles, "for parts of {size}");
            assert!(count > 1);
        }
    }

    #[test]
    fn d21_blank_lines_behind_rows_are_not_held() {
        let mut text = b"text,n\nOne.,1\n".to_vec();
        text.resize(40 * PART, b'\n');
        let options = options(Format::Csv);
        // The text breaks off, so that what is held stays to be looked at.
        let reader = io::Cursor::new(text).chain(Broken);
        let mut found = batches("-", reader, &options).unwrap();
        assert!(found.next().unwrap().is_ok() && found.next().unwrap().is_err());
        let Source::Rows(rows) = &found.source else {
            unreachable!("a reader of rows");
        };
        assert!(rows.text.pending.capacity() <= 4 * PART);
    }

    #[test]
    fn a06_the_line_of_a_byte_that_is_no_text_is_told() {
        let mut text = "{\"text\": \"One.\"}\n".repeat(100_000).into_bytes();
        text.extend(b"{\"text\": \"\xe9\"}\n");
        let options = options(Format::Jsonl);
        let last = batches("-", io::Cursor::new(text), &options)
            .unwrap()
            .last();
        assert_eq!(
            last.unwrap().unwrap_err().to_string(),
            "-:100001:11: byte 0xE9 is not valid UTF-8 (no continuation byte follows)"
        );
    }

    #[test]
    fn a31_lines_are_counted_beyond_32_bits() {
        let options = options(Format::Jsonl);
        let mut found = batches("-", &b"{}\n{\"text\": 2}\n"[..], &options).unwrap();
        let Source::Lines(lines) = &mut found.source else {
            unreachable!("a reader of lines");
        };
        lines.line = u64::from(u32::MAX);
        let input = found.next().unwrap().unwrap().read("-", &options).unwrap();
        assert_eq!(input.failed[0].place, "-:4294967295:1");
        assert_eq!(input.failed[1].place, "-:4294967296:1");
    }

    #[test]
    fn whatever_has_no_records_is_one_batch() {
        let text = "One. Two.\nThree.";
        let mut found = batches("a.txt", text.as_bytes(), &ReadOptions::default()).unwrap();
        let input = found
            .next()
            .unwrap()
            .unwrap()
            .read("a.txt", &ReadOptions::default());
        assert_eq!(input.unwrap().articles[0].texts().count(), 3);
        assert!(found.next().is_none());
    }
}
