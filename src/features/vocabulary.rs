//! Terms in bytewise order; the position of a term is its column in the design matrix.

use crate::io::shared::Numbers;

/// Position of a term in the vocabulary; a column of the design matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(u32);

impl TermId {
    /// The column.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }

    /// The column as it stands in sparse rows.
    #[must_use]
    pub fn column(self) -> u32 {
        self.0
    }

    /// The id of column `index`.
    ///
    /// # Panics
    ///
    /// If `index` does not fit into 32 bits.
    #[must_use]
    pub fn new(index: usize) -> Self {
        Self(u32::try_from(index).expect("fewer than 2^32 terms"))
    }
}

/// The terms of a model: strictly ascending bytewise, so that equal data give equal files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    /// UTF-8.
    bytes: Numbers<u8>,
    /// Where each term begins in `bytes`; one more than there are terms.
    starts: Numbers<u64>,
}

impl Vocabulary {
    /// A vocabulary of `terms`, which ascend strictly.
    #[must_use]
    pub fn from_sorted<'t>(terms: impl IntoIterator<Item = &'t str>) -> Self {
        let terms = terms.into_iter();
        let mut bytes = String::new();
        let mut starts = Vec::with_capacity(terms.size_hint().0 + 1);
        starts.push(0);
        for term in terms {
            bytes.push_str(term);
            starts.push(bytes.len() as u64);
        }
        let vocabulary = Self::from_parts(bytes.into_bytes().into(), starts.into());
        debug_assert!(vocabulary.iter().is_sorted_by(|a, b| a < b));
        vocabulary
    }

    /// A vocabulary of terms that stand in `bytes` one after the other, ascending strictly; where one is not
    /// UTF-8 or `starts` leads out of them, it is an empty term.
    pub(crate) fn from_parts(bytes: Numbers<u8>, starts: Numbers<u64>) -> Self {
        Self { bytes, starts }
    }

    /// All terms, one after the other.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where each term begins in [`bytes`](Self::bytes), and at last where the last one ends.
    #[must_use]
    pub fn starts(&self) -> &[u64] {
        &self.starts
    }

    /// Number of terms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there are no terms.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text of a term.
    #[must_use]
    pub fn term(&self, id: TermId) -> &str {
        let i = id.index();
        let term =
            range(self.starts[i], self.starts[i + 1]).and_then(|range| self.bytes.get(range));
        term.and_then(|term| str::from_utf8(term).ok())
            .unwrap_or_default()
    }

    /// All terms in order.
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        // Once for all terms, which is many times as fast as term by term.
        let text = str::from_utf8(&self.bytes).unwrap_or_default();
        self.starts.windows(2).map(move |borders| {
            range(borders[0], borders[1])
                .and_then(|range| text.get(range))
                .unwrap_or_default()
        })
    }

    /// The id of a term.
    #[must_use]
    pub fn get(&self, term: &str) -> Option<TermId> {
        let mut low = 0;
        let mut high = self.len();
        while low < high {
            let middle = low + (high - low) / 2;
            match self.term(TermId::new(middle)).cmp(term) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(TermId::new(middle)),
            }
        }
        None
    }
}

fn range(start: u64, end: u64) -> Option<std::ops::Range<usize>> {
    Some(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_lead_nowhere_give_empty_terms() {
        let parts = Vocabulary::from_parts(b"a\xFFb".to_vec().into(), vec![0, 1, 2, 9].into());
        let terms: Vec<_> = (0..3).map(|i| parts.term(TermId::new(i))).collect();
        assert_eq!((terms, parts.len()), (vec!["a", "", ""], 3));
        let none = Vocabulary::from_parts(Vec::new().into(), Vec::new().into());
        assert!(none.is_empty() && none.iter().next().is_none());
    }

    #[test]
    fn terms_and_ids_lead_to_each_other() {
        let terms = ["#end:stop", "said", "said on", "été"];
        let vocabulary = Vocabulary::from_sorted(terms);
        assert_eq!(vocabulary.iter().collect::<Vec<_>>(), terms);
        for (i, term) in terms.iter().enumerate() {
            assert_eq!(vocabulary.get(term), Some(TermId::new(i)));
        }
        assert_eq!(vocabulary.get("sai"), None);
        assert_eq!(vocabulary.get("zebra"), None);
    }
}
