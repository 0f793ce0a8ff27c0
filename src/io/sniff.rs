//! What a file is by its first bytes.

use std::fmt;

use memchr::memmem;

/// How many bytes are looked at where a fixed signature does not settle the matter.
const SAMPLE: usize = 64 * 1024;

/// The kind of a file, told from its contents and never from its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FileKind {
    /// None of the others: text, as far as can be seen.
    Text,
    /// No bytes at all.
    Empty,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
    /// A ZIP archive of no known use.
    Zip,
    /// An Excel workbook (Office Open XML).
    Xlsx,
    /// A Word document (Office Open XML).
    Docx,
    /// An `OpenDocument` file.
    OpenDocument,
    /// An Office file of before 2007.
    Ole,
    /// PDF.
    Pdf,
    /// PNG.
    Png,
    /// JPEG.
    Jpeg,
    /// GIF.
    Gif,
    /// A Linux program or library.
    Elf,
    /// A Python pickle.
    Pickle,
    /// A GGUF language model.
    Gguf,
    /// A safetensors file.
    SafeTensors,
    /// An HTML page.
    Html,
    /// XML other than HTML.
    Xml,
    /// JSON or JSON Lines.
    Json,
    /// An `SQLite` database.
    Sqlite,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow, a file (Feather) or a stream.
    Arrow,
    /// The stand-in that git-LFS leaves for a file that was not fetched.
    LfsPointer,
    /// UTF-16, little-endian.
    Utf16Le {
        /// It says so by a byte-order mark.
        bom: bool,
    },
    /// UTF-16, big-endian.
    Utf16Be {
        /// It says so by a byte-order mark.
        bom: bool,
    },
    /// UTF-32, little-endian.
    Utf32Le,
    /// UTF-32, big-endian.
    Utf32Be,
    /// Mostly NUL bytes: no text in any encoding.
    Binary,
}

const SIGNATURES: [(&[u8], FileKind); 18] = [
    (b"\x1f\x8b", FileKind::Gzip),
    (b"\x28\xb5\x2f\xfd", FileKind::Zstd),
    (b"\xfd7zXZ\0", FileKind::Xz),
    (b"PK\x03\x04", FileKind::Zip),
    (b"PK\x05\x06", FileKind::Zip),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", FileKind::Ole),
    (b"%PDF-", FileKind::Pdf),
    (b"\x89PNG\r\n\x1a\n", FileKind::Png),
    (b"\xff\xd8\xff", FileKind::Jpeg),
    (b"GIF87a", FileKind::Gif),
    (b"GIF89a", FileKind::Gif),
    (b"\x7fELF", FileKind::Elf),
    (b"SQLite format 3\0", FileKind::Sqlite),
    (
        b"version https://git-lfs.github.com/spec/",
        FileKind::LfsPointer,
    ),
    // UTF-32 before UTF-16: its little-endian mark begins with the one of UTF-16.
    (b"\xff\xfe\0\0", FileKind::Utf32Le),
    (b"\0\0\xfe\xff", FileKind::Utf32Be),
    (b"\xff\xfe", FileKind::Utf16Le { bom: true }),
    (b"\xfe\xff", FileKind::Utf16Be { bom: true }),
];

