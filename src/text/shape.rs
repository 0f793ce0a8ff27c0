//! What a sentence looks like, whatever its words: length, capitals, quotation marks, end, persons.

use std::num::NonZero;

use memchr::{memchr, memchr_iter, memchr3};

use super::word::{Token, TokenKind};

macro_rules! shapes {
    ($($variant:ident $name:literal,)*) => {
        /// One yes-or-no property of a sentence; see [`shapes`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Shape {
            $(#[doc = $name] $variant,)*
        }

        impl Shape {
            /// Every shape, in the order of declaration.
            pub const ALL: &'static [Shape] = &[$(Shape::$variant,)*];

            /// Name of the property, such as `end:question`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Shape::$variant => $name,)* }
            }
        }
    };
}

shapes! {
    Length1 "length:1",
    Length2 "length:2-3",
    Length4 "length:4-6",
    Length7 "length:7-10",
    Length11 "length:11-16",
    Length17 "length:17-24",
    Length25 "length:25-36",
    Length37 "length:37+",
    EndStop "end:stop",
    EndQuestion "end:question",
    EndExclamation "end:exclamation",
    EndColon "end:colon",
    EndEllipsis "end:ellipsis",
    EndBracket "end:bracket",
    EndNone "end:none",
    QuoteWhole "quote:whole",
    QuoteWithin "quote:within",
    QuoteOpens "quote:opens",
    QuoteCloses "quote:closes",
    QuoteStarts "quote:starts",
    QuoteEnds "quote:ends",
    QuoteInside "quote:inside",
    CapitalsAll "capitals:all",
    CapitalsTitle "capitals:title",
    CapitalsSome "capitals:some",
    StartsLower "starts:lower",
    StartsNumber "starts:number",
    NumberOne "number:one",
    NumberMany "number:many",
    SignMoney "sign:money",
    SignPercent "sign:percent",
    SignBar "sign:bar",
    SignCopyright "sign:copyright",
    SignDash "sign:dash",
    SignColon "sign:colon",
    PersonI "person:i",
    PersonWe "person:we",
    PersonYou "person:you",
    PersonYouQuoted "person:you-quoted",
    Byline "form:byline",
}

/// What the shapes need to know of one token; it depends on nothing but the token's kind and text,
/// so a reader asks once for each distinct word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenShape(NonZero<u16>);

impl TokenShape {
    /// Of no token: the kinds are numbered from 1.
    pub(crate) const NONE: Self = Self(NonZero::<u16>::MAX);

    const UPPER: u16 = 1 << 4;
    const LOWER: u16 = 1 << 5;
    const LONG: u16 = 1 << 6;
    const SHOUTED: u16 = 1 << 7;
    const FIRST_PERSON: u16 = 1 << 8;
    const WE: u16 = 1 << 9;
    const YOU: u16 = 1 << 10;
    const BY: u16 = 1 << 11;

    /// Looks at a token.
    #[must_use]
    pub fn of(token: &Token<'_>) -> Self {
        let text = token.text;
        let mut chars = text.chars();
        let first = chars.next();
        let upper = first.is_some_and(char::is_uppercase);
        let word = token.kind == TokenKind::Word;
        let person = if word { Person::of(text) } else { None };
        let mut bits = 1 + token.kind as u16;
        for (holds, bit) in [
            (upper, Self::UPPER),
            (first.is_some_and(char::is_lowercase), Self::LOWER),
            (word && text.len() > 3, Self::LONG),
            (
                word && upper && text.len() > 1 && !chars.any(char::is_lowercase),
                Self::SHOUTED,
            ),
            (matches!(person, Some(Person::I)), Self::FIRST_PERSON),
            (matches!(person, Some(Person::We)), Self::WE),
            (matches!(person, Some(Person::You)), Self::YOU),
            (text.eq_ignore_ascii_case("by"), Self::BY),
        ] {
            if holds {
                bits |= bit;
            }
        }
        Self(NonZero::new(bits).unwrap_or(NonZero::<u16>::MIN))
    }

