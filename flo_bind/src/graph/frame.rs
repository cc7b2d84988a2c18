//! The stack of runs, and what the innermost one has read.
//!
//! ```text
//!   deps of the last run   a b c d           the run reads a, b, x, d:
//!                              ▲ cursor      a and b are where the cursor is: it moves on
//!   found                  x d               from x on everything is new
//! ```
//!
//! A run that reads what its last one read, in the same order, moves the cursor and touches no edge.
//!
//! Invariant: F1 a frame is on the stack of its thread, inside the call that entered it, and
//! `now.frame` leads through all of them.
#![allow(
    unsafe_code,
    reason = "frames are found through a plain pointer, and deps read by their owner"
)]

use std::{
    cell::{Cell, RefCell},
    fmt::Write as _,
    ptr,
};

use rustc_hash::FxHashSet;

use super::{
    node::{Dep, Id, NodeRef, Role},
    now::{self, Now},
    thread, unite,
    value::{Value, Version},
};

/// What becomes of the reads of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reads {
    /// They become the node's deps.
    Tracked(Id),
    /// They are for this thread alone and become nobody's deps.
    Private(Id),
    /// Nobody's business: a comparison, a callback, `untracked`.
    Untracked,
}

/// What a run has read, and the version that it saw.
pub(crate) type Found = (Id, Option<Version>);

