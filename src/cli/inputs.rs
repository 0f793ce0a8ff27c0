//! What is named on the command line → the files that are read, in order.

use std::io;
use std::path::{Path, PathBuf};

use purport::article::MAX_WHOLE;
use purport::article::files::{FileOptions, Files, PassedOver, files};
use purport::io::Opened;

use super::failure::Failure;
use super::terminal::{Terminal, printable};

/// The files that the inputs of a command line stand for; standard input if there are none.
pub(crate) struct Inputs {
    named: std::vec::IntoIter<PathBuf>,
    directory: Option<Files>,
    /// Comes next, before all others.
    next: Option<Found>,
    options: FileOptions,
    passed_over: PassedOver,
    written: Written,
}

/// What the command writes, which may stand in a directory that is read.
pub(crate) struct Written {
    files: Vec<PathBuf>,
    /// All below it.
    directory: Option<PathBuf>,
    /// The directory that was looked at last, and whether it is below that one.
    last: Option<(PathBuf, bool)>,
}

impl Written {
    pub(crate) fn new(files: Vec<PathBuf>, directory: Option<PathBuf>) -> Self {
        Self {
            files,
            directory,
            last: None,
        }
    }

    fn contains(&mut self, path: &Path) -> bool {
        let is_file = |file: &PathBuf| file.file_name() == path.file_name() && same(file, path);
        self.files.iter().any(is_file) || self.is_below(path)
    }

    fn is_below(&mut self, path: &Path) -> bool {
        let (Some(directory), Some(parent)) = (&self.directory, path.parent()) else {
            return false;
        };
        if let Some((known, is_below)) = &self.last
            && known == parent
        {
            return *is_below;
        }
        let is_below = matches!(
            (directory.canonicalize(), parent.canonicalize()),
            (Ok(directory), Ok(parent)) if parent.starts_with(&directory)
        );
        self.last = Some((parent.to_owned(), is_below));
        is_below
    }
}

/// Whether both paths are there and lead to the same place.
pub(crate) fn same(a: &Path, b: &Path) -> bool {
    matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

impl Inputs {
    /// Fails if a pattern cannot be read.
    pub(crate) fn new(
        named: &[PathBuf],
        options: FileOptions,
        written: Written,
    ) -> anyhow::Result<Self> {
        let passed_over = PassedOver::default();
        files(Path::new("."), &options, &passed_over).map_err(|error| {
            Failure::usage(
                &error.to_string(),
                "patterns are as in .gitignore: *.html, !old/**",
            )
        })?;
        let named = match named {
            [] => vec![PathBuf::from("-")],
            named => named.to_vec(),
        };
        Ok(Self {
            named: named.into_iter(),
            directory: None,
            next: None,
            options,
            passed_over,
            written,
        })
    }

    /// How much is passed over in directories, counted while they are read.
    pub(crate) fn passed_over(&self) -> PassedOver {
        self.passed_over.clone()
    }

    /// Has `found` come again.
    pub(crate) fn put_back(&mut self, found: Found) {
        self.next = Some(found);
    }
}

/// A file, or the place in a directory that cannot be looked into.
pub(crate) type Found = Result<PathBuf, (PathBuf, anyhow::Error)>;

impl Iterator for Inputs {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        if let Some(found) = self.next.take() {
            return Some(found);
        }
        loop {
            match self.directory.as_mut().and_then(Iterator::next) {
                Some(Ok(path)) if self.written.contains(&path) => {}
                Some(Ok(path)) => return Some(Ok(path)),
                Some(Err(error)) => {
                    let name = error.path.display().to_string();
                    let failure = Failure::io(&name, &error.source).into();
                    return Some(Err((error.path, failure)));
                }
                None => {
                    let path = self.named.next()?;
                    if !path.is_dir() {
                        return Some(Ok(path));
                    }
                    // The patterns were read before.
                    self.directory = files(&path, &self.options, &self.passed_over).ok();
                }
            }
        }
    }
}

/// Says what was passed over in directories.
pub(crate) fn tell(passed_over: &PassedOver, terminal: &Terminal) {
    for (count, what) in [
        (
            passed_over.hidden(),
            "hidden files or directories (--hidden reads them)",
        ),
        (
            passed_over.links(),
            "symbolic links (--follow follows them)",
        ),
        (passed_over.special(), "pipes, sockets or devices"),
    ] {
        if count > 0 {
            terminal.note(&format!("passed over {count} {what}"));
        }
    }
}

/// Looks for slips in the names of labelled files.
pub(crate) fn check(paths: &[PathBuf], terminal: &Terminal) -> anyhow::Result<()> {
    for (i, path) in paths.iter().enumerate() {
        let name = path.display().to_string();
        if matches!(name.as_str(), "on" | "off") && !path.exists() {
            return Err(Failure::usage(
                &format!("{name}: no such file"),
                "--edges and --shape take their value after an equals sign, as in --edges=off",
            )
            .into());
        }
        if paths[..i].contains(path) {
            terminal.warn(&printable(&format!(
                "{name} is named twice: its rows count twice"
            )));
        }
    }
    Ok(())
}

/// Opens an input; `-` is standard input.
pub(crate) fn open(path: &Path) -> anyhow::Result<Opened> {
    let name = path.display().to_string();
    check_stdin(path)?;
    purport::io::open(path).map_err(|error| Failure::io(&name, &error).into())
}

/// The bytes of an input, at most [`MAX_WHOLE`] of them.
pub(crate) fn read_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = path.display().to_string();
    check_stdin(path)?;
    let file = purport::io::read_path_at_most(path, MAX_WHOLE).map_err(|error| {
        if error.kind() == io::ErrorKind::FileTooLarge {
            anyhow::Error::from(Failure::limit(
                format!("{name}: larger than {MAX_WHOLE} bytes"),
                "cut it into several files",
            ))
        } else {
            Failure::io(&name, &error).into()
        }
    })?;
    Ok(file.bytes)
}

fn check_stdin(path: &Path) -> anyhow::Result<()> {
    if path == Path::new("-") && is_closed(io::stdin()) {
        return Err(Failure::io("-", &io::Error::other("standard input is closed")).into());
    }
    Ok(())
}

/// Rust opens `/dev/null` for reading *and writing* in place of a standard stream that is closed. So do programs that
/// start others without one (Python's `DEVNULL`), so that output must not be refused for it; to read from it
/// is a mistake either way.
#[cfg(unix)]
fn is_closed(stream: impl std::os::fd::AsFd) -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
    let both = fcntl_getfl(&stream).is_ok_and(|flags| flags.contains(OFlags::RDWR));
    both && match (fstat(&stream), stat("/dev/null")) {
        (Ok(stream), Ok(null)) => stream.st_rdev == null.st_rdev && stream.st_ino == null.st_ino,
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_closed<S>(_: S) -> bool {
    false
}