impl FileKind {
    /// Tells the kind of a file from its bytes; the first 64 KiB are enough.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let sample = &bytes[..bytes.len().min(SAMPLE)];
        if sample.is_empty() {
            return Self::Empty;
        }
        by_signature(sample)
            .or_else(|| by_markup(sample))
            .or_else(|| by_nuls(sample))
            .unwrap_or(Self::Text)
    }

    /// The kind in words, with its article: "a gzip file".
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Empty => "an empty file",
            Self::Gzip => "a gzip file",
            Self::Zstd => "a Zstandard file",
            Self::Bzip2 => "a bzip2 file",
            Self::Xz => "an xz file",
            Self::Zip => "a ZIP archive",
            Self::Xlsx => "an XLSX (Excel) file",
            Self::Docx => "a DOCX (Word) file",
            Self::OpenDocument => "an OpenDocument file",
            Self::Ole => "an old Office (XLS, DOC) file",
            Self::Pdf => "a PDF file",
            Self::Png => "a PNG image",
            Self::Jpeg => "a JPEG image",
            Self::Gif => "a GIF image",
            Self::Elf => "an ELF program",
            Self::Pickle => "a Python pickle",
            Self::Gguf => "a GGUF model",
            Self::SafeTensors => "a safetensors file",
            Self::Html => "an HTML page",
            Self::Xml => "an XML file",
            Self::Json => "a JSON file",
            Self::Sqlite => "an SQLite database",
            Self::Parquet => "a Parquet file",
            Self::Arrow => "an Arrow file",
            Self::LfsPointer => "a git-LFS pointer, not the file itself",
            Self::Utf16Le { bom: true } => "UTF-16 text (little-endian)",
            Self::Utf16Be { bom: true } => "UTF-16 text (big-endian)",
            Self::Utf16Le { bom: false } => "UTF-16 text (little-endian) without a byte-order mark",
            Self::Utf16Be { bom: false } => "UTF-16 text (big-endian) without a byte-order mark",
            Self::Utf32Le => "UTF-32 text (little-endian)",
            Self::Utf32Be => "UTF-32 text (big-endian)",
            Self::Binary => "a binary file",
        }
    }

    /// How a user makes delimited text of such a file, if that is possible at all.
    #[must_use]
    pub fn cure(self) -> Option<&'static str> {
        Some(match self {
            Self::Gzip => "decompress it first: `gunzip -k FILE`",
            Self::Zstd => "decompress it first: `unzstd FILE`",
            Self::Bzip2 => "decompress it first: `bunzip2 -k FILE`",
            Self::Xz => "decompress it first: `unxz -k FILE`",
            Self::Zip => "unpack it first: `unzip FILE`",
            Self::Xlsx | Self::OpenDocument | Self::Ole => {
                "save it from the spreadsheet program as `CSV UTF-8`"
            }
            Self::Parquet | Self::Arrow => {
                "write it as CSV first, as with `duckdb`: `COPY … TO 'file.csv'`"
            }
            Self::Sqlite => "export the table first: `sqlite3 -csv -header FILE 'SELECT …'`",
            Self::Json => "write it as CSV first, with a header and one row a sentence",
            Self::LfsPointer => "fetch the file: `git lfs pull`",
            Self::Utf16Le { .. } => {
                "convert with `iconv -f UTF-16LE -t UTF-8`, or say `--encoding utf-16le`"
            }
            Self::Utf16Be { .. } => {
                "convert with `iconv -f UTF-16BE -t UTF-8`, or say `--encoding utf-16be`"
            }
            Self::Utf32Le => "convert with `iconv -f UTF-32LE -t UTF-8`",
            Self::Utf32Be => "convert with `iconv -f UTF-32BE -t UTF-8`",
            _ => return None,
        })
    }

    /// Whether [`decode`](crate::io::decode()) can make text of it without being told an encoding.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::Empty
                | Self::Html
                | Self::Xml
                | Self::Json
                | Self::Utf16Le { bom: true }
                | Self::Utf16Be { bom: true }
        )
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

fn by_signature(sample: &[u8]) -> Option<FileKind> {
    let known = SIGNATURES
        .iter()
        .find(|(signature, _)| sample.starts_with(signature))
        .map(|&(_, kind)| kind);
    match known {
        Some(FileKind::Zip) => Some(office(sample)),
        Some(kind) => Some(kind),
        None => by_structure(sample),
    }
}

/// Signatures that a text may begin with as well; what follows them tells.
fn by_structure(sample: &[u8]) -> Option<FileKind> {
    match sample {
        [b'B', b'Z', b'h', b'1'..=b'9', b'1', b'A', b'Y', b'&', ..] => Some(FileKind::Bzip2),
        [b'G', b'G', b'U', b'F', _, _, 0, 0, ..] => Some(FileKind::Gguf),
        [b'P', b'A', b'R', b'1', 0x15, ..] => Some(FileKind::Parquet),
        [b'A', b'R', b'R', b'O', b'W', b'1', 0, 0, ..] => Some(FileKind::Arrow),
        // A stream: the mark of a message, and the length of a description that is not empty.
        [0xff, 0xff, 0xff, 0xff, a, b, c, 0, ..] if a | b | c != 0 => Some(FileKind::Arrow),
        // Protocols 2 to 5 begin with the opcode `PROTO`; 0x80 begins no text in UTF-8.
        [0x80, 2..=5, ..] => Some(FileKind::Pickle),
        _ => is_safetensors(sample).then_some(FileKind::SafeTensors),
    }
}

