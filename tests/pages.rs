//! The HTML pages, as the command line gives them. `scripts/check_pages.sh` opens them in a browser.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::fmt::Write;

use base64::prelude::{BASE64_STANDARD, Engine};
use common::Sandbox;
use sha2::{Digest, Sha256};

/// What must stay text wherever it stands.
const HOSTILE: &str =
    "</title><script>alert(1)</script>'\"><svg onload=alert(2)>]]>&#60;javascript:alert(3)\u{2028}";

/// Labelled rows whose labels, texts, articles and outlets are all hostile.
fn hostile_rows() -> String {
    let mut rows = String::from("article,position,label,outlet,text\n");
    for i in 0..40 {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let label = if i % 2 == 0 { HOSTILE } else { "none" };
        let said = if i % 3 == 0 { "claims" } else { "rain fell" };
        let _ = writeln!(
            rows,
            "{},{},{},{},{}",
            quoted(&format!("{HOSTILE}{}", i / 4)),
            i % 4,
            quoted(label),
            quoted(HOSTILE),
            quoted(&format!("{said} {HOSTILE} {i}"))
        );
    }
    rows
}

/// A sandbox with a model of hostile labels.
fn hostile() -> Sandbox {
    let sandbox = Sandbox::with(&[("rows.csv", hostile_rows())]);
    sandbox
        .run(&["train", "rows.csv", "-o", "m.safetensors", "--folds", "2"])
        .expect(0);
    sandbox
}

fn report(sandbox: &Sandbox) -> String {
    let arguments = [
        "eval",
        "--model",
        "m.safetensors",
        "rows.csv",
        "--slice",
        "outlet",
        "--format",
        "html",
    ];
    sandbox.run(&arguments).expect(0).text()
}

/// A browser applies the element of that name only if the policy has the hash of its content.
fn assert_let_through(page: &str, name: &str) {
    let Some((_, after)) = page.split_once(&format!("<{name}>")) else {
        assert_eq!(name, "script", "every page has a style");
        return;
    };
    let (content, _) = after.split_once(&format!("</{name}>")).unwrap();
    let hash = BASE64_STANDARD.encode(Sha256::digest(content));
    let allowed = format!("{name}-src 'sha256-{hash}'");
    assert!(page.contains(&allowed), "the {name} would be blocked");
}

/// The elements of a page, and what its security policy lets through.
fn assert_harmless(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert!(page.matches("<script").count() <= 1, "one script, ours");
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
    for name in ["style", "script"] {
        assert_let_through(page, name);
    }
    assert!(!page.contains("<svg onload"));
    assert!(!page.contains('\u{2028}'));
    for outside in ["src=", "http://", "https://", "url(", "@import"] {
        let found = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assert!(!found.contains(outside), "{outside} in the page");
    }
    assert!(page.contains("&lt;script&gt;alert(1)"), "the text is shown");
}

#[test]
fn e11_hostile_labels_and_sentences_stay_text() {
    let sandbox = hostile();
    assert_harmless(&report(&sandbox));
    let compared = [
        "compare",
        "m.safetensors",
        "builtin",
        "rows.csv",
        "--format",
        "html",
    ];
    assert_harmless(&sandbox.run(&compared).expect(0).text());
    assert_harmless(&scored(&sandbox, &["rows.csv"]));
    sandbox.write(
        "a.html",
        format!("<title>{HOSTILE}</title><p>&lt;script&gt;alert(1) {HOSTILE}"),
    );
    assert_harmless(&scored(&sandbox, &["a.html"]));
}

/// The page of scored articles.
fn scored(sandbox: &Sandbox, more: &[&str]) -> String {
    let mut arguments = vec![
        "score",
        "--model",
        "m.safetensors",
        "--format",
        "html",
        "-q",
    ];
    arguments.extend(more);
    sandbox.run(&arguments).expect(0).text()
}

/// The elements that start with `<svg`.
fn drawings(page: &str) -> Vec<&str> {
    page.match_indices("<svg")
        .map(|(start, _)| {
            let end = page[start..].find("</svg>").unwrap();
            &page[start..start + end + "</svg>".len()]
        })
        .collect()
}

