//! The order of texts that are on disk.

use std::cmp::Ordering;
use std::ops::Range;

use rayon::prelude::*;

use super::spool::{Span, Spool, SpoolError};
use crate::corpus::rows::Rows;

/// So many bytes of texts that begin alike are read to tell them apart.
const READ_AT_ONCE: usize = if cfg!(test) { 256 } else { 16 << 20 };

/// But of each text so many, which is less than a training needs for a row later: it is read from its first byte on
/// until it differs from all others.
const LEAST_BLOCK: usize = if cfg!(test) { 16 } else { 128 };

/// The first bytes of a text, which compare as it does unless they are equal.
pub(super) fn prefix(text: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = text.len().min(bytes.len());
    bytes[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

/// The rank of each row's text among those that it may be compared with; equal texts have the same.
#[derive(Debug)]
pub(super) struct Ranks(Vec<u32>);

impl Ranks {
    /// Ranks the texts at the spans of a spool, given their prefixes. Texts are read only where prefixes are equal.
    pub(super) fn of(
        rows: &Rows,
        prefixes: &[u64],
        span: impl Fn(usize) -> Span,
        spool: &Spool,
    ) -> Result<Self, SpoolError> {
        let key = |row: u32| (rows.comparable(row as usize), prefixes[row as usize]);
        let mut order: Vec<u32> = (0..).take(rows.len()).collect();
        order.par_sort_unstable_by_key(|&row| key(row));
        // Whether the text in this place is that in the place before.
        let mut repeated = vec![false; order.len()];
        let refining = Refining { span, spool };
        let mut at = 0;
        while at < order.len() {
            let alike = order[at..].partition_point(|&row| key(row) == key(order[at]));
            let range = at..at + alike;
            if alike > 1 {
                refining.sort(&mut order[range.clone()], &mut repeated[range])?;
            }
            at += alike;
        }
        let mut ranks = vec![0; order.len()];
        let mut rank = 0;
        for (&row, &repeated) in order.iter().zip(&repeated) {
            rank += u32::from(!repeated);
            ranks[row as usize] = rank;
        }
        Ok(Self(ranks))
    }

    pub(super) fn compare(&self, a: usize, b: usize) -> Ordering {
        self.0[a].cmp(&self.0[b])
    }
}

/// Sorts rows by texts that are read for it.
struct Refining<'s, F> {
    span: F,
    spool: &'s Spool,
}

impl<F: Fn(usize) -> Span> Refining<'_, F> {
    /// Sorts `rows` by their texts, and says of each whether its text is that of the row before. However long they are,
    /// [`READ_AT_ONCE`] bytes of them are in memory, or [`LEAST_BLOCK`] of each if they are too many.
    fn sort(&self, rows: &mut [u32], repeated: &mut [bool]) -> Result<(), SpoolError> {
        let mut open = vec![(0..rows.len(), 0)];
        while let Some((range, from)) = open.pop() {
            let part = range.start;
            let (rows, repeated) = (&mut rows[range.clone()], &mut repeated[range]);
            let alike = self.sort_by_block(rows, repeated, from)?;
            let further = alike
                .into_iter()
                .map(|(range, to)| (part + range.start..part + range.end, to));
            open.extend(further);
        }
        Ok(())
    }

    /// Sorts rows, whose texts are equal up to `from`, by the next bytes. Gives the runs of rows whose texts are
    /// equal so far and go on, and up to where they are.
    fn sort_by_block(
        &self,
        rows: &mut [u32],
        repeated: &mut [bool],
        from: usize,
    ) -> Result<Vec<(Range<usize>, usize)>, SpoolError> {
        // In the order of the file, in which they are read soonest.
        rows.sort_unstable();
        let to = from + self.block(rows, from);
        let spans: Vec<Span> = rows.iter().map(|&row| self.part(row, from..to)).collect();
        let (bytes, ends) = self.spool.read(&spans)?;
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let mut blocks: Vec<(&[u8], u32)> = starts
            .zip(&ends)
            .zip(&*rows)
            .map(|((start, &end), &row)| (&bytes[start..end], row))
            .collect();
        blocks.sort_unstable();
        for (row, (_, sorted)) in rows.iter_mut().zip(&blocks) {
            *row = *sorted;
        }
        let mut open = Vec::new();
        let mut at = 0;
        for run in blocks.chunk_by(|a, b| a.0 == b.0) {
            repeated[at + 1..at + run.len()].fill(true);
            if run.len() > 1 && run.iter().any(|&(_, row)| self.length(row) > to) {
                repeated[at + 1..at + run.len()].fill(false);
                open.push((at..at + run.len(), to));
            }
            at += run.len();
        }
        Ok(open)
    }

    /// How many bytes of each text, from `from` on, are read at once.
    fn block(&self, rows: &[u32], from: usize) -> usize {
        let left = rows
            .iter()
            .map(|&row| self.length(row).saturating_sub(from));
        if left.clone().sum::<usize>() <= READ_AT_ONCE {
            left.max().unwrap_or(0)
        } else {
            (READ_AT_ONCE / rows.len()).max(LEAST_BLOCK)
        }
    }

    fn length(&self, row: u32) -> usize {
        (self.span)(row as usize).1
    }

    /// What the text of a row has of these bytes.
    fn part(&self, row: u32, bytes: Range<usize>) -> Span {
        let (start, length) = (self.span)(row as usize);
        let (from, to) = (bytes.start.min(length), bytes.end.min(length));
        (start + from as u64, to - from)
    }
}
