//! Which language a text is in, where that is another than the expected one.

use super::stem::Language;

/// So much of an article is looked at.
const LOOKED_AT: usize = 2000;

/// Shorter texts do not tell their language.
const LEAST: usize = 80;

/// The language of `texts`, if it is surely another than `expected`.
#[must_use]
pub fn foreign<'t>(
    texts: impl IntoIterator<Item = &'t str>,
    expected: Language,
) -> Option<&'static str> {
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
        assert_eq!(foreign([german], Language::English), Some("German"));
        assert_eq!(foreign([german], Language::German), None);
        let english = "The minister said on Monday that the government would look at the report and answer soon, as it usually does.";
        assert_eq!(foreign([english], Language::English), None);
        assert_eq!(foreign(["Kurz."], Language::English), None);
    }
}
