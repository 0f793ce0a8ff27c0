//! A classifier as a model file and back; see [`container`] for the bytes.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use linfa::ParamGuard;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;
use zerocopy::{FromBytes, Immutable};

use super::Classifier;
use super::container::{self, Contents, ContentsRef, Metadata, ModelFileError, Scalar, Values};
use super::train::{Solver, TrainParams, logistic_params};
use crate::corpus::{Corpus, Rows};
use crate::features::vectorizer::{Vectorizer, VectorizerParams, Weighting};
use crate::features::vocabulary::Vocabulary;
use crate::io::atomic::{AtomicError, AtomicFile, Options};
use crate::io::shared::{Numbers, SharedBytes};
use crate::model::calibration::Calibration;
use crate::model::chain::Chain;
use crate::model::logistic::Convergence;
use crate::model::params::ClassWeight;
use crate::text::AnalyzerRecord;
use crate::text::stem::{Language, STEMMER_VERSION};
use crate::text::word::TOKENIZER_VERSION;

/// Model files larger than this are not read: 4 GiB.
pub const MAX_MODEL_SIZE: u64 = 4 << 30;

/// A model that cannot be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The file is no model, or damaged.
    #[error(transparent)]
    File(#[from] ModelFileError),
    /// Its text was cut into terms by other rules than this version has.
    #[error("metadata `tokenizer`: made by {found}, this version has {known}")]
    Tokenizer {
        /// What the model says.
        found: String,
        /// What this version does.
        known: String,
    },
    /// Its options make no sense to this version.
    #[error("metadata `{entry}`: {problem}")]
    Metadata {
        /// The entry.
        entry: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// Its numbers are none that a training gives.
    #[error("section `{section}`: {problem}")]
    Section {
        /// The section.
        section: &'static str,
        /// What was found and what is expected.
        problem: String,
    },
}

impl LoadError {
    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::Tokenizer { .. } => Some(
                "train the model again with this version, or use the version that made it"
                    .to_owned(),
            ),
            Self::Metadata { .. } | Self::Section { .. } => None,
        }
    }
}

/// A model that cannot be saved.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The model has no canonical form, such as a weight that is not finite.
    #[error(transparent)]
    Content(#[from] ModelFileError),
    /// Opening or finishing the file failed.
    #[error(transparent)]
    Atomic(#[from] AtomicError),
    /// Writing failed.
    #[error(transparent)]
    Write(#[from] io::Error),
}

/// What a model says of itself beside its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// How text became terms.
    pub tokenizer: AnalyzerRecord,
    /// The options of the training.
    pub options: OptionsRecord,
    /// What the training saw and reached.
    pub training: TrainingRecord,
}

/// The options of a training run. Fractions are decimal text, which reads back to the same number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionsRecord {
    /// L2 penalty.
    pub alpha: String,
    /// `none` or `balanced`.
    pub class_weight: String,
    /// `sparse` or `dense`.
    pub solver: String,
    /// Relative gradient norm.
    pub tolerance: String,
    /// Newton steps at most.
    pub max_iterations: u32,
    /// Longest word n-gram.
    pub ngrams: usize,
    /// Shortest and longest run of characters, or empty.
    pub char_ngrams: Vec<usize>,
    /// Marked first and last words.
    pub edges: bool,
    /// Shape terms.
    pub shape: bool,
    /// `tfidf`, `binary` or `count`.
    pub weighting: String,
    /// Fewest sentences of a term.
    pub min_sentences: u32,
    /// Fewest articles of a term.
    pub min_articles: u32,
    /// Most terms.
    pub max_features: usize,
    /// Folds of the held-out scores; 0 without.
    pub folds: u32,
    /// Seed of the folds.
    pub seed: u64,
}

