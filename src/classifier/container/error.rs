//! Why a model file is refused.

use std::fmt;
use std::io;
use std::path::PathBuf;

use thiserror::Error;

use super::guess::Guess;

/// Why a model file is refused, or cannot be written.
///
/// Offsets count bytes from the start of the file.
#[derive(Debug, Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "each message names what its fields are")]
pub enum ModelFileError {
    #[error("cannot read `{}`", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("`{}` is {kind}, not a model file", path.display())]
    NotAFile { path: PathBuf, kind: &'static str },
    #[error("the model has {} bytes; the limit is {}", Grouped(*size), Grouped(*limit))]
    TooLarge { size: u64, limit: u64 },
    #[error("not enough memory for a model of {} bytes", Grouped(*size))]
    OutOfMemory { size: u64 },
    #[error("the file changed while it was read: {} bytes became {}", Grouped(*before), Grouped(*after))]
    Changed { before: u64, after: u64 },

    #[error("the file is empty: 0 bytes")]
    Empty,
    /// `whole` is false where the header itself is cut, so that only its own end is known.
    #[error(
        "truncated: {} of {}{} bytes", Grouped(*found), if *whole { "" } else { "at least " }, Grouped(*expected)
    )]
    Truncated {
        found: u64,
        expected: u64,
        whole: bool,
    },
    #[error("byte {}: the model ends here, but the file has {} bytes", Grouped(*expected), Grouped(*found))]
    TrailingBytes { expected: u64, found: u64 },
    #[error("byte 0, header length: found {}, expected {expected}", Grouped(*found))]
    HeaderLength { found: u64, expected: &'static str },
    #[error("not a model of this tool{}", LooksLike(*guess))]
    NotAModel { guess: Guess },
    #[error(
        "byte {offset}: format version {version}, made by a newer version of this tool ({}); \
         this is purport {}, which reads version 1",
        created_by.as_deref().unwrap_or("unnamed"), env!("CARGO_PKG_VERSION")
    )]
    NewerVersion {
        offset: u64,
        version: u32,
        created_by: Option<String>,
    },
    #[error("byte {offset}: there is no format version {version:?}")]
    NoSuchVersion { offset: u64, version: String },

    #[error("byte {offset}, header: the CRC-32C is {computed}, the file says {stored:?}")]
    HeaderChecksum {
        offset: u64,
        stored: String,
        computed: String,
    },
    #[error("byte {}, header: not UTF-8", Grouped(*offset))]
    HeaderNotUtf8 { offset: u64 },
    #[error("byte {}, header: expected {expected}", Grouped(*offset))]
    HeaderSyntax { offset: u64, expected: &'static str },
    #[error("byte {}, header: expected {expected}, found {found:?}", Grouped(*offset))]
    HeaderKey {
        offset: u64,
        expected: &'static str,
        found: String,
    },
    #[error("byte {}, header: the key `{name}` appears twice", Grouped(*offset))]
    DuplicateKey { offset: u64, name: String },
    #[error("byte {}, header: `{name}` must not stand after `{previous}`", Grouped(*offset))]
    KeyOrder {
        offset: u64,
        name: String,
        previous: String,
    },
    #[error("byte {}, header: unknown metadata `{name}`", Grouped(*offset))]
    UnknownMetadata { offset: u64, name: String },
    #[error("byte {}, header: unknown section `{name}`", Grouped(*offset))]
    UnknownSection { offset: u64, name: String },
    #[error("byte {}, header: section `{name}` is missing", Grouped(*offset))]
    MissingSection { offset: u64, name: &'static str },
    #[error("byte {}, header: more than {limit} {what}", Grouped(*offset))]
    TooMany {
        offset: u64,
        what: &'static str,
        limit: usize,
    },
    #[error("byte {}, header: section `{section}` has the unknown type {found:?}", Grouped(*offset))]
    UnknownDtype {
        offset: u64,
        section: String,
        found: String,
    },
    #[error("byte {}, header: section `{section}` has type {found}, expected {expected}", Grouped(*offset))]
    Dtype {
        offset: u64,
        section: String,
        found: &'static str,
        expected: &'static str,
    },
    #[error("byte {}, header: the string is not valid JSON", Grouped(*offset))]
    HeaderString {
        offset: u64,
        source: serde_json::Error,
    },
    #[error(
        "byte {}, metadata `requires`: the model needs {flag:?}, which this version does not know",
        Grouped(*offset)
    )]
    UnknownFeature { offset: u64, flag: String },
    #[error(
        "byte {}, metadata `requires`: found {found:?}, but the sections make it {expected:?}",
        Grouped(*offset)
    )]
    Features {
        offset: u64,
        found: String,
        expected: String,
    },
    #[error(
        "byte {}, header: section `{section}` lies at {start} to {end} of the data, expected to begin at {expected}",
        Grouped(*offset)
    )]
    SectionOffsets {
        offset: u64,
        section: String,
        start: u64,
        end: u64,
        expected: u64,
    },
    #[error("byte {}, header: the shape {shape:?} of section `{section}` is empty", Grouped(*offset))]
    EmptyShape {
        offset: u64,
        section: String,
        shape: Vec<u64>,
    },
    #[error("byte {}, header: the shape {shape:?} of section `{section}` is too large", Grouped(*offset))]
    ShapeOverflow {
        offset: u64,
        section: String,
        shape: Vec<u64>,
    },
    #[error(
        "byte {}, header: section `{section}` has {found} bytes, its shape {shape:?} makes {expected}",
        Grouped(*offset)
    )]
    ShapeSize {
        offset: u64,
        section: String,
        shape: Vec<u64>,
        found: u64,
        expected: u64,
    },
    #[error(
        "byte {}, header: section `{section}` has the shape {found:?}, expected {expected:?} \
         (for {labels} labels and {words} words)",
        Grouped(*offset)
    )]
    Shape {
        offset: u64,
        section: &'static str,
        found: Vec<u64>,
        expected: Vec<u64>,
        labels: u64,
        words: u64,
    },

    #[error("byte {}, data: the SHA-256 is {computed}, the header says {stored:?}", Grouped(*offset))]
    DataChecksum {
        offset: u64,
        stored: String,
        computed: String,
    },
    #[error("byte {}, section `{section}`, number {index}{}: {fault}", Grouped(*offset), Cell(label, word))]
    Float {
        offset: u64,
        section: String,
        index: usize,
        fault: FloatFault,
        label: Option<String>,
        word: Option<String>,
    },
    #[error("byte {}, section `vocab.offsets`: begins with {found}, expected 0", Grouped(*offset))]
    OffsetsStart { offset: u64, found: u64 },
    #[error(
        "byte {}, section `vocab.offsets`, number {index}: {found} after {previous}; offsets never fall",
        Grouped(*offset)
    )]
    OffsetsOrder {
        offset: u64,
        index: usize,
        previous: u64,
        found: u64,
    },
    #[error(
        "byte {}, section `vocab.offsets`: ends with {found}, but `vocab.bytes` has {expected} bytes",
        Grouped(*offset)
    )]
    OffsetsEnd {
        offset: u64,
        found: u64,
        expected: u64,
    },
    #[error("byte {}, section `vocab.bytes`: word {index} is empty", Grouped(*offset))]
    EmptyWord { offset: u64, index: usize },
    #[error("byte {}, section `vocab.bytes`: word {index} is not UTF-8", Grouped(*offset))]
    WordNotUtf8 { offset: u64, index: usize },
    #[error("byte {}, section `vocab.bytes`: word {index}, {word:?}, is not NFC", Grouped(*offset))]
    WordNotNfc {
        offset: u64,
        index: usize,
        word: String,
    },
    #[error(
        "byte {}, section `vocab.bytes`: word {index}, {word:?}, does not sort after {previous:?}",
        Grouped(*offset)
    )]
    WordOrder {
        offset: u64,
        index: usize,
        previous: String,
        word: String,
    },

    #[error("byte {}, metadata `{field}`: not the JSON that is expected", Grouped(*offset))]
    MetadataJson {
        offset: u64,
        field: &'static str,
        source: serde_json::Error,
    },
    #[error(
        "metadata `{field}`: {path} is {found}; integers, strings, booleans, arrays and objects can be kept"
    )]
    MetadataValue {
        field: &'static str,
        path: String,
        found: &'static str,
    },
    #[error("byte {}, metadata `{field}`: not written the canonical way", Grouped(*offset))]
    MetadataNotCanonical { offset: u64, field: &'static str },
    #[error("byte {}, metadata `labels`: found {found}, expected {expected} as section `bias` has", Grouped(*offset))]
    LabelCount {
        offset: u64,
        found: u64,
        expected: u64,
    },
    #[error("byte {}, metadata `labels`: found {found}, expected at least 2", Grouped(*offset))]
    TooFewLabels { offset: u64, found: u64 },
    #[error("byte {}, metadata `labels`: label {index} is empty", Grouped(*offset))]
    EmptyLabel { offset: u64, index: usize },
    #[error("byte {}, metadata `labels`: label {index}, {label:?}, is not NFC", Grouped(*offset))]
    LabelNotNfc {
        offset: u64,
        index: usize,
        label: String,
    },
    #[error(
        "byte {}, metadata `labels`: label {index}, {label:?}, does not sort after {previous:?}",
        Grouped(*offset)
    )]
    LabelOrder {
        offset: u64,
        index: usize,
        previous: String,
        label: String,
    },
    #[error("byte {}, header: not written the canonical way", Grouped(*offset))]
    HeaderNotCanonical { offset: u64 },
}

