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

use std::ops::Range;

use hashbrown::HashMap;

use crate::text::Analyzer;
use crate::text::sentence::sentences;
use crate::text::shape::{Shape, shapes};
use crate::text::surroundings::Surroundings;
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
}

impl Root {
    pub(crate) const ALL: [Root; 5] = [
        Root::Ngram,
        Root::First,
        Root::Last,
        Root::Shape,
        Root::Chars,
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
        }
    }
}

/// Distinct strings, numbered by first sight.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lexicon {
    ids: HashMap<Box<str>, WordId>,
    names: Vec<Box<str>>,
}

impl Lexicon {
    pub(crate) fn get(&self, word: &str) -> WordId {
        self.ids.get(word).copied().unwrap_or(UNKNOWN)
    }

    pub(crate) fn insert(&mut self, word: &str) -> WordId {
        if let Some(&id) = self.ids.get(word) {
            return id;
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "2^32 distinct words need over 100 GB"
        )]
        let id = self.names.len() as WordId;
        self.ids.insert(word.into(), id);
        self.names.push(word.into());
        id
    }

    pub(crate) fn name(&self, id: WordId) -> &str {
        &self.names[id as usize]
    }
}

/// The trie: children by parent and word.
#[derive(Debug, Clone)]
pub(crate) struct Trie {
    children: HashMap<(NodeId, WordId), NodeId>,
    /// Parent and word of every node; roots are their own parents.
    nodes: Vec<(NodeId, WordId)>,
}

impl Default for Trie {
    fn default() -> Self {
        let nodes = Root::ALL.iter().map(|r| (r.node(), UNKNOWN)).collect();
        Self {
            children: HashMap::new(),
            nodes,
        }
    }
}

impl Trie {
    pub(crate) fn get(&self, parent: NodeId, word: WordId) -> NodeId {
        self.children
            .get(&(parent, word))
            .copied()
            .unwrap_or(UNKNOWN)
    }

    pub(crate) fn insert(&mut self, parent: NodeId, word: WordId) -> NodeId {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "2^32 nodes need over 100 GB"
        )]
        let next = self.nodes.len() as NodeId;
        let node = *self.children.entry((parent, word)).or_insert(next);
        if node == next {
            self.nodes.push((parent, word));
        }
        node
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The text of a term, written to `out`.
    pub(crate) fn write_term(&self, node: NodeId, lexicon: &Lexicon, out: &mut String) {
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
            out.push_str(lexicon.name(word));
        }
    }

    /// The node of a written term, with all nodes on its path.
    pub(crate) fn insert_term(&mut self, term: &str, lexicon: &mut Lexicon) -> NodeId {
        let marked = Root::ALL[1..]
            .iter()
            .find_map(|root| Some((root, term.strip_prefix(root.prefix())?)));
        if let Some((root, word)) = marked {
            let word = lexicon.insert(word);
            return self.insert(root.node(), word);
        }
        term.split(' ').fold(Root::Ngram.node(), |parent, word| {
            let word = lexicon.insert(word);
            self.insert(parent, word)
        })
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

/// Where ids come from: a growing set in training, a fixed one in scoring.
pub(crate) trait Ids {
    /// The id of a token's term.
    fn token(&mut self, token: &Token<'_>, analyzer: &Analyzer) -> WordId;
    /// The id of a string that is no token.
    fn string(&mut self, string: &str) -> WordId;
    /// The id of a shape.
    fn shape(&mut self, shape: Shape) -> WordId;
    /// The child of `parent` by `word`.
    fn child(&mut self, parent: NodeId, word: WordId) -> NodeId;
}

/// Buffers of one reader, kept between sentences.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    words: Vec<WordId>,
    shapes: Vec<Shape>,
    chars: String,
    /// The nodes of the terms read, unsorted, with repetitions.
    pub nodes: Vec<NodeId>,
    /// How many words are known terms by themselves.
    pub known_words: u32,
}

impl Scratch {
    fn clear(&mut self) {
        self.words.clear();
        self.nodes.clear();
        self.known_words = 0;
    }
}

/// Reads one text: appends the nodes of its known terms to `scratch.nodes`.
///
/// Edges and shape are those of the whole text, which as a rule is one sentence; n-grams end where
/// a sentence of it ends. `inside` says whether a quotation is open before; the return value
/// whether one is open after.
pub(crate) fn read_text<I: Ids>(
    text: &str,
    around: &Surroundings,
    options: TermOptions,
    analyzer: &Analyzer,
    ids: &mut I,
    scratch: &mut Scratch,
) {
    let tokens: Vec<Token<'_>> = tokens(text).collect();
    scratch.clear();
    for token in &tokens {
        let word = ids.token(token, analyzer);
        scratch.words.push(word);
    }
    if options.ngrams == 1 {
        ngrams(&tokens, 0..tokens.len(), 1, ids, scratch);
    } else {
        for range in token_ranges(text, &tokens) {
            ngrams(&tokens, range, options.ngrams, ids, scratch);
        }
    }
    if options.edges {
        edges(ids, scratch);
    }
    if options.shape {
        shapes(text, &tokens, around, &mut scratch.shapes);
        for &shape in &scratch.shapes {
            let word = ids.shape(shape);
            push_child(Root::Shape.node(), word, ids, &mut scratch.nodes);
        }
    }
    if let Some(range) = options.chars {
        characters(&tokens, range, ids, scratch);
    }
}

/// The tokens of each sentence, as ranges of their positions.
fn token_ranges<'t>(text: &'t str, tokens: &'t [Token<'t>]) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    sentences(text).map(move |span| {
        let first = next;
        next += tokens[first..].partition_point(|t| t.start < span.end);
        first..next
    })
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

