//! HTML to the text a reader sees: every visible line in reading order, tags gone.
//!
//! A streaming tokenizer, no tree: deep or broken nesting costs nothing. What a block element holds
//! becomes a line of its own; inline elements leave no mark; scripts, styles and hidden templates
//! are passed over.

mod metadata;

use html5gum::{DefaultEmitter, Token, Tokenizer};

pub use self::metadata::{MAX_VALUE, Metadata};

/// What a page shows and says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HtmlPage {
    /// The visible text: lines without markup, white space folded.
    pub text: String,
    /// Title, date and site.
    pub metadata: Metadata,
}

/// Reads an HTML page.
#[must_use]
pub fn page_of(html: &str) -> HtmlPage {
    let mut emitter = DefaultEmitter::<()>::default();
    emitter.naively_switch_states(true);
    let mut page = Page::default();
    let mut metadata = metadata::Collector::default();
    for token in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Ok(Token::StartTag(tag)) => {
                metadata.start(&tag);
                page.start(&tag.name, tag.self_closing);
            }
            Ok(Token::EndTag(tag)) => {
                metadata.end(&tag.name);
                page.end(&tag.name);
            }
            Ok(Token::String(string)) => {
                let text = String::from_utf8_lossy(&string.value);
                metadata.text(&text);
                page.text(&text);
            }
            Ok(_) => {}
            Err(never) => match never {},
        }
    }
    page.out.truncate(page.out.trim_end().len());
    HtmlPage {
        text: page.out,
        metadata: metadata.finish(),
    }
}

/// The visible text of an HTML page.
#[must_use]
pub fn text_of(html: &str) -> String {
    page_of(html).text
}

/// The text so far and where in the page it is.
#[derive(Default)]
struct Page {
    out: String,
    /// What separates the next word from the text so far.
    gap: Gap,
    /// The element whose content is passed over, and how many of that name are open inside.
    skipped: Option<(Vec<u8>, usize)>,
    /// Open `pre` elements: their line breaks count.
    preformatted: usize,
}

#[derive(Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    #[default]
    None,
    Space,
    Line,
    Paragraph,
}

impl Page {
    fn start(&mut self, name: &[u8], self_closing: bool) {
        // Of an HTML element the slash means nothing (HTML standard, 13.1.2.1).
        let is_empty = self_closing && FOREIGN.contains(&name);
        if let Some((skipped, depth)) = &mut self.skipped {
            *depth += usize::from(skipped == name && !is_empty);
            return;
        }
        if SKIPPED.contains(&name) && !is_empty {
            self.skipped = Some((name.to_vec(), 0));
        }
        self.preformatted += usize::from(name == b"pre");
        self.widen(gap_of(name));
    }

    fn end(&mut self, name: &[u8]) {
        if let Some((skipped, depth)) = &mut self.skipped {
            if skipped == name && *depth == 0 {
                self.skipped = None;
            } else if skipped == name {
                *depth -= 1;
            }
            return;
        }
        if name == b"pre" {
            self.preformatted = self.preformatted.saturating_sub(1);
        }
        self.widen(gap_of(name));
    }

    fn widen(&mut self, gap: Gap) {
        self.gap = self.gap.max(gap);
    }

    fn text(&mut self, text: &str) {
        if self.skipped.is_some() {
            return;
        }
        for c in text.chars() {
            if c == '\n' && self.preformatted > 0 {
                self.widen(Gap::Line);
            } else if c.is_whitespace() || c == '\u{200B}' {
                self.widen(Gap::Space);
            } else {
                self.write_gap();
                self.out.push(c);
            }
        }
    }

    fn write_gap(&mut self) {
        if !self.out.is_empty() {
            self.out.push_str(match self.gap {
                Gap::None => "",
                Gap::Space => " ",
                Gap::Line => "\n",
                Gap::Paragraph => "\n\n",
            });
        }
        self.gap = Gap::None;
    }
}

/// Elements of other languages than HTML.
const FOREIGN: [&[u8]; 2] = [b"svg", b"math"];

/// Elements whose content nobody sees. Not `head`, whose end may be left out.
const SKIPPED: [&[u8]; 13] = [
    b"script",
    b"style",
    b"noscript",
    b"template",
    b"svg",
    b"math",
    b"title",
    b"iframe",
    b"object",
    b"canvas",
    b"audio",
    b"video",
    b"textarea",
];

/// The break that the start or end of an element makes.
fn gap_of(name: &[u8]) -> Gap {
    match name {
        b"p" | b"h1" | b"h2" | b"h3" | b"h4" | b"h5" | b"h6" | b"blockquote" | b"article"
        | b"section" | b"main" | b"figure" | b"pre" | b"table" | b"ul" | b"ol" | b"dl" | b"hr" => {
            Gap::Paragraph
        }
        b"br" | b"div" | b"li" | b"dt" | b"dd" | b"tr" | b"td" | b"th" | b"caption"
        | b"figcaption" | b"header" | b"footer" | b"nav" | b"aside" | b"form" | b"fieldset"
        | b"legend" | b"label" | b"button" | b"select" | b"option" | b"optgroup" | b"details"
        | b"summary" | b"dialog" | b"address" | b"body" | b"html" | b"center" | b"time" => {
            Gap::Line
        }
        _ => Gap::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pages_become_lines() {
        for (html, expected) in [
            ("", ""),
            (
                "<p>One  <b>bold</b>\nword.</p><p>Two.",
                "One bold word.\n\nTwo.",
            ),
            (
                "<ul><li>Home</li><li><a href=x>News</a></li></ul>",
                "Home\nNews",
            ),
            (
                "<title>T</title><body>A<br>B<script>x < y</script>C",
                "A\nBC",
            ),
            (
                "<head><title>gone</title><style>p{}</style></head><body>Seen",
                "Seen",
            ),
            (
                "a &amp; b &#8212; c&nbsp;d &bogus; &#0;",
                "a & b — c d &bogus; \u{FFFD}",
            ),
            ("<pre>one\ntwo</pre>three", "one\ntwo\n\nthree"),
            ("<svg><text>no</text><svg></svg></svg>yes", "yes"),
            ("<!-- no --><p>5 < 6 <p>and", "5 < 6\n\nand"),
            ("<script>never closed", ""),
            ("<svg/>after", "after"),
            ("<script src=x />gone()</script>seen", "seen"),
            ("<head lang=en><title>gone</title><body>Seen", "Seen"),
        ] {
            assert_eq!(text_of(html), expected, "for input {html:?}");
        }
    }

    #[test]
    fn deep_nesting_is_read_without_recursion() {
        let html = "<div><ul><li>".repeat(100_000) + "deep";
        assert_eq!(text_of(&html), "deep");
    }

    proptest! {
        #[test]
        fn any_text_is_read(html in any::<String>()) {
            let text = text_of(&html);
            prop_assert_eq!(text.trim(), text.as_str());
        }
    }
}
