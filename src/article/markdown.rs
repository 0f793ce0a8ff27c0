//! Markdown to the text a reader sees, by `pulldown-cmark`.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// The visible text: a line for each heading, list item and cell, a paragraph for each paragraph.
///
/// A block of settings at the beginning (`---`, as of Jekyll or Hugo) is no text.
#[must_use]
pub fn text_of(markdown: &str) -> String {
    let mut out = String::new();
    let mut hidden = 0usize;
    // A block of HTML comes line by line; a script ends where its element does.
    let mut html: Option<String> = None;
    for event in Parser::new_ext(markdown, options()) {
        match event {
            Event::Start(Tag::Image { .. } | Tag::MetadataBlock(_)) => hidden += 1,
            Event::End(TagEnd::Image | TagEnd::MetadataBlock(_)) => {
                hidden = hidden.saturating_sub(1);
            }
            Event::Start(Tag::HtmlBlock) => html = Some(String::new()),
            Event::End(TagEnd::HtmlBlock) => {
                out.push_str(&super::html::text_of(&html.take().unwrap_or_default()));
                end_line(&mut out, "\n\n");
            }
            Event::Html(part) => match &mut html {
                Some(block) => block.push_str(&part),
                None => out.push_str(&super::html::text_of(&part)),
            },
            Event::Text(text) | Event::Code(text) if hidden == 0 => out.push_str(&text),
            Event::SoftBreak => out.push(' '),
            Event::HardBreak => out.push('\n'),
            Event::End(TagEnd::Item | TagEnd::TableCell) => end_line(&mut out, "\n"),
            Event::End(
                TagEnd::Paragraph
                | TagEnd::Heading(_)
                | TagEnd::CodeBlock
                | TagEnd::List(_)
                | TagEnd::Table
                | TagEnd::BlockQuote(_),
            ) => end_line(&mut out, "\n\n"),
            Event::InlineHtml(html) => out.push_str(&super::html::text_of(&html)),
            _ => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_PLUSES_DELIMITED_METADATA_BLOCKS
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
            (
                "---\ntitle: Gone\n---\n\nText.\n\n| a | b |\n|---|---|\n| c | ~~d~~ |\n\nEnd.",
                "Text.\n\na\nb\nc\nd\n\nEnd.",
            ),
            (
                "<script>\nalert(1)\n</script>\n\n<div>Seen\ntoo</div>\n\nEnd.",
                "Seen too\n\nEnd.",
            ),
        ] {
            assert_eq!(text_of(markdown), expected, "for input {markdown:?}");
        }
    }
}
