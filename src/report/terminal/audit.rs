//! An audit for people who read it in a terminal.

use std::fmt::Write;

use super::details::{on_one_line, terms};
use super::{Style, bar, number, printable};
use crate::audit::{Agreement, Audit, NearPair, Overlap, RowRef};

/// The audit as lines of text.
#[must_use]
pub fn audit_terminal(audit: &Audit, style: Style) -> String {
    let mut out = String::new();
    let unlabelled = match audit.unlabelled {
        0 => String::new(),
        n => format!(", {n} of them without a label"),
    };
    line!(
        out,
        "{} rows of {} articles{unlabelled}",
        audit.rows,
        audit.articles
    );
    line!(out);
    labels(&mut out, audit, style);
    structure(&mut out, audit, style);
    copies(&mut out, audit, style);
    if let Some(overlap) = &audit.overlap {
        shared(&mut out, overlap, style);
    }
    foreign(&mut out, audit, style);
    suspects(&mut out, audit, style);
    if let Some(agreement) = &audit.agreement {
        agree(&mut out, agreement, style);
    }
    let end = match audit.warnings {
        0 => style.paint("32", "no warnings"),
        1 => style.paint("33", "1 warning"),
        n => style.paint("33", &format!("{n} warnings")),
    };
    line!(out, "{end}");
    out
}

fn title(out: &mut String, style: Style, text: &str) {
    line!(out, "{}", style.paint("1", text));
}

fn place(row: &RowRef) -> String {
    format!("{}:{}", printable(&row.file), row.line)
}

/// Longer sentences are cut in lists.
const MOST_SHOWN: usize = 100;

fn short(text: &str) -> String {
    let text = on_one_line(text);
    if text.chars().count() > MOST_SHOWN {
        text.chars().take(MOST_SHOWN).chain(['…']).collect()
    } else {
        text
    }
}

fn labels(out: &mut String, audit: &Audit, style: Style) {
    let name = |label: &str| printable(label).replace('\n', " ");
    let width = audit
        .labels
        .iter()
        .map(|l| name(&l.label).chars().count())
        .max()
        .unwrap_or(0)
        .max(5);
    title(
        out,
        style,
        &format!("{:<width$}     rows          articles", "label"),
    );
    for label in &audit.labels {
        let rare = if label.rare {
            "  too rare to learn and test"
        } else {
            ""
        };
        line!(
            out,
            "{:<width$} {:>8}  {:>5.1} %  {:>7}  {}{rare}",
            name(&label.label),
            label.rows,
            label.share * 100.0,
            label.articles,
            bar(label.share, 30)
        );
    }
    line!(out);
}

fn structure(out: &mut String, audit: &Audit, style: Style) {
    if audit.skipped > 0 {
        line!(out, "{} bad rows were left out", audit.skipped);
        line!(out);
    }
    if audit.structure.is_empty() {
        return;
    }
    title(out, style, "encoding, structure, labels");
    for warning in &audit.structure {
        let hint = warning
            .hint
            .as_ref()
            .map_or_else(String::new, |h| format!(" ({h})"));
        line!(out, "  {}{hint}", printable(&warning.message));
    }
    line!(out);
}

fn near_pair(out: &mut String, pair: &NearPair) {
    line!(
        out,
        "  {:.2}  {}  {}",
        pair.similarity,
        place(&pair.a),
        short(&pair.a.text)
    );
    line!(out, "        {}  {}", place(&pair.b), short(&pair.b.text));
}

fn copies(out: &mut String, audit: &Audit, style: Style) {
    let c = &audit.copies;
    if c.texts > 0 {
        let heading = format!(
            "{} texts occur more than once: {} rows, {} of them of five words or more",
            c.texts, c.extra_rows, c.extra_long_rows
        );
        title(out, style, &heading);
        for (row, count) in &c.listed {
            line!(out, "  {count:>4} ×  {}  {}", place(row), short(&row.text));
        }
        line!(out);
    }
    if audit.conflicts_total > 0 {
        let heading = format!("{} texts have different labels", audit.conflicts_total);
        title(out, style, &heading);
        for conflict in &audit.conflicts {
            let labels: Vec<String> = conflict
                .labels
                .iter()
                .map(|(label, count, first)| {
                    format!("{} {count} × ({})", printable(label), place(first))
                })
                .collect();
            line!(out, "  {}: {}", short(&conflict.text), labels.join(", "));
        }
        line!(out);
    }
    if audit.near_total > 0 {
        title(
            out,
            style,
            &format!("{} pairs are nearly the same", audit.near_total),
        );
        for pair in &audit.near {
            near_pair(out, pair);
        }
        line!(out);
    }
}

