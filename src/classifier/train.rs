//! Corpus to classifier: folds, out-of-fold scores, calibration, the chain's weight, the final fit.

use std::ops::Range;
use std::time::{Duration, Instant};

use linfa::{DatasetBase, ParamGuard};
use rayon::prelude::*;
use thiserror::Error;

use super::canonical::Canonical;
use super::file::DataHash;
use super::{Classifier, estimate, file};
use crate::corpus::split::{SplitError, TextKey, k_folds_by, text_key};
use crate::corpus::{LabelledTexts, SpoolError, each_batch};
use crate::features::counts::TermCounts;
use crate::features::matrix::{Columns, DesignMatrix};
use crate::features::vectorizer::{Fitted, Vectorizer, VectorizerError, VectorizerParams};
use crate::model::calibration::Calibration;
use crate::model::chain::Chain;
use crate::model::dense::fit_dense;
use crate::model::logistic::{Convergence, LogisticRegression, Step};
use crate::model::params::{ClassWeight, FitError, LogisticRegressionParams};
use crate::model::softmax::softmax_in_place;

/// Which solver finds the optimum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Solver {
    /// Truncated Newton on sparse rows.
    Sparse,
    /// `linfa-logistic` on a dense matrix; no class weights.
    Dense,
}

impl Solver {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Sparse, Self::Dense];

    /// The name in options and model files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sparse => "sparse",
            Self::Dense => "dense",
        }
    }
}

/// Everything a training run is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainParams {
    /// How texts become rows.
    pub vectorizer: VectorizerParams,
    /// L2 penalty on the summed loss.
    pub alpha: f64,
    /// Weights of the classes.
    pub class_weight: ClassWeight,
    /// The solver.
    pub solver: Solver,
    /// Relative norm of the gradient at which a fit ends.
    pub tolerance: f64,
    /// Newton steps at most.
    pub max_iterations: u32,
    /// Number of grouped folds for the out-of-fold scores.
    pub folds: u32,
    /// Fit a calibration (and, with `chain`, the chain's weight) on out-of-fold scores; without it there
    /// is one fit and no held-out report.
    pub calibration: bool,
    /// Learn a chain over neighbouring rows; needs `calibration`.
    pub chain: bool,
    /// Moves the folds, and nothing else.
    pub seed: u64,
    /// Bytes of memory that may be taken; a training that needs more is refused before it takes them.
    pub memory: Option<u64>,
}

impl TrainParams {
    fn check_memory(&self, what: &'static str, needed: u64) -> Result<(), TrainError> {
        match self.memory {
            Some(available) if needed > available => Err(TrainError::Memory {
                what,
                needed,
                available,
            }),
            _ => Ok(()),
        }
    }
}

impl Default for TrainParams {
    fn default() -> Self {
        Self {
            vectorizer: VectorizerParams::default(),
            alpha: 0.3,
            class_weight: ClassWeight::Balanced,
            solver: Solver::Sparse,
            tolerance: 1e-3,
            max_iterations: 100,
            folds: 5,
            calibration: true,
            chain: true,
            seed: 0,
            memory: None,
        }
    }
}

/// A training run that cannot be done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The corpus cannot be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// No terms, or an option out of range.
    #[error(transparent)]
    Vectorizer(#[from] VectorizerError),
    /// The fit failed.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The texts cannot be read again.
    #[error(transparent)]
    Texts(#[from] SpoolError),
    /// There is not enough memory.
    #[error("{what} needs about {} MB of memory, {} MB are available", .needed >> 20, .available >> 20)]
    Memory {
        /// For what.
        what: &'static str,
        /// Bytes needed.
        needed: u64,
        /// Bytes available.
        available: u64,
    },
}

/// Scores of every training row by a model that did not see its article.
#[derive(Debug, Clone, PartialEq)]
pub struct OutOfFold {
    /// Row of the corpus × class, after calibration and chain.
    pub probabilities: Vec<f64>,
    /// The same before the calibration.
    pub uncalibrated: Vec<f64>,
    /// Number of folds.
    pub folds: u32,
    /// How the fit of each fold ended.
    pub convergence: Vec<Convergence>,
}

/// What a training run gives.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The model.
    pub classifier: Classifier,
    /// Held-out scores, unless calibration was switched off.
    pub out_of_fold: Option<OutOfFold>,
    /// How the final fit ended.
    pub convergence: Convergence,
    /// Non-zero entries of the design matrix.
    pub nonzeros: usize,
    /// Time spent, by stage.
    pub stages: Vec<(&'static str, Duration)>,
}

/// What a training run is at, as it is told while it works.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress {
    /// A step of a fit without the articles of this fold, which is numbered from 0.
    Fold(u32, Step),
    /// A step of the fit on all rows.
    Fit(Step),
}

