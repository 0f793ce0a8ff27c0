//! An evaluation for people who read it in a terminal.

pub(super) mod audit;
pub(super) mod compare;
mod details;

use std::fmt::Write;

use crate::classifier::NONE;
use crate::evaluation::{Evaluation, Figure, less_is_better};

/// Styles a text for a terminal, or leaves it plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Write escape codes.
    pub color: bool,
}

impl Style {
    /// `text` in the style of the codes, such as `1` for bold or `31` for red.
    #[must_use]
    pub fn paint(self, codes: &str, text: &str) -> String {
        if self.color && !codes.is_empty() {
            format!("\x1b[{codes}m{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// `text` on one line, with everything spelt out that could move the cursor, ring a bell or turn the line around.
#[must_use]
pub fn printable(text: &str) -> String {
    printable_lines(text).replace('\n', "\\n")
}

/// As [`printable`], but lines stay lines.
pub(super) fn printable_lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '\n' || is_harmless(c) {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
    }
    out
}

/// It neither moves the cursor nor turns or breaks the line.
pub(super) fn is_harmless(c: char) -> bool {
    let turns = matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{061C}');
    let breaks = matches!(c, '\u{2028}' | '\u{2029}' | '\u{FEFF}');
    !(c.is_control() || turns || breaks)
}

/// The codes of a label: those of the news model have colours of their own, others share by index.
#[must_use]
pub fn label_style(label: &str, index: usize) -> &'static str {
    match label {
        "reported_claim" => "36",
        "confirmation" => "32",
        "skepticism" => "33",
        "promotional" => "35",
        NONE => "2",
        _ => ["36", "32", "33", "35", "34", "31"][index % 6],
    }
}

/// A bar of `width` cells for a share from 0 to 1, in eighths of a cell.
#[must_use]
pub fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a small width"
    )]
    let eighths = (share.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

/// The first digits of a model's id: enough to tell models apart.
pub(super) fn short_id(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), |v| format!("{v:.3}"))
}

fn figure(figure: Figure) -> String {
    let interval = figure
        .shown_interval()
        .map_or_else(String::new, |i| format!("  [{:.3}, {:.3}]", i.low, i.high));
    number(figure.value) + &interval
}

