//! What can be wrong in labelled data: always with its place.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use thiserror::Error;

use super::spooled::SpoolError;
use crate::io::{DecodeError, FileKind, UnpackError};

/// How many errors of one pass are kept; of the others the number.
pub(crate) const MAX_ERRORS: usize = 20;

/// How many names a message lists before it breaks off.
const MAX_NAMES: usize = 20;

/// How many characters of a value a message quotes.
const MAX_SHOWN: usize = 60;

/// A place in a file, printed as `path:line:column`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The file, or the name that stands for it in messages.
    pub path: Arc<Path>,
    /// Physical line, from 1; LF, CRLF and a lone CR end a line.
    pub line: u64,
    /// Column in characters, from 1; `None` if the whole line is meant.
    pub column: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Name(&self.path), self.line)?;
        match self.column {
            Some(column) => write!(f, ":{column}"),
            None => Ok(()),
        }
    }
}

/// A path as messages name it: `-` is standard input.
pub(crate) struct Name<'p>(pub(crate) &'p Path);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.as_os_str() == "-" {
            f.write_str("<stdin>")
        } else {
            self.0.display().fmt(f)
        }
    }
}

/// What class of failure an error is; the command line makes its exit code of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The request makes no sense.
    Usage,
    /// The data are faulty.
    Data,
    /// Reading failed.
    Io,
    /// A limit was reached.
    Limit,
}

