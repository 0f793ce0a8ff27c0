//! How many threads work.

use std::sync::mpsc;
use std::thread;

use super::terminal::Terminal;

/// More threads than this help nobody.
const MAX_THREADS: usize = 256;

/// Starts `wanted` threads, 0 for one a core; fewer where the system does not give them, and none at all
/// beside the one there is if need be.
pub(crate) fn start(wanted: usize, terminal: &Terminal) {
    let wanted = match wanted {
        0 => thread::available_parallelism().map_or(1, usize::from),
        n => n,
    }
    .min(MAX_THREADS);
    // One more, which reads; rayon cannot be asked again once it has failed to start.
    let threads = startable(wanted + 1) - 1;
    if threads < wanted {
        terminal.warn(&format!(
            "the system gives no {wanted} threads; working with {}",
            threads.max(1)
        ));
    }
    let pool = rayon::ThreadPoolBuilder::new();
    let pool = if threads < 2 {
        pool.num_threads(1).use_current_thread()
    } else {
        pool.num_threads(threads)
    };
    if let Err(error) = pool.build_global() {
        terminal.warn(&format!("cannot start threads: {error}"));
    }
}

/// How many of `wanted` threads can run at once; at least 1, the one that asks.
fn startable(wanted: usize) -> usize {
    let mut threads = Vec::with_capacity(wanted);
    for _ in 0..wanted {
        let (stay, wait) = mpsc::channel::<()>();
        let sleeper = thread::Builder::new().spawn(move || wait.recv().is_ok());
        match sleeper {
            Ok(thread) => threads.push((stay, thread)),
            Err(_) => break,
        }
    }
    let count = threads.len().max(1);
    for (stay, thread) in threads {
        drop(stay);
        let _ = thread.join();
    }
    count
}
