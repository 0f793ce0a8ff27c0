//! Bytes → UTF-8 text.

use std::borrow::Cow;
use std::str::Utf8Error;

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8};
use memchr::{memchr2_iter, memmem};
use thiserror::Error;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// U+FFFE in UTF-8. Unicode keeps it unassigned so that a byte-order mark read the wrong way round
/// shows; in a text it is always damage.
const SWAPPED_BOM: &[u8] = b"\xef\xbf\xbe";

/// How bytes become text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecodeOptions {
    /// Label of the encoding, as in the WHATWG standard (`latin1`, `utf-16le`, `shift_jis` …).
    /// `None`: UTF-8, or UTF-16 where a byte-order mark says so. A byte-order mark outweighs this.
    pub encoding: Option<String>,
    /// Replace what cannot be decoded by U+FFFD instead of refusing it.
    pub lossy: bool,
}

/// Text, and what was done to obtain it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded<'b> {
    /// The text, without byte-order mark; borrowed if the bytes were the text already.
    pub text: Cow<'b, str>,
    /// Name of the encoding the bytes were read in.
    pub encoding: &'static str,
    /// How many faulty sequences were replaced by U+FFFD; always 0 unless `lossy`.
    pub replaced: u64,
}

/// The bytes are not text in the encoding that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The first byte that cannot be decoded.
    #[error("{line}:{column}: byte 0x{byte:02X} is not valid {encoding} ({why})")]
    Invalid {
        /// Line, from 1.
        line: u64,
        /// Column in characters, from 1.
        column: u64,
        /// The byte.
        byte: u8,
        /// Name of the encoding.
        encoding: &'static str,
        /// What is wrong with it, in words.
        why: &'static str,
    },
    /// No encoding has this label.
    #[error("no encoding is called `{0}`")]
    UnknownEncoding(String),
}

impl DecodeError {
    /// The error in a text that begins on line `first` and not on line 1.
    pub(crate) fn on_line(mut self, first: u64) -> Self {
        if let Self::Invalid { line, .. } = &mut self {
            *line += first - 1;
        }
        self
    }
}

/// Makes text of bytes.
///
/// The result borrows from `bytes` where they are UTF-8 already.
///
/// # Errors
///
/// [`DecodeError::Invalid`] at the first byte that cannot be decoded, unless `options.lossy`;
/// [`DecodeError::UnknownEncoding`] if `options.encoding` names none.
pub fn decode<'b>(bytes: &'b [u8], options: &DecodeOptions) -> Result<Decoded<'b>, DecodeError> {
    let wanted = options
        .encoding
        .as_deref()
        .map(encoding_named)
        .transpose()?;
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, &bytes[length..]),
        None => (wanted.unwrap_or(UTF_8), bytes),
    };
    if encoding == UTF_8 {
        decode_utf8(bytes, options.lossy)
    } else {
        transcode(encoding, bytes, options.lossy)
    }
}

/// As [`decode`], but keeps the buffer where the bytes are text already.
///
/// # Errors
///
/// As [`decode`].
pub fn decode_vec(
    mut bytes: Vec<u8>,
    options: &DecodeOptions,
) -> Result<Decoded<'static>, DecodeError> {
    let Decoded {
        text,
        encoding,
        replaced,
    } = decode(&bytes, options)?;
    let text = match text {
        Cow::Owned(text) => Some(text),
        Cow::Borrowed(_) => None,
    };
    let text = text.unwrap_or_else(|| {
        bytes.drain(..bom_length(&bytes));
        // Borrowed text is valid; the fallback is never taken.
        String::from_utf8(bytes).unwrap_or_default()
    });
    Ok(Decoded {
        text: Cow::Owned(text),
        encoding,
        replaced,
    })
}

fn bom_length(bytes: &[u8]) -> usize {
    if bytes.starts_with(BOM) { BOM.len() } else { 0 }
}

