//! Where results go: standard output, or a file that is complete or not there.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::Path;

use purport::io::atomic::{AtomicFile, Options};

use super::score::Resumable;

/// A place for results.
pub(crate) enum Output {
    Stdout(BufWriter<StdoutLock<'static>>),
    File(Box<AtomicFile>),
    Resumable(Box<Resumable>),
}

impl Output {
    /// Standard output, or the file at `path`, whose directory is looked at now.
    pub(crate) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        Ok(match path {
            Some(path) if path != Path::new("-") => Self::File(Box::new(AtomicFile::create(
                path,
                Options { overwrite: true },
            )?)),
            _ => Self::Stdout(BufWriter::with_capacity(1 << 16, io::stdout().lock())),
        })
    }

    /// Writes what is left; a file gets its name only now.
    pub(crate) fn finish(self) -> anyhow::Result<()> {
        match self {
            Self::Stdout(mut out) => out.flush().map_err(writing)?,
            Self::File(file) => file.commit(|_| Ok(()))?,
            Self::Resumable(file) => file.finish()?,
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes).map_err(writing),
            Self::File(file) => file.write(bytes),
            Self::Resumable(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush().map_err(writing),
            Self::File(file) => file.flush(),
            Self::Resumable(file) => file.flush(),
        }
    }
}

/// Says what failed, and keeps the kind.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn writing(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("writing standard output: {error}"))
}
