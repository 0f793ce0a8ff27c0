//! Delimited text → a header and rows of fields, each with its place.

mod parts;
mod reading;

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

pub(crate) use self::parts::TableParts;
use self::reading::Reading;
use super::error::{CorpusError, Faults, Place};
use super::records::Records;
use super::scan::{Spot, field_start, spot};
use super::warning::CorpusWarning;
use crate::io::decode::{DecodeOptions, decode, decode_vec};
use crate::io::sniff::FileKind;
use crate::io::{FileBytes, read_path};

/// A name must be within this edit distance of a column's to be taken for a slip of it.
const MAX_TYPO: usize = 2;

/// How delimited text is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableOptions {
    /// What stands between the columns; `None`: guessed from `,` `;` tab `|`.
    pub delimiter: Option<u8>,
    /// Whether the first row holds the names of the columns. If not, they are named `1`, `2` …
    pub has_header: bool,
    /// Leave out rows with too few or too many fields instead of refusing the file.
    pub skip_bad_rows: bool,
    /// Longest field, in bytes as it stands in the file.
    pub max_field: usize,
    /// Most columns.
    pub max_columns: usize,
    /// How bytes become text.
    pub decode: DecodeOptions,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            delimiter: None,
            has_header: true,
            skip_bad_rows: false,
            max_field: 64 << 20,
            max_columns: 10_000,
            decode: DecodeOptions::default(),
        }
    }
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ColumnRole {
    /// The sentence.
    Text,
    /// Its label.
    Label,
    /// The article it stands in.
    Group,
    /// Its number in the article.
    Position,
}

impl ColumnRole {
    /// The name of the column unless another is asked for.
    #[must_use]
    pub fn default_name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Label => "label",
            Self::Group => "article",
            Self::Position => "position",
        }
    }

    /// The option of the command line that asks for another column.
    #[must_use]
    pub fn option(self) -> &'static str {
        match self {
            Self::Text => "--text-column",
            Self::Label => "--label-column",
            Self::Group => "--group-column",
            Self::Position => "--position-column",
        }
    }
}

/// A column found by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnMatch {
    /// Its number, from 0.
    pub index: usize,
    /// It has this very name, or this number; else only but for case and outer spaces.
    pub exact: bool,
}

/// Rows of fields under a header; blank rows are left out.
///
/// Holds the text of the file beside the fields, so that each field's place can be told.
#[derive(Debug, Clone)]
pub struct Table<'t> {
    path: Arc<Path>,
    text: Cow<'t, str>,
    delimiter: u8,
    header: Vec<String>,
    /// The header as it stands in the file, and its line.
    header_row: (String, u64),
    has_header: bool,
    records: Records,
    /// Where each row begins in `text`.
    offsets: Vec<usize>,
    /// Rows before which a bad row was left out.
    gaps: Vec<usize>,
    skipped: u64,
    blank_lines: u64,
    warnings: Vec<CorpusWarning>,
}

impl<'t> Table<'t> {
    /// Reads a table from bytes; `name` stands for them in messages.
    ///
    /// # Errors
    ///
    /// Every fault of the text, up to 20 of them as [`CorpusError::Many`]; see [`CorpusError`].
    pub fn from_bytes(
        name: impl AsRef<Path>,
        bytes: &'t [u8],
        options: &TableOptions,
    ) -> Result<Self, CorpusError> {
        let (table, faults) = Self::parse_bytes(name.as_ref(), bytes, options)?;
        faults.into_result(table)
    }

    /// Refuses what is no delimited text, whatever its name says.
    pub(crate) fn check_kind(
        path: &Path,
        bytes: &[u8],
        options: &TableOptions,
    ) -> Result<(), CorpusError> {
        let kind = FileKind::of(bytes);
        let told = options.decode.encoding.is_some();
        match kind {
            FileKind::Empty => Err(CorpusError::Empty { path: path.into() }),
            FileKind::Text | FileKind::Utf16Le { bom: true } | FileKind::Utf16Be { bom: true } => {
                Ok(())
            }
            FileKind::Utf16Le { .. } | FileKind::Utf16Be { .. } if told => Ok(()),
            kind => Err(CorpusError::NotText {
                path: path.into(),
                kind,
            }),
        }
    }

