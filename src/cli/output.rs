//! Where results go: standard output, or a file that is complete or not there.

use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::Path;

use purport::io::atomic::{AtomicFile, Options};

use super::failure::Failure;
use super::inputs::resolved;
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
    /// Leaves nothing behind.
    pub(crate) fn discard(self) -> io::Result<()> {
        match self {
            Self::Resumable(file) => file.discard(),
            Self::Stdout(_) | Self::File(_) => Ok(()),
        }
    }

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

/// Writes a whole result to the file at `path`, or to standard output.
pub(crate) fn write(path: Option<&Path>, result: &[u8]) -> anyhow::Result<()> {
    let mut output = Output::open(path)?;
    output.write_all(result)?;
    output.finish()
}

/// Refuses to replace a file that the command reads, before anything is touched.
pub(crate) fn refuse_input<'p>(
    output: Option<&Path>,
    read: impl IntoIterator<Item = &'p Path>,
) -> anyhow::Result<()> {
    let existing = output.filter(|path| path.is_file());
    let Some((output, target)) = existing.and_then(|o| Some((o, o.canonicalize().ok()?))) else {
        return Ok(());
    };
    let same = |path: &Path| path.canonicalize().is_ok_and(|path| path == target);
    if read.into_iter().any(same) {
        return Err(Failure::usage(
            &format!("{}: is read and written", output.display()),
            "write the result to another file",
        )
        .into());
    }
    Ok(())
}

/// Refuses to write two results to one file, of which the later would be the only one.
pub(crate) fn refuse_same(a: Option<&Path>, b: Option<&Path>) -> anyhow::Result<()> {
    let (Some(a), Some(b)) = (a, b) else {
        return Ok(());
    };
    if a != Path::new("-") && resolved(a) == resolved(b) {
        return Err(Failure::usage(
            &format!("{}: two results would be written to it", a.display()),
            "write each to a file of its own",
        )
        .into());
    }
    Ok(())
}

/// Says what failed, and keeps the kind.
#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn writing(error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("writing standard output: {error}"))
}
