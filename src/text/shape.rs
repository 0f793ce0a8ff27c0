//! What a sentence looks like, whatever its words: length, capitals, quotation marks, end, persons.

use super::surroundings::{Line, Surroundings};
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
    BeforeAbsent "before:nothing",
    BeforeShort "before:short",
    BeforeHeadline "before:headline",
    BeforeSentence "before:sentence",
    AfterAbsent "after:nothing",
    AfterShort "after:short",
    AfterHeadline "after:headline",
    AfterSentence "after:sentence",
    RunShort "run:short",
    RunLong "run:long",
    RunThisToo "run:this-too",
    AroundNoSentence "around:no-sentence",
    AroundFewSentences "around:few-sentences",
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
    depth: usize,
    first_person: bool,
    we: bool,
    you: bool,
    you_quoted: bool,
}

/// Appends the shapes of one sentence to `out`, which is cleared first.
///
/// `around` says what stands before and after it in the article.
pub fn shapes(sentence: &str, tokens: &[Token<'_>], around: &Surroundings, out: &mut Vec<Shape>) {
    out.clear();
    let inside = around.inside;
    let count = count(tokens, inside);
    out.push(length(count.words + count.numbers));
    out.push(end(sentence));
    quotes(tokens, &count, inside, out);
    capitals(tokens, &count, out);
    signs(sentence, out);
    if is_byline(tokens, &count, out) {
        out.push(Shape::Byline);
    }
    neighbours(around, out);
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

/// What stands around; nothing where the sentence is alone.
fn neighbours(around: &Surroundings, out: &mut Vec<Shape>) {
    if around.lines == 0 {
        return;
    }
    out.push(match around.before {
        Line::Absent => Shape::BeforeAbsent,
        Line::Short => Shape::BeforeShort,
        Line::Headline => Shape::BeforeHeadline,
        Line::Sentence => Shape::BeforeSentence,
    });
    out.push(match around.after {
        Line::Absent => Shape::AfterAbsent,
        Line::Short => Shape::AfterShort,
        Line::Headline => Shape::AfterHeadline,
        Line::Sentence => Shape::AfterSentence,
    });
    match around.run {
        0..=2 => {}
        3..=4 => out.push(Shape::RunShort),
        _ => {
            out.push(Shape::RunLong);
            if out.contains(&Shape::EndNone) {
                out.push(Shape::RunThisToo);
            }
        }
    }
    if around.sentences == 0 {
        out.push(Shape::AroundNoSentence);
    } else if around.sentences * 2 <= around.lines {
        out.push(Shape::AroundFewSentences);
    }
}

fn count(tokens: &[Token<'_>], inside: bool) -> Count {
    let mut count = Count {
        depth: usize::from(inside),
        ..Count::default()
    };
    for token in tokens {
        match token.kind {
            TokenKind::Word => count.word(token.text),
            TokenKind::Number => count.numbers += 1,
            TokenKind::OpenQuote => {
                count.opened += 1;
                count.depth = 1;
            }
            TokenKind::CloseQuote => {
                count.closed += 1;
                count.depth = 0;
            }
            _ => count.words += 1,
        }
    }
    count
}

impl Count {
    fn word(&mut self, word: &str) {
        self.words += 1;
        let mut chars = word.chars();
        let upper = chars.next().is_some_and(char::is_uppercase);
        if word.len() > 3 {
            self.long_words += 1;
            self.capitalized += usize::from(upper);
        }
        if upper && word.len() > 1 && !chars.any(char::is_lowercase) {
            self.shouted += 1;
        }
        match Person::of(word) {
            // Outside a quotation the writer speaks; inside, a source does.
            Some(Person::I) if self.depth == 0 => self.first_person = true,
            Some(Person::We) if self.depth == 0 => self.we = true,
            Some(Person::You) if self.depth == 0 => self.you = true,
            Some(Person::You) => self.you_quoted = true,
            _ => {}
        }
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

fn quotes(tokens: &[Token<'_>], count: &Count, inside: bool, out: &mut Vec<Shape>) {
    let first = tokens.first().map(|t| t.kind);
    let last = tokens.last().map(|t| t.kind);
    let starts = first == Some(TokenKind::OpenQuote);
    let ends = last == Some(TokenKind::CloseQuote);
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

fn capitals(tokens: &[Token<'_>], count: &Count, out: &mut Vec<Shape>) {
    if count.words >= 2 && count.shouted * 2 > count.words {
        out.push(Shape::CapitalsAll);
    } else if count.long_words >= 3 && count.capitalized * 10 >= count.long_words * 8 {
        out.push(Shape::CapitalsTitle);
    } else if count.long_words >= 3 && count.capitalized * 10 >= count.long_words * 4 {
        out.push(Shape::CapitalsSome);
    }
    let first = tokens
        .iter()
        .find(|t| matches!(t.kind, TokenKind::Word | TokenKind::Number));
    if let Some(first) = first {
        let c = first.text.chars().next();
        if first.kind == TokenKind::Number {
            out.push(Shape::StartsNumber);
        } else if c.is_some_and(char::is_lowercase) {
            out.push(Shape::StartsLower);
        }
    }
}

/// `By Jane Doe, Staff Writer`: else every sentence that begins with *by* would look like one.
fn is_byline(tokens: &[Token<'_>], count: &Count, out: &[Shape]) -> bool {
    let [first, second, ..] = tokens else {
        return false;
    };
    first.text.eq_ignore_ascii_case("by")
        && second.text.starts_with(char::is_uppercase)
        && count.words <= LONGEST_BYLINE
        && !out.contains(&Shape::EndStop)
}

const LONGEST_BYLINE: usize = 9;

fn signs(sentence: &str, out: &mut Vec<Shape>) {
    let body = sentence.trim_end_matches(':');
    for (holds, shape) in [
        (
            sentence.contains(['$', '£', '€', '¥', '₹']),
            Shape::SignMoney,
        ),
        (sentence.contains('%'), Shape::SignPercent),
        (sentence.contains('|'), Shape::SignBar),
        (sentence.contains('©'), Shape::SignCopyright),
        (
            sentence.contains(['—', '–']) || sentence.contains(" - ") || sentence.contains(" -- "),
            Shape::SignDash,
        ),
        (body.contains(": "), Shape::SignColon),
    ] {
        if holds {
            out.push(shape);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::word::tokens;
    use super::*;

    fn names(sentence: &str, inside: bool) -> String {
        let tokens: Vec<_> = tokens(sentence).collect();
        let mut out = Vec::new();
        let around = Surroundings {
            inside,
            ..Surroundings::default()
        };
        shapes(sentence, &tokens, &around, &mut out);
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
}
