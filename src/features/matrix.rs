//! The design matrix: sparse rows, and the same entries by column.

use linfa::dataset::Records;
use rayon::prelude::*;

/// Documents × terms, as compressed sparse rows: 8 bytes an entry, 8 a row.
///
/// Values are single precision, which halves the memory; every sum over them is double precision.
#[derive(Debug, Clone, PartialEq)]
pub struct DesignMatrix {
    /// Where each row begins in `indices` and `values`; one more than there are rows.
    starts: Vec<usize>,
    indices: Vec<u32>,
    values: Vec<f32>,
    columns: usize,
}

impl DesignMatrix {
    /// A matrix of `columns` columns and no rows.
    #[must_use]
    pub fn new(columns: usize) -> Self {
        Self {
            starts: vec![0],
            indices: Vec::new(),
            values: Vec::new(),
            columns,
        }
    }

    /// Appends a row; `indices` ascend and are less than the number of columns.
    ///
    /// # Panics
    ///
    /// If the slices differ in length.
    pub fn push_row(&mut self, indices: &[u32], values: &[f32]) {
        assert_eq!(indices.len(), values.len(), "one value an index");
        debug_assert!(indices.is_sorted_by(|a, b| a < b));
        debug_assert!(indices.last().is_none_or(|&i| (i as usize) < self.columns));
        self.indices.extend_from_slice(indices);
        self.values.extend_from_slice(values);
        self.starts.push(self.indices.len());
    }

    /// Makes room for `parts`.
    pub(super) fn reserve(&mut self, parts: &[Self]) {
        let entries = parts.iter().map(Self::nonzeros).sum();
        self.indices.reserve_exact(entries);
        self.values.reserve_exact(entries);
        self.starts.reserve(parts.iter().map(Self::rows).sum());
    }

    /// Appends the rows of `other`.
    pub(super) fn append(&mut self, other: &Self) {
        let before = self.indices.len();
        self.indices.extend_from_slice(&other.indices);
        self.values.extend_from_slice(&other.values);
        self.starts
            .extend(other.starts[1..].iter().map(|start| before + start));
    }

    /// Number of rows (documents).
    #[must_use]
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// Number of columns (terms).
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of stored entries.
    #[must_use]
    pub fn nonzeros(&self) -> usize {
        self.indices.len()
    }

    /// Column numbers and values of row `i`.
    #[must_use]
    pub fn row(&self, i: usize) -> (&[u32], &[f32]) {
        let range = self.starts[i]..self.starts[i + 1];
        (&self.indices[range.clone()], &self.values[range])
    }

    /// X·W + b, row by row: `weights` is terms × classes, `bias` classes, `out` documents × classes,
    /// all row by row.
    ///
    /// Every output is one sum in the order of the columns, so it does not depend on threads.
    pub fn product(&self, weights: &[f64], bias: &[f64], out: &mut [f64]) {
        let classes = bias.len();
        out.par_chunks_mut(classes * ROWS_A_TASK)
            .enumerate()
            .for_each(|(task, out)| {
                for (i, sums) in out.chunks_mut(classes).enumerate() {
                    sums.copy_from_slice(bias);
                    let (indices, values) = self.row(task * ROWS_A_TASK + i);
                    add_rows(indices, values, weights, sums);
                }
            });
    }

    /// The same entries by column.
    #[must_use]
    pub fn transposed(&self) -> Columns {
        let mut starts = vec![0usize; self.columns + 1];
        for &j in &self.indices {
            starts[j as usize + 1] += 1;
        }
        for j in 0..self.columns {
            starts[j + 1] += starts[j];
        }
        let mut next = starts.clone();
        let mut rows = vec![0u32; self.nonzeros()];
        let mut values = vec![0f32; self.nonzeros()];
        for i in 0..self.rows() {
            let (indices, row_values) = self.row(i);
            for (&j, &x) in indices.iter().zip(row_values) {
                let at = &mut next[j as usize];
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the reader refuses 2^32 rows"
                )]
                let row = i as u32;
                rows[*at] = row;
                values[*at] = x;
                *at += 1;
            }
        }
        Columns {
            starts,
            rows,
            values,
        }
    }
}

impl Records for DesignMatrix {
    type Elem = f32;

    fn nsamples(&self) -> usize {
        self.rows()
    }

    fn nfeatures(&self) -> usize {
        self.columns
    }
}

/// How many rows or columns a thread takes at a time; no result depends on it.
const ROWS_A_TASK: usize = 256;

/// The entries of a [`DesignMatrix`] by column: who owns a column adds up its rows in order.
///
/// 8 bytes an entry, 8 a column.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    pub(super) starts: Vec<usize>,
    pub(super) rows: Vec<u32>,
    pub(super) values: Vec<f32>,
}

impl Columns {
    /// How many columns there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of stored entries.
    #[must_use]
    pub fn nonzeros(&self) -> usize {
        self.rows.len()
    }

    /// The column that holds the entry of this number; past the last, the number of columns.
    pub(super) fn column_of_entry(&self, entry: usize) -> usize {
        self.starts
            .partition_point(|start| *start <= entry)
            .saturating_sub(1)
    }

    pub(super) fn column(&self, j: usize) -> (&[u32], &[f32]) {
        let range = self.starts[j]..self.starts[j + 1];
        (&self.rows[range.clone()], &self.values[range])
    }

    /// Xᵀ·R: `residuals` is documents × classes, `out` terms × classes; replaces what `out` held.
    pub fn product(&self, residuals: &[f64], classes: usize, out: &mut [f64]) {
        self.for_each_column(classes, out, |rows, values, sums| {
            sums.fill(0.0);
            add_rows(rows, values, residuals, sums);
        });
    }

