//! Rows C01 to C20 of the fault matrix, invariants I-07 to I-09.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::format_collect,
    reason = "test data is small"
)]

use std::fs;
use std::io::Write as _;

use proptest::prelude::*;
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

fn variant(error: &ModelFileError) -> String {
    format!("{error:?}")
        .split([' ', '{', '('])
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn c01_every_truncation_is_refused() {
    let bytes = write(&small()).unwrap();
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length} bytes");
        assert!(
            read_trusted(&bytes[..length]).is_err(),
            "{length} bytes, trusted"
        );
    }
    let error = read(&bytes[..bytes.len() - 100]).unwrap_err();
    assert_eq!(error.to_string(), "truncated: 1,419 of 1,519 bytes");
    let error = read(&bytes[..100]).unwrap_err();
    assert_eq!(error.to_string(), "truncated: 100 of at least 1,216 bytes");
    eprintln!("{} truncations, 0 accepted", bytes.len());
}

#[test]
fn c02_every_bit_flip_is_refused() {
    let mut tested = 0;
    let start = std::time::Instant::now();
    for contents in [small(), least()] {
        let mut bytes = write(&contents).unwrap();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&bytes).is_err(), "bit {bit}");
            // A damaged model may load there, but it must not panic.
            let _ = read_trusted(&bytes).map(|model| use_all(&model));
            bytes[bit / 8] ^= 1 << (bit % 8);
            tested += 1;
        }
        read(&bytes).unwrap();
    }
    eprintln!("{tested} bit flips, 0 accepted, {:?}", start.elapsed());
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

#[test]
fn c03_bursts_swaps_and_torn_pages_are_refused() {
    let bytes = write(&small()).unwrap();
    let refused =
        |changed: &[u8], what: &str| assert!(changed == bytes || read(changed).is_err(), "{what}");
    for at in 0..bytes.len() {
        for value in [0x00, 0xff] {
            let mut changed = bytes.clone();
            changed[at] = value;
            refused(&changed, "byte");
        }
        for length in [2, 3, 17, 64] {
            let mut changed = bytes.clone();
            for byte in changed.iter_mut().skip(at).take(length) {
                *byte = byte.wrapping_mul(31).wrapping_add(at as u8 | 1);
            }
            refused(&changed, "burst");
        }
    }
    for block in [64, 128, 700] {
        let mut changed = bytes.clone();
        let (left, right) = changed.split_at_mut(block);
        left[..block].swap_with_slice(&mut right[..block]);
        refused(&changed, "swap");
    }
    let mut large = least();
    large.words = (0..2000).map(|i| format!("word{i:05}")).collect();
    large.weights = vec![0.5; 4000];
    let large = write(&large).unwrap();
    for page in 0..large.len() / 4096 {
        let mut torn = large.clone();
        torn[page * 4096..][..4096].fill(0);
        assert!(read(&torn).is_err(), "page {page}");
    }
}

#[test]
fn c04_appended_bytes_are_refused() {
    let bytes = write(&small()).unwrap();
    for tail in [&b"\0"[..], b"\n", &bytes] {
        let error = read(&[&bytes, tail].concat()).unwrap_err();
        assert_eq!(variant(&error), "TrailingBytes");
    }
    let error = read(&[&bytes[..], b"\n"].concat()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "byte 1,519: the model ends here, but the file has 1,520 bytes"
    );
    let error = read(&[b"PK\x03\x04\x14\0\0\0\x08\0", &bytes[..]].concat()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a model of this tool (looks like a ZIP archive or a PyTorch file)"
    );
}

#[test]
fn c05_c06_other_files_are_named() {
    let stock =
        b"\x30\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    for (bytes, guess) in [
        (&b"text,label\nA line,claim\n"[..], Guess::Csv),
        (b"\xef\xbb\xbftext\tlabel\nA line\tclaim\n", Guess::Csv),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", Guess::Png),
        (b"\x80\x04\x95\x10\0\0\0\0\0\0\0", Guess::Pickle),
        (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", Guess::Pickle),
        (b"GGUF\x03\0\0\0\x01\0\0\0", Guess::Gguf),
        (stock, Guess::Safetensors),
        (b"PK\x03\x04\0\0\x08\x08\0\0archive/data.pkl", Guess::Zip),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\x03", Guess::Gzip),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
            Guess::LfsPointer,
        ),
        (b"<!DOCTYPE html>\n<html><title>404</title>", Guess::Html),
        (b"\n <HTML><body>Not found", Guess::Html),
        (b"{\"error\": \"Repository not found\"}", Guess::Json),
        (b"[1, 2, 3]", Guess::Json),
        (b"Just some words here", Guess::Text),
        (&[0; 4096], Guess::Zeros),
        (b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0", Guess::Unknown),
    ] {
        let error = read(bytes).unwrap_err();
        assert!(
            matches!(error, ModelFileError::NotAModel { guess: found } if found == guess),
            "{error:?}"
        );
        assert_eq!(error.hint().is_some(), guess != Guess::Unknown);
    }
    let error = read(b"\x80\x04\x95\x10\0\0\0\0\0\0\0").unwrap_err();
    assert_eq!(
        error.to_string(),
        "not a model of this tool (looks like a PyTorch pickle)"
    );
    assert_eq!(variant(&read(b"").unwrap_err()), "Empty");
}

