//! Bytes in, contents out, or the first thing that is wrong.

use std::borrow::Cow;
use std::io::{self, Write};

use rayon::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};
use unicode_normalization::is_nfc;

use super::canonical::canonical;
use super::error::{FloatFault, ModelFileError as Error};
use super::header::{self, Header, METADATA, Parts};
use super::layout::{Dtype, Layout, Section, range};
use super::values::{Scalar, Values};
use super::words::WordsRef;
use super::{ChainRef, ContentsRef, ExtraSection, Metadata};

/// Reads a model and accepts it only if every byte is as [`write`](super::write) writes it.
///
/// In this order: length of the file and of the header, first bytes, checksum of the header, its JSON,
/// feature flags, borders, shapes, checksum of the data, numbers, words, labels, canonical spelling.
/// The contents are views of `bytes`; besides them, only the metadata is copied.
///
/// # Errors
///
/// The first check that fails, as a variant of [`ModelFileError`](super::ModelFileError).
pub fn read(bytes: &[u8]) -> Result<ContentsRef<'_>, Error> {
    read_with(bytes, |contents| contents)
}

/// As [`read`], and makes something of the contents with `then`, while another thread, if there is one,
/// takes the checksum of the data and looks at numbers and words: those that `then` is given may be wrong, and
/// nothing of it is given if they are.
///
/// # Errors
///
/// As [`read`].
pub fn read_with<'a, T: Send>(
    bytes: &'a [u8],
    then: impl FnOnce(ContentsRef<'a>) -> T + Send,
) -> Result<T, Error> {
    let (head, data) = split(bytes)?;
    header::check_checksum(head)?;
    let header = Header::parse(head)?;
    header.check(bytes.len() as u64)?;
    let words = words(&header.layout, data);
    let (checked, made) = rayon::join(
        || {
            check_data_checksum(&header, data)?;
            check_floats(&header, data)?;
            words
                .as_ref()
                .map_or(Ok(()), |words| check_words(&header.layout, *words))
        },
        || {
            let words = words.as_ref().ok()?;
            Some(check_contents(&header, head, data, *words).map(then))
        },
    );
    checked?;
    words?;
    made.unwrap_or_else(|| unreachable!("there are words"))
}

/// All checks after those of numbers and words.
fn check_contents<'a>(
    header: &Header<'_>,
    head: &[u8],
    data: &'a [u8],
    words: WordsRef<'a>,
) -> Result<ContentsRef<'a>, Error> {
    let metadata = metadata(header)?;
    check_labels(header, &metadata.labels)?;
    check_canonical(header, head)?;
    contents(header, data, words, metadata)
}

/// Reads a model that was verified before, such as the one built into the binary.
///
/// Skips both checksums, the numbers, the words and the canonical spelling: a model damaged there gives
/// other scores, but no panic. Everything else is checked as by [`read`].
///
/// # Errors
///
/// The first check that fails, as a variant of [`ModelFileError`](super::ModelFileError).
pub fn read_trusted(bytes: &[u8]) -> Result<ContentsRef<'_>, Error> {
    let (head, data) = split(bytes)?;
    let header = Header::parse(head)?;
    header.check(bytes.len() as u64)?;
    let layout = &header.layout;
    let text = str::from_utf8(layout.bytes("vocab.bytes", data).unwrap_or_default())
        .map_err(|error| not_utf8(layout, data, error.valid_up_to()))?;
    let metadata = metadata(&header)?;
    check_labels(&header, &metadata.labels)?;
    contents(
        &header,
        data,
        WordsRef::new(offsets(layout, data), text),
        metadata,
    )
}

/// Header with its length, and data.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), Error> {
    let length = bytes.len() as u64;
    let end = header::header_end(bytes, length)?;
    usize::try_from(end)
        .ok()
        .and_then(|end| bytes.split_at_checked(end))
        .ok_or(Error::Truncated {
            found: length,
            expected: end,
            whole: false,
        })
}

