//! The stack of runs, and what the innermost one has read.
//!
//! ```text
//!   deps of the last run   a b c d           the run reads a, b, x, d:
//!                              ▲ cursor      a and b are where the cursor is: it moves on
//!   deps from here on      a b c d x d       from x on everything is new, and linked behind the others
//!                              ╰─╯           taken away when the run is published
//! ```
//!
//! A run that reads what its last one read, in the same order, moves the cursor and touches no edge. What is new is
//! linked when it is read, under the lock under which it is found; the edges of the last run stay
//! until its outcome is replaced, because they say what that one follows from.
//!
//! Whether something new was read before is seen at the last of its back edges, as alien-signals does. Where that is
//! another node's, the deps are looked through: a few one by one, more of them in a set that is made then.
//!
//! Invariant: F1 a frame is on the stack of its thread, inside the call that entered it, and
//! `now.frame` leads through all of them.
#![allow(
    unsafe_code,
    reason = "frames are found through a plain pointer, and deps read by their owner"
)]

use std::{cell::Cell, fmt::Write as _, ops::Range, ptr};

use rustc_hash::FxHashSet;

#[cfg(test)]
use super::steps;
use super::{
    cell::Access,
    edges, gather,
    node::{Dep, Id, NodeRef, Role},
    now::{self, Now},
    thread, unite,
    value::{Value, Version},
};

/// What becomes of the reads of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    /// They become the node's deps.
    Tracked(Id),
    /// They are gathered for who runs this part of the node's run (`gather`).
    Gathered(Id),
    /// They are for this thread alone and become nobody's deps.
    Private(Id),
    /// Nobody's business: a comparison, a callback, `untracked`.
    Untracked,
}

/// A run under way on this thread.
pub(crate) struct Frame {
    reads: Cell<Reads>,
    /// The deps of the node's last run, until something is read that is not where it was: then none.
    deps: Cell<*const [Dep]>,
    /// How many they were.
    were: u32,
    /// How many of them this run has read again, in order.
    cursor: Cell<u32>,
    /// How many of the last of the thread's `gathered` are its own.
    gathered: Cell<u32>,
    /// What was read last that was not where it was.
    last: Cell<Option<Id>>,
    /// What the run gives is what its node held, carried on.
    pub(crate) is_same: Cell<bool>,
    /// Some dep has no version: it was computed for this run alone.
    pub(crate) alone: Cell<bool>,
    /// How many of the last of the thread's `alone` are its own.
    noted: Cell<u32>,
    /// What was read, once that is too much to scan: what is new, and the first `indexed` of the deps that are kept.
    index: Cell<Option<Box<FxHashSet<Id>>>>,
    indexed: Cell<u32>,
    outer: Cell<*const Self>,
}

/// Up to here a scan is cheaper than a set.
const SCANNED: usize = 16;

impl Frame {
    /// Of a node that this thread has claimed, and that it does not give up before the frame is done with. Under the
    /// lock.
    pub(crate) fn tracked(id: Id) -> Self {
        // SAFETY: the node is claimed by this thread (G9), so that nobody else changes which deps there are.
        let deps: &[Dep] = unsafe { &*id.derived().deps.get() };
        Self {
            deps: Cell::new(deps),
            were: edges::place(deps.len()),
            ..Self::new(Reads::Tracked(id))
        }
    }

    pub(crate) fn private(id: Id) -> Self {
        Self::new(Reads::Private(id))
    }

    fn new(reads: Reads) -> Self {
        Self {
            reads: Cell::new(reads),
            deps: Cell::new(&[]),
            were: 0,
            cursor: Cell::new(0),
            gathered: Cell::new(0),
            last: Cell::new(None),
            is_same: Cell::new(false),
            alone: Cell::new(false),
            noted: Cell::new(0),
            index: Cell::new(None),
            indexed: Cell::new(0),
            outer: Cell::new(ptr::null()),
        }
    }

