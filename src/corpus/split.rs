//! Seeded, stratified, grouped parts of a corpus.
//!
//! Rows of one article never stand on both sides of a split, nor do copies of a text. What falls
//! where depends on the names of the articles and on their texts, never on the order of rows.

use std::collections::{BTreeMap, HashMap};

use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use super::{ArticleId, Corpus, Rows};

/// A text of fewer words ("She declined to comment.") recurs in articles that have nothing else in
/// common; it does not tie them together.
pub(super) const MIN_SHARED_WORDS: usize = 5;

/// Why a corpus cannot be split.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum SplitError {
    /// One fold or none.
    #[error("{0} folds, expected at least 2")]
    Folds(u32),
    /// Fewer articles than parts.
    #[error("only {articles} articles of different texts, expected at least {parts}, one a fold")]
    TooFewArticles {
        /// How many articles there are; those that share texts count as one.
        articles: usize,
        /// How many parts were wanted.
        parts: usize,
    },
    /// A share that leaves one side empty.
    #[error("the share held out is {0}, expected one above 0 and below 1")]
    Share(f64),
}

/// Rows to learn from and rows to test on, both in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdout {
    /// Rows to learn from.
    pub train: Vec<usize>,
    /// Rows to test on.
    pub test: Vec<usize>,
}

/// The fold, below `k`, of each row.
///
/// Articles go one by one, those rich in rare labels first, to the fold where their labels are
/// scarcest; `seed` decides among equals. No fold is empty.
///
/// # Errors
///
/// [`SplitError::Folds`], [`SplitError::TooFewArticles`].
pub fn k_folds(corpus: &Corpus, k: u32, seed: u64) -> Result<Vec<u32>, SplitError> {
    k_folds_by(corpus, text_keys(corpus), k, seed)
}

/// As [`k_folds`], where what counts of each text is known already.
pub(crate) fn k_folds_by(
    rows: &Rows,
    texts: Vec<TextKey>,
    k: u32,
    seed: u64,
) -> Result<Vec<u32>, SplitError> {
    if k < 2 {
        return Err(SplitError::Folds(k));
    }
    let parts = k as usize;
    let units = units(rows, texts, 1.0 / f64::from(k), seed);
    check_count(&units, parts)?;
    let assigned = assign(
        &units,
        &Totals::of(&units),
        &vec![1.0 / f64::from(k); parts],
    );
    let mut folds = vec![0; rows.len()];
    for (unit, part) in units.iter().zip(assigned) {
        for &row in &unit.rows {
            folds[row] = u32::try_from(part).unwrap_or(u32::MAX);
        }
    }
    Ok(folds)
}

/// Holds out about `share` of the rows, and of each label.
///
/// A label that stands in one article only stays in training: it could be learnt from nowhere else.
///
/// # Errors
///
/// [`SplitError::Share`], [`SplitError::TooFewArticles`].
pub fn holdout(corpus: &Corpus, share: f64, seed: u64) -> Result<Holdout, SplitError> {
    if !(share > 0.0 && share < 1.0) {
        return Err(SplitError::Share(share));
    }
    let units = units(corpus, text_keys(corpus), share, seed);
    check_count(&units, 2)?;
    let totals = Totals::of(&units);
    let mut tested: Vec<bool> = assign(&units, &totals, &[1.0 - share, share])
        .into_iter()
        .zip(&units)
        .map(|(part, unit)| part == 1 && !totals.needs(unit))
        .collect();
    keep_both_sides(&units, &totals, &mut tested);
    let side = |wanted: bool| {
        let units = units.iter().zip(&tested);
        let mut rows: Vec<_> = units
            .filter(|&(_, &tested)| tested == wanted)
            .flat_map(|(unit, _)| unit.rows.iter().copied())
            .collect();
        rows.sort_unstable();
        rows
    };
    Ok(Holdout {
        train: side(false),
        test: side(true),
    })
}

/// Moves the smallest article over where one side got none; rather one that holds no lone label.
fn keep_both_sides(units: &[Unit], totals: &Totals, tested: &mut [bool]) {
    let first = tested[0];
    if tested.iter().all(|&side| side == first) {
        let smallest = (0..units.len())
            .min_by_key(|&i| (totals.needs(&units[i]), units[i].rows.len(), units[i].key));
        if let Some(smallest) = smallest {
            tested[smallest] = !first;
        }
    }
}

