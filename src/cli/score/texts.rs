//! `--text-output`: the texts that the offsets of results count in.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use purport::io::atomic::{AtomicFile, Options};

use super::super::args::ScoreArgs;
use super::super::failure::Failure;
use super::super::inputs::{Written, resolved};
use super::results;

/// Where texts are written.
pub(super) enum Texts {
    /// The text of the one input.
    File(PathBuf),
    /// The text of each input, under its path; and whose is in which file.
    Directory(PathBuf, HashMap<PathBuf, PathBuf>),
}

/// Refuses to replace an input by a text.
pub(super) fn refuse_inputs(directory: &Path, inputs: &[PathBuf]) -> anyhow::Result<()> {
    if is_one_file(inputs) {
        return Ok(());
    }
    let read: HashSet<PathBuf> = inputs.iter().map(|input| resolved(input)).collect();
    let is_among = |input: &PathBuf| {
        if input.is_dir() {
            return resolved(&directory.join(down(input))) == resolved(input);
        }
        read.contains(&resolved(&directory.join(below(input))))
    };
    if let Some(input) = inputs.iter().find(|input| is_among(input)) {
        return Err(Failure::usage(
            &format!(
                "{}: its text would be written among the inputs",
                input.display()
            ),
            "name a directory of its own with --text-output",
        )
        .into());
    }
    Ok(())
}

/// Says where the texts go, so that they are no inputs the next time.
pub(super) fn add_written(directory: &Path, inputs: &[PathBuf], written: &mut Written) {
    if is_one_file(inputs) {
        written.add_file(directory);
        return;
    }
    for input in inputs {
        if input.is_dir() {
            written.add_directory(&directory.join(down(input)));
        } else {
            written.add_file(&directory.join(below(input)));
        }
    }
}

/// Whether there is one input, and that no directory.
pub(super) fn is_one_file(inputs: &[PathBuf]) -> bool {
    match inputs {
        [] => true,
        [one] => !one.is_dir(),
        _ => false,
    }
}

impl Texts {
    /// A file for one input, a directory, which is created, for several.
    pub(super) fn new(path: &Path, args: &ScoreArgs) -> anyhow::Result<Self> {
        if is_one_file(&args.inputs) {
            return Ok(Self::File(path.to_owned()));
        }
        fs::create_dir_all(path).map_err(|error| failure(path, &error))?;
        // The results are nobody's text.
        let taken = results(args).into_iter();
        let taken = taken.map(|result| (resolved(&result), PathBuf::new()));
        Ok(Self::Directory(path.to_owned(), taken.collect()))
    }

    /// Where the text of this input goes; an error if that of another, or the results, go there.
    pub(super) fn path(&mut self, source: &Path) -> Result<PathBuf, Failure> {
        match self {
            Self::File(path) => Ok(path.clone()),
            Self::Directory(directory, written) => {
                let path = directory.join(below(source));
                let source_there = resolved(source);
                let known = written.entry(resolved(&path));
                if *known.or_insert_with(|| source_there.clone()) == source_there {
                    Ok(path)
                } else {
                    Err(collision(source, &path))
                }
            }
        }
    }

    /// Writes a text to that path.
    pub(super) fn write(&self, path: &Path, text: &str) -> anyhow::Result<()> {
        if let (Self::Directory(..), Some(parent)) = (self, path.parent()) {
            fs::create_dir_all(parent).map_err(|error| failure(parent, &error))?;
        }
        let mut file = AtomicFile::create(path, Options { overwrite: true })?;
        file.write_all(text.as_bytes())?;
        file.commit(|_| Ok(()))?;
        Ok(())
    }
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::io(&path.display().to_string(), error)
}

fn collision(source: &Path, path: &Path) -> Failure {
    let (source, path) = (source.display(), path.display());
    Failure::usage(
        &format!("{source}: its text would replace that of another input or the results, {path}"),
        "name the inputs by paths that differ without `..` and a leading `/`",
    )
}

/// A path of the same parts that leads nowhere but down.
fn down(source: &Path) -> PathBuf {
    source
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(Path::new(name)),
            Component::ParentDir => Some(Path::new("_")),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
        })
        .collect()
}

/// That path, with `.txt` at its end.
fn below(source: &Path) -> PathBuf {
    let mut below = down(source);
    let mut name = below.file_name().unwrap_or_default().to_owned();
    name.push(".txt");
    below.set_file_name(name);
    below
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn d20_no_name_leads_out_of_the_directory() {
        for (source, expected) in [
            ("a/b.html", "a/b.html.txt"),
            ("/etc/passwd", "etc/passwd.txt"),
            ("../../x", "_/_/x.txt"),
            ("./a/../b", "a/_/b.txt"),
            ("C:\\x", "C:\\x.txt"),
            ("-", "-.txt"),
        ] {
            assert_eq!(below(Path::new(source)), Path::new(expected));
        }
    }
}
