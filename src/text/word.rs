//! Tokens: words, numbers, addresses and quotation marks as slices of the text.
//!
//! One pass over the bytes; ASCII is decided by table, everything else by its Unicode properties.

use unicode_normalization::char::is_combining_mark;

use super::swar::{HIGH, digits as digits_of, letters as letters_of};

/// Version of the rules below; a model says by which it was trained.
pub const TOKENIZER_VERSION: u32 = 2;

/// No token is longer than this many bytes; what is left of a longer one is passed over.
pub const MAX_TOKEN_BYTES: usize = 120;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// Letters, with digits, marks and inner apostrophes: `don’t`, `G20`, `U.S`.
    Word,
    /// Digits with inner stops, commas and colons: `3.5`, `10,000`, `8:30`.
    Number,
    /// A web address or a bare domain.
    Url,
    /// An e-mail address.
    Email,
    /// An `@name`.
    Handle,
    /// An opening quotation mark.
    OpenQuote,
    /// A closing quotation mark.
    CloseQuote,
}

/// A token and where it stands, in bytes of the text it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'t> {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte.
    pub start: usize,
    /// The slice of the text.
    pub text: &'t str,
}

impl Token<'_> {
    /// One past the last byte.
    #[must_use]
    pub fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// The tokens of `text`, in order.
#[must_use]
pub fn tokens(text: &str) -> Tokens<'_> {
    Tokens {
        text,
        at: 0,
        plain_until: 0,
        single_open: false,
    }
}

/// Iterator over the tokens of a text; see [`tokens`].
#[derive(Debug, Clone)]
pub struct Tokens<'t> {
    text: &'t str,
    at: usize,
    /// Up to here the current run without white space is known to hold no address.
    plain_until: usize,
    /// A single quotation mark was opened and not closed: only then does one close.
    single_open: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Letter,
    /// A combining mark: part of a word, but no letter of its own.
    Mark,
    Digit,
    Other,
}

const ASCII: [Class; 128] = {
    let mut table = [Class::Other; 128];
    let mut b: u8 = 0;
    while b < 128 {
        if b.is_ascii_alphabetic() {
            table[b as usize] = Class::Letter;
        } else if b.is_ascii_digit() {
            table[b as usize] = Class::Digit;
        }
        b += 1;
    }
    table
};

/// Whether a token ends before a byte: [`ENDS`] for sure, [`MAY_END`] if what follows
/// [ends a run](ends_run), 0 if the token may go on.
const END: [u8; 256] = {
    let mut table = [0; 256];
    let mut b: u8 = 0;
    while b < 128 {
        table[b as usize] = match b {
            b'\'' | b'.' | b',' | b':' | b'@' | b'-' | b'_' | b'+' => MAY_END,
            _ if b.is_ascii_alphanumeric() => 0,
            _ => ENDS,
        };
        b += 1;
    }
    table
};

const ENDS: u8 = 2;
const MAY_END: u8 = 1;

/// What may begin with a byte.
#[derive(Clone, Copy)]
enum Start {
    Nothing,
    Letter,
    Digit,
    /// A quotation mark, an `@`, or a character that is no ASCII.
    Other,
}

const START: [Start; 256] = {
    let mut table = [Start::Other; 256];
    let mut b: u8 = 0;
    while b < 128 {
        table[b as usize] = match b {
            b'"' | b'\'' | b'@' => Start::Other,
            _ if b.is_ascii_alphabetic() => Start::Letter,
            _ if b.is_ascii_digit() => Start::Digit,
            _ => Start::Nothing,
        };
        b += 1;
    }
    table
};

fn class_of(c: char) -> Class {
    if is_combining_mark(c) {
        Class::Mark
    } else if c.is_alphabetic() {
        Class::Letter
    } else if c.is_numeric() {
        Class::Digit
    } else {
        Class::Other
    }
}

impl<'t> Tokens<'t> {
    /// The class of the character at byte `i` and its length; `None` at the end.
    fn class_at(&self, i: usize) -> Option<(Class, usize)> {
        let &byte = self.text.as_bytes().get(i)?;
        if byte < 128 {
            return Some((ASCII[usize::from(byte)], 1));
        }
        let c = self.text[i..].chars().next()?;
        Some((class_of(c), c.len_utf8()))
    }

    fn is_letter_at(&self, i: usize) -> bool {
        matches!(self.class_at(i), Some((Class::Letter, _)))
    }

    fn is_alphanumeric_at(&self, i: usize) -> bool {
        matches!(self.class_at(i), Some((class, _)) if class != Class::Other)
    }

