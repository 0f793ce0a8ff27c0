//! Text in, terms out: sentences, tokens, their normal form, stems and shapes.
//!
//! Nothing here knows of a vocabulary or of numbers; the `features` layer asks an [`Analyzer`] for the stem of
//! a token once per surface form and does the rest with ids.

mod abbreviations;
pub mod language;
pub mod normal;
pub mod sentence;
pub mod shape;
pub mod stem;
pub mod surroundings;
pub mod word;

use serde::{Deserialize, Serialize};

use stem::{Language, SnowballStemmer};
use word::{Token, TokenKind};

/// How tokens become terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnalyzerParams {
    /// Reduce words to Snowball stems.
    pub stem: bool,
    /// The stemmer's language.
    pub language: Language,
}

impl Default for AnalyzerParams {
    fn default() -> Self {
        Self {
            stem: true,
            language: Language::English,
        }
    }
}

/// Turns tokens into the strings that terms are made of.
#[derive(Debug)]
pub struct Analyzer {
    params: AnalyzerParams,
    stemmer: Option<SnowballStemmer>,
}

impl Analyzer {
    /// An analyzer by `params`.
    #[must_use]
    pub fn new(params: AnalyzerParams) -> Self {
        let stemmer = params.stem.then(|| SnowballStemmer::new(params.language));
        Self { params, stemmer }
    }

    /// What it was made by.
    #[must_use]
    pub fn params(&self) -> &AnalyzerParams {
        &self.params
    }

    /// Writes the term of `token` to `out`: its normal form, and of words the stem.
    ///
    /// It is never empty and holds no white space, nor any of `^ $ # ~`, which mark other kinds of
    /// terms.
    pub fn term(&self, token: &Token<'_>, out: &mut String) {
        normal::normalize(token, out);
        if token.kind != TokenKind::Word {
            return;
        }
        if let Some(stemmer) = &self.stemmer {
            let stem = stemmer.stem(out);
            if !stem.is_empty() && stem.as_ref() != out.as_str() {
                *out = stem.into_owned();
            }
        }
    }
}

/// What the analyzer did, as a model file records it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnalyzerRecord {
    /// Version of the sentence and token rules.
    pub version: u32,
    /// Name of the stemmer's language, or `none`.
    pub stems: String,
    /// Name and version of the stemmer.
    pub stemmer: String,
}

#[cfg(test)]
mod tests {
    use super::word::tokens;
    use super::*;

    fn terms(params: AnalyzerParams, text: &str) -> String {
        let analyzer = Analyzer::new(params);
        let mut out = String::new();
        tokens(text)
            .map(|token| {
                analyzer.term(&token, &mut out);
                out.clone()
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn english_analyzer() {
        for (text, expected) in [
            ("Voters voted.", "voter vote"),
            (
                "It's “confirmed”, officials said",
                "it “ confirm ” offici said",
            ),
            ("", ""),
        ] {
            assert_eq!(
                terms(AnalyzerParams::default(), text),
                expected,
                "for input {text:?}"
            );
        }
    }

    #[test]
    fn stems_can_be_left_off() {
        let params = AnalyzerParams {
            stem: false,
            ..AnalyzerParams::default()
        };
        assert_eq!(terms(params, "Voters voted."), "voters voted");
    }
}
