//! One stage each, on one article, with throughput: `cargo bench`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use purport::classifier::train::{TrainParams, train};
use purport::classifier::{Classifier, Context};
use purport::corpus::{Corpus, CorpusOptions};
use purport::features::counts::Document;
use purport::features::vectorizer::VectorizerError;
use purport::text::sentence::sentences;
use purport::text::surroundings::Surroundings;
use purport::text::word::tokens;
use purport::text::{Analyzer, AnalyzerParams};

const ARTICLE: &str = include_str!("../data/articles/harbour.txt");

fn texts() -> Vec<&'static str> {
    sentences(ARTICLE)
        .map(|span| &ARTICLE[span.start..span.end])
        .collect()
}

fn text(c: &mut Criterion) {
    let mut group = c.benchmark_group("text");
    group.throughput(Throughput::Bytes(ARTICLE.len() as u64));
    // What no scorer can be faster than: the words alone, by white space.
    group.bench_function("words", |b| {
        b.iter(|| black_box(ARTICLE).split_ascii_whitespace().count());
    });
    group.bench_function("split", |b| {
        b.iter(|| sentences(black_box(ARTICLE)).count());
    });
    group.bench_function("tokenize", |b| {
        b.iter(|| tokens(black_box(ARTICLE)).count());
    });
    let analyzer = Analyzer::new(AnalyzerParams {
        stem: true,
        ..AnalyzerParams::default()
    });
    let mut term = String::new();
    group.bench_function("stem", |b| {
        b.iter(|| {
            for token in tokens(black_box(ARTICLE)) {
                analyzer.term(&token, &mut term);
                black_box(&term);
            }
        });
    });
    group.finish();
}

fn scoring(c: &mut Criterion) {
    let model = std::fs::read("models/news.safetensors").expect("the shipped model");
    let classifier = Classifier::from_bytes(&model).expect("an intact model");
    let texts = texts();
    let mut group = c.benchmark_group("scoring");
    group.throughput(Throughput::Bytes(ARTICLE.len() as u64));
    let mut scorer = classifier.scorer();
    group.bench_function("score", |b| {
        b.iter(|| scorer.score(black_box(&texts), Context::Chain));
    });
    group.throughput(Throughput::Bytes(model.len() as u64));
    group.bench_function("load", |b| {
        b.iter(|| Classifier::from_bytes(black_box(&model)));
    });
    group.finish();
}

fn training(c: &mut Criterion) {
    let csv = std::fs::read("data/train/pages-0000.csv").expect("the shipped data");
    let corpus = Corpus::from_csv_bytes("pages-0000.csv", &csv, &CorpusOptions::default())
        .expect("sound data");
    let params = TrainParams {
        calibration: false,
        ..TrainParams::default()
    };
    let mut group = c.benchmark_group("training");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(csv.len() as u64));
    group.bench_function("read", |b| {
        b.iter(|| {
            Corpus::from_csv_bytes("pages-0000.csv", black_box(&csv), &CorpusOptions::default())
        });
    });
    group.bench_function("fit", |b| b.iter(|| train(black_box(&corpus), &params)));
    group.finish();
    solving(c, &corpus, &params);
}

/// From texts to rows, and what a step of the solver costs.
fn solving(c: &mut Criterion, corpus: &Corpus, params: &TrainParams) {
    let documents: Vec<Document<'_>> = (0u32..)
        .zip(0..corpus.len())
        .map(|(article, row)| Document {
            text: corpus.text(row),
            article,
            around: Surroundings::default(),
        })
        .collect();
    let bytes: usize = documents.iter().map(|d| d.text.len()).sum();
    let rows: Vec<usize> = (0..documents.len()).collect();
    let vectorizer = &params.vectorizer;
    let mut group = c.benchmark_group("solving");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("vectorize", |b| {
        b.iter(|| {
            let counts = vectorizer.count(black_box(&documents))?;
            Ok::<_, VectorizerError>(vectorizer.fit(&counts, &rows)?.matrix(&counts, &rows))
        });
    });
    let counts = vectorizer.count(&documents).expect("sound options");
    let fitted = vectorizer.fit(&counts, &rows).expect("there are terms");
    let columns = fitted.matrix(&counts, &rows).transposed();
    let classes = corpus.classes().len();
    let residuals = vec![0.1f32; rows.len() * classes];
    let mut out = residuals.clone();
    group.throughput(Throughput::Elements(columns.nonzeros() as u64));
    group.bench_function("gradient", |b| {
        b.iter(|| columns.gram_product(black_box(&residuals), classes, &mut out));
    });
    group.finish();
}

criterion_group!(benches, text, scoring, training);
criterion_main!(benches);
