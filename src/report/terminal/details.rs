//! Where a model fails: slices, confused labels, the surest mistakes.

use std::fmt::Write;

use super::{Style, number, printable};
use crate::evaluation::curves::ReliabilityBin;
use crate::evaluation::mistakes::{Confused, Highlight, Mistake, TermWeight};
use crate::evaluation::{Evaluation, Slice};

/// Slices shown: those that cost most.
const SLICES: usize = 10;

/// Pairs of labels shown.
const PAIRS: usize = 6;

/// Cells of the scale from 0 to 100 %.
const SCALE: usize = 41;

/// The reliability diagram: for rows of about equal confidence, the share that is right.
pub(super) fn reliability(out: &mut String, e: &Evaluation, style: Style) {
    if e.curves.reliability.is_empty() {
        return;
    }
    let heading = format!(
        "confidence    rows  right  95 % interval   0 %{:>half$}{:>half$}",
        "50 %",
        "100 %",
        half = SCALE / 2 - 1
    );
    line!(out, "{}", style.paint("1", &heading));
    for bin in &e.curves.reliability {
        let interval = bin
            .interval
            .map_or_else(String::new, |i| format!("[{:.3}, {:.3}]", i.low, i.high));
        line!(
            out,
            "{:>10.3} {:>7}  {:.3}  {interval:<14}  {}",
            bin.confidence,
            bin.rows,
            bin.accuracy,
            on_scale(bin)
        );
    }
    line!(
        out,
        "● right, ─ its interval, ┃ confidence: they should meet; expected calibration error {}",
        number(e.calibration_error.value)
    );
    line!(out);
}

/// A bin on a line from 0 to 100 %: where the share that is right lies, its interval, and the confidence.
fn on_scale(bin: &ReliabilityBin) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a small width"
    )]
    let cell = |share: f64| (share.clamp(0.0, 1.0) * (SCALE - 1) as f64).round() as usize;
    let mut cells = vec![' '; SCALE];
    if let Some(i) = bin.interval {
        cells[cell(i.low)..=cell(i.high)].fill('─');
    }
    cells[cell(bin.confidence)] = '┃';
    cells[cell(bin.accuracy)] = '●';
    let line: String = cells.into_iter().collect();
    line.trim_end().to_owned()
}

pub(super) fn slices(out: &mut String, e: &Evaluation, style: Style) {
    let costly = e.costly_slices(SLICES);
    if costly.is_empty() {
        return;
    }
    let name = |s: &Slice| {
        let name = printable(&format!("{}: {}", s.dimension, s.value));
        name.chars().take(40).collect::<String>()
    };
    let width = costly
        .iter()
        .map(|s| name(s).chars().count())
        .max()
        .unwrap_or(0);
    let heading = format!(
        "{:<width$}   rows  articles  accuracy  95 % interval    costs",
        "worst slices"
    );
    line!(out, "{}", style.paint("1", &heading));
    for slice in costly {
        let interval = slice
            .accuracy
            .shown_interval()
            .map_or_else(String::new, |i| format!("[{:.3}, {:.3}]", i.low, i.high));
        line!(
            out,
            "{:<width$} {:>6} {:>9}     {:>5}  {interval:<14}  {:.4}",
            name(slice),
            slice.rows,
            slice.articles,
            number(slice.accuracy.value),
            slice.cost
        );
    }
    line!(
        out,
        "costs: what the accuracy over all rows would gain if the slice were as accurate as the others"
    );
    line!(out);
}

pub(super) fn confused(out: &mut String, e: &Evaluation, style: Style) {
    if e.confused.is_empty() {
        return;
    }
    let width = e
        .confused
        .iter()
        .map(|pair| pair_name(pair).chars().count())
        .max()
        .unwrap_or(0);
    let heading = format!("{:<width$}   rows  share", "gold → given");
    line!(out, "{}", style.paint("1", &heading));
    for pair in e.confused.iter().take(PAIRS) {
        line!(
            out,
            "{:<width$} {:>6}  {:>3.0} %  given for {}; right for {}",
            pair_name(pair),
            pair.rows,
            pair.share * 100.0,
            terms(&pair.for_predicted),
            terms(&pair.for_gold),
        );
    }
    line!(out);
}

