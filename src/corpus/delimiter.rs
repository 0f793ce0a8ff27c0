//! Which character stands between the columns.

use std::cmp::Reverse;

/// What is tried, the likeliest first.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How much of the text the guess looks at.
const SAMPLE_BYTES: usize = 64 * 1024;
const SAMPLE_RECORDS: usize = 100;

/// Whether `delimiter` can stand between columns.
pub(crate) fn is_valid(delimiter: u8) -> bool {
    delimiter.is_ascii() && !matches!(delimiter, b'"' | b'\n' | b'\r')
}

/// The delimiter named by Excel's first line `sep=;`, and what follows that line.
pub(crate) fn sep_line(text: &str) -> Option<(u8, &str)> {
    let end = text.find(['\n', '\r']).unwrap_or(text.len());
    let (line, rest) = text.split_at(end);
    let rest = rest
        .strip_prefix("\r\n")
        .or_else(|| rest.strip_prefix(['\n', '\r']))
        .unwrap_or(rest);
    let bare = line
        .strip_prefix('"')
        .and_then(|line| line.strip_suffix('"'))
        .unwrap_or(line);
    match bare.as_bytes() {
        [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', delimiter] if is_valid(*delimiter) => {
            Some((*delimiter, rest))
        }
        _ => None,
    }
}

/// The delimiter under which most records have as many fields as the first, and the first more
/// than one; a comma if there is none.
pub(crate) fn guess(text: &str) -> u8 {
    let sample = &text[..text.floor_char_boundary(SAMPLE_BYTES)];
    let whole = sample.len() == text.len();
    CANDIDATES
        .into_iter()
        .enumerate()
        .filter_map(|(order, delimiter)| {
            let (agreement, width) = fit(sample, whole, delimiter)?;
            Some((agreement, width, Reverse(order), delimiter))
        })
        .max()
        .map_or(CANDIDATES[0], |(.., delimiter)| delimiter)
}

/// How many records in a thousand are as wide as the first, and how wide that is.
fn fit(sample: &str, whole: bool, delimiter: u8) -> Option<(usize, usize)> {
    let mut widths = widths(sample, delimiter);
    if !whole && widths.len() > 1 {
        // The sample breaks off inside it.
        widths.pop();
    }
    let width = *widths.first()?;
    let agreeing = widths.iter().filter(|&&other| other == width).count();
    (width > 1).then(|| (agreeing * 1_000 / widths.len(), width))
}

fn widths(sample: &str, delimiter: u8) -> Vec<usize> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(sample.as_bytes())
        .into_byte_records()
        .map_while(Result::ok)
        .take(SAMPLE_RECORDS)
        .map(|record| record.len())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a13_the_delimiter_is_guessed() {
        for (text, expected) in [
            ("text,label\na;b;c,x\n", ','),
            ("text;label\na,b,c;x\n", ';'),
            ("text\tlabel\na, b;c\tx\n", '\t'),
            ("text|label\na, b|x\n", '|'),
            ("\"a;b\",c\nd,e\n", ','),
            ("It rained, they said\tnone\nIt did\tnone\n", '\t'),
            ("text\nIt rained, they said\n", ','),
            ("", ','),
        ] {
            assert_eq!(char::from(guess(text)), expected, "for {text:?}");
        }
        let long = format!("text;label\n{}", "a, b;c\n".repeat(20_000));
        assert_eq!(guess(&long), b';');
    }

    #[test]
    fn a35_the_sep_line_of_excel_is_understood() {
        assert_eq!(sep_line("sep=;\r\ntext;label"), Some((b';', "text;label")));
        assert_eq!(sep_line("\"SEP=,\"\ntext"), Some((b',', "text")));
        assert_eq!(sep_line("sep=\t\n"), Some((b'\t', "")));
        assert_eq!(sep_line("sep=ab\n"), None);
        assert_eq!(sep_line("separator,label\n"), None);
    }
}
