//! Reports on models and data, as the command line gives them.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use common::{NEWS, Sandbox};
use purport::classifier::Classifier;
use serde_json::Value;

const MODEL: [&str; 2] = ["--model", "m.safetensors"];

/// The JSON report on `news.csv` with more arguments.
fn report(sandbox: &Sandbox, more: &[&str]) -> Value {
    let mut arguments = vec!["eval", MODEL[0], MODEL[1], "--format", "json", "news.csv"];
    arguments.extend(more);
    serde_json::from_str(&sandbox.run(&arguments).expect(0).text()).unwrap()
}

/// A data set that the model gets partly wrong.
fn doubtful() -> Sandbox {
    let sandbox = Sandbox::trained();
    sandbox.write("t.csv", NEWS.replace("f,0,confirmation", "f,0,skepticism"));
    sandbox
}

#[test]
fn a_missed_gate_is_named_and_ends_with_1() {
    let sandbox = Sandbox::trained();
    let run = |gates: &[&str]| {
        let mut arguments = vec!["eval", MODEL[0], MODEL[1], "news.csv"];
        for gate in gates {
            arguments.extend(["--gate", gate]);
        }
        sandbox.run(&arguments)
    };
    run(&["macro_f1=0.1", "recall.skepticism=0.1", "log_loss=9"]).expect(0);
    run(&["macro_f1=1.5", "accuracy=0.1"]).expect(1).says(&[
        "error: gate missed: macro_f1 is ",
        "wanted at least 1.5000: missed by 0.",
    ]);
    run(&["log_loss=0"])
        .expect(1)
        .says(&["gate missed: log_loss is ", "wanted at most 0.0000"]);
    run(&["makro_f1=0.5"])
        .expect(2)
        .says(&["no such figure", "did you mean `macro_f1`?"]);
    run(&["macro_f1"]).expect(2).says(&["macro_f1=0.7"]);
    run(&["macro_f1=-0.1"])
        .expect(2)
        .says(&["a change is measured against a report", "--baseline"]);
}

#[test]
fn a_baseline_must_be_reached_again() {
    let sandbox = doubtful();
    let eval = |data: &str, more: &[&str]| {
        let mut arguments = vec!["eval", MODEL[0], MODEL[1], data];
        arguments.extend(more);
        sandbox.run(&arguments)
    };
    eval("news.csv", &["--format", "json", "-o", "base.json"]).expect(0);
    let against = ["--baseline", "base.json"];
    eval("news.csv", &against).expect(0);
    eval("t.csv", &against).expect(1).says(&[
        "the baseline was made on other data",
        "gate missed: macro_f1 is ",
        "(baseline ",
    ]);
    eval(
        "t.csv",
        &["--baseline", "base.json", "--gate", "macro_f1=-0.9"],
    )
    .expect(0);
    eval("news.csv", &["--baseline", "news.csv"])
        .expect(3)
        .says(&["not a report of `purport eval --format json`"]);
}

#[test]
fn a_report_takes_the_data_apart() {
    let sandbox = Sandbox::trained();
    let report = report(&sandbox, &["--slice", "article"]);
    let slices = report["slices"].as_array().unwrap();
    for (dimension, value) in [
        ("article", "a"),
        ("length", "4 to 10 words"),
        ("quotation", "partly quoted"),
        ("place", "first"),
        ("known words", "95 % or more"),
        ("language", "english"),
    ] {
        assert!(
            slices
                .iter()
                .any(|s| s["dimension"] == dimension && s["value"] == value),
            "no slice {dimension}: {value}"
        );
    }
    let costs: Vec<f64> = slices.iter().map(|s| s["cost"].as_f64().unwrap()).collect();
    assert!(costs.is_sorted_by(|a, b| a >= b));
    sandbox
        .run(&["eval", MODEL[0], MODEL[1], "news.csv", "--slice", "paper"])
        .expect(2)
        .says(&["no column `paper`", "article, position, label, text"]);
}

#[test]
fn the_surest_mistakes_come_with_reasons_and_neighbours() {
    let sandbox = doubtful();
    let arguments = ["eval", MODEL[0], MODEL[1], "t.csv", "--train", "news.csv"];
    let human = sandbox.run(&arguments).expect(0).text();
    for part in [
        "t.csv:20  skepticism given confirmation at ",
        "  She admitted that she had known and confirmed the date.\n",
        "  given for ",
        "  like 1.00 news.csv:20  confirmation: She admitted",
    ] {
        assert!(human.contains(part), "no {part:?} in {human}");
    }
    let json = [&arguments[..], &["--format", "json", "--errors", "1"]].concat();
    let report: Value = serde_json::from_str(&sandbox.run(&json).expect(0).text()).unwrap();
    let mistakes = report["mistakes"].as_array().unwrap();
    assert_eq!(mistakes.len(), 1);
    assert!(report["mistakes_total"].as_u64().unwrap() >= 1);
    assert_eq!(
        mistakes[0]["after"],
        "He told the court that he had been asleep."
    );
    assert!(!mistakes[0]["highlights"].as_array().unwrap().is_empty());
}

