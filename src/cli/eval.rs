//! `purport eval`.

use std::path::{Path, PathBuf};

use purport::classifier::Classifier;
use purport::corpus::{Corpus, Unlabelled};
use purport::evaluation::gate::{self, Baseline, GateError, GateResult};
use purport::evaluation::learning::learning_curve;
use purport::evaluation::nearest::find_nearest;
use purport::evaluation::{Evaluation, EvaluationParams, less_is_better};
use purport::report;

use super::args::{EvalArgs, EvalFormat, Global};
use super::failure::Failure;
use super::terminal::{Terminal, printable};
use super::{Outcome, closest, inputs, load, output, train};

pub(crate) fn run(
    args: &EvalArgs,
    global: &Global,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    output::refuse_input(args.judged.output.as_deref(), read_files(args))?;
    inputs::check(&args.judged.inputs, terminal)?;
    let classifier = load(&args.model)?;
    let baseline = read_baseline(args)?;
    let spinner = terminal.spinner("evaluating");
    let options = args.judged.labelled.options(Unlabelled::Context);
    let corpus = Corpus::from_csv_paths(&args.judged.inputs, &options)?;
    train::warn(&corpus, terminal);
    check_columns(&corpus, &args.slices)?;
    tell_unknown_labels(&corpus, &classifier, terminal);
    let params = EvaluationParams {
        slices: args.slices.clone(),
        ..args.judged.params(global.seed, args.mistakes())
    };
    let mut evaluation = Evaluation::of(&classifier, &corpus, &params);
    if evaluation.rows == 0 {
        return Err(nothing_to_compare().into());
    }
    if !args.train.is_empty() {
        let training = Corpus::from_csv_paths(&args.train, &options)?;
        find_nearest(&mut evaluation.mistakes, &classifier, &training);
    }
    if !args.learning_curve.is_empty() {
        spinner.message("training on growing parts".to_owned());
        evaluation.learning_curve = curve(args, &classifier, &corpus, &params)?;
    }
    evaluation.gates = gates(args, &evaluation, baseline.as_ref(), terminal)?;
    drop(spinner);
    let text = match args.judged.format {
        EvalFormat::Human => report::terminal(&evaluation, terminal.out()),
        EvalFormat::Json => report::json(&evaluation),
        EvalFormat::Md => report::markdown(&evaluation),
        EvalFormat::Html => report::html(&evaluation),
    };
    output::write(args.judged.output.as_deref(), text.as_bytes())?;
    let missed = tell_missed(&evaluation.gates, terminal);
    Ok(if missed || corpus.skipped() > 0 {
        Outcome::Partly
    } else {
        Outcome::Done
    })
}

/// Every file that is read; of a baseline, too: a report that replaced it after a missed gate would lower the bar.
fn read_files(args: &EvalArgs) -> impl Iterator<Item = &Path> {
    let lists = [&args.judged.inputs, &args.train, &args.learning_curve];
    let single = args.model.model.iter().chain(&args.baseline);
    lists
        .into_iter()
        .flatten()
        .chain(single)
        .map(PathBuf::as_path)
}

pub(crate) fn nothing_to_compare() -> Failure {
    Failure::data(
        "no row has a label, expected at least one to compare with".to_owned(),
        Some("use `purport score` to label rows".to_owned()),
    )
}

/// Labels that the model does not know count as mistakes; one that is nearly a label of the model is a slip.
fn tell_unknown_labels(corpus: &Corpus, classifier: &Classifier, terminal: &Terminal) {
    let known = classifier.labels();
    for label in corpus.classes().iter().filter(|l| !known.contains(l)) {
        if let Some(near) = closest(label, known) {
            terminal.warn(&printable(&format!(
                "the model does not know the label `{label}`, but `{near}`"
            )));
        }
    }
}

/// A column that no file has is a slip of the command line.
fn check_columns(corpus: &Corpus, wanted: &[String]) -> anyhow::Result<()> {
    let columns = corpus.columns();
    match wanted.iter().find(|name| !columns.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => Err(Failure::usage(
            &format!("--slice: no column `{}`", printable(name)),
            &format!("the columns are {}", printable(&columns.join(", "))),
        )
        .into()),
    }
}

fn curve(
    args: &EvalArgs,
    classifier: &Classifier,
    corpus: &Corpus,
    params: &EvaluationParams,
) -> anyhow::Result<Vec<purport::evaluation::learning::LearningPoint>> {
    let options = args.judged.labelled.options(Unlabelled::Skip);
    let training = Corpus::from_csv_paths(&args.learning_curve, &options)?;
    training.check_trainable()?;
    let record = classifier.record();
    let chain = classifier.chain().is_some();
    let mut how = record.options.train_params(&record.tokenizer, chain)?;
    how.memory = purport::io::memory::available();
    Ok(learning_curve(&training, corpus, &how, params)?)
}

fn read_baseline(args: &EvalArgs) -> anyhow::Result<Option<Baseline>> {
    let Some(path) = &args.baseline else {
        return Ok(None);
    };
    let bytes = inputs::read_bytes(path)?;
    match Baseline::from_json(&bytes) {
        Ok(baseline) => Ok(Some(baseline)),
        Err(error) => Err(Failure::data(
            format!("{}: {error}", path.display()),
            Some("write one with `purport eval --format json -o report.json`".to_owned()),
        )
        .into()),
    }
}

fn gates(
    args: &EvalArgs,
    evaluation: &Evaluation,
    baseline: Option<&Baseline>,
    terminal: &Terminal,
) -> anyhow::Result<Vec<GateResult>> {
    if let Some(baseline) = baseline
        && baseline.data_sha256 != evaluation.data_sha256
    {
        terminal.warn("the baseline was made on other data: its figures may not be comparable");
    }
    let figures = evaluation.named();
    gate::gates(&args.gates, baseline)
        .iter()
        .map(|gate| gate::apply(gate, &figures, baseline).map_err(|error| wrong_gate(&error)))
        .collect()
}

fn wrong_gate(error: &GateError) -> anyhow::Error {
    let hint = match error {
        GateError::UnknownFigure { name, known } => match closest(name, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the figures are {}", known.join(", ")),
        },
        GateError::NoBaseline { .. } => "name an earlier JSON report with --baseline".to_owned(),
        _ => "make the baseline on data that has the label".to_owned(),
    };
    Failure::usage(&printable(&error.to_string()), &printable(&hint)).into()
}

/// Names the gates that were missed and by how much; returns whether there are any.
fn tell_missed(gates: &[GateResult], terminal: &Terminal) -> bool {
    let missed: Vec<&GateResult> = gates.iter().filter(|gate| !gate.met).collect();
    for gate in &missed {
        let name = printable(&gate.name);
        let bound = if less_is_better(&gate.name) {
            "at most"
        } else {
            "at least"
        };
        let wanted = match gate.baseline {
            Some(before) => format!("{bound} {:.4} (baseline {before:.4})", gate.wanted),
            None => format!("{bound} {:.4}", gate.wanted),
        };
        terminal.error(&match (gate.found, gate.missed_by) {
            (Some(found), Some(by)) => {
                format!("gate missed: {name} is {found:.4}, wanted {wanted}: missed by {by:.4}")
            }
            _ => format!(
                "gate missed: {name} is n/a ({}), wanted {wanted}",
                gate.reason.as_deref().unwrap_or("undefined")
            ),
        });
    }
    !missed.is_empty()
}
