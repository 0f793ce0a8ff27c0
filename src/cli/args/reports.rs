//! Arguments of the commands that judge models and data.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use purport::evaluation::EvaluationParams;
use purport::evaluation::gate::Gate;
use purport::report::LISTED_MISTAKES;
use purport::text::stem::Language;

use super::{ContextArg, LabelledArgs, ModelArg, ReportFormat};

/// How a report on models is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvalFormat {
    /// For a terminal.
    Human,
    /// Every figure, for machines; docs/report.schema.json is the schema of what `eval` writes.
    Json,
    /// For a pull request.
    Md,
    /// One page for people, with figures; needs no other file.
    Html,
}

/// The rows that models are judged by, and how the report is written.
#[derive(Debug, Args)]
pub(crate) struct JudgedArgs {
    /// Labelled CSV files, read as one; `-` for standard input.
    #[arg(required = true, value_name = "TEST.csv")]
    pub(crate) inputs: Vec<PathBuf>,
    /// How the report is written.
    #[arg(long, value_enum, default_value_t = EvalFormat::Human, value_name = "FORMAT")]
    pub(crate) format: EvalFormat,
    /// Write to a file, complete or not at all.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Label neighbouring sentences together, or each by itself.
    #[arg(long, value_enum, default_value_t = ContextArg::Chain, value_name = "HOW")]
    pub(crate) context: ContextArg,
    /// Give every row a label: the most probable but `none`.
    #[arg(long)]
    pub(crate) always_label: bool,
    #[command(flatten)]
    pub(crate) labelled: LabelledArgs,
}

impl JudgedArgs {
    /// What both commands ask of an evaluation that lists so many sentences.
    pub(crate) fn params(&self, seed: u64, listed: usize) -> EvaluationParams {
        EvaluationParams {
            context: self.context.context(),
            always_label: self.always_label,
            seed,
            mistakes: listed,
            ..EvaluationParams::default()
        }
    }
}

/// Report how well a model labels rows whose labels are known.
#[derive(Debug, Args)]
#[command(
    after_help = "Rows with an empty label are context: they take part in the chain and are not counted.

A gate is a least value (of log_loss, brier and the calibration errors a greatest): macro_f1=0.7, \
    recall.skepticism=0.6. With a sign it is a change against --baseline: macro_f1=-0.01 lets the figure fall \
    by one hundredth. A baseline without such a gate demands that the gated figures (macro_f1, if there are none) \
    are no worse. A missed gate is named, and the exit code is 1.

