//! Scored sentences in the formats of `purport score`.

use std::io::{self, Write};

use purport::article::Article;
use purport::classifier::{Classifier, Context, Rule, Scores};
use purport::report::{Style, label_style, printable};
use purport::text::surroundings::{Surroundings, surroundings};
use serde_json::Value;

use super::args::{ScoreArgs, ScoreFormat};
use super::score::Row;

/// The columns that every row has, before the probabilities.
const COLUMNS: [&str; 9] = [
    "source",
    "article",
    "sentence",
    "start",
    "end",
    "text",
    "label",
    "confidence",
    "known_words",
];

/// Writes articles in one format.
pub(crate) struct Writer<'w> {
    format: ScoreFormat,
    classifier: &'w Classifier,
    rule: Rule,
    context: Context,
    explain: usize,
    style: Style,
    /// Names of the input's other columns, in CSV the same for all inputs.
    extra: Vec<String>,
    begun: bool,
    record: Vec<u8>,
}

impl<'w> Writer<'w> {
    pub(crate) fn new(args: &ScoreArgs, classifier: &'w Classifier, style: Style) -> Self {
        Self {
            format: args.format,
            classifier,
            rule: args.rule.rule(),
            context: args.rule.context.context(),
            explain: args.explain,
            style: if args.output.is_some() {
                Style { color: false }
            } else {
                style
            },
            extra: Vec::new(),
            begun: false,
            record: Vec::new(),
        }
    }

    /// Before the articles of an input: the header of CSV, the name of the input for people.
    pub(crate) fn begin(
        &mut self,
        out: &mut impl Write,
        name: &str,
        articles: &[Article],
    ) -> io::Result<()> {
        match self.format {
            ScoreFormat::Csv if !self.begun => {
                self.extra = extra_columns(articles);
                self.begun = true;
                self.header(out)
            }
            ScoreFormat::Human if name != "-" => {
                writeln!(out, "{}", self.style.paint("1", &printable(name)))
            }
            _ => Ok(()),
        }
    }

    /// All sentences of one article.
    pub(crate) fn article(
        &mut self,
        out: &mut impl Write,
        source: &str,
        number: usize,
        article: &Article,
        scores: &Scores,
    ) -> io::Result<()> {
        let name = article
            .name
            .clone()
            .unwrap_or_else(|| (number + 1).to_string());
        let mut sentence = 0;
        let around = match self.context {
            Context::Chain => surroundings(&article.texts().collect::<Vec<_>>()),
            Context::None => vec![Surroundings::default(); scores.len()],
        };
        if self.format == ScoreFormat::Human && number > 0 {
            writeln!(out)?;
        }
        for part in &article.parts {
            for span in &part.spans {
                let row = Row {
                    source,
                    article: &name,
                    sentence: sentence + 1,
                    start: span.start,
                    end: span.end,
                    text: &part.text[span.clone()],
                    around: around[sentence],
                    decision: self
                        .classifier
                        .decide(scores.probabilities(sentence), self.rule),
                    known_words: scores.known_words(sentence),
                    probabilities: scores.probabilities(sentence),
                    columns: &part.columns,
                };
                self.row(out, &row)?;
                sentence += 1;
            }
        }
        Ok(())
    }

    fn row(&mut self, out: &mut impl Write, row: &Row<'_>) -> io::Result<()> {
        match self.format {
            ScoreFormat::Labels => writeln!(
                out,
                "{}",
                self.label(row).unwrap_or(purport::classifier::NONE)
            ),
            ScoreFormat::Human => self.human(out, row),
            ScoreFormat::Jsonl => self.jsonl(out, row),
            ScoreFormat::Csv => self.csv(out, row),
        }
    }

