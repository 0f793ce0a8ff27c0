//! Plain text that is too long to be held in memory, as pieces that are articles of their own.

use std::ops::Range;

use encoding_rs::Encoding;
use memchr::memmem;

use super::{Article, ArticleError, Input, Part, ReadOptions, Split, line_spans, sentence_spans};
use crate::io::FileKind;
use crate::io::charset::{self, Charset};
use crate::io::decode::DecodeOptions;

/// A text of more bytes is read in pieces: a book is shorter, an article much shorter.
pub(super) const LONG: usize = 4 << 20;

/// Bytes of a piece, if a paragraph ends there.
pub(super) const PIECE: usize = 1 << 20;

/// A sentence that begins so far from the end of what was read would not be another with more of it.
const AHEAD: usize = 4 << 10;

/// A piece of a text.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Where it begins in the decoded text.
    pub(super) offset: usize,
}

/// What is said of a text that is read in pieces.
pub(super) fn note(name: &str) -> String {
    format!(
        "{name}: longer than {} MiB, so read as several articles, cut between paragraphs or sentences",
        LONG >> 20
    )
}

/// How a text that begins with `start` is to be decoded, and what is to be said of that.
pub(super) fn decoding(
    name: &str,
    start: &[u8],
    options: &ReadOptions,
) -> Result<(DecodeOptions, Option<String>), ArticleError> {
    let mut how = DecodeOptions {
        lossy: options.decode.lossy || options.binary,
        ..options.decode.clone()
    };
    if how.encoding.is_some() || how.lossy || Encoding::for_bom(start).is_some() {
        return Ok((how, None));
    }
    // Its last character may be cut in two.
    let whole = match std::str::from_utf8(start) {
        Err(error) if error.error_len().is_none() => &start[..error.valid_up_to()],
        _ => start,
    };
    match charset::of_text(whole) {
        Charset::Binary => Err(ArticleError::not_text(name, FileKind::Binary)),
        Charset::Guessed(encoding) => {
            how.encoding = Some(encoding.name().to_owned());
            Ok((how, Some(super::whole::guess_note(name, encoding))))
        }
        _ => Ok((how, None)),
    }
}

/// Where a piece may end in a text that goes on; `None` if nothing can be said without more of it.
pub(super) fn cut(text: &str, split: Split) -> Option<usize> {
    let bytes = text.as_bytes();
    if split == Split::None {
        return memchr::memrchr(b'\n', bytes).map(|at| at + 1);
    }
    let blank =
        |line_break: &[u8]| memmem::rfind(bytes, line_break).map(|at| at + line_break.len());
    let paragraph = blank(b"\n\n").max(blank(b"\r\n\r\n"));
    // One that is cut too soon leaves its end to the next piece, again and again.
    if let Some(end) = paragraph.filter(|end| *end > bytes.len() / 4) {
        return Some(end);
    }
    if bytes.len() < LONG {
        return None;
    }
    let last: Option<Range<usize>> = sentence_spans(text)
        .into_iter()
        .rfind(|span| span.start + AHEAD <= text.len());
    last.map(|span| span.start).filter(|start| *start > 0)
}

/// The piece as an article.
pub(super) fn article(piece: Piece, split: Split) -> Input {
    let Piece { text, offset } = piece;
    let spans = match split {
        Split::Auto => sentence_spans(&text),
        Split::None => line_spans(&text),
    };
    Input {
        articles: vec![Article {
            name: None,
            number: 1,
            parts: vec![Part {
                text,
                offset,
                spans,
                columns: Vec::new(),
            }],
        }],
        ..Input::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn d02_a_piece_ends_where_a_paragraph_does() {
        let text = "One.\n\nTwo. Three.\n\nFour";
        assert_eq!(cut(text, Split::Auto), Some(text.len() - 4));
        assert_eq!(cut("One.\r\nTwo.\r\n\r\nThree", Split::Auto), Some(14));
        assert_eq!(cut("One. Two.", Split::Auto), None);
        assert_eq!(cut("One.\nTwo", Split::None), Some(5));
    }

    #[test]
    fn d02_a_text_without_paragraphs_is_cut_between_sentences() {
        let text = "It rained for days. ".repeat(LONG / 20 + 1);
        let end = cut(&text, Split::Auto).unwrap();
        assert!(text[..end].ends_with("days. ") && text.len() - end < 2 * AHEAD);
        // Not even a sentence ends: the splitter cuts by length.
        let text = "x".repeat(LONG);
        assert_eq!(cut(&text, Split::Auto).unwrap() % PIECE, 0);
    }

    #[test]
    fn d02_the_encoding_of_a_long_text_is_told_by_its_beginning() {
        let options = ReadOptions::default();
        let cut_letter = &"Montréal ".as_bytes()[..5];
        assert_eq!(decoding("x", cut_letter, &options).unwrap().1, None);
        let latin = b"Montr\xe9al a d\xe9cid\xe9 hier de fermer le pont. ";
        let (how, note) = decoding("x", latin, &options).unwrap();
        assert_eq!(how.encoding.as_deref(), Some("windows-1252"));
        assert!(note.is_some_and(|n| n.starts_with("x: not UTF-8, read as windows-1252")));
    }
}
