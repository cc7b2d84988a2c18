//! What user code owns and must be dropped without a lock.

use std::{
    any::Any,
    mem,
    panic::{self, AssertUnwindSafe},
};

use super::{
    frame::{self, untracked},
    node::{Id, NodeRef},
    now,
    retire::{self, Spoilt},
    running::Overrides,
    surface::{self, Spent},
    thread,
    value::{Outcome, Value},
};

/// Something on its way out of the graph.
#[expect(dead_code, reason = "most are held only to be dropped")]
pub(crate) enum Garbage {
    Outcome(Outcome),
    Value(Value),
    Node(NodeRef),
    Unheld(Unheld),
    Closure(Spoilt),
    Overrides(Overrides),
    Payload(Spent),
    Other(Box<dyn Any + Send>),
}

/// A node that nobody counts on, to be taken apart.
pub(crate) struct Unheld(pub(super) Id);

impl Drop for Unheld {
    fn drop(&mut self) {
        retire::retire(self.0);
    }
}

/// How much room a thread keeps for later garbage.
const KEPT: usize = 1024;

/// Keeps something until this thread has no lock.
pub(crate) fn add(garbage: Garbage) {
    let lost = thread::try_with(|thread| thread.garbage.borrow_mut().push(garbage));
    debug_assert!(
        lost.is_some(),
        "who is past the end of the thread's locals works on another thread"
    );
    now::want(now::DISPOSE);
}

/// Drops what was kept, each also when an earlier one panicked; the first panic is kept for
/// [`surface`](surface::surface). Without a lock.
#[inline]
pub(crate) fn dispose_if_any() {
    if now::wants(now::DISPOSE) {
        dispose();
    }
}

#[cold]
fn dispose() {
    // What is dropped may make more.
    while now::wants(now::DISPOSE) {
        now::done(now::DISPOSE);
        let mut list = thread::with(|thread| thread.garbage.take());
        list.drain(..).for_each(|garbage| match garbage {
            Garbage::Overrides(saved) => saved.into_outcomes().for_each(drop_caught),
            other => drop_caught(other),
        });
        // Its memory is used again, unless it was a lot.
        thread::with(|thread| {
            let mut garbage = thread.garbage.borrow_mut();
            if garbage.is_empty() && list.capacity() <= KEPT {
                *garbage = list;
            }
        });
    }
}

/// Drops something of a user's, which is nobody's reading: the run around this one may be between two steps. If it panics,
/// the panic is kept.
pub(crate) fn drop_caught<T>(item: T) {
    if !mem::needs_drop::<T>() {
        return;
    }
    let drop = || if frame::is_running() { untracked(|| drop(item)) } else { drop(item) };
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(drop)) {
        surface::keep(payload);
    }
}

/// Some things of a user's, each of which is dropped also where another one panics.
pub(crate) struct Apart<T>(pub(crate) Vec<T>);

impl<T> Drop for Apart<T> {
    fn drop(&mut self) {
        self.0.drain(..).for_each(drop_caught);
    }
}
