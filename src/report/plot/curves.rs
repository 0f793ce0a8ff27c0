//! Reliability, precision–recall, risk–coverage and learning curves.

use maud::{Markup, html};

use super::{
    Axis, Frame, WIDTH, dot, drawing, interval_text, line, path, px, spread, text, whole_percent,
};
use crate::evaluation::curves::{ReliabilityBin, RiskPoint};
use crate::evaluation::learning::LearningPoint;
use crate::evaluation::{Evaluation, Figure};
use crate::report::markup::{count, cut, label_name, number, percent, tone};

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
    let places: Vec<f64> = bins.iter().map(|b| x.at(b.confidence)).collect();
    let named = with_room(&places);
    let content = html! {
        (frame.shares())
        (line("ideal", (x.at(0.0), y.at(0.0)), (x.at(1.0), y.at(1.0))))
        text.tick transform={ "translate(" (px(x.at(0.13))) " " (px(y.at(0.16))) ") rotate(" (px(tilt(x, y))) ")" } {
            "perfectly calibrated"
        }
        g.t-claim {
            @for (bin, with_count) in bins.iter().zip(named) {
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
                    (text("tick halo", (at.0 + 7.0, at.1 + 4.0), &format!("n = {}", count(bin.rows))))
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

/// Which points have room for their count on their right: no other point stands there.
fn with_room(points: &[f64]) -> Vec<bool> {
    let room = 50.0;
    let is_free = |x: f64| !points.iter().any(|&other| other > x && other < x + room);
    points
        .iter()
        .map(|&x| is_free(x) && x + room < WIDTH)
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

/// A score that is followed over the training sentences.
struct Series {
    tone: &'static str,
    name: &'static str,
    points: Vec<(f64, Figure)>,
}

impl Series {
    fn new(
        tone: &'static str,
        name: &'static str,
        points: &[LearningPoint],
        score: impl Fn(&LearningPoint) -> Figure,
    ) -> Self {
        let at = |p: &LearningPoint| (p.rows.max(1) as f64, score(p));
        Self {
            tone,
            name,
            points: points.iter().map(at).collect(),
        }
    }

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
                .filter_map(|(rows, f)| Some((*rows, f.value?, f.shown_interval())))
        };
        html! {
            g class=(self.tone) {
                (path("curve", drawn().map(|(rows, value, _)| (x.at(rows), y.at(value)))))
                @for (rows, value, interval) in drawn() {
                    @if let Some(i) = interval {
                        (line("bar", (x.at(rows), y.at(i.low)), (x.at(rows), y.at(i.high))))
                    }
                    (dot((x.at(rows), y.at(value)), 4.0, &format!("{} {value:.3}", self.name)))
                }
                (text("name", (x.end + 10.0, height + 4.0), self.name))
            }
        }
    }
}

/// Scores of models trained on growing parts of the training data.
pub(in crate::report) fn learning_curve(points: &[LearningPoint]) -> Markup {
    let series = [
        Series::new("t-claim", "accuracy", points, |p| p.accuracy),
        Series::new("t-doubt", "macro F1", points, |p| p.macro_f1),
    ];
    let rows = || series[0].points.iter().map(|(rows, _)| *rows);
    let scores = || series.iter().flat_map(Series::extent);
    let mut x = Axis::new(range(rows()), (LEFT, WIDTH - 84.0));
    x.logarithmic = true;
    let (least, most) = range(scores());
    let y = Axis::new(
        ((least * 10.0).floor() / 10.0, (most * 10.0).ceil() / 10.0),
        (BOTTOM, TOP),
    );
    let frame = Frame {
        x,
        y,
        x_title: "training sentences (logarithmic)",
        y_title: "score on the test data",
    };
    let ends = series
        .each_ref()
        .map(|s| y.at(s.points.last().and_then(|(_, f)| f.value).unwrap_or(least)));
    let heights = spread(&ends, (TOP + 4.0, BOTTOM));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count"
    )]
    let name = |rows: f64| count(rows as u64);
    let content = html! {
        (frame.with_ticks(&far_enough(rows(), x), name, |v| format!("{v:.1}")))
        @for (series, height) in series.iter().zip(heights) { (series.draw(x, y, height)) }
    };
    let aloud = "Learning curve: accuracy and macro F1 of models trained on growing parts of the training data; the table after it has the numbers.";
    drawing(WIDTH, HEIGHT, aloud, &content)
}

/// The least and the greatest value.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    values.fold(ends, |(least, most), v| (least.min(v), most.max(v)))
}

/// The values whose names have room side by side, the last one among them.
fn far_enough(values: impl DoubleEndedIterator<Item = f64>, x: Axis) -> Vec<f64> {
    let mut kept: Vec<f64> = Vec::new();
    for value in values.rev() {
        if kept
            .last()
            .is_none_or(|last| x.at(*last) - x.at(value) > 46.0)
        {
            kept.push(value);
        }
    }
    kept
}
