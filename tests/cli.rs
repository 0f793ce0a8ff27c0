//! Every command through the binary.

#![allow(
    clippy::float_cmp,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "tests compare exact values and count small things"
)]

mod common;

use common::{NEWS, Sandbox};
use serde_json::Value;

const MODEL: [&str; 2] = ["--model", "m.safetensors"];

#[test]
fn help_and_version_are_there_for_every_command() {
    let sandbox = Sandbox::new();
    for command in [
        "",
        "train",
        "tune",
        "score",
        "eval",
        "check",
        "compare",
        "explain",
        "model",
        "model inspect",
        "model verify",
        "model diff",
        "model export",
        "completions",
        "man",
    ] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let help = sandbox.run(&arguments).expect(0).text();
        assert!(help.contains("Examples:"), "{command} has no examples");
    }
    assert!(
        sandbox
            .run(&["--version"])
            .expect(0)
            .text()
            .starts_with("purport 0.")
    );
    sandbox.run(&["trian"]).expect(2).says(&["train"]);
    sandbox.run(&[]).says(&["Usage:"]);
}

#[test]
fn tuning_prints_options_that_training_takes() {
    let sandbox = Sandbox::with(&[("news.csv", NEWS)]);
    let run = sandbox.run(&[
        "tune",
        "news.csv",
        "--folds",
        "3",
        "--alpha",
        "0.1,1",
        "--ngrams",
        "1,2",
        "--weighting",
        "tfidf",
    ]);
    let run = run.expect(0).says(&[
        "macro-F1  log-loss   alpha",
        "… and 2 more settings (-v shows all)",
        "purport train news.csv --folds 3 --alpha ",
        " -o model.safetensors",
    ]);
    let options = run.text();
    assert!(options.starts_with("--alpha ") && options.ends_with(" --weighting tfidf\n"));
    let again = sandbox.shell(
        "purport train news.csv --folds 3 -o m $(purport tune -q news.csv --folds 3 --alpha 0.1,1 --ngrams 1,2 --weighting tfidf)",
    );
    again.expect(0).says(&["saved m ("]);
    // No term stands in 5,000 sentences.
    let few = "tune news.csv --folds 3 --alpha 1 --class-weight none --ngrams 1 --weighting tfidf --min-sentences";
    let few =
        |sentences: &'static str| -> Vec<&str> { few.split(' ').chain([sentences]).collect() };
    for sentences in ["2,5000", "5000,2"] {
        let run = sandbox.run(&few(sentences)).expect(0);
        let run = run.says(&["settings were passed over: no term is left"]);
        assert!(run.text().contains("--ngrams 1 --min-sentences 2 "));
    }
    sandbox.run(&few("5000")).expect(3);
    let same = [few("2"), vec!["-o", "a", "--report", "./a"]].concat();
    sandbox
        .run(&same)
        .expect(2)
        .says(&["error: a: two results would be written to it"]);
    sandbox.run(&["tune", "news.csv", "--alpha", "0"]).expect(2);
    sandbox
        .run(&["tune", "news.csv", "--folds", "99"])
        .expect(3);
}

#[test]
fn training_tells_what_it_learnt_and_how_well() {
    let sandbox = Sandbox::with(&[("news.csv", NEWS)]);
    let run = sandbox
        .run(&["train", "news.csv", "-o", "m", "--folds", "3", "-v"])
        .expect(0);
    let run = run.says(&[
        "learnt from 29 rows of 9 articles",
        "reported_claim",
        "on held-out articles (3 grouped folds)",
        "converged after",
        "saved m (",
    ]);
    assert_eq!(run.text(), "");
    let quiet = sandbox
        .run(&["train", "news.csv", "-o", "m", "--folds", "3", "--quiet"])
        .expect(0);
    assert_eq!(quiet.stderr, "");
    let one = sandbox
        .run(&["train", "news.csv", "-o", "m", "--calibration", "none"])
        .expect(0);
    assert!(!one.stderr.contains("held-out"));
}

