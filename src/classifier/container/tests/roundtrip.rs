//! What was written is read again, by this reader and others: C20, invariants I-07 to I-09.

use std::fs;

use proptest::prelude::*;

use super::*;

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
