//! One pass over the text of a table: scanner and CSV reader side by side.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use csv::ByteRecord;
use memchr::{memchr, memchr_iter};

use super::{Table, TableOptions, field_place, io_error, place};
use crate::corpus::delimiter;
use crate::corpus::error::{CorpusError, Faults, Place};
use crate::corpus::records::{Records, RecordsBuilder};
use crate::corpus::scan::{QuoteFaults, Scanner, Span, Spot, field_bounds, spot};
use crate::corpus::warning::CorpusWarning;
use crate::io::decode::{Decoded, LineIndex};
use crate::io::sniff::{FileKind, are_mostly_nul};

/// What the beginning of a text tells of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beginning {
    /// Where the header begins, past byte-order marks and a line `sep=;`.
    pub(super) start: usize,
    /// Its line.
    pub(super) line: u64,
    pub(super) delimiter: u8,
    /// Whether records came before: the first line break ends the last of them.
    pub(super) goes_on: bool,
}

impl Beginning {
    pub(super) fn of(text: &str, options: &TableOptions) -> Result<Self, CorpusError> {
        if let Some(delimiter) = options.delimiter
            && !delimiter::is_valid(delimiter)
        {
            return Err(CorpusError::Delimiter(delimiter));
        }
        let body = skip_marks(text);
        let (sep, body, line) = match delimiter::sep_line(body) {
            Some((sep, rest)) => (Some(sep), skip_marks(rest), 2),
            None => (None, body, 1),
        };
        Ok(Self {
            start: text.len() - body.len(),
            line,
            delimiter: options
                .delimiter
                .or(sep)
                .unwrap_or_else(|| delimiter::guess(body)),
            goes_on: false,
        })
    }

    /// A scanner of `text` from there on.
    pub(super) fn scanner(self, text: &str) -> Scanner<'_> {
        let scanner = Scanner::new(text, self.delimiter, self.start, self.line);
        if self.goes_on {
            scanner.going_on()
        } else {
            scanner
        }
    }
}

impl Header {
    pub(super) fn line(&self) -> u64 {
        self.line
    }
}

/// A table in the making.
pub(super) struct Reading<'t, 'o> {
    path: Arc<Path>,
    text: Cow<'t, str>,
    /// Where header or rows begin.
    at: Beginning,
    /// The header, if an earlier part of the text had it.
    known: Option<Header>,
    /// Whether there may be no rows here: other parts have them.
    in_parts: bool,
    options: &'o TableOptions,
    pub(super) warnings: Vec<CorpusWarning>,
    faults: Faults,
}

/// What the rows amount to.
struct Rows {
    records: Records,
    offsets: Vec<usize>,
    gaps: Vec<usize>,
    skipped: u64,
    blank_lines: u64,
}

/// The first row and the names it gives.
#[derive(Debug, Clone, Default)]
pub(super) struct Header {
    names: Vec<String>,
    /// The row as it stands in the text.
    text: String,
    line: u64,
    /// How many fields the row has, unnamed ones included.
    fields: usize,
}

impl<'t, 'o> Reading<'t, 'o> {
    pub(super) fn new(
        path: Arc<Path>,
        decoded: Decoded<'t>,
        options: &'o TableOptions,
    ) -> Result<Self, CorpusError> {
        let at = Beginning::of(&decoded.text, options)?;
        let mut reading = Self::part(path, decoded.text, at, None, Some(Nuls::default()), options)?;
        if decoded.replaced > 0 {
            let path = Arc::clone(&reading.path);
            let count = decoded.replaced;
            let replaced = CorpusWarning::Replaced { path, count };
            reading.warnings.insert(0, replaced);
        }
        reading.in_parts = false;
        Ok(reading)
    }

    /// A part of a table, which may have had its header before.
    pub(super) fn part(
        path: Arc<Path>,
        text: Cow<'t, str>,
        at: Beginning,
        known: Option<Header>,
        nuls_before: Option<Nuls>,
        options: &'o TableOptions,
    ) -> Result<Self, CorpusError> {
        Ok(Self {
            warnings: nul_warning(&path, &text, at.line, nuls_before)?
                .into_iter()
                .collect(),
            path,
            text,
            at,
            known,
            in_parts: true,
            options,
            faults: Faults::default(),
        })
    }

