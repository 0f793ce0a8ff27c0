//! Ids of a vocabulary that is complete, for scoring.
//!
//! The children of a node stand together in a small table of their own. Terms that begin alike follow each
//! other in a vocabulary, so it is made in one go, without a jump in memory; and as it holds words only, not
//! pairs, it is small.

use super::table::{Seed, Sought};
use super::terms::{
    FIRST_NODE, Ids, Lexicon, NodeId, Open, ReadToken, Root, Surfaces, UNKNOWN, WordId, split_root,
};
use crate::text::Analyzer;
use crate::text::shape::Shape;
use crate::text::surroundings::Mark;

/// The ids of a vocabulary: the node of column j is `FIRST_NODE + j`; those that are only on the way to a
/// term come after all of them.
#[derive(Debug)]
pub(crate) struct KnownIds {
    lexicon: Lexicon,
    children: Children,
    /// The id of each shape's name.
    shapes: Vec<WordId>,
    /// The id of each mark's name.
    marks: Vec<WordId>,
}

impl KnownIds {
    /// The ids of `terms`, which ascend bytewise, by column. If they do not, the rest is unknown: it could lead
    /// back to the same n-grams again and again.
    pub(crate) fn new<'t>(terms: impl ExactSizeIterator<Item = &'t str>) -> Self {
        let mut builder = Builder::new(terms.len());
        for (node, term) in (FIRST_NODE..).zip(terms) {
            if !builder.add(term, node) {
                break;
            }
        }
        let (lexicon, children) = builder.finish();
        Self {
            shapes: Shape::ALL.iter().map(|s| lexicon.get(s.name())).collect(),
            marks: Mark::all().map(|m| lexicon.get(m.name())).collect(),
            lexicon,
            children,
        }
    }

    /// The column of a node; not below the number of columns if it is no term.
    #[inline]
    pub(crate) fn column(node: NodeId) -> u32 {
        node.wrapping_sub(FIRST_NODE)
    }
}

/// The children of every node by word.
#[derive(Debug)]
struct Children {
    /// Children of the roots, of which each word has one or none: direct, as most look-ups go there.
    of_roots: [Vec<NodeId>; Root::ALL.len()],
    /// Where the children of each other node are.
    places: Vec<Place>,
    /// Words and children.
    slots: Vec<[u32; 2]>,
    /// Bits of which each pair of node and word has one, so that most pairs that are not there are known
    /// by a look at memory that is near.
    filter: Vec<u64>,
    seed: Seed,
}

/// A run of slots, of which at least one is empty: the first, and how many there are, less one.
#[derive(Debug, Clone, Copy)]
struct Place {
    start: u32,
    mask: u32,
}

/// The first slot, which stays empty.
const NOWHERE: Place = Place { start: 0, mask: 0 };

const EMPTY: [u32; 2] = [UNKNOWN; 2];

/// Bits of the filter for a pair.
const FILTER_BITS: usize = 8;

/// Word and bit of a filter of so many words; other bits of the hash than those that tell the slot.
#[inline]
fn filter_bit(hash: usize, words: usize) -> (usize, u64) {
    ((hash >> 6) & (words - 1), 1 << (hash.rotate_right(40) % 64))
}

/// An n-gram whose next word is looked for: its first position, its node, that word, and the hash of both.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Pair {
    position: u32,
    node: NodeId,
    word: WordId,
    hash: u32,
}

impl Children {
    fn hash(&self, node: NodeId, word: WordId) -> usize {
        self.seed.hash_pair(node, word)
    }

    #[inline]
    fn place(&self, node: NodeId) -> Place {
        let place = self.places.get(KnownIds::column(node) as usize);
        place.copied().unwrap_or(NOWHERE)
    }

    fn get(&self, parent: NodeId, word: WordId) -> NodeId {
        if let Some(children) = self.of_roots.get(parent as usize) {
            return children.get(word as usize).copied().unwrap_or(UNKNOWN);
        }
        let hash = self.hash(parent, word);
        let [_, child] = self.slots[find(&self.slots, self.place(parent), hash, word)];
        child
    }

