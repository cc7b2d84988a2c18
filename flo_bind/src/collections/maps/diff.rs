//! What happened to a map.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    mem,
};

use super::map_snapshot::MapSnapshot;
use crate::collections::{batch::Batch, diff::Diverged};

/// One step that led from a map to the next one; of a set it is a [`SetDiff`].
///
/// With the feature `serde` it is written without the values that went out: who receives it has them.
///
/// ```
/// use flo_bind::{MapBinding, MapDiff};
/// use futures::{FutureExt, StreamExt};
/// use std::collections::BTreeMap;
///
/// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
/// let mut changes = prices.follow_changes();
/// let mut next = || changes.next().now_or_never().flatten().unwrap();
/// let mut mirror = BTreeMap::new();
/// next().apply_to(&mut mirror).unwrap();
/// prices.insert("gas", 6);
/// prices.remove("oil");
/// let batch = next();
/// assert!(matches!(batch.iter().next(), Some(MapDiff::Update { old: Some(5), new: 6, .. })));
/// batch.apply_to(&mut mirror).unwrap();
/// assert_eq!(mirror, BTreeMap::from([("gas", 6)]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound(
        serialize = "K: serde::Serialize, V: serde::Serialize",
        deserialize = "K: serde::Deserialize<'de> + Ord, V: serde::Deserialize<'de>"
    ))
)]
#[non_exhaustive]
pub enum MapDiff<K, V> {
    /// A key came that was not there.
    Insert {
        /// Which.
        key: K,
        /// Its value.
        new: V,
    },
    /// A key that was there got another value.
    Update {
        /// Which.
        key: K,
        /// The value before, where that is known: it does not go over the wire.
        #[cfg_attr(feature = "serde", serde(skip, default = "unknown"))]
        old: Option<V>,
        /// The value after.
        new: V,
    },
    /// A key went.
    Remove {
        /// Which.
        key: K,
        /// Its value, where that is known: it does not go over the wire.
        #[cfg_attr(feature = "serde", serde(skip, default = "unknown"))]
        old: Option<V>,
    },
    /// The map is another one.
    Reset {
        /// What it was, where that is known.
        #[cfg_attr(feature = "serde", serde(skip, default = "unknown"))]
        old: Option<MapSnapshot<K, V>>,
        /// What it is.
        #[cfg_attr(feature = "serde", serde(with = "super::wire::pairs"))]
        new: MapSnapshot<K, V>,
    },
}

#[cfg(feature = "serde")]
fn unknown<T>() -> Option<T> {
    None
}

/// One step that led from a set to the next one: items come and go.
pub type SetDiff<K> = MapDiff<K, ()>;

/// The differences between two states of a map, in order: an item of
/// [`follow_changes`](crate::MapRef::follow_changes).
pub type MapBatch<K, V> = Batch<MapDiff<K, V>>;

/// The differences between two states of a set, in order: an item of
/// [`follow_changes`](crate::SetRef::follow_changes).
pub type SetBatch<K> = MapBatch<K, ()>;

impl<K: Ord + Clone, V: Clone> MapDiff<K, V> {
    /// Does to `map` what was done to the map that this is of.
    ///
    /// # Errors
    /// [`Diverged`] where a key comes that is there, or one changes or goes that is not; `map` is then as it was.
    pub fn apply_to(&self, map: &mut BTreeMap<K, V>) -> Result<(), Diverged> {
        match self {
            Self::Insert { key, new } => match map.entry(key.clone()) {
                Entry::Vacant(place) => drop(place.insert(new.clone())),
                Entry::Occupied(_) => return Err(Diverged(())),
            },
            Self::Update { key, new, .. } => {
                let there = map.get_mut(key).ok_or(Diverged(()))?;
                drop(mem::replace(there, new.clone()));
            }
            Self::Remove { key, .. } => drop(map.remove(key).ok_or(Diverged(()))?),
            Self::Reset { new, .. } => drop(mem::replace(map, new.to_map())),
        }
        Ok(())
    }