fn pair_name(pair: &Confused) -> String {
    printable(&format!("{} → {}", pair.gold, pair.predicted))
}

pub(super) fn mistakes(out: &mut String, e: &Evaluation, style: Style) {
    if e.mistakes.is_empty() {
        return;
    }
    let heading = match e.mistakes.len() as u64 {
        shown if shown < e.mistakes_total => {
            format!("surest mistakes: {shown} of {}", e.mistakes_total)
        }
        all => format!("mistakes, the surest first: {all}"),
    };
    line!(out, "{}", style.paint("1", &heading));
    for mistake in &e.mistakes {
        one_mistake(out, mistake, style);
    }
    line!(out);
}

fn one_mistake(out: &mut String, m: &Mistake, style: Style) {
    let seen = if m.seen { ", seen in training" } else { "" };
    line!(
        out,
        "{}:{}  {} given {} at {:.0} %{seen}",
        printable(&m.sentence.file),
        m.sentence.line,
        style.paint("32", &printable(&m.gold)),
        style.paint("31", &printable(&m.predicted)),
        m.confidence * 100.0
    );
    line!(
        out,
        "  {}",
        highlighted(&m.sentence.text, &m.highlights, style)
    );
    line!(out, "  given for {}", terms(&m.for_predicted));
    if !m.for_gold.is_empty() {
        line!(out, "  right for {}", terms(&m.for_gold));
    }
    for near in &m.nearest {
        line!(
            out,
            "  like {:.2} {}:{}  {}: {}",
            near.similarity,
            printable(&near.file),
            near.line,
            printable(&near.label),
            on_one_line(&near.text)
        );
    }
}

pub(super) fn terms(terms: &[TermWeight]) -> String {
    if terms.is_empty() {
        return "nothing".to_owned();
    }
    let shown: Vec<String> = terms
        .iter()
        .take(3)
        .map(|t| format!("{} {:.2}", printable(&t.term), t.weight))
        .collect();
    shown.join(", ")
}

/// Words this much lighter than the heaviest are not coloured.
const LEAST_SHARE: f64 = 0.25;

/// The sentence with the words that weighed most coloured by the label they weighed for.
fn highlighted(text: &str, highlights: &[Highlight], style: Style) -> String {
    let heaviest = highlights
        .iter()
        .map(|h| h.weight.abs())
        .fold(0.0, f64::max);
    let mut out = String::new();
    let mut at = 0;
    for word in highlights {
        if word.weight.abs() < heaviest * LEAST_SHARE {
            continue;
        }
        out += &on_one_line(&text[at..word.start]);
        let codes = if word.weight > 0.0 { "31;4" } else { "32;4" };
        out += &style.paint(codes, &on_one_line(&text[word.start..word.end]));
        at = word.end;
    }
    out + &on_one_line(&text[at..])
}

pub(super) fn on_one_line(text: &str) -> String {
    printable(&text.replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_coloured_by_the_label_they_weighed_for() {
        let highlights = [
            Highlight {
                start: 0,
                end: 2,
                weight: 0.1,
            },
            Highlight {
                start: 3,
                end: 7,
                weight: 1.0,
            },
            Highlight {
                start: 8,
                end: 11,
                weight: -0.5,
            },
        ];
        let plain = highlighted("It said\nnot.", &highlights, Style { color: false });
        assert_eq!(plain, "It said not.");
        let colored = highlighted("It said\nnot.", &highlights, Style { color: true });
        assert_eq!(colored, "It \x1b[31;4msaid\x1b[0m \x1b[32;4mnot\x1b[0m.");
    }
}
