//! Whether the numbers of a model make sense: a file can be intact and hold what no training gives.

use super::Classifier;
use super::file::LoadError;
use crate::features::vectorizer::Weighting;
use crate::features::vocabulary::TermId;
use crate::model::calibration::Calibration;
use crate::model::chain::{Chain, shares};

/// How far a sum of probabilities may be from 1 by rounding.
const ROUNDING: f64 = 1e-9;

impl Classifier {
    /// Refuses numbers that no training gives; with the others every score is a probability.
    ///
    /// # Errors
    ///
    /// [`LoadError::Section`] or [`LoadError::Metadata`] for the first of them.
    pub(super) fn check(&self) -> Result<(), LoadError> {
        for (label, &bias) in self.labels.iter().zip(&self.intercept) {
            single("bias", || format!("the intercept of label {label:?}"), bias)?;
        }
        if let Some(calibration) = &self.calibration {
            self.check_calibration(calibration)?;
        }
        if let Some(chain) = &self.chain {
            self.check_chain(chain)?;
        }
        self.check_idf()?;
        check_hashes(&self.text_hashes)
    }

    fn check_calibration(&self, calibration: &Calibration) -> Result<(), LoadError> {
        let section = "calibration";
        positive(section, || "the scale".to_owned(), calibration.scale)?;
        for (label, &offset) in self.labels.iter().zip(&calibration.offsets) {
            single(section, || format!("the offset of label {label:?}"), offset)?;
        }
        Ok(())
    }

    /// The transitions of a label sum to 1, by the shares that the labels had in training.
    fn check_chain(&self, chain: &Chain) -> Result<(), LoadError> {
        let weight = chain.weight();
        if !(0.0..=1.0).contains(&weight) {
            return Err(refused(
                "chain.weight",
                format!("found {weight:?}, expected a number from 0 to 1"),
            ));
        }
        let rows = &self.record.training.label_rows;
        if rows.len() != self.labels.len() {
            return Err(LoadError::Metadata {
                entry: "training",
                problem: format!(
                    "`label_rows` has {} numbers, expected one for each of {} labels",
                    rows.len(),
                    self.labels.len()
                ),
            });
        }
        for (label, sum) in self.labels.iter().zip(chain.row_sums(&shares(rows))) {
            if !(1.0 - ROUNDING..=1.0 + ROUNDING).contains(&sum) {
                return Err(refused(
                    "chain.transitions",
                    format!(
                        "the probabilities of what follows label {label:?} sum to {sum:?}, expected 1 with the \
                         `label_rows` of metadata `training`"
                    ),
                ));
            }
        }
        Ok(())
    }

    fn check_idf(&self) -> Result<(), LoadError> {
        let section = "idf";
        let weighting = self.vectorizer.params().weighting;
        let Some(idf) = self.vectorizer.idf() else {
            return match weighting {
                Weighting::TfIdf => Err(refused(
                    section,
                    "not found, expected one number a word for the weighting `tfidf`".to_owned(),
                )),
                Weighting::Binary | Weighting::Count => Ok(()),
            };
        };
        if weighting != Weighting::TfIdf {
            let name = weighting.name();
            return Err(refused(
                section,
                format!("found, expected none for the weighting `{name}`"),
            ));
        }
        let term = |column| self.vectorizer.vocabulary().term(TermId::new(column));
        for (column, &idf) in idf.iter().enumerate() {
            positive(section, || format!("word {:?}", term(column)), idf)?;
        }
        Ok(())
    }
}

/// Texts are looked up by bisection.
fn check_hashes(hashes: &[u64]) -> Result<(), LoadError> {
    match hashes.windows(2).position(|pair| pair[0] >= pair[1]) {
        None => Ok(()),
        Some(at) => Err(refused(
            "text_hashes",
            format!(
                "number {}: found {} after {}, expected a greater one",
                at + 1,
                hashes[at + 1],
                hashes[at]
            ),
        )),
    }
}

/// Logits of numbers in the range of single precision, that of the weights, do not overflow.
fn single(section: &'static str, what: impl Fn() -> String, found: f64) -> Result<(), LoadError> {
    if found.abs() <= f64::from(f32::MAX) {
        return Ok(());
    }
    Err(refused(
        section,
        format!(
            "{} is {found:?}, expected {:?} to {:?}",
            what(),
            f32::MIN,
            f32::MAX
        ),
    ))
}

fn positive(section: &'static str, what: impl Fn() -> String, found: f64) -> Result<(), LoadError> {
    if found > 0.0 {
        return single(section, what, found);
    }
    Err(refused(
        section,
        format!("{} is {found:?}, expected a number greater than 0", what()),
    ))
}

