//! The files of a directory and those below it, in the order of their names.
//!
//! Links are not followed unless that is asked for; pipes, sockets and devices, which may never end, are passed
//! over, and so are hidden files. What is passed over is counted, so that it can be said.

use std::ffi::OsStr;
use std::fs::FileType;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ignore::overrides::OverrideBuilder;
use ignore::{DirEntry, Walk, WalkBuilder};
use thiserror::Error;

/// Which files of a directory are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileOptions {
    /// Patterns of names as in `.gitignore`; `!` before one leaves out. No pattern: all files.
    pub globs: Vec<String>,
    /// Follow symbolic links.
    pub follow: bool,
    /// Read hidden files too, whose names begin with a dot.
    pub hidden: bool,
}

/// A pattern that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{glob}` is no pattern: {problem}")]
pub struct GlobError {
    /// The pattern.
    pub glob: String,
    /// What is wrong with it.
    pub problem: String,
}

/// What could not be looked into.
#[derive(Debug, Error)]
#[error("{}", path.display())]
pub struct WalkError {
    /// The directory, or a link that leads back to it.
    pub path: PathBuf,
    /// What the system says.
    pub source: io::Error,
}

/// How much was passed over; shared, as it is counted while files are read.
#[derive(Debug, Clone, Default)]
pub struct PassedOver(Arc<[AtomicU64; 3]>);

impl PassedOver {
    /// Hidden files and directories.
    #[must_use]
    pub fn hidden(&self) -> u64 {
        self.0[0].load(Ordering::Relaxed)
    }

    /// Symbolic links.
    #[must_use]
    pub fn links(&self) -> u64 {
        self.0[1].load(Ordering::Relaxed)
    }

    /// Pipes, sockets and devices.
    #[must_use]
    pub fn special(&self) -> u64 {
        self.0[2].load(Ordering::Relaxed)
    }

    fn add(&self, what: usize) {
        self.0[what].fetch_add(1, Ordering::Relaxed);
    }
}

/// The files below a directory; see [`files`].
pub struct Files {
    walk: Walk,
    passed_over: PassedOver,
}

/// The files below `directory`, depth first, the names of each directory in the order of their bytes.
///
/// # Errors
///
/// [`GlobError`] if a pattern cannot be read.
pub fn files(
    directory: &Path,
    options: &FileOptions,
    passed_over: &PassedOver,
) -> Result<Files, GlobError> {
    let mut builder = WalkBuilder::new(directory);
    builder
        .standard_filters(false)
        .follow_links(options.follow)
        .sort_by_file_name(OsStr::cmp);
    let mut overrides = OverrideBuilder::new(directory);
    let problem = |glob: &str, error: &ignore::Error| GlobError {
        glob: glob.to_owned(),
        problem: error.to_string(),
    };
    for glob in &options.globs {
        overrides.add(glob).map_err(|error| problem(glob, &error))?;
    }
    let overrides = overrides.build().map_err(|error| problem("", &error))?;
    builder.overrides(overrides);
    if !options.hidden {
        let counted = passed_over.clone();
        builder.filter_entry(move |entry| {
            let hidden = entry.depth() > 0 && is_hidden(entry.file_name());
            if hidden {
                counted.add(0);
            }
            !hidden
        });
    }
    Ok(Files {
        walk: builder.build(),
        passed_over: passed_over.clone(),
    })
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

impl Iterator for Files {
    type Item = Result<PathBuf, WalkError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = match self.walk.next()? {
                Ok(entry) => entry,
                Err(error) => return Some(Err(walk_error(error))),
            };
            match entry.file_type() {
                Some(kind) if kind.is_file() => return Some(Ok(entry.into_path())),
                Some(kind) => self.pass_over(&entry, kind),
                None => {}
            }
        }
    }
}

impl Files {
    fn pass_over(&self, entry: &DirEntry, kind: FileType) {
        if kind.is_symlink() {
            self.passed_over.add(1);
        } else if !kind.is_dir() && entry.depth() > 0 {
            self.passed_over.add(2);
        }
    }
}

fn walk_error(error: ignore::Error) -> WalkError {
    let mut path = PathBuf::new();
    let mut error = error;
    loop {
        error = match error {
            ignore::Error::WithPath { path: at, err } => {
                path = at;
                *err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                *err
            }
            ignore::Error::Loop { ancestor, child } => {
                let message = format!("a link that leads back to {}", ancestor.display());
                return WalkError {
                    path: child,
                    source: io::Error::other(message),
                };
            }
            ignore::Error::Io(source) => return WalkError { path, source },
            other => {
                return WalkError {
                    path,
                    source: io::Error::other(other.to_string()),
                };
            }
        };
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn tree() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("b/deep")).unwrap();
        fs::create_dir(at(".git")).unwrap();
        for name in [
            "z.html",
            "a.txt",
            "b/2.html",
            "b/10.html",
            "b/deep/x.HTML",
            ".git/config",
            ".hidden.html",
        ] {
            fs::write(at(name), "x").unwrap();
        }
        symlink("../a.txt", at("b/link.html")).unwrap();
        symlink("..", at("b/loop")).unwrap();
        UnixListener::bind(at("socket")).unwrap();
        root
    }

    fn found(root: &Path, options: &FileOptions) -> (Vec<String>, Vec<String>, PassedOver) {
        let passed_over = PassedOver::default();
        let (mut names, mut errors) = (Vec::new(), Vec::new());
        for file in files(root, options, &passed_over).unwrap() {
            match file {
                Ok(path) => {
                    let path = path.strip_prefix(root).unwrap();
                    names.push(path.display().to_string());
                }
                Err(error) => errors.push(error.source.to_string()),
            }
        }
        (names, errors, passed_over)
    }

    #[test]
    fn d11_files_come_in_order_and_nothing_else_is_opened() {
        let root = tree();
        let (names, errors, passed_over) = found(root.path(), &FileOptions::default());
        assert_eq!(
            names,
            ["a.txt", "b/10.html", "b/2.html", "b/deep/x.HTML", "z.html"]
        );
        assert!(errors.is_empty());
        assert_eq!(
            (
                passed_over.hidden(),
                passed_over.links(),
                passed_over.special()
            ),
            (2, 2, 1)
        );
    }

    #[test]
    fn d11_followed_links_end_where_they_lead_back() {
        let root = tree();
        let options = FileOptions {
            follow: true,
            ..FileOptions::default()
        };
        let (names, errors, _) = found(root.path(), &options);
        assert!(names.contains(&"b/link.html".to_owned()));
        assert_eq!(errors.len(), 1);
        assert!(
            errors[0].starts_with("a link that leads back to "),
            "{errors:?}"
        );
    }

    #[test]
    fn patterns_choose_and_leave_out() {
        let root = tree();
        for (globs, expected) in [
            (&["*.html"][..], &["b/10.html", "b/2.html", "z.html"][..]),
            (&["!*.html"], &["a.txt", "b/deep/x.HTML"]),
            (&["b/**"], &["b/10.html", "b/2.html", "b/deep/x.HTML"]),
            (&["*.html", "!1*"], &["b/2.html", "z.html"]),
        ] {
            let options = FileOptions {
                globs: globs.iter().map(|&g| g.to_owned()).collect(),
                ..FileOptions::default()
            };
            assert_eq!(found(root.path(), &options).0, expected, "for {globs:?}");
        }
        let bad = FileOptions {
            globs: vec!["[a".to_owned()],
            ..FileOptions::default()
        };
        assert!(files(root.path(), &bad, &PassedOver::default()).is_err());
    }
}