Examples:
  purport eval data/test/*.csv
  purport eval --model my.safetensors --format json -o report.json held-out.csv
  purport eval data/test/*.csv --format html -o report.html
  purport eval data/test/*.csv --slice outlet --train data/train/pages-0000.csv --errors 20
  purport eval data/test/*.csv --gate macro_f1=0.8 --gate recall.skepticism=0.6"
)]
pub(crate) struct EvalArgs {
    #[command(flatten)]
    pub(crate) judged: JudgedArgs,
    #[command(flatten)]
    pub(crate) model: ModelArg,
    /// Take the data apart by a column too, such as outlet; repeatable.
    #[arg(long = "slice", value_name = "COLUMN")]
    pub(crate) slices: Vec<String>,
    /// List N mistakes, the surest first [default: 5, in Markdown 20, in JSON 100, in HTML 500].
    #[arg(long, value_name = "N")]
    pub(crate) errors: Option<usize>,
    /// Show the sentences of this training set that are most like each mistake; repeatable.
    #[arg(long, value_name = "TRAIN.csv")]
    pub(crate) train: Vec<PathBuf>,
    /// Train on growing parts of this set, by the options of the model, and show what each part
    /// reaches; repeatable, files are read as one.
    #[arg(long, value_name = "TRAIN.csv")]
    pub(crate) learning_curve: Vec<PathBuf>,
    /// End with exit code 1 unless a figure reaches a value, such as `macro_f1=0.7`; repeatable.
    #[arg(long = "gate", value_name = "NAME=V", allow_hyphen_values = true)]
    pub(crate) gates: Vec<Gate>,
    /// An earlier JSON report that figures must not fall behind.
    #[arg(long, value_name = "REPORT.json")]
    pub(crate) baseline: Option<PathBuf>,
}

impl EvalArgs {
    /// How many mistakes to list.
    pub(crate) fn mistakes(&self) -> usize {
        self.errors.unwrap_or(match self.judged.format {
            EvalFormat::Human => 5,
            EvalFormat::Json => 100,
            EvalFormat::Html => LISTED_MISTAKES,
            EvalFormat::Md => 20,
        })
    }
}

/// Compare two models on the same sentences.
#[derive(Debug, Args)]
#[command(
    after_help = "Differences come with intervals over resampled articles, the same ones for both models; McNemar's \
    exact test takes sentences for independent.

Examples:
  purport compare builtin my.safetensors data/test/*.csv
  purport compare old.safetensors new.safetensors held-out.csv --format md -o comparison.md"
)]
pub(crate) struct CompareArgs {
    /// The first model; `builtin` for the built-in one.
    #[arg(value_name = "A")]
    pub(crate) a: PathBuf,
    /// The second model.
    #[arg(value_name = "B")]
    pub(crate) b: PathBuf,
    #[command(flatten)]
    pub(crate) judged: JudgedArgs,
    /// List N changed sentences of each kind, the surest first [default: 5, in Markdown 20, in
    /// JSON and HTML 100].
    #[arg(long, value_name = "N")]
    pub(crate) errors: Option<usize>,
}

impl CompareArgs {
    /// How many changed sentences of each kind to list.
    pub(crate) fn changed(&self) -> usize {
        self.errors.unwrap_or(match self.judged.format {
            EvalFormat::Human => 5,
            EvalFormat::Md => 20,
            EvalFormat::Json | EvalFormat::Html => 100,
        })
    }
}

/// Say what is wrong or doubtful in labelled data.
#[derive(Debug, Args)]
#[command(
    after_help = "Finds labels that are rare or alike, texts without words, copies word for word and nearly, equal \
    texts with different labels, other languages, and labels that models which did not see the article find \
    improbable. Copies and probable label errors are for you to judge; all else counts as a warning.

Examples:
  purport check data/train/*.csv
  purport check train.csv --against test.csv --strict
  purport check data/train/*.csv --agreement label_a label_b --no-label-errors"
)]
pub(crate) struct CheckArgs {
    /// Labelled CSV files, read as one; `-` for standard input.
    #[arg(required = true, value_name = "DATA.csv")]
    pub(crate) inputs: Vec<PathBuf>,
    /// A test set that must share no text and no article with the data; repeatable, files are read as one.
    #[arg(long, value_name = "TEST.csv")]
    pub(crate) against: Vec<PathBuf>,
    /// Compare two columns of labels: Cohen's kappa, agreement by label, confusion.
    #[arg(long, num_args = 2, value_names = ["COLUMN", "COLUMN"])]
    pub(crate) agreement: Vec<String>,
    /// Train no models to look for label errors.
    #[arg(long)]
    pub(crate) no_label_errors: bool,
    /// Expected language, and that of the stemmer.
    #[arg(long, value_name = "L", default_value = "english")]
    pub(crate) language: Language,
    /// List N entries of each kind [default: 5, in JSON 100].
    #[arg(long, value_name = "N")]
    pub(crate) list: Option<usize>,
    /// Exit 1 if there are warnings.
    #[arg(long)]
    pub(crate) strict: bool,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = ReportFormat::Human, value_name = "FORMAT")]
    pub(crate) format: ReportFormat,
    /// Write to a file, complete or not at all.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) labelled: LabelledArgs,
}
