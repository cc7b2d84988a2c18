//! What a part of a run has read, for a computed that does not read all of it in each run.
//!
//! A list that is derived row by row runs its closure for the rows that have changed alone; what it read for the others
//! it must read again by itself, so that it stays a dep. So it asks what that was.

use std::panic::{self, AssertUnwindSafe};

use rustc_hash::FxHashSet;

use super::{
    frame::{self, Frame},
    node::{Id, NodeRef},
    thread,
    value::Version,
};

/// Nodes that were read, each held, and of which version they were.
pub(crate) type Found = Vec<(NodeRef, Option<Version>)>;

/// Runs `f`, whose reads become deps of the run under way as ever, and gives what they were. Where the run is for one
/// reader alone nothing becomes a dep, and nothing is given.
pub(crate) fn gather<R>(f: impl FnOnce() -> R) -> (R, Found) {
    let Some(reader) = frame::reader() else { return (f(), Found::new()) };
    let frame = Frame::gathered(reader);
    let outer = thread::with(|thread| thread.gathered.take());
    let result = {
        let _entered = frame.enter();
        panic::catch_unwind(AssertUnwindSafe(f))
    };
    let mut found = thread::with(|thread| thread.gathered.replace(outer));
    keep_first(&mut found);
    for (node, version) in &found {
        frame::track(node.id(), *version);
    }
    match result {
        Ok(result) => (result, found),
        Err(payload) => panic::resume_unwind(payload),
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
