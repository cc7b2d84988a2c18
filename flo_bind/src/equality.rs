//! How a binding or a computed tells a change from a write of the same.

use std::fmt;

use flo_core::sync::Arc;

use crate::graph::value::{Equal, Nature};

/// A comparison that is shared: of the old value and the new one.
type Same<T> = Arc<dyn Fn(&T, &T) -> bool + Send + Sync>;

/// How a binding or a computed tells a change from a write of the same.
///
/// [`bind`](crate::bind()) and [`computed`](crate::computed()) compare by `PartialEq`;
/// [`bind_with`](crate::bind_with) and [`computed_with`](crate::computed_with) take this, and ask for no
/// `PartialEq`.
///
/// # Concurrency
/// The comparison runs on the thread that writes or reads, with no lock of ours held. What it reads is
/// not tracked, and what it writes waits until it is over.
///
/// ```
/// use flo_bind::{BoundExt, Equality, bind_with};
///
/// let length = bind_with(20.0_f64, Equality::by(|old: &f64, new| (old - new).abs() < 0.5));
/// length.set(20.1);
/// assert_eq!(length.get(), 20.0);
/// length.set(21.0);
/// assert_eq!(length.get(), 21.0);
/// ```
#[non_exhaustive]
pub enum Equality<T> {
    /// Nothing is equal: every write is a change.
    Never,
    /// By a function.
    Compared(fn(&T, &T) -> bool),
    /// By a closure, which is shared.
    By(Same<T>),
}

impl<T: PartialEq> Equality<T> {
    /// By the type's `PartialEq`, as [`bind`](crate::bind()) compares.
    ///
    /// ```
    /// use flo_bind::{Equality, bind_with};
    /// let count = bind_with(1, Equality::partial_eq());
    /// # drop(count);
    /// ```
    pub fn partial_eq() -> Self {
        Self::Compared(T::eq)
    }
}

impl<T> Equality<T> {
    /// By `same`, which is given the old value and the new one.
    ///
    /// ```
    /// use flo_bind::{BoundExt, Equality, bind_with};
    /// let name = bind_with(String::from("oil"), Equality::by(|old: &String, new| old.len() == new.len()));
    /// name.set(String::from("ink"));
    /// assert_eq!(name.get(), "oil");
    /// ```
    pub fn by<F: Fn(&T, &T) -> bool + Send + Sync + 'static>(same: F) -> Self {
        Self::By(Arc::new(same))
    }
}

impl<T: 'static> Equal<T> for Equality<T> {
    fn nature(&self) -> Nature {
        match self {
            Self::Never => Nature::Never,
            // Whose function it is cannot be told, so it is called without a lock.
            Self::Compared(_) | Self::By(_) => Nature::Compared,
        }
    }

    fn equal(&self, old: &T, new: &T) -> bool {
        match self {
            Self::Never => false,
            Self::Compared(same) => same(old, new),
            Self::By(same) => same(old, new),
        }
    }
}

impl<T> Clone for Equality<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Never => Self::Never,
            Self::Compared(same) => Self::Compared(*same),
            Self::By(same) => Self::By(Arc::clone(same)),
        }
    }
}

impl<T> fmt::Debug for Equality<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "Never",
            Self::Compared(_) => "Compared",
            Self::By(_) => "By",
        })
    }
}