/// The articles in an order that depends on their names and `seed` alone.
#[must_use]
pub fn shuffled_articles(corpus: &Corpus, seed: u64) -> Vec<ArticleId> {
    let Articles { keys, .. } = Articles::of(corpus, text_keys(corpus), seed);
    let mut articles: Vec<(u64, u32)> = keys.into_iter().zip(0..).collect();
    articles.sort_unstable();
    articles.into_iter().map(|(_, id)| ArticleId(id)).collect()
}

fn check_count(units: &[Unit], parts: usize) -> Result<(), SplitError> {
    let articles = units.len();
    if articles < parts {
        return Err(SplitError::TooFewArticles { articles, parts });
    }
    Ok(())
}

/// Articles that must stay together.
struct Unit {
    /// Decides among equals: from the names of the articles and the seed.
    key: u64,
    rows: Vec<usize>,
    /// Class and how many rows carry it, by class.
    labels: Vec<(usize, f64)>,
}

/// Rows, and rows of each label, in all units; and how many units a label stands in.
struct Totals {
    rows: f64,
    labels: HashMap<usize, (f64, usize)>,
}

impl Totals {
    fn of(units: &[Unit]) -> Self {
        let mut labels: HashMap<usize, (f64, usize)> = HashMap::new();
        for &(label, count) in units.iter().flat_map(|unit| &unit.labels) {
            let total = labels.entry(label).or_default();
            total.0 += count;
            total.1 += 1;
        }
        let rows = units.iter().map(|unit| unit.rows.len()).sum::<usize>() as f64;
        Self { rows, labels }
    }

    /// Each label's share of its total, with the label.
    fn shares(&self, unit: &Unit) -> impl Iterator<Item = (usize, f64)> {
        unit.labels
            .iter()
            .map(|&(label, count)| (label, count / self.labels[&label].0))
    }

    /// Whether a label stands in this unit only.
    fn needs(&self, unit: &Unit) -> bool {
        unit.labels
            .iter()
            .any(|(label, _)| self.labels[label].1 == 1)
    }
}

/// The part of each unit.
///
/// Minimises Σ over parts and labels of (share of the label in the part)² / weight of the part,
/// greedily: it is least where each part has its weight of each label. Rows count as a label.
fn assign(units: &[Unit], totals: &Totals, weights: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..units.len()).collect();
    let rarity = |unit: &Unit| totals.shares(unit).map(|(_, share)| share).sum::<f64>();
    let rarities: Vec<f64> = units.iter().map(rarity).collect();
    order.sort_by(|&a, &b| {
        let (rows_a, rows_b) = (units[a].rows.len(), units[b].rows.len());
        rarities[b]
            .total_cmp(&rarities[a])
            .then(rows_b.cmp(&rows_a))
            .then(units[a].key.cmp(&units[b].key))
    });
    let mut parts: Vec<Part> = weights.iter().map(|&weight| Part::new(weight)).collect();
    let mut assigned = vec![0; units.len()];
    for unit in order {
        let shares: Vec<_> = totals.shares(&units[unit]).collect();
        let rows = units[unit].rows.len() as f64 / totals.rows;
        let best = (0..parts.len())
            .min_by(|&a, &b| {
                let cost = |part: usize| parts[part].cost(&shares, rows);
                cost(a).total_cmp(&cost(b))
            })
            .unwrap_or_default();
        parts[best].add(&shares, rows);
        assigned[unit] = best;
    }
    assigned
}

/// What a part holds of each label and of the rows, as shares of all.
struct Part {
    weight: f64,
    rows: f64,
    labels: HashMap<usize, f64>,
}

impl Part {
    fn new(weight: f64) -> Self {
        Self {
            weight,
            rows: 0.0,
            labels: HashMap::new(),
        }
    }

    /// By how much the sum of squares grows with the unit.
    fn cost(&self, shares: &[(usize, f64)], rows: f64) -> f64 {
        let grows = |held: f64, share: f64| share * (2.0 * held + share);
        let labels = shares
            .iter()
            .map(|(label, share)| grows(self.labels.get(label).copied().unwrap_or(0.0), *share));
        (labels.sum::<f64>() + grows(self.rows, rows)) / self.weight
    }