#[test]
fn c07_newer_versions_are_named() {
    let error = edited("purport-model/1\",\"crc32c", "purport-model/2\",\"crc32c");
    assert_eq!(
        error.to_string(),
        "byte 49: format version 2, made by a newer version of this tool (purport 0.1.0); \
         this is purport 0.1.0, which reads version 1"
    );
    assert!(error.hint().unwrap().contains("upgrade"));
    for (version, expected) in [
        ("12", "NewerVersion"),
        ("999999999", "NewerVersion"),
        ("0", "NoSuchVersion"),
        ("01", "NoSuchVersion"),
        ("", "NoSuchVersion"),
        ("1x", "HeaderSyntax"),
        ("99999999999999999999", "NewerVersion"),
    ] {
        let error = edited("purport-model/1\"", &format!("purport-model/{version}\""));
        assert_eq!(variant(&error), expected, "{version}");
    }
}

#[test]
fn c07_the_maker_of_a_newer_version_is_named_if_that_is_plain_text() {
    let (text, data) = parts(&write(&small()).unwrap());
    let longest = "t".repeat(64);
    for (name, plain) in [
        ("a tool 2.0", true),
        (&longest[..], true),
        (&"t".repeat(65)[..], false),
        ("", false),
        ("\u{7f}", false),
        ("caf\u{e9}", false),
    ] {
        let newer = text
            .replacen("purport-model/1", "purport-model/2", 1)
            .replacen("purport 0.1.0", name, 1);
        let ModelFileError::NewerVersion { created_by, .. } =
            read(&sealed(&newer, &data)).unwrap_err()
        else {
            panic!("{name}");
        };
        assert_eq!(created_by, plain.then(|| name.to_owned()));
    }
}

#[test]
fn c08_unknown_extras_are_kept_and_unknown_features_refused() {
    let bytes = write(&small()).unwrap();
    let model = read(&bytes).unwrap();
    assert_eq!(model.metadata.extra["x-note"], "a\n\u{1b}[0m");
    let names: Vec<_> = model
        .extra_sections
        .iter()
        .map(|section| section.name.as_str())
        .collect();
    assert_eq!(names, ["x-a", "x-b"]);
    for (from, to, expected) in [
        (
            "\"requires\":\"",
            "\"requires\":\"attention,",
            "UnknownFeature",
        ),
        ("\"requires\":\"calibration,", "\"requires\":\"", "Features"),
        ("calibration,chain\"", "chain,calibration\"", "Features"),
        ("calibration,chain\"", "calibration,chain,\"", "Features"),
        ("\"x-note\"", "\"note\"", "UnknownMetadata"),
        ("\"x-a\"", "\"a\"", "UnknownSection"),
        ("\"idf\"", "\"idg\"", "UnknownSection"),
    ] {
        assert_eq!(variant(&edited(from, to)), expected, "{to}");
    }
    let error = edited("\"requires\":\"", "\"requires\":\"attention,");
    assert!(error.to_string().contains("needs \"attention\""));
    assert!(error.hint().unwrap().contains("newer version"));
}

/// The small model with other lengths of its header declared.
fn misdeclared() -> impl Iterator<Item = Vec<u8>> {
    let bytes = write(&small()).unwrap();
    let right = u64::from_le_bytes(bytes[..8].try_into().unwrap());
    let lengths = [
        0,
        1,
        56,
        64,
        right - 64,
        right - 1,
        right + 64,
        1 << 26,
        1 << 32,
        1 << 63,
        u64::MAX - 7,
        u64::MAX,
    ];
    lengths
        .into_iter()
        .map(move |length: u64| [&length.to_le_bytes(), &bytes[8..]].concat())
}