    /// Keeps those of `open` whose node has a child by the word at their position, with the child as their
    /// node, in any order. `pairs` is room for those that are not decided.
    ///
    /// Passes without a branch that depends on the text: which pairs are known, and which stand in their
    /// first slot, cannot be foretold, and the reads of memory that is far shall overlap.
    #[expect(clippy::needless_bitwise_bool, reason = "not to branch")]
    fn extend(&self, open: &mut Vec<Open>, word_at: impl Fn(u32) -> WordId, pairs: &mut Vec<Pair>) {
        pairs.resize(open.len().max(pairs.len()), Pair::default());
        let mut count = 0;
        for &(position, node) in &*open {
            let word = word_at(position);
            let hash = self.hash(node, word);
            let (at, bit) = filter_bit(hash, self.filter.len());
            pairs[count] = Pair {
                position,
                node,
                word,
                hash: slot_hash(hash),
            };
            count += usize::from(self.filter[at] & bit != 0);
        }
        let mut found = 0;
        while count > 0 {
            let mut left = 0;
            for i in 0..count {
                let pair = pairs[i];
                let Place { start, mask } = self.place(pair.node);
                let [word, child] = self.slots[(start + (pair.hash & mask)) as usize];
                let is_it = (word == pair.word) & (child != UNKNOWN);
                open[found] = (pair.position, child);
                found += usize::from(is_it);
                pairs[left] = Pair {
                    hash: pair.hash.wrapping_add(1),
                    ..pair
                };
                left += usize::from(!is_it & (child != UNKNOWN));
            }
            count = left;
        }
        open.truncate(found);
    }
}

/// The part of a hash that tells the slot.
#[inline]
fn slot_hash(hash: usize) -> u32 {
    (hash as u64 >> 32) as u32
}

/// The slot of a word, or the empty one where it belongs.
fn find(slots: &[[u32; 2]], place: Place, hash: usize, word: WordId) -> usize {
    let mut hash = slot_hash(hash);
    loop {
        let at = (place.start + (hash & place.mask)) as usize;
        let [known, child] = slots[at];
        if known == word || child == UNKNOWN {
            return at;
        }
        hash = hash.wrapping_add(1);
    }
}

/// Makes the ids term by term.
struct Builder<'t> {
    lexicon: Lexicon,
    children: Children,
    /// The last term.
    last: Option<&'t str>,
    /// The n-grams that the last term goes on from, the longest last.
    ways: Vec<Way<'t>>,
    /// Children of the ways, those of the longest last.
    pending: Vec<Pending<'t>>,
    /// How many of them have the ids of their words.
    numbered: usize,
    sought: Vec<Sought>,
    /// The next node that is only on the way to a term.
    on_the_way: NodeId,
}

/// A child that has no place yet: its word, the id of that, and its node.
struct Pending<'t> {
    text: &'t str,
    word: WordId,
    node: NodeId,
}

/// An n-gram to which terms lead that are longer.
struct Way<'t> {
    text: &'t str,
    node: NodeId,
    /// Where its children begin among those pending.
    start: usize,
}

