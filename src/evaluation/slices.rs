//! Figures of parts of the data: by a column, and by what a sentence looks like.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bootstrap::Bootstrap;
use super::confusion::Margins;
use super::figure::Figure;
use super::measure::short_figures;
use super::table::Table;
use crate::classifier::{Classifier, Scores};
use crate::corpus::Corpus;
use crate::text::language;
use crate::text::word::{TokenKind, tokens};

/// Values of one column that are shown; the others are one slice together.
const MOST_VALUES: usize = 50;

/// A part of the rows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slice {
    /// What the rows were parted by: a column, or `length`, `quotation`, `place`, `known words`,
    /// `language`.
    pub dimension: String,
    /// What these rows have in common.
    pub value: String,
    /// How many they are.
    pub rows: usize,
    /// From how many articles.
    pub articles: usize,
    /// Share of right predictions.
    pub accuracy: Figure,
    /// Mean F1 over the labels in the slice.
    pub macro_f1: Figure,
    /// By how much the accuracy over all rows would rise if this slice were as accurate as the other rows;
    /// negative where it is more accurate.
    pub cost: f64,
}

/// What rows are parted by: the value of each judged row.
pub(crate) struct Dimension {
    pub name: String,
    pub values: Vec<String>,
}

/// The slices of all dimensions, the most costly first.
pub(crate) fn slices(
    table: &Table<'_>,
    dimensions: &[Dimension],
    bootstrap: Bootstrap,
) -> Vec<Slice> {
    let mut slices: Vec<Slice> = dimensions
        .iter()
        .flat_map(|dimension| of_dimension(table, dimension, bootstrap))
        .collect();
    slices.sort_by(|a, b| {
        b.cost
            .total_cmp(&a.cost)
            .then_with(|| (&a.dimension, &a.value).cmp(&(&b.dimension, &b.value)))
    });
    slices
}

fn of_dimension(table: &Table<'_>, dimension: &Dimension, bootstrap: Bootstrap) -> Vec<Slice> {
    let mut rows_of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, value) in dimension.values.iter().enumerate() {
        rows_of.entry(value).or_default().push(row);
    }
    let mut parts: Vec<(String, Vec<usize>)> = rows_of
        .into_iter()
        .map(|(value, rows)| (value.to_owned(), rows))
        .collect();
    if parts.len() > MOST_VALUES {
        parts.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then_with(|| a.0.cmp(&b.0)));
        let rest = parts.split_off(MOST_VALUES);
        let name = format!("({} others)", rest.len());
        let mut rows: Vec<usize> = rest.into_iter().flat_map(|(_, rows)| rows).collect();
        rows.sort_unstable();
        parts.push((name, rows));
    }
    let all = table.margins();
    parts
        .into_iter()
        .map(|(value, rows)| slice(table, &all, dimension, value, &rows, bootstrap))
        .collect()
}

fn slice(
    table: &Table<'_>,
    all: &Margins,
    dimension: &Dimension,
    value: String,
    rows: &[usize],
    bootstrap: Bootstrap,
) -> Slice {
    let part = table.part(rows.iter().copied());
    let margins = part.margins();
    let [accuracy, macro_f1] = short_figures(&part, bootstrap);
    Slice {
        dimension: dimension.name.clone(),
        value,
        rows: rows.len(),
        articles: part.articles,
        accuracy,
        macro_f1,
        cost: cost(&margins, all),
    }
}

fn cost(part: &Margins, all: &Margins) -> f64 {
    let rest = all.total() - part.total();
    if rest == 0 {
        return 0.0;
    }
    let rest_wrong = (all.total() - all.correct()) - (part.total() - part.correct());
    let expected = part.total() as f64 * (rest_wrong as f64 / rest as f64);
    ((part.total() - part.correct()) as f64 - expected) / all.total() as f64
}

/// The dimensions of `rows`, which are rows of the corpus: `columns` first, then the built-in ones.
pub(crate) fn dimensions(
    corpus: &Corpus,
    rows: &[usize],
    columns: &[String],
    known_words: &[u32],
    classifier: &Classifier,
) -> Vec<Dimension> {
    let by = |name: &str, value: &dyn Fn(usize) -> String| Dimension {
        name: name.to_owned(),
        values: rows.iter().map(|&row| value(row)).collect(),
    };
    let words: Vec<usize> = (0..corpus.len())
        .map(|row| count_words(corpus.text(row)))
        .collect();
    let places = places(corpus);
    let languages = languages(corpus, &words, known_words, classifier);
    let mut dimensions: Vec<Dimension> = columns
        .iter()
        .map(|column| by(column, &|row| column_value(corpus, row, column)))
        .collect();
    dimensions.extend([
        by("length", &|row| length(words[row]).to_owned()),
        by("quotation", &|row| quotation(corpus.text(row)).to_owned()),
        by("place", &|row| places[row].to_owned()),
        by("known words", &|row| {
            known_share(known_words[row], words[row]).to_owned()
        }),
        by("language", &|row| {
            languages[corpus.article(row).index()].clone()
        }),
    ]);
    dimensions
}