#[test]
fn a_learning_curve_ends_with_all_articles() {
    let sandbox = Sandbox::trained();
    let report = report(&sandbox, &["--learning-curve", "news.csv"]);
    let points = report["learning_curve"].as_array().unwrap();
    let last = points.last().unwrap();
    assert_eq!((&last["articles"], &last["rows"]), (&9.into(), &29.into()));
    assert!(last["macro_f1"]["value"].as_f64().unwrap() > 0.8);
}

#[test]
fn e15_a_report_has_the_same_bytes_for_any_number_of_threads() {
    let sandbox = doubtful();
    let run = |threads: &str| {
        sandbox
            .run(&[
                "eval",
                MODEL[0],
                MODEL[1],
                "t.csv",
                "--format",
                "json",
                "--threads",
                threads,
            ])
            .expect(0)
            .text()
    };
    assert_eq!(run("1"), run("2"));
}

#[test]
fn two_models_are_compared_on_the_same_sentences() {
    let sandbox = doubtful();
    sandbox
        .run(&[
            "train",
            "t.csv",
            "-o",
            "b.safetensors",
            "--folds",
            "3",
            "--ngrams",
            "1",
        ])
        .expect(0);
    let compare = |more: &[&str]| {
        let mut arguments = vec!["compare", "m.safetensors", "b.safetensors", "t.csv"];
        arguments.extend(more);
        sandbox.run(&arguments).expect(0).text()
    };
    let human = compare(&[]);
    for part in [
        "29 rows of 9 articles",
        "macro_f1",
        "McNemar's exact test gives p = ",
    ] {
        assert!(human.contains(part), "no {part:?} in {human}");
    }
    let json: Value = serde_json::from_str(&compare(&["--format", "json"])).unwrap();
    assert_eq!(json["schema"], "purport-comparison/1");
    assert_eq!(json["mcnemar"]["only_b"], json["newly_right"]);
    let changed = json["changed"].as_array().unwrap();
    let right = changed
        .iter()
        .filter(|c| c["kind"] == "newly_right")
        .count();
    assert_eq!(json["newly_right"], right);
    for change in changed {
        assert_ne!(change["a"]["label"], change["b"]["label"]);
    }
    assert!(compare(&["--format", "md"]).contains("| figure | A | B | B − A | better |"));
}

#[test]
fn a_model_does_not_differ_from_itself() {
    let sandbox = Sandbox::trained();
    let run = sandbox
        .run(&["compare", "m.safetensors", "m.safetensors", "news.csv"])
        .expect(0);
    let text = run.text();
    assert!(text.contains("no clear difference"), "{text}");
    assert!(
        text.contains("0 sentences are right only by A, 0 only by B"),
        "{text}"
    );
    let diff = ["model", "diff", "m.safetensors", "m.safetensors"];
    let text = sandbox.run(&diff).expect(0).text();
    assert!(text.contains("the models are the same"), "{text}");
    let json: Value = serde_json::from_str(
        &sandbox
            .run(&[&diff[..], &["--format", "json"]].concat())
            .expect(0)
            .text(),
    )
    .unwrap();
    assert_eq!(
        (
            &json["terms_gone"],
            &json["moved"].as_array().unwrap().len()
        ),
        (&0.into(), &0)
    );
}