#[test]
fn c09_declared_header_lengths_are_refused() {
    for bytes in misdeclared() {
        assert!(read(&bytes).is_err(), "{:?}", &bytes[..8]);
    }
}

#[test]
fn c09_a_declared_length_costs_no_time() {
    for bytes in misdeclared() {
        let start = std::time::Instant::now();
        let _ = read(&bytes);
        assert!(start.elapsed().as_millis() < 10, "{:?}", &bytes[..8]);
    }
}

#[test]
fn c10_hostile_shapes_and_offsets_are_refused() {
    let max = u64::MAX.to_string();
    for (from, to, expected) in [
        (
            "\"shape\":[4,3]",
            &format!("\"shape\":[{max},{max}]")[..],
            "ShapeOverflow",
        ),
        (
            "\"shape\":[4,3]",
            "\"shape\":[4611686018427387904,4]",
            "ShapeOverflow",
        ),
        ("\"shape\":[4,3]", "\"shape\":[3,4]", "Shape"),
        ("\"shape\":[4,3]", "\"shape\":[12]", "Shape"),
        ("\"shape\":[4,3]", "\"shape\":[0]", "EmptyShape"),
        ("\"shape\":[4,3]", "\"shape\":[]", "EmptyShape"),
        ("\"shape\":[4,3]", "\"shape\":[5,3]", "ShapeSize"),
        (
            "\"shape\":[4,3]",
            "\"shape\":[1,1,1,1,1,1,1,4,3]",
            "TooMany",
        ),
        ("\"shape\":[4,3]", "\"shape\":[-4,3]", "HeaderSyntax"),
        ("\"shape\":[4,3]", "\"shape\":[04,3]", "HeaderSyntax"),
        ("\"shape\":[4,3]", "\"shape\":[4, 3]", "HeaderSyntax"),
        (
            "\"shape\":[4,3]",
            "\"shape\":[18446744073709551616,3]",
            "HeaderSyntax",
        ),
        (
            "\"data_offsets\":[0,24]",
            "\"data_offsets\":[24,0]",
            "SectionOffsets",
        ),
        (
            "\"data_offsets\":[0,24]",
            "\"data_offsets\":[8,24]",
            "SectionOffsets",
        ),
        (
            "\"data_offsets\":[0,24]",
            "\"data_offsets\":[0,16]",
            "SectionOffsets",
        ),
        (
            "\"data_offsets\":[0,24]",
            "\"data_offsets\":[0,32]",
            "SectionOffsets",
        ),
        (
            "\"data_offsets\":[0,24]",
            "\"data_offsets\":[-8,24]",
            "HeaderSyntax",
        ),
        (
            "\"data_offsets\":[0,24]",
            "\"data_offsets\":[0]",
            "HeaderSyntax",
        ),
        ("\"dtype\":\"F32\"", "\"dtype\":\"F16\"", "UnknownDtype"),
        (
            "\"bias\":{\"dtype\":\"F64\"",
            "\"bias\":{\"dtype\":\"U64\"",
            "Dtype",
        ),
        (",303]}}", &format!(",{max}]}}}}")[..], "Truncated"),
        (",303]}}", ",400]}}", "Truncated"),
        (",303]}}", ",302]}}", "TrailingBytes"),
        ("\"weights\"", "\"x-weights\"", "KeyOrder"),
        ("\"vocab.bytes\"", "\"x-0\"", "MissingSection"),
        ("\"x-a\"", "\"x-b\"", "DuplicateKey"),
    ] {
        let error = edited(from, to);
        assert_eq!(variant(&error), expected, "{to}: {error}");
    }
}

