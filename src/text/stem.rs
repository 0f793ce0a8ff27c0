//! Snowball stems by `rust-stemmers`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use rust_stemmers::{Algorithm, Stemmer};

/// Name and version of the stemmer, kept in model files: another version may stem differently.
pub const STEMMER_VERSION: &str = "rust-stemmers/1.2";

macro_rules! languages {
    ($($variant:ident $name:literal $code:literal,)*) => {
        /// A language with a Snowball stemmer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Language {
            $(#[doc = $name] $variant,)*
        }

        impl Language {
            /// Every language, by name.
            pub const ALL: &'static [Language] = &[$(Language::$variant,)*];

            /// The English name in lower case, as used on the command line and in model files.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Language::$variant => $name,)* }
            }

            /// ISO 639-3 code.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(Language::$variant => $code,)* }
            }

            fn algorithm(self) -> Algorithm {
                match self { $(Language::$variant => Algorithm::$variant,)* }
            }
        }
    };
}

languages! {
    Arabic "arabic" "ara",
    Danish "danish" "dan",
    Dutch "dutch" "nld",
    English "english" "eng",
    Finnish "finnish" "fin",
    French "french" "fra",
    German "german" "deu",
    Greek "greek" "ell",
    Hungarian "hungarian" "hun",
    Italian "italian" "ita",
    Norwegian "norwegian" "nob",
    Portuguese "portuguese" "por",
    Romanian "romanian" "ron",
    Russian "russian" "rus",
    Spanish "spanish" "spa",
    Swedish "swedish" "swe",
    Tamil "tamil" "tam",
    Turkish "turkish" "tur",
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The name of a language without a stemmer here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no stemmer for `{0}`; the languages are {names}", names = names())]
pub struct UnknownLanguage(String);

fn names() -> String {
    let names: Vec<_> = Language::ALL.iter().map(|l| l.name()).collect();
    names.join(", ")
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(name: &str) -> Result<Self, UnknownLanguage> {
        Language::ALL
            .iter()
            .copied()
            .find(|l| l.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownLanguage(name.to_owned()))
    }
}

/// Reduces lower-case words of one language to their stems.
pub struct SnowballStemmer {
    language: Language,
    stemmer: Stemmer,
}

impl SnowballStemmer {
    /// The stemmer of `language`.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self {
            language,
            stemmer: Stemmer::create(language.algorithm()),
        }
    }

    /// The stem of `word`, which must be in lower case.
    #[must_use]
    pub fn stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        self.stemmer.stem(word)
    }
}

impl fmt::Debug for SnowballStemmer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SnowballStemmer")
            .field(&self.language)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_become_stems() {
        for (language, word, stem) in [
            (Language::English, "confirmed", "confirm"),
            (Language::English, "reportedly", "report"),
            (Language::English, "officials'", "offici"),
            (Language::German, "häuser", "haus"),
            (Language::Russian, "важная", "важн"),
            (Language::French, "continuellement", "continuel"),
        ] {
            assert_eq!(SnowballStemmer::new(language).stem(word), stem);
        }
    }

    #[test]
    fn names_are_read_back() {
        for &language in Language::ALL {
            assert_eq!(language.name().parse(), Ok(language));
        }
        let message = "klingon".parse::<Language>().unwrap_err().to_string();
        assert!(message.starts_with("no stemmer for `klingon`; the languages are arabic, "));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn no_word_makes_a_stemmer_panic(word in "\\PC{0,12}", index in 0..Language::ALL.len()) {
            let _ = SnowballStemmer::new(Language::ALL[index]).stem(&word.to_lowercase());
        }
    }
}
