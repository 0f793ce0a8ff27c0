//! Files that are replaced as a whole or not at all, and that are on disk before anyone says so.
//!
//! What is written goes to `.<name>.<random>.tmp` in the directory of the target and gets its name at the
//! end, so whoever has the old file open keeps it, and a crash at any point leaves the old file or the new
//! one. A temporary file that a crash left behind is removed by the next writer of the same name: after ten seconds
//! where its lock can be tried, else after a day.
//!
//! A symbolic link stays, and what it points to is replaced. A hard link is separated: the other name keeps
//! the old content. Devices, pipes and standard output cannot be replaced, so they are written in place.
//!
//! ```no_run
//! use std::{fs, io::Write, path::Path};
//! use purport::io::atomic::{AtomicFile, Options};
//!
//! let mut file = AtomicFile::create(Path::new("m.safetensors"), Options { overwrite: true })?;
//! file.write_all(b"the model")?;
//! file.commit(|written| fs::read(written).map(drop))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use tempfile::{Builder, NamedTempFile};
use thiserror::Error;

mod live;

pub use live::{Stopped, stop};

/// Younger temporary files may belong to a writer on a file system without locks.
const STALE: Duration = Duration::from_hours(24);
/// Where there are locks, a file that nobody holds is left over, once its writer had time to lock it.
const STALE_UNLOCKED: Duration = Duration::from_secs(10);
/// As many links as Linux follows.
const MAX_LINKS: usize = 40;
/// Leaves room for dots, random letters and `.tmp` in a name of 255 bytes.
const MAX_NAME: usize = 200;
const SUFFIX: &str = ".tmp";
const RANDOM: usize = 6;

/// How to treat what is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Whether an existing file may be replaced. Without it the file is created, even if another program
    /// creates one of the same name in the meantime, or nothing is.
    pub overwrite: bool,
}

/// A file under way; [`commit`](Self::commit) gives it its name, dropping it removes it.
#[derive(Debug)]
pub struct AtomicFile {
    output: Output,
    path: PathBuf,
    written: u64,
    expected: u64,
}

#[derive(Debug)]
enum Output {
    Replace(BufWriter<NamedTempFile>, Place),
    InPlace(BufWriter<File>),
}

/// Where a temporary file is to go.
#[derive(Debug)]
struct Place {
    target: PathBuf,
    directory: Directory,
    permissions: Option<Permissions>,
    overwrite: bool,
    /// Dropped after the temporary file.
    _registration: live::Registration,
}

impl AtomicFile {
    /// Prepares to write `path`: whatever can fail before the content is known, fails here.
    ///
    /// A pipe is opened as a shell would open it, which waits for a reader.
    ///
    /// # Errors
    ///
    /// [`AtomicError`] at [`Step::Prepare`] if `path` is a directory, or exists without
    /// [`Options::overwrite`]; at [`Step::OpenDirectory`] or [`Step::CreateTemp`] if its directory is missing
    /// or cannot be written.
    pub fn create(path: &Path, options: Options) -> Result<Self, AtomicError> {
        let output = match resolve(path)? {
            Target::Special(file) => Output::InPlace(BufWriter::new(file)),
            Target::File {
                permissions: Some(_),
                ..
            } if !options.overwrite => {
                return Err(AtomicError::new(
                    Step::Prepare,
                    path,
                    io::Error::new(
                        ErrorKind::AlreadyExists,
                        "it exists, and is not to be replaced",
                    ),
                ));
            }
            Target::File {
                target,
                permissions,
            } => {
                let (temp, directory, registration) = create_temp(&target, permissions.as_ref())?;
                let overwrite = options.overwrite;
                Output::Replace(
                    BufWriter::new(temp),
                    Place {
                        target,
                        directory,
                        permissions,
                        overwrite,
                        _registration: registration,
                    },
                )
            }
        };
        Ok(Self {
            output,
            path: path.to_owned(),
            written: 0,
            expected: 0,
        })
    }

