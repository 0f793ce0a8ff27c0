//! Reliability, precision–recall, risk–coverage and learning curves, regularisation paths.

use maud::{Markup, html};

use super::{
    Axis, Frame, WIDTH, dot, drawing, interval_text, line, path, px, spread, text, whole_percent,
};
use crate::evaluation::curves::{ReliabilityBin, RiskPoint};
use crate::evaluation::learning::LearningPoint;
use crate::evaluation::{Evaluation, Figure};
use crate::report::markup::{count, cut, label_name, number, percent, tone};
use crate::tuning::{Path, Tried};

/// Height of a plot with axes.
const HEIGHT: f64 = 330.0;

/// Where the plot area of most curves lies: left, right, top, bottom.
const LEFT: f64 = 48.0;
const RIGHT: f64 = WIDTH - 24.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = HEIGHT - 44.0;

/// Room for names of curves on the right, and how many characters of their bold type it holds.
const NAMES: f64 = 126.0;
const NAME_CHARACTERS: usize = 14;

/// Confidence against accuracy in bins of about equal mass.
pub(in crate::report) fn reliability(e: &Evaluation) -> Markup {
    let bins = &e.curves.reliability;
    let x = Axis::new((0.0, 1.0), (LEFT, RIGHT));
    let y = Axis::new((0.0, 1.0), (BOTTOM, TOP));
    let frame = Frame {
        x,
        y,
        x_title: "mean confidence of the rows in a bin",
        y_title: "share of them that are right",
    };
    let bottoms: Vec<(f64, f64)> = bins
        .iter()
        .map(|b| (x.at(b.confidence), b.interval.map_or(b.accuracy, |i| i.low)))
        .map(|(x, low)| (x, y.at(low)))
        .collect();
    let counted = with_room(&bottoms);
    let content = html! {
        (frame.shares())
        (line("ideal", (x.at(0.0), y.at(0.0)), (x.at(1.0), y.at(1.0))))
        text.tick transform={ "translate(" (px(x.at(0.13))) " " (px(y.at(0.16))) ") rotate(" (px(tilt(x, y))) ")" } {
            "perfectly calibrated"
        }
        g.t-claim {
            @for ((bin, with_count), bottom) in bins.iter().zip(counted).zip(&bottoms) {
                @let at = (x.at(bin.confidence), y.at(bin.accuracy));
                @if let Some(i) = bin.interval {
                    (line("bar", (at.0, y.at(i.low)), (at.0, y.at(i.high))))
                }
                (dot(at, 4.0, &format!(
                    "{} rows with confidence {} to {}: {} on the mean, {} right{}",
                    count(bin.rows), percent(bin.least), percent(bin.most),
                    percent(bin.confidence), percent(bin.accuracy), interval_text(bin.interval)
                )))
                @if with_count {
                    (text("tick middle halo", (at.0, bottom.1 + COUNT_BELOW), &count(bin.rows)))
                }
            }
        }
    };
    let aloud = format!(
        "Reliability diagram in {}; the table after it has the numbers.",
        bins_in_words(bins)
    );
    drawing(WIDTH, HEIGHT, &aloud, &content)
}

/// Angle of the diagonal on the screen.
fn tilt(x: Axis, y: Axis) -> f64 {
    libm::atan2(y.at(1.0) - y.at(0.0), x.at(1.0) - x.at(0.0)).to_degrees()
}

/// How far below the end of a bar the count of its bin stands, and half of the count's width.
const COUNT_BELOW: f64 = 13.0;
const COUNT_HALF: f64 = 14.0;

/// Which bars, ending at these points, have room for their count: no other bar and no count written before
/// stands there.
fn with_room(bottoms: &[(f64, f64)]) -> Vec<bool> {
    let mut last = f64::NEG_INFINITY;
    bottoms
        .iter()
        .map(|&(x, y)| {
            let is_touched = bottoms
                .iter()
                .any(|&(other, end)| (other - x).abs() < COUNT_HALF && end > y);
            let is_free = !is_touched && x - last >= 2.0 * COUNT_HALF;
            if is_free {
                last = x;
            }
            is_free
        })
        .collect()
}

/// `15 bins of 115 to 116 sentences`.
pub(in crate::report) fn bins_in_words(bins: &[ReliabilityBin]) -> String {
    let rows = || bins.iter().map(|bin| bin.rows);
    let (least, most) = (rows().min().unwrap_or(0), rows().max().unwrap_or(0));
    let of = if least == most {
        count(least)
    } else {
        format!("{} to {}", count(least), count(most))
    };
    match bins.len() {
        1 => format!("one bin of {of} sentences"),
        n => format!("{n} bins of {of} sentences"),
    }
}

/// Curves drawn at most; of more labels those with the least average precision.
const MOST_CURVES: usize = 6;

