//! Numbers, words and labels: C11 to C13.

use super::*;

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
