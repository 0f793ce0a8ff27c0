//! gzip and Zstandard, told by their first bytes and unpacked while they are read.
//!
//! All members of a gzip file and all frames of a Zstandard file are read, their checksums compared. What
//! unpacks to more than [`MAX_RATIO`] times its size is refused once it has grown beyond [`FREE`] bytes; deflate
//! reaches 1032:1 at most, and only where one byte repeats.

use std::fmt;
use std::io::{self, BufRead, BufReader, Chain, Cursor, ErrorKind, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use thiserror::Error;

use super::sniff::FileKind;

/// So many bytes may come out for each byte that goes in.
pub const MAX_RATIO: u64 = 1000;

/// The ratio is looked at from here on: small files of one repeated byte are harmless.
pub const FREE: u64 = 10 << 20;

/// A frame may refer back so far, as the `zstd` program allows by default.
const MAX_WINDOW: u64 = 128 << 20;

/// The longest of the signatures.
const SIGNATURE: usize = 4;

/// How an input is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Packing {
    /// The packing by the first four bytes, `None` if it is none of ours.
    #[must_use]
    pub fn of(start: &[u8]) -> Option<Self> {
        // A Zstandard file may begin with a frame that is to be skipped.
        let skippable = matches!(start, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..]);
        match FileKind::of(start) {
            FileKind::Gzip => Some(Self::Gzip),
            FileKind::Zstd => Some(Self::Zstd),
            _ if skippable => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Packing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gzip => "gzip",
            Self::Zstd => "Zstandard",
        })
    }
}

/// Packed bytes that cannot be unpacked; the source of an [`io::Error`].
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum UnpackError {
    /// It ends too early.
    #[error("the {packing} data are cut off after {read} bytes")]
    Truncated {
        /// How it is packed.
        packing: Packing,
        /// Bytes there were.
        read: u64,
    },
    /// It is not what the packer wrote.
    #[error("the {packing} data are damaged before byte {read}: {what}")]
    Damaged {
        /// How it is packed.
        packing: Packing,
        /// Bytes read until this was found.
        read: u64,
        /// What was found.
        what: String,
    },
    /// It unpacks to more than [`MAX_RATIO`] times its size.
    #[error("{read} bytes of {packing} unpack to more than {written}, {MAX_RATIO} times as many")]
    Ratio {
        /// How it is packed.
        packing: Packing,
        /// Bytes read.
        read: u64,
        /// Bytes they unpacked to so far.
        written: u64,
    },
}

impl UnpackError {
    /// The error behind `error`, if it came from unpacking.
    #[must_use]
    pub fn behind(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }

    /// Whether a limit was reached, rather than damage found.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        matches!(self, Self::Ratio { .. })
    }
}

impl From<UnpackError> for io::Error {
    fn from(error: UnpackError) -> Self {
        let kind = match error {
            UnpackError::Truncated { .. } => ErrorKind::UnexpectedEof,
            _ => ErrorKind::InvalidData,
        };
        Self::new(kind, error)
    }
}

/// A reader that unpacks what is packed and hands on everything else.
pub struct Unpacked<R: Read> {
    decoder: Decoder<R>,
    written: u64,
}

/// The bytes as they are stored, looked at already and counted.
type Source<R> = BufReader<Counting<Chain<Cursor<Vec<u8>>, R>>>;

enum Decoder<R: Read> {
    Plain(Source<R>),
    Gzip(Box<MultiGzDecoder<Source<R>>>),
    Zstd(Box<Frames<Source<R>>>),
}

impl<R: Read> Unpacked<R> {
    /// Looks at the first bytes of `reader`, for which it waits.
    ///
    /// # Errors
    ///
    /// Whatever reading reports.
    pub fn new(mut reader: R) -> io::Result<Self> {
        let mut start = Vec::with_capacity(SIGNATURE);
        reader
            .by_ref()
            .take(SIGNATURE as u64)
            .read_to_end(&mut start)?;
        let packing = Packing::of(&start);
        let source = BufReader::with_capacity(
            1 << 16,
            Counting {
                inner: Cursor::new(start).chain(reader),
                count: Arc::default(),
            },
        );
        Ok(Self {
            decoder: match packing {
                None => Decoder::Plain(source),
                Some(Packing::Gzip) => Decoder::Gzip(Box::new(MultiGzDecoder::new(source))),
                Some(Packing::Zstd) => Decoder::Zstd(Box::new(Frames::new(source))),
            },
            written: 0,
        })
    }

