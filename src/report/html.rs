//! An evaluation as one HTML page, to send to someone and to print.

mod about;
mod compare;
mod mistakes;
mod tables;
mod tuning;

use maud::{Markup, html};

use about::Origin;
pub use compare::comparison_html;
pub(super) use tables::weighed;
pub use tuning::tuning_html;

use super::markup::{NAME, Page, count, cut, interval, number, percent};
use super::plot;
use crate::evaluation::{Evaluation, Figure};

const STYLE: &str = include_str!("assets/report.css");
const SCRIPT: &str = include_str!("assets/report.js");

/// Mistakes that a page lists: what keeps it under 2 MB and is still too much to read.
pub const LISTED_MISTAKES: usize = 500;

/// The evaluation as a page that needs no other file and no network, and can be read without its script.
#[must_use]
pub fn html(evaluation: &Evaluation) -> String {
    let e = evaluation;
    let content = html! {
        a.skip href="#main" { "Skip to the report" }
        (head(e))
        main #main {
            (key_figures(e))
            (labels(e))
            (confusions(e))
            (mistakes::section(e))
            (confidence(e))
            (tables::slices(e))
            (learning(e))
            (tables::gates(e))
            (tables::all_figures(e))
            (about(e))
        }
    };
    let page = Page {
        title: "How well the model labels sentences",
        style: STYLE,
        script: SCRIPT,
        content,
    };
    page.render()
}

fn head(e: &Evaluation) -> Markup {
    let links = [
        ("#labels", "Labels", true),
        ("#confusions", "Confusions", true),
        ("#mistakes", "Mistakes", !e.mistakes.is_empty()),
        (
            "#confidence",
            "Confidence",
            !e.curves.reliability.is_empty(),
        ),
        ("#slices", "Parts of the data", !e.slices.is_empty()),
        ("#learning", "More data", !e.learning_curve.is_empty()),
        ("#figures", "All figures", true),
        ("#about", "How it was made", true),
    ];
    html! {
        header {
            h1 { "How well the model labels sentences" }
            p.lead { (lead(e)) }
            nav aria-label="Parts of the report" {
                ul {
                    @for (target, name, _) in links.iter().filter(|(_, _, there)| *there) {
                        li { a href=(target) { (name) } }
                    }
                }
            }
        }
    }
}

fn lead(e: &Evaluation) -> Markup {
    let (rows, articles) = (count(e.rows as u64), count(e.articles as u64));
    html! {
        @match (e.accuracy.value, e.accuracy.shown_interval()) {
            (Some(value), Some(i)) => {
                "Of " (rows) " sentences from " (articles) " articles, "
                strong { (format!("{:.1} %", value * 100.0)) }
                " were given the right label. With other articles of the same kind it would be "
                (format!("{:.1} to {:.1} %", i.low * 100.0, i.high * 100.0)) " (95 % interval)."
            }
            _ => { (rows) " sentences from " (articles) " articles were labelled." }
        }
    }
}

fn key_figures(e: &Evaluation) -> Markup {
    let tile = |name: &str, what: &str, figure: Figure| {
        html! {
            div.tile {
                dt { (name) }
                dd {
                    span.big { (number(figure.value)) }
                    span.interval { (interval(figure)) }
                    @if let Some(reason) = figure.reason { span.what { (reason) } }
                    span.what { (what) }
                }
            }
        }
    };
    html! {
        section aria-labelledby="key" {
            h2.hidden #key { "In short" }
            dl.tiles {
                (tile("accuracy", "share of right labels", e.accuracy))
                (tile("macro F1", "mean over all labels, “none” too", e.macro_f1))
                (tile("macro F1, labels", "mean without “none”", e.macro_f1_labels))
                (tile("macro F1, forced", "a label had to be given", e.macro_f1_forced))
            }
            (warnings(e))
        }
    }
}

