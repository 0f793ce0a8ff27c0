//! What is saved is what is loaded, bit for bit, and other tools can open it.

#![allow(
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "tests compare exact values and count small things"
)]

mod common;

use common::Sandbox;
use purport::classifier::{Classifier, Context};

const SENTENCES: [&str; 4] = [
    "Police confirmed it.",
    "Sign up now!",
    "",
    "“We will,” he said, Ünïcode 東京.",
];

#[test]
fn i07_a_loaded_model_scores_as_before_and_saves_the_same_bytes() {
    let sandbox = Sandbox::trained();
    let bytes = sandbox.read("m.safetensors");
    let model = Classifier::from_bytes(&bytes).unwrap();
    assert!(model.to_bytes().unwrap() == bytes);
    model.save(&sandbox.path("again")).unwrap();
    assert!(sandbox.read("again") == bytes);
    let again = Classifier::load(&sandbox.path("again")).unwrap();
    for context in [Context::Chain, Context::None] {
        assert_eq!(
            model.scorer().score(&SENTENCES, context),
            again.scorer().score(&SENTENCES, context)
        );
    }
    assert_eq!(model.id(), again.id());
}

#[test]
fn the_stock_safetensors_reader_opens_a_model() {
    let bytes = Sandbox::trained().read("m.safetensors");
    let model = Classifier::from_bytes(&bytes).unwrap();
    let stock = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let weights = stock.tensor("weights").unwrap();
    assert_eq!(
        weights.shape(),
        [model.vectorizer().vocabulary().len(), model.labels().len()]
    );
    let first = f32::from_le_bytes(weights.data()[..4].try_into().unwrap());
    assert_eq!(first, model.weights()[0]);
}

#[cfg(feature = "builtin-model")]
#[test]
fn the_built_in_model_is_whole_and_small() {
    let bytes = std::fs::read("models/news.safetensors").unwrap();
    assert!(bytes.len() <= 2_000_000, "{} bytes", bytes.len());
    let checked = Classifier::from_bytes(&bytes).unwrap();
    let trusted = Classifier::builtin().unwrap();
    assert_eq!(Some(checked.id().to_owned()), Classifier::builtin_id());
    assert_eq!(
        checked.scorer().score(&SENTENCES, Context::Chain),
        trusted.scorer().score(&SENTENCES, Context::Chain)
    );
}

#[cfg(feature = "builtin-model")]
#[test]
fn i05_articles_scored_together_are_scored_as_apart() {
    let model = Classifier::builtin().unwrap();
    let (a, b) = (&SENTENCES[..2], &SENTENCES[2..]);
    let together = model.score_all(&[a, b], Context::Chain);
    assert_eq!(
        together,
        [
            model.scorer().score(a, Context::Chain),
            model.scorer().score(b, Context::Chain)
        ]
    );
}
