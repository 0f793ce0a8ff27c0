//! Versions, keys, shapes and places that a header may claim: C07, C08, C10, C14.

use super::*;

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
        ("02", "NoSuchVersion"),
        ("", "NoSuchVersion"),
        ("1x", "HeaderSyntax"),
        ("99999999999999999999", "NewerVersion"),
    ] {
        let error = edited("purport-model/1\"", &format!("purport-model/{version}\""));
        assert_eq!(variant(&error), expected, "{version}");
    }
    let error = edited("purport-model/1\"", "purport-model/1x\"");
    assert_eq!(
        error.to_string(),
        "byte 50, header: expected `\",\"crc32c\":\"`"
    );
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
fn c14_keys_and_values_out_of_place_are_refused() {
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
}

#[test]
fn c14_what_stands_around_a_header_is_refused() {
    let (text, data) = parts(&write(&small()).unwrap());
    for (text, expected) in [
        (format!("\u{feff}{text}"), "NotAModel"),
        (format!("{text}}}"), "HeaderSyntax"),
        (format!("{text}{}", " ".repeat(64)), "HeaderSyntax"),
        (format!("{text}\n"), "HeaderSyntax"),
        (format!("{text} \0"), "HeaderSyntax"),
    ] {
        assert_eq!(variant(&read(&sealed(&text, &data)).unwrap_err()), expected);
    }
    let not_utf8 = [&write(&small()).unwrap()[..200], &[0xff; 56]].concat();
    let error = Header::parse(&not_utf8).unwrap_err();
    assert_eq!(error.to_string(), "byte 200, header: not UTF-8");
}

#[test]
fn c14_hostile_headers_of_64_mib_are_refused() {
    let (text, data) = parts(&write(&small()).unwrap());
    let text = format!("{text}{}", " ".repeat((64 << 20) - 64 - text.len()));
    let error = read(&sealed(&text, &data)).unwrap_err();
    assert_eq!(variant(&error), "HeaderSyntax");
}

#[test]
fn c14_the_checksum_of_a_header_is_eight_digits_at_byte_62() {
    let bytes = write(&small()).unwrap();
    let (text, data) = parts(&bytes);
    let digits = text.split_once("\"crc32c\":\"").unwrap().1[..8].to_owned();
    let zeros = [
        &bytes[..62],
        b"00000000",
        &bytes[70..bytes.len() - data.len()],
    ]
    .concat();
    assert_eq!(digits, format!("{:08x}", crc32c::crc32c(&zeros)));
    let damaged = [&bytes[..62], b"deadbeef", &bytes[70..]].concat();
    assert_eq!(
        read(&damaged).unwrap_err().to_string(),
        format!("byte 62, header: the CRC-32C is {digits}, the file says \"deadbeef\"")
    );
    let ninth = text.replacen(&digits, &format!("{digits}0"), 1);
    assert_eq!(
        read(&sealed(&ninth, &data)).unwrap_err().to_string(),
        "byte 70, header: expected `\"` after eight digits"
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
