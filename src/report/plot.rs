//! Figures as SVG, for reading on a screen and on paper.
//!
//! Colours come from the classes of the page's style, so that light and dark pages need one drawing;
//! every line and point is named where it stands, so that nothing depends on colour. The drawings
//! are as wide as a telephone: wider screens show more of them side by side.

mod curves;
mod differences;
mod labels;
mod matrix;

use maud::{Markup, html};

pub(super) use curves::{
    bins_in_words, learning_curve, precision_recall, regularization_path, reliability,
    risk_coverage,
};
pub(super) use differences::differences;
pub(super) use labels::label_figures;
pub(super) use matrix::confusion;

use super::markup::{cut, percent};
use crate::evaluation::Interval;

/// Width of a figure, in the units of its view box.
const WIDTH: f64 = 380.0;

/// Width of a character of the figures' type, in a wide one.
const CHARACTER: f64 = 7.6;

/// Least distance between the base lines of two names.
const LINE: f64 = 15.0;

/// A drawing that is read aloud as `said`.
fn drawing(width: f64, height: f64, said: &str, content: &Markup) -> Markup {
    html! {
        svg.plot xmlns="http://www.w3.org/2000/svg" role="img" aria-label=(said)
            viewBox={ "0 0 " (px(width)) " " (px(height)) } width=(px(width)) height=(px(height)) {
            (content)
        }
    }
}

/// A coordinate, to a tenth of a pixel.
fn px(value: f64) -> String {
    let tenths = (value * 10.0).round() / 10.0 + 0.0;
    format!("{tenths}")
}

/// A range of values on a range of pixels.
#[derive(Debug, Clone, Copy)]
struct Axis {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
    logarithmic: bool,
}

impl Axis {
    fn new((from, to): (f64, f64), (start, end): (f64, f64)) -> Self {
        Self {
            from,
            to,
            start,
            end,
            logarithmic: false,
        }
    }

    fn at(self, value: f64) -> f64 {
        let scale = |v: f64| if self.logarithmic { libm::log(v) } else { v };
        let (from, to) = (scale(self.from), scale(self.to));
        let share = if to > from {
            (scale(value) - from) / (to - from)
        } else {
            0.5
        };
        self.start + share.clamp(0.0, 1.0) * (self.end - self.start)
    }

    /// Values for ticks: multiples of a round step, at most six.
    fn ticks(self) -> Vec<f64> {
        let span = self.to - self.from;
        let step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0]
            .into_iter()
            .find(|step| span / step <= 5.01)
            .unwrap_or(span.max(f64::MIN_POSITIVE));
        let mut ticks = Vec::new();
        let mut number = (self.from / step - 1e-9).ceil();
        while number * step <= self.to + 1e-9 {
            // Not -0, which would be shown with its sign.
            ticks.push(number * step + 0.0);
            number += 1.0;
        }
        ticks
    }
}

/// A plot area: two axes with ticks, grid and titles.
struct Frame<'f> {
    x: Axis,
    y: Axis,
    x_title: &'f str,
    y_title: &'f str,
}

impl Frame<'_> {
    /// Ticks in percent on both axes.
    fn shares(&self) -> Markup {
        self.with_ticks(&self.x.ticks(), whole_percent, whole_percent)
    }

    fn with_ticks(
        &self,
        x_ticks: &[f64],
        x_name: impl Fn(f64) -> String,
        y_name: impl Fn(f64) -> String,
    ) -> Markup {
        let (x, y) = (self.x, self.y);
        html! {
            @for tick in y.ticks() {
                (line("grid", (x.start, y.at(tick)), (x.end, y.at(tick))))
                (text("tick end", (x.start - 6.0, y.at(tick) + 4.0), &y_name(tick)))
            }
            (line("axis", (x.start, y.start), (x.end, y.start)))
            @for &tick in x_ticks {
                (line("axis", (x.at(tick), y.start), (x.at(tick), y.start + 4.0)))
                (text("tick middle", (x.at(tick), y.start + 17.0), &x_name(tick)))
            }
            (text("title", (0.0, 13.0), self.y_title))
            (text("title middle", (f64::midpoint(x.start, x.end), y.start + 35.0), self.x_title))
        }
    }
}

/// `40 %`; never `-0 %`.
fn whole_percent(value: f64) -> String {
    format!("{:.0} %", (value * 100.0).round() + 0.0)
}