impl<'t> Builder<'t> {
    fn new(terms: usize) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "columns are numbered in 32 bits"
        )]
        let on_the_way = FIRST_NODE + terms as u32;
        let mut slots = Vec::with_capacity(2 * terms + 1);
        slots.push(EMPTY);
        Self {
            lexicon: Lexicon::default(),
            children: Children {
                of_roots: Default::default(),
                places: vec![NOWHERE; terms],
                slots,
                filter: vec![0; (terms * FILTER_BITS / 64).next_power_of_two()],
                seed: Seed::new(),
            },
            last: None,
            ways: Vec::new(),
            pending: Vec::new(),
            numbered: 0,
            sought: Vec::new(),
            on_the_way,
        }
    }

    /// Adds a term, unless it is seen not to ascend.
    fn add(&mut self, term: &'t str, node: NodeId) -> bool {
        let last = self.last.replace(term);
        let ascends = || last.is_none_or(|last| last < term);
        let (root, rest) = split_root(term);
        let space = match root {
            Root::Ngram => memchr::memrchr(b' ', rest.as_bytes()),
            _ => None,
        };
        let Some(space) = space else {
            self.child_of_root(root, rest, node);
            return ascends();
        };
        let (way, word) = (&rest[..space], &rest[space + 1..]);
        if self.ways.last().is_none_or(|last| last.text != way) {
            // The order of what follows one n-gram does not matter.
            if !ascends() {
                return false;
            }
            self.go(way);
        }
        self.pending.push(Pending {
            text: word,
            word: UNKNOWN,
            node,
        });
        true
    }

    /// Gives the words that are pending their ids: all at once, so that the look-ups need not wait for memory
    /// one by one.
    fn number(&mut self) {
        let (lexicon, pending) = (&mut self.lexicon, &mut self.pending[self.numbered..]);
        self.sought.clear();
        for (i, child) in pending.iter().enumerate() {
            self.sought.extend(lexicon.sought(child.text, i));
        }
        lexicon.find_all(&mut self.sought, |i, word| pending[i].word = word);
        for child in pending.iter_mut().filter(|child| child.word == UNKNOWN) {
            child.word = lexicon.insert(child.text);
        }
        self.numbered = self.pending.len();
    }

    /// The child of a root by `word`; `new` if there was none.
    fn child_of_root(&mut self, root: Root, word: &str, new: NodeId) -> NodeId {
        let index = self.lexicon.insert(word) as usize;
        let children = &mut self.children.of_roots[root.node() as usize];
        if index >= children.len() {
            children.resize(index + 1, UNKNOWN);
        }
        if children[index] == UNKNOWN {
            children[index] = new;
        }
        children[index]
    }

    /// Makes `text` the last of the ways.
    fn go(&mut self, text: &'t str) {
        let leads = |way: &Way<'_>| {
            let rest = text.strip_prefix(way.text);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        while let Some(way) = self.ways.pop_if(|way| !leads(way)) {
            self.close(&way);
        }
        let mut end = self.ways.last().map_or(0, |way| way.text.len() + 1);
        while end <= text.len() {
            let rest = &text[end..];
            let length = memchr::memchr(b' ', rest.as_bytes()).unwrap_or(rest.len());
            let new = self.on_the_way;
            let node = match self.ways.last() {
                None => self.child_of_root(Root::Ngram, &rest[..length], new),
                Some(way) => self.child_of(way.start, &rest[..length], new),
            };
            self.on_the_way += u32::from(node == new);
            self.ways.push(Way {
                text: &text[..end + length],
                node,
                start: self.pending.len(),
            });
            end += length + 1;
        }
    }

    /// The child by `word` of the last way, whose children begin at `start`; `new` if there was none.
    fn child_of(&mut self, start: usize, word: &'t str, new: NodeId) -> NodeId {
        // As terms ascend, no child stands behind it but those whose words begin with its own.
        let near = self.pending[start..].iter().rev();
        let mut near = near.take_while(|child| child.text.starts_with(word));
        if let Some(child) = near.find(|child| child.text == word) {
            return child.node;
        }
        self.pending.push(Pending {
            text: word,
            word: UNKNOWN,
            node: new,
        });
        new
    }

    /// Gives the children of `way`, which are the last pending ones, their place. As terms ascend, all that
    /// begin with it have been seen.
    fn close(&mut self, way: &Way<'_>) {
        self.number();
        let children = &mut self.children;
        let index = KnownIds::column(way.node) as usize;
        if index >= children.places.len() {
            children.places.resize(index + 1, NOWHERE);
        }
        let added = &self.pending[way.start..];
        let size = (added.len() + added.len() / 2 + 1).next_power_of_two();
        let start = children.slots.len();
        children.slots.resize(start + size, EMPTY);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "there are hardly more slots than nodes, which are numbered in 32 bits"
        )]
        let place = Place {
            start: start as u32,
            mask: (size - 1) as u32,
        };
        for child in added {
            let hash = children.hash(way.node, child.word);
            let at = find(&children.slots, place, hash, child.word);
            children.slots[at] = [child.word, child.node];
            let (at, bit) = filter_bit(hash, children.filter.len());
            children.filter[at] |= bit;
        }
        children.places[index] = place;
        self.pending.truncate(way.start);
        self.numbered = way.start;
    }

    fn finish(mut self) -> (Lexicon, Children) {
        while let Some(way) = self.ways.pop() {
            self.close(&way);
        }
        (self.lexicon, self.children)
    }
}

/// Known ids, and the surface forms that one reader has met.
pub(crate) struct Lookup<'k> {
    pub known: &'k KnownIds,
    pub surfaces: &'k mut Surfaces,
    pub pairs: &'k mut Vec<Pair>,
}

