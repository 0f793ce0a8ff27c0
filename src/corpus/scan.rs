//! Where records begin, physically: what a CSV reader does not tell.
//!
//! The `csv` crate reads the fields. It counts LF only, accepts a quote that is never closed, and
//! keeps silent about text after a closing quote; this pass over the same bytes finds those. Both
//! must agree on what a record is, which a property test holds them to.

use memchr::{memchr, memchr3};

use crate::io::decode::line_breaks;

/// A quoted field of more lines than this looks like a quote left open.
const LONG_FIELD_LINES: u64 = 1_000;

/// How many very long fields are remembered.
pub(crate) const MAX_LONG_FIELDS: usize = 20;

/// Where a record stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    /// Its first byte.
    pub(crate) start: usize,
    /// Its line terminator, or the end of the text.
    pub(crate) end: usize,
    /// Physical line of its first byte; it always is the first of that line.
    pub(crate) line: u64,
    /// Physical line of its last byte.
    pub(crate) last_line: u64,
}

/// A byte and its line and column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// What is odd about the quotes of a text.
#[derive(Debug, Default)]
pub(crate) struct QuoteFaults {
    /// Opening quote that is never closed, and how many lines it takes in.
    pub(crate) unclosed: Option<(Spot, u64)>,
    /// First text after a closing quote, and the line of its opening quote.
    pub(crate) text_after: Option<(Spot, u64)>,
    /// How many fields have text after the closing quote.
    pub(crate) text_after_count: u64,
    /// Opening quotes of very long fields, and how many lines they take in.
    pub(crate) long_fields: Vec<(Spot, u64)>,
}

/// Iterates over the records of delimited text.
#[derive(Debug)]
pub(crate) struct Scanner<'t> {
    text: &'t str,
    delimiter: u8,
    at: usize,
    line: u64,
    any: bool,
    /// Lines that hold nothing at all.
    pub(crate) blank_lines: u64,
    pub(crate) faults: QuoteFaults,
}

impl<'t> Scanner<'t> {
    /// Starts at byte `at`, the first of the physical line `line`.
    pub(crate) fn new(text: &'t str, delimiter: u8, at: usize, line: u64) -> Self {
        Self {
            text,
            delimiter,
            at,
            line,
            any: false,
            blank_lines: 0,
            faults: QuoteFaults::default(),
        }
    }

    /// As [`new`](Self::new), where records came before: the first line break ends the last of them.
    pub(crate) fn going_on(self) -> Self {
        Self { any: true, ..self }
    }

    /// Passes the line breaks between two records.
    fn skip_breaks(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'\n' | b'\r'))
            .unwrap_or(rest.len());
        let (breaks, _) = line_breaks(&rest[..length]);
        self.at += length;
        self.line += breaks;
        self.blank_lines += breaks.saturating_sub(u64::from(self.any));
    }

    /// Reads the quoted field that opens at `open`; returns where it is closed and how many line
    /// breaks it holds.
    fn quoted(&mut self, span: Span, open: usize) -> (usize, u64) {
        let bytes = self.text.as_bytes();
        let close = closing_quote(bytes, open);
        let end = close.unwrap_or(bytes.len());
        let (breaks, last) = line_breaks(&bytes[open..end]);
        if close.is_none() {
            let ends_in_break = open + last == end;
            let taken = breaks + u64::from(!ends_in_break);
            self.faults.unclosed = Some((self.spot(span, open), taken));
        } else if breaks >= LONG_FIELD_LINES && self.faults.long_fields.len() < MAX_LONG_FIELDS {
            let spot = self.spot(span, open);
            self.faults.long_fields.push((spot, breaks + 1));
        }
        (close.map_or(end, |close| close + 1), breaks)
    }

    fn check_after(&mut self, span: Span, open: usize, after: usize) {
        let next = self.text.as_bytes().get(after);
        if next.is_none_or(|&next| next == self.delimiter || matches!(next, b'\n' | b'\r')) {
            return;
        }
        self.faults.text_after_count += 1;
        if self.faults.text_after.is_none() {
            let opened = self.spot(span, open).line;
            self.faults.text_after = Some((self.spot(span, after), opened));
        }
    }

    fn spot(&self, span: Span, offset: usize) -> Spot {
        spot(self.text, span.start, span.line, offset)
    }
}

impl Iterator for Scanner<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        self.skip_breaks();
        let bytes = self.text.as_bytes();
        if self.at == bytes.len() {
            return None;
        }
        self.any = true;
        let mut span = Span {
            start: self.at,
            end: bytes.len(),
            line: self.line,
            last_line: self.line,
        };
        // Outside of quotes from here on, wherever `from` stands.
        let mut from = span.start;
        while let Some(found) = memchr3(b'"', b'\n', b'\r', &bytes[from..]) {
            let at = from + found;
            if bytes[at] != b'"' {
                span.end = at;
                break;
            }
            // A quote opens a field only as its first byte; elsewhere it is text.
            from = if at == span.start || bytes[at - 1] == self.delimiter {
                let (after, breaks) = self.quoted(span, at);
                self.check_after(span, at, after);
                span.last_line += breaks;
                after
            } else {
                at + 1
            };
        }
        self.at = span.end;
        self.line = span.last_line;
        Some(span)
    }
}