/// A run under way on this thread.
pub(crate) struct Frame {
    reads: Reads,
    /// The deps of the node's last run.
    deps: *const [Dep],
    /// What was read last.
    last: Cell<Option<Id>>,
    /// How many of the node's deps this run has read again, in order.
    cursor: Cell<usize>,
    /// The first that is new, unless there was too much to scan already.
    first: Cell<Option<Found>>,
    /// Where the rest of what is new begins in the thread's `found`, once there is some. Runs inside this one have taken
    /// theirs out when this one adds.
    from: Cell<usize>,
    /// How much is new.
    found: Cell<usize>,
    /// Some of it may be of another group than the node.
    is_apart: Cell<bool>,
    /// Some dep has no version: it was computed for this run alone.
    pub(crate) alone: Cell<bool>,
    /// How many of the last of the thread's `alone` are its own.
    noted: Cell<usize>,
    /// What was read, once that is too much to scan, with the first `indexed` of the kept deps.
    index: RefCell<Option<Box<FxHashSet<Id>>>>,
    indexed: Cell<usize>,
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
        Self { deps, ..Self::new(Reads::Tracked(id)) }
    }

    pub(crate) fn private(id: Id) -> Self {
        Self::new(Reads::Private(id))
    }

    /// Of a part of a run of `id`, which takes what it has found for itself.
    pub(crate) fn beside(id: Id) -> Self {
        Self::new(Reads::Tracked(id))
    }

    fn new(reads: Reads) -> Self {
        Self {
            reads,
            deps: &[],
            last: Cell::new(None),
            cursor: Cell::new(0),
            from: Cell::new(0),
            first: Cell::new(None),
            found: Cell::new(0),
            is_apart: Cell::new(false),
            alone: Cell::new(false),
            noted: Cell::new(0),
            index: RefCell::new(None),
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

    pub(crate) fn kept(&self) -> usize {
        self.cursor.get()
    }

    /// How many deps this run has read that are not where they were.
    #[inline]
    pub(crate) fn found(&self) -> usize {
        self.found.get()
    }

    #[inline]
    pub(crate) fn has_found(&self) -> bool {
        self.found.get() > 0
    }

    /// Calls `f` with each of what is new, if some of it may be of another group than the node.
    pub(crate) fn each_apart(&self, mut f: impl FnMut(Id)) {
        if !self.is_apart.get() {
            return;
        }
        if let Some((id, _)) = self.first.get() {
            f(id);
        }
        let from = self.from.get();
        for at in from..from + self.listed() {
            let (id, _) = thread::with(|thread| thread.found.borrow()[at]);
            f(id);
        }
    }

    /// Gives what is new to `take`, which runs no user code; each is a count.
    #[inline]
    pub(crate) fn take_found(&self, mut take: impl FnMut(Found)) {
        let listed = self.listed();
        self.found.set(0);
        if let Some(first) = self.first.take() {
            take(first);
        }
        if listed > 0 {
            thread::with(|thread| {
                thread.found.borrow_mut().drain(self.from.get()..).for_each(take);
            });
        }
    }

    /// How much of what is new is in the thread's `found`.
    fn listed(&self) -> usize {
        self.found.get() - usize::from(self.first.get().is_some())
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
            let from = alone.len() - noted;
            alone.split_off(from)
        })
    }

    #[inline]
    fn deps(&self) -> &[Dep] {
        // SAFETY: see `tracked`.
        unsafe { &*self.deps }
    }

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "a read that is noted is some instructions, and this is most of them"
    )]
    fn add(&self, id: Id, version: Option<Version>) {
        if self.last.replace(Some(id)) == Some(id) || !matches!(self.reads, Reads::Tracked(_)) {
            return;
        }
        if self.found.get() == 0 {
            let deps = self.deps();
            let at = self.cursor.get();
            if let Some(dep) = deps.get(at)
                && dep.node == id
            {
                dep.see(version);
                if version.is_none() {
                    self.is_alone();
                }
                self.cursor.set(at + 1);
                return;
            }
        }
        self.add_new(id, version);
    }

    #[cold]
    fn is_alone(&self) {
        self.alone.set(true);
        now::with(|now| now.has_alone.set(true));
    }

    #[cold]
    fn add_new(&self, id: Id, version: Option<Version>) {
        let kept = &self.deps()[..self.cursor.get()];
        if self.found.get() == 0 && kept.len() < SCANNED {
            if !kept.iter().any(|dep| dep.node == id) {
                self.first.set(Some((id, version)));
                self.note_new(id, version);
            }
            return;
        }
        thread::with(|thread| {
            let mut found = thread.found.borrow_mut();
            if self.listed() == 0 {
                self.from.set(found.len());
            }
            let listed = &found[self.from.get()..];
            let new =
                || self.first.get().into_iter().chain(listed.iter().copied()).map(|(id, _)| id);
            let mut index = self.index.borrow_mut();
            if index.is_none() && kept.len() + self.found.get() >= SCANNED {
                *index = Some(Box::new(new().collect()));
            }
            let known = match index.as_mut() {
                Some(index) => {
                    let kept = &kept[self.indexed.replace(kept.len())..];
                    index.extend(kept.iter().map(|dep| dep.node));
                    !index.insert(id)
                }
                None => kept.iter().any(|dep| dep.node == id) || new().any(|new| new == id),
            };
            if !known {
                found.push((id, version));
                self.note_new(id, version);
            }
        });
    }

    fn note_new(&self, id: Id, version: Option<Version>) {
        id.count_up();
        self.found.set(self.found.get() + 1);
        if let Reads::Tracked(reader) = self.reads
            && !unite::are_united(reader, id)
        {
            self.is_apart.set(true);
        }
        if version.is_none() {
            self.is_alone();
        }
    }

    /// Gives those reads a version that were computed for this run alone and are known to be the present.
    pub(crate) fn see(&self, id: Id, version: Option<Version>) {
        for dep in &self.deps()[..self.cursor.get()] {
            if dep.node == id && dep.seen().is_none() {
                dep.see(version);
            }
        }
        if self.first.get() == Some((id, None)) {
            self.first.set(Some((id, version)));
        }
        if self.listed() == 0 {
            return;
        }
        thread::with(|thread| {
            for found in &mut thread.found.borrow_mut()[self.from.get()..] {
                if *found == (id, None) {
                    found.1 = version;
                }
            }
        });
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
fn innermost<R>(f: impl FnOnce(&Frame) -> R) -> Option<R> {
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
            matches!(frame.reads, Reads::Tracked(reader) if reader.role() == Role::Effect);
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
    innermost(|frame| match frame.reads {
        Reads::Tracked(reader) => Some(reader),
        _ => None,
    })
    .flatten()
}

/// The node whose closure is being run at this moment, whatever becomes of its reads.
pub(crate) fn computing() -> Option<Id> {
    innermost(|frame| match frame.reads {
        Reads::Tracked(id) | Reads::Private(id) => Some(id),
        Reads::Untracked => None,
    })
    .flatten()
}

/// Notes that the run under way, if there is one, has read `id`.
#[inline]
pub(crate) fn track(id: Id, version: Option<Version>) {
    innermost(|frame| frame.add(id, version));
}

/// As [`track`], for who knows what the thread is doing.
#[inline]
pub(crate) fn track_in(now: &Now, id: Id, version: Option<Version>) {
    innermost_of(now, |frame| frame.add(id, version));
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
        let (Reads::Tracked(between) | Reads::Private(between)) = frame.reads else { continue };
        if between == id {
            break;
        }
        // Writing to a `String` cannot fail.
        let _written = write!(text, ", through the one made at {}", between.site());
    }
    panic!("{text}");
}
