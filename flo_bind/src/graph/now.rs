//! What one thread is doing at this moment, as far as fast paths must know.
//!
//! These are plain cells in a thread-local without a destructor, so that looking at them is one load. What
//! needs a destructor is in [`thread`](super::thread).
#![allow(unsafe_code, reason = "what is a thread's own is reached through its address")]

use std::{cell::Cell, ptr};

use flo_core::sync::thread_local;

use super::{cell::Group, frame::Frame, node::Id, thread::Record};

thread_local! {
    static NOW: Now = const { Now::new() };
}

pub(crate) struct Now {
    /// `SNAPSHOT`, `STAGED` and `TRANSACTION`; 0 while this thread reads the present.
    pub(crate) mode: Cell<u8>,
    /// What is to be done when the lock is released, or the outermost computation is over.
    pub(crate) wanted: Cell<u8>,
    /// The open snapshot has moved on with a commit of its own.
    pub(crate) has_moved: Cell<bool>,
    /// Something was read in it that has no version.
    pub(crate) has_alone: Cell<bool>,
    /// Reactions are being run.
    pub(crate) flushing: Cell<bool>,
    /// How many private evaluations are under way.
    pub(crate) private: Cell<u32>,
    /// How many evaluations, comparisons and `snapshot` bodies are under way: writes wait for their end.
    pub(crate) computing: Cell<u32>,
    /// This thread's number; 0 before it was asked for.
    pub(super) number: Cell<u32>,
    /// The node that the open snapshot was opened for, which lives until it is closed.
    pub(crate) lent: Cell<Option<Id>>,
    /// The snapshot is registered in that node's group.
    pub(crate) is_lent: Cell<bool>,
    /// It is registered elsewhere, too (`Thread::anchors`).
    pub(crate) is_anchored: Cell<bool>,
    /// What other threads know of this one, once a snapshot was open.
    pub(crate) record: Cell<Option<&'static Record>>,
    /// The innermost run under way.
    pub(crate) frame: Cell<*const Frame>,
    /// A group in which the open snapshot is registered, and the commit that it reads there.
    pub(crate) group: Cell<*const Group>,
    pub(crate) begin: Cell<u64>,
}

/// Reads are of one version.
pub(crate) const SNAPSHOT: u8 = 1;
/// A transaction has written something.
pub(crate) const STAGED: u8 = 2;
/// A transaction is open.
pub(crate) const TRANSACTION: u8 = 4;

/// There is garbage.
pub(crate) const DISPOSE: u8 = 1;
/// Writes wait for the outermost computation.
pub(crate) const APPLY: u8 = 2;
/// Reactions are in the queue.
pub(crate) const FLUSH: u8 = 4;
/// A panic was kept.
pub(crate) const SURFACE: u8 = 8;
/// Something is to be done once no computation and no transaction is under way.
pub(crate) const AFTERWARDS: u8 = 16;

impl Now {
    const fn new() -> Self {
        Self {
            mode: Cell::new(0),
            wanted: Cell::new(0),
            has_moved: Cell::new(false),
            has_alone: Cell::new(false),
            flushing: Cell::new(false),
            private: Cell::new(0),
            computing: Cell::new(0),
            number: Cell::new(0),
            lent: Cell::new(None),
            is_lent: Cell::new(false),
            is_anchored: Cell::new(false),
            record: Cell::new(None),
            frame: Cell::new(ptr::null()),
            group: Cell::new(ptr::null()),
            begin: Cell::new(0),
        }
    }
}

#[inline]
pub(crate) fn with<R>(f: impl FnOnce(&Now) -> R) -> R {
    // Outside of `with`, so that the compiler sees two small functions instead of a large one that it would call.
    let now: *const Now = NOW.with(ptr::from_ref);
    // SAFETY: it has no destructor, so it is there for as long as the thread, which does not end inside `f`.
    f(unsafe { &*now })
}

#[inline]
pub(crate) fn is(mode: u8) -> bool {
    with(|now| now.mode.get() & mode != 0)
}

pub(crate) fn set_mode(mode: u8, on: bool) {
    with(|now| now.mode.set(if on { now.mode.get() | mode } else { now.mode.get() & !mode }));
}

#[inline]
pub(crate) fn wants(what: u8) -> bool {
    with(|now| now.wanted.get() & what != 0)
}

#[inline]
pub(crate) fn want(what: u8) {
    with(|now| now.wanted.set(now.wanted.get() | what));
}

#[inline]
pub(crate) fn done(what: u8) {
    with(|now| now.wanted.set(now.wanted.get() & !what));
}

/// Whether nothing is under way in whose middle a panic would leave something half done.
pub(crate) fn is_at_rest() -> bool {
    with(|now| now.computing.get() == 0 && now.mode.get() & SNAPSHOT == 0 && !now.flushing.get())
}

#[inline]
pub(crate) fn is_computing() -> bool {
    with(|now| now.computing.get() > 0)
}
