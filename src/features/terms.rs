//! Terms as ids: words are numbered, and an n-gram is a path of words through a trie.
//!
//! A term is a node of the trie. Its parent is the root of its kind or, for longer n-grams, the
//! n-gram without its last word, so that no joined string is ever built while text is read:
//! `said` → `said on` → `said on monday` costs one look-up of a pair of numbers each.
//!
//! | kind        | written as    | root            |
//! |-------------|---------------|-----------------|
//! | n-gram      | `said on`     | [`Root::Ngram`] |
//! | first words | `^said`       | [`Root::First`] |
//! | last words  | `$said`       | [`Root::Last`]  |
//! | shape       | `#end:stop`   | [`Root::Shape`] |
//! | characters  | `~_sai`       | [`Root::Chars`] |
//! | heading     | `@popular`    | [`Root::Under`] |

use super::table::{PairTable, StringTable};
use crate::text::Analyzer;
use crate::text::sentence::sentences;
use crate::text::shape::{Shape, TokenShape, shapes};
use crate::text::surroundings::{Mark, Surroundings};
use crate::text::word::{Token, TokenKind, tokens};

/// Number of a distinct word, shape or run of characters.
pub(crate) type WordId = u32;

/// Number of a node of the trie.
pub(crate) type NodeId = u32;

/// No such word or node.
pub(crate) const UNKNOWN: u32 = u32::MAX;

/// The kinds of terms; the first nodes of every trie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Root {
    Ngram,
    First,
    Last,
    Shape,
    Chars,
    Under,
}

impl Root {
    pub(crate) const ALL: [Root; 6] = [
        Root::Ngram,
        Root::First,
        Root::Last,
        Root::Shape,
        Root::Chars,
        Root::Under,
    ];

    pub(crate) fn node(self) -> NodeId {
        self as NodeId
    }

    /// Whether a written term is of this kind.
    pub(crate) fn marks(self, term: &str) -> bool {
        term.starts_with(self.prefix())
    }

    /// What stands before the word in a term's text.
    fn prefix(self) -> &'static str {
        match self {
            Root::Ngram => "",
            Root::First => "^",
            Root::Last => "$",
            Root::Shape => "#",
            Root::Chars => "~",
            Root::Under => "@",
        }
    }
}

/// Distinct strings, numbered by first sight.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lexicon {
    ids: StringTable<WordId>,
}

impl Lexicon {
    pub(crate) fn get(&self, word: &str) -> WordId {
        self.ids.get(word).unwrap_or(UNKNOWN)
    }

    pub(crate) fn insert(&mut self, word: &str) -> WordId {
        if let Some(id) = self.ids.get(word) {
            return id;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "2^32 distinct words need over 100 GB"
        )]
        let id = self.ids.len() as WordId;
        self.ids.insert(word, id);
        id
    }
}

/// The children of every node by word.
#[derive(Debug, Clone, Default)]
pub(crate) struct Children {
    /// Children of the roots, of which each word has one or none: direct, as most look-ups go there.
    of_roots: [Vec<NodeId>; Root::ALL.len()],
    of_others: PairTable,
}

impl Children {
    /// No children, with room for so many pairs below the roots.
    pub(crate) fn with_capacity(pairs: usize) -> Self {
        Self {
            of_others: PairTable::with_capacity(pairs),
            ..Self::default()
        }
    }

    /// Makes look-ups fast; nothing is added afterwards.
    pub(crate) fn close(&mut self) {
        self.of_others.close();
    }

    pub(crate) fn get(&self, parent: NodeId, word: WordId) -> NodeId {
        let known = match self.of_roots.get(parent as usize) {
            Some(children) => children.get(word as usize).copied(),
            None => self.of_others.get(parent, word),
        };
        known.unwrap_or(UNKNOWN)
    }