#[test]
fn c10_limits_of_the_header_are_what_they_say() {
    let (text, data) = parts(&write(&least()).unwrap());
    // `count` sections of a byte after the word, which is one byte.
    let crowded = |count: usize| {
        let start = data.len();
        let many: String = (0..count)
            .map(|i| {
                let (from, to) = (start + i, start + i + 1);
                format!(",\"x-{i:03}\":{{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[{from},{to}]}}")
            })
            .collect();
        let text = format!("{}{many}}}", &text[..text.len() - 1]);
        sealed(&text, &[&data[..], &vec![7; count]].concat())
    };
    let model = crowded(252);
    assert_eq!(read(&model).unwrap().extra_sections.len(), 252);
    let error = read(&crowded(253)).unwrap_err().to_string();
    assert!(error.contains("more than 256 sections"), "{error}");
    let noted = |count: usize| {
        let mut contents = least();
        for i in 0..count {
            contents
                .metadata
                .extra
                .insert(format!("x-{i:03}"), String::new());
        }
        write(&contents).map_err(|error| variant(&error))
    };
    assert!(noted(256).is_ok());
    assert_eq!(noted(257), Err("TooMany".to_owned()));
    let named = |length: usize| {
        let mut contents = small();
        contents.extra_sections[0].name = format!("x-{}", "y".repeat(length - 2));
        contents.extra_sections[1].shape = vec![1; 8];
        write(&contents).map_err(|error| variant(&error))
    };
    assert!(named(64).is_ok());
    assert_eq!(named(65), Err("HeaderSyntax".to_owned()));
}

#[test]
fn c10_sections_out_of_order_are_refused() {
    let (text, data) = parts(&write(&small()).unwrap());
    let bias = text.find("\"bias\"").unwrap();
    let calibration = text.find("\"calibration\":{").unwrap();
    let chain = text.find("\"chain.transitions\"").unwrap();
    let swapped = [
        &text[..bias],
        &text[calibration..chain],
        &text[bias..calibration],
        &text[chain..],
    ]
    .concat();
    assert_eq!(
        variant(&read(&sealed(&swapped, &data)).unwrap_err()),
        "KeyOrder"
    );
    let one_chain = edited("\"chain.weight\"", "\"x-weight\"");
    assert!(matches!(
        one_chain,
        ModelFileError::KeyOrder { .. } | ModelFileError::MissingSection { .. }
    ));
    let many: String = (0..300)
        .map(|i| format!(",\"x-{i:03}\":{{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}"))
        .collect();
    let crowded = format!("{}{many}}}", &text[..text.len() - 1]);
    assert_eq!(
        variant(&read(&sealed(&crowded, &data)).unwrap_err()),
        "TooMany"
    );
}

#[test]
fn c11_numbers_that_are_none_are_refused_with_word_and_label() {
    for (value, fault) in [
        (f32::NAN, "NaN"),
        (f32::INFINITY, "infinite"),
        (f32::NEG_INFINITY, "infinite"),
        (-0.0, "-0.0, which has one spelling only: 0.0"),
    ] {
        let error = patched("weights", 4 * 7, &value.to_le_bytes());
        let wanted = format!(
            "byte 1,476, section `weights`, number 7 (word \"senate\", label \"fact\"): {fault}"
        );
        assert_eq!(error.to_string(), wanted);
    }
    let nan = f64::NAN.to_le_bytes();
    for (section, at, named) in [
        ("bias", 8, "number 1 (label \"fact\")"),
        ("calibration", 0, "number 0:"),
        ("calibration", 8, "number 1 (label \"claim \\\"x\\\"\")"),
        ("chain.transitions", 16, "number 2:"),
        ("chain.weight", 0, "number 0:"),
        ("idf", 24, "number 3 (word \"élan\")"),
    ] {
        let error = patched(section, at, &nan).to_string();
        assert!(error.contains(section) && error.contains(named), "{error}");
    }
    assert_eq!(
        variant(&patched("x-a", 0, &f32::NAN.to_le_bytes())),
        "Float"
    );
}

#[test]
fn c11_writing_refuses_nan_and_turns_negative_zero() {
    let mut contents = small();
    contents.weights[5] = f32::NAN;
    assert_eq!(variant(&write(&contents).unwrap_err()), "Float");
    contents.weights[5] = -0.0;
    contents.bias[0] = -0.0;
    let bytes = write(&contents).unwrap();
    let model = read(&bytes).unwrap();
    assert_eq!(model.weights.get(5).map(f32::to_bits), Some(0));
    assert_eq!(model.bias.get(0).map(f64::to_bits), Some(0));
    assert_eq!(contents.id(), model.id());
    contents.weights[5] = f32::from_bits(1);
    assert_eq!(
        read(&write(&contents).unwrap()).unwrap().weights.get(5),
        Some(f32::from_bits(1))
    );
}