    /// Makes it the innermost until the guard goes, also by a panic.
    pub(crate) fn enter(&self) -> Entered<'_> {
        now::with(|now| self.outer.set(now.frame.replace(self)));
        Entered(self)
    }

    /// Whether it was entered inside another run.
    #[inline]
    pub(crate) fn is_nested(&self) -> bool {
        !self.outer.get().is_null()
    }

    /// Which of the deps of the last run this one has not read again.
    #[inline]
    pub(crate) fn gone(&self) -> Range<usize> {
        self.cursor.get() as usize..self.were as usize
    }

    /// From here on what is read is gathered, if it is to become deps of a node; gives what it did until now.
    #[inline]
    pub(super) fn begin_gathering(&self) -> Option<Reads> {
        let before = self.reads.get();
        let (Reads::Tracked(id) | Reads::Gathered(id)) = before else { return None };
        self.reads.set(Reads::Gathered(id));
        Some(before)
    }

    #[inline]
    pub(super) fn end_gathering(&self, before: Reads) {
        self.reads.set(before);
    }

    /// So many of the last of the thread's `gathered` are its own; gives how many it were until now.
    #[inline]
    pub(super) fn gathers(&self, count: u32) -> u32 {
        self.gathered.replace(count)
    }

    /// Whether something was gathered that was not taken yet.
    #[inline]
    pub(super) fn has_gathered(&self) -> bool {
        self.gathered.get() > 0
    }

    /// Whether something was computed for this run alone.
    #[inline]
    pub(crate) fn has_noted(&self) -> bool {
        self.noted.get() > 0
    }

    /// Takes what was computed for this run alone.
    pub(crate) fn take_alone(&self) -> Vec<(NodeRef, Value)> {
        let noted = self.noted.replace(0);
        if noted == 0 {
            return Vec::new();
        }
        thread::with(|thread| {
            let mut alone = thread.alone.borrow_mut();
            let from = alone.len() - noted as usize;
            alone.split_off(from)
        })
    }

    /// Notes a read, unless it is new to the node's deps: then gives the node.
    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a read that is noted is some instructions, and this is most of them"
    )]
    fn note(&self, id: Id, version: Option<Version>) -> Option<Id> {
        #[cfg(test)]
        steps::touch();
        let reader = match self.reads.get() {
            Reads::Tracked(reader) => reader,
            Reads::Gathered(_) => {
                self.gather(id, version);
                return None;
            }
            Reads::Private(_) | Reads::Untracked => return None,
        };
        // SAFETY: the node is claimed by this thread (G9), so that nobody else changes which deps there are, and this
        // run has not while these are known.
        let deps = unsafe { &*self.deps.get() };
        let at = self.cursor.get() as usize;
        if let Some(dep) = deps.get(at)
            && dep.node == id
        {
            dep.see(version);
            self.cursor.set(self.cursor.get() + 1);
            if version.is_none() {
                self.is_alone();
            }
            return None;
        }
        let is_last = deps[..at.min(deps.len())].last().is_some_and(|dep| dep.node == id);
        if is_last || self.last.get() == Some(id) { None } else { Some(reader) }
    }

    #[inline(never)]
    fn gather(&self, id: Id, version: Option<Version>) {
        let own = self.gathered.get();
        if gather::add(id, version, own) {
            self.gathered.set(own + 1);
        }
    }

    #[cold]
    fn is_alone(&self) {
        self.alone.set(true);
        now::with(|now| now.has_alone.set(true));
    }

    /// Links `id`, which is new to the deps of `reader`, unless it was read before in this run. Under the lock of both.
    #[inline]
    fn link(&self, access: &mut Access, reader: Id, id: Id, version: Option<Version>) {
        let was = self.gone();
        let last = access.subs(id).last().map(|last| (last.node, last.back as usize));
        let is_again = match last {
            None => false,
            Some((node, back)) if node == reader && !was.contains(&back) => true,
            Some(_) => self.has_read(access.deps(reader), id),
        };
        if is_again {
            return;
        }
        if let Some(mut index) = self.index.take() {
            index.insert(id);
            self.index.set(Some(index));
        }
        self.deps.set(&[]);
        self.last.set(Some(id));
        edges::link(access, reader, id, version);
        if version.is_none() {
            self.is_alone();
        }
    }

    /// Whether `id` is among what this run has read of `deps`.
    fn has_read(&self, deps: &[Dep], id: Id) -> bool {
        let was = self.gone();
        let mut read = deps.iter().enumerate().filter(|(at, _)| !was.contains(at));
        if deps.len() <= SCANNED {
            return read.any(|(_, dep)| dep.node == id);
        }
        let index = match self.index.take() {
            Some(mut index) => {
                let kept = &deps[self.indexed.get() as usize..was.start];
                index.extend(kept.iter().map(|dep| dep.node));
                index
            }
            None => Box::new(read.map(|(_, dep)| dep.node).collect()),
        };
        self.indexed.set(self.cursor.get());
        let has_read = index.contains(&id);
        self.index.set(Some(index));
        has_read
    }

    /// Gives those reads a version that were computed for this run alone and are known to be the present. Under the lock.
    pub(crate) fn see(&self, access: &Access, id: Id, version: Option<Version>) {
        let Reads::Tracked(reader) = self.reads.get() else { return };
        for dep in access.deps(reader).iter() {
            if dep.node == id && dep.seen().is_none() {
                dep.see(version);
            }
        }
    }
}