    /// The child of `parent` by `word`; `new` if there was none.
    pub(crate) fn get_or_insert(&mut self, parent: NodeId, word: WordId, new: NodeId) -> NodeId {
        let Some(children) = self.of_roots.get_mut(parent as usize) else {
            return self.of_others.get_or_insert(parent, word, new);
        };
        let index = word as usize;
        if index >= children.len() {
            children.resize(index + 1, UNKNOWN);
        }
        if children[index] == UNKNOWN {
            children[index] = new;
        }
        children[index]
    }
}

/// Splits a written term: its root, and its words after it.
pub(crate) fn parts(term: &str) -> (Root, impl Iterator<Item = &str>) {
    let marked = Root::ALL[1..]
        .iter()
        .find_map(|&root| Some((root, term.strip_prefix(root.prefix())?)));
    let (root, rest) = marked.unwrap_or((Root::Ngram, term));
    // Only n-grams are several words.
    let most = if root == Root::Ngram { usize::MAX } else { 1 };
    (root, rest.splitn(most, ' '))
}

/// A trie that grows, and knows the way back from a node to its text.
#[derive(Debug, Clone)]
pub(crate) struct Trie {
    children: Children,
    /// Parent and word of every node; roots are their own parents.
    nodes: Vec<(NodeId, WordId)>,
}

impl Default for Trie {
    fn default() -> Self {
        let nodes = Root::ALL.iter().map(|r| (r.node(), UNKNOWN)).collect();
        Self {
            children: Children::default(),
            nodes,
        }
    }
}

impl Trie {
    pub(crate) fn insert(&mut self, parent: NodeId, word: WordId) -> NodeId {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "2^32 nodes need over 100 GB"
        )]
        let next = self.nodes.len() as NodeId;
        let node = self.children.get_or_insert(parent, word, next);
        if node == next {
            self.nodes.push((parent, word));
        }
        node
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// How many words a term has.
    pub(crate) fn words(&self, node: NodeId) -> usize {
        let parent = |node: &NodeId| Some(self.nodes[*node as usize].0);
        let path = std::iter::successors(Some(node), parent);
        path.take_while(|node| *node >= FIRST_COLUMN).count()
    }

    /// The text of a term, written to `out`; `name` gives the text of a word.
    pub(crate) fn write_term<'n>(
        &self,
        node: NodeId,
        name: impl Fn(WordId) -> &'n str,
        out: &mut String,
    ) {
        out.clear();
        let mut path = Vec::new();
        let mut at = node;
        while self.nodes[at as usize].1 != UNKNOWN {
            let (parent, word) = self.nodes[at as usize];
            path.push(word);
            at = parent;
        }
        out.push_str(Root::ALL[at as usize].prefix());
        for (i, &word) in path.iter().rev().enumerate() {
            if i > 0 {
                out.push(' ');
            }
            out.push_str(name(word));
        }
    }
}

/// Which terms a sentence is turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TermOptions {
    /// Longest word n-gram.
    pub ngrams: usize,
    /// Shortest and longest run of characters.
    pub chars: Option<(usize, usize)>,
    /// Mark the first and last words of a sentence.
    pub edges: bool,
    /// Add the sentence's shape.
    pub shape: bool,
}

/// How many words at each end of a sentence are marked.
pub(crate) const EDGE_WORDS: usize = 4;

/// What a reader remembers of a surface form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Surface {
    pub word: WordId,
    pub shape: TokenShape,
}

/// Longer tokens are rubbish for the most part, and not remembered.
const LONGEST_REMEMBERED: usize = 64;

/// The surface forms that a reader has met, so that each is normalised and stemmed once.
#[derive(Debug, Default)]
pub(crate) struct Surfaces {
    known: StringTable<Surface>,
    term: String,
}

/// How many surface forms a reader remembers before it starts anew: about 12 MB.
const MOST_REMEMBERED: usize = 200_000;

