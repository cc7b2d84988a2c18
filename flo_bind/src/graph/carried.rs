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
//! It stays in its memory all the while.
//!
//! Invariants: D1 an outcome is taken out by the run that has claimed the node alone, while nobody else's snapshot is registered in the
//! group and nobody else counts on the value. Otherwise the run is lent it, and edits a copy. D2 nobody else has what an
//! [`Own`] has, nor a weak handle of it.
#![allow(unsafe_code, reason = "what is counted is edited where it is")]

use flo_core::sync::{Arc, atomic::Ordering::Relaxed};

use super::{
    cell, frame,
    kind::Compute,
    node::Bits,
    thread,
    value::{Outcome, Value},
};

/// What a node held.
pub(crate) enum Stored<T> {
    Own(Own<T>),
    Shared(Value),
}

/// A value that is this one's alone, where a node would have it.
pub(crate) struct Own<T>(Arc<T>);

impl<T> Own<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    /// D2: of one that nobody else has.
    pub(super) fn of(value: Arc<T>) -> Self {
        Self(value)
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        debug_assert_eq!((Arc::strong_count(&self.0), Arc::weak_count(&self.0)), (1, 0), "D2");
        // SAFETY: D2: nobody else reads it for as long as this is borrowed. `Arc::get_mut` would pay an exchange to keep
        // weak handles out.
        unsafe { &mut *Arc::as_ptr(&self.0).cast_mut() }
    }
}

/// A closure whose run gives the node what is its own.
pub(crate) struct Carrying<F>(pub(crate) F);

impl<T, F> Compute<T> for Carrying<F>
where
    T: Send + Sync + 'static,
    F: Fn() -> Own<T> + Send + Sync + 'static,
{
    #[inline]
    fn value(&self) -> Value {
        Value::shared((self.0)().0)
    }
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
