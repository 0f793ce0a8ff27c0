//! The story of a page without the site around it, by `dom_smoothie`, a port of Mozilla's Readability.
//!
//! It builds a tree, for which some pages are traps: the time that the HTML standard's algorithm takes grows
//! with the number of open elements for each further one. A page is looked at by the streaming tokenizer first,
//! and refused if it is nested deeper than any page that people wrote.

use thiserror::Error;

use super::html::{self, HtmlPage};

/// A page whose story cannot be told from the rest.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoryError {
    /// Too large or too deeply nested for a tree.
    #[error("{what}, too much to look for the story in it")]
    TooMuch {
        /// How much.
        what: String,
    },
    /// The library failed.
    #[error("looking for the story failed: {0}")]
    Failed(String),
    /// The program was built without the library.
    #[error("this program was built without the feature `readability`")]
    Missing,
}

/// The page with its story alone as text, which is empty if there is none.
pub(super) fn page_of(html: &str) -> Result<HtmlPage, StoryError> {
    let metadata = html::page_of(html).metadata;
    let text = story_of(html)?.map_or_else(String::new, |story| html::text_of(&story));
    Ok(HtmlPage { text, metadata })
}

#[cfg(not(feature = "readability"))]
fn story_of(_: &str) -> Result<Option<String>, StoryError> {
    Err(StoryError::Missing)
}

#[cfg(feature = "readability")]
use tree::story_of;

#[cfg(feature = "readability")]
mod tree {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use dom_smoothie::{Config, Readability, ReadabilityError};
    use html5gum::{DefaultEmitter, Token, Tokenizer};

    use super::StoryError;

    /// Bytes of a page.
    const MAX_BYTES: usize = 16 << 20;
    /// Elements that are open at once.
    const MAX_DEPTH: usize = 256;
    /// Elements, with those that the parser opens anew in each block: `<b><i><p>…<p>…`.
    const MAX_ELEMENTS: usize = 300_000;

    /// The story as HTML; `None` if the page has none.
    pub(super) fn story_of(html: &str) -> Result<Option<String>, StoryError> {
        check(html)?;
        let config = Config {
            disable_json_ld: true,
            ..Config::default()
        };
        // A fault in the library is one page lost, not the run.
        let parsed = catch_unwind(AssertUnwindSafe(|| {
            Readability::new(html, None, Some(config)).and_then(|mut page| page.parse())
        }));
        match parsed {
            Ok(Ok(article)) => Ok(Some(article.content.to_string())),
            Ok(Err(ReadabilityError::GrabFailed)) => Ok(None),
            Ok(Err(error)) => Err(StoryError::Failed(error.to_string())),
            Err(_) => Err(StoryError::Failed("a fault in the library".to_owned())),
        }
    }

    fn check(html: &str) -> Result<(), StoryError> {
        let too_much = |what| Err(StoryError::TooMuch { what });
        if html.len() > MAX_BYTES {
            return too_much(format!("a page of {} bytes", html.len()));
        }
        let mut emitter = DefaultEmitter::<()>::default();
        emitter.naively_switch_states(true);
        let mut nesting = Nesting::default();
        for token in Tokenizer::new_with_emitter(html, emitter) {
            match token {
                Ok(Token::StartTag(tag)) => nesting.start(&tag.name),
                Ok(Token::EndTag(tag)) => nesting.end(&tag.name),
                _ => {}
            }
            if nesting.open.len() > MAX_DEPTH {
                return too_much(format!("more than {MAX_DEPTH} elements inside each other"));
            }
            if nesting.elements > MAX_ELEMENTS {
                return too_much(format!("more than {MAX_ELEMENTS} elements"));
            }
        }
        Ok(())
    }

    /// About what a parser has open; an element whose end may be left out ends where its like begins.
    #[derive(Default)]
    struct Nesting {
        open: Vec<Vec<u8>>,
        /// How many of them are opened anew in each block.
        formatting: usize,
        elements: usize,
    }

    impl Nesting {
        fn start(&mut self, name: &[u8]) {
            self.elements += 1 + self.formatting;
            if VOID.contains(&name) {
                return;
            }
            if OPTIONAL_END.contains(&name) && self.open.last().is_some_and(|last| last == name) {
                return;
            }
            self.formatting += usize::from(FORMATTING.contains(&name));
            self.open.push(name.to_vec());
        }

        fn end(&mut self, name: &[u8]) {
            if let Some(at) = self.open.iter().rposition(|open| open == name) {
                let closed = self.open.drain(at..);
                self.formatting -= closed
                    .filter(|open| FORMATTING.contains(&&open[..]))
                    .count();
            }
        }
    }

    const VOID: [&[u8]; 13] = [
        b"area", b"base", b"br", b"col", b"embed", b"hr", b"img", b"input", b"link", b"meta",
        b"source", b"track", b"wbr",
    ];

    const OPTIONAL_END: [&[u8]; 9] = [
        b"li", b"p", b"dt", b"dd", b"tr", b"td", b"th", b"option", b"tbody",
    ];

    const FORMATTING: [&[u8]; 14] = [
        b"a", b"b", b"big", b"code", b"em", b"font", b"i", b"nobr", b"s", b"small", b"strike",
        b"strong", b"tt", b"u",
    ];
}

#[cfg(test)]
#[cfg(feature = "readability")]
mod tests {
    use std::fmt::Write;
    use std::time::Instant;

    use super::*;

    fn page() -> String {
        let mut html = String::from(
            "<html><head><title>The storm - The Daily</title></head><body>\
             <nav><a href=/>Home</a> <a href=/news>News</a> <a href=/sport>Sport</a></nav><article><h1>The storm</h1>",
        );
        for i in 0..12 {
            write!(
                html,
                "<p>The storm reached the coast in the evening of day {i}, the mayor said, and it took roofs, \
                 trees and the old pier with it before the wind turned and the sea fell back.</p>"
            )
            .unwrap();
        }
        html + "</article><footer><a href=/terms>Terms of use</a> <a href=/subscribe>Subscribe now</a></footer></body></html>"
    }

    #[test]
    fn the_story_is_kept_and_the_site_left_out() {
        let found = page_of(&page()).unwrap();
        assert!(
            found
                .text
                .contains("The storm reached the coast in the evening of day 11")
        );
        assert!(
            !found.text.contains("Subscribe now") && !found.text.contains("Sport"),
            "{}",
            found.text
        );
        assert_eq!(
            found.metadata.title.as_deref(),
            Some("The storm - The Daily")
        );
        assert_eq!(page_of("<body></body>").unwrap().text, "");
    }

    #[test]
    fn d06_traps_for_tree_builders_are_refused_in_no_time() {
        let start = Instant::now();
        let mut fonts = String::new();
        for i in 0..250 {
            write!(fonts, "<font size={i}>").unwrap();
        }
        for (html, what) in [
            ("<ul><li>".repeat(64_000), "inside each other"),
            ("<div>".repeat(1_000_000), "inside each other"),
            (fonts + &"<p>x".repeat(40_000), "elements"),
            ("<p>x".repeat(400_000), "elements"),
            ("x".repeat(17 << 20), "bytes"),
        ] {
            let error = page_of(&html).unwrap_err().to_string();
            assert!(error.contains(what), "{error}");
        }
        assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
        // Old pages leave out ends of list items and paragraphs.
        assert!(page_of(&"<ul><li>An item.<p>A paragraph.</ul>".repeat(2_000)).is_ok());
    }
}
