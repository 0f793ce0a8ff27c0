//! What went wrong, as a person reads it and as a script does: message, hint, exit code.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use purport::article::{ArticleError, StoryError};
use purport::classifier::file::{LoadError, SaveError};
use purport::classifier::train::TrainError;
use purport::corpus::split::SplitError;
use purport::corpus::{CorpusError, ErrorKind};
use purport::features::vectorizer::VectorizerError;
use purport::io::UnpackError;
use purport::io::atomic::AtomicError;
use purport::model::params::FitError;

use super::terminal::{Terminal, printable};

/// Done, but part of the input failed, or a strict check found something.
pub(crate) const PARTLY: u8 = 1;
/// The command line is wrong.
pub(crate) const USAGE: u8 = 2;
/// The data are wrong.
pub(crate) const DATA: u8 = 3;
/// The model file is wrong.
pub(crate) const MODEL: u8 = 4;
/// Reading or writing failed.
pub(crate) const IO: u8 = 5;
/// A limit was reached.
pub(crate) const LIMIT: u8 = 6;

/// A failure of the command line itself, or one with words of its own.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    code: u8,
}

impl Failure {
    pub(crate) fn usage(message: &str, hint: &str) -> Self {
        Self {
            message: message.to_owned(),
            hint: Some(hint.to_owned()),
            code: USAGE,
        }
    }

    pub(crate) fn data(message: String, hint: Option<String>) -> Self {
        Self {
            message,
            hint,
            code: DATA,
        }
    }

    pub(crate) fn io(name: &str, error: &io::Error) -> Self {
        Self {
            message: format!("{name}: {}", system(error)),
            hint: None,
            code: reading(error),
        }
    }

    pub(crate) fn limit(message: String, hint: &str) -> Self {
        Self {
            message,
            hint: Some(hint.to_owned()),
            code: LIMIT,
        }
    }

    /// A model file that does not load; the path comes before the offset.
    pub(crate) fn model(path: &Path, error: &LoadError) -> Self {
        let (message, code) = match error {
            LoadError::File(file) if file.is_io() => (chain(file), IO),
            LoadError::File(file) if file.is_limit() => {
                (format!("{}: {}", path.display(), chain(file)), LIMIT)
            }
            other => (format!("{}: {}", path.display(), chain(other)), MODEL),
        };
        Self {
            message,
            hint: error.hint(),
            code,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// The exit code for an error of reading: what cannot be unpacked is bad data or too large.
fn reading(error: &io::Error) -> u8 {
    match UnpackError::behind(error) {
        Some(unpack) if unpack.is_limit() => LIMIT,
        Some(_) => DATA,
        None if error.kind() == io::ErrorKind::OutOfMemory => LIMIT,
        None => IO,
    }
}

/// An error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause
            .downcast_ref::<io::Error>()
            .map_or_else(|| cause.to_string(), system);
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}

/// What the system says, without the number.
fn system(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// Prints the usage error, or the help that was asked for.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    let shown = error.print();
    if error.use_stderr() {
        ExitCode::from(USAGE)
    } else if shown.is_err_and(|e| e.kind() != io::ErrorKind::BrokenPipe) {
        ExitCode::from(IO)
    } else {
        ExitCode::SUCCESS
    }
}

/// Prints `error` and gives its exit code. A reader that went away is not an error.
pub(crate) fn report(error: &anyhow::Error, terminal: &Terminal) -> ExitCode {
    let broken = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe);
    if broken {
        return ExitCode::SUCCESS;
    }
    let told = Told::of(error);
    for message in &told.messages {
        terminal.error(message);
    }
    if let Some(hint) = &told.hint {
        terminal.hint(hint);
    }
    ExitCode::from(told.code)
}

/// An error in words.
pub(crate) struct Told {
    pub(crate) messages: Vec<String>,
    pub(crate) hint: Option<String>,
    pub(crate) code: u8,
}

impl Told {
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let one = |hint: Option<String>, code| Self {
            messages: vec![printable(&chain(error.as_ref()))],
            hint: hint.map(|h| printable(&h)),
            code,
        };
        if let Some(failure) = error.downcast_ref::<Failure>() {
            one(failure.hint.clone(), failure.code)
        } else if let Some(corpus) = error.downcast_ref::<CorpusError>() {
            Self::corpus(corpus)
        } else if let Some(article) = error.downcast_ref::<ArticleError>() {
            match article {
                ArticleError::Table(corpus) => Self::corpus(corpus),
                ArticleError::NotText { cure, .. } => one(cure.map(str::to_owned), DATA),
                ArticleError::Decode { .. } => one(
                    Some("name the encoding, such as --encoding latin1, or replace such bytes with --lossy".to_owned()),
                    DATA,
                ),
                ArticleError::Io { source, .. } => one(None, reading(source)),
                ArticleError::Columnar { is_limit: true, .. }
                | ArticleError::Story {
                    source: StoryError::TooMuch { .. },
                    ..
                } => one(None, LIMIT),
                ArticleError::Columnar { .. } => one(
                    Some("write the file again with the defaults of `pyarrow` or `duckdb`; --text-field names the column with the text".to_owned()),
                    DATA,
                ),
                ArticleError::TooLarge { .. } => {
                    one(Some("cut it into several files".to_owned()), LIMIT)
                }
                _ => one(None, DATA),
            }
        } else if let Some(train) = error.downcast_ref::<TrainError>() {
            let (hint, code) = training(train);
            one(hint, code)
        } else if error.downcast_ref::<SaveError>().is_some()
            || error.downcast_ref::<AtomicError>().is_some()
            || error
                .chain()
                .any(<dyn std::error::Error + 'static>::is::<io::Error>)
        {
            one(None, IO)
        } else if error.downcast_ref::<LoadError>().is_some() {
            one(None, MODEL)
        } else {
            one(None, DATA)
        }
    }

