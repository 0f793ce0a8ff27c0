//! One message of Arrow's format: its description, its body, and what reading it will take.
//!
//! <https://arrow.apache.org/docs/format/Columnar.html#encapsulated-message-format>

use std::io::{self, Read};

use arrow_buffer::Buffer;
use arrow_ipc::{CompressionType, root_as_message};

use crate::article::ArticleError;
use crate::article::columnar::{MAX_MEMORY, MAX_METADATA, guarded};

/// Every message begins with it.
const MARKER: [u8; 4] = [0xff; 4];

/// Before the bytes of a packed buffer stands how many it unpacks to, or -1 if it is not packed.
const LENGTH: usize = 8;

/// Why nothing more can be read.
pub(super) enum Fault {
    /// The system or what unpacks the file says so.
    Io(io::Error),
    Data(String),
}

impl Fault {
    /// The fault with its place.
    pub(super) fn at(self, place: &str) -> Self {
        match self {
            Self::Data(problem) => Self::Data(format!("{place}: {problem}")),
            io @ Self::Io(_) => io,
        }
    }

    /// The error of an input.
    pub(super) fn of(self, name: &str) -> ArticleError {
        let name = name.to_owned();
        match self {
            Self::Io(source) => ArticleError::Io { name, source },
            Self::Data(problem) => ArticleError::Columnar { name, problem },
        }
    }
}

/// A message as it is stored.
pub(super) struct Message {
    description: Vec<u8>,
    pub(super) body: Buffer,
}

impl Message {
    /// Reads the next message; `None` at the end. No length is believed before the bytes are there.
    pub(super) fn read(reader: &mut impl Read) -> Result<Option<Self>, Fault> {
        let start = exactly(reader, 8, 0)?;
        let Some((marker, length)) = start.split_first_chunk::<4>() else {
            return Ok(None);
        };
        if *marker != MARKER {
            return Err(Fault::Data("no message where one should begin".to_owned()));
        }
        let length = <[u8; 4]>::try_from(length).map_or(0, u32::from_le_bytes);
        if length == 0 {
            return Ok(None);
        }
        check("a description", u64::from(length), MAX_METADATA).map_err(Fault::Data)?;
        let mut message = Self {
            description: exactly(reader, u64::from(length), 1)?,
            body: Buffer::from(&[]),
        };
        let body = guarded(|| {
            let body = message.parse()?.bodyLength();
            let body = u64::try_from(body).map_err(|_| "a body of fewer than no bytes")?;
            check("a message", body, MAX_MEMORY).map(|()| body)
        });
        let body = body.map_err(Fault::Data)?;
        message.body = Buffer::from_vec(exactly(reader, body, body)?);
        Ok(Some(message))
    }

    /// Looks at the description.
    pub(super) fn parse(&self) -> Result<arrow_ipc::Message<'_>, String> {
        root_as_message(&self.description).map_err(|error| {
            let text = error.to_string();
            let text = text.lines().next().unwrap_or_default();
            format!("a message that is none: {text}")
        })
    }

    /// Bytes that its buffers take once they are unpacked.
    pub(super) fn memory(&self) -> Result<u64, String> {
        let message = self.parse()?;
        let batch = message.header_as_record_batch().or_else(|| {
            let dictionary = message.header_as_dictionary_batch();
            dictionary.and_then(|dictionary| dictionary.data())
        });
        let Some(batch) = batch else { return Ok(0) };
        let packing = batch.compression().map(|packing| packing.codec());
        if let Some(other) = packing.filter(|p| *p != CompressionType::LZ4_FRAME) {
            let name = other.variant_name().unwrap_or("another method");
            return Err(format!("packed by {name}, expected LZ4 or nothing"));
        }
        let mut all = 0_u64;
        for buffer in batch.buffers().into_iter().flatten() {
            let stored = self.buffer(buffer.offset(), buffer.length())?;
            let size = match stored.split_first_chunk::<LENGTH>() {
                Some((unpacked, _)) if packing.is_some() => {
                    u64::try_from(i64::from_le_bytes(*unpacked)).unwrap_or(0)
                }
                _ => 0,
            };
            all = all.saturating_add(size.max(stored.len() as u64));
        }
        check("buffers", all, MAX_MEMORY).map(|()| all)
    }

    fn buffer(&self, offset: i64, length: i64) -> Result<&[u8], String> {
        let start = usize::try_from(offset).ok();
        let length = usize::try_from(length).ok();
        let part = start.zip(length).and_then(|(start, length)| {
            let end = start.checked_add(length)?;
            self.body.as_slice().get(start..end)
        });
        part.ok_or_else(|| "a buffer beyond the end of its message".to_owned())
    }
}

fn check(what: &str, size: u64, most: u64) -> Result<(), String> {
    if size > most {
        return Err(format!("{what} of {size} bytes, more than {most}"));
    }
    Ok(())
}

/// So many bytes; none, if `least` is 0 and nothing is left.
fn exactly(reader: &mut impl Read, length: u64, least: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = reader.take(length).read_to_end(&mut bytes);
    read.map_err(Fault::Io)?;
    let found = bytes.len() as u64;
    if found < length && (found > 0 || least > 0) {
        return Err(Fault::Data(
            "it ends within a message: it is cut off or damaged".to_owned(),
        ));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(bytes: &[u8]) -> String {
        match Message::read(&mut &*bytes) {
            Err(Fault::Data(problem)) => problem,
            Err(Fault::Io(error)) => error.to_string(),
            Ok(found) => format!("{}", found.is_some()),
        }
    }

    #[test]
    fn d19_a_message_ends_where_it_should_or_is_refused() {
        for (bytes, expected) in [
            (&b""[..], "false"),
            (b"\xff\xff\xff\xff\0\0\0\0", "false"),
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
