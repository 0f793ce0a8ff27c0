//! One spelling for equal words: NFC, lower case, straight apostrophes, digits of numbers as `0`.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::word::{Token, TokenKind};

/// Writes the normal form of `token` to `out`, replacing what it held.
///
/// Words come out in NFC and lower case. Numbers keep their length and joints but not their value
/// (`10,000` → `00,000`), addresses and quotation marks only their kind: the value is what a
/// sentence is about, not what it does.
pub fn normalize(token: &Token<'_>, out: &mut String) {
    out.clear();
    match token.kind {
        TokenKind::Word => word(token.text, out),
        TokenKind::Number => out.extend(token.text.chars().map(number_char)),
        TokenKind::Url => out.push_str("<url>"),
        TokenKind::Email => out.push_str("<email>"),
        TokenKind::Handle => out.push_str("<handle>"),
        TokenKind::OpenQuote => out.push('“'),
        TokenKind::CloseQuote => out.push('”'),
    }
}

fn number_char(c: char) -> char {
    if matches!(c, '.' | ',' | ':') { c } else { '0' }
}

/// Appends `text` in NFC and lower case, as words are written.
pub(super) fn word(text: &str, out: &mut String) {
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
        return;
    }
    if is_nfc_quick(text.chars()) == IsNormalized::Yes {
        lowercase(text, out);
    } else {
        lowercase(&text.nfc().collect::<String>(), out);
    }
    // Lower case can leave NFC: U+0130 becomes `i` and a combining dot.
    if is_nfc_quick(out.chars()) != IsNormalized::Yes {
        *out = out.nfc().collect();
    }
}

fn lowercase(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '’' => out.push('\''),
            'ς' => out.push('σ'),
            c => out.extend(c.to_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::word::tokens;
    use super::*;
    use proptest::prelude::*;

    fn normalized(text: &str) -> Vec<String> {
        let mut out = String::new();
        tokens(text)
            .map(|token| {
                normalize(&token, &mut out);
                out.clone()
            })
            .collect()
    }

    #[test]
    fn tokens_have_one_spelling() {
        for (text, expected) in [
            ("The U.S. DON’T", "the u.s don't"),
            ("10,000 3.5 8:30 20th", "00,000 0.0 0:00 20th"),
            (
                "mail a@b.org or www.b.org, @me",
                "mail <email> or <url> <handle>",
            ),
            ("«Ja» “Yes”", "“ ja ” “ yes ”"),
            ("ÉCOLE E\u{301}cole ΟΔΟΣ", "école école οδοσ"),
        ] {
            assert_eq!(normalized(text).join(" "), expected, "for input {text:?}");
        }
    }

    #[test]
    fn an_accent_at_the_end_of_a_domain_counts_in_both_forms() {
        assert_eq!(normalized("a.i\u{e9} "), ["a", "ié"]);
        assert_eq!(normalized("a.ie\u{301} "), ["a", "ié"]);
    }

    proptest! {
        #[test]
        fn composed_and_decomposed_text_have_the_same_tokens(text in "[a-zA-Zéüñşạ̈ệ ’'.,0-9“”]{0,60}") {
            let composed: String = text.nfc().collect();
            let decomposed: String = text.nfd().collect();
            prop_assert_eq!(normalized(&composed), normalized(&decomposed));
        }

        #[test]
        fn normalizing_twice_changes_nothing(word in "\\w{1,12}") {
            let once = normalized(&word).join(" ");
            prop_assert_eq!(&normalized(&once).join(" "), &once);
        }
    }
}