    /// The directory in which the file is written, unless it is a stream: whatever else the work keeps on disk may go
    /// there.
    #[must_use]
    pub fn directory(&self) -> Option<&Path> {
        match &self.output {
            Output::Replace(_, place) => Some(&place.directory.path),
            Output::InPlace(_) => None,
        }
    }

    /// Says how much is going to be written, so that a full disk can be reported with what was needed.
    pub fn expect_size(&mut self, bytes: u64) {
        self.expected = bytes;
    }

    /// Brings the content to disk, has it verified, gives it its name, and brings the name to disk.
    ///
    /// `verify` gets the path of the temporary file, closed to further writing, and should read it anew. It is
    /// not called for what is written in place.
    ///
    /// # Errors
    ///
    /// [`AtomicError`] with the step that failed. Up to [`Step::Rename`] the target is as it was. At
    /// [`Step::SyncDirectory`] it is new and complete, but a power cut may bring the old one back.
    pub fn commit(self, verify: impl FnOnce(&Path) -> io::Result<()>) -> Result<(), AtomicError> {
        let (needed, path) = (self.written.max(self.expected), self.path);
        match self.output {
            Output::InPlace(file) => finish_in_place(file, &path),
            Output::Replace(temp, place) => place.put(temp, needed, verify),
        }
    }

    /// The error of a write, with what is known about the space.
    fn write_error(&self, source: io::Error, more: usize) -> io::Error {
        let needed = self.expected.max(self.written + more as u64);
        let error = match &self.output {
            Output::Replace(temp, place) => {
                place.error(Step::Write, source, needed, temp.get_ref())
            }
            Output::InPlace(_) => AtomicError::new(Step::Write, &self.path, source),
        };
        error.into()
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = match &mut self.output {
            Output::Replace(file, _) => file.write(bytes),
            Output::InPlace(file) => file.write(bytes),
        };
        let written = result.map_err(|source| self.write_error(source, bytes.len()))?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = match &mut self.output {
            Output::Replace(file, _) => file.flush(),
            Output::InPlace(file) => file.flush(),
        };
        result.map_err(|source| self.write_error(source, 0))
    }
}

impl Place {
    fn put(
        self,
        mut temp: BufWriter<NamedTempFile>,
        needed: u64,
        verify: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), AtomicError> {
        if let Err(source) = temp.flush() {
            return Err(self.error(Step::Write, source, needed, temp.get_ref()));
        }
        let (temp, _) = temp.into_parts();
        let fail = |step| move |source| (step, source);
        self.set_permissions(temp.as_file())
            .map_err(fail(Step::SetMode))
            .and_then(|()| temp.as_file().sync_all().map_err(fail(Step::Sync)))
            .and_then(|()| verify(temp.path()).map_err(fail(Step::Verify)))
            .map_err(|(step, source)| self.error(step, source, needed, &temp))?;
        self.rename(temp)?;
        let failed = |source| AtomicError::new(Step::SyncDirectory, &self.target, source);
        self.directory.sync().map_err(failed)
    }

    /// The mode of the file that is replaced; a new one got its mode from the umask.
    fn set_permissions(&self, file: &File) -> io::Result<()> {
        self.permissions
            .clone()
            .map_or(Ok(()), |permissions| file.set_permissions(permissions))
    }

    fn rename(&self, temp: NamedTempFile) -> Result<(), AtomicError> {
        let renamed = live::moving(|| {
            if self.overwrite {
                temp.persist(&self.target)
            } else {
                // renameat2 with RENAME_NOREPLACE; where there is none, link and unlink.
                temp.persist_noclobber(&self.target)
            }
        });
        renamed
            .map(drop)
            .map_err(|error| AtomicError::new(Step::Rename, &self.target, error.error))
    }

    fn error(
        &self,
        step: Step,
        source: io::Error,
        needed: u64,
        temp: &NamedTempFile,
    ) -> AtomicError {
        let full = matches!(
            source.kind(),
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded
        );
        let space = full.then(|| Space {
            needed,
            free: free_space(&self.directory.path)
                .map(|free| free.saturating_add(blocks(temp.as_file()))),
            directory: self.directory.path.clone(),
        });
        AtomicError {
            space,
            ..AtomicError::new(step, &self.target, source)
        }
    }
}

