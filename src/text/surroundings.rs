//! What stands around a sentence in its article: how the lines before and after it look, the
//! heading it stands under, and whether a quotation is still open.
//!
//! A headline in a list of headlines asks the reader on; the same words over a story do not. The
//! words of neighbours are topic and do not help (see `data/EXPERIMENTS.md`); their shape does, and
//! so do the words of the heading above, such as *Most popular*.

use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use super::word::{TokenKind, tokens};

/// What stands around one sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Surroundings<'t> {
    /// It begins inside a quotation that was opened before and is closed in it or after.
    pub inside: bool,
    /// The nearest short line without a stop above, at most [`HEADING_REACH`] lines away.
    pub heading: Option<&'t str>,
    /// How many lines above the heading stands.
    heading_distance: usize,
    /// The lines at [`OFFSETS`].
    neighbours: [Option<Outline>; OFFSETS.len()],
    /// The lines before and after, within reach.
    near: [Density; 2],
    far: [Density; 2],
    /// There are other lines at all.
    accompanied: bool,
}

/// The neighbours that are looked at one by one.
const OFFSETS: [isize; 4] = [-1, 1, -2, 2];

/// How many lines at each side are counted together, nearby and as the part of the page.
const NEAR: usize = 5;
const FAR: usize = 12;

/// Fewer lines than this at one side say nothing of a part of the page.
const FEWEST_FAR: usize = 3;

/// How far above a sentence its heading may stand.
pub const HEADING_REACH: usize = 20;

/// A heading has at most this many words.
const HEADING_WORDS: usize = 5;

/// A sentence of more words is one of a story, hardly of a box or a menu.
const STORY_WORDS: usize = 14;

/// How one line looks from its neighbours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outline {
    end: End,
    /// Words between white space.
    words: usize,
    /// Fifths of the words that begin with a capital.
    capitals: u8,
    /// Which of [`SIGNS`] it has, a bit each.
    signs: u8,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum End {
    None,
    Stop,
    Exclamation,
    Question,
    Ellipsis,
    Colon,
}

const ENDS: [&str; 6] = [
    "none",
    "stop",
    "exclamation",
    "question",
    "ellipsis",
    "colon",
];

const SIGNS: [char; 7] = ['|', '?', ':', '@', '©', '>', '»'];
const SIGN_NAMES: [&str; SIGNS.len()] = [
    "bar",
    "question",
    "colon",
    "at",
    "copyright",
    "greater",
    "quote",
];

/// Upper bounds of the classes of length, in words; the last class has none.
const LENGTHS: [usize; 11] = [0, 1, 2, 3, 4, 7, 10, 15, 21, 31, 44];
const LENGTH_NAMES: [&str; LENGTHS.len() + 1] = [
    "0", "1", "2", "3", "4", "5-7", "8-10", "11-15", "16-21", "22-31", "32-44", "45+",
];

/// Shares are told apart by quarters: none, less than a quarter … all.
const QUARTERS: usize = 5;

/// How many lines there are, and of what kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Density {
    lines: usize,
    without_stop: usize,
    of_a_story: usize,
}

impl Density {
    fn of(lines: &[Outline]) -> Self {
        Self {
            lines: lines.len(),
            without_stop: lines.iter().filter(|l| !l.stops()).count(),
            of_a_story: lines
                .iter()
                .filter(|l| l.stops() && l.words > STORY_WORDS)
                .count(),
        }
    }

    /// 0 for none to 4 for all.
    fn quarter(self, count: usize) -> usize {
        (QUARTERS - 1) * count / self.lines.max(1)
    }
}

