//! Why a sentence got its label: what each term adds to the logits.

use std::collections::HashMap;
use std::ops::Range;

use super::Classifier;
use crate::features::terms::EDGE_WORDS;
use crate::features::vocabulary::TermId;
use crate::text::Analyzer;
use crate::text::surroundings::Surroundings;
use crate::text::word::tokens;

/// The share of one term in every logit.
#[derive(Debug, Clone, PartialEq)]
pub struct Contribution {
    /// The term as the vocabulary writes it.
    pub term: String,
    /// Its value in the sentence's row.
    pub value: f64,
    /// Value times weight, one a label.
    pub parts: Vec<f64>,
}

/// The logits of one sentence, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// What every sentence starts from, one a label.
    pub intercept: Vec<f64>,
    /// Every term of the sentence that the model knows, in the order of the vocabulary.
    pub contributions: Vec<Contribution>,
    /// The logits before calibration and context, one a label: intercept plus all parts, added in
    /// that order, exactly.
    pub logits: Vec<f64>,
}

impl Explanation {
    /// The contributions by their weight for label `class`, the strongest first; equal ones in the
    /// order of the vocabulary.
    #[must_use]
    pub fn strongest(&self, class: usize) -> Vec<&Contribution> {
        let mut sorted: Vec<_> = self.contributions.iter().collect();
        sorted.sort_by(|a, b| b.parts[class].abs().total_cmp(&a.parts[class].abs()));
        sorted
    }
}

impl Classifier {
    /// Takes the logits of `sentence` apart, which stands where `around` says.
    #[must_use]
    pub fn explain(&self, sentence: &str, around: &Surroundings) -> Explanation {
        let mut scorer = self.scorer();
        let row = scorer.row(sentence, around);
        let contributions: Vec<Contribution> = row
            .indices
            .iter()
            .zip(&row.values)
            .map(|(&j, &x)| Contribution {
                term: self
                    .vectorizer
                    .vocabulary()
                    .term(TermId::new(j as usize))
                    .to_owned(),
                value: f64::from(x),
                parts: self
                    .weights_of(j)
                    .iter()
                    .map(|&w| f64::from(x) * f64::from(w))
                    .collect(),
            })
            .collect();
        let mut logits = self.intercept.clone();
        for contribution in &contributions {
            for (sum, part) in logits.iter_mut().zip(&contribution.parts) {
                *sum += part;
            }
        }
        Explanation {
            intercept: self.intercept.clone(),
            contributions,
            logits,
        }
    }
}

impl Classifier {
    /// Spreads the weight of each contribution over the words of `sentence` it stands for: byte
    /// ranges with a weight other than 0, in order.
    ///
    /// A term of several words, or one that occurs several times, is shared out evenly. Shapes, and
    /// runs of characters, belong to no single word and are left out.
    #[must_use]
    pub fn word_weights(
        &self,
        sentence: &str,
        contributions: &[Contribution],
        weight: impl Fn(&Contribution) -> f64,
    ) -> Vec<(Range<usize>, f64)> {
        let analyzer = Analyzer::new(self.vectorizer.params().analyzer.clone());
        let tokens: Vec<_> = tokens(sentence).collect();
        let words: Vec<String> = tokens
            .iter()
            .map(|token| {
                let mut word = String::new();
                analyzer.term(token, &mut word);
                word
            })
            .collect();
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, word) in words.iter().enumerate() {
            places.entry(word).or_default().push(at);
        }
        let mut weights = vec![0.0; words.len()];
        for contribution in contributions {
            let found = occurrences(&contribution.term, &words, &places);
            let count: usize = found.iter().map(ExactSizeIterator::len).sum();
            for at in found.into_iter().flatten() {
                weights[at] += weight(contribution) / count as f64;
            }
        }
        tokens
            .iter()
            .zip(weights)
            .filter(|(_, weight)| *weight != 0.0)
            .map(|(token, weight)| (token.start..token.end(), weight))
            .collect()
    }
}

/// Where a term stands, as positions of words; see [`crate::features::terms`] for how terms are written.
fn occurrences(
    term: &str,
    words: &[String],
    places: &HashMap<&str, Vec<usize>>,
) -> Vec<Range<usize>> {
    let at = |word: &str| places.get(word).map_or(&[][..], Vec::as_slice);
    let marked = |word: &str, keep: &dyn Fn(usize) -> bool| {
        at(word)
            .iter()
            .filter(|&&at| keep(at))
            .map(|&at| at..at + 1)
            .collect()
    };
    if let Some(word) = term.strip_prefix('^') {
        return marked(word, &|at| at < EDGE_WORDS);
    }
    if let Some(word) = term.strip_prefix('$') {
        return marked(word, &|at| at + EDGE_WORDS >= words.len());
    }
    let parts: Vec<&str> = term.split(' ').collect();
    at(parts[0])
        .iter()
        .map(|&at| at..at + parts.len())
        .filter(|range| {
            words
                .get(range.clone())
                .is_some_and(|found| found.iter().eq(parts.iter()))
        })
        .collect()
}

#[cfg(all(test, feature = "builtin-model"))]
mod tests {
    use super::*;

    #[test]
    fn contributions_add_up_to_the_logits() {
        let classifier = Classifier::builtin().unwrap();
        let explanation = classifier.explain(
            "Police confirmed the arrest on Monday.",
            &Surroundings::default(),
        );
        let mut sums = explanation.intercept.clone();
        for contribution in &explanation.contributions {
            for (sum, part) in sums.iter_mut().zip(&contribution.parts) {
                *sum += part;
            }
        }
        assert_eq!(sums, explanation.logits);
        let class = classifier
            .labels()
            .iter()
            .position(|l| l == "confirmation")
            .unwrap();
        assert_eq!(explanation.strongest(class)[0].term, "confirm");
    }

    #[test]
    fn unknown_words_leave_the_shapes() {
        let classifier = Classifier::builtin().unwrap();
        let explanation = classifier.explain("Xyzzy", &Surroundings::default());
        assert!(
            explanation
                .contributions
                .iter()
                .all(|c| c.term.starts_with('#'))
        );
    }

    #[test]
    fn weights_of_words_add_up_to_those_of_their_terms() {
        let classifier = Classifier::builtin().unwrap();
        let sentence = "Police confirmed the arrest; police said so.";
        let explanation = classifier.explain(sentence, &Surroundings::default());
        let of_words: Vec<_> = explanation
            .contributions
            .into_iter()
            .filter(|c| !c.term.starts_with('#'))
            .collect();
        let spread = classifier.word_weights(sentence, &of_words, |c| c.parts[0]);
        let words: Vec<_> = spread
            .iter()
            .map(|(range, _)| &sentence[range.clone()])
            .collect();
        assert_eq!(words[..2], ["Police", "confirmed"]);
        let total: f64 = of_words.iter().map(|c| c.parts[0]).sum();
        let shown: f64 = spread.iter().map(|(_, weight)| weight).sum();
        approx::assert_abs_diff_eq!(shown, total, epsilon = 1e-12);
    }
}
