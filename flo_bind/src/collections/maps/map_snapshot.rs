//! Maps as values.

use std::{
    borrow::Borrow,
    collections::BTreeMap,
    fmt,
    iter::FusedIterator,
    ops::{Bound, Index, RangeBounds},
};

use super::{diff::MapDiff, draft::MapDraft, entries::Entries};
use crate::collections::{diff::Diverged, tree::Iter};

/// An immutable map: what a [`MapBinding`](crate::MapBinding) held at one moment. A clone is a count.
///
/// # Cost
/// What is shared with the map it was taken from, and with other snapshots, is there once. An entry is found in
/// `O(log n)` comparisons.
///
/// ```
/// use flo_bind::MapBinding;
///
/// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
/// let before = prices.snapshot();
/// prices.clear();
/// assert_eq!((before.len(), before.get("oil"), before["gas"]), (2, Some(&3), 5));
/// assert!(before.iter().eq([(&"gas", &5), (&"oil", &3)]));
/// ```
pub struct MapSnapshot<K, V> {
    pub(crate) entries: Entries<K, V>,
}

impl<K, V> MapSnapshot<K, V> {
    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Entry number `at`, in the order of the keys, if there is one.
    pub fn entry_at(&self, at: usize) -> Option<(&K, &V)> {
        self.entries.at(at).map(|(key, value)| (key, value))
    }

    /// The entry with the smallest key.
    pub fn first(&self) -> Option<(&K, &V)> {
        self.entry_at(0)
    }

    /// The entry with the greatest key.
    pub fn last(&self) -> Option<(&K, &V)> {
        self.len().checked_sub(1).and_then(|at| self.entry_at(at))
    }

    /// The entries in the order of the keys.
    pub fn iter(&self) -> MapIter<'_, K, V> {
        MapIter(self.entries.iter())
    }

    /// The keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator {
        self.entries.iter().map(|(key, _)| key)
    }

    /// The values in the order of the keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator {
        self.entries.iter().map(|(_, value)| value)
    }

    /// Whether both are one map, which nobody has edited since one was cloned of the other. Takes one step.
    pub fn same_as(&self, other: &Self) -> bool {
        self.entries.tree().is(other.entries.tree())
    }
}

impl<K: Ord, V> MapSnapshot<K, V> {
    /// The value of `key`, if it is there.
    pub fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.entries.get(key)
    }

    /// Whether `key` is there.
    pub fn contains_key<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.entries.find(key).is_ok()
    }

    /// How many keys are smaller than `key`, which may be there or not.
    pub fn rank<Q: Ord + ?Sized>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
    {
        self.entries.find(key).unwrap_or_else(|at| at)
    }

    /// The entries whose keys are in the range, in order; none where it begins after its end.
    ///
    /// ```
    /// use flo_bind::MapSnapshot;
    /// let squares: MapSnapshot<u32, u32> = (0..10).map(|number| (number, number * number)).collect();
    /// assert!(squares.range(2..4).eq([(&2, &4), (&3, &9)]));
    /// assert_eq!(squares.range(8..).len(), 2);
    /// ```
    pub fn range<Q, R>(&self, range: R) -> MapIter<'_, K, V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        // The index of the key, or of what would be behind it.
        let behind = |key: &Q| self.entries.find(key).map_or_else(|at| at, |at| at + 1);
        let from = match range.start_bound() {
            Bound::Included(key) => self.rank(key),
            Bound::Excluded(key) => behind(key),
            Bound::Unbounded => 0,
        };
        let until = match range.end_bound() {
            Bound::Included(key) => behind(key),
            Bound::Excluded(key) => self.rank(key),
            Bound::Unbounded => self.len(),
        };
        MapIter(self.entries.tree().iter_range(from, until.max(from)))
    }
}

impl<K: Ord + Clone, V: Clone> MapSnapshot<K, V> {
    /// Copies of all entries.
    pub fn to_map(&self) -> BTreeMap<K, V> {
        self.entries.iter().cloned().collect()
    }

    /// Does to this map what was done to the one that `diff` is of.
    ///
    /// # Errors
    /// [`Diverged`] where it does not fit; the map is then as it was.
    pub fn apply(&mut self, diff: &MapDiff<K, V>) -> Result<(), Diverged> {
        let mut draft = MapDraft::unlogged(self.entries.clone());
        draft.apply(diff)?;
        self.entries = draft.into_entries();
        Ok(())
    }
}

/// Lends the entries of a map in the order of the keys: [`MapSnapshot::iter`], [`MapSnapshot::range`].
pub struct MapIter<'a, K, V>(Iter<'a, (K, V)>);

impl<'a, K, V> Iterator for MapIter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<K, V> DoubleEndedIterator for MapIter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.0.next_back().map(|(key, value)| (key, value))
    }
}

impl<K, V> ExactSizeIterator for MapIter<'_, K, V> {}
impl<K, V> FusedIterator for MapIter<'_, K, V> {}

impl<K, V> Clone for MapIter<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for MapIter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

impl<K, V> Clone for MapSnapshot<K, V> {
    fn clone(&self) -> Self {
        Self { entries: self.entries.clone() }
    }
}

impl<K, V> Default for MapSnapshot<K, V> {
    fn default() -> Self {
        Self { entries: Entries::new() }
    }
}

/// Of entries with one key the last one is there.
impl<K: Ord, V> FromIterator<(K, V)> for MapSnapshot<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self { entries: Entries::build(entries) }
    }
}

impl<K: Ord, V> From<BTreeMap<K, V>> for MapSnapshot<K, V> {
    fn from(map: BTreeMap<K, V>) -> Self {
        map.into_iter().collect()
    }
}

impl<'a, K, V> IntoIterator for &'a MapSnapshot<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = MapIter<'a, K, V>;

    fn into_iter(self) -> MapIter<'a, K, V> {
        self.iter()
    }
}

impl<K: Ord + Borrow<Q>, V, Q: Ord + ?Sized> Index<&Q> for MapSnapshot<K, V> {
    type Output = V;

    #[track_caller]
    fn index(&self, key: &Q) -> &V {
        match self.get(key) {
            Some(value) => value,
            None => panic!("no such key among the {} of the map", self.len()),
        }
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for MapSnapshot<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<K: Eq, V: Eq> Eq for MapSnapshot<K, V> {}

impl<K: PartialEq, V: PartialEq> PartialEq<BTreeMap<K, V>> for MapSnapshot<K, V> {
    fn eq(&self, other: &BTreeMap<K, V>) -> bool {
        self.len() == other.len() && self.iter().eq(other)
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for MapSnapshot<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
