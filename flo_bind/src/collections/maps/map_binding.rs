//! Maps that can be read and edited from anywhere.

use std::{borrow::Borrow, collections::BTreeMap, fmt, ops::Deref};

use super::{
    draft::{MapDraft, MapState},
    entries::Entries,
    in_place,
    map_ref::MapRef,
    map_snapshot::MapSnapshot,
};
use crate::{
    collections::{
        edit::edit,
        list_transaction::Place,
        state::{SameRev, Watched},
    },
    graph::node::Writer,
};

/// A map that can be read and edited from anywhere, and whose differences can be followed. Its entries are in the
/// order of their keys.
///
/// A handle: clones stand for the same map, and each clone is the right to edit. What can be read of it, and derived
/// from it, is that of a [`MapRef`], to which it derefs; as a [`Bound`](crate::Bound) stands `&*map`.
///
/// Each edit is atomic and a change, also where a value is put in the place of an equal one; what finds nothing to do is
/// none. Edits inside a [`transaction`](crate::transaction) are one batch, and are taken back with it. An edit speaks of
/// a key and not of a place, so it is right also where another thread came first.
///
/// # Delivery
/// [`follow_changes`](MapRef::follow_changes) gives every difference, or the whole map anew to who has fallen behind the
/// map's log, which is bounded. The log is kept while somebody follows or derives, and let go of at the first edit after
/// that.
///
/// # Concurrency
/// Legal on any thread and inside any callback. No lock of ours is held while a key's or a value's `Clone`, `Ord` or
/// `Drop`, or a closure, runs. Inside a computed or a [`snapshot`](crate::snapshot()) an edit waits for the end of the
/// outermost of them.
///
/// # Cost
/// An edit of one entry is `O(log n)`. An insertion or a removal clones no other entry where nobody has a snapshot of the map and
/// no snapshot is open in its graph; otherwise, and in other edits, those of one leaf, 64 at most.
///
/// ```
/// use flo_bind::MapBinding;
///
/// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
/// let same = prices.clone();
/// assert_eq!(same.insert("oil", 4), Some(3));
/// assert_eq!(prices.remove("gas"), Some(5));
/// assert_eq!((prices.get("oil"), prices.len()), (Some(4), 1));
/// ```
#[doc(alias = "MutableBTreeMap")]
#[doc(alias = "ObservableMap")]
pub struct MapBinding<K, V> {
    writer: Writer,
    map: MapRef<K, V>,
}