    fn add(&mut self, shares: &[(usize, f64)], rows: f64) {
        self.rows += rows;
        for &(label, share) in shares {
            *self.labels.entry(label).or_insert(0.0) += share;
        }
    }
}

/// The articles, those that share a text put together as long as that stays below `limit` of the
/// rows: what ties more than that together is a phrase that every page carries.
fn units(rows: &Rows, texts: Vec<TextKey>, limit: f64, seed: u64) -> Vec<Unit> {
    let articles = Articles::of(rows, texts, seed);
    let limit = (limit * rows.len() as f64).max(1.0);
    let mut groups = Groups::new(articles.rows.iter().map(Vec::len).collect());
    for (together, shared) in articles.shared_texts() {
        let limit = if together { f64::INFINITY } else { limit };
        groups.join(&shared, limit);
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for article in 0..articles.rows.len() {
        members
            .entry(groups.root(article))
            .or_default()
            .push(article);
    }
    let mut units: Vec<_> = members
        .values()
        .map(|members| articles.unit(rows, members))
        .collect();
    // The order of articles in the file must not show, not even in a last bit of a sum.
    units.sort_by_key(|unit| unit.key);
    units
}

/// Rows, keys and texts of the articles.
struct Articles {
    rows: Vec<Vec<usize>>,
    keys: Vec<u64>,
    /// Of each row.
    texts: Vec<TextKey>,
}

impl Articles {
    fn of(all: &Rows, texts: Vec<TextKey>, seed: u64) -> Self {
        let names: Vec<Option<&str>> = all.articles().collect();
        let mut rows = vec![Vec::new(); names.len()];
        for row in 0..all.len() {
            let ArticleId(article) = all.article(row);
            rows[article as usize].push(row);
        }
        let of_text = |rows: &[usize]| rows.first().map_or(0, |&row| texts[row].0);
        let keys = names
            .iter()
            .zip(&rows)
            .map(|(name, rows)| {
                name.map_or_else(
                    || hash(!seed, of_text(rows).to_le_bytes()),
                    |name| hash(seed, name.bytes()),
                )
            })
            .collect();
        Self { rows, keys, texts }
    }

    /// Articles that share a text, in the order of their keys, and whether they must stay together
    /// whatever their size: copies that are whole articles do. The rarest texts come first.
    fn shared_texts(&self) -> Vec<(bool, Vec<usize>)> {
        let mut of_text: HashMap<u64, (Vec<usize>, Vec<usize>)> = HashMap::new();
        for (article, rows) in self.rows.iter().enumerate() {
            for &row in rows {
                let (text, words) = self.texts[row];
                let (whole, part) = of_text.entry(text).or_default();
                if rows.len() == 1 {
                    whole.push(article);
                }
                if words >= MIN_SHARED_WORDS {
                    part.push(article);
                }
            }
        }
        let mut shared: Vec<_> = of_text
            .into_iter()
            .flat_map(|(text, (whole, part))| [(true, text, whole), (false, text, part)])
            .filter(|(.., articles)| articles.len() > 1)
            .collect();
        for (.., articles) in &mut shared {
            articles.sort_by_key(|&article| self.keys[article]);
            articles.dedup();
        }
        shared.sort_by_key(|(together, text, articles)| (!together, articles.len(), *text));
        let strip = |(together, _, articles)| (together, articles);
        shared.into_iter().map(strip).collect()
    }

    fn unit(&self, all: &Rows, members: &[usize]) -> Unit {
        let rows = members.iter().flat_map(|&article| &self.rows[article]);
        let mut counts: BTreeMap<usize, f64> = BTreeMap::new();
        for label in rows.clone().filter_map(|&row| all.label(row)) {
            *counts.entry(label.index()).or_insert(0.0) += 1.0;
        }
        let keys = members.iter().map(|&article| self.keys[article]);
        Unit {
            key: keys.min().unwrap_or_default(),
            rows: rows.copied().collect(),
            labels: counts.into_iter().collect(),
        }
    }
}

/// Disjoint groups of articles and the rows in them.
struct Groups {
    parents: Vec<usize>,
    sizes: Vec<usize>,
}

impl Groups {
    fn new(sizes: Vec<usize>) -> Self {
        Self {
            parents: (0..sizes.len()).collect(),
            sizes,
        }
    }

    fn root(&mut self, mut article: usize) -> usize {
        while self.parents[article] != article {
            self.parents[article] = self.parents[self.parents[article]];
            article = self.parents[article];
        }
        article
    }

    /// Puts the groups of these articles together if they have at most `limit` rows in all.
    fn join(&mut self, articles: &[usize], limit: f64) {
        let mut roots: Vec<_> = articles.iter().map(|&article| self.root(article)).collect();
        roots.sort_unstable();
        roots.dedup();
        let size: usize = roots.iter().map(|&root| self.sizes[root]).sum();
        if size as f64 <= limit {
            for &root in &roots {
                self.parents[root] = roots[0];
            }
            self.sizes[roots[0]] = size;
        }
    }
}

/// What tells copies of a text: the hash of its words, and how many there are.
pub(crate) type TextKey = (u64, usize);

fn text_keys(corpus: &Corpus) -> Vec<TextKey> {
    (0..corpus.len())
        .map(|row| text_key(corpus.text(row)))
        .collect()
}

/// Hash of the words of a text, whatever stands between them, and how many there are.
pub(crate) fn text_key(text: &str) -> TextKey {
    let words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .count();
    if words == 0 {
        return (hash(0, text.bytes()), 0);
    }
    let lowercase: String = text.nfc().flat_map(char::to_lowercase).collect();
    let bytes = lowercase
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .flat_map(|word| word.bytes().chain([b' ']));
    (hash(1, bytes), words)
}

/// FNV-1a, finished by the mixer of `SplitMix64` (Steele, Lea and Flood 2014): written out here,
/// so that the same seed gives the same folds in every version.
pub(super) fn hash(seed: u64, bytes: impl IntoIterator<Item = u8>) -> u64 {
    let sum = bytes
        .into_iter()
        .fold(0xcbf2_9ce4_8422_2325 ^ mix(seed), |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    mix(sum)
}

/// One step of `SplitMix64`.
pub(super) fn mix(state: u64) -> u64 {
    let z = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;
    use crate::corpus::CorpusOptions;

    fn corpus(csv: &str) -> Corpus {
        Corpus::from_csv_bytes("t.csv", csv.as_bytes(), &CorpusOptions::default()).unwrap()
    }

    /// 60 articles of 1 to 7 rows; `rare` in each tenth article.
    fn lines() -> Vec<String> {
        (0..60)
            .flat_map(|article| (0..=article % 7).map(move |row| (article, row)))
            .map(|(article, row)| {
                let label = match (article % 10, row % 3) {
                    (0, 0) => "rare",
                    (_, 1) => "some",
                    _ => "most",
                };
                format!("a{article},{label},Sentence {row} of article number {article}.")
            })
            .collect()
    }

    fn with_header(lines: &[String]) -> String {
        format!("article,label,text\n{}\n", lines.join("\n"))
    }

    /// Fold of each text.
    fn folds_by_text(corpus: &Corpus, k: u32, seed: u64) -> BTreeMap<String, u32> {
        let folds = k_folds(corpus, k, seed).unwrap();
        (0..corpus.len())
            .map(|row| (corpus.text(row).to_owned(), folds[row]))
            .collect()
    }

    #[test]
    fn splitmix64_gives_the_published_numbers() {
        // The first outputs for the state 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64").
        let gamma = 0x9e37_79b9_7f4a_7c15_u64;
        let outputs: Vec<_> = (0..3_u64)
            .map(|i| mix(1_234_567_u64.wrapping_add(gamma.wrapping_mul(i))))
            .collect();
        assert_eq!(
            outputs,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }

    #[test]
    fn folds_keep_articles_whole_and_labels_even() {
        let corpus = corpus(&with_header(&lines()));
        let folds = k_folds(&corpus, 5, 7).unwrap();
        let mut counts = [[0_u64; 5]; 3];
        let mut of_article = HashMap::new();
        for (row, &fold) in folds.iter().enumerate() {
            assert_eq!(*of_article.entry(corpus.article(row)).or_insert(fold), fold);
            counts[corpus.label(row).unwrap().index()][fold as usize] += 1;
        }
        for (counts, total) in counts.iter().zip(corpus.class_counts()) {
            for &count in counts {
                // Within three rows of a fifth: an article has up to seven rows.
                assert!(count.abs_diff(total / 5) <= 3, "{counts:?}");
            }
        }
    }

    #[test]
    fn other_seeds_give_other_folds() {
        let corpus = corpus(&with_header(&lines()));
        let distinct: HashSet<_> = (0..10)
            .map(|seed| k_folds(&corpus, 5, seed).unwrap())
            .collect();
        assert_eq!(distinct.len(), 10);
    }

    #[test]
    fn too_few_articles_are_refused() {
        let corpus = corpus("article,label,text\na,x,One.\na,y,Two.\nb,x,Three.\n");
        assert_eq!(
            k_folds(&corpus, 3, 0).unwrap_err().to_string(),
            "only 2 articles of different texts, expected at least 3, one a fold"
        );
        assert_eq!(k_folds(&corpus, 1, 0), Err(SplitError::Folds(1)));
        assert_eq!(holdout(&corpus, 1.0, 0), Err(SplitError::Share(1.0)));
        assert!(matches!(
            holdout(&corpus, f64::NAN, 0),
            Err(SplitError::Share(_))
        ));
    }

    #[test]
    fn copies_of_a_text_share_a_fold() {
        let mut rows: Vec<String> = (0..40).map(|i| format!(",x,Alone number {i}")).collect();
        rows.extend((0..15).map(|_| ",y,\"It rained, again.\"".to_owned()));
        rows.extend((0..15).map(|_| ",y,it RAINED again".to_owned()));
        let corpus = corpus(&with_header(&rows));
        let folds = k_folds(&corpus, 4, 3).unwrap();
        assert!(folds[40..].iter().all(|&fold| fold == folds[40]));
    }

    #[test]
    fn articles_that_share_a_sentence_share_a_fold_but_a_phrase_of_all_ties_nothing() {
        let rows: Vec<String> = (0..20)
            .flat_map(|i| {
                let shared = i / 2;
                [
                    format!("a{i},x,The ministry confirmed the figure number {shared} today."),
                    format!("a{i},y,Sign up for our free daily newsletter here."),
                ]
            })
            .collect();
        let corpus = corpus(&with_header(&rows));
        for seed in 0..5 {
            let folds = k_folds(&corpus, 4, seed).unwrap();
            for pair in folds.chunks(4) {
                assert!(pair.iter().all(|&fold| fold == pair[0]));
            }
            let used: HashSet<_> = folds.into_iter().collect();
            assert_eq!(used.len(), 4);
        }
    }

    #[test]
    fn a21_a_label_of_one_article_stays_in_training() {
        let mut rows = lines();
        rows.push("lonely,unique,The only one of its kind in here.".to_owned());
        let corpus = corpus(&with_header(&rows));
        for seed in 0..20 {
            let Holdout { train, test } = holdout(&corpus, 0.25, seed).unwrap();
            assert!(train.contains(&(rows.len() - 1)));
            let share = test.len() as f64 / rows.len() as f64;
            assert!((share - 0.25).abs() < 0.03, "{share}");
            assert_eq!(train.len() + test.len(), rows.len());
        }
    }

    #[test]
    fn a_holdout_has_two_sides() {
        let corpus = corpus("article,label,text\na,x,One.\nb,y,Two.\n");
        let Holdout { train, test } = holdout(&corpus, 0.2, 0).unwrap();
        assert_eq!((train.len(), test.len()), (1, 1));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn the_order_of_rows_does_not_matter(
            shuffled in Just(lines()).prop_shuffle(),
            seed in any::<u64>(),
            k in 2_u32..8,
        ) {
            let plain = folds_by_text(&corpus(&with_header(&lines())), k, seed);
            prop_assert_eq!(folds_by_text(&corpus(&with_header(&shuffled)), k, seed), plain);
        }

        #[test]
        fn no_fold_is_empty(seed in any::<u64>(), k in 2_u32..60) {
            let folds = k_folds(&corpus(&with_header(&lines())), k, seed).unwrap();
            let used: HashSet<_> = folds.into_iter().collect();
            prop_assert_eq!(used.len(), k as usize);
        }
    }
}
