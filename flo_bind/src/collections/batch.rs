//! What happened to a collection since somebody looked.

use std::fmt;

use super::{
    diff::{Diverged, ListDiff},
    parts::{Part, Parts, PartsIter},
    snapshot::ListSnapshot,
};

/// The differences between two states of a collection, in order: an item of `follow_changes`. Of a list it is a
/// [`ListBatch`], of a map a [`MapBatch`](crate::MapBatch), of a set a [`SetBatch`](crate::SetBatch), of a rope a
/// [`RopeBatch`](crate::RopeBatch).
///
/// A clone is a count or a few: followers share the differences with each other and with the log of the collection. With
/// the feature `serde` it is written as the sequence of its differences.
pub struct Batch<D> {
    parts: Parts<D>,
}

/// The differences between two states of a list, in order: an item of
/// [`follow_changes`](crate::ListRef::follow_changes).
///
/// ```
/// use flo_bind::{ListBinding, ListBatch};
/// use futures::{FutureExt, StreamExt};
///
/// let mut changes = ListBinding::from(vec!["oil"]).follow_changes();
/// let batch: ListBatch<&str> = changes.next().now_or_never().flatten().unwrap();
/// let mut mirror = Vec::new();
/// batch.apply_to(&mut mirror).unwrap();
/// assert_eq!(mirror, ["oil"]);
/// ```
pub type ListBatch<T> = Batch<ListDiff<T>>;

impl<D> Batch<D> {
    pub(crate) fn of(parts: Parts<D>) -> Self {
        Self { parts }
    }

    /// The differences in order.
    #[inline]
    pub fn iter(&self) -> BatchIter<'_, D> {
        BatchIter(self.parts.iter())
    }

    /// One of what `back` makes of each difference, the last one first.
    pub(crate) fn inverted(&self, back: impl FnMut(&D) -> Option<D>) -> Option<Self> {
        let mut diffs: Vec<&D> = self.iter().collect();
        diffs.reverse();
        diffs.into_iter().map(back).collect()
    }
}

impl<T> Batch<ListDiff<T>> {
    pub(crate) fn reset(new: ListSnapshot<T>) -> Self {
        Self::from_iter([ListDiff::Reset { old: None, new }])
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
        self.inverted(ListDiff::invert)
    }
}

/// Lends the differences of a [`Batch`] in order.
pub struct BatchIter<'a, D>(PartsIter<'a, D>);

impl<'a, D> Iterator for BatchIter<'a, D> {
    type Item = &'a D;

    #[inline]
    fn next(&mut self) -> Option<&'a D> {
        self.0.next()
    }
}

impl<D> FromIterator<D> for Batch<D> {
    fn from_iter<I: IntoIterator<Item = D>>(diffs: I) -> Self {
        Self { parts: Parts::one(Part::of(diffs.into_iter())) }
    }
}

impl<'a, D> IntoIterator for &'a Batch<D> {
    type Item = &'a D;
    type IntoIter = BatchIter<'a, D>;

    fn into_iter(self) -> BatchIter<'a, D> {
        self.iter()
    }
}

impl<D> Clone for Batch<D> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone() }
    }
}

impl<D: PartialEq> PartialEq for Batch<D> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<D: fmt::Debug> fmt::Debug for Batch<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}

impl<D> Clone for BatchIter<'_, D> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<D: fmt::Debug> fmt::Debug for BatchIter<'_, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}
