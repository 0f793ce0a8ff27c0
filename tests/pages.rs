//! The HTML pages, as the command line gives them. `scripts/check_pages.sh` opens them in a browser.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::fmt::Write;

use common::Sandbox;

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

/// The elements of a page, and what its security policy lets through.
fn assert_harmless(page: &str) {
    assert!(page.starts_with("<!DOCTYPE html>"));
    assert_eq!(page.matches("<script").count(), 1, "one script, ours");
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
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
    assert_harmless(&report(&hostile()));
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
