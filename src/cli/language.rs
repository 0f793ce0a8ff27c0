//! A note where an article is in another language than the model.

use purport::text::stem::Language;

use super::terminal::Terminal;

/// Counts the notes, so that a large input in another language does not drown everything else.
pub(crate) struct Notes {
    expected: Language,
    given: usize,
}

/// Notes shown before they are only counted.
const SHOWN: usize = 5;

/// So much of an article is looked at.
const LOOKED_AT: usize = 2000;

/// Shorter texts do not tell their language.
const LEAST: usize = 80;

impl Notes {
    pub(crate) fn new(expected: Language) -> Self {
        Self { expected, given: 0 }
    }

    /// Looks at an article of which the model knows `known_words`.
    pub(crate) fn look_at(
        &mut self,
        source: &str,
        article: Option<&str>,
        texts: &[&str],
        known_words: u64,
        terminal: &Terminal,
    ) {
        if is_familiar(texts, known_words) {
            return;
        }
        let Some(found) = foreign(texts, self.expected) else {
            return;
        };
        self.given += 1;
        if self.given <= SHOWN {
            let place = article.map_or_else(
                || source.to_owned(),
                |name| format!("{source}: article {name}"),
            );
            terminal.note(&format!(
                "{place}: looks like {found}, the model was made for {}",
                self.expected
            ));
        }
    }

    pub(crate) fn finish(&self, terminal: &Terminal) {
        if let Some(more) = self.given.checked_sub(SHOWN).filter(|n| *n > 0) {
            terminal.note(&format!("… and {more} more articles in other languages"));
        }
    }
}

/// Whether the model knows so many of the words that the language must be its own: telling a
/// language costs as much as scoring.
fn is_familiar(texts: &[&str], known_words: u64) -> bool {
    let words: usize = texts
        .iter()
        .map(|t| t.split_ascii_whitespace().count())
        .sum();
    known_words * 2 > words as u64
}

/// The language of `texts`, if it is surely another than `expected`.
fn foreign(texts: &[&str], expected: Language) -> Option<&'static str> {
    let mut sample = String::new();
    for text in texts {
        sample.push_str(text);
        sample.push(' ');
        if sample.len() > LOOKED_AT {
            break;
        }
    }
    if sample.len() < LEAST {
        return None;
    }
    let info = whatlang::detect(&sample)?;
    (info.is_reliable() && info.lang().code() != expected.code()).then(|| info.lang().eng_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_language_is_noticed() {
        let german = "Der Minister sagte am Montag, die Regierung werde den Bericht prüfen und bald antworten, wie es üblich ist.";
        assert_eq!(foreign(&[german], Language::English), Some("German"));
        assert_eq!(foreign(&[german], Language::German), None);
        let english = "The minister said on Monday that the government would look at the report and answer soon, as it usually does.";
        assert_eq!(foreign(&[english], Language::English), None);
        assert_eq!(foreign(&["Kurz."], Language::English), None);
    }
}