    pub(super) fn read(self) -> Result<(Table<'t>, Faults), CorpusError> {
        let (table, faults, _) = self.read_with_header()?;
        Ok((table, faults))
    }

    /// The rows, and the header for parts that follow: not known yet if all rows of this part are blank.
    pub(super) fn read_with_header(
        mut self,
    ) -> Result<(Table<'t>, Faults, Option<Header>), CorpusError> {
        // Taken out, so that the scanner may borrow it while warnings are collected.
        let text = std::mem::take(&mut self.text);
        let Beginning {
            start, delimiter, ..
        } = self.at;
        let mut scanner = self.at.scanner(&text);
        let mut reader = csv_reader(text.get(start..).unwrap_or_default(), delimiter);
        let known = match self.known.take() {
            Some(header) => Some(header),
            None => self.header(&text, &mut scanner, &mut reader)?,
        };
        if known.is_none() && !self.in_parts {
            return Err(CorpusError::Empty { path: self.path });
        }
        let header = known.clone().unwrap_or_default();
        let rows = self.rows(&text, &header, &mut scanner, &mut reader)?;
        self.report(&header, &rows, &scanner.faults);
        let table = Table {
            path: self.path,
            delimiter,
            header: header.names,
            header_row: (header.text, header.line),
            has_header: self.options.has_header,
            records: rows.records,
            offsets: rows.offsets,
            gaps: rows.gaps,
            skipped: rows.skipped,
            blank_lines: rows.blank_lines,
            warnings: self.warnings,
            text,
        };
        Ok((table, self.faults, known))
    }