    fn token(&mut self, kind: TokenKind, start: usize, end: usize) -> Token<'t> {
        self.at = end;
        let mut cut = end.min(start + MAX_TOKEN_BYTES);
        while !self.text.is_char_boundary(cut) {
            cut -= 1;
        }
        Token {
            kind,
            start,
            text: &self.text[start..cut],
        }
    }

    /// The word that begins with the ASCII letter here, if it is short, has nothing but ASCII letters and
    /// digits, and ends for sure: nearly every token.
    #[inline]
    fn plain_word(&mut self) -> Option<Token<'t>> {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..)?;
        let length = leading_alphanumerics(rest.first_chunk()?);
        let (&next, &after) = (rest.get(length)?, rest.get(length + 1)?);
        if END[usize::from(next)] + u8::from(ends_run(after)) < ENDS {
            return None;
        }
        self.at = start + length;
        Some(Token {
            kind: TokenKind::Word,
            start,
            text: self.text.get(start..start + length)?,
        })
    }

    /// A word or number that begins at `start`.
    #[inline(never)]
    fn alphanumeric(&mut self, start: usize) -> Token<'t> {
        let bytes = self.text.as_bytes();
        let (length, last_letters) = alphanumeric_run(&bytes[start..]);
        let (end, letters) = (start + length, last_letters > 0);
        // Most end here.
        if bytes.get(end).is_none_or(|b| END[usize::from(*b)] == ENDS) && length > 0 {
            return self.token(kind(letters), start, end);
        }
        self.alphanumeric_from(start, end, letters, last_letters)
    }

    /// The word or number that begins at `start` and goes on at `i`; `last_letters` counts letters
    /// since the last inner stop.
    fn alphanumeric_from(
        &mut self,
        start: usize,
        mut i: usize,
        mut letters: bool,
        mut last_letters: usize,
    ) -> Token<'t> {
        let bytes = self.text.as_bytes();
        loop {
            match self.class_at(i) {
                Some((Class::Letter, length)) => {
                    letters = true;
                    last_letters += 1;
                    i += length;
                }
                Some((Class::Digit | Class::Mark, length)) => i += length,
                _ => match self.joint(i, letters, last_letters) {
                    Some(length) => {
                        if bytes[i] == b'.' {
                            last_letters = 0;
                        }
                        i += length;
                    }
                    None => break,
                },
            }
        }
        if let Some((kind, end)) = self.address(start, i) {
            return self.token(kind, start, end);
        }
        self.token(kind(letters), start, i)
    }

    /// Length of the mark at `i` if it stands inside a word or number, else `None`.
    fn joint(&self, i: usize, letters: bool, last_letters: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        match *bytes.get(i)? {
            b'\'' if letters && self.is_letter_at(i + 1) => Some(1),
            // U+2019, the typographic apostrophe.
            0xE2 if letters
                && bytes[i..].starts_with("’".as_bytes())
                && self.is_letter_at(i + 3) =>
            {
                Some(3)
            }
            // `U.S`, `p.m`: single letters; `rawstory.com` is left to `address`.
            b'.' if letters && last_letters == 1 && self.single_letter_at(i + 1) => Some(1),
            b'.' | b',' | b':'
                if !letters && matches!(self.class_at(i + 1), Some((Class::Digit, _))) =>
            {
                Some(1)
            }
            _ => None,
        }
    }

    fn single_letter_at(&self, i: usize) -> bool {
        match self.class_at(i) {
            Some((Class::Letter, mut length)) => {
                while let Some((Class::Mark, more)) = self.class_at(i + length) {
                    length += more;
                }
                !self.is_alphanumeric_at(i + length)
            }
            _ => false,
        }
    }

    /// Whether the run that holds the word `start..end` is an address, and where that ends.
    fn address(&mut self, start: usize, end: usize) -> Option<(TokenKind, usize)> {
        let bytes = self.text.as_bytes();
        let next = *bytes.get(end)?;
        if start < self.plain_until || !matches!(next, b':' | b'@' | b'.' | b'-' | b'_' | b'+') {
            return None;
        }
        // The end of a clause, not of a name.
        if bytes.get(end + 1).is_none_or(|b| ends_run(*b)) {
            return None;
        }
        let run_end = bytes[start..]
            .iter()
            .position(|b| ends_run(*b))
            .map_or(bytes.len(), |length| start + length);
        // A mark at the end belongs to its letter: `a.ie` with an accent is no address in either form.
        let run = self.text[start..run_end]
            .trim_end_matches(|c: char| !c.is_alphanumeric() && c != '/' && !is_combining_mark(c));
        let kind = address_kind(run);
        if kind.is_none() {
            self.plain_until = run_end;
        }
        kind.map(|kind| (kind, start + run.len()))
    }

    /// The token at `i`, where a mark or a character is that is no ASCII; if there is none, the length of
    /// what to pass over.
    #[inline(never)]
    fn other(&mut self, i: usize) -> Result<Token<'t>, usize> {
        if self.is_alphanumeric_at(i) {
            return Ok(self.alphanumeric(i));
        }
        self.mark(i)
    }

    /// The quotation mark or handle at `i`, if there is one; else the length of what to pass over.
    fn mark(&mut self, i: usize) -> Result<Token<'t>, usize> {
        let bytes = self.text.as_bytes();
        match bytes[i] {
            b'"' => {
                let kind = if self.opens_at(i, 1) {
                    TokenKind::OpenQuote
                } else {
                    TokenKind::CloseQuote
                };
                Ok(self.token(kind, i, i + 1))
            }
            b'\'' => self.single_quote(i, 1),
            b'@' if self.is_alphanumeric_at(i + 1) => {
                let end = bytes[i + 1..]
                    .iter()
                    .position(|b| !(b.is_ascii_alphanumeric() || *b == b'_'))
                    .map_or(bytes.len(), |length| i + 1 + length);
                if end == i + 1 {
                    return Err(1);
                }
                Ok(self.token(TokenKind::Handle, i, end))
            }
            byte if byte < 128 => Err(1),
            _ => {
                let c = self.text[i..].chars().next().unwrap_or(' ');
                let length = c.len_utf8();
                match c {
                    '“' | '„' | '«' => Ok(self.token(TokenKind::OpenQuote, i, i + length)),
                    '”' | '»' => Ok(self.token(TokenKind::CloseQuote, i, i + length)),
                    '‘' | '’' => self.single_quote(i, length),
                    _ => Err(length),
                }
            }
        }
    }

    /// A single mark opens before a word and closes only what was opened; else it is an apostrophe.
    fn single_quote(&mut self, i: usize, length: usize) -> Result<Token<'t>, usize> {
        if self.opens_at(i, length) {
            self.single_open = true;
            Ok(self.token(TokenKind::OpenQuote, i, i + length))
        } else if self.single_open {
            self.single_open = false;
            Ok(self.token(TokenKind::CloseQuote, i, i + length))
        } else {
            Err(length)
        }
    }

    /// A mark opens when a character follows it and none, or an opening bracket or dash, precedes it.
    fn opens_at(&self, i: usize, length: usize) -> bool {
        let before = self.text[..i].chars().next_back();
        let after = self.text[i + length..].chars().next();
        let free = before.is_none_or(|c| c.is_whitespace() || "([{—–-/“‘\"'".contains(c));
        free && after.is_some_and(|c| !c.is_whitespace())
    }
}

