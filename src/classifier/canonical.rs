//! Rows in an order that does not depend on that of files and articles, and the documents they are.

use std::ops::Range;

use crate::corpus::{LabelledTexts, SpoolError, canonical_sequences};
use crate::features::counts::{Document, Take};
use crate::text::surroundings::{surroundings, within_reach};

/// The canonical order of labelled rows.
#[derive(Debug)]
pub(super) struct Canonical {
    /// Rows in that order; positions in it are what folds and matrices count.
    pub(super) order: Vec<usize>,
    /// Neighbouring rows, as positions in that order.
    pub(super) sequences: Vec<Range<usize>>,
}

impl Canonical {
    /// The order of all rows of a corpus, whatever the order of its files and articles.
    pub(super) fn of(texts: &dyn LabelledTexts) -> Self {
        let sequences = canonical_sequences(texts);
        Self {
            order: sequences.iter().flatten().copied().collect(),
            sequences: ranges(sequences.iter().map(Vec::len)),
        }
    }

    /// Hands the documents at `positions` on, as many at a time as texts are read.
    pub(super) fn documents(
        &self,
        texts: &dyn LabelledTexts,
        positions: Range<usize>,
        take: Take<'_>,
    ) -> Result<(), SpoolError> {
        let mut at = positions.start;
        while at < positions.end {
            let end = at + texts.batch(&self.order[at..positions.end]);
            self.batch(texts, at..end, take)?;
            at = end;
        }
        Ok(())
    }

    /// Hands the documents at `positions` on at once. What stands around the first and the last of them is read as well.
    fn batch(
        &self,
        texts: &dyn LabelledTexts,
        positions: Range<usize>,
        take: Take<'_>,
    ) -> Result<(), SpoolError> {
        let first = self.sequences.partition_point(|s| s.end <= positions.start);
        let after = self.sequences.partition_point(|s| s.start < positions.end);
        let sequences = &self.sequences[first..after];
        let reach = |at: usize, sequence: &Range<usize>| {
            let reach = within_reach(at - sequence.start, sequence.len());
            sequence.start + reach.start..sequence.start + reach.end
        };
        let (Some(opening), Some(closing)) = (sequences.first(), sequences.last()) else {
            return Ok(());
        };
        let read = reach(positions.start, opening).start..reach(positions.end - 1, closing).end;
        let batch = texts.read(&self.order[read.clone()])?;
        let strings: Vec<&str> = (0..batch.len()).map(|i| batch.get(i)).collect();
        let mut documents = Vec::with_capacity(positions.len());
        for sequence in sequences {
            let part = sequence.start.max(read.start)..sequence.end.min(read.end);
            let strings = &strings[part.start - read.start..part.end - read.start];
            for ((position, text), around) in part.zip(strings).zip(surroundings(strings)) {
                if positions.contains(&position) {
                    documents.push(Document {
                        text,
                        article: texts.rows().article(self.order[position]).number(),
                        around,
                    });
                }
            }
        }
        take(&documents);
        Ok(())
    }
}

/// Ranges of the given lengths, one after the other from 0.
fn ranges(lengths: impl Iterator<Item = usize>) -> Vec<Range<usize>> {
    let mut end = 0;
    lengths
        .map(|length| {
            let start = end;
            end += length;
            start..end
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;
    use std::fs;

    use super::*;
    use crate::classifier::train::{TrainParams, train};
    use crate::corpus::{Corpus, CorpusOptions, Rows, SpooledCorpus, TextBatch};

    /// Texts that come so many at a time.
    struct Few<'t>(&'t dyn LabelledTexts, usize);

    impl LabelledTexts for Few<'_> {
        fn rows(&self) -> &Rows {
            self.0.rows()
        }

        fn text_bytes(&self) -> u64 {
            self.0.text_bytes()
        }

        fn compare_texts(&self, a: usize, b: usize) -> Ordering {
            self.0.compare_texts(a, b)
        }

        fn batch(&self, rows: &[usize]) -> usize {
            rows.len().min(self.1)
        }

        fn read<'t>(&'t self, rows: &'t [usize]) -> Result<TextBatch<'t>, SpoolError> {
            self.0.read(rows)
        }
    }

    /// Articles of 50 rows, or none; some texts twice, with headings and quotations over several rows.
    fn csv(columns: &str, rows: usize) -> String {
        let lines = (0..rows).map(|i| {
            let text = match i % 7 {
                0 => "Most popular".to_owned(),
                1 => format!("“We will do it, she told the {i} reporters,"),
                2 => "said the mayor,\nand went.”".to_owned(),
                3 => format!("Sign up for number {}!", i % 3),
                _ => format!("The town has {} lamps and a bridge.", i % 11),
            };
            let label = ["a", "b", "c"][(i * i + i / 5) % 3];
            match columns {
                "article,position,label,text" => {
                    format!("p{},{},{label},\"{text}\"\n", 99 - i / 50, i % 49)
                }
                "article,label,text" => format!("p{},{label},\"{text}\"\n", i / 50 % 4),
                _ => format!("{label},\"{text}\"\n"),
            }
        });
        format!("{columns}\n{}", lines.collect::<String>())
    }

    #[test]
    fn a_model_does_not_depend_on_where_its_texts_were() {
        for columns in [
            "article,position,label,text",
            "article,label,text",
            "label,text",
        ] {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("t.csv");
            fs::write(&path, csv(columns, 1100)).unwrap();
            let options = CorpusOptions::default();
            let held = Corpus::from_csv_path(&path, &options).unwrap();
            let spooled =
                SpooledCorpus::from_csv_paths(&[&path], &options, directory.path()).unwrap();
            let params = TrainParams {
                folds: 2,
                ..TrainParams::default()
            };
            let trained = |texts: &dyn LabelledTexts, threads| {
                let pool = rayon::ThreadPoolBuilder::new()
                    .num_threads(threads)
                    .build()
                    .unwrap();
                let trained = pool.install(|| train(texts, &params)).unwrap();
                (trained.classifier.to_bytes().unwrap(), trained.out_of_fold)
            };
            let expected = trained(&held, 1);
            for threads in [1, 2] {
                for few in [1, 13, 4096] {
                    assert!(
                        trained(&Few(&spooled, few), threads) == expected,
                        "{columns}: {few}"
                    );
                }
                assert!(trained(&spooled, threads) == expected, "{columns}");
                assert!(trained(&Few(&held, 30), threads) == expected, "{columns}");
            }
        }
    }
}