/// The encoding of a label of the WHATWG standard, or of one that other programs write with marks in other
/// places, as `latin-1`.
///
/// # Errors
///
/// [`DecodeError::UnknownEncoding`].
pub fn encoding_named(label: &str) -> Result<&'static Encoding, DecodeError> {
    let without_marks = label.replace(['-', '_'], "");
    [label, &label.replace('_', "-"), &without_marks]
        .iter()
        .find_map(|label| Encoding::for_label(label.as_bytes()))
        .ok_or_else(|| DecodeError::UnknownEncoding(label.to_owned()))
}

fn decode_utf8(bytes: &[u8], lossy: bool) -> Result<Decoded<'_>, DecodeError> {
    let (text, replaced) = match checked_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), 0),
        Err(_) if lossy => replace_faults(bytes),
        Err(valid) => return Err(invalid_utf8(bytes, valid)),
    };
    Ok(Decoded {
        text,
        encoding: UTF_8.name(),
        replaced,
    })
}

/// The text, or how many bytes of it are good.
fn checked_utf8(bytes: &[u8]) -> Result<&str, usize> {
    let text = std::str::from_utf8(bytes).map_err(|error: Utf8Error| error.valid_up_to());
    let good = text.map_or_else(|length| length, str::len);
    match memmem::find(&bytes[..good], SWAPPED_BOM) {
        Some(at) => Err(at),
        None => text,
    }
}

fn invalid_utf8(bytes: &[u8], valid: usize) -> DecodeError {
    let text = std::str::from_utf8(&bytes[..valid]).unwrap_or_default();
    let (line, column) = end_of(text);
    DecodeError::Invalid {
        line,
        column,
        byte: bytes[valid],
        encoding: UTF_8.name(),
        why: why_not_utf8(&bytes[valid..]),
    }
}

/// The table of well-formed sequences (Unicode, table 3-7), read the other way round.
fn why_not_utf8(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x80..=0xBF, ..] => "a continuation byte without its first byte",
        [0xC0 | 0xC1, ..] | [0xE0, 0x80..=0x9F, ..] | [0xF0, 0x80..=0x8F, ..] => {
            "an overlong sequence"
        }
        [0xED, 0xA0..=0xBF, ..] => "half of a surrogate pair",
        [0xF4, 0x90..=0xBF, ..] | [0xF5..=0xFF, ..] => "above U+10FFFF",
        [0xEF, 0xBF, 0xBE, ..] => "U+FFFE, a byte-order mark the wrong way round",
        _ if std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none()) => {
            "the text ends inside a character"
        }
        _ => "no continuation byte follows",
    }
}

/// One U+FFFD for each maximal faulty part, as browsers do it.
fn replace_faults(bytes: &[u8]) -> (Cow<'_, str>, u64) {
    let mut text = String::with_capacity(bytes.len());
    let mut replaced = 0;
    for chunk in bytes.utf8_chunks() {
        for (i, part) in chunk.valid().split('\u{fffe}').enumerate() {
            if i > 0 {
                text.push(char::REPLACEMENT_CHARACTER);
                replaced += 1;
            }
            text.push_str(part);
        }
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            replaced += 1;
        }
    }
    (Cow::Owned(text), replaced)
}

fn transcode(
    encoding: &'static Encoding,
    bytes: &[u8],
    lossy: bool,
) -> Result<Decoded<'static>, DecodeError> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 2 + 16);
    let replaced = transcode_part(&mut decoder, bytes, true, lossy, &mut text)?;
    Ok(Decoded {
        text: Cow::Owned(text),
        encoding: encoding.name(),
        replaced,
    })
}

