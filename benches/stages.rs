//! One stage each, on one article, with throughput: `cargo bench`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use purport::classifier::train::{TrainParams, train};
use purport::classifier::{Classifier, Context};
use purport::corpus::{Corpus, CorpusOptions};
use purport::text::sentence::sentences;
use purport::text::word::tokens;

const ARTICLE: &str = include_str!("../data/articles/harbour.txt");

fn texts() -> Vec<&'static str> {
    sentences(ARTICLE)
        .map(|span| &ARTICLE[span.start..span.end])
        .collect()
}

fn text(c: &mut Criterion) {
    let mut group = c.benchmark_group("text");
    group.throughput(Throughput::Bytes(ARTICLE.len() as u64));
    group.bench_function("split", |b| {
        b.iter(|| sentences(black_box(ARTICLE)).count());
    });
    group.bench_function("tokenize", |b| {
        b.iter(|| tokens(black_box(ARTICLE)).count());
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
}

criterion_group!(benches, text, scoring, training);
criterion_main!(benches);
