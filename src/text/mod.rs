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
mod swar;
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
    /// Replace numbers by their form and addresses by their kind; else numbers keep their digits, and
    /// the words in an address count as well.
    pub mask: bool,
}

impl Default for AnalyzerParams {
    fn default() -> Self {
        Self {
            stem: true,
            language: Language::English,
            mask: false,
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
        if token.kind == TokenKind::Number && !self.params.mask {
            out.clear();
            normal::word(token.text, out);
            return;
        }
        normal::normalize(token, out);
        if token.kind == TokenKind::Word {
            self.stem(out);
        }
    }

    /// Puts the stem in the place of a normal word.
    fn stem(&self, word: &mut String) {
        if let Some(stemmer) = &self.stemmer {
            let stem = stemmer.stem(word);
            if !stem.is_empty() && stem.as_ref() != word.as_str() {
                *word = stem.into_owned();
            }
        }
    }

    /// Hands on the terms of the words in an address, written to `out` one after the other; of other
    /// tokens, and where addresses are masked, there are none.
    pub(crate) fn address_words(
        &self,
        token: &Token<'_>,
        out: &mut String,
        mut each: impl FnMut(&str),
    ) {
        let address = matches!(
            token.kind,
            TokenKind::Url | TokenKind::Email | TokenKind::Handle
        );
        if self.params.mask || !address {
            return;
        }
        let words = token.text.split(|c: char| !c.is_alphanumeric());
        for text in words.filter(|text| !text.is_empty()) {
            out.clear();
            normal::word(text, out);
            self.stem(out);
            each(out);
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
    /// Whether numbers keep their digits and addresses their words.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub values: bool,
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

    const STEMS: AnalyzerParams = AnalyzerParams {
        stem: true,
        language: Language::English,
        mask: true,
    };

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
            assert_eq!(terms(STEMS, text), expected, "for input {text:?}");
        }
    }

    #[test]
    fn words_and_numbers_can_stay_as_they_are() {
        let whole = AnalyzerParams {
            stem: false,
            ..AnalyzerParams::default()
        };
        for (text, expected) in [
            ("Voters voted.", "voters voted"),
            ("10,000 or 7/10 on 20th", "10,000 or 7 10 on 20th"),
            ("mail a@b.org", "mail <email>"),
        ] {
            assert_eq!(terms(whole.clone(), text), expected);
        }
    }

    #[test]
    fn the_words_in_an_address_are_handed_on() {
        let words = |params, text| {
            let (analyzer, mut out, mut all) = (Analyzer::new(params), String::new(), Vec::new());
            for token in tokens(text) {
                analyzer.address_words(&token, &mut out, |word| all.push(word.to_owned()));
            }
            all.join(" ")
        };
        let text = "See https://www.Times.org/voters-2?q=a or ask J.Doe@mail.org, @voters!";
        let whole = AnalyzerParams {
            stem: false,
            ..AnalyzerParams::default()
        };
        assert_eq!(
            words(whole.clone(), text),
            "https www times org voters 2 q a j doe mail org voters"
        );
        let stems = AnalyzerParams {
            stem: true,
            ..whole
        };
        assert!(words(stems, text).ends_with("org voter"));
        assert_eq!(words(STEMS, text), "");
    }
}
