//! The confusion matrix: counts, and shares of the rows of each gold label.

use maud::{Markup, html};

use super::{CHARACTER, WIDTH, drawing, fitting, px, text};
use crate::evaluation::Evaluation;
use crate::report::markup::{count, label_name, percent};

/// Labels with a row of their own; those with fewer rows are taken together.
const MOST_LABELS: usize = 24;

/// Widest name of a label.
const NAME: f64 = 107.0;

/// Width and height of a name at 45 degrees, as a share of its length.
const LEAN: f64 = 0.71;

/// A cell that is all of its row is coloured so strongly that its number can still be read.
const STRONGEST: f64 = 0.5;

/// Counts of the labels shown; the last may be all others together.
struct Counts {
    names: Vec<String>,
    cells: Vec<Vec<u64>>,
}

impl Counts {
    fn of(e: &Evaluation) -> Self {
        let labels = e.labels.len();
        let mut order: Vec<usize> = (0..labels).collect();
        if labels > MOST_LABELS {
            order.sort_by_key(|&l| std::cmp::Reverse(e.by_label[l].gold + e.by_label[l].predicted));
            order.truncate(MOST_LABELS - 1);
            order.sort_unstable();
        }
        let mut names: Vec<String> = order.iter().map(|&l| label_name(&e.labels[l])).collect();
        if order.len() < labels {
            names.push(format!("{} others", labels - order.len()));
        }
        let mut place = vec![names.len() - 1; labels];
        for (at, &label) in order.iter().enumerate() {
            place[label] = at;
        }
        let mut cells = vec![vec![0; names.len()]; names.len()];
        for (gold, given, rows) in e.confusion.cells() {
            cells[place[gold]][place[given]] += rows;
        }
        Self { names, cells }
    }
}

/// Rows are gold labels, columns what was given.
pub(in crate::report) fn confusion(e: &Evaluation) -> Markup {
    let counts = Counts::of(e);
    let labels = counts.names.len();
    let longest = counts.names.iter().map(|n| n.chars().count()).max();
    let name = (longest.unwrap_or(0) as f64 * CHARACTER).clamp(30.0, NAME);
    let left = name + 8.0;
    // The names of the columns lean to the right, the last one beyond its column.
    let lean = name * LEAN;
    let side = ((WIDTH - left - lean) / (labels as f64 - 0.5)).clamp(40.0, 72.0);
    let top = lean + 22.0;
    let width = (left + lean + side * (labels as f64 - 0.5)).max(WIDTH);
    let height = top + side * labels as f64 + 4.0;
    let content = html! {
        (text("title", (0.0, 13.0), "given →"))
        (text("title", (0.0, 29.0), "gold ↓"))
        @for (at, name) in counts.names.iter().enumerate() {
            @let x = left + (at as f64 + 0.5) * side;
            @let y = top + (at as f64 + 0.5) * side;
            text.name transform={ "translate(" (px(x)) " " (px(top - 6.0)) ") rotate(-45)" } {
                (fitting(name, NAME)) title { (name) }
            }
            text.name.end x=(px(left - 6.0)) y=(px(y + 4.0)) { (fitting(name, NAME)) title { (name) } }
        }
        @for (gold, row) in counts.cells.iter().enumerate() {
            @let all: u64 = row.iter().sum();
            @for (given, &rows) in row.iter().enumerate() {
                @let corner = (left + given as f64 * side, top + gold as f64 * side);
                (cell(corner, side, gold == given, rows, all, &said(&counts.names, gold, given, rows, all)))
            }
        }
    };
    let right: u64 = (0..labels).map(|l| counts.cells[l][l]).sum();
    let aloud = format!(
        "Confusion matrix of {labels} labels: {} of {} rows are on the diagonal. The table after it has every cell.",
        count(right),
        count(counts.cells.iter().flatten().sum())
    );
    drawing(width, height, &aloud, &content)
}

fn said(names: &[String], gold: usize, given: usize, rows: u64, all: u64) -> String {
    format!(
        "{} of {} {} were given {}",
        count(rows),
        count(all),
        names[gold],
        names[given]
    )
}

fn cell((x, y): (f64, f64), side: f64, right: bool, rows: u64, all: u64, said: &str) -> Markup {
    let share = if all > 0 {
        rows as f64 / all as f64
    } else {
        0.0
    };
    // Few mistakes must be seen too: the root sets small shares apart.
    let strength = STRONGEST * if right { share } else { share.sqrt() };
    let middle = x + side / 2.0;
    html! {
        g class=(if right { "right" } else { "wrong" }) {
            title { (said) }
            rect.ground x=(px(x + 1.0)) y=(px(y + 1.0)) width=(px(side - 2.0)) height=(px(side - 2.0)) rx="3" {}
            rect.heat x=(px(x + 1.0)) y=(px(y + 1.0)) width=(px(side - 2.0)) height=(px(side - 2.0)) rx="3"
                fill-opacity=(format!("{strength:.3}")) {}
            @if rows > 0 {
                (text("count middle", (middle, y + side / 2.0 - 1.0), &count(rows)))
                (text("tick middle", (middle, y + side / 2.0 + 14.0), &percent(share)))
            }
        }
    }
}
