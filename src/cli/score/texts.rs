//! `--text-output`: the texts that the offsets of results count in.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use purport::io::atomic::{AtomicFile, Options};

use super::super::failure::Failure;
use super::super::inputs::same;

/// Where texts are written.
pub(super) enum Texts {
    /// The text of the one input.
    File(PathBuf),
    /// The text of each input, under its path; and the paths that were written.
    Directory(PathBuf, HashSet<PathBuf>),
}

/// Refuses to write texts among the inputs, which they would replace, or be read with the next time.
pub(super) fn refuse_inputs(directory: &Path, inputs: &[PathBuf]) -> anyhow::Result<()> {
    if is_one_file(inputs) {
        return Ok(());
    }
    let is_among = |input: &PathBuf| {
        if input.is_dir() {
            return same(directory, input) || same(&directory.join(down(input)), input);
        }
        let text = directory.join(below(input));
        text.exists() && inputs.iter().any(|other| same(&text, other))
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
    pub(super) fn new(path: &Path, only_input: bool) -> anyhow::Result<Self> {
        if only_input {
            return Ok(Self::File(path.to_owned()));
        }
        fs::create_dir_all(path).map_err(|error| failure(path, &error))?;
        Ok(Self::Directory(path.to_owned(), HashSet::new()))
    }

    /// Where the text of this input goes; an error if that of another is there.
    pub(super) fn path(&mut self, source: &Path) -> Result<PathBuf, Failure> {
        match self {
            Self::File(path) => Ok(path.clone()),
            Self::Directory(directory, written) => {
                let path = directory.join(below(source));
                if written.insert(path.clone()) {
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
        &format!("{source}: its text would replace that of another input, {path}"),
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