impl Outline {
    fn of(text: &str) -> Self {
        let mut words = 0;
        let mut capitalized = 0;
        for word in text.split_whitespace() {
            words += 1;
            capitalized += usize::from(word.starts_with(char::is_uppercase));
        }
        let signs = SIGNS
            .iter()
            .enumerate()
            .filter(|(_, sign)| text.contains(**sign))
            .fold(0, |bits, (i, _)| bits | 1 << i);
        #[expect(clippy::cast_possible_truncation, reason = "at most 5")]
        let capitals = (5 * capitalized / words.max(1)) as u8;
        Self {
            end: End::of(text),
            words,
            capitals,
            signs,
        }
    }

    /// Whether it ends as sentences do.
    fn stops(&self) -> bool {
        !matches!(self.end, End::None | End::Colon)
    }

    fn is_heading(&self) -> bool {
        !self.stops() && (1..=HEADING_WORDS).contains(&self.words)
    }

    fn length(&self) -> usize {
        LENGTHS.partition_point(|&most| most < self.words)
    }
}

impl End {
    fn of(text: &str) -> Self {
        let end = text.trim_end_matches(|c: char| c.is_whitespace() || "\"'”’»)]".contains(c));
        match end.chars().next_back() {
            Some('.' | '。' | '।' | ',' | ';') => Self::Stop,
            Some('!' | '！') => Self::Exclamation,
            Some('?' | '？' | '؟') => Self::Question,
            Some('…') => Self::Ellipsis,
            Some(':') => Self::Colon,
            _ => Self::None,
        }
    }
}

/// One property of what stands around a sentence, as a term of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark(u8);

/// Sizes of the blocks of marks, one after the other.
const PER_OFFSET: usize = 1 + ENDS.len() + LENGTH_NAMES.len() + 6 + SIGNS.len();
const NEAR_AT: usize = OFFSETS.len() * PER_OFFSET;
const PER_NEAR: usize = 1 + 2 * QUARTERS;
const FAR_AT: usize = NEAR_AT + 2 * PER_NEAR;
const HEADING_AT: usize = FAR_AT + 2 * QUARTERS;
const HEADING_DISTANCES: [&str; 5] = ["1", "2-3", "4-7", "8-15", "16+"];

impl Mark {
    /// Number of different marks; their indices are below it.
    pub const COUNT: usize = HEADING_AT + HEADING_DISTANCES.len();

    #[expect(clippy::cast_possible_truncation, reason = "COUNT is below 256")]
    fn new(index: usize) -> Self {
        Self(index as u8)
    }

    /// Position among all marks.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Every mark, by index.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(Self::new)
    }

    /// Name of the property, such as `+1:end:stop`.
    #[must_use]
    pub fn name(self) -> &'static str {
        static NAMES: LazyLock<Vec<String>> =
            LazyLock::new(|| Mark::all().map(|mark| mark.to_string()).collect());
        &NAMES[self.index()]
    }
}

const _: () = assert!(Mark::COUNT <= 256);

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SIDES: [&str; 2] = ["before", "after"];
        let index = self.index();
        if index < NEAR_AT {
            write!(f, "{:+}:", OFFSETS[index / PER_OFFSET])?;
            return write_outline(f, index % PER_OFFSET);
        }
        if index < FAR_AT {
            let at = index - NEAR_AT;
            let side = SIDES[at / PER_NEAR];
            return match at % PER_NEAR {
                0 => write!(f, "{side}:few"),
                n if n <= QUARTERS => write!(f, "{side}:unstopped:{}/4", n - 1),
                n => write!(f, "{side}:story:{}/4", n - 1 - QUARTERS),
            };
        }
        if index < HEADING_AT {
            let at = index - FAR_AT;
            return write!(
                f,
                "far-{}:unstopped:{}/4",
                SIDES[at / QUARTERS],
                at % QUARTERS
            );
        }
        write!(f, "heading:{}", HEADING_DISTANCES[index - HEADING_AT])
    }
}

