//! What surrounds a run: the snapshot it reads, the count of computations, the stack it stands on.

use std::collections::HashMap;

use flo_core::sync::Arc;

use super::{
    cell,
    frame::untracked,
    garbage::Garbage,
    group::{Group, Snapshot},
    thread,
    value::{Equality, Value},
};

/// A computation under way on this thread: until it is over, writes wait and nothing is flushed.
pub(crate) struct Computing(());

impl Computing {
    pub(crate) fn start() -> Self {
        thread::with(|thread| thread.computing.set(thread.computing.get() + 1));
        Self(())
    }
}

impl Drop for Computing {
    fn drop(&mut self) {
        thread::with(|thread| thread.computing.set(thread.computing.get() - 1));
    }
}

/// This thread's snapshot, where it was opened here; a thread has one at most, and who comes second
/// joins it.
pub(crate) struct Snapshotted {
    opened: bool,
}

impl Snapshotted {
    pub(crate) fn open() -> Self {
        let thread = thread::number();
        let mut access = cell::lock();
        let opened = access.snapshot(thread).is_none();
        if opened {
            let begin = access.commits;
            access.snapshots.push(Snapshot { thread, begin, overrides: HashMap::default() });
        }
        Self { opened }
    }
}

impl Drop for Snapshotted {
    fn drop(&mut self) {
        if !self.opened {
            return;
        }
        let thread = thread::number();
        let mut access = cell::lock();
        if let Some(at) = access.snapshots.iter().position(|snapshot| snapshot.thread == thread) {
            let closed = access.snapshots.swap_remove(at);
            access.garbage.push(Garbage::Overrides(closed.overrides));
        }
    }
}

/// The commit whose state this thread reads.
pub(crate) fn begin_of(group: &Group) -> u64 {
    group.snapshot(thread::number()).map_or(group.commits, |snapshot| snapshot.begin)
}

/// Compares by the node's equality: user code, which reads untracked and whose writes wait.
pub(crate) fn equal(equality: &Equality, old: &Value, new: &Value) -> bool {
    // Where every write is a change too: this is how an update says that it leaves things as they are.
    if Arc::ptr_eq(old, new) {
        return true;
    }
    let _computing = Computing::start();
    match equality {
        Equality::Never => false,
        Equality::Compared(same) => untracked(|| same(old, new)),
        Equality::Own(same) => untracked(|| same(old, new)),
    }
}

/// Runs `f` on a stack that is grown where little is left of it: a first evaluation recurses through
/// the user's closures, as deep as they are chained.
pub(crate) fn with_stack<R>(f: impl FnOnce() -> R) -> R {
    const LEFT: usize = 128 * 1024;
    const GROWN: usize = 2 * 1024 * 1024;
    stacker::maybe_grow(LEFT, GROWN, f)
}