    /// X·W + b, as [`DesignMatrix::product`] has it and with the same bits: what is added to the sums of a
    /// document is added in the order of the columns either way.
    pub fn row_product(&self, weights: &[f64], bias: &[f64], out: &mut [f64]) {
        let classes = bias.len();
        let documents = out.len() / classes;
        let block = documents.div_ceil(rayon::current_num_threads()).max(1);
        out.par_chunks_mut(classes * block)
            .enumerate()
            .for_each(|(task, out)| {
                let documents = task * block..task * block + out.len() / classes;
                for sums in out.chunks_mut(classes) {
                    sums.copy_from_slice(bias);
                }
                for (j, weights) in weights.chunks(classes).enumerate() {
                    let (rows, values) = self.column(j);
                    let first = rows.partition_point(|row| (*row as usize) < documents.start);
                    for (&i, &x) in rows[first..].iter().zip(&values[first..]) {
                        let i = i as usize;
                        if i >= documents.end {
                            break;
                        }
                        let sums = &mut out[(i - documents.start) * classes..][..classes];
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum += f64::from(x) * weight;
                        }
                    }
                }
            });
    }

    fn for_each_column(
        &self,
        classes: usize,
        out: &mut [f64],
        task: impl Fn(&[u32], &[f32], &mut [f64]) + Sync,
    ) {
        out.par_chunks_mut(classes * ROWS_A_TASK)
            .enumerate()
            .for_each(|(block, out)| {
                for (j, sums) in out.chunks_mut(classes).enumerate() {
                    let (rows, values) = self.column(block * ROWS_A_TASK + j);
                    task(rows, values, sums);
                }
            });
    }
}

/// Adds xᵢ times row i of `table` to `sums`, for each entry (i, xᵢ) in order.
///
/// For few classes the loop over them is unrolled, which halves the time of a fit; the additions are the
/// same in the same order, and so are the bits.
fn add_rows(indices: &[u32], values: &[f32], table: &[f64], sums: &mut [f64]) {
    match sums.len() {
        2 => add_rows_of::<2>(indices, values, table, sums),
        3 => add_rows_of::<3>(indices, values, table, sums),
        4 => add_rows_of::<4>(indices, values, table, sums),
        5 => add_rows_of::<5>(indices, values, table, sums),
        6 => add_rows_of::<6>(indices, values, table, sums),
        7 => add_rows_of::<7>(indices, values, table, sums),
        8 => add_rows_of::<8>(indices, values, table, sums),
        classes => {
            for (&i, &x) in indices.iter().zip(values) {
                let row = &table[i as usize * classes..][..classes];
                for (sum, value) in sums.iter_mut().zip(row) {
                    *sum += f64::from(x) * value;
                }
            }
        }
    }
}

fn add_rows_of<const K: usize>(indices: &[u32], values: &[f32], table: &[f64], sums: &mut [f64]) {
    let (rows, _) = table.as_chunks::<K>();
    let mut local = [0.0; K];
    local.copy_from_slice(sums);
    for (&i, &x) in indices.iter().zip(values) {
        let row = &rows[i as usize];
        for k in 0..K {
            local[k] += f64::from(x) * row[k];
        }
    }
    sums.copy_from_slice(&local);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> DesignMatrix {
        let mut matrix = DesignMatrix::new(3);
        matrix.push_row(&[0, 2], &[1.0, 2.0]);
        matrix.push_row(&[], &[]);
        matrix.push_row(&[1, 2], &[3.0, 4.0]);
        matrix
    }

    #[test]
    fn products_agree_with_the_dense_ones() {
        let matrix = small();
        let weights = [1.0, -1.0, 0.5, 2.0, 0.0, 1.0];
        let mut out = [0.0; 6];
        matrix.product(&weights, &[10.0, 20.0], &mut out);
        assert_eq!(out, [11.0, 21.0, 10.0, 20.0, 11.5, 30.0]);

        let columns = matrix.transposed();
        let mut again = [0.0; 6];
        columns.row_product(&weights, &[10.0, 20.0], &mut again);
        assert_eq!(again, out);

        let residuals = [1.0, 0.0, 5.0, 5.0, -1.0, 2.0];
        columns.product(&residuals, 2, &mut out);
        assert_eq!(out, [1.0, 0.0, -3.0, 6.0, -2.0, 8.0]);
    }

    #[test]
    fn unrolled_and_plain_sums_have_the_same_bits() {
        for classes in 2..=9 {
            let table: Vec<f64> = (0..classes * 7).map(|i| 1.0 / (1.0 + i as f64)).collect();
            let (indices, values) = ([0u32, 3, 6], [0.1f32, 0.7, -0.3]);
            let mut unrolled = vec![0.5; classes];
            add_rows(&indices, &values, &table, &mut unrolled);
            let mut plain = vec![0.5; classes];
            for (&i, &x) in indices.iter().zip(&values) {
                for k in 0..classes {
                    plain[k] += f64::from(x) * table[i as usize * classes + k];
                }
            }
            assert_eq!(unrolled, plain, "for {classes} classes");
        }
    }

    #[test]
    fn sizes_are_told() {
        let matrix = small();
        assert_eq!(
            (matrix.rows(), matrix.columns(), matrix.nonzeros()),
            (3, 3, 4)
        );
        assert_eq!((matrix.nsamples(), matrix.nfeatures()), (3, 3));
    }
}