/// Precision against recall of each label.
pub(in crate::report) fn precision_recall(e: &Evaluation) -> Markup {
    let mut order: Vec<usize> = (0..e.curves.by_label.len())
        .filter(|&l| !e.curves.by_label[l].precision_recall.is_empty())
        .collect();
    let all = order.len();
    let average = |l: usize| e.by_label[l].average_precision.value.unwrap_or(0.0);
    order.sort_by(|&a, &b| average(a).total_cmp(&average(b)));
    order.truncate(MOST_CURVES);
    let x = Axis::new((0.0, 1.0), (LEFT, WIDTH - NAMES));
    let y = Axis::new((0.0, 1.0), (BOTTOM, TOP));
    let frame = Frame {
        x,
        y,
        x_title: "recall",
        y_title: "precision",
    };
    let curve = |l: usize| e.curves.by_label[l].precision_recall.iter();
    let ends: Vec<f64> = order
        .iter()
        .map(|&l| y.at(curve(l).last().map_or(0.0, |p| p.precision)))
        .collect();
    let heights = spread(&ends, (TOP + 4.0, BOTTOM));
    let content = html! {
        (frame.with_ticks(&[0.0, 0.5, 1.0], whole_percent, whole_percent))
        @for ((&label, &end), &height) in order.iter().zip(&ends).zip(&heights) {
            g class=(tone(&e.labels[label], label)) {
                (path("curve", curve(label).map(|p| (x.at(p.recall), y.at(p.precision)))))
                (path("leader", [(x.end, end), (x.end + 8.0, height)]))
                text.name x=(px(x.end + 11.0)) y=(px(height + 4.0)) {
                    (cut(&label_name(&e.labels[label]), NAME_CHARACTERS))
                    title { (label_name(&e.labels[label])) ": average precision " (number(e.by_label[label].average_precision.value)) }
                }
            }
        }
    };
    let which = if order.len() < all {
        " The labels with the least average precision are drawn."
    } else {
        ""
    };
    let aloud = format!(
        "Precision against recall of {} labels; the table of labels has the average precisions.{which}",
        order.len()
    );
    drawing(WIDTH, HEIGHT, &aloud, &content)
}

/// Least confidences that are marked on the risk–coverage curve.
const MARKED: [f64; 4] = [0.5, 0.7, 0.9, 0.98];

/// Share of mistakes among the surest rows.
pub(in crate::report) fn risk_coverage(e: &Evaluation) -> Markup {
    let points = &e.curves.risk_coverage;
    let most = points.iter().map(|p| p.risk).fold(0.0, f64::max);
    let x = Axis::new((0.0, 1.0), (LEFT, RIGHT));
    let y = Axis::new((0.0, round_up(most)), (BOTTOM, TOP));
    let frame = Frame {
        x,
        y,
        x_title: "share of rows kept, the surest first",
        y_title: "share of them that are wrong",
    };
    let marked: Vec<&RiskPoint> = MARKED
        .iter()
        .filter_map(|&least| points.iter().rev().find(|p| p.confidence >= least))
        .chain(points.last())
        .collect();
    let content = html! {
        (frame.shares())
        g.t-claim {
            (path("curve", points.iter().map(|p| (x.at(p.coverage), y.at(p.risk)))))
            @for (i, point) in marked.iter().enumerate() {
                @let at = (x.at(point.coverage), y.at(point.risk));
                @let is_far = i == 0 || (at.0 - x.at(marked[i - 1].coverage)).abs() > 3.0;
                @if is_far {
                    (dot(at, 4.0, &format!(
                        "confidence {} or more: {} of the rows, {} of them wrong",
                        percent(point.confidence), percent(point.coverage), percent(point.risk)
                    )))
                    @let name = if i + 1 == marked.len() { "all".to_owned() } else { format!("≥ {:.2}", point.confidence) };
                    (text("value end halo", (at.0 - 7.0, at.1 - 6.0), &name))
                }
            }
        }
    };
    let aloud = format!(
        "Risk–coverage curve: of all rows {} are wrong; the table after it has more points.",
        points.last().map_or("none".to_owned(), |p| percent(p.risk))
    );
    drawing(WIDTH, HEIGHT, &aloud, &content)
}

/// The end of an axis from 0 that has room for `most`.
fn round_up(most: f64) -> f64 {
    let steps = [0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8];
    steps.into_iter().find(|s| most <= *s).unwrap_or(1.0)
}

/// A score that is followed along a logarithmic axis.
struct Series {
    tone: &'static str,
    name: String,
    points: Vec<(f64, Figure)>,
}

impl Series {
    /// Every value and every end of an interval.
    fn extent(&self) -> impl Iterator<Item = f64> {
        self.points.iter().flat_map(|(_, figure)| {
            let ends = figure.shown_interval().map(|i| [i.low, i.high]);
            figure.value.into_iter().chain(ends.into_iter().flatten())
        })
    }

