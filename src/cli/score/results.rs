//! Where the results of `purport score` go, and what is said of them.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::time::Instant;

use purport::classifier::Classifier;
use purport::corpus::CorpusWarning;
use purport::report::ScoredPage;

use super::super::args::{ScoreArgs, ScoreFormat};
use super::super::failure::{Failure, Told};
use super::super::output::Output;
use super::super::terminal::{Terminal, printable};
use super::super::{Outcome, language};
use super::resume::{Checkpoint, Place};
use super::texts::{self, Texts};
use super::work::Written;

/// Writing failed: no use to go on with other inputs.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct OutputError(#[source] io::Error);

pub(super) struct Results<'r> {
    output: Output,
    terminal: &'r Terminal,
    languages: language::Notes,
    /// Texts that offsets count in are wanted.
    texts: Option<Texts>,
    /// The page that is written at the end, if one is wanted.
    page: Option<ScoredPage<'r>>,
    /// An input alone fails with the code of its failure; among others it is reported and skipped.
    only_input: bool,
    /// A file is named, and not directories alone.
    names_files: bool,
    fail_fast: bool,
    begun: Instant,
    inputs: u64,
    /// How far all inputs are read and what was found so far.
    so_far: Checkpoint,
    said: usize,
    hints: BTreeSet<String>,
    /// For records without the field that holds the text.
    field_hint: Option<&'static str>,
    /// Not written yet.
    heading: Vec<u8>,
}

/// Terms that a page shows for and against each label, unless more are wanted.
const PAGE_TERMS: usize = 4;

/// Warnings and notes shown; the others are counted.
const SHOWN: usize = 20;

impl<'r> Results<'r> {
    pub(super) fn new(
        args: &ScoreArgs,
        output: Output,
        so_far: Option<Checkpoint>,
        classifier: &'r Classifier,
        terminal: &'r Terminal,
    ) -> anyhow::Result<Self> {
        let only_input = texts::is_one_file(&args.inputs);
        Ok(Self {
            output,
            terminal,
            languages: language::Notes::new(classifier.vectorizer().params().language()),
            texts: match &args.text_output {
                Some(path) => Some(Texts::new(path, args)?),
                None => None,
            },
            page: (args.format == ScoreFormat::Html).then(|| {
                let context = args.rule.context.context();
                let terms = args.explain.max(PAGE_TERMS);
                ScoredPage::new(classifier, context, args.rule.rule(), terms)
            }),
            only_input,
            names_files: args.inputs.iter().any(|input| !input.is_dir()),
            fail_fast: args.fail_fast,
            begun: Instant::now(),
            inputs: so_far.as_ref().map_or(0, |at| at.place.input),
            so_far: so_far.unwrap_or_default(),
            said: 0,
            hints: BTreeSet::new(),
            field_hint: None,
            heading: Vec::new(),
        })
    }

    /// Writes the header of CSV, with the columns that all inputs have from here on.
    pub(super) fn header(&mut self, header: &[u8], columns: Vec<String>) -> anyhow::Result<()> {
        self.output.write_all(header).map_err(OutputError)?;
        self.so_far.columns = Some(columns);
        Ok(())
    }

    pub(super) fn take(&mut self, written: Written) -> anyhow::Result<()> {
        if let Some(first) = written.failed.first().filter(|_| self.fail_fast) {
            return Err(Failure::data(printable(first), None).into());
        }
        self.write_text(&written)?;
        // Rows that `--skip-bad-rows` left out are a part of the input that failed.
        let skipped = |w: &CorpusWarning| matches!(w, CorpusWarning::SkippedRows { .. });
        self.so_far.failed |= written.warnings.iter().any(skipped);
        let warnings = written.warnings.iter().map(|w| (true, w.to_string()));
        let warnings = warnings.chain(written.lost.iter().map(|lost| (true, lost.clone())));
        let notes = written.notes.iter().map(|note| (false, note.clone()));
        for (is_warning, text) in warnings.chain(notes) {
            self.say(is_warning, &text);
        }
        if !written.heading.is_empty() {
            self.heading.clone_from(&written.heading);
        }
        // Above nothing but errors stands no heading.
        if !written.bytes.is_empty() || written.failed.is_empty() {
            self.output.write_all(&self.heading).map_err(OutputError)?;
            self.heading.clear();
        }
        self.output.write_all(&written.bytes).map_err(OutputError)?;
        self.output.flush().map_err(OutputError)?;
        if let Some(page) = &mut self.page {
            for (article, scores) in &written.page {
                page.add(&written.source.name, article, scores);
            }
        }
        self.inputs = self.inputs.max(written.place.input);
        self.so_far.sentences += written.sentences;
        for note in &written.languages {
            self.languages.give(note, self.terminal);
        }
        if written.failed.iter().any(|e| e.contains("no field `")) {
            self.field_hint = Some("--text-field names the field with the text");
        }
        for error in &written.failed {
            self.terminal.error(&printable(error));
            self.so_far.failed = true;
        }
        if let Some(error) = written.error {
            self.failed(error)?;
        }
        self.checkpoint(written.place)
    }

