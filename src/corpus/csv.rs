//! CSV → [`Corpus`].

use std::path::Path;

use super::builder::Builder;
use super::error::{CorpusError, Faults};
use super::table::{ColumnRole, Table, TableOptions};
use super::{Corpus, Fields};

/// What to do with rows whose label is empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Unlabelled {
    /// Refuse them.
    #[default]
    Error,
    /// Leave them out.
    Skip,
    /// Keep them, unlabelled, as neighbours of the others.
    Context,
}

/// How labelled sentences are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorpusOptions {
    /// Name or number (from 1) of the column of sentences; `None`: `text`.
    pub text_column: Option<String>,
    /// … of labels; `None`: `label`.
    pub label_column: Option<String>,
    /// … of article names; `None`: `article`, if there is one.
    pub group_column: Option<String>,
    /// … of positions in the article; `None`: `position`, if there is one.
    pub position_column: Option<String>,
    /// What to do with rows whose label is empty.
    pub unlabelled: Unlabelled,
    /// Make one of labels that differ only by case: the most frequent of them.
    pub merge_case: bool,
    /// How the table is read.
    pub table: TableOptions,
}

impl CorpusOptions {
    pub(super) fn column(&self, role: ColumnRole) -> Option<&str> {
        match role {
            ColumnRole::Text => self.text_column.as_deref(),
            ColumnRole::Label => self.label_column.as_deref(),
            ColumnRole::Group => self.group_column.as_deref(),
            ColumnRole::Position => self.position_column.as_deref(),
        }
    }
}

impl Corpus {
    /// Reads several files as one corpus; article names are global, `-` is standard input.
    ///
    /// # Errors
    ///
    /// Every fault of all files, up to 20 of them as [`CorpusError::Many`]; see [`CorpusError`].
    pub fn from_csv_paths(
        paths: &[impl AsRef<Path>],
        options: &CorpusOptions,
    ) -> Result<Self, CorpusError> {
        if paths.is_empty() {
            return Err(CorpusError::NoFiles);
        }
        let mut reading = Reading::new(options);
        for path in paths {
            reading.add(Table::parse_path(path.as_ref(), &options.table));
        }
        reading.finish()
    }

    /// Reads one file; `-` is standard input.
    ///
    /// # Errors
    ///
    /// As [`from_csv_paths`](Self::from_csv_paths).
    pub fn from_csv_path(
        path: impl AsRef<Path>,
        options: &CorpusOptions,
    ) -> Result<Self, CorpusError> {
        Self::from_csv_paths(&[path], options)
    }

    /// Reads a corpus from bytes; `name` stands for them in messages.
    ///
    /// # Errors
    ///
    /// As [`from_csv_paths`](Self::from_csv_paths).
    pub fn from_csv_bytes(
        name: impl AsRef<Path>,
        bytes: &[u8],
        options: &CorpusOptions,
    ) -> Result<Self, CorpusError> {
        let mut reading = Reading::new(options);
        reading.add(Table::parse_bytes(name.as_ref(), bytes, &options.table));
        reading.finish()
    }
}

/// A corpus in the making.
struct Reading<'o> {
    builder: Builder<'o>,
    fields: Vec<Fields>,
}

impl<'o> Reading<'o> {
    fn new(options: &'o CorpusOptions) -> Self {
        Self {
            builder: Builder::new(options),
            fields: Vec::new(),
        }
    }

