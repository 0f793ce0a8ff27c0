//! The header: its first bytes, its checksum, its strict JSON.

use std::io::{self, Write};

use super::canonical::quoted;
use super::error::ModelFileError as Error;
use super::guess::Guess;
use super::layout::{Dtype, Layout, Section, is_feature};

/// Headers beyond this are refused.
pub(super) const MAX_HEADER: u64 = 64 << 20;
/// The fixed bytes at offset 8, up to the version.
const MAGIC: &[u8] = b"{\"__metadata__\":{\"format\":\"purport-model/";
const AFTER_VERSION: &[u8] = b"1\",\"crc32c\":\"";
/// Where the eight digits of the checksum stand in the file.
const CRC: usize = 8 + MAGIC.len() + AFTER_VERSION.len();
/// Longer than any format or checksum, shorter than any model.
const FIXED: usize = CRC + 8;

/// The metadata of the profile in the order of the file.
pub(super) const METADATA: [&str; 9] = [
    "format",
    "crc32c",
    "created_by",
    "labels",
    "tokenizer",
    "options",
    "requires",
    "sha256",
    "training",
];
/// Keeps the parsed header small whatever the file says.
const MAX_KEYS: usize = 256;
const MAX_DIMENSIONS: usize = 8;
const MAX_NAME: usize = 64;

/// A JSON string as it stands in the header, quotes included.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawText<'a> {
    raw: &'a str,
    pub(super) at: u64,
}

impl RawText<'_> {
    pub(super) fn text(&self) -> Result<String, Error> {
        serde_json::from_str(self.raw).map_err(|source| Error::HeaderString {
            offset: self.at,
            source,
        })
    }
}

/// The header, taken apart but not unescaped.
#[derive(Debug)]
pub(super) struct Header<'a> {
    metadata: Vec<RawText<'a>>,
    pub(super) extra: Vec<(&'a str, RawText<'a>)>,
    pub(super) layout: Layout,
}

impl<'a> Header<'a> {
    pub(super) fn get(&self, name: &str) -> Result<RawText<'a>, Error> {
        let index = METADATA.iter().position(|known| *known == name);
        index
            .and_then(|index| self.metadata.get(index))
            .copied()
            .ok_or(Error::HeaderSyntax {
                offset: 8,
                expected: "all metadata",
            })
    }

    /// Takes apart bytes 0 to 8 + N, after [`header_end`] has found them.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        let text = str::from_utf8(bytes.get(8..).unwrap_or_default()).map_err(|error| {
            Error::HeaderNotUtf8 {
                offset: 8 + error.valid_up_to() as u64,
            }
        })?;
        let mut cursor = Cursor { text, at: 0 };
        cursor.expect("{\"__metadata__\":{", "`{\"__metadata__\":{`")?;
        let metadata = METADATA
            .iter()
            .enumerate()
            .map(|(index, name)| cursor.known(index, name))
            .collect::<Result<_, _>>()?;
        let extra = cursor.extra()?;
        cursor.expect("}", "`}` or `,`")?;
        let sections = cursor.sections()?;
        cursor.expect("}", "`}` or `,`")?;
        cursor.padding()?;
        Ok(Self {
            metadata,
            extra,
            layout: Layout {
                sections,
                data: bytes.len() as u64,
            },
        })
    }

    /// Flags, names, borders and shapes: all that the header alone can tell.
    pub(super) fn check(&self, file_len: u64) -> Result<(), Error> {
        self.check_known_features()?;
        self.layout.check_names()?;
        self.check_features()?;
        self.layout.check_contiguous(file_len)?;
        self.layout.check_shapes()
    }

    fn check_known_features(&self) -> Result<(), Error> {
        let requires = self.get("requires")?;
        let flags = requires.text()?;
        match flags
            .split(',')
            .find(|flag| !flag.is_empty() && !is_feature(flag))
        {
            Some(flag) => Err(Error::UnknownFeature {
                offset: requires.at,
                flag: flag.to_owned(),
            }),
            None => Ok(()),
        }
    }

    fn check_features(&self) -> Result<(), Error> {
        let requires = self.get("requires")?;
        let (found, expected) = (requires.text()?, self.layout.features());
        if found != expected {
            return Err(Error::Features {
                offset: requires.at,
                found,
                expected,
            });
        }
        Ok(())
    }
}