    /// The first row that is not blank, if there is one; a reader for the rows stays where it is read next.
    fn header<'x>(
        &self,
        text: &'x str,
        scanner: &mut Scanner<'x>,
        reader: &mut csv::Reader<&'x [u8]>,
    ) -> Result<Option<Header>, CorpusError> {
        let mut record = ByteRecord::new();
        while let Some(span) = self.next_record(text, scanner, reader, &mut record)? {
            if is_blank(&record) {
                scanner.blank_lines += 1;
                continue;
            }
            let names = if self.options.has_header {
                self.names(text, span, &record)?
            } else {
                // The row is data: read it again with the others.
                let blank_lines = scanner.blank_lines;
                *scanner = Scanner::new(text, self.at.delimiter, span.start, span.line);
                scanner.blank_lines = blank_lines;
                *reader = csv_reader(&text[span.start..], self.at.delimiter);
                (1..=record.len()).map(|n| n.to_string()).collect()
            };
            return Ok(Some(Header {
                names,
                text: text[span.start..span.end].to_owned(),
                line: span.line,
                fields: record.len(),
            }));
        }
        Ok(None)
    }

    /// The names in the header, without the empty cells at its end.
    fn names(
        &self,
        text: &str,
        span: Span,
        record: &ByteRecord,
    ) -> Result<Vec<String>, CorpusError> {
        let mut names: Vec<_> = record
            .iter()
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        let width = names.iter().rposition(|name| !name.trim().is_empty());
        names.truncate(width.map_or(0, |last| last + 1));
        for (second, name) in names.iter().enumerate() {
            let row = (&text[span.start..span.end], span.line);
            let place = || field_place(&self.path, row, self.at.delimiter, second);
            if name.trim().is_empty() {
                return Err(CorpusError::UnnamedColumn {
                    place: place(),
                    number: second + 1,
                });
            }
            // At most `max_columns` names; the square of it is still soon done.
            if let Some(first) = names[..second]
                .iter()
                .position(|other| other.trim() == name.trim())
            {
                return Err(CorpusError::DuplicateColumn {
                    place: place(),
                    name: name.clone(),
                    first: first + 1,
                    second: second + 1,
                });
            }
        }
        Ok(names)
    }

    fn rows(
        &mut self,
        text: &str,
        header: &Header,
        scanner: &mut Scanner<'_>,
        reader: &mut csv::Reader<&[u8]>,
    ) -> Result<Rows, CorpusError> {
        let mut records = RecordsBuilder::new(header.names.len(), text.len() - self.at.start)
            .map_err(|source| CorpusError::Io {
                path: Arc::clone(&self.path),
                source,
            })?;
        let (mut offsets, mut gaps) = (Vec::new(), Vec::new());
        let (mut skipped, mut empty) = (0, 0);
        let mut record = ByteRecord::new();
        while let Some(span) = self.next_record(text, scanner, reader, &mut record)? {
            // Blank rows are seldom, and seen from their first byte mostly.
            if is_blank(&record) {
                empty += 1;
            } else if self.fits(header, span, &record)? {
                records.push(&record, span.line);
                offsets.push(span.start);
            } else {
                skipped += u64::from(self.options.skip_bad_rows);
                gaps.push(offsets.len());
            }
        }
        let records = records.finish().ok_or_else(|| {
            let broken = std::io::Error::from(std::io::ErrorKind::InvalidData);
            io_error(&self.path, broken)
        })?;
        Ok(Rows {
            records,
            offsets,
            gaps,
            skipped,
            blank_lines: scanner.blank_lines + empty,
        })
    }

    /// Reads the record that the scanner finds next, unless it is beyond the limits.
    fn next_record(
        &self,
        text: &str,
        scanner: &mut Scanner<'_>,
        reader: &mut csv::Reader<&[u8]>,
        record: &mut ByteRecord,
    ) -> Result<Option<Span>, CorpusError> {
        let Some(span) = scanner.next() else {
            return Ok(None);
        };
        if let Some((spot, lines_taken)) = scanner.faults.unclosed {
            // What it swallows is no record to check against a limit.
            let long = span.end - span.start > self.options.max_field;
            if long {
                return Err(CorpusError::UnclosedQuote {
                    place: place(&self.path, spot),
                    lines_taken,
                });
            }
        }
        self.check_limits(text, span)?;
        match reader.read_byte_record(record) {
            Ok(true) => Ok(Some(span)),
            Ok(false) => Ok(None),
            Err(error) => Err(io_error(&self.path, error.into())),
        }
    }

    /// Refuses the one record that the text is, and of which more may follow, if it is beyond the limits already.
    pub(super) fn check_open_record(&self) -> Result<(), CorpusError> {
        let mut scanner = self.at.scanner(&self.text);
        let Some(span) = scanner.next() else {
            return Ok(());
        };
        let open = scanner.faults.unclosed;
        let open = open.map(|(spot, _)| place(&self.path, spot));
        match self.check_limits(&self.text, span) {
            // Whether it is ever closed is not known.
            Err(CorpusError::FieldTooLong { place, limit }) if Some(&place) == open.as_ref() => {
                Err(CorpusError::OpenQuote { place, limit })
            }
            checked => checked,
        }
    }

    /// Fields and columns within bounds; only long records can break them.
    fn check_limits(&self, text: &str, span: Span) -> Result<(), CorpusError> {
        let (max_field, max_columns) = (self.options.max_field, self.options.max_columns);
        let record = &text.as_bytes()[span.start..span.end];
        if record.len() <= max_field.min(max_columns.saturating_sub(1)) {
            return Ok(());
        }
        let at = |offset| {
            place(
                &self.path,
                spot(text, span.start, span.line, span.start + offset),
            )
        };
        if u32::try_from(record.len()).is_err() {
            return Err(CorpusError::FieldTooLong {
                place: at(0),
                limit: u32::MAX as usize,
            });
        }
        for (number, (start, end)) in field_bounds(record, self.at.delimiter).enumerate() {
            if end - start > max_field {
                return Err(CorpusError::FieldTooLong {
                    place: at(start),
                    limit: max_field,
                });
            }
            if number >= max_columns {
                return Err(CorpusError::TooManyColumns {
                    place: at(0),
                    limit: max_columns,
                });
            }
        }
        Ok(())
    }

    /// Whether the row is as wide as the header; columns without any name or value do not count.
    fn fits(
        &mut self,
        header: &Header,
        span: Span,
        record: &ByteRecord,
    ) -> Result<bool, CorpusError> {
        let width = header.names.len();
        if record.len() == width {
            return Ok(true);
        }
        let value = record
            .iter()
            .enumerate()
            .skip(width)
            .find(|(_, value)| !value.trim_ascii().is_empty());
        match value {
            None if record.len() > width => Ok(true),
            Some((column, _)) if record.len() == header.fields => Err(CorpusError::UnnamedColumn {
                place: field_place(
                    &self.path,
                    (&header.text, header.line),
                    self.at.delimiter,
                    column,
                ),
                number: column + 1,
            }),
            _ => {
                self.ragged(header, span, record.len());
                Ok(false)
            }
        }
    }

    fn ragged(&mut self, header: &Header, span: Span, found: usize) {
        let place = || Place {
            path: Arc::clone(&self.path),
            line: span.line,
            column: Some(1),
        };
        if !self.options.skip_bad_rows {
            self.faults.push(|| CorpusError::Ragged {
                place: place(),
                found,
                expected: header.names.len(),
                header_line: header.line,
                last_line: span.last_line,
            });
        } else if let Some(CorpusWarning::SkippedRows { count, .. }) = self.warnings.last_mut() {
            *count += 1;
        } else {
            let place = place();
            self.warnings
                .push(CorpusWarning::SkippedRows { place, count: 1 });
        }
    }

    /// Turns what the scanner and the rows show into errors and warnings.
    fn report(&mut self, header: &Header, rows: &Rows, quotes: &QuoteFaults) {
        let at = |spot| place(&self.path, spot);
        if let Some((opened, lines_taken)) = quotes.unclosed {
            let mut unclosed = Faults::default();
            unclosed.push(|| CorpusError::UnclosedQuote {
                place: at(opened),
                lines_taken,
            });
            self.faults.merge(unclosed);
        } else if rows.records.is_empty() && self.faults.is_empty() && !self.in_parts {
            self.faults.push(|| CorpusError::NoRows {
                path: Arc::clone(&self.path),
                line: header.line,
                skipped: rows.skipped,
            });
        }
        if let Some((spot, opened)) = quotes.text_after {
            self.warnings.push(CorpusWarning::TextAfterQuote {
                place: at(spot),
                opened,
                count: quotes.text_after_count,
            });
        }
        let long = quotes.long_fields.iter();
        self.warnings
            .extend(long.map(|&(spot, lines_taken)| CorpusWarning::LongField {
                place: at(spot),
                lines_taken,
            }));
    }
}

