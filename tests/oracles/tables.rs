//! Labelled data, training and figures.

use purport::classifier::train::{TrainParams, train};
use purport::corpus::table::TableOptions;
use purport::corpus::{Corpus, CorpusOptions, LabelledTexts, SpooledCorpus, Unlabelled};
use purport::evaluation::Undefined;
use purport::evaluation::confusion::Margins;
use purport::evaluation::metrics;
use purport::evaluation::probability::Ranking;

use super::Bytes;

/// Errors have a place in the file; rows are those of a slow reader that knows nothing but RFC 4180.
pub(crate) fn csv_train(bytes: &[u8]) {
    let options = CorpusOptions {
        unlabelled: Unlabelled::Context,
        table: TableOptions {
            delimiter: Some(b','),
            ..TableOptions::default()
        },
        ..CorpusOptions::default()
    };
    // What a file is written in, and whether it is text, is judged by its first part.
    if !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok() {
        part_by_part(bytes, &options);
    }
    let breaks = bytes.iter().filter(|b| matches!(b, b'\n' | b'\r')).count() as u64;
    let corpus = match Corpus::from_csv_bytes("x", bytes, &options) {
        Ok(corpus) => corpus,
        Err(error) => {
            for error in error.errors() {
                if let Some(place) = error.place() {
                    assert!(
                        (1..=breaks + 1).contains(&place.line),
                        "{error} of {breaks} lines"
                    );
                }
            }
            return;
        }
    };
    for row in 0..corpus.len() {
        assert!((2..=breaks + 1).contains(&corpus.place(row).line));
    }
    let rows: usize = corpus.sequences().iter().map(Vec::len).sum();
    assert_eq!(rows, corpus.len());
    let text = std::str::from_utf8(bytes).ok().filter(|t| plain(t));
    if let Some(records) = text.map(reference) {
        let Some(column) = records[0].iter().position(|name| name == "text") else {
            return;
        };
        let texts: Vec<&str> = records[1..].iter().map(|r| r[column].as_str()).collect();
        let ours: Vec<&str> = (0..corpus.len()).map(|row| corpus.text(row)).collect();
        assert_eq!(ours, texts);
    }
}

/// A file that is read part by part, its texts left on disk, gives the rows and warnings of one in memory, or is refused
/// as well; of several things that are wrong, another may be told.
fn part_by_part(bytes: &[u8], options: &CorpusOptions) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x");
    std::fs::write(&path, bytes).unwrap();
    let held = Corpus::from_csv_path(&path, options);
    let spooled = SpooledCorpus::from_csv_paths(&[&path], options, directory.path());
    let (Ok(held), Ok(spooled)) = (&held, &spooled) else {
        assert!(held.is_err() && spooled.is_err(), "{held:?} {spooled:?}");
        return;
    };
    let rows = spooled.rows();
    assert_eq!(held.classes(), rows.classes());
    assert_eq!(held.warnings(), rows.warnings());
    assert_eq!(held.blank_lines(), rows.blank_lines());
    let order: Vec<usize> = (0..held.len()).collect();
    let texts = spooled.read(&order).unwrap();
    assert_eq!(texts.len(), held.len());
    for &row in &order {
        assert_eq!(texts.get(row), held.text(row));
        assert_eq!(rows.label(row), held.label(row));
        assert_eq!(rows.position(row), held.position(row));
        assert_eq!(rows.article_name(row), held.article_name(row));
        let place = |row| (rows.article_name(row), rows.position(row));
        // Rows that have an order.
        for other in (0..row)
            .rev()
            .take(3)
            .filter(|&other| place(row) == place(other))
        {
            let expected = held.text(row).cmp(held.text(other));
            assert_eq!(spooled.compare_texts(row, other), expected);
        }
    }
}

/// Without what our reader treats in a way of its own: marks, NUL, `sep=`, lines that are blank or of empty fields alone.
fn plain(text: &str) -> bool {
    let blank = |line: &str| {
        line.chars()
            .all(|c| c.is_whitespace() || c == ',' || c == '"')
    };
    let text = text.strip_suffix('\n').unwrap_or(text);
    !text.starts_with(['\u{feff}', 's', 'S'])
        && !text.contains('\0')
        && !text.replace("\r\n", "\n").split(['\n', '\r']).any(blank)
}

