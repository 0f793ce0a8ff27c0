//! Texts to rows of the design matrix: counts, binary or tf-idf over a pruned vocabulary.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use rayon::prelude::*;
use thiserror::Error;

use super::bag::Bag;
use super::columns::ColumnsBuilder;
use super::counts::{Document, Frequencies, Take, TermCounts};
use super::known::{KnownIds, Lookup, Pair};
use super::matrix::{Columns, DesignMatrix};
use super::terms::{NodeId, Root, Scratch, Surfaces, TermOptions, UNKNOWN, read_text};
use super::vocabulary::{TermId, Vocabulary};
use crate::io::shared::Numbers;
use crate::text::stem::Language;
use crate::text::surroundings::Surroundings;
use crate::text::{Analyzer, AnalyzerParams};

/// What an entry of a row is before the row is scaled to length 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weighting {
    /// (1 + ln tf) · idf, half of that for shapes.
    TfIdf,
    /// 1 for every term that occurs.
    Binary,
    /// How often the term occurs.
    Count,
}

impl Weighting {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::TfIdf, Self::Binary, Self::Count];

    /// The name in options and model files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TfIdf => "tfidf",
            Self::Binary => "binary",
            Self::Count => "count",
        }
    }
}

/// How texts become rows; see the methods for what each option does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VectorizerParams {
    pub(crate) analyzer: AnalyzerParams,
    pub(crate) terms: TermOptions,
    pub(crate) weighting: Weighting,
    pub(crate) min_sentences: u32,
    pub(crate) min_articles: u32,
    pub(crate) max_features: usize,
}

impl Default for VectorizerParams {
    fn default() -> Self {
        Self {
            analyzer: AnalyzerParams::default(),
            terms: TermOptions {
                ngrams: 2,
                chars: None,
                edges: true,
                shape: true,
            },
            weighting: Weighting::TfIdf,
            min_sentences: 2,
            min_articles: 1,
            max_features: 1_000_000,
        }
    }
}

/// The longest n-gram of words or characters.
pub const MAX_NGRAM: usize = 8;

/// An option outside its range.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum VectorizerError {
    /// No term is left.
    #[error("no term is left of {documents} texts: no usable word, or all pruned")]
    NoTerms {
        /// How many texts were read.
        documents: usize,
    },
    /// N-gram length out of range.
    #[error("n-grams of {0} words: wanted 1 to {MAX_NGRAM}")]
    Ngrams(usize),
    /// Character n-gram lengths out of range.
    #[error("runs of {0} to {1} characters: wanted 1 to {MAX_NGRAM}, the shorter first")]
    Chars(usize, usize),
    /// No features wanted.
    #[error("at most 0 features: wanted at least 1")]
    MaxFeatures,
}

impl VectorizerParams {
    /// Reduce words to stems of `language`, or keep them whole.
    #[must_use]
    pub fn stem(mut self, stem: bool, language: Language) -> Self {
        self.analyzer.stem = stem;
        self.analyzer.language = language;
        self
    }

    /// Replace numbers by their form (`00,000`) and addresses by their kind (`<url>`): their value tells
    /// what a text is about, not what it does. Otherwise numbers keep their digits, and the words in an
    /// address are terms too.
    #[must_use]
    pub fn mask(mut self, mask: bool) -> Self {
        self.analyzer.mask = mask;
        self
    }

    /// Word n-grams of 1 to `longest` words, never across sentences. Default 2.
    #[must_use]
    pub fn ngrams(mut self, longest: usize) -> Self {
        self.terms.ngrams = longest;
        self
    }

    /// Runs of characters inside words, `(shortest, longest)`. Default none.
    #[must_use]
    pub fn char_ngrams(mut self, range: Option<(usize, usize)>) -> Self {
        self.terms.chars = range;
        self
    }

    /// Mark the first and last four words as terms of their own. Default on.
    #[must_use]
    pub fn edges(mut self, on: bool) -> Self {
        self.terms.edges = on;
        self
    }

    /// Add terms for the sentence's shape. Default on.
    #[must_use]
    pub fn shape(mut self, on: bool) -> Self {
        self.terms.shape = on;
        self
    }