/// What a training run saw and reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingRecord {
    /// Rows.
    pub rows: usize,
    /// Articles they come from.
    pub articles: usize,
    /// Rows of each label.
    pub label_rows: Vec<u64>,
    /// SHA-256 of the rows in canonical order.
    pub data_sha256: String,
    /// Whether the final fit converged.
    pub converged: bool,
    /// Its steps, if the solver says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<u32>,
    /// The objective reached.
    pub objective: String,
    /// The gradient norm reached.
    pub gradient_norm: String,
    /// The gradient norm aimed at.
    pub target_norm: String,
}

impl Record {
    /// The record of a run.
    pub(super) fn new(
        params: &TrainParams,
        rows: &Rows,
        data_sha256: String,
        convergence: &Convergence,
    ) -> Self {
        Self {
            tokenizer: tokenizer_record(&params.vectorizer),
            options: OptionsRecord::new(params),
            training: TrainingRecord::new(rows, data_sha256, convergence),
        }
    }

    fn from_metadata(metadata: &Metadata) -> Result<Self, LoadError> {
        Ok(Self {
            tokenizer: entry("tokenizer", &metadata.tokenizer)?,
            options: entry("options", &metadata.options)?,
            training: entry("training", &metadata.training)?,
        })
    }
}

fn entry<T: for<'d> Deserialize<'d>>(entry: &'static str, value: &Value) -> Result<T, LoadError> {
    T::deserialize(value).map_err(|error| LoadError::Metadata {
        entry,
        problem: error.to_string(),
    })
}

fn tokenizer_record(params: &VectorizerParams) -> AnalyzerRecord {
    let analyzer = &params.analyzer;
    AnalyzerRecord {
        version: TOKENIZER_VERSION,
        stems: if analyzer.stem {
            analyzer.language.name()
        } else {
            "none"
        }
        .to_owned(),
        stemmer: STEMMER_VERSION.to_owned(),
        values: !analyzer.mask,
    }
}

impl OptionsRecord {
    fn new(params: &TrainParams) -> Self {
        let vectorizer = &params.vectorizer;
        Self {
            alpha: params.alpha.to_string(),
            class_weight: params.class_weight.name().to_owned(),
            solver: params.solver.name().to_owned(),
            tolerance: params.tolerance.to_string(),
            max_iterations: params.max_iterations,
            ngrams: vectorizer.terms.ngrams,
            char_ngrams: vectorizer
                .terms
                .chars
                .map_or(Vec::new(), |(a, b)| vec![a, b]),
            edges: vectorizer.terms.edges,
            shape: vectorizer.terms.shape,
            weighting: vectorizer.weighting.name().to_owned(),
            min_sentences: vectorizer.min_sentences,
            min_articles: vectorizer.min_articles,
            max_features: vectorizer.max_features,
            folds: if params.calibration { params.folds } else { 0 },
            seed: params.seed,
        }
    }

    /// The options of a run that would train such a model again; `chain` says whether it has one.
    ///
    /// # Errors
    ///
    /// [`LoadError::Metadata`] where an option makes no sense.
    pub fn train_params(
        &self,
        tokenizer: &AnalyzerRecord,
        chain: bool,
    ) -> Result<TrainParams, LoadError> {
        let number = |text: &str| {
            text.parse::<f64>()
                .map_err(|_| bad(format!("`{text}` is no number")))
        };
        let params = TrainParams {
            vectorizer: self.vectorizer(tokenizer)?,
            alpha: number(&self.alpha)?,
            class_weight: named(
                "class weight",
                &self.class_weight,
                ClassWeight::ALL,
                ClassWeight::name,
            )?,
            solver: named("solver", &self.solver, Solver::ALL, Solver::name)?,
            tolerance: number(&self.tolerance)?,
            max_iterations: self.max_iterations,
            folds: self.folds.max(2),
            calibration: self.folds > 0,
            chain,
            seed: self.seed,
            memory: None,
        };
        // Two labels are the fewest, and how many there are matters to no option.
        logistic_params(&params, 2)
            .check()
            .map_err(|error| bad(error.to_string()))?;
        Ok(params)
    }

