//! A table whose text comes in parts, cut where records end.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use super::reading::{Beginning, Header, Nuls, Reading};
use super::{Table, TableOptions};
use crate::corpus::error::{CorpusError, Faults};
use crate::corpus::scan::Scanner;

/// Reads the records that are complete, part by part.
#[derive(Debug)]
pub(crate) struct TableParts {
    path: Arc<Path>,
    options: TableOptions,
    /// Where the next part begins; `None` before the first.
    at: Option<Beginning>,
    header: Option<Header>,
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
            return self.check_limits(text, at).map(|()| None);
        };
        let rest = text.split_off(end);
        let part = std::mem::replace(text, rest);
        let next = Beginning {
            start: 0,
            line,
            ..at
        };
        self.at = Some(next);
        let (path, known) = (Arc::clone(&self.path), self.header.take());
        let before = (last || !self.judged_whole).then_some(self.nuls);
        let nuls = self.nuls.and(&part);
        let reading = Reading::part(path, Cow::Owned(part), at, known, before, &self.options)?;
        self.nuls = nuls;
        let (table, faults, header) = reading.read_with_header()?;
        self.rows += table.len() as u64;
        self.skipped += table.skipped();
        self.is_faulty |= !faults.is_empty();
        if last && self.rows == 0 && !self.is_faulty {
            return Err(CorpusError::NoRows {
                path: Arc::clone(&self.path),
                line: header.line(),
                skipped: self.skipped,
            });
        }
        self.header = Some(header);
        Ok(Some((table, faults)))
    }

    /// Refuses a record that is beyond the limits before all of it is there: mostly a quote that is
    /// never closed.
    fn check_limits(&self, text: &str, at: Beginning) -> Result<(), CorpusError> {
        if text.len() <= self.options.max_field {
            return Ok(());
        }
        let (path, known) = (Arc::clone(&self.path), self.header.clone());
        Reading::part(path, Cow::Borrowed(text), at, known, None, &self.options)?
            .read_with_header()
            .map(drop)
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
    Scanner::new(text, at.delimiter, at.start, at.line)
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

    /// Fields and lines of all rows, read in parts of `size` bytes.
    fn in_parts(text: &str, size: usize) -> Result<Vec<(u64, Vec<String>)>, CorpusError> {
        let mut parts = TableParts::new(Path::new("t.csv"), &options());
        let mut pending = String::new();
        let mut rows = Vec::new();
        let chars: Vec<char> = text.chars().collect();
        let mut chunks = chars.chunks(size).peekable();
        while let Some(chunk) = chunks.next() {
            pending.extend(chunk);
            let last = chunks.peek().is_none();
            if let Some(table) = parts.take(&mut pending, last)? {
                rows.extend(shown(&table));
            }
        }
        Ok(rows)
    }

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
            body in "[\",a é\r\n]{1,40}",
            size in 1usize..9,
        ) {
            let text = format!("x,y\n{body}");
            let whole = Table::from_bytes("t.csv", text.as_bytes(), &options());
            match (whole, in_parts(&text, size)) {
                (Ok(whole), Ok(parts)) => prop_assert_eq!(shown(&whole), parts),
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
