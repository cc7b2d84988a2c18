//! Taking nodes without handles apart: at once, iteratively, with no lock held while what users own is
//! dropped.
//!
//! Dropping a closure drops the handles it captured, whose nodes come back here: the thread's list
//! turns that recursion into a loop (promise 5).
#![allow(unsafe_code, reason = "nodes are freed here")]

use std::mem;

use flo_core::sync::atomic::Ordering::Relaxed;

use super::{
    cell::{self, Access},
    edges, end,
    garbage::{self, drop_caught},
    named,
    node::{Bits, Closure, Id, NodeRef, Role},
    refresh, run, surface,
    thread::{self, Thread},
};

/// What is to be taken apart.
pub(crate) enum Retired {
    /// Nobody counts on it.
    Unheld(Id),
    /// A reaction that was ended.
    Ended(NodeRef),
}

/// The last count on `id` is gone.
#[cold]
pub(crate) fn retire(id: Id) {
    if thread::try_with(|_| ()).is_none() {
        return thread::elsewhere(|| retire(id));
    }
    add(Retired::Unheld(id));
}

/// A reaction was ended.
pub(crate) fn take_apart(reaction: NodeRef) {
    add(Retired::Ended(reaction));
}

fn add(retired: Retired) {
    let mut next = thread::with(|thread| {
        if thread.retiring.replace(true) {
            thread.retired.borrow_mut().push(retired);
            None
        } else {
            Some(retired)
        }
    });
    if next.is_none() {
        return;
    }
    while let Some(retired) = next {
        match retired {
            Retired::Unheld(id) => bury(id),
            Retired::Ended(reaction) => end_reaction(cell::lock(reaction.id()), reaction.id()),
        }
        next = thread::with(self::next);
    }
    surface::surface();
}

fn next(thread: &Thread) -> Option<Retired> {
    let retired = thread.retired.borrow_mut().pop();
    if retired.is_none() {
        thread.retiring.set(false);
    }
    retired
}

fn end_reaction(mut access: Access, id: Id) {
    // One that runs on another thread is taken apart there, on its way out.
    if !id.state.has(Bits::BUSY) {
        end::take_apart(&mut access, id);
    }
}

fn bury(id: Id) {
    match id.role() {
        Role::Source => bury_source(id),
        Role::Computed => bury_computed(id),
        Role::Effect | Role::Listener => {
            let mut access = cell::lock(id);
            id.state.set(Bits::DEAD | Bits::BURIED);
            if !id.state.has(Bits::BUSY) {
                end::take_apart(&mut access, id);
            }
            free_if_buried(access, id);
        }
    }
}

/// A source that nobody counts on has no edges, so that nobody else knows of it.
fn bury_source(id: Id) {
    let state = id.state.load();
    if state.has(Bits::SAVED) {
        forget_saved(&mut cell::lock(id), id);
    }
    if state.has(Bits::BOXED | Bits::NAMED) {
        let entry = named::take(id);
        drop_caught(cell::take_unheld(id));
        drop_caught(entry);
    }
    free(id);
}

fn bury_computed(id: Id) {
    let mut access = cell::lock(id);
    debug_assert!(!id.state.has(Bits::BUSY), "G9: who has claimed it was lent it by a handle");
    edges::unlink_all(&mut access, id);
    if id.state.has(Bits::SAVED) {
        forget_saved(&mut access, id);
    }
    if id.state.has(Bits::BOXED | Bits::PANICKED | Bits::NAMED) {
        let outcome = access.take(id);
        drop(access);
        let entry = named::take(id);
        drop_caught(outcome);
        drop_caught(entry);
    } else {
        drop(access);
    }
    free(id);
}

/// Another node may come to have this address, and what snapshots have of this one is not of that.
fn forget_saved(access: &mut Access, id: Id) {
    for registration in &mut access.snapshots {
        if let Some(seen) = registration.overrides.remove(id) {
            garbage::add(garbage::Garbage::Outcome(seen.outcome));
        }
    }
}

/// Frees a reaction that nobody counts on, unless it is still running or in a queue: then who is done with it
/// last does.
#[inline]
pub(crate) fn free_if_buried(access: Access, id: Id) {
    if id.state.has(Bits::BURIED) {
        free_if_done(access, id);
    }
}

#[cold]
fn free_if_done(access: Access, id: Id) {
    let is_known = id.state.has(Bits::BUSY) || id.reaction().queued.load(Relaxed) > 0;
    let is_buried = id.state.has(Bits::BURIED) && !is_known;
    drop(access);
    if is_buried {
        free(id);
    }
}

fn free(id: Id) {
    // SAFETY: nobody counts on the node, it has no edges, and it is in no queue and in no walk.
    if id.kind.rest_drops {
        drop_caught(DropRest(id));
    }
    cell::forget(id);
    // SAFETY: as above, and this is the last use.
    unsafe { id.free() };
}

/// The closure of a reaction that was taken apart, to be dropped where it is when no lock is held. Until then it keeps the node
/// from being freed, as a queue does in which that stands, and claimed: who waits for the end of the reaction waits for
/// that of its cleanups as well.
pub(crate) struct Spoilt(Id);

impl Spoilt {
    /// Of a reaction that nobody has claimed; nothing where its closure is gone already. Under the lock.
    pub(super) fn of(access: &mut Access, id: Id) -> Option<Self> {
        debug_assert!(!id.state.has(Bits::BUSY) && id.state.has(Bits::DEAD), "G9");
        let closure = &mut access.rest_mut(id).closure;
        if mem::replace(closure, Closure::Gone) == Closure::Gone {
            return None;
        }
        let queued = &id.reaction().queued;
        queued.store(queued.load(Relaxed) + 1, Relaxed);
        refresh::claim(id, thread::number());
        Some(Self(id))
    }
}

impl Drop for Spoilt {
    fn drop(&mut self) {
        // On every way out, also by a panic of what is dropped.
        let _released = Released {
            id: self.0,
            around: thread::with(|thread| thread.left.replace(Some(Vec::new()))),
        };
        // SAFETY: made by `of` alone, once for each closure, of a node that is dead and is claimed until this is over.
        unsafe { self.0.drop_rest() };
    }
}

/// Gives the claim on a [`Spoilt`] back, and frees its node where nobody else has it.
struct Released {
    id: Id,
    /// What has ended so far with the reaction whose closure is being dropped around this one.
    around: Option<Vec<NodeRef>>,
}

impl Drop for Released {
    fn drop(&mut self) {
        let left = thread::with(|thread| thread.left.replace(self.around.take()));
        let mut access = cell::lock(self.id);
        access.rest_mut(self.id).left = left.unwrap_or_default();
        let queued = &self.id.reaction().queued;
        queued.store(queued.load(Relaxed) - 1, Relaxed);
        run::unclaim(self.id, Bits::NONE);
        free_if_buried(access, self.id);
    }
}

/// Drops the typed rest of a node when it is dropped: what that panics with is caught.
struct DropRest(Id);

impl Drop for DropRest {
    fn drop(&mut self) {
        // SAFETY: made by `free` alone, once for each node.
        unsafe { self.0.drop_rest() };
    }
}
