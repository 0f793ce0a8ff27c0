//! Settings compared by grouped cross-validation.
//!
//! Every setting is judged by its scores on articles that its model has not seen, calibrated as a
//! training calibrates them. The texts are read once, with the longest n-grams of all settings; a
//! setting then only chooses among what was counted. Settings that differ in the penalty alone start
//! where the stronger penalty ended.

use std::time::{Duration, Instant};

use crate::classifier::train::{TrainError, TrainParams, Trainer};
use crate::corpus::Corpus;
use crate::evaluation::confusion::Margins;
use crate::evaluation::metrics::macro_f1;
use crate::features::vectorizer::{VectorizerError, VectorizerParams, Weighting};
use crate::model::calibration::Calibration;
use crate::model::params::ClassWeight;
use crate::model::softmax::argmax;

/// What is tried. Each list holds at least one value.
#[derive(Debug, Clone, PartialEq)]
pub struct TuneParams {
    /// Everything that is not searched.
    pub base: TrainParams,
    /// Strengths of the penalty.
    pub alphas: Vec<f64>,
    /// Weights of the classes.
    pub class_weights: Vec<ClassWeight>,
    /// Longest n-grams.
    pub ngrams: Vec<usize>,
    /// Fewest sentences of a term.
    pub min_sentences: Vec<u32>,
    /// Fewest articles of a term.
    pub min_articles: Vec<u32>,
    /// What an entry of a row is.
    pub weightings: Vec<Weighting>,
}

/// A setting and how it did.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// The setting.
    pub params: TrainParams,
    /// Mean F1 over all values in the data, of the calibrated held-out scores.
    pub macro_f1: f64,
    /// Mean −ln p of the true value, of the same scores.
    pub log_loss: f64,
    /// Terms of the first fold's model.
    pub terms: usize,
    /// Whether the fits of all folds converged.
    pub converged: bool,
    /// Time the fits took.
    pub time: Duration,
}

/// Settings that differ in the penalty alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Path<'t> {
    /// Weight of the classes.
    pub class_weight: ClassWeight,
    /// The settings, the weakest penalty first.
    pub tried: Vec<&'t Tried>,
}

/// The regularisation paths with the features of the best setting, which comes first in `tried`: one for
/// each weight of the classes.
#[must_use]
pub fn paths(tried: &[Tried]) -> Vec<Path<'_>> {
    let Some(best) = tried.first() else {
        return Vec::new();
    };
    let mut paths: Vec<Path<'_>> = Vec::new();
    let same_features = |t: &&Tried| t.params.vectorizer == best.params.vectorizer;
    for one in tried.iter().filter(same_features) {
        let class_weight = one.params.class_weight;
        match paths.iter_mut().find(|p| p.class_weight == class_weight) {
            Some(path) => path.tried.push(one),
            None => paths.push(Path {
                class_weight,
                tried: vec![one],
            }),
        }
    }
    for path in &mut paths {
        path.tried
            .sort_by(|a, b| a.params.alpha.total_cmp(&b.params.alpha));
    }
    paths
}

/// How far a search is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Settings tried.
    pub done: usize,
    /// Settings in all.
    pub of: usize,
}

