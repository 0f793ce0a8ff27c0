//! `purport check`.

use std::path::PathBuf;

use purport::audit::{Audit, AuditParams};
use purport::classifier::train::TrainParams;
use purport::corpus::{Corpus, Unlabelled};
use purport::features::vectorizer::VectorizerParams;
use purport::report;

use super::args::{CheckArgs, Global, ReportFormat};
use super::failure::Failure;
use super::terminal::{Terminal, printable};
use super::{Outcome, inputs, output};

pub(crate) fn run(
    args: &CheckArgs,
    global: &Global,
    terminal: &Terminal,
) -> anyhow::Result<Outcome> {
    let files = args.inputs.iter().chain(&args.against);
    output::refuse_input(args.output.as_deref(), files.map(PathBuf::as_path))?;
    inputs::check(&args.inputs, terminal)?;
    let spinner = terminal.spinner("reading");
    let options = args.labelled.options(Unlabelled::Context);
    let corpus = Corpus::from_csv_paths(&args.inputs, &options)?;
    let against = match &args.against[..] {
        [] => None,
        paths => Some(Corpus::from_csv_paths(paths, &options)?),
    };
    let params = params(args, global, &corpus)?;
    spinner.message("checking".to_owned());
    let audit = Audit::of(&corpus, against.as_ref(), &params);
    drop(spinner);
    let text = match args.format {
        ReportFormat::Human => report::audit_terminal(&audit, terminal.out()),
        ReportFormat::Json => report::json(&audit),
    };
    output::write(args.output.as_deref(), text.as_bytes())?;
    let found = args.strict && audit.warnings > 0;
    if found {
        terminal.error(&format!(
            "--strict, and there are warnings: {}",
            audit.warnings
        ));
    }
    Ok(if found || audit.skipped > 0 {
        Outcome::Partly
    } else {
        Outcome::Done
    })
}

fn params(args: &CheckArgs, global: &Global, corpus: &Corpus) -> anyhow::Result<AuditParams> {
    let columns = match &args.agreement[..] {
        [a, b] => Some((a.clone(), b.clone())),
        _ => None,
    };
    let known = corpus.columns();
    for name in &args.agreement {
        if !known.contains(&name.as_str()) {
            return Err(Failure::usage(
                &format!("--agreement: no column `{}`", printable(name)),
                &format!("the columns are {}", printable(&known.join(", "))),
            )
            .into());
        }
    }
    Ok(AuditParams {
        train: TrainParams {
            vectorizer: VectorizerParams::default().stem(true, args.language),
            seed: global.seed,
            memory: purport::io::memory::available(),
            ..TrainParams::default()
        },
        listed: args.list.unwrap_or(match args.format {
            ReportFormat::Human => 5,
            ReportFormat::Json => 100,
        }),
        columns,
        suspects: !args.no_label_errors,
    })
}
