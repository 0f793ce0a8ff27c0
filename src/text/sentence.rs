//! Sentence boundaries of news text.
//!
//! A text is a row of paragraphs: lines, or blocks of lines that were wrapped to a width. A
//! paragraph is searched for marks that can end a sentence; only there the words on both sides
//! are looked at. UAX #29 has neither the abbreviations nor the quotations of news, so its
//! sentence rules are not used; its grapheme clusters are, and no span ever cuts one.

use std::ops::{Range, RangeInclusive};

use unicode_segmentation::GraphemeCursor;

use super::abbreviations::{self, Abbreviation, LONGEST};
use super::swar::{HIGH, equal, in_range};

/// A longer sentence is cut here, or just before where this is inside a grapheme cluster. Only a
/// single cluster of more bytes makes a longer span.
pub const MAX_SENTENCE_BYTES: usize = 1 << 20;

/// A navigation row is no longer than this.
const MAX_ROW_BYTES: usize = 4096;

/// The widths to which plain text is wrapped.
const WRAP_COLUMNS: RangeInclusive<usize> = 45..=100;

/// Where a sentence stands in its text, in bytes; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl From<Span> for Range<usize> {
    fn from(span: Span) -> Self {
        span.start..span.end
    }
}

/// The sentences of `text`, in order.
///
/// Spans are disjoint, lie on grapheme boundaries, and only white space is between them. A line
/// break ends a sentence, except inside a block of lines that is wrapped to a width. Sentences
/// never depend on text behind the next blank line. The time is linear in the text, the memory
/// constant.
///
/// White space that carries a combining mark is part of the sentence: the two are one grapheme.
///
/// ```
/// use purport::text::sentence::sentences;
///
/// let text = "Sen. Lee left the U.S. on Jan. 5. \"Why?\" he asked.";
/// let found: Vec<_> = sentences(text).map(|span| &text[span.start..span.end]).collect();
/// assert_eq!(found, ["Sen. Lee left the U.S. on Jan. 5.", "\"Why?\" he asked."]);
/// ```
pub fn sentences(text: &str) -> impl Iterator<Item = Span> {
    Sentences {
        text,
        paragraphs: Paragraphs::new(text),
        rest: 0..0,
        is_row: false,
    }
}

struct Sentences<'t> {
    text: &'t str,
    paragraphs: Paragraphs<'t>,
    /// What is left of the current paragraph.
    rest: Range<usize>,
    /// Whether the current paragraph is a navigation row, so one sentence.
    is_row: bool,
}

impl Iterator for Sentences<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        loop {
            let start = self.rest.start + blank_prefix(&self.text[self.rest.clone()]);
            if start == self.rest.end {
                self.rest = self.paragraphs.next()?;
                self.is_row = is_row(&self.text[self.rest.clone()]);
                continue;
            }
            let sentence = &self.text[start..self.rest.end];
            let length = if self.is_row {
                sentence.len()
            } else {
                sentence_end(sentence)
            };
            self.rest.start = start + length;
            return Some(Span {
                start,
                end: start + trimmed(sentence, length),
            });
        }
    }
}

/// Bytes of white space before the first grapheme that is more than that.
fn blank_prefix(text: &str) -> usize {
    let blank = text.len() - text.trim_start().len();
    work::tally(blank);
    match text[..blank].chars().next_back() {
        Some(last) if !is_boundary(text, blank) => blank - last.len_utf8(),
        _ => blank,
    }
}

/// The length of `sentence[..end]` without the white space at its end.
fn trimmed(sentence: &str, end: usize) -> usize {
    let kept = sentence[..end].trim_end().len();
    work::tally(end - kept);
    match sentence[kept..end].chars().next() {
        Some(first) if !is_boundary(sentence, kept) => kept + first.len_utf8(),
        _ => kept,
    }
}

