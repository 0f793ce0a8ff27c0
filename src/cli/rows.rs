//! Scored sentences in the formats of `purport score`.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::prelude::{BASE64_STANDARD, Engine};
use purport::article::Article;
use purport::classifier::{Classifier, Context, Decision, NONE, Rule, Scores};
use purport::report::{Style, label_style, printable};
use purport::text::surroundings::{Surroundings, surroundings};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::Value;

use super::args::{ScoreArgs, ScoreFormat};
use super::score::{Row, Source};

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

/// What stands in one of them.
#[derive(Serialize)]
#[serde(untagged)]
enum Cell<'r> {
    Text(&'r str),
    Count(u64),
    Share(f64),
    Nothing,
}

/// Writes articles in one format.
pub(crate) struct Writer<'w> {
    format: ScoreFormat,
    classifier: &'w Classifier,
    rule: Rule,
    context: Context,
    /// The columns of probabilities.
    probability_names: Vec<String>,
    explain: usize,
    style: Style,
    /// Names of the input's other columns, in CSV the same for all inputs.
    extra: Vec<String>,
    /// Make cells of CSV harmless that a spreadsheet would take for formulas.
    spreadsheet: bool,
    /// How many such cells were written as they are.
    formulas: AtomicU64,
}

impl<'w> Writer<'w> {
    pub(crate) fn new(args: &ScoreArgs, classifier: &'w Classifier, style: Style) -> Self {
        Self {
            format: args.format,
            classifier,
            rule: args.rule.rule(),
            context: args.rule.context.context(),
            probability_names: classifier
                .labels()
                .iter()
                .map(|label| format!("p_{label}"))
                .collect(),
            explain: args.explain,
            style: if args.output.is_some() {
                Style { color: false }
            } else {
                style
            },
            extra: Vec::new(),
            spreadsheet: args.spreadsheet,
            formulas: AtomicU64::new(0),
        }
    }

    /// Says which other columns all rows of CSV have.
    pub(crate) fn set_columns(&mut self, extra: Vec<String>) {
        self.extra = extra;
    }

    /// What CSV has no column for, as its first input had none.
    pub(crate) fn lost_columns(&self, source: &str, articles: &[Article]) -> Option<String> {
        if self.format != ScoreFormat::Csv {
            return None;
        }
        let kept: HashSet<&String> = self.extra.iter().collect();
        let lost: Vec<String> = extra_columns(articles)
            .into_iter()
            .filter(|name| !kept.contains(name))
            .map(|name| format!("`{name}`"))
            .collect();
        (!lost.is_empty()).then(|| {
            let more = lost.len().saturating_sub(MOST_NAMED);
            let lost = lost[..lost.len() - more].join(", ");
            let lost = if more > 0 {
                format!("{lost} and {more} more")
            } else {
                lost
            };
            format!("{source}: the first input has no {lost}: left out (--format jsonl keeps all)")
        })
    }

    /// A note on cells that a spreadsheet would take for formulas.
    pub(crate) fn formulas(&self) -> Option<String> {
        let count = self.formulas.load(Ordering::Relaxed);
        (count > 0).then(|| {
            format!("{count} cells begin as formulas do; --spreadsheet makes them harmless")
        })
    }

    /// Before the articles of an input: its name, for people.
    pub(crate) fn input(&self, out: &mut Vec<u8>, name: &str) {
        if self.format == ScoreFormat::Human && name != "-" {
            let name = printable(name);
            line(out, &self.style.paint("1", &name));
        }
    }

    /// All sentences of one article.
    pub(crate) fn article(
        &self,
        out: &mut Vec<u8>,
        source: &Source,
        article: &Article,
        scores: &Scores,
    ) {
        match self.format {
            ScoreFormat::Labels => return self.labels(out, scores),
            // A page begins with its summary: it is written at the end.
            ScoreFormat::Html => return,
            _ => {}
        }
        let name = article
            .name
            .clone()
            .unwrap_or_else(|| article.number.to_string());
        let mut sentence = 0;
        // Only the reasons of a label need them.
        let around = if self.explain > 0 && self.context == Context::Chain {
            surroundings(&article.texts().collect::<Vec<_>>())
        } else {
            vec![Surroundings::default(); scores.len()]
        };
        if self.format == ScoreFormat::Human && article.number > 1 {
            line(out, "");
        }
        for part in &article.parts {
            for span in &part.spans {
                let row = Row {
                    source,
                    article: &name,
                    sentence: sentence + 1,
                    start: part.offset + span.start,
                    end: part.offset + span.end,
                    text: &part.text[span.clone()],
                    around: around[sentence],
                    decision: self
                        .classifier
                        .decide(scores.probabilities(sentence), self.rule),
                    known_words: scores.known_words(sentence),
                    probabilities: scores.probabilities(sentence),
                    columns: &part.columns,
                };
                self.row(out, &row);
                sentence += 1;
            }
        }
    }

