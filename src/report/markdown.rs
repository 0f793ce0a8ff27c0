//! Reports as GitHub-flavoured Markdown, for a pull request.

use std::fmt::Write;

use super::terminal::compare::{kind_name, mcnemar_line, shown, verdict};
use super::terminal::{is_harmless, short_id};
use crate::evaluation::compare::Comparison;
use crate::evaluation::{Evaluation, Figure};

/// Slices shown: those that cost most.
const SLICES: usize = 10;

/// Tables of more labels than this are left out.
const CONFUSION_LABELS: usize = 12;

/// Text from outside as it stands in a cell: nothing in it is markup, and it stays on its line.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '+' | '!' | '|'
            | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            c if is_harmless(c) => out.push(c),
            _ => out.push(' '),
        }
    }
    out
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), |v| format!("{v:.3}"))
}

fn with_interval(figure: Figure) -> String {
    let interval = figure
        .shown_interval()
        .map_or_else(String::new, |i| format!(" [{:.3}, {:.3}]", i.low, i.high));
    let reason = figure.reason.map_or_else(String::new, |r| format!(": {r}"));
    number(figure.value) + &interval + &reason
}

/// The evaluation as Markdown.
#[must_use]
pub fn markdown(e: &Evaluation) -> String {
    let mut out = String::new();
    line!(out, "## Accuracy of model `{}`\n", short_id(&e.model));
    line!(
        out,
        "{} rows of {} articles. Brackets hold 95 % intervals over articles.\n",
        e.rows,
        e.articles
    );
    gates(&mut out, e);
    warnings(&mut out, e);
    figures(&mut out, e);
    by_label(&mut out, e);
    confusion(&mut out, e);
    learning_curve(&mut out, e);
    slices(&mut out, e);
    confused(&mut out, e);
    mistakes(&mut out, e);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn gates(out: &mut String, e: &Evaluation) {
    if e.gates.is_empty() {
        return;
    }
    line!(out, "| gate | wanted | found | |\n|---|---|---|---|");
    for gate in &e.gates {
        let met = if gate.met { "met" } else { "**missed**" };
        let (name, found) = (text(&gate.name), number(gate.found));
        line!(out, "| {name} | {:.3} | {found} | {met} |", gate.wanted);
    }
    line!(out);
}

fn warnings(out: &mut String, e: &Evaluation) {
    if let Some(rest) = &e.without_seen {
        line!(
            out,
            "> {} of the rows also occur in the training data; without them accuracy is {} and macro\\_f1 {}.\n",
            e.seen_in_training,
            with_interval(rest.accuracy),
            with_interval(rest.macro_f1)
        );
    }
    for note in &e.notes {
        line!(out, "> {}\n", text(note));
    }
}

fn figures(out: &mut String, e: &Evaluation) {
    line!(out, "| figure | value |\n|---|---|");
    for (name, figure) in [
        ("accuracy", e.accuracy),
        ("balanced accuracy", e.balanced_accuracy),
        ("macro-F1", e.macro_f1),
        ("macro-F1 of labels (without `none`)", e.macro_f1_labels),
        ("macro-F1, a label forced", e.macro_f1_forced),
        ("MCC", e.mcc),
        ("log-loss", e.log_loss),
        ("Brier score", e.brier),
        ("calibration error", e.calibration_error),
    ] {
        line!(out, "| {name} | {} |", with_interval(figure));
    }
    line!(out);
}

fn by_label(out: &mut String, e: &Evaluation) {
    line!(
        out,
        "| label | rows | given | precision | recall | F1 |\n|---|--:|--:|---|---|---|"
    );
    for of in &e.by_label {
        line!(
            out,
            "| {} | {} | {} | {} | {} | {} |",
            text(&of.label),
            of.gold,
            of.predicted,
            with_interval(of.precision),
            with_interval(of.recall),
            with_interval(of.f1)
        );
    }
    line!(out);
}

fn confusion(out: &mut String, e: &Evaluation) {
    if e.labels.len() > CONFUSION_LABELS {
        return;
    }
    let names: Vec<String> = e.labels.iter().map(|l| text(l)).collect();
    line!(out, "| gold ↓ given → | {} |", names.join(" | "));
    line!(out, "|---|{}", "--:|".repeat(names.len()));
    for (gold, name) in names.iter().enumerate() {
        let cells: Vec<String> = (0..names.len())
            .map(|given| {
                let count = e.confusion.count(gold, given);
                if gold == given {
                    format!("**{count}**")
                } else {
                    count.to_string()
                }
            })
            .collect();
        line!(out, "| {name} | {} |", cells.join(" | "));
    }
    line!(out);
}

fn learning_curve(out: &mut String, e: &Evaluation) {
    if e.learning_curve.is_empty() {
        return;
    }
    line!(
        out,
        "| trained on | rows | articles | accuracy | macro-F1 |\n|--:|--:|--:|---|---|"
    );
    for point in &e.learning_curve {
        line!(
            out,
            "| {:.0} % | {} | {} | {} | {} |",
            point.share * 100.0,
            point.rows,
            point.articles,
            with_interval(point.accuracy),
            with_interval(point.macro_f1)
        );
    }
    line!(out);
}

fn slices(out: &mut String, e: &Evaluation) {
    let costly = e.costly_slices(SLICES);
    if costly.is_empty() {
        return;
    }
    line!(
        out,
        "| slices that cost most | rows | articles | accuracy | costs |\n|---|--:|--:|---|--:|"
    );
    for slice in costly {
        line!(
            out,
            "| {}: {} | {} | {} | {} | {:.4} |",
            text(&slice.dimension),
            text(&slice.value),
            slice.rows,
            slice.articles,
            with_interval(slice.accuracy),
            slice.cost
        );
    }
    line!(out);
}

fn confused(out: &mut String, e: &Evaluation) {
    if e.confused.is_empty() {
        return;
    }
    line!(
        out,
        "| gold → given | rows | share of the label |\n|---|--:|--:|"
    );
    for pair in &e.confused {
        let share = pair.share * 100.0;
        line!(
            out,
            "| {} → {} | {} | {share:.0} % |",
            text(&pair.gold),
            text(&pair.predicted),
            pair.rows
        );
    }
    line!(out);
}

fn mistakes(out: &mut String, e: &Evaluation) {
    if e.mistakes.is_empty() {
        return;
    }
    line!(
        out,
        "<details><summary>The surest of {} mistakes</summary>\n",
        e.mistakes_total
    );
    line!(
        out,
        "| sentence | gold | given | confidence | where |\n|---|---|---|--:|---|"
    );
    for m in &e.mistakes {
        line!(
            out,
            "| {} | {} | {} | {:.0} % | {}:{} |",
            text(&m.sentence.text),
            text(&m.gold),
            text(&m.predicted),
            m.confidence * 100.0,
            text(&m.sentence.file),
            m.sentence.line
        );
    }
    line!(out, "\n</details>");
}

/// The comparison as Markdown.
#[must_use]
pub fn comparison_markdown(c: &Comparison) -> String {
    let mut out = String::new();
    line!(out, "## {}\n", text(&verdict(c)));
    for (letter, side) in [("A", &c.a), ("B", &c.b)] {
        let (name, id) = (text(&side.name), short_id(&side.model));
        line!(
            out,
            "* {letter}: {name}, model `{id}`; {} rows seen in training",
            side.seen_in_training
        );
        if !side.unknown_labels.is_empty() {
            let labels = text(&side.unknown_labels.join(", "));
            line!(out, "  * does not know, so never gives: {labels}");
        }
    }
    line!(
        out,
        "\n{} rows of {} articles. {}.\n",
        c.rows,
        c.articles,
        mcnemar_line(c)
    );
    line!(
        out,
        "| figure | A | B | B − A | better |\n|---|--:|--:|---|---|"
    );
    for f in shown(c) {
        let interval = f
            .difference
            .interval
            .map_or_else(String::new, |i| format!(" [{:+.3}, {:+.3}]", i.low, i.high));
        let change = f
            .difference
            .value
            .map_or_else(|| "n/a".to_owned(), |d| format!("{d:+.3}"));
        let better = f.better.unwrap_or("").to_uppercase();
        let (name, a, b) = (text(&f.name), number(f.a), number(f.b));
        line!(
            out,
            "| {name} | {a} | {b} | {change}{interval} | {better} |"
        );
    }
    if !c.changed.is_empty() {
        line!(out, "\n<details><summary>Changed sentences</summary>\n");
        line!(
            out,
            "| | sentence | gold | A | B | where |\n|---|---|---|---|---|---|"
        );
        for change in &c.changed {
            line!(
                out,
                "| {} | {} | {} | {} {:.0} % | {} {:.0} % | {}:{} |",
                kind_name(change.kind),
                text(&change.sentence.text),
                text(&change.gold),
                text(&change.a.label),
                change.a.confidence * 100.0,
                text(&change.b.label),
                change.b.confidence * 100.0,
                text(&change.sentence.file),
                change.sentence.line
            );
        }
        line!(out, "\n</details>");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e11_text_from_outside_is_no_markup() {
        assert_eq!(
            text("a|b\n<script>*x*</script>\u{202e}[l](javascript:1) `c` @me"),
            "a\\|b &lt;script&gt;\\*x\\*&lt;/script&gt; \\[l\\]\\(javascript:1\\) \\`c\\` \\@me"
        );
    }
}
