//! The entries of a map as a list, in the order of the keys.
//!
//! Changes are done in the order of the keys. So when it is the turn of one, all keys before it are as they are after
//! the last change, and the index of its row is the place that it has, or would have, in the map as it is now:
//!
//! ```text
//!   before    a  c  d  f        b came, d went, f changed:   b: index 1 in the map as it is now: insert at 1
//!   now       a  b  c  f                                     d: would be at 3:                   remove at 3
//!                                                            f: index 3:                         set at 3
//! ```

use super::{
    MapSource, Operator,
    changes::{Change, changes},
    derive,
};
use crate::{
    collections::{
        draft::Draft,
        list_ref::ListRef,
        maps::{Entries, MapRef, MapState, SetRef},
        rev::Rev,
        snapshot::ListSnapshot,
        tree::{Count, Tree},
    },
    graph::garbage::drop_caught,
};

impl<K, V> MapRef<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The list of the keys, in order. **As a set, [`key_set`](Self::key_set).**
    ///
    /// # Cost
    /// `O(log n)` for each key that comes or goes.
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
    /// let lamps = prices.keys();
    /// prices.insert("arc", 9);
    /// assert_eq!(lamps.snapshot(), ["arc", "gas", "oil"]);
    /// ```
    #[track_caller]
    pub fn keys(&self) -> ListRef<K> {
        derive(Keys(MapSource::new(self)))
    }

    /// The list of the values, in the order of the keys. With it a map has all that is derived from lists.
    ///
    /// # Cost
    /// `O(log n)` for each changed entry.
    ///
    /// ```
    /// use flo_bind::{BoundExt, MapBinding};
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5)]);
    /// let (values, most) = (prices.values(), prices.values().max());
    /// prices.insert("arc", 9);
    /// assert_eq!((values.snapshot().to_vec(), most.get()), (vec![9, 5, 3], Some(9)));
    /// ```
    #[track_caller]
    pub fn values(&self) -> ListRef<V> {
        derive(Values(MapSource::new(self)))
    }

    /// The list of keys and values, in the order of the keys.
    ///
    /// # Cost
    /// `O(log n)` for each changed entry; its first snapshot is the map's.
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let prices = MapBinding::from_iter([("oil", 3), ("gas", 5), ("arc", 9)]);
    /// let cheapest = prices.entries().sorted_by_key(|(_, price)| *price).take(2);
    /// prices.remove("oil");
    /// assert_eq!(cheapest.snapshot(), [("gas", 5), ("arc", 9)]);
    /// ```
    #[doc(alias = "to_list")]
    #[track_caller]
    pub fn entries(&self) -> ListRef<(K, V)> {
        derive(Pairs(MapSource::new(self)))
    }
}

impl<K: Ord + Clone + Send + Sync + 'static> SetRef<K> {
    /// The list of the items, in order.
    ///
    /// ```
    /// use flo_bind::SetBinding;
    /// let lamps = SetBinding::from_iter(["oil", "gas"]);
    /// let list = lamps.to_list();
    /// lamps.insert("arc");
    /// assert_eq!(list.snapshot(), ["arc", "gas", "oil"]);
    /// ```
    #[track_caller]
    pub fn to_list(&self) -> ListRef<K> {
        self.as_map().keys()
    }
}

struct Keys<K, V>(MapSource<K, V>);

struct Values<K, V>(MapSource<K, V>);

struct Pairs<K, V>(MapSource<K, V>);

/// Does one change, those of smaller keys having been done.
fn step_row<K: Ord, V, U: Clone>(
    state: &MapState<K, V>,
    change: &Change<'_, K, V>,
    row: impl FnOnce(&K, &V) -> U,
    out: &mut Draft<U>,
) {
    let at = state.snapshot.rank(change.key);
    match (change.old, change.new) {
        (None, Some(new)) => out.insert(at, row(change.key, new)),
        (Some(_), Some(new)) => drop_caught(out.set(at, row(change.key, new))),
        (Some(_), None) => drop_caught(out.remove(at)),
        (None, None) => {}
    }
}

impl<K, V> Operator<ListSnapshot<K>> for Keys<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The state that was seen.
    type Kept = Rev;

    fn step(&self, seen: &mut Rev, out: &mut Draft<K>) -> Option<()> {
        self.0.since(*seen, |state, missed| {
            for change in changes(missed) {
                if change.old.is_none() || change.new.is_none() {
                    step_row(state, &change, |key, _| key.clone(), out);
                }
            }
            *seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<K>, Rev) {
        self.0.with(|state| (Tree::build(Count, state.snapshot.keys().cloned()), state.rev))
    }
}

impl<K, V> Operator<ListSnapshot<V>> for Values<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The state that was seen.
    type Kept = Rev;

    fn step(&self, seen: &mut Rev, out: &mut Draft<V>) -> Option<()> {
        self.0.since(*seen, |state, missed| {
            for change in changes(missed) {
                step_row(state, &change, |_, value| value.clone(), out);
            }
            *seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<V>, Rev) {
        self.0.with(|state| (Tree::build(Count, state.snapshot.values().cloned()), state.rev))
    }
}

impl<K, V> Operator<ListSnapshot<(K, V)>> for Pairs<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The state that was seen.
    type Kept = Rev;

    fn step(&self, seen: &mut Rev, out: &mut Draft<(K, V)>) -> Option<()> {
        self.0.since(*seen, |state, missed| {
            for change in changes(missed) {
                step_row(state, &change, |key, value| (key.clone(), value.clone()), out);
            }
            *seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<(K, V)>, Rev) {
        self.0.with(|state| (Entries::tree(&state.snapshot.entries).clone(), state.rev))
    }
}
