//! A comparison of two models as one HTML page.

use maud::{Markup, html};

use super::about::Origin;
use super::mistakes::{place, quoted};
use super::tables::{cell, table};
use super::{SCRIPT, STYLE, figure};
use crate::evaluation::compare::{Change, ChangeKind, Comparison, Difference, Given, Side};
use crate::report::markup::{
    NAME, Page, SENTENCE, count, cut, label_tag, percent, signed, signed_interval,
};
use crate::report::plot;
use crate::report::terminal::compare::{p_value, shown};

/// The comparison as a page that needs no other file, no network and no script.
#[must_use]
pub fn comparison_html(comparison: &Comparison) -> String {
    let c = comparison;
    let content = html! {
        a.skip href="#main" { "Skip to the report" }
        header {
            h1 { "Does the second model label better?" }
            (verdict(c))
            (links())
            (sides(c))
        }
        main #main {
            (drawn(c))
            (changes(c))
            (figures(c))
            (about(c))
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
            (p_value(c.mcnemar.p_value)) ")."
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
                    @if !side.unknown_labels.is_empty() {
                        span.what { "does not know, so never gives: " (cut(&side.unknown_labels.join(", "), NAME)) }
                    }
                    span.what { "model " code { (side.model.get(..12).unwrap_or(&side.model)) } }
                }
            }
        }
    };
    html! { dl.tiles.wide { (side("first", &c.a)) (side("second", &c.b)) } }
}

fn links() -> Markup {
    let links = [
        ("#differences", "Differences"),
        ("#changes", "Sentences that changed"),
        ("#figures", "All figures"),
        ("#about", "How it was made"),
    ];
    html! {
        nav aria-label="Parts of the report" {
            ul { @for (target, name) in links { li { a href=(target) { (name) } } } }
        }
    }
}

/// The main figures and F1 of each label, drawn.
fn drawn(c: &Comparison) -> Markup {
    let mut drawn = shown(c);
    drawn.truncate(MOST_DRAWN);
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
        }
    }
}

/// Every figure as a table.
fn figures(c: &Comparison) -> Markup {
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
        section aria-labelledby="figures" {
            h2 #figures { "All figures" }
            (table("All figures", &heads, &rows))
        }
    }
}

fn about(c: &Comparison) -> Markup {
    let origin = Origin {
        created_by: &c.created_by,
        models: &[("First model", &c.a.model), ("Second model", &c.b.model)],
        files: &c.files,
        data_sha256: Some(&c.data_sha256),
        rows: c.rows,
        context_rows: 0,
        articles: c.articles,
        options: c.options,
        intervals: c.intervals,
    };
    origin.section()
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
            (quoted(&change.sentence, &html! { (cut(&change.sentence.text, SENTENCE)) }))
            p.sides { (given("first", &change.a)) (given("second", &change.b)) }
            (place(&change.sentence))
        }
    }
}