    /// Writes the text that the offsets count in, if it is wanted.
    fn write_text(&mut self, written: &Written) -> anyhow::Result<()> {
        let (Some(texts), Some(text)) = (&mut self.texts, &written.text) else {
            return Ok(());
        };
        match texts.path(&written.source.path) {
            Ok(path) => texts.write(&path, text),
            Err(collision) if self.fail_fast => Err(collision.into()),
            Err(collision) => {
                self.so_far.failed = true;
                self.tell(&Told::of(&collision.into()));
                Ok(())
            }
        }
    }

    /// An input, or the rest of it, cannot be read.
    fn failed(&mut self, error: anyhow::Error) -> anyhow::Result<()> {
        if self.fail_fast || (self.only_input && self.so_far.sentences == 0) {
            return Err(error);
        }
        self.so_far.failed = true;
        self.so_far.failed_inputs += 1;
        self.tell(&Told::of(&error));
        Ok(())
    }

    fn tell(&mut self, told: &Told) {
        for message in &told.messages {
            self.terminal.error(message);
        }
        // A thousand files of one kind need one hint.
        if let Some(hint) = &told.hint
            && self.hints.insert(hint.clone())
        {
            self.terminal.hint(hint);
        }
    }

    fn checkpoint(&mut self, mut place: Place) -> anyhow::Result<()> {
        // A part of an input without a readable article says nothing of those before.
        if place.input == self.so_far.place.input {
            place.article = place.article.max(self.so_far.place.article);
        }
        self.so_far.place = place;
        if let Output::Resumable(file) = &mut self.output {
            file.checkpoint(self.so_far.clone()).map_err(OutputError)?;
        }
        Ok(())
    }

    fn say(&mut self, is_warning: bool, text: &str) {
        self.said += 1;
        if self.said > SHOWN {
        } else if is_warning {
            self.terminal.warn(text);
        } else {
            self.terminal.note(text);
        }
    }

    pub(super) fn finish(mut self) -> anyhow::Result<Outcome> {
        if let Some(more) = self.said.checked_sub(SHOWN).filter(|n| *n > 0) {
            self.terminal
                .note(&format!("… and {more} more warnings and notes"));
        }
        if self.only_input && self.so_far.failed && self.so_far.place.article == 0 {
            self.output.discard().map_err(OutputError)?;
            let hint = self.field_hint.map(str::to_owned);
            let problem = "no record of the input could be read".to_owned();
            return Err(Failure::data(problem, hint).into());
        }
        if self.inputs == 0 && !self.names_files {
            self.terminal
                .warn("no file was found: the directories hold none, or none that fits --glob");
        } else if self.so_far.sentences == 0 {
            self.terminal.note("no sentences");
        }
        self.languages.finish(self.terminal);
        if let Some(page) = self.page.take() {
            let page = page.render();
            self.output
                .write_all(page.as_bytes())
                .map_err(OutputError)?;
        }
        self.output.finish()?;
        if !self.only_input {
            self.terminal.line(&format!(
                "scored {} of {} inputs, {} failed; {} sentences in {:.1} s",
                self.inputs - self.so_far.failed_inputs,
                self.inputs,
                self.so_far.failed_inputs,
                self.so_far.sentences,
                self.begun.elapsed().as_secs_f64(),
            ));
        }
        Ok(if self.so_far.failed {
            Outcome::Partly
        } else {
            Outcome::Done
        })
    }
}
