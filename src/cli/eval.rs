//! `purport eval`.

use std::io::Write;

use purport::corpus::{Corpus, Unlabelled};
use purport::evaluation::{Evaluation, EvaluationParams};
use purport::report;

use super::args::{EvalArgs, Global, ReportFormat};
use super::failure::Failure;
use super::output::Output;
use super::terminal::Terminal;
use super::{Outcome, load, train};

pub(crate) fn run(
    args: &EvalArgs,
    global: &Global,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    let classifier = load(&args.model)?;
    let spinner = terminal.spinner("evaluating");
    let corpus = Corpus::from_csv_paths(&args.inputs, &args.labelled.options(Unlabelled::Context))?;
    train::warn(&corpus, terminal);
    let evaluation = Evaluation::of(
        &classifier,
        &corpus,
        &EvaluationParams {
            context: args.context.context(),
            always_label: args.always_label,
            seed: global.seed,
            ..EvaluationParams::default()
        },
    );
    drop(spinner);
    if evaluation.rows == 0 {
        return Err(Failure::data(
            "no row has a label, expected at least one to compare with".to_owned(),
            Some("use `purport score` to label rows".to_owned()),
        )
        .into());
    }
    let text = match args.format {
        ReportFormat::Human => report::terminal(&evaluation, terminal.out()),
        ReportFormat::Json => report::json(&evaluation),
    };
    let mut output = Output::open(args.output.as_deref())?;
    output.write_all(text.as_bytes())?;
    output.finish()?;
    Ok(if corpus.skipped() > 0 {
        Outcome::Partly
    } else {
        Outcome::Done
    })
}
