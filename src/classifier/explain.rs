//! Why a sentence got its label: what each term adds to the logits.

use super::Classifier;
use crate::features::vocabulary::TermId;
use crate::text::surroundings::Surroundings;

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
}