    /// How the input is packed.
    #[must_use]
    pub fn packing(&self) -> Option<Packing> {
        match &self.decoder {
            Decoder::Plain(_) => None,
            Decoder::Gzip(_) => Some(Packing::Gzip),
            Decoder::Zstd(_) => Some(Packing::Zstd),
        }
    }

    /// How many bytes of the input as it is stored were used.
    #[must_use]
    pub fn read_bytes(&self) -> u64 {
        let source = self.source();
        source.get_ref().count.load(Relaxed) - source.buffer().len() as u64
    }

    /// Counts the bytes of the input as it is stored, as they are read.
    #[must_use]
    pub fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.source().get_ref().count)
    }

    fn source(&self) -> &Source<R> {
        match &self.decoder {
            Decoder::Plain(source) => source,
            Decoder::Gzip(decoder) => decoder.get_ref(),
            Decoder::Zstd(frames) => &frames.source,
        }
    }

    /// Puts what went wrong in words; errors of the input itself stay as they are.
    fn explain(&self, error: io::Error) -> io::Error {
        let Some(packing) = self.packing() else {
            return error;
        };
        let read = self.read_bytes();
        match error.kind() {
            ErrorKind::UnexpectedEof => UnpackError::Truncated { packing, read }.into(),
            ErrorKind::InvalidInput | ErrorKind::InvalidData => UnpackError::Damaged {
                packing,
                read,
                what: error.to_string(),
            }
            .into(),
            _ => error,
        }
    }

    fn check_ratio(&self) -> io::Result<()> {
        let read = self.read_bytes();
        match self.packing() {
            Some(packing)
                if self.written > FREE && self.written > read.saturating_mul(MAX_RATIO) =>
            {
                Err(UnpackError::Ratio {
                    packing,
                    read,
                    written: self.written,
                }
                .into())
            }
            _ => Ok(()),
        }
    }
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.decoder {
            Decoder::Plain(source) => return source.read(buffer),
            Decoder::Gzip(decoder) => decoder.read(buffer),
            Decoder::Zstd(frames) => frames.read(buffer),
        };
        let count = count.map_err(|error| self.explain(error))?;
        self.written += count as u64;
        self.check_ratio()?;
        Ok(count)
    }
}

/// Counts the bytes it hands on.
struct Counting<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.count.fetch_add(count as u64, Relaxed);
        Ok(count)
    }
}

/// Zstandard frames that follow each other (RFC 8878, section 3).
///
/// `ruzstd` reads one frame and leaves it to its caller to compare size and checksum.
struct Frames<S> {
    source: S,
    decoder: FrameDecoder,
    /// Bytes of the open frame so far.
    open: Option<u64>,
}

impl<S: BufRead> Frames<S> {
    fn new(source: S) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(MAX_WINDOW);
        Self {
            source,
            decoder,
            open: None,
        }
    }

    /// Opens the next frame; `false` at the end of the input.
    fn open_next(&mut self) -> io::Result<bool> {
        loop {
            if self.source.fill_buf()?.is_empty() {
                return Ok(false);
            }
            match self.decoder.init(&mut self.source) {
                Ok(()) => {
                    self.open = Some(0);
                    return Ok(true);
                }
                Err(error) => match skippable(&error) {
                    Some(length) => skip(&mut self.source, length)?,
                    None => return Err(decoding(&error)),
                },
            }
        }
    }

    /// Bytes of the open frame; 0 when it is used up and was found to be whole.
    fn read_frame(&mut self, buffer: &mut [u8], before: u64) -> io::Result<usize> {
        while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
            self.decoder
                .decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
                .map_err(|error| decoding(&error))?;
        }
        let count = self.decoder.read(buffer)?;
        if count == 0 {
            self.check_frame(before)?;
            self.open = None;
        } else {
            self.open = Some(before + count as u64);
        }
        Ok(count)
    }

    fn check_frame(&self, length: u64) -> io::Result<()> {
        let stored = self.decoder.get_checksum_from_data();
        if stored.is_some() && stored != self.decoder.get_calculated_checksum() {
            return Err(damaged("the checksum of a frame does not fit its content"));
        }
        // 0 stands for a size that was not stored.
        let size = self.decoder.content_size();
        if size != 0 && size != length {
            return Err(damaged("a frame is longer or shorter than it says"));
        }
        Ok(())
    }
}

