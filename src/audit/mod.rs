//! What is wrong or doubtful in labelled data.
//!
//! Structure (copies, overlap) comes from [`corpus`](crate::corpus); what needs a classifier
//! (probable label errors) is here.

mod agreement;
mod suspects;

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use serde::Serialize;

use crate::classifier::train::{TrainParams, train};
use crate::corpus::Corpus;
use crate::corpus::copies::{
    NearCopy, exact_copies, exact_overlap, is_telling, near_copies, near_overlap,
};
use crate::text::language;

pub use agreement::{Agreement, Disagreement, LabelAgreement};
pub use suspects::Suspect;

/// Version of the JSON audit.
pub const SCHEMA: &str = "purport-check/1";

/// Labels of fewer rows are called rare: five folds and a test set leave nothing of them.
const RARE: u64 = 10;

/// How data are audited.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditParams {
    /// How the models are trained whose out-of-fold scores tell label errors; also says the
    /// expected language.
    pub train: TrainParams,
    /// Entries listed of each kind.
    pub listed: usize,
    /// Two columns of labels to compare.
    pub columns: Option<(String, String)>,
    /// Look for label errors.
    pub suspects: bool,
}

/// Where a row stands, and its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowRef {
    /// The file.
    pub file: String,
    /// The line in which it begins.
    pub line: u64,
    /// The sentence.
    pub text: String,
}

impl RowRef {
    pub(crate) fn of(corpus: &Corpus, row: usize) -> Self {
        let place = corpus.place(row);
        Self {
            file: place.path.display().to_string(),
            line: place.line,
            text: corpus.text(row).to_owned(),
        }
    }
}

/// A label and where it occurs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelCount {
    /// The label.
    pub label: String,
    /// Rows that have it.
    pub rows: u64,
    /// Their share of all labelled rows.
    pub share: f64,
    /// Articles it occurs in.
    pub articles: usize,
    /// Too few rows, or one article only: it cannot be both learnt and tested.
    pub rare: bool,
}

/// Something doubtful about encoding, structure or labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StructureWarning {
    /// What and where.
    pub message: String,
    /// What would cure it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// Texts that occur several times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Copies {
    /// Texts that occur more than once.
    pub texts: usize,
    /// Rows beyond the first of each.
    pub extra_rows: usize,
    /// Of these, rows of texts of five words or more.
    pub extra_long_rows: usize,
    /// The most frequent: first row and how many.
    pub listed: Vec<(RowRef, usize)>,
}

/// Equal texts with different labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// The text, as it first occurs.
    pub text: String,
    /// Its labels, how many rows have each, and the first of them.
    pub labels: Vec<(String, usize, RowRef)>,
}

/// Two rows nearly the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NearPair {
    /// The first row.
    pub a: RowRef,
    /// The second.
    pub b: RowRef,
    /// Shared runs of five characters of all.
    pub similarity: f64,
}

/// What the data share with a test file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Overlap {
    /// Rows whose words stand there too.
    pub exact: usize,
    /// Of these, rows of five words or more: no coincidence.
    pub exact_long: usize,
    /// Pairs that are nearly the same.
    pub near: usize,
    /// Articles of the same name on both sides.
    pub articles: Vec<String>,
    /// The first exact ones of five words or more.
    pub listed_exact: Vec<(RowRef, RowRef)>,
    /// The most alike of the near ones.
    pub listed_near: Vec<NearPair>,
}

/// An article in another language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Foreign {
    /// Its name, if it has one.
    pub article: Option<String>,
    /// The language it looks like.
    pub language: String,
    /// Its first row.
    pub first: RowRef,
}

/// Everything found in a corpus.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// Rows read.
    pub rows: usize,
    /// Rows without a label.
    pub unlabelled: usize,
    /// Articles.
    pub articles: usize,
    /// Bad rows that were left out.
    pub skipped: u64,
    /// Findings that `--strict` objects to.
    pub warnings: usize,
    /// The labels.
    pub labels: Vec<LabelCount>,
    /// Encoding, structure, texts without words, labels alike.
    pub structure: Vec<StructureWarning>,
    /// Texts that occur more than once.
    pub copies: Copies,
    /// How many texts have several labels.
    pub conflicts_total: usize,
    /// The first of them.
    pub conflicts: Vec<Conflict>,
    /// How many pairs are nearly the same.
    pub near_total: usize,
    /// The most alike.
    pub near: Vec<NearPair>,
    /// What the data share with a test file, if one was given.
    pub overlap: Option<Overlap>,
    /// Articles in another language.
    pub foreign: Vec<Foreign>,
    /// How many labels are probably wrong; `None` if that was not looked for.
    pub suspects_total: Option<usize>,
    /// Why it was not looked for.
    pub suspects_reason: Option<String>,
    /// The clearest of them.
    pub suspects: Vec<Suspect>,
    /// Agreement of two columns, if they were given.
    pub agreement: Option<Agreement>,
}