fn shared(out: &mut String, overlap: &Overlap, style: Style) {
    let heading = format!(
        "shared with the test data: {} rows word for word ({} of five words or more), {} pairs nearly, {} articles",
        overlap.exact,
        overlap.exact_long,
        overlap.near,
        overlap.articles.len()
    );
    title(out, style, &heading);
    for (here, there) in &overlap.listed_exact {
        line!(
            out,
            "  1.00  {}  {}  {}",
            place(here),
            place(there),
            short(&here.text)
        );
    }
    for pair in &overlap.listed_near {
        near_pair(out, pair);
    }
    if !overlap.articles.is_empty() {
        let names: Vec<String> = overlap
            .articles
            .iter()
            .take(10)
            .map(|n| printable(n))
            .collect();
        let more = overlap.articles.len().saturating_sub(names.len());
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        line!(out, "  articles on both sides: {}{more}", names.join(", "));
    }
    line!(out);
}

fn foreign(out: &mut String, audit: &Audit, style: Style) {
    if audit.foreign.is_empty() {
        return;
    }
    title(
        out,
        style,
        &format!(
            "{} articles look like another language",
            audit.foreign.len()
        ),
    );
    for article in audit.foreign.iter().take(10) {
        let row = &article.first;
        line!(
            out,
            "  {}  {}  {}",
            place(row),
            article.language,
            short(&row.text)
        );
    }
    line!(out);
}

fn suspects(out: &mut String, audit: &Audit, style: Style) {
    if let Some(reason) = &audit.suspects_reason {
        line!(
            out,
            "label errors were not looked for: {}",
            printable(reason)
        );
        line!(out);
    }
    if audit.suspects.is_empty() {
        return;
    }
    let heading = match audit.suspects_total {
        Some(all) if all > audit.suspects.len() => {
            format!(
                "probable label errors, the clearest {} of {all}",
                audit.suspects.len()
            )
        }
        _ => format!("probable label errors: {}", audit.suspects.len()),
    };
    title(out, style, &heading);
    for s in &audit.suspects {
        line!(
            out,
            "  {}  {} {:.0} %, rather {} {:.0} %: {}",
            place(&s.row),
            printable(&s.label),
            s.label_probability * 100.0,
            printable(&s.suggested),
            s.suggested_probability * 100.0,
            terms(&s.against)
        );
        line!(out, "    {}", on_one_line(&s.row.text));
    }
    line!(out);
}

/// Tables of more labels do not fit.
const MOST_LABELS: usize = 12;

fn agree(out: &mut String, a: &Agreement, style: Style) {
    let interval = a
        .kappa_interval
        .map_or_else(String::new, |i| format!(" [{:.3}, {:.3}]", i.low, i.high));
    let reason = a.reason.map_or_else(String::new, |r| format!(": {r}"));
    let heading = format!(
        "{} and {} agree on {} of {} rows: kappa {}{interval}{reason}",
        printable(&a.a),
        printable(&a.b),
        a.share
            .map_or_else(|| "n/a".to_owned(), |s| format!("{:.1} %", s * 100.0)),
        a.rows,
        number(a.kappa)
    );
    title(out, style, &heading);
    if a.left_out > 0 {
        line!(out, "  {} rows have no label in one of them", a.left_out);
    }
    let width = a
        .labels
        .iter()
        .map(|l| printable(l).chars().count())
        .max()
        .unwrap_or(0)
        .max(5);
    line!(
        out,
        "  {:<width$}  first  second    both  agreement  kappa",
        "label"
    );
    for of in &a.by_label {
        line!(
            out,
            "  {:<width$} {:>6}  {:>6}  {:>6}  {:>9}  {:>5}",
            printable(&of.label),
            of.a,
            of.b,
            of.both,
            number(of.agreement),
            number(of.kappa)
        );
    }
    if a.labels.len() <= MOST_LABELS {
        let columns: Vec<String> = a
            .labels
            .iter()
            .map(|l| format!("{:>7.7}", printable(l)))
            .collect();
        let wide = width.max(16);
        line!(out, "  {:<wide$} {}", "first ↓ second →", columns.join(" "));
        for (i, label) in a.labels.iter().enumerate() {
            let cells: Vec<String> = (0..a.labels.len())
                .map(|j| format!("{:>7}", a.confusion.count(i, j)))
                .collect();
            line!(out, "  {:<wide$} {}", printable(label), cells.join(" "));
        }
    }
    for d in &a.disagreements {
        let (place, first, second) = (place(&d.row), printable(&d.a), printable(&d.b));
        line!(
            out,
            "  {place}  {first} or {second}: {}",
            short(&d.row.text)
        );
    }
    line!(out);
}
