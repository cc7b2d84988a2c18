//! What happened to a store since somebody looked.

use std::{collections::HashMap, fmt};

use super::{diff::StoreDiff, key::Key, snapshot::StoreSnapshot};
use crate::collections::{
    diff::Diverged,
    parts::{Part, Parts, PartsIter},
};

/// The differences between two states of a store, in order: an item of
/// [`follow_changes`](crate::StoreRef::follow_changes). A clone is a count or a few.
pub struct StoreBatch<K, V> {
    parts: Parts<StoreDiff<K, V>>,
}

impl<K, V> StoreBatch<K, V> {
    pub(super) fn of(parts: Parts<StoreDiff<K, V>>) -> Self {
        Self { parts }
    }

    pub(super) fn reset(old: Option<StoreSnapshot<K, V>>, new: StoreSnapshot<K, V>) -> Self {
        Self::from_iter([StoreDiff::Reset { old, new }])
    }

    /// The differences in order.
    pub fn iter(&self) -> StoreBatchIter<'_, K, V> {
        StoreBatchIter(self.parts.iter())
    }

    /// Does to `entries` what was done to the store.
    ///
    /// # Errors
    /// [`Diverged`] where a difference does not fit; what came before that one is done.
    pub fn apply_to(&self, entries: &mut HashMap<Key<K>, V>) -> Result<(), Diverged>
    where
        V: Clone,
    {
        self.iter().try_for_each(|diff| diff.apply_to(entries))
    }

    /// The way back. `None` where it is not known what was there before: after a reset.
    pub fn invert(&self) -> Option<Self> {
        let mut diffs: Vec<&StoreDiff<K, V>> = self.iter().collect();
        diffs.reverse();
        diffs.into_iter().map(StoreDiff::invert).collect()
    }
}

/// Lends the differences of a [`StoreBatch`] in order.
pub struct StoreBatchIter<'a, K, V>(PartsIter<'a, StoreDiff<K, V>>);

impl<'a, K, V> Iterator for StoreBatchIter<'a, K, V> {
    type Item = &'a StoreDiff<K, V>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

impl<K, V> Clone for StoreBatchIter<'_, K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K, V: fmt::Debug> fmt::Debug for StoreBatchIter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<K, V> FromIterator<StoreDiff<K, V>> for StoreBatch<K, V> {
    fn from_iter<I: IntoIterator<Item = StoreDiff<K, V>>>(diffs: I) -> Self {
        Self { parts: Parts::one(Part::of(diffs.into_iter())) }
    }
}

impl<'a, K, V> IntoIterator for &'a StoreBatch<K, V> {
    type Item = &'a StoreDiff<K, V>;
    type IntoIter = StoreBatchIter<'a, K, V>;

    fn into_iter(self) -> StoreBatchIter<'a, K, V> {
        self.iter()
    }
}

impl<K, V> Clone for StoreBatch<K, V> {
    fn clone(&self) -> Self {
        Self { parts: self.parts.clone() }
    }
}

impl<K, V: PartialEq> PartialEq for StoreBatch<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other)
    }
}

impl<K, V: fmt::Debug> fmt::Debug for StoreBatch<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self).finish()
    }
}