    /// Up to 20 faults of one pass, then how many more there are.
    fn corpus(error: &CorpusError) -> Self {
        let errors = error.errors();
        let mut messages: Vec<String> = errors.iter().map(|e| printable(&chain(e))).collect();
        let more = error.total().saturating_sub(errors.len() as u64);
        if more > 0 {
            messages.push(format!("… and {more} more of this kind"));
        }
        let hint = errors
            .iter()
            .find_map(CorpusError::hint)
            .map(|h| printable(&h));
        let code = match error.kind() {
            ErrorKind::Usage => USAGE,
            ErrorKind::Io => IO,
            ErrorKind::Limit => LIMIT,
            _ => DATA,
        };
        Self {
            messages,
            hint,
            code,
        }
    }
}

fn training(error: &TrainError) -> (Option<String>, u8) {
    let say = |text: &str| Some(text.to_owned());
    match error {
        TrainError::Fit(FitError::TooDense { .. }) => {
            (say("use --solver sparse, or --max-features"), LIMIT)
        }
        TrainError::Memory { .. } => (
            say("use shorter --ngrams, no --char-ngrams, or fewer rows"),
            LIMIT,
        ),
        TrainError::Texts(error) => (error.hint().map(str::to_owned), IO),
        TrainError::Fit(FitError::Numeric(_)) => (None, LIMIT),
        TrainError::Fit(FitError::DenseClassWeight) => {
            (say("use --class-weight none with --solver dense"), USAGE)
        }
        TrainError::Vectorizer(VectorizerError::NoTerms { .. }) => (
            say("lower --min-sentences and --min-articles, or look at the text column"),
            DATA,
        ),
        TrainError::Split(SplitError::TooFewArticles { .. }) => (
            say("use fewer --folds, or --calibration none for a single fit"),
            DATA,
        ),
        _ => (None, USAGE),
    }
}