    /// Adds a file. Its errors are noted, and the next file is read all the same.
    fn add(&mut self, table: Result<(Table<'_>, Faults), CorpusError>) {
        let (table, table_faults) = match table {
            Ok(parsed) => parsed,
            Err(error) => return self.builder.refuse(error),
        };
        let Some(mut file) = self.builder.begin(&table) else {
            return;
        };
        if let Err(error) = self.builder.add_rows(&table, &mut file) {
            return self.builder.refuse(error);
        }
        let text_column = file.text_column();
        let (records, warnings) = table.into_records();
        self.fields.push(Fields {
            records,
            text_column,
        });
        self.builder.end(file, table_faults, warnings);
    }

    fn finish(self) -> Result<Corpus, CorpusError> {
        Ok(Corpus {
            rows: self.builder.finish()?,
            fields: self.fields,
        })
    }
}

/// A position; tools that have no missing integers write `14.0`.
pub(crate) fn whole_number(field: &str) -> Option<i64> {
    let field = field.trim();
    let whole = field.split_once('.').map_or(field, |(whole, fraction)| {
        let zero = !fraction.is_empty() && fraction.bytes().all(|digit| digit == b'0');
        if zero { whole } else { field }
    });
    whole.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::corpus::builder::number_of;
    use crate::corpus::error::Place;
    use crate::corpus::{ClassId, ErrorKind};

    #[test]
    fn a31_rows_that_have_no_number_in_32_bits_are_refused() {
        assert_eq!(number_of(1 << 31, 7), Some(1 << 31));
        assert_eq!(number_of(u32::MAX as usize, 7), Some(u32::MAX));
        assert_eq!(number_of(1 << 32, 7), None);
        assert_eq!(number_of(7, u32::MAX as usize), None);
        let place = Place {
            path: Path::new("t.csv").into(),
            line: 1 << 32,
            column: None,
        };
        let error = CorpusError::TooManyRows { place };
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(
            error.to_string().starts_with("t.csv:4294967296: "),
            "{error}"
        );
    }

    fn read(text: &str, options: &CorpusOptions) -> Result<Corpus, CorpusError> {
        Corpus::from_csv_bytes("t.csv", text.as_bytes(), options)
    }

    fn corpus(text: &str) -> Corpus {
        read(text, &CorpusOptions::default()).unwrap()
    }

    fn refused(text: &str) -> CorpusError {
        read(text, &CorpusOptions::default()).unwrap_err()
    }

    fn keeping(unlabelled: Unlabelled) -> CorpusOptions {
        CorpusOptions {
            unlabelled,
            ..CorpusOptions::default()
        }
    }

    fn warnings(corpus: &Corpus) -> Vec<String> {
        corpus.warnings().iter().map(ToString::to_string).collect()
    }

    /// `label` on each of `rows` rows.
    fn labelled(groups: &[(&str, usize)]) -> String {
        let rows = groups
            .iter()
            .flat_map(|&(label, rows)| std::iter::repeat_n(format!("A.,{label}\n"), rows));
        format!("text,label\n{}", rows.collect::<String>())
    }

    #[test]
    fn a_corpus_gives_its_rows_back() {
        let corpus = corpus(
            "source,article,position,label,text\n\
             w,a,-1,none,\"One, two.\"\n\
             w,a,0,claim,Three.\n\
             v,,,none,Four.\n",
        );
        assert_eq!(corpus.len(), 3);
        assert_eq!(corpus.classes(), ["claim", "none"]);
        assert_eq!(corpus.class_counts(), [1, 2]);
        assert_eq!(corpus.text(0), "One, two.");
        assert_eq!(corpus.label(1), Some(ClassId(0)));
        assert_eq!(corpus.position(0), Some(-1));
        assert_eq!(corpus.position(2), None);
        assert_eq!(corpus.article(0), corpus.article(1));
        assert_eq!(corpus.articles().collect::<Vec<_>>(), [Some("a"), None]);
        assert_eq!(corpus.value(2, "source"), Some("v"));
        assert_eq!(corpus.value(2, "sauce"), None);
        assert_eq!(
            corpus.columns(),
            ["source", "article", "position", "label", "text"]
        );
        assert_eq!(corpus.place(2).to_string(), "t.csv:4");
    }

    #[test]
    fn a03_data_without_header_is_refused() {
        let error = refused("It rained.,none\nIt did.,claim\n");
        assert_eq!(
            error.to_string(),
            "t.csv:1:1: no column named `text`; found `It rained.`, `none`\n\
             t.csv:1:1: no column named `label`; found `It rained.`, `none`"
        );
        assert_eq!(
            error.hint().unwrap(),
            "name it, as in `--text-column 1`; if the file has no header, `--no-header`"
        );
        let mut options = CorpusOptions {
            text_column: Some("1".to_owned()),
            label_column: Some("2".to_owned()),
            ..CorpusOptions::default()
        };
        options.table.has_header = false;
        let corpus = read("It rained.,none\nIt did.,claim\n", &options).unwrap();
        assert_eq!((corpus.len(), corpus.text(0)), (2, "It rained."));
    }

    #[test]
    fn a13_a_wrong_delimiter_is_one_error() {
        let mut options = CorpusOptions::default();
        options.table.delimiter = Some(b',');
        let error = read("text;label\nA, b.;x\nC.;y\n", &options).unwrap_err();
        assert_eq!(
            error.to_string(),
            "t.csv:1:1: found 1 column named `text;label`, expected a column `text` beside it"
        );
        assert_eq!(error.hint().unwrap(), "try `--delimiter ';'`");
    }

    #[test]
    fn a15_near_names_are_taken_and_told() {
        let corpus = corpus("Text, LABEL \nA.,x\n");
        assert_eq!(
            warnings(&corpus)[..2],
            [
                "t.csv:1:1: column `Text` is taken for `text`",
                "t.csv:1:6: column ` LABEL ` is taken for `label`"
            ]
        );
        let error = refused("text,lable\nA.,x\n");
        assert_eq!(
            error.to_string(),
            "t.csv:1:1: no column named `label`; found `text`, `lable`"
        );
        assert_eq!(
            error.hint().unwrap(),
            "did you mean `lable`? then `--label-column lable`"
        );
        let options = CorpusOptions {
            label_column: Some("text".to_owned()),
            ..CorpusOptions::default()
        };
        let error = read("text,label\nA.,x\n", &options).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
        assert_eq!(
            error.to_string(),
            "t.csv:1:1: column `text` is to be both text and label, expected two columns"
        );
    }

    #[test]
    fn a15_optional_columns_may_be_missing_unless_asked_for() {
        assert_eq!(corpus("text,label\nA.,x\n").position(0), None);
        let options = CorpusOptions {
            group_column: Some("story".to_owned()),
            ..CorpusOptions::default()
        };
        let error = read("text,label\nA.,x\n", &options).unwrap_err();
        assert_eq!(
            error.to_string(),
            "t.csv:1:1: no column named `story`; found `text`, `label`"
        );
        assert!(error.hint().unwrap().contains("--group-column 1"));
    }

    #[test]
    fn a16_one_column_is_not_enough() {
        let error = refused("text\nA.\n");
        assert_eq!(
            error.to_string(),
            "t.csv:1:1: found 1 column named `text`, expected a column `label` beside it"
        );
        assert_eq!(error.kind(), ErrorKind::Data);
    }

    #[test]
    fn a17_empty_labels_are_refused_left_out_or_kept() {
        let text = "text,label\nA.,x\nB.,\n\"C\n.\",  \nD.,y\n";
        let error = refused(text);
        assert_eq!(
            error.to_string(),
            "t.csv:3:4: the label is empty\nt.csv:5:4: the label is empty"
        );
        assert_eq!(
            error.hint().unwrap(),
            "label the rows, or leave such rows out with `--unlabelled skip`"
        );
        let skipped = read(text, &keeping(Unlabelled::Skip)).unwrap();
        assert_eq!((skipped.len(), skipped.text(1)), (2, "D."));
        assert_eq!(
            warnings(&skipped)[0],
            "t.csv:3:4: row without label left out (2 in all)"
        );
        let kept = read(text, &keeping(Unlabelled::Context)).unwrap();
        assert_eq!((kept.len(), kept.label(1)), (4, None));
        assert_eq!(kept.class_counts(), [1, 1]);
    }

    #[test]
    fn a17_faults_of_rows_and_of_the_table_are_told_in_one_pass_over_all_files() {
        let directory = std::env::temp_dir().join(format!("purport-a17-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let (one, two) = (directory.join("1.csv"), directory.join("2.csv"));
        std::fs::write(&one, "text,label,position\nA.,,1\nB.\nC.,x,one\n").unwrap();
        std::fs::write(&two, "text;label\nD.;\n").unwrap();
        let paths = [&one, &two, &directory.join("3.csv")];
        let error = Corpus::from_csv_paths(&paths, &CorpusOptions::default()).unwrap_err();
        let text = error
            .to_string()
            .replace(&format!("{}/", directory.display()), "");
        std::fs::remove_dir_all(&directory).unwrap();
        assert_eq!(
            text,
            "1.csv:2:4: the label is empty\n\
             1.csv:3:1: found 1 field, expected 3 as in line 1\n\
             1.csv:4:6: the position is `one`, expected a whole number or nothing\n\
             2.csv:2:4: the label is empty\n\
             3.csv: cannot be read"
        );
        let none: [&str; 0] = [];
        let error = Corpus::from_csv_paths(&none, &CorpusOptions::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }

    #[test]
    fn a18_labels_are_trimmed_and_normalised_and_their_case_is_told() {
        let text = format!(
            "{}A.,\u{a0}sport\u{200b}\nA., cafe\u{301}\nA.,caf\u{e9}\n",
            labelled(&[("Sport", 5), ("sport", 2)])
        );
        let apart = corpus(&text);
        assert_eq!(apart.classes(), ["Sport", "café", "sport"]);
        assert_eq!(apart.class_counts(), [5, 2, 3]);
        assert_eq!(apart.normalized_labels(), 2);
        assert_eq!(
            warnings(&apart),
            ["t.csv:7: labels `Sport` (5) and `sport` (3) differ only by case"]
        );
        assert_eq!(
            apart.warnings()[0].hint().unwrap(),
            "make them one with `--merge-case`"
        );
        let options = CorpusOptions {
            merge_case: true,
            ..CorpusOptions::default()
        };
        let merged = read(&text, &options).unwrap();
        assert_eq!(merged.classes(), ["Sport", "café"]);
        assert_eq!(merged.class_counts(), [8, 2]);
        assert!(merged.warnings().is_empty());
    }

    #[test]
    fn a19_rare_labels_near_frequent_ones_are_told() {
        let text = labelled(&[
            ("politics", 40),
            ("politcs", 2),
            ("sports", 40),
            ("arts", 2),
        ]);
        assert_eq!(
            warnings(&corpus(&text)),
            ["t.csv:42: label `politcs` (2) is rare and nearly `politics` (40)"]
        );
    }

    #[test]
    fn a20_one_label_cannot_be_learnt() {
        let error = corpus(&labelled(&[("spam", 500)]))
            .check_trainable()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "only one label, `spam` (500 rows), expected at least 2"
        );
        let empty = read("text,label\nA.,\n", &keeping(Unlabelled::Context)).unwrap();
        assert_eq!(
            empty.check_trainable().unwrap_err().to_string(),
            "no row carries a label (1 rows), expected at least 2 labels"
        );
        assert!(
            corpus(&labelled(&[("x", 2), ("y", 2)]))
                .check_trainable()
                .is_ok()
        );
    }

    #[test]
    fn a21_a_label_of_one_row_is_told() {
        assert_eq!(
            warnings(&corpus(&labelled(&[("x", 2), ("y", 1)]))),
            ["t.csv:4: label `y` has one row only"]
        );
    }

    #[test]
    fn a22_many_labels_are_read() {
        let names: Vec<String> = (0..10_000).map(|i| format!("label{i}")).collect();
        let groups: Vec<_> = names.iter().map(|name| (name.as_str(), 2)).collect();
        let corpus = corpus(&labelled(&groups));
        assert_eq!(
            (corpus.classes().len(), corpus.warnings().len()),
            (10_000, 0)
        );
    }

    #[test]
    fn a23_labels_are_kept_verbatim() {
        let labels = [
            "007",
            "1e5",
            "=1+1",
            "<b>",
            "NaN",
            "\u{1b}[31m",
            "a\nb",
            "none",
            "null",
            "true",
            "“q”",
        ];
        let rows: String = labels
            .iter()
            .map(|label| format!("A.,\"{label}\"\n").repeat(2))
            .collect();
        let corpus = corpus(&format!("text,label\n{rows}"));
        let mut sorted = labels;
        sorted.sort_unstable();
        assert_eq!(corpus.classes(), sorted);
    }

    #[test]
    fn a24_texts_without_words_are_told() {
        let texts = ["", "…", "\u{1f600}", " ", "--", "!", "7", "é"];
        assert_eq!(
            warnings(&corpus(&format!("text,label\n{},x\n", texts.join(",x\n")))),
            [
                "t.csv:2:1: text without a letter or digit (6 in all), also at \
              t.csv:3:1, t.csv:4:1, t.csv:5:1, t.csv:6:1"
            ]
        );
    }

    #[test]
    fn positions_are_whole_numbers() {
        let corpus = corpus("text,label,position\nA.,x,14.0\nB.,x, -3 \nC.,x,\n");
        let positions: Vec<_> = (0..3).map(|row| corpus.position(row)).collect();
        assert_eq!(positions, [Some(14), Some(-3), None]);
        for bad in ["1.5", "1.", "x", "99999999999999999999"] {
            let error = refused(&format!("text,label,position\nA.,x,{bad}\n"));
            assert_eq!(
                error.to_string(),
                format!("t.csv:2:6: the position is `{bad}`, expected a whole number or nothing")
            );
        }
    }

    #[test]
    fn sequences_follow_positions() {
        let corpus = corpus(
            "article,position,label,text\n\
             a,2,x,A2.\na,1,x,A1.\nb,1,x,B1.\na,4,x,A4.\n,5,x,alone.\na,,x,nowhere.\n\
             b,2,x,B2.\na,5,x,A5.\na,5,x,A5: again.\nb,9223372036854775807,x,last.\n",
        );
        assert_eq!(
            corpus.sequences(),
            [
                vec![1, 0],
                vec![2, 6],
                vec![3, 7],
                vec![4],
                vec![5],
                vec![8],
                vec![9]
            ]
        );
    }

    #[test]
    fn sequences_follow_lines_where_there_are_no_positions() {
        let text = "article,label,text\n\
             a,x,A.\na,x,A.\n\nb,x,B.\na,x,A.\n,x,C.\n,x,C.\nb,x,B.\nb,,B.\nb,x,B.\nb,x,B.\nb\nb,x,B.\n";
        let mut options = keeping(Unlabelled::Skip);
        options.table.skip_bad_rows = true;
        let corpus = read(text, &options).unwrap();
        assert_eq!(
            corpus.sequences(),
            [
                vec![0, 1],
                vec![2],
                vec![3],
                vec![4],
                vec![5],
                vec![6],
                vec![7, 8],
                vec![9]
            ]
        );
        assert_eq!(corpus.skipped(), 1);
    }

    type Labelled = (String, Option<ClassId>);

    /// What a model is made from: labels, texts, neighbours.
    fn meaning(corpus: &Corpus) -> (Vec<String>, Vec<Labelled>, Vec<Vec<usize>>) {
        let rows = (0..corpus.len())
            .map(|row| (corpus.text(row).to_owned(), corpus.label(row)))
            .collect();
        (corpus.classes().to_vec(), rows, corpus.sequences())
    }

    proptest! {
        #[test]
        fn i04_style_of_writing_does_not_matter(
            rows in prop::collection::vec(("[a-c,;\" \n]{0,5}", "[xy]", "[ab]?", 0..4_i64), 1..10),
            order in Just([0, 1, 2, 3, 4]).prop_shuffle(),
            always in any::<bool>(),
            crlf in any::<bool>(),
            marked in any::<bool>(),
        ) {
            let names = ["text", "label", "article", "position", "extra"].map(str::to_owned);
            let fields: Vec<[String; 5]> = rows
                .into_iter()
                .map(|(text, label, article, position)| {
                    [text, label, article, position.to_string(), "more".to_owned()]
                })
                .collect();
            let write = |order: &[usize], style, end, mark: &str| {
                let mut writer = csv::WriterBuilder::new()
                    .quote_style(style)
                    .terminator(end)
                    .from_writer(mark.as_bytes().to_vec());
                for row in std::iter::once(&names).chain(&fields) {
                    writer.write_record(order.iter().map(|&i| &row[i])).unwrap();
                }
                String::from_utf8(writer.into_inner().unwrap()).unwrap()
            };
            let plain = write(
                &[0, 1, 2, 3],
                csv::QuoteStyle::Necessary,
                csv::Terminator::Any(b'\n'),
                "",
            );
            let style = if always { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
            let end = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let other = write(&order, style, end, if marked { "\u{feff}" } else { "" });
            prop_assert_eq!(meaning(&corpus(&other)), meaning(&corpus(&plain)));
        }

        #[test]
        fn sequences_cover_every_row_once(
            rows in prop::collection::vec(("[ab]?", "[0-4]?"), 1..20),
            positions in any::<bool>(),
        ) {
            let name = if positions { "position" } else { "extra" };
            let lines: Vec<_> = rows.iter().map(|(a, p)| format!("T.,x,{a},{p}")).collect();
            let corpus = corpus(&format!("text,label,article,{name}\n{}\n", lines.join("\n")));
            let mut seen: Vec<usize> = corpus.sequences().concat();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..corpus.len()).collect::<Vec<_>>());
        }
    }
}
