//! K·R for K = X·Xᵀ, documents × documents, without forming K.
//!
//! A solver whose coefficients are W = Xᵀ·A needs no other product, and all it keeps is documents ×
//! classes: far less than terms × classes. Column by column, Xᵀ·R is one sum a class, which goes back
//! to the documents at once, so that nothing as long as the vocabulary is written.

use std::ops::{AddAssign, Mul, Range};

use rayon::prelude::*;

use super::matrix::Columns;

/// Single or double precision.
pub trait Real: Copy + Default + Send + Sync + AddAssign + Mul<Output = Self> + From<f32> {}

impl Real for f32 {}
impl Real for f64 {}

/// Sums over all columns are made of so many parts, whatever the number of threads, so that their bits do
/// not depend on it.
const PARTS: usize = 4;

/// Most classes that are worked on at once: every group goes over all entries once more, and sums for more
/// would not stay in registers. 20 classes at once take a fifth less time than 8, 8 and 4.
const WIDTH: usize = 20;

impl Columns {
    /// Replaces `to` by K·`from`; both are documents × classes, row by row.
    pub fn gram_product<T: Real>(&self, from: &[T], classes: usize, to: &mut [T]) {
        let groups = classes.div_ceil(WIDTH).max(1);
        let width = classes.div_ceil(groups).max(1);
        for first in (0..classes).step_by(width) {
            let group = first..classes.min(first + width);
            match group.len() {
                1 => self.group_product::<T, 1>(from, classes, group, to),
                2 => self.group_product::<T, 2>(from, classes, group, to),
                3 => self.group_product::<T, 3>(from, classes, group, to),
                4 => self.group_product::<T, 4>(from, classes, group, to),
                5 => self.group_product::<T, 5>(from, classes, group, to),
                6 => self.group_product::<T, 6>(from, classes, group, to),
                7..=8 => self.group_product::<T, 8>(from, classes, group, to),
                9..=12 => self.group_product::<T, 12>(from, classes, group, to),
                13..=16 => self.group_product::<T, 16>(from, classes, group, to),
                _ => self.group_product::<T, WIDTH>(from, classes, group, to),
            }
        }
    }

    /// The product for a group of at most `N` classes; what is missing counts as nothing.
    fn group_product<T: Real, const N: usize>(
        &self,
        from: &[T],
        classes: usize,
        group: Range<usize>,
        to: &mut [T],
    ) {
        let table: Vec<[T; N]> = from
            .chunks(classes)
            .map(|row| {
                let mut wide = [T::default(); N];
                wide[..group.len()].copy_from_slice(&row[group.clone()]);
                wide
            })
            .collect();
        let parts: Vec<Vec<[T; N]>> = self
            .parts()
            .into_par_iter()
            .map(|columns| {
                let mut sums = vec![[T::default(); N]; table.len()];
                for j in columns {
                    let (rows, values) = self.column(j);
                    add_column(rows, values, &table, &mut sums);
                }
                sums
            })
            .collect();
        for (i, row) in to.chunks_mut(classes).enumerate() {
            let mut sum = [T::default(); N];
            for part in &parts {
                for c in 0..N {
                    sum[c] += part[i][c];
                }
            }
            row[group.clone()].copy_from_slice(&sum[..group.len()]);
        }
    }

    /// Ranges of columns with about as many entries each.
    fn parts(&self) -> Vec<Range<usize>> {
        let cut = |part: usize| self.column_of_entry(self.nonzeros() / PARTS * part);
        (0..PARTS)
            .map(|part| {
                let end = if part + 1 == PARTS {
                    self.len()
                } else {
                    cut(part + 1)
                };
                cut(part).min(end)..end
            })
            .collect()
    }
}

/// Adds x·(xᵀ·R) to `to` for one column x, given by the rows and values of its entries.
fn add_column<T: Real, const N: usize>(
    rows: &[u32],
    values: &[f32],
    from: &[[T; N]],
    to: &mut [[T; N]],
) {
    let mut sums = [T::default(); N];
    for (&i, &x) in rows.iter().zip(values) {
        let row = &from[i as usize];
        for c in 0..N {
            sums[c] += T::from(x) * row[c];
        }
    }
    for (&i, &x) in rows.iter().zip(values) {
        let row = &mut to[i as usize];
        for c in 0..N {
            row[c] += T::from(x) * sums[c];
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::features::matrix::DesignMatrix;

    #[test]
    fn the_product_is_that_of_both_products() {
        let mut matrix = DesignMatrix::new(7);
        matrix.push_row(&[0, 2, 6], &[1.0, 2.0, 0.5]);
        matrix.push_row(&[], &[]);
        matrix.push_row(&[1, 2], &[3.0, 4.0]);
        matrix.push_row(&[0, 1, 2, 3, 4], &[1.0, -1.0, 0.25, 2.0, 8.0]);
        let columns = matrix.transposed();
        for classes in 1..=45 {
            let from: Vec<f64> = (0..4 * classes)
                .map(|i| f64::from(i as u32 % 5) - 2.0)
                .collect();
            let mut inner = vec![0.0; 7 * classes];
            columns.product(&from, classes, &mut inner);
            let mut expected = vec![0.0; 4 * classes];
            matrix.product(&inner, &vec![0.0; classes], &mut expected);
            let mut found = vec![9.0; 4 * classes];
            columns.gram_product(&from, classes, &mut found);
            assert_eq!(found, expected, "for {classes} classes");
            let single: Vec<f32> = from.iter().map(|x| *x as f32).collect();
            let mut found = vec![9.0f32; 4 * classes];
            columns.gram_product(&single, classes, &mut found);
            assert!(
                found
                    .iter()
                    .zip(&expected)
                    .all(|(a, b)| f64::from(*a) == *b)
            );
        }
    }
}