/// Whether a grapheme cluster ends at `at`. The start of `text` must be a boundary itself.
fn is_boundary(text: &str, at: usize) -> bool {
    let ascii = |at: usize| text.as_bytes().get(at).is_none_or(u8::is_ascii);
    if at == 0 || (ascii(at - 1) && ascii(at)) {
        return true;
    }
    GraphemeCursor::new(at, text.len(), true)
        .is_boundary(text, 0)
        .unwrap_or(true)
}

/// "Home | News | U.S. | World".
fn is_row(paragraph: &str) -> bool {
    paragraph.len() <= MAX_ROW_BYTES && paragraph.bytes().filter(|&byte| byte == b'|').count() > 1
}

/// Where the sentence at the start of `text`, the rest of a paragraph, ends.
fn sentence_end(text: &str) -> usize {
    // Marks are sought in the head alone: a text without any is then read once, not once a cut.
    let head = &text[..floor_char_boundary(text, MAX_SENTENCE_BYTES)];
    let mut at = 0;
    while let Some(mark) = find(head, at, &MARK_BYTES, is_mark) {
        let stop = Stop::read(head, text, mark);
        at = text.len() - stop.after.len();
        if at == head.len() {
            break;
        }
        if stop.ends_sentence() {
            return at;
        }
    }
    if head.len() == text.len() {
        text.len()
    } else {
        cut(text, head.len())
    }
}

/// The last grapheme boundary up to `at`, or the first at all.
fn cut(text: &str, at: usize) -> usize {
    if is_boundary(text, at) {
        return at;
    }
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    let before = cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0);
    if before > 0 {
        return before;
    }
    let mut cursor = GraphemeCursor::new(0, text.len(), true);
    cursor
        .next_boundary(text, 0)
        .ok()
        .flatten()
        .unwrap_or(text.len())
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Bytes that characters begin with.
struct ByteSet {
    /// One entry a byte.
    holds: [bool; 256],
    /// Marks the ASCII bytes of the set among eight.
    ascii: fn(u64) -> u64,
}

const fn byte_set(bytes: &[u8], ascii: fn(u64) -> u64) -> ByteSet {
    let mut holds = [false; 256];
    let mut i = 0;
    while i < bytes.len() {
        holds[bytes[i] as usize] = true;
        i += 1;
    }
    ByteSet { holds, ascii }
}

/// First bytes of the characters of [`is_mark`].
static MARK_BYTES: ByteSet = byte_set(b".!?\xd6\xd8\xdb\xe0\xe1\xe2\xe3\xef", |eight| {
    equal(eight, b'.') | equal(eight, b'!') | equal(eight, b'?')
});

/// First bytes of the characters of [`is_break`].
static BREAK_BYTES: ByteSet = byte_set(b"\n\r\x0b\x0c\xc2\xe2", |eight| {
    in_range(eight, b'\n', b'\r')
});

impl ByteSet {
    /// The first byte at or behind `from` that is in the set.
    #[inline]
    fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let mut at = from;
        while let Some(eight) = bytes[at..].first_chunk::<8>() {
            let all = u64::from_le_bytes(*eight);
            if (self.ascii)(all) | (all & HIGH) != 0
                && let Some(skip) = self.position(eight)
            {
                return Some(at + skip);
            }
            at += 8;
        }
        Some(at + self.position(&bytes[at..])?)
    }

    fn position(&self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|byte| self.holds[usize::from(*byte)])
    }
}

/// The first character at or behind `from` that `wanted` accepts; `first_bytes` holds its first byte.
#[inline]
fn find(
    text: &str,
    from: usize,
    first_bytes: &ByteSet,
    wanted: impl Fn(char) -> bool,
) -> Option<usize> {
    let mut at = from;
    loop {
        let next = first_bytes.find(text.as_bytes(), at);
        work::tally(next.unwrap_or(text.len()) - at + 1);
        at = next?;
        let found = text[at..].chars().next()?;
        if wanted(found) {
            return Some(at);
        }
        at += found.len_utf8();
    }
}