/// All n-grams of up to `longest` words in one sentence, given as a range of tokens.
fn ngrams<I: Ids>(
    tokens: &[Token<'_>],
    sentence: Range<usize>,
    longest: usize,
    ids: &mut I,
    scratch: &mut Scratch,
) {
    for first in sentence.clone() {
        let mut node = Root::Ngram.node();
        for at in first..sentence.end.min(first + longest) {
            node = push_child(node, scratch.words[at], ids, &mut scratch.nodes);
            if node == UNKNOWN {
                break;
            }
            if at == first && tokens[first].kind == TokenKind::Word {
                scratch.known_words += 1;
            }
        }
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
    tokens: &[Token<'_>],
    (shortest, longest): (usize, usize),
    ids: &mut I,
    scratch: &mut Scratch,
) {
    let mut starts = Vec::new();
    for token in tokens.iter().filter(|t| t.kind == TokenKind::Word) {
        crate::text::normal::normalize(token, &mut scratch.chars);
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
    pub lexicon: Lexicon,
    pub trie: Trie,
    surfaces: HashMap<Box<str>, WordId>,
    term: String,
}

impl Ids for GrowingIds {
    fn token(&mut self, token: &Token<'_>, analyzer: &Analyzer) -> WordId {
        if let Some(&id) = self.surfaces.get(surface(token)) {
            return id;
        }
        analyzer.term(token, &mut self.term);
        let id = self.lexicon.insert(&self.term);
        self.surfaces.insert(surface(token).into(), id);
        id
    }

    fn string(&mut self, string: &str) -> WordId {
        self.lexicon.insert(string)
    }

    fn shape(&mut self, shape: Shape) -> WordId {
        self.lexicon.insert(shape.name())
    }

    fn child(&mut self, parent: NodeId, word: WordId) -> NodeId {
        self.trie.insert(parent, word)
    }
}

/// What decides a token's term: the text, but for addresses and marks only their kind.
pub(crate) fn surface<'t>(token: &Token<'t>) -> &'t str {
    match token.kind {
        TokenKind::Word | TokenKind::Number => token.text,
        TokenKind::Url => "<url>",
        TokenKind::Email => "<email>",
        TokenKind::Handle => "<handle>",
        TokenKind::OpenQuote => "“",
        TokenKind::CloseQuote => "”",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::AnalyzerParams;

    fn read(text: &str, options: TermOptions) -> Vec<String> {
        let analyzer = Analyzer::new(AnalyzerParams::default());
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
                ids.trie.write_term(node, &ids.lexicon, &mut out);
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
                "polic said",
                "polic said so",
                "said",
                "said so",
                "so"
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
            ngrams: 0,
            chars: Some((3, 4)),
            ..WORDS
        };
        assert_eq!(
            read("so ok", options),
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
            let node = ids.trie.insert_term(term, &mut ids.lexicon);
            let mut out = String::new();
            ids.trie.write_term(node, &ids.lexicon, &mut out);
            assert_eq!(out, term);
        }
    }
}