fn refused(section: &'static str, problem: String) -> LoadError {
    LoadError::Section { section, problem }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::classifier::container::{self, Contents};
    use crate::classifier::train::{TrainParams, train};
    use crate::corpus::{Corpus, CorpusOptions};
    use crate::features::vectorizer::VectorizerParams;
    use serde_json::Value;

    /// Rows of articles of three sentences, the given labels and texts again and again.
    fn corpus(labels: &str, texts: [&str; 4]) -> Corpus {
        let rows = labels.chars().zip(texts).cycle().take(24).enumerate();
        let mut csv = "article,label,text\n".to_owned();
        for (i, (label, text)) in rows {
            let _ = writeln!(csv, "{},{label},{text}", i / 3);
        }
        Corpus::from_csv_bytes("t", csv.as_bytes(), &CorpusOptions::default()).unwrap()
    }

    fn model(corpus: &Corpus, params: &TrainParams) -> Vec<u8> {
        train(corpus, params)
            .unwrap()
            .classifier
            .to_bytes()
            .unwrap()
    }

    /// What is said of a small model with a change and the right checksums.
    fn refusal(change: impl FnOnce(&mut Contents)) -> String {
        let corpus = corpus("abbc", ["one two", "one three", "two four", "four four"]);
        let params = TrainParams {
            folds: 2,
            ..TrainParams::default()
        };
        let model = model(&corpus, &params);
        Classifier::from_bytes(&model).unwrap();
        let mut contents = container::read(&model).unwrap().to_contents();
        change(&mut contents);
        let file = container::write(&contents).unwrap();
        Classifier::from_bytes(&file).unwrap_err().to_string()
    }

    fn calibration(contents: &mut Contents) -> &mut Vec<f64> {
        contents.calibration.as_mut().unwrap()
    }

    fn chain(contents: &mut Contents) -> &mut container::Chain {
        contents.chain.as_mut().unwrap()
    }

    #[cfg(feature = "builtin-model")]
    #[test]
    fn the_built_in_model_is_valid() {
        Classifier::from_bytes(crate::classifier::file::BUILTIN).unwrap();
    }

    /// Options at the ends of their ranges, on data that is as easy, as hard or as small as data can be.
    #[test]
    fn what_training_writes_is_valid() {
        let weightings = Weighting::ALL;
        for (labels, texts) in [
            ("aaab", ["one two", "one three", "one two", "four four"]),
            ("abab", ["same", "same", "same", "same"]),
            ("abcd", ["one", "two", "three", "four"]),
        ] {
            let corpus = corpus(labels, texts);
            for (i, alpha) in [1e-300, 1e-9, 0.3, 1e300].into_iter().enumerate() {
                let params = TrainParams {
                    vectorizer: VectorizerParams::default().weighting(weightings[i % 3]),
                    alpha,
                    tolerance: [1e-300, 0.99][i % 2],
                    folds: 2,
                    ..TrainParams::default()
                };
                Classifier::from_bytes(&model(&corpus, &params)).unwrap();
            }
        }
    }

    #[test]
    fn a_scale_is_positive_and_no_number_makes_logits_overflow() {
        for (scale, found) in [(0.0, "0.0"), (-1.0, "-1.0")] {
            assert_eq!(
                refusal(|c| calibration(c)[0] = scale),
                format!(
                    "section `calibration`: the scale is {found}, expected a number greater than 0"
                )
            );
        }
        assert_eq!(
            refusal(|c| calibration(c)[0] = 1e300),
            "section `calibration`: the scale is 1e300, expected -3.4028235e38 to 3.4028235e38"
        );
        assert!(
            refusal(|c| calibration(c)[1] = -1e39)
                .starts_with("section `calibration`: the offset of label \"a\" is -1e39")
        );
        assert!(
            refusal(|c| c.bias[0] = 1e39)
                .starts_with("section `bias`: the intercept of label \"a\" is 1e39")
        );
    }

    #[test]
    fn a_weight_of_the_chain_is_a_share() {
        for (weight, found) in [(-0.05, "-0.05"), (1.05, "1.05"), (1e308, "1e308")] {
            assert_eq!(
                refusal(|c| chain(c).weight = weight),
                format!("section `chain.weight`: found {found}, expected a number from 0 to 1")
            );
        }
    }

    #[test]
    fn transitions_are_probabilities() {
        for ratio in [-1e308, 50.0, 1e308] {
            let message = refusal(|c| chain(c).transitions[1] = ratio);
            assert!(
                message.starts_with(
                    "section `chain.transitions`: the probabilities of what follows label \"a\" sum to "
                ) && message.contains(", expected 1 "),
                "{message}"
            );
        }
        assert_eq!(
            refusal(|c| c.metadata.training["label_rows"] = Value::from(vec![1, 2])),
            "metadata `training`: `label_rows` has 2 numbers, expected one for each of 3 labels"
        );
    }

    #[test]
    fn the_weighting_and_its_numbers_go_together() {
        assert_eq!(
            refusal(|c| c.idf = None),
            "section `idf`: not found, expected one number a word for the weighting `tfidf`"
        );
        assert_eq!(
            refusal(|c| c.metadata.options["weighting"] = Value::from("count")),
            "section `idf`: found, expected none for the weighting `count`"
        );
        for (idf, end) in [
            (0.0, "is 0.0, expected a number greater than 0"),
            (-1.0, "is -1.0, expected a number greater than 0"),
            (1e39, "is 1e39, expected -3.4028235e38 to 3.4028235e38"),
        ] {
            let message = refusal(|c| c.idf.as_mut().unwrap()[3] = idf);
            assert!(
                message.starts_with("section `idf`: word \"") && message.ends_with(end),
                "{message}"
            );
        }
    }

    #[test]
    fn hashes_of_texts_ascend() {
        let swapped = |c: &mut Contents| c.text_hashes.as_mut().unwrap().swap(1, 2);
        let twice = |c: &mut Contents| {
            let hashes = c.text_hashes.as_mut().unwrap();
            hashes[2] = hashes[1];
        };
        for message in [refusal(swapped), refusal(twice)] {
            assert!(
                message.starts_with("section `text_hashes`: number 2: found ")
                    && message.ends_with(", expected a greater one"),
                "{message}"
            );
        }
    }
}
