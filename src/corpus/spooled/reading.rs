//! The first pass: CSV, part by part, to rows and a file of texts.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use super::ranks::prefix;
use super::spool::{Spool, SpoolWriter};
use crate::corpus::builder::{Builder, FileRows, reserve};
use crate::corpus::csv::CorpusOptions;
use crate::corpus::error::{CorpusError, Faults};
use crate::corpus::rows::Rows;
use crate::corpus::scan::MAX_LONG_FIELDS;
use crate::corpus::table::{Table, TableOptions, TableParts};
use crate::corpus::warning::CorpusWarning;
use crate::io::decode::PartDecoder;
use crate::io::{self as input, Opened};

/// So many bytes are asked for at once, and make a part; few where files are small.
const PART: usize = if cfg!(any(test, fuzzing)) {
    300
} else {
    1 << 20
};

/// What the first pass gives.
pub(super) struct FirstPass {
    pub(super) rows: Rows,
    /// Where in the spool the text of each row begins, and where the last one ends.
    pub(super) starts: Vec<u64>,
    /// How each text begins.
    pub(super) prefixes: Vec<u64>,
    pub(super) spool: Spool,
}

/// Reads all files; the file of texts is in `directory`.
pub(super) fn read_rows(
    paths: &[impl AsRef<Path>],
    options: &CorpusOptions,
    directory: &Path,
) -> Result<FirstPass, CorpusError> {
    if paths.is_empty() {
        return Err(CorpusError::NoFiles);
    }
    let mut reading = Reading {
        builder: Builder::new(options),
        options: &options.table,
        spool: SpoolWriter::create(directory)?,
        starts: vec![0],
        prefixes: Vec::new(),
    };
    for path in paths {
        match reading.add(path.as_ref()) {
            Ok(()) => {}
            Err(error @ CorpusError::Spool(_)) => return Err(error),
            // The next file is read all the same.
            Err(error) => reading.builder.refuse(error),
        }
    }
    Ok(FirstPass {
        rows: reading.builder.finish()?,
        starts: reading.starts,
        prefixes: reading.prefixes,
        spool: reading.spool.finish()?,
    })
}

/// Rows and texts in the making.
struct Reading<'o> {
    builder: Builder<'o>,
    options: &'o TableOptions,
    spool: SpoolWriter,
    starts: Vec<u64>,
    prefixes: Vec<u64>,
}

impl Reading<'_> {
    /// Adds a file.
    fn add(&mut self, path: &Path) -> Result<(), CorpusError> {
        let path: Arc<Path> = path.into();
        let mut text = TextParts::open(&path, self.options)?;
        let mut parts = TableParts::new(&path, self.options).judged_whole();
        let mut file = None;
        let (mut faults, mut warnings) = (Faults::default(), TableWarnings::default());
        loop {
            let table = parts.take_with_faults(&mut text.pending, text.ended)?;
            if let Some((table, more)) = table {
                if file.is_none() {
                    file = self.builder.begin(&table);
                }
                let Some(file) = &mut file else {
                    return Ok(());
                };
                self.add_rows(&table, file)?;
                warnings.extend(table.warnings());
                faults.append(more);
            }
            if text.ended {
                break;
            }
            text.fill(parts.line())?;
        }
        if let Some(file) = file {
            let warnings = warnings.finish(&text);
            self.builder.end(file, faults, warnings);
        }
        Ok(())
    }

    fn add_rows(&mut self, table: &Table<'_>, file: &mut FileRows) -> Result<(), CorpusError> {
        let (first, records) = (self.builder.len(), file.records());
        reserve(&mut self.starts, table)?;
        reserve(&mut self.prefixes, table)?;
        self.builder.add_rows(table, file)?;
        for record in self.builder.records(first) {
            let text = table.field(record - records, file.text_column());
            self.starts.push(self.spool.push(text)?);
            self.prefixes.push(prefix(text));
        }
        Ok(())
    }
}

/// Decoded text of a file that has not been taken yet.
struct TextParts {
    path: Arc<Path>,
    opened: Opened,
    decoder: PartDecoder,
    buffer: Vec<u8>,
    pending: String,
    ended: bool,
}

