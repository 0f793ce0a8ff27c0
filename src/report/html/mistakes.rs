//! The surest mistakes, with what weighed for the wrong and for the right label.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::tables::weighed;
use crate::evaluation::Evaluation;
use crate::evaluation::mistakes::{Highlight, Mistake, Sentence};
use crate::report::markup::{NAME, SENTENCE, count, cut, label_name, label_tag, percent};

/// Characters shown of the sentences before and after.
const NEIGHBOUR: usize = 240;

pub(super) fn section(e: &Evaluation) -> Markup {
    if e.mistakes.is_empty() {
        return html! {};
    }
    let listed = e.mistakes.len() as u64;
    html! {
        section aria-labelledby="mistakes" {
            h2 #mistakes { "Mistakes, the surest first" }
            p.what {
                @if listed < e.mistakes_total {
                    "The " (count(listed)) " surest of " (count(e.mistakes_total)) " mistakes are listed. "
                } @else { "All " (count(listed)) " mistakes are listed. " }
                "Marked words spoke for the "
                span.weighs.wrong-word.w3 { "wrong" } " or for the " span.weighs.right-word.w3 { "right" } " label."
            }
            (filter(e))
            ol.mistakes { @for mistake in &e.mistakes { (item(e, mistake)) } }
        }
    }
}

fn position(e: &Evaluation, label: &str) -> usize {
    e.labels.iter().position(|l| l == label).unwrap_or(0)
}

fn pair(e: &Evaluation, mistake: &Mistake) -> (usize, usize) {
    (position(e, &mistake.gold), position(e, &mistake.predicted))
}

/// What only works with the script: it shows this.
fn filter(e: &Evaluation) -> Markup {
    let mut pairs: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    for mistake in &e.mistakes {
        *pairs.entry(pair(e, mistake)).or_default() += 1;
    }
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_by_key(|&(pair, rows)| (std::cmp::Reverse(rows), pair));
    let name = |label: usize| cut(&label_name(&e.labels[label]), 28);
    html! {
        form.filter #filter role="search" aria-label="Mistakes" hidden {
            label {
                "Labels "
                select #pair {
                    option value="" { "all pairs" }
                    @for ((gold, given), rows) in pairs {
                        option value={ (gold) "-" (given) } { (name(gold)) " → " (name(given)) " (" (rows) ")" }
                    }
                }
            }
            label { "Search " input #search type="search" autocomplete="off"; }
            output #shown for="pair search" {}
        }
    }
}

fn item(e: &Evaluation, mistake: &Mistake) -> Markup {
    let (gold, given) = pair(e, mistake);
    html! {
        li data-pair={ (gold) "-" (given) } {
            p.verdict {
                (label_tag(&mistake.predicted, given)) " with " (percent(mistake.confidence)) ", should be "
                (label_tag(&mistake.gold, gold))
                @if let Some(p) = mistake.gold_probability { " (" (percent(p)) ")" }
                @if mistake.seen { " · was in the training data" }
            }
            (quoted(&mistake.sentence, &marked(&mistake.sentence.text, &mistake.highlights)))
            (weighed("for the wrong label", "wrong-term", mistake.for_predicted.iter().map(|t| (t.term.as_str(), t.weight))))
            (weighed("for the right one", "right-term", mistake.for_gold.iter().map(|t| (t.term.as_str(), t.weight))))
            (nearest(e, mistake))
            (place(&mistake.sentence))
        }
    }
}

/// A sentence as `shown` between its neighbours.
pub(super) fn quoted(sentence: &Sentence, shown: &Markup) -> Markup {
    html! {
        blockquote dir="auto" {
            @if let Some(before) = &sentence.before { span.around { (last_part(before)) } " " }
            span.sentence { (shown) }
            @if let Some(after) = &sentence.after { " " span.around { (cut(after, NEIGHBOUR)) } }
        }
    }
}

/// Where a sentence stands.
pub(super) fn place(sentence: &Sentence) -> Markup {
    html! {
        p.place {
            (cut(&sentence.file, NAME)) ":" (sentence.line)
            @if let Some(article) = &sentence.article { " · article " (cut(article, NAME)) }
        }
    }
}

/// The end of the sentence before: what stands next to the sentence.
fn last_part(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(NEIGHBOUR);
    if skip == 0 {
        return text.to_owned();
    }
    std::iter::once('…')
        .chain(text.chars().skip(skip))
        .collect()
}

/// The sentence with its words marked, in three strengths.
fn marked(text: &str, highlights: &[Highlight]) -> Markup {
    let shown = text
        .char_indices()
        .nth(SENTENCE)
        .map_or(text.len(), |(at, _)| at);
    let heavy = || highlights.iter().map(|h| h.weight.abs());
    let greatest = heavy().fold(0.0, f64::max);
    let marks: Vec<(&Highlight, &str)> = highlights
        .iter()
        .filter(|h| h.end <= shown)
        .filter_map(|h| Some((h, strength(h.weight.abs() / greatest)?)))
        .collect();
    let starts = std::iter::once(0).chain(marks.iter().map(|(h, _)| h.end));
    let after = marks.last().map_or(0, |(h, _)| h.end);
    html! {
        @for ((highlight, strength), start) in marks.iter().zip(starts) {
            @let side = if highlight.weight > 0.0 { "wrong-word" } else { "right-word" };
            (text[start..highlight.start])
            span.weighs.(side).(strength) { (text[highlight.start..highlight.end]) }
        }
        (text[after..shown])
        @if shown < text.len() { "…" }
    }
}

/// Words that weighed little are not marked.
fn strength(share: f64) -> Option<&'static str> {
    match share {
        s if s >= 0.6 => Some("w3"),
        s if s >= 0.3 => Some("w2"),
        s if s >= 0.12 => Some("w1"),
        _ => None,
    }
}

fn nearest(e: &Evaluation, mistake: &Mistake) -> Markup {
    html! {
        @if !mistake.nearest.is_empty() {
            details {
                summary { "Training sentences most like it" }
                ul.nearest {
                    @for other in &mistake.nearest {
                        li {
                            (label_tag(&other.label, position(e, &other.label))) " "
                            span dir="auto" { (cut(&other.text, 2 * NEIGHBOUR)) }
                            " " span.place { (format!("{:.2}", other.similarity)) " · " (cut(&other.file, NAME)) ":" (other.line) }
                        }
                    }
                }
            }
        }
    }
}