#[test]
fn r01_r02_threads_and_places_change_no_byte() {
    let model = |threads: &str| {
        let sandbox = Sandbox::with(&[("news.csv", NEWS)]);
        sandbox
            .run(&[
                "train",
                "news.csv",
                "-o",
                "m",
                "--folds",
                "3",
                "--threads",
                threads,
            ])
            .expect(0);
        sandbox.read("m")
    };
    let one = model("1");
    for threads in ["2", "7", "0"] {
        assert!(model(threads) == one, "with {threads} threads");
    }
}

#[test]
fn the_order_of_rows_and_files_changes_no_byte() {
    let whole = Sandbox::trained().read("m.safetensors");
    let (header, rows) = NEWS.split_once('\n').unwrap();
    let mut lines: Vec<&str> = rows.lines().collect();
    lines.reverse();
    let (first, second) = lines.split_at(10);
    let file = |rows: &[&str]| format!("{header}\n{}\n", rows.join("\n"));
    let sandbox = Sandbox::with(&[("a.csv", file(first)), ("b.csv", file(second))]);
    sandbox
        .run(&["train", "b.csv", "a.csv", "-o", "m", "--folds", "3"])
        .expect(0);
    assert!(sandbox.read("m") == whole);
}

/// Two files may hold the same article, and begin with the same row.
#[test]
fn the_order_of_files_that_share_an_article_changes_no_byte() {
    let (header, rows) = NEWS.split_once('\n').unwrap();
    let shared = "z,0,none,The bridge opened.\n";
    let sandbox = Sandbox::with(&[
        (
            "a.csv",
            format!("{header}\n{rows}{shared}z,1,skepticism,He denied it.\n"),
        ),
        (
            "b.csv",
            format!("{header}\n{shared}z,1,confirmation,She confirmed it.\n"),
        ),
    ]);
    let model = |files: [&str; 2]| {
        let arguments = ["train", files[0], files[1], "-o", "m", "--folds", "3"];
        sandbox.run(&arguments).expect(0);
        sandbox.read("m")
    };
    assert!(model(["a.csv", "b.csv"]) == model(["b.csv", "a.csv"]));
}

/// What is one sequence of rows for an evaluation is one for scoring.
#[test]
fn positions_of_tools_without_missing_integers_are_read() {
    let sandbox = Sandbox::trained();
    let confidences = |dot: &str| -> Vec<Value> {
        let rows = format!(
            "article,position,text\n a ,1{dot},He spoke.\na,2{dot},She denied it.\na,3{dot},It rained.\n"
        );
        sandbox.write("rows.csv", rows);
        let arguments = ["score", MODEL[0], MODEL[1], "--format", "jsonl", "rows.csv"];
        let lines = sandbox.run(&arguments).expect(0).json_lines();
        lines
            .iter()
            .map(|line| line["confidence"].clone())
            .collect()
    };
    assert_eq!(confidences(".0"), confidences(""));
}

#[test]
fn models_that_differ_in_their_labels_alone_are_told_apart() {
    let sandbox = Sandbox::trained();
    sandbox.write("other.csv", NEWS.replace(",confirmation,", ",confirmed,"));
    let train = ["train", "other.csv", "-o", "other", "--folds", "3"];
    sandbox.run(&train).expect(0);
    let shown = sandbox.run(&["model", "diff", MODEL[1], "other"]).expect(0);
    assert!(
        shown.text().contains("labels only A has: confirmation"),
        "{}",
        shown.text()
    );
}

#[test]
fn extra_columns_and_the_order_of_columns_change_no_byte() {
    let whole = Sandbox::trained().read("m.safetensors");
    let mut reader = csv::Reader::from_reader(NEWS.as_bytes());
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(["text", "outlet", "position", "label", "article"])
        .unwrap();
    for record in reader.records() {
        let r = record.unwrap();
        writer
            .write_record([&r[3], "somewhere", &r[1], &r[2], &r[0]])
            .unwrap();
    }
    let sandbox = Sandbox::with(&[("a.csv", writer.into_inner().unwrap())]);
    sandbox
        .run(&["train", "a.csv", "-o", "m", "--folds", "3"])
        .expect(0);
    assert!(sandbox.read("m") == whole);
}