#[test]
fn a_difference_names_options_terms_and_weights() {
    let sandbox = Sandbox::trained();
    sandbox
        .run(&[
            "train",
            "news.csv",
            "-o",
            "b.safetensors",
            "--folds",
            "3",
            "--ngrams",
            "1",
            "--alpha",
            "2",
        ])
        .expect(0);
    let text = sandbox
        .run(&["model", "diff", "m.safetensors", "b.safetensors"])
        .expect(0)
        .text();
    for part in [
        "options.alpha",
        "0.3 → 2",
        "options.ngrams",
        "2 → 1",
        " only in A, 0 only in B",
        "weights that moved most",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn an_export_is_exact_to_the_bit() {
    let sandbox = Sandbox::trained();
    let classifier = Classifier::load(&sandbox.path("m.safetensors")).unwrap();
    let json = sandbox
        .run(&["model", "export", "m.safetensors"])
        .expect(0)
        .text();
    let json: Value = serde_json::from_str(&json).unwrap();
    let numbers = |value: &Value| -> Vec<f64> {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|n| n.as_f64().unwrap())
            .collect()
    };
    let terms = json["terms"].as_array().unwrap();
    let weights: Vec<f64> = terms.iter().flat_map(|t| numbers(&t["weights"])).collect();
    let expected: Vec<f64> = classifier.weights().iter().map(|w| f64::from(*w)).collect();
    let bits = |numbers: &[f64]| numbers.iter().map(|n| n.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&weights), bits(&expected));
    assert_eq!(
        bits(&numbers(&json["intercept"])),
        bits(classifier.intercept())
    );
    let idf: Vec<f64> = terms.iter().map(|t| t["idf"].as_f64().unwrap()).collect();
    assert_eq!(bits(&idf), bits(classifier.vectorizer().idf().unwrap()));

    let tsv = sandbox
        .run(&["model", "export", "m.safetensors", "--format", "tsv"])
        .expect(0)
        .text();
    let mut lines = tsv.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    assert_eq!(lines.next().unwrap()[..3], ["term", "idf", "confirmation"]);
    assert_eq!(lines.next().unwrap()[0], "(intercept)");
    let weights: Vec<f64> = lines
        .flat_map(|fields| {
            fields[2..]
                .iter()
                .map(|n| n.parse().unwrap())
                .collect::<Vec<f64>>()
        })
        .collect();
    assert_eq!(bits(&weights), bits(&expected));
}

/// What the published schema has against a report.
fn schema_errors(report: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator
        .iter_errors(report)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[test]
fn e16_reports_follow_the_published_schema() {
    let sandbox = doubtful();
    sandbox.write("one.csv", "label,text\nnone,The river runs.\n");
    sandbox.write(
        "new.csv",
        "label,text\nsatire,The river runs.\nnone,It rained.\n",
    );
    sandbox
        .run(&[
            "eval",
            MODEL[0],
            MODEL[1],
            "t.csv",
            "--format",
            "json",
            "-o",
            "base.json",
        ])
        .expect(0);
    let everything = [
        "t.csv",
        "--slice",
        "article",
        "--train",
        "news.csv",
        "--learning-curve",
        "news.csv",
        "--gate",
        "macro_f1=0.1",
        "--baseline",
        "base.json",
    ];
    for more in [
        &everything[..],
        &["one.csv"],
        &["new.csv"],
        &["one.csv", "--always-label"],
    ] {
        let arguments = [&["eval", MODEL[0], MODEL[1], "--format", "json"], more].concat();
        let text = sandbox.run(&arguments).expect(0).text();
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema_errors(&report), [""; 0], "for {more:?}");
    }
    let mut broken: Value = serde_json::from_slice(&sandbox.read("base.json")).unwrap();
    broken["macro_f1"]["value"] = Value::Null;
    assert_eq!(
        schema_errors(&broken).len(),
        1,
        "an undefined figure needs a reason"
    );
    broken["extra"] = 1.into();
    assert_eq!(schema_errors(&broken).len(), 2, "an unknown field is told");
}

