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
