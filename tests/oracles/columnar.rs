//! Parquet and Arrow: read within its limits or refused, never ended by.

use purport::article::{Format, Input, ReadOptions, read};

/// Bytes of text beyond which there are no more than this many times the bytes of the file.
const FREE: usize = 10 << 20;
const MAX_RATIO: usize = 1_000;

/// Bytes of the rows that are read at a time.
const PART: usize = 2 << 20;

#[cfg(feature = "parquet")]
pub(crate) fn parquet(bytes: &[u8]) {
    columnar(bytes, Format::Parquet);
}

#[cfg(feature = "arrow")]
pub(crate) fn arrow(bytes: &[u8]) {
    columnar(bytes, Format::Arrow);
}

/// Rows are articles or errors in their order, none twice and none lost; they are no larger than the file lets them be;
/// reading again, or the texts alone, gives the same.
fn columnar(bytes: &[u8], format: Format) {
    let read = |other_columns| {
        let options = ReadOptions {
            format: Some(format),
            other_columns,
            ..ReadOptions::default()
        };
        read("x", bytes, &options).map_err(|error| error.to_string())
    };
    let (first, again) = (read(true), read(true));
    let input = match (first, again) {
        (Ok(first), Ok(again)) => {
            assert!(first.articles == again.articles && first.failed == again.failed);
            first
        }
        (Err(first), Err(again)) => return assert_eq!(first, again),
        (first, again) => panic!("{:?} and {:?}", first.err(), again.err()),
    };
    in_order(&input);
    assert!(size(&input) <= FREE.max(MAX_RATIO * bytes.len()) + PART);
    // A column that is not read cannot be damaged, so there may be more to read now.
    if let Ok(alone) = read(false) {
        let texts = |input: &Input| -> Vec<String> {
            let parts = input.articles.iter().flat_map(|a| &a.parts);
            parts.map(|part| part.text.clone()).collect()
        };
        assert_eq!(texts(&alone), texts(&input));
        assert!(alone.failed == input.failed);
    } else {
        panic!("the texts alone cannot be read");
    }
}

/// Numbers of articles and rows of errors are 1, 2, 3 … when they are put together.
fn in_order(input: &Input) {
    let numbers: Vec<usize> = input.articles.iter().map(|a| a.number).collect();
    let row = |place: &str| -> usize { place.rsplit(' ').next().unwrap().parse().unwrap() };
    let failed: Vec<usize> = input.failed.iter().map(|e| row(&e.place)).collect();
    assert!(numbers.is_sorted() && failed.is_sorted());
    let mut all = [numbers, failed].concat();
    all.sort_unstable();
    assert!(all.iter().copied().eq(1..=all.len()), "{all:?}");
}

fn size(input: &Input) -> usize {
    let parts = input.articles.iter().flat_map(|a| &a.parts);
    parts.map(|part| part.text.len()).sum()
}