    /// How this model turns texts into rows.
    fn vectorizer(&self, tokenizer: &AnalyzerRecord) -> Result<VectorizerParams, LoadError> {
        let language = match tokenizer.stems.as_str() {
            "none" => None,
            name => Some(name.parse::<Language>().map_err(|e| bad(e.to_string()))?),
        };
        let weighting = named(
            "weighting",
            &self.weighting,
            Weighting::ALL,
            Weighting::name,
        )?;
        let chars = match self.char_ngrams[..] {
            [] => None,
            [short, long] => Some((short, long)),
            _ => return Err(bad("`char_ngrams` holds two lengths or none".to_owned())),
        };
        let params = VectorizerParams::default()
            .stem(language.is_some(), language.unwrap_or(Language::English))
            .mask(!tokenizer.values)
            .ngrams(self.ngrams)
            .char_ngrams(chars)
            .edges(self.edges)
            .shape(self.shape)
            .weighting(weighting)
            .min_sentences(self.min_sentences)
            .min_articles(self.min_articles)
            .max_features(self.max_features);
        params.check().map_err(|e| bad(e.to_string()))?;
        Ok(params)
    }
}

fn bad(problem: String) -> LoadError {
    LoadError::Metadata {
        entry: "options",
        problem,
    }
}

/// The one of `all` that has the name `found`.
fn named<T: Copy, const N: usize>(
    what: &str,
    found: &str,
    all: [T; N],
    name: impl Fn(T) -> &'static str,
) -> Result<T, LoadError> {
    let known = all.map(&name).join(", ");
    all.into_iter()
        .find(|&one| name(one) == found)
        .ok_or_else(|| bad(format!("no {what} `{found}`, expected one of {known}")))
}

impl TrainingRecord {
    fn new(rows: &Rows, data_sha256: String, convergence: &Convergence) -> Self {
        Self {
            rows: rows.len(),
            articles: rows.articles().len(),
            label_rows: rows.class_counts(),
            data_sha256,
            converged: convergence.converged,
            iterations: convergence.iterations,
            objective: convergence.objective.to_string(),
            gradient_norm: convergence.gradient_norm.to_string(),
            target_norm: convergence.target_norm.to_string(),
        }
    }
}

/// SHA-256 over article, label and text of every row, each ended by a byte that is no UTF-8.
#[derive(Default)]
pub(crate) struct DataHash(Sha256);

impl DataHash {
    /// Adds a row; rows come in canonical order.
    pub(crate) fn add(&mut self, rows: &Rows, row: usize, text: &str) {
        let label = rows
            .label(row)
            .map_or("", |class| &rows.classes()[class.index()]);
        for field in [rows.article_name(row).unwrap_or(""), label, text] {
            self.0.update(field.as_bytes());
            self.0.update([0xFF]);
        }
    }

    /// In hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        hex(&self.0.finalize())
    }
}

