//! Bad input through the binary, by row of the fault matrix.

#![allow(
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "tests compare exact values and count small things"
)]

mod common;

use common::{NEWS, Sandbox};

/// Trains on `content` and expects a failure of the data with its place, and a hint where there is a cure.
#[track_caller]
fn refused(content: impl AsRef<[u8]>, parts: &[&str]) {
    refused_with(content, &[], 3, parts);
}

#[track_caller]
fn refused_with(content: impl AsRef<[u8]>, options: &[&str], code: i32, parts: &[&str]) {
    let sandbox = Sandbox::with(&[
        ("t.csv", content.as_ref()),
        ("m.safetensors", b"an old model"),
    ]);
    let arguments = [&["train", "t.csv", "-o", "m.safetensors"], options].concat();
    sandbox.run(&arguments).expect(code).says(parts);
    assert_eq!(sandbox.read("m.safetensors"), b"an old model");
}

/// Trains and gives the bytes of the model.
#[track_caller]
fn model_of(content: impl AsRef<[u8]>, options: &[&str]) -> Vec<u8> {
    let sandbox = Sandbox::with(&[("t.csv", content.as_ref())]);
    let arguments = [
        &["train", "t.csv", "-o", "m.safetensors", "--folds", "3"],
        options,
    ]
    .concat();
    sandbox.run(&arguments).expect(0);
    sandbox.read("m.safetensors")
}

#[test]
fn a01_an_empty_file() {
    refused("", &["t.csv: the file is empty", "hint: "]);
}

#[test]
fn a02_a_header_alone() {
    refused(
        "label,text\n",
        &["t.csv:1: no rows after the header (line 1)"],
    );
}

#[test]
fn a03_no_header() {
    refused(
        "yes,I agree.\nno,I do not.\n",
        &["t.csv:1:1: no column named `text`", "hint: ", "--no-header"],
    );
    model_of(
        NEWS.split_once('\n').unwrap().1,
        &[
            "--no-header",
            "--text-column",
            "4",
            "--label-column",
            "3",
            "--group-column",
            "1",
            "--position-column",
            "2",
        ],
    );
}

#[test]
fn a04_a_mark_at_the_start_changes_nothing() {
    let marked = format!("\u{feff}{NEWS}");
    assert!(model_of(&marked, &[]) == model_of(NEWS, &[]));
}

#[test]
fn a05_utf16_is_decoded_or_refused() {
    let plain = model_of(NEWS, &[]);
    for (big, mark) in [(false, [0xFF, 0xFE]), (true, [0xFE, 0xFF])] {
        let units = NEWS.encode_utf16().flat_map(|u| {
            if big {
                u.to_be_bytes()
            } else {
                u.to_le_bytes()
            }
        });
        let with_mark: Vec<u8> = mark.into_iter().chain(units.clone()).collect();
        assert!(model_of(&with_mark, &[]) == plain);
        refused(units.collect::<Vec<u8>>(), &["UTF-16", "hint: "]);
    }
    let utf32: Vec<u8> = "\u{feff}label"
        .chars()
        .flat_map(|c| u32::from(c).to_le_bytes())
        .collect();
    refused(utf32, &["UTF-32", "iconv"]);
}

#[test]
fn a06_latin1_is_refused_with_the_byte() {
    let latin1 = b"label,text\nyes,I agree.\nno,caf\xe9 au lait\n";
    refused(
        latin1,
        &[
            "t.csv:3:7: byte 0xE9 is not valid UTF-8",
            "hint: ",
            "--encoding latin1",
        ],
    );
    let rows = NEWS.replace("The river", "Café river");
    let bytes: Vec<u8> = rows
        .chars()
        .filter(|c| u32::from(*c) < 256)
        .map(|c| c as u8)
        .collect();
    model_of(bytes, &["--encoding", "latin1"]);
    let sandbox = Sandbox::with(&[("t.csv", [NEWS.as_bytes(), b"j,0,none,caf\xe9\n"].concat())]);
    sandbox
        .run(&["train", "t.csv", "-o", "m", "--folds", "3", "--lossy"])
        .expect(0)
        .says(&["warning: ", "replaced"]);
}

