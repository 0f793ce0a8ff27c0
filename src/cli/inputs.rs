//! What is named on the command line → the files that are read, in order.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
    own: Own,
}

/// How many files are passed over in directories as the command writes them.
#[derive(Clone, Default)]
pub(crate) struct Own(Arc<AtomicU64>);

impl Own {
    fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the command writes, which may stand in a directory that is read.
#[derive(Default)]
pub(crate) struct Written {
    /// Paths as they are resolved.
    files: HashSet<PathBuf>,
    directories: HashSet<PathBuf>,
    /// The directory that was looked at last, as it is resolved.
    last: Option<(PathBuf, PathBuf)>,
}

impl Written {
    pub(crate) fn add_file(&mut self, path: &Path) {
        self.files.insert(resolved(path));
    }

    /// All below this directory, which may not be there yet.
    pub(crate) fn add_directory(&mut self, path: &Path) {
        self.directories.insert(resolved(path));
    }

    fn contains(&mut self, path: &Path) -> bool {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return false;
        };
        let directory = match &self.last {
            Some((known, directory)) if known == parent => directory.clone(),
            _ => resolved(parent),
        };
        let is_written = self.files.contains(&directory.join(name))
            || directory.ancestors().any(|d| self.directories.contains(d));
        self.last = Some((parent.to_owned(), directory));
        is_written
    }
}

/// The path without links and `..`, of which the last parts need not be there.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = absolute.ancestors().find_map(|ancestor| {
        let rest = absolute.strip_prefix(ancestor).ok()?;
        Some((ancestor.canonicalize().ok()?, rest))
    });
    match known {
        // To join nothing would add a slash.
        Some((known, rest)) if rest.as_os_str().is_empty() => known,
        Some((known, rest)) => known.join(rest),
        None => absolute,
    }
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
            own: Own::default(),
        })
    }

    /// How much is passed over in directories, counted while they are read.
    pub(crate) fn passed_over(&self) -> (PassedOver, Own) {
        (self.passed_over.clone(), self.own.clone())
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
                Some(Ok(path)) if self.written.contains(&path) => self.own.add(),
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
pub(crate) fn tell((passed_over, own): &(PassedOver, Own), terminal: &Terminal) {
    for (count, what) in [
        (
            own.0.load(Ordering::Relaxed),
            "files in the directories that are written here",
        ),
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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_resolved_as_far_as_it_is_there() {
        let directory = tempfile::tempdir().unwrap();
        let real = directory.path().canonicalize().unwrap();
        std::fs::create_dir(real.join("d")).unwrap();
        std::os::unix::fs::symlink("d", real.join("link")).unwrap();
        for (path, expected) in [
            ("link", "d"),
            ("link/a/b", "d/a/b"),
            ("d/../link/x", "d/x"),
            ("new/x", "new/x"),
        ] {
            assert_eq!(resolved(&real.join(path)), real.join(expected), "{path}");
        }
    }
}
