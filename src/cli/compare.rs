//! `purport compare`.

use std::path::{Path, PathBuf};

use purport::classifier::Classifier;
use purport::corpus::{Corpus, Unlabelled};
use purport::evaluation::EvaluationParams;
use purport::evaluation::compare::Comparison;
use purport::report;

use super::args::{CompareArgs, CompareFormat, Global, ModelArg};
use super::eval::nothing_to_compare;
use super::terminal::Terminal;
use super::{Outcome, inputs, load, output, train};

pub(crate) fn run(
    args: &CompareArgs,
    global: &Global,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    let files = args.inputs.iter().chain([&args.a, &args.b]);
    output::refuse_input(args.output.as_deref(), files.map(PathBuf::as_path))?;
    inputs::check(&args.inputs, terminal)?;
    let (a, b) = (load_named(&args.a)?, load_named(&args.b)?);
    let spinner = terminal.spinner("comparing");
    let options = args.labelled.options(Unlabelled::Context);
    let corpus = Corpus::from_csv_paths(&args.inputs, &options)?;
    train::warn(&corpus, terminal);
    let params = EvaluationParams {
        context: args.context.context(),
        always_label: args.always_label,
        seed: global.seed,
        slices: Vec::new(),
        mistakes: args.changed(),
    };
    let name = |path: &Path| path.display().to_string();
    let comparison = Comparison::of((&name(&args.a), &a), (&name(&args.b), &b), &corpus, &params);
    drop(spinner);
    if comparison.rows == 0 {
        return Err(nothing_to_compare().into());
    }
    let text = match args.format {
        CompareFormat::Human => report::comparison_terminal(&comparison, terminal.out()),
        CompareFormat::Json => report::json(&comparison),
        CompareFormat::Html => report::comparison_html(&comparison),
        CompareFormat::Md => report::comparison_markdown(&comparison),
    };
    output::write(args.output.as_deref(), text.as_bytes())?;
    Ok(if corpus.skipped() > 0 {
        Outcome::Partly
    } else {
        Outcome::Done
    })
}

/// The model at `path`, or the built-in one for `builtin`.
pub(crate) fn load_named(path: &Path) -> anyhow::Result<Classifier> {
    load(&ModelArg {
        model: Some(path.to_owned()),
    })
}
