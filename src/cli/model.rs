//! `purport model`.

mod diff;
mod export;

use std::path::{Path, PathBuf};

use purport::classifier::Classifier;
use purport::classifier::diff::ModelDiff;
use purport::features::vocabulary::TermId;
use purport::report::{Style, printable};
use serde_json::{Value, json};

use super::args::{ExportFormat, ModelArg, ModelCommand, ReportFormat};
use super::compare::load_named;
use super::output::Output;
use super::terminal::Terminal;
use super::{Outcome, load, output};

pub(crate) fn run(command: &ModelCommand, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let (text, output) = match command {
        ModelCommand::Verify { model, output } => {
            let classifier = load_for(model.as_deref(), output.as_deref())?;
            let text = format!("{} is whole: {}\n", name(model.as_deref()), classifier.id());
            (text, output)
        }
        ModelCommand::Inspect {
            model,
            top,
            format,
            output,
        } => {
            let classifier = load_for(model.as_deref(), output.as_deref())?;
            let text = match format {
                ReportFormat::Human => human(&classifier, *top, terminal.out()),
                ReportFormat::Json => format!("{:#}\n", description(&classifier, *top)),
            };
            (text, output)
        }
        ModelCommand::Diff {
            a,
            b,
            top,
            format,
            output,
        } => {
            output::refuse_input(output.as_deref(), [a.as_path(), b.as_path()])?;
            let diff = ModelDiff::of(&load_named(a)?, &load_named(b)?, *top);
            let text = match format {
                ReportFormat::Human => diff::human(&diff, terminal.out()),
                ReportFormat::Json => purport::report::json(&diff),
            };
            (text, output)
        }
        ModelCommand::Export {
            model,
            format,
            output,
        } => return export(model.as_deref(), *format, output.as_deref()),
    };
    output::write(output.as_deref(), text.as_bytes())?;
    Ok(Outcome::Done)
}

fn export(
    model: Option<&Path>,
    format: ExportFormat,
    output: Option<&Path>,
) -> anyhow::Result<Outcome> {
    let classifier = load_for(model, output)?;
    let mut output = Output::open(output)?;
    match format {
        ExportFormat::Json => export::json(&classifier, &mut output)?,
        ExportFormat::Tsv => export::tsv(&classifier, &mut output)?,
    }
    output.finish()?;
    Ok(Outcome::Done)
}

/// The model at `path`, which the output must not replace.
fn load_for(path: Option<&Path>, output: Option<&Path>) -> anyhow::Result<Classifier> {
    output::refuse_input(output, path)?;
    load(&ModelArg {
        model: path.map(PathBuf::from),
    })
}

fn name(path: Option<&Path>) -> String {
    match path {
        Some(path) if path != Path::new("builtin") => printable(&path.display().to_string()),
        _ => "the built-in model".to_owned(),
    }
}

/// The terms with the greatest weights for `class`.
fn top_terms(classifier: &Classifier, class: usize, count: usize) -> Vec<(&str, f32)> {
    let k = classifier.labels().len();
    let weights = classifier.weights();
    let mut columns: Vec<usize> = (0..weights.len() / k).collect();
    columns.sort_by(|&a, &b| {
        weights[b * k + class]
            .total_cmp(&weights[a * k + class])
            .then(a.cmp(&b))
    });
    columns
        .into_iter()
        .take(count)
        .map(|j| {
            (
                classifier.vectorizer().vocabulary().term(TermId::new(j)),
                weights[j * k + class],
            )
        })
        .collect()
}

fn description(classifier: &Classifier, top: usize) -> Value {
    let record = classifier.record();
    let terms: serde_json::Map<String, Value> = classifier
        .labels()
        .iter()
        .enumerate()
        .map(|(class, label)| {
            let list = top_terms(classifier, class, top);
            (
                label.clone(),
                list.iter()
                    .map(|(t, w)| json!({ "term": t, "weight": w }))
                    .collect(),
            )
        })
        .collect();
    json!({
        "id": classifier.id(),
        "labels": classifier.labels(),
        "terms": classifier.vectorizer().vocabulary().len(),
        "tokenizer": record.tokenizer,
        "options": record.options,
        "training": record.training,
        "calibration": classifier.calibration().map(|c| json!({ "scale": c.scale, "offsets": c.offsets })),
        "chain": classifier.chain().map(|c| json!({ "weight": c.weight(), "log_ratios": c.ratios() })),
        "training_texts": classifier.training_texts(),
        "top_terms": terms,
    })
}

fn human(classifier: &Classifier, top: usize, style: Style) -> String {
    let record = classifier.record();
    let mut lines = vec![
        format!("{} {}", style.paint("1", "model"), classifier.id()),
        format!(
            "{} terms, {} labels",
            classifier.vectorizer().vocabulary().len(),
            classifier.labels().len()
        ),
        String::new(),
    ];
    for (title, value) in [
        ("tokenizer", json!(record.tokenizer)),
        ("options", json!(record.options)),
        ("training", json!(record.training)),
    ] {
        lines.push(style.paint("1", title));
        lines.extend(entries(&value));
        lines.push(String::new());
    }
    if let Some(calibration) = classifier.calibration() {
        lines.push(format!(
            "calibration scale {:.3}, offsets {}",
            calibration.scale,
            list(&calibration.offsets)
        ));
    }
    if let Some(chain) = classifier.chain() {
        lines.push(format!("chain weight {:.2}", chain.weight()));
    }
    lines.push(String::new());
    lines.push(style.paint("1", "terms that weigh most"));
    for (class, label) in classifier.labels().iter().enumerate() {
        let terms: Vec<String> = top_terms(classifier, class, top)
            .iter()
            .map(|(term, weight)| format!("{} {weight:.2}", printable(term)))
            .collect();
        lines.push(format!("  {:<15} {}", printable(label), terms.join("   ")));
    }
    lines.join("\n") + "\n"
}

fn entries(value: &Value) -> Vec<String> {
    let Value::Object(map) = value else {
        return Vec::new();
    };
    map.iter()
        .map(|(key, value)| {
            let shown = match value {
                Value::String(text) => printable(text),
                other => other.to_string(),
            };
            format!("  {key:<15} {shown}")
        })
        .collect()
}

fn list(values: &[f64]) -> String {
    values
        .iter()
        .map(|v| format!("{v:.3}"))
        .collect::<Vec<_>>()
        .join(" ")
}