impl Surfaces {
    /// What is known of a token; `id` gives the id of its term, and is asked once a surface form.
    fn get(
        &mut self,
        text: &str,
        token: &Token<'_>,
        analyzer: &Analyzer,
        id: impl FnOnce(&str) -> WordId,
    ) -> Surface {
        // What shape an address has depends on more than its kind.
        let is_plain = matches!(token.kind, TokenKind::Word | TokenKind::Number);
        let remembered = is_plain && token.text.len() <= LONGEST_REMEMBERED;
        let known = || self.known.get_in(text, token.start, token.text.len());
        if remembered && let Some(surface) = known() {
            return surface;
        }
        analyzer.term(token, &mut self.term);
        let surface = Surface {
            word: id(&self.term),
            shape: TokenShape::of(token),
        };
        if remembered {
            if self.known.len() >= MOST_REMEMBERED {
                self.known.clear();
            }
            self.known.insert(token.text, surface);
        }
        surface
    }
}

/// Where ids come from: a growing set in training, a fixed one in scoring.
pub(crate) trait Ids {
    /// The id of the term of a token of `text`, and the token's shape.
    fn token(&mut self, text: &str, token: &Token<'_>, analyzer: &Analyzer) -> Surface;
    /// The id of a string that is no token.
    fn string(&mut self, string: &str) -> WordId;
    /// The id of a shape.
    fn shape(&mut self, shape: Shape) -> WordId;
    /// The id of a mark of the surroundings.
    fn mark(&mut self, mark: Mark) -> WordId;
    /// The child of `parent` by `word`.
    fn child(&mut self, parent: NodeId, word: WordId) -> NodeId;
    /// Lets every n-gram of `open` grow by the word `offset` words after its first in `words`; those
    /// that are unknown then are left out.
    fn grow(&mut self, open: &mut Vec<Open>, words: &[WordId], offset: usize);
}

/// An n-gram that may become longer: the position of its first word, and its node.
pub(crate) type Open = (u32, NodeId);

/// Buffers of one reader, kept between sentences.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    /// Of each token: the id of its term, its shape, where it begins.
    words: Vec<WordId>,
    tokens: Vec<TokenShape>,
    starts: Vec<usize>,
    shapes: Vec<Shape>,
    marks: Vec<Mark>,
    heading: Vec<WordId>,
    chars: String,
    /// The words once more, with [`UNKNOWN`] between sentences and after the last.
    stream: Vec<WordId>,
    open: Vec<Open>,
    /// The nodes of the terms read, unsorted, with repetitions.
    pub nodes: Vec<NodeId>,
    /// How many tokens are words.
    pub words_read: u32,
    /// How many words are known terms by themselves.
    pub known_words: u32,
}

impl Scratch {
    fn clear(&mut self) {
        self.words.clear();
        self.tokens.clear();
        self.starts.clear();
        self.nodes.clear();
        self.words_read = 0;
        self.known_words = 0;
    }
}

/// Reads one text: appends the nodes of its known terms to `scratch.nodes`.
///
/// Edges and shape are those of the whole text, which as a rule is one sentence; n-grams end where
/// a sentence of it ends.
pub(crate) fn read_text<I: Ids>(
    text: &str,
    around: &Surroundings<'_>,
    options: TermOptions,
    analyzer: &Analyzer,
    ids: &mut I,
    scratch: &mut Scratch,
) {
    scratch.clear();
    for token in tokens(text) {
        let Surface { word, shape } = ids.token(text, &token, analyzer);
        scratch.words.push(word);
        scratch.tokens.push(shape);
        scratch.starts.push(token.start);
        scratch.words_read += u32::from(shape.is_word());
    }
    words(ids, scratch);
    if !analyzer.params().mask {
        addresses(text, analyzer, ids, scratch);
    }
    if options.ngrams > 1 {
        ngrams(text, options.ngrams, ids, scratch);
    }
    if options.edges {
        edges(ids, scratch);
    }
    if options.shape {
        shapes(text, &scratch.tokens, around.inside, &mut scratch.shapes);
        for &shape in &scratch.shapes {
            let word = ids.shape(shape);
            push_child(Root::Shape.node(), word, ids, &mut scratch.nodes);
        }
        surrounding(around, analyzer, ids, scratch);
    }
    if let Some(range) = options.chars {
        characters(text, range, ids, scratch);
    }
}

