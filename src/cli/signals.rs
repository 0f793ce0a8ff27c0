//! What the system sends: a command that is told to stop leaves no half-written file and a documented exit
//! code, and so does one that meets a limit of memory or file size.

use std::sync::Mutex;

/// What the command has reached, said when it is stopped.
static REACHED: Mutex<String> = Mutex::new(String::new());

/// From now on a command that is stopped says that it was stopped `at` this.
pub(crate) fn reached(at: String) {
    if let Ok(mut reached) = REACHED.lock() {
        *reached = at;
    }
}

/// Prepares for signals. What fails here leaves the system's own ways, which end the program too.
pub(crate) fn prepare() {
    #[cfg(unix)]
    unix::prepare();
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io::{self, Write};
    use std::panic;
    use std::process;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    use purport::io::atomic;
    use signal_hook::consts::{SIGABRT, SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
    use signal_hook::flag;
    use signal_hook::iterator::Signals;

    use super::REACHED;
    use crate::cli::failure::LIMIT;

    pub(super) fn prepare() {
        // A write beyond the file size limit then fails, instead of ending the program.
        let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
        abort_means_limit();
        stop_on_request();
    }

    /// Memory that is not to be had is said by the standard library, which then aborts: a limit was reached.
    /// A panic, which would be a mistake of ours, must not pass for one.
    fn abort_means_limit() {
        let limit = Arc::new(AtomicBool::new(true));
        let _ = flag::register_conditional_shutdown(SIGABRT, i32::from(LIMIT), Arc::clone(&limit));
        let default = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            limit.store(false, Ordering::SeqCst);
            default(info);
        }));
    }

    /// Ctrl-C, `kill` and a closed terminal; but not those that `nohup` or a shell has turned off.
    fn stop_on_request() {
        let ignored = ignored();
        let wanted: Vec<i32> = [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .filter(|signal| ignored >> (signal - 1) & 1 == 0)
            .collect();
        let (ready, prepared) = mpsc::channel();
        let watch = move || {
            let second = Arc::new(AtomicBool::new(false));
            for &signal in &wanted {
                let at_once = Arc::clone(&second);
                let _ = flag::register_conditional_shutdown(signal, 128 + signal, at_once);
                let _ = flag::register(signal, Arc::clone(&second));
            }
            let Ok(mut signals) = Signals::new(&wanted) else {
                return;
            };
            let _ = ready.send(());
            if let Some(signal) = signals.forever().next() {
                stop(signal);
            }
        };
        if thread::Builder::new().spawn(watch).is_ok() {
            let _ = prepared.recv();
        }
    }

    fn stop(signal: i32) -> ! {
        let _stopped = atomic::stop();
        let name = match signal {
            SIGINT => "Ctrl-C",
            SIGHUP => "SIGHUP",
            _ => "SIGTERM",
        };
        let at = REACHED.lock().map(|at| at.clone()).unwrap_or_default();
        let comma = if at.is_empty() { "" } else { ", " };
        tell(format!("error: stopped {at}{comma}by {name}\n"));
        process::exit(128 + signal)
    }

    /// Says it, unless whoever should read it does not.
    fn tell(line: String) {
        let (said, heard) = mpsc::channel();
        let say = move || {
            // Held to the end, so that nothing is said after it.
            let mut stderr = io::stderr().lock();
            let _ = stderr.write_all(line.as_bytes());
            let _ = said.send(());
            loop {
                thread::park();
            }
        };
        if thread::Builder::new().spawn(say).is_ok() {
            let _ = heard.recv_timeout(Duration::from_millis(900));
        }
    }

    /// A bit for each signal that was ignored when the program started, where the system says so.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0)
    }
}
