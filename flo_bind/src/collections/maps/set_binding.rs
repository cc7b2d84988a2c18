//! Sets that can be read and edited from anywhere.

use std::{borrow::Borrow, collections::BTreeSet, fmt, ops::Deref};

use super::{map_binding::MapBinding, set_ref::SetRef, set_snapshot::SetSnapshot};

/// A set that can be read and edited from anywhere, and whose differences can be followed. Its items are in order.
///
/// A handle: clones stand for the same set, and each clone is the right to edit. What can be read of it, and derived
/// from it, is that of a [`SetRef`], to which it derefs. All else, transactions, threads, cost, is as with a
/// [`MapBinding`], of which it is one of nothing: what comes that is there, or goes that is not, is no change.
///
/// ```
/// use flo_bind::SetBinding;
///
/// let lamps = SetBinding::from_iter(["oil", "gas"]);
/// assert!(lamps.insert("arc") && !lamps.insert("oil"));
/// assert!(lamps.remove("gas") && !lamps.remove("gas"));
/// assert!(lamps.snapshot().iter().eq(&["arc", "oil"]));
/// ```
pub struct SetBinding<K> {
    map: MapBinding<K, ()>,
    set: SetRef<K>,
}

impl<K: Ord + Clone + Send + Sync + 'static> SetBinding<K> {
    /// Makes an empty one.
    #[track_caller]
    pub fn new() -> Self {
        Self::of(MapBinding::new())
    }

    pub(in crate::collections) fn of(map: MapBinding<K, ()>) -> Self {
        Self { set: SetRef::from(map.read_only()), map }
    }

    pub(in crate::collections) fn map(&self) -> &MapBinding<K, ()> {
        &self.map
    }

    /// The right to read it, and not to edit it.
    pub fn read_only(&self) -> SetRef<K> {
        self.set.clone()
    }

    /// Puts an item in; whether it was not there.
    ///
    /// # Panics
    /// With the first panic of an effect that this triggers, when all of them have run.
    pub fn insert(&self, item: K) -> bool {
        self.map.edit(move |draft| {
            let place = draft.entries().find(&item);
            if let Err(at) = place {
                draft.insert_at(at, item.clone(), ());
            }
            place.is_err()
        })
    }

    /// Takes an item out; whether it was there.
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn remove<Q>(&self, item: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ToOwned<Owned: 'static> + ?Sized,
    {
        self.map.remove(item).is_some()
    }

    /// Puts many items in, as one edit.
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn extend<I: IntoIterator<Item = K>>(&self, items: I) {
        let items: Vec<K> = items.into_iter().collect();
        self.map.edit(move |draft| {
            for item in &items {
                if let Err(at) = draft.entries().find(item) {
                    draft.insert_at(at, item.clone(), ());
                }
            }
        });
    }

    /// Keeps the items for which `keep` says so.
    ///
    /// # Panics
    /// With the panic of `keep`: then the set is as it was. Otherwise as [`insert`](Self::insert).
    pub fn retain<F: FnMut(&K) -> bool + 'static>(&self, mut keep: F) {
        self.map.retain(move |item, ()| keep(item));
    }

    /// Takes all items out; followers are given it as a [`Reset`](crate::MapDiff::Reset).
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn clear(&self) {
        self.map.clear();
    }

    /// Makes it another set; followers are given it as a [`Reset`](crate::MapDiff::Reset).
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn replace_all<I: IntoIterator<Item = K>>(&self, items: I) {
        self.map.replace_all(items.into_iter().map(|item| (item, ())));
    }
}

impl<K> Deref for SetBinding<K> {
    type Target = SetRef<K>;

    fn deref(&self) -> &SetRef<K> {
        &self.set
    }
}

impl<K> Clone for SetBinding<K> {
    fn clone(&self) -> Self {
        Self { map: self.map.clone(), set: self.set.clone() }
    }
}

impl<K> PartialEq for SetBinding<K> {
    fn eq(&self, other: &Self) -> bool {
        self.set == other.set
    }
}

impl<K> Eq for SetBinding<K> {}

impl<K: Ord + Clone + Send + Sync + 'static> Default for SetBinding<K> {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> From<BTreeSet<K>> for SetBinding<K> {
    #[track_caller]
    fn from(items: BTreeSet<K>) -> Self {
        Self::from(SetSnapshot::from(items))
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> From<SetSnapshot<K>> for SetBinding<K> {
    #[track_caller]
    fn from(items: SetSnapshot<K>) -> Self {
        Self::of(MapBinding::from(items.map))
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> FromIterator<K> for SetBinding<K> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = K>>(items: I) -> Self {
        Self::from(SetSnapshot::from_iter(items))
    }
}

impl<K: fmt::Debug + Send + Sync + 'static> fmt::Debug for SetBinding<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SetBinding").field(&self.set.snapshot()).finish()
    }
}
