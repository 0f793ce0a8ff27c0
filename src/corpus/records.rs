//! Rows of fields in one piece of memory.

use std::io;

/// Rows of equal width; all fields stand one after the other in one string.
///
/// Beside the text this takes 16 bytes a row and 4 a field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Records {
    text: String,
    width: usize,
    /// Where each row begins in `text`.
    starts: Vec<usize>,
    /// Where each field ends, counted from the beginning of its row.
    ends: Vec<u32>,
    /// Physical line of each row.
    lines: Vec<u64>,
}

impl Records {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// How many fields each row has.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// The field in `column` of `row`, unquoted.
    ///
    /// # Panics
    ///
    /// If there is no such row or column.
    #[must_use]
    pub fn field(&self, row: usize, column: usize) -> &str {
        let ends = &self.ends[row * self.width..][..self.width];
        let end = ends[column] as usize;
        let start = column.checked_sub(1).map_or(0, |left| ends[left] as usize);
        &self.text[self.starts[row]..][start..end]
    }

    /// The fields of `row`.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> impl ExactSizeIterator<Item = &str> {
        (0..self.width).map(move |column| self.field(row, column))
    }

    /// Leaves out all rows from `rows` on.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.starts.truncate(rows);
        self.lines.truncate(rows);
        self.ends.truncate(rows * self.width);
    }

    /// The physical line in which `row` begins.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn line(&self, row: usize) -> u64 {
        self.lines[row]
    }
}

/// Collects rows.
#[derive(Debug)]
pub(crate) struct RecordsBuilder {
    bytes: Vec<u8>,
    records: Records,
}

impl RecordsBuilder {
    /// For rows of `width` fields and at most `capacity` bytes in all; an error if there is no memory for them.
    pub(crate) fn new(width: usize, capacity: usize) -> io::Result<Self> {
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(capacity)
            .map_err(|_| io::ErrorKind::OutOfMemory)?;
        Ok(Self {
            bytes,
            records: Records {
                width,
                ..Records::default()
            },
        })
    }

    /// Adds the first `width` fields of `record`; it must have as many, and less than 4 GiB.
    pub(crate) fn push(&mut self, record: &csv::ByteRecord, line: u64) {
        let records = &mut self.records;
        records.starts.push(self.bytes.len());
        records.lines.push(line);
        let mut length = 0;
        for column in 0..records.width {
            length = record.range(column).map_or(length, |range| range.end);
            records.ends.push(u32::try_from(length).unwrap_or(u32::MAX));
        }
        self.bytes.extend_from_slice(&record.as_slice()[..length]);
    }

    /// The rows; `None` if the fields are not UTF-8.
    pub(crate) fn finish(self) -> Option<Records> {
        // Checked once for all fields: that is several times as fast as field by field.
        let mut text = String::from_utf8(self.bytes).ok()?;
        text.shrink_to_fit();
        Some(Records {
            text,
            ..self.records
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b08_memory_that_is_not_to_be_had_is_an_error() {
        let error = RecordsBuilder::new(2, usize::MAX / 2).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::OutOfMemory);
        assert!(RecordsBuilder::new(2, 10).is_ok());
    }
}
