//! Loads a kept model, writes it again, trains on a few rows and prints the model's SHA-256: the same on any machine.

use purport::classifier::Classifier;
use purport::classifier::train::{TrainParams, train};
use purport::corpus::{Corpus, CorpusOptions};
use sha2::{Digest, Sha256};

const ROWS: &[u8] = b"article,label,text
a,yes,The mayor denied the claim.
a,no,It rained on Monday.
b,yes,Police denied the report.
b,no,It snowed on Monday.
";

fn main() {
    let kept = include_bytes!("../../../tests/golden/models/plain.safetensors");
    let loaded = Classifier::from_bytes(kept).unwrap();
    assert!(loaded.to_bytes().unwrap() == kept);
    let corpus = Corpus::from_csv_bytes("t.csv", ROWS, &CorpusOptions::default()).unwrap();
    let params = TrainParams {
        calibration: false,
        chain: false,
        ..TrainParams::default()
    };
    let trained = train(&corpus, &params).unwrap().classifier;
    let sum = Sha256::digest(trained.to_bytes().unwrap());
    for byte in sum {
        print!("{byte:02x}");
    }
    println!();
}
