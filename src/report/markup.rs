//! What all HTML pages share: the frame with its security policy, and how names and numbers are shown.
//!
//! A page is one file that asks for nothing: its policy forbids everything but the style and the
//! script whose hashes it names. Texts are escaped where they are put in, by the templates, and
//! characters that no page may hold are spelt out at the end, whatever they came from.

use base64::prelude::{BASE64_STANDARD, Engine};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::terminal::printable_lines;
use crate::classifier::NONE;
use crate::evaluation::{Figure, Interval};

/// Style of all pages.
const BASE: &str = include_str!("assets/base.css");

/// A page to be.
pub(super) struct Page<'p> {
    pub title: &'p str,
    /// Style beside that of all pages.
    pub style: &'p str,
    pub script: &'p str,
    pub content: Markup,
}

impl Page<'_> {
    pub(super) fn render(self) -> String {
        let style = [BASE, self.style].concat();
        let policy = format!(
            "default-src 'none'; style-src 'sha256-{}'; {}base-uri 'none'; form-action 'none'",
            hash(&style),
            match self.script {
                "" => String::new(),
                script => format!("script-src 'sha256-{}'; ", hash(script)),
            }
        );
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    meta name="referrer" content="no-referrer";
                    meta name="generator" content={ "purport " (env!("CARGO_PKG_VERSION")) };
                    title { (self.title) }
                    style { (PreEscaped(&style)) }
                }
                body {
                    (self.content)
                    @if !self.script.is_empty() { script { (PreEscaped(self.script)) } }
                }
            }
        };
        // Line breaks stay: the hashes are those of style and script as they stand in the page.
        printable_lines(&page.into_string().replace(['\t', '\r'], " ")) + "\n"
    }
}

fn hash(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()))
}

/// Characters of a label, a path or another name that are shown at most.
pub(super) const NAME: usize = 200;

/// Characters of a sentence that are shown at most.
pub(super) const SENTENCE: usize = 2_000;

/// The first `most` characters, with `…` where some are left out.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text
            .chars()
            .take(most.saturating_sub(1))
            .chain(['…'])
            .collect(),
    }
}

/// A label as people read it.
pub(super) fn label_name(label: &str) -> String {
    cut(&label.replace('_', " "), NAME)
}

/// The class that gives a label its colour: those of the news model have their own, others share by index.
pub(super) fn tone(label: &str, index: usize) -> &'static str {
    match label {
        "reported_claim" => "t-claim",
        "confirmation" => "t-confirm",
        "skepticism" => "t-doubt",
        "promotional" => "t-promo",
        NONE => "t-none",
        _ => [
            "t-claim",
            "t-confirm",
            "t-doubt",
            "t-promo",
            "t-five",
            "t-six",
        ][index % 6],
    }
}

/// A label in its colour.
pub(super) fn label_tag(label: &str, index: usize) -> Markup {
    let name = label_name(label);
    let short = cut(&name, 28);
    let full = (short != name).then_some(&name);
    html! { span.label.(tone(label, index)) title=[full] { (short) } }
}

/// `77 %`, `9.3 %`: two digits, or whole percents.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.05 {
        "< 0.1 %".to_owned()
    } else if percent > 0.0 && percent < 9.95 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// Three decimals, or `n/a`.
pub(super) fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), |v| format!("{v:.3}"))
}

/// `[0.771, 0.803]`, or nothing.
pub(super) fn interval(figure: Figure) -> String {
    figure
        .shown_interval()
        .map_or_else(String::new, |i| format!("[{:.3}, {:.3}]", i.low, i.high))
}

/// `+0.012`, `−0.003`, `0.000`: three decimals with their sign.
pub(super) fn signed(value: f64) -> String {
    let thousandths = (value * 1000.0).round() / 1000.0;
    match thousandths {
        v if v > 0.0 => format!("+{v:.3}"),
        v if v < 0.0 => format!("−{:.3}", v.abs()),
        _ => "0.000".to_owned(),
    }
}

/// `[−0.003, +0.021]`, or nothing.
pub(super) fn signed_interval(interval: Option<Interval>) -> String {
    interval.map_or_else(String::new, |i| {
        format!("[{}, {}]", signed(i.low), signed(i.high))
    })
}

/// A count with its thousands set apart by a narrow space.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digits.len() > 4 {
            out.push('\u{202F}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        assert_eq!(count(1736), "1736");
        assert_eq!(count(1_234_567), "1\u{202F}234\u{202F}567");
        assert_eq!(percent(0.0), "0 %");
        assert_eq!(percent(0.0004), "< 0.1 %");
        assert_eq!(percent(0.056), "5.6 %");
        assert_eq!(percent(0.77), "77 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(signed(-0.0004), "0.000");
        assert_eq!(signed(-0.0126), "−0.013");
        assert_eq!(cut("reported claim", 8), "reporte…");
    }

    #[test]
    fn e11_texts_stay_texts() {
        let hostile = "</title><script>alert(1)</script>\"><svg onload=alert(1)> ]]> &# javascript: \u{2028}\0\u{202e}\u{1b}";
        let page = Page {
            title: hostile,
            style: "p {\n  color: red;\n}",
            script: "let a = 1;\n// b",
            content: html! { p title=(hostile) { (hostile) } (label_tag(hostile, 0)) },
        };
        let html = page.render();
        assert_eq!(html.matches("<script").count(), 1);
        assert!(!html.contains("<svg"));
        assert!(!html.contains(['\0', '\u{2028}', '\u{202e}', '\u{1b}']));
        assert!(html.contains("\\u{0}"));
        assert!(html.contains("title=\"&lt;/title&gt;"));
    }

    #[test]
    fn style_and_script_are_what_the_policy_lets_through() {
        let (style, script) = ("p {\n  color: red;\n}", "let a = 1;\n// b");
        let page = Page {
            title: "x",
            style,
            script,
            content: html! {},
        };
        let html = page.render();
        let between = |start: &str, end: &str| {
            let rest = html.split_once(start).unwrap().1;
            rest.split_once(end).unwrap().0.to_owned()
        };
        for text in [
            between("<style>", "</style>"),
            between("<script>", "</script>"),
        ] {
            assert!(
                html.contains(&format!("'sha256-{}'", hash(&text))),
                "{text}"
            );
        }
        assert_eq!(between("<script>", "</script>"), script);
    }
}