#[test]
fn a07_faulty_utf8_is_refused() {
    for bytes in [
        &b"\xc0\xaf"[..],
        b"\xed\xa0\x80",
        b"\xef\xbf\xbe",
        b"\xe2\x82",
    ] {
        refused(
            [b"label,text\nyes,", bytes].concat(),
            &["t.csv:2:5: byte 0x"],
        );
    }
}

#[test]
fn a08_nul_bytes() {
    let sandbox = Sandbox::with(&[("t.csv", NEWS.replace("The river", "The\0river"))]);
    sandbox
        .run(&["train", "t.csv", "-o", "m", "--folds", "3"])
        .expect(0)
        .says(&["warning: t.csv:"]);
    refused([0u8; 500], &["t.csv: this is", "binary"]);
}

#[test]
fn a09_line_ends_change_nothing() {
    let plain = model_of(NEWS, &[]);
    for rows in [
        NEWS.replace('\n', "\r\n"),
        NEWS.replace('\n', "\r"),
        NEWS.trim_end().to_owned(),
    ] {
        assert!(model_of(&rows, &[]) == plain);
    }
    refused(
        "label,text\ryes,I agree.\rno,I do not.\r,I forgot.\r",
        &["t.csv:4:1: the label is empty"],
    );
}

#[test]
fn a10_a_quote_that_is_never_closed() {
    refused(
        "label,text\nyes,\"I agree.\nno,I do not.\nyes,Me too.\n",
        &["t.csv:2:5: quoted field is never closed"],
    );
}

#[test]
fn a11_text_after_a_closing_quote_is_a_warning() {
    let sandbox = Sandbox::with(&[(
        "t.csv",
        NEWS.replace("The river runs", "\"The river\" runs"),
    )]);
    sandbox
        .run(&["train", "t.csv", "-o", "m", "--folds", "3"])
        .expect(0)
        .says(&["warning: t.csv:", "after"]);
}

#[test]
fn a12_ragged_rows_are_listed() {
    let content = format!(
        "label,text\nno,fine\n{}",
        "yes,One too many.,extra\n".repeat(30)
    );
    let sandbox = Sandbox::with(&[("t.csv", &content)]);
    let run = sandbox.run(&["train", "t.csv", "-o", "m"]).expect(3);
    assert_eq!(
        run.stderr.matches("error: t.csv:").count(),
        20,
        "{}",
        run.stderr
    );
    let run = run.says(&["t.csv:3", "and 10 more", "hint: ", "--skip-bad-rows"]);
    drop(run);
    let some = format!("{NEWS}j,0,none,too,many\n");
    let sandbox = Sandbox::with(&[("t.csv", &some)]);
    sandbox
        .run(&[
            "train",
            "t.csv",
            "-o",
            "m",
            "--folds",
            "3",
            "--skip-bad-rows",
        ])
        .expect(1)
        .says(&["1 bad row"]);
    assert!(sandbox.read("m") == model_of(NEWS, &[]));
}