fn finish_in_place(mut file: BufWriter<File>, path: &Path) -> Result<(), AtomicError> {
    file.flush()
        .map_err(|source| AtomicError::new(Step::Write, path, source))?;
    let (file, _) = file.into_parts();
    match file.sync_all() {
        // Pipes and most devices have no disk to be brought to.
        Err(source) if !is_unsupported(&source) => Err(AtomicError::new(Step::Sync, path, source)),
        _ => Ok(()),
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::InvalidInput | ErrorKind::Unsupported
    )
}

/// What a path leads to.
enum Target {
    /// A file that is replaced, with its permissions, or one that is to be created.
    File {
        target: PathBuf,
        permissions: Option<Permissions>,
    },
    /// What can only be written in place.
    Special(File),
}

/// Follows links by hand: a dangling one must lead to its target, and links such as those below
/// `/proc/self/fd` lead to names that do not exist.
fn resolve(path: &Path) -> Result<Target, AtomicError> {
    let fail = |source| AtomicError::new(Step::Prepare, path, source);
    let mut target = path.to_owned();
    for _ in 0..MAX_LINKS {
        if let Some(stream) = open_stream(&target) {
            return stream.map(Target::Special).map_err(fail);
        }
        let metadata = match fs::symlink_metadata(&target) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return absent(target).map_err(fail);
            }
            Err(error) => return Err(fail(error)),
        };
        let kind = metadata.file_type();
        if kind.is_symlink() {
            let link = fs::read_link(&target).map_err(fail)?;
            target = target.parent().unwrap_or(Path::new("")).join(link);
        } else if kind.is_dir() {
            return Err(fail(ErrorKind::IsADirectory.into()));
        } else if kind.is_file() {
            return Ok(Target::File {
                target,
                permissions: Some(metadata.permissions()),
            });
        } else {
            return OpenOptions::new()
                .write(true)
                .open(&target)
                .map(Target::Special)
                .map_err(fail);
        }
    }
    Err(fail(io::Error::other("too many symbolic links")))
}

fn absent(target: PathBuf) -> io::Result<Target> {
    let ends_in_slash = target
        .as_os_str()
        .to_string_lossy()
        .ends_with(std::path::is_separator);
    if ends_in_slash {
        return Err(ErrorKind::IsADirectory.into());
    }
    if target.file_name().is_none() {
        return Err(ErrorKind::InvalidInput.into());
    }
    Ok(Target::File {
        target,
        permissions: None,
    })
}

/// Standard output and its kin, by name: what they lead to may be a regular file, to be continued where
/// it stands rather than replaced.
#[cfg(unix)]
fn open_stream(path: &Path) -> Option<io::Result<File>> {
    use std::os::fd::AsFd;

    let text = path.to_str()?;
    let number = match text {
        "/dev/stdout" => "1",
        "/dev/stderr" => "2",
        _ => text
            .strip_prefix("/dev/fd/")
            .or_else(|| text.strip_prefix("/proc/self/fd/"))?,
    };
    Some(match number {
        "1" => io::stdout().as_fd().try_clone_to_owned().map(File::from),
        "2" => io::stderr().as_fd().try_clone_to_owned().map(File::from),
        _ => OpenOptions::new().write(true).open(path),
    })
}

#[cfg(not(unix))]
fn open_stream(_: &Path) -> Option<io::Result<File>> {
    None
}

/// A directory that was open before the work began.
#[derive(Debug)]
struct Directory {
    path: PathBuf,
    #[cfg(unix)]
    handle: File,
}