#[test]
fn c12_hostile_vocabularies_are_refused() {
    // The words are "ab", "abc", "senate", "élan".
    let offset = |value: u64| value.to_le_bytes();
    for (section, at, new, expected) in [
        ("vocab.offsets", 0, &offset(1)[..], "OffsetsStart"),
        ("vocab.offsets", 16, &offset(1), "OffsetsOrder"),
        ("vocab.offsets", 16, &offset(u64::MAX), "OffsetsOrder"),
        ("vocab.offsets", 32, &offset(15), "OffsetsEnd"),
        ("vocab.offsets", 32, &offset(u64::MAX), "OffsetsEnd"),
        ("vocab.offsets", 16, &offset(2), "EmptyWord"),
        ("vocab.offsets", 24, &offset(12), "WordNotUtf8"),
        ("vocab.bytes", 3, b"\xff", "WordNotUtf8"),
        ("vocab.bytes", 15, b"\xc3", "WordNotUtf8"),
        ("vocab.bytes", 2, b"aa", "WordOrder"),
        ("vocab.bytes", 0, b"zz", "WordOrder"),
        ("vocab.bytes", 11, "e\u{301}".as_bytes(), "WordOrder"),
        ("vocab.bytes", 12, "\u{301}".as_bytes(), "WordNotUtf8"),
    ] {
        let error = patched(section, at, new);
        assert_eq!(variant(&error), expected, "{section} {at} {new:?}: {error}");
    }
    let error = patched("vocab.bytes", 2, b"aa").to_string();
    assert!(
        error.ends_with("section `vocab.bytes`: word 1, \"aac\", does not sort after \"ab\""),
        "{error}"
    );
    for (words, expected) in [
        (&["a", "a", "b", "c"][..], "WordOrder"),
        (&["b", "a", "c", "d"], "WordOrder"),
        (&["", "a", "b", "c"], "EmptyWord"),
        (&["a", "b", "e\u{301}", "f"], "WordNotNfc"),
        (&["a", "b", "c"], "ShapeSize"),
    ] {
        let mut contents = small();
        contents.words = words.iter().collect();
        assert_eq!(
            variant(&write(&contents).unwrap_err()),
            expected,
            "{words:?}"
        );
    }
    let mut contents = least();
    contents.words = std::iter::empty::<&str>().collect();
    contents.weights.clear();
    assert_eq!(variant(&write(&contents).unwrap_err()), "EmptyShape");
}

#[test]
fn c13_hostile_labels_are_refused() {
    for (labels, expected) in [
        (&["a", "a", "b"][..], "LabelOrder"),
        (&["b", "a", "c"], "LabelOrder"),
        (&["", "a", "b"], "EmptyLabel"),
        (&["a", "b", "e\u{301}"], "LabelNotNfc"),
        (&["a", "b"], "LabelCount"),
        (&["a", "b", "c", "d"], "LabelCount"),
        (&["a"], "TooFewLabels"),
        (&[], "TooFewLabels"),
    ] {
        let mut contents = small();
        contents.metadata.labels = labels.iter().map(|&label| label.to_owned()).collect();
        assert_eq!(
            variant(&write(&contents).unwrap_err()),
            expected,
            "{labels:?}"
        );
    }
    let mut single = least();
    (single.metadata.labels, single.bias, single.weights) =
        (vec!["a".into()], vec![0.0], vec![0.5]);
    assert_eq!(variant(&write(&single).unwrap_err()), "TooFewLabels");
    let error = edited(
        "\"bias\":{\"dtype\":\"F64\",\"shape\":[3]",
        "\"bias\":{\"dtype\":\"F64\",\"shape\":[2147483648]",
    );
    assert_eq!(variant(&error), "ShapeSize");
}

