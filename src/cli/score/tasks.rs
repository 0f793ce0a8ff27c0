//! The inputs of `purport score` as parts that any thread can work on, in order.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use purport::article::{self, Batch, Batches, ReadOptions};
use purport::corpus::CorpusWarning;
use sha2::{Digest, Sha256};

use super::super::inputs::{Found, Inputs, open};
use super::super::terminal::Progress;
use super::resume::{Checkpoint, Place, short_hash};

/// The name of an input as it is shown, and as it is.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
}

/// A part of an input, or why there is none.
pub(super) struct Task {
    pub(super) source: Arc<Source>,
    pub(super) batch: anyhow::Result<Batch>,
    /// Nothing of the input came before.
    pub(super) first: bool,
    /// About the input as a whole.
    pub(super) warnings: Vec<CorpusWarning>,
    /// The articles up to this one were written by an earlier run.
    pub(super) skip: usize,
    /// Where the input stands among all.
    pub(super) place: Place,
}

/// The batches of all inputs, one input after the other.
pub(super) struct Tasks {
    inputs: Inputs,
    options: ReadOptions,
    open: Option<Open>,
    /// How many inputs were begun.
    begun: u64,
    /// All their names and sizes.
    names: Sha256,
    /// Articles of the next input that an earlier run has written.
    skip: usize,
    progress: Progress,
}

/// The input that is being read.
struct Open {
    source: Arc<Source>,
    batches: Batches,
    first: bool,
    skip: usize,
    place: Place,
    /// How much of it was read.
    read: Arc<AtomicU64>,
}

impl Tasks {
    pub(super) fn new(inputs: Inputs, options: &ReadOptions, progress: Progress) -> Self {
        Self {
            inputs,
            options: options.clone(),
            open: None,
            begun: 0,
            names: Sha256::new(),
            skip: 0,
            progress,
        }
    }

    /// Passes over what an earlier run has done; `false` if the inputs are not what they were.
    pub(super) fn resume(&mut self, from: &Checkpoint) -> bool {
        let Place { input, article, .. } = &from.place;
        for _ in 0..input.saturating_sub(1) {
            if self.next_input().is_none() {
                return false;
            }
        }
        // The last one is read again for its other articles, unless it had none.
        let before = (self.begun, self.names.clone());
        let Some((found, place)) = self.next_input() else {
            return *input == 0;
        };
        if place.names != from.place.names {
            return false;
        }
        if *article != Place::WHOLE {
            (self.begun, self.names) = before;
            self.skip = usize::try_from(*article).unwrap_or(usize::MAX);
            self.inputs.put_back(found);
        }
        true
    }

    fn next_input(&mut self) -> Option<(Found, Place)> {
        let found = self.inputs.next()?;
        let (Ok(path) | Err((path, _))) = &found;
        self.begun += 1;
        self.names.update(path.as_os_str().as_encoded_bytes());
        let size = path.metadata().map_or(0, |file| file.len());
        self.names.update([0]);
        self.names.update(size.to_le_bytes());
        let place = Place {
            input: self.begun,
            article: 0,
            names: short_hash(self.names.clone()),
        };
        Some((found, place))
    }

    /// Opens the next input, or says why it cannot be.
    fn open_next(&mut self) -> Option<Result<Open, Box<Task>>> {
        let (found, place) = self.next_input()?;
        let (path, error) = match found {
            Ok(path) => (path, None),
            Err((path, error)) => (path, Some(error)),
        };
        let source = Arc::new(Source {
            name: path.display().to_string(),
            path,
        });
        let opened = match error {
            Some(error) => Err(error),
            None => self.batches(&source),
        };
        let skip = std::mem::take(&mut self.skip);
        Some(match opened {
            Ok((batches, read)) => Ok(Open {
                source,
                batches,
                first: skip == 0,
                skip,
                place,
                read,
            }),
            Err(error) => Err(Box::new(Task {
                source,
                batch: Err(error),
                first: true,
                warnings: Vec::new(),
                skip: 0,
                place,
            })),
        })
    }

    fn batches(&self, source: &Source) -> anyhow::Result<(Batches, Arc<AtomicU64>)> {
        let opened = open(&source.path)?;
        let read = opened.reader.counter();
        let batches = article::batches_of(&source.name, opened, &self.options)?;
        Ok((batches, read))
    }
}

impl Open {
    fn next(&mut self) -> Option<Task> {
        let batch = self.batches.next()?;
        Some(Task {
            source: Arc::clone(&self.source),
            batch: batch.map_err(anyhow::Error::from),
            first: std::mem::replace(&mut self.first, false),
            warnings: self.batches.warnings(),
            skip: self.skip,
            place: self.place.clone(),
        })
    }
}

impl Iterator for Tasks {
    type Item = Task;

    fn next(&mut self) -> Option<Task> {
        loop {
            if let Some(open) = &mut self.open {
                let task = open.next();
                self.progress.read(open.read.load(Ordering::Relaxed));
                if task.is_some() {
                    return task;
                }
                self.progress.input_done();
                self.open = None;
            }
            match self.open_next()? {
                Ok(open) => self.open = Some(open),
                Err(task) => {
                    self.progress.input_done();
                    return Some(*task);
                }
            }
        }
    }
}

/// Whether `path` is standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}