/// Why labelled data cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CorpusError {
    /// Opening or reading failed.
    #[error("{}: cannot be read", Name(path))]
    Io {
        /// The file.
        path: Arc<Path>,
        /// What the system says.
        source: io::Error,
    },
    /// Texts cannot be kept on disk.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// No file was named.
    #[error("no file, expected at least one")]
    NoFiles,
    /// The delimiter cannot delimit.
    #[error("the delimiter is {}, expected one ASCII character that is no quote and no line break", shown_byte(*.0))]
    Delimiter(u8),
    /// No encoding has this label.
    #[error("no encoding is called {}", shown(.0))]
    UnknownEncoding(String),
    /// Nothing in the file.
    #[error("{}: the file is empty, expected a header and rows", Name(path))]
    Empty {
        /// The file.
        path: Arc<Path>,
    },
    /// Not delimited text at all.
    #[error("{}: this is {kind}, expected delimited text (CSV)", Name(path))]
    NotText {
        /// The file.
        path: Arc<Path>,
        /// What it is.
        kind: FileKind,
    },
    /// Not text in the encoding.
    #[error("{place}: byte 0x{byte:02X} is not valid {encoding} ({why})")]
    Encoding {
        /// Where.
        place: Place,
        /// The byte.
        byte: u8,
        /// Name of the encoding.
        encoding: &'static str,
        /// What is wrong with it, in words.
        why: &'static str,
    },
    /// A header and nothing else.
    #[error("{}:{line}: no rows after the header (line {line}){}", Name(path), skipped_note(*skipped))]
    NoRows {
        /// The file.
        path: Arc<Path>,
        /// Line of the header.
        line: u64,
        /// How many rows there were, all bad and skipped.
        skipped: u64,
    },
    /// Two columns share a name.
    #[error(
        "{place}: columns {first} and {second} are both named {}, expected different names",
        shown(name)
    )]
    DuplicateColumn {
        /// Place of the second.
        place: Place,
        /// The name.
        name: String,
        /// Number of the first, from 1.
        first: usize,
        /// Number of the second, from 1.
        second: usize,
    },
    /// A column has no name.
    #[error("{place}: column {number} has no name, expected one in each header cell")]
    UnnamedColumn {
        /// Place of the header cell.
        place: Place,
        /// Number of the column, from 1.
        number: usize,
    },
    /// One column where two or more are needed: mostly the wrong delimiter.
    #[error(
        "{place}: found 1 column named {}, expected a column {} beside it",
        shown(name),
        shown(wanted)
    )]
    OneColumn {
        /// Place of the header.
        place: Place,
        /// Its name.
        name: String,
        /// The column that is missing.
        wanted: String,
    },
    /// A column is missing.
    #[error("{place}: no column named {}; found {}", shown(wanted), listed(found))]
    MissingColumn {
        /// Place of the header.
        place: Place,
        /// The name or number that was asked for.
        wanted: String,
        /// The option that asks for another.
        option: &'static str,
        /// The columns there are.
        found: Vec<String>,
        /// Index of the one that was probably meant.
        closest: Option<usize>,
    },
    /// Several columns have the name but for case and spaces.
    #[error(
        "{place}: no column named exactly {}, and several nearly so: {}",
        shown(wanted),
        listed(found)
    )]
    AmbiguousColumn {
        /// Place of the header.
        place: Place,
        /// The name that was asked for.
        wanted: String,
        /// The option that asks for another.
        option: &'static str,
        /// The columns that match.
        found: Vec<String>,
    },
    /// One column is to be two things.
    #[error(
        "{place}: column {} is to be both {first} and {second}, expected two columns",
        shown(name)
    )]
    SameColumn {
        /// Place of the header cell.
        place: Place,
        /// Its name.
        name: String,
        /// The first use.
        first: &'static str,
        /// The second use.
        second: &'static str,
    },
    /// A row has too few or too many fields.
    #[error("{place}: found {}, expected {expected} as in line {header_line}", fields(*found))]
    Ragged {
        /// Where the row begins.
        place: Place,
        /// How many fields it has.
        found: usize,
        /// How many it should have.
        expected: usize,
        /// Line of the header, or of the first row if there is none.
        header_line: u64,
        /// Line in which the row ends.
        last_line: u64,
    },
    /// A quote is opened and not closed.
    #[error("{place}: quoted field is never closed (opened here); it takes in {} to the end of the file", lines(*lines_taken))]
    UnclosedQuote {
        /// Place of the opening quote.
        place: Place,
        /// How many lines it takes in, its own included.
        lines_taken: u64,
    },
    /// A quoted field is longer than allowed, and what follows has not been read.
    #[error("{place}: quoted field is not closed within {limit} bytes (opened here)")]
    OpenQuote {
        /// Place of the opening quote.
        place: Place,
        /// The limit.
        limit: usize,
    },
    /// A field is longer than allowed.
    #[error("{place}: field is longer than {limit} bytes")]
    FieldTooLong {
        /// Where it begins.
        place: Place,
        /// The limit.
        limit: usize,
    },
    /// A row has more columns than allowed.
    #[error("{place}: row has more than {limit} columns")]
    TooManyColumns {
        /// Where the row begins.
        place: Place,
        /// The limit.
        limit: usize,
    },
    /// More rows than can be numbered.
    #[error("{place}: more than {} rows", u32::MAX)]
    TooManyRows {
        /// The first row too many.
        place: Place,
    },
    /// A row has no label.
    #[error("{place}: the label is empty")]
    EmptyLabel {
        /// Place of the field.
        place: Place,
    },
    /// A position is no whole number.
    #[error(
        "{place}: the position is {}, expected a whole number or nothing",
        shown(found)
    )]
    Position {
        /// Place of the field.
        place: Place,
        /// What it holds.
        found: String,
    },
    /// Nothing to tell apart.
    #[error("only one label, {} ({rows} rows), expected at least 2", shown(label))]
    OneClass {
        /// The label.
        label: String,
        /// How many rows carry it.
        rows: u64,
    },
    /// No row carries a label.
    #[error("no row carries a label ({rows} rows), expected at least 2 labels")]
    NoClass {
        /// How many rows there are.
        rows: u64,
    },
    /// Several errors of one pass.
    #[error("{}", many(errors, *total))]
    Many {
        /// The first of them, in order of file and line.
        errors: Vec<CorpusError>,
        /// How many there are in all.
        total: u64,
    },
}

