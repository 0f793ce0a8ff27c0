//! `purport model diff`.

use purport::classifier::diff::{HeavyTerm, ModelDiff};
use purport::report::{Style, printable};
use serde_json::Value;

use crate::cli::short_id;

pub(super) fn human(diff: &ModelDiff, style: Style) -> String {
    let mut lines = vec![format!("A {}   B {}", short_id(&diff.a), short_id(&diff.b))];
    if diff.identical {
        lines.push("the models are the same".to_owned());
        return lines.join("\n") + "\n";
    }
    for (what, labels) in [
        ("only A has", &diff.labels_gone),
        ("only B has", &diff.labels_new),
    ] {
        if !labels.is_empty() {
            lines.push(format!("labels {what}: {}", printable(&labels.join(", "))));
        }
    }
    if !diff.settings.is_empty() {
        lines.push(String::new());
        lines.push(style.paint("1", "settings (A → B)"));
    }
    let width = diff
        .settings
        .iter()
        .map(|s| s.name.len())
        .max()
        .unwrap_or(0);
    for setting in &diff.settings {
        let (a, b) = (shown(&setting.a), shown(&setting.b));
        lines.push(format!("  {:<width$}  {a} → {b}", setting.name));
    }
    lines.push(String::new());
    lines.push(format!(
        "{} terms in both, {} only in A, {} only in B",
        diff.terms_common, diff.terms_gone, diff.terms_new
    ));
    for (title, terms) in [
        ("heaviest terms only in A", &diff.gone),
        ("heaviest terms only in B", &diff.new),
    ] {
        if !terms.is_empty() {
            lines.push(style.paint("1", title));
            lines.extend(terms.iter().map(heavy));
        }
    }
    if !diff.moved.is_empty() {
        lines.push(style.paint("1", "weights that moved most (A → B)"));
    }
    for moved in &diff.moved {
        let name = format!("{} for {}", printable(&moved.term), printable(&moved.label));
        let by = moved.b - moved.a;
        lines.push(format!(
            "  {name:<36} {:>9.4} → {:>9.4}  {by:+.4}",
            moved.a, moved.b
        ));
    }
    lines.join("\n") + "\n"
}

fn heavy(term: &HeavyTerm) -> String {
    let name = format!("{} for {}", printable(&term.term), printable(&term.label));
    format!("  {name:<36} {:>9.4}", term.weight)
}

/// Lists of many numbers do not fit a line.
const MOST_SHOWN: usize = 60;

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => printable(text),
        Value::Null => "none".to_owned(),
        Value::Array(items) => {
            let numbers: Vec<String> = items
                .iter()
                .map(|item| match item.as_f64() {
                    Some(number) if !item.is_u64() => format!("{number:.3}"),
                    _ => item.to_string(),
                })
                .collect();
            format!("[{}]", numbers.join(" "))
        }
        other => other.to_string(),
    };
    if text.chars().count() > MOST_SHOWN {
        text.chars().take(MOST_SHOWN).chain(['…']).collect()
    } else {
        text
    }
}
