//! The whole pipeline as one value: texts of an article in, labels with probabilities out.

mod canonical;
pub mod container;
pub mod diff;
pub mod estimate;
pub mod explain;
pub mod file;
pub mod train;
mod validity;

use rayon::prelude::*;

use crate::corpus::ClassId;
use crate::features::vectorizer::{Row, TextReader, Vectorizer};
use crate::io::shared::Numbers;
use crate::model::calibration::Calibration;
use crate::model::chain::Chain;
use crate::model::softmax::{argmax, softmax_in_place};
use crate::text::surroundings::{Surroundings, surroundings};

/// The label value that marks a sentence which carries no label.
pub const NONE: &str = "none";

/// A fitted classifier.
#[derive(Debug, Clone)]
pub struct Classifier {
    labels: Vec<String>,
    vectorizer: Vectorizer,
    /// Terms × classes, row by row.
    weights: Numbers<f32>,
    intercept: Vec<f64>,
    calibration: Option<Calibration>,
    chain: Option<Chain>,
    /// Hashes of the training texts, ascending; see [`text_hash`].
    text_hashes: Numbers<u64>,
    record: file::Record,
    /// The version that trained it.
    created_by: String,
    id: String,
}

/// Whether neighbouring sentences are labelled together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Context {
    /// By the chain, if the model has one.
    #[default]
    Chain,
    /// Each sentence by itself.
    None,
}

/// How a label is chosen from probabilities.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rule {
    /// Sentences whose greatest probability is lower get no label.
    pub min_confidence: f64,
    /// Choose among the labels other than `none`.
    pub always_label: bool,
}

/// What a [`Rule`] chose for one sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decision {
    /// The chosen value, `none` included.
    pub class: ClassId,
    /// Its probability.
    pub confidence: f64,
    /// The confidence is below the least wanted, so the value is withheld.
    pub withheld: bool,
}

/// The scores of the sentences of one article, in order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    classes: usize,
    probabilities: Vec<f64>,
    /// Of each sentence, how many words it has and how many of them the model knows.
    words: Vec<(u32, u32)>,
}

impl Scores {
    /// Number of sentences.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there are no sentences.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Probability of each label for sentence `i`.
    #[must_use]
    pub fn probabilities(&self, i: usize) -> &[f64] {
        &self.probabilities[i * self.classes..][..self.classes]
    }

    /// How many words of sentence `i` the model knows.
    #[must_use]
    pub fn known_words(&self, i: usize) -> u32 {
        self.words[i].1
    }

    /// How many words sentence `i` has.
    #[must_use]
    pub fn words(&self, i: usize) -> u32 {
        self.words[i].0
    }
}

impl Classifier {
    /// The labels in bytewise order; the index is the [`ClassId`].
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The class of the value `none`, if the model has it.
    #[must_use]
    pub fn none_class(&self) -> Option<ClassId> {
        let index = self.labels.iter().position(|l| l == NONE)?;
        Some(ClassId::at(index))
    }

    /// The text of a label, or `None` for the value that marks no label.
    #[must_use]
    pub fn label(&self, class: ClassId) -> Option<&str> {
        Some(self.labels[class.index()].as_str()).filter(|l| *l != NONE)
    }

    /// SHA-256 of the model's data, in hex: its name in every report.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// How texts become rows.
    #[must_use]
    pub fn vectorizer(&self) -> &Vectorizer {
        &self.vectorizer
    }

