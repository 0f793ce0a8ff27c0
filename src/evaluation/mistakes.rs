//! Errors first: the surest mistakes and the labels most confused, with what weighed for either.

use std::collections::BTreeMap;

use serde::Serialize;

use super::table::{Table, TableRow};
use crate::classifier::explain::{Contribution, Explanation};
use crate::classifier::{Classifier, Context};
use crate::corpus::Corpus;
use crate::text::surroundings::{Surroundings, surroundings, within_reach};

/// Terms shown for either label.
const TERMS: usize = 5;

/// Pairs of labels shown.
const PAIRS: usize = 20;

/// Mistakes of a pair that its terms are taken from, the surest.
const EXPLAINED: usize = 100;

/// A sentence of the data and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// The file it stands in.
    pub file: String,
    /// The line in which its row begins.
    pub line: u64,
    /// Its article, if it has one.
    pub article: Option<String>,
    /// The sentence.
    pub text: String,
    /// The sentence before, if it is known.
    pub before: Option<String>,
    /// The sentence after.
    pub after: Option<String>,
}

/// A sentence that was given a wrong label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mistake {
    /// The sentence.
    #[serde(flatten)]
    pub sentence: Sentence,
    /// The right label.
    pub gold: String,
    /// The label it was given.
    pub predicted: String,
    /// Probability of the label it was given.
    pub confidence: f64,
    /// Probability of the right label; `None` if the model does not know it.
    pub gold_probability: Option<f64>,
    /// Its text stood in the training data.
    pub seen: bool,
    /// What weighed for the given label over the right one, the heaviest first.
    pub for_predicted: Vec<TermWeight>,
    /// What weighed for the right label over the given one; empty if the model does not know it.
    pub for_gold: Vec<TermWeight>,
    /// Words that weighed for either, in the order of the text.
    pub highlights: Vec<Highlight>,
    /// Training sentences most alike, if a training set was given.
    pub nearest: Vec<Neighbour>,
}

/// A term and how much it moved the logit of one label over that of the other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TermWeight {
    /// The term as the vocabulary writes it.
    pub term: String,
    /// The difference of its contributions to the two logits, above 0.
    pub weight: f64,
}

/// A word of a sentence, in bytes, and how much its terms weighed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Highlight {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// Above 0 for the given label over the right one, below 0 for the right one.
    pub weight: f64,
}

/// A training sentence like another sentence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Neighbour {
    /// The file it stands in.
    pub file: String,
    /// The line in which its row begins.
    pub line: u64,
    /// The sentence.
    pub text: String,
    /// Its label.
    pub label: String,
    /// Cosine of the two rows in the model's feature space, from 0 to 1.
    pub similarity: f64,
}

/// A pair of labels that the model confuses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Confused {
    /// The right label.
    pub gold: String,
    /// The label given.
    pub predicted: String,
    /// How many rows.
    pub rows: u64,
    /// Their share of the rows of the right label.
    pub share: f64,
    /// What weighed for the given label over the right one, in the mean of the surest such
    /// mistakes.
    pub for_predicted: Vec<TermWeight>,
    /// What weighed for the right label over the given one.
    pub for_gold: Vec<TermWeight>,
}

/// Where each row of a corpus stands among its neighbours.
pub(crate) struct Places<'c> {
    corpus: &'c Corpus,
    sequences: &'c [Vec<usize>],
    /// Sequence of each row and its position there.
    of_row: Vec<(usize, usize)>,
    context: Context,
}

impl<'c> Places<'c> {
    pub(crate) fn new(corpus: &'c Corpus, sequences: &'c [Vec<usize>], context: Context) -> Self {
        let mut of_row = vec![(0, 0); corpus.len()];
        for (number, rows) in sequences.iter().enumerate() {
            for (at, &row) in rows.iter().enumerate() {
                of_row[row] = (number, at);
            }
        }
        Self {
            corpus,
            sequences,
            of_row,
            context,
        }
    }

    /// The sentence of a row, with its neighbours.
    pub(crate) fn sentence(&self, row: usize) -> Sentence {
        let place = self.corpus.place(row);
        Sentence {
            file: place.path.display().to_string(),
            line: place.line,
            article: self.corpus.article_name(row).map(str::to_owned),
            text: self.corpus.text(row).to_owned(),
            before: self.neighbour(row, -1),
            after: self.neighbour(row, 1),
        }
    }

    /// The text `step` rows after `row` (before it, if negative), if it is a neighbour.
    fn neighbour(&self, row: usize, step: isize) -> Option<String> {
        let (sequence, at) = self.of_row[row];
        let other = self.sequences[sequence].get(at.checked_add_signed(step)?)?;
        Some(self.corpus.text(*other).to_owned())
    }

    pub(crate) fn surroundings(&self, row: usize) -> Surroundings<'_> {
        if self.context == Context::None {
            return Surroundings::default();
        }
        let (sequence, at) = self.of_row[row];
        let rows = &self.sequences[sequence];
        let reach = within_reach(at, rows.len());
        let texts: Vec<&str> = rows[reach.clone()]
            .iter()
            .map(|&row| self.corpus.text(row))
            .collect();
        surroundings(&texts)[at - reach.start]
    }
}

/// Finds and explains the mistakes of a table whose rows are `rows` of the corpus.
pub(crate) struct Mistakes<'m> {
    pub classifier: &'m Classifier,
    pub corpus: &'m Corpus,
    pub places: Places<'m>,
    pub table: &'m Table<'m>,
    pub rows: &'m [usize],
}

