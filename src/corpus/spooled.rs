//! Labelled rows whose texts are on disk.

mod ranks;
mod reading;
mod spool;

use std::cmp::Ordering;
use std::path::Path;

use self::ranks::Ranks;
use self::reading::{FirstPass, read_rows};
use self::spool::{Span, Spool};
pub use self::spool::{SpoolError, SpoolStep};
use super::csv::CorpusOptions;
use super::error::CorpusError;
use super::rows::Rows;
use super::texts::{LabelledTexts, ROWS_A_BATCH, TextBatch};

/// So many bytes of texts are read at once, unless a single one has more.
const BYTES_A_BATCH: usize = 4 << 20;

/// Labelled sentences as a [`Corpus`](super::Corpus) has them, but with their texts in a temporary file: of a row some 70
/// bytes are in memory, and the name of its article if it has one.
///
/// The file has no name, so that nothing is left of it however the program ends; it takes as many bytes as the texts.
#[derive(Debug)]
pub struct SpooledCorpus {
    rows: Rows,
    /// Where in the file the text of each row begins, and where the last one ends.
    starts: Vec<u64>,
    spool: Spool,
    ranks: Ranks,
}

impl SpooledCorpus {
    /// Reads several files as one corpus, as [`Corpus::from_csv_paths`](super::Corpus::from_csv_paths) does, part by
    /// part; the file of texts is in `directory`.
    ///
    /// # Errors
    ///
    /// As there, and [`CorpusError::Spool`].
    pub fn from_csv_paths(
        paths: &[impl AsRef<Path>],
        options: &CorpusOptions,
        directory: &Path,
    ) -> Result<Self, CorpusError> {
        let FirstPass {
            rows,
            starts,
            prefixes,
            spool,
        } = read_rows(paths, options, directory)?;
        let ranks = Ranks::of(&rows, &prefixes, |row| span(&starts, row), &spool)?;
        Ok(Self {
            rows,
            starts,
            spool,
            ranks,
        })
    }
}

/// Where the text of a row is, given where each begins.
fn span(starts: &[u64], row: usize) -> Span {
    let (start, end) = (starts[row], starts[row + 1]);
    // Fields have less than 4 GiB.
    (start, usize::try_from(end - start).unwrap_or(usize::MAX))
}

impl LabelledTexts for SpooledCorpus {
    fn rows(&self) -> &Rows {
        &self.rows
    }

    fn text_bytes(&self) -> u64 {
        self.starts.last().copied().unwrap_or(0)
    }

    fn compare_texts(&self, a: usize, b: usize) -> Ordering {
        self.ranks.compare(a, b)
    }

    fn batch(&self, rows: &[usize]) -> usize {
        let mut bytes = 0;
        let fitting = rows.iter().take(ROWS_A_BATCH).take_while(|&&row| {
            bytes += span(&self.starts, row).1;
            bytes <= BYTES_A_BATCH
        });
        fitting.count().max(1).min(rows.len())
    }