impl ModelFileError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::NotAModel { guess } => guess.hint()?,
            Self::NewerVersion { .. } | Self::UnknownFeature { .. } => {
                "the model needs a newer version; upgrade purport"
            }
            Self::Empty | Self::Truncated { .. } => {
                "copy or download the model again; it is not complete"
            }
            Self::TrailingBytes { .. } => {
                "something was appended to the model; copy or download it again"
            }
            Self::HeaderChecksum { .. } | Self::DataChecksum { .. } => {
                "the file was damaged or edited; copy or download it again"
            }
            Self::Changed { .. } => "wait until the other program has written the model",
            Self::TooLarge { .. } => "raise the limit if the model is meant to be this large",
            Self::MetadataValue { .. } => "keep a fraction as its decimal text",
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// Whether the operating system failed, rather than the content of the file.
    #[must_use]
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Io { .. } | Self::NotAFile { .. })
    }

    /// Whether a limit of memory or size was hit.
    #[must_use]
    pub fn is_limit(&self) -> bool {
        matches!(self, Self::TooLarge { .. } | Self::OutOfMemory { .. })
    }
}

/// What is wrong with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FloatFault {
    /// Not a number.
    NotANumber,
    /// Plus or minus infinity.
    Infinite,
    /// −0.0, which is written as 0.0.
    NegativeZero,
}

