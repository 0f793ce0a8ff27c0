//! Which encoding bytes are in that bring no byte-order mark.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// A page names its encoding near its beginning; browsers look at 1024 bytes.
const HEAD: usize = 4096;

/// An encoding, and how it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// The bytes are UTF-8, or claim to be.
    Utf8,
    /// The page names it.
    Declared(&'static Encoding),
    /// It is a guess from the bytes.
    Guessed(&'static Encoding),
    /// They are no text in any encoding.
    Binary,
}

/// The encoding of the bytes of a text.
///
/// What is UTF-8 is taken for it. Bytes that are UTF-8 but for a few places are damaged UTF-8, to be refused
/// with the place; only where most sequences beyond ASCII do not fit is an encoding guessed.
#[must_use]
pub fn of_text(bytes: &[u8]) -> Charset {
    if std::str::from_utf8(bytes).is_ok() || is_damaged_utf8(bytes) {
        Charset::Utf8
    } else if is_binary(bytes) {
        Charset::Binary
    } else {
        Charset::Guessed(guess(bytes))
    }
}

/// The encoding of the bytes of an HTML page: as [`of_text`], or what its server said (`header`), or the page.
///
/// A page whose letters beyond ASCII are UTF-8 is UTF-8 whatever it says: programs that fetch pages convert
/// them and leave the declaration as it was.
#[must_use]
pub fn of_page(bytes: &[u8], header: Option<&str>) -> Charset {
    let is_utf8 = std::str::from_utf8(bytes).is_ok();
    if is_utf8 && !bytes.is_ascii() {
        return Charset::Utf8;
    }
    let named = header.and_then(|label| Encoding::for_label(label.as_bytes()));
    match named.or_else(|| declared(bytes)) {
        Some(encoding) if encoding == UTF_8 => Charset::Utf8,
        // Only its escapes tell it from ASCII.
        Some(encoding) if is_utf8 && encoding != ISO_2022_JP => Charset::Utf8,
        Some(encoding) => Charset::Declared(encoding),
        None => of_text(bytes),
    }
}

/// The encoding that a page names in a `meta` element or an XML declaration.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(HEAD)];
    let label = xml_encoding(head).map(<[u8]>::to_vec).or_else(|| {
        Tokenizer::new_with_emitter(head, DefaultEmitter::<()>::default())
            .filter_map(Result::ok)
            .find_map(|token| match token {
                Token::StartTag(tag) if *tag.name == b"meta"[..] => meta_charset(&tag),
                _ => None,
            })
    })?;
    let encoding = Encoding::for_label(&label)?;
    // The declaration was read as ASCII, so it cannot be UTF-16 (HTML standard, 13.2.3.2).
    Some(if encoding == UTF_16LE || encoding == UTF_16BE {
        UTF_8
    } else {
        encoding
    })
}

fn meta_charset(tag: &StartTag<()>) -> Option<Vec<u8>> {
    let attribute = |name: &[u8]| tag.attributes.get(name).map(|value| value.to_vec());
    attribute(b"charset").or_else(|| {
        attribute(b"http-equiv").filter(|value| value.eq_ignore_ascii_case(b"content-type"))?;
        let content = attribute(b"content")?.to_ascii_lowercase();
        let at = memchr::memmem::find(&content, b"charset=")?;
        let label = content[at + b"charset=".len()..]
            .split(|byte| *byte == b';')
            .next()?;
        Some(unquoted(label).to_vec())
    })
}

/// `<?xml version="1.0" encoding="iso-8859-1"?>`
fn xml_encoding(head: &[u8]) -> Option<&[u8]> {
    let declaration = head.strip_prefix(b"<?xml")?;
    let end = memchr::memchr(b'>', declaration)?;
    let at = memchr::memmem::find(&declaration[..end], b"encoding=")?;
    let value = &declaration[at + b"encoding=".len()..end];
    let quote = *value.first()?;
    value[1..].split(|byte| *byte == quote).next()
}

fn unquoted(label: &[u8]) -> &[u8] {
    let label = label.trim_ascii();
    let inner = label
        .strip_prefix(b"\"")
        .or_else(|| label.strip_prefix(b"'"));
    inner.map_or(label, |inner| &inner[..inner.len().saturating_sub(1)])
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    match detector.guess(None, Utf8Detection::Deny) {
        encoding if encoding == UTF_8 => WINDOWS_1252,
        encoding => encoding,
    }
}

