//! What any thread does with a part of an input: read, score, and put in words.

use std::sync::{Arc, Mutex};

use purport::article::{Article, Input, ReadOptions};
use purport::classifier::{Classifier, Context, Scorer, Scores};
use purport::corpus::CorpusWarning;

use super::super::args::{ScoreArgs, ScoreFormat};
use super::super::{language, rows};
use super::resume::Place;
use super::tasks::{Source, Task};

pub(super) struct Work<'w> {
    options: &'w ReadOptions,
    classifier: &'w Classifier,
    writer: &'w rows::Writer<'w>,
    context: Context,
    /// Whether the texts are wanted that offsets count in.
    keep_text: bool,
    /// Articles are shown on a page.
    is_page: bool,
    /// Scorers that no thread uses now.
    scorers: Mutex<Vec<Scorer<'w>>>,
}

/// Articles with their scores.
pub(super) struct ScoredBatch {
    source: Arc<Source>,
    first: bool,
    place: Place,
    pub(super) content: anyhow::Result<Vec<Article>>,
    scores: Vec<Scores>,
    text: Option<String>,
    pub(super) failed: Vec<String>,
    warnings: Vec<CorpusWarning>,
    notes: Vec<String>,
}

/// What is to be written and said of a task.
pub(super) struct Written {
    pub(super) source: Arc<Source>,
    /// What stands above the results of an input, if these are its first.
    pub(super) heading: Vec<u8>,
    pub(super) bytes: Vec<u8>,
    pub(super) error: Option<anyhow::Error>,
    /// How far all inputs are read after this.
    pub(super) place: Place,
    pub(super) sentences: usize,
    /// What a page is made of.
    pub(super) page: Vec<(Article, Scores)>,
    /// The text of an input that is one text, if it is wanted.
    pub(super) text: Option<String>,
    pub(super) languages: Vec<language::Note>,
    pub(super) failed: Vec<String>,
    pub(super) warnings: Vec<CorpusWarning>,
    pub(super) notes: Vec<String>,
    /// Columns that CSV has no place for.
    pub(super) lost: Option<String>,
}

impl<'w> Work<'w> {
    pub(super) fn new(
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
            keep_text: args.text_output.is_some(),
            is_page: args.format == ScoreFormat::Html,
            scorers: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn read_and_score(&self, task: Task) -> ScoredBatch {
        let name = &task.source.name;
        let read = task
            .batch
            .and_then(|batch| Ok(batch.read(name, self.options)?));
        let mut scored = ScoredBatch {
            source: task.source,
            first: task.first,
            place: task.place,
            content: Ok(Vec::new()),
            scores: Vec::new(),
            text: None,
            failed: Vec::new(),
            warnings: task.warnings,
            notes: Vec::new(),
        };
        match read {
            Ok(input) => self.take_input(&mut scored, input, task.skip),
            Err(error) => {
                scored.place.article = Place::WHOLE;
                scored.content = Err(error);
            }
        }
        scored
    }

    /// Scores the articles after the first `skip`, which an earlier run has written.
    fn take_input(&self, scored: &mut ScoredBatch, mut input: Input, skip: usize) {
        let last = input.articles.last().map_or(0, |article| article.number);
        scored.place.article = last as u64;
        if skip > 0 && last > 0 && last <= skip {
            return;
        }
        input.articles.retain(|article| article.number > skip);
        scored.scores = self.score(&input.articles);
        if self.keep_text && input.is_text {
            scored.text = input
                .articles
                .first()
                .and_then(|article| article.parts.first())
                .map(|part| part.text.clone());
        }
        if self.keep_text && !input.is_text && input.articles.first().is_some_and(|a| a.number == 1)
        {
            let name = &scored.source.name;
            input.notes.push(format!(
                "{name}: offsets count in the text of each record, so --text-output writes nothing"
            ));
        }
        scored.content = Ok(input.articles);
        scored.failed = input.failed.iter().map(ToString::to_string).collect();
        scored.warnings.extend(input.warnings);
        scored.notes = input.notes;
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

    pub(super) fn write(&self, scored: ScoredBatch) -> Written {
        let mut written = Written {
            source: scored.source,
            heading: Vec::new(),
            bytes: Vec::new(),
            error: None,
            place: scored.place,
            sentences: 0,
            page: Vec::new(),
            text: scored.text,
            languages: Vec::new(),
            failed: scored.failed,
            warnings: scored.warnings,
            notes: scored.notes,
            lost: None,
        };
        let articles = match scored.content {
            Ok(articles) => articles,
            Err(error) => {
                written.error = Some(error);
                return written;
            }
        };
        let source = &written.source;
        if scored.first {
            self.writer.input(&mut written.heading, &source.name);
        }
        let language = self.classifier.vectorizer().params().language();
        for (article, scores) in articles.iter().zip(&scored.scores) {
            written.sentences += scores.len();
            self.writer
                .article(&mut written.bytes, source, article, scores);
            let note = language::Note::of(&source.name, article, scores, language);
            written.languages.extend(note);
        }
        written.lost = self.writer.lost_columns(&source.name, &articles);
        if self.is_page {
            written.page = articles.into_iter().zip(scored.scores).collect();
        }
        written
    }
}
