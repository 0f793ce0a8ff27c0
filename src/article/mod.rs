//! What is to be scored: texts of articles, however they are stored.
//!
//! Every reader gives [`Article`]s: one or more texts that follow each other, each cut into the
//! spans that get a label.

#[cfg(feature = "arrow")]
mod arrow;
mod batches;
#[cfg(any(feature = "parquet", feature = "arrow"))]
mod columnar;
pub mod files;
pub mod html;
mod jsonl;
pub mod markdown;
#[cfg(feature = "parquet")]
mod parquet;
mod pieces;
mod rows;
mod story;
mod warc;
mod whole;

use std::io;
use std::ops::Range;
use std::path::Path;

pub use self::batches::{Batch, Batches, MAX_WHOLE, batches, batches_of};
pub use self::story::StoryError;

use serde_json::Value;
use thiserror::Error;

use crate::corpus::{CorpusError, CorpusWarning, Table, TableOptions};
use crate::io::decode::{DecodeError, DecodeOptions, decode};
use crate::io::sniff::FileKind;
use crate::text::sentence::sentences;

/// How an input is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text.
    Text,
    /// Markdown.
    Markdown,
    /// An HTML page.
    Html,
    /// Delimited rows with a header.
    Csv,
    /// A JSON object on each line.
    Jsonl,
    /// A web archive: pages as crawlers store them.
    Warc,
    /// An Apache Parquet file: a text in each row.
    Parquet,
    /// An Apache Arrow file (Feather) or stream: a text in each row.
    Arrow,
}

impl Format {
    /// The format by the ending of a file name, or else by how the input begins.
    #[must_use]
    pub fn guess(name: &str, start: &str) -> Self {
        let ending = unpacked_name(name)
            .rsplit_once('.')
            .map(|(_, ending)| ending.to_ascii_lowercase());
        match ending.as_deref() {
            Some("html" | "htm" | "xhtml") => Self::Html,
            Some("md" | "markdown") => Self::Markdown,
            Some("csv" | "tsv") => Self::Csv,
            Some("jsonl" | "ndjson") => Self::Jsonl,
            Some("txt" | "text") => Self::Text,
            Some("warc" | "wet") => Self::Warc,
            Some("parquet") => Self::Parquet,
            Some("arrow" | "arrows" | "feather") => Self::Arrow,
            _ => Self::of_start(start.trim_start()),
        }
    }

    fn of_start(start: &str) -> Self {
        let head: String = start
            .chars()
            .take(15)
            .collect::<String>()
            .to_ascii_lowercase();
        if head.starts_with("<!doctype html") || head.starts_with("<html") {
            Self::Html
        } else if head.starts_with("{\"") {
            Self::Jsonl
        } else if head.starts_with("warc/1.") {
            Self::Warc
        } else {
            Self::Text
        }
    }
}

/// The name without an ending that tells how the file is packed.
fn unpacked_name(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((rest, ending)) if PACKED.iter().any(|p| ending.eq_ignore_ascii_case(p)) => rest,
        _ => name,
    }
}

const PACKED: [&str; 3] = ["gz", "zst", "zstd"];

/// Whether texts are cut into sentences.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Split {
    /// Into sentences.
    #[default]
    Auto,
    /// Each line, row or record is one text.
    None,
}

/// How inputs are read.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub struct ReadOptions {
    /// The format; guessed when `None`.
    pub format: Option<Format>,
    /// Whether texts are cut into sentences.
    pub split: Split,
    /// Field of JSON Lines that holds the text.
    pub text_field: String,
    /// Column of CSV that holds the text, by name or number from 1.
    pub text_column: Option<String>,
    /// Column of CSV that names the article.
    pub group_column: Option<String>,
    /// Column of CSV that holds the position in the article.
    pub position_column: Option<String>,
    /// How CSV is read.
    pub table: TableOptions,
    /// How bytes are decoded.
    pub decode: DecodeOptions,
    /// Whether other columns and fields are kept; of an HTML page its title, date and site.
    pub other_columns: bool,
    /// Keep the story of an HTML page alone, without the site around it.
    pub article_only: bool,
    /// Take for text what looks like none.
    pub binary: bool,
    /// Hold each text in memory as a whole, however long it is.
    pub whole_texts: bool,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            format: None,
            split: Split::Auto,
            text_field: "text".to_owned(),
            text_column: None,
            group_column: None,
            position_column: None,
            table: TableOptions::default(),
            decode: DecodeOptions::default(),
            other_columns: true,
            article_only: false,
            binary: false,
            whole_texts: false,
        }
    }
}

/// One text of an article.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The decoded text; of HTML and Markdown what a reader sees.
    pub text: String,
    /// Where `text` begins in the decoded input: 0 but for a text that is read in pieces.
    pub offset: usize,
    /// The spans that get a label, ascending; none is empty.
    pub spans: Vec<Range<usize>>,
    /// Other columns or fields that came with it.
    pub columns: Vec<(String, Value)>,
}

