//! `purport score`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use purport::article::{self, Article, Input, ReadOptions};
use purport::classifier::{Classifier, Decision, Scores};
use purport::text::surroundings::Surroundings;

use super::args::{ScoreArgs, ScoreFormat};
use super::failure::{Failure, Told};
use super::output::Output;
use super::terminal::Terminal;
use super::{Outcome, language, load, rows};

/// An input larger than this is refused: its text is held in memory.
const MAX_INPUT: u64 = 1 << 30;

pub(crate) fn run(args: &ScoreArgs, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let classifier = load(&args.model)?;
    let inputs = match &args.inputs[..] {
        [] => vec![PathBuf::from("-")],
        inputs => inputs.to_vec(),
    };
    let mut job = Job {
        args,
        terminal,
        classifier: &classifier,
        options: args.read.options(),
        writer: rows::Writer::new(args, &classifier, terminal.out()),
        output: Output::open(args.output.as_deref())?,
        languages: language::Notes::new(classifier.vectorizer().params().language()),
        sentences: 0,
    };
    let mut failed = 0;
    for input in &inputs {
        match job.read_and_write(input) {
            Ok(Outcome::Done) => {}
            Ok(Outcome::Partly) => failed += 1,
            // One input alone fails with the code of its failure; among others it is reported and skipped.
            Err(error) if inputs.len() == 1 || is_output(&error) => return Err(error),
            Err(error) => {
                failed += 1;
                job.tell(&error);
            }
        }
    }
    if job.sentences == 0 {
        terminal.note("no sentences");
    }
    job.languages.finish(terminal);
    job.output.finish()?;
    Ok(if failed > 0 {
        Outcome::Partly
    } else {
        Outcome::Done
    })
}

/// Writing failed: no use to go on with other inputs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct OutputError(#[source] io::Error);

fn is_output(error: &anyhow::Error) -> bool {
    error.downcast_ref::<OutputError>().is_some()
}

struct Job<'j> {
    args: &'j ScoreArgs,
    terminal: &'j Terminal,
    classifier: &'j Classifier,
    options: ReadOptions,
    writer: rows::Writer<'j>,
    output: Output,
    languages: language::Notes,
    sentences: usize,
}

impl Job<'_> {
    fn read_and_write(&mut self, path: &Path) -> anyhow::Result<Outcome> {
        let name = path.display().to_string();
        let bytes = read_bytes(path)?;
        let spinner = self.terminal.spinner("scoring");
        let Input {
            articles,
            failed,
            warnings,
        } = article::read(&name, &bytes, &self.options)?;
        drop(bytes);
        for warning in &warnings {
            self.terminal.warn(&warning.to_string());
        }
        let texts: Vec<Vec<&str>> = articles.iter().map(|a| a.texts().collect()).collect();
        let scores = self
            .classifier
            .score_all(&texts, self.args.rule.context.context());
        drop(spinner);
        self.write(&name, &articles, &scores).map_err(OutputError)?;
        for ((article, texts), scores) in articles.iter().zip(&texts).zip(&scores) {
            let known_words = (0..scores.len())
                .map(|i| u64::from(scores.known_words(i)))
                .sum();
            let article = article.name.as_deref();
            self.languages
                .look_at(&name, article, texts, known_words, self.terminal);
        }
        for error in &failed {
            self.terminal
                .error(&super::terminal::printable(&error.to_string()));
        }
        Ok(if failed.is_empty() {
            Outcome::Done
        } else {
            Outcome::Partly
        })
    }

    fn write(&mut self, name: &str, articles: &[Article], scores: &[Scores]) -> io::Result<()> {
        self.writer.begin(&mut self.output, name, articles)?;
        for (number, (article, scores)) in articles.iter().zip(scores).enumerate() {
            self.sentences += scores.len();
            self.writer
                .article(&mut self.output, name, number, article, scores)?;
        }
        if self.args.format != ScoreFormat::Human {
            return Ok(());
        }
        self.output.flush()
    }

    fn tell(&self, error: &anyhow::Error) {
        let told = Told::of(error);
        for message in &told.messages {
            self.terminal.error(message);
        }
        if let Some(hint) = &told.hint {
            self.terminal.hint(hint);
        }
    }
}

/// The bytes of an input, at most [`MAX_INPUT`] of them.
pub(crate) fn read_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = path.display().to_string();
    if path == Path::new("-") && stdin_is_closed() {
        return Err(Failure::io(&name, &io::Error::other("standard input is closed")).into());
    }
    let file = purport::io::read_path_at_most(path, MAX_INPUT).map_err(|error| {
        if error.kind() == io::ErrorKind::FileTooLarge {
            anyhow::Error::from(Failure::limit(
                format!("{name}: larger than {MAX_INPUT} bytes"),
                "cut it into several files",
            ))
        } else {
            Failure::io(&name, &error).into()
        }
    })?;
    Ok(file.bytes)
}

/// Rust opens `/dev/null` for reading *and writing* in place of a standard input that is closed,
/// which no shell does.
#[cfg(unix)]
fn stdin_is_closed() -> bool {
    use rustix::fs::{OFlags, fcntl_getfl, fstat, stat};
    let stdin = io::stdin();
    let writable = fcntl_getfl(&stdin).is_ok_and(|flags| flags.contains(OFlags::RDWR));
    writable
        && match (fstat(&stdin), stat("/dev/null")) {
            (Ok(stdin), Ok(null)) => stdin.st_rdev == null.st_rdev && stdin.st_ino == null.st_ino,
            _ => false,
        }
}

#[cfg(not(unix))]
fn stdin_is_closed() -> bool {
    false
}

/// How one sentence was decided, for the writers.
pub(crate) struct Row<'r> {
    pub(crate) source: &'r str,
    pub(crate) article: &'r str,
    pub(crate) sentence: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) text: &'r str,
    pub(crate) around: Surroundings,
    pub(crate) decision: Decision,
    pub(crate) known_words: u32,
    pub(crate) probabilities: &'r [f64],
    pub(crate) columns: &'r [(String, serde_json::Value)],
}
