//! Stores as values.

use std::{fmt, iter::FusedIterator, marker::PhantomData, num::NonZeroU32};

use super::{
    key::{Key, KeyError},
    state::{Filled, Slot, Slots},
    stored::Stored,
};
use crate::collections::tree::Iter;

/// What a [`Store`](crate::Store) held at one moment; immutable, and a clone is a count.
///
/// # Cost
/// What is shared with the store and with other snapshots is there once. An entry is found in `O(log n)` steps.
///
/// ```
/// use flo_bind::Store;
///
/// enum Lamp {}
/// let lamps = Store::<Lamp, &str>::new();
/// let oil = lamps.insert("oil");
/// let before = lamps.snapshot();
/// lamps.remove(oil).unwrap();
/// assert_eq!((before.len(), before.get(oil)), (1, Some(&"oil")));
/// assert!(before.iter().eq([(oil, &"oil")]));
/// ```
pub struct StoreSnapshot<K, V> {
    store: u32,
    pub(super) slots: Slots<V>,
    keys: PhantomData<fn() -> K>,
}

impl<K, V> StoreSnapshot<K, V> {
    pub(super) fn of(store: u32, slots: Slots<V>) -> Self {
        Self { store, slots, keys: PhantomData }
    }

    /// What stands at the place of `key`, if that is its entry.
    pub(super) fn stored(&self, key: Key<K>) -> Result<&Stored<V>, KeyError> {
        let place = key.place;
        if place.store != self.store {
            return Err(KeyError::Foreign);
        }
        let slot = self.slots.get(place.index as usize).ok_or(KeyError::NeverWas)?;
        match slot.generation.cmp(&place.generation.get()) {
            std::cmp::Ordering::Less => Err(KeyError::NeverWas),
            std::cmp::Ordering::Equal => slot.stored.as_ref().ok_or(KeyError::Stale),
            std::cmp::Ordering::Greater => Err(KeyError::Stale),
        }
    }

    pub(super) fn key(&self, stored: &Stored<V>) -> Key<K> {
        stored.key(self.store)
    }

    /// The generation of who stands or stood last at a place, if anybody has.
    pub(super) fn generation(&self, index: u32) -> Option<NonZeroU32> {
        self.slots.get(index as usize).and_then(|slot| NonZeroU32::new(slot.generation))
    }

    /// The value of an entry, if it was there.
    pub fn get(&self, key: Key<K>) -> Option<&V> {
        self.try_get(key).ok()
    }

    /// The value of an entry.
    ///
    /// # Errors
    /// With the reason why it was not there.
    pub fn try_get(&self, key: Key<K>) -> Result<&V, KeyError> {
        self.stored(key).map(|stored| &**stored)
    }

    /// Whether the entry was there.
    pub fn contains(&self, key: Key<K>) -> bool {
        self.stored(key).is_ok()
    }

    /// How many entries there were.
    pub fn len(&self) -> usize {
        self.slots.sum().copied().unwrap_or(0)
    }

    /// Whether there were none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entries, in the order of their places.
    pub fn iter(&self) -> StoreIter<'_, K, V> {
        let (store, left) = (self.store, self.len());
        StoreIter { slots: self.slots.iter(), store, left, keys: PhantomData }
    }

    /// The same, shared.
    pub(in crate::collections) fn stored_entries(
        &self,
    ) -> impl Iterator<Item = (Key<K>, &Stored<V>)> {
        let stored = self.slots.iter().filter_map(|slot| slot.stored.as_ref());
        stored.map(|stored| (self.key(stored), stored))
    }

    /// Whether both are one, which nobody has edited since one was cloned of the other. Takes one step.
    pub fn same_as(&self, other: &Self) -> bool {
        self.store == other.store && self.slots.is(&other.slots)
    }
}

/// Lends the entries of a store: [`StoreSnapshot::iter`].
pub struct StoreIter<'a, K, V> {
    slots: Iter<'a, Slot<V>, Filled>,
    store: u32,
    left: usize,
    keys: PhantomData<fn() -> K>,
}

impl<'a, K, V> Iterator for StoreIter<'a, K, V> {
    type Item = (Key<K>, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        let stored = self.slots.find_map(|slot| slot.stored.as_ref())?;
        self.left -= 1;
        Some((stored.key(self.store), stored))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> ExactSizeIterator for StoreIter<'_, K, V> {}
impl<K, V> FusedIterator for StoreIter<'_, K, V> {}

impl<K, V> Clone for StoreIter<'_, K, V> {
    fn clone(&self) -> Self {
        Self { slots: self.slots.clone(), ..*self }
    }
}

impl<K, V: fmt::Debug> fmt::Debug for StoreIter<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.clone()).finish()
    }
}

impl<'a, K, V> IntoIterator for &'a StoreSnapshot<K, V> {
    type Item = (Key<K>, &'a V);
    type IntoIter = StoreIter<'a, K, V>;

    fn into_iter(self) -> StoreIter<'a, K, V> {
        self.iter()
    }
}

impl<K, V> Clone for StoreSnapshot<K, V> {
    fn clone(&self) -> Self {
        Self::of(self.store, self.slots.clone())
    }
}

impl<K, V: PartialEq> PartialEq for StoreSnapshot<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.store == other.store && self.len() == other.len() && self.iter().eq(other)
    }
}

impl<K, V: Eq> Eq for StoreSnapshot<K, V> {}

impl<K, V: fmt::Debug> fmt::Debug for StoreSnapshot<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}
