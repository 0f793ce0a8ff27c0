//! `purport explain`.

use std::path::{Path, PathBuf};
use std::{fs, io};

use purport::article::{self, ArticleError};
use purport::classifier::explain::Explanation;
use purport::classifier::{Classifier, Context};
use purport::report::{bar, label_style, printable};
use purport::text::surroundings::{Surroundings, surroundings};
use serde_json::json;

use super::args::{ExplainArgs, ReportFormat};
use super::failure::Failure;
use super::terminal::Terminal;
use super::{Outcome, closest, inputs, load, output};

pub(crate) fn run(args: &ExplainArgs, terminal: &Terminal) -> anyhow::Result<Outcome> {
    let target = Target::find(args)?;
    output::refuse_input(
        args.output.as_deref(),
        [&target.file, &args.model.model]
            .into_iter()
            .flatten()
            .map(PathBuf::as_path),
    )?;
    let classifier = load(&args.model)?;
    let reasons = Reasons::of(&classifier, args, &target)?;
    let text = match args.format {
        ReportFormat::Human => reasons.human(args.top, terminal),
        ReportFormat::Json => reasons.json(),
    };
    output::write(args.output.as_deref(), text.as_bytes())?;
    Ok(Outcome::Done)
}

/// The sentences of an article and which of them is asked about.
struct Target {
    sentences: Vec<String>,
    index: usize,
    file: Option<PathBuf>,
}

impl Target {
    /// `FILE:N`, else the text itself; `-` is standard input.
    fn find(args: &ExplainArgs) -> anyhow::Result<Self> {
        let target = args.target.as_str();
        if target == "-" {
            let bytes = inputs::read_bytes(Path::new("-"))?;
            let decode = args.read.options().decode;
            let decoded = purport::io::decode::decode(&bytes, &decode).map_err(|source| {
                ArticleError::Decode {
                    name: "-".to_owned(),
                    source,
                }
            })?;
            return Self::of_text(decoded.text.trim());
        }
        if Path::new(target).is_file() {
            return Err(no_number(target, target).into());
        }
        match target.rsplit_once(':') {
            Some((file, number)) if Path::new(file).is_file() => match number.parse() {
                Ok(number) => Self::of_file(args, Path::new(file), number),
                Err(_) => Err(no_number(target, file).into()),
            },
            Some((file, number)) if number.parse::<usize>().is_ok() && names_file(file) => {
                let error = fs::metadata(file)
                    .map_or_else(|missing| missing, |_| io::Error::other("it is not a file"));
                Err(Failure::io(file, &error).into())
            }
            _ => Self::of_text(target.trim()),
        }
    }

    fn of_text(text: &str) -> anyhow::Result<Self> {
        if text.is_empty() {
            return Err(Failure::usage(
                "the text is empty",
                "give a sentence in quotation marks, or FILE:N",
            )
            .into());
        }
        Ok(Self {
            sentences: vec![text.to_owned()],
            index: 0,
            file: None,
        })
    }

    fn of_file(args: &ExplainArgs, path: &Path, number: usize) -> anyhow::Result<Self> {
        let name = path.display().to_string();
        let bytes = inputs::read_bytes(path)?;
        let input = article::read(&name, &bytes, &args.read.options())?;
        let mut left = number;
        let mut total = 0;
        for article in &input.articles {
            let sentences: Vec<String> = article.texts().map(str::to_owned).collect();
            total += sentences.len();
            if (1..=sentences.len()).contains(&left) {
                return Ok(Self {
                    sentences,
                    index: left - 1,
                    file: Some(path.to_owned()),
                });
            }
            left = left.saturating_sub(sentences.len());
        }
        Err(Failure::data(
            format!("{name}: no sentence {number}, there are {total}"),
            Some("sentences are counted from 1, in the order of `purport score`".to_owned()),
        )
        .into())
    }

    fn around(&self, context: Context) -> Surroundings<'_> {
        match context {
            Context::Chain => {
                let texts: Vec<&str> = self.sentences.iter().map(String::as_str).collect();
                surroundings(&texts)[self.index]
            }
            Context::None => Surroundings::default(),
        }
    }
}

/// Whether this is the name of a file rather than words: no spaces, and a directory or an ending.
fn names_file(text: &str) -> bool {
    let path = Path::new(text);
    !text.contains(char::is_whitespace) && (text.contains('/') || path.extension().is_some())
}

fn no_number(target: &str, file: &str) -> Failure {
    Failure::usage(
        &format!("{}: a file, but no sentence in it", printable(target)),
        &format!("say which, as in {}:3", printable(file)),
    )
}

