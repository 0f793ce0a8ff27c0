//! Bytes lost, turned over, moved or added, and files of other kinds: C01 to C06, C09.

use super::*;

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
    // The header is whole, so that the length of the file is known.
    let error = read(&bytes[..1216]).unwrap_err();
    assert_eq!(error.to_string(), "truncated: 1,216 of 1,519 bytes");
    // The checksum of a header ends at byte 70.
    let error = read(&bytes[..7]).unwrap_err();
    assert_eq!(error.to_string(), "truncated: 7 of at least 70 bytes");
    let error = read(&bytes[..8]).unwrap_err();
    assert_eq!(error.to_string(), "truncated: 8 of at least 1,216 bytes");
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
        (b"\x1f\x8b\x08\0\0\0\0\0", Guess::Gzip),
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
fn c09_why_a_declared_header_length_is_refused_is_said() {
    let bytes = write(&small()).unwrap();
    for (length, found, expected) in [
        (69u64, "69", "room for the metadata"),
        (70, "70", "8 less than a multiple of 64"),
        (1216, "1,216", "8 less than a multiple of 64"),
        (1 << 26, "67,108,864", "8 less than a multiple of 64"),
        ((1 << 26) + 1, "67,108,865", "at most 67,108,864"),
    ] {
        let error = read(&[&length.to_le_bytes(), &bytes[8..]].concat()).unwrap_err();
        let wanted = format!("byte 0, header length: found {found}, expected {expected}");
        assert_eq!(error.to_string(), wanted);
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
