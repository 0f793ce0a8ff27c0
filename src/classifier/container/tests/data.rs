//! The data's checksum, numbers, words and labels: C11 to C13.

use super::*;

#[test]
fn c02_a_model_is_named_by_the_sha_256_of_its_data() {
    // Python: hashlib.sha256(struct.pack("<2d2Q2f", 0, 1, 0, 1, .5, -.5) + b"w")
    let name = "73418b0deef69deea9ab48443fd186c34272ee0d910300a96d37dbe296159989";
    let mut bytes = write(&least()).unwrap();
    assert_eq!(read(&bytes).unwrap().id(), name);
    *bytes.last_mut().unwrap() = b'v';
    let error = read(&bytes).unwrap_err().to_string();
    let data = bytes.len() - 41;
    assert!(
        error.starts_with(&format!("byte {data}, data: the SHA-256 is ")),
        "{error}"
    );
    assert!(
        error.ends_with(&format!(", the header says \"{name}\"")),
        "{error}"
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
fn c11_the_first_of_many_numbers_that_are_none_is_named() {
    let nan = f64::NAN.to_le_bytes();
    let error = patched("bias", 8, &[nan, nan].concat()).to_string();
    assert!(error.contains("number 1 (label \"fact\")"), "{error}");
    let mut large = least();
    large.words = (0..400).map(|i| format!("word{i:03}")).collect();
    large.weights = vec![0.5; 800];
    for index in [255, 256, 300, 799] {
        large.weights[index] = f32::INFINITY;
        let error = write(&large).unwrap_err().to_string();
        let (word, label) = (index / 2, ["a", "b"][index % 2]);
        let wanted = format!(
            "section `weights`, number {index} (word \"word{word:03}\", label {label:?}): infinite"
        );
        assert!(error.ends_with(&wanted), "{error}");
        large.weights[index] = 0.5;
    }
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
}

#[test]
fn c12_the_place_in_the_vocabulary_is_named() {
    // The words are "ab", "abc", "senate", "élan".
    let offset = |value: u64| value.to_le_bytes();
    for (section, at, new, within, message) in [
        (
            "vocab.offsets",
            0,
            &offset(1)[..],
            0,
            "begins with 1, expected 0",
        ),
        (
            "vocab.offsets",
            16,
            &offset(1),
            16,
            "number 2: 1 after 2; offsets never fall",
        ),
        (
            "vocab.offsets",
            32,
            &offset(15),
            32,
            "ends with 15, but `vocab.bytes` has 16 bytes",
        ),
        ("vocab.bytes", 3, b"\xff", 3, "word 1 is not UTF-8"),
        ("vocab.bytes", 5, b"\xff", 5, "word 2 is not UTF-8"),
        ("vocab.bytes", 15, b"\xc3", 15, "word 3 is not UTF-8"),
        (
            "vocab.bytes",
            2,
            b"aa",
            2,
            "word 1, \"aac\", does not sort after \"ab\"",
        ),
        (
            "vocab.bytes",
            5,
            b"abb",
            5,
            "word 2, \"abbate\", does not sort after \"abc\"",
        ),
    ] {
        let error = patched(section, at, new).to_string();
        let byte = place(section) + within;
        let (thousands, rest) = (byte / 1000, byte % 1000);
        let begins = format!("byte {thousands},{rest:03}, section `{section}`");
        assert!(
            error.starts_with(&begins) && error.ends_with(message),
            "{byte}: {error}"
        );
    }
    // Borders that cut words are told of in the text.
    for (at, new, within, message) in [
        (16, offset(2), 2, "word 1 is empty"),
        (24, offset(12), 5, "word 2 is not UTF-8"),
    ] {
        let error = patched("vocab.offsets", at, &new).to_string();
        let byte = place("vocab.bytes") + within;
        let wanted = format!(
            "byte {},{:03}, section `vocab.bytes`: {message}",
            byte / 1000,
            byte % 1000
        );
        assert_eq!(error, wanted);
    }
}

#[test]
fn c12_hostile_words_are_not_written() {
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
