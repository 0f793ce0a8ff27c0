//! The model file: a safetensors file that obeys a stricter, canonical profile.
//!
//! Any safetensors reader opens it; this one accepts it only if every byte is as written. There is one
//! byte sequence for one content, so reading and writing again gives the same file.
//!
//! ```text
//! 0    u64 LE  N        header length; 8 + N is a multiple of 64, N ≤ 64 MiB
//! 8    {"__metadata__":{"format":"purport-model/1","crc32c":"xxxxxxxx",
//!        "created_by":…,"labels":…,"tokenizer":…,"options":…,"requires":…,"sha256":…,"training":…},
//!       "bias":{"dtype":"F64","shape":[K],"data_offsets":[0,8K]}, …}   and spaces
//! 8+N  the data buffer: sections without gaps, in the order below
//! ```
//!
//! | section             | type | shape   | needed |
//! |---------------------|------|---------|--------|
//! | `bias`              | F64  | \[K]    | yes    |
//! | `calibration`       | F64  | \[1+K]  |        |
//! | `chain.transitions` | F64  | \[K, K] | with `chain.weight` |
//! | `chain.weight`      | F64  | \[1]    | with `chain.transitions` |
//! | `idf`               | F64  | \[V]    |        |
//! | `text_hashes`       | U64  | \[n]    |        |
//! | `vocab.offsets`     | U64  | \[V+1]  | yes    |
//! | `weights`           | F32  | \[V, K] | yes    |
//! | `vocab.bytes`       | U8   | \[n]    | yes    |
//!
//! K labels, V words. Eight-byte types come first, then F32, then bytes, so every section is aligned in
//! a page-aligned map. Sections named `x-…` may end each of these three groups, metadata named `x-…` may
//! end the metadata; both are kept and otherwise ignored.
//!
//! The CRC-32C covers bytes 0 to 8 + N with its own eight digits as `00000000`. The SHA-256 covers the
//! data buffer and names the model.

mod canonical;
mod error;
mod guess;
mod header;
mod layout;
mod path;
mod read;
mod values;
mod words;
mod write;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

pub use error::{FloatFault, ModelFileError};
pub use guess::Guess;
pub use layout::Dtype;
pub use path::read_path;
pub use read::{read, read_trusted, read_with};
pub use values::{Scalar, Values};
pub use words::{Words, WordsRef};
pub use write::write;

/// The words about a model: its labels, and what made it.
///
/// `tokenizer`, `options` and `training` may hold integers, strings, booleans, arrays and objects. A
/// fraction is stored as its decimal text, for no two JSON libraries agree on how to print one.
#[derive(Debug, Clone, PartialEq)]
pub struct Metadata {
    /// Name and version of the program that wrote the file.
    pub created_by: String,
    /// The labels in the order of the classes: NFC, strictly ascending bytewise, two or more.
    pub labels: Vec<String>,
    /// How text becomes terms.
    pub tokenizer: Value,
    /// The checked parameters of the training.
    pub options: Value,
    /// What the training saw and reached.
    pub training: Value,
    /// Entries under `x-` names, which this version keeps and ignores.
    pub extra: BTreeMap<String, String>,
}

/// How labels follow one another.
#[derive(Debug, Clone, PartialEq)]
pub struct Chain {
    /// K × K, row by row: ln of the transition's probability over the share of the label it leads to.
    pub transitions: Vec<f64>,
    /// How much the neighbours count.
    pub weight: f64,
}

/// A [`Chain`] in the bytes of a file.
#[derive(Debug, Clone, Copy)]
pub struct ChainRef<'a> {
    /// K × K, row by row.
    pub transitions: Values<'a, f64>,
    /// How much the neighbours count.
    pub weight: f64,
}

/// A section under an `x-` name, which this version keeps and ignores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraSection<'a> {
    /// Begins with `x-`; ASCII letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// Type of the values.
    pub dtype: Dtype,
    /// One to eight dimensions, none of them 0.
    pub shape: Vec<u64>,
    /// The values, little endian.
    pub bytes: Cow<'a, [u8]>,
}

/// All that a model file holds, as a value to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    /// Labels, tokenizer, options and training.
    pub metadata: Metadata,
    /// One number a label.
    pub bias: Vec<f64>,
    /// Inverse temperature, then one offset a label.
    pub calibration: Option<Vec<f64>>,
    /// How labels follow one another.
    pub chain: Option<Chain>,
    /// One number a word.
    pub idf: Option<Vec<f64>>,
    /// Hashes of the texts of the training; never empty.
    pub text_hashes: Option<Vec<u64>>,
    /// The vocabulary.
    pub words: Words,
    /// V × K, row by row.
    pub weights: Vec<f32>,
    /// Sections under `x-` names, in any order.
    pub extra_sections: Vec<ExtraSection<'static>>,
}

/// All that a model file holds, as views of its bytes.
#[derive(Debug, Clone)]
pub struct ContentsRef<'a> {
    /// Labels, tokenizer, options and training.
    pub metadata: Metadata,
    /// One number a label.
    pub bias: Values<'a, f64>,
    /// Inverse temperature, then one offset a label.
    pub calibration: Option<Values<'a, f64>>,
    /// How labels follow one another.
    pub chain: Option<ChainRef<'a>>,
    /// One number a word.
    pub idf: Option<Values<'a, f64>>,
    /// Hashes of the texts of the training.
    pub text_hashes: Option<Values<'a, u64>>,
    /// The vocabulary.
    pub words: WordsRef<'a>,
    /// V × K, row by row.
    pub weights: Values<'a, f32>,
    /// Sections under `x-` names, in the order of the file.
    pub extra_sections: Vec<ExtraSection<'a>>,
    id: String,
}

impl ContentsRef<'_> {
    /// The model's name: SHA-256 of the data buffer, 64 hex digits.
    ///
    /// Labels and options are not part of it; the header's own checksum covers those.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The weights of one word, one number a label; `None` past the last word.
    #[must_use]
    pub fn weights_of(&self, word: usize) -> Option<Values<'_, f32>> {
        self.weights.row(word, self.bias.len())
    }

    /// The same as a value of its own.
    #[must_use]
    pub fn to_contents(&self) -> Contents {
        Contents {
            metadata: self.metadata.clone(),
            bias: self.bias.to_vec(),
            calibration: self.calibration.map(Values::to_vec),
            chain: self.chain.map(|chain| Chain {
                transitions: chain.transitions.to_vec(),
                weight: chain.weight,
            }),
            idf: self.idf.map(Values::to_vec),
            text_hashes: self.text_hashes.map(Values::to_vec),
            words: self.words.to_words(),
            weights: self.weights.to_vec(),
            extra_sections: self
                .extra_sections
                .iter()
                .map(ExtraSection::to_static)
                .collect(),
        }
    }
}

impl ExtraSection<'_> {
    fn to_static(&self) -> ExtraSection<'static> {
        ExtraSection {
            name: self.name.clone(),
            dtype: self.dtype,
            shape: self.shape.clone(),
            bytes: Cow::Owned(self.bytes.to_vec()),
        }
    }
}
