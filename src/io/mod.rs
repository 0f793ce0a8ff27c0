//! Bytes from outside: what kind of file they are, and the text they hold.

pub mod atomic;
pub mod charset;
pub mod decode;
pub mod memory;
pub(crate) mod shared;
pub mod sniff;
pub mod unpack;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

pub use decode::{DecodeError, DecodeOptions, Decoded, LineIndex, decode};
pub use sniff::FileKind;
pub use unpack::{UnpackError, Unpacked};

/// An input for labelled data that unpacks to more is refused.
const MAX_UNPACKED: u64 = 4 << 30;

/// The bytes of a file as it was when it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileBytes {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The file was longer than at its opening; what came later was not read.
    pub grew: bool,
}

/// An input that is being read.
pub struct Opened {
    /// Its bytes, unpacked.
    pub reader: Unpacked<Box<dyn Read + Send>>,
    /// Its size as it is stored, if it is a regular file.
    pub size: Option<u64>,
    /// The regular file, which can be read at any place instead.
    pub file: Option<Arc<File>>,
}

/// Opens the file at `path`, `-` for standard input; what is packed is unpacked while it is read.
///
/// A regular file ends at the size it had when it was opened, so that one that another program still
/// writes to ends somewhere. Pipes and `/proc` files know no size and are read to their end.
///
/// # Errors
///
/// Whatever opening or reading reports; a directory is [`io::ErrorKind::IsADirectory`].
pub fn open(path: &Path) -> io::Result<Opened> {
    let (source, size, file): (Box<dyn Read + Send>, _, _) = if path.as_os_str() == "-" {
        (Box::new(io::stdin()), None, None)
    } else {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        match metadata.len() {
            size if metadata.is_file() && size > 0 => {
                let file = Arc::new(file);
                let source = Arc::clone(&file).take(size);
                (Box::new(source), Some(size), Some(file))
            }
            _ => (Box::new(file), None, None),
        }
    };
    let reader = Unpacked::new(source)?;
    Ok(Opened { reader, size, file })
}

/// Reads the file at `path`, as [`open`] gives it.
///
/// # Errors
///
/// As [`open`]; [`io::ErrorKind::FileTooLarge`] if it is packed and unpacks to more than 4 GiB; an
/// [`UnpackError`] in the [`io::Error`] if it cannot be unpacked.
pub fn read_path(path: &Path) -> io::Result<FileBytes> {
    let opened = open(path)?;
    let limit = match opened.reader.packing() {
        Some(_) => MAX_UNPACKED,
        None => u64::MAX - 1,
    };
    read_at_most(path, opened, limit)
}

/// As [`read_path`], but of an input with more than `limit` bytes nothing is kept.
///
/// # Errors
///
/// As [`read_path`], and [`io::ErrorKind::FileTooLarge`] beyond the limit.
pub fn read_path_at_most(path: &Path, limit: u64) -> io::Result<FileBytes> {
    read_at_most(path, open(path)?, limit)
}

fn read_at_most(path: &Path, opened: Opened, limit: u64) -> io::Result<FileBytes> {
    let Opened { reader, size, .. } = opened;
    let plain = size.filter(|_| reader.packing().is_none());
    if plain.is_some_and(|size| size > limit) {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut bytes = Vec::new();
    if let Some(size) = plain {
        reserve(&mut bytes, size)?;
    }
    reader.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let grew = size.is_some_and(|size| grew(path, size));
    Ok(FileBytes { bytes, grew })
}

/// Whether the file at `path`, which had `size` bytes, has more now.
pub(crate) fn grew(path: &Path, size: u64) -> bool {
    fs::metadata(path).is_ok_and(|now| now.len() > size)
}

/// Room for `size` bytes, and one to see the end without growing.
fn reserve(bytes: &mut Vec<u8>, size: u64) -> io::Result<()> {
    usize::try_from(size)
        .ok()
        .and_then(|size| size.checked_add(1))
        .and_then(|size| bytes.try_reserve_exact(size).ok())
        .ok_or_else(|| io::ErrorKind::OutOfMemory.into())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a32_a_directory_is_an_input_error() {
        let error = read_path(&std::env::temp_dir()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::IsADirectory);
    }

    #[test]
    fn a32_a_file_that_grows_is_read_to_its_size_at_opening() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"four").unwrap();
        let opened = open(file.path()).unwrap();
        file.write_all(b" and more").unwrap();
        let grown = read_at_most(file.path(), opened, 100).unwrap();
        assert_eq!((&grown.bytes[..], grown.grew), (&b"four"[..], true));
        let whole = read_path(file.path()).unwrap();
        assert_eq!(
            (&whole.bytes[..], whole.grew),
            (&b"four and more"[..], false)
        );
    }

    #[test]
    fn a_limit_holds_for_what_comes_out() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"12345").unwrap();
        assert_eq!(read_path_at_most(file.path(), 5).unwrap().bytes, b"12345");
        let error = read_path_at_most(file.path(), 4).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&[b'x'; 500]).unwrap();
        let mut packed = tempfile::NamedTempFile::new().unwrap();
        packed.write_all(&encoder.finish().unwrap()).unwrap();
        assert_eq!(
            read_path_at_most(packed.path(), 500).unwrap().bytes.len(),
            500
        );
        let error = read_path_at_most(packed.path(), 499).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
