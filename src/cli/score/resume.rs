//! `purport score --resume`: a journal beside the output says how far a run came.
//!
//! Results go to `OUT.partial`. Several times a second they are brought to disk, and then a line of the journal
//! `OUT.journal` says how long they are and which article was the last. A run that is begun again cuts the partial
//! file to that length and goes on with the next article. At the end the partial file gets the name `OUT` and
//! the journal is removed.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::super::failure::Failure;

const PARTIAL: &str = ".partial";
const JOURNAL: &str = ".journal";

/// Time between lines of the journal.
const INTERVAL: Duration = Duration::from_millis(200);

/// How far the inputs were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Inputs begun.
    pub(crate) input: u64,
    /// The last article of the last of them that was written.
    pub(crate) article: u64,
    /// Hash of the names and sizes of these inputs.
    pub(crate) names: u64,
}

/// The beginning of a SHA-256: enough to tell runs and lists of inputs apart.
pub(crate) fn short_hash(hash: Sha256) -> u64 {
    hash.finalize()
        .first_chunk::<8>()
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

impl Place {
    /// In place of an article: nothing of the input is left to be read.
    pub(crate) const WHOLE: u64 = u64::MAX;
}

/// What is needed to go on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checkpoint {
    /// Length of the partial file.
    pub(crate) length: u64,
    pub(crate) place: Place,
    /// Sentences written.
    pub(crate) sentences: usize,
    /// Inputs that could not be read, and whether any part of an input could not.
    pub(crate) failed_inputs: u64,
    pub(crate) failed: bool,
    /// The other columns of CSV, once its header is written.
    pub(crate) columns: Option<Vec<String>>,
}

/// The first line of a journal.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    /// Hash of program, model and options.
    run: u64,
}

/// Results that outlive the run that writes them.
pub(crate) struct Resumable {
    partial: BufWriter<File>,
    journal: File,
    target: PathBuf,
    length: u64,
    last: Instant,
}

impl Resumable {
    /// Begins to write `target`, or goes on where an earlier run of the same kind has stopped.
    pub(crate) fn open(target: &Path, run: u64) -> anyhow::Result<(Self, Option<Checkpoint>)> {
        let target = target.canonicalize().unwrap_or_else(|_| target.to_owned());
        if target.exists() && !target.is_file() {
            let message = format!("{}: --resume writes files alone", target.display());
            return Err(Failure::usage(&message, "name a file with -o").into());
        }
        let path = with_ending(&target, JOURNAL);
        let failed = |error: &io::Error| Failure::io(&path.display().to_string(), error);
        let mut journal = open(&path).map_err(|error| failed(&error))?;
        match journal.try_lock() {
            Err(TryLockError::WouldBlock) => {
                return Err(failed(&io::Error::other("another run writes it")).into());
            }
            // Some file systems have no locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let text = io::read_to_string(&mut journal).map_err(|error| failed(&error))?;
        let partial = with_ending(&target, PARTIAL);
        let length = partial.metadata().map_or(0, |file| file.len());
        let from = checkpoint(&text, run, length).map_err(|Other| other_run(&path))?;
        let partial = open(&partial).map_err(|error| failed(&error))?;
        let mut resumable = Self {
            partial: BufWriter::new(partial),
            journal,
            target,
            length: from.as_ref().map_or(0, |from| from.length),
            last: Instant::now(),
        };
        let begun = resumable.begin(run, from.as_ref());
        begun.map_err(|error| failed(&error))?;
        Ok((resumable, from))
    }

    /// Cuts off what the journal does not know of.
    fn begin(&mut self, run: u64, from: Option<&Checkpoint>) -> io::Result<()> {
        let partial = self.partial.get_mut();
        partial.set_len(self.length)?;
        partial.seek(SeekFrom::End(0))?;
        self.journal.set_len(0)?;
        self.journal.rewind()?;
        self.line(&Head { run })?;
        from.map_or(Ok(()), |from| self.line(from))
    }

    fn line(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.journal.write_all(&line)?;
        self.journal.sync_data()
    }

    /// Says in the journal how far the results go, unless that was said just now.
    pub(crate) fn checkpoint(&mut self, mut checkpoint: Checkpoint) -> io::Result<()> {
        if self.last.elapsed() < INTERVAL {
            return Ok(());
        }
        self.partial.flush()?;
        self.partial.get_ref().sync_data()?;
        checkpoint.length = self.length;
        self.line(&checkpoint)?;
        self.last = Instant::now();
        Ok(())
    }

    /// Gives the results their name.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.partial.flush()?;
        if let Ok(old) = self.target.metadata() {
            self.partial.get_ref().set_permissions(old.permissions())?;
        }
        self.partial.get_ref().sync_all()?;
        fs::rename(with_ending(&self.target, PARTIAL), &self.target)?;
        sync_directory(&self.target)?;
        fs::remove_file(with_ending(&self.target, JOURNAL))
    }
}

