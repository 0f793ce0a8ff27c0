//! The inputs that are kept for the fuzz targets, and random ones, through the oracles of each target.

#![allow(
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests"
)]

mod oracles;

use std::fs;
use std::path::Path;

use oracles::ALL;

#[test]
fn kept_inputs_hold() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let mut failed = Vec::new();
    for (name, oracle) in ALL {
        let folder = corpus.join(name);
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap_or_else(|_| panic!("no inputs for {name}"))
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(!files.is_empty(), "no inputs for {name}");
        for file in files {
            let bytes = fs::read(&file).unwrap();
            if std::panic::catch_unwind(|| oracle(&bytes)).is_err() {
                failed.push(file);
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}
