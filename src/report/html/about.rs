//! How the figures of a page were made.

use maud::{Markup, html};

use crate::evaluation::{IntervalBasis, OptionsUsed};
use crate::report::markup::{NAME, count, cut};

/// Files that are named; of more the number is.
const MOST_FILES: usize = 20;

/// What figures rest on.
pub(super) struct Origin<'o> {
    pub created_by: &'o str,
    /// What each model is called here, and its id.
    pub models: &'o [(&'o str, &'o str)],
    pub files: &'o [String],
    pub data_sha256: Option<&'o str>,
    pub rows: usize,
    pub context_rows: usize,
    pub articles: usize,
    pub options: OptionsUsed,
    pub intervals: IntervalBasis,
}

impl Origin<'_> {
    pub(super) fn section(&self) -> Markup {
        let options = self.options;
        html! {
            section aria-labelledby="about" {
                h2 #about { "How it was made" }
                dl.about {
                    dt { "Program" } dd { (self.created_by) }
                    @for (name, id) in self.models { dt { (name) } dd { code { (cut(id, NAME)) } } }
                    dt { "Data" }
                    dd {
                        @for (i, file) in self.files.iter().take(MOST_FILES).enumerate() {
                            @if i > 0 { ", " } (cut(file, NAME))
                        }
                        @if self.files.len() > MOST_FILES { " and " (self.files.len() - MOST_FILES) " more" }
                        @if let Some(hash) = self.data_sha256 { br; "SHA-256 of the rows " code { (hash) } }
                    }
                    dt { "Sentences" }
                    dd {
                        (count(self.rows as u64)) " with a label, from " (count(self.articles as u64)) " articles"
                        @if self.context_rows > 0 { "; " (count(self.context_rows as u64)) " more without one are context" }
                    }
                    dt { "Options" }
                    dd { "context " (options.context) ", seed " (options.seed) @if options.always_label { ", a label always given" } }
                    dt { "Intervals" }
                    dd { (self.intervals_in_words()) }
                }
            }
        }
    }

    fn intervals_in_words(&self) -> Markup {
        let basis = self.intervals;
        html! {
            (basis.percent) " %, " (basis.method)
            @if basis.resamples > 0 {
                ": " (count(basis.resamples as u64)) " resamples of whole articles, since sentences of one article are not independent"
            } @else { "; those shown are Wilson’s, which take sentences for independent" }
            "."
        }
    }
}