/// Whether at least as many sequences beyond ASCII are UTF-8 as are not: by chance few are.
fn is_damaged_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().bytes().filter(|byte| *byte >= 0xC0).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > 0 && good >= bad
}

/// More than one byte in a hundred is a control that no text has: what fails to be UTF-8 as well is no text.
fn is_binary(bytes: &[u8]) -> bool {
    let controls = bytes
        .iter()
        .filter(|byte| matches!(byte, 0..=8 | 0x0E..=0x1A | 0x1C..=0x1F | 0x7F))
        .count();
    controls * 100 > bytes.len()
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, KOI8_R, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251};

    use super::*;

    #[test]
    fn a_page_is_read_in_the_encoding_it_names() {
        for (page, expected) in [
            (&b"<meta charset=latin1><p>caf\xe9"[..], Charset::Declared(WINDOWS_1252)),
            (
                b"<META content='text/html; charset=\"windows-1251\"' http-equiv=content-type>\xe9\xe9",
                Charset::Declared(WINDOWS_1251),
            ),
            (b"<?xml version='1.0' encoding='koi8-r'?><p>\xc1\xc2", Charset::Declared(KOI8_R)),
            (b"<meta charset=shift_jis>\x82\xa0", Charset::Declared(SHIFT_JIS)),
            (b"<meta charset=euc-jp>\xa4\xa2", Charset::Declared(EUC_JP)),
            // Converted by whoever fetched it.
            (b"<meta charset=latin1><p>caf\xc3\xa9", Charset::Utf8),
            (b"<meta charset=utf-16><p>plain", Charset::Utf8),
            (b"<meta charset=latin1><p>plain", Charset::Utf8),
            (b"<meta charset=iso-2022-jp>\x1b$B$\x22\x1b(B", Charset::Declared(ISO_2022_JP)),
            // It claims to be UTF-8 and is not.
            (b"<meta charset=utf-8><p>caf\xe9", Charset::Utf8),
            (b"<!-- <meta charset=koi8-r> --><p>caf\xc3\xa9", Charset::Utf8),
            (b"<meta charset=nonsense><p>plain", Charset::Utf8),
        ] {
            assert_eq!(of_page(page, None), expected, "for {}", page.escape_ascii());
        }
    }

    #[test]
    fn what_the_server_said_counts_more_than_the_page() {
        let page = b"<meta charset=koi8-r><p>caf\xe9";
        assert_eq!(
            of_page(page, Some("latin1")),
            Charset::Declared(WINDOWS_1252)
        );
        assert_eq!(of_page(page, Some("nonsense")), Charset::Declared(KOI8_R));
    }

    #[test]
    fn an_encoding_is_guessed_where_nothing_names_it() {
        let spanish = b"El a\xf1o pasado la organizaci\xf3n inform\xf3 de m\xe1s v\xedctimas, se\xf1al\xf3 el ministro.";
        assert_eq!(of_text(spanish), Charset::Guessed(WINDOWS_1252));
        let (polish, _, _) = WINDOWS_1250.encode(
            "Rzecznik potwierdził, że wójt złożył wniosek o odwołanie, a później zaprzeczył.",
        );
        assert_eq!(of_text(&polish), Charset::Guessed(WINDOWS_1250));
        let (russian, _, _) = WINDOWS_1251
            .encode("Представитель министерства подтвердил, что переговоры продолжатся.");
        assert_eq!(of_text(&russian), Charset::Guessed(WINDOWS_1251));
    }

    #[test]
    fn a07_a_few_faults_are_damage_and_many_controls_are_no_text() {
        assert_eq!(
            of_text("Déjà vu, encore une fois.".as_bytes()),
            Charset::Utf8
        );
        let damaged = [b"D\xc3\xa9j\xc3\xa0 vu, d\xc3\xa9j".as_slice(), b"\xc3"].concat();
        assert_eq!(of_text(&damaged), Charset::Utf8);
        let noise: Vec<u8> = (0..2000u32).map(|i| (i * i % 251) as u8).collect();
        assert_eq!(of_text(&noise), Charset::Binary);
        assert_eq!(of_text(b""), Charset::Utf8);
    }
}