impl Audit {
    /// Looks through `corpus`, and holds it against a test set.
    #[must_use]
    pub fn of(corpus: &Corpus, against: Option<&Corpus>, params: &AuditParams) -> Self {
        let copies = exact_copies(corpus);
        let (conflicts_total, conflicts) = conflicts(corpus, &copies, params.listed);
        let near = near_copies(corpus);
        let mut audit = Self {
            schema: SCHEMA,
            rows: corpus.len(),
            unlabelled: (0..corpus.len())
                .filter(|&row| corpus.label(row).is_none())
                .count(),
            articles: corpus.articles().len(),
            skipped: corpus.skipped(),
            warnings: 0,
            labels: labels(corpus),
            structure: structure(corpus),
            copies: of_copies(corpus, &copies, params.listed),
            conflicts_total,
            conflicts,
            near_total: near.len(),
            near: pairs(corpus, corpus, &near, params.listed),
            overlap: against.map(|other| overlap(corpus, other, params.listed)),
            foreign: foreign(corpus, params),
            suspects_total: None,
            suspects_reason: None,
            suspects: Vec::new(),
            agreement: params
                .columns
                .as_ref()
                .map(|(a, b)| Agreement::of(corpus, a, b, params.listed, params.train.seed)),
        };
        if params.suspects {
            audit.look_for_label_errors(corpus, params);
        } else {
            audit.suspects_reason = Some("switched off".to_owned());
        }
        audit.warnings = audit.count_warnings();
        audit
    }

    fn look_for_label_errors(&mut self, corpus: &Corpus, params: &AuditParams) {
        let labelled = corpus.part(|row| corpus.label(row).is_some());
        if let Err(error) = labelled.check_trainable() {
            self.suspects_reason = Some(error.to_string());
            return;
        }
        match train(&labelled, &params.train) {
            Ok(trained) => {
                let Some(scores) = &trained.out_of_fold else {
                    self.suspects_reason = Some("no folds".to_owned());
                    return;
                };
                let (total, listed) =
                    suspects::suspects(&labelled, scores, &trained.classifier, params.listed);
                self.suspects_total = Some(total);
                self.suspects = listed;
            }
            Err(error) => self.suspects_reason = Some(error.to_string()),
        }
    }

    /// Copies within the data, and probable label errors, are for a person to judge; everything
    /// else is wrong or will mislead.
    fn count_warnings(&self) -> usize {
        let overlap = self.overlap.as_ref().map_or(0, |o| {
            usize::from(o.exact_long > 0)
                + usize::from(o.near > 0)
                + usize::from(!o.articles.is_empty())
        });
        self.structure.len()
            + self.labels.iter().filter(|label| label.rare).count()
            + usize::from(self.conflicts_total > 0)
            + usize::from(!self.foreign.is_empty())
            + usize::from(self.skipped > 0)
            + overlap
    }
}

fn labels(corpus: &Corpus) -> Vec<LabelCount> {
    let mut articles = vec![BTreeSet::new(); corpus.classes().len()];
    for row in 0..corpus.len() {
        if let Some(class) = corpus.label(row) {
            articles[class.index()].insert(corpus.article(row));
        }
    }
    let counts = corpus.class_counts();
    let all: u64 = counts.iter().sum();
    corpus
        .classes()
        .iter()
        .zip(counts)
        .zip(articles)
        .map(|((label, rows), articles)| LabelCount {
            label: label.clone(),
            rows,
            share: rows as f64 / all as f64,
            articles: articles.len(),
            rare: rows < RARE || articles.len() < 2,
        })
        .collect()
}

fn structure(corpus: &Corpus) -> Vec<StructureWarning> {
    let warnings = corpus.warnings().iter().map(|warning| StructureWarning {
        message: warning.to_string(),
        hint: warning.hint().map(str::to_owned),
    });
    let untrainable = corpus.check_trainable().err();
    let untrainable = untrainable.map(|error| StructureWarning {
        message: error.to_string(),
        hint: error.hint(),
    });
    warnings.chain(untrainable).collect()
}

fn of_copies(corpus: &Corpus, groups: &[Vec<usize>], most: usize) -> Copies {
    let extra =
        |groups: &mut dyn Iterator<Item = &Vec<usize>>| groups.map(|rows| rows.len() - 1).sum();
    let mut frequent: Vec<&Vec<usize>> = groups.iter().collect();
    frequent.sort_by(|a, b| b.len().cmp(&a.len()).then(a[0].cmp(&b[0])));
    Copies {
        texts: groups.len(),
        extra_rows: extra(&mut groups.iter()),
        extra_long_rows: extra(
            &mut groups
                .iter()
                .filter(|rows| is_telling(corpus.text(rows[0]))),
        ),
        listed: frequent
            .into_iter()
            .take(most)
            .map(|rows| (RowRef::of(corpus, rows[0]), rows.len()))
            .collect(),
    }
}

