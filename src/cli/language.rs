//! A note where an article is in another language than the model.

use purport::article::Article;
use purport::classifier::Scores;
use purport::text::language::foreign;
use purport::text::stem::Language;

use super::terminal::Terminal;

/// Counts the notes, so that a large input in another language does not drown everything else.
pub(crate) struct Notes {
    expected: Language,
    given: usize,
}

/// Notes shown before they are only counted.
const SHOWN: usize = 5;

impl Notes {
    pub(crate) fn new(expected: Language) -> Self {
        Self { expected, given: 0 }
    }

    /// Says it, or counts it.
    pub(crate) fn give(&mut self, note: &Note, terminal: &Terminal) {
        self.given += 1;
        if self.given <= SHOWN {
            terminal.note(&format!(
                "{}: looks like {}, the model was made for {}",
                note.place, note.found, self.expected
            ));
        }
    }

    pub(crate) fn finish(&self, terminal: &Terminal) {
        if let Some(more) = self.given.checked_sub(SHOWN).filter(|n| *n > 0) {
            terminal.note(&format!("… and {more} more articles in other languages"));
        }
    }
}

/// An article in another language.
pub(crate) struct Note {
    place: String,
    found: &'static str,
}

impl Note {
    /// Looks at an article of `source` and how many of its words the model knew.
    pub(crate) fn of(
        source: &str,
        article: &Article,
        scores: &Scores,
        expected: Language,
    ) -> Option<Self> {
        if is_familiar(scores) {
            return None;
        }
        let found = foreign(article.texts(), expected)?;
        let place = match &article.name {
            Some(name) => format!("{source}: article {name}"),
            None => source.to_owned(),
        };
        Some(Self { place, found })
    }
}

/// Whether the model knows so many of the words that the language must be its own: telling a
/// language costs as much as scoring.
fn is_familiar(scores: &Scores) -> bool {
    let (known, words) = (0..scores.len()).fold((0, 0), |(known, words), i| {
        (
            known + u64::from(scores.known_words(i)),
            words + u64::from(scores.words(i)),
        )
    });
    known * 2 > words
}
