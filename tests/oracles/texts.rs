//! Texts and what they come in.

use std::io::Read;

use purport::article::{Format, Input, ReadOptions, Split, read};
use purport::io::{UnpackError, Unpacked};
use purport::text::sentence::sentences;
use purport::text::surroundings::surroundings;
use purport::text::word::tokens;

fn options(format: Format) -> ReadOptions {
    ReadOptions {
        format: Some(format),
        ..ReadOptions::default()
    }
}

/// Spans are in order, on character borders, and hold everything that is not white space.
fn spans_cover(input: &Input) {
    for part in input.articles.iter().flat_map(|a| &a.parts) {
        let mut end = 0;
        for span in &part.spans {
            assert!(
                end <= span.start && span.start < span.end,
                "{span:?} after {end}"
            );
            assert!(part.text[end..span.start].chars().all(char::is_whitespace));
            end = span.end;
        }
        assert!(part.text[end..].chars().all(char::is_whitespace));
    }
}

/// I-01 and I-03: words and sentences slice the text, lose nothing, and are a function of it; a paragraph that
/// follows changes none of the sentences before.
pub(crate) fn text_pipeline(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut end = 0;
    let mut pieces = String::new();
    let spans: Vec<_> = sentences(&text).collect();
    for span in &spans {
        assert!(end <= span.start && span.start < span.end);
        pieces += &text[end..span.start];
        assert!(text[end..span.start].chars().all(char::is_whitespace));
        pieces += &text[span.start..span.end];
        end = span.end;
        let mut last = 0;
        let sentence = &text[span.start..span.end];
        for token in tokens(sentence) {
            assert!(last <= token.start && token.start < token.end());
            assert!(
                sentence.is_char_boundary(token.start) && sentence.is_char_boundary(token.end())
            );
            last = token.end();
        }
    }
    pieces += &text[end..];
    assert_eq!(pieces, text);
    assert!(sentences(&text).eq(spans.iter().copied()));
    let sliced: Vec<&str> = spans.iter().map(|s| &text[s.start..s.end]).collect();
    assert_eq!(surroundings(&sliced).len(), sliced.len());
    if !text.ends_with(char::is_whitespace) && !text.is_empty() {
        let longer = format!("{text}\n\nThe end is near.");
        let again: Vec<_> = sentences(&longer).take(spans.len()).collect();
        assert_eq!(again, spans, "a later paragraph changed an earlier one");
    }
}

/// What stands in scripts and styles is not there, and the text is no longer than the page.
pub(crate) fn html_extract(bytes: &[u8]) {
    let page = [
        &b"<html><script>kmqxz \"</p>\" </script><style>kmqxz</style><!--kmqxz--><p title=\"kmqxz\">"[..],
        bytes,
    ]
    .concat();
    let Ok(input) = read("x", &page, &options(Format::Html)) else {
        return;
    };
    spans_cover(&input);
    let text = &input.articles[0].parts[0].text;
    let own = bytes.windows(5).any(|w| w == b"kmqxz");
    assert!(own || !text.contains("kmqxz"), "{text:?}");
    assert!(
        text.len() <= 3 * page.len(),
        "{} from {}",
        text.len(),
        page.len()
    );
}

/// Markdown is read to its end.
pub(crate) fn markdown(bytes: &[u8]) {
    if let Ok(input) = read("x", bytes, &options(Format::Markdown)) {
        spans_cover(&input);
    }
}

/// Every line is an article or an error with its place, in order.
pub(crate) fn jsonl_score(bytes: &[u8]) {
    let Ok(input) = read("x", bytes, &options(Format::Jsonl)) else {
        return;
    };
    spans_cover(&input);
    let lines = bytes.split(|b| *b == b'\n').count() as u64;
    let at: Vec<u64> = input.failed.iter().map(|e| line_of(&e.place)).collect();
    assert!(at.iter().all(|line| (1..=lines).contains(line)));
    assert!(at.is_sorted());
    let records = input.articles.len() + input.failed.len();
    assert!(records as u64 <= lines);
    let by_line = ReadOptions {
        split: Split::None,
        ..options(Format::Jsonl)
    };
    let whole = read("x", bytes, &by_line).unwrap();
    assert_eq!(whole.articles.len(), input.articles.len());
}

/// The line of a place such as `x:3:7`.
fn line_of(place: &str) -> u64 {
    let mut parts = place.rsplit(':');
    let column: u64 = parts.next().unwrap().parse().unwrap();
    assert!(column > 0, "{place}");
    parts.next().unwrap().parse().unwrap()
}

/// Unpacking ends, within its limits, and tells damage; a second reading gives the same.
pub(crate) fn gz_zst(bytes: &[u8]) {
    const CAP: u64 = 1 << 20;
    let unpack = |step: usize| -> Result<Vec<u8>, String> {
        let mut reader = Unpacked::new(bytes).map_err(|e| e.to_string())?.take(CAP);
        let (mut out, mut part) = (Vec::new(), vec![0; step]);
        loop {
            match reader.read(&mut part) {
                Ok(0) => return Ok(out),
                Ok(n) => out.extend_from_slice(&part[..n]),
                Err(error) => {
                    let known = UnpackError::behind(&error).is_some();
                    assert!(known, "an error of another kind: {error}");
                    return Err(error.to_string());
                }
            }
        }
    };
    let whole = unpack(1 << 16);
    assert_eq!(whole.is_ok(), unpack(97).is_ok());
    if let Ok(whole) = whole {
        assert!(unpack(97).is_ok_and(|parts| parts == whole));
        if Unpacked::new(bytes).is_ok_and(|u| u.packing().is_none()) {
            assert!(whole == bytes[..bytes.len().min(1 << 20)]);
        }
    }
}
