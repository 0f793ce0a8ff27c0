//! The columns of one text, counted and put in order.

/// A bag of columns; a bit for each, so that they come out in order without being sorted.
///
/// Adding has no branch that depends on the text but for counts of 255: whether a column is there
/// already, or is none of the known ones, cannot be foretold.
#[derive(Debug)]
pub(crate) struct Bag {
    /// How many columns there are; stands for all others as well.
    columns: u32,
    present: Vec<u64>,
    /// A bit for each word of `present` that has one.
    touched: Vec<u64>,
    /// How often each column was added, modulo 255.
    counts: Vec<u8>,
    /// Columns that were added 255 times, once for each such time.
    many: Vec<u32>,
}

impl Bag {
    /// An empty bag for so many columns.
    pub(crate) fn new(columns: usize) -> Self {
        let words = (columns + 1).div_ceil(64);
        Self {
            columns: u32::try_from(columns).unwrap_or(u32::MAX),
            present: vec![0; words],
            touched: vec![0; words.div_ceil(64)],
            counts: vec![0; columns + 1],
            many: Vec::new(),
        }
    }

    /// Adds a column; others than there are come to nothing.
    #[inline]
    pub(crate) fn add(&mut self, column: u32) {
        let column = column.min(self.columns);
        let at = column as usize;
        self.present[at / 64] |= 1 << (at % 64);
        self.touched[at / (64 * 64)] |= 1 << (at / 64 % 64);
        let count = &mut self.counts[at];
        *count += 1;
        if *count == 255 {
            *count = 0;
            self.many.push(column);
        }
    }

    /// Moves the columns, ascending, with their counts to `out`, which is cleared first.
    pub(crate) fn take(&mut self, out: &mut Vec<(u32, u32)>) {
        out.clear();
        for (i, touched) in self.touched.iter_mut().enumerate() {
            while let Some(word) = lowest(touched) {
                let word = i * 64 + word;
                let present = &mut self.present[word];
                while let Some(bit) = lowest(present) {
                    let at = word * 64 + bit;
                    let count = std::mem::take(&mut self.counts[at]);
                    #[expect(
                        clippy::cast_possible_truncation,
                        reason = "columns are numbered in 32 bits"
                    )]
                    out.push((at as u32, u32::from(count)));
                }
            }
        }
        out.pop_if(|(column, _)| *column == self.columns);
        for column in self.many.drain(..) {
            if let Ok(at) = out.binary_search_by_key(&column, |(column, _)| *column) {
                out[at].1 += 255;
            }
        }
    }
}

/// Takes the lowest bit out of `bits` and gives its number.
fn lowest(bits: &mut u64) -> Option<usize> {
    let bit = (*bits != 0).then(|| bits.trailing_zeros() as usize)?;
    *bits &= *bits - 1;
    Some(bit)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn columns_come_out_as_if_they_were_sorted(
            texts in proptest::collection::vec(proptest::collection::vec(0u32..9000, 0..40), 1..4),
            often in 0usize..800,
        ) {
            let mut bag = Bag::new(9000);
            let mut out = Vec::new();
            for text in texts {
                // Repetitions are the rule.
                let mut columns: Vec<u32> = text.iter().flat_map(|&c| [c, c / 90]).collect();
                columns.extend(std::iter::repeat_n(77, often));
                for &column in &columns {
                    bag.add(column);
                    if column % 3 == 0 {
                        bag.add(9000 + column);
                    }
                }
                bag.take(&mut out);
                columns.sort_unstable();
                let counted: Vec<_> = columns
                    .chunk_by(|a, b| a == b)
                    .map(|run| (run[0], run.len() as u32))
                    .collect();
                prop_assert_eq!(&out, &counted);
            }
        }
    }
}