    fn has(self, bit: u16) -> bool {
        self.0.get() & bit != 0
    }

    fn is(self, kind: TokenKind) -> bool {
        self.0.get() & 0xF == 1 + kind as u16
    }

    /// Whether the token is an address.
    pub(crate) fn is_address(self) -> bool {
        use TokenKind::{Email, Handle, Url};
        [Url, Email, Handle].into_iter().any(|kind| self.is(kind))
    }

    /// Whether the token is a quotation mark; the last two kinds are.
    fn is_quote(self) -> bool {
        self.0.get() & 0xF > TokenKind::OpenQuote as u16
    }

    /// Whether the token is a word.
    #[must_use]
    pub fn is_word(self) -> bool {
        self.is(TokenKind::Word)
    }
}

/// What [`shapes`] counts while it reads the tokens.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one shape")]
struct Count {
    words: usize,
    numbers: usize,
    capitalized: usize,
    shouted: usize,
    long_words: usize,
    opened: usize,
    closed: usize,
    first_person: bool,
    we: bool,
    you: bool,
    you_quoted: bool,
}

/// Appends the shapes of one sentence to `out`, which is cleared first.
///
/// `inside` says whether it begins inside an open quotation.
pub fn shapes(sentence: &str, tokens: &[TokenShape], inside: bool, out: &mut Vec<Shape>) {
    out.clear();
    let count = count(tokens, inside);
    out.push(length(count.words + count.numbers));
    out.push(end(sentence));
    quotes(tokens, &count, inside, out);
    capitals(tokens, &count, out);
    signs(sentence, out);
    if is_byline(tokens, &count, out) {
        out.push(Shape::Byline);
    }
    match count.numbers {
        0 => {}
        1 => out.push(Shape::NumberOne),
        _ => out.push(Shape::NumberMany),
    }
    for (holds, shape) in [
        (count.first_person, Shape::PersonI),
        (count.we, Shape::PersonWe),
        (count.you, Shape::PersonYou),
        (count.you_quoted, Shape::PersonYouQuoted),
    ] {
        if holds {
            out.push(shape);
        }
    }
}

fn count(tokens: &[TokenShape], inside: bool) -> Count {
    let mut count = Count::default();
    let mut quoted = inside;
    // Bits that any token outside and inside of quotations has.
    let mut any = [0; 2];
    for token in tokens {
        if !token.is_quote() {
            count.add(*token);
            any[usize::from(quoted)] |= token.0.get();
        } else if token.is(TokenKind::OpenQuote) {
            count.opened += 1;
            quoted = true;
        } else {
            count.closed += 1;
            quoted = false;
        }
    }
    // Outside a quotation the writer speaks; inside, a source does.
    let [said, quoted] = any.map(|bits| move |bit| bits & bit != 0);
    count.first_person = said(TokenShape::FIRST_PERSON);
    count.we = said(TokenShape::WE);
    count.you = said(TokenShape::YOU);
    count.you_quoted = quoted(TokenShape::YOU);
    count
}

impl Count {
    /// Counts a token that is no quotation mark, without a branch.
    fn add(&mut self, token: TokenShape) {
        let one = |bit: u16| usize::from((token.0.get() / bit) & 1);
        let number = usize::from(token.is(TokenKind::Number));
        self.numbers += number;
        self.words += 1 - number;
        self.long_words += one(TokenShape::LONG);
        self.capitalized += one(TokenShape::LONG) & one(TokenShape::UPPER);
        self.shouted += one(TokenShape::SHOUTED);
    }
}

#[derive(Clone, Copy)]
enum Person {
    I,
    We,
    You,
}

impl Person {
    /// The English person of a pronoun. `US` in capitals is a country.
    fn of(word: &str) -> Option<Self> {
        if word.len() > 8 || word == "US" {
            return None;
        }
        let is = |list: &[&str]| list.iter().any(|w| w.eq_ignore_ascii_case(word));
        if is(&[
            "you", "your", "yours", "you're", "you’re", "you'll", "you’ll", "you've", "you’ve",
            "yourself",
        ]) {
            Some(Self::You)
        } else if is(&[
            "we", "our", "us", "ours", "we're", "we’re", "we've", "we’ve", "we'll", "we’ll",
        ]) {
            Some(Self::We)
        } else if is(&["i", "my", "me", "i'm", "i’m", "i've", "i’ve", "mine"]) {
            Some(Self::I)
        } else {
            None
        }
    }
}