impl<K, V> MapBinding<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// Makes an empty one.
    #[track_caller]
    pub fn new() -> Self {
        Self::of(Entries::new())
    }

    #[track_caller]
    fn of(entries: Entries<K, V>) -> Self {
        let watched = Watched::default();
        let state = MapState::new(entries, watched.clone(), None);
        Self::of_writer(Writer::source(state, SameRev), watched)
    }

    pub(in crate::collections) fn of_writer(writer: Writer, watched: Watched) -> Self {
        let map = MapRef::of(writer.node(), watched);
        Self { writer, map }
    }

    /// The right to read it, and not to edit it.
    pub fn read_only(&self) -> MapRef<K, V> {
        self.map.clone()
    }

    /// Puts a value there, and gives the one that was; the key that is there stays.
    ///
    /// # Panics
    /// With the first panic of an effect that this triggers, when all of them have run.
    pub fn insert(&self, key: K, value: V) -> Option<V> {
        match in_place::insert(&self.writer, self.map.watched(), key, value) {
            Ok(old) => old,
            Err((key, value)) => self.edit(move |draft| draft.insert(key.clone(), value.clone())),
        }
    }

    /// Takes the entry of `key` out, if it is there, and gives its value.
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn remove<Q>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ToOwned<Owned: 'static> + ?Sized,
    {
        let removed = in_place::remove::<K, V, Q>(&self.writer, self.map.watched(), key);
        if let Ok(old) = removed {
            return old;
        }
        let key = key.to_owned();
        self.edit(move |draft| draft.remove(key.borrow()))
    }

    /// Changes a copy of the value of `key`, and puts that in its place; whether the key is there.
    ///
    /// `edit` is applied again where another thread's write came first. **Where the key may not be there,
    /// [`alter`](Self::alter).**
    ///
    /// # Panics
    /// With the panic of `edit`: then the map is as it was. Otherwise as [`insert`](Self::insert).
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let counts = MapBinding::from_iter([("oil", 1)]);
    /// assert!(counts.update("oil", |count| *count += 10));
    /// assert!(!counts.update("gas", |count| *count += 10));
    /// assert_eq!(counts.get("oil"), Some(11));
    /// ```
    pub fn update<Q, F>(&self, key: &Q, mut edit: F) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ToOwned<Owned: 'static> + ?Sized,
        F: FnMut(&mut V) + 'static,
    {
        let key = key.to_owned();
        self.edit(move |draft| {
            let Ok(at) = draft.entries().find(key.borrow()) else { return false };
            let Some((_, old)) = draft.entries().at(at) else { unreachable!("it was found") };
            let mut value = old.clone();
            edit(&mut value);
            drop(draft.set_at(at, value));
            true
        })
    }

    /// Puts there what `edit` makes of a copy of the value of `key`, or of its absence; nothing where it gives nothing.
    ///
    /// `edit` is applied again where another thread's write came first.
    ///
    /// # Panics
    /// As [`update`](Self::update).
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let counts = MapBinding::from_iter([("oil", 1)]);
    /// for lamp in ["oil", "gas"] {
    ///     counts.alter(lamp, |count| Some(count.unwrap_or(0) + 1));
    /// }
    /// assert_eq!((counts.get("oil"), counts.get("gas")), (Some(2), Some(1)));
    /// counts.alter("oil", |_| None);
    /// assert!(!counts.contains_key("oil"));
    /// ```
    pub fn alter<F>(&self, key: K, mut edit: F)
    where
        F: FnMut(Option<V>) -> Option<V> + 'static,
    {
        self.edit(move |draft| {
            let value = edit(draft.entries().get(&key).cloned());
            draft.put(&key, value);
        });
    }

    /// Puts many entries there, as one edit; of those with one key the last.
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn extend<I: IntoIterator<Item = (K, V)>>(&self, entries: I) {
        let entries: Vec<(K, V)> = entries.into_iter().collect();
        self.edit(move |draft| {
            for (key, value) in &entries {
                drop(draft.insert(key.clone(), value.clone()));
            }
        });
    }

    /// Keeps the entries for which `keep` says so.
    ///
    /// # Panics
    /// With the panic of `keep`: then the map is as it was. Otherwise as [`insert`](Self::insert).
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
    /// prices.retain(|_, price| *price < 4);
    /// assert!(prices.snapshot().keys().eq(&["oil"]));
    /// ```
    pub fn retain<F: FnMut(&K, &V) -> bool + 'static>(&self, mut keep: F) {
        self.edit(move |draft| draft.retain(&mut keep));
    }

    /// Takes all entries out; followers are given it as a [`Reset`](crate::MapDiff::Reset).
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn clear(&self) {
        self.edit(|draft| {
            if !draft.entries().is_empty() {
                draft.reset(Entries::new());
            }
        });
    }

    /// Makes it another map; followers are given it as a [`Reset`](crate::MapDiff::Reset).
    ///
    /// # Panics
    /// As [`insert`](Self::insert).
    pub fn replace_all<I: IntoIterator<Item = (K, V)>>(&self, entries: I) {
        let entries = Entries::build(entries);
        self.edit(move |draft| draft.reset(entries.clone()));
    }

    pub(in crate::collections) fn writer(&self) -> &Writer {
        &self.writer
    }

    pub(super) fn edit<R, F>(&self, make: F) -> R
    where
        R: 'static,
        F: FnMut(&mut MapDraft<K, V>) -> R + 'static,
    {
        edit::<MapSnapshot<K, V>, _, _>(&self.writer, Place::Any, make)
    }
}

impl<K, V> Deref for MapBinding<K, V> {
    type Target = MapRef<K, V>;

    fn deref(&self) -> &MapRef<K, V> {
        &self.map
    }
}

impl<K, V> Clone for MapBinding<K, V> {
    fn clone(&self) -> Self {
        Self { writer: self.writer.clone(), map: self.map.clone() }
    }
}

impl<K, V> PartialEq for MapBinding<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl<K, V> Eq for MapBinding<K, V> {}

impl<K, V> Default for MapBinding<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> From<BTreeMap<K, V>> for MapBinding<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    #[track_caller]
    fn from(map: BTreeMap<K, V>) -> Self {
        Self::of(Entries::build(map))
    }
}

impl<K, V> From<MapSnapshot<K, V>> for MapBinding<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    #[track_caller]
    fn from(map: MapSnapshot<K, V>) -> Self {
        Self::of(map.entries)
    }
}

/// Of entries with one key the last one is there.
impl<K, V> FromIterator<(K, V)> for MapBinding<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        Self::of(Entries::build(entries))
    }
}

impl<K, V> fmt::Debug for MapBinding<K, V>
where
    K: fmt::Debug + Send + Sync + 'static,
    V: fmt::Debug + Send + Sync + 'static,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MapBinding").field(&self.map.snapshot()).finish()
    }
}
