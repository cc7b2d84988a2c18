//! A counted value and a reference into it, in one `'static` handle.
//!
//! ```text
//!   Lent<Field> ── owner ──▶ Arc<dyn Any>  ┌────────────────┐
//!        └───────── target ───────────────▶│ value … field …│
//!                                          └────────────────┘
//! ```
//!
//! Invariants: P1 `target` points into what `owner` keeps alive, or to something `'static`. P2 what
//! `owner` keeps is never moved and never borrowed exclusively while this handle counts.
#![allow(
    unsafe_code,
    reason = "a reference beside its owner has no lifetime the compiler could name"
)]

use std::{any::Any, ptr::NonNull};

use flo_core::sync::Arc;

pub(crate) struct Lent<T: ?Sized> {
    target: NonNull<T>,
    owner: Arc<dyn Any + Send + Sync>,
}

// SAFETY: a `Lent<T>` gives out `&T` and nothing else of `T`, so sending or sharing it sends or shares
// a `&T`, which `T: Sync` allows; the owner is `Send + Sync` by its type.
unsafe impl<T: ?Sized + Sync> Send for Lent<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: ?Sized + Sync> Sync for Lent<T> {}

impl<T: Send + Sync + 'static> Lent<T> {
    pub(crate) fn new(value: Arc<T>) -> Self {
        // P1: the address inside the `Arc` stays the same when the `Arc` moves.
        Self { target: NonNull::from(&*value), owner: value }
    }
}

impl<T: ?Sized> Lent<T> {
    pub(crate) fn get(&self) -> &T {
        // SAFETY: P1 and P2; the reference lives no longer than `self`, which counts the owner.
        unsafe { self.target.as_ref() }
    }

    pub(crate) fn map<U: ?Sized>(self, part: impl FnOnce(&T) -> &U) -> Lent<U> {
        // P1: for any lifetime of the borrow `part` gives a reference of the same lifetime, so it
        // points into the value or to something `'static`.
        let target = NonNull::from(part(self.get()));
        Lent { target, owner: self.owner }
    }
}

impl<T: ?Sized> Clone for Lent<T> {
    fn clone(&self) -> Self {
        Self { target: self.target, owner: Arc::clone(&self.owner) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p1_a_part_outlives_the_handle_it_was_taken_from() {
        let whole = Arc::new((String::from("left"), String::from("right")));
        let lent = Lent::new(Arc::clone(&whole));
        let part = lent.clone().map(|pair| pair.1.as_str());
        drop(lent);
        assert_eq!(Arc::strong_count(&whole), 2);
        let moved = std::thread::spawn(move || part.get().to_owned()).join().unwrap();
        assert_eq!(moved, "right");
        assert_eq!(Arc::strong_count(&whole), 1);
    }

    #[test]
    fn p1_a_part_may_be_static() {
        let part = Lent::new(Arc::new(1)).map(|_| "static");
        assert_eq!(part.get(), "static");
    }
}
