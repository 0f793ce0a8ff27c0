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

use super::table::{PairTable, Sought, StringTable};
use crate::text::Analyzer;
use crate::text::sentence::sentences;
use crate::text::shape::{Shape, TokenShape, shapes};
use crate::text::surroundings::{Mark, Surroundings};
use crate::text::word::{MAX_TOKEN_BYTES, Token, TokenKind, tokens};

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

/// The first node that is no root.
pub(crate) const FIRST_NODE: NodeId = Root::Under as NodeId + 1;
const _: () = assert!(FIRST_NODE as usize == Root::ALL.len());

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

    /// A word to be looked for with others, and the number of whoever asks; `None` if it is too long for that.
    pub(crate) fn sought(&self, word: &str, number: usize) -> Option<Sought> {
        self.ids.sought(word, 0, word.len(), number)
    }

    /// Gives the numbers and ids of those of `sought` that are there to `found`.
    pub(crate) fn find_all(&self, sought: &mut Vec<Sought>, found: impl FnMut(usize, WordId)) {
        self.ids.find_all(sought, found);
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
struct Children {
    /// Children of the roots, of which each word has one or none: direct, as most look-ups go there.
    of_roots: [Vec<NodeId>; Root::ALL.len()],
    of_others: PairTable,
}

impl Children {
    /// The child of `parent` by `word`; `new` if there was none.
    fn get_or_insert(&mut self, parent: NodeId, word: WordId, new: NodeId) -> NodeId {
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

/// Splits a written term: its root, and its words, of which only n-grams have several.
pub(crate) fn split_root(term: &str) -> (Root, &str) {
    let root = match term.as_bytes().first() {
        Some(b'^') => Root::First,
        Some(b'$') => Root::Last,
        Some(b'#') => Root::Shape,
        Some(b'~') => Root::Chars,
        Some(b'@') => Root::Under,
        _ => return (Root::Ngram, term),
    };
    (root, &term[1..])
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
        path.take_while(|node| *node >= FIRST_NODE).count()
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
    /// The node of the word by itself.
    pub node: NodeId,
    pub shape: TokenShape,
}

/// Longer tokens are rubbish for the most part, and not remembered.
const LONGEST_REMEMBERED: usize = 64;

/// The surface forms that a reader has met, so that each is normalised and stemmed once.
#[derive(Debug, Default)]
pub(crate) struct Surfaces {
    known: StringTable<Surface>,
    term: String,
    /// Tokens that are looked for in `known`.
    sought: Vec<Sought>,
    /// Numbers of tokens that are not.
    others: Vec<usize>,
}

/// How many surface forms a reader remembers before it starts anew: about 16 MB.
const MOST_REMEMBERED: usize = 200_000;

impl Surfaces {
    /// Reads the tokens of `text` to `out`, which is cleared first. `ids` gives the id and the node of a
    /// term, and is asked once a surface form.
    ///
    /// The tokens are cut first and then looked up, all of them: between the cuts the look-ups would wait
    /// for memory one by one.
    pub(crate) fn read(
        &mut self,
        text: &str,
        analyzer: &Analyzer,
        out: &mut Vec<ReadToken>,
        mut ids: impl FnMut(&str) -> (WordId, NodeId),
    ) {
        out.clear();
        self.sought.clear();
        self.others.clear();
        for token in tokens(text) {
            let number = out.len();
            out.push(ReadToken::new(&token));
            // What shape an address has depends on more than its kind.
            let is_plain = matches!(token.kind, TokenKind::Word | TokenKind::Number);
            let sought = self
                .known
                .sought(text, token.start, token.text.len(), number);
            match sought.filter(|_| is_plain) {
                Some(sought) => self.sought.push(sought),
                None => self.others.push(number),
            }
        }
        self.known.find_all(&mut self.sought, |number, surface| {
            out[number].surface = surface;
        });
        let numbers = self.sought.iter().map(|sought| sought.number);
        self.others.extend(numbers);
        for at in 0..self.others.len() {
            let read = &mut out[self.others[at]];
            read.surface = self.get(&read.token(text), analyzer, &mut ids);
        }
    }

    /// What is known of a token.
    fn get(
        &mut self,
        token: &Token<'_>,
        analyzer: &Analyzer,
        ids: &mut impl FnMut(&str) -> (WordId, NodeId),
    ) -> Surface {
        let is_plain = matches!(token.kind, TokenKind::Word | TokenKind::Number);
        let remembered = is_plain && token.text.len() <= LONGEST_REMEMBERED;
        if remembered && let Some(surface) = self.known.get(token.text) {
            return surface;
        }
        analyzer.term(token, &mut self.term);
        let (word, node) = ids(&self.term);
        let surface = Surface {
            word,
            node,
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

/// What is kept of a token.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReadToken {
    surface: Surface,
    start: usize,
    /// At most [`MAX_TOKEN_BYTES`].
    length: u8,
    kind: TokenKind,
}

const _: () = assert!(MAX_TOKEN_BYTES <= u8::MAX as usize);

impl ReadToken {
    /// A token of which nothing is known yet.
    fn new(token: &Token<'_>) -> Self {
        Self {
            surface: Surface::UNKNOWN,
            start: token.start,
            #[expect(clippy::cast_possible_truncation, reason = "tokens are no longer")]
            length: token.text.len() as u8,
            kind: token.kind,
        }
    }

    /// The token of `text` that was read.
    fn token<'t>(&self, text: &'t str) -> Token<'t> {
        let end = self.start + usize::from(self.length);
        Token {
            kind: self.kind,
            start: self.start,
            text: &text[self.start..end],
        }
    }
}

impl Surface {
    /// Nothing is known.
    const UNKNOWN: Self = Self {
        word: UNKNOWN,
        node: UNKNOWN,
        shape: TokenShape::NONE,
    };
}

/// Where ids come from: a growing set in training, a fixed one in scoring.
pub(crate) trait Ids {
    /// Reads the tokens of `text` to `out`, which is cleared first.
    fn tokens(&mut self, text: &str, analyzer: &Analyzer, out: &mut Vec<ReadToken>);
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
    tokens: Vec<ReadToken>,
    /// The shape of each token.
    token_shapes: Vec<TokenShape>,
    shapes: Vec<Shape>,
    marks: Vec<Mark>,
    heading_tokens: Vec<ReadToken>,
    heading: Vec<WordId>,
    chars: String,
    /// The words once more, with [`UNKNOWN`] between sentences and after the last.
    stream: Vec<WordId>,
    open: Vec<Open>,
    /// The nodes of the terms read, unsorted, with repetitions, and with [`UNKNOWN`] for words that are unknown.
    pub nodes: Vec<NodeId>,
    /// How many tokens are words.
    pub words_read: u32,
    /// How many words are known terms by themselves.
    pub known_words: u32,
}

impl Scratch {
    fn clear(&mut self) {
        self.tokens.clear();
        self.token_shapes.clear();
        self.nodes.clear();
        self.words_read = 0;
        self.known_words = 0;
    }
}

/// Reads one text: appends the nodes of its known terms to `scratch.nodes`.
///
/// Edges and shape are those of the whole text, which as a rule is one sentence; n-grams end where
/// a sentence of it ends.
#[expect(clippy::needless_bitwise_bool, reason = "not to branch")]
pub(crate) fn read_text<I: Ids>(
    text: &str,
    around: &Surroundings<'_>,
    options: TermOptions,
    analyzer: &Analyzer,
    ids: &mut I,
    scratch: &mut Scratch,
) {
    scratch.clear();
    ids.tokens(text, analyzer, &mut scratch.tokens);
    let (mut words_read, mut known_words) = (0, 0);
    for ReadToken { surface, .. } in &scratch.tokens {
        scratch.token_shapes.push(surface.shape);
        words_read += u32::from(surface.shape.is_word());
        known_words += u32::from(surface.shape.is_word() & (surface.node != UNKNOWN));
    }
    (scratch.words_read, scratch.known_words) = (words_read, known_words);
    let nodes = scratch.tokens.iter().map(|token| token.surface.node);
    scratch.nodes.extend(nodes);
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
        shapes(
            text,
            &scratch.token_shapes,
            around.inside,
            &mut scratch.shapes,
        );
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
        ids.tokens(heading, analyzer, &mut scratch.heading_tokens);
        scratch.heading.clear();
        let words = scratch.heading_tokens.iter();
        scratch
            .heading
            .extend(words.map(|token| token.surface.word));
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

/// The words in addresses, beside the addresses themselves; they are neighbours of nothing.
fn addresses<I: Ids>(text: &str, analyzer: &Analyzer, ids: &mut I, scratch: &mut Scratch) {
    let Scratch {
        tokens,
        nodes,
        chars,
        ..
    } = scratch;
    let is_address = |token: &&ReadToken| token.surface.shape.is_address();
    for token in tokens.iter().filter(is_address) {
        analyzer.address_words(&token.token(text), chars, |word| {
            let word = ids.string(word);
            push_child(Root::Ngram.node(), word, ids, nodes);
        });
    }
}

/// All n-grams of two to `longest` words; none reaches over the end of a sentence.
fn ngrams<I: Ids>(text: &str, longest: usize, ids: &mut I, scratch: &mut Scratch) {
    scratch.stream.clear();
    scratch.open.clear();
    let mut tokens = scratch.tokens.iter().peekable();
    for span in sentences(text) {
        while let Some(token) = tokens.next_if(|token| token.start < span.end) {
            #[expect(clippy::cast_possible_truncation, reason = "a text has fewer tokens")]
            let position = scratch.stream.len() as u32;
            // Unknown words too: leaving them out is a branch that cannot be foretold.
            scratch.open.push((position, token.surface.node));
            scratch.stream.push(token.surface.word);
        }
        scratch.stream.push(UNKNOWN);
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
    let count = scratch.tokens.len();
    let marked = count.min(EDGE_WORDS);
    for i in 0..marked {
        for (root, word) in [
            (Root::First, scratch.tokens[i].surface.word),
            (Root::Last, scratch.tokens[count - 1 - i].surface.word),
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
    fn tokens(&mut self, text: &str, analyzer: &Analyzer, out: &mut Vec<ReadToken>) {
        let (lexicon, ends, names) = (&mut self.lexicon, &mut self.ends, &mut self.text);
        let trie = &mut self.trie;
        self.surfaces.read(text, analyzer, out, |term| {
            let word = numbered(term, lexicon, ends, names);
            (word, trie.insert(Root::Ngram.node(), word))
        });
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
            let (root, words) = split_root(term);
            let node = words.split(' ').fold(root.node(), |parent, word| {
                let word = ids.string(word);
                ids.child(parent, word)
            });
            let mut out = String::new();
            ids.write_term(node, &mut out);
            assert_eq!(out, term);
        }
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