    /// What an entry counts. Default tf-idf.
    #[must_use]
    pub fn weighting(mut self, weighting: Weighting) -> Self {
        self.weighting = weighting;
        self
    }

    /// Drop terms that occur in fewer sentences. Default 2.
    #[must_use]
    pub fn min_sentences(mut self, count: u32) -> Self {
        self.min_sentences = count;
        self
    }

    /// Drop terms that occur in fewer articles: they tell the topic, not the manner. Default 1.
    #[must_use]
    pub fn min_articles(mut self, count: u32) -> Self {
        self.min_articles = count;
        self
    }

    /// Keep at most so many terms, those in most sentences.
    #[must_use]
    pub fn max_features(mut self, count: usize) -> Self {
        self.max_features = count;
        self
    }

    /// The longest n-grams of words.
    #[must_use]
    pub fn longest_ngram(&self) -> usize {
        self.terms.ngrams
    }

    /// Terms in fewer sentences are dropped.
    #[must_use]
    pub fn least_sentences(&self) -> u32 {
        self.min_sentences
    }

    /// Terms in fewer articles are dropped.
    #[must_use]
    pub fn least_articles(&self) -> u32 {
        self.min_articles
    }

    /// The weighting, as options and model files have it.
    #[must_use]
    pub fn weighting_name(&self) -> &'static str {
        self.weighting.name()
    }

    /// The language of the stemmer.
    #[must_use]
    pub fn language(&self) -> Language {
        self.analyzer.language
    }

    /// Checks every option.
    ///
    /// # Errors
    ///
    /// Names the first option outside its range.
    pub fn check(&self) -> Result<(), VectorizerError> {
        if !(1..=MAX_NGRAM).contains(&self.terms.ngrams) {
            return Err(VectorizerError::Ngrams(self.terms.ngrams));
        }
        if let Some((short, long)) = self.terms.chars
            && !(1 <= short && short <= long && long <= MAX_NGRAM)
        {
            return Err(VectorizerError::Chars(short, long));
        }
        if self.max_features == 0 {
            return Err(VectorizerError::MaxFeatures);
        }
        Ok(())
    }

    /// Reads the terms of all documents, for any number of fits.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check).
    pub fn count(&self, documents: &[Document<'_>]) -> Result<TermCounts, VectorizerError> {
        self.count_batches(documents.len(), |range, take| {
            take(&documents[range]);
            Ok(())
        })
    }

    /// As [`count`](Self::count), of so many documents that come some at a time: `give` hands those of a range on,
    /// in order. Several threads ask for a range each.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check), and those of `give`.
    pub fn count_batches<E: From<VectorizerError> + Send>(
        &self,
        documents: usize,
        give: impl Fn(Range<usize>, Take<'_>) -> Result<(), E> + Sync,
    ) -> Result<TermCounts, E> {
        self.check()?;
        TermCounts::read(documents, self.terms, &self.analyzer, give)
    }

    /// How many terms a vocabulary from all of `counts` has, before the limit on their number, and how many
    /// entries the matrix.
    pub(crate) fn size(&self, counts: &TermCounts) -> (usize, usize) {
        let all: Vec<usize> = (0..counts.len()).collect();
        let frequencies = counts.frequencies(&all);
        let kept = self.kept(counts, &frequencies);
        let entries = kept
            .iter()
            .map(|&node| frequencies.documents[node as usize] as usize);
        (kept.len().min(self.max_features), entries.sum())
    }

    /// The nodes that are terms and not too rare.
    fn kept(&self, counts: &TermCounts, frequencies: &Frequencies) -> Vec<NodeId> {
        let mut kept: Vec<NodeId> = (0..frequencies.documents.len())
            .filter(|&node| {
                frequencies.documents[node] >= self.min_sentences.max(1)
                    && frequencies.articles[node] >= self.min_articles
            })
            .map(|node| TermId::new(node).column())
            .collect();
        if counts.longest() > self.terms.ngrams {
            kept.retain(|&node| counts.ids.trie.words(node) <= self.terms.ngrams);
        }
        kept
    }

    /// Chooses the vocabulary from `documents` of `counts` and weighs its terms. The counts may hold
    /// longer n-grams than are wanted; all else that decides what a term is must be as it was.
    ///
    /// Documents of one article must stand together.
    ///
    /// # Errors
    ///
    /// [`VectorizerError::NoTerms`] if pruning leaves nothing.
    pub fn fit(&self, counts: &TermCounts, documents: &[usize]) -> Result<Fitted, VectorizerError> {
        let frequencies = counts.frequencies(documents);
        let mut kept = self.kept(counts, &frequencies);
        let names = term_names(
            counts,
            &mut kept,
            |node| frequencies.documents[node as usize],
            self.max_features,
        );
        if names.is_empty() {
            return Err(VectorizerError::NoTerms {
                documents: documents.len(),
            });
        }
        let mut columns = vec![UNKNOWN; frequencies.documents.len()];
        for (column, &(_, node)) in names.iter().enumerate() {
            columns[node as usize] = TermId::new(column).column();
        }
        let idf = (self.weighting == Weighting::TfIdf).then(|| {
            names
                .iter()
                .map(|(name, node)| {
                    let idf = idf(documents.len(), frequencies.documents[*node as usize]);
                    if is_pure_shape(name) {
                        SHAPE_SCALE * idf
                    } else {
                        idf
                    }
                })
                .collect()
        });
        let frequency = names
            .iter()
            .map(|(_, node)| frequencies.documents[*node as usize]);
        Ok(Fitted {
            frequencies: frequency.collect(),
            vocabulary: Vocabulary::from_sorted(names.iter().map(|(name, _)| name.as_str())),
            idf,
            columns,
            weighting: self.weighting,
        })
    }
}

/// Texts of the kept nodes in bytewise order, at most `most` of them: those with the greatest
/// `frequency`, the bytewise first where it is equal.
fn term_names(
    counts: &TermCounts,
    kept: &mut [NodeId],
    frequency: impl Fn(NodeId) -> u32,
    most: usize,
) -> Vec<(String, NodeId)> {
    let mut out = String::new();
    let mut names: Vec<(String, NodeId)> = kept
        .iter()
        .map(|&node| {
            counts.ids.write_term(node, &mut out);
            (out.clone(), node)
        })
        .collect();
    if names.len() > most {
        names.sort_unstable_by(|a, b| {
            frequency(b.1)
                .cmp(&frequency(a.1))
                .then_with(|| a.0.cmp(&b.0))
        });
        names.truncate(most);
    }
    names.sort_unstable();
    names
}

/// Shape terms and those of the heading count half of what words count, except persons, which are words: a short line has a
/// dozen shapes and three words, and it is the words that say what it does. Of 1, 0.7, 0.5, 0.3 and 0.25 the best on held-out articles.
const SHAPE_SCALE: f64 = 0.5;

fn is_pure_shape(term: &str) -> bool {
    (Root::Shape.marks(term) && !term.starts_with("#person:")) || Root::Under.marks(term)
}

/// Smoothed inverse document frequency, ln((1 + n) / (1 + df)) + 1, as scikit-learn has it.
fn idf(documents: usize, frequency: u32) -> f64 {
    libm::log((1.0 + documents as f64) / (1.0 + f64::from(frequency))) + 1.0
}

/// A vocabulary chosen from counted documents, still tied to their numbering.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The terms.
    pub vocabulary: Vocabulary,
    /// Inverse document frequency of each term, halved for shapes, if the weighting is tf-idf.
    pub idf: Option<Vec<f64>>,
    /// In how many of the documents it was chosen from each term occurs.
    frequencies: Vec<u32>,
    columns: Vec<u32>,
    weighting: Weighting,
}