/// The report as lines of text.
#[must_use]
pub fn terminal(evaluation: &Evaluation, style: Style) -> String {
    let evaluation = &with_printable_labels(evaluation);
    let mut out = String::new();
    head(&mut out, evaluation, style);
    gates(&mut out, evaluation, style);
    summary(&mut out, evaluation, style);
    by_label(&mut out, evaluation, style);
    confusion(&mut out, evaluation, style);
    probabilities(&mut out, evaluation, style);
    details::reliability(&mut out, evaluation, style);
    learning_curve(&mut out, evaluation, style);
    details::slices(&mut out, evaluation, style);
    details::confused(&mut out, evaluation, style);
    details::mistakes(&mut out, evaluation, style);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Labels come from outside and are shown on a terminal.
fn with_printable_labels(evaluation: &Evaluation) -> Evaluation {
    let mut shown = evaluation.clone();
    for label in shown.labels.iter_mut().chain(&mut shown.unknown_labels) {
        *label = printable(label);
    }
    for figures in &mut shown.by_label {
        figures.label = printable(&figures.label);
    }
    shown
}

fn head(out: &mut String, e: &Evaluation, style: Style) {
    line!(out, "model {}", style.paint("1", short_id(&e.model)));
    let context = match e.context_rows {
        0 => String::new(),
        n => format!("; {n} more without a label are context"),
    };
    line!(out, "{} rows of {} articles{context}", e.rows, e.articles);
    if let Some(rest) = &e.without_seen {
        let seen = format!(
            "{} of the rows also occur in the training data: the figures flatter the model; \
             without them accuracy {}, macro_f1 {}",
            e.seen_in_training,
            number(rest.accuracy.value),
            number(rest.macro_f1.value)
        );
        line!(out, "{}", style.paint("33", &seen));
    }
    if !e.unknown_labels.is_empty() {
        line!(
            out,
            "labels unknown to the model, counted as mistakes: {}",
            e.unknown_labels.join(", ")
        );
    }
    if let Some(ceiling) = e.noise_ceiling.filter(|c| *c < 1.0) {
        line!(
            out,
            "equal texts have different labels: no model that reads the sentence alone reaches more than {ceiling:.3}"
        );
    }
    for note in &e.notes {
        line!(out, "{}", printable(note));
    }
    line!(out);
}

fn gates(out: &mut String, e: &Evaluation, style: Style) {
    if e.gates.is_empty() {
        return;
    }
    for gate in &e.gates {
        let (codes, met) = if gate.met {
            ("32", "met")
        } else {
            ("31", "missed")
        };
        let bound = if less_is_better(&gate.name) {
            "at most"
        } else {
            "at least"
        };
        line!(
            out,
            "gate {}: {} is {}, wanted {bound} {:.3}",
            style.paint(codes, met),
            printable(&gate.name),
            number(gate.found),
            gate.wanted
        );
    }
    line!(out);
}

fn summary(out: &mut String, e: &Evaluation, style: Style) {
    let basis = if e.intervals.resamples > 0 {
        "95 % interval over articles"
    } else {
        "95 % interval as if rows were independent"
    };
    let heading = format!("figure                     value  {basis}");
    line!(out, "{}", style.paint("1", &heading));
    for (name, value) in [
        ("accuracy", e.accuracy),
        ("balanced_accuracy", e.balanced_accuracy),
        ("macro_f1", e.macro_f1),
        ("macro_f1_labels", e.macro_f1_labels),
        ("macro_f1_forced", e.macro_f1_forced),
        ("weighted_f1", e.averages.weighted.f1),
        ("mcc", e.mcc),
        ("kappa", e.kappa),
        ("roc_auc", e.roc_auc),
        ("average_precision", e.average_precision),
        ("log_loss", e.log_loss),
        ("brier", e.brier),
        ("calibration_error", e.calibration_error),
        ("risk_coverage_area", e.risk_coverage_area),
    ] {
        let reason = value.reason.map_or_else(String::new, |r| format!(": {r}"));
        line!(out, "{name:<26} {}{reason}", figure(value));
    }
    line!(out);
}

fn by_label(out: &mut String, e: &Evaluation, style: Style) {
    let width = label_width(e);
    let heading = format!(
        "{:<width$}   rows  given  {:<21}  {:<21}  F1",
        "label", "precision", "recall"
    );
    line!(out, "{}", style.paint("1", &heading));
    for (i, label) in e.by_label.iter().enumerate() {
        let name = format!("{:<width$}", label.label);
        line!(
            out,
            "{} {:>6} {:>6}  {:<21}  {:<21}  {}",
            style.paint(label_style(&label.label, i), &name),
            label.gold,
            label.predicted,
            in_column(label.precision),
            in_column(label.recall),
            in_column(label.f1),
        );
    }
    line!(out);
}

/// A value and its interval where the heading says what they are.
fn in_column(figure: Figure) -> String {
    let interval = figure
        .shown_interval()
        .map_or_else(String::new, |i| format!(" [{:.3}, {:.3}]", i.low, i.high));
    number(figure.value) + &interval
}

fn label_width(e: &Evaluation) -> usize {
    e.labels
        .iter()
        .map(|l| l.chars().count())
        .max()
        .unwrap_or(0)
        .max(5)
}

/// At most so many labels are shown as a table: more do not fit a terminal.
const CONFUSION_LABELS: usize = 12;

/// Counts, and shares of the rows of each gold label.
fn confusion(out: &mut String, e: &Evaluation, style: Style) {
    if e.labels.len() > CONFUSION_LABELS {
        return;
    }
    let count = |gold, given| e.confusion.count(gold, given).to_string();
    square(out, e, style, "gold ↓ given →", count);
    let share = |gold: usize, given| match e.by_label[gold].gold {
        0 => "n/a".to_owned(),
        all => format!(
            "{:.0}",
            100.0 * e.confusion.count(gold, given) as f64 / all as f64
        ),
    };
    square(out, e, style, "% of the row", share);
}

fn square(
    out: &mut String,
    e: &Evaluation,
    style: Style,
    name: &str,
    cell: impl Fn(usize, usize) -> String,
) {
    let width = label_width(e).max(14);
    let columns: Vec<String> = e.labels.iter().map(|l| format!("{l:>7.7}")).collect();
    let heading = format!("{name:<width$} {}", columns.join(" "));
    line!(out, "{}", style.paint("1", &heading));
    for (gold, label) in e.labels.iter().enumerate() {
        let cells: String = (0..e.labels.len())
            .map(|given| {
                let cell = format!(" {:>7}", cell(gold, given));
                if gold == given {
                    style.paint("1", &cell)
                } else {
                    cell
                }
            })
            .collect();
        line!(out, "{label:<width$}{cells}");
    }
    line!(out);
}

fn probabilities(out: &mut String, e: &Evaluation, style: Style) {
    line!(
        out,
        "{}",
        style.paint("1", "surest rows   least confidence   accuracy")
    );
    for point in &e.coverage {
        line!(
            out,
            "{:>9.0} %   {:>16.2}   {:.3}  {}",
            point.coverage * 100.0,
            point.confidence,
            point.accuracy,
            bar(point.accuracy, 30)
        );
    }
    line!(out);
}

fn learning_curve(out: &mut String, e: &Evaluation, style: Style) {
    if e.learning_curve.is_empty() {
        return;
    }
    let heading = "trained on    rows  articles  accuracy  macro_f1";
    line!(out, "{}", style.paint("1", heading));
    for point in &e.learning_curve {
        line!(
            out,
            "{:>8.0} % {:>7} {:>9}     {}     {}  {}",
            point.share * 100.0,
            point.rows,
            point.articles,
            number(point.accuracy.value),
            number(point.macro_f1.value),
            bar(point.macro_f1.value.unwrap_or(0.0), 30)
        );
    }
    line!(out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::{EvaluationParams, Judged};

    #[test]
    fn a_report_shows_every_part() {
        let labels = ["claim", "none"].map(str::to_owned);
        let rows = [
            ("claim", [0.9, 0.1]),
            ("none", [0.2, 0.8]),
            ("none", [0.6, 0.4]),
        ];
        let judged: Vec<Judged<'_>> = (0u32..)
            .zip(&rows)
            .map(|(article, (gold, p))| Judged {
                gold,
                article,
                probabilities: p,
                seen: false,
            })
            .collect();
        let evaluation =
            Evaluation::of_rows("test", &labels, &judged, &EvaluationParams::default());
        insta::assert_snapshot!(terminal(&evaluation, Style { color: false }));
        assert!(terminal(&evaluation, Style { color: true }).contains('\x1b'));
    }

    #[test]
    fn d25_escape_codes_are_spelt_out() {
        assert_eq!(
            printable("a\u{1b}]52;c;x\u{7}\r\u{202e}\u{9b}b — “é”"),
            "a\\u{1b}]52;c;x\\u{7}\\u{d}\\u{202e}\\u{9b}b — “é”"
        );
    }

    #[test]
    fn bars_are_drawn_in_eighths() {
        assert_eq!(bar(0.5, 4), "██");
        assert_eq!(bar(0.53, 4), "██▏");
        assert_eq!(bar(2.0, 2), "██");
    }
}