impl CorpusError {
    /// The class of the failure; of several errors, of the first.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Io { source, .. } => match UnpackError::behind(source) {
                Some(error) if error.is_limit() => ErrorKind::Limit,
                Some(_) => ErrorKind::Data,
                None => match source.kind() {
                    io::ErrorKind::FileTooLarge | io::ErrorKind::OutOfMemory => ErrorKind::Limit,
                    _ => ErrorKind::Io,
                },
            },
            Self::Spool(_) => ErrorKind::Io,
            Self::NoFiles
            | Self::Delimiter(_)
            | Self::UnknownEncoding(_)
            | Self::SameColumn { .. } => ErrorKind::Usage,
            Self::FieldTooLong { .. } | Self::TooManyColumns { .. } | Self::TooManyRows { .. } => {
                ErrorKind::Limit
            }
            Self::Many { errors, .. } => errors.first().map_or(ErrorKind::Data, Self::kind),
            _ => ErrorKind::Data,
        }
    }

    /// The errors one by one: those of [`CorpusError::Many`], else this one.
    #[must_use]
    pub fn errors(&self) -> &[Self] {
        match self {
            Self::Many { errors, .. } => errors,
            one => std::slice::from_ref(one),
        }
    }

    /// How many errors there are, those included that [`errors`](Self::errors) leaves out.
    #[must_use]
    pub fn total(&self) -> u64 {
        match self {
            Self::Many { total, .. } => *total,
            _ => 1,
        }
    }

    /// Where the error is, if it has one place.
    #[must_use]
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Encoding { place, .. }
            | Self::DuplicateColumn { place, .. }
            | Self::UnnamedColumn { place, .. }
            | Self::OneColumn { place, .. }
            | Self::MissingColumn { place, .. }
            | Self::AmbiguousColumn { place, .. }
            | Self::SameColumn { place, .. }
            | Self::Ragged { place, .. }
            | Self::UnclosedQuote { place, .. }
            | Self::OpenQuote { place, .. }
            | Self::FieldTooLong { place, .. }
            | Self::TooManyColumns { place, .. }
            | Self::TooManyRows { place }
            | Self::EmptyLabel { place }
            | Self::Position { place, .. } => Some(place),
            _ => None,
        }
    }

    /// What would cure it, if something is known; of several errors, the first cure.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::OutOfMemory => {
                "take fewer rows, or a machine with more memory: a file is held twice while it is read"
            }
            Self::Spool(error) => return error.hint().map(str::to_owned),
            Self::Empty { .. } => "two lines are a table: `text,label` and `It rained.,none`",
            Self::NotText { kind, .. } => return kind.cure().map(str::to_owned),
            Self::Encoding { .. } => {
                "name the encoding, as in `--encoding latin1`, or replace such bytes with `--lossy`"
            }
            Self::UnknownEncoding(_) => "try `latin1`, `windows-1250`, `utf-16le`, `shift_jis` …",
            Self::UnnamedColumn { .. } => {
                "name the column, or leave it out (pandas: `to_csv(…, index=False)`)"
            }
            Self::OneColumn { name, .. } => return Some(hint_delimiter(name)),
            Self::MissingColumn {
                option,
                found,
                closest,
                ..
            } => {
                let closest = closest.and_then(|index| found.get(index));
                return Some(hint_column(option, closest));
            }
            Self::AmbiguousColumn { option, .. } => {
                return Some(format!("name one exactly with `{option}`"));
            }
            Self::Ragged {
                place, last_line, ..
            } => return Some(hint_ragged(place.line, *last_line)),
            Self::UnclosedQuote { .. } => {
                "close it with `\"`; a quote inside a quoted field is written twice: `\"\"`"
            }
            Self::OpenQuote { .. } => {
                "close it with `\"` (a quote inside is written twice: `\"\"`), or allow longer fields with `--max-field BYTES`"
            }
            Self::FieldTooLong { .. } => "allow longer fields with `--max-field BYTES`",
            Self::TooManyColumns { .. } => "allow more columns with `--max-columns N`",
            Self::EmptyLabel { .. } => {
                "label the rows, or leave such rows out with `--unlabelled skip`"
            }
            Self::Many { errors, .. } => return errors.iter().find_map(Self::hint),
            _ => return None,
        };
        Some(text.to_owned())
    }

    /// The error of text that cannot be decoded in the file called `path`.
    pub(crate) fn decode(path: &Arc<Path>, error: DecodeError) -> Self {
        match error {
            DecodeError::Invalid {
                line,
                column,
                byte,
                encoding,
                why,
            } => Self::Encoding {
                place: Place {
                    path: Arc::clone(path),
                    line,
                    column: Some(column),
                },
                byte,
                encoding,
                why,
            },
            DecodeError::UnknownEncoding(label) => Self::UnknownEncoding(label),
        }
    }
}

fn hint_delimiter(name: &str) -> String {
    match [';', '\t', '|', ',']
        .into_iter()
        .find(|&c| name.contains(c))
    {
        Some(other) => format!("try `--delimiter '{}'`", other.escape_default()),
        None => "say what stands between the columns with `--delimiter`".to_owned(),
    }
}