impl Directory {
    fn of(target: &Path) -> Result<Self, AtomicError> {
        let path = match target.parent() {
            Some(parent) if parent != Path::new("") => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let fail = |source| AtomicError::new(Step::OpenDirectory, &path, source);
        #[cfg(unix)]
        let handle = File::open(&path).map_err(fail)?;
        #[cfg(not(unix))]
        fs::metadata(&path).map_err(fail)?;
        Ok(Self {
            path,
            #[cfg(unix)]
            handle,
        })
    }

    /// The names in it, as far as they can be read. The standard library's listing panics where closing fails.
    #[cfg(unix)]
    fn names(&self) -> Vec<OsString> {
        use std::os::unix::ffi::OsStrExt;
        let entries = rustix::fs::Dir::read_from(&self.handle)
            .into_iter()
            .flatten();
        entries
            .map_while(Result::ok)
            .map(|entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned())
            .collect()
    }

    #[cfg(not(unix))]
    fn names(&self) -> Vec<OsString> {
        let entries = fs::read_dir(&self.path).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name()).collect()
    }

    /// Makes a new name durable. Some network file systems cannot, and say so.
    #[cfg(unix)]
    fn sync(&self) -> io::Result<()> {
        self.handle.sync_all().or_else(|error| {
            if is_unsupported(&error) {
                Ok(())
            } else {
                Err(error)
            }
        })
    }

    /// Other systems bring a name to disk with the file.
    #[cfg(not(unix))]
    #[allow(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "the same shape as on Unix"
    )]
    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

fn create_temp(
    target: &Path,
    permissions: Option<&Permissions>,
) -> Result<(NamedTempFile, Directory, live::Registration), AtomicError> {
    let directory = Directory::of(target)?;
    let prefix = temp_prefix(target.file_name().unwrap_or_default());
    let mut builder = Builder::new();
    builder.prefix(&prefix).suffix(SUFFIX).rand_bytes(RANDOM);
    #[cfg(unix)]
    if permissions.is_none() {
        use std::os::unix::fs::PermissionsExt;
        // The umask applies. What replaces a file stays private until it has that file's mode.
        builder.permissions(Permissions::from_mode(0o666));
    }
    #[cfg(not(unix))]
    let _ = permissions;
    let (temp, registration) = live::register(|| builder.tempfile_in(&directory.path))
        .map_err(|source| AtomicError::new(Step::CreateTemp, &directory.path, source))?;
    // The lock only spares a living file from `remove_stale`; some file systems have none.
    let locks = temp.as_file().try_lock().is_ok();
    let age = if locks { STALE_UNLOCKED } else { STALE };
    remove_stale(&directory, &prefix, age);
    Ok((temp, directory, registration))
}

/// `.<name>.`, shortened where the whole would be too long for a file name.
fn temp_prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    if name.len() <= MAX_NAME {
        prefix.push(name);
    } else {
        let name = name.to_string_lossy();
        prefix.push(&name[..name.floor_char_boundary(MAX_NAME)]);
    }
    prefix.push(".");
    prefix
}

/// Removes what crashed writers of the same name left behind. Failing to is no failure of the writing.
fn remove_stale(directory: &Directory, prefix: &OsStr, age: Duration) {
    for name in directory.names() {
        let path = directory.path.join(&name);
        if is_temp_name(&name, prefix) && is_stale(&path, age) {
            let _ = fs::remove_file(path);
        }
    }
}

fn is_temp_name(name: &OsStr, prefix: &OsStr) -> bool {
    name.as_encoded_bytes()
        .strip_prefix(prefix.as_encoded_bytes())
        .and_then(|rest| rest.strip_suffix(SUFFIX.as_bytes()))
        .is_some_and(|random| {
            random.len() == RANDOM && random.iter().all(u8::is_ascii_alphanumeric)
        })
}

fn is_stale(path: &Path, stale: Duration) -> bool {
    let old = || {
        let metadata = fs::symlink_metadata(path)
            .ok()
            .filter(fs::Metadata::is_file)?;
        SystemTime::now()
            .duration_since(metadata.modified().ok()?)
            .ok()
    };
    let unlocked = || File::open(path).is_ok_and(|file| file.try_lock().is_ok());
    old().is_some_and(|age| age > stale) && unlocked()
}

