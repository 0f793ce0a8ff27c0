//! `purport tune`.

use std::fmt::Write as _;
use std::path::PathBuf;

use purport::classifier::train::TrainParams;
use purport::report;
use purport::tuning::{Path, Tried, paths, tune};

use super::args::{Global, TuneArgs, searched_options};
use super::terminal::{Terminal, printable};
use super::{Outcome, inputs, output, signals, train};

/// Settings shown, unless all are asked for.
const SHOWN: usize = 10;

pub(crate) fn run(
    args: &TuneArgs,
    global: &Global,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    for written in [&args.output, &args.report] {
        output::refuse_input(written.as_deref(), args.inputs.iter().map(PathBuf::as_path))?;
    }
    output::refuse_same(args.output.as_deref(), args.report.as_deref())?;
    inputs::check(&args.inputs, terminal)?;
    let spinner = terminal.spinner("reading");
    let corpus = train::read(&args.inputs, &args.labelled, args.unlabelled, terminal)?;
    train::warn(&corpus, terminal);
    let params = args.params(global.seed);
    spinner.message(format!(
        "{} settings on {} rows",
        params.settings(),
        corpus.len()
    ));
    let mut best = 0.0f64;
    let tried = tune(&corpus, &params, |progress, tried| {
        best = best.max(tried.macro_f1);
        signals::reached(format!(
            "after {} of {} settings",
            progress.done, progress.of
        ));
        spinner.message(format!(
            "{} of {} settings, best macro-F1 {best:.3}",
            progress.done, progress.of
        ));
    })?;
    drop(spinner);
    if tried.len() < params.settings() {
        terminal.warn(
            "settings were passed over: no term is left with their --min-sentences and --min-articles",
        );
    }
    let shown = if terminal.verbose() {
        tried.len()
    } else {
        SHOWN
    };
    table(&tried, shown, terminal);
    path(&tried, terminal);
    terminal.note(
        "without the chain over neighbours, so that a training with one finds more; differences below 0.01 are chance",
    );
    let Some(best) = tried.first() else {
        return Ok(Outcome::Done);
    };
    if let Some(report) = &args.report {
        output::write(Some(report), report::tuning_html(&tried).as_bytes())?;
    }
    let options = searched_options(&best.params);
    terminal.line(&format!(
        "\npurport train{} {options} -o model.safetensors",
        printable(&given(arguments()))
    ));
    output::write(args.output.as_deref(), format!("{options}\n").as_bytes())?;
    Ok(if corpus.skipped() > 0 {
        Outcome::Partly
    } else {
        Outcome::Done
    })
}

/// What was tried, the best first.
fn table(tried: &[Tried], shown: usize, terminal: &Terminal) {
    terminal.line("macro-F1  log-loss   alpha  class-weight  ngrams  min-sentences  min-articles  weighting   terms  seconds");
    for one in tried.iter().take(shown) {
        let TrainParams {
            alpha,
            class_weight,
            vectorizer,
            ..
        } = &one.params;
        terminal.line(&format!(
            "{:>8.3}  {:>8.3}  {alpha:>6}  {:<12}  {:>6}  {:>13}  {:>12}  {:<9}  {:>6}  {:>7.1}{}",
            one.macro_f1,
            one.log_loss,
            class_weight.name(),
            vectorizer.longest_ngram(),
            vectorizer.least_sentences(),
            vectorizer.least_articles(),
            vectorizer.weighting_name(),
            one.terms,
            one.time.as_secs_f64(),
            if one.converged { "" } else { "  not converged" },
        ));
    }
    if let Some(more) = tried.len().checked_sub(shown).filter(|n| *n > 0) {
        terminal.line(&format!("… and {more} more settings (-v shows all)"));
    }
}

/// The score along the penalty, with the features of the best setting.
fn path(tried: &[Tried], terminal: &Terminal) {
    let paths = paths(tried);
    let Some(longest) = paths.iter().max_by_key(|path| path.tried.len()) else {
        return;
    };
    let row = |first: &str, cell: &dyn Fn(&Path<'_>) -> String| {
        let cells: Vec<String> = paths.iter().map(|p| format!("  {:>9}", cell(p))).collect();
        terminal.line(&format!("{first:>8}{}", cells.concat()));
    };
    terminal.line("\nmacro-F1 along the penalty, with the features of the best");
    row("alpha", &|path| path.class_weight.name().to_owned());
    for one in &longest.tried {
        let alpha = one.params.alpha;
        row(&alpha.to_string(), &|path| {
            let mut tried = path.tried.iter();
            tried
                .find(|t| t.params.alpha.total_cmp(&alpha).is_eq())
                .map_or("n/a".to_owned(), |t| format!("{:.3}", t.macro_f1))
        });
    }
}

/// Options that are searched, so that the best values stand in their place.
const SEARCHED: [&str; 6] = [
    "--alpha",
    "--class-weight",
    "--ngrams",
    "--min-sentences",
    "--min-articles",
    "--weighting",
];

/// Where the result goes, which is no matter of the training.
const OUTPUT: [&str; 3] = ["--output", "-o", "--report"];

/// The command line; what is no Unicode in it is told as well as it can be.
fn arguments() -> impl Iterator<Item = String> {
    std::env::args_os().map(|argument| argument.to_string_lossy().into_owned())
}

/// The arguments that were given but for the command and what was searched, as a shell reads them.
fn given(arguments: impl Iterator<Item = String>) -> String {
    let mut out = String::new();
    let mut command = Some("tune");
    let mut arguments = arguments
        .skip(1)
        .filter(|argument| command.take_if(|name| name == argument).is_none());
    while let Some(argument) = arguments.next() {
        let name = argument.split('=').next().unwrap_or_default();
        if SEARCHED.contains(&name) || OUTPUT.contains(&name) {
            if name == argument {
                arguments.next();
            }
        } else {
            let _ = write!(out, " {}", quoted(&argument));
        }
    }
    out
}

fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./=:,+@%".contains(c);
    if !argument.is_empty() && argument.chars().all(plain) {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_repeats_what_was_not_searched() {
        let line = "purport --seed 7 tune --alpha 1,2 a.csv --ngrams=1,2 --text-column body";
        let arguments = line.split(' ').map(str::to_owned);
        let arguments = arguments.chain(["it's b.csv".to_owned()]);
        assert_eq!(
            given(arguments),
            r" --seed 7 a.csv --text-column body 'it'\''s b.csv'"
        );
    }
}