#[test]
fn the_dense_solver_gives_the_same_labels_and_refuses_class_weights() {
    let sandbox = Sandbox::with(&[("news.csv", NEWS)]);
    for solver in ["sparse", "dense"] {
        let arguments = [
            "train",
            "news.csv",
            "-o",
            solver,
            "--folds",
            "3",
            "--class-weight",
            "none",
            "--tolerance",
            "1e-6",
            "--solver",
            solver,
        ];
        sandbox.run(&arguments).expect(0);
    }
    let labels = |model| {
        let arguments = [
            "score", "--model", model, "--split", "none", "--format", "labels", "news.csv",
        ];
        sandbox.run(&arguments).expect(0).lines()
    };
    assert_eq!(labels("sparse"), labels("dense"));
    let arguments = [
        "train",
        "news.csv",
        "-o",
        "m",
        "--solver",
        "dense",
        "--class-weight",
        "balanced",
    ];
    sandbox
        .run(&arguments)
        .expect(2)
        .says(&["no class weights", "hint: "]);
}

#[test]
fn every_format_says_the_same() {
    let sandbox = Sandbox::trained();
    sandbox.write("a.txt", "Police confirmed the arrest. The lawyer denied it.\n\nThe river runs on. Sign up for our newsletter!");
    let score = |format: &str| {
        sandbox
            .run(&["score", MODEL[0], MODEL[1], "--format", format, "a.txt"])
            .expect(0)
    };
    let rows = score("jsonl").json_lines();
    assert_eq!(rows.len(), 4);
    let labels: Vec<String> = rows
        .iter()
        .map(|r| r["label"].as_str().unwrap_or("none").to_owned())
        .collect();
    assert_eq!(score("labels").lines(), labels);
    let csv = score("csv").text();
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    assert_eq!(
        header.iter().collect::<Vec<_>>(),
        [
            "source",
            "article",
            "sentence",
            "start",
            "end",
            "text",
            "label",
            "confidence",
            "known_words",
            "p_confirmation",
            "p_none",
            "p_promotional",
            "p_reported_claim",
            "p_skepticism"
        ]
    );
    for (record, row) in reader.records().zip(&rows) {
        let record = record.unwrap();
        assert_eq!(&record[5], row["text"].as_str().unwrap());
        assert_eq!(&record[6], row["label"].as_str().unwrap_or(""));
        assert_eq!(
            record[7].parse::<f64>().unwrap(),
            row["confidence"].as_f64().unwrap()
        );
    }
    let human = score("human").text();
    assert!(human.contains("Police confirmed the arrest.") && !human.contains('\u{1b}'));
    let colored = sandbox
        .run(&["score", MODEL[0], MODEL[1], "--color", "always", "a.txt"])
        .expect(0);
    assert!(colored.text().contains("\u{1b}["));
}

#[test]
fn d24_probabilities_sum_to_one_and_the_confidence_is_one_of_them() {
    let sandbox = Sandbox::trained();
    for row in sandbox
        .run(&["score", MODEL[0], MODEL[1], "--format", "jsonl", "news.csv"])
        .expect(0)
        .json_lines()
    {
        let object = row.as_object().unwrap();
        let p: Vec<f64> = object
            .iter()
            .filter(|(k, _)| k.starts_with("p_"))
            .map(|(_, v)| v.as_f64().unwrap())
            .collect();
        assert_eq!(p.len(), 5);
        assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let greatest = p.iter().copied().fold(0.0, f64::max);
        assert_eq!(row["confidence"].as_f64().unwrap(), greatest);
        let name = row["label"].as_str().unwrap_or("none");
        assert_eq!(row[format!("p_{name}")].as_f64().unwrap(), greatest);
    }
}