/// Who is told; fits of several folds tell from several threads.
pub type Watch<'w> = &'w (dyn Fn(Progress) + Sync);

/// A corpus that has been read, ready for any number of fits.
pub(crate) struct Trainer<'c> {
    texts: &'c dyn LabelledTexts,
    params: &'c TrainParams,
    canonical: Canonical,
    /// Class of each row in that order.
    targets: Vec<u32>,
    counts: TermCounts,
}

/// Trains a classifier; every row of the corpus has a label.
///
/// # Errors
///
/// [`TrainError`] says which step failed and why.
///
/// # Panics
///
/// If a row has no label: `Corpus` hands on such rows only where they were asked for.
pub fn train(texts: &dyn LabelledTexts, params: &TrainParams) -> Result<Trained, TrainError> {
    train_watched(texts, params, &|_| ())
}

/// As [`train`], telling `watch` of every step of the sparse solver.
///
/// # Errors
///
/// As [`train`].
///
/// # Panics
///
/// As [`train`].
pub fn train_watched(
    texts: &dyn LabelledTexts,
    params: &TrainParams,
    watch: Watch<'_>,
) -> Result<Trained, TrainError> {
    let mut stages = Vec::new();
    let mut clock = Instant::now();
    let mut lap = |name, stages: &mut Vec<_>| {
        stages.push((name, clock.elapsed()));
        clock = Instant::now();
    };
    // Options are checked before the long work.
    logistic_params(params, texts.rows().classes().len().max(2)).check()?;
    let mut trainer = Trainer::new(texts, params)?;
    lap("vectorize", &mut stages);
    let held_out = if params.calibration {
        Some(trainer.cross_validate(watch)?)
    } else {
        None
    };
    if held_out.is_some() {
        lap("folds", &mut stages);
    }
    let fit = trainer.last_fit(watch)?;
    lap("fit", &mut stages);
    let (convergence, nonzeros) = (fit.model.convergence, fit.nonzeros);
    let (calibration, chain, out_of_fold) = match held_out {
        Some(HeldOut {
            calibration,
            chain,
            scores,
        }) => (Some(calibration), chain, Some(scores)),
        None => (None, None, None),
    };
    let classifier = trainer.classifier(fit, calibration, chain)?;
    Ok(Trained {
        classifier,
        out_of_fold,
        convergence,
        nonzeros,
        stages,
    })
}

pub(super) fn logistic_params(params: &TrainParams, classes: usize) -> LogisticRegressionParams {
    LogisticRegression::params(classes)
        .alpha(params.alpha)
        .class_weight(params.class_weight)
        .tolerance(params.tolerance)
        .max_iterations(params.max_iterations)
}

/// The matrix as the solver wants it.
enum Matrix {
    Columns(Columns),
    Rows(DesignMatrix),
}

/// What is to be solved for some of the rows.
struct Problem {
    fitted: Fitted,
    matrix: Matrix,
    targets: Vec<u32>,
    nonzeros: usize,
}

/// A vocabulary and a model fitted on some of the rows.
struct FoldFit {
    fitted: Fitted,
    model: LogisticRegression,
    nonzeros: usize,
}

/// Scores of every row by models that did not see its article, in canonical order.
#[derive(Debug, Clone)]
pub(crate) struct HeldOutLogits {
    /// Rows × classes.
    pub(crate) logits: Vec<f64>,
    /// Terms of the first fold's model.
    pub(crate) terms: usize,
    /// Whether all folds converged.
    pub(crate) converged: bool,
}