impl Fitted {
    /// Entries of the matrix of the documents that the vocabulary was chosen from.
    #[must_use]
    pub fn nonzeros(&self) -> usize {
        self.frequencies.iter().map(|&count| count as usize).sum()
    }

    /// Forgets what only counts need: no matrix can be made of them afterwards.
    pub(crate) fn forget_counts(&mut self) {
        (self.columns, self.frequencies) = (Vec::new(), Vec::new());
    }

    /// The matrix of `documents` by column; they are those that the vocabulary was chosen from.
    ///
    /// # Panics
    ///
    /// If they are others.
    #[must_use]
    pub fn columns(&self, counts: &TermCounts, documents: &[usize]) -> Columns {
        let mut builder = ColumnsBuilder::new(&self.frequencies);
        // As many rows at once as keep all threads at work; they are held only until they are filed.
        for batch in documents.chunks(ROWS_A_TASK * 2 * rayon::current_num_threads()) {
            let parts: Vec<DesignMatrix> = batch
                .par_chunks(ROWS_A_TASK)
                .map(|documents| self.rows(counts, documents))
                .collect();
            builder.append(&parts);
        }
        builder.finish()
    }

    /// The rows of `documents`.
    #[must_use]
    pub fn matrix(&self, counts: &TermCounts, documents: &[usize]) -> DesignMatrix {
        let parts: Vec<DesignMatrix> = documents
            .par_chunks(ROWS_A_TASK)
            .map(|documents| self.rows(counts, documents))
            .collect();
        let mut matrix = DesignMatrix::new(self.vocabulary.len());
        matrix.reserve(&parts);
        for part in &parts {
            matrix.append(part);
        }
        matrix
    }

