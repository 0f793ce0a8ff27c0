//! What changed between two models.

use serde::Serialize;
use serde_json::{Value, json};

use super::Classifier;
use crate::features::vocabulary::TermId;

/// The difference of two models.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelDiff {
    /// Id of the first.
    pub a: String,
    /// Id of the second.
    pub b: String,
    /// Whether they are the same to the byte.
    pub identical: bool,
    /// Labels that only the first has.
    pub labels_gone: Vec<String>,
    /// Labels that only the second has.
    pub labels_new: Vec<String>,
    /// Entries of the records, the calibration and the chain that differ.
    pub settings: Vec<Setting>,
    /// Terms of both models.
    pub terms_common: usize,
    /// How many terms only the first has.
    pub terms_gone: usize,
    /// How many only the second has.
    pub terms_new: usize,
    /// The heaviest of the terms only the first has, by the greatest of their weights.
    pub gone: Vec<HeavyTerm>,
    /// The heaviest of those only the second has.
    pub new: Vec<HeavyTerm>,
    /// The weights of common terms and labels that moved most.
    pub moved: Vec<Moved>,
}

/// An entry that differs, such as `options.alpha`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Setting {
    /// Where it stands.
    pub name: String,
    /// What the first model has.
    pub a: Value,
    /// What the second has.
    pub b: Value,
}

/// A term and its weight of greatest size.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HeavyTerm {
    /// The term.
    pub term: String,
    /// The label it weighs most for, or against.
    pub label: String,
    /// The weight.
    pub weight: f32,
}

/// A weight that moved.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moved {
    /// The term, or `(intercept)`.
    pub term: String,
    /// The label.
    pub label: String,
    /// Its weight in the first model.
    pub a: f64,
    /// Its weight in the second.
    pub b: f64,
}

/// The name that stands for the intercept among terms; no term has parentheses.
pub const INTERCEPT: &str = "(intercept)";

impl ModelDiff {
    /// Compares two models; lists of terms hold at most `top`.
    #[must_use]
    pub fn of(a: &Classifier, b: &Classifier, top: usize) -> Self {
        let pairs = TermPairs::of(a, b);
        let missing = |these: &[String], those: &[String]| -> Vec<String> {
            these
                .iter()
                .filter(|l| !those.contains(l))
                .cloned()
                .collect()
        };
        Self {
            a: a.id().to_owned(),
            b: b.id().to_owned(),
            identical: a.id() == b.id() && a.labels == b.labels && a.record == b.record,
            labels_gone: missing(&a.labels, &b.labels),
            labels_new: missing(&b.labels, &a.labels),
            settings: settings(a, b),
            terms_common: pairs.common.len(),
            terms_gone: pairs.gone.len(),
            terms_new: pairs.new.len(),
            gone: heaviest(a, &pairs.gone, top),
            new: heaviest(b, &pairs.new, top),
            moved: moved(a, b, &pairs.common, top),
        }
    }
}

/// Columns of the terms that both models have, and of those that one has alone.
#[derive(Default)]
struct TermPairs {
    common: Vec<(usize, usize)>,
    gone: Vec<usize>,
    new: Vec<usize>,
}

impl TermPairs {
    /// One pass over both vocabularies, which are sorted.
    fn of(a: &Classifier, b: &Classifier) -> Self {
        let (terms_a, terms_b) = (a.vectorizer.vocabulary(), b.vectorizer.vocabulary());
        let mut pairs = Self::default();
        let (mut i, mut j) = (0, 0);
        while i < terms_a.len() && j < terms_b.len() {
            match terms_a
                .term(TermId::new(i))
                .cmp(terms_b.term(TermId::new(j)))
            {
                std::cmp::Ordering::Equal => {
                    pairs.common.push((i, j));
                    i += 1;
                    j += 1;
                }
                std::cmp::Ordering::Less => {
                    pairs.gone.push(i);
                    i += 1;
                }
                std::cmp::Ordering::Greater => {
                    pairs.new.push(j);
                    j += 1;
                }
            }
        }
        pairs.gone.extend(i..terms_a.len());
        pairs.new.extend(j..terms_b.len());
        pairs
    }
}

