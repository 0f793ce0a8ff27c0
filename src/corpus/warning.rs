//! What is doubtful in labelled data.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use super::error::{Name, Place, shown};

/// What is doubtful in labelled data; it is used all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CorpusWarning {
    /// The file grew while it was read.
    Grew {
        /// The file.
        path: Arc<Path>,
    },
    /// Faulty bytes were replaced by U+FFFD.
    Replaced {
        /// The file.
        path: Arc<Path>,
        /// How many.
        count: u64,
    },
    /// NUL bytes in the text.
    Nul {
        /// Place of the first.
        place: Place,
        /// How many.
        count: u64,
    },
    /// Text between a closing quote and the delimiter.
    TextAfterQuote {
        /// Place of the first.
        place: Place,
        /// Line in which its quote was opened.
        opened: u64,
        /// How many such fields.
        count: u64,
    },
    /// A quoted field of very many lines, as an unclosed quote makes it.
    LongField {
        /// Place of the opening quote.
        place: Place,
        /// How many lines it takes in.
        lines_taken: u64,
    },
    /// Rows with too few or too many fields were left out.
    SkippedRows {
        /// Place of the first.
        place: Place,
        /// How many.
        count: u64,
    },
    /// Rows without label were left out.
    SkippedUnlabelled {
        /// Place of the first.
        place: Place,
        /// How many.
        count: u64,
    },
    /// A column was found by its name but for case and spaces.
    NearColumn {
        /// Place of the header cell.
        place: Place,
        /// The name that was looked for.
        wanted: String,
        /// The name it has.
        found: String,
    },
    /// Two labels that differ only by case.
    CaseVariants {
        /// The more frequent one and its rows.
        label: (String, u64),
        /// The other and its rows.
        variant: (String, u64),
        /// First row of the other.
        place: Place,
    },
    /// A rare label that is nearly a frequent one.
    NearLabel {
        /// The rare one and its rows.
        label: (String, u64),
        /// The frequent one and its rows.
        near: (String, u64),
        /// First row of the rare one.
        place: Place,
    },
    /// A label that one row carries: it cannot be both learnt and tested.
    SingleRow {
        /// The label.
        label: String,
        /// The row.
        place: Place,
    },
    /// Texts without a letter or digit.
    NoWords {
        /// The first of them.
        places: Vec<Place>,
        /// How many.
        count: u64,
    },
}

impl fmt::Display for CorpusWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grew { path } => {
                write!(
                    f,
                    "{}: the file grew; what was added is not read",
                    Name(path)
                )
            }
            Self::Replaced { path, count } => {
                write!(
                    f,
                    "{}: {count} faulty bytes or sequences replaced by U+FFFD",
                    Name(path)
                )
            }
            Self::Nul { place, count } => {
                write!(
                    f,
                    "{place}: NUL byte, taken as a separator{}",
                    in_all(*count)
                )
            }
            Self::TextAfterQuote {
                place,
                opened,
                count,
            } => write!(
                f,
                "{place}: text after closing quote{}{}",
                opened_note(*opened, place.line),
                in_all(*count)
            ),
            Self::LongField { place, lines_taken } => {
                write!(
                    f,
                    "{place}: quoted field of {lines_taken} lines (opened here)"
                )
            }
            Self::SkippedRows { place, count } => {
                write!(
                    f,
                    "{place}: row with a wrong number of fields left out{}",
                    in_all(*count)
                )
            }
            Self::SkippedUnlabelled { place, count } => {
                write!(f, "{place}: row without label left out{}", in_all(*count))
            }
            Self::NearColumn {
                place,
                wanted,
                found,
            } => write!(
                f,
                "{place}: column {} is taken for {}",
                shown(found),
                shown(wanted)
            ),
            Self::CaseVariants {
                label,
                variant,
                place,
            } => write!(
                f,
                "{place}: labels {} and {} differ only by case",
                counted(label),
                counted(variant)
            ),
            Self::NearLabel { label, near, place } => write!(
                f,
                "{place}: label {} is rare and nearly {}",
                counted(label),
                counted(near)
            ),
            Self::SingleRow { label, place } => {
                write!(f, "{place}: label {} has one row only", shown(label))
            }
            Self::NoWords { places, count } => no_words(f, places, *count),
        }
    }
}

impl CorpusWarning {
    /// What would cure it, if something is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::TextAfterQuote { .. } => {
                Some("a quote inside a quoted field is written twice: `\"\"`")
            }
            Self::LongField { .. } => Some("is its quote closed where it should be?"),
            Self::CaseVariants { .. } => Some("make them one with `--merge-case`"),
            _ => None,
        }
    }
}

fn no_words(f: &mut fmt::Formatter<'_>, places: &[Place], count: u64) -> fmt::Result {
    let (Some(first), others) = (places.first(), places.get(1..).unwrap_or_default()) else {
        return write!(f, "{count} texts without a letter or digit");
    };
    write!(
        f,
        "{first}: text without a letter or digit{}",
        in_all(count)
    )?;
    let listed: Vec<_> = others.iter().map(Place::to_string).collect();
    if listed.is_empty() {
        Ok(())
    } else {
        write!(f, ", also at {}", listed.join(", "))
    }
}

fn counted((label, rows): &(String, u64)) -> String {
    format!("{} ({rows})", shown(label))
}

fn in_all(count: u64) -> String {
    if count > 1 {
        format!(" ({count} in all)")
    } else {
        String::new()
    }
}

fn opened_note(opened: u64, line: u64) -> String {
    if opened == line {
        String::new()
    } else {
        format!(" (opened in line {opened})")
    }
}