#[test]
fn c14_hostile_headers_are_refused() {
    let deep = format!(
        "\"options\":\"{}{}\"",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    for (from, to, expected) in [
        (
            "\"created_by\":",
            "\"created_by\":\"x\",\"created_by\":",
            "DuplicateKey",
        ),
        ("\"x-note\":", "\"labels\":\"\",\"x-note\":", "DuplicateKey"),
        ("\"x-note\":", "\"x-note\":\"\",\"x-note\":", "DuplicateKey"),
        ("\"x-note\":", "\"x-z\":\"\",\"x-note\":", "KeyOrder"),
        ("\"labels\":", "\"topics\":", "HeaderKey"),
        ("\"labels\":", "\"labe\\u006cs\":", "HeaderSyntax"),
        ("\"labels\":", " \"labels\":", "HeaderSyntax"),
        (
            "\"created_by\":\"purport",
            "\"created_by\":\"\\ud800",
            "HeaderString",
        ),
        (
            "\"created_by\":\"purport",
            "\"created_by\":\"\u{1}",
            "HeaderString",
        ),
        (
            "\"created_by\":\"purport",
            "\"created_by\":\"\\u0070urport",
            "HeaderNotCanonical",
        ),
        (
            "\"created_by\":\"purport 0.1.0\"",
            "\"created_by\":1e999",
            "HeaderSyntax",
        ),
        ("\\\"seed\\\":-7", "\\\"seed\\\":1e999", "MetadataJson"),
        ("\\\"seed\\\":-7", "\\\"seed\\\":0.5", "MetadataValue"),
        ("\\\"seed\\\":-7", "\\\"seed\\\":-0", "MetadataValue"),
        ("\\\"seed\\\":-7", "\\\"seed\\\":null", "MetadataValue"),
        (
            "\\\"seed\\\":-7",
            "\\\"seed\\\":-7,\\\"seed\\\":-7",
            "MetadataNotCanonical",
        ),
        (
            "\\\"seed\\\":-7",
            "\\\"seed\\\": -7",
            "MetadataNotCanonical",
        ),
        (
            "\\\"rows\\\":12",
            "\\\"rows\\\":12,\\\"a\\\":1",
            "MetadataNotCanonical",
        ),
        ("\"labels\":\"[", "\"labels\":\"[1,", "MetadataJson"),
        ("\"labels\":\"[", "\"labels\":\"", "MetadataJson"),
        ("\"options\":\"{", &deep[..deep.len() - 1], "MetadataJson"),
    ] {
        let error = edited(from, to);
        assert_eq!(variant(&error), expected, "{to:.60}: {error}");
    }
    let (text, data) = parts(&write(&small()).unwrap());
    for (text, expected) in [
        (format!("\u{feff}{text}"), "NotAModel"),
        (format!("{text}}}"), "HeaderSyntax"),
        (format!("{text}{}", " ".repeat(64)), "HeaderSyntax"),
        (
            format!("{text}{}", " ".repeat((64 << 20) - 64 - text.len())),
            "HeaderSyntax",
        ),
        (format!("{text}\n"), "HeaderSyntax"),
    ] {
        assert_eq!(variant(&read(&sealed(&text, &data)).unwrap_err()), expected);
    }
    let not_utf8 = [&write(&small()).unwrap()[..200], &[0xff; 56]].concat();
    assert_eq!(
        variant(&Header::parse(&not_utf8).unwrap_err()),
        "HeaderNotUtf8"
    );
}

#[test]
fn c10_c14_errors_say_at_which_byte() {
    let (text, _) = parts(&write(&small()).unwrap());
    for (from, to, within) in [
        ("\"labels\":", "\"topics\":", 0),
        ("\"x-note\":", "\"note\":", 0),
        ("\"x-note\":", "\"labels\":", 0),
        ("\"requires\":\"", "\"requires\":\"attention,", 11),
        ("\"options\":\"{", "\"options\":\"[", 10),
        ("\"idf\":", "\"idg\":", 0),
        ("\"F32\"", "\"F16\"", 0),
        ("[4,3]", "[04,3]", 1),
        ("[0,24]", "[0]", 1),
        ("[0,24]", "[0,x]", 3),
        (
            "\"weights\":{\"dtype\":\"F32\",\"shape\":[4,3]",
            "\"weights\":{\"dtype\":\"F32\",\"shape\":[5,3]",
            0,
        ),
    ] {
        let message = edited(from, to).to_string();
        let place = 8 + text.find(from).unwrap() + within;
        let digits = message.strip_prefix("byte ").unwrap();
        let digits = digits.split([' ', ':']).next().unwrap();
        let said: usize = digits.replace(',', "").parse().unwrap();
        assert_eq!(said, place, "{message}");
    }
}

#[test]
fn c14_metadata_of_the_writer_is_checked() {
    let mut contents = small();
    contents.metadata.options = json!({"a": [1, {"alpha": 0.5}]});
    let error = write(&contents).unwrap_err();
    assert_eq!(
        error.to_string(),
        "metadata `options`: a.1.alpha is a number that is not an integer; \
         integers, strings, booleans, arrays and objects can be kept"
    );
    contents = small();
    contents.metadata.extra.insert("note".into(), String::new());
    assert!(write(&contents).is_err());
    contents = small();
    contents.extra_sections[0].name = "x-\"".into();
    assert!(write(&contents).is_err());
    contents.extra_sections[0].name = "x-".repeat(50);
    assert!(write(&contents).is_err());
}

#[test]
fn c16_what_is_no_file_is_refused_without_waiting() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    fs::write(place("empty"), "").unwrap();
    let refused = |path: &std::path::Path| variant(&read_path(path, 1 << 30).unwrap_err());
    assert_eq!(refused(&place("empty")), "Empty");
    assert_eq!(refused(&place("missing")), "Io");
    assert_eq!(refused(directory.path()), "NotAFile");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("loop", place("loop")).unwrap();
        assert_eq!(refused(&place("loop")), "Io");
        let made = std::process::Command::new("mkfifo")
            .arg(place("pipe"))
            .status();
        assert!(made.unwrap().success());
        let pipe = place("pipe");
        for path in [
            pipe.as_path(),
            "/dev/zero".as_ref(),
            "/dev/urandom".as_ref(),
            "/dev/null".as_ref(),
        ] {
            assert_eq!(refused(path), "NotAFile", "{}", path.display());
        }
    }
}

