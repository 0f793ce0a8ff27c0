//! What files that store their rows by columns have in common: the limits, and guards against the crates that decode them.

use std::cell::Cell;
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

thread_local! {
    /// A panic of this thread becomes an error, so nothing is said of it.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Runs code of the crate, which panics on some damage.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
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
    result.unwrap_or_else(|_| Err("the data are damaged".to_owned()))
}

/// Refuses rows of so many bytes that they cannot come from a file of this size: else a small one would be read for ever.
pub(super) fn check_growth(written: u64, size: u64) -> Result<(), String> {
    if written > FREE && written / MAX_RATIO > size {
        return Err(format!(
            "the rows are more than {MAX_RATIO} times as long as the file"
        ));
    }
    Ok(())
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

/// Names as they stand in messages.
pub(super) fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
