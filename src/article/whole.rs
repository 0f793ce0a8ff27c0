//! Inputs that are one article: plain text, Markdown, HTML.

use std::borrow::Cow;

use encoding_rs::Encoding;
use serde_json::Value;

use super::html::{self, HtmlPage};
use super::{Article, ArticleError, Format, Input, Part, ReadOptions, Split, markdown, story};
use super::{line_spans, sentence_spans};
use crate::io::FileKind;
use crate::io::charset::{self, Charset};
use crate::io::decode::{DecodeOptions, decode};

/// Reads an input without records; `declared` is the encoding that the server of a page named.
pub(super) fn read(
    name: &str,
    bytes: &[u8],
    format: Format,
    declared: Option<&str>,
    options: &ReadOptions,
) -> Result<Input, ArticleError> {
    let mut input = Input {
        is_text: true,
        ..Input::default()
    };
    let text = text_of(name, bytes, (format, declared), options, &mut input)?;
    let (text, columns) = match format {
        Format::Html => {
            let page = if options.article_only {
                let found = story::page_of(&text);
                found.map_err(|source| ArticleError::Story {
                    name: name.to_owned(),
                    source,
                })?
            } else {
                html::page_of(&text)
            };
            let columns = page_columns(&page, options);
            (page.text, columns)
        }
        Format::Markdown => (markdown::text_of(&text), Vec::new()),
        _ => (text.into_owned(), Vec::new()),
    };
    let spans = match options.split {
        Split::Auto => sentence_spans(&text),
        Split::None => line_spans(&text),
    };
    input.articles.push(Article {
        name: None,
        number: 1,
        parts: vec![Part {
            text,
            offset: 0,
            spans,
            columns,
        }],
    });
    Ok(input)
}

/// Says that an encoding was guessed.
pub(super) fn guess_note(name: &str, encoding: &'static Encoding) -> String {
    format!(
        "{name}: not UTF-8, read as {} by the look of it; --encoding names another",
        encoding.name()
    )
}

/// What a page says about itself, as other columns; all of them, so that rows of all pages are alike.
fn page_columns(page: &HtmlPage, options: &ReadOptions) -> Vec<(String, Value)> {
    if !options.other_columns {
        return Vec::new();
    }
    let about = &page.metadata;
    [
        ("title", &about.title),
        ("date", &about.date),
        ("site", &about.site),
    ]
    .into_iter()
    .map(|(name, value)| {
        (
            name.to_owned(),
            value.clone().map_or(Value::Null, Value::from),
        )
    })
    .collect()
}

/// The text in the encoding that was asked for, that a mark tells, that the page names, or that is guessed.
fn text_of<'b>(
    name: &str,
    bytes: &'b [u8],
    (format, declared): (Format, Option<&str>),
    options: &ReadOptions,
    input: &mut Input,
) -> Result<Cow<'b, str>, ArticleError> {
    let mut how = DecodeOptions {
        lossy: options.decode.lossy || options.binary,
        ..options.decode.clone()
    };
    if how.encoding.is_none() && Encoding::for_bom(bytes).is_none() {
        let charset = match format {
            Format::Html => charset::of_page(bytes, declared),
            _ => charset::of_text(bytes),
        };
        match charset {
            Charset::Declared(encoding) => how.encoding = Some(encoding.name().to_owned()),
            Charset::Guessed(encoding) if !how.lossy => {
                how.encoding = Some(encoding.name().to_owned());
                input.notes.push(guess_note(name, encoding));
            }
            Charset::Binary if !how.lossy => {
                return Err(ArticleError::not_text(name, FileKind::Binary));
            }
            _ => {}
        }
    }
    let decoded = decode(bytes, &how).map_err(|source| ArticleError::Decode {
        name: name.to_owned(),
        source,
    })?;
    if decoded.replaced > 0 {
        input.notes.push(format!(
            "{name}: {} faulty sequences were replaced by U+FFFD",
            decoded.replaced
        ));
    }
    Ok(decoded.text)
}
