//! Computeds that go on from what they came to last, and take it out of their node to do so.
//!
//! # Idea
//! A derived collection is its last value with some edits. Made on a copy, each edit would copy the path to its place; so the run
//! that has claimed the node takes the value out and edits that:
//!
//! ```text
//!   node   value ──taken out──▶ edited by the run ──put back──▶ value, as the same version or as the next
//!          busy, empty
//! ```
//!
//! While it is out, who wants the present waits for the run, as for any other's; who evaluates the node for himself begins
//! anew. Nobody needs what was there:
//!
//! Invariant: D1 an outcome is taken out by the run that has claimed the node alone, while nobody else's snapshot is registered in the
//! group and nobody else counts on the value. Otherwise the run is lent it, and edits a copy.

use flo_core::sync::atomic::Ordering::Relaxed;

use super::{
    cell, frame,
    node::Bits,
    thread,
    value::{Outcome, Value},
};

/// What a node held.
pub(crate) enum Stored<T> {
    Own(T),
    Shared(Value),
}

/// What the node whose closure runs at this moment came to last, if that was no panic: taken out where nobody else needs
/// it.
pub(crate) fn stored<T: Send + Sync + 'static>() -> Option<Stored<T>> {
    let id = frame::computing()?;
    let me = thread::number();
    let mut access = cell::lock(id);
    let is_run = frame::reader() == Some(id) && id.derived().owner.load(Relaxed) == me;
    debug_assert!(!is_run || id.state.has(Bits::BUSY), "G9");
    if is_run
        && access.begin_alone(me).is_some()
        && let Some(value) = access.take_sole(id)
    {
        return Some(Stored::Own(value));
    }
    match access.outcome(id)? {
        Outcome::Value(value) => Some(Stored::Shared(value)),
        Outcome::Panicked(_) => None,
    }
}
