//! Hash tables for the inner loops: short strings and pairs of ids to ids.
//!
//! Open addressing with linear probing at a load of at most one half, keys inside the slots, so that
//! a look-up touches one cache line. The hash is seeded at random for each table, so that no text
//! can be made to collide; nothing ever iterates over a table, so that no result depends on it.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap};

/// Two random words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seed(u64, u64);

impl Seed {
    pub(crate) fn new() -> Self {
        let random = DefaultHashBuilder::default();
        Self(random.hash_one(0u8), random.hash_one(1u8) | 1)
    }

    #[inline]
    pub(crate) fn hash_pair(self, first: u32, second: u32) -> usize {
        self.hash(u64::from(first) << 32 | u64::from(second), 0)
    }

    /// Multiplies to 128 bits and folds the halves, as `foldhash` does.
    #[inline]
    fn hash(self, low: u64, high: u64) -> usize {
        let product = u128::from(low ^ self.0) * u128::from(high ^ self.1);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a hash keeps what bits it needs"
        )]
        let folded = (product as u64) ^ ((product >> 64) as u64);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a hash keeps what bits it needs"
        )]
        let hash = (folded ^ (folded >> 32)) as usize;
        hash
    }
}

/// The longest string that fits into a slot.
const INLINE: usize = 15;

/// A string of at most [`INLINE`] bytes as two words: its bytes, zeros, and its length.
type Key = (u64, u64);

/// A short string that is looked for among others, and the number of whoever asks.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sought {
    key: Key,
    /// Where to look next.
    at: usize,
    pub(crate) number: usize,
}

fn word(bytes: &[u8]) -> u64 {
    let mut all = [0; 8];
    all[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(all)
}

/// The key of a short string. Overlapping reads instead of a loop over the bytes.
fn key(text: &str) -> Option<Key> {
    let bytes = text.as_bytes();
    let length = bytes.len();
    let (low, high) = match length {
        8..=INLINE => {
            let (first, _) = bytes.split_first_chunk::<8>()?;
            let (_, last) = bytes.split_last_chunk::<8>()?;
            // The last eight bytes overlap the first; shift those out.
            let shift = 8 * (16 - length);
            let high = u64::from_le_bytes(*last).checked_shr(u32::try_from(shift).ok()?);
            (u64::from_le_bytes(*first), high.unwrap_or(0))
        }
        4..=7 => {
            let (first, _) = bytes.split_first_chunk::<4>()?;
            let (_, last) = bytes.split_last_chunk::<4>()?;
            let low = u64::from(u32::from_le_bytes(*first));
            let rest = u64::from(u32::from_le_bytes(*last)) << (8 * (length - 4));
            (low | rest, 0)
        }
        0..=3 => (word(bytes), 0),
        _ => return None,
    };
    Some((low, high | (length as u64) << 56))
}

/// The key of the short string that is `length` bytes of `text` from `start` on: one read of what
/// follows as well, since the length of a word is a branch that no processor foretells.
#[inline]
fn key_in(text: &str, start: usize, length: usize) -> Option<Key> {
    let bytes = text.as_bytes();
    let Some(sixteen) = bytes.get(start..).and_then(<[u8]>::first_chunk::<16>) else {
        return key(text.get(start..start + length)?);
    };
    if length > INLINE {
        return None;
    }
    let kept = !(u128::MAX << (8 * length));
    let string = u128::from_le_bytes(*sixteen) & kept | (length as u128) << 120;
    #[expect(clippy::cast_possible_truncation, reason = "the halves of it")]
    let halves = (string as u64, (string >> 64) as u64);
    Some(halves)
}

#[derive(Debug, Clone, Copy)]
struct Slot<V> {
    key: Key,
    value: Option<V>,
}

/// Strings to small values.
#[derive(Debug, Clone)]
pub(crate) struct StringTable<V> {
    slots: Vec<Slot<V>>,
    short: usize,
    long: HashMap<Box<str>, V>,
    seed: Seed,
}

impl<V: Copy> Default for StringTable<V> {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            short: 0,
            long: HashMap::new(),
            seed: Seed::new(),
        }
    }
}

impl<V: Copy> StringTable<V> {
    pub(crate) fn len(&self) -> usize {
        self.short + self.long.len()
    }

    pub(crate) fn clear(&mut self) {
        self.slots.fill(Slot {
            key: (0, 0),
            value: None,
        });
        self.short = 0;
        self.long.clear();
    }