fn hint_column(option: &str, closest: Option<&String>) -> String {
    match closest {
        Some(name) => format!("did you mean {}? then `{option} {name}`", shown(name)),
        None => format!("name it, as in `{option} 1`; if the file has no header, `--no-header`"),
    }
}

fn hint_ragged(first: u64, last: u64) -> String {
    if last > first {
        format!("the row spans the lines {first} to {last}: is a quote left open there?")
    } else {
        "quote fields that hold the delimiter, or leave such rows out with `--skip-bad-rows`"
            .to_owned()
    }
}

/// Untrusted text in a message: in backticks, cut short, and without what a terminal would obey.
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::from("`");
    for (i, c) in text.chars().enumerate() {
        if i == MAX_SHOWN {
            shown.push('…');
            break;
        }
        if c.is_control() || is_invisible(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown.push('`');
    shown
}

/// Characters that take no room or turn the direction of writing: a reader cannot see them.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn shown_byte(byte: u8) -> String {
    format!("`{}`", byte.escape_ascii())
}

fn listed(names: &[String]) -> String {
    let mut listed: Vec<_> = names
        .iter()
        .take(MAX_NAMES)
        .map(|name| shown(name))
        .collect();
    if names.len() > MAX_NAMES {
        listed.push(format!("… ({} in all)", names.len()));
    }
    listed.join(", ")
}

fn skipped_note(skipped: u64) -> String {
    if skipped == 0 {
        String::new()
    } else {
        format!(" that could be used; {skipped} left out")
    }
}

fn fields(count: usize) -> String {
    format!("{count} {}", if count == 1 { "field" } else { "fields" })
}

fn lines(count: u64) -> String {
    format!("{count} {}", if count == 1 { "line" } else { "lines" })
}

fn many(errors: &[CorpusError], total: u64) -> String {
    let mut lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    let more = total - errors.len() as u64;
    if more > 0 {
        lines.push(format!("… and {more} more errors"));
    }
    lines.join("\n")
}

/// The errors of one pass: the first [`MAX_ERRORS`], and how many there are.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    errors: Vec<CorpusError>,
    total: u64,
}

impl Faults {
    /// Counts an error, and makes it only if it is kept.
    pub(crate) fn push(&mut self, error: impl FnOnce() -> CorpusError) {
        self.total += 1;
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error());
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Adds the errors of another pass over the same file, so that all stand in order of place.
    pub(crate) fn merge(&mut self, mut other: Self) {
        self.total += other.total;
        self.errors.append(&mut other.errors);
        self.errors.sort_by(|a, b| a.place().cmp(&b.place()));
        self.errors.truncate(MAX_ERRORS);
    }

    /// Adds the errors of the next file.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.total += other.total;
        self.errors.append(&mut other.errors);
        self.errors.truncate(MAX_ERRORS);
    }

    /// `value` if there are no errors.
    pub(crate) fn into_result<T>(mut self, value: T) -> Result<T, CorpusError> {
        match (self.total, self.errors.pop()) {
            (0, _) | (_, None) => Ok(value),
            (1, Some(error)) => Err(error),
            (total, Some(last)) => {
                self.errors.push(last);
                Err(CorpusError::Many {
                    errors: self.errors,
                    total,
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn untrusted_text_is_escaped_and_cut_in_messages() {
        assert_eq!(
            shown("a\u{1b}[31m\n\u{202e}b"),
            "`a\\u{1b}[31m\\n\\u{202e}b`"
        );
        assert_eq!(shown("déjà"), "`déjà`");
        assert_eq!(shown(&"x".repeat(100)).chars().count(), 63);
    }

    #[test]
    fn twenty_errors_are_kept_and_all_are_counted() {
        let mut faults = Faults::default();
        for line in 1..=50 {
            faults.push(|| CorpusError::EmptyLabel {
                place: Place {
                    path: Path::new("a.csv").into(),
                    line,
                    column: Some(1),
                },
            });
        }
        let error = faults.into_result(()).unwrap_err();
        assert_eq!((error.errors().len(), error.total()), (20, 50));
        let text = error.to_string();
        assert!(text.starts_with("a.csv:1:1: the label is empty\na.csv:2:1: "));
        assert!(text.ends_with("a.csv:20:1: the label is empty\n… and 30 more errors"));
    }
}