#[test]
fn a13_another_delimiter() {
    let plain = model_of(NEWS, &[]);
    let semicolons = "label;text\nyes;I agree.\nno;I do not.\n";
    refused_with(
        semicolons,
        &["--delimiter", ","],
        3,
        &["`label;text`", "--delimiter"],
    );
    let tabs: String = {
        let mut reader = csv::Reader::from_reader(NEWS.as_bytes());
        let mut writer = csv::WriterBuilder::new()
            .delimiter(b'\t')
            .from_writer(Vec::new());
        writer.write_record(reader.headers().unwrap()).unwrap();
        for record in reader.records() {
            writer.write_record(&record.unwrap()).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    };
    assert!(model_of(&tabs, &[]) == plain);
}

#[test]
fn a14_a_column_twice() {
    refused("text,label,text\na,yes,b\n", &["t.csv:1:", "`text`"]);
}

#[test]
fn a15_a_column_is_found_but_for_case_and_spaces() {
    let near = NEWS.replacen("label,text", " Label ,Text", 1);
    assert!(model_of(&near, &[]) == model_of(NEWS, &[]));
    refused(
        "label,txt\nyes,a\n",
        &["t.csv:1:1: no column named `text`", "hint: ", "txt"],
    );
}

#[test]
fn a16_an_empty_header_or_one_column() {
    refused("label,,text\nyes,x,a\n", &["t.csv:1:"]);
    refused("text\nI agree.\n", &["t.csv:1:"]);
}

#[test]
fn a17_empty_labels_are_listed_or_skipped() {
    let rows = format!("{NEWS}j,0,,No label here.\n");
    refused_with(
        &rows,
        &["--folds", "3"],
        3,
        &[
            "t.csv:31:5: the label is empty",
            "hint: ",
            "--unlabelled skip",
        ],
    );
    assert!(model_of(&rows, &["--unlabelled", "skip"]) == model_of(NEWS, &[]));
}

#[test]
fn a20_one_label_alone() {
    refused(
        "label,text\nyes,I agree.\nyes,Me too.\n",
        &["only one label"],
    );
    // A quotation mark that swallowed the rows of the other label.
    refused(
        "text,label\nA.,x\n\"B.,y\nC.,y\n\" D.,x\n",
        &[":5:2: text after closing quote", "only one label"],
    );
}

#[test]
fn a33_other_kinds_of_files() {
    for (bytes, kind) in [
        (&b"%PDF-1.7\n"[..], "PDF"),
        (b"PK\x03\x04aaaa", "ZIP"),
        (b"{\"label\": \"yes\"}\n", "JSON"),
    ] {
        refused(bytes, &["t.csv: this is", kind]);
    }
}

#[test]
fn b01_no_usable_word() {
    let marks = "label,text\nyes,...\nno,!!!\nyes,???\nno,***\nyes,--\nno,;;\n";
    refused_with(
        marks,
        &["--shape=off", "--folds", "2"],
        3,
        &["no term is left", "hint: "],
    );
}

#[test]
fn b02_some_rows_without_a_word() {
    let sandbox = Sandbox::with(&[("t.csv", format!("{NEWS}j,0,none,***\n"))]);
    sandbox
        .run(&["train", "t.csv", "-o", "m", "--folds", "3", "--shape=off"])
        .expect(0)
        .says(&["warning: t.csv:31"]);
    let run = sandbox
        .run_with(&["score", "--model", "m", "--format", "jsonl"], b"***\n")
        .expect(0);
    let p = run.json_lines()[0]["confidence"].as_f64().unwrap();
    assert!(p.is_finite() && p > 0.0);
}

#[test]
fn b03_separable_data_end_and_alpha_0_is_refused() {
    let rows = "label,text\nyes,alpha\nno,beta\nyes,alpha alpha\nno,beta beta\n";
    let sandbox = Sandbox::with(&[("t.csv", rows)]);
    let arguments = [
        "train",
        "t.csv",
        "-o",
        "m",
        "--calibration",
        "none",
        "--alpha",
    ];
    for alpha in ["1", "0.000001"] {
        sandbox
            .run(&[&arguments[..], &[alpha]].concat())
            .expect(0)
            .says(&["converged"]);
    }
    refused_with(rows, &["--alpha", "0"], 2, &["greater than 0"]);
}

#[test]
fn b06_alpha_out_of_range() {
    for alpha in ["0", "-1", "NaN", "inf", "1,5", ""] {
        refused_with(
            NEWS,
            &["--alpha", alpha],
            2,
            &["--alpha", "finite number greater than 0"],
        );
    }
    for alpha in ["1e300", "1e12", "1e-12", "1e-300"] {
        let sandbox = Sandbox::with(&[("t.csv", NEWS)]);
        sandbox
            .run(&[
                "train", "t.csv", "-o", "m", "--folds", "3", "--alpha", alpha,
            ])
            .expect(0);
        sandbox.run(&["model", "verify", "m"]).expect(0);
    }
}

#[test]
fn b11_too_few_iterations_are_said_and_kept() {
    let arguments = [
        "train",
        "t.csv",
        "-o",
        "m",
        "--folds",
        "3",
        "--max-iterations",
        "1",
        "--alpha",
        "0.001",
    ];
    let sandbox = Sandbox::with(&[("t.csv", NEWS)]);
    sandbox
        .run(&[&arguments[..], &["--strict"]].concat())
        .expect(1)
        .says(&["did not converge: gradient norm", "nothing written"]);
    assert!(!sandbox.path("m").exists());
    sandbox
        .run(&arguments)
        .expect(0)
        .says(&["did not converge: gradient norm"]);
    let run = sandbox
        .run(&["model", "inspect", "m", "--format", "json"])
        .expect(0);
    let model: serde_json::Value = serde_json::from_str(&run.text()).unwrap();
    assert_eq!(model["training"]["converged"], false);
}

#[test]
fn b19_a_missing_directory_is_found_before_the_data_are_read() {
    let sandbox = Sandbox::with(&[("t.csv", "not even a table")]);
    sandbox
        .run(&["train", "t.csv", "-o", "no/m.safetensors"])
        .expect(5)
        .says(&["`no`"]);
}

#[test]
fn b20_an_existing_model_is_replaced_whole_or_not_at_all() {
    let sandbox = Sandbox::trained();
    let old = sandbox.read("m.safetensors");
    let arguments = [
        "train",
        "news.csv",
        "-o",
        "m.safetensors",
        "--folds",
        "3",
        "--ngrams",
        "1",
    ];
    sandbox
        .run(&[&arguments[..], &["--no-overwrite"]].concat())
        .expect(5)
        .says(&["m.safetensors"]);
    sandbox.run(&arguments).expect(0);
    assert!(sandbox.read("m.safetensors") != old);
    refused("label,text\n", &[]);
}

#[cfg(unix)]
#[test]
fn b21_b22_special_targets() {
    let sandbox = Sandbox::with(&[("news.csv", NEWS)]);
    std::fs::create_dir(sandbox.path("d")).unwrap();
    sandbox.run(&["train", "news.csv", "-o", "d"]).expect(5);
    sandbox.write("real", "old");
    std::os::unix::fs::symlink("real", sandbox.path("link")).unwrap();
    sandbox
        .run(&["train", "news.csv", "-o", "link", "--folds", "3"])
        .expect(0);
    assert!(sandbox.path("link").is_symlink());
    sandbox.run(&["model", "verify", "real"]).expect(0);
    sandbox
        .run(&["train", "news.csv", "-o", "/dev/null", "--folds", "3"])
        .expect(0);
    assert!(!std::path::Path::new("/dev/null").is_file());
}

#[test]
fn b23_the_input_is_not_overwritten() {
    let sandbox = Sandbox::with(&[("news.csv", NEWS)]);
    sandbox
        .run(&["train", "news.csv", "-o", "news.csv"])
        .expect(2)
        .says(&["news.csv", "hint: "]);
    sandbox
        .run(&["train", "news.csv", "-o", "./news.csv"])
        .expect(2);
    sandbox
        .run(&["train", "news.csv", "-o", "m", "--folds", "3"])
        .expect(0);
    sandbox
        .run(&[
            "eval", "news.csv", "-m", "m", "-q", "--format", "json", "-o", "r.json",
        ])
        .expect(0);
    for command in [
        "eval news.csv -o news.csv",
        "eval news.csv -m m -o m",
        "eval news.csv --baseline r.json -o r.json",
        "eval news.csv --train news.csv -o ./news.csv",
        "check news.csv -o news.csv",
        "check news.csv --against r.json -o r.json",
        "compare builtin m news.csv -o m",
        "tune news.csv -o news.csv",
        "score news.csv -o news.csv",
        "score news.csv -m m -o m",
        "score news.csv --text-output news.csv",
        "explain news.csv:1 -o news.csv",
        "model export m -o m",
        "model inspect m -o m",
        "model diff builtin m -o m",
    ] {
        let before = ["news.csv", "m", "r.json"].map(|name| sandbox.read(name));
        let arguments: Vec<&str> = command.split(' ').collect();
        sandbox
            .run(&arguments)
            .expect(2)
            .says(&["is read and written", "hint: "]);
        let after = ["news.csv", "m", "r.json"].map(|name| sandbox.read(name));
        assert!(before == after, "{command}");
    }
}

/// Both commands that read a model refuse these bytes in the same way.
#[track_caller]
fn no_model(bytes: &[u8], parts: &[&str]) {
    let sandbox = Sandbox::with(&[("m", bytes)]);
    sandbox
        .run(&["model", "verify", "m"])
        .expect(4)
        .says(&["error: m: "])
        .says(parts);
    sandbox
        .run_with(&["score", "--model", "m"], b"One.")
        .expect(4)
        .says(parts);
}

#[test]
fn c01_truncated_models() {
    let model = Sandbox::trained().read("m.safetensors");
    for length in [1, 7, 8, 9, 100, model.len() / 2, model.len() - 1] {
        no_model(&model[..length], &[]);
    }
    no_model(&model[..model.len() - 1], &["truncated: ", "hint: "]);
}

#[test]
fn c02_flipped_bits() {
    let model = Sandbox::trained().read("m.safetensors");
    for at in (0..model.len()).step_by(model.len() / 40) {
        let mut flipped = model.clone();
        flipped[at] ^= 1 << (at % 8);
        no_model(&flipped, &[]);
    }
}

#[test]
fn c05_c06_other_files_given_as_models() {
    for (bytes, kind) in [
        (&b"label,text\nyes,no\n"[..], "CSV"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "PNG"),
        (b"\x80\x04\x95\x10\0\0\0\0\0\0\0", "pickle"),
        (b"GGUF\x03\0\0\0", "GGUF"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
            "LFS",
        ),
        (b"<!DOCTYPE html><html><body>404</body></html>", "HTML"),
    ] {
        no_model(bytes, &[kind]);
    }
    let stock = safetensors::serialize(
        [(
            "w",
            safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1], &[0, 0, 0, 0])
                .unwrap(),
        )],
        None,
    )
    .unwrap();
    no_model(&stock, &["safetensors"]);
}

