//! The command line: one file a command; sees the library through its public API.

mod args;
mod check;
mod compare;
mod eval;
mod explain;
mod failure;
mod inputs;
mod language;
mod model;
mod ordered;
mod output;
mod rows;
mod score;
mod shell;
mod signals;
mod terminal;
mod threads;
mod train;
mod tune;

use std::path::Path;
use std::process::ExitCode;
use std::sync::OnceLock;

use clap::Parser;
use purport::classifier::Classifier;

use args::{Cli, Command, ModelArg};
use failure::Failure;
use terminal::Terminal;

/// How a command that was not stopped by an error ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything was done.
    Done,
    /// Part of the input failed, or a strict check found something.
    Partly,
}

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return failure::usage(&error),
    };
    let terminal = Terminal::new(&cli.global);
    signals::prepare();
    threads::start(cli.global.threads, &terminal);
    let result = match &cli.command {
        Command::Train(args) => train::run(args, &cli.global, &terminal),
        Command::Tune(args) => tune::run(args, &cli.global, &terminal),
        Command::Score(args) => score::run(args, &terminal),
        Command::Eval(args) => eval::run(args, &cli.global, &terminal),
        Command::Check(args) => check::run(args, &cli.global, &terminal),
        Command::Compare(args) => compare::run(args, &cli.global, &terminal),
        Command::Explain(args) => explain::run(args, &terminal),
        Command::Model(command) => model::run(command, &terminal),
        Command::Completions(args) => shell::completions(args),
        Command::Man(args) => shell::man(args),
    };
    match result {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Partly) => ExitCode::from(failure::PARTLY),
        Err(error) => failure::report(&error, &terminal),
    }
}

/// The model asked for; the built-in one for none, or `builtin`.
fn load(model: &ModelArg) -> anyhow::Result<Classifier> {
    match &model.model {
        Some(path) if path != Path::new("builtin") => {
            Classifier::load(path).map_err(|error| Failure::model(path, &error).into())
        }
        _ => builtin(),
    }
}

#[cfg(feature = "builtin-model")]
fn builtin() -> anyhow::Result<Classifier> {
    Ok(Classifier::builtin()?)
}

#[cfg(not(feature = "builtin-model"))]
fn builtin() -> anyhow::Result<Classifier> {
    Err(Failure::usage(
        "this program was built without a model",
        "name a model file with --model",
    )
    .into())
}

#[cfg(feature = "builtin-model")]
fn builtin_id() -> Option<String> {
    Classifier::builtin_id()
}

#[cfg(not(feature = "builtin-model"))]
fn builtin_id() -> Option<String> {
    None
}

/// `0.1.0 (news model 0123456789ab)`.
fn version() -> &'static str {
    static VERSION: OnceLock<String> = OnceLock::new();
    VERSION.get_or_init(|| {
        let version = env!("CARGO_PKG_VERSION");
        match builtin_id() {
            Some(id) => format!("{version} (news model {})", short_id(&id)),
            None => format!("{version} (no news model)"),
        }
    })
}

/// What is longer is no slip; comparing takes the square of the length.
const LONGEST_COMPARED: usize = 64;

/// The name among `known` that `name` may have been meant to be, up to case and the space between words.
fn closest<'n>(name: &str, known: &'n [String]) -> Option<&'n str> {
    let plain = |name: &str| name.to_lowercase().replace([' ', '-'], "_");
    let short = |name: &str| name.len() <= LONGEST_COMPARED;
    known
        .iter()
        .filter(|other| short(name) && short(other))
        .map(|other| (strsim::osa_distance(&plain(name), &plain(other)), other))
        .filter(|(distance, _)| *distance <= 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other.as_str())
}

/// The first digits of a model's id: enough to tell models apart.
fn short_id(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}