fn is_mark(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '…' | '‼' | '⁇' | '⁈' | '⁉' | '‽') || is_firm(c)
}

/// Marks of scripts that use them for nothing but the end of a sentence.
fn is_firm(c: char) -> bool {
    matches!(c, '؟' | '۔' | '।' | '॥' | '։' | '።' | '။' | '។') || is_wide(c)
}

/// Marks of scripts that put no space behind them.
fn is_wide(c: char) -> bool {
    matches!(c, '。' | '｡' | '！' | '？')
}

fn is_break(c: char) -> bool {
    matches!(
        c,
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// Quotation marks and brackets that may stand behind a mark; signs of no width as well.
fn is_closer(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '”' | '’' | '“' | ')' | ']' | '}' | '»' | '›' | '」' | '』' | '）' | '】'
    ) || matches!(
        c,
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}'
    )
}

fn is_bracket(c: char) -> bool {
    matches!(c, '(' | '[' | '{' | '（' | '【')
}

fn is_quote(c: char) -> bool {
    matches!(
        c,
        '"' | '\'' | '“' | '”' | '‘' | '’' | '«' | '»' | '‹' | '›' | '„' | '‚' | '「' | '『'
    )
}

/// A mark that can end a sentence, and what is around it.
struct Stop<'t> {
    /// From the start of the sentence to the end of the paragraph.
    text: &'t str,
    /// The sentence up to the mark.
    before: &'t str,
    /// The mark and those right behind it: "...", "?!".
    marks: &'t str,
    /// Quotation marks, brackets and footnotes right behind, perhaps with more marks.
    closers: &'t str,
    /// The rest of the paragraph.
    after: &'t str,
}

impl<'t> Stop<'t> {
    /// `head` is the start of `text`; the stop is not looked for behind it.
    fn read(head: &'t str, text: &'t str, at: usize) -> Self {
        let marks = head[at..].trim_start_matches(is_mark);
        let closers = skip_closers(marks);
        let end = head.len() - closers.len();
        work::tally(end - at);
        Stop {
            text,
            before: &head[..at],
            marks: &head[at..head.len() - marks.len()],
            closers: &head[head.len() - marks.len()..end],
            after: &text[end..],
        }
    }

    fn ends_sentence(&self) -> bool {
        let next = self.after.trim_start();
        work::tally(self.after.len() - next.len());
        if next.is_empty() {
            return true;
        }
        if next.len() == self.after.len() {
            return self.ends_without_space();
        }
        if self.marks.ends_with(is_firm) {
            return true;
        }
        let next = Opening::read(next);
        if !next.may_open() || self.is_elision() {
            return false;
        }
        if self.closers.contains(is_mark) {
            return true;
        }
        if self.marks.contains(['!', '?', '‽', '‼', '⁇', '⁈', '⁉']) {
            return self.cry_ends_sentence(&next);
        }
        if self.marks != "." || self.is_spaced_ellipsis() {
            return self.ellipsis_ends_sentence(&next);
        }
        self.full_stop_ends_sentence(&next)
    }

    /// "[...]": left out from a quotation.
    fn is_elision(&self) -> bool {
        self.before.ends_with(is_bracket) && matches!(self.marks, "..." | "…")
    }

    /// The last stop of ". . .".
    fn is_spaced_ellipsis(&self) -> bool {
        self.before.trim_end_matches([' ', '\u{a0}']).ends_with('.')
    }

    /// "Yahoo! Finance" and “Why?” Smith asked go on.
    fn cry_ends_sentence(&self, next: &Opening) -> bool {
        let (_, word) = last_word(self.before);
        if self.closers.is_empty() {
            return !abbreviations::is_cry(word) || next.opens_sentences();
        }
        !(self.closers.ends_with(is_quote) && next.is_attribution())
    }

