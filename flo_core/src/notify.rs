//! What gets told that something may have changed.

use std::task::Waker;

/// What gets told "something you read may have changed": a closure, a waker, the sink of a channel.
///
/// It says *that*, never *what*: who is told reads again and finds out. It is told at the first
/// change after a read, and once until the next read.
///
/// # Concurrency
/// It is told on the thread that made the change, after the change, when no lock of ours is held;
/// never on two threads at once. It may read, write, subscribe and drop whatever it likes.
///
/// ```
/// use flo_core::Notify;
/// let mut told = 0;
/// let mut notify = || told += 1;
/// Notify::notify(&mut notify);
/// assert_eq!(told, 1);
/// ```
pub trait Notify {
    /// Something you read may have changed.
    fn notify(&mut self);
}

impl<F: FnMut()> Notify for F {
    fn notify(&mut self) {
        self();
    }
}

impl Notify for Waker {
    fn notify(&mut self) {
        self.wake_by_ref();
    }
}
