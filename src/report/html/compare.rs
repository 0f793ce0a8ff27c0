//! A comparison of two models as one HTML page.

use maud::{Markup, html};

use super::tables::{cell, table};
use super::{SCRIPT, STYLE, figure};
use crate::evaluation::compare::{Change, ChangeKind, Comparison, Difference, Given, Side};
use crate::report::markup::{
    NAME, Page, SENTENCE, count, cut, label_tag, percent, signed, signed_interval,
};
use crate::report::plot;

/// The comparison as a page that needs no other file, no network and no script.
#[must_use]
pub fn comparison_html(comparison: &Comparison) -> String {
    let c = comparison;
    let content = html! {
        a.skip href="#main" { "Skip to the report" }
        header {
            h1 { "Does the second model label better?" }
            (verdict(c))
            (sides(c))
        }
        main #main {
            (figures(c))
            (changes(c))
        }
    };
    let page = Page {
        title: "Does the second model label better?",
        style: STYLE,
        script: SCRIPT,
        content,
    };
    page.render()
}

/// What the figures that matter most say.
fn verdict(c: &Comparison) -> Markup {
    let of = |name: &str| c.figures.iter().find(|d| d.name == name);
    let sure = |d: &Difference| match d.better {
        Some("a") => "surely worse",
        Some(_) => "surely better",
        None => "not surely different",
    };
    html! {
        @for (name, figure) in [("accuracy", of("accuracy")), ("macro F1", of("macro_f1"))] {
            @if let Some(d) = figure {
                @if let Some(value) = d.difference.value {
                    p.lead {
                        "In " (name) " the second is " strong { (sure(d)) } ": "
                        (signed(value)) " " span.interval { (signed_interval(d.difference.shown_interval())) } "."
                    }
                }
            }
        }
        p.what {
            (count(c.rows as u64)) " sentences from " (count(c.articles as u64)) " articles. Only the first is right on "
            (count(c.mcnemar.only_a)) ", only the second on " (count(c.mcnemar.only_b)) " (McNemar’s exact test, which takes sentences for independent: p = "
            (format!("{:.3}", c.mcnemar.p_value)) ")."
        }
    }
}

fn sides(c: &Comparison) -> Markup {
    let side = |which: &str, side: &Side| {
        html! {
            div.tile {
                dt { (which) ": " (cut(&side.name, NAME)) }
                dd {
                    span.big { (count(side.right)) }
                    span.what { "right of " (count(c.rows as u64)) }
                    @if side.seen_in_training > 0 {
                        span.what { (count(side.seen_in_training as u64)) " of the sentences occur in its training data" }
                    }
                    span.what { "model " code { (side.model.get(..12).unwrap_or(&side.model)) } }
                }
            }
        }
    };
    html! { dl.tiles { (side("first", &c.a)) (side("second", &c.b)) } }
}

fn figures(c: &Comparison) -> Markup {
    let drawn: Vec<&Difference> = c
        .figures
        .iter()
        .filter(|d| !d.name.contains('.') || d.name.starts_with("f1."))
        .take(MOST_DRAWN)
        .collect();
    let rows = html! {
        @for d in &c.figures {
            tr {
                th scope="row" { code { (cut(&d.name, NAME)) } }
                (cell(d.a, None))
                (cell(d.b, None))
                td.n data-value=[d.difference.value] {
                    (d.difference.value.map_or("n/a".to_owned(), signed)) " "
                    span.interval { (signed_interval(d.difference.shown_interval())) }
                }
                td { @match d.better { Some("a") => "first", Some(_) => "second", None => "" } }
            }
        }
    };
    let heads = [
        ("figure", false),
        ("first", true),
        ("second", true),
        ("difference", true),
        ("surely better", false),
    ];
    html! {
        section aria-labelledby="differences" {
            h2 #differences { "Differences" }
            div.figures {
                (figure(
                    "Second less first",
                    &plot::differences(&drawn),
                    &html! { "Bars are 95 % intervals over the same resampled articles; one that leaves out the line in the middle is a difference that would hold with other articles." },
                    None,
                ))
            }
            (table("All figures", &heads, &rows))
        }
    }
}

/// Figures drawn at most.
const MOST_DRAWN: usize = 40;

fn kind_name(kind: ChangeKind) -> (&'static str, &'static str) {
    match kind {
        ChangeKind::NewlyWrong => ("wrong", "newly wrong"),
        ChangeKind::NewlyRight => ("right", "newly right"),
        ChangeKind::OtherwiseWrong => ("other", "wrong in another way"),
    }
}

fn changes(c: &Comparison) -> Markup {
    let totals = [
        (ChangeKind::NewlyWrong, c.newly_wrong),
        (ChangeKind::NewlyRight, c.newly_right),
        (ChangeKind::OtherwiseWrong, c.otherwise_wrong),
    ];
    let all: u64 = totals.iter().map(|(_, n)| n).sum();
    html! {
        section aria-labelledby="changes" {
            h2 #changes { "Sentences that changed" }
            p.what {
                (count(c.newly_right)) " are newly right, " (count(c.newly_wrong)) " newly wrong, "
                (count(c.otherwise_wrong)) " wrong in another way."
                @if (c.changed.len() as u64) < all { " The " (count(c.changed.len() as u64)) " surest are listed." }
            }
            @if !c.changed.is_empty() {
                form.filter #filter role="search" aria-label="Changed sentences" hidden {
                    label { "Change " select #pair {
                        option value="" { "all" }
                        @for (kind, _) in totals { @let (value, name) = kind_name(kind); option value=(value) { (name) } }
                    } }
                    label { "Search " input #search type="search" autocomplete="off"; }
                    output #shown for="pair search" {}
                }
                ol.mistakes { @for change in &c.changed { (item(c, change)) } }
            }
        }
    }
}

fn item(c: &Comparison, change: &Change) -> Markup {
    let (value, name) = kind_name(change.kind);
    let tag = |label: &str| {
        let at = c.labels.iter().position(|l| l == label).unwrap_or(0);
        label_tag(label, at)
    };
    let given = |which: &str, given: &Given| {
        html! {
            span.given {
                span.what { (which) } " " (if given.label == change.gold { "✓" } else { "✗" }) " "
                (tag(&given.label)) " " (percent(given.confidence))
            }
        }
    };
    html! {
        li data-pair=(value) {
            p.verdict { strong { (name) } ", should be " (tag(&change.gold)) }
            blockquote dir="auto" {
                @if let Some(before) = &change.before { span.around { (cut(before, 240)) } " " }
                span.sentence { (cut(&change.text, SENTENCE)) }
                @if let Some(after) = &change.after { " " span.around { (cut(after, 240)) } }
            }
            p.sides { (given("first", &change.a)) (given("second", &change.b)) }
            p.place { (cut(&change.file, NAME)) ":" (change.line) @if let Some(article) = &change.article { " · article " (cut(article, NAME)) } }
        }
    }
}
