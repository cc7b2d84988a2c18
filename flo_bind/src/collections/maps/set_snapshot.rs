//! Sets as values.

use std::{borrow::Borrow, collections::BTreeSet, fmt, iter::FusedIterator, ops::RangeBounds};

use super::map_snapshot::{MapIter, MapSnapshot};

/// An immutable set: what a [`SetBinding`](crate::SetBinding) held at one moment. A clone is a count.
///
/// ```
/// use flo_bind::SetBinding;
///
/// let lamps = SetBinding::from_iter(["oil", "gas"]);
/// let before = lamps.snapshot();
/// lamps.clear();
/// assert!(before.contains("oil") && before.iter().eq(&["gas", "oil"]));
/// ```
pub struct SetSnapshot<K> {
    pub(super) map: MapSnapshot<K, ()>,
}

impl<K> SetSnapshot<K> {
    /// How many items there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// The items in order.
    pub fn iter(&self) -> SetIter<'_, K> {
        SetIter(self.map.iter())
    }

    /// The smallest item.
    pub fn first(&self) -> Option<&K> {
        self.map.first().map(|(key, ())| key)
    }

    /// The greatest item.
    pub fn last(&self) -> Option<&K> {
        self.map.last().map(|(key, ())| key)
    }

    /// Whether both are one set, which nobody has edited since one was cloned of the other. Takes one step.
    pub fn same_as(&self, other: &Self) -> bool {
        self.map.same_as(&other.map)
    }
}

impl<K: Ord> SetSnapshot<K> {
    /// Whether an item is there.
    pub fn contains<Q: Ord + ?Sized>(&self, item: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.map.contains_key(item)
    }

    /// The items in the range, in order; none where it begins after its end.
    pub fn range<Q, R>(&self, range: R) -> SetIter<'_, K>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        SetIter(self.map.range(range))
    }

    /// Copies of all items.
    pub fn to_set(&self) -> BTreeSet<K>
    where
        K: Clone,
    {
        self.iter().cloned().collect()
    }
}

/// Lends the items of a set in order: [`SetSnapshot::iter`], [`SetSnapshot::range`].
pub struct SetIter<'a, K>(MapIter<'a, K, ()>);

impl<'a, K> Iterator for SetIter<'a, K> {
    type Item = &'a K;

    fn next(&mut self) -> Option<&'a K> {
        self.0.next().map(|(key, ())| key)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K> DoubleEndedIterator for SetIter<'_, K> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, ())| key)
    }
}

impl<K> ExactSizeIterator for SetIter<'_, K> {}
impl<K> FusedIterator for SetIter<'_, K> {}

impl<K> Clone for SetIter<'_, K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: fmt::Debug> fmt::Debug for SetIter<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.clone()).finish()
    }
}

impl<K> Clone for SetSnapshot<K> {
    fn clone(&self) -> Self {
        Self { map: self.map.clone() }
    }
}

impl<K> Default for SetSnapshot<K> {
    fn default() -> Self {
        Self { map: MapSnapshot::default() }
    }
}

impl<K: Ord> FromIterator<K> for SetSnapshot<K> {
    fn from_iter<I: IntoIterator<Item = K>>(items: I) -> Self {
        Self { map: items.into_iter().map(|item| (item, ())).collect() }
    }
}

impl<K: Ord> From<BTreeSet<K>> for SetSnapshot<K> {
    fn from(items: BTreeSet<K>) -> Self {
        items.into_iter().collect()
    }
}

impl<'a, K> IntoIterator for &'a SetSnapshot<K> {
    type Item = &'a K;
    type IntoIter = SetIter<'a, K>;

    fn into_iter(self) -> SetIter<'a, K> {
        self.iter()
    }
}

impl<K: PartialEq> PartialEq for SetSnapshot<K> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<K: Eq> Eq for SetSnapshot<K> {}

impl<K: PartialEq> PartialEq<BTreeSet<K>> for SetSnapshot<K> {
    fn eq(&self, other: &BTreeSet<K>) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<K: fmt::Debug> fmt::Debug for SetSnapshot<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self).finish()
    }
}
