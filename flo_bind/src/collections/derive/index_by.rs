//! A list by a key of its items.
//!
//! Of the [`rows`](super::rows) with one key, which are neighbours in the order of the keys, the last one is in the map:
//!
//! ```text
//!   source    (a, 1)  (b, 2)  (a, 3)           in order of the keys   (a, 1) (a, 3) │ (b, 2)
//!   map       a: (a, 3)   b: (b, 2)                                          ▲          ▲
//! ```

use std::cmp::Ordering;

use super::{
    Operator, Seals, Source, derive_map, each, no_reset,
    rows::{Row, Rows, are_many, is_much},
};
use crate::collections::{
    diff::ListDiff,
    list_ref::ListRef,
    maps::{Entries, MapDraft, MapRef, MapSnapshot},
    rev::Rev,
    tree::{Count, Tree},
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The items by a key that each has for itself.
    ///
    /// Where several have one key, the last of them in the list is in the map, as when a `BTreeMap` is collected of it;
    /// when that goes, the one before it is there again. `key` runs for the items that have come in or changed. **All
    /// items of one key, [`group_by`](Self::group_by).**
    ///
    /// # Panics
    /// Not here. A panic of `key` reaches those who read the map, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` comparisons and one call for each changed item; nothing is told of an item that another one hides. A
    /// change of more than a quarter of the items, or of what `key` has read for so many, begins anew, and is a
    /// [`Reset`](crate::MapDiff::Reset).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let lamps = ListBinding::from(vec![(1, "oil"), (2, "gas"), (1, "arc")]);
    /// let by_number = lamps.index_by(|lamp| lamp.0);
    /// assert_eq!(by_number.get(&1), Some((1, "arc")));
    /// lamps.pop();
    /// assert_eq!(by_number.get(&1), Some((1, "oil")));
    /// ```
    #[track_caller]
    pub fn index_by<K, F>(&self, key: F) -> MapRef<K, T>
    where
        K: Ord + Clone + Send + Sync + 'static,
        F: Fn(&T) -> K + Send + Sync + 'static,
    {
        derive_map(IndexBy { source: Source::new(self), key })
    }
}

struct IndexBy<T, F> {
    source: Source<T>,
    key: F,
}

/// An item with its key; the order is that of the keys.
type Keyed<K, T> = (K, T);

fn compare<K: Ord, T>(a: &Keyed<K, T>, b: &Keyed<K, T>) -> Ordering {
    a.0.cmp(&b.0)
}

#[derive(Clone)]
struct Kept<K: Clone, T: Clone> {
    seen: Rev,
    rows: Rows<Keyed<K, T>>,
    seals: Seals,
}

/// Notes of which keys another item is the last.
struct Indexing<'a, K: Clone, T: Clone> {
    rows: &'a mut Rows<Keyed<K, T>>,
    touched: Vec<K>,
}

impl<K: Ord + Clone, T: Clone> Indexing<'_, K, T> {
    fn is_key_at(&self, place: usize, key: &K) -> bool {
        self.rows.by_key.get(place).is_some_and(|row| row.key.0 == *key)
    }

    fn insert(&mut self, at: usize, keyed: Keyed<K, T>) {
        let key = keyed.0.clone();
        let place = self.rows.insert(at, keyed, &compare);
        if !self.is_key_at(place + 1, &key) {
            self.touched.push(key);
        }
    }

    /// The row at `at` has come to this key, which may be the one that it has.
    fn ask_again(&mut self, at: usize, key: K) {
        if self.rows.by_position.get(at).is_some_and(|row| row.key.0 != key) {
            let (_, item) = self.remove(at);
            self.insert(at, (key, item));
        }
    }

    fn remove(&mut self, at: usize) -> Keyed<K, T> {
        let (keyed, place) = self.rows.remove(at, &compare);
        if !self.is_key_at(place, &keyed.0) {
            self.touched.push(keyed.0.clone());
        }
        keyed
    }

    fn emit(mut self, out: &mut MapDraft<K, T>) {
        self.touched.sort_unstable();
        self.touched.dedup();
        for key in &self.touched {
            let is_before = |row: &Row<Keyed<K, T>>| row.key.0 <= *key;
            let end = self.rows.by_key.partition_point(is_before, is_before);
            let last = end.checked_sub(1).and_then(|last| self.rows.by_key.get(last));
            let last = last.filter(|row| row.key.0 == *key);
            out.put(key, last.map(|row| row.key.1.clone()));
        }
    }
}

impl<T, K, F> Operator<MapSnapshot<K, T>> for IndexBy<T, F>
where
    T: Clone + Send + Sync + 'static,
    K: Ord + Clone + Send + Sync + 'static,
    F: Fn(&T) -> K + Send + Sync + 'static,
{
    type Kept = Kept<K, T>;

    fn step(&self, kept: &mut Kept<K, T>, out: &mut MapDraft<K, T>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            let len = state.snapshot.len();
            if is_much(each(missed), len) || kept.seals.is_void() {
                return None;
            }
            let mut indexing = Indexing { rows: &mut kept.rows, touched: Vec::new() };
            let known = kept.seals.ask(|asking| {
                for diff in each(missed) {
                    match diff {
                        ListDiff::Splice { at, removed, inserted } => {
                            for _ in 0..removed.len() {
                                drop(indexing.remove(*at));
                            }
                            for (place, item) in (*at..).zip(inserted) {
                                let key = asking.row(|| (self.key)(item));
                                indexing.insert(place, (key, item.clone()));
                            }
                            asking.put(*at, removed.len());
                        }
                        ListDiff::Move { from, to } => {
                            let keyed = indexing.remove(*from);
                            indexing.insert(*to, keyed);
                            asking.move_row(*from, *to);
                        }
                        ListDiff::Reset { .. } => no_reset(),
                    }
                }
                let broken = asking.broken();
                if are_many(&broken, len) {
                    return None;
                }
                for rows in broken {
                    let items = state.snapshot.items.iter_range(rows.start, rows.end);
                    for (at, item) in rows.clone().zip(items) {
                        let key = asking.row(|| (self.key)(item));
                        indexing.ask_again(at, key);
                    }
                    asking.put(rows.start, rows.len());
                }
                Some(())
            });
            known?;
            indexing.emit(out);
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Entries<K, T>, Kept<K, T>) {
        self.source.with(|state| {
            let ((rows, _), seals) = Seals::build(|asking| {
                let keyed = |item: &T| (asking.row(|| (self.key)(item)), item.clone());
                Rows::build(state.snapshot.iter().map(keyed).collect(), &compare)
            });
            let mut last = Vec::new();
            let mut all = rows.by_key.iter().peekable();
            while let Some(row) = all.next() {
                if all.peek().is_none_or(|next| next.key.0 != row.key.0) {
                    last.push(row.key.clone());
                }
            }
            let entries = Entries::sorted(Tree::build(Count, last));
            (entries, Kept { seen: state.rev, rows, seals })
        })
    }
}
