//! Spellings → labels, and what is doubtful about them.

use std::borrow::Cow;
use std::collections::HashMap;

use unicode_normalization::{UnicodeNormalization, is_nfc};

use super::ClassId;
use super::error::{Place, is_invisible};
use super::warning::CorpusWarning;

/// A label is compared with the frequent ones if they have this many times its rows …
const RARE: u64 = 20;

/// … and if there are at most so many labels: beyond, comparing each with each takes too long and
/// near names are the rule.
const MAX_COMPARED: usize = 1_000;

/// A label, its rows, and the file and line of the first of them.
#[derive(Debug, Clone)]
pub(crate) struct Label {
    pub(crate) name: String,
    pub(crate) rows: u64,
    pub(crate) first: (u32, u64),
}

/// Numbers the labels in order of first appearance, until they are sorted.
#[derive(Default)]
pub(crate) struct Labels {
    all: Vec<Label>,
    /// Each spelling that was met: its label, and whether it had to be normalised.
    spellings: HashMap<String, Option<(usize, bool)>>,
    /// Where the labels go that were merged into others.
    merged_into: Option<Vec<usize>>,
    normalized: u64,
}

impl Labels {
    /// How many labels were trimmed or brought into NFC.
    pub(crate) fn normalized(&self) -> u64 {
        self.normalized
    }

    /// The label that is spelled `raw`; `None` if that is empty.
    pub(crate) fn id(&mut self, raw: &str, place: (u32, u64)) -> Option<ClassId> {
        if raw.is_empty() {
            return None;
        }
        let known = match self.spellings.get(raw) {
            Some(&known) => known,
            None => self.learn(raw, place),
        };
        let (id, changed) = known?;
        self.all[id].rows += 1;
        self.normalized += u64::from(changed);
        Some(ClassId(u32::try_from(id).unwrap_or(u32::MAX)))
    }

    fn learn(&mut self, raw: &str, first: (u32, u64)) -> Option<(usize, bool)> {
        let name = normalized(raw);
        let known = (!name.is_empty()).then(|| {
            // A name is a spelling of its label as well: it finds what other spellings made.
            let id = match self.spellings.get(&*name) {
                Some(&Some((id, _))) => id,
                _ => self.push(&name, first),
            };
            (id, name != raw)
        });
        self.spellings.insert(raw.to_owned(), known);
        known
    }

    fn push(&mut self, name: &str, first: (u32, u64)) -> usize {
        let id = self.all.len();
        self.all.push(Label {
            name: name.to_owned(),
            rows: 0,
            first,
        });
        self.spellings.insert(name.to_owned(), Some((id, false)));
        id
    }

    /// Makes one of the labels that differ only by case: the most frequent, else the first bytewise.
    pub(crate) fn merge_case(&mut self) {
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        let folded: Vec<_> = self
            .all
            .iter()
            .map(|label| label.name.to_lowercase())
            .collect();
        order.sort_by_key(|&id| {
            let label = &self.all[id];
            (&folded[id], u64::MAX - label.rows, &label.name)
        });
        let mut target: Vec<usize> = (0..self.all.len()).collect();
        for group in order.chunk_by(|&a, &b| folded[a] == folded[b]) {
            for &id in &group[1..] {
                target[id] = group[0];
                self.all[group[0]].rows += self.all[id].rows;
                self.all[group[0]].first = self.all[group[0]].first.min(self.all[id].first);
            }
        }
        self.merged_into = Some(target);
    }

    /// The labels sorted bytewise, and the class of each label met.
    pub(crate) fn sorted(&self) -> (Vec<Label>, Vec<ClassId>) {
        let target = |id: usize| self.merged_into.as_ref().map_or(id, |target| target[id]);
        let mut kept: Vec<usize> = (0..self.all.len()).filter(|&id| target(id) == id).collect();
        kept.sort_unstable_by(|&a, &b| self.all[a].name.cmp(&self.all[b].name));
        let mut ids = vec![ClassId(0); self.all.len()];
        for (class, &id) in (0..).zip(&kept) {
            ids[id] = ClassId(class);
        }
        let ids = (0..ids.len()).map(|id| ids[target(id)]).collect();
        let labels = kept.iter().map(|&id| self.all[id].clone()).collect();
        (labels, ids)
    }
}

/// Without white space and invisible characters around it, in NFC.
fn normalized(raw: &str) -> Cow<'_, str> {
    let trimmed = raw.trim_matches(|c: char| c.is_whitespace() || is_invisible(c));
    if is_nfc(trimmed) {
        Cow::Borrowed(trimmed)
    } else {
        Cow::Owned(trimmed.nfc().collect())
    }
}

/// What is doubtful about sorted labels; `place` tells where a record is.
pub(crate) fn label_warnings(
    labels: &[Label],
    place: impl Fn((u32, u64)) -> Place,
) -> Vec<CorpusWarning> {
    let mut warnings = case_variants(labels, &place);
    if labels.len() <= MAX_COMPARED {
        warnings.extend(near_labels(labels, &place));
    }
    let single = labels.iter().filter(|label| label.rows == 1);
    warnings.extend(single.map(|label| CorpusWarning::SingleRow {
        label: label.name.clone(),
        place: place(label.first),
    }));
    warnings
}

fn case_variants(labels: &[Label], place: impl Fn((u32, u64)) -> Place) -> Vec<CorpusWarning> {
    let mut by_fold: Vec<_> = labels
        .iter()
        .map(|label| (label.name.to_lowercase(), label))
        .collect();
    by_fold.sort_by(|a, b| (&a.0, b.1.rows, &a.1.name).cmp(&(&b.0, a.1.rows, &b.1.name)));
    by_fold
        .chunk_by(|a, b| a.0 == b.0)
        .flat_map(|group| group[1..].iter().map(|variant| (group[0].1, variant.1)))
        .map(|(label, variant)| CorpusWarning::CaseVariants {
            label: (label.name.clone(), label.rows),
            variant: (variant.name.clone(), variant.rows),
            place: place(variant.first),
        })
        .collect()
}

fn near_labels(labels: &[Label], place: impl Fn((u32, u64)) -> Place) -> Vec<CorpusWarning> {
    labels
        .iter()
        .filter_map(|rare| {
            let near = labels
                .iter()
                .filter(|label| label.rows >= rare.rows.saturating_mul(RARE))
                .find(|label| is_typo(&rare.name, &label.name))?;
            Some(CorpusWarning::NearLabel {
                label: (rare.name.clone(), rare.rows),
                near: (near.name.clone(), near.rows),
                place: place(rare.first),
            })
        })
        .collect()
}

/// What is longer is no name that somebody mistyped; comparing takes the square of the length.
const LONGEST_COMPARED: usize = 64;

/// One slip in a short name, two in a long one; none in one so short that it is another word, and
/// case alone is told elsewhere.
fn is_typo(name: &str, of: &str) -> bool {
    let allowed = match of.chars().count() {
        0..=3 => 0,
        4..=7 => 1,
        _ => 2,
    };
    name.len().max(of.len()) <= LONGEST_COMPARED
        && name.to_lowercase() != of.to_lowercase()
        && strsim::osa_distance(name, of) <= allowed
}