#[test]
fn c19_a_model_may_be_as_large_as_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m");
    let bytes = write(&small()).unwrap();
    fs::write(&path, &bytes).unwrap();
    let size = bytes.len() as u64;
    assert_eq!(read_path(&path, size).unwrap(), bytes);
    let error = read_path(&path, size - 1).unwrap_err();
    assert_eq!(variant(&error), "TooLarge");
    // The header ends in the first 64 KiB or behind them, the data too.
    let mut large = least();
    large.metadata.created_by = "a".repeat(100_000);
    for words in [1, 20_000] {
        large.words = (0..words).map(|i| format!("{i:05}")).collect();
        large.weights = vec![0.5; 2 * words];
        let bytes = write(&large).unwrap();
        fs::write(&path, &bytes).unwrap();
        assert_eq!(read_path(&path, u64::MAX).unwrap(), bytes);
        for cut in [bytes.len() - 1, 200] {
            fs::write(&path, &bytes[..cut]).unwrap();
            let error = read_path(&path, u64::MAX).unwrap_err();
            assert_eq!(variant(&error), "Truncated");
        }
    }
}

#[test]
fn c19_large_files_are_refused_by_their_header() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m");
    let bytes = write(&small()).unwrap();
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(&bytes).unwrap();
    file.set_len(10 << 30).unwrap();
    let start = std::time::Instant::now();
    assert_eq!(
        variant(&read_path(&path, u64::MAX).unwrap_err()),
        "TrailingBytes"
    );
    file.set_len(bytes.len() as u64 - 1).unwrap();
    assert_eq!(
        variant(&read_path(&path, u64::MAX).unwrap_err()),
        "Truncated"
    );
    file.set_len(0).unwrap();
    file.set_len(10 << 30).unwrap();
    assert_eq!(
        variant(&read_path(&path, u64::MAX).unwrap_err()),
        "NotAModel"
    );
    assert!(start.elapsed().as_secs() < 1);
}

#[test]
fn c20_saving_a_loaded_model_gives_the_same_bytes() {
    for contents in [small(), least()] {
        let bytes = write(&contents).unwrap();
        let model = read(&bytes).unwrap();
        assert_eq!(write(&model.to_contents()).unwrap(), bytes);
        let mut kept = contents.clone();
        kept.extra_sections
            .sort_by_key(|section| section.name.clone());
        assert_eq!(model.to_contents(), kept);
        assert_eq!(
            model.id(),
            super::read::hex(&Sha256::digest(&parts(&bytes).1))
        );
        let labels = model.bias.len();
        for (word, weights) in contents.weights.chunks(labels).enumerate() {
            assert_eq!(model.weights_of(word).unwrap().to_vec(), weights);
        }
        assert!(model.weights_of(model.words.len()).is_none());
        assert_eq!(model.id(), contents.id());
        assert_eq!(
            read_trusted(&bytes).unwrap().to_contents(),
            model.to_contents()
        );
    }
}

#[test]
fn a_stock_reader_opens_the_file() {
    let bytes = write(&small()).unwrap();
    let stock = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let weights = stock.tensor("weights").unwrap();
    assert_eq!(
        (weights.shape(), weights.dtype()),
        (&[4, 3][..], safetensors::Dtype::F32)
    );
    let model = read(&bytes).unwrap();
    assert_eq!(
        Values::<f32>::new(weights.data()).to_vec(),
        model.weights.to_vec()
    );
    assert_eq!(stock.len(), 11);
}