fn length(words: usize) -> Shape {
    match words {
        0 | 1 => Shape::Length1,
        2..=3 => Shape::Length2,
        4..=6 => Shape::Length4,
        7..=10 => Shape::Length7,
        11..=16 => Shape::Length11,
        17..=24 => Shape::Length17,
        25..=36 => Shape::Length25,
        _ => Shape::Length37,
    }
}

/// The last mark that is not a closing quotation mark.
fn end(sentence: &str) -> Shape {
    let text = sentence.trim_end_matches(|c: char| c.is_whitespace() || "\"'”’»".contains(c));
    if text.ends_with("...") || text.ends_with('…') {
        return Shape::EndEllipsis;
    }
    match text.chars().next_back() {
        Some('.' | '。' | '।') => Shape::EndStop,
        Some('?' | '？' | '؟') => Shape::EndQuestion,
        Some('!' | '！') => Shape::EndExclamation,
        Some(':') => Shape::EndColon,
        Some(')' | ']') => Shape::EndBracket,
        _ => Shape::EndNone,
    }
}

fn quotes(tokens: &[TokenShape], count: &Count, inside: bool, out: &mut Vec<Shape>) {
    let starts = tokens.first().is_some_and(|t| t.is(TokenKind::OpenQuote));
    let ends = tokens.last().is_some_and(|t| t.is(TokenKind::CloseQuote));
    if inside && !starts {
        out.push(Shape::QuoteInside);
    }
    if starts {
        out.push(Shape::QuoteStarts);
    }
    if ends {
        out.push(Shape::QuoteEnds);
    }
    match (count.opened, count.closed) {
        (0, 0) => {}
        (1, 1) if starts && ends => out.push(Shape::QuoteWhole),
        (opened, closed) if opened == closed => out.push(Shape::QuoteWithin),
        (opened, closed) if opened > closed => out.push(Shape::QuoteOpens),
        _ => out.push(Shape::QuoteCloses),
    }
}

fn capitals(tokens: &[TokenShape], count: &Count, out: &mut Vec<Shape>) {
    if count.words >= 2 && count.shouted * 2 > count.words {
        out.push(Shape::CapitalsAll);
    } else if count.long_words >= 3 && count.capitalized * 10 >= count.long_words * 8 {
        out.push(Shape::CapitalsTitle);
    } else if count.long_words >= 3 && count.capitalized * 10 >= count.long_words * 4 {
        out.push(Shape::CapitalsSome);
    }
    let first = tokens
        .iter()
        .find(|t| t.is(TokenKind::Word) || t.is(TokenKind::Number));
    if let Some(first) = first {
        if first.is(TokenKind::Number) {
            out.push(Shape::StartsNumber);
        } else if first.has(TokenShape::LOWER) {
            out.push(Shape::StartsLower);
        }
    }
}

/// `By Jane Doe, Staff Writer`: else every sentence that begins with *by* would look like one.
fn is_byline(tokens: &[TokenShape], count: &Count, out: &[Shape]) -> bool {
    let [first, second, ..] = tokens else {
        return false;
    };
    first.has(TokenShape::BY)
        && second.has(TokenShape::UPPER)
        && count.words <= LONGEST_BYLINE
        && !out.contains(&Shape::EndStop)
}

const LONGEST_BYLINE: usize = 9;

