//! Texts that occur more than once, word for word or nearly.
//!
//! Near copies are found by `MinHash` signatures of character shingles in bands (Broder, 1997; Leskovec,
//! Rajaraman & Ullman, *Mining of Massive Datasets*, ch. 3), and each pair is then compared in full. Sixty lines of our own
//! rather than a crate: what is a copy must not change with a dependency's hash function.

use std::collections::HashMap;

use rayon::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::Corpus;
use super::split::{MIN_SHARED_WORDS, hash, mix, text_key};

/// Characters of a shingle.
const SHINGLE: usize = 5;

/// Bands of a signature and rows of a band: a pair of similarity 0.7 is found with probability 0.99.
const BANDS: usize = 16;
const BAND_ROWS: usize = 4;

/// Texts that share at least this share of all their shingles are near copies.
pub const LEAST_SIMILARITY: f64 = 0.7;

/// So many texts of one bucket are compared with each other; a phrase of thousands of pages would
/// otherwise take their square.
const MOST_COMPARED: usize = 40;

/// Two rows whose texts are nearly the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearCopy {
    /// The first row; its text occurs before nowhere else in its corpus.
    pub a: usize,
    /// The second row, of the other corpus if two are compared.
    pub b: usize,
    /// Shared shingles of all shingles (Jaccard).
    pub similarity: f64,
}

/// Rows with the same words, at least two each, by their first rows; case and marks do not count.
#[must_use]
pub fn exact_copies(corpus: &Corpus) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = by_text(corpus)
        .into_values()
        .filter(|rows| rows.len() > 1)
        .collect();
    groups.sort_unstable_by_key(|rows| rows[0]);
    groups
}

/// Rows of `corpus` whose words stand in `other` too, each with the first such row there.
#[must_use]
pub fn exact_overlap(corpus: &Corpus, other: &Corpus) -> Vec<(usize, usize)> {
    let there = by_text(other);
    (0..corpus.len())
        .filter_map(|row| {
            let (hash, words) = text_key(corpus.text(row));
            (words > 0).then_some(())?;
            Some((row, there.get(&hash)?[0]))
        })
        .collect()
}

/// Whether a text is long enough that its copy is no coincidence.
#[must_use]
pub fn is_telling(text: &str) -> bool {
    text_key(text).1 >= MIN_SHARED_WORDS
}

/// Pairs of rows of one corpus that are nearly the same but not word for word, the most alike
/// first. Of equal texts the first row stands for all.
#[must_use]
pub fn near_copies(corpus: &Corpus) -> Vec<NearCopy> {
    let rows = distinct(corpus);
    let texts: Vec<&str> = rows.iter().map(|&row| corpus.text(row)).collect();
    let pairs = similar(&texts, None);
    sorted(pairs.into_iter().map(|(i, j, similarity)| NearCopy {
        a: rows[i],
        b: rows[j],
        similarity,
    }))
}

/// As [`near_copies`], of a row of `corpus` and one of `other`; texts that stand in both word for
/// word are left out.
#[must_use]
pub fn near_overlap(corpus: &Corpus, other: &Corpus) -> Vec<NearCopy> {
    let there = by_text(other);
    let mut rows = distinct(corpus);
    rows.retain(|&row| !there.contains_key(&text_key(corpus.text(row)).0));
    let other_rows = distinct(other);
    let texts: Vec<&str> = rows
        .iter()
        .map(|&row| corpus.text(row))
        .chain(other_rows.iter().map(|&row| other.text(row)))
        .collect();
    let pairs = similar(&texts, Some(rows.len()));
    sorted(pairs.into_iter().map(|(i, j, similarity)| NearCopy {
        a: rows[i],
        b: other_rows[j - rows.len()],
        similarity,
    }))
}

fn sorted(pairs: impl Iterator<Item = NearCopy>) -> Vec<NearCopy> {
    let mut pairs: Vec<NearCopy> = pairs.collect();
    pairs.sort_by(|x, y| {
        y.similarity
            .total_cmp(&x.similarity)
            .then((x.a, x.b).cmp(&(y.a, y.b)))
    });
    pairs
}

/// Rows by the hash of their words; rows without a word are left out.
fn by_text(corpus: &Corpus) -> HashMap<u64, Vec<usize>> {
    let mut rows: HashMap<u64, Vec<usize>> = HashMap::new();
    for row in 0..corpus.len() {
        let (hash, words) = text_key(corpus.text(row));
        if words > 0 {
            rows.entry(hash).or_default().push(row);
        }
    }
    rows
}

/// The first row of each distinct text that is long enough.
fn distinct(corpus: &Corpus) -> Vec<usize> {
    let mut rows: Vec<usize> = by_text(corpus)
        .into_values()
        .map(|rows| rows[0])
        .filter(|&row| is_telling(corpus.text(row)))
        .collect();
    rows.sort_unstable();
    rows
}

