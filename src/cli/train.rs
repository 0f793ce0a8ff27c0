//! `purport train`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use purport::classifier::train::{Progress, Trained, train_watched};
use purport::corpus::{Corpus, Unlabelled};
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
    let corpus = read(&args.inputs, &args.labelled, args.unlabelled)?;
    let reading = started.elapsed();
    let strict_findings = warn(&corpus, terminal);
    spinner.message(format!("training on {} rows", corpus.len()));
    let watch = |progress| {
        let at = at(progress);
        spinner.message(format!("training on {} rows, {at}", corpus.len()));
        signals::reached(at);
    };
    let trained = train_watched(&corpus, &args.fit.params(global.seed), &watch)?;
    drop(spinner);
    tell_corpus(&corpus, terminal);
    tell_model(&trained, terminal);
    tell_held_out(&corpus, &trained, global.seed, terminal);
    let converged = tell_convergence(&trained, terminal);
    if args.strict && !(converged && strict_findings == 0) {
        terminal.error("nothing written: --strict, and there are warnings");
        return Ok(Outcome::Partly);
    }
    trained.classifier.save_to(file)?;
    tell_end(args, &trained, reading, started.elapsed(), terminal);
    Ok(if corpus.skipped() > 0 {
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

/// The rows to learn from.
pub(crate) fn read(
    inputs: &[PathBuf],
    labelled: &LabelledArgs,
    unlabelled: TrainUnlabelled,
) -> anyhow::Result<Corpus> {
    let unlabelled = match unlabelled {
        TrainUnlabelled::Error => Unlabelled::Error,
        TrainUnlabelled::Skip => Unlabelled::Skip,
    };
    let corpus = Corpus::from_csv_paths(inputs, &labelled.options(unlabelled))?;
    corpus.check_trainable()?;
    Ok(corpus)
}

/// Says what is doubtful in the data and how much of it there is.
pub(crate) fn warn(corpus: &Corpus, terminal: &Terminal) -> usize {
    const SHOWN: usize = 20;
    let warnings = corpus.warnings();
    for warning in warnings.iter().take(SHOWN) {
        terminal.warn(&warning.to_string());
    }
    if let Some(more) = warnings.len().checked_sub(SHOWN).filter(|n| *n > 0) {
        terminal.warn(&format!("… and {more} more"));
    }
    tell_ungrouped(corpus, terminal);
    if corpus.skipped() > 0 {
        terminal.warn(&format!("{} bad rows were left out", corpus.skipped()));
    }
    warnings.len()
}

/// Without a column of articles, sentences of one page stand on both sides of a split and have no neighbours.
fn tell_ungrouped(corpus: &Corpus, terminal: &Terminal) {
    if corpus.articles().any(|name| name.is_some()) || corpus.len() < 2 {
        return;
    }
    let columns = corpus.columns();
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

fn tell_corpus(corpus: &Corpus, terminal: &Terminal) {
    let rows = corpus.len();
    terminal.line(&format!(
        "learnt from {rows} rows of {} articles",
        corpus.articles().len()
    ));
    let width = corpus
        .classes()
        .iter()
        .map(|l| l.chars().count())
        .max()
        .unwrap_or(0);
    for (label, count) in corpus.classes().iter().zip(corpus.class_counts()) {
        let share = count as f64 / rows as f64;
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
fn tell_held_out(corpus: &Corpus, trained: &Trained, seed: u64, terminal: &Terminal) {
    let Some(scores) = &trained.out_of_fold else {
        return;
    };
    let held_out = HeldOutFigures::new(corpus, scores, seed);
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