/// What a reader has to know before believing the figures.
fn warnings(e: &Evaluation) -> Markup {
    let mut warnings = Vec::new();
    if let Some(rest) = &e.without_seen {
        warnings.push(format!(
            "{} of the sentences also occur in the training data and flatter the model. Without them: accuracy {} {}, macro F1 {} {}.",
            count(e.seen_in_training as u64),
            number(rest.accuracy.value), interval(rest.accuracy),
            number(rest.macro_f1.value), interval(rest.macro_f1),
        ));
    }
    if let Some(ceiling) = e.noise_ceiling.filter(|c| *c < 1.0) {
        warnings.push(format!(
            "Equal texts have different labels here: no model that reads a sentence alone can get more than {} right.",
            percent(ceiling)
        ));
    }
    if !e.unknown_labels.is_empty() {
        warnings.push(format!(
            "Labels the model does not know, counted as mistakes: {}.",
            cut(&e.unknown_labels.join(", "), 5 * NAME)
        ));
    }
    warnings.extend(e.notes.iter().map(|note| cut(note, 5 * NAME)));
    html! {
        @if !warnings.is_empty() {
            ul.notes { @for warning in &warnings { li { (warning) } } }
        }
    }
}

/// A figure with its caption and the same as a table.
fn figure(name: &str, drawing: &Markup, caption: &Markup, table: Option<&Markup>) -> Markup {
    html! {
        figure {
            figcaption { h3 { (name) } p { (caption) } }
            div.drawing { (drawing) }
            @if let Some(table) = table {
                details { summary { "The same as a table" } (table) }
            }
        }
    }
}

fn labels(e: &Evaluation) -> Markup {
    html! {
        section aria-labelledby="labels" {
            h2 #labels { "Labels" }
            div.figures {
                (figure(
                    "Precision, recall and F1",
                    &plot::label_figures(e),
                    &html! { "Points are values, bars their 95 % intervals. Precision: share of the label where it was given that is right. Recall: share of the sentences with the label that got it." },
                    None,
                ))
                (figure(
                    "Precision against recall",
                    &plot::precision_recall(e),
                    &html! { "What precision a label would have if it were given at other probabilities: the further up and right, the better." },
                    None,
                ))
            }
            (tables::labels(e))
        }
    }
}

fn confusions(e: &Evaluation) -> Markup {
    html! {
        section aria-labelledby="confusions" {
            h2 #confusions { "What is taken for what" }
            div.figures {
                (figure(
                    "Confusion matrix",
                    &plot::confusion(e),
                    &html! { "Sentences by their label (row) and the label given (column), with the share of the row." },
                    Some(&tables::confusion(e)),
                ))
                (tables::confused(e))
            }
        }
    }
}

fn confidence(e: &Evaluation) -> Markup {
    if e.curves.reliability.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="confidence" {
            h2 #confidence { "Can its confidence be trusted?" }
            div.figures {
                (figure(
                    "Reliability",
                    &plot::reliability(e),
                    &html! {
                        "Points on the diagonal say: of sentences labelled with 80 % confidence, 80 % are right. "
                        "Here are " (plot::bins_in_words(&e.curves.reliability)) "; the number under a bar says how many, where there is room. Expected calibration error " (number(e.calibration_error.value)) "."
                    },
                    Some(&tables::reliability(e)),
                ))
                (figure(
                    "Mistakes if unsure sentences are left out",
                    &plot::risk_coverage(e),
                    &html! { "Marks are least confidences, as for " code { "--min-confidence" } "." },
                    Some(&tables::coverage(e)),
                ))
            }
        }
    }
}

fn learning(e: &Evaluation) -> Markup {
    if e.learning_curve.is_empty() {
        return html! {};
    }
    html! {
        section aria-labelledby="learning" {
            h2 #learning { "Would more training data help?" }
            div.figures {
                (figure(
                    "Learning curve",
                    &plot::learning_curve(&e.learning_curve),
                    &html! { "Models trained on growing parts of the training articles, each judged on the same test data. A curve that still rises at its end says yes." },
                    Some(&tables::learning(e)),
                ))
            }
        }
    }
}

fn about(e: &Evaluation) -> Markup {
    let origin = Origin {
        created_by: &e.created_by,
        models: &[("Model", &e.model)],
        files: &e.files,
        data_sha256: e.data_sha256.as_deref(),
        rows: e.rows,
        context_rows: e.context_rows,
        articles: e.articles,
        options: e.options,
        intervals: e.intervals,
    };
    origin.section()
}