    /// An ellipsis apart from the word before it mostly stands for words left out.
    fn ellipsis_ends_sentence(&self, next: &Opening) -> bool {
        if self.before.ends_with(char::is_whitespace) && self.closers.is_empty() {
            return next.opens_sentences();
        }
        next.word != "I" || !next.signs.is_empty()
    }

    fn full_stop_ends_sentence(&self, next: &Opening) -> bool {
        let (prior, word) = last_word(self.before);
        if prior.is_empty() && self.closers.is_empty() && is_list_marker(word) {
            return false;
        }
        // "World War I. Germany" against "I. M. Pei".
        if word == "I" {
            return !next.is_initial();
        }
        let Some(abbreviation) = abbreviations::abbreviation(word) else {
            return true;
        };
        let letter = next.word.starts_with(char::is_alphabetic) && !next.is_bracketed();
        let opens = next.opens_sentences();
        match abbreviation {
            Abbreviation::Prefix => opens && !self.closers.is_empty(),
            Abbreviation::Number => letter && !next.is_number_sign(),
            Abbreviation::Name => opens && !(word.contains('.') && next.is_link()),
            Abbreviation::Clock => letter && !abbreviations::is_time(next.word),
            Abbreviation::State => opens || (letter && prior.trim_end().ends_with(',')),
        }
    }

    /// "dead.The": the space was lost. "Node.js" and "Math.Max" are whole.
    fn ends_without_space(&self) -> bool {
        if self.marks.ends_with(is_wide) {
            return self.wide_mark_ends_sentence();
        }
        let next = Opening::read(self.after);
        if self.marks.len() > 1 || self.closers.contains(['"', '\'']) || !next.is_glued_sentence() {
            return false;
        }
        let (prior, word) = last_word(self.before);
        let address = prior.ends_with(['/', '@', '\\']) || word.contains(['.', '@', '#', '_', '=']);
        if address || abbreviations::abbreviation(word).is_some() {
            return false;
        }
        let lower = word.chars().count() > 1 && word.chars().all(char::is_lowercase);
        lower || next.opens_sentences()
    }

    /// 「行く。」と言った goes on.
    fn wide_mark_ends_sentence(&self) -> bool {
        let quoted = !self.closers.is_empty() && self.after.starts_with(['と', 'っ']);
        !quoted && is_boundary(self.text, self.text.len() - self.after.len())
    }
}

/// `text` behind its closers, marks between them, footnotes, and a closer after one space.
fn skip_closers(text: &str) -> &str {
    let mut rest = text.trim_start_matches(|c| is_closer(c) || is_mark(c));
    if let Some(behind) = skip_footnote(rest) {
        rest = behind;
        while let Some(behind) = skip_footnote(rest) {
            rest = behind;
        }
    }
    skip_detached_closer(rest).unwrap_or(rest)
}

/// `text` behind "[12]".
fn skip_footnote(text: &str) -> Option<&str> {
    let (number, rest) = text.strip_prefix('[')?.split_at_checked(1)?;
    let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
    number
        .starts_with(|c: char| c.is_ascii_digit())
        .then(|| rest.strip_prefix(']'))?
}

/// `text` behind " »": French, and nested quotation marks in print, put a space there.
fn skip_detached_closer(text: &str) -> Option<&str> {
    let rest = text.strip_prefix([' ', '\u{a0}', '\u{2009}', '\u{202f}'])?;
    let rest = rest.strip_prefix(['”', '»', '’'])?;
    let alone = rest.is_empty() || rest.starts_with(char::is_whitespace);
    alone.then_some(rest)
}

/// The last word of `before` and what is before that. A word too long for any list has lost its start.
fn last_word(before: &str) -> (&str, &str) {
    let inside = |c: char| {
        !(c.is_whitespace()
            || is_bracket(c)
            || matches!(c, '-' | '–' | '—' | '/' | '\\' | '"' | '“' | '«'))
    };
    let start = before
        .char_indices()
        .rev()
        .take(2 * LONGEST)
        .take_while(|&(_, c)| inside(c))
        .last()
        .map_or(before.len(), |(at, _)| at);
    work::tally(before.len() - start);
    let word = before[start..].trim_start_matches(['\'', '‘', '’']);
    before.split_at(before.len() - word.len())
}

