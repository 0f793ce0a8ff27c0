//! What stands around a sentence in its article: lines without a stop before and after it, and
//! whether a quotation is still open.
//!
//! A headline in a list of headlines asks the reader on; the same words over a story do not. The
//! words of neighbours are topic and do not help, their shape does.

use super::word::{TokenKind, tokens};

/// What kind of line a neighbour is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Line {
    /// There is no neighbour.
    #[default]
    Absent,
    /// At most three words without a stop: a menu entry, a name, a heading.
    Short,
    /// More words without a stop: a headline, a caption.
    Headline,
    /// Ends as sentences do.
    Sentence,
}

/// How many lines at each side are looked at.
const REACH: usize = 4;

/// What stands around one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// It begins inside a quotation that was opened before and is closed in it or after.
    pub inside: bool,
    /// The line before.
    pub before: Line,
    /// The line after.
    pub after: Line,
    /// How many lines at either side stand without a stop, up to the first that has one.
    pub run: usize,
    /// Sentences among the lines within reach.
    pub sentences: usize,
    /// Lines within reach.
    pub lines: usize,
}

/// The surroundings of each of `texts`, which follow each other.
#[must_use]
pub fn surroundings<S: AsRef<str>>(texts: &[S]) -> Vec<Surroundings> {
    // Rows that are articles by themselves are many.
    if texts.len() == 1 {
        return vec![Surroundings::default()];
    }
    let lines: Vec<Line> = texts.iter().map(|t| line(t.as_ref())).collect();
    let inside = inside_quotations(texts);
    (0..texts.len())
        .map(|i| {
            let before = &lines[i.saturating_sub(REACH)..i];
            let after = &lines[i + 1..lines.len().min(i + 1 + REACH)];
            let unstopped = |l: &&Line| **l != Line::Sentence;
            let run = before.iter().rev().take_while(unstopped).count()
                + after.iter().take_while(unstopped).count();
            let within_reach = before.iter().chain(after);
            Surroundings {
                inside: inside[i],
                before: before.last().copied().unwrap_or_default(),
                after: after.first().copied().unwrap_or_default(),
                run,
                sentences: within_reach.filter(|l| **l == Line::Sentence).count(),
                lines: before.len() + after.len(),
            }
        })
        .collect()
}

/// A quotation is taken to be no longer than this many texts: marks are missing in real pages, and
/// one that is never closed must not swallow the rest.
const LONGEST_QUOTATION: usize = 8;

/// Whether each text begins inside a quotation: the last mark before it opens one, and the next
/// mark from there on closes it.
fn inside_quotations<S: AsRef<str>>(texts: &[S]) -> Vec<bool> {
    let marks: Vec<Option<(bool, bool)>> = texts
        .iter()
        .map(|t| first_and_last_mark(t.as_ref()))
        .collect();
    let mut inside = vec![false; texts.len()];
    let mut opened_at = None;
    for (i, mark) in marks.iter().enumerate() {
        if let (Some(opened), Some((false, _))) = (opened_at, mark)
            && i - opened <= LONGEST_QUOTATION
        {
            inside[opened + 1..=i].fill(true);
        }
        if let Some((_, last_opens)) = mark {
            opened_at = last_opens.then_some(i);
        }
    }
    inside
}

/// Whether the first and the last quotation mark of `text` open a quotation.
fn first_and_last_mark(text: &str) -> Option<(bool, bool)> {
    // Most texts have no mark; telling an apostrophe from one takes the tokens.
    if !text.contains(['"', '\'', '“', '”', '„', '«', '»', '‘', '’']) {
        return None;
    }
    let mut marks = tokens(text).filter_map(|token| match token.kind {
        TokenKind::OpenQuote => Some(true),
        TokenKind::CloseQuote => Some(false),
        _ => None,
    });
    let first = marks.next()?;
    Some((first, marks.last().unwrap_or(first)))
}

fn line(text: &str) -> Line {
    let end = text.trim_end_matches(|c: char| c.is_whitespace() || "\"'”’»)]".contains(c));
    if end.ends_with(['.', '!', '?', '…', '。', '।', '؟', ',', ';']) {
        return Line::Sentence;
    }
    match text.split_whitespace().take(4).count() {
        0..=3 => Line::Short,
        _ => Line::Headline,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_around_are_told_by_their_ends() {
        let texts = [
            "Home",
            "Mayor denies taking money",
            "He said: “I did not.",
            "I never did.”",
            "More",
        ];
        let around = surroundings(&texts);
        let shown: Vec<_> = around
            .iter()
            .map(|a| (a.before, a.after, a.run, a.sentences, a.lines))
            .collect();
        assert_eq!(
            shown,
            [
                (Line::Absent, Line::Headline, 1, 2, 4),
                (Line::Short, Line::Sentence, 1, 2, 4),
                (Line::Headline, Line::Sentence, 2, 1, 4),
                (Line::Sentence, Line::Short, 1, 1, 4),
                (Line::Sentence, Line::Absent, 0, 2, 4),
            ]
        );
        assert_eq!(
            around.iter().map(|a| a.inside).collect::<Vec<_>>(),
            [false, false, false, true, false]
        );
    }

    #[test]
    fn quotations_reach_over_sentences_if_they_are_closed() {
        let inside = |texts: &[&str]| {
            surroundings(texts)
                .iter()
                .map(|a| a.inside)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            inside(&["It read: “Vote.", "Merry Xmas.", "Twice.”", "Then"]),
            [false, true, true, false]
        );
        // Each paragraph of a long quotation opens it again.
        assert_eq!(inside(&["“One.", "“Two.", "Three.”"]), [false, false, true]);
        // A mark that is never closed, and one that is closed too far away.
        assert_eq!(inside(&["“One.", "Two.", "Three."]), [false; 3]);
        let mut far = vec!["“One."; 1];
        far.extend(["It goes on."; 12]);
        far.push("End.”");
        assert!(inside(&far).iter().all(|inside| !inside));
        assert_eq!(
            inside(&["The players' \"win", "again\", he said."]),
            [false, true]
        );
    }

    #[test]
    fn a_text_alone_has_nothing_around_it() {
        assert_eq!(surroundings(&["One."]), [Surroundings::default()]);
    }
}