/// The [`DataHash`] of a corpus, whose rows in canonical order are `order`.
pub(crate) fn data_hash(corpus: &Corpus, order: &[usize]) -> String {
    let mut hash = DataHash::default();
    for &row in order {
        hash.add(corpus, row, corpus.text(row));
    }
    hash.finish()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// What a model that is trained now says of who made it.
pub(super) const THIS_VERSION: &str = concat!("purport ", env!("CARGO_PKG_VERSION"));

impl Classifier {
    /// Loads the model file at `path`.
    ///
    /// # Errors
    ///
    /// [`LoadError`]; nothing of a file that is not exactly as written is used.
    pub fn load(path: &Path) -> Result<Self, LoadError> {
        let bytes = container::read_path(path, MAX_MODEL_SIZE)?;
        Self::from_shared(&SharedBytes::Read(Arc::new(bytes)))
    }

    /// Loads a model from the bytes of a file.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LoadError> {
        Self::from_shared(&SharedBytes::Read(Arc::new(bytes.to_vec())))
    }

    fn from_shared(file: &SharedBytes) -> Result<Self, LoadError> {
        container::read_with(file, |contents| {
            let classifier = Self::from_contents(&contents, file)?;
            classifier.check()?;
            Ok(classifier)
        })?
    }

    /// The news model that is built into the program.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if the program was built with a damaged model; a test holds that it was not.
    #[cfg(feature = "builtin-model")]
    pub fn builtin() -> Result<Self, LoadError> {
        Self::from_contents(
            &container::read_trusted(BUILTIN)?,
            &SharedBytes::Static(BUILTIN),
        )
    }

    /// The id of the built-in model, without loading the rest of it.
    #[cfg(feature = "builtin-model")]
    #[must_use]
    pub fn builtin_id() -> Option<String> {
        Some(container::read_trusted(BUILTIN).ok()?.id().to_owned())
    }

    /// A classifier of contents that lie in `file`, and go on lying there.
    fn from_contents(contents: &ContentsRef<'_>, file: &SharedBytes) -> Result<Self, LoadError> {
        let record = Record::from_metadata(&contents.metadata)?;
        let params = record
            .options
            .train_params(&record.tokenizer, contents.chain.is_some())?
            .vectorizer;
        let known = tokenizer_record(&params);
        if record.tokenizer != known {
            let shown = |r: &AnalyzerRecord| format!("tokenizer {} with {}", r.version, r.stemmer);
            return Err(LoadError::Tokenizer {
                found: shown(&record.tokenizer),
                known: shown(&known),
            });
        }
        let words = contents.words;
        let text = words.text();
        let vocabulary = Vocabulary::from_parts(
            Numbers::in_file(file, text.as_bytes())
                .unwrap_or_else(|| text.as_bytes().to_vec().into()),
            numbers(file, words.offsets()),
        );
        let idf = contents.idf.map(|idf| numbers(file, idf));
        Ok(Self {
            labels: contents.metadata.labels.clone(),
            vectorizer: Vectorizer::from_parts(params, vocabulary, idf),
            weights: numbers(file, contents.weights),
            intercept: contents.bias.to_vec(),
            calibration: contents.calibration.map(|values| {
                let values = values.to_vec();
                Calibration {
                    scale: values[0],
                    offsets: values[1..].to_vec(),
                }
            }),
            chain: contents
                .chain
                .map(|chain| Chain::from_parts(chain.transitions.to_vec(), chain.weight)),
            text_hashes: match contents.text_hashes {
                Some(hashes) => numbers(file, hashes),
                None => Vec::new().into(),
            },
            record,
            created_by: contents.metadata.created_by.clone(),
            id: contents.id().to_owned(),
        })
    }

    fn contents(&self) -> Contents {
        Contents {
            metadata: Metadata {
                created_by: self.created_by.clone(),
                labels: self.labels.clone(),
                tokenizer: plain(&self.record.tokenizer),
                options: plain(&self.record.options),
                training: plain(&self.record.training),
                extra: std::collections::BTreeMap::new(),
            },
            bias: self.intercept.clone(),
            calibration: self.calibration.as_ref().map(|c| {
                std::iter::once(c.scale)
                    .chain(c.offsets.iter().copied())
                    .collect()
            }),
            chain: self.chain.as_ref().map(|chain| container::Chain {
                transitions: chain.ratios().to_vec(),
                weight: chain.weight(),
            }),
            idf: self.vectorizer.idf().map(<[f64]>::to_vec),
            text_hashes: Some(self.text_hashes.to_vec()).filter(|hashes| !hashes.is_empty()),
            words: self.vectorizer.vocabulary().iter().collect(),
            weights: self.weights.to_vec(),
            extra_sections: Vec::new(),
        }
    }

    pub(super) fn with_id(mut self) -> Self {
        self.id = self.contents().id();
        self
    }

    /// The bytes of the model file; the same model gives the same bytes.
    ///
    /// # Errors
    ///
    /// [`ModelFileError`] if a number is not finite or the labels are not in order.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelFileError> {
        container::write(&self.contents())
    }

    /// Writes the model file: complete and on disk, or not at all.
    ///
    /// # Errors
    ///
    /// [`SaveError`]; a file that existed is then as it was.
    pub fn save(&self, path: &Path) -> Result<(), SaveError> {
        let file = AtomicFile::create(path, Options { overwrite: true })?;
        self.save_to(file)
    }

    /// Writes the model to a file that was opened before the training, so that a wrong path was
    /// found then.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save).
    pub fn save_to(&self, mut file: AtomicFile) -> Result<(), SaveError> {
        let bytes = self.to_bytes()?;
        file.expect_size(bytes.len() as u64);
        file.write_all(&bytes)?;
        file.commit(|written| {
            let read = container::read_path(written, MAX_MODEL_SIZE).map_err(io::Error::other)?;
            container::read(&read).map(drop).map_err(io::Error::other)
        })?;
        Ok(())
    }
}

