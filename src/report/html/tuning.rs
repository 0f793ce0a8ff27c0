//! What a search of settings found, as one HTML page.

use maud::{Markup, html};

use super::tables::{cell, table};
use super::{SCRIPT, STYLE, figure};
use crate::report::markup::{Page, count};
use crate::report::plot;
use crate::tuning::{Path, Tried, paths};

/// Everything that was tried, the best first, as a page that needs no other file, no network and no script.
#[must_use]
pub fn tuning_html(tried: &[Tried]) -> String {
    let content = html! {
        a.skip href="#main" { "Skip to the report" }
        header {
            h1 { "Which settings do best?" }
            (best(tried))
        }
        main #main {
            (path(&paths(tried)))
            (settings(tried))
        }
    };
    let page = Page {
        title: "Which settings do best?",
        style: STYLE,
        script: SCRIPT,
        content,
    };
    page.render()
}

fn best(tried: &[Tried]) -> Markup {
    html! {
        @if let Some(best) = tried.first() {
            p.lead {
                "Of " (count(tried.len() as u64)) " settings the best has a macro F1 of " strong { (format!("{:.3}", best.macro_f1)) }
                " on articles that its models have not seen, without the chain over neighbours."
            }
        }
        p.what { "Differences of less than about 0.01 are chance." }
    }
}

fn path(paths: &[Path<'_>]) -> Markup {
    let rows = html! {
        @for path in paths { @for one in &path.tried {
            tr {
                td { (path.class_weight.name()) }
                td.n data-value=(one.params.alpha) { (one.params.alpha) }
                (cell(Some(one.macro_f1), None))
                (cell(Some(one.log_loss), None))
            }
        } }
    };
    let heads = [
        ("class weight", false),
        ("alpha", true),
        ("macro F1", true),
        ("log-loss", true),
    ];
    let numbers = table("Scores along the penalty", &heads, &rows);
    let drawn = |name: &str, axis: &str, score: fn(&Tried) -> f64, what: &str| {
        let drawing = plot::regularization_path(paths, axis, score);
        figure(name, &drawing, &html! { (what) }, Some(&numbers))
    };
    html! {
        section aria-labelledby="path" {
            h2 #path { "How strong should the penalty be?" }
            div.figures {
                (drawn("Macro F1 along the penalty", "macro F1", |t| t.macro_f1, "A curve for each weight of the classes, with the features of the best setting. More is better."))
                (drawn("Log-loss along the penalty", "log-loss", |t| t.log_loss, "Less is better. A best value at the end of the axis says that the search should go on there."))
            }
        }
    }
}

fn settings(tried: &[Tried]) -> Markup {
    let rows = html! {
        @for one in tried {
            @let vectorizer = &one.params.vectorizer;
            tr {
                (cell(Some(one.macro_f1), None))
                (cell(Some(one.log_loss), None))
                td.n data-value=(one.params.alpha) { (one.params.alpha) }
                td { (one.params.class_weight.name()) }
                td.n data-value=(vectorizer.longest_ngram()) { (vectorizer.longest_ngram()) }
                td.n data-value=(vectorizer.least_sentences()) { (vectorizer.least_sentences()) }
                td.n data-value=(vectorizer.least_articles()) { (vectorizer.least_articles()) }
                td { (vectorizer.weighting_name()) }
                td.n data-value=(one.terms) { (count(one.terms as u64)) }
                td { @if !one.converged { "not converged" } }
            }
        }
    };
    let heads = [
        ("macro F1", true),
        ("log-loss", true),
        ("alpha", true),
        ("class weight", false),
        ("n-grams", true),
        ("min sentences", true),
        ("min articles", true),
        ("weighting", false),
        ("terms", true),
        ("", false),
    ];
    html! {
        section aria-labelledby="settings" {
            h2 #settings { "All settings" }
            (table("All settings", &heads, &rows))
        }
    }
}