impl TextParts {
    /// Opens a file and reads its first part: all, or enough to guess the delimiter from.
    fn open(path: &Arc<Path>, options: &TableOptions) -> Result<Self, CorpusError> {
        let io_error = |source| CorpusError::Io {
            path: Arc::clone(path),
            source,
        };
        let mut opened = input::open(path).map_err(io_error)?;
        let mut buffer = Vec::new();
        let ended = next_part(&mut opened.reader, &mut buffer).map_err(io_error)?;
        Table::check_kind(path, &buffer, options)?;
        let (decoder, mark) = PartDecoder::new(&buffer, &options.decode)
            .map_err(|error| CorpusError::decode(path, error))?;
        buffer.drain(..mark);
        let mut parts = Self {
            path: Arc::clone(path),
            opened,
            decoder,
            buffer,
            pending: String::new(),
            ended,
        };
        parts.decode(1)?;
        Ok(parts)
    }

    /// Reads the next part, of as many bytes again as make a quarter of what is pending: a long record is not looked
    /// at again for each byte more. `line` is that on which `pending` begins.
    fn fill(&mut self, line: u64) -> Result<(), CorpusError> {
        let enough = self.pending.len() + self.pending.len() / 4;
        loop {
            self.ended =
                next_part(&mut self.opened.reader, &mut self.buffer).map_err(|source| {
                    CorpusError::Io {
                        path: Arc::clone(&self.path),
                        source,
                    }
                })?;
            self.decode(line)?;
            if self.ended || self.pending.len() >= enough {
                return Ok(());
            }
        }
    }

    fn decode(&mut self, line: u64) -> Result<(), CorpusError> {
        self.decoder
            .decode(&self.buffer, self.ended, &mut self.pending)
            .map_err(|error| CorpusError::decode(&self.path, error.on_line(line)))
    }

    /// Whether the file is longer now than when it was opened.
    fn grew(&self) -> bool {
        self.opened
            .size
            .is_some_and(|size| input::grew(&self.path, size))
    }
}

/// Reads [`PART`] bytes, or fewer at the end; tells whether it is that.
fn next_part(reader: impl Read, buffer: &mut Vec<u8>) -> io::Result<bool> {
    buffer.clear();
    reader.take(PART as u64).read_to_end(buffer)?;
    Ok(buffer.len() < PART)
}

/// The warnings of all parts of a file, as they are of a whole.
#[derive(Default)]
struct TableWarnings {
    nul: Option<CorpusWarning>,
    skipped: Option<CorpusWarning>,
    text_after: Option<CorpusWarning>,
    long: Vec<CorpusWarning>,
}

impl TableWarnings {
    fn extend(&mut self, more: &[CorpusWarning]) {
        for warning in more {
            let before = match warning {
                CorpusWarning::Nul { .. } => &mut self.nul,
                CorpusWarning::SkippedRows { .. } => &mut self.skipped,
                CorpusWarning::TextAfterQuote { .. } => &mut self.text_after,
                _ => {
                    if self.long.len() < MAX_LONG_FIELDS {
                        self.long.push(warning.clone());
                    }
                    continue;
                }
            };
            match (before, warning) {
                (
                    Some(
                        CorpusWarning::Nul { count, .. }
                        | CorpusWarning::SkippedRows { count, .. }
                        | CorpusWarning::TextAfterQuote { count, .. },
                    ),
                    CorpusWarning::Nul { count: more, .. }
                    | CorpusWarning::SkippedRows { count: more, .. }
                    | CorpusWarning::TextAfterQuote { count: more, .. },
                ) => *count += more,
                (before, warning) => *before = Some(warning.clone()),
            }
        }
    }

    /// The warnings, with those of reading `text`, in the order in which a whole table has them.
    fn finish(self, text: &TextParts) -> Vec<CorpusWarning> {
        let count = text.decoder.replaced();
        let path = || Arc::clone(&text.path);
        let replaced = (count > 0).then(|| CorpusWarning::Replaced {
            path: path(),
            count,
        });
        let grew = text.grew().then(|| CorpusWarning::Grew { path: path() });
        [replaced, self.nul, grew, self.skipped, self.text_after]
            .into_iter()
            .flatten()
            .chain(self.long)
            .collect()
    }
}
