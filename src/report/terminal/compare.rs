//! A comparison for people who read it in a terminal.

use std::fmt::Write;

use super::details::on_one_line;
use super::{Style, number, printable, short_id};
use crate::evaluation::compare::{Change, ChangeKind, Comparison, Difference};

/// Figures shown besides those of labels.
pub(in crate::report) const SHOWN: [&str; 9] = [
    "accuracy",
    "balanced_accuracy",
    "macro_f1",
    "macro_f1_labels",
    "macro_f1_forced",
    "mcc",
    "log_loss",
    "brier",
    "calibration_error",
];

/// The figures to show: the main ones, then F1 of every label.
pub(in crate::report) fn shown(comparison: &Comparison) -> Vec<&Difference> {
    let find = |name: &str| comparison.figures.iter().find(|f| f.name == name);
    SHOWN
        .iter()
        .filter_map(|name| find(name))
        .chain(
            comparison
                .labels
                .iter()
                .filter_map(|label| find(&format!("f1.{label}"))),
        )
        .collect()
}

/// What the figures come to, in a sentence.
pub(in crate::report) fn verdict(comparison: &Comparison) -> String {
    let Some(main) = comparison.figures.iter().find(|f| f.name == "macro_f1") else {
        return String::new();
    };
    let range = main
        .difference
        .interval
        .map_or_else(String::new, |i| format!(" [{:+.3}, {:+.3}]", i.low, i.high));
    let change = main
        .difference
        .value
        .map_or_else(|| "n/a".to_owned(), |d| format!("{d:+.3}"));
    let by_macro = match main.better {
        Some("a") => "A is better: macro_f1 of B is",
        Some(_) => "B is better: its macro_f1 is",
        None => "no clear difference: macro_f1 of B is",
    };
    format!("{by_macro} {change}{range} against A")
}

pub(in crate::report) fn kind_name(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::NewlyRight => "right only by B",
        ChangeKind::NewlyWrong => "right only by A",
        ChangeKind::OtherwiseWrong => "wrong by both in different ways",
    }
}

/// The sentence that says what `McNemar`'s test found.
pub(in crate::report) fn mcnemar_line(comparison: &Comparison) -> String {
    let test = comparison.mcnemar;
    format!(
        "{} sentences are right only by A, {} only by B: McNemar's exact test gives p = {}",
        test.only_a,
        test.only_b,
        p_value(test.p_value)
    )
}

pub(in crate::report) fn p_value(p: f64) -> String {
    if p < 0.0001 {
        format!("{p:.1e}")
    } else {
        format!("{p:.4}")
    }
}

/// The comparison as lines of text.
#[must_use]
pub fn comparison_terminal(c: &Comparison, style: Style) -> String {
    let mut out = String::new();
    for (letter, side) in [("A", &c.a), ("B", &c.b)] {
        let seen = match side.seen_in_training {
            0 => String::new(),
            n => format!("; {n} of the rows occur in its training data"),
        };
        let name = printable(&side.name);
        line!(
            out,
            "{letter} {name}, model {}{seen}",
            short_id(&side.model)
        );
        if !side.unknown_labels.is_empty() {
            let labels = printable(&side.unknown_labels.join(", "));
            line!(out, "  does not know, so never gives: {labels}");
        }
    }
    line!(out, "{} rows of {} articles", c.rows, c.articles);
    line!(out);
    figures(&mut out, c, style);
    line!(out, "{}", style.paint("1", &verdict(c)));
    line!(out, "{}", mcnemar_line(c));
    line!(out);
    for kind in [
        ChangeKind::NewlyWrong,
        ChangeKind::NewlyRight,
        ChangeKind::OtherwiseWrong,
    ] {
        changes(&mut out, c, kind, style);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn figures(out: &mut String, c: &Comparison, style: Style) {
    let rows = shown(c);
    let width = rows
        .iter()
        .map(|f| f.name.chars().count())
        .max()
        .unwrap_or(0);
    let heading = format!(
        "{:<width$}  {:>6}  {:>6}   B − A  95 % interval over articles",
        "figure", "A", "B"
    );
    line!(out, "{}", style.paint("1", &heading));
    for f in rows {
        let interval = f
            .difference
            .interval
            .map_or_else(String::new, |i| format!("[{:+.3}, {:+.3}]", i.low, i.high));
        let difference = match (f.difference.value, f.difference.reason) {
            (Some(d), _) => format!("{d:+.3}"),
            (None, Some(reason)) => format!("n/a: {reason}"),
            (None, None) => "n/a".to_owned(),
        };
        let better = match f.better {
            Some("a") => "  A is better",
            Some(_) => "  B is better",
            None => "",
        };
        let (name, a, b) = (printable(&f.name), number(f.a), number(f.b));
        let end = format!("{interval}{better}");
        line!(out, "{name:<width$}  {a:>6}  {b:>6}  {difference}  {end}");
    }
    line!(out);
}

fn changes(out: &mut String, c: &Comparison, kind: ChangeKind, style: Style) {
    let all = match kind {
        ChangeKind::NewlyRight => c.newly_right,
        ChangeKind::NewlyWrong => c.newly_wrong,
        ChangeKind::OtherwiseWrong => c.otherwise_wrong,
    };
    let listed: Vec<&Change> = c
        .changed
        .iter()
        .filter(|change| change.kind == kind)
        .collect();
    if listed.is_empty() {
        return;
    }
    let shown = match listed.len() as u64 {
        n if n < all => format!("{n} of {all}"),
        _ => all.to_string(),
    };
    let heading = format!("{}: {shown}", kind_name(kind));
    line!(out, "{}", style.paint("1", &heading));
    for change in listed {
        let given = |side: &crate::evaluation::compare::Given| {
            let codes = if side.label == change.gold {
                "32"
            } else {
                "31"
            };
            let share = format!("{:.0} %", side.confidence * 100.0);
            format!("{} {share}", style.paint(codes, &printable(&side.label)))
        };
        line!(
            out,
            "{}:{}  gold {}: A {}, B {}",
            printable(&change.sentence.file),
            change.sentence.line,
            printable(&change.gold),
            given(&change.a),
            given(&change.b)
        );
        line!(out, "  {}", on_one_line(&change.sentence.text));
    }
    line!(out);
}