struct HeldOut {
    calibration: Calibration,
    chain: Option<Chain>,
    scores: OutOfFold,
}

impl<'c> Trainer<'c> {
    /// Reads all texts.
    pub(crate) fn new(
        texts: &'c dyn LabelledTexts,
        params: &'c TrainParams,
    ) -> Result<Self, TrainError> {
        let needed = estimate::reading(texts, &params.vectorizer);
        params.check_memory("reading the terms", needed)?;
        let canonical = Canonical::of(texts);
        let targets = canonical
            .order
            .iter()
            .map(|&row| {
                texts
                    .rows()
                    .label(row)
                    .expect("every training row has a label")
                    .number()
            })
            .collect();
        let counts = params
            .vectorizer
            .count_batches::<TrainError>(canonical.order.len(), |range, take| {
                Ok(canonical.documents(texts, range, take)?)
            })?;
        Ok(Self {
            texts,
            params,
            canonical,
            targets,
            counts,
        })
    }

    fn classes(&self) -> usize {
        self.texts.rows().classes().len()
    }

    fn rows(&self) -> usize {
        self.canonical.order.len()
    }

    /// The fold of each row, in canonical order.
    fn folds(&self) -> Result<Vec<u32>, TrainError> {
        let mut keys = vec![TextKey::default(); self.rows()];
        each_batch(self.texts, &self.canonical.order, |rows, texts| {
            for (i, &row) in rows.iter().enumerate() {
                keys[row] = text_key(texts.get(i));
            }
        })?;
        let TrainParams { folds, seed, .. } = *self.params;
        let fold_of = k_folds_by(self.texts.rows(), keys, folds, seed)?;
        Ok(self
            .canonical
            .order
            .iter()
            .map(|&row| fold_of[row])
            .collect())
    }

    /// Class of each row, in the order of the scores.
    pub(crate) fn targets(&self) -> &[u32] {
        &self.targets
    }

    /// Held-out scores of several fits with the same features, one after the other in each fold;
    /// those with equal class weights start where the one before ended.
    pub(crate) fn held_out_logits(
        &self,
        vectorizer: &VectorizerParams,
        fits: &[TrainParams],
    ) -> Result<Vec<HeldOutLogits>, TrainError> {
        let fold_of = self.folds()?;
        let k = self.classes();
        let parts = self.each_fold(vectorizer, |fold| {
            let (held, rest): (Vec<usize>, Vec<usize>) =
                (0..self.rows()).partition(|&i| fold_of[i] == fold);
            let fitted = vectorizer.fit(&self.counts, &rest)?;
            let columns = fitted.columns(&self.counts, &rest);
            let targets = self.targets_of(&rest);
            let held_matrix = fitted.matrix(&self.counts, &held);
            let mut start = None;
            let mut weight_before = None;
            let models = fits.iter().map(|params| {
                if weight_before.replace(params.class_weight) != Some(params.class_weight) {
                    start = None;
                }
                let model = logistic_params(params, k).check()?.fit_columns(
                    &columns,
                    &targets,
                    &mut start,
                    &|_| (),
                )?;
                Ok((model.logits(&held_matrix), model.convergence.converged))
            });
            let models = models.collect::<Result<Vec<_>, TrainError>>()?;
            Ok((held, fitted.vocabulary.len(), models))
        })?;
        let mut all = vec![
            HeldOutLogits {
                logits: vec![0.0; self.rows() * k],
                terms: parts.first().map_or(0, |(_, terms, _)| *terms),
                converged: true,
            };
            fits.len()
        ];
        for (held, _, models) in &parts {
            for (scores, (logits, converged)) in all.iter_mut().zip(models) {
                scores.converged &= converged;
                for (&i, row) in held.iter().zip(logits.chunks(k)) {
                    scores.logits[i * k..(i + 1) * k].copy_from_slice(row);
                }
            }
        }
        Ok(all)
    }