/// Office files are ZIP archives; the names of their members stand in the clear.
fn office(sample: &[u8]) -> FileKind {
    let holds = |name: &str| memmem::find(sample, name.as_bytes()).is_some();
    if holds("mimetypeapplication/vnd.oasis.opendocument") {
        FileKind::OpenDocument
    } else if holds("xl/") {
        FileKind::Xlsx
    } else if holds("word/") {
        FileKind::Docx
    } else {
        FileKind::Zip
    }
}

/// The length of a JSON header in eight bytes, then the header.
fn is_safetensors(sample: &[u8]) -> bool {
    sample
        .split_first_chunk::<8>()
        .is_some_and(|(length, rest)| {
            u64::from_le_bytes(*length) < 1 << 32 && length[7] == 0 && rest.starts_with(b"{\"")
        })
}

fn by_markup(sample: &[u8]) -> Option<FileKind> {
    let text = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    let text = text.trim_ascii_start();
    let starts = |tag: &[u8]| {
        text.get(..tag.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(tag))
    };
    let html: [&[u8]; 4] = [b"<!doctype html", b"<html", b"<head>", b"<body"];
    if html.into_iter().any(starts) {
        Some(FileKind::Html)
    } else if starts(b"<?xml") {
        Some(FileKind::Xml)
    } else if is_json(text) {
        Some(FileKind::Json)
    } else {
        None
    }
}

/// A brace or bracket alone does not make JSON: `[Applause] …` may be the first cell of a table.
fn is_json(text: &[u8]) -> bool {
    let Some((&first, rest)) = text.split_first() else {
        return false;
    };
    let inner = rest.trim_ascii_start().first();
    match first {
        b'{' => matches!(inner, Some(b'"' | b'}')),
        b'[' => matches!(inner, Some(b'{' | b'[' | b'"' | b']')),
        _ => false,
    }
}

fn by_nuls(sample: &[u8]) -> Option<FileKind> {
    memchr::memchr(0, sample)?;
    utf32(sample).or_else(|| utf16(sample)).or_else(|| {
        let nuls = memchr::memchr_iter(0, sample).count();
        are_mostly_nul(nuls as u64, sample.len() as u64).then_some(FileKind::Binary)
    })
}

/// More than one byte in eight is NUL; text in UTF-8 has next to none.
#[must_use]
pub(crate) fn are_mostly_nul(nuls: u64, bytes: u64) -> bool {
    nuls > bytes / 8
}

/// Text in UTF-32 is made of four-byte numbers below 0x110000.
fn utf32(sample: &[u8]) -> Option<FileKind> {
    let (units, _) = sample.as_chunks::<4>();
    let is_char = |number: u32| number != 0 && char::from_u32(number).is_some();
    if units.is_empty() {
        None
    } else if units.iter().all(|&unit| is_char(u32::from_le_bytes(unit))) {
        Some(FileKind::Utf32Le)
    } else if units.iter().all(|&unit| is_char(u32::from_be_bytes(unit))) {
        Some(FileKind::Utf32Be)
    } else {
        None
    }
}

/// In UTF-16 the delimiters, line breaks, spaces and Latin letters leave a NUL, always in the same
/// half of the unit: most halves in Latin script, few in others, where the other half then is no
/// plain text. A stray NUL in a UTF-8 table is neither.
fn utf16(sample: &[u8]) -> Option<FileKind> {
    let (units, _) = sample.as_chunks::<2>();
    let first = units.iter().filter(|unit| unit[0] == 0).count();
    let second = units.iter().filter(|unit| unit[1] == 0).count();
    let enough = |nuls: usize| {
        nuls * 5 >= units.len() * 2 || (nuls * 20 >= units.len() && !is_plain(sample))
    };
    if first == 0 && enough(second) && is_utf16(units, u16::from_le_bytes) {
        Some(FileKind::Utf16Le { bom: false })
    } else if second == 0 && enough(first) && is_utf16(units, u16::from_be_bytes) {
        Some(FileKind::Utf16Be { bom: false })
    } else {
        None
    }
}

/// UTF-8 without control characters other than white space and NUL.
fn is_plain(sample: &[u8]) -> bool {
    let control = |&byte: &u8| byte < b' ' && byte != 0 && !byte.is_ascii_whitespace();
    let utf8 = match std::str::from_utf8(sample) {
        Ok(_) => true,
        // The sample may end inside a character.
        Err(error) => error.error_len().is_none(),
    };
    utf8 && !sample.iter().any(control)
}

