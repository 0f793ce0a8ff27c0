//! `purport score`.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use purport::article::{self, Article, Batch, Batches, ReadOptions};
use purport::classifier::{Classifier, Context, Decision, Scorer, Scores};
use purport::corpus::CorpusWarning;
use purport::text::surroundings::Surroundings;

use super::args::{ScoreArgs, ScoreFormat};
use super::failure::{Failure, Told};
use super::ordered::in_order;
use super::output::Output;
use super::terminal::{Terminal, printable};
use super::{Outcome, language, load, rows};

pub(crate) fn run(args: &ScoreArgs, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let classifier = load(&args.model)?;
    let options = read_options(args);
    let mut writer = rows::Writer::new(args, &classifier, terminal.out());
    let mut out = Results {
        output: Output::open(args.output.as_deref())?,
        terminal,
        languages: language::Notes::new(classifier.vectorizer().params().language()),
        only_input: args.inputs.len() < 2,
        sentences: 0,
        failed: false,
        warnings: 0,
    };
    let spinner = terminal.spinner("scoring");
    let mut tasks = Tasks::new(args, &options);
    // The first batch tells the columns of CSV.
    if args.format == ScoreFormat::Csv
        && let Some(task) = tasks.next()
    {
        let work = Work::new(args, &options, &classifier, &writer);
        let scored = work.read_and_score(task);
        if let Content::Articles(articles) = &scored.content {
            writer
                .begin(&mut out.output, articles)
                .map_err(OutputError)?;
        }
        let work = Work::new(args, &options, &classifier, &writer);
        out.take(work.write(scored))?;
    }
    let work = Work::new(args, &options, &classifier, &writer);
    in_order(
        tasks,
        |task| work.write(work.read_and_score(task)),
        |result| out.take(result),
    )?;
    drop(spinner);
    out.finish()
}

fn read_options(args: &ScoreArgs) -> ReadOptions {
    ReadOptions {
        other_columns: matches!(args.format, ScoreFormat::Jsonl | ScoreFormat::Csv),
        ..args.read.options()
    }
}

/// Writing failed: no use to go on with other inputs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct OutputError(#[source] io::Error);

/// A part of an input, or why there is none.
struct Task {
    source: Arc<str>,
    batch: anyhow::Result<Batch>,
    /// Nothing of the input came before.
    first: bool,
    /// About the input as a whole.
    warnings: Vec<CorpusWarning>,
}

/// The batches of all inputs, one input after the other.
struct Tasks {
    inputs: std::vec::IntoIter<PathBuf>,
    options: ReadOptions,
    open: Option<(Arc<str>, Batches)>,
    first: bool,
}

impl Tasks {
    fn new(args: &ScoreArgs, options: &ReadOptions) -> Self {
        let inputs = match &args.inputs[..] {
            [] => vec![PathBuf::from("-")],
            inputs => inputs.to_vec(),
        };
        Self {
            inputs: inputs.into_iter(),
            options: options.clone(),
            open: None,
            first: true,
        }
    }

    fn open(&mut self, path: &Path) -> anyhow::Result<Batches> {
        let name = path.display().to_string();
        Ok(article::batches(&name, open(path)?, &self.options)?)
    }
}

impl Iterator for Tasks {
    type Item = Task;

    fn next(&mut self) -> Option<Task> {
        loop {
            if let Some((source, batches)) = &mut self.open {
                let source = Arc::clone(source);
                let first = std::mem::replace(&mut self.first, false);
                if let Some(batch) = batches.next() {
                    return Some(Task {
                        source,
                        batch: batch.map_err(anyhow::Error::from),
                        first,
                        warnings: batches.warnings(),
                    });
                }
            }
            let path = self.inputs.next()?;
            let source: Arc<str> = path.display().to_string().into();
            self.first = true;
            match self.open(&path) {
                Ok(batches) => self.open = Some((source, batches)),
                Err(error) => {
                    self.open = None;
                    return Some(Task {
                        source,
                        batch: Err(error),
                        first: true,
                        warnings: Vec::new(),
                    });
                }
            }
        }
    }
}

/// Opens an input; `-` is standard input.
fn open(path: &Path) -> anyhow::Result<impl Read + Send + 'static> {
    let name = path.display().to_string();
    if path == Path::new("-") && stdin_is_closed() {
        return Err(Failure::io(&name, &io::Error::other("standard input is closed")).into());
    }
    let opened = purport::io::open(path).map_err(|error| Failure::io(&name, &error))?;
    Ok(opened.reader)
}

/// What any thread does with a task.
struct Work<'w> {
    options: &'w ReadOptions,
    classifier: &'w Classifier,
    writer: &'w rows::Writer<'w>,
    context: Context,
    /// Scorers that no thread uses now.
    scorers: Mutex<Vec<Scorer<'w>>>,
}

/// Articles with their scores.
struct ScoredBatch {
    source: Arc<str>,
    first: bool,
    content: Content,
    scores: Vec<Scores>,
    failed: Vec<String>,
    warnings: Vec<CorpusWarning>,
}

enum Content {
    Articles(Vec<Article>),
    Failed(anyhow::Error),
}