fn conflicts(corpus: &Corpus, groups: &[Vec<usize>], most: usize) -> (usize, Vec<Conflict>) {
    let found: Vec<Conflict> = groups
        .iter()
        .filter_map(|rows| {
            let mut labels: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for &row in rows {
                if let Some(class) = corpus.label(row) {
                    labels.entry(class.index()).or_default().push(row);
                }
            }
            (labels.len() > 1).then(|| Conflict {
                text: corpus.text(rows[0]).to_owned(),
                labels: labels
                    .into_iter()
                    .map(|(class, rows)| {
                        let first = RowRef::of(corpus, rows[0]);
                        (corpus.classes()[class].clone(), rows.len(), first)
                    })
                    .collect(),
            })
        })
        .collect();
    (found.len(), found.into_iter().take(most).collect())
}

fn pairs(corpus: &Corpus, other: &Corpus, near: &[NearCopy], most: usize) -> Vec<NearPair> {
    near.iter()
        .take(most)
        .map(|pair| NearPair {
            a: RowRef::of(corpus, pair.a),
            b: RowRef::of(other, pair.b),
            similarity: pair.similarity,
        })
        .collect()
}

fn overlap(corpus: &Corpus, other: &Corpus, most: usize) -> Overlap {
    let exact = exact_overlap(corpus, other);
    let long: Vec<&(usize, usize)> = exact
        .iter()
        .filter(|(row, _)| is_telling(corpus.text(*row)))
        .collect();
    let near = near_overlap(corpus, other);
    let names: BTreeSet<&str> = other.articles().flatten().collect();
    let shared: BTreeSet<&str> = corpus
        .articles()
        .flatten()
        .filter(|n| names.contains(n))
        .collect();
    Overlap {
        exact: exact.len(),
        exact_long: long.len(),
        near: near.len(),
        articles: shared.into_iter().map(str::to_owned).collect(),
        listed_exact: long
            .iter()
            .take(most)
            .map(|(row, there)| (RowRef::of(corpus, *row), RowRef::of(other, *there)))
            .collect(),
        listed_near: pairs(corpus, other, &near, most),
    }
}

/// Articles that look like another language than the stemmer's.
fn foreign(corpus: &Corpus, params: &AuditParams) -> Vec<Foreign> {
    let expected = params.train.vectorizer.language();
    let mut rows_of: Vec<Vec<usize>> = vec![Vec::new(); corpus.articles().len()];
    for row in 0..corpus.len() {
        rows_of[corpus.article(row).index()].push(row);
    }
    rows_of
        .par_iter()
        .filter_map(|rows| {
            let texts = rows.iter().map(|&row| corpus.text(row));
            Some(Foreign {
                language: language::foreign(texts, expected)?.to_lowercase(),
                article: corpus.article_name(rows[0]).map(str::to_owned),
                first: RowRef::of(corpus, rows[0]),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use super::*;
    use crate::corpus::CorpusOptions;

    fn corpus(csv: &str) -> Corpus {
        Corpus::from_csv_bytes("t.csv", csv.as_bytes(), &CorpusOptions::default()).unwrap()
    }

    fn params() -> AuditParams {
        AuditParams {
            train: TrainParams::default(),
            listed: 10,
            columns: None,
            suspects: true,
        }
    }

    /// Claims and bridges; in one article the two labels are exchanged.
    fn with_an_error() -> String {
        let mut csv = String::from("article,label,text\n");
        for i in 0..30 {
            let (claim, none) = if i == 7 {
                ("none", "claim")
            } else {
                ("claim", "none")
            };
            let _ = writeln!(csv, "a{i},{claim},The mayor said that plan {i} would work.");
            let _ = writeln!(csv, "a{i},{none},A bridge crosses river number {i} there.");
        }
        csv
    }

    #[test]
    fn exchanged_labels_are_suspect() {
        let audit = Audit::of(&corpus(&with_an_error()), None, &params());
        assert_eq!(audit.suspects_total, Some(2));
        let mut lines: Vec<u64> = audit.suspects.iter().map(|s| s.row.line).collect();
        lines.sort_unstable();
        assert_eq!(lines, [16, 17]);
        assert!(!audit.suspects[0].against.is_empty());
    }

    #[test]
    fn a26_equal_texts_with_different_labels_are_told() {
        let audit = Audit::of(
            &corpus(
                "label,text\nx,It rained all day long.\ny,it rained all day long\nx,It rained all day long!\n",
            ),
            None,
            &params(),
        );
        assert_eq!((audit.conflicts_total, audit.copies.extra_rows), (1, 2));
        let labels: Vec<_> = audit.conflicts[0]
            .labels
            .iter()
            .map(|l| (l.0.as_str(), l.1))
            .collect();
        assert_eq!(labels, [("x", 2), ("y", 1)]);
        assert!(audit.suspects_reason.is_some());
        assert!(audit.warnings > 0);
    }

    #[test]
    fn a27_articles_on_both_sides_are_told() {
        let data = corpus("article,label,text\na,x,It rained all day long.\nb,y,Snow fell.\n");
        let test = corpus("article,label,text\nb,x,It rained all day long!\nc,y,Sun.\n");
        let audit = Audit::of(&data, Some(&test), &params());
        let overlap = audit.overlap.unwrap();
        assert_eq!((overlap.exact, overlap.exact_long), (1, 1));
        assert_eq!(overlap.articles, ["b"]);
    }
}
