//! What a part of a run has read, for a computed that does not read all of it in each run.
//!
//! A list that is derived row by row runs its closure for the rows that have changed alone; what it read for the others
//! it must read again by itself, so that it stays a dep. So it asks what that was.

use std::panic::{self, AssertUnwindSafe};

use super::{
    frame::{self, Frame},
    node::NodeRef,
    value::Version,
};

/// Nodes that were read, each held, and of which version they were.
pub(crate) type Found = Vec<(NodeRef, Option<Version>)>;

/// Runs `f`, whose reads become deps of the run under way as ever, and gives what they were. Where the run is for one
/// reader alone nothing becomes a dep, and nothing is given.
pub(crate) fn gather<R>(f: impl FnOnce() -> R) -> (R, Found) {
    let Some(reader) = frame::reader() else { return (f(), Found::new()) };
    let frame = Frame::beside(reader);
    let result = {
        let _entered = frame.enter();
        panic::catch_unwind(AssertUnwindSafe(f))
    };
    let mut found = Found::new();
    frame.take_found(|(id, version)| {
        found.push((NodeRef::of(id), version));
        // The one that the frame had; there is another now.
        let _last = id.count_down();
    });
    for (node, version) in &found {
        frame::track(node.id(), *version);
    }
    match result {
        Ok(result) => (result, found),
        Err(payload) => panic::resume_unwind(payload),
    }
}