pub(super) fn hex(hash: &[u8]) -> String {
    let digit = |four: u8| char::from(b"0123456789abcdef"[usize::from(four & 15)]);
    hash.iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

fn check_data_checksum(header: &Header<'_>, data: &[u8]) -> Result<(), Error> {
    let stored = header.get("sha256")?.text()?;
    let computed = hex(&Sha256::digest(data));
    if stored != computed {
        return Err(Error::DataChecksum {
            offset: header.layout.data,
            stored,
            computed,
        });
    }
    Ok(())
}

fn check_floats(header: &Header<'_>, data: &[u8]) -> Result<(), Error> {
    for section in &header.layout.sections {
        let bytes = range(section)
            .and_then(|range| data.get(range))
            .unwrap_or_default();
        let faulty = match section.dtype {
            Dtype::F64 => first_fault(Values::<f64>::new(bytes), |x| x),
            Dtype::F32 => first_fault(Values::<f32>::new(bytes), f64::from),
            Dtype::U64 | Dtype::U8 => None,
        };
        if let Some(index) = faulty {
            return Err(float_error(header, data, section, index));
        }
    }
    Ok(())
}

/// Where the first number is that is none. Looks at many at a time without a branch: models have
/// millions, and hardly ever a fault.
fn first_fault<T: Scalar>(values: Values<'_, T>, wide: fn(T) -> f64) -> Option<usize> {
    let faulty = |x: T| {
        let x = wide(x);
        !x.is_finite() | (x.to_bits() == (-0.0f64).to_bits())
    };
    let mut from = 0;
    for run in values.runs(256) {
        if run.iter().fold(false, |any, x| any | faulty(x)) {
            return Some(from + run.iter().position(faulty)?);
        }
        from += run.len();
    }
    None
}

/// What is wrong with a number that [`first_fault`] has found. Subnormal numbers are numbers.
fn fault(x: f64) -> FloatFault {
    if x.is_nan() {
        FloatFault::NotANumber
    } else if x.is_infinite() {
        FloatFault::Infinite
    } else {
        FloatFault::NegativeZero
    }
}

/// Words and labels are not yet checked here, so they are looked up without trust.
fn float_error(header: &Header<'_>, data: &[u8], section: &Section, index: usize) -> Error {
    let layout = &header.layout;
    let bytes = range(section)
        .and_then(|range| data.get(range))
        .unwrap_or_default();
    let value = match section.dtype {
        Dtype::F32 => Values::<f32>::new(bytes).get(index).map(f64::from),
        _ => Values::<f64>::new(bytes).get(index),
    };
    let labels = labels(header).unwrap_or_default();
    let width = labels.len().max(1);
    let (label, word) = match section.name.as_str() {
        "weights" => (Some(index % width), Some(index / width)),
        "bias" => (Some(index), None),
        "calibration" => (index.checked_sub(1), None),
        "idf" => (None, Some(index)),
        _ => (None, None),
    };
    let lossy = |word: usize| {
        let offsets = offsets(layout, data);
        let start = usize::try_from(offsets.get(word)?).ok()?;
        let end = usize::try_from(offsets.get(word + 1)?).ok()?;
        let bytes = layout.bytes("vocab.bytes", data)?.get(start..end)?;
        Some(String::from_utf8_lossy(&bytes[..bytes.len().min(80)]).into_owned())
    };
    Error::Float {
        offset: layout.data + section.start + section.dtype.size() * index as u64,
        section: section.name.clone(),
        index,
        fault: value.map_or(FloatFault::NotANumber, fault),
        label: label.and_then(|label| labels.get(label).cloned()),
        word: word.and_then(lossy),
    }
}

fn offsets<'a>(layout: &Layout, data: &'a [u8]) -> Values<'a, u64> {
    Values::new(layout.bytes("vocab.offsets", data).unwrap_or_default())
}

/// Where a section begins in the file.
fn place(layout: &Layout, section: &str) -> u64 {
    layout.data + layout.find(section).map_or(0, |section| section.start)
}

/// The vocabulary, its borders checked, but not what is between them.
fn words<'a>(layout: &Layout, data: &'a [u8]) -> Result<WordsRef<'a>, Error> {
    let bytes = layout.bytes("vocab.bytes", data).unwrap_or_default();
    let offsets = offsets(layout, data);
    check_offsets(layout, offsets, bytes.len() as u64)?;
    let text =
        str::from_utf8(bytes).map_err(|error| not_utf8(layout, data, error.valid_up_to()))?;
    Ok(WordsRef::new(offsets, text))
}

fn check_words(layout: &Layout, words: WordsRef<'_>) -> Result<(), Error> {
    let parts = (0..words.len().div_ceil(WORDS_AT_ONCE)).into_par_iter();
    let fault = |part| check_part(layout, words, part * WORDS_AT_ONCE).err();
    parts.find_map_first(fault).map_or(Ok(()), Err)
}