    pub(crate) fn parse_bytes(
        name: &Path,
        bytes: &'t [u8],
        options: &TableOptions,
    ) -> Result<(Self, Faults), CorpusError> {
        let path: Arc<Path> = name.into();
        Self::check_kind(&path, bytes, options)?;
        let decoded =
            decode(bytes, &options.decode).map_err(|error| CorpusError::decode(&path, error))?;
        Reading::new(path, decoded, options)?.read()
    }

    fn parse_vec(
        path: Arc<Path>,
        file: FileBytes,
        options: &TableOptions,
    ) -> Result<(Table<'static>, Faults), CorpusError> {
        Self::check_kind(&path, &file.bytes, options)?;
        let decoded = decode_vec(file.bytes, &options.decode)
            .map_err(|error| CorpusError::decode(&path, error))?;
        let mut reading = Reading::new(Arc::clone(&path), decoded, options)?;
        if file.grew {
            reading.warnings.push(CorpusWarning::Grew { path });
        }
        reading.read()
    }
}

impl Table<'static> {
    /// Reads the table in the file at `path`; `-` is standard input.
    ///
    /// # Errors
    ///
    /// [`CorpusError::Io`], or as [`from_bytes`](Table::from_bytes).
    pub fn from_path(path: impl AsRef<Path>, options: &TableOptions) -> Result<Self, CorpusError> {
        let (table, faults) = Self::parse_path(path.as_ref(), options)?;
        faults.into_result(table)
    }

    /// Reads a table from a stream to its end; `name` stands for it in messages.
    ///
    /// # Errors
    ///
    /// [`CorpusError::Io`], or as [`from_bytes`](Table::from_bytes).
    pub fn from_reader(
        name: impl AsRef<Path>,
        mut reader: impl Read,
        options: &TableOptions,
    ) -> Result<Self, CorpusError> {
        let path: Arc<Path> = name.as_ref().into();
        let mut bytes = Vec::new();
        reader
            .read_to_end(&mut bytes)
            .map_err(|source| io_error(&path, source))?;
        let file = FileBytes { bytes, grew: false };
        let (table, faults) = Self::parse_vec(path, file, options)?;
        faults.into_result(table)
    }

    pub(crate) fn parse_path(
        path: &Path,
        options: &TableOptions,
    ) -> Result<(Self, Faults), CorpusError> {
        let path: Arc<Path> = path.into();
        let file = read_path(&path).map_err(|source| io_error(&path, source))?;
        Self::parse_vec(path, file, options)
    }
}