fn is_utf16(units: &[[u8; 2]], read: fn([u8; 2]) -> u16) -> bool {
    // The sample may end inside a surrogate pair.
    let whole = &units[..units.len().saturating_sub(1)];
    !units.is_empty() && char::decode_utf16(whole.iter().map(|&unit| read(unit))).all(|c| c.is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_bytes(text: &str, write: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(write).collect()
    }

    #[test]
    fn a33_files_are_known_by_their_first_bytes() {
        for (bytes, expected) in [
            (&b""[..], "an empty file"),
            (b"text,label\na,b\n", "text"),
            (b"\x1f\x8b\x08\x00", "a gzip file"),
            (b"\x28\xb5\x2f\xfd\x00", "a Zstandard file"),
            (b"PK\x03\x04....xl/workbook.xml", "an XLSX (Excel) file"),
            (b"PK\x03\x04....word/document.xml", "a DOCX (Word) file"),
            (b"PK\x03\x04....data.pkl", "a ZIP archive"),
            (b"BZh91AY&SY", "a bzip2 file"),
            (b"BZhang,label\n", "text"),
            (b"GGUF,PAR1,label\n", "text"),
            (b"%PDF-1.7\n", "a PDF file"),
            (b"\x89PNG\r\n\x1a\n\0\0", "a PNG image"),
            (b"\xff\xd8\xff\xe0", "a JPEG image"),
            (b"GIF89a", "a GIF image"),
            (b"\x7fELF\x02\x01", "an ELF program"),
            (b"\x80\x04\x95\x10", "a Python pickle"),
            (b"GGUF\x03\0\0\0", "a GGUF model"),
            (b"\x10\0\0\0\0\0\0\0{\"a\":1}", "a safetensors file"),
            (b"\xef\xbb\xbf\n <!DOCTYPE html><p>", "an HTML page"),
            (b"<HTML lang=en>", "an HTML page"),
            (b"<?xml version='1.0'?>", "an XML file"),
            (b"{\"text\": 1}\n", "a JSON file"),
            (b"[\n {\"text\": 1}]", "a JSON file"),
            (b"[Applause] Thank you,none\n", "text"),
            (b"{note},label\n", "text"),
            (b"SQLite format 3\0", "an SQLite database"),
            (b"PAR1\x15\x04", "a Parquet file"),
            (b"ARROW1\0\0\xff\xff\xff\xff", "an Arrow file"),
            (b"\xff\xff\xff\xff\x38\x01\0\0\x10\0", "an Arrow file"),
            (b"\xff\xff\xff\xff\0\0\x01\0\x10\0", "an Arrow file"),
            (
                b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
                "a git-LFS pointer, not the file itself",
            ),
            (&[0; 100], "a binary file"),
            (b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0", "a binary file"),
            (b"text,label\nbad\0field,b\n", "text"),
        ] {
            assert_eq!(FileKind::of(bytes).name(), expected, "for {bytes:?}");
        }
    }

    #[test]
    fn a05_utf16_and_utf32_are_known_with_and_without_mark() {
        for text in ["text,label\nhéllo,a\n", "текст,метка\nПривет мир,да\n"]
        {
            let le = utf16_bytes(text, u16::to_le_bytes);
            let be = utf16_bytes(text, u16::to_be_bytes);
            assert_eq!(FileKind::of(&le), FileKind::Utf16Le { bom: false });
            assert_eq!(FileKind::of(&be), FileKind::Utf16Be { bom: false });
            let marked = [&b"\xff\xfe"[..], &le].concat();
            assert_eq!(FileKind::of(&marked), FileKind::Utf16Le { bom: true });
            let marked = [&b"\xfe\xff"[..], &be].concat();
            assert_eq!(FileKind::of(&marked), FileKind::Utf16Be { bom: true });
            let wide: Vec<u8> = text
                .chars()
                .flat_map(|c| u32::from(c).to_le_bytes())
                .collect();
            assert_eq!(FileKind::of(&wide), FileKind::Utf32Le);
            let marked = [&b"\xff\xfe\0\0"[..], &wide].concat();
            assert_eq!(FileKind::of(&marked), FileKind::Utf32Le);
            let wide: Vec<u8> = text
                .chars()
                .flat_map(|c| u32::from(c).to_be_bytes())
                .collect();
            assert_eq!(FileKind::of(&wide), FileKind::Utf32Be);
        }
    }
}
