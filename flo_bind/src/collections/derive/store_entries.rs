//! The entries of a store as a map, from which all follows that follows from maps.

use super::{Operator, SourceOf, changes::changes_of_store, derive_map};
use crate::collections::{
    maps::{Entries, MapDraft, MapRef, MapSnapshot},
    rev::Rev,
    store::{Key, StoreRef, StoreSnapshot, Stored},
    tree::{Count, Tree},
};

impl<K: 'static, V: Send + Sync + 'static> StoreRef<K, V> {
    /// The entries by key, in the order of their places. With it a store has all that is derived from maps.
    ///
    /// The values are those of the store, [shared](Stored): none is cloned, and a `V` need not be `Clone`. An entry that
    /// goes takes what it [owns](crate::Store::own) with it, in the same commit. **As one value, [`snapshot`](Self::snapshot); of
    /// who owns what, [`owned_in`](Self::owned_in).**
    ///
    /// # Cost
    /// `O(log n)` for each changed entry; a map that nobody reads costs the store a link of its log for each edit, while that
    /// holds them.
    ///
    /// ```
    /// use flo_bind::Store;
    ///
    /// enum Order {}
    /// let orders = Store::<Order, (&str, u32)>::new();
    /// let lantern = orders.insert(("de", 30));
    /// orders.insert(("fr", 12));
    /// orders.insert(("de", 5));
    /// let by_country = orders.entries().group_fold(
    ///     |_, order| order.0,
    ///     0,
    ///     |total, _, order| *total += order.1,
    ///     |total, _, order| *total -= order.1,
    /// );
    /// assert_eq!((by_country.get("de"), by_country.get("fr")), (Some(35), Some(12)));
    /// orders.remove(lantern).unwrap();
    /// assert_eq!(by_country.get("de"), Some(5));
    /// ```
    #[track_caller]
    pub fn entries(&self) -> MapRef<Key<K>, Stored<V>> {
        derive_map(StoreEntries(SourceOf::at(self.node(), self.watched())))
    }
}

struct StoreEntries<K, V>(SourceOf<StoreSnapshot<K, V>>);

impl<K, V> Operator<MapSnapshot<Key<K>, Stored<V>>> for StoreEntries<K, V>
where
    K: 'static,
    V: Send + Sync + 'static,
{
    /// The state that was seen.
    type Kept = Rev;

    fn step(&self, seen: &mut Rev, out: &mut MapDraft<Key<K>, Stored<V>>) -> Option<()> {
        self.0.since(*seen, |state, missed| {
            for change in changes_of_store(missed) {
                out.put(change.key, change.new.cloned());
            }
            *seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Entries<Key<K>, Stored<V>>, Rev) {
        self.0.with(|state| {
            let entries = state.snapshot.stored_entries();
            let entries = entries.map(|(key, stored)| (key, stored.clone()));
            (Entries::sorted(Tree::build(Count, entries)), state.rev)
        })
    }
}