#[test]
fn a25_a26_check_tells_what_is_doubtful() {
    let sandbox = Sandbox::with(&[("news.csv", NEWS)]);
    let doubtful = NEWS.to_owned()
        + "z,0,None,It rained all day on the hills and in the valley.\n\
           z,1,promotionl,…\n\
           z,2,none,Rain fell on the hills all night!\n\
           z,3,skepticism,Rain fell on the hills all night\n\
           y,0,reported_claim,\"Police said the man had left the house by midnight, and told reporters they would go on.\"\n";
    sandbox.write("t.csv", &doubtful);
    let run = sandbox
        .run(&["check", "t.csv", "--against", "news.csv"])
        .expect(0);
    let text = run.text();
    for part in [
        "34 rows of 11 articles",
        "differ only by case",
        "label `promotionl` has one row only",
        "text without a letter or digit",
        "1 texts occur more than once: 2 rows, 2 of them of five words or more",
        "1 texts have different labels",
        "none 2 × (t.csv:22), skepticism 1 × (t.csv:34)",
        "pairs are nearly the same",
        "too rare to learn and test",
        "articles on both sides: a, b, c, d, e, f, g, h, i",
        "warnings\n",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    sandbox
        .run(&["check", "t.csv", "--no-label-errors", "--strict"])
        .expect(1)
        .says(&["error: --strict, and there are warnings: "]);
    let json: Value = serde_json::from_str(
        &sandbox
            .run(&["check", "t.csv", "--format", "json"])
            .expect(0)
            .text(),
    )
    .unwrap();
    assert_eq!(
        (&json["schema"], &json["rows"]),
        (&"purport-check/1".into(), &34.into())
    );
    assert_eq!(json["conflicts_total"], 1);
}

/// Of a model with fewer labels, log-loss and Brier score are of fewer rows: no comparison.
#[test]
fn a_model_with_fewer_labels_is_not_better_by_the_rows_it_leaves_out() {
    let sandbox = Sandbox::trained();
    let few = |row: &&str| !row.contains(",skepticism,") && !row.contains(",confirmation,");
    let rows: Vec<&str> = NEWS.lines().filter(few).collect();
    sandbox.write("few.csv", rows.join("\n"));
    sandbox
        .run(&["train", "few.csv", "-o", "few", "--folds", "3"])
        .expect(0);
    let compare = ["compare", "m.safetensors", "few", "news.csv"];
    let shown = sandbox.run(&compare).expect(0).text();
    assert!(
        shown.contains("does not know, so never gives: confirmation, skepticism"),
        "{shown}"
    );
    let json = sandbox
        .run(&[&compare[..], &["--format", "json"]].concat())
        .expect(0)
        .text();
    let json: Value = serde_json::from_str(&json).unwrap();
    for figure in json["figures"].as_array().unwrap() {
        let of_rows = ["log_loss", "brier"].contains(&figure["name"].as_str().unwrap());
        let reason = figure["difference"]["reason"].as_str();
        assert_eq!(
            of_rows,
            reason.is_some_and(|r| r.contains("different rows")),
            "{figure}"
        );
    }
}

#[test]
fn check_compares_two_columns_of_labels() {
    let sandbox = Sandbox::with(&[(
        "t.csv",
        "label,text,one,two\nx,Rain fell.,x,x\nx,Snow fell.,x,y\ny,Sun shone.,y,y\ny,Wind blew.,y,y\n",
    )]);
    let run = [
        "check",
        "t.csv",
        "--agreement",
        "one",
        "two",
        "--no-label-errors",
    ];
    let text = sandbox.run(&run).expect(0).text();
    assert!(
        text.contains("one and two agree on 75.0 % of 4 rows: kappa 0.500"),
        "{text}"
    );
    assert!(text.contains("t.csv:3  x or y: Snow fell."), "{text}");
    sandbox
        .run(&["check", "t.csv", "--agreement", "one", "three"])
        .expect(2)
        .says(&["no column `three`"]);
}

#[test]
fn check_finds_exchanged_labels_and_other_languages() {
    let sandbox = Sandbox::new();
    let mut csv = String::from("article,label,text\n");
    for i in 0..30 {
        let (claim, none) = if i == 7 {
            ("none", "claim")
        } else {
            ("claim", "none")
        };
        csv.extend([
            format!("a{i},{claim},The mayor said that plan {i} would work.\n"),
            format!("a{i},{none},A bridge crosses river number {i} there.\n"),
        ]);
    }
    csv += "g,none,\"Der Minister sagte am Montag, die Regierung werde den Bericht prüfen und bald antworten, wie es üblich ist.\"\n";
    sandbox.write("t.csv", &csv);
    let text = sandbox.run(&["check", "t.csv"]).expect(0).text();
    for part in [
        "probable label errors: 2",
        "t.csv:16  none ",
        "rather claim ",
        "1 articles look like another language",
        "t.csv:62  german  Der Minister",
    ] {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
    let again = sandbox
        .run(&["check", "t.csv", "--threads", "1"])
        .expect(0)
        .text();
    assert_eq!(text, again);
}

/// Texts of reports on frozen data with frozen models: what changes in them is looked at.
#[test]
fn reports_read_as_they_did() {
    let golden = |name: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/models");
        std::fs::read(folder.join(name)).unwrap()
    };
    let doubtful = NEWS.replace("f,0,confirmation", "f,0,skepticism");
    let sandbox = Sandbox::with(&[
        ("a.safetensors", golden("news.safetensors")),
        ("b.safetensors", golden("plain.safetensors")),
        ("t.csv", doubtful.into_bytes()),
        ("train.csv", NEWS.as_bytes().to_vec()),
    ]);
    for (name, command) in [
        (
            "an_evaluation",
            "eval t.csv --model a.safetensors --train train.csv --gate macro_f1=0.1",
        ),
        (
            "an_evaluation_in_markdown",
            "eval t.csv --model a.safetensors --format md --errors 2 --gate macro_f1=0.1",
        ),
        ("a_comparison", "compare a.safetensors b.safetensors t.csv"),
        (
            "a_comparison_in_markdown",
            "compare a.safetensors b.safetensors t.csv --format md --errors 2",
        ),
        (
            "an_audit",
            "check t.csv --against train.csv --no-label-errors",
        ),
        (
            "a_difference_of_models",
            "model diff a.safetensors b.safetensors --top 2",
        ),
    ] {
        let arguments: Vec<&str> = command.split(' ').collect();
        let text = sandbox.run(&arguments).expect(0).text();
        insta::assert_snapshot!(name, text, command);
    }
}
