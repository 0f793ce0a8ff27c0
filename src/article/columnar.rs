//! What files that store their rows by columns have in common: limits, problems, and a guard against the crates that
//! decode them.

use std::cell::Cell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use super::{ArticleError, Input};
use crate::io::unpack::{FREE, MAX_RATIO};

/// Bytes that what is unpacked at the same time may take.
pub(super) const MAX_MEMORY: u64 = 512 << 20;

/// Bytes of the part that says where everything is.
pub(super) const MAX_METADATA: u64 = 16 << 20;

/// Rows of a batch at most, and bytes after which it ends.
pub(super) const ROWS: usize = 1_000;
pub(super) const PART: u64 = 1 << 20;

/// Rows one after the other.
#[derive(Debug)]
pub(super) struct Rows<R> {
    /// The number of the first, from 1.
    pub(super) first: u64,
    pub(super) rows: Vec<R>,
}

impl<R> Rows<R> {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }
}

/// Names that a message tells.
const SHOWN: usize = 20;

/// Why a file, or what is left of it, is not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    text: String,
    /// It may be good, but takes too much.
    is_limit: bool,
}

impl Problem {
    /// A limit that was reached.
    pub(super) fn limit(text: String) -> Self {
        Self {
            text,
            is_limit: true,
        }
    }

    /// The problem with its place.
    pub(super) fn at(mut self, place: &str) -> Self {
        self.text = format!("{place}: {}", self.text);
        self
    }

    /// The error of an input.
    pub(super) fn of(self, name: &str) -> ArticleError {
        ArticleError::Columnar {
            name: name.to_owned(),
            problem: self.text,
            is_limit: self.is_limit,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self {
            text,
            is_limit: false,
        }
    }
}

impl From<&str> for Problem {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// Refuses what takes more bytes than it may.
pub(super) fn check_size(what: &str, size: u64, most: u64) -> Result<(), Problem> {
    if size > most {
        let text = format!("{what} of {size} bytes, more than {most}");
        return Err(Problem::limit(text));
    }
    Ok(())
}

/// Refuses so many bytes of something that they cannot come from a file of this size: else a small one would be read for
/// ever.
pub(super) fn check_growth(what: &str, bytes: u64, size: u64) -> Result<(), Problem> {
    if bytes > FREE && bytes / MAX_RATIO > size {
        let text = format!("{what} are more than {MAX_RATIO} times as long as the file");
        return Err(Problem::limit(text));
    }
    Ok(())
}

thread_local! {
    /// A panic of this thread becomes a problem, so nothing is said of it.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs code of the crates, which panic on some damage.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !GUARDED.get() {
                before(info);
            }
        }));
    });
    GUARDED.set(true);
    // After a panic nothing is read on.
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(false);
    result.unwrap_or_else(|_| Err("the data are damaged".into()))
}

/// What batches of one input hold, one after the other; `note` says what is not read of it.
pub(super) fn merged(
    note: Option<String>,
    mut next: impl FnMut() -> Result<Option<Input>, ArticleError>,
) -> Result<Input, ArticleError> {
    let mut input = Input::default();
    input.notes.extend(note);
    while let Some(mut more) = next()? {
        let before = input.articles.len() + input.failed.len();
        for article in &mut more.articles {
            article.number += before;
        }
        input.articles.append(&mut more.articles);
        input.failed.append(&mut more.failed);
    }
    Ok(input)
}

/// Names as they stand in messages, or as many as can be read.
pub(super) fn quoted<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> String {
    let more = names.len().saturating_sub(SHOWN);
    let mut shown: Vec<String> = names.take(SHOWN).map(|name| format!("`{name}`")).collect();
    if more > 0 {
        shown.push(format!("… and {more} more"));
    }
    shown.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_problem_and_is_not_told_as_one() {
        let result: Result<(), Problem> = guarded(|| panic!("deep in a crate"));
        assert_eq!(result, Err("the data are damaged".into()));
        assert_eq!(guarded(|| Ok(1)), Ok(1));
    }

    #[test]
    fn growth_is_looked_at_beyond_what_is_free() {
        assert_eq!(check_growth("the rows", FREE, 1), Ok(()));
        assert_eq!(check_growth("the rows", FREE + 1, FREE / MAX_RATIO), Ok(()));
        let error = check_growth("the rows", FREE + MAX_RATIO, FREE / MAX_RATIO);
        let problem = error.unwrap_err();
        assert!(problem.is_limit);
        assert_eq!(
            problem.to_string(),
            "the rows are more than 1000 times as long as the file"
        );
    }

    #[test]
    fn few_names_are_told() {
        assert_eq!(quoted(["a", "b"].into_iter()), "`a`, `b`");
        let many = quoted(["a"; 25].into_iter());
        assert!(many.ends_with("`a`, … and 5 more"), "{many}");
    }
}
