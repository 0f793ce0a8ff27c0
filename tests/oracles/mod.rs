//! What must hold for any bytes from outside. Tests on stable Rust run these on kept inputs and random ones, the
//! fuzz targets on what they think of.
#![allow(dead_code, reason = "each user takes its part")]
#![allow(
    clippy::unwrap_used,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "an oracle fails by panicking, on small data"
)]

#[cfg(any(feature = "parquet", feature = "arrow"))]
pub(crate) mod columnar;
pub(crate) mod model;
pub(crate) mod pages;
pub(crate) mod tables;
pub(crate) mod texts;

/// Panics where what must hold does not.
pub(crate) type Oracle = fn(&[u8]);

/// An oracle by its name, which is that of its fuzz target and of its folder of inputs.
pub(crate) const ALL: &[(&str, Oracle)] = &[
    #[cfg(feature = "arrow")]
    ("arrow", columnar::arrow),
    ("csv_train", tables::csv_train),
    ("gz_zst", texts::gz_zst),
    ("html_extract", texts::html_extract),
    ("jsonl_score", texts::jsonl_score),
    ("markdown", texts::markdown),
    ("metrics", tables::metrics),
    ("model_load", model::model_load),
    ("model_load_fixed", model::model_load_fixed),
    #[cfg(feature = "parquet")]
    ("parquet", columnar::parquet),
    ("report", pages::report),
    ("text_pipeline", texts::text_pipeline),
    ("train_tiny", tables::train_tiny),
];

/// Takes small numbers off the front of bytes.
pub(crate) struct Bytes<'b>(pub(crate) &'b [u8]);

impl Bytes<'_> {
    /// The next byte, 0 at the end.
    pub(crate) fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    /// The next byte as a number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::from(self.next()) % n
    }
}
