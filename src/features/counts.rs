//! The terms of a corpus, read once: what every fold and the final fit choose their columns from.

use std::ops::Range;

use rayon::prelude::*;

use super::terms::{GrowingIds, NodeId, Scratch, TermOptions, read_text};
use crate::text::surroundings::Surroundings;
use crate::text::{Analyzer, AnalyzerParams};

/// One text to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Document<'t> {
    /// The sentence, or whatever a row holds.
    pub text: &'t str,
    /// Number of its article; texts of one article have the same.
    pub article: u32,
    /// What stands around it in the article.
    pub around: Surroundings<'t>,
}

/// What takes documents, some at a time.
pub type Take<'r> = &'r mut dyn FnMut(&[Document<'_>]);

/// A thread reads at least so many documents: each part numbers its terms anew.
const LEAST_PART: usize = 512;

/// Counts of every term in every document, before any is pruned.
///
/// Memory: 8 bytes for each term of each document, and 8 for each distinct term; while documents are read about
/// 60 for each distinct term.
#[derive(Debug, Default)]
pub struct TermCounts {
    pub(crate) ids: GrowingIds,
    longest: usize,
    articles: Vec<u32>,
    starts: Vec<usize>,
    entries: Vec<(NodeId, u32)>,
}

impl TermCounts {
    /// Reads so many documents, in as many parts as there are threads: `give` hands those of a range on, in order
    /// and some at a time.
    ///
    /// Ids depend on the parts; nothing that comes of them does, since terms are put in order by
    /// their text.
    pub(crate) fn read<E: Send>(
        documents: usize,
        options: TermOptions,
        analyzer: &AnalyzerParams,
        give: impl Fn(Range<usize>, Take<'_>) -> Result<(), E> + Sync,
    ) -> Result<Self, E> {
        let parts = rayon::current_num_threads().min(documents / LEAST_PART);
        let size = documents.div_ceil(parts.max(1)).max(1);
        let parts: Vec<Self> = (0..documents.div_ceil(size))
            .into_par_iter()
            .map(|part| {
                let mut reader = Reader::new(options, analyzer);
                let range = part * size..documents.min((part + 1) * size);
                give(range, &mut |documents| reader.read(documents))?;
                Ok(reader.finish())
            })
            .collect::<Result<_, E>>()?;
        let mut parts = parts.into_iter();
        let mut all = parts
            .next()
            .unwrap_or_else(|| Reader::new(options, analyzer).finish());
        for part in parts {
            all.append(part);
        }
        all.ids.close();
        Ok(all)
    }

    fn push(&mut self, nodes: &mut [NodeId]) {
        nodes.sort_unstable();
        self.entries
            .extend(nodes.chunk_by(|a, b| a == b).map(|run| {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a text has fewer than 2^32 words"
                )]
                let count = run.len() as u32;
                (run[0], count)
            }));
        self.starts.push(self.entries.len());
    }

    /// Adds the documents of `part`, whose ids are its own.
    fn append(&mut self, mut part: Self) {
        let nodes = self.ids.adopt(&part.ids);
        part.entries
            .par_iter_mut()
            .for_each(|(node, _)| *node = nodes[*node as usize]);
        let before = self.entries.len();
        self.entries.append(&mut part.entries);
        self.starts
            .extend(part.starts[1..].iter().map(|start| before + start));
        self.articles.append(&mut part.articles);
    }

    /// Bytes of memory this takes.
    pub(crate) fn bytes(&self) -> u64 {
        let entries = size_of_val(&self.entries[..]) + size_of_val(&self.starts[..]);
        (entries + size_of_val(&self.articles[..])) as u64 + self.ids.bytes()
    }

    /// The longest n-grams that were counted.
    pub(crate) fn longest(&self) -> usize {
        self.longest
    }

    /// Number of documents.
    #[must_use]
    pub fn len(&self) -> usize {
        self.articles.len()
    }

    /// Whether there are no documents.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.articles.is_empty()
    }

    /// Node and count of each term of document `i`.
    pub(crate) fn document(&self, i: usize) -> &[(NodeId, u32)] {
        &self.entries[self.starts[i]..self.starts[i + 1]]
    }

    /// In how many of `documents`, and of their articles, each node occurs.
    ///
    /// The documents of one article must stand together in `documents`.
    pub(crate) fn frequencies(&self, documents: &[usize]) -> Frequencies {
        let nodes = self.ids.trie.len();
        let mut frequencies = Frequencies {
            documents: vec![0; nodes],
            articles: vec![0; nodes],
        };
        let mut last_article = vec![u32::MAX; nodes];
        for &i in documents {
            let article = self.articles[i];
            for &(node, _) in self.document(i) {
                let node = node as usize;
                frequencies.documents[node] += 1;
                if last_article[node] != article {
                    last_article[node] = article;
                    frequencies.articles[node] += 1;
                }
            }
        }
        frequencies
    }
}

