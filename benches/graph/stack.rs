//! Threads with room for libraries that recurse.

use std::{panic::resume_unwind, thread};

/// Enough for a chain of a hundred thousand closures that call each other through a library.
pub(crate) const PLENTY: usize = 1 << 30;

/// Runs `f` on a thread with a stack of so many bytes.
pub(crate) fn on_stack<R: Send + 'static>(
    bytes: usize,
    f: impl FnOnce() -> R + Send + 'static,
) -> R {
    let thread = thread::Builder::new().stack_size(bytes).spawn(f).expect("a thread");
    thread.join().unwrap_or_else(|payload| resume_unwind(payload))
}
