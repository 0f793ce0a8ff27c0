//! A table whose text comes in parts, cut where records end.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use super::reading::{Beginning, Header, Nuls, Reading};
use super::{Table, TableOptions};
use crate::corpus::error::{CorpusError, Faults};
use crate::io::decode::line_breaks;

/// Reads the records that are complete, part by part.
#[derive(Debug)]
pub(crate) struct TableParts {
    path: Arc<Path>,
    options: TableOptions,
    /// Where the next part begins; `None` before the first.
    at: Option<Beginning>,
    header: Option<Header>,
    /// Lines that hold nothing, before the next part.
    blank_lines: u64,
    rows: u64,
    skipped: u64,
    /// Whether a record was wrong.
    is_faulty: bool,
    nuls: Nuls,
    /// Whether it is known only at the end that there is nothing but binary data.
    judged_whole: bool,
}

impl TableParts {
    /// A table that messages call `path`.
    pub(crate) fn new(path: &Path, options: &TableOptions) -> Self {
        Self {
            path: path.into(),
            options: options.clone(),
            at: None,
            header: None,
            blank_lines: 0,
            rows: 0,
            skipped: 0,
            is_faulty: false,
            nuls: Nuls::default(),
            judged_whole: false,
        }
    }

    /// Judged as one text: what is at the end no table fails there, and not in one of its parts.
    pub(crate) fn judged_whole(self) -> Self {
        Self {
            judged_whole: true,
            ..self
        }
    }

    /// The line on which the next part begins.
    pub(crate) fn line(&self) -> u64 {
        self.at.map_or(1, |at| at.line)
    }

    /// Takes the complete records off the front of `text`; `last` says that no more text follows.
    /// `None` if there are none.
    ///
    /// The first part must be all of the text, or enough of it to guess the delimiter from.
    pub(crate) fn take(
        &mut self,
        text: &mut String,
        last: bool,
    ) -> Result<Option<Table<'static>>, CorpusError> {
        let Some((table, faults)) = self.take_with_faults(text, last)? else {
            return Ok(None);
        };
        let table = faults.into_result(table)?;
        Ok(Some(table).filter(|table| !table.is_empty()))
    }

    /// As [`take`](Self::take), but what is wrong with records is given beside the others, of which there may be none.
    pub(crate) fn take_with_faults(
        &mut self,
        text: &mut String,
        last: bool,
    ) -> Result<Option<(Table<'static>, Faults)>, CorpusError> {
        let at = match self.at {
            Some(at) => at,
            None => *self.at.insert(Beginning::of(text, &self.options)?),
        };
        let Some((end, line)) = last_record(text, at, last) else {
            let at = self.pass_blank_lines(text, at);
            return self.check_limits(text, at).map(|()| None);
        };
        let rest = text.split_off(end);
        let part = std::mem::replace(text, rest);
        self.at = Some(Beginning {
            start: 0,
            line,
            goes_on: true,
            ..at
        });
        let (path, known) = (Arc::clone(&self.path), self.header.take());
        let before = (last || !self.judged_whole).then_some(self.nuls);
        let nuls = self.nuls.and(&part);
        let reading = Reading::part(path, Cow::Owned(part), at, known, before, &self.options)?;
        self.nuls = nuls;
        let (mut table, mut faults, header) = reading.read_with_header()?;
        table.blank_lines += std::mem::take(&mut self.blank_lines);
        let Some(header) = header else {
            return self.without_header(&table, last).map(|()| None);
        };
        self.rows += table.len() as u64;
        self.skipped += table.skipped();
        self.is_faulty |= !faults.is_empty();
        if last && self.rows == 0 && !self.is_faulty {
            // A fault as others are: wrong columns come first.
            faults.push(|| CorpusError::NoRows {
                path: Arc::clone(&self.path),
                line: header.line(),
                skipped: self.skipped,
            });
        }
        self.header = Some(header);
        Ok(Some((table, faults)))
    }

    /// Goes on behind a part that has nothing but blank rows before the header.
    fn without_header(&mut self, table: &Table<'_>, last: bool) -> Result<(), CorpusError> {
        if last {
            let path = Arc::clone(&self.path);
            return Err(CorpusError::Empty { path });
        }
        self.blank_lines = table.blank_lines();
        Ok(())
    }

    /// Takes empty lines off the front of `text`, which has no complete record, so that they are neither held nor looked
    /// at again. The last of them stays: it may be half a line break, or end the record before.
    fn pass_blank_lines(&mut self, text: &mut String, at: Beginning) -> Beginning {
        let bytes = &text.as_bytes()[at.start..];
        let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let breaks = bytes.iter().position(|byte| !is_break(byte));
        let breaks = &bytes[..breaks.unwrap_or(bytes.len())];
        let kept = if breaks.ends_with(b"\r\n") { 2 } else { 1 };
        let length = breaks.len().saturating_sub(kept);
        let (lines, _) = line_breaks(&breaks[..length]);
        text.drain(at.start..at.start + length);
        self.blank_lines += lines;
        let line = at.line + lines;
        *self.at.insert(Beginning { line, ..at })
    }

    /// Refuses a record that is beyond the limits before all of it is there: mostly a quote that is
    /// never closed.
    fn check_limits(&self, text: &str, at: Beginning) -> Result<(), CorpusError> {
        if text.len() <= self.options.max_field {
            return Ok(());
        }
        let path = Arc::clone(&self.path);
        Reading::part(path, Cow::Borrowed(text), at, None, None, &self.options)?.check_open_record()
    }

    /// Gives the rows of `table` from `row` on back to `text`, from whose front they came.
    pub(crate) fn put_back(&mut self, table: &mut Table<'_>, row: usize, text: &mut String) {
        text.insert_str(0, &table.text[table.offsets[row]..]);
        if let Some(at) = &mut self.at {
            at.line = table.records.line(row);
        }
        self.rows -= (table.len() - row) as u64;
        table.offsets.truncate(row);
        table.records.truncate(row);
    }
}

