//! A value with the lease of its place.

use std::{fmt, ops::Deref};

use flo_core::sync::Arc;

use super::{key::Key, lease::Lease};

/// A value as it is or was in a [`Store`](crate::Store): immutable, and a clone is a count.
///
/// While it is held, the place of its entry is not given to another one.
///
/// ```
/// use flo_bind::{Store, Stored};
///
/// enum Lamp {}
/// let lamps = Store::<Lamp, String>::new();
/// let oil = lamps.insert(String::from("oil"));
/// let before: Stored<String> = lamps.read(oil).unwrap();
/// lamps.update(oil, |lamp| lamp.push_str(" lamp")).unwrap();
/// assert_eq!(*before, "oil");
/// ```
pub struct Stored<V>(Arc<Row<V>>);

struct Row<V> {
    lease: Lease,
    value: V,
}

impl<V> Stored<V> {
    pub(super) fn new(lease: Lease, value: V) -> Self {
        Self(Arc::new(Row { lease, value }))
    }

    /// Another value at the same place.
    pub(super) fn with(&self, value: V) -> Self {
        Self(Arc::new(Row { lease: self.0.lease.share(), value }))
    }

    /// Whether both are one.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn key<K>(&self, store: u32) -> Key<K> {
        self.0.lease.key(store)
    }
}

impl<V> Deref for Stored<V> {
    type Target = V;

    fn deref(&self) -> &V {
        &self.0.value
    }
}

impl<V> Clone for Stored<V> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<V: PartialEq> PartialEq for Stored<V> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<V: Eq> Eq for Stored<V> {}

impl<V: fmt::Debug> fmt::Debug for Stored<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
