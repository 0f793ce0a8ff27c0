//! One message of Arrow's format: its description, its body, and what reading it will take.
//!
//! <https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format>

use std::io::{self, Read};

use arrow_buffer::Buffer;
use arrow_ipc::{CompressionType, root_as_message_with_opts};
use flatbuffers::VerifierOptions;

use crate::article::ArticleError;
use crate::article::columnar::{MAX_MEMORY, MAX_METADATA, Problem, check_size, guarded};

/// Every message begins with it.
const MARKER: [u8; 4] = [0xff; 4];

/// What a file begins with, and NULs up to a multiple of 8 or of 64 bytes; a stream begins with a message.
const MAGIC: &[u8; 8] = b"ARROW1\0\0";
const MAX_PADDING: usize = 64;

/// What a file ends with.
const END: &[u8; 6] = b"ARROW1";

/// Before the bytes of a packed buffer stands how many it unpacks to, or -1 if it is not packed.
const LENGTH: usize = 8;

/// Parts of a description may be named several times, so that it is more than its bytes; writers share little.
const MAX_SHARING: usize = 8;

/// Why nothing more can be read.
pub(super) enum Fault {
    /// The system or what unpacks the file says so.
    Io(io::Error),
    Problem(Problem),
}

impl Fault {
    /// The fault with its place.
    pub(super) fn at(self, place: &str) -> Self {
        match self {
            Self::Problem(problem) => problem.at(place).into(),
            io @ Self::Io(_) => io,
        }
    }

    /// The error of an input.
    pub(super) fn of(self, name: &str) -> ArticleError {
        match self {
            Self::Problem(problem) => problem.of(name),
            Self::Io(source) => ArticleError::Io {
                name: name.to_owned(),
                source,
            },
        }
    }
}

impl From<Problem> for Fault {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// What comes next in a stream.
pub(super) enum Next {
    Message(Message),
    /// The mark of its end.
    Mark,
    /// Nothing more.
    Nothing,
}

/// A message as it is stored.
pub(super) struct Message {
    description: Vec<u8>,
    pub(super) body: Buffer,
}

impl Message {
    /// Reads the next message. No length is believed before the bytes are there.
    pub(super) fn read(reader: &mut impl Read) -> Result<Next, Fault> {
        let mut start = Vec::new();
        let read = reader.by_ref().take(8).read_to_end(&mut start);
        read.map_err(Fault::Io)?;
        if start.is_empty() {
            return Ok(Next::Nothing);
        }
        let (marker, length) = start.split_first_chunk::<4>().ok_or_else(cut_off)?;
        if *marker != MARKER {
            return Err(Problem::from("no message where one should begin").into());
        }
        let length = <[u8; 4]>::try_from(length).map_err(|_| cut_off())?;
        let length = u64::from(u32::from_le_bytes(length));
        if length == 0 {
            return Ok(Next::Mark);
        }
        check_size("a description", length, MAX_METADATA)?;
        let mut message = Self {
            description: exactly(reader, length)?,
            body: Buffer::from(&[]),
        };
        let body = guarded(|| {
            let body = message.parse()?.bodyLength();
            let body = u64::try_from(body).map_err(|_| "a body of fewer than no bytes")?;
            check_size("a message", body, MAX_MEMORY).map(|()| body)
        })?;
        message.body = Buffer::from_vec(exactly(reader, body)?);
        Ok(Next::Message(message))
    }

    /// Looks at the description.
    pub(super) fn parse(&self) -> Result<arrow_ipc::Message<'_>, Problem> {
        let size = self.description.len();
        let options = VerifierOptions {
            max_tables: size,
            max_apparent_size: size.saturating_mul(MAX_SHARING),
            ..VerifierOptions::default()
        };
        root_as_message_with_opts(&options, &self.description).map_err(|error| {
            let text = error.to_string();
            let text = text.lines().next().unwrap_or_default();
            format!("a message that is none: {text}").into()
        })
    }

    /// Bytes that its buffers take once they are unpacked. They lie one after the other: else many could be unpacked of the
    /// same few bytes.
    pub(super) fn memory(&self, parsed: &arrow_ipc::Message<'_>) -> Result<u64, Problem> {
        let batch = parsed.header_as_record_batch().or_else(|| {
            let dictionary = parsed.header_as_dictionary_batch();
            dictionary.and_then(|dictionary| dictionary.data())
        });
        let Some(batch) = batch else { return Ok(0) };
        let packing = batch.compression().map(|packing| packing.codec());
        if let Some(other) = packing.filter(|p| *p != CompressionType::LZ4_FRAME) {
            let name = other.variant_name().unwrap_or("another method");
            return Err(format!("packed by {name}, expected LZ4 or nothing").into());
        }
        let (mut all, mut end) = (0_u64, 0);
        for buffer in batch.buffers().into_iter().flatten() {
            if buffer.length() == 0 {
                continue;
            }
            if buffer.offset() < end {
                return Err("buffers on top of each other".into());
            }
            end = buffer.offset().saturating_add(buffer.length());
            let stored = self.buffer(buffer.offset(), buffer.length())?;
            let size = match stored.split_first_chunk::<LENGTH>() {
                Some((unpacked, _)) if packing.is_some() => {
                    u64::try_from(i64::from_le_bytes(*unpacked)).unwrap_or(0)
                }
                _ => 0,
            };
            all = all.saturating_add(size.max(stored.len() as u64));
        }
        check_size("buffers", all, MAX_MEMORY).map(|()| all)
    }

