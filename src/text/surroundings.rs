//! What stands around a sentence in its article: lines without a stop before and after it, and
//! whether a quotation is still open.
//!
//! A headline in a list of headlines asks the reader on; the same words over a story do not. The
//! words of neighbours are topic and do not help, their shape does.

use super::shape::quotation_open;

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
    /// A quotation that was opened before is still open.
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
    let lines: Vec<Line> = texts.iter().map(|t| line(t.as_ref())).collect();
    let mut inside = false;
    (0..texts.len())
        .map(|i| {
            let before = &lines[i.saturating_sub(REACH)..i];
            let after = &lines[i + 1..lines.len().min(i + 1 + REACH)];
            let unstopped = |l: &&Line| **l != Line::Sentence;
            let run = before.iter().rev().take_while(unstopped).count()
                + after.iter().take_while(unstopped).count();
            let sentences = before
                .iter()
                .chain(after)
                .filter(|l| **l == Line::Sentence)
                .count();
            let here = Surroundings {
                inside,
                before: before.last().copied().unwrap_or_default(),
                after: after.first().copied().unwrap_or_default(),
                run,
                sentences,
                lines: before.len() + after.len(),
            };
            inside = quotation_open(texts[i].as_ref(), inside);
            here
        })
        .collect()
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
    fn a_text_alone_has_nothing_around_it() {
        assert_eq!(surroundings(&["One."]), [Surroundings::default()]);
    }
}