/// All that there is to say of one sentence.
struct Reasons<'r> {
    classifier: &'r Classifier,
    sentence: &'r str,
    /// The label that is explained.
    class: usize,
    /// The label that was given; none if its confidence is too low.
    given: Option<&'r str>,
    /// The value that is most probable.
    best: usize,
    confidence: f64,
    alone: Vec<f64>,
    together: Vec<f64>,
    explanation: Explanation,
}

impl<'r> Reasons<'r> {
    fn of(
        classifier: &'r Classifier,
        args: &ExplainArgs,
        target: &'r Target,
    ) -> anyhow::Result<Self> {
        let sentence = &target.sentences[target.index];
        let scores = classifier
            .scorer()
            .score(&target.sentences, args.rule.context.context());
        let alone = classifier.scorer().score(&[sentence], Context::None);
        let together = scores.probabilities(target.index).to_vec();
        let decision = classifier.decide(&together, args.rule.rule());
        let around = target.around(args.rule.context.context());
        Ok(Self {
            classifier,
            sentence,
            class: wanted(classifier, args.label.as_deref())?.unwrap_or(decision.class.index()),
            given: classifier
                .label(decision.class)
                .filter(|_| !decision.withheld),
            best: decision.class.index(),
            confidence: decision.confidence,
            alone: alone.probabilities(0).to_vec(),
            together,
            explanation: classifier.explain(sentence, &around),
        })
    }

    fn human(&self, top: usize, terminal: &Terminal) -> String {
        let style = terminal.out();
        let labels = self.classifier.labels();
        let name = |class: usize| printable(&labels[class].replace('_', " "));
        let paint =
            |class: usize, text: &str| style.paint(label_style(&labels[class], class), text);
        let mut lines = vec![
            printable(&self.sentence.replace('\n', " ")),
            String::new(),
            format!(
                "{} {:.0} %",
                paint(
                    self.best,
                    &self.given.map_or("no label".to_owned(), |label| printable(
                        &label.replace('_', " ")
                    ))
                ),
                self.confidence * 100.0
            ),
            String::new(),
        ];
        let shown = self.explanation.strongest(self.class);
        let count = if top == 0 {
            shown.len()
        } else {
            top.min(shown.len())
        };
        let greatest = shown
            .first()
            .map_or(1.0, |c| c.parts[self.class].abs().max(1e-9));
        lines.push(style.paint("1", &format!("for {}", name(self.class))));
        lines.push(format!(
            "  {:>8.4}  every sentence starts here",
            self.explanation.intercept[self.class]
        ));
        for c in &shown[..count] {
            let part = c.parts[self.class];
            lines.push(format!(
                "  {part:>+8.4}  {:<28} {}",
                printable(&c.term),
                bar(part.abs() / greatest, 20)
            ));
        }
        if count < shown.len() {
            let rest: f64 = shown[count..].iter().map(|c| c.parts[self.class]).sum();
            lines.push(format!(
                "  {rest:>+8.4}  {} more terms",
                shown.len() - count
            ));
        }
        lines.push(format!(
            "  {:>8.4}  logit",
            self.explanation.logits[self.class]
        ));
        lines.push(String::new());
        lines.push(style.paint(
            "1",
            &format!(
                "{:<20} {:>8}  {:>8}  {:>8}",
                "label", "logit", "alone", "in context"
            ),
        ));
        for class in 0..labels.len() {
            lines.push(format!(
                "{} {:>8.4}  {:>6.1} %  {:>6.1} %",
                paint(class, &format!("{:<20}", name(class))),
                self.explanation.logits[class],
                self.alone[class] * 100.0,
                self.together[class] * 100.0
            ));
        }
        lines.join("\n") + "\n"
    }

    fn json(&self) -> String {
        let labels = self.classifier.labels();
        let contributions: Vec<_> = self
            .explanation
            .strongest(self.class)
            .iter()
            .map(|c| json!({ "term": c.term, "value": c.value, "parts": c.parts }))
            .collect();
        let value = json!({
            "text": self.sentence,
            "label": self.given,
            "confidence": self.confidence,
            "labels": labels,
            "explained": labels[self.class],
            "intercept": self.explanation.intercept,
            "contributions": contributions,
            "logits": self.explanation.logits,
            "probabilities_alone": self.alone,
            "probabilities": self.together,
        });
        format!("{value:#}\n")
    }
}

fn wanted(classifier: &Classifier, label: Option<&str>) -> anyhow::Result<Option<usize>> {
    let Some(label) = label else { return Ok(None) };
    let labels = classifier.labels();
    match labels.iter().position(|l| l == label) {
        Some(class) => Ok(Some(class)),
        None => Err(Failure::usage(
            &format!("the model has no label `{}`", printable(label)),
            &match closest(label, labels) {
                Some(near) => format!("did you mean `{}`?", printable(near)),
                None => format!("its labels are {}", printable(&labels.join(", "))),
            },
        )
        .into()),
    }
}