    /// The step back: what leads from the map after to the one before. `None` where it is not known what went out.
    pub fn invert(&self) -> Option<Self> {
        Some(match self {
            Self::Insert { key, new } => Self::Remove { key: key.clone(), old: Some(new.clone()) },
            Self::Update { key, old, new } => {
                Self::Update { key: key.clone(), old: Some(new.clone()), new: old.clone()? }
            }
            Self::Remove { key, old } => Self::Insert { key: key.clone(), new: old.clone()? },
            Self::Reset { old, new } => Self::Reset { old: Some(new.clone()), new: old.clone()? },
        })
    }
}

impl<K: Ord + Clone> MapDiff<K, ()> {
    /// Does to `set` what was done to the set that this is of.
    ///
    /// # Errors
    /// [`Diverged`] where an item comes that is there, or one goes that is not; `set` is then as it was.
    pub fn apply_to_set(&self, set: &mut BTreeSet<K>) -> Result<(), Diverged> {
        let fits = match self {
            Self::Insert { key, .. } => set.insert(key.clone()),
            Self::Update { key, .. } => set.contains(key),
            Self::Remove { key, .. } => set.remove(key),
            Self::Reset { new, .. } => {
                drop(mem::replace(set, new.keys().cloned().collect()));
                true
            }
        };
        fits.then_some(()).ok_or(Diverged(()))
    }
}

impl<K: Ord + Clone, V: Clone> Batch<MapDiff<K, V>> {
    /// Does to `map` what was done to the map that this is of.
    ///
    /// # Errors
    /// [`Diverged`] where a difference does not fit; what came before that one is done.
    pub fn apply_to(&self, map: &mut BTreeMap<K, V>) -> Result<(), Diverged> {
        self.iter().try_for_each(|diff| diff.apply_to(map))
    }

    /// The way back. `None` where it is not known what went out: after a reset, and over the wire.
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// use futures::{FutureExt, StreamExt};
    /// use std::collections::BTreeMap;
    ///
    /// let prices = MapBinding::from_iter([("oil", 3)]);
    /// let mut changes = prices.follow_changes();
    /// let _reset = changes.next().now_or_never();
    /// prices.remove("oil");
    /// let batch = changes.next().now_or_never().flatten().unwrap();
    /// let mut map = BTreeMap::new();
    /// batch.invert().unwrap().apply_to(&mut map).unwrap();
    /// assert_eq!(map, BTreeMap::from([("oil", 3)]));
    /// ```
    pub fn invert(&self) -> Option<Self> {
        self.inverted(MapDiff::invert)
    }
}

impl<K: Ord + Clone> Batch<MapDiff<K, ()>> {
    /// Does to `set` what was done to the set that this is of.
    ///
    /// # Errors
    /// [`Diverged`] where a difference does not fit; what came before that one is done.
    ///
    /// ```
    /// use flo_bind::SetBinding;
    /// use futures::{FutureExt, StreamExt};
    /// use std::collections::BTreeSet;
    ///
    /// let lamps = SetBinding::from_iter(["oil", "gas"]);
    /// let mut changes = lamps.follow_changes();
    /// let mut mirror = BTreeSet::new();
    /// let batch = changes.next().now_or_never().flatten().unwrap();
    /// batch.apply_to_set(&mut mirror).unwrap();
    /// assert_eq!(mirror, BTreeSet::from(["oil", "gas"]));
    /// ```
    pub fn apply_to_set(&self, set: &mut BTreeSet<K>) -> Result<(), Diverged> {
        self.iter().try_for_each(|diff| diff.apply_to_set(set))
    }
}

impl<K, V> Batch<MapDiff<K, V>> {
    pub(super) fn reset(new: MapSnapshot<K, V>) -> Self {
        Self::from_iter([MapDiff::Reset { old: None, new }])
    }
}
