//! Numbers that lie in the bytes of a file, without a copy of them.

use std::ops::{Deref, Range};
use std::sync::Arc;

use zerocopy::{FromBytes, Immutable};

/// The bytes of a file, held once by all who look into them.
#[derive(Debug, Clone)]
pub(crate) enum SharedBytes {
    /// Part of the program.
    #[cfg(feature = "builtin-model")]
    Static(&'static [u8]),
    /// Read into memory.
    Read(Arc<Vec<u8>>),
}

impl Deref for SharedBytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match self {
            #[cfg(feature = "builtin-model")]
            Self::Static(bytes) => bytes,
            Self::Read(bytes) => bytes,
        }
    }
}

/// A run of numbers: of their own, or in the bytes of a file. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Numbers<T>(Kind<T>);

#[derive(Debug, Clone)]
enum Kind<T> {
    Own(Arc<Vec<T>>),
    InFile {
        file: SharedBytes,
        place: Range<usize>,
    },
}

impl<T: FromBytes + Immutable> Numbers<T> {
    /// The numbers that `bytes` hold little endian, which are a part of `file`. `None` if they are no part of
    /// it, or if this machine cannot read them where they lie.
    pub(crate) fn in_file(file: &SharedBytes, bytes: &[u8]) -> Option<Self> {
        if cfg!(target_endian = "big") && size_of::<T>() > 1 {
            return None;
        }
        let start = bytes.as_ptr().addr().checked_sub(file.as_ptr().addr())?;
        let place = start..start.checked_add(bytes.len())?;
        <[T]>::ref_from_bytes(file.get(place.clone())?).ok()?;
        let file = file.clone();
        Some(Self(Kind::InFile { file, place }))
    }
}

impl<T> From<Vec<T>> for Numbers<T> {
    fn from(numbers: Vec<T>) -> Self {
        Self(Kind::Own(Arc::new(numbers)))
    }
}

impl<T: FromBytes + Immutable> Deref for Numbers<T> {
    type Target = [T];

    /// Inner loops take the slice once.
    #[inline]
    fn deref(&self) -> &[T] {
        match &self.0 {
            Kind::Own(numbers) => numbers,
            // It could be cast when it was made, and neither bytes nor place have moved since.
            Kind::InFile { file, place } => {
                <[T]>::ref_from_bytes(&file[place.clone()]).unwrap_or_default()
            }
        }
    }
}

impl<T: FromBytes + Immutable + PartialEq> PartialEq for Numbers<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: FromBytes + Immutable + Eq> Eq for Numbers<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_file_are_read_where_they_lie() {
        let bytes: Vec<u8> = [1u64, 2, 3].iter().flat_map(|n| n.to_le_bytes()).collect();
        let file = SharedBytes::Read(Arc::new(bytes));
        // A vector of bytes may begin anywhere.
        let aligned = file.as_ptr().addr().is_multiple_of(8);
        let numbers = Numbers::<u64>::in_file(&file, &file[8..]);
        assert_eq!(numbers.is_some(), aligned && cfg!(target_endian = "little"));
        if let Some(numbers) = numbers {
            assert_eq!(*numbers, [2, 3]);
            assert_eq!(numbers.clone(), Numbers::from(vec![2, 3]));
        }
        let text = Numbers::<u8>::in_file(&file, &file[16..17]);
        assert_eq!(text.as_deref(), Some(&[3][..]));
    }

    #[test]
    fn what_cannot_be_read_in_place_is_refused() {
        let file = SharedBytes::Read(Arc::new(vec![0; 32]));
        let other = [0; 64];
        assert!(Numbers::<u8>::in_file(&file, &other).is_none());
        assert!(
            Numbers::<u64>::in_file(&file, &file[1..9]).is_none() || {
                // Two places an odd number of bytes apart are not both aligned.
                Numbers::<u64>::in_file(&file, &file[2..10]).is_none()
            }
        );
        assert!(Numbers::<u64>::in_file(&file, &file[..12]).is_none());
    }
}