#[test]
fn c07_a_newer_version() {
    let mut model = Sandbox::trained().read("m.safetensors");
    let at = model
        .windows(15)
        .position(|w| w == b"purport-model/1")
        .unwrap();
    model[at + 14] = b'2';
    no_model(&model, &["newer", "hint: "]);
}

#[test]
fn c08_an_unknown_tokenizer_is_refused() {
    // An intact file whose tokenizer this version does not have: built with the library's own writer.
    use purport::classifier::container::{read, write};
    let bytes = Sandbox::trained().read("m.safetensors");
    let mut contents = read(&bytes).unwrap().to_contents();
    contents.metadata.tokenizer["version"] = 99.into();
    no_model(
        &write(&contents).unwrap(),
        &["metadata `tokenizer`", "hint: "],
    );
}

#[test]
fn c09_absurd_header_lengths() {
    for length in [0u64, 1, 1 << 32, 1 << 63, u64::MAX] {
        no_model(
            &[
                &length.to_le_bytes()[..],
                b"{\"__metadata__\":{\"format\":\"purport-model/1\"",
            ]
            .concat(),
            &[],
        );
    }
}

#[test]
fn c10_c11_c12_hostile_content_with_right_checksums() {
    use purport::classifier::container::{read, write};
    let bytes = Sandbox::trained().read("m.safetensors");
    let good = read(&bytes).unwrap().to_contents();
    // The writer refuses what the reader refuses, so such files cannot even be made with it; those that are
    // forged around it are in the unit tests of the container.
    let mut nan = good.clone();
    nan.weights[0] = f32::NAN;
    assert!(write(&nan).unwrap_err().to_string().contains("weights"));
    let mut unsorted = good.clone();
    let mut words: Vec<&str> = good.words.iter().collect();
    words.reverse();
    unsorted.words = words.into_iter().collect();
    assert!(write(&unsorted).is_err());
    let mut short = good.clone();
    short.weights.pop();
    assert!(write(&short).is_err());
    // What the writer takes, and no training gives.
    let mut upside_down = good.clone();
    upside_down.calibration.as_mut().unwrap()[0] = -1.0;
    no_model(
        &write(&upside_down).unwrap(),
        &["section `calibration`: the scale is -1.0, expected a number greater than 0"],
    );
    let mut other = good;
    other.metadata.options["solver"] = "magic".into();
    no_model(
        &write(&other).unwrap(),
        &["metadata `options`: no solver `magic`, expected one of sparse, dense"],
    );
}

