//! Arrow files and streams through the binary. Without the feature `arrow` they are refused with a hint.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::Sandbox;

#[cfg(not(feature = "arrow"))]
#[test]
fn d19_a_program_without_arrow_says_how_to_get_it() {
    let sandbox = Sandbox::with(&[
        ("a.arrow", "ARROW1\0\0"),
        ("b.feather", "Words."),
        ("c.parquet", "ARROW1\0\0"),
    ]);
    sandbox.run(&["score", "a.arrow"]).expect(3).says(&[
        "error: a.arrow: this is an Arrow file, expected text",
        "hint: build the program with `--features arrow`, or write the file as CSV or JSON Lines first",
    ]);
    sandbox
        .run(&["score", "b.feather"])
        .expect(3)
        .says(&["error: b.feather: this is text, expected an Arrow file"]);
    sandbox
        .run(&["score", "c.parquet"])
        .expect(3)
        .says(&["error: c.parquet: this is an Arrow file, expected a Parquet file"]);
}

#[cfg(feature = "arrow")]
mod with_feature {
    use std::sync::Arc;

    use arrow_array::builder::{ListBuilder, UInt8Builder};
    use arrow_array::types::Int8Type;
    use arrow_array::{
        ArrayRef, BinaryArray, Decimal128Array, DictionaryArray, Float32Array, Float64Array,
        Int8Array, Int64Array, RecordBatch, StringArray, StringViewArray, StructArray,
        TimestampSecondArray, UInt64Array,
    };
    use arrow_ipc::CompressionType;
    use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
    use serde_json::Value;

    use super::Sandbox;

    const DENIED: Option<&str> = Some("The mayor denied it. Sign up for our newsletter!");
    const RAIN: Option<&str> = Some("It rained on Monday.");

    /// These texts, `None` for null, and other columns; `id` counts from `first`.
    fn batch(first: i64, texts: &[Option<&str>]) -> RecordBatch {
        let ids: Vec<i64> = (first..).take(texts.len()).collect();
        let weights: Vec<Option<f64>> = ids
            .iter()
            .map(|i| (i % 2 == 1).then_some(*i as f64 / 2.0))
            .collect();
        let site: ArrayRef = Arc::new(StringArray::from(vec!["wire"; texts.len()]));
        let desk: DictionaryArray<Int8Type> = vec!["city"; texts.len()].into_iter().collect();
        let time = TimestampSecondArray::from(vec![1_700_000_000; texts.len()]);
        let columns: [(&str, ArrayRef); 6] = [
            ("text", Arc::new(StringArray::from(texts.to_vec()))),
            ("id", Arc::new(Int64Array::from(ids))),
            ("weight", Arc::new(Float64Array::from(weights))),
            (
                "page",
                Arc::new(StructArray::try_from(vec![("site", site)]).unwrap()),
            ),
            ("desk", Arc::new(desk)),
            ("time", Arc::new(time.with_timezone("Europe/London"))),
        ];
        let columns = columns.map(|(name, column)| (name, column, true));
        RecordBatch::try_from_iter_with_nullable(columns).unwrap()
    }

    fn packed(compression: Option<CompressionType>) -> IpcWriteOptions {
        IpcWriteOptions::default()
            .try_with_compression(compression)
            .unwrap()
    }

    fn file(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
        let schema = batches[0].schema();
        let options = packed(compression);
        let mut writer = FileWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
        for batch in batches {
            writer.write(batch).unwrap();
        }
        writer.into_inner().unwrap()
    }

    fn stream(batches: &[RecordBatch], compression: Option<CompressionType>) -> Vec<u8> {
        let schema = batches[0].schema();
        let options = packed(compression);
        let mut writer = StreamWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
        for batch in batches {
            writer.write(batch).unwrap();
        }
        writer.into_inner().unwrap()
    }