/// Reads documents one after the other.
struct Reader {
    options: TermOptions,
    analyzer: Analyzer,
    scratch: Scratch,
    counts: TermCounts,
}

impl Reader {
    fn new(options: TermOptions, analyzer: &AnalyzerParams) -> Self {
        Self {
            options,
            analyzer: Analyzer::new(analyzer.clone()),
            scratch: Scratch::default(),
            counts: TermCounts {
                longest: options.ngrams,
                starts: vec![0],
                ..TermCounts::default()
            },
        }
    }

    fn read(&mut self, documents: &[Document<'_>]) {
        for document in documents {
            read_text(
                document.text,
                &document.around,
                self.options,
                &self.analyzer,
                &mut self.counts.ids,
                &mut self.scratch,
            );
            self.counts.articles.push(document.article);
            self.counts.push(&mut self.scratch.nodes);
        }
    }

    fn finish(mut self) -> TermCounts {
        self.counts.ids.forget_surfaces();
        self.counts
    }
}

/// Document frequencies by node.
#[derive(Debug)]
pub(crate) struct Frequencies {
    pub documents: Vec<u32>,
    pub articles: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::super::terms::Root;
    use super::*;

    /// Counts documents that come in batches of `size`.
    fn read(documents: &[Document<'_>], options: TermOptions, size: usize) -> TermCounts {
        let analyzer = AnalyzerParams::default();
        let give = |range: Range<usize>, take: Take<'_>| -> Result<(), Infallible> {
            documents[range].chunks(size).for_each(take);
            Ok(())
        };
        let Ok(counts) = TermCounts::read(documents.len(), options, &analyzer, give);
        counts
    }

    #[test]
    fn documents_and_articles_are_counted() {
        let text = |text, article| Document {
            text,
            article,
            around: Surroundings::default(),
        };
        let documents = [
            text("said said", 0),
            text("said", 0),
            text("told", 1),
            text("said told", 2),
        ];
        let options = TermOptions {
            ngrams: 1,
            chars: None,
            edges: false,
            shape: false,
        };
        let counts = read(&documents, options, documents.len());
        let frequencies = counts.frequencies(&[0, 1, 2, 3]);
        let mut out = String::new();
        let mut shown = Vec::new();
        for node in Root::ALL.len()..counts.ids.trie.len() {
            let node_id = u32::try_from(node).unwrap();
            counts.ids.write_term(node_id, &mut out);
            shown.push((
                out.clone(),
                frequencies.documents[node],
                frequencies.articles[node],
            ));
        }
        assert_eq!(
            shown,
            [("said".to_owned(), 3, 2), ("told".to_owned(), 2, 2)]
        );
        assert_eq!(counts.document(0)[0].1, 2);
    }

    #[test]
    fn documents_read_in_parts_and_batches_have_the_same_terms() {
        let texts: Vec<String> = (0..3000)
            .map(|i| format!("said {} to {} and {}", i % 7, i * i % 31, i / 100))
            .collect();
        let documents: Vec<_> = (0..)
            .zip(&texts)
            .map(|(i, text)| Document {
                text,
                article: i / 3,
                around: Surroundings::default(),
            })
            .collect();
        let options = TermOptions {
            ngrams: 3,
            chars: Some((2, 2)),
            edges: true,
            shape: true,
        };
        let shown = |threads, batch| -> Vec<Vec<(String, u32)>> {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            let counts = pool.install(|| read(&documents, options, batch));
            let mut term = String::new();
            (0..counts.len())
                .map(|i| {
                    let mut terms: Vec<_> = counts
                        .document(i)
                        .iter()
                        .map(|&(node, count)| {
                            counts.ids.write_term(node, &mut term);
                            (term.clone(), count)
                        })
                        .collect();
                    terms.sort();
                    terms
                })
                .collect()
        };
        let whole = shown(1, documents.len());
        for (threads, batch) in [(4, documents.len()), (1, 7), (4, 100)] {
            assert!(whole == shown(threads, batch), "{threads} {batch}");
        }
    }
}