    fn buffer(&self, offset: i64, length: i64) -> Result<&[u8], Problem> {
        let start = usize::try_from(offset).ok();
        let length = usize::try_from(length).ok();
        let part = start.zip(length).and_then(|(start, length)| {
            let end = start.checked_add(length)?;
            self.body.as_slice().get(start..end)
        });
        part.ok_or_else(|| "a buffer beyond the end of its message".into())
    }
}

fn cut_off() -> Problem {
    "it ends within a message: it is cut off or damaged".into()
}

fn exactly(reader: &mut impl Read, length: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = reader.take(length).read_to_end(&mut bytes);
    read.map_err(Fault::Io)?;
    if (bytes.len() as u64) < length {
        return Err(cut_off().into());
    }
    Ok(bytes)
}

/// What is read, and how many bytes of it were; without the beginning that tells a file.
pub(super) struct Counted {
    reader: Box<dyn Read + Send>,
    is_file: bool,
    count: u64,
}

impl Counted {
    pub(super) fn new(mut reader: impl Read + Send + 'static) -> io::Result<Self> {
        let (mut start, mut is_file) = (Vec::new(), false);
        for _ in 0..MAX_PADDING / MAGIC.len() {
            let few = MAGIC.len() as u64;
            reader.by_ref().take(few).read_to_end(&mut start)?;
            if start != MAGIC && !(is_file && start == [0; MAGIC.len()]) {
                break;
            }
            start.clear();
            is_file = true;
        }
        Ok(Self {
            reader: Box::new(io::Cursor::new(start).chain(reader)),
            is_file,
            count: 0,
        })
    }

    /// Whether it began as a file does.
    pub(super) fn is_file(&self) -> bool {
        self.is_file
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Refuses an end that is none: a file ends with its mark and a table of contents, which nobody needs, and behind a
    /// stream comes nothing. A stream may end without a mark.
    pub(super) fn check_end(&mut self, end: &Next) -> Result<(), Fault> {
        let before = self.count;
        let last = self.last_bytes()?;
        let length = self.count - before;
        let problem = match last.split_first_chunk::<4>() {
            _ if !self.is_file && length > 0 => "more bytes behind the end of the stream",
            _ if !self.is_file => return Ok(()),
            Some((contents, mark)) if mark == END && matches!(end, Next::Mark) => {
                let contents = u64::from(u32::from_le_bytes(*contents)) + last.len() as u64;
                if length < contents + MAX_PADDING as u64 {
                    return Ok(());
                }
                "more bytes behind the end of the file"
            }
            _ => "the end of the file is missing: it is cut off or damaged",
        };
        Err(Problem::from(problem).into())
    }

    /// Reads to the end, and gives its last bytes: the length of the table of contents, and the mark behind it.
    fn last_bytes(&mut self) -> Result<Vec<u8>, Fault> {
        let mut last = Vec::new();
        let mut buffer = vec![0; 1 << 16];
        loop {
            // Behind a stream any byte is one too many.
            if !self.is_file && !last.is_empty() {
                return Ok(last);
            }
            match self.read(&mut buffer) {
                Ok(0) => return Ok(last),
                Ok(length) => last.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
            last.drain(..last.len().saturating_sub(4 + END.len()));
        }
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.count += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(bytes: &[u8]) -> String {
        match Message::read(&mut &*bytes) {
            Err(Fault::Problem(problem)) => problem.to_string(),
            Err(Fault::Io(error)) => error.to_string(),
            Ok(Next::Message(_)) => "a message".to_owned(),
            Ok(Next::Mark) => "mark".to_owned(),
            Ok(Next::Nothing) => "nothing".to_owned(),
        }
    }

    #[test]
    fn d19_a_message_ends_where_it_should_or_is_refused() {
        for (bytes, expected) in [
            (&b""[..], "nothing"),
            (b"\xff\xff\xff\xff\0\0\0\0", "mark"),
            (
                b"\xff\xff\xff",
                "it ends within a message: it is cut off or damaged",
            ),
            (
                b"\xff\xff\xff\xff\x08\0\0\0abc",
                "it ends within a message: it is cut off or damaged",
            ),
            (
                b"\xff\xff\xff\xff\xff\xff\xff\xff",
                "a description of 4294967295 bytes, more than 16777216",
            ),
            (b"No message", "no message where one should begin"),
        ] {
            assert_eq!(problem(bytes), expected, "for {bytes:?}");
        }
        let none = problem(b"\xff\xff\xff\xff\x08\0\0\0\x64\0\0\0\0\0\0\0");
        assert!(none.starts_with("a message that is none: "), "{none}");
    }
}
