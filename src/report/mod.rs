//! An evaluation as text.

mod terminal;

pub use terminal::{Style, bar, label_style, printable, terminal};

use crate::evaluation::Evaluation;

/// The evaluation as JSON, keys in the order of the struct's fields.
#[must_use]
pub fn json(evaluation: &Evaluation) -> String {
    // Every field is a string, a finite number, a list of those or null.
    let mut text = serde_json::to_string_pretty(evaluation).unwrap_or_default();
    text.push('\n');
    text
}
