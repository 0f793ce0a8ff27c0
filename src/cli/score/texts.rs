//! `--text-output`: the texts that the offsets of results count in.

use std::fs;
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use purport::io::atomic::{AtomicFile, Options};

use super::super::failure::Failure;

/// Where texts are written.
pub(super) enum Texts {
    /// The text of the one input.
    File(PathBuf),
    /// The text of each input, under its path.
    Directory(PathBuf),
}

impl Texts {
    /// A file for one input, a directory, which is created, for several.
    pub(super) fn new(path: &Path, only_input: bool) -> anyhow::Result<Self> {
        if only_input {
            return Ok(Self::File(path.to_owned()));
        }
        fs::create_dir_all(path).map_err(|error| failure(path, &error))?;
        Ok(Self::Directory(path.to_owned()))
    }

    pub(super) fn write(&self, source: &Path, text: &str) -> anyhow::Result<()> {
        let path = match self {
            Self::File(path) => path.clone(),
            Self::Directory(directory) => directory.join(below(source)),
        };
        if let (Self::Directory(_), Some(parent)) = (self, path.parent()) {
            fs::create_dir_all(parent).map_err(|error| failure(parent, &error))?;
        }
        let mut file = AtomicFile::create(&path, Options { overwrite: true })?;
        file.write_all(text.as_bytes())?;
        file.commit(|_| Ok(()))?;
        Ok(())
    }
}

fn failure(path: &Path, error: &io::Error) -> Failure {
    Failure::io(&path.display().to_string(), error)
}

/// A path of the same parts that leads nowhere but down, with `.txt` at its end.
fn below(source: &Path) -> PathBuf {
    let mut below: PathBuf = source
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => Some(Path::new(name)),
            Component::ParentDir => Some(Path::new("_")),
            Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
        })
        .collect();
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