/// Name of the `n`th property of a neighbour.
fn write_outline(f: &mut fmt::Formatter<'_>, n: usize) -> fmt::Result {
    let Some(n) = n.checked_sub(1) else {
        return f.write_str("nothing");
    };
    if let Some(end) = ENDS.get(n) {
        return write!(f, "end:{end}");
    }
    let n = n - ENDS.len();
    if let Some(length) = LENGTH_NAMES.get(n) {
        return write!(f, "length:{length}");
    }
    let n = n - LENGTH_NAMES.len();
    match n {
        0..=5 => write!(f, "capitals:{n}/5"),
        n => write!(f, "sign:{}", SIGN_NAMES[n - 6]),
    }
}

impl Surroundings<'_> {
    /// Appends the marks to `out`, which is cleared first; a sentence alone has none.
    pub fn marks(&self, out: &mut Vec<Mark>) {
        out.clear();
        if !self.accompanied {
            return;
        }
        for (i, neighbour) in self.neighbours.iter().enumerate() {
            push_neighbour(i * PER_OFFSET, i < 2, neighbour.as_ref(), out);
        }
        for (side, near) in self.near.iter().enumerate() {
            let first = NEAR_AT + side * PER_NEAR;
            if near.lines < 2 {
                out.push(Mark::new(first));
            }
            if near.lines > 0 {
                let unstopped = near.quarter(near.without_stop);
                let story = near.quarter(near.of_a_story);
                out.push(Mark::new(first + 1 + unstopped));
                out.push(Mark::new(first + 1 + QUARTERS + story));
            }
        }
        for (side, far) in self.far.iter().enumerate() {
            if far.lines >= FEWEST_FAR {
                let unstopped = far.quarter(far.without_stop);
                out.push(Mark::new(FAR_AT + side * QUARTERS + unstopped));
            }
        }
        if self.heading.is_some() {
            let class = self.heading_distance.max(1).ilog2() as usize;
            out.push(Mark::new(
                HEADING_AT + class.min(HEADING_DISTANCES.len() - 1),
            ));
        }
    }
}

/// The marks of one neighbour, whose block begins at `first`; signs only of the `closest`.
fn push_neighbour(first: usize, closest: bool, line: Option<&Outline>, out: &mut Vec<Mark>) {
    let Some(line) = line else {
        if closest {
            out.push(Mark::new(first));
        }
        return;
    };
    let ends = first + 1;
    let lengths = ends + ENDS.len();
    let capitals = lengths + LENGTH_NAMES.len();
    let signs = capitals + 6;
    out.push(Mark::new(ends + line.end as usize));
    out.push(Mark::new(lengths + line.length()));
    out.push(Mark::new(capitals + usize::from(line.capitals)));
    if closest {
        out.extend(
            (0..SIGNS.len())
                .filter(|i| line.signs & 1 << i != 0)
                .map(|i| Mark::new(signs + i)),
        );
    }
}

/// Which of `texts` that follow each other the surroundings of the one at `at` depend on, itself included.
#[must_use]
pub fn within_reach(at: usize, texts: usize) -> Range<usize> {
    at.saturating_sub(HEADING_REACH)..texts.min(at + FAR + 1)
}

const _: () = assert!(FAR <= HEADING_REACH && LONGEST_QUOTATION <= FAR && NEAR <= FAR);

/// The surroundings of each of `texts`, which follow each other.
#[must_use]
pub fn surroundings<'t>(texts: &[&'t str]) -> Vec<Surroundings<'t>> {
    // Rows that are articles by themselves are many.
    if texts.len() == 1 {
        return vec![Surroundings::default()];
    }
    let lines: Vec<Outline> = texts.iter().map(|t| Outline::of(t)).collect();
    let inside = inside_quotations(texts);
    let mut heading: Option<usize> = None;
    (0..texts.len())
        .map(|i| {
            let within = |reach: usize| {
                [
                    Density::of(&lines[i.saturating_sub(reach)..i]),
                    Density::of(&lines[i + 1..lines.len().min(i + 1 + reach)]),
                ]
            };
            let above = heading.filter(|&at| i - at <= HEADING_REACH);
            if lines[i].is_heading() {
                heading = Some(i);
            }
            Surroundings {
                inside: inside[i],
                heading: above.map(|at| texts[at]),
                heading_distance: above.map_or(0, |at| i - at),
                neighbours: OFFSETS.map(|offset| {
                    i.checked_add_signed(offset)
                        .and_then(|at| lines.get(at).copied())
                }),
                near: within(NEAR),
                far: within(FAR),
                accompanied: true,
            }
        })
        .collect()
}