    fn rows(&self, counts: &TermCounts, documents: &[usize]) -> DesignMatrix {
        let mut matrix = DesignMatrix::new(self.vocabulary.len());
        let mut row = Row::default();
        let mut entries: Vec<(u32, u32)> = Vec::new();
        let mut weights = Vec::new();
        for &i in documents {
            entries.clear();
            entries.extend(
                counts
                    .document(i)
                    .iter()
                    .map(|&(node, count)| (self.columns[node as usize], count))
                    .filter(|&(column, _)| column != UNKNOWN),
            );
            entries.sort_unstable();
            row.weigh(&entries, self.weighting, self.idf.as_deref(), &mut weights);
            matrix.push_row(&row.indices, &row.values);
        }
        matrix
    }
}

/// How many rows a thread makes at a time; no result depends on it.
const ROWS_A_TASK: usize = 512;

/// One sparse row of length 1, or empty.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Row {
    /// Columns, ascending.
    pub indices: Vec<u32>,
    /// Their values.
    pub values: Vec<f32>,
}

impl Row {
    /// Weighs `(column, count)` entries and scales the row to length 1; an empty one stays empty.
    /// `weights` is room for the values before they are scaled.
    fn weigh(
        &mut self,
        entries: &[(u32, u32)],
        weighting: Weighting,
        idf: Option<&[f64]>,
        weights: &mut Vec<f64>,
    ) {
        let idf = |column: u32| idf.map_or(1.0, |idf| idf[column as usize]);
        weights.clear();
        match weighting {
            Weighting::Binary => weights.resize(entries.len(), 1.0),
            Weighting::Count => {
                weights.extend(entries.iter().map(|&(_, count)| f64::from(count)));
            }
            Weighting::TfIdf => {
                let small = &*SMALL_COUNTS;
                weights.extend(entries.iter().map(|&(column, count)| {
                    let known = small.get(count as usize);
                    known.copied().unwrap_or_else(|| dampened(count)) * idf(column)
                }));
            }
        }
        let squares: f64 = weights.iter().map(|weight| weight.powi(2)).sum();
        let scale = if squares > 0.0 {
            1.0 / squares.sqrt()
        } else {
            0.0
        };
        self.indices.clear();
        self.indices
            .extend(entries.iter().map(|(column, _)| column));
        self.values.clear();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "rounded to the matrix's precision"
        )]
        self.values
            .extend(weights.iter().map(|weight| (weight * scale) as f32));
    }
}

/// [`dampened`] counts that occur, so that hardly any logarithm is taken.
static SMALL_COUNTS: LazyLock<[f64; 64]> = LazyLock::new(|| {
    let mut values = [0.0; 64];
    for (count, value) in (0..).zip(&mut values) {
        *value = dampened(count);
    }
    values
});