fn signs(sentence: &str, out: &mut Vec<Shape>) {
    let bytes = sentence.as_bytes();
    let has = |byte| memchr(byte, bytes).is_some();
    // Most sentences have nothing but ASCII, so the search for other signs is seldom needed.
    let ascii = sentence.is_ascii();
    let other = |signs: &[char]| !ascii && sentence.contains(signs);
    let any = memchr3(b'$', b'%', b'|', bytes).is_some();
    for (holds, shape) in [
        (
            (any && has(b'$')) || other(&['£', '€', '¥', '₹']),
            Shape::SignMoney,
        ),
        (any && has(b'%'), Shape::SignPercent),
        (any && has(b'|'), Shape::SignBar),
        (other(&['©']), Shape::SignCopyright),
        (has_dash(bytes) || other(&['—', '–']), Shape::SignDash),
        (has_inner_colon(sentence), Shape::SignColon),
    ] {
        if holds {
            out.push(shape);
        }
    }
}

/// ` - ` or ` -- `.
fn has_dash(bytes: &[u8]) -> bool {
    memchr_iter(b'-', bytes).any(|at| {
        let after = &bytes[at + 1..];
        at > 0 && bytes[at - 1] == b' ' && (after.starts_with(b" ") || after.starts_with(b"- "))
    })
}

/// A colon and a space, but for colons at the end.
fn has_inner_colon(sentence: &str) -> bool {
    let body = sentence.trim_end_matches(':').as_bytes();
    memchr_iter(b':', body).any(|at| body.get(at + 1) == Some(&b' '))
}

#[cfg(test)]
mod tests {
    use super::super::word::tokens;
    use super::*;

    fn names(sentence: &str, inside: bool) -> String {
        let tokens: Vec<_> = tokens(sentence).map(|t| TokenShape::of(&t)).collect();
        let mut out = Vec::new();
        shapes(sentence, &tokens, inside, &mut out);
        out.iter().map(|s| s.name()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn sentences_have_shapes() {
        for (sentence, inside, expected) in [
            ("", false, "length:1 end:none"),
            ("He said so.", false, "length:2-3 end:stop"),
            (
                "“We won,” he said.",
                false,
                "length:4-6 end:stop quote:starts quote:within",
            ),
            (
                "“We won.”",
                false,
                "length:2-3 end:stop quote:starts quote:ends quote:whole",
            ),
            (
                "They fell by 7%.”",
                true,
                "length:4-6 end:stop quote:inside quote:ends quote:closes sign:percent number:one",
            ),
            ("SUBSCRIBE NOW", false, "length:2-3 end:none capitals:all"),
            (
                "By Jane Doe, Staff Writer",
                false,
                "length:4-6 end:none capitals:title form:byline",
            ),
            ("Log In | Subscribe", false, "length:2-3 end:none sign:bar"),
            (
                "READ MORE: Mayor Denies Taking Secret Payment",
                false,
                "length:7-10 end:none capitals:title sign:colon",
            ),
            (
                "Support us: give what you can!",
                false,
                "length:4-6 end:exclamation sign:colon person:we person:you",
            ),
            (
                "“You can see the US from here,” I heard.",
                false,
                "length:7-10 end:stop quote:starts quote:within person:i person:you-quoted",
            ),
        ] {
            assert_eq!(names(sentence, inside), expected, "for input {sentence:?}");
        }
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = Shape::ALL.iter().map(|s| s.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Shape::ALL.len());
    }

    proptest::proptest! {
        /// The signs as one would write them down.
        #[test]
        fn signs_are_found_as_by_plain_search(sentence in "[-a $%|:©—–£ ]{0,12}") {
            let body = sentence.trim_end_matches(':');
            let expected = [
                (sentence.contains(['$', '£']), Shape::SignMoney),
                (sentence.contains('%'), Shape::SignPercent),
                (sentence.contains('|'), Shape::SignBar),
                (sentence.contains('©'), Shape::SignCopyright),
                (
                    sentence.contains(['—', '–'])
                        || sentence.contains(" - ")
                        || sentence.contains(" -- "),
                    Shape::SignDash,
                ),
                (body.contains(": "), Shape::SignColon),
            ];
            let mut out = Vec::new();
            signs(&sentence, &mut out);
            let expected = expected.iter().filter(|(holds, _)| *holds).map(|(_, shape)| *shape);
            proptest::prop_assert_eq!(out, expected.collect::<Vec<_>>());
        }
    }
}