    fn labels(&self, out: &mut Vec<u8>, scores: &Scores) {
        for sentence in 0..scores.len() {
            let probabilities = scores.probabilities(sentence);
            let label = self.label(self.classifier.decide(probabilities, self.rule));
            // A line a label, whatever it holds.
            line(out, &printable(label.unwrap_or(NONE)));
        }
    }

    fn row(&self, out: &mut Vec<u8>, row: &Row<'_>) {
        match self.format {
            ScoreFormat::Labels | ScoreFormat::Html => {}
            ScoreFormat::Human => self.human(out, row),
            ScoreFormat::Jsonl => self.jsonl(out, row),
            ScoreFormat::Csv => self.csv(out, row),
        }
    }

    /// The label that is given, if one is.
    fn label(&self, decision: Decision) -> Option<&'w str> {
        if decision.withheld {
            return None;
        }
        self.classifier.label(decision.class)
    }

    fn human(&self, out: &mut Vec<u8>, row: &Row<'_>) {
        let label = self.label(row.decision);
        let codes = label.map_or("", |l| label_style(l, row.decision.class.index()));
        let shown = printable(&label.unwrap_or("").replace('_', " "));
        let left = format!("{shown:<15} {:>3.0} %  ", row.decision.confidence * 100.0);
        let text = printable(&row.text.split_whitespace().collect::<Vec<_>>().join(" "));
        let width = textwrap::termwidth().clamp(MARGIN + 20, 110) - MARGIN;
        for (i, text) in textwrap::wrap(&text, width).iter().enumerate() {
            let margin = if i == 0 { &left } else { &" ".repeat(MARGIN) };
            line(out, &self.style.paint(codes, &format!("{margin}{text}")));
        }
        if self.explain > 0 {
            let reasons = self.style.paint("2", &self.reasons(row, "   "));
            line(out, &format!("{}{reasons}", " ".repeat(MARGIN)));
        }
    }

    /// The terms that weighed most for the chosen value.
    fn reasons(&self, row: &Row<'_>, between: &str) -> String {
        self.strongest(row)
            .iter()
            .map(|(term, part)| format!("{} {part:+.2}", printable(term)))
            .collect::<Vec<_>>()
            .join(between)
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

    fn jsonl(&self, out: &mut Vec<u8>, row: &Row<'_>) {
        // Writing to memory cannot fail.
        let _ = self.object(&mut serde_json::Serializer::new(&mut *out), row);
        out.push(b'\n');
    }

    /// Writes a row as it goes along, without an object in between.
    fn object<S: Serializer>(&self, serializer: S, row: &Row<'_>) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        for (name, value) in COLUMNS.iter().zip(self.values(row)) {
            object.serialize_entry(name, &value)?;
        }
        for (name, p) in self.probability_names.iter().zip(row.probabilities) {
            object.serialize_entry(name, p)?;
        }
        if self.explain > 0 {
            let terms = self.strongest(row).into_iter();
            let terms = terms.map(|(term, part)| serde_json::json!({ "term": term, "part": part }));
            object.serialize_entry("terms", &terms.collect::<Vec<_>>())?;
        }
        if let Some(bytes) = lossless(&row.source.path) {
            object.serialize_entry("path_bytes", &bytes)?;
        }
        for (name, value) in row.columns {
            let taken = |other: &str| row.columns.iter().any(|(name, _)| name == other);
            object.serialize_entry(&self.column_name(name, taken), value)?;
        }
        object.end()
    }

    fn values<'r>(&self, row: &Row<'r>) -> [Cell<'r>; 9]
    where
        'w: 'r,
    {
        [
            Cell::Text(&row.source.name),
            Cell::Text(row.article),
            Cell::Count(row.sentence as u64),
            Cell::Count(row.start as u64),
            Cell::Count(row.end as u64),
            Cell::Text(row.text),
            self.label(row.decision).map_or(Cell::Nothing, Cell::Text),
            Cell::Share(row.decision.confidence),
            Cell::Count(row.known_words.into()),
        ]
    }

    fn is_ours(&self, name: &str) -> bool {
        COLUMNS.contains(&name)
            || name == "terms"
            || name == "path_bytes"
            || self.probability_names.iter().any(|other| other == name)
    }

    /// A column of the input whose name is one of ours is kept under `input_…`, or `input_input_…` if that is
    /// `taken` by another column.
    fn column_name(&self, name: &str, taken: impl Fn(&str) -> bool) -> String {
        let mut kept = name.to_owned();
        if self.is_ours(name) {
            kept.insert_str(0, "input_");
            while taken(&kept) {
                kept.insert_str(0, "input_");
            }
        }
        kept
    }

    /// The header of CSV.
    pub(crate) fn header(&self) -> Vec<u8> {
        let mut names: Vec<String> = COLUMNS.iter().map(|&n| n.to_owned()).collect();
        names.extend(self.probability_names.iter().cloned());
        if self.explain > 0 {
            names.push("terms".to_owned());
        }
        let taken = |other: &str| self.extra.iter().any(|name| name == other);
        let extra = self.extra.iter();
        names.extend(extra.map(|name| self.safe(self.column_name(name, taken))));
        let mut header = Vec::new();
        write_record(&mut header, &names);
        header
    }

    fn csv(&self, out: &mut Vec<u8>, row: &Row<'_>) {
        let values = self.values(row).into_iter();
        let mut fields: Vec<String> = values
            .map(|value| match value {
                Cell::Text(text) => self.safe(text.to_owned()),
                Cell::Count(count) => count.to_string(),
                Cell::Share(share) => Value::from(share).to_string(),
                Cell::Nothing => String::new(),
            })
            .collect();
        fields.extend(row.probabilities.iter().map(ToString::to_string));
        if self.explain > 0 {
            fields.push(self.safe(self.reasons(row, "; ")));
        }
        // Nearly always the columns stand in the same order; else they are looked up.
        let mut by_name: Option<HashMap<&String, &Value>> = None;
        for (i, name) in self.extra.iter().enumerate() {
            let value = match row.columns.get(i) {
                Some((found, value)) if found == name => Some(value),
                _ => by_name
                    .get_or_insert_with(|| row.columns.iter().map(|(n, v)| (n, v)).collect())
                    .get(name)
                    .copied(),
            };
            fields.push(value.map_or_else(String::new, |value| self.cell(value)));
        }
        write_record(out, &fields);
    }

    /// A JSON value as a cell: strings as they are, null as nothing.
    fn cell(&self, value: &Value) -> String {
        match value {
            Value::String(text) => self.safe(text.clone()),
            Value::Null => String::new(),
            other => other.to_string(),
        }
    }

    /// Text as a cell; with `--spreadsheet` no spreadsheet takes it for a formula (OWASP ASVS 5.0, 1.2.10).
    fn safe(&self, text: String) -> String {
        // `-` alone, the name of standard input, is none.
        if text == "-" || !text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']) {
            return text;
        }
        if self.spreadsheet {
            return format!("'{text}");
        }
        self.formulas.fetch_add(1, Ordering::Relaxed);
        text
    }
}

/// A path that is no Unicode, in base64, as no other form of it in JSON leads back to the file.
fn lossless(path: &Path) -> Option<String> {
    path.to_str()
        .is_none()
        .then(|| BASE64_STANDARD.encode(path.as_os_str().as_encoded_bytes()))
}

/// A record of CSV; writing to memory cannot fail.
fn write_record(out: &mut Vec<u8>, fields: &[String]) {
    let mut writer = csv::WriterBuilder::new()
        .buffer_capacity(1024)
        .from_writer(out);
    let _ = writer.write_record(fields);
    let _ = writer.flush();
}

fn line(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
    out.push(b'\n');
}

/// Names of the other columns of all articles, by first appearance.
pub(crate) fn extra_columns(articles: &[Article]) -> Vec<String> {
    let mut known: HashSet<&String> = HashSet::new();
    let parts = articles.iter().flat_map(|a| &a.parts);
    let names = parts.flat_map(|p| &p.columns).map(|(name, _)| name);
    names.filter(|name| known.insert(name)).cloned().collect()
}

/// A note names so many columns.
const MOST_NAMED: usize = 20;

/// Width of label and confidence before the text.
const MARGIN: usize = 23;
