//! `purport model export`: all numbers of a model, for other tools.
//!
//! Every number is written with the fewest digits that read back to the same double-precision
//! number; weights are single precision, and those are doubles too. So nothing is rounded.

use std::io::{self, Write};

use purport::classifier::Classifier;
use purport::classifier::diff::INTERCEPT;
use purport::features::vocabulary::TermId;
use serde_json::{Value, json};

/// One line a term: the term, its inverse document frequency, its weight for each label.
pub(super) fn tsv(classifier: &Classifier, out: &mut impl Write) -> io::Result<()> {
    let labels = classifier.labels();
    let header: Vec<String> = labels.iter().map(|l| escaped(l)).collect();
    writeln!(out, "term\tidf\t{}", header.join("\t"))?;
    write!(out, "{INTERCEPT}\t")?;
    for number in classifier.intercept() {
        write!(out, "\t{}", decimal(*number))?;
    }
    writeln!(out)?;
    let vocabulary = classifier.vectorizer().vocabulary();
    let idf = classifier.vectorizer().idf();
    for (column, weights) in classifier.weights().chunks(labels.len()).enumerate() {
        let of_term = idf.map_or_else(String::new, |idf| decimal(idf[column]));
        write!(
            out,
            "{}\t{of_term}",
            escaped(vocabulary.term(TermId::new(column)))
        )?;
        for weight in weights {
            write!(out, "\t{}", decimal(f64::from(*weight)))?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One JSON object: what the model is, and its terms one a line.
pub(super) fn json(classifier: &Classifier, out: &mut impl Write) -> io::Result<()> {
    let record = classifier.record();
    let head = json!({
        "schema": "purport-model-export/1",
        "id": classifier.id(),
        "labels": classifier.labels(),
        "tokenizer": record.tokenizer,
        "options": record.options,
        "training": record.training,
        "intercept": classifier.intercept(),
        "calibration": classifier.calibration().map(|c| json!({ "scale": c.scale, "offsets": c.offsets })),
        "chain": classifier.chain().map(|c| json!({ "weight": c.weight(), "log_ratios": c.ratios() })),
    });
    writeln!(out, "{{")?;
    for (key, value) in head.as_object().into_iter().flatten() {
        writeln!(out, "{}:{value},", Value::from(key.as_str()))?;
    }
    writeln!(out, "\"terms\":[")?;
    let vocabulary = classifier.vectorizer().vocabulary();
    let idf = classifier.vectorizer().idf();
    let k = classifier.labels().len();
    for (column, weights) in classifier.weights().chunks(k).enumerate() {
        let weights: Vec<f64> = weights.iter().map(|w| f64::from(*w)).collect();
        let term = json!({
            "term": vocabulary.term(TermId::new(column)),
            "idf": idf.map(|idf| idf[column]),
            "weights": weights,
        });
        let end = if column + 1 < vocabulary.len() {
            ","
        } else {
            ""
        };
        writeln!(out, "{term}{end}")?;
    }
    writeln!(out, "]}}")
}

/// The fewest digits that read back to the same number.
fn decimal(number: f64) -> String {
    Value::from(number).to_string()
}

/// White space that would break a line or a column is written as in C.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('\t', "\\t")
        .replace('\n', "\\n")
        .replace('\r', "\\r")
}