#[test]
fn e12_every_drawing_is_well_formed_xml() {
    let page = report(&hostile());
    let drawings = drawings(&page);
    assert!(drawings.len() >= 5, "{}", drawings.len());
    for drawing in drawings {
        let parsed = roxmltree::Document::parse(drawing);
        assert!(parsed.is_ok(), "{parsed:?} in {drawing}");
    }
}

#[test]
fn e15_the_same_data_gives_the_same_bytes() {
    let sandbox = hostile();
    assert_eq!(report(&sandbox), report(&sandbox));
    let with = |threads| scored(&sandbox, &["rows.csv", "rows.csv", "--threads", threads]);
    assert_eq!(with("1"), with("3"));
}

#[test]
fn e13_many_and_long_labels_make_no_large_page() {
    let mut rows = String::from("article,label,text\n");
    for i in 0..400 {
        let long = "x".repeat(if i == 7 { 5000 } else { 3 });
        let _ = writeln!(
            rows,
            "a{},label{:03}{long},Police confirmed claim {i}.",
            i / 4,
            i % 200
        );
    }
    let sandbox = Sandbox::with(&[("rows.csv", rows)]);
    let page = sandbox
        .run(&["eval", "rows.csv", "--format", "html"])
        .expect(0)
        .text();
    assert!(page.len() < 5_000_000, "{} bytes", page.len());
    assert!(
        page.contains("183 others"),
        "the matrix takes rare labels together"
    );
    assert!(!page.contains(&"x".repeat(1001)), "a long label is cut");
}

/// With so many labels the resamples leave out the figures of each.
#[test]
fn e13_a_thousand_labels_are_reported() {
    let mut rows = String::from("article,label,text\n");
    for i in 0..1000 {
        let _ = writeln!(rows, "a{},label{i},Police confirmed claim {i}.", i / 100);
    }
    let sandbox = Sandbox::with(&[("rows.csv", rows)]);
    let report = sandbox
        .run(&["eval", "rows.csv", "--format", "json", "--errors", "1"])
        .expect(0);
    assert!(report.text().contains("\"label999\""));
}

#[test]
fn a_page_of_an_article_has_its_sentences_and_a_summary() {
    let sandbox = Sandbox::with(&[(
        "a.txt",
        "Police confirmed the arrest on Monday.\nHe said it would rain.\n\nThe bridge opened in 1932.\n",
    )]);
    let page = sandbox
        .run(&["score", "a.txt", "--format", "html"])
        .expect(0)
        .text();
    for part in [
        "<h1>a.txt</h1>",
        "3 sentences, 1 of them without a label (33 %).",
        "Strongest confirmation</dt><dd><a href=\"#s1\" dir=\"auto\">Police confirmed the arrest on Monday.</a>",
        "Strongest doubt</dt><dd class=\"what\">none</dd>",
        "<span class=\"tip\"> confirmation, ",
        "<span class=\"tip\"> no label, ",
        "confirm <span class=\"weight\">",
    ] {
        assert!(page.contains(part), "no {part:?} in {page}");
    }
    assert_eq!(page.matches("<div class=\"paragraph\">").count(), 2);
    let unsure = [
        "score",
        "a.txt",
        "--format",
        "html",
        "--min-confidence",
        "1",
    ];
    let page = sandbox.run(&unsure).expect(0).text();
    assert!(page.contains("For 3 of these the model was too unsure."));
    assert!(page.contains("no label, unsure: confirmation "));
}

#[test]
fn a_page_of_many_sentences_counts_all_and_lists_some() {
    let text = "Police confirmed it.\nIt rained.\n".repeat(2600);
    let sandbox = Sandbox::with(&[("a.txt", text)]);
    let arguments = ["score", "a.txt", "--split", "none", "--format", "html"];
    let page = sandbox.run(&arguments).expect(0).text();
    assert!(page.contains("5200 sentences, 2600 of them without a label"));
    assert!(page.contains("The first 5000 sentences are shown; 200 more are counted above."));
    assert_eq!(page.matches("<details class=\"s ").count(), 5000);
}

#[test]
fn a_page_is_not_written_in_parts() {
    let sandbox = Sandbox::with(&[("a.txt", "It rained.")]);
    sandbox
        .run(&[
            "score", "a.txt", "--format", "html", "-o", "a.html", "--resume",
        ])
        .expect(2)
        .says(&["--resume with --format html", "jsonl first"]);
}
