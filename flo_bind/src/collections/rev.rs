//! Which state of a collection it is.

use flo_core::sync::{
    atomic::{AtomicU64, Ordering::Relaxed},
    global,
};

/// Which state of a collection it is: another one for each edit, in the whole process, also for one that is
/// rolled back. Of two states of which one was made from the other, the later one has the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rev(u64);

impl Rev {
    /// Another one than any before.
    pub(crate) fn next() -> Self {
        global! {
            static NEXT: AtomicU64 = AtomicU64::new(0);
        }
        // Relaxed: who makes a state from another one has seen that one's number, and so gets a greater one.
        Self(NEXT.fetch_add(1, Relaxed))
    }
}