/// 1 + ln of a count; 1 for none.
fn dampened(count: u32) -> f64 {
    1.0 + libm::log(f64::from(count.max(1)))
}

/// A fitted vectorizer: turns any text into a row over its vocabulary.
#[derive(Debug, Clone)]
pub struct Vectorizer {
    params: VectorizerParams,
    vocabulary: Vocabulary,
    idf: Option<Numbers<f64>>,
    known: Arc<KnownIds>,
}

impl Vectorizer {
    /// A vectorizer from its parts.
    #[must_use]
    pub fn new(params: VectorizerParams, vocabulary: Vocabulary, idf: Option<Vec<f64>>) -> Self {
        Self::from_parts(params, vocabulary, idf.map(Numbers::from))
    }

    /// A vectorizer from parts that may be shared.
    pub(crate) fn from_parts(
        params: VectorizerParams,
        vocabulary: Vocabulary,
        idf: Option<Numbers<f64>>,
    ) -> Self {
        let known = Arc::new(KnownIds::new(vocabulary.iter()));
        Self {
            params,
            vocabulary,
            idf,
            known,
        }
    }

    /// How texts become rows.
    #[must_use]
    pub fn params(&self) -> &VectorizerParams {
        &self.params
    }

    /// The terms.
    #[must_use]
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Inverse document frequency of each term, if the weighting is tf-idf.
    #[must_use]
    pub fn idf(&self) -> Option<&[f64]> {
        self.idf.as_deref()
    }

    /// A reader of texts; one a thread.
    #[must_use]
    pub fn reader(&self) -> TextReader<'_> {
        TextReader {
            vectorizer: self,
            analyzer: Analyzer::new(self.params.analyzer.clone()),
            surfaces: Surfaces::default(),
            pairs: Vec::new(),
            scratch: Scratch::default(),
            bag: Bag::new(self.vocabulary.len()),
            entries: Vec::new(),
            weights: Vec::new(),
            row: Row::default(),
        }
    }
}

/// Turns texts into rows, remembering the stems of the words it has seen.
#[derive(Debug)]
pub struct TextReader<'v> {
    vectorizer: &'v Vectorizer,
    analyzer: Analyzer,
    surfaces: Surfaces,
    pairs: Vec<Pair>,
    scratch: Scratch,
    bag: Bag,
    entries: Vec<(u32, u32)>,
    weights: Vec<f64>,
    row: Row,
}

/// What a [`TextReader`] has read of one text.
#[derive(Debug, Clone, Copy)]
pub struct ReadText<'r> {
    /// The row over the vocabulary.
    pub row: &'r Row,
    /// How many words the text has.
    pub words: u32,
    /// How many of them are in the vocabulary.
    pub known_words: u32,
}