/// How many ASCII letters and digits come first, without a branch.
#[inline]
fn leading_alphanumerics(bytes: &[u8; 16]) -> usize {
    let both = u128::from_le_bytes(*bytes);
    #[expect(clippy::cast_possible_truncation, reason = "the halves of it")]
    let halves = [both as u64, (both >> 64) as u64];
    let [low, high] = halves.map(|eight| !(letters_of(eight) | digits_of(eight)) & HIGH);
    let others = u128::from(high) << 64 | u128::from(low);
    (others.trailing_zeros() / 8) as usize
}

/// How many ASCII letters and digits `bytes` begins with, and how many of them are letters.
///
/// Eight at a time, since the length of a word is a branch that no processor foretells.
fn alphanumeric_run(bytes: &[u8]) -> (usize, usize) {
    let (mut length, mut letters) = (0, 0);
    while let Some(eight) = bytes[length..].first_chunk::<8>() {
        let eight = u64::from_le_bytes(*eight);
        let is_letter = letters_of(eight);
        let is_other = !(is_letter | digits_of(eight)) & HIGH;
        let count = is_other.trailing_zeros() / 8;
        let counted = 1u64.checked_shl(8 * count).map_or(u64::MAX, |bit| bit - 1);
        letters += (is_letter & counted).count_ones() as usize;
        length += count as usize;
        if count < 8 {
            return (length, letters);
        }
    }
    for byte in &bytes[length..] {
        if !byte.is_ascii_alphanumeric() {
            break;
        }
        length += 1;
        letters += usize::from(byte.is_ascii_alphabetic());
    }
    (length, letters)
}

/// Whether a byte cannot stand in an address.
#[inline]
fn ends_run(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b'<' | b'>' | b'"' | b'|' | b')' | b']')
}

fn kind(letters: bool) -> TokenKind {
    if letters {
        TokenKind::Word
    } else {
        TokenKind::Number
    }
}

/// What a run without white space is, if it is an address.
fn address_kind(run: &str) -> Option<TokenKind> {
    let lower_start = run.get(..4).unwrap_or("");
    if run.contains("://") || lower_start.eq_ignore_ascii_case("www.") {
        return Some(TokenKind::Url);
    }
    if let Some((user, host)) = run.split_once('@') {
        return (!user.is_empty() && host.contains('.')).then_some(TokenKind::Email);
    }
    let host = run.split(['/', '?']).next()?;
    let (name, suffix) = host.rsplit_once('.')?;
    (!name.is_empty() && DOMAINS.contains(&suffix) && name.bytes().all(is_host_byte))
        .then_some(TokenKind::Url)
}