/// "12", "a", "IV" at the start of a sentence.
fn is_list_marker(word: &str) -> bool {
    let all = |accept: fn(&u8) -> bool| word.bytes().all(|byte| accept(&byte));
    match word.len() {
        1 => word.as_bytes()[0].is_ascii_alphanumeric(),
        2 | 3 => all(u8::is_ascii_digit) || all(|byte| b"IVX".contains(byte)),
        _ => false,
    }
}

/// How the text behind a stop begins.
struct Opening<'t> {
    /// Opening quotation marks and brackets.
    signs: &'t str,
    /// The letters and digits behind the signs.
    word: &'t str,
    /// Everything behind the signs.
    text: &'t str,
}

impl<'t> Opening<'t> {
    fn read(after: &'t str) -> Self {
        let is_sign = |c| is_quote(c) || is_bracket(c) || matches!(c, '¿' | '¡');
        let text = after.trim_start_matches(is_sign);
        let signs = &after[..after.len() - text.len()];
        let length = text
            .chars()
            .take(2 * LONGEST)
            .take_while(|c| c.is_alphanumeric())
            .map(char::len_utf8)
            .sum();
        let word = &text[..length];
        work::tally(signs.len() + word.len());
        Opening { signs, word, text }
    }

    /// What is right behind the word.
    fn behind(&self) -> &'t str {
        &self.text[self.word.len()..]
    }

    fn is_bracketed(&self) -> bool {
        self.signs.contains(is_bracket)
    }

    /// "J" in "J. Smith".
    fn is_initial(&self) -> bool {
        self.word.chars().count() == 1 && self.behind().starts_with('.')
    }

    /// "Dec" in "Dec. 5".
    fn is_number_sign(&self) -> bool {
        self.behind().starts_with('.')
            && abbreviations::abbreviation(self.word) == Some(Abbreviation::Number)
    }

    /// "And" in "And China", "Police" in "Police Department".
    fn is_link(&self) -> bool {
        let next = self.behind().strip_prefix(' ');
        next.is_some_and(|next| next.starts_with(char::is_uppercase))
            && abbreviations::is_link(self.word)
    }

    /// Whether a sentence can begin so at all.
    fn may_open(&self) -> bool {
        let mut behind = self.text.trim_start().chars();
        match behind.next() {
            None => false,
            // iPhone
            Some(first) if first.is_lowercase() => self.word.contains(char::is_uppercase),
            // .NET, "...and so it goes"
            Some('.' | '…') => {
                !self.signs.is_empty() || behind.next().is_some_and(char::is_alphanumeric)
            }
            Some(first) => !",;:!?)]}%&|/\\=<>~—–-”»".contains(first),
        }
    }

    fn opens_sentences(&self) -> bool {
        !self.is_initial() && !self.is_bracketed() && abbreviations::is_opener(self.word)
    }

    /// "The police came", right behind a stop.
    fn is_glued_sentence(&self) -> bool {
        let mut letters = self.word.chars();
        let capital = letters.next().is_some_and(char::is_uppercase);
        let lower = letters.as_str().chars().all(char::is_lowercase);
        let alone = letters.as_str().is_empty() && !matches!(self.word, "A" | "I");
        let domain = matches!(self.word, "Com" | "Net" | "Org" | "Gov" | "Edu");
        let behind = self.text[self.word.len()..].chars().next();
        let word_ends =
            behind.is_none_or(|c| c.is_whitespace() || matches!(c, ',' | '\'' | '’' | ':'));
        self.signs.is_empty() && capital && lower && !alone && !domain && word_ends
    }

    /// "Smith asked", "Sen. Mike Lee said": a name and a verb of reporting.
    fn is_attribution(&self) -> bool {
        if !self.signs.is_empty() || self.opens_sentences() {
            return false;
        }
        self.text
            .split_whitespace()
            .take(5)
            .inspect(|word| work::tally(word.len()))
            .find(|word| !word.starts_with(char::is_uppercase))
            .is_some_and(|verb| abbreviations::says(verb.trim_end_matches([',', '.', ':'])))
    }
}

