//! How much memory a training will take, before it is taken.
//!
//! The figures are sums of what the stages hold at their greatest, with measured shares where they depend on
//! the text. With the text itself and the program they came to 1.0 to 1.4 times the greatest memory of six trainings
//! (r8, 20 newsgroups and IMDB reviews, with single words and with pairs, without folds), so that what is
//! begun is finished.

use crate::corpus::LabelledTexts;
use crate::features::vectorizer::VectorizerParams;

/// Bytes of text for each word of it.
const BYTES_A_WORD: u64 = 6;

/// Bytes for each term of each text while texts are read: its entry, and its share of the terms
/// themselves and of the tables that find them.
const BYTES_A_READ_TERM: u64 = 22;

/// Bytes for each entry of a design matrix: a row and a value.
const BYTES_AN_ENTRY: u64 = 8;

/// Bytes for each coefficient: of the fit, and of the model.
const BYTES_A_COEFFICIENT: u64 = 16;

/// Bytes for each term: its text twice, and the tables that find it.
const BYTES_A_TERM: u64 = 150;

/// Bytes for each document and class while the solver runs: ten vectors of single precision, nine of double, and
/// four parts of a product.
const BYTES_A_SCORE: u64 = 144;

/// Bytes that a training takes whose texts are in memory, with files of these sizes: a file is held twice while it is
/// read, then its texts beside what is read of them. The rows are not known yet, and left out.
#[must_use]
pub fn holding(sizes: &[u64], params: &VectorizerParams) -> u64 {
    let all: u64 = sizes.iter().sum();
    let largest = sizes.iter().copied().max().unwrap_or(0);
    all + largest.max(terms(all, params))
}

/// Bytes that reading the terms of a corpus takes.
pub(crate) fn reading(texts: &dyn LabelledTexts, params: &VectorizerParams) -> u64 {
    let shapes = 30 * texts.rows().len() as u64;
    terms(texts.text_bytes(), params) + shapes * BYTES_A_READ_TERM
}

/// Bytes that the terms take of so many bytes of text.
fn terms(text: u64, params: &VectorizerParams) -> u64 {
    let words = text / BYTES_A_WORD;
    let characters = params.terms.chars.map_or(0, |(short, long)| {
        // A word of six characters framed by two has 9 - n runs of n.
        (short..=long).map(|n| 9u64.saturating_sub(n as u64)).sum()
    });
    words * (params.terms.ngrams as u64 + characters) * BYTES_A_READ_TERM
}

/// Bytes that a fit takes beside what was read.
pub(crate) fn fitting(rows: usize, classes: usize, terms: usize, entries: usize) -> u64 {
    let (rows, classes) = (rows as u64, classes as u64);
    entries as u64 * BYTES_AN_ENTRY
        + terms as u64 * (BYTES_A_TERM + classes * BYTES_A_COEFFICIENT)
        + rows * classes * BYTES_A_SCORE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::{Corpus, CorpusOptions};

    #[test]
    fn more_text_and_longer_ngrams_need_more() {
        let csv = |rows| {
            let text = format!("label,text\n{}", "a,It was said so.\n".repeat(rows));
            Corpus::from_csv_bytes("t.csv", text.as_bytes(), &CorpusOptions::default()).unwrap()
        };
        let params = VectorizerParams::default();
        let few = reading(&csv(100), &params);
        assert_eq!(reading(&csv(200), &params), 2 * few);
        assert!(reading(&csv(100), &params.clone().ngrams(3)) > few);
        assert!(reading(&csv(100), &params.char_ngrams(Some((3, 5)))) > few);
        assert_eq!(fitting(10, 2, 100, 1000), 8_000 + 100 * (150 + 32) + 2_880);
    }
}
