//! Two maps as one, by a key that the entries of the first one name.
//!
//! ```text
//!   orders      1 (ann, 30)   2 (bob, 5)   3 (ann, 7)          rows by the key that they name, in order:
//!   customers   ann …         bob …                            (ann, 1)  (ann, 3)  (bob, 2)
//!
//!   ann changes: the rows of ann are neighbours there: 1 and 3 are paired anew
//! ```

use std::cmp::Ordering;

use super::{MapSource, Operator, Seals, changes::changes, derive_map};
use crate::collections::{
    maps::{Entries, MapDraft, MapRef, MapSnapshot},
    rev::Rev,
    tree::{Count, Tree},
};

impl<K, V> MapRef<K, V>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// The values of this map, each with that of the other one whose key it names by `by`; those to which there is one.
    ///
    /// `by` runs for the entries that have come in or changed here. **Where both maps have the same keys,
    /// [`join`](Self::join); with the entries to which there is none, [`left_join_by`](Self::left_join_by).**
    ///
    /// # Panics
    /// Not here. A panic of `by` reaches those who read the map, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` and one call for each entry that has changed here; `O(log n)` for each entry that names one which has
    /// changed there.
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let orders = MapBinding::from_iter([(1, ("ann", 30)), (2, ("bob", 5))]);
    /// let discounts = MapBinding::from_iter([("ann", 10)]);
    /// let found = orders.join_by(&discounts, |_, order| order.0);
    /// let totals = found.map(|_, (order, discount)| order.1 - discount);
    /// discounts.insert("bob", 1);
    /// assert!(totals.snapshot().iter().eq([(&1, &20), (&2, &4)]));
    /// ```
    #[track_caller]
    pub fn join_by<L, W, F>(&self, other: &MapRef<L, W>, by: F) -> MapRef<K, (V, W)>
    where
        L: Ord + Clone + Send + Sync + 'static,
        W: Clone + Send + Sync + 'static,
        F: Fn(&K, &V) -> L + Send + Sync + 'static,
    {
        let (left, right) = (MapSource::new(self), MapSource::new(other));
        let pair = |value: &V, other: Option<&W>| Some((value.clone(), other?.clone()));
        derive_map(JoinBy { left, right, by, pair })
    }

    /// The values of this map, each with that of the other one whose key it names by `by`, if it is there.
    ///
    /// # Panics
    /// As [`join_by`](Self::join_by).
    ///
    /// # Cost
    /// As [`join_by`](Self::join_by).
    ///
    /// ```
    /// use flo_bind::MapBinding;
    /// let orders = MapBinding::from_iter([(1, "ann"), (2, "bob")]);
    /// let towns = MapBinding::from_iter([("ann", "Linz")]);
    /// let sent = orders.left_join_by(&towns, |_, name| *name);
    /// assert_eq!(sent.get(&1), Some(("ann", Some("Linz"))));
    /// assert_eq!(sent.get(&2), Some(("bob", None)));
    /// ```
    #[track_caller]
    pub fn left_join_by<L, W, F>(&self, other: &MapRef<L, W>, by: F) -> MapRef<K, (V, Option<W>)>
    where
        L: Ord + Clone + Send + Sync + 'static,
        W: Clone + Send + Sync + 'static,
        F: Fn(&K, &V) -> L + Send + Sync + 'static,
    {
        let (left, right) = (MapSource::new(self), MapSource::new(other));
        let pair = |value: &V, other: Option<&W>| Some((value.clone(), other.cloned()));
        derive_map(JoinBy { left, right, by, pair })
    }
}

struct JoinBy<K, V, L, W, F, P> {
    left: MapSource<K, V>,
    right: MapSource<L, W>,
    by: F,
    pair: P,
}

#[derive(Clone)]
struct Kept<K, L> {
    seen: (Rev, Rev),
    /// Of each entry, the key that it named when it came.
    named: Entries<K, L>,
    /// The same, in the order of the keys that are named.
    by_named: Entries<(L, K), ()>,
    seals: Seals,
}

