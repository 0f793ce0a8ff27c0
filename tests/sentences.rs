//! Sentence boundaries: golden cases and properties.

mod common;

use std::ops::Range;

use common::random_cases;
use proptest::prelude::*;
use purport::text::sentence::{MAX_SENTENCE_BYTES, Span, sentences};
use unicode_segmentation::UnicodeSegmentation;

const GOLDEN: &str = include_str!("golden/sentences.txt");

/// A case of the golden file.
struct Case {
    line: usize,
    group: &'static str,
    known_failure: bool,
    sentences: Vec<String>,
    text: String,
}

fn cases() -> Vec<Case> {
    let mut group = "";
    let mut cases = Vec::new();
    for (number, line) in GOLDEN.lines().enumerate() {
        if let Some(name) = line.strip_prefix("== ") {
            group = name;
        } else if !line.is_empty() && !line.starts_with("# ") && line != "#" {
            let known = line.strip_prefix("!known ");
            let text = unescape(known.unwrap_or(line));
            cases.push(Case {
                line: number + 1,
                group,
                known_failure: known.is_some(),
                sentences: text
                    .split('‖')
                    .map(|sentence| sentence.trim().to_owned())
                    .collect(),
                text: text.replace('‖', ""),
            });
        }
    }
    cases
}

fn unescape(line: &str) -> String {
    let mut text = String::new();
    let mut pieces = line.split('\\');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (escaped, rest) = if let Some(hex) = piece.strip_prefix("u{") {
            let (code, rest) = hex.split_once('}').expect("`\\u{` has its `}`");
            let code = u32::from_str_radix(code, 16).expect("hexadecimal digits");
            (char::from_u32(code).expect("a character"), rest)
        } else {
            let escaped = match &piece[..1] {
                "n" => '\n',
                "r" => '\r',
                "t" => '\t',
                "f" => '\u{c}',
                "v" => '\u{b}',
                other => panic!("no escape `\\{other}` in {line:?}"),
            };
            (escaped, &piece[1..])
        };
        text.push(escaped);
        text.push_str(rest);
    }
    text
}

fn split(text: &str) -> Vec<&str> {
    sentences(text)
        .map(|span| &text[Range::from(span)])
        .collect()
}

#[test]
fn golden_cases() {
    let cases = cases();
    let mut wrong = Vec::new();
    for case in &cases {
        let found = split(&case.text);
        if (found == case.sentences) == case.known_failure {
            wrong.push(format!(
                "line {} ({}): {}\n  found    {found:?}\n  expected {:?}",
                case.line,
                case.group,
                if case.known_failure {
                    "no longer wrong, drop `!known`"
                } else {
                    "wrong"
                },
                case.sentences
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn at_most_three_in_a_hundred_golden_cases_are_known_failures() {
    let cases = cases();
    let known = cases.iter().filter(|case| case.known_failure).count();
    assert!(
        cases.len() >= 220 && known * 100 <= cases.len() * 3,
        "{known} of {}",
        cases.len()
    );
}

#[test]
fn d01_nothing_to_say_has_no_sentences() {
    for text in ["", " ", "\n\n", "\r\n \t\u{a0}\u{3000}", "\u{2028}\u{c}"] {
        assert_eq!(split(text), [""; 0], "for {text:?}");
    }
}

/// Text that is dense in what the rules look at.
fn news() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "The", "U.S.", "Sen.", "Lee", "no", "5", "a", "I", ".", "...", "…", "!", "?", "\"", "”",
        "“", "'", ")", "(", "[1]", "|", "—", " ", " ", " ", "\n", "\r", "\r\n", "\n\n", "\u{2028}",
        "\u{c}", "\u{a0}", "\u{301}", "\u{200d}", "\u{600}", "👩", "🇩", "。", "」", "と", "؟",
        "\u{94d}", "क", "\u{feff}", "\u{200b}", "iPhone", "p.m.", "Calif.", ",", "said", "ᄀ", "ᅡ",
    ]);
    prop::collection::vec(pieces, 0..60).prop_map(|pieces| pieces.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), news()]
}

fn is_grapheme_boundary(text: &str, at: usize) -> bool {
    at == text.len() || text.grapheme_indices(true).any(|(start, _)| start == at)
}

proptest! {
    #![proptest_config(random_cases(2_000))]

    #[test]
    fn d05_spans_and_white_space_between_rebuild_the_text(text in any_text()) {
        let mut at = 0;
        for Span { start, end } in sentences(&text) {
            prop_assert!(start >= at && end > start);
            prop_assert!(text[at..start].trim().is_empty());
            at = end;
        }
        prop_assert!(text[at..].trim().is_empty());
    }

    #[test]
    fn d04_spans_are_trimmed_and_on_grapheme_boundaries(text in any_text()) {
        for Span { start, end } in sentences(&text) {
            prop_assert!(is_grapheme_boundary(&text, start) && is_grapheme_boundary(&text, end));
            prop_assert!(end - start <= MAX_SENTENCE_BYTES);
            let graphemes: Vec<_> = text[start..end].graphemes(true).collect();
            for edge in [graphemes.first(), graphemes.last()] {
                prop_assert!(edge.is_some_and(|grapheme| !grapheme.trim().is_empty()));
            }
        }
    }

    #[test]
    fn i03_a_paragraph_behind_changes_no_sentence(text in any_text(), more in any_text()) {
        let both = format!("{text}\n\n{more}");
        let behind = split(&more);
        let mut expected = split(&text);
        expected.extend(behind);
        prop_assert_eq!(split(&both), expected);
    }

    #[test]
    fn line_breaks_of_every_kind_are_alike(text in news()) {
        let unix = text.replace("\r\n", "\n").replace('\r', "\n");
        let dos = unix.replace('\n', "\r\n");
        let mac = unix.replace('\n', "\r");
        let unify = |text: &str| -> Vec<String> {
            split(text).iter().map(|s| s.replace("\r\n", "\n").replace('\r', "\n")).collect()
        };
        prop_assert_eq!(unify(&dos), unify(&unix));
        prop_assert_eq!(unify(&mac), unify(&unix));
    }
}
