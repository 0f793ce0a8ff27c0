//! The tables of an evaluation's page.

use maud::{Markup, html};

use crate::evaluation::mistakes::Confused;
use crate::evaluation::{Evaluation, Figure, less_is_better};
use crate::report::markup::{NAME, count, cut, interval, label_name, label_tag, number, percent};
use crate::report::plot::whisker;

/// A table that the script can sort, in a box that scrolls when it is too wide.
pub(super) fn table(name: &str, heads: &[(&str, bool)], rows: &Markup) -> Markup {
    html! {
        div.scroll role="region" aria-label=(name) tabindex="0" {
            table.sortable {
                caption.hidden { (name) }
                thead { tr { @for (head, numeric) in heads { th.n[*numeric] scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// A number, and why there is none.
pub(super) fn cell(value: Option<f64>, reason: Option<String>) -> Markup {
    html! { td.n data-value=[value] title=[reason] { (number(value)) } }
}

/// A figure with its interval.
fn figure_cell(figure: Figure) -> Markup {
    html! {
        td.n data-value=[figure.value] title=[figure.reason] {
            (number(figure.value)) span.interval { (interval(figure)) }
        }
    }
}

pub(super) fn labels(e: &Evaluation) -> Markup {
    let rows = html! {
        @for (at, of) in e.by_label.iter().enumerate() {
            tr {
                th scope="row" { (label_tag(&of.label, at)) }
                td.n data-value=(of.gold) { (count(of.gold)) }
                td.n data-value=(of.predicted) { (count(of.predicted)) }
                (figure_cell(of.precision))
                (figure_cell(of.recall))
                (figure_cell(of.f1))
                (figure_cell(of.average_precision))
            }
        }
    };
    let heads = [
        ("label", false),
        ("sentences", true),
        ("given", true),
        ("precision", true),
        ("recall", true),
        ("F1", true),
        ("average precision", true),
    ];
    table("Figures of each label", &heads, &rows)
}

/// Columns of the confusion matrix as a table; of more labels it lists what occurs.
const MOST_COLUMNS: usize = 24;

pub(super) fn confusion(e: &Evaluation) -> Markup {
    if e.labels.len() <= MOST_COLUMNS {
        return square(e);
    }
    let mut cells: Vec<(usize, usize, u64)> = e.confusion.cells().collect();
    cells.sort_by_key(|&(gold, given, rows)| (std::cmp::Reverse(rows), gold, given));
    cells.truncate(10 * MOST_COLUMNS);
    let rows = html! {
        @for (gold, given, rows) in cells {
            tr {
                td { (label_tag(&e.labels[gold], gold)) }
                td { (label_tag(&e.labels[given], given)) }
                td.n data-value=(rows) { (count(rows)) }
            }
        }
    };
    let heads = [("label", false), ("given", false), ("sentences", true)];
    table(
        "The most frequent cells of the confusion matrix",
        &heads,
        &rows,
    )
}

fn square(e: &Evaluation) -> Markup {
    let labels = 0..e.labels.len();
    html! {
        div.scroll role="region" aria-label="Confusion matrix" tabindex="0" {
            table {
                caption.hidden { "Confusion matrix: a row for each label, a column for each label given" }
                thead { tr {
                    th scope="col" { "label" }
                    @for label in &e.labels { th.n scope="col" { (cut(&label_name(label), 28)) } }
                } }
                tbody {
                    @for gold in labels.clone() {
                        tr {
                            th scope="row" { (label_tag(&e.labels[gold], gold)) }
                            @for given in labels.clone() { td.n { (count(e.confusion.count(gold, given))) } }
                        }
                    }
                }
            }
        }
    }
}

/// Pairs of labels that are shown at once.
const FIRST_PAIRS: usize = 6;

/// The pairs of labels most confused, with what spoke for either.
pub(super) fn confused(e: &Evaluation) -> Markup {
    let (first, rest) = e.confused.split_at(e.confused.len().min(FIRST_PAIRS));
    html! {
        @if !e.confused.is_empty() {
            div.pairs {
                h3 { "Most confused" }
                ol { @for pair in first { (confused_pair(e, pair)) } }
                @if !rest.is_empty() {
                    details {
                        summary { (rest.len()) " more pairs" }
                        ol start=(first.len() + 1) { @for pair in rest { (confused_pair(e, pair)) } }
                    }
                }
            }
        }
    }
}

fn confused_pair(e: &Evaluation, pair: &Confused) -> Markup {
    let position = |label: &str| e.labels.iter().position(|l| l == label).unwrap_or(0);
    let (gold, given) = (position(&pair.gold), position(&pair.predicted));
    html! {
        li {
            p {
                a href="#mistakes" data-pair={ (gold) "-" (given) } {
                    (count(pair.rows)) " " (if pair.rows == 1 { "sentence" } else { "sentences" })
                }
                " with " (label_tag(&pair.gold, gold)) " given " (label_tag(&pair.predicted, given))
                " (" (percent(pair.share)) " of those with the label)"
            }
            (weighed("misled by", "wrong-term", pair.for_predicted.iter().map(|t| (t.term.as_str(), t.weight))))
            (weighed("against", "right-term", pair.for_gold.iter().map(|t| (t.term.as_str(), t.weight))))
        }
    }
}

/// Terms and their weights in one line.
pub(in crate::report) fn weighed<'t>(
    what: &str,
    class: &str,
    terms: impl Iterator<Item = (&'t str, f64)>,
) -> Markup {
    let mut terms = terms.peekable();
    html! {
        @if terms.peek().is_some() {
            p.terms {
                span.what { (what) } " "
                @for (term, weight) in terms {
                    span.term.(class) { (cut(term, NAME)) " " span.weight { (format!("{weight:.2}")) } } " "
                }
            }
        }
    }
}

pub(super) fn reliability(e: &Evaluation) -> Markup {
    let rows = html! {
        @for bin in &e.curves.reliability {
            tr {
                td { (format!("{:.3} to {:.3}", bin.least, bin.most)) }
                td.n data-value=(bin.rows) { (count(bin.rows)) }
                (cell(Some(bin.confidence), None))
                (cell(Some(bin.accuracy), None))
                td.interval { @if let Some(i) = bin.interval { (format!("[{:.3}, {:.3}]", i.low, i.high)) } }
            }
        }
    };
    let heads = [
        ("confidence", false),
        ("sentences", true),
        ("mean confidence", true),
        ("share right", true),
        ("95 % (Wilson)", false),
    ];
    table("Reliability by bin", &heads, &rows)
}

pub(super) fn coverage(e: &Evaluation) -> Markup {
    let rows = html! {
        @for point in &e.coverage {
            tr {
                td.n data-value=(point.coverage) { (percent(point.coverage)) }
                (cell(Some(point.confidence), None))
                (cell(Some(point.accuracy), None))
            }
        }
    };
    let heads = [
        ("surest", true),
        ("least confidence", true),
        ("accuracy", true),
    ];
    table("Accuracy of the surest sentences", &heads, &rows)
}

pub(super) fn learning(e: &Evaluation) -> Markup {
    let rows = html! {
        @for point in &e.learning_curve {
            tr {
                td.n data-value=(point.share) { (percent(point.share)) }
                td.n data-value=(point.articles) { (count(point.articles as u64)) }
                td.n data-value=(point.rows) { (count(point.rows as u64)) }
                (figure_cell(point.accuracy))
                (figure_cell(point.macro_f1))
            }
        }
    };
    let heads = [
        ("part", true),
        ("articles", true),
        ("sentences", true),
        ("accuracy", true),
        ("macro F1", true),
    ];
    table("Learning curve", &heads, &rows)
}

pub(super) fn slices(e: &Evaluation) -> Markup {
    if e.slices.is_empty() {
        return html! {};
    }
    let accuracies = || e.slices.iter().map(|s| s.accuracy);
    let least = accuracies()
        .filter_map(|f| f.shown_interval().map(|i| i.low).or(f.value))
        .fold(1.0, f64::min);
    let from = ((least * 10.0).floor() / 10.0).min(0.9);
    let scale = format!("95 %, from {from:.1} to 1");
    let rows = html! {
        @for slice in &e.slices {
            tr {
                td { (cut(&slice.dimension, NAME)) }
                td { (cut(&slice.value, NAME)) }
                td.n data-value=(slice.rows) { (count(slice.rows as u64)) }
                td.n data-value=(slice.articles) { (count(slice.articles as u64)) }
                (cell(slice.accuracy.value, slice.accuracy.reason.map(|r| r.to_string())))
                td.interval {
                    @if let Some(value) = slice.accuracy.value { (whisker(value, slice.accuracy.shown_interval(), from)) }
                    span.hidden { (interval(slice.accuracy)) }
                }
                (cell(slice.macro_f1.value, slice.macro_f1.reason.map(|r| r.to_string())))
                td.n data-value=(slice.cost) { (points(slice.cost)) }
            }
        }
    };
    let heads = [
        ("by", false),
        ("part", false),
        ("sentences", true),
        ("articles", true),
        ("accuracy", true),
        (scale.as_str(), false),
        ("macro F1", true),
        ("cost in points", true),
    ];
    html! {
        section aria-labelledby="slices" {
            h2 #slices { "Parts of the data" }
            p.what { "The most costly first: by how many points the accuracy over all sentences would rise if this part did as well as the others." }
            (table("Figures of parts of the data", &heads, &rows))
        }
    }
}

/// A share in percentage points, with its sign.
fn points(share: f64) -> String {
    let tenths = (share * 1000.0).round() / 10.0;
    match tenths {
        t if t > 0.0 => format!("+{t:.1}"),
        t if t < 0.0 => format!("−{:.1}", t.abs()),
        _ => "0.0".to_owned(),
    }
}

pub(super) fn gates(e: &Evaluation) -> Markup {
    if e.gates.is_empty() {
        return html! {};
    }
    let rows = html! {
        @for gate in &e.gates {
            tr {
                th scope="row" { (cut(&gate.name, NAME)) }
                (cell(gate.found, gate.reason.clone()))
                td.n data-value=(gate.wanted) {
                    (if less_is_better(&gate.name) { "at most " } else { "at least " }) (number(Some(gate.wanted)))
                }
                (cell(gate.baseline, None))
                td { @if gate.met { "met" } @else { strong { "missed" } @if let Some(by) = gate.missed_by { " by " (format!("{by:.4}")) } } }
            }
        }
    };
    let heads = [
        ("gate", false),
        ("found", true),
        ("wanted", true),
        ("baseline", true),
        ("result", false),
    ];
    html! {
        section aria-labelledby="gates" { h2 #gates { "Gates" } (table("Gates", &heads, &rows)) }
    }
}

/// Every figure that has a name, those of labels left to their table.
pub(super) fn all_figures(e: &Evaluation) -> Markup {
    let named = e.named();
    let rows = html! {
        @for (name, figure) in named.iter().filter(|(name, _)| !name.contains('.')) {
            tr {
                th scope="row" { code { (name) } }
                (figure_cell(*figure))
                td { @if let Some(reason) = figure.reason { (reason) } @else if less_is_better(name) { "less is better" } }
            }
        }
    };
    let heads = [("figure", false), ("value", true), ("", false)];
    html! {
        section aria-labelledby="figures" {
            h2 #figures { "All figures" }
            (table("All figures", &heads, &rows))
        }
    }
}
