//! A bounded read of a file.

use std::fs::{File, FileType, OpenOptions};
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::error::ModelFileError as Error;
use super::header::{Header, check_checksum, header_end};

/// More than the first bytes of any model, less than anyone misses.
const START: u64 = 64 << 10;

/// The bytes of a model file of at most `max_size` bytes, to be given to [`read`](super::read).
///
/// The file is read once and fully, after its header was found to fit its length: a file of another kind,
/// however large, costs 64 KiB. Only regular files are read, since a pipe or device may never end.
///
/// # Errors
///
/// [`Io`](Error::Io) and [`NotAFile`](Error::NotAFile) where there is nothing to read,
/// [`TooLarge`](Error::TooLarge) and [`OutOfMemory`](Error::OutOfMemory) for its size,
/// [`Changed`](Error::Changed) if another program writes to it, and what is wrong with the header.
pub fn read_path(path: &Path, max_size: u64) -> Result<Vec<u8>, Error> {
    let io = |source| io_error(path, source);
    let kind = path.metadata().map_err(io)?.file_type();
    if !kind.is_file() {
        return Err(not_a_file(path, kind));
    }
    let mut file = open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(not_a_file(path, metadata.file_type()));
    }
    let size = metadata.len();
    if size > max_size {
        return Err(Error::TooLarge {
            size,
            limit: max_size,
        });
    }
    #[cfg(unix)]
    if size >= LARGE {
        read_start(&mut file, size, path)?;
        return read_pieces(&file, size, path);
    }
    read_file(&mut file, size, path)
}

/// All `size` bytes of `file`, the header of which is checked before the rest is read.
pub(super) fn read_file(file: &mut impl Read, size: u64, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = read_start(file, size, path)?;
    extend(&mut bytes, file, size, path)?;
    let more = file
        .read(&mut [0])
        .map_err(|source| io_error(path, source))?;
    if more > 0 {
        return Err(Error::Changed {
            before: size,
            after: size + 1,
        });
    }
    Ok(bytes)
}

/// The beginning of a file, in which a header stands that fits its size.
fn read_start(file: &mut impl Read, size: u64, path: &Path) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    extend(&mut bytes, file, START.min(size), path)?;
    let end = header_end(&bytes, size)?;
    extend(&mut bytes, file, end.max(START).min(size), path)?;
    let head = usize::try_from(end)
        .ok()
        .and_then(|end| bytes.get(..end))
        .unwrap_or_default();
    check_checksum(head)?;
    Header::parse(head)?.check(size)?;
    Ok(bytes)
}

/// Smaller files are read by one thread.
#[cfg(unix)]
const LARGE: u64 = 8 << 20;

/// What a thread reads at a time.
#[cfg(unix)]
const PIECE: usize = 2 << 20;

/// All `size` bytes of `file`, in pieces that all threads read.
#[cfg(unix)]
fn read_pieces(file: &File, size: u64, path: &Path) -> Result<Vec<u8>, Error> {
    use std::os::unix::fs::FileExt;

    use rayon::prelude::*;

    let mut bytes = zeros(size).ok_or(Error::OutOfMemory { size })?;
    let pieces = bytes.par_chunks_mut(PIECE).enumerate();
    let read =
        |(i, piece): (usize, &mut [u8])| file.read_exact_at(piece, i as u64 * PIECE as u64).err();
    let cut = match pieces.find_map_any(read) {
        Some(error) if error.kind() != ErrorKind::UnexpectedEof => {
            return Err(io_error(path, error));
        }
        failed => failed.is_some(),
    };
    let metadata = file.metadata().map_err(|source| io_error(path, source))?;
    let after = metadata.len();
    if cut || after > size {
        return Err(Error::Changed {
            before: size,
            after,
        });
    }
    Ok(bytes)
}

/// So many zeros; `None` if there is no memory for them.
///
/// The system gives zeroed memory untouched, so that the threads which fill it are the first to touch it. But asking
/// for it cannot fail, so the same is asked for in a way that can before.
#[cfg(unix)]
fn zeros(size: u64) -> Option<Vec<u8>> {
    let size = usize::try_from(size).ok()?;
    let mut asked = Vec::<u8>::new();
    asked.try_reserve_exact(size).ok()?;
    // Or the compiler would leave out what is never used.
    drop(std::hint::black_box(asked));
    Some(vec![0; size])
}

/// Reads on until there are `size` bytes.
fn extend(bytes: &mut Vec<u8>, file: &mut impl Read, size: u64, path: &Path) -> Result<(), Error> {
    let have = bytes.len() as u64;
    let more =
        usize::try_from(size.saturating_sub(have)).map_err(|_| Error::OutOfMemory { size })?;
    bytes
        .try_reserve_exact(more)
        .map_err(|_| Error::OutOfMemory { size })?;
    file.take(more as u64)
        .read_to_end(bytes)
        .map_err(|source| io_error(path, source))?;
    let after = bytes.len() as u64;
    if after < size {
        return Err(Error::Changed {
            before: size,
            after,
        });
    }
    Ok(())
}

/// A path may become a pipe between the look and the opening; then opening must not wait for a writer.
#[cfg(unix)]
fn open(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    let flags = i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or_default();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

#[cfg(not(unix))]
fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().read(true).open(path)
}

fn io_error(path: &Path, source: std::io::Error) -> Error {
    Error::Io {
        path: path.to_owned(),
        source,
    }
}

fn not_a_file(path: &Path, kind: FileType) -> Error {
    let kind = if kind.is_dir() {
        "a directory"
    } else {
        "a pipe or device"
    };
    Error::NotAFile {
        path: path.to_owned(),
        kind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_shrinks_while_it_is_read_has_changed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("m");
        std::fs::write(&path, [1, 2, 3, 4]).unwrap();
        let mut file = open(&path).unwrap();
        let mut bytes = Vec::new();
        extend(&mut bytes, &mut file, 3, &path).unwrap();
        extend(&mut bytes, &mut file, 2, &path).unwrap();
        assert_eq!(bytes, [1, 2, 3]);
        let error = extend(&mut bytes, &mut file, 6, &path).unwrap_err();
        assert!(matches!(
            error,
            Error::Changed {
                before: 6,
                after: 4
            }
        ));
    }

    #[cfg(unix)]
    #[test]
    fn pieces_are_the_file_or_tell_that_it_changed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("m");
        let content: Vec<u8> = (0..2 * PIECE + 5).map(|i| (i % 251) as u8).collect();
        std::fs::write(&path, &content).unwrap();
        let size = content.len() as u64;
        let file = open(&path).unwrap();
        assert!(read_pieces(&file, size, &path).unwrap() == content);
        for told in [size - 1, size + 1] {
            let error = read_pieces(&file, told, &path).unwrap_err();
            assert!(
                matches!(error, Error::Changed { before, after } if (before, after) == (told, size))
            );
        }
        let error = read_pieces(&file, u64::MAX / 2, &path).unwrap_err();
        assert!(matches!(error, Error::OutOfMemory { .. }));
        let directory = File::open(directory.path()).unwrap();
        let error = read_pieces(&directory, size, &path).unwrap_err();
        assert!(matches!(error, Error::Io { .. }));
    }
}