/// Records of RFC 4180, slowly: a quote opens a field only at its beginning, a doubled one is one, what follows a
/// closing one belongs to the field.
fn reference(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut chars = text.chars().peekable();
    let (mut quoted, mut fresh) = (false, true);
    while let Some(c) = chars.next() {
        let field = records.last_mut().unwrap().last_mut().unwrap();
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if fresh => quoted = true,
            ',' if !quoted => {
                records.last_mut().unwrap().push(String::new());
                fresh = true;
                continue;
            }
            '\n' | '\r' if !quoted => {
                if c == '\r' && chars.peek() == Some(&'\n') {
                    chars.next();
                }
                if chars.peek().is_some() {
                    records.push(vec![String::new()]);
                }
                fresh = true;
                continue;
            }
            c => field.push(c),
        }
        fresh = false;
    }
    records
}

/// I-23: figures are in their range or have a reason, whatever the counts and scores are.
pub(crate) fn metrics(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let classes = 2 + bytes.below(4);
    let mut pairs = Vec::new();
    let mut rows = Vec::new();
    while !bytes.0.is_empty() && rows.len() < 500 {
        let (gold, given) = (bytes.below(classes), bytes.below(classes));
        pairs.push((gold, given));
        rows.push((0, f64::from(bytes.next() >> 3) / 31.0, gold == given));
    }
    let counts = Margins::of(classes, pairs.iter().copied());
    assert_eq!(counts.total(), pairs.len() as u64);
    let unit = |value| within(value, 0.0, 1.0);
    assert!(unit(metrics::accuracy(&counts)));
    for class in 0..classes {
        for figure in [metrics::precision, metrics::recall, metrics::f1] {
            assert!(unit(figure(&counts, class)));
        }
    }
    assert!(unit(metrics::macro_f1(&counts, |_| true)));
    assert!(within(metrics::mcc(&counts), -1.0 - 1e-12, 1.0 + 1e-12));
    assert!(within(metrics::kappa(&counts), -1.0 - 1e-12, 1.0 + 1e-12));
    let ranking = Ranking::new(rows.clone());
    let [area, precision, calibration_error] = ranking.of_label(&[1], 10);
    assert!(unit(area) && unit(precision) && unit(calibration_error));
    // The other way round.
    let turned = Ranking::new(rows.iter().map(|r| (0, 1.0 - r.1, !r.2)).collect());
    if let (Ok(a), Ok(b)) = (area, turned.of_label(&[1], 10)[0]) {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
}

/// Undefined for a reason, or a number in this range.
fn within(value: Result<f64, Undefined>, low: f64, high: f64) -> bool {
    value.map_or(true, |v| v.is_finite() && v >= low && v <= high)
}

/// Training ends with finite weights and a gradient below its target, or with an error.
pub(crate) fn train_tiny(bytes: &[u8]) {
    let mut bytes = Bytes(bytes);
    let params = TrainParams {
        alpha: [1e-300, 1e-3, 0.3, 1.0, 1e6, 1e300][bytes.below(6)],
        calibration: bytes.below(2) == 0,
        chain: bytes.below(2) == 0,
        folds: 2,
        ..TrainParams::default()
    };
    let mut rows = "article,label,text\n".to_owned();
    for row in 0..(2 + bytes.below(30)) {
        let label = ["yes", "no", "none"][bytes.below(3)];
        rows.push_str(&format!("a{},{label},", row / 3));
        for _ in 0..bytes.below(6) {
            rows.push_str(["one ", "two ", "three ", "four? ", "5 "][bytes.below(5)]);
        }
        rows.push('\n');
    }
    let Ok(corpus) = Corpus::from_csv_bytes("x", rows.as_bytes(), &CorpusOptions::default()) else {
        return;
    };
    if corpus.check_trainable().is_err() {
        return;
    }
    let Ok(trained) = train(&corpus, &params) else {
        return;
    };
    let fit = &trained.convergence;
    assert!(fit.objective.is_finite() && fit.gradient_norm.is_finite());
    assert!(!fit.converged || fit.gradient_norm <= fit.target_norm);
    assert!(trained.classifier.weights().iter().all(|w| w.is_finite()));
    let model = trained.classifier.to_bytes().unwrap();
    // What no training gives is refused, so what this one gave must not be.
    purport::classifier::Classifier::from_bytes(&model).unwrap();
    super::model::model_load(&model);
}