    /// The calibration, if the model has one.
    #[must_use]
    pub fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }

    /// The chain over neighbours, if the model has one.
    #[must_use]
    pub fn chain(&self) -> Option<&Chain> {
        self.chain.as_ref()
    }

    /// Options and training figures.
    #[must_use]
    pub fn record(&self) -> &file::Record {
        &self.record
    }

    /// Coefficients, terms × classes, row by row.
    #[must_use]
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Intercepts, one a label.
    #[must_use]
    pub fn intercept(&self) -> &[f64] {
        &self.intercept
    }

    /// Whether the text stood in the training data, up to case and white space.
    #[must_use]
    pub fn was_trained_on(&self, text: &str) -> bool {
        self.text_hashes.binary_search(&text_hash(text)).is_ok()
    }

    /// How many distinct texts the model was trained on.
    #[must_use]
    pub fn training_texts(&self) -> usize {
        self.text_hashes.len()
    }

    /// A scorer; one a thread.
    #[must_use]
    pub fn scorer(&self) -> Scorer<'_> {
        Scorer {
            classifier: self,
            reader: self.vectorizer.reader(),
        }
    }

    /// Scores many articles in parallel, in their order.
    #[must_use]
    pub fn score_all<T: AsRef<[S]> + Sync, S: AsRef<str> + Sync>(
        &self,
        articles: &[T],
        context: Context,
    ) -> Vec<Scores> {
        articles
            .par_iter()
            .map_init(
                || self.scorer(),
                |scorer, article| scorer.score(article.as_ref(), context),
            )
            .collect()
    }

    /// Chooses a label by `rule`.
    #[must_use]
    pub fn decide(&self, probabilities: &[f64], rule: Rule) -> Decision {
        let best = match self.none_class() {
            Some(none) if rule.always_label => {
                let mut without = probabilities.to_vec();
                without[none.index()] = -1.0;
                argmax(&without)
            }
            _ => argmax(probabilities),
        };
        let confidence = probabilities[best];
        Decision {
            class: ClassId::at(best),
            confidence,
            withheld: confidence < rule.min_confidence,
        }
    }

    /// The weights of term `column`, one a label.
    pub(crate) fn weights_of(&self, column: u32) -> &[f32] {
        let k = self.labels.len();
        &self.weights[column as usize * k..][..k]
    }

    /// b + Σⱼ xⱼ wⱼ, added in the order of the columns.
    fn logits(&self, row: &Row, out: &mut [f64]) {
        out.copy_from_slice(&self.intercept);
        // A few classes at a time, whose sums stay in registers.
        let mut rest = out;
        let mut first = 0;
        while !rest.is_empty() {
            let width = rest.len().min(WIDTH);
            let (group, others) = rest.split_at_mut(width);
            match width {
                1 => self.add_group::<1>(row, first, group),
                2 => self.add_group::<2>(row, first, group),
                3 => self.add_group::<3>(row, first, group),
                4 => self.add_group::<4>(row, first, group),
                5 => self.add_group::<5>(row, first, group),
                6 => self.add_group::<6>(row, first, group),
                7 => self.add_group::<7>(row, first, group),
                _ => self.add_group::<WIDTH>(row, first, group),
            }
            first += width;
            rest = others;
        }
    }

    /// Adds Σⱼ xⱼ wⱼ for the `N` classes from `first` on.
    fn add_group<const N: usize>(&self, row: &Row, first: usize, out: &mut [f64]) {
        let Some(out) = out.first_chunk_mut::<N>() else {
            return;
        };
        let mut sums = *out;
        let (k, weights) = (self.labels.len(), &*self.weights);
        for (&j, &x) in row.indices.iter().zip(&row.values) {
            if let Some(weights) = weights[j as usize * k + first..].first_chunk::<N>() {
                for (sum, &w) in sums.iter_mut().zip(weights) {
                    *sum += f64::from(x) * f64::from(w);
                }
            }
        }
        *out = sums;
    }
}

/// Classes whose logits are summed at a time.
const WIDTH: usize = 8;

/// Scores the articles one thread is given.
#[derive(Debug)]
pub struct Scorer<'c> {
    classifier: &'c Classifier,
    reader: TextReader<'c>,
}

impl Scorer<'_> {
    /// Probabilities of every sentence of one article, whose sentences follow each other.
    pub fn score<S: AsRef<str>>(&mut self, sentences: &[S], context: Context) -> Scores {
        let k = self.classifier.labels.len();
        let mut scores = Scores {
            classes: k,
            probabilities: vec![0.0; sentences.len() * k],
            words: Vec::with_capacity(sentences.len()),
        };
        let texts: Vec<&str> = sentences.iter().map(AsRef::as_ref).collect();
        let around = match context {
            Context::Chain => surroundings(&texts),
            Context::None => vec![Surroundings::default(); sentences.len()],
        };
        let rows = scores.probabilities.chunks_mut(k);
        for ((sentence, around), out) in sentences.iter().zip(&around).zip(rows) {
            let read = self.reader.read(sentence.as_ref(), around);
            scores.words.push((read.words, read.known_words));
            self.classifier.logits(read.row, out);
            match &self.classifier.calibration {
                Some(calibration) => calibration.apply(out),
                None => {
                    softmax_in_place(out);
                }
            }
        }
        if let (Context::Chain, Some(chain)) = (context, &self.classifier.chain) {
            chain.apply(&mut scores.probabilities);
        }
        scores
    }

    /// The row of one sentence.
    pub fn row(&mut self, sentence: &str, around: &Surroundings<'_>) -> &Row {
        self.reader.read(sentence, around).row
    }
}

/// Hash of a text up to case and white space: the first eight bytes of a SHA-256, little endian.
#[must_use]
pub fn text_hash(text: &str) -> u64 {
    use sha2::{Digest, Sha256};
    let mut normal = String::with_capacity(text.len() + 1);
    for word in text.split_whitespace() {
        if word.is_ascii() {
            let start = normal.len();
            normal.push_str(word);
            normal[start..].make_ascii_lowercase();
        } else {
            normal.push_str(&word.to_lowercase());
        }
        normal.push(' ');
    }
    let bytes = Sha256::digest(normal.as_bytes());
    u64::from_le_bytes([
        bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_ignores_case_and_white_space() {
        assert_eq!(text_hash("He  said\tso."), text_hash("he said SO. "));
        assert_ne!(text_hash("he said so"), text_hash("he saidso"));
    }
}