#[test]
fn every_input_format_is_read() {
    let sandbox = Sandbox::with(&[
        ("a.txt", "One said so. Two.\n"),
        ("a.md", "# Head\n\nOne *said* so. Two.\n"),
        (
            "a.html",
            "<title>T</title><p>One said so. Two.</p><script>no()</script>",
        ),
        ("a.jsonl", "{\"text\": \"One said so. Two.\", \"id\": 3}\n"),
        ("a.tsv", "text\tid\nOne said so. Two.\t3\n"),
        ("plain", "{\"text\": \"One said so. Two.\"}\n"),
    ]);
    let texts = |arguments: &[&str]| -> Vec<String> {
        let rows = sandbox
            .run(&[&["score", "--format", "jsonl"], arguments].concat())
            .expect(0)
            .json_lines();
        rows.iter()
            .map(|r| r["text"].as_str().unwrap().to_owned())
            .collect()
    };
    let two = ["One said so.", "Two."];
    assert_eq!(texts(&["a.txt"]), two);
    assert_eq!(texts(&["a.md"]), ["Head", "One said so.", "Two."]);
    assert_eq!(texts(&["a.html"]), two);
    assert_eq!(texts(&["a.jsonl"]), two);
    assert_eq!(texts(&["a.tsv"]), two);
    assert_eq!(texts(&["plain"]), two);
    assert_eq!(texts(&["--split", "none", "a.txt"]), ["One said so. Two."]);
    assert_eq!(texts(&["--input-format", "text", "plain"]).len(), 2);
    assert_eq!(texts(&["a.txt", "a.tsv"]).len(), 4);
    let rows = sandbox
        .run(&["score", "--format", "jsonl", "a.jsonl"])
        .expect(0)
        .json_lines();
    assert_eq!(rows[0]["id"], 3);
    let piped = sandbox.run_with(
        &["score", "--format", "jsonl", "-"],
        b"<html><p>One said so.<p>Two.",
    );
    assert_eq!(piped.expect(0).json_lines().len(), 2);
}

#[test]
fn columns_with_names_of_ours_are_kept_under_another() {
    let sandbox = Sandbox::trained();
    let rows = sandbox
        .run(&[
            "score", MODEL[0], MODEL[1], "--format", "jsonl", "--split", "none", "news.csv",
        ])
        .expect(0)
        .json_lines();
    assert_eq!(rows[0]["input_label"], "reported_claim");
    assert_eq!(rows[0]["article"], "a");
    assert_eq!(rows[3]["sentence"], 4);
    let lines = sandbox
        .run(&[
            "score", MODEL[0], MODEL[1], "--format", "csv", "--split", "none", "news.csv",
        ])
        .expect(0)
        .lines();
    assert!(lines[0].ends_with(",position,input_label"), "{}", lines[0]);
}

#[test]
fn a_result_can_go_to_a_file() {
    let sandbox = Sandbox::with(&[("a.txt", "One said so."), ("old.csv", "old")]);
    let run = sandbox
        .run(&["score", "--format", "csv", "-o", "old.csv", "a.txt"])
        .expect(0);
    assert_eq!(run.text(), "");
    assert!(sandbox.read("old.csv").starts_with(b"source,"));
    sandbox.run(&["score", "-o", "no/out", "a.txt"]).expect(5);
}

#[test]
fn labels_can_be_withheld_or_forced() {
    let sandbox = Sandbox::trained();
    sandbox.write(
        "a.txt",
        "The river runs on. Police confirmed the arrest. Perhaps a thing.",
    );
    let labels = |options: &[&str]| {
        let arguments = [
            &["score", MODEL[0], MODEL[1], "--format", "labels", "a.txt"],
            options,
        ]
        .concat();
        sandbox.run(&arguments).expect(0).lines()
    };
    assert_eq!(labels(&["--min-confidence", "1"]), ["none"; 3]);
    assert!(!labels(&["--always-label"]).contains(&"none".to_owned()));
    sandbox
        .run(&["score", "--min-confidence", "2", "a.txt"])
        .expect(2);
}

#[test]
fn context_can_be_left_out() {
    let sandbox = Sandbox::trained();
    let scores = |context: &str, text: &str| {
        let arguments = [
            "score",
            MODEL[0],
            MODEL[1],
            "--format",
            "jsonl",
            "--context",
            context,
        ];
        sandbox
            .run_with(&arguments, text.as_bytes())
            .expect(0)
            .json_lines()
    };
    let alone = scores("chain", "Something else.");
    assert_eq!(alone, scores("none", "Something else."));
    let among = |context| {
        scores(
            context,
            "Sign up for our newsletter. Something else. Subscribe now.",
        )[1]["confidence"]
            .clone()
    };
    assert_ne!(among("chain"), among("none"));
}

