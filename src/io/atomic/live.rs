//! The temporary files of this process, so that one that is told to stop can remove them first.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

static LIVE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn live() -> MutexGuard<'static, Vec<PathBuf>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writers cannot begin or commit while this lives.
#[derive(Debug)]
#[must_use = "writers go on when it is dropped"]
pub struct Stopped {
    _lock: MutexGuard<'static, Vec<PathBuf>>,
}

/// Removes the temporary files of all writers under way, for a process that is about to exit.
///
/// Each target is left as it was, or new and complete if its commit came first.
pub fn stop() -> Stopped {
    let lock = live();
    for path in lock.iter() {
        let _ = fs::remove_file(path);
    }
    Stopped { _lock: lock }
}

/// A temporary file is known while this lives.
#[derive(Debug)]
pub(super) struct Registration(PathBuf);

/// Creates a temporary file that [`stop`] knows from its beginning.
pub(super) fn register(
    create: impl FnOnce() -> io::Result<NamedTempFile>,
) -> io::Result<(NamedTempFile, Registration)> {
    let mut live = live();
    let temp = create()?;
    let registration = Registration(temp.path().to_owned());
    live.push(registration.0.clone());
    Ok((temp, registration))
}

/// Runs `rename`, which moves the temporary file away, as one step that [`stop`] comes before or after.
pub(super) fn moving<T>(rename: impl FnOnce() -> T) -> T {
    let _lock = live();
    rename()
}

impl Drop for Registration {
    fn drop(&mut self) {
        let path: &Path = &self.0;
        live().retain(|known| known != path);
    }
}