/// Line and column of the byte at `offset` in a record that begins a line.
pub(crate) fn spot(text: &str, start: usize, line: u64, offset: usize) -> Spot {
    let (breaks, last) = line_breaks(&text.as_bytes()[start..offset]);
    let column = text[start + last..offset].chars().count() as u64;
    Spot {
        line: line + breaks,
        column: column + 1,
    }
}

/// The quote that closes the field opened at `open`; doubled quotes close nothing.
fn closing_quote(bytes: &[u8], open: usize) -> Option<usize> {
    let mut from = open + 1;
    loop {
        let quote = from + memchr(b'"', &bytes[from..])?;
        if bytes.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        from = quote + 2;
    }
}

/// The bounds of each field of one record, quotes included.
pub(crate) fn field_bounds(
    record: &[u8],
    delimiter: u8,
) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let end = field_end(record, start, delimiter);
        next = (end < record.len()).then_some(end + 1);
        Some((start, end))
    })
}

/// Where the field in `column` of a record begins; 0 if there is no such column.
pub(crate) fn field_start(record: &[u8], delimiter: u8, column: usize) -> usize {
    field_bounds(record, delimiter)
        .nth(column)
        .map_or(0, |(start, _)| start)
}

fn field_end(record: &[u8], start: usize, delimiter: u8) -> usize {
    let from = if record.get(start) == Some(&b'"') {
        closing_quote(record, start).map_or(record.len(), |close| close + 1)
    } else {
        start
    };
    memchr(delimiter, &record[from..]).map_or(record.len(), |at| from + at)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Start of each record as the `csv` crate reports it, past the line breaks before it, and
    /// how many fields it has.
    fn by_csv(text: &str, delimiter: u8) -> Vec<(usize, usize)> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let start = |record: &csv::StringRecord| {
            let at = usize::try_from(record.position().unwrap().byte()).unwrap();
            let breaks = text[at..].chars().take_while(|c| "\r\n".contains(*c));
            at + breaks.count()
        };
        reader
            .records()
            .map(|record| record.unwrap())
            .map(|record| (start(&record), record.len()))
            .collect()
    }

    fn by_scan(text: &str, delimiter: u8) -> Vec<(usize, usize)> {
        Scanner::new(text, delimiter, 0, 1)
            .map(|span| {
                let record = &text.as_bytes()[span.start..span.end];
                (span.start, field_bounds(record, delimiter).count())
            })
            .collect()
    }

    /// Column 1 of each line a record begins in, found by looking at every character.
    fn lines_by_hand(text: &str, starts: &[usize]) -> Vec<u64> {
        let line = |start: &usize| {
            let before = text[..*start].replace("\r\n", "\n").replace('\r', "\n");
            before.matches('\n').count() as u64 + 1
        };
        starts.iter().map(line).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn scanner_and_csv_crate_agree_on_records_and_fields(
            text in "[\",;a é\r\n]{0,40}",
            delimiter in prop::sample::select(vec![b',', b';']),
        ) {
            prop_assert_eq!(by_scan(&text, delimiter), by_csv(&text, delimiter));
        }

        #[test]
        fn a09_lines_are_right_whatever_ends_them(text in "[\",a\r\n]{0,40}") {
            let spans: Vec<_> = Scanner::new(&text, b',', 0, 1).collect();
            let starts: Vec<_> = spans.iter().map(|span| span.start).collect();
            let lines: Vec<_> = spans.iter().map(|span| span.line).collect();
            prop_assert_eq!(lines, lines_by_hand(&text, &starts));
        }
    }

    #[test]
    fn fields_are_bounded_with_their_quotes() {
        let record = br#"a,"b,""c""",,"d"e,"#;
        let fields: Vec<_> = field_bounds(record, b',')
            .map(|(start, end)| std::str::from_utf8(&record[start..end]).unwrap())
            .collect();
        assert_eq!(fields, ["a", r#""b,""c""""#, "", r#""d"e"#, ""]);
    }

    #[test]
    fn blank_lines_are_counted() {
        for (text, expected) in [("a\n", 0), ("a\n\n", 1), ("\r\na\r\r\nb\n\n\n", 4), ("", 0)] {
            let mut scanner = Scanner::new(text, b',', 0, 1);
            scanner.by_ref().for_each(drop);
            assert_eq!(scanner.blank_lines, expected, "for {text:?}");
        }
    }
}
