//! `purport score`.

mod results;
mod resume;
mod tasks;
mod texts;
mod work;

use std::path::{Path, PathBuf};

use purport::article::ReadOptions;
use purport::article::files::FileOptions;
use purport::classifier::{Classifier, Decision};
use purport::text::surroundings::Surroundings;
use sha2::{Digest, Sha256};

use self::results::Results;
pub(crate) use self::resume::Resumable;
use self::resume::{Checkpoint, short_hash};
pub(crate) use self::tasks::Source;
use self::tasks::Tasks;
use self::work::Work;
use super::args::{ScoreArgs, ScoreFormat};
use super::failure::Failure;
use super::inputs::{self, Inputs, Written};
use super::ordered::in_order;
use super::output::{Output, refuse_input, refuse_same};
use super::terminal::Terminal;
use super::{Outcome, load, rows};

pub(crate) fn run(args: &ScoreArgs, terminal: &Terminal) -> anyhow::Result<Outcome> {
    for written in results(args).iter().chain(&args.text_output) {
        let read = args.inputs.iter().chain(&args.model.model);
        refuse_input(Some(written), read.map(PathBuf::as_path))?;
    }
    for result in results(args) {
        refuse_same(Some(&result), args.text_output.as_deref())?;
    }
    if let Some(directory) = &args.text_output {
        texts::refuse_inputs(directory, &args.inputs)?;
    }
    let classifier = load(&args.model)?;
    let options = read_options(args);
    let inputs = inputs_of(args)?;
    let passed_over = inputs.passed_over();
    let (output, so_far) = open_output(args, &classifier)?;
    let mut writer = rows::Writer::new(args, &classifier, terminal.out());
    let (progress, shown) = terminal.progress();
    progress.expect(sizes(args));
    let mut tasks = Tasks::new(inputs, &options, progress);
    if let Some(from) = &so_far {
        go_on(&mut tasks, from, terminal)?;
    }
    let begun = so_far.as_ref().and_then(|at| at.columns.clone());
    let mut out = Results::new(args, output, so_far, &classifier, terminal)?;
    if args.format == ScoreFormat::Csv {
        match begun {
            Some(columns) => writer.set_columns(columns),
            None => begin_csv(
                args,
                &options,
                &classifier,
                &mut writer,
                &mut tasks,
                &mut out,
            )?,
        }
    }
    let work = Work::new(args, &options, &classifier, &writer);
    in_order(
        tasks,
        |task| work.write(work.read_and_score(task)),
        |result| out.take(result),
    )?;
    drop(shown);
    inputs::tell(&passed_over, terminal);
    if let Some(note) = writer.formulas() {
        terminal.note(&note);
    }
    out.finish()
}

/// The articles that are read first tell the columns of CSV.
fn begin_csv(
    args: &ScoreArgs,
    options: &ReadOptions,
    classifier: &Classifier,
    writer: &mut rows::Writer<'_>,
    tasks: &mut Tasks,
    out: &mut Results<'_>,
) -> anyhow::Result<()> {
    for task in tasks {
        let work = Work::new(args, options, classifier, writer);
        let scored = work.read_and_score(task);
        let columns = match &scored.content {
            // Nothing of it will be written.
            Ok(_) if args.fail_fast && !scored.failed.is_empty() => None,
            Ok(articles) if !articles.is_empty() => Some(rows::extra_columns(articles)),
            _ => None,
        };
        if let Some(columns) = &columns {
            writer.set_columns(columns.clone());
            out.header(&writer.header(), columns.clone())?;
        }
        out.take(Work::new(args, options, classifier, writer).write(scored))?;
        if columns.is_some() {
            break;
        }
    }
    Ok(())
}

fn inputs_of(args: &ScoreArgs) -> anyhow::Result<Inputs> {
    let options = FileOptions {
        globs: args.files.glob.clone(),
        follow: args.files.follow,
        hidden: args.files.hidden,
    };
    let mut written = Written::default();
    for result in results(args) {
        written.add_file(&result);
    }
    if let Some(directory) = &args.text_output {
        texts::add_written(directory, &args.inputs, &mut written);
    }
    Inputs::new(&args.inputs, options, written)
}

/// The files that results are written to.
fn results(args: &ScoreArgs) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = args.output.iter().cloned().collect();
    if args.resume {
        let output = args.output.as_deref();
        files.extend(output.into_iter().flat_map(resume::beside));
    }
    files
}

fn read_options(args: &ScoreArgs) -> ReadOptions {
    ReadOptions {
        other_columns: matches!(
            args.format,
            ScoreFormat::Jsonl | ScoreFormat::Csv | ScoreFormat::Html
        ),
        whole_texts: args.text_output.is_some(),
        ..args.read.options()
    }
}

/// The output, and how far an earlier run came that is continued.
fn open_output(
    args: &ScoreArgs,
    classifier: &Classifier,
) -> anyhow::Result<(Output, Option<Checkpoint>)> {
    if !args.resume {
        return Ok((Output::open(args.output.as_deref())?, None));
    }
    let target = args
        .output
        .as_deref()
        .filter(|path| *path != Path::new("-"));
    let Some(target) = target else {
        return Err(Failure::usage("--resume without an output file", "name one with -o").into());
    };
    if args.format == ScoreFormat::Html {
        return Err(Failure::usage(
            "--resume with --format html, which is written at the end",
            "score to --format jsonl first",
        )
        .into());
    }
    if args.inputs.is_empty() || args.inputs.iter().any(|input| tasks::is_stdin(input)) {
        return Err(Failure::usage(
            "--resume with standard input, which cannot be read again",
            "name files or directories",
        )
        .into());
    }
    // Whatever the results depend on.
    let mut run = Sha256::new();
    run.update(env!("CARGO_PKG_VERSION"));
    // The id is that of the numbers alone.
    run.update(classifier.id());
    run.update(format!(
        "{:?} {:?}",
        classifier.labels(),
        classifier.record()
    ));
    run.update(format!("{args:?}"));
    let (file, so_far) = Resumable::open(target, short_hash(run))?;
    Ok((Output::Resumable(Box::new(file)), so_far))
}

fn go_on(tasks: &mut Tasks, from: &Checkpoint, terminal: &Terminal) -> anyhow::Result<()> {
    if !tasks.resume(from) {
        return Err(Failure::usage(
            "--resume: the inputs are not those of the run that is to be continued",
            "remove the .journal file beside the output to begin anew",
        )
        .into());
    }
    terminal.note(&format!(
        "going on after {} inputs and {} sentences",
        from.place.input, from.sentences
    ));
    Ok(())
}

/// Sums up the sizes of all inputs; `None` if one has none.
fn sizes(args: &ScoreArgs) -> impl FnOnce() -> Option<u64> + Send + 'static {
    let inputs = inputs_of(args).ok();
    move || {
        let size = |path: PathBuf| {
            let file = path.metadata().ok()?;
            file.is_file().then_some(file.len())
        };
        inputs?.filter_map(Result::ok).map(size).sum()
    }
}

/// How one sentence was decided, for the writers.
pub(crate) struct Row<'r> {
    pub(crate) source: &'r Source,
    pub(crate) article: &'r str,
    pub(crate) sentence: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: &'r str,
    pub(crate) around: Surroundings<'r>,
    pub(crate) decision: Decision,
    pub(crate) known_words: u32,
    pub(crate) probabilities: &'r [f64],
    pub(crate) columns: &'r [(String, serde_json::Value)],
}