/// Texts that follow each other and are labelled together.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// Its name, if the input gives one.
    pub name: Option<String>,
    /// Its number in the input, from 1; records that cannot be read count.
    pub number: usize,
    /// Its texts in order.
    pub parts: Vec<Part>,
}

impl Article {
    /// The texts that get a label, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.parts
            .iter()
            .flat_map(|part| part.spans.iter().map(|span| &part.text[span.clone()]))
    }
}

/// An input as a whole.
#[derive(Debug, Default)]
pub struct Input {
    /// Its articles in order.
    pub articles: Vec<Article>,
    /// Records that could not be read; the others are there.
    pub failed: Vec<RecordError>,
    /// What is doubtful.
    pub warnings: Vec<CorpusWarning>,
    /// What was done to read it.
    pub notes: Vec<String>,
    /// It is one text, and not records that each hold one.
    pub is_text: bool,
}

/// A record of JSON Lines or a page of a web archive that cannot be scored.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{place}: {problem}")]
pub struct RecordError {
    /// The input, and line and column or the number of the record in it, all from 1.
    pub place: String,
    /// What was found and what was expected.
    pub problem: String,
}

/// An input that cannot be read at all.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArticleError {
    /// No text.
    #[error("{name}: this is {kind}, expected text, Markdown, HTML, CSV or JSON Lines")]
    NotText {
        /// Name of the input.
        name: String,
        /// What it is.
        kind: &'static str,
        /// What to do about it.
        cure: Option<&'static str>,
    },
    /// Bytes that are no text in the encoding.
    #[error("{name}:{source}")]
    Decode {
        /// Name of the input.
        name: String,
        /// Where and why.
        source: DecodeError,
    },
    /// A table that cannot be read.
    #[error(transparent)]
    Table(#[from] CorpusError),
    /// Reading failed.
    #[error("{name}")]
    Io {
        /// Name of the input.
        name: String,
        /// What the system says.
        source: io::Error,
    },
    /// A page whose story cannot be told from the rest.
    #[error("{name}: {source}")]
    Story {
        /// Name of the input.
        name: String,
        /// Why not.
        source: StoryError,
    },
    /// A web archive whose next record cannot be found.
    #[error("{name}: record {record}: {problem}")]
    Archive {
        /// Name of the input.
        name: String,
        /// Number of the record, from 1.
        record: u64,
        /// What was found.
        problem: String,
    },
    /// A Parquet or Arrow file that cannot be read on.
    #[error("{name}: {problem}")]
    Columnar {
        /// Name of the input.
        name: String,
        /// What was found, and in which row.
        problem: String,
        /// It may be good, but takes too much.
        is_limit: bool,
    },
    /// Too large to be held in memory.
    #[error("{name}: more than {MAX_WHOLE} bytes without a record that could be read by itself")]
    TooLarge {
        /// Name of the input.
        name: String,
    },
}

impl ArticleError {
    fn not_text(name: &str, kind: FileKind) -> Self {
        Self::NotText {
            name: name.to_owned(),
            kind: kind.name(),
            cure: kind.cure(),
        }
    }
}

/// Reads the articles of `bytes`, which came from `name`.
///
/// # Errors
///
/// [`ArticleError`]: not text, not decodable, or a table without the column asked for.
pub fn read(name: &str, bytes: &[u8], options: &ReadOptions) -> Result<Input, ArticleError> {
    match format_of(name, bytes, options)? {
        Format::Csv => rows::read(name, bytes, options),
        Format::Jsonl => match decode(bytes, &options.decode) {
            Ok(decoded) => Ok(jsonl::read(name, &decoded.text, 1, options)),
            Err(source) => Err(ArticleError::Decode {
                name: name.to_owned(),
                source,
            }),
        },
        Format::Warc => warc::read(name, bytes, options),
        #[cfg(feature = "parquet")]
        Format::Parquet => parquet::read(name, bytes, options),
        #[cfg(feature = "arrow")]
        Format::Arrow => arrow::read(name, bytes, options),
        format => whole::read(name, bytes, format, None, options),
    }
}