/// A frame is entered until this goes.
pub(crate) struct Entered<'a>(&'a Frame);

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        now::with(|now| now.frame.set(self.0.outer.get()));
    }
}

#[inline]
pub(super) fn innermost<R>(f: impl FnOnce(&Frame) -> R) -> Option<R> {
    now::with(|now| innermost_of(now, f))
}

#[inline]
fn innermost_of<R>(now: &Now, f: impl FnOnce(&Frame) -> R) -> Option<R> {
    // SAFETY: F1.
    unsafe { now.frame.get().as_ref() }.map(f)
}

/// Notes what a read that [`track`] has noted came to, where it was computed for this thread alone.
pub(crate) fn track_alone(id: Id, value: &Value) {
    innermost(|frame| {
        let is_effect =
            matches!(frame.reads.get(), Reads::Tracked(reader) if reader.role() == Role::Effect);
        if is_effect && id.role() == Role::Computed {
            let noted = (NodeRef::of(id), value.clone());
            thread::with(|thread| thread.alone.borrow_mut().push(noted));
            frame.noted.set(frame.noted.get() + 1);
        }
    });
}

/// The node whose deps the reads of this moment become.
#[inline]
pub(crate) fn reader() -> Option<Id> {
    innermost(|frame| match frame.reads.get() {
        Reads::Tracked(reader) | Reads::Gathered(reader) => Some(reader),
        Reads::Private(_) | Reads::Untracked => None,
    })
    .flatten()
}

/// The node whose closure is being run at this moment, whatever becomes of its reads.
pub(crate) fn computing() -> Option<Id> {
    innermost(|frame| match frame.reads.get() {
        Reads::Tracked(id) | Reads::Gathered(id) | Reads::Private(id) => Some(id),
        Reads::Untracked => None,
    })
    .flatten()
}

/// Notes that the run under way, if there is one, has read `id`. No lock is held.
#[inline]
pub(crate) fn track(id: Id, version: Option<Version>) {
    now::with(|now| track_in(now, id, version));
}

/// As [`track`], for who knows what the thread is doing.
#[inline]
pub(crate) fn track_in(now: &Now, id: Id, version: Option<Version>) {
    innermost_of(now, |frame| {
        if let Some(reader) = frame.note(id, version) {
            link_new(frame, reader, id, version);
        }
    });
}

#[cold]
fn link_new(frame: &Frame, reader: Id, id: Id, version: Option<Version>) {
    let mut access = unite::lock_united(reader, id);
    frame.link(&mut access, reader, id, version);
}

/// As [`track`], with the lock of the group that `id` and the reader of the run under way are of.
#[inline]
pub(crate) fn track_locked(access: &mut Access, id: Id, version: Option<Version>) {
    innermost(|frame| {
        if let Some(reader) = frame.note(id, version) {
            frame.link(access, reader, id, version);
        }
    });
}

/// What the run under way gives is what its node held, though it may have been carried on: nobody is told.
pub(crate) fn keep_version() {
    innermost(|frame| frame.is_same.set(true));
}

/// Whether a run is under way on this thread, or a comparison.
#[inline]
pub(crate) fn is_running() -> bool {
    !now::with(|now| now.frame.get()).is_null()
}

/// Runs `f` so that what it reads is nobody's dep.
pub(crate) fn untracked<R>(f: impl FnOnce() -> R) -> R {
    let frame = Frame::new(Reads::Untracked);
    let _entered = frame.enter();
    f()
}

/// Panics because `id` was read while it is being computed on this thread; names the runs between.
///
/// It becomes a dep all the same, so that the cycle heals when what closed it changes.
pub(crate) fn panic_cycle(id: Id) -> ! {
    track(id, None);
    let mut text = format!("a cycle: the computed made at {} reads itself", id.site());
    let mut at = now::with(|now| now.frame.get());
    // SAFETY: F1.
    while let Some(frame) = unsafe { at.as_ref() } {
        at = frame.outer.get();
        let (Reads::Tracked(between) | Reads::Gathered(between) | Reads::Private(between)) =
            frame.reads.get()
        else {
            continue;
        };
        if between == id {
            break;
        }
        // Writing to a `String` cannot fail.
        let _written = write!(text, ", through the one made at {}", between.site());
    }
    panic!("{text}");
}
