//! `purport train`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{env, fs};

use purport::classifier::estimate;
use purport::classifier::train::{Progress, TrainParams, Trained, train_watched};
use purport::corpus::{Corpus, LabelledTexts, Rows, SpooledCorpus};
use purport::evaluation::{Figure, HeldOutFigures};
use purport::io::atomic::{AtomicFile, Options};
use purport::model::logistic::Convergence;
use purport::report::bar;

use super::args::{Global, LabelledArgs, TrainArgs, TrainUnlabelled};
use super::terminal::{Terminal, printable};
use super::{Outcome, inputs, output, short_id, signals};

pub(crate) fn run(
    args: &TrainArgs,
    global: &Global,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    output::refuse_input(Some(&args.output), args.inputs.iter().map(PathBuf::as_path))?;
    inputs::check(&args.inputs, terminal)?;
    // A wrong path is found before the work, not after it.
    let file = AtomicFile::create(
        &args.output,
        Options {
            overwrite: !args.no_overwrite,
        },
    )?;
    let spinner = terminal.spinner("reading");
    let params = args.fit.params(global.seed);
    let texts = texts(args, &file, &params, terminal)?;
    let rows = texts.rows();
    let reading = started.elapsed();
    let strict_findings = warn(rows, terminal);
    spinner.message(format!("training on {} rows", rows.len()));
    let watch = |progress| {
        let at = at(progress);
        spinner.message(format!("training on {} rows, {at}", rows.len()));
        signals::reached(at);
    };
    // What memory there is now that the rows are read.
    let params = args.fit.params(global.seed);
    let trained = train_watched(&*texts, &params, &watch)?;
    drop(spinner);
    tell_corpus(rows, terminal);
    tell_model(&trained, terminal);
    tell_held_out(&*texts, &trained, global.seed, terminal);
    let converged = tell_convergence(&trained, terminal);
    if args.strict && !(converged && strict_findings == 0) {
        terminal.error("nothing written: --strict, and there are warnings");
        return Ok(Outcome::Partly);
    }
    trained.classifier.save_to(file)?;
    tell_end(args, &trained, reading, started.elapsed(), terminal);
    Ok(if rows.skipped() > 0 {
        Outcome::Partly
    } else {
        Outcome::Done
    })
}

/// How far a fit is.
fn at(progress: Progress) -> String {
    let (fit, step) = match progress {
        Progress::Fold(fold, step) => (format!("fold {}", fold + 1), step),
        Progress::Fit(step) => ("the fit".to_owned(), step),
    };
    format!(
        "at iteration {} of {fit} (gradient norm {:.1e}, to reach {:.1e})",
        step.iteration, step.gradient_norm, step.target_norm
    )
}

/// What to learn from: in memory, or on disk beside the model.
fn texts(
    args: &TrainArgs,
    file: &AtomicFile,
    params: &TrainParams,
    terminal: &Terminal,
) -> anyhow::Result<Box<dyn LabelledTexts>> {
    let Some(reason) = stream_reason(args, params) else {
        let corpus = read(&args.inputs, &args.labelled, args.unlabelled, terminal)?;
        return Ok(Box::new(corpus));
    };
    let directory = file.directory().map_or_else(env::temp_dir, Path::to_owned);
    terminal.note(&printable(&format!(
        "the texts stay on disk, in a temporary file in `{}`: {reason}",
        directory.display()
    )));
    Ok(Box::new(spool(args, &directory, terminal)?))
}

/// The rows to learn from.
pub(crate) fn read(
    inputs: &[PathBuf],
    labelled: &LabelledArgs,
    unlabelled: TrainUnlabelled,
    terminal: &Terminal,
) -> anyhow::Result<Corpus> {
    let options = labelled.options(unlabelled.unlabelled());
    let corpus = Corpus::from_csv_paths(inputs, &options)?;
    check_trainable(&corpus, terminal)?;
    Ok(corpus)
}

/// What is doubtful in the data may be the reason why nothing can be learnt from them.
fn check_trainable(rows: &Rows, terminal: &Terminal) -> anyhow::Result<()> {
    let checked = rows.check_trainable();
    if checked.is_err() {
        tell_warnings(rows, terminal);
    }
    Ok(checked?)
}

/// The same rows, with their texts in a file in `directory`.
fn spool(args: &TrainArgs, directory: &Path, terminal: &Terminal) -> anyhow::Result<SpooledCorpus> {
    let options = args.labelled.options(args.unlabelled.unlabelled());
    let corpus = SpooledCorpus::from_csv_paths(&args.inputs, &options, directory)?;
    check_trainable(corpus.rows(), terminal)?;
    Ok(corpus)
}

/// Why the texts are not to be held in memory: they would not fit, as far as the sizes of the files tell, or it was
/// asked for.
fn stream_reason(args: &TrainArgs, params: &TrainParams) -> Option<String> {
    if args.stream {
        return Some("--stream".to_owned());
    }
    let sizes: Vec<u64> = args
        .inputs
        .iter()
        .filter_map(|path| Some(fs::metadata(path).ok()?.len()))
        .collect();
    let needed = estimate::holding(&sizes, &params.vectorizer);
    let available = params.memory.filter(|&available| needed > available)?;
    Some(format!(
        "to hold them may need about {} MB of memory, {} MB are available",
        needed >> 20,
        available >> 20
    ))
}