    /// Does `work` for every fold; so many at a time as there are threads, or fewer if memory is short.
    fn each_fold<T: Send>(
        &self,
        vectorizer: &VectorizerParams,
        work: impl Fn(u32) -> Result<T, TrainError> + Sync,
    ) -> Result<Vec<T>, TrainError> {
        let folds: Vec<u32> = (0..self.params.folds).collect();
        let mut done = Vec::with_capacity(folds.len());
        for some in folds.chunks(self.folds_at_once(vectorizer)?) {
            let part: Result<Vec<T>, TrainError> =
                some.par_iter().map(|&fold| work(fold)).collect();
            done.append(&mut part?);
        }
        Ok(done)
    }

    /// How many folds may be at work at a time.
    fn folds_at_once(&self, vectorizer: &VectorizerParams) -> Result<usize, TrainError> {
        let threads = rayon::current_num_threads();
        let Some(available) = self.params.memory else {
            return Ok(threads);
        };
        // A fold has no more of anything than all rows have.
        let (terms, nonzeros) = vectorizer.size(&self.counts);
        let needed = estimate::fitting(self.rows(), self.classes(), terms, nonzeros);
        let held = self.counts.bytes();
        self.params
            .check_memory("the fit of a fold", held + needed)?;
        let fitting = usize::try_from((available - held) / needed.max(1)).unwrap_or(usize::MAX);
        Ok(fitting.clamp(1, threads))
    }

    fn targets_of(&self, rows: &[usize]) -> Vec<u32> {
        rows.iter().map(|&i| self.targets[i]).collect()
    }

    /// Vocabulary and matrix of `rows`, which are positions in the canonical order.
    fn problem(&self, rows: &[usize]) -> Result<Problem, TrainError> {
        let fitted = self.params.vectorizer.fit(&self.counts, rows)?;
        let (terms, nonzeros) = (fitted.vocabulary.len(), fitted.nonzeros());
        let needed = estimate::fitting(rows.len(), self.classes(), terms, nonzeros);
        self.params
            .check_memory("the fit", self.counts.bytes() + needed)?;
        let matrix = match self.params.solver {
            Solver::Sparse => Matrix::Columns(fitted.columns(&self.counts, rows)),
            Solver::Dense => Matrix::Rows(fitted.matrix(&self.counts, rows)),
        };
        Ok(Problem {
            fitted,
            matrix,
            targets: self.targets_of(rows),
            nonzeros,
        })
    }

    fn solve(&self, problem: Problem, watch: &dyn Fn(Step)) -> Result<FoldFit, TrainError> {
        let params = logistic_params(self.params, self.classes()).check()?;
        let Problem {
            fitted,
            matrix,
            targets,
            nonzeros,
        } = problem;
        let model = match matrix {
            Matrix::Columns(columns) => params.fit_columns(&columns, &targets, &mut None, watch)?,
            Matrix::Rows(rows) => {
                let targets = targets.iter().map(|&class| class as usize).collect();
                fit_dense(&params, &DatasetBase::new(rows, targets))?
            }
        };
        Ok(FoldFit {
            fitted,
            model,
            nonzeros,
        })
    }

    /// The fit on all rows. It comes last: the counts are gone before the solver takes memory of its own.
    fn last_fit(&mut self, watch: Watch<'_>) -> Result<FoldFit, TrainError> {
        let all: Vec<usize> = (0..self.rows()).collect();
        let mut problem = self.problem(&all)?;
        self.counts = TermCounts::default();
        problem.fitted.forget_counts();
        self.solve(problem, &|step| watch(Progress::Fit(step)))
    }

    fn cross_validate(&self, watch: Watch<'_>) -> Result<HeldOut, TrainError> {
        let fold_of = self.folds()?;
        let parts = self.each_fold(&self.params.vectorizer, |fold| {
            let (held, rest): (Vec<usize>, Vec<usize>) =
                (0..self.rows()).partition(|&i| fold_of[i] == fold);
            let fit = self.solve(self.problem(&rest)?, &|step| {
                watch(Progress::Fold(fold, step));
            })?;
            let logits = fit.model.logits(&fit.fitted.matrix(&self.counts, &held));
            Ok((held, logits, fit.model.convergence))
        })?;
        let k = self.classes();
        let mut logits = vec![0.0; self.rows() * k];
        for (held, part, _) in &parts {
            for (&i, row) in held.iter().zip(part.chunks(k)) {
                logits[i * k..(i + 1) * k].copy_from_slice(row);
            }
        }
        let convergence = parts.iter().map(|(_, _, c)| *c).collect();
        Ok(self.calibrate(&logits, convergence))
    }