#[test]
fn an_explanation_adds_up_exactly() {
    let sandbox = Sandbox::trained();
    sandbox.write(
        "a.txt",
        "The river runs. “We will open,” he said. Police confirmed it.",
    );
    for target in ["Police confirmed the arrest on Monday.", "a.txt:3"] {
        let run = sandbox
            .run(&["explain", MODEL[0], MODEL[1], "--format", "json", target])
            .expect(0);
        let e: Value = serde_json::from_str(&run.text()).unwrap();
        let numbers = |v: &Value| -> Vec<f64> {
            v.as_array()
                .unwrap()
                .iter()
                .map(|x| x.as_f64().unwrap())
                .collect()
        };
        // The documented order is that of the vocabulary.
        let mut terms: Vec<(&str, Vec<f64>)> = e["contributions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| (c["term"].as_str().unwrap(), numbers(&c["parts"])))
            .collect();
        terms.sort_by_key(|(term, _)| *term);
        let mut sums = numbers(&e["intercept"]);
        for (_, parts) in &terms {
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum += part;
            }
        }
        assert_eq!(sums, numbers(&e["logits"]));
        assert!(!terms.is_empty());
    }
    let shown = sandbox
        .run_with(
            &["explain", MODEL[0], MODEL[1], "-"],
            b"Police confirmed it.",
        )
        .expect(0);
    assert!(shown.text().contains("in context"));
    sandbox
        .run(&["explain", "a.txt:9"])
        .expect(3)
        .says(&["no sentence 9, there are 3", "hint: "]);
    sandbox.run(&["explain", ""]).expect(2);
    sandbox
        .run(&["explain", "--label", "satire", "One."])
        .expect(2)
        .says(&["satire", "its labels are"]);
}

#[test]
fn the_name_of_a_file_is_not_taken_for_a_sentence() {
    let sandbox = Sandbox::with(&[("a.txt", "The river runs. He denied it.")]);
    sandbox
        .run(&["explain", "no/such.txt:2"])
        .expect(5)
        .says(&["no/such.txt: No such file or directory"]);
    for target in ["a.txt", "a.txt:two"] {
        sandbox
            .run(&["explain", target])
            .expect(2)
            .says(&["a.txt:3"]);
    }
    sandbox.run(&["explain", "He said at 10:30"]).expect(0);
}

#[test]
fn slips_of_the_command_line_are_named() {
    let sandbox = Sandbox::trained();
    let off = ["train", "--edges", "off", "news.csv", "-o", "m"];
    sandbox.run(&off).expect(2).says(&["--edges=off"]);
    let twice = ["eval", MODEL[0], MODEL[1], "news.csv", "news.csv"];
    sandbox.run(&twice).expect(0).says(&["named twice"]);
    sandbox.write("odd.csv", "text,label\nHe denied it.,Skeptcism\n");
    sandbox
        .run(&["eval", MODEL[0], MODEL[1], "odd.csv"])
        .expect(0)
        .says(&["`Skeptcism`, but `skepticism`"]);
    sandbox.write(
        "ids.csv",
        "article_id,text,label\n1,One said.,a\n1,Two ran.,b\n",
    );
    sandbox
        .run(&["eval", MODEL[0], MODEL[1], "ids.csv"])
        .expect(0)
        .says(&["--group-column article_id"]);
    for wrong in [
        ["--tolerance", "2"],
        ["--max-iterations", "0"],
        ["--alpha", "-1"],
    ] {
        sandbox
            .run(&[&["train", "news.csv", "-o", "m"], &wrong[..]].concat())
            .expect(2)
            .says(&[wrong[0]]);
    }
    sandbox
        .run(&["score", "--min-confidence", "-0.5"])
        .expect(2)
        .says(&["from 0 to 1"]);
}

