//! An evaluation as text.

// Writing to a string cannot fail.
macro_rules! line {
    ($out:expr) => { let _ = writeln!($out); };
    ($out:expr, $($arg:tt)*) => { let _ = writeln!($out, $($arg)*); };
}

mod html;
mod markdown;
mod markup;
mod plot;
mod scored;
mod terminal;

pub use html::{LISTED_MISTAKES, comparison_html, html, tuning_html};
pub use markdown::{comparison_markdown, markdown};
pub use scored::{LISTED_SENTENCES, ScoredPage};
pub use terminal::audit::audit_terminal;
pub use terminal::compare::comparison_terminal;
pub use terminal::{Style, bar, label_style, printable, terminal};

use serde::Serialize;

/// An evaluation or a comparison as JSON, keys in the order of the struct's fields.
#[must_use]
pub fn json(evaluation: &impl Serialize) -> String {
    // Every field is a string, a finite number, a list of those or null.
    let mut text = serde_json::to_string_pretty(evaluation).unwrap_or_default();
    text.push('\n');
    text
}