#[cfg(unix)]
fn free_space(directory: &Path) -> Option<u64> {
    let space = rustix::fs::statvfs(directory).ok()?;
    space.f_bavail.checked_mul(space.f_frsize)
}

#[cfg(not(unix))]
fn free_space(_: &Path) -> Option<u64> {
    None
}

/// What a temporary file takes now and gives back when it is removed.
#[cfg(unix)]
fn blocks(file: &File) -> u64 {
    use std::os::unix::fs::MetadataExt;
    file.metadata()
        .map_or(0, |metadata| metadata.blocks() * 512)
}

#[cfg(not(unix))]
fn blocks(_: &File) -> u64 {
    0
}

/// A part of writing a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Looking at what the path leads to.
    Prepare,
    /// Opening its directory.
    OpenDirectory,
    /// Creating the temporary file.
    CreateTemp,
    /// Writing.
    Write,
    /// Giving the new file the mode of the old one.
    SetMode,
    /// Bringing the content to disk.
    Sync,
    /// Reading it again.
    Verify,
    /// Giving it its name.
    Rename,
    /// Bringing the name to disk.
    SyncDirectory,
}

/// Room that there is and room that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// Bytes to be written, as far as known.
    pub needed: u64,
    /// Bytes that a new file can have, where the system says.
    pub free: Option<u64>,
    /// Where.
    pub directory: PathBuf,
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "needs {}", Size(self.needed))?;
        match self.free {
            Some(free) => write!(f, ", {} free on `{}`", Size(free), self.directory.display()),
            None => write!(f, " on `{}`", self.directory.display()),
        }
    }
}

/// Why a file was not written: the step that failed, and where.
#[derive(Debug, Error)]
#[error("{}", Sentence(self))]
#[non_exhaustive]
pub struct AtomicError {
    /// The step that failed.
    pub step: Step,
    /// The file or directory it failed at.
    pub path: PathBuf,
    /// If the disk is full, how full.
    pub space: Option<Space>,
    /// What the system says.
    pub source: io::Error,
}

impl AtomicError {
    fn new(step: Step, path: &Path, source: io::Error) -> Self {
        Self {
            step,
            path: path.to_owned(),
            space: None,
            source,
        }
    }
}

impl From<AtomicError> for io::Error {
    /// Keeps the kind; the whole error is inside.
    fn from(error: AtomicError) -> Self {
        Self::new(error.source.kind(), error)
    }
}

struct Sentence<'a>(&'a AtomicError);

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AtomicError {
            step, path, space, ..
        } = self.0;
        let path = path.display();
        match step {
            Step::Prepare => write!(f, "cannot prepare to write `{path}`"),
            Step::OpenDirectory => write!(f, "cannot open the directory `{path}`"),
            Step::CreateTemp => write!(f, "cannot create a file in `{path}`"),
            Step::Write => write!(f, "cannot write `{path}`"),
            Step::SetMode => write!(f, "cannot keep the permissions of `{path}`"),
            Step::Sync => write!(f, "cannot bring `{path}` to disk"),
            Step::Verify => write!(f, "what was written for `{path}` does not read back"),
            Step::Rename => write!(f, "cannot put `{path}` in its place"),
            Step::SyncDirectory => {
                write!(
                    f,
                    "`{path}` is complete but may not survive a power cut; cannot bring its name to disk"
                )
            }
        }?;
        space
            .as_ref()
            .map_or(Ok(()), |space| write!(f, ": {space}"))
    }
}

/// A number of bytes for people, in powers of 1000.
struct Size(u64);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "KB")];
        match units.into_iter().find(|(unit, _)| self.0 >= *unit) {
            Some((unit, name)) if self.0 < 10 * unit => {
                write!(f, "{}.{} {name}", self.0 / unit, self.0 % unit * 10 / unit)
            }
            Some((unit, name)) => write!(f, "{} {name}", self.0 / unit),
            None => write!(f, "{} bytes", self.0),
        }
    }
}

#[cfg(test)]
mod tests;