/// Pairs i < j of similar texts; with `border` only those with i before it and j not.
fn similar(texts: &[&str], border: Option<usize>) -> Vec<(usize, usize, f64)> {
    let shingles: Vec<Vec<u64>> = texts.par_iter().map(|text| shingles(text)).collect();
    let bands: Vec<[u64; BANDS]> = shingles.par_iter().map(|set| bands(set)).collect();
    let mut candidates: Vec<(usize, usize)> = Vec::new();
    for band in 0..BANDS {
        let mut buckets: Vec<(u64, usize)> = bands
            .iter()
            .enumerate()
            .map(|(i, hashes)| (hashes[band], i))
            .collect();
        buckets.sort_unstable();
        for bucket in buckets.chunk_by(|a, b| a.0 == b.0) {
            let first = border.map(|border| bucket.partition_point(|&(_, i)| i < border));
            for (at, &(_, j)) in bucket.iter().enumerate().skip(first.unwrap_or(0)) {
                let end = first.unwrap_or(at);
                let before = &bucket[end.saturating_sub(MOST_COMPARED)..end];
                candidates.extend(before.iter().map(|&(_, i)| (i, j)));
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
    }
    candidates
        .into_par_iter()
        .map(|(i, j)| (i, j, jaccard(&shingles[i], &shingles[j])))
        .filter(|&(.., similarity)| similarity >= LEAST_SIMILARITY)
        .collect()
}

/// Hashes of the runs of characters of a text in lower case, one space between its words; sorted.
fn shingles(text: &str) -> Vec<u64> {
    let lowercase: String = text.nfc().flat_map(char::to_lowercase).collect();
    let words: Vec<&str> = lowercase
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let joined = words.join(" ");
    let mut starts: Vec<usize> = joined.char_indices().map(|(i, _)| i).collect();
    starts.push(joined.len());
    let mut shingles: Vec<u64> = starts
        .windows(SHINGLE + 1)
        .map(|window| hash(2, joined[window[0]..window[SHINGLE]].bytes()))
        .collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

/// One hash a band of the signature.
fn bands(shingles: &[u64]) -> [u64; BANDS] {
    std::array::from_fn(|band| {
        (0..BAND_ROWS).fold(0, |sum, row| {
            let salt = mix((band * BAND_ROWS + row) as u64);
            let least = shingles.iter().map(|shingle| mix(shingle ^ salt)).min();
            mix(sum ^ least.unwrap_or(0))
        })
    })
}

fn jaccard(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut both) = (0, 0, 0usize);
    while i < a.len() && j < b.len() {
        match a[i].cmp(&b[j]) {
            std::cmp::Ordering::Equal => {
                both += 1;
                i += 1;
                j += 1;
            }
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
        }
    }
    let all = a.len() + b.len() - both;
    if all == 0 {
        0.0
    } else {
        both as f64 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::CorpusOptions;

    fn corpus(texts: &[&str]) -> Corpus {
        let rows: Vec<String> = texts.iter().map(|text| format!("x,\"{text}\"\n")).collect();
        let rows = rows.concat();
        let csv = format!("label,text\n{rows}y,last\n");
        Corpus::from_csv_bytes("t.csv", csv.as_bytes(), &CorpusOptions::default()).unwrap()
    }

    const LONG: &str =
        "The minister said on Monday that the bridge over the river would open in May";

    #[test]
    fn case_and_marks_make_no_other_text() {
        let corpus = corpus(&["It rained.", "Snow fell", "it RAINED", "It rained!", "…"]);
        assert_eq!(exact_copies(&corpus), [vec![0, 2, 3]]);
    }

    #[test]
    fn one_changed_word_makes_a_near_copy() {
        let changed = LONG.replace("May", "June");
        let corpus = corpus(&[
            LONG,
            &changed,
            "The river rose by two metres and flooded the lower town",
            LONG,
        ]);
        let found = near_copies(&corpus);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].a, found[0].b), (0, 1));
        assert!(found[0].similarity > 0.85 && found[0].similarity < 1.0);
    }

    #[test]
    fn overlap_is_told_apart_from_copies_within() {
        let changed = LONG.replace("minister", "mayor");
        let data = corpus(&[LONG, "It rained.", LONG]);
        let other = corpus(&[&changed, "it rained"]);
        assert_eq!(exact_overlap(&data, &other), [(1, 1), (3, 2)]);
        let near: Vec<_> = near_overlap(&data, &other)
            .iter()
            .map(|n| (n.a, n.b))
            .collect();
        assert_eq!(near, [(0, 0)]);
        assert!(near_overlap(&data, &corpus(&[LONG])).is_empty());
    }

    #[test]
    fn many_near_copies_on_one_side_hide_none() {
        let many: Vec<String> = (10..90).map(|i| format!("{LONG} 20{i}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let found = near_overlap(&corpus(&[LONG]), &corpus(&many));
        assert_eq!(found.len(), many.len());
    }
}