/// What is to be written and said of a task.
struct Written {
    bytes: Vec<u8>,
    error: Option<anyhow::Error>,
    sentences: usize,
    languages: Vec<language::Note>,
    failed: Vec<String>,
    warnings: Vec<CorpusWarning>,
}

impl<'w> Work<'w> {
    fn new(
        args: &ScoreArgs,
        options: &'w ReadOptions,
        classifier: &'w Classifier,
        writer: &'w rows::Writer<'w>,
    ) -> Self {
        Self {
            options,
            classifier,
            writer,
            context: args.rule.context.context(),
            scorers: Mutex::new(Vec::new()),
        }
    }

    fn read_and_score(&self, task: Task) -> ScoredBatch {
        let Task {
            source,
            batch,
            first,
            warnings,
        } = task;
        let read = batch.and_then(|batch| Ok(batch.read(&source, self.options)?));
        let mut scored = ScoredBatch {
            source,
            first,
            content: Content::Articles(Vec::new()),
            scores: Vec::new(),
            failed: Vec::new(),
            warnings,
        };
        match read {
            Ok(input) => {
                scored.scores = self.score(&input.articles);
                scored.content = Content::Articles(input.articles);
                scored.failed = input.failed.iter().map(ToString::to_string).collect();
                scored.warnings.extend(input.warnings);
            }
            Err(error) => scored.content = Content::Failed(error),
        }
        scored
    }

    fn score(&self, articles: &[Article]) -> Vec<Scores> {
        let mut scorer = self.take_scorer();
        let mut texts = Vec::new();
        let all = articles
            .iter()
            .map(|article| {
                texts.clear();
                texts.extend(article.texts());
                scorer.score(&texts, self.context)
            })
            .collect();
        if let Ok(mut free) = self.scorers.lock() {
            free.push(scorer);
        }
        all
    }

    fn take_scorer(&self) -> Scorer<'w> {
        let free = self.scorers.lock().ok().and_then(|mut free| free.pop());
        free.unwrap_or_else(|| self.classifier.scorer())
    }

    fn write(&self, scored: ScoredBatch) -> Written {
        let mut written = Written {
            bytes: Vec::new(),
            error: None,
            sentences: 0,
            languages: Vec::new(),
            failed: scored.failed,
            warnings: scored.warnings,
        };
        let articles = match scored.content {
            Content::Articles(articles) => articles,
            Content::Failed(error) => {
                written.error = Some(error);
                return written;
            }
        };
        let source = &scored.source;
        if scored.first {
            self.writer.input(&mut written.bytes, source);
        }
        let language = self.classifier.vectorizer().params().language();
        for (article, scores) in articles.iter().zip(&scored.scores) {
            written.sentences += scores.len();
            self.writer
                .article(&mut written.bytes, source, article, scores);
            let note = language::Note::of(source, article, scores, language);
            written.languages.extend(note);
        }
        written
    }
}

/// Where results go, and what is said of them.
struct Results<'r> {
    output: Output,
    terminal: &'r Terminal,
    languages: language::Notes,
    /// An input alone fails with the code of its failure; among others it is reported and skipped.
    only_input: bool,
    sentences: usize,
    failed: bool,
    warnings: usize,
}

/// Warnings shown; the others are counted.
const SHOWN_WARNINGS: usize = 20;

impl Results<'_> {
    fn take(&mut self, written: Written) -> anyhow::Result<()> {
        for warning in &written.warnings {
            self.warnings += 1;
            if self.warnings <= SHOWN_WARNINGS {
                self.terminal.warn(&warning.to_string());
            }
        }
        self.output.write_all(&written.bytes).map_err(OutputError)?;
        self.output.flush().map_err(OutputError)?;
        self.sentences += written.sentences;
        for note in &written.languages {
            self.languages.give(note, self.terminal);
        }
        for error in &written.failed {
            self.terminal.error(&printable(error));
            self.failed = true;
        }
        match written.error {
            Some(error) if self.only_input => return Err(error),
            Some(error) => {
                self.failed = true;
                self.tell(&error);
            }
            None => {}
        }
        Ok(())
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

    fn finish(self) -> anyhow::Result<Outcome> {
        if let Some(more) = self.warnings.checked_sub(SHOWN_WARNINGS).filter(|n| *n > 0) {
            self.terminal.warn(&format!("… and {more} more"));
        }
        if self.sentences == 0 {
            self.terminal.note("no sentences");
        }
        self.languages.finish(self.terminal);
        self.output.finish()?;
        Ok(if self.failed {
            Outcome::Partly
        } else {
            Outcome::Done
        })
    }
}

/// The bytes of an input, at most [`article::MAX_WHOLE`] of them.
pub(crate) fn read_bytes(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = path.display().to_string();
    if path == Path::new("-") && stdin_is_closed() {
        return Err(Failure::io(&name, &io::Error::other("standard input is closed")).into());
    }
    let file = purport::io::read_path_at_most(path, article::MAX_WHOLE).map_err(|error| {
        if error.kind() == io::ErrorKind::FileTooLarge {
            anyhow::Error::from(Failure::limit(
                format!("{name}: larger than {} bytes", article::MAX_WHOLE),
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
