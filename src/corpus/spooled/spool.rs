//! Texts in a file instead of memory.

use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// So many bytes are written at once.
const WRITTEN_AT_ONCE: usize = 1 << 20;

/// Why texts cannot be kept in a file.
#[derive(Debug, Error)]
#[error("cannot {step} the temporary file for texts in `{}`", directory.display())]
#[non_exhaustive]
pub struct SpoolError {
    /// What failed.
    pub step: SpoolStep,
    /// Where the file is.
    pub directory: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

/// What is done with the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpoolStep {
    /// It is made.
    Create,
    /// Texts are added.
    Write,
    /// Texts are brought back.
    Read,
}

impl fmt::Display for SpoolStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Create => "create",
            Self::Write => "write",
            Self::Read => "read",
        })
    }
}

impl SpoolError {
    /// What would cure it, if something is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self.source.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => Some(
                "all texts are written there once, without other columns: make room, or write the model to another disk",
            ),
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied
                if self.step == SpoolStep::Create =>
            {
                Some("write the model into a directory, or let TMPDIR name one that can be written")
            }
            _ => None,
        }
    }
}

/// A text in a [`Spool`]: where it begins, and its length in bytes.
pub(super) type Span = (u64, usize);

/// A file of texts that has no name, so that nothing is left of it however the program ends.
#[derive(Debug)]
pub(super) struct Spool {
    file: File,
    directory: PathBuf,
}

/// A [`Spool`] in the making.
#[derive(Debug)]
pub(super) struct SpoolWriter {
    file: BufWriter<File>,
    directory: PathBuf,
    length: u64,
}

fn error(step: SpoolStep, directory: &Path, source: io::Error) -> SpoolError {
    SpoolError {
        step,
        directory: directory.to_owned(),
        source,
    }
}

impl SpoolWriter {
    /// A file in `directory`.
    pub(super) fn create(directory: &Path) -> Result<Self, SpoolError> {
        let file = tempfile::tempfile_in(directory)
            .map_err(|source| error(SpoolStep::Create, directory, source))?;
        Ok(Self {
            file: BufWriter::with_capacity(WRITTEN_AT_ONCE, file),
            directory: directory.to_owned(),
            length: 0,
        })
    }

    /// Adds a text; returns where it ends.
    pub(super) fn push(&mut self, text: &str) -> Result<u64, SpoolError> {
        self.file
            .write_all(text.as_bytes())
            .map_err(|source| error(SpoolStep::Write, &self.directory, source))?;
        self.length += text.len() as u64;
        Ok(self.length)
    }

    /// The file, with all that was added.
    pub(super) fn finish(self) -> Result<Spool, SpoolError> {
        let directory = self.directory;
        match self.file.into_inner() {
            Ok(file) => Ok(Spool { file, directory }),
            Err(failed) => Err(error(SpoolStep::Write, &directory, failed.into_error())),
        }
    }
}

impl Spool {
    /// Reads the bytes of `spans`, one after the other in the result, in which they end where is told. The file is
    /// read from its beginning to its end, neighbours at once.
    pub(super) fn read(&self, spans: &[Span]) -> Result<(Vec<u8>, Vec<usize>), SpoolError> {
        let ends: Vec<usize> = spans
            .iter()
            .scan(0, |end, (_, length)| {
                *end += length;
                Some(*end)
            })
            .collect();
        let mut bytes = vec![0; ends.last().copied().unwrap_or(0)];
        let mut runs = runs(spans);
        runs.sort_unstable_by_key(|(start, _)| *start);
        for (start, range) in runs {
            read_exact_at(&self.file, &mut bytes[range], start)
                .map_err(|source| error(SpoolStep::Read, &self.directory, source))?;
        }
        Ok((bytes, ends))
    }

    /// Reads the texts at `spans`, as [`read`](Self::read) reads bytes.
    pub(super) fn texts(&self, spans: &[Span]) -> Result<(String, Vec<usize>), SpoolError> {
        let (bytes, ends) = self.read(spans)?;
        String::from_utf8(bytes)
            .ok()
            .filter(|text| ends.iter().all(|&end| text.is_char_boundary(end)))
            .map(|text| (text, ends))
            .ok_or_else(|| {
                let changed = io::Error::new(
                    io::ErrorKind::InvalidData,
                    "it does not hold what was written",
                );
                error(SpoolStep::Read, &self.directory, changed)
            })
    }
}

/// Where to begin to read in the file, and where what is read goes; spans that follow each other are one.
fn runs(spans: &[Span]) -> Vec<(u64, Range<usize>)> {
    let mut runs: Vec<(u64, Range<usize>)> = Vec::new();
    let mut at = 0;
    for &(start, length) in spans {
        match runs.last_mut() {
            Some((first, range)) if *first + range.len() as u64 == start => range.end += length,
            _ => runs.push((start, at..at + length)),
        }
        at += length;
    }
    runs
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

/// Several threads read at once, each at a place of its own.
#[cfg(windows)]
fn read_exact_at(file: &File, mut bytes: &mut [u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        let count = std::os::windows::fs::FileExt::seek_read(file, bytes, at)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes = &mut bytes[count..];
        at += count as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_in_any_order() {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = SpoolWriter::create(directory.path()).unwrap();
        let texts = ["one", "", "zwölf", "three\nlines\n"];
        let mut start = 0;
        let spans: Vec<Span> = texts
            .iter()
            .map(|text| {
                let span = (start, text.len());
                start = writer.push(text).unwrap();
                span
            })
            .collect();
        let spool = writer.finish().unwrap();
        for order in [&[0, 1, 2, 3][..], &[3, 0, 2], &[2, 3, 2], &[1], &[]] {
            let wanted: Vec<Span> = order.iter().map(|&i| spans[i]).collect();
            let (text, ends) = spool.texts(&wanted).unwrap();
            let starts = std::iter::once(0).chain(ends.iter().copied());
            let read: Vec<&str> = starts.zip(&ends).map(|(a, &b)| &text[a..b]).collect();
            let expected: Vec<&str> = order.iter().map(|&i| texts[i]).collect();
            assert_eq!(read, expected);
        }
        assert_eq!(runs(&spans), [(0, 0..start as usize)]);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_was_not_written_cannot_be_read() {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = SpoolWriter::create(directory.path()).unwrap();
        writer.push("é").unwrap();
        let spool = writer.finish().unwrap();
        let error = spool.texts(&[(0, 1)]).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::InvalidData);
        let error = spool.texts(&[(0, 3)]).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::UnexpectedEof);
        assert!(
            error
                .to_string()
                .starts_with("cannot read the temporary file for texts in `/")
        );
        let gone = SpoolWriter::create(Path::new("no such directory")).unwrap_err();
        assert_eq!(gone.step, SpoolStep::Create);
        assert!(gone.hint().unwrap().contains("TMPDIR"));
    }
}