/// Where the header ends, if `start`, at least the first bytes of a file of `file_len` bytes, begins a model.
pub(super) fn header_end(start: &[u8], file_len: u64) -> Result<u64, Error> {
    if file_len == 0 {
        return Err(Error::Empty);
    }
    let guess = Guess::from_start(start);
    let Some((length, rest)) = start.split_first_chunk::<8>() else {
        return Err(match guess {
            Guess::Unknown => Error::Truncated {
                found: file_len,
                expected: FIXED as u64,
                whole: false,
            },
            guess => Error::NotAModel { guess },
        });
    };
    let found = u64::from_le_bytes(*length);
    let seen = rest.len().min(MAGIC.len());
    if rest[..seen] != MAGIC[..seen] || (seen == 0 && guess != Guess::Unknown) {
        return Err(Error::NotAModel { guess });
    }
    check_length(found)?;
    let end = 8 + found;
    if end > file_len {
        return Err(Error::Truncated {
            found: file_len,
            expected: end,
            whole: false,
        });
    }
    check_version(start)?;
    Ok(end)
}

fn check_length(found: u64) -> Result<(), Error> {
    let expected = if found > MAX_HEADER {
        "at most 67,108,864"
    } else if found < FIXED as u64 {
        "room for the metadata"
    } else if !(found + 8).is_multiple_of(64) {
        "8 less than a multiple of 64"
    } else {
        return Ok(());
    };
    Err(Error::HeaderLength { found, expected })
}

fn check_version(start: &[u8]) -> Result<(), Error> {
    let offset = 8 + MAGIC.len();
    let rest = start.get(offset..).unwrap_or_default();
    if rest.starts_with(AFTER_VERSION) {
        return Ok(());
    }
    let digits: String = rest
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .take(9)
        .map(|&byte| char::from(byte))
        .collect();
    let offset = offset as u64;
    match digits.parse() {
        Ok(1) if digits == "1" => Err(Error::HeaderSyntax {
            offset: offset + 1,
            expected: "`\",\"crc32c\":\"`",
        }),
        Ok(version) if !digits.starts_with('0') => Err(Error::NewerVersion {
            offset,
            version,
            created_by: creator(rest),
        }),
        _ => Err(Error::NoSuchVersion {
            offset,
            version: digits,
        }),
    }
}

/// Who made a file of a version that cannot be read: the next plain string after `"created_by":"`.
fn creator(bytes: &[u8]) -> Option<String> {
    const KEY: &[u8] = b"\"created_by\":\"";
    let near = &bytes[..bytes.len().min(4096)];
    let start = near.windows(KEY.len()).position(|window| window == KEY)? + KEY.len();
    let name: String = near[start..]
        .iter()
        .take_while(|&&b| b != b'"')
        .map(|&b| char::from(b))
        .collect();
    let plain = name.chars().all(|c| c == ' ' || c.is_ascii_graphic());
    (plain && (1..=64).contains(&name.len())).then_some(name)
}

/// The checksum of the header, `bytes` 0 to 8 + N, as its eight digits.
pub(super) fn checksum(bytes: &[u8]) -> String {
    let (before, rest) = bytes.split_at(bytes.len().min(CRC));
    let after = rest.get(8..).unwrap_or_default();
    let crc = crc32c::crc32c_append(
        crc32c::crc32c_append(crc32c::crc32c(before), b"00000000"),
        after,
    );
    format!("{crc:08x}")
}

pub(super) fn check_checksum(bytes: &[u8]) -> Result<(), Error> {
    let computed = checksum(bytes);
    let stored = bytes.get(CRC..CRC + 8).unwrap_or_default();
    if stored != computed.as_bytes() {
        let stored = String::from_utf8_lossy(stored).into_owned();
        return Err(Error::HeaderChecksum {
            offset: CRC as u64,
            stored,
            computed,
        });
    }
    // A ninth digit would be covered by the checksum and yet be no part of it.
    if bytes.get(CRC + 8) != Some(&b'"') {
        return Err(Error::HeaderSyntax {
            offset: CRC as u64 + 8,
            expected: "`\"` after eight digits",
        });
    }
    Ok(())
}