/// Appends the next `bytes` to `text`; returns how many faults were replaced.
fn transcode_part(
    decoder: &mut Decoder,
    bytes: &[u8],
    last: bool,
    lossy: bool,
    text: &mut String,
) -> Result<u64, DecodeError> {
    let (mut read, mut replaced) = (0, 0);
    loop {
        let (result, count) =
            decoder.decode_to_string_without_replacement(&bytes[read..], text, last);
        read += count;
        match result {
            DecoderResult::InputEmpty => return Ok(replaced),
            DecoderResult::OutputFull => text.reserve(bytes.len() - read + 64),
            DecoderResult::Malformed(..) if lossy => {
                text.push(char::REPLACEMENT_CHARACTER);
                replaced += 1;
            }
            DecoderResult::Malformed(length, after) => {
                let bad = read.saturating_sub(usize::from(length) + usize::from(after));
                let (line, column) = end_of(text);
                return Err(DecodeError::Invalid {
                    line,
                    column,
                    byte: bytes.get(bad).copied().unwrap_or_default(),
                    encoding: decoder.encoding().name(),
                    why: "no character of this encoding",
                });
            }
        }
    }
}

/// Bytes that come in parts → text, as [`decode`] makes it of the whole.
pub(crate) struct PartDecoder {
    form: Form,
    lossy: bool,
    /// Bytes of a character that is not complete yet.
    pending: Vec<u8>,
    replaced: u64,
}

enum Form {
    Utf8,
    Other(Box<Decoder>),
}

impl PartDecoder {
    /// A decoder for an input that begins with `head`, and how many bytes of it are a byte-order mark.
    pub(crate) fn new(head: &[u8], options: &DecodeOptions) -> Result<(Self, usize), DecodeError> {
        let wanted = options
            .encoding
            .as_deref()
            .map(encoding_named)
            .transpose()?;
        let (encoding, mark) =
            Encoding::for_bom(head).unwrap_or_else(|| (wanted.unwrap_or(UTF_8), 0));
        let decoder = Self {
            form: if encoding == UTF_8 {
                Form::Utf8
            } else {
                Form::Other(Box::new(encoding.new_decoder_without_bom_handling()))
            },
            lossy: options.lossy,
            pending: Vec::new(),
            replaced: 0,
        };
        Ok((decoder, mark))
    }

    /// How many faulty sequences were replaced so far.
    pub(crate) fn replaced(&self) -> u64 {
        self.replaced
    }

    /// Appends the next bytes to `text`; `last` says that none follow.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Invalid`], with lines counted from the beginning of `text`.
    pub(crate) fn decode(
        &mut self,
        bytes: &[u8],
        last: bool,
        text: &mut String,
    ) -> Result<(), DecodeError> {
        match &mut self.form {
            Form::Other(decoder) => {
                self.replaced += transcode_part(decoder, bytes, last, self.lossy, text)?;
                Ok(())
            }
            Form::Utf8 if self.pending.is_empty() => self.decode_utf8(bytes, last, text),
            Form::Utf8 => {
                let mut whole = std::mem::take(&mut self.pending);
                whole.extend_from_slice(bytes);
                self.decode_utf8(&whole, last, text)
            }
        }
    }

    fn decode_utf8(
        &mut self,
        bytes: &[u8],
        last: bool,
        text: &mut String,
    ) -> Result<(), DecodeError> {
        let end = if last { bytes.len() } else { last_whole(bytes) };
        let (whole, rest) = bytes.split_at(end);
        self.pending.extend_from_slice(rest);
        match checked_utf8(whole) {
            Ok(part) => text.push_str(part),
            Err(_) if self.lossy => {
                let (part, replaced) = replace_faults(whole);
                text.push_str(&part);
                self.replaced += replaced;
            }
            Err(valid) => {
                text.push_str(std::str::from_utf8(&whole[..valid]).unwrap_or_default());
                let (line, column) = end_of(text);
                return Err(DecodeError::Invalid {
                    line,
                    column,
                    byte: whole[valid],
                    encoding: UTF_8.name(),
                    why: why_not_utf8(&whole[valid..]),
                });
            }
        }
        Ok(())
    }
}

/// How many bytes there are before a last character that may go on after them.
fn last_whole(bytes: &[u8]) -> usize {
    let tail = bytes.len().saturating_sub(3);
    let first = bytes[tail..].iter().rposition(|byte| *byte >= 0xC0);
    match first.map(|at| tail + at) {
        Some(at) if std::str::from_utf8(&bytes[at..]).is_err_and(|e| e.error_len().is_none()) => at,
        _ => bytes.len(),
    }
}