impl Ids for Lookup<'_> {
    fn tokens(&mut self, text: &str, analyzer: &Analyzer, out: &mut Vec<ReadToken>) {
        let known = self.known;
        self.surfaces.read(text, analyzer, out, |term| {
            let word = known.lexicon.get(term);
            (word, known.children.get(Root::Ngram.node(), word))
        });
    }

    fn string(&mut self, string: &str) -> WordId {
        self.known.lexicon.get(string)
    }

    fn shape(&mut self, shape: Shape) -> WordId {
        self.known.shapes[shape as usize]
    }

    fn mark(&mut self, mark: Mark) -> WordId {
        self.known.marks[mark.index()]
    }

    fn child(&mut self, parent: NodeId, word: WordId) -> NodeId {
        self.known.children.get(parent, word)
    }

    fn grow(&mut self, open: &mut Vec<Open>, words: &[WordId], offset: usize) {
        let word_at = |position: u32| words[position as usize + offset];
        self.known.children.extend(open, word_at, self.pairs);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashMap};

    use proptest::prelude::*;

    use super::*;

    fn node(known: &KnownIds, term: &str) -> NodeId {
        let (root, words) = split_root(term);
        words.split(' ').fold(root.node(), |parent, word| {
            known.children.get(parent, known.lexicon.get(word))
        })
    }

    #[test]
    fn known_terms_have_their_columns() {
        let terms = [
            "#end:stop",
            "@most",
            "^said",
            "a b c",
            "said",
            "said on",
            "said on it",
            "~_sa",
        ];
        let known = KnownIds::new(terms.iter().copied());
        for (column, term) in (0..).zip(terms) {
            assert_eq!(KnownIds::column(node(&known, term)), column, "for {term}");
        }
        let a_b = node(&known, "a b");
        assert!(a_b != UNKNOWN && KnownIds::column(a_b) >= 8);
        assert!(KnownIds::column(Root::Chars.node()) >= 8);
        assert!(KnownIds::column(UNKNOWN) >= 8);
    }

    #[test]
    fn terms_in_disorder_end_the_vocabulary() {
        let terms = ["a b", "said on", "a c", "zebra"];
        let known = KnownIds::new(terms.into_iter());
        assert_eq!(KnownIds::column(node(&known, "a b")), 0);
        assert_eq!(KnownIds::column(node(&known, "said on")), 1);
        for unknown in ["a c", "zebra"] {
            assert_eq!(node(&known, unknown), UNKNOWN);
        }
    }

    /// Instead of a clock: each word in the middle was sought among all before it once, which took minutes.
    #[test]
    fn ways_without_terms_of_their_own_cost_no_more_than_others() {
        let terms: Vec<String> = (0..200_000).map(|i| format!("a x{i:06} c")).collect();
        let known = KnownIds::new(terms.iter().map(String::as_str));
        for i in [0, 99_999, 199_999] {
            assert_eq!(
                KnownIds::column(node(&known, &terms[i])),
                u32::try_from(i).unwrap()
            );
        }
    }

    proptest! {
        #[test]
        fn pairs_lead_to_their_terms(
            // Also words that sort before the space, which no training makes.
            terms in proptest::collection::btree_set("[ab\x01]{0,2}( [ab\x01]{0,2}){0,3}", 1..120),
            asked in proptest::collection::vec("[ab\x01]{0,2}( [ab\x01]{0,2}){0,3}", 0..40),
        ) {
            let terms: BTreeSet<String> = terms;
            let known = KnownIds::new(terms.iter().map(String::as_str).collect::<Vec<_>>().into_iter());
            let columns: HashMap<&str, u32> = terms.iter().map(String::as_str).zip(0..).collect();
            for term in terms.iter().chain(&asked) {
                let column = Some(KnownIds::column(node(&known, term)));
                let found = column.filter(|column| (*column as usize) < terms.len());
                prop_assert_eq!(found, columns.get(term.as_str()).copied(), "for {:?}", term);
            }
            // All at once, as texts are read.
            let parts: Vec<(NodeId, WordId)> = terms
                .iter()
                .chain(&asked)
                .filter_map(|term| term.rsplit_once(' '))
                .map(|(way, word)| (node(&known, way), known.lexicon.get(word)))
                .collect();
            let mut open: Vec<Open> = (0..).zip(&parts).map(|(i, (node, _))| (i, *node)).collect();
            let word_at = |i: u32| parts[i as usize].1;
            known.children.extend(&mut open, word_at, &mut Vec::new());
            open.sort_unstable();
            let expected: Vec<Open> = (0..)
                .zip(&parts)
                .map(|(i, (node, word))| (i, known.children.get(*node, *word)))
                .filter(|(_, child)| *child != UNKNOWN)
                .collect();
            prop_assert_eq!(open, expected);
        }
    }
}
