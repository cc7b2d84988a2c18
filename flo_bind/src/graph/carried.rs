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

use flo_core::sync::{Arc, atomic::Ordering};

use super::{
    cell::{self, Access},
    frame,
    kind::Compute,
    node::{Bits, Id},
    value::{self, Outcome, Value},
};

/// What was taken out of a node for its run, if anything was: the word of a value that nobody else has. The run's closure
/// makes it its [`Own`].
pub(crate) struct Held(u64);

impl Held {
    /// Nothing was: no value's address.
    pub(super) const NOTHING: Self = Self(0);

    /// # Safety
    /// Once, of a value of type `T`.
    #[inline]
    unsafe fn own<T>(self) -> Option<Own<T>> {
        // SAFETY: by the caller's promise; what is not nothing was taken by `take_sole`, with its count.
        (self.0 != 0).then(|| Own(unsafe { value::arc_of(self.0) }))
    }
}

impl Access {
    /// Takes the value out of a node that this thread has claimed, if it is one that nobody else has. The node is empty then.
    /// Its type is as for [`sole_mut`](Self::sole_mut).
    #[inline]
    pub(crate) fn take_sole(&mut self, id: Id) -> Held {
        debug_assert!(self.is_of(id) && id.state.has(Bits::BUSY), "K1, D1");
        let state = id.state.now();
        debug_assert!(state.has(Bits::CARRIED), "D1: the run makes it its own");
        if !state.has(Bits::BOXED) || state.has(Bits::EMPTY | Bits::PANICKED) {
            return Held::NOTHING;
        }
        let word = id.word.load(Ordering::Relaxed);
        // SAFETY: the word is of this type, and counts are taken of it under this lock alone.
        if !unsafe { id.kind.value.is_sole(word) } {
            return Held::NOTHING;
        }
        id.state.set(Bits::EMPTY);
        // The count goes with it, since the node is empty from here on.
        Held(word)
    }
}

/// A value that is this one's alone, where a node would have it.
pub(crate) struct Own<T>(Arc<T>);

impl<T> Own<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Arc::new(value))
    }

    #[inline]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        debug_assert_eq!((Arc::strong_count(&self.0), Arc::weak_count(&self.0)), (1, 0), "D2");
        // SAFETY: D2: nobody else reads it for as long as this is borrowed. `Arc::get_mut` would pay an exchange to keep
        // weak handles out.
        unsafe { &mut *Arc::as_ptr(&self.0).cast_mut() }
    }
}

/// A closure that carries on what its node held, and gives the node what is its own.
pub(crate) struct Carrying<F>(pub(crate) F);

impl<T, F> Compute<T> for Carrying<F>
where
    T: Send + Sync + 'static,
    F: Fn(Option<Own<T>>) -> Own<T> + Send + Sync + 'static,
{
    #[inline]
    fn value(&self, held: Held) -> Value {
        // SAFETY: it was taken out of this closure's node, whose values are of this type, for this run.
        let held = unsafe { held.own() };
        Value::shared((self.0)(held).0)
    }
}

/// What the node whose closure runs at this moment came to last, if that was no panic and is in it still: others need it, too.
pub(crate) fn shared() -> Option<Value> {
    let id = frame::computing()?;
    let outcome = cell::lock(id).outcome(id);
    match outcome? {
        Outcome::Value(value) => Some(value),
        Outcome::Panicked(_) => None,
    }
}
