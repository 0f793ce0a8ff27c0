//! Bytes from outside: what kind of file they are, and the text they hold.

pub mod atomic;
pub mod decode;
pub mod sniff;

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use decode::{DecodeError, DecodeOptions, Decoded, LineIndex, decode};
pub use sniff::FileKind;

/// The bytes of a file as it was when it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileBytes {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The file was longer than at its opening; what came later was not read.
    pub grew: bool,
}

/// Reads the file at `path`; `-` is standard input.
///
/// A regular file is read to the size it had when it was opened, so that a file that another
/// program still writes to ends somewhere. Pipes and `/proc` files know no size and are read to
/// their end.
///
/// # Errors
///
/// Whatever opening or reading reports; a directory is [`io::ErrorKind::IsADirectory`].
pub fn read_path(path: &Path) -> io::Result<FileBytes> {
    if path.as_os_str() == "-" {
        return read_to_end(io::stdin().lock());
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    if metadata.is_file() && metadata.len() > 0 {
        read_sized(file, metadata.len())
    } else {
        read_to_end(file)
    }
}

/// As [`read_path`], but of an input with more than `limit` bytes nothing is kept.
///
/// # Errors
///
/// As [`read_path`], and [`io::ErrorKind::FileTooLarge`] beyond the limit.
pub fn read_path_at_most(path: &Path, limit: u64) -> io::Result<FileBytes> {
    let too_large = || io::Error::from(io::ErrorKind::FileTooLarge);
    let is_regular = path
        .metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.len() > 0);
    let file = if is_regular && path.as_os_str() != "-" {
        if path.metadata()?.len() > limit {
            return Err(too_large());
        }
        read_path(path)?
    } else if path.as_os_str() == "-" {
        read_to_end(io::stdin().lock().take(limit + 1))?
    } else {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        read_to_end(file.take(limit + 1))?
    };
    if file.bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(file)
}

fn read_to_end(mut reader: impl Read) -> io::Result<FileBytes> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    Ok(FileBytes { bytes, grew: false })
}

fn read_sized(mut reader: impl Read, size: u64) -> io::Result<FileBytes> {
    let mut bytes = Vec::new();
    // A spare byte lets `read_to_end` see the end without growing the buffer.
    let capacity = usize::try_from(size)
        .ok()
        .and_then(|size| size.checked_add(1));
    bytes
        .try_reserve_exact(capacity.ok_or(io::ErrorKind::OutOfMemory)?)
        .map_err(|_| io::ErrorKind::OutOfMemory)?;
    reader.by_ref().take(size).read_to_end(&mut bytes)?;
    let grew = bytes.len() as u64 == size && reader.read(&mut [0])? > 0;
    Ok(FileBytes { bytes, grew })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a32_a_directory_is_an_input_error() {
        let error = read_path(&std::env::temp_dir()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    }

    #[test]
    fn a32_a_file_that_grows_is_read_to_its_size_at_opening() {
        let grown = read_sized(&b"four and more"[..], 4).unwrap();
        assert_eq!((&grown.bytes[..], grown.grew), (&b"four"[..], true));
        let whole = read_sized(&b"four"[..], 4).unwrap();
        assert_eq!((&whole.bytes[..], whole.grew), (&b"four"[..], false));
        let shrunk = read_sized(&b"fo"[..], 4).unwrap();
        assert_eq!((&shrunk.bytes[..], shrunk.grew), (&b"fo"[..], false));
    }
}