#[test]
fn what_scoring_leaves_out_is_said() {
    let sandbox = Sandbox::trained();
    let score = |file: &str, rows: &str, more: &[&str]| {
        sandbox.write(file, rows);
        let score = ["score", MODEL[0], MODEL[1], "--format", "jsonl", file];
        sandbox.run(&[&score[..], more].concat())
    };
    for rows in ["a,2,B.\na,1,A.\n", "a,1,A.\nb,1,C.\na,2,B.\n"] {
        let rows = format!("article,position,text\n{rows}");
        let run = score("rows.csv", &rows, &[]).expect(0);
        drop(run.says(&["rows.csv:", "article `a` comes again", "sort the file"]));
    }
    let sorted = score(
        "rows.csv",
        "article,position,text\na,1,A.\na,5,B.\nb,1,C.\n",
        &[],
    );
    assert_eq!(sorted.expect(0).stderr, "");
    let array = score("array.json", "[{\"text\": \"A.\"}]", &[]).expect(3);
    drop(array.says(&["array.json: this is a JSON document", "jq"]));
    score("a.json", "{\"text\": \"A.\"}\n", &[]).expect(0);
    score("a.txt", "A.", &["--encoding", "latin-1"]).expect(0);
    let unknown = score("a.txt", "A.", &["--encoding", "latin-one"]).expect(2);
    drop(unknown.says(&["--encoding", "latin1"]));
    let texts = score("rows.csv", "text\nA.\n", &["--text-output", "texts"]).expect(0);
    drop(texts.says(&["rows.csv: offsets count in the text of each record"]));
    let nothing = sandbox.run(&["score", ".", "--glob", "*.nope"]).expect(0);
    drop(nothing.says(&["no file was found"]));
}

#[test]
fn no_column_of_the_input_is_lost() {
    let sandbox = Sandbox::trained();
    let score = |format: &str, more: &[&str], rows: &str| {
        let score = ["score", MODEL[0], MODEL[1], "--format", format];
        sandbox
            .run_with(&[&score[..], more].concat(), rows.as_bytes())
            .expect(0)
    };
    let both = "{\"text\":\"A.\",\"label\":1,\"input_label\":2}\n";
    let line = &score("jsonl", &[], both).json_lines()[0];
    assert_eq!(
        (
            line["input_input_label"].as_i64(),
            line["input_label"].as_i64()
        ),
        (Some(1), Some(2))
    );
    let run = score("csv", &["--explain", "2"], both);
    let lines = run.lines();
    assert!(
        lines[0].ends_with(",terms,input_input_label,input_label"),
        "{}",
        lines[0]
    );
    assert!(
        lines[1].contains("; ") && lines[1].ends_with(",1,2"),
        "{}",
        lines[1]
    );
    assert_eq!(
        run.stderr, "",
        "`-`, the name of standard input, is no formula"
    );
}

#[test]
fn every_command_writes_to_a_file_and_takes_the_built_in_model_by_name() {
    let sandbox = Sandbox::with(&[("news.csv", NEWS), ("a.txt", "He denied it.")]);
    for command in [
        "model inspect builtin",
        "model verify builtin",
        "model diff builtin builtin",
        "explain -m builtin a.txt:1",
        "score -m builtin a.txt",
        "eval -m builtin news.csv",
        "tune news.csv --alpha 1 --ngrams 1 --folds 3 --weighting tfidf --min-sentences 1 --class-weight none",
        "completions bash",
        "man",
    ] {
        let arguments: Vec<&str> = command.split(' ').collect();
        let shown = sandbox.run(&arguments).expect(0);
        let written = sandbox.run(&[&arguments[..], &["-o", "out"]].concat());
        assert_eq!(written.expect(0).text(), "");
        assert_eq!(sandbox.read("out"), shown.stdout, "{command}");
    }
}

#[test]
fn scoring_can_show_its_reasons() {
    let sandbox = Sandbox::trained();
    let arguments = [
        "score",
        MODEL[0],
        MODEL[1],
        "--format",
        "jsonl",
        "--explain",
        "2",
    ];
    let row = &sandbox
        .run_with(&arguments, b"Police confirmed it.")
        .expect(0)
        .json_lines()[0];
    assert_eq!(row["terms"].as_array().unwrap().len(), 2);
}

#[test]
fn evaluation_reports_for_people_and_machines() {
    let sandbox = Sandbox::trained();
    let human = sandbox
        .run(&["eval", MODEL[0], MODEL[1], "news.csv"])
        .expect(0)
        .text();
    for part in [
        "29 rows of 9 articles",
        "macro_f1_forced",
        "also occur in the training data",
        "skepticism",
    ] {
        assert!(human.contains(part), "no {part:?} in {human}");
    }
    let json = sandbox
        .run(&["eval", MODEL[0], MODEL[1], "--format", "json", "news.csv"])
        .expect(0)
        .text();
    let report: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&report["rows"], &report["seen_in_training"]),
        (&29.into(), &29.into())
    );
    assert!(report["macro_f1"]["value"].as_f64().unwrap() > 0.8);
    let again = sandbox
        .run(&["eval", MODEL[0], MODEL[1], "--format", "json", "news.csv"])
        .expect(0)
        .text();
    assert_eq!(json, again);
}