fn is_host_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'.' || b == b'-'
}

/// Endings that make a bare `name.ending` a web address in running text; lower case only, since
/// `dead.It` is two words.
const DOMAINS: [&str; 24] = [
    "com", "org", "net", "gov", "edu", "mil", "uk", "ie", "ca", "au", "nz", "io", "tv", "info",
    "eu", "de", "fr", "ru", "za", "ng", "ke", "news", "app", "ly",
];

impl<'t> Iterator for Tokens<'t> {
    type Item = Token<'t>;

    #[inline]
    fn next(&mut self) -> Option<Token<'t>> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            match START[usize::from(byte)] {
                Start::Nothing => self.at += 1,
                Start::Letter => {
                    let plain = self.plain_word();
                    return Some(plain.unwrap_or_else(|| self.alphanumeric(self.at)));
                }
                Start::Digit => return Some(self.alphanumeric(self.at)),
                Start::Other => match self.other(self.at) {
                    Ok(token) => return Some(token),
                    Err(length) => self.at += length,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        tokens(text)
            .map(|t| match t.kind {
                TokenKind::Word | TokenKind::Number => t.text.to_owned(),
                TokenKind::OpenQuote => "“".to_owned(),
                TokenKind::CloseQuote => "”".to_owned(),
                kind => format!("<{kind:?} {}>", t.text),
            })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn text_becomes_tokens() {
        for (text, expected) in [
            ("", ""),
            ("Voters voted.", "Voters voted"),
            (
                "It rose 3.14, or 7%, to $10,000.",
                "It rose 3.14 or 7 to 10,000",
            ),
            ("At 8:30 p.m. the U.S. team", "At 8:30 p.m the U.S team"),
            ("Don't! Don’t.", "Don't Don’t"),
            ("\"Yes,\" he said.", "“ Yes ” he said"),
            ("“Yes,” he said. ‘No.’", "“ Yes ” he said “ No ”"),
            (
                "The players' union is 'furious', dogs' too",
                "The players union is “ furious ” dogs too",
            ),
            ("(\"Well\")", "“ Well ”"),
            (
                "write to first.last@paper.co.uk.",
                "write to <Email first.last@paper.co.uk>",
            ),
            (
                "see https://a.org/x?y=1, www.b.com or rawstory.com/abc.",
                "see <Url https://a.org/x?y=1> <Url www.b.com> or <Url rawstory.com/abc>",
            ),
            ("by @jane_doe #news", "by <Handle @jane_doe> news"),
            ("ten dead.The mayor", "ten dead The mayor"),
            ("G20 x86 20th anti-doping", "G20 x86 20th anti doping"),
            ("naïve Übung 東京", "naïve Übung 東京"),
        ] {
            assert_eq!(shown(text), expected, "for input {text:?}");
        }
    }

    #[test]
    fn a_long_token_is_cut() {
        let text = "x".repeat(10_000_000);
        let all: Vec<_> = tokens(&text).collect();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].text.len(), MAX_TOKEN_BYTES);
    }

    proptest! {
        #[test]
        fn runs_are_as_long_as_by_counting(bytes in proptest::collection::vec(any::<u8>(), 0..30), ascii in "[a-zA-Z0-9]{0,30}") {
            for bytes in [&bytes[..], &[ascii.as_bytes(), &bytes].concat()] {
                let length = bytes.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
                let letters = bytes[..length].iter().filter(|b| b.is_ascii_alphabetic()).count();
                prop_assert_eq!(alphanumeric_run(bytes), (length, letters));
            }
        }

        #[test]
        fn plain_words_are_those_that_the_rules_give(text in "[a-cZ0-9 .,:;'@_+\"’|)é-]{0,40}") {
            for (start, _) in text.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()) {
                // As if a run without an address, or none, had been found before.
                for plain_until in [0, text.len()] {
                    let at_start = Tokens { at: start, plain_until, ..tokens(&text) };
                    let (mut quick, mut slow) = (at_start.clone(), at_start);
                    if let Some(token) = quick.plain_word() {
                        let (length, letters) = alphanumeric_run(&text.as_bytes()[start..]);
                        let expected = slow.alphanumeric_from(start, start + length, letters > 0, letters);
                        prop_assert_eq!(token, expected);
                        prop_assert_eq!(quick.at, slow.at);
                    }
                }
            }
        }

        #[test]
        fn tokens_are_increasing_slices_of_the_text(text in any::<String>()) {
            let mut end = 0;
            for token in tokens(&text) {
                prop_assert!(token.start >= end);
                prop_assert!(!token.text.is_empty());
                prop_assert_eq!(&text[token.start..token.end()], token.text);
                end = token.end();
            }
        }
    }
}
