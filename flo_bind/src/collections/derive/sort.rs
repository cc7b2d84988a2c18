//! In order of a key, stable.
//!
//! The place of a row in the output is that which it has among the [`rows`](super::rows) in the order of their keys.

use std::{cmp::Ordering, ops::Range};

use super::{
    Operator, Seals, Source,
    asking::Asking,
    derive, each, no_reset,
    rows::{Rows, are_many, is_much},
};
use crate::collections::{
    diff::ListDiff,
    draft::{Draft, ListState},
    list_ref::ListRef,
    rev::Rev,
    snapshot::ListSnapshot,
    tree::{Count, Tree},
};

impl<T: Clone + Send + Sync + 'static> ListRef<T> {
    /// The list in order of a key; items with equal keys are in the order in which they are here.
    ///
    /// `key` runs for the items that have come in or changed, and for those for which it has read something else, a binding,
    /// that has changed. An item that changes its place is a
    /// [`Move`](crate::ListDiff::Move), so that who shows it may keep what it has of it.
    ///
    /// # Panics
    /// Not here. A panic of `key` or of the comparison reaches those who read the list, until an input changes.
    ///
    /// # Cost
    /// `O(log n)` comparisons and one call for each changed item. A change of more than a quarter of the items, or of what
    /// `key` has read for so many, sorts anew, and is a [`Reset`](crate::ListDiff::Reset).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let lamps = ListBinding::from(vec![("gas", 3), ("oil", 1)]);
    /// let by_count = lamps.sorted_by_key(|lamp| lamp.1);
    /// assert_eq!(by_count.snapshot(), [("oil", 1), ("gas", 3)]);
    /// lamps.set(1, ("oil", 7));
    /// assert_eq!(by_count.snapshot(), [("gas", 3), ("oil", 7)]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sorted_by_key<K, F>(&self, key: F) -> Self
    where
        K: Ord + Clone + Send + Sync + 'static,
        F: Fn(&T) -> K + Send + Sync + 'static,
    {
        derive(Sort { source: Source::new(self), key, compare: K::cmp })
    }

    /// The list in the order that `compare` says; items that are equal by it are in the order in which they are here.
    ///
    /// # Panics
    /// As [`sorted_by_key`](Self::sorted_by_key).
    ///
    /// ```
    /// use flo_bind::ListBinding;
    /// let lengths = ListBinding::from(vec![1.5_f64, 3.0]);
    /// let longest_first = lengths.sorted_by(|a, b| b.total_cmp(a));
    /// lengths.push(2.0);
    /// assert_eq!(longest_first.snapshot(), [3.0, 2.0, 1.5]);
    /// ```
    #[must_use]
    #[track_caller]
    pub fn sorted_by<F>(&self, compare: F) -> Self
    where
        F: Fn(&T, &T) -> Ordering + Send + Sync + 'static,
    {
        derive(Sort { source: Source::new(self), key: T::clone, compare })
    }
}

struct Sort<T, F, C> {
    source: Source<T>,
    key: F,
    compare: C,
}

#[derive(Clone)]
struct Kept<K: Clone> {
    seen: Rev,
    rows: Rows<K>,
    seals: Seals,
}

impl<T, K, F, C> Sort<T, F, C>
where
    T: Clone + Send + Sync + 'static,
    K: Clone,
    F: Fn(&T) -> K,
    C: Fn(&K, &K) -> Ordering,
{
    fn step_rows(
        &self,
        diff: &ListDiff<T>,
        rows: &mut Rows<K>,
        out: &mut Draft<T>,
        asking: &mut Asking<'_>,
    ) {
        let compare = &self.compare;
        match diff {
            ListDiff::Splice { at, removed, inserted } => {
                let from = *at;
                let mut at = from;
                let mut left = removed.len();
                for item in inserted {
                    let key = asking.row(|| (self.key)(item));
                    if left > 0 {
                        let (before, after) = rows.replace(at, key, compare);
                        out.move_and_put(before, after, item.clone());
                        left -= 1;
                    } else {
                        let rank = rows.insert(at, key, compare);
                        out.insert(rank, item.clone());
                    }
                    at += 1;
                }
                for _ in 0..left {
                    let (_, rank) = rows.remove(at, compare);
                    out.put(rank, 1, [].into_iter());
                }
                asking.put(from, removed.len());
            }
            ListDiff::Move { from, to } => {
                let (key, before) = rows.remove(*from, compare);
                let after = rows.insert(*to, key, compare);
                out.move_item(before, after);
                asking.move_row(*from, *to);
            }
            ListDiff::Reset { .. } => no_reset(),
        }
    }

    /// Asks rows for their keys again; those that get another one move.
    fn ask_again(
        &self,
        again: Range<usize>,
        state: &ListState<T>,
        rows: &mut Rows<K>,
        out: &mut Draft<T>,
        asking: &mut Asking<'_>,
    ) {
        let items = state.snapshot.items.iter_range(again.start, again.end);
        for (at, item) in again.clone().zip(items) {
            let key = asking.row(|| (self.key)(item));
            let (before, after) = rows.replace(at, key, &self.compare);
            out.move_item(before, after);
        }
        asking.put(again.start, again.len());
    }
}

impl<T, K, F, C> Operator<ListSnapshot<T>> for Sort<T, F, C>
where
    T: Clone + Send + Sync + 'static,
    K: Clone + Send + Sync + 'static,
    F: Fn(&T) -> K + Send + Sync + 'static,
    C: Fn(&K, &K) -> Ordering + Send + Sync + 'static,
{
    type Kept = Kept<K>;

    fn step(&self, kept: &mut Kept<K>, out: &mut Draft<T>) -> Option<()> {
        self.source.since(kept.seen, |state, missed| {
            let len = state.snapshot.len();
            if is_much(each(missed), len) || kept.seals.is_void() {
                return None;
            }
            let rows = &mut kept.rows;
            let known = kept.seals.ask(|asking| {
                each(missed).for_each(|diff| self.step_rows(diff, rows, out, asking));
                let broken = asking.broken();
                if are_many(&broken, len) {
                    return None;
                }
                for again in broken {
                    self.ask_again(again, state, rows, out, asking);
                }
                Some(())
            });
            known?;
            kept.seen = state.rev;
            Some(())
        })
    }

    fn build(&self) -> (Tree<T>, Kept<K>) {
        self.source.with(|state| {
            let ((rows, order), seals) = Seals::build(|asking| {
                let items = state.snapshot.iter();
                let keys = items.map(|item| asking.row(|| (self.key)(item))).collect();
                Rows::build(keys, &self.compare)
            });
            let items: Vec<&T> = state.snapshot.iter().collect();
            let items = Tree::build(Count, order.into_iter().map(|at| items[at].clone()));
            (items, Kept { seen: state.rev, rows, seals })
        })
    }
}