/// The format of an input that begins with `head`: as asked for, or guessed.
fn format_of(name: &str, head: &[u8], options: &ReadOptions) -> Result<Format, ArticleError> {
    // What stands in such files tells nothing against their names.
    let by_name = [Format::Csv, Format::Parquet, Format::Arrow];
    let told = options
        .format
        .or_else(|| Some(Format::guess(name, "")).filter(|format| by_name.contains(format)));
    if told == Some(Format::Csv) {
        Table::check_kind(Path::new(name), head, &options.table)?;
        return Ok(Format::Csv);
    }
    let kind = FileKind::of(head);
    match (kind, told) {
        (FileKind::Parquet, _) | (_, Some(Format::Parquet)) => {
            return columnar_format(name, kind, Format::Parquet);
        }
        (FileKind::Arrow, _) | (_, Some(Format::Arrow)) => {
            return columnar_format(name, kind, Format::Arrow);
        }
        _ => {}
    }
    if !kind.is_text() && options.decode.encoding.is_none() && !options.binary {
        return Err(ArticleError::not_text(name, kind));
    }
    if let Some(format) = told {
        return Ok(format);
    }
    let lossy = DecodeOptions {
        lossy: true,
        ..options.decode.clone()
    };
    // Whether all of it can be decoded is told when it is.
    let start = &head[..head.len().min(START)];
    let start = decode(start, &lossy).map_err(|source| ArticleError::Decode {
        name: name.to_owned(),
        source,
    })?;
    if is_json_document(name, &start.text) {
        return Err(ArticleError::NotText {
            name: name.to_owned(),
            kind: "a JSON document",
            cure: Some("write an object a line, as `jq -c '.[]'` does of an array"),
        });
    }
    Ok(Format::guess(name, &start.text))
}

/// Whether a file whose name says JSON holds no objects line by line.
fn is_json_document(name: &str, start: &str) -> bool {
    let ending = unpacked_name(name).rsplit_once('.');
    ending.is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("json"))
        && !matches!(start.trim_start().get(..2), None | Some("{\""))
}

/// What says of itself that it is Parquet or Arrow, or is said to be: `format`.
fn columnar_format(name: &str, kind: FileKind, format: Format) -> Result<Format, ArticleError> {
    let (expected, is_built, cure) = if format == Format::Parquet {
        let cure = "build the program with `--features parquet`, or write the file as CSV or JSON Lines first";
        (FileKind::Parquet, cfg!(feature = "parquet"), cure)
    } else {
        let cure = "build the program with `--features arrow`, or write the file as CSV or JSON Lines first";
        (FileKind::Arrow, cfg!(feature = "arrow"), cure)
    };
    if kind != expected {
        return Err(ArticleError::Columnar {
            name: name.to_owned(),
            problem: format!("this is {kind}, expected {expected}"),
            is_limit: false,
        });
    }
    if !is_built {
        return Err(ArticleError::NotText {
            name: name.to_owned(),
            kind: kind.name(),
            cure: Some(cure),
        });
    }
    Ok(format)
}

/// The first character of a text and what follows stand in so many bytes, or it begins with nothing.
const START: usize = 64 * 1024;

fn sentence_spans(text: &str) -> Vec<Range<usize>> {
    sentences(text).map(|span| span.start..span.end).collect()
}

/// Each line that is not blank, without the white space around it.
fn line_spans(text: &str) -> Vec<Range<usize>> {
    text.split(['\n', '\r'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| span_in(text, line))
        .collect()
}

/// Where `part`, a slice of `text`, lies in it.
fn span_in(text: &str, part: &str) -> Range<usize> {
    let start = part.as_ptr() as usize - text.as_ptr() as usize;
    start..start + part.len()
}

/// The spans of a text that stands in a record: sentences, or all of it.
fn record_spans(text: &str, split: Split) -> Vec<Range<usize>> {
    match split {
        Split::Auto => sentence_spans(text),
        Split::None => vec![span_in(text, text)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_name_or_beginning() {
        for (name, start, format) in [
            ("a.HTML", "", Format::Html),
            ("a.md", "", Format::Markdown),
            ("a.tsv", "", Format::Csv),
            ("a.csv.gz", "", Format::Csv),
            ("a.html.ZST", "", Format::Html),
            ("a.gz", "{\"", Format::Jsonl),
            ("a.jsonl", "", Format::Jsonl),
            ("a.txt", "<html>", Format::Text),
            ("-", "\n<!DOCTYPE html>", Format::Html),
            ("-", "{\"text\": \"x\"}", Format::Jsonl),
            ("-", "{curly} words", Format::Text),
            ("a.warc.gz", "", Format::Warc),
            ("-", "WARC/1.1\r\n", Format::Warc),
            ("a.parquet", "", Format::Parquet),
            ("a.feather.gz", "", Format::Arrow),
            ("a.json", "{\"text\": \"x\"}\n", Format::Jsonl),
            ("a.b/c", "Words.", Format::Text),
        ] {
            assert_eq!(Format::guess(name, start), format, "for {name} {start:?}");
        }
    }

    #[test]
    fn lines_can_be_texts() {
        let options = ReadOptions {
            split: Split::None,
            ..ReadOptions::default()
        };
        let input = read("-", b" One. Two.\r\n\n Three \n", &options).unwrap();
        assert_eq!(
            input.articles[0].texts().collect::<Vec<_>>(),
            ["One. Two.", "Three"]
        );
    }

    #[test]
    fn what_is_no_text_is_named() {
        let error = read("x", b"\x1f\x8b\x08\0\0\0\0\0", &ReadOptions::default()).unwrap_err();
        assert!(error.to_string().starts_with("x: this is "), "{error}");
    }
}