/// Words that one thread looks at; fewer are not worth another.
const WORDS_AT_ONCE: usize = if cfg!(test) { 2 } else { 16_384 };

fn check_part(layout: &Layout, words: WordsRef<'_>, first: usize) -> Result<(), Error> {
    let start = place(layout, "vocab.bytes");
    let before = first.checked_sub(1).and_then(|index| words.get(index));
    let mut previous = before.unwrap_or_default();
    for index in first..words.len().min(first + WORDS_AT_ONCE) {
        let offset = || start + words.offsets().get(index).unwrap_or_default();
        let word = words.get(index).ok_or_else(|| Error::WordNotUtf8 {
            offset: offset(),
            index,
        })?;
        check_word(previous, word).map_err(|fault| fault.at(offset(), index, previous, word))?;
        previous = word;
    }
    Ok(())
}

fn check_offsets(layout: &Layout, offsets: Values<'_, u64>, expected: u64) -> Result<(), Error> {
    let offset = |index: usize| place(layout, "vocab.offsets") + 8 * index as u64;
    let mut previous = offsets.get(0).unwrap_or_default();
    if previous != 0 {
        return Err(Error::OffsetsStart {
            offset: offset(0),
            found: previous,
        });
    }
    for (index, found) in offsets.iter().enumerate() {
        if found < previous {
            return Err(Error::OffsetsOrder {
                offset: offset(index),
                index,
                previous,
                found,
            });
        }
        previous = found;
    }
    if previous != expected {
        return Err(Error::OffsetsEnd {
            offset: offset(offsets.len() - 1),
            found: previous,
            expected,
        });
    }
    Ok(())
}

fn not_utf8(layout: &Layout, data: &[u8], at: usize) -> Error {
    let ends_before = |border: &u64| *border <= at as u64;
    let index = offsets(layout, data)
        .iter()
        .take_while(ends_before)
        .count()
        .saturating_sub(1);
    Error::WordNotUtf8 {
        offset: place(layout, "vocab.bytes") + at as u64,
        index,
    }
}

enum WordFault {
    Empty,
    Order,
    NotNfc,
}

/// Words, and labels too, are not empty, strictly ascending and in normal form.
fn check_word(previous: &str, word: &str) -> Result<(), WordFault> {
    if word.is_empty() {
        Err(WordFault::Empty)
    } else if previous >= word {
        Err(WordFault::Order)
    } else if !word.is_ascii() && !is_nfc(word) {
        Err(WordFault::NotNfc)
    } else {
        Ok(())
    }
}

impl WordFault {
    fn at(&self, offset: u64, index: usize, previous: &str, word: &str) -> Error {
        let (previous, word) = (shortened(previous), shortened(word));
        match self {
            Self::Empty => Error::EmptyWord { offset, index },
            Self::Order => Error::WordOrder {
                offset,
                index,
                previous,
                word,
            },
            Self::NotNfc => Error::WordNotNfc {
                offset,
                index,
                word,
            },
        }
    }

    fn at_label(&self, offset: u64, index: usize, previous: &str, label: &str) -> Error {
        let (previous, label) = (shortened(previous), shortened(label));
        match self {
            Self::Empty => Error::EmptyLabel { offset, index },
            Self::Order => Error::LabelOrder {
                offset,
                index,
                previous,
                label,
            },
            Self::NotNfc => Error::LabelNotNfc {
                offset,
                index,
                label,
            },
        }
    }
}

/// A hostile word may be as long as the file; a message is not.
fn shortened(word: &str) -> String {
    word.chars().take(80).collect()
}

fn metadata(header: &Header<'_>) -> Result<Metadata, Error> {
    let mut extra = std::collections::BTreeMap::new();
    for (name, text) in &header.extra {
        extra.insert((*name).to_owned(), text.text()?);
    }
    Ok(Metadata {
        created_by: header.get("created_by")?.text()?,
        labels: labels(header)?,
        tokenizer: json(header, "tokenizer")?,
        options: json(header, "options")?,
        training: json(header, "training")?,
        extra,
    })
}

