//! What is said to people: colours, notes, progress. Everything here goes to standard error.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use purport::report::Style;
pub(crate) use purport::report::printable;

use super::args::{Color, Global};

/// How to speak to the person at the terminal.
#[derive(Debug, Clone)]
pub(crate) struct Terminal {
    quiet: bool,
    verbose: bool,
    out: Style,
    err: Style,
    progress: bool,
}

impl Terminal {
    pub(crate) fn new(global: &Global) -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
            || std::env::var_os("TERM").is_some_and(|v| v == "dumb");
        let style = |is_terminal: bool| Style {
            color: match global.color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => is_terminal && !plain,
            },
        };
        let stderr_terminal = io::stderr().is_terminal();
        Self {
            quiet: global.quiet,
            verbose: global.verbose > 0,
            out: style(io::stdout().is_terminal()),
            err: style(stderr_terminal),
            progress: stderr_terminal && !global.quiet,
        }
    }

    /// Style of standard output.
    pub(crate) fn out(&self) -> Style {
        self.out
    }

    /// Whether more detail was asked for.
    pub(crate) fn verbose(&self) -> bool {
        self.verbose
    }

    pub(crate) fn error(&self, message: &str) {
        say(&format!("{} {message}", self.err.paint("1;31", "error:")));
    }

    pub(crate) fn hint(&self, message: &str) {
        say(&format!("{} {message}", self.err.paint("1;36", "hint:")));
    }

    pub(crate) fn warn(&self, message: &str) {
        self.line(&format!(
            "{} {}",
            self.err.paint("1;33", "warning:"),
            printable(message)
        ));
    }

    pub(crate) fn note(&self, message: &str) {
        self.line(&format!(
            "{} {}",
            self.err.paint("1", "note:"),
            printable(message)
        ));
    }

    /// A line of a report, already fit to be shown.
    pub(crate) fn line(&self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }

    /// Shows that something is under way, once it has taken a second; gone when dropped.
    pub(crate) fn spinner(&self, message: &'static str) -> Spinner {
        if !self.progress {
            return Spinner(None);
        }
        let bar = ProgressBar::new_spinner().with_message(message);
        let template = ProgressStyle::with_template("{spinner} {msg} {elapsed}");
        bar.set_style(template.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        bar.enable_steady_tick(Duration::from_secs(1));
        Spinner(Some(bar))
    }
}

/// A running [`Terminal::spinner`].
pub(crate) struct Spinner(Option<ProgressBar>);

impl Spinner {
    pub(crate) fn message(&self, text: String) {
        if let Some(bar) = &self.0 {
            bar.set_message(text);
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// Writes a line to standard error; `eprintln!` would panic where that is closed.
fn say(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