/// Paragraphs: lines, or whole blocks of wrapped lines. A block ends at a blank line.
struct Paragraphs<'t> {
    text: &'t str,
    at: usize,
    /// Whether the lines of the block at `at` are wrapped; `None` at its start.
    wrapped: Option<bool>,
}

impl<'t> Paragraphs<'t> {
    fn new(text: &'t str) -> Self {
        Paragraphs {
            text,
            at: 0,
            wrapped: None,
        }
    }
}

impl Iterator for Paragraphs<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let rest = &self.text[start..];
        let wrapped = *self.wrapped.get_or_insert_with(|| is_wrapped(rest));
        let mut lines = Lines { rest };
        let mut line = lines.next()?;
        let mut end = start + line.text.len();
        while wrapped && !line.ends_block {
            let from = self.text.len() - lines.rest.len();
            line = lines.next()?;
            end = from + line.text.len();
        }
        if line.ends_block {
            self.wrapped = None;
        }
        self.at = self.text.len() - lines.rest.len();
        Some(start..end)
    }
}

struct Line<'t> {
    /// Without its line break.
    text: &'t str,
    /// No line of the same block follows; a blank line is a block of its own.
    ends_block: bool,
}

struct Lines<'t> {
    rest: &'t str,
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let end = find(self.rest, 0, &BREAK_BYTES, is_break).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        let soft = rest
            .strip_prefix("\r\n")
            .or_else(|| rest.strip_prefix(['\n', '\r']));
        self.rest = soft.or_else(|| rest.strip_prefix(is_break)).unwrap_or(rest);
        Some(Line {
            text,
            ends_block: soft.is_none() || text.trim_start().is_empty() || starts_blank(self.rest),
        })
    }
}

/// Whether the first line of `text` is blank.
fn starts_blank(text: &str) -> bool {
    let behind = text.trim_start_matches(|c: char| c.is_whitespace() && !is_break(c));
    work::tally(text.len() - behind.len());
    behind.is_empty() || behind.starts_with(is_break)
}

/// Whether the block at the start of `text` was wrapped to a width.
///
/// Wrapping puts a word on the next line only if it does not fit: the width of a line, one space
/// and the next word is more than the widest line. That alone could be chance among headlines of
/// like width, so a third of the breaks must also lead from an open sentence to a small letter;
/// for two lines the only one must.
fn is_wrapped(text: &str) -> bool {
    let (mut breaks, mut inside, mut widest, mut tightest) = (0, 0, 0, usize::MAX);
    let mut lines = Lines { rest: text };
    while let Some(line) = lines.next() {
        let content = line.text.trim_end();
        let width = columns(content);
        widest = widest.max(width);
        if line.ends_block {
            return breaks > 0 && inside * 3 >= breaks && tightest > widest;
        }
        if !WRAP_COLUMNS.contains(&width) {
            return false;
        }
        let next = first_word(lines.rest);
        let open = !content.ends_with(|c| is_mark(c) || is_closer(c));
        breaks += 1;
        inside += usize::from(open && next.starts_with(char::is_lowercase));
        tightest = tightest.min(width + 1 + columns(next));
    }
    false
}

/// The start of `text` up to white space; a longer word than a line holds is as good as cut.
fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches([' ', '\t']);
    let end = text
        .char_indices()
        .take(*WRAP_COLUMNS.end())
        .take_while(|(_, c)| !c.is_whitespace())
        .last();
    &text[..end.map_or(0, |(at, c)| at + c.len_utf8())]
}