/// Line and column of what would follow `text`.
fn end_of(text: &str) -> (u64, u64) {
    LineIndex::new(text).locate(text.len())
}

/// Byte offset → line and column.
///
/// LF, CRLF and a lone CR each end a line. Columns count characters, and both count from 1.
#[derive(Debug, Clone)]
pub struct LineIndex<'t> {
    text: &'t str,
    /// Where each line but the first begins.
    starts: Vec<usize>,
}

impl<'t> LineIndex<'t> {
    /// Finds the lines of `text`.
    #[must_use]
    pub fn new(text: &'t str) -> Self {
        Self {
            text,
            starts: line_starts(text.as_bytes()).collect(),
        }
    }

    /// Line and column of the character that holds the byte at `offset`; past the end, of the end.
    #[must_use]
    pub fn locate(&self, offset: usize) -> (u64, u64) {
        let before = self.starts.partition_point(|&start| start <= offset);
        let start = before.checked_sub(1).map_or(0, |last| self.starts[last]);
        let offset = self.text.floor_char_boundary(offset);
        let column = self.text[start..offset].chars().count();
        (before as u64 + 1, column as u64 + 1)
    }
}

/// Where the lines after the first begin.
fn line_starts(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memchr2_iter(b'\n', b'\r', bytes)
        // The CR of a CRLF ends no line by itself.
        .filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'))
        .map(|at| at + 1)
}

