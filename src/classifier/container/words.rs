//! The vocabulary: all words in one text, and where each begins.

use super::values::Values;

/// The vocabulary as a value: words one after another, and V + 1 borders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    offsets: Vec<u64>,
    text: String,
}

impl Words {
    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All words in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.offsets
            .windows(2)
            .filter_map(|borders| slice(&self.text, borders[0], borders[1]))
    }

    pub(super) fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }
}

impl<S: AsRef<str>> FromIterator<S> for Words {
    /// Takes the words as they come; [`write`](super::write) refuses those that are not strictly ascending.
    fn from_iter<I: IntoIterator<Item = S>>(words: I) -> Self {
        let mut text = String::new();
        let mut offsets = vec![0];
        for word in words {
            text.push_str(word.as_ref());
            offsets.push(text.len() as u64);
        }
        Self { offsets, text }
    }
}

/// The vocabulary in the bytes of a file.
#[derive(Debug, Clone, Copy)]
pub struct WordsRef<'a> {
    offsets: Values<'a, u64>,
    text: &'a str,
}

impl<'a> WordsRef<'a> {
    pub(super) fn new(offsets: Values<'a, u64>, text: &'a str) -> Self {
        Self { offsets, text }
    }

    /// How many words there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// All words, one after the other.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.text
    }

    /// Where each word begins in [`text`](Self::text), and at last where the last one ends.
    #[must_use]
    pub fn offsets(self) -> Values<'a, u64> {
        self.offsets
    }

    /// The word at `index`; `None` past the end.
    #[must_use]
    pub fn get(self, index: usize) -> Option<&'a str> {
        let end = self.offsets.get(index.checked_add(1)?)?;
        slice(self.text, self.offsets.get(index)?, end)
    }

    /// Where `word` stands, by binary search.
    #[must_use]
    pub fn find(self, word: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle)?.cmp(word) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return Some(middle),
            }
        }
        None
    }

    /// All words in order.
    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.len()).map_while(move |index| self.get(index))
    }

    pub(super) fn to_words(self) -> Words {
        Words {
            offsets: self.offsets.to_vec(),
            text: self.text.to_owned(),
        }
    }
}

/// `text[start..end]` for borders that nobody has checked: a trusted file skips that check.
fn slice(text: &str, start: u64, end: u64) -> Option<&str> {
    text.get(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_by_binary_search() {
        let words: Words = ["an", "ox", "élan"].into_iter().collect();
        let bytes: Vec<u8> = words
            .offsets()
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        assert_eq!((words.len(), words.is_empty()), (3, false));
        assert_eq!(words.iter().collect::<Vec<_>>(), ["an", "ox", "élan"]);
        let words = WordsRef::new(Values::new(&bytes), words.text());
        assert_eq!(words.text(), "anoxélan");
        assert_eq!((words.len(), words.is_empty()), (3, false));
        assert_eq!(words.get(3), None);
        assert_eq!(words.iter().collect::<Vec<_>>(), ["an", "ox", "élan"]);
        let none: Words = std::iter::empty::<&str>().collect();
        assert!(none.is_empty() && WordsRef::new(Values::new(&[]), "").is_empty());
        for (index, word) in words.iter().enumerate() {
            assert_eq!(words.find(word), Some(index));
        }
        for absent in ["", "a", "ana", "zz", "ÿ"] {
            assert_eq!(words.find(absent), None, "{absent:?}");
        }
    }
}
