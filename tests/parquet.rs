//! Parquet files through the binary. Without the feature `parquet` they are refused with a hint.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::Sandbox;

#[cfg(not(feature = "parquet"))]
#[test]
fn d19_a_program_without_parquet_says_how_to_get_it() {
    let sandbox = Sandbox::with(&[("a.parquet", "PAR1\x15\x04"), ("b.parquet", "Words.")]);
    sandbox.run(&["score", "a.parquet"]).expect(3).says(&[
        "error: a.parquet: this is a Parquet file, expected text",
        "hint: build the program with `--features parquet`, or write the file as CSV or JSON Lines first",
    ]);
    sandbox
        .run(&["score", "b.parquet"])
        .expect(3)
        .says(&["error: b.parquet: this is text, expected a Parquet file"]);
}

#[cfg(feature = "parquet")]
mod with_feature {
    use std::sync::Arc;

    use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel};
    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;
    use serde_json::Value;

    use super::Sandbox;

    const SCHEMA: &str = "message m {
        optional binary text (STRING);
        required int64 id;
        optional double weight;
        optional group page { optional binary site (STRING); }
    }";

    /// Row groups of these texts, `None` for null; the other columns count.
    fn file(groups: &[&[Option<&str>]], properties: WriterProperties) -> Vec<u8> {
        let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
        let mut out = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut out, schema, Arc::new(properties)).unwrap();
        let mut id = 0;
        for texts in groups {
            let mut group = writer.next_row_group().unwrap();
            let there: Vec<ByteArray> = texts
                .iter()
                .flatten()
                .map(|t| ByteArray::from(*t))
                .collect();
            let levels: Vec<i16> = texts.iter().map(|t| i16::from(t.is_some())).collect();
            let ids: Vec<i64> = texts
                .iter()
                .map(|_| {
                    id += 1;
                    id
                })
                .collect();
            let weights: Vec<f64> = ids.iter().map(|i| *i as f64 / 2.0).collect();
            let sites = vec![ByteArray::from("wire"); texts.len()];
            let ones = vec![1; texts.len()];
            let twos = vec![2; texts.len()];
            let mut column = group.next_column().unwrap().unwrap();
            column
                .typed::<ByteArrayType>()
                .write_batch(&there, Some(&levels), None)
                .unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column
                .typed::<Int64Type>()
                .write_batch(&ids, None, None)
                .unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column
                .typed::<DoubleType>()
                .write_batch(&weights, Some(&ones), None)
                .unwrap();
            column.close().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            column
                .typed::<ByteArrayType>()
                .write_batch(&sites, Some(&twos), None)
                .unwrap();
            column.close().unwrap();
            group.close().unwrap();
        }
        writer.close().unwrap();
        out
    }

    fn plain(groups: &[&[Option<&str>]]) -> Vec<u8> {
        file(groups, WriterProperties::builder().build())
    }

    const DENIED: Option<&str> = Some("The mayor denied it. Sign up for our newsletter!");
    const RAIN: Option<&str> = Some("It rained on Monday.");

    fn rows(text: &str) -> Vec<Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn rows_are_scored_as_the_same_json_lines_are_in_every_packing() {
        let sandbox = Sandbox::with(&[(
            "a.jsonl",
            "{\"text\": \"The mayor denied it. Sign up for our newsletter!\", \"id\": 1, \"weight\": 0.5, \"page\": {\"site\": \"wire\"}}\n\
             {\"text\": \"It rained on Monday.\", \"id\": 2, \"weight\": 1.0, \"page\": {\"site\": \"wire\"}}\n",
        )]);
        let score = |name: &str| {
            sandbox
                .run(&["score", "--format", "jsonl", name])
                .expect(0)
                .text()
        };
        let expected = score("a.jsonl").replace("a.jsonl", "a.parquet");
        for compression in [
            Compression::UNCOMPRESSED,
            Compression::SNAPPY,
            Compression::GZIP(GzipLevel::default()),
            Compression::LZ4_RAW,
            Compression::BROTLI(BrotliLevel::default()),
        ] {
            let properties = WriterProperties::builder()
                .set_compression(compression)
                .build();
            sandbox.write("a.parquet", file(&[&[DENIED], &[RAIN]], properties));
            assert_eq!(score("a.parquet"), expected, "{compression}");
        }
        let stdin = sandbox.run_with(&["score", "--format", "jsonl"], &sandbox.read("a.parquet"));
        assert_eq!(stdin.expect(0).text(), expected.replace("a.parquet", "-"));
    }

    /// By `pyarrow` with pages of both versions, and by Polars, whose default it is.
    #[test]
    fn pages_packed_by_zstandard_are_read() {
        let sandbox = Sandbox::with(&[("a.parquet", plain(&[&[DENIED, None, RAIN]]))]);
        let score = |name: &str| {
            let args = ["score", "--format", "jsonl", "--text-field", "text", name];
            let run = sandbox.run(&args).expect(1);
            let run = run.says(&[&format!("{name}: row 2: `text` is null")]);
            let places =
                |row: &Value| [&row["article"], &row["start"], &row["label"]].map(Clone::clone);
            rows(&run.text()).iter().map(places).collect::<Vec<_>>()
        };
        let expected = score("a.parquet");
        for kept in ["zstd_v1", "zstd_v2", "zstd_polars"] {
            let path = format!("{}/fuzz/corpus/parquet/{kept}", env!("CARGO_MANIFEST_DIR"));
            sandbox.write("b.parquet", std::fs::read(path).unwrap());
            assert_eq!(score("b.parquet"), expected, "{kept}");
        }
    }

    #[test]
    fn d19_a_null_is_reported_and_the_others_scored() {
        let sandbox = Sandbox::with(&[("a.parquet", plain(&[&[RAIN, None], &[DENIED]]))]);
        let run = sandbox
            .run(&["score", "--format", "jsonl", "a.parquet"])
            .expect(1);
        let run = run.says(&["a.parquet: row 2: `text` is null, expected a string"]);
        let articles: Vec<Value> = rows(&run.text())
            .iter()
            .map(|r| r["article"].clone())
            .collect();
        assert_eq!(articles, ["1", "3", "3"]);
    }

    #[test]
    fn d19_no_such_column_is_an_error_with_those_there_are() {
        let sandbox = Sandbox::with(&[("a.parquet", plain(&[&[RAIN]]))]);
        sandbox.run(&["score", "--text-field", "body", "a.parquet"]).expect(3).says(&[
            "error: a.parquet: expected one column `body`, found `text`, `id`, `weight`, `page`",
            "hint: ",
        ]);
        let site = sandbox
            .run(&["score", "--text-column", "id", "a.parquet"])
            .expect(3);
        site.says(&["a.parquet: row 1: `id` is no text, expected a string"]);
    }

    #[test]
    fn d19_two_columns_of_one_name_are_refused_where_they_would_be_written() {
        let schema =
            "message m { required binary text (STRING); optional int64 n; optional int64 n; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut out = Vec::new();
        let writer = SerializedFileWriter::new(&mut out, schema, Arc::default()).unwrap();
        writer.close().unwrap();
        let sandbox = Sandbox::with(&[("a.parquet", out)]);
        let jsonl = sandbox.run(&["score", "--format", "jsonl", "a.parquet"]);
        jsonl
            .expect(3)
            .says(&["error: a.parquet: two columns are called `n`"]);
        sandbox
            .run(&["score", "--format", "labels", "a.parquet"])
            .expect(0);
    }

    #[test]
    fn d19_columns_of_lists_are_left_out_with_a_note() {
        let schema = "message m { required binary text (STRING); repeated int64 tag; }";
        let schema = Arc::new(parse_message_type(schema).unwrap());
        let mut out = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut out, schema, Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let text = [ByteArray::from("It rained on Monday.")];
        column
            .typed::<ByteArrayType>()
            .write_batch(&text, None, None)
            .unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column
            .typed::<Int64Type>()
            .write_batch(&[1, 2], Some(&[1, 1]), Some(&[0, 1]))
            .unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        let sandbox = Sandbox::with(&[("a.parquet", out)]);
        let run = sandbox
            .run(&["score", "--format", "jsonl", "a.parquet"])
            .expect(0);
        let run = run.says(&["a.parquet: columns of lists or maps are left out: `tag`"]);
        assert_eq!(rows(&run.text()).len(), 1);
    }

    #[test]
    fn d19_an_encoding_that_cannot_be_bounded_is_refused_with_a_hint() {
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::PLAIN)
            .set_column_encoding("text".into(), Encoding::DELTA_LENGTH_BYTE_ARRAY)
            .build();
        let sandbox = Sandbox::with(&[("a.parquet", file(&[&[RAIN]], properties))]);
        sandbox.run(&["score", "a.parquet"]).expect(3).says(&[
            "error: a.parquet: row 1: column `text`: a page in encoding 6, which is not read",
            "hint: write the file again",
        ]);
    }

    #[test]
    fn d19_a_file_that_is_cut_off_is_refused_and_the_next_one_scored() {
        let whole = plain(&[&[RAIN]]);
        let sandbox = Sandbox::with(&[
            ("a.parquet", &whole[..whole.len() / 2]),
            ("b.parquet", &whole[..]),
        ]);
        let run = sandbox
            .run(&["score", "--format", "labels", "a.parquet", "b.parquet"])
            .expect(1);
        let run = run
            .says(&["error: a.parquet: the end of the file is missing: it is cut off or damaged"]);
        assert_eq!(run.text().lines().count(), 1);
    }

    #[test]
    fn d19_a_file_that_was_damaged_in_its_pages_gives_what_came_before() {
        let mut bytes = file(
            &[&[RAIN], &[DENIED]],
            WriterProperties::builder()
                .set_dictionary_enabled(false)
                .build(),
        );
        // A value is its length and its bytes; what the header says of the page stays true.
        let value = b"\x30\0\0\0The mayor";
        let second = bytes.windows(value.len()).position(|w| w == value);
        let second = second.unwrap();
        bytes[second..second + 4].copy_from_slice(&[0xff; 4]);
        let sandbox = Sandbox::with(&[("a.parquet", bytes)]);
        let run = sandbox
            .run(&["score", "--format", "labels", "a.parquet"])
            .expect(1);
        let run = run.says(&["error: a.parquet: row 2: "]);
        assert_eq!(run.text().lines().count(), 1);
    }

    /// The column `page.site` has a value less than there are rows: an input that the fuzzer thought of.
    #[test]
    fn d19_an_error_behind_good_rows_is_told_and_no_row_lost() {
        let kept = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/fuzz/corpus/parquet/ends_early"
        );
        let sandbox = Sandbox::with(&[("a.parquet", std::fs::read(kept).unwrap())]);
        let run = sandbox
            .run(&["score", "--format", "jsonl", "a.parquet"])
            .expect(1)
            .says(&[
                "a.parquet: row 2: `text` is null",
                "error: a.parquet: row 4: ",
            ]);
        let articles: Vec<Value> = rows(&run.text())
            .iter()
            .map(|r| r["article"].clone())
            .collect();
        assert_eq!(articles, ["1", "1", "3"]);
    }

    /// Reads bytes as they are, in memory: an error or rows, but no panic and no end of the process.
    fn read(bytes: &[u8]) -> bool {
        let options = purport::article::ReadOptions::default();
        purport::article::read("a.parquet", bytes, &options).is_ok()
    }

    #[test]
    fn d19_no_damage_ends_the_program() {
        let files = [
            plain(&[&[RAIN, None], &[DENIED]]),
            file(
                &[&[RAIN, DENIED]],
                WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_writer_version(parquet::file::properties::WriterVersion::PARQUET_2_0)
                    .set_encoding(Encoding::PLAIN)
                    .set_dictionary_enabled(false)
                    .build(),
            ),
        ];
        for mut bytes in files {
            assert!(read(&bytes));
            for length in 0..bytes.len() {
                assert!(!read(&bytes[..length]), "{length}");
            }
            for at in 4..bytes.len() {
                let kept = bytes[at];
                // Each bit, the largest numbers of one byte and of several, and a length of nothing.
                let changed = (0..8).map(|bit| kept ^ 1 << bit);
                for byte in changed.chain([0, 0x7f, 0xfe, 0xff]) {
                    bytes[at] = byte;
                    read(&bytes);
                }
                bytes[at] = kept;
                // A number of five bytes in place of one.
                let longer = [
                    &bytes[..at],
                    &[0xfe, 0xff, 0xff, 0xff, 0x0f],
                    &bytes[at + 1..],
                ];
                read(&longer.concat());
            }
        }
    }
}
