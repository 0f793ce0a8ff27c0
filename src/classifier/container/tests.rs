//! Rows C01 to C20 of the fault matrix, invariants I-07 to I-09: the models that their tests change and read.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::format_collect,
    reason = "test data is small"
)]

mod damage;
mod data;
mod files;
mod headers;
mod roundtrip;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::header::Header;
use super::*;

/// A model with every section there is.
fn small() -> Contents {
    Contents {
        metadata: Metadata {
            created_by: "purport 0.1.0".into(),
            labels: vec!["claim \"x\"".into(), "fact".into(), "öffentlich".into()],
            tokenizer: json!({"stemmer": "english", "ngrams": [1, 2], "lowercase": true}),
            options: json!({"alpha": "0.5", "seed": -7}),
            training: json!({"rows": 12, "data": "00ff"}),
            extra: BTreeMap::from([("x-note".into(), "a\n\u{1b}[0m".into())]),
        },
        bias: vec![0.25, -1e300, f64::MIN_POSITIVE / 8.0],
        calibration: Some(vec![1.5, 0.1, 0.2, 0.3]),
        chain: Some(Chain {
            transitions: (0..9).map(f64::from).collect(),
            weight: 0.75,
        }),
        idf: Some(vec![1.0, 2.0, 3.0, 4.0]),
        text_hashes: Some(vec![u64::MAX, 0, 17]),
        words: ["ab", "abc", "senate", "élan"].into_iter().collect(),
        weights: (0..12).map(|i| i as f32 / 3.0 - 1.0).collect(),
        extra_sections: vec![
            ExtraSection {
                name: "x-b".into(),
                dtype: Dtype::U8,
                shape: vec![3],
                bytes: vec![1, 2, 3].into(),
            },
            ExtraSection {
                name: "x-a".into(),
                dtype: Dtype::F32,
                shape: vec![1, 1],
                bytes: vec![0; 4].into(),
            },
        ],
    }
}

/// A model with nothing that it can do without.
fn least() -> Contents {
    Contents {
        metadata: Metadata {
            created_by: String::new(),
            labels: vec!["a".into(), "b".into()],
            tokenizer: json!({}),
            options: json!({}),
            training: json!({}),
            extra: BTreeMap::new(),
        },
        bias: vec![0.0, 1.0],
        calibration: None,
        chain: None,
        idf: None,
        text_hashes: None,
        words: ["w"].into_iter().collect(),
        weights: vec![0.5, -0.5],
        extra_sections: Vec::new(),
    }
}

/// The header without padding, and the data.
fn parts(bytes: &[u8]) -> (String, Vec<u8>) {
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let text = str::from_utf8(&bytes[8..8 + length]).unwrap();
    (
        text.trim_end_matches(' ').to_owned(),
        bytes[8 + length..].to_vec(),
    )
}

/// A file of this header and data with the right lengths and checksums, so that a later check is reached.
fn sealed(text: &str, data: &[u8]) -> Vec<u8> {
    let mut text = text.to_owned();
    if let Some(at) = text.find("\"sha256\":\"") {
        text.replace_range(at + 10..at + 74, &read::hex(&Sha256::digest(data)));
    }
    let padding = header::padding(text.len());
    let length = (text.len() + padding) as u64;
    let mut bytes = length.to_le_bytes().to_vec();
    bytes.extend_from_slice(text.as_bytes());
    bytes.resize(bytes.len() + padding, b' ');
    header::seal(&mut bytes);
    bytes.extend_from_slice(data);
    bytes
}

/// The error of the small model with `from` in its header replaced by `to`.
fn edited(from: &str, to: &str) -> ModelFileError {
    let (text, data) = parts(&write(&small()).unwrap());
    assert!(text.contains(from), "{from} in {text}");
    read(&sealed(&text.replacen(from, to, 1), &data)).unwrap_err()
}

/// The error of the small model with `new` written at `at` in a section.
fn patched(section: &str, at: usize, new: &[u8]) -> ModelFileError {
    let bytes = write(&small()).unwrap();
    let (text, mut data) = parts(&bytes);
    let header = Header::parse(&bytes[..bytes.len() - data.len()]).unwrap();
    let start = header.layout.find(section).unwrap().start as usize + at;
    data[start..start + new.len()].copy_from_slice(new);
    read(&sealed(&text, &data)).unwrap_err()
}

/// Where a section of the small model begins in its file, for one who knows JSON alone.
fn place(section: &str) -> u64 {
    let bytes = write(&small()).unwrap();
    let (text, data) = parts(&bytes);
    let header: Value = serde_json::from_str(&text).unwrap();
    let start = header[section]["data_offsets"][0].as_u64().unwrap();
    (bytes.len() - data.len()) as u64 + start
}

fn variant(error: &ModelFileError) -> String {
    format!("{error:?}")
        .split([' ', '{', '('])
        .next()
        .unwrap()
        .to_owned()
}

/// Touches all that a damaged model could make panic.
fn use_all(model: &ContentsRef<'_>) {
    for word in 0..model.words.len() + 2 {
        let _ = (
            model.words.get(word),
            model.weights_of(word).map(Values::to_vec),
        );
    }
    let _ = (model.words.find("senate"), model.words.iter().count());
    let contents = model.to_contents();
    let _ = (
        contents.words.iter().count(),
        contents.id(),
        write(&contents).is_ok(),
    );
}