#[cfg(unix)]
#[test]
fn c16_models_that_are_no_files() {
    let sandbox = Sandbox::with(&[("empty", "")]);
    sandbox.run(&["model", "verify", "empty"]).expect(4);
    sandbox.run(&["model", "verify", "."]).expect(5);
    sandbox
        .run(&["model", "verify", "missing"])
        .expect(5)
        .says(&["missing"]);
    sandbox.run(&["model", "verify", "/dev/zero"]).expect(5);
}

#[test]
fn d01_nothing_to_score() {
    for input in ["", " \n\t\n ", "\u{feff}"] {
        let run = Sandbox::new()
            .run_with(&["score", "--format", "jsonl"], input.as_bytes())
            .expect(0);
        let run = run.says(&["note: no sentences"]);
        assert_eq!(run.text(), "", "for input {input:?}");
    }
}

#[test]
fn d04_d05_offsets_slice_the_text_and_lose_nothing() {
    let text = "👩‍👩‍👧 Hello. שלום עולם. e\u{301}te\u{301}! \u{202e}abc\u{202c} Zero\u{200b}width.\n\nEnd\u{7}.";
    let sandbox = Sandbox::with(&[("a.txt", text)]);
    let run = sandbox
        .run(&["score", "--format", "jsonl", "a.txt"])
        .expect(0);
    let mut end = 0;
    for row in run.json_lines() {
        let (start, stop) = (
            row["start"].as_u64().unwrap() as usize,
            row["end"].as_u64().unwrap() as usize,
        );
        assert!(text[end..start].chars().all(char::is_whitespace));
        assert_eq!(&text[start..stop], row["text"].as_str().unwrap());
        end = stop;
    }
    assert!(text[end..].trim().is_empty());
}

