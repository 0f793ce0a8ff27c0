//! The design matrix by column, made from rows that come in parts, so that the rows need not be held.

use std::ops::Range;

use rayon::prelude::*;

use super::matrix::{Columns, DesignMatrix};

/// Columns that are filled row by row.
#[derive(Debug)]
pub(crate) struct ColumnsBuilder {
    columns: Columns,
    /// Where the next entry of each column goes.
    next: Vec<usize>,
    documents: usize,
}

/// Some columns that one thread fills: their numbers, the number of their first entry, and their parts
/// of the builder.
struct Share<'b> {
    columns: Range<usize>,
    first: usize,
    next: &'b mut [usize],
    rows: &'b mut [u32],
    values: &'b mut [f32],
}

impl ColumnsBuilder {
    /// For columns of so many entries each.
    pub(crate) fn new(entries: &[u32]) -> Self {
        let mut starts = vec![0usize; entries.len() + 1];
        for (j, &count) in entries.iter().enumerate() {
            starts[j + 1] = starts[j] + count as usize;
        }
        let total = starts[entries.len()];
        Self {
            next: starts[..entries.len()].to_vec(),
            columns: Columns {
                starts,
                rows: vec![0; total],
                values: vec![0.0; total],
            },
            documents: 0,
        }
    }

    /// Appends the rows of `parts`. Each thread writes columns of its own, so that it does not matter how many
    /// there are.
    ///
    /// # Panics
    ///
    /// If a column gets more entries than were foretold.
    pub(crate) fn append(&mut self, parts: &[DesignMatrix]) {
        let first_document = self.documents;
        self.shares().into_par_iter().for_each(|mut share| {
            let mut document = first_document;
            for part in parts {
                for i in 0..part.rows() {
                    share.add(document, part.row(i));
                    document += 1;
                }
            }
        });
        self.documents += parts.iter().map(DesignMatrix::rows).sum::<usize>();
    }

    /// The columns in as many shares as there are threads, with about as many entries each.
    fn shares(&mut self) -> Vec<Share<'_>> {
        let threads = rayon::current_num_threads();
        let (count, total) = (self.columns.len(), self.columns.nonzeros());
        let cuts: Vec<usize> = (1..threads)
            .map(|cut| self.columns.column_of_entry(total / threads * cut))
            .chain([count])
            .collect();
        let Columns {
            starts,
            rows,
            values,
        } = &mut self.columns;
        let (mut next, mut rows, mut values) = (&mut self.next[..], &mut rows[..], &mut values[..]);
        let mut from = 0;
        let mut shares = Vec::with_capacity(threads);
        for cut in cuts {
            let to = cut.clamp(from, count);
            let entries = starts[to] - starts[from];
            let (share_next, rest) = next.split_at_mut(to - from);
            next = rest;
            let (share_rows, rest) = rows.split_at_mut(entries);
            rows = rest;
            let (share_values, rest) = values.split_at_mut(entries);
            values = rest;
            shares.push(Share {
                columns: from..to,
                first: starts[from],
                next: share_next,
                rows: share_rows,
                values: share_values,
            });
            from = to;
        }
        shares
    }

    /// The columns, all filled.
    pub(crate) fn finish(self) -> Columns {
        debug_assert!(self.next.iter().eq(&self.columns.starts[1..]));
        self.columns
    }
}

impl Share<'_> {
    fn add(&mut self, document: usize, (indices, values): (&[u32], &[f32])) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the reader refuses 2^32 rows"
        )]
        let document = document as u32;
        let first = indices.partition_point(|j| (*j as usize) < self.columns.start);
        for (&j, &x) in indices[first..].iter().zip(&values[first..]) {
            let j = j as usize;
            if j >= self.columns.end {
                break;
            }
            let next = &mut self.next[j - self.columns.start];
            self.rows[*next - self.first] = document;
            self.values[*next - self.first] = x;
            *next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_made_in_parts_are_those_of_the_whole() {
        let row = |i: usize| -> (Vec<u32>, Vec<f32>) {
            (0..40u32)
                .filter(|j| (i * 7 + *j as usize * 3) % 5 < 2)
                .map(|j| (j, (i as f32) + (j as f32) / 64.0))
                .unzip()
        };
        let matrix = |rows: Range<usize>| {
            let mut matrix = DesignMatrix::new(40);
            for i in rows {
                let (indices, values) = row(i);
                matrix.push_row(&indices, &values);
            }
            matrix
        };
        let whole = matrix(0..90).transposed();
        let entries: Vec<u32> = (0..40)
            .map(|j| u32::try_from(whole.column(j).0.len()).unwrap())
            .collect();
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| {
                let mut builder = ColumnsBuilder::new(&entries);
                builder.append(&[matrix(0..20), matrix(20..21)]);
                builder.append(&[matrix(21..90)]);
                assert_eq!(builder.finish(), whole);
            });
        }
    }
}
