//! What the parts of a run read, for a computed that does not read all of it in each run.
//!
//! A list that is derived row by row runs its closure for the rows that have changed alone; what it read for the others
//! must stay what the list follows from. So what is read for a row does not become a dep of the run: who runs the closure takes it, and
//! sees to it that its changes are told.

use std::panic::{self, AssertUnwindSafe};

use rustc_hash::FxHashSet;

use super::{
    frame::{self, Frame},
    node::{Id, NodeRef},
    thread,
    value::Version,
};

/// Nodes that were read, each held and each once, in the order in which they were, and of which version they were.
pub(crate) type Found = Vec<(NodeRef, Option<Version>)>;

/// A part of a run whose reads are gathered; of a run for one reader alone, whose reads are nobody's deps, none are.
pub(crate) struct Gathering(Option<Frame>);

/// What was read for one row.
pub(crate) enum Taken {
    /// The same as what was known, in the same order and the same versions.
    Known,
    Found(Found),
}

impl Gathering {
    /// Whether something was read that was not taken yet.
    #[inline]
    pub(crate) fn has_any(&self) -> bool {
        self.0.as_ref().is_some_and(Frame::has_gathered)
    }

    /// Whether reads are gathered.
    pub(crate) fn is_for_all(&self) -> bool {
        self.0.is_some()
    }

    /// Takes what was read, where `known` is what was taken before.
    pub(crate) fn take(&self, known: &Found) -> Taken {
        if let Some(frame) = &self.0 {
            frame.forget_gathered();
        }
        thread::with(|thread| {
            keep_first(&mut thread.gathered.borrow_mut());
            if is_same(&thread.gathered.borrow(), known) {
                // Each is held by `known` as well, so that none goes here.
                thread.gathered.borrow_mut().clear();
                return Taken::Known;
            }
            Taken::Found(thread.gathered.take())
        })
    }
}

/// Whether two readings come to the same, which one that was for a single run does not.
pub(crate) fn is_same(one: &Found, other: &Found) -> bool {
    let mut pairs = one.iter().zip(other);
    one.len() == other.len()
        && pairs.all(|((one, seen), (other, known))| {
            one.id() == other.id() && seen == known && seen.is_some()
        })
}

/// Runs `f`, which is to take what is read in it. If it panics, what it has not taken becomes a dep of the run under way.
pub(crate) fn gather<R>(f: impl FnOnce(&Gathering) -> R) -> R {
    let Some(reader) = frame::reader() else { return f(&Gathering(None)) };
    let gathering = Gathering(Some(Frame::gathered(reader)));
    let outer = thread::with(|thread| thread.gathered.take());
    let result = {
        let _entered = gathering.0.as_ref().map(Frame::enter);
        panic::catch_unwind(AssertUnwindSafe(|| f(&gathering)))
    };
    let left = thread::with(|thread| thread.gathered.replace(outer));
    result.unwrap_or_else(|payload| {
        track(&left);
        panic::resume_unwind(payload)
    })
}

/// Makes what was found deps of the run under way.
pub(crate) fn track(found: &Found) {
    for (node, version) in found {
        frame::track(node.id(), *version);
    }
}

/// So many of the last are looked at before one more is kept: a loop reads the same few nodes in turn.
const SCANNED: usize = 8;

/// Notes a read of the innermost [`gather`].
pub(super) fn add(id: Id, version: Option<Version>) {
    thread::with(|thread| {
        let mut found = thread.gathered.borrow_mut();
        if !found.iter().rev().take(SCANNED).any(|(node, _)| node.id() == id) {
            found.push((NodeRef::of(id), version));
        }
    });
}

/// Keeps the first of those that are the same node.
fn keep_first(found: &mut Found) {
    if found.len() > SCANNED {
        let mut known = FxHashSet::default();
        found.retain(|(node, _)| known.insert(node.id()));
    }
}
