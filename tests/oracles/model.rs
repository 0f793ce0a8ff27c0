//! Model files: only canonical files load, and what loads can be used.

use purport::classifier::container::{read, write};
use purport::classifier::{Classifier, Context};
use purport::model::chain::Chain;
use sha2::{Digest, Sha256};

/// I-08: bytes are refused, or they are exactly what the writer makes of their content.
pub(crate) fn model_load(bytes: &[u8]) {
    let Ok(contents) = read(bytes).map(|contents| contents.to_contents()) else {
        assert!(Classifier::from_bytes(bytes).is_err());
        return;
    };
    assert!(write(&contents).unwrap() == bytes, "not canonical");
    if let Ok(classifier) = Classifier::from_bytes(bytes) {
        let again = classifier.to_bytes().unwrap();
        // What this version does not know is lost.
        if contents.metadata.extra.is_empty() && contents.extra_sections.is_empty() {
            assert!(again == bytes, "not canonical");
        }
        let twice = Classifier::from_bytes(&again).unwrap().to_bytes();
        assert!(twice.unwrap() == again, "another model each time");
        usable(&classifier);
    }
}

/// The same behind the checksums: a header, a NUL, and data, made into a file with the right lengths and sums.
pub(crate) fn model_load_fixed(bytes: &[u8]) {
    let (header, data) = match bytes.iter().position(|b| *b == 0) {
        Some(at) => (&bytes[..at], &bytes[at + 1..]),
        None => (bytes, &[][..]),
    };
    model_load(&sealed(header, data));
}

/// Numbers are those of a training, and scores are probabilities whatever the weights are.
fn usable(classifier: &Classifier) {
    let scale = classifier.calibration().map_or(1.0, |c| c.scale);
    assert!(scale > 0.0, "scale {scale}");
    let weight = classifier.chain().map_or(0.0, Chain::weight);
    assert!((0.0..=1.0).contains(&weight), "weight {weight}");
    let vectorizer = classifier.vectorizer();
    let weighting = vectorizer.params().weighting_name();
    assert_eq!(vectorizer.idf().is_some(), weighting == "tfidf");
    let texts = [
        "The mayor denied it on Monday.",
        "",
        "“a ab abc senate élan”?",
    ];
    for context in [Context::Chain, Context::None] {
        let scores = classifier.scorer().score(&texts, context);
        for i in 0..scores.len() {
            let p = scores.probabilities(i);
            assert!(p.iter().all(|p| (0.0..=1.0).contains(p)), "{p:?}");
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{p:?}");
        }
    }
    for (text, around) in texts
        .iter()
        .zip(purport::text::surroundings::surroundings(&texts))
    {
        let _ = classifier.explain(text, &around);
    }
}

/// A file of this header and data with the right lengths and checksums, so that the later checks are reached.
pub(crate) fn sealed(header: &[u8], data: &[u8]) -> Vec<u8> {
    let mut header = header.to_vec();
    put(&mut header, b"\"sha256\":\"", &hex(&Sha256::digest(data)));
    put(&mut header, b"\"crc32c\":\"", "00000000");
    // 8 + N is a multiple of 64.
    let length = (8 + header.len()).next_multiple_of(64) - 8;
    header.resize(length, b' ');
    let mut file = (length as u64).to_le_bytes().to_vec();
    file.extend_from_slice(&header);
    let crc = format!("{:08x}", crc32c::crc32c(&file));
    put(&mut file, b"\"crc32c\":\"", &crc);
    file.extend_from_slice(data);
    file
}

/// The header without padding and the data of a file, as [`model_load_fixed`] takes them.
pub(crate) fn opened(file: &[u8]) -> Vec<u8> {
    let length = usize::try_from(u64::from_le_bytes(file[..8].try_into().unwrap())).unwrap();
    let (header, data) = file[8..].split_at(length);
    let header = header.trim_ascii_end();
    [header, b"\0", data].concat()
}

fn put(header: &mut [u8], key: &[u8], value: &str) {
    let Some(at) = header.windows(key.len()).position(|w| w == key) else {
        return;
    };
    let from = at + key.len();
    if let Some(place) = header.get_mut(from..from + value.len()) {
        place.copy_from_slice(value.as_bytes());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