    /// Calibration, chain and the probabilities they give, from out-of-fold logits.
    fn calibrate(&self, logits: &[f64], convergence: Vec<Convergence>) -> HeldOut {
        let k = self.classes();
        let calibration = Calibration::fit(logits, &self.targets, k);
        let mut probabilities = logits.to_vec();
        let mut uncalibrated = logits.to_vec();
        for row in probabilities.chunks_mut(k) {
            calibration.apply(row);
        }
        for row in uncalibrated.chunks_mut(k) {
            softmax_in_place(row);
        }
        let chain = self.params.chain.then(|| self.chain(&probabilities));
        if let Some(chain) = &chain {
            chained(chain, &self.canonical.sequences, &mut probabilities, k);
        }
        HeldOut {
            calibration,
            chain,
            scores: OutOfFold {
                probabilities: self.by_corpus_row(&probabilities),
                uncalibrated: self.by_corpus_row(&uncalibrated),
                folds: self.params.folds,
                convergence,
            },
        }
    }

    /// The chain whose weight makes the out-of-fold labels most probable.
    fn chain(&self, probabilities: &[f64]) -> Chain {
        let k = self.classes();
        let labelled: Vec<Vec<Option<u32>>> = self
            .canonical
            .sequences
            .iter()
            .map(|rows| {
                self.targets[rows.clone()]
                    .iter()
                    .copied()
                    .map(Some)
                    .collect()
            })
            .collect();
        let chain = Chain::count(&labelled, k, 0.0);
        let loss = |weight: f64| -> f64 {
            let mut p = probabilities.to_vec();
            chained(
                &chain.with_weight(weight),
                &self.canonical.sequences,
                &mut p,
                k,
            );
            p.chunks(k)
                .zip(&self.targets)
                .map(|(p, &class)| -libm::log(p[class as usize].max(1e-15)))
                .sum()
        };
        let best = (0..=CHAIN_STEPS)
            .map(|step| f64::from(step) / f64::from(CHAIN_STEPS))
            .map(|weight| (weight, loss(weight)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .map_or(0.0, |(weight, _)| weight);
        chain.with_weight(best)
    }

    /// From canonical order back to the rows of the corpus.
    fn by_corpus_row(&self, values: &[f64]) -> Vec<f64> {
        let k = self.classes();
        let mut out = vec![0.0; values.len()];
        for (row, &i) in values.chunks(k).zip(&self.canonical.order) {
            out[i * k..(i + 1) * k].copy_from_slice(row);
        }
        out
    }

    fn classifier(
        &self,
        fit: FoldFit,
        calibration: Option<Calibration>,
        chain: Option<Chain>,
    ) -> Result<Classifier, TrainError> {
        let FoldFit { fitted, model, .. } = fit;
        #[expect(
            clippy::cast_possible_truncation,
            reason = "model files hold single precision"
        )]
        let weights: Vec<f32> = model.coefficients.iter().map(|&w| w as f32 + 0.0).collect();
        let (vectorizer, hashes) = rayon::join(
            || {
                let params = self.params.vectorizer.clone();
                Vectorizer::new(params, fitted.vocabulary, fitted.idf)
            },
            || self.hashes(),
        );
        let (data_sha256, text_hashes) = hashes?;
        let rows = self.texts.rows();
        let classifier = Classifier {
            labels: rows.classes().to_vec(),
            vectorizer,
            weights: weights.into(),
            intercept: model.intercept,
            calibration,
            chain,
            text_hashes: text_hashes.into(),
            record: file::Record::new(self.params, rows, data_sha256, &model.convergence),
            created_by: file::THIS_VERSION.to_owned(),
            id: String::new(),
        };
        Ok(classifier.with_id())
    }