/// Numbers where they lie in `file`, or a copy if this machine cannot read them there.
fn numbers<T: Scalar + FromBytes + Immutable>(
    file: &SharedBytes,
    values: Values<'_, T>,
) -> Numbers<T> {
    Numbers::in_file(file, values.bytes()).unwrap_or_else(|| values.to_vec().into())
}

/// The file of the built-in model.
#[cfg(feature = "builtin-model")]
pub(super) const BUILTIN: &[u8] = &Aligned(*include_bytes!("../../models/news.safetensors")).0;

/// Bytes that begin where numbers may.
#[cfg(feature = "builtin-model")]
#[repr(align(64))]
struct Aligned<const N: usize>([u8; N]);

fn plain<T: Serialize>(record: &T) -> Value {
    // Structs of strings, integers and booleans always have a JSON form.
    serde_json::to_value(record).unwrap_or_default()
}

#[cfg(all(test, feature = "builtin-model"))]
mod tests {
    use super::*;

    #[expect(clippy::unwrap_used, reason = "a helper of tests")]
    fn changed(change: impl FnOnce(&mut Metadata)) -> LoadError {
        let mut contents = container::read(BUILTIN).unwrap().to_contents();
        change(&mut contents.metadata);
        Classifier::from_bytes(&container::write(&contents).unwrap()).unwrap_err()
    }

    #[test]
    fn options_that_make_no_sense_are_refused() {
        for (key, value, message) in [
            (
                "weighting",
                Value::from("bm25"),
                "metadata `options`: no weighting `bm25`, expected one of tfidf, binary, count",
            ),
            (
                "class_weight",
                Value::from("heavy"),
                "metadata `options`: no class weight `heavy`, expected one of none, balanced",
            ),
            (
                "solver",
                Value::from("magic"),
                "metadata `options`: no solver `magic`, expected one of sparse, dense",
            ),
            (
                "alpha",
                Value::from("much"),
                "metadata `options`: `much` is no number",
            ),
            (
                "tolerance",
                Value::from("-1"),
                "metadata `options`: the tolerance is -1: wanted a finite number greater than 0",
            ),
            (
                "ngrams",
                Value::from(99),
                "metadata `options`: n-grams of 99 words: wanted 1 to 8",
            ),
            (
                "char_ngrams",
                Value::from(vec![1]),
                "metadata `options`: `char_ngrams` holds two lengths or none",
            ),
        ] {
            let error = changed(|m| m.options[key] = value);
            assert_eq!(error.to_string(), message);
        }
        let unknown = changed(|m| m.options["zest"] = Value::from(1));
        assert!(
            unknown
                .to_string()
                .starts_with("metadata `options`: unknown field `zest`")
        );
    }

    #[test]
    fn another_tokenizer_is_refused_with_a_hint() {
        let error = changed(|m| m.tokenizer["version"] = Value::from(99));
        assert!(
            error.to_string().contains("made by tokenizer 99"),
            "{error}"
        );
        assert!(error.hint().unwrap().contains("train the model again"));
    }

    #[test]
    fn the_record_is_read_back() {
        let model = Classifier::builtin().unwrap();
        let again = Classifier::from_bytes(&model.to_bytes().unwrap()).unwrap();
        assert_eq!(model.record(), again.record());
        assert_eq!(
            again.record().training.label_rows.iter().sum::<u64>(),
            again.record().training.rows as u64
        );
    }
}
