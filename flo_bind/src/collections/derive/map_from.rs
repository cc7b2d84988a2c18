//! A `BTreeMap` that is one value as a map, and the other way round.

use std::collections::{BTreeMap, BTreeSet};

use super::{Operator, derive_map, join::each_key};
use crate::{
    bind_ref::BindRef,
    bound::{Bound, BoundExt},
    collections::{
        maps::{Entries, MapDraft, MapRef, MapSnapshot, SetRef},
        tree::{Count, Tree},
    },
    computed::{Computed, computed},
};

/// A map of the entries of a `BTreeMap` in a binding or a computed, whose differences are found by comparing; see
/// [`list_from`](crate::list_from).
///
/// # Panics
/// Not here, and not with a panic of the comparison of values: the map is then given anew, as a
/// [`Reset`](crate::MapDiff::Reset).
///
/// # Cost
/// `O(n)` for each new value: it goes through both maps side by side, and compares the values of each key once.
///
/// ```
/// use flo_bind::{MapDiff, bind, map_from};
/// use futures::{FutureExt, StreamExt};
/// use std::collections::BTreeMap;
///
/// let loaded = bind(BTreeMap::from([("gas", 5), ("oil", 3)]));
/// let prices = map_from(&loaded);
/// let mut changes = prices.follow_changes();
/// let _reset = changes.next().now_or_never();
/// loaded.set(BTreeMap::from([("gas", 5), ("oil", 4)]));
/// let batch = changes.next().now_or_never().flatten().unwrap();
/// assert!(batch.iter().eq(&[MapDiff::Update { key: "oil", old: Some(3), new: 4 }]));
/// ```
#[track_caller]
pub fn map_from<K, V, B>(entries: B) -> MapRef<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + PartialEq + Send + Sync + 'static,
    B: Into<BindRef<BTreeMap<K, V>>>,
{
    derive_map(MapFrom(entries.into()))
}

impl<K, V> MapRef<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The entries as one value, for those who want a `BTreeMap`: a copy of all of them for each change that is asked
    /// for. **[`map_from`] is the inverse; a [`snapshot`](Self::snapshot) copies nothing.**
    ///
    /// ```
    /// use flo_bind::{BoundExt, MapBinding};
    /// let prices = MapBinding::from_iter([("oil", 3)]);
    /// let whole = prices.to_computed();
    /// prices.insert("gas", 5);
    /// assert_eq!(whole.get().into_iter().collect::<Vec<_>>(), [("gas", 5), ("oil", 3)]);
    /// ```
    #[track_caller]
    pub fn to_computed(&self) -> Computed<BTreeMap<K, V>>
    where
        V: PartialEq,
    {
        let map = self.clone();
        computed(move || map.snapshot().to_map())
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> SetRef<K> {
    /// The items as one value, for those who want a `BTreeSet`: a copy of all of them for each change that is asked for.
    /// **A [`snapshot`](Self::snapshot) copies nothing.**
    ///
    /// ```
    /// use flo_bind::{BoundExt, SetBinding};
    /// let lamps = SetBinding::from_iter(["oil", "gas"]);
    /// let count = lamps.to_computed().map(|lamps| lamps.len());
    /// lamps.insert("arc");
    /// assert_eq!(count.get(), 3);
    /// ```
    #[track_caller]
    pub fn to_computed(&self) -> Computed<BTreeSet<K>> {
        let set = self.clone();
        computed(move || set.snapshot().to_set())
    }
}

struct MapFrom<K: 'static, V: 'static>(BindRef<BTreeMap<K, V>>);

impl<K, V> Operator<MapSnapshot<K, V>> for MapFrom<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + PartialEq + Send + Sync + 'static,
{
    /// The entries that were seen are those of the output.
    type Kept = ();

    fn step(&self, (): &mut (), out: &mut MapDraft<K, V>) -> Option<()> {
        let new = self.0.read();
        let before = out.entries().clone();
        let before = before.iter().map(|(key, value)| (key, value));
        each_key(before, new.iter(), |key, old, new| {
            if old != new {
                out.put(key, new.cloned());
            }
        });
        Some(())
    }

    fn build(&self) -> (Entries<K, V>, ()) {
        let entries = self.0.with(|entries| {
            let entries = entries.iter().map(|(key, value)| (key.clone(), value.clone()));
            Entries::sorted(Tree::build(Count, entries))
        });
        (entries, ())
    }
}