impl Resumable {
    /// Leaves nothing to go on with.
    pub(crate) fn discard(self) -> io::Result<()> {
        fs::remove_file(with_ending(&self.target, PARTIAL))?;
        fs::remove_file(with_ending(&self.target, JOURNAL))
    }
}

impl Write for Resumable {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.partial.write(bytes)?;
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.partial.flush()
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)
}

/// What is written until the run ends, beside the file that a link leads to.
pub(super) fn beside(target: &Path) -> [PathBuf; 2] {
    let target = target.canonicalize().unwrap_or_else(|_| target.to_owned());
    [PARTIAL, JOURNAL].map(|ending| with_ending(&target, ending))
}

/// `out.jsonl` → `out.jsonl.journal`
fn with_ending(target: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(target);
    name.push(ending);
    name.into()
}

#[cfg(unix)]
fn sync_directory(file: &Path) -> io::Result<()> {
    let directory = file
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    match File::open(directory.unwrap_or(Path::new(".")))?.sync_all() {
        Err(error) if error.kind() != ErrorKind::InvalidInput => Err(error),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// The journal is of another run.
struct Other;

/// The last checkpoint in a journal for which `length` bytes are there; a last line may be cut off.
fn checkpoint(journal: &str, run: u64, length: u64) -> Result<Option<Checkpoint>, Other> {
    let mut lines = journal
        .split_inclusive('\n')
        .filter(|line| line.ends_with('\n'));
    let Some(head) = lines.next() else {
        return Ok(None);
    };
    match serde_json::from_str::<Head>(head) {
        Ok(head) if head.run == run => {}
        _ => return Err(Other),
    }
    let mut checkpoints = lines.filter_map(|line| serde_json::from_str::<Checkpoint>(line).ok());
    Ok(checkpoints.rfind(|at| at.length <= length))
}

fn other_run(journal: &Path) -> Failure {
    Failure::usage(
        &format!(
            "{}: begun with another model, other options or another version",
            journal.display()
        ),
        "repeat the command as it was, or remove this file to begin anew",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_checkpoint_that_is_on_disk_counts() {
        let at = |length| {
            let checkpoint = Checkpoint {
                length,
                ..Checkpoint::default()
            };
            serde_json::to_string(&checkpoint).unwrap() + "\n"
        };
        let head = "{\"run\":7}\n";
        let journal = [head, &at(10), &at(20), &at(30), "{\"length\":4"].concat();
        for (length, expected) in [(100, Some(30)), (30, Some(30)), (25, Some(20)), (5, None)] {
            let found = checkpoint(&journal, 7, length).ok().flatten();
            assert_eq!(found.map(|at| at.length), expected);
        }
        assert!(checkpoint(&journal, 8, 100).is_err());
        assert!(matches!(checkpoint("", 7, 100), Ok(None)));
        assert!(matches!(checkpoint("{\"run\":7", 7, 100), Ok(None)));
        assert!(checkpoint("garbage\n", 7, 100).is_err());
    }
}