    /// The hash of all rows, and those of all texts, each once, ascending.
    fn hashes(&self) -> Result<(String, Vec<u64>), TrainError> {
        let mut data = DataHash::default();
        let mut hashes: Vec<u64> = Vec::with_capacity(self.rows());
        each_batch(self.texts, &self.canonical.order, |rows, texts| {
            let of_rows = || {
                for (i, &row) in rows.iter().enumerate() {
                    data.add(self.texts.rows(), row, texts.get(i));
                }
            };
            let of_texts = || {
                let of_texts = (0..texts.len()).into_par_iter();
                hashes.par_extend(of_texts.map(|i| super::text_hash(texts.get(i))));
            };
            rayon::join(of_rows, of_texts);
        })?;
        hashes.par_sort_unstable();
        hashes.dedup();
        Ok((data.finish(), hashes))
    }
}

/// Weights tried for the chain: 0, 1/20 … 1.
const CHAIN_STEPS: u32 = 20;

/// Lets the chain go over every sequence of `probabilities`.
fn chained(chain: &Chain, sequences: &[Range<usize>], probabilities: &mut [f64], k: usize) {
    for rows in sequences {
        chain.apply(&mut probabilities[rows.start * k..rows.end * k]);
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::classifier::{Context, Rule};
    use crate::corpus::{Corpus, CorpusOptions};

    /// Forty articles of five sentences; claims are common, doubts rare and always after a claim.
    fn corpus() -> Corpus {
        let mut csv = String::from("article,position,label,text\n");
        for i in 0..40 {
            let rows = [
                (
                    "reported_claim",
                    format!("The mayor said that plan {i} would work, according to her office."),
                ),
                if i % 4 == 0 {
                    (
                        "skepticism",
                        format!("Experts doubted that and denied plan {i} was sound."),
                    )
                } else {
                    (
                        "reported_claim",
                        format!("“We will do it,” she told reporters of plan {i}."),
                    )
                },
                ("none", format!("The town has a bridge and {i} lamps.")),
                ("none", "It rained.".to_owned()),
                (
                    "promotional",
                    format!("Sign up for our newsletter number {i}!"),
                ),
            ];
            for (position, (label, text)) in rows.iter().enumerate() {
                let _ = writeln!(csv, "a{i},{position},{label},\"{text}\"");
            }
        }
        Corpus::from_csv_bytes("t.csv", csv.as_bytes(), &CorpusOptions::default()).unwrap()
    }

    fn trained(params: &TrainParams) -> Trained {
        train(&corpus(), params).unwrap()
    }

    #[test]
    fn as_many_folds_are_at_work_as_memory_has_room_for() {
        let corpus = corpus();
        let params = TrainParams::default();
        let trainer = Trainer::new(&corpus, &params).unwrap();
        let (terms, nonzeros) = params.vectorizer.size(&trainer.counts);
        let fold = estimate::fitting(corpus.len(), corpus.classes().len(), terms, nonzeros);
        let room_for = |folds: u64| TrainParams {
            memory: Some(trainer.counts.bytes() + folds * fold),
            ..params.clone()
        };
        let at_once =
            |params: &TrainParams| Trainer::new(&corpus, params)?.folds_at_once(&params.vectorizer);
        let threads = rayon::current_num_threads();
        assert_eq!(at_once(&params).unwrap(), threads);
        assert_eq!(at_once(&room_for(1)).unwrap(), 1);
        assert_eq!(at_once(&room_for(threads as u64)).unwrap(), threads);
        let less = TrainParams {
            memory: Some(trainer.counts.bytes() + fold - 1),
            ..params.clone()
        };
        assert!(matches!(at_once(&less), Err(TrainError::Memory { .. })));
        // One after the other they give the same model.
        let bytes = |params: &TrainParams| {
            train(&corpus, params)
                .unwrap()
                .classifier
                .to_bytes()
                .unwrap()
        };
        assert_eq!(bytes(&room_for(1)), bytes(&params));
    }

    #[test]
    fn a_trained_classifier_labels_what_it_has_learnt() {
        let trained = trained(&TrainParams::default());
        let classifier = &trained.classifier;
        let scores = classifier.scorer().score(
            &[
                "The mayor said that it would work.",
                "Sign up for our newsletter!",
            ],
            Context::Chain,
        );
        let labels: Vec<_> = (0..2)
            .map(|i| {
                classifier.label(
                    classifier
                        .decide(scores.probabilities(i), Rule::default())
                        .class,
                )
            })
            .collect();
        assert_eq!(labels, [Some("reported_claim"), Some("promotional")]);
        assert!(trained.convergence.converged);
        assert!(classifier.was_trained_on("it  RAINED."));
        assert!(!classifier.was_trained_on("It snowed."));
    }

    /// Balanced weights alone would make the rare label as probable as the common ones; the offsets
    /// of the calibration bring the probabilities back to the rates of the data, and the chain,
    /// divided by the shares, leaves them there.
    #[test]
    fn held_out_probabilities_keep_the_shares_of_the_labels() {
        let corpus = corpus();
        let k = corpus.classes().len();
        let mean = |values: &[f64], class: usize| {
            values.chunks(k).map(|row| row[class]).sum::<f64>() / corpus.len() as f64
        };
        let scores = trained(&TrainParams {
            alpha: 30.0,
            ..TrainParams::default()
        })
        .out_of_fold
        .unwrap();
        let rare = corpus
            .classes()
            .iter()
            .position(|l| l == "skepticism")
            .unwrap();
        let share = 10.0 / 200.0;
        assert!(mean(&scores.uncalibrated, rare) > 2.0 * share);
        approx::assert_abs_diff_eq!(mean(&scores.probabilities, rare), share, epsilon = 0.03);
    }

    #[test]
    fn without_calibration_there_is_one_fit_and_no_chain() {
        let trained = trained(&TrainParams {
            calibration: false,
            ..TrainParams::default()
        });
        assert!(trained.out_of_fold.is_none());
        assert!(trained.classifier.calibration().is_none() && trained.classifier.chain().is_none());
    }

    #[test]
    fn every_step_of_every_fit_is_told() {
        let told = std::sync::Mutex::new(Vec::new());
        let trained = train_watched(&corpus(), &TrainParams::default(), &|progress| {
            told.lock().unwrap().push(match progress {
                Progress::Fold(fold, step) => (Some(fold), step.iteration),
                Progress::Fit(step) => (None, step.iteration),
            });
        })
        .unwrap();
        let told = told.into_inner().unwrap();
        let folds = trained.out_of_fold.unwrap().convergence;
        let fits = (0..)
            .map(Some)
            .zip(&folds)
            .chain([(None, &trained.convergence)]);
        for (fit, convergence) in fits {
            let steps = told.iter().filter(|(of, _)| *of == fit).map(|(_, n)| *n);
            assert!(steps.eq(1..=convergence.iterations.unwrap()), "{fit:?}");
        }
    }

    #[test]
    fn the_seed_moves_the_folds_but_not_the_fit() {
        let one = trained(&TrainParams {
            seed: 1,
            ..TrainParams::default()
        });
        let two = trained(&TrainParams {
            seed: 2,
            ..TrainParams::default()
        });
        assert_eq!(one.classifier.weights(), two.classifier.weights());
    }

    #[test]
    fn more_folds_than_articles_are_refused() {
        let params = TrainParams {
            folds: 90,
            ..TrainParams::default()
        };
        assert!(matches!(
            train(&corpus(), &params),
            Err(TrainError::Split(_))
        ));
        let params = TrainParams {
            alpha: 0.0,
            ..TrainParams::default()
        };
        assert!(matches!(
            train(&corpus(), &params),
            Err(TrainError::Fit(FitError::Alpha(_)))
        ));
    }

    #[test]
    fn b08_what_does_not_fit_into_memory_is_refused_before_it_is_taken() {
        for (memory, what) in [(1000, "reading the terms"), (200_000, "the fit")] {
            let params = TrainParams {
                memory: Some(memory),
                ..TrainParams::default()
            };
            let error = train(&corpus(), &params).unwrap_err().to_string();
            assert!(error.starts_with(what), "{error}");
        }
    }
}