#[test]
fn d07_a_bad_line_among_good_ones() {
    let lines = "{\"text\": \"One.\"}\n{\"text\": oops}\n{\"body\": \"x\"}\n{\"text\": 5}\n{\"text\": \"Two.\"}\n";
    let deep = format!("{}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    let sandbox = Sandbox::with(&[("a.jsonl", [lines, &deep].concat())]);
    let run = sandbox
        .run(&["score", "--format", "jsonl", "a.jsonl"])
        .expect(1);
    assert_eq!(run.json_lines().len(), 2);
    drop(run.says(&[
        "error: a.jsonl:2:10: ",
        "error: a.jsonl:3:1: no field `text`",
        "error: a.jsonl:4:1: ",
        "error: a.jsonl:6:",
    ]));
}

#[test]
fn d09_d10_bad_files_among_good_ones() {
    let sandbox = Sandbox::with(&[
        ("a.txt", &b"One."[..]),
        ("b.txt", b"\x7fELF\x02\x01\x01\0\0"),
        ("c.txt", b"Two."),
    ]);
    let run = sandbox
        .run(&[
            "score",
            "--format",
            "jsonl",
            "a.txt",
            "b.txt",
            "missing.txt",
            "c.txt",
        ])
        .expect(1);
    assert_eq!(run.json_lines().len(), 2);
    drop(run.says(&["error: b.txt: this is", "error: missing.txt: "]));
    sandbox.run(&["score", "b.txt"]).expect(3);
    sandbox.run(&["score", "missing.txt"]).expect(5);
    let run = sandbox.run(&["score", "."]).expect(1);
    drop(run.says(&["error: ./b.txt: this is", "scored 2 of 3 inputs, 1 failed"]));
}

#[cfg(unix)]
#[test]
fn d14_standard_input() {
    let sandbox = Sandbox::new();
    sandbox
        .shell("purport score <&-")
        .expect(5)
        .says(&["standard input is closed"]);
    sandbox
        .shell("purport score --format jsonl </dev/null")
        .expect(0)
        .says(&["no sentences"]);
    sandbox
        .shell("{ printf One; sleep 0.2; printf .; } | purport score --format labels")
        .expect(0);
}

#[cfg(target_os = "linux")]
#[test]
fn d15_standard_output() {
    let sandbox = Sandbox::with(&[("a.txt", "He said so. ".repeat(20_000))]);
    sandbox
        .shell("purport score --format jsonl a.txt | head -1 >/dev/null; exit ${PIPESTATUS[0]}")
        .expect(0);
    sandbox
        .shell("purport score --format jsonl a.txt > /dev/full")
        .expect(5)
        .says(&["writing standard output"]);
    sandbox
        .shell("echo One. | purport score > /dev/full")
        .expect(5)
        .says(&["No space left"]);
    sandbox.shell("purport --help > /dev/full").says(&[]);
    // Closed, or thrown away by a program that opens /dev/null for reading as well: nobody wants the results.
    for redirect in [">&-", "1<>/dev/null"] {
        let line = format!("echo One. | purport score {redirect}");
        sandbox.shell(&line).expect(0);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn d16_standard_error() {
    let sandbox = Sandbox::trained();
    let quiet =
        sandbox.shell("echo 'One said so.' | purport score --model m.safetensors --format labels");
    for redirect in ["2>&-", "2>/dev/full"] {
        let run = sandbox.shell(&format!(
            "echo 'One said so.' | purport score --model m.safetensors --format labels {redirect}"
        ));
        assert_eq!((run.code, run.text()), (0, quiet.text()));
        let run = sandbox.shell(&format!("purport score missing {redirect}"));
        assert_eq!(run.code, 5);
    }
}

#[test]
fn d22_unknown_words_are_told() {
    let sandbox = Sandbox::trained();
    let run = sandbox.run_with(
        &["score", "--model", "m.safetensors", "--format", "jsonl"],
        "Xyzzy plugh qwertz.".as_bytes(),
    );
    let row = &run.expect(0).json_lines()[0];
    assert_eq!(row["known_words"], 0);
    assert!(row["confidence"].as_f64().unwrap() < 0.9, "{row}");
}

#[test]
fn d25_escape_codes_are_spelt_out_for_people_and_kept_for_machines() {
    let text = "He said \u{1b}]52;c;x\u{7} so\u{202e} today.";
    let sandbox = Sandbox::with(&[("a.txt", text)]);
    let human = sandbox.run(&["score", "a.txt"]).expect(0).text();
    assert!(!human.contains(['\u{1b}', '\u{7}', '\u{202e}']) && human.contains("\\u{1b}"));
    let rows = sandbox
        .run(&["score", "--format", "jsonl", "a.txt"])
        .expect(0)
        .json_lines();
    assert_eq!(rows[0]["text"], text);
}
