//! A value, or a part of one, in one `'static` handle.
//!
//! ```text
//!   whole   Lent { owner: the value }                      looked at where it is
//!   part    Lent { owner ──▶ ┌────────────────┐
//!                  target ──▶│ value … field …│ }
//!                            └────────────────┘
//! ```
//!
//! Invariants: P1 the target of a part points into what `owner` keeps alive, or to something `'static`. P2 what
//! `owner` keeps is never moved and never borrowed exclusively while this handle has it.
#![allow(
    unsafe_code,
    reason = "a reference beside its owner has no lifetime the compiler could name"
)]

use std::ptr::NonNull;

use super::value::{Value, is_inline};

pub(crate) struct Lent<T: ?Sized> {
    owner: Value,
    view: View<T>,
}

enum View<T: ?Sized> {
    /// All of the owner.
    Whole(Whole<T>),
    Part(NonNull<T>),
}

/// How a `T` is reached whose size the handle has forgotten.
struct Whole<T: ?Sized> {
    look: for<'a> fn(&'a Value) -> &'a T,
    /// Gives the value a place of its own, where it stays when the handle moves.
    place: fn(Value) -> (Value, NonNull<T>),
}

impl<T: ?Sized> Clone for Whole<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for Whole<T> {}

/// A value that is not stored in the word, whatever its type.
struct Placed<T>(T);

fn place<T: Send + Sync + 'static>(value: Value) -> (Value, NonNull<T>) {
    if !is_inline::<T>() {
        let target = NonNull::from(value.get::<T>());
        return (value, target);
    }
    let value = Value::new(Placed(value.get_copy::<T>()));
    let target = NonNull::from(&value.get::<Placed<T>>().0);
    (value, target)
}

impl<T: Send + Sync + 'static> Lent<T> {
    /// Lends a value of type `T`.
    #[inline]
    pub(crate) fn new(value: Value) -> Self {
        let whole = Whole { look: Value::get::<T>, place: place::<T> };
        Self { owner: value, view: View::Whole(whole) }
    }
}

// SAFETY: a `Lent<T>` gives out `&T` and nothing else of `T`, so sending or sharing it sends or shares
// a `&T`, which `T: Sync` allows; the owner's value is `Send + Sync`, as every value is.
unsafe impl<T: ?Sized + Sync> Send for Lent<T> {}
// SAFETY: as for `Send`.
unsafe impl<T: ?Sized + Sync> Sync for Lent<T> {}

impl<T: ?Sized> Lent<T> {
    #[inline]
    pub(crate) fn get(&self) -> &T {
        match &self.view {
            View::Whole(whole) => (whole.look)(&self.owner),
            // SAFETY: P1 and P2; the reference lives no longer than `self`, which has the owner.
            View::Part(target) => unsafe { target.as_ref() },
        }
    }

    pub(crate) fn map<U: ?Sized>(self, part: impl FnOnce(&T) -> &U) -> Lent<U> {
        let (owner, target) = match self.view {
            View::Whole(whole) => (whole.place)(self.owner),
            View::Part(target) => (self.owner, target),
        };
        // SAFETY: P1 and P2; the owner is kept below. For any lifetime of the borrow `part` gives a reference of
        // the same lifetime, so it points into the value or to something `'static`.
        let target = NonNull::from(part(unsafe { target.as_ref() }));
        Lent { owner, view: View::Part(target) }
    }
}

impl<T: ?Sized> Clone for View<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: ?Sized> Copy for View<T> {}

impl<T: ?Sized> Clone for Lent<T> {
    fn clone(&self) -> Self {
        Self { owner: self.owner.clone(), view: self.view }
    }
}

#[cfg(test)]
mod tests {
    use flo_core::sync::Arc;

    use super::*;

    #[test]
    fn p1_a_part_outlives_the_handle_it_was_taken_from() {
        let whole = Arc::new((String::from("left"), String::from("right")));
        let lent = Lent::<(String, String)>::new(Value::shared(Arc::clone(&whole)));
        let part = lent.clone().map(|pair| pair.1.as_str());
        drop(lent);
        assert_eq!(Arc::strong_count(&whole), 2);
        let moved = std::thread::spawn(move || part.get().to_owned()).join().unwrap();
        assert_eq!(moved, "right");
        assert_eq!(Arc::strong_count(&whole), 1);
    }

    #[test]
    fn p1_a_part_may_be_static() {
        let part = Lent::<i32>::new(Value::new(1)).map(|_| "static");
        assert_eq!(part.get(), "static");
    }

    #[test]
    fn p1_a_part_of_what_is_stored_in_the_word_has_a_place_of_its_own() {
        let part = Lent::<u64>::new(Value::new(7_u64)).map(|number| number);
        let moved = Box::new(part.clone());
        drop(part);
        assert_eq!(*moved.get(), 7);
        assert_eq!(*moved.map(|number| number).get(), 7);
    }
}