/// What stands around: its marks, and the words of the heading above, each once.
fn surrounding<I: Ids>(
    around: &Surroundings<'_>,
    analyzer: &Analyzer,
    ids: &mut I,
    scratch: &mut Scratch,
) {
    around.marks(&mut scratch.marks);
    for &mark in &scratch.marks {
        let word = ids.mark(mark);
        push_child(Root::Shape.node(), word, ids, &mut scratch.nodes);
    }
    if let Some(heading) = around.heading {
        scratch.heading.clear();
        for token in tokens(heading) {
            scratch
                .heading
                .push(ids.token(heading, &token, analyzer).word);
        }
        scratch.heading.sort_unstable();
        scratch.heading.dedup();
        for &word in &scratch.heading {
            push_child(Root::Under.node(), word, ids, &mut scratch.nodes);
        }
    }
}

/// Adds the child of `parent` by `word`, if both are known.
fn push_child<I: Ids>(
    parent: NodeId,
    word: WordId,
    ids: &mut I,
    nodes: &mut Vec<NodeId>,
) -> NodeId {
    if word == UNKNOWN {
        return UNKNOWN;
    }
    let node = ids.child(parent, word);
    if node != UNKNOWN {
        nodes.push(node);
    }
    node
}

/// The single words.
fn words<I: Ids>(ids: &mut I, scratch: &mut Scratch) {
    for (&word, token) in scratch.words.iter().zip(&scratch.tokens) {
        let node = push_child(Root::Ngram.node(), word, ids, &mut scratch.nodes);
        scratch.known_words += u32::from(node != UNKNOWN && token.is_word());
    }
}

/// The words in addresses, beside the addresses themselves; they are neighbours of nothing.
fn addresses<I: Ids>(text: &str, analyzer: &Analyzer, ids: &mut I, scratch: &mut Scratch) {
    if !scratch.tokens.iter().any(|token| token.is_address()) {
        return;
    }
    let Scratch { nodes, chars, .. } = scratch;
    for token in tokens(text) {
        analyzer.address_words(&token, chars, |word| {
            let word = ids.string(word);
            push_child(Root::Ngram.node(), word, ids, nodes);
        });
    }
}

/// All n-grams of two to `longest` words; none reaches over the end of a sentence.
fn ngrams<I: Ids>(text: &str, longest: usize, ids: &mut I, scratch: &mut Scratch) {
    scratch.stream.clear();
    let mut first = 0;
    for span in sentences(text) {
        let starts = &scratch.starts[first..];
        let length = starts.partition_point(|start| *start < span.end);
        let words = &scratch.words[first..first + length];
        scratch.stream.extend_from_slice(words);
        scratch.stream.push(UNKNOWN);
        first += length;
    }
    scratch.open.clear();
    for (position, &word) in (0..).zip(&scratch.stream) {
        if word != UNKNOWN {
            let node = ids.child(Root::Ngram.node(), word);
            if node != UNKNOWN {
                scratch.open.push((position, node));
            }
        }
    }
    let padded = scratch.stream.len() + longest;
    scratch.stream.resize(padded, UNKNOWN);
    for offset in 1..longest {
        ids.grow(&mut scratch.open, &scratch.stream, offset);
        let nodes = scratch.open.iter().map(|(_, node)| node);
        scratch.nodes.extend(nodes);
    }
}

fn edges<I: Ids>(ids: &mut I, scratch: &mut Scratch) {
    let count = scratch.words.len();
    let marked = count.min(EDGE_WORDS);
    for i in 0..marked {
        for (root, word) in [
            (Root::First, scratch.words[i]),
            (Root::Last, scratch.words[count - 1 - i]),
        ] {
            push_child(root.node(), word, ids, &mut scratch.nodes);
        }
    }
}

