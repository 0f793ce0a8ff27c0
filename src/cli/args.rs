//! Arguments, and what they mean to the library.

mod reports;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

use purport::article::{Format as InputFormat, ReadOptions, Split};
use purport::classifier::train::{Solver, TrainParams};
use purport::classifier::{Context, Rule};
use purport::corpus::table::TableOptions;
use purport::corpus::{CorpusOptions, Unlabelled};
use purport::features::vectorizer::{VectorizerParams, Weighting};
use purport::io::decode::{DecodeOptions, encoding_named};
use purport::model::params::ClassWeight;
use purport::text::stem::Language;
use purport::tuning::TuneParams;

pub(crate) use reports::{CheckArgs, CompareArgs, EvalArgs, EvalFormat};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// Label what each sentence of a news article does: pass on a reported claim, confirm, doubt, or promote.
#[derive(Debug, Parser)]
#[command(name = "purport", version = crate::cli::version(), styles = STYLES, max_term_width = 100)]
#[command(after_help = "Examples:
  purport score article.txt
  purport train data/train/*.csv -o news.safetensors
  purport eval --model news.safetensors data/test/*.csv
  purport help score

Exit codes: 0 done; 1 done, but part of the input failed, a gate was missed or --strict \
    found something; 2 usage; 3 bad data; 4 bad model file; 5 input or output; 6 a limit was reached; \
    129, 130, 143 ended by a signal.")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Threads to use; 0 for one a core.
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub(crate) threads: usize,
    /// Seed of folds and resampling.
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub(crate) seed: u64,
    /// Say nothing but errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Say more; twice for all.
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Colour the output.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Train(TrainArgs),
    Tune(TuneArgs),
    Score(ScoreArgs),
    Eval(EvalArgs),
    Check(CheckArgs),
    Compare(CompareArgs),
    Explain(ExplainArgs),
    /// Look into a model file.
    #[command(
        subcommand,
        after_help = "Examples:
  purport model inspect my.safetensors
  purport model diff builtin my.safetensors"
    )]
    Model(ModelCommand),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Which model reads the text.
#[derive(Debug, Args)]
pub(crate) struct ModelArg {
    /// Model file; without it, or as `builtin`, the news model that is built in.
    #[arg(long, short, value_name = "MODEL")]
    pub(crate) model: Option<PathBuf>,
}

/// How labelled and other CSV is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading CSV")]
pub(crate) struct TableArgs {
    /// Column of the text, by name or number from 1 [default: text].
    #[arg(long, value_name = "COLUMN")]
    text_column: Option<String>,
    /// Column of the article's name [default: article].
    #[arg(long, value_name = "COLUMN")]
    group_column: Option<String>,
    /// Column of the position in the article [default: position].
    #[arg(long, value_name = "COLUMN")]
    position_column: Option<String>,
    /// Delimiter: a character, or `tab` [default: guessed from , ; tab |].
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    delimiter: Option<u8>,
    /// There is no header row; columns go by their number.
    #[arg(long)]
    no_header: bool,
    /// Leave out rows that cannot be read, and end with exit code 1.
    #[arg(long)]
    pub(crate) skip_bad_rows: bool,
    /// Refuse a field of more bytes than this.
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    max_field: usize,
    /// Refuse a row of more columns than this.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    max_columns: usize,
    /// Encoding of the input, such as latin1 [default: UTF-8, or UTF-16 by its mark; of plain text, Markdown and HTML what
    /// the page says or what it looks like].
    #[arg(long, value_name = "NAME", value_parser = encoding)]
    encoding: Option<String>,
    /// Replace bytes that are no text in the encoding, and count them.
    #[arg(long)]
    lossy: bool,
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'"' => Ok(*byte),
        _ => Err(
            "wanted one ASCII character that is no letter, digit or quotation mark, or `tab`"
                .to_owned(),
        ),
    }
}

fn encoding(label: &str) -> Result<String, String> {
    match encoding_named(label) {
        Ok(_) => Ok(label.to_owned()),
        Err(error) => Err(format!(
            "{error}; latin1, windows-1251 and shift_jis are some"
        )),
    }
}

impl TableArgs {
    fn decode_options(&self) -> DecodeOptions {
        DecodeOptions {
            encoding: self.encoding.clone(),
            lossy: self.lossy,
        }
    }

    fn table_options(&self) -> TableOptions {
        TableOptions {
            delimiter: self.delimiter,
            has_header: !self.no_header,
            skip_bad_rows: self.skip_bad_rows,
            max_field: self.max_field,
            max_columns: self.max_columns,
            decode: self.decode_options(),
        }
    }
}

/// Labelled CSV.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading CSV")]
pub(crate) struct LabelledArgs {
    #[command(flatten)]
    pub(crate) table: TableArgs,
    /// Column of the label, by name or number from 1 [default: label].
    #[arg(long, value_name = "COLUMN")]
    label_column: Option<String>,
    /// Take labels that differ only by case for the same.
    #[arg(long)]
    merge_case: bool,
}

impl LabelledArgs {
    pub(crate) fn options(&self, unlabelled: Unlabelled) -> CorpusOptions {
        CorpusOptions {
            text_column: self.table.text_column.clone(),
            label_column: self.label_column.clone(),
            group_column: self.table.group_column.clone(),
            position_column: self.table.position_column.clone(),
            unlabelled,
            merge_case: self.merge_case,
            table: self.table.table_options(),
        }
    }
}

/// Build a model from labelled CSV.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  purport train data/train/*.csv -o news.safetensors
  purport train reviews.csv -o reviews.safetensors --ngrams 1 --calibration none
  zcat rows.csv.gz | purport train - -o rows.safetensors --label-column topic")]
pub(crate) struct TrainArgs {
    /// Labelled CSV files, read as one; `-` for standard input.
    #[arg(required = true, value_name = "TRAIN.csv")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Where the model is written, when it is complete.
    #[arg(long, short, value_name = "MODEL")]
    pub(crate) output: PathBuf,
    /// Refuse to replace a file that exists.
    #[arg(long)]
    pub(crate) no_overwrite: bool,
    /// Write nothing and exit 1 if there are warnings or the fit did not converge.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Keep the texts in a temporary file instead of memory; so it is done by itself where memory is short. The model is
    /// the same.
    #[arg(long)]
    pub(crate) stream: bool,
    /// What to do with rows that have no label.
    #[arg(long, value_enum, default_value_t = TrainUnlabelled::Error, value_name = "WHAT")]
    pub(crate) unlabelled: TrainUnlabelled,
    #[command(flatten)]
    pub(crate) labelled: LabelledArgs,
    #[command(flatten)]
    pub(crate) fit: FitArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TrainUnlabelled {
    Error,
    Skip,
}

impl TrainUnlabelled {
    pub(crate) fn unlabelled(self) -> Unlabelled {
        match self {
            Self::Error => Unlabelled::Error,
            Self::Skip => Unlabelled::Skip,
        }
    }
}

/// Options of features and fit; all of them are stored in the model.
#[derive(Debug, Args)]
#[command(next_help_heading = "Features and fit")]
pub(crate) struct FitArgs {
    /// L2 penalty on the summed loss (1/C elsewhere). The default is the middle of those that did about
    /// equally well on held-out articles, 0.1 to 0.5.
    #[arg(long, value_name = "A", default_value_t = 0.3, value_parser = alpha, allow_negative_numbers = true)]
    alpha: f64,
    /// Weigh the classes alike (`balanced`), or every row alike; dense: none.
    #[arg(long, value_enum, default_value_t = ClassWeightArg::Balanced, default_value_if("solver", "dense", "none"), value_name = "HOW")]
    class_weight: ClassWeightArg,
    /// Truncated Newton on sparse rows, or linfa-logistic on a dense matrix.
    #[arg(long, value_enum, default_value_t = SolverArg::Sparse, value_name = "WHICH")]
    solver: SolverArg,
    /// Longest word n-gram.
    #[arg(long, value_name = "N", default_value_t = 2)]
    ngrams: usize,
    /// What an entry of a row is.
    #[arg(long, value_enum, default_value_t = WeightingArg::Tfidf, value_name = "HOW")]
    weighting: WeightingArg,
    /// Drop terms that occur in fewer sentences.
    #[arg(long, value_name = "N", default_value_t = 2)]
    min_sentences: u32,
    /// Drop terms that occur in fewer articles.
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_articles: u32,
    #[command(flatten)]
    fixed: FixedArgs,
    /// Fit probabilities on held-out articles; `none` is one fit without folds.
    #[arg(long, value_enum, default_value_t = CalibrationArg::On, value_name = "ON")]
    calibration: CalibrationArg,
    /// Learn which labels follow each other.
    #[arg(long, value_enum, default_value_t = ContextArg::Chain, value_name = "HOW")]
    context: ContextArg,
}

/// Options of features and fit that `tune` does not search.
#[derive(Debug, Args)]
#[command(next_help_heading = "Features and fit")]
pub(crate) struct FixedArgs {
    /// Shortest and longest run of characters inside words, as `3-5`, or `none`.
    #[arg(long, value_name = "A-B", default_value = "none", value_parser = char_range)]
    char_ngrams: CharRange,
    /// Reduce words to their stems.
    #[arg(long, value_enum, default_value_t = Switch::On, value_name = "ON")]
    stem: Switch,
    /// Language of the stemmer.
    #[arg(long, value_name = "L", default_value = "english")]
    language: Language,
    /// Replace numbers by their form (`00,000`) and addresses by their kind (`<url>`).
    #[arg(long, value_enum, default_value_t = Switch::Off, value_name = "ON")]
    mask: Switch,
    /// Mark the first and last four words of a text.
    #[arg(long, value_enum, default_value_t = Switch::On, default_missing_value = "on", num_args = 0..=1, require_equals = true, value_name = "ON")]
    edges: Switch,
    /// Add length, capitals, quotation marks, end and persons of a text.
    #[arg(long, value_enum, default_value_t = Switch::On, default_missing_value = "on", num_args = 0..=1, require_equals = true, value_name = "ON")]
    shape: Switch,
    /// Keep at most so many terms.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    max_features: usize,
    /// Grouped folds for held-out report, calibration and the chain's weight.
    #[arg(long, value_name = "K", default_value_t = 5, value_parser = clap::value_parser!(u8).range(2..=100))]
    folds: u8,
    /// Relative norm of the gradient at which the fit ends.
    #[arg(long, value_name = "T", default_value_t = 1e-3, value_parser = tolerance, allow_negative_numbers = true)]
    tolerance: f64,
    /// Newton steps at most.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    max_iterations: u32,
}

fn alpha(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(alpha) if alpha.is_finite() && alpha > 0.0 => Ok(alpha),
        _ => Err("wanted a finite number greater than 0, such as 0.5".to_owned()),
    }
}

fn tolerance(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(tolerance) if tolerance > 0.0 && tolerance < 1.0 => Ok(tolerance),
        _ => Err("wanted a number between 0 and 1, such as 1e-3".to_owned()),
    }
}

/// Shortest and longest run of characters; `None` for none at all.
#[derive(Debug, Clone, Copy)]
struct CharRange(Option<(usize, usize)>);

fn char_range(text: &str) -> Result<CharRange, String> {
    if text == "none" {
        return Ok(CharRange(None));
    }
    let (short, long) = text.split_once('-').unwrap_or((text, text));
    match (short.parse(), long.parse()) {
        (Ok(short), Ok(long)) => Ok(CharRange(Some((short, long)))),
        _ => Err("wanted two lengths such as 3-5, or `none`".to_owned()),
    }
}

macro_rules! choices {
    ($($name:ident { $($value:ident),* })*) => {
        $(
            #[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
            pub(crate) enum $name { $($value),* }
        )*
    };
}

choices! {
    ClassWeightArg { None, Balanced }
    SolverArg { Sparse, Dense }
    WeightingArg { Tfidf, Binary, Count }
    Switch { On, Off }
    CalibrationArg { On, None }
    ContextArg { Chain, None }
    SplitArg { Auto, None }
    ScoreFormat { Human, Jsonl, Csv, Html, Labels }
    ReportFormat { Human, Json }
    ExportFormat { Json, Tsv }
    InputFormatArg { Text, Markdown, Html, Jsonl, Csv, Warc, Parquet, Arrow }
}

impl ContextArg {
    pub(crate) fn context(self) -> Context {
        match self {
            Self::Chain => Context::Chain,
            Self::None => Context::None,
        }
    }
}

impl WeightingArg {
    fn weighting(self) -> Weighting {
        match self {
            Self::Tfidf => Weighting::TfIdf,
            Self::Binary => Weighting::Binary,
            Self::Count => Weighting::Count,
        }
    }
}

impl ClassWeightArg {
    fn class_weight(self) -> ClassWeight {
        match self {
            Self::None => ClassWeight::None,
            Self::Balanced => ClassWeight::Balanced,
        }
    }
}

impl FixedArgs {
    /// These options, and the defaults of all others.
    fn params(&self, seed: u64) -> TrainParams {
        TrainParams {
            vectorizer: VectorizerParams::default()
                .stem(self.stem == Switch::On, self.language)
                .mask(self.mask == Switch::On)
                .char_ngrams(self.char_ngrams.0)
                .edges(self.edges == Switch::On)
                .shape(self.shape == Switch::On)
                .max_features(self.max_features),
            tolerance: self.tolerance,
            max_iterations: self.max_iterations,
            folds: u32::from(self.folds),
            seed,
            memory: purport::io::memory::available(),
            ..TrainParams::default()
        }
    }
}

impl FitArgs {
    pub(crate) fn params(&self, seed: u64) -> TrainParams {
        let fixed = self.fixed.params(seed);
        TrainParams {
            vectorizer: fixed
                .vectorizer
                .ngrams(self.ngrams)
                .weighting(self.weighting.weighting())
                .min_sentences(self.min_sentences)
                .min_articles(self.min_articles),
            alpha: self.alpha,
            class_weight: self.class_weight.class_weight(),
            solver: match self.solver {
                SolverArg::Sparse => Solver::Sparse,
                SolverArg::Dense => Solver::Dense,
            },
            calibration: self.calibration == CalibrationArg::On,
            chain: self.context == ContextArg::Chain,
            ..fixed
        }
    }
}

/// Search settings by grouped cross-validation, and print the best as options.
///
/// Every list is a list of values to try, with commas between them. First every n-gram length is tried, then with the best of
/// them every pruning, then every weighting, each with every penalty and class weight. The chain over neighbours is left out,
/// so that `train` finds more with the same options.
#[derive(Debug, Args)]
#[command(
    after_help = "The best options go to standard output, the table and a whole command to standard error. Differences of less \
    than about 0.01 are chance.

Examples:
  purport tune data/train/*.csv
  purport tune reviews.csv --alpha 0.1,1,10 --ngrams 1,2 --weighting tfidf
  purport train reviews.csv $(purport tune -q reviews.csv) -o reviews.safetensors"
)]
pub(crate) struct TuneArgs {
    /// Labelled CSV files, read as one; `-` for standard input.
    #[arg(required = true, value_name = "TRAIN.csv")]
    pub(crate) inputs: Vec<PathBuf>,
    /// What to do with rows that have no label.
    #[arg(long, value_enum, default_value_t = TrainUnlabelled::Error, value_name = "WHAT")]
    pub(crate) unlabelled: TrainUnlabelled,
    /// Write to a file, complete or not at all.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Also write one HTML page of all settings, with the scores along the penalty drawn.
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) labelled: LabelledArgs,
    /// L2 penalties on the summed loss (1/C elsewhere).
    #[arg(long, help_heading = "Searched", value_name = "A,…", value_delimiter = ',', default_value = "0.03,0.1,0.3,1,3", value_parser = alpha, allow_negative_numbers = true)]
    alpha: Vec<f64>,
    /// Weigh the classes alike (`balanced`), or every row alike.
    #[arg(
        long,
        help_heading = "Searched",
        value_name = "HOW,…",
        value_delimiter = ',',
        value_enum,
        default_value = "balanced,none"
    )]
    class_weight: Vec<ClassWeightArg>,
    /// Longest word n-grams.
    #[arg(
        long,
        help_heading = "Searched",
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "1,2,3"
    )]
    ngrams: Vec<usize>,
    /// Drop terms that occur in fewer sentences.
    #[arg(
        long,
        help_heading = "Searched",
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "2,5"
    )]
    min_sentences: Vec<u32>,
    /// Drop terms that occur in fewer articles.
    #[arg(
        long,
        help_heading = "Searched",
        value_name = "N,…",
        value_delimiter = ',',
        default_value = "1"
    )]
    min_articles: Vec<u32>,
    /// What an entry of a row is.
    #[arg(
        long,
        help_heading = "Searched",
        value_name = "HOW,…",
        value_delimiter = ',',
        value_enum,
        default_value = "tfidf,binary"
    )]
    weighting: Vec<WeightingArg>,
    #[command(flatten)]
    fixed: FixedArgs,
}

impl TuneArgs {
    pub(crate) fn params(&self, seed: u64) -> TuneParams {
        TuneParams {
            base: self.fixed.params(seed),
            alphas: self.alpha.clone(),
            class_weights: self.class_weight.iter().map(|c| c.class_weight()).collect(),
            ngrams: self.ngrams.clone(),
            min_sentences: self.min_sentences.clone(),
            min_articles: self.min_articles.clone(),
            weightings: self.weighting.iter().map(|w| w.weighting()).collect(),
        }
    }
}

/// The searched options of a setting, as `train` takes them.
pub(crate) fn searched_options(params: &TrainParams) -> String {
    let vectorizer = &params.vectorizer;
    format!(
        "--alpha {} --class-weight {} --ngrams {} --min-sentences {} --min-articles {} --weighting {}",
        params.alpha,
        params.class_weight.name(),
        vectorizer.longest_ngram(),
        vectorizer.least_sentences(),
        vectorizer.least_articles(),
        vectorizer.weighting_name(),
    )
}

/// Label every sentence of articles.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  purport score article.txt
  purport score pages/ --glob '*.html' --format jsonl -o results.jsonl --resume
  purport score --format html article.txt -o article.html
  curl -s https://example.org/page.html | purport score --format jsonl
  purport score --split none --format labels --model my.safetensors rows.csv")]
pub(crate) struct ScoreArgs {
    /// Text, Markdown, HTML, JSON Lines, CSV or TSV, each also packed by gzip or Zstandard, or a
    /// directory of such files; standard input when none or `-`.
    #[arg(value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) model: ModelArg,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = ScoreFormat::Human, value_name = "FORMAT")]
    pub(crate) format: ScoreFormat,
    /// Write to a file, complete or not at all.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rule: RuleArgs,
    /// Show the N terms that weighed most for each sentence; on HTML pages at least 4 for and against.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) explain: usize,
    /// In CSV, put `'` before cells that a spreadsheet would take for formulas.
    #[arg(long)]
    pub(crate) spreadsheet: bool,
    /// Also write the text that `start` and `end` count in: to this file, or for several inputs to
    /// files in this directory.
    #[arg(long, value_name = "PATH")]
    pub(crate) text_output: Option<PathBuf>,
    /// Go on where an earlier run of the same command was stopped; needs -o.
    #[arg(long)]
    pub(crate) resume: bool,
    /// Stop at the first input or record that cannot be read.
    #[arg(long)]
    pub(crate) fail_fast: bool,
    #[command(flatten)]
    pub(crate) files: FilesArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
}

/// Which files of a directory are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading directories")]
pub(crate) struct FilesArgs {
    /// Read the files whose name or path fits, or with ! before it does not; repeatable.
    #[arg(long, value_name = "PATTERN")]
    pub(crate) glob: Vec<String>,
    /// Follow symbolic links.
    #[arg(long)]
    pub(crate) follow: bool,
    /// Read hidden files too.
    #[arg(long)]
    pub(crate) hidden: bool,
}

/// How a label is chosen.
#[derive(Debug, Args)]
pub(crate) struct RuleArgs {
    /// Label neighbouring sentences together, or each by itself.
    #[arg(long, value_enum, default_value_t = ContextArg::Chain, value_name = "HOW")]
    pub(crate) context: ContextArg,
    /// Leave sentences unlabelled whose greatest probability is lower.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = share, allow_negative_numbers = true)]
    min_confidence: f64,
    /// Give every sentence a label: the most probable but `none`, unless --min-confidence blanks it.
    #[arg(long)]
    pub(crate) always_label: bool,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(p) if (0.0..=1.0).contains(&p) => Ok(p),
        _ => Err("wanted a number from 0 to 1".to_owned()),
    }
}

impl RuleArgs {
    pub(crate) fn rule(&self) -> Rule {
        Rule {
            min_confidence: self.min_confidence,
            always_label: self.always_label,
        }
    }
}

/// How articles are read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reading articles")]
pub(crate) struct ReadArgs {
    /// How the input is stored [default: by its name or beginning].
    #[arg(long, value_enum, value_name = "FORMAT")]
    input_format: Option<InputFormatArg>,
    /// Cut texts into sentences; `none` takes each line, row or record for one text.
    #[arg(long, value_enum, default_value_t = SplitArg::Auto, value_name = "HOW")]
    split: SplitArg,
    /// Field of JSON Lines that holds the text.
    #[arg(long, value_name = "FIELD", default_value = "text")]
    text_field: String,
    /// Keep the story of an HTML page alone, without the site around it.
    #[arg(long)]
    article_only: bool,
    /// Take for text what looks like none.
    #[arg(long)]
    binary: bool,
    #[command(flatten)]
    pub(crate) table: TableArgs,
}

impl ReadArgs {
    pub(crate) fn options(&self) -> ReadOptions {
        ReadOptions {
            format: self.input_format.map(|format| match format {
                InputFormatArg::Text => InputFormat::Text,
                InputFormatArg::Markdown => InputFormat::Markdown,
                InputFormatArg::Html => InputFormat::Html,
                InputFormatArg::Jsonl => InputFormat::Jsonl,
                InputFormatArg::Csv => InputFormat::Csv,
                InputFormatArg::Warc => InputFormat::Warc,
                InputFormatArg::Parquet => InputFormat::Parquet,
                InputFormatArg::Arrow => InputFormat::Arrow,
            }),
            split: match self.split {
                SplitArg::Auto => Split::Auto,
                SplitArg::None => Split::None,
            },
            text_field: self.text_field.clone(),
            text_column: self.table.text_column.clone(),
            group_column: self.table.group_column.clone(),
            position_column: self.table.position_column.clone(),
            table: self.table.table_options(),
            decode: self.table.decode_options(),
            other_columns: true,
            article_only: self.article_only,
            binary: self.binary,
            whole_texts: false,
        }
    }
}

/// Say why a sentence got its label, term by term.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  purport explain \"Police confirmed the arrest on Monday.\"
  purport explain article.txt:13
  echo \"No evidence was found.\" | purport explain -")]
pub(crate) struct ExplainArgs {
    /// A sentence; or <FILE:N> for the Nth sentence of a file, over all its articles; or `-` for standard input.
    #[arg(value_name = "TEXT | FILE:N | -")]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) model: ModelArg,
    /// Show this label instead of the given one.
    #[arg(long, value_name = "LABEL")]
    pub(crate) label: Option<String>,
    /// How many terms to show; 0 for all.
    #[arg(long, value_name = "N", default_value_t = 12)]
    pub(crate) top: usize,
    /// How the result is written.
    #[arg(long, value_enum, default_value_t = ReportFormat::Human, value_name = "FORMAT")]
    pub(crate) format: ReportFormat,
    /// Write to a file, complete or not at all.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) rule: RuleArgs,
    #[command(flatten)]
    pub(crate) read: ReadArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Show what a model is and what it was trained on.
    #[command(after_help = "Examples:
  purport model inspect
  purport model inspect my.safetensors --top 20")]
    Inspect {
        /// Model file; without it the built-in model.
        #[arg(value_name = "MODEL")]
        model: Option<PathBuf>,
        /// How many terms to show for each label.
        #[arg(long, value_name = "N", default_value_t = 8)]
        top: usize,
        /// How the result is written.
        #[arg(long, value_enum, default_value_t = ReportFormat::Human, value_name = "FORMAT")]
        format: ReportFormat,
        /// Write to a file, complete or not at all.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Say what changed between two models: labels, options, terms, weights.
    #[command(after_help = "Examples:
  purport model diff builtin my.safetensors
  purport model diff old.safetensors new.safetensors --format json -o changes.json")]
    Diff {
        /// The first model; `builtin` for the built-in one.
        #[arg(value_name = "A")]
        a: PathBuf,
        /// The second model.
        #[arg(value_name = "B")]
        b: PathBuf,
        /// How many terms and weights to list.
        #[arg(long, value_name = "N", default_value_t = 10)]
        top: usize,
        /// How the result is written.
        #[arg(long, value_enum, default_value_t = ReportFormat::Human, value_name = "FORMAT")]
        format: ReportFormat,
        /// Write to a file, complete or not at all.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Write every number of a model for other tools, exact to the bit.
    #[command(after_help = "Examples:
  purport model export my.safetensors --format tsv -o weights.tsv")]
    Export {
        /// Model file; without it the built-in model.
        #[arg(value_name = "MODEL")]
        model: Option<PathBuf>,
        /// One JSON object, or a table with a line a term.
        #[arg(long, value_enum, default_value_t = ExportFormat::Json, value_name = "FORMAT")]
        format: ExportFormat,
        /// Write to a file, complete or not at all.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Check every byte of a model file; exit 0 or 4.
    #[command(after_help = "Examples:
  purport model verify my.safetensors && cp my.safetensors /srv/models/")]
    Verify {
        /// Model file; without it the built-in model.
        #[arg(value_name = "MODEL")]
        model: Option<PathBuf>,
        /// Write to a file, complete or not at all.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

/// Print a script that makes a shell complete commands and options.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  purport completions bash > ~/.local/share/bash-completion/completions/purport
  purport completions fish > ~/.config/fish/completions/purport.fish")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
    /// Write to a file, complete or not at all.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Print the manual page, or that of a command.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  purport man | man -l -
  purport man model inspect -o purport-model-inspect.1")]
pub(crate) struct ManArgs {
    /// The command whose page is wanted.
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Vec<String>,
    /// Write to a file, complete or not at all.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}
