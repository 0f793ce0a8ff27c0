//! Work in parallel whose results come in order.

use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;

/// Runs `work` on the items of `source` and hands the results to `sink` in their order.
///
/// With several threads a thread of its own reads `source`, so that a slow source holds nothing
/// back, and at most two items a thread are under way or waiting, which bounds the memory.
pub(crate) fn in_order<T, R, E>(
    source: impl Iterator<Item = T> + Send + 'static,
    work: impl Fn(T) -> R + Sync,
    mut sink: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send + 'static,
    R: Send + 'static,
{
    let threads = rayon::current_num_threads();
    if threads < 2 {
        return source.map(work).try_for_each(sink);
    }
    let source = Arc::new(Mutex::new(Some(source)));
    let take = |source: &Mutex<Option<_>>| source.lock().ok().and_then(|mut held| held.take());
    let shared = Arc::clone(&source);
    let (events, inbox) = mpsc::channel();
    let (permits, taken) = mpsc::channel();
    for _ in 0..2 * threads {
        let _ = permits.send(());
    }
    let read = events.clone();
    // Not joined: it may wait for input for ever after the sink has failed.
    let reader = thread::Builder::new().spawn(move || {
        for item in take(&shared).into_iter().flatten() {
            if taken.recv().is_err() || read.send(Event::Item(item)).is_err() {
                return;
            }
        }
        let _ = read.send(Event::End);
    });
    if reader.is_err() {
        // No more threads are to be had: this one does it all.
        let source = take(&source).into_iter().flatten();
        return source.map(work).try_for_each(sink);
    }
    let work = &work;
    rayon::in_place_scope_fifo(|scope| {
        let mut waiting = Waiting::default();
        let mut ended = false;
        while !(ended && waiting.slots.is_empty()) {
            match inbox.recv() {
                Ok(Event::Item(item)) => {
                    let number = waiting.add();
                    let done = events.clone();
                    scope.spawn_fifo(move |_| {
                        // A panic must come out of `in_order`, or it would wait for this result for ever.
                        let result = panic::catch_unwind(AssertUnwindSafe(|| work(item)));
                        let _ = done.send(Event::Done(number, result));
                    });
                }
                Ok(Event::Done(number, Ok(result))) => waiting.fill(number, result),
                Ok(Event::Done(_, Err(payload))) => panic::resume_unwind(payload),
                Ok(Event::End) | Err(_) => ended = true,
            }
            while let Some(result) = waiting.next() {
                let _ = permits.send(());
                sink(result)?;
            }
        }
        Ok(())
    })
}

enum Event<T, R> {
    Item(T),
    Done(usize, thread::Result<R>),
    End,
}

/// Results that wait for those before them.
struct Waiting<R> {
    first: usize,
    slots: VecDeque<Option<R>>,
}

impl<R> Default for Waiting<R> {
    fn default() -> Self {
        Self {
            first: 0,
            slots: VecDeque::new(),
        }
    }
}

impl<R> Waiting<R> {
    /// The number of a result to come.
    fn add(&mut self) -> usize {
        self.slots.push_back(None);
        self.first + self.slots.len() - 1
    }

    fn fill(&mut self, number: usize, result: R) {
        self.slots[number - self.first] = Some(result);
    }

    /// The result that is next, if it is there.
    fn next(&mut self) -> Option<R> {
        let result = self.slots.front_mut()?.take()?;
        self.slots.pop_front();
        self.first += 1;
        Some(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(threads: usize) -> rayon::ThreadPool {
        let builder = rayon::ThreadPoolBuilder::new().num_threads(threads);
        builder.build().unwrap()
    }

    #[test]
    fn results_come_in_order_for_any_number_of_threads() {
        for threads in [1, 2, 5] {
            let mut got = Vec::new();
            let slow_first = |i: u64| {
                if i.is_multiple_of(7) {
                    thread::sleep(std::time::Duration::from_millis(3));
                }
                i * i
            };
            let result: Result<(), ()> = pool(threads).install(|| {
                in_order(0..100, slow_first, |square| {
                    got.push(square);
                    Ok(())
                })
            });
            assert_eq!(result, Ok(()));
            assert!(got.iter().copied().eq((0..100).map(|i| i * i)));
        }
    }

    #[test]
    fn it_stops_where_the_sink_fails() {
        for threads in [1, 3] {
            let endless = 0..u64::MAX;
            let stop = |i: u64| if i == 20 { Err("full") } else { Ok(()) };
            let result = pool(threads).install(|| in_order(endless, |i| i, stop));
            assert_eq!(result, Err("full"));
        }
    }
}
