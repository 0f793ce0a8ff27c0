//! Numbers as they lie in the file: little endian, of any alignment.

use std::marker::PhantomData;

/// A number type of the file. Sealed: the profile has these three.
pub trait Scalar: Copy + sealed::Little {}

impl Scalar for f32 {}
impl Scalar for f64 {}
impl Scalar for u64 {}

mod sealed {
    pub trait Little: Sized {
        const SIZE: usize;
        fn from_little(bytes: &[u8]) -> Option<Self>;
    }

    macro_rules! little {
        ($($number:ty),*) => {$(
            impl Little for $number {
                const SIZE: usize = size_of::<$number>();

                fn from_little(bytes: &[u8]) -> Option<Self> {
                    bytes.try_into().ok().map(<$number>::from_le_bytes)
                }
            }
        )*};
    }
    little!(f32, f64, u64);
}

/// A run of numbers in the bytes of a file, decoded when asked for.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a, T> {
    bytes: &'a [u8],
    number: PhantomData<T>,
}

impl<'a, T: Scalar> Values<'a, T> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            number: PhantomData,
        }
    }

    /// The numbers as they lie in the file.
    #[must_use]
    pub fn bytes(self) -> &'a [u8] {
        self.bytes
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(self) -> usize {
        self.bytes.len() / T::SIZE
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The number at `index`; `None` past the end.
    #[must_use]
    pub fn get(self, index: usize) -> Option<T> {
        let start = index.checked_mul(T::SIZE)?;
        T::from_little(self.bytes.get(start..start.checked_add(T::SIZE)?)?)
    }

    /// Row `row` of a table with `width` numbers a row; `None` past the end.
    #[must_use]
    pub fn row(self, row: usize, width: usize) -> Option<Self> {
        let size = width.checked_mul(T::SIZE)?;
        let start = row.checked_mul(size)?;
        self.bytes
            .get(start..start.checked_add(size)?)
            .map(Self::new)
    }

    /// The numbers as runs of `length`, the last one perhaps shorter.
    pub(super) fn runs(self, length: usize) -> impl Iterator<Item = Self>
    where
        T: 'a,
    {
        self.bytes.chunks(length * T::SIZE).map(Self::new)
    }

    /// All numbers in order.
    #[must_use]
    pub fn iter(self) -> impl ExactSizeIterator<Item = T> + DoubleEndedIterator + 'a
    where
        T: 'a,
    {
        self.bytes
            .chunks_exact(T::SIZE)
            .map(|bytes| match T::from_little(bytes) {
                Some(number) => number,
                None => unreachable!("chunks_exact gives whole numbers"),
            })
    }

    /// All numbers as a vector.
    #[must_use]
    pub fn to_vec(self) -> Vec<T> {
        self.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_of_the_length_asked_for() {
        let bytes: Vec<u8> = (0..7u64).flat_map(u64::to_le_bytes).collect();
        let runs: Vec<_> = Values::<u64>::new(&bytes)
            .runs(3)
            .map(Values::to_vec)
            .collect();
        assert_eq!(runs, [&[0, 1, 2][..], &[3, 4, 5], &[6]]);
    }

    #[test]
    fn values_are_little_endian_and_bounded() {
        let bytes: Vec<u8> = [1.5f32, -2.0, 3.25, 4.0]
            .iter()
            .flat_map(|x| x.to_le_bytes())
            .collect();
        let values = Values::<f32>::new(&bytes);
        assert_eq!(values.to_vec(), [1.5, -2.0, 3.25, 4.0]);
        assert_eq!(values.bytes(), bytes);
        assert_eq!((values.len(), values.is_empty()), (4, false));
        assert!(Values::<f32>::new(&[]).is_empty());
        assert_eq!(values.row(1, 2).unwrap().to_vec(), [3.25, 4.0]);
        assert_eq!(values.get(3), Some(4.0));
        assert!(values.get(4).is_none());
        assert!(values.row(2, 2).is_none());
        assert!(values.row(usize::MAX, usize::MAX).is_none());
        assert!(values.get(usize::MAX).is_none());
    }
}