/// Writes the checksum into a header that was written with any other.
pub(super) fn seal(bytes: &mut [u8]) {
    let digits = checksum(bytes);
    if let Some(place) = bytes.get_mut(CRC..CRC + 8) {
        place.copy_from_slice(digits.as_bytes());
    }
}

/// What a header says, to be written.
pub(super) struct Parts<'a> {
    /// The values of [`METADATA`].
    pub(super) metadata: [String; METADATA.len()],
    pub(super) extra: Vec<(&'a str, String)>,
    pub(super) sections: &'a [Section],
}

impl Parts<'_> {
    /// Writes bytes 8 to 8 + N, without padding.
    pub(super) fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(b"{\"__metadata__\":{")?;
        let known = METADATA.iter().copied().zip(&self.metadata);
        let extra = self.extra.iter().map(|(name, text)| (*name, text));
        for (index, (name, text)) in known.chain(extra).enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(out, "{comma}\"{name}\":{}", quoted(text))?;
        }
        out.write_all(b"}")?;
        for Section {
            name,
            dtype,
            shape,
            start,
            end,
            ..
        } in self.sections
        {
            let shape: Vec<_> = shape.iter().map(u64::to_string).collect();
            let (dtype, shape) = (dtype.name(), shape.join(","));
            write!(
                out,
                ",\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{start},{end}]}}"
            )?;
        }
        out.write_all(b"}")
    }
}

/// How many spaces follow a header of `length` bytes.
pub(super) fn padding(length: usize) -> usize {
    (8 + length).next_multiple_of(64) - 8 - length
}