    /// The label that is given, if one is.
    fn label(&self, row: &Row<'_>) -> Option<&'w str> {
        if row.decision.withheld {
            return None;
        }
        self.classifier.label(row.decision.class)
    }

    fn human(&self, out: &mut impl Write, row: &Row<'_>) -> io::Result<()> {
        let label = self.label(row);
        let codes = label.map_or("", |l| label_style(l, row.decision.class.index()));
        let shown = printable(&label.unwrap_or("").replace('_', " "));
        let left = format!("{shown:<15} {:>3.0} %  ", row.decision.confidence * 100.0);
        let text = printable(&row.text.split_whitespace().collect::<Vec<_>>().join(" "));
        let width = textwrap::termwidth().clamp(60, 110) - MARGIN;
        for (i, line) in textwrap::wrap(&text, width).iter().enumerate() {
            let margin = if i == 0 { &left } else { &" ".repeat(MARGIN) };
            writeln!(
                out,
                "{}",
                self.style.paint(codes, &format!("{margin}{line}"))
            )?;
        }
        if self.explain > 0 {
            let margin = " ".repeat(MARGIN);
            writeln!(out, "{margin}{}", self.style.paint("2", &self.reasons(row)))?;
        }
        Ok(())
    }

    /// The terms that weighed most for the chosen value.
    fn reasons(&self, row: &Row<'_>) -> String {
        self.strongest(row)
            .iter()
            .map(|(term, part)| format!("{} {part:+.2}", printable(term)))
            .collect::<Vec<_>>()
            .join("   ")
    }

    fn strongest(&self, row: &Row<'_>) -> Vec<(String, f64)> {
        let class = row.decision.class.index();
        let explanation = self.classifier.explain(row.text, &row.around);
        explanation
            .strongest(class)
            .into_iter()
            .take(self.explain)
            .map(|c| (c.term.clone(), c.parts[class]))
            .collect()
    }

    fn jsonl(&mut self, out: &mut impl Write, row: &Row<'_>) -> io::Result<()> {
        let mut object = serde_json::Map::new();
        for (name, value) in COLUMNS.iter().zip(self.values(row)) {
            object.insert((*name).to_owned(), value);
        }
        for (label, p) in self.classifier.labels().iter().zip(row.probabilities) {
            object.insert(format!("p_{label}"), Value::from(*p));
        }
        if self.explain > 0 {
            let terms = self
                .strongest(row)
                .into_iter()
                .map(|(term, part)| serde_json::json!({ "term": term, "part": part }))
                .collect();
            object.insert("terms".to_owned(), Value::Array(terms));
        }
        for (name, value) in row.columns {
            object.insert(self.column_name(name), value.clone());
        }
        serde_json::to_writer(&mut *out, &object)?;
        out.write_all(b"\n")
    }

    fn values(&self, row: &Row<'_>) -> [Value; 9] {
        [
            Value::from(row.source),
            Value::from(row.article),
            Value::from(row.sentence),
            Value::from(row.start),
            Value::from(row.end),
            Value::from(row.text),
            self.label(row).map_or(Value::Null, Value::from),
            Value::from(row.decision.confidence),
            Value::from(row.known_words),
        ]
    }

    /// A column of the input whose name is one of ours is kept under `input_…`.
    fn column_name(&self, name: &str) -> String {
        let ours = COLUMNS.contains(&name)
            || name == "terms"
            || name
                .strip_prefix("p_")
                .is_some_and(|l| self.classifier.labels().iter().any(|x| x == l));
        if ours {
            format!("input_{name}")
        } else {
            name.to_owned()
        }
    }

    fn header(&mut self, out: &mut impl Write) -> io::Result<()> {
        let mut names: Vec<String> = COLUMNS.iter().map(|&n| n.to_owned()).collect();
        names.extend(self.classifier.labels().iter().map(|l| format!("p_{l}")));
        names.extend(self.extra.iter().map(|n| self.column_name(n)));
        self.write_record(out, names.iter().map(String::as_str))
    }

    fn csv(&mut self, out: &mut impl Write, row: &Row<'_>) -> io::Result<()> {
        let mut fields: Vec<String> = self.values(row).iter().map(field).collect();
        fields.extend(row.probabilities.iter().map(ToString::to_string));
        for name in &self.extra {
            let value = row.columns.iter().find(|(n, _)| n == name);
            fields.push(value.map_or_else(String::new, |(_, value)| field(value)));
        }
        self.write_record(out, fields.iter().map(String::as_str))
    }

    fn write_record<'f>(
        &mut self,
        out: &mut impl Write,
        fields: impl Iterator<Item = &'f str>,
    ) -> io::Result<()> {
        self.record.clear();
        let mut writer = csv::Writer::from_writer(&mut self.record);
        writer.write_record(fields).map_err(io::Error::other)?;
        writer.flush()?;
        drop(writer);
        out.write_all(&self.record)
    }
}

/// A JSON value as a field: strings as they are, null as nothing.
fn field(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Names of the other columns of all articles, by first appearance.
fn extra_columns(articles: &[Article]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (name, _) in articles
        .iter()
        .flat_map(|a| &a.parts)
        .flat_map(|p| &p.columns)
    {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Width of label and confidence before the text.
const MARGIN: usize = 23;