#[test]
fn rows_without_a_label_are_context() {
    let sandbox = Sandbox::trained();
    sandbox.write("t.csv", NEWS.replace(",none,", ",,"));
    let run = sandbox
        .run(&["eval", MODEL[0], MODEL[1], "--format", "json", "t.csv"])
        .expect(0);
    let report: Value = serde_json::from_str(&run.text()).unwrap();
    assert_eq!(
        (&report["rows"], &report["context_rows"]),
        (&21.into(), &8.into())
    );
    sandbox.write("u.csv", "label,text\n,One.\n,Two.\n");
    sandbox
        .run(&["eval", MODEL[0], MODEL[1], "u.csv"])
        .expect(3)
        .says(&["no row has a label", "hint: "]);
}

#[test]
fn e04_one_row_is_enough() {
    let sandbox = Sandbox::trained();
    sandbox.write("t.csv", "label,text\nnone,The river runs.\n");
    sandbox
        .run(&["eval", MODEL[0], MODEL[1], "t.csv"])
        .expect(0);
}

#[test]
fn a_model_can_be_looked_into() {
    let sandbox = Sandbox::trained();
    let text = sandbox
        .run(&["model", "inspect", "m.safetensors"])
        .expect(0)
        .text();
    for part in [
        "model ",
        "alpha",
        "converged",
        "terms that weigh most",
        "promotional",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let json: Value = serde_json::from_str(
        &sandbox
            .run(&["model", "inspect", "m.safetensors", "--format", "json"])
            .expect(0)
            .text(),
    )
    .unwrap();
    assert_eq!(json["training"]["rows"], 29);
    assert!(
        sandbox
            .run(&["model", "verify", "m.safetensors"])
            .expect(0)
            .text()
            .contains("is whole")
    );
    assert!(
        sandbox
            .run(&["model", "verify"])
            .expect(0)
            .text()
            .contains("the built-in model is whole")
    );
}

#[test]
fn text_of_another_language_is_scored_with_one_note() {
    let german = "Der Minister sagte am Montag, die Regierung werde den Bericht prüfen. Danach sprach er mit den Bürgern über die Lage.";
    let run = Sandbox::new()
        .run_with(&["score", "--format", "labels"], german.as_bytes())
        .expect(0);
    assert_eq!(run.stderr.matches("note: ").count(), 1, "{}", run.stderr);
    drop(run.says(&["looks like German"]));
}

#[test]
fn a_model_for_another_language_can_be_trained() {
    let sandbox = Sandbox::with(&[("news.csv", NEWS)]);
    let arguments = [
        "train",
        "news.csv",
        "-o",
        "m",
        "--folds",
        "3",
        "--language",
        "german",
        "--char-ngrams",
        "2-4",
        "--weighting",
        "count",
    ];
    sandbox.run(&arguments).expect(0);
    sandbox
        .run(&["score", "--model", "m", "news.csv"])
        .expect(0);
    sandbox
        .run(&["train", "news.csv", "-o", "m", "--language", "klingon"])
        .expect(2)
        .says(&["klingon", "english"]);
}

#[test]
fn the_locale_and_an_empty_environment_change_nothing() {
    let sandbox = Sandbox::trained();
    let plain = sandbox
        .shell("purport score --model m.safetensors --format jsonl news.csv")
        .expect(0)
        .text();
    for environment in [
        "LC_ALL=de_DE.UTF-8",
        "LC_ALL=tr_TR.UTF-8 TZ=Asia/Tokyo",
        "-i PATH=\"$PATH\"",
    ] {
        let line = format!(
            "env {environment} purport score --model m.safetensors --format jsonl news.csv"
        );
        assert_eq!(
            sandbox.shell(&line).expect(0).text(),
            plain,
            "with {environment}"
        );
    }
}