impl Table<'_> {
    /// The names of the columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// What stands between the columns.
    #[must_use]
    pub fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The field in `column` of `row`, unquoted.
    ///
    /// # Panics
    ///
    /// If there is no such row or column.
    #[must_use]
    pub fn field(&self, row: usize, column: usize) -> &str {
        self.records.field(row, column)
    }

    /// The fields of `row`.
    ///
    /// # Panics
    ///
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, row: usize) -> impl ExactSizeIterator<Item = &str> {
        self.records.row(row)
    }

    /// Where a field stands in the file.
    ///
    /// # Panics
    ///
    /// If there is no such row or column.
    #[must_use]
    pub fn place(&self, row: usize, column: usize) -> Place {
        let start = self.offsets[row];
        let end = self.offsets.get(row + 1).copied();
        let record = &self.text[start..end.unwrap_or(self.text.len())];
        let record = (record, self.records.line(row));
        field_place(&self.path, record, self.delimiter, column)
    }

    /// Where the name of a column stands; without header, the first field of the column.
    #[must_use]
    pub fn header_place(&self, column: usize) -> Place {
        let (text, line) = &self.header_row;
        field_place(&self.path, (text, *line), self.delimiter, column)
    }

    /// Finds a column by name, or by its number from 1; `None` asks for the default name.
    ///
    /// A name is matched exactly, else but for case and outer spaces if that leaves one column.
    ///
    /// # Errors
    ///
    /// [`CorpusError::MissingColumn`] or, in a table of one column, [`CorpusError::OneColumn`];
    /// [`CorpusError::AmbiguousColumn`].
    pub fn column(
        &self,
        role: ColumnRole,
        wanted: Option<&str>,
    ) -> Result<ColumnMatch, CorpusError> {
        let wanted = wanted.unwrap_or(role.default_name());
        if let Some(index) = self.header.iter().position(|name| name == wanted) {
            return Ok(ColumnMatch { index, exact: true });
        }
        let near: Vec<_> = (0..self.header.len())
            .filter(|&i| folded(&self.header[i]) == folded(wanted))
            .collect();
        let number = wanted.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        match (&near[..], number) {
            (&[index], _) => Ok(ColumnMatch {
                index,
                exact: false,
            }),
            (&[], Some(index)) if index < self.header.len() => {
                Ok(ColumnMatch { index, exact: true })
            }
            (&[], _) => Err(self.missing_column(role, wanted)),
            (several, _) => Err(CorpusError::AmbiguousColumn {
                place: self.header_place(several[0]),
                wanted: wanted.to_owned(),
                option: role.option(),
                found: several.iter().map(|&i| self.header[i].clone()).collect(),
            }),
        }
    }

    fn missing_column(&self, role: ColumnRole, wanted: &str) -> CorpusError {
        let place = self.header_place(0);
        let wanted = wanted.to_owned();
        match &self.header[..] {
            [name] if self.has_header => CorpusError::OneColumn {
                place,
                name: name.clone(),
                wanted,
            },
            names => CorpusError::MissingColumn {
                place,
                option: role.option(),
                found: names.to_vec(),
                closest: closest(names, &wanted),
                wanted,
            },
        }
    }

    /// What is doubtful.
    #[must_use]
    pub fn warnings(&self) -> &[CorpusWarning] {
        &self.warnings
    }

    /// How many bad rows were left out; always 0 unless [`TableOptions::skip_bad_rows`].
    #[must_use]
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// How many lines hold nothing, or nothing but delimiters.
    #[must_use]
    pub fn blank_lines(&self) -> u64 {
        self.blank_lines
    }

    pub(crate) fn path(&self) -> &Arc<Path> {
        &self.path
    }

    /// The line in which `row` begins.
    pub(crate) fn line(&self, row: usize) -> u64 {
        self.records.line(row)
    }

    /// Rows before which a bad row was left out.
    pub(crate) fn gaps(&self) -> &[usize] {
        &self.gaps
    }

    /// The parts that outlive the text: rows and warnings.
    pub(crate) fn into_records(self) -> (Records, Vec<CorpusWarning>) {
        (self.records, self.warnings)
    }
}