/// Says what is doubtful in the data and how much of it there is.
pub(crate) fn warn(rows: &Rows, terminal: &Terminal) -> usize {
    tell_warnings(rows, terminal);
    tell_ungrouped(rows, terminal);
    rows.warnings().len()
}

fn tell_warnings(rows: &Rows, terminal: &Terminal) {
    const SHOWN: usize = 20;
    let warnings = rows.warnings();
    for warning in warnings.iter().take(SHOWN) {
        terminal.warn(&warning.to_string());
    }
    if let Some(more) = warnings.len().checked_sub(SHOWN).filter(|n| *n > 0) {
        terminal.warn(&format!("… and {more} more"));
    }
    if rows.skipped() > 0 {
        terminal.warn(&format!("{} bad rows were left out", rows.skipped()));
    }
}

/// Without a column of articles, sentences of one page stand on both sides of a split and have no neighbours.
fn tell_ungrouped(rows: &Rows, terminal: &Terminal) {
    if rows.articles().any(|name| name.is_some()) || rows.len() < 2 {
        return;
    }
    let columns = rows.columns();
    let near = columns.iter().find(|column| {
        let name = column.to_lowercase();
        ["article", "document", "doc_id", "page", "story", "group"]
            .iter()
            .any(|word| name.contains(word))
    });
    let hint = near.map_or_else(String::new, |column| format!(" (--group-column {column}?)"));
    terminal.note(&printable(&format!(
        "no column `article`{hint}: each row is taken for an article of its own"
    )));
}

fn tell_corpus(rows: &Rows, terminal: &Terminal) {
    terminal.line(&format!(
        "learnt from {} rows of {} articles",
        rows.len(),
        rows.articles().len()
    ));
    let width = rows
        .classes()
        .iter()
        .map(|l| l.chars().count())
        .max()
        .unwrap_or(0);
    for (label, count) in rows.classes().iter().zip(rows.class_counts()) {
        let share = count as f64 / rows.len() as f64;
        terminal.line(&format!(
            "  {:<width$} {count:>8}  {:>5.1} %  {}",
            printable(label),
            share * 100.0,
            bar(share, 30)
        ));
    }
}

fn tell_model(trained: &Trained, terminal: &Terminal) {
    let terms = trained.classifier.vectorizer().vocabulary().len();
    terminal.line(&format!(
        "{terms} terms, {} non-zero entries, {} labels",
        trained.nonzeros,
        trained.classifier.labels().len()
    ));
}

/// Says how the fits ended; returns whether all of them converged.
fn tell_convergence(trained: &Trained, terminal: &Terminal) -> bool {
    let fit = &trained.convergence;
    let folds = trained
        .out_of_fold
        .iter()
        .flat_map(|scores| &scores.convergence);
    let worst = std::iter::once(fit).chain(folds).find(|c| !c.converged);
    match worst {
        Some(c) => terminal.warn(&format!(
            "did not converge: gradient norm {:.1e} > {:.1e} after {}; raise --max-iterations or --alpha",
            c.gradient_norm,
            c.target_norm,
            steps(c)
        )),
        None => terminal.line(&format!(
            "converged after {}: gradient norm {:.1e}, objective {:.4}",
            steps(fit),
            fit.gradient_norm,
            fit.objective
        )),
    }
    worst.is_none()
}

fn steps(convergence: &Convergence) -> String {
    match convergence.iterations {
        Some(1) => "1 iteration".to_owned(),
        Some(n) => format!("{n} iterations"),
        None => "the iterations of linfa-logistic".to_owned(),
    }
}

fn tell_end(
    args: &TrainArgs,
    trained: &Trained,
    reading: Duration,
    total: Duration,
    terminal: &Terminal,
) {
    if terminal.verbose() {
        terminal.line(&format!("  read      {:.2} s", reading.as_secs_f64()));
        for (stage, time) in &trained.stages {
            terminal.line(&format!("  {stage:<9} {:.2} s", time.as_secs_f64()));
        }
    }
    terminal.line(&format!(
        "saved {} ({}) in {:.2} s",
        printable(&args.output.display().to_string()),
        short_id(trained.classifier.id()),
        total.as_secs_f64()
    ));
}

/// The held-out figures: what the model does on articles it has not seen.
fn tell_held_out(texts: &dyn LabelledTexts, trained: &Trained, seed: u64, terminal: &Terminal) {
    let Some(scores) = &trained.out_of_fold else {
        return;
    };
    let held_out = HeldOutFigures::new(texts, scores, seed);
    terminal.line(&format!(
        "on held-out articles ({} grouped folds): accuracy {}, macro-F1 {}",
        scores.folds,
        figure(held_out.accuracy),
        figure(held_out.macro_f1)
    ));
    let width = held_out
        .by_label
        .iter()
        .map(|l| l.label.chars().count())
        .max()
        .unwrap_or(0);
    for label in &held_out.by_label {
        terminal.line(&format!(
            "  {:<width$} precision {}  recall {}  F1 {}",
            printable(&label.label),
            number(label.precision.value),
            number(label.recall.value),
            number(label.f1.value)
        ));
    }
    if let Some(chain) = trained.classifier.chain() {
        terminal.line(&format!(
            "weight of neighbouring labels {:.2}",
            chain.weight()
        ));
    }
}

fn figure(figure: Figure) -> String {
    let interval = figure
        .interval
        .map_or_else(String::new, |i| format!(" [{:.3}, {:.3}]", i.low, i.high));
    number(figure.value) + &interval
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "  n/a".to_owned(), |v| format!("{v:.3}"))
}