/// Where the last complete record ends, before its line break, and on which line.
fn last_record(text: &str, at: Beginning, last: bool) -> Option<(usize, u64)> {
    if last {
        return Some((text.len(), at.line));
    }
    at.scanner(text)
        .map(|span| (span.end, span.last_line))
        .take_while(|(end, _)| *end < text.len())
        .last()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn options() -> TableOptions {
        TableOptions {
            delimiter: Some(b','),
            ..TableOptions::default()
        }
    }

    /// Fields and lines of all rows, read in parts of `size` bytes, and how many lines are blank.
    fn in_parts(text: &str, size: usize, options: &TableOptions) -> Result<Read, CorpusError> {
        let mut parts = TableParts::new(Path::new("t.csv"), options);
        let mut pending = String::new();
        let (mut rows, mut blank_lines) = (Vec::new(), 0);
        let chars: Vec<char> = text.chars().collect();
        let mut chunks = chars.chunks(size).peekable();
        while let Some(chunk) = chunks.next() {
            pending.extend(chunk);
            let last = chunks.peek().is_none();
            if let Some((table, faults)) = parts.take_with_faults(&mut pending, last)? {
                let table = faults.into_result(table)?;
                rows.extend(shown(&table));
                blank_lines += table.blank_lines();
            }
            let held = pending.trim_start_matches(['\r', '\n']);
            assert!(pending.len() - held.len() <= size + 2, "{pending:?}");
        }
        Ok((rows, blank_lines))
    }

    type Read = (Vec<(u64, Vec<String>)>, u64);

    fn shown(table: &Table<'_>) -> Vec<(u64, Vec<String>)> {
        (0..table.len())
            .map(|row| {
                let fields = table.row(row).map(str::to_owned).collect();
                (table.records.line(row), fields)
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn d21_parts_of_any_size_give_the_rows_of_the_whole(
            before in "([, ]?(\r|\n|\r\n)){0,6}",
            body in "[\",a é\r\n]{1,40}",
            size in 1usize..9,
        ) {
            let text = format!("{before}x,y\n{body}");
            let whole = Table::from_bytes("t.csv", text.as_bytes(), &options());
            match (whole, in_parts(&text, size, &options())) {
                (Ok(whole), Ok(parts)) => {
                    prop_assert_eq!((shown(&whole), whole.blank_lines()), parts);
                }
                // Errors of later parts are not seen.
                (Err(CorpusError::Many { errors, .. }), Err(part)) => {
                    prop_assert_eq!(errors[0].place(), part.errors()[0].place());
                }
                (Err(whole), Err(part)) => {
                    prop_assert_eq!(whole.to_string(), part.errors()[0].to_string());
                }
                (whole, parts) => prop_assert!(false, "{:?} {:?}", whole, parts),
            }
        }
    }

    #[test]
    fn d21_a_limit_is_for_fields_in_parts_as_in_the_whole() {
        let short = TableOptions {
            max_field: 10,
            ..options()
        };
        let read = |text: &str| in_parts(text, 3, &short).map_err(|e| e.errors()[0].to_string());
        let refused = |body: &str| read(&format!("x,y\n1,2\n{body}")).unwrap_err();
        // Blank lines, and records longer than any of their fields, are no long fields.
        let blank = "\n".repeat(50);
        let (rows, blank_lines) = read(&format!("{blank}x,y\n{blank}123456,\"7,\n8\"\n")).unwrap();
        assert_eq!(rows, [(102, vec!["123456".into(), "7,\n8".into()])]);
        assert_eq!(blank_lines, 100);
        assert_eq!(
            refused("123456,\"78\n90123456789012345\",1\n"),
            "t.csv:3:8: quoted field is not closed within 10 bytes (opened here)"
        );
        assert_eq!(
            refused("123456,\"78"),
            "t.csv:3:8: quoted field is never closed (opened here); it takes in 1 line to the end of the file"
        );
        assert_eq!(
            refused("1,234567890123"),
            "t.csv:3:3: field is longer than 10 bytes"
        );
    }

    #[test]
    fn a_text_of_blank_rows_alone_is_empty() {
        let error = in_parts("\n,,\n\n,\n \n\n", 2, &options()).unwrap_err();
        assert!(matches!(error, CorpusError::Empty { .. }), "{error}");
    }

    #[test]
    fn rows_are_given_back() {
        let mut parts = TableParts::new(Path::new("t.csv"), &options());
        let mut text = "x,y\n1,a\n2,\"b\nb\"\n3,c\n4".to_owned();
        let mut table = parts.take(&mut text, false).unwrap().unwrap();
        assert_eq!(table.len(), 3);
        parts.put_back(&mut table, 1, &mut text);
        assert_eq!((shown(&table).len(), parts.line()), (1, 3));
        text.push_str(",d");
        let table = parts.take(&mut text, true).unwrap().unwrap();
        let lines: Vec<_> = shown(&table).into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [3, 5, 6]);
    }
}