fn folded(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Index of the name that `wanted` is most probably a slip of.
fn closest(names: &[String], wanted: &str) -> Option<usize> {
    let wanted = folded(wanted);
    names
        .iter()
        .map(|name| strsim::osa_distance(&folded(name), &wanted))
        .enumerate()
        .filter(|&(_, distance)| distance <= MAX_TYPO && distance * 2 < wanted.chars().count())
        .min_by_key(|&(_, distance)| distance)
        .map(|(index, _)| index)
}

fn place(path: &Arc<Path>, spot: Spot) -> Place {
    Place {
        path: Arc::clone(path),
        line: spot.line,
        column: Some(spot.column),
    }
}

/// Place of the field in `column` of a record, which is given by its text and its line.
fn field_place(
    path: &Arc<Path>,
    (record, line): (&str, u64),
    delimiter: u8,
    column: usize,
) -> Place {
    let at = field_start(record.as_bytes(), delimiter, column);
    place(path, spot(record, 0, line, at))
}

fn io_error(path: &Arc<Path>, source: std::io::Error) -> CorpusError {
    CorpusError::Io {
        path: Arc::clone(path),
        source,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::corpus::ErrorKind;

    fn table<'t>(bytes: &'t [u8], options: &TableOptions) -> Result<Table<'t>, CorpusError> {
        Table::from_bytes("t.csv", bytes, options)
    }

    fn read(text: &str) -> Table<'_> {
        table(text.as_bytes(), &TableOptions::default()).unwrap()
    }

    fn refused(bytes: &[u8]) -> CorpusError {
        table(bytes, &TableOptions::default()).unwrap_err()
    }

    fn rows(table: &Table<'_>) -> Vec<Vec<String>> {
        (0..table.len())
            .map(|row| table.row(row).map(str::to_owned).collect())
            .collect()
    }

    fn warnings(table: &Table<'_>) -> Vec<String> {
        table.warnings().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a01_an_empty_file_is_refused() {
        for bytes in [&b""[..], b"\n\r\n", b"\xef\xbb\xbf", b",,\n"] {
            let error = refused(bytes);
            assert_eq!(
                error.to_string(),
                "t.csv: the file is empty, expected a header and rows"
            );
            assert_eq!(error.kind(), ErrorKind::Data);
            assert_eq!(
                error.hint().unwrap(),
                "two lines are a table: `text,label` and `It rained.,none`"
            );
        }
    }

    #[test]
    fn a02_a_header_alone_is_refused() {
        assert_eq!(
            refused(b"text,label\n\n,\n").to_string(),
            "t.csv:1: no rows after the header (line 1)"
        );
        let skip = TableOptions {
            skip_bad_rows: true,
            ..TableOptions::default()
        };
        assert_eq!(
            table(b"\ntext,label\na\n", &skip).unwrap_err().to_string(),
            "t.csv:2: no rows after the header (line 2) that could be used; 1 left out"
        );
    }

    #[test]
    fn a03_without_header_columns_are_numbered() {
        let options = TableOptions {
            has_header: false,
            ..TableOptions::default()
        };
        let table = table(b"\nIt rained.,none\nIt did.,claim\n", &options).unwrap();
        assert_eq!(table.header(), ["1", "2"]);
        assert_eq!(table.column(ColumnRole::Label, Some("2")).unwrap().index, 1);
        assert_eq!(rows(&table)[0], ["It rained.", "none"]);
        assert_eq!((table.len(), table.blank_lines()), (2, 1));
        assert_eq!(table.place(1, 1).to_string(), "t.csv:3:9");
        let error = table.column(ColumnRole::Text, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "t.csv:2:1: no column named `text`; found `1`, `2`"
        );
    }

    #[test]
    fn a04_a_byte_order_mark_changes_nothing() {
        let plain = read("\"text\",label\nA.,x\n");
        let marked = read("\u{feff}\"text\",label\nA.,x\n");
        assert_eq!(marked.header(), plain.header());
        assert_eq!(rows(&marked), rows(&plain));
        assert_eq!(marked.place(0, 1), plain.place(0, 1));
        // Two programs, one after the other, may each have written one.
        assert_eq!(
            read("\u{feff}\u{feff}text,label\nA.,x\n").header(),
            plain.header()
        );
    }

    #[test]
    fn a05_utf16_is_decoded_or_refused() {
        let bytes: Vec<u8> = "\u{feff}text,label\nDéjà.,x\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let decoded = table(&bytes, &TableOptions::default()).unwrap();
        assert_eq!(rows(&decoded), [["Déjà.", "x"]]);
        let error = refused(&bytes[2..]);
        assert_eq!(
            error.to_string(),
            "t.csv: this is UTF-16 text (little-endian) without a byte-order mark, \
             expected delimited text (CSV)"
        );
        assert_eq!(
            error.hint().unwrap(),
            "convert with `iconv -f UTF-16LE -t UTF-8`, or say `--encoding utf-16le`"
        );
        let mut told = TableOptions::default();
        told.decode.encoding = Some("utf-16le".to_owned());
        assert_eq!(rows(&table(&bytes[2..], &told).unwrap()), rows(&decoded));
    }

    #[test]
    fn a06_a_latin1_byte_is_refused_with_its_place() {
        let bytes = b"text,label\nA.,x\nCaf\xe9.,x\n";
        let error = refused(bytes);
        assert_eq!(
            error.to_string(),
            "t.csv:3:4: byte 0xE9 is not valid UTF-8 (no continuation byte follows)"
        );
        assert!(error.hint().unwrap().contains("`--encoding latin1`"));
        let mut options = TableOptions::default();
        options.decode.encoding = Some("latin1".to_owned());
        assert_eq!(table(bytes, &options).unwrap().field(1, 0), "Café.");
        options.decode.encoding = None;
        options.decode.lossy = true;
        let lossy = table(bytes, &options).unwrap();
        assert_eq!(lossy.field(1, 0), "Caf\u{fffd}.");
        assert_eq!(
            warnings(&lossy),
            ["t.csv: 1 faulty bytes or sequences replaced by U+FFFD"]
        );
        options.decode.encoding = Some("latin-one".to_owned());
        assert_eq!(table(bytes, &options).unwrap_err().kind(), ErrorKind::Usage);
    }

    #[test]
    fn a08_nul_bytes_are_kept_and_told_or_refused() {
        let table = read("text,label\nA\0b.,x\nC.,\0y\n");
        assert_eq!(table.field(0, 0), "A\0b.");
        assert_eq!(
            warnings(&table),
            ["t.csv:2:2: NUL byte, taken as a separator (2 in all)"]
        );
        let zeros = refused(&[0; 50]).to_string();
        assert_eq!(
            zeros,
            "t.csv: this is a binary file, expected delimited text (CSV)"
        );
        // As a crash leaves it: the length was written, the data were not.
        let cut = [
            &b"text,label\n"[..],
            &b"A.,x\n".repeat(20_000),
            &vec![0; 50_000],
        ]
        .concat();
        assert_eq!(refused(&cut).to_string(), zeros);
    }

    #[test]
    fn a10_an_unclosed_quote_is_refused_where_it_opens() {
        let error = refused(b"text,label\nA.,x\nB,\"y\nC.,x\nD.,x\n");
        assert_eq!(
            error.to_string(),
            "t.csv:3:3: quoted field is never closed (opened here); \
             it takes in 3 lines to the end of the file"
        );
        let error = refused(b"text,label\nA.,x\nB.,\"y");
        assert!(
            error
                .to_string()
                .starts_with("t.csv:3:4: quoted field is never closed")
        );
        assert!(error.to_string().contains("1 line to"));
        // The rows before it are judged in the same pass.
        let error = refused(b"text,label\nA\nB,\"y\nC.,x\n");
        let text = "t.csv:2:1: found 1 field, expected 2 as in line 1\nt.csv:3:3: quoted";
        assert!(error.to_string().starts_with(text), "{error}");
    }

    #[test]
    fn a10_a_field_of_very_many_lines_is_told() {
        let text = format!("text,label\nA.,x\n\"{}\",y\n", "line\n".repeat(1_200));
        let table = read(&text);
        assert_eq!(
            warnings(&table),
            ["t.csv:3:1: quoted field of 1201 lines (opened here)"]
        );
    }

    #[test]
    fn a11_quotes_are_read_as_rfc_4180_readers_do() {
        let table =
            read("text,label\n\"ab\"c,x\na\"b,\"\"\n\"\"\"\",\"a\"\"b\"\n \"q\",y\n\"l\nm\"n,z\n");
        assert_eq!(
            rows(&table),
            [
                ["abc", "x"],
                ["a\"b", ""],
                ["\"", "a\"b"],
                [" \"q\"", "y"],
                ["l\nmn", "z"]
            ]
        );
        assert_eq!(
            warnings(&table),
            ["t.csv:2:5: text after closing quote (2 in all)"]
        );
        let late = read("text,label\n\"l\nm\"n,z\n");
        assert_eq!(
            warnings(&late),
            ["t.csv:3:3: text after closing quote (opened in line 2)"]
        );
    }

    #[test]
    fn a12_ragged_rows_are_listed_or_left_out() {
        let text = "text,label\nA.,x\nB.\nC.,x,more\n\"D\n.\",x,,\nE.,y\n";
        let error = refused(text.as_bytes());
        assert_eq!(
            error.to_string(),
            "t.csv:3:1: found 1 field, expected 2 as in line 1\n\
             t.csv:4:1: found 3 fields, expected 2 as in line 1"
        );
        let skip = TableOptions {
            skip_bad_rows: true,
            ..TableOptions::default()
        };
        let table = table(text.as_bytes(), &skip).unwrap();
        assert_eq!(rows(&table), [["A.", "x"], ["D\n.", "x"], ["E.", "y"]]);
        assert_eq!(table.skipped(), 2);
        assert_eq!(
            warnings(&table),
            ["t.csv:3:1: row with a wrong number of fields left out (2 in all)"]
        );
        let many = format!("text,label\n{}", "A.\n".repeat(50));
        let error = refused(many.as_bytes());
        assert_eq!((error.errors().len(), error.total()), (20, 50));
        let spread = refused(b"text,label\n\"A,x\nB\",y,z\n");
        assert_eq!(
            spread.hint().unwrap(),
            "the row spans the lines 2 to 3: is a quote left open there?"
        );
    }

    #[test]
    fn a13_a_wrong_delimiter_is_told() {
        let options = TableOptions {
            delimiter: Some(b','),
            ..TableOptions::default()
        };
        let wrong = table(b"text;label\nA.;x\n", &options).unwrap();
        let error = wrong.column(ColumnRole::Text, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "t.csv:1:1: found 1 column named `text;label`, expected a column `text` beside it"
        );
        assert_eq!(error.hint().unwrap(), "try `--delimiter ';'`");
        let options = TableOptions {
            delimiter: Some(b'"'),
            ..TableOptions::default()
        };
        let error = table(b"text;label\nA.;x\n", &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert_eq!(
            error.to_string(),
            "the delimiter is `\\\"`, expected one ASCII character that is no quote and no line break"
        );
    }

    #[test]
    fn a14_a_repeated_name_is_refused() {
        assert_eq!(
            refused(b"text,label,text \nA.,x,B.\n").to_string(),
            "t.csv:1:12: columns 1 and 3 are both named `text `, expected different names"
        );
    }

    #[test]
    fn a15_columns_are_found_by_near_names() {
        let table = read("Sentence, LABEL ,txet\nA.,x,B.\n");
        let found = table.column(ColumnRole::Label, None).unwrap();
        assert_eq!((found.index, found.exact), (1, false));
        let error = table.column(ColumnRole::Text, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "t.csv:1:1: no column named `text`; found `Sentence`, ` LABEL `, `txet`"
        );
        assert_eq!(
            error.hint().unwrap(),
            "did you mean `txet`? then `--text-column txet`"
        );
        let two = read("Text,TEXT\nA.,x\n");
        let error = two.column(ColumnRole::Text, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "t.csv:1:1: no column named exactly `text`, and several nearly so: `Text`, `TEXT`"
        );
        assert_eq!(two.column(ColumnRole::Text, Some("TEXT")).unwrap().index, 1);
    }

    #[test]
    fn a16_a_column_without_name_is_refused() {
        let error = refused(b",text,label\n0,A.,x\n");
        assert_eq!(
            error.to_string(),
            "t.csv:1:1: column 1 has no name, expected one in each header cell"
        );
        assert!(error.hint().unwrap().contains("index=False"));
        assert_eq!(
            refused(b"text,label,\nA.,x,\nB.,x,y\n").to_string(),
            "t.csv:1:12: column 3 has no name, expected one in each header cell"
        );
    }

    #[test]
    fn a28_a_field_may_be_long_but_not_without_limit() {
        let long = format!("text,label\nA.,x\nB.,{}\n", "y".repeat(10_000_000));
        assert_eq!(read(&long).field(1, 1).len(), 10_000_000);
        let options = TableOptions {
            max_field: 9_999_999,
            ..TableOptions::default()
        };
        let error = table(long.as_bytes(), &options).unwrap_err();
        assert_eq!(
            error.to_string(),
            "t.csv:3:4: field is longer than 9999999 bytes"
        );
        assert_eq!(error.kind(), ErrorKind::Limit);
    }

    #[test]
    fn a29_columns_are_limited() {
        let wide = format!("text,label\n{}\n", ",".repeat(1_000_000));
        let error = refused(format!("{wide}A.,x\n").as_bytes());
        assert_eq!(
            error.to_string(),
            "t.csv:2:1: row has more than 10000 columns"
        );
        assert_eq!(error.kind(), ErrorKind::Limit);
        let quoted = format!("text,label\n\"{}\",x\n", ",".repeat(1_000_000));
        assert_eq!(read(&quoted).len(), 1);
    }

    #[test]
    fn a33_other_files_are_refused_by_their_kind() {
        for (bytes, expected) in [
            (&b"\x1f\x8b\x08\0\0"[..], "a gzip file"),
            (b"%PDF-1.4\n", "a PDF file"),
            (b"PK\x03\x04....xl/styles.xml", "an XLSX (Excel) file"),
            (b"<html><body>", "an HTML page"),
            (b"{\"text\": \"A.\"}\n", "a JSON file"),
        ] {
            let error = refused(bytes);
            assert_eq!(
                error.to_string(),
                format!("t.csv: this is {expected}, expected delimited text (CSV)")
            );
            assert_eq!(error.kind(), ErrorKind::Data);
        }
    }

    #[test]
    fn a34_places_are_right_after_fields_of_several_lines() {
        let table = read("text,label\r\n\"É\r\n\r\nx\",a\r\"b\r\",c\nD,e\n");
        for (row, column, expected) in [
            (0, 0, "t.csv:2:1"),
            (0, 1, "t.csv:4:4"),
            (1, 0, "t.csv:5:1"),
            (1, 1, "t.csv:6:3"),
            (2, 1, "t.csv:7:3"),
        ] {
            assert_eq!(table.place(row, column).to_string(), expected);
        }
        assert_eq!(table.header_place(1).to_string(), "t.csv:1:6");
    }

    #[test]
    fn a35_what_spreadsheets_leave_behind_is_handled() {
        let text = format!(
            "sep=;\r\n\r\ntext;label;;\r\nA, b.;x;;\r\n\r\n;;;\r\nB.;y;;\r\n{}",
            ";;;\r\n".repeat(20)
        );
        let table = read(&text);
        assert_eq!(table.header(), ["text", "label"]);
        assert_eq!(rows(&table), [["A, b.", "x"], ["B.", "y"]]);
        assert_eq!(table.blank_lines(), 23);
        assert_eq!(table.place(1, 1).to_string(), "t.csv:7:4");
    }

    #[test]
    fn a32_a_missing_file_and_a_directory_are_input_errors() {
        for path in [std::path::Path::new("/no/such.csv"), &std::env::temp_dir()] {
            let error = Table::from_path(path, &TableOptions::default()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.to_string().ends_with(": cannot be read"));
        }
        let streamed = Table::from_reader("-", &b"text\nA.\n"[..], &TableOptions::default());
        assert_eq!(streamed.unwrap().place(0, 0).to_string(), "<stdin>:2:1");
    }

    /// Rows of three fields, none of them blank as a whole.
    fn some_rows() -> impl Strategy<Value = Vec<[String; 3]>> {
        let field = || "[a-c,;\"\t| é\r\n]{0,6}";
        let row = (field(), field(), "[a-z]").prop_map(|(a, b, c)| [a, b, c]);
        prop::collection::vec(row, 1..8)
    }

    fn written(rows: &[[String; 3]], writer: &mut csv::WriterBuilder) -> String {
        let mut writer = writer.from_writer(Vec::new());
        for row in rows {
            writer.write_record(row).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    proptest! {
        #[test]
        fn i04_what_is_written_is_read_again(rows_in in some_rows(), always in any::<bool>(), delimiter in 0..4_usize) {
            let delimiter = b",;\t|"[delimiter];
            let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
            let mut all = vec![["x", "y", "z"].map(str::to_owned)];
            all.extend(rows_in.clone());
            let mut writer = csv::WriterBuilder::new();
            writer.delimiter(delimiter).quote_style(style);
            let text = written(&all, &mut writer);
            let options = TableOptions { delimiter: Some(delimiter), ..TableOptions::default() };
            let table = table(text.as_bytes(), &options).unwrap();
            prop_assert_eq!(rows(&table), rows_in);
        }

        #[test]
        fn a09_line_ends_change_nothing(fields in prop::collection::vec("[a-c]{1,3}(,|,\"é\"\"\")[a-c]?", 1..8), marked in any::<bool>(), last in any::<bool>()) {
            let mut lines = vec!["x,y".to_owned()];
            lines.extend(fields);
            let with = |end: &str| {
                let mark = if marked { "\u{feff}" } else { "" };
                format!("{mark}{}{}", lines.join(end), if last { end } else { "" })
            };
            let (lf, crlf, cr) = (with("\n"), with("\r\n"), with("\r"));
            let expected = read(&lf);
            for other in [read(&crlf), read(&cr)] {
                prop_assert_eq!(rows(&other), rows(&expected));
                for row in 0..expected.len() {
                    prop_assert_eq!(other.place(row, 1), expected.place(row, 1));
                }
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(prop::sample::select(&b"ab,;\"\r\n\0\xc3\xa9\xff\xfe="[..]), 0..60), header in any::<bool>(), skip in any::<bool>()) {
            let options = TableOptions { has_header: header, skip_bad_rows: skip, ..TableOptions::default() };
            if let Ok(table) = table(&bytes, &options) {
                for row in 0..table.len() {
                    for column in 0..table.header().len() {
                        prop_assert!(table.place(row, column).line >= 1);
                    }
                }
            }
        }
    }
}