/// Writes the small model for `scripts/read_with_safetensors.py`, or a large one whose loading is timed.
#[test]
#[ignore = "writes the file that PURPORT_MODEL names"]
fn write_a_model_for_other_readers() {
    let path = std::env::var_os("PURPORT_MODEL").unwrap();
    fs::write(path, write(&small()).unwrap()).unwrap();
}

#[test]
#[ignore = "a measurement: run with --release"]
fn load_time_of_a_million_words() {
    let mut contents = least();
    let labels = ["a", "b", "c", "d", "e"];
    contents.metadata.labels = labels.map(str::to_owned).to_vec();
    contents.bias = vec![0.5; 5];
    contents.words = (0..1_000_000).map(|i| format!("word {i:07}")).collect();
    contents.weights = (0..5_000_000).map(|i| i as f32 * 1e-7 - 0.1).collect();
    let bytes = write(&contents).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m");
    fs::write(&path, &bytes).unwrap();
    for _ in 0..3 {
        let start = std::time::Instant::now();
        let loaded = read_path(&path, 1 << 30).unwrap();
        let file = start.elapsed();
        let model = read(&loaded).unwrap();
        let all = start.elapsed();
        let trusted = std::time::Instant::now();
        read_trusted(&loaded).unwrap();
        let trusted = trusted.elapsed();
        eprintln!(
            "{} bytes: file {file:?}, file and check {all:?}, trusted {trusted:?}",
            loaded.len()
        );
        assert_eq!(model.words.find("word 0999999"), Some(999_999));
    }
}

/// What a mutation may put into a header: what belongs there in another place, and what never does.
fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<u64>().prop_map(|number| number.to_string()),
        proptest::sample::select(vec![
            "", "0", "1", "-1", "\"", "\\", ",", ":", "{", "}", "[", "]", " ", "null", "1e9", "x-",
            "F64", "F32", "U8", "bias", "\\\"", "\\u0000", "é", "\u{301}",
        ])
        .prop_map(str::to_owned),
    ]
}

/// Ok or Err, never a panic; and if Ok, then the canonical bytes.
fn canonical_or_refused(bytes: &[u8]) -> Result<bool, TestCaseError> {
    let _ = read_trusted(bytes).map(|model| use_all(&model));
    let Ok(model) = read(bytes) else {
        return Ok(false);
    };
    prop_assert!(
        write(&model.to_contents()).unwrap() == bytes,
        "{}",
        String::from_utf8_lossy(bytes)
    );
    Ok(true)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn i08_any_bytes_are_refused_or_canonical(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        canonical_or_refused(&bytes)?;
        let (text, _) = parts(&write(&least()).unwrap());
        canonical_or_refused(&sealed(&text, &bytes))?;
    }

    /// Checksums are made right again, so that the checks behind them are reached.
    #[test]
    fn i08_sealed_mutations_are_refused_or_canonical(
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..4, token()), 0..3),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        all in any::<bool>(),
    ) {
        let contents = if all { small() } else { least() };
        let (mut text, mut data) = parts(&write(&contents).unwrap());
        for (at, length, token) in edits {
            let at = text.floor_char_boundary(at.index(text.len()));
            let end = text.floor_char_boundary((at + length).min(text.len()));
            if !(at..end).contains(&text.find("sha256").unwrap_or(0)) {
                text.replace_range(at..end.max(at), &token);
            }
        }
        for (at, value) in flips {
            let at = at.index(data.len());
            data[at] = value;
        }
        if text.find("\"sha256\":\"").is_none_or(|at| text.is_char_boundary((at + 74).min(text.len())) && at + 74 <= text.len()) {
            canonical_or_refused(&sealed(&text, &data))?;
        }
    }

    #[test]
    fn i07_random_models_survive(
        bias in proptest::collection::vec(-1e9f64..1e9, 2..6),
        words in proptest::collection::btree_set("[a-zäß ]{1,8}", 1..20),
        seed in any::<u32>(),
    ) {
        let mut contents = least();
        contents.metadata.labels = (0..bias.len()).map(|i| format!("label {i}")).collect();
        contents.weights = (0..words.len() * bias.len())
            .map(|i| f32::from_bits((seed.wrapping_mul(i as u32 | 1)) & 0xbf7f_ffff))
            .collect();
        (contents.bias, contents.words) = (bias, words.into_iter().collect());
        let bytes = write(&contents).unwrap();
        prop_assert!(canonical_or_refused(&bytes)?);
        prop_assert_eq!(read(&bytes).unwrap().to_contents(), contents);
    }
}