fn heaviest(classifier: &Classifier, columns: &[usize], top: usize) -> Vec<HeavyTerm> {
    let k = classifier.labels.len();
    let mut heavy: Vec<(usize, usize, f32)> = columns
        .iter()
        .filter_map(|&column| {
            let weights = classifier.weights[column * k..][..k].iter().enumerate();
            let (class, &weight) = weights.max_by(|x, y| x.1.abs().total_cmp(&y.1.abs()))?;
            Some((column, class, weight))
        })
        .collect();
    heavy.sort_by(|x, y| y.2.abs().total_cmp(&x.2.abs()).then(x.0.cmp(&y.0)));
    heavy
        .into_iter()
        .take(top)
        .map(|(column, class, weight)| HeavyTerm {
            term: classifier
                .vectorizer
                .vocabulary()
                .term(TermId::new(column))
                .to_owned(),
            label: classifier.labels[class].clone(),
            weight,
        })
        .collect()
}

fn moved(a: &Classifier, b: &Classifier, common: &[(usize, usize)], top: usize) -> Vec<Moved> {
    let classes: Vec<(usize, usize)> = a
        .labels
        .iter()
        .enumerate()
        .filter_map(|(i, label)| Some((i, b.labels.iter().position(|l| l == label)?)))
        .collect();
    let (ka, kb) = (a.labels.len(), b.labels.len());
    let mut moves: Vec<(Option<usize>, usize, f64, f64)> = classes
        .iter()
        .map(|&(i, j)| (None, i, a.intercept[i], b.intercept[j]))
        .collect();
    for &(column_a, column_b) in common {
        for &(i, j) in &classes {
            let before = f64::from(a.weights[column_a * ka + i]);
            let after = f64::from(b.weights[column_b * kb + j]);
            if before.to_bits() != after.to_bits() {
                moves.push((Some(column_a), i, before, after));
            }
        }
    }
    moves.retain(|(_, _, before, after)| before.to_bits() != after.to_bits());
    moves.sort_by(|x, y| {
        let (by_x, by_y) = ((x.3 - x.2).abs(), (y.3 - y.2).abs());
        by_y.total_cmp(&by_x).then((x.0, x.1).cmp(&(y.0, y.1)))
    });
    moves
        .into_iter()
        .take(top)
        .map(|(column, class, a_weight, b_weight)| Moved {
            term: column
                .map_or(INTERCEPT, |c| {
                    a.vectorizer.vocabulary().term(TermId::new(c))
                })
                .to_owned(),
            label: a.labels[class].clone(),
            a: a_weight,
            b: b_weight,
        })
        .collect()
}

/// Entries of both descriptions that differ.
fn settings(a: &Classifier, b: &Classifier) -> Vec<Setting> {
    let (mut of_a, mut of_b) = (Vec::new(), Vec::new());
    flatten("", &description(a), &mut of_a);
    flatten("", &description(b), &mut of_b);
    let find = |entries: &[(String, Value)], name: &str| {
        let found = entries.iter().find(|(n, _)| n == name);
        found.map_or(Value::Null, |(_, value)| value.clone())
    };
    let mut names: Vec<String> = of_a.iter().map(|(name, _)| name.clone()).collect();
    names.extend(
        of_b.iter()
            .filter(|(n, _)| !of_a.iter().any(|(m, _)| m == n))
            .map(|(n, _)| n.clone()),
    );
    names
        .into_iter()
        .map(|name| Setting {
            a: find(&of_a, &name),
            b: find(&of_b, &name),
            name,
        })
        .filter(|setting| setting.a != setting.b)
        .collect()
}

fn description(classifier: &Classifier) -> Value {
    let record = classifier.record();
    json!({
        "tokenizer": record.tokenizer,
        "options": record.options,
        "training": record.training,
        "calibration": classifier.calibration().map(|c| json!({ "scale": c.scale, "offsets": c.offsets })),
        "chain": classifier.chain().map(|c| json!({ "weight": c.weight(), "log_ratios": c.ratios() })),
    })
}

fn flatten(prefix: &str, value: &Value, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let name = if prefix.is_empty() {
                    key.clone()
                } else {
                    format!("{prefix}.{key}")
                };
                flatten(&name, value, out);
            }
        }
        other => out.push((prefix.to_owned(), other.clone())),
    }
}