/// Runs of `shortest..=longest` characters inside each word, which is framed by `_`.
fn characters<I: Ids>(
    text: &str,
    (shortest, longest): (usize, usize),
    ids: &mut I,
    scratch: &mut Scratch,
) {
    let mut starts = Vec::new();
    for token in tokens(text).filter(|t| t.kind == TokenKind::Word) {
        crate::text::normal::normalize(&token, &mut scratch.chars);
        scratch.chars.insert(0, '_');
        scratch.chars.push('_');
        starts.clear();
        starts.extend(scratch.chars.char_indices().map(|(i, _)| i));
        starts.push(scratch.chars.len());
        for size in shortest..=longest {
            for window in starts.windows(size + 1) {
                let word = ids.string(&scratch.chars[window[0]..window[size]]);
                push_child(Root::Chars.node(), word, ids, &mut scratch.nodes);
            }
        }
    }
}

/// Ids that grow as text is read.
#[derive(Debug, Default)]
pub(crate) struct GrowingIds {
    pub trie: Trie,
    lexicon: Lexicon,
    /// Where each word ends in `text`.
    ends: Vec<usize>,
    text: String,
    surfaces: Surfaces,
}

/// The id of a word, whose text is kept if it is new.
fn numbered(word: &str, lexicon: &mut Lexicon, ends: &mut Vec<usize>, text: &mut String) -> WordId {
    let id = lexicon.insert(word);
    if id as usize == ends.len() {
        text.push_str(word);
        ends.push(text.len());
    }
    id
}

impl GrowingIds {
    /// The text of a word.
    pub(crate) fn name(&self, id: WordId) -> &str {
        let id = id as usize;
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[id]]
    }

    /// Forgets what only reading needs.
    pub(crate) fn forget_surfaces(&mut self) {
        self.surfaces = Surfaces::default();
    }

    /// Forgets everything but the texts of the terms: no more are added.
    pub(crate) fn close(&mut self) {
        self.forget_surfaces();
        self.lexicon = Lexicon::default();
        self.trie.children = Children::default();
        self.trie.nodes.shrink_to_fit();
    }

    /// Bytes of memory that the terms take once they are closed.
    pub(crate) fn bytes(&self) -> u64 {
        let words = size_of_val(&self.ends[..]) + self.text.len();
        (words + size_of_val(&self.trie.nodes[..])) as u64
    }

    /// Adds all terms of `other`; gives their nodes here by their nodes there.
    pub(crate) fn adopt(&mut self, other: &Self) -> Vec<NodeId> {
        let words: Vec<WordId> = (0..other.ends.len())
            .map(|id| {
                #[expect(clippy::cast_possible_truncation, reason = "an id")]
                let name = other.name(id as WordId);
                self.string(name)
            })
            .collect();
        let mut nodes: Vec<NodeId> = Root::ALL.iter().map(|root| root.node()).collect();
        // Parents come before their children.
        for &(parent, word) in &other.trie.nodes[Root::ALL.len()..] {
            let node = self
                .trie
                .insert(nodes[parent as usize], words[word as usize]);
            nodes.push(node);
        }
        nodes
    }

    /// The text of a term, written to `out`.
    pub(crate) fn write_term(&self, node: NodeId, out: &mut String) {
        self.trie.write_term(node, |word| self.name(word), out);
    }
}

impl Ids for GrowingIds {
    fn token(&mut self, text: &str, token: &Token<'_>, analyzer: &Analyzer) -> Surface {
        let whole = text;
        let Self {
            lexicon,
            ends,
            text,
            ..
        } = self;
        self.surfaces.get(whole, token, analyzer, |term| {
            numbered(term, lexicon, ends, text)
        })
    }