    fn rows(text: &str) -> Vec<Value> {
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    fn articles(text: &str) -> Vec<Value> {
        rows(text).iter().map(|r| r["article"].clone()).collect()
    }

    #[test]
    fn rows_are_scored_as_the_same_json_lines_are_in_files_and_streams() {
        let common = "\"page\": {\"site\": \"wire\"}, \"desk\": \"city\", \"time\": \"2023-11-14T22:13:20Z\"";
        let lines = format!(
            "{{\"text\": \"The mayor denied it. Sign up for our newsletter!\", \"id\": 1, \"weight\": 0.5, {common}}}\n\
             {{\"text\": \"It rained on Monday.\", \"id\": 2, \"weight\": null, {common}}}\n"
        );
        let sandbox = Sandbox::with(&[("a.jsonl", lines)]);
        let score = |name: &str| {
            sandbox
                .run(&["score", "--format", "jsonl", name])
                .expect(0)
                .text()
        };
        let expected = score("a.jsonl").replace("a.jsonl", "a.arrow");
        let batches = [batch(1, &[DENIED]), batch(2, &[RAIN])];
        for compression in [None, Some(CompressionType::LZ4_FRAME)] {
            for bytes in [file(&batches, compression), stream(&batches, compression)] {
                sandbox.write("a.arrow", bytes);
                assert_eq!(score("a.arrow"), expected, "{compression:?}");
            }
        }
        let stdin = sandbox.run_with(&["score", "--format", "jsonl"], &sandbox.read("a.arrow"));
        assert_eq!(stdin.expect(0).text(), expected.replace("a.arrow", "-"));
    }

    #[test]
    fn texts_may_stand_in_a_dictionary() {
        let texts: DictionaryArray<Int8Type> = [RAIN, DENIED, RAIN].into_iter().collect();
        let columns: [(&str, ArrayRef); 1] = [("text", Arc::new(texts))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let sandbox = Sandbox::with(&[("a.feather", file(&[batch], None))]);
        let run = sandbox
            .run(&["score", "--format", "jsonl", "a.feather"])
            .expect(0);
        assert_eq!(articles(&run.text()), ["1", "2", "2", "3"]);
    }

    #[test]
    fn d19_a_null_is_reported_and_the_others_scored() {
        let batches = [batch(1, &[RAIN, None]), batch(3, &[DENIED])];
        let sandbox = Sandbox::with(&[("a.arrow", stream(&batches, None))]);
        let run = sandbox
            .run(&["score", "--format", "jsonl", "a.arrow"])
            .expect(1);
        let run = run.says(&["a.arrow: row 2: `text` is null, expected a string"]);
        assert_eq!(articles(&run.text()), ["1", "3", "3"]);
    }

    #[test]
    fn d19_no_such_column_is_an_error_with_those_there_are() {
        let sandbox = Sandbox::with(&[("a.arrow", file(&[batch(1, &[RAIN])], None))]);
        sandbox.run(&["score", "--text-field", "body", "a.arrow"]).expect(3).says(&[
            "error: a.arrow: expected one column `body`, found `text`, `id`, `weight`, `page`, `desk`, `time`",
            "hint: ",
        ]);
        sandbox
            .run(&["score", "--text-field", "id", "a.arrow"])
            .expect(3)
            .says(&["error: a.arrow: column `id` holds Int64, expected strings (Utf8)"]);
    }

    #[test]
    fn d19_columns_of_lists_are_left_out_with_a_note_and_views_are_no_text() {
        let mut tags = ListBuilder::new(UInt8Builder::new());
        tags.append_value([Some(1), Some(2)]);
        let columns: [(&str, ArrayRef); 3] = [
            ("text", Arc::new(StringArray::from(vec![RAIN]))),
            ("tag", Arc::new(tags.finish())),
            ("view", Arc::new(StringViewArray::from(vec![RAIN]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let sandbox = Sandbox::with(&[("a.arrow", file(&[batch], None))]);
        let run = sandbox
            .run(&["score", "--format", "jsonl", "a.arrow"])
            .expect(0);
        let run =
            run.says(&["a.arrow: columns of lists, views and such are left out: `tag`, `view`"]);
        assert_eq!(rows(&run.text()).len(), 1);
        sandbox
            .run(&["score", "--text-field", "view", "a.arrow"])
            .expect(3)
            .says(&["error: a.arrow: column `view` holds Utf8View, expected strings (Utf8)"]);
    }

    #[test]
    fn d19_a_file_that_is_cut_off_gives_what_came_before_and_the_next_is_scored() {
        let batches = [batch(1, &[RAIN]), batch(2, &[DENIED])];
        let whole = stream(&batches, None);
        let sandbox = Sandbox::with(&[
            ("a.arrow", &whole[..whole.len() - 100]),
            ("b.arrow", &whole[..]),
        ]);
        let run = sandbox
            .run(&["score", "--format", "labels", "a.arrow", "b.arrow"])
            .expect(1);
        let run = run
            .says(&["error: a.arrow: row 2: it ends within a message: it is cut off or damaged"]);
        assert_eq!(run.text().lines().count(), 4);
    }

    #[test]
    fn d19_a_file_that_ends_between_messages_is_not_taken_for_whole() {
        let batches = [batch(1, &[RAIN]), batch(2, &[DENIED])];
        let whole = file(&batches, None);
        let without_footer = stream(&batches, None);
        let mark = without_footer.len() - 8;
        // A stream with the beginning of a file: all messages, with and without their mark.
        let started = |end| [b"ARROW1\0\0", &without_footer[..end]].concat();
        let sandbox = Sandbox::with(&[
            ("a.arrow", whole[..whole.len() - 6].to_vec()),
            ("b.arrow", started(mark)),
            ("c.arrow", started(mark + 8)),
            ("d.arrow", without_footer.repeat(2)),
            ("e.arrow", without_footer[..mark].to_vec()),
            ("f.arrow", whole.repeat(2)),
        ]);
        for name in ["a.arrow", "b.arrow", "c.arrow"] {
            let run = sandbox
                .run(&["score", "--format", "labels", name])
                .expect(1);
            let problem = "row 3: the end of the file is missing: it is cut off or damaged";
            let run = run.says(&[&format!("error: {name}: {problem}")]);
            assert_eq!(run.text().lines().count(), 3, "{name}");
        }
        sandbox
            .run(&["score", "d.arrow"])
            .expect(1)
            .says(&["error: d.arrow: row 3: more bytes behind the end of the stream"]);
        sandbox
            .run(&["score", "f.arrow"])
            .expect(1)
            .says(&["error: f.arrow: row 3: more bytes behind the end of the file"]);
        // A stream may end so.
        sandbox.run(&["score", "e.arrow"]).expect(0);
    }

    #[test]
    fn d19_nulls_are_told_wherever_they_stand() {
        let values = StringArray::from(vec![RAIN, None]);
        let keys = Int8Array::from(vec![Some(0), Some(1), None]);
        let texts = DictionaryArray::new(keys, Arc::new(values));
        let numbers = Arc::new(Int64Array::from(vec![None, Some(7)]));
        let keys = Int8Array::from(vec![0, 1, 1]);
        let columns: [(&str, ArrayRef); 2] = [
            ("text", Arc::new(texts)),
            ("n", Arc::new(DictionaryArray::new(keys, numbers))),
        ];
        let columns = columns.map(|(name, column)| (name, column, true));
        let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
        let sandbox = Sandbox::with(&[("a.arrow", stream(&[batch], None))]);
        let run = sandbox
            .run(&["score", "--format", "jsonl", "a.arrow"])
            .expect(1);
        let run = run.says(&[
            "a.arrow: row 2: `text` is null, expected a string",
            "a.arrow: row 3: `text` is null, expected a string",
        ]);
        let found = rows(&run.text());
        assert_eq!(found.len(), 1);
        assert!(found[0]["n"].is_null());
    }

    /// By `pyarrow`: the schema says that the column has no nulls.
    #[test]
    fn d19_a_null_where_there_should_be_none_is_told_too() {
        let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus/arrow/not_null");
        let sandbox = Sandbox::with(&[("a.arrow", std::fs::read(kept).unwrap())]);
        let run = sandbox
            .run(&["score", "--format", "labels", "a.arrow"])
            .expect(1);
        let run = run.says(&["a.arrow: row 2: `text` is null, expected a string"]);
        assert_eq!(run.text().lines().count(), 2);
    }

    #[test]
    fn values_come_as_they_are() {
        let decimals = Decimal128Array::from(vec![12_345_678_901_234_567_890_123_456_789_i128]);
        let decimals = decimals.with_precision_and_scale(38, 9).unwrap();
        let columns: [(&str, ArrayRef); 6] = [
            ("text", Arc::new(StringArray::from(vec![RAIN]))),
            ("tenth", Arc::new(Float32Array::from(vec![0.1]))),
            ("sum", Arc::new(decimals)),
            ("raw", Arc::new(BinaryArray::from(vec![&b"\xff\0"[..]]))),
            ("late", Arc::new(TimestampSecondArray::from(vec![i64::MAX]))),
            ("big", Arc::new(UInt64Array::from(vec![u64::MAX]))),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let sandbox = Sandbox::with(&[("a.arrow", file(&[batch], None))]);
        let run = sandbox.run(&["score", "--format", "jsonl", "a.arrow"]);
        let row = &rows(&run.expect(0).text())[0];
        assert_eq!(row["tenth"], 0.1);
        assert_eq!(row["sum"], "12345678901234567890.123456789");
        assert_eq!(row["raw"], "/wA=");
        assert_eq!(row["late"], Value::Null);
        assert_eq!(row["big"], u64::MAX);
    }

    #[test]
    fn d19_buffers_on_top_of_each_other_are_refused() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![RAIN]));
        let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
        let whole = stream(&[batch], None);
        let options = purport::article::ReadOptions::default();
        // The second message is the record batch.
        let length = |at: usize| u32::from_le_bytes(whole[at + 4..at + 8].try_into().unwrap());
        let second = 8 + length(0) as usize;
        let description = &whole[second + 8..][..length(second) as usize];
        let message = arrow_ipc::root_as_message(description).unwrap();
        let buffers = message.header_as_record_batch().unwrap().buffers();
        let texts: &arrow_ipc::Buffer = buffers.unwrap().get(2);
        assert!(texts.offset() > 0 && texts.length() > 0);
        let at = std::ptr::from_ref(texts) as usize - whole.as_ptr() as usize;
        let mut overlapping = whole.clone();
        overlapping[at..at + 8].copy_from_slice(&0_i64.to_le_bytes());
        let read = purport::article::read("a.arrow", &overlapping, &options);
        let told = read.unwrap_err().to_string();
        assert_eq!(told, "a.arrow: row 1: buffers on top of each other");
    }

    /// One long text in a dictionary that many columns share.
    #[test]
    fn d19_a_row_takes_no_more_than_it_may() {
        let long = "x".repeat(2 << 20);
        let names: Vec<String> = (0..9).map(|i| format!("c{i}")).collect();
        let column: DictionaryArray<Int8Type> = [long.as_str()].into_iter().collect();
        let column: ArrayRef = Arc::new(column);
        let mut columns: Vec<(&str, ArrayRef)> = names
            .iter()
            .map(|name| (name.as_str(), Arc::clone(&column)))
            .collect();
        columns.push(("text", Arc::new(StringArray::from(vec![RAIN]))));
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let lz4 = Some(CompressionType::LZ4_FRAME);
        let sandbox = Sandbox::with(&[("a.arrow", stream(&[batch], lz4))]);
        sandbox
            .run(&["score", "--format", "jsonl", "a.arrow"])
            .expect(6)
            .says(&["error: a.arrow: row 1: more than 16777216 bytes"]);
        // The text alone is small.
        sandbox
            .run(&["score", "--format", "labels", "a.arrow"])
            .expect(0);
    }

    #[test]
    fn d19_sizes_that_a_message_claims_are_not_believed() {
        let of = |bytes: &[u8]| {
            let options = purport::article::ReadOptions::default();
            let read = purport::article::read("a.arrow", bytes, &options);
            read.unwrap_err().to_string()
        };
        let text = "It rained. ".repeat(100);
        let whole = stream(
            &[batch(1, &[Some(&text)])],
            Some(CompressionType::LZ4_FRAME),
        );
        let mut long = whole.clone();
        long[4..8].copy_from_slice(&0x00ff_ffff_u32.to_le_bytes());
        let cut = "a.arrow: it ends within a message: it is cut off or damaged";
        assert_eq!(of(&long), cut);
        // What a packed buffer unpacks to stands before its first byte, which begins an LZ4 frame.
        let frame = [0x04, 0x22, 0x4d, 0x18];
        let at = whole.windows(4).position(|w| w == frame).unwrap();
        let mut bomb = whole;
        bomb[at - 8..at].copy_from_slice(&(1_i64 << 40).to_le_bytes());
        assert!(of(&bomb).starts_with("a.arrow: row 1: buffers of 10995116"));
        assert!(of(&bomb).ends_with(" bytes, more than 536870912"));
    }

    /// A dictionary of one long text, which each row names again by one byte.
    #[test]
    fn d19_rows_do_not_grow_far_beyond_the_file() {
        let long = "word ".repeat(100_000);
        let texts: DictionaryArray<Int8Type> = std::iter::repeat_n(long.as_str(), 2_000).collect();
        let columns: [(&str, ArrayRef); 1] = [("text", Arc::new(texts))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let bytes = stream(&[batch], Some(CompressionType::LZ4_FRAME));
        assert!(bytes.len() < 10_000);
        let sandbox = Sandbox::with(&[("a.arrow", bytes)]);
        let run = sandbox.run(&["score", "--split", "none", "--format", "labels", "a.arrow"]);
        let run = run
            .expect(1)
            .says(&["the rows are more than 1000 times as long as the file"]);
        assert!((1..100).contains(&run.text().lines().count()));
    }

    /// Reads bytes as they are, in memory: an error or rows, but no panic and no end of the process.
    fn read(bytes: &[u8]) -> Option<usize> {
        let options = purport::article::ReadOptions {
            format: Some(purport::article::Format::Arrow),
            ..Default::default()
        };
        let input = purport::article::read("a.arrow", bytes, &options).ok()?;
        Some(input.articles.len() + input.failed.len())
    }

    #[test]
    fn d19_no_damage_ends_the_program() {
        let batches = [batch(1, &[RAIN, None]), batch(3, &[DENIED])];
        let lz4 = Some(CompressionType::LZ4_FRAME);
        for mut bytes in [file(&batches, None), stream(&batches, lz4)] {
            assert_eq!(read(&bytes), Some(3));
            for length in 0..bytes.len() {
                // A stream may end after a message.
                assert!(read(&bytes[..length]).is_none_or(|rows| rows <= 3));
            }
            for at in 0..bytes.len() {
                let kept = bytes[at];
                for byte in [kept ^ 1, kept ^ 0x40, !kept, 0x7f] {
                    bytes[at] = byte;
                    read(&bytes);
                }
                bytes[at] = kept;
            }
        }
    }
}
