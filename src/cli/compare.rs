//! `purport compare`.

use std::path::{Path, PathBuf};

use purport::classifier::Classifier;
use purport::corpus::{Corpus, Unlabelled};
use purport::evaluation::compare::Comparison;
use purport::report;

use super::args::{CompareArgs, EvalFormat, Global, ModelArg};
use super::eval::nothing_to_compare;
use super::terminal::Terminal;
use super::{Outcome, inputs, load, output, train};

pub(crate) fn run(
    args: &CompareArgs,
    global: &Global,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    let files = args.judged.inputs.iter().chain([&args.a, &args.b]);
    output::refuse_input(args.judged.output.as_deref(), files.map(PathBuf::as_path))?;
    inputs::check(&args.judged.inputs, terminal)?;
    let (a, b) = (load_named(&args.a)?, load_named(&args.b)?);
    let spinner = terminal.spinner("comparing");
    let options = args.judged.labelled.options(Unlabelled::Context);
    let corpus = Corpus::from_csv_paths(&args.judged.inputs, &options)?;
    train::warn(&corpus, terminal);
    let params = args.judged.params(global.seed, args.changed());
    let name = |path: &Path| path.display().to_string();
    let comparison = Comparison::of((&name(&args.a), &a), (&name(&args.b), &b), &corpus, &params);
    drop(spinner);
    if comparison.rows == 0 {
        return Err(nothing_to_compare().into());
    }
    let text = match args.judged.format {
        EvalFormat::Human => report::comparison_terminal(&comparison, terminal.out()),
        EvalFormat::Json => report::json(&comparison),
        EvalFormat::Html => report::comparison_html(&comparison),
        EvalFormat::Md => report::comparison_markdown(&comparison),
    };
    output::write(args.judged.output.as_deref(), text.as_bytes())?;
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