    fn string(&mut self, string: &str) -> WordId {
        numbered(string, &mut self.lexicon, &mut self.ends, &mut self.text)
    }

    fn shape(&mut self, shape: Shape) -> WordId {
        self.string(shape.name())
    }

    fn mark(&mut self, mark: Mark) -> WordId {
        self.string(mark.name())
    }

    fn child(&mut self, parent: NodeId, word: WordId) -> NodeId {
        self.trie.insert(parent, word)
    }

    fn grow(&mut self, open: &mut Vec<Open>, words: &[WordId], offset: usize) {
        open.retain_mut(|(position, node)| {
            let word = words[*position as usize + offset];
            if word == UNKNOWN {
                return false;
            }
            *node = self.trie.insert(*node, word);
            true
        });
    }
}

/// The ids of a vocabulary that is complete: the node of column j is `FIRST_COLUMN + j`, those that
/// are only on the way to a term come after all of them.
#[derive(Debug)]
pub(crate) struct KnownIds {
    lexicon: Lexicon,
    children: Children,
    /// The id of each shape's name.
    shapes: Vec<WordId>,
    /// The id of each mark's name.
    marks: Vec<WordId>,
    columns: u32,
}

/// The node of the first column, and the first that is no root.
const FIRST_COLUMN: u32 = Root::Under as u32 + 1;
const _: () = assert!(FIRST_COLUMN as usize == Root::ALL.len());

impl KnownIds {
    /// The ids of `terms`, which ascend bytewise, by column.
    pub(crate) fn new<'t>(terms: impl ExactSizeIterator<Item = &'t str>) -> Self {
        let mut lexicon = Lexicon::default();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "columns are numbered in 32 bits"
        )]
        let columns = terms.len() as u32;
        let mut children = Children::with_capacity(terms.len());
        let mut on_the_way = FIRST_COLUMN + columns;
        for (node, term) in (FIRST_COLUMN..).zip(terms) {
            let (root, words) = parts(term);
            let mut parent = root.node();
            let mut words = words.peekable();
            while let Some(word) = words.next() {
                let word = lexicon.insert(word);
                let new = if words.peek().is_none() {
                    node
                } else {
                    on_the_way
                };
                parent = children.get_or_insert(parent, word, new);
                on_the_way += u32::from(parent == on_the_way);
            }
        }
        children.close();
        let shapes = Shape::ALL.iter().map(|s| lexicon.get(s.name())).collect();
        let marks = Mark::all().map(|m| lexicon.get(m.name())).collect();
        Self {
            lexicon,
            children,
            shapes,
            marks,
            columns,
        }
    }

    /// The column of a node, if it is a term.
    pub(crate) fn column(&self, node: NodeId) -> Option<u32> {
        Some(node.wrapping_sub(FIRST_COLUMN)).filter(|column| *column < self.columns)
    }
}

/// Known ids, and the surface forms that one reader has met.
pub(crate) struct Lookup<'k> {
    pub known: &'k KnownIds,
    pub surfaces: &'k mut Surfaces,
    pub passed: &'k mut Vec<(usize, u32, [u32; 2])>,
}