/// Tries settings and gives them all, the best first: the greatest macro-F1, of equals the least
/// log-loss, of equals the one tried first.
///
/// The features go one after the other: first every n-gram length, then with the best of them every
/// pruning, then every weighting, each with every penalty and class weight.
///
/// Settings that leave no term are passed over.
///
/// # Errors
///
/// As [`train`](crate::classifier::train::train); that there is no term, if no setting leaves one.
///
/// # Panics
///
/// If a list is empty.
pub fn tune(
    corpus: &Corpus,
    params: &TuneParams,
    mut progress: impl FnMut(Progress, &Tried),
) -> Result<Vec<Tried>, TrainError> {
    let longest = params.ngrams.iter().copied().max().unwrap_or(1);
    let mut base = params.base.clone();
    base.vectorizer = base.vectorizer.ngrams(longest);
    let trainer = Trainer::new(corpus, &base)?;
    let mut search = Search {
        trainer: &trainer,
        params,
        of: params.settings(),
        tried: Vec::new(),
        no_terms: None,
        progress: &mut progress,
    };
    let start = params
        .base
        .vectorizer
        .clone()
        .weighting(params.weightings[0]);
    let mut prunings = params.prunings();
    // The first that leaves terms.
    for (sentences, articles) in prunings.by_ref() {
        let pruned = start.clone().min_sentences(sentences);
        let pruned = pruned.min_articles(articles);
        for &longest in &params.ngrams {
            search.features(&pruned.clone().ngrams(longest))?;
        }
        if !search.tried.is_empty() {
            break;
        }
    }
    let best = search.best();
    for (sentences, articles) in prunings {
        let pruned = best.clone().min_sentences(sentences).min_articles(articles);
        search.features(&pruned)?;
    }
    let best = search.best();
    for &weighting in &params.weightings[1..] {
        search.features(&best.clone().weighting(weighting))?;
    }
    let mut tried = search.tried;
    if let Some(error) = search.no_terms.filter(|_| tried.is_empty()) {
        return Err(error);
    }
    tried.sort_by(better);
    Ok(tried)
}

fn better(a: &Tried, b: &Tried) -> std::cmp::Ordering {
    b.macro_f1
        .total_cmp(&a.macro_f1)
        .then(a.log_loss.total_cmp(&b.log_loss))
}

impl TuneParams {
    /// How many settings are tried.
    #[must_use]
    pub fn settings(&self) -> usize {
        let features = self.ngrams.len() + self.prunings().count() + self.weightings.len() - 2;
        features * self.alphas.len() * self.class_weights.len()
    }

    fn prunings(&self) -> impl Iterator<Item = (u32, u32)> {
        self.min_sentences
            .iter()
            .flat_map(|&s| self.min_articles.iter().map(move |&a| (s, a)))
    }
}

struct Search<'s> {
    trainer: &'s Trainer<'s>,
    params: &'s TuneParams,
    of: usize,
    tried: Vec<Tried>,
    /// Why a setting was passed over.
    no_terms: Option<TrainError>,
    progress: &'s mut dyn FnMut(Progress, &Tried),
}

impl Search<'_> {
    /// Tries every class weight and penalty with these features.
    fn features(&mut self, vectorizer: &VectorizerParams) -> Result<(), TrainError> {
        // From strong to weak, so that each fit starts near its end.
        let mut alphas = self.params.alphas.clone();
        alphas.sort_by(|a, b| b.total_cmp(a));
        let fits: Vec<TrainParams> = self
            .params
            .class_weights
            .iter()
            .flat_map(|&class_weight| alphas.iter().map(move |&alpha| (class_weight, alpha)))
            .map(|(class_weight, alpha)| TrainParams {
                vectorizer: vectorizer.clone(),
                class_weight,
                alpha,
                ..self.params.base.clone()
            })
            .collect();
        let clock = Instant::now();
        let scores = match self.trainer.held_out_logits(vectorizer, &fits) {
            Err(error @ TrainError::Vectorizer(VectorizerError::NoTerms { .. })) => {
                self.no_terms = Some(error);
                return Ok(());
            }
            scores => scores?,
        };
        let time = clock.elapsed() / u32::try_from(fits.len()).unwrap_or(1);
        for (params, scores) in fits.into_iter().zip(scores) {
            let (macro_f1, log_loss) = judge(&scores.logits, self.trainer.targets());
            let tried = Tried {
                params,
                macro_f1,
                log_loss,
                terms: scores.terms,
                converged: scores.converged,
                time,
            };
            let done = self.tried.len() + 1;
            (self.progress)(Progress { done, of: self.of }, &tried);
            self.tried.push(tried);
        }
        Ok(())
    }

    /// The features of the best setting so far.
    fn best(&self) -> VectorizerParams {
        let best = self.tried.iter().min_by(|a, b| better(a, b));
        best.map_or_else(
            || self.params.base.vectorizer.clone(),
            |tried| tried.params.vectorizer.clone(),
        )
    }
}