/// Known words by row of the corpus.
pub(crate) fn known_words(
    corpus: &Corpus,
    sequences: &[Vec<usize>],
    scores: &[Scores],
) -> Vec<u32> {
    let mut known = vec![0; corpus.len()];
    for (rows, scores) in sequences.iter().zip(scores) {
        for (at, &row) in rows.iter().enumerate() {
            known[row] = scores.known_words(at);
        }
    }
    known
}

fn column_value(corpus: &Corpus, row: usize, column: &str) -> String {
    match corpus.value(row, column) {
        None => "(no column)".to_owned(),
        Some("") => "(empty)".to_owned(),
        Some(value) => value.to_owned(),
    }
}

fn count_words(text: &str) -> usize {
    tokens(text)
        .filter(|token| token.kind == TokenKind::Word)
        .count()
}

fn length(words: usize) -> &'static str {
    match words {
        0..=3 => "0 to 3 words",
        4..=10 => "4 to 10 words",
        11..=20 => "11 to 20 words",
        21..=36 => "21 to 36 words",
        _ => "37 words or more",
    }
}

fn quotation(text: &str) -> &'static str {
    let mut marks = 0;
    let mut outside = 0;
    let mut open = false;
    for token in tokens(text) {
        match token.kind {
            TokenKind::OpenQuote => open = true,
            TokenKind::CloseQuote => open = false,
            _ => {
                outside += usize::from(!open);
                continue;
            }
        }
        marks += 1;
    }
    match (marks, outside) {
        (0, _) => "no quotation",
        (_, 0) => "all quoted",
        _ => "partly quoted",
    }
}

fn known_share(known: u32, words: usize) -> &'static str {
    if words == 0 {
        return "no words";
    }
    match f64::from(known) / words as f64 {
        share if share < 0.5 => "under 50 %",
        share if share < 0.8 => "50 to 80 %",
        share if share < 0.95 => "80 to 95 %",
        _ => "95 % or more",
    }
}

/// Where each row stands in its article.
fn places(corpus: &Corpus) -> Vec<&'static str> {
    let mut rows: Vec<usize> = (0..corpus.len()).collect();
    rows.sort_by_key(|&row| (corpus.article(row), corpus.position(row), row));
    let mut places = vec!["alone"; corpus.len()];
    for article in rows.chunk_by(|&a, &b| corpus.article(a) == corpus.article(b)) {
        for (at, &row) in article.iter().enumerate() {
            places[row] = match (at * 3 / article.len(), at) {
                _ if article.len() == 1 => "alone",
                (_, 0) => "first",
                (0, _) => "first third",
                (1, _) => "middle third",
                _ => "last third",
            };
        }
    }
    places
}

/// The language of each article: that of the model, unless it looks like another.
fn languages(
    corpus: &Corpus,
    words: &[usize],
    known_words: &[u32],
    classifier: &Classifier,
) -> Vec<String> {
    let expected = classifier.vectorizer().params().language();
    let mut of_article: Vec<Vec<usize>> = vec![Vec::new(); corpus.articles().len()];
    for row in 0..corpus.len() {
        of_article[corpus.article(row).index()].push(row);
    }
    of_article
        .iter()
        .map(|rows| {
            let known: u64 = rows.iter().map(|&row| u64::from(known_words[row])).sum();
            let all: usize = rows.iter().map(|&row| words[row]).sum();
            let familiar = known * 2 > all as u64;
            let texts = rows.iter().map(|&row| corpus.text(row));
            match (!familiar)
                .then(|| language::foreign(texts, expected))
                .flatten()
            {
                Some(foreign) => foreign.to_lowercase(),
                None => expected.name().to_owned(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_costs_what_it_is_worse_than_the_rest() {
        let all = Margins::of(2, [(0, 0), (0, 1), (1, 1), (1, 1)]);
        let part = Margins::of(2, [(0, 0), (0, 1)]);
        assert_eq!(cost(&part, &all), 0.25);
        let good = Margins::of(2, [(1, 1), (1, 1)]);
        assert_eq!(cost(&good, &all), -0.25);
        assert_eq!(cost(&all, &all), 0.0);
    }

    #[test]
    fn sentences_are_parted_by_their_looks() {
        for (text, expected) in [
            ("He left.", "no quotation"),
            ("“I left.”", "all quoted"),
            ("“I left,” he said.", "partly quoted"),
        ] {
            assert_eq!(quotation(text), expected, "for {text:?}");
        }
        assert_eq!(length(3), "0 to 3 words");
        assert_eq!(length(37), "37 words or more");
        assert_eq!(known_share(0, 0), "no words");
        assert_eq!(known_share(19, 20), "95 % or more");
    }
}