/// The entries that name `key`.
fn naming<'a, K: Ord, L: Ord>(
    by_named: &'a Entries<(L, K), ()>,
    key: &'a L,
) -> impl Iterator<Item = &'a K> {
    let rows = by_named.tree();
    let before = rows.search(|((named, _), ())| named.cmp(key).then(Ordering::Greater));
    let from = before.unwrap_or_else(|at| at);
    let rows = rows.iter_range(from, rows.len());
    rows.take_while(move |((named, _), ())| named == key).map(|((_, row), ())| row)
}

/// What the rows name, as it is changed.
struct Naming<'a, K, L> {
    named: &'a mut Entries<K, L>,
    by_named: &'a mut Entries<(L, K), ()>,
}

impl<K: Ord + Clone, L: Ord + Clone> Naming<'_, K, L> {
    /// The row `key` names this, or has gone.
    fn change(&mut self, key: &K, after: Option<L>) {
        if let Some(before) = self.named.remove(key) {
            self.by_named.remove(&(before, key.clone()));
        }
        if let Some(after) = after {
            self.named.insert(key.clone(), after.clone());
            self.by_named.insert((after, key.clone()), ());
        }
    }
}

impl<K, V, L, W, U, F, P> Operator<MapSnapshot<K, U>> for JoinBy<K, V, L, W, F, P>
where
    K: Ord + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
    L: Ord + Clone + Send + Sync + 'static,
    W: Clone + Send + Sync + 'static,
    U: Clone + Send + Sync + 'static,
    F: Fn(&K, &V) -> L + Send + Sync + 'static,
    P: Fn(&V, Option<&W>) -> Option<U> + Send + Sync + 'static,
{
    type Kept = Kept<K, L>;

    fn step(&self, kept: &mut Kept<K, L>, out: &mut MapDraft<K, U>) -> Option<()> {
        self.left.since(kept.seen.0, |left, left_missed| {
            self.right.since(kept.seen.1, |right, right_missed| {
                if kept.seals.is_void() {
                    return None;
                }
                let Kept { named, by_named, seals, .. } = kept;
                let mut names = Naming { named, by_named };
                let mut touched = Vec::new();
                seals.ask(|asking| {
                    for change in changes(left_missed) {
                        let name = |new| asking.row(|| (self.by)(change.key, new));
                        names.change(change.key, change.new.map(name));
                        touched.push(change.key.clone());
                        let count = usize::from(change.old.is_some());
                        asking.put_by(|| left.snapshot.rank(change.key), count);
                    }
                    for rows in asking.broken() {
                        let entries = left.snapshot.entries.tree();
                        for (key, value) in entries.iter_range(rows.start, rows.end) {
                            let name = asking.row(|| (self.by)(key, value));
                            if names.named.get(key) != Some(&name) {
                                names.change(key, Some(name));
                                touched.push(key.clone());
                            }
                        }
                        asking.put(rows.start, rows.len());
                    }
                });
                for change in changes(right_missed) {
                    touched.extend(naming(names.by_named, change.key).cloned());
                }
                // Each once, also where both sides have changed.
                touched.sort_unstable();
                touched.dedup();
                for key in &touched {
                    let value = left.snapshot.get(key);
                    let other = names.named.get(key).and_then(|named| right.snapshot.get(named));
                    out.put(key, value.and_then(|value| (self.pair)(value, other)));
                }
                kept.seen = (left.rev, right.rev);
                Some(())
            })
        })
    }

    fn build(&self) -> (Entries<K, U>, Kept<K, L>) {
        self.left.with(|left| {
            self.right.with(|right| {
                let (named, seals) = Seals::build(|asking| {
                    let name = |(key, value)| asking.row(|| (self.by)(key, value));
                    left.snapshot.iter().map(name).collect::<Vec<L>>()
                });
                let pairs = left.snapshot.iter().zip(&named).filter_map(|((key, value), named)| {
                    let pair = (self.pair)(value, right.snapshot.get(named))?;
                    Some((key.clone(), pair))
                });
                let pairs = Entries::sorted(Tree::build(Count, pairs));
                let rows = named.iter().cloned().zip(left.snapshot.keys().cloned());
                let by_named = Entries::build(rows.map(|row| (row, ())));
                let named = left.snapshot.keys().cloned().zip(named);
                let named = Entries::sorted(Tree::build(Count, named));
                (pairs, Kept { seen: (left.rev, right.rev), named, by_named, seals })
            })
        })
    }
}
