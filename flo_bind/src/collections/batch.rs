//! What happened to a list since somebody looked.

use std::{fmt, slice};

use flo_core::sync::Arc;
use smallvec::{SmallVec, smallvec};

use super::{
    diff::{Diverged, ListDiff},
    log::{Diffs, Missed},
    snapshot::ListSnapshot,
};

/// The differences between two states of a list, in order: an item of
/// [`follow_changes`](crate::ListRef::follow_changes).
///
/// A clone is a count or a few: followers share the differences with each other and with the list's log. With the
/// feature `serde` it is written as the sequence of its differences.
pub struct ListBatch<T> {
    parts: Missed<ListDiff<T>>,
}

impl<T> ListBatch<T> {
    pub(crate) fn of(parts: Missed<ListDiff<T>>) -> Self {
        Self { parts }
    }

    pub(crate) fn reset(new: ListSnapshot<T>) -> Self {
        Self::from_iter([ListDiff::Reset { old: None, new }])
    }

    /// The differences in order.
    pub fn iter(&self) -> BatchIter<'_, T> {
        BatchIter { parts: self.parts.iter(), part: [].iter() }
    }

    /// Does to `items` what was done to the list.
    ///
    /// # Errors
    /// [`Diverged`] where a place is not there; what came before that one is done.
    pub fn apply_to(&self, items: &mut Vec<T>) -> Result<(), Diverged>
    where
        T: Clone,
    {
        self.iter().try_for_each(|diff| diff.apply_to(items))
    }

    /// The way back. `None` where it is not known what was taken out: after a reset, and over the wire.
    pub fn invert(&self) -> Option<Self>
    where
        T: Clone,
    {
        let mut diffs: Vec<&ListDiff<T>> = self.iter().collect();
        diffs.reverse();
        diffs.into_iter().map(ListDiff::invert).collect()
    }
}

/// Lends the differences of a [`ListBatch`] in order.
pub struct BatchIter<'a, T> {
    parts: slice::Iter<'a, Arc<Diffs<ListDiff<T>>>>,
    part: slice::Iter<'a, ListDiff<T>>,
}

impl<'a, T> Iterator for BatchIter<'a, T> {
    type Item = &'a ListDiff<T>;

    fn next(&mut self) -> Option<&'a ListDiff<T>> {
        loop {
            if let Some(diff) = self.part.next() {
                return Some(diff);
            }
            self.part = self.parts.next()?.iter();
        }
    }
}

impl<T> FromIterator<ListDiff<T>> for ListBatch<T> {
    fn from_iter<I: IntoIterator<Item = ListDiff<T>>>(diffs: I) -> Self {
        let diffs: Diffs<ListDiff<T>> = diffs.into_iter().collect();
        let parts: SmallVec<_> = smallvec![Arc::new(diffs)];
        Self { parts }
    }
}

impl<'a, T> IntoIterator for &'a ListBatch<T> {
    type Item = &'a ListDiff<T>;
    type IntoIter = BatchIter<'a, T>;

    fn into_iter(self) -> BatchIter<'a, T> {
        self.iter()
    }
}

impl<T> Clone for ListBatch<T> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone() }
    }
}

impl<T: PartialEq> PartialEq for ListBatch<T> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<T: fmt::Debug> fmt::Debug for ListBatch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<T> Clone for BatchIter<'_, T> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone(), part: self.part.clone() }
    }
}

impl<T: fmt::Debug> fmt::Debug for BatchIter<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