/// A quotation is taken to be no longer than this many texts: marks are missing in real pages, and
/// one that is never closed must not swallow the rest.
const LONGEST_QUOTATION: usize = 8;

/// Whether each text begins inside a quotation: the last mark before it opens one, and the next
/// mark from there on closes it.
fn inside_quotations(texts: &[&str]) -> Vec<bool> {
    let marks: Vec<Option<(bool, bool)>> = texts.iter().map(|t| first_and_last_mark(t)).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(around: &Surroundings<'_>) -> String {
        let mut out = Vec::new();
        around.marks(&mut out);
        let names: Vec<String> = out.iter().map(Mark::to_string).collect();
        names.join(" ")
    }

    #[test]
    fn lines_around_are_told_by_their_shape() {
        let texts = [
            "MOST READ",
            "Mayor Denies Taking Money",
            "He said so again on Monday.",
            "Log in | Register",
        ];
        let around = surroundings(&texts);
        assert_eq!(
            marks(&around[1]),
            "-1:end:none -1:length:2 -1:capitals:5/5 +1:end:stop +1:length:5-7 +1:capitals:1/5 \
             +2:end:none +2:length:4 +2:capitals:2/5 \
             before:few before:unstopped:4/4 before:story:0/4 \
             after:unstopped:2/4 after:story:0/4 heading:1"
        );
        assert_eq!(
            marks(&around[3]),
            "-1:end:stop -1:length:5-7 -1:capitals:1/5 +1:nothing \
             -2:end:none -2:length:4 -2:capitals:5/5 \
             before:unstopped:2/4 before:story:0/4 after:few far-before:unstopped:2/4 heading:2-3"
        );
        let headings: Vec<_> = around.iter().map(|a| a.heading).collect();
        let headline = Some("Mayor Denies Taking Money");
        assert_eq!(headings, [None, Some("MOST READ"), headline, headline]);
    }

    #[test]
    fn a_heading_reaches_only_so_far() {
        let mut texts = vec!["Latest news"];
        texts.extend(["It rained on the coast."; HEADING_REACH + 1]);
        let around = surroundings(&texts);
        assert_eq!(around[HEADING_REACH].heading, Some("Latest news"));
        assert_eq!(around[HEADING_REACH + 1].heading, None);
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
    fn nothing_out_of_reach_matters() {
        let kinds = [
            "Latest news",
            "“One.",
            "Two.”",
            "It rained on the coast all day.",
            "Log in | Register",
        ];
        // Every fifth to seventh line is another kind, so that headings and quotations end at all distances.
        let texts: Vec<&str> = (0..200)
            .map(|i| kinds[if i % (5 + i / 70) == 0 { i % 5 } else { 3 }])
            .collect();
        let all = surroundings(&texts);
        for (at, expected) in all.iter().enumerate() {
            let reach = within_reach(at, texts.len());
            let found = surroundings(&texts[reach.clone()])[at - reach.start];
            assert_eq!(found, *expected, "for text {at}");
        }
    }

    #[test]
    fn a_text_alone_has_nothing_around_it() {
        assert_eq!(surroundings(&["One."]), [Surroundings::default()]);
        assert_eq!(marks(&Surroundings::default()), "");
    }

    #[test]
    fn names_of_marks_are_unique() {
        let mut names: Vec<String> = Mark::all().map(|m| m.to_string()).collect();
        assert_eq!(names.len(), Mark::COUNT);
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Mark::COUNT);
    }
}
