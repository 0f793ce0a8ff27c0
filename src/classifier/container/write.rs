//! Contents in, bytes out.

use sha2::{Digest, Sha256};

use super::canonical::canonical;
use super::error::ModelFileError as Error;
use super::header::{self, METADATA, Parts};
use super::layout::{Dtype, Layout, Section};
use super::read::{hex, read};
use super::{Contents, Metadata};

impl Contents {
    /// The model's name: SHA-256 of the data buffer, 64 hex digits.
    ///
    /// Labels and options are not part of it; the header's own checksum covers those.
    #[must_use]
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        for (_, values) in self.sections() {
            values.each_block(&mut |block| hash.update(block));
        }
        hex(&hash.finalize())
    }

    /// Every section with its place and its numbers, in the order of the file.
    fn sections(&self) -> Vec<(Section, Numbers<'_>)> {
        let mut sections = self.known_sections();
        for extra in &self.extra_sections {
            let section = section(&extra.name, extra.dtype, extra.shape.clone());
            sections.push((section, Numbers::Bytes(&extra.bytes)));
        }
        sections.sort_by(|(a, _), (b, _)| a.rank().cmp(&b.rank()));
        let mut start = 0;
        for (section, numbers) in &mut sections {
            section.start = start;
            start += numbers.size();
            section.end = start;
        }
        sections
    }

    fn known_sections(&self) -> Vec<(Section, Numbers<'_>)> {
        let labels = self.bias.len() as u64;
        let words = self.words.len() as u64;
        let mut sections = vec![
            numbers("bias", vec![labels], Numbers::F64(&self.bias)),
            numbers(
                "vocab.offsets",
                vec![words + 1],
                Numbers::U64(self.words.offsets()),
            ),
            numbers("weights", vec![words, labels], Numbers::F32(&self.weights)),
            numbers(
                "vocab.bytes",
                vec![self.words.text().len() as u64],
                Numbers::Bytes(self.words.text().as_bytes()),
            ),
        ];
        if let Some(calibration) = &self.calibration {
            sections.push(numbers(
                "calibration",
                vec![calibration.len() as u64],
                Numbers::F64(calibration),
            ));
        }
        if let Some(chain) = &self.chain {
            let weight = Numbers::F64(std::slice::from_ref(&chain.weight));
            sections.push(numbers(
                "chain.transitions",
                vec![labels, labels],
                Numbers::F64(&chain.transitions),
            ));
            sections.push(numbers("chain.weight", vec![1], weight));
        }
        if let Some(idf) = &self.idf {
            sections.push(numbers("idf", vec![idf.len() as u64], Numbers::F64(idf)));
        }
        if let Some(hashes) = &self.text_hashes {
            sections.push(numbers(
                "text_hashes",
                vec![hashes.len() as u64],
                Numbers::U64(hashes),
            ));
        }
        sections
    }
}

/// Writes the one byte sequence that stands for `contents`, and reads it back before handing it out.
///
/// −0.0 becomes 0.0. [`read`] gives the same contents again, and nothing that it would refuse is written.
///
/// # Errors
///
/// [`ModelFileError::MetadataValue`](super::ModelFileError::MetadataValue) for a fraction or null in the
/// metadata; otherwise what [`read`] has against the contents, such as a number that is not finite, words
/// out of order or a shape that does not fit.
pub fn write(contents: &Contents) -> Result<Vec<u8>, Error> {
    let sections = contents.sections();
    let size: u64 = sections.last().map_or(0, |(section, _)| section.end);
    let mut bytes = head(
        contents,
        sections
            .iter()
            .map(|(section, _)| section.clone())
            .collect(),
    )?;
    let reserved = usize::try_from(size).is_ok_and(|size| bytes.try_reserve_exact(size).is_ok());
    if !reserved {
        return Err(Error::OutOfMemory { size });
    }
    for (_, numbers) in &sections {
        numbers.each_block(&mut |block| bytes.extend_from_slice(block));
    }
    read(&bytes)?;
    Ok(bytes)
}

/// Bytes 0 to 8 + N.
fn head(contents: &Contents, sections: Vec<Section>) -> Result<Vec<u8>, Error> {
    let Metadata {
        created_by,
        labels,
        tokenizer,
        options,
        training,
        extra,
    } = &contents.metadata;
    let text = |field, value| {
        canonical(value).map_err(|misfit| Error::MetadataValue {
            field,
            path: misfit.path,
            found: misfit.found,
        })
    };
    let layout = Layout { sections, data: 0 };
    let metadata: [String; METADATA.len()] = [
        "purport-model/1".to_owned(),
        "00000000".to_owned(),
        created_by.clone(),
        text("labels", &labels.as_slice().into())?,
        text("tokenizer", tokenizer)?,
        text("options", options)?,
        layout.features(),
        contents.id(),
        text("training", training)?,
    ];
    let extra = extra
        .iter()
        .map(|(name, text)| (name.as_str(), text.clone()))
        .collect();
    let mut bytes = vec![0; 8];
    // A vector takes every byte.
    let _ = Parts {
        metadata,
        extra,
        sections: &layout.sections,
    }
    .write_to(&mut bytes);
    let length = bytes.len() - 8;
    bytes.resize(bytes.len() + header::padding(length), b' ');
    let length = (bytes.len() - 8) as u64;
    bytes[..8].copy_from_slice(&length.to_le_bytes());
    header::seal(&mut bytes);
    Ok(bytes)
}

/// The numbers of a section, not yet in the order of the file's bytes.
#[derive(Clone, Copy)]
enum Numbers<'a> {
    F64(&'a [f64]),
    U64(&'a [u64]),
    F32(&'a [f32]),
    Bytes(&'a [u8]),
}

impl Numbers<'_> {
    fn dtype(self) -> Dtype {
        match self {
            Self::F64(_) => Dtype::F64,
            Self::U64(_) => Dtype::U64,
            Self::F32(_) => Dtype::F32,
            Self::Bytes(_) => Dtype::U8,
        }
    }

    fn size(self) -> u64 {
        (match self {
            Self::F64(x) => size_of_val(x),
            Self::U64(x) => size_of_val(x),
            Self::F32(x) => size_of_val(x),
            Self::Bytes(x) => x.len(),
        }) as u64
    }

    /// Hands out the little-endian bytes in small blocks.
    fn each_block(self, sink: &mut dyn FnMut(&[u8])) {
        match self {
            // Adding 0.0 turns −0.0 into 0.0 and nothing else.
            Self::F64(x) => blocks(x, |x| (x + 0.0).to_le_bytes(), sink),
            Self::F32(x) => blocks(x, |x| (x + 0.0).to_le_bytes(), sink),
            Self::U64(x) => blocks(x, u64::to_le_bytes, sink),
            Self::Bytes(x) => sink(x),
        }
    }
}

fn blocks<T: Copy, const SIZE: usize>(
    numbers: &[T],
    bytes: impl Fn(T) -> [u8; SIZE],
    sink: &mut dyn FnMut(&[u8]),
) {
    let mut block = Vec::with_capacity(1024 * SIZE);
    for numbers in numbers.chunks(1024) {
        block.clear();
        block.extend(numbers.iter().flat_map(|&x| bytes(x)));
        sink(&block);
    }
}

fn numbers<'a>(name: &str, shape: Vec<u64>, numbers: Numbers<'a>) -> (Section, Numbers<'a>) {
    (section(name, numbers.dtype(), shape), numbers)
}

fn section(name: &str, dtype: Dtype, shape: Vec<u64>) -> Section {
    Section {
        name: name.to_owned(),
        dtype,
        shape,
        start: 0,
        end: 0,
        at: 0,
    }
}
