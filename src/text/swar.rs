//! Eight bytes at a time in one register, for loops whose length no processor foretells.

/// One in each byte.
const EACH: u64 = u64::MAX / 255;

/// The highest bit of each byte; set where the byte is no ASCII.
pub(super) const HIGH: u64 = EACH * 0x80;

/// The highest bit of each byte that is in a range of ASCII.
#[inline]
pub(super) fn in_range(eight: u64, first: u8, last: u8) -> u64 {
    let low = eight & !HIGH;
    let from = low + EACH * u64::from(0x80 - first);
    let beyond = low + EACH * u64::from(0x7F - last);
    from & !beyond & !eight & HIGH
}

/// The highest bit of each byte that is `byte`, which is ASCII.
#[inline]
pub(super) fn equal(eight: u64, byte: u8) -> u64 {
    in_range(eight, byte, byte)
}

/// The highest bit of each byte that is an ASCII letter.
#[inline]
pub(super) fn letters(eight: u64) -> u64 {
    in_range(eight | (EACH * 0x20), b'a', b'z')
}

/// The highest bit of each byte that is an ASCII digit.
#[inline]
pub(super) fn digits(eight: u64) -> u64 {
    in_range(eight, b'0', b'9')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_are_found_byte_by_byte(bytes: [u8; 8], start in 0u8..128, length in 0u8..128) {
            let last = start.saturating_add(length).min(127);
            let eight = u64::from_le_bytes(bytes);
            let held = |bits: u64| bits.to_le_bytes().map(|b| b == 0x80);
            let found = held(in_range(eight, start, last));
            prop_assert_eq!(found, bytes.map(|b| (start..=last).contains(&b)));
            prop_assert_eq!(held(letters(eight)), bytes.map(|b| b.is_ascii_alphabetic()));
            prop_assert_eq!(held(digits(eight)), bytes.map(|b| b.is_ascii_digit()));
        }
    }
}