/// How many line breaks there are, and where the last of them ends.
pub(crate) fn line_breaks(bytes: &[u8]) -> (u64, usize) {
    line_starts(bytes).fold((0, 0), |(count, _), start| (count + 1, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict() -> DecodeOptions {
        DecodeOptions::default()
    }

    fn lossy() -> DecodeOptions {
        DecodeOptions {
            lossy: true,
            ..strict()
        }
    }

    fn named(label: &str) -> DecodeOptions {
        DecodeOptions {
            encoding: Some(label.to_owned()),
            ..strict()
        }
    }

    #[test]
    fn a04_a_utf8_mark_is_removed_once() {
        let decoded = decode(b"\xef\xbb\xbftext", &strict()).unwrap();
        assert!(matches!(decoded.text, Cow::Borrowed("text")));
        let owned = decode_vec(b"\xef\xbb\xbftext".to_vec(), &strict()).unwrap();
        assert_eq!(owned, decoded);
    }

    #[test]
    fn a05_marked_utf16_is_decoded() {
        let text = "text,label\r\n„Déjà vu“ 😀,a\r\n";
        for (mark, write) in [
            ([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]),
            ([0xfe, 0xff], u16::to_be_bytes),
        ] {
            let units = text.encode_utf16().flat_map(write);
            let bytes: Vec<u8> = mark.into_iter().chain(units).collect();
            assert_eq!(decode(&bytes, &strict()).unwrap().text, text);
            // The mark outweighs the option, as it does in browsers.
            assert_eq!(decode(&bytes, &named("latin1")).unwrap().text, text);
        }
        let bare: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&bare, &named("utf-16le")).unwrap().text, text);
    }

    #[test]
    fn a06_an_invalid_byte_is_refused_with_its_place() {
        let bytes = b"text,label\r\xef\xbb\xbf\xc3\xa9t\xe9,a\n";
        let error = decode(bytes, &strict()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2:4: byte 0xE9 is not valid UTF-8 (no continuation byte follows)"
        );
        let decoded = decode(bytes, &lossy()).unwrap();
        assert_eq!(decoded.text, "text,label\r\u{feff}ét\u{fffd},a\n");
        assert_eq!(decoded.replaced, 1);
        let decoded = decode(b"caf\xe9", &named("latin1")).unwrap();
        assert_eq!((&*decoded.text, decoded.encoding), ("café", "windows-1252"));
        let error = decode(b"", &named("latin-one")).unwrap_err();
        assert_eq!(error.to_string(), "no encoding is called `latin-one`");
    }

    #[test]
    fn a06_an_invalid_byte_of_another_encoding_is_refused_with_its_place() {
        let error = decode(b"a\n\x82\xa0\x82\x20b", &named("shift_jis")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "2:2: byte 0x82 is not valid Shift_JIS (no character of this encoding)"
        );
        let error = decode(b"\xff\xfea\0\x00\xd8", &strict()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "1:2: byte 0x00 is not valid UTF-16LE (no character of this encoding)"
        );
    }

    #[test]
    fn a07_each_kind_of_fault_is_named() {
        for (bytes, expected, replaced) in [
            (&b"\xc0\xaf"[..], "overlong", 2),
            (b"\xe0\x80\xaf", "overlong", 3),
            (b"\xed\xa0\xbd\xed\xb8\x80", "surrogate", 6),
            (b"\xf4\x90\x80\x80", "U+10FFFF", 4),
            (b"\x80", "without its first byte", 1),
            (b"\xef\xbf\xbe", "U+FFFE", 1),
            (b"\xe2\x82", "ends inside a character", 1),
            (b"\xe2\x82a", "no continuation", 1),
        ] {
            let error = decode(bytes, &strict()).unwrap_err().to_string();
            assert!(error.starts_with("1:1: "), "{error}");
            assert!(error.contains(expected), "{error}");
            assert_eq!(decode(bytes, &lossy()).unwrap().replaced, replaced);
        }
    }

    #[test]
    fn a09_lines_end_at_lf_crlf_and_cr() {
        let text = "a\nb\r\nc\rdé\u{1f600}x\r\r\n\n";
        let index = LineIndex::new(text);
        for (needle, expected) in [
            ("a", (1, 1)),
            ("\n", (1, 2)),
            ("b", (2, 1)),
            ("\r\nc", (2, 2)),
            ("c", (3, 1)),
            ("d", (4, 1)),
            ("x", (4, 4)),
        ] {
            let offset = text.find(needle).unwrap();
            assert_eq!(index.locate(offset), expected, "for {needle:?}");
        }
        assert_eq!(index.locate(text.len()), (7, 1));
        assert_eq!(index.locate(usize::MAX), (7, 1));
        assert_eq!(LineIndex::new("").locate(0), (1, 1));
    }

    proptest::proptest! {
        #[test]
        fn d21_parts_of_any_size_give_the_text_of_the_whole(
            text in "[a\u{e9}\u{4e16}\u{1f600}\n]{0,20}",
            noise in proptest::collection::vec((0usize..60, proptest::num::u8::ANY), 0..3),
            size in 1usize..9,
            mark in proptest::bool::ANY,
        ) {
            let mut bytes = if mark { BOM.to_vec() } else { Vec::new() };
            bytes.extend(text.bytes());
            for (at, byte) in noise {
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            for options in [strict(), lossy(), named("utf-16le"), named("shift_jis")] {
                let (mut decoder, start) = PartDecoder::new(&bytes, &options).unwrap();
                let mut out = String::new();
                let parts: Vec<&[u8]> = bytes[start..].chunks(size).collect();
                let result = (0..parts.len().max(1)).try_for_each(|i| {
                    let part = parts.get(i).copied().unwrap_or_default();
                    decoder.decode(part, i + 1 >= parts.len(), &mut out)
                });
                match (decode(&bytes, &options), result) {
                    (Ok(whole), Ok(())) => {
                        proptest::prop_assert_eq!(&*whole.text, out);
                        proptest::prop_assert_eq!(whole.replaced, decoder.replaced());
                    }
                    (Err(DecodeError::Invalid { line, column, .. }),
                        Err(DecodeError::Invalid { line: l, column: c, .. })) => {
                        proptest::prop_assert_eq!((line, column), (l, c));
                    }
                    other => proptest::prop_assert!(false, "{:?}", other),
                }
            }
        }
    }
}