impl Mistakes<'_> {
    /// Rows of the table that are wrong, the surest first; equally sure ones by text and place.
    pub(crate) fn surest(&self) -> Vec<usize> {
        let rows = &self.table.rows;
        let mut wrong: Vec<usize> = (0..rows.len()).filter(|&i| !rows[i].is_right()).collect();
        let text = |i: usize| self.corpus.text(self.rows[i]);
        wrong.sort_by(|&a, &b| {
            rows[b]
                .confidence
                .total_cmp(&rows[a].confidence)
                .then_with(|| text(a).cmp(text(b)))
                .then(a.cmp(&b))
        });
        wrong
    }

    pub(crate) fn mistake(&self, i: usize) -> Mistake {
        let row = &self.table.rows[i];
        let at = self.rows[i];
        let text = self.corpus.text(at);
        let explanation = self.explain(i);
        let weight = |c: &Contribution| self.weight(row, c);
        let (for_predicted, for_gold) = strongest(
            explanation
                .contributions
                .iter()
                .map(|c| (c.term.as_str(), weight(c))),
        );
        let known = row.known_gold.is_some();
        Mistake {
            sentence: self.places.sentence(at),
            gold: self.table.labels[row.gold].clone(),
            predicted: self.table.labels[row.predicted].clone(),
            confidence: row.confidence,
            gold_probability: row.known_gold.map(|column| row.probabilities[column]),
            seen: row.seen,
            for_predicted,
            for_gold: if known { for_gold } else { Vec::new() },
            highlights: self
                .classifier
                .word_weights(text, &explanation.contributions, weight)
                .into_iter()
                .map(|(range, weight)| Highlight {
                    start: range.start,
                    end: range.end,
                    weight,
                })
                .collect(),
            nearest: Vec::new(),
        }
    }

    fn explain(&self, i: usize) -> Explanation {
        let at = self.rows[i];
        self.classifier
            .explain(self.corpus.text(at), &self.places.surroundings(at))
    }

    /// How much a term moved the logit of the given label over that of the right one, or by itself
    /// if the model does not know the right one.
    fn weight(&self, row: &TableRow<'_>, contribution: &Contribution) -> f64 {
        let part = |column: Option<usize>| column.map_or(0.0, |c| contribution.parts[c]);
        part(self.table.columns[row.predicted]) - part(row.known_gold)
    }

    /// The pairs of labels most confused, the most frequent first.
    pub(crate) fn confused(&self, surest: &[usize]) -> Vec<Confused> {
        let mut pairs: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
        for &i in surest {
            let row = &self.table.rows[i];
            pairs.entry((row.gold, row.predicted)).or_default().push(i);
        }
        let mut pairs: Vec<_> = pairs.into_iter().collect();
        pairs.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(&b.0)));
        pairs.truncate(PAIRS);
        let margins = self.table.margins();
        pairs
            .into_iter()
            .map(|((gold, predicted), rows)| {
                let (for_predicted, for_gold) = self.mean_terms(&rows[..rows.len().min(EXPLAINED)]);
                Confused {
                    gold: self.table.labels[gold].clone(),
                    predicted: self.table.labels[predicted].clone(),
                    rows: rows.len() as u64,
                    share: rows.len() as f64 / margins.gold(gold) as f64,
                    for_predicted,
                    for_gold: match self.table.columns[gold] {
                        Some(_) => for_gold,
                        None => Vec::new(),
                    },
                }
            })
            .collect()
    }

    fn mean_terms(&self, rows: &[usize]) -> (Vec<TermWeight>, Vec<TermWeight>) {
        let mut sums: BTreeMap<String, f64> = BTreeMap::new();
        for &i in rows {
            let row = &self.table.rows[i];
            for contribution in self.explain(i).contributions {
                let weight = self.weight(row, &contribution) / rows.len() as f64;
                *sums.entry(contribution.term).or_default() += weight;
            }
        }
        strongest(sums.iter().map(|(term, weight)| (term.as_str(), *weight)))
    }
}

/// The terms of greatest weight, and those of least weight with the sign turned.
pub(crate) fn strongest<'t>(
    terms: impl Iterator<Item = (&'t str, f64)>,
) -> (Vec<TermWeight>, Vec<TermWeight>) {
    let mut terms: Vec<(&str, f64)> = terms.collect();
    terms.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let above = terms.iter().take_while(|(_, weight)| *weight > 0.0);
    let below = terms.iter().rev().take_while(|(_, weight)| *weight < 0.0);
    let term = |&(term, weight): &(&str, f64)| TermWeight {
        term: term.to_owned(),
        weight: weight.abs(),
    };
    (
        above.take(TERMS).map(term).collect(),
        below.take(TERMS).map(term).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_parted_by_the_label_they_weigh_for() {
        let (above, below) =
            strongest([("a", 0.5), ("b", -2.0), ("c", 1.0), ("d", 0.0)].into_iter());
        let names = |terms: &[TermWeight]| {
            let names: Vec<_> = terms.iter().map(|t| t.term.clone()).collect();
            names.join(" ")
        };
        assert_eq!(
            (names(&above), names(&below)),
            ("c a".to_owned(), "b".to_owned())
        );
        assert_eq!(below[0].weight, 2.0);
    }
}