    fn draw(&self, x: Axis, y: Axis, height: f64) -> Markup {
        let drawn = || {
            self.points
                .iter()
                .filter_map(|(at, f)| Some((*at, f.value?, f.shown_interval())))
        };
        html! {
            g class=(self.tone) {
                (path("curve", drawn().map(|(at, value, _)| (x.at(at), y.at(value)))))
                @for (at, value, interval) in drawn() {
                    @if let Some(i) = interval {
                        (line("bar", (x.at(at), y.at(i.low)), (x.at(at), y.at(i.high))))
                    }
                    (dot((x.at(at), y.at(value)), 4.0, &format!("{} {value:.3}", self.name)))
                }
                (text("name", (x.end + 10.0, height + 4.0), &self.name))
            }
        }
    }
}

/// Scores along a logarithmic axis, each named at its end.
fn scores(
    series: &[Series],
    (x_title, y_title): (&str, &str),
    x_name: impl Fn(f64) -> String,
    aloud: &str,
) -> Markup {
    let places = || {
        series
            .iter()
            .flat_map(|s| s.points.iter().map(|(at, _)| *at))
    };
    let mut x = Axis::new(range(places()), (LEFT, WIDTH - 84.0));
    x.logarithmic = true;
    let (least, most) = range(series.iter().flat_map(Series::extent));
    // Scores that lie close together are shown on an axis of their own size.
    let (steps, digits) = if most - least < 0.1 {
        (50.0, 2)
    } else {
        (10.0, 1)
    };
    let ends = (
        (least * steps).floor() / steps,
        (most * steps).ceil() / steps,
    );
    let y = Axis::new(ends, (BOTTOM, TOP));
    let frame = Frame {
        x,
        y,
        x_title,
        y_title,
    };
    let end = |s: &Series| y.at(s.points.last().and_then(|(_, f)| f.value).unwrap_or(least));
    let wanted: Vec<f64> = series.iter().map(end).collect();
    let heights = spread(&wanted, (TOP + 4.0, BOTTOM));
    let ticks = far_enough(
        series
            .iter()
            .flat_map(|s| s.points.iter().map(|(at, _)| *at)),
        x,
    );
    let content = html! {
        (frame.with_ticks(&ticks, x_name, |v| format!("{v:.digits$}")))
        @for (series, height) in series.iter().zip(heights) { (series.draw(x, y, height)) }
    };
    drawing(WIDTH, HEIGHT, aloud, &content)
}

/// Scores of models trained on growing parts of the training data.
pub(in crate::report) fn learning_curve(points: &[LearningPoint]) -> Markup {
    let series = |tone, name: &str, score: fn(&LearningPoint) -> Figure| Series {
        tone,
        name: name.to_owned(),
        points: points
            .iter()
            .map(|p| (p.rows.max(1) as f64, score(p)))
            .collect(),
    };
    let series = [
        series("t-claim", "accuracy", |p| p.accuracy),
        series("t-doubt", "macro F1", |p| p.macro_f1),
    ];
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count"
    )]
    let name = |rows: f64| count(rows as u64);
    scores(
        &series,
        ("training sentences (logarithmic)", "score on the test data"),
        name,
        "Learning curve: accuracy and macro F1 of models trained on growing parts of the training data; the table after it has the numbers.",
    )
}

/// A score of settings that differ in the penalty alone, for each weight of the classes.
pub(in crate::report) fn regularization_path(
    paths: &[Path<'_>],
    name: &str,
    score: fn(&Tried) -> f64,
) -> Markup {
    let tones = ["t-claim", "t-doubt", "t-confirm", "t-promo"];
    let series: Vec<Series> = paths
        .iter()
        .zip(tones)
        .map(|(path, tone)| Series {
            tone,
            name: path.class_weight.name().to_owned(),
            points: path
                .tried
                .iter()
                .map(|t| (t.params.alpha, Figure::new(Ok(score(t)), None)))
                .collect(),
        })
        .collect();
    scores(
        &series,
        ("penalty alpha (logarithmic)", name),
        |alpha| alpha.to_string(),
        &format!(
            "Regularisation path: {name} against the penalty, for each weight of the classes; the table after it has the numbers."
        ),
    )
}

/// The least and the greatest value.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    values.fold(ends, |(least, most), v| (least.min(v), most.max(v)))
}

/// The values whose names have room side by side, the greatest one among them.
fn far_enough(values: impl Iterator<Item = f64>, x: Axis) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(|a, b| b.total_cmp(a));
    let mut kept: Vec<f64> = Vec::new();
    for value in values {
        if kept
            .last()
            .is_none_or(|last| x.at(*last) - x.at(value) > 46.0)
        {
            kept.push(value);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_stand_where_nothing_else_does() {
        // The third would touch the second's count, the fourth a longer bar beside it.
        let bottoms = [
            (0.0, 50.0),
            (40.0, 40.0),
            (60.0, 30.0),
            (90.0, 20.0),
            (100.0, 25.0),
        ];
        assert_eq!(with_room(&bottoms), [true, true, false, false, true]);
    }
}