    /// The slot that holds `key`, or the empty one where it belongs; there must be an empty one.
    #[inline]
    fn find(&self, key: Key) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.seed.hash(key.0, key.1) & mask;
        while self.slots[at].key != key && self.slots[at].value.is_some() {
            at = (at + 1) & mask;
        }
        at
    }

    pub(crate) fn get(&self, string: &str) -> Option<V> {
        self.get_in(string, 0, string.len())
    }

    /// The value of the string that is `length` bytes of `text` from `start` on.
    #[inline]
    pub(crate) fn get_in(&self, text: &str, start: usize, length: usize) -> Option<V> {
        match key_in(text, start, length) {
            Some(key) if !self.slots.is_empty() => self.slots[self.find(key)].value,
            _ => self.long.get(text.get(start..start + length)?).copied(),
        }
    }

    /// The string that is `length` bytes of `text` from `start` on, to be looked for; `None` if it is
    /// not short.
    #[inline]
    pub(crate) fn sought(
        &self,
        text: &str,
        start: usize,
        length: usize,
        number: usize,
    ) -> Option<Sought> {
        let key = key_in(text, start, length)?;
        Some(Sought {
            key,
            at: self.seed.hash(key.0, key.1),
            number,
        })
    }

    /// Looks for all of `sought`, gives the numbers and values of those that are there to `found`, and
    /// leaves the others.
    ///
    /// Passes of few instructions, so that the reads of memory that is far overlap.
    pub(crate) fn find_all(&self, sought: &mut Vec<Sought>, mut found: impl FnMut(usize, V)) {
        let Some(mask) = self.slots.len().checked_sub(1) else {
            return;
        };
        // Those not there go to the front, those that stand in a later slot behind them.
        let (mut absent, mut from) = (0, 0);
        while from < sought.len() {
            let mut left = absent;
            for i in from..sought.len() {
                let one = sought[i];
                let slot = &self.slots[one.at & mask];
                match slot.value {
                    Some(value) if slot.key == one.key => found(one.number, value),
                    Some(_) => {
                        let at = one.at + 1;
                        sought[left] = Sought { at, ..one };
                        left += 1;
                    }
                    None => {
                        sought[left] = sought[absent];
                        sought[absent] = one;
                        (absent, left) = (absent + 1, left + 1);
                    }
                }
            }
            sought.truncate(left);
            from = absent;
        }
    }

    /// Adds a string that is not there.
    pub(crate) fn insert(&mut self, text: &str, value: V) {
        let Some(key) = key(text) else {
            self.long.insert(text.into(), value);
            return;
        };
        if (self.short + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let at = self.find(key);
        self.short += usize::from(self.slots[at].value.is_none());
        self.slots[at] = Slot {
            key,
            value: Some(value),
        };
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(1024);
        let empty = Slot {
            key: (0, 0),
            value: None,
        };
        let old = std::mem::replace(&mut self.slots, vec![empty; size]);
        for slot in old {
            if slot.value.is_some() {
                let at = self.find(slot.key);
                self.slots[at] = slot;
            }
        }
    }
}

/// Pairs of ids to an id, none of which is [`u32::MAX`].
#[derive(Debug, Clone)]
pub(crate) struct PairTable {
    /// First, second and value.
    slots: Vec<[u32; 3]>,
    entries: usize,
    seed: Seed,
}

const EMPTY: [u32; 3] = [u32::MAX; 3];

impl Default for PairTable {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            entries: 0,
            seed: Seed::new(),
        }
    }
}

impl PairTable {
    /// The slot of a pair, or the empty one where it belongs.
    fn find(&self, first: u32, second: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.seed.hash_pair(first, second) & mask;
        loop {
            let [a, b, value] = self.slots[at];
            if (a == first && b == second) || value == u32::MAX {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    /// The value of a pair; `value` if it is new.
    pub(crate) fn get_or_insert(&mut self, first: u32, second: u32, value: u32) -> u32 {
        if (self.entries + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let at = self.find(first, second);
        let slot = &mut self.slots[at];
        if slot[2] == u32::MAX {
            *slot = [first, second, value];
            self.entries += 1;
        }
        slot[2]
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(1024);
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; size]);
        for slot in old {
            if slot[2] != u32::MAX {
                let at = self.find(slot[0], slot[1]);
                self.slots[at] = slot;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_of_any_length_are_told_apart(texts in proptest::collection::vec("[a-b\0]{0,20}", 0..3000)) {
            let mut table = StringTable::default();
            let mut expected = HashMap::new();
            for (i, text) in texts.iter().enumerate() {
                prop_assert_eq!(table.get(text), expected.get(text).copied());
                if table.get(text).is_none() {
                    table.insert(text, i);
                    expected.insert(text.clone(), i);
                }
            }
            prop_assert_eq!(table.len(), expected.len());
            let asked: Vec<_> = texts.iter().cloned().chain(["b".repeat(9), "\0".repeat(3)]).collect();
            let mut sought: Vec<_> = (0..)
                .zip(&asked)
                .filter_map(|(i, text)| table.sought(text, 0, text.len(), i))
                .collect();
            let mut found = HashMap::new();
            table.find_all(&mut sought, |number, value| {
                found.insert(number, value);
            });
            let left: Vec<_> = sought.iter().map(|one| one.number).collect();
            for (i, text) in asked.iter().enumerate().filter(|(_, text)| text.len() <= INLINE) {
                prop_assert_eq!(found.get(&i), expected.get(text));
                prop_assert_eq!(left.contains(&i), !expected.contains_key(text));
            }
            table.clear();
            prop_assert!(texts.iter().all(|text| table.get(text).is_none()));
        }

        #[test]
        fn pairs_keep_their_first_value(pairs in proptest::collection::vec((0u32..40, 0u32..40), 0..2000)) {
            let mut table = PairTable::default();
            let mut expected = HashMap::new();
            for (i, &(a, b)) in (0u32..).zip(&pairs) {
                let first = *expected.entry((a, b)).or_insert(i);
                prop_assert_eq!(table.get_or_insert(a, b, i), first);
            }
        }
    }
}