    fn read<'t>(&'t self, rows: &'t [usize]) -> Result<TextBatch<'t>, SpoolError> {
        let spans: Vec<Span> = rows.iter().map(|&row| span(&self.starts, row)).collect();
        let (text, ends) = self.spool.texts(&spans)?;
        Ok(TextBatch::read(text, ends))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;
    use crate::corpus::split::{k_folds, k_folds_by, text_key};
    use crate::corpus::{Corpus, Unlabelled, canonical_sequences};

    type File = (&'static str, Vec<u8>);

    /// The same files held and spooled.
    fn both(
        files: &[File],
        options: &CorpusOptions,
    ) -> (
        Result<Corpus, CorpusError>,
        Result<SpooledCorpus, CorpusError>,
    ) {
        let directory = tempfile::tempdir().unwrap();
        let paths: Vec<_> = files
            .iter()
            .map(|(name, bytes)| {
                let path = directory.path().join(name);
                fs::write(&path, bytes).unwrap();
                path
            })
            .collect();
        (
            Corpus::from_csv_paths(&paths, options),
            SpooledCorpus::from_csv_paths(&paths, options, directory.path()),
        )
    }

    /// Everything that a training asks for is the same.
    fn assert_same(held: &Corpus, spooled: &SpooledCorpus) {
        let rows = spooled.rows();
        assert_eq!(held.classes(), rows.classes());
        assert_eq!(held.class_counts(), rows.class_counts());
        assert_eq!(held.warnings(), rows.warnings());
        assert_eq!(held.columns(), rows.columns());
        assert_eq!(
            (held.skipped(), held.blank_lines(), held.normalized_labels()),
            (rows.skipped(), rows.blank_lines(), rows.normalized_labels())
        );
        assert_eq!(held.text_bytes(), spooled.text_bytes());
        let order: Vec<usize> = (0..held.len()).rev().collect();
        let texts = spooled.read(&order).unwrap();
        for (i, &row) in order.iter().enumerate() {
            assert_eq!(texts.get(i), held.text(row));
            assert_eq!(rows.label(row), held.label(row));
            assert_eq!(rows.position(row), held.position(row));
            assert_eq!(rows.article_name(row), held.article_name(row));
        }
        assert_eq!(canonical_sequences(held), canonical_sequences(spooled));
        let keys = (0..held.len()).map(|row| text_key(held.text(row)));
        assert_eq!(k_folds(held, 2, 0), k_folds_by(rows, keys.collect(), 2, 0));
    }

    #[test]
    fn whatever_the_files_are_like_the_rows_are_those_in_memory() {
        let many = |line: &str| format!("text,label\n{}", line.repeat(200));
        let mut lossy = CorpusOptions::default();
        lossy.table.decode.lossy = true;
        let mut skipping = CorpusOptions {
            unlabelled: Unlabelled::Skip,
            merge_case: true,
            ..CorpusOptions::default()
        };
        skipping.table.skip_bad_rows = true;
        let mut latin = CorpusOptions::default();
        latin.table.decode.encoding = Some("latin1".to_owned());
        let utf16: Vec<u8> = std::iter::once(0xFEFF)
            .chain(many("Zwölf,a\n").encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        let gaps =
            "article;label;text\n\n\nx;a;one\nx;b\nx;;two\n\nx;A;\"th\"\"ree\r\n\"\n\ny;b;!\n";
        let nuls = format!(
            "{}\0,a\n{}",
            many("long enough for it,a\n"),
            "x,\0b\n".repeat(20)
        );
        let early = format!(
            "{}{}y,a\n{}",
            many("long enough for it,a\n"),
            "\0".repeat(1000),
            "x,b\n".repeat(2000)
        );
        let cases: [(Vec<File>, &CorpusOptions); 10] = [
            (
                vec![
                    ("a", b"text,label\nOne.,a\nTwo.,b".into()),
                    ("b", b"label,text\r\nb,Two.\r\n".into()),
                ],
                &lossy,
            ),
            (
                vec![("a", many("\"It, \n\"\"he\"\" said.\",a\n\n").into())],
                &lossy,
            ),
            (vec![("a", utf16)], &lossy),
            (
                vec![
                    ("a", b"text,label\n\xe9t\xe9,a\n".into()),
                    ("b", many("\u{fffd},b\n").into()),
                ],
                &lossy,
            ),
            (
                vec![("a", b"text,label\n\xe9t\xe9,a\nx,b\n".into())],
                &latin,
            ),
            (vec![("a", gaps.into()), ("b", gaps.into())], &skipping),
            (vec![("a", nuls.into())], &lossy),
            (vec![("a", early.into())], &lossy),
            (vec![("a", many("\"quoted\" and more,a\n").into())], &lossy),
            (
                vec![(
                    "a",
                    format!("text,label\n\"{}\",a\n", "\n".repeat(1500)).into(),
                )],
                &lossy,
            ),
        ];
        for (files, options) in cases {
            let (held, spooled) = both(&files, options);
            assert_same(&held.unwrap(), &spooled.unwrap());
        }
    }

    #[test]
    fn what_is_wrong_is_told_as_in_memory() {
        let long = |body: &str| format!("text,label\n{}{body}", "It was so.,a\n".repeat(100));
        let ragged = long(&format!("a\n{}b,c,d\nx,\n", "It was.,a\n".repeat(60)));
        let cases: [Vec<File>; 9] = [
            vec![("a", b"".into())],
            vec![("a", b"text,label\n".into())],
            vec![("a", b"sentence,label\n".into())],
            vec![
                ("a", b"sentence,label\nx,y\n".into()),
                ("b", b"\x1f\x8b".into()),
            ],
            vec![("a", ragged.clone().into()), ("b", ragged.clone().into())],
            vec![("a", long("\"x,a\n").into())],
            vec![("a", long("x,\n").into())],
            vec![("a", [long("").as_bytes(), b"\xff,a\n"].concat())],
            vec![("a", b"text,label,position\nx,a,1.5\n".into())],
        ];
        for files in cases {
            let (held, spooled) = both(&files, &CorpusOptions::default());
            let told = |error: CorpusError| {
                // Each has a directory of its own, the same for both.
                (error.to_string(), error.kind(), error.total(), error.hint())
            };
            assert_eq!(told(held.unwrap_err()), told(spooled.unwrap_err()));
        }
    }

    #[test]
    fn a_directory_that_is_not_there_is_told() {
        let paths: [&str; 1] = ["a.csv"];
        let at = Path::new("no/such/directory");
        let error = SpooledCorpus::from_csv_paths(&paths, &CorpusOptions::default(), at);
        assert_eq!(
            error.unwrap_err().to_string(),
            "cannot create the temporary file for texts in `no/such/directory`"
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn rows_of_any_order_and_likeness_are_ordered_as_in_memory(
            rows in prop::collection::vec(
                ("[xy]?", prop::option::of(0..3), "[ab]", "(abcdefgh){0,12}[\0é]?[a-c]{0,2}"),
                2..60,
            ),
            cut in 0usize..60,
            positions in any::<bool>(),
        ) {
            let file = |rows: &[(String, Option<i32>, String, String)]| {
                let head = if positions { "article,position,label,text\n" } else { "article,n,label,text\n" };
                rows.iter().fold(head.to_owned(), |csv, (article, position, label, text)| {
                    let position = position.map_or(String::new(), |p| p.to_string());
                    format!("{csv}{article},{position},{label},\".{text}\"\n")
                })
            };
            let (a, b) = rows.split_at(cut.min(rows.len() - 1).max(1));
            let files = [("a.csv", file(a).into()), ("b.csv", file(b).into())];
            let (held, spooled) = both(&files, &CorpusOptions::default());
            assert_same(&held.unwrap(), &spooled.unwrap());
        }

        #[test]
        fn whatever_the_bytes_they_are_read_or_refused_as_in_memory(
            header in prop::sample::select(vec!["", "\n,\n", "text,label\n", "article,text,label,position\n"]),
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "a", "b", "é", ",", ",", "\"", "\"\"", "\n", "\n", "\r\n", "\r", " ", "\0", "\u{feff}", "7",
                    "It was so.,a\n", "x,\"It, so.\",b,3\n",
                    "\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", ",,\n,,\n,,\n,,\n,,\n,,\n,,\n,,\n",
                ]),
                0..200,
            ),
            lenient in any::<bool>(),
        ) {
            let mut options = CorpusOptions::default();
            options.table.delimiter = Some(b',');
            options.table.skip_bad_rows = lenient;
            options.unlabelled = if lenient { Unlabelled::Skip } else { Unlabelled::Context };
            let bytes = format!("{header}{}", pieces.concat()).into_bytes();
            match both(&[("a", bytes)], &options) {
                (Ok(held), Ok(spooled)) => assert_same(&held, &spooled),
                // Of several things that are wrong, another may come first.
                (Err(_), Err(_)) if header.len() < 10 => {}
                (held, spooled) => {
                    let told = |error: CorpusError| (error.to_string(), error.kind(), error.total());
                    prop_assert_eq!(held.map(drop).map_err(told), spooled.map(drop).map_err(told));
                }
            }
        }
    }
}
