//! No bytes make the library panic, and what comes out keeps its promises.
#![cfg(feature = "builtin-model")]

mod common;

use std::sync::LazyLock;

use common::random_cases;
use proptest::prelude::*;
use purport::article::{Format, ReadOptions, Split, read};
use purport::classifier::{Classifier, Context, Rule};
use purport::corpus::{Corpus, CorpusOptions, Unlabelled};

static MODEL: LazyLock<Classifier> =
    LazyLock::new(|| Classifier::builtin().expect("the built-in model"));

const FORMATS: [Format; 5] = [
    Format::Text,
    Format::Markdown,
    Format::Html,
    Format::Csv,
    Format::Jsonl,
];

/// Bytes as they come, and bytes with the marks that formats are made of.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        any::<Vec<u8>>(),
        "[\"',;|<>&{}\\[\\]:\n\r\t a-zé.!?“”#*_/-]{0,200}".prop_map(String::into_bytes),
        any::<String>().prop_map(String::into_bytes),
    ]
}

proptest! {
    #![proptest_config(random_cases(400))]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in bytes(), format in 0..FORMATS.len(), lines in any::<bool>()) {
        let options = ReadOptions {
            format: Some(FORMATS[format]),
            split: if lines { Split::None } else { Split::Auto },
            ..ReadOptions::default()
        };
        let Ok(input) = read("x", &bytes, &options) else { return Ok(()) };
        for part in input.articles.iter().flat_map(|a| &a.parts) {
            let mut end = 0;
            for span in &part.spans {
                prop_assert!(end <= span.start && span.start <= span.end);
                prop_assert!(part.text.is_char_boundary(span.start) && part.text.is_char_boundary(span.end));
                end = span.end;
            }
        }
    }

    #[test]
    fn any_bytes_are_a_corpus_or_refused(bytes in bytes()) {
        let options = CorpusOptions { unlabelled: Unlabelled::Context, ..CorpusOptions::default() };
        for prefix in ["", "label,text\n"] {
            let bytes = [prefix.as_bytes(), &bytes].concat();
            if let Ok(corpus) = Corpus::from_csv_bytes("x", &bytes, &options) {
                let rows: usize = corpus.sequences().iter().map(Vec::len).sum();
                prop_assert_eq!(rows, corpus.len());
            }
        }
    }

    #[test]
    fn d24_any_sentences_have_probabilities(sentences in proptest::collection::vec(any::<String>(), 0..6)) {
        for context in [Context::Chain, Context::None] {
            let scores = MODEL.scorer().score(&sentences, context);
            prop_assert_eq!(scores.len(), sentences.len());
            for i in 0..scores.len() {
                let p = scores.probabilities(i);
                prop_assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
                prop_assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
                let decision = MODEL.decide(p, Rule { always_label: true, ..Rule::default() });
                prop_assert!(MODEL.label(decision.class).is_some());
            }
        }
    }

    #[test]
    fn a_text_without_neighbours_comes_out_as_without_the_chain(sentence in any::<String>()) {
        let chained = MODEL.scorer().score(&[&sentence], Context::Chain);
        prop_assert_eq!(chained, MODEL.scorer().score(&[&sentence], Context::None));
    }

    #[test]
    fn i08_any_bytes_are_a_model_or_refused(bytes in bytes()) {
        prop_assert!(Classifier::from_bytes(&bytes).is_err());
    }
}
