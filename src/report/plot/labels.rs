//! Precision, recall and F1 of each label with their intervals.

use maud::{Markup, html};

use super::{Axis, WIDTH, drawing, line, px, text};
use crate::evaluation::{Evaluation, Figure};
use crate::report::markup::{cut, label_name, number, tone};

/// Labels drawn: of more, those with the least F1.
const MOST_LABELS: usize = 20;

/// Height of a line of a label, and of all four with the space after.
const ROW: f64 = 16.0;
const BLOCK: f64 = 4.0 * ROW + 10.0;

/// The labels whose figures are drawn, in their order, and whether others were left out.
fn shown(e: &Evaluation) -> (Vec<usize>, bool) {
    let mut order: Vec<usize> = (0..e.by_label.len()).collect();
    let many = order.len() > MOST_LABELS;
    if many {
        // Labels without a figure come last: there is nothing to draw.
        let f1 = |l: usize| e.by_label[l].f1.value.unwrap_or(f64::INFINITY);
        order.sort_by(|&a, &b| f1(a).total_cmp(&f1(b)));
        order.truncate(MOST_LABELS);
        order.sort_unstable();
    }
    (order, many)
}

/// One block a label: three points with their intervals on a common axis.
pub(in crate::report) fn label_figures(e: &Evaluation) -> Markup {
    let (order, many) = shown(e);
    let least = order
        .iter()
        .flat_map(|&l| {
            [
                e.by_label[l].precision,
                e.by_label[l].recall,
                e.by_label[l].f1,
            ]
        })
        .filter_map(|f| f.shown_interval().map(|i| i.low).or(f.value))
        .fold(1.0, f64::min);
    let from = if least >= 0.5 { 0.5 } else { 0.0 };
    let x = Axis::new((from, 1.0), (78.0, WIDTH - 52.0));
    let bottom = BLOCK * order.len() as f64;
    let content = html! {
        @for tick in x.ticks() {
            (line("grid", (x.at(tick), 6.0), (x.at(tick), bottom)))
            (text("tick middle", (x.at(tick), bottom + 14.0), &format!("{tick:.1}")))
        }
        @for (at, &label) in order.iter().enumerate() {
            (block(e, label, x, BLOCK * at as f64))
        }
    };
    let which = if many {
        "the labels with the least F1"
    } else {
        "each label"
    };
    let aloud = format!(
        "Precision, recall and F1 of {which} with 95 % intervals; the table after it has the numbers."
    );
    drawing(WIDTH, bottom + 20.0, &aloud, &content)
}

fn block(e: &Evaluation, label: usize, x: Axis, top: f64) -> Markup {
    let of = &e.by_label[label];
    let name = label_name(&of.label);
    html! {
        g class=(tone(&of.label, label)) {
            // Laid over the grid, whose lines would run through the name.
            rect.ground x="0" y=(px(top)) width=(px(WIDTH)) height=(px(ROW + 2.0)) {}
            text.name x="0" y=(px(top + 13.0)) { (cut(&name, 40)) title { (name) } }
            @for (row, (figure, value)) in [("precision", of.precision), ("recall", of.recall), ("F1", of.f1)].into_iter().enumerate() {
                (dot_row(figure, value, x, top + ROW * (row as f64 + 1.5)))
            }
        }
    }
}

fn dot_row(name: &str, figure: Figure, x: Axis, y: f64) -> Markup {
    html! {
        (text("tick", (0.0, y + 4.0), name))
        @if let Some(value) = figure.value {
            @if let Some(i) = figure.shown_interval() {
                (line("bar", (x.at(i.low), y), (x.at(i.high), y)))
            }
            circle.dot cx=(px(x.at(value))) cy=(px(y)) r=(if name == "F1" { "5" } else { "3.5" }) {}
        } @else {
            (text("tick", (x.start, y + 4.0), "n/a"))
        }
        (text("value end", (WIDTH, y + 4.0), &number(figure.value)))
    }
}