impl<S: BufRead> Read for Frames<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(before) = self.open {
                let count = self.read_frame(buffer, before)?;
                if count > 0 {
                    return Ok(count);
                }
            }
            if !self.open_next()? {
                return Ok(0);
            }
        }
    }
}

/// The length of a frame that is to be skipped.
fn skippable(error: &FrameDecoderError) -> Option<u64> {
    match error {
        FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame {
            length, ..
        }) => Some(u64::from(*length)),
        _ => None,
    }
}

fn skip(source: &mut impl Read, length: u64) -> io::Result<()> {
    let skipped = io::copy(&mut source.take(length), &mut io::sink())?;
    if skipped < length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(())
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

/// The error of the input behind a decoding error, or damage in words.
fn decoding(error: &FrameDecoderError) -> io::Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return error.kind().into();
        }
        cause = error.source();
    }
    damaged(&error.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    fn unpack(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        Unpacked::new(bytes)?.read_to_end(&mut out)?;
        Ok(out)
    }

    fn text() -> Vec<u8> {
        (0..400)
            .flat_map(|i| format!("Line {i} says {}.\n", i * i).into_bytes())
            .collect()
    }

    #[test]
    fn d18_all_members_and_frames_are_read() {
        let (one, two) = (b"One. ".as_slice(), text());
        let skipped = [&[0x53, 0x2A, 0x4D, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        for packed in [
            [gzip(one), gzip(&two)].concat(),
            [zstd(one), skipped.clone(), zstd(&two)].concat(),
            [skipped, zstd(one), zstd(b""), zstd(&two)].concat(),
        ] {
            assert_eq!(unpack(&packed).unwrap(), [one, &two].concat());
        }
        assert_eq!(unpack(b"").unwrap(), b"");
        assert_eq!(unpack(b"abc").unwrap(), b"abc");
        assert_eq!(unpack(&two).unwrap(), two);
    }

    #[test]
    fn d18_a_truncated_file_is_never_taken_for_whole() {
        for packed in [gzip(&text()), zstd(&text())] {
            for length in SIGNATURE..packed.len() {
                let error = unpack(&packed[..length]).expect_err("cut off");
                let error = UnpackError::behind(&error).expect("in words");
                assert!(
                    matches!(error, UnpackError::Truncated { .. }),
                    "{length}: {error}"
                );
            }
        }
    }

    #[test]
    fn d18_a_flipped_bit_changes_no_text_unseen() {
        let text = text();
        for packed in [gzip(&text), zstd(&text)] {
            for bit in SIGNATURE * 8..packed.len() * 8 {
                let mut flipped = packed.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                // Some bits mean nothing, as the time in the head of a gzip file.
                if let Ok(read) = unpack(&flipped) {
                    assert_eq!(read, text, "bit {bit}");
                }
            }
        }
    }

    #[test]
    fn d18_what_follows_the_last_member_is_an_error() {
        for packed in [gzip(b"One."), zstd(b"One.")] {
            let error = unpack(&[&packed[..], b"garbage that is no member"].concat()).unwrap_err();
            assert!(UnpackError::behind(&error).is_some(), "{error}");
        }
    }

    #[test]
    fn d18_a_bomb_is_stopped_early() {
        let bomb = gzip(&vec![0; 40 << 20]);
        let mut unpacked = Unpacked::new(&bomb[..]).unwrap();
        let mut written = 0;
        let error = io::copy(&mut unpacked.by_ref().take(30 << 20), &mut io::sink())
            .inspect(|count| written = *count)
            .unwrap_err();
        let error = UnpackError::behind(&error).expect("in words");
        assert!(error.is_limit(), "{error}");
        assert!(unpacked.written < FREE + (1 << 20), "{written}");
        // Below the free amount the ratio does not matter.
        assert_eq!(unpack(&zstd(&vec![0; 5 << 20])).unwrap().len(), 5 << 20);
    }

    #[test]
    fn d21_chunks_of_any_size_give_the_same() {
        let text = text();
        for packed in [gzip(&text), zstd(&text), text.clone()] {
            for size in [1, 2, 7, 4096] {
                let mut unpacked = Unpacked::new(&packed[..]).unwrap();
                let mut out = Vec::new();
                let mut chunk = vec![0; size];
                loop {
                    match unpacked.read(&mut chunk).unwrap() {
                        0 => break,
                        count => out.extend_from_slice(&chunk[..count]),
                    }
                }
                assert_eq!(out, text);
                assert_eq!(unpacked.read_bytes(), packed.len() as u64);
            }
        }
    }
}
