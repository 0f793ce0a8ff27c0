//! Markdown to the text a reader sees, by `pulldown-cmark`.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// The visible text: a line for each heading, list item and cell, a paragraph for each paragraph.
#[must_use]
pub fn text_of(markdown: &str) -> String {
    let mut out = String::new();
    let mut hidden = 0usize;
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Image { .. } | Tag::MetadataBlock(_)) => hidden += 1,
            Event::End(TagEnd::Image | TagEnd::MetadataBlock(_)) => {
                hidden = hidden.saturating_sub(1);
            }
            Event::Text(text) | Event::Code(text) if hidden == 0 => out.push_str(&text),
            Event::SoftBreak => out.push(' '),
            Event::HardBreak => out.push('\n'),
            Event::End(TagEnd::Item | TagEnd::TableCell) => end_line(&mut out, "\n"),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::CodeBlock
                | TagEnd::List(_)
                | TagEnd::BlockQuote(_),
            ) => end_line(&mut out, "\n\n"),
            Event::InlineHtml(html) | Event::Html(html) => {
                out.push_str(&super::html::text_of(&html));
            }
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn end_line(out: &mut String, mark: &str) {
    if !out.is_empty() {
        out.truncate(out.trim_end().len());
        out.push_str(mark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_gone_and_blocks_are_lines() {
        for (markdown, expected) in [
            ("", ""),
            (
                "# Head\n\nOne *soft*\nline. [Link](http://x).",
                "Head\n\nOne soft line. Link.",
            ),
            ("- a\n- b\n\nText ![alt](x.png) end", "a\nb\n\nText  end"),
            (
                "> quoted\n> on\n\n`code` &amp; <b>html</b>",
                "quoted on\n\ncode & html",
            ),
        ] {
            assert_eq!(text_of(markdown), expected, "for input {markdown:?}");
        }
    }
}