impl fmt::Display for FloatFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "NaN",
            Self::Infinite => "infinite",
            Self::NegativeZero => "-0.0, which has one spelling only: 0.0",
        })
    }
}

/// `1234567` as `1,234,567`.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        let (head, tail) = digits.split_at(digits.len() % 3);
        f.write_str(head)?;
        for (index, three) in tail.as_bytes().chunks(3).enumerate() {
            if index > 0 || !head.is_empty() {
                f.write_str(",")?;
            }
            f.write_str(&String::from_utf8_lossy(three))?;
        }
        Ok(())
    }
}

struct LooksLike(Guess);

impl fmt::Display for LooksLike {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Guess::Unknown => Ok(()),
            guess => write!(f, " (looks like {guess})"),
        }
    }
}

/// The word and label that a number belongs to, where it has them.
struct Cell<'a>(&'a Option<String>, &'a Option<String>);

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0, self.1) {
            (Some(label), Some(word)) => write!(f, " (word {word:?}, label {label:?})"),
            (Some(label), None) => write!(f, " (label {label:?})"),
            (None, Some(word)) => write!(f, " (word {word:?})"),
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_can_do_is_said() {
        let checksum = || ModelFileError::DataChecksum {
            offset: 0,
            stored: String::new(),
            computed: String::new(),
        };
        let too_large = || ModelFileError::TooLarge { size: 2, limit: 1 };
        let changed = ModelFileError::Changed {
            before: 2,
            after: 1,
        };
        let trailing = ModelFileError::TrailingBytes {
            expected: 1,
            found: 2,
        };
        let fraction = ModelFileError::MetadataValue {
            field: "options",
            path: String::new(),
            found: "null",
        };
        for (error, words) in [
            (ModelFileError::Empty, "not complete"),
            (trailing, "appended"),
            (checksum(), "damaged"),
            (changed, "wait"),
            (too_large(), "raise the limit"),
            (fraction, "decimal text"),
        ] {
            let hint = error.hint().unwrap();
            assert!(hint.contains(words), "{error}: {hint}");
        }
        let not_a_file = ModelFileError::NotAFile {
            path: "m".into(),
            kind: "a directory",
        };
        assert_eq!((not_a_file.is_io(), not_a_file.is_limit()), (true, false));
        assert_eq!((too_large().is_io(), too_large().is_limit()), (false, true));
        assert_eq!((checksum().is_io(), checksum().is_limit()), (false, false));
    }

    #[test]
    fn numbers_are_grouped_by_three() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (123_456, "123,456"),
            (8_113_000, "8,113,000"),
            (999_999_999, "999,999,999"),
        ] {
            assert_eq!(Grouped(number).to_string(), text);
        }
    }
}
