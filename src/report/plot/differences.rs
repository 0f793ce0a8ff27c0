//! Differences of two models with their intervals.

use maud::{Markup, html};

use super::{Axis, WIDTH, drawing, fitting, line, px, text};
use crate::evaluation::compare::Difference;
use crate::evaluation::less_is_better;
use crate::report::markup::{signed, signed_interval};

const ROW: f64 = 22.0;

/// One row a figure: second model less first, on an axis with 0 in its middle.
pub(in crate::report) fn differences(shown: &[&Difference]) -> Markup {
    let ends = shown
        .iter()
        .filter_map(|d| Some((d.difference.value?, d.difference.shown_interval())))
        .map(|(value, interval)| interval.map_or(value.abs(), |i| i.low.abs().max(i.high.abs())))
        .fold(0.005, f64::max);
    let x = Axis::new((-ends, ends), (146.0, WIDTH - 62.0));
    let bottom = 24.0 + ROW * shown.len() as f64;
    let content = html! {
        (text("title end", (x.at(0.0) - 8.0, 13.0), "← first better"))
        (text("title", (x.at(0.0) + 8.0, 13.0), "second better →"))
        (line("axis", (x.at(0.0), 18.0), (x.at(0.0), bottom)))
        @for (at, d) in shown.iter().enumerate() {
            @let y = 36.0 + ROW * at as f64;
            @let tone = match d.better { Some("a") => "t-doubt", Some(_) => "t-confirm", None => "t-none" };
            g class=(tone) {
                text.tick x="0" y=(px(y + 4.0)) { (fitting(&d.name, 140.0)) title { (d.name) } }
                @if let Some(value) = d.difference.value {
                    // The axis says which is better, so figures of which less is better are turned around.
                    @let side = if less_is_better(&d.name) { -1.0 } else { 1.0 };
                    @if let Some(i) = d.difference.shown_interval() {
                        (line("bar", (x.at(side * i.low), y), (x.at(side * i.high), y)))
                    }
                    circle.dot cx=(px(x.at(side * value))) cy=(px(y)) r="4" { title { (signed(value)) " " (signed_interval(d.difference.shown_interval())) } }
                    (text("value end", (WIDTH, y + 4.0), &signed(value)))
                } @else {
                    (text("value end", (WIDTH, y + 4.0), "n/a"))
                }
            }
        }
    };
    let aloud = "Differences of the figures, second model less first, with 95 % intervals; the table after it has the numbers.";
    drawing(WIDTH, bottom + 4.0, aloud, &content)
}