fn json(header: &Header<'_>, field: &'static str) -> Result<Value, Error> {
    let raw = header.get(field)?;
    serde_json::from_str(&raw.text()?).map_err(|source| Error::MetadataJson {
        offset: raw.at,
        field,
        source,
    })
}

fn labels(header: &Header<'_>) -> Result<Vec<String>, Error> {
    let (raw, field) = (header.get("labels")?, "labels");
    serde_json::from_str(&raw.text()?).map_err(|source| Error::MetadataJson {
        offset: raw.at,
        field,
        source,
    })
}

fn check_labels(header: &Header<'_>, labels: &[String]) -> Result<(), Error> {
    let offset = header.get("labels")?.at;
    let found = labels.len() as u64;
    let expected = header.layout.first_dimension("bias");
    if found < 2 {
        return Err(Error::TooFewLabels { offset, found });
    }
    if found != expected {
        return Err(Error::LabelCount {
            offset,
            found,
            expected,
        });
    }
    let mut previous = "";
    for (index, label) in labels.iter().enumerate() {
        check_word(previous, label)
            .map_err(|fault| fault.at_label(offset, index, previous, label))?;
        previous = label;
    }
    Ok(())
}

/// The header written again is the header read, byte for byte.
fn check_canonical(header: &Header<'_>, head: &[u8]) -> Result<(), Error> {
    for field in ["labels", "tokenizer", "options", "training"] {
        let value = json(header, field)?;
        let text = canonical(&value).map_err(|misfit| Error::MetadataValue {
            field,
            path: misfit.path,
            found: misfit.found,
        })?;
        let raw = header.get(field)?;
        if text != raw.text()? {
            return Err(Error::MetadataNotCanonical {
                offset: raw.at,
                field,
            });
        }
    }
    let mut same = Same {
        expected: head.get(8..).unwrap_or_default(),
        at: 8,
    };
    // What follows was found to be spaces, and as many of them as there must be.
    parts(header)?
        .write_to(&mut same)
        .map_err(|_| Error::HeaderNotCanonical { offset: same.at })
}

fn parts<'a>(header: &'a Header<'_>) -> Result<Parts<'a>, Error> {
    let mut metadata = METADATA.map(|_| String::new());
    for (text, name) in metadata.iter_mut().zip(METADATA) {
        *text = header.get(name)?.text()?;
    }
    let extra = header
        .extra
        .iter()
        .map(|(name, raw)| Ok((*name, raw.text()?)))
        .collect::<Result<_, Error>>()?;
    Ok(Parts {
        metadata,
        extra,
        sections: &header.layout.sections,
    })
}

/// Compares what is written with what is expected, so that no second header is built.
struct Same<'a> {
    expected: &'a [u8],
    at: u64,
}

impl Write for Same<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.expected.strip_prefix(bytes) {
            Some(rest) => {
                self.expected = rest;
                self.at += bytes.len() as u64;
                Ok(bytes.len())
            }
            None => Err(io::ErrorKind::InvalidData.into()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn contents<'a>(
    header: &Header<'_>,
    data: &'a [u8],
    words: WordsRef<'a>,
    metadata: Metadata,
) -> Result<ContentsRef<'a>, Error> {
    let layout = &header.layout;
    let floats = |name: &str| layout.bytes(name, data).map(Values::<f64>::new);
    let weight = floats("chain.weight").and_then(|weight| weight.get(0));
    let extra = layout.sections.iter().filter(|section| section.is_extra());
    Ok(ContentsRef {
        metadata,
        bias: Values::new(layout.bytes("bias", data).unwrap_or_default()),
        calibration: floats("calibration"),
        chain: floats("chain.transitions")
            .zip(weight)
            .map(|(transitions, weight)| ChainRef {
                transitions,
                weight,
            }),
        idf: floats("idf"),
        text_hashes: layout.bytes("text_hashes", data).map(Values::new),
        words,
        weights: Values::new(layout.bytes("weights", data).unwrap_or_default()),
        extra_sections: extra
            .filter_map(|section| extra_section(section, data))
            .collect(),
        id: header.get("sha256")?.text()?,
    })
}

fn extra_section<'a>(section: &Section, data: &'a [u8]) -> Option<ExtraSection<'a>> {
    Some(ExtraSection {
        name: section.name.clone(),
        dtype: section.dtype,
        shape: section.shape.clone(),
        bytes: Cow::Borrowed(data.get(range(section)?)?),
    })
}
