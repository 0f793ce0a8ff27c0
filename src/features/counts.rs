//! The terms of a corpus, read once: what every fold and the final fit choose their columns from.

use super::terms::{GrowingIds, NodeId, Scratch, TermOptions, read_text};
use crate::text::Analyzer;
use crate::text::surroundings::Surroundings;

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

/// Counts of every term in every document, before any is pruned.
///
/// Memory: 8 bytes for each term of each document, and about 100 for each distinct term.
#[derive(Debug)]
pub struct TermCounts {
    pub(crate) ids: GrowingIds,
    articles: Vec<u32>,
    starts: Vec<usize>,
    entries: Vec<(NodeId, u32)>,
}

impl TermCounts {
    /// Reads all documents.
    pub(crate) fn read(
        documents: &[Document<'_>],
        options: TermOptions,
        analyzer: &Analyzer,
    ) -> Self {
        let mut counts = Self {
            ids: GrowingIds::default(),
            articles: documents.iter().map(|d| d.article).collect(),
            starts: vec![0],
            entries: Vec::new(),
        };
        let mut scratch = Scratch::default();
        for document in documents {
            read_text(
                document.text,
                &document.around,
                options,
                analyzer,
                &mut counts.ids,
                &mut scratch,
            );
            counts.push(&mut scratch.nodes);
        }
        counts
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

    /// Node and count of each term of document `i`, by ascending node.
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

/// Document frequencies by node.
#[derive(Debug)]
pub(crate) struct Frequencies {
    pub documents: Vec<u32>,
    pub articles: Vec<u32>,
}

#[cfg(test)]
mod tests {
    use super::super::terms::Root;
    use super::*;
    use crate::text::AnalyzerParams;

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
        let counts = TermCounts::read(
            &documents,
            options,
            &Analyzer::new(AnalyzerParams::default()),
        );
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
}