fn csv_reader(text: &str, delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .buffer_capacity(1 << 16)
        .from_reader(text.as_bytes())
}

/// The `csv` crate drops a byte-order mark where it starts to read, the scanner does not.
fn skip_marks(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

/// Every field is empty or white space.
fn is_blank(record: &ByteRecord) -> bool {
    record.as_slice().iter().all(u8::is_ascii_whitespace)
}

/// NUL bytes among those of a text, or of its parts so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Nuls {
    nuls: u64,
    bytes: u64,
}

impl Nuls {
    /// With those of the text that follows.
    pub(super) fn and(self, text: &str) -> Self {
        Self {
            nuls: self.nuls + memchr_iter(0, text.as_bytes()).count() as u64,
            bytes: self.bytes + text.len() as u64,
        }
    }

    fn are_most(self) -> bool {
        are_mostly_nul(self.nuls, self.bytes)
    }
}

/// A warning about NUL bytes in a text that begins on `line`. Whether text and parts with those `before` are mostly NUL is
/// judged only where they are given.
fn nul_warning(
    path: &Arc<Path>,
    text: &str,
    line: u64,
    before: Option<Nuls>,
) -> Result<Option<CorpusWarning>, CorpusError> {
    if before.is_some_and(|before| before.and(text).are_most()) {
        return Err(CorpusError::NotText {
            path: Arc::clone(path),
            kind: FileKind::Binary,
        });
    }
    let Some(first) = memchr(0, text.as_bytes()) else {
        return Ok(None);
    };
    let (lines, column) = LineIndex::new(text).locate(first);
    let line = line + lines - 1;
    Ok(Some(CorpusWarning::Nul {
        place: place(path, Spot { line, column }),
        count: Nuls::default().and(text).nuls,
    }))
}