impl Ids for Lookup<'_> {
    fn token(&mut self, text: &str, token: &Token<'_>, analyzer: &Analyzer) -> Surface {
        let known = self.known;
        self.surfaces
            .get(text, token, analyzer, |term| known.lexicon.get(term))
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
        let pairs = &self.known.children.of_others;
        pairs.extend(open, word_at, self.passed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::AnalyzerParams;

    fn read(text: &str, options: TermOptions) -> Vec<String> {
        let stems = AnalyzerParams {
            stem: true,
            mask: true,
            ..AnalyzerParams::default()
        };
        read_by(stems, text, options)
    }

    fn read_by(analyzer: AnalyzerParams, text: &str, options: TermOptions) -> Vec<String> {
        let analyzer = Analyzer::new(analyzer);
        let mut ids = GrowingIds::default();
        let mut scratch = Scratch::default();
        read_text(
            text,
            &Surroundings::default(),
            options,
            &analyzer,
            &mut ids,
            &mut scratch,
        );
        let mut out = String::new();
        scratch
            .nodes
            .iter()
            .map(|&node| {
                ids.write_term(node, &mut out);
                out.clone()
            })
            .collect()
    }

    const WORDS: TermOptions = TermOptions {
        ngrams: 1,
        chars: None,
        edges: false,
        shape: false,
    };

    #[test]
    fn words_and_ngrams_are_terms() {
        assert_eq!(read("Police said so", WORDS), ["polic", "said", "so"]);
        let options = TermOptions { ngrams: 3, ..WORDS };
        assert_eq!(
            read("Police said so", options),
            [
                "polic",
                "said",
                "so",
                "polic said",
                "said so",
                "polic said so"
            ]
        );
    }

    #[test]
    fn the_words_in_an_address_are_terms_but_neighbours_of_nothing() {
        let options = TermOptions { ngrams: 2, ..WORDS };
        assert_eq!(
            read_by(AnalyzerParams::default(), "Ask a@b.org now", options),
            [
                "ask",
                "<email>",
                "now",
                "a",
                "b",
                "org",
                "ask <email>",
                "<email> now"
            ]
        );
    }

    #[test]
    fn edges_and_shapes_are_marked() {
        let options = TermOptions {
            edges: true,
            ..WORDS
        };
        assert_eq!(
            read("He said.", options)[2..],
            ["^he", "$said", "^said", "$he"]
        );
        let options = TermOptions {
            shape: true,
            ..WORDS
        };
        assert_eq!(read("He said.", options)[2..], ["#length:2-3", "#end:stop"]);
    }

    #[test]
    fn characters_stay_inside_words() {
        let options = TermOptions {
            chars: Some((3, 4)),
            ..WORDS
        };
        assert_eq!(
            read("so ok", options)[2..],
            ["~_so", "~so_", "~_so_", "~_ok", "~ok_", "~_ok_"]
        );
    }

    #[test]
    fn written_terms_lead_back_to_their_nodes() {
        let mut ids = GrowingIds::default();
        for term in [
            "said",
            "said on",
            "said on monday",
            "^said",
            "$said",
            "#end:stop",
            "~_sa",
            "<url>",
            "“ we",
        ] {
            let (root, words) = parts(term);
            let node = words.fold(root.node(), |parent, word| {
                let word = ids.string(word);
                ids.child(parent, word)
            });
            let mut out = String::new();
            ids.write_term(node, &mut out);
            assert_eq!(out, term);
        }
    }

    #[test]
    fn known_terms_have_their_columns() {
        let terms = ["#end:stop", "^said", "a b c", "said", "said on", "~_sa"];
        let known = KnownIds::new(terms.iter().copied());
        for (column, term) in (0..).zip(terms) {
            let (root, words) = parts(term);
            let node = words.fold(root.node(), |parent, word| {
                known.children.get(parent, known.lexicon.get(word))
            });
            assert_eq!(known.column(node), Some(column), "for {term}");
        }
        let (a, b) = (known.lexicon.get("a"), known.lexicon.get("b"));
        let a = known.children.get(Root::Ngram.node(), a);
        let a_b = known.children.get(a, b);
        assert!(a_b != UNKNOWN && known.column(a_b).is_none());
        assert_eq!(known.column(Root::Chars.node()), None);
    }

    /// The text of a token this long is cut, so that it may no longer show what kind it is.
    #[test]
    fn long_tokens_do_not_depend_on_what_was_read_before() {
        let digits = "1".repeat(200);
        let text = format!("{digits} {digits}a {digits}");
        let options = TermOptions {
            shape: true,
            ..WORDS
        };
        let both = read(&text, options);
        assert_eq!(both[0], both[2]);
        assert_ne!(both[0], both[1]);
    }
}