impl TextReader<'_> {
    /// Reads `text`, which stands where `around` says.
    pub fn read(&mut self, text: &str, around: &Surroundings<'_>) -> ReadText<'_> {
        let vectorizer = self.vectorizer;
        let mut ids = Lookup {
            known: &vectorizer.known,
            surfaces: &mut self.surfaces,
            pairs: &mut self.pairs,
        };
        let options = vectorizer.params.terms;
        read_text(
            text,
            around,
            options,
            &self.analyzer,
            &mut ids,
            &mut self.scratch,
        );
        for &node in &self.scratch.nodes {
            self.bag.add(KnownIds::column(node));
        }
        self.bag.take(&mut self.entries);
        self.row.weigh(
            &self.entries,
            vectorizer.params.weighting,
            vectorizer.idf.as_deref(),
            &mut self.weights,
        );
        ReadText {
            row: &self.row,
            words: self.scratch.words_read,
            known_words: self.scratch.known_words,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn documents<'t>(texts: &[&'t str]) -> Vec<Document<'t>> {
        (0u32..)
            .zip(texts)
            .map(|(article, text)| Document {
                text,
                article,
                around: Surroundings::default(),
            })
            .collect()
    }

    fn plain() -> VectorizerParams {
        VectorizerParams::default()
            .edges(false)
            .shape(false)
            .min_sentences(1)
    }

    fn fit(params: &VectorizerParams, texts: &[&str]) -> (Vectorizer, DesignMatrix) {
        let counts = params.count(&documents(texts)).unwrap();
        let rows: Vec<_> = (0..texts.len()).collect();
        let fitted = params.fit(&counts, &rows).unwrap();
        let matrix = fitted.matrix(&counts, &rows);
        assert_eq!(fitted.columns(&counts, &rows), matrix.transposed());
        (
            Vectorizer::new(params.clone(), fitted.vocabulary, fitted.idf),
            matrix,
        )
    }

    #[test]
    fn a_text_read_alone_has_the_row_it_was_trained_with() {
        let texts = [
            "He said he won. “Yes,” she said.",
            "Police confirmed it on Monday",
            "",
            "£3 or $5?",
            "10/10, see www.b.org/a?10",
        ];
        let params = VectorizerParams::default()
            .min_sentences(1)
            .char_ngrams(Some((2, 3)))
            .ngrams(3);
        let (vectorizer, matrix) = fit(&params, &texts);
        let mut reader = vectorizer.reader();
        for (i, text) in texts.iter().enumerate() {
            let read = reader.read(text, &Surroundings::default());
            assert_eq!(
                (&*read.row.indices, &*read.row.values),
                matrix.row(i),
                "for input {text:?}"
            );
        }
    }

    #[test]
    fn tf_idf_agrees_with_scikit_learn() {
        // TfidfVectorizer(sublinear_tf=True).fit_transform(["a b b", "a c"]) with one-letter tokens.
        let (_, matrix) = fit(
            &plain().ngrams(1).stem(false, Language::English),
            &["a b b", "a c"],
        );
        let (indices, values) = matrix.row(0);
        assert_eq!(indices, [0, 1]);
        let idf_b = (3.0f64 / 2.0).ln() + 1.0;
        let b = (1.0 + 2f64.ln()) * idf_b;
        let length = (1.0 + b * b).sqrt();
        approx::assert_abs_diff_eq!(f64::from(values[0]), 1.0 / length, epsilon = 1e-7);
        approx::assert_abs_diff_eq!(f64::from(values[1]), b / length, epsilon = 1e-7);
    }

    #[test]
    fn ngrams_end_where_a_sentence_ends() {
        let (vectorizer, _) = fit(&plain(), &["He won. She lost."]);
        let terms: Vec<_> = vectorizer.vocabulary().iter().collect();
        assert_eq!(terms, ["he", "he won", "lost", "she", "she lost", "won"]);
    }

    #[test]
    fn rare_terms_are_pruned() {
        let texts = ["said a", "said b", "told a", "said told"];
        let names = |params: VectorizerParams| {
            let (vectorizer, _) = fit(&params.ngrams(1), &texts);
            vectorizer
                .vocabulary()
                .iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(names(plain().min_sentences(2)), ["a", "said", "told"]);
        assert_eq!(names(plain().min_articles(3)), ["said"]);
        assert_eq!(names(plain().max_features(2)), ["a", "said"]);
    }

    #[test]
    fn a_text_without_known_words_has_an_empty_row() {
        let (vectorizer, _) = fit(&plain(), &["said so"]);
        let mut reader = vectorizer.reader();
        let read = reader.read("Völlig unbekannt", &Surroundings::default());
        assert!(read.row.indices.is_empty());
        assert_eq!(read.known_words, 0);
    }

    #[test]
    fn options_out_of_range_are_refused() {
        for (params, message) in [
            (plain().ngrams(0), "n-grams of 0 words: wanted 1 to 8"),
            (
                plain().char_ngrams(Some((4, 3))),
                "runs of 4 to 3 characters: wanted 1 to 8, the shorter first",
            ),
            (
                plain().max_features(0),
                "at most 0 features: wanted at least 1",
            ),
        ] {
            assert_eq!(params.check().unwrap_err().to_string(), message);
        }
        let none = plain().count(&documents(&["..."])).unwrap();
        let error = plain().fit(&none, &[0]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "no term is left of 1 texts: no usable word, or all pruned"
        );
    }
}