/// Reads the one spelling that the profile allows; there is no white space to skip and nothing to nest.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The place in the file.
    fn offset(&self) -> u64 {
        8 + self.at as u64
    }

    fn accept(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str, expected: &'static str) -> Result<(), Error> {
        let offset = self.offset();
        if self.accept(token) {
            Ok(())
        } else {
            Err(Error::HeaderSyntax { offset, expected })
        }
    }

    /// A key in quotes and its colon. Keys are plain, so no escape can hide one.
    fn key(&mut self) -> Result<&'a str, Error> {
        let offset = self.offset();
        let name = self.name("a key in quotes")?;
        self.expect(":", "`:`")?;
        if name.is_empty() {
            return Err(Error::HeaderSyntax {
                offset,
                expected: "a name in the quotes",
            });
        }
        Ok(name)
    }

    fn name(&mut self, expected: &'static str) -> Result<&'a str, Error> {
        let offset = self.offset();
        self.expect("\"", expected)?;
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
        let length = self.rest().bytes().take(MAX_NAME).take_while(plain).count();
        let name = &self.rest()[..length];
        self.at += length;
        if !self.accept("\"") {
            let expected = "at most 64 letters, digits, `.`, `_` or `-` in quotes";
            return Err(Error::HeaderSyntax { offset, expected });
        }
        Ok(name)
    }

    fn known(&mut self, index: usize, name: &'static str) -> Result<RawText<'a>, Error> {
        if index > 0 {
            self.expect(",", "`,` and more metadata")?;
        }
        let offset = self.offset();
        let found = self.key()?;
        if METADATA[..index].contains(&found) {
            return Err(Error::DuplicateKey {
                offset,
                name: found.to_owned(),
            });
        }
        if found != name {
            return Err(Error::HeaderKey {
                offset,
                expected: name,
                found: found.to_owned(),
            });
        }
        self.string()
    }

    fn extra(&mut self) -> Result<Vec<(&'a str, RawText<'a>)>, Error> {
        let mut extra: Vec<(&str, RawText<'_>)> = Vec::new();
        while self.accept(",") {
            let offset = self.offset();
            let found = self.key()?;
            let name = || found.to_owned();
            if METADATA.contains(&found) || extra.iter().any(|(other, _)| *other == found) {
                return Err(Error::DuplicateKey {
                    offset,
                    name: name(),
                });
            }
            if !found.starts_with("x-") {
                return Err(Error::UnknownMetadata {
                    offset,
                    name: name(),
                });
            }
            if let Some((last, _)) = extra.last().filter(|(last, _)| *last > found) {
                return Err(Error::KeyOrder {
                    offset,
                    name: name(),
                    previous: (*last).to_owned(),
                });
            }
            if extra.len() == MAX_KEYS {
                return Err(Error::TooMany {
                    offset,
                    what: "entries of metadata",
                    limit: MAX_KEYS,
                });
            }
            extra.push((found, self.string()?));
        }
        Ok(extra)
    }

    fn string(&mut self) -> Result<RawText<'a>, Error> {
        let (start, at) = (self.at, self.offset());
        self.expect("\"", "a string")?;
        let mut escaped = false;
        let end = self.rest().bytes().position(|byte| {
            let closes = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            closes
        });
        let Some(length) = end else {
            return Err(Error::HeaderSyntax {
                offset: at,
                expected: "a string that is closed",
            });
        };
        self.at += length + 1;
        Ok(RawText {
            raw: &self.text[start..self.at],
            at,
        })
    }

    fn sections(&mut self) -> Result<Vec<Section>, Error> {
        let mut sections = Vec::new();
        while self.accept(",") {
            let at = self.offset();
            if sections.len() == MAX_KEYS {
                return Err(Error::TooMany {
                    offset: at,
                    what: "sections",
                    limit: MAX_KEYS,
                });
            }
            let name = self.key()?;
            sections.push(self.section(name, at)?);
        }
        Ok(sections)
    }

    fn section(&mut self, name: &str, at: u64) -> Result<Section, Error> {
        self.expect("{\"dtype\":", "`{\"dtype\":`")?;
        let offset = self.offset();
        let found = self.name("a type in quotes")?;
        let dtype = Dtype::from_name(found).ok_or_else(|| Error::UnknownDtype {
            offset,
            section: name.to_owned(),
            found: found.to_owned(),
        })?;
        self.expect(",\"shape\":[", "`,\"shape\":[`")?;
        let shape = self.numbers()?;
        self.expect("],\"data_offsets\":[", "`],\"data_offsets\":[`")?;
        let offset = self.offset();
        let &[start, end] = self.numbers()?.as_slice() else {
            return Err(Error::HeaderSyntax {
                offset,
                expected: "two offsets",
            });
        };
        self.expect("]}", "`]}`")?;
        Ok(Section {
            name: name.to_owned(),
            dtype,
            shape,
            start,
            end,
            at,
        })
    }

    fn numbers(&mut self) -> Result<Vec<u64>, Error> {
        let mut numbers = Vec::new();
        if self.rest().starts_with(']') {
            return Ok(numbers);
        }
        loop {
            if numbers.len() == MAX_DIMENSIONS {
                let offset = self.offset();
                return Err(Error::TooMany {
                    offset,
                    what: "dimensions",
                    limit: MAX_DIMENSIONS,
                });
            }
            numbers.push(self.number()?);
            if !self.accept(",") {
                return Ok(numbers);
            }
        }
    }

    fn number(&mut self) -> Result<u64, Error> {
        let offset = self.offset();
        let length = self
            .rest()
            .bytes()
            .take(21)
            .take_while(u8::is_ascii_digit)
            .count();
        let digits = &self.rest()[..length];
        let canonical = digits == "0" || !digits.starts_with('0');
        self.at += length;
        digits
            .parse()
            .ok()
            .filter(|_| canonical)
            .ok_or(Error::HeaderSyntax {
                offset,
                expected: "an integer below 2^64 without sign or leading zero",
            })
    }

    fn padding(&mut self) -> Result<(), Error> {
        let offset = self.offset();
        let rest = self.rest();
        if rest.len() >= 64 || rest.bytes().any(|byte| byte != b' ') {
            return Err(Error::HeaderSyntax {
                offset,
                expected: "fewer than 64 spaces and the end of the header",
            });
        }
        Ok(())
    }
}