fn columns(text: &str) -> usize {
    work::tally(text.len());
    text.chars().count()
}

/// Counts the bytes looked at, so that tests can tell linear from quadratic without a clock.
mod work {
    #[cfg(test)]
    thread_local! {
        static BYTES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }

    #[cfg(test)]
    pub(super) fn tally(bytes: usize) {
        BYTES.with(|count| count.set(count.get() + bytes));
    }

    #[cfg(not(test))]
    pub(super) fn tally(_: usize) {}

    #[cfg(test)]
    pub(super) fn take() -> usize {
        BYTES.with(std::cell::Cell::take)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        sentences(text)
            .map(|span| &text[Range::from(span)])
            .collect()
    }

    fn work_for(text: &str) -> usize {
        work::take();
        sentences(text).for_each(drop);
        work::take()
    }

    fn assert_linear(unit: &str, bytes: usize) {
        let once = unit.repeat(bytes / unit.len() + 1);
        let twice = once.repeat(2);
        let (short, long) = (work_for(&once), work_for(&twice));
        assert!(2 * long <= 5 * short, "{short} → {long} for {unit:?}");
        assert!(
            long <= 12 * twice.len(),
            "{long} for {} of {unit:?}",
            twice.len()
        );
    }

    #[test]
    fn d03_work_is_linear_on_text_hostile_to_the_rules() {
        let wrapped = "a ".repeat(30) + "\n";
        for unit in [
            "U.S. ",
            "Mr. ",
            ". ",
            ".)",
            "?\" A",
            "?\" Abc ",
            "\n",
            "\r\n \t",
            ".((((",
            "|a",
            ". \u{301}",
            "。」",
            "[1].",
            ".[1]",
            ".\u{200b}",
            "“.” ",
            "…",
            "a\n",
            "\u{600} ",
            ". \u{600}",
            &wrapped,
        ] {
            assert_linear(unit, 1 << 16);
        }
    }

    #[test]
    fn d03_work_is_linear_on_text_without_a_sentence_end() {
        let accents = "e".to_owned() + &"\u{301}".repeat(10_000);
        for unit in ["word ", "....!!!???", " ", "🇩🇪", &accents] {
            assert_linear(unit, 2 * MAX_SENTENCE_BYTES);
        }
    }

    #[test]
    fn d02_a_long_sentence_is_cut_between_graphemes() {
        let family = "👩‍👩‍👧";
        let text = family.repeat(3 * MAX_SENTENCE_BYTES / family.len());
        let found = split(&text);
        assert_eq!(found.concat(), text);
        assert_eq!(found.len(), 3);
        for sentence in found {
            assert!(sentence.len() <= MAX_SENTENCE_BYTES);
            assert_eq!(sentence.len() % family.len(), 0);
        }
    }

    #[test]
    fn d04_a_grapheme_longer_than_a_sentence_stays_whole() {
        let text = "e".to_owned() + &"\u{301}".repeat(MAX_SENTENCE_BYTES) + "x";
        assert_eq!(split(&text), [&text[..text.len() - 1], "x"]);
    }

    #[test]
    fn the_first_byte_of_every_mark_and_break_is_in_its_table() {
        for c in '\0'..=char::MAX {
            let first = usize::from(c.encode_utf8(&mut [0; 4]).as_bytes()[0]);
            assert!(!is_mark(c) || MARK_BYTES.holds[first], "{c:?}");
            assert!(!is_break(c) || BREAK_BYTES.holds[first], "{c:?}");
        }
    }

    #[test]
    fn white_space_under_a_combining_mark_belongs_to_the_sentence() {
        assert_eq!(split("One. \u{308}Two"), ["One.", " \u{308}Two"]);
        assert_eq!(split("\u{600} "), ["\u{600} "]);
    }
}