/// Macro-F1 and log-loss of calibrated scores.
fn judge(logits: &[f64], targets: &[u32]) -> (f64, f64) {
    let k = logits.len() / targets.len();
    let calibration = Calibration::fit(logits, targets, k);
    let mut counts = Margins::new(k);
    let mut loss = 0.0;
    let mut row = vec![0.0; k];
    for (logits, &class) in logits.chunks(k).zip(targets) {
        row.copy_from_slice(logits);
        calibration.apply(&mut row);
        counts.add(class as usize, argmax(&row), 1);
        loss -= libm::log(row[class as usize].max(1e-15));
    }
    let macro_f1 = macro_f1(&counts, |_| true).unwrap_or(0.0);
    (macro_f1, loss / targets.len() as f64)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::classifier::train::train;
    use crate::corpus::CorpusOptions;

    /// Pairs of words decide: single words tell nothing.
    fn corpus() -> Corpus {
        let mut csv = String::from("article,label,text\n");
        for i in 0..60 {
            let (label, text) = match i % 4 {
                0 => ("a", "red fox and blue dog"),
                1 => ("a", "blue fox and red fox"),
                2 => ("b", "red dog and blue fox"),
                _ => ("b", "blue dog and red dog"),
            };
            let _ = writeln!(csv, "a{i},{label},{text} {i}");
        }
        Corpus::from_csv_bytes("t.csv", csv.as_bytes(), &CorpusOptions::default()).unwrap()
    }

    fn params() -> TuneParams {
        TuneParams {
            base: TrainParams {
                vectorizer: VectorizerParams::default().edges(false).shape(false),
                ..TrainParams::default()
            },
            alphas: vec![0.1, 1.0],
            class_weights: vec![ClassWeight::None, ClassWeight::Balanced],
            ngrams: vec![1, 2],
            min_sentences: vec![2, 3],
            min_articles: vec![1],
            weightings: vec![Weighting::TfIdf, Weighting::Binary],
        }
    }

    #[test]
    fn the_best_setting_comes_first() {
        let mut seen = Vec::new();
        let tried = tune(&corpus(), &params(), |progress, _| seen.push(progress.done)).unwrap();
        assert_eq!(tried.len(), params().settings());
        assert!(seen.into_iter().eq(1..=16));
        assert!(tried.is_sorted_by(|a, b| better(a, b).is_le()));
        let best = &tried[0];
        assert_eq!(best.params.vectorizer.terms.ngrams, 2);
        assert_eq!(best.macro_f1, 1.0);
        let single = tried.iter().find(|t| t.params.vectorizer.terms.ngrams == 1);
        assert!(single.unwrap().macro_f1 < 0.9);
        let paths = paths(&tried);
        assert_eq!(paths.len(), 2);
        for path in paths {
            let alphas: Vec<f64> = path.tried.iter().map(|t| t.params.alpha).collect();
            assert_eq!(alphas, [0.1, 1.0]);
            let same = |t: &&Tried| t.params.vectorizer == best.params.vectorizer;
            assert!(path.tried.iter().all(same));
        }
    }

    /// What is told of a setting is what a training with it finds on held-out articles.
    #[test]
    fn a_setting_is_judged_as_a_training_judges_it() {
        let corpus = corpus();
        for tried in tune(&corpus, &params(), |_, _| ()).unwrap() {
            let setting = TrainParams {
                chain: false,
                tolerance: 1e-7,
                ..tried.params.clone()
            };
            let scores = train(&corpus, &setting).unwrap().out_of_fold.unwrap();
            let k = corpus.classes().len();
            let loss: f64 = (0..corpus.len())
                .map(|i| -scores.probabilities[i * k + corpus.label(i).unwrap().index()].ln())
                .sum();
            let loss = loss / corpus.len() as f64;
            assert!((loss - tried.log_loss).abs() < 2e-3, "{loss} {tried:?}");
        }
    }
}
