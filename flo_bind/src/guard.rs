//! Owned snapshots of values and of their parts.

use std::{fmt, ops::Deref};

use flo_core::sync::Arc;

use crate::graph::{lent::Lent, value::Value};

/// An owned, immutable snapshot of a binding's value, or of a part of it.
///
/// It is `'static`, may be held across `.await` and moved anywhere, and never blocks a writer: a `set`
/// while it lives gives the binding another value and leaves this one as it is. [`Guard::map`] lends
/// out a part without a lifetime and without a copy.
///
/// # Concurrency
/// Reading it takes no lock. The value is dropped by whoever drops the last guard of it.
///
/// # Cost
/// One count up and one down; the value is shared, not copied. Numbers, `bool`, `char` and `()` are
/// copied, and a part of one of these is allocated.
///
/// ```
/// use flo_bind::{Bound, Guard, bind};
///
/// let order = bind((7, String::from("seven lanterns")));
/// let text: Guard<str> = Guard::map(order.read(), |order| order.1.as_str());
/// order.set((8, String::from("eight lanterns")));
/// assert_eq!(&*text, "seven lanterns");
/// ```
pub struct Guard<T: ?Sized>(Lent<T>);

impl<T: Send + Sync + 'static> Guard<T> {
    pub(crate) fn of(value: Value) -> Self {
        Self(Lent::new(value))
    }

    /// A guard of a value that is in no binding: for an outsider's [`Bound`](crate::Bound).
    pub fn new(value: T) -> Self {
        Self::of(Value::new(value))
    }
}

impl<T: ?Sized> Guard<T> {
    /// The guard of a part.
    ///
    /// An associated function, so that it does not hide a `map` of the value.
    #[must_use]
    pub fn map<U: ?Sized, F: FnOnce(&T) -> &U>(guard: Self, part: F) -> Guard<U> {
        Guard(guard.0.map(part))
    }
}

impl<T: Send + Sync + 'static> From<Arc<T>> for Guard<T> {
    fn from(value: Arc<T>) -> Self {
        Self::of(Value::shared(value))
    }
}

impl<T: ?Sized> Deref for Guard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.get()
    }
}

impl<T: ?Sized> Clone for Guard<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Guard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for Guard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
