//! What is said to people: colours, notes, progress. Everything here goes to standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex};
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
    /// What is shown in the last line now, and must be gone while another line is written.
    bar: Arc<Mutex<Option<ProgressBar>>>,
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
            bar: Arc::default(),
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
        self.say(&format!("{} {message}", self.err.paint("1;31", "error:")));
    }

    pub(crate) fn hint(&self, message: &str) {
        self.say(&format!("{} {message}", self.err.paint("1;36", "hint:")));
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
            self.say(text);
        }
    }

    /// Shows that something is under way, once it has taken a second; gone when dropped.
    pub(crate) fn spinner(&self, message: &'static str) -> Spinner {
        if !self.progress {
            return Spinner(None);
        }
        let bar = ProgressBar::new_spinner().with_message(message);
        bar.set_style(style("{spinner} {msg} {elapsed}"));
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

/// How far a long run has come, in bytes of its inputs.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    /// Bytes of the inputs that are done, and of the one that is being read.
    done: u64,
    read: u64,
    inputs: u64,
}

impl Progress {
    /// So many bytes of the input that is being read were read.
    pub(crate) fn read(&mut self, bytes: u64) {
        self.read = bytes;
        if let Some(bar) = &self.bar {
            bar.set_position(self.done + bytes);
        }
    }

    pub(crate) fn input_done(&mut self) {
        self.done += std::mem::take(&mut self.read);
        self.inputs += 1;
        if let Some(bar) = &self.bar
            && self.inputs > 1
        {
            bar.set_message(format!("{} inputs, ", self.inputs));
        }
    }

    /// Has `count` say how many bytes there are in all, on a thread of its own, if anybody looks.
    pub(crate) fn expect(&self, count: impl FnOnce() -> Option<u64> + Send + 'static) {
        let Some(bar) = self.bar.clone() else { return };
        std::thread::spawn(move || {
            if let Some(total) = count() {
                bar.set_length(total);
                bar.set_style(style(
                    "{spinner} scored {msg}{bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
                ));
            }
        });
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// Takes the progress away when dropped.
pub(crate) struct ProgressGuard(Terminal);

impl Drop for ProgressGuard {
    fn drop(&mut self) {
        if let Ok(mut shown) = self.0.bar.lock()
            && let Some(bar) = shown.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Terminal {
    /// Shows how far a run has come, until the guard is dropped.
    pub(crate) fn progress(&self) -> (Progress, ProgressGuard) {
        let bar = self.progress.then(|| {
            let bar = ProgressBar::no_length();
            bar.set_style(style(
                "{spinner} scored {msg}{bytes}, {bytes_per_sec}, {elapsed}",
            ));
            bar.enable_steady_tick(Duration::from_millis(500));
            bar
        });
        if let Ok(mut shown) = self.bar.lock() {
            shown.clone_from(&bar);
        }
        let progress = Progress {
            bar,
            done: 0,
            read: 0,
            inputs: 0,
        };
        (progress, ProgressGuard(self.clone()))
    }

    /// Writes a line to standard error, as one call so that lines of several programs stay whole; `eprintln!`
    /// would panic where that is closed.
    fn say(&self, line: &str) {
        let write = || {
            let _ = io::stderr().write_all(format!("{line}\n").as_bytes());
        };
        match self.bar.lock().ok().and_then(|bar| bar.clone()) {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}