fn line(class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) -> Markup {
    html! { line class=(class) x1=(px(x1)) y1=(px(y1)) x2=(px(x2)) y2=(px(y2)) {} }
}

fn text(class: &str, (x, y): (f64, f64), content: &str) -> Markup {
    html! { text class=(class) x=(px(x)) y=(px(y)) { (content) } }
}

/// A path through the points.
fn path(class: &str, points: impl IntoIterator<Item = (f64, f64)>) -> Markup {
    let mut d = String::new();
    for (x, y) in points {
        d.push(if d.is_empty() { 'M' } else { 'L' });
        d += &px(x);
        d.push(' ');
        d += &px(y);
    }
    html! { path class=(class) d=(d) {} }
}

/// A point, and what it says under the pointer.
fn dot((x, y): (f64, f64), radius: f64, said: &str) -> Markup {
    html! { circle.dot cx=(px(x)) cy=(px(y)) r=(px(radius)) { title { (said) } } }
}

/// Heights near `wanted`, in the same order, none nearer than [`LINE`] to another or beyond `bounds`.
fn spread(wanted: &[f64], bounds: (f64, f64)) -> Vec<f64> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by(|&a, &b| wanted[a].total_cmp(&wanted[b]));
    let mut heights = wanted.to_vec();
    let mut least = bounds.0;
    for &i in &order {
        heights[i] = heights[i].max(least);
        least = heights[i] + LINE;
    }
    let mut most = bounds.1;
    for &i in order.iter().rev() {
        heights[i] = heights[i].min(most);
        most = heights[i] - LINE;
    }
    heights
}

/// `[77 %, 80 %]`, or nothing.
fn interval_text(interval: Option<Interval>) -> String {
    interval.map_or_else(String::new, |i| {
        format!(" [{}, {}]", percent(i.low), percent(i.high))
    })
}

/// A value with its interval on a line from `from` to 1, for a cell of a table.
pub(super) fn whisker(value: f64, interval: Option<Interval>, from: f64) -> Markup {
    let x = Axis::new((from, 1.0), (5.0, 155.0));
    html! {
        svg.whisker xmlns="http://www.w3.org/2000/svg" aria-hidden="true" viewBox="0 0 160 14" width="160" height="14" {
            (line("grid", (x.start, 7.0), (x.end, 7.0)))
            @if let Some(i) = interval {
                (line("bar", (x.at(i.low), 7.0), (x.at(i.high), 7.0)))
            }
            circle.dot cx=(px(x.at(value))) cy="7" r="3.5" {}
        }
    }
}

/// A bar as long as the share, for a cell of a table.
pub(super) fn share_bar(share: f64) -> Markup {
    html! {
        svg.share xmlns="http://www.w3.org/2000/svg" aria-hidden="true" viewBox="0 0 120 10" width="120" height="10" {
            rect x="0" y="1" width=(px(share.clamp(0.0, 1.0) * 120.0)) height="8" rx="1" {}
        }
    }
}

/// A label's name, short enough for `width` pixels.
fn fitting(name: &str, width: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small width above 0"
    )]
    let characters = (width / CHARACTER) as usize;
    cut(name, characters)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_apart_in_their_order() {
        let heights = spread(&[50.0, 52.0, 10.0, 100.0], (0.0, 100.0));
        assert_eq!(heights, [50.0, 65.0, 10.0, 100.0]);
        assert_eq!(spread(&[99.0, 100.0], (0.0, 100.0)), [85.0, 100.0]);
    }

    #[test]
    fn ticks_are_round_and_few() {
        let axis = Axis::new((0.0, 1.0), (0.0, 100.0));
        assert_eq!(axis.ticks().len(), 6);
        let narrow = Axis::new((0.0, 0.12), (0.0, 100.0));
        let shown: Vec<String> = narrow.ticks().iter().map(|t| format!("{t:.2}")).collect();
        assert_eq!(shown, ["0.00", "0.05", "0.10"]);
    }

    #[test]
    fn an_axis_may_be_logarithmic_and_has_room_for_one_value() {
        let mut axis = Axis::new((1.0, 100.0), (0.0, 10.0));
        axis.logarithmic = true;
        approx::assert_abs_diff_eq!(axis.at(10.0), 5.0, epsilon = 1e-12);
        assert_eq!(Axis::new((2.0, 2.0), (0.0, 10.0)).at(2.0), 5.0);
    }
}
